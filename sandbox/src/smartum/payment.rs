//! One payment: what was paid, whether it was looked at, and what went back.

use serde_json::{Value, json};

use super::helsinki;
use super::refusal::Refusal;
use super::settings::{RefundWindow, Settings};
use crate::clock;
use crate::ledger::{LedgerEvent, LedgerRow};

#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub tx: String,
    pub venue: String,
    pub benefit: String,
    pub amount: i64,
    pub paid_at_ms: i64,
    /// `receipt` or `checkout`.
    pub flow: &'static str,
    /// What the customer's phone shows.
    pub jwt: String,
    pub qr_text: String,
    /// The cashier has seen it (section 8).
    pub checked: bool,
    pub refunded: i64,
    refunds: Vec<LedgerEvent>,
}

impl Payment {
    pub fn new(
        tx: String,
        venue: String,
        benefit: String,
        amount: i64,
        paid_at_ms: i64,
    ) -> Payment {
        Payment {
            tx,
            venue,
            benefit,
            amount,
            paid_at_ms,
            flow: "receipt",
            jwt: String::new(),
            qr_text: String::new(),
            checked: false,
            refunded: 0,
            refunds: Vec::new(),
        }
    }

    pub fn status(&self) -> &'static str {
        if self.refunded == self.amount {
            "refunded"
        } else {
            "paid"
        }
    }

    /// As `GET /transactions/{tx}` says it.
    pub fn answer(&self) -> Value {
        json!({"data": {
            "id": self.tx,
            "venue": self.venue,
            "amount": self.amount,
            "currency": "EUR",
            "benefit": self.benefit,
            "status": self.status(),
            "checked": self.checked,
            "refunded_amount": self.refunded,
            "created_at": clock::utc(self.paid_at_ms),
        }})
    }

    pub fn check(&mut self) -> Result<(), Refusal> {
        if self.status() == "refunded" {
            return Err(Refusal::REFUNDED);
        }
        if self.checked {
            return Err(Refusal::ALREADY_CHECKED);
        }
        self.checked = true;
        Ok(())
    }

    /// Gives back `amount`, or all that is left.
    pub fn refund(
        &mut self,
        now_ms: i64,
        amount: Option<i64>,
        key: Option<&str>,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let left = self.amount - self.refunded;
        if left == 0 {
            return Err(Refusal::ALREADY_REFUNDED);
        }
        let in_window = match settings.refund_window {
            RefundWindow::None => true,
            RefundWindow::SameDay => helsinki::same_day(self.paid_at_ms, now_ms),
        };
        if !in_window {
            return Err(Refusal::WINDOW_CLOSED);
        }
        let amount = amount.unwrap_or(left);
        if amount < 1 {
            return Err(Refusal::INVALID_REQUEST);
        }
        if amount > left {
            return Err(Refusal::AMOUNT_TOO_LARGE);
        }
        if amount < self.amount && !settings.partial_refund {
            return Err(Refusal::PARTIAL_NOT_SUPPORTED);
        }
        self.refunded += amount;
        self.refunds.push(LedgerEvent {
            name: "REFUNDED",
            amount,
            at_ms: now_ms,
            success: true,
            idempotency_key: key.map(String::from),
        });
        Ok(())
    }

    pub fn ledger_row(&self) -> LedgerRow {
        let paid = LedgerEvent {
            name: "PAID",
            amount: self.amount,
            at_ms: self.paid_at_ms,
            success: true,
            idempotency_key: None,
        };
        let mut events = vec![paid];
        events.extend(self.refunds.iter().cloned());
        LedgerRow {
            provider: "smartum",
            reference: self.tx.clone(),
            currency: String::from("EUR"),
            amount: self.amount,
            authorized: self.amount,
            captured: self.amount,
            cancelled: 0,
            refunded: self.refunded,
            state: String::from(self.status()),
            user_flow: String::from(self.flow),
            description: self.benefit.clone(),
            customer: String::new(),
            created_ms: self.paid_at_ms,
            expires_ms: self.paid_at_ms,
            captures: 1,
            refunds: u32::try_from(self.refunds.len()).unwrap_or(u32::MAX),
            events,
        }
    }
}
