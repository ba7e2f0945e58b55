//! The text of a rule, both ways. Reading is strict where RFC 5545 says MUST NOT: a rule that programs read differently would
//! put people in different rooms.

use std::fmt::{self, Display, Formatter, Write};
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::{ByDay, End, Freq, MAX_COUNT, MAX_INTERVAL, Rule, Until};
use crate::FieldError;

const MAX_TEXT: usize = 2_000;
/// So many values in one part; 366 days of a year are the most that make sense.
const MAX_VALUES: usize = 366;

fn syntax(part: &str) -> FieldError {
    let shown: String = part.chars().take(60).collect();
    FieldError::new("rrule", "rule_syntax").with("value", shown)
}

fn misplaced(part: &str) -> FieldError {
    FieldError::new("rrule", "rule_part").with("value", part)
}

/// Reads "FREQ=WEEKLY;BYDAY=MO,WE"; a leading "RRULE:" is passed over.
pub fn parse(text: &str) -> Result<Rule, FieldError> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        return Err(FieldError::new("rrule", "too_long").with("max", MAX_TEXT));
    }
    let text = text.get(..6).filter(|p| p.eq_ignore_ascii_case("RRULE:")).and_then(|_| text.get(6..)).unwrap_or(text);
    let upper = text.to_ascii_uppercase();
    let mut seen: Vec<&str> = Vec::new();
    let mut rule = Rule::every(1, Freq::Daily);
    for part in upper.split(';').filter(|p| !p.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| syntax(part))?;
        if seen.contains(&name) {
            return Err(misplaced(name));
        }
        seen.push(name);
        let bad = || syntax(part);
        match name {
            "FREQ" => rule.freq = Freq::ALL.into_iter().find(|f| f.name() == value).ok_or_else(bad)?,
            "INTERVAL" => rule.interval = number(value, 1..=MAX_INTERVAL).ok_or_else(bad)?,
            "COUNT" => {
                // A number all the same, only too large: another sentence.
                let n: u64 = digits(value).and_then(|v| v.parse().ok()).filter(|n| *n > 0).ok_or_else(bad)?;
                let too_many = || FieldError::new("rrule", "rule_too_many").with("max", MAX_COUNT);
                rule.end = End::Count(u32::try_from(n).ok().filter(|n| *n <= MAX_COUNT).ok_or_else(too_many)?);
            }
            "UNTIL" => rule.end = End::Until(until(value).ok_or_else(bad)?),
            "BYSECOND" => rule.by_second = list(value, |v| number(v, 0..=60)).ok_or_else(bad)?,
            "BYMINUTE" => rule.by_minute = list(value, |v| number(v, 0..=59)).ok_or_else(bad)?,
            "BYHOUR" => rule.by_hour = list(value, |v| number(v, 0..=23)).ok_or_else(bad)?,
            "BYDAY" => rule.by_day = list(value, by_day).ok_or_else(bad)?,
            "BYMONTHDAY" => rule.by_month_day = list(value, |v| signed(v, 31)).ok_or_else(bad)?,
            "BYYEARDAY" => rule.by_year_day = list(value, |v| signed(v, 366)).ok_or_else(bad)?,
            "BYWEEKNO" => rule.by_week_no = list(value, |v| signed(v, 53)).ok_or_else(bad)?,
            "BYMONTH" => rule.by_month = list(value, |v| number(v, 1..=12)).ok_or_else(bad)?,
            "BYSETPOS" => rule.by_set_pos = list(value, |v| signed(v, 366)).ok_or_else(bad)?,
            "WKST" => rule.week_start = weekday(value).ok_or_else(bad)?,
            _ => return Err(misplaced(name)),
        }
    }
    if !seen.contains(&"FREQ") {
        return Err(syntax("FREQ"));
    }
    if seen.contains(&"COUNT") && seen.contains(&"UNTIL") {
        return Err(misplaced("UNTIL"));
    }
    together(&rule).map_or(Ok(rule), |part| Err(misplaced(part)))
}

