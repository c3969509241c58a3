//! Whole conversations with the imitation of the provider.

use super::support::*;
use payments::provider::{
    Command, HttpResponse, Provider, StartOrder, TenderDetails, TokenVerdict, Verdict,
};
use payments::tender::{Approach, Currency, Money};
use sandbox::{LedgerRow, World, WorldSettings};
use serde_json::{Value, json};

/// A till that does what verdicts say, without the engine.
struct Till {
    world: World,
    case: Case,
    code: String,
}

impl Till {
    fn new(ours: &Value, theirs: &Value) -> Till {
        let mut world = World::new(WorldSettings::default());
        world.patch_settings(&json!({"smartpay": theirs})).unwrap();
        let mut settings = json!({"authentication_key": {"value": "sandbox-authentication-key"}});
        for (name, value) in ours.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let mut till = Till {
            world,
            case: Case::new(&settings),
            code: String::new(),
        };
        till.case.name = None;
        till
    }

    fn send(&mut self, command: &Command<'_>) -> Verdict {
        let response = self.answer(&self.case.request(command));
        let verdict = self
            .case
            .provider
            .read(command, &self.case.context(), &response);
        if let Verdict::Observed(statement) = &verdict {
            let name = statement.observation.provider_reference.clone();
            self.case.name = name.or(self.case.name.take());
            if let Some(code) = &statement.qr_text {
                self.code = code.reveal().to_owned();
            }
        }
        verdict
    }

    fn answer(&mut self, request: &payments::provider::HttpRequest) -> HttpResponse {
        let mut sent = http::Request::builder()
            .method(request.method.name())
            .uri(&request.url);
        for (name, value) in &request.headers {
            sent = sent.header(AsRef::<str>::as_ref(name), value.reveal());
        }
        let sent = sent.body(request.body.clone()).unwrap();
        let answer = self.world.handle(self.case.now_ms, &sent);
        HttpResponse {
            status: answer.status().as_u16(),
            headers: vec![],
            body: answer.into_body(),
        }
    }

    fn says(&mut self, command: &Command<'_>) -> String {
        // Which name it has is told by the other tests.
        let words = word(&self.send(command));
        let id = |text: &str| text.len() >= 36;
        let words: Vec<&str> = words.split(' ').filter(|text| !id(text)).collect();
        words.join(" ")
    }

    /// Asks until no answer names something else to ask about.
    fn asks(&mut self) -> String {
        for _ in 0..3 {
            let words = self.says(&ASK);
            if !words.ends_with("again") {
                return words;
            }
        }
        panic!("asked in circles");
    }

    fn starts(&mut self) {
        let order = StartOrder {
            sale_ref: "S-1",
            reference: REFERENCE,
            amount: Money::new(1_099, Currency::from_code("EUR").unwrap()),
            sale_total: None,
            approach: Approach::ShowQr,
            customer: None,
            details: &TenderDetails::default(),
            now_ms: self.case.now_ms,
        };
        let body = self.case.provider.prepare(&order).unwrap();
        let start = Command::Start {
            body: &body,
            attempt: 1,
        };
        assert!(self.says(&start).starts_with("open"));
        assert!(!self.code.is_empty());
    }

    fn customer(&mut self, act: &str, with: Value) {
        let mut with = with;
        with["reference"] = json!(REFERENCE);
        let now_ms = self.case.now_ms;
        self.world.act(now_ms, "smartpay", act, &with).unwrap();
    }

    fn wait(&mut self, ms: i64) {
        self.case.now_ms += ms;
    }

    fn row(&self) -> LedgerRow {
        let rows = self.world.ledger(self.case.now_ms);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].reference, REFERENCE);
        rows[0].clone()
    }
}

#[test]
fn a_customer_pays_at_the_third_attempt() {
    let mut till = Till::new(&json!({}), &json!({}));
    till.starts();
    assert_eq!(till.asks(), "open");
    till.customer("reject", json!({}));
    assert_eq!(till.asks(), "open");
    till.customer("open", json!({}));
    assert_eq!(till.asks(), "open");
    let second = till.case.name.clone();
    // Left behind for another attempt: that one is found, too.
    till.customer("open", json!({"anew": true}));
    till.customer("approve", json!({}));
    assert_eq!(till.asks(), "approved 1099/1099/0/0");
    assert_ne!(till.case.name, second);
    assert_eq!(
        till.says(&Command::Refund { amount: 99 }),
        "refund executed STEM-1"
    );
    assert_eq!(till.asks(), "approved 1099/1099/0/99");
    assert_eq!(till.row().refunded, 99);
}

