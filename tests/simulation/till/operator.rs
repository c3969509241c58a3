//! The operator: answers what no lane answers.

use super::Till;
use crate::world::Provider;
use payments::engine::{HostCall, View};
use payments::tender::{Choice, Kind, State};

impl Till<'_> {
    /// Answers what a view asks, as the scenario's operator would.
    pub(super) fn help(&mut self) -> bool {
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

    fn only_people_know(&self, profile: &str) -> bool {
        let other = self.scenario.others.get(profile);
        let settings = other.map_or(&self.scenario.profile, |it| &it.profile);
        let provider = self.sim.setup.provider_of(profile);
        provider == Provider::Smartum && settings.pointer("/endpoints/transaction").is_none()
    }

    fn answer_to(&mut self, view: &View) -> Option<HostCall> {
        let (id, operator) = (view.id, "Kim".to_owned());
        let lanes_done = self.lanes_done();
        let word = match view.state {
            // Nothing but the provider's portal can tell: somebody looks there.
            State::Unknown if self.only_people_know(&view.profile) => {
                let rows = self.sim.net.ledger(self.sim.now);
                let paid = self.sim.check.named_row(id, &rows);
                let given_back = paid.is_some_and(|row| row.refunded > 0);
                match (view.kind, given_back) {
                    (Kind::Refund, true) | (Kind::Tender, false) => "force-paid",
                    _ => "force-not-paid",
                }
            }
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
            // A refused capture or refund: once more after a while, then it is settled: what was
            // taken and cannot be given back stays, the rest is closed by hand.
            let tries = self.retried.entry(id).or_default();
            *tries += 1;
            if *tries <= 3 {
                offered("retry")
            } else {
                offered("force-not-paid").or_else(|| offered("keep"))
            }
        })?;
        Some(HostCall::Resolve {
            id,
            choice,
            operator,
        })
    }
}
