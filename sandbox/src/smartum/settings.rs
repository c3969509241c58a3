//! The merchant, and what is not certain about the real service.

use serde::{Deserialize, Serialize};

/// One merchant and the quirks of the service. What no document confirms is a setting here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub client_id: String,
    pub client_secret: String,
    /// How a merchant proves who it is (U2).
    pub auth: Auth,
    /// Names of the two headers of [`Auth::Headers`].
    pub id_header: String,
    pub secret_header: String,
    pub token_path: String,
    pub token_life_s: i64,
    /// How refusals look (U14).
    pub error_shape: ErrorShape,
    /// Off: less than the whole amount is refused with `partial_not_supported` (U10).
    pub partial_refund: bool,
    /// Until when the API gives money back (U11).
    pub refund_window: RefundWindow,
    /// The header that makes a refund happen once; the service may well have none (U12).
    pub idempotency_header: Option<String>,
    /// Names of the members of a refund's body (U9).
    pub refund_amount_field: String,
    pub refund_venue_field: String,
    /// What the code on the customer's phone holds (U3).
    pub qr_shape: QrShape,
    /// Which claims a token has (U4).
    pub layout: Layout,
    /// The claim `payer_name`; empty leaves it out (U17).
    pub payer_name: String,
    /// Lunch is charged within the limits of its year; years without a row have none.
    pub lunch_limits: Vec<LunchLimit>,
    /// The issuer of tokens, and what addresses in codes start with.
    pub public_address: String,
    pub venues: Vec<Venue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    #[serde(rename = "oauth2")]
    OAuth2,
    Basic,
    Headers,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    Object,
    Array,
    #[serde(rename = "oauth")]
    OAuth,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWindow {
    /// Until midnight in Helsinki.
    SameDay,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QrShape {
    Jwt,
    UrlParam,
    UrlSegment,
    Json,
    TxId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// All claims side by side, amounts in cents.
    Flat,
    /// Below `data`, amounts as decimal text, identifiers under names that nobody would expect.
    Nested,
}

/// Where customers pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    pub id: String,
    pub name: String,
    pub benefits: Vec<String>,
    /// Whether the merchant of these settings runs it.
    pub ours: bool,
}

/// In cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LunchLimit {
    pub year: i32,
    pub least: i64,
    pub most: i64,
}

impl Venue {
    fn new(id: &str, name: &str, benefits: &[&str], ours: bool) -> Venue {
        Venue {
            id: String::from(id),
            name: String::from(name),
            benefits: benefits.iter().copied().map(String::from).collect(),
            ours,
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        let limit = |year, least, most| LunchLimit { year, least, most };
        Settings {
            client_id: String::from("sandbox-client"),
            client_secret: String::from("sandbox-secret"),
            auth: Auth::OAuth2,
            id_header: String::from("X-Client-Id"),
            secret_header: String::from("X-Client-Secret"),
            token_path: String::from("/oauth/token"),
            token_life_s: 3600,
            error_shape: ErrorShape::Object,
            partial_refund: false,
            refund_window: RefundWindow::SameDay,
            idempotency_header: None,
            refund_amount_field: String::from("amount"),
            refund_venue_field: String::from("venue"),
            qr_shape: QrShape::Jwt,
            layout: Layout::Flat,
            payer_name: String::from("Aino Esimerkki"),
            lunch_limits: vec![
                limit(2019, 660, 1_050),
                limit(2020, 680, 1_070),
                limit(2021, 690, 1_090),
                limit(2022, 715, 1_130),
                limit(2024, 850, 1_350),
            ],
            public_address: String::from("http://127.0.0.1:8420"),
            venues: vec![
                Venue::new(
                    "ven_Sandbox0Gym00001",
                    "Sandbox Gym",
                    &["exercise", "culture"],
                    true,
                ),
                Venue::new("ven_Sandbox0Spa00002", "Sandbox Spa", &["massage"], true),
                Venue::new("ven_Sandbox0Lunch003", "Sandbox Lunch", &["lunch"], true),
                Venue::new(
                    "ven_Sandbox0Other004",
                    "Gym across the street",
                    &["exercise", "culture", "health", "bike", "commuting"],
                    false,
                ),
            ],
        }
    }
}
