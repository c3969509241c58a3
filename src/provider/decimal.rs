//! Amounts as decimal text in major units, to and from minor units, without floating point.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// `1099` with two decimals is `10.99`. Only for amounts of zero and more.
pub fn from_minor(minor: i64, exponent: u32) -> String {
    let width = usize::try_from(exponent).unwrap_or(0);
    let digits = minor.unsigned_abs().to_string();
    let padded = format!("{digits:0>least$}", least = width.saturating_add(1));
    let (whole, part) = padded.split_at(padded.len().saturating_sub(width));
    let sign = if minor < 0 { "-" } else { "" };
    let point = if width == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// The same as a JSON number.
pub fn number_from_minor(minor: i64, exponent: u32) -> Box<RawValue> {
    // Digits and at most one point between digits are a JSON number.
    RawValue::from_string(from_minor(minor, exponent)).unwrap_or_default()
}

/// A decimal exactly as it was written: a JSON number, or a text that holds one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decimal(String);

impl Decimal {
    /// Exactly this many minor units, or nothing: no rounding, no exponent form, no sign but minus.
    pub fn to_minor(&self, exponent: u32) -> Option<i64> {
        let (negative, text) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, self.0.as_str()),
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return None;
        }
        let width = usize::try_from(exponent).ok()?;
        let significant = part.trim_end_matches('0');
        if significant.len() > width {
            return None;
        }
        let minor: i64 = format!("{whole}{significant:0<width$}").parse().ok()?;
        if negative {
            minor.checked_neg()
        } else {
            Some(minor)
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get().trim_matches('"');
        if text.is_empty() || text.len() > 40 {
            return Err(serde::de::Error::custom("expected a decimal"));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str, exponent: u32) -> Option<i64> {
        serde_json::from_str::<Decimal>(text)
            .ok()?
            .to_minor(exponent)
    }

    #[test]
    fn written_and_read_without_losing_a_cent() {
        for (amount, exponent, text) in [
            (1_099, 2, "10.99"),
            (5, 2, "0.05"),
            (0, 2, "0.00"),
            (80_000, 2, "800.00"),
            (120, 0, "120"),
            (i64::MAX, 2, "92233720368547758.07"),
        ] {
            assert_eq!(from_minor(amount, exponent), text);
            assert_eq!(number_from_minor(amount, exponent).get(), text);
            assert_eq!(minor(text, exponent), Some(amount));
        }
    }

    #[test]
    fn what_providers_write_is_read_exactly_or_not_at_all() {
        assert_eq!(minor("10.5", 2), Some(1_050));
        assert_eq!(minor("10.5000", 2), Some(1_050));
        assert_eq!(minor("\"12.50\"", 2), Some(1_250));
        assert_eq!(minor("800", 2), Some(80_000));
        assert_eq!(minor("-1.5", 2), Some(-150));
        for broken in [
            "10.999",
            "1e3",
            "\"\"",
            "\"1,50\"",
            "\".5\"",
            "\"5.\"",
            "null",
            "true",
            "[1]",
            "\"+5\"",
            "99999999999999999999",
        ] {
            assert_eq!(minor(broken, 2), None, "{broken}");
        }
    }
}
