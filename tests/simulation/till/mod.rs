//! The till: follows its lanes, and after a crash does what a cashier would.

mod beside;
mod calls;
mod ends;
mod lanes;
mod operator;

use crate::scenario::{Does, Scenario};
use crate::trace::Trace;
use crate::world::{CustomerAct, Disk, Setup, Sim};
use payments::engine::{HostCall, Reply, Ticket};
use payments::tender::OperationId;
use std::collections::{BTreeMap, BTreeSet};

/// How long anything may take once the faults have stopped: the provider's own window, the time for
/// what was sent to arrive, and a few questions.
const REST_WITHIN_MS: i64 = 20 * 60_000;
/// More than any run needs.
const STEPS_MAX: u32 = 60_000;
const WAIT_MAX_MS: i64 = 400 * 86_400_000;

#[derive(Default)]
struct Lane {
    at: usize,
    ticket: Option<(u32, Ticket)>,
    /// When the step that waits began.
    since: Option<i64>,
    shown_in: u32,
}

pub struct Till<'a> {
    pub sim: Sim,
    scenario: &'a Scenario,
    lanes: Vec<Lane>,
    pub ids: BTreeMap<String, OperationId>,
    began_at: BTreeMap<String, i64>,
    /// Expectations of single steps hold only while nothing has crashed but where a lane says so.
    strict: bool,
    /// A lane has cut the power: the restart is part of its plan.
    cut_by_lane: bool,
    /// Answers questions that no lane answers.
    helps: bool,
    helping: BTreeMap<OperationId, (u32, Ticket)>,
    listed: Option<(u32, Ticket, BTreeSet<OperationId>)>,
    epoch: u32,
    confirmed: BTreeSet<OperationId>,
    retried: BTreeMap<OperationId, i64>,
    not_before: BTreeMap<OperationId, i64>,
    /// Receipts that customers hold: the code on the phone, and the transaction.
    receipts: BTreeMap<String, (String, String)>,
    /// Webhooks that the host has received, by the names of the acts that caused them.
    deliveries: BTreeMap<String, beside::Delivery>,
    /// Codes of payments that customers have seen.
    codes: BTreeMap<String, String>,
    trace: Trace,
}

/// By tender_ref: what its customers do, in milliseconds after the payment was created.
pub fn customers(scenario: &Scenario, shift_ms: i64) -> BTreeMap<String, Vec<(i64, CustomerAct)>> {
    let mut customers: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for customer in &scenario.customers {
        let act = match customer.does {
            Does::Approve => CustomerAct::Approve,
            Does::Reject => CustomerAct::Reject,
            Does::Pend => CustomerAct::Pend,
            Does::PendForEver => CustomerAct::PendForEver,
        };
        let acts = customers.entry(customer.of.clone()).or_default();
        acts.push((customer.after_ms + shift_ms, act));
    }
    customers
}

impl<'a> Till<'a> {
    pub fn new(scenario: &'a Scenario, setup: Setup, shift_ms: i64, kills: &[u64]) -> Self {
        let setup = Setup {
            provider: scenario.provider,
            profile: scenario.profile.clone(),
            attended: scenario.attended,
            sandbox: scenario.sandbox.clone(),
            others: scenario.others.clone(),
            ..setup
        };
        let mut sim = Sim::new(setup);
        sim.kills = kills.to_vec();
        for rule in &scenario.faults {
            sim.net.chaos().arm(rule.clone());
        }
        sim.customers = customers(scenario, shift_ms);
        let epoch = sim.epoch;
        Self {
            sim,
            scenario,
            lanes: scenario.lanes.iter().map(|_| Lane::default()).collect(),
            ids: BTreeMap::new(),
            began_at: BTreeMap::new(),
            strict: kills.is_empty(),
            cut_by_lane: false,
            helps: false,
            helping: BTreeMap::new(),
            listed: None,
            epoch,
            confirmed: BTreeSet::new(),
            retried: BTreeMap::new(),
            not_before: BTreeMap::new(),
            receipts: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            codes: BTreeMap::new(),
            trace: Trace::new(scenario.lanes.len()),
        }
    }

