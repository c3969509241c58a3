//! The host's log callback and the thread that calls it.

use super::threads::spawn_quiet;
use super::types::payments_log_callback;
use crate::engine::LogLine;
use std::collections::VecDeque;
use std::ffi::{CString, c_void};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{JoinHandle, ThreadId};

/// Lines that wait for a slow callback; beyond, the oldest are dropped and their number is told.
const QUEUE_MAX: usize = 1_024;

/// The longest line, with its NUL.
const LINE_LEN_MAX: usize = 512;

/// A host's pointer, handed back to the host only.
struct UserData(*mut c_void);

// SAFETY: the header says that the callback runs on a thread of the library; the host's data must
// stand that. We never look at what it points to.
unsafe impl Send for UserData {}

#[derive(Default)]
struct Queue {
    lines: VecDeque<(i32, String)>,
    dropped: u64,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
}

struct Dispatcher {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

/// Where log lines go. Without a callback they go nowhere and cost a comparison.
#[derive(Default)]
pub struct Log {
    level: AtomicI32,
    dispatcher: Mutex<Option<Dispatcher>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Log {
    pub fn write(&self, line: &LogLine) {
        if line.level.number() > self.level.load(Ordering::Relaxed) {
            return;
        }
        let dispatcher = locked(&self.dispatcher);
        let Some(dispatcher) = dispatcher.as_ref() else {
            return;
        };
        let mut text = line.to_string();
        text.truncate(LINE_LEN_MAX - 1);
        let mut queue = locked(&dispatcher.shared.queue);
        if queue.lines.len() >= QUEUE_MAX {
            queue.lines.pop_front();
            queue.dropped += 1;
        }
        queue.lines.push_back((line.level.number(), text));
        drop(queue);
        dispatcher.shared.filled.notify_one();
    }

    pub fn is_own_thread(&self, id: ThreadId) -> bool {
        locked(&self.dispatcher)
            .as_ref()
            .is_some_and(|own| own.thread.thread().id() == id)
    }

    /// Returns once the callback before is neither running nor will run again.
    pub fn set(
        &self,
        callback: payments_log_callback,
        user_data: *mut c_void,
        level: i32,
    ) -> std::io::Result<()> {
        self.level.store(0, Ordering::Relaxed);
        let before = locked(&self.dispatcher).take();
        if let Some(before) = before {
            locked(&before.shared.queue).closed = true;
            before.shared.filled.notify_one();
            let _ = before.thread.join();
        }
        let Some(callback) = callback else {
            return Ok(());
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::default()),
            filled: Condvar::new(),
        });
        let of_thread = shared.clone();
        let user_data = UserData(user_data);
        let thread = spawn_quiet(
            "payments-log",
            Box::new(move || {
                let user_data = user_data;
                dispatch(&of_thread, |level, line| {
                    // SAFETY: the header demands a function that stands being called on this
                    // thread with this pointer until the callback is replaced.
                    unsafe { callback(user_data.0, level, line.as_ptr()) }
                });
            }),
        )?;
        *locked(&self.dispatcher) = Some(Dispatcher { shared, thread });
        self.level.store(level, Ordering::Relaxed);
        Ok(())
    }
}

fn dispatch(shared: &Shared, call: impl Fn(i32, &std::ffi::CStr)) {
    loop {
        let mut queue = locked(&shared.queue);
        while queue.lines.is_empty() && !queue.closed {
            queue = shared
                .filled
                .wait(queue)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        if queue.closed {
            return;
        }
        let dropped = std::mem::take(&mut queue.dropped);
        let next = queue.lines.pop_front();
        drop(queue);
        if dropped > 0
            && let Ok(line) = CString::new(format!("log-lines-dropped number={dropped}"))
        {
            call(super::types::PAYMENTS_LOG_WARN, &line);
        }
        if let Some((level, text)) = next
            && let Ok(line) = CString::new(text)
        {
            call(level, &line);
        }
    }
}
