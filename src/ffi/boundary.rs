//! The border: every call crosses it here, so that no check can be forgotten.

use super::board::Board;
use super::convert::ViewOut;
use super::errors::{Failure, clear_last_error, set_last_error};
use super::handles::Handles;
use super::log::Log;
use super::scans::Scans;
use super::threads::{is_forked_child, spawn_quiet, watch_forks};
use super::types::*;
use crate::config::Config;
use crate::engine::{Engine, EngineError, HostCall, LogSink};
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The longest wait that a caller can ask for.
const WAIT_MS_MAX: i32 = 30_000;

/// How long a shutdown waits for other threads' calls to leave, beyond the caller's time.
const LEAVE_GRACE: Duration = Duration::from_millis(300);

static HANDLES: Handles<Context> = Handles::new();

/// What a handle stands for.
pub struct Context {
    pub engine: Arc<Engine>,
    pub scans: Arc<Scans>,
    board: Arc<Board>,
    log: Arc<Log>,
    poisoned: Arc<AtomicBool>,
}

type LibraryResult = Result<(), Failure>;

thread_local! {
    static PANIC_ARMED: Cell<bool> = const { Cell::new(false) };
}

/// Makes the next call of this thread panic inside the border: how the tests prove that no panic
/// leaves it.
#[doc(hidden)]
pub fn arm_panic_for_tests() {
    PANIC_ARMED.set(true);
}

/// For calls without a ctx: a panic becomes an error code.
pub fn library_boundary(work: impl FnOnce() -> LibraryResult) -> i32 {
    clear_last_error();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => PAYMENTS_OK,
        Ok(Err(failure)) => fail(&failure),
        Err(_) => fail(&Failure::from(EngineError::Panicked)),
    }
}

/// For calls with a ctx: clears the last error, checks the handle and who is calling, catches the
/// panic, stores the error, returns the code.
pub fn boundary<T>(
    ctx: *mut payments_ctx,
    work: impl FnOnce(&Context) -> Result<T, Failure>,
) -> i32 {
    clear_last_error();
    if is_forked_child() {
        return fail(&Failure::new(
            PAYMENTS_E_FORKED,
            "the process has forked; only the parent may use this ctx",
        ));
    }
    let Some(context) = HANDLES.enter(ctx.addr()) else {
        return fail(&not_open());
    };
    if context.poisoned.load(Ordering::Acquire) {
        return fail(&Failure::new(
            PAYMENTS_E_POISONED,
            "a mistake in this library stopped it; shut down and init again: nothing is lost",
        ));
    }
    let poisoned = context.poisoned.clone();
    let result = catch_unwind(AssertUnwindSafe(|| {
        assert!(!PANIC_ARMED.take(), "armed by a test");
        work(&context)
    }));
    match result {
        Ok(Ok(_)) => PAYMENTS_OK,
        Ok(Err(failure)) => fail(&failure),
        Err(_) => {
            poisoned.store(true, Ordering::Release);
            fail(&Failure::from(EngineError::Panicked))
        }
    }
}

fn fail(failure: &Failure) -> i32 {
    set_last_error(&failure.text);
    failure.code
}

fn not_open() -> Failure {
    Failure::new(
        PAYMENTS_E_HANDLE,
        "ctx is NULL, closed, or did not come from payments_init()",
    )
}

pub fn open(config: &str) -> Result<*mut payments_ctx, Failure> {
    watch_forks();
    if is_forked_child() {
        return Err(Failure::new(
            PAYMENTS_E_FORKED,
            "the parent of this process had the library open; exec a new program first",
        ));
    }
    let mut config = Config::read(config).map_err(EngineError::from)?;
    let scanner = config.scanner.take();
    let board = Arc::new(Board::new(config.open_operations_max.saturating_add(512)));
    let log = Arc::new(Log::default());
    let poisoned = Arc::new(AtomicBool::new(false));
    let to_board = board.clone();
    let to_log = log.clone();
    let panicked = (poisoned.clone(), board.clone());
    let to_log: LogSink = Arc::new(move |line| to_log.write(line));
    let on_panic: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
        panicked.0.store(true, Ordering::Release);
        panicked.1.close();
    });
    let engine = Arc::new(Engine::start(
        config,
        Arc::new(move |view| to_board.publish(view)),
        to_log.clone(),
        on_panic.clone(),
        spawn_quiet,
    )?);
    let scans = Arc::new(Scans::default());
    if let Some(settings) = scanner {
        let started = scans.start(settings, &engine, to_log, on_panic);
        started.map_err(|error| EngineError::Threads(error.kind()))?;
    }
    let context = Context {
        engine,
        scans,
        board,
        log,
        poisoned,
    };
    let mut random = [0; size_of::<usize>()];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| Failure::new(PAYMENTS_E_INTERNAL, "the system gave no random numbers"))?;
    let handle = HANDLES.insert(Arc::new(context), usize::from_ne_bytes(random));
    handle.map(std::ptr::without_provenance_mut).ok_or_else(|| {
        Failure::new(
            PAYMENTS_E_LIMIT,
            "64 libraries are open in this process; shut some down",
        )
    })
}

