//! Time, limits, keys, modifications and customers.

mod support;

use sandbox::vipps::CustomerError;
use serde_json::{Value, json};
use support::*;

fn authorized(value: i64) -> Till {
    let mut till = Till::new();
    till.create(&push_of(value)).assert_ok();
    till.approve();
    till
}

#[test]
fn tokens_end_and_can_be_revoked() {
    let mut till = Till::new();
    till.create(&push()).assert_ok();
    till.wait(3_599_000);
    assert_eq!(till.read(REFERENCE).status, 200);
    till.wait(1_000);
    assert_eq!(till.read(REFERENCE).status, 401);
    till.renew_token();
    assert_eq!(till.read(REFERENCE).status, 200);
    till.world.vipps().token_revoke();
    let answer = till.read(REFERENCE);
    assert_eq!(
        (answer.status, &answer.body["statusCode"]),
        (401, &json!(401))
    );
}

#[test]
fn headers_are_checked_before_anything_else() {
    let mut till = Till::new();
    let cases = [
        ("authorization", Some("sandbox"), 401),
        ("authorization", None, 401),
        ("ocp-apim-subscription-key", Some("other"), 401),
        ("merchant-serial-number", Some("654321"), 403),
        ("merchant-serial-number", None, 403),
        (
            "vipps-system-name",
            Some("a name that is longer than thirty"),
            400,
        ),
        ("content-type", Some("text/plain"), 415),
        ("idempotency-key", None, 400),
        ("idempotency-key", Some(""), 400),
    ];
    for (name, value, status) in cases {
        let body = push().to_string();
        let mut request = till.request("POST", "/epayment/v1/payments", Some("k"), &body);
        request.headers_mut().remove(name);
        if let Some(value) = value {
            let value = http::HeaderValue::from_static(value);
            request.headers_mut().insert(name, value);
        }
        assert_eq!(till.send(&request).status, status, "{name}: {value:?}");
    }
    assert!(till.world.ledger(till.now_ms).is_empty());
    assert_eq!(till.get("/epayment/v2/payments").status, 404);
}

#[test]
fn broken_json_is_a_bad_request() {
    let mut till = Till::new();
    for (key, body) in [
        ("a", ""),
        ("b", "{"),
        ("c", "[]"),
        ("d", "{\"reference\":1,}"),
    ] {
        let request = till.request("POST", "/epayment/v1/payments", Some(key), body);
        let answer = till.send(&request);
        assert_eq!((answer.status, answer.code()), (400, None), "{body}");
    }
    till.create(&push()).assert_ok();
    assert_eq!(till.modify("cancel", &json!([])).status, 400);
    assert_eq!(
        till.modify("capture", &json!({"amount": nok(1)})).status,
        400
    );
}

#[test]
fn an_expiry_has_happened_when_it_was_due() {
    let mut till = Till::new();
    till.create(&push()).assert_ok();
    till.wait(10 * MINUTE_MS - 1);
    assert_eq!(till.state(REFERENCE), "CREATED");
    till.wait(3 * DAY_MS);
    assert_eq!(till.row().state, "EXPIRED");
    till.renew_token();
    assert_eq!(till.state(REFERENCE), "EXPIRED");
    let events = till.events(REFERENCE);
    assert_eq!(events[1]["name"], "EXPIRED");
    assert_eq!(events[1]["timestamp"], "2026-01-19T15:35:44.000Z");
    let late = till.world.vipps().approve(till.now_ms, REFERENCE);
    assert_eq!(late, Err(CustomerError::NotWaiting("EXPIRED")));
}

