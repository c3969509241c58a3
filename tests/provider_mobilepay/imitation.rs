//! The provider against the imitation: the club, the code at the till, check-ins that become payments.

use super::webhook::Post;
use super::{BASE, HOOK, NOW_MS, SECRET, STICKER, hearing, till, word};
use payments::provider::{
    Command, Context, Customer, CustomerHint, ErrandOrder, ErrandRequest, ErrandVerdict,
    HttpRequest, HttpResponse, KnownCustomer, Method, Provider, StartOrder, TenderDetails,
};
use payments::secret::Secret;
use payments::tender::{Approach, Currency, Money};
use sandbox::{Outcome, World, WorldSettings};
use serde_json::{Value, json};

const PHONE: &str = "4712345678";

/// The imitation behind a provider, as the engine would drive it.
struct Shop {
    world: World,
    now_ms: i64,
    token: Secret,
    provider: Box<dyn Provider>,
}

impl Shop {
    fn new(unit: &Value) -> Shop {
        let mut world = World::new(WorldSettings::default());
        let market = json!({"market": "DKK", "webhook_secret": SECRET});
        world.patch_settings(&json!({"vipps": market})).unwrap();
        world.patch_settings(&json!({"vipps": unit})).unwrap();
        let mut shop = Shop {
            world,
            now_ms: NOW_MS,
            token: Secret::new("none"),
            provider: hearing("till-01", HOOK),
        };
        let request = shop.provider.token_request().unwrap();
        let answer: Value = serde_json::from_slice(&shop.send(request).body).unwrap();
        let token = answer["access_token"].as_str().unwrap_or("none");
        shop.token = Secret::new(token);
        shop
    }

    fn send(&mut self, asked: HttpRequest) -> HttpResponse {
        let mut request = http::Request::builder()
            .method(asked.method.name())
            .uri(asked.url);
        for (name, value) in &asked.headers {
            request = request.header(&**name, value.reveal());
        }
        let request = request.body(asked.body).unwrap();
        let Outcome::Answer { response, .. } = self.world.exchange(self.now_ms, &request) else {
            panic!("no answer")
        };
        HttpResponse {
            status: response.status().as_u16(),
            headers: vec![],
            body: response.into_body(),
        }
    }

    fn act(&mut self, act: &str, with: &Value) -> Result<Value, String> {
        let done = self.world.act(self.now_ms, "vipps", act, with);
        done.map_err(|error| error.to_string())
    }

    /// Drives an errand to its end; the customer does `act` when there is something to answer.
    fn run(&mut self, order: &ErrandOrder, act: &str) -> String {
        let mut stage = self.provider.errand(order).unwrap();
        for _ in 0..400 {
            let ErrandRequest {
                mut request,
                needs_token,
            } = self.provider.errand_request(&stage).unwrap();
            if needs_token {
                let bearer = Secret::new(format!("Bearer {}", self.token.reveal()));
                request = request.secret_header("Authorization", bearer);
            }
            let answer = self.send(request);
            match self.provider.read_errand(&stage, &answer) {
                ErrandVerdict::Next {
                    stage: next,
                    waits_for_customer,
                    after_ms,
                } => {
                    if waits_for_customer {
                        let _ = self.act(act, &json!({"phone": PHONE}));
                    }
                    self.now_ms += after_ms;
                    stage = next;
                }
                other => return word(&other),
            }
        }
        panic!("the errand does not end")
    }

    /// What the host hands in of a delivery of the platform.
    fn hear(&self, delivery: &Value) -> String {
        let headers = delivery["headers"].as_object().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let post = Post {
            headers: headers
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: text(&delivery["body"]),
            now_ms: self.now_ms,
        };
        post.told_to(&*self.provider)
    }

    fn register_webhook(&mut self) {
        let events = ["user.checked-in.v1", "epayments.payment.authorized.v1"];
        let body = json!({"url": HOOK, "events": events}).to_string();
        let bearer = Secret::new(format!("Bearer {}", self.token.reveal()));
        let request = HttpRequest::new(Method::Post, format!("{BASE}/webhooks/v1/webhooks"), 1_000)
            .secret_header("Authorization", bearer)
            .header("Ocp-Apim-Subscription-Key", "sandbox-key")
            .json(body.into_bytes());
        assert_eq!(self.send(request).status, 201);
    }
}

