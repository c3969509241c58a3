//! The Smartum provider against its fact sheet: settings, amounts, entries by hand, refunds, and
//! what each answer means.

mod refunds;
mod support;

use payments::provider::smartum::{Settings, Smartum};
use payments::provider::{
    ApproachWish, BuildRules, ManualClaim, ManualEntry, Provider, ScanOrder, Scanned, StartOrder,
    TenderDetails, registry,
};
use payments::tender::{Approach, Currency, Money, RefundRecovery};
use serde_json::{Value, json};
use support::*;

#[test]
fn settings_are_checked_and_say_what_is_wrong() {
    assert!(try_build(&json!({})).is_ok());
    #[rustfmt::skip]
    let cases = [
        (json!({"venue_id": "gym"}), "venue_id"),
        (json!({"venue_id": null}), "venue_id"),
        (json!({"accepted_venues": ["ven_x"]}), "accepted_venues"),
        (json!({"benefit": " "}), "benefit"),
        (json!({"product_label": ""}), "product_label"),
        (json!({"base_url": "http://api.smartum.fi"}), "base_url"),
        (json!({"base_url": "https://api.smartum.fi/"}), "base_url"),
        (json!({"environment": "a:b"}), "environment"),
        (json!({"jwt_keys": []}), "qr_formats"),
        (json!({"jwt_keys": [{}]}), "key 1: needs one of"),
        (json!({"jwt_keys": [{"pem": "hello"}]}), "key 1"),
        (json!({"jwt_keys": [{"file": "no/such/file"}]}), "no/such/file"),
        (json!({"jwt_keys": [{"secret": "x"}]}), "unknown field"),
        (json!({"jwt_algs": []}), "jwt_algs"),
        (json!({"jwt_algs": ["none"]}), "jwt_algs"),
        (json!({"jwt_algs": ["ES512", "HS512"]}), "jwt_algs"),
        (json!({"client_id": null}), "client_id"),
        (json!({"client_secret": null}), "refund_mode"),
        (json!({"client_secret": {"env": "PAYMENTS_TEST_NOT_SET"}}), "PAYMENTS_TEST_NOT_SET"),
        (json!({"auth_mode": "magic"}), "magic"),
        (json!({"qr_formats": ["barcode"]}), "barcode"),
        (json!({"claims": {"amount": []}}), "claims.amount"),
        (json!({"claims": {"tx": ["transaction"]}}), "claims.tx"),
        (json!({"claims": {"colour": ["/x"]}}), "colour"),
        (json!({"paid_statuses": ["Paid"]}), "lower case"),
        (json!({"void_statuses": ["paid"]}), "something else"),
        (json!({"max_age_s": -1}), "max_age_s"),
        (json!({"future_skew_s": 100_000}), "future_skew_s"),
        (json!({"manual_max_amount": 0}), "manual_max_amount"),
        (json!({"token_path": "oauth"}), "token_path"),
        (json!({"endpoints": {"refund": "/refund"}}), "endpoints.refund"),
        (json!({"endpoints": {"transaction": "/t"}}), "endpoints.transaction"),
        (json!({"refund_idempotency_header": "a b"}), "refund_idempotency_header"),
        (json!({"request_timeout_ms": 1}), "request_timeout_ms"),
        (json!({"jwks_url": "https://api.smartum.fi/keys"}), "jwks_url"),
        (json!({"redeem_mode": "online_required"}), "redeem_mode"),
    ];
    for (changes, expected) in cases {
        match try_build(&changes) {
            Ok(_) => panic!("{changes} was accepted"),
            Err(problem) => assert!(problem.contains(expected), "{changes}: {problem}"),
        }
    }
    let twice = settings_with(&json!({}))["jwt_keys"][0].clone();
    let problem = try_build(&json!({"jwt_keys": [twice, twice]}))
        .err()
        .unwrap();
    assert!(problem.contains("key 2: has the kid"), "{problem}");
    // Refunds by hand need no credentials, and a till without a scanner needs no keys.
    let by_hand = json!({
        "client_id": null, "client_secret": null, "refund_mode": "manual",
        "jwt_keys": null, "qr_formats": [],
    });
    assert!(try_build(&by_hand).is_ok());
}

