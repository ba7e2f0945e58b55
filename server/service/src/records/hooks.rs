//! What is special to a kind when it is written: derived fields, and rules that need more than the record itself.

use std::collections::BTreeMap;

use domain::pipelines::{Pipeline, Stage, StageKind};
use domain::rights::Role;
use domain::schema::FieldType;
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result, activities, calendar, contacts, deals, time};
use serde_json::Value;

use super::closing;
use super::holds::changed_stages;
use super::write::Draft;
use crate::Ctx;
use crate::ctx::{fault, internal};

/// How strictly a write is checked.
#[derive(Clone, Copy)]
pub(crate) enum Care<'a> {
    /// A person or program sends it.
    Full,
    /// A file of another calendar, which tells what was agreed elsewhere: the answers of all.
    File,
    /// An import: history as it was, so a stage's required fields are not asked for. The records that its rows point to are
    /// read together, not row by row.
    Import(&'a Referred),
}

/// Records that others point to.
pub(crate) type Referred = std::collections::HashMap<Id, Record>;

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn put(fields: &mut Fields, name: &str, value: impl Into<Value>) {
    match value.into() {
        Value::Null => fields.remove(name),
        Value::String(s) if s.is_empty() => fields.remove(name),
        v => fields.insert(name.to_owned(), v),
    };
}

/// Completes `fields` (the whole record as it will be) and refuses what breaks a rule.
pub(crate) async fn prepare(ctx: &Ctx, kind: Kind, before: Option<&Record>, fields: &mut Fields, care: Care<'_>) -> Result<()> {
    if before.is_none() {
        defaults(ctx, kind, fields);
    }
    calendar::stored::check_special(kind, fields)?;
    crate::phones::settle(ctx, kind, before, fields, care).await?;
    if matches!(kind, Kind::Company | Kind::Contact) {
        standing(ctx, before, fields);
    }
    match kind {
        Kind::Contact => {
            let name = contacts::full_name(text(fields, "given_name"), text(fields, "family_name"));
            if name.is_empty() {
                return Err(Error::invalid("family_name", "required"));
            }
            put(fields, "name", name);
        }
        Kind::Note => {
            let name = activities::note_name(text(fields, "body"));
            put(fields, "name", name);
        }
        Kind::Task => {
            let done = fields.get("done").and_then(Value::as_bool).unwrap_or(false);
            if !done {
                put(fields, "done_at", Value::Null);
            } else if !before.is_some_and(|b| b.flag("done")) {
                put(fields, "done_at", ctx.app.now_text());
            }
        }
        Kind::Deal => deal(ctx, before, fields, care)?,
        Kind::Company => own_ancestry(ctx, before, fields).await?,
        Kind::Pipeline => pipeline(ctx, before, fields)?,
        Kind::User => user(ctx, before, fields)?,
        Kind::Event => crate::calendar::prepare(ctx, before, fields, matches!(care, Care::Full))?,
        _ => {}
    }
    references(ctx, kind, before, fields, care).await
}

/// Since when a customer is where they are, and when somebody last made sure of what is written: nobody will have tomorrow.
fn standing(ctx: &Ctx, before: Option<&Record>, fields: &mut Fields) {
    let was = before.map(|b| b.text("lifecycle")).unwrap_or_default();
    let now = text(fields, "lifecycle");
    if now.is_empty() {
        put(fields, "lifecycle_since", Value::Null);
    } else if now != was || text(fields, "lifecycle_since").is_empty() {
        put(fields, "lifecycle_since", ctx.app.now_text());
    }
    let present = ctx.app.now_text();
    if text(fields, "verified_at") > present.as_str() {
        put(fields, "verified_at", present);
    }
}

