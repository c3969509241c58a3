//! Errands and webhooks through the C API: the customer club, the code at the till, and check-ins
//! that start the tender that waits for them.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/sandbox_api.rs"]
mod sandbox_api;

use c_programs::{Flavour, Run, Stage, VALGRIND, compile};
use sandbox_api::SandboxApi;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const HOOK: &str = "https://hooks.example.test/vipps";
const SECRET: &str = "sandbox-secret-0001";
const TILL: &str = "till-01";
const PHONE: &str = "4712345678";

/// A sales unit in kroner of either kind, and a venue of Smartum's, which does no errands.
fn stage(name: &str, market: &str) -> Stage {
    let unit = json!({"market": market, "webhook_secret": SECRET, "login_interval_s": 1});
    let stage = Stage::with_settings(name, &json!({"vipps": unit}));
    let mut config = stage.config();
    config["profiles"]["mobilepay"] = profiles::mobilepay(stage.port, TILL, (HOOK, SECRET));
    config["profiles"]["smartum"] = profiles::smartum(stage.port);
    stage.write_config(&config);
    stage
}

fn run(stage: &Stage, flavour: Flavour, what: &str) {
    let run = Run {
        more: &[what],
        limit: Duration::from_secs(240),
        ..Run::default()
    };
    let said = stage.run(&compile("errands", flavour), &run);
    assert_eq!(said.out + &said.err, "", "something was printed");
}

#[test]
fn check_ins_and_enrolments() {
    run(&stage("club", "NOK"), Flavour::Plain, "club");
}

#[test]
fn check_ins_and_enrolments_sanitized() {
    run(&stage("club-sanitized", "NOK"), Flavour::Sanitized, "club");
}

#[test]
fn check_ins_and_enrolments_under_valgrind() {
    let stage = stage("club-valgrind", "NOK");
    let suppressions = built::root().join("tests/c/valgrind.supp");
    let option = format!("--suppressions={}", suppressions.display());
    let mut through = VALGRIND.to_vec();
    through.push(&option);
    let run = Run {
        through: &through,
        more: &["club"],
        limit: Duration::from_secs(400),
        ..Run::default()
    };
    stage.run(&compile("errands", Flavour::Plain), &run);
}

#[test]
fn p2_bad_arguments() {
    run(
        &stage("errands-arguments", "NOK"),
        Flavour::Plain,
        "arguments",
    );
}

#[test]
fn p2_bad_arguments_sanitized() {
    let stage = stage("errands-arguments-sanitized", "NOK");
    run(&stage, Flavour::Sanitized, "arguments");
}

#[test]
fn the_code_at_the_till_is_registered() {
    run(&stage("register", "DKK"), Flavour::Plain, "register");
}

/// What the host of the webhook would have received, for the program to hand in.
fn leave(folder: &Path, name: &str, delivery: &Value) {
    let headers = delivery["headers"].as_object().expect("headers");
    let line = |(name, value): (&String, &Value)| {
        format!("{name}: {}\r\n", value.as_str().expect("a header's value"))
    };
    let headers: String = headers.iter().map(line).collect();
    let body = delivery["body"].as_str().expect("a body");
    for (end, text) in [("body", body), ("headers", &*headers)] {
        let file = folder.join(format!("{name}.{end}"));
        let unfinished = folder.join(format!("{name}.{end}.new"));
        std::fs::write(&unfinished, text).expect("the folder is writable");
        std::fs::rename(&unfinished, &file).expect("the folder is writable");
    }
}

/// A customer checks in at the till each time the program wants one of these.
fn customers(stage: &Stage, flavour: Flavour, what: &str, wanted: &str) {
    let api = SandboxApi { port: stage.port };
    let check_in = || api.act("vipps", "check_in", &json!({"qr": TILL, "phone": PHONE}));
    run(stage, Flavour::Plain, "register");
    api.register_webhook(HOOK, &["user.checked-in.v1"]);
    leave(&stage.folder, "early", &check_in());
    let until = Instant::now() + Duration::from_secs(60);
    std::thread::scope(|scope| {
        let program = scope.spawn(|| run(stage, flavour, what));
        let marker = stage.folder.join(format!("{wanted}.wanted"));
        while !marker.exists() && !program.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        if marker.exists() {
            leave(&stage.folder, wanted, &check_in());
        }
    });
}

#[test]
fn a_check_in_starts_the_tender_that_waits_and_a_forged_one_does_nothing() {
    let stage = stage("webhooks", "DKK");
    customers(&stage, Flavour::Plain, "webhooks", "check-in");
}

#[test]
fn a_check_in_starts_the_tender_that_waits_sanitized() {
    let stage = stage("webhooks-sanitized", "DKK");
    customers(&stage, Flavour::Sanitized, "webhooks", "check-in");
}

#[test]
fn a_check_in_does_not_start_a_tender_that_waits_for_a_scan() {
    let stage = stage("another-way", "DKK");
    customers(&stage, Flavour::Plain, "another-way", "stray");
}
