//! Refunds and questions: what is allowed, what is sent, and what each answer means.

use super::support::*;
use payments::provider::{
    Command, Context, HttpRequest, HttpResponse, Method, Provider, RefundOrder, RefundWord,
    TokenVerdict, Verdict,
};
use payments::secret::Secret;
use payments::tender::{Currency, Reason};
use proptest::prelude::*;
use serde_json::{Value, json};

/// RFC 3339 to Unix milliseconds.
fn at(text: &str) -> i64 {
    let format = time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::parse(text, &format)
        .unwrap()
        .unix_timestamp()
        * 1_000
}

#[test]
fn refunds_are_checked_before_anything_is_sent() {
    let order = RefundOrder {
        amount: Some(1_000),
        currency: Currency::from_code("EUR").unwrap(),
        payment_amount: Some(1_000),
        provider_reference: Some(TX),
        paid_at: Some(NOW_MS),
        now_ms: NOW_MS,
    };
    let may = |changes: Value, order: &RefundOrder<'_>| {
        let checked = build(changes).check_refund(order);
        checked.map_err(|invalid| (invalid.field, invalid.problem))
    };
    assert_eq!(may(json!({}), &order), Ok(()));
    let field = |changes: Value, order: &RefundOrder<'_>| may(changes, order).unwrap_err().0;
    let part = RefundOrder {
        amount: Some(999),
        ..order
    };
    assert_eq!(field(json!({}), &part), "amount");
    assert_eq!(may(json!({"refund_partial": true}), &part), Ok(()));
    let more = RefundOrder {
        amount: Some(1_001),
        ..order
    };
    assert_eq!(field(json!({"refund_partial": true}), &more), "amount");
    let nameless = RefundOrder {
        provider_reference: None,
        ..order
    };
    let (_, problem) = may(json!({}), &nameless).unwrap_err();
    assert!(
        problem.contains("profile") && problem.contains("tx_"),
        "{problem}"
    );
    let (_, problem) = may(json!({"refund_mode": "manual"}), &order).unwrap_err();
    assert!(problem.contains("portal"), "{problem}");
    let foreign = RefundOrder {
        amount: Some(700),
        payment_amount: None,
        paid_at: None,
        ..order
    };
    assert_eq!(
        may(json!({"refund_window_policy": "block"}), &foreign),
        Ok(())
    );
    let crowns = RefundOrder {
        currency: Currency::from_code("SEK").unwrap(),
        ..order
    };
    assert_eq!(field(json!({}), &crowns), "currency");
}

#[test]
fn the_day_of_a_payment_ends_at_midnight_in_helsinki() {
    #[rustfmt::skip]
    let cases = [
        ("2026-01-19T00:00:00+02:00", "2026-01-19T23:59:59+02:00", true),
        ("2026-01-19T23:59:59+02:00", "2026-01-20T00:00:00+02:00", false),
        ("2026-01-19T22:00:00Z", "2026-01-20T21:59:59Z", true),
        ("2026-07-01T00:00:00+03:00", "2026-07-01T23:59:59+03:00", true),
        ("2026-07-01T23:59:59+03:00", "2026-07-02T00:00:00+03:00", false),
        // Clocks go forward on 29 March 2026 and back on 25 October.
        ("2026-03-28T23:59:59+02:00", "2026-03-29T00:00:00+02:00", false),
        ("2026-03-29T00:00:00+02:00", "2026-03-29T23:59:59+03:00", true),
        ("2026-03-29T23:59:59+03:00", "2026-03-30T00:00:00+03:00", false),
        ("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", true),
        ("2026-10-24T23:59:59+03:00", "2026-10-25T00:00:00+03:00", false),
        ("2026-10-25T00:00:00+03:00", "2026-10-25T23:59:59+02:00", true),
        ("2026-10-25T23:59:59+02:00", "2026-10-26T00:00:00+02:00", false),
        // Other years: the last Sunday may be the 31st or the 25th.
        ("2024-03-31T00:00:00+02:00", "2024-03-31T23:59:59+03:00", true),
        ("2024-03-31T23:59:59+03:00", "2024-04-01T00:00:00+03:00", false),
        ("2027-10-31T00:00:00+03:00", "2027-10-31T23:59:59+02:00", true),
        ("2026-12-31T23:59:59+02:00", "2027-01-01T00:00:00+02:00", false),
    ];
    let blocking = build(json!({"refund_window_policy": "block"}));
    let trying = build(json!({}));
    let unlimited = build(json!({"refund_window": "none", "refund_window_policy": "block"}));
    for (paid, now, same_day) in cases {
        let order = RefundOrder {
            amount: Some(100),
            currency: Currency::from_code("EUR").unwrap(),
            payment_amount: Some(100),
            provider_reference: Some(TX),
            paid_at: Some(at(paid)),
            now_ms: at(now),
        };
        assert_eq!(
            blocking.check_refund(&order).is_ok(),
            same_day,
            "{paid} {now}"
        );
        assert!(trying.check_refund(&order).is_ok() && unlimited.check_refund(&order).is_ok());
    }
}

