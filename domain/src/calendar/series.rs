//! The occurrences of an item: RRULE, RDATE and EXDATE on the clock of its zone, without the slots that items of their own
//! stand for. The first start always is an occurrence (RFC 5545, 3.8.5.3), whether the rule yields it or not.

mod edit;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

use super::rule::{End, MAX_A_DAY, MAX_DENSE, Starts, Until};
use super::{DAY, Moment, Rule, Span, When, Window, YEARS, zone};
use crate::{FieldError, time};

pub use edit::{Scope, Shift, begun_by_rule, cut_before, detach, leave_out, move_all, split};

/// An item that occurs more than once (or once).
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    pub when: When,
    pub rule: Option<&'a Rule>,
    pub rdate: &'a [Moment],
    pub exdate: &'a [Moment],
    pub replaced: &'a [Moment],
    /// Where the rule's COUNT ends, if somebody reckoned it before ([`Series::count_end`]): without it a rule with COUNT is walked
    /// from its beginning.
    pub known_last: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    pub when: When,
}

impl Occurrence {
    /// Its name within the series (RECURRENCE-ID).
    pub const fn slot(self) -> Moment {
        self.when.start()
    }
}

/// Occurrences in order; `more` when there were more than asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrences {
    pub list: Vec<Occurrence>,
    pub more: bool,
}

impl Series<'_> {
    /// The occurrences that lie in the window or reach into it, `most` at the most.
    pub fn occurrences<Z: TimeZone>(&self, zone: &Z, window: &Window, most: usize) -> Occurrences {
        let mut starts: Vec<Moment> = Vec::new();
        let mut more = false;
        let (from, until) = self.reach_back(zone, window);
        let seen = |start: Moment| self.is_shown(zone, start) && self.when.starting(start).is_some_and(|w| w.is_in(window));
        for start in self.plain_starts().chain(self.rule_starts(zone, from, until)) {
            if seen(start) {
                starts.push(start);
            }
            // Twice as many, since the same instant may come twice where clocks change.
            if starts.len() > most.saturating_mul(2).saturating_add(self.rdate.len() + 1) {
                more = true;
                break;
            }
        }
        starts.sort_unstable();
        starts.dedup();
        more |= starts.len() > most;
        starts.truncate(most);
        Occurrences { list: starts.into_iter().filter_map(|s| self.when.starting(s)).map(|when| Occurrence { when }).collect(), more }
    }

    /// Is there an occurrence that starts here?
    pub fn has<Z: TimeZone>(&self, zone: &Z, slot: Moment) -> bool {
        if slot.is_day() != self.when.start().is_day() {
            return false;
        }
        let local = local_of(zone, slot);
        // A start that the clocks skip is as much as a day later than its place on the wall.
        let (from, until) = (local - TimeDelta::hours(25), local + TimeDelta::seconds(1));
        self.is_shown(zone, slot) && self.plain_starts().chain(self.rule_starts(zone, from, until)).any(|s| s == slot)
    }

    /// The last start: `None` when there is no end. UNTIL is taken by its word, without looking whether something starts then.
    pub fn last<Z: TimeZone>(&self, zone: &Z) -> Option<Moment> {
        let by_rule = match self.rule.map(|r| r.end) {
            None => None,
            Some(End::Never) => return None,
            Some(End::Until(until)) => Some(last_by_until(zone, until, self.when.start().is_day())),
            Some(End::Count(_)) => self.count_end(zone),
        };
        self.plain_starts().chain(by_rule).max()
    }

    /// Where a rule with COUNT ends, to be kept as `known_last`; `None` for other rules.
    pub fn count_end<Z: TimeZone>(&self, zone: &Z) -> Option<Moment> {
        let counts = self.rule.is_some_and(|r| matches!(r.end, End::Count(_)));
        let last = || self.rule_starts(zone, NaiveDateTime::MIN, NaiveDateTime::MAX).max();
        counts.then(|| last().unwrap_or(self.when.start()))
    }

    /// A rule that yields nothing, or more than a calendar can hold.
    pub fn check<Z: TimeZone>(&self, zone: &Z) -> Result<(), FieldError> {
        let Some(rule) = self.rule else { return Ok(()) };
        let first = local_of(zone, self.when.start());
        let a_day = if self.when.start().is_day() { 1 } else { rule.most_a_day() };
        // What is as dense as that has to end soon; counted, since an hour of it may end within the hour.
        let dense = a_day > MAX_A_DAY && self.rule_starts(zone, first, NaiveDateTime::MAX).nth(MAX_DENSE).is_some();
        if dense {
            return Err(FieldError::new("rrule", "rule_too_often").with("max", MAX_A_DAY));
        }
        let never = || FieldError::new("rrule", "rule_never");
        // The rule itself has to yield something: the first start alone is no series.
        let own = self.walk(rule, first, first, NaiveDateTime::MAX);
        own.map(|s| self.moment(zone, s)).take_while(|s| self.is_by_end(zone, *s)).next().ok_or_else(never)?;
        let mut all = self.plain_starts().chain(self.rule_starts(zone, NaiveDateTime::MIN, NaiveDateTime::MAX));
        // Each date left out can hide one start, or a whole day of them.
        let hidden = self.exdate.len().saturating_mul(usize::try_from(a_day.min(MAX_A_DAY)).unwrap_or(1)).saturating_add(2);
        if all.by_ref().take(hidden).any(|s| !self.is_left_out(zone, s)) { Ok(()) } else { Err(never()) }
    }

    /// The first start and RDATE.
    fn plain_starts(&self) -> impl Iterator<Item = Moment> {
        let day = self.when.start().is_day();
        std::iter::once(self.when.start()).chain(self.rdate.iter().copied().filter(move |d| d.is_day() == day))
    }

    /// What the rule yields after the first start, as far as COUNT and UNTIL let it, between two times on the wall.
    fn rule_starts<Z: TimeZone>(&self, zone: &Z, from: NaiveDateTime, until: NaiveDateTime) -> impl Iterator<Item = Moment> {
        let first = local_of(zone, self.when.start());
        let end = self.rule.map(|r| r.end);
        let counted = match (end, self.known_last) {
            (Some(End::Count(n)), None) => usize::try_from(n).unwrap_or(usize::MAX).saturating_sub(1),
            _ => usize::MAX,
        };
        // Counting begins at the beginning.
        let walk_from = if counted == usize::MAX { from } else { first };
        let starts = self.rule.map(|r| self.walk(r, first, walk_from, until));
        let later = starts.into_iter().flatten().filter(move |s| *s > first).take(counted);
        let moments = later.filter(move |s| *s >= from).map(|s| self.moment(zone, s));
        moments.take_while(|s| self.is_by_end(zone, *s))
    }

    fn walk<'r>(&self, rule: &'r Rule, first: NaiveDateTime, from: NaiveDateTime, until: NaiveDateTime) -> Starts<'r> {
        let starts = rule.starts(first, from, until);
        if self.when.start().is_day() { starts.on_plain_days() } else { starts }
    }

    fn is_by_end<Z: TimeZone>(&self, zone: &Z, start: Moment) -> bool {
        match self.rule.map(|r| r.end) {
            Some(End::Until(Until::At(ms))) if !start.is_day() => start <= Moment::At(ms),
            Some(End::Until(until)) => local_of(zone, start) <= until_local(zone, until, start.is_day()),
            Some(End::Count(_)) => self.known_last.is_none_or(|last| start <= last),
            _ => true,
        }
    }

    fn moment<Z: TimeZone>(&self, zone: &Z, local: NaiveDateTime) -> Moment {
        match self.when {
            When::At(_) => Moment::At(zone::to_instant(zone, local)),
            When::Days(..) => Moment::Day(local.date()),
        }
    }

    fn is_shown<Z: TimeZone>(&self, zone: &Z, start: Moment) -> bool {
        !self.replaced.contains(&start) && !self.is_left_out(zone, start)
    }

    fn is_left_out<Z: TimeZone>(&self, zone: &Z, start: Moment) -> bool {
        // A day among the dates of a series with times leaves out all that starts on it.
        let day = || Moment::Day(local_of(zone, start).date());
        self.exdate.contains(&start) || (self.exdate.iter().any(|d| d.is_day()) && self.exdate.contains(&day()))
    }

    /// The times on the wall between which a start can be that reaches into the window.
    fn reach_back<Z: TimeZone>(&self, zone: &Z, window: &Window) -> (NaiveDateTime, NaiveDateTime) {
        match self.when {
            When::At(span) => {
                // Clocks that are put forward move a start by as much as a day.
                let margin = TimeDelta::hours(25);
                let from = zone::to_local(zone, window.span.start.saturating_sub(span.len())) - margin;
                (from, zone::to_local(zone, window.span.end) + margin)
            }
            When::Days(first, end) => {
                let midnight = |d: NaiveDate| d.and_time(NaiveTime::MIN);
                (midnight(window.days.0) - (end - first), midnight(window.days.1))
            }
        }
    }
}

