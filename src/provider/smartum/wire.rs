//! Smartum on the wire: the answers of an API of which little is public, read tolerantly
//! (sections 5, 10, 13.1 and 14). Nothing here leaves this folder.

use super::settings::Settings;
use crate::tender::Reason;
use serde::Deserialize;
use serde_json::Value;

/// The usual answer to client credentials. The life may be a number, a text, or missing.
#[derive(Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    expires_in: Value,
}

const TOKEN_LIFE_S: i64 = 3_600;

impl Token {
    pub fn life_s(&self) -> Option<i64> {
        match &self.expires_in {
            Value::Null => Some(TOKEN_LIFE_S),
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

/// A payment, as a refund or a question is answered with it. Successes are wrapped in `data`
/// (section 4); the rest is a guess, hence all is optional.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Transaction {
    pub id: Option<String>,
    pub venue: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub status: Option<String>,
    pub refunded_amount: Option<i64>,
}

#[derive(Deserialize)]
struct Wrapped {
    data: Transaction,
}

/// What a status says about the money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Paid,
    Refunded,
    /// A word that was not foreseen, or one that makes no sense here.
    Unrecognized,
}

impl Transaction {
    /// With its wrapping or without; nothing if it is no JSON object, or an error after all.
    pub fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let said = |name: &str| value.get(name).is_some_and(|it| !it.is_null());
        if said("error") || said("errors") {
            return None;
        }
        if value.get("data").is_some() {
            return serde_json::from_value::<Wrapped>(value)
                .ok()
                .map(|it| it.data);
        }
        value.as_object()?;
        serde_json::from_value(value).ok()
    }

    pub fn status(&self, settings: &Words) -> Option<Status> {
        let word = self.status.as_ref()?.to_lowercase();
        Some(if settings.refunded.contains(&word) {
            Status::Refunded
        } else if settings.paid.contains(&word) {
            Status::Paid
        } else {
            Status::Unrecognized
        })
    }
}

/// The words of this service, as far as they are configured.
pub struct Words {
    paid: Vec<String>,
    refunded: Vec<String>,
    refusals: [(Vec<String>, Reason); 5],
}

impl Words {
    pub fn new(settings: &Settings) -> Self {
        let of = |list: &[String]| list.iter().map(|word| normal(word)).collect();
        Self {
            paid: settings.paid_statuses.clone(),
            refunded: settings.refunded_statuses.clone(),
            refusals: [
                (
                    of(&settings.already_refunded_codes),
                    Reason::NothingToRefund,
                ),
                (of(&settings.window_closed_codes), Reason::RefundPeriodOver),
                (
                    of(&settings.partial_not_supported_codes),
                    Reason::PartialNotAllowed,
                ),
                (of(&settings.amount_too_large_codes), Reason::RefundTooLarge),
                (
                    of(&settings.unknown_transaction_codes),
                    Reason::ReferenceUnknown,
                ),
            ],
        }
    }

    /// Why a refund was refused; nothing if no word of it is known.
    pub fn reason(&self, body: &[u8]) -> Option<Reason> {
        let said = error_words(body);
        let known = |(codes, _): &&(Vec<String>, Reason)| said.iter().any(|it| codes.contains(it));
        self.refusals.iter().find(known).map(|(_, reason)| *reason)
    }
}

/// Places in which services put the code of an error, in the order of section 14.
const CODE_PLACES: [&str; 9] = [
    "/error/code",
    "/error/message",
    "/errors/0/code",
    "/errors/0/title",
    "/errors/0/detail",
    "/code",
    "/message",
    "/error",
    "/error_description",
];

/// Whether the API itself speaks, and not something in front of it.
pub fn is_error(body: &[u8]) -> bool {
    !error_words(body).is_empty()
}

/// All that could be the code of an error, in one spelling. Of plain text, what comes first.
fn error_words(body: &[u8]) -> Vec<String> {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let texts = CODE_PLACES
            .iter()
            .filter_map(|place| value.pointer(place)?.as_str());
        return texts.map(normal).collect();
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Vec::new();
    };
    let text = text.trim();
    if text.is_empty() || text.starts_with('<') {
        return Vec::new();
    }
    let first = text.split([':', '\n', ' ']).next().unwrap_or(text);
    vec![normal(first), normal(text)]
}

fn normal(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}
