//! Instants as RFC 3339 text in UTC with milliseconds (so that their order is the order of the text), dates as
//! `YYYY-MM-DD`. Nothing here reads a clock.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};

/// Milliseconds since 1970 → "2026-03-18T12:42:00.000Z".
pub fn instant(ms: i64) -> String {
    let at = Utc.timestamp_millis_opt(ms).single().unwrap_or_default();
    let (d, t) = (at.date_naive(), at.time());
    format_parts(d, t)
}

fn format_parts(d: NaiveDate, t: NaiveTime) -> String {
    use chrono::Timelike;
    let ms = (t.nanosecond() / 1_000_000).min(999);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{ms:03}Z", d.year(), d.month(), d.day(), t.hour(), t.minute(), t.second())
}

/// Any RFC 3339 instant → milliseconds.
pub fn parse_instant(text: &str) -> Option<i64> {
    let (day, rest) = text.trim().split_at_checked(10)?;
    let (day, rest) = (parse_date(day)?, rest.strip_prefix(['T', 't', ' '])?);
    let (clock, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    // A leap second counts as the one before it.
    let time = NaiveTime::from_hms_opt(hour, minute, if second == 60 { 59 } else { second })?;
    let (milliseconds, rest) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, rest) = fraction.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
            let first: String = digits.chars().chain("00".chars()).take(3).collect();
            (first.parse::<i64>().ok()?, rest)
        }
    };
    let offset = match rest {
        "Z" | "z" => 0,
        _ => {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let [hours, minutes] = numbers(rest.strip_prefix(['+', '-'])?, ':', [2, 2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            sign * i64::from(hours * 60 + minutes) * 60
        }
    };
    let at = Utc.from_utc_datetime(&day.and_time(time)).timestamp().checked_sub(offset)?;
    // In UTC, where it is written: an offset must not carry it into a year of five digits.
    let year = Utc.timestamp_opt(at, 0).single()?.year();
    (1..=9999).contains(&year).then_some(at * 1000 + milliseconds)
}

/// Numbers of exactly so many digits each. (chrono's own readers would bring every format that it knows into the browser.)
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(between);
    let mut out = [0; N];
    for (number, digits) in out.iter_mut().zip(digits) {
        let part = parts.next().filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(out)
}

/// Any RFC 3339 instant → the canonical text.
pub fn canonical_instant(text: &str) -> Option<String> {
    parse_instant(text).map(instant)
}

pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let [year, month, day] = numbers(text.trim(), '-', [4, 2, 2])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|date| date.year() > 0)
}

pub fn date(d: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day())
}

/// The UTC date of an instant.
pub fn utc_date(ms: i64) -> NaiveDate {
    Utc.timestamp_millis_opt(ms).single().unwrap_or_default().date_naive()
}

/// Whole years from a day of birth to this day; None: not born yet.
pub fn age(born: NaiveDate, on: NaiveDate) -> Option<u32> {
    on.years_since(born)
}

/// Whole days from one instant to a later one; never negative.
pub fn days_between(from_ms: i64, to_ms: i64) -> i64 {
    (to_ms - from_ms).max(0) / 86_400_000
}

/// A named stretch of days, `[start, end)`: `today`, `last-quarter`, `next-7-days`, `2017`, `2017-03`, `2017-Q1`, `2017-03-01`.
pub fn period(name: &str, today: NaiveDate, week_starts: Weekday) -> Option<(NaiveDate, NaiveDate)> {
    let day = |offset: i64| shift(today, offset);
    let one = |d: NaiveDate| Some((d, shift(d, 1)));
    match name {
        "today" => return one(today),
        "yesterday" => return one(day(-1)),
        "tomorrow" => return one(day(1)),
        _ => {}
    }
    if let Some((which, unit)) = name.split_once('-') {
        let offset = match which {
            "last" => Some(-1_i32),
            "this" => Some(0),
            "next" => Some(1),
            _ => None,
        };
        if let Some(offset) = offset {
            if let Some(days) = unit.strip_suffix("-days").and_then(|n| n.parse::<i64>().ok()).filter(|n| (1..=3660).contains(n)) {
                return match offset {
                    -1 => Some((day(1 - days), day(1))),
                    1 => Some((today, day(days))),
                    _ => None,
                };
            }
            return match unit {
                "week" => {
                    let start = shift(week_start(today, week_starts), 7 * i64::from(offset));
                    Some((start, shift(start, 7)))
                }
                "month" => Some(months(month_start(today), offset, 1)),
                "quarter" => Some(months(quarter_start(today), offset * 3, 3)),
                "year" => Some(months(NaiveDate::from_ymd_opt(today.year(), 1, 1)?, offset * 12, 12)),
                _ => None,
            };
        }
    }
    absolute_period(name)
}

/// `2026-01-15..2026-02-20`: from the first day to the last, both meant; as `[start, end)`. `Err`: what is wrong, as the
/// code of a field's error.
pub fn span(text: &str) -> Result<(NaiveDate, NaiveDate), &'static str> {
    let days = text.split_once("..").and_then(|(from, to)| parse_date(from).zip(parse_date(to)));
    match days {
        None => Err("date_span"),
        Some((from, to)) if to < from => Err("date_span_order"),
        Some((from, to)) => Ok((from, shift(to, 1))),
    }
}

