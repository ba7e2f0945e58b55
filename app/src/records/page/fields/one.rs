//! One field: as it rests, with what can be pressed in it, and as it is edited.

use std::time::Duration;

use domain::schema::{DERIVED, FieldDef, FieldType, REQUIRED};
use leptos::context::Provider;
use leptos::ev::{FocusEvent, KeyboardEvent};
use serde_json::Value;

use super::super::super::draft::{Beside, Draft, control};
use super::super::super::value;
use super::super::PageCx;
use super::{begin, neighbour};
use crate::prelude::*;
use crate::ui::{Around, leaves};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    Rest,
    Saving,
    Saved,
    Failed(Error),
}

/// One field while the page stands.
#[derive(Clone, Copy)]
pub(super) struct One {
    pub cx: PageCx,
    pub def: &'static FieldDef,
    pub state: RwSignal<State>,
    /// What is shown until the server has answered.
    pub pending: RwSignal<Option<Value>>,
    /// What was typed and could not be saved.
    pub kept: StoredValue<Option<Value>>,
    pub error: RwSignal<Option<String>>,
    /// Version and value that the editor began with.
    pub base: StoredValue<(i64, Value)>,
}

/// Puts the keyboard back where the editor was opened.
fn rest(cx: PageCx, name: &'static str) {
    if cx.editing.get_untracked() == Some(name) {
        cx.editing.set(None);
        set_timeout(
            move || {
                crate::dom::focus(&format!("#val-{name}"));
            },
            Duration::from_millis(20),
        );
    }
}

pub fn field(cx: PageCx, def: &'static FieldDef) -> AnyView {
    let one = One {
        cx,
        def,
        state: RwSignal::new(State::Rest),
        pending: RwSignal::new(None),
        kept: StoredValue::new(None),
        error: RwSignal::new(None),
        base: StoredValue::new((0, Value::Null)),
    };
    // Once begun it stays until it is left, also when the record goes to the bin meanwhile: what was typed is not thrown away
    // with it, and an editor that is taken away beneath the keyboard would save from what is no more.
    let editing = Memo::new(move |was: Option<&bool>| cx.editing.get() == Some(def.name) && (was == Some(&true) || cx.rights.get().edit));
    let wide = matches!(def.ty, FieldType::LongText);
    let theirs = Memo::new(move |_| cx.people.with(|p| p.iter().find(|p| p.field.as_deref() == Some(def.name)).map(|p| p.name.clone())));
    let class = move || {
        let mut out = "f".to_owned();
        let mut add = |word: &str| {
            out.push(' ');
            out.push_str(word);
        };
        match one.state.get() {
            State::Saving => add("saving"),
            State::Saved => add("saved"),
            State::Failed(_) => add("failed"),
            State::Rest => {}
        }
        if editing.get() {
            add("edit");
            if one.error.with(Option::is_some) {
                add("bad");
            }
        } else if one.now().is_null() {
            add("empty");
        }
        if wide {
            add("wide");
        }
        if let Some(name) = theirs.get() {
            add("theirs");
            add(kind_class(&name));
        }
        out
    };
    view! {
        <div class=class>
            {move || if editing.get() { one.editor() } else { one.shown() }}
            {move || theirs.get().map(|name| view! { <span class="by">{name}</span> })}
        </div>
    }
    .into_any()
}

impl One {
    /// The value as it is shown now.
    fn now(&self) -> Value {
        self.pending.get().unwrap_or_else(|| self.cx.record.with(|r| r.fields.get(self.def.name).cloned().unwrap_or_default()))
    }

