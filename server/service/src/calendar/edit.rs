//! Writing items: new ones, changed fields, moves; of a series one occurrence, the following, or all. What is looked at before
//! ([`check`]) and what is saved is planned by the same functions.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use domain::calendar::series::{self, Scope, Shift};
use domain::calendar::view::{Draft as Wish, OnConflict, Saved};
use domain::calendar::{Event, Moment, When, stored};
use domain::fields::{self, Mode};
use domain::rights::Act;
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result};
use serde_json::Value;
use store::Doc;

use super::along::{Course, follow};
use super::clash::{checked_until, meeting_at};
use super::item::Item;
use crate::Ctx;
use crate::ctx::{fault, internal, new_id};
use crate::records::{self, Beside, Care, Draft};

/// A new item, changed fields of one, or one that is moved.
pub async fn save(ctx: &Ctx, wish: &Wish, key: Option<&str>) -> Result<Saved> {
    ctx.may_write()?;
    if let Some(key) = key {
        let key = crate::repeat::Key::of(ctx, "event", key, wish);
        let (ctx, wish) = (ctx.clone(), wish.clone());
        return crate::repeat::once(&ctx.clone(), Some(key), async move { saved(&ctx, &wish).await }).await;
    }
    saved(ctx, wish).await
}

async fn saved(ctx: &Ctx, wish: &Wish) -> Result<Saved> {
    for _ in 0..=records::ROUNDS {
        let drafts = plan(ctx, wish).await?;
        if let Some(saved) = write(ctx, drafts, wish.on_conflict).await? {
            return Ok(saved);
        }
    }
    Err(Error::Unavailable)
}

/// The first draft is the one that was asked for. None: somebody was faster.
pub(super) async fn write(ctx: &Ctx, drafts: Vec<Draft>, on_conflict: OnConflict) -> Result<Option<Saved>> {
    write_with(ctx, drafts, vec![], on_conflict).await
}

/// The same with documents that belong to it.
pub(super) async fn write_with(ctx: &Ctx, mut drafts: Vec<Draft>, docs: Vec<Doc>, on_conflict: OnConflict) -> Result<Option<Saved>> {
    let Some(record) = drafts.first().map(|d| d.now.clone()) else { return Err(Error::NotFound) };
    drafts.retain(|d| !d.is_idle());
    if drafts.is_empty() {
        return Ok(Some(Saved { record, conflicts: Vec::new(), more: false, changes: Vec::new(), checked_until: None }));
    }
    let until = checked_until(&ctx.app, &Item::of(&record));
    let outcome = records::commit_checked(ctx, drafts, Beside { docs, ..Beside::default() }, on_conflict.into()).await?;
    Ok(outcome.ok().map(|(changes, found)| Saved {
        record,
        conflicts: found.conflicts,
        more: found.more,
        changes: changes.into_iter().map(|c| c.id).collect(),
        checked_until: until,
    }))
}

/// What would be written.
pub(super) async fn plan(ctx: &Ctx, wish: &Wish) -> Result<Vec<Draft>> {
    let sent = stored::inward(wish.fields.clone());
    let Some(id) = wish.id else {
        let draft = records::draft_create(ctx, Kind::Event, &sent, Care::Full, None).await;
        return Ok(vec![draft.map_err(stored::outward_error)?]);
    };
    let mut current = records::get(ctx, Kind::Event, id).await?;
    let mut wish = std::borrow::Cow::Borrowed(wish);
    if let Some((other, slot)) = meant(ctx, &current, &wish).await? {
        let own = wish.to_mut();
        (own.id, own.version, own.slot) = (Some(other.id), other.version, slot);
        current = other;
    }
    let wish = wish.as_ref();
    let patch = records::checked(Kind::Event, &sent, Mode::Patch).map_err(stored::outward_error)?;
    if wish.version != current.version {
        let mut clashing = fields::clashes(&current.fields, &patch, &stored::inward(wish.base.clone()));
        // Where an occurrence stood says its slot, which the series still has to have.
        clashing.retain(|name| wish.slot.is_none() || !matches!(name.as_str(), "start" | "end"));
        if !clashing.is_empty() {
            return Err(records::conflict(ctx, current, clashing).await);
        }
    }
    editable(ctx, &current)?;
    planned(ctx, current, &patch, wish).await.map_err(stored::outward_error)
}

