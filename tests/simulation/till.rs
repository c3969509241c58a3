//! The till: follows its lanes, and after a crash does what a cashier would.

use crate::scenario::{Begin, Does, RefundStep, Scenario, Step, Wait};
use crate::world::{CustomerAct, Disk, EPOCH_MS, Setup, Sim};
use payments::engine::{BeginRequest, CallError, HostCall, RefundRequest, Reply, Ticket, View};
use payments::provider::{RefundDetails, TenderDetails};
use payments::tender::{Choice, OperationId, State};
use serde_json::Value;
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
    /// Expectations of single steps hold only while nothing has crashed.
    strict: bool,
    /// Answers questions that no lane answers.
    helps: bool,
    helping: BTreeMap<OperationId, (u32, Ticket)>,
    listed: Option<(u32, Ticket, BTreeSet<OperationId>)>,
    epoch: u32,
    confirmed: BTreeSet<OperationId>,
    retried: BTreeMap<OperationId, i64>,
    not_before: BTreeMap<OperationId, i64>,
}

impl<'a> Till<'a> {
    pub fn new(scenario: &'a Scenario, setup: Setup, shift_ms: i64, kills: &[u64]) -> Self {
        let setup = Setup {
            profile: scenario.profile.clone(),
            attended: scenario.attended,
            sandbox: scenario.sandbox.clone(),
            ..setup
        };
        let mut sim = Sim::new(setup);
        sim.kills = kills.to_vec();
        for rule in &scenario.faults {
            sim.net.chaos().arm(rule.clone());
        }
        for customer in &scenario.customers {
            let act = match customer.does {
                Does::Approve => CustomerAct::Approve,
                Does::Reject => CustomerAct::Reject,
            };
            let acts = sim.customers.entry(customer.of.clone()).or_default();
            acts.push((customer.after_ms + shift_ms, act));
        }
        let epoch = sim.epoch;
        Self {
            sim,
            scenario,
            lanes: scenario.lanes.iter().map(|_| Lane::default()).collect(),
            ids: BTreeMap::new(),
            began_at: BTreeMap::new(),
            strict: kills.is_empty(),
            helps: false,
            helping: BTreeMap::new(),
            listed: None,
            epoch,
            confirmed: BTreeSet::new(),
            retried: BTreeMap::new(),
            not_before: BTreeMap::new(),
        }
    }

    /// Single steps may fail: only the books are judged.
    pub fn loosen(&mut self) {
        self.strict = false;
        self.helps = true;
    }

