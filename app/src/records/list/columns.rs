//! Choosing columns: which, in what order. Widths are changed at the heads.

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
            <ol class="chooser">
                <For each=move || names.get() key=|name| *name let:name>
                    {
                        let label = field_label(cx.kind, name);
                        let fixed = name == "name";
                        view! {
                            <li>
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
