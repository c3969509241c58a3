//! The Vipps provider against its fact sheet, row by row: what each error number, state and broken
//! answer means for each request.

use payments::provider::vipps::{Settings, Vipps};
use payments::provider::{
    BuildRules, Command, Context, Customer, HttpResponse, Provider, RefundWord, StartOrder,
    TenderDetails, TokenVerdict, Verdict,
};
use payments::secret::Secret;
use payments::tender::{Approach, Currency, Money, Phase, Reason};
use proptest::prelude::*;
use serde_json::{Value, json};

const REFERENCE: &str = "LP-TABLES";

fn provider() -> Vipps {
    let settings: Settings = serde_json::from_value(json!({
        "client_id": {"value": "a"},
        "client_secret": {"value": "b"},
        "subscription_key": {"value": "c"},
        "merchant_serial_number": "123456",
        "currency": "NOK",
    }))
    .unwrap();
    Vipps::new(&settings, &BuildRules::default()).unwrap()
}

fn read(command: &Command<'_>, status: u16, body: &[u8]) -> Verdict {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    answer(
        command,
        HttpResponse {
            status,
            headers,
            body: body.to_vec(),
        },
    )
}

fn answer(command: &Command<'_>, response: HttpResponse) -> Verdict {
    let context = Context {
        reference: REFERENCE,
        currency: Currency::from_code("NOK").unwrap(),
        amount: Some(49_900),
        provider_reference: None,
        refund_reference: None,
        begun_at: 0,
        now_ms: 0,
        idempotency_key: "key-1",
        token: None,
    };
    provider().read(command, &context, &response)
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Observed(statement) => {
            let amounts = statement.observation.amounts;
            format!(
                "observed {:?} {}/{}",
                statement.observation.phase, amounts.captured, amounts.refunded
            )
        }
        Verdict::Refund(RefundWord::Executed { .. }) => "refund-log true".to_owned(),
        Verdict::Refund(RefundWord::NotThere) => "refund-log false".to_owned(),
        Verdict::Refund(other) => format!("refund {other:?}"),
        Verdict::StillPayable { until_ms } => format!("still-payable {until_ms}"),
        Verdict::Absent => "absent".to_owned(),
        Verdict::AskFirst => "ask-first".to_owned(),
        Verdict::Refused { reason, .. } => format!("refused {}", reason.key()),
        Verdict::Busy { after_ms, new_key } => format!("busy {after_ms:?} {new_key}"),
        Verdict::TokenRefused => "token-refused".to_owned(),
        Verdict::Mismatch => "mismatch".to_owned(),
        Verdict::Unclear => "unclear".to_owned(),
    }
}

