//! Smartum: what the app shows, what the API answers, and that the ledger follows.

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use sandbox::{LedgerRow, Request, Response, World, WorldSettings, smartum};
use serde_json::{Value, json};

/// Mon, 19 Jan 2026 15:25:44 GMT
const START_MS: i64 = 1_768_836_344_000;
const HOUR_MS: i64 = 3_600_000;
const GYM: &str = "ven_Sandbox0Gym00001";
const OTHER: &str = "ven_Sandbox0Other004";

struct Shop {
    world: World,
    now_ms: i64,
    token: String,
}

impl Shop {
    fn new() -> Shop {
        Shop::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut smartum::Settings)) -> Shop {
        let mut settings = WorldSettings::default();
        change(&mut settings.smartum);
        let mut shop = Shop {
            world: World::new(settings),
            now_ms: START_MS,
            token: String::new(),
        };
        shop.log_in();
        shop
    }

    fn log_in(&mut self) {
        let form =
            "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret";
        let request = http::Request::post("/oauth/token")
            .body(Vec::from(form))
            .unwrap();
        let (status, body) = self.send(&request);
        assert_eq!(status, 200);
        self.token = String::from(body["access_token"].as_str().unwrap());
    }

    fn send(&mut self, request: &Request) -> (u16, Value) {
        let answer = self.raw(request);
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    fn raw(&mut self, request: &Request) -> Response {
        self.world.handle(self.now_ms, request)
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token);
        let request = http::Request::get(path).header("Authorization", bearer);
        self.send(&request.body(Vec::new()).unwrap())
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::post(path)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json");
        self.send(&request.body(body.to_string().into_bytes()).unwrap())
    }

    fn act(&mut self, act: &str, with: &Value) -> Value {
        let done = self.world.act(self.now_ms, "smartum", act, with);
        done.unwrap_or_else(|error| panic!("{act} {with}: {error}"))
    }

    fn pay(&mut self, amount: i64) -> String {
        let receipt = self.act("receipt", &json!({"venue": GYM, "amount": amount}));
        String::from(receipt["tx"].as_str().unwrap())
    }

    fn refund(&mut self, tx: &str, body: &Value) -> (u16, Value) {
        self.post(&format!("/transactions/{tx}/refund"), body)
    }

    fn ledger(&self) -> Vec<LedgerRow> {
        let rows = self.world.ledger(self.now_ms);
        assert!(rows.iter().all(LedgerRow::is_consistent), "{rows:?}");
        rows
    }
}

/// Whether a published key has signed the token, and the claims.
fn open(world: &mut World, token: &str) -> Option<Value> {
    let (message, signature) = token.rsplit_once('.')?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    let keys = world.smartum().public_keys_pem();
    let fits = keys.iter().any(|(_, pem)| {
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = BASE64.decode(lines.as_bytes()).unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, der);
        key.verify(message.as_bytes(), &signature).is_ok()
    });
    let claims = BASE64URL_NOPAD.decode(message.split_once('.')?.1.as_bytes());
    fits.then(|| serde_json::from_slice(&claims.unwrap()).unwrap())
}

fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or("")
}

#[test]
fn a_receipt_is_signed_and_in_the_ledger() {
    let mut shop = Shop::new();
    let order = json!({"venue": GYM, "amount": 1_250, "benefit": "exercise"});
    let receipt = shop.act("receipt", &order);
    let tx = receipt["tx"].as_str().unwrap();
    assert!(tx.starts_with("tx_") && tx.len() == 19, "{tx}");
    assert_eq!(receipt["qr_text"], receipt["jwt"]);
    let claims = open(&mut shop.world, receipt["jwt"].as_str().unwrap()).unwrap();
    assert_eq!(claims["transaction"], tx);
    assert_eq!(claims["venue"], GYM);
    assert_eq!(claims["amount"], 1_250);
    assert_eq!(claims["iat"], START_MS / 1_000);
    assert_eq!(claims.get("exp"), None);
    let row = &shop.ledger()[0];
    assert_eq!(
        (row.reference.as_str(), row.captured, row.refunded),
        (tx, 1_250, 0)
    );
    let shown = shop.world.wallet(shop.now_ms, "smartum").unwrap();
    assert_eq!(shown["history"][0]["qr"], receipt["qr_text"]);
}

