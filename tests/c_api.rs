//! Runs the programs of tests/c: what a till in C sees of the library.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;

use c_programs::{Flavour, Run, Stage, VALGRIND, compile};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// Tests that measure time or wake-ups want the machine for themselves.
static MACHINE: RwLock<()> = RwLock::new(());

fn shared() -> RwLockReadGuard<'static, ()> {
    MACHINE
        .read()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE
        .write()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Neither a program nor the library prints anything.
fn plain(name: &str, more: &[&str]) {
    let stage = Stage::new(name);
    let said = stage.run(
        &compile(name, Flavour::Plain),
        &Run {
            more,
            ..Run::default()
        },
    );
    assert_eq!(
        said.out + &said.err,
        "",
        "something was printed; the output is the host's"
    );
}

fn sanitized(name: &str, more: &[&str]) {
    let stage = Stage::new(name);
    let run = Run {
        more,
        limit: Duration::from_secs(240),
        ..Run::default()
    };
    stage.run(&compile(name, Flavour::Sanitized), &run);
}

fn valgrind(name: &str, more: &[&str]) {
    let stage = Stage::new(name);
    let suppressions = built::root().join("tests/c/valgrind.supp");
    let option = format!("--suppressions={}", suppressions.display());
    let mut through = VALGRIND.to_vec();
    if suppressions.is_file() {
        through.push(&option);
    }
    let limit = Duration::from_secs(400);
    let run = Run {
        through: &through,
        more,
        limit,
        ..Run::default()
    };
    stage.run(&compile(name, Flavour::Plain), &run);
}

#[test]
fn sales() {
    let _machine = shared();
    plain("sale", &[]);
}

#[test]
fn sales_sanitized() {
    let _machine = shared();
    sanitized("sale", &[]);
}

#[test]
fn sales_under_valgrind() {
    let _machine = shared();
    valgrind("sale", &[]);
}

#[test]
fn p2_bad_arguments() {
    let _machine = shared();
    plain("arguments", &[]);
}

#[test]
fn p2_bad_arguments_sanitized() {
    let _machine = shared();
    sanitized("arguments", &[]);
}

#[test]
fn p2_bad_arguments_under_valgrind() {
    let _machine = shared();
    valgrind("arguments", &[]);
}

#[test]
fn h1_a_silent_peer_delays_nobody() {
    let _machine = alone();
    plain("silent_peer", &[]);
}

#[test]
fn p7_p8_a_good_guest() {
    let _machine = shared();
    plain("guest", &[]);
}

/// Numbers with a decimal comma, and a language whose lower case of `I` is another letter.
#[test]
fn p8_a_good_guest_under_hostile_locales() {
    let _machine = shared();
    let stage = Stage::new("guest-locale");
    let program = compile("guest", Flavour::Plain);
    for (language, name) in [("de_DE", "de_DE.UTF-8"), ("tr_TR", "tr_TR.UTF-8")] {
        let made = std::process::Command::new("localedef")
            .args(["-i", language, "-f", "UTF-8"])
            .arg(stage.folder.join(name))
            .output();
        if !made.is_ok_and(|out| out.status.success()) {
            eprintln!("skipped {name}: no localedef or no definitions (apt-get install locales)");
            continue;
        }
        let folder = stage.folder.to_string_lossy().into_owned();
        let environment = [
            ("LOCPATH", folder.as_str()),
            ("LC_ALL", name),
            ("TZ", "Asia/Kathmandu"),
        ];
        let said = stage.run(
            &program,
            &Run {
                environment: &environment,
                ..Run::default()
            },
        );
        assert_eq!(
            said.out + &said.err,
            "",
            "something was printed under {name}"
        );
        let _ = std::fs::remove_file(stage.folder.join("till.db"));
        let _ = std::fs::remove_file(stage.folder.join("till.db-wal"));
        let _ = std::fs::remove_file(stage.folder.join("till.db-key"));
    }
}

#[test]
fn p3_sixteen_threads() {
    let _machine = shared();
    plain("threads", &["2000"]);
}

#[test]
fn p3_sixteen_threads_sanitized() {
    let _machine = shared();
    sanitized("threads", &["1000"]);
}

#[test]
fn p3_sixteen_threads_under_valgrind() {
    let _machine = shared();
    valgrind("threads", &["3000"]);
}

#[test]
fn p5_forks() {
    let _machine = shared();
    plain("fork", &[]);
}

#[test]
fn p6_loaded_and_unloaded_many_times() {
    let _machine = shared();
    let library = built::library_folder().join("libpayments.so.1");
    let rounds = if std::env::var_os("PAYMENTS_LONG").is_some() {
        "1000"
    } else {
        "50"
    };
    plain("reload", &[&library.to_string_lossy(), rounds]);
}

/// A line of strace, freed of the thread's number.
fn call(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start()
}

