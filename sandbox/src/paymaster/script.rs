//! Payments that play themselves: the kopecks of the amount say how, if `autopay` is on.

use crate::clock::{MINUTE_MS, SECOND_MS};

/// When a customer who plays along has paid.
const PAID_AFTER_MS: i64 = 6 * SECOND_MS;

/// What will happen to a payment without anybody acting. A connection that the real service would
/// drop is answered by the gateway in front of it, which is no answer of the service either.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub paid_after_ms: Option<i64>,
    pub rejected_with: Option<&'static str>,
    /// Kopecks less than asked for.
    pub paid_short: i64,
    /// The customer pays in the second before a cancel arrives.
    pub paid_before_cancel: bool,
    /// Questions about the payment get no answer for so long after its creation.
    pub status_down_ms: i64,
    /// So many questions more are answered by the gateway.
    pub bad_gateways: u32,
    pub create_answer_lost: bool,
    pub cancel_answer_lost: bool,
    pub cancel_refused: bool,
    pub refund_rejected: bool,
    pub refund_takes_ms: Option<i64>,
}

impl Script {
    pub fn of_amount(kopecks: i64) -> Script {
        let paid = Script {
            paid_after_ms: Some(PAID_AFTER_MS),
            ..Script::default()
        };
        match kopecks % 100 {
            0 => paid,
            1 => Script {
                rejected_with: Some("InsufficientFunds"),
                ..paid
            },
            3 => Script {
                status_down_ms: MINUTE_MS,
                ..paid
            },
            4 => Script {
                status_down_ms: i64::MAX,
                cancel_refused: true,
                ..paid
            },
            5 => Script {
                cancel_answer_lost: true,
                ..Script::default()
            },
            6 => Script {
                paid_before_cancel: true,
                ..Script::default()
            },
            7 => Script {
                create_answer_lost: true,
                ..Script::default()
            },
            8 => Script {
                refund_rejected: true,
                ..paid
            },
            9 => Script {
                refund_takes_ms: Some(30 * SECOND_MS),
                ..paid
            },
            10 => Script {
                bad_gateways: 3,
                ..paid
            },
            11 => Script {
                paid_short: 1,
                ..paid
            },
            _ => Script::default(),
        }
    }
}
