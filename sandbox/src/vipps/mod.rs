//! Vipps MobilePay: access token, ePayment, codes of customers and tills, webhooks, customer club.
//!
//! ```text
//! gate     tokens, keys, limits, idempotency        problem  error numbers and refusals
//! create   the body of a new payment                receipt  its order lines
//! payment  what happened, folded into a state       modify   capture, refund, cancel
//! read     payments as JSON                         qr       codes and their pictures
//! customer what customers do with payments          fields   strict reading of JSON
//! route    which call a request is                  settings the sales unit and its quirks
//! callback_qr  codes that stand at tills            webhook  registrations, signed deliveries
//! ciba     login that the merchant begins           enrolment  requests to join the club
//! form     forms and Basic credentials              acts     what phones show and can do
//! ```

mod acts;
mod callback_qr;
mod ciba;
mod create;
mod customer;
mod enrolment;
mod fields;
mod form;
mod gate;
mod modify;
mod payment;
mod problem;
mod qr;
mod read;
mod receipt;
mod route;
mod settings;
mod webhook;

use std::collections::BTreeMap;

use serde_json::Value;

pub use callback_qr::RegisteredTill;
pub use customer::{CustomerError, OpenCode, PhoneRequest};
pub use enrolment::PhoneEnrolment;
pub use receipt::ReceiptLine;
pub use settings::{Customer, Market, Settings};

use crate::clock::{DAY_MS, MINUTE_MS};
use crate::ledger::LedgerRow;
use crate::sequence::Sequence;
use crate::world::{ActError, Imitation};
use crate::{Request, Response, answer};
use callback_qr::TillCodes;
use create::{Create, CustomerHint};
use enrolment::Club;
use fields::Checker;
use gate::{Gate, Kind, Memory};
use modify::{Modification, Operation};
use payment::{Payment, State};
use problem::{Code, Refusal};
use route::{Call, Route, TillAct};
use webhook::Webhooks;

/// Nobody has the app under this number.
pub const MAGIC_PHONE_UNKNOWN: &str = "4799999990";
/// The bank of this customer takes 30 seconds after the customer has approved.
pub const MAGIC_PHONE_SLOW: &str = "4799999991";
/// The app of this customer is too old to join a customer club.
pub const MAGIC_PHONE_OLD_APP: &str = "4799999992";

/// How long a customer has to approve.
const PAYMENT_LIFE_MS: i64 = 10 * MINUTE_MS;
const PAYMENT_LIFE_MAX_MS: i64 = 60 * DAY_MS;

/// The service with one sales unit.
pub struct Vipps {
    settings: Settings,
    gate: Gate,
    payments: BTreeMap<String, Payment>,
    tills: TillCodes,
    webhooks: Webhooks,
    club: Club,
    names: Sequence,
}

/// A request that changes something, its fields in order.
enum Write {
    Create(Box<Create>),
    Modify(Modification),
}

