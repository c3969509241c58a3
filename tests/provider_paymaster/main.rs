//! The PayMaster provider against its fact sheet, public API: every status, result code, error code
//! and HTTP class, and broken answers. What is sent and found in lists, the other protocol, the
//! settings, and whole exchanges with the imitation have files of their own.

mod exchange;
mod lists;
mod orders;
mod sending;
mod setup;

use payments::provider::paymaster::{Paymaster, Settings};
use payments::provider::{
    BuildRules, Command, Context, HttpResponse, Provider, RefundWord, Verdict,
};
use payments::tender::{Currency, Phase};
use proptest::prelude::*;
use serde_json::{Value, json};

const REFERENCE: &str = "LP-ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const MERCHANT: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";
/// 2026-01-19T15:25:44Z
const BEGUN_AT: i64 = 1_768_836_344_000;

const START: Command<'static> = Command::Start {
    body: b"{}",
    attempt: 1,
};
const STATUS: Command<'static> = Command::AskStatus;
const CANCEL: Command<'static> = Command::Cancel {
    only_unapproved: true,
};
const REFUND: Command<'static> = Command::Refund { amount: 3_990 };
const FIND: Command<'static> = Command::FindRefund {
    key_stem: "STEM",
    amount: 3_990,
};
const ALL: [Command<'static>; 5] = [START, STATUS, CANCEL, REFUND, FIND];

fn with(changes: Value) -> Paymaster {
    let mut settings = json!({"token": {"value": "secret-4711"}, "merchant_id": MERCHANT});
    let members = settings.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    let settings: Settings = serde_json::from_value(settings).unwrap();
    Paymaster::new(&settings, &BuildRules::default()).unwrap()
}

fn provider() -> Paymaster {
    with(json!({}))
}

fn context() -> Context<'static> {
    Context {
        reference: REFERENCE,
        provider_reference: Some("12769"),
        refund_reference: None,
        currency: Currency::from_code("RUB").unwrap(),
        amount: Some(3_990),
        begun_at: BEGUN_AT,
        now_ms: BEGUN_AT + 60_000,
        idempotency_key: "key-1",
        token: None,
    }
}

/// Before the answer to the start was read, or after it was lost.
fn nameless() -> Context<'static> {
    Context {
        provider_reference: None,
        ..context()
    }
}

fn known_refund() -> Context<'static> {
    Context {
        refund_reference: Some("501"),
        ..context()
    }
}

fn answer(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![],
        body: body.as_bytes().to_vec(),
    }
}

fn read(command: &Command<'_>, body: &str) -> String {
    word(&provider().read(command, &context(), &answer(200, body)))
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Observed(statement) => {
            let it = &statement.observation;
            let reason = it.reason.map(|reason| format!(" {}", reason.key()));
            assert_eq!(it.amounts.authorized, it.amounts.captured);
            assert_eq!(it.phase == Phase::Approved, it.amounts.captured > 0);
            format!("{:?}{}", it.phase, reason.unwrap_or_default()).to_lowercase()
        }
        Verdict::Refund(RefundWord::Executed { reference }) => format!("executed {reference:?}"),
        Verdict::Refund(RefundWord::Pending { reference }) => format!("pending {reference:?}"),
        Verdict::Refund(RefundWord::NotThere) => "not-there".to_owned(),
        Verdict::Refund(RefundWord::Refused { reason, .. }) => format!("rejected {}", reason.key()),
        Verdict::StillPayable { .. } => "still-payable".to_owned(),
        Verdict::Absent => "absent".to_owned(),
        Verdict::AskFirst => "ask-first".to_owned(),
        Verdict::Refused { reason, .. } => format!("refused {}", reason.key()),
        Verdict::Busy { after_ms, new_key } => format!("busy {after_ms:?} {new_key}"),
        Verdict::TokenRefused => "token-refused".to_owned(),
        Verdict::Mismatch => "mismatch".to_owned(),
        Verdict::Unclear => "unclear".to_owned(),
    }
}

