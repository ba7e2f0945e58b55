//! Items and resources as records: their fields, and the way between a record and an [`Event`].
//!
//! A record's own `kind` says "event", and products have a `series`: so the item's kind is stored as `type`, and the series of
//! which it stands for one occurrence as `part_of`. Everything else has the same name in both.

use serde_json::Value;

use super::event::{MAX_DATES, Reminder};
use super::{Answer, DayOff, Event, Moment, Policy, Rule, WorkingHours};
use crate::schema::{COLUMN, DERIVED, FieldDef, FieldType::*, HIDDEN, QUICK, REQUIRED, SEARCH, Special as S};
use crate::{Error, FieldError, Fields, Id, Kind, Record, Result};

pub const ITEM_KINDS: &[&str] = &["meeting", "call", "visit", "delivery", "leave", "task"];
pub const STATUSES: &[&str] = &["confirmed", "tentative", "cancelled"];
pub const RESOURCE_TYPES: &[&str] = &["room", "vehicle", "equipment"];
/// Holidays of some years.
pub const MAX_DAYS_OFF: usize = 1_000;
/// Seats of the largest hall.
pub const MAX_CAPACITY: i64 = 100_000;

pub const EVENT_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(300), DERIVED | SEARCH | COLUMN | HIDDEN),
    FieldDef::new("title", Text(300), QUICK),
    FieldDef::new("type", Choice(ITEM_KINDS), COLUMN | QUICK),
    FieldDef::new("start", Moment, REQUIRED | COLUMN | QUICK),
    FieldDef::new("end", Moment, REQUIRED | COLUMN | QUICK),
    FieldDef::new("all_day", Bool, 0),
    FieldDef::new("zone", Text(60), 0),
    FieldDef::new("organiser", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("attendees", Refs(Kind::User), COLUMN),
    FieldDef::new("contacts", Refs(Kind::Contact), 0),
    FieldDef::new("answers", Special(S::Answers), HIDDEN),
    FieldDef::new("company", Ref(Kind::Company), COLUMN | QUICK),
    FieldDef::new("deal", Ref(Kind::Deal), QUICK),
    FieldDef::new("place", Text(300), SEARCH | COLUMN | QUICK),
    FieldDef::new("resources", Refs(Kind::Resource), COLUMN),
    FieldDef::new("busy", Bool, 0),
    FieldDef::new("private", Bool, 0),
    FieldDef::new("status", Choice(STATUSES), COLUMN),
    FieldDef::new("travel_before", Int, 0),
    FieldDef::new("travel_after", Int, 0),
    FieldDef::new("reminders", Special(S::Reminders), HIDDEN),
    FieldDef::new("rrule", Special(S::Rule), HIDDEN),
    FieldDef::new("rdate", Special(S::Moments), HIDDEN),
    FieldDef::new("exdate", Special(S::Moments), HIDDEN),
    FieldDef::new("part_of", Ref(Kind::Event), DERIVED | HIDDEN),
    FieldDef::new("slot", Moment, DERIVED | HIDDEN),
    FieldDef::new("body", LongText, SEARCH),
    // Why it was saved although something stood against it.
    FieldDef::new("conflict_reason", Text(500), 0),
    // UIDs of other calendars are long.
    FieldDef::new("external_id", Text(400), HIDDEN),
    // The address of whoever invites, when that is nobody here: to others' meetings nobody is invited from here.
    FieldDef::new("organised_by", Text(320), DERIVED | HIDDEN),
    // How often whoever invites had changed it when its file came: an older file changes nothing.
    FieldDef::new("sequence", Int, DERIVED | HIDDEN),
];

pub const RESOURCE_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(200), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("type", Choice(RESOURCE_TYPES), REQUIRED | COLUMN | QUICK),
    FieldDef::new("place", Text(300), SEARCH | COLUMN | QUICK),
    FieldDef::new("capacity", Int, COLUMN | QUICK),
    FieldDef::new("team", Ref(Kind::Team), COLUMN),
    FieldDef::new("disabled", Bool, COLUMN),
    FieldDef::new("working_hours", Special(S::Hours), HIDDEN),
    FieldDef::new("conflict_rules", Special(S::Policy), HIDDEN),
    FieldDef::new("description", LongText, SEARCH),
    FieldDef::new("external_id", Text(120), HIDDEN),
];

/// Fields on whose values it depends who clashes with whom.
pub const TIMING: &[&str] = &[
    "type",
    "start",
    "end",
    "all_day",
    "zone",
    "organiser",
    "attendees",
    "contacts",
    "answers",
    "company",
    "place",
    "resources",
    "busy",
    "status",
    "travel_before",
    "travel_after",
    "rrule",
    "rdate",
    "exdate",
];

