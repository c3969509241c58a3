//! The world around the production loop: carries out every effect as the library's threads would,
//! in simulated time, and can end the process at any point between and inside effects.

use crate::checker::Checker;
use crate::sabotage::Sabotage;
use payments::engine::{
    CallError, Core, CoreRules, Effect, ExchangeId, HostCall, Input, LogLevel, QueryId, Reply,
    Ticket, View,
};
use payments::journal::memory::MemoryJournal;
use payments::journal::{Batch, Journal, JournalError, Lookup};
use payments::provider::http::RESPONSE_BODY_LEN_MAX;
use payments::provider::{
    BuildRules, Cause, HttpRequest, HttpResponse, NoResponse, ProviderSettings, Sent,
};
use payments::tender::{IdSource, OperationId};
use payments::text::{Language, Texts};
use sandbox::{Outcome, WorldSettings};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const EPOCH_MS: i64 = 1_768_836_344_000;
const BASE_URL: &str = "http://127.0.0.1:8420";
/// Events at one moment after which the loop is taken to spin.
const SPIN_MAX: u32 = 5_000;

/// Random numbers that are the same for the same seed (SplitMix64).
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: i64) -> i64 {
        (self.next() % u64::try_from(limit.max(1)).unwrap()) as i64
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as i64) as usize]
    }
}

impl IdSource for Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// What does not change during a run.
#[derive(Clone)]
pub struct Setup {
    pub seed: u64,
    /// Members of the profile's settings that differ from the defaults.
    pub profile: Value,
    pub attended: bool,
    pub sandbox: Value,
    pub latency_ms: i64,
    pub latency_spread_ms: i64,
    pub commit_ms: i64,
    pub down_ms: i64,
    /// Requests still under way when the process ends arrive this much later.
    pub straggle_ms: i64,
    pub sabotage: Option<Sabotage>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 1,
            profile: json!({}),
            attended: true,
            sandbox: json!({}),
            latency_ms: 20,
            latency_spread_ms: 0,
            commit_ms: 3,
            down_ms: 2_000,
            straggle_ms: 0,
            sabotage: None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CustomerAct {
    Approve,
    Reject,
}

/// What the disk makes of commits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disk {
    Good,
    Full,
    Broken,
}

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
    pub network_up: bool,
    pub disk: Disk,
    pub random: Random,
    /// By tender_ref: what its customers do, in milliseconds after the payment was created.
    pub customers: BTreeMap<String, Vec<(i64, CustomerAct)>>,
    known_payments: BTreeSet<String>,
    last_batch: usize,
    spin: (i64, u32),
}

impl Sim {
    pub fn new(setup: Setup) -> Self {
        let mut sandbox: Value = json!({"seed": setup.seed});
        sandbox["vipps"] = setup.sandbox.clone();
        let settings: WorldSettings = serde_json::from_value(sandbox).expect("sandbox settings");
        let mut sim = Self {
            now: EPOCH_MS,
            net: sandbox::World::new(settings),
            journal: MemoryJournal::default(),
            check: Checker::default(),
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
            network_up: true,
            disk: Disk::Good,
            random: Random(setup.seed ^ 0x5eed),
            customers: BTreeMap::new(),
            known_payments: BTreeSet::new(),
            last_batch: 0,
            spin: (0, 0),
            setup,
        };
        sim.start();
        sim
    }

    pub fn is_up(&self) -> bool {
        self.core.is_some()
    }

