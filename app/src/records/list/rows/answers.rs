//! Asking for rows, and what becomes of the answers.

use std::collections::{BTreeSet, HashMap};

use domain::list::{ListPage, ListQuery};
use leptos::reactive::spawn_local_scoped_with_cancellation;

use super::super::super::api;
use super::{Flight, MOST, Rows, Total};
use crate::prelude::*;

impl Rows {
    pub(super) fn put(&self, start: u32, page: ListPage) {
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
    pub(super) fn replace(&self, start: u32, page: ListPage) {
        if self.inner.with_value(|i| i.held) {
            return self.inner.update_value(|i| i.stale = true);
        }
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

    pub(super) fn fetch(&self, start: u32, limit: u32, count: bool, whole: bool, then: fn(&Rows, u32, ListPage)) {
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
                    // Nobody asked for it: what happened elsewhere is read once the server can be reached.
                    Err(Fault(error)) if whole && !rows.busy.get_untracked() && error.passes() => {
                        rows.inner.update_value(|i| i.stale = true);
                        rows.flush_later();
                    }
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

    pub(super) fn cancel(&self, which: impl Fn(&Flight) -> bool) {
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

    pub(super) fn forget_far(&self, first: u32) {
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
}
