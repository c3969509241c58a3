//! The ways of being paid that the till is configured for, with what the sandbox itself tells.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// The code that stands at the till.
pub const TILL_CODE: &str = "till-01";

/// Where the shop's web server would hear of check-ins. Nobody calls it: see [`crate::courier`].
const WEBHOOK_URL: &str = "https://shop.example/webhooks/mobilepay";
const CHECKED_IN: &str = "user.checked-in.v1";

/// The member `profiles` of the till's configuration.
pub fn profiles(sandbox: &Sandbox) -> Result<Value, String> {
    // A day that is played over midnight in Helsinki must end like any other.
    let any_day = json!({"smartum": {"refund_window": "none"}});
    sandbox.change_settings(&any_day)?;
    let settings = sandbox.get("/_sandbox/settings")?;
    let paymaster = |mode: u8| paymaster(&settings["paymaster"], &sandbox.https, mode);
    Ok(json!({
        "vipps": vipps(&settings["vipps"], &sandbox.https),
        "mobilepay": mobilepay(&settings["vipps"], sandbox)?,
        "smartpay": smartpay(&settings["smartpay"], &sandbox.https),
        "paymaster": paymaster(1),
        "paymaster-print": paymaster(0),
        "smartum": smartum(&settings["smartum"], sandbox)?,
    }))
}

fn vipps(unit: &Value, base_url: &str) -> Value {
    json!({
        "provider": "vipps",
        "base_url": base_url,
        "client_id": {"value": unit["client_id"]},
        "client_secret": {"value": unit["client_secret"]},
        "subscription_key": {"value": unit["subscription_key"]},
        "merchant_serial_number": unit["msn"],
        "currency": unit["market"],
    })
}

/// The same sales unit, with the code at the till and the webhook that tells of check-ins there.
fn mobilepay(unit: &Value, sandbox: &Sandbox) -> Result<Value, String> {
    let mut profile = vipps(unit, &sandbox.https);
    profile["provider"] = json!("mobilepay");
    profile["till_qr_id"] = json!(TILL_CODE);
    profile["webhook_url"] = json!(WEBHOOK_URL);
    profile["webhook_secret"] = json!({"value": registered_webhook(unit, sandbox)?});
    Ok(profile)
}

/// Gives the secret, which is told only once.
fn registered_webhook(unit: &Value, sandbox: &Sandbox) -> Result<Value, String> {
    let word = |name: &str| unit[name].as_str().unwrap_or_default();
    let keys = [
        ("client_id", word("client_id")),
        ("client_secret", word("client_secret")),
        ("ocp-apim-subscription-key", word("subscription_key")),
        ("merchant-serial-number", word("msn")),
    ];
    let token = sandbox.ask_provider("/accesstoken/get", &keys, &json!({}))?;
    let bearer = format!(
        "Bearer {}",
        token["access_token"].as_str().unwrap_or_default()
    );
    let keys = [
        ("authorization", bearer.as_str()),
        ("ocp-apim-subscription-key", word("subscription_key")),
        ("content-type", "application/json"),
    ];
    let wanted = json!({"url": WEBHOOK_URL, "events": [CHECKED_IN]});
    let webhook = sandbox.ask_provider("/webhooks/v1/webhooks", &keys, &wanted)?;
    Ok(webhook["secret"].clone())
}

fn smartpay(merchant: &Value, base_url: &str) -> Value {
    json!({
        "provider": "smartpay",
        "base_url": base_url,
        "merchant_key": merchant["merchant_key"],
        "authentication_key": {"value": merchant["authentication_key"]},
        "origin": merchant["origins"][0],
        // The shortest there is: nobody should have to wait for a demonstration.
        "poll_interval_s": 1,
        "default_consumer": {
            "first_name": "Walk-in", "last_name": "Customer", "email": "shop@shop.example",
        },
        "default_billing": {
            "address_line1": "Main Street 1", "city": "Wolfsburg", "post_code": "38440",
            "country_code": "DE",
        },
    })
}

fn paymaster(site: &Value, base_url: &str, display_mode: u8) -> Value {
    json!({
        "provider": "paymaster",
        "base_url": base_url,
        "token": {"value": site["token"]},
        "merchant_id": site["merchant_id"],
        "pos_id": site["pos_id"],
        "display_mode": display_mode,
        "poll_interval_ms": 500,
    })
}

fn smartum(merchant: &Value, sandbox: &Sandbox) -> Result<Value, String> {
    let published = sandbox.get("/jwt/public-keys")?;
    let keys = published["keys"].as_array().into_iter().flatten();
    let keys: Vec<Value> = keys
        .map(|key| json!({"kid": key["kid"], "jwk": key}))
        .collect();
    Ok(json!({
        "provider": "smartum",
        "base_url": sandbox.https,
        "client_id": {"value": merchant["client_id"]},
        "client_secret": {"value": merchant["client_secret"]},
        "venue_id": merchant["venues"][0]["id"],
        "benefit": merchant["venues"][0]["benefits"][0],
        "jwt_keys": keys,
        // With this a refund whose answer is lost can be asked about.
        "endpoints": {"transaction": "/transactions/{tx}"},
    }))
}
