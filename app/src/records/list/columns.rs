//! Choosing columns: which, in what order. Widths are changed at the heads.

use leptos::ev::PointerEvent;

use super::super::look::{self, Column};
use super::ListCx;
use crate::prelude::*;
use crate::rooms::Tool;

/// Writes the columns into the address. Kept there only where they are not the kind's own.
pub fn put(cx: ListCx, columns: Vec<Column>, replace: bool) {
    let texts: Vec<String> = columns.iter().map(Column::text).collect();
    let own: Vec<String> = cx.kind.default_columns().map(|d| Column::of(d).text()).collect();
    let texts = if texts == own { Vec::new() } else { texts };
    cx.columns.set(columns);
    if replace { cx.refine(|look| look.columns = texts) } else { cx.change(|look| look.columns = texts) }
}

/// Moves a column one place; the name stays first.
pub fn step(cx: ListCx, name: &str, by: isize) {
    let mut columns = cx.columns.get_untracked();
    let Some(at) = columns.iter().position(|c| c.def.name == name) else {
        return;
    };
    if let Some(to) = at.checked_add_signed(by).filter(|to| *to > 0 && *to < columns.len() && at > 0) {
        columns.swap(at, to);
        put(cx, columns, true);
    }
}

/// A column in the hand: held by its handle in the chooser, or with the mouse by its head.
#[derive(Clone, Copy)]
pub struct Carry {
    /// The column, and the one whose place it would take.
    over: RwSignal<Option<(&'static str, &'static str)>>,
    pressed: StoredValue<Option<Press>>,
    dropped: StoredValue<bool>,
}

#[derive(Clone, Copy)]
struct Press {
    name: &'static str,
    at: (f64, f64),
    in_head: bool,
}

/// So far a press has to move before it carries.
const SLOP: f64 = 5.0;

impl Carry {
    pub fn new() -> Self {
        Self { over: RwSignal::new(None), pressed: StoredValue::new(None), dropped: StoredValue::new(false) }
    }

    /// The click that ends a carry is not meant for what lies below it.
    pub fn was_drop(&self, click: &leptos::ev::MouseEvent) -> bool {
        click.detail() > 0 && self.dropped.get_value()
    }
}

/// The column that this lies in; the name stays where it is.
fn column_of(cx: ListCx, element: &web_sys::Element, within: &str) -> Option<&'static str> {
    let name = element.closest(within).ok()??.get_attribute("data-f").filter(|n| n != "name")?;
    cx.columns.with_untracked(|columns| columns.iter().map(|c| c.def.name).find(|n| *n == name))
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

/// A finger carries by the handle only: elsewhere it scrolls.
pub fn press(cx: ListCx, event: &PointerEvent) {
    use wasm_bindgen::JsCast;
    let_go(cx);
    cx.carry.dropped.set_value(false);
    let Some(element) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else {
        return;
    };
    let on = |what: &str| element.closest(what).is_ok_and(|found| found.is_some());
    let in_head = on(".head");
    let holds = if in_head { event.pointer_type() == "mouse" && !on(".grip") } else { on(".handle") };
    if let Some(name) = column_of(cx, &element, "[data-f]").filter(|_| holds && event.button() == 0) {
        cx.carry.pressed.set_value(Some(Press { name, at: place(event), in_head }));
    }
}

pub fn drag(cx: ListCx, event: &PointerEvent) {
    let Some(press) = cx.carry.pressed.get_value() else {
        return;
    };
    // Let go of where nothing was heard of it.
    if event.buttons() == 0 {
        return let_go(cx);
    }
    let (x, y) = place(event);
    let before = cx.carry.over.get_untracked();
    if before.is_none() {
        if (x - press.at.0).hypot(y - press.at.1) < SLOP {
            return;
        }
        let element: web_sys::Element = event_target(event);
        let _ = element.set_pointer_capture(event.pointer_id());
    }
    event.prevent_default();
    // Along the row of heads, or along the list: a hand that strays aside still holds it.
    let ((x, y), within) = if press.in_head { ((x, press.at.1), ".head [data-f]") } else { ((press.at.0, y), ".chooser [data-f]") };
    #[allow(clippy::cast_possible_truncation)]
    let under = document().element_from_point(x as f32, y as f32);
    let to = under.as_ref().and_then(|under| column_of(cx, under, within));
    if let (Some(_), Some(under)) = (to, under.and_then(|u| u.closest(within).ok().flatten())) {
        crate::dom::show(&under);
    }
    let over = Some((press.name, to.or(before.map(|(_, to)| to)).unwrap_or(press.name)));
    if over != before {
        cx.carry.over.set(over);
    }
}

