//! Edits of a series: one occurrence, this and the following, or all of them.

use chrono::{Datelike, NaiveDate, TimeDelta, TimeZone, Timelike};
use serde::{Deserialize, Serialize};

use super::{local_of, until_local};
use crate::calendar::rule::{ByDay, End, Freq, Until};
use crate::calendar::{Event, Moment, Rule, When, zone};
use crate::{Error, Id, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    This,
    Following,
    All,
}

fn no_such_slot() -> Error {
    Error::invalid("slot", "no_occurrence")
}

fn series_of(event: &Event) -> Result<super::Series<'_>> {
    event.occurrences_but(&[]).ok_or_else(|| Error::invalid("end", "end_before_start"))
}

/// An item of its own for one occurrence, to be changed and stored; the series itself stays as it is and is read without
/// that slot (`replaced`).
pub fn detach<Z: TimeZone>(event: &Event, id: Id, slot: Moment, zone: &Z) -> Result<Event> {
    let series = series_of(event)?;
    let when = series.has(zone, slot).then(|| series.when.starting(slot)).flatten().ok_or_else(no_such_slot)?;
    let mut one = Event { rrule: None, rdate: Vec::new(), exdate: Vec::new(), series: Some(id), slot: Some(slot), ..event.clone() };
    one.set_when(when);
    Ok(one)
}

/// The series without one occurrence.
pub fn leave_out<Z: TimeZone>(event: &Event, slot: Moment, zone: &Z) -> Result<Event> {
    if !series_of(event)?.has(zone, slot) {
        return Err(no_such_slot());
    }
    let mut left = event.clone();
    left.exdate.push(slot);
    Ok(left)
}

/// The series up to this occurrence, which no longer belongs to it; `None` when nothing is left.
pub fn cut_before<Z: TimeZone>(event: &Event, slot: Moment, zone: &Z) -> Result<Option<Event>> {
    let series = series_of(event)?;
    if !series.has(zone, slot) {
        return Err(no_such_slot());
    }
    let mut before = event.clone();
    before.rdate.retain(|d| *d < slot);
    before.exdate.retain(|d| local_of(zone, *d) < local_of(zone, slot));
    if let Some(rule) = &mut before.rrule {
        rule.end = End::Until(match slot {
            Moment::At(ms) => Until::At(ms - 1_000),
            Moment::Day(d) => Until::Day(crate::time::shift(d, -1)),
        });
    }
    if event.start < slot {
        return Ok(Some(before));
    }
    // The first start goes as well; what is left are dates before it.
    let Some(first) = before.rdate.iter().copied().min() else { return Ok(None) };
    before.rrule = None;
    before.rdate.retain(|d| *d != first);
    before.set_when(series.when.starting(first).ok_or_else(no_such_slot)?);
    Ok(Some(before))
}

/// This and the following: the series up to the occurrence (`None` when that was the first), and a new one that goes on from it.
pub fn split<Z: TimeZone>(event: &Event, slot: Moment, zone: &Z) -> Result<(Option<Event>, Event)> {
    let before = cut_before(event, slot, zone)?;
    let series = series_of(event)?;
    let mut after = event.clone();
    after.rdate.retain(|d| *d > slot);
    after.exdate.retain(|d| local_of(zone, *d) >= local_of(zone, slot));
    after.set_when(series.when.starting(slot).ok_or_else(no_such_slot)?);
    if slot <= event.start {
        return Ok((before, after));
    }
    let Some(rule) = &mut after.rrule else { return Ok((before, after)) };
    let local = local_of(zone, slot);
    let earlier = series.rule_starts(zone, chrono::NaiveDateTime::MIN, local).filter(|s| *s < slot).count();
    if let End::Count(n) = rule.end {
        let passed = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
        rule.end = End::Count(n.saturating_sub(passed).max(1));
    }
    // The new first start says the hour and the day of what follows: where it is a date from outside of the rule, or a time
    // that the clocks moved, the rule has to say them itself.
    let first = local_of(zone, event.start);
    let by_rule = series.rule_starts(zone, local - TimeDelta::hours(25), local + TimeDelta::seconds(1)).any(|s| s == slot);
    if by_rule {
        if local.time() != first.time() && !rule.has_times() {
            say_times(rule, first);
        }
        return Ok((before, after));
    }
    let Some(next) = series.rule_starts(zone, local, chrono::NaiveDateTime::MAX).find(|s| *s > slot) else {
        after.rrule = None;
        return Ok((before, after));
    };
    // From the rule's own next start on; this occurrence stays as a date beside it.
    after.set_when(series.when.starting(next).ok_or_else(no_such_slot)?);
    after.rdate.push(slot);
    Ok((before, after))
}

fn say_times(rule: &mut Rule, at: chrono::NaiveDateTime) {
    let two = |n: u32| u8::try_from(n).ok().into_iter().collect();
    (rule.by_hour, rule.by_minute, rule.by_second) = (two(at.hour()), two(at.minute()), two(at.second()));
}

/// How far all of a series was moved: on the wall, so that nine o'clock becomes ten o'clock in summer and in winter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    pub by: TimeDelta,
}

impl Shift {
    /// The same occurrence after the move; for the slots of items that stand for one.
    pub fn moved<Z: TimeZone>(self, zone: &Z, moment: Moment) -> Moment {
        match moment {
            Moment::At(ms) => Moment::At(zone::to_instant(zone, zone::to_local(zone, ms) + self.by)),
            Moment::Day(d) => Moment::Day(crate::time::shift(d, self.by.num_days())),
        }
    }
}

