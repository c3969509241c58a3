//! The imitation of SmartPay: exchanges as the fact sheet shows them, and what customers do.

mod smartpay_support;

use sandbox::ActError;
use serde_json::{Value, json};
use smartpay_support::*;

#[test]
fn a_checkout_from_creation_to_refund() {
    let mut till = Till::new();
    let created = till.post("/payment/creation", &checkout());
    assert_eq!(created.status, 200);
    let id = text(&created.body["transactionId"]);
    assert_eq!(id.len(), 36);
    assert_eq!(text(&created.body["checkoutToken"]).len(), 64);
    assert_eq!(created.body["paymentStatus"], "CREATED");
    assert_eq!(created.body["requestTime"], "2026-01-19T15:25:44.000Z");
    assert_eq!(till.row().state, "CREATED");

    let waiting = till.status(&id);
    assert_eq!(waiting.body["transactionOverview"]["amount"], json!(10.99));
    assert_eq!(waiting.body["transactionOverview"]["currencyCode"], "EUR");
    assert_eq!(waiting.body["transactionOverview"]["transactionId"], id);
    assert_eq!(waiting.body.get("reconciliationReferenceId"), None);

    till.wait(5_000);
    till.does("open");
    assert_eq!(till.word(&id), "AUTHORIZATION_INITIALIZED");
    till.does("approve");
    let paid = till.status(&id).body;
    assert_eq!(paid["paymentStatus"], "CAPTURED");
    assert_eq!(text(&paid["reconciliationReferenceId"]).len(), 21);
    let words: Vec<&Value> = paid["statusHistory"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["status"])
        .collect();
    assert_eq!(words, ["CREATED", "AUTHORIZATION_INITIALIZED", "CAPTURED"]);

    let part = till.modify("refund", &id, "refund-1", Some(json!(2.5)));
    assert_eq!(part.status, 200, "{}", part.body);
    assert_eq!(part.body["paymentStatus"], "CAPTURED");
    let done = &part.body["modification"];
    assert_eq!(done["modificationData"]["type"], "REFUND");
    assert_eq!(done["modificationData"]["modificationId"], "refund-1");
    assert_eq!(done["modificationAmount"]["amount"], json!(2.5));
    assert_eq!(done["status"], "REFUNDED");
    let rest = till.modify("refund", &id, "refund-2", None);
    assert_eq!(rest.body["paymentStatus"], "REFUNDED");
    let row = till.row();
    assert_eq!((row.captured, row.refunded, row.refunds), (1_099, 1_099, 2));
    assert_eq!(row.reference, REFERENCE);
}

#[test]
fn a_link_from_creation_to_payment() {
    for path in ["/payment-links", "/payment-links/"] {
        let mut till = Till::new();
        let created = till.post(path, &link());
        assert_eq!(created.status, 200);
        let id = text(&created.body["id"]);
        let url = text(&created.body["paymentUrl"]);
        assert!(url.ends_with(&format!("/pay/{id}")), "{url}");
        assert_eq!(created.body["qrCodeUrl"], format!("{url}.png"));
        assert_eq!(created.body["expiryDate"], "2026-01-22T15:25:44.000Z");

        let unused = till.get(&format!("/payment-links/{id}")).body;
        assert_eq!(unused["payment"]["amount"], json!(10.99));
        assert_eq!(unused["order"]["externalOrderReference"], REFERENCE);
        assert_eq!(unused.get("transactionId"), None);

        till.does("approve");
        let (transaction, word) = till.latest(&id);
        assert_eq!(word, "CAPTURED");
        let paid = till.status(&transaction).body;
        assert_eq!(paid["paymentLinkId"], id);
        assert_eq!(till.row().captured, 1_099);
    }
}

