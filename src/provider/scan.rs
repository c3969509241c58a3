//! What a scanner has read. Anything may come: the decision is made by shape, and nothing that is
//! not meant for us does harm.

/// The longest scan that is looked at.
pub const SCAN_LEN_MAX: usize = 8 * 1024;

/// What a scan was. The numbers are the C constants'.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScanKind {
    /// A customer's personal code, taken for the waiting tender.
    Customer = 1,
    /// A product's barcode (EAN, UPC, GTIN).
    Product = 2,
    /// Looks like a payment card's number: not read further, not kept.
    Card = 3,
    /// A web address, but not one that names a customer of this provider.
    OtherAddress = 4,
    /// Text that nobody here knows.
    Other = 5,
    /// Control characters, invalid UTF-8, or far too long.
    Noise = 6,
    /// A customer's code, but this operation does not wait for one.
    NotWaiting = 7,
}

impl ScanKind {
    pub const fn number(self) -> i32 {
        match self {
            Self::Customer => 1,
            Self::Product => 2,
            Self::Card => 3,
            Self::OtherAddress => 4,
            Self::Other => 5,
            Self::Noise => 6,
            Self::NotWaiting => 7,
        }
    }
}

/// A scan that is text, freed of what scanners put around it, or what else it was.
pub fn clean(bytes: &[u8]) -> Result<&str, ScanKind> {
    if bytes.len() > SCAN_LEN_MAX {
        return Err(ScanKind::Noise);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ScanKind::Noise)?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let text = without_symbology(text);
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(ScanKind::Noise);
    }
    Ok(text)
}

/// Drops an AIM prefix such as `]Q3`: scanners can be set to send it.
fn without_symbology(text: &str) -> &str {
    let mut rest = text.chars();
    let is_prefix = rest.next() == Some(']')
        && rest.next().is_some_and(|c| c.is_ascii_alphabetic())
        && rest
            .next()
            .is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    if is_prefix { rest.as_str() } else { text }
}

/// What a text is that is no customer's code.
pub fn classify(text: &str) -> ScanKind {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (13..=19).contains(&text.len()) && text.len() != 14 && passes_luhn(text) {
        // A thirteen-digit EAN may satisfy the card checksum by chance: its own comes first.
        return if is_gtin(text) {
            ScanKind::Product
        } else {
            ScanKind::Card
        };
    }
    if digits && is_gtin(text) {
        return ScanKind::Product;
    }
    if text.contains("://") {
        ScanKind::OtherAddress
    } else {
        ScanKind::Other
    }
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            match (index % 2, digit) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => digit * 2 - 9,
                (_, digit) => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_gtin(digits: &str) -> bool {
    if !matches!(digits.len(), 8 | 12 | 13 | 14) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if index % 2 == 0 { digit } else { digit * 3 }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanners_surroundings_are_dropped() {
        assert_eq!(
            clean(b"]Q3https://qr.example/p/1\r\n").unwrap(),
            "https://qr.example/p/1"
        );
        assert_eq!(clean(b"\x02abc\x03").unwrap(), "abc");
        assert_eq!(clean(b"]not a prefix").unwrap(), "]not a prefix");
    }

    #[test]
    fn noise_is_called_noise() {
        assert_eq!(clean(&[0xff, 0xfe]), Err(ScanKind::Noise));
        assert_eq!(clean(b"a\x00b"), Err(ScanKind::Noise));
        assert_eq!(clean(b"  \r\n"), Err(ScanKind::Noise));
        assert_eq!(clean(&vec![b'a'; SCAN_LEN_MAX + 1]), Err(ScanKind::Noise));
    }

    #[test]
    fn shapes_are_told_apart() {
        assert_eq!(classify("6411401015090"), ScanKind::Product);
        assert_eq!(classify("96385074"), ScanKind::Product);
        assert_eq!(classify("4111111111111111"), ScanKind::Card);
        assert_eq!(classify("https://example.org/"), ScanKind::OtherAddress);
        assert_eq!(classify("BONUS-1234"), ScanKind::Other);
    }
}
