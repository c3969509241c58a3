//! The library's own scanner through the C API, on a pseudo terminal.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;
#[path = "support/profiles.rs"]
mod profiles;

use c_programs::{Flavour, Run, Stage, compile};
use serde_json::json;
use std::time::Duration;

fn scanner(name: &str, flavour: Flavour) {
    let stage = Stage::new(name);
    let mut config = stage.config();
    config["profiles"]["smartum"] = profiles::smartum(stage.port);
    config["scanner"] = json!({"device": stage.folder.join("scanner")});
    stage.write_config(&config);
    let run = Run {
        limit: Duration::from_secs(240),
        ..Run::default()
    };
    let said = stage.run(&compile("scanner", flavour), &run);
    assert_eq!(said.out + &said.err, "", "something was printed");
}

#[test]
fn scans_reach_the_tender_that_waits_and_the_host() {
    scanner("scanner", Flavour::Plain);
}

#[test]
fn scans_reach_the_tender_that_waits_and_the_host_sanitized() {
    scanner("scanner-sanitized", Flavour::Sanitized);
}
