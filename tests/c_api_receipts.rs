//! Receipts through the C API: each payment counts once, whoever comes at the same moment and
//! whatever ends the process.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/strace.rs"]
mod strace;

use c_programs::{Flavour, Run, Stage, VALGRIND, compile};
use std::time::Duration;
use strace::{SYNCS, Trace};

fn stage(name: &str) -> Stage {
    let stage = Stage::new(name);
    let mut config = stage.config();
    config["profiles"]["smartum"] = profiles::smartum(stage.port);
    stage.write_config(&config);
    stage
}

/// Neither the program nor the library prints anything.
fn plain(what: &str) {
    let stage = stage(&format!("receipts-{what}"));
    let run = Run {
        more: &[what],
        ..Run::default()
    };
    let said = stage.run(&compile("receipts", Flavour::Plain), &run);
    assert_eq!(said.out + &said.err, "", "something was printed");
}

#[test]
fn what_is_scanned_and_what_is_typed() {
    plain("all");
}

#[test]
fn what_is_scanned_and_what_is_typed_sanitized() {
    let stage = stage("receipts-sanitized");
    let run = Run {
        limit: Duration::from_secs(240),
        ..Run::default()
    };
    stage.run(&compile("receipts", Flavour::Sanitized), &run);
}

#[test]
fn what_is_scanned_and_what_is_typed_under_valgrind() {
    let stage = stage("receipts-valgrind");
    let suppressions = built::root().join("tests/c/valgrind.supp");
    let option = format!("--suppressions={}", suppressions.display());
    let mut through = VALGRIND.to_vec();
    through.push(&option);
    let run = Run {
        through: &through,
        limit: Duration::from_secs(400),
        ..Run::default()
    };
    stage.run(&compile("receipts", Flavour::Plain), &run);
}

#[test]
fn sixteen_threads_and_one_receipt() {
    plain("races");
}

#[test]
fn a_receipt_is_claimed_although_the_process_was_killed() {
    plain("kill");
}

#[test]
fn a_kill_at_any_moment_leaves_one_claim() {
    plain("kills");
}

/// G3: a verified receipt is one disk sync, and what proves nothing is none.
#[test]
fn g3_one_sync_a_receipt() {
    let stage = stage("receipts-syncs");
    let trace = Trace::of(&stage, "receipts", &SYNCS, &["syncs"]);
    for (from, to, syncs) in [
        ("forged-begin", "forged-end", 0),
        ("scan-begin", "scan-end", 1),
        ("scan-end", "quiet-end", 0),
        ("manual-begin", "manual-end", 1),
    ] {
        let lines = trace.between(from, to).join("\n");
        assert_eq!(trace.syncs(from, to), syncs, "{from}:\n{lines}");
    }
}
