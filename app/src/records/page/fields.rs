//! The fields of a record, each edited where it stands: press or Enter edits, Enter saves, Tab saves and goes on, Escape
//! takes back. What is typed stays typed, whatever arrives from elsewhere; what cannot be saved says why and keeps it.

use std::time::Duration;

use domain::error::Clash;
use domain::pipelines::StageKind;
use domain::record::Patch;
use domain::schema::{DERIVED, FieldDef, FieldType, HIDDEN, REQUIRED};
use leptos::context::Provider;
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::task::spawn_local;
use serde_json::Value;

use super::super::draft::{Beside, Draft, control};
use super::super::{api, value};
use super::PageCx;
use crate::prelude::*;
use crate::shell::{Conflict, ConflictRow};
use crate::ui::Around;

/// What is known already of a new record of this kind that is made from this page. None: it cannot hang on this one.
pub fn presets(cx: PageCx, kind: Kind) -> Option<Fields> {
    let mut fields = Fields::new();
    let mut put = |name: &str, id: Option<Id>| {
        let Some(def) = kind.field(name).filter(|d| !d.is(DERIVED)) else {
            return false;
        };
        let Some(id) = id else {
            return true;
        };
        let value = if def.ty.is_many() { Value::Array(vec![id.to_string().into()]) } else { id.to_string().into() };
        fields.insert(name.to_owned(), value);
        true
    };
    let record = cx.record.get_untracked();
    let hangs = match cx.kind {
        Kind::Company => put("company", Some(cx.id)),
        Kind::Contact => {
            let company = put("company", record.id_of("company"));
            put("contact", Some(cx.id)) || put("contacts", Some(cx.id)) || company
        }
        Kind::Deal => {
            let deal = put("deal", Some(cx.id));
            deal && put("company", record.id_of("company"))
        }
        Kind::Product => put("products", Some(cx.id)),
        Kind::Task | Kind::Note | Kind::Call if kind.is_activity() => {
            ["deal", "contact", "company"].into_iter().filter(|name| put(name, record.id_of(name))).count() > 0
        }
        _ => false,
    };
    hangs.then_some(fields)
}

/// Where a field stands in the panel.
fn group(def: &FieldDef) -> &'static str {
    match def.name {
        "street" | "city" | "region" | "postal_code" | "country" => "address",
        "tags" | "description" | "external_id" | "created_at" | "updated_at" | "birth_date" | "language" | "preferred_channel" => "more",
        _ => "about",
    }
}

/// Edited in the panel. The stage is moved in the head, where its rules are asked.
fn shown(def: &FieldDef) -> bool {
    !def.is(HIDDEN) && def.ty != FieldType::Stage && def.name != "owner"
}

pub fn fields(cx: PageCx) -> AnyView {
    let all: Vec<&'static FieldDef> = cx.kind.fields().iter().filter(|d| shown(d)).collect();
    let fillable: Vec<&'static str> = all.iter().filter(|d| !d.is(DERIVED) && d.ty != FieldType::Bool).map(|d| d.name).collect();
    let groups = ["about", "address", "more"].into_iter().filter_map(|name| {
        let fields: Vec<&'static FieldDef> = all.iter().copied().filter(|d| group(d) == name).collect();
        (!fields.is_empty()).then(|| {
            view! {
                <section class="fgroup">
                    <h3 class="fhead">{tk(&format!("record.group.{name}"))}</h3>
                    <dl>
                        {fields.into_iter().map(|def| field(cx, def)).collect_view()}
                        {(name == "more").then(|| times(cx))}
                    </dl>
                </section>
            }
        })
    });
    view! {
        {matches!(cx.kind, Kind::Company | Kind::Contact | Kind::Deal).then(|| fullness(cx, fillable))}
        {groups.collect_view()}
    }
    .into_any()
}

/// How much is filled in, and the next fields to fill.
fn fullness(cx: PageCx, fields: Vec<&'static str>) -> AnyView {
    let all = i64::try_from(fields.len()).unwrap_or(1).max(1);
    let missing = Memo::new(move |_| {
        cx.record.with(|r| fields.iter().filter(|f| r.fields.get(**f).is_none_or(Value::is_null)).copied().collect::<Vec<_>>())
    });
    let filled = Memo::new(move |_| all - missing.with(|m| i64::try_from(m.len()).unwrap_or(0)));
    let percent = move || filled.get() * 100 / all;
    view! {
        <div class="full">
            <div class="row">
                <b class="grow">{move || t!("record.complete", percent = value::percent(percent()))}</b>
                <span class="faint num">{move || t!("record.place", n = fmt().number(filled.get()), total = fmt().number(all))}</span>
            </div>
            <span
                class="meter"
                role="meter"
                aria-label=t("record.completeness")
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || percent().to_string()
            >
                <i style:width=move || format!("{}%", percent())></i>
            </span>
            {move || cx.rights.get().edit.then(|| {
                let missing = missing.get();
                let more = missing.len().saturating_sub(2);
                let chips = missing.into_iter().take(2).map(|name| view! {
                    <button type="button" class="chip add" on:click=move |_| begin(cx, name)>
                        <Icon name="plus"/>
                        {field_label(cx.kind, name)}
                    </button>
                }).collect_view();
                view! { <div class="add">{chips}{(more > 0).then(|| view! { <span class="faint num">{format!("+{more}")}</span> })}</div> }
            })}
        </div>
    }
    .into_any()
}

