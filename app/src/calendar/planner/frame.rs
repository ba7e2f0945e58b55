//! The frame of a panel: beside what it is about on a wide window, a full-height sheet on a phone, in the middle when it is
//! the whole form. Escape closes it, and the keyboard goes back to where it was.

use leptos::ev::KeyboardEvent;
use leptos::html;

use super::super::desk::Desk;
use crate::prelude::*;

/// `wide`: in the middle, over everything. `beside`: what it stands next to.
pub fn frame(desk: Desk, class: &'static str, label: Signal<String>, wide: Signal<bool>, beside: &'static str, inside: AnyView) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    let back = StoredValue::new_local(None::<web_sys::HtmlElement>);
    Effect::new(move |was: Option<bool>| {
        let wide = wide.get();
        let Some(dialog) = node.get() else { return wide };
        #[cfg(feature = "hydrate")]
        show(&dialog, wide, was, beside, back);
        let _ = (&dialog, was, beside, back);
        wide
    });
    // It came here by a drag: it stands where the item stands now.
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if desk.wanted.get().is_some()
            && let Some(dialog) = node.get_untracked()
        {
            request_animation_frame(move || place(&dialog, beside));
        }
    });
    on_cleanup(move || {
        #[cfg(feature = "hydrate")]
        if let Some(Some(from)) = back.try_get_value() {
            request_animation_frame(move || {
                let gone = document().active_element().is_none_or(|e| e.tag_name() == "BODY");
                if gone && from.is_connected() {
                    let _ = from.focus();
                }
            });
        }
        desk.drawn.try_set(None);
    });
    let close = move || {
        let _ = desk.panel.try_set(None);
    };
    let keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    view! {
        <dialog
            class=format!("planner {class}")
            class:full=move || wide.get()
            aria-label=move || label.get()
            node_ref=node
            on:keydown=keydown
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                close();
            }
            on:mousedown=move |event| {
                // Only the backdrop is the dialog itself.
                let on_backdrop = node.get_untracked().is_some_and(|d| event.target().is_some_and(|t| t == ****d));
                if on_backdrop {
                    close();
                }
            }
        >
            <div class="in">{inside}</div>
        </dialog>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
fn narrow() -> bool {
    window().match_media("(max-width: 640px)").ok().flatten().is_some_and(|m| m.matches())
}

#[cfg(feature = "hydrate")]
fn show(
    dialog: &web_sys::HtmlDialogElement,
    wide: bool,
    was: Option<bool>,
    beside: &'static str,
    back: StoredValue<Option<web_sys::HtmlElement>, LocalStorage>,
) {
    use wasm_bindgen::JsCast;
    let modal = wide || narrow();
    if was.is_none() {
        let from = document().active_element().filter(|e| e.tag_name() != "BODY").and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
        back.set_value(from);
    }
    // One panel may take over the element of the last.
    if dialog.open() {
        dialog.close();
    }
    let element: &web_sys::HtmlElement = dialog;
    for name in ["left", "top", "max-height"] {
        let _ = element.style().remove_property(name);
    }
    if modal {
        let _ = dialog.show_modal();
    } else {
        dialog.show();
    }
    let dialog = dialog.clone();
    let first = was.is_none();
    request_animation_frame(move || {
        if !modal {
            place(&dialog, beside);
        }
        let inside = |what: &str| dialog.query_selector(what).ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
        // A finger is not met by a keyboard that covers half the sheet.
        let coarse = window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|m| m.matches());
        let field = inside("[autofocus]").filter(|_| !coarse);
        let lost = first || !dialog.contains(document().active_element().as_ref().map(AsRef::as_ref));
        if let Some(to) = field.or_else(|| inside("button")).filter(|_| lost) {
            let _ = to.focus();
        }
    });
}

/// Right of what it is about, or left where that has more room; never out of the window.
#[cfg(feature = "hydrate")]
fn place(dialog: &web_sys::HtmlElement, beside: &str) {
    if dialog.class_list().contains("full") || narrow() {
        return;
    }
    let size = |v: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| v.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let own = dialog.get_bounding_client_rect();
    let style = dialog.style();
    let anchor = document().query_selector(beside).ok().flatten().map(|e| e.get_bounding_client_rect()).filter(|r| r.width() > 0.0);
    let (left, top) = match anchor {
        Some(r) => {
            let right = r.right() + 10.0;
            let left = if right + own.width() + 8.0 <= width {
                right
            } else if r.left() - own.width() - 10.0 >= 8.0 {
                r.left() - own.width() - 10.0
            } else {
                ((width - own.width()) / 2.0).max(8.0)
            };
            (left, r.top() - 60.0)
        }
        None => ((width - own.width()) / 2.0, 96.0),
    };
    // It grows downwards when an alert comes: there is room left for it.
    let room = own.height().max(420.0);
    let top = top.min(height - room - 12.0).max(56.0);
    let _ = style.set_property("left", &format!("{left:.0}px"));
    let _ = style.set_property("top", &format!("{top:.0}px"));
    let _ = style.set_property("max-height", &format!("{:.0}px", height - top - 8.0));
}
