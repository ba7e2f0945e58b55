//! The stages of one pipeline as rows: drag or the arrows of the menu move them; nothing is stored before "Save".

use domain::pipelines::{Pipeline, StageKind};
use domain::record::Patch;
use leptos::task::spawn_local;

use super::stage::{Draft, Required};
use crate::prelude::*;
use crate::settings::{api, text_or_null};

#[component]
pub fn Editor(record: Record, only: bool, changed: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let id = record.id;
    let name = RwSignal::new(record.name().to_owned());
    let currency = RwSignal::new(record.text("currency").to_owned());
    let stages = Pipeline::of(&record).map(|p| p.stages).unwrap_or_default();
    let next = StoredValue::new(u32::try_from(stages.len()).unwrap_or(0));
    let rows = RwSignal::new(stages.iter().zip(0..).map(|(stage, key)| Draft::of(key, stage)).collect::<Vec<_>>());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let title = record.name().to_owned();
    let saved = StoredValue::new(record);
    let asked = RwSignal::new(None::<String>);

    let store = move || {
        let mut taken: Vec<String> = rows.with_untracked(|r| r.iter().map(|d| d.id.get_untracked()).filter(|i| !i.is_empty()).collect());
        let mut problems = Vec::new();
        let mut stages = Vec::new();
        for draft in rows.get_untracked() {
            match draft.read(&mut taken) {
                Ok(stage) => stages.push(stage),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty()
            && let Err(Error::Invalid { fields }) = domain::pipelines::check_stages(&stages)
        {
            problems = fields;
        }
        if !problems.is_empty() {
            return error.set(Some(Error::Invalid { fields: problems }));
        }
        let old = saved.get_value();
        let fields: Fields = [
            ("name".to_owned(), text_or_null(&name.get_untracked())),
            ("currency".to_owned(), text_or_null(&currency.get_untracked())),
            ("stages".to_owned(), serde_json::to_value(stages).unwrap_or_default()),
        ]
        .into_iter()
        .collect();
        let patch = Patch { fields, version: old.version, base: old.fields };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::update(Kind::Pipeline, id, patch).await;
            busy.set(false);
            match answer {
                Ok(_) => {
                    toasts.say(t("settings.saved"));
                    changed.run(());
                }
                Err(Fault(problem)) => error.set(Some(problem)),
            }
        });
    };
    let remove = move || {
        spawn_local(async move {
            match api::remove(Kind::Pipeline, id).await {
                Ok(()) => {
                    let undo = move || {
                        spawn_local(async move {
                            match api::restore(Kind::Pipeline, id).await {
                                Ok(()) => changed.run(()),
                                Err(Fault(error)) => toasts.fail(&error),
                            }
                        });
                    };
                    toasts.done(t!("settings.deleted", name = name.get_untracked()), undo);
                    changed.run(());
                }
                Err(Fault(problem)) => error.set(Some(problem)),
            }
        });
    };
    let add = move |_| {
        let key = next.get_value();
        next.set_value(key + 1);
        rows.update(|list| {
            // Before the stages that end a deal.
            let at = list.iter().position(|d| d.kind.get_untracked() != StageKind::Open).unwrap_or(list.len());
            list.insert(at, Draft::new(key));
        });
    };
    let currencies: Vec<(String, String)> = CURRENCIES.iter().map(|c| ((*c).to_owned(), (*c).to_owned())).collect();
    let of = move |field: &'static str| error_in(error, field);
    view! {
        <section class="block">
            <h3 class="sr">{title}</h3>
            <div class="fields">
                <Field label=t("field.name") error=of("name") required=true>
                    <TextInput value=name/>
                </Field>
                <Field label=t("field.currency") error=of("currency")>
                    <Select value=currency options=currencies/>
                </Field>
            </div>
            <Rows rows=rows/>
            <Problems error=error pipeline=id rows=rows retry=Callback::new(move |()| store()) changed=changed/>
            <div class="formfoot">
                <button type="button" class="btn" on:click=add><Icon name="plus" size="s"/>{t("settings.stage_add")}</button>
                <span class="grow"></span>
                {(!only)
                    .then(|| {
                        view! {
                            <button type="button" class="btn danger-quiet large" on:click=move |_| asked.set(Some(name.get_untracked()))>
                                {t("settings.pipeline_delete")}
                            </button>
                        }
                    })}
                <button type="button" class="btn primary large" aria-busy=move || busy.get().then_some("true") on:click=move |_| store()>
                    {t("action.save")}
                </button>
            </div>
            <Confirm
                about=Signal::derive(move || asked.get().map(|name| t!("settings.pipeline_delete_ask", name = name)))
                action=t("settings.pipeline_delete")
                on_close=move |sure: bool| {
                    asked.set(None);
                    if sure {
                        remove();
                    }
                }
            />
        </section>
    }
    .into_any()
}

