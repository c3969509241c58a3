//! Refunds: giving back captured money, as an operation of its own with the same two functions.

use super::{
    Capabilities, Choice, Choices, Doubt, HandClosure, IllegalTransition, KeySeed, Money,
    OperationId, Reason, RefundRecovery, State,
};
use serde::{Deserialize, Serialize};

/// All that was fixed when the till asked for the refund.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RefundIntent {
    pub profile: String,
    /// The tender of this journal, when the payment was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender_id: Option<OperationId>,
    /// Our reference of the payment at the provider, or the provider's own as it was typed.
    pub reference: String,
    /// The provider's name of the payment, when it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_reference: Option<String>,
    pub refund_ref: String,
    /// What the payment was for, when it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_amount: Option<i64>,
    /// Nothing means: all that is left, found out by asking the provider first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The till asked for all that was left, whatever that was.
    #[serde(default)]
    pub all: bool,
    pub currency: super::Currency,
    pub seed: KeySeed,
    pub begun_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundStanding {
    /// The payment is read first: others may have refunded part of it.
    LookUp,
    /// This much may be given back and provably has not been.
    Ready {
        amount: i64,
    },
    /// The request may have been carried out.
    Unsure {
        amount: i64,
    },
    Done {
        amount: i64,
    },
    Refused(Reason),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refund {
    pub intent: RefundIntent,
    pub standing: RefundStanding,
    pub doubt: Option<Doubt>,
    pub by_hand: Option<HandClosure>,
    pub confirmed: Option<String>,
    pub found_after_restart: bool,
    pub provider_code: u32,
    /// Part of the idempotency key; see [`RefundEvent::RefundNewKeys`].
    pub key_round: u32,
    /// The provider has it and carries it out in its own time.
    pub accepted: bool,
    /// The provider's name of the refund.
    pub provider_reference: Option<String>,
    /// The payment's name at the provider, as found by asking.
    pub payment_reference: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RefundEvent {
    RefundBegun {
        intent: RefundIntent,
    },
    /// The library has started and found the refund unfinished or unconfirmed.
    RefundFound {
        at: i64,
    },
    /// A refusal that asks for patience may stick to its key: what comes next has another one.
    RefundNewKeys,
    /// The payment was read: this much is asked for, this much could be given back.
    LookedUp {
        amount: i64,
        refundable: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_reference: Option<String>,
    },
    /// The provider has accepted it and not yet carried it out.
    RefundAccepted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    RefundSending,
    RefundNotSent,
    RefundNoAnswer {
        reason: Reason,
        at: i64,
    },
    /// The provider's log shows that our request was not carried out.
    NotExecuted,
    Refunded {
        amount: i64,
    },
    RefundRefused {
        reason: Reason,
        code: u32,
    },
    RefundClosedByHand(HandClosure),
    RefundConfirmed {
        receipt_ref: String,
    },
}

impl RefundEvent {
    /// Whether nothing that follows from it is sent before it is durable.
    pub fn is_decision(&self) -> bool {
        matches!(self, Self::RefundNewKeys | Self::RefundClosedByHand(_))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::RefundBegun { .. } => "refund-begun",
            Self::RefundFound { .. } => "refund-found",
            Self::RefundNewKeys => "refund-new-keys",
            Self::LookedUp { .. } => "looked-up",
            Self::RefundSending => "refund-sending",
            Self::RefundNotSent => "refund-not-sent",
            Self::RefundNoAnswer { .. } => "refund-no-answer",
            Self::RefundAccepted { .. } => "refund-accepted",
            Self::NotExecuted => "not-executed",
            Self::Refunded { .. } => "refunded",
            Self::RefundRefused { .. } => "refund-refused",
            Self::RefundClosedByHand(_) => "refund-closed-by-hand",
            Self::RefundConfirmed { .. } => "refund-confirmed",
        }
    }
}

/// The one step towards the refund.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundCommand {
    /// Read the payment.
    LookUp,
    /// Give the money back.
    Send {
        amount: i64,
    },
    /// Ask the provider what became of our request.
    Find {
        amount: i64,
    },
    /// Only people can find out.
    AwaitHost,
    Done,
}

