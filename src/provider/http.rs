//! Requests and answers as values, and what a missing answer says about the request.

use crate::secret::Secret;
use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A header's value; credentials are marked so that no output shows them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeaderValue {
    Plain(String),
    Secret(Secret),
}

impl HeaderValue {
    pub fn reveal(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.reveal(),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(Cow<'static, str>, HeaderValue)>,
    pub body: Vec<u8>,
    /// From the first byte sent to the last byte received.
    pub timeout_ms: u64,
}

impl HttpRequest {
    pub fn new(method: Method, url: impl Into<String>, timeout_ms: u64) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms,
        }
    }

    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers
            .push((name.into(), HeaderValue::Plain(value.into())));
        self
    }

    pub fn secret_header(mut self, name: impl Into<Cow<'static, str>>, value: Secret) -> Self {
        self.headers.push((name.into(), HeaderValue::Secret(value)));
        self
    }

    pub fn json(mut self, body: Vec<u8>) -> Self {
        self.headers.push((
            "Content-Type".into(),
            HeaderValue::Plain("application/json".into()),
        ));
        self.body = body;
        self
    }
}

/// Bodies hold phone numbers and codes, addresses hold references: neither is for logs.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "HttpRequest({}, {} bytes)",
            self.method.name(),
            self.body.len()
        )
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl HttpResponse {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The provider's clock, from the header `Date`.
    pub fn date_ms(&self) -> Option<i64> {
        let format = time::macros::format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = time::PrimitiveDateTime::parse(self.header("date")?.trim(), &format).ok()?;
        date.assume_utc().unix_timestamp().checked_mul(1_000)
    }

    /// `Retry-After` in seconds, at most an hour. Dates are not sent by the providers we know.
    pub fn retry_after_ms(&self) -> Option<i64> {
        let seconds: i64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(seconds.clamp(0, 3_600).saturating_mul(1_000))
    }
}

impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "HttpResponse({}, {} bytes)",
            self.status,
            self.body.len()
        )
    }
}

/// Whether the provider can have received a request that was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    No,
    Maybe,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    Unreachable,
    Tls,
    Timeout,
    Broken,
    TooLarge,
    Unusable,
}

impl Cause {
    pub fn key(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Broken => "connection-broken",
            Self::TooLarge => "answer-too-large",
            Self::Unusable => "unusable-request",
        }
    }
}

/// A request that got no usable answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoResponse {
    pub sent: Sent,
    pub cause: Cause,
}

/// The longest answer that is read.
pub const RESPONSE_BODY_LEN_MAX: usize = 256 * 1024;