#[test]
fn the_settings_of_another_system_are_understood() {
    let (_, pem) = world().smartum().public_keys_pem().remove(0);
    let theirs = json!({
        "smartumUrl": "https://api.staging.smartum.fi",
        "smartumApiPublicKey": pem,
        "smartumClientId": {"value": "a"},
        "smartumClientSecret": {"value": "b"},
        "smartumVenueId": GYM,
        "smartumBenefitType": "massage",
        "enablePaymentWithBenefitProviderSmartumForProductsWithThisProductLabel": "benefit",
    });
    let settings: Settings = serde_json::from_value(theirs.clone()).unwrap();
    assert_eq!(settings.base_url, "https://api.staging.smartum.fi");
    assert_eq!(settings.benefit, "massage");
    assert_eq!(settings.product_label.as_deref(), Some("benefit"));
    let smartum = Smartum::new(&settings, &BuildRules::default()).unwrap();
    let receipt = json!({"amount": 100, "extra_claims": {"benefit": "massage"}});
    let shown = world().act(NOW_MS, "smartum", "receipt", &receipt).unwrap();
    let labelled = json!({"eligible_amount": 100});
    assert_eq!(scan(&smartum, &shown, 100, &labelled), "settles 100");
    let read = registry::settings("smartum", theirs).unwrap();
    assert!(read.unwrap().build(&BuildRules::default()).is_ok());
}

fn scan(smartum: &Smartum, shown: &Value, due: i64, with: &Value) -> String {
    let order = ScanOrder {
        due: eur(due),
        sale_total: None,
        details: &details(with.clone()),
        now_ms: NOW_MS,
    };
    match smartum.look_at(shown["qr_text"].as_str().unwrap(), &order) {
        Scanned::Paid { settles, .. } => match settles {
            Ok(amount) => format!("settles {amount}"),
            Err(reason) => format!("paid {}", reason.key()),
        },
        Scanned::Refused(reason) => format!("refused {}", reason.key()),
        Scanned::NotOurs | Scanned::Customer => String::from("not ours"),
    }
}

fn receipt_over(amount: i64) -> Value {
    let order = json!({"venue": GYM, "amount": amount});
    world().act(NOW_MS, "smartum", "receipt", &order).unwrap()
}

#[test]
fn a_receipt_settles_what_is_due_and_eligible() {
    let line = |total: i64, labels: Value, is_return: bool| {
        json!({"id": "1", "name": "x", "total": total, "total_excluding_tax": total, "tax": 0,
               "labels": labels, "is_return": is_return})
    };
    let basket = json!({"receipt": {"lines": [
        line(600, json!(["benefit", "new"]), false),
        line(400, json!([]), false),
        line(300, json!(["benefit"]), false),
        line(100, json!(["benefit"]), true),
    ]}});
    let none = json!({});
    let given = json!({"eligible_amount": 700});
    #[rustfmt::skip]
    let cases = [
        // Policy, label, details, due, receipt, and what becomes of it.
        ("reject", None, &none, 1_000, 1_000, "settles 1000"),
        ("reject", None, &none, 1_000, 400, "settles 400"),
        ("reject", None, &none, 1_000, 1_001, "paid receipt-exceeds-due"),
        ("reject", None, &given, 1_000, 700, "settles 700"),
        ("reject", None, &given, 1_000, 701, "paid receipt-exceeds-eligible"),
        ("reject", None, &basket, 1_200, 1_200, "settles 1200"),
        ("reject", Some("benefit"), &basket, 1_200, 800, "settles 800"),
        ("reject", Some("benefit"), &basket, 1_200, 801, "paid receipt-exceeds-eligible"),
        ("reject", Some("benefit"), &basket, 700, 701, "paid receipt-exceeds-due"),
        ("reject", Some("other"), &basket, 1_200, 1, "paid receipt-exceeds-eligible"),
        ("reject", Some("benefit"), &none, 1_200, 1, "paid receipt-exceeds-eligible"),
        ("reject", Some("benefit"), &given, 1_200, 700, "settles 700"),
        ("cap", None, &none, 1_000, 1_150, "settles 1000"),
        ("cap", None, &none, 1_000, 900, "settles 900"),
        ("cap", None, &given, 1_000, 1_150, "settles 700"),
        ("cap", Some("benefit"), &none, 1_000, 500, "paid receipt-exceeds-eligible"),
        ("exact", None, &none, 1_000, 1_000, "settles 1000"),
        ("exact", None, &none, 1_000, 999, "paid receipt-not-exact"),
        ("exact", None, &none, 1_000, 1_001, "paid receipt-not-exact"),
        ("exact", None, &given, 1_000, 1_000, "paid receipt-exceeds-eligible"),
    ];
    for (policy, label, details, due, amount, expected) in cases {
        let mut changes = json!({"amount_policy": policy});
        if let Some(label) = label {
            changes["product_label"] = json!(label);
        }
        let found = scan(&build(changes), &receipt_over(amount), due, details);
        assert_eq!(
            found, expected,
            "{policy} {label:?} {details} {due} {amount}"
        );
    }
}