    /// Lanes to their end, faults off, everything to rest, one more restart, and the ends compared.
    pub fn run(mut self) -> Sim {
        let crashed_from = self.sim.epoch;
        self.work(WAIT_MAX_MS, true);
        for (lane, steps) in self.lanes.iter().zip(&self.scenario.lanes) {
            let stuck = steps.get(lane.at);
            assert!(stuck.is_none(), "stuck at {stuck:?} {}", self.standing());
        }
        if self.strict {
            self.check_requests();
        }
        self.helps = true;
        self.sim.net.chaos().disarm_all();
        self.sim.network_up = true;
        self.sim.disk = Disk::Good;
        let down_ms = self.sim.setup.down_ms;
        self.work(REST_WITHIN_MS + 3 * down_ms, false);
        self.check_rest();
        let crashed = self.sim.epoch > crashed_from;
        self.check_ends(crashed || !self.sim.setup.sabotage.is_none());
        self.sim.kills.clear();
        self.sim.setup.down_ms = 1_000;
        self.sim.kill();
        self.work(REST_WITHIN_MS, false);
        self.check_rest();
        self.check_ends(true);
        self.sim
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

    fn check_rest(&mut self) {
        self.show_all();
        let rows = self.sim.net.ledger(self.sim.now);
        self.sim.check.at_rest(&self.sim.views, &rows);
    }

    /// Everything that this till ever began becomes visible, also what was closed long ago.
    fn show_all(&mut self) {
        for _ in 0..5 {
            let check = &self.sim.check;
            let known = check.tenders.keys().chain(check.refunds.keys()).copied();
            let hidden: Vec<_> = known
                .filter(|id| !self.sim.views.contains_key(id))
                .collect();
            if hidden.is_empty() {
                return;
            }
            for id in hidden {
                self.sim.call(HostCall::Support { id });
            }
            self.work(2 * self.sim.setup.down_ms + 5_000, false);
        }
    }

    fn check_requests(&mut self) {
        for (path, wanted) in &self.scenario.requests {
            let count = self
                .sim
                .net
                .requests()
                .iter()
                .filter(|it| format!("{} {}", it.method, it.path).contains(path.as_str()));
            let count = count.count();
            assert_eq!(count, *wanted, "requests to '{path}'");
        }
        if let Some(commits) = self.scenario.commits {
            assert_eq!(self.sim.check.commits, commits, "disk commits");
        }
    }

    fn check_ends(&self, crashed: bool) {
        for (name, end) in &self.scenario.end {
            let Some(id) = self.ids.get(name) else {
                assert!(end.states.is_empty(), "{name} has no id");
                continue;
            };
            let view = self
                .sim
                .views
                .get(id)
                .unwrap_or_else(|| panic!("{name} has no view"));
            let also = crashed && end.or_after_crash.contains(&view.state);
            assert!(
                end.states.contains(&view.state) || also,
                "{name} ended {:?} ({:?}), not {:?}: {view:?}",
                view.state,
                view.reason,
                end.states
            );
            if also {
                continue;
            }
            let row = self.sim.net.ledger(self.sim.now);
            let row = row.iter().find(|row| row.reference == view.reference);
            if let Some(captured) = end.captured {
                assert_eq!(
                    row.map_or(0, |row| row.captured),
                    captured,
                    "{name}: {row:?}"
                );
            }
            if let Some(refunded) = end.refunded {
                assert_eq!(
                    row.map_or(0, |row| row.refunded),
                    refunded,
                    "{name}: {row:?}"
                );
            }
            if let Some(reason) = end.reason.as_ref().filter(|_| !crashed) {
                assert_eq!(view.reason.key(), reason, "{name}");
            }
        }
        let tenders = self
            .scenario
            .end
            .values()
            .filter(|end| end.captured.is_some())
            .count();
        let payments = self.sim.net.ledger(self.sim.now).len();
        let wanted = self.scenario.payments.unwrap_or(tenders);
        assert!(
            payments == wanted || (crashed || wanted == usize::MAX) && payments <= wanted,
            "{payments} payments"
        );
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
        self.strict = false;
        self.helps = true;
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
                assert_eq!(ids, offered, "M19: the list after a restart");
            }
            Some(other) => panic!("recover: {other:?}"),
            None => self.listed = Some((epoch, ticket, offered)),
        }
    }

    /// Answers what a view asks, as the scenario's operator would.
    fn help(&mut self) -> bool {
        if !self.helps {
            return false;
        }
        let views: Vec<View> = self.sim.views.values().cloned().collect();
        for view in views {
            if let Some((epoch, ticket)) = self.helping.get(&view.id).copied() {
                if epoch == self.sim.epoch && !self.sim.replies.contains_key(&ticket) {
                    continue;
                }
                self.helping.remove(&view.id);
                if matches!(self.sim.replies.get(&ticket), Some(Err(_))) {
                    // Not now: an operator tries again a little later.
                    self.not_before.insert(view.id, self.sim.now + 1_000);
                    self.sim.nudge_at(self.sim.now + 1_000);
                }
            }
            if self
                .not_before
                .get(&view.id)
                .is_some_and(|at| self.sim.now < *at)
            {
                continue;
            }
            let Some(call) = self.answer_to(&view) else {
                continue;
            };
            let ticket = self.sim.call(call);
            self.helping.insert(view.id, (self.sim.epoch, ticket));
            return true;
        }
        false
    }

    fn answer_to(&mut self, view: &View) -> Option<HostCall> {
        let (id, operator) = (view.id, "Kim".to_owned());
        let lanes_done = self.lanes_done();
        let word = match view.state {
            State::NeedsDecision => self.scenario.decision.as_str(),
            State::Paid if view.choices.contains(Choice::RingUp) => self.scenario.found.as_str(),
            State::WaitingForScan if lanes_done => "cancel",
            State::Completing if lanes_done && view.choices.contains(Choice::Cancel) => "cancel",
            _ => return None,
        };
        let offered = |word: &str| {
            Choice::ALL
                .iter()
                .find(|it| it.key() == word && view.choices.contains(**it))
                .copied()
        };
        let choice = offered(word).or_else(|| {
            // A refused capture or refund: once more after a while, then by hand.
            let tries = self.retried.entry(id).or_default();
            *tries += 1;
            if *tries <= 3 {
                offered("retry")
            } else {
                offered("force-not-paid")
            }
        })?;
        Some(HostCall::Resolve {
            id,
            choice,
            operator,
        })
    }

    fn lane(&mut self, number: usize) -> bool {
        let Some(step) = self.scenario.lanes[number].get(self.lanes[number].at) else {
            return false;
        };
        let step = step.clone();
        let now = self.sim.now;
        match &step {
            Step::Wait(wait) => return self.wait(number, wait),
            Step::Pause(ms) => {
                let lane = &mut self.lanes[number];
                let since = *lane.since.get_or_insert(now);
                if now < since + ms {
                    if since == now {
                        self.sim.nudge_at(since + ms);
                    }
                    return false;
                }
            }
            Step::PowerCut => {
                self.sim.kill();
                self.strict = false;
            }
            Step::Network(up) => self.sim.network_up = *up,
            Step::Disk(disk) => self.sim.disk = *disk,
            Step::RevokeTokens => self.sim.net.vipps().token_revoke(),
            Step::Sandbox(patch) => self.sim.net.patch_settings(patch).expect("settings"),
            Step::Fault(rule) => self.sim.net.chaos().arm(rule.clone()),
            call => return self.call(number, call),
        }
        self.advance(number);
        true
    }

    fn lanes_done(&self) -> bool {
        self.lanes
            .iter()
            .zip(&self.scenario.lanes)
            .all(|(lane, steps)| lane.at == steps.len())
    }

    fn advance(&mut self, number: usize) {
        let lane = &mut self.lanes[number];
        *lane = Lane {
            at: lane.at + 1,
            ..Lane::default()
        };
    }

    fn wait(&mut self, number: usize, wait: &Wait) -> bool {
        let now = self.sim.now;
        let since = *self.lanes[number].since.get_or_insert(now);
        let within_ms = wait.within_ms.unwrap_or(2 * REST_WITHIN_MS);
        if since == now {
            self.sim.nudge_at(now + within_ms);
        }
        let Some(id) = self.ids.get(&wait.of).copied() else {
            assert!(!self.strict, "{} was never begun", wait.of);
            self.advance(number);
            return true;
        };
        let Some(view) = self.sim.views.get(&id).cloned() else {
            // Closed before the restart: it has to be asked for.
            if self.lanes[number].shown_in != self.sim.epoch {
                self.lanes[number].shown_in = self.sim.epoch;
                self.sim.call(HostCall::Support { id });
                return true;
            }
            return false;
        };
        let there = wait.states.contains(&view.state)
            && wait
                .goods_may_leave
                .is_none_or(|it| it == view.goods_may_leave)
            && wait.prompt.is_none_or(|it| it == view.prompt);
        if there && self.strict {
            self.check_wait(wait, &view);
        }
        let over = now >= since + within_ms;
        assert!(
            !over || !self.strict || there,
            "waited for {:?} of {}: {view:?}",
            wait.states,
            wait.of
        );
        if there || over || (!self.strict && view.state.is_final()) {
            self.advance(number);
            return true;
        }
        false
    }

    fn check_wait(&self, wait: &Wait, view: &View) {
        if let Some(choices) = &wait.choices {
            for choice in Choice::ALL {
                let wanted = choices.contains(choice);
                assert_eq!(
                    view.choices.contains(*choice),
                    wanted,
                    "{choice:?} of {view:?}"
                );
            }
        }
        if let Some(not_before_ms) = wait.not_before_ms {
            let after_ms = self.sim.now - self.began_at[&wait.of];
            assert!(
                after_ms >= not_before_ms,
                "{} already after {after_ms} ms",
                wait.of
            );
        }
        if let Some(reason) = &wait.reason {
            assert_eq!(view.reason.key(), reason, "{view:?}");
        }
    }

    fn call(&mut self, number: usize, step: &Step) -> bool {
        let sent = self.lanes[number]
            .ticket
            .filter(|(epoch, _)| *epoch == self.sim.epoch);
        let Some((_, ticket)) = sent else {
            let Some(call) = self.host_call(step) else {
                assert!(!self.strict, "cannot do {step:?}");
                self.advance(number);
                return true;
            };
            let epoch = self.sim.epoch;
            if let HostCall::Begin(request) = &call {
                let now = self.sim.now;
                self.began_at
                    .entry(request.tender_ref.clone())
                    .or_insert(now);
            }
            let ticket = self.sim.call(call);
            self.lanes[number].ticket = Some((epoch, ticket));
            return true;
        };
        let Some(reply) = self.sim.replies.remove(&ticket) else {
            return false;
        };
        self.replied(step, &reply);
        self.advance(number);
        true
    }

    fn replied(&mut self, step: &Step, reply: &Result<Reply, CallError>) {
        if let (
            Step::Begin(Begin { name, .. }) | Step::Refund(RefundStep { name, .. }),
            Ok(Reply::Id(id)),
        ) = (step, reply)
        {
            let before = self.ids.insert(name.clone(), *id);
            assert!(
                before.is_none_or(|before| before == *id),
                "M20: two ids for {name}"
            );
        }
        if let (Step::Confirm { of, .. }, Ok(_)) = (step, reply) {
            self.confirmed.insert(self.ids[of]);
        }
        if !self.strict {
            return;
        }
        let expected = expectation(step).unwrap_or("ok");
        assert_eq!(word_of(reply), expected, "{step:?}: {reply:?}");
        match (step, reply) {
            (Step::Recover { lists }, Ok(Reply::Ids(ids))) => {
                let wanted: BTreeSet<_> = lists.iter().map(|name| self.ids[name]).collect();
                assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), wanted);
            }
            (
                Step::Scan {
                    kind: Some(kind), ..
                },
                Ok(Reply::Scan(scan)),
            ) => {
                assert_eq!(scan.number(), *kind, "{step:?}");
            }
            _ => {}
        }
    }

    fn host_call(&self, step: &Step) -> Option<HostCall> {
        let id = |name: &str| self.ids.get(name).copied();
        Some(match step {
            Step::Begin(begin) => HostCall::Begin(Box::new(begin_request(begin))),
            Step::Refund(refund) => HostCall::Refund(Box::new(self.refund_request(refund)?)),
            Step::Scan { of, text, .. } => HostCall::Scan {
                id: id(of)?,
                bytes: text.clone().into_bytes(),
            },
            Step::Cancel { of, .. } => HostCall::Cancel { id: id(of)? },
            Step::Resolve { of, choice, .. } => HostCall::Resolve {
                id: id(of)?,
                choice: Choice::ALL.iter().find(|it| it.key() == choice).copied()?,
                operator: "Kim".to_owned(),
            },
            Step::Confirm { of, receipt, .. } => HostCall::Confirm {
                id: id(of)?,
                receipt_ref: receipt.clone(),
            },
            Step::Capture { of, amount, .. } => HostCall::Capture {
                id: id(of)?,
                amount: *amount,
            },
            Step::Recover { .. } => HostCall::Recover,
            _ => return None,
        })
    }

    fn refund_request(&self, step: &RefundStep) -> Option<RefundRequest> {
        let tender = step
            .of
            .as_ref()
            .and_then(|name| self.ids.get(name))
            .copied();
        let named = step
            .reference_of
            .as_ref()
            .and_then(|name| self.ids.get(name));
        let reference = named.map(|id| self.sim.check.reference(*id).to_owned());
        let reference = reference.or_else(|| step.reference.clone());
        (tender.is_some() || reference.is_some()).then(|| RefundRequest {
            tender,
            profile: "main".to_owned(),
            reference: reference.unwrap_or_default(),
            currency: "NOK".to_owned(),
            amount: step.amount,
            refund_ref: step.name.clone(),
            details: RefundDetails::default(),
        })
    }
}

