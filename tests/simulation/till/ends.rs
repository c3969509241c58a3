//! What is compared when a run has come to rest: the views, the requests and the ends.

use super::Till;
use crate::trace::{Booked, Seen};
use crate::world::EPOCH_MS;
use payments::engine::HostCall;

impl Till<'_> {
    pub(super) fn check_rest(&mut self) {
        self.show_all();
        let rows = self.sim.net.ledger(self.sim.now);
        self.sim.check.at_rest(&self.sim.views, &rows);
    }

    /// Everything that this till ever began becomes visible, also what was closed long ago.
    fn show_all(&mut self) {
        for _ in 0..5 {
            let check = &self.sim.check;
            let money = check.tenders.keys().chain(check.refunds.keys()).copied();
            let known = money.chain(check.errands.ids());
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

    pub(super) fn check_requests(&mut self) {
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

    pub(super) fn check_ends(&self, crashed: bool) {
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
            let named = [&view.reference, &view.provider_reference];
            let row = row.iter().find(|row| named.contains(&&row.reference));
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

    pub(super) fn trace_ends(&mut self, lanes_ended: i64) {
        let rows = self.sim.net.ledger(self.sim.now);
        for name in self.scenario.end.keys() {
            let view = self.ids.get(name).and_then(|id| self.sim.views.get(id));
            let row = view.and_then(|view| {
                let named = [&view.reference, &view.provider_reference];
                rows.iter().find(|row| named.contains(&&row.reference))
            });
            let booked = row.map(|row| Booked {
                captured: row.captured,
                refunded: row.refunded,
            });
            self.trace.end(name, view.map(Seen::from), booked);
        }
        let changed = self.sim.views.values().map(|view| view.updated_ms).max();
        self.trace.took_ms = lanes_ended.max(changed.unwrap_or(0)) - EPOCH_MS;
    }
}
