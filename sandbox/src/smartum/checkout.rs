//! Payments in a web shop: the merchant asks, the customer's browser comes back (section 11).

use http::HeaderValue;
use http::header::LOCATION;
use serde::Deserialize;

use super::refusal::Refusal;
use super::settings::Settings;
use crate::clock::SECOND_MS;
use crate::{Response, answer};

const TIMEOUT_S: i64 = 600;
const TIMEOUT_MAX_S: i64 = 86_400;

/// The body of `POST /checkout`; it has these nine fields and no others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub venue: String,
    pub amount: i64,
    pub benefit: String,
    pub product_name: String,
    pub success_url: String,
    pub cancel_url: String,
    pub nonce: String,
    product_image_url: Option<String>,
    timeout: Option<i64>,
}

#[derive(Debug, Clone)]
pub(super) struct Checkout {
    pub id: String,
    pub order: Order,
    pub created_ms: i64,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Paid,
    Cancelled,
}

impl Order {
    pub fn read(body: &[u8], settings: &Settings) -> Result<Order, Refusal> {
        let order: Order = serde_json::from_slice(body).map_err(|_| Refusal::INVALID_REQUEST)?;
        let venue = settings.venues.iter().find(|venue| venue.id == order.venue);
        let venue = venue.ok_or(Refusal::UNKNOWN_VENUE)?;
        let addresses = [
            Some(&order.success_url),
            Some(&order.cancel_url),
            order.product_image_url.as_ref(),
        ];
        let addresses_fit = addresses.into_iter().flatten().all(|it| is_address(it));
        let timeout_s = order.timeout.unwrap_or(TIMEOUT_S);
        let fits = order.amount > 0
            && venue.benefits.contains(&order.benefit)
            && !order.product_name.is_empty()
            && !order.nonce.is_empty()
            && addresses_fit
            && (1..=TIMEOUT_MAX_S).contains(&timeout_s);
        if fits {
            Ok(order)
        } else {
            Err(Refusal::INVALID_REQUEST)
        }
    }
}

impl Checkout {
    pub fn expires_ms(&self) -> i64 {
        let life_s = self.order.timeout.unwrap_or(TIMEOUT_S);
        self.created_ms
            .saturating_add(life_s.saturating_mul(SECOND_MS))
    }

    /// Whether the customer can still pay or cancel.
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.state == State::Open && now_ms < self.expires_ms()
    }
}

/// Sends the browser back with the token, which joins whatever query the address has.
pub(super) fn return_to(address: &str, token: Option<&str>) -> Response {
    let target = match token {
        None => String::from(address),
        Some(token) => {
            let (address, fragment) = match address.split_once('#') {
                Some((address, fragment)) => (address, format!("#{fragment}")),
                None => (address, String::new()),
            };
            let sign = if address.contains('?') { '&' } else { '?' };
            format!("{address}{sign}jwt={token}{fragment}")
        }
    };
    let mut response = answer::empty(302);
    if let Ok(value) = HeaderValue::from_str(&target) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

fn is_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
}
