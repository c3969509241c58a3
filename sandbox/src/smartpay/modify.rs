//! Capture, cancel, refund and cancel-or-refund: what is allowed when (sections 5.3 to 5.6).

use super::create;
use super::fields::Checker;
use super::money::{self, Money};
use super::problem::Refusal;
use super::settings::Settings;
use super::transaction::{Change, Kind, Status, Transaction};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Capture,
    Cancel,
    Refund,
    CancelOrRefund,
}

/// A modification whose fields are in order.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub transaction: String,
    pub id: String,
    /// Nothing: all of it.
    pub amount: Option<Money>,
    pub ignored: Vec<String>,
}

impl Operation {
    /// The last part of its path.
    pub fn named(name: &str) -> Option<Operation> {
        match name {
            "capture" => Some(Operation::Capture),
            "cancel" => Some(Operation::Cancel),
            "refund" => Some(Operation::Refund),
            "cancelOrRefund" => Some(Operation::CancelOrRefund),
            _ => None,
        }
    }

    fn takes_amount(self) -> bool {
        matches!(self, Operation::Capture | Operation::Refund)
    }
}

pub(super) fn parse(
    operation: Operation,
    body: &[u8],
    settings: &Settings,
) -> Result<Order, Refusal> {
    let checker = Checker::default();
    let fields = checker.root(body);
    let order = fields.as_ref().and_then(|fields| {
        fields.require(&["transactionId", "modificationId"]);
        create::merchant_key(fields, settings);
        let mut known = vec![
            "merchantKey",
            "transactionId",
            "modificationId",
            "customReferences",
            "description",
        ];
        let mut amount = None;
        if operation.takes_amount() {
            known.push("modifiedAmount");
            if let Some(part) = fields.object("modifiedAmount") {
                part.known(&["amount", "currencyCode", "description"]);
                part.text("description", 127);
                amount = money::read(&part);
            }
        }
        fields.known(&known);
        fields.text("description", 127);
        // The guide and the reference disagree about the length; the shorter one is enforced.
        let length_max = if operation == Operation::Refund {
            36
        } else {
            64
        };
        Some(Order {
            transaction: fields.text("transactionId", 36)?,
            id: fields.text("modificationId", length_max)?,
            amount,
            ignored: Vec::new(),
        })
    });
    drop(fields);
    let ignored = checker.finish()?;
    let order = order.ok_or_else(|| Refusal::of_status(400))?;
    Ok(Order { ignored, ..order })
}

/// Carries a modification out, or says why not. The transaction is settled for `now_ms` already.
pub(super) fn apply(
    transaction: &mut Transaction,
    operation: Operation,
    order: &Order,
    now_ms: i64,
    settings: &Settings,
) -> Result<(), Refusal> {
    if let Some(amount) = &order.amount
        && amount.currency != transaction.amount().currency
    {
        return Err(Refusal::new(
            400,
            "INVALID_CURRENCY",
            "The currency is not that of the payment.",
        ));
    }
    let part = order.amount.as_ref().map(|amount| amount.minor);
    match operation {
        Operation::Capture => capture(transaction, &order.id, part, now_ms),
        Operation::Cancel => cancel(transaction, &order.id, now_ms, settings),
        Operation::Refund => refund(transaction, order, false, now_ms, settings),
        Operation::CancelOrRefund if transaction.captured > 0 => {
            release_rest(transaction);
            refund(transaction, order, true, now_ms, settings)
        }
        Operation::CancelOrRefund => cancel(transaction, &order.id, now_ms, settings),
    }
}

fn capture(
    transaction: &mut Transaction,
    id: &str,
    part: Option<i64>,
    now_ms: i64,
) -> Result<(), Refusal> {
    if transaction.status != Status::AuthorizationCompleted {
        return Err(Refusal::wrong_state("The payment is not authorized."));
    }
    let left = transaction.captureable();
    let amount = part.unwrap_or(left);
    if amount > left || left == 0 {
        return Err(too_much());
    }
    let due_ms = match transaction.capture_takes {
        None => Some(now_ms),
        Some(takes_ms) => takes_ms.map(|takes_ms| now_ms + takes_ms),
    };
    let change = Change {
        kind: Kind::Capture,
        id,
        amount,
        reverses: false,
    };
    transaction.modify(change, now_ms, due_ms);
    Ok(())
}

fn cancel(
    transaction: &mut Transaction,
    id: &str,
    now_ms: i64,
    settings: &Settings,
) -> Result<(), Refusal> {
    let allowed = match transaction.status {
        Status::Created | Status::Initialized => true,
        Status::AuthorizationCompleted => transaction.captured == 0,
        Status::AuthorizationPending => settings.cancel_while_pending,
        _ => false,
    };
    if !allowed {
        return Err(Refusal::wrong_state(
            "The payment cannot be cancelled in this state.",
        ));
    }
    transaction.plan.clear();
    let amount = transaction.amount().minor;
    let change = Change {
        kind: Kind::Cancellation,
        id,
        amount,
        reverses: true,
    };
    transaction.modify(change, now_ms, Some(now_ms));
    Ok(())
}

fn refund(
    transaction: &mut Transaction,
    order: &Order,
    reverses: bool,
    now_ms: i64,
    settings: &Settings,
) -> Result<(), Refusal> {
    if transaction.captured == 0 {
        return Err(Refusal::wrong_state("Nothing is captured."));
    }
    let left = transaction.refundable();
    let amount = order.amount.as_ref().map_or(left, |amount| amount.minor);
    if amount > left || left == 0 {
        return Err(too_much());
    }
    let due_ms = Some(now_ms + settings.refund_takes_ms);
    let change = Change {
        kind: Kind::Refund,
        id: &order.id,
        amount,
        reverses,
    };
    transaction.modify(change, now_ms, due_ms);
    Ok(())
}

/// What was reserved beyond what was captured goes back, too.
fn release_rest(transaction: &mut Transaction) {
    if transaction.status == Status::AuthorizationCompleted {
        transaction.cancelled = transaction.authorized - transaction.captured;
        transaction.status = Status::Captured;
    }
}

fn too_much() -> Refusal {
    Refusal::new(400, "INVALID_AMOUNT", "The amount is more than is left.")
}
