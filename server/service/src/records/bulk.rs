//! Many records at once: bulk acts of lists, and imports. Each record has its own change; people are told once.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::conflict::Found;
use domain::fields::Mode;
use domain::list::{BULK_MAX, Selection};
use domain::record::{Done, Refused};
use domain::schema::FieldType;
use domain::{Error, Fields, Id, Kind, Record, Result};

use super::checked::checked;
use super::hooks::{Care, Referred};
use super::write::{Beside, Draft, ROUNDS, commit, commit_checked, draft_create, draft_remove, draft_update, is_too_heavy};
use crate::Ctx;
use crate::calendar::Refuse;
use crate::ctx::fault;

/// A row of an import.
#[derive(Clone, Debug)]
pub(crate) enum BulkItem {
    Create { fields: Fields },
    Update { id: Id, fields: Fields },
}

impl BulkItem {
    pub fn id(&self) -> Option<Id> {
        match self {
            Self::Create { .. } => None,
            Self::Update { id, .. } => Some(*id),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum BulkResult {
    Created(Record),
    Updated(Record),
    /// Nothing would have changed.
    Same(Record),
    Failed(Error),
}

/// Rows a transaction.
const CHUNK: usize = 100;

/// Writes rows of an import: history as it was, so a stage's required fields are not asked for. Answers one result an item,
/// in their order. A row that fails leaves the others alone.
pub(crate) async fn write_bulk(ctx: &Ctx, kind: Kind, items: Vec<BulkItem>, import: Option<Id>) -> Result<Vec<BulkResult>> {
    ctx.may_write()?;
    let mut results = Vec::with_capacity(items.len());
    for chunk in items.chunks(CHUNK) {
        let mut round = 0;
        loop {
            let (drafts, outcome) = draft_all(ctx, kind, chunk, import, &Referred::new()).await?;
            if drafts.is_empty() {
                results.extend(outcome);
                break;
            }
            match commit(ctx, drafts, vec![]).await {
                Ok(Ok(_)) => {
                    results.extend(outcome);
                    break;
                }
                Ok(Err(_)) if round < ROUNDS => round += 1,
                Ok(Err(_)) => return Err(Error::Unavailable),
                // One row of the hundred breaks a rule that only the database sees, or all of them are too much at once.
                Err(Error::Invalid { .. } | Error::Clash { .. }) => {
                    for item in chunk {
                        results.push(one(ctx, kind, item, import).await?);
                    }
                    break;
                }
                Err(e) => return Err(e),
            }
        }
    }
    Ok(results)
}

async fn one(ctx: &Ctx, kind: Kind, item: &BulkItem, import: Option<Id>) -> Result<BulkResult> {
    for _ in 0..ROUNDS {
        let (drafts, mut outcome) = draft_all(ctx, kind, std::slice::from_ref(item), import, &Referred::new()).await?;
        let result = outcome.pop().ok_or(Error::Unavailable)?;
        if drafts.is_empty() {
            return Ok(result);
        }
        match commit(ctx, drafts, vec![]).await {
            Ok(Ok(_)) => return Ok(result),
            Ok(Err(_)) => {}
            Err(e @ (Error::Invalid { .. } | Error::Clash { .. })) => return Ok(BulkResult::Failed(e)),
            Err(e) => return Err(e),
        }
    }
    Err(Error::Unavailable)
}

/// One row alone, with what stands against it in the calendar. An error is the row's own, or the house's.
pub(crate) async fn write_checked(ctx: &Ctx, kind: Kind, item: &BulkItem, import: Id) -> Result<(BulkResult, Found)> {
    for _ in 0..ROUNDS {
        let (drafts, mut outcome) = draft_all(ctx, kind, std::slice::from_ref(item), Some(import), &Referred::new()).await?;
        let result = outcome.pop().ok_or(Error::Unavailable)?;
        if drafts.is_empty() {
            return Ok((result, Found::default()));
        }
        if let Ok((_, found)) = commit_checked(ctx, drafts, Beside::default(), Refuse::Strict).await? {
            return Ok((result, found));
        }
    }
    Err(Error::Unavailable)
}

/// The same as far as it can be seen without writing; what needs no writing or fails is said at once. `ahead`: records that
/// would be there by then.
pub(crate) async fn draft_row(ctx: &Ctx, kind: Kind, item: &BulkItem, ahead: &Referred) -> Result<Result<Draft, BulkResult>> {
    let (mut drafts, mut outcome) = draft_all(ctx, kind, std::slice::from_ref(item), None, ahead).await?;
    let result = outcome.pop().ok_or(Error::Unavailable)?;
    Ok(drafts.pop().ok_or(result))
}

async fn draft_all(
    ctx: &Ctx,
    kind: Kind,
    items: &[BulkItem],
    import: Option<Id>,
    ahead: &Referred,
) -> Result<(Vec<Draft>, Vec<BulkResult>)> {
    let ids: Vec<Id> = items.iter().filter_map(BulkItem::id).collect();
    let mut found = super::get_many(ctx, kind, &ids).await?;
    found.extend(ids.iter().filter_map(|id| ahead.get(id).cloned()));
    let referred = referred(ctx, kind, items, ahead).await?;
    let care = Care::Import(&referred);
    let mut drafts: Vec<Draft> = Vec::new();
    let mut results = Vec::new();
    for item in items {
        let draft = match item {
            BulkItem::Create { fields } => draft_create(ctx, kind, fields, care, import).await,
            BulkItem::Update { id, fields } => {
                // The same record twice in one chunk: the second builds on the first.
                let earlier = drafts.iter().position(|d| d.now.id == *id);
                let current = match earlier {
                    Some(i) => drafts.get(i).map(|d| d.now.clone()),
                    None => found.iter().find(|r| r.id == *id).cloned(),
                };
                match (current, checked(kind, fields, Mode::Patch)) {
                    (None, _) => Err(Error::NotFound),
                    (_, Err(e)) => Err(e),
                    (Some(current), Ok(patch)) => draft_update(ctx, current, &patch, care).await.map(|mut d| {
                        d.import = import;
                        if let Some(first) = earlier.and_then(|i| (i < drafts.len()).then(|| drafts.remove(i))) {
                            d.now.version = first.now.version;
                            d.op = first.op;
                            d.before = first.before;
                        }
                        d
                    }),
                }
            }
        };
        match draft {
            Ok(d) if d.is_idle() => results.push(BulkResult::Same(d.now)),
            Ok(d) => {
                results.push(match item {
                    BulkItem::Create { .. } => BulkResult::Created(d.now.clone()),
                    BulkItem::Update { .. } => BulkResult::Updated(d.now.clone()),
                });
                drafts.push(d);
            }
            // What is wrong with a row is the row's affair; what is wrong with the house stops the work.
            Err(e @ (Error::Invalid { .. } | Error::NotFound | Error::Forbidden | Error::Conflict(_))) => {
                results.push(BulkResult::Failed(e))
            }
            Err(e) => return Err(e),
        }
    }
    Ok((drafts, results))
}

/// What the rows point to, in one question per kind.
async fn referred(ctx: &Ctx, kind: Kind, items: &[BulkItem], ahead: &Referred) -> Result<Referred> {
    let mut wanted: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
    for item in items {
        let (BulkItem::Create { fields } | BulkItem::Update { fields, .. }) = item;
        for field in kind.fields() {
            let (FieldType::Ref(target) | FieldType::Refs(target)) = field.ty else { continue };
            let value = fields.get(field.name);
            let one = value.and_then(|v| v.as_str()).and_then(Id::parse);
            let many = value.and_then(|v| v.as_array()).into_iter().flatten().filter_map(|v| v.as_str()).filter_map(Id::parse);
            wanted.entry(target).or_default().extend(many.chain(one));
        }
    }
    let mut out = Referred::new();
    for (kind, mut ids) in wanted {
        out.extend(ids.iter().filter_map(|id| Some((*id, ahead.get(id)?.clone()))));
        ids.retain(|id| !out.contains_key(id));
        // Users, teams and pipelines are known without asking.
        if ids.is_empty() || matches!(kind, Kind::User | Kind::Team | Kind::Pipeline | Kind::Resource) {
            continue;
        }
        let ids: Vec<Id> = ids.into_iter().collect();
        out.extend(ctx.app.0.store.get_many(kind, &ids).await.map_err(fault)?.into_iter().map(|r| (r.id, r)));
    }
    Ok(out)
}

async fn selected(ctx: &Ctx, kind: Kind, selection: &Selection) -> Result<Vec<Id>> {
    let ids = match selection {
        // One that is named twice is meant once: written twice in a transaction, it would stand in its own way for ever.
        Selection::Ids { ids } => {
            let mut seen = BTreeSet::new();
            ids.iter().copied().filter(|id| seen.insert(*id)).collect()
        }
        Selection::All { query } => super::find_ids(ctx, kind, query, BULK_MAX + 1)?,
    };
    if ids.len() > BULK_MAX {
        return Err(Error::Invalid { fields: vec![domain::FieldError::new("selection", "too_many").with("max", BULK_MAX)] });
    }
    Ok(ids)
}

/// The same change to many records; those that may not be edited are left out and counted in the difference.
pub async fn update_many(ctx: &Ctx, kind: Kind, selection: &Selection, sent: Fields) -> Result<Done> {
    ctx.may_write()?;
    let patch = checked(kind, &sent, Mode::Patch)?;
    let ids = selected(ctx, kind, selection).await?;
    act_on(ctx, kind, &ids, |current| {
        let patch = patch.clone();
        async move { draft_update(ctx, current, &patch, Care::Full).await }
    })
    .await
}

pub async fn remove_many(ctx: &Ctx, kind: Kind, selection: &Selection) -> Result<Done> {
    ctx.may_write()?;
    let ids = selected(ctx, kind, selection).await?;
    act_on(ctx, kind, &ids, |current| async move { draft_remove(ctx, current) }).await
}

async fn act_on<F, R>(ctx: &Ctx, kind: Kind, ids: &[Id], draft: F) -> Result<Done>
where
    F: Fn(Record) -> R,
    R: Future<Output = Result<Draft>>,
{
    let mut done = Done::default();
    let (mut at, mut size) = (0, CHUNK);
    while let Some(rest) = ids.get(at..).filter(|rest| !rest.is_empty()) {
        let chunk = rest.get(..size).unwrap_or(rest);
        match act_on_some(ctx, kind, chunk, &draft).await {
            Ok((records, changes, refused)) => {
                done.records.extend(records);
                done.changes.extend(changes);
                done.refused.extend(refused);
                at += chunk.len();
            }
            // Much text in each of them: fewer at a time.
            Err(e) if chunk.len() > 1 && is_too_heavy(&e) => size = chunk.len() / 2,
            Err(e) if done.changes.is_empty() => return Err(e),
            // What is written is written: whoever asked hears what, and can take it back.
            Err(e) => {
                done.left = rest.to_vec();
                done.why = Some(Box::new(e));
                return Ok(done);
            }
        }
    }
    match done.refused.first() {
        // Nothing at all could be done: say why.
        Some(first) if done.changes.is_empty() => Err(first.why.clone()),
        _ => Ok(done),
    }
}

/// What was written, its changes, and what a rule or a right forbids.
type Acted = (Vec<Record>, Vec<Id>, Vec<Refused>);

/// One transaction.
async fn act_on_some<F, R>(ctx: &Ctx, kind: Kind, ids: &[Id], draft: &F) -> Result<Acted>
where
    F: Fn(Record) -> R,
    R: Future<Output = Result<Draft>>,
{
    for _ in 0..ROUNDS {
        let records = ctx.app.0.store.get_many(kind, ids).await.map_err(fault)?;
        let who = ctx.who();
        let (mut drafts, mut refused) = (Vec::new(), Vec::new());
        for record in records.into_iter().filter(|r| who.sees(r) && r.deleted_at.is_none()) {
            let (id, name) = (record.id, record.name().to_owned());
            match draft(record).await {
                Ok(d) if d.is_idle() => {}
                Ok(d) => drafts.push(d),
                Err(e @ (Error::Invalid { .. } | Error::Forbidden)) => refused.push(Refused { kind, id, name, why: e }),
                Err(e) => return Err(e),
            }
        }
        let now: Vec<Record> = drafts.iter().map(|d| d.now.clone()).collect();
        if now.is_empty() {
            return Ok((now, Vec::new(), refused));
        }
        let drafts = Box::pin(crate::calendar::with_their_own(ctx, drafts, false)).await?;
        if let Ok(changes) = commit(ctx, drafts, vec![]).await? {
            return Ok((now, changes.into_iter().map(|c| c.id).collect(), refused));
        }
    }
    Err(Error::Unavailable)
}
