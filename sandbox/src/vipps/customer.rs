//! What customers can do with a payment, and what their phones show.

use serde::Serialize;

use super::create::is_phone;
use super::payment::{EventName, How, Payment, Snapshot, State};
use super::receipt::ReceiptLine;
use super::settings::{Market, Settings};
use super::{MAGIC_PHONE_SLOW, MAGIC_PHONE_UNKNOWN, Vipps};
use crate::clock::{MINUTE_MS, SECOND_MS};

const SLOW_AUTHORIZATION_MS: i64 = 30 * SECOND_MS;
const UNSURE_AUTHORIZATION_MS: i64 = 60 * MINUTE_MS;
/// Finished requests that a phone still shows.
const HISTORY_MAX: usize = 50;

/// Why a customer could not do that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerError {
    #[error("no payment has this reference")]
    UnknownPayment,
    #[error("no open payment has this code")]
    UnknownCode,
    #[error("`{0}` is not a telephone number")]
    BadPhone(String),
    #[error("the payment is {0} and waits for nobody")]
    NotWaiting(&'static str),
    #[error("the payment is on another phone")]
    AnotherPhone,
    #[error("the bank is still busy with this payment")]
    Authorizing,
    #[error("this customer cannot pay here")]
    CannotPay,
}

/// One payment on one phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneRequest {
    pub reference: String,
    pub merchant: String,
    pub description: String,
    pub amount: i64,
    pub currency: String,
    /// `waiting`, `opened`, `authorizing`, `approved`, `rejected`, `expired` or `cancelled`.
    pub state: &'static str,
    /// The bank has refused the latest attempt; the customer may try again.
    pub declined: bool,
    pub created_ms: i64,
    pub expires_ms: i64,
    /// `push` or `scanned`.
    pub how: &'static str,
    pub receipt: Vec<ReceiptLine>,
    pub captured: i64,
    pub refunded: i64,
}

/// A payment that waits for somebody to scan its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenCode {
    pub reference: String,
    pub qr: String,
    pub amount: i64,
    pub currency: String,
    pub description: String,
}

/// What the bank makes of an approval.
enum Verdict {
    Yes { after_ms: i64 },
    No,
}

impl Vipps {
    /// The customer looks at the request.
    pub fn open(&mut self, now_ms: i64, reference: &str) -> Result<(), CustomerError> {
        self.waiting(now_ms, reference).map(|_| ())
    }

    /// The customer approves. What the bank makes of it depends on magic amounts and numbers.
    ///
    /// A code that nobody has scanned is taken to be scanned by the first customer of the settings.
    pub fn approve(&mut self, now_ms: i64, reference: &str) -> Result<(), CustomerError> {
        let takes_ms = self.settings().authorization_takes_ms;
        let payment = self.waiting(now_ms, reference)?;
        match verdict(payment, takes_ms) {
            Verdict::No => payment.decline(now_ms),
            Verdict::Yes { after_ms: 0 } => payment.authorize(now_ms),
            Verdict::Yes { after_ms } => payment.authorized_from_ms = Some(now_ms + after_ms),
        }
        Ok(())
    }

    /// The customer says no.
    pub fn reject(&mut self, now_ms: i64, reference: &str) -> Result<(), CustomerError> {
        let payment = self.waiting(now_ms, reference)?;
        let amount = payment.order.amount;
        payment.happened(EventName::Aborted, amount, now_ms, None);
        Ok(())
    }

    /// A customer scans the till's screen, or opens the link of a redirect. Gives the reference of
    /// the payment.
    pub fn scan(
        &mut self,
        now_ms: i64,
        qr_text: &str,
        phone: &str,
    ) -> Result<String, CustomerError> {
        if !is_phone(phone) {
            return Err(CustomerError::BadPhone(String::from(phone)));
        }
        let text = qr_text.trim();
        let mut payments = self.payments.values_mut();
        let payment = payments
            .find(|payment| payment.link.as_ref().is_some_and(|link| link.is(text)))
            .ok_or(CustomerError::UnknownCode)?;
        payment.settle(now_ms);
        check_waiting(payment)?;
        let minimum_age = payment.order.minimum_user_age;
        if !can_pay(phone, minimum_age, &self.settings) {
            return Err(CustomerError::CannotPay);
        }
        match &payment.phone {
            Some(other) if other != phone => return Err(CustomerError::AnotherPhone),
            Some(_) => {}
            None => payment.phone = Some(String::from(phone)),
        }
        payment.opened_ms = payment.opened_ms.or(Some(now_ms));
        Ok(payment.order.reference.clone())
    }

    /// What waits on a phone for its owner, newest first.
    pub fn pending_for(&self, now_ms: i64, phone: &str) -> Vec<PhoneRequest> {
        let mut requests = self.history_of(now_ms, phone);
        requests.retain(|it| matches!(it.state, "waiting" | "opened" | "authorizing"));
        requests
    }

