//! One merchant, and what is not certain about the real service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The merchant and the quirks of the service. What no document confirms is a setting here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub merchant_key: String,
    pub authentication_key: String,
    pub oauth_client_id: String,
    pub oauth_client_secret: String,
    pub basic_allowed: bool,
    pub bearer_allowed: bool,
    pub oauth_token_life_s: i64,
    /// Off: Origin, Accept-Language and User-Agent may be missing or wrong.
    pub check_headers: bool,
    /// Domains that are registered for the merchant.
    pub origins: Vec<String>,
    /// Shown to the customer.
    pub shop_name: String,
    /// Off: an authorization waits for a capture.
    pub auto_capture: bool,
    /// The cents of the amount decide what the customer does; see the module's own text.
    pub autopay: bool,
    /// What is not completed after this long is cancelled; 0: never.
    pub auto_cancel_min: i64,
    /// How long a payment link can be paid, as fixed when the merchant was set up.
    pub link_life_h: i64,
    pub link_needs_merchant_key: bool,
    /// Off: what is authorized asynchronously cannot be cancelled before its end is known.
    pub cancel_while_pending: bool,
    /// A refused modification is refused for ever under its modificationId.
    pub refusals_stick: bool,
    /// How long a refund is pending.
    pub refund_takes_ms: i64,
    /// Creating answers 201 instead of 200.
    pub created_is_201: bool,
    /// `transactionId` stands at the top of answers, too.
    pub transaction_id_on_top: bool,
    /// Captures and the like answer with `modifications` instead of `modification`.
    pub modifications_in_answers: bool,
    /// Status answers carry `statusHistory`.
    pub history_in_answers: bool,
    /// Status and refusals of a duplicate `partnerReference`.
    pub duplicate_status: u16,
    /// Other words for statuses: the usual one first, what the service says instead second.
    pub status_words: BTreeMap<String, String>,
    pub link_names: LinkNames,
    /// What the addresses of payment pages start with.
    pub page_address: String,
}

/// How the members of a payment link are called; an empty name leaves the member out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkNames {
    pub id: String,
    pub url: String,
    pub qr: String,
    pub expiry: String,
    pub transaction: String,
    pub status: String,
}

impl Default for LinkNames {
    fn default() -> LinkNames {
        LinkNames {
            id: String::from("id"),
            url: String::from("paymentUrl"),
            qr: String::from("qrCodeUrl"),
            expiry: String::from("expiryDate"),
            transaction: String::from("transactionId"),
            status: String::from("paymentStatus"),
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            merchant_key: String::from("5a9d0bb0-0000-4000-8000-0000000000aa"),
            authentication_key: String::from("sandbox-authentication-key"),
            oauth_client_id: String::from("sandbox-client"),
            oauth_client_secret: String::from("sandbox-secret"),
            basic_allowed: true,
            bearer_allowed: true,
            oauth_token_life_s: 3600,
            check_headers: true,
            origins: vec![String::from("https://shop.example")],
            shop_name: String::from("Sandbox Dealer"),
            auto_capture: true,
            autopay: false,
            auto_cancel_min: 30,
            link_life_h: 72,
            link_needs_merchant_key: false,
            cancel_while_pending: false,
            refusals_stick: false,
            refund_takes_ms: 0,
            created_is_201: false,
            transaction_id_on_top: true,
            modifications_in_answers: false,
            history_in_answers: true,
            duplicate_status: 400,
            status_words: BTreeMap::new(),
            link_names: LinkNames::default(),
            page_address: String::from("http://127.0.0.1:8420"),
        }
    }
}
