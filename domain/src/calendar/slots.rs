//! When it could be instead: the next free times for an item, and common times of several people, rooms and customers.
//!
//! Both ask for what the conflict engine would say nothing about: a test holds them to it.

use chrono::{NaiveDateTime, TimeDelta, TimeZone, Timelike};
use serde::{Deserialize, Serialize};

use super::conflict::{Except, Proposal, lasts_overnight};
use super::{Busy, ConflictKind, DAY, Diary, ItemKind, Level, MINUTE, Span, SubjectKind, span, zone};
use crate::{Error, FieldError, Id, Result};

/// Times begin at the quarters of an hour, on the clock of who asks.
pub const GRID: u16 = 15;
pub const MAX_TIMES: usize = 100;
pub const MAX_WINDOW_DAYS: i64 = 93;
/// So many starts are weighed: three months of quarters of an hour are fewer.
const MAX_CANDIDATES: usize = 10_000;

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    pub minutes: u32,
    pub window: Span,
    pub limit: usize,
    pub kind: ItemKind,
    pub place: String,
    pub travel_before: u16,
    pub travel_after: u16,
    pub except: Vec<Except>,
}

impl Wish {
    pub fn new(minutes: u32, window: Span, limit: usize) -> Self {
        let (kind, place, except) = (ItemKind::Meeting, String::new(), Vec::new());
        Self { minutes, window, limit, kind, place, travel_before: 0, travel_after: 0, except }
    }

    pub fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        if !(1..=24 * 60).contains(&self.minutes) {
            errors.push(FieldError::new("duration_minutes", "minutes_from").with("min", 1).with("max", 24 * 60));
        }
        if self.window.is_empty() {
            errors.push(FieldError::new("to", "end_before_start"));
        } else if self.window.len() > MAX_WINDOW_DAYS * DAY {
            errors.push(FieldError::new("to", "window_too_long").with("max", MAX_WINDOW_DAYS));
        }
        if !(1..=MAX_TIMES).contains(&self.limit) {
            errors.push(FieldError::new("limit", "too_many").with("max", MAX_TIMES));
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
    }

    fn length(&self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }

    fn proposal(&self) -> Proposal {
        Proposal {
            occurrences: Vec::new(),
            kind: self.kind,
            place: self.place.clone(),
            travel_before: self.travel_before,
            travel_after: self.travel_after,
            organiser: None,
            except: self.except.clone(),
        }
    }
}

/// A time at which all who are required can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    #[serde(flatten)]
    pub span: Span,
    /// Who is not required and cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Id>,
    /// Who would rather have another hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unloved: Vec<Id>,
}

/// Free times, the best first: with nobody missing before with somebody, at hours that people like before others, and the
/// earlier before the later. None of them overlap, so that the list is a choice and not one time in quarters of an hour.
pub fn find<Z: TimeZone>(wish: &Wish, diaries: &[Diary<Z>], clock: &impl TimeZone) -> Vec<Slot> {
    let proposal = wish.proposal();
    let length = wish.length();
    let free_of = |d: &Diary<Z>| free(&proposal, length, d, wish.window);
    let all = diaries.iter().filter(|d| d.required).fold(vec![wish.window], |free, d| span::common(&free, &free_of(d)));
    let optional: Vec<(Id, Vec<Span>)> = diaries.iter().filter(|d| !d.required).map(|d| (d.who.id, free_of(d))).collect();
    let preferred: Vec<(Id, &[Span])> = diaries.iter().filter_map(|d| Some((d.who.id, d.preferred.as_deref()?))).collect();
    let mut found: Vec<Slot> = starts(&all, length, GRID, clock)
        .take(MAX_CANDIDATES)
        .map(|start| {
            let span = Span::new(start, start + length);
            let missing = optional.iter().filter(|(_, free)| !lies_in(span, free)).map(|(id, _)| *id).collect();
            let unloved = preferred.iter().filter(|(_, hours)| !lies_in(span, hours)).map(|(id, _)| *id).collect();
            Slot { span, missing, unloved }
        })
        .collect();
    found.sort_by_key(|s| (s.missing.len(), s.unloved.len(), s.span.start));
    let mut chosen: Vec<Slot> = Vec::new();
    for slot in found {
        if chosen.len() >= wish.limit {
            break;
        }
        if !chosen.iter().any(|c| c.span.overlaps(slot.span)) {
            chosen.push(slot);
        }
    }
    chosen
}

