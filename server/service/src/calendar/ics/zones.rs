//! VTIMEZONE: what programs without a zone database need to know of a zone. Changes of the clock that come every year by one rule
//! are written as that rule; the others, and those of the past, by their dates.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::{OffsetComponents, OffsetName, Tz};

use super::line::Writer;

const DAY: i64 = 86_400_000;
/// The zone database knows rules until then.
const LAST_YEAR: i32 = 2_099;
/// A rule has to hold for so many years to be called one.
const A_RULE: usize = 4;

/// One change of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    /// On the clock before the change.
    local: NaiveDateTime,
    from: i32,
    to: Side,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    seconds: i32,
    daylight: bool,
    name: String,
}

/// A month and the weekday of it on which the clock changes: the n-th, or the last (-1).
type Pattern = (u32, i32, Weekday);

fn side(zone: Tz, ms: i64) -> Side {
    let at = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
    let offset = zone.offset_from_utc_datetime(&at);
    Side {
        seconds: offset.fix().local_minus_utc(),
        daylight: !offset.dst_offset().is_zero(),
        name: offset.abbreviation().unwrap_or_default().to_owned(),
    }
}

fn year_start(year: i32) -> i64 {
    NaiveDate::from_ymd_opt(year, 1, 1).map_or(0, |d| d.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

fn local(ms: i64, seconds: i32) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default().naive_utc() + TimeDelta::seconds(i64::from(seconds))
}

/// Every change between the beginnings of two years.
fn turns(zone: Tz, from: i64, to: i64) -> Vec<Turn> {
    let mut out = Vec::new();
    let mut before = (from, side(zone, from));
    let mut at = from;
    while at < to {
        at = (at + 7 * DAY).min(to);
        let now = side(zone, at);
        if now == before.1 {
            before.0 = at;
            continue;
        }
        // Two changes within a week: the first one, and on from there.
        let (mut low, mut high) = (before.0, at);
        while high - low > 1_000 {
            let middle = low + (high - low) / 2_000 * 1_000;
            if middle == low {
                break;
            }
            if side(zone, middle) == before.1 { low = middle } else { high = middle }
        }
        let after = side(zone, high);
        out.push(Turn { local: local(high, before.1.seconds), from: before.1.seconds, to: after.clone() });
        before = (high, after);
        at = high;
    }
    out
}

fn patterns(local: NaiveDateTime) -> Vec<Pattern> {
    let day = local.date();
    let nth = i32::try_from(day.day0() / 7).unwrap_or(0) + 1;
    let last = (day + TimeDelta::days(7)).month() != day.month();
    let mut out = Vec::new();
    if last {
        out.push((day.month(), -1, day.weekday()));
    }
    if nth < 5 {
        out.push((day.month(), nth, day.weekday()));
    }
    out
}

/// The pattern that all of these follow, one a year.
fn common(turns: &[&Turn]) -> Option<Pattern> {
    let first = turns.first()?;
    let yearly = turns.windows(2).all(|w| matches!(w, [a, b] if b.local.year() == a.local.year() + 1 && a.local.time() == b.local.time()));
    let fits = |p: &Pattern| turns.iter().all(|t| patterns(t.local).contains(p));
    if yearly { patterns(first.local).into_iter().find(fits) } else { None }
}

/// The zone as it is from one year to another; rules that hold at the end go on for ever.
pub fn write(w: &mut Writer, zone: Tz, first_year: i32, last_year: i32) {
    let last_year = last_year.clamp(first_year, LAST_YEAR);
    let horizon = (last_year + 6).min(LAST_YEAR);
    let start = year_start(first_year - 1);
    let before = side(zone, start);
    w.begin("VTIMEZONE");
    w.line("TZID", &[], zone.name());
    w.line("X-LIC-LOCATION", &[], zone.name());
    observance(w, local(start, before.seconds), before.seconds, &before, &[], None);
    let all = turns(zone, start, year_start(horizon + 1));
    let mut kinds: BTreeMap<(i32, Side), Vec<&Turn>> = BTreeMap::new();
    for turn in &all {
        kinds.entry((turn.from, turn.to.clone())).or_default().push(turn);
    }
    for ((from, to), turns) in kinds {
        // The longest run of years up to the horizon that follows one rule.
        let lasts = turns.last().is_some_and(|t| t.local.year() >= horizon);
        let runs = (0..turns.len()).filter_map(|n| Some((n, common(turns.get(n..)?)?)));
        let rule = runs.take(1).next().filter(|(n, _)| lasts && turns.len() - n >= A_RULE);
        let dated = turns.get(..rule.map_or(turns.len(), |(n, _)| n)).unwrap_or_default();
        if let Some((first, rest)) = dated.split_first() {
            let rest: Vec<NaiveDateTime> = rest.iter().map(|t| t.local).collect();
            observance(w, first.local, from, &to, &rest, None);
        }
        if let Some((first, pattern)) = rule.and_then(|(n, p)| Some((turns.get(n)?, p))) {
            observance(w, first.local, from, &to, &[], Some(pattern));
        }
    }
    w.end("VTIMEZONE");
}

fn observance(w: &mut Writer, start: NaiveDateTime, from: i32, to: &Side, dates: &[NaiveDateTime], rule: Option<Pattern>) {
    let name = if to.daylight { "DAYLIGHT" } else { "STANDARD" };
    w.begin(name);
    w.line("DTSTART", &[], &stamp(start));
    w.line("TZOFFSETFROM", &[], &offset(from));
    w.line("TZOFFSETTO", &[], &offset(to.seconds));
    w.text("TZNAME", &to.name);
    if let Some((month, nth, day)) = rule {
        let day = day.to_string().to_uppercase();
        w.line("RRULE", &[], &format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{}", day.get(..2).unwrap_or("SU")));
    }
    for date in dates {
        w.line("RDATE", &[], &stamp(*date));
    }
    w.end(name);
}

pub fn stamp(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

fn offset(seconds: i32) -> String {
    let (sign, s) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
    let mut out = format!("{sign}{:02}{:02}", s / 3_600, s / 60 % 60);
    if s % 60 != 0 {
        out.push_str(&format!("{:02}", s % 60));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(zone: Tz) -> String {
        let mut w = Writer::default();
        write(&mut w, zone, 2026, 2027);
        w.done()
    }

    #[test]
    fn a_zone_that_changes_by_one_rule_is_written_as_that_rule() {
        let text = written(Tz::Europe__Kyiv);
        for line in ["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZNAME:EEST", "TZOFFSETTO:+0300"]
        {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let text = written(Tz::America__New_York);
        assert!(text.contains("BYMONTH=3;BYDAY=2SU") && text.contains("BYMONTH=11;BYDAY=1SU"), "{text}");
        let text = written(Tz::Australia__Lord_Howe);
        assert!(text.contains("TZOFFSETTO:+1030") && text.contains("TZOFFSETTO:+1100"), "{text}");
        assert_eq!(written(Tz::Asia__Shanghai).matches("BEGIN:STANDARD").count(), 1);
    }

    /// Read back by its own words, in every zone: whoever knows nothing but the VTIMEZONE has the right time.
    #[test]
    fn every_zone_is_written_so_that_its_clock_can_be_read_from_it() {
        for zone in chrono_tz::TZ_VARIANTS {
            let all = turns(zone, year_start(2025), year_start(2034));
            for t in &all {
                // On the wall a moment before the change, and from it on.
                let utc = t.local - TimeDelta::seconds(i64::from(t.from));
                let ms = utc.and_utc().timestamp_millis();
                assert_eq!(side(zone, ms - 1_000).seconds, t.from, "{zone}");
                assert_eq!(side(zone, ms), t.to, "{zone}");
            }
            let mut w = Writer::default();
            write(&mut w, zone, 2026, 2027);
            let text = w.done();
            let (starts, ends) = (text.matches("BEGIN:").count(), text.matches("END:").count());
            assert!(starts == ends && starts >= 2, "{zone}");
        }
    }
}
