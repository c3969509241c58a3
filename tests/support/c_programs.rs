//! Compiles the programs of tests/c against the library, gives each a sandbox and a folder of its own,
//! and runs them plain, under valgrind, under strace and with sanitizers.

#![allow(dead_code, reason = "each test file uses what it needs")]

use super::built;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Plain,
    /// Address and undefined-behaviour sanitizers on the C side.
    Sanitized,
}

/// Compiles tests/c/<name>.c with warnings as errors.
pub fn compile(name: &str, flavour: Flavour) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(match flavour {
        Flavour::Plain => "c-plain",
        Flavour::Sanitized => "c-sanitized",
    });
    std::fs::create_dir_all(&folder).expect("target/tmp is writable");
    let program = folder.join(format!("{name}-{}", number()));
    let sources = built::root().join("tests/c");
    let mut gcc = Command::new("gcc");
    gcc.args([
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
        "-g",
        "-O1",
        "-pthread",
    ]);
    if cfg!(debug_assertions) {
        gcc.arg("-DDEBUG_LIBRARY");
    }
    if flavour == Flavour::Sanitized {
        gcc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    gcc.arg("-I")
        .arg(built::root().join("include"))
        .arg("-o")
        .arg(&program);
    gcc.arg(sources.join(format!("{name}.c")));
    // A plug-in host loads the library itself.
    if name != "reload" {
        let library = built::library_folder();
        gcc.arg(sources.join("till.c"))
            .arg("-L")
            .arg(library)
            .arg("-lpayments");
        gcc.arg(format!("-Wl,-rpath,{}", library.display()));
    }
    gcc.args(["-lm", "-ldl"]);
    let out = gcc
        .output()
        .expect("gcc starts: apt-get install gcc libc6-dev");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success(),
        "tests/c/{name}.c does not compile:\n{said}"
    );
    program
}

fn number() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// A folder of its own with a configuration, and a sandbox that it points to.
pub struct Stage {
    pub folder: PathBuf,
    pub port: u16,
    sandbox: Child,
}

impl Stage {
    pub fn new(name: &str) -> Self {
        Self::with_settings(name, &json!({}))
    }

    pub fn with_settings(name: &str, settings: &Value) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", number()));
        std::fs::create_dir_all(&folder).expect("target/tmp is writable");
        let port_file = folder.join("ports.json");
        let settings_file = folder.join("sandbox.json");
        std::fs::write(&settings_file, settings.to_string()).expect("a settings file");
        let sandbox = Command::new(built::sandbox())
            .args(["--listen", "127.0.0.1:0", "--port-file"])
            .arg(&port_file)
            .arg("--settings")
            .arg(&settings_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let ports = wait_for_file(&port_file);
        let ports: Value = serde_json::from_str(&ports).expect("the port file is JSON");
        let address = ports["http"].as_str().expect("an address").to_owned();
        let port = address
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok());
        let stage = Self {
            folder,
            port: port.expect("a port"),
            sandbox,
        };
        stage.write_config(&stage.config());
        stage
    }

    /// As the README shows it, for the sandbox.
    pub fn config(&self) -> Value {
        config(&self.folder.join("till.db"), self.port)
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.join("till.json")
    }

    pub fn write_config(&self, config: &Value) {
        std::fs::write(self.config_file(), config.to_string()).expect("the folder is writable");
    }

    /// Runs a program of tests/c to its end; it must succeed. Gives what it printed.
    pub fn run(&self, program: &Path, run: &Run<'_>) -> Said {
        let mut words: Vec<String> = run.through.iter().map(|word| (*word).to_owned()).collect();
        words.push(program.to_string_lossy().into_owned());
        words.push(self.config_file().to_string_lossy().into_owned());
        words.push(self.port.to_string());
        words.push(self.folder.to_string_lossy().into_owned());
        words.extend(run.more.iter().map(|word| (*word).to_owned()));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(&self.folder);
        for (name, value) in run.environment {
            command.env(name, value);
        }
        let said = run_to_end(command, run.input, run.limit);
        assert!(
            said.status.success(),
            "{} ended with {}\n--- said\n{}{}\n--- again by hand (with a sandbox on that port)\ncd {} && {}",
            program.display(),
            said.status,
            said.out,
            said.err,
            self.folder.display(),
            words.join(" "),
        );
        said
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub fn config(journal: &Path, port: u16) -> Value {
    json!({
        "journal": {"path": journal},
        "language": "en",
        "attended": true,
        "network": {"allow_plain_http_loopback": true},
        "profiles": {"vipps": {
            "provider": "vipps",
            "base_url": format!("http://127.0.0.1:{port}"),
            "client_id": {"value": "sandbox-client"},
            "client_secret": {"value": "sandbox-secret"},
            "subscription_key": {"value": "sandbox-key"},
            "merchant_serial_number": "123456",
            "currency": "NOK",
            "default_approach": "qr"
        }}
    })
}

/// How a program is run.
pub struct Run<'a> {
    /// A program that runs it, with its options.
    pub through: &'a [&'a str],
    pub more: &'a [&'a str],
    pub environment: &'a [(&'a str, &'a str)],
    pub input: &'a str,
    pub limit: Duration,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Self {
            through: &[],
            more: &[],
            environment: &[],
            input: "",
            limit: Duration::from_secs(120),
        }
    }
}

pub struct Said {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

fn run_to_end(mut command: Command, input: &str, limit: Duration) -> Said {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!("{name} does not start ({error}); cargo check-all installs it")
    });
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(input.as_bytes());
    });
    let out = read_all(child.stdout.take());
    let err = read_all(child.stderr.take());
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        if began.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            let err = err.join().unwrap_or_default();
            panic!(
                "{command:?} hangs: still running after {} s\n{err}",
                limit.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let _ = writer.join();
    let text = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Said {
        status,
        out: text(out),
        err: text(err),
    }
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

pub fn wait_for_file(file: &Path) -> String {
    for _ in 0..1000 {
        if let Ok(text) = std::fs::read_to_string(file) {
            return text;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} did not appear within 10 s", file.display());
}

pub const VALGRIND: &[&str] = &[
    "valgrind",
    "--quiet",
    "--error-exitcode=99",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,possible",
    "--show-leak-kinds=definite,possible",
    "--num-callers=30",
    "--fair-sched=yes",
];
