//! Refusals: each with its HTTP status, in whichever of the four shapes is set.

use serde_json::json;

use super::settings::ErrorShape;
use crate::{Response, answer};

/// Why a request was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
}

impl Refusal {
    pub const INVALID_REQUEST: Refusal = refusal(400, "invalid_request", "The body is not valid");
    pub const INVALID_CLIENT: Refusal = refusal(401, "invalid_client", "Unknown client or secret");
    pub const UNAUTHORIZED: Refusal =
        refusal(401, "unauthorized", "Credentials are missing or old");
    pub const FORBIDDEN: Refusal = refusal(403, "forbidden", "Not allowed for this client");
    pub const NOT_FOUND: Refusal = refusal(404, "not_found", "There is no such transaction");
    pub const NO_SUCH_PAGE: Refusal = refusal(404, "not_found", "There is nothing here");
    pub const UNKNOWN_VENUE: Refusal = refusal(404, "unknown_venue", "There is no such venue");
    pub const ALREADY_REFUNDED: Refusal = refusal(409, "already_refunded", "Refunded before");
    pub const ALREADY_CHECKED: Refusal = refusal(409, "already_checked", "Checked before");
    pub const REFUNDED: Refusal = refusal(409, "refunded", "The payment was refunded");
    pub const KEY_REUSED: Refusal = refusal(409, "idempotency_key_reused", "Key with another body");
    pub const GONE: Refusal = refusal(410, "gone", "The checkout is over");
    pub const NOT_JSON: Refusal = refusal(415, "unsupported_media_type", "Send JSON");
    pub const WINDOW_CLOSED: Refusal = refusal(
        422,
        "refund_window_closed",
        "Refunds end with the day of the payment",
    );
    pub const PARTIAL_NOT_SUPPORTED: Refusal = refusal(
        422,
        "partial_not_supported",
        "Only the whole amount can be refunded",
    );
    pub const AMOUNT_TOO_LARGE: Refusal =
        refusal(422, "amount_too_large", "More than is left to refund");

    const ALL: [Refusal; 16] = [
        Refusal::INVALID_REQUEST,
        Refusal::INVALID_CLIENT,
        Refusal::UNAUTHORIZED,
        Refusal::FORBIDDEN,
        Refusal::NOT_FOUND,
        Refusal::NO_SUCH_PAGE,
        Refusal::UNKNOWN_VENUE,
        Refusal::ALREADY_REFUNDED,
        Refusal::ALREADY_CHECKED,
        Refusal::REFUNDED,
        Refusal::KEY_REUSED,
        Refusal::GONE,
        Refusal::NOT_JSON,
        Refusal::WINDOW_CLOSED,
        Refusal::PARTIAL_NOT_SUPPORTED,
        Refusal::AMOUNT_TOO_LARGE,
    ];

    /// For faults, which name a refusal by number: an HTTP status is the first refusal that has it,
    /// and a fourth digit counts on from there, so that 4221 is `partial_not_supported`.
    pub fn from_number(number: u16) -> Refusal {
        let (status, index) = match number {
            1000.. => (number / 10, usize::from(number % 10)),
            _ => (number, 0),
        };
        let mut fitting = Refusal::ALL.into_iter().filter(|it| it.status == status);
        fitting.nth(index).unwrap_or(Refusal::INVALID_REQUEST)
    }

    pub fn into_response(self, shape: ErrorShape) -> Response {
        let Refusal {
            status,
            code,
            message,
        } = self;
        let value = match shape {
            ErrorShape::Object => json!({"error": {"code": code, "message": message}}),
            ErrorShape::Array => {
                let title = code.replace('_', " ");
                json!({"errors": [{"code": code, "title": title, "detail": message}]})
            }
            ErrorShape::OAuth => json!({"error": code, "error_description": message}),
            ErrorShape::Text => {
                let text = format!("{code}: {message}");
                return answer::body(status, "text/plain;charset=UTF-8", text.into_bytes());
            }
        };
        answer::json(status, answer::JSON, &value)
    }
}

const fn refusal(status: u16, code: &'static str, message: &'static str) -> Refusal {
    Refusal {
        status,
        code,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_reach_every_refusal() {
        assert_eq!(Refusal::from_number(404), Refusal::NOT_FOUND);
        assert_eq!(Refusal::from_number(409), Refusal::ALREADY_REFUNDED);
        assert_eq!(Refusal::from_number(422), Refusal::WINDOW_CLOSED);
        assert_eq!(Refusal::from_number(4221), Refusal::PARTIAL_NOT_SUPPORTED);
        assert_eq!(Refusal::from_number(4222), Refusal::AMOUNT_TOO_LARGE);
    }
}
