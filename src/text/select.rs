//! Which text a situation calls for. The sentence tells what is true, then what to do next.

use super::Situation;
use crate::tender::{Actor, Choice, Kind, Prompt, Reason, State};

/// One entry of the language files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Message {
    State(State),
    Reason(Reason),
    Prompt(Prompt),
    Choice(Choice),
    Other(&'static str),
}

impl Message {
    pub fn key(self) -> String {
        match self {
            Self::State(state) => format!("state-{}", state.key()),
            Self::Reason(reason) => format!("reason-{}", reason.key()),
            Self::Prompt(prompt) => format!("prompt-{}", prompt.key()),
            Self::Choice(choice) => format!("choice-{}", choice.key()),
            Self::Other(key) => key.to_owned(),
        }
    }
}

/// Entries for the cashier and the customer beside those of the vocabulary.
pub const OTHERS: &[&str] = &[
    "needs-decision-unknown",
    "completing-approved",
    "paid-part",
    "paid-partly-refunded",
    "refund-under-way",
    "refund-unknown",
    "refund-needs-decision",
    "refund-refunded",
    "refund-failed",
    "refund-closed",
    "refund-closed-as-made",
    "refund-closed-as-not-made",
    "errand-under-way",
    "errand-check-phone",
    "errand-done",
    "errand-declined",
    "errand-expired",
    "errand-cancelled",
    "errand-failed",
];

/// Entries that put `$text` and the short cause of a doubt or failure together for the cashier.
pub const FRAMES: &[&str] = &[
    "with-cause",
    "with-problem",
    "unknown-because",
    "refund-unknown-because",
    "refund-failed-because",
    "refund-failed-passing",
    "refund-failed-setup",
];

/// What to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    /// Told to the customer, and to the cashier where there is no frame.
    pub message: Message,
    /// Told to the cashier: the message and the reason in one sentence.
    pub frame: Option<&'static str>,
}

impl Selection {
    fn plain(message: Message) -> Self {
        Self {
            message,
            frame: None,
        }
    }

    fn framed(message: Message, frame: &'static str, reason: Reason) -> Self {
        Self {
            message,
            frame: (reason != Reason::None).then_some(frame),
        }
    }
}

pub fn select(situation: &Situation) -> Selection {
    match situation.kind {
        Kind::Tender => tender(situation),
        Kind::Refund => refund(situation),
        Kind::CheckIn | Kind::Enrolment | Kind::Registration => errand(situation),
    }
}

fn tender(situation: &Situation) -> Selection {
    let (state, reason) = (situation.state, situation.reason);
    match state {
        State::Starting | State::WaitingForScan | State::WaitingForCustomer => waiting(situation),
        State::Completing if situation.goods_may_leave => {
            // The rest is the library's business: a problem on the way must not hold anyone up.
            Selection::plain(Message::Other("completing-approved"))
        }
        State::Completing | State::Cancelling => open(Message::State(state), reason),
        State::Unknown => match reason {
            // Both say themselves that nothing is certain, and what there is to decide.
            Reason::NotPaidInTime | Reason::CancelFailed => {
                Selection::plain(Message::Reason(reason))
            }
            _ => Selection::framed(Message::State(state), "unknown-because", reason),
        },
        State::NeedsDecision => needs_decision(situation),
        State::Paid => Selection::plain(paid(situation)),
        State::Declined | State::Cancelled | State::Expired | State::Failed => {
            Selection::plain(not_paid(situation))
        }
        // Why it was given back no longer matters: the sale is not paid, whatever the reason says.
        State::Refunded | State::Done => Selection::plain(Message::State(state)),
        State::ClosedByHand => match reason {
            Reason::ClosedAsPaid | Reason::ClosedAsNotPaid => {
                Selection::plain(Message::Reason(reason))
            }
            _ => Selection::framed(Message::State(state), "with-cause", reason),
        },
    }
}

/// What is asked of a provider beside payments: no money, hence no talk of payments.
fn errand(situation: &Situation) -> Selection {
    let plain = |key| Selection::plain(Message::Other(key));
    match situation.state {
        State::WaitingForCustomer => plain("errand-check-phone"),
        State::Done => plain("errand-done"),
        State::Declined => plain("errand-declined"),
        State::Expired => plain("errand-expired"),
        State::Cancelled => plain("errand-cancelled"),
        State::Failed => Selection::framed(
            Message::Other("errand-failed"),
            "with-cause",
            situation.reason,
        ),
        _ => plain("errand-under-way"),
    }
}

fn waiting(situation: &Situation) -> Selection {
    let reason = situation.reason;
    if matches!(reason, Reason::ScanAgain | Reason::NotPaidInTime) || is_about_a_receipt(reason) {
        return Selection::plain(Message::Reason(reason));
    }
    match situation.prompt {
        Prompt::None => open(Message::State(situation.state), reason),
        prompt => open(Message::Prompt(prompt), reason),
    }
}