pub fn apply(refund: Option<Refund>, event: &RefundEvent) -> Result<Refund, IllegalTransition> {
    let Some(refund) = refund else {
        return match event {
            RefundEvent::RefundBegun { intent } => Ok(begun(intent.clone())),
            other => Err(IllegalTransition {
                standing: "nothing",
                event: other.name(),
            }),
        };
    };
    match event {
        RefundEvent::RefundFound { at } => Ok(found(refund, *at)),
        RefundEvent::RefundNewKeys => {
            let key_round = refund.key_round.saturating_add(1);
            Ok(Refund {
                key_round,
                ..refund
            })
        }
        RefundEvent::RefundNoAnswer { reason, at } => {
            let since = refund.doubt.map_or(*at, |doubt| doubt.since);
            let doubt = Some(Doubt {
                reason: *reason,
                since,
            });
            Ok(Refund { doubt, ..refund })
        }
        RefundEvent::RefundRefused { reason, code } => refused(refund, *reason, *code, event),
        RefundEvent::RefundClosedByHand(closure) => Ok(Refund {
            by_hand: Some(closure.clone()),
            ..refund
        }),
        RefundEvent::RefundConfirmed { receipt_ref } => Ok(Refund {
            confirmed: Some(receipt_ref.clone()),
            ..refund
        }),
        RefundEvent::RefundBegun { .. }
        | RefundEvent::LookedUp { .. }
        | RefundEvent::RefundSending
        | RefundEvent::RefundNotSent
        | RefundEvent::RefundAccepted { .. }
        | RefundEvent::NotExecuted
        | RefundEvent::Refunded { .. } => moved(refund, event),
    }
}

/// What brings the refund further, or back.
fn moved(refund: Refund, event: &RefundEvent) -> Result<Refund, IllegalTransition> {
    let standing = refund.standing;
    let (standing, doubt) = match (standing, event) {
        (
            RefundStanding::LookUp,
            RefundEvent::LookedUp {
                amount, refundable, ..
            },
        ) => {
            let standing = match (*amount, *refundable) {
                (_, 0) => RefundStanding::Refused(Reason::NothingToRefund),
                (amount, refundable) if amount > refundable => {
                    RefundStanding::Refused(Reason::RefundTooLarge)
                }
                (amount, _) => RefundStanding::Ready { amount },
            };
            (standing, refund.doubt)
        }
        (
            RefundStanding::Ready { amount } | RefundStanding::Unsure { amount },
            RefundEvent::RefundSending,
        ) => (RefundStanding::Unsure { amount }, refund.doubt),
        (RefundStanding::Unsure { amount }, RefundEvent::RefundNotSent)
            if refund.doubt.is_none() =>
        {
            (RefundStanding::Ready { amount }, None)
        }
        (standing, RefundEvent::RefundNotSent) => (standing, refund.doubt),
        (
            RefundStanding::Ready { amount } | RefundStanding::Unsure { amount },
            RefundEvent::RefundAccepted { .. },
        ) => (RefundStanding::Unsure { amount }, None),
        (standing @ RefundStanding::Done { .. }, RefundEvent::RefundAccepted { .. }) => {
            (standing, refund.doubt)
        }
        (RefundStanding::Unsure { amount }, RefundEvent::NotExecuted) => {
            (RefundStanding::Ready { amount }, None)
        }
        // The log was read although nothing was in doubt.
        (
            RefundStanding::Ready { .. } | RefundStanding::Done { .. } | RefundStanding::Refused(_),
            RefundEvent::NotExecuted,
        ) => (standing, refund.doubt),
        (
            RefundStanding::Ready { amount }
            | RefundStanding::Unsure { amount }
            | RefundStanding::Done { amount },
            RefundEvent::Refunded { .. },
        ) => (RefundStanding::Done { amount }, None),
        _ => return Err(illegal(&refund, event)),
    };
    let (accepted, provider_reference) = match event {
        RefundEvent::RefundAccepted { reference } => {
            let known = refund.provider_reference.clone();
            (true, reference.clone().or(known))
        }
        RefundEvent::NotExecuted => (false, None),
        _ => (refund.accepted, refund.provider_reference.clone()),
    };
    let found = match event {
        RefundEvent::LookedUp {
            provider_reference, ..
        } => provider_reference.clone(),
        _ => None,
    };
    Ok(Refund {
        standing,
        doubt,
        accepted,
        provider_reference,
        payment_reference: found.or(refund.payment_reference.clone()),
        ..refund
    })
}

fn refused(
    refund: Refund,
    reason: Reason,
    code: u32,
    event: &RefundEvent,
) -> Result<Refund, IllegalTransition> {
    let refund = Refund {
        provider_code: code,
        ..refund
    };
    match (refund.standing, refund.doubt) {
        // With an earlier request in doubt, a refusal proves nothing about that one.
        (RefundStanding::Unsure { .. }, Some(doubt)) => Ok(Refund {
            doubt: Some(Doubt { reason, ..doubt }),
            ..refund
        }),
        (
            RefundStanding::LookUp | RefundStanding::Ready { .. } | RefundStanding::Unsure { .. },
            _,
        ) => Ok(Refund {
            standing: RefundStanding::Refused(reason),
            doubt: None,
            ..refund
        }),
        (RefundStanding::Done { .. } | RefundStanding::Refused(_), _) => {
            Err(illegal(&refund, event))
        }
    }
}

fn illegal(refund: &Refund, event: &RefundEvent) -> IllegalTransition {
    IllegalTransition {
        standing: refund.standing.name(),
        event: event.name(),
    }
}

