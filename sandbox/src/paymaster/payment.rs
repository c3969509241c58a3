//! One payment: what was asked, where it stands, and what time alone does to it.

use super::create::{Kind, Order};
use super::refund::{Refund, Status};
use super::script::Script;
use crate::ledger::{LedgerEvent, LedgerRow};

pub(super) const PAYMENT_EXPIRED: &str = "PaymentExpired";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Confirmation,
    Pending,
    /// Only for two-step cards; reachable by the test hook alone.
    Authorized,
    Settled,
    Cancelled,
    Rejected,
}

impl State {
    pub const ALL: [State; 6] = [
        State::Confirmation,
        State::Pending,
        State::Authorized,
        State::Settled,
        State::Cancelled,
        State::Rejected,
    ];

    pub fn wire(self) -> &'static str {
        match self {
            State::Confirmation => "Confirmation",
            State::Pending => "Pending",
            State::Authorized => "Authorized",
            State::Settled => "Settled",
            State::Cancelled => "Cancelled",
            State::Rejected => "Rejected",
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, State::Settled | State::Cancelled | State::Rejected)
    }
}

/// What the banks will say, and when.
#[derive(Debug, Clone)]
struct Due {
    at_ms: i64,
    paid: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub id: String,
    pub order: Order,
    pub created_ms: i64,
    pub expires_ms: i64,
    /// The text in the code: the payment's own link, or the plate's.
    pub link: String,
    pub state: State,
    pub result_code: Option<String>,
    /// What the customer really paid.
    pub paid: i64,
    pub script: Script,
    pub refunds: Vec<Refund>,
    /// A customer has seen it, or the till has asked about it or acted on it.
    pub touched: bool,
    due: Option<Due>,
    events: Vec<LedgerEvent>,
}

impl Payment {
    pub fn new(id: String, order: Order, link: String, now_ms: i64, key: Option<&str>) -> Payment {
        let mut payment = Payment {
            id,
            created_ms: now_ms,
            expires_ms: order.expires_ms,
            link,
            state: State::Confirmation,
            result_code: None,
            paid: 0,
            script: Script::default(),
            refunds: Vec::new(),
            touched: false,
            due: None,
            events: Vec::new(),
            order,
        };
        payment.happened("CREATED", payment.order.amount, now_ms, true);
        if let Some(event) = payment.events.last_mut() {
            event.idempotency_key = key.map(String::from);
        }
        payment
    }

    /// Our name of it, as the ledger has it.
    pub fn reference(&self) -> &str {
        self.order.order_no.as_deref().unwrap_or(&self.id)
    }

    /// Adds what time alone has done, each at the moment at which it was due.
    pub fn settle(&mut self, now_ms: i64, processing_ms: i64) {
        if self.state == State::Confirmation {
            self.play(now_ms, processing_ms);
        }
        if self.state == State::Confirmation && self.expires_ms <= now_ms {
            self.end(State::Cancelled, Some(PAYMENT_EXPIRED), self.expires_ms);
        }
        let due = self.due.clone().filter(|due| due.at_ms <= now_ms);
        if let (State::Pending, Some(due)) = (self.state, due) {
            self.paid_at(due.at_ms, due.paid);
        }
    }

    /// The payment as somebody who may not change it sees it at `now_ms`.
    pub fn settled(&self, now_ms: i64, processing_ms: i64) -> Payment {
        let mut payment = self.clone();
        payment.settle(now_ms, processing_ms);
        payment
    }

    /// A customer who plays along is done when the script says so, banks included.
    fn play(&mut self, now_ms: i64, processing_ms: i64) {
        let Some(after_ms) = self.script.paid_after_ms else {
            return;
        };
        let done_ms = self.created_ms + after_ms;
        let acts_ms = (done_ms - processing_ms).max(self.created_ms);
        if now_ms < acts_ms || self.expires_ms <= acts_ms {
            return;
        }
        match self.script.rejected_with {
            Some(code) if done_ms <= now_ms => self.end(State::Rejected, Some(code), done_ms),
            Some(_) => {}
            None => {
                let paid = self.order.amount - self.script.paid_short;
                self.customer_paid(acts_ms, done_ms - acts_ms, paid);
            }
        }
    }