/// S34: a member, a customer who joins, one who declines, one who does not answer.
#[test]
fn the_club_against_the_imitation() {
    let code = |text: &str| ErrandOrder::CheckIn(CustomerHint::Code(Secret::new(text)));
    let number = |text: &str| ErrandOrder::CheckIn(CustomerHint::Phone(Secret::new(text)));
    let enrol = |phone: &str| {
        let phone = Secret::new(phone);
        ErrandOrder::Enrol {
            customer: KnownCustomer { phone },
        }
    };
    for unit in [
        json!({}),
        json!({"login_denied_status": 403, "login_plain_errors": true}),
    ] {
        let mut shop = Shop::new(&unit);
        let who = shop.run(&code("https://qr.vipps.no/p/sandbox-0001"), "");
        assert_eq!(
            who,
            format!(r#"done {{"phone":"{PHONE}","scanned_at":{NOW_MS}}}"#)
        );
        let junk = shop.run(&code("https://qr.vipps.no/p/junk"), "");
        assert_eq!(junk, "refused scan-again 400");
        let known = shop.run(&number(PHONE), "");
        assert_eq!(
            known,
            format!(r#"done {{"exists":true,"phone":"{PHONE}"}}"#)
        );
        let nobody = shop.run(&number("4799999990"), "");
        assert_eq!(nobody, r#"done {"exists":false,"phone":"4799999990"}"#);

        let joined = shop.run(&enrol(PHONE), "enrol_accept");
        let claims: Value = serde_json::from_str(joined.strip_prefix("done ").unwrap()).unwrap();
        assert_eq!(
            (&claims["name"], &claims["phone_number"]),
            (&json!("Ada Lovelace"), &json!(PHONE))
        );
        assert!(claims.get("email").is_none(), "not in the scope");
        assert_eq!(shop.run(&enrol(PHONE), "enrol_decline"), "declined");
        assert_eq!(shop.run(&enrol(PHONE), ""), "expired");
        for phone in ["4799999990", "4799999992"] {
            let told = shop.run(&enrol(phone), "");
            assert_eq!(told, "refused customer-not-eligible 400", "{phone}");
        }
    }
    let mut shop = Shop::new(&json!({"client_secret": "another"}));
    assert_eq!(
        shop.run(&enrol(PHONE), ""),
        "refused credentials-rejected 401"
    );
}

/// S31: the till's code is registered, a customer scans it, and pays with what came of it.
#[test]
fn a_check_in_against_the_imitation() {
    for prefix in ["https://qr.vipps.no/c/", "https://qr.example.test/"] {
        let mut shop = Shop::new(&json!({"till_code_prefix": prefix}));
        let made = shop.run(&till("till-01"), "");
        assert!(
            made.contains(&format!(r#""qr_content":"{prefix}till-01""#)),
            "{made}"
        );
        let taken_over = shop.run(&till(STICKER), "");
        assert!(taken_over.contains(STICKER), "{taken_over}");
        assert_eq!(
            shop.run(&till("999999999999999"), ""),
            "refused merchant-setup 409"
        );

        shop.register_webhook();
        let at_other = json!({"qr": STICKER, "phone": PHONE});
        let elsewhere = shop.act("check_in", &at_other).unwrap();
        assert_eq!(shop.hear(&elsewhere), "nothing");
        let here = json!({"qr": format!("{prefix}till-01"), "phone": PHONE});
        let told = shop.act("check_in", &here).unwrap();
        let first = shop.hear(&told);
        shop.now_ms += 60_000;
        let again = shop.act("check_in_again", &here).unwrap();
        assert_eq!(shop.hear(&again), first, "a retry tells the same");

        let token = first.split(' ').nth(2).unwrap().to_owned();
        let customer = Customer::Token(Secret::new(token));
        let body = start_body(&*shop.provider, &customer);
        let context = Context {
            reference: "LP-CHECKED-IN",
            provider_reference: None,
            refund_reference: None,
            currency: Currency::from_code("DKK").unwrap(),
            amount: Some(1_250),
            begun_at: shop.now_ms,
            now_ms: shop.now_ms,
            idempotency_key: "key-1",
            token: Some(&shop.token),
        };
        let start = Command::Start {
            body: &body,
            attempt: 1,
        };
        let request = shop.provider.request(&start, &context);
        assert_eq!(shop.send(request).status, 201);
        shop.act("approve", &json!({"reference": "LP-CHECKED-IN"}))
            .unwrap();
        let row = shop.world.ledger(shop.now_ms).remove(0);
        assert_eq!((row.customer.as_str(), row.authorized), (PHONE, 1_250));
        let told = shop
            .act("payment_event", &json!({"reference": "LP-CHECKED-IN"}))
            .unwrap();
        assert_eq!(shop.hear(&told), "payment LP-CHECKED-IN");
    }
}

fn start_body(provider: &dyn Provider, customer: &Customer) -> Vec<u8> {
    let order = StartOrder {
        reference: "LP-CHECKED-IN",
        amount: Money::new(1_250, Currency::from_code("DKK").unwrap()),
        sale_ref: "sale-1",
        sale_total: Some(1_250),
        approach: Approach::Push,
        customer: Some(customer),
        details: &TenderDetails::default(),
        now_ms: NOW_MS,
    };
    provider.prepare(&order).unwrap()
}
