//! `cargo demo`: a register in C, the payment service and a customer's phone on this computer.

use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::books::{Books, Day, Totals};
use crate::courier::Courier;
use crate::customer::Customers;
use crate::day::{self, SALES, Sale};
use crate::hearing::Hearing;
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
const COURIER_COMES_EVERY: Duration = Duration::from_millis(300);

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
        staff(&shop, &sandbox)?;
        let books = compare(&shop, &sandbox, &[], Day::Going)?;
        finish(&books)
    }
}

// With a cashier.

fn invite(sandbox: &Sandbox) {
    println!(
        "
The customer's phone:   {0}/phone    <- open this in a browser
The provider's ledger:  {0}/_sandbox/ledger
The payment services:   {1} (the register talks to them over TLS)

Try this:
  * 1, a system, an amount, Enter; then act on the phone's page: scan the code, approve, reject.
  * 1, Vipps, an amount, the number 4712345678: a request to that phone.
  * 1, Smartum, an amount: pay it on the phone's page first, then paste what its code says.
  * 5, MobilePay, till-01: sets up the code at the till, for sales with MobilePay and Enter.
  * Press Ctrl-C while a payment is open, and approve it on the phone: that is a power cut at the
    worst moment. Switch the register on again and see what it knows.
",
        sandbox.http, sandbox.https
    );
}

/// Runs the register until the cashier closes it; after a power cut it can be switched on again.
fn staff(shop: &Shop, sandbox: &Sandbox) -> Result<(), String> {
    let closed = AtomicBool::new(false);
    let mut courier = Courier::to(shop.webhook());
    thread::scope(|scope| {
        scope.spawn(|| {
            while !closed.load(Ordering::SeqCst) {
                // The next round may do better; without check-ins the till has other ways.
                let _ = courier.carry(sandbox);
                sleep(COURIER_COMES_EVERY);
            }
        });
        let staffed = staff_until_closed(shop);
        closed.store(true, Ordering::SeqCst);
        staffed
    })
}

fn staff_until_closed(shop: &Shop) -> Result<(), String> {
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
    let script = day::script(sandbox)?;
    let hearing = Hearing::aloud();
    println!("A day at the till begins.\n");
    let kills = thread::scope(|scope| {
        let courier = Courier::to(shop.webhook());
        let customers = Customers::arrive(scope, sandbox, day::habits(), &hearing, courier, true);
        let kills = play_register(shop, &script, &hearing, &customers);
        customers.leave()?;
        kills
    })?;
    println!(
        "\nThe day is over after {:.0} s and {kills} power cuts. The books:\n",
        begun.elapsed().as_secs_f32()
    );
    let names: Vec<_> = SALES.iter().map(|sale| String::from(sale.name)).collect();
    let mut books = compare(shop, sandbox, &names, Day::Over)?;
    for sale in &SALES {
        books.expect(sale.name, sale.end);
    }
    books.expect_not_taken(SALES.iter().filter(|sale| sale.not_taken).count());
    finish(&books)?;
    if kills == day::kill_count() {
        Ok(())
    } else {
        Err(format!("{kills} power cuts, not {}", day::kill_count()))
    }
}

/// The register plays its script, is cut off at the moments that matter, and is switched on again.
/// Gives how often that was.
fn play_register(
    shop: &Shop,
    script: &str,
    hearing: &Arc<Hearing>,
    customers: &Customers<'_>,
) -> Result<usize, String> {
    let deadline = Instant::now() + DAY_WITHIN;
    let mut kills = 0;
    let mut printing: Vec<_> = SALES.iter().filter(|it| it.cut_before_receipt).collect();
    let mut register = shop.play(script, hearing, true)?;
    loop {
        if let Some(status) = register.ended()? {
            return if status.success() {
                Ok(kills)
            } else {
                Err(format!("the register: {status}"))
            };
        }
        let accepted = |sale: &&Sale| hearing.has_read_receipt(sale.name);
        let cut = if let Some(place) = printing.iter().position(accepted) {
            printing.remove(place);
            register.kill()?;
            Some("before it has printed its receipt")
        } else if let Ok(done) = customers.cuts.try_recv() {
            register.kill()?;
            // The customer's thread waits for this; if it has ended, `leave` says why.
            let _ = done.send(());
            Some("and the customer approves all the same")
        } else {
            None
        };
        if let Some(words) = cut {
            kills += 1;
            println!("\n*** The power goes (SIGKILL), {words}. ***");
            sleep(Duration::from_millis(300));
            println!("*** The register is switched on again. ***\n");
            register = shop.play(script, hearing, true)?;
        }
        if Instant::now() > deadline {
            return Err(String::from("the day does not end"));
        }
        stop_is_an_error()?;
        sleep(LOOK_AGAIN);
    }
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
        not_taken,
        ..
    } = totals;
    println!(
        "Payments: {payments}, paid: {paid}, refunds: {refunds}, receipts that no till took: \
         {not_taken}. Ledger, journal and receipts agree."
    );
    Ok(())
}
