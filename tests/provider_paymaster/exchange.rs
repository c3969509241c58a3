//! Both halves against the imitation: what the provider sends is understood there, and what comes
//! back means here what happened there.

use super::*;
use payments::provider::{StartOrder, TenderDetails};
use payments::tender::{Approach, Money};
use sandbox::{Outcome, World, WorldSettings};

struct Shop {
    world: World,
    provider: Paymaster,
    now_ms: i64,
    begun_at: i64,
    payment: Option<String>,
    refund: Option<String>,
}

impl Shop {
    fn new(provider: Paymaster, site: impl FnOnce(&mut sandbox::paymaster::Settings)) -> Shop {
        let mut settings = WorldSettings::default();
        settings.paymaster.token = "secret-4711".to_owned();
        site(&mut settings.paymaster);
        Shop {
            world: World::new(settings),
            provider,
            now_ms: BEGUN_AT,
            begun_at: BEGUN_AT,
            payment: None,
            refund: None,
        }
    }

    fn body(&self) -> Vec<u8> {
        let order = StartOrder {
            sale_ref: "S-1",
            reference: REFERENCE,
            amount: Money::new(3_990, Currency::from_code("RUB").unwrap()),
            sale_total: None,
            approach: Approach::ShowQr,
            customer: None,
            details: &TenderDetails::default(),
            now_ms: self.now_ms,
        };
        self.provider.prepare(&order).unwrap()
    }

    fn start(&mut self) -> String {
        let body = self.body();
        self.send(&Command::Start {
            body: &body,
            attempt: 1,
        })
    }

    /// Sends and reads one command, and remembers the names that the answer tells.
    fn send(&mut self, command: &Command<'_>) -> String {
        let verdict = {
            let context = Context {
                provider_reference: self.payment.as_deref(),
                refund_reference: self.refund.as_deref(),
                begun_at: self.begun_at,
                now_ms: self.now_ms,
                ..context()
            };
            let request = self.provider.request(command, &context);
            let mut sent = http::Request::builder()
                .method(request.method.name())
                .uri(&request.url);
            for (name, value) in &request.headers {
                sent = sent.header(name.as_ref(), value.reveal());
            }
            let sent = sent.body(request.body).unwrap();
            let Outcome::Answer { response, .. } = self.world.exchange(self.now_ms, &sent) else {
                panic!("no answer");
            };
            let response = HttpResponse {
                status: response.status().as_u16(),
                headers: vec![],
                body: response.into_body(),
            };
            self.provider.read(command, &context, &response)
        };
        match &verdict {
            Verdict::Observed(statement) => {
                self.payment = statement.observation.provider_reference.clone();
            }
            Verdict::Refund(
                RefundWord::Pending { reference } | RefundWord::Executed { reference },
            ) => self.refund = reference.clone(),
            _ => {}
        }
        word(&verdict)
    }

    fn approve(&mut self) {
        let with = json!({"reference": REFERENCE});
        let done = self.world.act(self.now_ms, "paymaster", "approve", &with);
        done.unwrap();
    }

    fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    fn captured(&self) -> i64 {
        let rows = self.world.ledger(self.now_ms);
        rows.iter().map(|row| row.captured).sum()
    }
}

fn orders(kopecks: bool) -> Paymaster {
    let unit = if kopecks { "kopecks" } else { "rubles" };
    with(json!({"protocol": "pos_order", "pos_id": "POS-1", "pos_order": {"amount_unit": unit}}))
}

/// All ways to reach the same money.
fn shops() -> Vec<Shop> {
    vec![
        Shop::new(provider(), |_| ()),
        Shop::new(provider(), |site| site.four_decimals = false),
        Shop::new(with(json!({"display_source": "hosted_page"})), |_| ()),
        Shop::new(
            with(json!({"sticker_id": "0a1b2c3d4e5f", "display_mode": 2})),
            |_| (),
        ),
        Shop::new(orders(false), |_| ()),
        Shop::new(orders(true), |site| site.pos_kopecks = true),
    ]
}

#[test]
fn a_sale_is_paid_and_given_back() {
    for mut shop in shops() {
        assert_eq!(shop.start(), "open");
        assert_eq!(shop.send(&STATUS), "open");
        shop.approve();
        assert_eq!(shop.send(&STATUS), "open");
        assert_eq!(shop.send(&CANCEL), "ask-first");
        shop.wait(1_000);
        assert_eq!(shop.send(&STATUS), "approved");
        assert_eq!(shop.captured(), 3_990);
        assert_eq!(shop.send(&CANCEL), "ask-first");
        shop.world.paymaster().settings_mut().refund_takes_ms = 5_000;
        assert_eq!(shop.send(&REFUND), "pending Some(\"501\")");
        assert_eq!(shop.send(&FIND), "pending Some(\"501\")");
        shop.wait(5_000);
        assert_eq!(shop.send(&FIND), "executed Some(\"501\")");
        assert_eq!(shop.world.ledger(shop.now_ms)[0].refunded, 3_990);
    }
}

