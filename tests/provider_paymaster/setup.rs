//! Settings, and what is checked before anything is written or sent.

use super::*;
use payments::provider::{
    ApproachWish, ReceiptDetails, RefundOrder, Settings as _, SetupError, StartOrder, TenderDetails,
};
use payments::tender::{Approach, LatePolicy, Money, Prompt, RefundRecovery};

fn settings(changes: Value) -> Settings {
    let mut settings = json!({"token": {"value": "t"}, "merchant_id": MERCHANT});
    let members = settings.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    serde_json::from_value(settings).unwrap()
}

fn refused(changes: Value) -> String {
    match Paymaster::new(&settings(changes), &BuildRules::default()) {
        Ok(_) => "fine".to_owned(),
        Err(SetupError::Invalid { setting, .. } | SetupError::Secret { setting, .. }) => {
            setting.to_owned()
        }
    }
}

fn refused_orders(changes: Value) -> String {
    refused(json!({"protocol": "pos_order", "pos_id": "1", "pos_order": changes}))
}

#[test]
fn settings_that_cannot_work_are_named() {
    for (changes, setting) in [
        (json!({}), "fine"),
        (json!({"token": {"value": " "}}), "token"),
        (json!({"merchant_id": ""}), "merchant_id"),
        (json!({"merchant_id": "a b"}), "merchant_id"),
        (json!({"base_url": "http://paymaster.ru"}), "base_url"),
        (json!({"base_url": "https://paymaster.ru/"}), "base_url"),
        (json!({"pos_id": "a/b"}), "pos_id"),
        (json!({"sticker_id": "ä"}), "sticker_id"),
        (json!({"pos_id_header": "a:b"}), "pos_id_header"),
        (json!({"payment_method": ""}), "payment_method"),
        (json!({"sticker_payload": ""}), "sticker_payload"),
        (json!({"description_template": " "}), "description_template"),
        (json!({"description_len_max": 5}), "description_len_max"),
        (json!({"display_mode": 3}), "display_mode"),
        (json!({"display_mode": 2}), "sticker_id"),
        (
            json!({"display_mode": 2, "static_link": true}),
            "sticker_id",
        ),
        (json!({"display_mode": 2, "sticker_id": "0a"}), "fine"),
        (json!({"display_mode": 0, "sticker_id": "0a"}), "fine"),
        (json!({"display_source": "hosted_page"}), "fine"),
        (
            json!({"display_source": "hosted_page", "sticker_id": "0a"}),
            "display_source",
        ),
        (json!({"invoice_lifetime_s": 59}), "invoice_lifetime_s"),
        (json!({"invoice_lifetime_s": 1201}), "invoice_lifetime_s"),
        (json!({"invoice_lifetime_s": 60}), "attempt_timeout_s"),
        (
            json!({"invoice_lifetime_s": 60, "attempt_timeout_s": 60}),
            "fine",
        ),
        (json!({"attempt_timeout_s": 0}), "attempt_timeout_s"),
        (json!({"attempt_timeout_s": 301}), "attempt_timeout_s"),
        (json!({"poll_interval_ms": 100}), "poll_interval_ms"),
        (json!({"request_timeout_ms": 0}), "request_timeout_ms"),
        (json!({"status_timeout_ms": 999_999}), "status_timeout_ms"),
        (json!({"min_amount": 0}), "min_amount"),
        (json!({"min_amount": 500, "max_amount": 400}), "min_amount"),
        (json!({"search_window_ms": 0}), "search_window_ms"),
        (
            json!({"pos_id": "1", "pos_id_field": "invoice"}),
            "pos_id_field",
        ),
        (
            json!({"pos_id": "1", "pos_id_field": "invoice.orderNo"}),
            "pos_id_field",
        ),
        (
            json!({"pos_id": "1", "pos_id_field": "merchantId.pos"}),
            "pos_id_field",
        ),
        (
            json!({"pos_id": "1", "pos_id_field": "a..b"}),
            "pos_id_field",
        ),
        (
            json!({"pos_id": "1", "pos_id_field": "paymentData.pos_id"}),
            "fine",
        ),
        (json!({"protocol": "pos_order"}), "pos_id"),
        (
            json!({"protocol": "pos_order", "pos_id": "1", "display_mode": 2}),
            "static_link",
        ),
        (
            json!({"protocol": "pos_order", "pos_id": "1", "display_mode": 2, "sticker_id": "0a"}),
            "static_link",
        ),
        (
            json!({"protocol": "pos_order", "pos_id": "1", "display_mode": 2, "static_link": true}),
            "fine",
        ),
        (
            json!({"protocol": "pos_order", "pos_id": "1", "display_source": "hosted_page"}),
            "display_source",
        ),
        (
            json!({"protocol": "pos_order", "pos_id": "1", "merchant_id": ""}),
            "fine",
        ),
    ] {
        assert_eq!(refused(changes.clone()), setting, "{changes}");
    }
    for (changes, setting) in [
        (json!({"state_paid": 6}), "pos_order.state_failed"),
        (
            json!({"state_paid": "A", "state_failed": "a"}),
            "pos_order.state_failed",
        ),
        (json!({"path_create": "orders"}), "pos_order.path_create"),
        (json!({"path_status": "/orders"}), "pos_order.path_status"),
        (json!({"path_cancel": ""}), "pos_order.path_cancel"),
        (json!({"path_refund": "/refunds"}), "pos_order.path_refund"),
        (
            json!({"path_refund_status": "/{id}"}),
            "pos_order.path_refund_status",
        ),
        (
            json!({"path_status_by_order": "/{id}"}),
            "pos_order.path_status_by_order",
        ),
        (json!({"field_id": ""}), "pos_order.field_id"),
        (json!({"field_state": "state"}), "pos_order.field_state"),
        (json!({"field_amount": ""}), "pos_order.field_amount"),
        (json!({"field_txid": "x"}), "pos_order.field_txid"),
        (json!({"body_order": ""}), "pos_order.body_order"),
        (json!({"body_amount": ""}), "pos_order.body_amount"),
        (json!({"body_order": "amount"}), "pos_order.body_order"),
        (json!({"field_payload": "", "body_expires": ""}), "fine"),
    ] {
        assert_eq!(refused_orders(changes.clone()), setting, "{changes}");
    }
    let misspelt = json!({"token": {"value": "t"}, "stickerid": "x"});
    assert!(serde_json::from_value::<Settings>(misspelt).is_err());
    let misspelt = json!({"token": {"value": "t"}, "pos_order": {"state": 5}});
    assert!(serde_json::from_value::<Settings>(misspelt).is_err());
}

