//! When something is: at instants, or on plain days that are the same days in every zone.

use chrono::{NaiveDate, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{DAY, Span, zone};
use crate::time;

/// One end of an item, and the name of an occurrence in its series (RECURRENCE-ID): an instant, or a plain day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Milliseconds since 1970.
    At(i64),
    Day(NaiveDate),
}

impl Moment {
    /// "2026-03-18T12:42:00Z" or "2026-03-18".
    pub fn parse(text: &str) -> Option<Self> {
        time::parse_date(text).map(Self::Day).or_else(|| time::parse_instant(text).map(Self::At))
    }

    pub const fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The instant; of a day, when it begins there.
    pub fn instant<Z: TimeZone>(self, zone: &Z) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Day(d) => zone::day_start(zone, d),
        }
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(ms) => f.write_str(&time::instant(*ms)),
            Self::Day(d) => f.write_str(&time::date(*d)),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("neither an instant nor a date"))
    }
}

/// Start and end of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    At(Span),
    /// `[first, end)`: an item on one day ends on the next.
    Days(NaiveDate, NaiveDate),
}

impl When {
    pub const fn start(self) -> Moment {
        match self {
            Self::At(s) => Moment::At(s.start),
            Self::Days(from, _) => Moment::Day(from),
        }
    }

    pub const fn end(self) -> Moment {
        match self {
            Self::At(s) => Moment::At(s.end),
            Self::Days(_, to) => Moment::Day(to),
        }
    }

    /// The time it takes of somebody who lives in this zone: days are that person's days.
    pub fn span<Z: TimeZone>(self, zone: &Z) -> Span {
        match self {
            Self::At(s) => s,
            Self::Days(from, to) => zone::days(zone, from, to),
        }
    }

    /// As long as before, from another start on.
    pub fn starting(self, start: Moment) -> Option<Self> {
        match (self, start) {
            (Self::At(s), Moment::At(ms)) => Some(Self::At(Span::new(ms, ms.checked_add(s.len())?))),
            (Self::Days(from, to), Moment::Day(d)) => Some(Self::Days(d, d.checked_add_signed(to - from)?)),
            _ => None,
        }
    }

    pub fn is_in(self, window: &Window) -> bool {
        match self {
            // What takes no time is there all the same.
            Self::At(s) if s.is_empty() => window.span.start <= s.start && s.start < window.span.end,
            Self::At(s) => s.overlaps(window.span),
            Self::Days(from, to) => from < window.days.1 && window.days.0 < to,
        }
    }
}

/// The part of time that is asked for, as instants for what has a time and as days for what has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub span: Span,
    /// `[from, to)`
    pub days: (NaiveDate, NaiveDate),
}

impl Window {
    /// The days of somebody in this zone.
    pub fn of_days<Z: TimeZone>(zone: &Z, from: NaiveDate, to: NaiveDate) -> Self {
        Self { span: zone::days(zone, from, to), days: (from, to) }
    }

    /// From instant to instant, and the days that somebody in this zone lives meanwhile.
    pub fn of_span<Z: TimeZone>(zone: &Z, span: Span) -> Self {
        let last = zone::to_local(zone, (span.end - 1).max(span.start)).date();
        Self { span, days: (zone::to_local(zone, span.start).date(), time::shift(last, 1)) }
    }

    /// From instant to instant, and every day that anybody lives meanwhile.
    pub fn of_everybody(span: Span) -> Self {
        Self { span, days: (time::utc_date(span.start - DAY), time::shift(time::utc_date(span.end + DAY), 1)) }
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn moments_have_one_text() {
        for (text, canonical) in [("2026-03-18", "2026-03-18"), ("2026-03-18T14:42:00+02:00", "2026-03-18T12:42:00.000Z")] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), canonical);
        }
        assert_eq!(Moment::parse("tomorrow"), None);
    }

    #[test]
    fn all_day_is_the_same_day_from_utc_minus_12_to_utc_plus_14() {
        let day = time::parse_date("2026-11-22").unwrap();
        let item = When::Days(day, time::shift(day, 1));
        for minutes in (-12 * 60..=14 * 60).step_by(15) {
            let zone = FixedOffset::east_opt(minutes * 60).unwrap();
            let span = item.span(&zone);
            assert_eq!(zone::to_local(&zone, span.start).date(), day);
            assert_eq!(zone::to_local(&zone, span.end - 1).date(), day);
            assert_eq!(span.len(), DAY);
            assert!(item.is_in(&Window::of_days(&zone, day, time::shift(day, 1))));
            assert!(!item.is_in(&Window::of_days(&zone, time::shift(day, 1), time::shift(day, 2))));
            assert!(!item.is_in(&Window::of_days(&zone, time::shift(day, -1), day)));
            assert!(item.is_in(&Window::of_everybody(Span::new(span.start, span.start + 1))));
        }
    }
}
