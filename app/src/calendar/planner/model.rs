//! What is typed into the form of an item, as signals; and what of it is sent. Nothing here draws.

use chrono::{Datelike, NaiveDate};
use domain::calendar::view::{Checked, Draft, OnConflict, Shown};
use domain::calendar::{Event, ItemKind, Span, Status, When};
use domain::record::Labels;
use domain::time;
use serde_json::{Value, json};

use super::super::clash::Key;
use super::super::clock::MINUTE;
use super::super::desk::{Desk, Drawn, Start, when_of};
use super::super::moves::Scope;
use super::super::zones;
use super::repeat::Repeat;
use crate::prelude::*;

/// Somebody or something whose time the item takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: Id,
    /// User, contact or resource.
    pub kind: Kind,
    pub name: String,
}

/// The item that is edited.
#[derive(Clone, Debug)]
pub struct Origin {
    pub key: Key,
    pub version: i64,
    pub scope: Option<Scope>,
    /// What stood in the form when it opened.
    pub base: Fields,
}

#[derive(Clone, Copy)]
pub struct Form {
    pub desk: Desk,
    pub origin: StoredValue<Option<Origin>>,
    pub kind: RwSignal<ItemKind>,
    pub title: RwSignal<String>,
    pub all_day: RwSignal<bool>,
    pub date: RwSignal<String>,
    pub start: RwSignal<String>,
    /// Of plain days the last one that belongs to it.
    pub end_date: RwSignal<String>,
    pub end: RwSignal<String>,
    /// How long it lasted when that could last be told: minutes, and days from its first to its last.
    minutes: StoredValue<Option<i32>>,
    days: StoredValue<i64>,
    pub zone: RwSignal<String>,
    pub people: RwSignal<Vec<Person>>,
    /// A new item is one's own until another is chosen.
    pub organiser: RwSignal<Option<Person>>,
    /// Whoever sits before it, and the zone that they live in.
    pub own: StoredValue<Person>,
    home: StoredValue<String>,
    pub company: RwSignal<Option<Id>>,
    pub company_name: RwSignal<String>,
    pub deal: RwSignal<Option<Id>>,
    pub deal_name: RwSignal<String>,
    pub place: RwSignal<String>,
    pub busy: RwSignal<bool>,
    pub private: RwSignal<bool>,
    pub tentative: RwSignal<bool>,
    pub before: RwSignal<String>,
    pub after: RwSignal<String>,
    /// Minutes before, and how: "15 app".
    pub reminders: RwSignal<Vec<(u32, String)>>,
    pub repeat: RwSignal<Repeat>,
    pub body: RwSignal<String>,
    pub reason: RwSignal<String>,
    pub checked: RwSignal<Checked>,
    /// The times and people that `checked` is about.
    pub told: StoredValue<Option<Fields>>,
    pub error: RwSignal<Option<Error>>,
    pub saving: RwSignal<bool>,
    pub full: RwSignal<bool>,
    /// What was typed before and never saved stands here again.
    pub restored: RwSignal<bool>,
    /// The words that stood in it when it opened.
    pub stood: StoredValue<super::keep::Kept>,
}