#[test]
fn a_link_given_up_before_or_while_somebody_tries_is_watched_to_its_end() {
    for act in [None, Some("open"), Some("reject")] {
        let mut till = Till::new(&json!({"link_validity_h": 1}), &json!({"link_life_h": 1}));
        till.starts();
        if let Some(act) = act {
            till.customer(act, json!({}));
        }
        let mut words = till.says(&CANCEL);
        if act == Some("open") {
            assert_eq!(words, "open", "first the attempt is found");
            words = till.says(&CANCEL);
        }
        assert!(words.starts_with("still-payable"), "{act:?}: {words}");
        till.wait(20 * 60_000);
        assert_eq!(till.asks(), "open");
        till.customer("approve", json!({}));
        assert_eq!(till.asks(), "approved 1099/1099/0/0", "late, and found");
    }
    let mut till = Till::new(&json!({}), &json!({"link_life_h": 1}));
    till.starts();
    assert!(till.says(&CANCEL).starts_with("still-payable"));
    till.wait(HOUR_MS + 60_000);
    assert_eq!(till.asks(), "expired");
}

#[test]
fn a_cancel_that_meets_a_payment_gives_it_back() {
    for flow in ["link", "widget"] {
        let mut till = Till::new(
            &json!({"flow": flow}),
            &json!({"modifications_in_answers": flow == "link"}),
        );
        till.starts();
        till.customer("open", json!({}));
        till.asks();
        till.customer("approve", json!({}));
        assert_eq!(till.says(&CANCEL), "approved 1099/1099/0/1099");
        assert_eq!(till.says(&CANCEL), "approved 1099/1099/0/1099", "once");
        assert_eq!((till.row().captured, till.row().refunded), (1_099, 1_099));
    }
    let mut till = Till::new(&json!({"flow": "widget"}), &json!({}));
    till.starts();
    assert_eq!(till.says(&CANCEL), "cancelled");
    assert_eq!(till.asks(), "cancelled");
}

#[test]
fn pending_is_neither_paid_nor_cancelled_and_resolves() {
    for flow in ["link", "widget"] {
        let mut till = Till::new(&json!({"flow": flow}), &json!({}));
        till.starts();
        till.customer("pending", json!({"for_ms": 70_000}));
        assert_eq!(till.asks(), "unsure");
        assert_eq!(till.says(&CANCEL), "busy 1000 true");
        till.wait(70_000);
        assert_eq!(till.asks(), "approved 1099/1099/0/0");

        let mut till = Till::new(&json!({"flow": flow}), &json!({}));
        till.starts();
        till.customer("pending", json!({"for_ms": 70_000, "then": "reject"}));
        assert_eq!(till.asks(), "unsure");
        till.wait(70_000);
        let end = if flow == "link" {
            "open"
        } else {
            "declined payment-declined"
        };
        assert_eq!(till.asks(), end);
    }
}

#[test]
fn the_library_captures_where_the_provider_does_not() {
    let manual = json!({"auto_capture": false});
    let mut till = Till::new(&manual, &manual);
    till.starts();
    till.customer("approve", json!({}));
    assert_eq!(till.asks(), "approved 1099/0/0/0");
    let part = Command::Capture { amount: 1_000 };
    assert_eq!(till.says(&part), "approved 1099/1000/0/0");
    assert_eq!(
        till.says(&part),
        "approved 1099/1000/0/0",
        "the same once more"
    );
    // The rest is never released by a call that would give back what was taken.
    till.case.key = "STEM-2".to_owned();
    assert_eq!(till.says(&RELEASE), "refused request-refused 400");
    assert_eq!((till.row().captured, till.row().refunded), (1_000, 0));

    let mut till = Till::new(&manual, &manual);
    till.starts();
    till.customer("capture_pending", json!({"for_ms": 30_000}));
    assert_eq!(till.asks(), "approved 1099/0/0/0");
    assert_eq!(till.says(&CAPTURE), "unsure");
    assert_eq!(till.says(&ASK), "busy 60000 false");
    till.wait(30_000);
    assert_eq!(till.asks(), "approved 1099/1099/0/0");
    assert_eq!(till.row().captures, 1);

    let mut till = Till::new(&manual, &manual);
    till.starts();
    till.customer("approve", json!({}));
    till.asks();
    assert_eq!(till.says(&RELEASE), "cancelled");
    assert_eq!(till.asks(), "cancelled");
    assert_eq!(till.row().cancelled, 1_099);
}

