//! The body of "create payment": every field, its limits, and which of them belong together.

use serde_json::Value;

use super::fields::{Checker, Fields};
use super::problem::{Code, Refusal};
use super::receipt::{self, ReceiptLine};
use crate::clock;

const KNOWN: [&str; 19] = [
    "amount",
    "blockedSources",
    "customer",
    "customerInteraction",
    "expiresAt",
    "industryData",
    "merchantLegalLinks",
    "metadata",
    "minimumUserAge",
    "paymentDescription",
    "paymentMethod",
    "profile",
    "qrFormat",
    "receipt",
    "receiptUrl",
    "reference",
    "returnUrl",
    "shipping",
    "userFlow",
];
const CURRENCIES: [&str; 3] = ["NOK", "DKK", "EUR"];
const SCOPES: [&str; 6] = [
    "name",
    "address",
    "email",
    "phoneNumber",
    "birthDate",
    "nin",
];
const AMOUNT_MAX: i64 = 65_000_000;
const METADATA_MAX: usize = 5;
const REFERENCE_RULE: &str = "must match ^[a-zA-Z0-9-]{8,64}$";

/// A create request whose fields are in order. Whether the sales unit may do this is not yet
/// decided.
#[derive(Debug, Clone)]
pub(super) struct Create {
    pub reference: String,
    pub amount: i64,
    pub currency: &'static str,
    pub payment_method: String,
    pub user_flow: UserFlow,
    pub customer: Option<CustomerHint>,
    pub description: String,
    pub qr_format: QrFormat,
    pub expires_ms: Option<i64>,
    pub receipt: Option<Vec<ReceiptLine>>,
    pub metadata: Option<Value>,
    pub scope: Option<String>,
    pub minimum_user_age: Option<i64>,
    pub blocks_sources: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserFlow {
    PushMessage,
    Qr,
    WebRedirect,
    NativeRedirect,
}

#[derive(Debug, Clone)]
pub(super) enum CustomerHint {
    Phone(String),
    PersonalQr(String),
    Token(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QrFormat {
    Text,
    Svg,
    Png { size: usize },
}

/// An amount object as it stands in requests; modifications use the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    pub currency: &'static str,
    pub value: i64,
}

pub(super) fn parse(body: &Value) -> Result<Create, Refusal> {
    let checker = Checker::default();
    let create = checker.root(body, &KNOWN).and_then(|fields| read(&fields));
    checker.finish()?;
    create.ok_or_else(|| Refusal::field("body", "is incomplete"))
}

/// Looks at every field even after the first problem, so that an answer names all of them.
fn read(fields: &Fields) -> Option<Create> {
    fields.require(&["amount", "paymentMethod", "reference", "userFlow"]);
    let amount = amount(fields, "amount");
    let reference = reference(fields);
    let user_flow = user_flow(fields);
    let payment_method = payment_method(fields, user_flow);
    let customer = customer(fields, user_flow);
    fields.word(
        "customerInteraction",
        &["CUSTOMER_PRESENT", "CUSTOMER_NOT_PRESENT"],
    );
    let description = fields.sized_text("paymentDescription", 3..=100);
    let qr_format = qr_format(fields, user_flow);
    let expires_ms = expires_at(fields, user_flow);
    addresses(fields, user_flow);
    metadata(fields);
    for name in ["industryData", "shipping", "merchantLegalLinks"] {
        fields.open_object(name);
    }
    let amount = amount?;
    Some(Create {
        reference: reference?,
        amount: amount.value,
        currency: amount.currency,
        payment_method: payment_method?,
        user_flow: user_flow?,
        customer,
        description: description.map(String::from).unwrap_or_default(),
        qr_format,
        expires_ms,
        receipt: receipt::read(fields),
        metadata: fields.raw("metadata").cloned(),
        scope: scope(fields),
        minimum_user_age: fields.integer("minimumUserAge", 0..=150),
        blocks_sources: fields.has("blockedSources"),
    })
}

/// Amounts of the wrong kind have an error number of their own, unlike other fields.
pub(super) fn amount(fields: &Fields, name: &str) -> Option<Amount> {
    let amount = fields.object(name, &["currency", "value"])?;
    amount.require(&["currency", "value"]);
    let currency = amount.word("currency", &CURRENCIES);
    let value = amount.raw("value")?.as_i64();
    let value = value.filter(|value| (0..=AMOUNT_MAX).contains(value));
    if value.is_none() {
        amount.raise(Code::AMOUNT_INVALID);
    }
    let currency = CURRENCIES.into_iter().find(|it| Some(*it) == currency)?;
    Some(Amount {
        currency,
        value: value?,
    })
}

pub(super) fn is_reference(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (8..=64).contains(&text.len()) && text.bytes().all(fits)
}

fn reference(fields: &Fields) -> Option<String> {
    let text = fields.text("reference")?;
    if is_reference(text) {
        return Some(String::from(text));
    }
    fields.report("reference", REFERENCE_RULE);
    None
}

fn user_flow(fields: &Fields) -> Option<UserFlow> {
    let flows = [
        UserFlow::PushMessage,
        UserFlow::Qr,
        UserFlow::WebRedirect,
        UserFlow::NativeRedirect,
    ];
    let word = fields.word("userFlow", &flows.map(UserFlow::wire))?;
    flows.into_iter().find(|flow| flow.wire() == word)
}

fn payment_method(fields: &Fields, flow: Option<UserFlow>) -> Option<String> {
    let method = fields.object("paymentMethod", &["type"])?;
    method.require(&["type"]);
    let word = method.word("type", &["WALLET", "CARD", "CARD_PASSTHROUGH"])?;
    if word == "CARD" && flow.is_some_and(|flow| flow != UserFlow::WebRedirect) {
        method.report("type", "CARD needs WEB_REDIRECT");
    } else if word != "WALLET" {
        // Neither kind of card payment exists in the test environment that this imitates.
        method.raise(Code::CANNOT_CREATE);
    }
    Some(String::from(word))
}

fn customer(fields: &Fields, flow: Option<UserFlow>) -> Option<CustomerHint> {
    if !fields.has("customer") {
        if flow == Some(UserFlow::PushMessage) {
            fields.raise(Code::FLOW_PARAMETER_MISSING);
        }
        return None;
    }
    let customer = fields.object("customer", &["phoneNumber", "personalQr", "customerToken"])?;
    if customer.entries().count() != 1 {
        fields.report("customer", "must name the customer in exactly one way");
        return None;
    }
    let phone = customer.text("phoneNumber");
    if phone.is_some_and(|phone| !is_phone(phone)) {
        customer.raise(Code::PHONE_INVALID);
    }
    let hint = phone.map(|phone| CustomerHint::Phone(String::from(phone)));
    let hint = hint.or_else(|| {
        let code = customer.sized_text("personalQr", 5..=255)?;
        Some(CustomerHint::PersonalQr(String::from(code)))
    });
    hint.or_else(|| {
        let token = customer.text("customerToken")?;
        Some(CustomerHint::Token(String::from(token)))
    })
}

pub(super) fn is_phone(text: &str) -> bool {
    (9..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn qr_format(fields: &Fields, flow: Option<UserFlow>) -> QrFormat {
    if fields.has("qrFormat") && flow.is_some_and(|flow| flow != UserFlow::Qr) {
        fields.report("qrFormat", "is only for userFlow QR");
    }
    let Some(format) = fields.object("qrFormat", &["format", "size"]) else {
        return QrFormat::Svg;
    };
    let words = ["TEXT/TARGETURL", "IMAGE/SVG+XML", "IMAGE/PNG"];
    let word = format.word("format", &words);
    let size = format.integer("size", 100..=2000).unwrap_or(1024);
    match word {
        Some("TEXT/TARGETURL") => QrFormat::Text,
        Some("IMAGE/PNG") => QrFormat::Png {
            size: usize::try_from(size).unwrap_or(1024),
        },
        _ => QrFormat::Svg,
    }
}

fn expires_at(fields: &Fields, flow: Option<UserFlow>) -> Option<i64> {
    let text = fields.text("expiresAt")?;
    if matches!(flow, Some(UserFlow::WebRedirect | UserFlow::NativeRedirect)) {
        fields.report("expiresAt", "is only for PUSH_MESSAGE and QR");
    }
    let moment = clock::parse(text);
    if moment.is_none() {
        fields.report("expiresAt", "must be a time as in RFC 3339");
    }
    moment
}

fn addresses(fields: &Fields, flow: Option<UserFlow>) {
    if flow == Some(UserFlow::WebRedirect) && !fields.has("returnUrl") {
        fields.raise(Code::FLOW_PARAMETER_MISSING);
    }
    for name in ["returnUrl", "receiptUrl"] {
        let address = fields.text(name);
        if address.is_some_and(|address| !is_safe_address(address)) {
            fields.raise(Code::ADDRESS_INVALID);
        }
    }
}

/// `https://…` or the scheme of an app.
fn is_safe_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let scheme_fits = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    scheme_fits
        && !scheme.is_empty()
        && !scheme.eq_ignore_ascii_case("http")
        && (!rest.is_empty() || scheme != "https")
}

fn metadata(fields: &Fields) {
    let Some(value) = fields.raw("metadata") else {
        return;
    };
    let Some(map) = value.as_object() else {
        fields.report("metadata", "must be an object");
        return;
    };
    if map.len() > METADATA_MAX {
        fields.raise(Code::METADATA_FULL);
    }
    for (key, value) in map {
        match value.as_str() {
            None => fields.report("metadata", "must hold strings only"),
            Some(text) if text.chars().count() > 500 => {
                fields.raise(Code::METADATA_VALUE_LENGTH);
            }
            Some(_) => {}
        }
        if !(1..=100).contains(&key.chars().count()) {
            fields.raise(Code::METADATA_KEY_LENGTH);
        }
    }
}

fn scope(fields: &Fields) -> Option<String> {
    let profile = fields.object("profile", &["scope"])?;
    let scope = profile.text("scope")?;
    if scope.split(' ').any(|word| !SCOPES.contains(&word)) {
        profile.raise(Code::SCOPE_INVALID);
    }
    Some(String::from(scope))
}

impl UserFlow {
    pub fn wire(self) -> &'static str {
        match self {
            UserFlow::PushMessage => "PUSH_MESSAGE",
            UserFlow::Qr => "QR",
            UserFlow::WebRedirect => "WEB_REDIRECT",
            UserFlow::NativeRedirect => "NATIVE_REDIRECT",
        }
    }
}
