//! What was said and what is next, written down where it belongs: a note, a call (two presses: the tab, the outcome), a
//! task. What is typed stays in this browser until it is saved.

use domain::rights::Act;
use leptos::ev::KeyboardEvent;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::quick::enter_key;
use super::super::{api, keep};
use super::PageCx;
use super::presets::presets;
use crate::prelude::*;
use crate::rooms::Tool;

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    tab: String,
    note: String,
    call: String,
    minutes: String,
    incoming: bool,
    task: String,
    due: String,
}

#[derive(Clone, Copy)]
pub(crate) struct Composer {
    cx: PageCx,
    tab: RwSignal<String>,
    note: RwSignal<String>,
    call: RwSignal<String>,
    minutes: RwSignal<String>,
    incoming: RwSignal<bool>,
    task: RwSignal<String>,
    due: RwSignal<String>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    /// What was sent without an answer, and under which name: sent again as it is, it is not made twice.
    attempt: StoredValue<Option<(Fields, String)>>,
}

pub fn composer(cx: PageCx) -> AnyView {
    let who = use_me().who();
    let kinds: Vec<Kind> = [Kind::Note, Kind::Call, Kind::Task]
        .into_iter()
        .filter(|k| who.may_some(Act::Create, *k) && untrack(|| presets(cx, *k)).is_some())
        .collect();
    let Some(first) = kinds.first() else {
        return ().into_any();
    };
    let c = Composer {
        cx,
        tab: RwSignal::new(first.name().to_owned()),
        note: RwSignal::new(String::new()),
        call: RwSignal::new(String::new()),
        minutes: RwSignal::new(String::new()),
        incoming: RwSignal::new(false),
        task: RwSignal::new(String::new()),
        due: RwSignal::new(String::new()),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        attempt: StoredValue::new(None),
    };
    c.keep();
    let tabs: Vec<(String, String, Option<i64>)> = kinds.iter().map(|k| (k.name().to_owned(), kind_name(*k), None)).collect();
    let touched = RwSignal::new(false);
    let draft = move || [c.note, c.call, c.task].iter().any(|s| s.with(|s| !s.trim().is_empty()));
    let keydown = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            c.send();
        }
    };
    view! {
        <form
            class="composer"
            class:open=move || c.tab.with(|t| t != "note") && touched.get()
            novalidate
            aria-label=t("composer.title")
            on:keydown=keydown
            on:submit=move |event| {
                event.prevent_default();
                c.send();
            }
        >
            <Tabs value=c.tab options=tabs label=t("composer.title") on_change=Callback::new(move |to| {
                touched.set(true);
                c.tab.set(to);
            })/>
            {move || match c.tab.get().as_str() {
                "call" => crate::rooms::tool(Tool::Call(c)),
                "task" => crate::rooms::tool(Tool::Task(c)),
                _ => view! { <TextAreaBare value=c.note label=t("composer.note") placeholder=t("composer.note_hint")/> }.into_any(),
            }}
            <span class="err" role="alert">{move || c.error.get().map(|e| error_text(&e))}</span>
            <footer>
                <span class="grow"></span>
                <span class="faint" role="status">{move || draft().then(|| t("composer.draft_kept"))}</span>
                {move || {
                    let word = match c.tab.get().as_str() {
                        "call" => return None,
                        "task" => "composer.add_task",
                        _ => "composer.add_note",
                    };
                    Some(view! { <Button look="primary" busy=c.busy>{t(word)}<kbd>{enter_key()}</kbd></Button> })
                }}
            </footer>
        </form>
    }
    .into_any()
}

/// The composer's box has its label in words only for screen readers: the tab says it.
#[component]
fn TextAreaBare(value: RwSignal<String>, #[prop(into)] label: String, #[prop(into)] placeholder: String) -> impl IntoView {
    view! {
        <textarea
            class="input"
            rows="2"
            aria-label=label
            placeholder=placeholder
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
    }
    .into_any()
}

