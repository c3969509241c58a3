//! The library's own scanner: what it reads goes to the tender that waits for it, or waits for the
//! host.

use super::boundary::boundary;
use super::convert::{self, OutText};
use super::errors::Failure;
use super::types::*;
use crate::device::scanner::{Scanner, ScannerSettings, ScannerStatus};
use crate::engine::{Engine, HostCall, LogLevel, LogLine, LogSink};
use crate::provider::scan::ScanKind;
use std::collections::VecDeque;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Scans that nobody asks for: the oldest are forgotten beyond this.
const QUEUE_MAX: usize = 32;

/// A code that was read and that no tender took.
struct Read {
    bytes: Vec<u8>,
    kind: i32,
}

#[derive(Default)]
struct Queue {
    reads: VecDeque<Read>,
    status: Option<ScannerStatus>,
    closed: bool,
}

/// What the scanner's thread leaves for the host.
#[derive(Default)]
pub struct Scans {
    queue: Mutex<Queue>,
    arrived: Condvar,
    scanner: Mutex<Option<Scanner>>,
}

impl Scans {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts reading. A scanner that is not there yet is waited for.
    pub fn start(
        self: &Arc<Self>,
        settings: ScannerSettings,
        engine: &Arc<Engine>,
        log: LogSink,
        on_panic: Arc<dyn Fn() + Send + Sync>,
    ) -> std::io::Result<()> {
        let (scans, told) = (self.clone(), self.clone());
        let engine = Arc::downgrade(engine);
        let sink = move |bytes: Vec<u8>| {
            let Some(engine) = engine.upgrade() else {
                return;
            };
            let taken = catch_unwind(AssertUnwindSafe(|| scans.taken(&engine, bytes)));
            if taken.is_err() {
                on_panic();
            }
        };
        let status = move |status: ScannerStatus| {
            let level = match status {
                ScannerStatus::Ready => LogLevel::Info,
                ScannerStatus::Away(_) | ScannerStatus::Dropped(_) => LogLevel::Warn,
            };
            log(&LogLine::new(level, "scanner").word("status", status.key()));
            if !matches!(status, ScannerStatus::Dropped(_)) {
                told.queue().status = Some(status);
            }
        };
        let scanner = Scanner::start(settings, super::threads::spawn_quiet, sink, status)?;
        let mut place = self.scanner.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(scanner);
        Ok(())
    }

    /// Hands a scan to the tender that waits for it, or keeps it for the host.
    fn taken(&self, engine: &Engine, bytes: Vec<u8>) {
        let call = HostCall::AnyScan {
            bytes: bytes.clone(),
        };
        let kind = engine.call_scan(call);
        let kind = kind.unwrap_or(ScanKind::Other.number());
        let took = [
            ScanKind::Customer.number(),
            ScanKind::Receipt.number(),
            ScanKind::ReceiptRefused.number(),
        ];
        if took.contains(&kind) {
            return;
        }
        let mut queue = self.queue();
        while queue.reads.len() >= QUEUE_MAX {
            queue.reads.pop_front();
        }
        queue.reads.push_back(Read { bytes, kind });
        drop(queue);
        self.arrived.notify_one();
    }

