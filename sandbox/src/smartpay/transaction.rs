//! One attempt of a customer to pay, with everything that was done to it afterwards.

use super::create::Order;
use super::money::Money;
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::ledger::LedgerEvent;
use crate::sequence::Sequence;

#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub id: String,
    pub order: Order,
    pub link: Option<String>,
    /// What the widget needs to show itself; links have none.
    pub token: Option<String>,
    pub created_ms: i64,
    pub status: Status,
    pub history: Vec<Step>,
    /// What will happen by itself, in order.
    pub plan: Vec<Planned>,
    pub modifications: Vec<Modification>,
    pub authorized: i64,
    pub captured: i64,
    pub cancelled: i64,
    pub refunded: i64,
    pub captures: u32,
    pub refunds: u32,
    pub log: Vec<LedgerEvent>,
    /// The customer has been here.
    pub acted: bool,
    /// A word that the status is given out as, for tests of words that nobody knows.
    pub shown: Option<String>,
    /// Captures stay pending for this long; nothing in it: for ever.
    pub capture_takes: Option<Option<i64>>,
    /// The amount that is given out is wrong by this much.
    pub amount_off: i64,
    /// The next question is answered 500.
    pub fails_once: bool,
    pub reconciliation: String,
    names: Sequence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Initialized,
    AuthorizationPending,
    AuthorizationCompleted,
    CapturePending,
    Captured,
    Settled,
    Cancelled,
    Refunded,
    Declined,
    Expired,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub status: Status,
    pub at_ms: i64,
    pub amount: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub at_ms: i64,
    pub to: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Capture,
    Cancellation,
    Refund,
}

/// A modification that is asked for.
pub(super) struct Change<'o> {
    pub kind: Kind,
    pub id: &'o str,
    pub amount: i64,
    pub reverses: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Modification {
    pub kind: Kind,
    pub id: String,
    pub amount: i64,
    pub reconciliation: String,
    pub created_ms: i64,
    /// When it is carried out; nothing: never.
    pub due_ms: Option<i64>,
    pub done: bool,
    /// A refund that was asked for as "cancel or refund".
    pub reverses: bool,
}

impl Transaction {
    pub fn new(order: Order, link: Option<String>, now_ms: i64, mut names: Sequence) -> Self {
        let token = format!(
            "{}{}{}{}",
            names.word(),
            names.word(),
            names.word(),
            names.word()
        );
        let mut transaction = Transaction {
            id: names.guid(),
            token: link.is_none().then_some(token),
            order,
            link,
            created_ms: now_ms,
            status: Status::Created,
            history: Vec::new(),
            plan: Vec::new(),
            modifications: Vec::new(),
            authorized: 0,
            captured: 0,
            cancelled: 0,
            refunded: 0,
            captures: 0,
            refunds: 0,
            log: Vec::new(),
            acted: false,
            shown: None,
            capture_takes: None,
            amount_off: 0,
            fails_once: false,
            reconciliation: reconciliation(&mut names),
            names,
        };
        transaction.enter(Status::Created, now_ms);
        transaction
    }

    pub fn amount(&self) -> &Money {
        &self.order.amount
    }

    /// What time alone has done: planned steps, modifications that are due, and the end of what
    /// nobody has completed.
    pub fn settle(&mut self, now_ms: i64, auto_cancel_min: i64) {
        while let Some(next) = self.plan.first().copied().filter(|it| it.at_ms <= now_ms) {
            self.plan.remove(0);
            self.enter(next.to, next.at_ms);
        }
        for at in 0..self.modifications.len() {
            let due_ms = self.modifications.get(at).and_then(|it| it.due_ms);
            if let Some(due_ms) = due_ms.filter(|due_ms| *due_ms <= now_ms) {
                self.carry_out(at, due_ms);
            }
        }
        let ends_ms = self.created_ms + auto_cancel_min * MINUTE_MS;
        let unfinished = matches!(self.status, Status::Created | Status::Initialized);
        if auto_cancel_min > 0 && unfinished && self.plan.is_empty() && ends_ms <= now_ms {
            self.enter(Status::Cancelled, ends_ms);
        }
    }

    pub fn settled(&self, now_ms: i64, auto_cancel_min: i64) -> Transaction {
        let mut transaction = self.clone();
        transaction.settle(now_ms, auto_cancel_min);
        transaction
    }

    /// The payment takes a new status, with the money that belongs to it.
    pub fn enter(&mut self, status: Status, at_ms: i64) {
        let amount = self.order.amount.minor;
        match status {
            Status::Captured if self.captured > 0 => {}
            Status::Captured | Status::Settled => {
                if self.captured == 0 {
                    self.captured = amount;
                    self.captures += 1;
                    self.note("CAPTURED", amount, at_ms, None);
                }
                if status == Status::Settled {
                    self.note("SETTLED", amount, at_ms, None);
                }
            }
            Status::Refunded => {
                let rest = self.captured - self.refunded;
                if rest > 0 {
                    self.refunded = self.captured;
                    self.refunds += 1;
                    self.note("REFUNDED", rest, at_ms, None);
                }
            }
            status => self.note(status.wire(), amount, at_ms, None),
        }
        self.stand(status, at_ms);
    }

    /// The status alone, and what is reserved because of it.
    fn stand(&mut self, status: Status, at_ms: i64) {
        match status {
            Status::AuthorizationCompleted
            | Status::CapturePending
            | Status::Captured
            | Status::Settled => self.authorized = self.order.amount.minor,
            Status::Cancelled | Status::Declined | Status::Expired => {
                self.cancelled = self.authorized - self.captured;
            }
            Status::Created
            | Status::Initialized
            | Status::AuthorizationPending
            | Status::Refunded => {}
        }
        self.status = status;
        self.shown = None;
        self.history.push(Step {
            status,
            at_ms,
            amount: None,
        });
    }