/// Lets go of it where it is.
pub fn drop_here(cx: ListCx) {
    let over = cx.carry.over.get_untracked();
    let_go(cx);
    let Some((name, to)) = over else {
        return;
    };
    cx.carry.dropped.set_value(true);
    let mut columns = cx.columns.get_untracked();
    let at = |name: &str| columns.iter().position(|c| c.def.name == name);
    if let (Some(from), Some(to)) = (at(name), at(to))
        && from != to
    {
        let column = columns.remove(from);
        columns.insert(to, column);
        put(cx, columns, true);
    }
}

/// It stays where it was.
pub fn let_go(cx: ListCx) {
    cx.carry.pressed.set_value(None);
    if cx.carry.over.get_untracked().is_some() {
        cx.carry.over.set(None);
    }
}

/// The classes of a column's head or line; a line shows where the carried one would stand.
pub fn class(cx: ListCx, name: &str, base: &str) -> String {
    let more = match cx.carry.over.get() {
        Some((held, _)) if held == name => " held",
        Some((held, to)) if to == name => {
            let at = |name: &str| cx.columns.with_untracked(|columns| columns.iter().position(|c| c.def.name == name));
            if at(held) < at(to) { " drop after" } else { " drop" }
        }
        _ => "",
    };
    format!("{base}{more}")
}

pub fn chooser(cx: ListCx) -> AnyView {
    view! {
        <Popover class="btn quiet icon" align="end" label=Signal::derive(|| t("columns.title").to_owned()) trigger=|| view! { <Icon name="columns"/> }>
            {crate::rooms::tool(Tool::Columns(cx))}
        </Popover>
    }
    .into_any()
}

pub fn panel(cx: ListCx) -> AnyView {
    let names = Memo::new(move |_| cx.columns.with(|c| c.iter().map(|c| c.def.name).collect::<Vec<_>>()));
    let hidden = move || {
        let shown = names.get();
        let mut rest: Vec<(String, &'static str)> =
            look::possible_columns(cx.kind).filter(|d| !shown.contains(&d.name)).map(|d| (field_label(cx.kind, d.name), d.name)).collect();
        rest.sort();
        rest
    };
    let hide = move |name: &str| put(cx, cx.columns.get_untracked().into_iter().filter(|c| c.def.name != name).collect(), true);
    let show = move |name: &str| {
        if let Some(def) = cx.kind.any_field(name) {
            let mut columns = cx.columns.get_untracked();
            columns.push(Column::of(def));
            put(cx, columns, true);
        }
    };
    view! {
        <div class="body">
            <h3 class="faint">{t("columns.shown")}</h3>
            <ol
                class="chooser"
                on:pointerdown=move |event| press(cx, &event)
                on:pointermove=move |event| drag(cx, &event)
                on:pointerup=move |_| drop_here(cx)
                on:pointercancel=move |_| let_go(cx)
            >
                <For each=move || names.get() key=|name| *name let:name>
                    {
                        let label = field_label(cx.kind, name);
                        let fixed = name == "name";
                        view! {
                            <li class=move || class(cx, name, "") data-f=name>
                                <span class="handle">{(!fixed).then(|| view! { <Icon name="drag" size="s"/> })}</span>
                                <label class="check grow">
                                    <input type="checkbox" checked disabled=fixed on:change=move |_| hide(name)/>
                                    <span class="clip">{label.clone()}</span>
                                </label>
                                {(!fixed).then(|| view! {
                                    <IconButton icon="rise" label=t!("columns.earlier", name = label) on_click=Callback::new(move |_| step(cx, name, -1))/>
                                    <IconButton icon="fall" label=t!("columns.later", name = label) on_click=Callback::new(move |_| step(cx, name, 1))/>
                                })}
                            </li>
                        }
                    }
                </For>
            </ol>
            <h3 class="faint">{t("columns.hidden")}</h3>
            <ul class="chooser">
                <For each=hidden key=|(_, name)| *name let:field>
                    <li>
                        <label class="check grow">
                            <input type="checkbox" on:change=move |_| show(field.1)/>
                            <span class="clip">{field.0.clone()}</span>
                        </label>
                    </li>
                </For>
            </ul>
            <button
                type="button"
                class="btn quiet"
                on:click=move |_| put(cx, cx.kind.default_columns().map(Column::of).collect(), true)
            >
                {t("columns.reset")}
            </button>
        </div>
    }
    .into_any()
}