impl Vipps {
    pub(crate) fn new(seed: u64, settings: Settings) -> Vipps {
        Vipps {
            settings,
            gate: Gate::default(),
            payments: BTreeMap::new(),
            tills: TillCodes::default(),
            webhooks: Webhooks::default(),
            club: Club::default(),
            names: Sequence::new(seed),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// All tokens that were handed out are worth nothing from now on.
    pub fn token_revoke(&mut self) {
        self.gate.revoke_tokens();
        self.club.revoke_tokens();
    }

    fn dispatch(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let (settings, names) = (&self.settings, &mut self.names);
        match Route::of(request) {
            None => Err(Refusal::gateway(404, "Resource not found")),
            Some(Route::Token) => self
                .gate
                .issue_token(now_ms, request.headers(), settings, names),
            Some(Route::QrImage) => self.qr_image(now_ms, request),
            Some(Route::Login(call)) => Ok(self.login(now_ms, request, call)),
            Some(Route::Guarded(call)) => {
                self.gate
                    .admit(now_ms, request.headers(), settings, call.needs_unit())?;
                self.answer(now_ms, request, &call)
            }
        }
    }

    fn answer(
        &mut self,
        now_ms: i64,
        request: &Request,
        call: &Call<'_>,
    ) -> Result<Response, Refusal> {
        match *call {
            Call::Read(reference) => {
                let (payment, as_of_ms) = self.look_up(now_ms, reference)?;
                Ok(answer::json(
                    200,
                    answer::JSON,
                    &read::payment(payment, as_of_ms),
                ))
            }
            Call::Events(reference) => {
                let (payment, as_of_ms) = self.look_up(now_ms, reference)?;
                Ok(answer::json(
                    200,
                    answer::JSON,
                    &read::events(payment, as_of_ms),
                ))
            }
            Call::Exchange => {
                check_content_type(request)?;
                qr::exchange(now_ms, request.body(), &self.settings)
            }
            Call::ExchangeCustomer => {
                check_content_type(request)?;
                let body = request.body();
                Ok(self.tills.exchange(now_ms, body, &self.settings))
            }
            Call::Till(id, act) => self.till(request, id, act),
            Call::Webhook(id) => self.webhook(request, id),
            Call::ForceApprove(reference) => self.force_approve(now_ms, reference, request),
            Call::Create => self.write(now_ms, request, None),
            Call::Modify(reference, operation) => {
                self.write(now_ms, request, Some((reference, operation)))
            }
        }
    }

    /// Codes of tills.
    fn till(&mut self, request: &Request, id: &str, act: TillAct) -> Result<Response, Refusal> {
        let (tills, settings, names) = (&mut self.tills, &self.settings, &mut self.names);
        if matches!(act, TillAct::Put | TillAct::PutBeacon) {
            check_content_type(request)?;
        }
        Ok(match act {
            TillAct::List => tills.list(request, settings, names),
            TillAct::Read => tills.read(id, request, settings, names),
            TillAct::Put => tills.put(id, request, names),
            TillAct::PutBeacon => tills.put_beacon(id, request, settings, names),
            TillAct::Delete => tills.delete(id, request, names),
        })
    }

    /// Registrations: one is deleted by its id, without an id they are listed or added to.
    fn webhook(&mut self, request: &Request, id: Option<&str>) -> Result<Response, Refusal> {
        match id {
            Some(id) => self.webhooks.delete(id),
            None if request.method() == http::Method::GET => Ok(self.webhooks.list()),
            None => {
                check_content_type(request)?;
                let (settings, names) = (&self.settings, &mut self.names);
                self.webhooks.register(request.body(), settings, names)
            }
        }
    }

    /// Finds a payment for reading, and the moment whose truth a reader is told.
    fn look_up(&mut self, now_ms: i64, reference: &str) -> Result<(&Payment, i64), Refusal> {
        self.gate
            .count(now_ms, Kind::Read, reference, &self.settings)?;
        let payment = find(&mut self.payments, now_ms, reference)?;
        if now_ms - payment.created_ms < self.settings.not_found_lag_ms {
            return Err(Refusal::from(Code::REFERENCE_NOT_FOUND));
        }
        Ok((payment, now_ms - self.settings.read_lag_ms))
    }

    /// Limit, fields, idempotency key, rules, effect: in this order.
    fn write(
        &mut self,
        now_ms: i64,
        request: &Request,
        target: Option<(&str, Operation)>,
    ) -> Result<Response, Refusal> {
        let path = request.uri().path();
        let body = serde_json::from_slice::<Value>(request.body()).ok();
        let named = body
            .as_ref()
            .and_then(|body| body.get("reference")?.as_str());
        // Create requests without a readable reference all count as one payment, as in the real
        // service.
        let counted = target.map_or(named.unwrap_or(""), |(reference, _)| reference);
        self.gate
            .count(now_ms, Kind::Write, counted, &self.settings)?;
        check_content_type(request)?;
        let operation = target.map(|(_, operation)| operation);
        let scope = Gate::key_of(request)?;
        if scope.is_none() && operation != Some(Operation::Cancel) {
            return Err(Refusal::field("Idempotency-Key", "is required"));
        }
        let write = parse(operation, body.as_ref());
        if let Some(scope) = &scope {
            match self.gate.recall(now_ms, scope, request.body()) {
                Memory::SameBody(response) => return Ok(response),
                Memory::OtherBody => {
                    let conflict = operation.map_or(Code::KEY_CONFLICT, Operation::key_conflict);
                    return Err(write.err().unwrap_or(Refusal::from(conflict)));
                }
                Memory::New => {}
            }
        }
        let key = scope.as_ref().map(|scope| scope.key.as_str());
        let done = write.and_then(|write| self.perform(now_ms, target, write, key));
        let passing = matches!(&done, Err(Refusal::Code(code)) if code.is_passing());
        let response = done.unwrap_or_else(|refusal| refusal.into_response(path, &mut self.names));
        if let Some(scope) = scope.filter(|_| !passing || self.settings.processing_sticks) {
            self.gate.remember(now_ms, scope, request.body(), &response);
        }
        Ok(response)
    }

    fn perform(
        &mut self,
        now_ms: i64,
        target: Option<(&str, Operation)>,
        write: Write,
        key: Option<&str>,
    ) -> Result<Response, Refusal> {
        match (write, target) {
            (Write::Create(order), _) => self.create(now_ms, *order, key.unwrap_or("")),
            (Write::Modify(modification), Some((reference, _))) => {
                let payment = find(&mut self.payments, now_ms, reference)?;
                modify::apply(payment, modification, now_ms, key, &self.settings)?;
                let kind = if self.settings.problem_json_on_success {
                    answer::PROBLEM_JSON
                } else {
                    answer::JSON
                };
                Ok(answer::json(200, kind, &read::modification(payment)))
            }
            (Write::Modify(_), None) => Err(Refusal::from(Code::REFERENCE_NOT_FOUND)),
        }
    }

    fn create(&mut self, now_ms: i64, order: Create, key: &str) -> Result<Response, Refusal> {
        let phone = self.check_create(now_ms, &order)?;
        let mut names = self.names.fork();
        let address = &self.settings.public_address;
        let link = qr::link(order.user_flow, order.qr_format, address, &mut names);
        let reference = order.reference.clone();
        let mut payment = Payment::new(order, self.settings.market, now_ms, key, names);
        payment.link = link;
        payment.phone = phone;
        let response = answer::json(201, answer::JSON, &read::created(&payment));
        self.payments.insert(reference, payment);
        Ok(response)
    }

    /// What the sales unit may do, and whom the payment goes to.
    fn check_create(&self, now_ms: i64, order: &Create) -> Result<Option<String>, Code> {
        let settings = &self.settings;
        if self.payments.contains_key(&order.reference) {
            return Err(Code::REFERENCE_EXISTS);
        }
        if order.currency != settings.market.currency() {
            return Err(Code::CURRENCY_NOT_ALLOWED);
        }
        if order.amount < settings.market.amount_min() {
            return Err(Code::AMOUNT_TOO_SMALL);
        }
        if order.blocks_sources && settings.market == Market::Nok {
            return Err(Code::BLOCKED_SOURCES_NOT_ALLOWED);
        }
        if order.user_flow == create::UserFlow::PushMessage && !settings.push_allowed {
            return Err(Code::PUSH_NOT_ALLOWED);
        }
        if let Some(expires_ms) = order.expires_ms {
            check_expiry(expires_ms - now_ms, order.receipt.is_some(), settings)?;
        }
        let phone = match &order.customer {
            None => return Ok(None),
            Some(CustomerHint::Phone(phone)) => phone.clone(),
            Some(CustomerHint::PersonalQr(text)) => qr::personal_code(text, settings)
                .map(|code| code.phone)
                .ok_or(Code::PERSONAL_QR_INVALID)?,
            Some(CustomerHint::Token(token)) => self
                .tills
                .visitor(now_ms, token, settings)
                .map(|(phone, _)| phone)
                .ok_or(Code::CUSTOMER_TOKEN_INVALID)?,
        };
        if customer::can_pay(&phone, order.minimum_user_age, settings) {
            Ok(Some(phone))
        } else {
            Err(Code::CUSTOMER_NOT_FOUND)
        }
    }

    /// The test environment's own way to approve, without a phone.
    fn force_approve(
        &mut self,
        now_ms: i64,
        reference: &str,
        request: &Request,
    ) -> Result<Response, Refusal> {
        check_content_type(request)?;
        let body: Value = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let checker = Checker::default();
        let fields = checker.root(&body, &["customer", "token"]);
        let customer = fields
            .as_ref()
            .and_then(|fields| fields.object("customer", &["phoneNumber"]));
        let phone = customer.and_then(|customer| customer.text("phoneNumber"));
        let token = fields.as_ref().and_then(|fields| fields.text("token"));
        checker.finish()?;
        let payment = find(&mut self.payments, now_ms, reference)?;
        let fits = match (phone, token, &payment.phone, &payment.link) {
            (Some(phone), None, Some(owner), _) => phone == owner,
            (Some(phone), None, None, _) => create::is_phone(phone),
            (None, Some(token), _, Some(link)) => link.token == token,
            _ => false,
        };
        if !fits {
            return Err(Refusal::from(Code::APPROVE_NOT_ALLOWED));
        }
        if payment.phone.is_none() {
            payment.phone = phone.map(String::from);
        }
        self.approve(now_ms, reference)
            .map_err(|_| Code::APPROVE_FAILED)?;
        let payment = find(&mut self.payments, now_ms, reference)?;
        if payment.snapshot().declined {
            return Err(Refusal::from(Code::APPROVE_FAILED));
        }
        Ok(answer::empty(200))
    }

    /// Needs no token, as a browser fetches it; gone when the payment no longer waits.
    fn qr_image(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let gone = || Refusal::gateway(404, "Resource not found");
        let query = request.uri().query().unwrap_or("");
        if let Some(image) = self.tills.image(query, &self.settings) {
            return Ok(image);
        }
        let token = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("token="))
            .ok_or_else(gone)?;
        let mut payments = self.payments.values_mut();
        let payment = payments
            .find(|payment| {
                payment
                    .link
                    .as_ref()
                    .is_some_and(|link| link.token == token)
            })
            .ok_or_else(gone)?;
        payment.settle(now_ms);
        let waits = payment.snapshot().state == State::Created;
        let link = payment.link.as_ref().filter(|_| waits).ok_or_else(gone)?;
        qr::image(&link.qr_text, payment.order.qr_format).ok_or_else(gone)
    }
}

impl Imitation for Vipps {
    fn name(&self) -> &'static str {
        "vipps"
    }

