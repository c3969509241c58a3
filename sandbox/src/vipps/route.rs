//! Which call a request is, told by method and path alone.

use http::Method;

use super::modify::Operation;
use super::qr;
use crate::Request;

pub(super) enum Route<'r> {
    Token,
    QrImage,
    Guarded(Call<'r>),
}

/// What only a merchant with a token can ask for.
pub(super) enum Call<'r> {
    Exchange,
    Create,
    Read(&'r str),
    Events(&'r str),
    Modify(&'r str, Operation),
    ForceApprove(&'r str),
}

impl<'r> Route<'r> {
    /// Nothing if no such call exists.
    pub fn of(request: &'r Request) -> Option<Route<'r>> {
        let path = request.uri().path();
        let get = request.method() == Method::GET;
        if !get && request.method() != Method::POST {
            return None;
        }
        match path {
            "/accesstoken/get" if !get => return Some(Route::Token),
            qr::IMAGE_PATH if get => return Some(Route::QrImage),
            _ => {}
        }
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let call = match (get, parts.as_slice()) {
            (false, ["qr", "v1", "exchange"]) => Call::Exchange,
            (false, ["epayment", "v1", "payments"]) => Call::Create,
            (true, ["epayment", "v1", "payments", reference]) => Call::Read(reference),
            (true, ["epayment", "v1", "payments", reference, "events"]) => Call::Events(reference),
            (false, ["epayment", "v1", "payments", reference, operation]) => {
                Call::Modify(reference, Operation::named(operation)?)
            }
            (false, ["epayment", "v1", "test", "payments", reference, "approve"]) => {
                Call::ForceApprove(reference)
            }
            _ => return None,
        };
        Some(Route::Guarded(call))
    }
}
