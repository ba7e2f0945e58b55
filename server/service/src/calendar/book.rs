//! The book: all items of the calendar by whose time they take, in memory. Filled from the database after the start, kept by
//! the feed. It answers "what may lie in this stretch of these people's time" without reading records.
//!
//! What is read from it is never older than the marks that a writer has read ([`Book::has_seen`]).

mod line;
mod shelf;
mod together;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::calendar::{Moment, Span};
use domain::{Id, Kind, Record, Result};
use parking_lot::RwLock;
use tokio::sync::{Mutex, watch};

use self::line::Line;
pub(crate) use self::shelf::Shelf;
pub(crate) use self::together::Together;
use super::item::Item;
use crate::App;
use crate::ctx::fault;
use crate::feed::some_time_before;
use crate::reminders::Bells;

/// Writers into one calendar wait for each other here, rather than fail at the database and begin again.
const TURNS: usize = 64;
/// Changes that are known to be in here.
const REMEMBERED: usize = 100_000;

pub(crate) struct Book {
    pages: RwLock<Pages>,
    filled: watch::Sender<bool>,
    turns: [Arc<Mutex<()>>; TURNS],
}

#[derive(Default)]
struct Pages {
    /// Also those in the bin: an older version that comes later is known as such.
    items: HashMap<Id, Arc<Item>>,
    lines: HashMap<Id, Line>,
    /// Series → the items that stand for one of its occurrences, and which.
    parts: HashMap<Id, BTreeMap<Id, Moment>>,
    bells: Bells,
    /// Names in other calendars → items.
    named: BTreeMap<Box<str>, BTreeSet<Id>>,
    /// Calendars elsewhere.
    shelves: HashMap<Id, Arc<Shelf>>,
    /// Person → those that they follow.
    followed: HashMap<Id, BTreeSet<Id>>,
    seen: BTreeSet<Id>,
    /// Changes before this one are in here, though not among `seen`.
    settled: Option<Id>,
}

/// An item that may lie in the stretch asked for, and the slots of it that are taken out.
#[derive(Clone)]
pub(crate) struct Near {
    pub item: Arc<Item>,
    pub replaced: Vec<Moment>,
}

impl Default for Book {
    fn default() -> Self {
        Self { pages: RwLock::default(), filled: watch::Sender::new(false), turns: std::array::from_fn(|_| Arc::default()) }
    }
}

