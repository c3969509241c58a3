//! Every scenario file: as it is, and with the process ended at every point.

use crate::scenario::{self, Scenario};
use crate::till::Till;
use crate::world::Setup;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

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

/// `SIM_ONLY=S05` runs only what begins like that.
fn chosen(name: &str) -> bool {
    std::env::var("SIM_ONLY").map_or(true, |only| name.starts_with(&only))
}

/// How many points after a crash are tried for the second one.
const TWICE_WITHIN: u64 = 30;

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
            let name = format!("{} {}", file.id, case.name);
            if !chosen(&name) {
                continue;
            }
            for shift_ms in shifts(case) {
                runs += 1;
                if let Err(message) = run(case, shift_ms, &[]) {
                    failures.push(format!("{name}, shift {shift_ms}: {message}"));
                }
            }
        }
    }
    println!("scenarios without a crash: {runs} runs");
    fail(&failures);
}

#[test]
fn no_crash_point_loses_or_doubles_money() {
    let (mut failures, mut cases, mut points, mut pairs) = (vec![], 0, 0, 0);
    for file in scenario::all() {
        for case in file.cases.iter().filter(|case| case.crash) {
            let name = format!("{} {}", file.id, case.name);
            if !chosen(&name) {
                continue;
            }
            let shift_ms = shifts(case)[shifts(case).len() / 2];
            let Ok(last) = run(case, shift_ms, &[]) else {
                continue;
            };
            cases += 1;
            for kill in 1..=last {
                points += 1;
                match run(case, shift_ms, &[kill]) {
                    Err(message) => {
                        failures.push(format!("{name}, ended at {kill} of {last}: {message}"));
                    }
                    Ok(total) if case.crash_twice => {
                        // Also while the first crash is recovered from.
                        for again in (kill + 1..=total.min(kill + TWICE_WITHIN)).step_by(stride()) {
                            pairs += 1;
                            if let Err(message) = run(case, shift_ms, &[kill, again]) {
                                let at = format!("ended at {kill} and {again}");
                                failures.push(format!("{name}, {at}: {message}"));
                            }
                        }
                    }
                    Ok(_) => {}
                }
            }
        }
    }
    println!("double crashes: {pairs}");
    println!("crash points: {cases} cases, {points} crash points");
    fail(&failures);
}

/// Panics with the first of the failures.
pub fn fail(failures: &[String]) {
    let shown: Vec<_> = failures.iter().take(30).cloned().collect();
    if !failures.is_empty() {
        eprintln!("{} failures\n{}", failures.len(), shown.join("\n"));
    }
    assert!(failures.is_empty());
}
