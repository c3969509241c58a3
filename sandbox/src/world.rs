//! All imitated providers behind one door, with the faults of the network in front of it.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use http::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::chaos::{Action, Body, Chaos};
use crate::ledger::LedgerRow;
use crate::paymaster::{self, Paymaster};
use crate::smartpay::{self, Smartpay};
use crate::smartum::{self, Smartum};
use crate::vipps::{self, Vipps};
use crate::{Request, Response, answer};

/// What one imitated provider offers to the world; the next provider is one more of these.
pub(crate) trait Imitation {
    /// As in the settings, the ledger and the addresses of the admin API.
    fn name(&self) -> &'static str;
    fn serves(&self, path: &str) -> bool;
    fn handle(&mut self, now_ms: i64, request: &Request) -> Response;
    /// The provider's refusal with one of its own error numbers.
    fn refuse(&mut self, code: u16, request: &Request) -> Response;
    fn ledger(&self, now_ms: i64) -> Vec<LedgerRow>;
    /// What customers see and could act on now: for their phones, and for tests.
    fn wallet(&self, now_ms: i64) -> Value;
    /// A customer does something. Payments are named by the member `reference`, as in the ledger.
    fn act(&mut self, now_ms: i64, act: &str, with: &Value) -> Result<Value, ActError>;
    /// All tokens that were handed out are worth nothing from now on.
    fn revoke_tokens(&mut self);
}

/// Why a customer could not do that; the text is for whoever wrote the test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    #[error("no provider is called `{0}`")]
    UnknownProvider(String),
    #[error("customers of this provider cannot `{0}`")]
    UnknownAct(String),
    #[error("{0}")]
    Refused(String),
}

/// Everything that can be set before the start; one section per provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldSettings {
    /// Where all identifiers come from.
    pub seed: u64,
    pub vipps: vipps::Settings,
    pub smartum: smartum::Settings,
    pub smartpay: smartpay::Settings,
    pub paymaster: paymaster::Settings,
}

/// All imitated providers, one ledger, the faults, and a log of what was asked.
pub struct World {
    settings: WorldSettings,
    vipps: Vipps,
    smartum: Smartum,
    smartpay: Smartpay,
    paymaster: Paymaster,
    chaos: Chaos,
    requests: Vec<RequestRecord>,
}

/// What became of one request, as seen by the one who sent it.
#[derive(Debug, Clone)]
pub enum Outcome {
    Answer {
        response: Response,
        delay_ms: u64,
    },
    /// Never arrived, never answered.
    RequestLost,
    /// Carried out, never answered.
    AnswerLost,
    /// The connection breaks after that many bytes of the raw answer, head included.
    CutAfter {
        response: Response,
        bytes: usize,
    },
}

/// One line of the log. The body is kept as a hash, so that a repeat can be told from a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    pub at_ms: i64,
    pub method: String,
    pub path: String,
    pub idempotency_key: Option<String>,
    pub body_sha256: String,
    /// The status that was sent back, whole or in part; nothing if no answer was sent.
    pub status: Option<u16>,
    /// Whether the provider saw the request at all.
    pub executed: bool,
}

/// Why a change of settings was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("settings are a JSON object")]
    NotAnObject,
    #[error("no provider has the setting `{0}`, or more than one has")]
    Unknown(String),
    #[error("{0}")]
    Invalid(String),
}

/// Older lines of the log are dropped beyond this.
const REQUESTS_MAX: usize = 200_000;

impl World {
    pub fn new(settings: WorldSettings) -> World {
        World {
            vipps: Vipps::new(settings.seed, settings.vipps.clone()),
            smartum: Smartum::new(settings.seed, settings.smartum.clone()),
            smartpay: Smartpay::new(settings.seed, settings.smartpay.clone()),
            paymaster: Paymaster::new(settings.seed, settings.paymaster.clone()),
            settings,
            chaos: Chaos::default(),
            requests: Vec::new(),
        }
    }

    /// What the network and the provider make of one request at `now_ms` (Unix milliseconds).
    pub fn exchange(&mut self, now_ms: i64, request: &Request) -> Outcome {
        let action = self.chaos.strike(request);
        let executed = action.as_ref().is_none_or(Action::executes);
        let outcome = match action {
            None => Outcome::now(self.handle(now_ms, request)),
            Some(action) => self.disturbed(now_ms, request, action),
        };
        self.record(now_ms, request, &outcome, executed);
        outcome
    }

    /// The provider alone, without chaos and without a line in the log.
    pub fn handle(&mut self, now_ms: i64, request: &Request) -> Response {
        match self.provider_of(request) {
            Some(provider) => provider.handle(now_ms, request),
            None => answer::gateway(404, "Resource not found"),
        }
    }

    pub fn vipps(&mut self) -> &mut Vipps {
        &mut self.vipps
    }

    pub fn smartum(&mut self) -> &mut Smartum {
        &mut self.smartum
    }

