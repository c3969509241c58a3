//! The steps of the lanes, as calls of the till and acts at the sandbox.

use super::Run;
use super::beside::is_beside;
use super::till::Told;
use crate::scenario::{Begin, RefundStep, Step, Wait};
use crate::trace::short;
use std::time::{Duration, Instant};

/// How long the driver sleeps at most before it looks again at several lanes.
const DOZE: Duration = Duration::from_millis(8);
/// The same when nothing but one view or one moment is waited for.
const NAP: Duration = Duration::from_millis(100);
/// As the simulation: twice its time to come to rest.
const WAIT_MAX_MS: i64 = 40 * 60_000;

#[derive(Default)]
pub(super) struct Lane {
    at: usize,
    /// When the step that waits began.
    since: Option<Instant>,
}

impl Run<'_> {
    pub(super) fn lanes_to_their_ends(&mut self) -> Result<(), String> {
        loop {
            self.look()?;
            let mut acted = false;
            for number in 0..self.lanes.len() {
                if self.till.is_some() {
                    acted |= self.lane(number)?;
                }
            }
            if self.till.is_some() && self.unfinished().next().is_none() {
                return Ok(());
            }
            if !acted {
                let doze = self.doze();
                std::thread::sleep(doze);
                self.dozed(doze);
            }
        }
    }

    /// Until something else can be due: zero if the wait of a lane has used that time up.
    fn doze(&self) -> Duration {
        let next = self.customers.next_in().min(NAP);
        let mut steps = self.lanes.iter().zip(&self.case.lanes);
        let waiting = steps.find_map(|(lane, steps)| Some((lane, steps.get(lane.at)?)));
        match waiting {
            Some(_) if self.unfinished().nth(1).is_some() => next.min(DOZE),
            Some((_, Step::Wait(_))) if self.till.is_some() => Duration::ZERO,
            Some((lane, Step::Pause(ms))) => {
                let since = lane.since.map_or(Duration::ZERO, |it| it.elapsed());
                next.min(Duration::from_millis(ms.unsigned_abs()).saturating_sub(since))
            }
            _ => next.min(DOZE),
        }
    }

    /// For messages.
    pub(super) fn stuck(&self) -> String {
        let steps: Vec<_> = self.unfinished().map(short).collect();
        steps.join(", ")
    }

    fn unfinished(&self) -> impl Iterator<Item = &Step> {
        let lanes = self.lanes.iter().zip(&self.case.lanes);
        lanes.filter_map(|(lane, steps)| steps.get(lane.at))
    }

    fn advance(&mut self, number: usize) {
        self.lanes[number] = Lane {
            at: self.lanes[number].at + 1,
            since: None,
        };
    }

    /// Whether the lane has done something.
    fn lane(&mut self, number: usize) -> Result<bool, String> {
        let Some(step) = self.case.lanes[number].get(self.lanes[number].at) else {
            return Ok(false);
        };
        let since = *self.lanes[number].since.get_or_insert_with(Instant::now);
        let came_back = match step {
            Step::Wait(wait) => match self.wait(wait, since)? {
                Some(seen) => seen,
                None => return Ok(false),
            },
            Step::Pause(ms) if since.elapsed() < Duration::from_millis(ms.unsigned_abs()) => {
                return Ok(false);
            }
            Step::Pause(_) => String::new(),
            Step::PowerCut => {
                self.till.take().expect("a till").kill();
                let down_ms = self.setup.down_ms.unsigned_abs();
                self.starts_at = Instant::now() + Duration::from_millis(down_ms);
                String::new()
            }
            Step::Network(up) => {
                self.relay.set_up(*up);
                String::new()
            }
            Step::Disk(_) => return Err("a disk cannot be made to fail".to_owned()),
            Step::RevokeTokens | Step::Sandbox(_) | Step::Fault(_) => {
                self.at_sandbox(step)?;
                String::new()
            }
            Step::Act { act, .. } if is_beside(act) => self.call(step)?,
            Step::Receipt { .. } | Step::Act { .. } => {
                self.at_provider(step)?;
                String::new()
            }
            call => self.call(call)?,
        };
        self.trace.step(number, step, came_back);
        self.advance(number);
        Ok(true)
    }

    fn at_sandbox(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::RevokeTokens => self.admin.revoke_tokens(),
            Step::Sandbox(patch) => self.admin.patch_settings(patch).map(drop),
            Step::Fault(rule) => self.admin.arm(rule),
            _ => Ok(()),
        }
    }

    /// What was seen, once it is there or the time is up.
    fn wait(&mut self, wait: &Wait, since: Instant) -> Result<Option<String>, String> {
        let id = *self.id(&wait.of)?;
        let revision = self.revisions.get(&id).copied().unwrap_or(0);
        // Other lanes and customers do not wait for this one.
        let alone = self.unfinished().nth(1).is_none();
        let within_ms = wait.within_ms.unwrap_or(WAIT_MAX_MS).unsigned_abs();
        let left = Duration::from_millis(within_ms).saturating_sub(since.elapsed());
        let doze = self.customers.next_in().min(NAP).min(left);
        let timeout_ms = if alone { doze.as_millis() } else { 0 };
        let timeout_ms = i64::try_from(timeout_ms).unwrap_or(0);
        let Some(till) = self.till() else {
            return Ok(None);
        };
        let view = till.view(id, revision, timeout_ms)?;
        self.dozed(Duration::from_millis(timeout_ms.unsigned_abs()));
        self.revisions.insert(id, view.revision);
        let seen = view.seen;
        let there = wait.states.contains(&seen.state)
            && wait
                .goods_may_leave
                .is_none_or(|it| it == seen.goods_may_leave)
            && wait.prompt.is_none_or(|it| it == seen.prompt);
        if there {
            return Ok(Some(seen.to_string()));
        }
        let over = left == Duration::ZERO;
        Ok(over.then(|| format!("time is up: {seen}")))
    }

    pub(super) fn id(&self, name: &str) -> Result<&i64, String> {
        self.ids
            .get(name)
            .ok_or_else(|| format!("{name} was never begun"))
    }

    /// A call of the library, and what the trace has of its result.
    fn call(&mut self, step: &Step) -> Result<String, String> {
        let words = self.words(step)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let told = match self.till() {
            Some(till) => till.call(&words)?,
            None => return Err("there is no till".to_owned()),
        };
        // Only the call itself may take its time: it writes to the disk.
        self.due_at = Instant::now();
        self.told(step, told)
    }

    fn told(&mut self, step: &Step, told: Told) -> Result<String, String> {
        let words = match told {
            Ok(words) => words,
            Err(refusal) if refusal.is_timeout() => {
                self.stalled = self.stalled.max(super::CALL_MAX);
                return Ok(refusal.word);
            }
            Err(refusal) => return Ok(refusal.word),
        };
        if let Step::Act { with, .. } = step {
            return self.beside_told(with, &words).map(|()| "ok".to_owned());
        }
        let numbers: Option<Vec<i64>> = words.iter().map(|it| it.parse().ok()).collect();
        let numbers = numbers.ok_or_else(|| format!("no numbers: {words:?}"))?;
        match (step, numbers.as_slice()) {
            (Step::Begin(Begin { name, .. }) | Step::Refund(RefundStep { name, .. }), [id]) => {
                match self.ids.insert(name.clone(), *id) {
                    Some(before) if before != *id => Err(format!("two ids for {name}")),
                    _ => Ok("ok".to_owned()),
                }
            }
            (Step::Scan { .. }, [kind]) => Ok(format!("ok, kind {kind}")),
            (Step::Recover { .. }, ids) => {
                let listed = self.ids.iter().filter(|(_, id)| ids.contains(id));
                let names: Vec<_> = listed.map(|(name, _)| name.as_str()).collect();
                Ok(format!("ok, {} listed: {}", ids.len(), names.join(" ")))
            }
            (_, []) => Ok("ok".to_owned()),
            (step, numbers) => Err(format!("{step:?} gave {numbers:?}")),
        }
    }
}