    /// Everything a phone shows, finished requests too, newest first.
    pub fn history_of(&self, now_ms: i64, phone: &str) -> Vec<PhoneRequest> {
        let mut requests: Vec<PhoneRequest> = self
            .payments
            .values()
            .filter(|payment| payment.phone.as_deref() == Some(phone))
            .map(|payment| phone_request(&payment.settled(now_ms), &self.settings))
            .collect();
        requests.sort_by(|a, b| (b.created_ms, &b.reference).cmp(&(a.created_ms, &a.reference)));
        requests.truncate(HISTORY_MAX);
        requests
    }

    /// Codes that stand on the screen of a till right now.
    pub fn open_codes(&self, now_ms: i64) -> Vec<OpenCode> {
        self.payments
            .values()
            .filter(|payment| payment.phone.is_none() && payment.link.is_some())
            .map(|payment| payment.settled(now_ms))
            .filter(|payment| check_waiting(payment).is_ok())
            .filter_map(|payment| {
                let link = payment.link.as_ref()?;
                Some(OpenCode {
                    reference: payment.order.reference.clone(),
                    qr: link.qr_text.clone(),
                    amount: payment.order.amount,
                    currency: String::from(payment.order.currency),
                    description: payment.order.description.clone(),
                })
            })
            .collect()
    }

    /// The payment, if it still waits for its customer; from now on the customer has seen it.
    fn waiting(&mut self, now_ms: i64, reference: &str) -> Result<&mut Payment, CustomerError> {
        let anybody = self.settings.customers.first();
        let anybody = anybody.map(|customer| customer.number.clone());
        let payment = self
            .payments
            .get_mut(reference)
            .ok_or(CustomerError::UnknownPayment)?;
        payment.settle(now_ms);
        check_waiting(payment)?;
        payment.phone = payment.phone.take().or(anybody);
        payment.opened_ms = payment.opened_ms.or(Some(now_ms));
        Ok(payment)
    }
}

fn check_waiting(payment: &Payment) -> Result<(), CustomerError> {
    match payment.snapshot().state {
        State::Created if payment.is_authorizing() => Err(CustomerError::Authorizing),
        State::Created => Ok(()),
        state => Err(CustomerError::NotWaiting(state.wire())),
    }
}

/// Customers without a row in the settings are old enough for everything.
pub(super) fn can_pay(phone: &str, minimum_age: Option<i64>, settings: &Settings) -> bool {
    let customer = settings.customers.iter().find(|it| it.number == phone);
    let old_enough = match (customer, minimum_age) {
        (Some(customer), Some(minimum_age)) => i64::from(customer.age) >= minimum_age,
        (_, None) | (None, _) => true,
    };
    old_enough && phone != MAGIC_PHONE_UNKNOWN
}

/// The amounts of the test environment. What its API shows for them is not documented.
fn verdict(payment: &Payment, takes_ms: i64) -> Verdict {
    let norwegian = payment.market == Market::Nok;
    match payment.order.amount {
        151 | 182 | 183 | 184 | 186 | 187 => Verdict::No,
        197 | 202 if norwegian => Verdict::No,
        201 => Verdict::Yes {
            after_ms: UNSURE_AUTHORIZATION_MS,
        },
        _ if payment.phone.as_deref() == Some(MAGIC_PHONE_SLOW) => Verdict::Yes {
            after_ms: SLOW_AUTHORIZATION_MS,
        },
        _ => Verdict::Yes { after_ms: takes_ms },
    }
}

fn phone_request(payment: &Payment, settings: &Settings) -> PhoneRequest {
    let now = payment.snapshot();
    PhoneRequest {
        reference: payment.order.reference.clone(),
        merchant: settings.merchant_name.clone(),
        description: payment.order.description.clone(),
        amount: payment.order.amount,
        currency: String::from(payment.order.currency),
        state: phone_state(payment, &now),
        declined: now.declined,
        created_ms: payment.created_ms,
        expires_ms: payment.expires_ms,
        how: match payment.how {
            How::Push => "push",
            How::Scanned => "scanned",
        },
        receipt: payment.order.receipt.clone().unwrap_or_default(),
        captured: now.captured,
        refunded: now.refunded,
    }
}

fn phone_state(payment: &Payment, now: &Snapshot) -> &'static str {
    match now.state {
        State::Created if payment.is_authorizing() => "authorizing",
        State::Created if payment.opened_ms.is_some() => "opened",
        State::Created => "waiting",
        State::Authorized if now.cancelled > 0 && now.captured == 0 => "cancelled",
        State::Authorized => "approved",
        State::Aborted => "rejected",
        State::Expired => "expired",
        State::Terminated => "cancelled",
    }
}
