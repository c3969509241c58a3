//! MobilePay at the till against its fact sheet: its rules, the code at the till, webhooks and what
//! proves them, and all of it against the imitation.

mod imitation;
mod webhook;

use payments::provider::{
    ApproachWish, BuildRules, ErrandOrder, ErrandVerdict, HttpResponse, Method, Provider,
    StartOrder, TenderDetails, registry,
};
use payments::tender::{Approach, Currency, Money};
use serde_json::{Value, json};

const BASE: &str = "https://api.vipps.no";
const HOOK: &str = "https://hooks.example.test/vipps";
const SECRET: &str = "sandbox-secret-0001";
const BEACON: &str = "123456789012345";
const GUID: &str = "0ae1d4e1-9d6f-4ab7-8f55-4cbb5bd3a001";
const STICKER: &str = "mobilepaypos://pos?id=123456789012345&source=qr";
/// Mon, 19 Jan 2026 16:26:33 GMT
const NOW_MS: i64 = 1_768_839_993_000;

fn built(provider: &str, changes: &Value) -> Result<Box<dyn Provider>, String> {
    let mut settings = json!({
        "client_id": {"value": "sandbox-client"},
        "client_secret": {"value": "sandbox-secret"},
        "subscription_key": {"value": "sandbox-key"},
        "merchant_serial_number": "123456",
        "currency": "DKK",
    });
    let members = settings.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    registry::settings(provider, settings)
        .unwrap()
        .map_err(|error| error.to_string())?
        .build(&BuildRules::default())
        .map_err(|error| error.to_string())
}

fn mobilepay(changes: &Value) -> Box<dyn Provider> {
    built("mobilepay", changes).unwrap()
}

/// Hears of check-ins at this till.
fn hearing(till: &str, url: &str) -> Box<dyn Provider> {
    mobilepay(&json!({
        "till_qr_id": till,
        "webhook_secret": {"value": SECRET},
        "webhook_url": url,
    }))
}

#[test]
fn its_rules_are_those_of_a_till_with_a_sticker() {
    let plain = mobilepay(&json!({}));
    let rules = plain.capabilities();
    assert!(rules.by_scan && rules.by_phone && rules.by_qr && rules.capture_separately);
    assert!(!rules.by_check_in && !rules.one_at_a_time && !rules.partial_capture);
    assert!(plain.default_approach() == ApproachWish::Qr);

    let with_sticker = mobilepay(&json!({"till_qr_id": STICKER}));
    let rules = with_sticker.capabilities();
    assert!(rules.one_at_a_time);
    assert_eq!(rules.check_in_life_ms, 600_000);
    // A till that nobody tells of check-ins does not wait for them.
    assert!(!rules.by_check_in && hearing(BEACON, HOOK).capabilities().by_check_in);
    assert!(with_sticker.default_approach() == ApproachWish::Qr);
    assert!(hearing(BEACON, HOOK).default_approach() == ApproachWish::CheckIn);

    let otherwise = mobilepay(&json!({
        "terminal_id": "till-01",
        "webhook_secret": {"value": SECRET},
        "webhook_url": HOOK,
        "default_approach": "phone",
        "partial_capture": true,
        "check_in_life_ms": 60_000,
    }));
    assert!(otherwise.default_approach() == ApproachWish::Phone);
    assert!(otherwise.capabilities().partial_capture && otherwise.capabilities().by_check_in);
    assert_eq!(otherwise.capabilities().check_in_life_ms, 60_000);
}

/// Section 1: the closed service answers "all right", and no customer can pay.
#[test]
fn the_closed_service_is_refused_with_the_way_out() {
    for address in [
        "https://api.mobilepay.dk/pos/v10",
        "https://api.sandbox.mobilepay.dk",
        "https://API.MobilePay.DK",
        "https://sandprod-pos2.mobilepay.dk",
        "https://mobilepaypos2.danskebank.dk",
        "https://mobilepaypos.example.test",
        "https://www.danskebank.dk:443/x",
        "https://proxy.example.test/pos/v10",
        "https://proxy.example.test/API/V08",
        "https://proxy.example.test/API/V06/x",
    ] {
        let told = built("mobilepay", &json!({"base_url": address})).err();
        let told = told.unwrap_or_default();
        assert!(told.starts_with("base_url"), "{address}: {told}");
        assert!(told.contains("all right") && told.contains(BASE), "{told}");
    }
    for address in [
        BASE,
        "https://apitest.vipps.no",
        "https://proxy.example.test/vipps",
    ] {
        assert!(
            built("mobilepay", &json!({"base_url": address})).is_ok(),
            "{address}"
        );
    }
}