/// Amounts are written by hand: a JSON library would lose their zeros.
fn payment(status: &str, code: &str, value: &str) -> String {
    format!(
        r#"{{"id":"12769","created":"2026-01-19T15:25:44.1Z","testMode":false,"status":"{status}",
        "resultCode":{code},"merchantId":"{MERCHANT}","amount":{{"value":{value},"currency":"RUB"}},
        "invoice":{{"orderNo":"{REFERENCE}"}},"paymentData":{{"paymentMethod":"SBP"}},
        "confirmation":{{"type":"External","paymentUrl":"https://qr.nspk.ru/AD1"}}}}"#
    )
}

#[test]
fn every_status_means_what_the_sheet_says() {
    for (status, wanted) in [
        ("Pending", "open"),
        ("Confirmation", "open"),
        ("Authorized", "open"),
        ("Settled", "approved"),
        ("Cancelled", "cancelled"),
        ("Rejected", "declined payment-declined"),
        ("SETTLED", "approved"),
        ("settled", "approved"),
        // Words that nobody has told us of wait.
        ("", "open"),
        ("Paid", "open"),
        ("Completed", "open"),
        ("Settled ", "open"),
    ] {
        let body = payment(status, "null", "39.9000");
        assert_eq!(read(&STATUS, &body), wanted, "{status}");
        assert_eq!(read(&START, &body), wanted, "{status}");
    }
}

#[test]
fn every_result_code_means_what_the_sheet_says() {
    let refused = [
        "TransactionDeclined",
        "IssuerUnavailable",
        "RejectedByFraud",
        "InvalidAmount",
        "InvalidAccount",
        "BlockedAccount",
        "OperationNotAllowed",
        "InsufficientFunds",
        "ExpiredAccount",
        "PaymentLimitExceeded",
        "PaymentCountExceeded",
        "CardNotEnrolled",
        "ThreeDSecureFailed",
    ];
    let told =
        |status: &str, code: &str| read(&STATUS, &payment(status, &format!("\"{code}\""), "39.90"));
    for status in ["Cancelled", "Rejected"] {
        for code in refused {
            assert_eq!(told(status, code), "declined payment-declined", "{code}");
            let code = code.to_uppercase();
            assert_eq!(told(status, &code), "declined payment-declined", "{code}");
        }
        assert_eq!(told(status, "PaymentExpired"), "expired");
        assert_eq!(told(status, "paymentexpired"), "expired");
        assert_eq!(told(status, "CancelledByUser"), "declined");
    }
    assert_eq!(told("Settled", "Success"), "approved");
    assert_eq!(told("Settled", "NewWord"), "approved");
    assert_eq!(told("Cancelled", "Success"), "cancelled");
    assert_eq!(told("Cancelled", "NewWord"), "cancelled");
    assert_eq!(told("Rejected", "NewWord"), "declined payment-declined");
    // Contradictions.
    assert_eq!(told("Rejected", "Success"), "unclear");
    for code in refused.iter().chain(&["PaymentExpired", "CancelledByUser"]) {
        assert_eq!(told("Settled", code), "unclear", "{code}");
        assert_eq!(told("Confirmation", code), "open", "{code}");
    }
}

#[test]
fn the_status_table_can_be_corrected() {
    let provider = with(json!({
        "authorized_is_paid": true,
        "status_map": {"settled": "waiting", "Complete": "paid", "Timeout": "expired",
            "Voided": "cancelled", "Refused": "declined", "Failed": "not_paid"},
    }));
    for (status, wanted) in [
        ("Settled", "open"),
        ("COMPLETE", "approved"),
        ("Authorized", "approved"),
        ("Timeout", "expired"),
        ("Voided", "cancelled"),
        ("Refused", "declined payment-declined"),
        ("Failed", "declined payment-declined"),
        ("Rejected", "declined payment-declined"),
    ] {
        let response = answer(200, &payment(status, "null", "39.90"));
        let verdict = provider.read(&STATUS, &context(), &response);
        assert_eq!(word(&verdict), wanted, "{status}");
    }
}

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    for (value, wanted) in [
        ("39.90", "approved"),
        ("39.9", "approved"),
        ("39.9000", "approved"),
        ("\"39.90\"", "approved"),
        ("39.91", "mismatch"),
        ("39", "mismatch"),
        ("3990", "mismatch"),
        ("-39.90", "mismatch"),
        ("39.901", "unclear"),
        ("39.9001", "unclear"),
        ("3.99e1", "unclear"),
        ("null", "unclear"),
        ("true", "unclear"),
        ("\"\"", "unclear"),
        ("99999999999999999999", "unclear"),
        ("039.90", "unclear"),
    ] {
        let body = payment("Settled", "null", value);
        assert_eq!(read(&STATUS, &body), wanted, "{value}");
    }
    // Nothing is paid without saying how much; what ends without money need not say it.
    let silent = |status: &str| {
        let body = payment(status, "null", "39.90");
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body.as_object_mut().unwrap().remove("amount");
        read(&STATUS, &body.to_string())
    };
    assert_eq!(silent("Settled"), "unclear");
    assert_eq!(silent("Confirmation"), "open");
    assert_eq!(silent("Cancelled"), "cancelled");
    // A payment of another till is for whatever it was for, but not for nothing.
    let foreign = Context {
        reference: "12769",
        provider_reference: None,
        amount: None,
        ..context()
    };
    for (value, wanted) in [("1.00", "approved"), ("0.00", "unclear"), ("-1", "unclear")] {
        let response = answer(200, &payment("Settled", "null", value));
        let verdict = provider().read(&STATUS, &foreign, &response);
        assert_eq!(word(&verdict), wanted, "{value}");
    }
}