/// The outcome is the button: pressing it writes the call down.
pub fn call(c: Composer) -> AnyView {
    let outcomes: &[&str] = match Kind::Call.field("outcome").map(|d| d.ty) {
        Some(domain::schema::FieldType::Choice(options)) => options,
        _ => &[],
    };
    let buttons = outcomes
        .iter()
        .map(|outcome| {
            let outcome = *outcome;
            let look = if outcome == "reached" { "good small" } else { "small" };
            view! { <Button look=look on_click=Callback::new(move |_| c.log_call(outcome))>{choice_label("outcome", outcome)}</Button> }
        })
        .collect_view();
    let direction = Signal::derive(move || if c.incoming.get() { "incoming" } else { "outgoing" }.to_owned());
    let options = ["outgoing", "incoming"].map(|d| (d.to_owned(), "", choice_label("direction", d))).into();
    view! {
        <TextAreaBare value=c.call label=t("composer.call") placeholder=t("composer.call_hint")/>
        <div class="more">
            <Segmented value=direction options=options label=field_label(Kind::Call, "direction") on_change=Callback::new(move |d: String| c.incoming.set(d == "incoming"))/>
            <NumberInput value=c.minutes label=field_label(Kind::Call, "minutes") unit=t("composer.min")/>
        </div>
        <div class="more" role="group" aria-label=t("composer.how_it_went")>
            <div class="row wrap"><span class="faint">{t("composer.how_it_went")}</span>{buttons}</div>
        </div>
    }
    .into_any()
}

pub fn task(c: Composer) -> AnyView {
    // Nine in the morning of the person's own day.
    let at = |days: i64| {
        let day = crate::i18n::day(crate::i18n::now() + days * 86_400_000);
        crate::i18n::from_input(&format!("{day}T09:00")).map(domain::time::instant).unwrap_or_default()
    };
    let quick = [("composer.today", 0), ("composer.tomorrow", 1), ("composer.next_week", 7)].map(|(word, days)| {
        view! {
            <button
                type="button"
                class="chip round"
                on:click=move |_| {
                    // Today: at the end of the working day.
                    let due = if days == 0 {
                        let day = crate::i18n::day(crate::i18n::now());
                        crate::i18n::from_input(&format!("{day}T17:00")).map(domain::time::instant).unwrap_or_default()
                    } else {
                        at(days)
                    };
                    c.due.set(due);
                }
            >
                {t(word)}
            </button>
        }
    });
    view! {
        <input
            class="input"
            type="text"
            aria-label=t("composer.task")
            placeholder=t("composer.task_hint")
            autocomplete="off"
            prop:value=move || c.task.get()
            on:input=move |event| c.task.set(event_target_value(&event))
        />
        <div class="more">
            <div class="row wrap"><span class="faint">{field_label(Kind::Task, "due_at")}</span>{quick}</div>
            <InstantInput value=c.due label=field_label(Kind::Task, "due_at")/>
        </div>
    }
    .into_any()
}

impl Composer {
    fn name(&self) -> String {
        format!("compose.{}", self.cx.id)
    }

    /// From this browser's memory when the page comes to life, and back with every key.
    fn keep(self) {
        Effect::new(move |before: Option<()>| {
            if before.is_none() {
                let kept: Option<Kept> = keep::draft(&self.name()).and_then(|text| serde_json::from_str(&text).ok());
                if let Some(kept) = kept {
                    self.note.set(kept.note);
                    self.call.set(kept.call);
                    self.minutes.set(kept.minutes);
                    self.incoming.set(kept.incoming);
                    self.task.set(kept.task);
                    self.due.set(kept.due);
                    if !kept.tab.is_empty() {
                        self.tab.set(kept.tab);
                    }
                }
            }
            let now = Kept {
                tab: self.tab.get(),
                note: self.note.get(),
                call: self.call.get(),
                minutes: self.minutes.get(),
                incoming: self.incoming.get(),
                task: self.task.get(),
                due: self.due.get(),
            };
            if before.is_some() {
                let empty = [&now.note, &now.call, &now.task, &now.minutes].iter().all(|s| s.trim().is_empty());
                let text = if empty { String::new() } else { serde_json::to_string(&now).unwrap_or_default() };
                keep::keep_draft(&self.name(), &text);
            }
        });
    }

