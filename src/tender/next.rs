//! Deriving: what is wanted now, and how it is called at the till.

use super::{
    Actor, Approach, Capabilities, Choice, Choices, Ending, Event, LatePolicy, Reason, Standing,
    State, Tender, Wish,
};

/// After this long past the customer's window, an open payment is cancelled by us: the provider
/// should have ended it.
const OVERDUE_MS: i64 = 30_000;

/// A code that could not be taken back is asked about until the provider says that it is over, but
/// not longer than this past its end.
const LAST_LOOK_MS: i64 = 30 * 86_400_000;

/// The one step that brings the provider's standing closer to the till's wish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    Call(Call),
    /// A fact to write down: time or policy has decided.
    Record(Box<Event>),
    WaitUntil(i64),
    /// A scan, a decision or a confirmation of the till.
    AwaitHost,
    Done,
}

/// A request to the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    Start {
        attempt: u32,
    },
    AskStatus,
    Capture {
        amount: i64,
    },
    /// `only_unapproved` cancels unless the customer was faster.
    Cancel {
        only_unapproved: bool,
    },
    GiveBack {
        amount: i64,
    },
    /// What became of giving it back?
    FindGiveBack {
        amount: i64,
    },
}

impl Call {
    /// The name from which the idempotency key follows: same act and amount, same key.
    pub fn act_key(&self) -> String {
        match self {
            Self::Start { attempt } => format!("start:{attempt}"),
            Self::AskStatus => "status".to_owned(),
            Self::Capture { amount } => format!("capture:{amount}"),
            Self::Cancel { only_unapproved } => format!("cancel:{only_unapproved}"),
            Self::GiveBack { amount } | Self::FindGiveBack { amount } => {
                format!("give-back:{amount}")
            }
        }
    }

    pub fn act(&self) -> Option<super::Act> {
        match self {
            Self::Start { .. } => Some(super::Act::Start),
            Self::AskStatus | Self::FindGiveBack { .. } => None,
            Self::Capture { .. } => Some(super::Act::Capture),
            Self::Cancel { .. } => Some(super::Act::Cancel),
            Self::GiveBack { .. } => Some(super::Act::GiveBack),
        }
    }
}

pub fn next(tender: &Tender, rules: &Capabilities, now: i64) -> Command {
    match &tender.standing {
        Standing::AwaitingScan => Command::AwaitHost,
        Standing::Ready(start) => {
            if now < tender.intent.start_until {
                Command::Call(Call::Start {
                    attempt: start.attempt,
                })
            } else {
                let reason = Reason::NetworkDown;
                Command::Record(Box::new(Event::GivenUp { reason }))
            }
        }
        // Without the answer to the start nobody was shown anything to pay with.
        Standing::Unsure(start) if rules.known_by_answer && tender.provider_reference.is_none() => {
            if tender.wish == Wish::Collect && now < tender.intent.start_until {
                Command::Record(Box::new(Event::Prepared {
                    approach: start.approach,
                    attempt: start.attempt.saturating_add(1),
                    start_until: tender.intent.start_until,
                }))
            } else {
                Command::Record(Box::new(Event::CameToNothing))
            }
        }
        Standing::Unsure(start) => {
            if start.absent_at == 0 || tender.refusal.is_some() {
                return Command::Call(Call::AskStatus);
            }
            if tender.wish == Wish::Collect && now < tender.intent.start_until {
                return Command::Call(Call::Start {
                    attempt: start.attempt,
                });
            }
            let settled_at = start.sent_at.saturating_add(tender.intent.settle_ms);
            if now < settled_at {
                Command::WaitUntil(settled_at)
            } else {
                Command::Call(Call::AskStatus)
            }
        }
        Standing::Open {
            expires_at, unsure, ..
        } => next_open(tender, rules, *expires_at, *unsure, now),
        Standing::Approved => next_approved(tender, rules),
        // The till may have been off when it ended: only an answer tells that nobody has paid.
        Standing::Ended(Ending::Abandoned { until })
            if *until > 0 && now < until.saturating_add(LAST_LOOK_MS) =>
        {
            Command::Call(Call::AskStatus)
        }
        Standing::Ended(_) => Command::Done,
    }
}

fn next_open(
    tender: &Tender,
    rules: &Capabilities,
    expires_at: i64,
    unsure: bool,
    now: i64,
) -> Command {
    if tender.doubt.is_some() {
        return Command::Call(Call::AskStatus);
    }
    match tender.wish {
        // What the provider is not sure of is not cancelled by a clock.
        Wish::Collect if !unsure && now >= expires_at.saturating_add(OVERDUE_MS) => {
            let event = Event::CancelRequested {
                by: Actor::Window,
                operator: None,
            };
            Command::Record(Box::new(event))
        }
        Wish::Collect => Command::Call(Call::AskStatus),
        Wish::Cancel(_) | Wish::GiveBack(_) if rules.cancel_once && tender.cancel_sent => {
            Command::Call(Call::AskStatus)
        }
        Wish::Cancel(_) | Wish::GiveBack(_) => Command::Call(Call::Cancel {
            only_unapproved: true,
        }),
    }
}

