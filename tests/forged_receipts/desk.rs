//! A till that trusts the sandbox's keys, and the tools of forgers.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use payments::provider::smartum::{Settings, Smartum};
use payments::provider::{BuildRules, Provider, ScanOrder, Scanned, TenderDetails};
use payments::tender::{Currency, Money, PaidReceipt};
use sandbox::{World, WorldSettings};
use serde_json::{Value, json};

/// Mon, 19 Jan 2026 15:25:44 GMT
pub const NOW_MS: i64 = 1_768_836_344_000;
pub const NOW_S: i64 = NOW_MS / 1_000;
pub const DUE: i64 = 5_000;
pub const GYM: &str = "ven_Sandbox0Gym00001";
pub const OTHER: &str = "ven_Sandbox0Other004";
pub const TX: &str = "tx_R60D21hL60bj5N1v";
/// The order of P-521.
pub const ORDER: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
                     a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";

/// The sandbox's service and a till that trusts its keys.
pub struct Desk {
    pub world: World,
    pub smartum: Smartum,
}

impl Desk {
    pub fn new() -> Desk {
        Desk::with(&json!({}))
    }

    pub fn with(changes: &Value) -> Desk {
        let mut world = World::new(WorldSettings::default());
        let keys = keys_of(&mut world);
        let smartum = till(&json!(keys), changes);
        Desk { world, smartum }
    }

    pub fn pay(&mut self, order: &Value) -> Value {
        let mut order = order.clone();
        order["amount"] = order.get("amount").cloned().unwrap_or(json!(1_250));
        let receipt = self.world.act(NOW_MS, "smartum", "receipt", &order);
        receipt.unwrap_or_else(|error| panic!("{order}: {error}"))
    }

    pub fn shown(&mut self, order: &Value) -> String {
        String::from(self.pay(order)["qr_text"].as_str().unwrap())
    }

    pub fn seal(&mut self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        self.world.smartum().seal(header, claims)
    }

    pub fn kid(&mut self) -> String {
        self.world.smartum().public_keys_pem()[0].0.clone()
    }

    pub fn header(&mut self) -> String {
        json!({"alg": "ES512", "typ": "JWT", "kid": self.kid()}).to_string()
    }

    /// The sandbox's signature over good claims with some changes; `null` takes one out.
    pub fn claiming(&mut self, changes: &Value) -> String {
        let mut claims = good_claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
        }
        let header = self.header();
        self.seal(header, claims.to_string())
    }

    pub fn look(&self, text: &str) -> String {
        word(&look_at(
            &self.smartum,
            text,
            &TenderDetails::default(),
            NOW_MS,
        ))
    }
}

pub fn keys_of(world: &mut World) -> Vec<Value> {
    let keys = world.smartum().public_keys_pem();
    keys.iter()
        .map(|(kid, pem)| json!({"kid": kid, "pem": pem}))
        .collect()
}

pub fn till(keys: &Value, changes: &Value) -> Smartum {
    let mut settings = json!({
        "jwt_keys": keys,
        "auth_mode": "none",
        "venue_id": GYM,
        "benefit": "exercise",
    });
    for (name, value) in changes.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let settings: Settings = serde_json::from_value(settings).unwrap();
    Smartum::new(&settings, &BuildRules::default()).unwrap_or_else(|error| panic!("{error}"))
}

pub fn look_at(smartum: &Smartum, text: &str, details: &TenderDetails, now_ms: i64) -> Scanned {
    let due = Money::new(DUE, Currency::from_code("EUR").unwrap());
    smartum.look_at(
        text,
        &ScanOrder {
            due,
            sale_total: None,
            details,
            now_ms,
        },
    )
}

pub fn word(scanned: &Scanned) -> String {
    match scanned {
        Scanned::NotOurs => String::from("not ours"),
        Scanned::Customer => String::from("customer"),
        Scanned::Refused(reason) => format!("refused {}", reason.key()),
        Scanned::Paid { settles, .. } => match settles {
            Ok(amount) => format!("settles {amount}"),
            Err(reason) => format!("paid {}", reason.key()),
        },
    }
}

pub fn good_claims() -> Value {
    json!({
        "transaction": TX,
        "venue": GYM,
        "amount": 1_250,
        "currency": "EUR",
        "benefit": "exercise",
        "iat": NOW_S,
    })
}

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// A token of somebody who has a key of his own.
pub fn signed_by(pair: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", b64(signature))
}

pub fn key_pair(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    EcdsaKeyPair::generate(algorithm).unwrap()
}

/// The parts of a token, with its signature as bytes.
pub fn parts(token: &str) -> (String, String, Vec<u8>) {
    let parts: Vec<&str> = token.split('.').collect();
    let signature = BASE64URL_NOPAD.decode(parts[2].as_bytes()).unwrap();
    (String::from(parts[0]), String::from(parts[1]), signature)
}

pub fn with_signature(token: &str, signature: &[u8]) -> String {
    let (header, claims, _) = parts(token);
    format!("{header}.{claims}.{}", b64(signature))
}

/// Complains about all cases that end otherwise than they should.
pub fn check(desk: &Desk, cases: &[(&str, String, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(name, text, expected)| (name, desk.look(text), expected))
        .filter(|(_, found, expected)| found != **expected)
        .map(|(name, found, expected)| format!("{name}: {found}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub const DAMAGED: &str = "refused receipt-damaged";
pub const ALGORITHM: &str = "refused receipt-algorithm";
pub const KEY: &str = "refused receipt-key-unknown";
pub const SIGNATURE: &str = "refused receipt-signature";
pub const UNMAPPED: &str = "refused receipt-unmapped";
pub const LAYOUT: &str = "refused scanner-layout";

pub fn jwk(pair: &EcdsaKeyPair) -> Value {
    let point = pair.public_key().as_ref();
    let (x, y) = point[1..].split_at(point.len() / 2);
    let curve = match x.len() {
        32 => "P-256",
        48 => "P-384",
        _ => "P-521",
    };
    json!({"kty": "EC", "crv": curve, "x": b64(x), "y": b64(y)})
}

/// `n - s`, which is as good as `s`.
pub fn mirrored(s: &[u8]) -> Vec<u8> {
    let order = HEXLOWER.decode(ORDER.as_bytes()).unwrap();
    let mut borrow = 0_i16;
    let mut result: Vec<u8> = order
        .iter()
        .zip(s)
        .rev()
        .map(|(order, s)| {
            let left = i16::from(*order) - i16::from(*s) - borrow;
            borrow = i16::from(left < 0);
            u8::try_from(left.rem_euclid(256)).unwrap()
        })
        .collect();
    result.reverse();
    result
}

pub fn receipt_in(scanned: Scanned) -> PaidReceipt {
    match scanned {
        Scanned::Paid { receipt, .. } => *receipt,
        other => panic!("{}", word(&other)),
    }
}
