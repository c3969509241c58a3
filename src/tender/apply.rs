//! Folding: what is true after one more fact.

use super::{
    AcceptedGiveBack, Act, Actor, Amounts, Assurance, Choice, Doubt, Ending, Event, Intent,
    Observation, PaidBefore, Phase, Reason, Refusal, Standing, Start, Tender, Wish,
};

/// An event that cannot follow the state it met. Never caused by input from outside: the engine
/// checks that first. In a journal it means damage.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("event '{event}' cannot follow standing '{standing}'")]
pub struct IllegalTransition {
    pub standing: &'static str,
    pub event: &'static str,
}

pub fn apply(tender: Option<Tender>, event: &Event) -> Result<Tender, IllegalTransition> {
    let Some(tender) = tender else {
        return match event {
            Event::Begun { intent } => Ok(begun(intent.clone())),
            other => Err(IllegalTransition {
                standing: "nothing",
                event: other.name(),
            }),
        };
    };
    match event {
        Event::Begun { .. } => Err(illegal(&tender, event)),
        Event::Found { at } => Ok(found(tender, *at)),
        Event::NewKeys => Ok(with_new_keys(tender)),
        Event::Prepared { .. }
        | Event::Sending { .. }
        | Event::NotSent
        | Event::GivenUp { .. }
        | Event::CameToNothing => starting(tender, event),
        Event::ReceiptTaken { .. }
        | Event::ReceiptSeen { .. }
        | Event::ScanRefused { .. }
        | Event::EnteredByHand { .. } => paid_before(tender, event),
        Event::CancelSending => Ok(Tender {
            cancel_sent: true,
            ..tender
        }),
        Event::CancelFailed => Ok(Tender {
            cancel_failed: true,
            ..tender
        }),
        Event::Abandoned { until } => Ok(abandoned(tender, *until)),
        Event::GiveBackAccepted { amount, reference } => Ok(Tender {
            give_back: Some(AcceptedGiveBack {
                amount: *amount,
                reference: reference.clone(),
            }),
            doubt: None,
            ..tender
        }),
        Event::GiveBackNotDone => Ok(Tender {
            give_back: None,
            doubt: None,
            ..tender
        }),
        Event::Observed {
            observation,
            expires_at,
        } => Ok(observed(tender, observation, *expires_at)),
        Event::Absent { at } => Ok(absent(tender, *at)),
        Event::Refused { act, reason, code } => Ok(refused(tender, *act, *reason, *code)),
        Event::NoAnswer { reason, at } => {
            let since = tender.doubt.map_or(*at, |doubt| doubt.since);
            Ok(Tender {
                doubt: Some(Doubt {
                    reason: *reason,
                    since,
                }),
                ..tender
            })
        }
        Event::CancelRequested { by, .. } => Ok(cancel_requested(tender, *by)),
        Event::Decided { choice, by, .. } => decided(tender, *choice, *by, event),
        Event::CapturePart { amount } => Ok(Tender {
            capture_part: Some(*amount),
            ..tender
        }),
        Event::ClosedByHand(closure) => Ok(closed_by_hand(tender, closure.clone())),
        Event::Confirmed { receipt_ref } => Ok(Tender {
            confirmed: Some(receipt_ref.clone()),
            ..tender
        }),
    }
}

/// What happens to a start before the provider has said anything.
fn starting(tender: Tender, event: &Event) -> Result<Tender, IllegalTransition> {
    match event {
        Event::Prepared {
            approach,
            attempt,
            start_until,
        } => match tender.standing {
            Standing::AwaitingScan | Standing::Ready(_) | Standing::Unsure(_) => Ok(Tender {
                standing: Standing::Ready(Start {
                    approach: *approach,
                    attempt: *attempt,
                    sent_at: 0,
                    absent_at: 0,
                }),
                attempts: *attempt,
                doubt: None,
                refusal: None,
                intent: Intent {
                    start_until: *start_until,
                    ..tender.intent
                },
                ..tender
            }),
            _ => Err(illegal(&tender, event)),
        },
        Event::Sending { at } => match tender.standing {
            Standing::Ready(start) | Standing::Unsure(start) => Ok(Tender {
                standing: Standing::Unsure(Start {
                    sent_at: *at,
                    absent_at: 0,
                    ..start
                }),
                ..tender
            }),
            _ => Err(illegal(&tender, event)),
        },
        Event::NotSent => match (tender.standing.clone(), tender.doubt) {
            // Only when no earlier request of this start is in doubt does this prove anything.
            (Standing::Unsure(start), None) => Ok(Tender {
                standing: Standing::Ready(Start {
                    sent_at: 0,
                    ..start
                }),
                ..tender
            }),
            _ => Ok(tender),
        },
        Event::GivenUp { reason } => match tender.standing {
            Standing::Ready(_) | Standing::AwaitingScan => Ok(Tender {
                standing: Standing::Ended(Ending::NeverStarted(*reason)),
                ..tender
            }),
            _ => Err(illegal(&tender, event)),
        },
        Event::CameToNothing => match (tender.standing.clone(), tender.wish) {
            (Standing::Unsure(_), Wish::Collect) => Ok(Tender {
                standing: Standing::Ended(Ending::NeverStarted(Reason::NetworkDown)),
                doubt: None,
                ..tender
            }),
            (Standing::Unsure(_), _) => Ok(Tender {
                standing: Standing::Ended(Ending::Cancelled),
                doubt: None,
                ..tender
            }),
            _ => Err(illegal(&tender, event)),
        },
        _ => Err(illegal(&tender, event)),
    }
}

