//! What leaves for the provider, and what has to be right before anything does.

use super::support::*;
use payments::provider::smartpay::SmartPay;
use payments::provider::{
    Command, HttpRequest, HttpResponse, Invalid, Method, Provider, ReceiptDetails, StartOrder,
    TenderDetails, TokenVerdict,
};
use payments::secret::Secret;
use payments::tender::{Approach, Currency, Money};
use serde_json::{Value, json};

fn prepared(
    provider: &SmartPay,
    minor: i64,
    currency: &str,
    details: &TenderDetails,
) -> Result<Value, Invalid> {
    let order = StartOrder {
        sale_ref: "S-1",
        reference: REFERENCE,
        amount: Money::new(minor, Currency::from_code(currency).unwrap()),
        sale_total: None,
        approach: Approach::ShowQr,
        customer: None,
        details,
        now_ms: BEGUN_AT,
    };
    let body = provider.prepare(&order)?;
    Ok(serde_json::from_slice(&body).unwrap())
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let mut named = request.headers.iter().filter(|(known, _)| *known == name);
    let found = named.next().map(|(_, value)| value.reveal());
    assert!(named.next().is_none(), "{name} stands once");
    found
}

fn target(request: &HttpRequest) -> String {
    format!("{} {}", request.method.name(), request.url)
}

#[test]
fn a_link_is_made_of_this_and_nothing_else() {
    let case = Case::new(&json!({}));
    let details = TenderDetails::default();
    let wanted = json!({
        "instantPayment": true,
        "payment": {"amount": 10.99, "currencyCode": "EUR", "description": "Payment LP-TABLES"},
        "billingAddress": {
            "addressLine1": "Main street 1", "city": "Paris", "postCode": "75001",
            "countryCode": "FR",
        },
        "consumer": {
            "firstName": "Walk-in", "lastName": "Customer", "emailAddress": "shop@dealer.example",
        },
        "order": {
            "externalOrderReference": REFERENCE,
            "lines": [{
                "lineNumber": 1, "itemName": "Payment LP-TABLES", "quantity": 1,
                "grossAmount": 10.99,
            }],
        },
    });
    assert_eq!(
        prepared(&case.provider, 1_099, "EUR", &details).unwrap(),
        wanted
    );

    let other = Case::new(&json!({
        "link_send_merchant_key": true, "link_instant_payment": false, "product_group": "pos",
        "link_success_url": "https://shop.example/ok", "link_failure_url": "https://shop.example/no",
        "description_template": "Sale",
    }));
    let body = prepared(&other.provider, 1_099, "EUR", &details).unwrap();
    assert_eq!(body["merchantKey"], MERCHANT);
    assert_eq!(body["instantPayment"], false);
    assert_eq!(body["extraInfo"], json!({"productGroup": "pos"}));
    assert_eq!(body["successUrl"], "https://shop.example/ok");
    assert_eq!(body["failureUrl"], "https://shop.example/no");
    assert_eq!(body["payment"]["description"], "Sale");
}

#[test]
fn a_checkout_carries_merchant_and_reference() {
    let case = Case::new(&json!({"flow": "widget", "product_group": "pos"}));
    let body = prepared(&case.provider, 1_099, "EUR", &TenderDetails::default()).unwrap();
    assert_eq!(body["merchantKey"], MERCHANT);
    assert_eq!(body["partnerReference"], REFERENCE);
    assert_eq!(body["extraInfo"]["productGroup"], "pos");
    assert_eq!(body.get("instantPayment"), None);
    assert_eq!(
        body.get("customerAccountId"),
        None,
        "never without being told to"
    );
}

#[test]
fn stored_payment_options_are_offered_only_when_the_till_says_whose() {
    let details = |name: &str, value: &str| TenderDetails {
        metadata: [(name.to_owned(), value.to_owned())].into(),
        ..TenderDetails::default()
    };
    for flow in ["link", "widget"] {
        let provider = Case::new(&json!({"flow": flow})).provider;
        let vault = details("customerAccountId", "account-1");
        let body = prepared(&provider, 1_099, "EUR", &vault).unwrap();
        assert_eq!(body["customerAccountId"], "account-1");
        for wrong in [
            details("customerAccountId", ""),
            details("customerAccountId", &"x".repeat(256)),
            details("customeraccountid", "account-1"),
        ] {
            let refused = prepared(&provider, 1_099, "EUR", &wrong).unwrap_err();
            assert_eq!(refused.field, "details.metadata");
        }
    }
}

