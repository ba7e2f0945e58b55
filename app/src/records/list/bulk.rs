//! What is selected, and what can be done to all of it at once: edit a field, assign, delete, export. Each act offers to
//! be taken back as a whole.

use std::collections::BTreeSet;

use domain::list::Selection;
use domain::record::Done;
use domain::rights::Act;
use domain::schema::{DERIVED, FieldDef, FieldType, HIDDEN, REQUIRED};
use leptos::task::spawn_local;
use serde_json::Value;

use super::super::api;
use super::super::draft::{Beside, Draft, control};
use super::ListCx;
use super::memory::Stand;
use super::rows::Total;
use crate::prelude::*;
use crate::rooms::Tool;

#[derive(Clone, Copy)]
pub struct Picked {
    pub ids: RwSignal<BTreeSet<Id>>,
    /// Everything that the list finds, loaded or not.
    pub all: RwSignal<bool>,
    /// Where a range of rows began.
    pub from: StoredValue<Option<u32>>,
    pub stand: StoredValue<Stand>,
}

impl Picked {
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(BTreeSet::new()),
            all: RwSignal::new(false),
            from: StoredValue::new(None),
            stand: StoredValue::new(Stand::default()),
        }
    }

    pub fn clear(&self) {
        if self.all.get_untracked() {
            self.all.set(false);
        }
        if !self.ids.with_untracked(BTreeSet::is_empty) {
            self.ids.set(BTreeSet::new());
        }
        self.from.set_value(None);
    }

    pub fn has(&self, id: Id) -> bool {
        self.all.get() || self.ids.with(|ids| ids.contains(&id))
    }

    pub fn any(&self) -> bool {
        self.all.get() || self.ids.with(|ids| !ids.is_empty())
    }

    /// `on` None: the other way round.
    pub fn toggle(&self, cx: ListCx, index: u32, on: Option<bool>) {
        let Some(id) = cx.rows.at(index) else {
            return;
        };
        self.leave_all(cx);
        self.from.set_value(Some(index));
        self.ids.update(|ids| {
            if on.unwrap_or(!ids.contains(&id)) {
                ids.insert(id);
            } else {
                ids.remove(&id);
            }
        });
    }

    /// Everything between the last toggled row and this one.
    pub fn extend(&self, cx: ListCx, index: u32) {
        let from = self.from.get_value().unwrap_or(index);
        self.leave_all(cx);
        self.from.set_value(Some(from));
        self.ids.update(|ids| ids.extend(cx.rows.between(from, index)));
    }

    /// "All" minus one is no longer all: what is loaded stays selected.
    fn leave_all(&self, cx: ListCx) {
        if self.all.get_untracked() {
            self.ids.set(cx.rows.between(0, u32::MAX).into_iter().collect());
            self.all.set(false);
        }
    }

    pub fn selection(&self, cx: ListCx) -> Selection {
        if self.all.get_untracked() {
            Selection::All { query: cx.rows.question() }
        } else {
            Selection::Ids { ids: self.ids.get_untracked().into_iter().collect() }
        }
    }
}

pub fn bar(cx: ListCx) -> AnyView {
    let picked = cx.picked;
    let count = Memo::new(move |_| {
        if picked.all.get() { i64::from(cx.rows.total.get().known()) } else { picked.ids.with(|i| i64::try_from(i.len()).unwrap_or(0)) }
    });
    let text = move || selected(count);
    view! {
        // Always there, so that the number is heard.
        <span class="sr" role="status">{text}</span>
        {move || picked.any().then(|| crate::rooms::tool(Tool::Picked(cx, count)))}
    }
    .into_any()
}

