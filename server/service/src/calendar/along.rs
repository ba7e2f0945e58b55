//! What stands for single occurrences of a series goes along when the series changes: in all that was not changed about that
//! occurrence alone. An answer to one occurrence is no change of its time: it moves, is renamed and called off with the others.
//! What the series has no place for any more goes to the bin.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use domain::calendar::series::Shift;
use domain::calendar::{Event, Moment, When, stored};
use domain::list::ListQuery;
use domain::schema::FieldType;
use domain::{Error, FieldError, Id, Kind, Record, Result};
use serde_json::Value;

use super::answered_at;
use super::edit::{item, laid, put_slot};
use crate::Ctx;
use crate::ctx::fault;
use crate::records::{self, Care, Draft};

/// What each occurrence has of its own, or what is taken along with its time.
const OWN: &[&str] = &[
    "name",
    "start",
    "end",
    "all_day",
    "answers",
    "rrule",
    "rdate",
    "exdate",
    "part_of",
    "slot",
    "conflict_reason",
    "external_id",
    "organised_by",
    "sequence",
];

/// So many of them come out of the bin with their series.
const PARTS: usize = 5_000;

/// A change of a series.
pub(super) struct Course<'a> {
    /// As those who stand for its occurrences know it.
    pub before: &'a Record,
    /// As it becomes; a record of its own where the following were taken out.
    pub now: &'a Record,
    /// All of it was moved so far.
    pub shift: Option<Shift>,
    /// Somebody answered all of it: who, and when they said so.
    pub said: Option<(Id, i64)>,
    /// What was so before comes back: nobody asks or answers by it.
    pub back: bool,
}

/// The draft of somebody's answer, with what goes along: who answers a series answers all of it, except where they said something
/// later of one occurrence.
pub(super) async fn answered(ctx: &Ctx, current: Record, event: &Event, said: (Id, i64)) -> Result<Vec<Draft>> {
    if !event.recurs() {
        return Ok(vec![laid(ctx, current, event).await?]);
    }
    let meets = super::clash::meeting_at(&ctx.app, current.id).await?;
    let draft = Draft { meets, ..laid(ctx, current.clone(), event).await? };
    let course = Course { before: &current, now: &draft.now, shift: None, said: Some(said), back: false };
    let along = Box::pin(follow(ctx, &course, |_, _| true)).await?;
    Ok(std::iter::once(draft).chain(along).collect())
}

/// What goes along with a series that becomes another one; the mark is the caller's affair.
pub(crate) async fn go_along(ctx: &Ctx, before: &Record, now: &Record, which: impl Fn(Moment) -> bool) -> Result<Vec<Draft>> {
    let course = Course { before, now, shift: None, said: None, back: false };
    let drafts = follow(ctx, &course, |_, slot| which(slot)).await?;
    Ok(drafts.into_iter().filter(|d| !d.is_idle()).collect())
}

/// Drafts of any records, as lists write them or (`back`) an undo does; of series with what goes along and is not among them itself:
/// to the bin, too, and out of it again.
pub(crate) async fn with_their_own(ctx: &Ctx, mut drafts: Vec<Draft>, back: bool) -> Result<Vec<Draft>> {
    let written: BTreeSet<Id> = drafts.iter().map(|d| d.now.id).collect();
    let mut along = Vec::new();
    let alive: BTreeSet<Id> = drafts.iter().filter(|d| d.now.deleted_at.is_none()).map(|d| d.now.id).collect();
    for draft in drafts.iter_mut().filter(|d| d.now.kind == Kind::Event) {
        let comes_back = draft.before.as_ref().is_some_and(|b| b.deleted_at.is_some()) && draft.now.deleted_at.is_none();
        if let Some(series) = draft.now.id_of("part_of").filter(|series| comes_back && !back && !alive.contains(series)) {
            series_stands(ctx, series).await?;
        }
        let recurs = |r: &&Record| ["rrule", "rdate"].iter().any(|f| r.fields.contains_key(*f));
        let Some(before) = draft.before.as_ref().filter(recurs) else { continue };
        let other = |id: &Id| !written.contains(id);
        match (&before.deleted_at, &draft.now.deleted_at) {
            (None, None) => {
                draft.meets.extend(super::clash::meeting_at(&ctx.app, before.id).await?);
                let course = Course { before, now: &draft.now, shift: None, said: None, back };
                along.extend(Box::pin(follow(ctx, &course, |id, _| other(&id))).await?);
            }
            (None, Some(at)) => {
                draft.meets.extend(super::clash::meeting_at(&ctx.app, before.id).await?);
                for part in super::edit::parts(ctx, before.id, |_| true).await?.into_iter().filter(|p| other(&p.id)) {
                    along.push(gone_with(records::draft_remove(ctx, part)?, at));
                }
            }
            (Some(at), None) => {
                for part in went_with(ctx, before.id, at).await?.into_iter().filter(|p| other(&p.id)) {
                    along.push(records::draft_restore(ctx, part)?);
                }
            }
            (Some(_), Some(_)) => {}
        }
    }
    drafts.extend(along.into_iter().filter(|d| !d.is_idle()));
    Ok(drafts)
}

