//! `cargo check-all`: everything that has to hold before a change is taken.
//!
//! The steps share one build with one set of flags; changing RUSTFLAGS between them would build the
//! tree twice.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const HELP: &str = "\
Checks everything: tools, format, lints, tests, the phone page, the demo, a short kill loop.

Usage: cargo check-all [options]

  --long       adds what takes hours rather than minutes: long kill loop and simulation, cargo-deny
  --only STEP  runs the steps whose name begins so
  --list       names the steps
";

/// Programs that the tests call, and the Debian packages that bring them.
const TOOLS: [(&str, &str); 8] = [
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("nm", "binutils"),
    ("valgrind", "valgrind"),
    ("strace", "strace"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("chromium", "chromium"),
];

const MINUTE: Duration = Duration::from_secs(60);

struct Step {
    name: &'static str,
    act: Box<dyn Fn() -> Result<(), String>>,
}

#[derive(Default)]
struct Options {
    long: bool,
    list: bool,
    only: Option<String>,
}

/// Runs the steps until one fails.
pub fn run(arguments: &[String]) -> ExitCode {
    let options = match parse(arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("check-all: {problem}\n\n{HELP}");
            return ExitCode::FAILURE;
        }
    };
    let wanted = |step: &Step| {
        options
            .only
            .as_ref()
            .is_none_or(|only| step.name.starts_with(only))
    };
    let program = match copy_of_this_program() {
        Ok(program) => program,
        Err(problem) => {
            eprintln!("check-all: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let steps: Vec<Step> = steps(options.long, &program)
        .into_iter()
        .filter(wanted)
        .collect();
    if options.list {
        for step in &steps {
            println!("{}", step.name);
        }
        return ExitCode::SUCCESS;
    }
    if steps.is_empty() {
        eprintln!("check-all: no step begins so; --list names them");
        return ExitCode::FAILURE;
    }
    report(&steps)
}

fn parse(arguments: &[String]) -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--long" => options.long = true,
            "--list" => options.list = true,
            "--only" => options.only = Some(words.next().ok_or("--only needs a name")?.clone()),
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("{word} is not an option")),
        }
    }
    Ok(Some(options))
}

