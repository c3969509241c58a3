//! The world around the production loop: carries out every effect as the library's threads would,
//! in simulated time, and can end the process at any point between and inside effects.

mod club;
mod network;
mod process;
mod provider;
mod random;
mod setup;

pub use provider::Provider;
pub use random::Random;
pub use setup::{CustomerAct, Disk, Other, Setup};

use crate::checker::Checker;
use crate::situations::Situations;
use payments::engine::{CallError, Core, ExchangeId, Input, QueryId, Reply, Ticket, View};
use payments::journal::memory::MemoryJournal;
use payments::journal::{Batch, Journal, JournalError, Lookup};
use payments::provider::{HttpRequest, HttpResponse, NoResponse};
use payments::tender::OperationId;
use sandbox::WorldSettings;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const EPOCH_MS: i64 = 1_768_836_344_000;
const BASE_URL: &str = "http://127.0.0.1:8420";
/// Events at one moment after which the loop is taken to spin.
const SPIN_MAX: u32 = 5_000;

enum Happening {
    Arrives {
        epoch: u32,
        exchange: ExchangeId,
        request: HttpRequest,
        sent_at: i64,
    },
    Answer {
        epoch: u32,
        exchange: ExchangeId,
        result: Result<HttpResponse, NoResponse>,
    },
    Durable {
        epoch: u32,
        batch: Batch,
    },
    Loaded {
        epoch: u32,
        query: QueryId,
        lookup: Lookup,
    },
    Customer {
        reference: String,
        act: CustomerAct,
    },
    Restart,
    /// Somebody outside looks up: a till's pause is over.
    Nudge,
}

pub struct Sim {
    pub now: i64,
    pub setup: Setup,
    pub net: sandbox::World,
    pub journal: MemoryJournal,
    pub check: Checker,
    pub situations: Situations,
    core: Option<Core>,
    /// Counts processes: what belongs to an earlier one no longer reaches anybody.
    pub epoch: u32,
    agenda: BTreeMap<(i64, u64), Happening>,
    sequence: u64,
    /// What the till's poll shows.
    pub views: BTreeMap<OperationId, View>,
    pub replies: BTreeMap<Ticket, Result<Reply, CallError>>,
    tickets: u64,
    commit_under_way: Option<Batch>,
    /// Places at which the process could have ended, so far.
    pub points: u64,
    pub kills: Vec<u64>,
    writes: u64,
    pub network_up: bool,
    pub disk: Disk,
    pub random: Random,
    /// By tender_ref: what its customers do, in milliseconds after the payment was created.
    pub customers: BTreeMap<String, Vec<(i64, CustomerAct)>>,
    known_payments: BTreeSet<String>,
    last_batch: usize,
    spin: (i64, u32),
    /// How far the clock of this process is ahead of the world's; a process reads it once.
    clock_off_ms: i64,
    /// … and that of the next one.
    pub next_clock_off_ms: i64,
}

impl Sim {
    pub fn new(setup: Setup) -> Self {
        let mut sandbox: Value = json!({"seed": setup.seed});
        for other in setup.others.values() {
            sandbox[other.provider.section()] = other.provider.sandbox(&other.sandbox);
        }
        sandbox[setup.provider.section()] = setup.provider.sandbox(&setup.sandbox);
        let settings: WorldSettings = serde_json::from_value(sandbox).expect("sandbox settings");
        let mut sim = Self {
            now: EPOCH_MS,
            net: sandbox::World::new(settings),
            journal: MemoryJournal::default(),
            check: Checker::default(),
            situations: Situations::default(),
            core: None,
            epoch: 0,
            agenda: BTreeMap::new(),
            sequence: 0,
            views: BTreeMap::new(),
            replies: BTreeMap::new(),
            tickets: 0,
            commit_under_way: None,
            points: 0,
            kills: Vec::new(),
            writes: 0,
            network_up: true,
            disk: Disk::Good,
            random: Random(setup.seed ^ 0x5eed),
            customers: BTreeMap::new(),
            known_payments: BTreeSet::new(),
            last_batch: 0,
            spin: (0, 0),
            clock_off_ms: 0,
            next_clock_off_ms: 0,
            setup,
        };
        sim.register_webhook();
        sim.start();
        sim
    }

