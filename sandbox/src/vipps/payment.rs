//! One payment. It keeps what was asked and what happened; everything else is folded from that.

use super::create::{Create, UserFlow};
use super::settings::Market;
use crate::clock::DAY_MS;
use crate::ledger::{LedgerEvent, LedgerRow};
use crate::sequence::Sequence;

pub(super) const REFUND_WITHIN_MS: i64 = 365 * DAY_MS;

#[derive(Clone)]
pub(super) struct Payment {
    pub order: Create,
    pub market: Market,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub create_key: String,
    pub link: Option<Link>,
    pub how: How,
    /// Whose phone the payment is on; nobody's before a code is scanned.
    pub phone: Option<String>,
    pub opened_ms: Option<i64>,
    /// The customer has approved and the bank is not done before this moment.
    pub authorized_from_ms: Option<i64>,
    events: Vec<Event>,
    names: Sequence,
}

/// What `redirectUrl` says, and what the customer's camera sees.
#[derive(Clone)]
pub(super) struct Link {
    pub address: String,
    /// The text inside the code; the address itself unless that is one of an image.
    pub qr_text: String,
    pub token: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Push,
    Scanned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Created,
    Authorized,
    Aborted,
    Expired,
    Terminated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventName {
    Created,
    Authorized,
    Aborted,
    Expired,
    Terminated,
    Captured,
    Cancelled,
    Refunded,
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub name: EventName,
    pub amount: i64,
    pub at_ms: i64,
    pub key: Option<String>,
    pub psp_reference: String,
    pub success: bool,
}

/// The payment as it was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub state: State,
    pub authorized: i64,
    pub captured: i64,
    pub cancelled: i64,
    pub refunded: i64,
    pub authorized_ms: Option<i64>,
    pub first_capture_ms: Option<i64>,
    pub captures: u32,
    pub refunds: u32,
    /// The latest attempt of the customer to pay was refused by the bank.
    pub declined: bool,
}

impl Payment {
    pub fn new(order: Create, market: Market, now_ms: i64, key: &str, names: Sequence) -> Payment {
        let expires_ms = order.expires_ms.unwrap_or(now_ms + super::PAYMENT_LIFE_MS);
        let how = match order.user_flow {
            UserFlow::PushMessage => How::Push,
            UserFlow::Qr | UserFlow::WebRedirect | UserFlow::NativeRedirect => How::Scanned,
        };
        let amount = order.amount;
        let mut payment = Payment {
            order,
            market,
            created_ms: now_ms,
            expires_ms,
            create_key: String::from(key),
            link: None,
            how,
            phone: None,
            opened_ms: None,
            authorized_from_ms: None,
            events: Vec::new(),
            names,
        };
        payment.happened(EventName::Created, amount, now_ms, Some(key));
        payment
    }

    /// Adds what time alone has done: an authorization that is through, an expiry, a release of old
    /// money. The events carry the moment at which they were due, however late somebody looks.
    pub fn settle(&mut self, now_ms: i64) {
        let amount = self.order.amount;
        if self.snapshot().state == State::Created {
            match self.authorized_from_ms {
                Some(due_ms) if due_ms <= now_ms => self.authorize(due_ms),
                None if self.expires_ms <= now_ms => {
                    self.happened(EventName::Expired, amount, self.expires_ms, None);
                }
                Some(_) | None => {}
            }
        }
        let now = self.snapshot();
        let Some(due_ms) = now.capture_until_ms(self.market) else {
            return;
        };
        let rest = now.authorized - now.captured;
        if due_ms <= now_ms && rest > 0 && now.cancelled == 0 {
            self.happened(EventName::Cancelled, rest, due_ms, None);
        }
    }

    /// The payment as somebody who may not change it sees it at `now_ms`.
    pub fn settled(&self, now_ms: i64) -> Payment {
        let mut payment = self.clone();
        payment.settle(now_ms);
        payment
    }

    pub fn authorize(&mut self, at_ms: i64) {
        let (amount, key) = (self.order.amount, self.create_key.clone());
        self.happened(EventName::Authorized, amount, at_ms, Some(&key));
    }

    /// The bank says no; the customer may try again.
    pub fn decline(&mut self, at_ms: i64) {
        let (amount, key) = (self.order.amount, self.create_key.clone());
        self.happened(EventName::Authorized, amount, at_ms, Some(&key));
        if let Some(event) = self.events.last_mut() {
            event.success = false;
        }
    }

    pub fn happened(&mut self, name: EventName, amount: i64, at_ms: i64, key: Option<&str>) {
        let psp_reference = match name {
            EventName::Created => self.names.guid(),
            _ => self.names.number(),
        };
        self.events.push(Event {
            name,
            amount,
            at_ms,
            key: key.map(String::from),
            psp_reference,
            success: true,
        });
    }

