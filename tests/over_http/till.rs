//! The till in C: a process of its own that is told what to do, and can be killed.

use crate::c_programs::Stage;
use crate::trace::Seen;
use payments::tender::{Choice, Choices, Prompt, Reason, State};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// No call of the library blocks for longer than half of this.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

pub struct Till {
    process: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

pub struct View {
    pub seen: Seen,
    pub revision: i64,
    pub reference: String,
    pub provider_reference: String,
}

impl View {
    /// Whether it is about the payment of this name.
    pub fn is_of(&self, reference: &str) -> bool {
        [&self.reference, &self.provider_reference].contains(&&reference.to_owned())
    }
}

/// What a call gave back: the rest of the words, or the word for its refusal.
pub type Told = Result<Vec<String>, Refusal>;

pub struct Refusal {
    pub word: String,
    pub text: String,
}

impl Refusal {
    /// The library has given up waiting for its own disk.
    pub fn is_timeout(&self) -> bool {
        self.word == "timeout"
    }
}

impl Till {
    pub fn start(program: &Path, stage: &Stage) -> Result<Self, String> {
        let mut process = Command::new(program)
            .arg(stage.config_file())
            .arg(stage.port.to_string())
            .arg(&stage.folder)
            .current_dir(&stage.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the till does not start: {error}"))?;
        let orders = process.stdin.take().expect("a pipe");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let (told, answers) = channel();
        std::thread::spawn(move || {
            // Ends with the process, or with whoever listens.
            let _ = lines
                .map_while(Result::ok)
                .try_for_each(|line| told.send(line));
        });
        let mut till = Self {
            process,
            orders,
            answers,
        };
        match till.hear()?.as_str() {
            "ready" => Ok(till),
            other => Err(format!("the till began with '{other}'")),
        }
    }

    pub fn call(&mut self, words: &[&str]) -> Result<Told, String> {
        let line = words.join("\t");
        assert!(!line.contains('\n'), "one line: {line}");
        let sent = writeln!(self.orders, "{line}").and_then(|()| self.orders.flush());
        sent.map_err(|error| format!("the till is gone ({error}) before {line}"))?;
        let answer = self
            .hear()
            .map_err(|error| format!("{error} after {line}"))?;
        let mut words = answer.split('\t').map(str::to_owned);
        let code = words.next().unwrap_or_default();
        if code == "0" {
            return Ok(Ok(words.collect()));
        }
        Ok(Err(Refusal {
            word: word_of(&code),
            text: words.collect(),
        }))
    }

    /// The view, at once or as soon as its revision is another.
    pub fn view(&mut self, id: i64, revision: i64, timeout_ms: i64) -> Result<View, String> {
        let numbers = [id, revision, timeout_ms].map(|it| it.to_string());
        let words = ["wait", &numbers[0], &numbers[1], &numbers[2]];
        let told = self.call(&words)?.map_err(|refusal| refusal.text)?;
        read_view(&told).ok_or_else(|| format!("a view with unknown words: {told:?}"))
    }

    /// As a power cut: nothing is finished, nothing is written.
    pub fn kill(mut self) {
        self.end();
    }

    pub fn quit(&mut self) -> Result<(), String> {
        let sent = writeln!(self.orders, "quit").and_then(|()| self.orders.flush());
        sent.map_err(|error| format!("the till is gone: {error}"))?;
        for _ in 0..1_000 {
            let ended = self.process.try_wait().map_err(|error| error.to_string())?;
            match ended {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the till ended with {status}")),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        Err("the till does not end".to_owned())
    }

    fn hear(&mut self) -> Result<String, String> {
        self.answers
            .recv_timeout(ANSWER_WITHIN)
            .map_err(|error| format!("the till says nothing ({error})"))
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        self.end();
    }
}

/// The word of a scenario for a result code of the header.
fn word_of(code: &str) -> String {
    let word = match code.parse() {
        Ok(-1 | -3 | -4 | -5) => "argument",
        Ok(-7) => "not-found",
        Ok(-20) => "state",
        Ok(-21) => "conflict",
        Ok(-22) => "guarded",
        Ok(-23) => "limit",
        Ok(-44..=-40) => "storage",
        Ok(-60) => "timeout",
        _ => return format!("code {code}"),
    };
    word.to_owned()
}

fn read_view(words: &[String]) -> Option<View> {
    let number = |at: usize| words.get(at)?.parse::<i64>().ok();
    let constant = |at: usize| i32::try_from(number(at)?).ok();
    let mask = number(3)?;
    let offered = Choice::ALL
        .iter()
        .filter(|choice| mask >> choice.number() & 1 == 1);
    let choices = offered.fold(Choices::NONE, |all, choice| all.with(*choice));
    let seen = Seen {
        state: State::from_number(constant(0)?)?,
        reason: Reason::from_number(constant(1)?)?,
        prompt: Prompt::from_number(constant(2)?)?,
        choices: (i64::from(choices.mask()) == mask).then_some(choices)?,
        goods_may_leave: number(4)? == 1,
        amount: number(5)?,
        captured: number(6)?,
        refunded: number(7)?,
    };
    Some(View {
        seen,
        revision: number(8)?,
        reference: words.get(9)?.clone(),
        provider_reference: words.get(10)?.clone(),
    })
}