/// What goes with something else goes at the same moment: by that it is found again.
pub(super) fn gone_with(mut draft: Draft, at: &str) -> Draft {
    draft.now.deleted_at = Some(at.to_owned());
    draft
}

/// What went to the bin together with its series.
async fn went_with(ctx: &Ctx, series: Id, at: &str) -> Result<Vec<Record>> {
    // It comes back whoever may see it.
    let house = ctx.app.system("calendar");
    let query = ListQuery { filter: format!("part_of = {series}"), deleted: true, ..ListQuery::default() };
    let ids = records::find_ids(&house, Kind::Event, &query, PARTS)?;
    let found = ctx.app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    Ok(found.into_iter().filter(|r| r.deleted_at.as_deref() == Some(at)).collect())
}

/// An occurrence of a series that lies in the bin would be seen nowhere.
async fn series_stands(ctx: &Ctx, series: Id) -> Result<()> {
    let found = ctx.app.0.store.get(Kind::Event, series).await.map_err(fault)?;
    match found.filter(|s| s.deleted_at.is_some()) {
        Some(series) => Err(Error::Invalid { fields: vec![FieldError::new("series", "series_in_bin").with("series", series.name())] }),
        None => Ok(()),
    }
}

/// Drafts of what goes along. `which`: only those that stand for such a slot. Whoever calls has asked for the series' mark first.
pub(super) async fn follow(ctx: &Ctx, course: &Course<'_>, which: impl Fn(Id, Moment) -> bool) -> Result<Vec<Draft>> {
    let series = course.before.id;
    let parts: BTreeMap<Id, Moment> = ctx.app.0.book.parts_of(series).into_iter().filter(|(id, slot)| which(*id, *slot)).collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let (was, becomes) = (Side::of(course.before)?, Side::of(course.now)?);
    let ids: Vec<Id> = parts.keys().copied().collect();
    let found = ctx.app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    let mut drafts = Vec::new();
    for part in found.into_iter().filter(|r| r.deleted_at.is_none() && r.id_of("part_of") == Some(series)) {
        let Some(slot) = Moment::parse(part.text("slot")) else { continue };
        drafts.push(match becomes.slot_of(&was, slot, course.shift) {
            Some(to) => taken_along(ctx, course, (&was, slot), (&becomes, to), part).await?,
            None => records::draft_remove(ctx, part)?,
        });
    }
    Ok(drafts)
}

/// A series before or after.
struct Side {
    event: Event,
    zone: Tz,
}

impl Side {
    fn of(record: &Record) -> Result<Self> {
        let event = item(record)?;
        let zone = records::zone(&event.zone);
        Ok(Self { event, zone })
    }

    fn has(&self, slot: Moment) -> bool {
        self.event.recurs() && self.event.occurrences_but(&[]).is_some_and(|s| s.has(&self.zone, slot))
    }

    fn at(&self, slot: Moment) -> Option<When> {
        self.event.when().and_then(|w| w.starting(slot))
    }

