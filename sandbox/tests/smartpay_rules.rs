//! The imitation of SmartPay: credentials, fields, limits, and what may be done to a payment when.

mod smartpay_support;

use sandbox::Request;
use serde_json::{Value, json};
use smartpay_support::*;

fn token_request(form: &str) -> Request {
    http::Request::post("/oauth2/token")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(Vec::from(form))
        .unwrap()
}

const FORM: &str =
    "client_id=sandbox-client&client_secret=sandbox%2Dsecret&grant_type=client_credentials";

#[test]
fn credentials_come_before_everything() {
    let mut till = Till::new();
    for authorization in ["", "Basic bm9ib2R5OnRoZXJl", "Bearer nobody", "Basic"] {
        let request = http::Request::get("/payment/status/x")
            .header("Authorization", authorization)
            .body(Vec::new())
            .unwrap();
        let answer = till.send(&request);
        assert_eq!(
            (answer.status, text(&answer.body["code"])),
            (401, String::from("UNAUTHORIZED"))
        );
    }
}

#[test]
fn tokens_are_had_by_form_and_end() {
    let mut till = Till::new();
    for (form, error) in [
        (
            "client_id=sandbox-client&client_secret=no&grant_type=client_credentials",
            "invalid_client",
        ),
        (
            "client_id=sandbox-client&client_secret=sandbox-secret",
            "unsupported_grant_type",
        ),
    ] {
        let refused = till.send(&token_request(form));
        assert_eq!(
            (refused.status, refused.body),
            (400, json!({"error": error}))
        );
    }
    let granted = till.send(&token_request(FORM));
    assert_eq!(granted.status, 200);
    assert_eq!(granted.body["expires_in"], 3600);
    assert_eq!(granted.body["token_type"], "Bearer");
    let bearer = format!("Bearer {}", text(&granted.body["access_token"]));
    let ask = |wait_ms: i64, till: &mut Till| {
        till.wait(wait_ms);
        let request = http::Request::get("/payment/status/x")
            .header("Authorization", &bearer)
            .header("Content-Type", "application/json")
            .header("Accept-Language", "en-US")
            .header("Origin", "https://shop.example")
            .header("User-Agent", "till/1");
        till.send(&request.body(Vec::new()).unwrap()).status
    };
    assert_eq!(ask(0, &mut till), 404);
    assert_eq!(ask(3_599_999, &mut till), 404);
    assert_eq!(ask(1, &mut till), 401);

    let mut till = Till::with(&json!({"bearer_allowed": false}));
    let refused = till.send(&token_request(FORM));
    assert_eq!(refused.body, json!({"error": "unauthorized_client"}));
    let mut till = Till::with(&json!({"basic_allowed": false}));
    assert_eq!(till.get("/payment/status/x").status, 401);
}

#[test]
fn revoked_tokens_are_worth_nothing() {
    let mut till = Till::new();
    let granted = till.send(&token_request(FORM));
    till.world.revoke_tokens();
    let request = http::Request::get("/payment/status/x")
        .header(
            "Authorization",
            format!("Bearer {}", text(&granted.body["access_token"])),
        )
        .body(Vec::new())
        .unwrap();
    assert_eq!(till.send(&request).status, 401);
}

#[test]
fn headers_are_looked_at_unless_that_is_off() {
    for (missing, status) in [
        ("Origin", 403),
        ("Accept-Language", 400),
        ("User-Agent", 400),
        ("Content-Type", 400),
    ] {
        for (checked, wanted) in [(true, status), (false, 404)] {
            let mut till = Till::with(&json!({"check_headers": checked}));
            let mut request = call("GET", "/payment/status/x").body(Vec::new()).unwrap();
            request.headers_mut().remove(missing);
            assert_eq!(till.send(&request).status, wanted, "{missing} {checked}");
        }
    }
    let mut till = Till::new();
    let mut request = call("GET", "/payment/status/x").body(Vec::new()).unwrap();
    let other = http::HeaderValue::from_static("https://www.shop.example");
    request.headers_mut().insert("Origin", other);
    assert_eq!(
        till.send(&request).status,
        403,
        "with and without www are different"
    );
}

