//! What stands against an item: its people, rooms and customers elsewhere, closed hours, days off, too little time to get there.
//!
//! The engine reckons with diaries that hold nothing but what takes time; every door (form, drag, REST, import, recurrence,
//! changed hours, a new leave) asks the same functions, so a warning on the screen and a refusal of the service agree.

use chrono::{NaiveDate, TimeZone};
use serde::{Deserialize, Serialize};

use super::{Busy, DAY, Diary, Event, ItemKind, MINUTE, Moment, Span, SubjectKind, When, Who, span};
use crate::Id;

/// More than these nobody reads, and a series against a full calendar has thousands.
pub const MAX_CONFLICTS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// The organiser is elsewhere.
    Own,
    Attendee,
    Contact,
    /// Somebody of ours is with this company already.
    Company,
    Resource,
    /// Outside of working hours.
    Hours,
    Holiday,
    Leave,
    /// Too little time to get from one place to the other.
    Travel,
}

impl ConflictKind {
    /// Nobody else is met: a time outside of working hours, or a day off.
    pub const fn is_about_hours(self) -> bool {
        matches!(self, Self::Hours | Self::Holiday)
    }

    pub const ALL: [ConflictKind; 9] = [
        ConflictKind::Own,
        ConflictKind::Attendee,
        ConflictKind::Contact,
        ConflictKind::Company,
        ConflictKind::Resource,
        ConflictKind::Hours,
        ConflictKind::Holiday,
        ConflictKind::Leave,
        ConflictKind::Travel,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            ConflictKind::Own => "own",
            ConflictKind::Attendee => "attendee",
            ConflictKind::Contact => "contact",
            ConflictKind::Company => "company",
            ConflictKind::Resource => "resource",
            ConflictKind::Hours => "hours",
            ConflictKind::Holiday => "holiday",
            ConflictKind::Leave => "leave",
            ConflictKind::Travel => "travel",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Says nothing.
    Off,
    /// Says it; the person decides.
    #[default]
    Warn,
    /// Refused.
    Strict,
}

/// The rules of a team or a resource: how seriously each kind is taken. Whoever belongs to several teams has the strictest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The organiser's and the attendees' own time.
    pub people: Level,
    pub contact: Level,
    pub company: Level,
    pub resource: Level,
    pub hours: Level,
    pub holiday: Level,
    pub leave: Level,
    pub travel: Level,
}

impl Policy {
    pub const fn all(level: Level) -> Self {
        Self { people: level, contact: level, company: level, resource: level, hours: level, holiday: level, leave: level, travel: level }
    }

    pub const fn level(&self, kind: ConflictKind) -> Level {
        match kind {
            ConflictKind::Own | ConflictKind::Attendee => self.people,
            ConflictKind::Contact => self.contact,
            ConflictKind::Company => self.company,
            ConflictKind::Resource => self.resource,
            ConflictKind::Hours => self.hours,
            ConflictKind::Holiday => self.holiday,
            ConflictKind::Leave => self.leave,
            ConflictKind::Travel => self.travel,
        }
    }

    pub fn strictest(self, other: Self) -> Self {
        Self {
            people: self.people.max(other.people),
            contact: self.contact.max(other.contact),
            company: self.company.max(other.company),
            resource: self.resource.max(other.resource),
            hours: self.hours.max(other.hours),
            holiday: self.holiday.max(other.holiday),
            leave: self.leave.max(other.leave),
            travel: self.travel.max(other.travel),
        }
    }
}

/// The other item; of a holiday, its name alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct With {
    pub id: Option<Id>,
    /// `None` when it is private.
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    /// All of it, not only the part that clashes.
    #[serde(flatten)]
    pub span: Span,
    /// Of a whole-day item its first day and the first one after it: days are the same days in every zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(NaiveDate, NaiveDate)>,
}

impl With {
    pub fn when(&self) -> When {
        self.days.map_or(When::At(self.span), |(from, to)| When::Days(from, to))
    }