/// What a new record starts with.
fn defaults(ctx: &Ctx, kind: Kind, fields: &mut Fields) {
    let actor = ctx.actor().map(|a| a.to_string());
    if matches!(kind, Kind::Company | Kind::Contact | Kind::Deal | Kind::Task | Kind::Note | Kind::Call)
        && !fields.contains_key("owner")
        && let Some(actor) = actor.clone()
    {
        put(fields, "owner", actor);
    }
    match kind {
        Kind::Event if !fields.contains_key("organiser") => put(fields, "organiser", actor.map_or(Value::Null, Value::String)),
        Kind::Call if !fields.contains_key("at") => put(fields, "at", ctx.app.now_text()),
        Kind::Pipeline if !fields.contains_key("currency") => put(fields, "currency", ctx.app.directory().currency().to_owned()),
        _ => {}
    }
}

fn deal(ctx: &Ctx, before: Option<&Record>, fields: &mut Fields, care: Care<'_>) -> Result<()> {
    let directory = ctx.app.directory();
    if !fields.contains_key("pipeline") {
        match directory.pipelines.first() {
            Some(p) => put(fields, "pipeline", p.id.to_string()),
            None => return Err(Error::invalid("pipeline", "no_pipeline")),
        }
    }
    let pipeline = Id::parse(text(fields, "pipeline")).and_then(|id| directory.pipeline(id).cloned());
    let Some(pipeline) = pipeline else { return Err(Error::invalid("pipeline", "reference")) };
    let moved_over = before.is_some_and(|b| b.text("pipeline") != text(fields, "pipeline"));
    let stage = match text(fields, "stage") {
        "" => pipeline.first(StageKind::Open),
        id => match pipeline.stage(id) {
            Some(s) => Some(s),
            // A stage of the old pipeline means nothing in the new one.
            None if moved_over => pipeline.first(StageKind::Open),
            None => None,
        },
    };
    let Some(stage) = stage.cloned() else { return Err(no_such_stage(&pipeline)) };
    put(fields, "stage", stage.id.clone());
    if !matches!(care, Care::Import(_)) {
        closing::belongs(before, &stage, fields)?;
    }
    let entered = before.is_none_or(|b| b.text("stage") != stage.id) || moved_over;
    if entered {
        enter(ctx, &stage, fields, care)?;
    }
    if !fields.contains_key("rank") {
        put(fields, "rank", newest_rank(ctx.app.now()));
    }
    closing::days(ctx, before, fields);
    closing::in_order(before.map(|b| &b.fields), fields).map_err(|e| Error::Invalid { fields: vec![e] })
}

fn no_such_stage(pipeline: &Pipeline) -> Error {
    let names: Vec<&str> = pipeline.stages.iter().map(|s| s.id.as_str()).collect();
    Error::Invalid { fields: vec![FieldError::new("stage", "stage").with("options", names.join(", "))] }
}

fn enter(ctx: &Ctx, stage: &Stage, fields: &mut Fields, care: Care<'_>) -> Result<()> {
    if !matches!(care, Care::Import(_)) {
        let missing = deals::missing_for(stage, fields);
        if !missing.is_empty() {
            return Err(Error::Invalid { fields: missing });
        }
    }
    put(fields, "status", stage.kind.name());
    // An imported deal has been in its stage since it was opened or closed, as far as is known.
    let known = if matches!(care, Care::Import(_)) {
        let day = match stage.kind {
            StageKind::Open => text(fields, "opened_on"),
            _ => text(fields, "closed_at"),
        };
        time::parse_date(day).map(|d| time::instant(domain::filter::days_since_epoch(d) * 86_400_000))
    } else {
        None
    };
    put(fields, "stage_since", known.unwrap_or_else(|| ctx.app.now_text()));
    match stage.kind {
        StageKind::Open => {
            for name in ["closed_at", "won_reason", "lost_reason"] {
                put(fields, name, Value::Null);
            }
        }
        StageKind::Won | StageKind::Lost => {
            let other = if stage.kind == StageKind::Won { "lost_reason" } else { "won_reason" };
            put(fields, other, Value::Null);
            closing::closing_day(ctx, fields);
        }
    }
    Ok(())
}

