//! Quick create: a dialog with the fields that a kind asks for first, and the rest on demand. The shell's opens when
//! `use_shell().new_record` is set; fields that point at other records open one of their own above it.

use std::time::Duration;

use domain::list::Hit;
use domain::pipelines::StageKind;
use domain::schema::{DERIVED, FieldDef, FieldType, HIDDEN, QUICK, REQUIRED};
use leptos::ev::KeyboardEvent;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use serde_json::Value;

use super::draft::{Beside, Draft, control};
use super::names::Names;
use super::{api, keep, value};
use crate::prelude::*;
use crate::shell::{NewRecord, use_shell};

/// The dialog behind every "New".
#[component]
pub fn QuickCreate() -> impl IntoView {
    let wanted = use_shell().new_record;
    let navigate = use_navigate();
    // Begun from a page or a column, people stay there; begun from nowhere, they go on with what they made.
    let bare = StoredValue::new(false);
    Effect::new(move |_| {
        if let Some(new) = wanted.get() {
            bare.set_value(new.fields.is_empty());
        }
    });
    let made = Callback::new(move |record: Record| {
        if bare.get_value()
            && !record.kind.is_activity()
            && let Some(href) = value::page_of(record.kind, record.id)
        {
            navigate(&href, Default::default());
        }
    });
    provide_context(Names::new(Default::default(), Vec::new()));
    view! { <CreateDialog wanted=wanted on_created=made again=true/> }
}

/// Open while `wanted` is set. `again`: offers to go on with another one.
#[component]
pub fn CreateDialog(wanted: RwSignal<Option<NewRecord>>, on_created: Callback<Record>, #[prop(optional)] again: bool) -> impl IntoView {
    let open = RwSignal::new(false);
    let title = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let Some(new) = wanted.get() {
            title.set(tk(&format!("quick.new.{}", new.kind.name())));
            open.set(true);
        } else {
            open.set(false);
        }
    });
    let closed = Callback::new(move |()| wanted.set(None));
    view! {
        <Dialog open=open title=title on_close=closed look="quick">
            {move || wanted.get_untracked().map(|new| crate::rooms::new_record_form(new, open, on_created, again))}
        </Dialog>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Form {
    kind: Kind,
    me: Id,
    preset: StoredValue<Fields>,
    drafts: StoredValue<Vec<Draft>>,
    names: Names,
    pipeline: RwSignal<Option<Id>>,
    error: RwSignal<Option<Error>>,
    busy: RwSignal<bool>,
    attempt: StoredValue<String>,
    /// What was typed here before a reload is back.
    found: RwSignal<bool>,
}

pub(crate) fn form(new: NewRecord, open: RwSignal<bool>, on_created: Callback<Record>, again: bool) -> AnyView {
    let names = Names::here();
    let form = Form::begin(new, names);
    let kind = form.kind;
    let another = RwSignal::new(false);
    let more = RwSignal::new(false);
    let toasts = use_toasts();

    let save = move || {
        if form.busy.get_untracked() {
            return;
        }
        let fields = match form.checked() {
            Ok(fields) => fields,
            Err(error) => {
                show_hidden_errors(&error, kind, more);
                form.error.set(Some(error));
                return form.focus_first_error();
            }
        };
        form.busy.set(true);
        form.error.set(None);
        spawn_local(async move {
            let made = api::create(kind, fields, form.attempt.get_value()).await;
            // The dialog may be closed by now; what was made stays made.
            let _ = form.busy.try_set(false);
            match made {
                Ok(record) => {
                    keep::keep_draft(&form.draft_name(), "");
                    names.learn(kind, record.id, record.name());
                    let (id, name) = (record.id, record.name().to_owned());
                    toasts.done(t!("toast.created", name = name), move || undo_create(kind, id, toasts));
                    if another.try_get_untracked() == Some(true) {
                        form.reset();
                    } else {
                        open.set(false);
                        on_created.run(record);
                    }
                }
                Err(Fault(error)) => {
                    show_hidden_errors(&error, kind, more);
                    let _ = form.error.try_set(Some(error));
                    form.focus_first_error();
                }
            }
        });
    };
    let keydown = move |event: KeyboardEvent| {
        let enter = event.key() == "Enter" && !event.is_composing();
        if enter && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            event.stop_propagation();
            save();
        }
    };
    let general = move || form.error.get().filter(|e| !form.shows(e)).map(|e| error_text(&e));
    let rows = move || {
        let more = more.get();
        form.drafts.with_value(|all| all.iter().filter(|d| more || form.is_first(d.def)).copied().collect::<Vec<_>>())
    };
    let has_more = form.drafts.with_value(|all| all.iter().any(|d| !form.is_first(d.def)));
    view! {
        <form
            class="quick"
            novalidate
            on:keydown=keydown
            on:submit=move |event| {
                event.prevent_default();
                event.stop_propagation();
                save();
            }
        >
            <div class="body">
                {move || form.found.get().then(|| view! {
                    <p class="hint row">
                        <span class="grow">{t("quick.draft_found")}</span>
                        <button type="button" class="btn quiet" on:click=move |_| form.reset()>{t("quick.draft_discard")}</button>
                    </p>
                })}
                <div role="alert">{move || general().map(|text| view! { <Banner tone="bad">{text}</Banner> })}</div>
                <For each=rows key=|d| d.def.name let:draft>{form.field(draft)}</For>
                {duplicates(form, open)}
                {has_more.then(|| view! {
                    <button type="button" class="btn quiet more" aria-expanded=move || if more.get() { "true" } else { "false" } on:click=move |_| more.update(|m| *m = !*m)>
                        <Icon name="down" size="s"/>
                        {move || t(if more.get() { "quick.fewer_fields" } else { "quick.more_fields" })}
                    </button>
                })}
            </div>
            <footer>
                {again.then(|| view! { <Checkbox value=another label=t("quick.another")/> })}
                <span class="grow"></span>
                <Button look="quiet" on_click=Callback::new(move |_| open.set(false))>{t("action.cancel")}</Button>
                <Button look="primary" busy=form.busy>{t("action.create")}<kbd>{enter_key()}</kbd></Button>
            </footer>
        </form>
    }
    .into_any()
}

