//! The loop: input, facts, commands, views.

use super::operation::{Body, Operation};
use super::sending::Pace;
use super::session::Profile;
use super::view::view;
use super::{
    CallError, Effect, ExchangeId, HostCall, Input, LogLevel, LogLine, QueryId, Reply, Ticket,
};
use crate::journal::{Batch, Entry, Fact, JournalError, Private, Record};
use crate::provider::Provider;
use crate::tender::refund::{self, RefundCommand};
use crate::tender::{self, Call, IdSource, Kind, LatePolicy, OperationId, Reason, Standing, Wish};
use crate::text::Texts;
use std::collections::{BTreeMap, BTreeSet};

/// An approval is kept from the till this long while its capture is under way, so that both become
/// durable in one step. A slower capture is not waited for: goods may leave on the approval.
const APPROVAL_HOLD_MS: i64 = 300;

/// A full disk is tried again after this long.
const COMMIT_RETRY_MS: i64 = 1_000;

/// Finished operations kept in memory for `poll`.
const CLOSED_KEPT: usize = 512;

/// What of the configuration is not a provider's.
#[derive(Clone, Debug)]
pub struct CoreRules {
    pub attended: bool,
    pub open_operations_max: usize,
}

/// What a request on its way was for.
#[derive(Clone)]
pub(super) enum Exchange {
    Token {
        profile: String,
    },
    Tender {
        id: OperationId,
        call: Call,
    },
    Refund {
        id: OperationId,
        command: RefundCommand,
    },
}

impl Exchange {
    /// For log lines: what was asked, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Token { .. } => "token",
            Self::Tender { call, .. } => match call {
                Call::Start { .. } => "start",
                Call::AskStatus => "status",
                Call::Capture { .. } => "capture",
                Call::Cancel { .. } => "cancel",
                Call::GiveBack { .. } => "give-back",
            },
            Self::Refund { command, .. } => match command {
                RefundCommand::Send { .. } => "refund",
                RefundCommand::Find { .. } => "refund-log",
                RefundCommand::LookUp | RefundCommand::Done => "status",
            },
        }
    }

    pub fn operation(&self) -> Option<OperationId> {
        match self {
            Self::Token { .. } => None,
            Self::Tender { id, .. } | Self::Refund { id, .. } => Some(*id),
        }
    }
}

pub struct Core {
    pub(super) rules: CoreRules,
    pub(super) texts: Texts,
    pub(super) ids: Box<dyn IdSource + Send>,
    pub(super) profiles: BTreeMap<String, Profile>,
    pub(super) operations: BTreeMap<OperationId, Operation>,
    pub(super) by_host_ref: BTreeMap<(Kind, String), OperationId>,
    pub(super) loads: BTreeMap<QueryId, (Ticket, HostCall)>,
    pub(super) exchanges: BTreeMap<ExchangeId, Exchange>,
    pub(super) paces: BTreeMap<(String, String), Pace>,
    pub(super) broken: Option<JournalError>,
    next_id: i64,
    next_number: u64,
    timers: BTreeSet<(i64, OperationId)>,
    dirty: BTreeSet<OperationId>,
    /// Facts are numbered as they are applied; up to `durable` they are on disk.
    last_fact: u64,
    pub(super) durable: u64,
    unwritten: Vec<(u64, Entry)>,
    under_way: Option<(u64, Vec<(u64, Entry)>)>,
    flush_wanted: bool,
    commit_retry_at: Option<i64>,
    pub(super) effects: Vec<Effect>,
}

impl Core {
    pub fn new(
        rules: CoreRules,
        texts: Texts,
        profiles: Vec<(String, Box<dyn Provider>, Option<LatePolicy>)>,
        ids: Box<dyn IdSource + Send>,
        last_id: i64,
    ) -> Self {
        let profiles = profiles
            .into_iter()
            .map(|(name, provider, late)| (name, Profile::new(provider, late)))
            .collect();
        Self {
            rules,
            texts,
            ids,
            profiles,
            operations: BTreeMap::new(),
            by_host_ref: BTreeMap::new(),
            loads: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            paces: BTreeMap::new(),
            broken: None,
            next_id: last_id.saturating_add(1),
            next_number: 1,
            timers: BTreeSet::new(),
            dirty: BTreeSet::new(),
            last_fact: 0,
            durable: 0,
            unwritten: Vec::new(),
            under_way: None,
            flush_wanted: false,
            commit_retry_at: None,
            effects: Vec::new(),
        }
    }

    /// Takes over what the journal holds unfinished. The same loop then goes on with it.
    pub fn recover(&mut self, records: &[Record], now: i64) -> Result<Vec<Effect>, JournalError> {
        for record in records {
            let operation = Operation::fold(record)?;
            if !self.profiles.contains_key(operation.profile()) {
                return Err(JournalError::Unusable(format!(
                    "operation {} is unfinished and belongs to the profile '{}', which the \
                     configuration does not have; add it until the operation is settled",
                    operation.id.get(),
                    operation.profile()
                )));
            }
            let (id, found) = (operation.id, operation.found(now));
            self.insert(operation);
            // It rides with the next commit: without one, nothing has followed from it.
            self.record(id, found, None, now);
        }
        Ok(self.settle(now))
    }

