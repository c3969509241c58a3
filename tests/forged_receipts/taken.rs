//! Real receipts, in every shape and under other settings, and what comes with them.

use super::desk::*;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING};
use payments::provider::TenderDetails;
use payments::provider::receipt::inspect;
use payments::provider::scan::{SCAN_LEN_MAX, ScanKind, clean};
use payments::provider::smartum::Smartum;
use serde_json::{Value, json};

#[test]
fn a_refused_payment_comes_with_what_a_refund_needs() {
    let mut desk = Desk::new();
    let paid_at_ms = NOW_MS - 3_600_000;
    let order =
        json!({"venue": OTHER, "amount": 777, "benefit": "culture", "paid_at_ms": paid_at_ms});
    let shown = desk.pay(&order);
    let text = shown["qr_text"].as_str().unwrap();
    assert_eq!(desk.look(text), "paid receipt-wrong-venue");
    let receipt = receipt_in(look_at(
        &desk.smartum,
        text,
        &TenderDetails::default(),
        NOW_MS,
    ));
    assert_eq!(receipt.transaction, shown["tx"].as_str().unwrap());
    assert_eq!(
        receipt.claim,
        format!("api.smartum.fi:{}", receipt.transaction)
    );
    assert_eq!((receipt.amount, receipt.paid_at), (777, Some(paid_at_ms)));
    assert_eq!(receipt.venue.as_deref(), Some(OTHER));
    assert_eq!(receipt.benefit.as_deref(), Some("culture"));
    assert_eq!(receipt.fingerprint.len(), 64);
}

/// The claim is the payment's, the fingerprint is the token's.
#[test]
fn the_same_payment_signed_anew_has_the_same_claim() {
    let mut desk = Desk::new();
    let one = desk.claiming(&json!({}));
    let (_, _, signature) = parts(&one);
    let again = with_signature(
        &one,
        &[&signature[..66], &mirrored(&signature[66..])].concat(),
    );
    let read = |text: &str| {
        receipt_in(look_at(
            &desk.smartum,
            text,
            &TenderDetails::default(),
            NOW_MS,
        ))
    };
    let (one, again) = (read(&one), read(&again));
    assert_eq!(one.claim, again.claim);
    assert_ne!(one.fingerprint, again.fingerprint);
}

#[test]
fn a_real_receipt_is_taken_in_every_shape() {
    let mut desk = Desk::new();
    for shape in ["jwt", "url_param", "url_segment", "json"] {
        let text = desk.shown(&json!({"shape": shape}));
        assert_eq!(desk.look(&text), "settles 1250", "{shape}");
    }
    let text = desk.shown(&json!({"shape": "tx_id"}));
    assert_eq!(desk.look(&text), "refused receipt-unsigned");
    // As scanners send it.
    let token = desk.shown(&json!({}));
    for raw in [
        format!("]Q3{token}\r\n"),
        format!(" {token}\t"),
        format!("]Q1{token}"),
    ] {
        assert_eq!(desk.look(clean(raw.as_bytes()).unwrap()), "settles 1250");
    }
    let long = "a".repeat(SCAN_LEN_MAX + 1);
    assert_eq!(clean(long.as_bytes()), Err(ScanKind::Noise));
    assert_eq!(desk.look(&long), "not ours");
}

#[test]
fn other_scans_are_none_of_ours() {
    let desk = Desk::new();
    for text in [
        "6411401015090",
        "96385074",
        "BONUS-1234",
        "https://www.example.fi/a.b.c",
        "https://qr.vipps.no/p/sandbox-0001",
        "www.example.fi",
        "{\"member\":\"12345\"}",
        "",
        "eyelash.curler.pink",
    ] {
        assert_eq!(desk.look(text), "not ours", "{text}");
    }
    assert_eq!(desk.look("tx_short"), "refused not-a-receipt");
    assert_eq!(
        desk.look("https://pay.example/r?jwt=hello"),
        "refused not-a-receipt"
    );
}

