//! When to ask about a waiting payment again.

use super::PollSchedule;

/// Questions start `first_ms` after the payment opened and then follow the schedule's steps.
pub fn next_question_at(schedule: &PollSchedule, opened_at: i64, last_asked_at: i64) -> i64 {
    if last_asked_at <= opened_at {
        return opened_at.saturating_add(schedule.first_ms);
    }
    let age_ms = last_asked_at.saturating_sub(opened_at);
    last_asked_at.saturating_add(schedule.interval_ms(age_ms))
}
