//! What a scan may look like that is meant as a receipt: a token, or something around one.

use super::{IdShape, wire};
use crate::tender::Reason;
use serde::Deserialize;

/// One way in which a code on the customer's phone may hold a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The token and nothing else.
    Jwt,
    /// An address with the token as the parameter `jwt`, `token`, `receipt` or `t`.
    UrlParam,
    /// An address that ends in the token or in a transaction id.
    UrlSegment,
    /// A JSON object with the token as its member `jwt`, `token` or `receipt`.
    Json,
    /// A transaction id: nothing is signed.
    TxId,
}

impl Format {
    pub const ALL: [Format; 5] = [
        Format::Jwt,
        Format::UrlParam,
        Format::UrlSegment,
        Format::Json,
        Format::TxId,
    ];
}

/// What was found in a scan.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Not meant as a receipt.
    Nothing,
    Token(String),
    /// The name of a payment, without proof.
    Transaction,
    Unusable(Reason),
}

const PARAMETERS: [&str; 4] = ["jwt", "token", "receipt", "t"];
const MEMBERS: [&str; 3] = ["jwt", "token", "receipt"];

/// Looks for a receipt in a scan. Addresses are only read: nothing is ever fetched from them.
pub fn find(text: &str, formats: &[Format], transaction: &IdShape) -> Found {
    let allowed = |format: Format, found: Found| match found {
        Found::Nothing => Found::Nothing,
        _ if formats.contains(&format) => found,
        _ => Found::Unusable(Reason::NotAReceipt),
    };
    let national = |c: char| matches!(c, 'Å' | 'Ä' | 'Ö' | 'å' | 'ä' | 'ö');
    if wire::resembles_token(text) {
        allowed(Format::Jwt, Found::Token(text.to_owned()))
    } else if text.starts_with('{') {
        allowed(Format::Json, in_json(text, transaction))
    } else if let Some((scheme, rest)) = text.split_once("://") {
        let (format, found) = in_address(scheme, rest, transaction);
        allowed(format, found)
    } else if transaction.fits(text) {
        allowed(Format::TxId, Found::Transaction)
    } else if text.contains("eyJ") && text.contains(national) {
        // An address or JSON, typed by a scanner that takes the keyboard for an American one.
        Found::Unusable(Reason::ScannerLayout)
    } else {
        allowed(Format::TxId, nearly_transaction(text, transaction))
    }
}

fn nearly_transaction(text: &str, transaction: &IdShape) -> Found {
    if transaction.fits(&text.replacen('?', "_", 1)) {
        Found::Unusable(Reason::ScannerLayout)
    } else if text.starts_with(transaction.prefix) {
        Found::Unusable(Reason::NotAReceipt)
    } else {
        Found::Nothing
    }
}

fn in_json(text: &str, transaction: &IdShape) -> Found {
    let Some(members) = wire::strict_object(text.as_bytes()) else {
        // Other things than receipts are JSON too, broken or not.
        return if text.contains("eyJ") {
            Found::Unusable(Reason::ReceiptDamaged)
        } else {
            Found::Nothing
        };
    };
    let named = MEMBERS
        .iter()
        .filter_map(|name| Some((*name, members.get(*name)?.as_str()?)));
    chosen(named, transaction)
}

/// The format is that of the place in which something was found.
fn in_address(scheme: &str, rest: &str, transaction: &IdShape) -> (Format, Found) {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return (Format::UrlParam, Found::Nothing);
    }
    let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    let fragment = fragment.strip_prefix('?').unwrap_or(fragment);
    let pairs = query.split('&').chain(fragment.split('&'));
    let named = pairs
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| PARAMETERS.contains(name));
    match chosen(named, transaction) {
        Found::Nothing => {}
        found => return (Format::UrlParam, found),
    }
    let segment = path.strip_suffix('/').unwrap_or(path).rsplit_once('/');
    let found = match segment {
        Some((_, segment)) if wire::resembles_token(segment) => Found::Token(segment.to_owned()),
        Some((_, segment)) if transaction.fits(segment) => Found::Transaction,
        _ => Found::Nothing,
    };
    (Format::UrlSegment, found)
}

