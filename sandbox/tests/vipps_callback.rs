//! Codes at tills, check-ins, and webhooks as they would be delivered.

mod support;

use sandbox::ActError;
use serde_json::{Value, json};
use support::*;

const TILLS: &str = "/qr/v1/merchant-callback";
const BEACON: &str = "123456789012345";
const HOOKS: &str = "/webhooks/v1/webhooks";

fn call(till: &mut Till, method: &str, path: &str, body: &Value) -> Answer {
    let mut request = till.request(method, path, None, &body.to_string());
    let kind = http::HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", kind);
    till.send(&request)
}

fn put(till: &mut Till, id: &str) -> Answer {
    let body = json!({"locationDescription": "Till 1"});
    call(till, "PUT", &format!("{TILLS}/{id}"), &body)
}

fn register(till: &mut Till, events: &[&str]) -> Answer {
    let body = json!({"url": "https://hooks.example.test/vipps", "events": events});
    call(till, "POST", HOOKS, &body)
}

fn act(till: &mut Till, act: &str, with: Value) -> Result<Value, ActError> {
    till.world.act(till.now_ms, "vipps", act, &with)
}

fn body_of(delivery: &Value) -> Value {
    serde_json::from_str(delivery["body"].as_str().unwrap()).unwrap()
}

/// G11 of the fact sheet.
#[test]
fn a_code_is_made_read_and_deleted() {
    let mut till = Till::new();
    let made = call(
        &mut till,
        "PUT",
        &format!("{TILLS}/till-01"),
        &json!({"locationDescription": "Till 1", "category": "IN_STORE"}),
    );
    assert_eq!((made.status, made.raw.body().len()), (200, 0));
    let path = format!("{TILLS}/till-01?QrImageFormat=PNG&QrImageSize=500");
    let read = till.get(&path);
    let address =
        "http://127.0.0.1:8420/_sandbox/qr-image?till=till-01&QrImageFormat=PNG&QrImageSize=500";
    let expected = json!({
        "merchantSerialNumber": "123456",
        "merchantQrId": "till-01",
        "locationDescription": "Till 1",
        "qrImageUrl": address,
        "qrContent": "https://qr.vipps.no/c/till-01",
    });
    assert_eq!((read.status, read.body), (200, expected));

    let image = till.get(address.strip_prefix("http://127.0.0.1:8420").unwrap());
    assert_eq!(image.header("content-type"), Some("image/png"));
    let svg = till.get("/_sandbox/qr-image?till=till-01");
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));

    assert_eq!(
        call(
            &mut till,
            "PUT",
            &format!("{TILLS}/till-01"),
            &json!({"locationDescription": "By the door"})
        )
        .status,
        200
    );
    assert_eq!(
        till.get(TILLS).body[0]["locationDescription"],
        "By the door"
    );
    let gone = |till: &mut Till| call(till, "DELETE", &format!("{TILLS}/till-01"), &json!({}));
    assert_eq!(gone(&mut till).status, 200);
    assert_eq!(gone(&mut till).status, 404);
    assert_eq!(till.get(&format!("{TILLS}/till-01")).status, 404);
    assert_eq!(till.get(TILLS).body, json!([]));
}

#[test]
fn old_stickers_keep_their_text_and_belong_to_one_unit() {
    let mut till = Till::new();
    assert_eq!(put(&mut till, &format!("mobilepay/{BEACON}")).status, 200);
    let read = till.get(&format!("{TILLS}/{BEACON}"));
    let text = format!("mobilepaypos://pos?id={BEACON}&source=qr");
    assert_eq!(read.body["merchantQrId"], BEACON);
    assert_eq!(read.body["qrContent"], text);
    let guid = "mobilepay/0ae1d4e1-9d6f-4ab7-8f55-4cbb5bd3a001";
    assert_eq!(put(&mut till, guid).status, 200);

    let elsewhere = put(&mut till, "mobilepay/999999999999999");
    assert_eq!(elsewhere.status, 409);
    assert_eq!(elsewhere.body, json!({"id": "999999999999999"}));
    for wrong in ["12345", "12345678901234a", "0ae1d4e1-9d6f-4ab7-8f55"] {
        let answer = put(&mut till, &format!("mobilepay/{wrong}"));
        assert_eq!(answer.status, 400, "{wrong}");
        assert_eq!(answer.body["invalidParams"][0]["name"], "beaconId");
    }
}

