//! The admin API: what tests look at, and the buttons of the phone page.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Shared;
use crate::vipps::CustomerError;
use crate::{ActError, Rule, SettingsError};

/// Whose customers have a phone here.
const PROVIDERS: [&str; 4] = ["vipps", "smartum", "smartpay", "paymaster"];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_sandbox/ledger", get(ledger))
        .route("/_sandbox/phones", get(phones))
        .route("/_sandbox/phone/{number}", get(phone))
        .route("/_sandbox/payments/{reference}/{act}", post(act))
        .route("/_sandbox/wallets", get(wallets))
        .route("/_sandbox/wallets/{provider}", get(wallet))
        .route("/_sandbox/wallets/{provider}/{act}", post(wallet_act))
        .route("/_sandbox/scan", post(scan))
        .route("/_sandbox/qr", get(open_codes))
        .route("/_sandbox/clock", get(clock).post(advance))
        .route("/_sandbox/requests", get(requests))
        .route("/_sandbox/chaos", get(chaos).post(arm).delete(disarm))
        .route("/_sandbox/settings", get(settings).post(patch_settings))
        .route("/_sandbox/tokens", axum::routing::delete(revoke_tokens))
        .route("/_sandbox/reset", post(reset))
}

/// Why the admin API could not do something; the text is for whoever wrote the test.
struct Refused {
    status: StatusCode,
    error: String,
}

type Answer = Result<Json<Value>, Refused>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    qr: String,
    phone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: i64,
}

async fn ledger(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.with(|world, now_ms| json!({"now_ms": now_ms, "payments": world.ledger(now_ms)})))
}

async fn phones(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.with(|world, _| json!(world.vipps().settings().customers)))
}

async fn phone(State(shared): State<Shared>, Path(number): Path<String>) -> Json<Value> {
    let answer = shared.with(|world, now_ms| {
        let customers = &world.vipps().settings().customers;
        let customer = customers.iter().find(|customer| customer.number == number);
        let personal_qr = customer.map(|customer| customer.personal_qr.clone());
        let requests = world.vipps().history_of(now_ms, &number);
        json!({
            "now_ms": now_ms,
            "number": number,
            "personal_qr": personal_qr,
            "requests": requests,
        })
    });
    Json(answer)
}

async fn act(
    State(shared): State<Shared>,
    Path((reference, act)): Path<(String, String)>,
) -> Answer {
    shared.with(|world, now_ms| match act.as_str() {
        "approve" => Ok(world.vipps().approve(now_ms, &reference)?),
        "reject" => Ok(world.vipps().reject(now_ms, &reference)?),
        "open" => Ok(world.vipps().open(now_ms, &reference)?),
        _ => Err(Refused::new(
            StatusCode::NOT_FOUND,
            "customers can approve, reject or open",
        )),
    })?;
    Ok(Json(json!({})))
}

async fn wallet(State(shared): State<Shared>, Path(provider): Path<String>) -> Answer {
    let wallet = shared.with(|world, now_ms| world.wallet(now_ms, &provider))?;
    Ok(Json(json!({"now_ms": shared.now_ms(), "wallet": wallet})))
}

/// All of them at one moment: the phone page asks for them once a second.
async fn wallets(State(shared): State<Shared>) -> Answer {
    shared.with(|world, now_ms| {
        let mut wallets = Map::new();
        for provider in PROVIDERS {
            let wallet = world.wallet(now_ms, provider)?;
            wallets.insert(String::from(provider), wallet);
        }
        Ok(Json(json!({"now_ms": now_ms, "wallets": wallets})))
    })
}

async fn wallet_act(
    State(shared): State<Shared>,
    Path((provider, act)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let with: Value = if body.is_empty() {
        json!({})
    } else {
        read(&body)?
    };
    let done = shared.with(|world, now_ms| world.act(now_ms, &provider, &act, &with))?;
    Ok(Json(done))
}

async fn scan(State(shared): State<Shared>, body: Bytes) -> Answer {
    let scan: Scan = read(&body)?;
    let reference =
        shared.with(|world, now_ms| world.vipps().scan(now_ms, &scan.qr, &scan.phone))?;
    Ok(Json(json!({"reference": reference})))
}

async fn open_codes(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.with(|world, now_ms| json!(world.vipps().open_codes(now_ms))))
}

async fn clock(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"now_ms": shared.now_ms(), "ahead_ms": shared.ahead_ms()}))
}

async fn advance(State(shared): State<Shared>, body: Bytes) -> Answer {
    let advance: Advance = read(&body)?;
    shared.advance(advance.advance_ms);
    Ok(clock(State(shared)).await)
}

async fn requests(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.with(|world, _| json!({"requests": world.requests()})))
}

async fn chaos(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.with(|world, _| json!(world.chaos())))
}

async fn arm(State(shared): State<Shared>, body: Bytes) -> Answer {
    let rule: Rule = read(&body)?;
    shared.with(|world, _| world.chaos().arm(rule));
    Ok(chaos(State(shared)).await)
}

async fn disarm(State(shared): State<Shared>) -> Json<Value> {
    shared.with(|world, _| world.chaos().disarm_all());
    chaos(State(shared)).await
}

async fn settings(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.with(|world, _| json!(world.settings())))
}

async fn patch_settings(State(shared): State<Shared>, body: Bytes) -> Answer {
    let patch: Value = read(&body)?;
    shared.with(|world, _| world.patch_settings(&patch))?;
    Ok(settings(State(shared)).await)
}

async fn revoke_tokens(State(shared): State<Shared>) -> Json<Value> {
    shared.with(|world, _| world.revoke_tokens());
    Json(json!({}))
}

async fn reset(State(shared): State<Shared>) -> Json<Value> {
    shared.reset();
    Json(json!({}))
}

/// Bodies are read whatever their content type says, so that `curl -d` works.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body)
        .map_err(|error| Refused::new(StatusCode::BAD_REQUEST, &error.to_string()))
}

impl Refused {
    fn new(status: StatusCode, error: &str) -> Refused {
        Refused {
            status,
            error: String::from(error),
        }
    }
}

impl From<CustomerError> for Refused {
    fn from(error: CustomerError) -> Refused {
        Refused::new(StatusCode::CONFLICT, &error.to_string())
    }
}

impl From<ActError> for Refused {
    fn from(error: ActError) -> Refused {
        let status = match error {
            ActError::UnknownProvider(_) | ActError::UnknownAct(_) => StatusCode::NOT_FOUND,
            ActError::Refused(_) => StatusCode::CONFLICT,
        };
        Refused::new(status, &error.to_string())
    }
}

impl From<SettingsError> for Refused {
    fn from(error: SettingsError) -> Refused {
        Refused::new(StatusCode::BAD_REQUEST, &error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.error}))).into_response()
    }
}
