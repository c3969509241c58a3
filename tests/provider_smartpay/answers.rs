//! What answers about links and refunds mean.

use super::support::*;
use serde_json::{Value, json};

fn link(changes: Value) -> Value {
    let mut link = json!({
        "id": "L", "paymentUrl": "https://pay.example/L", "expiryDate": "2026-01-22T15:25:44.000Z",
        "payment": {"amount": 10.99, "currencyCode": "EUR", "description": "Wiper"},
        "order": {"externalOrderReference": REFERENCE},
    });
    for (name, value) in changes.as_object().unwrap() {
        link[name] = value.clone();
    }
    link
}

#[test]
fn a_link_leads_to_its_latest_attempt() {
    for (changes, asked, cancelled) in [
        (json!({}), "open L", "still-payable 261000000"),
        (
            json!({"transactionId": "T", "paymentStatus": "CREATED"}),
            "open L~T",
            "open L~T",
        ),
        (
            json!({"transactionId": "T", "paymentStatus": "CAPTURED"}),
            "open L/T again",
            "open L/T",
        ),
        (
            json!({"latestTransactionId": "T", "transactionStatus": "CAPTURED"}),
            "open L/T again",
            "open L/T",
        ),
        (
            json!({"transaction": {"transactionId": "T", "paymentStatus": "CREATED"}}),
            "open L~T",
            "open L~T",
        ),
        (
            json!({"transactionId": "T", "paymentStatus": "AUTHORIZATION_PENDING"}),
            "open L/T again",
            "open L/T",
        ),
        (
            json!({"transactionId": "T", "paymentStatus": "MELTED"}),
            "open L/T again",
            "open L/T",
        ),
        (json!({"transactionId": "T"}), "open L/T again", "open L/T"),
        (
            json!({"transactionId": "T", "paymentStatus": "AUTHORIZATION_DECLINED"}),
            "open L",
            "still-payable 261000000",
        ),
        (
            json!({"transactionId": "T", "paymentStatus": "CANCELLED"}),
            "open L",
            "still-payable 261000000",
        ),
        (
            json!({"transactionId": "../x", "paymentStatus": "CAPTURED"}),
            "unclear",
            "unclear",
        ),
        (json!({"id": "M"}), "mismatch", "mismatch"),
        (json!({"id": null}), "unclear", "unclear"),
        (
            json!({"id": null, "paymentLinkId": "L"}),
            "open L",
            "still-payable 261000000",
        ),
        (
            json!({"payment": {"amount": 10.98, "currencyCode": "EUR"}}),
            "mismatch",
            "mismatch",
        ),
        (
            json!({"payment": {"amount": 10.99, "currencyCode": "SEK"}}),
            "mismatch",
            "mismatch",
        ),
        (
            json!({"payment": null, "order": null}),
            "open L",
            "still-payable 261000000",
        ),
        (
            json!({"order": {"externalOrderReference": "LP-OTHER"}}),
            "mismatch",
            "mismatch",
        ),
    ] {
        let case = Case::new(&json!({})).named("L");
        assert_eq!(
            case.reads(&ASK, 200, &link(changes.clone())),
            asked,
            "{changes}"
        );
        assert_eq!(
            case.reads(&CANCEL, 200, &link(changes.clone())),
            cancelled,
            "{changes}"
        );
    }
}

#[test]
fn a_link_is_over_only_when_that_is_certain() {
    let margin_ms = 60_000;
    for (changes, ends_after_ms) in [
        (json!({}), 72 * HOUR_MS),
        (
            json!({"expiryDate": null, "expirationDate": "2026-01-19T17:25:44+01:00"}),
            HOUR_MS,
        ),
        // Without a certain word of the provider: as late as it can be.
        (
            json!({"expiryDate": "2026-01-19T16:25:44"}),
            72 * HOUR_MS + 200_000,
        ),
        (json!({"expiryDate": null}), 72 * HOUR_MS + 200_000),
    ] {
        let mut case = Case::new(&json!({})).named("L");
        case.now_ms = BEGUN_AT + ends_after_ms + margin_ms - 1;
        assert_eq!(
            case.reads(&ASK, 200, &link(changes.clone())),
            "open L",
            "{changes}"
        );
        let watched = format!("still-payable {}", ends_after_ms + HOUR_MS / 2);
        assert_eq!(
            case.reads(&CANCEL, 200, &link(changes.clone())),
            watched,
            "{changes}"
        );
        case.now_ms += 1;
        assert_eq!(
            case.reads(&ASK, 200, &link(changes.clone())),
            "expired L",
            "{changes}"
        );
        assert_eq!(
            case.reads(&CANCEL, 200, &link(changes.clone())),
            "expired L"
        );
        let running = link(json!({"transactionId": "T", "paymentStatus": "CREATED"}));
        assert_eq!(case.reads(&ASK, 200, &running), "open L~T", "begun in time");
        let paid = link(json!({"transactionId": "T", "paymentStatus": "CAPTURED"}));
        assert_eq!(case.reads(&ASK, 200, &paid), "open L/T again");
    }
    let short = Case::new(&json!({"link_validity_h": 1})).named("L");
    let verdict = short.reads(&CANCEL, 200, &link(json!({"expiryDate": null})));
    assert_eq!(
        verdict,
        format!("still-payable {}", HOUR_MS + 200_000 + HOUR_MS / 2)
    );
}

