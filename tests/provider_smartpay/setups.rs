//! What settings decide, and what is wrong with them.

use super::support::*;
use payments::provider::{BuildRules, Provider, Settings as _};
use payments::tender::LatePolicy;
use serde_json::json;

#[test]
fn what_a_profile_can_do_follows_its_settings() {
    let rules = Case::new(&json!({})).provider.capabilities().clone();
    assert!(rules.known_by_answer && rules.by_qr && !rules.by_scan && !rules.by_phone);
    assert!(!rules.capture_separately && !rules.partial_capture && rules.partial_refund);
    assert_eq!(
        (rules.lifetime_ms, rules.request_timeout_ms),
        (300_000, 95_000)
    );
    assert!(rules.start_within_ms >= 190_000);
    let unsure = rules.unsure.unwrap();
    assert_eq!((unsure.questions, unsure.window_ms), (3, 180_000));
    let other = json!({"auto_capture": false, "customer_timeout_s": 60, "pending_retries": 5,
        "pending_window_s": 50, "http_timeout_s": 120});
    let rules = Case::new(&other).provider.capabilities().clone();
    assert!(rules.capture_separately && rules.partial_capture);
    assert_eq!(
        (rules.lifetime_ms, rules.request_timeout_ms),
        (60_000, 120_000)
    );
    assert!(rules.start_within_ms >= 240_000);
    assert_eq!(rules.unsure.unwrap().questions, 5);
    // Whether somebody is there to ask is known to the till alone.
    assert_eq!(settings(&json!({})).late_approval(), None);
    let report = settings(&json!({"late_payment": "report"}));
    assert_eq!(report.late_approval(), Some(LatePolicy::Ask));
    let refund = settings(&json!({"late_payment": "refund"}));
    assert_eq!(refund.late_approval(), Some(LatePolicy::Refund));
}

#[test]
fn what_is_missing_or_wrong_in_the_settings_is_named() {
    let consumer = |name: &str, value: &str| {
        let mut consumer = raw_settings(&json!({}))["default_consumer"].clone();
        consumer[name] = json!(value);
        json!({"default_consumer": consumer})
    };
    let billing = |name: &str, value: &str| {
        let mut billing = raw_settings(&json!({}))["default_billing"].clone();
        billing[name] = json!(value);
        json!({"default_billing": billing})
    };
    for (changes, setting) in [
        (json!({"base_url": "http://api.example"}), "base_url"),
        (json!({"base_url": "https://api.example/"}), "base_url"),
        (json!({"token_url": "ftp://x"}), "token_url"),
        (json!({"authentication_key": null}), "authentication_key"),
        (
            json!({"authentication_key": {"value": " "}}),
            "authentication_key",
        ),
        (json!({"auth_mode": "bearer"}), "token_url"),
        (
            json!({"auth_mode": "bearer", "token_url": "https://x.example"}),
            "client_id",
        ),
        (json!({"merchant_key": ""}), "merchant_key"),
        (json!({"merchant_key": "a:b"}), "merchant_key"),
        (json!({"merchant_key": "x".repeat(37)}), "merchant_key"),
        (json!({"origin": "http://shop.example"}), "origin"),
        (json!({"origin": "https://shop.example/"}), "origin"),
        (json!({"origin": "https://shöp.example"}), "origin"),
        (json!({"user_agent": " "}), "user_agent"),
        (
            json!({"default_consumer": null}),
            "default_consumer.first_name",
        ),
        (consumer("last_name", ""), "default_consumer.last_name"),
        (consumer("email", "nobody"), "default_consumer.email"),
        (
            json!({"default_billing": null}),
            "default_billing.address_line1",
        ),
        (billing("city", &"x".repeat(51)), "default_billing.city"),
        (billing("post_code", ""), "default_billing.post_code"),
        (
            billing("country_code", "fr"),
            "default_billing.country_code",
        ),
        (billing("country_code", "US"), "default_billing.state"),
        (
            json!({"widget_url_template": "https://x.example/{checkoutToken}"}),
            "widget_url_template",
        ),
        (
            json!({"flow": "widget", "widget_url_template": "https://x.example/"}),
            "widget_url_template",
        ),
        (
            json!({"link_success_url": "javascript:alert(1)"}),
            "link_success_url",
        ),
        (json!({"paths": {"links": "payment-links"}}), "paths.links"),
        (json!({"paths": {"status": "/a?b="}}), "paths.status"),
        (
            json!({"accept_authorized": true, "auto_capture": false}),
            "accept_authorized",
        ),
        (json!({"pending_retries": 0}), "pending_retries"),
        (json!({"poll_interval_s": 0}), "poll_interval_s"),
        (json!({"customer_timeout_s": 1}), "customer_timeout_s"),
        (json!({"link_validity_h": 0}), "link_validity_h"),
        (json!({"description_template": ""}), "description_template"),
        (json!({"product_group": ""}), "product_group"),
    ] {
        let error = setup(&changes).err().expect("refused").to_string();
        assert!(
            error.starts_with(&format!("{setting}:")),
            "{changes}: {error}"
        );
    }
    for (changes, word) in [
        (json!({"base_url": null}), "base_url"),
        (json!({"origin": null}), "origin"),
        (json!({"status_map": {"X": "melted"}}), "melted"),
        (json!({"flow": "terminal"}), "terminal"),
        (json!({"base_uri": "x"}), "base_uri"),
    ] {
        let read = payments::provider::registry::settings("smartpay", raw_settings(&changes));
        let error = read
            .expect("a provider")
            .err()
            .expect("refused")
            .to_string();
        assert!(error.contains(word), "{changes}: {error}");
    }
    let loopback = settings(&json!({"base_url": "http://127.0.0.1:8420"}));
    assert!(loopback.build(&BuildRules::default()).is_err());
    let rules = BuildRules {
        allow_plain_http_loopback: true,
    };
    assert!(loopback.build(&rules).is_ok());
}