/// Names by which programs and screens call what is stored under another one.
const RENAMED: [(&str, &str); 2] = [("kind", "type"), ("series", "part_of")];

/// The name under which a field of [`Event`] is stored.
pub fn stored_name(name: &str) -> &str {
    RENAMED.iter().find(|(outer, _)| *outer == name).map_or(name, |(_, inner)| *inner)
}

/// The name of a stored field as [`Event`] has it.
pub fn outer_name(name: &str) -> &str {
    RENAMED.iter().find(|(_, inner)| *inner == name).map_or(name, |(outer, _)| *outer)
}

/// What was sent under the names of [`Event`], as it is stored.
pub fn inward(fields: Fields) -> Fields {
    fields.into_iter().map(|(name, value)| (stored_name(&name).to_owned(), value)).collect()
}

/// What is stored, under the names of [`Event`].
pub fn outward(fields: &Fields) -> Fields {
    fields.iter().map(|(name, value)| (outer_name(name).to_owned(), value.clone())).collect()
}

/// Errors about stored fields, as whoever sent an [`Event`] knows them.
pub fn outward_error(error: Error) -> Error {
    match error {
        Error::Invalid { fields } => {
            Error::Invalid { fields: fields.into_iter().map(|f| FieldError { field: outer_name(&f.field).to_owned(), ..f }).collect() }
        }
        other => other,
    }
}

/// The item that a record holds; `None` when something else wrote it.
pub fn event_of(fields: &Fields) -> Option<Event> {
    serde_json::from_value(Value::Object(outward(fields))).ok()
}

pub fn event(record: &Record) -> Option<Event> {
    event_of(&record.fields)
}

/// The fields of a record that this item is. What the record has beside (`conflict_reason`, …) is not touched.
pub fn lay_into(fields: &mut Fields, event: &Event) -> Result<()> {
    let Ok(Value::Object(made)) = serde_json::to_value(event) else { return Err(Error::invalid("", "unreadable")) };
    for def in EVENT_FIELDS {
        let value = made.get(outer_name(def.name));
        match value {
            Some(Value::Null) | None if is_of_event(def.name) => _ = fields.remove(def.name),
            Some(Value::String(s)) if s.is_empty() => _ = fields.remove(def.name),
            Some(value) => _ = fields.insert(def.name.to_owned(), value.clone()),
            None => {}
        }
    }
    Ok(())
}

fn is_of_event(name: &str) -> bool {
    !matches!(name, "name" | "conflict_reason" | "external_id" | "organised_by" | "sequence")
}

