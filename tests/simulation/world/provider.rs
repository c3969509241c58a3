//! Whose payments a run makes: the profile's settings and the sandbox's side of them.

use super::BASE_URL;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    #[default]
    Vipps,
}

impl Provider {
    pub fn name(self) -> &'static str {
        match self {
            Self::Vipps => "vipps",
        }
    }

    pub fn currency(self) -> &'static str {
        match self {
            Self::Vipps => "NOK",
        }
    }

    /// The published limits, writes and reads a minute for one payment.
    pub fn limits(self) -> (usize, usize) {
        match self {
            Self::Vipps => (5, 120),
        }
    }

    /// The least that a profile needs.
    pub fn settings(self) -> Value {
        match self {
            Self::Vipps => json!({
                "base_url": BASE_URL,
                "client_id": {"value": "sandbox-client"},
                "client_secret": {"value": "sandbox-secret"},
                "subscription_key": {"value": "sandbox-key"},
                "merchant_serial_number": "123456",
                "currency": "NOK",
            }),
        }
    }
}
