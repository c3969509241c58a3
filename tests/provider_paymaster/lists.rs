//! Payments and refunds whose numbers are not known, and refunds altogether.

use super::*;

fn list(items: &[String], cursor: &str) -> String {
    format!(r#"{{"items":[{}]{cursor}}}"#, items.join(","))
}

fn item(id: &str, order: &str, status: &str) -> String {
    payment(status, "null", "39.90")
        .replace("12769", id)
        .replace(REFERENCE, order)
}

#[test]
fn a_payment_without_a_number_is_found_in_the_list() {
    let found = |body: &str| {
        let verdict = provider().read(&STATUS, &nameless(), &answer(200, body));
        if let Verdict::Observed(statement) = &verdict {
            let id = statement.observation.provider_reference.as_deref();
            return format!("{} {}", word(&verdict), id.unwrap());
        }
        word(&verdict)
    };
    let other = item("12768", "LP-OTHER", "Settled");
    let ours = |id: &str, status: &str| item(id, REFERENCE, status);
    let more = r#","cursor":"abc""#;
    let odd = r#"{"id":"12760","status":7}"#.to_owned();
    for (items, cursor, wanted) in [
        (
            vec![other.clone(), ours("12769", "Settled")],
            "",
            "approved 12769",
        ),
        (vec![ours("12769", "Confirmation")], more, "open 12769"),
        (vec![ours("12769", "Cancelled")], "", "cancelled 12769"),
        (
            vec![ours("1", "Cancelled"), ours("2", "Settled")],
            "",
            "approved 2",
        ),
        (
            vec![ours("1", "Settled"), ours("2", "Rejected")],
            "",
            "approved 1",
        ),
        (
            vec![ours("1", "Cancelled"), ours("2", "Cancelled")],
            "",
            "cancelled 2",
        ),
        // Two that could both be paid are for people.
        (
            vec![ours("1", "Settled"), ours("2", "Settled")],
            "",
            "unclear",
        ),
        (
            vec![ours("1", "Confirmation"), ours("2", "Confirmation")],
            "",
            "unclear",
        ),
        (vec![other.clone()], "", "absent"),
        (vec![], "", "absent"),
        (vec![], r#","cursor":null"#, "absent"),
        (vec![], r#","cursor":"""#, "absent"),
        // There may be more, or what cannot be read may be ours.
        (vec![other.clone()], more, "unclear"),
        (vec![other.clone(), odd.clone()], "", "unclear"),
        (
            vec![odd.clone(), ours("12769", "Settled")],
            "",
            "approved 12769",
        ),
    ] {
        assert_eq!(found(&list(&items, cursor)), wanted, "{items:?} {cursor}");
    }
    let wrong = ours("12769", "Settled").replace("39.90", "39.00");
    assert_eq!(found(&list(&[wrong], "")), "mismatch");
    assert_eq!(found(r#"{"cursor":"abc"}"#), "unclear");
    // The list may lag behind a create that was just sent.
    let early = Context {
        now_ms: BEGUN_AT + 9_999,
        ..nameless()
    };
    let verdict = provider().read(&STATUS, &early, &answer(200, &list(&[], "")));
    assert_eq!(word(&verdict), "unclear");
}

fn refund(status: &str, value: &str) -> String {
    format!(
        r#"{{"id":"501","created":"2026-01-19T15:25:50Z","paymentId":"12769",
        "amount":{{"value":{value},"currency":"RUB"}},"status":"{status}","resultCode":null}}"#
    )
}

#[test]
fn refunds_are_told_in_three_words() {
    let named = Context {
        refund_reference: Some("501"),
        ..context()
    };
    for (status, wanted) in [
        ("Success", "executed Some(\"501\")"),
        ("SUCCESS", "executed Some(\"501\")"),
        ("Pending", "pending Some(\"501\")"),
        ("Rejected", "rejected request-refused"),
        ("Melted", "pending Some(\"501\")"),
    ] {
        let response = answer(201, &refund(status, "39.9000"));
        let sent = provider().read(&REFUND, &context(), &response);
        assert_eq!(word(&sent), wanted);
        let found = provider().read(&FIND, &named, &response);
        assert_eq!(word(&found), wanted);
    }
    let right = refund("Success", "39.90");
    for (from, to, wanted) in [
        ("39.90", "39.91", "mismatch"),
        ("39.90", "39.901", "unclear"),
        ("RUB", "USD", "mismatch"),
        ("12769", "12770", "mismatch"),
        ("\"501\"", "\"\"", "unclear"),
        ("\"Success\"", "null", "unclear"),
    ] {
        let body = right.replace(from, to);
        for (command, context) in [(REFUND, context()), (FIND, known_refund())] {
            let verdict = provider().read(&command, &context, &answer(200, &body));
            assert_eq!(word(&verdict), wanted, "{from} -> {to}");
        }
    }
    let other = right.replace("501", "502");
    let verdict = provider().read(&FIND, &named, &answer(200, &other));
    assert_eq!(word(&verdict), "mismatch");
}

#[test]
fn a_refund_without_a_number_is_found_only_if_it_cannot_be_another() {
    let found = |context: &Context<'_>, items: &[String], cursor: &str| {
        word(&provider().read(&FIND, context, &answer(200, &list(items, cursor))))
    };
    let right = refund("Success", "39.90");
    let at = |time: &str| right.replace("2026-01-19T15:25:50Z", time);
    let here = context();
    let one = std::slice::from_ref(&right);
    assert_eq!(found(&here, one, ""), "executed Some(\"501\")");
    assert_eq!(
        found(&here, &[refund("Rejected", "39.90")], ""),
        "rejected request-refused"
    );
    assert_eq!(found(&here, &[], ""), "not-there");
    assert_eq!(
        found(&here, &[right.replace("12769", "1")], ""),
        "not-there"
    );
    assert_eq!(found(&here, &[refund("Success", "1.00")], ""), "not-there");
    // A little before the operation, by another clock; and long before.
    assert_eq!(
        found(&here, &[at("2026-01-19T15:23:44Z")], ""),
        "executed Some(\"501\")"
    );
    assert_eq!(found(&here, &[at("2026-01-19T15:23:43Z")], ""), "not-there");
    assert_eq!(
        found(&here, &[at("2026-01-19T18:25:50+03:00")], ""),
        "executed Some(\"501\")"
    );
    for doubtful in [
        vec![right.clone(), right.clone()],
        vec![at("today")],
        vec!["{}".to_owned()],
    ] {
        assert_eq!(found(&here, &doubtful, ""), "unclear");
    }
    assert_eq!(found(&here, one, r#","cursor":"x""#), "unclear");
    assert_eq!(found(&here, &[], r#","cursor":"x""#), "unclear");
    assert_eq!(found(&nameless(), &[], ""), "unclear");
}
