//! What tenders and refunds share: pacing, limits, sending, and sorting answers to their senders.

use super::core::{Core, Exchange};
use super::{Effect, ExchangeId, LogLevel, LogLine};
use crate::journal::Fact;
use crate::provider::{Command, Context, HttpResponse, NoResponse, Sent, Verdict};
use crate::tender::refund::RefundEvent;
use crate::tender::{Event, Kind, OperationId, Reason};
use std::collections::VecDeque;

use super::operation::Operation;

const BACKOFF_FIRST_MS: i64 = 1_000;
const BACKOFF_MOST_MS: i64 = 30_000;

/// Limits are per minute; a second more, as requests do not travel equally fast.
const WINDOW_MS: i64 = 61_000;

/// Payments whose pace is remembered; beyond that, those without a recent request are forgotten.
const PACES_KEPT: usize = 256;

/// 1 s, 2 s, 4 s … 30 s, plus up to a quarter, so that tills cut off together do not come back
/// together.
pub(super) fn backoff_ms(failures: u32, jitter_permille: i64) -> i64 {
    let doublings = failures.saturating_sub(1).min(5);
    let base = (BACKOFF_FIRST_MS << doublings).min(BACKOFF_MOST_MS);
    base + base * jitter_permille / 4_000
}

fn payment(operation: &Operation) -> (String, String) {
    (
        operation.profile().to_owned(),
        operation.reference().to_owned(),
    )
}

/// An answer, sorted by what it means for the operation.
pub(super) enum Outcome {
    Verdict(Verdict),
    NotSent(Reason),
    Lost(Reason),
}

/// What of an operation a request and the reading of its answer depend on, with times by the
/// provider's clock, which is so much ahead. Errands have none.
pub(super) fn context<'a>(
    operation: &'a Operation,
    key: &'a str,
    now: i64,
    ahead_ms: i64,
) -> Option<Context<'a>> {
    Some(Context {
        reference: operation.reference(),
        provider_reference: operation.provider_reference(),
        refund_reference: operation.refund_reference(),
        currency: operation.amount()?.currency,
        amount: operation.payment_amount(),
        begun_at: operation.begun_at().saturating_add(ahead_ms),
        now_ms: now.saturating_add(ahead_ms),
        idempotency_key: key,
        token: None,
    })
}

/// When requests about one payment left: a tender and its refunds share the provider's limits.
#[derive(Default)]
pub(super) struct Pace {
    writes: VecDeque<i64>,
    reads: VecDeque<i64>,
}