#[test]
fn two_worlds_show_the_same_receipts() {
    let order = json!({"amount": 700, "benefit": "culture"});
    let (mut one, mut other) = (Shop::new(), Shop::new());
    assert_eq!(one.act("receipt", &order), other.act("receipt", &order));
    assert_ne!(
        one.act("receipt", &order),
        Shop::new().act("receipt", &order)
    );
}

#[test]
fn codes_come_in_five_shapes() {
    let mut shop = Shop::new();
    for (shape, begins) in [
        ("jwt", "eyJ"),
        ("url_param", "http://127.0.0.1:8420/r?lang=fi&jwt=eyJ"),
        ("url_segment", "http://127.0.0.1:8420/receipts/eyJ"),
        ("json", "{\"jwt\":\"eyJ"),
        ("tx_id", "tx_"),
    ] {
        let receipt = shop.act("receipt", &json!({"amount": 1, "shape": shape}));
        let text = receipt["qr_text"].as_str().unwrap();
        assert!(text.starts_with(begins), "{text}");
    }
}

#[test]
fn the_other_layout_hides_what_the_first_shows() {
    let mut shop = Shop::new();
    let receipt = shop.act("receipt", &json!({"amount": 705, "layout": "nested"}));
    let claims = open(&mut shop.world, receipt["jwt"].as_str().unwrap()).unwrap();
    assert_eq!(claims["data"]["amount"], "7.05");
    assert_eq!(claims["data"]["created_at"], "2026-01-19T15:25:44.000Z");
    assert_eq!(claims.get("venue"), None);
}

#[test]
fn claims_and_headers_bend_on_request() {
    let mut shop = Shop::new();
    let order = json!({
        "amount": 5,
        "kid": "",
        "extra_claims": {"status": "refunded"},
        "drop_claims": ["jti", "iat"],
    });
    let receipt = shop.act("receipt", &order);
    let token = receipt["jwt"].as_str().unwrap();
    let claims = open(&mut shop.world, token).unwrap();
    assert_eq!(claims["status"], "refunded");
    assert_eq!((claims.get("jti"), claims.get("iat")), (None, None));
    let header = BASE64URL_NOPAD
        .decode(token.split('.').next().unwrap().as_bytes())
        .unwrap();
    assert_eq!(header, b"{\"alg\":\"ES512\",\"typ\":\"JWT\"}");
}

#[test]
fn nobody_has_paid_for_a_forgery() {
    let mut shop = Shop::new();
    let forgeries = [
        json!({"alg": "none"}),
        json!({"alg": "HS512"}),
        json!({"tamper": "payload"}),
        json!({"tamper": "header"}),
        json!({"tamper": "signature"}),
        json!({"tamper": "zero_signature"}),
        json!({"tamper": "short_signature"}),
        json!({"tamper": "long_signature"}),
        json!({"tamper": "der_signature"}),
    ];
    for mut order in forgeries {
        order["amount"] = json!(100);
        let receipt = shop.act("receipt", &order);
        let token = receipt["jwt"].as_str().unwrap();
        assert_eq!(open(&mut shop.world, token), None, "{order}");
        assert!(shop.ledger().is_empty(), "{order}");
    }
    for damage in ["truncated", "padded", "standard_alphabet", "wedge"] {
        let receipt = shop.act("receipt", &json!({"amount": 100, "tamper": damage}));
        let token = receipt["jwt"].as_str().unwrap();
        assert_eq!(open(&mut shop.world, token), None, "{damage}");
    }
    assert_eq!(shop.ledger().len(), 4);
}

#[test]
fn keys_overlap_when_they_are_rotated() {
    let mut shop = Shop::new();
    let old = shop.act("receipt", &json!({"amount": 1}));
    let first = shop.world.smartum().public_keys_pem();
    assert_eq!(first.len(), 1);
    let kid = shop.act("rotate_keys", &json!({}));
    let new = shop.act("receipt", &json!({"amount": 1}));
    let both = shop.world.smartum().public_keys_pem();
    assert_eq!(both.len(), 2);
    assert_eq!(json!(both[0].0), kid["kid"]);
    for receipt in [&old, &new] {
        assert!(open(&mut shop.world, receipt["jwt"].as_str().unwrap()).is_some());
    }
    let (status, set) = shop.get("/jwt/public-keys");
    assert_eq!((status, set["keys"].as_array().unwrap().len()), (200, 2));
    let pem = http::Request::get("/jwt/public-keys?format=pem").body(Vec::new());
    let pem = shop.raw(&pem.unwrap());
    assert!(pem.body().starts_with(both[0].0.as_bytes()));
}