#[test]
fn modifications_have_their_moments() {
    let mut expired = Till::new();
    expired.create(&push()).assert_ok();
    expired.wait(10 * MINUTE_MS);
    expired.capture(100).assert_code(400, 6200);
    expired.refund(100).assert_code(400, 6210);
    expired.cancel(true).assert_code(400, 6190);

    let mut waiting = Till::new();
    waiting.create(&push()).assert_ok();
    waiting.capture(100).assert_code(400, 6080);
    waiting.refund(100).assert_code(400, 6020);

    let mut open = authorized(1_000);
    open.refund(100).assert_code(400, 6210);
    open.capture(1_001).assert_code(400, 6090);
    open.capture(0).assert_code(400, 4040);
    let foreign = json!({"modificationAmount": {"currency": "DKK", "value": 100}});
    open.modify("capture", &foreign).assert_code(400, 5040);
    open.capture(400).assert_ok();
    open.capture(601).assert_code(400, 6090);
    open.capture(600).assert_ok();
    open.capture(1).assert_code(400, 6170);
    open.cancel(false).assert_code(400, 6040);
    open.refund(123).assert_code(400, 7010);
    open.refund(124).assert_code(400, 6220);
    assert_eq!(open.row().captures, 2);

    let mut cancelled = authorized(1_000);
    cancelled.cancel(false).assert_ok();
    cancelled.capture(100).assert_code(400, 6070);
    cancelled.cancel(false).assert_code(400, 6070);

    let mut whole = authorized(1_000);
    whole.world.vipps().settings_mut().partial_capture_allowed = false;
    whole.capture(999).assert_code(400, 6140);
    whole.capture(1_000).assert_ok();
    whole.refund(300).assert_ok();
}

#[test]
fn money_that_nobody_captures_is_released() {
    for (market, days) in [("NOK", 180), ("DKK", 14), ("EUR", 14)] {
        let mut till = Till::new();
        till.world
            .patch_settings(&json!({"market": market}))
            .unwrap();
        let body = changed(push_of(1_000), "/amount/currency", json!(market));
        till.create(&body).assert_ok();
        till.approve();
        let part = json!({"modificationAmount": {"currency": market, "value": 300}});
        till.modify("capture", &part).assert_ok();
        till.wait(days * DAY_MS - 1);
        assert_eq!(till.row().cancelled, 0, "{market}");
        till.wait(1);
        till.renew_token();
        till.modify("capture", &part).assert_code(400, 6100);
        assert_eq!(till.row().cancelled, 700, "{market}");
        let released = till.row().events[3].at_ms;
        assert_eq!(released, START_MS + days * DAY_MS);
    }
}

#[test]
fn refunds_end_after_a_year() {
    let mut till = authorized(1_000);
    till.capture(1_000).assert_ok();
    till.wait(365 * DAY_MS - 1);
    till.renew_token();
    till.refund(100).assert_ok();
    till.wait(1);
    till.refund(100).assert_code(400, 6220);
}

#[test]
fn writes_share_one_limit_and_reads_another() {
    let mut till = Till::with(|unit| unit.writes_per_minute = 5);
    till.create(&push()).assert_ok();
    till.approve();
    till.capture(100).assert_ok();
    till.capture(100).assert_ok();
    till.refund(50).assert_ok();
    till.refund(50).assert_ok();
    assert_eq!(till.refund(50).status, 429);
    let other = changed(push(), "/reference", json!("another-payment"));
    till.create(&other).assert_ok();
    till.wait(MINUTE_MS);
    till.refund(50).assert_ok();

    for _ in 0..120 {
        assert_eq!(till.read(REFERENCE).status, 200);
    }
    assert_eq!(till.read(REFERENCE).status, 429);
    assert_eq!(till.read("another-payment").status, 200);
    till.wait(MINUTE_MS);
    assert_eq!(till.read(REFERENCE).status, 200);
}

#[test]
fn misspelt_references_count_as_one_payment() {
    let mut till = Till::with(|unit| unit.writes_per_minute = 5);
    for _ in 0..5 {
        assert_eq!(till.create(&json!({"Reference": REFERENCE})).status, 400);
    }
    assert_eq!(
        till.create(&json!({"Reference": "another-payment"})).status,
        429
    );
}

#[test]
fn a_refusal_sticks_to_its_key() {
    let mut till = Till::with(|unit| unit.push_allowed = false);
    let path = "/epayment/v1/payments";
    let first = till.post(path, "create-1", &push());
    first.assert_code(403, 5080);
    till.world.vipps().settings_mut().push_allowed = true;
    let again = till.post(path, "create-1", &push());
    assert_eq!((again.status, &again.body), (403, &first.body));
    let mended = changed(push(), "/paymentDescription", json!("Shop 1"));
    till.post(path, "create-1", &mended).assert_code(409, 4020);
    till.post(path, "create-2", &push()).assert_ok();

    let bad = changed(push(), "/reference", json!("abc"));
    assert_eq!(till.post(path, "create-3", &bad).status, 400);
    till.post(path, "create-3", &mended).assert_code(409, 4020);
}