    /// What became of an occurrence; `None`: it is none any more.
    fn slot_of(&self, was: &Side, slot: Moment, shift: Option<Shift>) -> Option<Moment> {
        if let Some(shift) = shift {
            return Some(shift.moved(&was.zone, slot));
        }
        // Another first start and another rule at once: the same day's, at its new hour.
        let by = |from: Moment, to: Moment| match (slot, from, to) {
            (Moment::At(slot), Moment::At(from), Moment::At(to)) => Some(Moment::At(slot + to - from)),
            _ => None,
        };
        let moved = by(was.event.start, self.event.start).filter(|s| *s != slot);
        let there = std::iter::once(slot).chain(moved).find(|s| self.has(*s));
        // What came without its occurrence (from a file) is not missed by it.
        there.or_else(|| (!was.has(slot) && self.event.recurs()).then_some(slot))
    }
}

async fn taken_along(
    ctx: &Ctx,
    course: &Course<'_>,
    (was, slot): (&Side, Moment),
    (becomes, to): (&Side, Moment),
    part: Record,
) -> Result<Draft> {
    let mut fields = part.fields.clone();
    let differs = |name: &str| course.before.fields.get(name) != course.now.fields.get(name);
    for def in stored::EVENT_FIELDS.iter().filter(|def| !OWN.contains(&def.name) && differs(def.name)) {
        let (old, new) = (course.before.fields.get(def.name), course.now.fields.get(def.name));
        if let FieldType::Refs(_) = def.ty {
            let list = same_steps(old, new, fields.get(def.name));
            fields.insert(def.name.to_owned(), list);
        } else if fields.get(def.name) == old {
            match new {
                Some(new) => _ = fields.insert(def.name.to_owned(), new.clone()),
                None => _ = fields.remove(def.name),
            }
        }
    }
    let mut event = item(&Record { fields: fields.clone(), ..part.clone() })?;
    // Noted down for all of them, of who had said nothing else of this one. Answers that fall with a time fall with its own.
    let said = course.said.map(|(who, _)| who);
    for (who, answer) in becomes.event.answers.iter().filter(|(who, answer)| was.event.answers.get(who) != Some(answer)) {
        if said.is_none() && event.answers.get(who) == was.event.answers.get(who) {
            event.answers.insert(*who, *answer);
        }
    }
    if let Some((who, at)) = course.said
        && let Some(answer) = becomes.event.answers.get(&who)
        && answered_at(&ctx.app, &part, who).await? <= at
    {
        event.answers.insert(who, *answer);
    }
    if let (true, Some(when)) = (event.when() == was.at(slot), becomes.at(to)) {
        event.set_when(when);
    }
    stored::lay_into(&mut fields, &event)?;
    if fields != part.fields {
        let care = if course.back { Care::File } else { Care::Full };
        records::prepare(ctx, Kind::Event, Some(&part), &mut fields, care).await?;
    }
    // The series may be one that is written along with it.
    put_slot(&mut fields, to);
    fields.insert("part_of".to_owned(), course.now.id.to_string().into());
    Ok(records::changed(ctx, part, |f| *f = fields))
}

/// Whoever was added to all, or taken off all, is so here too; the rest stays.
fn same_steps(old: Option<&Value>, new: Option<&Value>, own: Option<&Value>) -> Value {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (old, new, mut own) = (list(old), list(new), list(own));
    own.retain(|v| !old.contains(v) || new.contains(v));
    let added: Vec<Value> = new.into_iter().filter(|v| !old.contains(v) && !own.contains(v)).collect();
    own.extend(added);
    Value::Array(own)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_was_added_to_all_or_taken_off_all_is_so_here_too() {
        let steps = |old: Value, new: Value, own: Value| same_steps(Some(&old), Some(&new), Some(&own));
        assert_eq!(steps(json!(["a", "b"]), json!(["b", "c"]), json!(["a", "b", "x"])), json!(["b", "x", "c"]));
        assert_eq!(steps(json!(["a"]), json!(["a", "b"]), json!([])), json!(["b"]), "who was taken off this one alone stays off");
        assert_eq!(same_steps(None, Some(&json!(["a"])), None), json!(["a"]));
        assert_eq!(same_steps(Some(&json!(["a"])), None, Some(&json!(["a"]))), json!([]));
    }
}
