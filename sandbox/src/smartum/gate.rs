//! Who may ask: tokens, or whichever other way of showing credentials is set.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use http::HeaderMap;
use serde_json::json;

use super::refusal::Refusal;
use super::settings::{Auth, Settings};
use crate::clock::SECOND_MS;
use crate::sequence::Sequence;
use crate::{Request, Response, answer};

#[derive(Default)]
pub(super) struct Gate {
    /// Access token and the moment at which it ends.
    tokens: BTreeMap<String, i64>,
}

impl Gate {
    /// Client credentials, in the header or in the form (section 5).
    pub fn issue_token(
        &mut self,
        now_ms: i64,
        request: &Request,
        settings: &Settings,
        names: &mut Sequence,
    ) -> Result<Response, Refusal> {
        let form = std::str::from_utf8(request.body()).unwrap_or("");
        if field(form, "grant_type").as_deref() != Some("client_credentials") {
            return Err(Refusal::INVALID_REQUEST);
        }
        let in_form = || Some((field(form, "client_id")?, field(form, "client_secret")?));
        let client = basic(request.headers()).or_else(in_form);
        if !client.is_some_and(|client| fits(&client, settings)) {
            return Err(Refusal::INVALID_CLIENT);
        }
        let token = format!("sandbox-{}{}", names.word(), names.word());
        let ends_ms = now_ms.saturating_add(settings.token_life_s.saturating_mul(SECOND_MS));
        self.tokens.retain(|_, ends_ms| now_ms < *ends_ms);
        self.tokens.insert(token.clone(), ends_ms);
        let body = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": settings.token_life_s,
        });
        Ok(answer::json(200, answer::JSON, &body))
    }

    pub fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }

    pub fn admit(
        &self,
        now_ms: i64,
        headers: &HeaderMap,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let admitted = match settings.auth {
            Auth::None => true,
            Auth::OAuth2 => {
                let token =
                    text(headers, "authorization").and_then(|it| it.strip_prefix("Bearer "));
                let ends_ms = token.and_then(|token| self.tokens.get(token));
                ends_ms.is_some_and(|ends_ms| now_ms < *ends_ms)
            }
            Auth::Basic => basic(headers).is_some_and(|client| fits(&client, settings)),
            Auth::Headers => {
                text(headers, &settings.id_header) == Some(&settings.client_id)
                    && text(headers, &settings.secret_header) == Some(&settings.client_secret)
            }
        };
        if admitted {
            Ok(())
        } else {
            Err(Refusal::UNAUTHORIZED)
        }
    }
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn fits(client: &(String, String), settings: &Settings) -> bool {
    client.0 == settings.client_id && client.1 == settings.client_secret
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = text(headers, "authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((String::from(id), String::from(secret)))
}

/// A field of a form, decoded.
fn field(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name);
    let (_, value) = values.next()?;
    let mut decoded = Vec::new();
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            plain => plain,
        });
    }
    String::from_utf8(decoded).ok()
}
