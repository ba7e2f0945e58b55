//! Taking changes back. An undo is a new change with the old values; fields that somebody changed since then are refused
//! with what they hold now.

use std::collections::HashMap;

use domain::list::{ListPage, ListQuery};
use domain::record::{Change, ChangeOp, Done};
use domain::rights::Act;
use domain::{Error, Id, Kind, Record, Result, fields};

use crate::Ctx;
use crate::ctx::fault;
use crate::records::{self, Draft};

/// Takes these changes back, the newest first.
pub async fn undo(ctx: &Ctx, changes: &[Id]) -> Result<Done> {
    ctx.may_write()?;
    let mut rows = ctx.app.0.store.changes(changes).await.map_err(fault)?;
    if rows.is_empty() {
        return Err(Error::NotFound);
    }
    rows.sort_by_key(|c| std::cmp::Reverse(c.id));
    let mut done = Done { records: Vec::new(), changes: Vec::new() };
    for chunk in rows.chunks(100) {
        let step = take_back(ctx, chunk, None).await?;
        done.records.extend(step.records);
        done.changes.extend(step.changes);
    }
    Ok(done)
}

/// Fifty records of the bin, those that were deleted last first; beside each, the change that put it there.
pub async fn bin(ctx: &Ctx, kind: Kind, skip: u32) -> Result<(ListPage, Vec<Option<Change>>)> {
    let query = ListQuery { deleted: true, sort: "-updated_at".to_owned(), skip, ..ListQuery::default() };
    let page = records::list(ctx, kind, &query).await?;
    let mut by = Vec::with_capacity(page.records.len());
    for record in &page.records {
        // The deletion is the last thing that happened to it; what belongs to it may have changed since.
        let rows = ctx.app.0.store.history(record.id, None, 20).await.map_err(fault)?;
        by.push(rows.into_iter().find(|c| c.record == record.id && c.op == ChangeOp::Delete));
    }
    Ok((page, by))
}

/// Takes a whole import back. Fields that somebody changed since keep their new value. `progress` hears how many of the
/// import's changes were looked at. Their list is read once: a page of the history at a time would read all of it for each.
pub(crate) async fn undo_import(ctx: &Ctx, import: Id, mut progress: impl FnMut(usize)) -> Result<usize> {
    let made = ctx.app.0.store.changes_of_import(import).await.map_err(fault)?;
    let (mut seen, mut count) = (0, 0);
    // A pipeline goes when its deals are gone, not together with them: each kind in a transaction of its own.
    for chunk in made.chunk_by(|a, b| a.kind == b.kind).flat_map(|same| same.chunks(100)) {
        let ids: Vec<Id> = chunk.iter().map(|m| m.id).collect();
        let mut changes = ctx.app.0.store.changes(&ids).await.map_err(fault)?;
        changes.sort_by_key(|c| std::cmp::Reverse(c.id));
        count += take_back(ctx, &changes, Some(import)).await?.changes.len();
        seen += chunk.len();
        progress(seen);
    }
    Ok(count)
}

