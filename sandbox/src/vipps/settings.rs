//! The sales unit and what is not certain about the real service.

use serde::{Deserialize, Serialize};

use crate::clock::DAY_MS;

/// One sales unit and the quirks of the service. What no document confirms is a setting here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub msn: String,
    pub client_id: String,
    pub client_secret: String,
    pub subscription_key: String,
    /// Shown on the customer's phone.
    pub merchant_name: String,
    pub market: Market,
    /// Off: PUSH_MESSAGE is refused with 5080.
    pub push_allowed: bool,
    /// Off: less than the whole amount is refused with 6140.
    pub partial_capture_allowed: bool,
    /// Off: `expiresAt` is refused with 5050.
    pub long_living_allowed: bool,
    pub token_life_s: i64,
    /// Capture, refund and cancel say `application/problem+json` although they succeeded.
    pub problem_json_on_success: bool,
    /// Codes that ask for patience (6160, 6250, 6280) stay with their idempotency key like any
    /// other refusal.
    pub processing_sticks: bool,
    /// Create, capture, cancel and refund together, per reference; 0 lifts the limit.
    pub writes_per_minute: usize,
    /// Payment and event log together, per reference; 0 lifts the limit.
    pub reads_per_minute: usize,
    /// Reading shows a payment as it was this long ago.
    pub read_lag_ms: i64,
    /// Reading does not find a payment that is younger than this.
    pub not_found_lag_ms: i64,
    /// How long the customer's bank takes after the customer has approved.
    pub authorization_takes_ms: i64,
    /// What the addresses of QR images and landing pages start with.
    pub public_address: String,
    pub customers: Vec<Customer>,
    /// What the texts of codes at tills begin with.
    pub till_code_prefix: String,
    /// Old stickers that belong to another sales unit.
    pub beacons_elsewhere: Vec<String>,
    /// How long a check-in can be turned into a payment.
    pub customer_token_life_s: i64,
    /// Every registration gets this secret instead of one of its own.
    pub webhook_secret: Option<String>,
    /// Webhooks go to no other ports.
    pub webhook_ports: Vec<u16>,
    /// How often a merchant may ask what became of a request to join.
    pub login_interval_s: i64,
    /// How long a customer may think about joining, unless the merchant says.
    pub login_expiry_s: i64,
    /// What the merchant's plan lets customers share; the rest is left out without a word.
    pub login_scopes: Vec<String>,
    /// The status of a customer's no.
    pub login_denied_status: u16,
    /// Unknown customers are told by `error` instead of `error_code`.
    pub login_plain_errors: bool,
}

/// Decides currency, smallest amount and how long a capture may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Market {
    Nok,
    Dkk,
    Eur,
}

/// Somebody with the app. Any other well-formed number is a customer too, only without a code to
/// show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    pub number: String,
    pub name: String,
    /// The complete text of the code that the app shows.
    pub personal_qr: String,
    pub age: u8,
}

impl Market {
    pub fn currency(self) -> &'static str {
        match self {
            Market::Nok => "NOK",
            Market::Dkk => "DKK",
            Market::Eur => "EUR",
        }
    }

    pub(super) fn amount_min(self) -> i64 {
        match self {
            Market::Nok => 100,
            Market::Dkk | Market::Eur => 1,
        }
    }

    /// An authorization that is not captured by then is released.
    pub(super) fn capture_within_ms(self) -> i64 {
        match self {
            Market::Nok => 180 * DAY_MS,
            Market::Dkk | Market::Eur => 14 * DAY_MS,
        }
    }
}

impl Customer {
    fn new(number: &str, name: &str, code: &str, age: u8) -> Customer {
        Customer {
            number: String::from(number),
            name: String::from(name),
            personal_qr: format!("https://qr.vipps.no/p/{code}"),
            age,
        }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            msn: String::from("123456"),
            client_id: String::from("sandbox-client"),
            client_secret: String::from("sandbox-secret"),
            subscription_key: String::from("sandbox-key"),
            merchant_name: String::from("Sandbox Shop"),
            market: Market::Nok,
            push_allowed: true,
            partial_capture_allowed: true,
            long_living_allowed: false,
            token_life_s: 3600,
            problem_json_on_success: false,
            processing_sticks: false,
            writes_per_minute: 5,
            reads_per_minute: 120,
            read_lag_ms: 0,
            not_found_lag_ms: 0,
            authorization_takes_ms: 0,
            public_address: String::from("http://127.0.0.1:8420"),
            customers: vec![
                Customer::new("4712345678", "Ada Lovelace", "sandbox-0001", 36),
                Customer::new("4798765432", "Niels Abel", "sandbox-0002", 26),
                Customer::new("4511223344", "Inge Lehmann", "sandbox-0003", 44),
                Customer::new("358401234567", "Young Customer", "sandbox-0004", 16),
            ],
            till_code_prefix: String::from("https://qr.vipps.no/c/"),
            beacons_elsewhere: vec![String::from("999999999999999")],
            customer_token_life_s: 900,
            webhook_secret: None,
            webhook_ports: vec![80, 443, 8080],
            login_interval_s: 5,
            login_expiry_s: 600,
            login_scopes: [
                "openid",
                "name",
                "phoneNumber",
                "email",
                "address",
                "birthDate",
            ]
            .map(String::from)
            .to_vec(),
            login_denied_status: 400,
            login_plain_errors: false,
        }
    }
}
