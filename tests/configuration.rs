//! Bad configurations and unusable journals: each refused at once, with its place and a way out.

#![cfg(all(feature = "library", target_os = "linux"))]

#[path = "support/built.rs"]
mod built;
#[path = "support/c_programs.rs"]
mod c_programs;

use c_programs::{Flavour, Run, Stage, compile, config};
use payments::ffi::*;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Answer {
    code: i32,
    milliseconds: u64,
    error: String,
}

/// Opens each configuration in a C program. `mode` is "each" or, with another ctx open, "twice".
fn open(stage: &Stage, mode: &str, configs: &[String]) -> Vec<Answer> {
    let input = configs.join("\n") + "\n";
    let run = Run {
        more: &[mode],
        input: &input,
        ..Run::default()
    };
    let said = stage.run(&compile("init", Flavour::Plain), &run);
    assert_eq!(said.err, "", "something was printed");
    let lines = said.out.lines().filter(|line| *line != "open");
    let answers: Vec<Answer> = lines
        .map(|line| {
            let parts: Vec<&str> = line.splitn(3, '\t').collect();
            Answer {
                code: parts[0].parse().expect("a code"),
                milliseconds: parts[1].parse().expect("milliseconds"),
                error: parts[2].to_owned(),
            }
        })
        .collect();
    assert_eq!(
        answers.len(),
        configs.len(),
        "one answer for each configuration"
    );
    answers
}

/// The sound configuration with one thing changed.
fn changed(stage: &Stage, change: impl FnOnce(&mut Value)) -> String {
    let mut config = stage.config();
    change(&mut config);
    config.to_string()
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let stage = Stage::new("bad-config");
    let mut cases: Vec<(String, Vec<&str>)> = Vec::new();
    let mut case = |words: &[&'static str], change: &dyn Fn(&mut Value)| {
        cases.push((changed(&stage, |config| change(config)), words.to_vec()));
    };
    case(&["jurnal", "did you mean 'journal'"], &|c| {
        c["jurnal"] = json!({})
    });
    case(&["journal.pth", "did you mean 'path'"], &|c| {
        c["journal"]["pth"] = json!("x")
    });
    case(&["journal"], &|c| {
        _ = c.as_object_mut().map(|c| c.remove("journal"))
    });
    case(&["journal.path"], &|c| c["journal"] = json!({}));
    case(&["journal.path"], &|c| c["journal"]["path"] = json!(7));
    case(&["journal"], &|c| c["journal"] = json!(["till.db"]));
    case(&["language", "en"], &|c| c["language"] = json!("tlh"));
    case(&["attended"], &|c| c["attended"] = json!("yes"));
    case(&["network.ca_fle", "did you mean 'ca_file'"], &|c| {
        c["network"]["ca_fle"] = json!("x")
    });
    case(&["network.ca_file"], &|c| {
        c["network"]["ca_file"] = json!("/no/such/ca.pem")
    });
    case(&["profiles"], &|c| c["profiles"] = json!({}));
    case(&["profiles.vipps.provider", "vipps"], &|c| {
        c["profiles"]["vipps"]["provider"] = json!("paypal");
    });
    case(
        &["profiles.vipps.client_idd", "did you mean 'client_id'"],
        &|c| {
            c["profiles"]["vipps"]["client_idd"] = json!({"value": "x"});
        },
    );
    case(&["profiles.vipps.client_secret"], &|c| {
        _ = c["profiles"]["vipps"]
            .as_object_mut()
            .map(|p| p.remove("client_secret"));
    });
    case(
        &["profiles.vipps.client_secret", "NO_SUCH_VARIABLE"],
        &|c| {
            c["profiles"]["vipps"]["client_secret"] = json!({"env": "NO_SUCH_VARIABLE"});
        },
    );
    case(&["profiles.vipps.client_secret", "/no/such/file"], &|c| {
        c["profiles"]["vipps"]["client_secret"] = json!({"file": "/no/such/file"});
    });
    case(&["profiles.vipps.client_secret"], &|c| {
        c["profiles"]["vipps"]["client_secret"] = json!("canary-4711");
    });
    case(&["profiles.vipps.merchant_serial_number"], &|c| {
        c["profiles"]["vipps"]["merchant_serial_number"] = json!("12");
    });
    case(&["profiles.vipps.merchant_serial_number"], &|c| {
        c["profiles"]["vipps"]["merchant_serial_number"] = json!(123456);
    });
    case(&["profiles.vipps.currency"], &|c| {
        c["profiles"]["vipps"]["currency"] = json!("SEK")
    });
    case(&["profiles.vipps.default_approach", "scan"], &|c| {
        c["profiles"]["vipps"]["default_approach"] = json!("fax");
    });
    case(&["profiles.vipps.base_url", "https://"], &|c| {
        c["profiles"]["vipps"]["base_url"] = json!("api.vipps.no");
    });
    case(&["profiles.vipps.base_url", "127.0.0.1"], &|c| {
        c["profiles"]["vipps"]["base_url"] = json!("http://api.vipps.no");
    });
    case(
        &["profiles.vipps.base_url", "allow_plain_http_loopback"],
        &|c| {
            c["network"]["allow_plain_http_loopback"] = json!(false);
        },
    );
    case(&["profiles.vipps.lifetime_ms"], &|c| {
        c["profiles"]["vipps"]["lifetime_ms"] = json!(5)
    });
    case(&["profiles.vipps.lifetime_ms"], &|c| {
        c["profiles"]["vipps"]["lifetime_ms"] = json!(1e300)
    });
    case(&["limits.open_operations"], &|c| {
        c["limits"] = json!({"open_operations": 0})
    });
    cases.push(("{\"journal\":".into(), vec!["line 1"]));
    cases.push(("[]".into(), vec![""]));
    cases.push((format!("{{{}}}", "\"a\":{".repeat(100_000)), vec![""]));

    let configs: Vec<String> = cases.iter().map(|(config, _)| config.clone()).collect();
    for ((config, words), answer) in cases.iter().zip(open(&stage, "each", &configs)) {
        let config: String = config.chars().take(600).collect();
        assert_eq!(
            answer.code, PAYMENTS_E_CONFIG,
            "{} for {config}",
            answer.error
        );
        for word in words {
            assert!(
                answer.error.contains(word),
                "`{}` does not name `{word}`; for {config}",
                answer.error
            );
        }
        assert!(
            !answer.error.contains("4711"),
            "a secret is repeated: {}",
            answer.error
        );
        assert!(
            answer.milliseconds < 1_000,
            "{} ms for {config}",
            answer.milliseconds
        );
    }
    assert!(
        !stage.folder.join("till.db").exists(),
        "a refused configuration left a journal behind"
    );
}

