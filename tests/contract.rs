//! Both halves against the vendor's own description: every kind of request that the Vipps provider
//! makes, and every answer that the sandbox gives, must fit it. Our own, smaller contract is checked
//! always; the vendor's files are not ours to copy and are used where they lie beside the checkout.

use jsonschema::Validator;
use payments::provider::vipps::{Settings, Vipps};
use payments::provider::{
    ApproachWish, BuildRules, Command, Context, Customer, HttpRequest, Provider, QuantityUnit,
    ReceiptDetails, ReceiptLine, StartOrder, TenderDetails,
};
use payments::secret::Secret;
use payments::tender::{Approach, Currency, Money};
use sandbox::{World, WorldSettings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const NOW: i64 = 1_768_836_344_000;
const BASE_URL: &str = "http://127.0.0.1:8420";

/// One exchange, named by what it was.
struct Exchanged {
    command: &'static str,
    request: HttpRequest,
    status: u16,
    answer: Vec<u8>,
}

fn provider() -> Vipps {
    let settings: Settings = serde_json::from_value(json!({
        "base_url": BASE_URL,
        "client_id": {"value": "sandbox-client"},
        "client_secret": {"value": "sandbox-secret"},
        "subscription_key": {"value": "sandbox-key"},
        "merchant_serial_number": "123456",
        "currency": "NOK",
        "description": "Shop 1, till 1",
        "system_name": "A till",
    }))
    .unwrap();
    Vipps::new(
        &settings,
        &BuildRules {
            allow_plain_http_loopback: true,
        },
    )
    .unwrap()
}

/// A till without an engine: makes requests as the engine would and keeps what came back.
struct Talk {
    provider: Vipps,
    world: World,
    now: i64,
    token: Option<Secret>,
    keys: u32,
    exchanged: Vec<Exchanged>,
}

impl Talk {
    fn new() -> Self {
        let world = World::new(WorldSettings::default());
        let (provider, exchanged) = (provider(), vec![]);
        let mut talk = Self {
            provider,
            world,
            now: NOW,
            token: None,
            keys: 0,
            exchanged,
        };
        let request = talk.provider.token_request().unwrap();
        let answer = talk.exchange("token", request);
        let token: Value = serde_json::from_slice(&answer).unwrap();
        talk.token = Some(Secret::new(token["access_token"].as_str().unwrap()));
        talk
    }

    fn exchange(&mut self, command: &'static str, request: HttpRequest) -> Vec<u8> {
        let address = request.url.strip_prefix(BASE_URL).unwrap();
        let mut wire = http::Request::builder()
            .method(request.method.name())
            .uri(address);
        for (name, value) in &request.headers {
            wire = wire.header(name.as_ref(), value.reveal());
        }
        let response = self
            .world
            .handle(self.now, &wire.body(request.body.clone()).unwrap());
        let (status, answer) = (response.status().as_u16(), response.into_body());
        self.exchanged.push(Exchanged {
            command,
            request,
            status,
            answer: answer.clone(),
        });
        answer
    }

    fn send(&mut self, name: &'static str, reference: &str, command: Command<'_>) -> u16 {
        self.keys += 1;
        // The write limit is another test's matter.
        self.now += 15_000;
        let key = format!("contract-{}", self.keys);
        let context = Context {
            reference,
            currency: Currency::from_code("NOK").unwrap(),
            amount: Some(49_900),
            provider_reference: None,
            refund_reference: None,
            begun_at: NOW,
            now_ms: NOW,
            idempotency_key: &key,
            token: self.token.as_ref(),
        };
        let request = self.provider.request(&command, &context);
        self.exchange(name, request);
        self.exchanged.last().unwrap().status
    }

    fn start(
        &mut self,
        reference: &str,
        approach: Approach,
        customer: Option<Customer>,
        details: &TenderDetails,
    ) -> u16 {
        let amount = Money::new(49_900, Currency::from_code("NOK").unwrap());
        let customer = customer.as_ref();
        let order = StartOrder {
            sale_ref: "S-1",
            reference,
            amount,
            approach,
            customer,
            details,
            sale_total: None,
            now_ms: NOW,
        };
        let body = self.provider.prepare(&order).unwrap();
        self.send(
            "create",
            reference,
            Command::Start {
                body: &body,
                attempt: 1,
            },
        )
    }

    fn approve(&mut self, reference: &str) {
        self.world.vipps().approve(self.now, reference).unwrap();
    }
}

fn rich_details() -> TenderDetails {
    let line = |id: &str| ReceiptLine {
        id: id.to_owned(),
        name: "Socks".to_owned(),
        total: 24_950,
        total_excluding_tax: 19_960,
        tax: 4_990,
        tax_rate: Some(2_500),
        unit_price: Some(24_950),
        quantity: Some("1.5".to_owned()),
        quantity_unit: Some(QuantityUnit::Kg),
        discount: Some(0),
        labels: vec![],
        is_return: false,
    };
    let bare = ReceiptLine {
        unit_price: None,
        quantity: None,
        quantity_unit: None,
        discount: None,
        is_return: true,
        ..line("2")
    };
    TenderDetails {
        approach: Some(ApproachWish::Phone),
        description: Some("Two pairs".to_owned()),
        receipt: Some(ReceiptDetails {
            lines: vec![line("1"), bare],
            till: Some("till-1".to_owned()),
            number: Some("17".to_owned()),
        }),
        metadata: BTreeMap::from([("cashier".to_owned(), "12".to_owned())]),
        ..TenderDetails::default()
    }
}

/// Every kind of request, and for each at least one success and the usual refusals.
fn conversation() -> Vec<Exchanged> {
    let mut talk = Talk::new();
    let plain = TenderDetails::default();
    let phone = |number: &str| Some(Customer::Phone(Secret::new(number)));
    let code = Some(Customer::Code(Secret::new(
        "https://qr.vipps.no/p/sandbox-0001",
    )));

    assert_eq!(
        talk.start("CONTRACT-QR", Approach::ShowQr, None, &plain),
        201
    );
    assert_eq!(talk.send("status", "CONTRACT-QR", Command::AskStatus), 200);
    talk.send(
        "capture",
        "CONTRACT-QR",
        Command::Capture { amount: 49_900 },
    );
    talk.approve("CONTRACT-QR");
    assert_eq!(talk.send("status", "CONTRACT-QR", Command::AskStatus), 200);
    talk.send(
        "cancel",
        "CONTRACT-QR",
        Command::Cancel {
            only_unapproved: true,
        },
    );
    assert_eq!(
        talk.send(
            "capture",
            "CONTRACT-QR",
            Command::Capture { amount: 20_000 }
        ),
        200
    );
    let release = Command::Cancel {
        only_unapproved: false,
    };
    assert_eq!(talk.send("cancel", "CONTRACT-QR", release), 200);
    assert_eq!(
        talk.send("refund", "CONTRACT-QR", Command::Refund { amount: 5_000 }),
        200
    );
    talk.send("refund", "CONTRACT-QR", Command::Refund { amount: 50_000 });
    assert_eq!(
        talk.send(
            "events",
            "CONTRACT-QR",
            Command::FindRefund {
                key_stem: "x",
                amount: 1
            }
        ),
        200
    );

    let rich = rich_details();
    assert_eq!(
        talk.start(
            "CONTRACT-PUSH",
            Approach::Push,
            phone("+47 12 34 56 78"),
            &rich
        ),
        201
    );
    let unapproved = Command::Cancel {
        only_unapproved: true,
    };
    assert_eq!(talk.send("cancel", "CONTRACT-PUSH", unapproved), 200);
    assert_eq!(
        talk.send("status", "CONTRACT-PUSH", Command::AskStatus),
        200
    );
    assert_eq!(
        talk.start("CONTRACT-CODE", Approach::Push, code, &plain),
        201
    );
    talk.world
        .vipps()
        .reject(talk.now, "CONTRACT-CODE")
        .unwrap();
    assert_eq!(
        talk.send("status", "CONTRACT-CODE", Command::AskStatus),
        200
    );
    assert_eq!(
        talk.start("CONTRACT-LATE", Approach::ShowQr, None, &plain),
        201
    );
    talk.now += 700_000;
    assert_eq!(
        talk.send("status", "CONTRACT-LATE", Command::AskStatus),
        200
    );
    assert_eq!(
        talk.send(
            "events",
            "CONTRACT-LATE",
            Command::FindRefund {
                key_stem: "x",
                amount: 1
            }
        ),
        200
    );

    assert_eq!(
        talk.send("status", "CONTRACT-NONE", Command::AskStatus),
        404
    );
    talk.start("CONTRACT-QR", Approach::ShowQr, None, &plain);
    talk.start("CONTRACT-WHO", Approach::Push, phone("4799999990"), &plain);
    talk.exchanged
}

/// Which part of a contract each request and each answer must fit.
fn parts(exchanged: &Exchanged) -> (Option<&'static str>, Option<&'static str>) {
    let request = match exchanged.command {
        "create" => Some("create"),
        "capture" | "refund" => Some("modification"),
        "cancel" => Some("cancel"),
        _ => None,
    };
    let answer = match (exchanged.command, exchanged.status) {
        (_, 400..) => Some("problem"),
        ("create", _) => Some("created"),
        ("status", _) => Some("payment"),
        ("events", _) => Some("events"),
        ("token", _) => Some("token"),
        _ => Some("modified"),
    };
    (request, answer)
}

/// How many documents were checked.
fn check(validators: &BTreeMap<&'static str, Validator>, conversation: &[Exchanged]) -> usize {
    let mut checked = 0;
    let mut fits = |part: Option<&'static str>, bytes: &[u8], about: &str| {
        let Some(validator) = part.and_then(|part| validators.get(part)) else {
            return;
        };
        let document: Value = serde_json::from_slice(bytes).unwrap();
        let problems: Vec<_> = validator
            .iter_errors(&document)
            .map(|it| format!("{}: {it}", it.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{about}: {problems:?}\n{document:#}");
        checked += 1;
    };
    for exchanged in conversation {
        let (request, answer) = parts(exchanged);
        let about = format!("{} answered {}", exchanged.command, exchanged.status);
        fits(
            request,
            &exchanged.request.body,
            &format!("request of {about}"),
        );
        fits(answer, &exchanged.answer, &format!("answer: {about}"));
    }
    checked
}

#[test]
fn our_own_contract_holds() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/contract/vipps.json");
    let contract: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let names = [
        "create",
        "modification",
        "cancel",
        "created",
        "payment",
        "modified",
        "events",
        "token",
        "problem",
    ];
    let validators = names.map(|name| {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "allOf": [{"$ref": format!("#/definitions/{name}")}],
            "definitions": contract["definitions"],
        });
        (name, jsonschema::validator_for(&schema).unwrap())
    });
    let checked = check(&BTreeMap::from(validators), &conversation());
    assert!(checked > 30, "{checked}");
}

