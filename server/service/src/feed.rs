//! From a committed change to everything that lives on it: the directory, the index, then the live streams (so that
//! whoever reads again because of an event finds it). Also the start: filling or catching up the index; and, with several
//! servers on one database, following what the others commit.

use domain::record::{Change, ChangeOp};
use domain::{Id, Kind, Record, Result, deals};
use index::{IndexDoc, Opened};

use crate::App;
use crate::ctx::{fault, internal};
use crate::live::{Happened, Message};

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

/// `touched`: records whose derived fields changed along the way, without a change of their own.
pub(crate) async fn publish(app: &App, committed: Vec<Committed>, touched: Vec<Record>) -> Result<()> {
    let Some(last) = committed.last().map(|c| c.change.id) else { return Ok(()) };
    let kinds: std::collections::BTreeSet<Kind> = committed.iter().map(|c| c.now.kind).collect();
    if kinds.iter().any(|k| matches!(k, Kind::User | Kind::Team | Kind::Pipeline)) {
        app.reload_directory().await?;
    }
    let docs = committed.iter().map(|c| &c.now).chain(&touched).map(|r| index_doc(app, r)).collect();
    app.0.index.apply(docs, last.to_string()).await.map_err(|e| internal(&e))?;
    if kinds.contains(&Kind::Pipeline) {
        reweigh(app, &committed).await?;
    }
    announce(app, committed, &touched);
    Ok(())
}

fn announce(app: &App, committed: Vec<Committed>, touched: &[Record]) {
    let hub = &app.0.hub;
    if committed.len() > MANY {
        let mut counts: std::collections::BTreeMap<Kind, u32> = Default::default();
        for c in &committed {
            *counts.entry(c.now.kind).or_default() += 1;
        }
        for (kind, count) in counts {
            hub.send(Message::Bulk { kind, count });
        }
        return;
    }
    for r in touched {
        hub.send(Message::Happened(Happened::touched(r)));
    }
    for c in committed {
        hub.send(Message::Happened(Happened::of(c)));
    }
}

/// A pipeline's probabilities changed: its deals weigh differently.
async fn reweigh(app: &App, committed: &[Committed]) -> Result<()> {
    let changed = |c: &&Committed| c.now.kind == Kind::Pipeline && c.change.after.contains_key("stages") && c.before.is_some();
    for pipeline in committed.iter().filter(changed).map(|c| c.now.id) {
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
        let last = committed.last().map(|c| c.change.id.to_string()).unwrap_or_default();
        app.0.index.loaded(last).await.map_err(|e| internal(&e))?;
    }
    Ok(())
}

/// Brings the index to what the database holds: from the change it last knew, or from the records when it knows nothing.
pub(crate) async fn catch_up(app: &App, found: Opened) -> Result<()> {
    let known = match found {
        Opened::Ready { cursor: Some(cursor) } => Id::parse(&cursor),
        _ => None,
    };
    match known {
        Some(cursor) => {
            // Commits may have overtaken each other: a little is read twice.
            replay(app, some_time_before(cursor), false).await.map(|_| ())
        }
        None => rebuild(app).await,
    }
}

/// The id that any change made ten seconds earlier has at least.
pub(crate) fn some_time_before(id: Id) -> Id {
    let bits = id.0.as_u128();
    let ms = (bits >> 80).saturating_sub(10_000);
    Id(uuid::Uuid::from_u128(ms << 80))
}

async fn rebuild(app: &App) -> Result<()> {
    let began = std::time::Instant::now();
    let last = newest_change(app).await?;
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

/// An id after which nothing was committed when it was made.
async fn newest_change(app: &App) -> Result<Id> {
    app.0.store.ping().await.map_err(fault)?;
    Ok(crate::ctx::new_id())
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
    if changes.iter().any(|c| matches!(c.kind, Kind::User | Kind::Team | Kind::Pipeline)) {
        app.reload_directory().await?;
    }
    let last = changes.last().map(|c| c.id.to_string()).unwrap_or_default();
    for kind in Kind::ALL {
        let ids: Vec<Id> = changes.iter().filter(|c| c.kind == kind).map(|c| c.record).collect();
        let records = app.0.store.get_many(kind, &ids).await.map_err(fault)?;
        let docs: Vec<IndexDoc> = records.iter().map(|r| index_doc(app, r)).collect();
        if !docs.is_empty() {
            app.0.index.apply(docs, last.clone()).await.map_err(|e| internal(&e))?;
        }
        if !tell {
            continue;
        }
        let mut told: Vec<Committed> = Vec::new();
        for change in changes.iter().filter(|c| c.kind == kind) {
            if let Some(now) = records.iter().find(|r| r.id == change.record) {
                let parents = crate::records::parents(now);
                let before = (change.op != ChangeOp::Create).then(|| before(now, change));
                told.push(Committed { now: now.clone(), before, change: change.clone(), parents });
            }
        }
        announce(app, told, &[]);
    }
    Ok(())
}

/// The record as it was, as far as the change says.
fn before(now: &Record, change: &Change) -> Record {
    let mut was = now.clone();
    was.fields = domain::fields::merged(&now.fields, &change.before);
    was
}

/// Several servers on one database: what the others commit arrives here within a quarter of a second.
pub(crate) fn follow_others(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        let mut others = Others { seen: Default::default(), at: some_time_before(crate::ctx::new_id()) };
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(250));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if app.0.hub.is_closed() {
                return;
            }
            if let Err(e) = others.follow(&app).await {
                tracing::warn!(error = %e, "following the other servers failed; trying again");
            }
        }
    });
}

/// How far the other servers' commits were taken over.
struct Others {
    /// Of the last seconds: commits may overtake each other, so a little is read again every time.
    seen: std::collections::BTreeSet<Id>,
    at: Id,
}

impl Others {
    /// Page by page, however many there are; what fails is read again by the next call.
    async fn follow(&mut self, app: &App) -> Result<()> {
        const PAGE: u32 = 1000;
        let begin = some_time_before(self.at);
        self.seen = self.seen.split_off(&begin);
        let mut from = begin;
        loop {
            let changes = app.0.store.changes_after(Some(from), PAGE).await.map_err(fault)?;
            let Some(last) = changes.last().map(|c| c.id) else { return Ok(()) };
            let end = changes.len() < PAGE as usize;
            let fresh: Vec<Change> = changes.into_iter().filter(|c| !self.seen.contains(&c.id) && !app.0.hub.told(c.id)).collect();
            let ids: Vec<Id> = fresh.iter().map(|c| c.id).collect();
            if !fresh.is_empty() {
                take_over(app, fresh, true).await?;
            }
            self.seen.extend(ids);
            self.at = self.at.max(last);
            from = last;
            if end {
                return Ok(());
            }
        }
    }
}