#[test]
fn a_wedge_scanner_with_another_layout_is_named_or_mended() {
    let mut desk = Desk::new();
    let mut mending = Desk::with(&json!({"fix_wedge_layout": true}));
    let damaged = desk.shown(&json!({"tamper": "wedge"}));
    assert!(damaged.contains(['+', '?']));
    check(&desk, &[("wedge", damaged.clone(), LAYOUT)]);
    let good = mending.shown(&json!({}));
    let forged = mending.shown(&json!({"tamper": "signature"}));
    check(
        &mending,
        &[
            ("wedge", damaged, "settles 1250"),
            ("no wedge", good, "settles 1250"),
            (
                "a forgery through a wedge",
                forged.replace('-', "+").replace('_', "?"),
                SIGNATURE,
            ),
            (
                "a bare id through a wedge",
                TX.replace('_', "?"),
                "refused receipt-unsigned",
            ),
        ],
    );
    check(
        &desk,
        &[("a bare id through a wedge", TX.replace('_', "?"), LAYOUT)],
    );
}

#[test]
fn keys_change_with_an_overlap_and_end() {
    let mut desk = Desk::new();
    let old = desk.shown(&json!({}));
    desk.world
        .act(NOW_MS, "smartum", "rotate_keys", &json!({}))
        .unwrap();
    let new = desk.shown(&json!({}));
    // A till that has not heard of the new key.
    assert_eq!(desk.look(&old), "settles 1250");
    assert_eq!(desk.look(&new), KEY);
    let mut keys = keys_of(&mut desk.world);
    let both = till(&json!(keys), &json!({}));
    let look = |till: &Smartum, text: &str, now_ms: i64| {
        word(&look_at(till, text, &TenderDetails::default(), now_ms))
    };
    assert_eq!(look(&both, &old, NOW_MS), "settles 1250");
    assert_eq!(look(&both, &new, NOW_MS), "settles 1250");
    keys[1]["not_after"] = json!("2026-01-19T15:25:44Z");
    let ending = till(&json!(keys), &json!({}));
    assert_eq!(look(&ending, &old, NOW_MS), "settles 1250");
    assert_eq!(look(&ending, &old, NOW_MS + 1_000), KEY);
    assert_eq!(look(&ending, &new, NOW_MS + 1_000), "settles 1250");
}

#[test]
fn keys_without_names_are_all_tried() {
    let mut desk = Desk::new();
    desk.world
        .act(NOW_MS, "smartum", "rotate_keys", &json!({}))
        .unwrap();
    let mut keys = keys_of(&mut desk.world);
    for key in &mut keys {
        key.as_object_mut().unwrap().remove("kid");
    }
    desk.smartum = till(&json!(keys), &json!({}));
    let stranger = key_pair(&ECDSA_P521_SHA512_FIXED_SIGNING);
    let forged = signed_by(
        &stranger,
        &json!({"alg": "ES512", "kid": "any"}),
        &good_claims(),
    );
    #[rustfmt::skip]
    let cases = [
        ("with a name", desk.shown(&json!({})), "settles 1250"),
        ("without", desk.shown(&json!({"kid": ""})), "settles 1250"),
        ("with another", desk.shown(&json!({"kid": "any"})), "settles 1250"),
        ("of a stranger", forged, SIGNATURE),
    ];
    check(&desk, &cases);
    let mut named = Desk::new();
    let cases = [(
        "a token without a name",
        named.shown(&json!({"kid": ""})),
        "settles 1250",
    )];
    check(&named, &cases);
}

#[test]
fn keys_come_as_web_keys_too_and_fit_one_algorithm() {
    let mut desk = Desk::new();
    let set = desk.world.smartum().jwks();
    let text = desk.shown(&json!({}));
    let key = json!([{"jwk": set["keys"][0]}]);
    desk.smartum = till(&key, &json!({}));
    assert_eq!(desk.look(&text), "settles 1250");
    // A successor with smaller keys is a matter of configuration, and so is its end.
    let pair = key_pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let mut small = jwk(&pair);
    small["kid"] = json!("small");
    let keys = json!([{"jwk": small}, {"jwk": set["keys"][0]}]);
    desk.smartum = till(&keys, &json!({"jwt_algs": ["ES256", "ES512"]}));
    let es256 = json!({"alg": "ES256", "kid": "small"});
    let big = desk.kid();
    #[rustfmt::skip]
    let cases = [
        ("ES256", signed_by(&pair, &es256, &good_claims()), "settles 1250"),
        ("ES512", text, "settles 1250"),
        ("the small key, said to be big", signed_by(&pair, &json!({"alg": "ES512", "kid": "small"}), &good_claims()), ALGORITHM),
        ("the big key, said to be small", signed_by(&pair, &json!({"alg": "ES256", "kid": big}), &good_claims()), ALGORITHM),
    ];
    check(&desk, &cases);
}

