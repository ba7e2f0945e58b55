//! Settings: one's own (profile, security, tokens) and, for those who run the house, the house's (people, pipelines, the
//! workspace).

use domain::rights::Power;
use leptos_router::hooks::{use_location, use_params_map};

use crate::prelude::*;

pub mod api;
pub mod letters;
mod people;
mod pipelines;
mod profile;
mod security;
mod teams;
mod tokens;
mod workspace;

type Section = (&'static str, &'static str, &'static str, Option<Power>);

const OWN: [Section; 6] = [
    ("profile", "team", "settings.profile", None),
    ("hours", "clock", "cal.habits.title", None),
    ("feeds", "calendar", "cal.feeds", None),
    ("booking", "link", "booking.title", None),
    ("security", "lock", "settings.security", None),
    ("tokens", "key", "settings.tokens", Some(Power::Tokens)),
];
const HOUSE: [Section; 5] = [
    ("users", "people", "kind.users", Some(Power::ManageUsers)),
    ("teams", "team", "kind.teams", Some(Power::ManageUsers)),
    ("pipelines", "board", "kind.pipelines", Some(Power::ManagePipelines)),
    ("letters", "mail", "settings.letters", Some(Power::ManageWorkspace)),
    ("workspace", "company", "settings.workspace", Some(Power::ManageWorkspace)),
];

#[component]
pub fn SettingsPage() -> impl IntoView {
    let params = use_params_map();
    let section = Memo::new(move |_| params.read().get("section").unwrap_or_default());
    let who = use_me().who();
    let may = move |power: Option<Power>| power.is_none_or(|p| who.has(p));
    let allowed = {
        let may = may.clone();
        move |name: &str| OWN.iter().chain(&HOUSE).any(|(n, _, _, power)| *n == name && may(*power))
    };
    let house: Vec<Section> = HOUSE.into_iter().filter(|(.., power)| may(*power)).collect();
    let own: Vec<Section> = OWN.into_iter().filter(|(.., power)| may(*power)).collect();
    if may(Some(Power::ManageWorkspace)) {
        provide_context(Post(Resource::new(|| (), |()| api::dead_letters())));
    }
    let title = Signal::derive(|| t("nav.settings").to_owned());
    let window = Signal::derive(move || {
        let name = section.get();
        let key = OWN.iter().chain(&HOUSE).find(|(n, ..)| *n == name).map_or("nav.settings", |(_, _, key, _)| key);
        tk(key)
    });
    view! {
        <TopBar title=title window=window/>
        <div class="settings">
            <nav class="sidetabs" aria-label=t("nav.settings")>
                <h2>{t("settings.you")}</h2>
                {own.into_iter().map(tab).collect_view()}
                {(!house.is_empty()).then(|| view! { <h2>{t("settings.house")}</h2> })}
                {house.into_iter().map(tab).collect_view()}
            </nav>
            {move || {
                let name = section.get();
                if !allowed(&name) {
                    return view! { <div class="page narrow"><crate::shell::Nothing/></div> }.into_any();
                }
                match name.as_str() {
                    "hours" => crate::rooms::hours_page(),
                    "letters" => crate::rooms::letters_page(),
                    "feeds" => crate::rooms::feeds_section(),
                    "booking" => crate::rooms::bookable_page(),
                    "security" => view! { <security::Security/> }.into_any(),
                    "tokens" => view! { <tokens::Tokens/> }.into_any(),
                    "users" => view! { <people::Users/> }.into_any(),
                    "teams" => view! { <teams::Teams/> }.into_any(),
                    "pipelines" => view! { <pipelines::Pipelines/> }.into_any(),
                    "workspace" => view! { <workspace::WorkspaceSettings/> }.into_any(),
                    _ => view! { <profile::Profile/> }.into_any(),
                }
            }}
        </div>
    }
    .into_any()
}

/// Letters that nobody would take: the page that lists them, and the count beside its name, are one answer.
#[derive(Clone, Copy)]
struct Post(Resource<Result<domain::mail::Outbox, Fault>>);

fn undelivered() -> AnyView {
    let Some(Post(outbox)) = use_context::<Post>() else { return ().into_any() };
    let count = move || outbox.get().and_then(Result::ok).map_or(0, |o| i64::try_from(o.dead.len()).unwrap_or(0));
    let badge =
        move || (count() > 0).then(|| view! { <b class="badge bad" title=tn("letters.count", count())>{fmt().number(count())}</b> });
    view! { <Transition>{badge}</Transition> }.into_any()
}

fn tab((name, icon, key, _): Section) -> AnyView {
    let href = format!("/settings/{name}");
    let path = use_location().pathname;
    let mine = href.clone();
    let node = NodeRef::<leptos::html::A>::new();
    let here = href.clone();
    // On a phone they stand in a strip: the current one shows.
    Effect::new(move |_| {
        if let Some(tab) = node.get()
            && path.with(|p| *p == here)
        {
            crate::dom::show(&tab);
        }
    });
    view! {
        <a href=href node_ref=node aria-current=move || path.with(|p| *p == mine).then_some("page")>
            <Icon name=icon/>
            <span>{tk(key)}</span>
            {(name == "letters").then(undelivered)}
        </a>
    }
    .into_any()
}

/// The head of a section: what it is for, and its one action.
#[component]
fn Head(#[prop(into)] title: String, #[prop(into)] text: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <header class="sechead">
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|c| view! { <div class="acts">{c()}</div> })}
        </header>
    }
    .into_any()
}

/// Options of a choice field with their labels.
fn choices(field: &str, values: &[&str]) -> Vec<(String, String)> {
    values.iter().map(|v| ((*v).to_owned(), choice_label(field, v))).collect()
}

/// Empty text is no value.
fn text_or_null(text: &str) -> serde_json::Value {
    let text = text.trim();
    if text.is_empty() { serde_json::Value::Null } else { text.into() }
}

fn id_or_null(id: Option<Id>) -> serde_json::Value {
    id.map_or(serde_json::Value::Null, |id| id.to_string().into())
}

/// Without the nulls, which a new record does not send.
fn filled(fields: Fields) -> Fields {
    fields.into_iter().filter(|(_, v)| !v.is_null()).collect()
}