fn times(cx: PageCx) -> AnyView {
    view! {
        <div class="f locked"><dt>{field_label(cx.kind, "created_at")}</dt><dd>{move || cx.record.with(|r| view! { <When at=r.created_at.clone()/> })}</dd></div>
        <div class="f locked"><dt>{field_label(cx.kind, "updated_at")}</dt><dd>{move || cx.record.with(|r| view! { <When at=r.updated_at.clone()/> })}</dd></div>
    }
    .into_any()
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Rest,
    Saving,
    Saved,
    Failed(Error),
}

/// One field while the page stands.
#[derive(Clone, Copy)]
struct One {
    cx: PageCx,
    def: &'static FieldDef,
    state: RwSignal<State>,
    /// What is shown until the server has answered.
    pending: RwSignal<Option<Value>>,
    /// What was typed and could not be saved.
    kept: StoredValue<Option<Value>>,
    error: RwSignal<Option<String>>,
    /// Version and value that the editor began with.
    base: StoredValue<(i64, Value)>,
}

/// Opens the editor of a field.
pub fn begin(cx: PageCx, name: &'static str) {
    cx.editing.set(Some(name));
    crate::dom::edit(format!("#edit-{name}"), format!("#edit-{name} .editor > .combo > [role='combobox']"), 100);
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

fn field(cx: PageCx, def: &'static FieldDef) -> AnyView {
    let one = One {
        cx,
        def,
        state: RwSignal::new(State::Rest),
        pending: RwSignal::new(None),
        kept: StoredValue::new(None),
        error: RwSignal::new(None),
        base: StoredValue::new((0, Value::Null)),
    };
    let editing = Memo::new(move |_| cx.editing.get() == Some(def.name) && cx.rights.get().edit);
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
                let edit = t!("record.edit_named", name = label);
                if !can.get() {
                    return view! { <span class="val">{shown}</span> }.into_any();
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
        untrack(|| self.take_base());
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
            if leaves(&event, def.name) && cx.editing.try_get_untracked().flatten() == Some(def.name) && commit() {
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

    /// Saves what is typed. False: it cannot be saved, the editor stays.
    fn commit(&self, draft: Draft) -> bool {
        // It was sent or taken back already (a press on a button also leaves the field).
        if self.cx.editing.try_get_untracked() != Some(Some(self.def.name)) {
            return true;
        }
        match untrack(|| draft.checked()) {
            Err(error) => {
                self.error.set(Some(field_error_text(&error)));
                false
            }
            Ok(Value::Null) if self.def.is(REQUIRED) => {
                self.error.set(Some(field_error_text(&FieldError::new(self.def.name, "required"))));
                false
            }
            Ok(value) => {
                self.error.set(None);
                self.kept.set_value(Some(untrack(|| draft.value())));
                if let Some(id) = draft.picked().get_untracked()
                    && let FieldType::Ref(kind) = self.def.ty
                {
                    self.cx.names.learn(kind, id, &draft.label());
                }
                if value == self.base.get_value().1 {
                    self.kept.set_value(None);
                    self.state.set(State::Rest);
                } else {
                    self.save(value);
                }
                true
            }
        }
    }

    fn save(self, new: Value) {
        let (version, base) = self.base.get_value();
        self.send(new, version, base);
    }

    fn send(self, new: Value, version: i64, base: Value) {
        let (cx, def) = (self.cx, self.def);
        self.pending.set(Some(new.clone()));
        self.state.set(State::Saving);
        let mut fields = Fields::from_iter([(def.name.to_owned(), new.clone())]);
        let mut was = Fields::from_iter([(def.name.to_owned(), base.clone())]);
        with_stage(cx, &mut fields, &mut was);
        spawn_local(async move {
            let answer = api::update(cx.kind, cx.id, Patch { fields, version, base: was }).await;
            if self.state.try_get_untracked().is_none() {
                return;
            }
            match answer {
                Ok(record) => {
                    self.kept.set_value(None);
                    cx.take(record);
                    // Another save of the same field may be under way by now.
                    if self.pending.with_untracked(|p| p.as_ref() == Some(&new)) {
                        self.pending.set(None);
                    }
                    self.state.set(State::Saved);
                    cx.timeline.again();
                    set_timeout(
                        move || {
                            if self.state.try_get_untracked() == Some(State::Saved) {
                                self.state.set(State::Rest);
                            }
                        },
                        Duration::from_millis(1600),
                    );
                }
                Err(Fault(Error::Conflict(clash))) => {
                    self.pending.set(None);
                    self.state.set(State::Rest);
                    self.clash(*clash, new, base);
                }
                Err(Fault(error)) => {
                    self.pending.set(None);
                    if error == Error::Unauthenticated {
                        cx.toasts.fail(&error);
                    }
                    // Wrong at the server's look: back into the editor, with the reason and what was typed.
                    if let Some(text) = error_of(Some(&error), def.name)
                        && cx.editing.get_untracked().is_none()
                        && def.ty != FieldType::Bool
                    {
                        self.state.set(State::Rest);
                        self.error.set(Some(text));
                        begin(cx, def.name);
                    } else {
                        self.state.set(State::Failed(error));
                    }
                }
            }
        });
    }

    /// Somebody was first with this very field: the person chooses.
    fn clash(self, clash: Clash, mine: Value, original: Value) {
        let (cx, def) = (self.cx, self.def);
        let current = clash.current.fields.get(def.name).cloned().unwrap_or_default();
        let version = clash.current.version;
        let say = |v: &Value| value::text(def, v, cx.names);
        let row = ConflictRow {
            field: def.name.to_owned(),
            label: field_label(cx.kind, def.name),
            current: say(&current),
            yours: say(&mine),
            original: say(&original),
        };
        cx.take(clash.current);
        let on_choose = Callback::new(move |own: Vec<String>| {
            self.kept.set_value(None);
            if own.iter().any(|f| f == def.name) {
                self.send(mine.clone(), version, current.clone());
            }
        });
        cx.shell.conflict.set(Some(Conflict { by: clash.by, at: clash.at, rows: vec![row], on_choose }));
    }
}

/// A deal in another pipeline begins in its first stage.
fn with_stage(cx: PageCx, fields: &mut Fields, base: &mut Fields) {
    if cx.kind != Kind::Deal {
        return;
    }
    let Some(pipeline) = fields.get("pipeline").and_then(Value::as_str).and_then(Id::parse) else {
        return;
    };
    if let Some(first) = cx.names.pipeline(Some(pipeline)).and_then(|p| p.first(StageKind::Open).cloned()) {
        base.insert("stage".to_owned(), cx.record.with_untracked(|r| r.fields.get("stage").cloned().unwrap_or_default()));
        fields.insert("stage".to_owned(), first.id.into());
    }
}

/// Saves one field from outside of the panel (the owner in the head); errors go to a toast.
pub fn save_plainly(cx: PageCx, def: &'static FieldDef, new: Value) {
    let before = cx.record.get_untracked();
    let base = before.fields.get(def.name).cloned().unwrap_or_default();
    if base == new {
        return;
    }
    cx.record.update(|r| r.fields = domain::fields::merged(&r.fields, &Fields::from_iter([(def.name.to_owned(), new.clone())])));
    spawn_local(async move {
        let patch = Patch {
            fields: Fields::from_iter([(def.name.to_owned(), new)]),
            version: before.version,
            base: Fields::from_iter([(def.name.to_owned(), base)]),
        };
        match api::update(cx.kind, cx.id, patch).await {
            Ok(record) => {
                cx.take(record);
                cx.timeline.again();
            }
            Err(Fault(error)) => {
                if cx.record.try_get_untracked().is_some_and(|r| r.version == before.version) {
                    cx.record.set(before);
                }
                cx.toasts.fail(&error);
                cx.again();
            }
        }
    });
}

/// The next field (or the one before) that can be edited.
fn neighbour(cx: PageCx, name: &str, back: bool) -> Option<&'static str> {
    let order: Vec<&'static str> = ["about", "address", "more"]
        .into_iter()
        .flat_map(|g| cx.kind.fields().iter().filter(move |d| shown(d) && group(d) == g))
        .filter(|d| !d.is(DERIVED) && d.ty != FieldType::Bool)
        .map(|d| d.name)
        .collect();
    let at = order.iter().position(|n| *n == name)?;
    if back { order.get(at.checked_sub(1)?) } else { order.get(at + 1) }.copied()
}

/// Does the keyboard leave the editor for good? Not into a dialog above it, and not with the whole window.
fn leaves(event: &FocusEvent, name: &str) -> bool {
    use wasm_bindgen::JsCast;
    let Some(to) = event.related_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else {
        return document().has_focus().unwrap_or(true);
    };
    to.closest(&format!("#edit-{name}, dialog")).ok().flatten().is_none()
}

fn keys() -> AnyView {
    view! { <kbd>"↵"</kbd>" "{t("record.key_save")}" "<kbd>"Esc"</kbd>" "{t("record.key_cancel")} }.into_any()
}