/// With `import`, what clashes is left as it is now; otherwise it is refused.
async fn take_back(ctx: &Ctx, changes: &[Change], import: Option<Id>) -> Result<Done> {
    for _ in 0..20 {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut found: HashMap<Id, Record> = HashMap::new();
        for same in changes.chunk_by(|a, b| a.kind == b.kind) {
            let (Some(first), ids) = (same.first(), same.iter().map(|c| c.record).collect::<Vec<Id>>()) else { continue };
            found.extend(ctx.app.0.store.get_many(first.kind, &ids).await.map_err(fault)?.into_iter().map(|r| (r.id, r)));
        }
        for change in changes {
            // Two changes of one record in one step: the second undo builds on the first.
            let earlier = drafts.iter().position(|d| d.now.id == change.record).map(|i| drafts.remove(i));
            let current = match &earlier {
                Some(d) => Some(d.now.clone()),
                None => found.get(&change.record).cloned(),
            };
            let Some(current) = current.filter(|r| ctx.who().sees(r)) else {
                if import.is_some() {
                    continue;
                }
                return Err(Error::NotFound);
            };
            let draft = match draft(ctx, change, current, import.is_some()).await {
                Ok(d) => d,
                Err(Error::Forbidden | Error::Invalid { .. }) if import.is_some() => None,
                Err(e) => return Err(e),
            };
            match (draft, earlier) {
                (Some(mut d), Some(first)) => {
                    d.now.version = first.now.version;
                    d.before = first.before;
                    drafts.push(d);
                }
                (Some(d), None) => drafts.push(d),
                (None, Some(first)) => drafts.push(first),
                (None, None) => {}
            }
        }
        drafts.retain(|d| !d.is_idle());
        if drafts.is_empty() {
            return Ok(Done { records: Vec::new(), changes: Vec::new() });
        }
        let records: Vec<Record> = drafts.iter().map(|d| d.now.clone()).collect();
        if let Ok(changes) = records::commit(ctx, drafts, vec![]).await? {
            return Ok(Done { records, changes: changes.into_iter().map(|c| c.id).collect() });
        }
    }
    Err(Error::Unavailable)
}

/// Whoever just made it may take it back, as long as nobody else has built on it.
async fn is_still_theirs(ctx: &Ctx, made: &Change, current: &Record) -> Result<bool> {
    if made.actor != ctx.actor() {
        return Ok(false);
    }
    let rows = ctx.app.0.store.history(current.id, None, 100).await.map_err(fault)?;
    // So much history that its beginning is not among it: no slip that is taken back.
    let whole = rows.len() < 100;
    Ok(whole && rows.iter().filter(|c| c.record == current.id).all(|c| c.actor == made.actor))
}

async fn draft(ctx: &Ctx, change: &Change, current: Record, lenient: bool) -> Result<Option<Draft>> {
    let who = ctx.who();
    let slip = change.op == ChangeOp::Create && !who.may(Act::Delete, &current) && is_still_theirs(ctx, change, &current).await?;
    let act = match change.op {
        ChangeOp::Update => Act::Edit,
        _ if slip => Act::View,
        _ => Act::Delete,
    };
    if !who.may(act, &current) {
        return Err(Error::Forbidden);
    }
    let at = ctx.app.now_text();
    let mut now = Record { version: current.version + 1, updated_at: at.clone(), ..current.clone() };
    let op = match change.op {
        ChangeOp::Create | ChangeOp::Restore => {
            if current.deleted_at.is_some() {
                return Ok(None);
            }
            match records::check_removal(ctx, &current) {
                // An import that brought the only pipeline along leaves the house as empty as it was.
                Err(Error::Invalid { fields }) if lenient && fields.iter().all(|f| f.code == "last_pipeline") => {}
                other => other?,
            }
            now.deleted_at = Some(at);
            ChangeOp::Delete
        }
        ChangeOp::Delete => {
            if current.deleted_at.is_none() {
                return Ok(None);
            }
            now.deleted_at = None;
            records::bring_back(ctx, &mut now);
            ChangeOp::Restore
        }
        ChangeOp::Update => {
            if current.deleted_at.is_some() {
                return Err(Error::invalid("id", "in_bin"));
            }
            let mut patch = change.before.clone();
            let clashing = fields::clashes(&current.fields, &patch, &change.after);
            if !clashing.is_empty() {
                if !lenient {
                    return Err(records::conflict(ctx, current, clashing).await);
                }
                patch.retain(|name, _| !clashing.contains(name));
            }
            now.fields = fields::merged(&current.fields, &patch);
            if now.fields != current.fields {
                records::retrace(ctx, &current, &mut now.fields).await?;
            }
            ChangeOp::Update
        }
    };
    Ok(Some(Draft { before: Some(current), now, op, undoes: Some(change.id), import: None }))
}
