//! The customers of a scripted day: what each does once the payment is on the phone.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::sandbox::{LedgerRow, Sandbox};

const LOOK_AT_PHONE: Duration = Duration::from_millis(20);
/// Nobody waits longer for the register to be cut off: the day may have ended with an error.
const CUT_WITHIN: Duration = Duration::from_secs(10);
/// Longer than any payment waits for its customer.
const LONGER_THAN_THE_WINDOW: Duration = Duration::from_secs(11 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Approve,
    Reject,
    /// Does nothing; somebody else ends the payment.
    Ignore,
    /// Does nothing, and the clock runs on.
    LetExpire,
    /// Approves, and the answer to the capture that follows gets lost.
    ApproveWithLostAnswer,
    /// The register is cut off at this moment; then the customer approves all the same.
    ApproveWhileRegisterIsCut,
}

/// What the customer of one sale does, and how long after the request is there.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    pub act: Act,
    pub after: Duration,
}

/// Which customer belongs to which sale; the payment's description says the sale.
pub type Habits = BTreeMap<String, Habit>;

/// The customers, for as long as this lives.
pub struct Customers<'scope> {
    stop: Sender<()>,
    thread: Option<ScopedJoinHandle<'scope, Result<(), String>>>,
    /// Told when the register is to be cut off; the customer goes on once this is answered.
    pub cuts: Receiver<Sender<()>>,
}

impl<'scope> Customers<'scope> {
    pub fn arrive<'env: 'scope>(
        scope: &'scope thread::Scope<'scope, 'env>,
        sandbox: &'env Sandbox,
        habits: Habits,
        aloud: bool,
    ) -> Customers<'scope> {
        let (stop, stopped) = channel();
        let (cut, cuts) = channel();
        let crowd = Crowd {
            sandbox,
            habits,
            aloud,
            cut,
            seen: BTreeMap::new(),
        };
        let thread = scope.spawn(move || crowd.live(&stopped));
        Customers {
            stop,
            thread: Some(thread),
            cuts,
        }
    }

    /// Sends them home; says if one of them met something impossible.
    pub fn leave(mut self) -> Result<(), String> {
        // The thread may have ended by itself, with an error.
        let _ = self.stop.send(());
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        thread
            .join()
            .unwrap_or_else(|_| Err(String::from("a customer panicked")))
    }
}

impl Drop for Customers<'_> {
    fn drop(&mut self) {
        let _ = self.stop.send(());
    }
}

struct Crowd<'env> {
    sandbox: &'env Sandbox,
    habits: Habits,
    aloud: bool,
    cut: Sender<Sender<()>>,
    /// When each payment was first seen; nothing once its customer has acted.
    seen: BTreeMap<String, Option<Instant>>,
}

impl Crowd<'_> {
    fn live(mut self, stopped: &Receiver<()>) -> Result<(), String> {
        loop {
            for row in self.sandbox.ledger()? {
                self.look_at(&row)?;
            }
            match stopped.recv_timeout(LOOK_AT_PHONE) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn look_at(&mut self, row: &LedgerRow) -> Result<(), String> {
        let sale = row.description.trim_start_matches("Sale ");
        let Some(habit) = self.habits.get(sale).copied() else {
            return Ok(());
        };
        let first_seen = self
            .seen
            .entry(row.reference.clone())
            .or_insert(Some(Instant::now()));
        let Some(since) = *first_seen else {
            return Ok(());
        };
        if since.elapsed() < habit.after {
            return Ok(());
        }
        *first_seen = None;
        if row.state == "CREATED" {
            self.act(habit.act, row)
        } else {
            Ok(())
        }
    }

    fn act(&self, act: Act, row: &LedgerRow) -> Result<(), String> {
        match act {
            Act::Ignore => Ok(()),
            Act::Approve => self.approve(row, "approves"),
            Act::Reject => {
                let done = self.sandbox.reject(&row.reference)?;
                self.say(
                    row,
                    if done {
                        "says no"
                    } else {
                        "is too late to say no"
                    },
                );
                Ok(())
            }
            Act::LetExpire => {
                self.say(row, "walks away; eleven minutes pass");
                self.sandbox.advance_clock(LONGER_THAN_THE_WINDOW)
            }
            Act::ApproveWithLostAnswer => {
                self.sandbox.lose_next_answer("/capture")?;
                self.approve(row, "approves; the answer to the capture gets lost")
            }
            Act::ApproveWhileRegisterIsCut => {
                let (done, when_done) = channel();
                // Without anybody to cut it off, the register lives on, which the books will show.
                if self.cut.send(done).is_ok() {
                    let _ = when_done.recv_timeout(CUT_WITHIN);
                }
                self.approve(row, "approves")
            }
        }
    }

    fn approve(&self, row: &LedgerRow, words: &str) -> Result<(), String> {
        if row.user_flow == "QR" && !self.sandbox.scan(&row.reference, "4798765432")? {
            self.say(row, "is too late to scan the code");
            return Ok(());
        }
        let done = self.sandbox.approve(&row.reference)?;
        self.say(
            row,
            if done {
                words
            } else {
                "is too late to approve"
            },
        );
        Ok(())
    }

    fn say(&self, row: &LedgerRow, what: &str) {
        if self.aloud {
            println!(
                "{:<15} (the customer {what})",
                row.description.trim_start_matches("Sale ")
            );
        }
    }
}
