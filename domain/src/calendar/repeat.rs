//! Recurrence as forms offer it, and as a sentence: on screens and in letters the same. What no form can offer is kept as the text
//! of the rule. The words themselves are those of whoever says it ([`Words`]).

use chrono::{Datelike, NaiveDate, Weekday};

use super::Rule;
use super::rule::{ByDay, End, Freq, Until};
use crate::{FieldError, Locale, time};

/// Where the words come from: tables of texts in one language.
pub trait Words {
    fn locale(&self) -> Locale;
    /// The text of a key, its gaps filled.
    fn text(&self, key: &str, gaps: &[(&str, &str)]) -> String;
    fn wrong(&self, error: &FieldError) -> String;

    /// In the plural form that `n` asks for.
    fn counted(&self, key: &str, n: i64) -> String {
        let locale = self.locale();
        self.text(&format!("{key}.{}", locale.plural(n).name()), &[("n", &locale.number(n))])
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Each {
    #[default]
    Never,
    Day,
    /// From Monday to Friday.
    Workday,
    Week,
    Month,
    Year,
    Custom,
}

impl Each {
    pub const ALL: [Each; 7] = [Each::Never, Each::Day, Each::Workday, Each::Week, Each::Month, Each::Year, Each::Custom];

    pub const fn name(self) -> &'static str {
        match self {
            Each::Never => "never",
            Each::Day => "day",
            Each::Workday => "workday",
            Each::Week => "week",
            Each::Month => "month",
            Each::Year => "year",
            Each::Custom => "custom",
        }
    }

    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|e| e.name() == text).unwrap_or_default()
    }
}

/// Which day of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Monthly {
    /// The same number.
    #[default]
    Date,
    /// The same weekday, counted from the beginning.
    Weekday,
    /// The last such weekday.
    Last,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    #[default]
    Never,
    /// The last day, `2026-06-30`.
    On(String),
    After(u32),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeat {
    pub each: Each,
    /// Every so many; 0 means 1.
    pub interval: u32,
    /// Of weeks; Monday is 0. None: the day on which it begins.
    pub days: Vec<u32>,
    pub monthly: Monthly,
    pub ends: Ends,
    /// The rule itself, where it says more than the form can.
    pub custom: String,
}

const WEEK: [Weekday; 7] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn day_of(n: u32) -> Weekday {
    usize::try_from(n).ok().and_then(|n| WEEK.get(n).copied()).unwrap_or(Weekday::Mon)
}

impl Repeat {
    /// The text of the rule, for an item that begins on this day.
    pub fn rule(&self, first: NaiveDate) -> Option<String> {
        let freq = match self.each {
            Each::Never => return None,
            Each::Custom => return Some(self.custom.trim().to_owned()).filter(|t| !t.is_empty()),
            Each::Day => Freq::Daily,
            Each::Workday | Each::Week => Freq::Weekly,
            Each::Month => Freq::Monthly,
            Each::Year => Freq::Yearly,
        };
        let mut rule = Rule::every(self.interval.max(1), freq);
        let by = |nth: i16, day: Weekday| ByDay { nth, day };
        match self.each {
            Each::Workday => rule.by_day = WEEK.iter().take(5).map(|d| by(0, *d)).collect(),
            Each::Week => {
                let mut days = self.days.clone();
                if days.is_empty() {
                    days.push(first.weekday().num_days_from_monday());
                }
                days.sort_unstable();
                days.dedup();
                rule.by_day = days.into_iter().map(|d| by(0, day_of(d))).collect();
            }
            Each::Month => match self.monthly {
                Monthly::Date => {}
                Monthly::Weekday => rule.by_day = vec![by(nth_of(first), first.weekday())],
                Monthly::Last => rule.by_day = vec![by(-1, first.weekday())],
            },
            _ => {}
        }
        rule.end = match &self.ends {
            Ends::Never => End::Never,
            Ends::On(day) => time::parse_date(day).map_or(End::Never, |d| End::Until(Until::Day(d))),
            Ends::After(n) => End::Count((*n).max(1)),
        };
        Some(rule.to_string())
    }

    /// The first day that it has, for an item that is put on this one: RFC 5545 counts the first start in any case, and whoever
    /// asks on a Wednesday for "every Friday" asks for no Wednesday. What only the rule itself says begins where it is put.
    pub fn first_day(&self, put: NaiveDate) -> NaiveDate {
        let weekdays = match self.each {
            Each::Workday => &[0, 1, 2, 3, 4],
            Each::Week if !self.days.is_empty() => self.days.as_slice(),
            Each::Month if self.monthly == Monthly::Last => {
                // The last such weekday of the month lies a whole number of weeks after it.
                let same = |day: &NaiveDate| day.month() == put.month();
                return (0..6).map(|week| time::shift(put, 7 * week)).take_while(same).last().unwrap_or(put);
            }
            _ => return put,
        };
        let fits = |day: &NaiveDate| weekdays.contains(&day.weekday().num_days_from_monday());
        (0..7).map(|days| time::shift(put, days)).find(fits).unwrap_or(put)
    }