#[test]
fn keys_belong_to_a_path_and_fade_after_a_week() {
    let mut till = authorized(1_000);
    let capture = format!("/epayment/v1/payments/{REFERENCE}/capture");
    let refund = format!("/epayment/v1/payments/{REFERENCE}/refund");
    let body = json!({"modificationAmount": nok(100)});
    till.post(&capture, "one", &body).assert_ok();
    till.post(&refund, "one", &body).assert_ok();
    till.post(&refund, "one", &json!({"modificationAmount": nok(1)}))
        .assert_code(409, 4150);
    till.wait(7 * DAY_MS - 1);
    till.renew_token();
    till.post(&capture, "one", &body).assert_ok();
    assert_eq!(till.row().captures, 1);
    till.wait(1);
    till.post(&capture, "one", &body).assert_ok();
    assert_eq!(till.row().captures, 2);
}

#[test]
fn a_cancel_has_to_wait_while_the_bank_is_busy() {
    for sticks in [false, true] {
        let mut till = Till::with(|unit| unit.processing_sticks = sticks);
        let slow = json!({"phoneNumber": sandbox::vipps::MAGIC_PHONE_SLOW});
        till.create(&changed(push(), "/customer", slow)).assert_ok();
        till.approve();
        let path = format!("/epayment/v1/payments/{REFERENCE}/cancel");
        let body = json!({"cancelTransactionOnly": true});
        till.post(&path, "cancel-1", &body).assert_code(400, 6250);
        let again = till.world.vipps().approve(till.now_ms, REFERENCE);
        assert_eq!(again, Err(CustomerError::Authorizing));
        till.wait(29_999);
        assert_eq!(till.state(REFERENCE), "CREATED");
        till.wait(1);
        assert_eq!(till.state(REFERENCE), "AUTHORIZED");
        let code = if sticks { 6250 } else { 6060 };
        till.post(&path, "cancel-1", &body).assert_code(400, code);
    }
}

#[test]
fn an_approval_in_time_beats_the_expiry() {
    let mut till = Till::with(|unit| unit.authorization_takes_ms = 30_000);
    till.create(&push()).assert_ok();
    till.wait(10 * MINUTE_MS - 1);
    till.approve();
    till.wait(MINUTE_MS);
    assert_eq!(till.state(REFERENCE), "AUTHORIZED");
}

#[test]
fn magic_amounts_fail_and_may_be_tried_again() {
    for amount in [151, 182, 183, 184, 186, 187, 197, 202] {
        let mut till = authorized(amount);
        assert_eq!(till.state(REFERENCE), "CREATED", "{amount}");
        assert!(till.world.vipps().pending_for(till.now_ms, ADA)[0].declined);
        till.approve();
        let events = till.events(REFERENCE);
        let failures = events.iter().filter(|event| event["success"] == false);
        assert_eq!(failures.count(), 2, "{amount}");
        till.cancel(true).assert_ok();
        assert_eq!(till.row().state, "TERMINATED");
    }
}

#[test]
fn the_bank_may_be_unsure_for_an_hour() {
    let mut till = authorized(201);
    till.wait(60 * MINUTE_MS - 1);
    assert_eq!(till.state(REFERENCE), "CREATED");
    till.wait(1);
    till.renew_token();
    assert_eq!(till.state(REFERENCE), "AUTHORIZED");
}

#[test]
fn readers_can_be_behind() {
    let mut till = Till::with(|unit| {
        unit.read_lag_ms = 2_000;
        unit.not_found_lag_ms = 1_500;
    });
    till.create(&push()).assert_ok();
    till.read(REFERENCE).assert_code(404, 5090);
    till.wait(1_500);
    assert_eq!(till.state(REFERENCE), "CREATED");
    till.approve();
    assert_eq!(till.state(REFERENCE), "CREATED");
    assert_eq!(till.row().state, "AUTHORIZED");
    till.capture(49_900).assert_ok();
    till.wait(2_000);
    let read = till.read(REFERENCE).body;
    assert_eq!(read["state"], "AUTHORIZED");
    assert_eq!(read["aggregate"]["capturedAmount"], nok(49_900));
}

#[test]
fn unknown_payments_are_not_found() {
    let mut till = Till::new();
    till.read("no-such-payment").assert_code(404, 5090);
    let events = till.get("/epayment/v1/payments/no-such-payment/events");
    events.assert_code(404, 5090);
    till.capture(100).assert_code(404, 5090);
    till.cancel(true).assert_code(404, 5090);
    till.refund(100).assert_code(404, 5090);
}

