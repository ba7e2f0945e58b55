//! The starts that a rule yields, on the wall clock, in order. No zone takes part: a meeting at nine is at nine.
//!
//! A rule cuts time into periods (every second week from the first start on); each period has a set of starts. The walk jumps to
//! the period that holds the beginning of the window, so its cost is that of the window, however old the series is.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};

use super::{Freq, Rule};
use crate::calendar::YEARS;

/// So many periods in a row without a start, and the walk ends: 300 years of days are fewer.
const MAX_IDLE: u32 = 200_000;
const A_DAY: i64 = 86_400;

/// See [`Rule::starts`].
#[derive(Debug)]
pub struct Starts<'a> {
    rule: &'a Rule,
    from: NaiveDateTime,
    until: NaiveDateTime,
    filter: DayFilter<'a>,
    /// Seconds after the beginning of the day (of the hour or minute, for rules that count those).
    offsets: Vec<i64>,
    hours: u32,
    minutes: u64,
    seconds: u64,
    /// What the first start has beyond whole seconds.
    rest: TimeDelta,
    /// The period that is looked at next, counted in the rule's own unit.
    position: i64,
    ready: std::vec::IntoIter<NaiveDateTime>,
    idle: u32,
}

impl Rule {
    /// The starts in `[from, until)` of a series that begins at `first`; COUNT and UNTIL are left to the caller, and so is the
    /// first start where the rule itself does not yield it.
    pub fn starts(&self, first: NaiveDateTime, from: NaiveDateTime, until: NaiveDateTime) -> Starts<'_> {
        let from = from.max(first);
        let origin = position(self, first);
        let step = i64::from(self.interval.max(1));
        let passed = (position(self, from) - origin).div_euclid(step).max(0);
        Starts {
            rule: self,
            from,
            until,
            filter: DayFilter::new(self, first.date()),
            offsets: offsets(self, first.time()),
            hours: self.by_hour.iter().fold(0, |m, h| m | 1 << (h % 24)),
            minutes: self.by_minute.iter().fold(0, |m, n| m | 1 << (n % 60)),
            seconds: self.by_second.iter().fold(0, |m, n| m | 1 << (*n).min(59)),
            rest: TimeDelta::nanoseconds(i64::from(first.nanosecond())),
            position: origin + passed * step,
            ready: Vec::new().into_iter(),
            idle: 0,
        }
    }
}

impl Iterator for Starts<'_> {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<NaiveDateTime> {
        loop {
            if let Some(start) = self.ready.next() {
                self.idle = 0;
                return Some(start);
            }
            if self.idle > MAX_IDLE {
                return None;
            }
            self.idle += 1;
            let mut found = if self.rule.freq < Freq::Daily { self.part_of_a_day()? } else { self.days()? };
            found.retain(|s| (self.from..self.until).contains(s));
            self.ready = found.into_iter();
        }
    }
}