/// The lines between two marks of till_mark().
fn between<'a>(trace: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    let place = |name: &str| {
        trace
            .lines()
            .position(|line| line.contains(&format!("/till-mark/{name}\"")))
            .unwrap_or_else(|| panic!("strace did not see the mark {name}"))
    };
    let (from, to) = (place(from), place(to));
    let mut lines: Vec<&str> = trace.lines().take(to).skip(from + 1).collect();
    // strace splits a call that another thread interrupts: the mark's own second half is no call
    // that was made after the mark.
    if let Some(mark) = trace.lines().nth(from)
        && mark.contains("<unfinished")
    {
        let thread = mark.split_whitespace().next();
        let second_half = lines
            .iter()
            .position(|line| line.split_whitespace().next() == thread && line.contains("resumed>"));
        if let Some(second_half) = second_half {
            lines.remove(second_half);
        }
    }
    lines
}

#[test]
fn a_mark_cut_in_two_is_one_mark() {
    let trace = "7 access(\"/till-mark/a\", F_OK <unfinished ...>\n\
                 9 futex(0x1, 0, NULL) = 0\n\
                 7 <... access resumed>) = -1 ENOENT\n\
                 7 write(1, \"x\", 1) = 1\n\
                 7 access(\"/till-mark/b\", F_OK) = -1 ENOENT\n";
    let seen = between(trace, "a", "b");
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[1].contains("write"), "{seen:?}");
}

fn trace(stage: &Stage, name: &str, options: &[&str], more: &[&str]) -> String {
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
    std::fs::read_to_string(&file).expect("strace wrote its file")
}

#[test]
fn g20_idle_means_idle() {
    let _machine = alone();
    let stage = Stage::new("idle");
    let long = std::env::var_os("PAYMENTS_LONG").is_some();
    let more: &[&str] = if long {
        &["60000,65000"]
    } else {
        &["10000,2000"]
    };
    let run = Run {
        more,
        limit: Duration::from_secs(300),
        ..Run::default()
    };
    let said = stage.run(&compile("idle", Flavour::Plain), &run);
    eprint!("{}", said.out);
    assert_eq!(said.err, "", "something was printed");
}

#[test]
fn g20_idle_means_no_system_call() {
    let _machine = alone();
    let stage = Stage::new("idle-strace");
    let trace = trace(&stage, "idle", &[], &["3000,2000"]);
    let begin = "rest-fresh";
    let main_thread = trace.split_whitespace().next().expect("a line");
    let calls: Vec<&str> = between(&trace, begin, "rest-end")
        .into_iter()
        .filter(|line| line.split_whitespace().next() != Some(main_thread))
        .collect();
    assert!(
        calls.is_empty(),
        "with nothing pending the library made {} system calls in 3 s:\n{}",
        calls.len(),
        calls.join("\n")
    );
}

#[test]
fn p4_poll_allocates_nothing() {
    let _machine = shared();
    let stage = Stage::new("poll");
    let said = stage.run(&compile("poll", Flavour::Plain), &Run::default());
    eprint!("{}", said.out);
}

#[test]
fn p4_poll_makes_no_system_call() {
    let _machine = shared();
    let stage = Stage::new("poll-strace");
    let trace = trace(&stage, "poll", &[], &[]);
    let main_thread = trace.split_whitespace().next().expect("a line");
    let calls: Vec<&str> = between(&trace, "poll-begin", "poll-end")
        .into_iter()
        .filter(|line| line.split_whitespace().next() == Some(main_thread))
        .collect();
    assert!(
        calls.is_empty(),
        "payments_poll(…, 0, …) made system calls:\n{}",
        calls.join("\n")
    );
}

#[test]
fn g3_two_syncs_a_sale_and_two_a_refund() {
    let _machine = shared();
    let stage = Stage::new("syncs");
    let options = [
        "-e",
        "trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync,access,faccessat,faccessat2",
    ];
    let trace = trace(&stage, "syncs", &options, &[]);
    let syncs = |from: &str, to: &str| -> Vec<&str> {
        between(&trace, from, to)
            .into_iter()
            .filter(|line| call(line).contains("sync") && !line.contains("resumed"))
            .collect()
    };
    let whole = between(&trace, "begin-begin", "refund-end").join("\n");
    assert_eq!(
        syncs("begin-begin", "begin-end").len(),
        1,
        "payments_begin_tender syncs once:\n{whole}"
    );
    assert_eq!(
        syncs("begin-begin", "sale-end").len(),
        2,
        "a captured sale syncs twice (G3):\n{whole}"
    );
    assert_eq!(
        syncs("refund-begin", "refund-end").len(),
        2,
        "a refund syncs twice (G3):\n{whole}"
    );
    assert_eq!(
        syncs("sale-end", "quiet-end").len(),
        0,
        "no sync after the answer was shown:\n{whole}"
    );
}
