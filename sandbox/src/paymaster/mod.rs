//! PayMaster SBP: one-time codes, plates at the till, and refunds.
//!
//! ```text
//! gate     token, idempotency keys               problem  code words and refusals
//! create   the bodies that begin a payment       refund   giving back, in its own time
//! payment  one payment, and what time does       script   payments that play themselves
//! sticker  plates and links                      read     payments and refunds as JSON
//! customer what customers do, what phones show   rubles   kopecks without floating point
//! route    which call a request is               settings the site and its quirks
//! ```
//!
//! Two protocols stand over the same payments: the public one, and the till's orders with numbered
//! states. A connection that the real service would drop is a gateway's answer here.

mod create;
mod customer;
mod gate;
mod payment;
mod problem;
mod read;
mod refund;
mod route;
mod rubles;
mod script;
mod settings;
mod sticker;

use http::HeaderValue;
use http::header::DATE;
use serde_json::{Value, json};

pub use settings::Settings;

use crate::ledger::LedgerRow;
use crate::sequence::Sequence;
use crate::world::{ActError, Imitation};
use crate::{Request, Response, answer, clock};
use create::{Kind, Order};
use gate::Gate;
use payment::{Payment, State};
use problem::Refusal;
use route::{Route, TillCall};
use script::Script;
use sticker::{Sticker, Switch};

/// The first payment's number; the next ones count on.
const FIRST_PAYMENT: usize = 12_769;
const FIRST_REFUND: usize = 501;

/// The service with one site.
pub struct Paymaster {
    settings: Settings,
    gate: Gate,
    payments: Vec<Payment>,
    stickers: Vec<Sticker>,
    refunds_begun: usize,
    names: Sequence,
}