/// What a change of one occurrence, or of more than the one that was named, is about, where that is another record: what stands for
/// the occurrence by now, or the series of what was named. With the occurrence.
async fn meant(ctx: &Ctx, current: &Record, wish: &Wish) -> Result<Option<(Record, Option<Moment>)>> {
    match (wish.scope, wish.slot) {
        (Some(Scope::This), Some(slot)) => Ok(part_at(ctx, current.id, slot).await?.map(|part| (part, None))),
        (Some(Scope::All | Scope::Following), _) => {
            let Some((series, slot)) = series_of(ctx, current).await? else { return Ok(None) };
            if wish.version != current.version {
                return Err(records::conflict(ctx, current.clone(), Vec::new()).await);
            }
            Ok(Some((series, Some(slot))))
        }
        _ => Ok(None),
    }
}

/// The series that an item stands in, and for which of its occurrences.
pub(super) async fn series_of(ctx: &Ctx, part: &Record) -> Result<Option<(Record, Moment)>> {
    let Some((series, slot)) = part.id_of("part_of").zip(Moment::parse(part.text("slot"))) else { return Ok(None) };
    let series = records::get_many(ctx, Kind::Event, &[series]).await?.pop().filter(|s| s.deleted_at.is_none());
    Ok(series.map(|series| (series, slot)))
}

/// What stands for this occurrence of a series.
pub(super) async fn part_at(ctx: &Ctx, series: Id, slot: Moment) -> Result<Option<Record>> {
    ctx.app.0.book.ready().await?;
    let Some((part, _)) = ctx.app.0.book.parts_of(series).into_iter().find(|(_, s)| *s == slot) else { return Ok(None) };
    let found = records::get_many(ctx, Kind::Event, &[part]).await?.pop();
    Ok(found.filter(|r| r.deleted_at.is_none() && r.id_of("part_of") == Some(series)))
}

async fn planned(ctx: &Ctx, current: Record, patch: &Fields, wish: &Wish) -> Result<Vec<Draft>> {
    let event = item(&current)?;
    if !event.recurs() {
        return Ok(vec![records::draft_update(ctx, current, patch, Care::Full).await?]);
    }
    let zone = records::zone(&event.zone);
    match (wish.scope, wish.slot) {
        (Some(Scope::This), Some(slot)) => Ok(vec![one(ctx, &current, &event, slot, zone, patch).await?]),
        (Some(Scope::Following), Some(slot)) => Box::pin(following(ctx, current, &event, slot, zone, patch)).await,
        (Some(Scope::This | Scope::Following), None) => Err(Error::invalid("slot", "occurrence")),
        (Some(Scope::All) | None, slot) => Box::pin(all(ctx, current, &event, slot, zone, patch)).await,
    }
}

pub(super) fn item(record: &Record) -> Result<Event> {
    stored::event(record).ok_or_else(|| internal(&format!("event {} cannot be read", record.id)))
}

pub(super) fn editable(ctx: &Ctx, current: &Record) -> Result<()> {
    if !ctx.who().may(Act::Edit, current) {
        return Err(Error::Forbidden);
    }
    if current.deleted_at.is_some() { Err(Error::invalid("id", "in_bin")) } else { Ok(()) }
}

/// An item of its own for one occurrence, with what was changed about it.
pub(super) async fn one(ctx: &Ctx, current: &Record, event: &Event, slot: Moment, zone: Tz, patch: &Fields) -> Result<Draft> {
    let meets = meeting_at(&ctx.app, current.id).await?;
    let parts = ctx.app.0.book.parts_of(current.id);
    if parts.values().any(|s| *s == slot) {
        // It has one already: that is the one to change.
        return Err(Error::invalid("slot", "no_occurrence"));
    }
    let single = series::detach(event, current.id, slot, &zone)?;
    let unmoved = with(current, &single)?;
    let mut fields = fields::merged(&unmoved.fields, patch);
    records::prepare(ctx, Kind::Event, Some(&unmoved), &mut fields, Care::Full).await?;
    let rests_on = vec![(Kind::Event, current.id, current.version)];
    Ok(Draft { meets, rests_on, ..records::made(ctx, Kind::Event, new_id(), fields) })
}

