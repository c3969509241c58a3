//! Webhooks: what proves a delivery genuine, and what it tells (sections 12.1 and 14 of the platform's
//! sheet).

use super::{BEACON, GUID, HOOK, NOW_MS, SECRET, STICKER, hearing, mobilepay};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use data_encoding::BASE64;
use payments::provider::{Delivery, News, Provider};
use proptest::prelude::*;
use serde_json::json;

const DATE: &str = "Mon, 19 Jan 2026 16:26:33 GMT";
const DAY_MS: i64 = 86_400_000;

/// What a receiver gets, signed as section 14.3 says.
#[derive(Clone)]
pub struct Post {
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub now_ms: i64,
}

fn post(secret: &str, target: &str, host: &str, date: &str, body: &str) -> Post {
    let hash = BASE64.encode(digest(&SHA256, body.as_bytes()).as_ref());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let text = format!("POST\n{target}\n{date};{host};{hash}");
    let signature = BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref());
    signed(date, body, &hash, &signature)
}

fn signed(date: &str, body: &str, hash: &str, signature: &str) -> Post {
    let authorization = format!(
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
    );
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("x-ms-date", date),
        ("x-ms-content-sha256", hash),
        ("authorization", &authorization),
        ("x-vipps-authorization", &authorization),
        ("host", "behind.a.proxy"),
    ];
    Post {
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: body.to_owned(),
        now_ms: NOW_MS,
    }
}

impl Post {
    fn without(mut self, names: &[&str]) -> Post {
        self.headers
            .retain(|(known, _)| !names.contains(&known.as_str()));
        self
    }

