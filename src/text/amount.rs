//! Amounts as people in each country write them.

use super::Language;
use crate::tender::{Currency, Money};

/// Used both between groups of digits and before the currency. The narrow one would look better,
/// but older tills and pole displays have only the characters of their Windows code page.
const NO_BREAK_SPACE: char = '\u{a0}';

/// Writes `1 234,50 kr`, `12.00 EUR`, `1.234,50 kr.` and so on.
pub fn format(money: Money, language: Language) -> String {
    let (group, point) = match language {
        Language::English => (',', '.'),
        Language::Danish => ('.', ','),
        Language::Finnish | Language::Swedish | Language::NorwegianBokmal | Language::Russian => {
            (NO_BREAK_SPACE, ',')
        }
    };
    let decimals = usize::try_from(money.currency.exponent()).unwrap_or(0);
    let digits = money.minor.unsigned_abs().to_string();
    let padded = format!("{digits:0>least$}", least = decimals.saturating_add(1));
    let (whole, part) = padded.split_at(padded.len().saturating_sub(decimals));
    let mut text = String::from(if money.minor < 0 { "-" } else { "" });
    for (position, digit) in whole.chars().enumerate() {
        let remaining = whole.len().saturating_sub(position);
        if position > 0 && remaining.is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push(point);
        text.push_str(part);
    }
    text.push(NO_BREAK_SPACE);
    text.push_str(sign(money.currency, language));
    text
}

/// The sign that shops in the country use for their own money; other money keeps its code, since
/// three countries call theirs `kr`.
fn sign(currency: Currency, language: Language) -> &'static str {
    match (language, currency.code()) {
        (Language::Swedish, "SEK") | (Language::NorwegianBokmal, "NOK") => "kr",
        (Language::Danish, "DKK") => "kr.",
        (Language::Finnish, "EUR") => "€",
        (Language::Russian, "RUB") => "руб.",
        (_, code) => code,
    }
}

/// Abbreviations that end in a point; at the end of a sentence it is the sentence's point too.
const POINTED_SIGNS: [&str; 2] = ["kr.", "руб."];

/// Takes away the second of two points at the end of a sentence.
pub fn merge_points(text: String) -> String {
    let mut merged = text;
    for sign in POINTED_SIGNS {
        merged = merged.replace(&format!("{sign}."), sign);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(minor: i64, code: &str, language: Language) -> String {
        let text = format(
            Money::new(minor, Currency::from_code(code).unwrap()),
            language,
        );
        text.replace(NO_BREAK_SPACE, "_")
    }

    #[test]
    fn amounts_are_written_as_in_their_country() {
        assert_eq!(show(123_450, "EUR", Language::Finnish), "1_234,50_€");
        assert_eq!(show(49_900, "NOK", Language::NorwegianBokmal), "499,00_kr");
        assert_eq!(show(100_000, "SEK", Language::Swedish), "1_000,00_kr");
        assert_eq!(
            show(123_456_789, "DKK", Language::Danish),
            "1.234.567,89_kr."
        );
        assert_eq!(show(5, "RUB", Language::Russian), "0,05_руб.");
        assert_eq!(show(123_450, "EUR", Language::English), "1,234.50_EUR");
    }

    #[test]
    fn an_abbreviation_ends_its_sentence() {
        assert_eq!(
            merge_points("Betalt: 5,00 kr..".to_owned()),
            "Betalt: 5,00 kr."
        );
        assert_eq!(
            merge_points("5,00 kr. af 6,00 kr".to_owned()),
            "5,00 kr. af 6,00 kr"
        );
    }

    #[test]
    fn other_money_keeps_its_code_and_decimals() {
        assert_eq!(show(1_200, "DKK", Language::Swedish), "12,00_DKK");
        assert_eq!(show(1_200, "JPY", Language::Finnish), "1_200_JPY");
        assert_eq!(show(1_234, "KWD", Language::Danish), "1,234_KWD");
        assert_eq!(show(-99, "NOK", Language::NorwegianBokmal), "-0,99_kr");
        assert_eq!(
            show(i64::MIN, "EUR", Language::English),
            "-92,233,720,368,547,758.08_EUR"
        );
    }
}
