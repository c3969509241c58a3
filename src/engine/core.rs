//! The loop: input, facts, commands, views.

use super::operation::Operation;
use super::sending::Pace;
use super::session::Profile;
use super::{CallError, Effect, ExchangeId, HostCall, Input, LogLine, QueryId, Reply, Ticket};
use crate::journal::{Entry, JournalError, Record};
use crate::tender::refund::RefundCommand;
use crate::tender::{Call, IdSource, Kind, OperationId};
use crate::text::Texts;
use std::collections::{BTreeMap, BTreeSet};

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
    Errand {
        id: OperationId,
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
                Call::FindGiveBack { .. } => "refund-log",
            },
            Self::Errand { .. } => "errand",
            Self::Refund { command, .. } => match command {
                RefundCommand::Send { .. } => "refund",
                RefundCommand::Find { .. } => "refund-log",
                RefundCommand::LookUp | RefundCommand::AwaitHost | RefundCommand::Done => "status",
            },
        }
    }

    pub fn operation(&self) -> Option<OperationId> {
        match self {
            Self::Token { .. } => None,
            Self::Tender { id, .. } | Self::Refund { id, .. } | Self::Errand { id } => Some(*id),
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
    pub(super) dirty: BTreeSet<OperationId>,
    /// Facts are numbered as they are applied; up to `durable` they are on disk.
    pub(super) last_fact: u64,
    pub(super) durable: u64,
    pub(super) unwritten: Vec<(u64, Entry)>,
    pub(super) under_way: Option<(u64, Vec<(u64, Entry)>)>,
    pub(super) flush_wanted: bool,
    pub(super) commit_retry_at: Option<i64>,
    pub(super) effects: Vec<Effect>,
}

impl Core {
    pub fn new(
        rules: CoreRules,
        texts: Texts,
        profiles: Vec<crate::provider::Profile>,
        ids: Box<dyn IdSource + Send>,
        last_id: i64,
    ) -> Self {
        let profiles = profiles
            .into_iter()
            .map(|it| (it.name, Profile::new(it.provider, it.late)))
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
            let mut operation = Operation::fold(record)?;
            // A clock that was set back would put the beginning in the future.
            operation.opened_at = operation.opened_at.min(now);
            if !self.profiles.contains_key(operation.profile()) {
                return Err(JournalError::Unusable(format!(
                    "operation {} is unfinished and belongs to the profile '{}', which the \
                     configuration does not have; add it until the operation is settled",
                    operation.id.get(),
                    operation.profile()
                )));
            }
            let session = self.profiles.get(operation.profile());
            let open = session.is_some_and(|it| operation.is_open(it.provider.capabilities(), now));
            let (id, found) = (operation.id, operation.found(now));
            self.insert(operation);
            // It rides with the next commit: without one, nothing has followed from it. Finished
            // refunds come along for what they gave back of an unfinished tender.
            if open {
                self.record(id, found, None, now);
            }
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

    pub(super) fn forget_timer(&mut self, operation: &Operation) {
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
    pub(super) fn advance(&mut self, id: OperationId, now: i64) {
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
            .any(|(_, entry)| entry.operation == id && entry.fact.is_beginning());
        if begun {
            self.flush_wanted = true;
            return;
        }
        if self.broken.is_none() {
            match self.operations.get(&id).map(Operation::kind) {
                Some(Kind::Tender) => self.drive_tender(id, now),
                Some(Kind::Refund) => self.drive_refund(id, now),
                Some(Kind::CheckIn | Kind::Enrolment | Kind::Registration) => {
                    self.drive_errand(id, now);
                }
                None => {}
            }
        }
        self.show(id, now);
        self.drop_closed(now);
    }
}
