//! An item as the book keeps it: what decides who is taken when, and what a line of the calendar shows. Small, since there may
//! be hundreds of thousands.

use chrono_tz::Tz;
use domain::calendar::event::Reminder;
use domain::calendar::series::{self, Series};
use domain::calendar::{Answer, Busy, Event, ItemKind, Moment, Rule, Span, Status, SubjectKind, When, Window, stored};
use domain::{Id, Record};

pub(crate) struct Item {
    pub id: Id,
    pub version: i64,
    /// In the bin, or not to be read.
    pub gone: bool,
    pub when: When,
    pub kind: ItemKind,
    pub status: Status,
    pub busy: bool,
    pub private: bool,
    pub organiser: Option<Id>,
    pub guests: Box<[Guest]>,
    pub resources: Box<[Id]>,
    pub company: Option<Id>,
    pub deal: Option<Id>,
    pub title: Box<str>,
    pub place: Box<str>,
    pub travel_before: u16,
    pub travel_after: u16,
    pub reminders: Box<[Reminder]>,
    /// The series and the slot that it stands for.
    pub part: Option<Box<(Id, Moment)>>,
    pub repeat: Option<Box<Repeat>>,
    /// Its name in the calendar that it came from.
    pub named: Option<Box<str>>,
    /// From a calendar elsewhere: no record of ours.
    pub foreign: bool,
    /// Of such a one, the occurrence that it stands for there, whether its series came along or not.
    pub slot_elsewhere: Option<Moment>,
}

#[derive(Clone, Copy)]
pub(crate) struct Guest {
    pub id: Id,
    pub kind: SubjectKind,
    pub answer: Option<Answer>,
}

#[derive(PartialEq)]
pub(crate) struct Repeat {
    pub zone: Tz,
    pub rule: Option<Rule>,
    pub rdate: Vec<Moment>,
    pub exdate: Vec<Moment>,
    known_last: Option<Moment>,
    /// From its first start to its last end.
    whole: Span,
}

/// Each with its name in the series, when it recurs.
pub(crate) type Occurrences = Vec<(Option<Moment>, When)>;

impl Item {
    pub fn of(record: &Record) -> Self {
        match stored::event(record).filter(|e| e.when().is_some()) {
            Some(event) => {
                let named = Some(record.text("external_id")).filter(|n| !n.is_empty() && event.series.is_none()).map(Into::into);
                Self { named, ..Self::of_event(record.id, record.version, record.deleted_at.is_some(), event) }
            }
            None => Self::of_event(record.id, record.version, true, Event::new(When::At(Span::new(0, 0)))),
        }
    }

    pub fn of_event(id: Id, version: i64, gone: bool, event: Event) -> Self {
        let when = event.when().unwrap_or(When::At(Span::new(0, 0)));
        let guest = |kind: SubjectKind| {
            let answers = &event.answers;
            move |id: &Id| Guest { id: *id, kind, answer: answers.get(id).copied() }
        };
        let users = event.attendees.iter().map(guest(SubjectKind::User));
        let guests = users.chain(event.contacts.iter().map(guest(SubjectKind::Contact))).collect();
        let repeat = event.recurs().then(|| Box::new(Repeat::of(&event, when)));
        Self {
            id,
            version,
            gone,
            when,
            kind: event.kind,
            status: event.status,
            busy: event.busy,
            private: event.private,
            organiser: event.organiser,
            guests,
            resources: event.resources.into(),
            company: event.company,
            deal: event.deal,
            title: event.title.into(),
            place: event.place.into(),
            travel_before: event.travel_before,
            travel_after: event.travel_after,
            reminders: event.reminders.into(),
            part: event.series.zip(event.slot).map(Box::new),
            repeat,
            named: None,
            foreign: false,
            slot_elsewhere: None,
        }
    }

    /// Is this person asked to it, and has not said no?
    pub fn asks(&self, person: Id) -> bool {
        let guest = self.guests.iter().find(|g| g.id == person);
        self.organiser == Some(person) || guest.is_some_and(|g| g.answer != Some(Answer::Declined))
    }

