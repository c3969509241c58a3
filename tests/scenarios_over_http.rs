//! The scenario files over real HTTP, against the real sandbox, through the C API.
//!
//! Each case is run in the simulation first. Then a till in C does the same steps in real time, and
//! must see the same: the two traces are compared as text. `SCENARIO_ONLY=S05`, or
//! `SCENARIO_ONLY="S05 vipps"`, runs only what has that in its name.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;

/// The simulation, as far as a run without a crash needs it.
macro_rules! of_the_simulation {
    ($($name:ident at $path:literal)*) => {
        $(
            #[path = $path]
            #[allow(dead_code, reason = "the simulation has tests of its own")]
            mod $name;
        )*
    };
}

of_the_simulation! {
    checker at "simulation/checker.rs"
    sabotage at "simulation/sabotage.rs"
    scenario at "simulation/scenario.rs"
    situations at "simulation/situations.rs"
    till at "simulation/till/mod.rs"
    trace at "simulation/trace.rs"
    wire at "simulation/wire.rs"
    world at "simulation/world/mod.rs"
}

mod over_http;

use over_http::Played;
use scenario::Scenario;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use trace::Trace;

/// Cases at the same time: they mostly wait.
const AT_ONCE: usize = 24;
/// What takes longer in the simulation says in its file why it is not run in real time.
const CASE_MAX: Duration = Duration::from_secs(45);

struct Case {
    name: String,
    scenario: Scenario,
    shift_ms: i64,
    simulated: Trace,
}

#[derive(Default)]
struct Tally {
    ran: usize,
    stalled: Duration,
    again: Vec<String>,
    failures: Vec<String>,
}

#[test]
fn every_scenario_looks_the_same_over_http() {
    let began = Instant::now();
    let mut failures = vec![];
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    let mut cases = vec![];
    for (name, scenario) in chosen() {
        if let Some(why) = &scenario.not_over_http {
            *left_out.entry(why.clone()).or_default() += 1;
            continue;
        }
        match simulate(name, scenario) {
            Ok(case) => cases.push(case),
            Err(failure) => failures.push(failure),
        }
    }
    // The longest first, so that the last ones are short; taken from the end.
    cases.sort_by_key(|case| case.simulated.took_ms);
    let mut tally = run_all(cases);
    tally.failures.splice(0..0, failures);
    report(&tally, &left_out, began.elapsed());
    assert!(
        tally.failures.is_empty(),
        "{} failures",
        tally.failures.len()
    );
}

fn chosen() -> Vec<(String, Scenario)> {
    let only = std::env::var("SCENARIO_ONLY").unwrap_or_default();
    let mut cases = all_cases();
    cases.retain(|(name, _)| name.contains(&only));
    cases
}

fn all_cases() -> Vec<(String, Scenario)> {
    let mut all = vec![];
    for file in scenario::all() {
        for case in file.cases {
            let provider = case.provider.name();
            let name = format!("{} {provider} {} ({})", file.id, case.name, file.title);
            all.push((name, case));
        }
    }
    all
}

/// At a race either end is right: of a sweep the case is taken that is farthest from it.
fn shift_of(scenario: &Scenario) -> i64 {
    scenario.sweep.map_or(0, |sweep| sweep.from)
}

fn simulate(name: String, scenario: Scenario) -> Result<Case, String> {
    let shift_ms = shift_of(&scenario);
    let run = || {
        let setup = world::Setup::default();
        let (_, trace) = till::Till::new(&scenario, setup, shift_ms, &[]).traced();
        trace
    };
    let simulated = catch_unwind(AssertUnwindSafe(run));
    let simulated = simulated.map_err(|_| format!("{name}: fails in the simulation, see above"))?;
    if u128::from(simulated.took_ms.unsigned_abs()) > CASE_MAX.as_millis() {
        let (took, max) = (simulated.took_ms / 1_000, CASE_MAX.as_secs());
        let advice = "its file has to say so in not_over_http";
        return Err(format!(
            "{name}: takes {took} s, more than {max} s: {advice}"
        ));
    }
    Ok(Case {
        name,
        scenario,
        shift_ms,
        simulated,
    })
}