#[test]
fn a_refund_is_whole_and_happens_once() {
    let mut shop = Shop::new();
    let tx = shop.pay(1_000);
    assert_eq!(
        code(&shop.refund(&tx, &json!({"amount": 999})).1),
        "partial_not_supported"
    );
    assert_eq!(
        code(&shop.refund(&tx, &json!({"amount": 1_001})).1),
        "amount_too_large"
    );
    assert_eq!(shop.refund(&tx, &json!({"amount": 0})).0, 400);
    assert_eq!(shop.refund(&tx, &json!({"amount": "1000"})).0, 400);
    assert_eq!(shop.refund(&tx, &json!({"venue": OTHER})).0, 404);
    assert_eq!(shop.ledger()[0].refunded, 0);
    let (status, body) = shop.refund(&tx, &json!({"venue": GYM}));
    assert_eq!((status, &body["data"]["status"]), (200, &json!("refunded")));
    let (status, body) = shop.refund(&tx, &json!({}));
    assert_eq!((status, code(&body)), (409, "already_refunded"));
    let row = &shop.ledger()[0];
    assert_eq!(
        (row.refunded, row.refunds, row.state.as_str()),
        (1_000, 1, "refunded")
    );
    assert_eq!(shop.refund("tx_nobody0000000000", &json!({})).0, 404);
}

#[test]
fn parts_go_back_where_that_is_on() {
    let mut shop = Shop::with(|it| it.partial_refund = true);
    let tx = shop.pay(1_000);
    assert_eq!(shop.refund(&tx, &json!({"amount": 400})).0, 200);
    assert_eq!(
        code(&shop.refund(&tx, &json!({"amount": 601})).1),
        "amount_too_large"
    );
    assert_eq!(
        shop.get(&format!("/transactions/{tx}")).1["data"]["refunded_amount"],
        400
    );
    assert_eq!(shop.refund(&tx, &json!({})).1["data"]["status"], "refunded");
    assert_eq!(shop.ledger()[0].refunds, 2);
}

#[test]
fn money_goes_back_on_the_same_day_only() {
    let mut shop = Shop::new();
    let tx = shop.pay(100);
    // 15:25:44 UTC is 17:25:44 in Helsinki: the day ends 6:34:16 later.
    shop.now_ms += 6 * HOUR_MS + 34 * 60_000 + 16_000;
    shop.log_in();
    let (status, body) = shop.refund(&tx, &json!({}));
    assert_eq!((status, code(&body)), (422, "refund_window_closed"));
    let portal = shop.world.act(
        shop.now_ms,
        "smartum",
        "refund_in_portal",
        &json!({"tx": tx}),
    );
    assert!(portal.is_err());
    shop.now_ms -= 1;
    assert_eq!(shop.refund(&tx, &json!({})).0, 200);
    let mut patient = Shop::with(|it| it.refund_window = smartum::RefundWindow::None);
    let tx = patient.pay(100);
    patient.now_ms += 400 * 24 * HOUR_MS;
    patient.log_in();
    assert_eq!(patient.refund(&tx, &json!({})).0, 200);
}

#[test]
fn a_key_makes_a_refund_happen_once_where_keys_are_known() {
    let mut shop = Shop::with(|it| {
        it.partial_refund = true;
        it.idempotency_header = Some(String::from("Idempotency-Key"));
    });
    let tx = shop.pay(1_000);
    let mut send = |key: &str, amount: i64| {
        let request = http::Request::post(format!("/transactions/{tx}/refund"))
            .header("Authorization", format!("Bearer {}", shop.token))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key);
        let body = json!({"amount": amount}).to_string().into_bytes();
        shop.send(&request.body(body).unwrap()).0
    };
    assert_eq!(
        [
            send("a", 100),
            send("a", 100),
            send("a", 200),
            send("b", 100)
        ],
        [200, 200, 409, 200]
    );
    assert_eq!(shop.ledger()[0].refunded, 200);
}

