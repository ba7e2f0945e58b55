//! The rows of a list: what is known of a long row of records, asked for in pages around what is seen. Answers to an
//! older question are thrown away; live changes are written into the rows that are there, and what moved is asked again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use domain::list::{ListPage, ListQuery};
use domain::live::{LiveChange, LiveEvent};
use domain::record::ChangeOp;
use domain::{Filter, filter};
use leptos::reactive::owner::Owner;
use leptos::reactive::spawn_local_scoped_with_cancellation;

use super::super::api;
use super::super::names::Names;
use crate::prelude::*;

/// Rows of one request.
pub const PAGE: u32 = 100;
/// Rows that a page begins with, drawn on the server: what a high window shows. More would only make people wait.
pub const FIRST: u32 = 32;
/// So many rows are remembered; beyond, those far from the window are forgotten.
const MOST: usize = 6_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// At least so many: the rest was not counted yet.
    Some(u32),
    Exactly(u32),
}

impl Total {
    pub fn known(self) -> u32 {
        match self {
            Total::Some(n) | Total::Exactly(n) => n,
        }
    }
}

#[derive(Clone, Copy)]
pub struct Rows {
    kind: Kind,
    names: Names,
    inner: StoredValue<Inner>,
    pub total: RwSignal<Total>,
    /// The rows that are drawn: from, and up to before.
    pub window: RwSignal<(u32, u32)>,
    /// Counts every time that another record stands in some row.
    pub shape: RwSignal<u32>,
    /// A new question has no answer yet.
    pub busy: RwSignal<bool>,
    pub error: RwSignal<Option<Error>>,
    /// Rows that came or went above the window: the table moves along, so that nothing jumps.
    pub moved: RwSignal<i64>,
}

struct Inner {
    question: ListQuery,
    /// Fields on which it depends who is in the list, and where. None: it depends on everything.
    depends: Option<BTreeSet<String>>,
    order: BTreeMap<u32, Id>,
    records: HashMap<Id, ArcRwSignal<Record>>,
    /// Grows with every question.
    turn: u32,
    flights: Vec<Flight>,
    owner: Owner,
    /// Seen to have changed, to be read again.
    dirty: BTreeSet<Id>,
    stale: bool,
    flushing: bool,
}

/// A request under way.
struct Flight {
    /// Its first row.
    start: u32,
    /// It brings what stands around the window anew; no scrolling makes it needless.
    whole: bool,
    owner: Owner,
}

impl Rows {
    pub fn new(kind: Kind, names: Names, question: ListQuery, first: Result<ListPage, Error>) -> Self {
        let depends = depends(kind, &question);
        let inner = Inner {
            question,
            depends,
            order: BTreeMap::new(),
            records: HashMap::new(),
            turn: 0,
            flights: Vec::new(),
            owner: Owner::current().unwrap_or_default(),
            dirty: BTreeSet::new(),
            stale: false,
            flushing: false,
        };
        let rows = Self {
            kind,
            names,
            inner: StoredValue::new(inner),
            total: RwSignal::new(Total::Exactly(0)),
            window: RwSignal::new((0, 0)),
            shape: RwSignal::new(0),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            moved: RwSignal::new(0),
        };
        match first {
            Ok(page) => {
                rows.put(0, page);
                rows.window.set((0, rows.total.get_untracked().known().min(FIRST)));
            }
            Err(error) => rows.error.set(Some(error)),
        }
        rows
    }

    /// After the page lives: count what was not counted (`old`: read again what was remembered), and follow what happens
    /// elsewhere.
    pub fn come_alive(&self, old: bool) {
        let rows = *self;
        Effect::new(move |_| {
            if old {
                rows.again();
            } else if matches!(rows.total.get_untracked(), Total::Some(_)) {
                rows.fetch(0, PAGE, true, false, Rows::put);
            }
        });
        use_live().on(move |event| rows.hear(event));
    }

    pub fn at(&self, index: u32) -> Option<Id> {
        self.inner.try_with_value(|i| i.order.get(&index).copied()).flatten()
    }

    pub fn record(&self, id: Id) -> Option<ArcRwSignal<Record>> {
        self.inner.try_with_value(|i| i.records.get(&id).cloned()).flatten()
    }

    pub fn question(&self) -> ListQuery {
        self.inner.try_with_value(|i| i.question.clone()).unwrap_or_default()
    }

    /// All loaded rows between two.
    pub fn between(&self, a: u32, b: u32) -> Vec<Id> {
        self.inner.with_value(|i| i.order.range(a.min(b)..=a.max(b)).map(|(_, id)| *id).collect())
    }

