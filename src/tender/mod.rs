//! What a tender is. Pure: no clock, no randomness, no input or output.
//!
//! A tender is folded from its journaled events ([`apply`]); what to do about it is derived
//! ([`next`]), never remembered. The till states a [`Wish`], the provider has a [`Standing`]; `next`
//! names the one step that brings the standing closer to the wish. After a crash the same two
//! functions go on, so recovery is not a second code path.

mod apply;
mod capabilities;
pub mod errand;
mod ids;
mod money;
mod next;
mod pace;
mod receipt;
pub mod refund;
mod words;

pub use apply::{IllegalTransition, apply};
pub use capabilities::{Capabilities, PollSchedule, RefundRecovery, UnsureRule};
pub use ids::{IdSource, KeySeed, OperationId, draw_reference};
pub use money::{Amounts, Currency, Money};
pub use next::{Call, Command, choices, may_repeat_start, next, reason, state};
pub use pace::next_question_at;
pub use receipt::{PaidBefore, PaidReceipt};
pub use words::{Actor, Assurance, Choice, Choices, Kind, Prompt, Reason, State};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the tender reaches the customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approach {
    /// A request appears on the phone of a customer known by number or personal code.
    Push,
    /// The till shows a code, the customer's phone reads it.
    ShowQr,
}

/// When reserved money is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureRule {
    OnApproval,
    OnConfirm,
}

/// What is done about an approval that meets a cancel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatePolicy {
    Keep,
    Refund,
    Ask,
}

/// All that was fixed when the till began the tender.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Intent {
    pub profile: String,
    pub amount: Money,
    pub sale_ref: String,
    pub tender_ref: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_total: Option<i64>,
    pub capture: CaptureRule,
    pub late: LatePolicy,
    /// Our name for the payment at the provider.
    pub reference: String,
    pub seed: KeySeed,
    pub begun_at: i64,
    /// Nothing is started after this time; see [`Capabilities::start_within_ms`].
    pub start_until: i64,
    /// See [`Capabilities::settle_ms`].
    pub settle_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Set when the operator began this tender although another of the sale was unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<OperationId>,
}

/// What the till wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    Collect,
    /// Not to be paid any more. An approval that was faster is treated by the late policy.
    Cancel(Actor),
    /// Whatever was paid goes back.
    GiveBack(Actor),
}

/// What the provider is known to hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The customer is not known yet; nothing can have been sent.
    AwaitingScan,
    /// The start request is fixed and provably has not reached the provider.
    Ready(Start),
    /// The start request may have reached the provider.
    Unsure(Start),
    Open {
        approach: Approach,
        expires_at: i64,
        /// The provider itself does not know yet whether it is paid.
        unsure: bool,
    },
    /// The customer has approved; [`Tender::amounts`] say what of it is taken, released or returned.
    Approved,
    Ended(Ending),
}

/// One way of starting the payment at the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    pub approach: Approach,
    /// 1, then 2 after a fallback to another approach. Each has a body and a key of its own.
    pub attempt: u32,
    /// When the last request of this attempt can have left; 0 when none can.
    pub sent_at: i64,
    /// When the provider last said that it knows no such payment; 0 when it did not.
    pub absent_at: i64,
}

/// How the provider ended a payment without an approval standing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    Declined,
    Expired,
    Cancelled,
    /// Nothing was created.
    NeverStarted(Reason),
    /// Over for us, but the code that was shown cannot be taken back: until then somebody could pay.
    Abandoned {
        until: i64,
    },
}

/// Something sent whose answer is missing or made no sense. Before anything else is sent, the
/// provider is asked how the payment stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Doubt {
    pub reason: Reason,
    pub since: i64,
}

/// The operator closed the operation against, or ahead of, the provider's word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HandClosure {
    pub paid: bool,
    pub operator: String,
}

/// Giving back that the provider has accepted and not yet carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptedGiveBack {
    pub amount: i64,
    /// The provider's name of the refund.
    pub reference: Option<String>,
}

/// A definite no to something other than the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub reason: Reason,
    pub code: u32,
}