#[test]
fn a_link_is_tried_until_somebody_has_paid_it() {
    let mut till = Till::new();
    let link = till.link();
    till.does("reject");
    let (first, word) = till.latest(&link);
    assert_eq!(word, "AUTHORIZATION_DECLINED");
    assert_eq!(till.row().state, "AUTHORIZATION_DECLINED");

    till.wait(10_000);
    till.does("open");
    let (second, word) = till.latest(&link);
    assert_eq!(word, "AUTHORIZATION_INITIALIZED");
    assert_ne!(first, second);

    // Left lying, and opened again on another phone.
    till.act("open", json!({"anew": true})).unwrap();
    let (third, _) = till.latest(&link);
    assert_ne!(second, third);
    till.does("approve");
    assert_eq!(till.latest(&link), (third, String::from("CAPTURED")));
    till.wait(30 * MINUTE_MS);
    assert_eq!(till.word(&second), "CANCELLED");
    assert_eq!(till.word(&first), "AUTHORIZATION_DECLINED");
    assert!(till.act("approve", json!({})).is_err(), "paid once");
    assert!(till.act("open", json!({"anew": true})).is_err());
    assert_eq!((till.row().captured, till.row().captures), (1_099, 1));
}

#[test]
fn a_link_outlives_a_cancelled_attempt_until_its_hours_are_over() {
    let mut till = Till::with(&json!({"link_life_h": 1}));
    let link = till.link();
    till.does("open");
    let (first, _) = till.latest(&link);
    let cancelled = till.modify("cancelOrRefund", &first, "cancel-1", None);
    assert_eq!(cancelled.body["paymentStatus"], "CANCELLED");
    assert_eq!(
        cancelled.body["modification"]["modificationData"]["type"],
        "CANCELLATION"
    );
    till.wait(59 * MINUTE_MS);
    till.does("open");
    let (second, word) = till.latest(&link);
    assert_eq!(word, "AUTHORIZATION_INITIALIZED");
    assert_ne!(first, second);
    till.wait(2 * MINUTE_MS);
    // An attempt that has begun in time may end after it.
    till.does("reject");
    let refused = till.act("approve", json!({})).unwrap_err();
    assert_eq!(refused.to_string(), "the link has expired");
}

#[test]
fn a_partner_reference_is_used_once_and_repeats_share_a_row() {
    let mut till = Till::new();
    let first = till.checkout();
    let again = till.post("/payment/creation", &checkout());
    assert_eq!(again.status, 400);
    assert_eq!(again.body["code"], "DUPLICATE_PARTNER_REFERENCE");

    till.wait(1_000);
    let repeat = json!(format!("{REFERENCE}-2"));
    let second = till.post(
        "/payment/creation",
        &changed(checkout(), "/partnerReference", repeat),
    );
    assert_eq!(second.status, 200);
    assert_eq!(till.row().created_ms, START_MS + 1_000, "the newest");
    till.does("approve");
    assert_eq!(till.row().captured, 1_099);
    assert_eq!(till.word(&first), "CREATED");
    assert_eq!(till.word(&text(&second.body["transactionId"])), "CAPTURED");

    let mut till = Till::with(&json!({"duplicate_status": 409}));
    till.checkout();
    assert_eq!(till.post("/payment/creation", &checkout()).status, 409);
}

#[test]
fn a_link_made_twice_has_one_row() {
    let mut till = Till::new();
    till.link();
    till.wait(1_000);
    let second = till.link();
    assert_eq!(till.row().created_ms, START_MS + 1_000);
    till.does("approve");
    assert_eq!(till.latest(&second).1, "CAPTURED");
    till.link();
    assert_eq!(till.row().captured, 1_099, "what was paid stays in view");
}

#[test]
fn pending_ends_when_it_was_told_to_or_never() {
    for (then, word, captured) in [
        ("approve", "CAPTURED", 1_099),
        ("reject", "AUTHORIZATION_DECLINED", 0),
    ] {
        let mut till = Till::new();
        let id = till.checkout();
        till.act("pending", json!({"for_ms": 70_000, "then": then}))
            .unwrap();
        assert_eq!(till.word(&id), "AUTHORIZATION_PENDING");
        till.wait(69_999);
        assert_eq!(till.word(&id), "AUTHORIZATION_PENDING");
        assert_eq!(till.row().captured, 0);
        till.wait(1);
        assert_eq!(till.word(&id), word);
        assert_eq!(till.row().captured, captured);
    }
    let mut till = Till::new();
    let id = till.checkout();
    till.does("pending");
    till.wait(600 * MINUTE_MS);
    assert_eq!(till.word(&id), "AUTHORIZATION_PENDING");
    assert_eq!(till.modify("cancelOrRefund", &id, "x1", None).status, 400);
    till.does("approve");
    assert_eq!(till.word(&id), "CAPTURED");

    let mut till = Till::with(&json!({"cancel_while_pending": true}));
    let id = till.checkout();
    till.act("pending", json!({"for_ms": 1_000})).unwrap();
    till.modify("cancelOrRefund", &id, "x1", None);
    till.wait(1_000);
    assert_eq!(till.word(&id), "CANCELLED");
}

