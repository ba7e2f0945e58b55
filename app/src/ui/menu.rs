//! Menus and popovers on the native `popover` attribute: Escape and a press elsewhere close them, one at a time. A menu
//! is walked with the arrow keys and by first letters.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;

use super::{Icon, uid};

/// Closes the menu or popover that a control lies in.
#[derive(Clone, Copy)]
pub struct Close(pub Callback<()>);

/// A button that opens what lies in `children`. `trigger` is the button's content.
#[component]
pub fn Popover(
    #[prop(into)] trigger: ViewFn,
    #[prop(optional, into)] label: Option<Signal<String>>,
    #[prop(optional, into)] class: String,
    /// "end": with its right edge below the button's.
    #[prop(optional)]
    align: &'static str,
    /// Set to true to open it from elsewhere; follows what happens.
    #[prop(optional)]
    open: Option<RwSignal<bool>>,
    children: ChildrenFn,
) -> impl IntoView {
    floating(trigger, label, class, align, "dialog", "pop", open.unwrap_or_else(|| RwSignal::new(false)), children)
}

/// A button that opens a menu of [`MenuItem`]s.
#[component]
pub fn Menu(
    #[prop(into)] trigger: ViewFn,
    #[prop(optional, into)] label: Option<Signal<String>>,
    #[prop(optional, into)] class: String,
    #[prop(optional)] align: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    floating(trigger, label, class, align, "menu", "pop menu", RwSignal::new(false), children)
}

#[allow(clippy::too_many_arguments)]
fn floating(
    trigger: ViewFn,
    label: Option<Signal<String>>,
    class: String,
    align: &'static str,
    role: &'static str,
    look: &'static str,
    open: RwSignal<bool>,
    children: ChildrenFn,
) -> AnyView {
    let id = uid();
    let button = NodeRef::<html::Button>::new();
    let panel = NodeRef::<html::Div>::new();
    let close = Callback::new(move |()| {
        if let Some(panel) = panel.get_untracked() {
            let _ = panel.hide_popover();
        }
    });
    #[cfg(feature = "hydrate")]
    let panel_now = panel;
    let class = if class.is_empty() { "btn quiet".to_owned() } else { class };
    Effect::new(move |_| {
        let Some(panel) = panel.get() else {
            return;
        };
        let shown = panel.matches(":popover-open").unwrap_or(false);
        if open.get() && !shown {
            // Its content is drawn by then, so that its size is known; and nothing was painted before.
            #[cfg(feature = "hydrate")]
            request_animation_frame(move || {
                if let (Some(button), Some(panel), Some(true)) =
                    (button.get_untracked(), panel_now.get_untracked(), open.try_get_untracked())
                {
                    let _ = panel.show_popover();
                    place::beside(&button, &panel, align);
                    place::focus_in(&panel);
                }
            });
        } else if !open.get() && shown {
            let _ = panel.hide_popover();
        }
    });
    let _ = align;
    let toggled = move |_| {
        // A menu whose choice led elsewhere is gone when the browser says that it has closed.
        let Some(panel) = panel.try_get_untracked() else { return };
        let shown = panel.is_some_and(|p| p.matches(":popover-open").unwrap_or(false));
        if open.try_get_untracked() == Some(!shown) {
            open.set(shown);
        }
    };
    let keydown = move |event: KeyboardEvent| {
        #[cfg(feature = "hydrate")]
        if role == "menu"
            && let Some(panel) = panel.get_untracked()
        {
            place::walk(&panel, &event);
        }
        let _ = (&event, role);
    };
    view! {
        <button
            type="button"
            class=class
            node_ref=button
            aria-haspopup=role
            aria-expanded=move || if open.get() { "true" } else { "false" }
            aria-controls=id.clone()
            aria-label=move || label.map(|l| l.get())
            title=move || label.map(|l| l.get())
            // Says that they belong together: else the press itself would close it, and the click open it again.
            popovertarget=id.clone()
            on:click=move |event: MouseEvent| {
                event.prevent_default();
                open.update(|o| *o = !*o);
            }
        >
            {trigger.run()}
        </button>
        <div class=look id=id popover="auto" role=role node_ref=panel on:toggle=toggled on:keydown=keydown>
            {move || {
                let children = children.clone();
                open.get().then(|| view! { <leptos::context::Provider value=Close(close)>{children()}</leptos::context::Provider> })
            }}
        </div>
    }
    .into_any()
}

/// A line of a menu. Closes the menu, then acts.
#[component]
pub fn MenuItem(
    #[prop(into)] label: String,
    #[prop(into)] on_select: Callback<()>,
    #[prop(optional)] icon: &'static str,
    #[prop(optional, into)] hint: String,
    /// A word about it, behind its name.
    #[prop(optional, into)]
    note: String,
    /// Shows a tick and makes it a choice.
    #[prop(optional, into)]
    checked: Option<Signal<bool>>,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    let close = use_context::<Close>();
    view! {
        <button
            type="button"
            class="item"
            class:danger=danger
            role=if checked.is_some() { "menuitemradio" } else { "menuitem" }
            aria-checked=move || checked.map(|c| if c.get() { "true" } else { "false" })
            tabindex="-1"
            on:click=move |_| {
                if let Some(Close(close)) = close {
                    close.run(());
                }
                on_select.run(());
            }
        >
            {(!icon.is_empty()).then(|| view! { <Icon name=icon/> })}
            <span class="grow clip">{label}</span>
            {(!note.is_empty()).then(|| view! { <span class="tag">{note}</span> })}
            {(!hint.is_empty()).then(|| view! { <kbd>{hint}</kbd> })}
            {move || checked.is_some_and(|c| c.get()).then(|| view! { <Icon name="check" size="s"/> })}
        </button>
    }
    .into_any()
}

