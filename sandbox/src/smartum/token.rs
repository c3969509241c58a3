//! Signed receipts: their claims, their signature, and the ways in which they arrive broken.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::settings::{Layout, QrShape, Settings};
use super::signer::Key;
use crate::clock::{self, SECOND_MS};

const CHECKOUT_LIFE_S: i64 = 3_600;

/// What a token is about.
pub(super) struct Facts<'f> {
    pub tx: &'f str,
    pub venue: &'f str,
    pub amount: i64,
    pub benefit: &'f str,
    pub paid_at_ms: i64,
    /// Of a checkout: the merchant's own reference.
    pub nonce: Option<&'f str>,
}

/// How a token differs from the one that the app would show.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    pub layout: Option<Layout>,
    /// Another key's name; an empty one leaves it out.
    pub kid: Option<String>,
    pub alg: Option<String>,
    pub extra_claims: Map<String, Value>,
    pub drop_claims: Vec<String>,
    pub tamper: Option<Tamper>,
}

/// What is done to a token after it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tamper {
    /// Another amount under the old signature.
    Payload,
    /// Another header under the old signature.
    Header,
    /// One bit.
    Signature,
    ZeroSignature,
    ShortSignature,
    LongSignature,
    DerSignature,
    /// Cut off on the way.
    Truncated,
    Padded,
    StandardAlphabet,
    /// Typed by a scanner with an American layout into a till with a Finnish one.
    Wedge,
}

impl Tamper {
    /// Whether somebody made it up. Otherwise a real payment was spoilt on the way to the till.
    pub fn is_forgery(self) -> bool {
        match self {
            Tamper::Payload
            | Tamper::Header
            | Tamper::Signature
            | Tamper::ZeroSignature
            | Tamper::ShortSignature
            | Tamper::LongSignature
            | Tamper::DerSignature => true,
            Tamper::Truncated | Tamper::Padded | Tamper::StandardAlphabet | Tamper::Wedge => false,
        }
    }
}

/// The token as it is shown.
pub(super) fn issue(facts: &Facts<'_>, wishes: &Wishes, settings: &Settings, key: &Key) -> String {
    let mut claims = match wishes.layout.unwrap_or(settings.layout) {
        Layout::Flat => flat(facts, settings),
        Layout::Nested => nested(facts, settings),
    };
    if let Some(nonce) = facts.nonce {
        let issued_s = facts.paid_at_ms.div_euclid(SECOND_MS);
        claims.insert(String::from("nonce"), json!(nonce));
        claims.insert(
            String::from("exp"),
            json!(issued_s.saturating_add(CHECKOUT_LIFE_S)),
        );
    }
    merge(&mut claims, &wishes.extra_claims);
    for name in &wishes.drop_claims {
        claims.remove(name);
        if let Some(Value::Object(data)) = claims.get_mut("data") {
            data.remove(name);
        }
    }
    let alg = wishes.alg.as_deref().unwrap_or("ES512");
    let mut header = json!({"alg": alg, "typ": "JWT"});
    let kid = wishes.kid.as_deref().unwrap_or(key.kid);
    if let (Some(header), false) = (header.as_object_mut(), kid.is_empty()) {
        header.insert(String::from("kid"), json!(kid));
    }
    let signed = [encode(&header), encode(&Value::Object(claims))];
    let message = signed.join(".");
    let signature = signature(alg, message.as_bytes(), key);
    spoilt(&signed, &signature, wishes.tamper)
}