/// What can be done with so many rows.
pub fn acts(cx: ListCx, count: Memo<i64>) -> AnyView {
    let who = use_me().who();
    let picked = cx.picked;
    let total = move || cx.rows.total.get();
    let more = move || !picked.all.get() && i64::from(total().known()) > count.get();
    let every = move || match total() {
        Total::Exactly(n) => tn("bulk.all_results", i64::from(n)),
        Total::Some(_) => t("bulk.all_results_unknown").to_owned(),
    };
    let can_edit = who.may_some(Act::Edit, cx.kind);
    let can_delete = who.may_some(Act::Delete, cx.kind);
    let can_export = who.has(domain::rights::Power::Export);
    let owner = cx.kind.field("owner").filter(|_| can_edit);
    view! {
        <div class="selbar" role="region" aria-label=t("bulk.title")>
        <b class="num">{move || selected(count)}</b>
        {move || more().then(|| view! {
            <button type="button" class="btn small" on:click=move |_| picked.all.set(true)>{every}</button>
        })}
        {can_edit.then(|| edit(cx, None, t("bulk.edit")))}
        {owner.map(|def| edit(cx, Some(def), t("bulk.assign")))}
        {can_export.then(|| view! {
            <Menu class="btn" trigger=|| view! { <Icon name="export" size="s"/>{t("list.export")} }>{files(cx)}</Menu>
        })}
        {can_delete.then(|| view! {
            <Button icon="bin" on_click=Callback::new(move |_| delete(cx))>{t("action.delete")}</Button>
        })}
        <IconButton icon="x" label=t("bulk.clear") on_click=Callback::new(move |_| picked.clear())/>
        </div>
    }
    .into_any()
}

fn selected(count: Memo<i64>) -> String {
    if count.get() > 0 { tn("bulk.selected", count.get()) } else { String::new() }
}

/// All results as they are found; chosen rows by their ids, in the order they stand in. A form of the page's own, so that
/// the browser does the saving and no address gets too long.
fn files(cx: ListCx) -> AnyView {
    if cx.picked.all.get_untracked() {
        return super::tools::links(cx);
    }
    let close = use_context::<crate::ui::Close>();
    let picked = cx.picked.ids.get_untracked();
    let shown = cx.rows.between(0, u32::MAX);
    let unseen = picked.iter().filter(|id| !shown.contains(id));
    let ids: Vec<String> = shown.iter().filter(|id| picked.contains(id)).chain(unseen).map(ToString::to_string).collect();
    let columns = cx.columns.with_untracked(|c| c.iter().map(|c| c.def.name).collect::<Vec<_>>().join(","));
    let formats = [("csv", "CSV"), ("xlsx", "Excel (XLSX)"), ("json", "JSON")].map(|(format, name)| {
        view! {
            <button type="submit" class="item" role="menuitem" tabindex="-1" name="format" value=format>
                <Icon name="export"/>
                {t!("list.export_as", name = name)}
            </button>
        }
    });
    view! {
        <form
            method="post"
            action=format!("/api/v1/{}/export", cx.kind.plural())
            on:submit=move |_| {
                // After the browser has read the form.
                set_timeout(move || if let Some(close) = close { close.0.run(()) }, std::time::Duration::from_millis(50));
            }
        >
            <input type="hidden" name="ids" value=ids.join(",")/>
            <input type="hidden" name="columns" value=columns/>
            {formats}
        </form>
    }
    .into_any()
}

/// One value for all of them. `only`: this field, without asking which.
fn edit(cx: ListCx, only: Option<&'static FieldDef>, label: &'static str) -> AnyView {
    let icon = if only.is_some() { "team" } else { "edit" };
    view! {
        <Popover class="btn" trigger=move || view! { <Icon name=icon size="s"/>{label} }>
            {editor(cx, only)}
        </Popover>
    }
    .into_any()
}