#[test]
fn requests_are_built_from_settings() {
    let token = Secret::new("t-1");
    let context = context(Some(&token));
    let whole = Command::Refund { amount: 1_000 };
    let part = Command::Refund { amount: 400 };
    let request = build(json!({})).request(&whole, &context);
    assert_eq!(request.method, Method::Post);
    assert_eq!(
        request.url,
        format!("https://api.smartum.fi/transactions/{TX}/refund")
    );
    assert_eq!(header(&request, "Authorization"), Some("Bearer t-1"));
    assert_eq!(body(&request), json!({"venue": GYM}));
    assert_eq!(header(&request, "Idempotency-Key"), None);
    let request = build(json!({"refund_partial": true})).request(&part, &context);
    assert_eq!(body(&request), json!({"venue": GYM, "amount": 400}));

    let other = build(json!({
        "auth_mode": "headers", "client_id_header": "X-Id", "client_secret_header": "X-Key",
        "refund_method": "put", "refund_body": {"amount": "sum", "venue": ""},
        "refund_idempotency_header": "X-Once",
        "endpoints": {"refund": "/v2/refunds/{tx}", "transaction": "/v2/payments/{tx}"},
    }));
    let request = other.request(&part, &context);
    assert_eq!(
        (request.method, body(&request)),
        (Method::Put, json!({"sum": 400}))
    );
    assert_eq!(
        request.url,
        format!("https://api.smartum.fi/v2/refunds/{TX}")
    );
    assert_eq!(header(&request, "X-Id"), Some("sandbox-client"));
    assert_eq!(header(&request, "X-Key"), Some("sandbox-secret"));
    assert_eq!(header(&request, "X-Once"), Some("key-1"));
    assert!(other.token_request().is_none());
    let find = Command::FindRefund {
        key_stem: "k",
        amount: 1,
    };
    let request = other.request(&find, &context);
    assert_eq!((request.method, request.body.len()), (Method::Get, 0));
    assert_eq!(
        request.url,
        format!("https://api.smartum.fi/v2/payments/{TX}")
    );

    let basic = build(json!({"auth_mode": "basic"}));
    let request = basic.request(&whole, &context);
    let expected = "Basic c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ=";
    assert_eq!(header(&request, "Authorization"), Some(expected));
    let open = build(json!({"auth_mode": "none"}));
    assert_eq!(
        header(&open.request(&whole, &context), "Authorization"),
        None
    );
}

