//! What a till sees of a run, as text: a case must give the same text whichever way it is run.
//!
//! Lanes stand one after the other, so how they were interleaved does not matter. Times, identities,
//! references and texts for people are left out.

use crate::scenario::{Begin, RefundStep, Step};
use payments::engine::View;
use payments::tender::{Choice, Choices, Prompt, Reason, State};
use std::fmt::{self, Display};

#[derive(Clone, Debug, Default)]
pub struct Trace {
    lanes: Vec<Vec<String>>,
    ends: Vec<String>,
    /// From the beginning to the last step of a lane or the last change of a view.
    pub took_ms: i64,
}

/// What is compared of a view.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    pub state: State,
    pub reason: Reason,
    pub prompt: Prompt,
    pub choices: Choices,
    pub goods_may_leave: bool,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
}

/// What the provider's ledger says of a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Booked {
    pub captured: i64,
    pub refunded: i64,
}

impl Trace {
    pub fn new(lanes: usize) -> Self {
        Self {
            lanes: vec![vec![]; lanes],
            ..Self::default()
        }
    }

    /// A step was done; `came_back` is empty where nothing can come back.
    pub fn step(&mut self, lane: usize, step: &Step, came_back: impl Display) {
        let (step, came_back) = (short(step), came_back.to_string());
        self.lanes[lane].push(match came_back.as_str() {
            "" => step,
            came_back => format!("{step} -> {came_back}"),
        });
    }

    /// How an operation ended; nothing where the till never got a name for it.
    pub fn end(&mut self, name: &str, seen: Option<Seen>, booked: Option<Booked>) {
        let seen = seen.map_or("never begun".to_owned(), |it| {
            let (state, reason) = (it.state.key(), it.reason.key());
            let amounts = format!("captured {}, refunded {}", it.captured, it.refunded);
            format!("{state}, {reason}, {amounts}")
        });
        let booked = booked.map_or("nothing".to_owned(), |it| {
            format!("captured {}, refunded {}", it.captured, it.refunded)
        });
        self.ends.push(format!("{name}: {seen}; ledger: {booked}"));
    }

    pub fn forget_ends(&mut self) {
        self.ends.clear();
    }

    pub fn ends(&self) -> &[String] {
        &self.ends
    }

    /// Each line with the place where it belongs.
    pub fn lines(&self) -> Vec<(String, String)> {
        let lanes = self.lanes.iter().enumerate().flat_map(|(number, steps)| {
            let place = move |step: usize| format!("lane {} step {}", number + 1, step + 1);
            let steps = steps.iter().enumerate();
            steps.map(move |(step, line)| (place(step), line.clone()))
        });
        let ends = self
            .ends
            .iter()
            .map(|line| ("end".to_owned(), line.clone()));
        lanes.chain(ends).collect()
    }
}

impl Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, line) in self.lines() {
            writeln!(f, "{place}: {line}")?;
        }
        Ok(())
    }
}

impl From<&View> for Seen {
    fn from(view: &View) -> Self {
        Self {
            state: view.state,
            reason: view.reason,
            prompt: view.prompt,
            choices: view.choices,
            goods_may_leave: view.goods_may_leave,
            amount: view.amount.minor,
            captured: view.captured,
            refunded: view.refunded,
        }
    }
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offered = Choice::ALL.iter().filter(|it| self.choices.contains(**it));
        let choices: Vec<_> = offered.map(|it| it.key()).collect();
        let goods = if self.goods_may_leave {
            "leave"
        } else {
            "stay"
        };
        write!(
            f,
            "{}, {}, prompt {}, choices [{}], goods {goods}, amount {}, captured {}, refunded {}",
            self.state.key(),
            self.reason.key(),
            self.prompt.key(),
            choices.join(" "),
            self.amount,
            self.captured,
            self.refunded
        )
    }
}

/// A step in short form: enough to find it in its file.
pub fn short(step: &Step) -> String {
    match step {
        Step::Begin(Begin { name, amount, .. }) => format!("begin {name} {amount}"),
        Step::Wait(wait) => {
            let states: Vec<_> = wait.states.iter().map(|it| it.key()).collect();
            format!("wait {} {}", wait.of, states.join("|"))
        }
        Step::Pause(ms) => format!("pause {ms}"),
        Step::Scan { of, text, .. } => format!("scan {of} {text:?}"),
        Step::Receipt { name, .. } => format!("receipt {name}"),
        Step::Manual { of, amount, .. } => format!("manual {of} {amount}"),
        Step::Act { act, .. } => format!("act {act}"),
        Step::Cancel { of, .. } => format!("cancel {of}"),
        Step::Resolve { of, choice, .. } => format!("resolve {of} {choice}"),
        Step::Confirm { of, receipt, .. } => format!("confirm {of} {receipt}"),
        Step::Capture { of, amount, .. } => format!("capture {of} {amount}"),
        Step::Refund(RefundStep { name, amount, .. }) => match amount {
            Some(amount) => format!("refund {name} {amount}"),
            None => format!("refund {name} all"),
        },
        Step::Recover { .. } => "recover".to_owned(),
        Step::PowerCut => "power cut".to_owned(),
        Step::Network(up) => format!("network {}", if *up { "up" } else { "down" }),
        Step::RevokeTokens => "revoke tokens".to_owned(),
        Step::Disk(disk) => format!("disk {disk:?}"),
        Step::Sandbox(patch) => format!("sandbox {patch}"),
        Step::Fault(_) => "fault".to_owned(),
    }
}
