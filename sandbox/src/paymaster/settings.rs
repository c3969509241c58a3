//! The site in the merchant cabinet, and what is not certain about the real service.

use serde::{Deserialize, Serialize};

use crate::clock::{MINUTE_MS, SECOND_MS};

/// One site with one till, and the quirks of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub token: String,
    pub merchant_id: String,
    /// Shown in the customer's bank app.
    pub shop_name: String,
    /// The till under which orders of the second protocol are placed.
    pub pos_id: String,
    /// The plate that is registered from the start.
    pub sticker_id: String,
    /// The cabinet has bound the plate to the till: its orders carry the plate's link.
    pub pos_static: bool,
    /// Whose bank account pays; the telephone number is what answers show in part.
    pub payer: String,
    /// How long a payment waits that says no end of its own.
    pub payment_life_ms: i64,
    /// How long the banks take after the customer has approved.
    pub processing_ms: i64,
    /// The kopecks of an amount say what becomes of the payment, without a customer.
    pub autopay: bool,
    /// 0: a refund is carried out at once.
    pub refund_takes_ms: i64,
    pub refund_rejected: bool,
    /// A plate that waits for an unpaid payment refuses the next; otherwise the next replaces it.
    pub sticker_busy_refused: bool,
    /// Answers about a payment by plate repeat the plate's link.
    pub sticker_link_in_answer: bool,
    /// The same request under the same key gets the first answer; otherwise it is a violation.
    pub repeats_replayed: bool,
    /// Answers print `10.5000`; otherwise `10.50`.
    pub four_decimals: bool,
    /// Reading does not find a payment that is younger than this.
    pub payment_hidden_ms: i64,
    /// Items of one answer to a list.
    pub page_size: usize,
    pub amount_min: i64,
    pub amount_max: i64,
    /// The second protocol's numbers for paid and not paid.
    pub pos_state_paid: u32,
    pub pos_state_failed: u32,
    /// The second protocol counts kopecks; otherwise it writes rubles.
    pub pos_kopecks: bool,
    /// Orders of the second protocol can be read by the till's own number too.
    pub pos_found_by_order: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            token: String::from("sandbox-token"),
            merchant_id: String::from("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"),
            shop_name: String::from("Sandbox Shop"),
            pos_id: String::from("POS-1"),
            sticker_id: String::from("0a1b2c3d4e5f"),
            pos_static: false,
            payer: String::from("79161234567"),
            payment_life_ms: 20 * MINUTE_MS,
            processing_ms: SECOND_MS,
            autopay: false,
            refund_takes_ms: 0,
            refund_rejected: false,
            sticker_busy_refused: false,
            sticker_link_in_answer: true,
            repeats_replayed: true,
            four_decimals: true,
            payment_hidden_ms: 0,
            page_size: 100,
            amount_min: 100,
            amount_max: 100_000_000,
            pos_state_paid: 5,
            pos_state_failed: 6,
            pos_kopecks: false,
            pos_found_by_order: false,
        }
    }
}