    /// For payments_health(): how the scanner is, if there is one.
    pub fn status(&self) -> Option<&'static str> {
        self.queue().status.map(ScannerStatus::key)
    }

    pub fn close(&self) {
        let scanner = self
            .scanner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Ends the thread and waits for it.
        drop(scanner);
        self.queue().closed = true;
        self.arrived.notify_all();
    }

    fn is_configured(&self) -> bool {
        self.scanner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// The oldest scan, taken away only if it fits.
    fn take(&self, timeout: Duration, out: OutText<'_>) -> Result<i32, Failure> {
        let until = Instant::now() + timeout;
        let mut queue = self.queue();
        loop {
            if let Some(read) = queue.reads.front() {
                let kind = read.kind;
                out.write_bytes(&read.bytes)?;
                queue.reads.pop_front();
                return Ok(kind);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || queue.closed {
                return Err(Failure::new(PAYMENTS_E_TIMEOUT, "nothing was scanned"));
            }
            let waited = self.arrived.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Fetches a code that the library's own scanner has read and that no tender waited for: a product,
/// a loyalty number, a customer's code before the sale. Scans that a tender waits for reach it by
/// themselves. Of scans that nobody fetches the newest 32 are kept.
///
/// @param ctx         From payments_init(), with `scanner` in the configuration.
/// @param timeout_ms  Waits at most this long, capped at 30000; 0 or less only looks.
/// @param buf         Room for `cap` bytes; the code is not ended by a NUL. 8192 are always enough.
/// @param cap         Bytes in buf.
/// @param needed_out  Bytes of the code. May be NULL.
/// @param what_out    PAYMENTS_SCAN_…: what it looks like. May be NULL.
/// @return PAYMENTS_OK; PAYMENTS_E_TIMEOUT (nothing was scanned); PAYMENTS_E_BUFFER_TOO_SMALL (it is
///         kept); PAYMENTS_E_STATE (no scanner is configured); PAYMENTS_E_ARGUMENT.
///
/// Blocking: timeout_ms.   Threads: any; each code goes to one caller.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_take_scan(
    ctx: *mut payments_ctx,
    timeout_ms: i32,
    buf: *mut c_char,
    cap: usize,
    needed_out: *mut usize,
    what_out: *mut i32,
) -> i32 {
    boundary(ctx, |context| {
        // SAFETY: the header allows NULL or a place for one int32_t.
        let mut what = unsafe { what_out.as_mut() };
        if let Some(what) = what.as_deref_mut() {
            *what = 0;
        }
        // SAFETY: the header demands room for `cap` bytes, or NULL with cap 0.
        let out = unsafe { OutText::new(buf, cap, needed_out) }?;
        if !context.scans.is_configured() {
            return Err(Failure::new(
                PAYMENTS_E_STATE,
                "the configuration names no scanner",
            ));
        }
        let timeout = super::boundary::wait_time(timeout_ms);
        let kind = context.scans.take(timeout, out)?;
        if let Some(what) = what {
            *what = kind;
        }
        Ok(())
    })
}

/// Tells what a receipt's token says of itself, without believing any of it: the header's algorithm,
/// type and key id, and the names of its claims, never their values. For the one who sets up a
/// profile and has to say where in a receipt each fact stands.
///
/// @param scan        What was scanned, or the token alone. UTF-8, NUL-terminated, at most 8192 bytes.
/// @param buf         Room for a JSON text of `cap` bytes; may be NULL when cap is 0.
/// @param cap         Bytes in buf, with the NUL.
/// @param needed_out  Bytes needed, with the NUL. May be NULL.
/// @return PAYMENTS_OK; PAYMENTS_E_BUFFER_TOO_SMALL; PAYMENTS_E_ARGUMENT (no token to be found).
///
/// Blocking: no.   Threads: any.   Retry: safe.   Since: 1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn payments_inspect_receipt(
    scan: *const c_char,
    buf: *mut c_char,
    cap: usize,
    needed_out: *mut usize,
) -> i32 {
    super::boundary::library_boundary(|| {
        // SAFETY: the header demands room for `cap` bytes, or NULL with cap 0.
        let out = unsafe { OutText::new(buf, cap, needed_out) }?;
        // SAFETY: the header demands a NUL-terminated text or NULL, which is refused.
        let scan = unsafe { convert::text(scan, "scan", convert::Text::SCAN) }?;
        let found = crate::provider::receipt::inspect(scan).map_err(|reason| {
            Failure::argument(format!("scan: no token was found ({})", reason.key()))
        })?;
        out.write(&found.to_json())
    })
}
