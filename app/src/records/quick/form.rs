//! What is typed into the form: its fields, what is wrong with them, and the draft that a reload brings back.

use std::time::Duration;

use domain::pipelines::StageKind;
use domain::schema::{DERIVED, FieldDef, FieldType, HIDDEN, QUICK, REQUIRED};
use leptos::task::spawn_local;
use serde_json::Value;

use super::super::draft::{Beside, Draft, control};
use super::super::names::Names;
use super::super::{api, keep};
use crate::prelude::*;
use crate::shell::NewRecord;

#[derive(Clone, Copy)]
pub(super) struct Form {
    pub kind: Kind,
    me: Id,
    preset: StoredValue<Fields>,
    pub drafts: StoredValue<Vec<Draft>>,
    names: Names,
    pipeline: RwSignal<Option<Id>>,
    pub error: RwSignal<Option<Error>>,
    pub busy: RwSignal<bool>,
    pub attempt: StoredValue<String>,
    /// What was typed here before a reload is back.
    pub found: RwSignal<bool>,
}

impl Form {
    pub(super) fn begin(new: NewRecord, names: Names) -> Self {
        let (kind, me) = (new.kind, use_me().id);
        let fillable = |d: &&&FieldDef| !d.is(DERIVED) && !d.is(HIDDEN);
        let form = Self {
            kind,
            me,
            preset: StoredValue::new(new.fields),
            drafts: StoredValue::new(Vec::new()),
            names,
            pipeline: RwSignal::new(None),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
            attempt: StoredValue::new(keep::attempt()),
            found: RwSignal::new(false),
        };
        let kept: Fields = keep::draft(&form.draft_name()).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let drafts: Vec<Draft> = kind
            .fields()
            .iter()
            .filter(|d| fillable(&d))
            .map(|def| {
                let begun = form.preset.with_value(|p| p.get(def.name).cloned()).or_else(|| kept.get(def.name).cloned());
                Draft::new(kind, def, &begun.unwrap_or_else(|| first_value(kind, def, me)), names)
            })
            .collect();
        form.found.set(!kept.is_empty() && drafts.iter().any(|d| kept.contains_key(d.def.name)));
        form.drafts.set_value(drafts);
        form.learn_names();
        form.keep_while_typing();
        form.pipelines();
        form
    }

    pub(super) fn draft_name(&self) -> String {
        format!("new.{}", self.kind.name())
    }

    pub(super) fn draft(&self, name: &str) -> Option<Draft> {
        self.drafts.with_value(|all| all.iter().find(|d| d.def.name == name).copied())
    }

    /// Shown at once: what the kind asks for first, and what the dialog was opened with.
    pub(super) fn is_first(&self, def: &FieldDef) -> bool {
        def.is(QUICK) || def.is(REQUIRED) || self.preset.with_value(|p| p.contains_key(def.name))
    }

    pub(super) fn reset(&self) {
        keep::keep_draft(&self.draft_name(), "");
        self.attempt.set_value(keep::attempt());
        self.found.set(false);
        self.error.set(None);
        self.drafts.with_value(|all| {
            for draft in all {
                let begun = self.preset.with_value(|p| p.get(draft.def.name).cloned());
                // Owner, pipeline and stage mostly stay the same for the next one.
                if begun.is_some() || !matches!(draft.def.name, "owner" | "pipeline" | "stage" | "company") {
                    draft.set(&begun.unwrap_or_else(|| first_value(self.kind, draft.def, self.me)), self.names);
                }
            }
        });
        self.focus("input");
    }

    /// All fields in canonical form, or everything that is wrong.
    pub(super) fn checked(&self) -> Result<Fields, Error> {
        let mut sent = Fields::new();
        let mut errors = Vec::new();
        self.drafts.with_value(|all| {
            for draft in all {
                let value = untrack(|| draft.checked());
                match value {
                    Ok(Value::Null | Value::Bool(false)) => {}
                    Ok(value) => {
                        sent.insert(draft.def.name.to_owned(), value);
                    }
                    Err(error) => errors.push(error),
                }
            }
        });
        // Preset fields without a control (technical ones) go along.
        for (name, value) in self.preset.get_value() {
            if self.draft(&name).is_none() {
                sent.insert(name, value);
            }
        }
        match domain::fields::check(self.kind, &sent, domain::fields::Mode::Create) {
            Err(Error::Invalid { fields }) => errors.extend(fields),
            Err(other) => return Err(other),
            Ok(_) => {}
        }
        if errors.is_empty() { Ok(sent) } else { Err(Error::Invalid { fields: errors }) }
    }

    /// Does the form show this error beside its fields?
    pub(super) fn shows(&self, error: &Error) -> bool {
        match error {
            Error::Invalid { fields } => fields.iter().all(|e| self.draft(&e.field).is_some()),
            _ => false,
        }
    }

