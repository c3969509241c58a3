//! Driving a refund: read the payment, give back, and when in doubt look into the provider's log.

use super::core::{Core, Exchange};
use super::sending::Outcome;
use super::{LogLevel, LogLine};
use crate::journal::Fact;
use crate::provider::{Command, HttpResponse, NoResponse, Verdict};
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
        let command = refund::next(state);
        if command == RefundCommand::Done || operation.exchange.is_some() {
            return;
        }
        let command = match (command, operation.ask_first) {
            (RefundCommand::Send { amount }, true) => RefundCommand::Find { amount },
            (command, _) => command,
        };
        // An amount that was only found by asking must survive with the request that uses it.
        let found_by_asking = state.intent.amount.is_none();
        let sends = matches!(command, RefundCommand::Send { .. });
        let profile = operation.profile().to_owned();
        let due_at = self.allowed_at(id, sends, now);
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
        let fact = |core: &mut Self, event| core.record(id, Fact::Refund(event), None, now);
        match (verdict, command) {
            (Verdict::Observed(statement), RefundCommand::LookUp) => {
                self.worked(id);
                let amounts = statement.observation.amounts;
                let refundable = amounts.captured.saturating_sub(amounts.refunded);
                let wanted = self
                    .operations
                    .get(&id)
                    .and_then(|operation| operation.refund()?.intent.amount)
                    .unwrap_or(refundable);
                fact(
                    self,
                    RefundEvent::LookedUp {
                        amount: wanted,
                        refundable,
                    },
                );
            }
            (Verdict::Observed(statement), RefundCommand::Send { amount }) => {
                // A success that does not show the money is no proof.
                if statement.observation.amounts.refunded >= amount {
                    self.worked(id);
                    fact(self, RefundEvent::Refunded { amount });
                } else {
                    self.refund_in_doubt(id, command, Reason::ProviderError, now);
                }
            }
            (Verdict::RefundLog { executed: true }, RefundCommand::Find { amount }) => {
                self.worked(id);
                fact(self, RefundEvent::Refunded { amount });
            }
            (Verdict::RefundLog { executed: false }, RefundCommand::Find { .. }) => {
                self.worked(id);
                fact(self, RefundEvent::NotExecuted);
            }
            (Verdict::Absent, RefundCommand::LookUp) => {
                let reason = Reason::ReferenceUnknown;
                fact(self, RefundEvent::RefundRefused { reason, code: 0 });
            }
            // Of a payment that does not exist nothing was given back. One that was made here does
            // exist, whatever is said now: that is asked again.
            (Verdict::Absent, RefundCommand::Find { .. }) if !self.was_made_here(id) => {
                fact(self, RefundEvent::NotExecuted);
                let reason = Reason::ReferenceUnknown;
                fact(self, RefundEvent::RefundRefused { reason, code: 0 });
            }
            (Verdict::AskFirst, RefundCommand::Send { .. }) => {
                fact(
                    self,
                    RefundEvent::RefundNoAnswer {
                        reason: Reason::NoAnswer,
                        at: now,
                    },
                );
                self.failed(id, Reason::WrongState, now);
            }
            (Verdict::Refused { reason, code }, RefundCommand::Send { .. }) => {
                let line = LogLine::new(LogLevel::Warn, "refused-by-provider").about(id);
                self.log(
                    line.word("reason", reason.key())
                        .number("code", i64::from(code)),
                );
                fact(self, RefundEvent::RefundRefused { reason, code });
            }
            (Verdict::Busy { after_ms, new_key }, _) => {
                if let RefundCommand::Send { .. } = command {
                    fact(self, RefundEvent::RefundNotSent);
                }
                self.busy(id, after_ms, new_key, now);
            }
            (Verdict::TokenRefused, _) => {
                if let RefundCommand::Send { .. } = command {
                    fact(self, RefundEvent::RefundNotSent);
                }
                self.token_was_refused(id, now);
            }
            (Verdict::Mismatch, _) => {
                self.log(LogLine::new(LogLevel::Error, "answer-mismatch").about(id));
                fact(
                    self,
                    RefundEvent::RefundNoAnswer {
                        reason: Reason::AnswerMismatch,
                        at: now,
                    },
                );
                self.failed(id, Reason::AnswerMismatch, now);
            }
            _ => self.refund_in_doubt(id, command, Reason::ProviderError, now),
        }
    }
}

fn amount_of(command: RefundCommand) -> i64 {
    match command {
        RefundCommand::Send { amount } | RefundCommand::Find { amount } => amount,
        RefundCommand::LookUp | RefundCommand::Done => 0,
    }
}

fn wire_command(command: RefundCommand, key_stem: &str) -> Command<'_> {
    match command {
        RefundCommand::Send { amount } => Command::Refund { amount },
        RefundCommand::Find { .. } => Command::FindRefund { key_stem },
        RefundCommand::LookUp | RefundCommand::Done => Command::AskStatus,
    }
}