const START: Command<'static> = Command::Start {
    body: b"{}",
    attempt: 1,
};
const STATUS: Command<'static> = Command::AskStatus;
const CAPTURE: Command<'static> = Command::Capture { amount: 49_900 };
const CANCEL: Command<'static> = Command::Cancel {
    only_unapproved: true,
};
const REFUND: Command<'static> = Command::Refund { amount: 49_900 };
const LOG: Command<'static> = Command::FindRefund {
    key_stem: "STEM",
    amount: 100,
};
const ALL: [Command<'static>; 6] = [START, STATUS, CAPTURE, CANCEL, REFUND, LOG];
const WRITES: [Command<'static>; 4] = [START, CAPTURE, CANCEL, REFUND];

fn problem(status: u16, code: u32) -> Vec<u8> {
    json!({
        "type": format!("https://httpstatuses.io/{status}"),
        "title": "Words that change",
        "status": status,
        "traceId": "00-a-b-01",
        "extraDetails": [{"name": "ErrorCode", "reason": code.to_string()}],
    })
    .to_string()
    .into_bytes()
}

/// Section 15 in its order: number, and what it means for start, capture, cancel and refund.
#[rustfmt::skip]
const CODES: &[(u32, [&str; 4])] = &[
    (3010, ["unclear"; 4]),
    (4010, ["ask-first"; 4]),
    (4020, ["ask-first"; 4]),
    (4040, ["refused amount-invalid"; 4]),
    (4050, ["refused scan-again"; 4]),
    (4060, ["refused scan-again"; 4]),
    (4070, ["refused phone-invalid"; 4]),
    (4080, ["refused request-refused"; 4]),
    (4090, ["refused request-refused"; 4]),
    (4100, ["refused request-refused"; 4]),
    (4110, ["refused request-refused"; 4]),
    (4120, ["refused request-refused"; 4]),
    (4130, ["refused request-refused"; 4]),
    (4140, ["refused request-refused"; 4]),
    (4150, ["ask-first"; 4]),
    (4160, ["refused merchant-setup"; 4]),
    (5010, ["refused merchant-setup"; 4]),
    (5020, ["refused merchant-setup"; 4]),
    (5030, ["refused merchant-setup"; 4]),
    (5040, ["refused currency-not-allowed"; 4]),
    (5050, ["refused merchant-setup"; 4]),
    (5060, ["refused merchant-setup"; 4]),
    (5070, ["refused merchant-setup"; 4]),
    (5080, ["refused push-not-allowed"; 4]),
    (5090, ["refused merchant-setup", "ask-first", "ask-first", "ask-first"]),
    (5100, ["refused merchant-setup"; 4]),
    (6010, ["refused amount-too-small"; 4]),
    (6020, ["ask-first", "ask-first", "ask-first", "refused nothing-to-refund"]),
    (6030, ["refused cancel-period-over"; 4]),
    (6040, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6050, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6060, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6070, ["ask-first", "ask-first", "ask-first", "refused already-cancelled"]),
    (6080, ["ask-first", "ask-first", "ask-first", "refused nothing-to-refund"]),
    (6090, ["refused amount-invalid"; 4]),
    (6100, ["refused capture-period-over"; 4]),
    (6110, ["refused request-refused"; 4]),
    (6120, ["refused request-refused"; 4]),
    (6130, ["refused request-refused"; 4]),
    (6140, ["refused partial-not-allowed"; 4]),
    (6150, ["refused refund-too-large"; 4]),
    (6160, ["busy None true"; 4]),
    (6170, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6180, ["refused nothing-to-refund"; 4]),
    (6190, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6200, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6210, ["refused wrong-state"; 4]),
    (6220, ["refused refund-period-over"; 4]),
    (6230, ["ask-first", "ask-first", "ask-first", "refused wrong-state"]),
    (6250, ["busy None true"; 4]),
    (6260, ["refused funds-released"; 4]),
    (6280, ["busy None false"; 4]),
    (7010, ["refused customer-not-eligible", "refused customer-not-eligible", "refused customer-not-eligible", "refused customer-account-gone"]),
    (10_010, ["refused provider-error"; 4]),
    (10_020, ["refused provider-error"; 4]),
    (10_030, ["refused provider-error"; 4]),
    (10_040, ["refused provider-error"; 4]),
    (10_050, ["refused provider-error"; 4]),
    (10_060, ["refused provider-error"; 4]),
    (10_070, ["refused provider-error"; 4]),
];

#[test]
fn every_error_number_means_what_the_sheet_says() {
    for (code, wanted) in CODES {
        for (command, wanted) in WRITES.iter().zip(wanted) {
            let verdict = read(command, 400, &problem(400, *code));
            assert_eq!(word(&verdict), *wanted, "{code}");
        }
        // A question is answered by "no such payment" or not at all.
        let wanted = if *code == 5090 { "absent" } else { "unclear" };
        for question in [STATUS, LOG] {
            assert_eq!(
                word(&read(&question, 400, &problem(400, *code))),
                wanted,
                "{code}"
            );
        }
    }
}

#[test]
fn a_server_error_with_a_number_stays_in_doubt() {
    for (code, _) in CODES {
        for command in &ALL {
            assert_eq!(
                word(&read(command, 500, &problem(500, *code))),
                "unclear",
                "{code}"
            );
        }
    }
}

#[test]
fn an_unlisted_number_is_a_refusal_of_the_request_and_no_more() {
    for command in &WRITES {
        assert_eq!(
            word(&read(command, 400, &problem(400, 9_999))),
            "refused request-refused"
        );
    }
    assert_eq!(word(&read(&STATUS, 400, &problem(400, 9_999))), "unclear");
}

#[test]
fn statuses_without_a_number() {
    let gateway = |status: u16| {
        json!({"statusCode": status, "message": "x"})
            .to_string()
            .into_bytes()
    };
    for command in &ALL {
        assert_eq!(word(&read(command, 401, &gateway(401))), "token-refused");
        assert_eq!(word(&read(command, 423, &gateway(423))), "busy None false");
        assert_eq!(word(&read(command, 429, b"")), "busy None false");
        for status in [301, 302, 307, 308, 408, 500, 502, 503, 504, 599] {
            for body in [&b""[..], b"<html>", b"{}", &gateway(status)] {
                assert_eq!(word(&read(command, status, body)), "unclear", "{status}");
            }
        }
    }
    // A wrong address answers 404 in the gateway's shape: that says nothing about the payment.
    for question in [STATUS, LOG] {
        assert_eq!(word(&read(&question, 404, &gateway(404))), "unclear");
        assert_eq!(word(&read(&question, 404, b"<html>404</html>")), "unclear");
        assert_eq!(word(&read(&question, 404, b"")), "unclear");
    }
    for command in &WRITES {
        assert_eq!(
            word(&read(command, 403, &gateway(403))),
            "refused permission-missing"
        );
    }
}

#[test]
fn retry_after_is_taken_in_seconds_and_bounded() {
    for (text, wanted) in [
        ("10", Some(10_000)),
        (" 3 ", Some(3_000)),
        ("0", Some(0)),
        ("-5", Some(0)),
        ("999999999", Some(3_600_000)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
    ] {
        let headers = vec![("retry-after".to_owned(), text.to_owned())];
        let response = HttpResponse {
            status: 429,
            headers,
            body: vec![],
        };
        let verdict = answer(&STATUS, response);
        assert_eq!(word(&verdict), format!("busy {wanted:?} false"), "{text}");
    }
}

fn payment(state: &str, authorized: i64, cancelled: i64, captured: i64, refunded: i64) -> Value {
    let amount = |value: i64| json!({"currency": "NOK", "value": value});
    json!({
        "aggregate": {
            "authorizedAmount": amount(authorized),
            "cancelledAmount": amount(cancelled),
            "capturedAmount": amount(captured),
            "refundedAmount": amount(refunded),
        },
        "amount": amount(49_900),
        "state": state,
        "paymentMethod": {"type": "WALLET"},
        "profile": {},
        "pspReference": "1",
        "reference": REFERENCE,
    })
}

#[test]
fn every_state_with_its_sums() {
    for (state, sums, wanted) in [
        ("CREATED", [0, 0, 0, 0], "observed Open 0/0"),
        ("ABORTED", [0, 0, 0, 0], "observed Declined 0/0"),
        ("EXPIRED", [0, 0, 0, 0], "observed Expired 0/0"),
        ("TERMINATED", [0, 49_900, 0, 0], "observed Cancelled 0/0"),
        ("AUTHORIZED", [49_900, 0, 0, 0], "observed Approved 0/0"),
        (
            "AUTHORIZED",
            [49_900, 0, 49_900, 0],
            "observed Approved 49900/0",
        ),
        (
            "AUTHORIZED",
            [49_900, 29_900, 20_000, 0],
            "observed Approved 20000/0",
        ),
        (
            "AUTHORIZED",
            [49_900, 49_900, 0, 0],
            "observed Cancelled 0/0",
        ),
        (
            "AUTHORIZED",
            [49_900, 0, 49_900, 49_900],
            "observed Approved 49900/49900",
        ),
        // Words and sums that contradict each other, or that nobody knows.
        ("AUTHORIZED", [0, 0, 0, 0], "unclear"),
        ("AUTHORIZED", [49_900, 0, 50_000, 0], "unclear"),
        ("AUTHORIZED", [49_900, 0, 100, 200], "unclear"),
        ("AUTHORIZED", [49_900, 0, -1, 0], "unclear"),
        ("AUTHORIZED", [60_000, 0, 60_000, 0], "mismatch"),
        ("AUTHORIZED", [40_000, 0, 0, 0], "mismatch"),
        ("AUTHORIZED", [49_900, 40_000, 40_000, 0], "unclear"),
        ("CREATED", [49_900, 0, 49_900, 0], "unclear"),
        ("ABORTED", [49_900, 0, 0, 0], "unclear"),
        ("EXPIRED", [49_900, 0, 49_900, 0], "unclear"),
        ("TERMINATED", [49_900, 0, 49_900, 0], "unclear"),
        ("CAPTURED", [49_900, 0, 49_900, 0], "unclear"),
        ("authorized", [49_900, 0, 49_900, 0], "unclear"),
        ("", [49_900, 0, 49_900, 0], "unclear"),
    ] {
        let [authorized, cancelled, captured, refunded] = sums;
        let body = payment(state, authorized, cancelled, captured, refunded).to_string();
        let verdict = read(&STATUS, 200, body.as_bytes());
        assert_eq!(word(&verdict), wanted, "{state} {sums:?}");
    }
}

/// M21: nothing of another payment is ever applied.
#[test]
fn an_answer_about_another_payment_is_not_applied() {
    let right = payment("AUTHORIZED", 49_900, 0, 49_900, 0);
    for (pointer, value) in [
        ("/reference", json!("LP-OTHER0")),
        ("/reference", json!("lp-tables")),
        ("/amount/value", json!(49_901)),
        ("/amount/currency", json!("DKK")),
        ("/aggregate/capturedAmount/currency", json!("EUR")),
        ("/aggregate/authorizedAmount/currency", json!("nok")),
    ] {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let verdict = read(&STATUS, 200, wrong.to_string().as_bytes());
        assert_eq!(word(&verdict), "mismatch", "{pointer}");
    }
    let created = json!({"reference": "LP-OTHER0"}).to_string();
    assert_eq!(word(&read(&START, 201, created.as_bytes())), "mismatch");
}

#[test]
fn amounts_are_whole_numbers_in_range() {
    let text = payment("AUTHORIZED", 49_900, 0, 49_900, 0).to_string();
    for wrong in [
        "499.00",
        "49900.0",
        "4.99e4",
        "1e400",
        "-49900.5",
        "\"49900\"",
        "null",
        "true",
        "9223372036854775808",
        "18446744073709551616",
        "NaN",
        "[]",
        "049900",
    ] {
        let text = text.replace("49900", wrong);
        for command in [&STATUS, &CAPTURE, &REFUND, &CANCEL] {
            let verdict = word(&read(command, 200, text.as_bytes()));
            assert_eq!(verdict, "unclear", "{wrong}");
        }
    }
    let text = text.replace("49900", "9223372036854775807");
    assert_eq!(word(&read(&STATUS, 200, text.as_bytes())), "mismatch");
}

#[test]
fn broken_successes_prove_nothing() {
    let right = payment("AUTHORIZED", 49_900, 0, 49_900, 0).to_string();
    let marked = [&b"\xef\xbb\xbf"[..], right.as_bytes()].concat();
    let deep = "[".repeat(200_000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html></html>",
        b"\xff\xfe",
        &marked,
        &right.as_bytes()[..right.len() - 5],
        deep.as_bytes(),
    ];
    for command in &ALL {
        for body in bodies {
            let verdict = word(&read(command, 200, body));
            let empty_log = body == b"[]" && matches!(command, Command::FindRefund { .. });
            let wanted = if empty_log {
                "refund-log false"
            } else {
                "unclear"
            };
            assert_eq!(
                verdict,
                wanted,
                "{:?}",
                String::from_utf8_lossy(&body[..body.len().min(20)])
            );
        }
    }
}

#[test]
fn successes_may_be_labelled_as_problems() {
    let body = payment("AUTHORIZED", 49_900, 0, 49_900, 0)
        .to_string()
        .into_bytes();
    let headers = vec![(
        "content-type".to_owned(),
        "application/problem+json".to_owned(),
    )];
    let verdict = answer(
        &CAPTURE,
        HttpResponse {
            status: 200,
            headers,
            body,
        },
    );
    assert_eq!(word(&verdict), "observed Approved 49900/0");
}

#[test]
fn a_refund_is_found_by_its_key_and_only_if_it_succeeded() {
    let event = |name: &str, key: Value, success: Value| {
        json!([{"reference": REFERENCE, "pspReference": "1", "name": name, "success": success,
            "amount": {"currency": "NOK", "value": 1}, "idempotencyKey": key}])
        .to_string()
    };
    for (name, key, success, wanted) in [
        ("REFUNDED", json!("STEM-1"), json!(true), "refund-log true"),
        ("REFUNDED", json!("STEM-2"), json!(true), "refund-log true"),
        (
            "REFUNDED",
            json!("STEM-1"),
            json!(false),
            "refund-log false",
        ),
        (
            "REFUNDED",
            json!("OTHER-1"),
            json!(true),
            "refund-log false",
        ),
        ("REFUNDED", json!(null), json!(true), "refund-log false"),
        ("CAPTURED", json!("STEM-1"), json!(true), "refund-log false"),
        ("MELTED", json!("STEM-1"), json!(true), "refund-log false"),
    ] {
        let verdict = read(&LOG, 200, event(name, key, success).as_bytes());
        assert_eq!(word(&verdict), wanted, "{name}");
    }
    let other = event("REFUNDED", json!("STEM-1"), json!(true)).replace(REFERENCE, "LP-OTHER0");
    assert_eq!(word(&read(&LOG, 200, other.as_bytes())), "mismatch");
}

#[test]
fn token_answers() {
    let read = |status, body: &str| {
        let response = HttpResponse {
            status,
            headers: vec![],
            body: body.as_bytes().to_vec(),
        };
        match provider().read_token(&response) {
            TokenVerdict::Token { life_ms, .. } => format!("token {life_ms}"),
            TokenVerdict::Refused { reason } => reason.key().to_owned(),
            TokenVerdict::Unclear => "unclear".to_owned(),
        }
    };
    assert_eq!(
        read(200, r#"{"access_token":"T","expires_in":"3600"}"#),
        "token 3600000"
    );
    assert_eq!(
        read(200, r#"{"access_token":"T","expires_in":86398}"#),
        "token 86398000"
    );
    for broken in [
        r#"{"access_token":"","expires_in":"3600"}"#,
        r#"{"access_token":"T","expires_in":"soon"}"#,
        r#"{"access_token":"T","expires_in":"-1"}"#,
        r#"{"access_token":"T","expires_in":1.5}"#,
        r#"{"access_token":"T"}"#,
        "<html>",
        "",
    ] {
        assert_eq!(read(200, broken), "unclear", "{broken}");
    }
    assert_eq!(read(401, ""), Reason::CredentialsRejected.key());
    assert_eq!(read(400, ""), Reason::CredentialsRejected.key());
    assert_eq!(read(403, ""), Reason::PermissionMissing.key());
    for status in [302, 404, 408, 423, 429, 500, 503] {
        assert_eq!(read(status, ""), "unclear", "{status}");
    }
}

#[test]
fn start_requests_are_checked_before_anything_is_sent() {
    let prepare = |minor: i64, code: &str, customer: Option<&Customer>, details: &TenderDetails| {
        let amount = Money::new(minor, Currency::from_code(code).unwrap());
        let approach = if customer.is_some() {
            Approach::Push
        } else {
            Approach::ShowQr
        };
        let order = StartOrder {
            sale_ref: "S-1",
            reference: REFERENCE,
            amount,
            approach,
            customer,
            details,
            sale_total: None,
            now_ms: 0,
        };
        provider().prepare(&order).map_err(|invalid| invalid.field)
    };
    let plain = TenderDetails::default();
    let phone = |number: &str| Customer::Phone(Secret::new(number));
    assert!(prepare(49_900, "NOK", None, &plain).is_ok());
    assert_eq!(prepare(49_900, "SEK", None, &plain), Err("currency"));
    assert_eq!(prepare(0, "NOK", None, &plain), Err("amount"));
    assert_eq!(prepare(65_000_001, "NOK", None, &plain), Err("amount"));
    for wrong in [
        "",
        "12345678",
        "47123456780000000",
        "47 12 34 x6 78",
        "++4712345678",
        "４７１２３４５６７８",
    ] {
        let verdict = prepare(49_900, "NOK", Some(&phone(wrong)), &plain);
        assert_eq!(verdict, Err("details.customer.phone"), "{wrong}");
    }
    for right in [
        "4712345678",
        "+47 123 45 678",
        "0047(123)45-678",
        "358401234567",
    ] {
        assert!(
            prepare(49_900, "NOK", Some(&phone(right)), &plain).is_ok(),
            "{right}"
        );
    }
    let described = |text: &str| TenderDetails {
        description: Some(text.to_owned()),
        ..plain.clone()
    };
    assert_eq!(
        prepare(1, "NOK", None, &described("ab")),
        Err("details.description")
    );
    assert_eq!(
        prepare(1, "NOK", None, &described(&"a".repeat(101))),
        Err("details.description")
    );
    assert!(prepare(1, "NOK", None, &described("åøæ")).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic_and_never_as_paid(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for command in &ALL {
            let verdict = read(command, status, &body);
            let paid = matches!(&verdict, Verdict::Observed(it) if it.observation.phase == Phase::Approved);
            prop_assert!(!paid);
        }
    }

    #[test]
    fn an_unknown_state_is_neither_paid_nor_declined(state in "[A-Z_]{0,20}", authorized in any::<i64>(), captured in any::<i64>()) {
        let known = ["CREATED", "AUTHORIZED", "ABORTED", "EXPIRED", "TERMINATED"];
        prop_assume!(!known.contains(&state.as_str()));
        let body = payment(&state, authorized, 0, captured, 0).to_string();
        let verdict = word(&read(&STATUS, 200, body.as_bytes()));
        prop_assert!(verdict == "unclear" || verdict == "mismatch", "{}", verdict);
    }
}