pub fn close(ctx: *mut payments_ctx, timeout_ms: i32) -> LibraryResult {
    if is_forked_child() {
        return Err(Failure::new(
            PAYMENTS_E_FORKED,
            "only the parent may close this ctx",
        ));
    }
    let handle = ctx.addr();
    {
        let context = HANDLES.enter(handle).ok_or_else(not_open)?;
        if context.log.is_own_thread(std::thread::current().id()) {
            return Err(Failure::new(
                PAYMENTS_E_REENTRANT,
                "payments_shutdown() cannot be called from the log callback",
            ));
        }
    }
    let context = HANDLES.retire(handle).ok_or_else(not_open)?;
    let timeout = wait_time(timeout_ms);
    context.scans.close();
    let clean = context.engine.stop(timeout);
    context.board.close();
    let quiet = context
        .log
        .set(None, std::ptr::null_mut(), PAYMENTS_LOG_OFF)
        .is_ok();
    drop(context);
    let left = HANDLES.release(handle, LEAVE_GRACE);
    if clean && quiet && left {
        Ok(())
    } else {
        Err(Failure::new(
            PAYMENTS_E_TIMEOUT,
            "closed, but something was still under way; the journal knows it",
        ))
    }
}

/// 0 and less look and return.
pub fn wait_time(timeout_ms: i32) -> Duration {
    let capped = timeout_ms.clamp(0, WAIT_MS_MAX);
    Duration::from_millis(u64::try_from(capped).unwrap_or(0))
}

impl Context {
    pub fn poll(&self, id: i64, timeout_ms: i32, out: ViewOut) -> LibraryResult {
        let not_found = || {
            Failure::new(
                PAYMENTS_E_NOT_FOUND,
                "no operation with this id is unfinished or among the newest",
            )
        };
        if timeout_ms <= 0 {
            return match self.board.read(id) {
                Some(words) => {
                    out.fill(&words);
                    Ok(())
                }
                None => {
                    out.clear();
                    Err(not_found())
                }
            };
        }
        let seen = out.seen_revision;
        let waited = self.board.wait(id, wait_time(timeout_ms), |words| {
            super::convert::view_of(words).revision != seen
        });
        let Some((words, is_new)) = waited else {
            out.clear();
            return Err(not_found());
        };
        out.fill(&words);
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Failure::from(EngineError::Panicked));
        }
        if is_new {
            Ok(())
        } else {
            Err(Failure::new(
                PAYMENTS_E_TIMEOUT,
                "nothing has changed in this time",
            ))
        }
    }

    /// The engine's health and the scanner's.
    pub fn health(&self) -> Result<String, Failure> {
        let text = self.engine.call_text(HostCall::Health)?;
        let Some(status) = self.scans.status() else {
            return Ok(text);
        };
        let mut health: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap_or_default();
        health.insert("scanner".to_owned(), status.into());
        Ok(serde_json::Value::Object(health).to_string())
    }

    pub fn wait_any(&self, timeout_ms: i32) -> Result<i64, Failure> {
        self.board
            .wait_any(wait_time(timeout_ms))
            .ok_or_else(|| Failure::new(PAYMENTS_E_TIMEOUT, "nothing has changed in this time"))
    }

    pub fn set_log_callback(
        &self,
        callback: payments_log_callback,
        user_data: *mut c_void,
        level: i32,
    ) -> LibraryResult {
        if self.log.is_own_thread(std::thread::current().id()) {
            return Err(Failure::new(
                PAYMENTS_E_REENTRANT,
                "the log callback cannot replace itself",
            ));
        }
        self.log.set(callback, user_data, level).map_err(|error| {
            Failure::new(
                PAYMENTS_E_INTERNAL,
                format!("no thread for the log ({})", error.kind()),
            )
        })
    }
}