#[test]
fn the_other_layout_needs_other_settings_and_no_other_program() {
    let mut plain = Desk::new();
    let text = plain.shown(&json!({"layout": "nested"}));
    assert_eq!(plain.look(&text), UNMAPPED);
    let mut desk = Desk::with(&json!({"claims": {"amount_unit": "decimal"}}));
    let mut nested = |extra: Value| {
        let order = json!({"layout": "nested", "extra_claims": {"data": extra}});
        desk.shown(&order)
    };
    #[rustfmt::skip]
    let cases = [
        ("as it comes", nested(json!({})), "settles 1250"),
        ("one decimal", nested(json!({"amount": "12.5"})), "settles 1250"),
        ("no decimals", nested(json!({"amount": "12"})), "settles 1200"),
        ("a comma", nested(json!({"amount": "12,50"})), UNMAPPED),
        ("three decimals", nested(json!({"amount": "12.505"})), UNMAPPED),
        ("an exponent", nested(json!({"amount": "1e3"})), UNMAPPED),
        ("a sign", nested(json!({"amount": "-12.50"})), UNMAPPED),
        ("a number", nested(json!({"amount": 12.5})), UNMAPPED),
        ("cents", nested(json!({"amount": 1250})), UNMAPPED),
        ("spaces", nested(json!({"amount": " 12.50"})), UNMAPPED),
        ("quotes", nested(json!({"amount": "\"12.50\""})), UNMAPPED),
        ("empty", nested(json!({"amount": ""})), UNMAPPED),
        ("kronor", nested(json!({"currency": "SEK"})), "paid receipt-currency"),
        ("old", nested(json!({"created_at": "2026-01-18T15:25:43Z"})), "paid receipt-too-old"),
        ("another venue", nested(json!({"merchant": {"site": OTHER}})), "paid receipt-wrong-venue"),
        ("two venues", nested(json!({"also": OTHER})), UNMAPPED),
        ("two payments", nested(json!({"split": "tx_AAAAAAAAAAAAAAAA"})), UNMAPPED),
    ];
    check(&desk, &cases);
    let renamed = json!({"claims": {
        "tx": ["/r/no"], "venue": ["/r/at"], "amount": ["/sum"], "benefit": ["/kind"],
        "currency": ["/money"], "issued_at": ["/when"], "status": ["/st"],
    }});
    let mut desk = Desk::with(&renamed);
    let header = desk.header();
    let claims = json!({
        "r": {"no": TX, "at": GYM}, "sum": 700, "kind": "exercise", "money": "EUR", "when": NOW_S,
        "amount": 1, "other": OTHER,
    });
    let text = desk.seal(header, claims.to_string());
    assert_eq!(desk.look(&text), "settles 700");
}

#[test]
fn what_a_token_is_made_of_can_be_seen_without_what_it_says() {
    let mut desk = Desk::new();
    let shown = desk.pay(&json!({"layout": "nested", "shape": "url_param"}));
    let seen = inspect(shown["qr_text"].as_str().unwrap()).unwrap();
    assert_eq!(
        (seen.alg.as_str(), seen.typ.as_deref()),
        ("ES512", Some("JWT"))
    );
    assert_eq!(seen.kid, Some(desk.kid()));
    let names = seen.claims.join(" ");
    assert_eq!(
        names,
        "/data /data/amount /data/benefit /data/created_at /data/currency /data/merchant \
         /data/merchant/site /data/payer_name /data/receipt_number /iss"
    );
    let all = format!("{seen:?}");
    for value in [
        shown["tx"].as_str().unwrap(),
        "12.50",
        "Aino",
        "exercise",
        "ven_",
    ] {
        assert!(!all.contains(value), "{value}");
    }
    assert!(inspect("6411401015090").is_err());
    assert!(inspect("eyJhbGci").is_err());
}
