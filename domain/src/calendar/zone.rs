//! Between instants and the wall clock of a zone, by the rules of RFC 5545 where clocks change: a time that occurs twice is
//! the first of the two; a time that is skipped is read with the offset from before the gap.

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};

use super::Span;

/// What the clock on the wall shows.
pub fn to_local<Z: TimeZone>(zone: &Z, ms: i64) -> NaiveDateTime {
    let utc = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
    utc + zone.offset_from_utc_datetime(&utc).fix()
}

/// The instant at which the clock shows this.
pub fn to_instant<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> i64 {
    let at = |offset: Z::Offset| (local - offset.fix()).and_utc().timestamp_millis();
    match zone.offset_from_local_datetime(&local) {
        MappedLocalTime::Single(offset) => at(offset),
        MappedLocalTime::Ambiguous(a, b) => at(a).min(at(b)),
        MappedLocalTime::None => at(before_gap(zone, local)),
    }
}

/// The offset in force when the clock jumped over this time: that of the last time before that the clock did show. The longest
/// jump there ever was is a day (Samoa left out 30 December 2011), and none leaves a quarter of an hour between two.
fn before_gap<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Z::Offset {
    let earlier = (1..=110).map(|n| local - Duration::minutes(15 * n));
    let known = earlier.map(|t| zone.offset_from_local_datetime(&t)).find_map(|found| found.latest());
    known.unwrap_or_else(|| zone.offset_from_utc_datetime(&(local - Duration::hours(27))))
}

/// The first instant of a day: not always midnight, where clocks change at night.
pub fn day_start<Z: TimeZone>(zone: &Z, day: NaiveDate) -> i64 {
    to_instant(zone, day.and_time(NaiveTime::MIN))
}

/// Days `[from, to)` as that zone lives them: a day may have 23, 25, or (once, in Samoa) no hours.
pub fn days<Z: TimeZone>(zone: &Z, from: NaiveDate, to: NaiveDate) -> Span {
    Span::new(day_start(zone, from), day_start(zone, to))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::time;

    const HOUR: i64 = 3_600_000;

    fn at(zone: Tz, local: &str) -> String {
        time::instant(to_instant(&zone, local.parse().unwrap()))
    }

    #[test]
    fn a_skipped_time_keeps_the_offset_from_before_the_gap() {
        assert_eq!(at(chrono_tz::America::New_York, "2007-03-11T02:30:00"), "2007-03-11T07:30:00.000Z");
        assert_eq!(at(chrono_tz::Australia::Lord_Howe, "2026-10-04T02:15:00"), "2026-10-03T15:45:00.000Z");
        assert_eq!(at(chrono_tz::Pacific::Apia, "2011-12-30T09:00:00"), "2011-12-30T19:00:00.000Z");
        assert_eq!(at(chrono_tz::Pacific::Apia, "2011-12-31T09:00:00"), "2011-12-30T19:00:00.000Z");
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first() {
        assert_eq!(at(chrono_tz::America::New_York, "2007-11-04T01:30:00"), "2007-11-04T05:30:00.000Z");
        assert_eq!(at(chrono_tz::Australia::Lord_Howe, "2026-04-05T01:45:00"), "2026-04-04T14:45:00.000Z");
    }

    #[test]
    fn a_day_begins_when_its_clock_does() {
        let day = |zone: Tz, date: &str| {
            let d = time::parse_date(date).unwrap();
            let span = days(&zone, d, time::shift(d, 1));
            (time::instant(span.start), span.len() / HOUR)
        };
        assert_eq!(day(chrono_tz::Asia::Beirut, "2026-03-29"), ("2026-03-28T22:00:00.000Z".to_owned(), 23));
        assert_eq!(day(chrono_tz::America::Havana, "2026-11-01"), ("2026-11-01T04:00:00.000Z".to_owned(), 25));
        assert_eq!(day(chrono_tz::Pacific::Apia, "2011-12-30"), ("2011-12-30T10:00:00.000Z".to_owned(), 0));
        assert_eq!(day(chrono_tz::UTC, "2026-01-01"), ("2026-01-01T00:00:00.000Z".to_owned(), 24));
    }

    /// Every change of clocks of every zone, seen from the side that needs no rules: from instants to the wall.
    #[test]
    fn the_wall_clock_leads_back_to_its_instant_in_every_zone() {
        for zone in chrono_tz::TZ_VARIANTS {
            let start = time::parse_instant("2008-01-01T00:30:00Z").unwrap();
            let offset = |ms: i64| to_local(&zone, ms) - chrono::DateTime::from_timestamp_millis(ms).unwrap().naive_utc();
            let changed = |ms: &i64, hours: i64| offset(*ms) != offset(ms + hours * HOUR);
            let weeks = (0..20 * 52).map(|n| start + n * 168 * HOUR).filter(|ms| changed(ms, 168));
            let days = weeks.flat_map(|week| (0..7).map(move |n| week + n * 24 * HOUR)).filter(|ms| changed(ms, 24));
            for ms in days.flat_map(|day| (0..=28 * 4).map(move |n| day + n * HOUR / 4)) {
                let local = to_local(&zone, ms);
                let back = to_instant(&zone, local);
                assert!(back == ms || (back < ms && to_local(&zone, back) == local), "{zone} {local}: {back} {ms}");
            }
        }
    }
}