/// The customer has paid before: the provider is not asked to do anything.
fn paid_before(tender: Tender, event: &Event) -> Result<Tender, IllegalTransition> {
    if tender.standing != Standing::AwaitingScan {
        return Err(illegal(&tender, event));
    }
    let refused = |tender: Tender, reason: Reason| Tender {
        refusal: Some(Refusal { reason, code: 0 }),
        ..tender
    };
    let settled = |tender: Tender, transaction: Option<String>, paid: PaidBefore| Tender {
        standing: Standing::Approved,
        amounts: Amounts {
            authorized: paid.own_amount,
            captured: paid.settles,
            ..Amounts::default()
        },
        provider_reference: transaction,
        refusal: None,
        seen_receipt: None,
        paid_before: Some(paid),
        ..tender
    };
    match event {
        Event::ReceiptTaken { receipt, settles } => {
            let paid = PaidBefore {
                claim: Some(receipt.claim.clone()),
                own_amount: receipt.amount,
                paid_at: receipt.paid_at,
                settles: *settles,
                assurance: Assurance::OfflineSignature,
            };
            Ok(settled(tender, Some(receipt.transaction.clone()), paid))
        }
        Event::EnteredByHand {
            amount,
            transaction,
            claim,
            ..
        } => {
            let paid = PaidBefore {
                claim: claim.clone(),
                own_amount: *amount,
                paid_at: None,
                settles: *amount,
                assurance: Assurance::Manual,
            };
            Ok(settled(tender, transaction.clone(), paid))
        }
        Event::ReceiptSeen { receipt, reason } => {
            let tender = Tender {
                provider_reference: Some(receipt.transaction.clone()),
                seen_receipt: Some(receipt.clone()),
                ..tender
            };
            Ok(refused(tender, *reason))
        }
        Event::ScanRefused { reason } => {
            let tender = Tender {
                provider_reference: None,
                seen_receipt: None,
                ..tender
            };
            Ok(refused(tender, *reason))
        }
        _ => Err(illegal(&tender, event)),
    }
}

/// Ended for the till, watched for the customer's sake. Money that has arrived stays what it is.
fn abandoned(tender: Tender, until: i64) -> Tender {
    match tender.standing {
        Standing::Open { .. } | Standing::Unsure(_) | Standing::Ended(_) => Tender {
            standing: Standing::Ended(Ending::Abandoned { until }),
            doubt: None,
            ..tender
        },
        _ => tender,
    }
}

fn begun(intent: Intent) -> Tender {
    Tender {
        intent,
        wish: Wish::Collect,
        standing: Standing::AwaitingScan,
        amounts: super::Amounts::default(),
        doubt: None,
        refusal: None,
        capture_part: None,
        confirmed: None,
        ring_up: false,
        by_hand: None,
        found_after_restart: false,
        provider_reference: None,
        provider_code: 0,
        attempts: 0,
        key_round: 1,
        end_reason: None,
        support: std::collections::BTreeMap::new(),
        paid_before: None,
        seen_receipt: None,
        give_back: None,
        released_receipt: false,
        cancel_sent: false,
        cancel_failed: false,
    }
}

/// Marks a tender that was unfinished or unconfirmed when the library started. Facts that ride with
/// the next commit may be missing, so a start that was ready must be taken as sent, as late as just
/// now; and nothing is done to the payment before the provider has been asked.
fn found(tender: Tender, at: i64) -> Tender {
    let standing = match tender.standing {
        Standing::Ready(start) | Standing::Unsure(start) => Standing::Unsure(Start {
            sent_at: at,
            absent_at: 0,
            ..start
        }),
        other => other,
    };
    let mut tender = Tender {
        standing,
        found_after_restart: true,
        // Whether the one request left is not known, and there is no second one.
        cancel_failed: tender.cancel_failed || tender.cancel_sent,
        ..tender
    };
    let asks = match tender.standing {
        Standing::Ready(_) | Standing::Unsure(_) | Standing::Open { .. } => true,
        Standing::Approved => {
            (!super::state(&tender).is_final() || tender.by_hand.is_some())
                && tender.paid_before.is_none()
        }
        Standing::AwaitingScan | Standing::Ended(_) => false,
    };
    if asks {
        let since = tender.doubt.map_or(at, |doubt| doubt.since);
        tender.doubt = Some(Doubt {
            reason: Reason::FoundAfterRestart,
            since,
        });
    }
    tender
}