    /// Adds a modification, and carries it out unless it takes time.
    pub fn modify(&mut self, order: Change<'_>, now_ms: i64, due_ms: Option<i64>) {
        let kind = order.kind;
        let modification = Modification {
            kind,
            id: String::from(order.id),
            amount: order.amount,
            reconciliation: reconciliation(&mut self.names),
            created_ms: now_ms,
            due_ms,
            done: false,
            reverses: order.reverses,
        };
        self.modifications.push(modification);
        if due_ms.is_some_and(|due_ms| due_ms <= now_ms) {
            self.carry_out(self.modifications.len() - 1, now_ms);
        } else if kind == Kind::Capture {
            self.enter(Status::CapturePending, now_ms);
        }
    }

    fn carry_out(&mut self, at: usize, at_ms: i64) {
        let Some(modification) = self.modifications.get_mut(at).filter(|it| !it.done) else {
            return;
        };
        modification.done = true;
        let (kind, amount) = (modification.kind, modification.amount);
        let (id, reverses) = (modification.id.clone(), modification.reverses);
        match kind {
            Kind::Capture => {
                self.captured += amount;
                self.captures += 1;
                self.note("CAPTURED", amount, at_ms, Some(id));
                if self.captured == self.authorized {
                    self.enter(Status::Captured, at_ms);
                } else {
                    self.status = Status::AuthorizationCompleted;
                }
            }
            Kind::Cancellation => {
                self.note("CANCELLED", amount, at_ms, Some(id));
                self.stand(Status::Cancelled, at_ms);
            }
            Kind::Refund => {
                self.refunded += amount;
                self.refunds += 1;
                // What a cancel gave back is told from what a refund did.
                let name = if reverses { "REVERSED" } else { "REFUNDED" };
                self.note(name, amount, at_ms, Some(id));
                if self.refunded == self.captured {
                    self.enter(Status::Refunded, at_ms);
                }
            }
        }
        if let Some(last) = self.history.last_mut().filter(|it| it.at_ms == at_ms) {
            last.amount = Some(amount);
        }
    }

    /// What modifications of a kind have promised and not yet done.
    pub fn promised(&self, kind: Kind) -> i64 {
        let open = self.modifications.iter().filter(|it| !it.done);
        open.filter(|it| it.kind == kind).map(|it| it.amount).sum()
    }

    pub fn captureable(&self) -> i64 {
        self.authorized - self.captured - self.cancelled - self.promised(Kind::Capture)
    }

    pub fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.promised(Kind::Refund)
    }

    /// The customer has begun something that has not come to its end.
    pub fn is_running(&self) -> bool {
        matches!(
            self.status,
            Status::Created | Status::Initialized | Status::AuthorizationPending
        )
    }

    /// Money was reserved once, whatever became of it.
    pub fn was_authorized(&self) -> bool {
        self.authorized > 0
    }

    fn note(&mut self, name: &'static str, amount: i64, at_ms: i64, key: Option<String>) {
        self.log.push(LedgerEvent {
            name,
            amount,
            at_ms,
            success: true,
            idempotency_key: key,
        });
    }
}

impl Planned {
    pub fn after(now_ms: i64, seconds: i64, to: Status) -> Planned {
        Planned {
            at_ms: now_ms + seconds * SECOND_MS,
            to,
        }
    }
}

impl Status {
    pub fn wire(self) -> &'static str {
        match self {
            Status::Created => "CREATED",
            Status::Initialized => "AUTHORIZATION_INITIALIZED",
            Status::AuthorizationPending => "AUTHORIZATION_PENDING",
            Status::AuthorizationCompleted => "AUTHORIZATION_COMPLETED",
            Status::CapturePending => "CAPTURE_PENDING",
            Status::Captured => "CAPTURED",
            Status::Settled => "SETTLED",
            Status::Cancelled => "CANCELLED",
            Status::Refunded => "REFUNDED",
            Status::Declined => "AUTHORIZATION_DECLINED",
            Status::Expired => "EXPIRED",
        }
    }

    pub fn named(word: &str) -> Option<Status> {
        let all = [
            Status::Created,
            Status::Initialized,
            Status::AuthorizationPending,
            Status::AuthorizationCompleted,
            Status::CapturePending,
            Status::Captured,
            Status::Settled,
            Status::Cancelled,
            Status::Refunded,
            Status::Declined,
            Status::Expired,
        ];
        all.into_iter().find(|status| status.wire() == word)
    }
}

impl Modification {
    pub fn status(&self) -> &'static str {
        match (self.kind, self.done) {
            (Kind::Capture, true) => "CAPTURED",
            (Kind::Capture, false) => "CAPTURE_PENDING",
            (Kind::Cancellation, true) => "CANCELLED",
            (Kind::Cancellation, false) => "CANCELLATION_PENDING",
            (Kind::Refund, true) => "REFUNDED",
            (Kind::Refund, false) => "REFUND_PENDING",
        }
    }
}

impl Kind {
    pub fn wire(self) -> &'static str {
        match self {
            Kind::Capture => "CAPTURE",
            Kind::Cancellation => "CANCELLATION",
            Kind::Refund => "REFUND",
        }
    }
}

/// 21 characters, as the acquirer's own.
fn reconciliation(names: &mut Sequence) -> String {
    let mut text = format!("R{}{}", names.number(), names.number());
    text.truncate(21);
    text
}
