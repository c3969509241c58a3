//! Amounts: integers in minor units with their currency; no floating point anywhere.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an upper-case alphabetic code such as `NOK`.
    pub fn from_code(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code).map(Self)
    }

    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the major unit has: 2 for NOK, 0 for JPY.
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| {
            serde::de::Error::custom(format!("'{code}' is not an ISO 4217 currency code"))
        })
    }
}

/// An amount of money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Money {
    /// In the smallest unit of the currency: 49900 is NOK 499.00.
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// No amount of no currency (ISO 4217 has a code for that).
    pub fn nothing() -> Self {
        Self::new(0, Currency(iso_currency::Currency::XXX))
    }

    /// For people: `499.00 NOK`.
    pub fn display(self) -> String {
        let exponent = self.currency.exponent();
        let digits = self.minor.unsigned_abs().to_string();
        let width = usize::try_from(exponent).unwrap_or(0);
        let padded = format!("{digits:0>least$}", least = width.saturating_add(1));
        let (whole, part) = padded.split_at(padded.len().saturating_sub(width));
        let sign = if self.minor < 0 { "-" } else { "" };
        let point = if width == 0 { "" } else { "." };
        format!("{sign}{whole}{point}{part} {}", self.currency.code())
    }
}

/// What the provider says it has moved for one payment, in minor units of the payment's currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Amounts {
    #[serde(default)]
    pub authorized: i64,
    #[serde(default)]
    pub captured: i64,
    #[serde(default)]
    pub cancelled: i64,
    #[serde(default)]
    pub refunded: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_with_the_decimals_of_their_currency() {
        let show = |minor, code| Money::new(minor, Currency::from_code(code).unwrap()).display();
        assert_eq!(show(49_900, "NOK"), "499.00 NOK");
        assert_eq!(show(5, "EUR"), "0.05 EUR");
        assert_eq!(show(-120, "DKK"), "-1.20 DKK");
        assert_eq!(show(120, "JPY"), "120 JPY");
        assert_eq!(show(1_234, "KWD"), "1.234 KWD");
        assert_eq!(show(i64::MIN, "NOK"), "-92233720368547758.08 NOK");
    }

    #[test]
    fn an_unknown_currency_is_refused() {
        assert!(Currency::from_code("NKO").is_none());
        assert!(Currency::from_code("nok").is_none());
        assert!(Currency::from_code("").is_none());
    }
}
