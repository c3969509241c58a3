//! `cargo xtask kill-loop`: a register is killed at random moments of its day, started again, and
//! the books are compared. No money may be lost, taken twice, or booked twice.

use std::fs;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::books::{Books, Day, Totals};
use crate::courier::Courier;
use crate::customer::Customers;
use crate::demo::temporary_directory;
use crate::hearing::Hearing;
use crate::kill_days::{DAYS, KillDay};
use crate::process::{LOOK_AGAIN, Reaped, stop_is_an_error, watch_for_stop};
use crate::sandbox::Sandbox;
use crate::shop::Shop;
use crate::tools::Tools;

const HELP: &str = "\
Kills a register with SIGKILL at random moments of its day, starts it again, and compares the
provider's ledger, the library's journal and the till's receipts. The systems take turns, a day each.

Usage: cargo xtask kill-loop [options]

  --count N   days to play                      [20]
  --seed S    where all chance comes from       [drawn and printed]
  --first F   the first day to play; with --count 1 and the seed, one day again  [0]
  --within M  kills only in the first M milliseconds of a day  [the whole day]
  --jobs J    days at the same time, each with a sandbox of its own  [6]
";

/// A day that takes longer hangs: even one that meets the provider's rate limit is faster.
const DAY_WITHIN: Duration = Duration::from_secs(150);

/// In how many of ten days the network breaks an answer as well.
const BROKEN_ANSWERS_IN_TEN: u32 = 3;
/// In how many of ten days the register is killed a second time, while it recovers.
const SECOND_KILLS_IN_TEN: u32 = 4;

struct Options {
    count: usize,
    seed: u64,
    first: usize,
    within: Option<Duration>,
    jobs: usize,
}

/// What came of one day.
#[derive(Default)]
struct Played {
    kills: usize,
    /// Kills that came after the register had finished.
    misses: usize,
    found_again: usize,
    /// From the register's first start to its last end.
    lasted: Duration,
    totals: Totals,
    report: String,
}

#[derive(Default)]
struct Score {
    days: usize,
    sum: Played,
    failed: Vec<String>,
}

pub fn run(words: &[String]) -> Result<(), String> {
    let Some(options) = parse(words)? else {
        print!("{HELP}");
        return Ok(());
    };
    watch_for_stop()?;
    let directory = temporary_directory("libpayments-kill-loop-")?;
    let result = play_days(&options, directory.path());
    if result.is_err() {
        println!("Everything is kept in {}", directory.keep().display());
    }
    result
}

fn parse(words: &[String]) -> Result<Option<Options>, String> {
    let mut options = Options {
        count: 20,
        seed: fastrand::u64(..1_000_000),
        first: 0,
        within: None,
        jobs: 6,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "--help" | "-h") {
            return Ok(None);
        }
        let value = words
            .next()
            .ok_or(format!("{word} needs a number\n\n{HELP}"))?;
        let number = value
            .parse::<usize>()
            .map_err(|_| format!("{value} is not a number"))?;
        match word.as_str() {
            "--count" => options.count = number,
            "--seed" => options.seed = u64::try_from(number).unwrap_or(u64::MAX),
            "--first" => options.first = number,
            "--within" => options.within = Some(milliseconds(number)),
            "--jobs" => options.jobs = number.clamp(1, 32),
            _ => return Err(format!("{word} is not an option\n\n{HELP}")),
        }
    }
    Ok(Some(options))
}

fn milliseconds(number: usize) -> Duration {
    Duration::from_millis(u64::try_from(number).unwrap_or(u64::MAX))
}

