//! The table over any number of rows: its height is that of all of them, drawn are those in view. The keyboard stays on
//! the table itself (`aria-activedescendant`), so no row that comes or goes takes the focus with it.

use leptos::html;

use super::memory::Stand;
use super::{ListCx, columns, row};
use crate::prelude::*;

mod hands;
mod head;
mod window;

/// Browsers lose count in boxes higher than some 16 million pixels: a longer list is scrolled in a smaller scale.
const TALLEST: f64 = 12_000_000.0;

#[derive(Clone, Copy)]
struct Table {
    cx: ListCx,
    scroller: NodeRef<html::Div>,
    active: RwSignal<u32>,
    /// The keyboard's cell in its row; 0: the row as a whole.
    column: RwSignal<usize>,
    /// Pixels of a row; known once something was drawn.
    height: StoredValue<f64>,
    /// By how many rows the drawn ones are moved, where the list is scaled.
    pushed: RwSignal<Option<f64>>,
    waiting: StoredValue<bool>,
    /// A finger that lies on a row: which touch, where it began. Long enough, it selects the row.
    finger: StoredValue<(u32, f64, f64)>,
    /// The touch selected: the press that it ends with does nothing more.
    selected: StoredValue<bool>,
    /// Scrolled sideways: the name stands out from what passes below it.
    aside: RwSignal<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Row(Id),
    Gap(u32),
}

pub fn table(cx: ListCx, stand: Option<Stand>) -> AnyView {
    let table = Table {
        cx,
        scroller: NodeRef::new(),
        active: RwSignal::new(stand.map_or(0, |s| s.active)),
        column: RwSignal::new(0),
        height: StoredValue::new(36.0),
        pushed: RwSignal::new(None),
        waiting: StoredValue::new(false),
        finger: StoredValue::new((0, 0.0, 0.0)),
        selected: StoredValue::new(false),
        aside: RwSignal::new(false),
    };
    let rows = cx.rows;
    let fields = Memo::new(move |_| cx.columns.with(|c| c.iter().map(|c| c.def).collect::<Vec<_>>()));
    let template = move || {
        let mut out = "40px".to_owned();
        cx.columns.with(|columns| {
            for (i, c) in columns.iter().enumerate() {
                // The last one takes what is left over.
                if i + 1 == columns.len() {
                    out.push_str(&format!(" minmax({}px,1fr)", c.width))
                } else {
                    out.push_str(&format!(" {}px", c.width))
                }
            }
        });
        out
    };
    let total = Memo::new(move |_| rows.total.get().known());
    let visible = Memo::new(move |_| {
        rows.shape.track();
        let (first, last) = rows.window.get();
        let mut seen = std::collections::BTreeSet::new();
        (first..last.min(total.get()))
            .map(|n| match rows.at(n) {
                // A record that stands in two rows while pages of two moments lie side by side shows once.
                Some(id) if seen.insert(id) => (n, Key::Row(id)),
                _ => (n, Key::Gap(n)),
            })
            .collect::<Vec<_>>()
    });
    let focused = RwSignal::new(false);
    let marked = Signal::derive(move || if focused.get() { table.active.get() } else { u32::MAX });
    let current = move || {
        rows.shape.track();
        let id = rows.at(table.active.get())?;
        match table.column.get() {
            0 => Some(format!("row-{id}")),
            n => fields.with(|f| f.get(n).map(|def| format!("cell-{id}-{}", def.name))),
        }
    };
    let tall = move || match table.pushed.get() {
        Some(_) => format!("{:.0}", TALLEST / table.height.get_value()),
        None => total.get().to_string(),
    };
    let place = row::Place(table.pushed);
    table.live(stand);
    let sorted = Memo::new(move |_| cx.look.with(|l| super::super::look::question(l).sort_of(cx.kind).ok()));
    view! {
        <div class="list">
            <div
                class="grid"
                class:selecting=move || cx.picked.any()
                role="grid"
                tabindex="0"
                aria-label=kind_plural(cx.kind)
                aria-multiselectable="true"
                aria-rowcount=move || (total.get() + 1).to_string()
                aria-colcount=move || (fields.with(Vec::len) + 1).to_string()
                aria-busy=move || if rows.busy.get() { "true" } else { "false" }
                aria-activedescendant=current
                style=("--cols", template)
                node_ref=table.scroller
                class:scrolled=move || table.aside.get()
                on:focus=move |_| focused.set(true)
                on:blur=move |_| {
                    // A page that goes takes the keyboard from its list before its rows are gone: nothing of them is touched then.
                    request_animation_frame(move || {
                        let here = table.scroller.try_get_untracked().flatten().is_some_and(|s| document().active_element().is_some_and(|a| a == **s));
                        let _ = focused.try_set(here);
                    });
                }
                on:scroll=move |_| table.scrolled()
                on:keydown=move |event| table.key(event)
                on:click=move |event| table.press(event)
                on:dblclick=move |event| table.open_pressed(event)
                on:pointerdown=move |event| table.touch(event)
                on:pointermove=move |event| table.touch_moves(event)
                on:pointerup=move |_| table.touch_ends()
                on:pointercancel=move |_| table.touch_ends()
                on:contextmenu=move |event| if table.selected.get_value() { event.prevent_default() }
            >
                <div class="gridin" role="presentation">
                    <div role="rowgroup">
                        <div
                            class="head"
                            role="row"
                            aria-rowindex="1"
                            on:pointerdown=move |event| columns::press(cx, &event)
                            on:pointermove=move |event| columns::drag(cx, &event)
                            on:pointerup=move |_| columns::drop_here(cx)
                            on:pointercancel=move |_| columns::let_go(cx)
                        >
                            <div class="c sel" role="columnheader">{head::select_all(cx)}</div>
                            <For each=move || fields.get() key=|def| def.name let:def>{head::head(cx, def, sorted)}</For>
                        </div>
                    </div>
                    <div class="rows" role="rowgroup" aria-busy=move || if rows.busy.get() { "true" } else { "false" } style=("--n", tall)>
                        <For
                            each=move || visible.get()
                            key=|(_, key)| *key
                            children=move |(n, key)| {
                                // While the window slides a row stays where it is, and nothing of it is touched.
                                let index = Memo::new(move |before: Option<&u32>| {
                                    let found = visible.with(|rows| rows.iter().find(|(_, k)| *k == key).map(|(n, _)| *n));
                                    found.or(before.copied()).unwrap_or(n)
                                });
                                match key {
                                    Key::Row(id) => row::row(cx, id, index.into(), fields, marked, table.column, place),
                                    Key::Gap(_) => row::gap(Signal::stored(n), place),
                                }
                            }
                        />
                    </div>
                </div>
            </div>
            {move || nothing(cx)}
            {super::foot::foot(cx)}
        </div>
    }
    .into_any()
}

