//! The rows of a list: what is known of a long row of records, asked for in pages around what is seen. Answers to an
//! older question are thrown away; live changes are written into the rows that are there, and what moved is asked again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::list::{ListPage, ListQuery};
use leptos::reactive::owner::Owner;

use super::super::names::Names;
use crate::prelude::*;

mod answers;
mod live;

use live::depends;

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
    /// Somebody types in a row: the order stays until they are done.
    held: bool,
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
            held: false,
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

    /// While a cell is edited every row stays where it is; what moved meanwhile moves afterwards.
    pub fn hold(&self, held: bool) {
        let stale = self.inner.try_update_value(|i| {
            i.held = held;
            i.stale
        });
        if stale == Some(true) {
            self.flush_soon();
        }
    }

    /// Something may stand elsewhere now: the visible rows and their neighbours are read again.
    pub fn again(&self) {
        self.inner.update_value(|i| i.stale = true);
        self.flush_soon();
    }
}