fn report(steps: &[Step]) -> ExitCode {
    let started = Instant::now();
    let mut lines = Vec::new();
    let mut failed = 0;
    for (number, step) in steps.iter().enumerate() {
        println!("\n=== {}/{} {}", number + 1, steps.len(), step.name);
        let began = Instant::now();
        let result = (step.act)();
        let seconds = began.elapsed().as_secs();
        match result {
            Ok(()) => lines.push(format!("ok      {seconds:>5} s  {}", step.name)),
            Err(problem) => {
                lines.push(format!("FAILED  {seconds:>5} s  {}: {problem}", step.name));
                failed = 1;
                break;
            }
        }
    }
    println!();
    for line in &lines {
        println!("{line}");
    }
    for step in steps.iter().skip(lines.len()) {
        println!("not run          {}", step.name);
    }
    println!("in {} s", started.elapsed().as_secs());
    println!(
        "check-all: {} passed, {failed} failed",
        lines.len() - failed
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn steps(long: bool, program: &Path) -> Vec<Step> {
    let (demo, kill_loop) = (program.to_owned(), program.to_owned());
    let lint = "clippy --workspace --all-targets --locked -- -D warnings";
    let lint_core =
        "clippy --package payments --no-default-features --lib --tests --locked -- -D warnings";
    let (test_limit, kill_limit) = if long { (300, 120) } else { (20, 8) };
    let kill_count = if long { "2000" } else { "20" };
    vec![
        step("tools", install_tools),
        step("format", || cargo("fmt --all --check")),
        step("lints", move || cargo(lint)),
        step("lints of the pure core", move || cargo(lint_core)),
        step("tests", move || {
            let mut command = cargo_command("test --workspace --locked");
            if long {
                command.env("PAYMENTS_LONG", "1");
            }
            watch(command, test_limit * MINUTE)
        }),
        step("page tests", page_tests),
        step("demo", move || own(&demo, &["demo", "--auto"], 5 * MINUTE)),
        step("kill loop", move || {
            let words = ["kill-loop", "--count", kill_count, "--seed", "1"];
            own(&kill_loop, &words, kill_limit * MINUTE)
        }),
        step("licences and bans", move || licences(long)),
    ]
}

fn step(name: &'static str, act: impl Fn() -> Result<(), String> + 'static) -> Step {
    Step {
        name,
        act: Box::new(act),
    }
}

// ------------------------------------------------------------------------------------------ steps

fn install_tools() -> Result<(), String> {
    for component in ["rustfmt", "clippy"] {
        let program = format!("cargo-{}", component.replace("rustfmt", "fmt"));
        if find(&program).is_none() {
            watch(
                command("rustup", &["component", "add", component]),
                5 * MINUTE,
            )?;
        }
    }
    let missing: Vec<&str> = TOOLS
        .iter()
        .filter(|(tool, _)| find(tool).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        println!("everything is there");
        return Ok(());
    }
    if find("apt-get").is_none() {
        return Err(format!(
            "install {} with your system's package manager",
            missing.join(", ")
        ));
    }
    println!("installing {}", missing.join(", "));
    watch(command("apt-get", &["update", "-qq"]), 5 * MINUTE)?;
    let mut install = command(
        "apt-get",
        &["install", "-qq", "-y", "--no-install-recommends"],
    );
    install
        .args(missing)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null());
    watch(install, 15 * MINUTE).map_err(|problem| format!("{problem} (it needs root)"))
}

/// The customer's phone in a real browser.
fn page_tests() -> Result<(), String> {
    let folder = root().join("tests/page");
    let mut install = command("npm", &["ci", "--no-audit", "--no-fund"]);
    install.current_dir(&folder);
    watch(install, 5 * MINUTE)?;
    cargo("build --workspace --bin sandbox --locked")?;
    let mut test = command("node", &["--test"]);
    test.current_dir(&folder);
    watch(test, 5 * MINUTE)
}

/// Building cargo-deny costs minutes, so only the long run does it.
fn licences(long: bool) -> Result<(), String> {
    if find("cargo-deny").is_none() {
        if !long {
            println!("skipped: cargo-deny is not installed (`cargo check-all --long` installs it)");
            return Ok(());
        }
        watch(
            command("cargo", &["install", "cargo-deny", "--locked"]),
            20 * MINUTE,
        )?;
    }
    cargo("deny --all-features check licenses bans sources")
}

// ---------------------------------------------------------------------------------------- running

fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null());
    command
}

/// `line`: the words after `cargo`.
fn cargo_command(line: &str) -> Command {
    let words: Vec<&str> = line.split(' ').collect();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    command(&cargo, &words)
}

fn cargo(line: &str) -> Result<(), String> {
    watch(cargo_command(line), 20 * MINUTE)
}

/// Another task of this same program, so that nothing is built anew.
fn own(program: &Path, arguments: &[&str], limit: Duration) -> Result<(), String> {
    watch(command(&program.to_string_lossy(), arguments), limit)
}

/// A copy of this program: the steps build the workspace and may replace the file it came from.
fn copy_of_this_program() -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("could not copy this program: {error}");
    let program = std::env::current_exe().map_err(failed)?;
    let copy = program.with_file_name("check-all-tasks");
    // Written beside and moved over: another check-all may be running the copy of before.
    let draft = program.with_file_name(format!("check-all-tasks-{}", std::process::id()));
    std::fs::copy(&program, &draft).map_err(failed)?;
    std::fs::rename(&draft, &copy).map_err(failed)?;
    Ok(copy)
}

/// Runs to the end or to the limit: a step that hangs is a step that fails.
fn watch(mut command: Command, limit: Duration) -> Result<(), String> {
    let name = name_of(&command);
    let mut child = command
        .spawn()
        .map_err(|error| format!("`{name}` does not start: {error}"))?;
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("`{name}` ended with {status}; see above")),
            Ok(None) if began.elapsed() > limit => return Err(stop(&mut child, &name, limit)),
            Ok(None) => sleep(Duration::from_millis(50)),
            Err(error) => return Err(format!("`{name}`: {error}")),
        }
    }
}

fn stop(child: &mut Child, name: &str, limit: Duration) -> String {
    let _ = child.kill();
    let _ = child.wait();
    format!(
        "`{name}` was stopped after {} minutes",
        limit.as_secs() / 60
    )
}

fn name_of(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let mut words = vec![program.into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
