//! The process: starts, carries out what the loop orders, and ends at any point.

use super::{Happening, Provider, Random, Sim};
use crate::sabotage::Sabotage;
use crate::situations::Death;
use payments::engine::{Core, CoreRules, Effect, HostCall, Input, LogLevel, Ticket};
use payments::journal::memory::MemoryJournal;
use payments::journal::{Batch, Journal};
use payments::provider::{BuildRules, Profile, registry};
use payments::text::{Language, Texts};
use serde_json::Value;
use std::collections::BTreeMap;

impl Sim {
    pub(super) fn start(&mut self) {
        self.epoch += 1;
        self.clock_off_ms = self.next_clock_off_ms;
        let (provider, wanted) = (self.setup.provider, self.setup.profile.clone());
        let mut profiles = vec![self.profile("main", provider, &wanted)];
        for (name, other) in self.setup.others.clone() {
            profiles.push(self.profile(&name, other.provider, &other.profile));
        }
        let mut core = Core::new(
            CoreRules {
                attended: self.setup.attended,
                open_operations_max: 64,
            },
            Texts::new(Language::English, &BTreeMap::new()).expect("texts"),
            profiles,
            Box::new(self.ids()),
            self.journal.last_id().expect("last id"),
        );
        if self.setup.sabotage == Some(Sabotage::ForgetLastCommit) && self.epoch > 1 {
            self.journal = forget(&self.journal, self.last_batch);
        }
        let mut records = self.journal.open_records().expect("open records");
        if self.setup.sabotage == Some(Sabotage::ForgetToRecover) {
            records.clear();
        }
        self.situations.started(self.points, &self.check);
        let effects = core.recover(&records, self.till_now()).expect("recover");
        self.core = Some(core);
        self.carry_out(effects);
    }

    fn profile(&mut self, name: &str, provider: Provider, wanted: &Value) -> Profile {
        let mut settings = provider.settings(&mut self.net);
        for (name, value) in wanted.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        let read = registry::settings(provider.name(), settings);
        let settings = read.expect("a known provider").expect("profile");
        let rules = BuildRules {
            allow_plain_http_loopback: true,
        };
        Profile {
            name: name.to_owned(),
            provider: settings.build(&rules).expect("provider"),
            late: settings.late_approval(),
        }
    }

    /// The library's source of references and keys: another one in each process.
    fn ids(&self) -> Random {
        let of_process = match self.setup.sabotage {
            Some(Sabotage::SameIdsAfterRestart) => 1,
            _ => self.epoch,
        };
        let seed = self.setup.seed.wrapping_mul(1_000);
        Random(seed.wrapping_add(of_process.into()))
    }

    /// The end of the process: memory is gone, and so is what was not yet done.
    pub fn kill(&mut self) {
        if self.core.take().is_none() {
            return;
        }
        // The disk may have finished the write that was under way, or not.
        let written = self.points.is_multiple_of(2);
        self.situations.died(&Death {
            epoch: self.epoch,
            points: self.points,
            down_ms: self.setup.down_ms,
            commit: self.commit_under_way.as_ref().map(|_| written),
            rows: &self.net.ledger(self.now),
            check: &self.check,
        });
        if let Some(batch) = self.commit_under_way.take().filter(|_| written) {
            self.write(&batch);
        }
        self.epoch += 1;
        self.views.clear();
        self.replies.clear();
        let straggle_ms = self.setup.straggle_ms;
        if straggle_ms > 0 {
            let agenda = std::mem::take(&mut self.agenda);
            for ((at, number), happening) in agenda {
                let late = matches!(
                    &happening,
                    Happening::Arrives { epoch, .. } if epoch + 1 == self.epoch
                );
                let at = if late { at + straggle_ms } else { at };
                self.agenda.insert((at, number), happening);
            }
        }
        self.schedule(self.now + self.setup.down_ms, Happening::Restart);
    }

    pub(super) fn point(&mut self) -> bool {
        self.points += 1;
        if self.kills.first() != Some(&self.points) {
            return false;
        }
        self.kills.remove(0);
        self.kill();
        true
    }

    pub fn call(&mut self, call: HostCall) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.input(Input::Call { ticket, call });
        ticket
    }

    pub(super) fn input(&mut self, input: Input) {
        let now = self.till_now();
        let Some(core) = &mut self.core else { return };
        let effects = core.handle(now, input);
        self.carry_out(effects);
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if self.point() {
                return;
            }
            let epoch = self.epoch;
            match effect {
                Effect::Commit(batch) => {
                    assert!(self.commit_under_way.is_none(), "two commits under way");
                    if self.setup.sabotage == Some(Sabotage::AcknowledgeBeforeDurable) {
                        self.schedule(
                            self.now,
                            Happening::Durable {
                                epoch,
                                batch: Batch::default(),
                            },
                        );
                        self.schedule(self.now + 2_000, Happening::Durable { epoch, batch });
                        continue;
                    }
                    self.commit_under_way = Some(batch.clone());
                    self.schedule(
                        self.now + self.setup.commit_ms,
                        Happening::Durable { epoch, batch },
                    );
                }
                Effect::Load { query, lookup } => {
                    let at = self.now + self.setup.commit_ms;
                    self.schedule(
                        at,
                        Happening::Loaded {
                            epoch,
                            query,
                            lookup,
                        },
                    );
                }
                Effect::Send {
                    exchange,
                    about,
                    request,
                } => self.send(exchange, about, request),
                Effect::Publish(view) => {
                    let view = self
                        .setup
                        .sabotage
                        .map_or(*view.clone(), |it| it.view(*view));
                    if std::env::var_os("SIM_TRACE").is_some() {
                        let at = self.now - super::EPOCH_MS;
                        let (state, reason) = (view.state.key(), view.reason.key());
                        eprintln!("{at} operation {} is {state} ({reason})", view.id.get());
                    }
                    let rows = self.net.ledger(self.now);
                    self.check.published(self.now, &view, &rows, &self.journal);
                    self.views.insert(view.id, view);
                }
                Effect::Reply { ticket, reply } => {
                    let reply = match self.setup.sabotage {
                        Some(sabotage) => reply.map(|it| sabotage.reply(it, &self.check.paid())),
                        None => reply,
                    };
                    self.replies.insert(ticket, reply);
                }
                Effect::Log(line) => {
                    let known = matches!(
                        line.event,
                        "answer-mismatch" | "journal-commit-failed" | "provider-undecided"
                    );
                    assert!(line.level != LogLevel::Error || known, "logged: {line}");
                }
            }
        }
    }
    pub(super) fn write(&mut self, batch: &Batch) {
        let mut batch = batch.clone();
        match self.setup.sabotage {
            Some(Sabotage::DropCommits) => return,
            Some(sabotage) => batch.entries.retain(|entry| sabotage.keeps(entry)),
            None => {}
        }
        self.last_batch = batch.entries.len();
        let rows = self.net.ledger(self.now);
        self.situations
            .writes(self.epoch, &batch, &self.check, &rows);
        self.check.wrote(self.now, &batch);
        self.journal.commit(&[batch]).expect("commit");
    }
}

fn forget(journal: &MemoryJournal, entries: usize) -> MemoryJournal {
    let kept = journal.entries().len().saturating_sub(entries);
    let entries: Vec<_> = journal.entries()[..kept].to_vec();
    let known = |id| entries.iter().any(|entry| entry.operation == id);
    let rows = journal
        .rows()
        .filter(|row| known(row.id))
        .cloned()
        .collect();
    let mut forgetful = MemoryJournal::default();
    forgetful
        .commit(&[Batch { entries, rows }])
        .expect("commit");
    forgetful
}