#[test]
fn every_wrong_field_is_named() {
    let mut till = Till::new();
    for (pointer, value, field) in [
        ("/merchantKey", json!("other"), "merchantKey"),
        (
            "/partnerReference",
            json!("a".repeat(65)),
            "partnerReference",
        ),
        ("/partnerReference", json!("a b"), "partnerReference"),
        ("/payment/amount", json!("10.99"), "payment.amount"),
        ("/payment/amount", json!(10.999), "payment.amount"),
        ("/payment/amount", json!(0), "payment.amount"),
        ("/payment/amount", json!(-1), "payment.amount"),
        (
            "/payment/currencyCode",
            json!("KWD"),
            "payment.currencyCode",
        ),
        (
            "/payment/currencyCode",
            json!("eur"),
            "payment.currencyCode",
        ),
        (
            "/payment/description",
            json!("x".repeat(128)),
            "payment.description",
        ),
        ("/payment/description", json!(null), "payment.description"),
        (
            "/billingAddress/addressLine1",
            json!(""),
            "billingAddress.addressLine1",
        ),
        (
            "/billingAddress/city",
            json!("x".repeat(51)),
            "billingAddress.city",
        ),
        (
            "/billingAddress/postCode",
            json!("12345678901"),
            "billingAddress.postCode",
        ),
        (
            "/billingAddress/countryCode",
            json!("France"),
            "billingAddress.countryCode",
        ),
        (
            "/billingAddress/countryCode",
            json!("US"),
            "billingAddress.state",
        ),
        ("/billingAddress", json!(null), "billingAddress"),
        (
            "/consumer/emailAddress",
            json!("nobody"),
            "consumer.emailAddress",
        ),
        (
            "/consumer/firstName",
            json!("x".repeat(61)),
            "consumer.firstName",
        ),
        ("/consumer", json!(null), "consumer"),
        ("/payment", json!([]), "payment"),
    ] {
        let answer = till.post("/payment/creation", &changed(checkout(), pointer, value));
        assert_eq!(answer.status, 400, "{pointer}");
        let named: Vec<&Value> = answer.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["field"])
            .collect();
        assert!(named.contains(&&json!(field)), "{pointer}: {named:?}");
    }
    let request = call("POST", "/payment/creation")
        .body(b"{".to_vec())
        .unwrap();
    assert_eq!(till.send(&request).status, 400);
    assert_eq!(till.world.ledger(START_MS), []);
}

#[test]
fn unknown_members_are_ignored_and_named() {
    let mut till = Till::new();
    let mut body = checkout();
    body["surprise"] = json!(1);
    body["payment"]["tip"] = json!(2);
    let answer = till.post("/payment/creation", &body);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["ignoredProperties"],
        json!(["surprise", "payment.tip"])
    );
}

#[test]
fn the_same_modification_is_carried_out_once() {
    let mut till = Till::new();
    let id = till.checkout();
    till.does("approve");
    let first = till.modify("refund", &id, "refund-1", Some(json!(1)));
    till.wait(60_000);
    let again = till.modify("refund", &id, "refund-1", Some(json!(1)));
    assert_eq!(first.body, again.body);
    assert_eq!(till.row().refunded, 100);
    let other = till.modify("refund", &id, "refund-1", Some(json!(2)));
    assert_eq!(
        (other.status, text(&other.body["code"])),
        (409, String::from("MODIFICATION_ID_USED"))
    );
    assert_eq!(
        till.modify("cancelOrRefund", &id, "refund-1", None).status,
        409
    );
    assert_eq!(till.row().refunds, 1);
}

#[test]
fn a_refused_modification_may_stick_to_its_id() {
    for (sticks, wanted) in [(false, 200), (true, 400)] {
        let mut till = Till::with(&json!({"refusals_stick": sticks}));
        let id = till.checkout();
        assert_eq!(till.modify("refund", &id, "refund-1", None).status, 400);
        till.does("approve");
        assert_eq!(till.modify("refund", &id, "refund-1", None).status, wanted);
    }
}

