//! What really happened to the money, in one shape for all providers.

use serde::Serialize;

/// One payment. Tests compare these rows with the journal of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    pub provider: &'static str,
    pub reference: String,
    pub currency: String,
    /// What was asked for, in minor units, as are all amounts.
    pub amount: i64,
    pub authorized: i64,
    pub captured: i64,
    pub cancelled: i64,
    pub refunded: i64,
    /// The provider's own word, as its API would say it.
    pub state: String,
    pub user_flow: String,
    pub description: String,
    /// Telephone number of the customer, empty while nobody has scanned the code.
    pub customer: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    /// Capture operations that succeeded.
    pub captures: u32,
    /// Refund operations that succeeded.
    pub refunds: u32,
    pub events: Vec<LedgerEvent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEvent {
    pub name: &'static str,
    pub amount: i64,
    pub at_ms: i64,
    pub success: bool,
    pub idempotency_key: Option<String>,
}

impl LedgerRow {
    /// What must hold for every payment of every provider at every moment.
    pub fn is_consistent(&self) -> bool {
        let spent = self.captured.checked_add(self.cancelled);
        let parts = [
            self.authorized,
            self.captured,
            self.cancelled,
            self.refunded,
        ];
        parts.iter().all(|part| (0..=self.amount).contains(part))
            && self.captured <= self.authorized
            && self.refunded <= self.captured
            && spent.is_some_and(|spent| spent <= self.amount)
    }
}