impl Starts<'_> {
    /// For items on plain days: what the rule says about times of day is ignored (RFC 5545, 3.3.10).
    pub fn on_plain_days(mut self) -> Self {
        if self.rule.freq >= Freq::Daily {
            self.offsets = vec![0];
        }
        self
    }

    fn step(&self) -> i64 {
        i64::from(self.rule.interval.max(1))
    }

    /// The set of the next period of days.
    fn days(&mut self) -> Option<Vec<NaiveDateTime>> {
        let (mut day, mut end) = period(self.rule, self.position)?;
        self.position += self.step();
        if day > self.until.date() || day.year() > *YEARS.end() {
            return None;
        }
        if self.rule.by_set_pos.is_empty() {
            // Days outside of the window are of no interest unless they are counted.
            day = day.max(self.from.date());
            end = end.min(self.until.date().succ_opt().unwrap_or(NaiveDate::MAX));
        }
        let mut found = Vec::new();
        while day < end {
            if !self.filter.has_month(day) {
                day = next_month(day)?;
                continue;
            }
            if self.filter.has(day) {
                found.extend(self.offsets.iter().map(|s| day.and_time(NaiveTime::MIN) + TimeDelta::seconds(*s) + self.rest));
            }
            day = day.succ_opt()?;
        }
        Some(self.chosen(found))
    }

    /// The set of the next hour, minute or second, or nothing when it lies where the rule says nothing; then the next one is
    /// behind the day, hour or minute that is out of question.
    fn part_of_a_day(&mut self) -> Option<Vec<NaiveDateTime>> {
        let unit = unit(self.rule.freq);
        let base = self.position * unit;
        let at = chrono::DateTime::from_timestamp(base, 0)?.naive_utc();
        if at >= self.until || at.year() > *YEARS.end() {
            return None;
        }
        let skip = if !self.filter.has(at.date()) {
            A_DAY
        } else if self.hours != 0 && self.hours & (1 << at.hour()) == 0 {
            3_600
        } else if self.rule.freq < Freq::Hourly && self.minutes != 0 && self.minutes & (1 << at.minute()) == 0 {
            60
        } else if self.rule.freq == Freq::Secondly && self.seconds != 0 && self.seconds & (1 << at.second()) == 0 {
            1
        } else {
            self.position += self.step();
            let found = self.offsets.iter().map(|s| at + TimeDelta::seconds(*s) + self.rest).collect();
            return Some(self.chosen(found));
        };
        let behind = (base.div_euclid(skip) + 1) * skip;
        let stride = unit * self.step();
        self.position += (behind - base + stride - 1).div_euclid(stride).max(1) * self.step();
        Some(Vec::new())
    }

    /// BYSETPOS: the n-th of the period, from the end when negative.
    fn chosen(&self, found: Vec<NaiveDateTime>) -> Vec<NaiveDateTime> {
        if self.rule.by_set_pos.is_empty() {
            return found;
        }
        let pick = |n: &i16| {
            let at = usize::from(n.unsigned_abs());
            if *n > 0 { at.checked_sub(1) } else { found.len().checked_sub(at) }.and_then(|i| found.get(i).copied())
        };
        let mut chosen: Vec<NaiveDateTime> = self.rule.by_set_pos.iter().filter_map(pick).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

const fn unit(freq: Freq) -> i64 {
    match freq {
        Freq::Secondly => 1,
        Freq::Minutely => 60,
        Freq::Hourly => 3_600,
        _ => A_DAY,
    }
}

/// Day 1 is Monday, 1 January of year 1.
fn day_number(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

fn day_of(number: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?)
}

/// The number of the period that this moment lies in.
fn position(rule: &Rule, at: NaiveDateTime) -> i64 {
    match rule.freq {
        Freq::Yearly => i64::from(at.year()),
        Freq::Monthly => i64::from(at.year()) * 12 + i64::from(at.month0()),
        Freq::Weekly => (day_number(at.date()) - 1 - i64::from(rule.week_start.num_days_from_monday())).div_euclid(7),
        Freq::Daily => day_number(at.date()),
        freq => at.and_utc().timestamp().div_euclid(unit(freq)),
    }
}

/// The days of a period, `[first, end)`.
fn period(rule: &Rule, position: i64) -> Option<(NaiveDate, NaiveDate)> {
    let month = |n: i64| NaiveDate::from_ymd_opt(i32::try_from(n.div_euclid(12)).ok()?, u32::try_from(n.rem_euclid(12)).ok()? + 1, 1);
    match rule.freq {
        Freq::Yearly => Some((month(position.checked_mul(12)?)?, month(position.checked_mul(12)?.checked_add(12)?)?)),
        Freq::Monthly => Some((month(position)?, month(position.checked_add(1)?)?)),
        Freq::Weekly => {
            let first = position.checked_mul(7)? + 1 + i64::from(rule.week_start.num_days_from_monday());
            Some((day_of(first)?, day_of(first + 7)?))
        }
        _ => Some((day_of(position)?, day_of(position.checked_add(1)?)?)),
    }
}

fn next_month(day: NaiveDate) -> Option<NaiveDate> {
    let (year, month) = if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1)
}

