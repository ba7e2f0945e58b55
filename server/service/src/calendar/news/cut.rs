//! A series that is cut in two ("this and the following"), or made whole again by an undo: for the calendars of guests these are
//! two items that change, for a reader it is one piece of news, from that occurrence on.

use domain::calendar::rule::{End, Until};
use domain::calendar::series::{self, Scope};
use domain::calendar::{Event, Moment};
use domain::notices::News;
use domain::{Id, time};

use super::{Seen, Told, between, part, people, state};
use crate::records::{self, Draft};

/// How soon after its end a series went on: ends are written as the last moment before.
const GAP: i64 = 1_000;

pub(super) struct Cut {
    /// The series that stays, and the one that goes on from the cut (or did until now).
    pub first: Id,
    rest: Option<(Id, Event)>,
    /// The occurrence from which on it is another, as the whole series has it.
    at: Event,
    /// Of the series as it stays now: all who take part.
    stays: Event,
    /// Made whole again?
    mended: bool,
}

/// Is this a cut, or its undo? Several at once (a bulk act) are told each by itself.
pub(super) fn find(about: &[&Draft]) -> Option<Cut> {
    let wholes = || about.iter().filter(|d| part(&d.now).is_none());
    let mut changed = wholes().filter_map(|d| Some((d.now.id, state(d.before.as_ref()?)?, state(&d.now)?)));
    let (first, before, now) = changed.next().filter(|_| changed.next().is_none())?;
    let mut others = wholes().filter_map(|d| match (d.before.as_ref().and_then(state), state(&d.now)) {
        (None, Some(made)) => Some((d.now.id, made, false)),
        (Some(gone), None) => Some((d.now.id, gone, true)),
        _ => None,
    });
    let (other, more) = (others.next(), others.next().is_some());
    if more || before.start != now.start {
        return None;
    }
    let mended = other.as_ref().is_some_and(|(.., gone)| *gone);
    let (long, short) = if mended { (&now, &before) } else { (&before, &now) };
    let slot = match short.rrule.as_ref()?.end {
        End::Until(Until::At(ms)) => Moment::At(ms + GAP),
        End::Until(Until::Day(day)) => Moment::Day(time::shift(day, 1)),
        _ => return None,
    };
    // Another rule that ends somewhere is no cut: there has to be what it was cut at.
    let at = series::detach(long, first, slot, &records::zone(&long.zone)).ok()?;
    Some(Cut { first, rest: other.map(|(id, event, _)| (id, event)), at, stays: now, mended })
}

impl Cut {
    pub fn is_about(&self, id: Id) -> bool {
        id == self.first || self.rest.as_ref().is_some_and(|(rest, _)| *rest == id)
    }

    /// What is shown of a piece of news about one of the two; `None`: the other one says it.
    pub fn seen(&self, id: Id, told: &Told) -> Option<(Told, Seen)> {
        if told.news == News::Answered || told.slot.is_some() {
            return Some((told.clone(), Seen { start: Some(self.at.start), was: None, is_new: false, reach: Some(Scope::All) }));
        }
        let of = |event: &Event| people(event).iter().any(|(_, person)| *person == told.id);
        // Everybody who is in both hears it of the one that goes on; of an undo, of the one that stays.
        let says = match (&self.rest, self.mended) {
            (Some((_, rest)), false) => {
                if of(rest) && of(&self.at) {
                    Side::Rest
                } else {
                    Side::Own
                }
            }
            (Some(_), true) => {
                if of(&self.at) && of(&self.stays) {
                    Side::First
                } else {
                    Side::Own
                }
            }
            (None, _) => Side::Own,
        };
        let rest = self.rest.as_ref().map(|(_, event)| event);
        let on = |start: Moment, was: Option<Moment>| Seen { start: Some(start), was, is_new: false, reach: Some(Scope::Following) };
        let (from, to) = match (rest, self.mended) {
            (Some(rest), false) => (&self.at, rest),
            (Some(rest), true) => (rest, &self.at),
            (None, _) => return Some((Told::new((told.kind, told.id), News::Cancelled), on(self.at.start, None))),
        };
        let changed = || {
            let news = between(Some(&single(from)), Some(&single(to))).into_iter().find(|t| t.id == told.id && t.news != News::Answered)?;
            Some((news, on(to.start, Some(from.start))))
        };
        match says {
            Side::Rest if id != self.first => changed(),
            Side::First if id == self.first => changed(),
            Side::Rest | Side::First => None,
            // Only in one of them: taken off from there on, or asked from there on.
            Side::Own if id == self.first && !self.mended => {
                Some((Told::new((told.kind, told.id), News::Uninvited), on(self.at.start, None)))
            }
            Side::Own if id == self.first => Some((Told::new((told.kind, told.id), News::Invited), on(self.at.start, None))),
            Side::Own => Some((told.clone(), on(from.start.max(to.start), None))),
        }
    }
}

enum Side {
    First,
    Rest,
    Own,
}

/// As one occurrence: how the two recur differs by the cut itself.
fn single(event: &Event) -> Event {
    Event { rrule: None, rdate: Vec::new(), exdate: Vec::new(), series: None, slot: None, ..event.clone() }
}