fn local_of<Z: TimeZone>(zone: &Z, moment: Moment) -> NaiveDateTime {
    match moment {
        Moment::At(ms) => zone::to_local(zone, ms),
        Moment::Day(d) => d.and_time(NaiveTime::MIN),
    }
}

/// UNTIL as a time on the wall. What programs write for plain days ("…T000000Z") means the day it names.
fn until_local<Z: TimeZone>(zone: &Z, until: Until, all_day: bool) -> NaiveDateTime {
    let end_of = |d: NaiveDate| d.and_time(NaiveTime::MIN) + TimeDelta::milliseconds(DAY - 1);
    match until {
        Until::Day(d) => end_of(d),
        Until::Local(at) if all_day => end_of(at.date()),
        Until::At(ms) if all_day => end_of(time::utc_date(ms)),
        Until::Local(at) => at,
        Until::At(ms) => zone::to_local(zone, ms),
    }
}

fn last_by_until<Z: TimeZone>(zone: &Z, until: Until, all_day: bool) -> Moment {
    match until {
        Until::At(ms) if !all_day => Moment::At(ms),
        until if all_day => Moment::Day(until_local(zone, until, true).date()),
        until => Moment::At(zone::to_instant(zone, until_local(zone, until, false))),
    }
}

/// All that an item can ever take: for whoever keeps series by the stretch in which they occur.
pub fn whole<Z: TimeZone>(series: &Series<'_>, zone: &Z) -> Span {
    let first = series.plain_starts().min().unwrap_or(series.when.start());
    let from = series.when.starting(first).unwrap_or(series.when).span(zone).start;
    let end = series.last(zone).and_then(|last| series.when.starting(last)).map(|w| w.span(zone).end);
    let never = || NaiveDate::from_ymd_opt(YEARS.end() + 1, 1, 1).map_or(i64::MAX, |d| zone::day_start(&chrono::Utc, d));
    Span::new(from, end.unwrap_or_else(never))
}
