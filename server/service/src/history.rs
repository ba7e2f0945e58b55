//! Taking changes back. An undo is a new change with the old values; fields that somebody changed since then are refused
//! with what they hold now.

mod kept;

use std::collections::{BTreeSet, HashMap, VecDeque};

use domain::import::{Kept, KeptBecause};
use domain::list::{ListPage, ListQuery};
use domain::record::{Change, ChangeOp, Done, Refused};
use domain::rights::Act;
use domain::{Error, Id, Kind, Record, Result, fields};

use crate::Ctx;
use crate::ctx::fault;
use crate::records::{self, Draft};
use kept::Keeping;

/// Changes written in one transaction.
const STEP: usize = 100;

/// Takes these changes back, the newest first. When one of them cannot be, none is; when something comes between while they
/// are being written, what is left is told. Sent again they go on from there, and nothing is taken back twice.
pub async fn undo(ctx: &Ctx, changes: &[Id]) -> Result<Done> {
    ctx.may_write()?;
    let steps = steps(known(ctx, changes).await?);
    if steps.len() > 1 {
        for step in &steps {
            drafts(ctx, step, &mut Strict::Yes).await?;
        }
    }
    let mut done = Done::default();
    let mut steps: VecDeque<Vec<Change>> = steps.into();
    while let Some(step) = steps.pop_front() {
        match take_back(ctx, &step, &mut Strict::Yes).await {
            Ok(some) => {
                done.records.extend(some.records);
                done.changes.extend(some.changes);
            }
            // Much text in each of them: fewer at a time.
            Err(e) if records::is_too_heavy(&e) && halves(&step).is_some() => {
                for half in halves(&step).into_iter().flat_map(|(first, second)| [second, first]) {
                    steps.push_front(half);
                }
            }
            Err(e) if done.changes.is_empty() => return Err(e),
            Err(e) => {
                done.left = step.iter().chain(steps.iter().flatten()).map(|c| c.id).collect();
                done.why = Some(Box::new(e));
                break;
            }
        }
    }
    Ok(done)
}

/// Takes back what was done to many records at once, one by one: what cannot be taken back (somebody changed it since, it lies
/// in the bin) stays as it is and is named, and the others do not wait for it. For acts whose parts stand for themselves.
pub async fn undo_each(ctx: &Ctx, changes: &[Id]) -> Result<Done> {
    ctx.may_write()?;
    let rows = known(ctx, changes).await?;
    if rows.iter().all(|c| rows.first().is_some_and(|first| first.record == c.record)) {
        return undo(ctx, changes).await;
    }
    let mut done = Done::default();
    let mut steps: VecDeque<Vec<Change>> = steps(rows).into();
    while let Some(step) = steps.pop_front() {
        match take_back(ctx, &step, &mut Strict::Yes).await {
            Ok(some) => {
                done.records.extend(some.records);
                done.changes.extend(some.changes);
            }
            Err(e @ (Error::Conflict(_) | Error::Invalid { .. } | Error::Forbidden | Error::NotFound)) => {
                match (halves(&step), step.first()) {
                    // Which of them it is shows by itself.
                    (Some((first, second)), _) => [second, first].into_iter().for_each(|half| steps.push_front(half)),
                    (None, Some(change)) => done.refused.push(left_as_it_is(change, e)),
                    (None, None) => {}
                }
            }
            Err(e) if done.changes.is_empty() && done.refused.is_empty() => return Err(e),
            Err(e) => {
                done.left = step.iter().chain(steps.iter().flatten()).map(|c| c.id).collect();
                done.why = Some(Box::new(e));
                break;
            }
        }
    }
    Ok(done)
}

fn left_as_it_is(change: &Change, why: Error) -> Refused {
    // Of what one does not see, not even the name.
    let name = if why == Error::NotFound { String::new() } else { change.name.clone() };
    let why = if matches!(why, Error::Conflict(_)) { Error::invalid("id", "changed_since") } else { why };
    Refused { kind: change.kind, id: change.record, name, why }
}

/// These changes, the newest first. One that is not known is not passed over in silence.
async fn known(ctx: &Ctx, changes: &[Id]) -> Result<Vec<Change>> {
    let mut rows = Vec::with_capacity(changes.len());
    for some in changes.chunks(1000) {
        rows.extend(ctx.app.0.store.changes(some).await.map_err(fault)?);
    }
    if rows.is_empty() || rows.iter().map(|c| c.id).collect::<BTreeSet<_>>() != changes.iter().copied().collect() {
        return Err(Error::NotFound);
    }
    rows.sort_by_key(|c| std::cmp::Reverse(c.id));
    rows.dedup_by_key(|c| c.id);
    Ok(rows)
}

/// Two steps out of one, where another record's changes begin.
fn halves(step: &[Change]) -> Option<(Vec<Change>, Vec<Change>)> {
    let groups: Vec<&[Change]> = step.chunk_by(|a, b| a.record == b.record).collect();
    let (first, second) = groups.split_at_checked(groups.len() / 2).filter(|(first, _)| !first.is_empty())?;
    Some((first.concat(), second.concat()))
}