    fn shown(self) -> AnyView {
        let (cx, def) = (self.cx, self.def);
        let label = field_label(cx.kind, def.name);
        let can = Memo::new(move |_| cx.rights.get().edit && !def.is(DERIVED));
        let content = {
            let label = label.clone();
            move || {
                cx.names.track();
                let value = self.now();
                if def.ty == FieldType::Bool {
                    return self.toggle(&value, can.get());
                }
                // Links stay links; a pen beside them edits.
                let links = matches!(
                    def.ty,
                    FieldType::Ref(_)
                        | FieldType::Refs(_)
                        | FieldType::Emails
                        | FieldType::Phones
                        | FieldType::Email
                        | FieldType::Phone
                        | FieldType::Url
                ) || def.name == "domain";
                let shown = cx.record.with_untracked(|r| value::show(def, &value, r, cx.names, true));
                // Kept as it was typed: it can be read and dialled, but nothing finds it by another spelling.
                let typed = def.ty == FieldType::Phones
                    && self.pending.with(Option::is_none)
                    && value.as_array().is_some_and(|l| l.iter().filter_map(Value::as_str).any(|n| cx.names.phone(n) == n));
                let typed = typed.then(|| view! { <span class="hint">{t("record.phone_as_typed")}</span> });
                let edit = t!("record.edit_named", name = label);
                if !can.get() {
                    return view! { <span class="val">{shown}</span>{typed} }.into_any();
                }
                if value.is_null() {
                    return view! {
                        <button type="button" class="val" id=format!("val-{}", def.name) aria-label=edit on:click=move |_| begin(cx, def.name)>{t("record.add")}</button>
                    }
                    .into_any();
                }
                if links {
                    return view! {
                        <span class="go">{shown}</span>
                        <button type="button" class="btn quiet icon small pen" id=format!("val-{}", def.name) aria-label=edit on:click=move |_| begin(cx, def.name)>
                            <Icon name="pen" size="s"/>
                        </button>
                        {typed}
                    }
                    .into_any();
                }
                view! {
                    <button type="button" class="val" id=format!("val-{}", def.name) on:click=move |_| begin(cx, def.name)>
                        <span class="sr">{edit}": "</span>
                        {shown}
                    </button>
                }
                .into_any()
            }
        };
        let failed = move || match self.state.get() {
            State::Failed(error) => Some(view! {
                <span class="err" role="alert">
                    <Icon name="warn" size="s"/>
                    <span>{error_text(&error)}</span>
                    <button type="button" class="linkish" on:click=move |_| begin(cx, def.name)>{t("record.edit_again")}</button>
                </span>
            }),
            _ => None,
        };
        view! { <dt>{label}</dt><dd>{content}{failed}</dd> }.into_any()
    }

    /// Yes or no needs no editor.
    fn toggle(self, value: &Value, can: bool) -> AnyView {
        let on = value.as_bool().unwrap_or(false);
        view! {
            <label class="switch">
                <input
                    type="checkbox"
                    role="switch"
                    id=format!("val-{}", self.def.name)
                    aria-label=field_label(self.cx.kind, self.def.name)
                    prop:checked=on
                    checked=on
                    disabled=!can
                    on:change=move |event| {
                        self.take_base();
                        self.save(event_target_checked(&event).into());
                    }
                />
                <span>{t(if on { "value.yes" } else { "value.no" })}</span>
            </label>
        }
        .into_any()
    }

    fn take_base(&self) {
        let value = self.cx.record.with_untracked(|r| (r.version, r.fields.get(self.def.name).cloned().unwrap_or_default()));
        self.base.set_value(value);
    }

