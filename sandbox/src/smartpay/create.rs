//! The bodies of checkouts and payment links: every field and its limits (sections 5.1 and 6.1).

use super::fields::{Checker, Fields};
use super::money::{self, Money};
use super::problem::Refusal;
use super::settings::Settings;

/// A checkout or a link whose fields are in order.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// The till's name of it: `partnerReference`, or that of the order.
    pub reference: Option<String>,
    pub amount: Money,
    pub description: String,
    pub customer_account: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Checkout,
    Link,
}

const COMMON: [&str; 10] = [
    "merchantKey",
    "customerAccountId",
    "payment",
    "billingAddress",
    "shippingAddress",
    "consumer",
    "businessConsumer",
    "order",
    "templateContext",
    "targetMerchantAccountReference",
];
const CHECKOUT: [&str; 7] = [
    "partnerReference",
    "3dsExemption",
    "shopCountry",
    "extraInfo",
    "paymentSplit",
    "criteria",
    "customReferences",
];
const LINK: [&str; 3] = ["instantPayment", "successUrl", "failureUrl"];
const LINE: [&str; 12] = [
    "lineNumber",
    "lineType",
    "itemArticleId",
    "itemName",
    "quantity",
    "unitPrice",
    "unitVatPrice",
    "unitGrossPrice",
    "vatPercent",
    "netAmount",
    "vatAmount",
    "grossAmount",
];

/// The order, and the members of the body that nobody knows.
pub(super) fn parse(
    kind: Kind,
    body: &[u8],
    settings: &Settings,
) -> Result<(Order, Vec<String>), Refusal> {
    let checker = Checker::default();
    let fields = checker.root(body);
    let order = fields
        .as_ref()
        .and_then(|fields| read(kind, fields, settings));
    drop(fields);
    let ignored = checker.finish()?;
    let order = order.ok_or_else(|| Refusal::of_status(400))?;
    Ok((order, ignored))
}

/// Looks at every field even after the first problem, so that an answer names all of them.
fn read(kind: Kind, fields: &Fields<'_>, settings: &Settings) -> Option<Order> {
    let own: &[&str] = match kind {
        Kind::Checkout => &CHECKOUT,
        Kind::Link => &LINK,
    };
    fields.known(&[&COMMON, own].concat());
    fields.require(&["payment", "billingAddress"]);
    if kind == Kind::Checkout || settings.link_needs_merchant_key || fields.has("merchantKey") {
        merchant_key(fields, settings);
    }
    let payment = fields.object("payment");
    let amount = payment.as_ref().and_then(money::read);
    let description = payment.as_ref().and_then(|payment| {
        payment.known(&["amount", "currencyCode", "description"]);
        payment.require(&["description"]);
        payment.text("description", 127)
    });
    for name in ["billingAddress", "shippingAddress"] {
        if let Some(address) = fields.object(name) {
            read_address(&address);
        }
    }
    read_consumer(fields);
    let order_reference = read_order(fields);
    let customer_account = fields.text("customerAccountId", 255);
    fields.text("targetMerchantAccountReference", 255);
    let reference = match kind {
        Kind::Checkout => read_checkout(fields),
        Kind::Link => {
            fields.require(&["instantPayment"]);
            fields.boolean("instantPayment");
            fields.text("successUrl", 255);
            fields.text("failureUrl", 255);
            order_reference
        }
    };
    Some(Order {
        reference,
        amount: amount?,
        description: description?,
        customer_account,
    })
}

pub(super) fn merchant_key(fields: &Fields<'_>, settings: &Settings) {
    fields.require(&["merchantKey"]);
    let key = fields.text("merchantKey", 36);
    if key.is_some_and(|key| key != settings.merchant_key) {
        fields.report("merchantKey", "is not the merchant's");
    }
}

