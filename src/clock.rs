//! Time and randomness of the real world.

use crate::tender::IdSource;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Unix milliseconds that only ever advance: the wall clock is read once, then the monotonic clock
/// counts on, so that a corrected till clock neither ends a customer's time nor gives it back.
pub struct Clock {
    wall_at_start: i64,
    start: Instant,
}

impl Clock {
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        let wall_at_start = wall
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or(0);
        Self {
            wall_at_start,
            start: Instant::now(),
        }
    }

    pub fn now(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.wall_at_start.saturating_add(elapsed)
    }
}

/// The operating system's random numbers.
pub struct SystemIds;

impl IdSource for SystemIds {
    fn fill(&mut self, bytes: &mut [u8]) {
        // The system's generator does not fail once it has started; if it did, a guessable key
        // would be worse than a stopped till.
        assert!(
            aws_lc_rs::rand::fill(bytes).is_ok(),
            "the operating system gave no random numbers"
        );
    }
}
