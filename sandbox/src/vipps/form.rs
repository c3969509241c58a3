//! Bodies as forms, and credentials as `Authorization: Basic`: the login part speaks OAuth.

use data_encoding::BASE64;
use http::HeaderMap;

use super::gate;
use super::settings::Settings;
use crate::Request;

/// The decoded pairs of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Nothing if the body is no form.
    pub fn of(request: &Request) -> Option<Form> {
        let kind = gate::text(request.headers(), "content-type").unwrap_or("");
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return None;
        }
        let body = std::str::from_utf8(request.body()).ok()?;
        let pairs = body.split('&').filter(|pair| !pair.is_empty());
        let pairs: Option<Vec<(String, String)>> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=')?;
                Some((decoded(name)?, decoded(value)?))
            })
            .collect();
        pairs.map(Form)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let mut fitting = self.0.iter().filter(|(known, _)| known == name);
        fitting.next().map(|(_, value)| value.as_str())
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                u8::from_str_radix(digits, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether a request names the sales unit's client and its secret.
pub(super) fn is_client(headers: &HeaderMap, settings: &Settings) -> bool {
    let basic = gate::text(headers, "authorization").and_then(|it| it.strip_prefix("Basic "));
    let given = basic.and_then(|basic| BASE64.decode(basic.as_bytes()).ok());
    let wanted = format!("{}:{}", settings.client_id, settings.client_secret);
    given.is_some_and(|given| given == wanted.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn forms_are_decoded() {
        for (text, wanted) in [
            ("urn%3Amsisdn%3A47", Some("urn:msisdn:47")),
            ("openid+name%20x", Some("openid name x")),
            ("", Some("")),
            ("%4", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(decoded(text).as_deref(), wanted, "{text}");
        }
    }
}
