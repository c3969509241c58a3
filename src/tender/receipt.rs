//! Payments that the customer has made before the till comes in: a receipt that is scanned, or an
//! amount that the cashier reads from the customer's phone.

use super::Assurance;
use serde::{Deserialize, Serialize};

/// What a verified receipt says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaidReceipt {
    /// The provider's name of the payment.
    pub transaction: String,
    /// The name under which the payment counts once, whatever bytes show it.
    pub claim: String,
    /// In minor units of the tender's currency.
    pub amount: i64,
    /// Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benefit: Option<String>,
    /// SHA-256 of what was scanned, in hexadecimal.
    pub fingerprint: String,
}

/// The payment that a tender was settled with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaidBefore {
    pub claim: Option<String>,
    /// What the customer paid, which may be more than the tender takes of it.
    pub own_amount: i64,
    /// Unix milliseconds.
    pub paid_at: Option<i64>,
    pub settles: i64,
    pub assurance: Assurance,
}
