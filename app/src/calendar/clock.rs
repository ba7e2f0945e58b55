//! The wall clock of the zone that is shown, from the days that the server sent along: browsers have no rules of zones that
//! Rust could ask. Where clocks change it reads as RFC 5545 does: a time that comes twice is the first of the two, one that is
//! skipped keeps the offset from before the gap.

use chrono::NaiveDate;
use domain::calendar::view::{CalendarPage, DayLine};
use domain::calendar::{Span, When};
use domain::time;

pub const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// Everything lies at quarters of an hour.
pub const STEP: i32 = 15;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    /// From this instant on, so many minutes east of UTC.
    turns: Vec<(i64, i32)>,
}

impl Clock {
    pub fn of(page: &CalendarPage) -> Self {
        Self::of_days(&page.days, &page.turns)
    }

    /// `around`: how it stands before and after these days.
    pub fn of_days(days: &[DayLine], around: &[(i64, i32)]) -> Self {
        let mut turns: Vec<(i64, i32)> = days.iter().flat_map(|d| d.offsets.iter().copied()).chain(around.iter().copied()).collect();
        turns.sort_unstable();
        turns.dedup_by_key(|t| t.1);
        Self { turns }
    }

    /// One that never changes: minutes east of UTC.
    pub fn fixed(offset: i32) -> Self {
        Self { turns: vec![(i64::MIN, offset)] }
    }

    pub fn offset(&self, ms: i64) -> i32 {
        let at = self.turns.partition_point(|t| t.0 <= ms).saturating_sub(1);
        self.turns.get(at).map_or(0, |t| t.1)
    }

    /// The day and the minute of it that the clock shows.
    pub fn wall(&self, ms: i64) -> (NaiveDate, i32) {
        let local = ms + i64::from(self.offset(ms)) * MINUTE;
        let minute = i32::try_from(local.rem_euclid(DAY) / MINUTE).unwrap_or(0);
        (time::utc_date(local), minute)
    }

    /// The instant at which the clock shows this; minutes may lie before or after the day.
    pub fn instant(&self, day: NaiveDate, minute: i32) -> i64 {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        let local = midnight + i64::from(minute) * MINUTE;
        let at = |offset: i32| local - i64::from(offset) * MINUTE;
        let fits = |(i, turn): (usize, &(i64, i32))| {
            let ms = at(turn.1);
            let begins = i == 0 || turn.0 <= ms;
            let ends = self.turns.get(i + 1).is_none_or(|next| ms < next.0);
            (begins && ends).then_some(ms)
        };
        if let Some(ms) = self.turns.iter().enumerate().find_map(fits) {
            return ms;
        }
        // Skipped: read with the offset from before the gap.
        let before = self.turns.windows(2).find_map(|pair| match pair {
            [a, b] if at(a.1) >= b.0 && at(b.1) < b.0 => Some(a.1),
            _ => None,
        });
        at(before.or(self.turns.first().map(|t| t.1)).unwrap_or(0))
    }

    pub fn span(&self, when: When) -> Span {
        match when {
            When::At(span) => span,
            When::Days(from, to) => Span::new(self.instant(from, 0), self.instant(to, 0)),
        }
    }

    /// Where a stretch lies in the column of a day: from minute to minute of its wall clock, at least a quarter long so that
    /// it can be seen; what takes no time (a task) so long that its name can be read. None: on other days.
    pub fn in_day(&self, span: Span, day: NaiveDate) -> Option<(i32, i32)> {
        let (first, from) = self.wall(span.start);
        let (last, to) = self.wall((span.end - 1).max(span.start));
        if first > day || last < day {
            return None;
        }
        let from = if first < day { 0 } else { from };
        let to = if last > day { 1440 } else { to + 1 };
        if span.is_empty() {
            // At the end of a day there is no room below.
            let from = from.min(1440 - 2 * STEP);
            return Some((from, from + 2 * STEP));
        }
        Some((from, to.max(from + STEP).min(1440)))
    }
}

/// As long as before by the clock of a stopwatch, begun at another wall-clock time: an hour stays an hour on the night when
/// clocks change.
pub fn moved(clock: &Clock, when: When, days: i64, minutes: i32) -> When {
    match when {
        When::At(span) => {
            let (day, minute) = clock.wall(span.start);
            let start = clock.instant(time::shift(day, days), minute + minutes);
            When::At(Span::new(start, start + span.len()))
        }
        When::Days(from, to) => When::Days(time::shift(from, days), time::shift(to, days)),
    }
}

