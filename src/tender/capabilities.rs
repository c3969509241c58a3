//! What a provider can do and how it wants to be treated. The engine knows providers only by this.

use super::Prompt;

/// Rules of one configured provider profile.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// Ways in which a tender may reach the customer.
    pub by_scan: bool,
    pub by_phone: bool,
    pub by_qr: bool,
    /// By a code that stands at the till, told of by webhook.
    pub by_check_in: bool,
    /// A check-in older than this is somebody else's.
    pub check_in_life_ms: i64,
    /// The till's code carries one payment at a time: a new one waits until the last is over.
    pub one_at_a_time: bool,
    /// What the till does with a code: show it, print it, or point at the plate that carries it.
    pub code_prompt: Prompt,
    /// The provider can be asked how a payment stands.
    pub can_ask: bool,
    /// A payment can be asked about only by the name that the answer to its start carries. Until
    /// that answer is durable nobody is shown a code, so a start without an answer has led to
    /// nothing that a customer could pay.
    pub known_by_answer: bool,
    /// The code of an open payment is learnt anew by repeating its start under its key.
    pub code_by_repeating: bool,
    /// A cancel is asked for once; if it has no effect, people decide.
    pub cancel_once: bool,
    /// After this long without a payment the till asks: go on waiting, or cancel?
    pub attempt_ms: Option<i64>,
    /// How often and for how long a payment is asked about that the provider itself is not sure of;
    /// after that the till is told.
    pub unsure: Option<UnsureRule>,
    /// A code that could not be taken back is asked about this often until it is worthless.
    pub watch_every_ms: i64,
    /// Money is reserved first and taken by a request of its own.
    pub capture_separately: bool,
    pub partial_capture: bool,
    pub partial_refund: bool,
    /// A payment that is read tells what of it was given back.
    pub payment_shows_refunds: bool,
    /// Money can be given back from here at all.
    pub gives_back: bool,
    pub refund_recovery: RefundRecovery,
    /// How often a refund that was accepted is asked about.
    pub refund_poll_ms: i64,
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

impl Capabilities {
    /// A wallet that shows codes, is asked over the network, and takes the money by itself. A base to
    /// say the differences to.
    pub fn wallet() -> Self {
        Self {
            by_scan: false,
            by_phone: false,
            by_qr: true,
            by_check_in: false,
            check_in_life_ms: 600_000,
            one_at_a_time: false,
            code_prompt: Prompt::ShowQr,
            can_ask: true,
            known_by_answer: false,
            code_by_repeating: false,
            cancel_once: false,
            attempt_ms: None,
            unsure: None,
            watch_every_ms: 600_000,
            capture_separately: false,
            partial_capture: false,
            partial_refund: true,
            payment_shows_refunds: true,
            gives_back: true,
            refund_recovery: RefundRecovery::Find,
            refund_poll_ms: 3_000,
            lifetime_ms: 600_000,
            start_within_ms: 60_000,
            settle_ms: 120_000,
            key_retention_ms: 86_400_000,
            request_timeout_ms: 15_000,
            busy_wait_ms: 2_000,
            writes_per_minute: 60,
            reads_per_minute: 120,
            poll: PollSchedule {
                first_ms: 3_000,
                steps: Vec::new(),
                slowest_ms: 3_000,
            },
        }
    }
}

/// What can be done about a refund of which the answer is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefundRecovery {
    /// The provider can be asked whether it was carried out.
    Find,
    /// The same request under the same key is carried out once at most.
    Repeat,
    /// Neither: people look it up and say how it ended.
    AskPeople,
}

/// See [`Capabilities::unsure`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsureRule {
    pub questions: u32,
    pub window_ms: i64,
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