/// The one token among named values; two different ones would leave a choice to whoever made it.
fn chosen<'t>(named: impl Iterator<Item = (&'t str, &'t str)>, transaction: &IdShape) -> Found {
    let mut found = Found::Nothing;
    for (name, value) in named {
        let here = if wire::resembles_token(value) {
            Found::Token(value.to_owned())
        } else if transaction.fits(value) {
            Found::Transaction
        } else if name == "jwt" {
            Found::Unusable(Reason::NotAReceipt)
        } else {
            Found::Nothing
        };
        found = match (found, here) {
            (Found::Token(one), Found::Token(other)) if one != other => {
                return Found::Unusable(Reason::ReceiptDamaged);
            }
            (Found::Token(token), _) | (_, Found::Token(token)) => Found::Token(token),
            (Found::Nothing, here) => here,
            (found, _) => found,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TX: IdShape = IdShape {
        prefix: "tx_",
        length_min: 8,
        length_max: 64,
    };

    fn look(text: &str) -> Found {
        find(text, &Format::ALL, &TX)
    }

    #[test]
    fn what_is_no_receipt_is_left_alone() {
        for text in [
            "6411401015090",
            "BONUS-1234",
            "https://shop.example/p?t=5&token=abc",
            "https://www.example.fi",
            "https://qr.vipps.no/p/abc",
            "{\"loyalty\":\"123\"}",
            "{broken",
            "{\"token\":5}",
            "WIFI:S:cafe;T:WPA;P:secret;;",
            "www.example.fi",
            "Hyvää päivää",
        ] {
            assert_eq!(look(text), Found::Nothing, "{text}");
        }
    }

    #[test]
    fn receipts_are_found_in_every_shape() {
        let token = "eyJhbGciOiJFUzUxMiJ9.e30.AA";
        for text in [
            token.to_owned(),
            format!("https://pay.example/r?x=1&jwt={token}"),
            format!("https://pay.example/r?token={token}#top"),
            format!("smartumpay://receipt#receipt={token}"),
            format!("https://pay.example/r#?t={token}"),
            format!("https://pay.example/r?jwt={token}&token={token}"),
            format!("https://pay.example/receipts/{token}"),
            format!("https://pay.example/receipts/{token}/"),
            format!("{{\"jwt\":\"{token}\"}}"),
            format!("{{\"v\":1,\"receipt\":\"{token}\"}}"),
        ] {
            assert_eq!(look(&text), Found::Token(token.to_owned()), "{text}");
        }
        for text in [
            "tx_R60D21hL60bj5N1v",
            "https://pay.example/r/tx_R60D21hL60bj5N1v",
        ] {
            assert_eq!(look(text), Found::Transaction, "{text}");
        }
    }

    #[test]
    fn what_was_meant_as_a_receipt_is_told_from_what_was_not() {
        let cases = [
            ("https://pay.example/r?jwt=abc", Reason::NotAReceipt),
            (
                "https://pay.example/r?jwt=eyJh.e30.AA&t=eyJo.e30.AA",
                Reason::ReceiptDamaged,
            ),
            ("{\"jwt\":\"abc\"}", Reason::NotAReceipt),
            ("{\"jwt\":\"eyJhbGci", Reason::ReceiptDamaged),
            (
                "{\"jwt\":\"eyJh.e30.AA\",\"jwt\":\"eyJo.e30.AA\"}",
                Reason::ReceiptDamaged,
            ),
            ("tx_R60D", Reason::NotAReceipt),
            ("tx_R60D21hL60bj5N1v!", Reason::NotAReceipt),
            ("tx?R60D21hL60bj5N1v", Reason::ScannerLayout),
            (
                "httpsÖ--pay.example-r_jwt´eyJh.e30.AA",
                Reason::ScannerLayout,
            ),
            ("ÅÄjwtÄÖÄeyJh.e30.AAÄÅ", Reason::ScannerLayout),
        ];
        for (text, reason) in cases {
            assert_eq!(look(text), Found::Unusable(reason), "{text}");
        }
    }

    #[test]
    fn each_shape_can_be_switched_off() {
        let without = |off: Format| -> Vec<Format> {
            Format::ALL.into_iter().filter(|it| *it != off).collect()
        };
        let token = "eyJhbGciOiJFUzUxMiJ9.e30.AA";
        for (off, text) in [
            (Format::Jwt, token.to_owned()),
            (
                Format::UrlParam,
                format!("https://pay.example/r?jwt={token}"),
            ),
            (Format::UrlSegment, format!("https://pay.example/{token}")),
            (Format::Json, format!("{{\"jwt\":\"{token}\"}}")),
            (Format::TxId, "tx_R60D21hL60bj5N1v".to_owned()),
        ] {
            let found = find(&text, &without(off), &TX);
            assert_eq!(found, Found::Unusable(Reason::NotAReceipt), "{off:?}");
            assert_ne!(look(&text), found);
        }
    }
}