#[test]
fn settings_are_those_of_the_platform() {
    for (changes, named) in [
        (json!({"currency": "SEK"}), "currency"),
        (
            json!({"merchant_serial_number": "12"}),
            "merchant_serial_number",
        ),
        (
            json!({"till_qr_id": "mobilepaypos://pos?id=1"}),
            "till_qr_id",
        ),
        (json!({"default_approach": "check_in"}), "default_approach"),
        (json!({"base_url": "http://api.vipps.no"}), "base_url"),
        (json!({"pos_id": "x"}), "unknown field"),
    ] {
        let told = built("mobilepay", &changes).err().unwrap_or_default();
        assert!(told.contains(named), "{changes}: {told}");
    }
}

fn prepare(provider: &dyn Provider, minor: i64, total: Option<i64>) -> Result<Vec<u8>, String> {
    let order = StartOrder {
        reference: "LP-TABLES",
        amount: Money::new(minor, Currency::from_code("DKK").unwrap()),
        sale_ref: "sale-1",
        sale_total: total,
        approach: Approach::ShowQr,
        customer: None,
        details: &TenderDetails::default(),
        now_ms: NOW_MS,
    };
    provider
        .prepare(&order)
        .map_err(|invalid| invalid.to_string())
}

/// S19: neither a part of the sale nor cash on top.
#[test]
fn only_whole_amounts_are_taken() {
    let usual = mobilepay(&json!({}));
    assert!(prepare(&*usual, 1_250, Some(1_250)).is_ok());
    assert!(prepare(&*usual, 1_250, None).is_ok());
    for total in [1_249, 1_251, 0, -1_250] {
        let told = prepare(&*usual, 1_250, Some(total)).unwrap_err();
        assert!(
            told.contains("only whole amounts") && told.contains("cash back"),
            "{told}"
        );
    }
    let parts = mobilepay(&json!({"whole_amount_only": false}));
    assert!(prepare(&*parts, 1_250, Some(5_000)).is_ok());
    assert!(prepare(&*built("vipps", &json!({})).unwrap(), 1_250, Some(5_000)).is_ok());
    let strict = built("vipps", &json!({"whole_amount_only": true})).unwrap();
    assert!(prepare(&*strict, 1_250, Some(5_000)).is_err());
}

fn till(id: &str) -> ErrandOrder {
    ErrandOrder::RegisterTill {
        id: id.to_owned(),
        description: "Till 1".to_owned(),
    }
}

fn response(status: u16, body: impl AsRef<[u8]>) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![],
        body: body.as_ref().to_vec(),
    }
}

fn word(verdict: &ErrandVerdict) -> String {
    match verdict {
        ErrandVerdict::Next { .. } => "next".to_owned(),
        ErrandVerdict::Done(text) => format!("done {}", text.reveal()),
        ErrandVerdict::Declined => "declined".to_owned(),
        ErrandVerdict::Expired => "expired".to_owned(),
        ErrandVerdict::Refused { reason, code } => format!("refused {} {code}", reason.key()),
        ErrandVerdict::TokenRefused => "token-refused".to_owned(),
        ErrandVerdict::Busy { after_ms } => format!("busy {after_ms:?}"),
        ErrandVerdict::Unclear => "unclear".to_owned(),
    }
}

