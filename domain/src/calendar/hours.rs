//! Working hours as a person, room or company keeps them, and the days on which nobody works.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use serde::{Deserialize, Serialize};

use super::{Span, span, zone};
use crate::{FieldError, time};

const MINUTES: u16 = 24 * 60;
const MAX_SHIFTS: usize = 6;
const MAX_EXCEPTIONS: usize = 400;

/// From minute to minute of a day, `[from, to)`; midnight at its end is 1440. Work through the night is two shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    pub from: u16,
    pub to: u16,
}

/// A day that has other hours than its weekday; none at all when it is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    pub date: NaiveDate,
    pub shifts: Vec<Shift>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// From Monday to Sunday.
    pub week: [Vec<Shift>; 7],
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self::weekdays(9 * 60, 18 * 60)
    }
}

impl WorkingHours {
    /// From Monday to Friday.
    pub fn weekdays(from: u16, to: u16) -> Self {
        let day = || vec![Shift { from, to }];
        Self { week: [day(), day(), day(), day(), day(), Vec::new(), Vec::new()], exceptions: Vec::new() }
    }

    /// Rooms that are never closed, customers of whom nothing is known.
    pub fn always() -> Self {
        Self { week: std::array::from_fn(|_| vec![Shift { from: 0, to: MINUTES }]), exceptions: Vec::new() }
    }

    pub fn check(&self) -> Result<(), FieldError> {
        let wrong = || FieldError::new("working_hours", "working_hours");
        let in_order = |shifts: &[Shift]| {
            let whole = shifts.iter().all(|s| s.from < s.to && s.to <= MINUTES);
            whole && shifts.len() <= MAX_SHIFTS && shifts.is_sorted_by(|a, b| a.to <= b.from)
        };
        let days = self.week.iter().chain(self.exceptions.iter().map(|e| &e.shifts));
        let fits = days.into_iter().all(|d| in_order(d)) && self.exceptions.len() <= MAX_EXCEPTIONS;
        if fits { Ok(()) } else { Err(wrong()) }
    }

    fn on(&self, day: NaiveDate) -> &[Shift] {
        if let Some(exception) = self.exceptions.iter().find(|e| e.date == day) {
            return &exception.shifts;
        }
        self.week.get(usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0)).map_or(&[], Vec::as_slice)
    }

    /// The working time within a window, on the clock of this zone.
    pub fn spans<Z: TimeZone>(&self, zone: &Z, window: Span) -> Vec<Span> {
        let last = zone::to_local(zone, window.end).date();
        let mut day = time::shift(zone::to_local(zone, window.start).date(), -1);
        let mut all = Vec::new();
        while day <= last {
            let at = |minute: u16| zone::to_instant(zone, day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute)));
            all.extend(self.on(day).iter().filter_map(|s| Span::new(at(s.from), at(s.to)).shared(window)));
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        span::merged(all)
    }
}

/// A holiday, where a person lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOff {
    pub date: NaiveDate,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        time::parse_instant(text).unwrap()
    }

    fn shown(hours: &WorkingHours, zone: chrono_tz::Tz, from: &str, to: &str) -> Vec<String> {
        let spans = hours.spans(&zone, Span::new(at(from), at(to)));
        spans.iter().map(|s| format!("{}/{}", time::instant(s.start), time::instant(s.end)).replace(":00.000Z", "")).collect()
    }

    #[test]
    fn nine_is_nine_before_and_after_the_change_of_clocks() {
        let hours = WorkingHours::weekdays(540, 1_080);
        let week = shown(&hours, chrono_tz::Europe::Kyiv, "2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z");
        assert_eq!(week, ["2026-10-23T06:00/2026-10-23T15:00", "2026-10-26T07:00/2026-10-26T16:00"]);
    }

    #[test]
    fn a_night_shift_is_one_stretch() {
        let mut hours = WorkingHours::weekdays(540, 1_080);
        hours.week[0] = vec![Shift { from: 1_320, to: 1_440 }];
        hours.week[1] = vec![Shift { from: 0, to: 360 }];
        assert_eq!(shown(&hours, chrono_tz::UTC, "2026-11-23T23:00:00Z", "2026-11-25T00:00:00Z"), ["2026-11-23T23:00/2026-11-24T06:00"]);
    }

    #[test]
    fn exceptions_stand_above_the_week() {
        let mut hours = WorkingHours::weekdays(540, 1_080);
        hours.exceptions = vec![Exception { date: time::parse_date("2026-11-24").unwrap(), shifts: Vec::new() }];
        assert!(hours.check().is_ok());
        assert!(shown(&hours, chrono_tz::UTC, "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z").is_empty());
        hours.week[3] = vec![Shift { from: 600, to: 720 }, Shift { from: 700, to: 800 }];
        assert!(hours.check().is_err());
    }
}
