//! The SmartPay provider against its fact sheet: statuses, refusals, broken answers, bodies and
//! headers, and the same with settings that differ from the defaults wherever the sheet is not sure.

#[path = "provider_smartpay/answers.rs"]
mod answers;
#[path = "provider_smartpay/conversations.rs"]
mod conversations;
#[path = "provider_smartpay/requests.rs"]
mod requests;
#[path = "provider_smartpay/setups.rs"]
mod setups;
#[path = "provider_smartpay/support.rs"]
mod support;

use payments::provider::{Command, Verdict};
use payments::tender::Phase;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::*;

/// Section 8 in its order, then words that follow its rule, then words that nobody knows: status,
/// and what it means when the provider captures by itself, and when the library does.
#[rustfmt::skip]
const STATUSES: &[(&str, &str, &str)] = &[
    ("CREATED", "open L~T", "open L~T"),
    ("AUTHORIZATION_INITIALIZED", "open L~T", "open L~T"),
    ("AUTORIZATION_INITIALIZED", "open L~T", "open L~T"),
    ("AUTHORIZATION_PENDING", "unsure L/T", "unsure L/T"),
    ("AUTHORIZATION_COMPLETED", "unsure L/T", "approved 1099/0/0/0 L/T"),
    ("CAPTURE_PENDING", "unsure L/T", "unsure L/T"),
    ("CAPTURED", "approved 1099/1099/0/0 L/T", "approved 1099/1099/0/0 L/T"),
    ("SETTLED", "approved 1099/1099/0/0 L/T", "approved 1099/1099/0/0 L/T"),
    ("CANCELLED", "open L", "open L"),
    ("REFUNDED", "approved 1099/1099/0/1099 L/T", "approved 1099/1099/0/1099 L/T"),
    ("AUTHORIZATION_FAILED", "open L", "open L"),
    ("AUTHORIZATION_DECLINED", "open L", "open L"),
    ("CAPTURE_FAILED", "open L", "open L"),
    ("FAILED", "open L", "open L"),
    ("DECLINED", "open L", "open L"),
    ("ERROR", "open L", "open L"),
    ("EXPIRED", "open L", "open L"),
    ("AUTHORIZATION_EXPIRED", "open L", "open L"),
    ("REFUND_PENDING", "unsure L/T", "unsure L/T"),
    ("REFUND_INITIALIZED", "unsure L/T", "unsure L/T"),
    ("CANCELLATION_PENDING", "unsure L/T", "unsure L/T"),
    ("PARTIALLY_REFUNDED", "approved 1099/1099/0/0 L/T", "approved 1099/1099/0/0 L/T"),
    ("CHARGEBACK", "approved 1099/1099/0/0 L/T", "approved 1099/1099/0/0 L/T"),
    ("captured", "approved 1099/1099/0/0 L/T", "approved 1099/1099/0/0 L/T"),
    ("Canceled", "open L", "open L"),
    ("PAYMENT_REJECTED", "open L", "open L"),
    ("SOMETHING_PENDING", "unsure L/T", "unsure L/T"),
    ("SOMETHING_INITIALIZED", "unsure L/T", "unsure L/T"),
    ("PAID", "unsure L/T", "unsure L/T"),
    ("COMPLETED", "unsure L/T", "unsure L/T"),
    ("NOT_CAPTURED", "unsure L/T", "unsure L/T"),
    ("RECAPTURED", "unsure L/T", "unsure L/T"),
    ("", "unsure L/T", "unsure L/T"),
];

#[test]
fn every_status_means_what_the_sheet_says() {
    for (status, automatic, manual) in STATUSES {
        let body = payment(status);
        let verdict = Case::new(&json!({})).reads(&ASK, 200, &body);
        assert_eq!(verdict, *automatic, "{status}");
        let verdict = Case::new(&json!({"auto_capture": false})).reads(&ASK, 200, &body);
        assert_eq!(verdict, *manual, "{status}");
    }
}

#[test]
fn a_checkout_ends_where_an_attempt_under_a_link_does_not() {
    let case = Case::new(&json!({"flow": "widget"})).named("T");
    for (status, wanted) in [
        ("CREATED", "open T"),
        ("AUTHORIZATION_PENDING", "unsure T"),
        ("CAPTURED", "approved 1099/1099/0/0 T"),
        ("CANCELLED", "cancelled T"),
        ("AUTHORIZATION_DECLINED", "declined payment-declined T"),
        ("AUTHORIZATION_EXPIRED", "expired T"),
        ("REFUNDED", "approved 1099/1099/0/1099 T"),
        ("MELTED", "unsure T"),
    ] {
        assert_eq!(case.reads(&ASK, 200, &payment(status)), wanted, "{status}");
    }
}