/// This and the following become a series of their own.
async fn following(ctx: &Ctx, current: Record, event: &Event, slot: Moment, zone: Tz, patch: &Fields) -> Result<Vec<Draft>> {
    let (Some(before), after) = series::split(event, slot, &zone)? else {
        return all(ctx, current, event, Some(slot), zone, patch).await;
    };
    let (mut rest, to) = without_times(patch, &after, slot)?;
    let unmoved = with(&current, &after)?;
    let (after, shift) = match to {
        Some(to) if after.recurs() => series::move_all(&after, slot, to, &zone).map(|(e, s)| (e, Some(s)))?,
        Some(to) => {
            let mut moved = after;
            moved.set_when(to);
            (moved, None)
        }
        None => (after, None),
    };
    let id = new_id();
    let mut fields = current.fields.clone();
    stored::lay_into(&mut fields, &after)?;
    // Other calendars know the first part by this name.
    fields.remove("external_id");
    rest.retain(|name, _| !matches!(name.as_str(), "start" | "end"));
    let mut fields = fields::merged(&fields, &rest);
    records::prepare(ctx, Kind::Event, Some(&unmoved), &mut fields, Care::Full).await?;
    let meets = meeting_at(&ctx.app, current.id).await?;
    let made = Draft { meets, ..records::made(ctx, Kind::Event, id, fields) };
    let mut along =
        Box::pin(follow(ctx, &Course { before: &unmoved, now: &made.now, shift, said: None, back: false }, |_, s| s >= slot)).await?;
    named_too(ctx, &mut along, slot, &rest, to).await?;
    let cut = laid(ctx, current, &before).await?;
    Ok([made, cut].into_iter().chain(along).collect())
}

/// All of a series; where an occurrence was taken to another time, all go along.
async fn all(ctx: &Ctx, current: Record, event: &Event, slot: Option<Moment>, zone: Tz, patch: &Fields) -> Result<Vec<Draft>> {
    let named = slot.unwrap_or(event.start);
    let (rest, to) = without_times(patch, event, named)?;
    let said = rest.clone();
    // Whoever sends another rule (or first start) with it says the whole of it.
    let rewritten = ["rrule", "rdate", "exdate", "zone", "all_day"].iter().any(|f| patch.contains_key(*f));
    let meets = meeting_at(&ctx.app, current.id).await?;
    let before = current.clone();
    let (draft, shift) = match to.filter(|_| !rewritten || slot.is_some()) {
        Some(to) => {
            let (moved, shift): (Event, Shift) = series::move_all(event, named, to, &zone)?;
            let mut fields = current.fields.clone();
            stored::lay_into(&mut fields, &moved)?;
            let mut fields = fields::merged(&fields, &rest);
            records::prepare(ctx, Kind::Event, Some(&current), &mut fields, Care::Full).await?;
            (records::changed(ctx, current, |f| *f = fields), Some(shift))
        }
        None => (records::draft_update(ctx, current, &rest_or(patch, rest, slot), Care::Full).await?, None),
    };
    let mut draft = draft;
    if slot.is_some() && patch.get("rrule").is_some_and(|rule| !rule.is_null()) {
        let changed = item(&draft.now)?;
        if let Some(begun) = series::begun_by_rule(&changed, &records::zone(&changed.zone))? {
            stored::lay_into(&mut draft.now.fields, &begun)?;
            records::prepare(ctx, Kind::Event, Some(&before), &mut draft.now.fields, Care::Full).await?;
        }
    }
    // Whoever sends another rule along with another time may leave no place for some.
    let shift = shift.filter(|_| !rewritten);
    let mut along =
        Box::pin(follow(ctx, &Course { before: &before, now: &draft.now, shift, said: None, back: false }, |_, _| true)).await?;
    if let Some(slot) = slot {
        named_too(ctx, &mut along, slot, &said, to.filter(|_| !rewritten)).await?;
    }
    Ok(std::iter::once(Draft { meets, ..draft }).chain(along).collect())
}

