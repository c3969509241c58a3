//! The steps of the lanes, one after the other, and what is expected of each.

use super::beside::{Beside, Delivery};
use super::calls::{expectation, word_of};
use super::{Lane, REST_WITHIN_MS, Till};
use crate::scenario::{Begin, RefundStep, Step, Wait};
use crate::trace::Seen;
use payments::engine::{CallError, HostCall, Reply, View};
use payments::tender::Choice;
use std::collections::BTreeSet;

impl Till<'_> {
    pub(super) fn lane(&mut self, number: usize) -> bool {
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
                self.cut_by_lane = self.strict;
                self.sim.kill();
            }
            Step::Network(up) => self.sim.network_up = *up,
            Step::Disk(disk) => self.sim.disk = *disk,
            Step::RevokeTokens => self.sim.net.revoke_tokens(),
            Step::Receipt { name, with } => {
                let receipt = self.at_provider("receipt", with);
                let text = |member: &str| receipt[member].as_str().unwrap_or("").to_owned();
                let held = (text("qr_text"), text("tx"));
                self.receipts.insert(name.clone(), held);
            }
            Step::Act { act, with } => match Beside::read(act, with) {
                Some(Beside::Clock { jump_ms }) => self.sim.next_clock_off_ms += jump_ms,
                Some(_) => return self.call(number, &step),
                None => {
                    self.at_provider(act, with);
                }
            },
            Step::Sandbox(patch) => self.sim.net.patch_settings(patch).expect("settings"),
            Step::Fault(rule) => self.sim.net.chaos().arm(rule.clone()),
            call => return self.call(number, call),
        }
        self.trace.step(number, &step, "");
        self.advance(number);
        true
    }

    fn at_provider(&mut self, act: &str, with: &serde_json::Value) -> serde_json::Value {
        let now = self.sim.now;
        let mut with = with.clone();
        let mut taken = |member: &str| {
            let value = with.as_object_mut().and_then(|it| it.remove(member));
            value.and_then(|it| it.as_str().map(str::to_owned))
        };
        let (kept_as, expected, other) = (taken("ref"), taken("expect"), taken("profile"));
        let provider = self.sim.setup.provider_of(&other.unwrap_or_default());
        for value in with
            .as_object_mut()
            .into_iter()
            .flat_map(|it| it.values_mut())
        {
            if let Some(text) = value.as_str() {
                *value = self.named(text).into();
            }
        }
        let done = self.sim.net.act(now, provider.section(), act, &with);
        self.sim.check.ledger(&self.sim.net.ledger(now));
        let refused = done.is_err();
        if self.strict {
            let wanted = expected.as_deref() == Some("refused");
            assert_eq!(refused, wanted, "{act} {with}: {done:?}");
        }
        let done = done.unwrap_or_default();
        if let (Some(name), Some(delivery)) = (kept_as, Delivery::read(&done)) {
            self.deliveries.insert(name, delivery);
        }
        done
    }

    pub(super) fn lanes_done(&self) -> bool {
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
            && wait.prompt.is_none_or(|it| it == view.prompt)
            && wait
                .reason
                .as_ref()
                .is_none_or(|it| it == view.reason.key());
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
            let step = Step::Wait(wait.clone());
            self.trace.step(number, &step, Seen::from(&view));
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
        self.trace.step(number, step, self.told(step, &reply));
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
        if let (Step::Act { act, with }, Ok(reply)) = (step, reply)
            && let Some(beside) = Beside::read(act, with)
        {
            self.beside_replied(&beside, reply);
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

    /// A reply as the trace has it.
    fn told(&self, step: &Step, reply: &Result<Reply, CallError>) -> String {
        match reply {
            Ok(Reply::Scan(scan)) if matches!(step, Step::Scan { .. }) => {
                format!("ok, kind {}", scan.number())
            }
            Ok(Reply::Ids(ids)) => {
                let listed = self.ids.iter().filter(|(_, id)| ids.contains(id));
                let names: Vec<_> = listed.map(|(name, _)| name.as_str()).collect();
                format!("ok, {} listed: {}", ids.len(), names.join(" "))
            }
            reply => word_of(reply).to_owned(),
        }
    }
}
