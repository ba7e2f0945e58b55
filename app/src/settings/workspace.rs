//! What holds for everybody: the company's name, its currency, its reporting zone, where its phones ring.

use domain::workspace::Workspace;
use leptos::task::spawn_local;

use super::{Head, api};
use crate::prelude::*;

#[component]
pub fn WorkspaceSettings() -> impl IntoView {
    let workspace = Resource::new(
        || (),
        |()| async {
            let workspace = api::read_workspace().await?;
            Ok::<_, Fault>((workspace, api::countries().await?))
        },
    );
    view! {
        <div class="page narrow">
            <Head title=t("settings.workspace") text=t("settings.workspace_text")/>
            {loaded(workspace, |(workspace, countries)| view! { <Form workspace=workspace countries=countries/> }.into_any())}
        </div>
    }
    .into_any()
}

#[component]
fn Form(workspace: Workspace, countries: Vec<(String, String)>) -> impl IntoView {
    let shell = use_shell();
    let toasts = use_toasts();
    let demo = workspace.demo;
    let version = RwSignal::new(workspace.version);
    let name = RwSignal::new(workspace.name);
    let currency = RwSignal::new(workspace.currency);
    let zone = RwSignal::new(workspace.time_zone);
    let country = RwSignal::new(workspace.country);
    let countries: Vec<(String, String)> = std::iter::once((String::new(), "–".to_owned())).chain(countries).collect();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let of = move |field: &'static str| error_in(error, field);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        let wanted = Workspace {
            name: name.get_untracked(),
            currency: currency.get_untracked(),
            time_zone: zone.get_untracked(),
            country: country.get_untracked(),
            demo,
            version: version.get_untracked(),
        };
        spawn_local(async move {
            let answer = api::save_workspace(wanted).await;
            busy.set(false);
            match answer {
                Ok(saved) => {
                    version.set(saved.version);
                    shell.me.update(|me| {
                        if let Some(me) = me {
                            me.workspace = saved.name;
                            me.currency = saved.currency;
                        }
                    });
                    toasts.say(t("settings.saved"));
                }
                Err(Fault(Error::Outdated { current })) => {
                    // What was typed stays; saving once more is then meant to replace theirs.
                    if let Some(now) = current.get("version").and_then(serde_json::Value::as_i64) {
                        version.set(now);
                    }
                    error.set(Some(Error::Outdated { current }));
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    let codes: Vec<(String, String)> = {
        let own = currency.get_untracked();
        let mut all: Vec<String> = CURRENCIES.map(str::to_owned).into();
        if !all.contains(&own) {
            all.insert(0, own);
        }
        all.into_iter().map(|c| (c.clone(), c)).collect()
    };
    let load = move |current: serde_json::Value| {
        if let Ok(now) = serde_json::from_value::<Workspace>(current) {
            name.set(now.name);
            currency.set(now.currency);
            zone.set(now.time_zone);
            country.set(now.country);
        }
        error.set(None);
    };
    let changed = move || match error.get() {
        Some(Error::Outdated { current }) => Some(view! {
            <div class="note warn" role="alert">
                <Icon name="warn"/>
                <b>{t("error.conflict")}</b>
                <p>{t("settings.changed_since")}</p>
                <p><button type="button" class="btn" on:click=move |_| load(current.clone())>{t("settings.load_theirs")}</button></p>
            </div>
        }),
        _ => None,
    };
    view! {
        <form class="block" novalidate on:submit=save>
            {changed}
            <Field label=t("field.workspace") error=of("workspace") required=true>
                <TextInput value=name autocomplete="organization"/>
            </Field>
            <Field label=t("field.currency") hint=t("auth.currency_hint") error=of("currency")>
                <Select value=currency options=codes/>
            </Field>
            <Field label=t("field.time_zone") hint=t("settings.workspace_zone_hint") error=of("time_zone")>
                <ZoneSelect value=zone/>
            </Field>
            <Field label=t("field.country") hint=t("settings.workspace_country_hint") error=of("country")>
                <Select value=country options=countries/>
            </Field>
            <div class="formfoot">
                <Button look="primary large" busy=busy>{t("action.save")}</Button>
            </div>
        </form>
    }
    .into_any()
}