    pub fn handle(&mut self, now: i64, input: Input) -> Vec<Effect> {
        match input {
            Input::Call { ticket, call } => self.call(ticket, call, now),
            Input::Loaded { query, result } => self.loaded(query, result, now),
            Input::Committed { result } => self.committed(result, now),
            Input::Answer { exchange, result } => self.answered(exchange, result, now),
            Input::Tick => {}
        }
        while let Some((at, id)) = self.timers.first().copied() {
            if at > now {
                break;
            }
            self.timers.pop_first();
            if let Some(operation) = self.operations.get_mut(&id) {
                operation.wake_at = None;
            }
            self.dirty.insert(id);
        }
        self.settle(now)
    }

    /// When `Tick` is due, if nothing else happens before.
    pub fn next_wake(&self) -> Option<i64> {
        let timer = self.timers.first().map(|(at, _)| *at);
        [timer, self.commit_retry_at].into_iter().flatten().min()
    }

    /// Brings facts that ride with later commits to disk before an orderly stop.
    pub fn flush(&mut self) -> Vec<Effect> {
        self.flush_wanted = true;
        self.commit_if_wanted(i64::MAX);
        std::mem::take(&mut self.effects)
    }

    pub fn has_unwritten(&self) -> bool {
        self.broken.is_none() && (!self.unwritten.is_empty() || self.under_way.is_some())
    }

    fn settle(&mut self, now: i64) -> Vec<Effect> {
        while let Some(id) = self.dirty.pop_first() {
            self.advance(id, now);
        }
        self.commit_if_wanted(now);
        let mut effects = std::mem::take(&mut self.effects);
        // Views before replies: a till that looks right after its call must find the operation.
        effects.sort_by_key(|effect| matches!(effect, Effect::Reply { .. }));
        effects
    }

    pub(super) fn touch(&mut self, id: OperationId) {
        self.dirty.insert(id);
    }

    pub(super) fn touch_profile(&mut self, profile: &str) {
        let of_profile = |operation: &&Operation| operation.profile() == profile;
        let ids: Vec<_> = self
            .operations
            .values()
            .filter(of_profile)
            .map(|operation| operation.id)
            .collect();
        self.dirty.extend(ids);
    }

    pub(super) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub(super) fn draw_id(&mut self) -> Option<OperationId> {
        let id = OperationId::new(self.next_id)?;
        self.next_id += 1;
        Some(id)
    }

    pub(super) fn insert(&mut self, operation: Operation) {
        let id = operation.id;
        self.by_host_ref
            .insert((operation.kind(), operation.host_ref().to_owned()), id);
        self.operations.insert(id, operation);
        self.dirty.insert(id);
    }

    pub(super) fn reply(&mut self, ticket: Ticket, reply: Result<Reply, CallError>) {
        self.effects.push(Effect::Reply { ticket, reply });
    }

    pub(super) fn log(&mut self, line: LogLine) {
        self.effects.push(Effect::Log(line));
    }

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

    fn commit_if_wanted(&mut self, now: i64) {
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

    fn committed(&mut self, result: Result<(), JournalError>, now: i64) {
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
        let begun = |entry: &Entry| {
            matches!(
                entry.fact,
                Fact::Tender(tender::Event::Begun { .. })
                    | Fact::Refund(refund::RefundEvent::RefundBegun { .. })
            )
        };
        let unborn: BTreeSet<_> = entries
            .iter()
            .filter(|(_, e)| begun(e))
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

    fn forget_timer(&mut self, operation: &Operation) {
        if let Some(at) = operation.wake_at {
            self.timers.remove(&(at, operation.id));
        }
    }

    pub(super) fn wake(&mut self, id: OperationId, at: i64) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        if let Some(known) = operation.wake_at {
            if known <= at {
                return;
            }
            self.timers.remove(&(known, id));
        }
        operation.wake_at = Some(at);
        self.timers.insert((at, id));
    }

    /// Derives what an operation wants, does the first step of it, and shows where it stands.
    fn advance(&mut self, id: OperationId, now: i64) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        if let Some(at) = operation.wake_at.take() {
            self.timers.remove(&(at, id));
        }
        // Nothing is done for, or told about, an operation whose beginning is not durable.
        let begun = self
            .unwritten
            .iter()
            .chain(self.under_way.iter().flat_map(|(_, e)| e))
            .any(|(_, entry)| {
                entry.operation == id
                    && matches!(
                        entry.fact,
                        Fact::Tender(tender::Event::Begun { .. })
                            | Fact::Refund(refund::RefundEvent::RefundBegun { .. })
                    )
            });
        if begun {
            self.flush_wanted = true;
            return;
        }
        if self.broken.is_none() {
            match self.operations.get(&id).map(Operation::kind) {
                Some(Kind::Tender) => self.drive_tender(id, now),
                Some(Kind::Refund) => self.drive_refund(id, now),
                None => {}
            }
        }
        self.show(id, now);
        self.drop_closed(now);
    }

    /// Publishes the view if it says something new, and only once that is durable.
    fn show(&mut self, id: OperationId, now: i64) {
        let refunded = self.refunded_by_refunds(id);
        let Some(operation) = self.operations.get(&id) else {
            return;
        };
        let fresh = view(operation, refunded, &self.texts, now);
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
    fn refunded_by_refunds(&self, id: OperationId) -> i64 {
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
    fn drop_closed(&mut self, now: i64) {
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