#[test]
fn a_configuration_may_be_a_file() {
    let stage = Stage::new("config-file");
    let file = stage.config_file().to_string_lossy().into_owned();
    let with_mark = stage.folder.join("mark.json");
    std::fs::write(&with_mark, format!("\u{feff}{}", stage.config())).expect("a file");
    let answers = open(
        &stage,
        "each",
        &[file, with_mark.to_string_lossy().into_owned()],
    );
    for answer in answers {
        assert_eq!(answer.code, PAYMENTS_OK, "{}", answer.error);
    }
}

#[test]
fn d5_unusable_journals_are_refused_and_left_alone() {
    let stage = Stage::new("journals");
    let folder = &stage.folder;
    let path = |name: &str| folder.join(name);
    std::fs::create_dir(path("folder.db")).expect("a folder");
    std::fs::write(path("garbage.db"), vec![0x5a; 8192]).expect("a file");
    std::fs::write(path("text.db"), "this is no database").expect("a file");
    std::fs::write(path("half.db"), b"SQLite format 3\0garbage").expect("a file");
    std::os::unix::fs::symlink("/no/such/place/till.db", path("dangling.db")).expect("a link");
    let made = Command::new("mkfifo").arg(path("pipe.db")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");

    let damaged = [PAYMENTS_E_JOURNAL_DAMAGED];
    let unusable = [
        PAYMENTS_E_STORAGE,
        PAYMENTS_E_CONFIG,
        PAYMENTS_E_JOURNAL_DAMAGED,
    ];
    let cases: Vec<(&str, &[i32])> = vec![
        ("garbage.db", &damaged),
        ("text.db", &damaged),
        ("half.db", &damaged),
        ("folder.db", &unusable),
        ("dangling.db", &unusable),
        ("pipe.db", &unusable),
        ("no/such/folder/till.db", &unusable),
        ("garbage.db/till.db", &unusable),
    ];
    let configs: Vec<String> = cases
        .iter()
        .map(|(name, _)| config(&path(name), stage.port).to_string())
        .collect();
    for ((name, codes), answer) in cases.iter().zip(open(&stage, "each", &configs)) {
        assert!(
            codes.contains(&answer.code),
            "{name}: {} {}",
            answer.code,
            answer.error
        );
        assert!(
            answer.error.len() > 15,
            "{name}: `{}` does not help",
            answer.error
        );
        assert!(
            answer.milliseconds < 2_000,
            "{name}: {} ms",
            answer.milliseconds
        );
    }
    let unchanged = std::fs::read(path("garbage.db")).expect("still there");
    assert_eq!(
        unchanged,
        vec![0x5a; 8192],
        "a file that is not ours was changed"
    );
    assert_eq!(
        std::fs::read_to_string(path("text.db")).expect("still there"),
        "this is no database"
    );
}

/// S3: nobody else may read it, whatever the umask.
#[test]
fn s3_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new("private");
    let program = compile("init", Flavour::Plain);
    let command = format!("umask 000; exec {} \"$@\"", program.display());
    let through = ["sh", "-c", command.as_str()];
    let input = stage.config().to_string();
    stage.run(
        &program,
        &Run {
            through: &through,
            more: &["hold"],
            input: &input,
            ..Run::default()
        },
    );
    let mut seen = 0;
    for entry in std::fs::read_dir(&stage.folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("till.db") {
            let mode = path.metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name} can be read by others: {mode:o}");
            seen += 1;
        }
    }
    assert!(seen >= 1, "no journal was made");
}