#[test]
fn the_engine_is_told_how_to_treat_it() {
    let plain = settings(json!({}));
    let rules = plain.capabilities();
    assert!(rules.cancel_once && rules.partial_refund && rules.can_ask && rules.by_qr);
    assert!(!rules.capture_separately && !rules.known_by_answer && !rules.by_scan);
    assert_eq!(
        (rules.attempt_ms, rules.lifetime_ms),
        (Some(90_000), 300_000)
    );
    assert_eq!(rules.refund_recovery, RefundRecovery::Repeat);
    assert_eq!(
        (rules.refund_poll_ms, rules.request_timeout_ms),
        (3_000, 15_000)
    );
    for age_ms in [0, 60_000, 290_000] {
        assert_eq!(rules.poll.interval_ms(age_ms), 3_000);
    }
    assert_eq!(plain.late_approval(), Some(LatePolicy::Keep));
    let asks = settings(json!({"late_approval": "ask"}));
    assert_eq!(asks.late_approval(), Some(LatePolicy::Ask));
    for (mode, prompt) in [
        (0, Prompt::PrintQr),
        (1, Prompt::ShowQr),
        (2, Prompt::UsePlate),
    ] {
        let changes = json!({"display_mode": mode, "sticker_id": "0a"});
        assert_eq!(settings(changes).capabilities().code_prompt, prompt);
    }
    // Nobody saw a code of an unanswered order, unless there is a plate or a way to ask.
    let orders = |changes: Value| {
        let mut all = json!({"protocol": "pos_order", "pos_id": "1"});
        let members = all.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        settings(all).capabilities().known_by_answer
    };
    assert!(orders(json!({})));
    assert!(!orders(json!({"static_link": true})));
    assert!(!orders(
        json!({"pos_order": {"path_status_by_order": "/o/{orderId}"}})
    ));
    assert_eq!(provider().default_approach(), ApproachWish::Qr);
}

fn prepared(
    provider: &Paymaster,
    minor: i64,
    details: &TenderDetails,
) -> Result<String, &'static str> {
    let order = StartOrder {
        sale_ref: "S-1",
        reference: REFERENCE,
        amount: Money::new(minor, Currency::from_code("RUB").unwrap()),
        sale_total: Some(100_000),
        approach: Approach::ShowQr,
        customer: None,
        details,
        now_ms: BEGUN_AT,
    };
    let body = provider.prepare(&order).map_err(|invalid| invalid.field)?;
    Ok(String::from_utf8(body).unwrap())
}

fn receipt() -> TenderDetails {
    TenderDetails {
        receipt: Some(ReceiptDetails {
            lines: vec![],
            till: Some("4".to_owned()),
            number: Some("123".to_owned()),
        }),
        ..TenderDetails::default()
    }
}