    /// Everybody and everything whose calendar it lies in.
    pub fn subjects(&self) -> impl Iterator<Item = (SubjectKind, Id)> {
        let organiser = self.organiser.filter(|o| !self.guests.iter().any(|g| g.id == *o)).map(|id| (SubjectKind::User, id));
        let guests = self.guests.iter().map(|g| (g.kind, g.id));
        let company = self.company.map(|id| (SubjectKind::Company, id));
        organiser.into_iter().chain(guests).chain(company).chain(self.resources.iter().map(|id| (SubjectKind::Resource, *id)))
    }

    pub fn takes_time(&self) -> bool {
        !self.gone && self.busy && self.status != Status::Cancelled
    }

    /// Is this subject's time taken by it? That of a company only by those who meet it.
    pub fn takes_time_of(&self, kind: SubjectKind, id: Id) -> bool {
        self.takes_time()
            && match kind {
                SubjectKind::Company => self.kind.meets_company() && self.company == Some(id),
                _ => self.answer_of(id) != Some(Answer::Declined),
            }
    }

    /// Does it take the same time as that one?
    pub fn is_when(&self, other: &Self) -> bool {
        let slots = |i: &Self| i.part.as_ref().map(|p| **p);
        self.takes_time() == other.takes_time() && self.when == other.when && self.repeat == other.repeat && slots(self) == slots(other)
    }

    /// The same people and things in the same way, whenever.
    pub fn is_like(&self, other: &Self) -> bool {
        let guests = |i: &Self| i.guests.iter().map(|g| (g.id, g.answer == Some(Answer::Declined))).collect::<Vec<_>>();
        (self.takes_time(), self.kind, self.organiser, self.company) == (other.takes_time(), other.kind, other.organiser, other.company)
            && (&self.place, self.travel_before, self.travel_after) == (&other.place, other.travel_before, other.travel_after)
            && self.resources == other.resources
            && guests(self) == guests(other)
    }

    pub fn answer_of(&self, id: Id) -> Option<Answer> {
        self.guests.iter().find(|g| g.id == id).and_then(|g| g.answer)
    }

    pub fn is_open_to(&self, user: Id) -> bool {
        !self.private || user.0.is_nil() || self.organiser == Some(user) || self.is_asked(user)
    }

    pub fn is_asked(&self, user: Id) -> bool {
        self.guests.iter().any(|g| g.id == user && g.kind == SubjectKind::User)
    }

    /// All that it can ever take, near enough to be found by: plain days as UTC has them.
    pub fn whole(&self) -> Span {
        self.repeat.as_ref().map_or_else(|| self.when.span(&chrono::Utc), |r| r.whole)
    }

    /// Those that lie in the window; `replaced`: slots that items of their own stand for.
    pub fn occurrences(&self, window: &Window, replaced: &[Moment], most: usize) -> Occurrences {
        let Some(repeat) = &self.repeat else {
            return if self.when.is_in(window) { vec![(None, self.when)] } else { Vec::new() };
        };
        let found = repeat.series(self.when, replaced).occurrences(&repeat.zone, window, most);
        found.list.into_iter().map(|o| (Some(o.slot()), o.when)).collect()
    }

    pub fn busy(&self, slot: Option<Moment>, when: When, viewer: Id) -> Busy {
        let hidden = !self.is_open_to(viewer);
        Busy {
            item: self.id,
            slot,
            when,
            kind: self.kind,
            title: if hidden { String::new() } else { self.title.to_string() },
            hidden,
            tentative: self.status == Status::Tentative,
            place: self.place.to_string(),
            travel_before: self.travel_before,
            travel_after: self.travel_after,
        }
    }
}

impl Repeat {
    fn of(event: &Event, when: When) -> Self {
        let zone = crate::records::zone(&event.zone);
        let mut repeat = Self {
            zone,
            rule: event.rrule.clone(),
            rdate: event.rdate.clone(),
            exdate: event.exdate.clone(),
            known_last: None,
            whole: Span::new(0, 0),
        };
        repeat.known_last = repeat.series(when, &[]).count_end(&zone);
        repeat.whole = series::whole(&repeat.series(when, &[]), &zone);
        repeat
    }

    pub fn series<'a>(&'a self, when: When, replaced: &'a [Moment]) -> Series<'a> {
        let (rule, rdate, exdate) = (self.rule.as_ref(), &self.rdate, &self.exdate);
        Series { when, rule, rdate, exdate, replaced, known_last: self.known_last }
    }
}
