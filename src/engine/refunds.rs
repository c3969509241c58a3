//! Driving a refund: read the payment, give back, and when in doubt look into the provider's log.

use super::core::{Core, Exchange};
use super::operation::Operation;
use super::sending::Outcome;
use super::{LogLevel, LogLine};
use crate::journal::Fact;
use crate::provider::{Command, HttpResponse, NoResponse, RefundWord, Verdict};
use crate::tender::refund::{self, RefundCommand, RefundEvent, RefundStanding};
use crate::tender::{OperationId, Reason};

fn act_key(amount: i64) -> String {
    format!("refund:{amount}")
}

impl Core {
    pub(super) fn drive_refund(&mut self, id: OperationId, now: i64) {
        let Some(operation) = self.operations.get(&id) else {
            return;
        };
        let Some(state) = operation.refund() else {
            return;
        };
        let Some(session) = self.profiles.get(operation.profile()) else {
            return;
        };
        let rules = session.provider.capabilities();
        let command = refund::next(state, rules, now);
        let idle = matches!(command, RefundCommand::Done | RefundCommand::AwaitHost);
        if idle || operation.exchange.is_some() {
            return;
        }
        let command = match (command, operation.ask_first) {
            (RefundCommand::Send { amount }, true) => RefundCommand::Find { amount },
            (command, _) => command,
        };
        if command == RefundCommand::LookUp && !rules.can_ask {
            return self.not_looked_up(id, now);
        }
        let patient_until = operation.asked_at.saturating_add(rules.refund_poll_ms);
        let patient = state.accepted && operation.failures == 0;
        // An amount that was only found by asking must survive with the request that uses it.
        let found_by_asking = state.intent.amount.is_none();
        let sends = matches!(command, RefundCommand::Send { .. });
        let profile = operation.profile().to_owned();
        let due_at = self.allowed_at(id, sends, now);
        let due_at = if patient {
            due_at.max(patient_until)
        } else {
            due_at
        };
        if now < due_at {
            return self.wake(id, due_at);
        }
        let durable = if found_by_asking {
            self.is_durable(id)
        } else {
            self.is_decision_durable(id)
        };
        if sends && !durable {
            return self.want_flush();
        }
        if let Err(at) = self.ensure_token(&profile, now) {
            return self.refund_without_token(id, &profile, at, now);
        }
        if sends {
            self.record(id, Fact::Refund(RefundEvent::RefundSending), None, now);
        }
        let stem = self.key_stem(id, command);
        let exchange = Exchange::Refund { id, command };
        let key = act_key(amount_of(command));
        self.send(id, exchange, &key, &wire_command(command, &stem), now);
    }

    /// The provider cannot be asked: what is known here has to do.
    fn not_looked_up(&mut self, id: OperationId, now: i64) {
        let refund = self.operations.get(&id).and_then(Operation::refund);
        let amount = refund.and_then(|refund| refund.intent.amount).unwrap_or(0);
        let event = RefundEvent::LookedUp {
            amount,
            refundable: amount,
            provider_reference: None,
        };
        self.refund_fact(id, event, now);
    }

    fn refund_without_token(&mut self, id: OperationId, profile: &str, at: i64, now: i64) {
        let session = self.profiles.get(profile);
        let refused = session.and_then(|session| session.refused);
        let failure = session.and_then(|session| session.last_failure);
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        if let Some((reason, since)) = failure
            && operation.trouble.is_none()
        {
            operation.trouble = Some((reason, since));
        }
        let untouched = operation.refund().is_some_and(|refund| {
            matches!(
                refund.standing,
                RefundStanding::LookUp | RefundStanding::Ready { .. }
            ) && refund.doubt.is_none()
        });
        match refused {
            Some(reason) if untouched => {
                let event = RefundEvent::RefundRefused { reason, code: 0 };
                self.record(id, Fact::Refund(event), None, now);
            }
            _ if at < i64::MAX => self.wake(id, at),
            _ => {}
        }
    }

    fn key_stem(&self, id: OperationId, command: RefundCommand) -> String {
        let key = act_key(amount_of(command));
        self.operations
            .get(&id)
            .and_then(|operation| operation.refund())
            .map(|refund| refund.intent.seed.key_stem(&key))
            .unwrap_or_default()
    }

