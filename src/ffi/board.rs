//! What `payments_poll` reads: one slot an operation, written by the worker, read without a lock, an
//! allocation or a system call.

use super::convert;
use super::types::payments_view;
use crate::engine::View;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

const WORDS: usize = size_of::<payments_view>() / 8;
const _: () = assert!(size_of::<payments_view>().is_multiple_of(8));

/// Changes that nobody waits for are not kept for ever.
const CHANGES_MAX: usize = 16_384;

/// How far from its place an operation is looked for before others make room.
const NEAR: usize = 64;

/// A slot's sequence number is odd while it is written; a reader that saw it change reads again.
struct Slot {
    id: AtomicI64,
    sequence: AtomicU64,
    words: [AtomicU64; WORDS],
}

/// A view, copied out of its slot.
pub type Words = [u64; WORDS];

pub struct Board {
    slots: Box<[Slot]>,
    /// The farthest that any operation stands from where its id says.
    reach: AtomicUsize,
    bell: Mutex<Bell>,
    rung: Condvar,
}

struct Bell {
    changes: VecDeque<i64>,
    closed: bool,
    rings: u64,
}

impl Board {
    /// `capacity`: operations that the engine keeps at once. Untouched slots take no memory.
    pub fn new(capacity: usize) -> Self {
        let len = capacity.saturating_mul(2).max(16);
        Self {
            slots: zeroed_slots(len),
            reach: AtomicUsize::new(0),
            bell: Mutex::new(Bell {
                changes: VecDeque::new(),
                closed: false,
                rings: 0,
            }),
            rung: Condvar::new(),
        }
    }

    fn bell(&self) -> MutexGuard<'_, Bell> {
        self.bell
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn slot(&self, id: i64, step: usize) -> Option<&Slot> {
        let home = usize::try_from(id).ok()? % self.slots.len();
        self.slots.get((home + step) % self.slots.len())
    }

    fn find(&self, id: i64) -> Option<&Slot> {
        // An empty slot carries the id 0, which names nothing.
        if id < 1 {
            return None;
        }
        let reach = self.reach.load(Ordering::Acquire);
        (0..=reach)
            .filter_map(|step| self.slot(id, step))
            .find(|slot| slot.id.load(Ordering::Acquire) == id)
    }

    /// Called by one thread only, the worker.
    pub fn publish(&self, view: &View) {
        let id = view.id.get();
        let Some(slot) = self.find(id).or_else(|| self.place_for(id)) else {
            return;
        };
        let words = convert::view_words(view);
        let sequence = slot.sequence.load(Ordering::Relaxed);
        slot.sequence
            .store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        for (place, word) in slot.words.iter().zip(words) {
            place.store(word, Ordering::Relaxed);
        }
        slot.id.store(id, Ordering::Relaxed);
        slot.sequence
            .store(sequence.wrapping_add(2), Ordering::Release);
        self.ring(Some(id));
    }

    /// A free place, or that of a finished operation, the nearest to where the id belongs.
    fn place_for(&self, id: i64) -> Option<&Slot> {
        let len = self.slots.len();
        let first = |steps: usize, fits: fn(&Slot) -> bool| {
            (0..steps).find(|step| self.slot(id, *step).is_some_and(fits))
        };
        let step = first(len.min(NEAR), is_free)
            .or_else(|| first(len.min(NEAR), is_settled))
            .or_else(|| first(len, |slot| is_free(slot) || is_settled(slot)))?;
        self.reach.fetch_max(step, Ordering::Release);
        self.slot(id, step)
    }

    /// The newest view, or nothing if the operation is not on the board.
    pub fn read(&self, id: i64) -> Option<Words> {
        let slot = self.find(id)?;
        loop {
            let before = slot.sequence.load(Ordering::Acquire);
            if !before.is_multiple_of(2) {
                std::hint::spin_loop();
                continue;
            }
            let mut words = [0; WORDS];
            for (word, place) in words.iter_mut().zip(&slot.words) {
                *word = place.load(Ordering::Relaxed);
            }
            fence(Ordering::Acquire);
            let is_mine = slot.id.load(Ordering::Relaxed) == id;
            if slot.sequence.load(Ordering::Relaxed) == before {
                return is_mine.then_some(words);
            }
        }
    }

    fn ring(&self, changed: Option<i64>) {
        let mut bell = self.bell();
        bell.rings = bell.rings.wrapping_add(1);
        if let Some(id) = changed
            && !bell.changes.contains(&id)
        {
            if bell.changes.len() >= CHANGES_MAX {
                bell.changes.pop_front();
            }
            bell.changes.push_back(id);
        }
        drop(bell);
        self.rung.notify_all();
    }

    /// Ends all waiting, for good.
    pub fn close(&self) {
        self.bell().closed = true;
        self.ring(None);
    }

    /// Waits until `is_new` accepts what is on the board; the last look is returned either way.
    pub fn wait(
        &self,
        id: i64,
        timeout: Duration,
        is_new: impl Fn(&Words) -> bool,
    ) -> Option<(Words, bool)> {
        let until = Instant::now() + timeout;
        let mut bell = self.bell();
        loop {
            let words = self.read(id)?;
            if is_new(&words) {
                return Some((words, true));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || bell.closed {
                return Some((words, false));
            }
            bell = match self.rung.wait_timeout(bell, left) {
                Ok((bell, _)) => bell,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// The operation whose change has waited longest to be told.
    pub fn wait_any(&self, timeout: Duration) -> Option<i64> {
        let until = Instant::now() + timeout;
        let mut bell = self.bell();
        loop {
            if let Some(id) = bell.changes.pop_front() {
                return Some(id);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || bell.closed {
                return None;
            }
            bell = match self.rung.wait_timeout(bell, left) {
                Ok((bell, _)) => bell,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

fn is_free(slot: &Slot) -> bool {
    slot.id.load(Ordering::Relaxed) == 0
}

fn is_settled(slot: &Slot) -> bool {
    let mut words = [0; WORDS];
    for (word, place) in words.iter_mut().zip(&slot.words) {
        *word = place.load(Ordering::Relaxed);
    }
    convert::is_final(&words)
}

/// All-zero memory straight from the allocator: pages that are never written are never backed.
fn zeroed_slots(len: usize) -> Box<[Slot]> {
    let Ok(layout) = std::alloc::Layout::array::<Slot>(len) else {
        return Box::default();
    };
    // SAFETY: the layout is that of `len` slots and not empty; every field of `Slot` is an atomic
    // integer, for which all bits zero is a value; the box takes over what was allocated for it.
    unsafe {
        let memory = std::alloc::alloc_zeroed(layout).cast::<Slot>();
        if memory.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        Box::from_raw(std::ptr::slice_from_raw_parts_mut(memory, len))
    }
}
