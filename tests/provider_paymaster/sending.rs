//! What is sent, and what the till shows.

use super::*;
use payments::provider::HttpRequest;

#[test]
fn codes_come_from_the_answer_or_from_the_plate() {
    let link = |provider: &Paymaster, command: &Command<'_>, body: &str| match provider.read(
        command,
        &context(),
        &answer(200, body),
    ) {
        Verdict::Observed(statement) => (
            statement.qr_text.map(|text| text.reveal().to_owned()),
            statement.ask_again,
        ),
        other => panic!("{}", word(&other)),
    };
    let waiting = payment("Confirmation", "null", "39.90");
    let shown = (Some("https://qr.nspk.ru/AD1".to_owned()), false);
    assert_eq!(link(&provider(), &START, &waiting), shown);
    assert_eq!(link(&provider(), &STATUS, &waiting), shown);
    let paid = payment("Settled", "null", "39.90");
    assert_eq!(link(&provider(), &STATUS, &paid), (None, false));

    let bare = waiting.replace("\"https://qr.nspk.ru/AD1\"", "null");
    assert_eq!(link(&provider(), &START, &bare), (None, true));
    assert_eq!(link(&provider(), &STATUS, &bare), (None, false));
    let plate = |mode: u8| {
        with(
            json!({"sticker_id": "0a1b", "sticker_payload": "https://qr.nspk.ru/AS9",
            "display_mode": mode}),
        )
    };
    let own = (Some("https://qr.nspk.ru/AS9".to_owned()), false);
    for mode in [0, 1] {
        assert_eq!(link(&plate(mode), &START, &bare), own);
        assert_eq!(link(&plate(mode), &START, &waiting), shown);
    }
    assert_eq!(link(&plate(2), &START, &bare), (None, false));
    assert_eq!(link(&plate(2), &START, &waiting), shown);
    let too_long = waiting.replace("AD1", &"A".repeat(3_000));
    assert_eq!(link(&provider(), &START, &too_long), (None, true));

    let hosted = with(json!({"display_source": "hosted_page"}));
    let page = r#"{"paymentId":"12769","url":"https://paymaster.ru/cpay/00ff"}"#;
    let told = (Some("https://paymaster.ru/cpay/00ff".to_owned()), false);
    assert_eq!(link(&hosted, &START, page), told);
    let verdict = hosted.read(&START, &nameless(), &answer(200, r#"{"url":"x"}"#));
    assert_eq!(word(&verdict), "unclear");
}

fn shape(request: &HttpRequest) -> String {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let url = request.url.strip_prefix("https://paymaster.ru").unwrap();
    format!(
        "{} {url} {body} {}",
        request.method.name(),
        request.timeout_ms
    )
}

#[test]
fn requests_are_exactly_these() {
    let ask = |command: &Command<'_>, context: &Context<'_>| {
        let request = provider().request(command, context);
        let header = |name: &str| {
            let mut headers = request.headers.iter();
            headers
                .find(|it| it.0 == name)
                .map(|it| it.1.reveal().to_owned())
        };
        assert_eq!(
            header("Authorization").as_deref(),
            Some("Bearer secret-4711")
        );
        assert!(!format!("{:?}", request.headers).contains("4711"));
        assert_eq!(header("Accept").as_deref(), Some("application/json"));
        assert_eq!(header("Content-Type").as_deref(), Some("application/json"));
        let is_post = request.method.name() == "POST";
        assert_eq!(
            header("Idempotency-Key").as_deref(),
            is_post.then_some("key-1")
        );
        shape(&request)
    };
    assert!(provider().token_request().is_none());
    assert_eq!(ask(&START, &nameless()), "POST /api/v2/payments {} 15000");
    assert_eq!(ask(&STATUS, &context()), "GET /api/v2/payments/12769  5000");
    assert_eq!(
        ask(&CANCEL, &context()),
        "PUT /api/v2/payments/12769/cancel  15000"
    );
    assert_eq!(
        ask(&REFUND, &context()),
        r#"POST /api/v2/refunds {"paymentId":"12769","amount":{"value":39.90,"currency":"RUB"}} 15000"#
    );
    assert_eq!(ask(&FIND, &known_refund()), "GET /api/v2/refunds/501  5000");
    let listed = |what: &str, start: &str, end: &str| {
        format!("GET /api/v2/{what}?merchantId={MERCHANT}&start={start}&end={end}  5000")
    };
    assert_eq!(
        ask(&STATUS, &nameless()),
        listed("payments", "2026-01-19T15:23:44Z", "2026-01-19T15:30:44Z")
    );
    assert_eq!(
        ask(&FIND, &context()),
        listed("refunds", "2026-01-19T15:23:44Z", "2026-01-19T15:28:44Z")
    );
    // A payment of another till: by PayMaster's number, or further back by our order.
    let typed = Context {
        reference: "777",
        amount: None,
        ..nameless()
    };
    assert_eq!(ask(&STATUS, &typed), "GET /api/v2/payments/777  5000");
    assert!(ask(&REFUND, &typed).contains(r#"{"paymentId":"777","#));
    let foreign = Context {
        amount: None,
        ..nameless()
    };
    assert_eq!(
        ask(&STATUS, &foreign),
        listed("payments", "2026-01-18T15:23:44Z", "2026-01-19T15:28:44Z")
    );
}
