//! Customers: act at their times after their payment has come up in the provider's ledger.

use super::admin::Admin;
use crate::world::CustomerAct;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const LOOK_EVERY: Duration = Duration::from_millis(20);

pub struct Customers {
    /// By tender_ref: those whose payment has not come up yet.
    waiting: BTreeMap<String, Vec<(i64, CustomerAct)>>,
    /// When each payment came up, by the clock of the sandbox.
    came_up: BTreeMap<String, i64>,
    /// Payments whose customers are known.
    met: Vec<String>,
    due: Vec<Due>,
    next_look: Instant,
    /// What was in the ledger then is no news.
    last_look_ms: i64,
}

struct Due {
    at_ms: i64,
    provider: String,
    reference: String,
    act: CustomerAct,
}

impl Customers {
    pub fn new(waiting: BTreeMap<String, Vec<(i64, CustomerAct)>>) -> Self {
        Self {
            waiting,
            came_up: BTreeMap::new(),
            met: vec![],
            due: vec![],
            next_look: Instant::now(),
            last_look_ms: 0,
        }
    }

    /// Does what is due. `owner` finds the tender of a payment, once the till knows it.
    pub fn act(
        &mut self,
        admin: &mut Admin,
        owner: impl FnMut(&str) -> Option<String>,
    ) -> Result<(), String> {
        if !self.waiting.is_empty() && Instant::now() >= self.next_look {
            self.meet(admin, owner)?;
            self.next_look = Instant::now() + LOOK_EVERY;
        }
        let now_ms = now_ms();
        while let Some(at) = self.due.iter().position(|it| it.at_ms <= now_ms) {
            let due = self.due.remove(at);
            let with = due.act.with(&due.reference);
            // A customer whose payment is over can do nothing, which is no error here.
            admin.act(&due.provider, due.act.word(), &with)?;
        }
        Ok(())
    }

    /// When there is something to do: a customer acts, or may have to be met.
    pub fn next_in(&self) -> Duration {
        let look = match self.waiting.is_empty() {
            true => Duration::MAX,
            false => self.next_look.saturating_duration_since(Instant::now()),
        };
        let due = self.due.iter().map(|it| it.at_ms).min();
        due.map_or(look, |at_ms| {
            let in_ms = u64::try_from(at_ms - now_ms()).unwrap_or(0);
            look.min(Duration::from_millis(in_ms))
        })
    }

    fn meet(
        &mut self,
        admin: &mut Admin,
        mut owner: impl FnMut(&str) -> Option<String>,
    ) -> Result<(), String> {
        let ledger = admin.ledger()?;
        for row in ledger.rows {
            if self.met.contains(&row.reference) {
                continue;
            }
            // Not before the last look, or it would have been seen then.
            let at_ms = row.created_ms.clamp(self.last_look_ms, ledger.now_ms);
            let at_ms = *self.came_up.entry(row.reference.clone()).or_insert(at_ms);
            let Some(name) = owner(&row.reference) else {
                continue;
            };
            self.met.push(row.reference.clone());
            let acts = self.waiting.remove(&name).unwrap_or_default();
            self.due.extend(acts.into_iter().map(|(after_ms, act)| Due {
                at_ms: at_ms + after_ms,
                provider: row.provider.clone(),
                reference: row.reference.clone(),
                act,
            }));
            self.due.sort_by_key(|it| it.at_ms);
        }
        self.last_look_ms = ledger.now_ms;
        Ok(())
    }
}

/// The sandbox has the same clock.
pub fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since_epoch.unwrap_or_default().as_millis();
    i64::try_from(ms).unwrap_or(i64::MAX)
}
