//! The SmartumPay app: what customers do with it, and what it shows.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::checkout::State;
use super::payment::Payment;
use super::settings::{Layout, QrShape, Venue};
use super::token::{self, Facts, Tamper, Wishes};
use super::{Smartum, helsinki};
use crate::world::ActError;

/// Payments that a phone still shows.
const HISTORY_MAX: usize = 50;

/// A customer pays, and has a receipt to show. Everything after `benefit` makes it an odd one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptOrder {
    /// Default: the merchant's first.
    venue: Option<String>,
    amount: i64,
    /// Default: the venue's first.
    benefit: Option<String>,
    paid_at_ms: Option<i64>,
    shape: Option<QrShape>,
    layout: Option<Layout>,
    /// Empty: the token names no key.
    kid: Option<String>,
    alg: Option<String>,
    tamper: Option<Tamper>,
    #[serde(default)]
    extra_claims: Map<String, Value>,
    #[serde(default)]
    drop_claims: Vec<String>,
}

impl Smartum {
    pub(super) fn perform(
        &mut self,
        now_ms: i64,
        act: &str,
        with: &Value,
    ) -> Result<Value, ActError> {
        let text = |name: &str| with.get(name).and_then(Value::as_str).unwrap_or("");
        match act {
            "receipt" => self.pay(now_ms, with),
            "approve" => self.approve(now_ms, text("reference")),
            "reject" => self.reject(now_ms, text("reference")),
            "mark_checked" => {
                let payment = self.find(text("tx"))?;
                payment
                    .check()
                    .map_err(|_| refused("it was checked or refunded before"))?;
                Ok(json!({}))
            }
            "refund_in_portal" => {
                let settings = self.settings.clone();
                let payment = self.find(text("tx"))?;
                let done = payment.refund(now_ms, None, None, &settings);
                done.map_err(|_| refused("the portal does not offer a refund of it"))?;
                Ok(json!({}))
            }
            "rotate_keys" => Ok(json!({"kid": self.rotate_keys()})),
            _ => Err(ActError::UnknownAct(String::from(act))),
        }
    }

