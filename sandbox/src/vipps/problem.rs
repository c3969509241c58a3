//! Refusals: every error number, its HTTP status and its title in one table.

use serde::Serialize;
use serde_json::json;

use crate::sequence::Sequence;
use crate::{Response, answer};

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// By the gateway in front of the API: no problem+json, no error number.
    Gateway {
        status: u16,
        message: &'static str,
        retry_after_s: Option<u64>,
    },
    /// Fields that do not fit the schema: no error number.
    Fields(Vec<FieldProblem>),
    Code(Code),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FieldProblem {
    pub name: String,
    pub reason: String,
}

/// One of the service's error numbers. Only those that the imitation raises itself have a name
/// here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(u16);

impl Code {
    pub const CAPTURE_KEY_CONFLICT: Code = Code(4010);
    pub const KEY_CONFLICT: Code = Code(4020);
    pub const AMOUNT_INVALID: Code = Code(4040);
    pub const CUSTOMER_TOKEN_INVALID: Code = Code(4050);
    pub const PERSONAL_QR_INVALID: Code = Code(4060);
    pub const PHONE_INVALID: Code = Code(4070);
    pub const SCOPE_INVALID: Code = Code(4080);
    pub const ADDRESS_INVALID: Code = Code(4090);
    pub const METADATA_FULL: Code = Code(4100);
    pub const METADATA_KEY_LENGTH: Code = Code(4120);
    pub const METADATA_VALUE_LENGTH: Code = Code(4130);
    pub const FLOW_PARAMETER_MISSING: Code = Code(4140);
    pub const REFERENCE_EXISTS: Code = Code(4150);
    pub const BLOCKED_SOURCES_NOT_ALLOWED: Code = Code(5010);
    pub const CURRENCY_NOT_ALLOWED: Code = Code(5040);
    pub const LONG_LIVING_NOT_ALLOWED: Code = Code(5050);
    pub const CANNOT_CREATE: Code = Code(5070);
    pub const PUSH_NOT_ALLOWED: Code = Code(5080);
    pub const REFERENCE_NOT_FOUND: Code = Code(5090);
    pub const AMOUNT_TOO_SMALL: Code = Code(6010);
    pub const REFUND_BEFORE_RESERVATION: Code = Code(6020);
    pub const CANCEL_AFTER_CAPTURE: Code = Code(6040);
    pub const CANCEL_OF_AUTHORIZED: Code = Code(6060);
    pub const ALREADY_CANCELLED: Code = Code(6070);
    pub const CAPTURE_BEFORE_RESERVATION: Code = Code(6080);
    pub const CAPTURE_TOO_MUCH: Code = Code(6090);
    pub const CAPTURE_TOO_LATE: Code = Code(6100);
    pub const EXPIRY_TOO_LATE: Code = Code(6110);
    pub const EXPIRY_TOO_SOON: Code = Code(6120);
    pub const EXPIRY_NEEDS_RECEIPT: Code = Code(6130);
    pub const WHOLE_CAPTURE_ONLY: Code = Code(6140);
    pub const REFUND_TOO_MUCH: Code = Code(6150);
    pub const ALREADY_CAPTURED: Code = Code(6170);
    pub const ALREADY_REFUNDED: Code = Code(6180);
    pub const CANNOT_CANCEL: Code = Code(6190);
    pub const CANNOT_CAPTURE: Code = Code(6200);
    pub const CANNOT_REFUND: Code = Code(6210);
    pub const REFUND_TOO_LATE: Code = Code(6220);
    pub const CUSTOMER_IS_AUTHORIZING: Code = Code(6250);
    pub const CUSTOMER_NOT_FOUND: Code = Code(7010);
    pub const APPROVE_FAILED: Code = Code(10010);
    pub const APPROVE_NOT_ALLOWED: Code = Code(10020);

    /// For faults that name the number; numbers outside the table get the default row.
    pub(super) fn from_number(number: u16) -> Code {
        Code(number)
    }

