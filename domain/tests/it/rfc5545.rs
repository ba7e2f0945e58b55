//! The examples of RFC 5545, section 3.8.5.3, against the results printed there (rfc5545.txt), the offset included: EDT or EST
//! is part of the answer.

use chrono::{Duration, NaiveDate, NaiveDateTime, TimeZone};
use domain::calendar::{Event, Moment, Rule, Span, When, Window, zone};

const NEW_YORK: chrono_tz::Tz = chrono_tz::America::New_York;
const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn stamp(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text.trim(), "%Y%m%dT%H%M%S").unwrap()
}

fn month(name: &str) -> u32 {
    u32::try_from(MONTHS.iter().position(|m| *m == name.trim()).unwrap()).unwrap() + 1
}

fn instant(day: NaiveDate, clock: &str, zone: &str) -> i64 {
    let (hour, minute) = clock.split_once(':').unwrap();
    let offset = if zone == "EDT" { 4 } else { 5 };
    let local = day.and_hms_opt(hour.parse().unwrap(), minute.parse().unwrap(), 0).unwrap();
    (local + Duration::hours(offset)).and_utc().timestamp_millis()
}

/// "(1997 9:00 AM EDT) September 2-11;October 1,3" or "(September 2, 1997 EDT) 09:00,12:00"
fn printed(line: &str, out: &mut Vec<i64>) {
    let (head, list) = line.strip_prefix('(').unwrap().split_once(')').unwrap();
    let words: Vec<&str> = head.split_whitespace().collect();
    if let [year, clock, "AM", zone] = words[..] {
        for part in list.trim().split(';') {
            let (name, days) = part.trim().split_once(' ').unwrap();
            for days in days.split(',') {
                let (a, b) = days.split_once('-').unwrap_or((days, days));
                for day in a.trim().parse::<u32>().unwrap()..=b.trim().parse().unwrap() {
                    out.push(instant(NaiveDate::from_ymd_opt(year.parse().unwrap(), month(name), day).unwrap(), clock, zone));
                }
            }
        }
    } else if let [name, day, year, zone] = words[..] {
        let day = day.trim_end_matches(',').parse().unwrap();
        let day = NaiveDate::from_ymd_opt(year.parse().unwrap(), month(name), day).unwrap();
        out.extend(list.split(',').map(|clock| instant(day, clock.trim(), zone)));
    } else {
        panic!("{line}");
    }
}

#[test]
fn every_example_yields_what_is_printed() {
    let text = include_str!("rfc5545.txt");
    let mut rules = 0;
    for block in text.split("\n\n").filter(|b| b.contains("RRULE")) {
        let name = block.trim().lines().next().unwrap();
        let of = |key: &'static str| block.lines().filter_map(move |l| l.strip_prefix(key));
        let first = zone::to_instant(&NEW_YORK, stamp(of("DTSTART ").next().unwrap()));
        let mut want = Vec::new();
        of("==> ").for_each(|line| printed(line, &mut want));
        let goes_on = block.trim().ends_with("...");
        for rule in of("RRULE ") {
            rules += 1;
            let mut event = Event::new(When::At(Span::new(first, first + 1_000)));
            event.zone = "America/New_York".to_owned();
            event.rrule = Some(Rule::parse(rule).unwrap());
            event.exdate = of("EXDATE ").map(|t| Moment::At(zone::to_instant(&NEW_YORK, stamp(t)))).collect();
            event.check().unwrap();
            let series = event.occurrences_but(&[]).unwrap();
            series.check(&NEW_YORK).unwrap();
            assert_eq!(series.last(&NEW_YORK).is_none(), goes_on, "{name}");
            let window = |from: i64, to: i64| Window::of_span(&NEW_YORK, Span::new(from, to));
            let starts = |window: Window, most: usize| -> Vec<i64> {
                let found = series.occurrences(&NEW_YORK, &window, most);
                found.list.iter().map(|o| o.slot().instant(&NEW_YORK)).collect()
            };
            // All at once, to a year behind the last one printed …
            let last = *want.last().unwrap();
            let end = if goes_on { last + 1 } else { last + 366 * 86_400_000 };
            assert_eq!(starts(window(first, end), 1_000), want, "{name}: {rule}");
            // … and each alone, out of the middle.
            for at in &want {
                assert_eq!(starts(window(*at, at + 1), 10), [*at], "{name}: {rule} at {}", NEW_YORK.timestamp_millis_opt(*at).unwrap());
            }
        }
    }
    assert_eq!(rules, 43);
}