#[test]
fn successes_can_be_labelled_as_problems() {
    let mut till = authorized(1_000);
    let plain = till.capture(100);
    assert_eq!(
        plain.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
    till.world
        .patch_settings(&json!({"problem_json_on_success": true}))
        .unwrap();
    let labelled = till.capture(100);
    assert_eq!(labelled.status, 200);
    assert_eq!(
        labelled.header("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn a_code_belongs_to_the_first_phone_that_scans_it() {
    let mut till = Till::new();
    let created = till.create(&qr(Some(json!({"format": "TEXT/TARGETURL"}))));
    let text = String::from(created.body["redirectUrl"].as_str().unwrap());
    let now_ms = till.now_ms;
    assert_eq!(till.world.vipps().open_codes(now_ms)[0].qr, text);
    let vipps = till.world.vipps();
    assert_eq!(vipps.scan(now_ms, &text, ADA).as_deref(), Ok(REFERENCE));
    assert_eq!(vipps.scan(now_ms, &text, ADA).as_deref(), Ok(REFERENCE));
    let other = vipps.scan(now_ms, &text, "4798765432");
    assert_eq!(other, Err(CustomerError::AnotherPhone));
    assert_eq!(
        vipps.scan(now_ms, "junk", ADA),
        Err(CustomerError::UnknownCode)
    );
    assert!(vipps.open_codes(now_ms).is_empty());
    assert_eq!(vipps.pending_for(now_ms, ADA)[0].how, "scanned");
    vipps.approve(now_ms, REFERENCE).unwrap();
    let late = vipps.scan(now_ms, &text, ADA);
    assert_eq!(late, Err(CustomerError::NotWaiting("AUTHORIZED")));
    assert_eq!(vipps.history_of(now_ms, ADA)[0].state, "approved");
    assert_eq!(till.row().customer, ADA);
}

#[test]
fn the_picture_of_a_code_goes_when_the_payment_ends() {
    let mut till = Till::new();
    let created = till.create(&qr(None));
    let address = String::from(created.body["redirectUrl"].as_str().unwrap());
    let image = till.get(&address);
    assert_eq!(image.header("content-type"), Some("image/svg+xml"));
    till.world.vipps().scan(till.now_ms, &address, ADA).unwrap();
    till.world.vipps().reject(till.now_ms, REFERENCE).unwrap();
    assert_eq!(till.get(&address).status, 404);
    assert_eq!(till.state(REFERENCE), "ABORTED");
}

#[test]
fn tests_can_approve_by_force() {
    let path = format!("/epayment/v1/test/payments/{REFERENCE}/approve");
    let force = |till: &mut Till, body: Value| {
        let request = till.request("POST", &path, None, &body.to_string());
        till.send(&request)
    };
    let mut till = Till::new();
    till.create(&push()).assert_ok();
    let wrong = json!({"customer": {"phoneNumber": "4798765432"}});
    force(&mut till, wrong).assert_code(400, 10020);
    let right = json!({"customer": {"phoneNumber": ADA}});
    let answer = force(&mut till, right.clone());
    assert_eq!((answer.status, answer.raw.body().len()), (200, 0));
    assert_eq!(till.state(REFERENCE), "AUTHORIZED");
    force(&mut till, right.clone()).assert_code(400, 10010);

    let mut till = Till::new();
    till.create(&push_of(151)).assert_ok();
    force(&mut till, right).assert_code(400, 10010);

    let mut till = Till::new();
    let created = till.create(&qr(None));
    let address = created.body["redirectUrl"].as_str().unwrap();
    let (_, token) = address.split_once("token=").unwrap();
    assert_eq!(force(&mut till, json!({"token": token})).status, 200);
    assert_eq!(till.state(REFERENCE), "AUTHORIZED");
}

#[test]
fn settings_are_patched_by_name_or_by_provider() {
    let mut till = Till::new();
    till.world
        .patch_settings(&json!({"push_allowed": false}))
        .unwrap();
    till.create(&push()).assert_code(403, 5080);
    till.world
        .patch_settings(&json!({"vipps": {"push_allowed": true}}))
        .unwrap();
    till.create(&push()).assert_ok();
    for bad in [json!({"push": true}), json!({"push_allowed": 1}), json!([])] {
        assert!(till.world.patch_settings(&bad).is_err(), "{bad}");
    }
    till.world.reset();
    assert!(till.world.ledger(till.now_ms).is_empty());
}
