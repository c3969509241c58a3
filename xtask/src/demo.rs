//! `cargo demo`: a register in C, the payment service and a customer's phone on this computer.

use std::fmt::Write;
use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use payments::tender::State;

use crate::books::{Books, Day, Totals};
use crate::customer::{Act, Customers, Habit, Habits};
use crate::process::{LOOK_AGAIN, forget_interrupt, stop_is_an_error, stop_wanted, watch_for_stop};
use crate::sandbox::Sandbox;
use crate::shop::Shop;
use crate::tools::Tools;

const HELP: &str = "\
A small register written in C, the sandbox as payment service, and a customer's phone.

Usage: cargo demo [options]

  --auto   plays a whole day without a question and compares the books; so does a start
           without a terminal
  --keep   keeps the directory with configuration, journal, receipts and log
";

/// More than the whole day takes on a slow computer.
const DAY_WITHIN: Duration = Duration::from_secs(180);

/// One sale of the day: how it is begun, what the customer does, what it has to come to.
struct Sale {
    name: &'static str,
    begin: &'static str,
    more: &'static str,
    act: Act,
    end: State,
}

const SALES: [Sale; 8] = [
    Sale {
        name: "01-push",
        begin: "phone 4712345678 499.00",
        more: "",
        act: Act::Approve,
        end: State::Paid,
    },
    Sale {
        name: "02-qr",
        begin: "qr 129.00",
        more: "",
        act: Act::Approve,
        end: State::Paid,
    },
    Sale {
        name: "03-scan",
        begin: "scan https://qr.vipps.no/p/sandbox-0003 75.50",
        more: "",
        act: Act::Approve,
        end: State::Paid,
    },
    Sale {
        name: "04-rejected",
        begin: "phone 4798765432 250.00",
        more: "",
        act: Act::Reject,
        end: State::Declined,
    },
    Sale {
        name: "05-expired",
        begin: "phone 4798765432 180.00",
        more: "",
        act: Act::LetExpire,
        end: State::Expired,
    },
    Sale {
        name: "06-cancelled",
        begin: "phone 4798765432 89.00",
        more: "cancel 06-cancelled 400",
        act: Act::Ignore,
        end: State::Cancelled,
    },
    Sale {
        name: "07-broken",
        begin: "phone 4511223344 349.00",
        more: "",
        act: Act::ApproveWithLostAnswer,
        end: State::Paid,
    },
    Sale {
        name: "08-killed",
        begin: "phone 4712345678 620.00",
        more: "",
        act: Act::ApproveWhileRegisterIsCut,
        end: State::Paid,
    },
];

const REFUNDS: &str = "\
refund 09-part 01-push 100.00
refund 10-whole 03-scan all
";

struct Options {
    auto: bool,
    keep: bool,
}

pub fn run(words: &[String]) -> Result<(), String> {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let mut options = Options {
        auto: !terminal,
        keep: false,
    };
    for word in words {
        match word.as_str() {
            "--auto" => options.auto = true,
            "--keep" => options.keep = true,
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            _ => return Err(format!("{word} is not an option\n\n{HELP}")),
        }
    }
    watch_for_stop()?;
    let directory = temporary_directory("libpayments-demo-")?;
    let result = demonstrate(&options, directory.path());
    if result.is_ok() && !options.keep {
        return Ok(());
    }
    println!("Everything is kept in {}", directory.keep().display());
    result
}

pub fn temporary_directory(prefix: &str) -> Result<tempfile::TempDir, String> {
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir()
        .map_err(|error| format!("could not make a temporary directory: {error}"))
}

fn demonstrate(options: &Options, directory: &Path) -> Result<(), String> {
    println!("Building the library, the sandbox and the register (minutes the first time) …");
    let tools = Tools::build(directory)?;
    stop_is_an_error()?;
    let sandbox = Sandbox::start(&tools, directory)?;
    let shop = Shop::open(directory, &tools, &sandbox)?;
    if options.auto {
        play(&shop, &sandbox)
    } else {
        invite(&sandbox);
        staff(&shop)?;
        let books = compare(&shop, &sandbox, &[], Day::Going)?;
        finish(&books)
    }
}

// With a cashier.

fn invite(sandbox: &Sandbox) {
    println!(
        "
The customer's phone:   {}/phone   <- open this in a browser
The payment service:    {} (the register talks to it over TLS)

Try this:
  * 1, number 4712345678, an amount; then approve or reject it on the phone.
  * 2, an amount; then scan the code on the phone's page.
  * 3, an amount; then type https://qr.vipps.no/p/sandbox-0001, which is what a scanner would read.
  * Press Ctrl-C while a payment is open, and approve it on the phone: that is a power cut at the
    worst moment. Switch the register on again and see what it knows.
",
        sandbox.http, sandbox.https
    );
}

