//! Which rows are drawn: those in sight and some beyond, asked for as the table is scrolled.

use super::{Stand, TALLEST, Table, whole};
use crate::prelude::*;

/// Rows drawn beyond what is seen, above and below.
const BEYOND: u32 = 8;

impl Table {
    /// Once the page lives: take the measures, follow the window's size, come back to where the list stood.
    pub(super) fn live(self, stand: Option<Stand>) {
        #[cfg(feature = "hydrate")]
        {
            use wasm_bindgen::JsCast;
            self.walk_from_anywhere();
            Effect::new(move |_| {
                let Some(scroller) = self.scroller.get() else {
                    return;
                };
                self.measure();
                if let Some(stand) = stand {
                    scroller.set_scroll_top(whole(stand.top).try_into().unwrap_or(0));
                }
                self.look();
                let seen = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || self.scrolled());
                if let Ok(observer) = web_sys::ResizeObserver::new(seen.as_ref().unchecked_ref()) {
                    observer.observe(&scroller);
                    let kept = StoredValue::new_local((observer, seen));
                    on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
                }
            });
            // A new question begins at the top; rows that came or went above move the table along.
            Effect::new(move |before: Option<bool>| {
                let busy = self.cx.rows.busy.get();
                if before == Some(true) && !busy {
                    self.active.set(0);
                    if let Some(scroller) = self.scroller.get_untracked() {
                        scroller.set_scroll_top(0);
                    }
                    self.look();
                }
                busy
            });
            Effect::new(move |_| {
                let by = self.cx.rows.moved.get();
                if by == 0 {
                    return;
                }
                self.cx.rows.moved.set(0);
                let Some(scroller) = self.scroller.get_untracked() else {
                    return;
                };
                self.active.update(|a| *a = a.saturating_add_signed(i32::try_from(by).unwrap_or(0)));
                // At the very top new rows are seen to come in.
                if scroller.scroll_top() > 0 && self.pushed.get_untracked().is_none() {
                    let top = f64::from(scroller.scroll_top()) + self.height.get_value() * (by as f64);
                    scroller.set_scroll_top(whole(top).try_into().unwrap_or(0));
                }
                self.look();
            });
            Effect::new(move |_| {
                self.cx.rows.total.track();
                self.look();
            });
        }
        let _ = (stand, self.waiting);
    }

    pub(super) fn scrolled(self) {
        if self.waiting.try_get_value() != Some(false) {
            return;
        }
        self.waiting.set_value(true);
        request_animation_frame(move || {
            if self.waiting.try_update_value(|w| *w = false).is_some() {
                self.look();
            }
        });
    }

    /// The height of a row: density and touch decide it in the style sheet.
    fn measure(self) {
        if let Some(scroller) = self.scroller.get_untracked()
            && let Ok(Some(row)) = scroller.query_selector(".rows .r")
        {
            let height = row.get_bounding_client_rect().height();
            if height > 8.0 {
                self.height.set_value(height);
            }
        }
    }

    /// What is in view now: draw it, ask for it.
    fn look(self) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        self.measure();
        let aside = scroller.scroll_left() > 0;
        if self.aside.get_untracked() != aside {
            self.aside.set(aside);
        }
        let height = self.height.get_value();
        let total = self.cx.rows.total.get_untracked().known();
        let (top, view) = (f64::from(scroller.scroll_top()).max(0.0), f64::from(scroller.client_height()));
        let all = f64::from(total) * height;
        let scale = if all > TALLEST { (all - view) / (TALLEST - view).max(1.0) } else { 1.0 };
        // In steps of four, so that a slow wheel redraws seldom.
        let first = whole((top * scale / height).floor()).saturating_sub(BEYOND) / 4 * 4;
        let last = (whole((top * scale + view) / height) + BEYOND + 4) / 4 * 4;
        let pushed = (scale > 1.0).then(|| (top - top * scale) / height);
        if self.pushed.get_untracked() != pushed {
            self.pushed.set(pushed);
        }
        // A cell that is edited saves before its row goes out of sight.
        if self.cx.editing.cell.get_untracked().is_some() && !(first..last).contains(&self.active.get_untracked()) {
            crate::dom::blur();
        }
        self.cx.picked.stand.set_value(Stand { top, active: self.active.get_untracked() });
        self.cx.rows.see(first, last);
    }

    pub(super) fn go(self, to: u32) {
        let last = self.cx.rows.total.get_untracked().known().saturating_sub(1);
        let to = to.min(last);
        self.active.set(to);
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        let height = self.height.get_value();
        let (top, view) = (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()));
        let head = scroller.query_selector(".head").ok().flatten().map_or(0.0, |h| h.get_bounding_client_rect().height());
        let all = f64::from(last + 1) * height;
        let scale = if all > TALLEST { (all - view) / (TALLEST - view).max(1.0) } else { 1.0 };
        let (above, below) = (f64::from(to) * height, f64::from(to + 1) * height);
        let seen = top * scale;
        let wanted = if above < seen {
            above
        } else if below + head > seen + view {
            below + head - view
        } else {
            return;
        };
        scroller.set_scroll_top(whole(wanted / scale).try_into().unwrap_or(i32::MAX));
        self.look();
    }
}
