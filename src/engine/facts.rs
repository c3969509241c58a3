//! Writing down: facts are applied, numbered, and brought to disk one commit at a time.

use super::core::Core;
use super::operation::{Body, Operation};
use super::{CallError, Effect, LogLevel, LogLine, Reply, Ticket};
use crate::journal::{Batch, Entry, Fact, JournalError, Private};
use crate::tender::{self, OperationId, Reason, errand, refund};
use std::collections::BTreeSet;

/// A full disk is tried again after this long.
const COMMIT_RETRY_MS: i64 = 1_000;

impl Core {
    /// Applies a fact and queues it for the journal.
    pub(super) fn record(
        &mut self,
        id: OperationId,
        fact: Fact,
        private: Option<Private>,
        now: i64,
    ) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        let applied = match (&operation.body, &fact) {
            (Body::Tender(state), Fact::Tender(event)) => {
                tender::apply(Some((**state).clone()), event)
                    .map(|state| Body::Tender(Box::new(state)))
            }
            (Body::Refund(state), Fact::Refund(event)) => {
                refund::apply(Some((**state).clone()), event)
                    .map(|state| Body::Refund(Box::new(state)))
            }
            (Body::Errand(state), Fact::Errand(event)) => {
                errand::apply(Some((**state).clone()), event)
                    .map(|state| Body::Errand(Box::new(state)))
            }
            _ => Err(tender::IllegalTransition {
                standing: "another kind",
                event: fact.name(),
            }),
        };
        match applied {
            Ok(body) => {
                operation.body = body;
                operation.updated_at = now;
                self.append(id, fact, private, now);
            }
            Err(error) => {
                let line = LogLine::new(LogLevel::Error, "illegal-transition").about(id);
                self.log(
                    line.word("standing", error.standing)
                        .word("fact", error.event),
                );
            }
        }
        self.dirty.insert(id);
    }

    /// Queues the fact that made an operation, or one just applied.
    pub(super) fn append(
        &mut self,
        id: OperationId,
        fact: Fact,
        private: Option<Private>,
        now: i64,
    ) {
        self.last_fact += 1;
        if let Some(operation) = self.operations.get_mut(&id)
            && !fact.is_made_anew()
        {
            operation.last_fact = self.last_fact;
            if fact.is_decision() {
                operation.last_decision = self.last_fact;
            }
        }
        self.unwritten.push((
            self.last_fact,
            Entry {
                operation: id,
                at: now,
                fact,
                private,
            },
        ));
    }

    /// Answers a call once everything about the operation so far is durable.
    pub(super) fn reply_when_durable(&mut self, id: OperationId, ticket: Ticket, reply: Reply) {
        let durable = self.durable;
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        if operation.last_fact <= durable {
            self.reply(ticket, Ok(reply));
        } else {
            operation.waiting.push((operation.last_fact, ticket, reply));
            self.flush_wanted = true;
        }
    }

    pub(super) fn is_durable(&self, id: OperationId) -> bool {
        self.operations
            .get(&id)
            .is_some_and(|operation| operation.last_fact <= self.durable)
    }

    pub(super) fn is_decision_durable(&self, id: OperationId) -> bool {
        self.operations
            .get(&id)
            .is_some_and(|operation| operation.last_decision <= self.durable)
    }

    pub(super) fn want_flush(&mut self) {
        self.flush_wanted = true;
    }

    pub(super) fn commit_if_wanted(&mut self, now: i64) {
        let waits = self.under_way.is_some()
            || self.broken.is_some()
            || self.commit_retry_at.is_some_and(|at| now < at);
        if !self.flush_wanted || waits {
            return;
        }
        self.flush_wanted = false;
        self.commit_retry_at = None;
        let Some((upto, _)) = self.unwritten.last() else {
            return;
        };
        let upto = *upto;
        let entries = std::mem::take(&mut self.unwritten);
        let ids: BTreeSet<_> = entries.iter().map(|(_, entry)| entry.operation).collect();
        let row = |id: &OperationId| {
            let operation = self.operations.get(id)?;
            let rules = self
                .profiles
                .get(operation.profile())?
                .provider
                .capabilities();
            Some(operation.row(rules, now))
        };
        let batch = Batch {
            entries: entries.iter().map(|(_, entry)| entry.clone()).collect(),
            rows: ids.iter().filter_map(row).collect(),
        };
        self.under_way = Some((upto, entries));
        self.effects.push(Effect::Commit(batch));
    }

    pub(super) fn committed(&mut self, result: Result<(), JournalError>, now: i64) {
        let Some((upto, entries)) = self.under_way.take() else {
            return;
        };
        let ids: BTreeSet<_> = entries.iter().map(|(_, entry)| entry.operation).collect();
        match result {
            Ok(()) => {
                self.durable = upto;
                for id in &ids {
                    // A refund is shown after what it gave back of: nobody sees one without the other.
                    let refund = self.operations.get(id).and_then(Operation::refund);
                    if let Some(tender) = refund.and_then(|refund| refund.intent.tender_id) {
                        self.show(tender, now);
                    }
                    self.advance(*id, now);
                    self.answer_waiting(*id);
                }
            }
            Err(error) => self.commit_failed(error, entries, &ids, now),
        }
    }

    fn answer_waiting(&mut self, id: OperationId) {
        let durable = self.durable;
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        let waiting = std::mem::take(&mut operation.waiting);
        let (due, rest) = waiting
            .into_iter()
            .partition::<Vec<_>, _>(|(fact, ..)| *fact <= durable);
        operation.waiting = rest;
        for (_, ticket, reply) in due {
            self.reply(ticket, Ok(reply));
        }
        let parent = self
            .operations
            .get(&id)
            .and_then(|op| op.refund()?.intent.tender_id);
        self.dirty.extend(parent);
    }

    /// Operations that were to begin are as if never asked for; facts about the others are kept
    /// and written as soon as the disk takes them.
    fn commit_failed(
        &mut self,
        error: JournalError,
        entries: Vec<(u64, Entry)>,
        ids: &BTreeSet<OperationId>,
        now: i64,
    ) {
        let line = LogLine::new(LogLevel::Error, "journal-commit-failed");
        self.log(line.number("facts", i64::try_from(entries.len()).unwrap_or(0)));
        let broken = error != JournalError::Full;
        let unborn: BTreeSet<_> = entries
            .iter()
            .filter(|(_, e)| e.fact.is_beginning())
            .map(|(_, e)| e.operation)
            .collect();
        for id in ids {
            let waiting = self
                .operations
                .get_mut(id)
                .map(|op| std::mem::take(&mut op.waiting));
            for (_, ticket, _) in waiting.into_iter().flatten() {
                self.reply(ticket, Err(CallError::Storage(error.clone())));
            }
        }
        for id in &unborn {
            if let Some(operation) = self.operations.remove(id) {
                self.by_host_ref
                    .remove(&(operation.kind(), operation.host_ref().to_owned()));
                self.forget_timer(&operation);
            }
        }
        let mut kept: Vec<_> = entries
            .into_iter()
            .filter(|(_, e)| !unborn.contains(&e.operation))
            .collect();
        kept.append(&mut self.unwritten);
        kept.retain(|(_, entry)| !unborn.contains(&entry.operation));
        self.unwritten = kept;
        if broken {
            self.broken = Some(error);
            for operation in self.operations.values_mut() {
                operation.trouble = Some((Reason::StorageFailed, 0));
            }
            self.dirty.extend(self.operations.keys().copied());
        } else if !self.unwritten.is_empty() {
            self.flush_wanted = true;
            self.commit_retry_at = Some(now.saturating_add(COMMIT_RETRY_MS));
        }
    }
}
