//! What a program of tests/c asks of the system between two of its marks, as strace sees it.

#![allow(dead_code, reason = "each test file uses what it needs")]

use super::c_programs::{Flavour, Run, Stage, compile};
use std::time::Duration;

/// Calls that may bring something to disk, and the marks.
pub const SYNCS: [&str; 2] = [
    "-e",
    "trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync,access,faccessat,faccessat2",
];

pub struct Trace(String);

impl Trace {
    /// Runs a program under strace.
    pub fn of(stage: &Stage, name: &str, options: &[&str], more: &[&str]) -> Trace {
        let file = stage.folder.join("strace.txt");
        let file_name = file.to_string_lossy().into_owned();
        let mut through = vec!["strace", "-f", "-qq", "-o", &file_name];
        through.extend(options);
        let run = Run {
            through: &through,
            more,
            limit: Duration::from_secs(200),
            ..Run::default()
        };
        stage.run(&compile(name, Flavour::Plain), &run);
        Trace(std::fs::read_to_string(&file).expect("strace wrote its file"))
    }

    /// The lines between two marks of till_mark(). strace splits a call that another thread
    /// interrupts: the second half of a line is no call of its own.
    pub fn between(&self, from: &str, to: &str) -> Vec<&str> {
        let place = |name: &str| {
            let mark = format!("/till-mark/{name}\"");
            let seen = self.0.lines().position(|line| line.contains(&mark));
            seen.unwrap_or_else(|| panic!("strace did not see the mark {name}"))
        };
        let (from, to) = (place(from), place(to));
        let lines = self.0.lines().take(to).skip(from + 1);
        lines.filter(|line| !line.contains("resumed>")).collect()
    }

    pub fn syncs(&self, from: &str, to: &str) -> usize {
        let lines = self.between(from, to);
        lines.iter().filter(|line| line.contains("sync")).count()
    }
}
