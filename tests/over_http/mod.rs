//! One case in real time: a sandbox, a till in C, the way between them, and the customers.

mod acts;
mod admin;
mod beside;
mod customers;
mod lanes;
mod operator;
mod relay;
mod rest;
mod till;
mod words;

use crate::c_programs::Stage;
use crate::scenario::Scenario;
use crate::trace::Trace;
use crate::world::{Provider, Setup};
use acts::Held;
use admin::Admin;
use beside::Delivery;
use customers::Customers;
use relay::Relay;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use till::Till;

/// How much longer than in the simulation a case may take before it is stuck.
const SLACK: Duration = Duration::from_secs(20);
/// A driver that was kept from looking for so long may have missed what the case is about.
const STALL_MAX: Duration = Duration::from_millis(100);
/// A call that gives up has taken so long.
const CALL_MAX: Duration = Duration::from_secs(5);
/// A disk that needs no time to sync: what is written survives a killed process there as well.
const MEMORY_DISK: &str = "/dev/shm";

/// What came of a case.
pub struct Played {
    pub trace: Trace,
    /// Why the trace ends early.
    pub problem: Option<String>,
    /// For how long the machine kept the driver from looking, at most.
    pub stalled: Duration,
}

impl Played {
    /// Whether the machine was too slow for the times of the case.
    pub fn was_stalled(&self) -> bool {
        self.stalled > STALL_MAX
    }
}

struct Run<'a> {
    case: &'a Scenario,
    setup: Setup,
    program: &'a Path,
    /// Nobody between a power cut and the restart. Ends before what it uses goes.
    till: Option<Till>,
    relay: Relay,
    stage: Stage,
    _journal: Journal,
    admin: Admin,
    customers: Customers,
    starts_at: Instant,
    began: Instant,
    /// The same moment by the clock.
    began_ms: i64,
    ends_by: Instant,
    /// When the driver should be here again at the latest.
    due_at: Instant,
    stalled: Duration,
    lanes: Vec<lanes::Lane>,
    ids: BTreeMap<String, i64>,
    /// Of the newest view that was seen.
    revisions: BTreeMap<i64, i64>,
    receipts: BTreeMap<String, Held>,
    /// Codes of payments that customers have seen.
    codes: BTreeMap<String, String>,
    /// Webhooks that the host has received, by the names of the acts that caused them.
    deliveries: BTreeMap<String, Delivery>,
    retried: BTreeMap<i64, i64>,
    trace: Trace,
}

/// Plays a case as the simulation has, and takes down what the till sees.
pub fn play(case: &Scenario, shift_ms: i64, program: &Path, simulated: &Trace) -> Played {
    let mut run = Run::new(case, shift_ms, program, simulated);
    let problem = run.play(simulated).err();
    run.trace.took_ms = i64::try_from(run.began.elapsed().as_millis()).unwrap_or(i64::MAX);
    Played {
        problem,
        stalled: run.stalled,
        trace: run.trace,
    }
}

impl<'a> Run<'a> {
    fn new(case: &'a Scenario, shift_ms: i64, program: &'a Path, simulated: &Trace) -> Self {
        let setup = Setup {
            provider: case.provider,
            others: case.others.clone(),
            ..Setup::default()
        };
        let name = case.provider.name();
        let settings = sandbox_settings(case, setup.seed);
        let stage = Stage::with_settings(&format!("scenario-{name}"), &settings);
        let latency = Duration::from_millis(setup.latency_ms.unsigned_abs());
        let relay = Relay::new(stage.port, latency);
        let journal = Journal::new(&stage);
        stage.write_config(&config(case, &settings, &journal, relay.port()));
        let now = Instant::now();
        let took = Duration::from_millis(simulated.took_ms.unsigned_abs());
        Self {
            admin: Admin::new(stage.port),
            customers: Customers::new(crate::till::customers(case, shift_ms)),
            till: None,
            starts_at: now,
            began: now,
            began_ms: customers::now_ms(),
            ends_by: now + took + SLACK,
            due_at: now,
            stalled: Duration::ZERO,
            lanes: case.lanes.iter().map(|_| lanes::Lane::default()).collect(),
            ids: BTreeMap::new(),
            revisions: BTreeMap::new(),
            receipts: BTreeMap::new(),
            codes: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            retried: BTreeMap::new(),
            trace: Trace::new(case.lanes.len()),
            case,
            setup,
            stage,
            _journal: journal,
            program,
            relay,
        }
    }