    fn was_made_here(&self, id: OperationId) -> bool {
        let refund = self
            .operations
            .get(&id)
            .and_then(|operation| operation.refund());
        refund.is_some_and(|refund| refund.intent.tender_id.is_some())
    }

    pub(super) fn refund_answered(
        &mut self,
        id: OperationId,
        command: RefundCommand,
        result: Result<HttpResponse, NoResponse>,
        now: i64,
    ) {
        self.touch(id);
        let stem = self.key_stem(id, command);
        let key = act_key(amount_of(command));
        let wire = wire_command(command, &stem);
        match self.outcome(id, &key, &wire, &result, now) {
            None => {}
            Some(Outcome::NotSent(reason)) => {
                if let RefundCommand::Send { .. } = command {
                    self.record(id, Fact::Refund(RefundEvent::RefundNotSent), None, now);
                }
                self.failed(id, reason, now);
            }
            Some(Outcome::Lost(reason)) => self.refund_in_doubt(id, command, reason, now),
            Some(Outcome::Verdict(verdict)) => self.refund_verdict(id, command, verdict, now),
        }
    }

    fn refund_in_doubt(
        &mut self,
        id: OperationId,
        command: RefundCommand,
        reason: Reason,
        now: i64,
    ) {
        if let RefundCommand::Send { .. } = command {
            let event = RefundEvent::RefundNoAnswer { reason, at: now };
            self.record(id, Fact::Refund(event), None, now);
        }
        self.failed(id, reason, now);
    }

    fn refund_verdict(
        &mut self,
        id: OperationId,
        command: RefundCommand,
        verdict: Verdict,
        now: i64,
    ) {
        match verdict {
            Verdict::Busy { after_ms, new_key } => {
                self.refund_not_carried_out(id, command, now);
                self.busy(id, after_ms, new_key, now);
            }
            Verdict::TokenRefused => {
                self.refund_not_carried_out(id, command, now);
                self.token_was_refused(id, now);
            }
            Verdict::Mismatch => {
                self.log(LogLine::new(LogLevel::Error, "answer-mismatch").about(id));
                let reason = Reason::AnswerMismatch;
                self.refund_fact(id, RefundEvent::RefundNoAnswer { reason, at: now }, now);
                self.failed(id, reason, now);
            }
            verdict => match command {
                RefundCommand::LookUp | RefundCommand::AwaitHost | RefundCommand::Done => {
                    self.looked_up(id, verdict, now);
                }
                RefundCommand::Send { amount } => self.refund_sent(id, amount, verdict, now),
                RefundCommand::Find { amount } => self.refund_found(id, amount, verdict, now),
            },
        }
    }

    fn refund_fact(&mut self, id: OperationId, event: RefundEvent, now: i64) {
        self.record(id, Fact::Refund(event), None, now);
    }

    fn refund_not_carried_out(&mut self, id: OperationId, command: RefundCommand, now: i64) {
        if let RefundCommand::Send { .. } = command {
            self.refund_fact(id, RefundEvent::RefundNotSent, now);
        }
    }

    /// The payment was read, before anything was asked of it.
    fn looked_up(&mut self, id: OperationId, verdict: Verdict, now: i64) {
        match verdict {
            Verdict::Observed(statement) => {
                self.worked(id);
                let amounts = statement.observation.amounts;
                let refundable = amounts.captured.saturating_sub(amounts.refunded);
                let refund = self
                    .operations
                    .get(&id)
                    .and_then(|operation| operation.refund());
                let wanted = refund.and_then(|refund| refund.intent.amount);
                let amount = wanted.unwrap_or(refundable);
                let event = RefundEvent::LookedUp {
                    amount,
                    refundable,
                    provider_reference: statement.observation.provider_reference,
                };
                self.refund_fact(id, event, now);
            }
            Verdict::Absent => {
                let reason = Reason::ReferenceUnknown;
                self.refund_fact(id, RefundEvent::RefundRefused { reason, code: 0 }, now);
            }
            _ => self.refund_in_doubt(id, RefundCommand::LookUp, Reason::ProviderError, now),
        }
    }

