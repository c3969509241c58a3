//! Telling the till: a view is published when it says something new, and not before it is durable.

use super::core::Core;
use super::operation::Operation;
use super::view::{View, view};
use super::{Effect, LogLevel, LogLine};
use crate::tender::{OperationId, Standing, State, Wish, refund};

/// An approval is kept from the till this long while its capture is under way, so that both become
/// durable in one step. A slower capture is not waited for: goods may leave on the approval.
const APPROVAL_HOLD_MS: i64 = 300;

/// Finished operations kept in memory for `poll`.
const CLOSED_KEPT: usize = 512;

impl Core {
    /// Publishes the view if it says something new, and only once that is durable.
    pub(super) fn show(&mut self, id: OperationId, now: i64) {
        let refunded = self.refunded_by_refunds(id);
        let Some(operation) = self.operations.get(&id) else {
            return;
        };
        let Some(session) = self.profiles.get(operation.profile()) else {
            return;
        };
        let rules = session.provider.capabilities();
        let fresh = View {
            provider_reference: operation
                .provider_reference()
                .map(|it| session.provider.shown_reference(it).to_owned())
                .unwrap_or_default(),
            ..view(operation, rules, refunded, &self.texts, now)
        };
        let published = operation.published.as_ref();
        if published.is_some_and(|known| known.says_the_same_as(&fresh)) {
            return;
        }
        let durable = operation.last_fact <= self.durable;
        if self.broken.is_some() && !durable {
            // What was learnt can no longer be made to last: the till is told that, and no more.
            if let Some(unknown) = published.and_then(|it| it.without_a_journal(&self.texts)) {
                self.publish(id, unknown);
            }
            return;
        }
        // Nobody is shown a code that could be paid and not be found again.
        let first_code = fresh.state == State::WaitingForCustomer
            && published.is_none_or(|view| view.state != State::WaitingForCustomer);
        if rules.known_by_answer && first_code && !durable {
            self.flush_wanted = true;
            return;
        }
        // Neither may a decision be shown that a power cut could take back.
        if operation.last_decision > self.durable {
            self.flush_wanted = true;
            return;
        }
        if fresh.promises_more_than(published) && !durable {
            let capturing = operation.exchange.is_some()
                && operation.tender().is_some_and(|tender| {
                    tender.wish == Wish::Collect && tender.standing == Standing::Approved
                });
            let hold_until = operation
                .hold_until
                .unwrap_or_else(|| now.saturating_add(APPROVAL_HOLD_MS));
            if capturing && now < hold_until {
                if let Some(operation) = self.operations.get_mut(&id) {
                    operation.hold_until = Some(hold_until);
                }
                self.wake(id, hold_until);
            } else {
                self.flush_wanted = true;
            }
            return;
        }
        self.publish(id, fresh);
    }

    fn publish(&mut self, id: OperationId, fresh: super::View) {
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.revision += 1;
            let fresh = super::View {
                revision: operation.revision,
                ..fresh
            };
            operation.published = Some(fresh.clone());
            let line = LogLine::new(LogLevel::Debug, "state").about(id);
            let line = line
                .word("state", fresh.state.key())
                .word("reason", fresh.reason.key());
            self.effects.push(Effect::Log(line));
            self.effects.push(Effect::Publish(Box::new(fresh)));
        }
    }

    /// What finished, durable refund operations gave back of a tender.
    pub(super) fn refunded_by_refunds(&self, id: OperationId) -> i64 {
        self.refunds_of(id)
            .filter(|operation| operation.last_fact <= self.durable)
            .filter_map(|operation| operation.refund())
            .map(refund::Refund::done)
            .fold(0, i64::saturating_add)
    }

    pub(super) fn refunds_of(&self, id: OperationId) -> impl Iterator<Item = &Operation> {
        self.operations.values().filter(move |operation| {
            operation
                .refund()
                .is_some_and(|refund| refund.intent.tender_id == Some(id))
        })
    }

    /// Keeps memory bounded: the oldest finished operations are dropped and come back from the
    /// journal when asked for.
    pub(super) fn drop_closed(&mut self, now: i64) {
        if self.operations.len() <= self.rules.open_operations_max.saturating_add(CLOSED_KEPT) {
            return;
        }
        let closed = self.operations.values().find(|operation| {
            let session = self.profiles.get(operation.profile());
            let rules = session.map(|session| session.provider.capabilities());
            rules.is_some_and(|rules| !operation.is_open(rules, now))
                && self.refunds_of(operation.id).next().is_none()
                && operation.exchange.is_none()
                && operation.wake_at.is_none()
                && operation.waiting.is_empty()
                && operation.last_fact <= self.durable
        });
        if let Some(id) = closed.map(|operation| operation.id)
            && let Some(operation) = self.operations.remove(&id)
        {
            self.by_host_ref
                .remove(&(operation.kind(), operation.host_ref().to_owned()));
        }
    }
}