    pub fn smartpay(&mut self) -> &mut Smartpay {
        &mut self.smartpay
    }

    pub fn paymaster(&mut self) -> &mut Paymaster {
        &mut self.paymaster
    }

    /// What the customers of a provider see and could act on now.
    pub fn wallet(&self, now_ms: i64, provider: &str) -> Result<Value, ActError> {
        let known = self
            .providers()
            .into_iter()
            .find(|it| it.name() == provider);
        known
            .map(|it| it.wallet(now_ms))
            .ok_or_else(|| ActError::UnknownProvider(String::from(provider)))
    }

    /// A customer of a provider does something.
    pub fn act(
        &mut self,
        now_ms: i64,
        provider: &str,
        act: &str,
        with: &Value,
    ) -> Result<Value, ActError> {
        let mut providers = self.providers_mut().into_iter();
        let known = providers.find(|it| it.name() == provider);
        known
            .ok_or_else(|| ActError::UnknownProvider(String::from(provider)))?
            .act(now_ms, act, with)
    }

    /// The customer of a payment does something with it, whichever provider has it.
    pub fn act_on(&mut self, now_ms: i64, reference: &str, act: &str) -> Result<Value, ActError> {
        let has = |it: &&mut dyn Imitation| {
            let rows = it.ledger(now_ms);
            rows.iter().any(|row| row.reference == reference)
        };
        let with = serde_json::json!({"reference": reference});
        let owner = self.providers_mut().into_iter().find(has);
        let unknown = || ActError::Refused(format!("no payment is called `{reference}`"));
        owner.ok_or_else(unknown)?.act(now_ms, act, &with)
    }

    /// All tokens of all providers are worth nothing from now on.
    pub fn revoke_tokens(&mut self) {
        for provider in self.providers_mut() {
            provider.revoke_tokens();
        }
    }

    /// Every payment of every provider, with all that time alone has done to it up to `now_ms`.
    pub fn ledger(&self, now_ms: i64) -> Vec<LedgerRow> {
        let mut rows: Vec<LedgerRow> = self
            .providers()
            .iter()
            .flat_map(|provider| provider.ledger(now_ms))
            .collect();
        rows.sort_by(|a, b| (a.created_ms, &a.reference).cmp(&(b.created_ms, &b.reference)));
        rows
    }

    pub fn requests(&self) -> &[RequestRecord] {
        &self.requests
    }

    pub fn chaos(&mut self) -> &mut Chaos {
        &mut self.chaos
    }

    pub fn settings(&self) -> WorldSettings {
        WorldSettings {
            seed: self.settings.seed,
            vipps: self.vipps.settings().clone(),
            smartum: self.smartum.settings().clone(),
            smartpay: self.smartpay.settings().clone(),
            paymaster: self.paymaster.settings().clone(),
        }
    }

    /// Changes some settings while the world runs. `{"vipps":{"push_allowed":false}}` and, where
    /// only one provider has the setting, `{"push_allowed":false}` mean the same.
    pub fn patch_settings(&mut self, patch: &Value) -> Result<(), SettingsError> {
        let patch = patch.as_object().ok_or(SettingsError::NotAnObject)?;
        let mut all = serde_json::to_value(self.settings())
            .map_err(|error| SettingsError::Invalid(error.to_string()))?;
        let root = all.as_object_mut().ok_or(SettingsError::NotAnObject)?;
        for (name, value) in patch {
            merge_setting(root, name, value)?;
        }
        let changed: WorldSettings = serde_json::from_value(all)
            .map_err(|error| SettingsError::Invalid(error.to_string()))?;
        *self.vipps.settings_mut() = changed.vipps.clone();
        *self.smartum.settings_mut() = changed.smartum.clone();
        *self.smartpay.settings_mut() = changed.smartpay.clone();
        *self.paymaster.settings_mut() = changed.paymaster.clone();
        self.settings = changed;
        Ok(())
    }

    /// Forgets payments, tokens, faults and the log; keeps the settings.
    pub fn reset(&mut self) {
        *self = World::new(self.settings());
    }

    fn providers(&self) -> [&dyn Imitation; 4] {
        [&self.vipps, &self.smartum, &self.smartpay, &self.paymaster]
    }

    fn providers_mut(&mut self) -> [&mut dyn Imitation; 4] {
        [
            &mut self.vipps,
            &mut self.smartum,
            &mut self.smartpay,
            &mut self.paymaster,
        ]
    }

    fn provider_of(&mut self, request: &Request) -> Option<&mut dyn Imitation> {
        let path = request.uri().path();
        let mut providers = self.providers_mut().into_iter();
        providers.find(|provider| provider.serves(path))
    }

