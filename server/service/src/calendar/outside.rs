//! Calendars elsewhere that somebody follows ([`fetch`] reads them): their times count as taken in every check, show as something that
//! cannot be edited, and are nothing but "busy" to others.
//!
//! What was read lies in the database; the book of every server holds its items. Of several servers one reads: whoever gets the
//! source's version forward has it until its lease ends. What is down is tried again later and later, and its last copy still counts.
//! A copy is kept under its own name, and counts from the moment that its source names it: a reader who is late, or whose source was
//! taken away meanwhile, takes its copy along.

mod fetch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::calendar::outside::{SourceInfo, SourceState, SourceWish};
use domain::calendar::{Event, ItemKind};
use domain::{Error, FieldError, Fields, Id, Kind, Result, time};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Table;

use self::fetch::{Answer, Known, Reach};
use super::book::Shelf;
use super::ics::read::{self, File};
use super::item::Item;
use crate::ctx::{fault, new_id};
use crate::{App, Ctx, records};

const MINUTE: i64 = 60_000;
/// How often a source is read while all is well.
const EVERY: i64 = 30 * MINUTE;
/// The longest wait for one that is down.
const LONGEST: i64 = 24 * 60 * MINUTE;
/// Whoever took it and is silent for so long has lost it.
const LEASE: i64 = 2 * MINUTE;
/// Looked at so often.
const TICK: Duration = Duration::from_secs(20);
const MAX_SOURCES: usize = 20;
/// So many servers are asked at once, and each of them for so many calendars.
const HOSTS: usize = 6;
const A_HOST: usize = 2;
/// The most items of one source, and of all that one person follows.
const MAX_ITEMS: usize = 10_000;
const MAX_OF_ONE: usize = 20_000;
/// The most series of one person that go on: each is reckoned whenever somebody looks at their time.
const MAX_SERIES: usize = 2_000;

fn text<'a>(doc: &'a Fields, name: &str) -> &'a str {
    doc.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn int(doc: &Fields, name: &str) -> i64 {
    doc.get(name).and_then(Value::as_i64).unwrap_or_default()
}

fn info(key: &str, doc: &Fields) -> Option<SourceInfo> {
    let some = |name: &str| Some(text(doc, name).to_owned()).filter(|t| !t.is_empty());
    let error: Option<FieldError> = doc.get("error").and_then(|e| serde_json::from_value(e.clone()).ok());
    let state = match (&error, some("read_at")) {
        (Some(_), _) => SourceState::Failing,
        (None, Some(_)) => SourceState::Well,
        (None, None) => SourceState::Waiting,
    };
    Some(SourceInfo {
        id: Id::parse(key)?,
        name: text(doc, "name").to_owned(),
        host: text(doc, "host").to_owned(),
        state,
        read_at: some("read_at"),
        next_at: some("next_at"),
        items: int(doc, "items"),
        error,
    })
}

async fn mine(ctx: &Ctx) -> Result<Vec<(String, Fields)>> {
    // What has no account follows nothing.
    ctx.actor().ok_or(Error::Forbidden)?;
    ctx.app.0.store.docs(Table::CalendarSource, Some(&ctx.me.id.to_string())).await.map_err(fault)
}

/// The calendars that one follows.
pub async fn sources(ctx: &Ctx) -> Result<Vec<SourceInfo>> {
    let mut out: Vec<SourceInfo> = mine(ctx).await?.iter().filter_map(|(key, doc)| info(key, doc)).collect();
    out.sort_by_key(|s| (s.name.to_lowercase(), s.id));
    Ok(out)
}

