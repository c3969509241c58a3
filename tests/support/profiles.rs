//! Profiles that work with the sandbox, beside the one of the README.

#![allow(dead_code, reason = "each test file uses what it needs")]

use serde_json::{Value, json};

/// Trusts the keys that every sandbox signs with at first.
pub fn smartum(port: u16) -> Value {
    let mut world = sandbox::World::new(sandbox::WorldSettings::default());
    let keys = world.smartum().public_keys_pem();
    let keys = keys
        .iter()
        .map(|(kid, pem)| json!({"kid": kid, "pem": pem}));
    json!({
        "provider": "smartum",
        "base_url": format!("http://127.0.0.1:{port}"),
        "client_id": {"value": world.smartum().settings().client_id},
        "client_secret": {"value": world.smartum().settings().client_secret},
        "venue_id": world.smartum().settings().venues[0].id,
        "benefit": "exercise",
        "jwt_keys": keys.collect::<Vec<_>>(),
    })
}

/// A sales unit of MobilePay with a code at its till, which hears of check-ins.
pub fn mobilepay(port: u16, till: &str, webhook: (&str, &str)) -> Value {
    let (url, secret) = webhook;
    json!({
        "provider": "mobilepay",
        "base_url": format!("http://127.0.0.1:{port}"),
        "client_id": {"value": "sandbox-client"},
        "client_secret": {"value": "sandbox-secret"},
        "subscription_key": {"value": "sandbox-key"},
        "merchant_serial_number": "123456",
        "currency": "DKK",
        "till_qr_id": till,
        "webhook_secret": {"value": secret},
        "webhook_url": url,
    })
}