#[test]
fn amounts_are_decimals_that_lose_nothing() {
    let provider = Case::new(&json!({})).provider;
    for (minor, currency, text) in [
        (1, "EUR", "0.01"),
        (80_020, "SEK", "800.20"),
        (1_200, "JPY", "1200"),
        (999_999_999_999_999_999, "EUR", "9999999999999999.99"),
    ] {
        let order = StartOrder {
            sale_ref: "S-1",
            reference: REFERENCE,
            amount: Money::new(minor, Currency::from_code(currency).unwrap()),
            sale_total: None,
            approach: Approach::ShowQr,
            customer: None,
            details: &TenderDetails::default(),
            now_ms: BEGUN_AT,
        };
        let body = String::from_utf8(provider.prepare(&order).unwrap()).unwrap();
        let member = format!("\"payment\":{{\"amount\":{text},\"currencyCode\":\"{currency}\"");
        assert!(body.contains(&member), "{body}");
    }
    for (minor, currency, field) in [
        (0, "EUR", "amount"),
        (-1, "EUR", "amount"),
        (1_000_000_000_000_000_000, "EUR", "amount"),
        (1_000, "KWD", "currency"),
    ] {
        let refused = prepared(&provider, minor, currency, &TenderDetails::default());
        assert_eq!(refused.unwrap_err().field, field, "{minor} {currency}");
    }
}

#[test]
fn a_receipt_goes_with_it_and_one_with_returns_as_one_line() {
    let provider = Case::new(&json!({})).provider;
    let receipt = |total: i64, quantity: &str, is_return: bool| {
        let receipt: ReceiptDetails = serde_json::from_value(json!({"lines": [{
            "id": "A1", "name": "Wiper", "total": total, "total_excluding_tax": 916, "tax": 183,
            "tax_rate": 2000, "unit_price": 1099, "quantity": quantity, "is_return": is_return,
        }]}))
        .unwrap();
        TenderDetails {
            receipt: Some(receipt),
            description: Some("Parts".to_owned()),
            ..TenderDetails::default()
        }
    };
    let line = |details: &TenderDetails| {
        let body = prepared(&provider, 1_099, "EUR", details);
        body.map(|body| body["order"]["lines"][0].clone())
    };
    let wanted = json!({
        "lineNumber": 1, "itemArticleId": "A1", "itemName": "Wiper", "quantity": 1.5,
        "unitGrossPrice": 10.99, "vatPercent": 20.0, "netAmount": 9.16, "vatAmount": 1.83,
        "grossAmount": 10.99,
    });
    assert_eq!(line(&receipt(1_099, "1.5", false)).unwrap(), wanted);
    for details in [receipt(1_099, "1", true), receipt(-1_099, "1", false)] {
        assert_eq!(line(&details).unwrap()["itemName"], "Parts");
    }
    for quantity in ["", "01", "1.", ".5", "1e3", "-1", "1.123456", "one"] {
        let refused = line(&receipt(1_099, quantity, false)).unwrap_err();
        assert_eq!(
            refused.field, "details.receipt.lines.quantity",
            "{quantity}"
        );
    }
}

#[test]
fn descriptions_have_their_length_and_approaches_are_codes() {
    let provider = Case::new(&json!({})).provider;
    for (length, fits) in [(0, false), (1, true), (127, true), (128, false)] {
        let details = TenderDetails {
            description: Some("ö".repeat(length)),
            ..TenderDetails::default()
        };
        assert_eq!(
            prepared(&provider, 1, "EUR", &details).is_ok(),
            fits,
            "{length}"
        );
    }
    let order = StartOrder {
        sale_ref: "S-1",
        reference: REFERENCE,
        amount: Money::new(1, Currency::from_code("EUR").unwrap()),
        sale_total: None,
        approach: Approach::Push,
        customer: None,
        details: &TenderDetails::default(),
        now_ms: BEGUN_AT,
    };
    assert_eq!(
        provider.prepare(&order).unwrap_err().field,
        "details.approach"
    );
}

