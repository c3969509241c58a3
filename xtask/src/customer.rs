//! The customers of a scripted day: what each does once the payment is on the phone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::courier::Courier;
use crate::hearing::Hearing;
use crate::profiles::TILL_CODE;
use crate::sandbox::{LedgerRow, Sandbox};

const LOOK_AT_PHONE: Duration = Duration::from_millis(20);
/// Nobody waits longer for the register to be cut off: the day may have ended with an error.
const CUT_WITHIN: Duration = Duration::from_secs(10);
/// Who has never been here before.
const PHONE: &str = "4798765432";
/// Between an attempt that fails and the next one.
const TRIES_AGAIN_AFTER: Duration = Duration::from_millis(300);
/// Longer than any payment waits for its customer.
const LONGER_THAN_THE_WINDOW: Duration = Duration::from_secs(11 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Approve,
    Reject,
    /// The first attempt fails, the second one pays.
    RejectThenApprove,
    /// Scans the code that stands at the till as soon as a sale waits for that, then approves.
    CheckIn,
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
        hearing: &Arc<Hearing>,
        mut courier: Courier,
        aloud: bool,
    ) -> Customers<'scope> {
        let (stop, stopped) = channel();
        let (cut, cuts) = channel();
        let crowd = Crowd {
            sandbox,
            habits,
            aloud,
            cut,
            hearing: Arc::clone(hearing),
            seen: BTreeMap::new(),
            checked_in: BTreeMap::new(),
        };
        let thread = scope.spawn(move || crowd.live(&mut courier, &stopped));
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
    hearing: Arc<Hearing>,
    /// When each payment was first seen; nothing once its customer has acted.
    seen: BTreeMap<String, Option<Instant>>,
    /// How often the customer of a sale has scanned the code at the till.
    checked_in: BTreeMap<String, usize>,
}

impl Crowd<'_> {
    fn live(mut self, courier: &mut Courier, stopped: &Receiver<()>) -> Result<(), String> {
        loop {
            self.check_in()?;
            courier.carry(self.sandbox)?;
            for row in self.sandbox.ledger()? {
                self.look_at(&row)?;
            }
            match stopped.recv_timeout(LOOK_AT_PHONE) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// A register that was cut off in between asks for it again.
    fn check_in(&mut self) -> Result<(), String> {
        let habits = self.habits.iter();
        for (sale, _) in habits.filter(|(_, habit)| habit.act == Act::CheckIn) {
            let wanted = self.hearing.codes(sale);
            let done = self.checked_in.entry(sale.clone()).or_default();
            if wanted <= *done {
                continue;
            }
            let who = json!({"qr": TILL_CODE, "phone": PHONE});
            // The app does not know a code whose registration is still under way: once more, then.
            if self.sandbox.act("vipps", "check_in", &who)?.is_some() {
                *done = wanted;
                self.say(sale, "scans the code that stands at the till");
            }
        }
        Ok(())
    }

    /// Nobody can pay with a code that was never shown.
    fn can_see(&self, row: &LedgerRow, sale: &str) -> bool {
        row.user_flow == "PUSH_MESSAGE" || self.hearing.codes(sale) > 0
    }

    fn look_at(&mut self, row: &LedgerRow) -> Result<(), String> {
        let sale = row.description.trim_start_matches("Sale ");
        let Some(habit) = self.habits.get(sale).copied() else {
            return Ok(());
        };
        if !self.can_see(row, sale) {
            return Ok(());
        }
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
        if row.is_open() {
            self.act(habit.act, row)
        } else {
            Ok(())
        }
    }

    fn act(&self, act: Act, row: &LedgerRow) -> Result<(), String> {
        match act {
            Act::Ignore => Ok(()),
            Act::Approve | Act::CheckIn => self.approve(row, "approves"),
            Act::Reject => self.reject(row, "says no"),
            Act::RejectThenApprove => {
                self.reject(row, "tries, and the bank says no")?;
                thread::sleep(TRIES_AGAIN_AFTER);
                self.approve(row, "tries once more, and pays")
            }
            Act::LetExpire => {
                self.tell(row, "walks away; eleven minutes pass");
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
        if row.user_flow == "QR" && !self.sandbox.scan(&row.reference, PHONE)? {
            self.tell(row, "is too late to scan the code");
            return Ok(());
        }
        self.answer(row, "approve", words)
    }

    fn reject(&self, row: &LedgerRow, words: &str) -> Result<(), String> {
        self.answer(row, "reject", words)
    }

    fn answer(&self, row: &LedgerRow, act: &str, words: &str) -> Result<(), String> {
        let payment = json!({"reference": row.reference});
        let done = self.sandbox.act(&row.provider, act, &payment)?;
        self.tell(row, if done.is_some() { words } else { "is too late" });
        Ok(())
    }

    fn tell(&self, row: &LedgerRow, what: &str) {
        self.say(row.description.trim_start_matches("Sale "), what);
    }

    fn say(&self, sale: &str, what: &str) {
        if self.aloud {
            println!("{sale:<19} (the customer {what})");
        }
    }
}
