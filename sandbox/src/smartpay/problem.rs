//! Refusals. The shape of their body is an assumption (section 12).

use serde::Serialize;

use super::fields::Object;
use crate::{Response, answer, clock};

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub errors: Vec<FieldProblem>,
    pub ignored: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FieldProblem {
    pub code: &'static str,
    pub field: String,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, message: &str) -> Refusal {
        Refusal {
            status,
            code,
            message: String::from(message),
            errors: Vec::new(),
            ignored: Vec::new(),
        }
    }

    pub fn fields(errors: Vec<FieldProblem>, ignored: Vec<String>) -> Refusal {
        Refusal {
            errors,
            ignored,
            ..Refusal::new(400, "INVALID_REQUEST", "The request has invalid fields.")
        }
    }

    pub fn unknown(what: &str) -> Refusal {
        Refusal::new(404, "NOT_FOUND", &format!("No {what} has this id."))
    }

    pub fn wrong_state(message: &str) -> Refusal {
        Refusal::new(400, "INVALID_STATE", message)
    }

    /// Some of the service's refusals, for faults that name only the status.
    pub fn of_status(status: u16) -> Refusal {
        let code = match status {
            400 => "INVALID_REQUEST",
            401 => "UNAUTHORIZED",
            403 => "FORBIDDEN",
            404 => "NOT_FOUND",
            409 => "CONFLICT",
            422 => "UNPROCESSABLE",
            429 => "TOO_MANY_REQUESTS",
            _ => "INTERNAL_ERROR",
        };
        Refusal::new(status, code, "The request could not be handled.")
    }

    pub fn into_response(self, now_ms: i64) -> Response {
        let body = Object::default()
            .with("timestamp", &clock::utc(now_ms))
            .with("status", &self.status)
            .with("code", &self.code)
            .with("message", &self.message)
            .with("errors", &self.errors)
            .with("ignoredProperties", &self.ignored);
        answer::json(self.status, answer::JSON, &body)
    }
}
