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
    /// A receipt, taken for the waiting tender.
    Receipt = 8,
    /// A receipt that was not taken; the view's reason says why.
    ReceiptRefused = 9,
    /// Looks like an address, or a signed text, damaged by the keyboard layout: scanner and computer
    /// are set to different ones. Set the scanner to the computer's, or to its serial mode.
    LayoutDamaged = 10,
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
            Self::Receipt => 8,
            Self::ReceiptRefused => 9,
            Self::LayoutDamaged => 10,
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
    let (symbology, text) = split_symbology(text, ']');
    // A trimmed prefix may leave the blanks that stood behind it.
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if text.contains(GROUP_SEPARATOR) && GS1_SYMBOLOGIES.contains(&symbology) {
        return Err(ScanKind::Product);
    }
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(ScanKind::Noise);
    }
    Ok(text)
}

/// Divides the fields of a product's longer codes.
const GROUP_SEPARATOR: char = '\u{1d}';

/// What AIM calls the symbologies in which GS1 puts product data. `Q3` is a QR code of that kind.
const GS1_SYMBOLOGIES: &[&str] = &["C1", "J1", "Q3", "d2", "e0", "e1", "e2"];

/// Takes off an AIM prefix such as `]Q3`: scanners can be set to send it. `flag` is its first
/// character.
fn split_symbology(text: &str, flag: char) -> (&str, &str) {
    let Some(rest) = text.strip_prefix(flag) else {
        return ("", text);
    };
    let mut characters = rest.chars();
    let is_symbology = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters
            .next()
            .is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    match rest.split_at_checked(2) {
        Some(parts) if is_symbology => parts,
        _ => ("", text),
    }
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
    if undo_layout(text).is_some() {
        ScanKind::LayoutDamaged
    } else if text.contains("://") {
        ScanKind::OtherAddress
    } else {
        ScanKind::Other
    }
}

/// The layout of the computer's keyboard, when the scanner believes it is an American one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Host {
    /// Swedish tills use the same.
    Finnish,
    Norwegian,
    Danish,
}

/// What was in the code, if this looks like an address (`httpsÖ--qr.example-a_b´c`) or a signed text
/// (three parts of base64url) that a scanner typed as if on an American keyboard while the computer
/// takes its keys for Nordic ones. Nothing if it does not, or if it holds what such a mix-up cannot
/// produce.
///
/// The tables follow the printed keys of the layouts; they are general knowledge, not a document of
/// any provider. Each seen character has one origin, so what is undone is what was in the code, or
/// nothing was damaged this way.
pub fn undo_layout(text: &str) -> Option<String> {
    let (_, text) = split_symbology(text, '¨');
    let host = host_of_address(text).or_else(|| host_of_signed_text(text))?;
    let mut undone = String::with_capacity(text.len());
    for seen in text.chars() {
        match undo_composed(seen, host) {
            Some((accent, letter)) => undone.extend([accent, letter]),
            None => undone.push(undo_key(seen, host)?),
        }
    }
    Some(undone)
}

/// `://` comes out as one of the letters right of L and two hyphens.
fn host_of_address(text: &str) -> Option<Host> {
    let scheme = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let rest = text.get(scheme..)?;
    let mut characters = rest.chars();
    let host = match characters.next()? {
        'Ö' => Host::Finnish,
        'Ø' => Host::Norwegian,
        'Æ' => Host::Danish,
        _ => return None,
    };
    let follows = characters.as_str().strip_prefix("--")?;
    (scheme >= 2 && !follows.is_empty()).then_some(host)
}

/// `-` and `_` come out as `+` and `?`, which base64url never holds.
fn host_of_signed_text(text: &str) -> Option<Host> {
    let parts: Vec<&str> = text.split('.').collect();
    let is_part = |part: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'?');
        !part.is_empty() && part.bytes().all(allowed)
    };
    let damaged = text.contains(['+', '?']);
    // A signed text begins with an object's brace and quotation mark.
    let signed = text.starts_with("ey") && parts.len() == 3 && parts.iter().all(is_part);
    (damaged && signed).then_some(Host::Finnish)
}

