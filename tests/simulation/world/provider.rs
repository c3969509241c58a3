//! Whose payments a run makes: the profile's settings and the sandbox's side of them.

use super::BASE_URL;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    #[default]
    Vipps,
    Mobilepay,
    Smartum,
    Smartpay,
    Paymaster,
}

impl Provider {
    pub fn name(self) -> &'static str {
        match self {
            Self::Vipps => "vipps",
            Self::Mobilepay => "mobilepay",
            Self::Smartum => "smartum",
            Self::Smartpay => "smartpay",
            Self::Paymaster => "paymaster",
        }
    }

    /// Who imitates it: the name of the sandbox's section, of its acts and of its ledger rows.
    pub fn section(self) -> &'static str {
        match self {
            Self::Mobilepay => Self::Vipps.name(),
            other => other.name(),
        }
    }

    /// The sandbox's settings: what makes it this provider, and what a run wants.
    pub fn sandbox(self, wanted: &Value) -> Value {
        let mut settings = match self {
            Self::Mobilepay => json!({"market": "DKK"}),
            _ => json!({}),
        };
        for (name, value) in wanted.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        settings
    }

    pub fn currency(self) -> &'static str {
        match self {
            Self::Vipps => "NOK",
            Self::Mobilepay => "DKK",
            Self::Smartum | Self::Smartpay => "EUR",
            Self::Paymaster => "RUB",
        }
    }

    /// The published limits, writes and reads a minute for one payment; where none are published,
    /// what decency allows.
    pub fn limits(self) -> (usize, usize) {
        match self {
            Self::Vipps | Self::Mobilepay => (5, 120),
            Self::Smartum | Self::Smartpay | Self::Paymaster => (20, 120),
        }
    }

    /// The least that a profile needs.
    pub fn settings(self, net: &mut sandbox::World) -> Value {
        match self {
            Self::Vipps | Self::Mobilepay => json!({
                "base_url": BASE_URL,
                "client_id": {"value": "sandbox-client"},
                "client_secret": {"value": "sandbox-secret"},
                "subscription_key": {"value": "sandbox-key"},
                "merchant_serial_number": "123456",
                "currency": self.currency(),
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
