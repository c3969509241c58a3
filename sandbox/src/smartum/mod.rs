//! Smartum: receipts that customers have paid already, and their refunds.
//!
//! The names of paths, members and claims are the imitation's own wherever nothing is public; what
//! is confirmed is `/checkout`, the algorithm, `kid`, `nonce` and the shape of identifiers.
//!
//! ```text
//! app      what customers do and see        token    claims, signatures, broken receipts
//! payment  one payment, folded              signer   the keys
//! checkout payments in a web shop           gate     who may ask
//! helsinki which day it is there            refusal  refusals in four shapes
//! settings the merchant and the quirks
//! ```

mod app;
mod checkout;
mod gate;
mod helsinki;
mod payment;
mod refusal;
mod settings;
mod signer;
mod token;

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use serde_json::{Value, json};

pub use settings::{Auth, ErrorShape, Layout, LunchLimit, QrShape, RefundWindow, Settings, Venue};

use crate::ledger::LedgerRow;
use crate::sequence::Sequence;
use crate::world::{ActError, Imitation};
use crate::{Request, Response, answer};
use checkout::{Checkout, Order, State};
use gate::Gate;
use payment::Payment;
use refusal::Refusal;
use signer::{KEYS, Key};

const ID_ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH: usize = 16;

/// The service with one merchant.
pub struct Smartum {
    settings: Settings,
    gate: Gate,
    payments: BTreeMap<String, Payment>,
    checkouts: BTreeMap<String, Checkout>,
    /// Refunds by idempotency key: which transaction, and the body.
    keys: BTreeMap<String, (String, Vec<u8>)>,
    /// How often another of [`KEYS`] has taken over signing.
    rotations: usize,
    names: Sequence,
}

impl Smartum {
    pub(crate) fn new(seed: u64, settings: Settings) -> Smartum {
        Smartum {
            settings,
            gate: Gate::default(),
            payments: BTreeMap::new(),
            checkouts: BTreeMap::new(),
            keys: BTreeMap::new(),
            rotations: 0,
            // Another sequence than those of the other providers under the same seed.
            names: Sequence::new(seed ^ 0x736d_6172_7475_6d00),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// The published keys with their names, the signing one first.
    pub fn public_keys_pem(&self) -> Vec<(String, String)> {
        let keys = self.published();
        keys.map(|key| (String::from(key.kid), key.pem())).collect()
    }

    /// The same as a JSON Web Key Set.
    pub fn jwks(&self) -> Value {
        let keys: Vec<Value> = self
            .published()
            .map(|key| {
                let (x, y) = key.point();
                json!({
                    "kty": "EC",
                    "crv": "P-521",
                    "use": "sig",
                    "alg": "ES512",
                    "kid": key.kid,
                    "x": BASE64URL_NOPAD.encode(&x),
                    "y": BASE64URL_NOPAD.encode(&y),
                })
            })
            .collect();
        json!({"keys": keys})
    }

    /// A token of the signing key over any header and any claims: for tests of what the app would
    /// never show.
    pub fn seal(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        token::seal(header.as_ref(), claims.as_ref(), self.key())
    }

    fn key(&self) -> &'static Key {
        KEYS.iter()
            .cycle()
            .nth(self.rotations % KEYS.len())
            .unwrap_or(&KEYS[0])
    }

    /// The second key is published once it has signed, the first stays for the overlap.
    fn published(&self) -> impl Iterator<Item = &'static Key> {
        let signing = self.key();
        let others = KEYS.iter().filter(move |key| key.kid != signing.kid);
        let rotated = self.rotations > 0;
        std::iter::once(signing).chain(others.filter(move |_| rotated))
    }

    /// A new identifier, as long as those that were seen (section 4).
    fn draw(&mut self, prefix: &str) -> String {
        let mut id = String::from(prefix);
        for _ in 0..ID_LENGTH {
            let index = usize::try_from(self.names.next() % 62).unwrap_or(0);
            id.extend(ID_ALPHABET.get(index).copied().map(char::from));
        }
        id
    }

