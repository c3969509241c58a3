//! SmartPay: checkouts, payment links, and what is done to them afterwards.
//!
//! ```text
//! gate         credentials, headers, modification ids   problem  refusals
//! create       bodies of checkouts and links            modify   capture, cancel, refund
//! transaction  one attempt to pay, as far as it got     read     payments as JSON
//! customer     what customers do and see                fields   JSON without floating point
//! money        decimals on the wire                     settings the merchant and the quirks
//! ```
//!
//! With `autopay` the cents of the amount stand for a customer: `.00` pays within two seconds, `.01`
//! leaves an authorization, `.02` is declined, `.03` is pending for 70 s and `.04` for ever, `.05` is
//! captured but never confirmed, `.06` does nothing, `.09` pays and fails one question with 500,
//! `.10` pays and is told with a wrong amount. Slow and broken connections are for the faults in
//! front of the provider.

mod create;
mod customer;
mod fields;
mod gate;
mod modify;
mod money;
mod problem;
mod read;
mod settings;
mod transaction;

use http::Method;
use serde_json::Value;

pub use settings::{LinkNames, Settings};

use crate::clock::MINUTE_MS;
use crate::ledger::LedgerRow;
use crate::sequence::Sequence;
use crate::world::{ActError, Imitation};
use crate::{Request, Response, answer};
use create::{Kind, Order};
use gate::{Gate, Memory};
use modify::Operation;
use problem::Refusal;
use transaction::{Planned, Status, Transaction};

/// The service with one merchant.
pub struct Smartpay {
    settings: Settings,
    gate: Gate,
    /// In the order in which they were created, as are the links.
    transactions: Vec<Transaction>,
    links: Vec<Link>,
    names: Sequence,
    /// When somebody last asked for anything.
    now_ms: i64,
}

/// An address under which customers may try to pay until one has.
#[derive(Debug, Clone)]
struct Link {
    id: String,
    address: String,
    order: Order,
    created_ms: i64,
    expires_ms: i64,
}

