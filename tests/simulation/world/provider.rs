//! Whose payments a run makes: the profile's settings and the sandbox's side of them.

use super::BASE_URL;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    #[default]
    Vipps,
    Smartum,
    Smartpay,
    Paymaster,
}

impl Provider {
    pub fn name(self) -> &'static str {
        match self {
            Self::Vipps => "vipps",
            Self::Smartum => "smartum",
            Self::Smartpay => "smartpay",
            Self::Paymaster => "paymaster",
        }
    }

    pub fn currency(self) -> &'static str {
        match self {
            Self::Vipps => "NOK",
            Self::Smartum | Self::Smartpay => "EUR",
            Self::Paymaster => "RUB",
        }
    }

    /// The published limits, writes and reads a minute for one payment; where none are published,
    /// what decency allows.
    pub fn limits(self) -> (usize, usize) {
        match self {
            Self::Vipps => (5, 120),
            Self::Smartum | Self::Smartpay | Self::Paymaster => (20, 120),
        }
    }

    /// The least that a profile needs.
    pub fn settings(self, net: &mut sandbox::World) -> Value {
        match self {
            Self::Vipps => json!({
                "base_url": BASE_URL,
                "client_id": {"value": "sandbox-client"},
                "client_secret": {"value": "sandbox-secret"},
                "subscription_key": {"value": "sandbox-key"},
                "merchant_serial_number": "123456",
                "currency": "NOK",
            }),
            Self::Smartum => json!({
                "base_url": BASE_URL,
                "client_id": {"value": net.smartum().settings().client_id},
                "client_secret": {"value": net.smartum().settings().client_secret},
                "venue_id": net.smartum().settings().venues[0].id,
                "benefit": "exercise",
                "jwt_keys": net
                    .smartum()
                    .public_keys_pem()
                    .iter()
                    .map(|(kid, pem)| json!({"kid": kid, "pem": pem}))
                    .collect::<Vec<_>>(),
            }),
            Self::Smartpay => json!({
                "base_url": BASE_URL,
                "merchant_key": net.smartpay().settings().merchant_key,
                "authentication_key": {"value": net.smartpay().settings().authentication_key},
                "origin": net.smartpay().settings().origins[0],
                "default_consumer": {
                    "first_name": "Walk-in", "last_name": "Customer", "email": "shop@shop.example",
                },
                "default_billing": {
                    "address_line1": "Main Street 1", "city": "Wolfsburg", "post_code": "38440",
                    "country_code": "DE",
                },
            }),
            Self::Paymaster => json!({
                "base_url": BASE_URL,
                "token": {"value": net.paymaster().settings().token},
                "merchant_id": net.paymaster().settings().merchant_id,
                "pos_id": net.paymaster().settings().pos_id,
            }),
        }
    }
}