    /// The newest state; call [`Payment::settle`] first.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_at(i64::MAX)
    }

    /// The state that a reader sees who is told the truth of `at_ms`.
    pub fn snapshot_at(&self, at_ms: i64) -> Snapshot {
        let known = self.events_until(at_ms);
        known.fold(Snapshot::new(), Snapshot::after)
    }

    /// The creation is always known: a payment that can be read exists.
    pub fn events_until(&self, at_ms: i64) -> impl Iterator<Item = &Event> {
        self.events
            .iter()
            .filter(move |event| event.at_ms <= at_ms || event.name == EventName::Created)
    }

    pub fn psp_reference(&self) -> &str {
        self.events
            .first()
            .map_or("", |event| event.psp_reference.as_str())
    }

    /// The customer has approved, the bank is not done.
    pub fn is_authorizing(&self) -> bool {
        self.authorized_from_ms.is_some() && self.snapshot().state == State::Created
    }

    pub fn ledger_row(&self, now_ms: i64) -> LedgerRow {
        let settled = self.settled(now_ms);
        let now = settled.snapshot();
        LedgerRow {
            provider: "vipps",
            reference: settled.order.reference.clone(),
            currency: String::from(settled.order.currency),
            amount: settled.order.amount,
            authorized: now.authorized,
            captured: now.captured,
            cancelled: now.cancelled,
            refunded: now.refunded,
            state: String::from(now.state.wire()),
            user_flow: String::from(settled.order.user_flow.wire()),
            description: settled.order.description.clone(),
            customer: settled.phone.clone().unwrap_or_default(),
            created_ms: settled.created_ms,
            expires_ms: settled.expires_ms,
            captures: now.captures,
            refunds: now.refunds,
            events: settled.events.iter().map(Event::ledger).collect(),
        }
    }
}

impl Snapshot {
    fn new() -> Snapshot {
        Snapshot {
            state: State::Created,
            authorized: 0,
            captured: 0,
            cancelled: 0,
            refunded: 0,
            authorized_ms: None,
            first_capture_ms: None,
            captures: 0,
            refunds: 0,
            declined: false,
        }
    }

    fn after(mut self, event: &Event) -> Snapshot {
        if !event.success {
            self.declined = true;
            return self;
        }
        match event.name {
            EventName::Created => {}
            EventName::Authorized => {
                self.state = State::Authorized;
                self.authorized = event.amount;
                self.authorized_ms = Some(event.at_ms);
                self.declined = false;
            }
            EventName::Aborted => self.state = State::Aborted,
            EventName::Expired => self.state = State::Expired,
            EventName::Terminated => {
                self.state = State::Terminated;
                self.cancelled = event.amount;
            }
            EventName::Captured => {
                self.captured += event.amount;
                self.captures += 1;
                self.first_capture_ms = self.first_capture_ms.or(Some(event.at_ms));
            }
            EventName::Cancelled => self.cancelled += event.amount,
            EventName::Refunded => {
                self.refunded += event.amount;
                self.refunds += 1;
            }
        }
        self
    }

    pub fn capture_until_ms(&self, market: Market) -> Option<i64> {
        let authorized_ms = self.authorized_ms?;
        Some(authorized_ms.saturating_add(market.capture_within_ms()))
    }
}

impl Event {
    fn ledger(&self) -> LedgerEvent {
        LedgerEvent {
            name: self.name.wire(),
            amount: self.amount,
            at_ms: self.at_ms,
            success: self.success,
            idempotency_key: self.key.clone(),
        }
    }
}

impl State {
    pub fn wire(self) -> &'static str {
        match self {
            State::Created => "CREATED",
            State::Authorized => "AUTHORIZED",
            State::Aborted => "ABORTED",
            State::Expired => "EXPIRED",
            State::Terminated => "TERMINATED",
        }
    }
}

impl EventName {
    pub fn wire(self) -> &'static str {
        match self {
            EventName::Created => "CREATED",
            EventName::Authorized => "AUTHORIZED",
            EventName::Aborted => "ABORTED",
            EventName::Expired => "EXPIRED",
            EventName::Terminated => "TERMINATED",
            EventName::Captured => "CAPTURED",
            EventName::Cancelled => "CANCELLED",
            EventName::Refunded => "REFUNDED",
        }
    }
}

impl Link {
    /// Customers meet a payment as code, as picture or as link.
    pub fn is(&self, text: &str) -> bool {
        self.qr_text == text || self.address == text
    }
}