#[component]
fn Rows(rows: RwSignal<Vec<Draft>>) -> impl IntoView {
    let held = RwSignal::new(None::<u32>);
    let over = RwSignal::new(None::<u32>);
    let shift = move |key: u32, by: isize| {
        rows.update(|list| {
            if let Some(at) = list.iter().position(|d| d.key == key)
                && let Some(to) = at.checked_add_signed(by).filter(|to| *to < list.len())
            {
                list.swap(at, to);
            }
        });
    };
    let drop = move || {
        if let (Some(from), Some(to)) = (held.get_untracked(), over.get_untracked())
            && from != to
        {
            rows.update(|list| {
                if let Some(at) = list.iter().position(|d| d.key == from) {
                    let moved = list.remove(at);
                    let to = list.iter().position(|d| d.key == to).unwrap_or(list.len());
                    list.insert(to, moved);
                }
            });
        }
        held.set(None);
        over.set(None);
    };
    view! {
        <div class="stageshead" aria-hidden="true">
            <span></span>
            <span>{t("field.stage")}</span>
            <span>{t("field.probability")}</span>
            <span>{t("settings.stage_days")}</span>
            <span>{t("settings.stage_required")}</span>
            <span></span>
        </div>
        <ol class="stages" aria-label=t("field.stages")>
            <For each=move || rows.get() key=|d| d.key let:draft>
                {
                    let key = draft.key;
                    view! {
                        <li
                            class:won=move || draft.kind.get() == StageKind::Won
                            class:lost=move || draft.kind.get() == StageKind::Lost
                            class:ghost=move || held.get() == Some(key)
                            class:over=move || over.get() == Some(key) && held.get() != Some(key)
                            draggable=move || if held.get() == Some(key) { "true" } else { "false" }
                            on:dragover=move |event| {
                                event.prevent_default();
                                over.set(Some(key));
                            }
                            on:drop=move |event| {
                                event.prevent_default();
                                drop();
                            }
                            on:dragend=move |_| {
                                held.set(None);
                                over.set(None);
                            }
                        >
                            // Only the handle starts a drag, so that text in the fields can be marked with the mouse.
                            <span class="i" on:mousedown=move |_| held.set(Some(key)) on:mouseup=move |_| held.set(None)>
                                <Icon name="drag" size="s"/>
                            </span>
                            <StageFields draft=draft/>
                            <StageMenu draft=draft rows=rows shift=Callback::new(move |by: isize| shift(key, by))/>
                        </li>
                    }
                }
            </For>
        </ol>
    }
    .into_any()
}

#[component]
fn StageFields(draft: Draft) -> impl IntoView {
    let open = move || draft.kind.get() == StageKind::Open;
    let fixed = move || match draft.kind.get() {
        StageKind::Won => "100",
        _ => "0",
    };
    view! {
        <TextInput value=draft.name placeholder=t("settings.stage_name")/>
        <span class="with-unit">
            <input
                class="input num"
                inputmode="numeric"
                aria-label=t("field.probability")
                disabled=move || !open()
                prop:value=move || if open() { draft.probability.get() } else { fixed().to_owned() }
                on:input=move |event| draft.probability.set(event_target_value(&event))
            />
            <span class="unit" aria-hidden="true">"%"</span>
        </span>
        <span class="with-unit">
            <input
                class="input num"
                inputmode="numeric"
                aria-label=t("settings.stage_days")
                disabled=move || !open()
                prop:value=move || if open() { draft.days.get() } else { String::new() }
                on:input=move |event| draft.days.set(event_target_value(&event))
            />
            <span class="unit" aria-hidden="true">{t("settings.days_short")}</span>
        </span>
        <span class="tags"><Required draft=draft/></span>
    }
    .into_any()
}

