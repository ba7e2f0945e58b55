//! An item of the calendar, as server and browser share it, and what it has to satisfy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::End;
use super::{DAY, MAX_DAYS, Moment, Rule, Series, Span, When, YEARS};
use crate::{Error, FieldError, Id, Result, time};

pub const MAX_PEOPLE: usize = 500;
pub const MAX_RESOURCES: usize = 50;
pub const MAX_DATES: usize = 1_000;
pub const MAX_REMINDERS: usize = 10;
pub const MAX_TRAVEL: u16 = 24 * 60;
/// A year ahead.
pub const MAX_LEAD: u32 = 366 * 24 * 60;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    #[default]
    Meeting,
    Call,
    Visit,
    Delivery,
    Leave,
    Task,
}

impl ItemKind {
    pub const ALL: [ItemKind; 6] =
        [ItemKind::Meeting, ItemKind::Call, ItemKind::Visit, ItemKind::Delivery, ItemKind::Leave, ItemKind::Task];

    pub const fn name(self) -> &'static str {
        match self {
            ItemKind::Meeting => "meeting",
            ItemKind::Call => "call",
            ItemKind::Visit => "visit",
            ItemKind::Delivery => "delivery",
            ItemKind::Leave => "leave",
            ItemKind::Task => "task",
        }
    }

    /// Is somebody of ours with the customer? Then a second one at the same time is one too many.
    pub const fn meets_company(self) -> bool {
        matches!(self, Self::Meeting | Self::Visit | Self::Delivery)
    }

    /// May it lie outside of working hours and on holidays? Leave says itself that nobody works; a task is done when it is done.
    pub const fn at_any_hour(self) -> bool {
        matches!(self, Self::Leave | Self::Task)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Confirmed,
    Tentative,
    Cancelled,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    #[default]
    Pending,
    Accepted,
    Tentative,
    Declined,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderWay {
    App,
    Browser,
    Email,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reminder {
    /// Before the start; of an all-day item, before its midnight.
    pub minutes: u32,
    pub way: ReminderWay,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// May be empty: a name is no condition for keeping a time free.
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub kind: ItemKind,
    pub start: Moment,
    /// The first moment (the first day) that no longer belongs to it.
    pub end: Moment,
    #[serde(default)]
    pub all_day: bool,
    /// The IANA zone whose clock the recurrence follows; plain days have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organiser: Option<Id>,
    /// Users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Id>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Id>,
    /// What users and contacts answered; who is not here has not yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<Id, Answer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<Id>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Rooms, vehicles, equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Id>,
    #[serde(default = "yes")]
    pub busy: bool,
    #[serde(default)]
    pub private: bool,
    #[serde(default)]
    pub status: Status,
    /// Minutes on the way there.
    #[serde(default)]
    pub travel_before: u16,
    /// Minutes on the way back.
    #[serde(default)]
    pub travel_after: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Reminder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<Rule>,
    /// Further starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rdate: Vec<Moment>,
    /// Starts that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exdate: Vec<Moment>,
    /// The series of which this item stands for one occurrence …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Id>,
    /// … namely the one that started here (RECURRENCE-ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

const fn yes() -> bool {
    true
}

impl Event {
    /// A busy meeting without anybody.
    pub fn new(when: When) -> Self {
        Self {
            title: String::new(),
            kind: ItemKind::Meeting,
            start: when.start(),
            end: when.end(),
            all_day: when.start().is_day(),
            zone: String::new(),
            organiser: None,
            attendees: Vec::new(),
            contacts: Vec::new(),
            answers: BTreeMap::new(),
            company: None,
            deal: None,
            place: String::new(),
            resources: Vec::new(),
            busy: true,
            private: false,
            status: Status::Confirmed,
            travel_before: 0,
            travel_after: 0,
            reminders: Vec::new(),
            rrule: None,
            rdate: Vec::new(),
            exdate: Vec::new(),
            series: None,
            slot: None,
            body: String::new(),
        }
    }

    /// `None` when start and end do not fit together; [`Event::check`] says so first.
    pub fn when(&self) -> Option<When> {
        match (self.start, self.end) {
            (Moment::At(a), Moment::At(b)) if a <= b && !self.all_day => Some(When::At(Span::new(a, b))),
            // Many programs write the day on which it ends, not the day after.
            (Moment::Day(a), Moment::Day(b)) if a <= b && self.all_day => Some(When::Days(a, b.max(time::shift(a, 1)))),
            _ => None,
        }
    }

    pub fn set_when(&mut self, when: When) {
        (self.start, self.end, self.all_day) = (when.start(), when.end(), when.start().is_day());
    }

    pub fn recurs(&self) -> bool {
        self.rrule.is_some() || !self.rdate.is_empty()
    }

    /// Does a yes to this one hold for `now` as well? It does for what lies within the same time, and for fewer of the same times.
    pub fn holds_for(&self, now: &Self) -> bool {
        let within = self.start <= now.start && now.end <= self.end;
        let pattern = |event: &Self| event.rrule.clone().map(|rule| Rule { end: End::Never, ..rule });
        let same_pattern = !now.recurs() || pattern(self) == pattern(now) && self.zone == now.zone;
        self.all_day == now.all_day && within && same_pattern && now.rdate.iter().all(|at| self.rdate.contains(at))
    }

    /// Its occurrences; `replaced` are the slots that items of their own stand for.
    pub fn occurrences_but<'a>(&'a self, replaced: &'a [Moment]) -> Option<Series<'a>> {
        let (rule, rdate, exdate) = (self.rrule.as_ref(), &self.rdate, &self.exdate);
        Some(Series { when: self.when()?, rule, rdate, exdate, replaced, known_last: None })
    }

    /// Does it take time of this user, contact or resource? What is free, cancelled or declined does not.
    pub fn takes_time_of(&self, who: Id) -> bool {
        let there = self.organiser == Some(who) || [&self.attendees, &self.contacts, &self.resources].iter().any(|l| l.contains(&who));
        there && self.takes_time() && self.answers.get(&who) != Some(&Answer::Declined)
    }

    pub fn takes_time(&self) -> bool {
        self.busy && self.status != Status::Cancelled
    }

    /// May this user read what it is about? Private items are open to those who take part.
    pub fn is_open_to(&self, user: Id) -> bool {
        !self.private || self.organiser == Some(user) || self.attendees.contains(&user)
    }

    /// Every problem at once. That the zone exists and that ids lead somewhere is for those who know zones and records.
    pub fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        self.check_times(&mut errors);
        self.check_recurrence(&mut errors);
        let mut at_most = |field: &str, found: usize, max: usize| {
            if found > max {
                errors.push(FieldError::new(field, "too_many").with("max", max));
            }
        };
        at_most("attendees", self.attendees.len(), MAX_PEOPLE);
        at_most("contacts", self.contacts.len(), MAX_PEOPLE);
        at_most("resources", self.resources.len(), MAX_RESOURCES);
        at_most("answers", self.answers.len(), 2 * MAX_PEOPLE + 1);
        at_most("reminders", self.reminders.len(), MAX_REMINDERS);
        at_most("rdate", self.rdate.len(), MAX_DATES);
        at_most("exdate", self.exdate.len(), MAX_DATES);
        for (field, minutes) in [("travel_before", self.travel_before), ("travel_after", self.travel_after)] {
            if minutes > MAX_TRAVEL {
                errors.push(FieldError::new(field, "minutes").with("max", MAX_TRAVEL));
            }
        }
        if self.reminders.iter().any(|r| r.minutes > MAX_LEAD) {
            errors.push(FieldError::new("reminders", "minutes").with("max", MAX_LEAD));
        }
        for (field, text, max) in [("title", &self.title, 300), ("place", &self.place, 300), ("body", &self.body, crate::fields::LONG_TEXT)]
        {
            if text.chars().count() > max {
                errors.push(FieldError::new(field, "too_long").with("max", max));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
    }

    fn check_times(&self, errors: &mut Vec<FieldError>) {
        for (field, moment) in [("start", self.start), ("end", self.end)] {
            if moment.is_day() != self.all_day {
                errors.push(FieldError::new(field, if self.all_day { "date" } else { "instant" }));
            } else if !in_range(moment) {
                errors.push(out_of_range(field));
            }
        }
        if !errors.is_empty() {
            return;
        }
        match self.when() {
            None => errors.push(FieldError::new("end", "end_before_start")),
            Some(When::At(s)) if s.is_empty() && self.kind != ItemKind::Task => errors.push(FieldError::new("end", "end_before_start")),
            Some(when) if when.span(&chrono::Utc).len() > MAX_DAYS * DAY => {
                errors.push(FieldError::new("end", "event_too_long").with("max", MAX_DAYS));
            }
            Some(_) => {}
        }
        if !self.all_day && self.zone.is_empty() {
            errors.push(FieldError::new("zone", "required"));
        }
    }

    fn check_recurrence(&self, errors: &mut Vec<FieldError>) {
        for (field, dates) in [("rdate", &self.rdate), ("exdate", &self.exdate)] {
            // A day may be left out of a series with times: some programs write EXDATE so.
            if dates.iter().any(|d| d.is_day() != self.all_day && !(field == "exdate" && d.is_day())) {
                errors.push(FieldError::new(field, if self.all_day { "date" } else { "instant" }));
            } else if !dates.iter().all(|d| in_range(*d)) {
                errors.push(out_of_range(field));
            }
        }
        if self.slot.is_some() != self.series.is_some() {
            errors.push(FieldError::new("slot", "required"));
        }
        if self.slot.is_some() && self.recurs() {
            errors.push(FieldError::new("rrule", "rule_in_series"));
        }
        if self.all_day && self.rrule.as_ref().is_some_and(|r| r.freq < super::rule::Freq::Daily) {
            errors.push(FieldError::new("rrule", "rule_all_day"));
        }
    }
}

fn in_range(moment: Moment) -> bool {
    use chrono::Datelike;
    let day = match moment {
        Moment::At(ms) => time::utc_date(ms),
        Moment::Day(d) => d,
    };
    YEARS.contains(&day.year())
}

fn out_of_range(field: &str) -> FieldError {
    FieldError::new(field, "date_range").with("min", YEARS.start()).with("max", YEARS.end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(event: &Event) -> Vec<String> {
        match event.check() {
            Err(Error::Invalid { fields }) => fields.into_iter().map(|f| format!("{}:{}", f.field, f.code)).collect(),
            _ => Vec::new(),
        }
    }

    fn meeting() -> Event {
        let text = json!({"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00+00:00", "zone": "Europe/Kyiv"});
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn what_is_not_said_is_plain() {
        let event = meeting();
        assert!(event.busy && !event.private && event.kind == ItemKind::Meeting && codes(&event).is_empty());
        let text = json!({"title": "", "kind": "meeting", "start": "2026-11-23T09:00:00.000Z", "end": "2026-11-23T10:00:00.000Z",
            "all_day": false, "zone": "Europe/Kyiv", "busy": true, "private": false, "status": "confirmed",
            "travel_before": 0, "travel_after": 0});
        assert_eq!(serde_json::to_value(&event).unwrap(), text);
    }

    #[test]
    fn every_problem_is_named() {
        let end_first = Event { end: Moment::parse("2026-11-23T08:00:00Z").unwrap(), ..meeting() };
        assert_eq!(codes(&end_first), ["end:end_before_start"]);
        assert_eq!(codes(&Event { end: meeting().start, ..meeting() }), ["end:end_before_start"]);
        assert!(codes(&Event { end: meeting().start, kind: ItemKind::Task, ..meeting() }).is_empty());
        assert_eq!(codes(&Event { all_day: true, ..meeting() }), ["start:date", "end:date"]);
        assert_eq!(codes(&Event { zone: String::new(), ..meeting() }), ["zone:required"]);
        for year in ["0001", "9999"] {
            let at = |h: u8| Moment::parse(&format!("{year}-06-01T{h:02}:00:00Z")).unwrap();
            assert_eq!(codes(&Event { start: at(1), end: at(2), ..meeting() }), ["start:date_range", "end:date_range"]);
        }
        let crowd = Event { attendees: (0..10_000).map(|n| Id(uuid::Uuid::from_u128(n))).collect(), ..meeting() };
        assert_eq!(codes(&crowd), ["attendees:too_many"]);
        let ten_years = Event { end: Moment::parse("2036-11-23T08:00:00Z").unwrap(), travel_after: 2_000, ..meeting() };
        assert_eq!(codes(&ten_years), ["end:event_too_long", "travel_after:minutes"]);
        let hourly = Event { rrule: Rule::parse("FREQ=HOURLY").ok(), ..Event::new(When::Days(day("2026-01-01"), day("2026-01-02"))) };
        assert_eq!(codes(&hourly), ["rrule:rule_all_day"]);
    }

    fn day(text: &str) -> chrono::NaiveDate {
        time::parse_date(text).unwrap()
    }

    #[test]
    fn an_all_day_item_that_ends_on_its_day_lasts_that_day() {
        let event = Event { end: Moment::Day(day("2026-01-01")), ..Event::new(When::Days(day("2026-01-01"), day("2026-01-02"))) };
        assert_eq!(event.when(), Some(When::Days(day("2026-01-01"), day("2026-01-02"))));
    }

    #[test]
    fn declined_cancelled_and_free_take_no_time() {
        let who = Id(uuid::Uuid::from_u128(7));
        let event = Event { attendees: vec![who], ..meeting() };
        assert!(event.takes_time_of(who));
        assert!(!meeting().takes_time_of(who));
        for answer in [Answer::Pending, Answer::Accepted, Answer::Tentative] {
            assert!(Event { answers: [(who, answer)].into(), ..event.clone() }.takes_time_of(who));
        }
        assert!(!Event { answers: [(who, Answer::Declined)].into(), ..event.clone() }.takes_time_of(who));
        assert!(!Event { status: Status::Cancelled, ..event.clone() }.takes_time_of(who));
        assert!(!Event { busy: false, ..event }.takes_time_of(who));
    }
}