#[test]
fn tokens_are_fetched_in_two_ways_and_read_tolerantly() {
    let request = build(json!({})).token_request().unwrap();
    assert_eq!(request.url, "https://api.smartum.fi/oauth/token");
    assert_eq!(request.body, b"grant_type=client_credentials");
    assert!(
        header(&request, "Authorization")
            .unwrap()
            .starts_with("Basic ")
    );
    let in_body = json!({
        "client_auth": "body", "token_path": "/token", "scope": "refund read",
        "client_secret": {"value": "a&b=ä"},
    });
    let request = build(in_body).token_request().unwrap();
    assert_eq!(header(&request, "Authorization"), None);
    let form = "grant_type=client_credentials&scope=refund%20read&client_id=sandbox-client\
                &client_secret=a%26b%3D%C3%A4";
    assert_eq!(String::from_utf8(request.body).unwrap(), form);
    let smartum = build(json!({}));
    let read = |status: u16, body: &str| match smartum.read_token(&response(status, body)) {
        TokenVerdict::Token { life_ms, .. } => format!("token {life_ms}"),
        TokenVerdict::Refused { reason } => String::from(reason.key()),
        TokenVerdict::Unclear => String::from("unclear"),
    };
    #[rustfmt::skip]
    let cases = [
        (200, r#"{"access_token":"t","expires_in":60}"#, "token 60000"),
        (200, r#"{"access_token":"t","expires_in":"60"}"#, "token 60000"),
        (200, r#"{"access_token":"t"}"#, "token 3600000"),
        (200, r#"{"access_token":"t","expires_in":0}"#, "unclear"),
        (200, r#"{"access_token":""}"#, "unclear"),
        (200, "<html>", "unclear"),
        (401, r#"{"error":"invalid_client"}"#, "credentials-rejected"),
        (403, "", "permission-missing"),
        (404, "", "merchant-setup"),
        (429, "", "unclear"),
        (503, "", "unclear"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(read(status, body), expected, "{status} {body}");
    }
}

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![(String::from("retry-after"), String::from("7"))],
        body: Vec::from(body),
    }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Observed(statement) => {
            let amounts = statement.observation.amounts;
            format!("observed {}/{}", amounts.captured, amounts.refunded)
        }
        Verdict::Refund(RefundWord::Executed { .. }) => String::from("executed"),
        Verdict::Refund(RefundWord::Pending { .. }) => String::from("pending"),
        Verdict::Refund(RefundWord::NotThere) => String::from("not there"),
        Verdict::Refund(RefundWord::Refused { reason, .. }) | Verdict::Refused { reason, .. } => {
            format!("refused {}", reason.key())
        }
        Verdict::Absent => String::from("absent"),
        Verdict::Busy { after_ms, .. } => format!("busy {after_ms:?}"),
        Verdict::TokenRefused => String::from("token refused"),
        Verdict::Mismatch => String::from("mismatch"),
        Verdict::Unclear => String::from("unclear"),
        Verdict::AskFirst | Verdict::StillPayable { .. } => String::from("never said here"),
    }
}

fn heard(changes: Value, command: &Command<'_>, status: u16, body: &str) -> String {
    word(&build(changes).read(command, &context(None), &response(status, body)))
}

const WHOLE: Command<'static> = Command::Refund { amount: 1_000 };
const PART: Command<'static> = Command::Refund { amount: 400 };

#[test]
fn refusals_are_understood_in_every_shape() {
    let shapes = |code: &str| {
        [
            json!({"error": {"code": code, "message": "words"}}).to_string(),
            json!({"errors": [{"code": code, "title": "words"}]}).to_string(),
            json!({"errors": [{"title": code.replace('_', " ")}]}).to_string(),
            json!({"error": code, "error_description": "words"}).to_string(),
            json!({"code": code.to_uppercase()}).to_string(),
            json!({"message": code}).to_string(),
            format!("{code}: words"),
            String::from(code),
        ]
    };
    #[rustfmt::skip]
    let cases = [
        (409, "already_refunded", "refused nothing-to-refund"),
        (422, "refund_window_closed", "refused refund-period-over"),
        (422, "partial_not_supported", "refused partial-not-allowed"),
        (422, "amount_too_large", "refused refund-too-large"),
        (404, "not_found", "refused reference-unknown"),
        (400, "invalid_request", "refused request-refused"),
        (409, "something_new", "refused request-refused"),
        (403, "forbidden", "refused permission-missing"),
        (401, "unauthorized", "token refused"),
        (408, "timeout", "unclear"),
        (429, "slow_down", "busy Some(7000)"),
        (500, "already_refunded", "unclear"),
        (502, "bad_gateway", "unclear"),
        (302, "found", "unclear"),
    ];
    for (status, code, expected) in cases {
        for body in shapes(code) {
            assert_eq!(
                heard(json!({}), &WHOLE, status, &body),
                expected,
                "{status} {body}"
            );
        }
    }
    let body = json!({"error": {"code": "KO-17"}}).to_string();
    let own = json!({"already_refunded_codes": ["ko 17"]});
    assert_eq!(heard(own, &WHOLE, 400, &body), "refused nothing-to-refund");
    assert_eq!(
        heard(json!({}), &WHOLE, 404, "<html>404</html>"),
        "refused merchant-setup"
    );
    let basic = json!({"auth_mode": "basic"});
    assert_eq!(
        heard(basic, &WHOLE, 401, ""),
        "refused credentials-rejected"
    );
}

#[test]
fn a_success_has_to_be_about_this_refund() {
    let data = |text: Value| json!({"data": text}).to_string();
    #[rustfmt::skip]
    let cases = [
        (WHOLE, 200, String::new(), "executed"),
        (WHOLE, 204, String::new(), "executed"),
        (WHOLE, 202, String::new(), "pending"),
        (WHOLE, 200, String::from("{}"), "executed"),
        (WHOLE, 200, data(json!({"id": TX, "status": "refunded"})), "executed"),
        (WHOLE, 201, json!({"id": TX, "status": "REFUNDED"}).to_string(), "executed"),
        (WHOLE, 202, data(json!({"id": TX, "status": "paid"})), "pending"),
        (PART, 200, data(json!({"id": TX, "status": "paid", "refunded_amount": 400})), "executed"),
        (PART, 200, data(json!({"id": TX, "status": "paid", "refunded_amount": 399})), "unclear"),
        (WHOLE, 200, data(json!({"id": TX, "status": "paid"})), "unclear"),
        (WHOLE, 200, data(json!({"id": TX, "status": "maybe"})), "unclear"),
        (WHOLE, 200, data(json!({"id": "tx_AAAAAAAAAAAAAAAA", "status": "refunded"})), "mismatch"),
        (WHOLE, 200, data(json!({"venue": "ven_Sandbox0Other004"})), "mismatch"),
        (WHOLE, 200, data(json!({"currency": "SEK"})), "mismatch"),
        (WHOLE, 200, data(json!({"id": 5})), "unclear"),
        (WHOLE, 200, json!({"error": {"code": "x"}}).to_string(), "unclear"),
        (WHOLE, 200, String::from("<html>Log in</html>"), "unclear"),
        (WHOLE, 200, String::from("[]"), "unclear"),
        (WHOLE, 200, String::from("{\"data\":"), "unclear"),
    ];
    for (command, status, body, expected) in cases {
        assert_eq!(
            heard(json!({}), &command, status, &body),
            expected,
            "{status} {body}"
        );
    }
}

#[test]
fn a_payment_can_be_asked_about_where_that_exists() {
    let find = |amount: i64| Command::FindRefund {
        key_stem: "k",
        amount,
    };
    let parts = json!({"refund_partial": true});
    let words = json!({"refunded_statuses": ["palautettu"], "paid_statuses": ["maksettu"]});
    let paid = |back: Value| {
        json!({"data": {"id": TX, "amount": 1_000, "status": "paid",
                                             "refunded_amount": back}})
        .to_string()
    };
    let refunded = json!({"data": {"id": TX, "amount": 1_000, "status": "refunded"}}).to_string();
    let local = json!({"id": TX, "amount": 1_000, "status": "palautettu"}).to_string();
    let odd = json!({"id": TX, "amount": 1_000, "status": "frozen"}).to_string();
    let absent = json!({"error": {"code": "not_found"}}).to_string();
    let none = json!({});
    #[rustfmt::skip]
    let cases = [
        (&none, find(1_000), 200, refunded.clone(), "executed"),
        (&none, find(1_000), 200, paid(json!(0)), "not there"),
        (&none, find(1_000), 200, paid(json!(null)), "not there"),
        (&parts, find(400), 200, paid(json!(null)), "unclear"),
        (&parts, find(400), 200, paid(json!(399)), "not there"),
        (&parts, find(400), 200, paid(json!(400)), "unclear"),
        (&none, find(1_000), 200, odd.clone(), "unclear"),
        (&words, find(1_000), 200, local.clone(), "executed"),
        (&words, find(1_000), 200, refunded.clone(), "unclear"),
        (&none, find(1_000), 404, absent.clone(), "absent"),
        (&none, find(1_000), 404, String::from("<html>"), "unclear"),
        (&none, find(1_000), 409, absent.clone(), "unclear"),
        (&none, Command::AskStatus, 200, paid(json!(0)), "observed 1000/0"),
        (&none, Command::AskStatus, 200, paid(json!(250)), "observed 1000/250"),
        (&none, Command::AskStatus, 200, paid(json!(1_001)), "unclear"),
        (&none, Command::AskStatus, 200, refunded, "observed 1000/1000"),
        (&words, Command::AskStatus, 200, local, "observed 1000/1000"),
        (&none, Command::AskStatus, 200, odd, "unclear"),
        (&none, Command::AskStatus, 404, absent, "absent"),
        (&none, Command::AskStatus, 503, String::new(), "unclear"),
    ];
    for (changes, command, status, body, expected) in cases {
        assert_eq!(
            heard(changes.clone(), &command, status, &body),
            expected,
            "{status} {body}"
        );
    }
}

/// The provider's requests and the imitation's answers, without anything between them.
#[test]
fn a_refund_at_the_sandbox_happens_once() {
    let mut world = world();
    let smartum = build(json!({"endpoints": {"transaction": "/transactions/{tx}"}}));
    let order = json!({"venue": GYM, "amount": 1_000});
    let shown = world.act(NOW_MS, "smartum", "receipt", &order).unwrap();
    let tx = String::from(shown["tx"].as_str().unwrap());
    let mut send = |request: HttpRequest| {
        let mut sent = http::Request::builder()
            .method(request.method.name())
            .uri(&request.url);
        for (name, value) in &request.headers {
            sent = sent.header(name.as_ref(), value.reveal());
        }
        let answer = world.handle(NOW_MS, &sent.body(request.body).unwrap());
        HttpResponse {
            status: answer.status().as_u16(),
            headers: Vec::new(),
            body: answer.body().clone(),
        }
    };
    let token = smartum.read_token(&send(smartum.token_request().unwrap()));
    let TokenVerdict::Token { token, .. } = token else {
        panic!("no token");
    };
    let context = Context {
        provider_reference: Some(&tx),
        ..context(Some(&token))
    };
    let find = Command::FindRefund {
        key_stem: "k",
        amount: 1_000,
    };
    let said: Vec<String> = [find, WHOLE, find, WHOLE, Command::AskStatus]
        .iter()
        .map(|command| {
            let answer = send(smartum.request(command, &context));
            word(&smartum.read(command, &context, &answer))
        })
        .collect();
    let expected = [
        "not there",
        "executed",
        "executed",
        "refused nothing-to-refund",
        "observed 1000/1000",
    ];
    assert_eq!(said, expected);
    assert_eq!(world.ledger(NOW_MS)[0].refunded, 1_000);
}

proptest! {
    /// An answer of any kind is never taken for more than it says, and breaks nothing.
    #[test]
    fn noise_is_unclear_or_refused(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..64)) {
        let smartum = build(json!({}));
        let response = HttpResponse { status, headers: vec![], body: body.clone() };
        let blank = body.trim_ascii().is_empty();
        let verdict = smartum.read(&WHOLE, &context(None), &response);
        let executed = verdict == Verdict::Refund(RefundWord::Executed { reference: None });
        let is_object = serde_json::from_slice::<serde_json::Map<String, Value>>(&body).is_ok();
        prop_assert!(!executed || ((200..300).contains(&status) && (blank || is_object)));
        if let Verdict::Refused { reason, .. } = verdict {
            prop_assert!((400..500).contains(&status) && reason != Reason::None);
        }
    }
}