impl Smartpay {
    pub(crate) fn new(seed: u64, settings: Settings) -> Smartpay {
        Smartpay {
            settings,
            gate: Gate::default(),
            transactions: Vec::new(),
            links: Vec::new(),
            names: Sequence::new(seed),
            now_ms: 0,
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn dispatch(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let path = request.uri().path();
        let (settings, names) = (&self.settings, &mut self.names);
        let post = request.method() == Method::POST;
        if path == "/oauth2/token" && post {
            return Ok(self.gate.issue_token(now_ms, request, settings, names));
        }
        self.gate.admit(now_ms, request.headers(), settings)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (post, parts.as_slice()) {
            (true, ["payment", "creation"]) => self.create(now_ms, request),
            (true, ["payment-links"]) => self.create_link(now_ms, request),
            (false, ["payment", "status", id]) => self.status(now_ms, id),
            (false, ["payment-links", id]) => self.read_link(now_ms, id),
            (true, ["payment", name]) => match Operation::named(name) {
                Some(operation) => self.modify(now_ms, operation, request),
                None => Err(Refusal::unknown("call")),
            },
            _ => Err(Refusal::unknown("call")),
        }
    }

    fn create(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let (order, ignored) = create::parse(Kind::Checkout, request.body(), &self.settings)?;
        let taken = |it: &Transaction| it.link.is_none() && it.order.reference == order.reference;
        if order.reference.is_some() && self.transactions.iter().any(taken) {
            return Err(Refusal::new(
                self.settings.duplicate_status,
                "DUPLICATE_PARTNER_REFERENCE",
                "The partnerReference was used before.",
            ));
        }
        let transaction = self.begin(now_ms, order, None);
        let answer = read::created(&transaction, &ignored, now_ms, &self.settings);
        self.transactions.push(transaction);
        Ok(self.created(&answer))
    }

    fn create_link(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let (order, ignored) = create::parse(Kind::Link, request.body(), &self.settings)?;
        let id = self.names.guid();
        let link = Link {
            address: format!("{}/pay/{id}", self.settings.page_address),
            id,
            order,
            created_ms: now_ms,
            expires_ms: now_ms + self.settings.link_life_h * 60 * MINUTE_MS,
        };
        let answer = read::link_created(&link, &ignored, &self.settings);
        if self.settings.autopay && !autopay(&link.order, true, now_ms).is_empty() {
            let attempt = self.begin(now_ms, link.order.clone(), Some(link.id.clone()));
            self.transactions.push(attempt);
        }
        self.links.push(link);
        Ok(self.created(&answer))
    }

    /// A new attempt to pay, not yet among the others.
    fn begin(&mut self, now_ms: i64, order: Order, link: Option<String>) -> Transaction {
        let mut transaction = Transaction::new(order, link, now_ms, self.names.fork());
        if self.settings.autopay {
            let order = &transaction.order;
            let cents = order.amount.minor % 100;
            transaction.plan = autopay(order, self.settings.auto_capture, now_ms);
            transaction.fails_once = cents == 9;
            transaction.amount_off = i64::from(cents == 10);
            transaction.acted = !transaction.plan.is_empty();
        }
        transaction
    }

    fn created(&self, answer: &fields::Object) -> Response {
        let status = if self.settings.created_is_201 {
            201
        } else {
            200
        };
        answer::json(status, answer::JSON, answer)
    }

    fn status(&mut self, now_ms: i64, id: &str) -> Result<Response, Refusal> {
        let auto_cancel_min = self.settings.auto_cancel_min;
        let transaction = find(&mut self.transactions, id)?;
        transaction.settle(now_ms, auto_cancel_min);
        if std::mem::take(&mut transaction.fails_once) {
            return Err(Refusal::of_status(500));
        }
        let answer = read::payment(transaction, &self.settings);
        Ok(answer::json(200, answer::JSON, &answer))
    }

    fn read_link(&mut self, now_ms: i64, id: &str) -> Result<Response, Refusal> {
        let link = self.links.iter().rev().find(|link| link.id == id);
        let link = link.ok_or_else(|| Refusal::unknown("payment link"))?;
        let latest = self.latest_of(id);
        let latest = latest.map(|it| it.settled(now_ms, self.settings.auto_cancel_min));
        let answer = read::link(link, latest.as_ref(), &self.settings);
        Ok(answer::json(200, answer::JSON, &answer))
    }

    /// Fields, modification id, rules, effect: in this order.
    fn modify(
        &mut self,
        now_ms: i64,
        operation: Operation,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let order = modify::parse(operation, request.body(), &self.settings)?;
        match self.gate.recall(&order.id, request) {
            Memory::Same(response) => return Ok(response),
            Memory::Other => {
                return Err(Refusal::new(
                    409,
                    "MODIFICATION_ID_USED",
                    "The modificationId was used for another modification.",
                ));
            }
            Memory::New => {}
        }
        let done = self.carry_out(now_ms, operation, &order);
        if let (Err(refusal), true) = (&done, self.settings.refusals_stick) {
            let response = refusal.clone().into_response(now_ms);
            self.gate.remember(&order.id, request, &response);
        }
        let response = done?;
        self.gate.remember(&order.id, request, &response);
        Ok(response)
    }

    fn carry_out(
        &mut self,
        now_ms: i64,
        operation: Operation,
        order: &modify::Order,
    ) -> Result<Response, Refusal> {
        let settings = &self.settings;
        let transaction = find(&mut self.transactions, &order.transaction)?;
        transaction.settle(now_ms, settings.auto_cancel_min);
        modify::apply(transaction, operation, order, now_ms, settings)?;
        let answer = read::modified(transaction, &order.id, &order.ignored, settings);
        Ok(answer::json(200, answer::JSON, &answer))
    }

    /// The newest attempt to pay under a link.
    fn latest_of(&self, link: &str) -> Option<&Transaction> {
        let mut newest_first = self.transactions.iter().rev();
        newest_first.find(|it| it.link.as_deref() == Some(link))
    }
}

impl Imitation for Smartpay {
    fn name(&self) -> &'static str {
        "smartpay"
    }

    fn serves(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        let call = path.strip_prefix("/payment/");
        let named = |name: &str| {
            name == "creation" || name.starts_with("status/") || Operation::named(name).is_some()
        };
        path == "/oauth2/token"
            || path == "/payment-links"
            || path.starts_with("/payment-links/")
            || call.is_some_and(named)
    }

    fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        self.now_ms = now_ms;
        let answer = self.dispatch(now_ms, request);
        answer.unwrap_or_else(|refusal| refusal.into_response(now_ms))
    }

    /// This provider has no error numbers of its own: `code` is the HTTP status.
    fn refuse(&mut self, code: u16, _request: &Request) -> Response {
        Refusal::of_status(code).into_response(self.now_ms)
    }

    fn ledger(&self, now_ms: i64) -> Vec<LedgerRow> {
        self.rows(now_ms)
    }

    fn wallet(&self, now_ms: i64) -> Value {
        self.screens(now_ms)
    }

    fn act(&mut self, now_ms: i64, act: &str, with: &Value) -> Result<Value, ActError> {
        self.customer_acts(now_ms, act, with)
    }

    fn revoke_tokens(&mut self) {
        self.gate.revoke_tokens();
    }
}

fn find<'t>(transactions: &'t mut [Transaction], id: &str) -> Result<&'t mut Transaction, Refusal> {
    let mut newest_first = transactions.iter_mut().rev();
    let found = newest_first.find(|transaction| transaction.id == id);
    found.ok_or_else(|| Refusal::unknown("transaction"))
}

/// What the cents of an amount make a customer do; nothing for most.
fn autopay(order: &Order, auto_capture: bool, now_ms: i64) -> Vec<Planned> {
    let paid = if auto_capture {
        Status::Captured
    } else {
        Status::AuthorizationCompleted
    };
    let begins = Planned::after(now_ms, 1, Status::Initialized);
    let then = |to: Status| vec![begins, Planned::after(now_ms, 2, to)];
    match order.amount.minor % 100 {
        0 | 7 | 8 | 9 | 10 => then(paid),
        1 => then(Status::AuthorizationCompleted),
        2 => then(Status::Declined),
        3 => {
            let mut plan = then(Status::AuthorizationPending);
            plan.push(Planned::after(now_ms, 72, paid));
            plan
        }
        4 => then(Status::AuthorizationPending),
        5 => then(Status::CapturePending),
        _ => Vec::new(),
    }
}
