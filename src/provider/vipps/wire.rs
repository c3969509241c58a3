//! Vipps MobilePay on the wire: bodies, states and error numbers, as the fact sheet gives them
//! (`providers/vipps-mobilepay.md`, sections 2, 4 to 6, 8 and 11 to 15). Nothing here leaves this folder.

use crate::provider::Verdict;
use crate::tender::{Amounts, Observation, Phase, Reason};
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};

/// Minor units, as this provider counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    pub currency: String,
    pub value: i64,
}

/// Section 4. Unknown members are refused by the provider, so absent ones are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePayment<'a> {
    pub amount: Amount,
    pub payment_method: PaymentMethod,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerForm<'a>>,
    pub customer_interaction: &'static str,
    pub reference: &'a str,
    pub user_flow: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_format: Option<QrFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt<'a>>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub metadata: &'a std::collections::BTreeMap<String, String>,
}

#[derive(Serialize)]
pub struct PaymentMethod {
    pub r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CustomerForm<'a> {
    PhoneNumber(&'a str),
    PersonalQr(&'a str),
    CustomerToken(&'a str),
}

#[derive(Serialize)]
pub struct QrFormat {
    pub format: &'static str,
}

/// Section 8.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt<'a> {
    pub order_lines: Vec<OrderLine<'a>>,
    pub bottom_line: BottomLine<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub total_amount: i64,
    pub total_amount_excluding_tax: i64,
    pub total_tax_amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_info: Option<UnitInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_return: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitInfo<'a> {
    pub unit_price: i64,
    pub quantity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity_unit: Option<crate::provider::QuantityUnit>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BottomLine<'a> {
    pub currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pos_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_number: Option<&'a str>,
}

/// Section 6.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Modification {
    pub modification_amount: Amount,
}

/// The object form is always sent: integrators met type errors without it (section 6).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    pub cancel_transaction_only: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    pub reference: String,
    pub redirect_url: Option<String>,
}

/// Section 5.1 and the answer of section 6: the same members, `amount` of the latter being the
/// modification's in newer versions, so only 5.1 compares it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    pub reference: String,
    pub amount: Amount,
    pub state: PaymentState,
    pub aggregate: Aggregate,
    pub psp_reference: Option<String>,
    pub redirect_url: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentState {
    Created,
    Authorized,
    Aborted,
    Expired,
    Terminated,
    #[serde(other)]
    Unrecognized,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    pub authorized_amount: Amount,
    pub cancelled_amount: Amount,
    pub captured_amount: Amount,
    pub refunded_amount: Amount,
}

impl Payment {
    /// The state never says captured, refunded or cancelled: that is only in the aggregate
    /// (section 5.1). `None` when no conclusion is possible.
    pub fn observation(&self) -> Option<Observation> {
        let amounts = Amounts {
            authorized: self.aggregate.authorized_amount.value,
            captured: self.aggregate.captured_amount.value,
            cancelled: self.aggregate.cancelled_amount.value,
            refunded: self.aggregate.refunded_amount.value,
        };
        let sane = [
            amounts.authorized,
            amounts.captured,
            amounts.cancelled,
            amounts.refunded,
        ]
        .iter()
        .all(|value| *value >= 0)
            && amounts.captured <= amounts.authorized
            && (amounts.authorized == 0
                || amounts.cancelled <= amounts.authorized - amounts.captured)
            && amounts.refunded <= amounts.captured;
        let untouched = amounts.authorized == 0 && amounts.captured == 0;
        let phase = match self.state {
            PaymentState::Unrecognized => return None,
            PaymentState::Authorized if amounts.authorized == 0 => return None,
            PaymentState::Authorized if amounts.captured == 0 && amounts.cancelled > 0 => {
                Phase::Cancelled
            }
            PaymentState::Authorized => Phase::Approved,
            // These ends come before an approval (section 7): with money in them they make no sense.
            _ if !untouched => return None,
            PaymentState::Created => Phase::Open,
            PaymentState::Aborted => Phase::Declined,
            PaymentState::Expired => Phase::Expired,
            PaymentState::Terminated => Phase::Cancelled,
        };
        let provider_reference = self.psp_reference.clone();
        sane.then_some(Observation {
            support: Default::default(),
            phase,
            amounts,
            provider_reference,
            reason: None,
        })
    }

    pub fn currencies(&self) -> [&str; 5] {
        [
            &self.amount.currency,
            &self.aggregate.authorized_amount.currency,
            &self.aggregate.cancelled_amount.currency,
            &self.aggregate.captured_amount.currency,
            &self.aggregate.refunded_amount.currency,
        ]
    }
}

/// Section 5.2; the parts that tell whether a refund of ours was carried out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedEvent {
    pub reference: String,
    pub name: EventName,
    pub idempotency_key: Option<String>,
    #[serde(default)]
    pub success: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventName {
    Created,
    Aborted,
    Expired,
    Cancelled,
    Captured,
    Refunded,
    Authorized,
    Terminated,
    #[serde(other)]
    Unrecognized,
}

/// Section 2. Numbers arrive as texts; a number is taken as well.
#[derive(Deserialize)]
pub struct Token {
    pub access_token: String,
    expires_in: TextOrNumber,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(i64),
}

impl Token {
    pub fn life_s(&self) -> Option<i64> {
        match &self.expires_in {
            TextOrNumber::Text(text) => text.trim().parse().ok(),
            TextOrNumber::Number(number) => Some(*number),
        }
    }
}

/// Section 11.1.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange<'a> {
    pub qr_code: &'a str,
    pub requested_data: [&'static str; 1],
}

#[derive(Deserialize)]
pub struct Exchanged {
    pub msisdn: String,
    /// Unix seconds; clear-text codes have none.
    pub timestamp: Option<i64>,
}