    /// Single steps may fail: only the books are judged.
    pub fn loosen(&mut self) {
        self.strict = false;
        self.helps = true;
    }

    /// Lanes to their end, faults off, everything to rest, one more restart, and the ends compared.
    pub fn run(self) -> Sim {
        self.traced().0
    }

    /// As `run`, with what the till has seen up to the rest before that last restart.
    pub fn traced(mut self) -> (Sim, Trace) {
        let crashed_from = self.sim.epoch;
        self.work(WAIT_MAX_MS, true);
        for (lane, steps) in self.lanes.iter().zip(&self.scenario.lanes) {
            let stuck = steps.get(lane.at);
            assert!(stuck.is_none(), "stuck at {stuck:?} {}", self.standing());
        }
        if self.strict {
            self.check_requests();
        }
        let lanes_ended = self.sim.now;
        self.helps = true;
        self.sim.net.chaos().disarm_all();
        self.sim.network_up = true;
        self.sim.disk = Disk::Good;
        let down_ms = self.sim.setup.down_ms;
        self.work(REST_WITHIN_MS + 3 * down_ms, false);
        self.check_rest();
        let crashed = self.sim.epoch > crashed_from;
        self.check_ends(crashed || self.sim.setup.sabotage.is_some());
        self.trace_ends(lanes_ended);
        self.sim.kills.clear();
        self.sim.setup.down_ms = 1_000;
        self.sim.kill();
        self.work(REST_WITHIN_MS, false);
        self.check_rest();
        self.check_ends(true);
        (self.sim, self.trace)
    }

    /// For messages.
    fn standing(&self) -> String {
        let ops = self.sim.views.values();
        let ops: Vec<_> = ops
            .map(|it| (it.id.get(), it.state.key(), it.reason.key()))
            .collect();
        format!(
            "(up {}, disk {:?}, views {ops:?})",
            self.sim.is_up(),
            self.sim.disk
        )
    }

    /// Until nothing happens any more, the time is over, or the lanes are at their ends.
    fn work(&mut self, for_ms: i64, only_lanes: bool) {
        let until = self.sim.now + for_ms;
        for step in 0.. {
            assert!(step < STEPS_MAX, "no end after {step} steps");
            let mut acts = 0;
            while self.act() {
                acts += 1;
                assert!(acts < 1_000, "the till spins {}", self.standing());
            }
            let lanes_done = self.lanes_done() && self.sim.is_up();
            if only_lanes && lanes_done || !self.sim.step(until) {
                break;
            }
        }
    }

    /// One thing that the till does now, if there is one.
    fn act(&mut self) -> bool {
        if self.epoch != self.sim.epoch && self.sim.is_up() {
            self.after_restart();
            return true;
        }
        if !self.sim.is_up() {
            return false;
        }
        self.check_list();
        let mut acted = self.help();
        for number in 0..self.lanes.len() {
            acted |= self.lane(number);
        }
        acted
    }

    fn after_restart(&mut self) {
        self.epoch = self.sim.epoch;
        if !std::mem::take(&mut self.cut_by_lane) {
            self.strict = false;
            self.helps = true;
        }
        self.repeat_errands();
        let offered = self.sim.check.to_be_offered();
        let ticket = self.sim.call(HostCall::Recover);
        self.listed = Some((self.sim.epoch, ticket, offered));
    }

    /// M8 and M19: the list is what the durable facts demand, no more and no less.
    fn check_list(&mut self) {
        let Some((epoch, ticket, offered)) = self.listed.take() else {
            return;
        };
        if epoch != self.sim.epoch {
            return;
        }
        match self.sim.replies.remove(&ticket) {
            Some(Ok(Reply::Ids(ids))) => {
                let ids: BTreeSet<_> = ids.into_iter().collect();
                let standing = self.standing();
                assert_eq!(ids, offered, "M19: the list after a restart {standing}");
            }
            Some(other) => panic!("recover: {other:?}"),
            None => self.listed = Some((epoch, ticket, offered)),
        }
    }
}
