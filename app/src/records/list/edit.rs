//! Editing a cell where it stands: a press on it (or Enter, F2 at the keyboard's cell) edits, Enter saves, Tab saves and
//! goes on to the next cell, Escape takes back. Shown at once, taken back with a reason when the server refuses.

use std::sync::Arc;

use domain::error::Clash;
use domain::record::Patch;
use domain::schema::{DERIVED, FieldDef, FieldType, HIDDEN, REQUIRED};
use leptos::context::Provider;
use leptos::ev::{FocusEvent, KeyboardEvent};
use serde_json::Value;

use super::super::draft::{Beside, Draft, control};
use super::super::{edits, value};
use super::ListCx;
use crate::prelude::*;
use crate::shell::{Conflict, ConflictRow, Newest, Occasion, Shell, use_shell};
use crate::ui::{Around, leaves};

/// The cell that is edited, and what was refused in it.
#[derive(Clone, Copy)]
pub struct Editing {
    pub cell: RwSignal<Option<(Id, &'static str)>>,
    /// What could not be saved, and why: the editor begins with it.
    refused: StoredValue<Option<(Id, &'static str, Value, String)>>,
    shell: StoredValue<Shell>,
    toasts: Toasts,
}

impl Editing {
    pub fn new() -> Self {
        Self { cell: RwSignal::new(None), refused: StoredValue::new(None), shell: StoredValue::new(use_shell()), toasts: use_toasts() }
    }
}

/// Fields that may be edited in a cell. A stage asks for more than a cell has room for: it is moved on the board and on
/// the deal's own page.
pub fn can(def: &FieldDef, record: &Record) -> bool {
    may_be(def) && domain::deals::has(record, def.name)
}

/// In some record of its kind.
fn may_be(def: &FieldDef) -> bool {
    !def.is(DERIVED)
        && !def.is(HIDDEN)
        && !matches!(def.ty, FieldType::Stages | FieldType::Special(_))
        && !matches!(def.name, "pipeline" | "created_at" | "updated_at")
}

/// Opens the editor of a cell; a yes or no is turned round without one. False: this cell is not for editing.
pub fn begin(cx: ListCx, id: Id, name: &str) -> bool {
    let Some(def) = cx.kind.field(name) else {
        return false;
    };
    let Some(record) = cx.rows.record(id).filter(|r| r.with_untracked(|r| cx.may_edit(r) && can(def, r))) else {
        return false;
    };
    if def.ty == FieldType::Bool {
        let before = record.with_untracked(|r| (r.version, r.fields.get(def.name).cloned().unwrap_or_default()));
        let on = before.1.as_bool().unwrap_or(false);
        save(cx, def, record, (!on).into(), before);
        return true;
    }
    cx.editing.cell.set(Some((id, def.name)));
    request_animation_frame(|| {
        if let Ok(Some(cell)) = document().query_selector(".c.edit .cellbox") {
            crate::dom::show(&cell);
        }
    });
    crate::dom::edit(".c.edit".to_owned(), ".c.edit [role='combobox']".to_owned(), 100);
    true
}

fn end(cx: ListCx, keyboard: bool) {
    cx.editing.cell.set(None);
    if keyboard {
        crate::dom::focus(".grid");
    }
}

/// The cell with its editor.
pub fn cell(cx: ListCx, def: &'static FieldDef, now: &Record, record: &ArcRwSignal<Record>) -> AnyView {
    let id = now.id;
    let base = (now.version, now.fields.get(def.name).cloned().unwrap_or_default());
    let refused = cx.editing.refused.get_value().filter(|(at, name, ..)| *at == id && *name == def.name);
    let error = RwSignal::new(refused.as_ref().map(|(.., why)| why.clone()));
    let begun = refused.map_or_else(|| base.1.clone(), |(_, _, typed, _)| typed);
    cx.editing.refused.set_value(None);
    let draft = Draft::new(cx.kind, def, &begun, cx.names);
    let pipeline = now.id_of("pipeline");
    let record = record.clone();
    // False: it cannot be saved as it is, the editor stays.
    let commit = {
        let base = base.clone();
        let record = StoredValue::new(record);
        let base = StoredValue::new(base);
        move || -> bool {
            // Of an editor that is gone: a field that is taken away still tells that the keyboard left it.
            let Some(before) = base.try_get_value() else {
                return true;
            };
            if cx.editing.cell.get_untracked() != Some((id, def.name)) {
                return true;
            }
            let value = match untrack(|| draft.checked()) {
                Err(wrong) => {
                    error.set(Some(field_error_text(&wrong)));
                    return false;
                }
                Ok(Value::Null) if def.is(REQUIRED) => {
                    error.set(Some(field_error_text(&FieldError::new(def.name, "required"))));
                    return false;
                }
                Ok(value) => value,
            };
            if let (Some(picked), FieldType::Ref(kind)) = (draft.picked().get_untracked(), def.ty) {
                cx.names.learn(kind, picked, &draft.label());
            }
            if value != before.1 {
                save(cx, def, record.get_value(), value, before);
            }
            true
        }
    };
    // Whoever walks through a closed list with the arrow keys has not chosen yet.
    let walking = StoredValue::new(false);
    let chosen = matches!(def.ty, FieldType::Choice(_) | FieldType::Stage | FieldType::Ref(_)).then(|| {
        Callback::new(move |()| {
            if !walking.get_value() && commit() {
                end(cx, true);
            }
        })
    });
    let keydown = move |event: KeyboardEvent| {
        // Nothing of it is for the grid, also what the field has taken already: Escape that closes its choices left the cell there.
        event.stop_propagation();
        if event.is_composing() || event.default_prevented() {
            return;
        }
        walking.set_value(crate::ui::walks(&event));
        match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                end(cx, true);
            }
            "Enter" if def.ty != FieldType::LongText || event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                if commit() {
                    end(cx, true);
                }
            }
            "Tab" if !matches!(def.ty, FieldType::Money) || event.shift_key() || on_currency() => {
                event.prevent_default();
                if commit() {
                    match neighbour(cx, id, def.name, event.shift_key()) {
                        Some(next) if begin(cx, id, next) => {}
                        _ => end(cx, true),
                    }
                }
            }
            _ => {}
        }
    };
    let left = move |event: FocusEvent| {
        if leaves(&event, ".c.edit, dialog") && cx.editing.cell.try_get_untracked() == Some(Some((id, def.name))) && commit() {
            end(cx, false);
        }
    };
    let input = uid();
    let wrong = format!("{input}-e");
    let described = {
        let wrong = wrong.clone();
        Signal::derive(move || error.with(Option::is_some).then(|| wrong.clone()))
    };
    let around =
        Around { id: input.clone(), described, invalid: Signal::derive(move || error.with(Option::is_some)), required: def.is(REQUIRED) };
    let class = format!("c edit{}", if def.name == "name" { " pin title" } else { super::row::corner(cx.kind, def.name) });
    view! {
        <div class=class role="gridcell" data-f=def.name>
            <div class="cellbox" on:keydown=keydown on:pointerdown=move |_| walking.set_value(false) on:focusout=left>
                <label class="sr" for=input>{field_label(cx.kind, def.name)}</label>
                <Provider value=around>{control(draft, Beside { names: cx.names, pipeline: Signal::stored(pipeline), chosen })}</Provider>
                <span class="err" id=wrong role="alert">
                    {move || error.get().map(|text| view! { <Icon name="warn" size="s"/><span>{text}</span> })}
                </span>
            </div>
        </div>
    }
    .into_any()
}

