//! What a create request may say, and what the service answers when it says something else.

mod support;

use serde_json::{Value, json};
use support::*;

fn with(pointer: &str, value: Value) -> Value {
    changed(push(), pointer, value)
}

#[test]
fn fields_outside_the_schema_are_named() {
    let receipt_line = json!({"id": "1", "name": "Coffee", "totalAmount": 49_900,
        "totalAmountExcludingTax": 39_920, "totalTaxAmount": 9_980});
    let receipt = json!({"orderLines": [receipt_line], "bottomLine": {"currency": "NOK"}});
    let cases = [
        (with("/suprise", json!(1)), "suprise"),
        (with("/reference", json!(12_345_678)), "reference"),
        (with("/reference", json!("has space in it")), "reference"),
        (with("/amount/currency", json!("SEK")), "amount.currency"),
        (with("/amount", json!({"currency": "NOK"})), "amount.value"),
        (with("/amount", json!(49_900)), "amount"),
        (with("/userFlow", json!("PUSH")), "userFlow"),
        (
            with("/paymentMethod/type", json!("CASH")),
            "paymentMethod.type",
        ),
        (
            with("/paymentMethod/type", json!("CARD")),
            "paymentMethod.type",
        ),
        (
            with("/paymentDescription", json!("ab")),
            "paymentDescription",
        ),
        (
            with("/customerInteraction", json!("PRESENT")),
            "customerInteraction",
        ),
        (with("/customer", json!({})), "customer"),
        (with("/customer", json!({"token": "x"})), "customer.token"),
        (
            with(
                "/customer",
                json!({"phoneNumber": ADA, "customerToken": "x"}),
            ),
            "customer",
        ),
        (
            with("/customer", json!({"personalQr": "abcd"})),
            "customer.personalQr",
        ),
        (
            with("/qrFormat", json!({"format": "IMAGE/PNG"})),
            "qrFormat",
        ),
        (with("/expiresAt", json!("tomorrow")), "expiresAt"),
        (with("/metadata", json!({"a": 1})), "metadata"),
        (with("/minimumUserAge", json!("18")), "minimumUserAge"),
        (
            with("/receipt", json!({"bottomLine": {}})),
            "receipt.orderLines",
        ),
        (with("/receipt", receipt), "receipt.orderLines[0].taxRate"),
        (qr(Some(json!({"format": "IMAGE/GIF"}))), "qrFormat.format"),
        (
            qr(Some(json!({"format": "IMAGE/PNG", "size": 99}))),
            "qrFormat.size",
        ),
    ];
    for (body, field) in cases {
        let answer = Till::new().create(&body);
        assert_eq!(
            (answer.status, answer.code()),
            (400, None),
            "{field}: {}",
            answer.body
        );
        assert!(answer.fields().contains(&field), "{field}: {}", answer.body);
    }
}

#[test]
fn fields_with_a_number_of_their_own() {
    let long = "x".repeat(501);
    let many = json!({"a": "", "b": "", "c": "", "d": "", "e": "", "f": ""});
    let web = changed(qr(None), "/userFlow", json!("WEB_REDIRECT"));
    let cases = [
        (with("/amount/value", json!("49900")), 400, 4040),
        (push_of(65_000_001), 400, 4040),
        (push_of(-1), 400, 4040),
        (push_of(99), 400, 6010),
        (push_of(0), 400, 6010),
        (with("/amount/currency", json!("DKK")), 400, 5040),
        (
            with("/customer", json!({"customerToken": "stale"})),
            400,
            4050,
        ),
        (
            with("/customer", json!({"personalQr": "https://example.test"})),
            400,
            4060,
        ),
        (
            with("/customer", json!({"phoneNumber": "+4712345678"})),
            400,
            4070,
        ),
        (
            with("/customer", json!({"phoneNumber": "12345678"})),
            400,
            4070,
        ),
        (
            with("/profile", json!({"scope": "name shoeSize"})),
            400,
            4080,
        ),
        (with("/returnUrl", json!("http://example.test")), 400, 4090),
        (with("/receiptUrl", json!("example.test")), 400, 4090),
        (with("/metadata", many), 400, 4100),
        (with("/metadata", json!({"x".repeat(101): "1"})), 400, 4120),
        (with("/metadata", json!({"a": long})), 400, 4130),
        (
            changed(qr(None), "/userFlow", json!("PUSH_MESSAGE")),
            400,
            4140,
        ),
        (web.clone(), 400, 4140),
        (with("/blockedSources", json!({})), 400, 5010),
        (with("/expiresAt", json!("2026-01-20T12:00:00Z")), 400, 5050),
        (
            with("/paymentMethod/type", json!("CARD_PASSTHROUGH")),
            422,
            5070,
        ),
    ];
    for (body, status, code) in cases {
        Till::new().create(&body).assert_code(status, code);
    }
    let web = changed(web, "/returnUrl", json!("myshop://back"));
    assert!(Till::new().create(&web).body["redirectUrl"].is_string());
}

