//! A page of the calendar: occurrences of some people and resources in some days, as the viewer may see them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use domain::calendar::view::{CalendarPage, CalendarQuery, DayLine, MAX_ITEMS, MAX_SUBJECTS, MAX_VIEW_DAYS, Shown, Subject};
use domain::calendar::{ConflictKind, ItemKind, Moment, Span, SubjectKind, When, Who, Window, conflict, zone};
use domain::rights::Act;
use domain::{Error, FieldError, Id, Kind, Result, time};

use super::diaries::Reader;
use super::habits::rules;
use super::item::Item;
use crate::Ctx;
use crate::records;

/// A zone by its name, "" for the person's own; `field` names it when it is wrong.
pub(crate) fn zone_of(ctx: &Ctx, name: &str, field: &str) -> Result<Tz> {
    match name {
        "" => Ok(records::zone(&ctx.me.time_zone)),
        name => name.parse().map_err(|_| Error::invalid(field, "zone")),
    }
}

pub async fn page(ctx: &Ctx, query: &CalendarQuery) -> Result<CalendarPage> {
    let zone = zone_of(ctx, &query.zone, "zone")?;
    if query.from >= query.to {
        return Err(Error::invalid("to", "end_before_start"));
    }
    if (query.to - query.from).num_days() > MAX_VIEW_DAYS {
        return Err(Error::Invalid { fields: vec![FieldError::new("to", "view_too_long").with("max", MAX_VIEW_DAYS)] });
    }
    let years = domain::calendar::YEARS;
    for (field, date) in [("from", query.from), ("to", query.to)] {
        if !years.contains(&chrono::Datelike::year(&date)) {
            return Err(Error::Invalid {
                fields: vec![FieldError::new(field, "date_range").with("min", years.start()).with("max", years.end())],
            });
        }
    }
    let subjects = subjects(ctx, query)?;
    ctx.app.0.book.ready().await?;
    let window = Window::of_days(&zone, query.from, query.to);
    let mut reader = Reader::new(&ctx.app, ctx.me.id, window.span);
    let mut shown: BTreeMap<Key, Shown> = BTreeMap::new();
    let mut clashing: BTreeSet<(Id, Option<Moment>)> = BTreeSet::new();
    let mut lines = Vec::with_capacity(subjects.len());
    for (kind, id) in &subjects {
        for (item, occurrences) in reader.items(*id) {
            if !query.kinds.is_empty() && !query.kinds.contains(&item.kind) {
                continue;
            }
            if item.status == domain::calendar::Status::Cancelled && !query.cancelled {
                continue;
            }
            for (slot, when) in occurrences.iter().filter(|(_, when)| when.is_in(&window)) {
                let span = when.span(&zone);
                let one = shown.entry((span.start, item.id, *slot)).or_insert_with(|| show(ctx, &item, *slot, *when, span));
                one.subjects.push(*id);
            }
        }
        let diary = reader.diary(*kind, *id, zone);
        for c in conflict::review(&diary).conflicts {
            if !matches!(c.kind, ConflictKind::Hours | ConflictKind::Holiday) {
                clashing.extend(c.item.map(|item| (item, c.slot)));
                clashing.extend(c.with.and_then(|w| w.id.map(|item| (item, w.slot))));
            }
        }
        lines.push(subject(&reader, *kind, *id, zone, window.span));
    }
    // What is shown may clash in calendars that are not: of its rooms, and of those whom it asks.
    for (kind, id) in besides(&shown, &subjects) {
        let diary = reader.diary(kind, id, zone);
        for c in conflict::review(&diary).conflicts {
            if !matches!(c.kind, ConflictKind::Hours | ConflictKind::Holiday) {
                clashing.extend(c.item.map(|item| (item, c.slot)));
                clashing.extend(c.with.and_then(|w| w.id.map(|item| (item, w.slot))));
            }
        }
    }
    if query.tasks && (query.kinds.is_empty() || query.kinds.contains(&ItemKind::Task)) {
        let users: Vec<Id> = subjects.iter().filter(|(kind, _)| *kind == SubjectKind::User).map(|(_, id)| *id).collect();
        let due = super::tasks::due(ctx, &users, &window).await?;
        shown.extend(due.into_iter().map(|task| ((task.span.start, task.id, None), task)));
    }
    let more = shown.len() > MAX_ITEMS;
    let mut items: Vec<Shown> = shown.into_values().take(MAX_ITEMS).collect();
    items.iter_mut().for_each(|i| i.clash = clashing.contains(&(i.id, if i.series.is_some() { None } else { i.slot })));
    Ok(CalendarPage {
        from: query.from,
        to: query.to,
        zone: zone.name().to_owned(),
        days: days(zone, query.from, query.to),
        turns: turns(zone, query.from, query.to),
        labels: labels(ctx, &items).await?,
        subjects: lines,
        items,
        more,
        can_create: ctx.who().may_some(Act::Create, Kind::Event),
    })
}