    /// The rows from the start as far as they are known without a gap: what a return to this list begins with.
    #[cfg(feature = "hydrate")]
    pub fn snapshot(&self) -> ListPage {
        let records: Vec<Record> = self.inner.with_value(|i| {
            (0..2_000).map_while(|n| i.order.get(&n)).filter_map(|id| i.records.get(id)).map(|r| r.get_untracked()).collect()
        });
        let total = match self.total.get_untracked() {
            Total::Exactly(n) => Some(i64::from(n)),
            Total::Some(_) => None,
        };
        let all = total == i64::try_from(records.len()).ok();
        ListPage { records, labels: Default::default(), next: (!all).then(String::new), total }
    }

    /// Another question: the old rows stay, pale, until its answer is here.
    pub fn ask(&self, question: ListQuery) {
        let depends = depends(self.kind, &question);
        self.inner.update_value(|i| {
            i.question = question;
            i.depends = depends;
            i.turn += 1;
            i.dirty.clear();
            i.stale = false;
        });
        self.cancel(|_| true);
        self.busy.set(true);
        self.fetch(0, PAGE, true, true, |rows, _, page| {
            rows.inner.update_value(|i| {
                i.order.clear();
                i.records.clear();
            });
            rows.put(0, page);
            rows.busy.set(false);
            let last = rows.total.get_untracked().known().min(FIRST);
            rows.window.set((0, last));
        });
    }

    pub fn retry(&self) {
        self.ask(self.question());
    }

    /// The window moved: ask for what is missing in it, forget what is far away.
    pub fn see(&self, first: u32, last: u32) {
        if self.window.get_untracked() != (first, last) {
            self.window.set((first, last));
        }
        let total = self.total.get_untracked().known();
        let last = last.min(total);
        let (from, to) = (first / PAGE, last.saturating_sub(1) / PAGE);
        let missing: Vec<u32> = self.inner.with_value(|i| {
            (from..=to)
                .filter(|page| (page * PAGE..((page + 1) * PAGE).min(last)).any(|n| n >= first && !i.order.contains_key(&n)))
                .map(|page| page * PAGE)
                .collect()
        });
        // What nobody waits for any more makes room for what is seen.
        self.cancel(|f| !f.whole && !(from..=to).contains(&(f.start / PAGE)));
        let flying: Vec<u32> = self.inner.with_value(|i| i.flights.iter().map(|f| f.start).collect());
        for start in missing {
            if !flying.contains(&start) {
                self.fetch(start, PAGE, false, false, Rows::put);
            }
        }
        self.forget_far(first);
    }

    /// Taken out of the list at once, before the server's word comes.
    pub fn drop_rows(&self, ids: &BTreeSet<Id>) {
        let gone = self.inner.with_value(|i| i.order.iter().filter(|(_, id)| ids.contains(id)).map(|(n, _)| *n).collect::<Vec<_>>());
        if gone.is_empty() {
            return;
        }
        self.inner.update_value(|i| {
            let old = std::mem::take(&mut i.order);
            i.order = old
                .into_iter()
                .filter(|(_, id)| !ids.contains(id))
                .map(|(n, id)| (n.saturating_sub(u32::try_from(gone.iter().filter(|g| **g < n).count()).unwrap_or(0)), id))
                .collect();
        });
        let less = u32::try_from(gone.len()).unwrap_or(0);
        self.total.update(|t| {
            *t = match *t {
                Total::Exactly(n) => Total::Exactly(n.saturating_sub(less)),
                Total::Some(n) => Total::Some(n.saturating_sub(less)),
            };
        });
        self.shape.update(|s| *s += 1);
    }

    /// A record as it is now, written into its row.
    pub fn patch(&self, record: Record) {
        if let Some(row) = self.record(record.id)
            && row.with_untracked(|old| old.version <= record.version && *old != record)
        {
            row.set(record);
        }
    }

    /// Something may stand elsewhere now: the visible rows and their neighbours are read again.
    pub fn again(&self) {
        self.inner.update_value(|i| i.stale = true);
        self.flush_soon();
    }

    // ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────

