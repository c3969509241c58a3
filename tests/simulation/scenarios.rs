//! Every scenario file: as it is, and with the process ended at every point.

use crate::scenario::{self, Scenario};
use crate::till::Till;
use crate::world::Setup;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a case and gives the number of its points; the panic's message on failure.
fn run(scenario: &Scenario, shift_ms: i64, kills: &[u64]) -> Result<u64, String> {
    caught(|| {
        Till::new(scenario, Setup::default(), shift_ms, kills)
            .run()
            .points
    })
}

/// A run's result, or the message with which it failed.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    quietly();
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()))
            .unwrap_or_default()
    })
}

/// Failures are collected and told at the end, not one by one with their stacks.
fn quietly() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            if std::env::var_os("SIM_STACKS").is_some() {
                eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
            }
        }));
    });
}

fn shifts(scenario: &Scenario) -> Vec<i64> {
    match scenario.sweep {
        None => vec![0],
        Some(sweep) => (sweep.from..=sweep.to).step_by(sweep.step).collect(),
    }
}

/// `SIM_ONLY=S05`, or `SIM_ONLY="S05 vipps"`, runs only what has that in its name.
fn chosen(name: &str) -> bool {
    std::env::var("SIM_ONLY").map_or(true, |only| name.contains(&only))
}

/// How many points after a crash are tried for the second one.
const TWICE_WITHIN: u64 = 30;

/// So many failures of one case say enough about it.
const FAILURES_SHOWN: usize = 4;

/// Points at the beginning and at the end of a case that are always tried.
const ENDS_WITHIN: u64 = 25;
/// … and of a case that is tried at so few others because it is much like its neighbours.
const ENDS_OF_A_LIKE: u64 = 6;
const ALIKE_FROM: u64 = 5;

fn ends_within(case: &Scenario) -> u64 {
    if case.crash_every < ALIKE_FROM {
        ENDS_WITHIN
    } else {
        ENDS_OF_A_LIKE
    }
}

/// The runs know nothing of each other.
const WORKERS: usize = 2;

/// `SIM_FULL=1` tries every pair of crash points, otherwise every third.
fn stride() -> usize {
    if std::env::var_os("SIM_FULL").is_some() {
        1
    } else {
        3
    }
}

#[test]
fn every_scenario_ends_as_it_must() {
    let mut failures = vec![];
    let mut runs = 0;
    for file in scenario::all() {
        for case in &file.cases {
            let name = format!("{} {} {}", file.id, case.provider.name(), case.name);
            if !chosen(&name) {
                continue;
            }
            for shift_ms in shifts(case) {
                runs += 1;
                if let Err(message) = run(case, shift_ms, &[]) {
                    let title = &file.title;
                    let what = format!("{name} ({title}), shift {shift_ms}");
                    failures.push(format!("{what}: {message}"));
                    break;
                }
            }
        }
    }
    println!("scenarios without a crash: {runs} runs");
    fail(&failures);
}

/// What one worker of the crash run has done.
#[derive(Default)]
struct Crashed {
    cases: u64,
    points: u64,
    pairs: u64,
    failures: Vec<String>,
}

impl Crashed {
    fn add(&mut self, other: Crashed) {
        self.cases += other.cases;
        self.points += other.points;
        self.pairs += other.pairs;
        self.failures.extend(other.failures);
    }

    /// The process ended at the case's points, and once more while that is recovered from.
    fn case(&mut self, name: &str, case: &Scenario) {
        let shift_ms = shifts(case)[shifts(case).len() / 2];
        let Ok(last) = run(case, shift_ms, &[]) else {
            // Told by the run without a crash.
            return;
        };
        self.cases += 1;
        let known = self.failures.len();
        let ends = ends_within(case);
        let near_an_end = |kill: u64| kill <= ends || kill + ends > last;
        for kill in (1..=last).filter(|it| near_an_end(*it) || it % case.crash_every == 0) {
            self.points += 1;
            if self.failures.len() >= known + FAILURES_SHOWN {
                break;
            }
            match run(case, shift_ms, &[kill]) {
                Err(message) => {
                    let at = format!("ended at {kill} of {last}");
                    self.failures.push(format!("{name}, {at}: {message}"));
                }
                Ok(total) if case.crash_twice => self.again(name, case, kill, total),
                Ok(_) => {}
            }
        }
    }

    fn again(&mut self, name: &str, case: &Scenario, kill: u64, total: u64) {
        let shift_ms = shifts(case)[shifts(case).len() / 2];
        for again in (kill + 1..=total.min(kill + TWICE_WITHIN)).step_by(stride()) {
            self.pairs += 1;
            if let Err(message) = run(case, shift_ms, &[kill, again]) {
                let at = format!("ended at {kill} and {again}");
                self.failures.push(format!("{name}, {at}: {message}"));
            }
        }
    }
}

#[test]
fn no_crash_point_loses_or_doubles_money() {
    let cases: Vec<(String, Scenario)> = scenario::all()
        .into_iter()
        .flat_map(|file| {
            let id = file.id;
            let named = move |case: Scenario| {
                let provider = case.provider.name();
                (format!("{id} {provider} {}", case.name), case)
            };
            file.cases.into_iter().map(named)
        })
        .filter(|(name, case)| case.not_crashed.is_none() && chosen(name))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Crashed::default();
        while let Some((name, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.case(name, case);
        }
        done
    };
    let mut all = Crashed::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            all.add(worker.join().expect("a worker"));
        }
    });
    println!("double crashes: {}", all.pairs);
    println!(
        "crash points: {} cases, {} crash points",
        all.cases, all.points
    );
    fail(&all.failures);
}

/// Panics with the first of the failures.
pub fn fail(failures: &[String]) {
    let shown: Vec<_> = failures.iter().take(30).cloned().collect();
    if !failures.is_empty() {
        eprintln!("{} failures\n{}", failures.len(), shown.join("\n"));
    }
    assert!(failures.is_empty());
}