    /// How the form shows a rule.
    pub fn of(rule: &Rule) -> Self {
        let custom = || Self { each: Each::Custom, custom: rule.to_string(), ..Self::default() };
        let ends = match rule.end {
            End::Never => Ends::Never,
            End::Count(n) => Ends::After(n),
            End::Until(Until::Day(d)) => Ends::On(time::date(d)),
            End::Until(Until::Local(at)) => Ends::On(time::date(at.date())),
            End::Until(Until::At(ms)) => Ends::On(time::date(time::utc_date(ms))),
        };
        let plain = rule.by_second.is_empty()
            && rule.by_minute.is_empty()
            && rule.by_hour.is_empty()
            && rule.by_month_day.is_empty()
            && rule.by_year_day.is_empty()
            && rule.by_week_no.is_empty()
            && rule.by_month.is_empty()
            && rule.by_set_pos.is_empty();
        if !plain {
            return custom();
        }
        let base = Self { interval: rule.interval, ends, ..Self::default() };
        let days: Vec<u32> = rule.by_day.iter().filter(|d| d.nth == 0).map(|d| d.day.num_days_from_monday()).collect();
        let all_plain = days.len() == rule.by_day.len();
        match (rule.freq, rule.by_day.as_slice()) {
            (Freq::Daily, []) => Self { each: Each::Day, ..base },
            (Freq::Weekly, _) if all_plain && days == [0, 1, 2, 3, 4] && rule.interval <= 1 => Self { each: Each::Workday, ..base },
            (Freq::Weekly, _) if all_plain => Self { each: Each::Week, days, ..base },
            (Freq::Monthly, []) => Self { each: Each::Month, ..base },
            (Freq::Monthly, [d]) if d.nth == -1 => Self { each: Each::Month, monthly: Monthly::Last, ..base },
            (Freq::Monthly, [d]) if d.nth > 0 => Self { each: Each::Month, monthly: Monthly::Weekday, ..base },
            (Freq::Yearly, []) => Self { each: Each::Year, ..base },
            _ => custom(),
        }
    }

    /// "Every 2 weeks on Monday and Thursday, until 30 Jun 2026". "": it does not recur.
    pub fn sentence(&self, first: NaiveDate, words: &impl Words) -> String {
        let what = self.without_end(first, words);
        if what.is_empty() || self.each == Each::Custom {
            return what;
        }
        match &self.ends {
            Ends::Never => what,
            Ends::On(date) => until(&what, date, words),
            Ends::After(n) => times(&what, i64::from(*n), words),
        }
    }

    /// The same without its end (what only the rule itself says has it).
    pub fn without_end(&self, first: NaiveDate, words: &impl Words) -> String {
        let n = i64::from(self.interval.max(1));
        let unit = match self.each {
            Each::Never => return String::new(),
            Each::Custom if self.custom.trim().is_empty() => return String::new(),
            Each::Custom => {
                return match Rule::parse(&self.custom) {
                    Ok(rule) => match Self::of(&rule) {
                        Self { each: Each::Custom, .. } => words.text("cal.rule.custom", &[("rule", &rule.to_string())]),
                        known => known.sentence(first, words),
                    },
                    Err(error) => words.wrong(&error),
                };
            }
            Each::Workday => "workday",
            Each::Day => "day",
            Each::Week => "week",
            Each::Month => "month",
            Each::Year => "year",
        };
        let every = if n == 1 || self.each == Each::Workday {
            words.text(&format!("cal.rule.each_{unit}"), &[])
        } else {
            words.counted(&format!("cal.rule.{unit}s"), n)
        };
        match self.each {
            Each::Week => {
                let mut days = self.days.clone();
                if days.is_empty() {
                    days.push(first.weekday().num_days_from_monday());
                }
                days.sort_unstable();
                let names: Vec<String> = days.iter().map(|d| words.text(&format!("cal.on_day.{d}"), &[])).collect();
                words.text("cal.rule.on_days", &[("every", &every), ("days", &listed(&names, words))])
            }
            Each::Month => {
                let weekday = first.weekday().num_days_from_monday();
                // Wednesday, Friday, Saturday and Sunday are of another gender than the rest where that matters.
                let gender = if matches!(weekday, 2 | 4 | 5 | 6) { "f" } else { "m" };
                let nth = match self.monthly {
                    Monthly::Date => return words.text("cal.rule.on_date", &[("every", &every), ("n", &first.day().to_string())]),
                    Monthly::Weekday => words.text(&format!("cal.nth_{gender}.{}", nth_of(first)), &[]),
                    Monthly::Last => words.text(&format!("cal.nth_{gender}.last"), &[]),
                };
                let day = words.text(&format!("cal.the_day.{weekday}"), &[]);
                words.text("cal.rule.on_nth", &[("every", &every), ("nth", &nth), ("day", &day)])
            }
            Each::Year => {
                let day = words.locale().date_short(&time::date(first));
                words.text("cal.rule.on_year", &[("every", &every), ("day", &day)])
            }
            _ => every,
        }
    }
}

