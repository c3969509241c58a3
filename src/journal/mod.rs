//! The durable record of every operation. Append-only facts; the engine sees only this trait.

#[cfg(feature = "library")]
mod inspect;
#[cfg(feature = "library")]
mod keys;
pub mod memory;
#[cfg(feature = "library")]
pub mod sqlite;

use crate::tender::errand::ErrandEvent;
use crate::tender::refund::RefundEvent;
use crate::tender::{Event, Kind, OperationId, State};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A fact about one operation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    Tender(Event),
    Refund(RefundEvent),
    Errand(ErrandEvent),
}

impl Fact {
    /// Whether each start makes it anew: nothing has to wait until it is durable.
    pub fn is_made_anew(&self) -> bool {
        matches!(
            self,
            Self::Tender(Event::Found { .. }) | Self::Refund(RefundEvent::RefundFound { .. })
        )
    }

    /// Whether nothing that follows from it is sent before it is durable.
    pub fn is_decision(&self) -> bool {
        match self {
            Self::Tender(event) => event.is_decision(),
            Self::Refund(event) => event.is_decision(),
            Self::Errand(_) => false,
        }
    }

    /// Whether it is the first of its operation.
    pub fn is_beginning(&self) -> bool {
        matches!(
            self,
            Self::Tender(Event::Begun { .. })
                | Self::Refund(RefundEvent::RefundBegun { .. })
                | Self::Errand(ErrandEvent::ErrandBegun { .. })
        )
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Tender(event) => event.name(),
            Self::Refund(event) => event.name(),
            Self::Errand(event) => event.name(),
        }
    }
}

/// Bytes that hold personal data: sealed on disk, wiped when memory is freed.
pub type Private = Zeroizing<Vec<u8>>;

/// One fact, as it is appended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub operation: OperationId,
    pub at: i64,
    pub fact: Fact,
    pub private: Option<Private>,
}

/// The folded row beside the facts: what look-ups need.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub id: OperationId,
    pub kind: Kind,
    pub state: State,
    pub profile: String,
    /// The till's own reference: of the tender, or of the refund.
    pub host_ref: String,
    pub sale_ref: String,
    /// Our reference of the payment at the provider.
    pub reference: String,
    /// The provider's name of the payment.
    pub provider_reference: String,
    /// The name under which a payment made before counts once; no two rows have the same.
    pub claim: String,
    pub parent: Option<OperationId>,
    /// Unfinished, or not yet taken over by the till.
    pub open: bool,
    pub updated_at: i64,
}

/// What is written in one atomic, durable step.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    pub entries: Vec<Entry>,
    pub rows: Vec<Row>,
}

/// An operation as the journal holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    pub id: OperationId,
    pub facts: Vec<(i64, Fact)>,
    pub private: Option<Private>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    Id(OperationId),
    /// By the till's own reference; a tender with every refund of it.
    HostRef(Kind, String),
    /// A tender and every refund of it, by the tender's id or by our or the provider's reference.
    PaymentOf(OperationId),
    Payment(String),
    /// The tender that holds a payment made before.
    Claim(String),
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JournalError {
    /// Nothing was written; the same may succeed later.
    #[error("the disk is full; free some space")]
    Full,
    /// Nothing may be assumed about what was written, and this handle writes no more.
    #[error("the journal can no longer be written ({0}); check the disk and restart")]
    Broken(String),
    #[error("another process or context uses this journal; each till needs its own")]
    Busy,
    #[error("{0}")]
    Unusable(String),
    #[error("{0} is not a journal; journal.path must name our own file or a new one")]
    Foreign(String),
    #[error(
        "the journal is damaged ({0}); it was left untouched: copy it aside, restore a backup or \
         send it to support"
    )]
    Damaged(String),
    #[error(
        "the journal was written by a newer version (schema {found}, this library knows {known}); \
         install that version again"
    )]
    TooNew { found: i64, known: i64 },
}

pub trait Journal {
    /// Makes all batches durable in one step, or none of them.
    fn commit(&mut self, batches: &[Batch]) -> Result<(), JournalError>;

    /// Everything that was unfinished or not taken over, with all refunds of such tenders, in the
    /// order of the ids.
    fn open_records(&mut self) -> Result<Vec<Record>, JournalError>;

    fn load(&mut self, lookup: &Lookup) -> Result<Vec<Record>, JournalError>;

    /// The highest id ever given.
    fn last_id(&mut self) -> Result<i64, JournalError>;
}