impl Book {
    /// Waits until it has been filled.
    pub async fn ready(&self) -> Result<()> {
        let mut filled = self.filled.subscribe();
        let waiting = filled.wait_for(|f| *f);
        match tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(domain::Error::Unavailable),
        }
    }

    /// Records as they are now, and the changes that led there.
    pub fn take_in<'a>(&self, records: impl Iterator<Item = &'a Record>, changes: impl Iterator<Item = (Kind, Id)>) {
        let items: Vec<Item> = records.filter(|r| r.kind == Kind::Event).map(Item::of).collect();
        let changes: Vec<Id> = changes.filter(|(kind, _)| *kind == Kind::Event).map(|(_, id)| id).collect();
        if items.is_empty() && changes.is_empty() {
            return;
        }
        let mut pages = self.pages.write();
        items.into_iter().for_each(|i| pages.put(i));
        pages.seen.extend(changes);
        while pages.seen.len() > REMEMBERED {
            let oldest = pages.seen.pop_first();
            pages.settled = pages.settled.max(oldest);
        }
    }

    pub fn has_seen(&self, change: Id) -> bool {
        let pages = self.pages.read();
        pages.settled.is_some_and(|s| change <= s) || pages.seen.contains(&change)
    }

    pub fn get(&self, id: Id) -> Option<Arc<Item>> {
        let pages = self.pages.read();
        pages.item(id).filter(|i| !i.gone).cloned()
    }

    /// Is this item of a calendar elsewhere here already?
    pub fn is_twin(&self, item: &Item) -> bool {
        item.foreign && self.pages.read().is_twin(item)
    }

    /// Items that stand for occurrences of a series, with their slots.
    pub fn parts_of(&self, series: Id) -> BTreeMap<Id, Moment> {
        self.pages.read().parts_of(series).cloned().unwrap_or_default()
    }

    /// Slots of a series that are items of their own, wherever they came from.
    pub fn replaced(&self, item: &Item) -> Vec<Moment> {
        self.pages.read().replaced(item)
    }

    /// Items that came from another calendar under this name.
    pub fn named(&self, name: &str) -> Vec<Id> {
        self.pages.read().named.get(name).map(|ids| ids.iter().copied().collect()).unwrap_or_default()
    }

    /// Does it hold this copy of a source?
    pub fn has_foreign(&self, source: Id, copy: &str) -> bool {
        self.pages.read().shelves.get(&source).is_some_and(|shelf| shelf.copy == copy)
    }

    /// What a source has, in place of what it had before: that is given back, to be thrown away when others can go on.
    pub fn put_foreign(&self, source: Id, shelf: Arc<Shelf>) -> Option<Arc<Shelf>> {
        let mut pages = self.pages.write();
        pages.followed.entry(shelf.user).or_default().insert(source);
        pages.shelves.insert(source, shelf)
    }

    pub fn drop_foreign(&self, source: Id) {
        let mut pages = self.pages.write();
        let before = pages.shelves.remove(&source);
        if let Some(user) = before.as_ref().map(|shelf| shelf.user)
            && let Some(of) = pages.followed.get_mut(&user)
        {
            of.remove(&source);
            if of.is_empty() {
                pages.followed.remove(&user);
            }
        }
        drop(pages);
        drop(before);
    }

    /// Only these sources are still there.
    pub fn keep_foreign(&self, there: &BTreeSet<Id>) {
        let gone: Vec<Id> = self.pages.read().shelves.keys().copied().filter(|id| !there.contains(id)).collect();
        gone.into_iter().for_each(|id| self.drop_foreign(id));
    }

    /// The calendars elsewhere of this person, but for this one.
    pub fn followed_by(&self, user: Id, but: Id) -> Vec<Arc<Shelf>> {
        let pages = self.pages.read();
        let sources = pages.followed.get(&user).into_iter().flatten().filter(|source| **source != but);
        sources.filter_map(|source| pages.shelves.get(source)).cloned().collect()
    }

    /// Everything of this subject that may reach into the stretch; nothing is missing, a little may be too much.
    pub fn near(&self, subject: Id, span: Span) -> Vec<Near> {
        let pages = self.pages.read();
        let elsewhere = pages.followed.get(&subject).into_iter().flatten().filter_map(|source| pages.shelves.get(source));
        let lines = pages.lines.get(&subject).into_iter().chain(elsewhere.map(|shelf| &shelf.line));
        lines
            .flat_map(|line| line.touching(span))
            .filter(|item| !pages.is_orphan(item) && !pages.is_twin(item))
            .map(|item| Near { item: item.clone(), replaced: pages.replaced(item) })
            .collect()
    }

    /// Items that may ring after `from`, up to `to`.
    pub fn ringing(&self, from: i64, to: i64) -> Vec<Near> {
        let pages = self.pages.read();
        let found = pages.bells.candidates(from, to).into_iter().filter_map(|id| pages.items.get(&id));
        let found = found.filter(|item| !item.gone && !pages.is_orphan(item));
        found.map(|item| Near { item: item.clone(), replaced: pages.replaced(item) }).collect()
    }

    /// The turns of these subjects' calendars, kept until they are dropped.
    pub async fn turns(&self, subjects: impl Iterator<Item = Id>) -> Vec<tokio::sync::OwnedMutexGuard<()>> {
        let places = u128::try_from(TURNS).unwrap_or(1);
        let wanted: BTreeSet<usize> = subjects.map(|id| usize::try_from(id.0.as_u128() % places).unwrap_or(0)).collect();
        let mut out = Vec::with_capacity(wanted.len());
        // In one order, so that nobody waits for somebody who waits for them.
        for turn in wanted.into_iter().filter_map(|n| self.turns.get(n)) {
            out.push(turn.clone().lock_owned().await);
        }
        out
    }
}

