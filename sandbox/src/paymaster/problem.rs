//! Refusals: the service's code words, their HTTP statuses and the shape of the answer.

use serde_json::json;

use crate::{Response, answer};

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
    errors: Vec<String>,
}

impl Refusal {
    /// Something is wrong with the request's members.
    pub fn invalid(errors: Vec<String>) -> Refusal {
        Refusal {
            status: 400,
            code: "validation_error",
            message: "The request is not valid.",
            errors,
        }
    }

    pub fn field(error: &str) -> Refusal {
        Refusal::invalid(vec![String::from(error)])
    }

    pub fn not_authorized() -> Refusal {
        Refusal {
            status: 401,
            code: "not_authorized",
            message: "The token is missing or not valid.",
            errors: Vec::new(),
        }
    }

    pub fn not_found() -> Refusal {
        Refusal {
            status: 404,
            code: "validation_error",
            message: "There is no such object.",
            errors: Vec::new(),
        }
    }

    pub fn key_violation() -> Refusal {
        Refusal {
            status: 409,
            code: "idempotency_key_violation",
            message: "The key was used for another request.",
            errors: Vec::new(),
        }
    }

    /// Not in this state.
    pub fn operation(error: &str) -> Refusal {
        Refusal {
            status: 422,
            code: "invalid_operation",
            message: "The operation is not possible in this state.",
            errors: vec![String::from(error)],
        }
    }

    /// For faults that name an HTTP status: the code word that goes with it.
    pub fn of_status(status: u16) -> Refusal {
        let code = match status {
            401 | 403 => "not_authorized",
            409 => "idempotency_key_violation",
            422 => "invalid_operation",
            _ => "validation_error",
        };
        Refusal {
            status,
            code,
            message: "The request was refused.",
            errors: Vec::new(),
        }
    }

    pub fn into_response(self) -> Response {
        let body = json!({"code": self.code, "message": self.message, "errors": self.errors});
        answer::json(self.status, answer::JSON, &body)
    }
}