#[test]
fn the_profiles_own_table_comes_first() {
    let map = json!({"status_map": {
        "PAID": "captured", "captured": "unknown", "CLOSED": "declined", "IN_TRANSIT": "waiting",
        "PART_BACK": "partly_refunded", "ALL_BACK": "refunded", "OVER": "expired",
        "AUTHORIZATION_PENDING": "waiting", "UNDONE": "cancelled", "BANK_BACK": "disputed",
    }});
    for (status, wanted) in [
        ("PAID", "approved 1099/1099/0/0 L/T"),
        ("paid", "approved 1099/1099/0/0 L/T"),
        ("CAPTURED", "unsure L/T"),
        ("CLOSED", "open L"),
        ("UNDONE", "open L"),
        ("OVER", "open L"),
        ("IN_TRANSIT", "open L~T"),
        ("AUTHORIZATION_PENDING", "open L~T"),
        ("ALL_BACK", "approved 1099/1099/0/1099 L/T"),
        ("PART_BACK", "approved 1099/1099/0/0 L/T"),
        ("BANK_BACK", "approved 1099/1099/0/0 L/T"),
    ] {
        assert_eq!(
            Case::new(&map).reads(&ASK, 200, &payment(status)),
            wanted,
            "{status}"
        );
    }
}

#[test]
fn an_authorization_is_paid_only_where_the_profile_says_so() {
    let case = Case::new(&json!({"accept_authorized": true}));
    let verdict = case.reads(&ASK, 200, &payment("AUTHORIZATION_COMPLETED"));
    assert_eq!(verdict, "approved 1099/1099/0/0 L/T");
}