/// The changes of one record stay together: they become one.
fn steps(rows: Vec<Change>) -> Vec<Vec<Change>> {
    let mut of: HashMap<Id, usize> = HashMap::new();
    let mut groups: Vec<Vec<Change>> = Vec::new();
    for change in rows {
        let at = *of.entry(change.record).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    let mut steps: Vec<Vec<Change>> = Vec::new();
    for group in groups {
        match steps.last_mut().filter(|s| s.len() + group.len() <= STEP) {
            Some(step) => step.extend(group),
            None => steps.push(group),
        }
    }
    steps
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

/// How many records of each of these kinds lie in the bin, and the kind of what was deleted last.
pub async fn bin_counts(ctx: &Ctx, kinds: &[Kind]) -> Result<(Vec<(Kind, i64)>, Option<Kind>)> {
    let query = ListQuery { deleted: true, sort: "-updated_at".to_owned(), limit: 1, count: true, ..ListQuery::default() };
    let (mut counts, mut newest) = (Vec::new(), None);
    // Each once, however often it is named.
    for kind in kinds.iter().enumerate().filter(|(at, kind)| !kinds.iter().take(*at).any(|k| k == *kind)).map(|(_, kind)| kind) {
        let page = records::list(ctx, *kind, &query).await?;
        counts.push((*kind, page.total.unwrap_or(0)));
        newest = newest.max(page.records.first().and_then(|r| Some((r.deleted_at.clone()?, kind))));
    }
    Ok((counts, newest.map(|(_, kind)| *kind)))
}

/// Takes a whole import back, but for what was worked on since, which is returned. `progress` hears how many of the
/// import's changes were looked at. Their list is read once: a page of the history at a time would read all of it for each.
pub(crate) async fn undo_import(ctx: &Ctx, import: Id, mut progress: impl FnMut(usize)) -> Result<Vec<Kept>> {
    let made = ctx.app.0.store.changes_of_import(import).await.map_err(fault)?;
    let Some(first) = made.last() else { return Ok(Vec::new()) };
    let mut how = Strict::No(Box::new(Keeping::find(ctx, import, first.id).await?));
    let mut seen = 0;
    // A pipeline goes when its deals are gone, not together with them: each kind in a transaction of its own.
    for chunk in made.chunk_by(|a, b| a.kind == b.kind).flat_map(|same| same.chunks(STEP)) {
        let ids: Vec<Id> = chunk.iter().map(|m| m.id).collect();
        let mut changes = ctx.app.0.store.changes(&ids).await.map_err(fault)?;
        changes.sort_by_key(|c| std::cmp::Reverse(c.id));
        let mut parts = VecDeque::from([changes]);
        while let Some(part) = parts.pop_front() {
            match take_back(ctx, &part, &mut how).await {
                Ok(_) => {}
                Err(e) if records::is_too_heavy(&e) && part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push_front(second.to_vec());
                    parts.push_front(first.to_vec());
                }
                Err(e) => return Err(e),
            }
        }
        seen += chunk.len();
        progress(seen);
    }
    Ok(match how {
        Strict::No(keeping) => keeping.list(),
        Strict::Yes => Vec::new(),
    })
}

/// Is what cannot be taken back left as it is (an import's undo), or is all refused?
enum Strict {
    Yes,
    No(Box<Keeping>),
}

async fn take_back(ctx: &Ctx, changes: &[Change], strict: &mut Strict) -> Result<Done> {
    for _ in 0..20 {
        let drafts = drafts(ctx, changes, strict).await?;
        if drafts.is_empty() {
            return Ok(Done::default());
        }
        let records: Vec<Record> = drafts.iter().map(|d| d.now.clone()).collect();
        let drafts = Box::pin(crate::calendar::with_their_own(ctx, drafts, true)).await?;
        if let Ok(changes) = records::commit(ctx, drafts, vec![]).await? {
            return Ok(Done { records, changes: changes.into_iter().map(|c| c.id).collect(), ..Done::default() });
        }
    }
    Err(Error::Unavailable)
}

/// What taking these changes back comes to, as the records are now.
async fn drafts(ctx: &Ctx, changes: &[Change], strict: &mut Strict) -> Result<Vec<Draft>> {
    let wanted: Vec<(Kind, Id)> = changes.iter().map(|c| (c.kind, c.record)).collect::<BTreeSet<_>>().into_iter().collect();
    let found = records::get_mixed(ctx, &wanted).await?;
    let found: HashMap<Id, Record> = found.into_iter().map(|r| (r.id, r)).collect();
    let mut drafts: Vec<Draft> = Vec::new();
    for change in changes {
        let Some(stored) = found.get(&change.record) else {
            if let Strict::No(_) = strict {
                continue;
            }
            return Err(Error::NotFound);
        };
        if matches!(&strict, Strict::No(keeping) if keeping.keeps(change.record)) {
            continue;
        }
        // Whoever took it back wrote the record since.
        if stored.version > change.version && is_taken_back(ctx, change.id).await? {
            continue;
        }
        // Two changes of one record in one step: the second undo builds on the first.
        let earlier = drafts.iter().position(|d| d.now.id == change.record).map(|i| drafts.remove(i));
        let current = earlier.as_ref().map_or_else(|| stored.clone(), |d| d.now.clone());
        if let Strict::No(keeping) = strict
            && change.op == ChangeOp::Update
            && !fields::clashes(&current.fields, &change.before, &change.after).is_empty()
        {
            keeping.keep(stored, KeptBecause::Edited);
        }
        let lenient = matches!(strict, Strict::No(_));
        let draft = match (draft(ctx, change, current, &drafts, lenient).await, &mut *strict) {
            (Ok(d), _) => d,
            (Err(Error::Forbidden | Error::Invalid { .. }), Strict::No(keeping)) => {
                keeping.keep(stored, KeptBecause::Refused);
                None
            }
            (Err(e), _) => return Err(e),
        };
        match (draft, earlier) {
            (Some(mut d), Some(first)) => {
                d.now.version = first.now.version;
                d.before = first.before;
                d.undoes.splice(0..0, first.undoes);
                drafts.push(d);
            }
            (Some(d), None) => drafts.push(d),
            (None, Some(first)) => drafts.push(first),
            (None, None) => {}
        }
    }
    drafts.retain(|d| !d.is_idle());
    Ok(drafts)
}

/// Undos of undos that are followed.
const CHAIN: usize = 200;

/// Was this change taken back, and did that stand? What took it back may have been taken back as well, and so on: only when
/// an undo was taken back can there be a later one, so the newest decides each time. Whoever has gone to and fro more often
/// than [`CHAIN`] hears that it was: nothing is taken back twice.
async fn is_taken_back(ctx: &Ctx, change: Id) -> Result<bool> {
    let (mut at, mut taken) = (change, false);
    for _ in 0..CHAIN {
        let by = ctx.app.0.store.history(at, None, 100).await.map_err(fault)?;
        let Some(undo) = by.iter().find(|c| c.undoes.is_some()) else { return Ok(taken) };
        (at, taken) = (undo.id, !taken);
    }
    Ok(true)
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

fn is_answer(change: &Change) -> bool {
    change.kind == Kind::Event && change.before.keys().chain(change.after.keys()).all(|field| field == "answers")
}

/// `with`: what is taken back together with it.
async fn draft(ctx: &Ctx, change: &Change, current: Record, with: &[Draft], lenient: bool) -> Result<Option<Draft>> {
    let who = ctx.who();
    let slip = change.op == ChangeOp::Create && !who.may(Act::Delete, &current) && is_still_theirs(ctx, change, &current).await?;
    let act = match change.op {
        // An answer is taken back by whoever gave it, and by nobody else.
        ChangeOp::Update if is_answer(change) && change.actor.is_some() && change.actor == ctx.actor() => Act::View,
        ChangeOp::Update if is_answer(change) => return Err(Error::Forbidden),
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
            records::bring_back(ctx, &mut now, with)?;
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
    Ok(Some(Draft { undoes: vec![change.id], empties: lenient, ..Draft::new(op, Some(current), now) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::new_id;
    use crate::{App, Clock, Config};

    /// Each change takes back the one before it.
    async fn to_and_fro(app: &App, times: usize) -> Id {
        let change = |undoes: Option<Id>| Change {
            id: new_id(),
            at: app.now_text(),
            actor: None,
            actor_name: String::new(),
            op: ChangeOp::Update,
            kind: Kind::Company,
            record: new_id(),
            name: "A".to_owned(),
            version: 1,
            before: domain::Fields::new(),
            after: domain::Fields::new(),
            undoes,
            import: None,
        };
        let first = change(None);
        let mut changes = vec![(first.clone(), Vec::new())];
        let mut last = first.id;
        for _ in 0..times {
            let next = change(Some(last));
            changes.push((next.clone(), vec![last]));
            last = next.id;
        }
        let write = store::Write { changes, ..store::Write::default() };
        app.0.store.write(&write).await.unwrap();
        first.id
    }

    #[tokio::test]
    async fn an_undo_that_went_to_and_fro_a_thousand_times_is_looked_through_in_bounds() {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let ctx = app.system("test");
        for (times, taken) in [(0, false), (1, true), (2, false), (7, true), (8, false)] {
            assert_eq!(is_taken_back(&ctx, to_and_fro(&app, times).await).await.unwrap(), taken, "{times}");
        }
        let asked = || app.counters().queries.load(std::sync::atomic::Ordering::Relaxed);
        let long = to_and_fro(&app, 1_000).await;
        let before = asked();
        assert!(is_taken_back(&ctx, long).await.unwrap(), "in doubt nothing is taken back twice");
        // A few are asked in the background.
        assert!(asked() - before < u64::try_from(CHAIN).unwrap() + 100, "{}", asked() - before);
    }
}
