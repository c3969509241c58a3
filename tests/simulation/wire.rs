//! A request as somebody on the wire sees it: what it asks for, of which payment, under which key.

use payments::provider::{HttpRequest, Method};
use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    Token,
    /// About customers or the code at the till, never about money.
    Errand,
    Read,
    Create,
    Capture,
    Cancel,
    Refund,
}

impl Act {
    pub fn is_write(self) -> bool {
        !matches!(self, Self::Token | Self::Errand | Self::Read)
    }
}

/// What is asked for beside payments.
const ERRANDS: [&str; 4] = [
    "/qr/v1/",
    "/access-management-1.0/",
    "/vipps-login-ciba/",
    "/vipps-userinfo-api/",
];

/// Told by method and path alone.
pub fn act_of(request: &HttpRequest) -> Act {
    let path = request.url.split('?').next().unwrap_or("");
    let path = path.trim_end_matches('/');
    if ERRANDS.iter().any(|part| path.contains(part)) {
        return Act::Errand;
    }
    if path.contains("/accesstoken/") || path.ends_with("/token") {
        return Act::Token;
    }
    if request.method == Method::Get {
        return Act::Read;
    }
    match path.rsplit('/').next().unwrap_or("") {
        "payments" | "payment-links" | "creation" | "orders" => Act::Create,
        "capture" => Act::Capture,
        "cancel" | "cancelOrRefund" => Act::Cancel,
        "refund" | "refunds" => Act::Refund,
        other => panic!("what is a request to '{other}'?"),
    }
}

/// The key under which a repeat is the same request, where the provider has such keys.
pub fn key_of(request: &HttpRequest) -> Option<String> {
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| *name == "Idempotency-Key");
    let body = || {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        Some(body.get("modificationId")?.as_str()?.to_owned())
    };
    header
        .map(|(_, value)| value.reveal().to_owned())
        .or_else(body)
}

/// Our reference, where the request shows it.
pub fn reference_of(request: &HttpRequest) -> Option<String> {
    let (_, tail) = request.url.split_once("/epayment/v1/payments")?;
    match tail.strip_prefix('/') {
        Some(tail) => Some(tail.split('/').next().unwrap_or(tail).to_owned()),
        None => {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            Some(body["reference"].as_str()?.to_owned())
        }
    }
}