#[test]
fn a_cancelled_or_forgotten_sale_costs_nothing() {
    for mut shop in shops() {
        shop.start();
        assert_eq!(shop.send(&CANCEL), "cancelled");
        assert_ne!(shop.send(&STATUS), "approved");
        assert_eq!(shop.send(&CANCEL), "ask-first");
        assert_eq!(shop.captured(), 0);
    }
    for mut shop in shops() {
        shop.start();
        shop.wait(300_000);
        assert_eq!(shop.send(&STATUS), "expired");
    }
    for mut shop in shops() {
        shop.start();
        let with = json!({"reference": REFERENCE, "result_code": "InsufficientFunds"});
        let done = shop.world.act(shop.now_ms, "paymaster", "reject", &with);
        done.unwrap();
        assert_eq!(shop.send(&STATUS), "declined payment-declined");
    }
}

/// S10: the answer to the start is lost, the customer pays at the plate, the list tells.
#[test]
fn a_payment_is_found_by_our_number_alone() {
    let mut shop = Shop::new(with(json!({"sticker_id": "0a1b2c3d4e5f"})), |_| ());
    assert_eq!(shop.send(&STATUS), "unclear");
    shop.wait(10_000);
    assert_eq!(shop.send(&STATUS), "absent");
    shop.start();
    shop.payment = None;
    shop.approve();
    shop.wait(60_000);
    assert_eq!(shop.send(&STATUS), "approved");
    assert_eq!(shop.payment.as_deref(), Some("12769"));
}

#[test]
fn repeating_a_start_begins_nothing_new() {
    for mut shop in shops() {
        shop.start();
        let first = shop.payment.take();
        // Another end makes other bytes: a violation, and the first call counts.
        shop.wait(2_000);
        let body = shop.body();
        let again = Command::Start {
            body: &body,
            attempt: 1,
        };
        assert_eq!(shop.send(&again), "ask-first");
        shop.now_ms = BEGUN_AT;
        assert_eq!(shop.start(), "open");
        assert_eq!(shop.payment, first);
        assert_eq!(shop.world.ledger(shop.now_ms).len(), 1);
    }
}

#[test]
fn a_refund_whose_answer_was_lost_is_found() {
    let mut shop = Shop::new(provider(), |_| ());
    shop.start();
    shop.approve();
    shop.wait(600_000);
    shop.begun_at = shop.now_ms;
    assert_eq!(shop.send(&FIND), "not-there");
    assert_eq!(shop.send(&REFUND), "executed Some(\"501\")");
    shop.refund = None;
    shop.wait(3_600_000);
    assert_eq!(shop.send(&FIND), "executed Some(\"501\")");
    shop.refund = None;
    // Other bytes under the same key are a violation, and the first call counts.
    let other = Command::Refund { amount: 1_000 };
    assert_eq!(shop.send(&other), "ask-first");
}

#[test]
fn a_wrong_token_or_site_is_a_set_up_error() {
    for (site, start, question) in [
        ("token", "refused credentials-rejected", "unclear"),
        ("merchant", "refused request-refused", "unclear"),
    ] {
        let mut shop = Shop::new(provider(), |settings| match site {
            "token" => settings.token = "another".to_owned(),
            _ => settings.merchant_id = "another".to_owned(),
        });
        assert_eq!(shop.start(), start);
        shop.wait(20_000);
        assert_eq!(shop.send(&STATUS), question);
    }
}

#[test]
fn gateways_and_swapped_numbers_prove_nothing() {
    let mut shop = Shop::new(provider(), |site| site.autopay = true);
    let body = String::from_utf8(shop.body()).unwrap();
    let body = body.replace("39.90", "39.10").into_bytes();
    let verdict = shop.send(&Command::Start {
        body: &body,
        attempt: 1,
    });
    // Somebody else's amount; and three gateway answers when asked.
    assert_eq!(verdict, "mismatch");
    shop.payment = Some("12769".to_owned());
    for _ in 0..3 {
        assert_eq!(shop.send(&STATUS), "unclear");
    }
    assert_eq!(shop.send(&STATUS), "mismatch");

    // The cabinet's numbers are swapped against our guess: paid is not taken for declined.
    let mut shop = Shop::new(orders(false), |site| {
        site.pos_state_paid = 6;
        site.pos_state_failed = 5;
    });
    shop.start();
    shop.approve();
    shop.wait(1_000);
    assert_eq!(shop.send(&STATUS), "unclear");
    let mut shop = Shop::new(orders(false), |site| {
        site.pos_state_paid = 6;
        site.pos_state_failed = 5;
    });
    shop.start();
    shop.wait(300_000);
    assert_eq!(shop.send(&STATUS), "unclear");
}