    pub(super) fn field(&self, draft: Draft) -> AnyView {
        let error = self.error;
        let name = draft.def.name;
        let wrong = error_in(error, name);
        // What was wrong is being mended: the complaint goes, the others stay.
        Effect::new(move |before: Option<Value>| {
            let now = draft.value();
            if before.is_some_and(|b| b != now) {
                error.maybe_update(|error| match error {
                    Some(Error::Invalid { fields }) if fields.iter().any(|f| f.field == name) => {
                        fields.retain(|f| f.field != name);
                        if fields.is_empty() {
                            *error = None;
                        }
                        true
                    }
                    _ => false,
                });
            }
            now
        });
        let beside = Beside { names: self.names, pipeline: self.pipeline.into(), chosen: None };
        let label = field_label(self.kind, name);
        if draft.def.ty == FieldType::Bool {
            return control(draft, beside);
        }
        let class = format!("q-{name}");
        view! { <Field label=label error=wrong required=draft.def.is(REQUIRED) class=class>{control(draft, beside)}</Field> }.into_any()
    }

    pub(super) fn focus_first_error(&self) {
        self.focus("[aria-invalid='true']");
    }

    fn focus(&self, what: &'static str) {
        // After the next drawing: the mark is not there yet.
        set_timeout(
            move || {
                crate::dom::focus(&format!("dialog[open]:last-of-type form.quick {what}"));
            },
            Duration::from_millis(30),
        );
    }

    /// A reload or a closed dialog loses nothing.
    fn keep_while_typing(&self) {
        let form = *self;
        Effect::new(move |first: Option<()>| {
            let typed: Fields = form.drafts.with_value(|all| {
                all.iter()
                    .filter(|d| form.preset.with_value(|p| !p.contains_key(d.def.name)))
                    .map(|d| (d, d.value()))
                    .filter(|(d, v)| !v.is_null() && *v != Value::Bool(false) && *v != first_value(form.kind, d.def, form.me))
                    .filter(|(d, _)| !matches!(d.def.name, "pipeline" | "stage" | "owner"))
                    .map(|(d, v)| (d.def.name.to_owned(), v))
                    .collect()
            });
            if first.is_some() {
                let text = if typed.is_empty() { String::new() } else { serde_json::to_string(&typed).unwrap_or_default() };
                keep::keep_draft(&form.draft_name(), &text);
            }
        });
    }

    /// Names of what is preset or was typed before: asked for where this page does not know them.
    fn learn_names(&self) {
        let me = use_me();
        self.names.learn(Kind::User, me.id, &me.name);
        let form = *self;
        let known = self.names;
        let mut unknown: Vec<(Kind, Id, Draft)> = Vec::new();
        self.drafts.with_value(|all| {
            for draft in all {
                if let (FieldType::Ref(kind), Some(id)) = (draft.def.ty, untrack(|| draft.picked().get())) {
                    if known.knows(id) {
                        draft.set(&id.to_string().into(), known);
                    } else if kind != Kind::Pipeline {
                        unknown.push((kind, id, *draft));
                    }
                }
            }
        });
        for (kind, id, draft) in unknown {
            spawn_local(async move {
                if let Ok(found) = api::by_ids(kind, vec![id]).await
                    && let Some(record) = found.records.first()
                {
                    form.names.learn(kind, id, record.name());
                    if draft.picked().try_get_untracked() == Some(Some(id)) {
                        draft.set(&id.to_string().into(), form.names);
                    }
                }
            });
        }
    }

    /// A deal begins in the first pipeline's first stage.
    fn pipelines(&self) {
        let (Some(pipeline), Some(stage)) = (self.draft("pipeline"), self.draft("stage")) else {
            return;
        };
        let form = *self;
        let ready = RwSignal::new(!self.names.pipelines().is_empty());
        if !ready.get_untracked() {
            spawn_local(async move {
                if let Ok(all) = api::pipelines().await {
                    form.names.set_pipelines(all);
                    let _ = ready.try_set(true);
                }
            });
        }
        Effect::new(move |_| {
            if !ready.get() {
                return;
            }
            form.names.track();
            let chosen = Id::parse(&pipeline.typed().get());
            let Some(found) = form.names.pipeline(chosen) else {
                return;
            };
            if chosen != Some(found.id) {
                pipeline.typed().set(found.id.to_string());
            }
            form.pipeline.set(Some(found.id));
            if found.stage(&stage.typed().get_untracked()).is_none()
                && let Some(first) = found.first(StageKind::Open)
            {
                stage.typed().set(first.id.clone());
            }
        });
    }
}

/// What a field starts with when nothing was typed.
fn first_value(kind: Kind, def: &FieldDef, me: Id) -> Value {
    match (kind, def.name) {
        (_, "owner") => me.to_string().into(),
        (Kind::Task, "priority") => "normal".into(),
        (Kind::Call, "direction") => "outgoing".into(),
        (Kind::Call, "at") => domain::time::instant(crate::i18n::now()).into(),
        _ => Value::Null,
    }
}
