//! Compact signed tokens (RFC 7515) and their JSON, read strictly: what two readers could take for
//! two different things is taken for nothing.

use crate::tender::Reason;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A token taken apart. Nothing of it is proven yet.
pub struct Compact<'t> {
    pub header: Header,
    /// What was signed, exactly as it arrived.
    pub message: &'t str,
    pub claims: Vec<u8>,
    pub signature: Vec<u8>,
}

/// The members of a header that matter. Keys that a token brings along (`jwk`, `jku`, `x5c`, `x5u`)
/// are nobody's keys and are not even read.
pub struct Header {
    pub alg: String,
    pub typ: Option<String>,
    pub kid: Option<String>,
    /// It demands extensions that must be understood; none is.
    pub critical: bool,
}

/// Whether a text can only be meant as a token. Addresses have three parts between dots as well,
/// so the first part has to hold JSON, or to begin as JSON does.
pub fn resembles_token(text: &str) -> bool {
    if text.starts_with("eyJ") {
        return true;
    }
    let mut parts = text.split('.');
    let (Some(header), Some(_), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let json = BASE64URL_NOPAD.decode(header.as_bytes());
    json.is_ok_and(|json| serde_json::from_slice::<serde::de::IgnoredAny>(&json).is_ok())
}

/// Takes a token apart. An American scanner at a Finnish till turns `-` and `_` into `+` and `?`.
pub fn split(token: &str) -> Result<Compact<'_>, Reason> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut others = token.chars().filter(|c| !plain(*c)).peekable();
    if others.peek().is_some() {
        return Err(if others.all(|c| matches!(c, '+' | '?')) {
            Reason::ScannerLayout
        } else {
            Reason::ReceiptDamaged
        });
    }
    let damaged = Reason::ReceiptDamaged;
    let (message, signature) = token.rsplit_once('.').ok_or(damaged)?;
    let (header, claims) = message.split_once('.').ok_or(damaged)?;
    // More dots would be inside the claims now, where no alphabet has them.
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| damaged);
    let header = read_header(&decode(header)?).ok_or(damaged)?;
    Ok(Compact {
        header,
        message,
        claims: decode(claims)?,
        signature: decode(signature)?,
    })
}

/// What a wedge scanner has done to a token, undone. The signature tells whether it was right.
pub fn relaid(token: &str) -> String {
    token.replace('+', "-").replace('?', "_")
}

fn read_header(bytes: &[u8]) -> Option<Header> {
    let members = strict_object(bytes)?;
    let text = |name: &str| match members.get(name) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    };
    Some(Header {
        alg: text("alg")??,
        typ: text("typ")?,
        kid: text("kid")?,
        critical: members.contains_key("crit"),
    })
}

/// A JSON object without repeated members at any depth; nothing otherwise.
pub fn strict_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Reads any JSON, and refuses objects that name a member twice.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON without repeated members")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    /// Kept only to be refused wherever it would matter.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<Name>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name.0, value).is_some() {
                return Err(serde::de::Error::custom("a member is repeated"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[derive(Deserialize)]
struct Name(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_members_are_refused_wherever_they_are() {
        let accepts = |text: &str| strict_object(text.as_bytes()).is_some();
        assert!(accepts(
            r#"{"a":1,"b":{"a":[{"a":null},{"a":-1}]},"c":"\u0061"}"#
        ));
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"b":{"a":1,"a":2}}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
            "{\"a\":1}\0",
            "{\"a\":1} {}",
            "\u{feff}{}",
            "[]",
            "",
        ] {
            assert!(!accepts(text), "{text}");
        }
        let deep = format!("{}{}", "{\"a\":".repeat(500), "1}".repeat(500));
        assert!(!accepts(&deep));
    }

    #[test]
    fn addresses_are_no_tokens() {
        for text in [
            "www.example.fi",
            "a.b.c",
            "6411401015090",
            "1.2.3",
            "",
            "ey",
            "tx_1.2.3",
        ] {
            assert!(!resembles_token(text), "{text}");
        }
        // `[]`, `"x"` and `1` in base64.
        for text in [
            "eyJ",
            "eyJhbGci",
            "W10.e30.AA",
            "Ing4Ig.e30.AA",
            "MQ.e30.AA",
        ] {
            assert!(resembles_token(text), "{text}");
        }
    }
}