/// The times of day that the rule names, or that of the first start, as far as a period of it does not decide them.
fn offsets(rule: &Rule, first: NaiveTime) -> Vec<i64> {
    let or_first = |values: &[u8], own: u32| match values {
        [] => vec![i64::from(own)],
        values => values.iter().map(|v| i64::from(*v)).collect(),
    };
    let hours = if rule.freq >= Freq::Daily { or_first(&rule.by_hour, first.hour()) } else { vec![0] };
    let minutes = if rule.freq >= Freq::Hourly { or_first(&rule.by_minute, first.minute()) } else { vec![0] };
    let seconds = if rule.freq >= Freq::Minutely { or_first(&rule.by_second, first.second()) } else { vec![0] };
    let mut out = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for h in &hours {
        for m in &minutes {
            // Nobody here keeps leap seconds; RFC 5545 reads second 60 as 59.
            out.extend(seconds.iter().map(|s| h * 3_600 + m * 60 + (*s).min(59)));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Which days a rule allows, with what it leaves unsaid taken from the first start.
#[derive(Debug)]
struct DayFilter<'a> {
    /// One bit a value; 0 allows all.
    months: u16,
    month_days: u32,
    from_month_end: u32,
    weekdays: u8,
    rule: &'a Rule,
    numbered: bool,
}

impl<'a> DayFilter<'a> {
    fn new(rule: &'a Rule, first: NaiveDate) -> Self {
        let bits = |days: &[i8], negative: bool| {
            let wanted = days.iter().filter(|d| d.is_negative() == negative);
            wanted.fold(0_u32, |m, d| m | 1 << (d.unsigned_abs() % 32))
        };
        let mut filter = Self {
            months: rule.by_month.iter().fold(0, |m, n| m | 1 << (n % 16)),
            month_days: bits(&rule.by_month_day, false),
            from_month_end: bits(&rule.by_month_day, true),
            weekdays: rule.by_day.iter().filter(|d| d.nth == 0).fold(0, |m, d| m | weekday_bit(d.day)),
            rule,
            numbered: rule.by_day.iter().any(|d| d.nth != 0),
        };
        let no_days = rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_year_day.is_empty();
        match rule.freq {
            Freq::Yearly if no_days && rule.by_week_no.is_empty() => {
                filter.month_days = 1 << first.day();
                if rule.by_month.is_empty() {
                    filter.months = 1 << first.month();
                }
            }
            Freq::Monthly if no_days => filter.month_days = 1 << first.day(),
            Freq::Yearly | Freq::Weekly if no_days => filter.weekdays = weekday_bit(first.weekday()),
            _ => {}
        }
        filter
    }

    fn has_month(&self, day: NaiveDate) -> bool {
        self.months == 0 || self.months & (1 << day.month()) != 0
    }

    fn has(&self, day: NaiveDate) -> bool {
        self.has_month(day) && self.has_month_day(day) && self.has_weekday(day) && self.has_year_day(day) && self.has_week(day)
    }

    fn has_month_day(&self, day: NaiveDate) -> bool {
        if self.month_days == 0 && self.from_month_end == 0 {
            return true;
        }
        let from_end = u32::from(day.num_days_in_month()) - day.day() + 1;
        self.month_days & (1 << day.day()) != 0 || self.from_month_end & (1 << from_end) != 0
    }

    fn has_weekday(&self, day: NaiveDate) -> bool {
        if self.weekdays == 0 && !self.numbered {
            return true;
        }
        let weekday = day.weekday();
        if self.weekdays & weekday_bit(weekday) != 0 {
            return true;
        }
        if !self.numbered {
            return false;
        }
        // The second Monday: of the month, but of the year where the rule counts years and names no month.
        let (at, len) = if self.rule.freq == Freq::Yearly && self.rule.by_month.is_empty() {
            (day.ordinal0(), year_len(day.year()))
        } else {
            (day.day0(), u32::from(day.num_days_in_month()))
        };
        let (nth, from_end) = (i64::from(at / 7 + 1), i64::from((len - at - 1) / 7 + 1));
        let is = |n: i64| n == nth || n == -from_end;
        self.rule.by_day.iter().any(|d| d.nth != 0 && d.day == weekday && is(i64::from(d.nth)))
    }

    fn has_year_day(&self, day: NaiveDate) -> bool {
        let days = &self.rule.by_year_day;
        if days.is_empty() {
            return true;
        }
        let (at, len) = (i64::from(day.ordinal()), i64::from(year_len(day.year())));
        days.iter().any(|d| i64::from(*d) == at || i64::from(*d) == at - len - 1)
    }

    fn has_week(&self, day: NaiveDate) -> bool {
        let weeks = &self.rule.by_week_no;
        if weeks.is_empty() {
            return true;
        }
        let (week, all) = week_of_year(day, self.rule.week_start);
        weeks.iter().any(|w| i64::from(*w) == week || i64::from(*w) == week - all - 1)
    }
}

const fn weekday_bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

fn year_len(year: i32) -> u32 {
    NaiveDate::from_ymd_opt(year, 12, 31).map_or(365, |d| d.ordinal())
}

/// The number of the week, and how many its year has. Week 1 is the first with four days in the year.
fn week_of_year(day: NaiveDate, starts: Weekday) -> (i64, i64) {
    // The fourth day of a week says to which year the week belongs.
    let fourth = |d: NaiveDate| d - Days::new(u64::from(d.weekday().days_since(starts))) + Days::new(3);
    let own = fourth(day);
    let last = NaiveDate::from_ymd_opt(own.year(), 12, 31).map(fourth).unwrap_or(own);
    let last = if last.year() == own.year() { last } else { last - Days::new(7) };
    (i64::from(own.ordinal0() / 7 + 1), i64::from(last.ordinal0() / 7 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    #[test]
    fn weeks_are_numbered_by_their_fourth_day() {
        for (date, week, all) in [("1997-12-29", 1, 53), ("2026-01-01", 1, 53), ("2027-01-03", 53, 53), ("2027-01-04", 1, 52)] {
            assert_eq!(week_of_year(time::parse_date(date).unwrap(), Weekday::Mon), (week, all), "{date}");
        }
        assert_eq!(week_of_year(time::parse_date("1997-12-28").unwrap(), Weekday::Sun), (53, 53));
    }

    #[test]
    fn an_old_series_costs_what_the_window_costs() {
        let rule = Rule::parse("FREQ=MINUTELY;INTERVAL=7").unwrap();
        let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        let starts: Vec<_> = rule.starts(at("1900-01-01T00:00:00"), at("2199-01-01T00:00:00"), at("2199-01-01T00:20:00")).collect();
        assert_eq!(starts.len(), 3);
        let minutes = |s: &NaiveDateTime| (*s - at("1900-01-01T00:00:00")).num_minutes() % 7;
        assert!(starts.iter().all(|s| minutes(s) == 0));
    }

    #[test]
    fn a_rule_that_yields_nothing_ends() {
        let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        for text in [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;BYMONTH=3",
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9",
            "FREQ=YEARLY;INTERVAL=100000",
        ] {
            let rule = Rule::parse(text).unwrap();
            let mut starts = rule.starts(at("2026-01-01T00:00:00"), at("2026-01-01T00:00:01"), at("2201-01-01T00:00:00"));
            assert_eq!(starts.next(), None, "{text}");
        }
    }
}