    fn editor(self) -> AnyView {
        let (cx, def) = (self.cx, self.def);
        // What was typed and could not be saved goes on over what stood there then: who came between is asked about.
        if self.kept.with_value(Option::is_none) {
            untrack(|| self.take_base());
        }
        let begun = self.kept.get_value().unwrap_or_else(|| self.base.get_value().1);
        let draft = Draft::new(cx.kind, def, &begun, cx.names);
        let commit = move || self.commit(draft);
        // Whoever walks through a closed list with the arrow keys has not chosen yet.
        let walking = StoredValue::new(false);
        let chosen = matches!(def.ty, FieldType::Choice(_) | FieldType::Ref(_)).then(|| {
            Callback::new(move |()| {
                if !walking.get_value() && commit() {
                    rest(cx, def.name);
                }
            })
        });
        let pipeline = Signal::derive(move || cx.record.with(|r| r.id_of("pipeline")));
        let beside = Beside { names: cx.names, pipeline, chosen };
        let cancel = move || {
            self.kept.set_value(None);
            self.error.set(None);
            self.state.set(State::Rest);
            rest(cx, def.name);
        };
        let keydown = move |event: KeyboardEvent| {
            if event.is_composing() || event.default_prevented() {
                return;
            }
            walking.set_value(crate::ui::walks(&event));
            match event.key().as_str() {
                "Escape" => {
                    event.prevent_default();
                    event.stop_propagation();
                    cancel();
                }
                "Enter" if def.ty != FieldType::LongText || event.ctrl_key() || event.meta_key() => {
                    event.prevent_default();
                    if commit() {
                        rest(cx, def.name);
                    }
                }
                "Tab" if !matches!(def.ty, FieldType::Money) && !event.ctrl_key() && !event.alt_key() => {
                    if let Some(next) = neighbour(cx, def.name, event.shift_key()) {
                        event.prevent_default();
                        if commit() {
                            begin(cx, next);
                        }
                    }
                }
                _ => {}
            }
        };
        let left = move |event: FocusEvent| {
            if leaves(&event, &format!("#edit-{}, dialog", def.name))
                && cx.editing.try_get_untracked().flatten() == Some(def.name)
                && commit()
            {
                cx.editing.set(None);
            }
        };
        let wrong: Signal<Option<String>> = self.error.into();
        // Somebody saved this field while it is edited here: said, not imposed.
        let meanwhile = move || {
            let now = cx.record.with(|r| r.fields.get(def.name).cloned().unwrap_or_default());
            (now != self.base.get_value().1).then(|| t!("record.meanwhile", value = value::text(def, &now, cx.names)))
        };
        let label = field_label(cx.kind, def.name);
        let id = uid();
        let (error_id, hint_id) = (format!("{id}-e"), format!("{id}-h"));
        let described = {
            let (error_id, hint_id) = (error_id.clone(), hint_id.clone());
            Signal::derive(move || Some(if wrong.with(Option::is_some) { format!("{error_id} {hint_id}") } else { hint_id.clone() }))
        };
        let around =
            Around { id: id.clone(), described, invalid: Signal::derive(move || wrong.with(Option::is_some)), required: def.is(REQUIRED) };
        view! {
            <dt><label for=id>{label}</label></dt>
            <dd id=format!("edit-{}", def.name) on:keydown=keydown on:pointerdown=move |_| walking.set_value(false) on:focusout=left>
                <span class="editor">
                    <Provider value=around>{control(draft, beside)}</Provider>
                    <button
                        type="button"
                        class="btn primary icon small"
                        aria-label=t("action.save")
                        on:click=move |_| {
                            if commit() {
                                rest(cx, def.name);
                            }
                        }
                    >
                        <Icon name="check" size="s"/>
                    </button>
                    <button type="button" class="btn quiet icon small" aria-label=t("action.cancel") on:mousedown=|event| event.prevent_default() on:click=move |_| cancel()>
                        <Icon name="x" size="s"/>
                    </button>
                </span>
                <span class="err" id=error_id role="alert">{move || wrong.get().map(|text| view! { <Icon name="warn" size="s"/><span>{text}</span> })}</span>
                <span class="hint" id=hint_id>{move || meanwhile().map_or_else(keys, |text| text.into_any())}</span>
            </dd>
        }
        .into_any()
    }
}

fn keys() -> AnyView {
    view! { <kbd>"↵"</kbd>" "{t("record.key_save")}" "<kbd>"Esc"</kbd>" "{t("record.key_cancel")} }.into_any()
}
