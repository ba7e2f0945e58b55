//! Teams: their manager sees and edits what the members own.

use domain::record::Patch;
use leptos::task::spawn_local;

use super::api::{self, People};
use super::{Head, filled, id_or_null, text_or_null};
use crate::prelude::*;

#[component]
pub fn Teams() -> impl IntoView {
    let people = Resource::new(|| (), |()| api::list_people(String::new()));
    use_live().on_kinds(&[Kind::Team, Kind::User], move || people.refetch());
    let editing = RwSignal::new(None::<Option<Record>>);
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(editing.with(Option::is_some)));
    let names = StoredValue::new(domain::record::Labels::new());
    view! {
        <div class="page narrow">
            <Head title=t("kind.teams") text=t("settings.teams_text")>
                <button type="button" class="btn primary" on:click=move |_| editing.set(Some(None))>
                    <Icon name="plus" size="s"/>
                    {t("settings.team_new")}
                </button>
            </Head>
            <section class="block">
                {loaded(people, move |all| {
                    names.set_value(all.labels.clone());
                    table(all, editing)
                })}
            </section>
            <Dialog
                open=open
                title=Signal::derive(move || editing.with(|e| if matches!(e, Some(Some(_))) { t("settings.team_edit") } else { t("settings.team_new") }).to_owned())
                on_close=move |()| editing.set(None)
            >
                {move || {
                    editing.get().map(|record| {
                        let done = Callback::new(move |()| {
                            editing.set(None);
                            people.refetch();
                        });
                        view! { <Form record=record names=names.get_value() open=open done=done/> }
                    })
                }}
            </Dialog>
        </div>
    }
    .into_any()
}

fn table(all: People, editing: RwSignal<Option<Option<Record>>>) -> AnyView {
    if all.teams.is_empty() {
        return view! { <EmptyState icon="team" title=t("settings.teams_none") hint=t("settings.teams_none_hint")/> }.into_any();
    }
    let People { users, teams, labels, .. } = all;
    let rows = teams
        .into_iter()
        .map(|team| {
            let count = users.iter().filter(|u| u.id_of("team") == Some(team.id)).count();
            let manager = team.id_of("manager").and_then(|id| labels.get(&id)).map(|l| l.name.clone());
            let mine = team.clone();
            view! {
                <tr>
                    <td>
                        <button type="button" class="linkish" on:click=move |_| editing.set(Some(Some(mine.clone())))>{team.name().to_owned()}</button>
                    </td>
                    <td data-label=t("field.manager")>
                        {manager.map(|name| view! { <span class="person"><Avatar name=name.clone() beside=true/><span class="clip">{name}</span></span> })}
                    </td>
                    <td data-label=t("field.team.region")>{team.text("region").to_owned()}</td>
                    <td class="num" data-label=t("settings.members")>{fmt().number(i64::try_from(count).unwrap_or(0))}</td>
                </tr>
            }
        })
        .collect_view();
    cards(&[("field.name", ""), ("field.manager", ""), ("field.team.region", ""), ("settings.members", "num")], rows.into_any())
}

#[component]
fn Form(record: Option<Record>, names: domain::record::Labels, open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let text = |field: &str| record.as_ref().map(|r| r.text(field).to_owned()).unwrap_or_default();
    let name = RwSignal::new(text("name"));
    let region = RwSignal::new(text("region"));
    let manager = RwSignal::new(record.as_ref().and_then(|r| r.id_of("manager")));
    let manager_name = RwSignal::new(manager.get_untracked().and_then(|id| names.get(&id)).map(|l| l.name.clone()).unwrap_or_default());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let of = move |field: &'static str| error_in(error, field);
    let id = record.as_ref().map(|r| r.id);
    let saved = StoredValue::new(record);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let fields: Fields = [
            ("name".to_owned(), text_or_null(&name.get_untracked())),
            ("region".to_owned(), text_or_null(&region.get_untracked())),
            ("manager".to_owned(), id_or_null(manager.get_untracked())),
        ]
        .into_iter()
        .collect();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = match saved.get_value() {
                Some(old) => {
                    let patch = Patch { version: old.version, base: old.fields.clone(), fields };
                    api::update(Kind::Team, old.id, patch).await
                }
                None => api::create(Kind::Team, filled(fields), None).await,
            };
            busy.set(false);
            match answer {
                Ok(_) => {
                    toasts.say(t("settings.saved"));
                    done.run(());
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    let remove = move |_| {
        let Some(id) = id else {
            return;
        };
        spawn_local(async move {
            match api::remove(Kind::Team, id).await {
                Ok(()) => {
                    let undo = move || {
                        spawn_local(async move {
                            if let Err(Fault(error)) = api::restore(Kind::Team, id).await {
                                toasts.fail(&error);
                            }
                        });
                    };
                    toasts.done(t!("settings.deleted", name = name.get_untracked()), undo);
                    done.run(());
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    view! {
        <form novalidate on:submit=save>
            <div class="body">
                <Field label=t("field.name") error=of("name") required=true>
                    <TextInput value=name autofocus=true/>
                </Field>
                <Field label=t("field.manager") error=of("manager")>
                    <RefPicker kind=Kind::User value=manager label=manager_name/>
                </Field>
                <Field label=t("field.team.region") error=of("region")>
                    <TextInput value=region/>
                </Field>
            </div>
            <FormFoot busy=busy open=open action=t("action.save")>
                {id.map(|_| view! { <button type="button" class="btn danger-quiet large" on:click=remove>{t("action.delete")}</button> })}
            </FormFoot>
        </form>
    }
    .into_any()
}
