//! What customers see and do, by the names that the admin API and tests use.

use serde_json::{Value, json};

use super::customer::can_pay;
use super::settings::Customer;
use super::{Vipps, create, webhook};
use crate::world::ActError;

impl Vipps {
    pub(super) fn shown(&self, now_ms: i64) -> Value {
        let enrolments = self.club.shown(now_ms, &self.settings);
        let phone = |customer: &Customer| {
            let own = enrolments.iter().filter(|it| it.phone == customer.number);
            json!({
                "number": customer.number,
                "personal_qr": customer.personal_qr,
                "requests": self.history_of(now_ms, &customer.number),
                "enrolments": own.collect::<Vec<_>>(),
            })
        };
        let phones: Vec<Value> = self.settings.customers.iter().map(phone).collect();
        let waiting = enrolments.iter().filter(|it| it.state == "waiting");
        json!({
            "phones": phones,
            "codes": self.open_codes(now_ms),
            "enrolments": waiting.collect::<Vec<_>>(),
            "tills": self.tills.registered(&self.settings),
        })
    }

    pub(super) fn perform_act(
        &mut self,
        now_ms: i64,
        act: &str,
        with: &Value,
    ) -> Result<Value, ActError> {
        let text = |name: &str| with.get(name).and_then(Value::as_str).unwrap_or("");
        let reference = text("reference");
        let done = match act {
            "approve" => self.approve(now_ms, reference),
            "reject" => self.reject(now_ms, reference),
            "open" => self.open(now_ms, reference),
            "scan" => {
                let scanned = self.scan(now_ms, text("qr"), text("phone"));
                let reference = scanned.map_err(|error| ActError::Refused(error.to_string()))?;
                return Ok(json!({"reference": reference}));
            }
            "check_in" => return self.check_in(now_ms, text("qr"), text("phone")),
            "check_in_again" => return self.check_in_again(now_ms, text("qr")),
            "payment_event" => return self.payment_event(now_ms, reference),
            "enrol_accept" | "enrol_decline" => {
                let accepts = act == "enrol_accept";
                let (id, phone) = (text("auth_req_id"), text("phone"));
                let answered = self.club.answer(now_ms, id, phone, accepts);
                let answered = answered.ok_or(refused("nobody asks this customer to join"))?;
                return Ok(json!({"auth_req_id": answered}));
            }
            _ => return Err(ActError::UnknownAct(String::from(act))),
        };
        done.map_err(|error| ActError::Refused(error.to_string()))?;
        Ok(json!({}))
    }

    /// A customer scans the code at a till. Gives what the merchant would be sent.
    pub fn check_in(&mut self, now_ms: i64, qr: &str, phone: &str) -> Result<Value, ActError> {
        if !create::is_phone(phone) || !can_pay(phone, None, &self.settings) {
            return Err(refused("nobody with this number has the app"));
        }
        let (settings, names) = (&self.settings, &mut self.names);
        let checked_in = self.tills.check_in(now_ms, qr, phone, settings, names);
        let payload = checked_in.ok_or(refused("the app does not know this code"))?;
        self.delivery(now_ms, webhook::CHECKED_IN, &payload)
    }

    /// The same check-in once more, as when the merchant has not answered.
    pub fn check_in_again(&self, now_ms: i64, qr: &str) -> Result<Value, ActError> {
        let last = self.tills.last_check_in(qr, &self.settings);
        let payload = last.ok_or(refused("nobody has checked in at this code"))?;
        self.delivery(now_ms, webhook::CHECKED_IN, &payload)
    }

    /// What the merchant would be sent about the newest event of a payment.
    pub fn payment_event(&mut self, now_ms: i64, reference: &str) -> Result<Value, ActError> {
        let payment = self.payments.get_mut(reference);
        let payment = payment.ok_or(refused("no payment has this reference"))?;
        payment.settle(now_ms);
        let news = webhook::newest_event(payment, &self.settings);
        let (event, payload) = news.ok_or(refused("nothing has happened to the payment"))?;
        let delivery = self.webhooks.delivery(now_ms, &event, &payload);
        delivery.ok_or_else(|| ActError::Refused(format!("nobody is registered for {event}")))
    }

    fn delivery(
        &self,
        now_ms: i64,
        event: &str,
        payload: &impl serde::Serialize,
    ) -> Result<Value, ActError> {
        let delivery = self.webhooks.delivery(now_ms, event, payload);
        delivery.ok_or_else(|| {
            ActError::Refused(format!(
                "the app cannot connect to the store: nobody is registered for {event}"
            ))
        })
    }
}

fn refused(text: &str) -> ActError {
    ActError::Refused(String::from(text))
}