#[test]
fn capture_pending_waits_for_its_confirmation() {
    let mut till = Till::new();
    let id = till.checkout();
    till.act("capture_pending", json!({"for_ms": 5_000}))
        .unwrap();
    assert_eq!(till.word(&id), "CAPTURE_PENDING");
    assert_eq!((till.row().authorized, till.row().captured), (1_099, 0));
    till.wait(5_000);
    assert_eq!(
        (till.word(&id).as_str(), till.row().captured),
        ("CAPTURED", 1_099)
    );

    // With manual capture it is the till's capture that waits.
    let mut till = Till::with(&json!({"auto_capture": false}));
    let id = till.checkout();
    till.act("capture_pending", json!({"for_ms": 5_000}))
        .unwrap();
    assert_eq!(till.word(&id), "AUTHORIZATION_COMPLETED");
    let asked = till.modify("capture", &id, "c1", None);
    assert_eq!(asked.body["paymentStatus"], "CAPTURE_PENDING");
    assert_eq!(asked.body["modification"]["status"], "CAPTURE_PENDING");
    till.wait(5_000);
    assert_eq!(
        (till.word(&id).as_str(), till.row().captured),
        ("CAPTURED", 1_099)
    );
}

#[test]
fn what_nobody_completes_is_cancelled_in_the_end() {
    for (minutes, word) in [(30, "CANCELLED"), (0, "CREATED")] {
        let mut till = Till::with(&json!({"auto_cancel_min": minutes}));
        let id = till.checkout();
        till.wait(30 * MINUTE_MS - 1);
        assert_eq!(till.word(&id), "CREATED");
        till.wait(1);
        assert_eq!(till.word(&id), word);
        assert_eq!(till.row().state, word);
        assert_eq!(till.act("approve", json!({})).is_err(), minutes == 30);
    }
}

#[test]
fn any_state_can_be_set_known_or_not() {
    let mut till = Till::new();
    let id = till.checkout();
    for word in ["MELTED", "REFUND_PENDING", "PARTIALLY_REFUNDED"] {
        till.act("state", json!({"state": word})).unwrap();
        assert_eq!(till.word(&id), word);
        assert_eq!(till.row().captured, 0, "a word moves no money");
    }
    till.act("state", json!({"state": "SETTLED"})).unwrap();
    assert_eq!(
        (till.word(&id).as_str(), till.row().captured),
        ("SETTLED", 1_099)
    );
    till.act("state", json!({"state": "REFUNDED"})).unwrap();
    assert_eq!(till.row().refunded, 1_099);
    let unknown = till.act("dance", json!({})).unwrap_err();
    assert_eq!(unknown, ActError::UnknownAct(String::from("dance")));
}

#[test]
fn members_and_words_go_by_other_names_when_told_to() {
    let mut till = Till::with(&json!({
        "link_names": {
            "id": "paymentLinkId", "url": "link", "qr": "", "expiry": "expirationDate",
            "transaction": "transaction.transactionId", "status": "transactionStatus",
        },
        "status_words": {"CAPTURED": "PAID", "AUTHORIZATION_INITIALIZED": "AUTORIZATION_INITIALIZED"},
        "transaction_id_on_top": false,
        "modifications_in_answers": true,
        "history_in_answers": false,
        "created_is_201": true,
    }));
    let created = till.post("/payment-links", &link());
    assert_eq!(created.status, 201);
    let id = text(&created.body["paymentLinkId"]);
    assert!(created.body["link"].is_string());
    assert!(created.body["expirationDate"].is_string());
    assert_eq!(created.body.get("qrCodeUrl"), None);
    till.does("open");
    let read = till.get(&format!("/payment-links/{id}")).body;
    assert_eq!(
        read["transaction"]["transactionStatus"],
        "AUTORIZATION_INITIALIZED"
    );
    till.does("approve");
    let transaction = text(&read["transaction"]["transactionId"]);
    let paid = till.status(&transaction).body;
    assert_eq!(paid["paymentStatus"], "PAID");
    assert_eq!(paid.get("transactionId"), None);
    assert_eq!(paid.get("statusHistory"), None);
    let refund = till.modify("refund", &transaction, "r1", None).body;
    assert_eq!(
        refund["modifications"][0]["modificationData"]["modificationId"],
        "r1"
    );
}

