//! From a committed change to everything that lives on it: the directory, the index, then the live streams (so that
//! whoever reads again because of an event finds it). Also the start: filling or catching up the index; and, with several
//! servers on one database, following what the others commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::record::{Change, ChangeOp};
use domain::{Id, Kind, Record, Result, deals};
use index::{IndexDoc, Opened};

use crate::App;
use crate::ctx::{fault, internal};
use crate::live::{Happened, Message, Shadow};

/// A record as it is now, as it was before, and the change between; `parents`: the records whose pages show it too.
pub(crate) struct Committed {
    pub now: Record,
    pub before: Option<Record>,
    pub change: Change,
    pub parents: Vec<Id>,
}

/// More at once are told as one event.
const MANY: usize = 50;

pub(crate) fn index_doc(app: &App, record: &Record) -> IndexDoc {
    let doc = IndexDoc::of(record);
    if record.kind != Kind::Deal {
        return doc;
    }
    let directory = app.directory();
    match (record.money("amount"), directory.stage(record)) {
        (Some(amount), Some(stage)) => doc.weighted(deals::weighted(amount, stage, record.int("probability")).minor),
        _ => doc,
    }
}

/// Records whose derived fields changed along the way, without a change of their own: as they were, and as they are.
pub(crate) type Touched = Vec<(Record, Record)>;

/// What is committed reaches everybody as far as it can: one part that fails does not keep it from the others.
pub(crate) async fn publish(app: &App, committed: Vec<Committed>, touched: Touched) -> Result<()> {
    let Some(last) = committed.last().map(|c| c.change.id.to_string()) else { return Ok(()) };
    let known = if committed.iter().any(|c| is_in_directory(c.now.kind)) { directory(app).await } else { Ok(()) };
    // First: who writes next into somebody's calendar relies on it.
    app.0.book.take_in(committed.iter().map(|c| &c.now), committed.iter().map(|c| (c.change.kind, c.change.id)));
    crate::reminders::hear(app, committed.iter().map(|c| &c.now));
    let docs = committed.iter().map(|c| &c.now).chain(touched.iter().map(|(_, now)| now)).map(|r| index_doc(app, r)).collect();
    let mut indexed = app.0.index.apply(docs, last.clone()).await.map_err(|e| internal(&e));
    let pipelines = weighing(committed.iter().map(|c| &c.change));
    if indexed.is_ok() && !pipelines.is_empty() {
        indexed = reweigh(app, &pipelines, last).await;
    }
    crate::calendar::look_after(app, committed.iter().map(|c| (&c.now, &c.change)));
    announce(app, committed, &touched);
    known.and(indexed)
}

/// What followed a change after it, in a transaction of its own.
pub(crate) async fn publish_touched(app: &App, touched: &[(Record, Record)], last: &str) -> Result<()> {
    let docs = touched.iter().map(|(_, now)| index_doc(app, now)).collect();
    app.0.index.apply(docs, last.to_owned()).await.map_err(|e| internal(&e))?;
    announce(app, Vec::new(), touched);
    Ok(())
}

/// The database did not answer in time, so whether the write arrived is unknown: if it did, everybody hears of it later.
pub(crate) fn look_again(app: &App, committed: Vec<Committed>, touched: Touched) {
    let Some(first) = committed.first().map(|c| c.change.id) else { return };
    let app = app.clone();
    tokio::spawn(async move {
        for seconds in [1, 4, 15, 60] {
            tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
            if app.0.store.changes(&[first]).await.is_ok_and(|rows| !rows.is_empty()) {
                tracing::warn!(change = %first, "a write that seemed lost has arrived");
                let _ = publish(&app, committed, touched).await;
                return;
            }
        }
    });
}

const fn is_in_directory(kind: Kind) -> bool {
    matches!(kind, Kind::User | Kind::Team | Kind::Pipeline | Kind::Resource)
}

/// Rights hang on the directory: one that cannot be read now is read again until it can.
async fn directory(app: &App) -> Result<()> {
    let read = app.reload_directory().await;
    if read.is_err() {
        let app = app.clone();
        tokio::spawn(async move {
            while !app.0.hub.is_closed() {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                if app.reload_directory().await.is_ok() {
                    return;
                }
            }
        });
    }
    read
}