fn read_checkout(fields: &Fields<'_>) -> Option<String> {
    if fields
        .text("3dsExemption", 3)
        .is_some_and(|word| word != "LVA")
    {
        fields.report("3dsExemption", "must be LVA");
    }
    if let Some(country) = fields.text("shopCountry", 2) {
        check_country(fields, "shopCountry", &country, 2..=2);
    }
    if let Some(extra) = fields.object("extraInfo") {
        extra.known(&["productGroup"]);
        extra.text("productGroup", 100);
    }
    if let Some(custom) = fields.object("customReferences") {
        for name in ["custom1", "custom2", "custom3"] {
            custom.text(name, 255);
        }
    }
    let reference = fields.text("partnerReference", 64)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if !reference.bytes().all(fits) {
        fields.report("partnerReference", "may have a-z A-Z 0-9 - _ . : only");
    }
    Some(reference)
}

fn check_country(
    fields: &Fields<'_>,
    name: &str,
    code: &str,
    length: std::ops::RangeInclusive<usize>,
) {
    let letters = code.bytes().all(|byte| byte.is_ascii_uppercase());
    if !letters || !length.contains(&code.len()) {
        fields.report(name, "must be an ISO 3166-1 code");
    }
}

fn read_address(address: &Fields<'_>) {
    address.known(&[
        "addressLine1",
        "addressLine2",
        "addressLine3",
        "number",
        "city",
        "postCode",
        "countryCode",
        "state",
    ]);
    address.require(&["addressLine1", "city", "postCode", "countryCode"]);
    for (name, length_max) in [
        ("addressLine1", 60),
        ("addressLine2", 60),
        ("addressLine3", 60),
        ("number", 10),
        ("city", 50),
        ("postCode", 10),
        ("state", 3),
    ] {
        address.text(name, length_max);
    }
    if let Some(country) = address.text("countryCode", 3) {
        check_country(address, "countryCode", &country, 2..=3);
        let needs_state = matches!(country.as_str(), "US" | "USA" | "CA" | "CAN");
        if needs_state && !address.has("state") {
            address.report("state", "is required in this country");
        }
    }
}

fn read_consumer(fields: &Fields<'_>) {
    if fields.has("consumer") == fields.has("businessConsumer") {
        fields.report("consumer", "exactly one kind of consumer is required");
    }
    if let Some(consumer) = fields.object("consumer") {
        consumer.require(&["firstName", "lastName", "emailAddress"]);
        for name in ["firstName", "lastName", "middleName"] {
            consumer.text(name, 60);
        }
        check_email(&consumer);
    }
    if let Some(company) = fields.object("businessConsumer") {
        company.require(&["companyName", "companyType", "emailAddress"]);
        for name in ["companyName", "companyType"] {
            company.text(name, 100);
        }
        check_email(&company);
    }
}

fn check_email(consumer: &Fields<'_>) {
    let email = consumer.text("emailAddress", 255);
    if email.is_some_and(|it| !it.contains('@')) {
        consumer.report("emailAddress", "must be an e-mail address");
    }
}

fn read_order(fields: &Fields<'_>) -> Option<String> {
    let order = fields.object("order")?;
    order.require(&["externalOrderReference", "lines"]);
    let lines = order.objects("lines");
    if lines.is_empty() {
        order.report("lines", "must have at least one line");
    }
    for line in &lines {
        line.known(&LINE);
        let number = line.raw("lineNumber").map(|raw| raw.get().parse::<u32>());
        if number.is_some_and(|number| number.is_err() || number == Ok(0)) {
            line.report("lineNumber", "must be an integer from 1");
        }
        for name in LINE.iter().skip(4) {
            let raw = line.raw(name).map(|raw| raw.get().as_bytes());
            let numeric = |text: &[u8]| text.iter().all(|it| b"-.0123456789".contains(it));
            if raw.is_some_and(|text| !numeric(text)) {
                line.report(name, "must be a decimal");
            }
        }
    }
    order.text("externalOrderReference", 225)
}
