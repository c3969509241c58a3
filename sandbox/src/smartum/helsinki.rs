//! Which day it is in Helsinki.

use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// Whether both moments (Unix milliseconds) are on the same calendar day there.
pub(super) fn same_day(one_ms: i64, other_ms: i64) -> bool {
    match (day(one_ms), day(other_ms)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The calendar year there.
pub(super) fn year(at_ms: i64) -> Option<i32> {
    day(at_ms).map(Date::year)
}

fn day(at_ms: i64) -> Option<Date> {
    let moment = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).ok()?;
    let summer = summer_begins(moment.year())? <= moment && moment < summer_ends(moment.year())?;
    let offset = UtcOffset::from_hms(if summer { 3 } else { 2 }, 0, 0).ok()?;
    Some(moment.to_offset(offset).date())
}

fn summer_begins(year: i32) -> Option<OffsetDateTime> {
    change_of_clocks(year, Month::March)
}

fn summer_ends(year: i32) -> Option<OffsetDateTime> {
    change_of_clocks(year, Month::October)
}

/// The last Sunday of a month with 31 days, at one o'clock UTC.
fn change_of_clocks(year: i32, month: Month) -> Option<OffsetDateTime> {
    let last = Date::from_calendar_date(year, month, 31).ok()?;
    let sunday = last - Duration::days(i64::from(last.weekday().number_days_from_sunday()));
    let one = Time::from_hms(1, 0, 0).ok()?;
    Some(sunday.with_time(one).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::parse;

    #[test]
    fn days_end_at_midnight_in_helsinki() {
        let same = |one: &str, other: &str| same_day(parse(one).unwrap(), parse(other).unwrap());
        assert!(same(
            "2026-01-19T00:00:00+02:00",
            "2026-01-19T23:59:59+02:00"
        ));
        assert!(!same(
            "2026-01-19T23:59:59+02:00",
            "2026-01-20T00:00:00+02:00"
        ));
        assert!(!same(
            "2026-07-01T23:59:59+03:00",
            "2026-07-02T00:00:00+03:00"
        ));
        // The nights in which the clocks change: 29 March and 25 October 2026.
        assert!(same(
            "2026-03-29T00:00:00+02:00",
            "2026-03-29T23:59:59+03:00"
        ));
        assert!(!same(
            "2026-03-29T23:59:59+03:00",
            "2026-03-30T00:00:00+03:00"
        ));
        assert!(same(
            "2026-10-25T00:00:00+03:00",
            "2026-10-25T23:59:59+02:00"
        ));
        assert!(!same(
            "2026-10-24T23:59:59+03:00",
            "2026-10-25T00:00:00+03:00"
        ));
    }
}