#[test]
fn members_of_a_link_go_by_the_names_that_the_profile_gives() {
    let names = json!({"link_field_id": "ref", "link_field_url": "pages.pay",
        "link_field_expiry": "until", "link_field_transaction": "last.tx",
        "link_field_status": "last.state"});
    let case = Case::new(&names).named("L");
    let body = json!({"ref": "L", "id": "other", "pages": {"pay": "https://p.example/1"},
        "until": "2026-01-19T16:25:44Z", "last": {"tx": "T", "state": "CREATED"},
        "transactionId": "U", "paymentStatus": "CAPTURED"});
    assert_eq!(
        case.reads(&START, 200, &body),
        "open L code https://p.example/1"
    );
    assert_eq!(case.reads(&ASK, 200, &body), "open L~T");
}

#[test]
fn answers_to_a_start() {
    let case = Case::new(&json!({}));
    for status in [200, 201] {
        let verdict = case.reads(&START, status, &link(json!({})));
        assert_eq!(verdict, "open L code https://pay.example/L");
    }
    for (changes, wanted) in [
        (
            json!({"paymentUrl": null, "url": "https://p.example"}),
            "open L code https://p.example",
        ),
        (
            json!({"paymentUrl": null, "link": "https://p.example"}),
            "open L code https://p.example",
        ),
        (
            json!({"paymentUrl": null, "qrCodeUrl": "https://p.example/x.png"}),
            "unclear",
        ),
        (json!({"paymentUrl": "https://p.example/\n"}), "unclear"),
        (json!({"paymentUrl": "x".repeat(2_001)}), "unclear"),
        (json!({"id": "a/b"}), "unclear"),
        (
            json!({"order": {"externalOrderReference": "LP-OTHER"}}),
            "mismatch",
        ),
        (
            json!({"payment": {"amount": 1, "currencyCode": "EUR"}}),
            "mismatch",
        ),
    ] {
        assert_eq!(
            case.reads(&START, 200, &link(changes.clone())),
            wanted,
            "{changes}"
        );
    }

    let template = "https://pay.merchant.example/sp/#{checkoutToken}";
    for (settings, code) in [
        (json!({"flow": "widget"}), "t&0"),
        (
            json!({"flow": "widget", "widget_url_template": template}),
            "https://pay.merchant.example/sp/#t%260",
        ),
    ] {
        let case = Case::new(&settings);
        let created =
            json!({"transactionId": "T", "checkoutToken": "t&0", "paymentStatus": "CREATED"});
        assert_eq!(
            case.reads(&START, 200, &created),
            format!("open T code {code}")
        );
        let mut odd = created.clone();
        odd["paymentStatus"] = json!("CAPTURED");
        assert_eq!(
            case.reads(&START, 200, &odd),
            format!("open T code {code} again")
        );
        for member in ["transactionId", "checkoutToken"] {
            for wrong in [json!(null), json!(""), json!("a b"), json!(7)] {
                let mut broken = created.clone();
                broken[member] = wrong;
                assert_eq!(case.reads(&START, 200, &broken), "unclear", "{broken}");
            }
        }
    }
}