/// "…, until 30 Jun 2026"
pub fn until(what: &str, date: &str, words: &impl Words) -> String {
    words.text("cal.rule.until", &[("what", what), ("date", &words.locale().date(date))])
}

/// "…, 10 times"
pub fn times(what: &str, n: i64, words: &impl Words) -> String {
    words.text("cal.rule.after", &[("what", what), ("times", &words.counted("cal.rule.times", n))])
}

/// The third Wednesday: 3.
fn nth_of(day: NaiveDate) -> i16 {
    i16::try_from((day.day() - 1) / 7 + 1).unwrap_or(1)
}

/// "Monday, Tuesday and Friday".
fn listed(names: &[String], words: &impl Words) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => words.text("cal.and", &[("a", &rest.join(&words.text("cal.comma", &[]))), ("b", last)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        time::parse_date(text).unwrap()
    }

    #[test]
    fn what_the_form_offers_is_a_rule_and_comes_back() {
        let first = day("2026-03-18");
        let of = |repeat: Repeat| {
            let text = repeat.rule(first).unwrap();
            let again = Repeat::of(&Rule::parse(&text).unwrap());
            (text, again.each, again)
        };
        let week = Repeat { each: Each::Week, interval: 2, days: vec![3, 0], ends: Ends::After(5), ..Repeat::default() };
        let (text, _, again) = of(week);
        assert_eq!(text, "FREQ=WEEKLY;INTERVAL=2;COUNT=5;BYDAY=MO,TH");
        assert_eq!((again.interval, again.days, again.ends), (2, vec![0, 3], Ends::After(5)));
        assert_eq!(of(Repeat { each: Each::Workday, ..Repeat::default() }).0, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
        assert_eq!(of(Repeat { each: Each::Workday, ..Repeat::default() }).1, Each::Workday);
        let third = Repeat { each: Each::Month, monthly: Monthly::Weekday, ends: Ends::On("2026-06-30".to_owned()), ..Repeat::default() };
        let (text, _, again) = of(third);
        assert_eq!(text, "FREQ=MONTHLY;UNTIL=20260630;BYDAY=3WE");
        assert_eq!((again.monthly, again.ends), (Monthly::Weekday, Ends::On("2026-06-30".to_owned())));
        assert_eq!(of(Repeat { each: Each::Week, ..Repeat::default() }).0, "FREQ=WEEKLY;BYDAY=WE", "the day on which it begins");
    }

    #[test]
    fn a_series_begins_on_a_day_that_it_has() {
        let wednesday = day("2026-03-18");
        let week = |days: &[u32]| Repeat { each: Each::Week, days: days.to_vec(), ..Repeat::default() }.first_day(wednesday);
        assert_eq!(week(&[4]), day("2026-03-20"));
        assert_eq!(week(&[0, 1]), day("2026-03-23"), "next week's Monday");
        assert_eq!(week(&[2, 4]), wednesday);
        assert_eq!(week(&[]), wednesday);
        let last = Repeat { each: Each::Month, monthly: Monthly::Last, ..Repeat::default() };
        assert_eq!(last.first_day(wednesday), day("2026-03-25"));
        assert_eq!(last.first_day(day("2026-03-25")), day("2026-03-25"));
        assert_eq!(last.first_day(day("2026-12-01")), day("2026-12-29"));
        let workday = Repeat { each: Each::Workday, ..Repeat::default() };
        assert_eq!(workday.first_day(day("2026-03-21")), day("2026-03-23"), "from a Saturday");
        let custom = Repeat { each: Each::Custom, custom: "FREQ=WEEKLY;BYDAY=FR".to_owned(), ..Repeat::default() };
        assert_eq!(custom.first_day(wednesday), wednesday);
        // Each of these is the first time that the rule itself has.
        for (repeat, put) in [(last, wednesday), (workday, day("2026-03-21"))] {
            let first = repeat.first_day(put);
            let rule = Rule::parse(&repeat.rule(put).unwrap()).unwrap();
            assert!(rule.by_day.iter().any(|d| d.day == first.weekday()), "{first}");
        }
    }

    #[test]
    fn what_the_form_cannot_offer_stays_as_it_was_written() {
        let text = "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1";
        let repeat = Repeat::of(&Rule::parse(text).unwrap());
        assert_eq!(repeat.each, Each::Custom);
        assert_eq!(Rule::parse(&repeat.rule(day("2026-03-18")).unwrap()).unwrap(), Rule::parse(text).unwrap());
        assert_eq!(Repeat::default().rule(day("2026-03-18")), None);
    }
}