    fn with(mut self, name: &str, value: &str) -> Post {
        self = self.without(&[name]);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn told_to(&self, provider: &dyn Provider) -> String {
        let delivery = Delivery {
            headers: &self.headers,
            body: self.body.as_bytes(),
            now_ms: self.now_ms,
        };
        match provider.webhook(&delivery) {
            Ok(News::CheckedIn { customer, at_ms }) => {
                format!("checked in {} {at_ms}", customer.reveal())
            }
            Ok(News::Payment { reference }) => format!("payment {reference}"),
            Ok(News::Nothing) => "nothing".to_owned(),
            Err(invalid) => format!("invalid {}", invalid.field),
        }
    }
}

const TOKEN: &str = "c2FuZGJveC1jdXN0b21lci10b2tlbi0wMDAx";
const CHECK_IN: &str = r#"{"customerToken":"c2FuZGJveC1jdXN0b21lci10b2tlbi0wMDAx","merchantQrId":"till-01","msn":"123456","initiatedAt":"2026-01-19T16:26:32.099Z"}"#;
const CHECKED_IN: &str = "checked in c2FuZGJveC1jdXN0b21lci10b2tlbi0wMDAx 1768839992099";
const PAYMENT: &str = r#"{"msn":"123456","reference":"till01-20260119-0001","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","name":"AUTHORIZED","amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true}"#;

/// V3 and V1 of section 14.4, as they are printed there.
#[test]
fn the_golden_vectors_verify() {
    for (url, body, hash, signature, wanted) in [
        (
            HOOK,
            PAYMENT,
            "BXZPQjwlXI0uVi9UbWiH9N0An4W6UjBR2SKMlEaMAG8=",
            "829qFF+x+dvCmxTeUw2R551qCTrEQwuoy5Vl7H2bvWM=",
            "payment till01-20260119-0001",
        ),
        (
            "https://hooks.example.test/vipps?unit=123456",
            CHECK_IN,
            "a85y4Dzl5wV7VTYhi5ZN+TN5mE3fwOJIeuAof737Z+Q=",
            "qSpaU1lRWZUMWRLQG/+p/F9yfoSm4qSRvurRNy3Sm2U=",
            CHECKED_IN,
        ),
        (
            "https://hooks.example.test:8443/vipps?unit=123456",
            CHECK_IN,
            "a85y4Dzl5wV7VTYhi5ZN+TN5mE3fwOJIeuAof737Z+Q=",
            "NmhOzthweJV5WXbXtiFhK49846XpROOZloaeBTmlDvE=",
            CHECKED_IN,
        ),
    ] {
        let post = signed(DATE, body, hash, signature);
        assert_eq!(post.told_to(&*hearing("till-01", url)), wanted, "{url}");
    }
    // The published one is genuine and speaks of no sales unit.
    let published = mobilepay(&json!({
        "webhook_secret": {"value": "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A=="},
        "webhook_url": "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
        "webhook_age_max_ms": 60_000,
    }));
    let mut post = signed(
        "Thu, 30 Mar 2023 08:38:32 GMT",
        r#"{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}"#,
        "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
        "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=",
    );
    post.now_ms = 1_680_165_512_000;
    assert_eq!(post.told_to(&*published), "invalid body.msn");
    post.now_ms += 60_001;
    assert_eq!(post.told_to(&*published), "invalid headers.x-ms-date");
}

#[test]
fn only_what_is_genuine_is_believed() {
    let provider = hearing("till-01", HOOK);
    let genuine = post(SECRET, "/vipps", "hooks.example.test", DATE, CHECK_IN);
    let authorization = genuine.headers[3].1.clone();
    let retried = "Mon, 19 Jan 2026 17:26:33 GMT";
    let mut late = genuine.clone();
    late.now_ms += 7 * DAY_MS;
    let mut too_late = late.clone();
    too_late.now_ms += 1;
    let mut early = genuine.clone();
    early.now_ms -= 7 * DAY_MS + 1;
    let mut shouted = genuine.clone();
    for (name, _) in &mut shouted.headers {
        *name = name.to_uppercase();
    }
    let mut changed = genuine.clone();
    changed.body = CHECK_IN.replace("0wMDAx", "0wMDAy");
    let mut spaced = genuine.clone();
    spaced.body.push('\n');
    let both = ["authorization", "x-vipps-authorization"];
    let host = "hooks.example.test";
    for (case, post, wanted) in [
        ("genuine", genuine.clone(), CHECKED_IN),
        (
            "retry",
            post(SECRET, "/vipps", host, retried, CHECK_IN),
            CHECKED_IN,
        ),
        ("case of names", shouted, CHECKED_IN),
        ("swallowed", genuine.clone().without(&both[..1]), CHECKED_IN),
        (
            "the usual one",
            genuine.clone().without(&both[1..]),
            CHECKED_IN,
        ),
        (
            "another's there",
            genuine.clone().with("authorization", "Basic eDp5"),
            CHECKED_IN,
        ),
        ("seven days", late, CHECKED_IN),
        ("later", too_late, "invalid headers.x-ms-date"),
        ("from the future", early, "invalid headers.x-ms-date"),
        ("one byte", changed, "invalid body"),
        ("line end", spaced, "invalid body"),
        (
            "no signature",
            genuine.clone().without(&both),
            "invalid headers.authorization",
        ),
        (
            "no date",
            genuine.clone().without(&["x-ms-date"]),
            "invalid headers",
        ),
        (
            "no hash",
            genuine.clone().without(&["x-ms-content-sha256"]),
            "invalid headers",
        ),
        (
            "other date",
            genuine.clone().with("x-ms-date", retried),
            "invalid headers.authorization",
        ),
        (
            "other secret",
            post("other", "/vipps", host, DATE, CHECK_IN),
            "invalid headers.authorization",
        ),
        (
            "other path",
            post(SECRET, "/vipps/", host, DATE, CHECK_IN),
            "invalid headers.authorization",
        ),
        (
            "other host",
            post(SECRET, "/vipps", "evil.example", DATE, CHECK_IN),
            "invalid headers.authorization",
        ),
        (
            "not a date",
            post(SECRET, "/vipps", host, "yesterday", CHECK_IN),
            "invalid headers.x-ms-date",
        ),
        (
            "decoded secret",
            post("sandbox", "/vipps", host, DATE, CHECK_IN),
            "invalid headers.authorization",
        ),
    ] {
        assert_eq!(post.told_to(&*provider), wanted, "{case}");
    }
    for broken in [
        "",
        "HMAC-SHA256",
        "Bearer x",
        &authorization[..60],
        &authorization.replace("x-ms-date;host", "host;x-ms-date"),
    ] {
        let post = genuine.clone().without(&both).with("authorization", broken);
        assert_eq!(
            post.told_to(&*provider),
            "invalid headers.authorization",
            "{broken}"
        );
    }
    // Without a secret there is no telling, and the settings that are needed are named.
    let deaf = mobilepay(&json!({"till_qr_id": "till-01"}));
    let delivery = Delivery {
        headers: &genuine.headers,
        body: genuine.body.as_bytes(),
        now_ms: NOW_MS,
    };
    let told = deaf.webhook(&delivery).err().unwrap().to_string();
    assert!(
        told.contains("webhook_secret") && told.contains("webhook_url"),
        "{told}"
    );
}

#[test]
fn genuine_news_is_for_one_unit_and_one_till() {
    let told = |provider: &dyn Provider, body: &str| {
        post(SECRET, "/vipps", "hooks.example.test", DATE, body).told_to(provider)
    };
    let ours = hearing("till-01", HOOK);
    let upper_guid = CHECK_IN.replace("till-01", &GUID.to_uppercase());
    assert_eq!(told(&*hearing(GUID, HOOK), &upper_guid), CHECKED_IN);
    let sticker = CHECK_IN.replace("till-01", BEACON);
    assert_eq!(told(&*hearing(STICKER, HOOK), &sticker), CHECKED_IN);
    let no_till = mobilepay(&json!({"webhook_secret": {"value": SECRET}, "webhook_url": HOOK}));
    assert_eq!(told(&*no_till, CHECK_IN), "nothing");
    for (body, wanted) in [
        (CHECK_IN.to_owned(), CHECKED_IN),
        (CHECK_IN.replace("msn", "merchantSerialNumber"), CHECKED_IN),
        (CHECK_IN.replace("32.099Z", "32.0991234Z"), CHECKED_IN),
        (
            CHECK_IN.replace("16:26:32.099Z", "18:26:32.099+02:00"),
            CHECKED_IN,
        ),
        (CHECK_IN.replace("till-01", "till-02"), "nothing"),
        (CHECK_IN.replace("till-01", "TILL-01"), "nothing"),
        (CHECK_IN.replace(TOKEN, ""), "nothing"),
        (CHECK_IN.replace("123456", "654321"), "invalid body.msn"),
        (CHECK_IN.replace("msn", "store"), "invalid body.msn"),
        (
            CHECK_IN.replace("2026-01-19T16", "soon"),
            "invalid body.initiatedAt",
        ),
        (CHECK_IN.replace("initiatedAt", "at"), "nothing"),
        (PAYMENT.to_owned(), "payment till01-20260119-0001"),
        (
            PAYMENT.replace("AUTHORIZED", "MELTED"),
            "payment till01-20260119-0001",
        ),
        (PAYMENT.replace("123456", "654321"), "invalid body.msn"),
        (
            r#"{"msn":"123456","auth_req_id":"x"}"#.to_owned(),
            "nothing",
        ),
        ("{}".to_owned(), "invalid body.msn"),
        ("[]".to_owned(), "invalid body"),
        (String::new(), "invalid body"),
        ("x".repeat(65_537), "invalid body"),
    ] {
        assert_eq!(
            told(&*ours, &body),
            wanted,
            "{}",
            &body[..body.len().min(200)]
        );
    }
}

proptest! {
    #[test]
    fn a_signature_is_never_hit_by_chance(headers in proptest::collection::vec((".{0,30}", ".{0,200}"), 0..8), body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let provider = hearing("till-01", HOOK);
        let delivery = Delivery { headers: &headers, body: &body, now_ms: NOW_MS };
        prop_assert!(provider.webhook(&delivery).is_err());
        // With everything in order but the signature.
        let text = String::from_utf8_lossy(&body).into_owned();
        let forged = post("guess", "/vipps", "hooks.example.test", DATE, &text);
        prop_assert_eq!(forged.told_to(&*provider), "invalid headers.authorization");
    }
}