/// Whoever changes more than one occurrence means the one that they named first of all, also where it had something of its own.
async fn named_too(ctx: &Ctx, along: &mut [Draft], slot: Moment, said: &Fields, to: Option<When>) -> Result<()> {
    let stood = |d: &&mut Draft| d.before.as_ref().is_some_and(|b| Moment::parse(b.text("slot")) == Some(slot));
    let Some(draft) = along.iter_mut().filter(|d| d.now.deleted_at.is_none()).find(stood) else { return Ok(()) };
    let Some(before) = draft.before.clone() else { return Ok(()) };
    let mut said = said.clone();
    said.retain(|name, _| !["rrule", "rdate", "exdate", "zone", "all_day", "start", "end"].contains(&name.as_str()));
    let mut fields = fields::merged(&draft.now.fields, &said);
    let mut event = item(&Record { fields: fields.clone(), ..draft.now.clone() })?;
    if let Some(to) = to.filter(|to| to.start().is_day() == event.start.is_day()) {
        event.set_when(to);
    }
    stored::lay_into(&mut fields, &event)?;
    // The series may be one that is written along with it.
    let stands = |fields: &mut Fields, of: &Record| {
        for name in ["part_of", "slot"] {
            fields.extend(of.fields.get(name).map(|value| (name.to_owned(), value.clone())));
        }
    };
    stands(&mut fields, &before);
    records::prepare(ctx, Kind::Event, Some(&before), &mut fields, Care::Full).await?;
    stands(&mut fields, &draft.now);
    draft.now.fields = fields;
    Ok(())
}

fn rest_or(patch: &Fields, rest: Fields, slot: Option<Moment>) -> Fields {
    if slot.is_some() { rest } else { patch.clone() }
}

/// The patch without start and end, and where these take the occurrence.
fn without_times(patch: &Fields, event: &Event, slot: Moment) -> Result<(Fields, Option<When>)> {
    let mut rest = patch.clone();
    let mut moment = |name: &str| rest.remove(name).and_then(|v| v.as_str().and_then(Moment::parse));
    let (start, end) = (moment("start"), moment("end"));
    if start.is_none() && end.is_none() {
        return Ok((rest, None));
    }
    let own = event.when().and_then(|w| w.starting(slot)).ok_or_else(|| Error::invalid("slot", "no_occurrence"))?;
    let start = start.unwrap_or(own.start());
    // Only the start was said: as long as before.
    let end = end.or_else(|| own.starting(start).map(When::end)).unwrap_or(own.end());
    let mut at = Event::new(own);
    (at.start, at.end, at.all_day) = (start, end, start.is_day());
    let to = at.when().ok_or_else(|| Error::Invalid { fields: vec![FieldError::new("end", "end_before_start")] })?;
    Ok((rest, (to != own).then_some(to)))
}

pub(super) fn put_slot(fields: &mut Fields, slot: Moment) {
    fields.insert("slot".to_owned(), Value::String(slot.to_string()));
}

/// The record as it would be with this item in it.
fn with(current: &Record, event: &Event) -> Result<Record> {
    let mut record = current.clone();
    stored::lay_into(&mut record.fields, event)?;
    Ok(record)
}

/// The same record with another item in it.
pub(crate) async fn laid(ctx: &Ctx, current: Record, event: &Event) -> Result<Draft> {
    let mut fields = current.fields.clone();
    stored::lay_into(&mut fields, event)?;
    records::prepare(ctx, Kind::Event, Some(&current), &mut fields, Care::Full).await?;
    Ok(records::changed(ctx, current, |f| *f = fields))
}

/// Items that stand for occurrences of a series, to be taken along when (part of) it goes.
pub(super) async fn parts(ctx: &Ctx, series: Id, which: impl Fn(Moment) -> bool) -> Result<Vec<Record>> {
    let parts: BTreeMap<Id, Moment> = ctx.app.0.book.parts_of(series).into_iter().filter(|(_, slot)| which(*slot)).collect();
    let ids: Vec<Id> = parts.keys().copied().collect();
    let found = ctx.app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    Ok(found.into_iter().filter(|r| r.deleted_at.is_none() && r.id_of("part_of") == Some(series)).collect())
}