    pub fn is_up(&self) -> bool {
        self.core.is_some()
    }

    fn schedule(&mut self, at: i64, happening: Happening) {
        self.sequence += 1;
        self.agenda
            .insert((at.max(self.now), self.sequence), happening);
    }

    /// What the clock of the till shows.
    pub fn till_now(&self) -> i64 {
        self.now + self.clock_off_ms
    }

    fn provider_of_payment(&self, reference: &str) -> Provider {
        let tender = self.check.tender_of(reference);
        tender.map_or(self.setup.provider, |(_, tender)| {
            self.setup.provider_of(&tender.intent.profile)
        })
    }

    pub fn nudge_at(&mut self, at: i64) {
        self.schedule(at, Happening::Nudge);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives {
                epoch,
                exchange,
                request,
                sent_at,
            } => {
                self.arrives(epoch, exchange, request, sent_at);
            }
            Happening::Answer {
                epoch,
                exchange,
                result,
            } if epoch == self.epoch => {
                if self.point() {
                    return;
                }
                let (situations, check) = (&mut self.situations, &self.check);
                situations.answered(epoch, exchange, &result, check);
                self.input(Input::Answer { exchange, result });
            }
            Happening::Durable { epoch, batch } if epoch == self.epoch => {
                if self.point() {
                    return;
                }
                self.commit_under_way = None;
                let result = match self.disk {
                    Disk::Good => {
                        self.write(&batch);
                        Ok(())
                    }
                    Disk::Full => {
                        self.situations.disk_full(&self.check);
                        Err(JournalError::Full)
                    }
                    Disk::Broken => Err(JournalError::Broken("input/output error".to_owned())),
                };
                if !self.point() {
                    self.input(Input::Committed { result });
                }
            }
            Happening::Loaded {
                epoch,
                query,
                lookup,
            } if epoch == self.epoch => {
                let result: Result<_, JournalError> = self.journal.load(&lookup);
                self.input(Input::Loaded { query, result });
            }
            Happening::Customer { reference, act } => {
                // Nobody pays with a link that was never shown.
                let provider = self.provider_of_payment(&reference);
                let unseen = provider == Provider::Smartpay && !self.check.was_shown(&reference);
                if unseen {
                    if !self.check.is_over(&reference) {
                        // While the till is off, nothing is shown.
                        let wait_ms = if self.is_up() { 500 } else { 60_000 };
                        let later = self.now + wait_ms;
                        self.schedule(later, Happening::Customer { reference, act });
                    }
                    return;
                }
                // A customer whose payment is over can do nothing, which is no error here.
                let with = act.with(&reference);
                let section = provider.section();
                let _ = self.net.act(self.now, section, act.word(), &with);
                let rows = self.net.ledger(self.now);
                let row = rows.iter().find(|row| row.reference == reference);
                self.situations.customer(self.now, row);
                self.check.ledger(&rows);
            }
            Happening::Restart => self.start(),
            _ => {}
        }
    }

    /// Does the next thing that happens; false when nothing will happen any more before `until`.
    pub fn step(&mut self, until: i64) -> bool {
        let outside = self.agenda.keys().next().map(|(at, _)| *at);
        let wake = self
            .core
            .as_ref()
            .and_then(Core::next_wake)
            .map(|at| at.saturating_sub(self.clock_off_ms).max(self.now));
        let Some(at) = [outside, wake]
            .into_iter()
            .flatten()
            .min()
            .filter(|at| *at <= until)
        else {
            return false;
        };
        self.spin = if self.spin.0 == at {
            (at, self.spin.1 + 1)
        } else {
            (at, 0)
        };
        assert!(
            self.spin.1 < SPIN_MAX,
            "the loop spins at {}",
            at - EPOCH_MS
        );
        self.now = at;
        if outside == Some(at) {
            let (_, happening) = self.agenda.pop_first().expect("agenda");
            self.happen(happening);
        } else {
            self.input(Input::Tick);
        }
        true
    }
}
