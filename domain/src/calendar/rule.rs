//! RRULE of RFC 5545: what a rule may say. [`text`] reads and writes it, [`walk`] lists the starts it yields.
//!
//! The crate `rrule` was looked at and left out: it brings `regex` and a zone database, walks every rule from its first start on
//! (a week of a daily item from ten years ago costs ten years), stops after 65,535 idle steps, and loses the occurrences of
//! days whose midnight the clocks skip or repeat. The walk here works on the wall clock alone, so it needs neither.

mod text;
mod walk;

use chrono::{NaiveDate, NaiveDateTime, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::FieldError;

pub use text::parse;
pub use walk::Starts;

/// The most occurrences that COUNT may ask for.
pub const MAX_COUNT: u32 = 10_000;
/// The most a rule may put on one day (every quarter of an hour), unless it ends after [`MAX_DENSE`].
pub const MAX_A_DAY: i64 = 96;
pub const MAX_DENSE: usize = 1_000;
pub const MAX_INTERVAL: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freq {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Freq {
    pub const ALL: [Freq; 7] = [Freq::Secondly, Freq::Minutely, Freq::Hourly, Freq::Daily, Freq::Weekly, Freq::Monthly, Freq::Yearly];

    pub const fn name(self) -> &'static str {
        match self {
            Freq::Secondly => "SECONDLY",
            Freq::Minutely => "MINUTELY",
            Freq::Hourly => "HOURLY",
            Freq::Daily => "DAILY",
            Freq::Weekly => "WEEKLY",
            Freq::Monthly => "MONTHLY",
            Freq::Yearly => "YEARLY",
        }
    }
}

/// A weekday, or the n-th of its month or year (from the end when negative); 0 means every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByDay {
    pub nth: i16,
    pub day: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Never,
    /// So many occurrences, the first one and excluded ones counted.
    Count(u32),
    Until(Until),
}

/// The last moment at which an occurrence may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Until {
    /// The whole of this day, on the item's own clock.
    Day(NaiveDate),
    /// On the item's own clock.
    Local(NaiveDateTime),
    /// Milliseconds since 1970.
    At(i64),
}

/// A recurrence rule. Its text is its form in JSON and in the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub freq: Freq,
    pub interval: u32,
    pub end: End,
    pub by_second: Vec<u8>,
    pub by_minute: Vec<u8>,
    pub by_hour: Vec<u8>,
    pub by_day: Vec<ByDay>,
    pub by_month_day: Vec<i8>,
    pub by_year_day: Vec<i16>,
    pub by_week_no: Vec<i8>,
    pub by_month: Vec<u8>,
    pub by_set_pos: Vec<i16>,
    pub week_start: Weekday,
}

impl Rule {
    pub const fn every(interval: u32, freq: Freq) -> Self {
        Self {
            freq,
            interval,
            end: End::Never,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_no: Vec::new(),
            by_month: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Mon,
        }
    }

    pub fn parse(text: &str) -> Result<Self, FieldError> {
        text::parse(text)
    }

    /// No day has more occurrences than this.
    pub fn most_a_day(&self) -> i64 {
        let len = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let or = |n: usize, all: i64| if n == 0 { all } else { len(n) };
        let step = i64::from(self.interval.max(1));
        // At least one even where the step is longer than a day.
        let steps = |a_day: i64| (a_day + step - 1) / step;
        let (h, m, s) = (self.by_hour.len(), self.by_minute.len(), self.by_second.len());
        match self.freq {
            Freq::Secondly => steps(86_400).min(or(h, 24) * or(m, 60) * or(s, 60)),
            Freq::Minutely => steps(1_440).min(or(h, 24) * or(m, 60)) * or(s, 1),
            Freq::Hourly => steps(24).min(or(h, 24)) * or(m, 1) * or(s, 1),
            _ => or(h, 1) * or(m, 1) * or(s, 1),
        }
    }

    /// Does it speak of the time of day?
    pub fn has_times(&self) -> bool {
        self.freq < Freq::Daily || !(self.by_hour.is_empty() && self.by_minute.is_empty() && self.by_second.is_empty())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).map_err(|e| de::Error::custom(format!("no recurrence rule ({})", e.code)))
    }
}
