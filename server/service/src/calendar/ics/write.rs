//! A whole file: the items, what stands for single occurrences of a series beside it, and the zones that they need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::Datelike;
use chrono_tz::Tz;
use domain::calendar::{Event, Moment, stored};
use domain::{Id, Kind, Record, Result, time};

use super::entry::{self, Entry, Person, own_uid, uid_of};
use super::line::Writer;
use super::zones;
use crate::App;
use crate::ctx::fault;

/// What the file wants of whoever reads it (RFC 5546). A file to be kept or a feed has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Publish,
    Request,
    Cancel,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// How a file shows its items.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub method: Option<Method>,
    /// X-WR-CALNAME
    pub name: String,
    /// Items that show nothing but their time, under the name beside.
    pub masked: BTreeSet<Id>,
    pub busy: String,
    /// Clock of who has no other, for programs that ask.
    pub zone: Option<Tz>,
}

/// These items as a file. Series and what stands for their occurrences are put together, whichever of them are named; the order
/// is kept.
///
/// Rights are the caller's: whoever may not read an item must not be sent it (or sees it masked).
pub async fn written(app: &App, records: &[Record], look: &Look) -> Result<String> {
    let missing: BTreeSet<Id> =
        records.iter().filter_map(|r| r.id_of("part_of")).filter(|id| !records.iter().any(|r| r.id == *id)).collect();
    let missing: Vec<Id> = missing.into_iter().collect();
    let series = app.0.store.get_many(Kind::Event, &missing).await.map_err(fault)?;
    let people = named(app, records).await?;
    Ok(lay_out(records, &series, &people, look, |id| app.0.book.parts_of(id)))
}

/// `beside`: series of which only single occurrences are written. `parts`: what stands for occurrences of a series.
fn lay_out(
    records: &[Record],
    beside: &[Record],
    people: &BTreeMap<Id, Person>,
    look: &Look,
    parts: impl Fn(Id) -> BTreeMap<Id, Moment>,
) -> String {
    let by_id: HashMap<Id, &Record> = records.iter().map(|r| (r.id, r)).collect();
    let apart: HashMap<Id, &Record> = beside.iter().map(|r| (r.id, r)).collect();
    let items: Vec<(&Record, Event)> = records.iter().filter_map(|r| Some((r, stored::event(r)?))).collect();
    let mut w = Writer::default();
    w.begin("VCALENDAR");
    w.line("VERSION", &[], "2.0");
    w.line("PRODID", &[], "-//Rapport//Rapport//EN");
    w.line("CALSCALE", &[], "GREGORIAN");
    if let Some(method) = look.method {
        w.line("METHOD", &[], method.name());
    }
    w.text("X-WR-CALNAME", &look.name);
    if let Some(zone) = look.zone {
        w.line("X-WR-TIMEZONE", &[], zone.name());
    }
    for (zone, first, last) in zones_of(&items).into_values() {
        zones::write(&mut w, zone, first, last);
    }
    for (record, event) in &items {
        let series = record.id_of("part_of");
        // An invitation to one occurrence names the series; in a file without it nobody would find that.
        let of = series.and_then(|id| by_id.get(&id).or_else(|| apart.get(&id).filter(|_| look.method.is_some()))).copied();
        let without = parts(record.id).into_iter().filter(|(id, _)| !by_id.contains_key(id)).map(|(_, slot)| slot).collect();
        entry::write(
            &mut w,
            &Entry {
                uid: if series.is_some() && of.is_none() { own_uid(record.id) } else { uid_of(record, of) },
                // What stands for an occurrence begins anew; whoever was asked to the series has its number.
                sequence: record.version - 1 + of.map_or(0, |series| series.version),
                changed_at: &record.updated_at,
                created_at: &record.created_at,
                event,
                people,
                slot: event.slot.filter(|_| of.is_some()),
                without,
                cancelled: look.method == Some(Method::Cancel) || record.deleted_at.is_some(),
                masked: look.masked.contains(&record.id).then_some(look.busy.as_str()),
            },
        );
    }
    w.end("VCALENDAR");
    w.done()
}

/// The zones whose clocks these items follow, and the years from the first item on each of them to the last.
fn zones_of(items: &[(&Record, Event)]) -> BTreeMap<&'static str, (Tz, i32, i32)> {
    let mut out: BTreeMap<&'static str, (Tz, i32, i32)> = BTreeMap::new();
    for (_, event) in items {
        let Some(zone) = entry::zone_of(event) else { continue };
        let year = |m: Moment| time::utc_date(m.instant(&chrono::Utc)).year();
        let dates = event.rdate.iter().chain(&event.exdate).chain(&event.slot).chain([&event.start, &event.end]).copied();
        let years = out.entry(zone.name()).or_insert((zone, i32::MAX, i32::MIN));
        for y in dates.map(year) {
            (years.1, years.2) = (years.1.min(y), years.2.max(y));
        }
    }
    out
}

/// Names and addresses of all whom the items name.
async fn named(app: &App, records: &[Record]) -> Result<BTreeMap<Id, Person>> {
    let directory = app.directory();
    let mut out = BTreeMap::new();
    let mut contacts: BTreeSet<Id> = BTreeSet::new();
    for record in records {
        contacts.extend(record.ids_of("contacts"));
        for id in record.ids_of("attendees").into_iter().chain(record.id_of("organiser")) {
            if let Some(user) = directory.users.get(&id) {
                let (name, email) = (user.name().to_owned(), user.text("email").to_owned());
                out.entry(id).or_insert_with(|| Person { name, email, kind: "" });
            }
        }
        for id in record.ids_of("resources") {
            if let Some(resource) = directory.resources.get(&id) {
                let kind = if resource.text("type") == "room" { "ROOM" } else { "RESOURCE" };
                out.entry(id).or_insert_with(|| Person { name: resource.name().to_owned(), email: String::new(), kind });
            }
        }
    }
    let contacts: Vec<Id> = contacts.into_iter().collect();
    for contact in app.0.store.get_many(Kind::Contact, &contacts).await.map_err(fault)? {
        let emails = contact.fields.get("emails").and_then(|v| v.as_array());
        let email = emails.and_then(|l| l.first()).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        out.insert(contact.id, Person { name: contact.name().to_owned(), email, kind: "" });
    }
    Ok(out)
}