/// Seen and meant, where the Nordic layouts agree.
const KEYS: &[(char, char)] = &[
    ('+', '-'),
    ('?', '_'),
    ('`', '+'),
    ('å', '['),
    ('Å', '{'),
    ('¨', ']'),
    ('^', '}'),
    ('\'', '\\'),
    ('*', '|'),
    (';', '<'),
    (':', '>'),
    ('-', '/'),
    ('_', '?'),
    ('"', '@'),
    ('¤', '$'),
    ('&', '^'),
    ('/', '&'),
    ('(', '*'),
    (')', '('),
    ('=', ')'),
];

const FINNISH_KEYS: &[(char, char)] = &[
    ('´', '='),
    ('ö', ';'),
    ('Ö', ':'),
    ('ä', '\''),
    ('Ä', '"'),
    ('§', '`'),
    ('½', '~'),
];

const NORWEGIAN_KEYS: &[(char, char)] = &[
    ('\\', '='),
    ('ø', ';'),
    ('Ø', ':'),
    ('æ', '\''),
    ('Æ', '"'),
    ('|', '`'),
    ('§', '~'),
];

const DANISH_KEYS: &[(char, char)] = &[
    ('´', '='),
    ('æ', ';'),
    ('Æ', ':'),
    ('ø', '\''),
    ('Ø', '"'),
    ('½', '`'),
    ('§', '~'),
];

fn undo_key(seen: char, host: Host) -> Option<char> {
    // The same on every keyboard.
    if seen.is_ascii_alphanumeric() || matches!(seen, '.' | ',' | '!' | '#' | '%' | ' ') {
        return Some(seen);
    }
    let own = match host {
        Host::Finnish => FINNISH_KEYS,
        Host::Norwegian => NORWEGIAN_KEYS,
        Host::Danish => DANISH_KEYS,
    };
    let mut keys = KEYS.iter().chain(own);
    keys.find_map(|(shown, meant)| (*shown == seen).then_some(*meant))
}