    fn put(&self, start: u32, page: ListPage) {
        let count = u32::try_from(page.records.len()).unwrap_or(0);
        let end = start.saturating_add(count);
        self.names.add(&page.labels);
        self.inner.update_value(|i| {
            for (n, record) in (start..).zip(page.records) {
                i.order.insert(n, record.id);
                match i.records.get(&record.id) {
                    Some(row) if row.with_untracked(|old| *old != record) => row.set(record),
                    Some(_) => {}
                    None => {
                        i.records.insert(record.id, ArcRwSignal::new(record));
                    }
                }
            }
        });
        let total = match (page.total.and_then(|t| u32::try_from(t).ok()), page.next.is_some()) {
            (Some(n), _) => Some(Total::Exactly(n.max(end))),
            // The last page tells the number by its end, unless it begins behind it.
            (None, false) if count > 0 || start == 0 => Some(Total::Exactly(end)),
            (None, false) => None,
            (None, true) => match self.total.get_untracked() {
                Total::Exactly(n) if n > end => None,
                Total::Some(n) if n > end => None,
                _ => Some(Total::Some(end)),
            },
        };
        if let Some(total) = total
            && self.total.get_untracked() != total
        {
            if let Total::Exactly(n) = total {
                self.inner.update_value(|i| i.order.retain(|row, _| *row < n));
            }
            self.total.set(total);
        }
        self.error.set(None);
        self.shape.update(|s| *s += 1);
    }

    /// The neighbourhood of the window, read again: what stands there replaces everything that was known.
    fn replace(&self, start: u32, page: ListPage) {
        let (first, last) = self.window.get_untracked();
        let before: Vec<(u32, Id)> = self.inner.with_value(|i| i.order.range(first..last.max(first)).map(|(n, id)| (*n, *id)).collect());
        self.inner.update_value(|i| {
            i.order.clear();
            let kept: BTreeSet<Id> = page.records.iter().map(|r| r.id).collect();
            i.records.retain(|id, _| kept.contains(id));
        });
        self.put(start, page);
        // The first row that is still there decides how far the table moves.
        let after: HashMap<Id, u32> = self.inner.with_value(|i| i.order.iter().map(|(n, id)| (*id, *n)).collect());
        let shift = before.iter().find_map(|(n, id)| after.get(id).map(|m| i64::from(*m) - i64::from(*n))).unwrap_or(0);
        if shift != 0 {
            self.moved.set(shift);
        }
        let (first, last) = self.window.get_untracked();
        self.see(first, last);
    }

    fn fetch(&self, start: u32, limit: u32, count: bool, whole: bool, then: fn(&Rows, u32, ListPage)) {
        let rows = *self;
        let (turn, question, owner) = self.inner.with_value(|i| (i.turn, i.question.clone(), i.owner.child()));
        let query = ListQuery { skip: start, limit, count, ..question };
        self.inner.update_value(|i| i.flights.push(Flight { start, whole, owner: owner.clone() }));
        owner.with(|| {
            spawn_local_scoped_with_cancellation(async move {
                let answer = api::rows(rows.kind, query).await;
                if rows.inner.try_with_value(|i| i.turn) != Some(turn) {
                    return;
                }
                rows.landed(start);
                match answer {
                    Ok(page) => then(&rows, start, page),
                    Err(Fault(error)) => {
                        rows.busy.set(false);
                        // Rows that are there stay; only an empty list has room for the whole story.
                        if rows.inner.with_value(|i| i.order.is_empty()) || matches!(error, Error::Invalid { .. }) {
                            rows.error.set(Some(error));
                        } else {
                            use_toasts().fail(&error);
                        }
                    }
                }
            });
        });
    }

    fn landed(&self, start: u32) {
        self.inner.update_value(|i| i.flights.retain(|f| f.start != start));
        if self.inner.with_value(|i| i.stale) {
            self.flush_soon();
        }
    }

    fn cancel(&self, which: impl Fn(&Flight) -> bool) {
        let gone = self.inner.try_update_value(|i| {
            let (gone, kept): (Vec<Flight>, Vec<Flight>) = std::mem::take(&mut i.flights).into_iter().partition(which);
            i.flights = kept;
            gone
        });
        // Ending the owner drops the request, and that aborts it.
        for flight in gone.unwrap_or_default() {
            flight.owner.cleanup();
        }
    }

    fn forget_far(&self, first: u32) {
        self.inner.update_value(|i| {
            if i.order.len() <= MOST {
                return;
            }
            let near = first.saturating_sub(1_000)..first.saturating_add(1_000);
            i.order.retain(|n, _| near.contains(n));
            let kept: BTreeSet<Id> = i.order.values().copied().collect();
            i.records.retain(|id, _| kept.contains(id));
        });
    }

    // ── Live ────────────────────────────────────────────────────────────────────────────────────────────────────