#[test]
fn an_answer_about_another_payment_is_not_applied() {
    let right: Value = serde_json::from_str(&payment("Settled", "null", "39.90")).unwrap();
    for (pointer, value) in [
        ("/id", json!("12770")),
        ("/id", json!(12_770)),
        ("/invoice/orderNo", json!("LP-OTHER")),
        ("/invoice/orderNo", json!(REFERENCE.to_lowercase())),
        ("/amount/currency", json!("EUR")),
        ("/amount/currency", json!("rub")),
        ("/merchantId", json!("another")),
        ("/testMode", json!(true)),
    ] {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert_eq!(read(&STATUS, &wrong.to_string()), "mismatch", "{pointer}");
        let wanted = if pointer == "/id" {
            "approved"
        } else {
            "mismatch"
        };
        assert_eq!(read(&START, &wrong.to_string()), wanted, "{pointer}");
    }
    let mut same = right.clone();
    same["id"] = json!(12_769);
    same["merchantId"] = json!(MERCHANT.to_uppercase());
    assert_eq!(read(&STATUS, &same.to_string()), "approved");
    // A till in test mode takes its own play money.
    let mut play = right;
    play["testMode"] = json!(true);
    let verdict =
        with(json!({"test_mode": true})).read(&STATUS, &context(), &answer(200, &play.to_string()));
    assert_eq!(word(&verdict), "approved");
}

#[test]
fn broken_successes_prove_nothing() {
    let right = payment("Settled", "null", "39.90");
    let half = &right[..right.len() - 5];
    let marked = format!("\u{feff}{right}");
    let deep = "[".repeat(100_000);
    for body in ["{}", "[]", "null", "<html></html>", half, &marked, &deep] {
        for command in &ALL {
            assert_eq!(
                read(command, body),
                "unclear",
                "{}",
                &body[..body.len().min(20)]
            );
        }
        let listed = provider().read(&STATUS, &nameless(), &answer(200, body));
        assert_eq!(word(&listed), "unclear");
    }
    // An empty body is the answer to a cancel and to nothing else.
    for command in &ALL {
        let wanted = if *command == CANCEL {
            "cancelled"
        } else {
            "unclear"
        };
        assert_eq!(read(command, ""), wanted);
    }
    assert_eq!(read(&CANCEL, " \r\n"), "cancelled");
    assert_eq!(read(&CANCEL, &right), "approved");
    assert_eq!(
        read(&CANCEL, &payment("Confirmation", "null", "39.90")),
        "unclear"
    );
    let ended = payment("Cancelled", "null", "39.90");
    assert_eq!(read(&CANCEL, &ended), "cancelled");
    for id in ["\"\"", "\"a/b\"", "\"1?x\"", "-1", "{}", "null"] {
        let body = right.replacen("\"12769\"", id, 1);
        assert_eq!(read(&START, &body), "unclear", "{id}");
    }
}

