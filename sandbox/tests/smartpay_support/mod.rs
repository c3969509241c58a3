//! A till of a SmartPay merchant, and its requests.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use http::request::Builder;
use sandbox::{ActError, LedgerRow, Request, World, WorldSettings};
use serde_json::{Value, json};

pub const START_MS: i64 = 1_768_836_344_000;
pub const MINUTE_MS: i64 = 60_000;
pub const REFERENCE: &str = "LP-AAAAAAAAAAAAAAAAAAAAAAAAAA";
pub const MERCHANT: &str = "5a9d0bb0-0000-4000-8000-0000000000aa";
pub const BASIC: &str =
    "Basic NWE5ZDBiYjAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMGFhOnNhbmRib3gtYXV0aGVudGljYXRpb24ta2V5";

pub struct Till {
    pub world: World,
    pub now_ms: i64,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Till {
    pub fn new() -> Till {
        Till::with(&json!({}))
    }

    pub fn with(settings: &Value) -> Till {
        let mut world = World::new(WorldSettings::default());
        world
            .patch_settings(&json!({"smartpay": settings}))
            .unwrap();
        Till {
            world,
            now_ms: START_MS,
        }
    }

    pub fn send(&mut self, request: &Request) -> Answer {
        let response = self.world.handle(self.now_ms, request);
        Answer {
            status: response.status().as_u16(),
            body: serde_json::from_slice(response.body()).unwrap(),
        }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        let request = call("GET", path).body(Vec::new()).unwrap();
        self.send(&request)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        let request = call("POST", path).body(body).unwrap();
        self.send(&request)
    }

    pub fn checkout(&mut self) -> String {
        let answer = self.post("/payment/creation", &checkout());
        assert_eq!(answer.status, 200, "{}", answer.body);
        text(&answer.body["transactionId"])
    }

    pub fn link(&mut self) -> String {
        let answer = self.post("/payment-links", &link());
        assert_eq!(answer.status, 200, "{}", answer.body);
        text(&answer.body["id"])
    }

    pub fn status(&mut self, id: &str) -> Answer {
        self.get(&format!("/payment/status/{id}"))
    }

    pub fn word(&mut self, id: &str) -> String {
        text(&self.status(id).body["paymentStatus"])
    }

    /// The newest attempt under a link, and how it stands.
    pub fn latest(&mut self, link: &str) -> (String, String) {
        let body = self.get(&format!("/payment-links/{link}")).body;
        (text(&body["transactionId"]), text(&body["paymentStatus"]))
    }

    pub fn modify(
        &mut self,
        call: &str,
        transaction: &str,
        id: &str,
        amount: Option<Value>,
    ) -> Answer {
        let mut body = json!({
            "merchantKey": MERCHANT,
            "transactionId": transaction,
            "modificationId": id,
        });
        if let Some(amount) = amount {
            body["modifiedAmount"] = json!({"amount": amount, "currencyCode": "EUR"});
        }
        self.post(&format!("/payment/{call}"), &body)
    }

    pub fn act(&mut self, act: &str, with: Value) -> Result<Value, ActError> {
        let mut with = with;
        with["reference"] = json!(REFERENCE);
        self.world.act(self.now_ms, "smartpay", act, &with)
    }

    pub fn does(&mut self, act: &str) {
        self.act(act, json!({})).unwrap();
    }

    pub fn row(&self) -> LedgerRow {
        let rows = self.world.ledger(self.now_ms);
        let mut rows = rows.into_iter().filter(|row| row.provider == "smartpay");
        let row = rows.next().expect("a row");
        assert!(rows.next().is_none(), "one payment has one row");
        assert!(row.is_consistent(), "{row:?}");
        row
    }

    pub fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
    }
}

pub fn call(method: &str, path: &str) -> Builder {
    http::Request::builder()
        .method(method)
        .uri(path)
        .header("Authorization", BASIC)
        .header("Content-Type", "application/json")
        .header("Accept-Language", "en-US")
        .header("Origin", "https://shop.example")
        .header("User-Agent", "till/1")
}

pub fn text(value: &Value) -> String {
    String::from(value.as_str().unwrap_or(""))
}

pub fn payer() -> Value {
    json!({
        "payment": {"amount": 10.99, "currencyCode": "EUR", "description": "Wiper"},
        "billingAddress": {
            "addressLine1": "Main street 1", "city": "Paris", "postCode": "75001",
            "countryCode": "FR",
        },
        "consumer": {
            "firstName": "Walk-in", "lastName": "Customer", "emailAddress": "shop@dealer.example",
        },
    })
}

pub fn checkout() -> Value {
    let mut body = payer();
    body["merchantKey"] = json!(MERCHANT);
    body["partnerReference"] = json!(REFERENCE);
    body
}

pub fn link() -> Value {
    let mut body = payer();
    body["instantPayment"] = json!(true);
    body["order"] = json!({
        "externalOrderReference": REFERENCE,
        "lines": [{"lineNumber": 1, "itemName": "Wiper", "quantity": 1, "grossAmount": 10.99}],
    });
    body
}

pub fn changed(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = value;
    body
}