#[test]
fn every_request_says_who_asks() {
    let case = Case::new(&json!({"x_access_token": {"value": "identity"}}));
    for command in [START, ASK, CAPTURE, CANCEL, RELEASE, REFUND, FIND] {
        let request = case.request(&command);
        assert_eq!(
            header(&request, "Authorization"),
            Some("Basic NWE5ZDBiYjAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMGFhOmtleQ==")
        );
        assert_eq!(header(&request, "Content-Type"), Some("application/json"));
        assert_eq!(header(&request, "Accept"), Some("application/json"));
        assert_eq!(header(&request, "Accept-Language"), Some("en-US"));
        assert_eq!(header(&request, "Origin"), Some("https://shop.example"));
        let agent = concat!("libpayments/", env!("CARGO_PKG_VERSION"));
        assert_eq!(header(&request, "User-Agent"), Some(agent));
        assert_eq!(header(&request, "X-Access-Token"), Some("identity"));
        let timeout_ms = if request.method == Method::Get {
            30_000
        } else {
            95_000
        };
        assert_eq!(request.timeout_ms, timeout_ms);
    }
    let other = json!({"origin": "https://dealer.example", "user_agent": "till/2",
        "accept_language": "fr-FR", "status_timeout_s": 7, "http_timeout_s": 120});
    let request = Case::new(&other).request(&ASK);
    assert_eq!(header(&request, "Origin"), Some("https://dealer.example"));
    assert_eq!(header(&request, "User-Agent"), Some("till/2"));
    assert_eq!(header(&request, "Accept-Language"), Some("fr-FR"));
    assert_eq!(header(&request, "X-Access-Token"), None);
    assert_eq!(request.timeout_ms, 7_000);
}