    fn send(self) {
        let mut fields = Fields::new();
        match self.tab.get_untracked().as_str() {
            "note" => {
                let body = self.note.get_untracked();
                if body.trim().is_empty() {
                    return;
                }
                fields.insert("body".to_owned(), body.into());
                self.create(Kind::Note, fields);
            }
            "task" => {
                let name = self.task.get_untracked();
                if name.trim().is_empty() {
                    return;
                }
                fields.insert("name".to_owned(), name.trim().into());
                let due = self.due.get_untracked();
                if !due.is_empty() {
                    fields.insert("due_at".to_owned(), due.into());
                }
                self.create(Kind::Task, fields);
            }
            _ => {}
        }
    }

    fn log_call(self, outcome: &'static str) {
        let minutes = self.minutes.get_untracked();
        let mut fields = Fields::new();
        if !minutes.trim().is_empty() {
            match minutes.trim().parse::<i64>() {
                Ok(n) if n >= 0 => {
                    fields.insert("minutes".to_owned(), n.into());
                }
                _ => return self.error.set(Some(Error::invalid("minutes", "int"))),
            }
        }
        let name = self.cx.record.with_untracked(super::super::list::title_of);
        let body = self.call.get_untracked();
        fields.insert("name".to_owned(), t!("composer.call_with", name = name).chars().take(300).collect::<String>().into());
        fields.insert("at".to_owned(), domain::time::instant(crate::i18n::now()).into());
        fields.insert("direction".to_owned(), if self.incoming.get_untracked() { "incoming" } else { "outgoing" }.into());
        fields.insert("outcome".to_owned(), outcome.into());
        if !body.trim().is_empty() {
            fields.insert("body".to_owned(), body.into());
        }
        self.create(Kind::Call, fields);
    }

    fn create(self, kind: Kind, mut fields: Fields) {
        if self.busy.get_untracked() {
            return;
        }
        fields.extend(untrack(|| presets(self.cx, kind)).unwrap_or_default());
        if kind.field("owner").is_some() {
            fields.insert("owner".to_owned(), Value::String(use_me().id.to_string()));
        }
        // Trying again is no other call, though it is later.
        let before = self
            .attempt
            .get_value()
            .filter(|(sent, _)| sent.iter().filter(|(k, _)| *k != "at").eq(fields.iter().filter(|(k, _)| *k != "at")));
        let (fields, key) = before.unwrap_or_else(|| (fields, keep::attempt()));
        self.attempt.set_value(Some((fields.clone(), key.clone())));
        self.busy.set(true);
        self.error.set(None);
        let (cx, toasts) = (self.cx, self.cx.toasts);
        spawn_local(async move {
            let made = api::create(kind, fields, key).await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match made {
                Ok(record) => {
                    self.attempt.set_value(None);
                    self.clear(kind);
                    let id = record.id;
                    toasts.done(t!("toast.created", name = super::super::list::title_of(&record)), move || {
                        spawn_local(async move {
                            match api::remove(kind, id).await {
                                Ok(_) => cx.again(),
                                Err(Fault(error)) => toasts.fail(&error),
                            }
                        });
                    });
                    cx.again();
                }
                Err(Fault(error)) => self.error.set(Some(error)),
            }
        });
    }

    fn clear(&self, kind: Kind) {
        match kind {
            Kind::Call => {
                self.call.set(String::new());
                self.minutes.set(String::new());
            }
            Kind::Task => {
                self.task.set(String::new());
                self.due.set(String::new());
            }
            _ => self.note.set(String::new()),
        }
    }
}
