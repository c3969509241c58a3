//! The till plugin's orders with numbered states, with the proposed names and with quite other ones.

use super::*;

const PLAIN: &str = r#"{"protocol":"pos_order","pos_id":"POS-1"}"#;

fn orders(changes: Value) -> Paymaster {
    let mut settings: Value = serde_json::from_str(PLAIN).unwrap();
    settings["pos_order"] = changes;
    with(settings)
}

fn order(state: &str, more: &str) -> String {
    format!(
        r#"{{"id":"12769","orderId":"{REFERENCE}","state":{state},"amount":39.90,"payload":"https://qr.nspk.ru/AD1"{more}}}"#
    )
}

fn told(provider: &Paymaster, command: &Command<'_>, body: &str) -> String {
    word(&provider.read(command, &context(), &answer(200, body)))
}

#[test]
fn the_proposed_states_mean_what_the_sheet_says() {
    let provider = orders(json!({}));
    for (state, wanted) in [
        ("0", "open"),
        ("1", "open"),
        ("2", "open"),
        ("3", "open"),
        ("4", "open"),
        ("5", "approved"),
        ("\"5\"", "approved"),
        ("6", "declined payment-declined"),
        ("7", "open"),
        ("-1", "open"),
        ("\"\"", "open"),
        ("5.0", "open"),
        ("null", "unclear"),
        ("true", "unclear"),
        ("[5]", "unclear"),
    ] {
        for command in [START, STATUS] {
            assert_eq!(
                told(&provider, &command, &order(state, "")),
                wanted,
                "{state}"
            );
        }
    }
}