/// A line between groups, or a group's heading.
#[component]
pub fn MenuLine(#[prop(optional, into)] text: String) -> impl IntoView {
    if text.is_empty() {
        view! { <hr role="separator"/> }.into_any()
    } else {
        view! { <div class="head" role="presentation">{text}</div> }.into_any()
    }
}

#[cfg(feature = "hydrate")]
pub(crate) mod place {
    //! Where a floating panel stands, and how keys walk in it.
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use web_sys::{HtmlElement, KeyboardEvent};

    const GAP: f64 = 4.0;

    /// Below the anchor, or above where there is more room; never out of the window. A phone's style sheet makes it a sheet.
    pub fn beside(anchor: &HtmlElement, panel: &HtmlElement, align: &str) {
        let a = anchor.get_bounding_client_rect();
        // At least as wide as its button; before it is measured, or it would stand where another width belongs.
        let _ = panel.style().set_property("min-width", &format!("max(var(--pop), {:.0}px)", a.width()));
        let p = panel.get_bounding_client_rect();
        let size = |v: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| v.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
        let (width, height) = (size(window().inner_width()), size(window().inner_height()));
        let below = height - a.bottom() - GAP * 2.0;
        let above = a.top() - GAP * 2.0;
        let up = p.height() > below && above > below;
        let room = if up { above } else { below };
        let left = if align == "end" { a.right() - p.width() } else { a.left() };
        let left = left.min(width - p.width() - 8.0).max(8.0);
        let style = panel.style();
        let px = |v: f64| format!("{v:.0}px");
        // Held at the anchor's side: it may grow at the other one.
        let (top, bottom) = if up { ("auto".to_owned(), px(height - a.top() + GAP)) } else { (px(a.bottom() + GAP), "auto".to_owned()) };
        for (name, value) in [("left", px(left)), ("top", top), ("bottom", bottom), ("max-height", px(room))] {
            let _ = style.set_property(name, &value);
        }
    }

    pub fn focus_in(panel: &HtmlElement) {
        let first = panel
            .query_selector("[autofocus], [aria-checked='true'], input, select, textarea, [role^='menuitem'], button, a[href]")
            .ok()
            .flatten()
            .and_then(|e| e.dyn_into::<HtmlElement>().ok());
        if let Some(first) = first {
            let _ = first.focus();
        }
    }

    /// A list of choices as wide as its field, below it or above it where that has more room. Grows and shrinks at its far
    /// end.
    pub fn under(field: &HtmlElement, list: &HtmlElement) {
        const TALL: f64 = 280.0;
        let a = field.get_bounding_client_rect();
        let size = |v: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| v.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
        let (width, height) = (size(window().inner_width()), size(window().inner_height()));
        let (below, above) = (height - a.bottom() - GAP * 2.0, a.top() - GAP * 2.0);
        let up = below < TALL && above > below;
        let wide = a.width().max(264.0).min(width - 16.0);
        let left = a.left().min(width - wide - 8.0).max(8.0);
        let style = list.style();
        let px = |v: f64| format!("{v:.0}px");
        let (top, bottom) = if up { ("auto".to_owned(), px(height - a.top() + GAP)) } else { (px(a.bottom() + GAP), "auto".to_owned()) };
        let room = if up { above } else { below };
        for (name, value) in
            [("left", px(left)), ("width", px(wide)), ("top", top), ("bottom", bottom), ("max-height", px(room.clamp(80.0, TALL)))]
        {
            let _ = style.set_property(name, &value);
        }
    }

    /// Hears of anything that scrolls or of a window that changes, until the owner ends.
    pub fn on_scroll(then: impl Fn() + 'static) {
        let heard = wasm_bindgen::closure::Closure::<dyn Fn()>::new(then);
        let window = window();
        let call = heard.as_ref().unchecked_ref::<js_sys::Function>().clone();
        // In the capturing phase: scrolling does not bubble.
        let _ = window.add_event_listener_with_callback_and_bool("scroll", &call, true);
        let _ = window.add_event_listener_with_callback("resize", &call);
        let kept = StoredValue::new_local(heard);
        on_cleanup(move || {
            let _ = window.remove_event_listener_with_callback_and_bool("scroll", &call, true);
            let _ = window.remove_event_listener_with_callback("resize", &call);
            kept.dispose();
        });
    }

    pub fn walk(panel: &HtmlElement, event: &KeyboardEvent) {
        let Ok(list) = panel.query_selector_all("[role^='menuitem']:not([disabled])") else {
            return;
        };
        let items: Vec<HtmlElement> = (0..list.length()).filter_map(|i| list.get(i)?.dyn_into().ok()).collect();
        let current = document().active_element();
        let at = items.iter().position(|i| current.as_ref() == Some(i));
        let last = items.len().saturating_sub(1);
        let next = match event.key().as_str() {
            "ArrowDown" => at.map_or(0, |i| if i >= last { 0 } else { i + 1 }),
            "ArrowUp" => at.map_or(last, |i| if i == 0 { last } else { i - 1 }),
            "Home" => 0,
            "End" => last,
            key if key.chars().count() == 1 && !event.ctrl_key() && !event.meta_key() && key != " " => {
                let key = domain::text::lower(key);
                let start = at.map_or(0, |i| i + 1);
                let order = (start..items.len()).chain(0..start.min(items.len()));
                let starts = |i: &usize| {
                    items.get(*i).is_some_and(|e| domain::text::lower(e.text_content().unwrap_or_default().trim()).starts_with(&key))
                };
                match order.into_iter().find(starts) {
                    Some(i) => i,
                    None => return,
                }
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(item) = items.get(next) {
            let _ = item.focus();
        }
    }
}