/// Header and claims as they stand, whatever they are, under a good signature.
pub(super) fn seal(header: &[u8], claims: &[u8], key: &Key) -> String {
    let header = BASE64URL_NOPAD.encode(header);
    let message = format!("{header}.{}", BASE64URL_NOPAD.encode(claims));
    let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// What the code on the customer's phone holds.
pub(super) fn qr_text(shape: QrShape, tx: &str, token: &str, address: &str) -> String {
    match shape {
        QrShape::Jwt => String::from(token),
        QrShape::UrlParam => format!("{address}/r?lang=fi&jwt={token}"),
        QrShape::UrlSegment => format!("{address}/receipts/{token}"),
        QrShape::Json => json!({"jwt": token}).to_string(),
        QrShape::TxId => String::from(tx),
    }
}

fn flat(facts: &Facts<'_>, settings: &Settings) -> Map<String, Value> {
    let claims = json!({
        "iss": settings.public_address,
        "aud": facts.venue,
        "sub": facts.tx,
        "jti": facts.tx,
        "transaction": facts.tx,
        "venue": facts.venue,
        "amount": facts.amount,
        "currency": "EUR",
        "benefit": facts.benefit,
        "iat": facts.paid_at_ms.div_euclid(SECOND_MS),
    });
    with_payer(claims, settings)
}

fn nested(facts: &Facts<'_>, settings: &Settings) -> Map<String, Value> {
    let amount = format!("{}.{:02}", facts.amount / 100, facts.amount % 100);
    let data = json!({
        "receipt_number": facts.tx,
        "merchant": {"site": facts.venue},
        "amount": amount,
        "currency": "EUR",
        "benefit": facts.benefit,
        "created_at": clock::utc(facts.paid_at_ms),
    });
    let mut claims = Map::new();
    claims.insert(String::from("iss"), json!(settings.public_address));
    claims.insert(
        String::from("data"),
        Value::Object(with_payer(data, settings)),
    );
    claims
}

fn with_payer(claims: Value, settings: &Settings) -> Map<String, Value> {
    let Value::Object(mut claims) = claims else {
        return Map::new();
    };
    if !settings.payer_name.is_empty() {
        claims.insert(String::from("payer_name"), json!(settings.payer_name));
    }
    claims
}

fn merge(claims: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (name, value) in extra {
        match (claims.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            _ => _ = claims.insert(name.clone(), value.clone()),
        }
    }
}

fn encode(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// Forgers' algorithms too: no signature, and the public key taken for a shared secret.
fn signature(alg: &str, message: &[u8], key: &Key) -> Vec<u8> {
    let shared = match alg {
        "none" => return Vec::new(),
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return key.sign(message),
    };
    let secret = hmac::Key::new(shared, key.pem().as_bytes());
    Vec::from(hmac::sign(&secret, message).as_ref())
}

fn spoilt(signed: &[String; 2], signature: &[u8], tamper: Option<Tamper>) -> String {
    let [header, claims] = signed;
    let with = |signature: &[u8]| {
        let signature = BASE64URL_NOPAD.encode(signature);
        format!("{header}.{claims}.{signature}")
    };
    let token = with(signature);
    let Some(tamper) = tamper else {
        return token;
    };
    match tamper {
        Tamper::Payload => changed(&token, 1, |claims| {
            claims.insert(String::from("amount"), json!(99_999));
        }),
        Tamper::Header => changed(&token, 0, |header| {
            header.insert(String::from("typ"), json!("at+jwt"));
        }),
        Tamper::Signature => {
            let mut signature = Vec::from(signature);
            if let Some(last) = signature.last_mut() {
                *last ^= 1;
            }
            with(&signature)
        }
        Tamper::ZeroSignature => with(&[0; 132]),
        Tamper::ShortSignature => with(signature.get(..131).unwrap_or(signature)),
        Tamper::LongSignature => with(&[signature, &[0]].concat()),
        Tamper::DerSignature => with(&der(signature)),
        Tamper::Truncated => token.chars().take(token.len() / 3 * 2).collect(),
        Tamper::Padded => token + "=",
        Tamper::StandardAlphabet => token.replace('-', "+").replace('_', "/"),
        Tamper::Wedge => token.replace('-', "+").replace('_', "?"),
    }
}

/// The token with another header or other claims under its old signature.
fn changed(token: &str, part: usize, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let mut parts: Vec<String> = token.split('.').map(String::from).collect();
    if let Some(text) = parts.get_mut(part) {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
        if let Ok(Value::Object(mut members)) = serde_json::from_slice(&bytes) {
            change(&mut members);
            *text = encode(&Value::Object(members));
        }
    }
    parts.join(".")
}

/// The same two numbers as most other formats write them.
fn der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let body = [der_integer(r), der_integer(s)].concat();
    let mut whole = vec![0x30];
    match u8::try_from(body.len()) {
        Ok(length) if length >= 0x80 => whole.extend([0x81, length]),
        Ok(length) => whole.push(length),
        Err(_) => {}
    }
    whole.extend(body);
    whole
}

fn der_integer(number: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = number
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    let mut whole = vec![0x02, u8::try_from(digits.len()).unwrap_or(0)];
    whole.extend(digits);
    whole
}
