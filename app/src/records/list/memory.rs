//! The list that was left last, so that coming back to it finds it as it stood: rows, place, chosen row. Only one is
//! kept, and only while the page lives. And what record pages need for "next" and "previous".

use serde::{Deserialize, Serialize};

use super::super::api::ListStart;
use super::ListCx;
use super::rows::Total;
use crate::prelude::*;
use crate::records::keep;

#[derive(Clone)]
pub struct Seen {
    pub start: ListStart,
    pub stand: Stand,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Stand {
    /// Pixels.
    pub top: f64,
    pub active: u32,
}

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::RefCell;

    use super::Seen;

    thread_local! {
        static LAST: RefCell<Option<(String, Seen)>> = const { RefCell::new(None) };
    }

    pub fn put(href: String, seen: Seen) {
        LAST.set(Some((href, seen)));
    }

    pub fn take(href: &str) -> Option<Seen> {
        LAST.with_borrow_mut(|last| if last.as_ref().is_some_and(|(h, _)| h == href) { last.take().map(|(_, s)| s) } else { None })
    }
}

#[cfg(feature = "hydrate")]
pub use real::take;

#[cfg(not(feature = "hydrate"))]
pub fn take(_href: &str) -> Option<Seen> {
    None
}

/// Remembers the list when it is left.
pub fn keep(cx: ListCx) {
    let _ = cx;
    #[cfg(feature = "hydrate")]
    {
        // Read while it stands: when the owner ends, its signals are gone.
        let stand = cx.picked.stand;
        on_cleanup(move || {
            let href = cx.place.get_untracked().href(cx.kind);
            let page = cx.rows.snapshot();
            if page.records.is_empty() {
                return;
            }
            let start = ListStart {
                views: cx.views.get_untracked(),
                look: cx.look.get_untracked(),
                page: Ok(page),
                sums: cx.sums.get_untracked(),
                names: cx.names.labels(),
                pipelines: cx.names.pipelines(),
            };
            real::put(href, Seen { start, stand: stand.get_value() });
        });
    }
}

/// The list a record was opened from: enough to find its neighbours again after a reload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    pub kind: Kind,
    pub filter: String,
    pub q: String,
    pub sort: String,
    pub index: u32,
    pub total: Option<u32>,
    /// The list's own address.
    pub href: String,
}

const NAME: &str = "trail";

pub fn leave_trail(cx: ListCx, index: u32) {
    let question = cx.rows.question();
    let total = match cx.rows.total.get_untracked() {
        Total::Exactly(n) => Some(n),
        Total::Some(_) => None,
    };
    let href = cx.place.get_untracked().href(cx.kind);
    Trail { kind: cx.kind, filter: question.filter, q: question.q, sort: question.sort, index, total, href }.keep();
}

impl Trail {
    pub fn keep(&self) {
        keep::keep_for_tab(NAME, &serde_json::to_string(self).unwrap_or_default());
    }

    pub fn found(kind: Kind) -> Option<Self> {
        let trail: Self = serde_json::from_str(&keep::of_tab(NAME)?).ok()?;
        (trail.kind == kind).then_some(trail)
    }
}