    fn dispatch(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        let path = request.uri().path();
        let get = request.method() == Method::GET;
        if !get && request.method() != Method::POST {
            return Err(Refusal::NO_SUCH_PAGE);
        }
        if !get && path == self.settings.token_path {
            let names = &mut self.names;
            return self
                .gate
                .issue_token(now_ms, request, &self.settings, names);
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (get, parts.as_slice()) {
            (false, ["checkout"]) => self.open_checkout(now_ms, request),
            (true, ["checkout", id]) => self.checkout_page(now_ms, id),
            (true, ["checkout", id, "pay"]) => self.leave_checkout(now_ms, id, true),
            (true, ["checkout", id, "cancel"]) => self.leave_checkout(now_ms, id, false),
            (true, ["jwt", "public-keys"]) => Ok(self.published_keys(request)),
            (true, ["transactions", tx]) => {
                self.gate.admit(now_ms, request.headers(), &self.settings)?;
                Ok(answer::json(200, answer::JSON, &self.own(tx)?.answer()))
            }
            (false, ["transactions", tx, "refund"]) => self.refund(now_ms, request, tx),
            (false, ["receipts", "verify"]) => self.verify(now_ms, request),
            _ => Err(Refusal::NO_SUCH_PAGE),
        }
    }

    /// A payment to one of the merchant's own venues; others do not exist for this client.
    fn own(&mut self, tx: &str) -> Result<&mut Payment, Refusal> {
        let payment = self.payments.get_mut(tx).ok_or(Refusal::NOT_FOUND)?;
        let mut venues = self.settings.venues.iter();
        let ours = venues.any(|venue| venue.ours && venue.id == payment.venue);
        if ours {
            Ok(payment)
        } else {
            Err(Refusal::NOT_FOUND)
        }
    }

    fn refund(&mut self, now_ms: i64, request: &Request, tx: &str) -> Result<Response, Refusal> {
        self.gate.admit(now_ms, request.headers(), &self.settings)?;
        let body = json_body(request)?;
        let settings = self.settings.clone();
        let header = settings.idempotency_header.as_deref();
        let key = header.and_then(|name| gate::text(request.headers(), name));
        if let Some((known_tx, known_body)) = key.and_then(|key| self.keys.get(key)) {
            if known_tx != tx || known_body != request.body() {
                return Err(Refusal::KEY_REUSED);
            }
            return Ok(answer::json(200, answer::JSON, &self.own(tx)?.answer()));
        }
        let members = body.as_object().ok_or(Refusal::INVALID_REQUEST)?;
        let (amount_field, venue_field) =
            (&settings.refund_amount_field, &settings.refund_venue_field);
        if members
            .keys()
            .any(|name| name != amount_field && name != venue_field)
        {
            return Err(Refusal::INVALID_REQUEST);
        }
        let amount = match members.get(amount_field) {
            None => None,
            Some(amount) => Some(amount.as_i64().ok_or(Refusal::INVALID_REQUEST)?),
        };
        let payment = self.own(tx)?;
        let venue = members.get(venue_field);
        if venue.is_some_and(|venue| venue.as_str() != Some(&payment.venue)) {
            return Err(Refusal::NOT_FOUND);
        }
        payment.refund(now_ms, amount, key, &settings)?;
        let response = answer::json(200, answer::JSON, &payment.answer());
        if let Some(key) = key {
            let remembered = (String::from(tx), request.body().clone());
            self.keys.insert(String::from(key), remembered);
        }
        Ok(response)
    }

    /// Marks a payment as looked at, once (section 8).
    fn verify(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        self.gate.admit(now_ms, request.headers(), &self.settings)?;
        let body = json_body(request)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let tx = match (text("transaction"), text("jwt")) {
            (Some(tx), None) => String::from(tx),
            (None, Some(jwt)) => {
                let mut payments = self.payments.values();
                let shown = payments.find(|payment| payment.jwt == jwt);
                shown
                    .map(|payment| payment.tx.clone())
                    .ok_or(Refusal::NOT_FOUND)?
            }
            _ => return Err(Refusal::INVALID_REQUEST),
        };
        let payment = self.own(&tx)?;
        payment.check()?;
        Ok(answer::json(200, answer::JSON, &payment.answer()))
    }

    /// Needs no credentials: the venue says who gets the money (section 5).
    fn open_checkout(&mut self, now_ms: i64, request: &Request) -> Result<Response, Refusal> {
        json_body(request)?;
        let order = Order::read(request.body(), &self.settings)?;
        let id = self.draw("chk_");
        let url = format!("{}/checkout/{id}", self.settings.public_address);
        let checkout = Checkout {
            id: id.clone(),
            order,
            created_ms: now_ms,
            state: State::Open,
        };
        self.checkouts.insert(id, checkout);
        Ok(answer::json(
            200,
            answer::JSON,
            &json!({"data": {"url": url}}),
        ))
    }

    fn checkout_page(&self, now_ms: i64, id: &str) -> Result<Response, Refusal> {
        let checkout = self.checkouts.get(id).ok_or(Refusal::NO_SUCH_PAGE)?;
        if !checkout.is_open(now_ms) {
            return Err(Refusal::GONE);
        }
        let page = format!(
            "<!doctype html><title>Smartum (sandbox)</title>\
             <p>{} cents</p><a href=\"/checkout/{id}/pay\">Pay</a> \
             <a href=\"/checkout/{id}/cancel\">Cancel</a>",
            checkout.order.amount,
        );
        Ok(answer::body(
            200,
            "text/html;charset=UTF-8",
            page.into_bytes(),
        ))
    }

    fn leave_checkout(&mut self, now_ms: i64, id: &str, pays: bool) -> Result<Response, Refusal> {
        let checkout = self
            .checkouts
            .get(id)
            .cloned()
            .ok_or(Refusal::NO_SUCH_PAGE)?;
        if pays {
            let paid = self.approve(now_ms, id).map_err(|_| Refusal::GONE)?;
            let token = paid.get("jwt").and_then(Value::as_str);
            Ok(checkout::return_to(&checkout.order.success_url, token))
        } else {
            self.reject(now_ms, id).map_err(|_| Refusal::GONE)?;
            Ok(checkout::return_to(&checkout.order.cancel_url, None))
        }
    }

    fn published_keys(&self, request: &Request) -> Response {
        let query = request.uri().query().unwrap_or("");
        if !query.split('&').any(|pair| pair == "format=pem") {
            return answer::json(200, answer::JSON, &self.jwks());
        }
        let blocks = self.public_keys_pem().into_iter();
        let text: String = blocks.map(|(kid, pem)| format!("{kid}\n{pem}")).collect();
        answer::body(200, "application/x-pem-file", text.into_bytes())
    }
}

impl Imitation for Smartum {
    fn name(&self) -> &'static str {
        "smartum"
    }