#[test]
fn headers_keep_their_rules() {
    for exchanged in conversation() {
        let header = |name: &str| {
            let found = exchanged
                .request
                .headers
                .iter()
                .filter(|(known, _)| *known == name);
            found
                .map(|(_, value)| value.reveal().to_owned())
                .collect::<Vec<_>>()
        };
        let msn = header("Merchant-Serial-Number");
        assert!(msn.len() == 1 && msn[0].bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(header("Ocp-Apim-Subscription-Key").len(), 1);
        for name in ["Vipps-System-Name", "Vipps-System-Version"] {
            assert!(header(name).iter().all(|value| value.len() <= 30), "{name}");
        }
        let token = header("Authorization");
        assert_eq!(token.len(), usize::from(exchanged.command != "token"));
        assert!(token.iter().all(|value| value.starts_with("Bearer ")));
        let writes = parts(&exchanged).0.is_some();
        assert_eq!(header("Idempotency-Key").len(), usize::from(writes));
        assert!(
            header("Idempotency-Key")
                .iter()
                .all(|key| (1..=50).contains(&key.len()))
        );
        assert_eq!(header("Content-Type").len(), usize::from(writes));
    }
}

/// The vendor's description, or nothing if it does not lie beside the checkout.
fn vendor_file(name: &str) -> Option<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("../shared/providers/openapi").join(name)).ok()?;
    Some(serde_yaml_ng::from_str(&text).expect("the vendor's file is YAML"))
}

/// OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, references find their components, and those
/// of the receipt lead to the other file's.
fn converted(value: &Value, prefix: &str) -> Value {
    match value {
        Value::Object(members) => {
            let mut converted_members = serde_json::Map::new();
            for (name, member) in members {
                // Descriptions only, and `format` where the vendor writes prose into it.
                if matches!(
                    name.as_str(),
                    "example" | "x-examples" | "nullable" | "format"
                ) {
                    continue;
                }
                let member = match (name.as_str(), member.as_str()) {
                    ("$ref", Some(target)) => {
                        let name = target.rsplit('/').next().unwrap_or("");
                        let other = target.starts_with("https://");
                        let prefix = if other { "receipt-" } else { prefix };
                        json!(format!("#/definitions/{prefix}{name}"))
                    }
                    _ => converted(member, prefix),
                };
                converted_members.insert(name.clone(), member);
            }
            if members.get("nullable") == Some(&json!(true)) {
                return json!({"anyOf": [{"type": "null"}, converted_members]});
            }
            Value::Object(converted_members)
        }
        Value::Array(items) => items.iter().map(|item| converted(item, prefix)).collect(),
        plain => plain.clone(),
    }
}

/// Where the fact sheet knows newer or stricter rules than the file of 2024.
fn patch(definitions: &mut Value) {
    // Sheet, section 4: 64 characters since January 2025.
    definitions["Reference"] = json!({"type": "string", "pattern": "^[a-zA-Z0-9-]{8,64}$"});
    // Section 4: nine digits are enough now.
    definitions["CustomerPhoneNumber"]["properties"]["phoneNumber"] =
        json!({"type": "string", "pattern": "^\\d{9,15}$"});
    // Section 4: exactly one of the three forms; the file forgets to require its members, so that
    // every object fits all three.
    for (form, member) in [
        ("CustomerPhoneNumber", "phoneNumber"),
        ("PersonalQrCode", "personalQr"),
        ("CustomerToken", "customerToken"),
    ] {
        definitions[form]["required"] = json!([member]);
    }
    // Section 4: unknown fields are refused.
    definitions["CreatePaymentRequest"]["additionalProperties"] = json!(false);
    definitions["CaptureModificationRequest"]["additionalProperties"] = json!(false);
    // Section 5.2: the file requires `paymentAction` by mistake; the real key is `name`.
    definitions["PaymentEvent"]["required"] = json!([
        "reference",
        "pspReference",
        "name",
        "amount",
        "timestamp",
        "success"
    ]);
}