#[test]
fn what_is_taken_is_configuration() {
    let order = |changes: Value| {
        let mut order = json!({"venue": GYM, "amount": 500});
        for (name, value) in changes.as_object().unwrap() {
            order[name] = value.clone();
        }
        world().act(NOW_MS, "smartum", "receipt", &order).unwrap()
    };
    let plain = order(json!({}));
    let culture = order(json!({"benefit": "culture"}));
    let other = order(json!({"venue": "ven_Sandbox0Other004"}));
    let old = order(json!({"paid_at_ms": 0}));
    let timeless = order(json!({"drop_claims": ["iat"]}));
    let shop = order(json!({"extra_claims": {"nonce": "n"}}));
    let odd = order(json!({"extra_claims": {"status": "maksettu"}}));
    let silent = order(json!({"drop_claims": ["benefit"]}));
    #[rustfmt::skip]
    let cases = [
        (json!({}), &plain, "settles 500"),
        (json!({"benefit": "massage"}), &plain, "paid receipt-wrong-benefit"),
        (json!({}), &culture, "paid receipt-wrong-benefit"),
        (json!({"accepted_benefits": ["exercise", "culture"]}), &culture, "settles 500"),
        (json!({"accepted_benefits": []}), &culture, "settles 500"),
        (json!({"accepted_benefits": []}), &silent, "settles 500"),
        (json!({"accepted_venues": ["ven_Sandbox0Other004"]}), &other, "settles 500"),
        (json!({}), &old, "paid receipt-too-old"),
        (json!({"max_age_s": 0}), &old, "settles 500"),
        (json!({}), &timeless, "refused receipt-unmapped"),
        (json!({"max_age_s": 0}), &timeless, "settles 500"),
        (json!({}), &shop, "paid receipt-not-valid"),
        (json!({"accept_checkout": true}), &shop, "settles 500"),
        (json!({}), &odd, "refused receipt-unmapped"),
        (json!({"paid_statuses": ["maksettu"]}), &odd, "settles 500"),
        (json!({"void_statuses": ["maksettu"]}), &odd, "paid receipt-not-valid"),
        (json!({"qr_formats": ["json"]}), &plain, "refused not-a-receipt"),
    ];
    for (changes, shown, expected) in cases {
        let found = scan(&build(changes.clone()), shown, 1_000, &json!({}));
        assert_eq!(found, expected, "{changes}");
    }
}

#[test]
fn a_tender_is_checked_and_nothing_is_sent_to_start_it() {
    let smartum = build(json!({}));
    let prepare = |money: Money, text: Value| {
        let order = StartOrder {
            sale_ref: "S-1",
            reference: "LP-1",
            amount: money,
            sale_total: None,
            approach: Approach::Push,
            customer: None,
            details: &details(text),
            now_ms: NOW_MS,
        };
        smartum.prepare(&order).map_err(|invalid| invalid.field)
    };
    let sek = Money::new(100, Currency::from_code("SEK").unwrap());
    assert_eq!(prepare(eur(100), json!({})), Ok(Vec::new()));
    assert_eq!(prepare(sek, json!({})), Err("currency"));
    assert_eq!(prepare(eur(0), json!({})), Err("amount"));
    for eligible in [-1, 101] {
        let wrong = json!({"eligible_amount": eligible});
        assert_eq!(prepare(eur(100), wrong), Err("details.eligible_amount"));
    }
    let odd = json!({"manual": {"reason": "felt like it"}});
    assert_eq!(prepare(eur(100), odd), Err("details.manual.reason"));
    assert_eq!(smartum.default_approach(), ApproachWish::Scan);
    let rules = smartum.capabilities();
    assert_eq!(
        (rules.by_scan, rules.by_phone, rules.by_qr),
        (true, false, false)
    );
    assert!(!rules.capture_separately && !rules.partial_refund && !rules.can_ask);
    assert_eq!(rules.refund_recovery, RefundRecovery::AskPeople);
    let keyed = build(json!({"refund_idempotency_header": "Idempotency-Key"}));
    assert_eq!(keyed.capabilities().refund_recovery, RefundRecovery::Repeat);
    let asking = json!({
        "refund_idempotency_header": "Idempotency-Key",
        "endpoints": {"transaction": "/transactions/{tx}"},
        "refund_partial": true,
    });
    let asking = build(asking);
    assert_eq!(asking.capabilities().refund_recovery, RefundRecovery::Find);
    assert!(asking.capabilities().can_ask && asking.capabilities().partial_refund);
}