#[test]
fn what_happens_in_the_portal_shows_in_the_api() {
    let mut shop = Shop::new();
    let tx = shop.pay(300);
    let path = format!("/transactions/{tx}");
    shop.act("mark_checked", &json!({"tx": tx}));
    assert_eq!(shop.get(&path).1["data"]["checked"], true);
    let (status, body) = shop.post("/receipts/verify", &json!({"transaction": tx}));
    assert_eq!((status, code(&body)), (409, "already_checked"));
    shop.act("refund_in_portal", &json!({"tx": tx}));
    assert_eq!(shop.get(&path).1["data"]["status"], "refunded");
    let (_, body) = shop.post("/receipts/verify", &json!({"transaction": tx}));
    assert_eq!(code(&body), "refunded");
    let receipt = shop.act("receipt", &json!({"amount": 1}));
    assert_eq!(
        shop.post("/receipts/verify", &json!({"jwt": receipt["jwt"]}))
            .0,
        200
    );
    let reject = shop
        .world
        .act(START_MS, "smartum", "reject", &json!({"reference": tx}));
    assert!(reject.is_err());
}

#[test]
fn payments_to_others_do_not_exist_here() {
    let mut shop = Shop::new();
    let receipt = shop.act("receipt", &json!({"venue": OTHER, "amount": 100}));
    let tx = receipt["tx"].as_str().unwrap();
    assert_eq!(shop.get(&format!("/transactions/{tx}")).0, 404);
    assert_eq!(shop.refund(tx, &json!({})).0, 404);
    assert_eq!(shop.ledger().len(), 1);
}

#[test]
fn credentials_are_shown_in_the_way_that_is_set() {
    let basic = format!("Basic {}", BASE64.encode(b"sandbox-client:sandbox-secret"));
    let wrong = format!("Basic {}", BASE64.encode(b"sandbox-client:guess"));
    let cases = [
        (smartum::Auth::None, vec![], 200),
        (smartum::Auth::OAuth2, vec![], 401),
        (
            smartum::Auth::Basic,
            vec![("Authorization", basic.as_str())],
            200,
        ),
        (
            smartum::Auth::Basic,
            vec![("Authorization", wrong.as_str())],
            401,
        ),
        (smartum::Auth::Basic, vec![], 401),
        (
            smartum::Auth::Headers,
            vec![("X-Client-Id", "sandbox-client")],
            401,
        ),
        (
            smartum::Auth::Headers,
            vec![
                ("X-Client-Id", "sandbox-client"),
                ("X-Client-Secret", "sandbox-secret"),
            ],
            200,
        ),
    ];
    for (auth, headers, status) in cases {
        let mut shop = Shop::with(|it| it.auth = auth);
        let tx = shop.pay(1);
        let mut request = http::Request::get(format!("/transactions/{tx}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        assert_eq!(
            shop.send(&request.body(Vec::new()).unwrap()).0,
            status,
            "{auth:?}"
        );
    }
}

#[test]
fn tokens_end_and_can_be_revoked() {
    let mut shop = Shop::with(|it| it.token_life_s = 1);
    let tx = shop.pay(1);
    let path = format!("/transactions/{tx}");
    assert_eq!(shop.get(&path).0, 200);
    shop.now_ms += 1_000;
    assert_eq!(shop.get(&path).0, 401);
    shop.log_in();
    assert_eq!(shop.get(&path).0, 200);
    shop.world.revoke_tokens();
    assert_eq!(shop.get(&path).0, 401);
    for form in [
        "grant_type=password",
        "grant_type=client_credentials&client_id=a&client_secret=b",
    ] {
        let request = http::Request::post("/oauth/token")
            .body(Vec::from(form))
            .unwrap();
        assert!(matches!(shop.send(&request).0, 400 | 401), "{form}");
    }
}

#[test]
fn refusals_come_in_four_shapes() {
    use smartum::ErrorShape::{Array, OAuth, Object, Text};
    for (shape, pointer) in [
        (Object, "/error/code"),
        (Array, "/errors/0/code"),
        (OAuth, "/error"),
    ] {
        let mut shop = Shop::with(|it| it.error_shape = shape);
        let (status, body) = shop.get("/transactions/tx_nobody0000000000");
        assert_eq!(
            (status, body.pointer(pointer)),
            (404, Some(&json!("not_found")))
        );
    }
    let mut shop = Shop::with(|it| it.error_shape = Text);
    let token = format!("Bearer {}", shop.token);
    let request = http::Request::get("/transactions/tx_x").header("Authorization", token);
    let answer = shop.raw(&request.body(Vec::new()).unwrap());
    assert_eq!(answer.body(), b"not_found: There is no such transaction");
}

#[test]
fn lunch_costs_what_its_year_says() {
    let mut shop = Shop::new();
    let summer_2022_ms: i64 = 1_656_676_800_000;
    let order = |amount: i64| {
        json!({
            "venue": "ven_Sandbox0Lunch003",
            "amount": amount,
            "paid_at_ms": summer_2022_ms,
        })
    };
    shop.act("receipt", &order(600));
    shop.act("receipt", &order(800));
    let mut amounts: Vec<i64> = shop.ledger().iter().map(|row| row.amount).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [715, 800]);
    assert!(
        shop.world
            .act(START_MS, "smartum", "receipt", &order(1_131))
            .is_err()
    );
}