/// The other end goes to this place; never shorter than a quarter of an hour, or a day.
pub fn resized(clock: &Clock, when: When, end: End, day: NaiveDate, minute: i32) -> When {
    match when {
        When::At(span) => {
            let to = clock.instant(day, minute);
            let least = i64::from(STEP) * MINUTE;
            When::At(match end {
                End::Start => Span::new(to.min(span.end - least), span.end),
                End::End => Span::new(span.start, to.max(span.start + least)),
            })
        }
        When::Days(from, to) => match end {
            End::Start => When::Days(day.min(time::shift(to, -1)), to),
            End::End => When::Days(from, time::shift(day, 1).max(time::shift(from, 1))),
        },
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Start,
    End,
}

/// From where a new item was begun to where the pointer is now, in quarters of an hour; both of them belong to it.
pub fn drawn(clock: &Clock, from: (NaiveDate, i32), to: (NaiveDate, i32)) -> When {
    let (a, b) = if from <= to { (from, to) } else { (to, from) };
    let start = clock.instant(a.0, snap(a.1));
    let end = clock.instant(b.0, snap(b.1) + STEP);
    When::At(Span::new(start, end.max(start + i64::from(STEP) * MINUTE)))
}

/// The quarter of an hour that a minute lies in.
pub const fn snap(minute: i32) -> i32 {
    minute.div_euclid(STEP) * STEP
}

/// Pixels below midnight → minute of the day, within it.
pub fn minute_at(pixels: f64, hour: f64) -> i32 {
    if hour <= 0.0 || !pixels.is_finite() {
        return 0;
    }
    let minute = (pixels / hour * 60.0).clamp(0.0, 1439.0);
    minute as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn day(text: &str) -> NaiveDate {
        time::parse_date(text).unwrap()
    }

    fn at(text: &str) -> i64 {
        time::parse_instant(text).unwrap()
    }

    fn line(date: &str, start: &str, end: &str, offsets: &[(&str, i32)]) -> DayLine {
        let offsets = offsets.iter().map(|(t, m)| (at(t), *m)).collect();
        DayLine { date: day(date), span: Span::new(at(start), at(end)), offsets }
    }

    /// Kyiv around the end of winter time (29 March 2026, 03:00 → 04:00).
    fn spring() -> Clock {
        Clock::of_days(
            &[
                line("2026-03-28", "2026-03-27T22:00:00Z", "2026-03-28T22:00:00Z", &[("2026-03-27T22:00:00Z", 120)]),
                line(
                    "2026-03-29",
                    "2026-03-28T22:00:00Z",
                    "2026-03-29T21:00:00Z",
                    &[("2026-03-28T22:00:00Z", 120), ("2026-03-29T01:00:00Z", 180)],
                ),
                line("2026-03-30", "2026-03-29T21:00:00Z", "2026-03-30T21:00:00Z", &[("2026-03-29T21:00:00Z", 180)]),
            ],
            &[],
        )
    }

    /// And around its beginning (25 October 2026, 04:00 → 03:00).
    fn autumn() -> Clock {
        Clock::of_days(
            &[
                line(
                    "2026-10-25",
                    "2026-10-24T21:00:00Z",
                    "2026-10-25T22:00:00Z",
                    &[("2026-10-24T21:00:00Z", 180), ("2026-10-25T01:00:00Z", 120)],
                ),
                line("2026-10-26", "2026-10-25T22:00:00Z", "2026-10-26T22:00:00Z", &[("2026-10-25T22:00:00Z", 120)]),
            ],
            &[],
        )
    }

    #[test]
    fn the_wall_shows_what_clocks_there_show() {
        assert_eq!(spring().wall(at("2026-03-29T00:59:00Z")), (day("2026-03-29"), 179));
        assert_eq!(spring().wall(at("2026-03-29T01:00:00Z")), (day("2026-03-29"), 240));
        assert_eq!(spring().instant(day("2026-03-29"), 600), at("2026-03-29T07:00:00Z"));
        assert_eq!(spring().instant(day("2026-03-28"), 600), at("2026-03-28T08:00:00Z"));
        assert_eq!(spring().instant(day("2026-03-30"), -60), at("2026-03-29T20:00:00Z"));
    }

    /// Carried by keyboard out of the week into one in which the clock stands otherwise, ten o'clock became eleven.
    #[test]
    fn what_is_carried_out_of_the_page_keeps_its_hour() {
        let saturday = line("2026-03-28", "2026-03-27T22:00:00Z", "2026-03-28T22:00:00Z", &[("2026-03-27T22:00:00Z", 120)]);
        let clock = Clock::of_days(&[saturday], &[(at("2026-01-01T00:00:00Z"), 120), (at("2026-03-29T01:00:00Z"), 180)]);
        let ten = When::At(Span::new(at("2026-03-28T08:00:00Z"), at("2026-03-28T09:00:00Z")));
        assert_eq!(moved(&clock, ten, 1, 0), When::At(Span::new(at("2026-03-29T07:00:00Z"), at("2026-03-29T08:00:00Z"))));
    }

    #[test]
    fn a_skipped_time_keeps_the_offset_from_before_and_one_that_comes_twice_is_the_first() {
        assert_eq!(spring().instant(day("2026-03-29"), 210), at("2026-03-29T01:30:00Z"));
        assert_eq!(autumn().instant(day("2026-10-25"), 210), at("2026-10-25T00:30:00Z"));
        assert_eq!(autumn().wall(at("2026-10-25T01:30:00Z")), (day("2026-10-25"), 210));
    }

    #[test]
    fn an_hour_moved_over_a_change_of_clocks_stays_an_hour() {
        let clock = spring();
        let item = When::At(Span::new(at("2026-03-28T08:00:00Z"), at("2026-03-28T09:00:00Z")));
        let When::At(next) = moved(&clock, item, 1, 0) else { panic!("no time") };
        assert_eq!(next, Span::new(at("2026-03-29T07:00:00Z"), at("2026-03-29T08:00:00Z")), "still at ten on the wall");
        let night = When::At(Span::new(at("2026-03-28T23:30:00Z"), at("2026-03-29T00:30:00Z")));
        let When::At(over) = moved(&clock, night, 0, 60) else { panic!("no time") };
        assert_eq!(over.len(), HOUR);
        assert_eq!(clock.wall(over.end), (day("2026-03-29"), 270), "03:30 does not exist: the hour ends at half past four");
    }

    #[test]
    fn resizing_never_turns_an_item_inside_out() {
        let clock = autumn();
        let item = When::At(Span::new(at("2026-10-26T08:00:00Z"), at("2026-10-26T09:00:00Z")));
        let span = |when: When| match when {
            When::At(s) => ((s.start - at("2026-10-26T00:00:00Z")) / MINUTE, s.len() / MINUTE),
            When::Days(..) => panic!("days"),
        };
        assert_eq!(span(resized(&clock, item, End::End, day("2026-10-26"), 765)), (480, 165));
        assert_eq!(span(resized(&clock, item, End::End, day("2026-10-26"), 0)), (480, 15));
        assert_eq!(span(resized(&clock, item, End::Start, day("2026-10-26"), 1400)), (525, 15));
        let days = When::Days(day("2026-10-25"), day("2026-10-27"));
        assert_eq!(resized(&clock, days, End::End, day("2026-10-20"), 0), When::Days(day("2026-10-25"), day("2026-10-26")));
        assert_eq!(resized(&clock, days, End::Start, day("2026-10-28"), 0), When::Days(day("2026-10-26"), day("2026-10-27")));
    }

    #[test]
    fn what_is_drawn_up_or_down_is_the_same() {
        let clock = autumn();
        let d = day("2026-10-26");
        let down = drawn(&clock, (d, 607), (d, 655));
        assert_eq!(down, drawn(&clock, (d, 655), (d, 607)));
        assert_eq!(down, When::At(Span::new(at("2026-10-26T08:00:00Z"), at("2026-10-26T09:00:00Z"))));
        assert_eq!(drawn(&clock, (d, 1439), (d, 1439)), When::At(Span::new(at("2026-10-26T21:45:00Z"), at("2026-10-26T22:00:00Z"))));
    }

    #[test]
    fn a_stretch_is_cut_at_midnight() {
        let clock = autumn();
        let night = Span::new(at("2026-10-25T20:00:00Z"), at("2026-10-26T01:00:00Z"));
        assert_eq!(clock.in_day(night, day("2026-10-25")), Some((1320, 1440)));
        assert_eq!(clock.in_day(night, day("2026-10-26")), Some((0, 180)));
        let until_midnight = Span::new(at("2026-10-25T20:00:00Z"), at("2026-10-25T22:00:00Z"));
        assert_eq!(clock.in_day(until_midnight, day("2026-10-26")), None);
        let point = Span::new(at("2026-10-26T08:00:00Z"), at("2026-10-26T08:00:00Z"));
        assert_eq!(clock.in_day(point, day("2026-10-26")), Some((600, 630)), "what takes no time can be read");
    }

    #[test]
    fn pixels_are_minutes() {
        assert_eq!(minute_at(0.0, 48.0), 0);
        assert_eq!(minute_at(48.0 * 9.5, 48.0), 570);
        assert_eq!(minute_at(-5.0, 48.0), 0);
        assert_eq!(minute_at(9e9, 48.0), 1439);
        assert_eq!(snap(1439), 1425);
    }
}