/// So many calendars that are not shown themselves are looked into for what clashes.
const BESIDES: usize = 24;

/// Rooms first: they are taken twice without anybody in sight.
fn besides(shown: &BTreeMap<Key, Shown>, subjects: &[(SubjectKind, Id)]) -> Vec<(SubjectKind, Id)> {
    let own: BTreeSet<Id> = subjects.iter().map(|(_, id)| *id).collect();
    let of = |kind: SubjectKind, ids: fn(&Shown) -> &[Id]| {
        let all: BTreeSet<Id> = shown.values().flat_map(|i| ids(i).iter().copied()).filter(|id| !own.contains(id)).collect();
        all.into_iter().map(move |id| (kind, id)).collect::<Vec<_>>()
    };
    let mut out = of(SubjectKind::Resource, |i| &i.resources);
    out.extend(of(SubjectKind::User, |i| &i.attendees));
    out.truncate(BESIDES);
    out
}

/// In order of time, each once.
type Key = (i64, Id, Option<Moment>);

/// Whose calendars are asked for; nobody named: one's own.
fn subjects(ctx: &Ctx, query: &CalendarQuery) -> Result<Vec<(SubjectKind, Id)>> {
    let directory = ctx.app.directory();
    let mut out: Vec<(SubjectKind, Id)> = Vec::new();
    let mut add = |kind: SubjectKind, id: Id| {
        if !out.iter().any(|(_, known)| *known == id) {
            out.push((kind, id));
        }
    };
    let unknown = |field: &str, id: &Id| Error::Invalid { fields: vec![FieldError::new(field, "unknown_reference").with("value", id)] };
    for id in &query.users {
        directory.users.get(id).ok_or_else(|| unknown("users", id))?;
        add(SubjectKind::User, *id);
    }
    for id in &query.teams {
        super::times::members(ctx, &[*id])?.into_iter().for_each(|user| add(SubjectKind::User, user));
    }
    for id in &query.resources {
        directory.resources.get(id).ok_or_else(|| unknown("resources", id))?;
        add(SubjectKind::Resource, *id);
    }
    if query.users.is_empty() && query.teams.is_empty() && query.resources.is_empty() {
        add(SubjectKind::User, ctx.me.id);
    }
    if out.len() > MAX_SUBJECTS {
        return Err(Error::Invalid { fields: vec![FieldError::new("users", "too_many").with("max", MAX_SUBJECTS)] });
    }
    Ok(out)
}

fn show(ctx: &Ctx, item: &Item, slot: Option<Moment>, when: When, span: Span) -> Shown {
    let me = ctx.me.id;
    let open = item.is_open_to(me);
    let some = |ids: Vec<Id>| if open { ids } else { Vec::new() };
    let guests = |kind: SubjectKind| item.guests.iter().filter(|g| g.kind == kind).map(|g| g.id).collect::<Vec<_>>();
    let text = |text: &str| if open { text.to_owned() } else { String::new() };
    Shown {
        id: item.id,
        slot: slot.or_else(|| item.part.as_ref().map(|p| p.1)),
        series: item.part.as_ref().map(|p| p.0),
        recurs: item.repeat.is_some(),
        start: when.start(),
        end: when.end(),
        span,
        kind: if open { item.kind } else { ItemKind::default() },
        status: item.status,
        busy: item.busy,
        masked: !open,
        private: item.private,
        title: text(&item.title),
        place: text(&item.place),
        organiser: item.organiser.filter(|_| open),
        subjects: Vec::new(),
        attendees: some(guests(SubjectKind::User)),
        contacts: some(guests(SubjectKind::Contact)),
        resources: some(item.resources.to_vec()),
        company: item.company.filter(|_| open),
        deal: item.deal.filter(|_| open),
        travel_before: if open { item.travel_before } else { 0 },
        travel_after: if open { item.travel_after } else { 0 },
        answer: item.is_asked(me).then(|| item.answer_of(me).unwrap_or_default()),
        clash: false,
        version: item.version,
        foreign: item.foreign,
        task: false,
        can_edit: open && !item.foreign && ctx.may_write().is_ok() && ctx.who().may_own(Act::Edit, Kind::Event, item.organiser),
    }
}

