//! The row of heads: a column is sorted by it, made wider or narrower at its edge, and moved.

use domain::schema::FieldDef;
use leptos::ev::{KeyboardEvent, MouseEvent};

use super::super::super::look::{Column, NARROWEST, WIDEST};
use super::super::{ListCx, columns};
use super::whole;
use crate::prelude::*;

/// Selects every loaded row; the bar below then offers all results.
pub fn select_all(cx: ListCx) -> AnyView {
    let all = Memo::new(move |_| {
        cx.rows.shape.track();
        let (first, last) = cx.rows.window.get();
        let last = last.min(cx.rows.total.get().known());
        last > first && (first..last).all(|n| cx.rows.at(n).is_some_and(|id| cx.picked.has(id)))
    });
    view! {
        <input
            type="checkbox"
            class="box"
            aria-label=t("list.select_page")
            prop:checked=move || all.get()
            prop:indeterminate=move || !all.get() && cx.picked.any()
            on:change=move |event| {
                if event_target_checked(&event) {
                    let ids = cx.rows.between(0, u32::MAX);
                    cx.picked.ids.set(ids.into_iter().collect());
                } else {
                    cx.picked.clear();
                }
            }
        />
    }
    .into_any()
}

/// A column's head: sorts, and gets wider or narrower at its edge.
pub fn head(cx: ListCx, def: &'static FieldDef, sorted: Memo<Option<domain::list::Sort>>) -> AnyView {
    let label = field_label(cx.kind, def.name);
    let direction = Memo::new(move |_| sorted.with(|s| s.as_ref().filter(|s| s.field == def.name).map(|s| s.descending)));
    let aria = move || match direction.get() {
        Some(true) => Some("descending"),
        Some(false) => Some("ascending"),
        None => def.ty.is_sortable().then_some("none"),
    };
    let sort = move |event: MouseEvent| {
        if cx.carry.was_drop(&event) {
            return;
        }
        // Figures and dates are asked for from the top first.
        let big_first = def.ty.is_numeric() || matches!(def.ty, domain::schema::FieldType::Date | domain::schema::FieldType::Instant);
        let descending = direction.get_untracked().map_or(big_first, |d| !d);
        cx.change(|look| look.sort = if descending { format!("-{}", def.name) } else { def.name.to_owned() });
    };
    let class = if def.ty.is_numeric() {
        "c num"
    } else if def.name == "name" {
        "c pin"
    } else {
        "c"
    };
    view! {
        <div class=move || columns::class(cx, def.name, class) role="columnheader" aria-sort=aria data-f=def.name>
            {if def.ty.is_sortable() {
                view! {
                    <button type="button" class="by" title=label.clone() on:click=sort>
                        <span class="clip">{label.clone()}</span>
                        {move || direction.get().map(|d| view! { <Icon name=if d { "dn" } else { "up" } size="s"/> })}
                    </button>
                }
                .into_any()
            } else {
                view! { <span class="clip" title=label.clone()>{label.clone()}</span> }.into_any()
            }}
            {edge(cx, def, &label)}
        </div>
    }
    .into_any()
}

/// Drag it, or use the arrow keys; a double press gives the natural width back.
fn edge(cx: ListCx, def: &'static FieldDef, label: &str) -> AnyView {
    let begun = StoredValue::new(None::<(f64, u32)>);
    let width = move || cx.columns.with(|c| c.iter().find(|c| c.def.name == def.name).map_or(0, |c| c.width));
    let set = move |width: u32| {
        cx.columns.update(|columns| {
            if let Some(c) = columns.iter_mut().find(|c| c.def.name == def.name) {
                c.width = width.clamp(NARROWEST, WIDEST);
            }
        });
    };
    let keep = move || columns::put(cx, cx.columns.get_untracked(), true);
    view! {
        <span
            class="grip"
            role="separator"
            aria-orientation="vertical"
            tabindex="0"
            aria-label=t!("columns.width_of", name = label)
            aria-valuenow=move || width().to_string()
            aria-valuemin=NARROWEST.to_string()
            aria-valuemax=WIDEST.to_string()
            on:pointerdown=move |event| {
                event.prevent_default();
                let target: web_sys::Element = event_target(&event);
                let _ = target.set_pointer_capture(event.pointer_id());
                begun.set_value(Some((f64::from(event.client_x()), untrack(width))));
            }
            on:pointermove=move |event| {
                if let Some((x, from)) = begun.get_value() {
                    let wide = (f64::from(from) + f64::from(event.client_x()) - x).clamp(f64::from(NARROWEST), f64::from(WIDEST));
                    set(whole(wide));
                }
            }
            on:pointerup=move |_| {
                if begun.get_value().is_some() {
                    begun.set_value(None);
                    keep();
                }
            }
            on:pointercancel=move |_| begun.set_value(None)
            on:click=|event| event.stop_propagation()
            on:dblclick=move |event| {
                event.stop_propagation();
                set(Column::of(def).width);
                keep();
            }
            on:keydown=move |event: KeyboardEvent| {
                let by = match event.key().as_str() {
                    "ArrowRight" => 16,
                    "ArrowLeft" => -16,
                    _ => return,
                };
                event.prevent_default();
                event.stop_propagation();
                if event.alt_key() {
                    columns::step(cx, def.name, if by > 0 { 1 } else { -1 });
                } else {
                    set(untrack(width).saturating_add_signed(by));
                    keep();
                }
            }
        ></span>
    }
    .into_any()
}