    fn hear(&self, event: &LiveEvent) {
        match event {
            LiveEvent::Change(change) if change.kind == self.kind => self.hear_of_row(change),
            LiveEvent::Change(change) => self.hear_of_other(change),
            LiveEvent::Bulk { kind, .. } if *kind == self.kind => {
                self.inner.update_value(|i| {
                    i.dirty.extend(i.records.keys().copied());
                    i.stale = true;
                });
                self.flush_soon();
            }
            LiveEvent::Reset => self.again(),
            LiveEvent::Bulk { .. } | LiveEvent::Presence(_) => {}
        }
    }

    fn hear_of_row(&self, change: &LiveChange) {
        let known = self.inner.with_value(|i| i.records.contains_key(&change.record));
        let moves = match change.op {
            ChangeOp::Update if !change.gone => self
                .inner
                .with_value(|i| i.depends.as_ref().is_none_or(|d| d.contains("updated_at") || change.fields.iter().any(|f| d.contains(f)))),
            ChangeOp::Delete => known || matches!(self.total.get_untracked(), Total::Exactly(_)),
            _ => true,
        };
        self.inner.update_value(|i| {
            i.stale |= moves || change.gone;
            if known && change.op == ChangeOp::Update {
                i.dirty.insert(change.record);
            }
        });
        if known || moves {
            self.flush_soon();
        }
    }

    /// Something that rows point at has another name now.
    fn hear_of_other(&self, change: &LiveChange) {
        let names = self.names;
        if change.kind == Kind::Pipeline {
            leptos::task::spawn_local(async move {
                if let Ok(all) = api::pipelines().await {
                    names.set_pipelines(all);
                }
            });
        } else if names.knows(change.record) && change.fields.iter().any(|f| f == "name") {
            let (kind, id) = (change.kind, change.record);
            leptos::task::spawn_local(async move {
                if let Ok(found) = api::by_ids(kind, vec![id]).await {
                    let label = |r: &Record| domain::record::Label { kind, name: r.name().to_owned(), hint: String::new() };
                    names.add(&found.records.iter().map(|r| (r.id, label(r))).collect());
                }
            });
        }
    }

    fn flush_soon(&self) {
        let rows = *self;
        if self.inner.try_update_value(|i| std::mem::replace(&mut i.flushing, true)) != Some(false) {
            return;
        }
        set_timeout(
            move || {
                if rows.inner.try_update_value(|i| i.flushing = false).is_some() {
                    rows.flush();
                }
            },
            Duration::from_millis(160),
        );
    }

    fn flush(&self) {
        let rows = *self;
        // While everything is read again, what is heard waits for the answer: it may be older.
        if self.inner.try_with_value(|i| i.flights.iter().any(|f| f.whole)).unwrap_or(true) {
            self.inner.try_update_value(|i| i.stale = true);
            return;
        }
        let (stale, dirty) =
            self.inner.try_update_value(|i| (std::mem::take(&mut i.stale), std::mem::take(&mut i.dirty))).unwrap_or_default();
        if stale {
            let (first, last) = self.window.get_untracked();
            let start = first.saturating_sub(50);
            let limit = (last.saturating_sub(start) + 50).clamp(PAGE, 500);
            self.cancel(|_| true);
            return self.fetch(start, limit, true, true, Rows::replace);
        }
        let near: Vec<Id> = dirty.into_iter().take(500).collect();
        if near.is_empty() {
            return;
        }
        leptos::task::spawn_local(async move {
            let Ok(found) = api::by_ids(rows.kind, near.clone()).await else {
                return;
            };
            if rows.inner.try_with_value(|_| ()).is_none() {
                return;
            }
            rows.names.add(&found.labels);
            let missing = near.iter().any(|id| found.records.iter().all(|r| r.id != *id));
            for record in found.records {
                rows.patch(record);
            }
            if missing {
                rows.again();
            }
        });
    }
}

/// The fields that decide who is in the list and where.
fn depends(kind: Kind, question: &ListQuery) -> Option<BTreeSet<String>> {
    if !question.q.is_empty() {
        return None;
    }
    let mut out = BTreeSet::new();
    if let Ok(sort) = question.sort_of(kind) {
        out.insert(sort.field);
    }
    if let Ok(filter) = Filter::parse(kind, &question.filter) {
        each(&filter, &mut |cond| {
            out.insert(cond.field.clone());
        });
    }
    Some(out)
}

fn each(filter: &Filter, visit: &mut impl FnMut(&filter::Cond)) {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|p| each(p, visit)),
        Filter::Not(inner) => each(inner, visit),
        Filter::Is(cond) => visit(cond),
    }
}
