//! Which call a request is, told by method and path alone.

use http::Method;

use crate::Request;

/// Everything that the service can be asked for.
pub(super) enum Route<'r> {
    Create,
    CreateHosted,
    List,
    Read(&'r str),
    Cancel(&'r str),
    /// Confirm and complete, which are for cards.
    CardsOnly(&'r str),
    Refund,
    ListRefunds,
    ReadRefund(&'r str),
    CreateSticker,
    ListStickers,
    ReadSticker(&'r str),
    SwitchSticker(&'r str),
    /// The second protocol: orders of a till.
    Till(&'r str, TillCall<'r>),
}

pub(super) enum TillCall<'r> {
    Create,
    Read(&'r str),
    Cancel(&'r str),
    Refund(&'r str),
    ReadRefund(&'r str, &'r str),
}

impl<'r> Route<'r> {
    /// Nothing if no such call exists.
    pub fn of(request: &'r Request) -> Option<Route<'r>> {
        let method = match *request.method() {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            _ => return None,
        };
        let path = request.uri().path().strip_prefix("/api/")?;
        let parts: Vec<&str> = path.split('/').collect();
        let route = match (method, parts.as_slice()) {
            ("POST", ["v2", "payments"]) => Route::Create,
            ("POST", ["v2", "invoices"]) => Route::CreateHosted,
            ("GET", ["v2", "payments"]) => Route::List,
            ("GET", ["v2", "payments", id]) => Route::Read(id),
            ("PUT", ["v2", "payments", id, "cancel"]) => Route::Cancel(id),
            ("PUT", ["v2", "payments", id, "confirm" | "complete"]) => Route::CardsOnly(id),
            ("POST", ["v2", "refunds"]) => Route::Refund,
            ("GET", ["v2", "refunds"]) => Route::ListRefunds,
            ("GET", ["v2", "refunds", id]) => Route::ReadRefund(id),
            ("POST", ["v2", "stickers"]) => Route::CreateSticker,
            ("GET", ["v2", "stickers"]) => Route::ListStickers,
            ("GET", ["v2", "stickers", id]) => Route::ReadSticker(id),
            ("PUT", ["v2", "stickers", id]) => Route::SwitchSticker(id),
            (_, ["v1", "pos", pos, "orders", rest @ ..]) => {
                Route::Till(pos, TillCall::of(method, rest)?)
            }
            _ => return None,
        };
        Some(route)
    }
}

impl<'r> TillCall<'r> {
    fn of(method: &str, rest: &[&'r str]) -> Option<TillCall<'r>> {
        match (method, rest) {
            ("POST", []) => Some(TillCall::Create),
            ("GET", [id]) => Some(TillCall::Read(id)),
            ("PUT", [id, "cancel"]) => Some(TillCall::Cancel(id)),
            ("POST", [id, "refunds"]) => Some(TillCall::Refund(id)),
            ("GET", [id, "refunds", refund]) => Some(TillCall::ReadRefund(id, refund)),
            _ => None,
        }
    }
}

/// One value of the query, with its percent signs resolved.
pub(super) fn query(request: &Request, name: &str) -> Option<String> {
    let pairs = request.uri().query()?.split('&');
    let mut known = pairs.filter_map(|pair| pair.split_once('='));
    let (_, value) = known.find(|(key, _)| *key == name)?;
    decoded(value)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}