/// Newer deals stand above older ones: the rank counts down as time goes on.
pub(crate) fn newest_rank(now_ms: i64) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static LAST: AtomicU64 = AtomicU64::new(0);
    // Microseconds leave room for a thousand deals in each millisecond of an import.
    let now = u64::try_from(now_ms.max(0)).unwrap_or(0) * 1_000;
    let mut unique = now;
    let _ = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| {
        unique = now.max(last + 1);
        Some(unique)
    });
    const SPACE: u64 = 36_u64.pow(11);
    deals::rank_at_width(SPACE - 1 - unique % SPACE, 11)
}

/// Companies that may stand above each other.
pub(crate) const DEEPEST: usize = 50;

/// Nobody becomes their own ancestor. `together`: the parents that others get in the same write.
pub(super) async fn ancestry(ctx: &Ctx, company: Id, parent: Id, together: &BTreeMap<Id, Option<Id>>) -> Result<()> {
    let mut at = Some(parent);
    for _ in 0..DEEPEST {
        let Some(above) = at else { return Ok(()) };
        if above == company {
            break;
        }
        at = match together.get(&above) {
            Some(parent) => *parent,
            None => ctx.app.0.store.get(Kind::Company, above).await.map_err(fault)?.and_then(|c| c.id_of("parent")),
        };
    }
    if at.is_none() { Ok(()) } else { Err(Error::invalid("parent", "own_ancestor")) }
}

async fn own_ancestry(ctx: &Ctx, before: Option<&Record>, fields: &Fields) -> Result<()> {
    let (Some(me), Some(parent)) = (before.map(|b| b.id), Id::parse(text(fields, "parent"))) else { return Ok(()) };
    ancestry(ctx, me, parent, &BTreeMap::new()).await
}