/// Section 11: a swapped guess must not turn a refusal into a payment, or a payment into a refusal.
#[test]
fn money_is_believed_only_if_nothing_speaks_against_it() {
    let provider = orders(json!({}));
    for (more, wanted) in [
        ("", "approved"),
        (r#","transactionId":"A1""#, "approved"),
        (r#","transactionId":77"#, "approved"),
        (r#","transactionId":"""#, "unclear"),
        (r#","transactionId":null"#, "unclear"),
        (r#","message":"Success""#, "approved"),
        (r#","message":"Thank you""#, "approved"),
        (r#","message":"Payment declined""#, "unclear"),
        (r#","message":"Операция отклонена""#, "unclear"),
        (r#","status":"CANCELLED""#, "unclear"),
        (r#","status":"Rejected""#, "unclear"),
        (r#","status":"expired""#, "unclear"),
        (r#","status":"InsufficientFunds""#, "unclear"),
        (r#","currency":"RUB""#, "approved"),
        (r#","currency":"USD""#, "mismatch"),
    ] {
        assert_eq!(
            told(&provider, &STATUS, &order("5", more)),
            wanted,
            "{more}"
        );
    }
    for (more, wanted) in [
        ("", "declined payment-declined"),
        (r#","message":"Payment expired""#, "expired"),
        (r#","message":"PaymentExpired""#, "expired"),
        (r#","message":"Заказ отменён""#, "cancelled"),
        (r#","status":"CancelledByUser""#, "declined"),
        (r#","status":"Declined""#, "declined payment-declined"),
        (r#","transactionId":"""#, "declined payment-declined"),
        // That looks like money.
        (r#","transactionId":"A1""#, "unclear"),
        (
            r#","transactionId":"A1","status":"declined""#,
            "declined payment-declined",
        ),
    ] {
        assert_eq!(
            told(&provider, &STATUS, &order("6", more)),
            wanted,
            "{more}"
        );
    }
    let confirmed = orders(json!({"state_confirmed": true}));
    let with_number = order("6", r#","transactionId":"A1""#);
    assert_eq!(
        told(&confirmed, &STATUS, &with_number),
        "declined payment-declined"
    );
}

#[test]
fn amounts_and_names_have_to_fit() {
    let provider = orders(json!({}));
    let right = order("5", "");
    for (from, to, wanted) in [
        ("39.90", "39.9000", "approved"),
        ("39.90", "39.91", "mismatch"),
        ("39.90", "3990", "mismatch"),
        ("39.90", "39.901", "unclear"),
        ("39.90", "null", "unclear"),
        ("\"amount\"", "\"other\"", "unclear"),
        ("12769", "12770", "mismatch"),
        ("\"12769\"", "12769", "approved"),
        ("\"12769\"", "null", "unclear"),
        (REFERENCE, "LP-OTHER", "mismatch"),
        ("orderId", "ignored", "approved"),
        ("}", "", "unclear"),
    ] {
        let body = right.replace(from, to);
        assert_eq!(told(&provider, &STATUS, &body), wanted, "{from} -> {to}");
    }
    let waiting = order("1", "").replace("39.90", "null");
    assert_eq!(told(&provider, &STATUS, &waiting), "open");
    for body in ["", "[]", "null", "5", "<html>", "{\"a\":", "{}"] {
        for command in &ALL {
            assert_eq!(told(&provider, command, body), "unclear", "{body}");
        }
    }
}

#[test]
fn a_cancel_has_worked_only_if_the_order_says_so() {
    let provider = orders(json!({}));
    for (body, wanted) in [
        (r#"{"state":6}"#, "cancelled"),
        (r#"{"id":"12769","state":6}"#, "cancelled"),
        (r#"{"id":"1","state":6}"#, "mismatch"),
        (r#"{"state":6,"message":"PaymentExpired"}"#, "cancelled"),
        (r#"{"state":4}"#, "unclear"),
        (r#"{"state":5}"#, "unclear"),
        (r#"{}"#, "unclear"),
    ] {
        assert_eq!(told(&provider, &CANCEL, body), wanted, "{body}");
    }
    let refused = answer(422, r#"{"code":"invalid_operation"}"#);
    let verdict = provider.read(&CANCEL, &context(), &refused);
    assert_eq!(word(&verdict), "ask-first");
}

#[test]
fn requests_follow_the_proposed_addresses() {
    let provider = orders(json!({}));
    let ask = |command: &Command<'_>, context: &Context<'_>| {
        let request = provider.request(command, context);
        let body = String::from_utf8(request.body.clone()).unwrap();
        let path = request
            .url
            .replace("https://paymaster.ru/api/v1/pos/POS-1", "");
        format!("{} {path} {body}", request.method.name())
    };
    assert_eq!(ask(&START, &nameless()), "POST /orders {}");
    assert_eq!(ask(&STATUS, &context()), "GET /orders/12769 ");
    assert_eq!(ask(&CANCEL, &context()), "PUT /orders/12769/cancel ");
    assert_eq!(
        ask(&REFUND, &context()),
        r#"POST /orders/12769/refunds {"amount":39.90,"currency":"RUB"}"#
    );
    let named = Context {
        refund_reference: Some("501"),
        ..context()
    };
    assert_eq!(ask(&FIND, &named), "GET /orders/12769/refunds/501 ");
    assert_eq!(ask(&FIND, &context()), "GET /orders/12769 ");
    // No way to ask by our own number is known: what comes back has to prove that it is ours.
    assert_eq!(
        ask(&STATUS, &nameless()),
        format!("GET /orders/{REFERENCE} ")
    );
    let by_order = |body: &str| word(&provider.read(&STATUS, &nameless(), &answer(200, body)));
    assert_eq!(by_order(&order("1", "")), "open");
    assert_eq!(by_order(&order("5", "").replace("orderId", "x")), "unclear");
    assert_eq!(
        by_order(&order("5", "").replace(REFERENCE, "LP-A")),
        "mismatch"
    );
    let unknown = answer(404, r#"{"code":"validation_error"}"#);
    let verdict = provider.read(&STATUS, &nameless(), &unknown);
    assert_eq!(word(&verdict), "unclear");
}

#[test]
fn refunds_of_orders() {
    let provider = orders(json!({}));
    let named = Context {
        refund_reference: Some("501"),
        ..context()
    };
    for (body, wanted) in [
        (
            r#"{"id":"501","status":"Success"}"#,
            "executed Some(\"501\")",
        ),
        (
            r#"{"id":501,"status":"Pending","amount":39.9}"#,
            "pending Some(\"501\")",
        ),
        (
            r#"{"id":"501","status":"Rejected"}"#,
            "rejected request-refused",
        ),
        (r#"{"id":"501","status":"Success","amount":1}"#, "mismatch"),
        (r#"{"id":"501","status":"Success","amount":"x"}"#, "unclear"),
        (r#"{"id":"501"}"#, "unclear"),
        (r#"{"status":"Success"}"#, "unclear"),
    ] {
        assert_eq!(told(&provider, &REFUND, body), wanted, "{body}");
        let verdict = provider.read(&FIND, &named, &answer(200, body));
        assert_eq!(word(&verdict), wanted, "{body}");
    }
    let other = answer(200, r#"{"id":"502","status":"Success"}"#);
    assert_eq!(word(&provider.read(&FIND, &named, &other)), "mismatch");
    // No list of refunds is known.
    let listed = answer(200, r#"{"id":"501","status":"Success"}"#);
    assert_eq!(word(&provider.read(&FIND, &context(), &listed)), "unclear");
}

/// The same engine behaviour with swapped states, other members, other addresses and kopecks.
fn other_settings() -> Paymaster {
    with(json!({
        "protocol": "pos_order",
        "pos_id": "K7",
        "base_url": "https://pay.example",
        "pos_id_header": "X-Pos-Id",
        "pos_order": {
            "state_paid": 6,
            "state_failed": "FIVE",
            "state_map": {"8": "expired", "Void": "cancelled", "6b": "declined"},
            "amount_unit": "kopecks",
            "path_create": "/q/create",
            "path_status": "/q/{id}",
            "path_status_by_order": "/q/by/{orderId}",
            "path_cancel": "/q/{posId}/{id}",
            "path_refund": "/q/{id}/back",
            "path_refund_status": "/q/back/{refundId}",
            "method_create": "PUT",
            "method_status": "POST",
            "method_cancel": "DELETE",
            "method_refund": "PUT",
            "field_id": "/order/0/no",
            "field_order": "/order/0/a~1b",
            "field_state": "/order/0/st",
            "field_payload": "/qr",
            "field_amount": "/order/0/sum",
            "field_txid": "/trx",
            "field_message": "",
            "field_status": "",
            "field_refund_id": "/back/no",
            "field_refund_status": "/back/st",
            "body_order": "head.number",
            "body_amount": "head.sum",
            "body_currency": "",
            "body_description": "text",
            "body_expires": "",
        },
    }))
}

#[test]
fn everything_can_be_called_differently() {
    let provider = other_settings();
    let body = |state: &str, sum: &str| {
        format!(
            r#"{{"order":[{{"no":12769,"a/b":"{REFERENCE}","st":{state},"sum":{sum}}}],"qr":"Q","message":"cancelled"}}"#
        )
    };
    for (state, sum, wanted) in [
        ("6", "3990", "approved"),
        ("6", "39.90", "unclear"),
        ("6", "3991", "mismatch"),
        ("5", "3990", "open"),
        ("\"five\"", "3990", "declined payment-declined"),
        ("8", "3990", "expired"),
        ("\"VOID\"", "3990", "cancelled"),
        ("\"6B\"", "3990", "declined payment-declined"),
    ] {
        assert_eq!(
            told(&provider, &STATUS, &body(state, sum)),
            wanted,
            "{state}"
        );
    }
    let started = provider.read(&START, &nameless(), &answer(201, &body("1", "3990")));
    let Verdict::Observed(statement) = started else {
        panic!("{}", word(&started));
    };
    assert_eq!(statement.qr_text.unwrap().reveal(), "Q");
    let back = r#"{"back":{"no":"9","st":"Pending"}}"#;
    assert_eq!(told(&provider, &REFUND, back), "pending Some(\"9\")");

    let ask = |command: &Command<'_>, context: &Context<'_>| {
        let request = provider.request(command, context);
        let mut headers = request.headers.iter();
        let pos_id = headers.find(|it| it.0 == "X-Pos-Id").unwrap();
        assert_eq!(pos_id.1.reveal(), "K7");
        format!("{} {}", request.method.name(), request.url)
    };
    assert_eq!(ask(&START, &nameless()), "PUT https://pay.example/q/create");
    assert_eq!(ask(&STATUS, &context()), "POST https://pay.example/q/12769");
    assert_eq!(
        ask(&STATUS, &nameless()),
        format!("POST https://pay.example/q/by/{REFERENCE}")
    );
    assert_eq!(
        ask(&CANCEL, &context()),
        "DELETE https://pay.example/q/K7/12769"
    );
    assert_eq!(
        ask(&REFUND, &context()),
        "PUT https://pay.example/q/12769/back"
    );
    let refund = provider.request(&REFUND, &context()).body;
    assert_eq!(refund, br#"{"amount":3990,"currency":"RUB"}"#);
}

proptest! {
    #[test]
    fn unknown_states_and_pointers_into_anything_are_never_paid(
        state in "[a-z0-9]{1,8}",
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assume!(state != "5" && state != "6");
        let waits = order(&format!("\"{state}\""), "");
        prop_assert_eq!(told(&orders(json!({})), &STATUS, &waits), "open");
        let response = HttpResponse { status: 200, headers: vec![], body };
        for provider in [orders(json!({})), other_settings()] {
            for command in &ALL {
                let verdict = provider.read(command, &context(), &response);
                prop_assert!(!matches!(verdict, Verdict::Observed(_)));
            }
        }
    }
}
