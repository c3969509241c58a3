//! Which `payments_ctx*` are alive. A handle is not an address: closed, foreign and made-up ones are
//! recognised without being followed.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Open libraries in one process.
const OPEN_MAX: usize = 64;

struct Entry<T> {
    handle: AtomicUsize,
    users: AtomicU32,
    value: AtomicPtr<T>,
}

pub struct Handles<T> {
    entries: [Entry<T>; OPEN_MAX],
}

/// Keeps a context alive while a call uses it.
pub struct InUse<'a, T> {
    entry: &'a Entry<T>,
    value: &'a T,
}

impl<T> std::ops::Deref for InUse<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Drop for InUse<'_, T> {
    fn drop(&mut self) {
        self.entry.users.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<T> Handles<T> {
    pub const fn new() -> Self {
        Self {
            entries: [const {
                Entry {
                    handle: AtomicUsize::new(0),
                    users: AtomicU32::new(0),
                    value: AtomicPtr::new(std::ptr::null_mut()),
                }
            }; OPEN_MAX],
        }
    }

    /// `random`: unguessable bits; the handle also says where its entry is.
    pub fn insert(&self, value: Arc<T>, random: usize) -> Option<usize> {
        let pointer = Arc::into_raw(value).cast_mut();
        for (index, entry) in self.entries.iter().enumerate() {
            let free = entry.value.compare_exchange(
                std::ptr::null_mut(),
                pointer,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if free.is_ok() {
                let handle = (random & !(OPEN_MAX - 1) | index) | (OPEN_MAX << 1);
                entry.handle.store(handle, Ordering::Release);
                return Some(handle);
            }
        }
        // SAFETY: `pointer` came from `into_raw` above and was stored nowhere.
        drop(unsafe { Arc::from_raw(pointer) });
        None
    }

    fn entry(&self, handle: usize) -> Option<&Entry<T>> {
        self.entries.get(handle & (OPEN_MAX - 1))
    }

    pub fn enter(&self, handle: usize) -> Option<InUse<'_, T>> {
        let entry = self.entry(handle).filter(|_| handle != 0)?;
        // Announced first, then looked at: `remove` takes the handle away first, then waits.
        entry.users.fetch_add(1, Ordering::SeqCst);
        if entry.handle.load(Ordering::SeqCst) != handle {
            entry.users.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        // SAFETY: the handle is alive and we are counted, so `remove` does not free the value.
        let value = unsafe { &*entry.value.load(Ordering::Acquire) };
        Some(InUse { entry, value })
    }

    /// Takes the handle out of use; only one caller succeeds. `None` with no such handle.
    pub fn retire(&self, handle: usize) -> Option<Arc<T>> {
        let entry = self.entry(handle).filter(|_| handle != 0)?;
        entry
            .handle
            .compare_exchange(handle, 0, Ordering::SeqCst, Ordering::SeqCst)
            .ok()?;
        let pointer = entry.value.load(Ordering::Acquire);
        // SAFETY: the entry owns one count; this takes another for the caller.
        unsafe {
            Arc::increment_strong_count(pointer);
            Some(Arc::from_raw(pointer))
        }
    }

    /// Frees the entry once no call uses it. Whether that came to pass in time; if not, the entry
    /// stays taken and its memory lives on.
    pub fn release(&self, handle: usize, timeout: Duration) -> bool {
        let Some(entry) = self.entry(handle) else {
            return false;
        };
        let until = Instant::now() + timeout;
        while entry.users.load(Ordering::SeqCst) > 0 {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let pointer = entry.value.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if !pointer.is_null() {
            // SAFETY: the entry's own count, put there by `insert`, and nobody uses it any more.
            drop(unsafe { Arc::from_raw(pointer) });
        }
        true
    }
}
