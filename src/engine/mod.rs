//! The engine: one loop that turns what happens into what is to be done.
//!
//! [`Core`] is that loop without a world: time, randomness, answers and finished commits come in as
//! [`Input`], everything it wants done leaves as [`Effect`]. The runtime (`worker`) and the
//! simulation carry out the same effects, so what is simulated is what runs.

mod begin;
mod calls;
mod core;
mod errands;
mod explain;
mod facts;
mod log_line;
mod operation;
mod paid_before;
mod refund_calls;
mod refunds;
mod scans;
mod sending;
mod session;
mod showing;
mod tenders;
mod view;

#[cfg(feature = "library")]
mod transport;
#[cfg(feature = "library")]
mod worker;

pub use self::core::{Core, CoreRules};
pub use log_line::{LogLevel, LogLine, LogValue};
pub use view::View;

#[cfg(feature = "library")]
pub use worker::{Engine, EngineError, LogSink, Spawner, ViewSink};

use crate::journal::{Batch, JournalError, Lookup, Record};
use crate::provider::{
    ErrandOrder, HttpRequest, HttpResponse, NoResponse, RefundDetails, TenderDetails,
    scan::ScanKind,
};
use crate::tender::{CaptureRule, Choice, OperationId, PaidReceipt, Reason};

/// A call of the host that waits for its reply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(pub u64);

/// A request on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ExchangeId(pub u64);

/// A look-up in the journal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct QueryId(pub u64);

pub enum Input {
    Call {
        ticket: Ticket,
        call: HostCall,
    },
    Loaded {
        query: QueryId,
        result: Result<Vec<Record>, JournalError>,
    },
    Committed {
        result: Result<(), JournalError>,
    },
    Answer {
        exchange: ExchangeId,
        result: Result<HttpResponse, NoResponse>,
    },
    /// The time that [`Core::next_wake`] named has come.
    Tick,
}

/// What the world shall do. At most one commit is under way at any time.
#[derive(Debug)]
pub enum Effect {
    Commit(Batch),
    Load {
        query: QueryId,
        lookup: Lookup,
    },
    /// `about`: the operation that it is for, if it is for one.
    Send {
        exchange: ExchangeId,
        about: Option<OperationId>,
        request: HttpRequest,
    },
    Publish(Box<View>),
    Reply {
        ticket: Ticket,
        reply: Result<Reply, CallError>,
    },
    Log(LogLine),
}

#[derive(Clone)]
pub enum HostCall {
    Begin(Box<BeginRequest>),
    Scan {
        id: OperationId,
        bytes: Vec<u8>,
    },
    /// A scan that nobody has said what for: it goes to the tender that waits for just this.
    AnyScan {
        bytes: Vec<u8>,
    },
    /// The second stage of `Scan`, once whoever holds the receipt's claim is in memory.
    TakeReceipt {
        id: OperationId,
        receipt: Box<PaidReceipt>,
        settles: Result<i64, Reason>,
    },
    ManualAmount(Box<ManualAmount>),
    /// The second stage of `ManualAmount`.
    TakeManual(Box<ManualAmount>),
    Errand {
        profile: String,
        order: ErrandOrder,
    },
    /// Asks the customer of a finished check-in to join.
    Enrol {
        id: OperationId,
    },
    /// What an errand has found out, as JSON.
    Result {
        id: OperationId,
    },
    Webhook {
        profile: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    Cancel {
        id: OperationId,
    },
    Resolve {
        id: OperationId,
        choice: Choice,
        operator: String,
    },
    Confirm {
        id: OperationId,
        receipt_ref: String,
    },
    Capture {
        id: OperationId,
        amount: i64,
    },
    Refund(Box<RefundRequest>),
    /// The second stage of `Refund`, once the payment is in memory.
    RefundOfLoaded(Box<RefundRequest>),
    Recover,
    QrText {
        id: OperationId,
    },
    Explain {
        id: OperationId,
    },
    Support {
        id: OperationId,
    },
    /// What the till should do now, in a few words.
    Action {
        id: OperationId,
    },
    Health,
}

#[derive(Clone, Debug)]
pub struct BeginRequest {
    pub profile: String,
    pub amount: i64,
    pub currency: String,
    pub sale_ref: String,
    pub tender_ref: String,
    pub sale_total: Option<i64>,
    pub capture: Option<CaptureRule>,
    pub details: TenderDetails,
}

/// An amount that the cashier vouches for.
#[derive(Clone, Debug)]
pub struct ManualAmount {
    pub id: OperationId,
    pub amount: i64,
    /// The provider's name of the payment, as typed.
    pub transaction: Option<String>,
    pub operator: String,
}

#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// A tender of this journal, or else a payment named by profile and reference.
    pub tender: Option<OperationId>,
    pub profile: String,
    pub reference: String,
    pub currency: String,
    /// Nothing means all that is left.
    pub amount: Option<i64>,
    pub refund_ref: String,
    pub details: RefundDetails,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    Done,
    Id(OperationId),
    Scan(ScanKind),
    Ids(Vec<OperationId>),
    Text(String),
}

/// Why a call was not carried out. Nothing was written or sent because of it; only what was said
/// about a running operation while the disk was full is kept, and written once there is room.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CallError {
    #[error("{0}")]
    Argument(String),
    #[error("no operation has the id {0}; payments_recover_pending lists the unfinished ones")]
    NotFound(i64),
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    State(String),
    #[error(
        "operation {0} of this sale, or at this till's code, is not settled; resolve it first, or \
         set details.override_unknown with the operator's name where it is the sale's"
    )]
    Guarded(i64),
    #[error("{0} operations are unfinished, which is the limit; settle some first")]
    Limit(usize),
    #[error("{0}")]
    Storage(JournalError),
}