/// Begins to follow one: it is read in the background, soon.
pub async fn add_source(ctx: &Ctx, wish: &SourceWish) -> Result<SourceInfo> {
    ctx.may_write()?;
    let refused = |e: FieldError| Error::Invalid { fields: vec![e] };
    let known = mine(ctx).await?;
    let url = fetch::address(&wish.address).map_err(refused)?;
    if known.len() >= MAX_SOURCES {
        return Err(refused(FieldError::new("address", "too_many").with("max", MAX_SOURCES)));
    }
    if known.iter().any(|(_, doc)| text(doc, "address") == url.as_str()) {
        return Err(Error::invalid("address", "taken"));
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    let name = wish.name.trim();
    if name.chars().count() > 80 {
        return Err(refused(FieldError::new("name", "too_long").with("max", 80)));
    }
    let id = new_id().to_string();
    let doc = json!({
        "user": ctx.me.id, "address": url.as_str(), "host": host, "name": if name.is_empty() { host.as_str() } else { name },
        "next_at": ctx.app.now_text(), "version": 0,
    });
    let doc = doc.as_object().cloned().unwrap_or_default();
    ctx.app.0.store.put_doc(Table::CalendarSource, &id, doc.clone()).await.map_err(fault)?;
    wake(&ctx.app);
    info(&id, &doc).ok_or(Error::Unavailable)
}

async fn one(ctx: &Ctx, id: Id) -> Result<(String, Fields)> {
    let key = id.to_string();
    mine(ctx).await?.into_iter().find(|(k, _)| *k == key).ok_or(Error::NotFound)
}

/// Reads it now instead of later.
pub async fn refresh_source(ctx: &Ctx, id: Id) -> Result<SourceInfo> {
    ctx.may_write()?;
    let (key, mut doc) = one(ctx, id).await?;
    // Whoever presses the button all the time does not knock at others' doors all the time.
    let lately = time::parse_instant(text(&doc, "tried_at")).is_some_and(|at| at + MINUTE > ctx.app.now());
    if !lately {
        let version = int(&doc, "version");
        doc.insert("next_at".to_owned(), ctx.app.now_text().into());
        doc.insert("version".to_owned(), (version + 1).into());
        if !ctx.app.0.store.replace_doc(Table::CalendarSource, &key, doc.clone(), version).await.map_err(fault)? {
            // It is being read at this moment, or was taken away.
            (_, doc) = one(ctx, id).await?;
        }
        wake(&ctx.app);
    }
    info(&key, &doc).ok_or(Error::Unavailable)
}

/// Follows it no longer: its times are free at once.
pub async fn remove_source(ctx: &Ctx, id: Id) -> Result<()> {
    ctx.may_write()?;
    let (key, doc) = one(ctx, id).await?;
    ctx.app.0.store.delete_doc(Table::CalendarSource, &key).await.map_err(fault)?;
    // Who reads it at this moment finds it gone, and takes what was read along.
    for copy in [key.clone(), copy_key(&key, text(&doc, "copy"))] {
        ctx.app.0.store.delete_doc(Table::CalendarCopy, &copy).await.map_err(fault)?;
    }
    ctx.app.0.book.drop_foreign(id);
    Ok(())
}

/// Looks after the sources for as long as the program runs. It keeps nothing open that everybody else has let go.
pub(super) fn begin(app: &App) {
    let inner = Arc::downgrade(&app.0);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TICK).await;
            let Some(app) = inner.upgrade().map(App).filter(|app| !app.0.hub.is_closed()) else { return };
            if let Err(e) = round(&app, Reach::Outside).await {
                tracing::warn!(error = %e, "calendars elsewhere could not be looked after; trying again");
            }
        }
    });
}

/// One was just added: not in a while, now.
fn wake(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(e) = round(&app, Reach::Outside).await {
            tracing::warn!(error = %e, "a calendar elsewhere could not be read");
        }
    });
}

/// Takes in what any server has read, and reads what is due: several at once, so that nobody waits for the slow servers of others,
/// and what goes wrong with one of them is nobody else's trouble.
async fn round(app: &App, reach: Reach) -> Result<()> {
    let due = |doc: &Fields, name: &str| time::parse_instant(text(doc, name)).is_none_or(|at| at <= app.now());
    let mut hosts: BTreeMap<String, Vec<(String, Fields)>> = BTreeMap::new();
    let directory = app.directory();
    // For whoever no longer works here nothing is fetched.
    let works = |doc: &Fields| {
        let user = Id::parse(text(doc, "user")).and_then(|id| directory.users.get(&id));
        user.is_some_and(|u| u.deleted_at.is_none() && !u.flag("disabled"))
    };
    for (key, doc) in load(app).await?.into_iter().filter(|(_, doc)| works(doc)) {
        if due(&doc, "next_at") && due(&doc, "lease_until") {
            let host = fetch::address(text(&doc, "address")).ok().and_then(|url| url.host_str().map(str::to_owned));
            hosts.entry(host.unwrap_or_default()).or_default().push((key, doc));
        }
    }
    let one_host = |sources: Vec<(String, Fields)>| {
        stream::iter(sources).for_each_concurrent(A_HOST, move |(key, doc)| async move {
            if let Err(e) = bring(app, &key, doc, reach).await {
                tracing::warn!(source = key, error = %e, "a calendar elsewhere could not be kept");
            }
        })
    };
    stream::iter(hosts.into_values()).for_each_concurrent(HOSTS, one_host).await;
    Ok(())
}

