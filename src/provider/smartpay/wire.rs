//! SmartPay on the wire: bodies as the fact sheet gives them (`providers/smartpay.md`, sections 3, 5,
//! 6 and 12). Nothing here leaves this folder. Statuses are open words: see `status.rs`.

use crate::provider::decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// Sections 5.1 and 6.1: checkouts and links are made of the same members.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Creation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instant_payment: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_account_id: Option<&'a str>,
    pub payment: Payment<'a>,
    pub billing_address: Address<'a>,
    pub consumer: Consumer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_info: Option<ExtraInfo<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment<'a> {
    pub amount: Box<RawValue>,
    pub currency_code: &'static str,
    pub description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address<'a> {
    pub address_line1: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<&'a str>,
    pub city: &'a str,
    pub post_code: &'a str,
    pub country_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumer<'a> {
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub email_address: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order<'a> {
    pub external_order_reference: &'a str,
    pub lines: Vec<OrderLine<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine<'a> {
    pub line_number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_article_id: Option<&'a str>,
    pub item_name: &'a str,
    pub quantity: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_gross_price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_percent: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<Box<RawValue>>,
    pub gross_amount: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtraInfo<'a> {
    pub product_group: &'a str,
}

/// Sections 5.3 to 5.6; without an amount it is about the whole payment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Modification<'a> {
    pub merchant_key: &'a str,
    pub transaction_id: &'a str,
    pub modification_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_amount: Option<ModifiedAmount>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedAmount {
    pub amount: Box<RawValue>,
    pub currency_code: &'static str,
}

/// Section 3. A number is documented; a text is taken as well.
#[derive(Deserialize)]
pub struct Token {
    pub access_token: String,
    expires_in: Decimal,
}

impl Token {
    pub fn life_s(&self) -> Option<i64> {
        self.expires_in.to_minor(0)
    }
}

/// Section 5.1.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    pub transaction_id: String,
    pub checkout_token: String,
    pub payment_status: Option<String>,
}

/// Section 5.2, and the answers of 5.3 to 5.6, which name the one modification in their own way.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentAnswer {
    pub transaction_id: Option<String>,
    pub payment_status: Option<String>,
    pub transaction_overview: Option<Overview>,
    pub payment_link_id: Option<String>,
    pub reconciliation_reference_id: Option<String>,
    pub creation_date: Option<String>,
    pub last_status_date: Option<String>,
    modification: Option<Box<RawValue>>,
    modifications: Option<Box<RawValue>>,
    status_history: Option<Vec<HistoryStep>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    pub amount: Option<Decimal>,
    pub currency_code: Option<String>,
    pub transaction_id: Option<String>,
}

#[derive(Deserialize)]
struct HistoryStep {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Modified {
    pub modification_data: ModificationData,
    pub modification_amount: Option<Overview>,
    pub status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModificationData {
    pub r#type: Option<String>,
    pub modification_id: Option<String>,
}

impl PaymentAnswer {
    /// All that were named, under whichever name; nothing if one could not be read.
    pub fn modified(&self) -> Option<Vec<Modified>> {
        let mut all = Vec::new();
        for raw in [&self.modification, &self.modifications]
            .into_iter()
            .flatten()
        {
            if raw.get().starts_with('[') {
                let listed: Vec<Modified> = serde_json::from_str(raw.get()).ok()?;
                all.extend(listed);
            } else {
                all.push(serde_json::from_str(raw.get()).ok()?);
            }
        }
        Some(all)
    }

    pub fn past_statuses(&self) -> impl Iterator<Item = &str> {
        let steps = self.status_history.iter().flatten();
        steps.filter_map(|step| step.status.as_deref())
    }
}

/// Section 6.2; the part of a link whose names are documented.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkAnswer {
    pub payment: Option<Overview>,
    pub order: Option<LinkOrder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkOrder {
    pub external_order_reference: Option<String>,
}

/// The first text under one of the names; a point leads into a member.
pub fn text_at<'v>(value: &'v Value, names: &[impl AsRef<str>]) -> Option<&'v str> {
    let found = names.iter().filter_map(|name| {
        let mut path = name.as_ref().split('.');
        let place = path.try_fold(value, |place, member| place.get(member))?;
        place.as_str().filter(|text| !text.is_empty())
    });
    found.into_iter().next()
}

/// The provider's own error number, wherever a body may have one (section 12). Bodies of other
/// shapes, and codes that are words, have none.
pub fn error_number(body: &[u8]) -> Option<u32> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let first = body.get("errors").and_then(|errors| errors.get(0));
    let places = [
        first.and_then(|error| error.get("code")),
        body.get("errorCode"),
        body.get("code"),
        body.get("error"),
    ];
    let number = |value: &Value| match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    places.into_iter().flatten().find_map(number)
}