#[test]
fn what_is_wrong_with_a_code_is_said() {
    let mut till = Till::new();
    for (path, body, named) in [
        (
            "till_01",
            json!({"locationDescription": "x"}),
            "merchantQrId",
        ),
        ("till-01", json!({}), "locationDescription"),
        (
            "till-01",
            json!({"locationDescription": "x".repeat(37)}),
            "locationDescription",
        ),
        (
            "till-01",
            json!({"locationDescription": "x", "category": "SHOP"}),
            "category",
        ),
    ] {
        let answer = call(&mut till, "PUT", &format!("{TILLS}/{path}"), &body);
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.body["invalidParams"][0]["name"], named);
    }
    for query in ["QrImageFormat=GIF", "QrImageFormat=PNG&QrImageSize=99"] {
        assert_eq!(till.get(&format!("{TILLS}?{query}")).status, 400, "{query}");
    }
    put(&mut till, "till-01");
    let any_case = till.get(&format!(
        "{TILLS}/till-01?qrImageFormat=PNG&qrImageSize=200"
    ));
    assert_eq!(any_case.status, 200);

    let mut request = till.request("GET", TILLS, None, "");
    request.headers_mut().remove("merchant-serial-number");
    assert_eq!(till.send(&request).status, 403);
}

#[test]
fn a_webhook_shows_its_secret_once() {
    let mut till = Till::new();
    let made = register(&mut till, &["user.checked-in.v1"]);
    assert_eq!(made.status, 201);
    assert!(!made.body["secret"].as_str().unwrap().is_empty());
    let listed = till.get(HOOKS);
    let expected = json!({"webhooks": [{
        "id": made.body["id"],
        "url": "https://hooks.example.test/vipps",
        "events": ["user.checked-in.v1"],
    }]});
    assert_eq!(listed.body, expected);

    // Check-ins have one receiver, other events have 25.
    assert_eq!(register(&mut till, &["user.checked-in.v1"]).status, 400);
    for _ in 0..25 {
        let made = register(&mut till, &["epayments.payment.captured.v1"]);
        assert_eq!(made.status, 201);
    }
    let one_more = register(&mut till, &["epayments.payment.captured.v1"]);
    assert_eq!(one_more.status, 400);
    assert_eq!(one_more.fields(), ["events"]);
    assert_eq!(one_more.body["instance"], "/v1/webhooks");

    let path = format!("{HOOKS}/{}", made.body["id"].as_str().unwrap());
    assert_eq!(call(&mut till, "DELETE", &path, &json!({})).status, 204);
    assert_eq!(call(&mut till, "DELETE", &path, &json!({})).status, 404);
    assert_eq!(register(&mut till, &["user.checked-in.v1"]).status, 201);
}

#[test]
fn a_webhook_needs_an_address_and_events() {
    let mut till = Till::new();
    for (url, events) in [
        ("http://hooks.example.test/a", json!(["user.checked-in.v1"])),
        (
            "https://hooks.example.test:9/a",
            json!(["user.checked-in.v1"]),
        ),
        ("https:///a", json!(["user.checked-in.v1"])),
        ("https://hooks.example.test/a", json!([])),
        ("https://hooks.example.test/a", json!(["user.checked-in"])),
        ("https://hooks.example.test/a", json!("user.checked-in.v1")),
    ] {
        let body = json!({"url": url, "events": events});
        assert_eq!(call(&mut till, "POST", HOOKS, &body).status, 400, "{body}");
    }
}