#[test]
fn codes_of_tills_are_registered_by_what_they_are() {
    let provider = mobilepay(&json!({}));
    let longest = "a".repeat(64);
    let calls = format!("{BASE}/qr/v1/merchant-callback/");
    for (text, kind, id) in [
        (BEACON, "mobilepay/", BEACON),
        (GUID, "mobilepay/", GUID),
        (STICKER, "mobilepay/", BEACON),
        (
            &format!(" MOBILEPAYPOS://pos?source=qr&id={GUID}\n"),
            "mobilepay/",
            GUID,
        ),
        ("till-01", "", "till-01"),
        ("12345678901234", "", "12345678901234"),
        (&longest, "", &longest),
    ] {
        let stage = provider.errand(&till(text)).unwrap();
        let asked = provider.errand_request(&stage).unwrap();
        assert!(asked.needs_token && asked.request.method == Method::Put);
        assert_eq!(asked.request.url, format!("{calls}{kind}{id}"));
        assert_eq!(asked.request.body, br#"{"locationDescription":"Till 1"}"#);
        // The answer is empty; what the code says is read.
        let verdict = provider.read_errand(&stage, &response(200, ""));
        let ErrandVerdict::Next { stage, .. } = verdict else {
            panic!("{text}: {}", word(&verdict))
        };
        let asked = provider.errand_request(&stage).unwrap();
        assert!(asked.needs_token && asked.request.method == Method::Get);
        assert_eq!(asked.request.url, format!("{calls}{id}"));
    }
    let too_long = "a".repeat(65);
    for wrong in [
        "",
        "till_01",
        "till 01",
        "../payments",
        "https://qr.vipps.no/c/till-01",
        "mobilepaypos://pos?id=12345&source=qr",
        "mobilepaypos://pos",
        &too_long,
    ] {
        let told = provider.errand(&till(wrong)).err().map(|told| told.field);
        assert_eq!(told, Some("id"), "{wrong}");
    }
    for wrong in ["", "  ", &"x".repeat(37)] {
        let order = ErrandOrder::RegisterTill {
            id: "till-01".to_owned(),
            description: wrong.to_owned(),
        };
        let told = provider.errand(&order).err().map(|told| told.field);
        assert_eq!(told, Some("description"));
    }
}

#[test]
fn answers_to_a_registration() {
    let provider = mobilepay(&json!({}));
    let put = provider.errand(&till("till-01")).unwrap();
    for (status, wanted) in [
        (200, "next"),
        (204, "next"),
        (400, "refused request-refused 400"),
        (401, "token-refused"),
        (403, "refused permission-missing 403"),
        (409, "refused merchant-setup 409"),
        (429, "busy None"),
        (500, "unclear"),
    ] {
        let verdict = provider.read_errand(&put, &response(status, r#"{"id":"x"}"#));
        assert_eq!(word(&verdict), wanted, "{status}");
    }
    let verdict = provider.read_errand(&put, &response(200, ""));
    let ErrandVerdict::Next { stage: read, .. } = verdict else {
        panic!("{}", word(&verdict))
    };
    let shown = |msn: &str, id: &str| {
        let text = "https://qr.vipps.no/c/till-01";
        json!({"merchantSerialNumber": msn, "merchantQrId": id, "locationDescription": "Till 1",
            "qrImageUrl": "https://qr.vipps.no/generate/qr.png?x", "qrContent": text})
        .to_string()
    };
    let known = r#"done {"description":"Till 1","qr_content":"https://qr.vipps.no/c/till-01","till_qr_id":"till-01"}"#;
    for (status, answer, wanted) in [
        (200, shown("123456", "till-01"), known),
        (
            200,
            shown("654321", "till-01"),
            "refused answer-mismatch 200",
        ),
        (
            200,
            shown("123456", "till-02"),
            "refused answer-mismatch 200",
        ),
        (
            200,
            shown("123456", "TILL-01"),
            "refused answer-mismatch 200",
        ),
        (200, "{}".to_owned(), "unclear"),
        (404, String::new(), "unclear"),
        (401, String::new(), "token-refused"),
        (403, String::new(), "refused permission-missing 403"),
    ] {
        let verdict = provider.read_errand(&read, &response(status, &answer));
        assert_eq!(word(&verdict), wanted, "{status} {answer}");
    }
}
