//! Calendar days in Helsinki, from the rule of the European Union: summer time from the last Sunday
//! of March to the last Sunday of October, both at one o'clock UTC.

use time::{Date, Month, OffsetDateTime};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

/// Whether two moments (Unix milliseconds) are on the same day there. Moments beyond the calendar
/// are on no day.
pub fn same_day(one_ms: i64, other_ms: i64) -> bool {
    let day = date(one_ms);
    day.is_some() && day == date(other_ms)
}

/// The date there at a moment (Unix milliseconds), if the calendar reaches that far.
pub fn date(at_ms: i64) -> Option<Date> {
    let at_s = at_ms.div_euclid(1_000);
    let year = OffsetDateTime::from_unix_timestamp(at_s).ok()?.year();
    let begins = changes_at(year, Month::March)?;
    let ends = changes_at(year, Month::October)?;
    let summer = (begins..ends).contains(&at_s);
    let offset_s = if summer { 3 * HOUR_S } else { 2 * HOUR_S };
    let there = OffsetDateTime::from_unix_timestamp(at_s.checked_add(offset_s)?).ok()?;
    Some(there.date())
}

/// Both months have 31 days.
fn changes_at(year: i32, month: Month) -> Option<i64> {
    let last = Date::from_calendar_date(year, month, 31).ok()?;
    let after_sunday = i64::from(last.weekday().number_days_from_sunday());
    let midnight = last.midnight().assume_utc().unix_timestamp();
    Some(midnight - after_sunday * DAY_S + HOUR_S)
}
