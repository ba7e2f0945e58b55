//! Common free times, and when people are taken.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono_tz::Tz;
use domain::calendar::conflict::Except;
use domain::calendar::slots::{self, Wish};
use domain::calendar::view::{FindTimes, FreeBusy, MAX_SUBJECTS, MAX_VIEW_DAYS, Times};
use domain::calendar::{Span, SubjectKind, Who, zone};
use domain::{Error, FieldError, Id, Kind, Record, Result, time};

use super::diaries::Reader;
use super::page::zone_of;
use crate::Ctx;
use crate::records;

/// An instant, or the beginning of a day of this zone.
fn moment(text: &str, clock: Tz, field: &str) -> Result<i64> {
    let day = time::parse_date(text).map(|d| zone::day_start(&clock, d));
    let at = day.or_else(|| time::parse_instant(text)).ok_or_else(|| Error::invalid(field, "moment"))?;
    let years = domain::calendar::YEARS;
    if years.contains(&chrono::Datelike::year(&time::utc_date(at))) {
        Ok(at)
    } else {
        Err(Error::Invalid { fields: vec![FieldError::new(field, "date_range").with("min", years.start()).with("max", years.end())] })
    }
}

/// Ranked: with nobody missing before with somebody, at hours that people like before others, the earlier before the later.
pub async fn find_times(ctx: &Ctx, ask: &FindTimes) -> Result<Times> {
    let clock = zone_of(ctx, &ask.zone, "zone")?;
    let (from, to) = (moment(&ask.from, clock, "from")?, moment(&ask.to, clock, "to")?);
    // What has passed of today is nobody's time any more.
    let now = ctx.app.now();
    let from = if now < to { from.max(now) } else { from };
    let wish = Wish {
        kind: ask.kind,
        place: ask.place.clone(),
        travel_before: ask.travel_before,
        travel_after: ask.travel_after,
        except: ask.event.map(Except::Item).into_iter().collect(),
        ..Wish::new(ask.duration_minutes, Span { start: from, end: to }, usize::try_from(ask.limit).unwrap_or(usize::MAX))
    };
    wish.check()?;
    let company = if ask.kind.meets_company() { ask.company } else { None };
    let asked = [
        ("users", SubjectKind::User, &ask.users),
        ("contacts", SubjectKind::Contact, &ask.contacts),
        ("resources", SubjectKind::Resource, &ask.resources),
    ];
    let mut subjects: BTreeMap<Id, SubjectKind> = company.into_iter().map(|id| (id, SubjectKind::Company)).collect();
    let too_many = || Error::Invalid { fields: vec![FieldError::new("users", "too_many").with("max", MAX_SUBJECTS)] };
    // Before anybody is looked for.
    if asked.iter().map(|(_, _, ids)| ids.len()).sum::<usize>() + ask.optional.len() > 2 * MAX_SUBJECTS {
        return Err(too_many());
    }
    for (field, kind, ids) in asked {
        known(ctx, field, kind, ids).await?;
        subjects.extend(ids.iter().map(|id| (*id, kind)));
    }
    // Whoever is named only as one who may come is asked as well.
    let others: Vec<Id> = ask.optional.iter().copied().filter(|id| !subjects.contains_key(id)).collect();
    known(ctx, "optional", SubjectKind::User, &others).await?;
    subjects.extend(others.into_iter().map(|id| (id, SubjectKind::User)));
    if subjects.is_empty() {
        return Err(Error::invalid("users", "required"));
    }
    if subjects.len() > MAX_SUBJECTS {
        return Err(too_many());
    }
    ctx.app.0.book.ready().await?;
    // What one may not read one cannot plan around: else whether it is there would show in the times.
    if let Some(id) = ask.event.filter(|id| ctx.app.0.book.get(*id).is_none_or(|item| !item.is_open_to(ctx.me.id))) {
        return Err(unknown("event", id));
    }
    let mut reader = Reader::new(&ctx.app, ctx.me.id, wish.window);
    let diary = |(id, kind): (&Id, &SubjectKind)| {
        let mut diary = reader.diary(*kind, *id, clock);
        diary.required = !ask.optional.contains(id);
        diary
    };
    let diaries: Vec<_> = subjects.iter().map(diary).collect();
    let times = slots::find(&wish, &diaries, &clock);
    let mut wanted: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
    for id in times.iter().flat_map(|t| t.missing.iter().chain(&t.unloved)) {
        if let Some(kind) = subjects.get(id) {
            wanted.entry(super::clash::kind_of(*kind)).or_default().insert(*id);
        }
    }
    Ok(Times { times, labels: records::label_ids(ctx, wanted).await? })
}