/// The part that may not stand beside the others, if there is one.
fn together(rule: &Rule) -> Option<&'static str> {
    let numbered = rule.by_day.iter().any(|d| d.nth != 0);
    if numbered && (!matches!(rule.freq, Freq::Monthly | Freq::Yearly) || !rule.by_week_no.is_empty()) {
        return Some("BYDAY");
    }
    if rule.freq == Freq::Weekly && !rule.by_month_day.is_empty() {
        return Some("BYMONTHDAY");
    }
    if matches!(rule.freq, Freq::Daily | Freq::Weekly | Freq::Monthly) && !rule.by_year_day.is_empty() {
        return Some("BYYEARDAY");
    }
    if rule.freq != Freq::Yearly && !rule.by_week_no.is_empty() {
        return Some("BYWEEKNO");
    }
    let others = rule.by_second.len()
        + rule.by_minute.len()
        + rule.by_hour.len()
        + rule.by_day.len()
        + rule.by_month_day.len()
        + rule.by_year_day.len()
        + rule.by_week_no.len()
        + rule.by_month.len();
    (!rule.by_set_pos.is_empty() && others == 0).then_some("BYSETPOS")
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn number<T: std::str::FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>) -> Option<T> {
    digits(text)?.parse().ok().filter(|n| range.contains(n))
}

fn signed<T: TryFrom<i32>>(text: &str, most: i32) -> Option<T> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    T::try_from(sign * number(rest, 1..=most)?).ok()
}

/// Doubled values say nothing twice.
fn list<T: PartialEq>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut out = Vec::new();
    for value in text.split(',') {
        let value = read(value.trim())?;
        if !out.contains(&value) {
            out.push(value);
        }
    }
    (out.len() <= MAX_VALUES).then_some(out)
}

fn by_day(text: &str) -> Option<ByDay> {
    let at = text.len().checked_sub(2)?;
    let (nth, day) = (text.get(..at)?, weekday(text.get(at..)?)?);
    Some(ByDay { nth: if nth.is_empty() { 0 } else { signed(nth, 53)? }, day })
}

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

fn weekday(text: &str) -> Option<Weekday> {
    DAYS.into_iter().find(|(name, _)| *name == text).map(|(_, day)| day)
}

fn day_name(day: Weekday) -> &'static str {
    DAYS.into_iter().find(|(_, d)| *d == day).map_or("MO", |(name, _)| name)
}

/// "19971224", "19971224T000000", "19971224T000000Z"
fn until(text: &str) -> Option<Until> {
    let (date, rest) = (text.get(..8)?, text.get(8..)?);
    let day =
        NaiveDate::from_ymd_opt(number(date.get(..4)?, 1..=9999)?, number(date.get(4..6)?, 1..=12)?, number(date.get(6..)?, 1..=31)?)?;
    if rest.is_empty() {
        return Some(Until::Day(day));
    }
    let clock = rest.strip_prefix('T')?;
    let (clock, utc) = clock.strip_suffix('Z').map_or((clock, false), |c| (c, true));
    if clock.len() != 6 {
        return None;
    }
    let second: u32 = number(clock.get(4..)?, 0..=60)?;
    let at = NaiveTime::from_hms_opt(number(clock.get(..2)?, 0..=23)?, number(clock.get(2..4)?, 0..=59)?, second.min(59))?;
    let at = day.and_time(at);
    Some(if utc { Until::At(at.and_utc().timestamp_millis()) } else { Until::Local(at) })
}

fn stamp(f: &mut Formatter<'_>, at: NaiveDateTime) -> fmt::Result {
    let (d, t) = (at.date(), at.time());
    write!(f, "{:04}{:02}{:02}T{:02}{:02}{:02}", d.year(), d.month(), d.day(), t.hour(), t.minute(), t.second())
}

impl Display for Until {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(d) => write!(f, "{:04}{:02}{:02}", d.year(), d.month(), d.day()),
            Self::Local(at) => stamp(f, *at),
            Self::At(ms) => {
                stamp(f, chrono::DateTime::from_timestamp_millis(*ms).unwrap_or_default().naive_utc())?;
                f.write_char('Z')
            }
        }
    }
}

impl Display for ByDay {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.nth != 0 {
            write!(f, "{}", self.nth)?;
        }
        f.write_str(day_name(self.day))
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.freq.name())?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(n) => write!(f, ";COUNT={n}")?,
            End::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        values(f, "BYMONTH", &self.by_month)?;
        values(f, "BYWEEKNO", &self.by_week_no)?;
        values(f, "BYYEARDAY", &self.by_year_day)?;
        values(f, "BYMONTHDAY", &self.by_month_day)?;
        values(f, "BYDAY", &self.by_day)?;
        values(f, "BYHOUR", &self.by_hour)?;
        values(f, "BYMINUTE", &self.by_minute)?;
        values(f, "BYSECOND", &self.by_second)?;
        values(f, "BYSETPOS", &self.by_set_pos)?;
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", day_name(self.week_start))?;
        }
        Ok(())
    }
}