fn absolute_period(name: &str) -> Option<(NaiveDate, NaiveDate)> {
    if let Some(d) = parse_date(name) {
        return Some((d, shift(d, 1)));
    }
    let year_of = |y: &str| (y.len() == 4).then(|| y.parse::<i32>().ok()).flatten().filter(|y| (1..=9998).contains(y));
    match name.split_once('-') {
        None => {
            let start = NaiveDate::from_ymd_opt(year_of(name)?, 1, 1)?;
            Some(months(start, 0, 12))
        }
        Some((y, rest)) => {
            if let Some(q) = rest.strip_prefix(['Q', 'q']).and_then(|q| q.parse::<u32>().ok()).filter(|q| (1..=4).contains(q)) {
                return Some(months(NaiveDate::from_ymd_opt(year_of(y)?, q * 3 - 2, 1)?, 0, 3));
            }
            let m: u32 = (rest.len() == 2).then(|| rest.parse().ok()).flatten()?;
            Some(months(NaiveDate::from_ymd_opt(year_of(y)?, m, 1)?, 0, 1))
        }
    }
}

pub fn shift(d: NaiveDate, days: i64) -> NaiveDate {
    let n = Days::new(days.unsigned_abs());
    if days < 0 { d.checked_sub_days(n) } else { d.checked_add_days(n) }.unwrap_or(d)
}

fn months(start: NaiveDate, offset: i32, length: u32) -> (NaiveDate, NaiveDate) {
    let n = Months::new(offset.unsigned_abs());
    let from = if offset < 0 { start.checked_sub_months(n) } else { start.checked_add_months(n) }.unwrap_or(start);
    (from, from.checked_add_months(Months::new(length)).unwrap_or(from))
}

pub fn month_start(d: NaiveDate) -> NaiveDate {
    d.with_day(1).unwrap_or(d)
}

fn quarter_start(d: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(d.year(), (d.month0() / 3) * 3 + 1, 1).unwrap_or(d)
}

fn week_start(d: NaiveDate, starts: Weekday) -> NaiveDate {
    shift(d, -i64::from(d.weekday().days_since(starts)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_is_a_year_older_on_ones_birthday() {
        let day = |text: &str| parse_date(text).unwrap_or_default();
        assert_eq!(age(day("1980-11-30"), day("2026-11-29")), Some(45));
        assert_eq!(age(day("1980-11-30"), day("2026-11-30")), Some(46));
        assert_eq!(age(day("2000-02-29"), day("2026-02-28")), Some(25));
        assert_eq!(age(day("2030-01-01"), day("2026-11-24")), None);
    }

    fn p(name: &str) -> Option<(String, String)> {
        period(name, parse_date("2026-11-22")?, Weekday::Mon).map(|(a, b)| (date(a), date(b)))
    }
    fn s(a: &str, b: &str) -> Option<(String, String)> {
        Some((a.to_owned(), b.to_owned()))
    }

    #[test]
    fn periods_are_half_open() {
        assert_eq!(p("today"), s("2026-11-22", "2026-11-23"));
        assert_eq!(p("this-week"), s("2026-11-16", "2026-11-23"));
        assert_eq!(p("last-quarter"), s("2026-07-01", "2026-10-01"));
        assert_eq!(p("next-month"), s("2026-12-01", "2027-01-01"));
        assert_eq!(p("last-7-days"), s("2026-11-16", "2026-11-23"));
        assert_eq!(p("2017"), s("2017-01-01", "2018-01-01"));
        assert_eq!(p("2017-03"), s("2017-03-01", "2017-04-01"));
        assert_eq!(p("2017-Q4"), s("2017-10-01", "2018-01-01"));
        assert_eq!(p("2017-13"), None);
        assert_eq!(p("someday"), None);
    }

    proptest! {
        /// What chrono reads, and what it does not, is what we read.
        #[test]
        fn instants_are_read_as_chrono_reads_them(
            (y, mo, d, h, mi, s) in (0_u32..10_000, 0_u32..14, 0_u32..33, 0_u32..26, 0_u32..62, 0_u32..62),
            between in "[Tt ]",
            fraction in "(\\.[0-9]{0,7})?",
            zone in "(Z|z|[+-][0-2][0-9]:[0-5][0-9]|[+-][0-9]{3}|)",
        ) {
            let day = format!("{y:04}-{mo:02}-{d:02}");
            let text = format!("{day}{between}{h:02}:{mi:02}:{s:02}{fraction}{zone}");
            let year = |t: &chrono::DateTime<chrono::FixedOffset>| (1..=9999).contains(&t.to_utc().year());
            // A leap second is the one exception: chrono counts it into the next.
            if s != 60 {
                let theirs = chrono::DateTime::parse_from_rfc3339(&text).ok().filter(year).filter(|_| y > 0).map(|t| t.timestamp_millis());
                prop_assert_eq!(parse_instant(&text), theirs, "{}", text);
            }
            prop_assert_eq!(parse_date(&day), day.parse().ok().filter(|_| y > 0));
        }
    }

    #[test]
    fn instants_have_one_text() {
        assert_eq!(canonical_instant("2026-03-18T14:42:00+02:00").as_deref(), Some("2026-03-18T12:42:00.000Z"));
        assert_eq!(canonical_instant("2026-03-18"), None);
        assert_eq!(canonical_instant("9999-12-31T23:30:00-05:00"), None);
        assert_eq!(instant(0), "1970-01-01T00:00:00.000Z");
    }
}
