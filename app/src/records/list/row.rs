//! One row of the table: a box to select it, its name as a link, a cell for every other column.

use domain::record::Patch;
use domain::schema::{FieldDef, FieldType};

use super::super::{api, value};
use super::ListCx;
use crate::i18n::Now;
use crate::prelude::*;

/// Which of a list's rows lies at which place of the scroller; not the same where a very long list is scaled.
#[derive(Clone, Copy)]
pub struct Place(pub RwSignal<Option<f64>>);

impl Place {
    /// Rows from the top.
    pub fn get(self, index: u32) -> String {
        match self.0.get() {
            None => index.to_string(),
            Some(offset) => format!("{:.3}", f64::from(index) + offset),
        }
    }
}

/// `index`: where it stands in the whole list. `active`, `column`: the keyboard's row and cell.
pub fn row(
    cx: ListCx,
    id: Id,
    index: Signal<u32>,
    fields: Memo<Vec<&'static FieldDef>>,
    active: Signal<u32>,
    column: RwSignal<usize>,
    place: Place,
) -> AnyView {
    let Some(record) = cx.rows.record(id) else {
        return gap(index, place);
    };
    let picked = Memo::new(move |_| cx.picked.has(id));
    let name = {
        let record = record.clone();
        Signal::derive(move || t!("list.select_named", name = record.with(|r| r.name().to_owned())))
    };
    // While a cell is edited its row stands still, whatever arrives from elsewhere.
    let edited = Memo::new(move |_| cx.editing.cell.get().filter(|(at, _)| *at == id).map(|(_, name)| name));
    let marked = Memo::new(move |_| if active.get() == index.get() { column.get() } else { 0 });
    let cells = {
        let record = record.clone();
        move || {
            let edited = edited.get();
            if edited.is_none() {
                cx.names.track();
            }
            let now = if edited.is_some() { record.get_untracked() } else { record.get() };
            let marked = if edited.is_some() { 0 } else { marked.get() };
            let can = cx.may_edit(&now);
            fields.with(|fields| {
                let cells = fields.iter().enumerate().map(|(i, def)| {
                    if edited == Some(def.name) {
                        super::edit::cell(cx, def, &now, &record)
                    } else {
                        cell(cx, def, &now, &record, can && super::edit::can(def, &now), i > 0 && i == marked)
                    }
                });
                cells.collect_view()
            })
        }
    };
    view! {
        <div
            class="r"
            role="row"
            id=format!("row-{id}")
            class:at=move || active.get() == index.get()
            aria-rowindex=move || (index.get() + 2).to_string()
            aria-selected=move || if picked.get() { "true" } else { "false" }
            data-i=move || index.get().to_string()
            style=("--i", move || place.get(index.get()))
        >
            <div class="c sel" role="gridcell">
                <input
                    type="checkbox"
                    class="box"
                    tabindex="-1"
                    aria-label=name
                    prop:checked=move || picked.get()
                    on:click=move |event: leptos::ev::MouseEvent| {
                        event.stop_propagation();
                        let at = index.get_untracked();
                        if event.shift_key() { cx.picked.extend(cx, at) } else { cx.picked.toggle(cx, at, None) }
                    }
                />
            </div>
            {cells}
        </div>
    }
    .into_any()
}

/// A row that is on its way: its shape only.
pub fn gap(index: Signal<u32>, place: Place) -> AnyView {
    view! {
        <div
            class="r bones"
            role="row"
            aria-rowindex=move || (index.get() + 2).to_string()
            aria-busy="true"
            style=("--i", move || place.get(index.get()))
        >
            <div class="c sel" role="gridcell"></div>
            <div class="c pin title" role="gridcell"><span class="bone"></span></div>
        </div>
    }
    .into_any()
}

/// `can`: a press edits it. `marked`: the keyboard stands here.
fn cell(cx: ListCx, def: &'static FieldDef, record: &Record, signal: &ArcRwSignal<Record>, can: bool, marked: bool) -> AnyView {
    if def.name == "name" {
        return name(record, signal);
    }
    let class = format!(
        "c{}{}{}{}",
        if def.ty.is_numeric() { " num" } else { "" },
        corner(cx.kind, def.name),
        if can { " val" } else { "" },
        if marked { " here" } else { "" },
    );
    let id = marked.then(|| format!("cell-{}-{}", record.id, def.name));
    let content = match (record.fields.get(def.name), common(record, def.name)) {
        (_, Some(at)) => view! { <When at=at.to_owned()/> }.into_any(),
        (Some(found), _) if def.name == "due_at" => due(found.as_str().unwrap_or_default(), record.flag("done")),
        (Some(found), _) => value::show(def, found, record, cx.names, false),
        _ => ().into_any(),
    };
    let title = match (def.ty, record.fields.get(def.name)) {
        (FieldType::Text(_) | FieldType::LongText | FieldType::Refs(_) | FieldType::Tags, Some(v)) => Some(value::text(def, v, cx.names)),
        _ => None,
    };
    view! { <div class=class role="gridcell" id=id title=title data-f=def.name>{content}</div> }.into_any()
}