/// A tender, folded from its events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tender {
    pub intent: Intent,
    pub wish: Wish,
    pub standing: Standing,
    pub amounts: Amounts,
    pub doubt: Option<Doubt>,
    /// A definite no: to a capture or to giving back, which only people can mend, or to a start
    /// of which an earlier request is still in doubt.
    pub refusal: Option<Refusal>,
    /// Less than the whole, when the till said so.
    pub capture_part: Option<i64>,
    /// The till has taken over the result: its receipt is booked.
    pub confirmed: Option<String>,
    /// The till said that it will ring up a payment found after a restart.
    pub ring_up: bool,
    pub by_hand: Option<HandClosure>,
    /// Unfinished or unconfirmed when the library last started.
    pub found_after_restart: bool,
    pub provider_reference: Option<String>,
    /// The provider's own error number, for support.
    pub provider_code: u32,
    /// Start requests prepared so far.
    pub attempts: u32,
    /// Part of every idempotency key; see [`Event::NewKeys`].
    pub key_round: u32,
    /// Why the provider ended it, when it said more than that.
    pub end_reason: Option<Reason>,
    /// The latest of [`Observation::support`].
    pub support: BTreeMap<String, String>,
    /// The payment it was settled with, when the customer had paid before.
    pub paid_before: Option<PaidBefore>,
    /// A real payment that was shown and cannot settle this tender.
    pub seen_receipt: Option<PaidReceipt>,
    /// See [`Capabilities::cancel_once`].
    /// The provider has accepted giving it back, and carries that out in its own time.
    pub give_back: Option<AcceptedGiveBack>,
    /// It was settled with a payment made before, and let go again.
    pub released_receipt: bool,
    pub cancel_sent: bool,
    pub cancel_failed: bool,
}

impl Tender {
    /// Whether the till has no say in the capture any more.
    pub fn is_capture_settled(&self) -> bool {
        self.intent.capture == CaptureRule::OnApproval
            || self.confirmed.is_some()
            || self.capture_part.is_some()
            || self.by_hand.is_some()
    }

    /// What shall be taken of an approved payment.
    pub fn due(&self) -> i64 {
        match &self.paid_before {
            Some(paid) => paid.settles,
            None => self.capture_part.unwrap_or(self.intent.amount.minor),
        }
    }

    /// When the customer paid, as far as it is known.
    pub fn paid_at(&self) -> i64 {
        let paid_before = self.paid_before.as_ref();
        paid_before
            .and_then(|paid| paid.paid_at)
            .unwrap_or(self.intent.begun_at)
    }

    /// The name under which the customer's payment is held by this tender and no other.
    pub fn claim(&self) -> Option<&str> {
        self.paid_before.as_ref()?.claim.as_deref()
    }
}

/// What the provider says about a payment, in our words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Observation {
    pub phase: Phase,
    #[serde(default)]
    pub amounts: Amounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_reference: Option<String>,
    /// Why it ended, when the provider says more than that it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What the provider's support asks for in a call, by the provider's own names. No secrets, no
    /// personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub support: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Open,
    /// The customer has acted, and the provider does not know yet what became of it.
    Unsure,
    Approved,
    Declined,
    Expired,
    Cancelled,
}

/// The side-effecting requests that a provider may refuse or leave unanswered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    Start,
    Capture,
    Cancel,
    GiveBack,
}