    fn disturbed(&mut self, now_ms: i64, request: &Request, action: Action) -> Outcome {
        let carried_out = if action.executes() {
            self.handle(now_ms, request)
        } else {
            Response::default()
        };
        match action {
            Action::LoseRequest => Outcome::RequestLost,
            Action::LoseAnswer => Outcome::AnswerLost,
            Action::CutRequest => Outcome::CutAfter {
                response: carried_out,
                bytes: 0,
            },
            Action::Cut { after_bytes } => Outcome::CutAfter {
                response: carried_out,
                bytes: after_bytes,
            },
            Action::Delay { ms } => Outcome::Answer {
                response: carried_out,
                delay_ms: ms,
            },
            Action::StatusAfter { status } => Outcome::now(fault(status, None)),
            Action::StatusInstead {
                status,
                retry_after_s,
            } => Outcome::now(fault(status, retry_after_s)),
            Action::CodeInstead { code } => Outcome::now(match self.provider_of(request) {
                Some(provider) => provider.refuse(code, request),
                None => answer::gateway(404, "Resource not found"),
            }),
            Action::HtmlInstead => Outcome::now(answer::body(
                502,
                "text/html",
                Vec::from(b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
            )),
            Action::MalformedAfter => Outcome::now(malformed(carried_out)),
            Action::MutateAfter { pointer, value } => {
                Outcome::now(mutated(carried_out, &pointer, value))
            }
            Action::BodyInstead(body) => Outcome::now(replaced(&body)),
        }
    }

    fn record(&mut self, now_ms: i64, request: &Request, outcome: &Outcome, executed: bool) {
        if self.requests.len() >= REQUESTS_MAX {
            self.requests.drain(..REQUESTS_MAX / 2);
        }
        let status = match outcome {
            Outcome::Answer { response, .. } => Some(response.status().as_u16()),
            Outcome::CutAfter { response, bytes } if *bytes > 0 => Some(response.status().as_u16()),
            Outcome::CutAfter { .. } | Outcome::RequestLost | Outcome::AnswerLost => None,
        };
        let key = request.headers().get("idempotency-key");
        self.requests.push(RequestRecord {
            at_ms: now_ms,
            method: request.method().to_string(),
            path: String::from(request.uri().path()),
            idempotency_key: key.and_then(|value| value.to_str().ok()).map(String::from),
            body_sha256: HEXLOWER.encode(digest(&SHA256, request.body()).as_ref()),
            status,
            executed,
        });
    }
}

impl Outcome {
    fn now(response: Response) -> Outcome {
        Outcome::Answer {
            response,
            delay_ms: 0,
        }
    }
}

impl Action {
    fn executes(&self) -> bool {
        match self {
            Action::LoseRequest
            | Action::CutRequest
            | Action::StatusInstead { .. }
            | Action::CodeInstead { .. }
            | Action::HtmlInstead => false,
            Action::BodyInstead(body) => body.executed,
            Action::LoseAnswer
            | Action::Delay { .. }
            | Action::StatusAfter { .. }
            | Action::MalformedAfter
            | Action::MutateAfter { .. }
            | Action::Cut { .. } => true,
        }
    }
}

fn merge_setting(
    root: &mut Map<String, Value>,
    name: &str,
    value: &Value,
) -> Result<(), SettingsError> {
    if let (Some(Value::Object(section)), Value::Object(changes)) = (root.get_mut(name), value) {
        section.extend(changes.clone());
        return Ok(());
    }
    if root.contains_key(name) {
        root.insert(String::from(name), value.clone());
        return Ok(());
    }
    let mut owners = root
        .values_mut()
        .filter_map(Value::as_object_mut)
        .filter(|section| section.contains_key(name));
    match (owners.next(), owners.next()) {
        (Some(section), None) => {
            section.insert(String::from(name), value.clone());
            Ok(())
        }
        _ => Err(SettingsError::Unknown(String::from(name))),
    }
}

/// A refusal by the gateway rather than by the provider, as 429 and most 5xx are.
fn fault(status: u16, retry_after_s: Option<u64>) -> Response {
    let message = match status {
        429 => "Rate limit is exceeded.",
        423 => "The resource is locked.",
        _ => "The request could not be handled.",
    };
    let response = answer::gateway(status, message);
    match retry_after_s {
        Some(seconds) => answer::retry_after(response, seconds),
        None => response,
    }
}

/// Half an answer under a length that fits it: not a broken connection, but broken JSON.
fn malformed(mut response: Response) -> Response {
    let body = response.body_mut();
    body.truncate(body.len() / 2);
    body.extend_from_slice(b"\",,");
    response
}

/// Leaves the answer alone if it is no JSON or has nothing at `pointer`.
fn mutated(mut response: Response, pointer: &str, value: Value) -> Response {
    let Ok(mut document) = serde_json::from_slice::<Value>(response.body()) else {
        return response;
    };
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
        *response.body_mut() = document.to_string().into_bytes();
    }
    response
}

fn replaced(body: &Body) -> Response {
    let mut response = answer::body(body.status, "application/json", body.bytes());
    for (name, value) in &body.headers {
        let name = HeaderName::try_from(name.as_str());
        let value = HeaderValue::try_from(value.as_str());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
