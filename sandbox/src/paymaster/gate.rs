//! What stands in front of every call: the token, and the memory for idempotency keys.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;

use super::problem::Refusal;
use super::settings::Settings;
use crate::clock::DAY_MS;
use crate::{Request, Response};

const KEY_KEPT_MS: i64 = DAY_MS;
const KEY_LENGTH_MAX: usize = 100;

/// The answers that were given under each key, for a day.
#[derive(Default)]
pub(super) struct Gate {
    answers: BTreeMap<(String, String), Stored>,
}

struct Stored {
    body: Vec<u8>,
    response: Response,
    at_ms: i64,
}

impl Gate {
    pub fn admit(&self, headers: &HeaderMap, settings: &Settings) -> Result<(), Refusal> {
        let token = text(headers, "authorization").and_then(|it| it.strip_prefix("Bearer "));
        if token == Some(settings.token.as_str()) {
            Ok(())
        } else {
            Err(Refusal::not_authorized())
        }
    }

    /// The idempotency key of a request; nothing if it has none.
    pub fn key_of(request: &Request) -> Result<Option<String>, Refusal> {
        let Some(key) = text(request.headers(), "idempotency-key") else {
            return Ok(None);
        };
        if (1..=KEY_LENGTH_MAX).contains(&key.len()) {
            Ok(Some(String::from(key)))
        } else {
            Err(Refusal::field("Idempotency-Key is too long or empty."))
        }
    }

    /// The first answer, if this very request was carried out under the key before.
    pub fn recall(
        &self,
        now_ms: i64,
        key: &str,
        request: &Request,
        settings: &Settings,
    ) -> Result<Option<Response>, Refusal> {
        let Some(stored) = self.answers.get(&scope(key, request)) else {
            return Ok(None);
        };
        if now_ms - stored.at_ms >= KEY_KEPT_MS {
            return Ok(None);
        }
        if stored.body == hash(request.body()) && settings.repeats_replayed {
            Ok(Some(stored.response.clone()))
        } else {
            Err(Refusal::key_violation())
        }
    }

    pub fn remember(&mut self, now_ms: i64, key: &str, request: &Request, response: &Response) {
        let stored = Stored {
            body: hash(request.body()),
            response: response.clone(),
            at_ms: now_ms,
        };
        self.answers.insert(scope(key, request), stored);
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A key means nothing outside the path under which it was used.
fn scope(key: &str, request: &Request) -> (String, String) {
    (String::from(request.uri().path()), String::from(key))
}

fn hash(body: &[u8]) -> Vec<u8> {
    Vec::from(digest(&SHA256, body).as_ref())
}