/// The book holds what the database has of every source.
pub(super) async fn load(app: &App) -> Result<Vec<(String, Fields)>> {
    let sources = app.0.store.docs(Table::CalendarSource, None).await.map_err(fault)?;
    let there: BTreeSet<Id> = sources.iter().filter_map(|(key, _)| Id::parse(key)).collect();
    app.0.book.keep_foreign(&there);
    for (key, doc) in &sources {
        let (Some(id), Some(user)) = (Id::parse(key), Id::parse(text(doc, "user"))) else { continue };
        let copy = text(doc, "copy");
        if copy.is_empty() || app.0.book.has_foreign(id, copy) {
            continue;
        }
        let mut kept = app.0.store.get_doc(Table::CalendarCopy, &copy_key(key, copy)).await.map_err(fault)?;
        if kept.is_none() {
            // As copies were kept once.
            kept = app.0.store.get_doc(Table::CalendarCopy, key).await.map_err(fault)?;
        }
        if let Some(kept) = kept {
            match shelve(app, id, user, copy, text(&kept, "text").as_bytes().to_vec(), Came::Kept).await? {
                Ok(shelf) => put(app, key, user, shelf, Came::Kept).await?,
                Err(e) => tracing::warn!(source = %id, code = e.code, "a kept copy of a calendar cannot be read"),
            }
        }
    }
    Ok(sources)
}

/// Where a copy is kept.
fn copy_key(source: &str, copy: &str) -> String {
    format!("{source}/{copy}")
}

/// Copies that no source names (its reader was ended at the wrong moment), and sources of people who are gone for good.
pub(crate) async fn sweep(app: &App) -> Result<usize> {
    // In this order: whatever copy is found, its source was there before it.
    let copies = app.0.store.keys(Table::CalendarCopy).await.map_err(fault)?;
    let mut named: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut gone = 0;
    for (key, doc) in app.0.store.docs(Table::CalendarSource, None).await.map_err(fault)? {
        let user = Id::parse(text(&doc, "user"));
        let known = match user {
            Some(user) => app.0.store.get(Kind::User, user).await.map_err(fault)?.is_some(),
            None => false,
        };
        if !known {
            app.0.store.delete_doc(Table::CalendarSource, &key).await.map_err(fault)?;
            gone += 1;
            continue;
        }
        let read_now = time::parse_instant(text(&doc, "lease_until")).is_some_and(|until| until > app.now());
        named.insert(key, (!read_now).then(|| text(&doc, "copy").to_owned()));
    }
    let there: BTreeSet<&str> = copies.iter().map(String::as_str).collect();
    for key in &copies {
        let (source, copy) = key.split_once('/').map_or((key.as_str(), None), |(source, copy)| (source, Some(copy)));
        let orphan = match (named.get(source), copy) {
            (None, _) => true,
            // Whoever reads it names its copy in a moment.
            (Some(None), _) => false,
            (Some(Some(now)), Some(copy)) => now != copy,
            (Some(Some(now)), None) => there.contains(copy_key(source, now).as_str()),
        };
        if orphan {
            app.0.store.delete_doc(Table::CalendarCopy, key).await.map_err(fault)?;
            gone += 1;
        }
    }
    Ok(gone)
}