    /// The days of a whole-day item.
    pub const fn days_of(when: When) -> Option<(NaiveDate, NaiveDate)> {
        match when {
            When::Days(from, to) => Some((from, to)),
            When::At(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub kind: ConflictKind,
    /// What both want; of closed hours, the part outside.
    #[serde(flatten)]
    pub span: Span,
    pub with: Option<With>,
    pub who: Who,
    pub strict: bool,
    /// The item it stands against, in a list about several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Id>,
    /// Which occurrence of the item, when it recurs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
}

/// What the item takes the place of, and so cannot clash with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Except {
    Item(Id),
    /// One occurrence of a series: the item stands for it.
    Slot(Id, Moment),
    /// A series from here on: it is cut there.
    From(Id, Moment),
}

impl Except {
    fn covers(self, busy: &Busy) -> bool {
        match self {
            Self::Item(id) => busy.item == id,
            Self::Slot(id, slot) => busy.item == id && busy.slot == Some(slot),
            Self::From(id, from) => busy.item == id && busy.slot.is_some_and(|s| s >= from),
        }
    }
}

/// What is to be put into the calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Each with its name in the series, when it recurs.
    pub occurrences: Vec<(Option<Moment>, When)>,
    pub kind: ItemKind,
    pub place: String,
    pub travel_before: u16,
    pub travel_after: u16,
    pub organiser: Option<Id>,
    pub except: Vec<Except>,
}

impl Proposal {
    /// `None` when it takes no time: what is free or cancelled clashes with nothing. Diaries of people who declined are not asked.
    pub fn of(event: &Event, occurrences: Vec<(Option<Moment>, When)>, except: Vec<Except>) -> Option<Self> {
        event.takes_time().then(|| Self {
            occurrences,
            kind: event.kind,
            place: event.place.clone(),
            travel_before: event.travel_before,
            travel_after: event.travel_after,
            organiser: event.organiser,
            except,
        })
    }

    fn with_travel(&self, own: Span) -> Span {
        own.widened(i64::from(self.travel_before) * MINUTE, i64::from(self.travel_after) * MINUTE)
    }

    pub(crate) fn ignores(&self, who: SubjectKind, busy: &Busy) -> bool {
        // A call while somebody visits the company is no second visit.
        let one_visit = who == SubjectKind::Company && !(self.kind.meets_company() && busy.kind.meets_company());
        one_visit || self.except.iter().any(|e| e.covers(busy))
    }

    /// Nobody travels from a place to itself.
    pub(crate) fn is_at(&self, busy: &Busy) -> bool {
        let (a, b) = (self.place.trim(), busy.place.trim());
        !a.is_empty() && (a == b || crate::text::lower(a) == crate::text::lower(b))
    }
}

/// In order of time; `more` when there were more than [`MAX_CONFLICTS`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub conflicts: Vec<Conflict>,
    pub more: bool,
}

impl Found {
    /// Does a rule of a team or resource forbid it?
    pub fn is_refused(&self) -> bool {
        self.conflicts.iter().any(|c| c.strict)
    }
}

/// All that stands against the proposal in these diaries.
pub fn check<Z: TimeZone>(proposal: &Proposal, diaries: &[Diary<Z>]) -> Found {
    let mut conflicts = Vec::new();
    for diary in diaries {
        for (slot, when) in &proposal.occurrences {
            examine(proposal, *slot, *when, diary, |_| true, &mut conflicts);
            // A strict one among many warnings has to be found: only the warnings are cut.
            if conflicts.len() > MAX_CONFLICTS * 4 {
                conflicts.sort_by_key(|c: &Conflict| (!c.strict, c.kind.is_about_hours()));
                conflicts.truncate(MAX_CONFLICTS * 2);
            }
        }
    }
    finish(conflicts)
}

/// What is wrong within one diary as it stands: for the list of open conflicts, and after hours or a leave were changed. Each
/// pair of items comes once.
pub fn review<Z: TimeZone>(diary: &Diary<Z>) -> Found {
    let mut conflicts = Vec::new();
    for (_, (own, busy)) in diary.busy.iter() {
        let proposal = Proposal {
            occurrences: Vec::new(),
            kind: busy.kind,
            place: busy.place.clone(),
            travel_before: busy.travel_before,
            travel_after: busy.travel_after,
            organiser: Some(diary.who.id),
            except: Vec::new(),
        };
        let key = |span: Span, b: &Busy| (span, b.item, b.slot);
        let later = |other: &(Span, Busy)| key(other.0, &other.1) > key(*own, busy);
        let before = conflicts.len();
        examine(&proposal, busy.slot, busy.when, diary, later, &mut conflicts);
        conflicts.iter_mut().skip(before).for_each(|c| c.item = Some(busy.item));
        if conflicts.len() > MAX_CONFLICTS {
            break;
        }
    }
    finish(conflicts)
}

