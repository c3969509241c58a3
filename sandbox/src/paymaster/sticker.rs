//! Plates: permanent codes at a till, registered once and switched on and off.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::create::{self, WireAmount};
use super::problem::Refusal;
use super::rubles;
use super::settings::Settings;
use crate::sequence::Sequence;

#[derive(Debug, Clone)]
pub(super) struct Sticker {
    pub id: String,
    pub active: bool,
    pub payload: String,
    cashlink: bool,
    description: Option<String>,
    product_code: Option<String>,
    payment_purpose: Option<String>,
    amount: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    merchant_id: Option<String>,
    sticker_type: Option<String>,
    #[serde(default)]
    cashlink: bool,
    description: Option<String>,
    product_code: Option<String>,
    payment_purpose: Option<String>,
    amount: Option<WireAmount>,
}

#[derive(Deserialize)]
pub(super) struct Switch {
    pub active: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StickerAnswer<'s> {
    id: &'s str,
    sticker_type: &'static str,
    cashlink: bool,
    status: &'static str,
    payload: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_code: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_purpose: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<FixedPrice>,
}

#[derive(Serialize)]
struct FixedPrice {
    value: Box<RawValue>,
    currency: &'static str,
}

impl Sticker {
    /// The till's own plate, registered before anything else happened.
    pub fn of_till(id: &str, names: &mut Sequence) -> Sticker {
        Sticker {
            id: String::from(id),
            active: true,
            payload: plate_link(None, names),
            cashlink: true,
            description: None,
            product_code: None,
            payment_purpose: None,
            amount: None,
        }
    }

    pub fn parse(
        body: &[u8],
        names: &mut Sequence,
        settings: &Settings,
    ) -> Result<Sticker, Refusal> {
        let body: Body = create::document(body)?;
        let mut errors = Vec::new();
        if body.merchant_id.as_deref() != Some(settings.merchant_id.as_str()) {
            errors.push(String::from("Specify required MerchantId value."));
        }
        let is_sbp = body.sticker_type.as_deref();
        if !is_sbp.is_some_and(|kind| kind.eq_ignore_ascii_case("sbp")) {
            errors.push(String::from("StickerType is not available."));
        }
        let amount = body.amount.as_ref();
        let amount = amount.and_then(|amount| create::amount(Some(amount), &mut errors));
        if body.cashlink == amount.is_some() {
            errors.push(String::from(
                "A cash link has no amount, other codes have one.",
            ));
        }
        if !errors.is_empty() {
            return Err(Refusal::invalid(errors));
        }
        let mut id = names.word();
        id.truncate(12);
        Ok(Sticker {
            id,
            active: true,
            payload: plate_link(amount, names),
            cashlink: body.cashlink,
            description: body.description,
            product_code: body.product_code,
            payment_purpose: body.payment_purpose,
            amount,
        })
    }

    pub fn answer(&self, settings: &Settings) -> StickerAnswer<'_> {
        StickerAnswer {
            id: &self.id,
            sticker_type: "Sbp",
            cashlink: self.cashlink,
            status: if self.active { "Active" } else { "Inactive" },
            payload: &self.payload,
            description: self.description.as_deref(),
            product_code: self.product_code.as_deref(),
            payment_purpose: self.payment_purpose.as_deref(),
            amount: self.amount.map(|kopecks| FixedPrice {
                value: rubles::number(kopecks, settings.four_decimals),
                currency: "RUB",
            }),
        }
    }
}

/// A one-time link of the payment system.
pub(super) fn code_link(kopecks: i64, names: &mut Sequence) -> String {
    let id = link_id("AD", names);
    format!("https://qr.nspk.ru/{id}?type=02&bank=100000000999&sum={kopecks}&cur=RUB&crc=ABCD")
}

/// A permanent link; without a sum its amount is loaded for each sale.
fn plate_link(kopecks: Option<i64>, names: &mut Sequence) -> String {
    let id = link_id("AS", names);
    let sum = kopecks.map_or(String::new(), |kopecks| format!("&sum={kopecks}"));
    format!("https://qr.nspk.ru/{id}?type=01&bank=100000000999{sum}&cur=RUB&crc=ABCD")
}

fn link_id(kind: &str, names: &mut Sequence) -> String {
    let mut id = format!("{kind}{}{}", names.word(), names.word()).to_uppercase();
    id.truncate(32);
    id
}