    fn serves(&self, path: &str) -> bool {
        let owned = [
            "/accesstoken/",
            "/epayment/",
            "/qr/",
            "/webhooks/",
            "/access-management-1.0/",
            "/vipps-login-ciba/",
            "/vipps-userinfo-api/",
            qr::IMAGE_PATH,
        ];
        owned.iter().any(|prefix| path.starts_with(prefix))
    }

    fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        let answer = self.dispatch(now_ms, request);
        answer
            .unwrap_or_else(|refusal| refusal.into_response(request.uri().path(), &mut self.names))
    }

    fn refuse(&mut self, code: u16, request: &Request) -> Response {
        let refusal = Refusal::from(Code::from_number(code));
        refusal.into_response(request.uri().path(), &mut self.names)
    }

    fn ledger(&self, now_ms: i64) -> Vec<LedgerRow> {
        let payments = self.payments.values();
        payments.map(|payment| payment.ledger_row(now_ms)).collect()
    }

    fn wallet(&self, now_ms: i64) -> Value {
        self.shown(now_ms)
    }

    fn act(&mut self, now_ms: i64, act: &str, with: &Value) -> Result<Value, ActError> {
        self.perform_act(now_ms, act, with)
    }

    fn revoke_tokens(&mut self) {
        self.token_revoke();
    }
}

