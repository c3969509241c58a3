//! The customer club of Vipps against its fact sheet: who a customer is, and joining. What each answer
//! means at each step. Tills, webhooks and the imitation are in `provider_mobilepay/`.

use data_encoding::BASE64;
use payments::provider::vipps::{Settings, Vipps};
use payments::provider::{
    ApproachWish, BuildRules, CustomerHint, ErrandOrder, ErrandRequest, ErrandVerdict,
    HttpResponse, KnownCustomer, Method, Provider, Stage,
};
use payments::secret::Secret;
use proptest::prelude::*;
use serde_json::{Value, json};

const BASE: &str = "https://api.vipps.no";
const PHONE: &str = "4712345678";
const CODE: &str = "https://qr.vipps.no/p/sandbox-0001";

fn settings(changes: &Value) -> Value {
    let mut settings = json!({
        "client_id": {"value": "sandbox-client"},
        "client_secret": {"value": "sandbox-secret"},
        "subscription_key": {"value": "sandbox-key"},
        "merchant_serial_number": "123456",
        "currency": "NOK",
    });
    let members = settings.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    settings
}

fn built(changes: &Value) -> Result<Vipps, String> {
    let settings: Settings =
        serde_json::from_value(settings(changes)).map_err(|error| error.to_string())?;
    Vipps::new(&settings, &BuildRules::default()).map_err(|error| error.to_string())
}

fn provider(changes: &Value) -> Vipps {
    built(changes).unwrap()
}

fn code(text: &str) -> ErrandOrder {
    ErrandOrder::CheckIn(CustomerHint::Code(Secret::new(text)))
}

fn number(text: &str) -> ErrandOrder {
    ErrandOrder::CheckIn(CustomerHint::Phone(Secret::new(text)))
}

fn enrol(text: &str) -> ErrandOrder {
    let phone = Secret::new(text);
    ErrandOrder::Enrol {
        customer: KnownCustomer { phone },
    }
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
        ErrandVerdict::Next {
            waits_for_customer,
            after_ms,
            ..
        } => format!("next {after_ms} {waits_for_customer}"),
        ErrandVerdict::Done(text) => format!("done {}", text.reveal()),
        ErrandVerdict::Declined => "declined".to_owned(),
        ErrandVerdict::Expired => "expired".to_owned(),
        ErrandVerdict::Refused { reason, code } => format!("refused {} {code}", reason.key()),
        ErrandVerdict::TokenRefused => "token-refused".to_owned(),
        ErrandVerdict::Busy { after_ms } => format!("busy {after_ms:?}"),
        ErrandVerdict::Unclear => "unclear".to_owned(),
    }
}

/// Leads an errand through answers that are as they should be, and gives the stage it is at then.
fn stage_after(provider: &Vipps, order: &ErrandOrder, answers: &[&str]) -> Stage {
    let mut stage = provider.errand(order).unwrap();
    for answer in answers {
        match provider.read_errand(&stage, &response(200, answer)) {
            ErrandVerdict::Next { stage: next, .. } => stage = next,
            other => panic!("{answer}: {}", word(&other)),
        }
    }
    stage
}

fn request_at(provider: &Vipps, stage: &Stage) -> ErrandRequest {
    provider.errand_request(stage).unwrap()
}

fn header(asked: &ErrandRequest, name: &str) -> Option<String> {
    let mut headers = asked.request.headers.iter();
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.reveal().to_owned())
}

fn body(asked: &ErrandRequest) -> String {
    String::from_utf8(asked.request.body.clone()).unwrap()
}

fn discovery(base: &str) -> String {
    json!({
        "issuer": format!("{base}/access-management-1.0/access/"),
        "token_endpoint": format!("{base}/access-management-1.0/access/oauth2/token"),
        "userinfo_endpoint": format!("{base}/vipps-userinfo-api/userinfo"),
        "backchannel_authentication_endpoint":
            format!("{base}/vipps-login-ciba/api/backchannel/authentication"),
    })
    .to_string()
}

const ASKED: &str = r#"{"auth_req_id":"VYGaaAMRkI6S","expires_in":600,"interval":5}"#;
const TOKENS: &str =
    r#"{"access_token":"ciba.A","token_type":"Bearer","expires_in":300,"id_token":"e.y.J"}"#;