fn announce(app: &App, committed: Vec<Committed>, touched: &[(Record, Record)]) {
    let hub = &app.0.hub;
    if committed.len() > MANY || touched.len() > MANY {
        hub.tell(committed.iter().map(|c| c.change.id));
        let all = committed.iter().map(|c| (&c.now, c.before.as_ref())).chain(touched.iter().map(|(before, now)| (now, Some(before))));
        let mut kinds: BTreeMap<Kind, Vec<(&Record, Option<&Record>)>> = BTreeMap::new();
        for (now, before) in all {
            kinds.entry(now.kind).or_default().push((now, before));
        }
        for (kind, records) in kinds {
            hub.send(Message::Bulk(kind, Arc::new(Shadow::grouped(records.into_iter()))));
        }
        return;
    }
    for (before, now) in touched {
        hub.send(Message::Happened(Happened::touched(before, now)));
    }
    for c in committed {
        hub.send(Message::Happened(Happened::of(c)));
    }
}

/// Pipelines whose stages changed.
fn weighing<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<Id> {
    let stages = |c: &&Change| c.kind == Kind::Pipeline && c.op != ChangeOp::Create && c.after.contains_key("stages");
    changes.filter(stages).map(|c| c.record).collect()
}

/// A pipeline's probabilities changed: its deals weigh differently.
async fn reweigh(app: &App, pipelines: &[Id], last: String) -> Result<()> {
    for pipeline in pipelines {
        let mut query = index::Query::all(Kind::Deal);
        query.filter = domain::filter::Plain::OneOf("pipeline".to_owned(), vec![pipeline.to_string()]);
        let sort = domain::list::Sort { field: "created_at".to_owned(), descending: false };
        let mut cursor: Option<String> = None;
        loop {
            let page = app.0.index.list(&query, &sort, cursor.as_deref(), 0, 500, false).map_err(|e| internal(&e))?;
            let records = app.0.store.get_many(Kind::Deal, &page.ids).await.map_err(fault)?;
            let docs = records.iter().map(|r| index_doc(app, r)).collect();
            app.0.index.load(docs).await.map_err(|e| internal(&e))?;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        app.0.index.loaded(last.clone()).await.map_err(|e| internal(&e))?;
    }
    Ok(())
}

/// Does the index know only what this database holds? After an older copy of the database was put back it knows changes
/// that never were, and would show records that are not there.
pub(crate) async fn fits(store: &store::Store, found: &Opened) -> Result<bool, store::DbError> {
    let Opened::Ready { cursor, .. } = found else { return Ok(true) };
    match cursor.as_deref().and_then(Id::parse) {
        // It was filled before anything was changed.
        Some(Id(first)) if first.is_nil() => Ok(true),
        Some(last) => Ok(!store.changes(&[last]).await?.is_empty()),
        None => Ok(false),
    }
}

/// Brings the index to what the database holds: from the change it last knew, or from the records when it knows nothing.
pub(crate) async fn catch_up(app: &App, found: Opened) -> Result<()> {
    let known = match found {
        // Nothing was on its way when it was closed, and nobody else writes here.
        Opened::Ready { cursor: Some(cursor), in_order: true } if !app.config().is_shared() => Id::parse(&cursor),
        // Commits may have overtaken each other: a little is read twice.
        Opened::Ready { cursor: Some(cursor), .. } => Id::parse(&cursor).map(some_time_before),
        _ => None,
    };
    match known {
        Some(cursor) => replay(app, cursor, false).await.map(|_| ()),
        None => rebuild(app).await,
    }
}

/// The id that any change made ten seconds earlier has at least.
pub(crate) fn some_time_before(id: Id) -> Id {
    earlier(id, 10_000)
}

pub(crate) fn earlier(id: Id, by_ms: u128) -> Id {
    let ms = (id.0.as_u128() >> 80).saturating_sub(by_ms);
    Id(uuid::Uuid::from_u128(ms << 80))
}

async fn rebuild(app: &App) -> Result<()> {
    let began = std::time::Instant::now();
    // A change that is there, so that the next start can tell whether index and database belong together.
    let last = app.0.store.newest_change().await.map_err(fault)?.unwrap_or(Id(uuid::Uuid::nil()));
    let mut count = 0_usize;
    for kind in Kind::ALL {
        let mut after = None;
        loop {
            let page = app.0.store.scan(kind, after, 1000).await.map_err(fault)?;
            after = page.last().map(|r| r.id);
            count += page.len();
            let end = page.len() < 1000;
            let docs = page.iter().map(|r| index_doc(app, r)).collect();
            app.0.index.load(docs).await.map_err(|e| internal(&e))?;
            if end {
                break;
            }
        }
    }
    app.0.index.loaded(last.to_string()).await.map_err(|e| internal(&e))?;
    if count > 0 {
        tracing::info!(records = count, ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(0), "index filled");
    }
    Ok(())
}

/// Applies all changes after this id; answers the last.
async fn replay(app: &App, after: Id, tell: bool) -> Result<Id> {
    let mut at = after;
    loop {
        let changes = app.0.store.changes_after(Some(at), 500).await.map_err(fault)?;
        let Some(last) = changes.last().map(|c| c.id) else { return Ok(at) };
        at = last;
        let end = changes.len() < 500;
        take_over(app, changes, tell).await?;
        if end {
            return Ok(at);
        }
    }
}

async fn take_over(app: &App, changes: Vec<Change>, tell: bool) -> Result<()> {
    let Some(last) = changes.last().map(|c| c.id.to_string()) else { return Ok(()) };
    if changes.iter().any(|c| is_in_directory(c.kind)) {
        app.reload_directory().await?;
    }
    let mut records: BTreeMap<Id, Record> = BTreeMap::new();
    for kind in Kind::ALL {
        let ids: BTreeSet<Id> = changes.iter().filter(|c| c.kind == kind).map(|c| c.record).collect();
        let ids: Vec<Id> = ids.into_iter().collect();
        records.extend(app.0.store.get_many(kind, &ids).await.map_err(fault)?.into_iter().map(|r| (r.id, r)));
    }
    app.0.book.take_in(records.values(), changes.iter().map(|c| (c.kind, c.id)));
    crate::reminders::hear(app, records.values());
    let touched = touched_by(app, &changes, &records).await?;
    // All at once: the index says that it knows the last of them only when it knows every one.
    let docs: Vec<IndexDoc> = records.values().chain(&touched).map(|r| index_doc(app, r)).collect();
    app.0.index.apply(docs, last.clone()).await.map_err(|e| internal(&e))?;
    reweigh(app, &weighing(changes.iter()), last.clone()).await?;
    look_once_more(app, &touched, last);
    if !tell {
        return Ok(());
    }
    crate::calendar::look_after(app, changes.iter().filter_map(|c| Some((records.get(&c.record)?, c))));
    let mut told: Vec<Committed> = Vec::new();
    for change in changes {
        if let Some(now) = records.get(&change.record) {
            let parents = crate::records::parents(now);
            let before = (change.op != ChangeOp::Create).then(|| before(now, &change));
            told.push(Committed { now: now.clone(), before, change, parents });
        }
    }
    let touched: Vec<(Record, Record)> = touched.into_iter().map(|r| (r.clone(), r)).collect();
    announce(app, told, &touched);
    Ok(())
}

/// What is too much for one transaction follows its deal a little later, without a change of its own.
fn look_once_more(app: &App, touched: &[Record], last: String) {
    let weight = |r: &Record| store::Put { record: r.clone(), over: None }.weight();
    if touched.iter().map(weight).sum::<usize>() < store::HEAVIEST / 4 {
        return;
    }
    let ids: Vec<(Kind, Id)> = touched.iter().map(|r| (r.kind, r.id)).collect();
    let app = app.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        let outcome = match app.0.store.get_mixed(&ids).await.map_err(fault) {
            Ok(now) => publish_touched(&app, &now.into_iter().map(|r| (r.clone(), r)).collect::<Vec<_>>(), &last).await,
            Err(e) => Err(e),
        };
        if let Err(e) = outcome {
            tracing::warn!(error = %e, "what hangs on a deal may be found under its former owner");
        }
    });
}