/// "14:30" → minutes.
pub fn minute_of(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

pub fn time_of(minute: i32) -> String {
    let minute = minute.rem_euclid(1440);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Form {
    pub fn new(desk: Desk, start: &Start) -> Self {
        let zone = desk.page.with_untracked(|p| p.zone.clone());
        let form = Self {
            desk,
            origin: StoredValue::new(None),
            kind: RwSignal::new(start.kind),
            title: RwSignal::default(),
            all_day: RwSignal::new(false),
            date: RwSignal::default(),
            start: RwSignal::default(),
            end_date: RwSignal::default(),
            end: RwSignal::default(),
            minutes: StoredValue::new(None),
            days: StoredValue::new(0),
            zone: RwSignal::new(zone),
            people: RwSignal::default(),
            organiser: RwSignal::new(None),
            own: StoredValue::new(Person { id: desk.me, kind: Kind::User, name: use_me().name }),
            home: StoredValue::new(use_me().time_zone),
            company: RwSignal::new(None),
            company_name: RwSignal::default(),
            deal: RwSignal::new(None),
            deal_name: RwSignal::default(),
            place: RwSignal::default(),
            busy: RwSignal::new(true),
            private: RwSignal::new(false),
            tentative: RwSignal::new(false),
            before: RwSignal::default(),
            after: RwSignal::default(),
            reminders: RwSignal::default(),
            repeat: RwSignal::default(),
            body: RwSignal::default(),
            reason: RwSignal::default(),
            checked: RwSignal::default(),
            told: StoredValue::new(None),
            error: RwSignal::new(None),
            saving: RwSignal::new(false),
            full: RwSignal::new(start.full),
            restored: RwSignal::new(false),
            stood: StoredValue::default(),
        };
        form.set_when(start.when.unwrap_or_else(|| next_hour(desk)));
        form.take_known(&start.fields);
        form
    }

    /// Fields that are known already: the company of a page, the people of a line.
    fn take_known(&self, fields: &Fields) {
        let labels = self.desk.labels.get_untracked();
        let name = |id: Id| labels.get(&id).map(|l| l.name.clone()).or_else(|| self.subject_name(id)).unwrap_or_default();
        let id = |field: &str| fields.get(field).and_then(Value::as_str).and_then(Id::parse);
        if let Some(company) = id("company") {
            self.company.set(Some(company));
            self.company_name.set(name(company));
        }
        if let Some(deal) = id("deal") {
            self.deal.set(Some(deal));
            self.deal_name.set(name(deal));
        }
        let mut people = Vec::new();
        for (field, kind) in [("attendees", Kind::User), ("contacts", Kind::Contact), ("resources", Kind::Resource)] {
            let ids = fields.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(|v| Id::parse(v.as_str()?));
            people.extend(ids.map(|id| Person { id, kind, name: name(id) }));
        }
        self.people.set(people);
    }

    fn subject_name(&self, id: Id) -> Option<String> {
        self.desk.page.with_untracked(|p| p.subjects.iter().find(|s| s.who.id == id).map(|s| s.who.name.clone()))
    }

    /// Everything of an item.
    pub fn fill(&self, event: &Event, labels: &Labels) {
        let name = |id: &Id| labels.get(id).map(|l| l.name.clone()).unwrap_or_default();
        self.kind.set(event.kind);
        self.title.set(event.title.clone());
        if !event.zone.is_empty() {
            self.zone.set(event.zone.clone());
        }
        if let Some(when) = event.when() {
            self.set_when(when);
        }
        let people = |ids: &[Id], kind: Kind| ids.iter().map(|id| Person { id: *id, kind, name: name(id) }).collect::<Vec<_>>();
        let mut all = people(&event.attendees, Kind::User);
        all.extend(people(&event.contacts, Kind::Contact));
        all.extend(people(&event.resources, Kind::Resource));
        self.people.set(all);
        self.organiser.set(event.organiser.map(|id| Person { id, kind: Kind::User, name: name(&id) }));
        self.company.set(event.company);
        self.company_name.set(event.company.as_ref().map(name).unwrap_or_default());
        self.deal.set(event.deal);
        self.deal_name.set(event.deal.as_ref().map(name).unwrap_or_default());
        self.place.set(event.place.clone());
        self.busy.set(event.busy);
        self.private.set(event.private);
        self.tentative.set(event.status == Status::Tentative);
        let minutes = |n: u16| if n == 0 { String::new() } else { n.to_string() };
        self.before.set(minutes(event.travel_before));
        self.after.set(minutes(event.travel_after));
        let way = |w: domain::calendar::event::ReminderWay| {
            serde_json::to_value(w).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
        };
        self.reminders.set(event.reminders.iter().map(|r| (r.minutes, way(r.way))).collect());
        self.repeat.set(event.rrule.as_ref().map(Repeat::of).unwrap_or_default());
        self.body.set(event.body.clone());
    }

    /// Let go there, where something stands against it. Its people are those of the drop only where these changed by it: they
    /// may have become others meanwhile.
    pub fn let_go(&self, key: Key, to: &Shown) {
        self.set_when(when_of(to));
        let people = |i: &Shown| (i.organiser, i.attendees.clone(), i.resources.clone());
        if self.desk.item(&key).is_none_or(|was| people(&was) == people(to)) {
            return;
        }
        let known: Vec<Person> = self.people.get_untracked().into_iter().chain(self.organiser.get_untracked()).collect();
        let name = |id: Id| known.iter().find(|p| p.id == id).map(|p| p.name.clone()).or_else(|| self.subject_name(id)).unwrap_or_default();
        let of = |ids: &[Id], kind: Kind| ids.iter().map(|id| Person { id: *id, kind, name: name(*id) }).collect::<Vec<_>>();
        let mut all = of(&to.attendees, Kind::User);
        all.extend(of(&to.contacts, Kind::Contact));
        all.extend(of(&to.resources, Kind::Resource));
        self.people.set(all);
        self.organiser.set(to.organiser.map(|id| Person { id, kind: Kind::User, name: name(id) }));
    }

    fn wall(&self, ms: i64) -> (NaiveDate, i32) {
        let zone = self.zone.get_untracked();
        zones::wall(&zone, ms).unwrap_or_else(|| self.desk.clock.with_untracked(|c| c.wall(ms)))
    }

    fn instant(&self, day: NaiveDate, minute: i32) -> i64 {
        let zone = self.zone.get_untracked();
        zones::instant(&zone, day, minute).unwrap_or_else(|| self.desk.clock.with_untracked(|c| c.instant(day, minute)))
    }

    pub fn set_when(&self, when: When) {
        match when {
            When::At(span) => {
                let ((a, from), (b, to)) = (self.wall(span.start), self.wall(span.end));
                self.all_day.set(false);
                self.date.set(time::date(a));
                self.start.set(time_of(from));
                self.end_date.set(time::date(b));
                self.end.set(time_of(to));
            }
            When::Days(from, to) => {
                self.all_day.set(true);
                self.date.set(time::date(from));
                self.end_date.set(time::date(time::shift(to, -1).max(from)));
                if self.start.with_untracked(String::is_empty) {
                    self.start.set("09:00".to_owned());
                    self.end.set("10:00".to_owned());
                }
            }
        }
    }

    /// What is typed, as a time; None: not (yet) one. What begins to recur does so on a day that its rule has.
    pub fn when(&self) -> Option<When> {
        let typed = time::parse_date(&self.date.get())?;
        let last = time::parse_date(&self.end_date.get()).unwrap_or(typed);
        if last < typed {
            return None;
        }
        let first = if self.begins() { self.repeat.with(|r| r.first_day(typed)) } else { typed };
        let last = time::shift(last, (first - typed).num_days());
        if self.all_day.get() {
            return Some(When::Days(first, time::shift(last, 1)));
        }
        let (from, to) = (minute_of(&self.start.get())?, minute_of(&self.end.get())?);
        self.zone.track();
        let start = self.instant(first, from);
        // Over midnight, where the end reads earlier than the start.
        let last = if last == first && to <= from { time::shift(first, 1) } else { last };
        Some(When::At(Span::new(start, self.instant(last, to))))
    }

    /// Is it no series yet?
    fn begins(&self) -> bool {
        self.origin.with_value(|o| o.as_ref().is_none_or(|o| o.scope.is_none() && o.base.get("rrule").is_none_or(Value::is_null)))
    }

    /// The day on which a series begins, where that is another than the one that is typed.
    pub fn begins_later(&self) -> Option<NaiveDate> {
        let typed = time::parse_date(&self.date.get())?;
        Some(self.repeat.with(|r| r.first_day(typed))).filter(|first| self.begins() && *first != typed)
    }

    /// Does it end on a day before it begins?
    pub fn ends_before(&self) -> bool {
        match (time::parse_date(&self.date.get()), time::parse_date(&self.end_date.get())) {
            (Some(first), Some(last)) => last < first,
            _ => false,
        }
    }

    /// Whole days, or hours again. What ended at midnight did not touch the next day.
    pub fn set_all_day(&self, on: bool) {
        let date = self.date.get_untracked();
        if on && minute_of(&self.end.get_untracked()) == Some(0) && self.end_date.get_untracked() > date {
            self.end_date.update(|d| {
                if let Some(day) = time::parse_date(d) {
                    *d = time::date(time::shift(day, -1));
                }
            });
        }
        self.all_day.set(on);
    }

    /// Another first day: the last one keeps its distance.
    pub fn set_date(&self, text: &str) {
        let was = (time::parse_date(&self.date.get_untracked()), time::parse_date(&self.end_date.get_untracked()));
        if let (Some(a), Some(b)) = was {
            self.days.set_value((b - a).num_days().max(0));
        }
        self.date.set(text.to_owned());
        if let Some(now) = time::parse_date(text) {
            self.end_date.set(time::date(time::shift(now, self.days.get_value())));
        }
    }

    /// Another beginning: it lasts as long as before.
    pub fn set_start(&self, text: &str) {
        // While it is emptied it has no length: then the last one that it had.
        if let Some(When::At(span)) = self.when_now() {
            self.minutes.set_value(i32::try_from(span.len() / MINUTE).ok());
        }
        let length = self.minutes.get_value();
        self.start.set(text.to_owned());
        if let (Some(length), Some(from), Some(day)) =
            (length.filter(|l| *l < 1440), minute_of(text), time::parse_date(&self.date.get_untracked()))
        {
            self.end.set(time_of(from + length));
            self.end_date.set(time::date(time::shift(day, i64::from((from + length) / 1440))));
        }
    }

    pub fn set_end(&self, text: &str) {
        let before = minute_of(&self.end.get_untracked());
        self.end.set(text.to_owned());
        let (date, end_date) = (self.date.get_untracked(), self.end_date.get_untracked());
        // An evening that ends after midnight, and one that no longer does.
        if let (Some(from), Some(to), Some(day)) = (minute_of(&self.start.get_untracked()), minute_of(text), time::parse_date(&date)) {
            let next = time::date(time::shift(day, 1));
            // What was meant to last into the next day stays so.
            let wrapped = end_date == next && before.is_some_and(|b| b <= from);
            if end_date == date || wrapped {
                self.end_date.set(if to <= from { next } else { date });
            }
        }
    }

    fn when_now(&self) -> Option<When> {
        untrack(|| self.when())
    }

    /// The fields on which it depends who clashes with whom.
    pub fn timing(&self) -> Fields {
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        if let Some(when) = self.when() {
            put("start", when.start().to_string().into());
            put("end", when.end().to_string().into());
            put("all_day", when.start().is_day().into());
        }
        put("kind", self.kind.get().name().into());
        put("zone", if self.all_day.get() { Value::Null } else { self.zone.get().into() });
        let of = |kind: Kind| self.people.with(|p| p.iter().filter(|p| p.kind == kind).map(|p| json!(p.id)).collect::<Vec<_>>());
        if let Some(organiser) = self.organiser.with(|o| o.as_ref().map(|o| o.id)) {
            put("organiser", json!(organiser));
        }
        put("attendees", of(Kind::User).into());
        put("contacts", of(Kind::Contact).into());
        put("resources", of(Kind::Resource).into());
        put("company", self.company.get().map_or(Value::Null, |id| json!(id)));
        put("place", text(&self.place.get()));
        put("busy", self.busy.get().into());
        put("status", if self.tentative.get() { "tentative" } else { "confirmed" }.into());
        put("travel_before", number(&self.before.get()));
        put("travel_after", number(&self.after.get()));
        let first = time::parse_date(&self.date.get());
        put("rrule", self.repeat.with(|r| first.and_then(|d| r.rule(d)).map_or(Value::Null, Value::String)));
        fields
    }

    /// Everything.
    pub fn fields(&self) -> Fields {
        let mut fields = self.timing();
        fields.insert("title".to_owned(), text(&self.title.get()));
        fields.insert("deal".to_owned(), self.deal.get().map_or(Value::Null, |id| json!(id)));
        fields.insert("private".to_owned(), self.private.get().into());
        fields.insert("body".to_owned(), text(&self.body.get()));
        let reminders: Vec<Value> = self.reminders.with(|r| r.iter().map(|(m, way)| json!({"minutes": m, "way": way})).collect());
        fields.insert("reminders".to_owned(), reminders.into());
        fields
    }

    /// What is sent: of an item that is there, only what changed.
    pub fn draft(&self, fields: Fields, on_conflict: OnConflict) -> Draft {
        match self.origin.get_value() {
            None => Draft { fields: fields.into_iter().filter(|(_, v)| !is_empty(v)).collect(), on_conflict, ..Draft::default() },
            Some(origin) => {
                // One occurrence repeats nothing, whatever the rule of its series makes of its day.
                let alone = origin.scope == Some(Scope::This);
                let changed: Fields = fields
                    .into_iter()
                    .filter(|(name, value)| origin.base.get(name).unwrap_or(&Value::Null) != value && !(alone && name == "rrule"))
                    .collect();
                // Nobody is no field.
                let stood = |value: Value| if is_empty(&value) { Value::Null } else { value };
                let base =
                    origin.base.into_iter().filter(|(name, _)| changed.contains_key(name)).map(|(name, v)| (name, stood(v))).collect();
                let (id, slot) = origin.key;
                Draft { id: Some(id), version: origin.version, base, fields: changed, scope: origin.scope, slot, on_conflict }
            }
        }
    }

    /// What the grid shows of it.
    pub fn drawn(&self) -> Option<Drawn> {
        let when = self.when()?;
        let span = match when {
            When::At(span) => span,
            When::Days(..) => self.desk.clock.with(|c| c.span(when)),
        };
        let (clashes, against, free) = self.checked.with(|c| {
            let clashes = c.conflicts.iter().filter_map(|x| x.span.shared(span)).collect();
            let against = c.conflicts.iter().filter_map(|x| x.with.as_ref()?.id).collect();
            (clashes, against, c.suggestions.iter().take(2).copied().collect())
        });
        let key = self.origin.with_value(|o| o.as_ref().map(|o| o.key));
        Some(Drawn { key, when, title: self.title.get(), kind: self.kind.get(), clashes, against, free })
    }

    /// Takes a time that is offered.
    pub fn take(&self, span: Span) {
        self.set_when(self.offered(span));
    }

    /// What an offered stretch is: hours, or for whole days these days.
    pub fn offered(&self, span: Span) -> When {
        if !self.all_day.get_untracked() {
            return When::At(span);
        }
        // Days are told as midnights of one's own zone.
        let day = |ms: i64| self.home.with_value(|home| zones::wall(home, ms)).unwrap_or_else(|| self.wall(ms)).0;
        When::Days(day(span.start), day(span.end))
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn text(text: &str) -> Value {
    if text.trim().is_empty() { Value::Null } else { text.trim().into() }
}

/// Minutes on the way; what is no number says nothing yet.
fn number(text: &str) -> Value {
    text.trim().parse::<u16>().map_or(0.into(), Into::into)
}

/// From the next full hour of the day that is shown (of today: from now), an hour.
fn next_hour(desk: Desk) -> When {
    let clock = desk.clock.get_untracked();
    let (today, minute) = clock.wall(desk.now.get_untracked());
    let day = desk.place.with_untracked(|p| p.day(today));
    let minute = if day == today { (minute / 60 + 1) * 60 } else { 9 * 60 };
    let start = clock.instant(day, minute);
    When::At(Span::new(start, start + 60 * MINUTE))
}

/// The day that an item begins on, for whoever reckons with weekdays.
pub fn weekday_of(date: &str) -> Option<u32> {
    time::parse_date(date).map(|d| d.weekday().num_days_from_monday())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_fields_write_them() {
        assert_eq!(minute_of("14:30"), Some(870));
        assert_eq!(minute_of("00:00"), Some(0));
        assert_eq!(minute_of("14:30:00"), Some(870));
        for wrong in ["", "24:00", "12:60", "noon", "7"] {
            assert_eq!(minute_of(wrong), None, "{wrong}");
        }
        assert_eq!(time_of(870), "14:30");
        assert_eq!(time_of(1470), "00:30");
    }
}
