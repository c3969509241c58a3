//! PayMaster SBP: golden exchanges, the life of a payment, and keys.

mod lists;
mod plays;

use sandbox::{LedgerRow, Outcome, Response, World, WorldSettings};
use serde_json::{Value, json};

/// Mon, 19 Jan 2026 15:25:44 GMT
const START_MS: i64 = 1_768_836_344_000;
const MERCHANT: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";
const STICKER: &str = "0a1b2c3d4e5f";
const ORDER: &str = "LP-ORDER1";
const PAYMENTS: &str = "/api/v2/payments";
const ORDERS: &str = "/api/v1/pos/POS-1/orders";

struct Till {
    world: World,
    now_ms: i64,
    keys: u32,
}

struct Answer {
    status: u16,
    body: Value,
    raw: Response,
}

impl Till {
    fn new() -> Till {
        Till::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut sandbox::paymaster::Settings)) -> Till {
        let mut settings = WorldSettings::default();
        change(&mut settings.paymaster);
        Till {
            world: World::new(settings),
            now_ms: START_MS,
            keys: 0,
        }
    }

    fn send(&mut self, method: &str, path: &str, key: Option<&str>, body: &str) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", "Bearer sandbox-token");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let request = request.body(Vec::from(body)).unwrap();
        match self.world.exchange(self.now_ms, &request) {
            Outcome::Answer { response, .. } => Answer {
                status: response.status().as_u16(),
                body: serde_json::from_slice(response.body()).unwrap_or(Value::Null),
                raw: response,
            },
            other => panic!("no answer but {other:?}"),
        }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None, "")
    }

    fn put(&mut self, path: &str, body: &str) -> Answer {
        self.send("PUT", path, None, body)
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.send("POST", path, Some(&key), &body.to_string())
    }

    /// Gives the payment's id.
    fn create(&mut self, body: &Value) -> String {
        let answer = self.post(PAYMENTS, body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        String::from(answer.body["id"].as_str().unwrap())
    }

    fn read(&mut self, id: &str) -> Answer {
        self.get(&format!("{PAYMENTS}/{id}"))
    }

    fn state(&mut self, id: &str) -> (String, Option<String>) {
        let body = self.read(id).body;
        let text = |name: &str| body[name].as_str().map(String::from);
        (text("status").unwrap(), text("resultCode"))
    }

    fn cancel(&mut self, id: &str) -> Answer {
        self.put(&format!("{PAYMENTS}/{id}/cancel"), "")
    }

    fn refund(&mut self, id: &str, value: &str) -> Answer {
        let amount = format!(r#"{{"value":{value},"currency":"RUB"}}"#);
        let body = format!(r#"{{"paymentId":"{id}","amount":{amount}}}"#);
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        self.send("POST", "/api/v2/refunds", Some(&key), &body)
    }

    fn act(&mut self, act: &str, with: Value) -> Result<Value, sandbox::ActError> {
        self.world.act(self.now_ms, "paymaster", act, &with)
    }

    fn approve(&mut self) {
        self.act("approve", json!({"reference": ORDER})).unwrap();
    }

    fn rows(&self) -> Vec<LedgerRow> {
        let rows = self.world.ledger(self.now_ms);
        for row in &rows {
            assert!(row.is_consistent(), "{row:?}");
        }
        rows
    }

    fn row(&self) -> LedgerRow {
        let mut rows = self.rows();
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
    }
}

impl Answer {
    fn assert_refused(&self, status: u16, code: &str) {
        let told = (self.status, self.body["code"].as_str());
        assert_eq!(told, (status, Some(code)), "{}", self.body);
        assert!(self.body["message"].is_string() && self.body["errors"].is_array());
    }

    fn text(&self) -> &str {
        std::str::from_utf8(self.raw.body()).unwrap()
    }
}

fn order(value: &str) -> Value {
    let amount: Value =
        serde_json::from_str(&format!(r#"{{"value":{value},"currency":"RUB"}}"#)).unwrap();
    json!({
        "merchantId": MERCHANT,
        "invoice": {
            "description": "Чек 123 касса 4",
            "orderNo": ORDER,
            "expires": "2026-01-19T15:30:44Z",
            "params": {"posId": "POS-1"},
        },
        "amount": amount,
        "paymentData": {"paymentMethod": "sbp"},
    })
}

fn by_plate(value: &str, order_no: &str) -> Value {
    let mut body = order(value);
    body["paymentData"]["stickerId"] = json!(STICKER);
    body["invoice"]["orderNo"] = json!(order_no);
    body
}

#[test]
fn a_payment_is_created_read_and_paid() {
    let mut till = Till::new();
    let created = till.post(PAYMENTS, &order("39.90"));
    assert_eq!(created.status, 200);
    assert_eq!(
        created.raw.headers()["date"],
        "Mon, 19 Jan 2026 15:25:44 GMT"
    );
    let mut body = created.body.clone();
    let link = body["confirmation"]["paymentUrl"].take();
    let link = link.as_str().unwrap();
    assert!(link.starts_with("https://qr.nspk.ru/AD"), "{link}");
    assert!(
        link.ends_with("?type=02&bank=100000000999&sum=3990&cur=RUB&crc=ABCD"),
        "{link}"
    );
    body["amount"].take();
    assert_eq!(
        body,
        json!({
            "id": "12769",
            "created": "2026-01-19T15:25:44.000Z",
            "testMode": false,
            "status": "Confirmation",
            "merchantId": MERCHANT,
            "amount": null,
            "invoice": {
                "description": "Чек 123 касса 4",
                "orderNo": ORDER,
                "expires": "2026-01-19T15:30:44.000Z",
                "params": {"posId": "POS-1"},
            },
            "paymentData": {"paymentMethod": "SBP"},
            "confirmation": {"type": "External", "paymentUrl": null, "universalLink": true},
        })
    );
    // Answers may show four decimals.
    let amount = r#""amount":{"value":39.9000,"currency":"RUB"}"#;
    assert!(created.text().contains(amount), "{}", created.text());

    let waiting = till.read("12769");
    assert_eq!(waiting.text(), created.text());
    till.approve();
    assert_eq!(till.state("12769"), (String::from("Pending"), None));
    assert!(till.act("approve", json!({"reference": ORDER})).is_err());
    till.wait(999);
    assert_eq!(till.state("12769").0, "Pending");
    till.wait(1);
    let paid = till.read("12769").body;
    assert_eq!(paid["status"], "Settled");
    assert_eq!(paid["resultCode"], "Success");
    assert_eq!(paid["paymentData"]["paymentInstrumentTitle"], "+7***4567");
    assert!(paid.get("confirmation").is_none());

    let row = till.row();
    assert_eq!((row.provider, row.reference.as_str()), ("paymaster", ORDER));
    assert_eq!((row.amount, row.captured, row.captures), (3_990, 3_990, 1));
    assert_eq!(row.state, "Settled");
    let names: Vec<_> = row.events.iter().map(|event| event.name).collect();
    assert_eq!(names, ["CREATED", "PENDING", "SETTLED"]);
    assert_eq!(row.events[0].idempotency_key.as_deref(), Some("key-1"));
}

#[test]
fn a_hosted_page_is_a_payment_as_well() {
    let mut till = Till::new();
    let mut body = order("10.5");
    body.as_object_mut().unwrap().remove("paymentData");
    body["paymentMethod"] = json!("SBP");
    let created = till.post("/api/v2/invoices", &body);
    assert_eq!(created.status, 200);
    let url = created.body["url"].as_str().unwrap();
    let page = url.strip_prefix("https://paymaster.ru/cpay/").unwrap();
    assert!(page.len() == 32 && page.bytes().all(|b| b.is_ascii_hexdigit()));
    let id = String::from(created.body["paymentId"].as_str().unwrap());
    till.approve();
    till.wait(1_000);
    assert_eq!(till.state(&id).0, "Settled");
    assert_eq!(till.row().captured, 1_050);
}

#[test]
fn every_call_needs_the_token() {
    let mut till = Till::new();
    for (token, path) in [
        ("Bearer other", "/api/v2/payments/1"),
        ("sandbox-token", "/api/v2/refunds/1"),
        ("Bearer ", "/api/v1/pos/POS-1/orders/1"),
    ] {
        let request = http::Request::get(path)
            .header("Authorization", token)
            .body(Vec::new())
            .unwrap();
        let answer = till.world.handle(till.now_ms, &request);
        assert_eq!(answer.status(), 401);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["code"], "not_authorized");
    }
    // The token stands in the cabinet: nothing that was handed out can be revoked.
    till.world.revoke_tokens();
    assert_eq!(till.create(&order("1.00")), "12769");
}

#[test]
fn bodies_are_checked_before_anything_is_booked() {
    let mut till = Till::new();
    let refused = |pointer: &str, value: Value| {
        let mut body = order("39.90");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let mut cases = vec![
        refused("/merchantId", json!("other")),
        refused("/amount/currency", json!("EUR")),
        refused("/amount/value", json!("39.90")),
        refused("/amount/value", json!(0)),
        refused("/amount/value", json!(0.99)),
        refused("/amount/value", json!(39.901)),
        refused("/amount/value", json!(1_000_001)),
        refused("/invoice/description", json!("  ")),
        refused("/invoice/expires", json!("soon")),
        refused("/invoice/expires", json!("2026-01-19T15:25:44Z")),
        refused("/invoice", Value::Null),
        refused("/paymentData/paymentMethod", json!("BankCard")),
    ];
    let mut two_steps = order("39.90");
    two_steps["dualMode"] = json!(true);
    let mut plate = order("39.90");
    plate["paymentData"]["stickerId"] = json!("unknown");
    cases.extend([two_steps, plate, json!([]), json!({})]);
    for body in &cases {
        till.post(PAYMENTS, body)
            .assert_refused(400, "validation_error");
    }
    till.send("POST", PAYMENTS, None, "{")
        .assert_refused(400, "validation_error");
    assert!(till.rows().is_empty());
    let missing = till.post(PAYMENTS, &refused("/merchantId", Value::Null));
    assert_eq!(
        missing.body["errors"],
        json!(["Specify required MerchantId value."])
    );
    till.read("99999").assert_refused(404, "validation_error");
    till.put("/api/v2/payments/99999/cancel", "")
        .assert_refused(404, "validation_error");
}

#[test]
fn a_key_stands_for_one_request_for_a_day() {
    let mut till = Till::new();
    let body = order("39.90").to_string();
    let first = till.send("POST", PAYMENTS, Some("key"), &body);
    till.approve();
    till.wait(5_000);
    let again = till.send("POST", PAYMENTS, Some("key"), &body);
    assert_eq!(again.text(), first.text());
    let other = order("39.91").to_string();
    till.send("POST", PAYMENTS, Some("key"), &other)
        .assert_refused(409, "idempotency_key_violation");
    assert_eq!(till.rows().len(), 1);
    till.wait(24 * 3_600_000);
    let mut late = order("39.90");
    late["invoice"].as_object_mut().unwrap().remove("expires");
    let late = till.send("POST", PAYMENTS, Some("key"), &late.to_string());
    assert_eq!(late.body["id"], "12770");

    // A refusal does not stick to its key.
    let refused = order("0.01").to_string();
    for _ in 0..2 {
        let answer = till.send("POST", PAYMENTS, Some("small"), &refused);
        answer.assert_refused(400, "validation_error");
    }

    let mut strict = Till::with(|settings| settings.repeats_replayed = false);
    assert_eq!(
        strict.send("POST", PAYMENTS, Some("key"), &body).status,
        200
    );
    let again = strict.send("POST", PAYMENTS, Some("key"), &body);
    again.assert_refused(409, "idempotency_key_violation");
}

#[test]
fn a_payment_ends_at_its_time_unless_the_customer_was_faster() {
    let mut till = Till::new();
    let id = till.create(&order("39.90"));
    till.wait(299_999);
    assert_eq!(till.state(&id).0, "Confirmation");
    till.wait(1);
    let over = (
        String::from("Cancelled"),
        Some(String::from("PaymentExpired")),
    );
    assert_eq!(till.state(&id), over);
    assert!(till.act("approve", json!({"reference": ORDER})).is_err());
    assert_eq!((till.row().captured, till.row().cancelled), (0, 0));

    // Approved in the last moment: the banks finish after the end.
    let mut till = Till::with(|settings| settings.processing_ms = 4_000);
    let id = till.create(&order("39.90"));
    till.wait(299_999);
    till.approve();
    till.wait(3_999);
    assert_eq!(till.state(&id).0, "Pending");
    till.wait(1);
    assert_eq!(till.state(&id).0, "Settled");

    // Nobody looked in between, and without an end of its own.
    let mut till = Till::with(|settings| settings.payment_life_ms = 60_000);
    let mut body = order("39.90");
    body["invoice"].as_object_mut().unwrap().remove("expires");
    let id = till.create(&body);
    till.wait(3_600_000);
    assert_eq!(till.state(&id), over);
    assert_eq!(till.row().events[1].at_ms, START_MS + 60_000);
}

#[test]
fn only_an_untouched_payment_can_be_cancelled() {
    let mut till = Till::new();
    let id = till.create(&order("39.90"));
    let cancelled = till.cancel(&id);
    assert_eq!((cancelled.status, cancelled.text()), (200, ""));
    assert_eq!(till.state(&id), (String::from("Cancelled"), None));
    till.cancel(&id).assert_refused(422, "invalid_operation");
    assert_eq!(till.row().cancelled, 3_990);

    let mut till = Till::new();
    let id = till.create(&order("39.90"));
    till.approve();
    till.cancel(&id).assert_refused(422, "invalid_operation");
    till.wait(1_000);
    till.cancel(&id).assert_refused(422, "invalid_operation");
    for tail in ["confirm", "complete"] {
        till.put(&format!("{PAYMENTS}/{id}/{tail}"), "")
            .assert_refused(422, "invalid_operation");
    }
    assert_eq!(till.row().captured, 3_990);
}

#[test]
fn a_customer_rejects_with_any_result_code() {
    for (with, code) in [
        (json!({"reference": ORDER}), "CancelledByUser"),
        (
            json!({"reference": ORDER, "result_code": "InsufficientFunds"}),
            "InsufficientFunds",
        ),
    ] {
        let mut till = Till::new();
        let id = till.create(&order("39.90"));
        till.act("reject", with).unwrap();
        let over = (String::from("Rejected"), Some(String::from(code)));
        assert_eq!(till.state(&id), over);
        assert_eq!((till.row().captured, till.row().authorized), (0, 0));
    }
}

#[test]
fn tests_put_a_payment_into_any_state_or_amount() {
    for state in [
        "Confirmation",
        "Pending",
        "Authorized",
        "Settled",
        "Cancelled",
        "Rejected",
    ] {
        let mut till = Till::new();
        let id = till.create(&order("39.90"));
        till.act("state", json!({"reference": ORDER, "state": state}))
            .unwrap();
        assert_eq!(till.state(&id).0, state);
        assert_eq!(
            till.row().captured,
            if state == "Settled" { 3_990 } else { 0 }
        );
    }
    let mut till = Till::new();
    let id = till.create(&order("39.90"));
    assert!(
        till.act("state", json!({"reference": ORDER, "state": "Odd"}))
            .is_err()
    );
    assert!(till.act("approve", json!({"reference": "other"})).is_err());
    assert!(till.act("dance", json!({})).is_err());
    till.act("approve", json!({"reference": ORDER, "amount": 3_900}))
        .unwrap();
    till.wait(1_000);
    assert!(till.read(&id).text().contains(r#""value":39.0000"#));
    assert_eq!((till.row().amount, till.row().captured), (3_990, 3_900));
}