#[test]
fn the_cents_stand_for_a_customer_only_with_autopay() {
    for (amount, after_ms, word, captured) in [
        (json!(5), 2_000, "CAPTURED", 500),
        (json!(5.01), 2_000, "AUTHORIZATION_COMPLETED", 0),
        (json!(5.02), 2_000, "AUTHORIZATION_DECLINED", 0),
        (json!(5.03), 71_000, "AUTHORIZATION_PENDING", 0),
        (json!(5.03), 72_000, "CAPTURED", 503),
        (json!(5.04), 9_000_000, "AUTHORIZATION_PENDING", 0),
        (json!(5.05), 9_000_000, "CAPTURE_PENDING", 0),
        (json!(5.06), 1_799_000, "CREATED", 0),
        (json!(5.06), 1_800_000, "CANCELLED", 0),
    ] {
        for (autopay, wanted) in [(true, word), (false, "CREATED")] {
            let mut till = Till::with(&json!({"autopay": autopay, "auto_cancel_min": 30}));
            let body = changed(checkout(), "/payment/amount", amount.clone());
            let id = text(&till.post("/payment/creation", &body).body["transactionId"]);
            till.wait(after_ms);
            if autopay || after_ms < 30 * MINUTE_MS {
                assert_eq!(till.word(&id), wanted, "{amount} {autopay}");
            }
            let wanted = if autopay { captured } else { 0 };
            assert_eq!(till.row().captured, wanted, "{amount}");
        }
    }
    let mut till = Till::with(&json!({"autopay": true}));
    let body = changed(checkout(), "/payment/amount", json!(5.09));
    let id = text(&till.post("/payment/creation", &body).body["transactionId"]);
    assert_eq!(till.status(&id).status, 500);
    assert_eq!(till.status(&id).status, 200);

    let mut till = Till::with(&json!({"autopay": true}));
    let body = changed(link(), "/payment/amount", json!(5.10));
    let id = text(&till.post("/payment-links", &body).body["id"]);
    till.wait(2_000);
    let (transaction, word) = till.latest(&id);
    assert_eq!(word, "CAPTURED");
    let overview = &till.status(&transaction).body["transactionOverview"];
    assert_eq!(overview["amount"], json!(5.11));
}

#[test]
fn a_phone_shows_what_waits_and_what_was() {
    let mut till = Till::new();
    till.link();
    let state = |till: &Till| {
        let wallet = till.world.wallet(till.now_ms, "smartpay").unwrap();
        let all: Vec<&Value> = ["waiting", "history"]
            .iter()
            .flat_map(|list| wallet[list].as_array().unwrap())
            .collect();
        assert_eq!(all.len(), 1);
        let it = all[0];
        assert_eq!(
            (text(&it["reference"]).as_str(), &it["amount"]),
            (REFERENCE, &json!(1_099))
        );
        assert!(text(&it["qr"]).contains("/pay/"));
        (
            text(&it["state"]),
            wallet["waiting"].as_array().unwrap().len(),
        )
    };
    assert_eq!(state(&till), (String::from("waiting"), 1));
    till.does("open");
    assert_eq!(state(&till), (String::from("opened"), 1));
    till.does("reject");
    assert_eq!(state(&till), (String::from("declined"), 1));
    till.does("approve");
    assert_eq!(state(&till), (String::from("approved"), 0));
}