/// Within an amount, Tab first goes to the currency.
fn on_currency() -> bool {
    document().active_element().is_some_and(|e| e.tag_name() == "SELECT")
}

/// The next cell of the row (or the one before) that can be edited.
fn neighbour(cx: ListCx, id: Id, name: &str, back: bool) -> Option<&'static str> {
    let here = |def: &FieldDef| cx.rows.record(id).is_some_and(|r| r.with_untracked(|r| can(def, r)));
    cx.columns.with_untracked(|columns| {
        let order: Vec<&'static str> =
            columns.iter().map(|c| c.def).filter(|d| here(d) && d.ty != FieldType::Bool || d.name == name).map(|d| d.name).collect();
        let at = order.iter().position(|n| *n == name)?;
        if back { order.get(at.checked_sub(1)?) } else { order.get(at + 1) }.copied()
    })
}

fn save(cx: ListCx, def: &'static FieldDef, record: ArcRwSignal<Record>, new: Value, base: (i64, Value)) {
    let (version, was) = base;
    let sent = Fields::from_iter([(def.name.to_owned(), new.clone())]);
    record.update(|r| r.fields = domain::fields::merged(&r.fields, &sent));
    let patch = Patch { fields: sent, version, base: Fields::from_iter([(def.name.to_owned(), was.clone())]) };
    let id = record.with_untracked(|r| r.id);
    cx.editing.toasts.acting(async move {
        match edits::save(cx.kind, id, patch, cx.names).await {
            Ok(now) => {
                let shown = record.clone();
                let was = Fields::from_iter([(def.name.to_owned(), was)]);
                edits::remember(cx.editing.toasts, was, &now, Arc::new(move |now| shown.set(now)));
                record.set(now);
            }
            Err(Fault(Error::Conflict(clash))) => conflict(cx, def, record, *clash, new, was),
            Err(Fault(error)) => {
                // Unless somebody else's value stands there by now.
                if record.with_untracked(|r| r.fields.get(def.name).cloned().unwrap_or_default() == new) {
                    record.update(|r| r.fields = domain::fields::merged(&r.fields, &Fields::from_iter([(def.name.to_owned(), was)])));
                }
                match error_of(Some(&error), def.name) {
                    // Back into the cell, with what was typed and why not.
                    Some(why) if cx.editing.cell.try_get_untracked() == Some(None) && def.ty != FieldType::Bool => {
                        cx.editing.refused.set_value(Some((id, def.name, new, why)));
                        begin(cx, id, def.name);
                    }
                    _ => cx.editing.toasts.fail(&error),
                }
            }
        }
    });
}

