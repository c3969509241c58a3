//! What `cargo demo`, `cargo check-all` and `cargo xtask …` run.

mod books;
mod check;
mod courier;
mod customer;
mod day;
mod demo;
mod hearing;
mod kill_days;
mod kill_loop;
mod process;
mod profiles;
mod sandbox;
mod shop;
mod table;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <task>

  demo         a register, the sandbox and a customer's phone, here and now (cargo demo)
  kill-loop    kills a register at random moments of its day and compares the books
  check-all    everything that has to hold before a change is taken (cargo check-all)

Each task explains itself with --help.
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (task, rest) = match words.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("", words.as_slice()),
    };
    let result = match task {
        "check-all" => return check::run(rest),
        // For ourselves: a child that must not outlive us.
        "guard" => return process::guard(rest),
        "demo" => demo::run(rest),
        "kill-loop" => kill_loop::run(rest),
        "" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("there is no task '{task}'\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{task}: {problem}");
            ExitCode::FAILURE
        }
    }
}
