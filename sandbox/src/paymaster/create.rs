//! The bodies that begin a payment, checked whole.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::problem::Refusal;
use super::rubles;
use super::settings::Settings;
use crate::clock;

/// Nobody waits longer than this for a code (the longest life of a one-time code).
const LIFE_MAX_MS: i64 = 3 * clock::DAY_MS;

/// By which call a payment was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Payment,
    Hosted,
    Till,
}

/// A payment that is asked for, its fields in order.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub kind: Kind,
    pub order_no: Option<String>,
    pub description: String,
    pub amount: i64,
    pub sticker: Option<String>,
    pub expires_ms: i64,
    pub params: Map<String, Value>,
    pub test_mode: bool,
}

#[derive(Deserialize)]
pub(super) struct WireAmount {
    value: Option<Box<RawValue>>,
    currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    merchant_id: Option<String>,
    invoice: Option<Invoice>,
    amount: Option<WireAmount>,
    payment_data: Option<PaymentData>,
    payment_method: Option<String>,
    #[serde(default)]
    test_mode: bool,
    #[serde(default)]
    dual_mode: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invoice {
    description: Option<String>,
    order_no: Option<String>,
    expires: Option<String>,
    #[serde(default)]
    params: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentData {
    payment_method: Option<String>,
    sticker_id: Option<String>,
}

/// The second protocol's order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TillBody {
    order_id: Option<String>,
    amount: Option<Box<RawValue>>,
    currency: Option<String>,
    description: Option<String>,
    expires: Option<String>,
}

pub(super) fn document<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::field(&error.to_string()))
}

pub(super) fn parse(
    body: &[u8],
    kind: Kind,
    now_ms: i64,
    settings: &Settings,
) -> Result<Order, Refusal> {
    let body: Body = document(body)?;
    let mut errors = Vec::new();
    let mut demand = |fits: bool, error: &str| {
        if !fits {
            errors.push(String::from(error));
        }
    };
    let own = body.merchant_id.as_deref() == Some(settings.merchant_id.as_str());
    demand(own, "Specify required MerchantId value.");
    demand(
        !body.dual_mode,
        "DualMode is not possible with this method.",
    );
    let (method, sticker) = match (kind, body.payment_data) {
        (Kind::Hosted, _) => (body.payment_method, None),
        (_, Some(data)) => (data.payment_method, data.sticker_id),
        (_, None) => (None, None),
    };
    let is_sbp = method.is_some_and(|method| method.eq_ignore_ascii_case("sbp"));
    demand(is_sbp, "PaymentMethod is not available.");
    let invoice = body.invoice;
    demand(invoice.is_some(), "Specify required Invoice value.");
    let described = invoice.as_ref().and_then(|it| it.description.clone());
    let described = described.filter(|text| !text.trim().is_empty());
    demand(described.is_some(), "Specify required Description value.");
    let expires = invoice.as_ref().and_then(|it| it.expires.as_deref());
    let expires_ms = ends_at(expires, now_ms, settings, &mut errors);
    let amount = amount(body.amount.as_ref(), &mut errors);
    let amount = in_range(amount, settings, &mut errors);
    let (Some(amount), Some(invoice), true) = (amount, invoice, errors.is_empty()) else {
        return Err(Refusal::invalid(errors));
    };
    Ok(Order {
        kind,
        order_no: invoice.order_no,
        description: described.unwrap_or_default(),
        amount,
        sticker,
        expires_ms,
        params: invoice.params,
        test_mode: body.test_mode,
    })
}

pub(super) fn parse_till(body: &[u8], now_ms: i64, settings: &Settings) -> Result<Order, Refusal> {
    let body: TillBody = document(body)?;
    let mut errors = Vec::new();
    if body.order_id.as_deref().is_none_or(str::is_empty) {
        errors.push(String::from("Specify required OrderId value."));
    }
    if body.currency.as_deref() != Some("RUB") {
        errors.push(String::from("Currency is not available."));
    }
    let expires_ms = ends_at(body.expires.as_deref(), now_ms, settings, &mut errors);
    let amount = till_amount(body.amount.as_deref(), settings, &mut errors);
    let amount = in_range(amount, settings, &mut errors);
    match amount {
        Some(amount) if errors.is_empty() => Ok(Order {
            kind: Kind::Till,
            order_no: body.order_id,
            description: body.description.unwrap_or_default(),
            amount,
            sticker: settings.pos_static.then(|| settings.sticker_id.clone()),
            expires_ms,
            params: Map::new(),
            test_mode: false,
        }),
        _ => Err(Refusal::invalid(errors)),
    }
}

/// The amount in kopecks; complains if it is absent, in another currency or not exact.
pub(super) fn amount(amount: Option<&WireAmount>, errors: &mut Vec<String>) -> Option<i64> {
    let Some(amount) = amount else {
        errors.push(String::from("Specify required Amount value."));
        return None;
    };
    if amount.currency.as_deref() != Some("RUB") {
        errors.push(String::from("Currency is not available."));
    }
    let kopecks = amount
        .value
        .as_deref()
        .and_then(|raw| rubles::parse(raw.get()));
    let kopecks = kopecks.filter(|kopecks| *kopecks > 0);
    if kopecks.is_none() {
        errors.push(String::from("Amount value is not valid."));
    }
    kopecks
}

pub(super) fn till_amount(
    raw: Option<&RawValue>,
    settings: &Settings,
    errors: &mut Vec<String>,
) -> Option<i64> {
    let text = raw.map_or("", RawValue::get);
    let kopecks = if settings.pos_kopecks {
        text.parse().ok()
    } else {
        rubles::parse(text)
    };
    let kopecks = kopecks.filter(|kopecks: &i64| *kopecks > 0);
    if kopecks.is_none() {
        errors.push(String::from("Amount is not valid."));
    }
    kopecks
}

fn in_range(amount: Option<i64>, settings: &Settings, errors: &mut Vec<String>) -> Option<i64> {
    let amount = amount?;
    if (settings.amount_min..=settings.amount_max).contains(&amount) {
        return Some(amount);
    }
    errors.push(String::from("Amount is out of range."));
    None
}

fn ends_at(text: Option<&str>, now_ms: i64, settings: &Settings, errors: &mut Vec<String>) -> i64 {
    let Some(text) = text else {
        return now_ms + settings.payment_life_ms;
    };
    match clock::parse(text) {
        Some(at_ms) if now_ms < at_ms && at_ms <= now_ms + LIFE_MAX_MS => at_ms,
        Some(_) | None => {
            errors.push(String::from("Expires is not valid."));
            now_ms
        }
    }
}
