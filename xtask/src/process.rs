//! Children that never outlive us, and the wish to stop.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::hearing::Hearing;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a child or a file is looked at again.
pub const LOOK_AGAIN: Duration = Duration::from_millis(10);

const GUARD_LOOKS_AGAIN: Duration = Duration::from_millis(2);
/// What shells say of a program that was killed.
const KILLED: u8 = 137;
const GUARD_ENDS_WITHIN: Duration = Duration::from_secs(5);
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(2);

/// Ctrl-C, which the register at the same terminal hears too.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// The terminal is gone, or somebody wants us to go.
static TERMINATED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on Ctrl-C ends what is running in an orderly way instead of at once.
pub fn watch_for_stop() -> Result<(), String> {
    for (signal, flag) in [
        (SIGINT, &INTERRUPTED),
        (SIGTERM, &TERMINATED),
        (SIGHUP, &TERMINATED),
    ] {
        signal_hook::flag::register(signal, Arc::clone(flag))
            .map_err(|error| format!("could not watch for Ctrl-C: {error}"))?;
    }
    Ok(())
}

pub fn stop_wanted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst) || TERMINATED.load(Ordering::SeqCst)
}

/// The Ctrl-C so far was meant for the register.
pub fn forget_interrupt() {
    INTERRUPTED.store(false, Ordering::SeqCst);
}

pub fn stop_is_an_error() -> Result<(), String> {
    if stop_wanted() {
        Err(String::from("stopped"))
    } else {
        Ok(())
    }
}

/// Runs a program until it ends or whoever started us does: our standard input is a pipe from there,
/// which closes even with a SIGKILL. Ends as the program ends.
pub fn guard(words: &[String]) -> ExitCode {
    match run_guarded(words) {
        Ok(status) => ExitCode::from(status.code().map_or(KILLED, |code| code.to_le_bytes()[0])),
        Err(problem) => {
            eprintln!("guard: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run_guarded(words: &[String]) -> Result<ExitStatus, String> {
    let (program, arguments) = words.split_first().ok_or("nothing to guard")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let mut guarded = Reaped::spawn("guarded program", &mut command)?;
    let parent = thread::spawn(|| io::stdin().read_to_end(&mut Vec::new()));
    loop {
        if let Some(status) = guarded.ended()? {
            return Ok(status);
        }
        if parent.is_finished() {
            return guarded.kill();
        }
        sleep(GUARD_LOOKS_AGAIN);
    }
}

/// A command that ends with us, however we end. Its program reads no keyboard.
pub fn guarded(program: &Path) -> Command {
    // This program itself, also when a build has replaced its file meanwhile.
    let mut command = Command::new("/proc/self/exe");
    command.arg("guard").arg(program).stdin(Stdio::piped());
    command
}

/// A child that is killed and reaped when this is dropped.
pub struct Reaped {
    child: Child,
    name: &'static str,
    listener: Option<JoinHandle<()>>,
}

impl Reaped {
    pub fn spawn(name: &'static str, command: &mut Command) -> Result<Reaped, String> {
        let child = command
            .spawn()
            .map_err(|error| format!("could not start the {name}: {error}"))?;
        Ok(Reaped {
            child,
            name,
            listener: None,
        })
    }

    /// The same, heard by somebody.
    pub fn spawn_heard(
        name: &'static str,
        command: &mut Command,
        hearing: &Arc<Hearing>,
    ) -> Result<Reaped, String> {
        let mut reaped = Reaped::spawn(name, command.stdout(Stdio::piped()))?;
        let speaker = reaped.child.stdout.take();
        reaped.listener = speaker.map(|speaker| hearing.listen(speaker));
        Ok(reaped)
    }

    /// How it ended, or nothing while it runs.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, String> {
        let ended = self.child.try_wait().map_err(|error| self.lost(&error))?;
        if ended.is_some() {
            self.hear_out();
        }
        Ok(ended)
    }

    /// What it said last is heard before anything is made of its end.
    fn hear_out(&mut self) {
        let Some(listener) = self.listener.take() else {
            return;
        };
        let deadline = Instant::now() + LAST_WORDS_WITHIN;
        while !listener.is_finished() && Instant::now() < deadline {
            sleep(GUARD_LOOKS_AGAIN);
        }
    }

    /// Waits for its end whatever the keyboard says.
    pub fn wait_through_interrupts(&mut self) -> Result<ExitStatus, String> {
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if TERMINATED.load(Ordering::SeqCst) {
                return Err(String::from("stopped"));
            }
            sleep(LOOK_AGAIN);
        }
    }

    /// SIGKILL: as good as a power cut to the child.
    pub fn kill(&mut self) -> Result<ExitStatus, String> {
        if let Some(pipe) = self.child.stdin.take() {
            // A guard kills what it guards; killed itself, it could not.
            drop(pipe);
            let deadline = Instant::now() + GUARD_ENDS_WITHIN;
            while Instant::now() < deadline {
                if let Some(status) = self.ended()? {
                    return Ok(status);
                }
                sleep(GUARD_LOOKS_AGAIN);
            }
        }
        self.child.kill().map_err(|error| self.lost(&error))?;
        self.child.wait().map_err(|error| self.lost(&error))
    }

    fn lost(&self, error: &io::Error) -> String {
        format!("lost sight of the {}: {error}", self.name)
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        // Nothing can be done about a child that is gone already.
        let _ = self.kill();
    }
}