/// `=` and `+` are dead keys on some of the layouts: they wait for the next letter and melt with it.
fn undo_composed(seen: char, host: Host) -> Option<(char, char)> {
    const ACUTE: &[(&str, &str)] = &[
        ("áéíóúýćńśźĺŕ", "aeiouycnszlr"),
        ("ÁÉÍÓÚÝĆŃŚŹĹŔ", "AEIOUYCNSZLR"),
    ];
    const GRAVE: &[(&str, &str)] = &[("àèìòù", "aeiou"), ("ÀÈÌÒÙ", "AEIOU")];
    let letter = |table: &[(&str, &str)]| {
        let mut pairs = table
            .iter()
            .flat_map(|(composed, plain)| composed.chars().zip(plain.chars()));
        pairs.find_map(|(composed, plain)| (composed == seen).then_some(plain))
    };
    match letter(GRAVE) {
        Some(plain) => Some(('+', plain)),
        // The Norwegian layout has no such key where the scanner's `=` is.
        None if host == Host::Norwegian => None,
        None => letter(ACUTE).map(|plain| ('=', plain)),
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
        for plain in ["]C", "]", "]1a", "]Qä", "]€1"] {
            assert_eq!(clean(plain.as_bytes()).unwrap(), plain);
        }
        assert_eq!(clean(b"]E06411401015090").unwrap(), "6411401015090");
        assert_eq!(clean(b"]Q1\r\n"), Err(ScanKind::Noise));
    }

    #[test]
    fn a_products_longer_code_is_a_product() {
        let fields = b"]C10106411401015090\x1d10BATCH\r";
        assert_eq!(clean(fields), Err(ScanKind::Product));
        assert_eq!(clean(b"]Q1a\x1db"), Err(ScanKind::Noise));
        assert_eq!(clean(b"a\x1db"), Err(ScanKind::Noise));
    }

    /// What the computer shows when a scanner types this as if on an American keyboard.
    fn damaged(text: &str, host: Host) -> String {
        let shown = |meant: char| {
            let all = (' '..='\u{17f}').filter(|seen| undo_key(*seen, host) == Some(meant));
            let found: Vec<char> = all.collect();
            assert_eq!(found.len(), 1, "{meant} on {host:?}: {found:?}");
            found[0]
        };
        text.chars().map(shown).collect()
    }

    const HOSTS: [Host; 3] = [Host::Finnish, Host::Norwegian, Host::Danish];

    #[test]
    fn the_damage_of_a_wrong_layout_is_undone() {
        let seen = "httpsÖ--qr.example-28-S1_id´x+y/sum´5";
        let meant = "https://qr.example/28/S1?id=x-y&sum=5";
        assert_eq!(undo_layout(seen).as_deref(), Some(meant));
        assert_eq!(damaged(meant, Host::Finnish), seen);
        assert_eq!(
            undo_layout("httpsØ--a.example-b_c\\d").as_deref(),
            Some("https://a.example/b?c=d")
        );
        assert_eq!(
            undo_layout("¨Q1httpsÆ--a.example-b").as_deref(),
            Some("https://a.example/b")
        );
        for host in HOSTS {
            for meant in [
                meant,
                "vipps://x/?q=[1]{2}~'`#%41",
                "http://a/@b:80;c|d\\\"<>^*()$+!,",
            ] {
                let seen = damaged(meant, host);
                assert_eq!(undo_layout(&seen).as_deref(), Some(meant), "{seen}");
                assert_eq!(classify(&seen), ScanKind::LayoutDamaged);
            }
        }
    }

    #[test]
    fn dead_keys_that_melted_with_a_letter_are_undone() {
        assert_eq!(
            undo_layout("httpsÖ--a.example-_íd´Áb-Ćd").as_deref(),
            Some("https://a.example/?=id==Ab/=Cd")
        );
        assert_eq!(
            undo_layout("httpsÆ--a.example-à").as_deref(),
            Some("https://a.example/+a")
        );
    }

    #[test]
    fn a_signed_text_is_undone() {
        let undone = undo_layout("eyJhbGciOiJFUzUxMiJ9.eyJ0eCI6?X+9.AbC+?x");
        assert_eq!(
            undone.as_deref(),
            Some("eyJhbGciOiJFUzUxMiJ9.eyJ0eCI6_X-9.AbC-_x")
        );
    }

    #[test]
    fn what_is_sound_is_left_alone() {
        for sound in [
            "https://qr.example/a?b=c+d",
            "eyJhbGciOiJFUzUxMiJ9.eyJ0eCI6_X-9.AbC-_x",
            "eyJh.a+b",
            "ABC+1?",
            "Östermalm--3",
            "httpsÖ--",
            "httpsÖ--a<b",
            "httpsÖ-a",
            "ÅÄÖ",
            "6411401015090",
            "",
        ] {
            assert_eq!(undo_layout(sound), None, "{sound}");
            assert_ne!(classify(sound), ScanKind::LayoutDamaged);
        }
    }

    #[test]
    fn noise_is_called_noise() {
        assert_eq!(clean(&[0xff, 0xfe]), Err(ScanKind::Noise));
        assert_eq!(clean(b"a\x00b"), Err(ScanKind::Noise));
        assert_eq!(clean(b"  \r\n"), Err(ScanKind::Noise));
        assert_eq!(clean(&vec![b'a'; SCAN_LEN_MAX + 1]), Err(ScanKind::Noise));
    }

    #[test]
    fn numbers_are_those_of_the_header() {
        assert_eq!(ScanKind::Receipt.number(), 8);
        assert_eq!(ScanKind::ReceiptRefused.number(), 9);
        assert_eq!(ScanKind::LayoutDamaged.number(), 10);
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