fn begun(intent: RefundIntent) -> Refund {
    Refund {
        intent,
        standing: RefundStanding::LookUp,
        doubt: None,
        by_hand: None,
        confirmed: None,
        found_after_restart: false,
        provider_code: 0,
        key_round: 1,
        accepted: false,
        provider_reference: None,
        payment_reference: None,
    }
}

/// After a restart a refund that was ready may have been sent.
fn found(refund: Refund, now: i64) -> Refund {
    let (standing, doubt) = match refund.standing {
        RefundStanding::Ready { amount } | RefundStanding::Unsure { amount } => (
            RefundStanding::Unsure { amount },
            Some(Doubt {
                reason: Reason::FoundAfterRestart,
                since: now,
            }),
        ),
        // The look-up itself rides with a later commit: the request may have followed it.
        RefundStanding::LookUp => match refund.intent.amount {
            Some(amount) => (
                RefundStanding::Unsure { amount },
                Some(Doubt {
                    reason: Reason::FoundAfterRestart,
                    since: now,
                }),
            ),
            None => (RefundStanding::LookUp, refund.doubt),
        },
        other => (other, refund.doubt),
    };
    Refund {
        standing,
        doubt,
        found_after_restart: true,
        ..refund
    }
}

pub fn next(refund: &Refund, rules: &Capabilities, now: i64) -> RefundCommand {
    if refund.by_hand.is_some() {
        return RefundCommand::Done;
    }
    match refund.standing {
        RefundStanding::LookUp => RefundCommand::LookUp,
        RefundStanding::Ready { amount } => RefundCommand::Send { amount },
        RefundStanding::Unsure { amount } if refund.accepted => RefundCommand::Find { amount },
        RefundStanding::Unsure { amount } => match rules.refund_recovery {
            RefundRecovery::Find => RefundCommand::Find { amount },
            // Past half of what the provider remembers a key, nothing is just resent.
            RefundRecovery::Repeat
                if now.saturating_sub(refund.intent.begun_at) < rules.key_retention_ms / 2 =>
            {
                RefundCommand::Send { amount }
            }
            RefundRecovery::Repeat => RefundCommand::Find { amount },
            RefundRecovery::AskPeople => RefundCommand::AwaitHost,
        },
        RefundStanding::Done { .. } | RefundStanding::Refused(_) => RefundCommand::Done,
    }
}

impl RefundStanding {
    fn name(self) -> &'static str {
        match self {
            Self::LookUp => "look-up",
            Self::Ready { .. } => "ready",
            Self::Unsure { .. } => "unsure",
            Self::Done { .. } => "done",
            Self::Refused(_) => "refused",
        }
    }
}

impl Refund {
    /// The provider's name of the payment, as far as it is known.
    pub fn payment_reference(&self) -> Option<&str> {
        let found = self.payment_reference.as_deref();
        found.or(self.intent.provider_reference.as_deref())
    }

    /// What this refund may have taken, or may still take, of the captured amount. In doubt counts
    /// as taken.
    pub fn reserved(&self) -> Option<i64> {
        match self.standing {
            RefundStanding::LookUp => self.intent.amount,
            RefundStanding::Ready { amount }
            | RefundStanding::Unsure { amount }
            | RefundStanding::Done { amount } => Some(amount),
            RefundStanding::Refused(_) => Some(0),
        }
    }

    /// Whether money may still move because of it.
    pub fn is_under_way(&self) -> bool {
        !matches!(
            self.standing,
            RefundStanding::Done { .. } | RefundStanding::Refused(_)
        )
    }

    pub fn done(&self) -> i64 {
        match self.standing {
            RefundStanding::Done { amount } => amount,
            _ => 0,
        }
    }

    pub fn amount(&self) -> Money {
        Money::new(
            self.reserved().or(self.intent.amount).unwrap_or(0),
            self.intent.currency,
        )
    }

    pub fn state(&self) -> State {
        if self.by_hand.is_some() {
            return State::ClosedByHand;
        }
        match self.standing {
            RefundStanding::Done { .. } => State::Refunded,
            RefundStanding::Refused(_) => State::Failed,
            _ if self.doubt.is_some() => State::Unknown,
            RefundStanding::LookUp | RefundStanding::Ready { .. } => State::Starting,
            RefundStanding::Unsure { .. } => State::Completing,
        }
    }

    pub fn reason(&self) -> Reason {
        match (self.state(), self.standing, &self.by_hand) {
            (State::ClosedByHand, _, Some(closure)) if closure.paid => Reason::ClosedAsPaid,
            (State::ClosedByHand, _, _) => Reason::ClosedAsNotPaid,
            (_, RefundStanding::Refused(reason), _) => reason,
            (State::Unknown, _, _) => self.doubt.map_or(Reason::NoAnswer, |doubt| doubt.reason),
            _ => Reason::None,
        }
    }

    pub fn choices(&self) -> Choices {
        match self.state() {
            State::Unknown => Choices::NONE
                .with(Choice::Retry)
                .with(Choice::ForcePaid)
                .with(Choice::ForceNotPaid),
            _ => Choices::NONE,
        }
    }
}