/// Reads one source, if no other server does.
async fn bring(app: &App, key: &str, mut doc: Fields, reach: Reach) -> Result<()> {
    let version = int(&doc, "version");
    doc.insert("version".to_owned(), (version + 1).into());
    doc.insert("lease_until".to_owned(), time::instant(app.now() + LEASE).into());
    doc.insert("tried_at".to_owned(), app.now_text().into());
    if !app.0.store.replace_doc(Table::CalendarSource, key, doc.clone(), version).await.map_err(fault)? {
        return Ok(());
    }
    let (id, user) = (Id::parse(key).ok_or(Error::Unavailable)?, Id::parse(text(&doc, "user")).ok_or(Error::Unavailable)?);
    let mut known = Known { etag: text(&doc, "etag").to_owned(), modified: text(&doc, "modified").to_owned() };
    if !app.0.book.has_foreign(id, text(&doc, "copy")) {
        // The copy was lost: "the same" would be no answer.
        known = Known::default();
    }
    let outcome = match fetch::address(text(&doc, "address")) {
        Ok(url) => fetch::fetch(&url, &known, reach).await,
        Err(e) => Err(e),
    };
    let mut kept = None;
    let before = text(&doc, "copy").to_owned();
    let outcome = match outcome {
        Ok(Answer::New(body, known)) => match keep(app, id, user, key, &mut doc, body, known).await? {
            Ok(shelf) => {
                kept = Some(shelf);
                Ok(())
            }
            Err(e) => Err(e),
        },
        Ok(Answer::Same) => Ok(()),
        Err(e) => Err(e),
    };
    let wait = match outcome {
        Ok(()) => {
            doc.remove("error");
            doc.remove("failures");
            doc.insert("read_at".to_owned(), app.now_text().into());
            EVERY
        }
        Err(e) => {
            let failures = int(&doc, "failures").saturating_add(1);
            doc.insert("failures".to_owned(), failures.into());
            doc.insert("error".to_owned(), json!(e));
            // Twice as long each time.
            (5 * MINUTE).saturating_mul(1_i64 << failures.clamp(0, 12)).min(LONGEST)
        }
    };
    let copy = text(&doc, "copy").to_owned();
    doc.insert("next_at".to_owned(), time::instant(app.now() + wait).into());
    doc.remove("lease_until");
    doc.insert("version".to_owned(), (version + 2).into());
    // One that was taken away meanwhile is not written anew, nor one that another server has read since.
    let ours = app.0.store.replace_doc(Table::CalendarSource, key, doc, version + 1).await.map_err(fault)?;
    let Some(shelf) = kept else { return Ok(()) };
    if ours {
        put(app, key, user, shelf, Came::Read).await?;
        for old in [key.to_owned(), copy_key(key, &before)].into_iter().filter(|old| *old != copy_key(key, &copy)) {
            app.0.store.delete_doc(Table::CalendarCopy, &old).await.map_err(fault)?;
        }
    } else {
        let now = app.0.store.get_doc(Table::CalendarSource, key).await.map_err(fault)?;
        if now.is_none_or(|now| text(&now, "copy") != copy) {
            app.0.store.delete_doc(Table::CalendarCopy, &copy_key(key, &copy)).await.map_err(fault)?;
        }
    }
    Ok(())
}

/// Keeps what was read, when it is a calendar; it counts when the source names it.
async fn keep(app: &App, id: Id, user: Id, key: &str, doc: &mut Fields, body: Vec<u8>, known: Known) -> Result<Result<Shelf, FieldError>> {
    let whole = String::from_utf8_lossy(&body).into_owned();
    let copy: String = Sha256::digest(&body).iter().take(16).map(|b| format!("{b:02x}")).collect();
    match shelve(app, id, user, &copy, body, Came::Read).await? {
        Ok(shelf) => {
            let kept = Fields::from_iter([("text".to_owned(), whole.into())]);
            app.0.store.put_doc(Table::CalendarCopy, &copy_key(key, &copy), kept).await.map_err(fault)?;
            for (name, value) in [("copy", copy), ("etag", known.etag), ("modified", known.modified)] {
                doc.insert(name.to_owned(), value.into());
            }
            doc.insert("items".to_owned(), i64::try_from(shelf.len()).unwrap_or(0).into());
            Ok(Ok(shelf))
        }
        Err(e) => Ok(Err(FieldError { field: "address".to_owned(), ..e })),
    }
}

/// Where a copy comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    /// From the source itself, a moment ago.
    Read,
    /// From the database: read by another server, or before a restart.
    Kept,
}

/// A copy, ready for the book: thousands of items are made away from it, and away from the threads that serve others.
async fn shelve(app: &App, source: Id, user: Id, copy: &str, body: Vec<u8>, came: Came) -> Result<Result<Shelf, FieldError>> {
    let directory = app.directory();
    let own = directory.users.get(&user).map(|u| u.text("time_zone")).filter(|z| !z.is_empty()).unwrap_or(directory.time_zone());
    let (own, house, now) = (records::zone(own), records::zone(directory.time_zone()), app.now());
    let (app, copy) = (app.clone(), copy.to_owned());
    let made = tokio::task::spawn_blocking(move || {
        let file = read::read(&body, own, house, now)?;
        let shelf = Shelf::new(user, &copy, items_of(source, user, &file));
        // What was taken once stays: a limit is for what comes.
        if came == Came::Read {
            fits(&shelf, &app.0.book.followed_by(user, source), now)?;
        }
        Ok(shelf)
    });
    made.await.map_err(|e| crate::ctx::internal(&e))
}

