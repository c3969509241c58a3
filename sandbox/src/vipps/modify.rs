//! Capture, refund and cancel: what is allowed when.

use serde_json::Value;

use super::create::{self, Amount};
use super::fields::Checker;
use super::payment::{EventName, Payment, REFUND_WITHIN_MS, Snapshot, State};
use super::problem::{Code, Refusal};
use super::settings::Settings;

/// Refunds of exactly these amounts are refused in the test environment.
const REFUND_CUSTOMER_DELETED: i64 = 123;
const REFUND_PERIOD_OVER: i64 = 124;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Capture,
    Refund,
    Cancel,
}

/// A modification whose fields are in order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Modification {
    Capture(Amount),
    Refund(Amount),
    Cancel { transaction_only: bool },
}

impl Operation {
    /// The last part of its path.
    pub fn named(name: &str) -> Option<Operation> {
        match name {
            "capture" => Some(Operation::Capture),
            "refund" => Some(Operation::Refund),
            "cancel" => Some(Operation::Cancel),
            _ => None,
        }
    }

    /// What the service says when a key comes back with another body.
    pub fn key_conflict(self) -> Code {
        match self {
            Operation::Capture => Code::CAPTURE_KEY_CONFLICT,
            Operation::Refund => Code::REFERENCE_EXISTS,
            Operation::Cancel => Code::KEY_CONFLICT,
        }
    }
}

pub(super) fn parse(operation: Operation, body: &Value) -> Result<Modification, Refusal> {
    let checker = Checker::default();
    let modification = match operation {
        Operation::Cancel => checker
            .root(body, &["cancelTransactionOnly"])
            .map(|fields| Modification::Cancel {
                transaction_only: fields.boolean("cancelTransactionOnly").unwrap_or(false),
            }),
        Operation::Capture | Operation::Refund => checker
            .root(body, &["modificationAmount"])
            .and_then(|fields| {
                fields.require(&["modificationAmount"]);
                let amount = create::amount(&fields, "modificationAmount")?;
                if amount.value == 0 {
                    fields.raise(Code::AMOUNT_INVALID);
                }
                Some(match operation {
                    Operation::Refund => Modification::Refund(amount),
                    Operation::Capture | Operation::Cancel => Modification::Capture(amount),
                })
            }),
    };
    checker.finish()?;
    modification.ok_or_else(|| Refusal::field("body", "is incomplete"))
}

/// Carries a modification out, or says why not. The payment is settled for `now_ms` already.
pub(super) fn apply(
    payment: &mut Payment,
    modification: Modification,
    now_ms: i64,
    key: Option<&str>,
    settings: &Settings,
) -> Result<(), Code> {
    let now = payment.snapshot();
    let (event, amount) = match modification {
        Modification::Capture(amount) => {
            check_currency(payment, amount)?;
            check_capture(payment, &now, amount.value, now_ms, settings)?;
            (EventName::Captured, amount.value)
        }
        Modification::Refund(amount) => {
            check_currency(payment, amount)?;
            check_refund(&now, amount.value, now_ms)?;
            (EventName::Refunded, amount.value)
        }
        Modification::Cancel { transaction_only } => cancellation(payment, &now, transaction_only)?,
    };
    payment.happened(event, amount, now_ms, key);
    Ok(())
}

fn check_currency(payment: &Payment, amount: Amount) -> Result<(), Code> {
    if amount.currency == payment.order.currency {
        Ok(())
    } else {
        Err(Code::CURRENCY_NOT_ALLOWED)
    }
}

fn check_capture(
    payment: &Payment,
    now: &Snapshot,
    value: i64,
    now_ms: i64,
    settings: &Settings,
) -> Result<(), Code> {
    match now.state {
        State::Created => return Err(Code::CAPTURE_BEFORE_RESERVATION),
        State::Aborted | State::Expired | State::Terminated => return Err(Code::CANNOT_CAPTURE),
        State::Authorized => {}
    }
    let until_ms = now.capture_until_ms(payment.market);
    if now.captured == now.authorized {
        Err(Code::ALREADY_CAPTURED)
    } else if until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
        Err(Code::CAPTURE_TOO_LATE)
    } else if now.cancelled > 0 {
        Err(Code::ALREADY_CANCELLED)
    } else if value > now.authorized - now.captured {
        Err(Code::CAPTURE_TOO_MUCH)
    } else if value != now.authorized && !settings.partial_capture_allowed {
        Err(Code::WHOLE_CAPTURE_ONLY)
    } else {
        Ok(())
    }
}

fn check_refund(now: &Snapshot, value: i64, now_ms: i64) -> Result<(), Code> {
    match now.state {
        State::Created => return Err(Code::REFUND_BEFORE_RESERVATION),
        State::Aborted | State::Expired | State::Terminated => return Err(Code::CANNOT_REFUND),
        State::Authorized => {}
    }
    let Some(captured_ms) = now.first_capture_ms else {
        return Err(Code::CANNOT_REFUND);
    };
    if now.refunded == now.captured {
        Err(Code::ALREADY_REFUNDED)
    } else if now_ms - captured_ms >= REFUND_WITHIN_MS || value == REFUND_PERIOD_OVER {
        Err(Code::REFUND_TOO_LATE)
    } else if value > now.captured - now.refunded {
        Err(Code::REFUND_TOO_MUCH)
    } else if value == REFUND_CUSTOMER_DELETED {
        Err(Code::CUSTOMER_NOT_FOUND)
    } else {
        Ok(())
    }
}

/// A cancellation always takes everything that is not captured.
fn cancellation(
    payment: &Payment,
    now: &Snapshot,
    transaction_only: bool,
) -> Result<(EventName, i64), Code> {
    match now.state {
        State::Created if payment.is_authorizing() => Err(Code::CUSTOMER_IS_AUTHORIZING),
        State::Created => Ok((EventName::Terminated, payment.order.amount)),
        State::Aborted | State::Expired | State::Terminated => Err(Code::CANNOT_CANCEL),
        State::Authorized if transaction_only => Err(Code::CANCEL_OF_AUTHORIZED),
        State::Authorized if now.cancelled > 0 => Err(Code::ALREADY_CANCELLED),
        State::Authorized if now.captured == now.authorized => Err(Code::CANCEL_AFTER_CAPTURE),
        State::Authorized => Ok((EventName::Cancelled, now.authorized - now.captured)),
    }
}