fn parse(operation: Option<Operation>, body: Option<&Value>) -> Result<Write, Refusal> {
    let body = body.ok_or_else(|| Refusal::field("body", "is not JSON"))?;
    match operation {
        None => create::parse(body).map(|order| Write::Create(Box::new(order))),
        Some(operation) => modify::parse(operation, body).map(Write::Modify),
    }
}

fn find<'p>(
    payments: &'p mut BTreeMap<String, Payment>,
    now_ms: i64,
    reference: &str,
) -> Result<&'p mut Payment, Refusal> {
    let payment = payments
        .get_mut(reference)
        .ok_or(Refusal::from(Code::REFERENCE_NOT_FOUND))?;
    payment.settle(now_ms);
    Ok(payment)
}

fn check_expiry(life_ms: i64, has_receipt: bool, settings: &Settings) -> Result<(), Code> {
    if !settings.long_living_allowed {
        Err(Code::LONG_LIVING_NOT_ALLOWED)
    } else if !has_receipt {
        Err(Code::EXPIRY_NEEDS_RECEIPT)
    } else if life_ms < PAYMENT_LIFE_MS {
        Err(Code::EXPIRY_TOO_SOON)
    } else if life_ms > PAYMENT_LIFE_MAX_MS {
        Err(Code::EXPIRY_TOO_LATE)
    } else {
        Ok(())
    }
}

/// All bodies of this service are JSON and say so.
fn check_content_type(request: &Request) -> Result<(), Refusal> {
    let kind = gate::text(request.headers(), "content-type").unwrap_or("");
    if kind.starts_with("application/json") {
        Ok(())
    } else {
        Err(Refusal::gateway(415, "Unsupported Media Type"))
    }
}
