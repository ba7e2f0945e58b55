//! When an item of the calendar is: from one column or several, with or without a time of day, an offset, a zone of the row. What
//! says neither offset nor zone is meant in the zone of whoever imports. A clock's gap and repetition are read as everywhere in the
//! calendar; plain days stay plain days.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use domain::calendar::{Moment, zone};
use domain::import::{DURATION, END_TIME, RowError, START_TIME};
use domain::{FieldError, time};
use serde_json::Value;

use super::super::{dates, words};
use super::{Read, Reader};
use crate::calendar::ics::zone_named;

/// What a cell says of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stamp {
    /// With its offset.
    At(i64),
    Local(NaiveDateTime),
    Day(NaiveDate),
    /// A time of day alone.
    Clock(NaiveTime),
}

/// What is wrong with a cell: field, code, and what it says.
type Wrong = (&'static str, &'static str, String);

pub fn times(reader: &Reader<'_>, out: &mut Read, row: usize, errors: &mut Vec<RowError>) {
    let wrong = Times { reader, row, zone: reader.mapping.zone }.read(out);
    for (field, code, value) in wrong {
        let error = FieldError::new(field, code).with("value", value.chars().take(60).collect::<String>());
        let column = reader.mapping.columns.iter().filter(|c| reader.mapping.column_of(field) == c.column || c.target.name() == field);
        let column = column.map(|c| c.column.clone()).next().unwrap_or_else(|| field.to_owned());
        errors.push(RowError { column, value: value.chars().take(80).collect(), error });
    }
}

struct Times<'r, 'a> {
    reader: &'r Reader<'a>,
    row: usize,
    zone: Tz,
}

impl Times<'_, '_> {
    fn cell(&self, name: &str) -> &str {
        let column = self.reader.mapping.columns.iter().find(|c| c.target.name() == name);
        let cell = column.map_or("", |c| super::unguarded(self.reader.grid.cell(self.row, c.at)));
        if words::says_nothing(cell) { "" } else { cell }
    }