/// Section 12: start, cancel, refund; by code first, by HTTP class second.
#[rustfmt::skip]
const CODES: &[(u16, &str, [&str; 3])] = &[
    (400, "validation_error", ["refused request-refused"; 3]),
    (422, "validation_error", ["refused request-refused"; 3]),
    (404, "validation_error", ["refused merchant-setup", "ask-first", "refused reference-unknown"]),
    (401, "not_authorized", ["refused credentials-rejected"; 3]),
    (400, "not_authorized", ["refused credentials-rejected"; 3]),
    (403, "not_authorized", ["refused permission-missing"; 3]),
    (409, "idempotency_key_violation", ["ask-first"; 3]),
    (400, "IDEMPOTENCY_KEY_VIOLATION", ["ask-first"; 3]),
    (422, "invalid_operation", ["refused wrong-state", "ask-first", "refused wrong-state"]),
    (400, "invalid_operation", ["refused wrong-state", "ask-first", "refused wrong-state"]),
    (400, "payment_token_revoked", ["refused request-refused"; 3]),
    (400, "payment_token_blocked", ["refused request-refused"; 3]),
    (400, "new_word", ["refused request-refused", "ask-first", "refused request-refused"]),
    (401, "new_word", ["refused credentials-rejected"; 3]),
    (403, "", ["refused permission-missing"; 3]),
    (404, "", ["refused merchant-setup", "ask-first", "refused reference-unknown"]),
    (409, "", ["ask-first"; 3]),
    (422, "", ["refused request-refused", "ask-first", "refused request-refused"]),
];

#[test]
fn every_error_code_means_what_the_sheet_says() {
    for (status, code, wanted) in CODES {
        let body = json!({"code": code, "message": "x", "errors": ["y"]}).to_string();
        let response = answer(*status, &body);
        for (command, wanted) in [START, CANCEL, REFUND].iter().zip(wanted) {
            let verdict = provider().read(command, &context(), &response);
            assert_eq!(word(&verdict), *wanted, "{status} {code}");
        }
        for question in [STATUS, FIND] {
            for context in [context(), nameless()] {
                let verdict = provider().read(&question, &context, &response);
                assert_eq!(word(&verdict), "unclear", "{status} {code}");
            }
        }
    }
}

#[test]
fn http_statuses_without_a_code() {
    for command in &ALL {
        for status in [100, 301, 302, 307, 408, 500, 502, 503, 504, 599] {
            for body in ["", "<html>", "{}", r#"{"code":"invalid_operation"}"#] {
                let verdict = provider().read(command, &context(), &answer(status, body));
                assert_eq!(word(&verdict), "unclear", "{status}");
            }
        }
        for status in [400, 404, 409, 422] {
            let verdict = provider().read(command, &context(), &answer(status, "<html>"));
            assert_eq!(word(&verdict), "unclear", "{status}");
        }
        let mut busy = answer(429, "");
        busy.headers = vec![("retry-after".to_owned(), "7".to_owned())];
        let verdict = word(&provider().read(command, &context(), &busy));
        // There is no second cancel.
        let wanted = match command {
            Command::Cancel { .. } => "refused provider-busy",
            _ => "busy Some(7000) false",
        };
        assert_eq!(verdict, wanted);
    }
    for command in [START, REFUND, CANCEL] {
        let told = |status| word(&provider().read(&command, &context(), &answer(status, "")));
        assert_eq!(told(401), "refused credentials-rejected");
        assert_eq!(told(403), "refused permission-missing");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic_and_never_as_paid(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let response = HttpResponse { status, headers: vec![], body };
        for command in &ALL {
            for context in [context(), nameless()] {
                let verdict = provider().read(command, &context, &response);
                let paid = matches!(&verdict, Verdict::Observed(it) if it.observation.phase == Phase::Approved);
                prop_assert!(!paid);
            }
        }
    }

    #[test]
    fn an_unknown_status_waits(status in "[A-Za-z_]{0,20}", code in "[A-Za-z]{0,20}") {
        let known = ["pending", "confirmation", "authorized", "settled", "cancelled", "rejected"];
        prop_assume!(!known.contains(&status.to_lowercase().as_str()));
        let body = payment(&status, &format!("\"{code}\""), "39.90");
        prop_assert_eq!(read(&STATUS, &body), "open");
    }
}