fn run_all(cases: Vec<Case>) -> Tally {
    let program = c_programs::compile("scenario", c_programs::Flavour::Plain);
    built::sandbox();
    let (cases, tally) = (Mutex::new(cases), Mutex::new(Tally::default()));
    let work = || {
        loop {
            let case = cases.lock().expect("no worker panics").pop();
            let Some(case) = case else { return };
            let result = catch_unwind(AssertUnwindSafe(|| run(&case, &program)));
            let mut tally = tally.lock().expect("no worker panics");
            tally.ran += 1;
            let result = result.unwrap_or_else(|_| Err("panicked, see above".to_owned()));
            match result {
                Ok(Same::AtOnce(stalled)) => {
                    tally.stalled = tally.stalled.max(stalled);
                }
                Ok(Same::TheSecondTime(why)) => tally.again.push(why),
                Err(failure) => tally.failures.push(format!("{}\n{failure}", case.name)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    tally.into_inner().expect("no worker panics")
}

/// A trace as in the simulation.
enum Same {
    /// With the longest time for which the machine kept the driver waiting.
    AtOnce(Duration),
    /// Why the first try does not count.
    TheSecondTime(String),
}

/// A case may have a second try only if the machine did not keep up with the first.
fn run(case: &Case, program: &Path) -> Result<Same, String> {
    let play = || over_http::play(&case.scenario, case.shift_ms, program, &case.simulated);
    let first = play();
    let Some(difference) = difference(case, &first) else {
        return Ok(Same::AtOnce(first.stalled));
    };
    if !first.was_stalled() {
        return Err(difference);
    }
    let late_ms = first.stalled.as_millis();
    let stalled = format!("{} (kept waiting for {late_ms} ms)", case.name);
    match self::difference(case, &play()) {
        None => Ok(Same::TheSecondTime(stalled)),
        Some(again) => Err(format!("twice, first {stalled}:\n{difference}{again}")),
    }
}

/// What is not as in the simulation, beside what is.
fn difference(case: &Case, played: &Played) -> Option<String> {
    let (simulated, real) = (case.simulated.lines(), played.trace.lines());
    if played.problem.is_none() && simulated == real {
        return None;
    }
    let mut text = String::new();
    if let Some(problem) = &played.problem {
        text += &format!("  {problem}\n");
    }
    let mut missing: Vec<_> = simulated.iter().collect();
    for line in &real {
        match missing.iter().position(|it| *it == line) {
            Some(at) => {
                missing.remove(at);
                text += &format!("      same {}: {}\n", line.0, line.1);
            }
            None => text += &format!("  ! real {}: {}\n", line.0, line.1),
        }
    }
    for line in missing {
        text += &format!("  ! simulated {}: {}\n", line.0, line.1);
    }
    Some(text)
}

fn report(tally: &Tally, left_out: &BTreeMap<String, usize>, took: Duration) {
    for failure in &tally.failures {
        println!("FAILED {failure}");
    }
    for again in &tally.again {
        println!("the machine was too slow, right the second time: {again}");
    }
    let (ran, left) = (tally.ran, left_out.values().sum::<usize>());
    println!(
        "over HTTP: {ran} cases in {} s, kept waiting for at most {} ms; {left} left out",
        took.as_secs(),
        tally.stalled.as_millis()
    );
    for (why, count) in left_out {
        println!("  {count:>3} {why}");
    }
}

/// The comparison itself: a till whose settings are others must not look the same.
#[test]
fn another_policy_looks_different_over_http() {
    let mut cases = all_cases().into_iter();
    let kept = |case: &Scenario| case.profile["late_approval"] == "keep";
    let race = cases.find(|(_, case)| case.sweep.is_some() && kept(case));
    let (name, scenario) = race.expect("a race whose late approvals are kept");
    let mut case = simulate(name, scenario).expect("a short case");
    case.scenario.profile["late_approval"] = "refund".into();
    let program = c_programs::compile("scenario", c_programs::Flavour::Plain);
    let played = over_http::play(&case.scenario, case.shift_ms, &program, &case.simulated);
    let seen = difference(&case, &played).expect("another trace");
    assert!(seen.contains("! simulated end: T1: paid"), "{seen}");
    assert!(seen.contains("! real end: T1: "), "{seen}");
}
