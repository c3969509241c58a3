//! Which call a request is, told by method and path alone.

use http::Method;

use super::ciba::LoginCall;
use super::modify::Operation;
use super::qr;
use crate::Request;

pub(super) enum Route<'r> {
    Token,
    QrImage,
    /// Has credentials of its own, or none.
    Login(LoginCall),
    Guarded(Call<'r>),
}

/// What only a merchant with a token can ask for.
pub(super) enum Call<'r> {
    Exchange,
    ExchangeCustomer,
    Till(&'r str, TillAct),
    Webhook(Option<&'r str>),
    Create,
    Read(&'r str),
    Events(&'r str),
    Modify(&'r str, Operation),
    ForceApprove(&'r str),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum TillAct {
    List,
    Read,
    Put,
    PutBeacon,
    Delete,
}

impl Call<'_> {
    /// Whether the sales unit must be named.
    pub fn needs_unit(&self) -> bool {
        !matches!(
            self,
            Call::Exchange | Call::ExchangeCustomer | Call::Webhook(_)
        )
    }
}

impl<'r> Route<'r> {
    /// Nothing if no such call exists.
    pub fn of(request: &'r Request) -> Option<Route<'r>> {
        let path = request.uri().path();
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        match *request.method() {
            Method::GET if path == qr::IMAGE_PATH => Some(Route::QrImage),
            Method::GET => get(&parts),
            Method::POST => post(&parts),
            Method::PUT => put(&parts).map(Route::Guarded),
            Method::DELETE => delete(&parts).map(Route::Guarded),
            _ => None,
        }
    }
}

fn get<'r>(parts: &[&'r str]) -> Option<Route<'r>> {
    let call = match *parts {
        ["epayment", "v1", "payments", reference] => Call::Read(reference),
        ["epayment", "v1", "payments", reference, "events"] => Call::Events(reference),
        ["qr", "v1", "merchant-callback"] => Call::Till("", TillAct::List),
        ["qr", "v1", "merchant-callback", id] => Call::Till(id, TillAct::Read),
        ["webhooks", "v1", "webhooks"] => Call::Webhook(None),
        ["vipps-userinfo-api", "userinfo"] => return Some(Route::Login(LoginCall::UserInfo)),
        ["access-management-1.0", "access", ".well-known", name] => {
            return match name {
                "openid-configuration" => Some(Route::Login(LoginCall::Discovery)),
                "jwks.json" => Some(Route::Login(LoginCall::Keys)),
                _ => None,
            };
        }
        _ => return None,
    };
    Some(Route::Guarded(call))
}

fn post<'r>(parts: &[&'r str]) -> Option<Route<'r>> {
    let call = match *parts {
        ["accesstoken", "get"] => return Some(Route::Token),
        ["access-management-1.0", "access", "oauth2", "token"] => {
            return Some(Route::Login(LoginCall::Token));
        }
        ["vipps-login-ciba", "api", "backchannel", "authentication"] => {
            return Some(Route::Login(LoginCall::Authenticate));
        }
        ["vipps-login-ciba", "api", "v1", "user-exists"] => {
            return Some(Route::Login(LoginCall::UserExists));
        }
        ["qr", "v1", "exchange"] => Call::Exchange,
        ["qr", "v1", "exchange", "customer"] => Call::ExchangeCustomer,
        ["webhooks", "v1", "webhooks"] => Call::Webhook(None),
        ["epayment", "v1", "payments"] => Call::Create,
        ["epayment", "v1", "payments", reference, operation] => {
            Call::Modify(reference, Operation::named(operation)?)
        }
        ["epayment", "v1", "test", "payments", reference, "approve"] => {
            Call::ForceApprove(reference)
        }
        _ => return None,
    };
    Some(Route::Guarded(call))
}

fn put<'r>(parts: &[&'r str]) -> Option<Call<'r>> {
    match *parts {
        ["qr", "v1", "merchant-callback", id] => Some(Call::Till(id, TillAct::Put)),
        ["qr", "v1", "merchant-callback", "mobilepay", id] => {
            Some(Call::Till(id, TillAct::PutBeacon))
        }
        _ => None,
    }
}

fn delete<'r>(parts: &[&'r str]) -> Option<Call<'r>> {
    match *parts {
        ["qr", "v1", "merchant-callback", id] => Some(Call::Till(id, TillAct::Delete)),
        ["webhooks", "v1", "webhooks", id] => Some(Call::Webhook(Some(id))),
        _ => None,
    }
}