/// Somebody was first with this very field: the person chooses.
fn conflict(cx: ListCx, def: &'static FieldDef, record: ArcRwSignal<Record>, clash: Clash, mine: Value, original: Value) {
    let Some(shell) = cx.editing.shell.try_get_value() else {
        return;
    };
    let current = clash.current.fields.get(def.name).cloned().unwrap_or_default();
    let id = clash.current.id;
    let row = ConflictRow::of(cx.kind, def.name, [&current, &mine, &original], &|v| value::text(def, v, cx.names));
    record.set(clash.current);
    let shown = record.clone();
    let text = Signal::derive(move || shown.with(|r| vec![value::text(def, r.fields.get(def.name).unwrap_or(&Value::Null), cx.names)]));
    let (typed, other) = (mine.clone(), value::text(def, &current, cx.names));
    let on_leave = Callback::new(move |()| {
        cx.editing.refused.set_value(Some((id, def.name, typed.clone(), t!("record.meanwhile", value = other))));
        begin(cx, id, def.name);
    });
    let on_choose = Callback::new(move |own: Vec<String>| {
        if own.iter().any(|f| f == def.name) {
            // Over what was seen last: whoever is first once more asks once more.
            let now = record.with_untracked(|r| (r.version, r.fields.get(def.name).cloned().unwrap_or_default()));
            save(cx, def, record.clone(), mine.clone(), now);
        }
    });
    shell.conflict.set(Some(Conflict {
        by: clash.by,
        at: clash.at,
        rows: vec![row],
        occasion: Occasion::Edit,
        newest: Newest { record: id, current: text },
        on_choose,
        on_leave,
    }));
}