/// A fact about a tender. The journal holds these, in order, for ever; fields may be added with
/// defaults, meanings never change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    Begun {
        intent: Intent,
    },
    /// The library has started and found the tender unfinished or unconfirmed. Facts that ride with
    /// the next commit may be missing before this one.
    Found {
        at: i64,
    },
    /// A refusal that asks for patience may stick to its key: what comes next has another one.
    NewKeys,
    /// The start request's bytes are fixed (kept sealed beside this record).
    Prepared {
        approach: Approach,
        attempt: u32,
        /// See [`Intent::start_until`]; a customer who is scanned late gets the whole time.
        start_until: i64,
    },
    /// The start request is about to leave.
    Sending {
        at: i64,
    },
    /// It provably did not leave.
    NotSent,
    Observed {
        observation: Observation,
        /// When the customer's time ends, if the payment is open.
        expires_at: i64,
    },
    /// The provider knows no payment under our reference.
    Absent {
        at: i64,
    },
    Refused {
        act: Act,
        reason: Reason,
        code: u32,
    },
    /// What became of the last request is not known.
    NoAnswer {
        reason: Reason,
        at: i64,
    },
    /// The start was given up before anything left.
    GivenUp {
        reason: Reason,
    },
    CancelRequested {
        by: Actor,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
    /// A cancel met an approval, or a paid tender was found after a restart: the till's, or the
    /// policy's, answer.
    Decided {
        choice: Choice,
        by: Actor,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
    CapturePart {
        amount: i64,
    },
    ClosedByHand(HandClosure),
    Confirmed {
        receipt_ref: String,
    },
    /// A receipt was verified and pays this much of the tender.
    ReceiptTaken {
        receipt: PaidReceipt,
        settles: i64,
    },
    /// A receipt was verified, but this tender cannot be settled with it.
    ReceiptSeen {
        receipt: PaidReceipt,
        reason: Reason,
    },
    /// Something was shown as a receipt that proves nothing.
    ScanRefused {
        reason: Reason,
    },
    /// The cashier vouches for an amount that the customer has paid.
    EnteredByHand {
        amount: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claim: Option<String>,
        operator: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supervisor: Option<String>,
    },
    GiveBackAccepted {
        amount: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// The provider does not know the refund, or has refused it after all.
    GiveBackNotDone,
    /// The start was not answered, and without its answer nobody could pay.
    CameToNothing,
    /// The one cancel request is about to leave.
    CancelSending,
    /// It had no effect, or none that is known.
    CancelFailed,
    /// The code that was shown cannot be taken back; see [`Ending::Abandoned`].
    Abandoned {
        until: i64,
    },
}

impl Event {
    /// Whether somebody, or a policy, has decided here: nothing that follows from it is sent before
    /// it is durable.
    pub fn is_decision(&self) -> bool {
        match self {
            Self::NewKeys
            | Self::CancelRequested { .. }
            | Self::Decided { .. }
            | Self::CapturePart { .. }
            | Self::ClosedByHand(_)
            | Self::Confirmed { .. }
            | Self::EnteredByHand { .. }
            | Self::CancelSending => true,
            Self::Begun { .. }
            | Self::Found { .. }
            | Self::Prepared { .. }
            | Self::Sending { .. }
            | Self::NotSent
            | Self::Observed { .. }
            | Self::Absent { .. }
            | Self::Refused { .. }
            | Self::NoAnswer { .. }
            | Self::GivenUp { .. }
            | Self::ReceiptTaken { .. }
            | Self::ReceiptSeen { .. }
            | Self::ScanRefused { .. }
            | Self::GiveBackAccepted { .. }
            | Self::GiveBackNotDone
            | Self::CameToNothing
            | Self::CancelFailed
            | Self::Abandoned { .. } => false,
        }
    }

    /// For logs and reports of illegal transitions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "begun",
            Self::Found { .. } => "found",
            Self::NewKeys => "new-keys",
            Self::Prepared { .. } => "prepared",
            Self::Sending { .. } => "sending",
            Self::NotSent => "not-sent",
            Self::Observed { .. } => "observed",
            Self::Absent { .. } => "absent",
            Self::Refused { .. } => "refused",
            Self::NoAnswer { .. } => "no-answer",
            Self::GivenUp { .. } => "given-up",
            Self::CancelRequested { .. } => "cancel-requested",
            Self::Decided { .. } => "decided",
            Self::CapturePart { .. } => "capture-part",
            Self::ClosedByHand(_) => "closed-by-hand",
            Self::Confirmed { .. } => "confirmed",
            Self::ReceiptTaken { .. } => "receipt-taken",
            Self::ReceiptSeen { .. } => "receipt-seen",
            Self::ScanRefused { .. } => "scan-refused",
            Self::EnteredByHand { .. } => "entered-by-hand",
            Self::GiveBackAccepted { .. } => "give-back-accepted",
            Self::GiveBackNotDone => "give-back-not-done",
            Self::CameToNothing => "came-to-nothing",
            Self::CancelSending => "cancel-sending",
            Self::CancelFailed => "cancel-failed",
            Self::Abandoned { .. } => "abandoned",
        }
    }
}
