//! Refunds: accepted at once, carried out in their own time.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::create::{self, WireAmount};
use super::payment::{Payment, State};
use super::problem::Refusal;
use super::settings::Settings;
use crate::ledger::LedgerEvent;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Success,
    Rejected,
}

impl Status {
    pub fn wire(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::Success => "Success",
            Status::Rejected => "Rejected",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Refund {
    pub id: String,
    pub amount: i64,
    pub created_ms: i64,
    due_ms: i64,
    rejected: bool,
    key: Option<String>,
}

/// What is asked for, its fields in order.
#[derive(Debug)]
pub(super) struct Wanted {
    pub payment_id: String,
    pub amount: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    payment_id: Option<String>,
    amount: Option<WireAmount>,
}

/// The second protocol's request.
#[derive(Deserialize)]
struct TillBody {
    amount: Option<Box<RawValue>>,
}

impl Refund {
    pub fn status(&self, now_ms: i64) -> Status {
        match (self.due_ms <= now_ms, self.rejected) {
            (false, _) => Status::Pending,
            (true, true) => Status::Rejected,
            (true, false) => Status::Success,
        }
    }

    pub fn ledger_event(&self, now_ms: i64) -> Option<LedgerEvent> {
        let status = self.status(now_ms);
        (status != Status::Pending).then(|| LedgerEvent {
            name: "REFUNDED",
            amount: self.amount,
            at_ms: self.due_ms,
            success: status == Status::Success,
            idempotency_key: self.key.clone(),
        })
    }
}

pub(super) fn parse(body: &[u8]) -> Result<Wanted, Refusal> {
    let body: Body = create::document(body)?;
    let mut errors = Vec::new();
    let amount = create::amount(body.amount.as_ref(), &mut errors);
    let payment_id = body.payment_id.unwrap_or_default();
    if payment_id.is_empty() {
        errors.push(String::from("Specify required PaymentId value."));
    }
    match amount {
        Some(amount) if errors.is_empty() => Ok(Wanted { payment_id, amount }),
        _ => Err(Refusal::invalid(errors)),
    }
}

pub(super) fn parse_till(body: &[u8], settings: &Settings) -> Result<i64, Refusal> {
    let body: TillBody = create::document(body)?;
    let mut errors = Vec::new();
    let amount = create::till_amount(body.amount.as_deref(), settings, &mut errors);
    amount.ok_or_else(|| Refusal::invalid(errors))
}

/// Gives back part of a payment, which is settled for `now_ms`.
pub(super) fn begin<'p>(
    payment: &'p mut Payment,
    id: String,
    amount: i64,
    now_ms: i64,
    key: Option<&str>,
    settings: &Settings,
) -> Result<&'p Refund, Refusal> {
    if payment.state != State::Settled {
        return Err(Refusal::operation("The payment is not settled."));
    }
    if amount > payment.refundable(now_ms) {
        return Err(Refusal::operation("More than was paid cannot be refunded."));
    }
    let takes_ms = payment.script.refund_takes_ms;
    payment.touched = true;
    payment.refunds.push(Refund {
        id,
        amount,
        created_ms: now_ms,
        due_ms: now_ms + takes_ms.unwrap_or(settings.refund_takes_ms),
        rejected: settings.refund_rejected || payment.script.refund_rejected,
        key: key.map(String::from),
    });
    payment.refunds.last().ok_or_else(Refusal::not_found)
}