/// Section 11.3. The category is left to its default, as only newer versions know the member.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutTill<'a> {
    pub location_description: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Till {
    pub merchant_serial_number: String,
    pub merchant_qr_id: String,
    pub location_description: String,
    pub qr_content: String,
}

/// Section 13: login that the merchant begins.
#[derive(Deserialize)]
pub struct Discovery {
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub backchannel_authentication_endpoint: String,
}

#[derive(Deserialize)]
pub struct Exists {
    pub exists: bool,
}

#[derive(Deserialize)]
pub struct Asked {
    pub auth_req_id: String,
    pub expires_in: u32,
    pub interval: Option<u32>,
}

#[derive(Deserialize)]
pub struct LoginToken {
    pub access_token: String,
    token_type: Option<String>,
}

impl LoginToken {
    pub fn is_bearer(&self) -> bool {
        let kind = self.token_type.as_deref().unwrap_or("Bearer");
        kind.eq_ignore_ascii_case("bearer") && !self.access_token.is_empty()
    }
}

/// Words of `error`, and of `error_code`, which says more where there is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginError {
    AuthorizationPending,
    SlowDown,
    AccessDenied,
    ExpiredToken,
    TransactionFailed,
    UnknownUserId,
    InvalidUser,
    OldApp,
    InvalidClient,
    UnauthorizedClient,
    InvalidScope,
    InvalidRequest,
    InvalidBindingMessage,
    InvalidGrant,
    #[serde(other)]
    Unrecognized,
}

impl LoginError {
    pub fn read(body: &[u8]) -> Option<Self> {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        let word = |name: &str| {
            let text = body.get(name)?.as_str()?;
            Self::deserialize(StrDeserializer::<ValueError>::new(text)).ok()
        };
        let code = word("error_code").filter(|code| *code != Self::Unrecognized);
        code.or_else(|| word("error"))
    }
}

/// Sections 12.1 and 14.2: members of all kinds of webhooks. The sales unit was called otherwise
/// before 2024.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    msn: Option<String>,
    merchant_serial_number: Option<String>,
    pub customer_token: Option<String>,
    pub merchant_qr_id: Option<String>,
    pub initiated_at: Option<String>,
    pub reference: Option<String>,
    pub psp_reference: Option<String>,
}

impl Told {
    pub fn unit(&self) -> Option<&str> {
        self.msn
            .as_deref()
            .or(self.merchant_serial_number.as_deref())
    }
}

/// Section 15. Gateways in front of the API answer in other shapes, hence all is optional.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub title: Option<String>,
    pub status: Option<u16>,
    #[serde(default)]
    pub extra_details: Vec<ExtraDetail>,
}

#[derive(Deserialize)]
pub struct ExtraDetail {
    name: Option<String>,
    reason: Option<String>,
}

impl Problem {
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    pub fn code(&self) -> Option<u32> {
        self.extra_details
            .iter()
            .find(|detail| detail.name.as_deref() == Some("ErrorCode"))
            .and_then(|detail| detail.reason.as_deref()?.trim().parse().ok())
    }

    /// Whether this is the API speaking, and not a gateway's page about a wrong address.
    pub fn is_from_api(&self, status: u16) -> bool {
        self.status == Some(status) && self.title.is_some()
    }
}

/// What each error number means for us, in the sheet's order (section 15). `None`: not in the list.
pub fn verdict_of_code(code: u32) -> Option<Verdict> {
    let refused = |reason| Some(Verdict::Refused { reason, code });
    match code {
        3010 => Some(Verdict::Unclear),
        // Key conflicts: something of ours is there already.
        4010 | 4020 | 4150 => Some(Verdict::AskFirst),
        4040 => refused(Reason::AmountInvalid),
        4050 | 4060 => refused(Reason::ScanAgain),
        4070 => refused(Reason::PhoneInvalid),
        4080 | 4090 | 4100 | 4110 | 4120 | 4130 | 4140 => refused(Reason::RequestRefused),
        4160 | 5010 | 5020 | 5030 | 5050 | 5060 | 5070 | 5100 => refused(Reason::MerchantSetup),
        5040 => refused(Reason::CurrencyNotAllowed),
        5080 => refused(Reason::PushNotAllowed),
        5090 => Some(Verdict::Absent),
        6010 => refused(Reason::AmountTooSmall),
        // The payment is further than the request assumed.
        6020 | 6040 | 6050 | 6060 | 6070 | 6080 | 6170 | 6190 | 6200 | 6230 => {
            Some(Verdict::AskFirst)
        }
        6030 => refused(Reason::CancelPeriodOver),
        6090 => refused(Reason::AmountInvalid),
        6100 => refused(Reason::CapturePeriodOver),
        6110 | 6120 | 6130 => refused(Reason::RequestRefused),
        6140 => refused(Reason::PartialNotAllowed),
        6150 => refused(Reason::RefundTooLarge),
        // Another operation is under way, or the customer is in the middle of approving. A refusal
        // sticks to its key (section 10), so the next try needs a new one.
        6160 | 6250 => Some(Verdict::Busy {
            after_ms: None,
            new_key: true,
        }),
        6180 => refused(Reason::NothingToRefund),
        6210 => refused(Reason::WrongState),
        6220 => refused(Reason::RefundPeriodOver),
        6260 => refused(Reason::FundsReleased),
        6280 => Some(Verdict::Busy {
            after_ms: None,
            new_key: false,
        }),
        7010 => refused(Reason::CustomerNotEligible),
        // Test environment only (section 9).
        10010 | 10020 | 10030 | 10040 | 10050 | 10060 | 10070 => refused(Reason::ProviderError),
        _ => None,
    }
}
