//! One item as VEVENT: its times on the clock of its zone, its rule, its people with their answers, its reminders.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::calendar::event::{Reminder, ReminderWay};
use domain::calendar::rule::{End, Until};
use domain::calendar::{Answer, Event, Moment, Rule, Status, Window, zone};
use domain::{Id, Record, time};

use super::line::Writer;
use super::zones::stamp;

/// Whoever or whatever an item names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
    /// CUTYPE; "" for people.
    pub kind: &'static str,
}

/// What stands beside the item itself.
pub(super) struct Entry<'a> {
    pub uid: String,
    /// Grows with every change.
    pub sequence: i64,
    pub changed_at: &'a str,
    pub created_at: &'a str,
    pub event: &'a Event,
    pub people: &'a BTreeMap<Id, Person>,
    /// The occurrence of the series that it stands for.
    pub slot: Option<Moment>,
    /// Slots of the series that are to be left out, since nothing in the file stands for them.
    pub without: Vec<Moment>,
    pub cancelled: bool,
    /// Nothing but the time, under this name.
    pub masked: Option<&'a str>,
}

/// The name under which an item goes into the world: the one that it came with, else its own. What stands for an occurrence has
/// that of its series.
pub fn uid_of(record: &Record, series: Option<&Record>) -> String {
    let named = series.unwrap_or(record);
    match named.text("external_id") {
        "" => own_uid(named.id),
        kept => kept.to_owned(),
    }
}

pub(super) fn own_uid(id: Id) -> String {
    format!("{id}@rapport")
}

fn utc(ms: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default().naive_utc()
}

fn day(d: NaiveDate) -> String {
    d.format("%Y%m%d").to_string()
}

pub(super) fn stamp_utc(ms: i64) -> String {
    format!("{}Z", stamp(utc(ms)))
}

/// An instant on the clock of its zone. Of a time that comes twice the second one, which no clock can name, in UTC.
fn write_moment(w: &mut Writer, name: &str, moment: Moment, tz: Option<Tz>) {
    match moment {
        Moment::Day(d) => w.line(name, &[("VALUE", "DATE")], &day(d)),
        Moment::At(ms) => {
            let local = tz.map(|tz| (tz, zone::to_local(&tz, ms))).filter(|(tz, local)| zone::to_instant(tz, *local) == ms);
            match local {
                Some((tz, local)) => w.line(name, &[("TZID", tz.name())], &stamp(local)),
                None => w.line(name, &[], &stamp_utc(ms)),
            }
        }
    }
}

/// The zone that VTIMEZONE has to explain; none for plain days and UTC.
pub(super) fn zone_of(event: &Event) -> Option<Tz> {
    if event.all_day { None } else { event.zone.parse::<Tz>().ok().filter(|z| !matches!(z, Tz::UTC | Tz::Etc__UTC)) }
}

pub(super) fn write(w: &mut Writer, entry: &Entry<'_>) {
    let event = entry.event;
    let tz = zone_of(event);
    let Some(when) = event.when() else { return };
    let instant = |text: &str| time::parse_instant(text).map(stamp_utc);
    w.begin("VEVENT");
    w.line("UID", &[], &entry.uid);
    w.line("DTSTAMP", &[], &instant(entry.changed_at).unwrap_or_else(|| stamp_utc(0)));
    for (name, text) in [("CREATED", entry.created_at), ("LAST-MODIFIED", entry.changed_at)] {
        if let Some(at) = instant(text) {
            w.line(name, &[], &at);
        }
    }
    w.line("SEQUENCE", &[], &entry.sequence.max(0).to_string());
    write_moment(w, "DTSTART", when.start(), tz);
    if when.end() != when.start() {
        write_moment(w, "DTEND", when.end(), tz);
    }
    match entry.slot {
        Some(slot) => write_moment(w, "RECURRENCE-ID", slot, tz),
        None => repeat(w, entry, tz),
    }
    let cancelled = entry.cancelled || event.status == Status::Cancelled;
    let status = match event.status {
        _ if cancelled => "CANCELLED",
        Status::Tentative => "TENTATIVE",
        _ => "CONFIRMED",
    };
    w.line("STATUS", &[], status);
    w.line("TRANSP", &[], if event.busy && !cancelled { "OPAQUE" } else { "TRANSPARENT" });
    match entry.masked {
        Some(name) => w.text("SUMMARY", name),
        None => details(w, entry),
    }
    w.end("VEVENT");
}

fn details(w: &mut Writer, entry: &Entry<'_>) {
    let event = entry.event;
    w.text("SUMMARY", &event.title);
    w.text("LOCATION", &event.place);
    w.text("DESCRIPTION", &event.body);
    w.line("CATEGORIES", &[], &event.kind.name().to_uppercase());
    if event.private {
        w.line("CLASS", &[], "PRIVATE");
    }
    for (name, minutes) in [("X-RAPPORT-TRAVEL-BEFORE", event.travel_before), ("X-RAPPORT-TRAVEL-AFTER", event.travel_after)] {
        if minutes > 0 {
            w.line(name, &[], &minutes.to_string());
        }
    }
    people(w, entry);
    for reminder in &event.reminders {
        alarm(w, event, reminder);
    }
}