/// Records that these changes wrote along with their own: the deals of tasks, and what hangs on deals that were given away.
async fn touched_by(app: &App, changes: &[Change], records: &BTreeMap<Id, Record>) -> Result<Vec<Record>> {
    let store = &app.0.store;
    let mut deals: BTreeSet<Id> = BTreeSet::new();
    let mut given: BTreeSet<Id> = BTreeSet::new();
    for change in changes {
        match change.kind {
            Kind::Task => {
                deals.extend(records.get(&change.record).and_then(|t| t.id_of("deal")));
                deals.extend(change.before.get("deal").and_then(|v| v.as_str()).and_then(Id::parse));
            }
            Kind::Deal if change.op != ChangeOp::Create && change.after.contains_key("owner") => _ = given.insert(change.record),
            _ => {}
        }
    }
    let deals: Vec<Id> = deals.into_iter().filter(|id| !records.contains_key(id)).collect();
    let mut out = store.get_many(Kind::Deal, &deals).await.map_err(fault)?;
    for deal in given {
        for kind in [Kind::Task, Kind::Note, Kind::Call] {
            let hanging = store.by_deal(kind, deal).await.map_err(fault)?;
            out.extend(hanging.into_iter().filter(|r| !records.contains_key(&r.id)));
        }
    }
    Ok(out)
}

