//! The days of `cargo xtask kill-loop`: one for each system, the systems in turn.

use std::fmt::Write;
use std::time::Duration;

use crate::customer::{Act, Habit, Habits};
use crate::day::shown;
use crate::sandbox::Sandbox;

/// What happens on a day of one system. Sales are begun 60 ms apart so that something happens at
/// each of its moments.
pub struct KillDay {
    pub system: &'static str,
    steps: &'static [Step],
    /// The parts of addresses whose answers can get lost.
    pub breakable: &'static [&'static str],
}

enum Step {
    /// Name, the rest of the line, what the customer does.
    Sale(&'static str, &'static str, Act),
    /// The same with a receipt of the sandbox, which is paid before the day begins.
    Shows(&'static str, &'static str, &'static str),
    Line(&'static str),
}

use Step::{Line, Sale, Shows};

pub static DAYS: [KillDay; 5] = [
    KillDay {
        system: "vipps",
        steps: &[
            Sale("push", "vipps phone 4712345678 499.00", Act::Approve),
            Sale("qr", "vipps qr - 129.00", Act::Approve),
            Sale(
                "scan",
                "vipps scan https://qr.vipps.no/p/sandbox-0003 75.50",
                Act::Approve,
            ),
            Sale("no", "vipps phone 4798765432 250.00", Act::Reject),
            Sale("cancelled", "vipps phone 4511223344 89.00", Act::Ignore),
            Line("cancel cancelled 300"),
            // The customer approves just when the cashier cancels.
            Sale("late", "vipps phone 4798765432 180.00", Act::Approve),
            Line("cancel late 120"),
            Sale("back", "vipps qr - 349.00", Act::Approve),
            Line("refund part1 push 100.00"),
            Line("refund part2 push 99.00"),
            Line("refund whole back all"),
            Sale("last", "vipps phone 4798765432 55.00", Act::Approve),
        ],
        breakable: &["/payments", "/capture", "/cancel", "/refund"],
    },
    KillDay {
        system: "mobilepay",
        steps: &[
            Line("plate mobilepay till-01"),
            Sale("plate", "mobilepay plate - 65.00", Act::CheckIn),
            Sale("qr", "mobilepay qr - 129.00", Act::Approve),
            Sale("no", "mobilepay phone 4798765432 250.00", Act::Reject),
            Sale("late", "mobilepay phone 4798765432 180.00", Act::Approve),
            Line("cancel late 120"),
            Line("refund part qr 29.00"),
            Line("refund whole plate all"),
        ],
        breakable: &["/payments", "/capture", "/cancel", "/refund"],
    },
    KillDay {
        system: "smartpay",
        steps: &[
            Sale("first", "smartpay qr - 75.90", Act::Approve),
            Sale("again", "smartpay qr - 120.00", Act::RejectThenApprove),
            // A link that nobody takes back; its customer does not come again.
            Sale("no", "smartpay qr - 25.00", Act::Reject),
            Line("cancel no 900"),
            Sale("cancelled", "smartpay qr - 33.00", Act::Ignore),
            Line("cancel cancelled 300"),
            Sale("back", "smartpay qr - 64.00", Act::Approve),
            Line("refund part1 first 20.00"),
            Line("refund part2 first 15.90"),
            Line("refund whole back all"),
            Sale("last", "smartpay qr - 5.50", Act::Approve),
        ],
        breakable: &["/payment-links", "/payment/status", "/payment/refund"],
    },
    KillDay {
        system: "paymaster",
        steps: &[
            Sale("screen", "paymaster qr - 250.00", Act::Approve),
            Sale("paper", "paymaster-print qr - 1200.00", Act::Approve),
            Sale("no", "paymaster qr - 90.00", Act::Reject),
            Sale("cancelled", "paymaster qr - 75.00", Act::Ignore),
            Line("cancel cancelled 300"),
            Sale("late", "paymaster qr - 180.00", Act::Approve),
            Line("cancel late 120"),
            Sale("back", "paymaster qr - 349.00", Act::Approve),
            Line("refund part1 screen 100.00"),
            Line("refund part2 screen 50.00"),
            Line("refund whole back all"),
            Sale("last", "paymaster qr - 55.00", Act::Approve),
        ],
        breakable: &["/payments", "/cancel", "/refunds"],
    },
    KillDay {
        system: "smartum",
        steps: &[
            Shows("whole", "smartum scan {code} 45.00", r#"{"amount": 4500}"#),
            Shows("part", "smartum scan {code} 45.00", r#"{"amount": 3000}"#),
            Shows("hand", "smartum hand {tx} 18.00", r#"{"amount": 1800}"#),
            Shows(
                "forged",
                "smartum scan {code} 60.00",
                r#"{"amount": 6000, "tamper": "payload"}"#,
            ),
            Shows("back1", "smartum scan {code} 62.00", r#"{"amount": 6200}"#),
            Shows("back2", "smartum hand {tx} 31.00", r#"{"amount": 3100}"#),
            Line("refund whole1 back1 all"),
            Line("refund whole2 back2 all"),
            Shows("last", "smartum scan {code} 5.50", r#"{"amount": 550}"#),
        ],
        breakable: &["/refund"],
    },
];

impl KillDay {
    /// Of the day with this number.
    pub fn numbered(number: usize) -> &'static KillDay {
        let mut days = DAYS.iter().cycle().skip(number % DAYS.len());
        days.next().unwrap_or(&DAYS[0])
    }

    pub fn script(&self, sandbox: &Sandbox) -> Result<String, String> {
        let mut script = String::from("lanes 16\n");
        // Writing to a text cannot fail.
        for step in self.steps {
            let _ = match step {
                Line(line) => writeln!(script, "{line}"),
                Sale(name, begin, _) => writeln!(script, "sale {name} {begin}\nwait 60"),
                Shows(name, begin, order) => {
                    let begin = shown(sandbox, begin, order)?;
                    writeln!(script, "sale {name} {begin}\nwait 60")
                }
            };
        }
        Ok(script)
    }

    pub fn sales(&self) -> Vec<String> {
        let name = |step: &Step| match step {
            Sale(name, ..) | Shows(name, ..) => Some(String::from(*name)),
            Line(_) => None,
        };
        self.steps.iter().filter_map(name).collect()
    }

    /// Everybody acts within 50 to 150 ms.
    pub fn habits(&self, chance: &mut fastrand::Rng) -> Habits {
        let mut habits = Habits::new();
        for step in self.steps {
            if let Sale(name, _, act) = step {
                let after = Duration::from_millis(chance.u64(50..=150));
                habits.insert(String::from(*name), Habit { act: *act, after });
            }
        }
        habits
    }
}
