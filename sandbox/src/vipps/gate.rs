//! What stands in front of every call: tokens, keys, limits, and the memory for idempotency keys.

use std::collections::{BTreeMap, VecDeque};

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;
use serde_json::json;

use super::problem::Refusal;
use super::settings::Settings;
use crate::clock::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::sequence::Sequence;
use crate::{Request, Response, answer};

const KEY_KEPT_MS: i64 = 7 * DAY_MS;
const HEADER_LENGTH_MAX: usize = 30;
const KEY_LENGTH_MAX: usize = 50;
/// Tables are swept when they grow beyond this.
const TABLE_SWEEP_AT: usize = 4_096;

#[derive(Default)]
pub(super) struct Gate {
    /// Access token and the moment at which it ends.
    tokens: BTreeMap<String, i64>,
    calls: BTreeMap<(Kind, String), VecDeque<i64>>,
    answers: BTreeMap<KeyScope, Stored>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Read,
    Write,
}

/// A key means nothing outside the method and path under which it was used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyScope {
    method: String,
    path: String,
    pub key: String,
}

struct Stored {
    body: Vec<u8>,
    response: Response,
    at_ms: i64,
}

/// What is known about an idempotency key.
pub(super) enum Memory {
    New,
    SameBody(Response),
    OtherBody,
}

impl Gate {
    pub fn issue_token(
        &mut self,
        now_ms: i64,
        headers: &HeaderMap,
        settings: &Settings,
        names: &mut Sequence,
    ) -> Result<Response, Refusal> {
        check_subscription_key(headers, settings)?;
        let client_fits = text(headers, "client_id") == Some(&settings.client_id)
            && text(headers, "client_secret") == Some(&settings.client_secret);
        if !client_fits {
            let body = json!({
                "error": "invalid_client",
                "error_description": "The client credentials are not valid.",
            });
            return Ok(answer::json(401, answer::JSON, &body));
        }
        let token = format!("sandbox.{}{}.{}", names.word(), names.word(), names.word());
        let ends_ms = now_ms + settings.token_life_s * SECOND_MS;
        self.tokens.retain(|_, ends_ms| now_ms < *ends_ms);
        self.tokens.insert(token.clone(), ends_ms);
        let body = json!({
            "token_type": "Bearer",
            "expires_in": settings.token_life_s.to_string(),
            "ext_expires_in": settings.token_life_s.to_string(),
            "expires_on": (ends_ms / SECOND_MS).to_string(),
            "not_before": (now_ms / SECOND_MS).to_string(),
            "resource": "00000002-0000-0000-c000-000000000000",
            "access_token": token,
        });
        Ok(answer::json(200, answer::JSON, &body))
    }

    pub fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Token first, then the subscription key, then the sales unit, then the formalities.
    pub fn admit(
        &self,
        now_ms: i64,
        headers: &HeaderMap,
        settings: &Settings,
        unit_required: bool,
    ) -> Result<(), Refusal> {
        let token = text(headers, "authorization").and_then(|it| it.strip_prefix("Bearer "));
        let ends_ms = token.and_then(|token| self.tokens.get(token));
        if ends_ms.is_none_or(|ends_ms| *ends_ms <= now_ms) {
            return Err(Refusal::gateway(
                401,
                "Unauthorized. Access token is missing or invalid.",
            ));
        }
        check_subscription_key(headers, settings)?;
        match text(headers, "merchant-serial-number") {
            Some(msn) if msn == settings.msn => {}
            None if !unit_required => {}
            Some(_) | None => {
                return Err(Refusal::gateway(
                    403,
                    "Merchant-Serial-Number is not yours.",
                ));
            }
        }
        for name in ["name", "version", "plugin-name", "plugin-version"] {
            let name = format!("vipps-system-{name}");
            let value = text(headers, &name);
            if value.is_some_and(|value| value.chars().count() > HEADER_LENGTH_MAX) {
                return Err(Refusal::field(&name, "must have at most 30 characters"));
            }
        }
        Ok(())
    }

    /// Counts one call; refused calls do not count.
    pub fn count(
        &mut self,
        now_ms: i64,
        kind: Kind,
        reference: &str,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let limit = match kind {
            Kind::Read => settings.reads_per_minute,
            Kind::Write => settings.writes_per_minute,
        };
        if limit == 0 {
            return Ok(());
        }
        if self.calls.len() > TABLE_SWEEP_AT {
            self.calls
                .retain(|_, calls| calls.back().is_some_and(|last| now_ms - last < MINUTE_MS));
        }
        let calls = self
            .calls
            .entry((kind, String::from(reference)))
            .or_default();
        while calls
            .front()
            .is_some_and(|first| now_ms - first >= MINUTE_MS)
        {
            calls.pop_front();
        }
        match calls.front() {
            Some(first) if calls.len() >= limit => {
                let wait_ms = MINUTE_MS - (now_ms - first);
                let wait_s = (wait_ms + SECOND_MS - 1) / SECOND_MS;
                Err(Refusal::Gateway {
                    status: 429,
                    message: "Rate limit is exceeded.",
                    retry_after_s: u64::try_from(wait_s).ok(),
                })
            }
            Some(_) | None => {
                calls.push_back(now_ms);
                Ok(())
            }
        }
    }

    /// The idempotency key of a request; nothing if it has none.
    pub fn key_of(request: &Request) -> Result<Option<KeyScope>, Refusal> {
        let Some(key) = text(request.headers(), "idempotency-key") else {
            return Ok(None);
        };
        if !(1..=KEY_LENGTH_MAX).contains(&key.chars().count()) {
            return Err(Refusal::field(
                "Idempotency-Key",
                "must have 1 to 50 characters",
            ));
        }
        Ok(Some(KeyScope {
            method: request.method().to_string(),
            path: String::from(request.uri().path()),
            key: String::from(key),
        }))
    }

    pub fn recall(&self, now_ms: i64, scope: &KeyScope, body: &[u8]) -> Memory {
        match self.answers.get(scope) {
            Some(stored) if now_ms - stored.at_ms >= KEY_KEPT_MS => Memory::New,
            Some(stored) if stored.body == hash(body) => Memory::SameBody(stored.response.clone()),
            Some(_) => Memory::OtherBody,
            None => Memory::New,
        }
    }

    pub fn remember(&mut self, now_ms: i64, scope: KeyScope, body: &[u8], response: &Response) {
        if self.answers.len() > TABLE_SWEEP_AT && self.answers.len().is_power_of_two() {
            self.answers
                .retain(|_, stored| now_ms - stored.at_ms < KEY_KEPT_MS);
        }
        let stored = Stored {
            body: hash(body),
            response: response.clone(),
            at_ms: now_ms,
        };
        self.answers.insert(scope, stored);
    }
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn check_subscription_key(headers: &HeaderMap, settings: &Settings) -> Result<(), Refusal> {
    match text(headers, "ocp-apim-subscription-key") {
        Some(key) if key == settings.subscription_key => Ok(()),
        Some(_) => Err(Refusal::gateway(
            401,
            "Access denied: invalid subscription key.",
        )),
        None => Err(Refusal::gateway(
            401,
            "Access denied: missing subscription key.",
        )),
    }
}

fn hash(body: &[u8]) -> Vec<u8> {
    Vec::from(digest(&SHA256, body).as_ref())
}