#[test]
fn what_a_cancel_meets() {
    let taken = |status: &str, kind: &str, done: &str| {
        let mut body = payment(status);
        body["modification"] = change(kind, "STEM-1", done, json!(10.99));
        body
    };
    let cancelled = taken("CANCELLED", "CANCELLATION", "CANCELLED");
    let refunded = taken("REFUNDED", "REFUND", "REFUNDED");
    let refunding = taken("CAPTURED", "REFUND", "REFUND_PENDING");
    let still = format!("still-payable {}", 72 * HOUR_MS + 200_000 + HOUR_MS / 2);
    let link = Case::new(&json!({}));
    assert_eq!(link.reads(&CANCEL, 200, &cancelled), still);
    assert_eq!(
        link.reads(&CANCEL, 200, &refunded),
        "approved 1099/1099/0/1099 L/T"
    );
    // Not yet, and not "paid" either: the question that follows waits for its end.
    assert_eq!(link.reads(&CANCEL, 200, &refunding), "unclear");
    assert_eq!(link.reads(&ASK, 200, &refunding), "busy 10000 false");
    assert_eq!(
        link.reads(&CANCEL, 200, &payment("AUTHORIZATION_DECLINED")),
        still
    );
    assert_eq!(
        link.reads(&CANCEL, 200, &payment("AUTHORIZATION_PENDING")),
        "unsure L/T"
    );

    let widget = Case::new(&json!({"flow": "widget"})).named("T");
    assert_eq!(widget.reads(&CANCEL, 200, &cancelled), "cancelled T");
    assert_eq!(
        widget.reads(&CANCEL, 200, &refunded),
        "approved 1099/1099/0/1099 T"
    );

    // An approved payment has used its link up.
    let manual = Case::new(&json!({"auto_capture": false}));
    let mut released = cancelled.clone();
    released["statusHistory"] =
        json!([{"status": "CREATED"}, {"status": "AUTHORIZATION_COMPLETED"}]);
    assert_eq!(manual.reads(&RELEASE, 200, &released), "cancelled L/T");
    assert_eq!(manual.reads(&CANCEL, 200, &released), "cancelled L/T");
    assert_eq!(manual.reads(&ASK, 200, &released), "cancelled L/T");
}

#[test]
fn a_refund_is_known_by_its_id() {
    let with = |status: &str, changes: Value| {
        let mut body = payment(status);
        body["modifications"] = changes;
        body
    };
    let refund = |id: &str, status: &str| change("REFUND", id, status, json!(10.99));
    for (status, changes, sent, found) in [
        (
            "REFUNDED",
            json!([refund("STEM-1", "REFUNDED")]),
            "refund executed STEM-1",
            "refund executed STEM-1",
        ),
        (
            "CAPTURED",
            json!([refund("STEM-1", "REFUND_PENDING")]),
            "refund pending STEM-1",
            "refund pending STEM-1",
        ),
        (
            "CAPTURED",
            json!([refund("STEM-1", "MELTED")]),
            "refund pending STEM-1",
            "refund pending STEM-1",
        ),
        (
            "CAPTURED",
            json!([refund("STEM-1", "REFUND_FAILED")]),
            "refund refused request-refused",
            "refund refused request-refused",
        ),
        (
            "REFUNDED",
            json!([refund("STEM-2", "REFUNDED")]),
            "unclear",
            "refund executed STEM-2",
        ),
        (
            "CAPTURED",
            json!([
                refund("STEM-1", "REFUND_FAILED"),
                refund("STEM-2", "REFUND_PENDING")
            ]),
            "refund refused request-refused",
            "refund pending STEM-2",
        ),
        (
            "CAPTURED",
            json!([change("REFUND", "OTHER-1", "REFUNDED", json!(1))]),
            "unclear",
            "refund not-there",
        ),
        (
            "CAPTURED",
            json!([change("CAPTURE", "STEM-1", "CAPTURED", json!(10.99))]),
            "unclear",
            "refund not-there",
        ),
        ("CAPTURED", json!([]), "unclear", "refund not-there"),
        ("CAPTURED", json!(null), "unclear", "refund not-there"),
        // It says that something went back, and not what: ours may be it.
        ("REFUNDED", json!([]), "unclear", "unclear"),
        ("PARTIALLY_REFUNDED", json!(null), "unclear", "unclear"),
        ("REFUND_PENDING", json!([]), "unclear", "unclear"),
        ("MELTED", json!([]), "unclear", "unclear"),
        (
            "CAPTURED",
            json!([change("REFUND", "STEM-1", "REFUNDED", json!(1))]),
            "mismatch",
            "mismatch",
        ),
    ] {
        let body = with(status, changes.clone());
        let case = Case::new(&json!({}));
        assert_eq!(case.reads(&REFUND, 200, &body), sent, "{status} {changes}");
        assert_eq!(case.reads(&FIND, 200, &body), found, "{status} {changes}");
        let foreign = Case {
            amount: None,
            ..Case::new(&json!({}))
        }
        .named("/T");
        assert_eq!(
            foreign.reads(&FIND, 200, &body),
            found,
            "{status} {changes}"
        );
    }
}