#[test]
fn bodies_are_exactly_these() {
    let plain = TenderDetails::default();
    let invoice = |text: &str| {
        format!(
            r#""invoice":{{"description":"{text}","orderNo":"{REFERENCE}","expires":"2026-01-19T15:30:44Z"}}"#
        )
    };
    let ends =
        r#""amount":{"value":39.90,"currency":"RUB"},"paymentData":{"paymentMethod":"sbp"}}"#;
    assert_eq!(
        prepared(&provider(), 3_990, &receipt()).unwrap(),
        format!(
            r#"{{"merchantId":"{MERCHANT}",{},{ends}"#,
            invoice("Чек 123 касса 4")
        )
    );
    assert_eq!(
        prepared(&provider(), 3_990, &plain).unwrap(),
        format!(
            r#"{{"merchantId":"{MERCHANT}",{},{ends}"#,
            invoice(&format!("Чек {REFERENCE} касса -"))
        )
    );
    let mut details = receipt();
    details.description = Some("Кофе".to_owned());
    details.metadata.insert("shop".to_owned(), "7".to_owned());
    let whole = with(json!({
        "test_mode": true, "pos_id": "POS-1", "sticker_id": "0a1b", "payment_method": "SBP",
        "invoice_lifetime_s": 60, "attempt_timeout_s": 30,
    }));
    assert_eq!(
        prepared(&whole, 100, &details).unwrap(),
        format!(
            r#"{{"merchantId":"{MERCHANT}","testMode":true,"invoice":{{"description":"Кофе","orderNo":"{REFERENCE}","expires":"2026-01-19T15:26:44Z","params":{{"posId":"POS-1","shop":"7"}}}},"amount":{{"value":1.00,"currency":"RUB"}},"paymentData":{{"paymentMethod":"SBP","stickerId":"0a1b"}}}}"#
        )
    );
    let moved = with(json!({"pos_id": "K7", "pos_id_field": "paymentData.terminal.no"}));
    assert!(
        prepared(&moved, 100, &plain)
            .unwrap()
            .ends_with(r#""paymentData":{"paymentMethod":"sbp","terminal":{"no":"K7"}}}"#)
    );
    let by_header = with(json!({"pos_id": "K7", "pos_id_header": "PosID"}));
    assert!(!prepared(&by_header, 100, &plain).unwrap().contains("posId"));
    let sent = by_header.request(&START, &context());
    assert!(
        sent.headers
            .iter()
            .any(|it| it.0 == "PosID" && it.1.reveal() == "K7")
    );
    let hosted = with(json!({"display_source": "hosted_page"}));
    assert!(
        prepared(&hosted, 100, &plain)
            .unwrap()
            .ends_with(r#""amount":{"value":1.00,"currency":"RUB"},"paymentMethod":"sbp"}"#)
    );
    let request = hosted.request(&START, &context());
    assert!(request.url.ends_with("/api/v2/invoices"));

    let orders = |unit: &str| {
        with(
            json!({"protocol": "pos_order", "pos_id": "POS-1", "pos_order": {"amount_unit": unit}}),
        )
    };
    for (unit, amount) in [("rubles", "39.90"), ("kopecks", "3990")] {
        assert_eq!(
            prepared(&orders(unit), 3_990, &receipt()).unwrap(),
            format!(
                r#"{{"orderId":"{REFERENCE}","amount":{amount},"currency":"RUB","description":"Чек 123 касса 4","expires":"2026-01-19T15:30:44Z"}}"#
            )
        );
    }
    let renamed = with(json!({
        "protocol": "pos_order", "pos_id": "1", "description_template": "{sale}/{till}",
        "pos_order": {"body_order": "o.n", "body_amount": "o.s", "body_currency": "",
            "body_expires": ""},
    }));
    assert_eq!(
        prepared(&renamed, 3_990, &plain).unwrap(),
        format!(r#"{{"o":{{"n":"{REFERENCE}","s":39.90}},"description":"S-1/1"}}"#)
    );
}

/// Several tenders may pay one sale, so any part of its total is a good amount.
#[test]
fn start_requests_are_checked_before_anything_is_sent() {
    let plain = TenderDetails::default();
    let provider = provider();
    for (minor, wanted) in [
        (100, Ok(())),
        (1, Err("amount")),
        (99, Err("amount")),
        (0, Err("amount")),
        (-100, Err("amount")),
        (99_999, Ok(())),
        (100_000_000, Ok(())),
        (100_000_001, Err("amount")),
    ] {
        let verdict = prepared(&provider, minor, &plain).map(|_| ());
        assert_eq!(verdict, wanted, "{minor}");
    }
    let narrow = with(json!({"min_amount": 1_000, "max_amount": 2_000}));
    assert_eq!(prepared(&narrow, 999, &plain), Err("amount"));
    assert_eq!(prepared(&narrow, 2_001, &plain), Err("amount"));

    let described = |text: &str| TenderDetails {
        description: Some(text.to_owned()),
        ..TenderDetails::default()
    };
    for text in ["", "  ", "a\nb", &"я".repeat(141)] {
        assert_eq!(
            prepared(&provider, 100, &described(text)),
            Err("details.description")
        );
    }
    assert!(prepared(&provider, 100, &described(&"я".repeat(140))).is_ok());
    let mut long = receipt();
    long.receipt.as_mut().unwrap().number = Some("9".repeat(300));
    assert!(
        prepared(&provider, 100, &long)
            .unwrap()
            .contains(&"9".repeat(136))
    );

    let tagged = |key: &str| {
        let mut details = TenderDetails::default();
        details.metadata.insert(key.to_owned(), "x".to_owned());
        details
    };
    assert!(
        prepared(&provider, 100, &tagged("a.b"))
            .unwrap()
            .contains(r#""params":{"a.b":"x"}"#)
    );
    assert_eq!(
        prepared(&provider, 100, &tagged("")),
        Err("details.metadata")
    );
    let taken = with(json!({"pos_id": "K7"}));
    assert_eq!(
        prepared(&taken, 100, &tagged("posId")),
        Err("details.metadata")
    );
    let orders = with(json!({"protocol": "pos_order", "pos_id": "1"}));
    assert_eq!(
        prepared(&orders, 100, &tagged("a")),
        Err("details.metadata")
    );

    let mut order = StartOrder {
        sale_ref: "S-1",
        reference: REFERENCE,
        amount: Money::new(100, Currency::from_code("EUR").unwrap()),
        sale_total: None,
        approach: Approach::ShowQr,
        customer: None,
        details: &plain,
        now_ms: BEGUN_AT,
    };
    assert_eq!(provider.prepare(&order).unwrap_err().field, "currency");
    order.amount.currency = Currency::from_code("RUB").unwrap();
    order.approach = Approach::Push;
    assert_eq!(
        provider.prepare(&order).unwrap_err().field,
        "details.approach"
    );
}

/// S48.
#[test]
fn a_self_checkout_gives_nothing_back() {
    let order = |code: &str| RefundOrder {
        amount: Some(100),
        currency: Currency::from_code(code).unwrap(),
        payment_amount: None,
        provider_reference: None,
        paid_at: None,
        now_ms: BEGUN_AT,
    };
    assert!(provider().check_refund(&order("RUB")).is_ok());
    assert_eq!(
        provider().check_refund(&order("EUR")).unwrap_err().field,
        "currency"
    );
    let kiosk = with(json!({"terminal_kind": "self_checkout"}));
    let refused = kiosk.check_refund(&order("RUB")).unwrap_err();
    assert!(refused.problem.contains("attended till"), "{refused}");
}

#[test]
fn cashiers_type_either_name_of_a_payment() {
    let typed = |provider: &Paymaster, text: &str| provider.typed_reference(text).ok();
    let own = "LP-ABCDEFGHIJKLMNOPQRSTUVWX23".to_owned();
    let rest = provider();
    assert_eq!(typed(&rest, " 12769 ").as_deref(), Some("12769"));
    assert_eq!(typed(&rest, &own.to_lowercase()), Some(own.clone()));
    assert_eq!(typed(&rest, &"9".repeat(20)), Some("9".repeat(20)));
    for wrong in [
        "",
        "LP-",
        "LP-12769",
        "12 769",
        "1/2",
        "abc",
        &"9".repeat(21),
        &"A".repeat(29),
    ] {
        assert_eq!(typed(&rest, wrong), None, "{wrong}");
    }
    let orders = with(json!({"protocol": "pos_order", "pos_id": "1"}));
    assert_eq!(typed(&orders, "ab-12_3").as_deref(), Some("ab-12_3"));
    assert_eq!(typed(&orders, &own), Some(own));
    for wrong in ["", "LP-1", "a/b", "a b"] {
        assert_eq!(typed(&orders, wrong), None, "{wrong}");
    }
}

#[test]
fn support_is_told_the_names_and_no_secrets() {
    let named = Context {
        refund_reference: Some("501"),
        ..context()
    };
    let fields = with(json!({"pos_id": "K7"})).support(&named);
    let wanted = [
        ("protocol", "rest_v2"),
        ("order_no", REFERENCE),
        ("payment_id", "12769"),
        ("refund_id", "501"),
        ("merchant_id", MERCHANT),
        ("pos_id", "K7"),
    ];
    let wanted = wanted.map(|(name, value)| (name, value.to_owned()));
    assert_eq!(fields, wanted);
    let fields = provider().support(&nameless());
    assert_eq!(fields.len(), 3, "{fields:?}");
}
