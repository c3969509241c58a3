//! Requests to the imitated providers, and what the faults do to the real connection.

use std::time::Duration;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::fuse::Fuse;
use crate::Outcome;

const BODY_LENGTH_MAX: usize = 1024 * 1024;
/// A client that waits longer than this for a lost answer sees the connection close instead.
const SILENCE: Duration = Duration::from_secs(60);

pub(super) async fn exchange(
    State(shared): State<Shared>,
    Extension(fuse): Extension<Fuse>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LENGTH_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = crate::Request::from_parts(parts, body.to_vec());
    match shared.with(|world, now_ms| world.exchange(now_ms, &request)) {
        Outcome::Answer { response, delay_ms } => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            response.map(Body::from)
        }
        Outcome::RequestLost | Outcome::AnswerLost => {
            tokio::time::sleep(SILENCE).await;
            fuse.blow_after(0);
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Outcome::CutAfter { response, bytes } => {
            fuse.blow_after(bytes);
            response.map(Body::from)
        }
    }
}