    fn read(mut self, out: &mut Read) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let named = self.cell("zone").to_owned();
        if !named.is_empty() {
            match zone_named(&named) {
                Some(zone) => self.zone = zone,
                None => wrong.push(("zone", "zone", named.clone())),
            }
        }
        let said = out.fields.get("all_day").and_then(Value::as_bool);
        let start = self.stamp("start", START_TIME, &mut wrong);
        let end = self.stamp("end", END_TIME, &mut wrong);
        // A spreadsheet shows midnight as a day alone.
        let timed = |s: Option<Stamp>| matches!(s, Some(Stamp::At(_) | Stamp::Local(_) | Stamp::Clock(_)));
        let midnight = |one: Option<Stamp>, other: Option<Stamp>| match one {
            Some(Stamp::Day(day)) if timed(other) && said != Some(true) => Some(Stamp::Local(day.and_time(NaiveTime::MIN))),
            one => one,
        };
        let (start, end) = (midnight(start, end), midnight(end, start));
        let first = start.and_then(|s| self.moment(s, None, said));
        if start.is_some() && first.is_none() {
            wrong.push(("start", "import_moment", self.cell("start").to_owned()));
        }
        // What the file does not say is a guess, for new items only: those that are there keep how long they take.
        let guessed = end.is_none() && self.cell(DURATION).is_empty();
        let last = match end {
            Some(end) => match self.moment(end, first, said) {
                // People name the last day of a leave, programs the midnight after it.
                Some(Moment::Day(day)) if !self.ends_at_midnight(end, first) => Some(Moment::Day(time::shift(day, 1))),
                Some(last) => Some(last),
                None => {
                    wrong.push(("end", "import_moment", self.cell("end").to_owned()));
                    None
                }
            },
            None => self.lasting(first, &mut wrong),
        };
        if let Some(first) = first {
            out.fields.insert("start".to_owned(), first.to_string().into());
            out.fields.insert("all_day".to_owned(), first.is_day().into());
        }
        let ends = if guessed { &mut out.defaults } else { &mut out.fields };
        ends.extend(last.map(|l| ("end".to_owned(), Value::String(l.to_string()))));
        let days = first.is_some_and(Moment::is_day);
        if !named.is_empty() && !days && zone_named(&named).is_some() {
            out.fields.insert("zone".to_owned(), self.zone.name().into());
        }
        for field in ["rdate", "exdate"] {
            self.dates(field, days, out, &mut wrong);
        }
        wrong
    }

    fn stamp(&self, field: &'static str, clock: &str, wrong: &mut Vec<Wrong>) -> Option<Stamp> {
        let (cell, clock) = (self.cell(field), self.cell(clock));
        let at = dates::stamp(clock, self.reader.mapping.order);
        let found = dates::stamp(cell, self.reader.mapping.order);
        match (found, at) {
            (None, _) if !cell.is_empty() => wrong.push((field, "import_moment", cell.to_owned())),
            (_, None) if !clock.is_empty() => wrong.push((field, "import_moment", clock.to_owned())),
            (Some(Stamp::Day(day)), Some(Stamp::Clock(t))) => return Some(Stamp::Local(day.and_time(t))),
            // Two columns that both hold the whole moment.
            (Some(Stamp::Day(_)) | None, Some(at)) => return Some(at),
            (found, _) => return found,
        }
        None
    }

    /// `first`: where the item begins; a time of day alone is that day's.
    fn moment(&self, stamp: Stamp, first: Option<Moment>, said: Option<bool>) -> Option<Moment> {
        let local = match stamp {
            Stamp::Day(day) => return Some(Moment::Day(day)),
            Stamp::At(ms) if said == Some(true) => zone::to_local(&self.zone, ms),
            Stamp::At(ms) => return Some(Moment::At(ms)),
            Stamp::Local(local) => local,
            Stamp::Clock(clock) => match first? {
                Moment::At(ms) => zone::to_local(&self.zone, ms).date().and_time(clock),
                Moment::Day(day) => day.and_time(clock),
            },
        };
        Some(if said == Some(true) { Moment::Day(local.date()) } else { Moment::At(zone::to_instant(&self.zone, local)) })
    }

    /// An all-day item that says "until 00:00 of the next day", as programs do.
    fn ends_at_midnight(&self, end: Stamp, first: Option<Moment>) -> bool {
        let local = match end {
            Stamp::At(ms) => zone::to_local(&self.zone, ms),
            Stamp::Local(local) => local,
            Stamp::Day(_) | Stamp::Clock(_) => return false,
        };
        local.time() == NaiveTime::MIN && first < Some(Moment::Day(local.date()))
    }

    /// Where nothing says when it ends.
    fn lasting(&self, first: Option<Moment>, wrong: &mut Vec<Wrong>) -> Option<Moment> {
        let cell = self.cell(DURATION);
        let minutes = minutes(cell);
        if !cell.is_empty() && minutes.is_none() {
            wrong.push(("end", "minutes_or_clock", cell.to_owned()));
        }
        match (first?, minutes) {
            (Moment::Day(day), None) => Some(Moment::Day(time::shift(day, 1))),
            (Moment::Day(day), Some(n)) => Some(Moment::Day(time::shift(day, (n.max(1) + 1_439) / 1_440))),
            (Moment::At(ms), Some(n)) => Some(Moment::At(ms.checked_add(n.checked_mul(60_000)?)?)),
            (Moment::At(_), None) => None,
        }
    }

    fn dates(&self, field: &'static str, days: bool, out: &mut Read, wrong: &mut Vec<Wrong>) {
        let mut list: Vec<Value> = Vec::new();
        for part in words::list(self.cell(field), true) {
            let found = dates::stamp(part, self.reader.mapping.order).filter(|s| !matches!(s, Stamp::Clock(_)));
            match found.and_then(|s| self.moment(s, None, Some(days).filter(|d| *d))) {
                Some(moment) => list.push(moment.to_string().into()),
                None => wrong.push((field, "import_moment", part.to_owned())),
            }
        }
        if !list.is_empty() {
            out.fields.insert(field.to_owned(), Value::Array(list));
        }
    }
}

/// "90", "90 min", "1:30". At most what an item may last is asked later.
fn minutes(cell: &str) -> Option<i64> {
    if let Some((hours, minutes)) = cell.split_once(':') {
        let (hours, minutes): (i64, i64) = (hours.trim().parse().ok()?, minutes.split(':').next()?.trim().parse().ok()?);
        return ((0..10_000).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes);
    }
    let figures: String = cell.chars().take_while(char::is_ascii_digit).collect();
    let unit = cell.get(figures.len()..)?.trim().trim_end_matches('.').to_lowercase();
    let minutes: i64 = figures.parse().ok().filter(|n| *n < 10_000_000)?;
    matches!(unit.as_str(), "" | "m" | "min" | "mins" | "minutes" | "хв" | "хвилин" | "分" | "分钟" | "分鐘").then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn how_long_something_lasts_is_minutes_or_a_clock() {
        let all = ["90", "1:30", "01:30:00", "45 min", "30 хв.", "", "soon", "-5", "1:75", "99999999999999999999"];
        let want = [Some(90), Some(90), Some(90), Some(45), Some(30), None, None, None, None, None];
        assert_eq!(all.map(minutes), want);
    }
}