/// A receipt that was shown and not taken: from 440 on the customer has paid all the same, so what
/// else could be scanned or paid is not talked about.
fn is_about_a_receipt(reason: Reason) -> bool {
    (430..=450).contains(&reason.number())
}

/// Below 200 a reason says what somebody did; from there on it is a trouble.
fn open(message: Message, reason: Reason) -> Selection {
    let frame = if reason.number() < 200 {
        "with-cause"
    } else {
        "with-problem"
    };
    Selection::framed(message, frame, reason)
}

fn needs_decision(situation: &Situation) -> Selection {
    let reason = situation.reason;
    match reason {
        Reason::LateApproval
        | Reason::FoundAfterRestart
        | Reason::CaptureRefused
        | Reason::PartAlreadyRefunded
        | Reason::NotPaidInTime
        | Reason::CancelFailed => Selection::plain(Message::Reason(reason)),
        // Only a doubt that nobody else can settle lets the cashier say what the truth is.
        _ if situation.choices.contains(Choice::ForcePaid) => Selection::framed(
            Message::Other("needs-decision-unknown"),
            "with-cause",
            reason,
        ),
        Reason::ProviderUndecided => Selection::plain(Message::Reason(reason)),
        _ => Selection::framed(Message::State(State::NeedsDecision), "with-cause", reason),
    }
}

fn paid(situation: &Situation) -> Message {
    match situation.reason {
        // First of all: what has gone back must not be offered for refund again.
        _ if situation.refunded > 0 => Message::Other("paid-partly-refunded"),
        Reason::FoundAfterRestart | Reason::ClosedAsPaid => Message::Reason(situation.reason),
        _ if situation.captured > 0 && situation.captured < situation.amount.minor => {
            Message::Other("paid-part")
        }
        _ => Message::State(State::Paid),
    }
}

fn not_paid(situation: &Situation) -> Message {
    match situation.reason {
        Reason::None if situation.state == State::Cancelled => match situation.cancelled_by {
            Actor::Cashier => Message::Reason(Reason::CancelledAtTill),
            Actor::Customer => Message::Reason(Reason::CustomerRejected),
            Actor::Provider => Message::Reason(Reason::CancelledAtProvider),
            Actor::Window => Message::Reason(Reason::WindowClosed),
            Actor::Nobody | Actor::Policy => Message::State(State::Cancelled),
        },
        // These tell of money that came in, or of a doubt; where it ended as not paid they would
        // mislead.
        Reason::None
        | Reason::LateApproval
        | Reason::FoundAfterRestart
        | Reason::ClosedAsPaid
        | Reason::ClosedAsNotPaid
        | Reason::PartAlreadyRefunded
        | Reason::NotPaidInTime
        | Reason::CancelFailed
        | Reason::ProviderUndecided => Message::State(situation.state),
        reason => Message::Reason(reason),
    }
}

fn refund(situation: &Situation) -> Selection {
    let reason = situation.reason;
    let other = |key| Selection::plain(Message::Other(key));
    match situation.state {
        State::Starting
        | State::WaitingForScan
        | State::WaitingForCustomer
        | State::Completing
        | State::Cancelling => open(Message::Other("refund-under-way"), reason),
        // "Paid" is no end of a refund; if it is ever told, the refund is in doubt.
        State::Unknown | State::Paid => Selection::framed(
            Message::Other("refund-unknown"),
            "refund-unknown-because",
            reason,
        ),
        State::NeedsDecision => Selection::framed(
            Message::Other("refund-needs-decision"),
            "with-cause",
            reason,
        ),
        State::Refunded | State::Done => other("refund-refunded"),
        State::Declined | State::Cancelled | State::Expired | State::Failed => not_refunded(reason),
        State::ClosedByHand => match reason {
            Reason::ClosedAsPaid => other("refund-closed-as-made"),
            Reason::ClosedAsNotPaid => other("refund-closed-as-not-made"),
            _ => Selection::framed(Message::Other("refund-closed"), "with-cause", reason),
        },
    }
}

/// What to do next depends on the kind of trouble, and those are the hundreds of the numbers.
fn not_refunded(reason: Reason) -> Selection {
    let failed = Message::Other("refund-failed");
    match (reason, reason.number()) {
        (Reason::PartAlreadyRefunded, _) | (_, 420..430) => {
            Selection::plain(Message::Reason(reason))
        }
        (_, 200..300) => Selection::framed(failed, "refund-failed-passing", reason),
        (_, 300..400) => Selection::framed(failed, "refund-failed-setup", reason),
        _ => Selection::framed(failed, "refund-failed-because", reason),
    }
}
