//! A profile that works with the sandbox, and what its tests need.

use payments::provider::smartum::{Settings, Smartum};
use payments::provider::{BuildRules, Context, HttpRequest, TenderDetails};
use payments::secret::Secret;
use payments::tender::{Currency, Money};
use sandbox::{World, WorldSettings};
use serde_json::{Value, json};

/// Mon, 19 Jan 2026 15:25:44 GMT
pub const NOW_MS: i64 = 1_768_836_344_000;
pub const GYM: &str = "ven_Sandbox0Gym00001";
pub const TX: &str = "tx_R60D21hL60bj5N1v";

pub fn world() -> World {
    World::new(WorldSettings::default())
}

/// Settings that work with the sandbox, with some changes; `null` takes one out.
pub fn settings_with(changes: &Value) -> Value {
    let (kid, pem) = world().smartum().public_keys_pem().remove(0);
    let mut settings = json!({
        "jwt_keys": [{"kid": kid, "pem": pem}],
        "client_id": {"value": "sandbox-client"},
        "client_secret": {"value": "sandbox-secret"},
        "venue_id": GYM,
        "benefit": "exercise",
    });
    for (name, value) in changes.as_object().unwrap() {
        settings[name] = value.clone();
        if value.is_null() {
            settings.as_object_mut().unwrap().remove(name);
        }
    }
    settings
}

pub fn try_build(changes: &Value) -> Result<Smartum, String> {
    let settings: Settings =
        serde_json::from_value(settings_with(changes)).map_err(|error| error.to_string())?;
    Smartum::new(&settings, &BuildRules::default()).map_err(|error| error.to_string())
}

pub fn build(changes: Value) -> Smartum {
    try_build(&changes).unwrap_or_else(|error| panic!("{changes}: {error}"))
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("EUR").unwrap())
}

pub fn details(text: Value) -> TenderDetails {
    serde_json::from_value(text).unwrap()
}

pub fn context(token: Option<&Secret>) -> Context<'_> {
    Context {
        reference: "LP-REFERENCE",
        provider_reference: Some(TX),
        refund_reference: None,
        currency: Currency::from_code("EUR").unwrap(),
        amount: Some(1_000),
        begun_at: NOW_MS,
        now_ms: NOW_MS,
        idempotency_key: "key-1",
        token,
    }
}

pub fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let mut headers = request.headers.iter();
    headers
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.reveal())
}

pub fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap_or(Value::Null)
}