/// Where a phone shows it: a row is a card there with a corner for each of three more facts.
pub fn corner(kind: Kind, field: &str) -> &'static str {
    match (kind, field) {
        (Kind::Deal, "amount")
        | (Kind::Product, "price")
        | (Kind::Company, "revenue")
        | (Kind::Task, "priority")
        | (Kind::Call, "minutes") => " amount",
        (Kind::Deal | Kind::Contact | Kind::Task | Kind::Note | Kind::Call, "company")
        | (Kind::Company, "industry")
        | (Kind::Product, "series") => " sub",
        (Kind::Deal, "stage") | (Kind::Company | Kind::Contact | Kind::Note, "owner") | (Kind::Task, "due_at") | (Kind::Call, "at") => {
            " end"
        }
        _ => "",
    }
}

/// The times that every record has.
fn common<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    match name {
        "created_at" => Some(&record.created_at),
        "updated_at" => Some(&record.updated_at),
        _ => None,
    }
}

fn name(record: &Record, signal: &ArcRwSignal<Record>) -> AnyView {
    let (kind, id) = (record.kind, record.id);
    let href = value::page_of(kind, id).unwrap_or_default();
    let text = title_of(record);
    let done = record.flag("done");
    let tick = (kind == Kind::Task).then(|| tick(record.clone(), signal.clone()));
    view! {
        <div class="c pin title" role="gridcell">
            {tick}
            {value::picture(kind, &text)}
            <a href=href class="clip" class:done=done tabindex="-1" title=text.clone()>{text.clone()}</a>
        </div>
    }
    .into_any()
}

/// What a record is called; those without a name say so.
pub fn title_of(record: &Record) -> String {
    if record.name().is_empty() { t("value.unnamed").to_owned() } else { record.name().to_owned() }
}

/// When something is due, red when that has passed.
pub fn due(at: &str, done: bool) -> AnyView {
    let now = use_context::<Now>();
    let ms = domain::time::parse_instant(at);
    let late = move || !done && ms.zip(now.and_then(|n| n.0.get())).is_some_and(|(due, now)| due < now);
    view! { <span class="num" class:bad-t=late><When at=at.to_owned()/></span> }.into_any()
}

/// Done or not, at once; the toast takes it back.
pub fn tick(task: Record, signal: ArcRwSignal<Record>) -> AnyView {
    let label = t!("task.done_named", name = task.name());
    let toasts = use_toasts();
    let may = use_me().who().may(domain::rights::Act::Edit, &task);
    let now = signal.clone();
    view! {
        <input
            type="checkbox"
            class="box"
            tabindex="-1"
            aria-label=label
            disabled=!may
            prop:checked=move || now.with(|task| task.flag("done"))
            on:click=|event: leptos::ev::MouseEvent| event.stop_propagation()
            on:change=move |event| finish(toasts, signal.clone(), event_target_checked(&event), true)
        />
    }
    .into_any()
}

pub fn finish(toasts: Toasts, task: ArcRwSignal<Record>, done: bool, offer_undo: bool) {
    let before = task.get_untracked();
    task.update(|t| {
        t.fields.insert("done".to_owned(), done.into());
    });
    let patch = Patch {
        fields: Fields::from_iter([("done".to_owned(), done.into())]),
        version: before.version,
        base: Fields::from_iter([("done".to_owned(), before.fields.get("done").cloned().unwrap_or_default())]),
    };
    toasts.acting(async move {
        match api::update(Kind::Task, before.id, patch).await {
            Ok(now) => {
                task.set(now);
                if offer_undo {
                    let text = if done { t!("toast.task_done", name = before.name()) } else { t!("toast.task_open", name = before.name()) };
                    toasts.done(text, move || finish(toasts, task.clone(), !done, false));
                }
            }
            Err(Fault(error)) => {
                task.set(before);
                toasts.fail(&error);
            }
        }
    });
}