#[test]
fn the_vendors_description_holds() {
    let files = (
        vendor_file("vipps-epayment.yaml"),
        vendor_file("vipps-order-management.yaml"),
        vendor_file("vipps-access-token.yaml"),
    );
    let (Some(payments), Some(orders), Some(tokens)) = files else {
        println!(
            "the vendor's files are not beside the checkout: only our own contract was checked"
        );
        return;
    };
    let mut definitions = converted(&payments["components"]["schemas"], "");
    let others = [(&orders, "receipt-"), (&tokens, "token-")];
    for (file, prefix) in others {
        for (name, schema) in file["components"]["schemas"].as_object().unwrap() {
            definitions[format!("{prefix}{name}")] = converted(schema, prefix);
        }
    }
    patch(&mut definitions);
    let validator = |name: &str| {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "allOf": [{"$ref": format!("#/definitions/{name}")}],
            "definitions": definitions,
        });
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let mut validators = BTreeMap::from([
        ("create", validator("CreatePaymentRequest")),
        ("modification", validator("CaptureModificationRequest")),
        ("created", validator("CreatePaymentResponse")),
        ("payment", validator("GetPaymentResponse")),
        ("modified", validator("ModificationResponse")),
        ("token", validator("token-AuthorizationTokenResponse")),
        ("problem", validator("Problem")),
    ]);
    definitions["Events"] =
        json!({"type": "array", "items": {"$ref": "#/definitions/PaymentEvent"}});
    let events = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [{"$ref": "#/definitions/Events"}],
        "definitions": definitions,
    });
    validators.insert("events", jsonschema::validator_for(&events).unwrap());
    let checked = check(&validators, &conversation());
    assert!(checked > 28, "{checked}");
    the_check_bites(&validators);
}

/// A wrong request does not pass.
fn the_check_bites(validators: &BTreeMap<&'static str, Validator>) {
    let mut body = json!({
        "amount": {"currency": "NOK", "value": 49_900},
        "paymentMethod": {"type": "WALLET"},
        "reference": "CONTRACT-1",
        "userFlow": "PUSH_MESSAGE",
        "customer": {"phoneNumber": "4712345678"},
    });
    let create = &validators["create"];
    assert!(create.is_valid(&body));
    for (pointer, wrong) in [
        ("/amount/value", json!(499.5)),
        ("/amount/currency", json!("SEK")),
        ("/reference", json!("short")),
        ("/userFlow", json!("PUSH")),
        (
            "/customer",
            json!({"phoneNumber": "4712345678", "personalQr": "https://x"}),
        ),
    ] {
        let right = std::mem::replace(body.pointer_mut(pointer).unwrap(), wrong);
        assert!(!create.is_valid(&body), "{pointer}");
        *body.pointer_mut(pointer).unwrap() = right;
    }
    body["unknown"] = json!(1);
    assert!(!create.is_valid(&body));
}