/// Runs the register until the cashier closes it; after a power cut it can be switched on again.
fn staff(shop: &Shop) -> Result<(), String> {
    loop {
        forget_interrupt();
        let status = shop.staff_register()?.wait_through_interrupts()?;
        if status.success() {
            return Ok(());
        }
        match status.signal() {
            Some(_) => println!("\n\nThe register was cut off."),
            None => println!("\nThe register has stopped with an error."),
        }
        println!("Enter switches it on again; q and Enter ends the demo.");
        if !wants_more() {
            return Ok(());
        }
    }
}

/// Asks the keyboard in a thread, so that Ctrl-C is heard meanwhile.
fn wants_more() -> bool {
    forget_interrupt();
    let (typed, keyboard) = channel();
    thread::spawn(move || {
        let mut line = String::new();
        let length = io::stdin().read_line(&mut line).unwrap_or(0);
        // Nobody listens any more when the demo ends meanwhile.
        let _ = typed.send(length > 0 && !line.trim().eq_ignore_ascii_case("q"));
    });
    while !stop_wanted() {
        if let Ok(more) = keyboard.recv_timeout(LOOK_AGAIN) {
            return more;
        }
    }
    false
}

// Without a cashier.

fn play(shop: &Shop, sandbox: &Sandbox) -> Result<(), String> {
    let begun = Instant::now();
    let habit = |sale: &Sale| Habit {
        act: sale.act,
        after: Duration::from_millis(150),
    };
    let habits: Habits = SALES
        .iter()
        .map(|sale| (String::from(sale.name), habit(sale)))
        .collect();
    println!("A day at the till begins.\n");
    thread::scope(|scope| {
        let customers = Customers::arrive(scope, sandbox, habits, true);
        let played = play_register(shop, &customers);
        customers.leave()?;
        played
    })?;
    println!(
        "\nThe day is over after {:.0} s. The books:\n",
        begun.elapsed().as_secs_f32()
    );
    let names: Vec<_> = SALES.iter().map(|sale| String::from(sale.name)).collect();
    let mut books = compare(shop, sandbox, &names, Day::Over)?;
    for sale in &SALES {
        books.expect(sale.name, sale.end);
    }
    finish(&books)
}

/// The register plays its script, is cut off when a customer says so, and is switched on again.
fn play_register(shop: &Shop, customers: &Customers<'_>) -> Result<(), String> {
    let script = script();
    let deadline = Instant::now() + DAY_WITHIN;
    let mut register = shop.play(&script, true)?;
    loop {
        if let Some(status) = register.ended()? {
            return if status.success() {
                Ok(())
            } else {
                Err(format!("the register: {status}"))
            };
        }
        if let Ok(done) = customers.cuts.try_recv() {
            register.kill()?;
            println!("\n*** The power goes (SIGKILL), and the customer approves all the same. ***");
            // The customer's thread waits for this; if it has ended, `leave` says why.
            let _ = done.send(());
            sleep(Duration::from_millis(300));
            println!("*** The register is switched on again. ***\n");
            register = shop.play(&script, true)?;
        }
        if Instant::now() > deadline {
            return Err(String::from("the day does not end"));
        }
        stop_is_an_error()?;
        sleep(LOOK_AGAIN);
    }
}

fn script() -> String {
    let mut script = String::from("lanes 1\ndraw-codes\n");
    for sale in &SALES {
        // Writing to a text cannot fail.
        let _ = writeln!(script, "sale {} {}\n{}", sale.name, sale.begin, sale.more);
    }
    script + REFUNDS
}

fn compare(shop: &Shop, sandbox: &Sandbox, sales: &[String], day: Day) -> Result<Books, String> {
    if !shop.journal().exists() || fs::metadata(shop.receipts()).is_err() {
        return Err(String::from("the register has not left any books"));
    }
    Books::compare(
        sandbox.ledger()?,
        &shop.journal(),
        &shop.receipts(),
        sales,
        day,
    )
}

fn finish(books: &Books) -> Result<(), String> {
    println!("{books}");
    let totals = books.totals();
    if totals.differences > 0 {
        return Err(format!(
            "{} differences between the books",
            totals.differences
        ));
    }
    let Totals {
        payments,
        paid,
        refunds,
        ..
    } = totals;
    println!(
        "Payments: {payments}, paid: {paid}, refunds: {refunds}. Ledger, journal and receipts agree."
    );
    Ok(())
}