/// Somebody who does not exist is always free: that would be no answer.
async fn known(ctx: &Ctx, field: &str, kind: SubjectKind, ids: &[Id]) -> Result<()> {
    if kind == SubjectKind::Contact {
        return contacts_of(ctx, field, ids).await.map(|_| ());
    }
    let directory = ctx.app.directory();
    let of = super::clash::kind_of(kind);
    match ids.iter().find(|id| directory.knows(of, **id) == Some(false)) {
        Some(id) => Err(unknown(field, *id)),
        None => Ok(()),
    }
}

fn unknown(field: &str, id: Id) -> Error {
    Error::Invalid { fields: vec![FieldError::new(field, "unknown_reference").with("value", id)] }
}

/// In the order asked for. A customer whom one does not see has no day.
async fn contacts_of(ctx: &Ctx, field: &str, ids: &[Id]) -> Result<Vec<Record>> {
    let mut found: HashMap<Id, Record> = records::get_many(ctx, Kind::Contact, ids).await?.into_iter().map(|r| (r.id, r)).collect();
    let once: Vec<Id> =
        ids.iter().enumerate().filter(|(n, id)| !ids.iter().take(*n).any(|known| known == *id)).map(|(_, id)| *id).collect();
    once.into_iter().map(|id| found.remove(&id).ok_or_else(|| unknown(field, id))).collect()
}

/// Whose time is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Of<'a> {
    pub users: &'a [Id],
    pub contacts: &'a [Id],
    pub resources: &'a [Id],
}

/// Who is in these teams.
///
/// # Errors
/// Names the team that does not exist.
pub fn members(ctx: &Ctx, teams: &[Id]) -> Result<Vec<Id>> {
    let directory = ctx.app.directory();
    if let Some(id) = teams.iter().find(|id| !directory.teams.contains_key(id)) {
        return Err(unknown("teams", *id));
    }
    let stands = |u: &&Record| u.deleted_at.is_none() && !u.flag("disabled") && u.id_of("team").is_some_and(|t| teams.contains(&t));
    let mut people: Vec<&Record> = directory.users.values().filter(stands).collect();
    people.sort_by_key(|u| (u.name().to_owned(), u.id));
    Ok(people.into_iter().map(|u| u.id).collect())
}

/// When these are taken: people and rooms without a word about by what, customers with what whoever asks may read.
pub async fn free_busy(ctx: &Ctx, of: Of<'_>, from: &str, to: &str) -> Result<Vec<FreeBusy>> {
    let clock = records::zone(&ctx.me.time_zone);
    let (from, to) = (moment(from, clock, "from")?, moment(to, clock, "to")?);
    if from >= to {
        return Err(Error::invalid("to", "end_before_start"));
    }
    if to - from > MAX_VIEW_DAYS * 86_400_000 {
        return Err(Error::Invalid { fields: vec![FieldError::new("to", "view_too_long").with("max", MAX_VIEW_DAYS)] });
    }
    if of.users.len() + of.contacts.len() + of.resources.len() > MAX_SUBJECTS {
        return Err(Error::Invalid { fields: vec![FieldError::new("users", "too_many").with("max", MAX_SUBJECTS)] });
    }
    known(ctx, "users", SubjectKind::User, of.users).await?;
    known(ctx, "resources", SubjectKind::Resource, of.resources).await?;
    let contacts = contacts_of(ctx, "contacts", of.contacts).await?;
    ctx.app.0.book.ready().await?;
    let window = Span::new(from, to);
    let mut reader = Reader::new(&ctx.app, ctx.me.id, window);
    let mut one = |kind: SubjectKind, id: Id| {
        let diary = reader.diary(kind, id, clock);
        let name = reader.directory.label(super::clash::kind_of(kind), id).map(|l| l.name).unwrap_or_default();
        let rules = super::habits::rules(&reader.directory, kind, id, clock);
        FreeBusy {
            who: Who { kind, id, name },
            zone: diary.zone.name().to_owned(),
            taken: diary.free_busy(window),
            working: rules.hours.map(|h| h.spans(&rules.zone, window)),
            known: Vec::new(),
        }
    };
    // Whoever is named twice, or is in a team that is, has one day all the same.
    let once = |ids: &[Id]| {
        let mut seen = BTreeSet::new();
        ids.iter().copied().filter(|id| seen.insert(*id)).collect::<Vec<_>>()
    };
    let mut out: Vec<FreeBusy> = once(of.users).into_iter().map(|id| one(SubjectKind::User, id)).collect();
    let rooms: Vec<FreeBusy> = once(of.resources).into_iter().map(|id| one(SubjectKind::Resource, id)).collect();
    if !contacts.is_empty() {
        out.extend(super::customers::days(ctx, &mut reader, &contacts, window, clock).await?);
    }
    out.extend(rooms);
    Ok(out)
}
