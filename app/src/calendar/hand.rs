//! The little of the browser that hands need: where the keyboard is, what is scrolled into sight. Does nothing on the server.

use domain::calendar::conflict::With;
use domain::calendar::view::Shown;
use domain::calendar::{Conflict, ConflictKind, SubjectKind, Who};

use super::desk::Desk;

/// What is seen on the screen, as the server would tell it.
pub fn as_conflict(item: &Shown) -> Conflict {
    let title = (!item.masked).then(|| super::words::title(item));
    let id = item.organiser.unwrap_or(item.id);
    Conflict {
        kind: ConflictKind::Own,
        span: item.span,
        with: Some(With { id: Some(item.id), title, slot: item.slot, span: item.span, days: With::days_of(super::desk::when_of(item)) }),
        who: Who { kind: SubjectKind::User, id, name: String::new() },
        strict: false,
        item: None,
        slot: None,
    }
}

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::Cell;

    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use web_sys::HtmlElement;

    use super::super::clash::key_text;
    use super::Desk;

    thread_local! {
        static PRESSED: Cell<f64> = const { Cell::new(0.0) };
    }

    /// A button of the mouse or a finger went down.
    pub fn note_press() {
        PRESSED.set(js_sys::Date::now());
    }

    /// Just now: what gets the focus got it by that, not by the keyboard.
    pub fn pressed() -> bool {
        js_sys::Date::now() - PRESSED.get() < 500.0
    }

    pub fn nothing_focused() -> bool {
        document().active_element().is_none_or(|e| matches!(e.tag_name().as_str(), "BODY" | "MAIN" | "H1"))
    }

    fn items() -> Vec<HtmlElement> {
        let Ok(list) = document().query_selector_all(".cal [data-item]:not([hidden])") else { return Vec::new() };
        (0..list.length()).filter_map(|i| list.get(i)?.dyn_into().ok()).collect()
    }

    /// The next item, or the one before.
    pub fn focus_beside(forward: bool) {
        let all = items();
        let Some(at) = document().active_element().and_then(|a| all.iter().position(|e| **e == a)) else { return };
        let next = if forward { at + 1 } else { at.wrapping_sub(1) };
        if let Some(e) = all.get(next) {
            let _ = e.focus();
        }
    }

    /// What moved to another day is another element: the keyboard goes along.
    /// In the team's day it stands in several lines: `line` is the one where it was let go.
    pub fn refocus(desk: Desk, line: Option<domain::Id>) {
        refocus_within(desk, line, 60);
    }

    /// It may be drawn only when the days that it was carried to have been read.
    fn refocus_within(desk: Desk, line: Option<domain::Id>, frames: u32) {
        request_animation_frame(move || {
            let Some(Some(of)) = desk.focus.try_get_untracked() else { return };
            if document().active_element().is_some_and(|e| e.tag_name() != "BODY") {
                return;
            }
            match shown(&key_text(&of), line) {
                Some(e) => _ = e.focus(),
                None if frames > 0 => refocus_within(desk, line, frames - 1),
                // All of a series have other names when they have another hour.
                None => let_go(),
            }
        });
    }

    /// As soon as it is drawn.
    pub fn focus_soon(selector: String, frames: u32) {
        if !crate::dom::focus(&selector) && frames > 0 {
            request_animation_frame(move || focus_soon(selector, frames - 1));
        }
    }

    /// What had the keyboard is gone: it goes on with what is there, not at the top of the page.
    pub fn let_go() {
        request_animation_frame(|| {
            if document().active_element().is_none_or(|e| e.tag_name() == "BODY") {
                let _ = crate::dom::focus(".cal [data-item]") || crate::dom::focus(".cal [role='application']");
            }
        });
    }

    /// An item as it is drawn: in this line, or wherever it is.
    fn shown(item: &str, line: Option<domain::Id>) -> Option<HtmlElement> {
        let find = |line: String| document().query_selector(&format!("{line}[data-item='{item}']")).ok().flatten();
        let there = line.and_then(|id| find(format!("[data-subject='{id}'] ")));
        there.or_else(|| find(String::new()))?.dyn_into().ok()
    }

    /// Draws anew: the item that has the keyboard keeps it, also when it is another element by then, or another item (an
    /// occurrence of a series that became one of its own: `desk.focus`).
    pub fn keeping_focus(desk: Desk, draw: impl FnOnce()) {
        let held = document().active_element().and_then(|e| {
            let line = e.closest("[data-subject]").ok().flatten().and_then(|l| l.get_attribute("data-subject"));
            Some((e.get_attribute("data-item")?, line.and_then(|id| domain::Id::parse(&id))))
        });
        draw();
        let Some((item, line)) = held else { return };
        request_animation_frame(move || {
            if document().active_element().is_some_and(|e| e.tag_name() != "BODY") {
                return;
            }
            match shown(&item, line) {
                Some(e) => {
                    let _ = e.focus();
                }
                None => refocus(desk, line),
            }
        });
    }

    /// A phone has room for one day: a week that a link or no link names is shown as its day.
    pub fn fit_view(desk: Desk) {
        use super::super::place::View;
        Effect::new(move |_| {
            let place = desk.place.get();
            let narrow = window().match_media("(max-width: 640px)").ok().flatten().is_some_and(|m| m.matches());
            if desk.alive.get() && narrow && matches!(place.view, View::Week | View::Workweek) {
                desk.go_quietly(&place.seen(View::Day));
            }
        });
    }

    /// Keys pressed anywhere on the page: behind those of the whole product, which take what is theirs first.
    pub fn listen(desk: Desk) {
        use super::super::deeds::{Deed, deed};
        let handle = StoredValue::new_local(None::<WindowListenerHandle>);
        Effect::new(move |_| {
            if desk.alive.get() && handle.with_value(Option::is_none) {
                handle.set_value(Some(window_event_listener(leptos::ev::keydown, move |event| deed(desk, Deed::PageKey(event)))));
            }
        });
        on_cleanup(move || {
            if let Some(handle) = handle.try_update_value(Option::take).flatten() {
                handle.remove();
            }
        });
    }

    /// The slot under the keyboard stays in sight.
    pub fn show_slot() {
        request_animation_frame(|| {
            if let Some(e) = document().query_selector(".cal .cursor").ok().flatten() {
                crate::dom::show(&e);
            }
        });
    }

    /// The hours that people work in are in sight first: half an hour before the first of them.
    pub fn show_working_hours(desk: Desk, root: NodeRef<leptos::html::Div>) {
        let Some(root) = root.get_untracked() else { return };
        let clock = desk.clock.get_untracked();
        let days = desk.columns.get_untracked();
        let minutes = desk.page.with_untracked(|p| {
            let work = p.subjects.iter().filter_map(|s| s.working.as_ref()).flatten().map(|s| clock.wall(s.start));
            let items = p.items.iter().filter(|i| super::super::grid::has_hours(i)).map(|i| clock.wall(i.span.start));
            work.chain(items).filter(|(day, m)| days.contains(day) && *m >= 5 * 60).map(|(_, m)| m).min()
        });
        let minute = f64::from((minutes.unwrap_or(8 * 60).min(10 * 60) - 30).max(0));
        if let Some(track) = root.query_selector(".ticks .track").ok().flatten() {
            let width = track.get_bounding_client_rect().width();
            root.set_scroll_left((minute / 1440.0 * width) as i32);
        } else if let Some(column) = root.query_selector(".dcol").ok().flatten() {
            let height = column.get_bounding_client_rect().height();
            root.set_scroll_top((minute / 1440.0 * height) as i32);
        }
    }
}

#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(not(feature = "hydrate"))]
mod none {
    use super::Desk;

    pub fn pressed() -> bool {
        false
    }
    pub fn nothing_focused() -> bool {
        false
    }
    pub fn focus_beside(_forward: bool) {}
    pub fn let_go() {}
    pub fn focus_soon(_selector: String, _frames: u32) {}
    pub fn refocus(_desk: Desk, _line: Option<domain::Id>) {}
    pub fn keeping_focus(_desk: Desk, draw: impl FnOnce()) {
        draw();
    }
    pub fn show_slot() {}
    pub fn fit_view(_desk: Desk) {}
    pub fn listen(_desk: Desk) {}
    pub fn show_working_hours(_desk: Desk, _root: leptos::prelude::NodeRef<leptos::html::Div>) {}
}

#[cfg(not(feature = "hydrate"))]
pub use none::*;