/// Is there room for it beside the other calendars that this person follows?
fn fits(shelf: &Shelf, others: &[Arc<Shelf>], now: i64) -> Result<(), FieldError> {
    let too_many = |code: &str, max: usize| Err(FieldError::new("address", code).with("max", max));
    let all = || others.iter().map(Arc::as_ref).chain([shelf]);
    if shelf.len() > MAX_ITEMS {
        too_many("source_items", MAX_ITEMS)
    } else if all().map(Shelf::len).sum::<usize>() > MAX_OF_ONE {
        too_many("source_items_all", MAX_OF_ONE)
    } else if all().flat_map(Shelf::items).filter(|i| i.repeat.is_some() && i.whole().end > now).count() > MAX_SERIES {
        too_many("source_series", MAX_SERIES)
    } else {
        Ok(())
    }
}

/// In the book in place of what this source had, and told where it clashes.
async fn put(app: &App, key: &str, user: Id, shelf: Shelf, came: Came) -> Result<()> {
    let Some(source) = Id::parse(key) else { return Ok(()) };
    let shelf = Arc::new(shelf);
    let before = app.0.book.put_foreign(source, shelf.clone());
    // What lies elsewhere as it did is no news; and after a restart nothing is.
    let fresh = |i: &&Arc<Item>| before.as_ref().and_then(|shelf| shelf.get(i.id)).is_none_or(|old| !old.is_when(i));
    let news = before.is_some() || came == Came::Read;
    let fresh: Vec<Id> = if news { shelf.items().filter(fresh).map(|i| i.id).collect() } else { Vec::new() };
    if app.0.store.get_doc(Table::CalendarSource, key).await.map_err(fault)?.is_none() {
        // Taken away at this moment.
        app.0.book.drop_foreign(source);
        return Ok(());
    }
    super::alerts::brought(app, user, &fresh).await;
    Ok(())
}

/// An id for an item of a source: the same whenever and wherever it is read.
fn id_of(source: Id, uid: &str, slot: &str) -> Id {
    let mut hash = Sha256::new();
    hash.update(source.0.as_bytes());
    hash.update(uid.as_bytes());
    hash.update([0]);
    hash.update(slot.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(b, h)| *b = h);
    Id(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// All of a file. What is here already by another way is found out by the book, as often as it is asked.
fn items_of(source: Id, user: Id, file: &File) -> Vec<Item> {
    let mut series: BTreeMap<&str, Id> = BTreeMap::new();
    for item in file.items.iter().filter(|i| i.slot.is_none()) {
        series.insert(&item.uid, id_of(source, &item.uid, ""));
    }
    let mut out = Vec::new();
    // To-dos take nobody's time.
    for item in file.items.iter().filter(|i| !i.is_todo) {
        let slot = item.slot.map(|s| s.to_string()).unwrap_or_default();
        let event = Event {
            organiser: Some(user),
            // To others it is taken time and nothing else.
            private: true,
            kind: if item.event.kind == ItemKind::Task { ItemKind::Task } else { ItemKind::Meeting },
            series: item.slot.and_then(|_| series.get(item.uid.as_str()).copied()),
            slot: item.slot,
            reminders: Vec::new(),
            body: String::new(),
            // It lies in this person's calendar and in no other.
            attendees: Vec::new(),
            contacts: Vec::new(),
            resources: Vec::new(),
            company: None,
            deal: None,
            ..item.event.clone()
        };
        // A rule that yields nothing, or more than a calendar can hold.
        let zone = records::zone(&event.zone);
        if event.occurrences_but(&[]).is_none_or(|s| s.check(&zone).is_err()) {
            continue;
        }
        let (named, slot_elsewhere) = (Some(item.uid.as_str().into()), item.slot);
        out.push(Item { foreign: true, named, slot_elsewhere, ..Item::of_event(id_of(source, &item.uid, &slot), 1, false, event) });
    }
    out
}

#[cfg(test)]
mod tests;