fn play_days(options: &Options, directory: &Path) -> Result<(), String> {
    println!("Building the library, the sandbox and the register …");
    let tools = Tools::build(directory)?;
    let day_lengths = undisturbed_days(&tools, directory, options)?;
    let lengths = DAYS.iter().zip(&day_lengths);
    let lengths: Vec<_> = lengths
        .map(|(day, length)| format!("{} {} ms", day.system, length.as_millis()))
        .collect();
    println!(
        "kill-loop: {} days, seed {}, {} at a time; undisturbed they take: {}",
        options.count,
        options.seed,
        options.jobs,
        lengths.join(", ")
    );
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let score = Mutex::new(Score::default());
    let work = |job: usize| {
        let directory = directory.join(format!("job-{job}"));
        fs::create_dir(&directory).map_err(|error| error.to_string())?;
        let sandbox = Sandbox::start(&tools, &directory)?;
        loop {
            let day = next.fetch_add(1, Ordering::SeqCst);
            if day >= options.count {
                return Ok(());
            }
            let number = options.first + day;
            let place = directory.join(format!("day-{number}"));
            let round = Round {
                day: KillDay::numbered(number),
                tools: &tools,
                sandbox: &sandbox,
                place: &place,
            };
            let chance = chance_of_day(options.seed, number);
            let day_length = day_lengths.get(number % DAYS.len()).copied();
            let played = round.play(chance, options.within.or(day_length));
            stop_is_an_error()?;
            sandbox.reset()?;
            keep_score(&score, options, number, &place, played);
        }
    };
    thread::scope(|scope| {
        let jobs: Vec<_> = (0..options.jobs)
            .map(|job| scope.spawn(move || work(job)))
            .collect();
        let ended = jobs.into_iter().map(|job| {
            job.join()
                .unwrap_or_else(|_| Err(String::from("a job panicked")))
        });
        // All are waited for, then the first problem counts.
        ended
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Result<(), String>>()
    })?;
    let score = score.into_inner().unwrap_or_else(PoisonError::into_inner);
    conclude(&score, options, begun.elapsed())
}

/// Each day has its own chance, so that it can be played again alone.
fn chance_of_day(seed: u64, number: usize) -> fastrand::Rng {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    fastrand::Rng::with_seed(
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(number),
    )
}

/// The first day of each system goes well: it tells how long a day takes, and that the comparison
/// finds no fault with it.
fn undisturbed_days(
    tools: &Tools,
    directory: &Path,
    options: &Options,
) -> Result<Vec<Duration>, String> {
    let measure = |day: &'static KillDay| {
        let directory = directory.join(format!("undisturbed-{}", day.system));
        fs::create_dir(&directory).map_err(|error| error.to_string())?;
        let sandbox = Sandbox::start(tools, &directory)?;
        let place = directory.join("day");
        let round = Round {
            day,
            tools,
            sandbox: &sandbox,
            place: &place,
        };
        let played = round.play(fastrand::Rng::with_seed(options.seed), None)?;
        if played.totals.differences > 0 {
            return Err(format!(
                "differences without any kill:\n\n{}",
                played.report
            ));
        }
        Ok(played.lasted)
    };
    thread::scope(|scope| {
        let days: Vec<_> = DAYS
            .iter()
            .map(|day| scope.spawn(move || measure(day)))
            .collect();
        let ended = days.into_iter().map(|day| {
            day.join()
                .unwrap_or_else(|_| Err(String::from("a day panicked")))
        });
        ended.collect::<Vec<_>>().into_iter().collect()
    })
}

fn keep_score(
    score: &Mutex<Score>,
    options: &Options,
    number: usize,
    place: &Path,
    played: Result<Played, String>,
) {
    let mut score = score.lock().unwrap_or_else(PoisonError::into_inner);
    score.days += 1;
    match played {
        Ok(played) if played.totals.differences == 0 => {
            score.sum += played;
            // What is left behind goes with the whole directory.
            let _ = fs::remove_dir_all(place);
        }
        Ok(played) => {
            println!("day {number}: DIFFERENCES\n{}", played.report);
            score.failed.push(number.to_string());
            score.sum += played;
        }
        Err(problem) => {
            println!("day {number}: {problem} (see {})", place.display());
            score.failed.push(number.to_string());
        }
    }
    if score.days.is_multiple_of(20) || score.days == options.count {
        let Score { days, sum, .. } = &*score;
        println!(
            "  {days} days, {} kills, {} found again",
            sum.kills, sum.found_again
        );
    }
}

fn conclude(score: &Score, options: &Options, took: Duration) -> Result<(), String> {
    let Score { days, sum, failed } = score;
    println!(
        "kill-loop: {days} days in {} s, {} kills ({} more came after the day), {} payments, \
         {} paid, {} refunds, {} found again after a restart, {} differences",
        took.as_secs(),
        sum.kills,
        sum.misses,
        sum.totals.payments,
        sum.totals.paid,
        sum.totals.refunds,
        sum.found_again,
        sum.totals.differences,
    );
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "seed {}: failed on the days {}; again with --seed {} --count 1 --first DAY",
        options.seed,
        failed.join(", "),
        options.seed
    ))
}