    fn serves(&self, path: &str) -> bool {
        let owned = ["/checkout/", "/transactions/", "/receipts/", "/jwt/"];
        path == "/checkout"
            || path == self.settings.token_path
            || owned.iter().any(|prefix| path.starts_with(prefix))
    }

    fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        let answer = self.dispatch(now_ms, request);
        answer.unwrap_or_else(|refusal| refusal.into_response(self.settings.error_shape))
    }

    fn refuse(&mut self, code: u16, _request: &Request) -> Response {
        Refusal::from_number(code).into_response(self.settings.error_shape)
    }

    fn ledger(&self, _now_ms: i64) -> Vec<LedgerRow> {
        self.payments.values().map(Payment::ledger_row).collect()
    }

    fn wallet(&self, now_ms: i64) -> Value {
        self.shown(now_ms)
    }

    fn act(&mut self, now_ms: i64, act: &str, with: &Value) -> Result<Value, ActError> {
        self.perform(now_ms, act, with)
    }

    fn revoke_tokens(&mut self) {
        self.gate.revoke_tokens();
    }
}

/// All bodies but a token's are JSON and say so.
fn json_body(request: &Request) -> Result<Value, Refusal> {
    let kind = gate::text(request.headers(), "content-type").unwrap_or("");
    if !kind.starts_with("application/json") {
        return Err(Refusal::NOT_JSON);
    }
    serde_json::from_slice(request.body()).map_err(|_| Refusal::INVALID_REQUEST)
}