/// The keys that save, as this machine names them.
pub fn enter_key() -> &'static str {
    #[cfg(feature = "hydrate")]
    if crate::dom::on_mac() {
        return "⌘↵";
    }
    "Ctrl ↵"
}

fn undo_create(kind: Kind, id: Id, toasts: Toasts) {
    spawn_local(async move {
        if let Err(Fault(error)) = api::remove(kind, id).await {
            toasts.fail(&error);
        }
    });
}

/// An error in a field that is folded away unfolds it.
fn show_hidden_errors(error: &Error, kind: Kind, more: RwSignal<bool>) {
    if let Error::Invalid { fields } = error
        && fields.iter().any(|e| kind.field(&e.field).is_some_and(|d| !d.is(QUICK) && !d.is(REQUIRED)))
    {
        let _ = more.try_set(true);
    }
}

impl Form {
    fn begin(new: NewRecord, names: Names) -> Self {
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

    fn draft_name(&self) -> String {
        format!("new.{}", self.kind.name())
    }

    fn draft(&self, name: &str) -> Option<Draft> {
        self.drafts.with_value(|all| all.iter().find(|d| d.def.name == name).copied())
    }

    /// Shown at once: what the kind asks for first, and what the dialog was opened with.
    fn is_first(&self, def: &FieldDef) -> bool {
        def.is(QUICK) || def.is(REQUIRED) || self.preset.with_value(|p| p.contains_key(def.name))
    }

    fn reset(&self) {
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
    fn checked(&self) -> Result<Fields, Error> {
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
    fn shows(&self, error: &Error) -> bool {
        match error {
            Error::Invalid { fields } => fields.iter().all(|e| self.draft(&e.field).is_some()),
            _ => false,
        }
    }

    fn field(&self, draft: Draft) -> AnyView {
        let error = self.error;
        let name = draft.def.name;
        let wrong = Signal::derive(move || error.with(|e| error_of(e.as_ref(), name)));
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

    fn focus_first_error(&self) {
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

/// Looks, while people type, for records that may be the same one.
fn duplicates(form: Form, open: RwSignal<bool>) -> AnyView {
    if !matches!(form.kind, Kind::Company | Kind::Contact | Kind::Product) {
        return ().into_any();
    }
    let found = RwSignal::new(Vec::<Hit>::new());
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let text = |name: &str| form.draft(name).map(|d| d.value().as_str().unwrap_or_default().trim().to_owned()).unwrap_or_default();
        let many = |name: &str| {
            let value = form.draft(name).map(|d| d.value()).unwrap_or_default();
            value.as_array().and_then(|l| l.first()).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
        };
        let name = match form.kind {
            Kind::Contact => domain::contacts::full_name(&text("given_name"), &text("family_name")),
            _ => text("name"),
        };
        let other = match form.kind {
            Kind::Company => text("domain"),
            Kind::Contact => many("emails"),
            _ => text("code"),
        };
        let this = turn.get_value() + 1;
        turn.set_value(this);
        let asked: Vec<String> = [name.clone(), other].into_iter().filter(|w| w.chars().count() >= 2).collect();
        if asked.is_empty() {
            return found.set(Vec::new());
        }
        set_timeout(
            move || {
                if turn.try_get_value() == Some(this) {
                    spawn_local(ask(form.kind, asked, name, found, turn, this));
                }
            },
            Duration::from_millis(350),
        );
    });
    view! {
        <div class="same" role="status">
            {move || {
                let hits = found.get();
                (!hits.is_empty()).then(|| view! {
                    <div class="note">
                        <Icon name="info"/>
                        <b>{t("quick.same_title")}</b>
                        // The draft is kept: whoever looks there may come back to it.
                        <ul on:click=move |_| open.set(false)>
                            {hits.into_iter().map(|hit| view! {
                                <li class="row">{value::link(hit.kind, hit.id, &hit.name)}<span class="faint clip">{hit.hint}</span></li>
                            }).collect_view()}
                        </ul>
                    </div>
                })
            }}
        </div>
    }
    .into_any()
}

async fn ask(kind: Kind, asked: Vec<String>, name: String, found: RwSignal<Vec<Hit>>, turn: StoredValue<u32>, this: u32) {
    let wanted = domain::text::fold(&name);
    let mut all: Vec<Hit> = Vec::new();
    for words in asked {
        let by_name = words == name;
        let hits = crate::search::find(words, vec![kind], 5).await.unwrap_or_default();
        // By domain or address every hit counts; by name those that hold it, or are held by it.
        let alike = |hit: &Hit| {
            let theirs = domain::text::fold(&hit.name);
            !by_name || theirs.contains(&wanted) || (theirs.chars().count() > 3 && wanted.contains(&theirs))
        };
        for hit in hits.into_iter().filter(alike) {
            if all.iter().all(|h| h.id != hit.id) {
                all.push(hit);
            }
        }
    }
    all.truncate(4);
    if turn.try_get_value() == Some(this) {
        let _ = found.try_set(all);
    }
}