impl Pages {
    /// Does it stand for an occurrence of a series that lies in the bin? Then it comes back with the series.
    fn is_orphan(&self, item: &Item) -> bool {
        item.part.as_ref().is_some_and(|p| self.items.get(&p.0).is_some_and(|series| series.gone))
    }

    fn replaced(&self, item: &Item) -> Vec<Moment> {
        if item.repeat.is_none() {
            return Vec::new();
        }
        let parts = if item.foreign { self.shelf_of(item).and_then(|s| s.parts.get(&item.id)) } else { self.parts.get(&item.id) };
        let mut out: Vec<Moment> = parts.map(|parts| parts.values().copied().collect()).unwrap_or_default();
        out.extend(self.taken_out_here(item));
        out
    }

    fn item(&self, id: Id) -> Option<&Arc<Item>> {
        self.items.get(&id).or_else(|| self.shelves.values().find_map(|shelf| shelf.items.get(&id)))
    }

    fn shelf_of(&self, item: &Item) -> Option<&Arc<Shelf>> {
        let sources = item.organiser.and_then(|user| self.followed.get(&user)).into_iter().flatten();
        sources.filter_map(|source| self.shelves.get(source)).find(|shelf| shelf.items.contains_key(&item.id))
    }

    fn parts_of(&self, series: Id) -> Option<&BTreeMap<Id, Moment>> {
        self.parts.get(&series).or_else(|| self.shelves.values().find_map(|shelf| shelf.parts.get(&series)))
    }

    fn put(&mut self, item: Item) {
        if self.items.get(&item.id).is_some_and(|known| known.version >= item.version) {
            return;
        }
        let item = Arc::new(item);
        if let Some(old) = self.items.insert(item.id, item.clone()) {
            self.take_out(&old);
        }
        if item.gone {
            return;
        }
        self.bells.put(&item);
        if let Some(name) = &item.named {
            self.named.entry(name.clone()).or_default().insert(item.id);
        }
        if let Some(part) = &item.part {
            self.parts.entry(part.0).or_default().insert(item.id, part.1);
        }
        for (_, subject) in item.subjects() {
            self.lines.entry(subject).or_default().put(&item);
        }
    }

    fn take_out(&mut self, old: &Arc<Item>) {
        self.bells.take_out(old);
        if let Some(name) = &old.named
            && let Some(ids) = self.named.get_mut(name)
        {
            ids.remove(&old.id);
            if ids.is_empty() {
                self.named.remove(name);
            }
        }
        if let Some(part) = &old.part
            && let Some(parts) = self.parts.get_mut(&part.0)
        {
            parts.remove(&old.id);
        }
        for (_, subject) in old.subjects() {
            if let Some(line) = self.lines.get_mut(&subject) {
                line.take_out(old);
            }
        }
    }
}

/// Fills the book in the background: the program serves meanwhile, and whoever asks the calendar waits.
pub(super) fn fill(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        while let Err(e) = read_all(&app).await {
            tracing::warn!(error = %e, "the calendar could not be read; trying again");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            if app.0.hub.is_closed() {
                return;
            }
        }
        // What lies elsewhere was read before: nobody is told that the time is free meanwhile.
        if let Err(e) = super::outside::load(&app).await {
            tracing::warn!(error = %e, "calendars elsewhere could not be taken in; trying again");
        }
        app.0.book.filled.send_replace(true);
    });
}

/// Items at a time.
const PAGE: u32 = 1_000;

async fn read_all(app: &App) -> Result<()> {
    let began = std::time::Instant::now();
    let settled = some_time_before(crate::ctx::new_id());
    let (mut after, mut count) = (None, 0);
    loop {
        let page = app.0.store.scan(Kind::Event, after, PAGE).await.map_err(fault)?;
        count += page.len();
        after = page.last().map(|r| r.id);
        app.0.book.take_in(page.iter(), std::iter::empty());
        if u32::try_from(page.len()).is_ok_and(|n| n < PAGE) {
            break;
        }
    }
    let mut pages = app.0.book.pages.write();
    pages.settled = pages.settled.max(Some(settled));
    if count > 0 {
        tracing::info!(items = count, ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(0), "calendar read");
    }
    Ok(())
}
