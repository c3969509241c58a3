//! The golden exchanges G1 to G10 of the provider's fact sheet.

mod support;

use serde_json::{Value, json};
use support::*;

fn token_request(id: &str, secret: &str, key: Option<&str>) -> sandbox::Request {
    let mut request = http::Request::post("https://apitest.example.test/accesstoken/get")
        .header("client_id", id)
        .header("client_secret", secret);
    if let Some(key) = key {
        request = request.header("Ocp-Apim-Subscription-Key", key);
    }
    request.body(Vec::new()).unwrap()
}

#[test]
fn g1_a_token_says_its_numbers_as_text() {
    let mut till = Till::new();
    let request = token_request("sandbox-client", "sandbox-secret", Some("sandbox-key"));
    let answer = till.send(&request);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
    for (name, value) in [
        ("token_type", "Bearer"),
        ("expires_in", "3600"),
        ("ext_expires_in", "3600"),
        ("expires_on", "1768839944"),
        ("not_before", "1768836344"),
        ("resource", "00000002-0000-0000-c000-000000000000"),
    ] {
        assert_eq!(answer.body[name], value, "{name}");
    }
    for (id, secret, key) in [
        ("other", "sandbox-secret", Some("sandbox-key")),
        ("sandbox-client", "other", Some("sandbox-key")),
        ("sandbox-client", "sandbox-secret", Some("other")),
        ("sandbox-client", "sandbox-secret", None),
    ] {
        let answer = till.send(&token_request(id, secret, key));
        assert_eq!(answer.status, 401, "{id} {secret} {key:?}");
        assert!(
            answer.body.get("traceId").is_none(),
            "a gateway has no problem+json"
        );
    }
}

#[test]
fn g2_personal_codes_are_exchanged_for_numbers() {
    let mut till = Till::new();
    let mut exchange = |code: &str| {
        let body = json!({"qrCode": code, "requestedData": ["MSISDN"]}).to_string();
        let request = till.request("POST", "/qr/v1/exchange", None, &body);
        till.send(&request)
    };
    let token = exchange("https://qr.vipps.no/p/sandbox-0001");
    let expected = json!({"msisdn": ADA, "timestamp": 1_768_836_344, "version": "2.0"});
    assert_eq!((token.status, token.body), (200, expected));

    let clear = exchange("https://qr.vipps.no/28/2/01/031/4790000001?v=1");
    assert_eq!(
        clear.body,
        json!({"msisdn": "4790000001", "version": "1.0"})
    );

    let junk = exchange("junk");
    let expected = json!({
        "title": "Bad Request",
        "status": 400,
        "detail": "Invalid QR",
        "extraDetails": [{"name": "qrCode", "reason": "Not a personal QR"}],
    });
    assert_eq!((junk.status, junk.body), (400, expected));
}

#[test]
fn g3_create_answers_with_what_the_flow_needs() {
    let mut till = Till::new();
    let pushed = till.create(&push());
    assert_eq!(
        (pushed.status, pushed.body),
        (201, json!({"reference": REFERENCE}))
    );

    let by_phone = changed(push(), "/reference", json!("by-phone-1"));
    let by_phone = changed(by_phone, "/customer", json!({"phoneNumber": ADA}));
    assert_eq!(till.create(&by_phone).status, 201);

    let token = json!({"customerToken": "c2FuZGJveC1jdXN0b21lci10b2tlbi0wMDAx"});
    let by_token = changed(push(), "/reference", json!("by-token-1"));
    let by_token = changed(by_token, "/customer", token);
    assert_eq!(till.create(&by_token).status, 201);
    assert_eq!(till.world.vipps().pending_for(START_MS, ADA).len(), 3);

    let format = json!({"format": "IMAGE/PNG", "size": 512});
    let shown = changed(
        qr(Some(format)),
        "/reference",
        json!("till01-20260119-0002"),
    );
    let shown = till.create(&shown);
    assert_eq!(shown.status, 201);
    let address = shown.body["redirectUrl"].as_str().unwrap();
    let image = till.get(address);
    assert_eq!(image.header("content-type"), Some("image/png"));
    assert!(image.raw.body().starts_with(b"\x89PNG"));
}

#[test]
fn g4_a_waiting_payment_has_touched_no_money() {
    let mut till = Till::new();
    till.create(&push());
    let mut answer = till.read(REFERENCE);
    assert_eq!(answer.status, 200);
    let psp_reference = answer.body["pspReference"].take();
    assert_eq!(psp_reference.as_str().unwrap().len(), 36);
    let expected = json!({
        "aggregate": aggregate(0, 0, 0, 0),
        "amount": nok(49_900),
        "state": "CREATED",
        "paymentMethod": {"type": "WALLET"},
        "profile": {},
        "pspReference": null,
        "reference": REFERENCE,
    });
    assert_eq!(answer.body, expected);
}

#[test]
fn g5_an_approved_payment_is_authorized_and_guaranteed_for_a_week() {
    let mut till = Till::new();
    till.create(&push());
    till.wait(48_099);
    till.approve();
    let answer = till.read(REFERENCE);
    assert_eq!(answer.body["state"], "AUTHORIZED");
    assert_eq!(answer.body["aggregate"], aggregate(49_900, 0, 0, 0));
    let until = "2026-01-26T15:26:32.099+00:00";
    assert_eq!(answer.body["captureGuaranteedUntil"], until);
}