#[test]
fn refunds_never_exceed_what_was_captured() {
    let mut till = Till::new();
    let id = till.checkout();
    assert_eq!(till.modify("refund", &id, "early", None).status, 400);
    till.does("approve");
    assert_eq!(
        till.modify("refund", &id, "r1", Some(json!(11))).status,
        400
    );
    assert_eq!(
        till.modify("refund", &id, "r2", Some(json!(10))).status,
        200
    );
    assert_eq!(till.modify("refund", &id, "r3", Some(json!(1))).status, 400);
    let currency = json!({
        "merchantKey": MERCHANT, "transactionId": id, "modificationId": "r4",
        "modifiedAmount": {"amount": 0.5, "currencyCode": "SEK"},
    });
    assert_eq!(till.post("/payment/refund", &currency).status, 400);
    assert_eq!(
        till.modify("refund", &id, "r5", Some(json!(0.99))).status,
        200
    );
    assert_eq!(till.modify("refund", &id, "r6", None).status, 400);
    assert_eq!(till.row().refunded, 1_099);
    let long = "m".repeat(37);
    let refused = till.modify("refund", &id, &long, None);
    assert_eq!(refused.body["errors"][0]["field"], "modificationId");
    assert_eq!(till.modify("refund", "nobody", "r7", None).status, 404);
}

#[test]
fn a_refund_that_takes_its_time_counts_from_the_start() {
    let mut till = Till::with(&json!({"refund_takes_ms": 60_000}));
    let id = till.checkout();
    till.does("approve");
    let pending = till.modify("refund", &id, "r1", Some(json!(10)));
    assert_eq!(pending.body["modification"]["status"], "REFUND_PENDING");
    assert_eq!(till.modify("refund", &id, "r2", Some(json!(1))).status, 400);
    assert_eq!(till.row().refunded, 0);
    till.wait(60_000);
    let body = till.status(&id).body;
    assert_eq!(body["modifications"][0]["status"], "REFUNDED");
    assert_eq!(body["paymentStatus"], "CAPTURED");
    assert_eq!(till.row().refunded, 1_000);
}

#[test]
fn manual_capture_in_parts_and_cancel_only_before() {
    let mut till = Till::with(&json!({"auto_capture": false}));
    let id = till.checkout();
    assert_eq!(till.modify("capture", &id, "c0", None).status, 400);
    till.does("approve");
    assert_eq!(till.word(&id), "AUTHORIZATION_COMPLETED");
    assert_eq!((till.row().authorized, till.row().captured), (1_099, 0));
    let part = till.modify("capture", &id, "c1", Some(json!(10)));
    assert_eq!(part.body["paymentStatus"], "AUTHORIZATION_COMPLETED");
    assert_eq!(part.body["modification"]["status"], "CAPTURED");
    assert_eq!(till.modify("cancel", &id, "x1", None).status, 400);
    assert_eq!(
        till.modify("capture", &id, "c2", Some(json!(1))).status,
        400
    );
    let rest = till.modify("capture", &id, "c3", None);
    assert_eq!(rest.body["paymentStatus"], "CAPTURED");
    assert_eq!((till.row().captured, till.row().captures), (1_099, 2));
}

#[test]
fn cancel_releases_what_was_not_captured() {
    for call in ["cancel", "cancelOrRefund"] {
        let mut till = Till::with(&json!({"auto_capture": false}));
        let id = till.checkout();
        till.does("approve");
        let done = till.modify(call, &id, "x1", None);
        assert_eq!(done.body["paymentStatus"], "CANCELLED");
        assert_eq!((till.row().cancelled, till.row().captured), (1_099, 0));
        assert_eq!(till.modify("capture", &id, "c1", None).status, 400);
    }
}