fn next_approved(tender: &Tender, rules: &Capabilities) -> Command {
    let amounts = tender.amounts;
    if !rules.can_ask && (tender.doubt.is_some() || tender.by_hand.is_some()) {
        let over = tender.by_hand.is_some();
        return if over {
            Command::Done
        } else {
            Command::AwaitHost
        };
    }
    if tender.doubt.is_some() {
        return Command::Call(question(tender, rules));
    }
    if tender.wish != Wish::Collect && is_all_returned(tender) {
        return Command::Done;
    }
    match tender.wish {
        Wish::Collect if amounts.captured >= tender.due() => {
            let rest = amounts.authorized - amounts.captured - amounts.cancelled;
            let releases = rules.capture_separately && tender.capture_part.is_some();
            if releases && rest > 0 && tender.refusal.is_none() {
                Command::Call(Call::Cancel {
                    only_unapproved: false,
                })
            } else {
                Command::Done
            }
        }
        Wish::Collect => {
            if tender.refusal.is_some() || !tender.is_capture_settled() {
                Command::AwaitHost
            } else if rules.capture_separately {
                Command::Call(Call::Capture {
                    amount: tender.due(),
                })
            } else {
                Command::Call(Call::AskStatus)
            }
        }
        Wish::Cancel(_) => match tender.intent.late {
            LatePolicy::Ask => Command::AwaitHost,
            LatePolicy::Keep => Command::Record(Box::new(by_policy(Choice::Keep))),
            LatePolicy::Refund => Command::Record(Box::new(by_policy(Choice::Refund))),
        },
        Wish::GiveBack(_) => {
            if tender.refusal.is_some() {
                Command::AwaitHost
            } else if let Some(accepted) = &tender.give_back {
                let amount = accepted.amount;
                Command::Call(Call::FindGiveBack { amount })
            } else if amounts.captured == 0 {
                Command::Call(Call::Cancel {
                    only_unapproved: false,
                })
            } else if amounts.captured > amounts.refunded {
                let amount = amounts.captured - amounts.refunded;
                Command::Call(Call::GiveBack { amount })
            } else {
                Command::Done
            }
        }
    }
}

/// What to ask when something about an approved payment is in doubt: where the payment does not tell
/// what was given back, the refund itself is looked for.
fn question(tender: &Tender, rules: &Capabilities) -> Call {
    let left = tender.amounts.captured - tender.amounts.refunded;
    match tender.wish {
        Wish::GiveBack(_) if left > 0 && !rules.payment_shows_refunds => {
            Call::FindGiveBack { amount: left }
        }
        _ => Call::AskStatus,
    }
}

fn by_policy(choice: Choice) -> Event {
    Event::Decided {
        choice,
        by: Actor::Policy,
        operator: None,
    }
}

/// Everything that was taken has gone back.
fn is_all_returned(tender: &Tender) -> bool {
    tender.amounts.captured > 0 && tender.amounts.refunded >= tender.amounts.captured
}

/// Whether an open payment's start may be sent again under its key, to learn its code anew. Past half
/// of what the provider remembers a key, nothing is just resent: it might begin something.
pub fn may_repeat_start(tender: &Tender, rules: &Capabilities, now: i64) -> bool {
    let open = matches!(
        tender.standing,
        Standing::Open {
            approach: Approach::ShowQr,
            ..
        }
    );
    let age_ms = now.saturating_sub(tender.intent.begun_at);
    open && rules.code_by_repeating
        && tender.wish == Wish::Collect
        && tender.doubt.is_none()
        && age_ms < rules.key_retention_ms / 2
}

/// How the tender stands, in the till's words.
pub fn state(tender: &Tender) -> State {
    if tender.by_hand.is_some() {
        return State::ClosedByHand;
    }
    let doubtful = tender.doubt.is_some();
    let collecting = tender.wish == Wish::Collect;
    match &tender.standing {
        Standing::AwaitingScan => State::WaitingForScan,
        Standing::Ready(_) => State::Starting,
        _ if doubtful && tender.standing != Standing::Approved => State::Unknown,
        Standing::Unsure(_) if collecting => State::Starting,
        Standing::Unsure(_) => State::Cancelling,
        Standing::Open { .. } if collecting => State::WaitingForCustomer,
        Standing::Open { .. } if tender.cancel_failed => State::Unknown,
        Standing::Open { .. } => State::Cancelling,
        Standing::Approved => approved_state(tender),
        Standing::Ended(Ending::Declined) => State::Declined,
        Standing::Ended(Ending::Expired) => State::Expired,
        Standing::Ended(Ending::Cancelled | Ending::Abandoned { .. }) => match tender.wish {
            Wish::Cancel(Actor::Window) => State::Expired,
            _ => State::Cancelled,
        },
        Standing::Ended(Ending::NeverStarted(Reason::CustomerNotEligible)) => State::Declined,
        Standing::Ended(Ending::NeverStarted(_)) => State::Failed,
    }
}