/// All of them: one occurrence was taken to another time (and perhaps another length), the whole series goes along.
pub fn move_all<Z: TimeZone>(event: &Event, slot: Moment, to: When, zone: &Z) -> Result<(Event, Shift)> {
    let series = series_of(event)?;
    if !series.has(zone, slot) {
        return Err(no_such_slot());
    }
    if slot.is_day() != to.start().is_day() {
        return Err(Error::invalid("start", if slot.is_day() { "date" } else { "instant" }));
    }
    let shift = Shift { by: local_of(zone, to.start()) - local_of(zone, slot) };
    let mut moved = event.clone();
    let start = shift.moved(zone, event.start);
    moved.set_when(to.starting(start).ok_or_else(no_such_slot)?);
    moved.rdate.iter_mut().chain(&mut moved.exdate).for_each(|d| *d = shift.moved(zone, *d));
    if let Some(rule) = &mut moved.rrule {
        move_rule(rule, local_of(zone, event.start), local_of(zone, start))?;
        if let End::Until(until) = rule.end {
            // Compared to the second before: the end moves with what it ended.
            let until = until_local(zone, until, slot.is_day()) + shift.by;
            rule.end = End::Until(match slot {
                Moment::At(_) => Until::At(zone::to_instant(zone, until)),
                Moment::Day(_) => Until::Day(until.date()),
            });
        }
    }
    Ok((moved, shift))
}

/// The series from the first time that its rule has, when it begins on a day that the rule does not have: RFC 5545 counts the first
/// start in any case, and whoever makes "Tuesday and Thursday" into "Monday and Thursday" asks for no Tuesday. `None`: it does so
/// already, or the rule has no time at all.
pub fn begun_by_rule<Z: TimeZone>(event: &Event, zone: &Z) -> Result<Option<Event>> {
    let series = series_of(event)?;
    let Some(rule) = &event.rrule else { return Ok(None) };
    let first = local_of(zone, event.start);
    let Some(start) = series.walk(rule, first, first, chrono::NaiveDateTime::MAX).next().filter(|start| *start != first) else {
        return Ok(None);
    };
    let mut begun = event.clone();
    begun.set_when(series.when.starting(series.moment(zone, start)).ok_or_else(no_such_slot)?);
    Ok(Some(begun))
}

/// What a rule says about days and times has to move along. Where it says too much to guess ("the 2nd and the 15th"), the
/// person says it in the rule.
fn move_rule(rule: &mut Rule, from: chrono::NaiveDateTime, to: chrono::NaiveDateTime) -> Result<()> {
    let unclear = || Error::invalid("rrule", "rule_move");
    if from.time() != to.time() && (!rule.by_hour.is_empty() || !rule.by_minute.is_empty() || !rule.by_second.is_empty()) {
        let single = |values: &[u8], own: u32| values.is_empty() || matches!(values, [v] if u32::from(*v) == own);
        if rule.freq < Freq::Daily
            || !single(&rule.by_hour, from.hour())
            || !single(&rule.by_minute, from.minute())
            || !single(&rule.by_second, from.second())
        {
            return Err(unclear());
        }
        say_times(rule, to);
    }
    let days = to.date().signed_duration_since(from.date()).num_days();
    if days == 0 {
        return Ok(());
    }
    if rule.freq == Freq::Weekly && rule.by_set_pos.is_empty() && rule.by_month.is_empty() {
        let turn = days.rem_euclid(7);
        let turned = |day: chrono::Weekday| (0..turn).fold(day, |day, _| day.succ());
        rule.by_day.iter_mut().for_each(|d| d.day = turned(d.day));
        // "Every second week" depends on where weeks begin: days that were in one week stay in one.
        if rule.interval > 1 {
            rule.week_start = turned(rule.week_start);
        }
        return Ok(());
    }
    let silent = rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_year_day.is_empty() && rule.by_week_no.is_empty();
    if silent && rule.by_month.is_empty() && rule.by_set_pos.is_empty() {
        return Ok(());
    }
    let same_month = from.month() == to.month() || (rule.freq == Freq::Monthly && rule.by_month.is_empty());
    let (old, new) = (from.date(), to.date());
    if !rule.by_set_pos.is_empty() || !rule.by_year_day.is_empty() || !rule.by_week_no.is_empty() || !same_month {
        return Err(unclear());
    }
    if silent && matches!(rule.freq, Freq::Monthly | Freq::Yearly) {
        return Ok(());
    }
    match (rule.freq, rule.by_day.as_slice(), rule.by_month_day.as_slice()) {
        (Freq::Monthly, [], [one]) if i32::from(*one) == i32::try_from(old.day()).unwrap_or(0) => {
            rule.by_month_day = i8::try_from(new.day()).ok().into_iter().collect();
            Ok(())
        }
        (Freq::Monthly, [one], []) if one.nth != 0 && one.day == old.weekday() => {
            let nth = if one.nth < 0 { -nth_from_end(new) } else { nth(new) };
            rule.by_day = vec![ByDay { nth, day: new.weekday() }];
            Ok(())
        }
        _ => Err(unclear()),
    }
}

fn nth(day: NaiveDate) -> i16 {
    i16::try_from(day.day0() / 7 + 1).unwrap_or(1)
}

fn nth_from_end(day: NaiveDate) -> i16 {
    i16::try_from((u32::from(day.num_days_in_month()) - day.day()) / 7 + 1).unwrap_or(1)
}