    fn refund_sent(&mut self, id: OperationId, amount: i64, verdict: Verdict, now: i64) {
        match verdict {
            // A success that does not show the money is no proof.
            Verdict::Observed(statement) if statement.observation.amounts.refunded >= amount => {
                self.worked(id);
                self.refund_fact(id, RefundEvent::Refunded { amount }, now);
            }
            Verdict::AskFirst => {
                let reason = Reason::NoAnswer;
                self.refund_fact(id, RefundEvent::RefundNoAnswer { reason, at: now }, now);
                self.failed(id, Reason::WrongState, now);
                self.contradicted(id, now);
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.ask_first = true;
                }
            }
            Verdict::Refund(RefundWord::Executed { .. }) => {
                self.worked(id);
                self.refund_fact(id, RefundEvent::Refunded { amount }, now);
            }
            Verdict::Refund(RefundWord::Pending { reference }) => {
                self.worked(id);
                self.refund_fact(id, RefundEvent::RefundAccepted { reference }, now);
            }
            Verdict::Refund(RefundWord::Refused { reason, code })
            | Verdict::Refused { reason, code } => {
                let line = LogLine::new(LogLevel::Warn, "refused-by-provider").about(id);
                self.log(
                    line.word("reason", reason.key())
                        .number("code", i64::from(code)),
                );
                self.refund_fact(id, RefundEvent::RefundRefused { reason, code }, now);
            }
            _ => {
                let command = RefundCommand::Send { amount };
                self.refund_in_doubt(id, command, Reason::ProviderError, now);
            }
        }
    }

    /// The provider's log was read for a refund of which the answer is missing.
    fn refund_found(&mut self, id: OperationId, amount: i64, verdict: Verdict, now: i64) {
        match verdict {
            Verdict::Refund(word) => {
                self.worked(id);
                match word {
                    RefundWord::Executed { .. } => {
                        self.refund_fact(id, RefundEvent::Refunded { amount }, now);
                    }
                    RefundWord::Pending { reference } => self.still_pending(id, reference, now),
                    RefundWord::NotThere => self.refund_fact(id, RefundEvent::NotExecuted, now),
                    RefundWord::Refused { reason, code } => {
                        self.refund_fact(id, RefundEvent::NotExecuted, now);
                        let refused = RefundEvent::RefundRefused { reason, code };
                        self.refund_fact(id, refused, now);
                    }
                }
            }
            // Of a payment that does not exist nothing was given back. One that was made here does
            // exist, whatever is said now: that is asked again.
            Verdict::Absent if !self.was_made_here(id) => {
                self.refund_fact(id, RefundEvent::NotExecuted, now);
                let reason = Reason::ReferenceUnknown;
                self.refund_fact(id, RefundEvent::RefundRefused { reason, code: 0 }, now);
            }
            _ => {
                let command = RefundCommand::Find { amount };
                self.refund_in_doubt(id, command, Reason::ProviderError, now);
            }
        }
    }
}

impl Core {
    /// What is known already is no fact.
    fn still_pending(&mut self, id: OperationId, reference: Option<String>, now: i64) {
        let refund = self.operations.get(&id).and_then(Operation::refund);
        let known = refund.is_some_and(|it| {
            let same = reference.is_none() || it.provider_reference == reference;
            it.accepted && it.doubt.is_none() && same
        });
        if !known {
            self.refund_fact(id, RefundEvent::RefundAccepted { reference }, now);
        }
    }
}

fn amount_of(command: RefundCommand) -> i64 {
    match command {
        RefundCommand::Send { amount } | RefundCommand::Find { amount } => amount,
        RefundCommand::LookUp | RefundCommand::AwaitHost | RefundCommand::Done => 0,
    }
}

fn wire_command(command: RefundCommand, key_stem: &str) -> Command<'_> {
    match command {
        RefundCommand::Send { amount } => Command::Refund { amount },
        RefundCommand::Find { amount } => Command::FindRefund { key_stem, amount },
        RefundCommand::LookUp | RefundCommand::AwaitHost | RefundCommand::Done => {
            Command::AskStatus
        }
    }
}
