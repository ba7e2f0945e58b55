//! What keys, the mouse and fingers do in the table: walk, select, open, edit.

use leptos::ev::{KeyboardEvent, MouseEvent};

use super::super::super::value;
use super::super::{bulk, edit, memory};
use super::{Table, whole};
use crate::prelude::*;

impl Table {
    pub(super) fn key(self, event: KeyboardEvent) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        // Keys meant for something inside stay there.
        let inside = event.target().is_none_or(|t| t != ****scroller);
        if inside || event.is_composing() || event.alt_key() {
            return;
        }
        let (cx, at) = (self.cx, self.active.get_untracked());
        // Letters by their place on the keyboard, so that they work with a Cyrillic layout too.
        let code = event.code();
        let page = whole(f64::from(scroller.client_height()) / self.height.get_value()).saturating_sub(2).max(1);
        let control = event.ctrl_key() || event.meta_key();
        let to = match event.key().as_str() {
            _ if !control && code == "KeyJ" => at.saturating_add(1),
            _ if !control && code == "KeyK" => at.saturating_sub(1),
            "ArrowDown" => at.saturating_add(1),
            "ArrowUp" => at.saturating_sub(1),
            "PageDown" => at.saturating_add(page),
            "PageUp" => at.saturating_sub(page),
            "Home" => 0,
            "End" => u32::MAX - 1,
            "Enter" | "F2" => {
                event.prevent_default();
                return self.enter(at, event.key() == "F2");
            }
            "ArrowRight" | "ArrowLeft" if !control => {
                event.prevent_default();
                return self.aside(event.key() == "ArrowRight");
            }
            key if !control && (key == " " || code == "KeyX") => {
                event.prevent_default();
                return cx.picked.toggle(cx, at, None);
            }
            _ if control && code == "KeyA" => {
                event.prevent_default();
                return cx.picked.all.set(true);
            }
            "Delete" if cx.picked.any() => {
                event.prevent_default();
                return bulk::delete(cx);
            }
            "Escape" if cx.picked.any() => {
                event.prevent_default();
                event.stop_propagation();
                return cx.picked.clear();
            }
            _ => return,
        };
        if control && !matches!(event.key().as_str(), "Home" | "End") {
            return;
        }
        event.prevent_default();
        if event.shift_key() {
            if cx.picked.from.get_value().is_none() {
                cx.picked.toggle(cx, at, Some(true));
            }
            self.go(to);
            cx.picked.extend(cx, self.active.get_untracked());
        } else {
            self.go(to);
        }
    }

    /// From anywhere on the page J and K bring the keyboard to the rows: to the one where it stood, which screen readers
    /// then read. From a row's tick box they go on from that row.
    #[cfg(feature = "hydrate")]
    pub(super) fn walk_from_anywhere(self) {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            use wasm_bindgen::JsCast;
            let walks = matches!(event.code().as_str(), "KeyJ" | "KeyK");
            let other = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() || event.default_prevented();
            if !walks || other {
                return;
            }
            let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
            let tick = target.filter(|t| t.matches(".grid input.box").unwrap_or(false));
            let row = tick.as_ref().and_then(|t| t.closest("[data-i]").ok()??.get_attribute("data-i")?.parse::<u32>().ok());
            let open = document().query_selector("dialog[open], [popover]:popover-open").is_ok_and(|found| found.is_some());
            let Some(scroller) =
                self.scroller.try_get_untracked().flatten().filter(|_| tick.is_some() || !crate::dom::is_typing(&event) && !open)
            else {
                return;
            };
            event.prevent_default();
            let _ = scroller.focus();
            self.go(match row {
                Some(at) if event.code() == "KeyJ" => at.saturating_add(1),
                Some(at) => at.saturating_sub(1),
                None => self.active.get_untracked(),
            });
        });
        on_cleanup(move || handle.remove());
    }

    /// One cell to the side.
    fn aside(self, right: bool) {
        let last = self.cx.columns.with_untracked(Vec::len).saturating_sub(1);
        self.column.update(|c| *c = if right { (*c + 1).min(last) } else { c.saturating_sub(1) });
        request_animation_frame(|| {
            if let Ok(Some(cell)) = document().query_selector(".grid .c.here") {
                crate::dom::show(&cell);
            }
        });
    }

    /// Edits the keyboard's cell; on the row as a whole Enter opens the record, F2 edits its name.
    fn enter(self, at: u32, edit: bool) {
        let column = self.column.get_untracked();
        let name = self.cx.columns.with_untracked(|c| c.get(column).map(|c| c.def.name));
        let began = (edit || column > 0)
            && match (self.cx.rows.at(at), name) {
                (Some(id), Some(name)) => edit::begin(self.cx, id, name),
                _ => false,
            };
        if !began && !edit {
            self.open(at);
        }
    }

    /// The row that was pressed, unless something in it answers by itself.
    fn pressed(event: &MouseEvent) -> Option<(u32, bool)> {
        use wasm_bindgen::JsCast;
        let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
        // What is pressed in an editor is its own; it opens its choices by a press, and the keyboard's cell stays where it is.
        if target.closest(".c.edit").ok()?.is_some() {
            return None;
        }
        let row = target.closest(".rows .r[data-i]").ok()??;
        let index = row.get_attribute("data-i")?.parse().ok()?;
        Some((index, target.closest("a, button, input, label").ok()?.is_some()))
    }

    pub(super) fn press(self, event: MouseEvent) {
        let Some((index, inner)) = Self::pressed(&event) else {
            return;
        };
        if self.selected.get_value() {
            self.selected.set_value(false);
            return event.prevent_default();
        }
        self.active.set(index);
        if self.column.get_untracked() != 0 {
            self.column.set(0);
        }
        // On a phone a press selects while something is selected.
        if self.cx.picked.any() && narrow() {
            event.prevent_default();
            return self.cx.picked.toggle(self.cx, index, None);
        }
        memory::leave_trail(self.cx, index);
        if inner {
            return;
        }
        if event.shift_key() {
            self.cx.picked.extend(self.cx, index);
        } else if event.ctrl_key() || event.meta_key() {
            self.cx.picked.toggle(self.cx, index, None);
        } else if narrow() {
            self.open(index);
        } else if let (Some(id), Some(field)) = (self.cx.rows.at(index), value_pressed(&event)) {
            edit::begin(self.cx, id, &field);
        }
    }

    /// A finger that stays on a row for half a second selects it: the way into selecting where there is no room for boxes.
    pub(super) fn touch(self, event: leptos::ev::PointerEvent) {
        self.selected.set_value(false);
        let Some((index, _)) = Self::pressed(&event).filter(|_| event.pointer_type() == "touch") else {
            return;
        };
        let this = self.finger.get_value().0 + 1;
        self.finger.set_value((this, f64::from(event.client_x()), f64::from(event.client_y())));
        set_timeout(
            move || {
                if self.finger.try_get_value().is_some_and(|(now, ..)| now == this) {
                    self.selected.set_value(true);
                    self.active.set(index);
                    self.cx.picked.toggle(self.cx, index, None);
                }
            },
            std::time::Duration::from_millis(450),
        );
    }

    pub(super) fn touch_moves(self, event: leptos::ev::PointerEvent) {
        let (_, x, y) = self.finger.get_value();
        if (f64::from(event.client_x()) - x).hypot(f64::from(event.client_y()) - y) > 10.0 {
            self.touch_ends();
        }
    }

    pub(super) fn touch_ends(self) {
        self.finger.update_value(|(turn, ..)| *turn += 1);
    }

    pub(super) fn open_pressed(self, event: MouseEvent) {
        if let Some((index, false)) = Self::pressed(&event) {
            self.open(index);
        }
    }

    fn open(self, index: u32) {
        if let Some(href) = self.cx.rows.at(index).and_then(|id| value::page_of(self.cx.kind, id)) {
            memory::leave_trail(self.cx, index);
            self.cx.leave(&href);
        }
    }
}

/// The field whose cell was pressed, where it can be edited.
fn value_pressed(event: &MouseEvent) -> Option<String> {
    use wasm_bindgen::JsCast;
    event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(".c.val").ok()??.get_attribute("data-f")
}

/// Is this a phone's window?
fn narrow() -> bool {
    window().match_media("(max-width: 640px)").ok().flatten().is_some_and(|m| m.matches())
}
