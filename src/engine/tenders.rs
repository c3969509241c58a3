//! Driving a tender: one step at a time from what is derived to what is asked of the provider.

use super::core::{Core, Exchange};
use super::operation::Operation;
use super::sending::Outcome;
use super::{LogLevel, LogLine};
use crate::journal::Fact;
use crate::provider::{Command, HttpResponse, NoResponse, RefundWord, Statement, Verdict};
use crate::tender::{
    self, Act, Approach, Call, Ending, Event, Observation, OperationId, Phase, Reason, Standing,
    Tender, Wish, may_repeat_start, next_question_at,
};

/// Asking again for a code that the till lost with its memory.
const QR_TRIES_MAX: u32 = 3;

/// Refused tokens before a tender that never reached the provider is given up.
const TOKEN_REFUSALS_MAX: u32 = 3;

impl Core {
    pub(super) fn drive_tender(&mut self, id: OperationId, now: i64) {
        // What is under way may change what is wanted: its end comes first.
        let under_way = |operation: &Operation| operation.exchange.is_some();
        if self.operations.get(&id).is_none_or(under_way) {
            return;
        }
        let call = loop {
            let Some((tender, rules)) = self.tender_and_rules(id) else {
                return;
            };
            match tender::next(tender, rules, now) {
                tender::Command::Record(event) => {
                    self.record(id, Fact::Tender(*event), None, now);
                }
                tender::Command::WaitUntil(at) => return self.wake(id, at),
                tender::Command::AwaitHost | tender::Command::Done => return,
                tender::Command::Call(call) => break call,
            }
        };
        let call = self.preferred(id, call, now);
        let Some(call) = self.once_cancel(id, call, now) else {
            return;
        };
        let due_at = self.due_at(id, call, now);
        if now < due_at {
            return self.wake(id, due_at);
        }
        if !self.may_leave(id, call) {
            return self.want_flush();
        }
        let profile = self.operations.get(&id).map(|op| op.profile().to_owned());
        let profile = profile.unwrap_or_default();
        if let Err(at) = self.ensure_token(&profile, now) {
            return self.without_token(id, &profile, at, now);
        }
        if self.is_first_start(id, call) {
            self.record(id, Fact::Tender(Event::Sending { at: now }), None, now);
        }
        let body = self.start_body(id, call);
        let stem = self.give_back_stem(id, call);
        let command = wire_command(call, &body, &stem);
        let exchange = Exchange::Tender { id, call };
        self.send(id, exchange, &call.act_key(), &command, now);
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.ask_now = false;
            let gives_up = operation
                .tender()
                .is_some_and(|tender| tender.wish != Wish::Collect);
            operation.asked_before_cancel |= gives_up && call == Call::AskStatus;
            operation.cancel_to_send &= !matches!(call, Call::Cancel { .. });
        }
    }

    /// A cancel that is asked for once: the payment is read first, then the intention is written
    /// down, and only then it leaves. Nothing when there is something to wait for.
    fn once_cancel(&mut self, id: OperationId, call: Call, now: i64) -> Option<Call> {
        let (tender, rules) = self.tender_and_rules(id)?;
        if !rules.cancel_once {
            return Some(call);
        }
        let sent = tender.cancel_sent;
        let open = matches!(tender.standing, Standing::Open { .. });
        let operation = self.operations.get_mut(&id)?;
        if open && operation.cancel_to_send {
            return Some(Call::Cancel {
                only_unapproved: true,
            });
        }
        match call {
            Call::Cancel { .. } if !operation.asked_before_cancel => {
                operation.ask_now = true;
                Some(Call::AskStatus)
            }
            Call::Cancel { .. } if open && !sent => {
                operation.cancel_to_send = true;
                self.record(id, Fact::Tender(Event::CancelSending), None, now);
                self.want_flush();
                None
            }
            call => Some(call),
        }
    }

    fn give_back_stem(&self, id: OperationId, call: Call) -> String {
        let tender = self.operations.get(&id).and_then(Operation::tender);
        tender
            .map(|tender| tender.intent.seed.key_stem(&call.act_key()))
            .unwrap_or_default()
    }

    fn tender_and_rules(&self, id: OperationId) -> Option<(&Tender, &tender::Capabilities)> {
        let operation = self.operations.get(&id)?;
        let rules = self
            .profiles
            .get(operation.profile())?
            .provider
            .capabilities();
        Some((operation.tender()?, rules))
    }

    /// What memory knows beyond the facts: a refusal that said "look first", and a code that was
    /// lost with a restart and comes back by repeating the start under its key.
    fn preferred(&self, id: OperationId, call: Call, now: i64) -> Call {
        let Some(operation) = self.operations.get(&id) else {
            return call;
        };
        let Some((tender, rules)) = self.tender_and_rules(id) else {
            return call;
        };
        if operation.ask_first && rules.can_ask {
            return match call {
                Call::GiveBack { amount } | Call::FindGiveBack { amount }
                    if !rules.payment_shows_refunds =>
                {
                    Call::FindGiveBack { amount }
                }
                _ => Call::AskStatus,
            };
        }
        let lost_code = operation.qr_text.is_none() && operation.qr_tries < QR_TRIES_MAX;
        if call == Call::AskStatus && lost_code && may_repeat_start(tender, rules, now) {
            return Call::Start {
                attempt: tender.attempts,
            };
        }
        call
    }

    fn due_at(&mut self, id: OperationId, call: Call, now: i64) -> i64 {
        let is_write = call.act().is_some();
        let allowed_at = self.allowed_at(id, is_write, now);
        let Some((tender, rules)) = self.tender_and_rules(id) else {
            return i64::MAX;
        };
        let Some(operation) = self.operations.get(&id) else {
            return i64::MAX;
        };
        let at_leisure = tender.doubt.is_none()
            && !operation.ask_first
            && !operation.ask_now
            && operation.failures == 0;
        if call.act().is_some() || !at_leisure {
            return allowed_at;
        }
        if let Call::FindGiveBack { .. } = call {
            let patient_until = operation.asked_at.saturating_add(rules.refund_poll_ms);
            return patient_until.max(allowed_at);
        }
        let paced = match (&tender.standing, operation.unsure, rules.unsure) {
            (Standing::Open { .. }, Some((since, asked)), Some(rule)) => {
                let apart_ms = rule.window_ms / i64::from(rule.questions.max(1));
                let nth = i64::from(asked.saturating_add(1).min(rule.questions));
                let within = since.saturating_add(apart_ms.saturating_mul(nth));
                within.max(operation.asked_at.saturating_add(apart_ms))
            }
            (Standing::Open { .. }, ..) => {
                next_question_at(&rules.poll, operation.opened_at, operation.asked_at)
            }
            (Standing::Ended(Ending::Abandoned { .. }), ..) => {
                operation.asked_at.saturating_add(rules.watch_every_ms)
            }
            (Standing::Approved, ..) => operation.asked_at.saturating_add(rules.poll.slowest_ms),
            _ => allowed_at,
        };
        paced.max(allowed_at)
    }

    /// A capture may leave on an approval that is not yet on disk, but not on a decision.
    fn may_leave(&self, id: OperationId, call: Call) -> bool {
        match call.act() {
            None => true,
            Some(Act::Capture) => self.is_decision_durable(id),
            Some(Act::Start | Act::Cancel | Act::GiveBack) => self.is_durable(id),
        }
    }

    /// A start that is repeated only to get back a lost code begins nothing.
    fn is_first_start(&self, id: OperationId, call: Call) -> bool {
        let tender = self.operations.get(&id).and_then(Operation::tender);
        call.act() == Some(Act::Start)
            && tender
                .is_some_and(|it| matches!(it.standing, Standing::Ready(_) | Standing::Unsure(_)))
    }

    /// No request can leave yet. A tender that never left is given up when the provider rejects
    /// our credentials, or when its time is over.
    fn without_token(&mut self, id: OperationId, profile: &str, at: i64, now: i64) {
        let refused = self
            .profiles
            .get(profile)
            .and_then(|session| session.refused);
        let failure = self
            .profiles
            .get(profile)
            .and_then(|session| session.last_failure);
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        let Some(tender) = operation.tender() else {
            return;
        };
        let (ready, start_until) = (
            matches!(tender.standing, Standing::Ready(_)),
            tender.intent.start_until,
        );
        if let Some((reason, since)) = failure
            && operation.trouble.is_none()
        {
            operation.trouble = Some((reason, since));
        }
        match refused {
            Some(reason) if ready => {
                self.record(id, Fact::Tender(Event::GivenUp { reason }), None, now);
            }
            _ if ready => self.wake(id, at.min(start_until).max(now)),
            _ if at < i64::MAX => self.wake(id, at),
            _ => {}
        }
    }

    fn start_body(&self, id: OperationId, call: Call) -> Vec<u8> {
        let Some(operation) = self.operations.get(&id) else {
            return Vec::new();
        };
        let approach = operation.tender().map(|tender| match &tender.standing {
            Standing::Ready(start) | Standing::Unsure(start) => start.approach,
            Standing::Open { approach, .. } => *approach,
            _ => Approach::Push,
        });
        match (call, approach) {
            (Call::Start { .. }, Some(approach)) => {
                operation.bodies.get(approach).unwrap_or_default().to_vec()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn tender_answered(
        &mut self,
        id: OperationId,
        call: Call,
        result: Result<HttpResponse, NoResponse>,
        now: i64,
    ) {
        self.touch(id);
        let stem = self.give_back_stem(id, call);
        let command = wire_command(call, &[], &stem);
        let cancelling = matches!(call, Call::Cancel { .. });
        let outcome = self.outcome(id, &call.act_key(), &command, &result, now);
        match outcome {
            None => {}
            Some(Outcome::NotSent(reason)) => {
                if call.act() == Some(Act::Start) {
                    self.record(id, Fact::Tender(Event::NotSent), None, now);
                }
                self.failed(id, reason, now);
            }
            Some(Outcome::Lost(reason)) => self.tender_in_doubt(id, call, reason, now),
            Some(Outcome::Verdict(verdict)) => self.tender_verdict(id, call, verdict, now),
        }
        if cancelling {
            self.cancel_answered(id, now);
        }
    }

    /// The one cancel has had its chance: what is still open now needs people.
    fn cancel_answered(&mut self, id: OperationId, now: i64) {
        let failed = self.tender_and_rules(id).is_some_and(|(tender, rules)| {
            rules.cancel_once
                && tender.cancel_sent
                && !tender.cancel_failed
                && matches!(tender.standing, Standing::Open { .. })
        });
        if failed {
            self.record(id, Fact::Tender(Event::CancelFailed), None, now);
        }
    }

    /// A question without an answer changes nothing; an act without one is a fact.
    fn tender_in_doubt(&mut self, id: OperationId, call: Call, reason: Reason, now: i64) {
        if call.act().is_some() {
            self.record(
                id,
                Fact::Tender(Event::NoAnswer { reason, at: now }),
                None,
                now,
            );
        }
        self.failed(id, reason, now);
        // The first question after a lost answer is asked at once.
        if let Some(operation) = self.operations.get_mut(&id)
            && operation.failures == 1
            && call.act().is_some()
        {
            operation.not_before = now;
        }
    }

    fn tender_verdict(&mut self, id: OperationId, call: Call, verdict: Verdict, now: i64) {
        match verdict {
            Verdict::Observed(statement) => self.tender_observed(id, call, statement, now),
            Verdict::Absent => {
                self.worked(id);
                let event = self
                    .refused_and_absent(id, now)
                    .unwrap_or(Event::Absent { at: now });
                self.record(id, Fact::Tender(event), None, now);
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.not_before = now.saturating_add(1_000);
                }
            }
            Verdict::AskFirst => {
                self.failed(id, Reason::WrongState, now);
                self.contradicted(id, now);
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.ask_first = true;
                    operation.trouble = None;
                    if operation.failures == 1 {
                        operation.not_before = now;
                    }
                }
                if call.act() == Some(Act::Start) {
                    let event = Event::NoAnswer {
                        reason: Reason::NoAnswer,
                        at: now,
                    };
                    self.record(id, Fact::Tender(event), None, now);
                }
            }
            Verdict::Refused { reason, code } => self.tender_refused(id, call, reason, code, now),
            Verdict::Busy { after_ms, new_key } => {
                if call.act() == Some(Act::Start) {
                    self.record(id, Fact::Tender(Event::NotSent), None, now);
                }
                self.busy(id, after_ms, new_key, now);
            }
            Verdict::TokenRefused => {
                if call.act() == Some(Act::Start) {
                    self.record(id, Fact::Tender(Event::NotSent), None, now);
                }
                let refusals = self.token_was_refused(id, now);
                let ready = self
                    .operations
                    .get(&id)
                    .and_then(|operation| operation.tender())
                    .is_some_and(|tender| matches!(tender.standing, Standing::Ready(_)));
                if ready && refusals >= TOKEN_REFUSALS_MAX {
                    let event = Event::GivenUp {
                        reason: Reason::CredentialsRejected,
                    };
                    self.record(id, Fact::Tender(event), None, now);
                }
            }
            Verdict::Mismatch => {
                self.log(LogLine::new(LogLevel::Error, "answer-mismatch").about(id));
                let event = Event::NoAnswer {
                    reason: Reason::AnswerMismatch,
                    at: now,
                };
                self.record(id, Fact::Tender(event), None, now);
                self.failed(id, Reason::AnswerMismatch, now);
            }
            Verdict::StillPayable { until_ms } => {
                self.worked(id);
                let event = Event::Abandoned { until: until_ms };
                self.record(id, Fact::Tender(event), None, now);
            }
            Verdict::Refund(word) => self.gave_back(id, call, word, now),
            Verdict::Unclear => self.tender_in_doubt(id, call, Reason::ProviderError, now),
        }
    }

    /// What is said of giving back, where it speaks of the refund and not of the payment.
    fn gave_back(&mut self, id: OperationId, call: Call, word: RefundWord, now: i64) {
        let (Call::GiveBack { amount } | Call::FindGiveBack { amount }) = call else {
            return self.tender_in_doubt(id, call, Reason::ProviderError, now);
        };
        let Some(tender) = self.operations.get(&id).and_then(Operation::tender) else {
            return;
        };
        match word {
            RefundWord::Executed { .. } => {
                let mut amounts = tender.amounts;
                amounts.refunded = amounts.refunded.saturating_add(amount);
                let observation = Observation {
                    support: Default::default(),
                    phase: Phase::Approved,
                    amounts,
                    provider_reference: None,
                    reason: None,
                };
                let statement = Statement {
                    observation,
                    ask_again: false,
                    qr_text: None,
                };
                self.tender_observed(id, call, statement, now);
            }
            RefundWord::Pending { reference } => {
                let known = tender
                    .give_back
                    .as_ref()
                    .is_some_and(|known| reference.is_none() || known.reference == reference);
                self.worked(id);
                if !known {
                    let event = Event::GiveBackAccepted { amount, reference };
                    self.record(id, Fact::Tender(event), None, now);
                }
            }
            RefundWord::NotThere => {
                self.worked(id);
                self.record(id, Fact::Tender(Event::GiveBackNotDone), None, now);
            }
            RefundWord::Refused { reason, code } => {
                self.record(id, Fact::Tender(Event::GiveBackNotDone), None, now);
                let act = Call::GiveBack { amount };
                self.tender_refused(id, act, reason, code, now);
            }
        }
    }

    fn tender_observed(&mut self, id: OperationId, call: Call, statement: Statement, now: i64) {
        self.worked(id);
        let Some((tender, rules)) = self.tender_and_rules(id) else {
            return;
        };
        let expires_at = match &tender.standing {
            Standing::Ready(start) | Standing::Unsure(start) => start.sent_at,
            _ => now,
        }
        .saturating_add(rules.lifetime_ms);
        let phase = statement.observation.phase;
        let opens = matches!(phase, Phase::Open | Phase::Unsure)
            && !matches!(tender.standing, Standing::Open { .. });
        let told_once = rules.known_by_answer;
        let gives_up_asking = rules.unsure.map_or(u32::MAX, |rule| rule.questions);
        let event = Event::Observed {
            observation: statement.observation,
            expires_at,
        };
        let Ok(after) = tender::apply(Some(tender.clone()), &event) else {
            return;
        };
        // A success that leaves the same to be done was none: believe it as little as no answer.
        let in_vain = call.act().is_some()
            && call.act() != Some(Act::Start)
            && tender::next(&after, rules, now) == tender::Command::Call(call);
        // What is known already is no fact.
        let news = after != *tender;
        let (mut private, mut undecided) = (None, false);
        if let Some(operation) = self.operations.get_mut(&id) {
            if news || call.act().is_some() {
                operation.busy_since = None;
            }
            if news {
                operation.contradictions = 0;
            }
            if opens {
                operation.opened_at = now;
                operation.asked_at = now;
            }
            operation.ask_now = statement.ask_again;
            operation.unsure = match (phase, operation.unsure) {
                (Phase::Unsure, None) => Some((now, 0)),
                (Phase::Unsure, Some((since, asked))) => Some((since, asked.saturating_add(1))),
                (_, known) if statement.ask_again => known,
                _ => None,
            };
            if matches!(call, Call::Start { .. }) {
                operation.qr_tries = operation.qr_tries.saturating_add(1);
            }
            if statement.qr_text.is_some() {
                operation.qr_text = statement.qr_text;
            }
            if let Some(code) = &operation.qr_text
                && opens
                && told_once
            {
                operation.bodies.keep_code(code);
                private = Some(operation.bodies.to_private());
            }
            undecided = operation
                .unsure
                .is_some_and(|(_, asked)| asked == gives_up_asking);
        }
        if news {
            self.record(id, Fact::Tender(event), private, now);
        }
        if undecided {
            self.log(LogLine::new(LogLevel::Error, "provider-undecided").about(id));
        }
        if in_vain {
            self.tender_in_doubt(id, call, Reason::ProviderError, now);
        }
    }

    fn tender_refused(&mut self, id: OperationId, call: Call, reason: Reason, code: u32, now: i64) {
        let Some(act) = call.act() else { return };
        let line = LogLine::new(LogLevel::Warn, "refused-by-provider").about(id);
        self.log(
            line.word("reason", reason.key())
                .number("code", i64::from(code)),
        );
        let tender = self.operations.get(&id).and_then(Operation::tender);
        let in_doubt = tender.is_none_or(|tender| tender.doubt.is_some());
        if act == Act::Start
            && !in_doubt
            && let Some(event) = self.other_approach(id, reason, now)
        {
            self.record(id, Fact::Tender(event), None, now);
            return;
        }
        self.record(
            id,
            Fact::Tender(Event::Refused { act, reason, code }),
            None,
            now,
        );
        self.failed(id, reason, now);
    }

    /// A refusal that an earlier request left in doubt holds now: the fallback, if there is one and
    /// the customer still stands there.
    fn refused_and_absent(&mut self, id: OperationId, now: i64) -> Option<Event> {
        let tender = self.operations.get(&id)?.tender()?;
        let reason = tender.refusal?.reason;
        if now >= tender.intent.start_until {
            None
        } else {
            self.other_approach(id, reason, now)
        }
    }

    /// The fallback, when the profile allows one.
    fn other_approach(&mut self, id: OperationId, reason: Reason, now: i64) -> Option<Event> {
        let operation = self.operations.get(&id)?;
        let session = self.profiles.get_mut(operation.profile())?;
        if reason == Reason::PushNotAllowed {
            session.push_refused_at = now;
        }
        let tender = operation.tender()?;
        let Standing::Unsure(start) = tender.standing else {
            return None;
        };
        let approach = session.provider.fallback(start.approach, reason)?;
        let usable = tender.wish == Wish::Collect && operation.bodies.get(approach).is_some();
        let attempt = start.attempt.saturating_add(1);
        let start_until = now.saturating_add(session.provider.capabilities().start_within_ms);
        usable.then_some(Event::Prepared {
            approach,
            attempt,
            start_until,
        })
    }
}

fn wire_command<'a>(call: Call, body: &'a [u8], key_stem: &'a str) -> Command<'a> {
    match call {
        Call::Start { attempt } => Command::Start { body, attempt },
        Call::AskStatus => Command::AskStatus,
        Call::Capture { amount } => Command::Capture { amount },
        Call::Cancel { only_unapproved } => Command::Cancel { only_unapproved },
        Call::GiveBack { amount } => Command::Refund { amount },
        Call::FindGiveBack { amount } => Command::FindRefund { key_stem, amount },
    }
}