    /// From now on the other key signs; the old one stays published.
    fn rotate_keys(&mut self) -> &'static str {
        self.rotations += 1;
        self.key().kid
    }

    fn pay(&mut self, now_ms: i64, with: &Value) -> Result<Value, ActError> {
        let order: ReceiptOrder = serde_json::from_value(with.clone())
            .map_err(|error| ActError::Refused(error.to_string()))?;
        let venue = self.venue(order.venue.as_deref())?;
        let benefit = match &order.benefit {
            Some(benefit) => benefit.clone(),
            None => venue.benefits.first().cloned().unwrap_or_default(),
        };
        let paid_at_ms = order.paid_at_ms.unwrap_or(now_ms);
        let amount = self.charged(&benefit, order.amount, paid_at_ms)?;
        let tx = self.draw("tx_");
        let made_up = order.alg.is_some() || order.tamper.is_some_and(Tamper::is_forgery);
        let wishes = Wishes {
            layout: order.layout,
            kid: order.kid,
            alg: order.alg,
            extra_claims: order.extra_claims,
            drop_claims: order.drop_claims,
            tamper: order.tamper,
        };
        let facts = Facts {
            tx: &tx,
            venue: &venue.id,
            amount,
            benefit: &benefit,
            paid_at_ms,
            nonce: None,
        };
        let jwt = token::issue(&facts, &wishes, &self.settings, self.key());
        let shape = order.shape.unwrap_or(self.settings.qr_shape);
        let qr_text = token::qr_text(shape, &tx, &jwt, &self.settings.public_address);
        let shown = json!({"tx": tx, "jwt": jwt, "qr_text": qr_text});
        // Nobody has paid for a forgery.
        if !made_up && amount > 0 {
            let mut payment = Payment::new(tx.clone(), venue.id, benefit, amount, paid_at_ms);
            payment.jwt = jwt;
            payment.qr_text = qr_text;
            self.payments.insert(tx, payment);
        }
        Ok(shown)
    }

    fn venue(&self, id: Option<&str>) -> Result<Venue, ActError> {
        let mut venues = self.settings.venues.iter();
        let venue = match id {
            Some(id) => venues.find(|venue| venue.id == id),
            None => venues.find(|venue| venue.ours),
        };
        venue
            .cloned()
            .ok_or_else(|| refused("there is no such venue"))
    }

    /// Lunch costs at least and at most what the tax office says (section 13.3).
    fn charged(&self, benefit: &str, amount: i64, paid_at_ms: i64) -> Result<i64, ActError> {
        if amount < 0 {
            return Err(refused("the app takes no negative amounts"));
        }
        let year = helsinki::year(paid_at_ms);
        let mut limits = self.settings.lunch_limits.iter();
        let limit = limits.find(|limit| benefit == "lunch" && Some(limit.year) == year);
        match limit {
            Some(limit) if amount > limit.most => Err(refused("too much for one lunch")),
            Some(limit) => Ok(amount.max(limit.least)),
            None => Ok(amount),
        }
    }

    /// The customer of a web shop pays. Gives the token that the browser brings back.
    pub(super) fn approve(&mut self, now_ms: i64, reference: &str) -> Result<Value, ActError> {
        if self.payments.contains_key(reference) {
            return Err(refused("it is paid already"));
        }
        let checkout = self.checkouts.get(reference).cloned();
        let checkout = checkout.ok_or_else(|| refused("there is no such checkout"))?;
        if !checkout.is_open(now_ms) {
            return Err(refused("the checkout is over"));
        }
        let tx = self.draw("tx_");
        let order = &checkout.order;
        let facts = Facts {
            tx: &tx,
            venue: &order.venue,
            amount: order.amount,
            benefit: &order.benefit,
            paid_at_ms: now_ms,
            nonce: Some(&order.nonce),
        };
        let jwt = token::issue(&facts, &Wishes::default(), &self.settings, self.key());
        let (venue, benefit) = (order.venue.clone(), order.benefit.clone());
        let mut payment = Payment::new(tx.clone(), venue, benefit, order.amount, now_ms);
        payment.flow = "checkout";
        payment.jwt.clone_from(&jwt);
        payment.qr_text.clone_from(&jwt);
        self.payments.insert(tx.clone(), payment);
        if let Some(checkout) = self.checkouts.get_mut(reference) {
            checkout.state = State::Paid;
        }
        Ok(json!({"tx": tx, "jwt": jwt}))
    }

    pub(super) fn reject(&mut self, now_ms: i64, reference: &str) -> Result<Value, ActError> {
        if self.payments.contains_key(reference) {
            return Err(refused("it is paid already, and payers cannot cancel"));
        }
        let checkout = self.checkouts.get_mut(reference);
        let checkout = checkout.ok_or_else(|| refused("there is no such checkout"))?;
        if !checkout.is_open(now_ms) {
            return Err(refused("the checkout is over"));
        }
        checkout.state = State::Cancelled;
        Ok(json!({}))
    }

    /// Checkouts that wait, receipts to show, and where one could pay; newest first.
    pub(super) fn shown(&self, now_ms: i64) -> Value {
        let open = self.checkouts.values().filter(|it| it.is_open(now_ms));
        let waiting: Vec<Value> = open
            .map(|checkout| {
                json!({
                    "reference": checkout.id,
                    "amount": checkout.order.amount,
                    "currency": "EUR",
                    "merchant": self.venue_name(&checkout.order.venue),
                    "description": checkout.order.product_name,
                    "state": "waiting",
                    "created_ms": checkout.created_ms,
                    "expires_ms": checkout.expires_ms(),
                })
            })
            .collect();
        let mut payments: Vec<&Payment> = self.payments.values().collect();
        payments.sort_by(|a, b| (b.paid_at_ms, &b.tx).cmp(&(a.paid_at_ms, &a.tx)));
        payments.truncate(HISTORY_MAX);
        let history: Vec<Value> = payments.into_iter().map(|it| self.receipt(it)).collect();
        let venues = self.settings.venues.iter();
        let venues: Vec<Value> = venues
            .map(|venue| json!({"id": venue.id, "name": venue.name, "benefits": venue.benefits}))
            .collect();
        json!({"waiting": waiting, "history": history, "venues": venues})
    }

    fn receipt(&self, payment: &Payment) -> Value {
        json!({
            "reference": payment.tx,
            "amount": payment.amount,
            "currency": "EUR",
            "merchant": self.venue_name(&payment.venue),
            "description": payment.benefit,
            "qr": payment.qr_text,
            "state": payment.status(),
            "checked": payment.checked,
            "refunded": payment.refunded,
            "created_ms": payment.paid_at_ms,
            "expires_ms": payment.paid_at_ms,
        })
    }

    fn venue_name<'s>(&'s self, id: &'s str) -> &'s str {
        let mut venues = self.settings.venues.iter();
        venues
            .find(|venue| venue.id == id)
            .map_or(id, |venue| &venue.name)
    }

    fn find(&mut self, tx: &str) -> Result<&mut Payment, ActError> {
        let payment = self.payments.get_mut(tx);
        payment.ok_or_else(|| refused("there is no such payment"))
    }
}

fn refused(why: &str) -> ActError {
    ActError::Refused(String::from(why))
}