#[test]
fn entries_by_hand_follow_the_rules_of_the_shop() {
    let enter = |changes: Value, amount: i64, tx: Option<&str>, with: Value| {
        let smartum = build(changes);
        let entry = ManualEntry {
            amount: eur(amount),
            due: eur(1_000),
            transaction: tx,
            operator: "anna",
            details: &details(with),
            now_ms: NOW_MS,
        };
        smartum.manual(&entry).map_err(|invalid| invalid.field)
    };
    let claim = ManualClaim {
        transaction: Some(String::from(TX)),
        claim: Some(format!("api.smartum.fi:{TX}")),
    };
    let typed = format!("  {TX}\n");
    let nothing = || json!({});
    assert_eq!(
        enter(nothing(), 1_000, None, nothing()),
        Ok(ManualClaim::default())
    );
    assert_eq!(
        enter(nothing(), 1, Some(""), nothing()),
        Ok(ManualClaim::default())
    );
    assert_eq!(
        enter(nothing(), 500, Some(&typed), nothing()),
        Ok(claim.clone())
    );
    let test = json!({"environment": "test"});
    let named = enter(test, 500, Some(TX), nothing()).unwrap();
    assert_eq!(named.claim, Some(format!("test:{TX}")));
    #[rustfmt::skip]
    let cases = [
        (json!({"manual_allowed": false}), 500, None, json!({}), "profile"),
        (json!({}), 0, None, json!({}), "amount"),
        (json!({}), 1_001, None, json!({}), "amount"),
        (json!({}), 501, None, json!({"eligible_amount": 500}), "amount"),
        (json!({"product_label": "benefit"}), 1, None, json!({}), "amount"),
        (json!({"manual_max_amount": 400}), 401, None, json!({}), "amount"),
        (json!({"amount_policy": "exact"}), 999, None, json!({}), "amount"),
        (json!({"manual_require_tx_id": true}), 500, None, json!({}), "transaction"),
        (json!({"manual_require_tx_id": true}), 500, Some(" "), json!({}), "transaction"),
        (json!({}), 500, Some("R60D21hL60bj5N1v"), json!({}), "transaction"),
        (json!({}), 500, Some("TX_R60D21hL60bj5N1v"), json!({}), "transaction"),
        (json!({}), 500, Some("tx_R60D 21hL60bj5N1v"), json!({}), "transaction"),
        (json!({}), 500, None, json!({"manual": {"reason": "?"}}), "details.manual.reason"),
        (json!({"manual_require_supervisor": true}), 500, None, json!({}), "details.manual.supervisor"),
        (json!({"manual_require_supervisor": true}), 500, None, json!({"manual": {"supervisor": "anna"}}), "details.manual.supervisor"),
    ];
    for (changes, amount, tx, with, field) in cases {
        let found = enter(changes.clone(), amount, tx, with.clone());
        assert_eq!(found, Err(field), "{changes} {amount} {tx:?} {with}");
    }
    for reason in [
        "no_scanner",
        "scan_failed",
        "customer_phone_broken",
        "key_problem",
        "other",
    ] {
        let with = json!({"manual": {"reason": reason, "supervisor": "berit"}});
        let strict = json!({"manual_require_supervisor": true});
        assert!(enter(strict, 500, None, with).is_ok(), "{reason}");
    }
    // An entry by hand and a scan of the same payment have the same name.
    let shown = receipt_over(500);
    let tx = shown["tx"].as_str().unwrap();
    let entered = enter(nothing(), 500, Some(tx), nothing()).unwrap();
    let smartum = build(nothing());
    let order = ScanOrder {
        due: eur(500),
        sale_total: None,
        details: &TenderDetails::default(),
        now_ms: NOW_MS,
    };
    match smartum.look_at(shown["qr_text"].as_str().unwrap(), &order) {
        Scanned::Paid { receipt, .. } => assert_eq!(Some(receipt.claim), entered.claim),
        _ => panic!("not taken"),
    }
}

#[test]
fn typed_ids_are_trimmed_and_never_changed() {
    let smartum = build(json!({}));
    let longest = format!("tx_{}", "a".repeat(64));
    for good in [TX, "tx_12345678", longest.as_str()] {
        assert_eq!(
            smartum.typed_reference(&format!(" {good}\r\n")),
            Ok(String::from(good))
        );
    }
    let too_long = format!("{longest}a");
    for bad in [
        "",
        "tx_",
        "tx_1234567",
        too_long.as_str(),
        "ven_R60D21hL60bj5N1v",
        "tx_ä2345678",
    ] {
        let problem = smartum.typed_reference(bad).unwrap_err().problem;
        assert!(problem.contains("look alike"), "{bad}");
    }
}
