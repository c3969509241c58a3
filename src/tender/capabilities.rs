//! What a provider can do and how it wants to be treated. The engine knows providers only by this.

/// Rules of one configured provider profile.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// Ways in which a tender may reach the customer.
    pub by_scan: bool,
    pub by_phone: bool,
    pub by_qr: bool,
    /// Money is reserved first and taken by a request of its own.
    pub capture_separately: bool,
    pub partial_capture: bool,
    pub partial_refund: bool,
    /// How long the customer has, from the provider's acceptance.
    pub lifetime_ms: i64,
    /// A tender that could not be started within this time is given up: nobody waits at the till
    /// for a request that would reach the customer's phone an hour later.
    pub start_within_ms: i64,
    /// A request given up by us may still be delivered for this long; until then "no such payment"
    /// does not prove that there will be none.
    pub settle_ms: i64,
    /// How long the provider remembers an idempotency key.
    pub key_retention_ms: i64,
    pub request_timeout_ms: u64,
    /// Wait after "busy, try again" without a time of its own.
    pub busy_wait_ms: i64,
    /// Published limits for one payment.
    pub writes_per_minute: u32,
    pub reads_per_minute: u32,
    pub poll: PollSchedule,
}

/// How often a waiting payment is asked about: quick while the customer is expected to act, slower
/// later. Steps are (until this long after the start, ask at this interval).
#[derive(Clone, Debug)]
pub struct PollSchedule {
    pub first_ms: i64,
    pub steps: Vec<(i64, i64)>,
    pub slowest_ms: i64,
}

impl PollSchedule {
    /// The time between two questions when the payment has been open for `age_ms`.
    pub fn interval_ms(&self, age_ms: i64) -> i64 {
        self.steps
            .iter()
            .find(|(until_ms, _)| age_ms < *until_ms)
            .map_or(self.slowest_ms, |(_, interval_ms)| *interval_ms)
    }
}