fn editor(cx: ListCx, only: Option<&'static FieldDef>) -> AnyView {
    let fields: Vec<&'static FieldDef> = cx.kind.fields().iter().filter(|d| editable(d)).collect();
    let first = only.or_else(|| fields.first().copied());
    let chosen = RwSignal::new(first.map(|d| d.name.to_owned()).unwrap_or_default());
    let empty = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let draft = Memo::new(move |_| {
        let def = cx.kind.field(&chosen.get());
        def.map(|def| Typed(Draft::new(cx.kind, def, &Value::Null, cx.names)))
    });
    let close = use_context::<crate::ui::Close>();
    let apply = move || {
        let Some(Typed(draft)) = draft.get_untracked() else {
            return;
        };
        let value = if empty.get_untracked() { Ok(Value::Null) } else { untrack(|| draft.checked()) };
        match value {
            Ok(Value::Null) if draft.def.is(REQUIRED) => error.set(Some(field_error_text(&FieldError::new(draft.def.name, "required")))),
            Ok(Value::Null) if !empty.get_untracked() => error.set(Some(t("bulk.say_value").to_owned())),
            Ok(value) => {
                if let Some(close) = close {
                    close.0.run(());
                }
                change(cx, draft.def, value);
            }
            Err(e) => error.set(Some(field_error_text(&e))),
        }
    };
    let options: Vec<(String, String)> = fields.iter().map(|d| (d.name.to_owned(), field_label(cx.kind, d.name))).collect();
    let beside = Beside { names: cx.names, pipeline: Signal::derive(|| None), chosen: None };
    let inside = view! {
        {only.is_none().then(|| view! { <Field label=t("filter.field")><Select value=chosen options=options/></Field> })}
        {move || draft.get().map(|Typed(draft)| {
            let can_empty = !draft.def.is(REQUIRED) && draft.def.ty != FieldType::Bool;
            view! {
                {move || (!empty.get()).then(|| view! {
                    <Field label=field_label(cx.kind, draft.def.name) error=error>{control(draft, beside)}</Field>
                })}
                {can_empty.then(|| view! { <Checkbox value=empty label=t("bulk.make_empty")/> })}
            }
        })}
        <div class="row foot"><span class="grow"></span><Button look="primary">{t("action.apply")}</Button></div>
    };
    form("body filtered", Callback::new(move |()| apply()), inside.into_any())
}

/// Fields that make sense for many records at once. A stage has rules of its own and is changed where they are asked.
fn editable(def: &FieldDef) -> bool {
    !def.is(DERIVED)
        && !def.is(HIDDEN)
        && !matches!(def.ty, FieldType::Stage | FieldType::Stages | FieldType::Special(_))
        && !matches!(def.name, "pipeline" | "name")
}

/// A draft is equal to no other: every choice of a field begins anew.
#[derive(Clone, Copy)]
struct Typed(Draft);

impl PartialEq for Typed {
    fn eq(&self, _other: &Self) -> bool {
        false
    }
}

fn change(cx: ListCx, def: &'static FieldDef, value: Value) {
    let selection = cx.picked.selection(cx);
    let toasts = use_toasts();
    toasts.acting(async move {
        let fields = Fields::from_iter([(def.name.to_owned(), value)]);
        match api::update_many(cx.kind, selection, fields).await {
            Ok(done) => {
                let n = i64::try_from(done.changes.len()).unwrap_or(0);
                told(cx, toasts, tn("toast.changed", n), done);
            }
            Err(Fault(error)) => toasts.fail(&error),
        }
    });
}

pub fn delete(cx: ListCx) {
    let selection = cx.picked.selection(cx);
    let toasts = use_toasts();
    // Gone at once; what may not be deleted comes back with the answer.
    let at_once = match &selection {
        Selection::Ids { ids } => ids.iter().copied().collect(),
        Selection::All { .. } => BTreeSet::new(),
    };
    toasts.acting(async move {
        cx.rows.drop_rows(&at_once);
        match api::remove_many(cx.kind, selection).await {
            Ok(done) => {
                let n = i64::try_from(done.changes.len()).unwrap_or(0);
                cx.picked.clear();
                told(cx, toasts, tn("toast.deleted", n), done);
            }
            Err(Fault(error)) => toasts.fail(&error),
        }
        cx.rows.again();
    });
}

/// Says what was done, with its way back, and what was left out.
fn told(cx: ListCx, toasts: Toasts, text: String, done: Done) {
    cx.rows.again();
    let changes = done.changes.clone();
    toasts.act(text, &done, move || take_back(cx, toasts, changes.clone()));
}

fn take_back(cx: ListCx, toasts: Toasts, changes: Vec<Id>) {
    spawn_local(async move {
        match api::undo_each(changes).await {
            Ok(done) => {
                let left = done.left.clone();
                toasts.undone(&done, move || take_back(cx, toasts, left.clone()));
                cx.rows.again();
            }
            Err(Fault(error)) => toasts.fail(&error),
        }
    });
}
