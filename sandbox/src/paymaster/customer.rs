//! What customers can do with a payment, and what their bank's app shows.

use serde_json::{Value, json};

use super::Paymaster;
use super::payment::{PAYMENT_EXPIRED, Payment, State};
use crate::world::ActError;

/// Finished payments that the phone still shows.
const HISTORY_MAX: usize = 50;

impl Paymaster {
    pub(super) fn customer_acts(
        &mut self,
        now_ms: i64,
        act: &str,
        with: &Value,
    ) -> Result<Value, ActError> {
        let text = |name: &str| with.get(name).and_then(Value::as_str);
        match act {
            "approve" => {
                let processing_ms = self.settings.processing_ms;
                let payment = self.waiting(now_ms, text("reference"))?;
                let paid = paid_amount(payment, with)?;
                payment.customer_paid(now_ms, processing_ms, paid);
            }
            "reject" => {
                let code = text("result_code").unwrap_or("CancelledByUser");
                let payment = self.waiting(now_ms, text("reference"))?;
                payment.end(State::Rejected, Some(code), now_ms);
            }
            "scan" => {
                let qr = text("qr").unwrap_or("");
                return self.scan(now_ms, |payment| payment.link == qr);
            }
            "scan_plate" => {
                let plate = text("sticker").unwrap_or("");
                return self.scan(now_ms, |payment| {
                    payment.order.sticker.as_deref() == Some(plate)
                });
            }
            "state" => self.force(now_ms, with)?,
            _ => return Err(ActError::UnknownAct(String::from(act))),
        }
        Ok(json!({}))
    }

    /// The customer's app reads a code or a plate and finds what waits behind it.
    fn scan(
        &mut self,
        now_ms: i64,
        is_meant: impl Fn(&Payment) -> bool,
    ) -> Result<Value, ActError> {
        let processing_ms = self.settings.processing_ms;
        for payment in &mut self.payments {
            payment.settle(now_ms, processing_ms);
        }
        let mut payments = self.payments.iter_mut().rev();
        let found = payments.find(|it| is_meant(it) && it.state == State::Confirmation);
        let Some(payment) = found else {
            return Err(refused("nothing waits behind this code"));
        };
        payment.touched = true;
        Ok(json!({
            "reference": payment.reference(),
            "amount": payment.order.amount,
            "currency": "RUB",
        }))
    }

    /// The test hook.
    fn force(&mut self, now_ms: i64, with: &Value) -> Result<(), ActError> {
        let text = |name: &str| with.get(name).and_then(Value::as_str);
        let wanted = text("state").unwrap_or("");
        let mut states = State::ALL.into_iter();
        let state = states
            .find(|state| state.wire() == wanted)
            .ok_or_else(|| refused(&format!("`{wanted}` is not a state")))?;
        let payment = self.newest(text("reference"))?;
        payment.touched = true;
        if !payment.refunds.is_empty() {
            return Err(refused("a payment with refunds stays as it is"));
        }
        payment.force(state, text("result_code"), now_ms);
        Ok(())
    }

    /// The newest payment of that name, if it still waits for its customer.
    fn waiting(&mut self, now_ms: i64, reference: Option<&str>) -> Result<&mut Payment, ActError> {
        let processing_ms = self.settings.processing_ms;
        let payment = self.newest(reference)?;
        payment.settle(now_ms, processing_ms);
        payment.touched = true;
        match payment.state {
            State::Confirmation => Ok(payment),
            State::Pending | State::Authorized => {
                Err(refused("the bank is still busy with this payment"))
            }
            over => Err(refused(&format!(
                "the payment is {} and waits for nobody",
                over.wire()
            ))),
        }
    }

    fn newest(&mut self, reference: Option<&str>) -> Result<&mut Payment, ActError> {
        let reference = reference.unwrap_or("");
        let mut payments = self.payments.iter_mut().rev();
        payments
            .find(|payment| payment.reference() == reference)
            .ok_or_else(|| refused(&format!("no payment is called `{reference}`")))
    }

    /// Whether the ledger has a row for it: not if the same order was placed again and nobody ever
    /// saw or touched the first.
    pub(super) fn is_visible(&self, place: usize) -> bool {
        let Some(payment) = self.payments.get(place) else {
            return false;
        };
        let mut later = self.payments.iter().skip(place.saturating_add(1));
        let replaced = later.any(|it| it.reference() == payment.reference());
        payment.touched || payment.paid > 0 || !replaced
    }

    pub(super) fn phone(&self, now_ms: i64) -> Value {
        let processing_ms = self.settings.processing_ms;
        let mut waiting = Vec::new();
        let mut history = Vec::new();
        for (place, payment) in self.payments.iter().enumerate().rev() {
            if !self.is_visible(place) {
                continue;
            }
            let payment = payment.settled(now_ms, processing_ms);
            let entry = self.entry(&payment, now_ms);
            if payment.state.is_over() {
                history.push(entry);
            } else {
                waiting.push(entry);
            }
        }
        history.truncate(HISTORY_MAX);
        let plates = self.stickers.iter().filter(|sticker| sticker.active);
        let plates: Vec<Value> = plates
            .map(|sticker| json!({"sticker": sticker.id, "qr": sticker.payload}))
            .collect();
        json!({"waiting": waiting, "history": history, "plates": plates})
    }

    fn entry(&self, payment: &Payment, now_ms: i64) -> Value {
        let expired = payment.result_code.as_deref() == Some(PAYMENT_EXPIRED);
        json!({
            "reference": payment.reference(),
            "amount": payment.order.amount,
            "currency": "RUB",
            "merchant": self.settings.shop_name,
            "description": payment.order.description,
            "qr": payment.link,
            "sticker": payment.order.sticker,
            "state": match payment.state {
                State::Confirmation => "waiting",
                State::Pending | State::Authorized => "authorizing",
                State::Settled => "approved",
                State::Cancelled if expired => "expired",
                State::Cancelled => "cancelled",
                State::Rejected => "rejected",
            },
            "paid": payment.paid,
            "refunded": payment.refunded(now_ms),
            "created_ms": payment.created_ms,
            "expires_ms": payment.expires_ms,
        })
    }
}

/// What the customer pays, if a test wants another amount than the one that was asked for.
fn paid_amount(payment: &Payment, with: &Value) -> Result<i64, ActError> {
    let asked = payment.order.amount;
    match with.get("amount") {
        None => Ok(asked),
        Some(other) => other
            .as_i64()
            .filter(|paid| (1..=asked).contains(paid))
            .ok_or_else(|| refused("the customer can pay from 1 kopeck to the amount asked for")),
    }
}

fn refused(text: &str) -> ActError {
    ActError::Refused(String::from(text))
}