#[test]
fn cancel_or_refund_fits_whatever_it_meets() {
    let mut till = Till::new();
    let id = till.checkout();
    till.does("approve");
    let done = till.modify("cancelOrRefund", &id, "x1", None);
    assert_eq!(done.body["paymentStatus"], "REFUNDED");
    assert_eq!(
        done.body["modification"]["modificationData"]["type"],
        "REFUND"
    );
    assert_eq!((till.row().captured, till.row().refunded), (1_099, 1_099));

    let mut till = Till::with(&json!({"auto_capture": false}));
    let id = till.checkout();
    till.does("approve");
    till.modify("capture", &id, "c1", Some(json!(10)));
    till.modify("cancelOrRefund", &id, "x1", None);
    let row = till.row();
    assert_eq!(
        (row.captured, row.refunded, row.cancelled),
        (1_000, 1_000, 99)
    );

    let mut till = Till::new();
    let id = till.checkout();
    till.does("reject");
    assert_eq!(till.modify("cancelOrRefund", &id, "x1", None).status, 400);
}

#[test]
fn no_order_of_acts_breaks_the_ledger_and_it_repeats_exactly() {
    let play = |seed: u64| {
        let mut dice = seed;
        let mut below = move |bound: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) % bound
        };
        let manual = seed % 2 == 1;
        let mut till = Till::with(&json!({"auto_capture": !manual, "refund_takes_ms": 5_000}));
        let link = seed.is_multiple_of(3).then(|| till.link());
        let mut id = if link.is_none() {
            till.checkout()
        } else {
            String::from("none")
        };
        for step in 0..120_u64 {
            let key = format!("m-{}", below(40));
            let amount = Some(json!(below(12)));
            match below(12) {
                0 => _ = till.act("approve", json!({})),
                1 => _ = till.act("reject", json!({})),
                2 => _ = till.act("open", json!({"anew": below(2) == 0})),
                3 => _ = till.act("pending", json!({"for_ms": below(60_000)})),
                4 => _ = till.act("capture_pending", json!({"for_ms": below(60_000)})),
                5 => _ = till.modify("capture", &id, &key, amount),
                6 => _ = till.modify("refund", &id, &key, amount),
                7 if step.is_multiple_of(5) => _ = till.modify("cancel", &id, &key, None),
                8 if step.is_multiple_of(7) => _ = till.modify("cancelOrRefund", &id, &key, None),
                9 => till.wait(i64::try_from(below(30_000)).unwrap()),
                _ => {}
            }
            if let Some(link) = &link {
                id = till.latest(link).0;
            }
            till.row();
        }
        till.world.ledger(till.now_ms)
    };
    let mut captured = 0;
    for seed in 0..60 {
        let rows = play(seed);
        assert_eq!(rows, play(seed), "seed {seed}");
        captured += rows.iter().map(|row| row.captures).sum::<u32>();
    }
    assert!(captured > 30, "the test has to move money: {captured}");
}

/// Tests compare these with the keys of the library: refunds by their ids, apart from what a cancel
/// gave back.
#[test]
fn the_ledger_names_what_moved_money_and_under_which_id() {
    let moved = |till: &Till| -> Vec<(&'static str, i64, Option<String>)> {
        let events = till.row().events.into_iter();
        let money = ["CAPTURED", "CANCELLED", "REFUNDED", "REVERSED"];
        let events = events.filter(|event| money.contains(&event.name));
        events
            .map(|event| (event.name, event.amount, event.idempotency_key))
            .collect()
    };
    let id = |text: &str| Some(String::from(text));
    let mut till = Till::new();
    let payment = till.checkout();
    till.does("approve");
    till.modify("refund", &payment, "r1", Some(json!(1)));
    till.modify("refund", &payment, "r2", None);
    let wanted = [
        ("CAPTURED", 1_099, None),
        ("REFUNDED", 100, id("r1")),
        ("REFUNDED", 999, id("r2")),
    ];
    assert_eq!(moved(&till), wanted);

    let mut till = Till::with(&json!({"auto_capture": false}));
    let payment = till.checkout();
    till.does("approve");
    till.modify("capture", &payment, "c1", None);
    till.modify("cancelOrRefund", &payment, "x1", None);
    let wanted = [("CAPTURED", 1_099, id("c1")), ("REVERSED", 1_099, id("x1"))];
    assert_eq!(moved(&till), wanted);

    let mut till = Till::new();
    let payment = till.checkout();
    till.modify("cancelOrRefund", &payment, "x1", None);
    assert_eq!(moved(&till), [("CANCELLED", 1_099, id("x1"))]);
}
