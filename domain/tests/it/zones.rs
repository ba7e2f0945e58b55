//! What people notice when clocks change: nothing.

use chrono::{Duration, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use domain::calendar::{Event, Moment, Rule, Series, Span, When, Window, zone};
use domain::time;

fn at(text: &str) -> i64 {
    time::parse_instant(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    time::parse_date(text).unwrap()
}

fn daily(first: i64) -> Event {
    Event { rrule: Rule::parse("FREQ=DAILY").ok(), ..Event::new(When::At(Span::new(first, first + 1_800_000))) }
}

fn starts(event: &Event, zone: Tz, from: &str, to: &str) -> Vec<String> {
    let window = Window::of_span(&zone, Span::new(at(from), at(to)));
    let series = event.occurrences_but(&[]).unwrap();
    series.occurrences(&zone, &window, 1_000).list.iter().map(|o| o.slot().to_string().replace(":00.000Z", "")).collect()
}

#[test]
fn a_meeting_at_nine_stays_at_nine_in_every_zone() {
    for zone in chrono_tz::TZ_VARIANTS {
        let nine = day("2025-06-01").and_hms_opt(9, 0, 0).unwrap();
        let event = daily(zone::to_instant(&zone, nine));
        let window = Window::of_days(&zone, day("2025-06-01"), day("2026-07-01"));
        let found = event.occurrences_but(&[]).unwrap().occurrences(&zone, &window, 1_000).list;
        assert_eq!(found.len(), 395, "{zone}");
        for (n, occurrence) in found.iter().enumerate() {
            let local = zone::to_local(&zone, occurrence.slot().instant(&zone));
            assert_eq!(local, nine + Duration::days(n as i64), "{zone}");
        }
    }
}

#[test]
fn half_an_hour_of_lord_howe() {
    let zone = chrono_tz::Australia::Lord_Howe;
    let event = daily(zone::to_instant(&zone, day("2026-10-03").and_hms_opt(2, 15, 0).unwrap()));
    // On the 4th clocks go from 02:00 to 02:30: 02:15 is read with the offset from before, which is 02:45.
    assert_eq!(
        starts(&event, zone, "2026-10-02T00:00:00Z", "2026-10-05T00:00:00Z"),
        ["2026-10-02T15:45", "2026-10-03T15:45", "2026-10-04T15:15"]
    );
    let local = zone::to_local(&zone, at("2026-10-03T15:45:00Z")).time();
    assert_eq!((local.hour(), local.minute()), (2, 45));
}

#[test]
fn samoa_has_no_30_december_2011() {
    let zone = chrono_tz::Pacific::Apia;
    let event = daily(zone::to_instant(&zone, day("2011-12-28").and_hms_opt(9, 0, 0).unwrap()));
    // The start of the 30th falls on that of the 31st: it is one meeting, not two.
    assert_eq!(
        starts(&event, zone, "2011-12-28T12:00:00Z", "2012-01-01T12:00:00Z"),
        ["2011-12-28T19:00", "2011-12-29T19:00", "2011-12-30T19:00", "2011-12-31T19:00"]
    );
    let all_day = Event { rrule: Rule::parse("FREQ=DAILY").ok(), ..Event::new(When::Days(day("2011-12-28"), day("2011-12-29"))) };
    let window = Window::of_days(&zone, day("2011-12-29"), day("2012-01-01"));
    let days = all_day.occurrences_but(&[]).unwrap().occurrences(&zone, &window, 10).list;
    let days: Vec<String> = days.iter().map(|o| o.slot().to_string()).collect();
    assert_eq!(days, ["2011-12-29", "2011-12-30", "2011-12-31"]);
}

#[test]
fn all_day_items_are_the_same_days_in_every_zone() {
    let item =
        Event { rrule: Rule::parse("FREQ=MONTHLY;BYMONTHDAY=-1").ok(), ..Event::new(When::Days(day("2026-01-31"), day("2026-02-01"))) };
    let series: Series = item.occurrences_but(&[]).unwrap();
    for zone in chrono_tz::TZ_VARIANTS {
        let window = Window::of_days(&zone, day("2026-01-01"), day("2027-01-01"));
        let found: Vec<Moment> = series.occurrences(&zone, &window, 100).list.iter().map(|o| o.slot()).collect();
        let month_ends = (1..=12).map(|m| NaiveDate::from_ymd_opt(2026, m, 28).unwrap().with_day_end());
        assert!(found.iter().copied().eq(month_ends.map(Moment::Day)), "{zone}");
        // As busy time it begins and ends with its day, wherever it is looked at.
        let span = When::Days(day("2026-01-31"), day("2026-02-01")).span(&zone);
        let (first, last) = (zone::to_local(&zone, span.start), zone::to_local(&zone, span.end - 1));
        assert_eq!((first.date(), last.date(), first.time()), (day("2026-01-31"), day("2026-01-31"), NaiveTime::MIN), "{zone}");
    }
}

trait MonthEnd {
    fn with_day_end(self) -> NaiveDate;
}

impl MonthEnd for NaiveDate {
    fn with_day_end(self) -> NaiveDate {
        use chrono::Datelike;
        self.with_day(u32::from(self.num_days_in_month())).unwrap()
    }
}

#[test]
fn a_meeting_lasts_as_long_over_a_change_of_clocks() {
    let zone = chrono_tz::America::New_York;
    let start = zone::to_instant(&zone, day("2007-11-03").and_hms_opt(23, 0, 0).unwrap());
    let event = Event { rrule: Rule::parse("FREQ=DAILY;COUNT=2").ok(), ..Event::new(When::At(Span::new(start, start + 4 * 3_600_000))) };
    let window = Window::of_span(&zone, Span::new(start, start + 3 * 86_400_000));
    let found = event.occurrences_but(&[]).unwrap().occurrences(&zone, &window, 5).list;
    assert!(found.iter().all(|o| o.when.span(&zone).len() == 4 * 3_600_000));
    assert_eq!(zone::to_local(&zone, found[0].when.span(&zone).end), day("2007-11-04").and_hms_opt(2, 0, 0).unwrap());
}