fn finish(mut conflicts: Vec<Conflict>) -> Found {
    let more = conflicts.len() > MAX_CONFLICTS;
    if more {
        // Whoever else has the time is told before hours that nobody works in.
        conflicts.sort_by_key(|c| (!c.strict, c.kind.is_about_hours(), c.span.start));
        conflicts.truncate(MAX_CONFLICTS);
    }
    conflicts.sort_by(|a, b| (a.span, a.kind, &a.who).cmp(&(b.span, b.kind, &b.who)));
    Found { conflicts, more }
}

fn examine<Z: TimeZone>(
    proposal: &Proposal,
    slot: Option<Moment>,
    when: When,
    diary: &Diary<Z>,
    wanted: impl Fn(&(Span, Busy)) -> bool,
    out: &mut Vec<Conflict>,
) {
    let own = when.span(&diary.zone);
    let say = |kind: ConflictKind, span: Span, with: Option<With>| {
        let level = diary.policy.level(kind);
        let hidden = kind == ConflictKind::Leave && proposal.kind != ItemKind::Leave && with.as_ref().is_some_and(|w| w.title.is_none());
        (level != Level::Off).then(|| Conflict {
            // Somebody's private leave counts as one, and is told as taken time.
            kind: if hidden { people(proposal, diary) } else { kind },
            span,
            with,
            who: diary.who.clone(),
            strict: level == Level::Strict,
            item: None,
            slot,
        })
    };
    let wide = if diary.travels { proposal.with_travel(own) } else { own };
    let mut away = Vec::new();
    for (padded, entry) in diary.busy.overlapping(wide) {
        let (theirs, busy) = entry;
        if proposal.ignores(diary.who.kind, busy) || !wanted(entry) {
            continue;
        }
        let with = || {
            let title = (!busy.hidden).then(|| busy.title.clone());
            Some(With { id: Some(busy.item), title, slot: busy.slot, span: *theirs, days: With::days_of(busy.when) })
        };
        if let Some(shared) = own.shared(*theirs) {
            let kind = kind_of(proposal, busy, diary);
            if kind == ConflictKind::Leave && busy.kind == ItemKind::Leave {
                away.push(*theirs);
            }
            out.extend(say(kind, shared, with()));
        } else if !proposal.is_at(busy)
            && !own.is_empty()
            && !theirs.is_empty()
            && let Some(shared) = wide.shared(*padded)
        {
            let kind = if diary.who.kind == SubjectKind::User { ConflictKind::Travel } else { kind_of(proposal, busy, diary) };
            out.extend(say(kind, shared, with()));
        }
    }
    if proposal.kind.at_any_hour() || own.is_empty() {
        return;
    }
    for (day, name) in &diary.days_off {
        if let Some(shared) = own.shared(*day) {
            away.push(*day);
            out.extend(say(
                ConflictKind::Holiday,
                shared,
                Some(With { id: None, title: Some(name.clone()), slot: None, span: *day, days: None }),
            ));
        }
    }
    let (When::At(_), Some(working)) = (when, &diary.working) else { return };
    if lasts_overnight(own.len()) {
        return;
    }
    // Whoever is away is not told as well that it is too late in the day.
    let outside = span::without(&span::without(&[own], &span::merged(away)), working);
    if let (Some(first), Some(last)) = (outside.first(), outside.last()) {
        out.extend(say(ConflictKind::Hours, Span::new(first.start, last.end), None));
    }
}

/// What goes on for a day and longer, a journey or a fair, has its nights by nature: working hours say nothing about it.
pub(crate) const fn lasts_overnight(length: i64) -> bool {
    length >= DAY
}

fn people<Z: TimeZone>(proposal: &Proposal, diary: &Diary<Z>) -> ConflictKind {
    if proposal.organiser == Some(diary.who.id) { ConflictKind::Own } else { ConflictKind::Attendee }
}

fn kind_of<Z: TimeZone>(proposal: &Proposal, busy: &Busy, diary: &Diary<Z>) -> ConflictKind {
    match diary.who.kind {
        SubjectKind::User if proposal.kind == ItemKind::Leave || busy.kind == ItemKind::Leave => ConflictKind::Leave,
        SubjectKind::User => people(proposal, diary),
        SubjectKind::Contact => ConflictKind::Contact,
        SubjectKind::Company => ConflictKind::Company,
        SubjectKind::Resource => ConflictKind::Resource,
    }
}
