//! What tenders and refunds share: pacing, limits, sending, and sorting answers to their senders.

use super::core::{Core, Exchange};
use super::{Effect, ExchangeId};
use crate::provider::{Command, Context, HttpResponse, NoResponse, Sent, Verdict};
use crate::tender::{OperationId, Reason};

const BACKOFF_FIRST_MS: i64 = 1_000;
const BACKOFF_MOST_MS: i64 = 30_000;
const MINUTE_MS: i64 = 60_000;

/// 1 s, 2 s, 4 s … 30 s, plus up to a quarter, so that tills cut off together do not come back
/// together.
pub(super) fn backoff_ms(failures: u32, jitter_permille: i64) -> i64 {
    let doublings = failures.saturating_sub(1).min(5);
    let base = (BACKOFF_FIRST_MS << doublings).min(BACKOFF_MOST_MS);
    base + base * jitter_permille / 4_000
}

/// An answer, sorted by what it means for the operation.
pub(super) enum Outcome {
    Verdict(Verdict),
    NotSent(Reason),
    Lost(Reason),
}

impl Core {
    /// 0 to 999.
    pub(super) fn jitter_permille(&mut self) -> i64 {
        let mut bytes = [0; 2];
        self.ids.fill(&mut bytes);
        i64::from(u16::from_le_bytes(bytes)) * 1_000 / 65_536
    }

    /// The earliest time at which one more request about this payment stays inside the limits.
    pub(super) fn allowed_at(&mut self, id: OperationId, is_write: bool, now: i64) -> i64 {
        let Some(operation) = self.operations.get_mut(&id) else { return i64::MAX };
        let Some(session) = self.profiles.get(operation.profile()) else { return i64::MAX };
        let rules = session.provider.capabilities();
        let (sent, limit) = if is_write {
            (&mut operation.writes, rules.writes_per_minute)
        } else {
            (&mut operation.reads, rules.reads_per_minute)
        };
        while sent.front().is_some_and(|at| *at <= now.saturating_sub(MINUTE_MS)) {
            sent.pop_front();
        }
        let full = u32::try_from(sent.len()).unwrap_or(u32::MAX) >= limit;
        let limited_until = match sent.front() {
            Some(oldest) if full => oldest.saturating_add(MINUTE_MS),
            _ => now,
        };
        limited_until.max(operation.not_before)
    }

    /// Sends one request of an operation. The caller has checked time, limits and durability.
    pub(super) fn send(
        &mut self,
        id: OperationId,
        exchange: Exchange,
        act_key: &str,
        command: &Command<'_>,
        now: i64,
    ) {
        let number = ExchangeId(self.number());
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let Some(session) = self.profiles.get(operation.profile()) else { return };
        let key = operation.idempotency_key(act_key);
        let context = Context {
            reference: operation.reference(),
            currency: operation.amount().currency,
            amount: operation.payment_amount(),
            idempotency_key: &key,
            token: session.token(now),
        };
        let request = session.provider.request(command, &context);
        operation.exchange = Some(number);
        match command {
            Command::AskStatus | Command::FindRefund { .. } => operation.reads.push_back(now),
            _ => operation.writes.push_back(now),
        }
        self.exchanges.insert(number, exchange);
        self.effects.push(Effect::Send { exchange: number, request });
    }

    pub(super) fn answered(
        &mut self,
        number: ExchangeId,
        result: Result<HttpResponse, NoResponse>,
        now: i64,
    ) {
        match self.exchanges.remove(&number) {
            Some(Exchange::Token { profile }) => self.token_answered(&profile, result, now),
            Some(Exchange::Tender { id, call }) => self.tender_answered(id, call, result, now),
            Some(Exchange::Refund { id, command }) => {
                self.refund_answered(id, command, result, now);
            }
            None => {}
        }
    }

    /// Reads an answer with the same context as the request was made with, and keeps the profile's
    /// health.
    pub(super) fn outcome(
        &mut self,
        id: OperationId,
        act_key: &str,
        command: &Command<'_>,
        result: &Result<HttpResponse, NoResponse>,
        now: i64,
    ) -> Option<Outcome> {
        let operation = self.operations.get_mut(&id)?;
        operation.exchange = None;
        operation.hold_until = None;
        let session = self.profiles.get_mut(operation.profile())?;
        let outcome = match result {
            Ok(response) => {
                session.last_answer_at = now;
                let key = operation.idempotency_key(act_key);
                let context = Context {
                    reference: operation.reference(),
                    currency: operation.amount().currency,
                    amount: operation.payment_amount(),
                    idempotency_key: &key,
                    token: None,
                };
                Outcome::Verdict(session.provider.read(command, &context, response))
            }
            Err(NoResponse { sent: Sent::No, .. }) => Outcome::NotSent(Reason::NetworkDown),
            Err(NoResponse { sent: Sent::Maybe, .. }) => Outcome::Lost(Reason::NoAnswer),
        };
        let failure = match &outcome {
            Outcome::NotSent(reason) | Outcome::Lost(reason) => Some(*reason),
            Outcome::Verdict(Verdict::Unclear) => Some(Reason::ProviderError),
            Outcome::Verdict(Verdict::Mismatch) => Some(Reason::AnswerMismatch),
            Outcome::Verdict(Verdict::Busy { .. }) => Some(Reason::ProviderBusy),
            Outcome::Verdict(_) => None,
        };
        if let Some(reason) = failure {
            session.last_failure = Some((reason, now));
        }
        Some(outcome)
    }

    /// Something did not work: wait longer each time.
    pub(super) fn failed(&mut self, id: OperationId, reason: Reason, now: i64) {
        let jitter = self.jitter_permille();
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.failures = operation.failures.saturating_add(1);
            operation.not_before = now.saturating_add(backoff_ms(operation.failures, jitter));
            let since = operation.trouble.map_or(now, |(_, since)| since);
            operation.trouble = Some((reason, since));
        }
    }

    pub(super) fn worked(&mut self, id: OperationId) {
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.failures = 0;
            operation.token_refusals = 0;
            operation.not_before = 0;
            operation.trouble = None;
            operation.ask_first = false;
        }
    }

    pub(super) fn busy(
        &mut self,
        id: OperationId,
        after_ms: Option<i64>,
        new_key: bool,
        now: i64,
    ) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let Some(session) = self.profiles.get(operation.profile()) else { return };
        let wait_ms = after_ms.unwrap_or(session.provider.capabilities().busy_wait_ms);
        operation.not_before = now.saturating_add(wait_ms);
        if new_key {
            operation.key_round = operation.key_round.saturating_add(1);
            operation.ask_first = true;
        }
    }

    /// A token was refused: once may be its age, more often is the set-up.
    pub(super) fn token_was_refused(&mut self, id: OperationId, now: i64) -> u32 {
        let Some(operation) = self.operations.get_mut(&id) else { return 0 };
        operation.token_refusals = operation.token_refusals.saturating_add(1);
        let (refusals, profile) = (operation.token_refusals, operation.profile().to_owned());
        self.drop_token(&profile);
        if refusals > 1 {
            self.failed(id, Reason::CredentialsRejected, now);
        }
        refusals
    }
}