fn subject(reader: &Reader<'_>, kind: SubjectKind, id: Id, zone: Tz, window: Span) -> Subject {
    let rules = rules(&reader.directory, kind, id, zone);
    let label = reader.directory.label(super::clash::kind_of(kind), id);
    let days_off = rules.days_off.iter().map(|d| (zone::days(&rules.zone, d.date, time::shift(d.date, 1)), d.name.clone()));
    Subject {
        who: Who { kind, id, name: label.map(|l| l.name).unwrap_or_default() },
        zone: rules.zone.name().to_owned(),
        days_off: days_off.filter(|(span, _)| span.overlaps(window)).collect(),
        working: rules.hours.map(|h| h.spans(&rules.zone, window)),
    }
}

/// The days of a zone, with the changes of its clock.
fn days(zone: Tz, from: NaiveDate, to: NaiveDate) -> Vec<DayLine> {
    const QUARTER: usize = 15 * 60_000;
    let offset = |ms: i64| offset_of(zone, ms);
    let dates = std::iter::successors(Some(from), |d| d.succ_opt()).take_while(|d| *d < to);
    dates
        .map(|date| {
            let span = zone::days(&zone, date, time::shift(date, 1));
            let mut offsets = vec![(span.start, offset(span.start))];
            if offset(span.start) != offset((span.end - 1).max(span.start)) {
                for at in (span.start..span.end).step_by(QUARTER) {
                    if offsets.last().is_some_and(|(_, known)| *known != offset(at)) {
                        offsets.push((at, offset(at)));
                    }
                }
            }
            DayLine { date, span, offsets }
        })
        .collect()
}

/// So many days before and after a page: what is typed, offered or clashes may lie far from it, a series goes on for years.
const BEFORE: i64 = 400;
const AFTER: i64 = 5 * 366;

fn turns(zone: Tz, from: NaiveDate, to: NaiveDate) -> Vec<(i64, i32)> {
    let (first, last) = (time::shift(from, -BEFORE), time::shift(to, AFTER));
    let start = zone::day_start(&zone, first);
    let mut out = vec![(start, offset_of(zone, start))];
    for date in first.iter_days().skip(1).take_while(|d| *d <= last) {
        let (end, known) = (zone::day_start(&zone, date), out.last().map(|(_, offset)| *offset));
        if known != Some(offset_of(zone, end)) {
            let day = days(zone, time::shift(date, -1), date);
            out.extend(day.into_iter().flat_map(|d| d.offsets));
        }
    }
    out.dedup_by_key(|(_, offset)| *offset);
    out
}

/// Minutes east of UTC at this instant.
fn offset_of(zone: Tz, ms: i64) -> i32 {
    let at = chrono::DateTime::<chrono::Utc>::from_timestamp_millis(ms).unwrap_or_default().naive_utc();
    zone.offset_from_utc_datetime(&at).fix().local_minus_utc() / 60
}

/// Names of who and what the items show.
async fn labels(ctx: &Ctx, items: &[Shown]) -> Result<domain::record::Labels> {
    let mut wanted: HashMap<Kind, BTreeSet<Id>> = HashMap::new();
    for i in items {
        wanted.entry(Kind::User).or_default().extend(i.organiser.iter().chain(&i.attendees));
        wanted.entry(Kind::Contact).or_default().extend(&i.contacts);
        wanted.entry(Kind::Resource).or_default().extend(&i.resources);
        wanted.entry(Kind::Company).or_default().extend(i.company);
        wanted.entry(Kind::Deal).or_default().extend(i.deal);
    }
    records::label_ids(ctx, wanted.into_iter().collect()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only two months were known around a page: what was typed beyond was said an hour off.
    #[test]
    fn the_clock_of_a_page_is_known_for_years() {
        let day = |text: &str| time::parse_date(text).unwrap_or_default();
        let known = turns(chrono_tz::Europe::Kyiv, day("2026-11-23"), day("2026-11-30"));
        let at = |text: &str| {
            let ms = time::parse_instant(text).unwrap_or_default();
            known.iter().rev().find(|(from, _)| *from <= ms).map(|(_, offset)| *offset)
        };
        assert_eq!(at("2026-11-24T12:00:00Z"), Some(120));
        assert_eq!((at("2027-03-28T00:59:00Z"), at("2027-03-28T01:00:00Z")), (Some(120), Some(180)));
        assert_eq!((at("2025-12-24T12:00:00Z"), at("2026-07-01T12:00:00Z")), (Some(120), Some(180)));
        assert_eq!((at("2031-07-01T12:00:00Z"), at("2031-11-20T12:00:00Z")), (Some(180), Some(120)));
        let still = turns(chrono_tz::Asia::Shanghai, day("2026-11-23"), day("2026-11-30"));
        assert_eq!(still.len(), 1);
    }
}