#[test]
fn g6_a_capture_counts_once_per_key() {
    let mut till = Till::new();
    till.create(&push());
    till.capture(49_900).assert_code(400, 6080);
    till.approve();
    let path = format!("/epayment/v1/payments/{REFERENCE}/capture");
    let body = json!({"modificationAmount": nok(49_900)});
    let first = till.post(&path, "cap-1", &body);
    assert_eq!(first.status, 200);
    assert_eq!(first.body["state"], "AUTHORIZED");
    assert_eq!(first.body["amount"], nok(49_900));
    assert_eq!(first.body["aggregate"], aggregate(49_900, 0, 49_900, 0));
    assert_eq!(
        first.body["pspReference"],
        till.read(REFERENCE).body["pspReference"]
    );

    let repeat = till.post(&path, "cap-1", &body);
    assert_eq!((repeat.status, repeat.raw.body()), (200, first.raw.body()));
    assert_eq!(till.row().captures, 1);

    let other = json!({"modificationAmount": nok(40_000)});
    till.post(&path, "cap-1", &other).assert_code(409, 4010);
}

#[test]
fn g7_refunds_stop_at_what_was_captured() {
    let mut till = Till::new();
    till.create(&push());
    till.approve();
    till.capture(49_900).assert_ok();
    let first = till.refund(10_000);
    assert_eq!(
        first.body["aggregate"],
        aggregate(49_900, 0, 49_900, 10_000)
    );
    till.refund(40_000).assert_code(400, 6150);
    till.refund(39_900).assert_ok();
    till.refund(1).assert_code(400, 6180);
}

#[test]
fn g8_a_cancel_takes_the_whole_rest() {
    let mut till = Till::new();
    till.create(&push());
    let before = till.cancel(true);
    assert_eq!(before.body["state"], "TERMINATED");
    assert_eq!(before.body["aggregate"], aggregate(0, 49_900, 0, 0));

    let mut till = Till::new();
    till.create(&push());
    till.approve();
    till.cancel(true).assert_code(400, 6060);
    let after = till.cancel(false);
    assert_eq!(after.body["state"], "AUTHORIZED");
    assert_eq!(after.body["aggregate"], aggregate(49_900, 49_900, 0, 0));

    let mut till = Till::new();
    till.create(&push_of(1_000));
    till.approve();
    till.capture(250).assert_ok();
    let part = till.cancel(false);
    assert_eq!(part.body["aggregate"], aggregate(1_000, 750, 250, 0));
}

#[test]
fn g9_the_event_log_tells_the_story() {
    let mut till = Till::new();
    till.post("/epayment/v1/payments", "create-1", &push());
    till.wait(48_099);
    till.approve();
    till.wait(1_301);
    till.capture(49_900).assert_ok();
    let events = till.events(REFERENCE);
    let story: Vec<[&str; 3]> = events
        .iter()
        .map(|event| ["name", "timestamp", "idempotencyKey"].map(|it| event[it].as_str().unwrap()))
        .collect();
    let expected = [
        ["CREATED", "2026-01-19T15:25:44.000Z", "create-1"],
        ["AUTHORIZED", "2026-01-19T15:26:32.099Z", "create-1"],
        ["CAPTURED", "2026-01-19T15:26:33.400Z", "key-1"],
    ];
    assert_eq!(story, expected);
    for event in &events {
        assert_eq!(event["success"], true);
        assert_eq!(event["amount"], nok(49_900));
        assert_eq!(event["reference"], REFERENCE);
    }
    assert_ne!(events[0]["pspReference"], events[1]["pspReference"]);
}

#[test]
fn g10_refusals_have_the_documented_shapes() {
    let mut till = Till::with(|unit| unit.push_allowed = false);
    let answer = till.create(&push());
    answer.assert_code(403, 5080);
    assert_eq!(answer.body["title"], "PUSH_MESSAGE not allowed");
    assert_eq!(answer.body["type"], "https://httpstatuses.io/403");
    assert_eq!(answer.body["status"], 403);
    assert!(answer.body["traceId"].as_str().unwrap().starts_with("00-"));

    let mut till = Till::new();
    let nobody = json!({"phoneNumber": sandbox::vipps::MAGIC_PHONE_UNKNOWN});
    till.create(&changed(push(), "/customer", nobody))
        .assert_code(400, 7010);
    till.create(&push()).assert_ok();
    till.create(&push()).assert_code(409, 4150);

    let answer = till.create(&changed(push(), "/reference", json!("abc")));
    let details = json!([{"name": "reference", "reason": "must match ^[a-zA-Z0-9-]{8,64}$"}]);
    assert_eq!(
        (answer.status, &answer.body["extraDetails"]),
        (400, &details)
    );

    let mut till = Till::with(|unit| unit.writes_per_minute = 5);
    for _ in 0..5 {
        till.create(&push());
    }
    till.wait(50_000);
    let answer = till.create(&push());
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (429, Some("10"))
    );
    let shape = json!({"statusCode": 429, "message": "Rate limit is exceeded."});
    assert_eq!(answer.body, shape);
}

fn aggregate(authorized: i64, cancelled: i64, captured: i64, refunded: i64) -> Value {
    json!({
        "authorizedAmount": nok(authorized),
        "cancelledAmount": nok(cancelled),
        "capturedAmount": nok(captured),
        "refundedAmount": nok(refunded),
    })
}