    /// The customer has approved; the banks need their time.
    pub fn customer_paid(&mut self, at_ms: i64, takes_ms: i64, paid: i64) {
        if takes_ms <= 0 {
            self.paid_at(at_ms, paid);
            return;
        }
        self.state = State::Pending;
        self.due = Some(Due {
            at_ms: at_ms + takes_ms,
            paid,
        });
        self.happened("PENDING", paid, at_ms, true);
    }

    pub fn paid_at(&mut self, at_ms: i64, paid: i64) {
        self.state = State::Settled;
        self.result_code = Some(String::from("Success"));
        self.paid = paid;
        self.happened("SETTLED", paid, at_ms, true);
    }

    /// An end without money.
    pub fn end(&mut self, state: State, code: Option<&str>, at_ms: i64) {
        self.state = state;
        self.result_code = code.map(String::from);
        let name = match state {
            State::Rejected => "REJECTED",
            _ if code == Some(PAYMENT_EXPIRED) => "EXPIRED",
            _ => "CANCELLED",
        };
        self.happened(name, self.order.amount, at_ms, true);
    }

    /// The test hook: whatever was, this is now.
    pub fn force(&mut self, state: State, code: Option<&str>, at_ms: i64) {
        self.paid = 0;
        self.due = None;
        match state {
            State::Settled => self.paid_at(at_ms, self.order.amount),
            State::Cancelled | State::Rejected => self.end(state, code, at_ms),
            State::Confirmation | State::Pending | State::Authorized => {
                self.state = state;
                self.happened(state.wire(), self.order.amount, at_ms, true);
            }
        }
        if code.is_some() {
            self.result_code = code.map(String::from);
        }
    }

    pub fn refunded(&self, now_ms: i64) -> i64 {
        let done = self.refunds.iter();
        done.filter(|refund| refund.status(now_ms) == Status::Success)
            .map(|refund| refund.amount)
            .sum()
    }

    /// What no refund has taken or may still take.
    pub fn refundable(&self, now_ms: i64) -> i64 {
        let taken = self.refunds.iter();
        let taken = taken.filter(|refund| refund.status(now_ms) != Status::Rejected);
        self.paid - taken.map(|refund| refund.amount).sum::<i64>()
    }

    /// The one-time number of the banks, once they have moved money.
    pub fn transaction(&self) -> Option<String> {
        (self.state == State::Settled).then(|| format!("A{:0>31}", self.id))
    }

    /// The payment was settled for `now_ms` before.
    pub fn ledger_row(&self, now_ms: i64, payer: &str) -> LedgerRow {
        let by_till =
            self.state == State::Cancelled && self.result_code.as_deref() != Some(PAYMENT_EXPIRED);
        let (authorized, customer) = match self.state {
            State::Authorized => (self.order.amount, payer),
            State::Settled | State::Pending => (self.paid, payer),
            State::Confirmation | State::Cancelled | State::Rejected => (0, ""),
        };
        let done = self.refunds.iter();
        let refunds = done.filter(|refund| refund.status(now_ms) == Status::Success);
        LedgerRow {
            provider: "paymaster",
            reference: String::from(self.reference()),
            currency: String::from("RUB"),
            amount: self.order.amount,
            authorized,
            captured: self.paid,
            cancelled: if by_till { self.order.amount } else { 0 },
            refunded: self.refunded(now_ms),
            state: String::from(self.state.wire()),
            user_flow: String::from(match (&self.order.sticker, self.order.kind) {
                (Some(_), _) => "plate",
                (None, Kind::Hosted) => "page",
                (None, Kind::Payment | Kind::Till) => "code",
            }),
            description: self.order.description.clone(),
            customer: String::from(customer),
            created_ms: self.created_ms,
            expires_ms: self.expires_ms,
            captures: u32::from(self.paid > 0),
            refunds: u32::try_from(refunds.count()).unwrap_or(u32::MAX),
            events: self.ledger_events(now_ms),
        }
    }

    fn ledger_events(&self, now_ms: i64) -> Vec<LedgerEvent> {
        let refunds = self.refunds.iter();
        let refunds = refunds.filter_map(|refund| refund.ledger_event(now_ms));
        let mut events: Vec<LedgerEvent> = self.events.iter().cloned().chain(refunds).collect();
        events.sort_by_key(|event| event.at_ms);
        events
    }

    fn happened(&mut self, name: &'static str, amount: i64, at_ms: i64, success: bool) {
        self.events.push(LedgerEvent {
            name,
            amount,
            at_ms,
            success,
            idempotency_key: None,
        });
    }
}