/// What stands there when there are no rows.
fn nothing(cx: ListCx) -> Option<AnyView> {
    if let Some(error) = cx.rows.error.get() {
        let rows = cx.rows;
        return Some(view! { <ErrorState error=error retry=Callback::new(move |()| rows.retry())/> }.into_any());
    }
    if cx.rows.total.get().known() > 0 || cx.rows.busy.get() {
        return None;
    }
    let kind = cx.kind;
    let narrowed = cx.look.with(|l| !l.filter.is_empty() || !l.q.trim().is_empty());
    let may_create = use_me().who().may_some(domain::rights::Act::Create, kind);
    Some(if narrowed {
        view! {
            <EmptyState icon="search" title=t("list.nothing_found") hint=t("list.nothing_found_hint")>
                <button
                    type="button"
                    class="btn"
                    on:click=move |_| cx.change(|look| {
                        look.filter.clear();
                        look.q.clear();
                    })
                >
                    {t("list.show_all")}
                </button>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState icon=crate::shell::icon_of(kind) title=tk(&format!("list.empty.{}", kind.plural())) hint=tk(&format!("list.empty_hint.{}", kind.plural()))>
                {may_create.then(|| view! {
                    <Button look="primary" icon="plus" on_click=Callback::new(move |_| crate::shell::open_new(kind, Fields::new()))>
                        {tk(&format!("quick.new.{}", kind.name()))}
                    </Button>
                })}
                <a class="btn" href="/import"><Icon name="import" size="s"/>{t("nav.import")}</a>
            </EmptyState>
        }
        .into_any()
    })
}

/// A length in pixels as a whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(px: f64) -> u32 {
    px.round().clamp(0.0, 4_294_967_295.0) as u32
}