#[test]
fn a_check_in_is_delivered_signed_and_pays_once_it_is_known_whom() {
    let mut till = Till::with(|unit| unit.webhook_secret = Some("sandbox-secret-0001".into()));
    put(&mut till, "till-01");
    let nobody = act(
        &mut till,
        "check_in",
        json!({"qr": "till-01", "phone": ADA}),
    );
    assert!(nobody.unwrap_err().to_string().contains("cannot connect"));
    register(&mut till, &["user.checked-in.v1"]);
    let unknown = act(
        &mut till,
        "check_in",
        json!({"qr": "till-02", "phone": ADA}),
    );
    assert!(unknown.is_err());

    let first = act(
        &mut till,
        "check_in",
        json!({"qr": "till-01", "phone": ADA}),
    )
    .unwrap();
    let body = body_of(&first);
    assert_eq!(body["merchantQrId"], "till-01");
    assert_eq!(body["msn"], "123456");
    assert_eq!(body["initiatedAt"], "2026-01-19T15:25:44.000Z");
    let headers = &first["headers"];
    assert_eq!(headers["host"], "hooks.example.test");
    assert_eq!(headers["x-ms-date"], "Mon, 19 Jan 2026 15:25:44 GMT");
    assert_eq!(headers["authorization"], headers["x-vipps-authorization"]);

    // Told again: the same body and id, a new date and a new signature.
    till.wait(2_000);
    let again = act(&mut till, "check_in_again", json!({"qr": "till-01"})).unwrap();
    assert_eq!(again["body"], first["body"]);
    assert_eq!(again["headers"]["webhook-id"], headers["webhook-id"]);
    assert_ne!(again["headers"]["authorization"], headers["authorization"]);

    let token = body["customerToken"].clone();
    let exchange = json!({"customer": {"customerToken": token}, "requestedData": ["MSISDN"]});
    let answer = call(&mut till, "POST", "/qr/v1/exchange/customer", &exchange);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({"msisdn": ADA, "timestamp": 1_768_836_344})
    );
    let order = changed(push(), "/customer", json!({"customerToken": token}));
    till.create(&order).assert_ok();
    till.approve();
    assert_eq!(till.row().customer, ADA);

    // Fifteen minutes after the scan the token is worth nothing.
    till.wait(15 * MINUTE_MS - 2_000);
    let late = changed(order, "/reference", json!("till01-20260119-0002"));
    till.create(&late).assert_code(400, 4050);
    let answer = call(&mut till, "POST", "/qr/v1/exchange/customer", &exchange);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["extraDetails"][0]["name"], "customer");
}

#[test]
fn a_sticker_is_scanned_by_its_text() {
    let mut till = Till::with(|unit| unit.till_code_prefix = "https://qr.example.test/t/".into());
    register(&mut till, &["user.checked-in.v1"]);
    put(&mut till, "till-01");
    put(&mut till, &format!("mobilepay/{BEACON}"));
    let sticker = format!("mobilepaypos://pos?id={BEACON}&source=qr");
    for (text, id) in [
        ("https://qr.example.test/t/till-01", "till-01"),
        (sticker.as_str(), BEACON),
    ] {
        let scanned = act(&mut till, "check_in", json!({"qr": text, "phone": ADA}));
        assert_eq!(body_of(&scanned.unwrap())["merchantQrId"], id);
    }
}

#[test]
fn payment_events_are_delivered_as_they_are_logged() {
    let mut till = Till::new();
    till.create(&push()).assert_ok();
    let with = json!({"reference": REFERENCE});
    assert!(act(&mut till, "payment_event", with.clone()).is_err());
    register(
        &mut till,
        &[
            "epayments.payment.created.v1",
            "epayments.payment.authorized.v1",
        ],
    );
    let created = act(&mut till, "payment_event", with.clone()).unwrap();
    assert_eq!(body_of(&created)["name"], "CREATED");
    till.wait(48_099);
    till.approve();
    let authorized = act(&mut till, "payment_event", with.clone()).unwrap();
    let text = authorized["body"].as_str().unwrap();
    let start = format!(r#"{{"msn":"123456","reference":"{REFERENCE}","pspReference":""#);
    assert!(text.starts_with(&start), "{text}");
    let body = body_of(&authorized);
    let logged = till.events(REFERENCE).pop().unwrap();
    for name in ["name", "amount", "timestamp", "idempotencyKey", "success"] {
        assert_eq!(body[name], logged[name], "{name}");
    }
    assert_eq!(
        body["captureGuaranteedUntil"],
        "2026-01-26T15:26:32.099+00:00"
    );
    till.capture(49_900).assert_ok();
    let unwanted = act(&mut till, "payment_event", with).unwrap_err();
    assert!(unwanted.to_string().contains("captured"), "{unwanted}");
}

#[test]
fn the_wallet_shows_tills() {
    let mut till = Till::new();
    put(&mut till, "till-01");
    let wallet = till.world.wallet(till.now_ms, "vipps").unwrap();
    let expected = json!([{
        "till_qr_id": "till-01",
        "qr": "https://qr.vipps.no/c/till-01",
        "description": "Till 1",
        "category": "IN_STORE",
    }]);
    assert_eq!(wallet["tills"], expected);
}