#[component]
fn StageMenu(draft: Draft, rows: RwSignal<Vec<Draft>>, shift: Callback<isize>) -> impl IntoView {
    let kind = move |kind: StageKind| {
        let checked = Signal::derive(move || draft.kind.get() == kind);
        view! { <MenuItem label=choice_label("stage_kind", kind.name()) checked=checked on_select=move |()| draft.kind.set(kind)/> }
    };
    let key = draft.key;
    view! {
        // One element, whatever the menu is made of: the style sheet counts them.
        <span><Menu
            class="btn quiet icon small"
            align="end"
            label=Signal::derive(move || t!("settings.stage_menu", name = draft.name.get()))
            trigger=|| view! { <Icon name="more" size="s"/> }
        >
            <MenuItem label=t("action.up") icon="up" on_select=move |()| shift.run(-1)/>
            <MenuItem label=t("action.down") icon="dn" on_select=move |()| shift.run(1)/>
            <MenuLine text=t("settings.stage_kind")/>
            {kind(StageKind::Open)}
            {kind(StageKind::Won)}
            {kind(StageKind::Lost)}
            <MenuLine/>
            <MenuItem
                label=t("settings.stage_remove")
                icon="bin"
                danger=true
                on_select=move |()| rows.update(|list| list.retain(|d| d.key != key))
            />
        </Menu></span>
    }
    .into_any()
}

/// Everything that keeps the pipeline from being saved, and for a stage that still holds deals the way out.
#[component]
fn Problems(
    error: RwSignal<Option<Error>>,
    pipeline: Id,
    rows: RwSignal<Vec<Draft>>,
    retry: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    move || {
        let problem = error.get()?;
        let body = match problem {
            Error::Invalid { fields } => fields
                .into_iter()
                .filter(|f| !matches!(f.field.as_str(), "name" | "currency"))
                .map(|f| {
                    let used = f.code == "stage_in_use";
                    let text = field_error_text(&f);
                    let stage = f.params.iter().find(|(n, _)| n == "stage").map(|(_, v)| v.clone()).unwrap_or_default();
                    view! {
                        <div class="note bad" role="alert">
                            <Icon name="warn"/>
                            <b>{text}</b>
                            {used.then(|| view! { <MoveDeals pipeline=pipeline stage=stage rows=rows retry=retry/> })}
                        </div>
                    }
                })
                .collect_view()
                .into_any(),
            Error::Conflict(_) => view! {
                <div class="note warn" role="alert">
                    <Icon name="warn"/>
                    <b>{t("error.conflict")}</b>
                    <p><button type="button" class="btn" on:click=move |_| changed.run(())>{t("settings.pipeline_reload")}</button></p>
                </div>
            }
            .into_any(),
            other => view! {
                <div class="note bad" role="alert">
                    <Icon name="warn"/>
                    <b>{error_text(&other)}</b>
                </div>
            }
            .into_any(),
        };
        Some(body)
    }
}

/// Gives the deals of a stage that shall go another stage, then saves again.
#[component]
fn MoveDeals(pipeline: Id, stage: String, rows: RwSignal<Vec<Draft>>, retry: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let to = RwSignal::new(String::new());
    let options = Signal::derive(move || {
        rows.get().into_iter().map(|d| (d.id.get(), d.name.get())).filter(|(id, _)| !id.is_empty()).collect::<Vec<_>>()
    });
    if let Some((first, _)) = options.get_untracked().first() {
        to.set(first.clone());
    }
    let go = move |_| {
        let (from, to) = (stage.clone(), to.get_untracked());
        busy.set(true);
        spawn_local(async move {
            let answer = api::move_deals(pipeline, from, to).await;
            busy.set(false);
            match answer {
                Ok(count) => {
                    toasts.say(tn("settings.deals_moved", count));
                    retry.run(());
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    view! {
        <div class="row wrap">
            <span>{t("settings.move_deals")}</span>
            <Select value=to options=options label=t("field.stage")/>
            <button type="button" class="btn" aria-busy=move || busy.get().then_some("true") on:click=go>{t("settings.move_and_save")}</button>
        </div>
    }
    .into_any()
}