/// The record as it was, as far as the change says.
pub(crate) fn before(now: &Record, change: &Change) -> Record {
    let mut was = now.clone();
    was.fields = domain::fields::merged(&now.fields, &change.before);
    was
}

/// Changes read at a time.
const PAGE: u32 = 1000;
/// How far a quick look goes back: commits rarely overtake each other by more. Every eighth look goes back further.
const BACK_MS: u128 = 1_000;

/// Several servers on one database: what the others commit arrives here within a quarter of a second. `since`: from when on.
/// Their clocks have to agree within ten seconds.
pub(crate) fn follow_others(app: &App, since: Id) {
    let app = app.clone();
    tokio::spawn(async move {
        let (mut at, mut seen) = (since, BTreeSet::new());
        let mut doors = None;
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(250));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for n in 0_u32.. {
            tick.tick().await;
            if app.0.hub.is_closed() {
                return;
            }
            let far = n.trailing_zeros() >= 3;
            let outcome = follow(&app, &mut at, &mut seen, far).await;
            let settings = if far { app.follow_workspace().await } else { Ok(()) };
            let doors = crate::auth::follow_endings(&app, &mut doors).await;
            if let Err(e) = outcome.and(settings).and(doors) {
                tracing::warn!(error = %e, "following the other servers failed; trying again");
            }
        }
    });
}

/// The database was opened anew: a write whose outcome nobody knew may be there, and everybody hears of it now.
pub(crate) fn follow_reopening(app: &App) {
    let Some(mut reopened) = app.0.store.reopened() else { return };
    let app = std::sync::Arc::downgrade(&app.0);
    tokio::spawn(async move {
        while reopened.changed().await.is_ok() {
            let Some(app) = app.upgrade().map(App) else { return };
            let since = reopened.borrow_and_update().and_then(|ms| u128::try_from(ms).ok()).unwrap_or(0);
            let since = some_time_before(Id(uuid::Uuid::from_u128(since << 80)));
            if let Err(e) = replay(&app, since, true).await {
                tracing::error!(error = %e, "what was written last could not be followed");
            }
        }
    });
}

/// Takes over what is new since `at`, however much it is. What fails is tried again the next time.
async fn follow(app: &App, at: &mut Id, seen: &mut BTreeSet<Id>, far: bool) -> Result<()> {
    let oldest = some_time_before(*at);
    *seen = seen.split_off(&oldest);
    let mut after = if far { oldest } else { earlier(*at, BACK_MS) };
    loop {
        let changes = app.0.store.changes_after(Some(after), PAGE).await.map_err(fault)?;
        let Some(last) = changes.last().map(|c| c.id) else { return Ok(()) };
        let end = u32::try_from(changes.len()).is_ok_and(|n| n < PAGE);
        let ids: Vec<Id> = changes.iter().map(|c| c.id).collect();
        let fresh: Vec<Change> = changes.into_iter().filter(|c| !seen.contains(&c.id) && !app.0.hub.told(c.id)).collect();
        take_over(app, fresh, true).await?;
        seen.extend(ids);
        // A server whose clock is ahead must not make us pass over the others.
        *at = (*at).max(last.min(crate::ctx::new_id()));
        after = last;
        if end {
            return Ok(());
        }
    }
}