#[test]
fn a_code_is_exchanged_whole_with_the_profiles_token() {
    let vipps = provider(&json!({}));
    let asked = request_at(&vipps, &vipps.errand(&code(CODE)).unwrap());
    assert!(asked.needs_token);
    assert_eq!(asked.request.method, Method::Post);
    assert_eq!(asked.request.url, format!("{BASE}/qr/v1/exchange"));
    let sent: Value = serde_json::from_str(&body(&asked)).unwrap();
    assert_eq!(sent, json!({"qrCode": CODE, "requestedData": ["MSISDN"]}));
    assert_eq!(header(&asked, "Merchant-Serial-Number").unwrap(), "123456");
    assert!(header(&asked, "Idempotency-Key").is_none());
    for other in [
        "4111111111111111",
        "6411401015090",
        "https://example.org/x",
        "",
        "abc",
    ] {
        assert!(vipps.errand(&code(other)).is_err(), "{other}");
    }
    let other_form = provider(&json!({"customer_code_prefixes": ["https://qr.example.test/"]}));
    assert!(
        other_form
            .errand(&code("https://qr.example.test/p/1"))
            .is_ok()
    );
    assert!(other_form.errand(&code(CODE)).is_err());
}

#[rustfmt::skip]
const EXCHANGED: &[(u16, &str, &str)] = &[
    (200, r#"{"msisdn":"4712345678","timestamp":1768836500,"version":"2.0"}"#,
        r#"done {"phone":"4712345678","scanned_at":1768836500000}"#),
    (200, r#"{"msisdn":"4712345678","version":"1.0"}"#,
        r#"done {"phone":"4712345678","scanned_at":null}"#),
    (200, r#"{"msisdn":"12"}"#, "unclear"),
    (200, r#"{"msisdn":4712345678}"#, "unclear"),
    (200, r#"{"msisdn":"4712345678","timestamp":1.5}"#, "unclear"),
    (200, "{}", "unclear"),
    (200, "<html>", "unclear"),
    (400, r#"{"title":"Bad Request"}"#, "refused scan-again 400"),
    (401, "", "token-refused"),
    (403, "", "refused permission-missing 403"),
    (404, "", "refused merchant-setup 404"),
    (415, "", "refused request-refused 415"),
    (408, "", "unclear"),
    (429, "", "busy None"),
    (423, "", "busy None"),
    (302, "", "unclear"),
    (500, "", "unclear"),
];

#[test]
fn answers_to_an_exchange() {
    let vipps = provider(&json!({}));
    let stage = vipps.errand(&code(CODE)).unwrap();
    for (status, answer, wanted) in EXCHANGED {
        let verdict = vipps.read_errand(&stage, &response(*status, answer));
        assert_eq!(word(&verdict), *wanted, "{status} {answer}");
    }
}

#[rustfmt::skip]
const EXISTS: &[(u16, &str, &str)] = &[
    (200, r#"{"exists":true}"#, r#"done {"exists":true,"phone":"4712345678"}"#),
    (200, r#"{"exists":false}"#, r#"done {"exists":false,"phone":"4712345678"}"#),
    (200, r#"{"exists":"yes"}"#, "unclear"),
    (200, "", "unclear"),
    (401, r#"{"error":"invalid_client"}"#, "refused credentials-rejected 401"),
    (403, "", "refused permission-missing 403"),
    (404, "", "refused merchant-setup 404"),
    (400, r#"{"error":"invalid_request"}"#, "refused request-refused 400"),
    (429, "", "busy None"),
    (503, "", "unclear"),
];

#[test]
fn a_number_is_asked_about_in_its_usual_form() {
    let vipps = provider(&json!({}));
    let stage = vipps.errand(&number("+47 123 45 678")).unwrap();
    let asked = request_at(&vipps, &stage);
    assert!(!asked.needs_token);
    let url = format!("{BASE}/vipps-login-ciba/api/v1/user-exists");
    assert_eq!(asked.request.url, url);
    assert_eq!(body(&asked), "login_hint=urn%3Amsisdn%3A4712345678");
    let basic = format!("Basic {}", BASE64.encode(b"sandbox-client:sandbox-secret"));
    assert_eq!(header(&asked, "Authorization").unwrap(), basic);
    let kind = header(&asked, "Content-Type").unwrap();
    assert_eq!(kind, "application/x-www-form-urlencoded");
    for (status, answer, wanted) in EXISTS {
        let verdict = vipps.read_errand(&stage, &response(*status, answer));
        assert_eq!(word(&verdict), *wanted, "{status} {answer}");
    }
    for wrong in ["", "12345678", "47 12 x", "4712345678901234"] {
        for order in [number(wrong), enrol(wrong)] {
            let Err(told) = vipps.errand(&order) else {
                panic!("{wrong} was taken")
            };
            assert_eq!(told.field, "phone", "{wrong}");
        }
    }
}

/// Words that mean the same whatever status goes with them: while asking, and while waiting.
#[rustfmt::skip]
const LOGIN_WORDS: &[(&str, &str, &str)] = &[
    (r#"{"error":"authorization_pending"}"#, "unclear", "next 5000 true"),
    (r#"{"error":"slow_down"}"#, "unclear", "next 10000 true"),
    (r#"{"error":"access_denied"}"#, "declined", "declined"),
    (r#"{"error":"expired_token"}"#, "expired", "expired"),
];
#[rustfmt::skip]
const LOGIN_REFUSALS: &[(&str, &str)] = &[
    (r#"{"error":"unknown_user_id"}"#, "customer-not-eligible"),
    (r#"{"error":"invalid_user"}"#, "customer-not-eligible"),
    (r#"{"error":"invalid_request","error_code":"invalid_user"}"#, "customer-not-eligible"),
    (r#"{"error":"access_denied","error_code":"old_app"}"#, "customer-not-eligible"),
    (r#"{"error":"transaction_failed"}"#, "provider-error"),
    (r#"{"error":"invalid_client"}"#, "credentials-rejected"),
    (r#"{"error":"unauthorized_client"}"#, "permission-missing"),
    (r#"{"error":"invalid_scope"}"#, "merchant-setup"),
];
#[rustfmt::skip]
const ASKED_ANSWERS: &[(&str, &str)] = &[
    (ASKED, "next 5000 true"),
    (r#"{"auth_req_id":"a","expires_in":600}"#, "next 5000 true"),
    (r#"{"auth_req_id":"a","expires_in":600,"interval":0}"#, "next 1000 true"),
    (r#"{"auth_req_id":"a","expires_in":600,"interval":9000}"#, "next 60000 true"),
    (r#"{"auth_req_id":"","expires_in":600}"#, "unclear"),
    (r#"{"auth_req_id":"a"}"#, "unclear"),
    ("", "unclear"),
];
#[rustfmt::skip]
const TOKEN_ANSWERS: &[(&str, &str)] = &[
    (TOKENS, "next 0 false"),
    (r#"{"access_token":"A"}"#, "next 0 false"),
    (r#"{"access_token":""}"#, "unclear"),
    (r#"{"access_token":"A","token_type":"mac"}"#, "unclear"),
    ("{}", "unclear"),
];

#[test]
fn what_the_login_says() {
    let vipps = provider(&json!({}));
    let found = discovery(BASE);
    let asking = stage_after(&vipps, &enrol(PHONE), &[&found]);
    let waiting = stage_after(&vipps, &enrol(PHONE), &[&found, ASKED]);
    let next = |status: u16, stage: &Stage, error: &str| {
        word(&vipps.read_errand(stage, &response(status, error)))
    };
    for status in [400, 401, 403, 404] {
        for (error, asked, polled) in LOGIN_WORDS {
            assert_eq!(next(status, &asking, error), *asked, "{error}");
            assert_eq!(next(status, &waiting, error), *polled, "{error}");
        }
        for (error, wanted) in LOGIN_REFUSALS {
            let wanted = format!("refused {wanted} {status}");
            assert_eq!(next(status, &asking, error), wanted, "{error}");
            assert_eq!(next(status, &waiting, error), wanted, "{error}");
        }
    }
    for error in [
        r#"{"error":"invalid_request"}"#,
        r#"{"error":"invalid_binding_message"}"#,
        r#"{"error":"invalid_grant"}"#,
        r#"{"error":"melted","error_code":5}"#,
        "{}",
        "null",
        "<html>",
    ] {
        for stage in [&asking, &waiting] {
            let refused = "refused request-refused 400";
            assert_eq!(next(400, stage, error), refused, "{error}");
            assert_eq!(next(500, stage, error), "unclear", "{error}");
            assert_eq!(next(429, stage, error), "busy None", "{error}");
        }
    }
    for (stage, answers) in [(&asking, ASKED_ANSWERS), (&waiting, TOKEN_ANSWERS)] {
        for (answer, wanted) in answers {
            assert_eq!(next(200, stage, answer), *wanted, "{answer}");
        }
    }
}

#[rustfmt::skip]
const CLAIMS: &[(u16, &str, &str)] = &[
    (200, r#"{"sub":"c06c","phone_number":"4712345678","n":1.50,"address":{"b":1,"a":2}}"#,
        r#"done {"address":{"b":1,"a":2},"n":1.50,"phone_number":"4712345678","sub":"c06c"}"#),
    (200, r#"{"phone_number":"+47 12345678"}"#, r#"done {"phone_number":"+47 12345678"}"#),
    (200, "{}", "done {}"),
    (200, r#"{"phone_number":"4798765432"}"#, "refused answer-mismatch 200"),
    (200, r#"{"phone_number":null}"#, "refused answer-mismatch 200"),
    (200, "[]", "unclear"),
    (200, "", "unclear"),
    (401, "", "refused request-refused 401"),
    (403, "", "refused permission-missing 403"),
    (500, "", "unclear"),
];

#[test]
fn claims_are_handed_on_as_they_come() {
    let vipps = provider(&json!({}));
    let answers = [&discovery(BASE), ASKED, TOKENS];
    let stage = stage_after(&vipps, &enrol(PHONE), &answers);
    for (status, answer, wanted) in CLAIMS {
        let verdict = vipps.read_errand(&stage, &response(*status, answer));
        assert_eq!(word(&verdict), *wanted, "{status} {answer}");
    }
}

#[rustfmt::skip]
const WRONG_SETTINGS: &[(&str, &str)] = &[
    (r#"{"till_qr_id":"till_01"}"#, "till_qr_id"),
    (r#"{"webhook_secret":{"value":"s"}}"#, "webhook_url"),
    (r#"{"webhook_url":"https://a.example/b"}"#, "webhook_secret"),
    (r#"{"webhook_secret":{"value":"s"},"webhook_url":"http://a.example/b"}"#, "webhook_url"),
    (r#"{"webhook_secret":{"value":"s"},"webhook_url":"https://u@a.example/b"}"#, "webhook_url"),
    (r#"{"webhook_secret":{"env":"NO_SUCH"},"webhook_url":"https://a.example/b"}"#, "webhook_secret"),
    (r#"{"default_approach":"check_in"}"#, "default_approach"),
    (r#"{"enrol_scope":""}"#, "enrol_scope"),
    (r#"{"enrol_scope":"openid  name"}"#, "enrol_scope"),
    (r#"{"enrol_scope":"a&b"}"#, "enrol_scope"),
    (r#"{"enrol_expiry_s":59}"#, "enrol_expiry_s"),
    (r#"{"enrol_expiry_s":901}"#, "enrol_expiry_s"),
    (r#"{"check_in_life_ms":900001}"#, "check_in_life_ms"),
    (r#"{"webhook_age_max_ms":1}"#, "webhook_age_max_ms"),
];

/// What is set wrongly is named before anything starts.
#[test]
fn settings_are_checked() {
    for (changes, named) in WRONG_SETTINGS {
        let told = built(&serde_json::from_str(changes).unwrap()).err();
        let told = told.unwrap_or_default();
        assert!(told.starts_with(named), "{changes}: {told}");
    }
    let plain = provider(&json!({}));
    assert!(!plain.capabilities().by_check_in && plain.capabilities().partial_capture);
    assert!(plain.default_approach() == ApproachWish::Qr);
    let with_till = provider(&json!({"till_qr_id": "till-01", "check_in_life_ms": 60_000}));
    // Who cannot be told of a check-in does not wait for one.
    assert!(!with_till.capabilities().by_check_in && !with_till.capabilities().one_at_a_time);
    let told = provider(&json!({
        "till_qr_id": "till-01",
        "webhook_secret": {"value": "w"},
        "webhook_url": "https://hooks.example.test/vipps",
    }));
    assert!(told.capabilities().by_check_in);
    assert_eq!(with_till.capabilities().check_in_life_ms, 60_000);
    assert!(with_till.default_approach() == ApproachWish::Qr);
}

#[test]
fn an_enrolment_asks_in_four_steps() {
    let vipps = provider(&json!({}));
    let order = enrol("+4712345678");
    let found = discovery(BASE);
    let first = request_at(&vipps, &stage_after(&vipps, &order, &[]));
    let path = "/access-management-1.0/access/.well-known/openid-configuration";
    assert_eq!(first.request.url, format!("{BASE}{path}"));
    assert!(!first.needs_token && header(&first, "Authorization").is_none());

    let second = request_at(&vipps, &stage_after(&vipps, &order, &[&found]));
    let url = format!("{BASE}/vipps-login-ciba/api/backchannel/authentication");
    assert_eq!(second.request.url, url);
    assert_eq!(
        body(&second),
        "scope=openid%20name%20phoneNumber&login_hint=urn%3Amsisdn%3A4712345678&requested_expiry=600"
    );
    assert!(
        header(&second, "Authorization")
            .unwrap()
            .starts_with("Basic ")
    );
    assert!(header(&second, "Ocp-Apim-Subscription-Key").is_none());

    let third = request_at(&vipps, &stage_after(&vipps, &order, &[&found, ASKED]));
    let url = format!("{BASE}/access-management-1.0/access/oauth2/token");
    assert_eq!(third.request.url, url);
    assert_eq!(
        body(&third),
        "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=VYGaaAMRkI6S"
    );

    let fourth = stage_after(&vipps, &order, &[&found, ASKED, TOKENS]);
    let fourth = request_at(&vipps, &fourth);
    assert_eq!(fourth.request.method, Method::Get);
    assert_eq!(
        fourth.request.url,
        format!("{BASE}/vipps-userinfo-api/userinfo")
    );
    let names: Vec<&str> = fourth
        .request
        .headers
        .iter()
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(names, ["Authorization"]);
    assert_eq!(header(&fourth, "Authorization").unwrap(), "Bearer ciba.A");

    let other = provider(&json!({"enrol_scope": "openid email", "enrol_expiry_s": 60}));
    let second = request_at(&other, &stage_after(&other, &order, &[&found]));
    let sent = body(&second);
    assert!(
        sent.contains("scope=openid%20email&") && sent.ends_with("=60"),
        "{sent}"
    );
}

#[test]
fn a_binding_message_is_short_and_of_this_request() {
    let vipps = provider(&json!({"enrol_binding_message": true}));
    let message_at = |date: &str| {
        let headers = vec![("date".to_owned(), date.to_owned())];
        let found = HttpResponse {
            headers,
            ..response(200, discovery(BASE))
        };
        let stage = vipps.errand(&enrol(PHONE)).unwrap();
        let ErrandVerdict::Next { stage, .. } = vipps.read_errand(&stage, &found) else {
            panic!("no next step")
        };
        let sent = body(&request_at(&vipps, &stage));
        sent.split_once("&binding_message=").unwrap().1.to_owned()
    };
    let one = message_at("Mon, 19 Jan 2026 16:26:33 GMT");
    assert_ne!(one, message_at("Mon, 19 Jan 2026 16:26:34 GMT"));
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    assert!(
        (5..=8).contains(&one.len()) && one.bytes().all(fits),
        "{one}"
    );
}

#[test]
fn credentials_go_nowhere_but_to_the_provider() {
    let vipps = provider(&json!({}));
    let stage = vipps.errand(&enrol(PHONE)).unwrap();
    for good in [BASE, "https://API.vipps.no", "https://api.vipps.no:443"] {
        let verdict = vipps.read_errand(&stage, &response(200, discovery(good)));
        assert_eq!(word(&verdict), "next 0 false", "{good}");
    }
    for bad in [
        "https://evil.example",
        "http://api.vipps.no",
        "https://api.vipps.no.evil.example",
        "https://api.vipps.no@evil.example",
        "https://evil.example\\\\@api.vipps.no",
        "https://api.vipps.no:8443",
        "//api.vipps.no",
        "https://",
        "",
        "ftp://api.vipps.no",
        " https://api.vipps.no",
    ] {
        // One wrong address among right ones is enough.
        let right: Value = serde_json::from_str(&discovery(BASE)).unwrap();
        for name in [
            "token_endpoint",
            "userinfo_endpoint",
            "backchannel_authentication_endpoint",
        ] {
            let mut found = right.clone();
            found[name] = json!(format!("{bad}/oauth2/token"));
            let verdict = vipps.read_errand(&stage, &response(200, found.to_string()));
            assert_eq!(
                word(&verdict),
                "refused answer-mismatch 200",
                "{bad} {name}"
            );
        }
    }
    for (status, answer, wanted) in [
        (200, "{}", "unclear"),
        (200, "<html>", "unclear"),
        (403, "", "refused permission-missing 403"),
        (404, "", "refused merchant-setup 404"),
        (400, "", "refused request-refused 400"),
        (500, "", "unclear"),
    ] {
        let verdict = vipps.read_errand(&stage, &response(status, answer));
        assert_eq!(word(&verdict), wanted, "{status} {answer}");
    }
}

#[test]
fn slowing_down_lasts_and_waiting_ends() {
    let vipps = provider(&json!({}));
    let mut stage = stage_after(&vipps, &enrol(PHONE), &[&discovery(BASE), ASKED]);
    let mut waits = vec![];
    let mut waited = 0;
    for error in ["slow_down", "authorization_pending"].into_iter().cycle() {
        let answer = json!({"error": error}).to_string();
        match vipps.read_errand(&stage, &response(400, answer)) {
            ErrandVerdict::Next {
                stage: next,
                after_ms,
                ..
            } => {
                waits.push(after_ms);
                waited += after_ms;
                stage = next;
            }
            other => {
                assert_eq!(word(&other), "expired");
                break;
            }
        }
    }
    assert_eq!(waits[..4], [10_000, 10_000, 15_000, 15_000]);
    assert!(waits.iter().all(|ms| *ms <= 60_000));
    assert!((600_000..800_000).contains(&waited), "{waited}");
}

#[test]
fn stages_of_others_lead_nowhere() {
    let vipps = provider(&json!({}));
    for text in ["", "{}", r#"{"step":"dance"}"#, "[]"] {
        let stage = Stage(Secret::new(text));
        assert!(vipps.errand_request(&stage).is_none(), "{text}");
        assert_eq!(
            word(&vipps.read_errand(&stage, &response(200, "{}"))),
            "unclear"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let vipps = provider(&json!({}));
        let found = discovery(BASE);
        for stage in [
            stage_after(&vipps, &code(CODE), &[]),
            stage_after(&vipps, &number(PHONE), &[]),
            stage_after(&vipps, &enrol(PHONE), &[]),
            stage_after(&vipps, &enrol(PHONE), &[&found]),
            stage_after(&vipps, &enrol(PHONE), &[&found, ASKED]),
            stage_after(&vipps, &enrol(PHONE), &[&found, ASKED, TOKENS]),
            stage_after(&vipps, &till("till-01"), &[]),
            stage_after(&vipps, &till("till-01"), &[""]),
        ] {
            let _ = vipps.read_errand(&stage, &response(status, &body));
        }
    }

    #[test]
    fn any_text_is_an_order_without_a_panic(text in ".{0,80}") {
        let vipps = provider(&json!({}));
        for order in [code(&text), number(&text), enrol(&text), till(&text)] {
            if let Ok(stage) = vipps.errand(&order) {
                prop_assert!(vipps.errand_request(&stage).is_some());
            }
        }
    }
}
