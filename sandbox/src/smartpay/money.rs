//! Amounts are decimals in major units on the wire and minor units everywhere else (section 13).

use serde_json::value::RawValue;

use super::fields::{Fields, Object};

/// An amount of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Money {
    pub minor: i64,
    pub currency: String,
}

const WHOLE_UNITS: [&str; 9] = [
    "CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF",
];
const THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// 18 digits, two of them behind the point.
const MINOR_MAX: i64 = 999_999_999_999_999_999;

/// Nothing for what is no currency here.
fn decimals(currency: &str) -> Option<usize> {
    let shape = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    if !shape || THREE_DECIMALS.contains(&currency) {
        None
    } else if WHOLE_UNITS.contains(&currency) {
        Some(0)
    } else {
        Some(2)
    }
}

/// Reports what is wrong with `amount` and `currencyCode` of an object.
pub(super) fn read(fields: &Fields<'_>) -> Option<Money> {
    fields.require(&["amount", "currencyCode"]);
    let currency = fields.text("currencyCode", 3)?;
    let Some(decimals) = decimals(&currency) else {
        fields.report("currencyCode", "is not supported");
        return None;
    };
    let minor = to_minor(fields.raw("amount")?, decimals);
    match minor.filter(|minor| (1..=MINOR_MAX).contains(minor)) {
        Some(minor) => Some(Money { minor, currency }),
        None => {
            fields.report("amount", "must be a positive decimal 18.2");
            None
        }
    }
}

pub(super) fn object(minor: i64, currency: &str) -> Object {
    Object::default()
        .with("amount", &number(minor, currency))
        .with("currencyCode", &currency)
}

fn number(minor: i64, currency: &str) -> Box<RawValue> {
    let decimals = decimals(currency).unwrap_or(2);
    let digits = format!("{minor:0>least$}", least = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    // The service strips zeros at the end, as its own examples do.
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    RawValue::from_string(format!("{whole}{point}{part}")).unwrap_or_default()
}

/// Only JSON numbers without an exponent.
fn to_minor(raw: &RawValue, decimals: usize) -> Option<i64> {
    let text = raw.get();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > decimals {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_in_both_directions() {
        for (minor, currency, text) in [
            (1_099, "EUR", "10.99"),
            (80_000, "EUR", "800"),
            (80_020, "EUR", "800.2"),
            (5, "EUR", "0.05"),
            (1_200, "JPY", "1200"),
            (MINOR_MAX, "EUR", "9999999999999999.99"),
        ] {
            let raw = number(minor, currency);
            assert_eq!(raw.get(), text);
            assert_eq!(to_minor(&raw, decimals(currency).unwrap()), Some(minor));
        }
        for wrong in ["1e3", "-1", "10.999", "\"10\"", "1.5e1"] {
            let raw = RawValue::from_string(String::from(wrong)).unwrap();
            assert_eq!(to_minor(&raw, 2), None, "{wrong}");
        }
        assert_eq!(decimals("KWD"), None);
        assert_eq!(decimals("eur"), None);
    }
}