#[test]
fn a_web_shop_gets_its_customer_back_with_a_token() {
    let mut shop = Shop::new();
    let mut order = json!({
        "venue": GYM,
        "amount": 2_000,
        "benefit": "exercise",
        "product_name": "Ten visits",
        "success_url": "https://shop.example/done?order=7",
        "cancel_url": "https://shop.example/back",
        "nonce": "order-7",
        "product_image_url": "https://shop.example/i.png",
        "timeout": 600,
    });
    let (status, body) = shop.post("/checkout", &order);
    assert_eq!(status, 200);
    let url = body["data"]["url"].as_str().unwrap();
    let path = String::from(url.strip_prefix("http://127.0.0.1:8420").unwrap());
    assert!(shop.ledger().is_empty());
    let shown = shop.world.wallet(START_MS, "smartum").unwrap();
    assert_eq!(shown["waiting"][0]["amount"], 2_000);
    let pay = http::Request::get(format!("{path}/pay"))
        .body(Vec::new())
        .unwrap();
    let answer = shop.raw(&pay);
    let target = answer.headers()["location"].to_str().unwrap();
    let token = target
        .strip_prefix("https://shop.example/done?order=7&jwt=")
        .unwrap();
    let claims = open(&mut shop.world, token).unwrap();
    assert_eq!(
        (&claims["nonce"], answer.status().as_u16()),
        (&json!("order-7"), 302)
    );
    assert_eq!(claims["exp"], START_MS / 1_000 + 3_600);
    assert_eq!(shop.ledger()[0].captured, 2_000);
    assert_eq!(shop.raw(&pay).status().as_u16(), 410);

    let (_, body) = shop.post("/checkout", &order);
    let id = String::from(
        body["data"]["url"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap(),
    );
    shop.now_ms += 600_000;
    let late = shop
        .world
        .act(shop.now_ms, "smartum", "approve", &json!({"reference": id}));
    assert!(late.is_err());
    for (member, value, status) in [
        ("venue", json!("ven_Nowhere000000000"), 404),
        ("amount", json!(0), 400),
        ("amount", json!("20.00"), 400),
        ("benefit", json!("massage"), 400),
        ("success_url", json!("javascript:1"), 400),
        ("colour", json!("red"), 400),
    ] {
        let before = order.clone();
        order[member] = value;
        assert_eq!(shop.post("/checkout", &order).0, status, "{member}");
        order = before;
    }
}

#[test]
fn settings_change_while_it_runs() {
    let mut shop = Shop::new();
    let patch = json!({"smartum": {"partial_refund": true, "qr_shape": "tx_id"}});
    shop.world.patch_settings(&patch).unwrap();
    let receipt = shop.act("receipt", &json!({"amount": 1}));
    assert_eq!(receipt["qr_text"], receipt["tx"]);
    assert!(
        shop.world
            .patch_settings(&json!({"smartum": {"auth": "guess"}}))
            .is_err()
    );
    assert!(
        shop.world
            .act(START_MS, "smartum", "dance", &json!({}))
            .is_err()
    );
}
