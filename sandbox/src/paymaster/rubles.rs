//! Kopecks from and to decimal rubles, without floating point.

use serde_json::value::RawValue;

/// Exactly so many kopecks; nothing if the text is no number or has parts of a kopeck.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let significant = part.trim_end_matches('0');
    if !digits(whole) || !digits(part) || significant.len() > 2 {
        return None;
    }
    format!("{whole}{significant:0<2}").parse().ok()
}

/// `39.90`, or `39.9000` as some answers of the service have it.
pub(super) fn number(kopecks: i64, four_decimals: bool) -> Box<RawValue> {
    let tail = if four_decimals { "00" } else { "" };
    raw(format!("{}.{:02}{tail}", kopecks / 100, kopecks % 100))
}

pub(super) fn whole_number(kopecks: i64) -> Box<RawValue> {
    raw(kopecks.to_string())
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubles_are_read_exactly_or_not_at_all() {
        for (text, kopecks) in [
            ("39.90", 3_990),
            ("10.5000", 1_050),
            ("1", 100),
            ("0.07", 7),
        ] {
            assert_eq!(parse(text), Some(kopecks), "{text}");
        }
        for text in ["10.001", "1e2", "-1.00", "", ".5", "1.", "\"1.00\"", "null"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(number(3_990, false).get(), "39.90");
        assert_eq!(number(1_005, true).get(), "10.0500");
    }
}
