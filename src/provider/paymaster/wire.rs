//! PayMaster's public API on the wire: answers, statuses and code words as the fact sheet gives
//! them (`providers/paymaster-sbp.md`, sections 3, 4 and 12). Nothing here leaves this folder.

use crate::provider::decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The payment system knows no other (section 1).
pub const CURRENCY: &str = "RUB";
const KOPECK_DIGITS: u32 = 2;

/// Sections 3.1 and 3.3. Notifications and lists carry the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    pub id: Name,
    pub status: String,
    pub result_code: Option<String>,
    pub merchant_id: Option<String>,
    #[serde(default)]
    pub test_mode: bool,
    pub amount: Option<Amount>,
    pub invoice: Option<Invoice>,
    pub confirmation: Option<Confirmation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    pub order_no: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    pub payment_url: Option<String>,
}

/// Decimal rubles; answers may show four decimals (section 13).
#[derive(Deserialize)]
pub struct Amount {
    value: Decimal,
    pub currency: String,
}

impl Amount {
    pub fn kopecks(&self) -> Option<i64> {
        self.value.to_minor(KOPECK_DIGITS)
    }
}

/// Section 3.2.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hosted {
    pub payment_id: Name,
    pub url: String,
}

/// Section 3.7.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    pub id: Name,
    pub payment_id: Name,
    pub created: Option<String>,
    pub amount: Amount,
    pub status: String,
}

/// Sections 2 and 3.5. Items stay unread until it is clear that they concern us.
#[derive(Deserialize)]
pub struct List {
    items: Vec<Box<RawValue>>,
    cursor: Option<Text>,
}

impl List {
    /// There are more items than these.
    pub fn goes_on(&self) -> bool {
        self.cursor.as_ref().is_some_and(|it| !it.0.is_empty())
    }

    /// The items that can be read, and whether those are all.
    pub fn read<T: for<'de> Deserialize<'de>>(&self) -> (Vec<T>, bool) {
        let items = self.items.iter();
        let items: Vec<T> = items
            .filter_map(|item| serde_json::from_str(item.get()).ok())
            .collect();
        let all = items.len() == self.items.len();
        (items, all)
    }
}

/// A name that goes into addresses: letters, digits, '-' and '_'. Sent as text or as number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name(String);

impl Name {
    pub fn of(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let fits = begins && text.len() <= 64 && text.chars().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Self::of(&text.0).ok_or_else(|| serde::de::Error::custom("expected a name"))
    }
}

/// A text, or a number as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text(pub String);

impl Text {
    pub fn of(raw: &RawValue) -> Option<Self> {
        let written = raw.get();
        match written.chars().next()? {
            '"' => serde_json::from_str(written).ok().map(Self),
            '-' | '0'..='9' => Some(Self(written.to_owned())),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::of(&raw).ok_or_else(|| serde::de::Error::custom("expected a text or a number"))
    }
}

/// Section 4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaymentStatus {
    Pending,
    Confirmation,
    Authorized,
    Settled,
    Cancelled,
    Rejected,
    Unrecognized,
}

impl PaymentStatus {
    pub fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "pending" => Self::Pending,
            "confirmation" => Self::Confirmation,
            "authorized" => Self::Authorized,
            "settled" => Self::Settled,
            "cancelled" => Self::Cancelled,
            "rejected" => Self::Rejected,
            _ => Self::Unrecognized,
        }
    }
}

/// Section 4: what a result code says about the end of a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResultCode {
    Success,
    PaymentExpired,
    CancelledByUser,
    /// Banks or rules said no.
    Refused,
    Unrecognized,
}

impl ResultCode {
    pub fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "success" => Self::Success,
            "paymentexpired" => Self::PaymentExpired,
            "cancelledbyuser" => Self::CancelledByUser,
            "transactiondeclined"
            | "issuerunavailable"
            | "rejectedbyfraud"
            | "invalidamount"
            | "invalidaccount"
            | "blockedaccount"
            | "operationnotallowed"
            | "insufficientfunds"
            | "expiredaccount"
            | "paymentlimitexceeded"
            | "paymentcountexceeded"
            | "cardnotenrolled"
            | "threedsecurefailed" => Self::Refused,
            _ => Self::Unrecognized,
        }
    }
}

/// Section 3.7.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundStatus {
    Pending,
    Success,
    Rejected,
    Unrecognized,
}

impl RefundStatus {
    pub fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "pending" => Self::Pending,
            "success" => Self::Success,
            "rejected" => Self::Rejected,
            _ => Self::Unrecognized,
        }
    }
}

/// Section 12.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorCode {
    ValidationError,
    NotAuthorized,
    KeyViolation,
    InvalidOperation,
    PaymentTokenRevoked,
    PaymentTokenBlocked,
    Unrecognized,
}

#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
}

impl ErrorCode {
    /// Nothing if the answer is not JSON at all, as those of gateways.
    pub fn read(body: &[u8]) -> Option<Self> {
        let problem: Problem = serde_json::from_slice(body).ok()?;
        let code = problem.code.unwrap_or_default();
        Some(match code.to_ascii_lowercase().as_str() {
            "validation_error" => Self::ValidationError,
            "not_authorized" => Self::NotAuthorized,
            "idempotency_key_violation" => Self::KeyViolation,
            "invalid_operation" => Self::InvalidOperation,
            "payment_token_revoked" => Self::PaymentTokenRevoked,
            "payment_token_blocked" => Self::PaymentTokenBlocked,
            _ => Self::Unrecognized,
        })
    }
}

/// `2026-01-19T15:25:44Z`; nothing outside the calendar.
pub fn utc(at_ms: i64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).ok()?;
    moment.format(&Rfc3339).ok()
}

/// Fractions of a second are possible (section 2).
pub fn parse_utc(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}