    fn start(&mut self) {
        self.epoch += 1;
        let mut settings = json!({
            "provider": "vipps",
            "base_url": BASE_URL,
            "client_id": {"value": "sandbox-client"},
            "client_secret": {"value": "sandbox-secret"},
            "subscription_key": {"value": "sandbox-key"},
            "merchant_serial_number": "123456",
            "currency": "NOK",
        });
        for (name, value) in self.setup.profile.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        let settings: ProviderSettings = serde_json::from_value(settings).expect("profile");
        let rules = BuildRules {
            allow_plain_http_loopback: true,
        };
        let provider = settings.build(&rules).expect("provider");
        let mut core = Core::new(
            CoreRules {
                attended: self.setup.attended,
                open_operations_max: 64,
            },
            Texts::new(Language::English, &BTreeMap::new()).expect("texts"),
            vec![("main".to_owned(), provider, settings.late_approval())],
            Box::new(Random(
                self.setup
                    .seed
                    .wrapping_mul(1_000)
                    .wrapping_add(self.epoch.into()),
            )),
            self.journal.last_id().expect("last id"),
        );
        if self.setup.sabotage == Some(Sabotage::ForgetLastCommit) && self.epoch > 1 {
            self.journal = forget(&self.journal, self.last_batch);
        }
        let mut records = self.journal.open_records().expect("open records");
        if self.setup.sabotage == Some(Sabotage::ForgetToRecover) {
            records.clear();
        }
        let effects = core.recover(&records, self.now).expect("recover");
        self.core = Some(core);
        self.carry_out(effects);
    }

    /// The end of the process: memory is gone, and so is what was not yet done.
    pub fn kill(&mut self) {
        if self.core.take().is_none() {
            return;
        }
        self.epoch += 1;
        self.views.clear();
        self.replies.clear();
        // The disk may have finished the write that was under way, or not.
        if let Some(batch) = self.commit_under_way.take()
            && self.points % 2 == 0
        {
            self.write(&batch);
        }
        let straggle_ms = self.setup.straggle_ms;
        if straggle_ms > 0 {
            let agenda = std::mem::take(&mut self.agenda);
            for ((at, number), happening) in agenda {
                let late = matches!(&happening, Happening::Arrives { epoch, .. } if epoch + 1 == self.epoch);
                let at = if late { at + straggle_ms } else { at };
                self.agenda.insert((at, number), happening);
            }
        }
        self.schedule(self.now + self.setup.down_ms, Happening::Restart);
    }

    fn point(&mut self) -> bool {
        self.points += 1;
        if self.kills.first() != Some(&self.points) {
            return false;
        }
        self.kills.remove(0);
        self.kill();
        true
    }

    fn schedule(&mut self, at: i64, happening: Happening) {
        self.sequence += 1;
        self.agenda
            .insert((at.max(self.now), self.sequence), happening);
    }

    pub fn nudge_at(&mut self, at: i64) {
        self.schedule(at, Happening::Nudge);
    }

