//! The import room: past imports, and one import from its file to its result. Where a person is lies in the address
//! (`?upload=…&step=check`, then `/import/ID`), what they chose in this tab's memory, so a reload loses nothing.

use leptos_router::hooks::use_query_map;

use crate::prelude::*;
use crate::shell::NotFoundPage;

mod api;
mod check;
mod keep;
mod mapping;
mod past;
mod report;
mod send;
mod start;
mod wizard;

/// Where a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Upload,
    Map,
    Check,
    Run,
}

#[component]
pub fn ImportsPage() -> impl IntoView {
    if !allowed() {
        return view! { <NotFoundPage/> }.into_any();
    }
    let map = use_query_map();
    let upload = Memo::new(move |_| map.with(|m| m.get("upload").and_then(|u| Id::parse(&u))));
    let step = move || match upload.get() {
        Some(upload) => wizard::wizard(upload),
        None => start::start(),
    };
    step.into_any()
}

/// Who may not import has no such page; whoever has a calendar may bring files of it.
fn allowed() -> bool {
    let who = use_me().who();
    who.has(domain::rights::Power::Import) || who.may_some(domain::rights::Act::Create, Kind::Event)
}

#[component]
pub fn ImportPage(id: Id) -> impl IntoView {
    if allowed() { report::page(id).into_any() } else { view! { <NotFoundPage/> }.into_any() }
}

/// Where one is, in words and numbers; steps that lie behind are links.
pub(crate) fn stepper(at: Signal<Step>, upload: Option<Id>) -> AnyView {
    let steps = [
        (Step::Upload, t("import.step_upload"), Some("/import".to_owned())),
        (Step::Map, t("import.step_map"), upload.map(|u| format!("/import?upload={u}"))),
        (Step::Check, t("import.step_check"), None),
        (Step::Run, t("import.step_run"), None),
    ];
    let items = steps
        .into_iter()
        .enumerate()
        .map(|(i, (step, name, href))| {
            let done = move || at.get() > step;
            let mark = move || if done() { view! { <Icon name="check" size="s"/> }.into_any() } else { (i + 1).to_string().into_any() };
            let text = move || match href.clone().filter(|_| done() && at.get() != Step::Run) {
                Some(href) => view! { <a href=href>{name}</a> }.into_any(),
                None => name.into_any(),
            };
            view! { <li class:done=done aria-current=move || (at.get() == step).then_some("step")><span aria-hidden="true">{mark}</span>{text}</li> }
        })
        .collect_view();
    view! { <ol class="stepper" aria-label=t("import.steps")>{items}</ol> }.into_any()
}

/// Where one is among several files; nothing for a single one. `upload`: the one that is worked on.
pub(crate) fn round(upload: Option<Id>) -> AnyView {
    let batch = RwSignal::new(Vec::<keep::Turn>::new());
    // The browser alone knows.
    Effect::new(move |_| batch.set(keep::batch()));
    let line = move |turn: &keep::Turn| {
        let (name, here) = (turn.name.clone(), Some(turn.upload) == upload);
        let mark = if turn.over { view! { <Icon name="check" size="s"/> }.into_any() } else { ().into_any() };
        let name = if here || turn.over {
            view! { <span class="clip">{name}</span> }.into_any()
        } else {
            view! { <a class="clip" href=format!("/import?upload={}", turn.upload)>{name}</a> }.into_any()
        };
        view! { <li class:over=turn.over aria-current=here.then_some("true")>{mark}{name}</li> }
    };
    let shown = move || {
        batch.with(|all| {
            // Without a file at hand it is the one that was taken last.
            let place =
                all.iter().position(|t| Some(t.upload) == upload).or_else(|| all.iter().rposition(|t| t.over).filter(|_| upload.is_none()));
            let place = place.filter(|_| all.len() > 1)?;
            let n = i64::try_from(place + 1).unwrap_or(i64::MAX);
            let of = i64::try_from(all.len()).unwrap_or(i64::MAX);
            let text = t!("import.file_of", n = fmt().number(n), of = fmt().number(of));
            Some(
                view! { <div class="together"><b>{text}</b><ol aria-label=t("import.files")>{all.iter().map(line).collect_view()}</ol></div> },
            )
        })
    };
    view! { {shown} }.into_any()
}

/// Every problem of a plan in a sentence of its own.
pub(crate) fn problems(kind: Kind, error: &Error) -> Vec<String> {
    let Error::Invalid { fields } = error else { return vec![error_text(error)] };
    fields
        .iter()
        .map(|e| {
            let text = field_error_text(e);
            let about_a_field = kind.field(&e.field).is_some() || domain::import::targets(kind).contains(&e.field.as_str());
            if about_a_field { format!("{}: {text}", field_label(kind, &e.field)) } else { text }
        })
        .collect()
}

pub(crate) fn problem_banner(kind: Kind, error: &Error, retry: Option<Callback<()>>) -> AnyView {
    let lines = problems(kind, error).into_iter().map(|p| view! { <div>{p}</div> }).collect_view();
    view! {
        <div class="banner bad" role="alert">
            <Icon name="warn"/>
            <div class="grow">{lines}</div>
            {retry.map(|retry| view! { <button type="button" class="btn small" on:click=move |_| retry.run(())>{t("action.retry")}</button> })}
        </div>
    }
    .into_any()
}

/// The list of what an import made, newest first; kinds without a list of their own live in the settings.
pub(crate) fn list_of(kind: Kind) -> String {
    match kind {
        Kind::Deal => "/deals?layout=table&sort=-created_at".to_owned(),
        Kind::User => "/settings/users".to_owned(),
        Kind::Team => "/settings/teams".to_owned(),
        Kind::Pipeline => "/settings/pipelines".to_owned(),
        other => format!("/{}?sort=-created_at", other.plural()),
    }
}