fn approved_state(tender: &Tender) -> State {
    let amounts = tender.amounts;
    match tender.wish {
        Wish::Collect if amounts.captured >= tender.due() => State::Paid,
        _ if tender.refusal.is_some() => State::NeedsDecision,
        Wish::Collect => State::Completing,
        // The cancel itself gave everything back.
        Wish::Cancel(_) if is_all_returned(tender) => State::Cancelled,
        Wish::Cancel(_) if tender.intent.late == LatePolicy::Ask => State::NeedsDecision,
        Wish::Cancel(_) => State::Cancelling,
        Wish::GiveBack(_) if amounts.captured > 0 && amounts.refunded >= amounts.captured => {
            State::Refunded
        }
        Wish::GiveBack(_) if tender.doubt.is_some() => State::Unknown,
        Wish::GiveBack(_) => State::Cancelling,
    }
}

/// Why it stands so.
pub fn reason(tender: &Tender) -> Reason {
    if let Some(closure) = &tender.by_hand {
        return if closure.paid {
            Reason::ClosedAsPaid
        } else {
            Reason::ClosedAsNotPaid
        };
    }
    match state(tender) {
        State::NeedsDecision => match tender.refusal {
            Some(refusal) if tender.wish == Wish::Collect => match refusal.reason {
                Reason::FundsReleased => Reason::FundsReleased,
                _ => Reason::CaptureRefused,
            },
            Some(refusal) => refusal.reason,
            None => Reason::LateApproval,
        },
        State::Unknown if tender.cancel_failed => Reason::CancelFailed,
        State::Unknown => tender.doubt.map_or(Reason::NoAnswer, |doubt| doubt.reason),
        State::Declined => match tender.standing {
            Standing::Ended(Ending::NeverStarted(reason)) => reason,
            _ => tender.end_reason.unwrap_or(Reason::CustomerRejected),
        },
        State::Expired | State::Cancelled
            if matches!(tender.standing, Standing::Ended(Ending::Abandoned { .. })) =>
        {
            Reason::StillPayable
        }
        State::Failed => match tender.standing {
            Standing::Ended(Ending::NeverStarted(reason)) => reason,
            _ => Reason::None,
        },
        State::Expired => Reason::WindowClosed,
        State::Cancelled if tender.released_receipt => Reason::ReceiptReleased,
        State::Cancelled if tender.seen_receipt.is_some() => tender
            .refusal
            .map_or(Reason::ReceiptReleased, |refusal| refusal.reason),
        State::Cancelled => match tender.wish {
            Wish::Collect => Reason::CancelledAtProvider,
            _ => Reason::CancelledAtTill,
        },
        State::WaitingForScan => tender
            .refusal
            .map_or(Reason::None, |refusal| refusal.reason),
        State::Paid if offers_restart_choice(tender) => Reason::FoundAfterRestart,
        _ => Reason::None,
    }
}

/// Paid, the till went down before its receipt, and nobody has said yet what to do about it.
fn offers_restart_choice(tender: &Tender) -> bool {
    tender.found_after_restart && tender.confirmed.is_none() && !tender.ring_up
}

/// The answers that are legal now.
pub fn choices(tender: &Tender) -> Choices {
    let by_hand = |choices: Choices| choices.with(Choice::ForcePaid).with(Choice::ForceNotPaid);
    match state(tender) {
        State::Starting | State::WaitingForScan | State::WaitingForCustomer => {
            Choices::NONE.with(Choice::Cancel)
        }
        State::Unknown if tender.wish == Wish::Collect => {
            by_hand(Choices::NONE.with(Choice::Retry).with(Choice::Cancel))
        }
        State::Unknown => by_hand(Choices::NONE.with(Choice::Retry)),
        // What was taken and is not given back cannot be closed as not paid: it stays, or is tried
        // again.
        State::NeedsDecision
            if tender.refusal.is_some() && tender.amounts.captured > tender.amounts.refunded =>
        {
            Choices::NONE.with(Choice::Retry).with(Choice::Keep)
        }
        State::NeedsDecision if tender.refusal.is_some() => {
            by_hand(Choices::NONE.with(Choice::Retry))
        }
        State::NeedsDecision => Choices::NONE.with(Choice::Keep).with(Choice::Refund),
        State::Completing if !tender.is_capture_settled() => Choices::NONE.with(Choice::Cancel),
        State::Paid if offers_restart_choice(tender) => {
            Choices::NONE.with(Choice::Refund).with(Choice::RingUp)
        }
        _ => Choices::NONE,
    }
}
