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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_payment_is_asked_about_less_often_than_the_guideline_and_an_answer_seen_sooner()
    {
        let schedule = crate::provider::vipps::poll_schedule();
        let ask_times = |until: i64| {
            let mut times = vec![];
            let mut last = 0;
            loop {
                last = next_question_at(&schedule, 0, last);
                if last > until {
                    return times;
                }
                times.push(last);
            }
        };
        // The guideline: first after 5 s, then every 2 s (provider sheet, section 7).
        let guideline = |until: i64| (until - 5_000) / 2_000 + 1;
        let abandoned = i64::try_from(ask_times(600_000).len()).unwrap();
        assert!(abandoned * 2 <= guideline(600_000), "{abandoned} questions");

        // Mean wait from approval to the next question, over approvals at 3 s … 60 s.
        let times = ask_times(70_000);
        let (mut ours, mut theirs) = (0, 0);
        for approved in (3_000..60_000).step_by(100) {
            ours += times.iter().find(|at| **at >= approved).unwrap() - approved;
            theirs += (approved.max(5_000) - 5_000 + 1_999) / 2_000 * 2_000 + 5_000 - approved;
        }
        assert!(ours * 2 <= theirs, "{ours} against {theirs}");
    }
}