/// Special fields in canonical form; every problem is named.
pub fn check_special(kind: Kind, fields: &mut Fields) -> Result<()> {
    let mut errors = Vec::new();
    if kind == Kind::Resource && fields.get("capacity").and_then(Value::as_i64).is_some_and(|n| !(1..=MAX_CAPACITY).contains(&n)) {
        errors.push(FieldError::new("capacity", "between").with("min", 1).with("max", MAX_CAPACITY));
    }
    for def in kind.fields() {
        let Special(special) = def.ty else { continue };
        let Some(value) = fields.get(def.name).filter(|v| !v.is_null()) else { continue };
        match canonical(def.name, special, value) {
            Ok(Some(value)) => _ = fields.insert(def.name.to_owned(), value),
            Ok(None) => _ = fields.remove(def.name),
            Err(e) => errors.push(e),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
}

fn canonical(name: &str, special: S, value: &Value) -> Result<Option<Value>, FieldError> {
    let err = |code: &str| FieldError::new(name, code);
    fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
        serde_json::from_value(value.clone()).ok()
    }
    let write = |value: serde_json::Result<Value>| value.map(Some).map_err(|_| err("unreadable"));
    match special {
        S::Rule => {
            let text = value.as_str().ok_or_else(|| err("text"))?;
            Rule::parse(text).map(|r| Some(Value::String(r.to_string()))).map_err(|e| FieldError { field: name.to_owned(), ..e })
        }
        S::Moments => {
            let list = value.as_array().ok_or_else(|| err("list"))?;
            if list.len() > MAX_DATES {
                return Err(err("too_many").with("max", MAX_DATES));
            }
            let read = |v: &Value| {
                let text = v.as_str().unwrap_or_default();
                self::Moment::parse(text).ok_or_else(|| err("moment").with("value", text.chars().take(60).collect::<String>()))
            };
            let mut moments = list.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            moments.sort_unstable();
            moments.dedup();
            if moments.is_empty() { Ok(None) } else { write(serde_json::to_value(moments)) }
        }
        S::Answers => {
            let answers: std::collections::BTreeMap<Id, Answer> = read(value).ok_or_else(|| err("answers"))?;
            if answers.is_empty() { Ok(None) } else { write(serde_json::to_value(answers)) }
        }
        S::Reminders => {
            let mut reminders: Vec<Reminder> = read(value).ok_or_else(|| err("reminders"))?;
            let mut seen = Vec::new();
            // Twice the same rings once.
            reminders.retain(|r| {
                !seen.contains(r) && {
                    seen.push(*r);
                    true
                }
            });
            if reminders.is_empty() { Ok(None) } else { write(serde_json::to_value(reminders)) }
        }
        S::Hours => {
            let hours: WorkingHours = read(value).ok_or_else(|| err("working_hours"))?;
            hours.check().map_err(|e| FieldError { field: name.to_owned(), ..e })?;
            write(serde_json::to_value(hours))
        }
        S::Policy => {
            let policy: Policy = read(value).ok_or_else(|| err("conflict_rules"))?;
            write(serde_json::to_value(policy))
        }
        S::DaysOff => {
            let mut days: Vec<DayOff> = read(value).ok_or_else(|| err("holidays"))?;
            if days.len() > MAX_DAYS_OFF {
                return Err(err("too_many").with("max", MAX_DAYS_OFF));
            }
            days.sort_by_key(|d| d.date);
            days.dedup();
            if days.is_empty() { Ok(None) } else { write(serde_json::to_value(days)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn an_item_comes_back_from_its_record_as_it_went_in() {
        let sent = fields(json!({"type": "visit", "start": "2026-11-23T09:00:00.000Z", "end": "2026-11-23T10:00:00.000Z",
            "zone": "Europe/Kyiv", "part_of": Id(uuid::Uuid::from_u128(4)), "slot": "2026-11-23T09:00:00.000Z", "conflict_reason": "agreed"}));
        let event = event_of(&sent).unwrap();
        assert_eq!(event.kind, super::super::ItemKind::Visit);
        assert_eq!(event.series, Some(Id(uuid::Uuid::from_u128(4))));
        let mut kept = sent.clone();
        lay_into(&mut kept, &event).unwrap();
        assert_eq!(event_of(&kept).unwrap(), event);
        assert_eq!(kept.get("conflict_reason"), sent.get("conflict_reason"));
        assert!(!kept.contains_key("kind") && !kept.contains_key("series"));
    }

    #[test]
    fn every_field_of_an_item_has_a_place_in_its_record() {
        let mut event = Event::new(super::super::When::At(super::super::Span::new(0, 60_000)));
        let id = Id(uuid::Uuid::from_u128(1));
        let moment = Moment::At(0);
        (event.title, event.zone, event.place, event.body) = ("t".into(), "UTC".into(), "p".into(), "b".into());
        (event.organiser, event.company, event.deal, event.series, event.slot) = (Some(id), Some(id), Some(id), Some(id), Some(moment));
        (event.attendees, event.contacts, event.resources) = (vec![id], vec![id], vec![id]);
        (event.rdate, event.exdate, event.rrule) = (vec![moment], vec![moment], Rule::parse("FREQ=DAILY").ok());
        event.answers = [(id, Answer::Declined)].into();
        event.reminders = vec![Reminder { minutes: 5, way: super::super::event::ReminderWay::App }];
        let made = serde_json::to_value(&event).unwrap();
        for name in made.as_object().unwrap().keys() {
            assert!(Kind::Event.field(stored_name(name)).is_some(), "{name}");
        }
        let mut kept = Fields::new();
        lay_into(&mut kept, &event).unwrap();
        assert_eq!(event_of(&kept).unwrap(), event);
    }

    #[test]
    fn special_fields_are_checked_one_by_one() {
        let mut sent = fields(json!({"rrule": "FREQ=SOMETIMES", "rdate": ["2026-13-01"], "reminders": [{"minutes": -5, "way": "app"}]}));
        let Err(Error::Invalid { fields: errors }) = check_special(Kind::Event, &mut sent) else { panic!("taken") };
        let named: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(named, ["reminders", "rrule", "rdate"]);
        let mut sent = fields(json!({"rrule": "rrule:freq=weekly;byday=mo", "exdate": ["2026-11-23T11:00:00+02:00"], "rdate": []}));
        check_special(Kind::Event, &mut sent).unwrap();
        assert_eq!(Value::Object(sent), json!({"rrule": "FREQ=WEEKLY;BYDAY=MO", "exdate": ["2026-11-23T09:00:00.000Z"]}));
    }
}