    fn play(&mut self, simulated: &Trace) -> Result<(), String> {
        self.lead_through_relay()?;
        self.register_webhook()?;
        for rule in &self.case.faults {
            self.admin.arm(rule)?;
        }
        self.start()?;
        self.began = Instant::now();
        self.began_ms = customers::now_ms();
        self.due_at = self.began;
        self.lanes_to_their_ends()?;
        self.rest(simulated)?;
        self.till().map_or(Ok(()), Till::quit)
    }

    /// Links that the sandbox hands out lead to where the till's requests go.
    fn lead_through_relay(&mut self) -> Result<(), String> {
        let address = |port: u16| format!("http://127.0.0.1:{port}");
        let own = address(self.stage.port);
        let mut patch = json!({});
        let settings = self.admin.patch_settings(&patch)?;
        for (section, members) in settings.as_object().into_iter().flatten() {
            for (name, value) in members.as_object().into_iter().flatten() {
                if value.as_str() == Some(&own) {
                    patch[section][name] = address(self.relay.port()).into();
                }
            }
        }
        self.admin.patch_settings(&patch).map(drop)
    }

    fn start(&mut self) -> Result<(), String> {
        let till = Till::start(self.program, &self.stage)?;
        self.till = Some(till);
        self.revisions.clear();
        Ok(())
    }

    fn till(&mut self) -> Option<&mut Till> {
        self.till.as_mut()
    }

    /// The driver has slept on purpose.
    fn dozed(&mut self, time: Duration) {
        self.due_at += time;
    }

    /// What goes on beside the lanes: customers act, and a till that was cut off starts again.
    fn look(&mut self) -> Result<(), String> {
        let now = Instant::now();
        self.stalled = self.stalled.max(now.saturating_duration_since(self.due_at));
        self.due_at = now;
        if now > self.ends_by {
            let stuck = self.stuck();
            return Err(format!(
                "not at its end after {:?}: {stuck}",
                now - self.began
            ));
        }
        if self.till.is_none() && now >= self.starts_at {
            self.start()?;
            // Starting takes as long as it takes.
            self.due_at = Instant::now();
        }
        let ids = &self.ids;
        let mut till = self.till.as_mut();
        self.customers.act(&mut self.admin, |reference| {
            let till = till.as_mut()?;
            ids.iter().find_map(|(name, id)| {
                let view = till.view(*id, 0, 0).ok()?;
                view.is_of(reference).then(|| name.clone())
            })
        })
    }
}

/// The folder of a journal. What a test compares must not depend on how busy the disk is.
struct Journal {
    folder: PathBuf,
}

impl Journal {
    fn new(stage: &Stage) -> Self {
        let memory = Path::new(MEMORY_DISK);
        let name = stage.folder.file_name().unwrap_or_default();
        let folder = if memory.is_dir() {
            memory.join(name)
        } else {
            stage.folder.join("journal")
        };
        std::fs::create_dir(&folder).expect("a folder of its own");
        Self { folder }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// As the simulation sets its sandbox up.
fn sandbox_settings(case: &Scenario, seed: u64) -> Value {
    let mut settings = json!({"seed": seed});
    for other in case.others.values() {
        settings[other.provider.section()] = other.provider.sandbox(&other.sandbox);
    }
    settings[case.provider.section()] = case.provider.sandbox(&case.sandbox);
    settings
}

/// The simulation's settings, with the relay in the place of its providers.
fn config(case: &Scenario, sandbox: &Value, journal: &Journal, port: u16) -> Value {
    let settings = serde_json::from_value(sandbox.clone()).expect("sandbox settings");
    let mut world = sandbox::World::new(settings);
    let mut profiles = json!({"main": profile(case.provider, &case.profile, &mut world, port)});
    for (name, other) in &case.others {
        profiles[name] = profile(other.provider, &other.profile, &mut world, port);
    }
    json!({
        "journal": {"path": journal.folder.join("till.db")},
        "language": "en",
        "attended": case.attended,
        "network": {"allow_plain_http_loopback": true},
        "limits": {"open_operations": 64},
        "profiles": profiles,
    })
}

fn profile(provider: Provider, wanted: &Value, world: &mut sandbox::World, port: u16) -> Value {
    let mut profile = provider.settings(world);
    for (name, value) in wanted.as_object().into_iter().flatten() {
        profile[name] = value.clone();
    }
    let base = profile["base_url"].as_str().expect("base_url").to_owned();
    let relay = format!("http://127.0.0.1:{port}");
    let members = profile.as_object_mut().into_iter();
    for value in members.flat_map(|it| it.values_mut()) {
        if let Some(rest) = value.as_str().and_then(|it| it.strip_prefix(&base)) {
            *value = format!("{relay}{rest}").into();
        }
    }
    profile["provider"] = provider.name().into();
    profile
}