/// What modifications say about the money, under both names and in both shapes.
#[test]
fn modifications_are_counted_when_they_are_done() {
    let refund = |status: &str, amount: Value| change("REFUND", "r", status, amount);
    let capture = |status: &str, amount: Value| change("CAPTURE", "c", status, amount);
    for (status, changes, wanted) in [
        (
            "CAPTURED",
            json!([refund("REFUNDED", json!(2.5))]),
            "approved 1099/1099/0/250 L/T",
        ),
        (
            "CAPTURED",
            json!([refund("SETTLED", json!(2.5))]),
            "approved 1099/1099/0/250 L/T",
        ),
        (
            "CAPTURED",
            json!([refund("REFUND_PENDING", json!(2.5))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "CAPTURED",
            json!([refund("CAPTURED", json!(2.5))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "CAPTURED",
            json!([refund("REFUND_FAILED", json!(2.5))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "CAPTURED",
            json!([refund("MELTED", json!(2.5))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "CAPTURED",
            json!([
                refund("REFUNDED", json!(2)),
                refund("REFUNDED", json!("3.00"))
            ]),
            "approved 1099/1099/0/500 L/T",
        ),
        (
            "CAPTURED",
            json!([refund("REFUNDED", json!(null))]),
            "approved 1099/1099/0/1099 L/T",
        ),
        (
            "CAPTURED",
            json!([capture("CAPTURED", json!(10))]),
            "approved 1099/1000/0/0 L/T",
        ),
        (
            "CAPTURED",
            json!([capture("CAPTURED", json!(null))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "AUTHORIZATION_COMPLETED",
            json!([capture("CAPTURED", json!(10))]),
            "approved 1099/1000/0/0 L/T",
        ),
        (
            "CANCELLED",
            json!([capture("CAPTURED", json!(10))]),
            "approved 1099/1000/99/0 L/T",
        ),
        (
            "CAPTURED",
            json!([change("CHARGEBACK", "x", "SETTLED", json!(10.99))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "CAPTURED",
            json!([change("SETTLEMENT", "x", "SETTLED", json!(10.99))]),
            "approved 1099/1099/0/0 L/T",
        ),
        (
            "REFUNDED",
            json!([refund("REFUNDED", json!(2.5))]),
            "approved 1099/1099/0/1099 L/T",
        ),
        // What is on its way back is waited for, and not taken for what it will be.
        (
            "CAPTURED",
            json!([refund("REFUND_PENDING", json!(10.99))]),
            "busy 10000 false",
        ),
        (
            "CAPTURED",
            json!([
                refund("REFUNDED", json!(5)),
                refund("REFUND_PENDING", json!(5.99))
            ]),
            "busy 10000 false",
        ),
        (
            "AUTHORIZATION_COMPLETED",
            json!([change(
                "CANCELLATION",
                "x",
                "CANCELLATION_PENDING",
                json!(10.99)
            )]),
            "busy 10000 false",
        ),
        // Contradictions, and what nobody has told us of.
        (
            "CAPTURED",
            json!([refund("REFUNDED", json!(11))]),
            "unclear",
        ),
        (
            "CREATED",
            json!([capture("CAPTURED", json!(10))]),
            "unclear",
        ),
        (
            "AUTHORIZATION_DECLINED",
            json!([capture("CAPTURED", json!(10))]),
            "unclear",
        ),
        ("MELTED", json!([capture("CAPTURED", json!(10))]), "unclear"),
        ("CREATED", json!([refund("REFUNDED", json!(1))]), "unclear"),
        (
            "CAPTURED",
            json!([capture("CAPTURED", json!(11))]),
            "unclear",
        ),
        (
            "CAPTURED",
            json!([change("MELTING", "x", "CAPTURED", json!(1))]),
            "unclear",
        ),
        ("CAPTURED", json!([{"modificationData": null}]), "unclear"),
        ("CAPTURED", json!(["REFUND"]), "unclear"),
        (
            "CAPTURED",
            json!([refund("REFUNDED", json!(1.001))]),
            "unclear",
        ),
    ] {
        let case = Case::new(&json!({}));
        let mut body = payment(status);
        body["modifications"] = changes.clone();
        assert_eq!(case.reads(&ASK, 200, &body), wanted, "{status} {changes}");
        if let Some([only]) = changes.as_array().map(Vec::as_slice) {
            let mut body = payment(status);
            body["modification"] = only.clone();
            assert_eq!(
                case.reads(&ASK, 200, &body),
                wanted,
                "one: {status} {changes}"
            );
        }
    }
}

/// A capture of ours that is pending would otherwise be asked for again and again.
#[test]
fn a_pending_capture_of_ours_is_waited_for() {
    let mut body = payment("CAPTURE_PENDING");
    body["modification"] = change("CAPTURE", "c", "CAPTURE_PENDING", json!(10.99));
    let manual = Case::new(&json!({"auto_capture": false}));
    assert_eq!(manual.reads(&ASK, 200, &body), "busy 60000 false");
    assert_eq!(manual.reads(&CAPTURE, 200, &body), "unsure L/T");
    assert_eq!(Case::new(&json!({})).reads(&ASK, 200, &body), "unsure L/T");
}

#[test]
fn an_answer_about_another_payment_is_not_applied() {
    for (pointer, value, wanted) in [
        ("/transactionId", json!("U"), "mismatch"),
        ("/transactionOverview/transactionId", json!("U"), "mismatch"),
        ("/transactionOverview/amount", json!(10.98), "mismatch"),
        ("/transactionOverview/amount", json!("10.98"), "mismatch"),
        (
            "/transactionOverview/currencyCode",
            json!("SEK"),
            "mismatch",
        ),
        (
            "/transactionOverview/currencyCode",
            json!("eur"),
            "mismatch",
        ),
        ("/paymentLinkId", json!("M"), "mismatch"),
        ("/transactionOverview/amount", json!(null), "unclear"),
        ("/transactionOverview/currencyCode", json!(null), "unclear"),
        ("/transactionOverview/amount", json!(10.991), "unclear"),
        ("/transactionOverview/amount", json!(-10.99), "unclear"),
        ("/transactionOverview/amount", json!(1e30), "unclear"),
        ("/transactionOverview/amount", json!(true), "unclear"),
        ("/transactionOverview", json!(null), "unclear"),
        ("/paymentStatus", json!(null), "unclear"),
        ("/paymentStatus", json!(7), "unclear"),
        // Members that are not needed may be missing, as one of the two names may.
        ("/transactionId", json!(null), "approved 1099/1099/0/0 L/T"),
        (
            "/transactionOverview/transactionId",
            json!(null),
            "approved 1099/1099/0/0 L/T",
        ),
        ("/paymentLinkId", json!(null), "approved 1099/1099/0/0 L/T"),
        ("/statusHistory", json!(null), "approved 1099/1099/0/0 L/T"),
        (
            "/transactionOverview/amount",
            json!("10.9900"),
            "approved 1099/1099/0/0 L/T",
        ),
    ] {
        let mut body = payment("CAPTURED");
        body["statusHistory"] = json!([]);
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let verdict = Case::new(&json!({})).reads(&ASK, 200, &body);
        assert_eq!(verdict, wanted, "{pointer} {value}");
    }
    let mut nameless = payment("CAPTURED");
    nameless["transactionId"] = json!(null);
    nameless["transactionOverview"]["transactionId"] = json!(null);
    assert_eq!(Case::new(&json!({})).reads(&ASK, 200, &nameless), "unclear");
}

/// Section 12 in its order: status, and what it means for start, question, capture, cancel, refund.
#[rustfmt::skip]
const REFUSALS: &[(u16, [&str; 5])] = &[
    (400, ["refused request-refused 400", "unclear", "refused request-refused 400", "busy 1000 true", "busy 1000 true"]),
    (401, ["refused credentials-rejected 401", "unclear", "refused credentials-rejected 401", "refused credentials-rejected 401", "refused credentials-rejected 401"]),
    (403, ["refused permission-missing 403", "unclear", "refused permission-missing 403", "refused permission-missing 403", "refused permission-missing 403"]),
    (404, ["refused merchant-setup 404", "unclear", "ask-first", "ask-first", "ask-first"]),
    (409, ["refused request-refused 409", "unclear", "refused request-refused 409", "busy 1000 true", "busy 1000 true"]),
    (422, ["refused request-refused 422", "unclear", "refused request-refused 422", "busy 1000 true", "busy 1000 true"]),
    (429, ["busy None false"; 5]),
    (500, ["unclear"; 5]),
    (502, ["unclear"; 5]),
    (503, ["unclear"; 5]),
    (504, ["unclear"; 5]),
    (302, ["unclear"; 5]),
    (308, ["unclear"; 5]),
    (408, ["unclear"; 5]),
    (418, ["unclear"; 5]),
    (599, ["unclear"; 5]),
];

#[test]
fn every_http_status_means_what_the_sheet_says() {
    for (status, wanted) in REFUSALS {
        for (command, wanted) in [START, ASK, CAPTURE, CANCEL, REFUND].iter().zip(wanted) {
            for body in [
                json!({}),
                json!([]),
                json!({"code": "WORDS"}),
                json!("<html>"),
            ] {
                let verdict = Case::new(&json!({})).reads(command, *status, &body);
                assert_eq!(verdict, *wanted, "{status} {body}");
            }
        }
        let find = Case::new(&json!({})).reads(&FIND, *status, &json!({}));
        assert_eq!(find, wanted[1], "{status}");
    }
    // Giving up a link that nobody has tried only asks for it.
    let untried = Case::new(&json!({})).named("L");
    for status in [400, 401, 403, 404, 409, 500] {
        assert_eq!(
            untried.reads(&CANCEL, status, &json!({})),
            "unclear",
            "{status}"
        );
    }
}

#[test]
fn tokens_are_renewed_only_where_there_are_any() {
    let bearer = Case::new(&bearer());
    for command in [START, ASK, CAPTURE, CANCEL, REFUND, FIND] {
        assert_eq!(bearer.reads(&command, 401, &json!({})), "token-refused");
    }
    let fixed = json!({"auth_mode": "bearer", "static_bearer_token": {"value": "t"}});
    let fixed = Case::new(&fixed);
    assert_eq!(
        fixed.reads(&START, 401, &json!({})),
        "refused credentials-rejected 401"
    );
    assert_eq!(fixed.reads(&ASK, 401, &json!({})), "unclear");
}

#[test]
fn a_refused_modification_gets_a_new_id_and_is_not_tried_for_ever() {
    let case = |key: &'static str| Case::new(&json!({})).keyed(key);
    for (key, cancel, refund) in [
        ("STEM-1", "busy 1000 true", "busy 1000 true"),
        ("STEM-2", "busy 2000 true", "refused request-refused 400"),
        ("STEM-5", "busy 16000 true", "refused request-refused 400"),
        ("STEM-60", "busy 300000 true", "refused request-refused 400"),
        ("STEM", "busy 1000 true", "busy 1000 true"),
    ] {
        assert_eq!(case(key).reads(&CANCEL, 400, &json!({})), cancel, "{key}");
        assert_eq!(case(key).reads(&REFUND, 400, &json!({})), refund, "{key}");
    }
    assert_eq!(
        case("STEM-1").reads(&RELEASE, 400, &json!({})),
        "refused request-refused 400"
    );
}

#[test]
fn error_numbers_are_found_wherever_they_stand() {
    for (body, number) in [
        (
            json!({"errors": [{"code": "4711", "message": "x"}], "code": 1}),
            4711,
        ),
        (json!({"errorCode": 4712, "errorMessage": "x"}), 4712),
        (json!({"code": "4713", "message": "x"}), 4713),
        (json!({"error": "4714", "error_description": "x"}), 4714),
        (json!({"title": "x", "detail": "y"}), 400),
        (json!({"errors": [], "code": "WORDS"}), 400),
        (json!({"code": -1}), 400),
        (json!({"code": 4_294_967_296_i64}), 400),
        (json!({"errors": "no"}), 400),
        (json!(null), 400),
    ] {
        let verdict = Case::new(&json!({})).reads(&START, 400, &body);
        assert_eq!(
            verdict,
            format!("refused request-refused {number}"),
            "{body}"
        );
    }
    let html = Case::new(&json!({})).reads_bytes(&START, 400, b"<html>no</html>");
    assert_eq!(html, "refused request-refused 400");
}

#[test]
fn broken_successes_prove_nothing() {
    let right = payment("CAPTURED").to_string();
    let marked = [&b"\xef\xbb\xbf"[..], right.as_bytes()].concat();
    let deep = "[".repeat(200_000);
    let deep_member = format!("{{\"transactionId\":\"T\",\"modifications\":{deep}");
    let bodies: [&[u8]; 10] = [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html></html>",
        b"\xff\xfe",
        &marked,
        &right.as_bytes()[..right.len() - 5],
        deep.as_bytes(),
        deep_member.as_bytes(),
    ];
    for name in ["L", "L~T", "L/T"] {
        let case = Case::new(&json!({})).named(name);
        for command in [START, ASK, CAPTURE, CANCEL, RELEASE, REFUND, FIND] {
            for body in bodies {
                assert_eq!(case.reads_bytes(&command, 200, body), "unclear", "{name}");
            }
        }
    }
}

fn is_paid(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Observed(it) => it.observation.phase == Phase::Approved,
        Verdict::Refund(_) => true,
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic_and_never_as_paid(
        status in 100_u16..600,
        body in proptest::collection::vec(any::<u8>(), 0..300),
        name in "[A-Z/~.]{0,6}",
    ) {
        for flow in ["link", "widget"] {
            let case = Case::new(&json!({"flow": flow})).named(&name);
            for command in [START, ASK, CAPTURE, CANCEL, RELEASE, REFUND, FIND] {
                prop_assert!(!is_paid(&case.verdict(&command, status, &body)));
            }
        }
    }

    #[test]
    fn an_unknown_status_is_neither_paid_nor_declined(status in "[A-Za-z_]{0,24}", amount in any::<i64>()) {
        let known = STATUSES.iter().any(|(known, ..)| known.eq_ignore_ascii_case(&status));
        prop_assume!(!known);
        let mut body = payment(&status);
        for amount in [json!(10.99), json!(amount)] {
            body["transactionOverview"]["amount"] = amount;
            for command in [ASK, CAPTURE, CANCEL] {
                let body = body.to_string();
                let verdict = Case::new(&json!({})).verdict(&command, 200, body.as_bytes());
                prop_assert!(!is_paid(&verdict));
                let declined = matches!(&verdict, Verdict::Observed(it) if it.observation.phase == Phase::Declined);
                prop_assert!(!declined);
            }
        }
    }

    #[test]
    fn any_key_leads_to_a_bounded_wait(key in ".{0,20}") {
        let case = Case::new(&json!({})).keyed(&key);
        let verdict = case.verdict(&Command::Cancel { only_unapproved: true }, 400, b"");
        let bounded = matches!(verdict, Verdict::Busy { after_ms: Some(1_000..=300_000), .. });
        prop_assert!(bounded);
    }
}