impl Pace {
    fn forget_before(&mut self, at: i64) {
        for sent in [&mut self.writes, &mut self.reads] {
            while sent.front().is_some_and(|sent_at| *sent_at <= at) {
                sent.pop_front();
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.reads.is_empty()
    }
}

/// What was asked and what came back; never by whom or about whom.
fn answer_line(exchange: &Exchange, result: &Result<HttpResponse, NoResponse>) -> LogLine {
    let mut line = LogLine::new(LogLevel::Debug, "answer").word("to", exchange.word());
    line.operation = exchange.operation();
    match result {
        Ok(response) => line.number("status", i64::from(response.status)),
        Err(failure) => line.word("none", failure.cause.key()),
    }
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
        let Some(operation) = self.operations.get(&id) else {
            return i64::MAX;
        };
        let Some(session) = self.profiles.get(operation.profile()) else {
            return i64::MAX;
        };
        let rules = session.provider.capabilities();
        let pace = self.paces.entry(payment(operation)).or_default();
        pace.forget_before(now.saturating_sub(WINDOW_MS));
        let (sent, limit) = if is_write {
            (&pace.writes, rules.writes_per_minute)
        } else {
            (&pace.reads, rules.reads_per_minute)
        };
        let full = u32::try_from(sent.len()).unwrap_or(u32::MAX) >= limit;
        let limited_until = match sent.front() {
            Some(oldest) if full => oldest.saturating_add(WINDOW_MS),
            _ => now,
        };
        let patient_until = if is_write {
            operation.acts_not_before
        } else {
            0
        };
        limited_until.max(operation.not_before).max(patient_until)
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
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        let Some(session) = self.profiles.get(operation.profile()) else {
            return;
        };
        let key = operation.idempotency_key(act_key);
        let Some(context) = context(operation, &key, now, session.ahead_ms()) else {
            return;
        };
        let context = Context {
            token: session.token(now),
            ..context
        };
        let request = session.provider.request(command, &context);
        operation.exchange = Some(number);
        let pace = self.paces.entry(payment(operation)).or_default();
        match command {
            Command::AskStatus | Command::FindRefund { .. } => {
                pace.reads.push_back(now);
                operation.asked_at = now;
            }
            _ => pace.writes.push_back(now),
        }
        self.forget_old_paces(now);
        self.exchanges.insert(number, exchange);
        self.effects.push(Effect::Send {
            exchange: number,
            about: Some(id),
            request,
        });
    }

    fn forget_old_paces(&mut self, now: i64) {
        if self.paces.len() > PACES_KEPT {
            self.paces.retain(|_, pace| {
                pace.forget_before(now.saturating_sub(WINDOW_MS));
                !pace.is_empty()
            });
        }
    }

    pub(super) fn answered(
        &mut self,
        number: ExchangeId,
        result: Result<HttpResponse, NoResponse>,
        now: i64,
    ) {
        let exchange = self.exchanges.remove(&number);
        if let Some(exchange) = &exchange {
            self.log(answer_line(exchange, &result));
        }
        match exchange {
            Some(Exchange::Token { profile }) => self.token_answered(&profile, result, now),
            Some(Exchange::Tender { id, call }) => self.tender_answered(id, call, result, now),
            Some(Exchange::Errand { id }) => self.errand_answered(id, result, now),
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
                if let Some(there) = response.date_ms() {
                    session.skew_ms = there.saturating_sub(now);
                }
                let key = operation.idempotency_key(act_key);
                let context = context(operation, &key, now, session.ahead_ms())?;
                Outcome::Verdict(session.provider.read(command, &context, response))
            }
            Err(NoResponse { sent: Sent::No, .. }) => Outcome::NotSent(Reason::NetworkDown),
            Err(NoResponse {
                sent: Sent::Maybe, ..
            }) => Outcome::Lost(Reason::NoAnswer),
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

    /// An act is impossible, it was said. Should the payment read as if it were not, the act is not
    /// tried again at once: each time later.
    pub(super) fn contradicted(&mut self, id: OperationId, now: i64) {
        let jitter = self.jitter_permille();
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.contradictions = operation.contradictions.saturating_add(1);
            if operation.contradictions > 1 {
                let wait_ms = backoff_ms(operation.contradictions, jitter);
                operation.acts_not_before = now.saturating_add(wait_ms);
            }
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

    pub(super) fn busy(&mut self, id: OperationId, after_ms: Option<i64>, new_key: bool, now: i64) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        let Some(session) = self.profiles.get(operation.profile()) else {
            return;
        };
        let wait_ms = after_ms.unwrap_or(session.provider.capabilities().busy_wait_ms);
        operation.not_before = now.saturating_add(wait_ms);
        operation.busy_since = operation.busy_since.or(Some(now));
        if new_key {
            operation.ask_first = true;
            let fact = match operation.kind() {
                Kind::Tender => Some(Fact::Tender(Event::NewKeys)),
                Kind::Refund => Some(Fact::Refund(RefundEvent::RefundNewKeys)),
                Kind::CheckIn | Kind::Enrolment | Kind::Registration => None,
            };
            if let Some(fact) = fact {
                self.record(id, fact, None, now);
            }
        }
    }

    /// A token was refused: once may be its age, more often is the set-up.
    pub(super) fn token_was_refused(&mut self, id: OperationId, now: i64) -> u32 {
        let Some(operation) = self.operations.get_mut(&id) else {
            return 0;
        };
        operation.token_refusals = operation.token_refusals.saturating_add(1);
        let (refusals, profile) = (operation.token_refusals, operation.profile().to_owned());
        self.drop_token(&profile);
        if refusals > 1 {
            self.failed(id, Reason::CredentialsRejected, now);
        }
        refusals
    }
}