/// The next times that are free for all in these diaries, in order of time: what an alert offers beside the clash.
pub fn suggest<Z: TimeZone>(
    proposal: &Proposal,
    length: i64,
    from: i64,
    limit: usize,
    diaries: &[Diary<Z>],
    clock: &impl TimeZone,
) -> Vec<Span> {
    let until = diaries.iter().map(|d| d.window.end).min().unwrap_or(from);
    let window = Span::new(from, until);
    if length <= 0 {
        return Vec::new();
    }
    let all = diaries.iter().fold(vec![window], |all, d| span::common(&all, &free(proposal, length, d, window)));
    let mut chosen: Vec<Span> = Vec::new();
    for start in starts(&all, length, GRID, clock).take(MAX_CANDIDATES) {
        let span = Span::new(start, start + length);
        if chosen.last().is_none_or(|last| last.end <= span.start) {
            chosen.push(span);
            if chosen.len() >= limit {
                break;
            }
        }
    }
    chosen
}

/// Is there room for it somewhere in these stretches?
fn lies_in(span: Span, free: &[Span]) -> bool {
    let n = free.partition_point(|f| f.start <= span.start);
    n.checked_sub(1).and_then(|i| free.get(i)).is_some_and(|f| f.contains(span))
}

/// The stretches in which the item, of this length in milliseconds, may lie so that this diary has nothing against it.
pub fn free<Z: TimeZone>(proposal: &Proposal, length: i64, diary: &Diary<Z>, window: Span) -> Vec<Span> {
    let window = Span::new(window.start.max(diary.window.start), window.end.min(diary.window.end));
    let matters = |kind: ConflictKind| diary.policy.level(kind) != Level::Off;
    let (before, after) = (i64::from(proposal.travel_before) * MINUTE, i64::from(proposal.travel_after) * MINUTE);
    let reach = if diary.travels { window.widened(before, after) } else { window };
    let mut taken = Vec::new();
    for (padded, (own, busy)) in diary.busy.overlapping(reach) {
        if proposal.ignores(diary.who.kind, busy) || own.is_empty() {
            continue;
        }
        if matters(overlap_kind(proposal, busy, diary)) {
            taken.push(*own);
        }
        // With travel it has to stay as far off as both ways take together.
        if diary.travels && !proposal.is_at(busy) && matters(travel_kind(proposal, busy, diary)) {
            let wide = padded.widened(after, before);
            // What lies on the item itself is the business of the rule above.
            taken.extend([Span::new(wide.start, own.start), Span::new(own.end, wide.end)]);
        }
    }
    let mut free = span::without(&[window], &span::merged(taken));
    if proposal.kind.at_any_hour() {
        return free;
    }
    if let Some(working) = diary.working.as_ref().filter(|_| !lasts_overnight(length) && matters(ConflictKind::Hours)) {
        free = span::common(&free, working);
    }
    if matters(ConflictKind::Holiday) {
        free = span::without(&free, &span::merged(diary.days_off.iter().map(|(d, _)| *d)));
    }
    free
}

fn overlap_kind<Z: TimeZone>(proposal: &Proposal, busy: &Busy, diary: &Diary<Z>) -> ConflictKind {
    match diary.who.kind {
        SubjectKind::User if proposal.kind == ItemKind::Leave || busy.kind == ItemKind::Leave => ConflictKind::Leave,
        SubjectKind::User => ConflictKind::Attendee,
        SubjectKind::Contact => ConflictKind::Contact,
        SubjectKind::Company => ConflictKind::Company,
        SubjectKind::Resource => ConflictKind::Resource,
    }
}

fn travel_kind<Z: TimeZone>(proposal: &Proposal, busy: &Busy, diary: &Diary<Z>) -> ConflictKind {
    if diary.who.kind == SubjectKind::User { ConflictKind::Travel } else { overlap_kind(proposal, busy, diary) }
}

/// Starts at which something of this length fits: where a stretch begins on the grid or, when only that fits, where it begins
/// at all; then every line of the grid.
pub(crate) fn starts<'a, C: TimeZone>(free: &'a [Span], length: i64, grid: u16, clock: &'a C) -> impl Iterator<Item = i64> + 'a {
    free.iter().flat_map(move |f| {
        let fits = move |start: &i64| start + length <= f.end;
        let first = Some(next_on_grid(clock, f.start, grid)).filter(fits).or_else(|| Some(next_minute(f.start)).filter(fits));
        std::iter::successors(first, move |start| Some(next_on_grid(clock, start + 1, grid)).filter(fits))
    })
}

fn next_minute(ms: i64) -> i64 {
    (ms + MINUTE - 1).div_euclid(MINUTE) * MINUTE
}

fn next_on_grid<C: TimeZone>(clock: &C, ms: i64, grid: u16) -> i64 {
    let ms = next_minute(ms);
    let local: NaiveDateTime = zone::to_local(clock, ms);
    let past = local.minute() % u32::from(grid);
    let wait = if past == 0 { 0 } else { i64::from(u32::from(grid) - past) };
    // Seconds only in zones of long ago.
    ms + TimeDelta::minutes(wait).num_milliseconds()
}