fn begin_request(begin: &Begin) -> BeginRequest {
    let details: TenderDetails = match &begin.details {
        Value::Null => TenderDetails::default(),
        value => serde_json::from_value(value.clone()).expect("details"),
    };
    BeginRequest {
        profile: "main".to_owned(),
        amount: begin.amount,
        currency: begin.currency.clone(),
        sale_ref: begin
            .sale
            .clone()
            .unwrap_or_else(|| format!("sale of {}", begin.name)),
        tender_ref: begin.name.clone(),
        sale_total: begin.sale_total,
        capture: begin.capture,
        details,
    }
}

fn expectation(step: &Step) -> Option<&str> {
    match step {
        Step::Begin(begin) => begin.expect.as_deref(),
        Step::Refund(refund) => refund.expect.as_deref(),
        Step::Scan { expect, .. }
        | Step::Cancel { expect, .. }
        | Step::Resolve { expect, .. }
        | Step::Confirm { expect, .. }
        | Step::Capture { expect, .. } => expect.as_deref(),
        _ => None,
    }
}

fn word_of(reply: &Result<Reply, CallError>) -> &'static str {
    match reply {
        Ok(_) => "ok",
        Err(CallError::Argument(_)) => "argument",
        Err(CallError::NotFound(_)) => "not-found",
        Err(CallError::Conflict(_)) => "conflict",
        Err(CallError::State(_)) => "state",
        Err(CallError::Guarded(_)) => "guarded",
        Err(CallError::Limit(_)) => "limit",
        Err(CallError::Storage(_)) => "storage",
    }
}

/// For messages about a run.
pub fn clock(sim: &Sim) -> i64 {
    sim.now - EPOCH_MS
}