#[test]
fn decimals_are_refused_even_when_they_are_whole() {
    let mut till = Till::new();
    let body = push().to_string().replace("49900", "49900.0");
    let request = till.request("POST", "/epayment/v1/payments", Some("k"), &body);
    till.send(&request).assert_code(400, 4040);
}

#[test]
fn every_market_has_its_currency_and_smallest_amount() {
    for (market, currency, smallest) in [("DKK", "DKK", 1), ("EUR", "EUR", 1), ("NOK", "NOK", 100)]
    {
        let mut till = Till::new();
        till.world
            .patch_settings(&json!({"market": market}))
            .unwrap();
        let body = changed(push_of(smallest), "/amount/currency", json!(currency));
        till.create(&body).assert_ok();
        let body = changed(body, "/amount/value", json!(smallest - 1));
        let body = changed(body, "/reference", json!("too-small-1"));
        till.create(&body).assert_code(400, 6010);
    }
}

#[test]
fn receipts_are_checked_for_shape_and_never_for_sums() {
    let line = json!({
        "id": "1", "name": "Coffee", "totalAmount": 1_000, "totalAmountExcludingTax": 800,
        "totalTaxAmount": 250, "taxRate": 2_550, "discount": 5, "isReturn": false,
        "unitInfo": {"unitPrice": 500, "quantity": "2.0", "quantityUnit": "PCS"},
    });
    let bottom = json!({
        "currency": "NOK", "posId": "till-01", "receiptNumber": "77",
        "paymentSources": {"card": 100}, "barcode": {"format": "EAN-13", "data": "123"},
    });
    let receipt = json!({"orderLines": [line], "bottomLine": bottom});
    let mut till = Till::new();
    till.create(&with("/receipt", receipt.clone())).assert_ok();
    let shown = till.world.vipps().pending_for(START_MS, ADA);
    assert_eq!(shown[0].receipt[0].name, "Coffee");
    assert_eq!(shown[0].receipt[0].total_amount, 1_000);

    for (pointer, value, field) in [
        (
            "/orderLines/0/unitInfo/quantity",
            json!(2),
            "unitInfo.quantity",
        ),
        (
            "/orderLines/0/unitInfo/quantityUnit",
            json!("BOX"),
            "unitInfo.quantityUnit",
        ),
        ("/orderLines/0/taxRate", json!(10_001), "taxRate"),
        ("/orderLines/0/discount", json!(-1), "discount"),
        ("/bottomLine/currency", json!("SEK"), "bottomLine.currency"),
        (
            "/bottomLine/barcode/format",
            json!("QR"),
            "bottomLine.barcode.format",
        ),
        (
            "/bottomLine/paymentSources",
            json!({"card": -1}),
            "paymentSources.card",
        ),
    ] {
        let body = with("/receipt", changed(receipt.clone(), pointer, value));
        let answer = Till::new().create(&body);
        let named = answer.fields().iter().any(|name| name.ends_with(field));
        assert!(answer.status == 400 && named, "{field}: {}", answer.body);
    }
}

#[test]
fn long_lives_need_an_agreement_a_receipt_and_a_sensible_end() {
    let line = json!({"id": "1", "name": "A", "totalAmount": 1, "totalAmountExcludingTax": 1,
        "totalTaxAmount": 0, "taxRate": 0});
    let receipt = json!({"orderLines": [line], "bottomLine": {"currency": "NOK"}});
    let ends = |at: &str| with("/expiresAt", json!(at));
    let mut till = Till::with(|unit| unit.long_living_allowed = true);
    till.create(&ends("2026-01-20T12:00:00Z"))
        .assert_code(400, 6130);
    let ends = |at: &str| changed(ends(at), "/receipt", receipt.clone());
    till.create(&ends("2026-01-19T15:30:00Z"))
        .assert_code(400, 6120);
    till.create(&ends("2026-04-19T15:30:00Z"))
        .assert_code(400, 6110);
    till.create(&ends("2026-01-20T12:00:00+01:00")).assert_ok();
    till.wait(60 * MINUTE_MS);
    till.renew_token();
    assert_eq!(till.state(REFERENCE), "CREATED");
    till.wait(DAY_MS);
    assert_eq!(till.row().state, "EXPIRED");
}

#[test]
fn customers_can_be_too_young() {
    let mut till = Till::new();
    let body = with("/minimumUserAge", json!(18));
    let young = changed(
        body.clone(),
        "/customer",
        json!({"phoneNumber": "358401234567"}),
    );
    till.create(&young).assert_code(400, 7010);
    till.create(&body).assert_ok();
}

#[test]
fn what_was_sent_along_comes_back() {
    let mut till = Till::new();
    let body = with("/metadata", json!({"lane": "7"}));
    let body = changed(body, "/profile", json!({"scope": "name phoneNumber"}));
    till.create(&body).assert_ok();
    till.approve();
    let read = till.read(REFERENCE).body;
    assert_eq!(read["metadata"], json!({"lane": "7"}));
    assert!(read["profile"]["sub"].is_string());
}
