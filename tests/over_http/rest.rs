//! After the lanes: faults off, everything to rest, and how each operation ended.

use super::Run;
use super::till::View;
use crate::trace::{Booked, Trace};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What has not changed for so long after the simulated time is over stays as it is.
const QUIET: Duration = Duration::from_millis(400);
const REST_WITHIN: Duration = Duration::from_secs(10);

impl Run<'_> {
    /// Takes the ends down when nothing changes any more. The simulation tells for how long to look,
    /// not what to see.
    pub(super) fn rest(&mut self, simulated: &Trace) -> Result<(), String> {
        self.admin.disarm_all()?;
        self.relay.set_up(true);
        let took = Duration::from_millis(simulated.took_ms.unsigned_abs());
        let not_before = self.began + took;
        let until = not_before.max(Instant::now()) + REST_WITHIN;
        self.ends_by = until + REST_WITHIN;
        let mut quiet_since = Instant::now();
        loop {
            self.look()?;
            let views = self.views()?;
            for (id, view) in views.values() {
                self.help(*id, view)?;
            }
            let before = self.trace.ends().to_vec();
            self.take_down(&views)?;
            let now = Instant::now();
            if before != self.trace.ends() {
                quiet_since = now;
            }
            let over = views.values().all(|(_, view)| view.seen.state.is_final());
            let as_simulated = self.trace.ends() == simulated.ends();
            let quiet = now >= quiet_since + QUIET && now >= not_before;
            if quiet && over && as_simulated || now >= until {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
            self.dozed(LOOK_EVERY);
        }
    }

    fn views(&mut self) -> Result<BTreeMap<String, (i64, View)>, String> {
        let mut views = BTreeMap::new();
        let ids = self.ids.clone();
        let Some(till) = self.till() else {
            return Ok(views);
        };
        for (name, id) in ids {
            views.insert(name, (id, till.view(id, 0, 0)?));
        }
        Ok(views)
    }

    fn take_down(&mut self, views: &BTreeMap<String, (i64, View)>) -> Result<(), String> {
        let rows = self.admin.ledger()?.rows;
        self.trace.forget_ends();
        for name in self.case.end.keys() {
            let view = views.get(name).map(|(_, view)| view);
            let row = view.and_then(|view| rows.iter().find(|row| view.is_of(&row.reference)));
            let booked = row.map(|row| Booked {
                captured: row.captured,
                refunded: row.refunded,
            });
            self.trace.end(name, view.map(|view| view.seen), booked);
        }
        Ok(())
    }
}
