//! What stands in front of every call: credentials, headers, and the memory for modification ids.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use http::HeaderMap;
use serde_json::json;

use super::problem::Refusal;
use super::settings::Settings;
use crate::clock::SECOND_MS;
use crate::sequence::Sequence;
use crate::{Request, Response, answer};

#[derive(Default)]
pub(super) struct Gate {
    /// Access token and the moment at which it ends.
    tokens: BTreeMap<String, i64>,
    /// By `modificationId`, which means one modification of one merchant.
    answers: BTreeMap<String, Stored>,
}

struct Stored {
    path: String,
    body: Vec<u8>,
    response: Response,
}

/// What is known about a modification id.
pub(super) enum Memory {
    New,
    Same(Response),
    Other,
}

impl Gate {
    /// The usual OAuth exchange for machines: a form in the body, refusals by name.
    pub fn issue_token(
        &mut self,
        now_ms: i64,
        request: &Request,
        settings: &Settings,
        names: &mut Sequence,
    ) -> Response {
        let refuse = |error: &str| {
            let body = json!({"error": error});
            answer::json(400, answer::JSON, &body)
        };
        let kind = text(request.headers(), "content-type").unwrap_or("");
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return refuse("invalid_request");
        }
        let form = form(request.body());
        let field = |name: &str| form.get(name).map(String::as_str);
        if field("grant_type") != Some("client_credentials") {
            return refuse("unsupported_grant_type");
        }
        if !settings.bearer_allowed {
            return refuse("unauthorized_client");
        }
        let fits = field("client_id") == Some(&settings.oauth_client_id)
            && field("client_secret") == Some(&settings.oauth_client_secret);
        if !fits {
            return refuse("invalid_client");
        }
        let token = format!("sandbox.{}{}.{}", names.word(), names.word(), names.word());
        let ends_ms = now_ms + settings.oauth_token_life_s * SECOND_MS;
        self.tokens.retain(|_, ends_ms| now_ms < *ends_ms);
        self.tokens.insert(token.clone(), ends_ms);
        let body = json!({
            "access_token": token,
            "expires_in": settings.oauth_token_life_s,
            "token_type": "Bearer",
        });
        answer::json(200, answer::JSON, &body)
    }

    pub fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Credentials first, then the headers that every call needs (section 4).
    pub fn admit(
        &self,
        now_ms: i64,
        headers: &HeaderMap,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let authorization = text(headers, "authorization").unwrap_or("");
        let known = match authorization.split_once(' ') {
            Some(("Basic", code)) => settings.basic_allowed && is_merchant(code, settings),
            Some(("Bearer", token)) => {
                let ends_ms = self.tokens.get(token);
                settings.bearer_allowed && ends_ms.is_some_and(|ends_ms| now_ms < *ends_ms)
            }
            _ => false,
        };
        if !known {
            return Err(Refusal::new(
                401,
                "UNAUTHORIZED",
                "The credentials are not valid.",
            ));
        }
        if settings.check_headers {
            check_headers(headers, settings)?;
        }
        Ok(())
    }

    pub fn recall(&self, id: &str, request: &Request) -> Memory {
        match self.answers.get(id) {
            None => Memory::New,
            Some(stored)
                if stored.path == request.uri().path() && stored.body == *request.body() =>
            {
                Memory::Same(stored.response.clone())
            }
            Some(_) => Memory::Other,
        }
    }

    pub fn remember(&mut self, id: &str, request: &Request, response: &Response) {
        let stored = Stored {
            path: String::from(request.uri().path()),
            body: request.body().clone(),
            response: response.clone(),
        };
        self.answers.insert(String::from(id), stored);
    }
}

fn is_merchant(code: &str, settings: &Settings) -> bool {
    let wanted = format!("{}:{}", settings.merchant_key, settings.authentication_key);
    BASE64.encode(wanted.as_bytes()) == code
}

fn check_headers(headers: &HeaderMap, settings: &Settings) -> Result<(), Refusal> {
    let origin = text(headers, "origin").unwrap_or("");
    if !settings.origins.iter().any(|known| known == origin) {
        return Err(Refusal::new(
            403,
            "ORIGIN_NOT_ALLOWED",
            "The origin is not registered for this merchant.",
        ));
    }
    let kind = text(headers, "content-type").unwrap_or("");
    let fits = [
        (
            "Accept-Language",
            text(headers, "accept-language") == Some("en-US"),
        ),
        (
            "User-Agent",
            text(headers, "user-agent").is_some_and(|it| !it.is_empty()),
        ),
        ("Content-Type", kind.starts_with("application/json")),
    ];
    match fits.iter().find(|(_, fits)| !fits) {
        Some((name, _)) => Err(Refusal::new(
            400,
            "INVALID_HEADER",
            &format!("{name} is missing or wrong."),
        )),
        None => Ok(()),
    }
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Fields of a form; what cannot be decoded stays as it is.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let value = high.zip(low).map(|(high, low)| high * 16 + low);
                value.and_then(|it| u8::try_from(it).ok()).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