#[test]
fn bearers_fetch_a_token_by_form() {
    let mut case = Case::new(&bearer());
    let request = case.provider.token_request().unwrap();
    assert_eq!(target(&request), "POST https://login.example/oauth2/token");
    assert_eq!(
        header(&request, "Content-Type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        "client_id=till%20%26%20co&client_secret=s%3D1%2B1&grant_type=client_credentials"
    );
    assert_eq!(header(&case.request(&ASK), "Authorization"), None);
    case.token = Some(Secret::new("abc"));
    assert_eq!(
        header(&case.request(&ASK), "Authorization"),
        Some("Bearer abc")
    );

    let fixed = json!({"auth_mode": "bearer", "static_bearer_token": {"value": "t"}});
    let fixed = Case::new(&fixed);
    assert!(fixed.provider.token_request().is_none());
    assert_eq!(
        header(&fixed.request(&ASK), "Authorization"),
        Some("Bearer t")
    );
    assert!(Case::new(&json!({})).provider.token_request().is_none());
}

#[test]
fn token_answers() {
    let provider = Case::new(&bearer()).provider;
    let read = |status: u16, body: &str| {
        let response = HttpResponse {
            status,
            headers: vec![],
            body: body.as_bytes().to_vec(),
        };
        match provider.read_token(&response) {
            TokenVerdict::Token { life_ms, .. } => format!("token {life_ms}"),
            TokenVerdict::Refused { reason } => reason.key().to_owned(),
            TokenVerdict::Unclear => "unclear".to_owned(),
        }
    };
    let token = r#"{"access_token":"T","expires_in":3600,"token_type":"Bearer"}"#;
    assert_eq!(read(200, token), "token 3600000");
    assert_eq!(
        read(200, r#"{"access_token":"T","expires_in":"60"}"#),
        "token 60000"
    );
    for broken in [
        r#"{"access_token":"","expires_in":3600}"#,
        r#"{"access_token":"T","expires_in":0}"#,
        r#"{"access_token":"T","expires_in":1.5}"#,
        r#"{"access_token":"T"}"#,
        "<html>",
    ] {
        assert_eq!(read(200, broken), "unclear", "{broken}");
    }
    assert_eq!(
        read(400, r#"{"error":"invalid_client"}"#),
        "credentials-rejected"
    );
    assert_eq!(read(401, ""), "credentials-rejected");
    assert_eq!(read(403, ""), "permission-missing");
    assert_eq!(read(500, ""), "unclear");
}

#[test]
fn each_command_goes_where_the_payment_is() {
    let base = "https://api.smartpay.example";
    for (name, command, wanted) in [
        ("L", START, "POST /payment-links"),
        ("L", ASK, "GET /payment-links/L"),
        ("L~T", ASK, "GET /payment-links/L"),
        ("L/T", ASK, "GET /payment/status/T"),
        ("L/T", FIND, "GET /payment/status/T"),
        ("/T", FIND, "GET /payment/status/T"),
        ("/T", REFUND, "POST /payment/refund"),
        ("L/T", CAPTURE, "POST /payment/capture"),
        ("L/T", REFUND, "POST /payment/refund"),
        ("L", CANCEL, "GET /payment-links/L"),
        ("L~T", CANCEL, "POST /payment/cancelOrRefund"),
        ("L/T", CANCEL, "POST /payment/cancelOrRefund"),
        // A part may be taken: only what is reserved is given up.
        ("L/T", RELEASE, "POST /payment/cancel"),
    ] {
        let request = Case::new(&json!({})).named(name).request(&command);
        let (method, path) = wanted.split_once(' ').unwrap();
        assert_eq!(target(&request), format!("{method} {base}{path}"), "{name}");
    }
    let moved = json!({"flow": "widget", "paths": {
        "create": "/v3/create", "status": "/v3/look", "capture": "/v3/take",
        "cancel": "/v3/drop", "refund": "/v3/back", "cancel_or_refund": "/v3/undo",
    }});
    for (command, wanted) in [
        (START, "POST /v3/create"),
        (ASK, "GET /v3/look/T"),
        (CAPTURE, "POST /v3/take"),
        (RELEASE, "POST /v3/drop"),
        (REFUND, "POST /v3/back"),
        (CANCEL, "POST /v3/undo"),
    ] {
        let request = Case::new(&moved).named("T").request(&command);
        let (method, path) = wanted.split_once(' ').unwrap();
        assert_eq!(target(&request), format!("{method} {base}{path}"));
    }
    let links = Case::new(&json!({"paths": {"links": "/v3/links"}})).named("L");
    assert_eq!(
        target(&links.request(&ASK)),
        format!("GET {base}/v3/links/L")
    );
}

#[test]
fn modifications_name_a_part_only_when_it_is_one() {
    let case = Case::new(&json!({}));
    let whole = json!({"merchantKey": MERCHANT, "transactionId": "T", "modificationId": "STEM-1"});
    for command in [CAPTURE, REFUND, CANCEL, RELEASE] {
        assert_eq!(body(&case.request(&command)), whole);
    }
    for command in [
        Command::Capture { amount: 250 },
        Command::Refund { amount: 250 },
    ] {
        let mut part = whole.clone();
        part["modifiedAmount"] = json!({"amount": 2.5, "currencyCode": "EUR"});
        assert_eq!(body(&case.request(&command)), part);
    }
    // Of a payment of another till it is not known whether it is the whole.
    let foreign = Case {
        amount: None,
        ..Case::new(&json!({}))
    };
    assert_eq!(
        body(&foreign.request(&REFUND))["modifiedAmount"]["amount"],
        10.99
    );
}

#[test]
fn a_repeated_checkout_is_numbered_and_nothing_else_changes() {
    let case = Case::new(&json!({"flow": "widget"}));
    let details = TenderDetails {
        description: Some("\"partnerReference\":\"LP-TABLES\"".to_owned()),
        ..TenderDetails::default()
    };
    let first = prepared(&case.provider, 1_099, "EUR", &details).unwrap();
    let bytes = first.to_string().into_bytes();
    let sent = |attempt: u32| {
        let start = Command::Start {
            body: &bytes,
            attempt,
        };
        body(&case.request(&start))
    };
    assert_eq!(sent(1), first);
    assert_eq!(sent(2)["partnerReference"], "LP-TABLES-2");
    assert_eq!(sent(11)["partnerReference"], "LP-TABLES-11");
    let mut second = sent(2);
    second["partnerReference"] = json!(REFERENCE);
    assert_eq!(second, first);
    // Links need no other name.
    let link = Case::new(&json!({}));
    let command = Command::Start {
        body: &bytes,
        attempt: 2,
    };
    assert_eq!(link.request(&command).body, bytes);
}

#[test]
fn names_are_shown_and_typed_as_people_know_them() {
    let link = Case::new(&json!({})).provider;
    for (name, shown) in [
        ("L", "L"),
        ("L~T", "T"),
        ("L/T", "T"),
        ("/T", "T"),
        ("L/", "L"),
    ] {
        assert_eq!(link.shown_reference(name), shown);
    }
    assert_eq!(link.typed_reference("T-1").unwrap(), "/T-1");
    assert_eq!(link.typed_reference("L-1/T-1").unwrap(), "L-1/T-1");
    let widget = Case::new(&json!({"flow": "widget"})).provider;
    assert_eq!(widget.typed_reference("T-1").unwrap(), "T-1");
    for wrong in [
        "",
        "..",
        "a b",
        "L/T/U",
        "L/",
        "T?x",
        "T\n",
        &"x".repeat(65),
    ] {
        assert!(link.typed_reference(wrong).is_err(), "{wrong}");
        assert!(widget.typed_reference(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn support_is_told_all_names() {
    let case = Case::new(&json!({}));
    let fields = case.provider.support(&case.context());
    let wanted = [
        ("transactionId", "T"),
        ("paymentLinkId", "L"),
        ("externalOrderReference", REFERENCE),
    ];
    assert_eq!(fields, wanted.map(|(name, text)| (name, text.to_owned())));
    let case = Case::new(&json!({"flow": "widget"})).named("T");
    let fields = case.provider.support(&case.context());
    let wanted = [("transactionId", "T"), ("partnerReference", REFERENCE)];
    assert_eq!(fields, wanted.map(|(name, text)| (name, text.to_owned())));
}