/// A stage with deals is neither taken away nor turned from open to closed behind their backs.
fn pipeline(ctx: &Ctx, before: Option<&Record>, fields: &mut Fields) -> Result<()> {
    // One that was taken before its code was looked up stays until it is changed.
    if before.is_none_or(|b| b.text("currency") != text(fields, "currency")) {
        let currency = super::currency("currency", text(fields, "currency")).map_err(|e| Error::Invalid { fields: vec![e] })?;
        put(fields, "currency", currency.code());
    }
    let Some(before) = before else { return Ok(()) };
    let mut errors = Vec::new();
    // Said at once as far as the index knows; the transaction looks for itself.
    for stage in changed_stages(before, &Record { fields: fields.clone(), ..before.clone() }) {
        let mut query = index::Query::all(Kind::Deal);
        query.filter = domain::filter::Plain::All(vec![
            domain::filter::Plain::OneOf("pipeline".to_owned(), vec![before.id.to_string()]),
            domain::filter::Plain::OneOf("stage".to_owned(), vec![domain::text::fold(&stage.id)]),
        ]);
        let count = ctx.app.0.index.count(&query).map_err(|e| internal(&e))?;
        if count > 0 {
            errors.push(FieldError::new("stages", "stage_in_use").with("stage", &stage.name).with("count", count));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
}

fn user(ctx: &Ctx, before: Option<&Record>, fields: &Fields) -> Result<()> {
    let (old, new) = (before.map(|b| b.text("role")).unwrap_or_default(), text(fields, "role"));
    let touches_owner = old != new && (old == "owner" || new == "owner");
    if touches_owner && ctx.me.role != Role::Owner {
        return Err(Error::invalid("role", "owner_only"));
    }
    let off = fields.get("disabled").and_then(Value::as_bool).unwrap_or(false);
    // Only an owner touches an owner's door.
    for name in ["email", "disabled"] {
        let touched = before.is_some_and(|b| b.fields.get(name) != fields.get(name));
        if touched && old == "owner" && ctx.me.role != Role::Owner {
            return Err(Error::invalid(name, "owner_only"));
        }
    }
    if let Some(before) = before
        && old == "owner"
        && (new != "owner" || off)
        && !other_owner(ctx, before.id)
    {
        return Err(Error::invalid(if off { "disabled" } else { "role" }, "last_owner"));
    }
    let zone = text(fields, "time_zone");
    if !zone.is_empty() && zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(Error::invalid("time_zone", "time_zone"));
    }
    Ok(())
}

fn in_charge(user: &Record) -> bool {
    user.text("role") == "owner" && user.deleted_at.is_none() && !user.flag("disabled")
}

fn other_owner(ctx: &Ctx, than: Id) -> bool {
    ctx.app.directory().users.values().any(|u| u.id != than && in_charge(u))
}

/// Of several people at once too: all these together must not take away the last owner.
pub(crate) fn keep_an_owner(ctx: &Ctx, drafts: &[Draft]) -> Result<()> {
    let leaves = |d: &Draft| d.now.kind == Kind::User && d.before.as_ref().is_some_and(in_charge) && !in_charge(&d.now);
    if !drafts.iter().any(leaves) {
        return Ok(());
    }
    let will_be = |id: Id| drafts.iter().find(|d| d.now.id == id).map(|d| &d.now);
    let stays = ctx.app.directory().users.values().any(|u| in_charge(will_be(u.id).unwrap_or(u)));
    if stays { Ok(()) } else { Err(Error::invalid("role", "last_owner")) }
}

/// May it go to the bin?
pub(crate) fn check_removal(ctx: &Ctx, record: &Record) -> Result<()> {
    match record.kind {
        Kind::User if record.id == ctx.me.id => Err(Error::invalid("id", "remove_yourself")),
        Kind::User if record.text("role") == "owner" && ctx.me.role != Role::Owner => Err(Error::invalid("role", "owner_only")),
        Kind::User if record.text("role") == "owner" && !other_owner(ctx, record.id) => Err(Error::invalid("role", "last_owner")),
        Kind::Pipeline => {
            let mut query = index::Query::all(Kind::Deal);
            query.filter = domain::filter::Plain::OneOf("pipeline".to_owned(), vec![record.id.to_string()]);
            let count = ctx.app.0.index.count(&query).map_err(|e| internal(&e))?;
            if count > 0 {
                return Err(Error::Invalid { fields: vec![FieldError::new("id", "pipeline_in_use").with("count", count)] });
            }
            if ctx.app.directory().pipelines.len() < 2 {
                return Err(Error::invalid("id", "last_pipeline"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Every changed relation points to something that exists, is in use and may be seen.
async fn references(ctx: &Ctx, kind: Kind, before: Option<&Record>, fields: &mut Fields, care: Care<'_>) -> Result<()> {
    let directory = ctx.app.directory();
    let who = ctx.who();
    let mut errors = Vec::new();
    let mut deal_owner: Option<Option<Id>> = None;
    for field in kind.fields() {
        let (target, ids) = match field.ty {
            FieldType::Ref(target) => (target, Id::parse(text(fields, field.name)).into_iter().collect()),
            FieldType::Refs(target) => {
                let list = fields.get(field.name).and_then(Value::as_array);
                (target, list.map(|l| l.iter().filter_map(Value::as_str).filter_map(Id::parse).collect()).unwrap_or_default())
            }
            _ => continue,
        };
        let ids: Vec<Id> = ids;
        let same = before.is_some_and(|b| b.fields.get(field.name) == fields.get(field.name));
        if ids.is_empty() || same || field.name == "deal_owner" {
            continue;
        }
        // A dry run knows people and rooms that an earlier file would have brought.
        let ahead = |id: &Id| matches!(care, Care::Import(read) if read.get(id).is_some_and(|r| r.kind == target));
        let mut unknown: Vec<Id> = ids.iter().copied().filter(|id| directory.knows(target, *id) == Some(false) && !ahead(id)).collect();
        if directory.knows(target, Id(uuid::Uuid::nil())).is_none() {
            let found: Vec<Record> = match care {
                Care::Import(read) => ids.iter().filter_map(|id| read.get(id)).filter(|r| r.kind == target).cloned().collect(),
                Care::Full | Care::File => ctx.app.0.store.get_many(target, &ids).await.map_err(fault)?,
            };
            let usable = |id: &Id| found.iter().any(|r| r.id == *id && r.deleted_at.is_none() && who.sees(r));
            unknown.extend(ids.iter().filter(|id| !usable(id)));
            if target == Kind::Deal {
                deal_owner = Some(found.first().and_then(Record::owner));
            }
        }
        if let Some(id) = unknown.first() {
            errors.push(FieldError::new(field.name, "unknown_reference").with("value", id));
        }
    }
    if kind.is_activity() {
        if !fields.contains_key("deal") {
            put(fields, "deal_owner", Value::Null);
        } else if let Some(owner) = deal_owner {
            put(fields, "deal_owner", owner.map_or(Value::Null, |o| o.to_string().into()));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
}

/// An undo writes old values as they were, without the care for a new write; but what holds for every record holds for it:
/// who may be owner, stages that deals stand in, ancestors, and who sees what hangs on a deal.
pub(crate) async fn retrace(ctx: &Ctx, before: &Record, fields: &mut Fields) -> Result<()> {
    if before.kind == Kind::Event {
        crate::calendar::organised_again(ctx, before, fields)?;
    }
    match before.kind {
        Kind::Company => own_ancestry(ctx, Some(before), fields).await,
        Kind::Pipeline => pipeline(ctx, Some(before), fields),
        Kind::User => user(ctx, Some(before), fields),
        Kind::Deal => {
            let directory = ctx.app.directory();
            match Id::parse(text(fields, "pipeline")).and_then(|id| directory.pipeline(id)) {
                Some(p) if before.id_of("pipeline") != Some(p.id) && directory.knows(Kind::Pipeline, p.id) == Some(false) => {
                    Err(in_bin(Some(p)))
                }
                Some(p) if p.stage(text(fields, "stage")).is_some_and(|s| s.kind.name() == text(fields, "status")) => {
                    closing::in_order(Some(&before.fields), fields).map_err(|e| Error::Invalid { fields: vec![e] })
                }
                Some(p) => Err(no_such_stage(p)),
                None => Err(Error::invalid("pipeline", "reference")),
            }
        }
        kind if kind.is_activity() && before.text("deal") != text(fields, "deal") => {
            let owner = match Id::parse(text(fields, "deal")) {
                Some(id) => ctx.app.0.store.get(Kind::Deal, id).await.map_err(fault)?.and_then(|d| d.owner()),
                None => None,
            };
            put(fields, "deal_owner", owner.map_or(Value::Null, |o| o.to_string().into()));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Out of the bin: a stage that went meanwhile, or is now of another kind, would leave the deal on no board, and so would a
/// pipeline that is in the bin itself. `with`: what comes out together with it.
pub(crate) fn bring_back(ctx: &Ctx, record: &mut Record, with: &[Draft]) -> Result<()> {
    if record.kind != Kind::Deal {
        return Ok(());
    }
    let Some(id) = record.id_of("pipeline") else { return Ok(()) };
    let directory = ctx.app.directory();
    let pipeline = match with.iter().find(|d| d.now.id == id) {
        Some(draft) if draft.now.deleted_at.is_none() => Pipeline::of(&draft.now),
        Some(_) => None,
        None => directory.pipelines.iter().find(|p| p.id == id).cloned(),
    };
    let Some(pipeline) = pipeline else { return Err(in_bin(directory.pipeline(id))) };
    let status = record.text("status");
    if pipeline.stage(record.text("stage")).is_none_or(|s| s.kind.name() != status)
        && let Some(stage) = pipeline.stages.iter().find(|s| s.kind.name() == status).or(pipeline.first(StageKind::Open))
    {
        let (kind, stage) = (stage.kind.name(), stage.id.clone());
        put(&mut record.fields, "status", kind);
        put(&mut record.fields, "stage", stage);
    }
    Ok(())
}

/// No deal comes back into a pipeline that nobody sees.
fn in_bin(pipeline: Option<&Pipeline>) -> Error {
    let name = pipeline.map_or("", |p| p.name.as_str());
    Error::Invalid { fields: vec![FieldError::new("pipeline", "pipeline_in_bin").with("pipeline", name)] }
}
