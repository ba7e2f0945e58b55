//! One person's, customer's, company's or room's time within a window: what it is taken by, when it works, what its team's rules
//! are. The service loads it (from an interval index), the rules only reckon with it.

use chrono::TimeZone;
use serde::{Deserialize, Serialize};

use super::span::{self, Track};
use super::{DayOff, Event, ItemKind, MINUTE, Moment, Policy, Span, Status, When, WorkingHours, zone};
use crate::{Id, time};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    User,
    Contact,
    Company,
    Resource,
}

/// Whose time it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Who {
    #[serde(rename = "type")]
    pub kind: SubjectKind,
    pub id: Id,
    pub name: String,
}

/// One occurrence of an item that takes time. Only what does ([`Event::takes_time_of`]) belongs into a diary.
#[derive(Clone, Debug, PartialEq)]
pub struct Busy {
    pub item: Id,
    /// The occurrence, when the item recurs.
    pub slot: Option<Moment>,
    pub when: When,
    pub kind: ItemKind,
    pub title: String,
    /// Private, and not for the eyes of who asks.
    pub hidden: bool,
    pub tentative: bool,
    pub place: String,
    pub travel_before: u16,
    pub travel_after: u16,
}

impl Busy {
    /// An occurrence of `event` as `viewer` may see it.
    pub fn of(item: Id, event: &Event, slot: Option<Moment>, when: When, viewer: Id) -> Self {
        Self {
            item,
            slot,
            when,
            kind: event.kind,
            title: event.title.clone(),
            hidden: !event.is_open_to(viewer),
            tentative: event.status == Status::Tentative,
            place: event.place.clone(),
            travel_before: event.travel_before,
            travel_after: event.travel_after,
        }
    }

    /// With the way there and back, in which its people cannot be elsewhere.
    pub(crate) fn with_travel(&self, own: Span) -> Span {
        own.widened(i64::from(self.travel_before) * MINUTE, i64::from(self.travel_after) * MINUTE)
    }
}

/// What a diary is made of.
#[derive(Clone, Debug)]
pub struct Pages {
    pub busy: Vec<Busy>,
    /// `None` where nobody knows or asks (most contacts): then no hour is wrong.
    pub hours: Option<WorkingHours>,
    pub days_off: Vec<DayOff>,
    pub policy: Policy,
    /// Does it go along (people, vehicles), so that travel takes its time as well?
    pub travels: bool,
    /// Is it needed at all costs, when times are looked for?
    pub required: bool,
    /// Hours in which it would rather be asked for: a preference, no rule.
    pub preferred: Option<WorkingHours>,
}

impl Pages {
    pub fn new(busy: Vec<Busy>) -> Self {
        Self { busy, hours: None, days_off: Vec::new(), policy: Policy::default(), travels: true, required: true, preferred: None }
    }
}

/// A diary, spread out over its window.
#[derive(Clone, Debug)]
pub struct Diary<Z: TimeZone> {
    pub who: Who,
    pub zone: Z,
    /// What it covers; outside of it nothing is known, and nothing found.
    pub window: Span,
    pub policy: Policy,
    pub travels: bool,
    pub required: bool,
    /// Found by their time with travel; the span beside is without.
    pub(crate) busy: Track<(Span, Busy)>,
    pub(crate) working: Option<Vec<Span>>,
    pub(crate) days_off: Vec<(Span, String)>,
    pub(crate) preferred: Option<Vec<Span>>,
}

impl<Z: TimeZone> Diary<Z> {
    pub fn new(who: Who, zone: Z, window: Span, pages: Pages) -> Self {
        let busy = pages.busy.into_iter().map(|b| {
            let own = b.when.span(&zone);
            (if pages.travels { b.with_travel(own) } else { own }, (own, b))
        });
        let busy = Track::new(busy);
        let day = |d: &DayOff| zone::days(&zone, d.date, time::shift(d.date, 1));
        let days_off = pages.days_off.iter().map(|d| (day(d), d.name.clone())).collect();
        let working = pages.hours.map(|h| h.spans(&zone, window));
        let preferred = pages.preferred.map(|h| h.spans(&zone, window));
        let (policy, travels, required) = (pages.policy, pages.travels, pages.required);
        Self { who, window, policy, travels, required, busy, working, days_off, preferred, zone }
    }

    /// When it is taken, and nothing else: for those who may not read more. Tentative where nothing firm lies.
    pub fn free_busy(&self, window: Span) -> Vec<Taken> {
        let found: Vec<&(Span, Busy)> = self.busy.overlapping(window).map(|(_, b)| b).collect();
        let of = |wanted: &dyn Fn(&Busy) -> bool| {
            span::merged(found.iter().filter(|(_, b)| wanted(b)).filter_map(|(own, _)| own.shared(window)))
        };
        // A private leave is taken time like any other.
        let is_leave = |b: &Busy| b.kind == ItemKind::Leave && !b.hidden;
        let away = of(&is_leave);
        let firm = span::without(&of(&|b| !is_leave(b) && !b.tentative), &away);
        let tentative = span::without(&span::without(&of(&|b| !is_leave(b) && b.tentative), &away), &firm);
        let kinds = [(away, TakenBy::Leave), (firm, TakenBy::Busy), (tentative, TakenBy::Tentative)];
        let mut out: Vec<Taken> = kinds.into_iter().flat_map(|(spans, by)| spans.into_iter().map(move |span| Taken { span, by })).collect();
        out.sort_by_key(|t| t.span);
        out
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBy {
    Busy,
    Tentative,
    Leave,
}

/// A stretch of somebody's time that is taken, without a word about by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    #[serde(flatten)]
    pub span: Span,
    pub by: TakenBy,
}