impl AddAssign for Played {
    fn add_assign(&mut self, other: Played) {
        self.kills += other.kills;
        self.misses += other.misses;
        self.found_again += other.found_again;
        self.totals.payments += other.totals.payments;
        self.totals.paid += other.totals.paid;
        self.totals.refunds += other.totals.refunds;
        self.totals.differences += other.totals.differences;
    }
}

/// One day in a directory of its own.
struct Round<'a> {
    day: &'static KillDay,
    tools: &'a Tools,
    sandbox: &'a Sandbox,
    place: &'a PathBuf,
}

impl Round<'_> {
    /// Plays the day, with kills if it is told how long a day takes.
    fn play(&self, mut chance: fastrand::Rng, length: Option<Duration>) -> Result<Played, String> {
        fs::create_dir(self.place).map_err(|error| error.to_string())?;
        let shop = Shop::open(self.place, self.tools, self.sandbox)?;
        let script = self.day.script(self.sandbox)?;
        let habits = self.day.habits(&mut chance);
        let mut kills = Vec::new();
        if let Some(length) = length {
            kills.push(moment(&mut chance, length));
            if chance.u32(..10) < SECOND_KILLS_IN_TEN {
                kills.push(moment(&mut chance, length));
            }
            if chance.u32(..10) < BROKEN_ANSWERS_IN_TEN {
                let path = chance.choice(self.day.breakable).unwrap_or(&"/payments");
                self.sandbox.lose_next_answer(path)?;
            }
        }
        let mut played = Played::default();
        let hearing = shop.hearing()?;
        thread::scope(|scope| {
            let courier = Courier::to(shop.webhook());
            let customers =
                Customers::arrive(scope, self.sandbox, habits, &hearing, courier, false);
            let begun = Instant::now();
            let result = play_register(&shop, &script, &hearing, &kills, &mut played);
            played.lasted = begun.elapsed();
            customers.leave()?;
            result
        })?;
        self.compare(&shop, &mut played)?;
        played.found_again = hearing.found_again();
        Ok(played)
    }

    fn compare(&self, shop: &Shop, played: &mut Played) -> Result<(), String> {
        let ledger = self.sandbox.ledger()?;
        let (journal, receipts) = (shop.journal(), shop.receipts());
        let mut books = Books::compare(ledger, &journal, &receipts, &self.day.sales(), Day::Over)?;
        // Each receipt on these days is shown at the till, and taken unless it is forged.
        books.expect_not_taken(0);
        played.totals = books.totals();
        played.report = books.to_string();
        Ok(())
    }
}

fn moment(chance: &mut fastrand::Rng, day: Duration) -> Duration {
    let day_us = u64::try_from(day.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(chance.u64(..=day_us))
}

/// Starts the register again after each kill, until it gets to the end of its day.
fn play_register(
    shop: &Shop,
    script: &str,
    hearing: &Arc<Hearing>,
    kills: &[Duration],
    played: &mut Played,
) -> Result<(), String> {
    let mut kills = kills.iter();
    loop {
        let mut register = shop.play(script, hearing, false)?;
        let kill_after = kills.next().copied();
        if watch(&mut register, kill_after)? {
            played.misses += usize::from(kill_after.is_some()) + kills.count();
            return Ok(());
        }
        played.kills += 1;
    }
}

/// Whether the register got to the end of its day; it did not if it was killed.
fn watch(register: &mut Reaped, kill_after: Option<Duration>) -> Result<bool, String> {
    let begun = Instant::now();
    loop {
        if let Some(status) = register.ended()? {
            return if status.success() {
                Ok(true)
            } else {
                Err(format!("register: {status}"))
            };
        }
        let elapsed = begun.elapsed();
        match kill_after {
            Some(moment) if elapsed >= moment => {
                register.kill()?;
                return Ok(false);
            }
            Some(moment) => sleep(LOOK_AGAIN.min(moment.saturating_sub(elapsed))),
            None => sleep(LOOK_AGAIN),
        }
        if elapsed > DAY_WITHIN {
            return Err(String::from("the day does not end"));
        }
        stop_is_an_error()?;
    }
}
