//! The table over any number of rows: its height is that of all of them, drawn are those in view. The keyboard stays on
//! the table itself (`aria-activedescendant`), so no row that comes or goes takes the focus with it.

use domain::schema::FieldDef;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;

use super::super::look::{NARROWEST, WIDEST};
use super::super::value;
use super::memory::{self, Stand};
use super::{ListCx, columns, row};
use crate::prelude::*;

/// Rows drawn beyond what is seen, above and below.
const BEYOND: u32 = 8;
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
                on:blur=move |_| focused.set(false)
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
                        <div class="head" role="row" aria-rowindex="1">
                            <div class="c sel" role="columnheader">{select_all(cx)}</div>
                            <For each=move || fields.get() key=|def| def.name let:def>{head(cx, def, sorted)}</For>
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

/// Selects every loaded row; the bar below then offers all results.
fn select_all(cx: ListCx) -> AnyView {
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
fn head(cx: ListCx, def: &'static FieldDef, sorted: Memo<Option<domain::list::Sort>>) -> AnyView {
    let label = field_label(cx.kind, def.name);
    let direction = Memo::new(move |_| sorted.with(|s| s.as_ref().filter(|s| s.field == def.name).map(|s| s.descending)));
    let aria = move || match direction.get() {
        Some(true) => Some("descending"),
        Some(false) => Some("ascending"),
        None => def.ty.is_sortable().then_some("none"),
    };
    let sort = move |_| {
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
        <div class=class role="columnheader" aria-sort=aria data-f=def.name>
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
                set(super::super::look::Column::of(def).width);
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

/// A length in pixels as a whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(px: f64) -> u32 {
    px.round().clamp(0.0, 4_294_967_295.0) as u32
}

impl Table {
    /// Once the page lives: take the measures, follow the window's size, come back to where the list stood.
    fn live(self, stand: Option<Stand>) {
        #[cfg(feature = "hydrate")]
        {
            use wasm_bindgen::JsCast;
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

    fn scrolled(self) {
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

    fn go(self, to: u32) {
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

    fn key(self, event: KeyboardEvent) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        // Keys meant for something inside stay there.
        let inside = event.target().is_none_or(|t| t != ****scroller);
        if inside || event.is_composing() || event.alt_key() {
            return;
        }
        let (cx, at) = (self.cx, self.active.get_untracked());
        let page = whole(f64::from(scroller.client_height()) / self.height.get_value()).saturating_sub(2).max(1);
        let control = event.ctrl_key() || event.meta_key();
        let to = match event.key().as_str() {
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
            " " | "x" | "X" if !control => {
                event.prevent_default();
                return cx.picked.toggle(cx, at, None);
            }
            "a" if control => {
                event.prevent_default();
                return cx.picked.all.set(true);
            }
            "Delete" if cx.picked.any() => {
                event.prevent_default();
                return super::bulk::delete(cx);
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
                (Some(id), Some(name)) => super::edit::begin(self.cx, id, name),
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
        let row = target.closest(".rows .r[data-i]").ok()??;
        let index = row.get_attribute("data-i")?.parse().ok()?;
        Some((index, target.closest("a, button, input, label, .c.edit").ok()?.is_some()))
    }

    fn press(self, event: MouseEvent) {
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
            super::edit::begin(self.cx, id, &field);
        }
    }

    /// A finger that stays on a row for half a second selects it: the way into selecting where there is no room for boxes.
    fn touch(self, event: leptos::ev::PointerEvent) {
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

    fn touch_moves(self, event: leptos::ev::PointerEvent) {
        let (_, x, y) = self.finger.get_value();
        if (f64::from(event.client_x()) - x).hypot(f64::from(event.client_y()) - y) > 10.0 {
            self.touch_ends();
        }
    }

    fn touch_ends(self) {
        self.finger.update_value(|(turn, ..)| *turn += 1);
    }

    fn open_pressed(self, event: MouseEvent) {
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