    /// HTTP status and title. Only 5070, 5090 and 6080 have a published status.
    #[rustfmt::skip]
    fn row(self) -> (u16, &'static str) {
        match self.0 {
            3010 => (500, "Internal error"),
            4010 => (409, "Idempotency key was used for another capture"),
            4020 => (409, "Idempotency error"),
            4040 => (400, "Amount is invalid"),
            4050 => (400, "Customer token is invalid"),
            4060 => (400, "Personal QR is invalid"),
            4070 => (400, "Phone number is invalid"),
            4080 => (400, "Scope is invalid"),
            4090 => (400, "URL is invalid"),
            4100 => (400, "Metadata has too many entries"),
            4110 => (400, "Metadata has a duplicate key"),
            4120 => (400, "Metadata key has a wrong length"),
            4130 => (400, "Metadata value has a wrong length"),
            4140 => (400, "A parameter is missing for this flow"),
            4150 => (409, "Reference or idempotency key exists already"),
            4160 => (400, "Not valid for this payment method"),
            5010 => (400, "Blocked sources are not allowed"),
            5020 => (400, "Express is not allowed"),
            5030 => (400, "Scope is not allowed"),
            5040 => (400, "Currency is not allowed"),
            5050 => (400, "Long-living payments are not allowed"),
            5060 => (400, "Bank account is not verified"),
            5070 => (422, "Payment cannot be created"),
            5080 => (403, "PUSH_MESSAGE not allowed"),
            5090 => (404, "Reference not found"),
            5100 => (400, "Refund is not possible for this sales unit"),
            6010 => (400, "Amount is too small"),
            6020 => (400, "Cannot refund before reservation"),
            6030 => (400, "Cancel period is over"),
            6040 => (400, "Cannot cancel a captured payment"),
            6050 => (400, "Cannot cancel before reservation"),
            6060 => (400, "Payment is authorized"),
            6070 => (400, "Payment is cancelled"),
            6080 => (400, "Cannot capture before reservation"),
            6090 => (400, "Cannot capture more than is authorized"),
            6100 => (400, "Capture period is over"),
            6110 => (400, "Expiry is too late"),
            6120 => (400, "Expiry is too soon"),
            6130 => (400, "Expiry needs a receipt"),
            6140 => (400, "Only the whole amount can be captured"),
            6150 => (400, "Cannot refund more than is refundable"),
            6160 => (400, "Payment is being processed"),
            6170 => (400, "Everything is captured already"),
            6180 => (400, "Everything is refunded already"),
            6190 => (400, "Cannot cancel in this state"),
            6200 => (400, "Cannot capture in this state"),
            6210 => (400, "Cannot refund in this state"),
            6220 => (400, "Refund period is over"),
            6230 => (400, "Payment is reserved already"),
            6250 => (400, "Customer is authorizing the payment"),
            6260 => (400, "Funds were released"),
            6280 => (400, "Capture failed, try again later"),
            7010 => (400, "Customer cannot pay"),
            10010 => (400, "Approve failed"),
            10020 => (400, "Approve is not allowed"),
            10030 => (400, "Identification is required"),
            10040 => (400, "Payment source is invalid"),
            10050 => (400, "Customer has no cards"),
            10060 => (400, "Not supported"),
            10070 => (400, "Limit is exceeded"),
            _ => (400, "Refused"),
        }
    }

    /// The service asks for patience: the same request may succeed a little later.
    pub(super) fn is_passing(self) -> bool {
        matches!(self.0, 3010 | 6160 | 6250 | 6280)
    }
}

impl Refusal {
    pub(super) fn field(name: &str, reason: &str) -> Refusal {
        Refusal::Fields(vec![FieldProblem {
            name: String::from(name),
            reason: String::from(reason),
        }])
    }

    pub(super) fn gateway(status: u16, message: &'static str) -> Refusal {
        Refusal::Gateway {
            status,
            message,
            retry_after_s: None,
        }
    }

    /// `path` is that of the request; the service names it without the product in front.
    pub(super) fn into_response(self, path: &str, names: &mut Sequence) -> Response {
        match self {
            Refusal::Gateway {
                status,
                message,
                retry_after_s,
            } => {
                let response = answer::gateway(status, message);
                match retry_after_s {
                    Some(seconds) => answer::retry_after(response, seconds),
                    None => response,
                }
            }
            Refusal::Fields(problems) => problem(400, "Bad Request", path, &problems, names),
            Refusal::Code(code) => {
                let (status, title) = code.row();
                let details = [FieldProblem {
                    name: String::from("ErrorCode"),
                    reason: code.0.to_string(),
                }];
                problem(status, title, path, &details, names)
            }
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Refusal {
        Refusal::Code(code)
    }
}

fn problem(
    status: u16,
    title: &str,
    path: &str,
    details: &[FieldProblem],
    names: &mut Sequence,
) -> Response {
    let products = ["/epayment", "/webhooks"];
    let instance = products.iter().find_map(|it| path.strip_prefix(it));
    let instance = instance.unwrap_or(path);
    let trace = format!("00-{}{}-{}-01", names.word(), names.word(), names.word());
    let value = json!({
        "type": format!("https://httpstatuses.io/{status}"),
        "title": title,
        "detail": title,
        "instance": instance,
        "status": status,
        "traceId": trace,
        "extraDetails": details,
    });
    answer::json(status, answer::PROBLEM_JSON, &value)
}