    pub fn call(&mut self, call: HostCall) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.input(Input::Call { ticket, call });
        ticket
    }

    fn input(&mut self, input: Input) {
        let Some(core) = &mut self.core else { return };
        let effects = core.handle(self.now, input);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
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
                Effect::Send { exchange, request } => self.send(exchange, request),
                Effect::Publish(view) => {
                    let view = self
                        .setup
                        .sabotage
                        .map_or(*view.clone(), |it| it.view(*view));
                    let rows = self.net.ledger(self.now);
                    self.check.published(self.now, &view, &rows, &self.journal);
                    self.views.insert(view.id, view);
                }
                Effect::Reply { ticket, reply } => {
                    self.replies.insert(ticket, reply);
                }
                Effect::Log(line) => {
                    let known = matches!(line.event, "answer-mismatch" | "journal-commit-failed");
                    assert!(line.level != LogLevel::Error || known, "logged: {line}");
                }
            }
        }
    }

    fn send(&mut self, exchange: ExchangeId, request: HttpRequest) {
        let epoch = self.epoch;
        let spread = self.random.below(self.setup.latency_spread_ms + 1);
        let latency_ms = self.setup.latency_ms + spread;
        let request = match self.setup.sabotage {
            Some(sabotage) => sabotage.request(request, &mut self.random),
            None => request,
        };
        if !self.network_up {
            let result = Err(NoResponse {
                sent: Sent::No,
                cause: Cause::Unreachable,
            });
            let at = self.now + latency_ms;
            return self.schedule(
                at,
                Happening::Answer {
                    epoch,
                    exchange,
                    result,
                },
            );
        }
        self.check.follows_from_facts(&request);
        self.check.sent(self.now, epoch, &request);
        let sent_at = self.now;
        self.schedule(
            self.now + latency_ms,
            Happening::Arrives {
                epoch,
                exchange,
                request,
                sent_at,
            },
        );
    }

    fn arrives(&mut self, epoch: u32, exchange: ExchangeId, request: HttpRequest, sent_at: i64) {
        let outcome = self.net.exchange(self.now, &wire(&request));
        self.meet_new_payments();
        if self.point() {
            return;
        }
        let timeout_ms = i64::try_from(request.timeout_ms).unwrap();
        let deadline = sent_at + timeout_ms;
        let lost = Err(NoResponse {
            sent: Sent::Maybe,
            cause: Cause::Timeout,
        });
        let back_at = self.now + self.setup.latency_ms;
        let (at, result) = match outcome {
            Outcome::Answer { response, delay_ms } => {
                let at = back_at + i64::try_from(delay_ms).unwrap();
                if at > deadline {
                    (deadline, lost)
                } else {
                    (at, read(response))
                }
            }
            Outcome::RequestLost | Outcome::AnswerLost => (deadline, lost),
            Outcome::CutAfter { .. } => (
                back_at,
                Err(NoResponse {
                    sent: Sent::Maybe,
                    cause: Cause::Broken,
                }),
            ),
        };
        let result = match self.setup.sabotage {
            Some(sabotage) => sabotage.answer(result, &request),
            None => result,
        };
        if let Ok(response) = &result {
            self.check.answered(&request, response);
        }
        self.schedule(
            at,
            Happening::Answer {
                epoch,
                exchange,
                result,
            },
        );
    }

    /// A payment that has just been created meets its customers.
    fn meet_new_payments(&mut self) {
        let rows = self.net.ledger(self.now);
        self.check.ledger(&rows);
        for row in rows {
            if !self.known_payments.insert(row.reference.clone()) {
                continue;
            }
            let tender_ref = self.check.tender_ref_of(&row.reference);
            let acts = tender_ref.and_then(|it| self.customers.get(it)).cloned();
            for (after_ms, act) in acts.unwrap_or_default() {
                let reference = row.reference.clone();
                self.schedule(self.now + after_ms, Happening::Customer { reference, act });
            }
        }
    }

    fn write(&mut self, batch: &Batch) {
        let mut batch = batch.clone();
        match self.setup.sabotage {
            Some(Sabotage::DropCommits) => return,
            Some(sabotage) => batch.entries.retain(|entry| sabotage.keeps(entry)),
            None => {}
        }
        self.last_batch = batch.entries.len();
        self.check.wrote(self.now, &batch);
        self.journal.commit(&[batch]).expect("commit");
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
                if !self.point() {
                    self.input(Input::Answer { exchange, result });
                }
            }
            Happening::Durable { epoch, batch } if epoch == self.epoch => {
                if self.point() {
                    return;
                }
                self.commit_under_way = None;
                let result = match self.disk {
                    Disk::Good => Ok(self.write(&batch)),
                    Disk::Full => Err(JournalError::Full),
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
                // A customer whose payment is over can do nothing, which is no error here.
                let _ = match act {
                    CustomerAct::Approve => self.net.vipps().approve(self.now, &reference),
                    CustomerAct::Reject => self.net.vipps().reject(self.now, &reference),
                };
                self.check.ledger(&self.net.ledger(self.now));
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
            .map(|at| at.max(self.now));
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

/// A request as the sandbox takes it.
pub fn wire(request: &HttpRequest) -> sandbox::Request {
    let address = request.url.strip_prefix(BASE_URL).unwrap_or(&request.url);
    let mut wire = http::Request::builder()
        .method(request.method.name())
        .uri(address);
    for (name, value) in &request.headers {
        wire = wire.header(*name, value.reveal());
    }
    wire.body(request.body.clone()).expect("request")
}

/// An answer as the transport hands it on: names in lower case, bodies bounded.
pub fn read(response: sandbox::Response) -> Result<HttpResponse, NoResponse> {
    if response.body().len() > RESPONSE_BODY_LEN_MAX {
        return Err(NoResponse {
            sent: Sent::Maybe,
            cause: Cause::TooLarge,
        });
    }
    let headers = response.headers().iter();
    Ok(HttpResponse {
        status: response.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect(),
        body: response.into_body(),
    })
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
