//! Unix milliseconds to RFC 3339 and back. Nobody here knows what time it is; callers say so.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

pub(crate) const SECOND_MS: i64 = 1_000;
pub(crate) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(crate) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// `2026-01-19T16:26:32.099Z`
pub(crate) fn utc(at_ms: i64) -> String {
    with_suffix(at_ms, "Z")
}

/// `2026-01-19T16:26:32.099+00:00`
pub(crate) fn utc_with_offset(at_ms: i64) -> String {
    with_suffix(at_ms, "+00:00")
}

/// Reads RFC 3339; nothing if the text is something else.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let nanoseconds = OffsetDateTime::parse(text, &Rfc3339)
        .ok()?
        .unix_timestamp_nanos();
    i64::try_from(nanoseconds.div_euclid(1_000_000)).ok()
}

fn with_suffix(at_ms: i64, suffix: &str) -> String {
    let layout =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]");
    let nanoseconds = i128::from(at_ms).saturating_mul(1_000_000);
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let text = moment.format(&layout).unwrap_or_default();
    text + suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_the_round_trip() {
        let at_ms = 1_768_839_992_099;
        assert_eq!(utc(at_ms), "2026-01-19T16:26:32.099Z");
        assert_eq!(utc_with_offset(at_ms), "2026-01-19T16:26:32.099+00:00");
        assert_eq!(parse(&utc(at_ms)), Some(at_ms));
        assert_eq!(parse("2026-01-19T18:26:32.099+02:00"), Some(at_ms));
        assert_eq!(parse("yesterday"), None);
    }
}
