//! The customers' phones as a web page.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Shared;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, content type and text of everything the page consists of.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("../phone/index.html")),
    ("/phone", HTML, include_str!("../phone/index.html")),
    ("/wallets", HTML, include_str!("../phone/index.html")),
    ("/base.css", CSS, include_str!("../phone/base.css")),
    ("/phone.css", CSS, include_str!("../phone/phone.css")),
    ("/counter.css", CSS, include_str!("../phone/counter.css")),
    (
        "/wallets/vipps.css",
        CSS,
        include_str!("../phone/wallets/vipps.css"),
    ),
    (
        "/wallets/mobilepay.css",
        CSS,
        include_str!("../phone/wallets/mobilepay.css"),
    ),
    (
        "/wallets/smartpay.css",
        CSS,
        include_str!("../phone/wallets/smartpay.css"),
    ),
    (
        "/wallets/paymaster.css",
        CSS,
        include_str!("../phone/wallets/paymaster.css"),
    ),
    (
        "/wallets/smartum.css",
        CSS,
        include_str!("../phone/wallets/smartum.css"),
    ),
    ("/screens.css", CSS, include_str!("../phone/screens.css")),
    ("/api.js", SCRIPT, include_str!("../phone/api.js")),
    ("/camera.js", SCRIPT, include_str!("../phone/camera.js")),
    ("/chaos.js", SCRIPT, include_str!("../phone/chaos.js")),
    (
        "/clipboard.js",
        SCRIPT,
        include_str!("../phone/clipboard.js"),
    ),
    ("/code.js", SCRIPT, include_str!("../phone/code.js")),
    ("/counter.js", SCRIPT, include_str!("../phone/counter.js")),
    ("/dom.js", SCRIPT, include_str!("../phone/dom.js")),
    ("/ledger.js", SCRIPT, include_str!("../phone/ledger.js")),
    ("/main.js", SCRIPT, include_str!("../phone/main.js")),
    ("/phone.js", SCRIPT, include_str!("../phone/phone.js")),
    ("/picker.js", SCRIPT, include_str!("../phone/picker.js")),
    ("/qr.js", SCRIPT, include_str!("../phone/qr.js")),
    ("/received.js", SCRIPT, include_str!("../phone/received.js")),
    ("/requests.js", SCRIPT, include_str!("../phone/requests.js")),
    (
        "/scenarios.js",
        SCRIPT,
        include_str!("../phone/scenarios.js"),
    ),
    ("/sheet.js", SCRIPT, include_str!("../phone/sheet.js")),
    ("/state.js", SCRIPT, include_str!("../phone/state.js")),
    ("/wallets.js", SCRIPT, include_str!("../phone/wallets.js")),
    ("/words.js", SCRIPT, include_str!("../phone/words.js")),
    (
        "/wallets/mobilepay.js",
        SCRIPT,
        include_str!("../phone/wallets/mobilepay.js"),
    ),
    (
        "/wallets/paymaster.js",
        SCRIPT,
        include_str!("../phone/wallets/paymaster.js"),
    ),
    (
        "/wallets/platform.js",
        SCRIPT,
        include_str!("../phone/wallets/platform.js"),
    ),
    (
        "/wallets/smartpay.js",
        SCRIPT,
        include_str!("../phone/wallets/smartpay.js"),
    ),
    (
        "/wallets/smartum.js",
        SCRIPT,
        include_str!("../phone/wallets/smartum.js"),
    ),
    (
        "/wallets/vipps.js",
        SCRIPT,
        include_str!("../phone/wallets/vipps.js"),
    ),
];

pub(super) fn routes() -> Router<Shared> {
    let no_icon = get(|| async { StatusCode::NOT_FOUND });
    let router = Router::new().route("/favicon.ico", no_icon);
    FILES.iter().fold(router, |router, &(path, kind, text)| {
        router.route(path, get(move || async move { asset(kind, text) }))
    })
}

/// A page of another site in the same browser must not pay, reject or break anything here.
pub(super) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let headers = request.headers();
    // Some providers ask tills for the origin of the shop; no till says where a browser got it from.
    let from_till = !is_own(request.uri().path()) && !headers.contains_key("sec-fetch-site");
    if is_foreign(headers) && !from_till {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

/// Whether a path belongs to the sandbox itself rather than to a provider.
fn is_own(path: &str) -> bool {
    path.starts_with("/_sandbox/") || FILES.iter().any(|(known, ..)| *known == path)
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().unwrap_or("");
    let own = origin.split_once("://").map(|(_, host)| host);
    own.is_none() || own != host
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}