fn with_new_keys(tender: Tender) -> Tender {
    Tender {
        key_round: tender.key_round.saturating_add(1),
        ..tender
    }
}

/// A statement of the provider ends every doubt. What it once said it moved stays moved: a slower
/// replica may still show less.
fn observed(tender: Tender, observation: &Observation, expires_at: i64) -> Tender {
    let seen = observation.amounts;
    let mut amounts = tender.amounts;
    amounts.authorized = amounts.authorized.max(seen.authorized);
    amounts.captured = amounts.captured.max(seen.captured);
    amounts.cancelled = amounts.cancelled.max(seen.cancelled);
    amounts.refunded = amounts.refunded.max(seen.refunded);

    let approach = match &tender.standing {
        Standing::Ready(start) | Standing::Unsure(start) => start.approach,
        Standing::Open { approach, .. } => *approach,
        _ => super::Approach::Push,
    };
    let expires_at = match &tender.standing {
        Standing::Open {
            expires_at: known, ..
        } => *known,
        _ => expires_at,
    };
    let standing = match (&tender.standing, observation.phase) {
        (Standing::Approved, Phase::Open | Phase::Unsure) => Standing::Approved,
        (Standing::Ended(Ending::Abandoned { until }), Phase::Open | Phase::Unsure) => {
            Standing::Ended(Ending::Abandoned { until: *until })
        }
        // Nobody can pay with it any more; the till has its end.
        (
            Standing::Ended(Ending::Abandoned { .. }),
            Phase::Declined | Phase::Expired | Phase::Cancelled,
        ) => Standing::Ended(Ending::Abandoned { until: 0 }),
        // Money that was taken does not become a payment that never was.
        (Standing::Approved, _) if amounts.captured > 0 => Standing::Approved,
        (Standing::Ended(ending), Phase::Open | Phase::Unsure)
            if !matches!(ending, Ending::NeverStarted(_)) =>
        {
            Standing::Ended(*ending)
        }
        // Released after an approval; a slower replica still shows the approval.
        (Standing::Ended(Ending::Cancelled), Phase::Approved)
            if amounts.captured == 0 && amounts.cancelled > 0 =>
        {
            Standing::Ended(Ending::Cancelled)
        }
        (_, Phase::Open | Phase::Unsure) => Standing::Open {
            approach,
            expires_at,
            unsure: observation.phase == Phase::Unsure,
        },
        (_, Phase::Approved) => Standing::Approved,
        (_, Phase::Declined) => Standing::Ended(Ending::Declined),
        (_, Phase::Expired) => Standing::Ended(Ending::Expired),
        (_, Phase::Cancelled) => Standing::Ended(Ending::Cancelled),
    };
    // A refusal is about what was known; it does not outlive a change of it.
    let outlived = !matches!(tender.standing, Standing::Approved) || amounts != tender.amounts;
    Tender {
        amounts,
        standing,
        end_reason: observation.reason.or(tender.end_reason),
        support: if observation.support.is_empty() {
            tender.support
        } else {
            observation.support.clone()
        },
        doubt: None,
        refusal: if outlived { None } else { tender.refusal },
        provider_reference: observation
            .provider_reference
            .clone()
            .or(tender.provider_reference),
        ..tender
    }
}

fn absent(tender: Tender, at: i64) -> Tender {
    let Standing::Unsure(start) = tender.standing else {
        // We saw it before; a replica that lags, or keys of another sales unit. Keep asking.
        let since = tender.doubt.map_or(at, |doubt| doubt.since);
        let doubt = Some(Doubt {
            reason: Reason::ReferenceUnknown,
            since,
        });
        return match tender.standing {
            Standing::Open { .. } | Standing::Approved => Tender { doubt, ..tender },
            _ => tender,
        };
    };
    if let Some(refusal) = tender.refusal {
        let standing = Standing::Ended(Ending::NeverStarted(refusal.reason));
        return Tender {
            standing,
            doubt: None,
            ..tender
        };
    }
    let settled = at >= start.sent_at.saturating_add(tender.intent.settle_ms);
    let collecting = tender.wish == Wish::Collect;
    let standing = match (settled, collecting) {
        (true, false) => Standing::Ended(Ending::Cancelled),
        (true, true) if at >= tender.intent.start_until => {
            Standing::Ended(Ending::NeverStarted(Reason::NetworkDown))
        }
        _ => Standing::Unsure(Start {
            absent_at: at,
            ..start
        }),
    };
    let doubt = if matches!(standing, Standing::Ended(_)) {
        None
    } else {
        tender.doubt
    };
    Tender {
        standing,
        doubt,
        ..tender
    }
}