#[test]
fn a_slow_refund_is_found_by_its_stem() {
    let mut till = Till::new(&json!({}), &json!({"refund_takes_ms": 60_000}));
    till.starts();
    till.customer("approve", json!({}));
    till.asks();
    assert_eq!(till.says(&FIND), "refund not-there");
    assert_eq!(till.says(&REFUND), "refund pending STEM-1");
    assert_eq!(till.says(&FIND), "refund pending STEM-1");
    assert_eq!(till.says(&ASK), "busy 10000 false");
    till.wait(60_000);
    assert_eq!(till.says(&FIND), "refund executed STEM-1");
    assert_eq!(till.asks(), "approved 1099/1099/0/1099");
    till.case.key = "OTHER-1".to_owned();
    assert_eq!(till.says(&REFUND), "busy 1000 true");
    assert_eq!(till.row().refunds, 1);
}

#[test]
fn a_wrong_amount_is_no_payment() {
    let mut till = Till::new(&json!({}), &json!({"autopay": true}));
    till.case.amount = Some(1_010);
    let body = json!({"instantPayment": true,
        "payment": {"amount": 10.10, "currencyCode": "EUR", "description": "x"},
        "billingAddress": {"addressLine1": "a", "city": "b", "postCode": "c", "countryCode": "FR"},
        "consumer": {"firstName": "a", "lastName": "b", "emailAddress": "a@b"},
        "order": {"externalOrderReference": REFERENCE, "lines": [{"lineNumber": 1}]}});
    let body = body.to_string().into_bytes();
    assert_eq!(
        till.says(&Command::Start {
            body: &body,
            attempt: 1
        }),
        "open code"
    );
    till.wait(3_000);
    assert_eq!(till.asks(), "mismatch");
}

#[test]
fn tokens_and_other_names_work_all_the_way() {
    let mut ours = bearer();
    ours["client_id"] = json!({"value": "sandbox-client"});
    ours["client_secret"] = json!({"value": "sandbox-secret"});
    ours["authentication_key"] = json!({"value": "unused"});
    ours["link_send_merchant_key"] = json!(true);
    ours["status_map"] = json!({"PAID": "captured"});
    ours["link_field_transaction"] = json!("last.tx");
    ours["link_field_status"] = json!("last.state");
    let theirs = json!({
        "basic_allowed": false, "link_needs_merchant_key": true, "transaction_id_on_top": false,
        "history_in_answers": false, "created_is_201": true, "status_words": {"CAPTURED": "PAID"},
        "link_names": {"id": "paymentLinkId", "url": "url", "expiry": "", "transaction": "last.tx",
            "status": "state"},
    });
    let mut till = Till::new(&ours, &theirs);
    let request = till.case.provider.token_request().unwrap();
    let answer = till.answer(&request);
    let TokenVerdict::Token { token, life_ms } = till.case.provider.read_token(&answer) else {
        panic!("no token");
    };
    assert_eq!(life_ms, 3_600_000);
    till.case.token = Some(token);
    till.starts();
    till.customer("approve", json!({}));
    assert_eq!(till.asks(), "approved 1099/1099/0/0");
    till.world.revoke_tokens();
    assert_eq!(till.says(&ASK), "token-refused");
    assert_eq!(till.says(&REFUND), "token-refused");
}

#[test]
fn two_starts_of_one_checkout_are_two_checkouts_of_one_payment() {
    let mut till = Till::new(&json!({"flow": "widget"}), &json!({}));
    till.starts();
    let order = StartOrder {
        sale_ref: "S-1",
        reference: REFERENCE,
        amount: Money::new(1_099, Currency::from_code("EUR").unwrap()),
        sale_total: None,
        approach: Approach::ShowQr,
        customer: None,
        details: &TenderDetails::default(),
        now_ms: till.case.now_ms,
    };
    let body = till.case.provider.prepare(&order).unwrap();
    let again = |attempt: u32| Command::Start {
        body: &body,
        attempt,
    };
    assert_eq!(till.says(&again(1)), "refused request-refused 400");
    assert_eq!(till.says(&again(2)), "open code");
    till.customer("approve", json!({}));
    assert_eq!(till.asks(), "approved 1099/1099/0/0");
    assert_eq!(till.row().captured, 1_099);
}
