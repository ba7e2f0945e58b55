//! Keys: J and K walk the lines from anywhere on the page, X picks, D is done with it, S and W put it off, L and T begin a
//! call and a next step. By the place on the keyboard, so that they work with a Cyrillic layout too. Enter follows the line's link.

use leptos::ev::KeyboardEvent;

use super::desk::{Desk, Later};
use crate::prelude::*;

/// J and K bring the keyboard to the lines: to the one where it stood.
pub fn listen(desk: Desk) {
    #[cfg(feature = "hydrate")]
    {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let walks = matches!(event.code().as_str(), "KeyJ" | "KeyK");
            let other = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.default_prevented();
            if !walks || other || crate::dom::is_typing(&event) {
                return;
            }
            event.prevent_default();
            step(desk, event.code() == "KeyJ");
        });
        on_cleanup(move || handle.remove());
    }
    let _ = desk;
}

/// To the next or the previous line; from nowhere, to where it stood, or the first.
fn step(desk: Desk, on: bool) {
    let here = desk.at.get_untracked();
    let focused = focused_key();
    let next = desk.lines.with_untracked(|all| {
        let at = here.as_ref().and_then(|key| all.iter().position(|l| l.key == *key));
        let to = match at {
            Some(at) if focused.is_none() => at,
            Some(at) if on => (at + 1).min(all.len().saturating_sub(1)),
            Some(at) => at.saturating_sub(1),
            None => 0,
        };
        all.get(to).map(|l| l.key.clone())
    });
    focus_soon(desk, next);
}

#[cfg(feature = "hydrate")]
fn focused_key() -> Option<String> {
    document().active_element()?.closest("[data-line]").ok()??.get_attribute("data-line")
}

#[cfg(not(feature = "hydrate"))]
fn focused_key() -> Option<String> {
    None
}

/// By the next frame: lines that go are gone by then.
pub fn focus_soon(desk: Desk, key: Option<String>) {
    desk.at.set(key.clone());
    #[cfg(feature = "hydrate")]
    if let Some(key) = key {
        request_animation_frame(move || {
            let row = format!("[data-line='{key}']");
            if let Ok(Some(row)) = document().query_selector(&row) {
                crate::dom::show(&row);
            }
            let _ = crate::dom::focus(&format!("{row} .t"));
        });
    }
}

/// What a key does on the line that has the keyboard.
pub fn on_row(desk: Desk, event: &KeyboardEvent) {
    let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key() || event.is_composing());
    let Some(line) = focused_key().and_then(|key| desk.line(&key)).filter(|_| plain && !is_menu(event)) else { return };
    let picked = desk.picked_ids();
    let task = line.kind == Kind::Task && line.can_edit;
    // What is picked goes together, where the line is one of them.
    let ids = if picked.contains(&line.id) { picked } else { vec![line.id] };
    match event.code().as_str() {
        "KeyX" if task => desk.toggle(line.id),
        "KeyD" if task => desk.finish(ids),
        "KeyS" if task => desk.put_off(ids, Later::Tomorrow),
        "KeyW" if task => desk.put_off(ids, Later::NextWeek),
        "KeyL" => desk.begin(Kind::Call, &line),
        "KeyT" => desk.begin(Kind::Task, &line),
        "Escape" if !desk.picked_ids().is_empty() => desk.picked.set(Default::default()),
        "ArrowDown" => step(desk, true),
        "ArrowUp" => step(desk, false),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// An open menu of the line has keys of its own.
fn is_menu(event: &KeyboardEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        crate::dom::is_typing(event) && !is_tick(event)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        true
    }
}

#[cfg(feature = "hydrate")]
fn is_tick(event: &KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).is_some_and(|t| t.matches("input.box").unwrap_or(false))
}
