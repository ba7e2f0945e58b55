//! What happens elsewhere: written into the rows that are there, or a reason to ask again.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::list::ListQuery;
use domain::live::{LiveChange, LiveEvent};
use domain::record::ChangeOp;
use domain::{Filter, filter};

use super::super::super::api;
use super::{PAGE, Rows, Total};
use crate::prelude::*;

impl Rows {
    pub(super) fn hear(&self, event: &LiveEvent) {
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
            LiveEvent::Bulk { .. } | LiveEvent::Presence(_) | LiveEvent::Clash { .. } | LiveEvent::Notices => {}
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

    pub(super) fn flush_soon(&self) {
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

    /// After what could not be read just now. The bar at the top says why to people.
    pub(super) fn flush_later(&self) {
        let rows = *self;
        set_timeout(move || rows.flush_soon(), Duration::from_secs(2));
    }

    fn flush(&self) {
        let rows = *self;
        // While everything is read again, what is heard waits for the answer: it may be older.
        if self.inner.try_with_value(|i| i.flights.iter().any(|f| f.whole)).unwrap_or(true) {
            self.inner.try_update_value(|i| i.stale = true);
            return;
        }
        let (stale, dirty) =
            self.inner.try_update_value(|i| (!i.held && std::mem::take(&mut i.stale), std::mem::take(&mut i.dirty))).unwrap_or_default();
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
            let found = match api::by_ids(rows.kind, near.clone()).await {
                Ok(found) => found,
                Err(Fault(error)) if error.passes() => {
                    // Heard, but not read: it is still to be read.
                    if rows.inner.try_update_value(|i| i.dirty.extend(near)).is_some() {
                        rows.flush_later();
                    }
                    return;
                }
                Err(_) => return,
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
pub(super) fn depends(kind: Kind, question: &ListQuery) -> Option<BTreeSet<String>> {
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
