//! What a refused request means, by its code word first and by the HTTP status second (section 12).

use super::wire::ErrorCode;
use crate::provider::{Command, HttpResponse, Verdict};
use crate::tender::Reason;

/// What was asked for, as far as a refusal of it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Question,
    Start,
    Cancel,
    Refund,
}

/// For every answer that is no success.
pub fn read(command: &Command<'_>, response: &HttpResponse) -> Verdict {
    let asked = match command {
        Command::Start { .. } => Asked::Start,
        Command::Cancel { .. } => Asked::Cancel,
        Command::Refund { .. } => Asked::Refund,
        _ => Asked::Question,
    };
    match (response.status, asked) {
        // There is one cancel only, so what was put off is not carried out.
        (429, Asked::Cancel) => refused(Reason::ProviderBusy),
        (429, _) => Verdict::Busy {
            after_ms: response.retry_after_ms(),
            new_key: false,
        },
        // A question is answered by a payment, or not at all.
        (_, Asked::Question) | (408, _) => Verdict::Unclear,
        (400..=499, _) => match ErrorCode::read(&response.body) {
            Some(code) => by_code(asked, code, response.status),
            None if matches!(response.status, 401 | 403) => not_authorized(response.status),
            // Not the service speaking.
            None => Verdict::Unclear,
        },
        _ => Verdict::Unclear,
    }
}

fn by_code(asked: Asked, code: ErrorCode, status: u16) -> Verdict {
    match code {
        ErrorCode::NotAuthorized => not_authorized(status),
        // The first request under this key is there already.
        ErrorCode::KeyViolation => Verdict::AskFirst,
        ErrorCode::InvalidOperation if asked == Asked::Cancel => Verdict::AskFirst,
        ErrorCode::InvalidOperation => refused(Reason::WrongState),
        ErrorCode::ValidationError if status == 404 => unknown_name(asked),
        ErrorCode::ValidationError
        | ErrorCode::PaymentTokenRevoked
        | ErrorCode::PaymentTokenBlocked => refused(Reason::RequestRefused),
        ErrorCode::Unrecognized => by_status(asked, status),
    }
}

fn by_status(asked: Asked, status: u16) -> Verdict {
    match status {
        401 | 403 => not_authorized(status),
        404 => unknown_name(asked),
        409 => Verdict::AskFirst,
        _ if asked == Asked::Cancel => Verdict::AskFirst,
        _ => refused(Reason::RequestRefused),
    }
}

fn not_authorized(status: u16) -> Verdict {
    refused(if status == 403 {
        Reason::PermissionMissing
    } else {
        Reason::CredentialsRejected
    })
}

fn unknown_name(asked: Asked) -> Verdict {
    match asked {
        Asked::Start => refused(Reason::MerchantSetup),
        Asked::Refund => refused(Reason::ReferenceUnknown),
        Asked::Cancel | Asked::Question => Verdict::AskFirst,
    }
}

fn refused(reason: Reason) -> Verdict {
    Verdict::Refused { reason, code: 0 }
}