fn refused(tender: Tender, act: Act, reason: Reason, code: u32) -> Tender {
    let refusal = Some(Refusal { reason, code });
    let tender = Tender {
        provider_code: code,
        ..tender
    };
    match (act, tender.standing.clone(), tender.doubt) {
        (Act::Start, Standing::Unsure(_), None) if reason == Reason::ScanAgain => Tender {
            standing: Standing::AwaitingScan,
            refusal,
            ..tender
        },
        (Act::Start, Standing::Unsure(_), None) => Tender {
            standing: Standing::Ended(Ending::NeverStarted(reason)),
            ..tender
        },
        // An earlier request of this start is unaccounted for: only the provider's word that the
        // payment does not exist ends it.
        (Act::Start, Standing::Unsure(_), Some(_)) => Tender { refusal, ..tender },
        // Others may have moved the money: the payment is read before anybody decides anew.
        (Act::Capture | Act::Cancel | Act::GiveBack, Standing::Approved, doubt) => {
            let since = doubt.map_or(0, |doubt| doubt.since);
            Tender {
                refusal,
                doubt: Some(Doubt { reason, since }),
                ..tender
            }
        }
        _ => tender,
    }
}

fn cancel_requested(tender: Tender, by: Actor) -> Tender {
    // The customer keeps what was paid before, and can use it for another sale.
    if tender.paid_before.is_some() {
        return Tender {
            wish: Wish::Cancel(by),
            standing: Standing::Ended(Ending::Cancelled),
            amounts: Amounts::default(),
            paid_before: None,
            released_receipt: true,
            ..tender
        };
    }
    let never_sent = match &tender.standing {
        Standing::AwaitingScan => true,
        Standing::Ready(start) => start.sent_at == 0,
        _ => false,
    };
    if never_sent {
        return Tender {
            wish: Wish::Cancel(by),
            standing: Standing::Ended(Ending::Cancelled),
            ..tender
        };
    }
    let wish = match (&tender.standing, tender.wish) {
        // The approval is known and nothing is taken yet: giving up means releasing it.
        (Standing::Approved, Wish::Collect) => Wish::GiveBack(by),
        (_, Wish::Collect) => Wish::Cancel(by),
        (_, wish) => wish,
    };
    Tender { wish, ..tender }
}

fn decided(
    tender: Tender,
    choice: Choice,
    by: Actor,
    event: &Event,
) -> Result<Tender, IllegalTransition> {
    match choice {
        Choice::Keep => Ok(Tender {
            wish: Wish::Collect,
            refusal: None,
            ..tender
        }),
        Choice::Refund => Ok(Tender {
            wish: Wish::GiveBack(by),
            refusal: None,
            ..tender
        }),
        Choice::RingUp => Ok(Tender {
            ring_up: true,
            ..tender
        }),
        // The refusal sticks to its key.
        Choice::Retry => Ok(Tender {
            refusal: None,
            ..with_new_keys(tender)
        }),
        Choice::Cancel | Choice::ForcePaid | Choice::ForceNotPaid => Err(illegal(&tender, event)),
    }
}

/// The books are closed by hand, the provider is still led to where they say: a payment closed as
/// not paid is given back should it turn up.
fn closed_by_hand(tender: Tender, closure: super::HandClosure) -> Tender {
    let wish = match (closure.paid, tender.wish) {
        (true, _) => Wish::Collect,
        (false, Wish::Collect | Wish::Cancel(_)) => Wish::GiveBack(Actor::Cashier),
        (false, wish) => wish,
    };
    let never_sent = matches!(tender.standing, Standing::AwaitingScan | Standing::Ready(_));
    let standing = if never_sent {
        Standing::Ended(Ending::Cancelled)
    } else {
        tender.standing
    };
    Tender {
        wish,
        standing,
        by_hand: Some(closure),
        refusal: None,
        ..tender
    }
}

fn illegal(tender: &Tender, event: &Event) -> IllegalTransition {
    IllegalTransition {
        standing: tender.standing.name(),
        event: event.name(),
    }
}

impl Standing {
    pub fn name(&self) -> &'static str {
        match self {
            Self::AwaitingScan => "awaiting-scan",
            Self::Ready(_) => "ready",
            Self::Unsure(_) => "unsure",
            Self::Open { .. } => "open",
            Self::Approved => "approved",
            Self::Ended(_) => "ended",
        }
    }
}
