//! Answers in the few shapes that providers and the gateways before them use.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::Response;

pub(crate) const JSON: &str = "application/json;charset=UTF-8";
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// An answer with a body of any type; an impossible status becomes 500 instead of a panic.
pub(crate) fn body(status: u16, content_type: &str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(bytes);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

pub(crate) fn json(status: u16, content_type: &str, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => body(status, content_type, bytes),
        Err(_) => gateway(500, "The answer could not be written."),
    }
}

pub(crate) fn empty(status: u16) -> Response {
    let mut response = Response::new(Vec::new());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// The shape of the gateway in front of an API, which never speaks problem+json.
pub(crate) fn gateway(status: u16, message: &str) -> Response {
    let value = json!({"statusCode": status, "message": message});
    json(status, "application/json", &value)
}

pub(crate) fn retry_after(mut response: Response, seconds: u64) -> Response {
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}