fn people(w: &mut Writer, entry: &Entry<'_>) {
    let event = entry.event;
    if let Some((id, p)) = event.organiser.and_then(|id| Some((id, entry.people.get(&id)?))) {
        w.line("ORGANIZER", &[("CN", p.name.as_str())], &address(id, p));
    }
    let guests = event.attendees.iter().chain(&event.contacts).chain(&event.resources);
    for (id, p) in guests.filter_map(|id| Some((*id, entry.people.get(id)?))) {
        let answer = match event.answers.get(&id).copied().unwrap_or_default() {
            _ if !p.kind.is_empty() => "ACCEPTED",
            _ if event.organiser == Some(id) => "ACCEPTED",
            Answer::Pending => "NEEDS-ACTION",
            Answer::Accepted => "ACCEPTED",
            Answer::Tentative => "TENTATIVE",
            Answer::Declined => "DECLINED",
        };
        let kind = if p.kind.is_empty() { "INDIVIDUAL" } else { p.kind };
        let role = if p.kind.is_empty() { "REQ-PARTICIPANT" } else { "NON-PARTICIPANT" };
        let rsvp = if answer == "NEEDS-ACTION" { "TRUE" } else { "FALSE" };
        let params = [("CUTYPE", kind), ("ROLE", role), ("PARTSTAT", answer), ("RSVP", rsvp), ("CN", p.name.as_str())];
        w.line("ATTENDEE", &params, &address(id, p));
    }
}

/// Who has no address is named by what never changes.
fn address(id: Id, person: &Person) -> String {
    if person.email.is_empty() { format!("urn:uuid:{id}") } else { format!("mailto:{}", person.email) }
}

fn alarm(w: &mut Writer, event: &Event, reminder: &Reminder) {
    w.begin("VALARM");
    let by_mail = reminder.way == ReminderWay::Email;
    w.line("ACTION", &[], if by_mail { "EMAIL" } else { "DISPLAY" });
    w.line("TRIGGER", &[], &format!("-PT{}M", reminder.minutes));
    let words = if event.title.is_empty() { "-" } else { &event.title };
    if by_mail {
        w.text("SUMMARY", words);
    }
    w.text("DESCRIPTION", words);
    if reminder.way == ReminderWay::Browser {
        w.line("X-RAPPORT-WAY", &[], "browser");
    }
    w.end("VALARM");
}

fn repeat(w: &mut Writer, entry: &Entry<'_>, tz: Option<Tz>) {
    let event = entry.event;
    let clock = tz.unwrap_or(Tz::UTC);
    if let Some(rule) = &event.rrule {
        w.line("RRULE", &[], &plain(rule, event.all_day, clock).to_string());
    }
    for date in &event.rdate {
        write_moment(w, "RDATE", *date, tz);
    }
    let mut without: Vec<Moment> =
        event.exdate.iter().flat_map(|d| starts_on(event, *d, clock)).chain(entry.without.iter().copied()).collect();
    without.sort_unstable();
    without.dedup();
    for date in without {
        write_moment(w, "EXDATE", date, tz);
    }
}

/// UNTIL as RFC 5545 wants it: a day for plain days, else in UTC.
fn plain(rule: &Rule, all_day: bool, clock: Tz) -> Rule {
    let end_of = |d: NaiveDate| d.and_time(chrono::NaiveTime::MIN) + TimeDelta::seconds(86_399);
    let end = match rule.end {
        End::Until(Until::At(ms)) if all_day => End::Until(Until::Day(time::utc_date(ms))),
        End::Until(Until::Local(at)) if all_day => End::Until(Until::Day(at.date())),
        End::Until(Until::Day(d)) if !all_day => End::Until(Until::At(zone::to_instant(&clock, end_of(d)))),
        End::Until(Until::Local(at)) => End::Until(Until::At(zone::to_instant(&clock, at))),
        end => end,
    };
    Rule { end, ..rule.clone() }
}

/// A day may be left out of a series with times: EXDATE wants its starts.
fn starts_on(event: &Event, date: Moment, clock: Tz) -> Vec<Moment> {
    let Moment::Day(d) = date else { return vec![date] };
    if event.all_day {
        return vec![date];
    }
    let whole = Event { exdate: Vec::new(), ..event.clone() };
    let window = Window::of_days(&clock, d, time::shift(d, 1));
    let found = whole.occurrences_but(&[]).map(|s| s.occurrences(&clock, &window, 100).list).unwrap_or_default();
    found.into_iter().map(|o| o.slot()).filter(|s| matches!(s, Moment::At(ms) if zone::to_local(&clock, *ms).date() == d)).collect()
}