fn values<T: Display>(f: &mut Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    let mut separator = '=';
    for value in values {
        if separator == '=' {
            write!(f, ";{name}")?;
        }
        write!(f, "{separator}{value}")?;
        separator = ',';
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_it_is_written() {
        for text in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=TU,TH;WKST=SU",
            "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR,-1SU",
            "FREQ=YEARLY;UNTIL=20261231;BYWEEKNO=20,-1;BYDAY=MO",
            "FREQ=MONTHLY;BYMONTHDAY=-3,1;BYHOUR=9;BYMINUTE=0,30;BYSECOND=0;BYSETPOS=-2",
            "FREQ=YEARLY;BYMONTH=1;BYYEARDAY=1,-366",
            "FREQ=DAILY;UNTIL=20261231T235959",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse(" rrule:freq=weekly;byday=+1mo,mo ").err(), Some(misplaced("BYDAY")));
        assert_eq!(parse("RRULE:FREQ=monthly;BYDAY=+1mo,1MO;").unwrap().to_string(), "FREQ=MONTHLY;BYDAY=1MO");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for (text, code) in [
            ("", "rule_syntax"),
            ("FREQ", "rule_syntax"),
            ("FREQ=FORTNIGHTLY", "rule_syntax"),
            ("INTERVAL=2", "rule_syntax"),
            ("FREQ=DAILY;INTERVAL=0", "rule_syntax"),
            ("FREQ=DAILY;INTERVAL=-1", "rule_syntax"),
            ("FREQ=DAILY;INTERVAL=99999999999999999999", "rule_syntax"),
            ("FREQ=DAILY;COUNT=0", "rule_syntax"),
            ("FREQ=DAILY;COUNT=99999999999999999999", "rule_syntax"),
            ("FREQ=DAILY;COUNT=10001", "rule_too_many"),
            ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "rule_part"),
            ("FREQ=DAILY;FREQ=WEEKLY", "rule_part"),
            ("FREQ=DAILY;UNTIL=20260230", "rule_syntax"),
            ("FREQ=DAILY;UNTIL=20260228T1", "rule_syntax"),
            ("FREQ=DAILY;UNTIL=2026年", "rule_syntax"),
            ("FREQ=DAILY;BYHOUR=24", "rule_syntax"),
            ("FREQ=DAILY;BYHOUR=", "rule_syntax"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "rule_syntax"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "rule_syntax"),
            ("FREQ=MONTHLY;BYDAY=XX", "rule_syntax"),
            ("FREQ=MONTHLY;BYDAY=é", "rule_syntax"),
            ("FREQ=WEEKLY;BYDAY=2MO", "rule_part"),
            ("FREQ=YEARLY;BYWEEKNO=2;BYDAY=2MO", "rule_part"),
            ("FREQ=WEEKLY;BYMONTHDAY=2", "rule_part"),
            ("FREQ=MONTHLY;BYYEARDAY=2", "rule_part"),
            ("FREQ=MONTHLY;BYWEEKNO=2", "rule_part"),
            ("FREQ=MONTHLY;BYSETPOS=2", "rule_part"),
            ("FREQ=DAILY;RSCALE=CHINESE", "rule_part"),
        ] {
            assert_eq!(parse(text).map_err(|e| e.code).err().as_deref(), Some(code), "{text}");
        }
        assert_eq!(parse(&"FREQ=DAILY;".repeat(1_000)).map_err(|e| e.code).err().as_deref(), Some("too_long"));
    }

    #[test]
    fn the_most_a_day_is_never_too_low() {
        for (text, most) in [
            ("FREQ=SECONDLY", 86_400),
            ("FREQ=SECONDLY;BYSECOND=0;BYMINUTE=0", 24),
            ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10", 72),
            ("FREQ=HOURLY;INTERVAL=30", 1),
            ("FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30", 4),
            ("FREQ=YEARLY", 1),
        ] {
            assert_eq!(parse(text).unwrap().most_a_day(), most, "{text}");
        }
    }
}