/// A program that has the journal open until it is dropped.
struct Holder(Child);

impl Holder {
    fn of(stage: &Stage, program: &Path) -> Self {
        let mut child = Command::new(program)
            .arg(stage.config_file())
            .arg(stage.port.to_string())
            .arg(&stage.folder)
            .arg("hold")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "open");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn d7_a_second_process_is_told_at_once() {
    let stage = Stage::new("busy");
    let program = compile("init", Flavour::Plain);
    let holder = Holder::of(&stage, &program);
    let answers = open(&stage, "each", &vec![stage.config().to_string(); 3]);
    let quickest = answers
        .iter()
        .map(|answer| answer.milliseconds)
        .min()
        .expect("three answers");
    for answer in &answers {
        assert_eq!(answer.code, PAYMENTS_E_JOURNAL_BUSY, "{}", answer.error);
    }
    assert!(
        quickest <= 100,
        "a second process waits {quickest} ms before it is told (D7: 100 ms)"
    );

    // The owner dies without a word; the journal is free.
    drop(holder);
    let began = Instant::now();
    let answers = open(&stage, "each", &[stage.config().to_string()]);
    assert_eq!(answers[0].code, PAYMENTS_OK, "{}", answers[0].error);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn d7_a_second_ctx_of_the_same_process_is_told_at_once() {
    let stage = Stage::new("busy-ctx");
    let other = config(&stage.folder.join("other.db"), stage.port).to_string();
    let linked = stage.folder.join("link.db");
    let configs = [
        stage.config().to_string(),
        other,
        config(&linked, stage.port).to_string(),
    ];
    std::os::unix::fs::symlink(stage.folder.join("till.db"), &linked).expect("a link");
    let answers = open(&stage, "twice", &configs);
    assert_eq!(
        answers[0].code, PAYMENTS_E_JOURNAL_BUSY,
        "{}",
        answers[0].error
    );
    assert!(
        answers[0].milliseconds <= 200,
        "{} ms",
        answers[0].milliseconds
    );
    assert_eq!(
        answers[1].code, PAYMENTS_OK,
        "two journals, two ctx: {}",
        answers[1].error
    );
    assert_ne!(
        answers[2].code, PAYMENTS_OK,
        "the same journal under another name was opened twice"
    );
}

/// The key belongs to the journal: another one, or none, is not silently replaced.
#[test]
fn a_journal_without_its_key_is_refused() {
    let stage = Stage::new("key");
    let sound = stage.config().to_string();
    assert_eq!(
        open(&stage, "each", std::slice::from_ref(&sound))[0].code,
        PAYMENTS_OK
    );
    let key = stage.folder.join("till.db-key");
    if !key.exists() {
        return; // the key is kept elsewhere
    }
    std::fs::remove_file(&key).expect("the key file");
    let answer = &open(&stage, "each", &[sound])[0];
    assert_eq!(answer.code, PAYMENTS_E_JOURNAL_DAMAGED, "{}", answer.error);
    assert!(
        answer.error.contains("key"),
        "`{}` does not name the key",
        answer.error
    );
}

/// Two ctx with two journals sell side by side: the sandbox sees both, neither sees the other's ids.
#[test]
fn two_ctx_work_side_by_side() {
    let stage = Stage::new("two-ctx");
    let second = stage.folder.join("second.json");
    let config = config(&stage.folder.join("second.db"), stage.port);
    std::fs::write(&second, config.to_string()).expect("a file");
    let more = second.to_string_lossy().into_owned();
    stage.run(
        &compile("two_ctx", Flavour::Plain),
        &Run {
            more: &[&more],
            ..Run::default()
        },
    );
}