impl Paymaster {
    pub(crate) fn new(seed: u64, settings: Settings) -> Paymaster {
        let mut names = Sequence::new(seed);
        let own = Sticker::of_till(&settings.sticker_id, &mut names);
        Paymaster {
            settings,
            gate: Gate::default(),
            payments: Vec::new(),
            stickers: vec![own],
            refunds_begun: 0,
            names,
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn dispatch(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let route = Route::of(request).ok_or_else(Refusal::not_found)?;
        self.gate.admit(request.headers(), &self.settings)?;
        for payment in &mut self.payments {
            payment.settle(now_ms, self.settings.processing_ms);
        }
        let Some(key) = Gate::key_of(request)?.filter(|_| request.method() == http::Method::POST)
        else {
            return self.answer(now_ms, request, &route, None);
        };
        if let Some(first) = self.gate.recall(now_ms, &key, request, &self.settings)? {
            return Ok(first);
        }
        let response = self.answer(now_ms, request, &route, Some(&key))?;
        self.gate.remember(now_ms, &key, request, &response);
        Ok(self.lost_answer(&route).unwrap_or(response))
    }

    fn answer(
        &mut self,
        now_ms: i64,
        request: &Request,
        route: &Route<'_>,
        key: Option<&str>,
    ) -> Result<Response, Refusal> {
        let body = request.body();
        match *route {
            Route::Create => {
                let order = create::parse(body, Kind::Payment, now_ms, &self.settings)?;
                let payment = self.create(now_ms, order, key)?;
                Ok(self.shown(&payment))
            }
            Route::CreateHosted => {
                let order = create::parse(body, Kind::Hosted, now_ms, &self.settings)?;
                let payment = self.create(now_ms, order, key)?;
                Ok(ok(&read::hosted(&payment)))
            }
            Route::Read(id) => {
                let payment = self.look_at(now_ms, id)?;
                match payment {
                    Some(payment) => Ok(self.shown(&payment)),
                    None => Ok(no_answer()),
                }
            }
            Route::Cancel(id) => {
                let lost = self.cancel(now_ms, id)?;
                Ok(if lost {
                    no_answer()
                } else {
                    answer::empty(200)
                })
            }
            Route::CardsOnly(id) => {
                self.payment(id)?;
                Err(Refusal::operation("Only two-step payments are confirmed."))
            }
            Route::List => self.list(request),
            Route::Refund => {
                let wanted = refund::parse(body)?;
                self.refund(now_ms, &wanted.payment_id, wanted.amount, key, false)
            }
            Route::ReadRefund(id) => self.read_refund(now_ms, None, id),
            Route::ListRefunds => self.list_refunds(now_ms, request),
            Route::CreateSticker
            | Route::ListStickers
            | Route::ReadSticker(_)
            | Route::SwitchSticker(_) => self.answer_sticker(request, route),
            Route::Till(pos, ref call) => {
                if pos != self.settings.pos_id {
                    return Err(Refusal::not_found());
                }
                self.answer_till(now_ms, body, call, key)
            }
        }
    }

    fn answer_sticker(
        &mut self,
        request: &Request,
        route: &Route<'_>,
    ) -> Result<Response, Refusal> {
        match *route {
            Route::CreateSticker => {
                let sticker = Sticker::parse(request.body(), &mut self.names, &self.settings)?;
                let response = ok(&sticker.answer(&self.settings));
                self.stickers.push(sticker);
                Ok(response)
            }
            Route::ReadSticker(id) => {
                let settings = self.settings.clone();
                Ok(ok(&self.sticker(id)?.answer(&settings)))
            }
            Route::SwitchSticker(id) => {
                let switch: Switch = create::document(request.body())?;
                self.sticker(id)?.active = switch.active;
                Ok(answer::empty(200))
            }
            _ => {
                self.check_merchant(request)?;
                let stickers = self.stickers.iter();
                let items: Vec<_> = stickers.map(|it| it.answer(&self.settings)).collect();
                Ok(ok(&json!({"items": items})))
            }
        }
    }

    /// The second protocol.
    fn answer_till(
        &mut self,
        now_ms: i64,
        body: &[u8],
        call: &TillCall<'_>,
        key: Option<&str>,
    ) -> Result<Response, Refusal> {
        match *call {
            TillCall::Create => {
                let order = create::parse_till(body, now_ms, &self.settings)?;
                let payment = self.create(now_ms, order, key)?;
                Ok(ok(&read::order(&payment, &self.settings)))
            }
            TillCall::Read(id) => {
                let id = self.id_of_order(id);
                match self.look_at(now_ms, &id)? {
                    Some(payment) => Ok(ok(&read::order(&payment, &self.settings))),
                    None => Ok(no_answer()),
                }
            }
            TillCall::Cancel(id) => {
                let lost = self.cancel(now_ms, id)?;
                let state = read::order_state(State::Cancelled, &self.settings);
                Ok(if lost {
                    no_answer()
                } else {
                    ok(&json!({"state": state}))
                })
            }
            TillCall::Refund(id) => {
                let amount = refund::parse_till(body, &self.settings)?;
                self.refund(now_ms, id, amount, key, true)
            }
            TillCall::ReadRefund(id, refund) => self.read_refund(now_ms, Some(id), refund),
        }
    }

    fn create(&mut self, now_ms: i64, order: Order, key: Option<&str>) -> Result<Payment, Refusal> {
        let link = match order.sticker.clone() {
            None => sticker::code_link(order.amount, &mut self.names),
            Some(id) => self.load_plate(now_ms, &id)?,
        };
        let id = (FIRST_PAYMENT + self.payments.len()).to_string();
        let link = match order.kind {
            Kind::Hosted => {
                let page = format!("{}{}", self.names.word(), self.names.word());
                format!("https://paymaster.ru/cpay/{page}")
            }
            Kind::Payment | Kind::Till => link,
        };
        let mut payment = Payment::new(id, order, link, now_ms, key);
        if self.settings.autopay {
            payment.script = Script::of_amount(payment.order.amount);
        }
        self.payments.push(payment.clone());
        Ok(payment)
    }

    /// A plate carries one payment at a time; gives its permanent link.
    fn load_plate(&mut self, now_ms: i64, id: &str) -> Result<String, Refusal> {
        let refused = self.settings.sticker_busy_refused;
        let sticker = self.stickers.iter().find(|sticker| sticker.id == id);
        let Some(sticker) = sticker.filter(|sticker| sticker.active) else {
            return Err(Refusal::field("StickerId is not known or not active."));
        };
        let on_plate = |payment: &&mut Payment| {
            payment.order.sticker.as_deref() == Some(id) && !payment.state.is_over()
        };
        if let Some(earlier) = self.payments.iter_mut().find(on_plate) {
            if refused || earlier.state != State::Confirmation {
                return Err(Refusal::operation("The sticker waits for another payment."));
            }
            earlier.end(State::Cancelled, None, now_ms);
        }
        Ok(sticker.payload.clone())
    }

    /// Reads a payment for the till; nothing if its questions get no answer now.
    fn look_at(&mut self, now_ms: i64, id: &str) -> Result<Option<Payment>, Refusal> {
        let hidden_ms = self.settings.payment_hidden_ms;
        let payment = self.payment(id)?;
        let age_ms = now_ms - payment.created_ms;
        if age_ms < hidden_ms {
            return Err(Refusal::not_found());
        }
        payment.touched = true;
        if age_ms < payment.script.status_down_ms {
            return Ok(None);
        }
        if payment.script.bad_gateways > 0 {
            payment.script.bad_gateways -= 1;
            return Ok(None);
        }
        Ok(Some(payment.clone()))
    }

    /// Whether the answer about it is lost.
    fn cancel(&mut self, now_ms: i64, id: &str) -> Result<bool, Refusal> {
        let payment = self.payment(id)?;
        payment.touched = true;
        let waits = payment.state == State::Confirmation;
        if waits && payment.script.paid_before_cancel {
            let at_ms = (now_ms - clock::SECOND_MS).max(payment.created_ms);
            payment.paid_at(at_ms, payment.order.amount);
        }
        if payment.state != State::Confirmation || payment.script.cancel_refused {
            return Err(Refusal::operation("The payment cannot be cancelled."));
        }
        payment.end(State::Cancelled, None, now_ms);
        Ok(payment.script.cancel_answer_lost)
    }

    fn refund(
        &mut self,
        now_ms: i64,
        id: &str,
        amount: i64,
        key: Option<&str>,
        till: bool,
    ) -> Result<Response, Refusal> {
        let settings = self.settings.clone();
        let name = (FIRST_REFUND + self.refunds_begun).to_string();
        let payment = self.payment(id)?;
        let refund = refund::begin(payment, name, amount, now_ms, key, &settings)?.clone();
        let response = if till {
            ok(&read::till_refund(&refund, now_ms, &settings))
        } else {
            ok(&read::refund(payment, &refund, now_ms, &settings))
        };
        self.refunds_begun += 1;
        Ok(response)
    }

    fn read_refund(&self, now_ms: i64, order: Option<&str>, id: &str) -> Result<Response, Refusal> {
        let payments = self.payments.iter();
        let mut refunds = payments.flat_map(|it| it.refunds.iter().map(move |refund| (it, refund)));
        let found = refunds.find(|(_, refund)| refund.id == id);
        let (payment, refund) = found.ok_or_else(Refusal::not_found)?;
        match order {
            None => Ok(ok(&read::refund(payment, refund, now_ms, &self.settings))),
            Some(order) if order == payment.id => {
                Ok(ok(&read::till_refund(refund, now_ms, &self.settings)))
            }
            Some(_) => Err(Refusal::not_found()),
        }
    }

    fn list(&self, request: &Request) -> Result<Response, Refusal> {
        let (from_ms, to_ms) = self.window(request)?;
        let payments = self.payments.iter();
        let items = payments
            .filter(|payment| (from_ms..=to_ms).contains(&payment.created_ms))
            .map(|payment| (payment.id.clone(), read::payment(payment, &self.settings)))
            .collect();
        let cursor = route::query(request, "cursor");
        Ok(ok(&read::page(
            items,
            cursor.as_deref(),
            self.settings.page_size,
        )))
    }

    fn list_refunds(&self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let (from_ms, to_ms) = self.window(request)?;
        let mut items = Vec::new();
        for payment in &self.payments {
            for refund in &payment.refunds {
                if (from_ms..=to_ms).contains(&refund.created_ms) {
                    let shown = read::refund(payment, refund, now_ms, &self.settings);
                    items.push((refund.id.clone(), shown));
                }
            }
        }
        let cursor = route::query(request, "cursor");
        Ok(ok(&read::page(
            items,
            cursor.as_deref(),
            self.settings.page_size,
        )))
    }

    /// From when to when a list is asked for.
    fn window(&self, request: &Request) -> Result<(i64, i64), Refusal> {
        self.check_merchant(request)?;
        let moment = |name: &str, otherwise: i64| match route::query(request, name) {
            None => Ok(otherwise),
            Some(text) => clock::parse(&text)
                .ok_or_else(|| Refusal::field("Start and End are dates with a time.")),
        };
        Ok((moment("start", i64::MIN)?, moment("end", i64::MAX)?))
    }

    fn check_merchant(&self, request: &Request) -> Result<(), Refusal> {
        let merchant_id = route::query(request, "merchantId");
        if merchant_id.as_deref() == Some(self.settings.merchant_id.as_str()) {
            Ok(())
        } else {
            Err(Refusal::field("Specify required MerchantId value."))
        }
    }

    /// A till may know an order by its own number only, if the service lets it.
    fn id_of_order(&self, name: &str) -> String {
        let mut payments = self.payments.iter().rev();
        let named = payments.find(|payment| payment.order.order_no.as_deref() == Some(name));
        match named.filter(|_| self.settings.pos_found_by_order) {
            Some(payment) => payment.id.clone(),
            None => String::from(name),
        }
    }

    fn payment(&mut self, id: &str) -> Result<&mut Payment, Refusal> {
        let mut payments = self.payments.iter_mut();
        let found = payments.find(|payment| payment.id == id);
        found.ok_or_else(Refusal::not_found)
    }

    fn sticker(&mut self, id: &str) -> Result<&mut Sticker, Refusal> {
        let mut stickers = self.stickers.iter_mut();
        let found = stickers.find(|sticker| sticker.id == id);
        found.ok_or_else(Refusal::not_found)
    }

    fn shown(&self, payment: &Payment) -> Response {
        ok(&read::payment(payment, &self.settings))
    }

    /// What is sent instead of the first answer to a creation that plays a lost answer.
    fn lost_answer(&self, route: &Route<'_>) -> Option<Response> {
        let creates = matches!(
            route,
            Route::Create | Route::CreateHosted | Route::Till(_, TillCall::Create)
        );
        let newest = self.payments.last().filter(|_| creates)?;
        newest.script.create_answer_lost.then(no_answer)
    }
}

impl Imitation for Paymaster {
    fn name(&self) -> &'static str {
        "paymaster"
    }

    fn serves(&self, path: &str) -> bool {
        let v2 = path.strip_prefix("/api/v2/").unwrap_or("");
        let owned = ["payments", "invoices", "refunds", "stickers"];
        let is_owned = |name: &&str| {
            let rest = v2.strip_prefix(*name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        owned.iter().any(is_owned) || path.starts_with("/api/v1/pos/")
    }

    fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        let answer = self.dispatch(now_ms, request);
        dated(answer.unwrap_or_else(Refusal::into_response), now_ms)
    }

    fn refuse(&mut self, code: u16, _request: &Request) -> Response {
        Refusal::of_status(code).into_response()
    }

    fn ledger(&self, now_ms: i64) -> Vec<LedgerRow> {
        let processing_ms = self.settings.processing_ms;
        let payments = self.payments.iter().enumerate();
        let rows = payments.filter(|(place, _)| self.is_visible(*place));
        rows.map(|(_, payment)| {
            let settled = payment.settled(now_ms, processing_ms);
            settled.ledger_row(now_ms, &self.settings.payer)
        })
        .collect()
    }

    fn wallet(&self, now_ms: i64) -> Value {
        self.phone(now_ms)
    }

    fn act(&mut self, now_ms: i64, act: &str, with: &Value) -> Result<Value, ActError> {
        self.customer_acts(now_ms, act, with)
    }

    /// Nothing is handed out: the token stands in the merchant's cabinet and in the settings.
    fn revoke_tokens(&mut self) {}
}

fn ok(value: &impl serde::Serialize) -> Response {
    answer::json(200, answer::JSON, value)
}

/// What a till sees of a connection that breaks: nothing of the service's own.
fn no_answer() -> Response {
    let page = b"<html><body><h1>504 Gateway Time-out</h1></body></html>";
    answer::body(504, "text/html", Vec::from(page))
}

/// Tills with a wrong clock go by this.
fn dated(mut response: Response, now_ms: i64) -> Response {
    let layout = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let moment = time::OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(clock::SECOND_MS));
    let text = moment.ok().and_then(|moment| moment.format(layout).ok());
    if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(DATE, value);
    }
    response
}
