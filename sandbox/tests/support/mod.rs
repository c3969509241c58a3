//! A till's side of the conversation, small enough to read in one go.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use sandbox::{LedgerRow, Outcome, Request, Response, World, WorldSettings};
use serde_json::{Value, json};

/// Mon, 19 Jan 2026 15:25:44 GMT
pub const START_MS: i64 = 1_768_836_344_000;
pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
pub const REFERENCE: &str = "till01-20260119-0001";
pub const ADA: &str = "4712345678";

pub struct Till {
    pub world: World,
    pub now_ms: i64,
    pub token: String,
    keys: u32,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub raw: Response,
}

impl Till {
    pub fn new() -> Till {
        Till::with(|_| ())
    }

    /// A till at a sales unit whose settings differ from the usual ones.
    pub fn with(change: impl FnOnce(&mut sandbox::vipps::Settings)) -> Till {
        let mut settings = WorldSettings::default();
        settings.vipps.writes_per_minute = 0;
        change(&mut settings.vipps);
        let mut till = Till {
            world: World::new(settings),
            now_ms: START_MS,
            token: String::new(),
            keys: 0,
        };
        till.renew_token();
        till
    }

    pub fn renew_token(&mut self) {
        let request = http::Request::post("/accesstoken/get")
            .header("client_id", "sandbox-client")
            .header("client_secret", "sandbox-secret")
            .header("Ocp-Apim-Subscription-Key", "sandbox-key")
            .body(Vec::new())
            .unwrap();
        let answer = self.world.handle(self.now_ms, &request);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        self.token = String::from(body["access_token"].as_str().unwrap());
    }

    pub fn request(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Request {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Ocp-Apim-Subscription-Key", "sandbox-key")
            .header("Merchant-Serial-Number", "123456");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if method == "POST" {
            request = request.header("Content-Type", "application/json");
        }
        request.body(Vec::from(body)).unwrap()
    }

    pub fn exchange(&mut self, request: &Request) -> Outcome {
        self.world.exchange(self.now_ms, request)
    }

    pub fn send(&mut self, request: &Request) -> Answer {
        match self.exchange(request) {
            Outcome::Answer { response, .. } => Answer::from(response),
            other => panic!("no answer but {other:?}"),
        }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        let request = self.request("GET", path, None, "");
        self.send(&request)
    }

    pub fn post(&mut self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.request("POST", path, Some(key), &body.to_string());
        self.send(&request)
    }

    pub fn create(&mut self, body: &Value) -> Answer {
        let key = self.fresh_key();
        self.post("/epayment/v1/payments", &key, body)
    }

    pub fn read(&mut self, reference: &str) -> Answer {
        self.get(&format!("/epayment/v1/payments/{reference}"))
    }

    pub fn state(&mut self, reference: &str) -> String {
        let answer = self.read(reference);
        String::from(answer.body["state"].as_str().unwrap())
    }

    pub fn events(&mut self, reference: &str) -> Vec<Value> {
        let answer = self.get(&format!("/epayment/v1/payments/{reference}/events"));
        answer.body.as_array().unwrap().clone()
    }

    pub fn capture(&mut self, value: i64) -> Answer {
        self.modify("capture", &json!({"modificationAmount": nok(value)}))
    }

    pub fn refund(&mut self, value: i64) -> Answer {
        self.modify("refund", &json!({"modificationAmount": nok(value)}))
    }

    pub fn cancel(&mut self, transaction_only: bool) -> Answer {
        self.modify(
            "cancel",
            &json!({"cancelTransactionOnly": transaction_only}),
        )
    }

    /// On the usual reference, with a key of its own.
    pub fn modify(&mut self, operation: &str, body: &Value) -> Answer {
        let key = self.fresh_key();
        let path = format!("/epayment/v1/payments/{REFERENCE}/{operation}");
        self.post(&path, &key, body)
    }

    pub fn approve(&mut self) {
        self.world.vipps().approve(self.now_ms, REFERENCE).unwrap();
    }

    pub fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    pub fn row(&self) -> LedgerRow {
        let rows = self.world.ledger(self.now_ms);
        rows.into_iter()
            .find(|row| row.reference == REFERENCE)
            .unwrap()
    }

    fn fresh_key(&mut self) -> String {
        self.keys += 1;
        format!("key-{}", self.keys)
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.raw.headers().get(name)?.to_str().ok()
    }

    /// The error number, if the answer has one.
    pub fn code(&self) -> Option<u16> {
        let details = self.body["extraDetails"].as_array()?;
        let detail = details.iter().find(|it| it["name"] == "ErrorCode")?;
        detail["reason"].as_str()?.parse().ok()
    }

    /// The fields that the answer complains about.
    pub fn fields(&self) -> Vec<&str> {
        let details = self.body["extraDetails"].as_array();
        let names = details
            .into_iter()
            .flatten()
            .map(|it| it["name"].as_str().unwrap());
        names.collect()
    }

    pub fn assert_code(&self, status: u16, code: u16) {
        assert_eq!(
            (self.status, self.code()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
    }

    pub fn assert_ok(&self) -> &Answer {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.body
        );
        self
    }
}

impl From<Response> for Answer {
    fn from(raw: Response) -> Answer {
        Answer {
            status: raw.status().as_u16(),
            body: serde_json::from_slice(raw.body()).unwrap_or(Value::Null),
            raw,
        }
    }
}

pub fn nok(value: i64) -> Value {
    json!({"currency": "NOK", "value": value})
}

/// The create request of the golden exchanges: 499 kroner pushed to a personal code.
pub fn push() -> Value {
    json!({
        "amount": nok(49_900),
        "paymentMethod": {"type": "WALLET"},
        "customer": {"personalQr": "https://qr.vipps.no/p/sandbox-0001"},
        "customerInteraction": "CUSTOMER_PRESENT",
        "reference": REFERENCE,
        "userFlow": "PUSH_MESSAGE",
        "paymentDescription": "Shop 1 till 1",
    })
}

pub fn push_of(value: i64) -> Value {
    changed(push(), "/amount/value", json!(value))
}

/// A create request that shows a code; without `format` the service picks one.
pub fn qr(format: Option<Value>) -> Value {
    let mut body = push();
    body["userFlow"] = json!("QR");
    body.as_object_mut().unwrap().remove("customer");
    if let Some(format) = format {
        body["qrFormat"] = format;
    }
    body
}

pub fn changed(mut body: Value, pointer: &str, value: Value) -> Value {
    match body.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => body[pointer.trim_start_matches('/')] = value,
    }
    body
}
