//! The JSON text that goes with a request: what varies from sale to sale.

use serde::{Deserialize, Serialize};

/// `details_json` of a tender. Unknown members are refused, so that a misspelt one is not ignored.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenderDetails {
    /// How the customer is reached: `scan`, `phone`, `qr` or `check_in`. Default: `phone` when a number is
    /// given, otherwise the profile's `default_approach`.
    pub approach: Option<ApproachWish>,
    /// Who pays, when the till knows.
    pub customer: Option<CustomerDetails>,
    /// What the customer reads beside the amount.
    pub description: Option<String>,
    /// The digital receipt.
    pub receipt: Option<ReceiptDetails>,
    /// Texts returned with the payment; the provider's limits apply.
    pub metadata: std::collections::BTreeMap<String, String>,
    /// Who is at the till, for the audit trail.
    pub operator: Option<String>,
    /// Starts this tender although an earlier one of the same sale is unknown.
    pub override_unknown: Option<OverrideUnknown>,
    /// How much of the tender may be paid with a benefit, in minor units. Default: the sum of the
    /// receipt's lines that carry the profile's label, or all of it when the profile has no label.
    pub eligible_amount: Option<i64>,
    /// For amounts that are entered by hand.
    pub manual: Option<ManualDetails>,
}

/// Why an amount was entered by hand, for the audit trail.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManualDetails {
    /// `no_scanner`, `scan_failed`, `customer_phone_broken`, `key_problem` or `other`.
    pub reason: Option<String>,
    /// A second person who agrees, where the profile demands one.
    pub supervisor: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApproachWish {
    Scan,
    Phone,
    Qr,
    /// The customer scans the code that stands at the till, and the host hands in the webhook.
    CheckIn,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerDetails {
    /// With country code, digits only: `4712345678`. A leading `+` or `00` and spaces are dropped.
    pub phone: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideUnknown {
    /// Who takes the risk that the customer pays twice; audited.
    pub operator: String,
}

/// The digital receipt. Amounts in minor units of the sale's currency.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptDetails {
    /// At least one.
    pub lines: Vec<ReceiptLine>,
    /// Device number of the till.
    pub till: Option<String>,
    /// The till's number of the receipt.
    pub number: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptLine {
    /// The product's number.
    pub id: String,
    /// What the customer reads.
    pub name: String,
    /// Including tax, after discount.
    pub total: i64,
    /// `total` without `tax`.
    pub total_excluding_tax: i64,
    /// The tax in `total`.
    pub tax: i64,
    /// In hundredths of a percent: 2500 is 25 %.
    pub tax_rate: Option<u32>,
    /// Including tax, before discount.
    pub unit_price: Option<i64>,
    /// A decimal text such as `1.5`.
    pub quantity: Option<String>,
    /// `PCS`, `KG`, `KM`, `MINUTE`, `LITRE` or `KWH`.
    pub quantity_unit: Option<QuantityUnit>,
    /// 0 or more.
    pub discount: Option<i64>,
    /// The customer brings it back: it counts negatively.
    #[serde(default)]
    pub is_return: bool,
    /// Labels of the product, such as the one that a benefit demands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuantityUnit {
    Pcs,
    Kg,
    Km,
    Minute,
    Litre,
    Kwh,
}

/// `details_json` of a refund.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefundDetails {
    /// Who refunds, for the audit trail.
    pub operator: Option<String>,
}
