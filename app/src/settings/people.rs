//! Users: who may sign in, as what, in which team. Somebody without a password is a person records belong to.

use domain::auth::SessionInfo;
use domain::record::{Labels, Patch};
use domain::rights::Role;
use leptos::task::spawn_local;

use super::api::{self, People};
use super::{Head, choices, filled, id_or_null, text_or_null};
use crate::auth::PasswordInput;
use crate::prelude::*;

/// What the dialog is about.
#[derive(Clone, PartialEq)]
enum Asked {
    New,
    Edit(Record),
}

#[component]
pub fn Users() -> impl IntoView {
    let words = RwSignal::new(String::new());
    let people = Resource::new(move || words.get(), api::list_people);
    use_live().on_kinds(&[Kind::Team, Kind::User], move || people.refetch());
    let asked = RwSignal::new(None::<Asked>);
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.with(Option::is_some)));
    let names = StoredValue::new(Labels::new());
    view! {
        <div class="page">
            <Head title=t("kind.users") text=t("settings.users_text")>
                <button type="button" class="btn primary" on:click=move |_| asked.set(Some(Asked::New))>
                    <Icon name="plus" size="s"/>
                    {t("settings.user_new")}
                </button>
            </Head>
            <section class="block">
                <div class="field"><span class="with-icon">
                    <Icon name="search" size="s"/>
                    <input
                        class="input"
                        type="search"
                        aria-label=t("settings.user_find")
                        placeholder=t("settings.user_find")
                        on:change=move |event| words.set(event_target_value(&event))
                    />
                </span></div>
                {loaded(people, move |all| {
                    names.set_value(all.labels.clone());
                    table(all, asked)
                })}
            </section>
            <Dialog
                open=open
                title=Signal::derive(move || asked.with(|a| if matches!(a, Some(Asked::Edit(_))) { t("settings.user_edit") } else { t("settings.user_new") }).to_owned())
                on_close=move |()| asked.set(None)
            >
                {move || {
                    asked.get().map(|what| {
                        let done = Callback::new(move |()| {
                            asked.set(None);
                            people.refetch();
                        });
                        let record = match what {
                            Asked::New => None,
                            Asked::Edit(record) => Some(record),
                        };
                        view! { <Form record=record names=names.get_value() open=open done=done/> }
                    })
                }}
            </Dialog>
        </div>
    }
    .into_any()
}

fn table(all: People, asked: RwSignal<Option<Asked>>) -> AnyView {
    let People { users, labels, more, .. } = all;
    if users.is_empty() {
        return view! { <EmptyState icon="people" title=t("state.no_match")/> }.into_any();
    }
    let me = use_me().id;
    let rows = users
        .into_iter()
        .map(|user| {
            let team = user.id_of("team").and_then(|id| labels.get(&id)).map(|l| l.name.clone()).unwrap_or_default();
            let off = user.flag("disabled");
            let name = user.name().to_owned();
            let role = choice_label("role", user.text("role"));
            let email = user.text("email").to_owned();
            let mine = user.clone();
            view! {
                <tr class:dim=off class:me=user.id == me>
                    <td>
                        <span class="person">
                            <Avatar name=name.clone() beside=true/>
                            <button type="button" class="linkish clip" on:click=move |_| asked.set(Some(Asked::Edit(mine.clone())))>{name}</button>
                        </span>
                    </td>
                    <td data-label=t("field.email")>{email}</td>
                    <td data-label=t("field.role")>{role}</td>
                    <td data-label=t("field.team")>{team}</td>
                    <td>{off.then(|| view! { <Tag text=t("field.disabled") tone="warn"/> })}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {cards(&[("field.user.name", ""), ("field.email", ""), ("field.role", ""), ("field.team", ""), ("field.status", "sr")], rows.into_any())}
        {more.then(|| view! { <p class="muted">{t("settings.users_more")}</p> })}
    }
    .into_any()
}

#[component]
fn Form(record: Option<Record>, names: Labels, open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let me = use_me();
    let text = |field: &str| record.as_ref().map(|r| r.text(field).to_owned()).unwrap_or_default();
    let name = RwSignal::new(text("name"));
    let email = RwSignal::new(text("email"));
    let role = RwSignal::new(if record.is_some() { text("role") } else { "sales".to_owned() });
    let team = RwSignal::new(record.as_ref().and_then(|r| r.id_of("team")));
    let team_name = RwSignal::new(team.get_untracked().and_then(|id| names.get(&id)).map(|l| l.name.clone()).unwrap_or_default());
    let disabled = RwSignal::new(record.as_ref().is_some_and(|r| r.flag("disabled")));
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let of = move |field: &'static str| error_in(error, field);
    let own = record.as_ref().is_some_and(|r| r.id == me.id);
    let id = record.as_ref().map(|r| r.id);
    let saved = StoredValue::new(record);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let mut fields: Fields = [
            ("name".to_owned(), text_or_null(&name.get_untracked())),
            ("email".to_owned(), text_or_null(&email.get_untracked())),
            ("role".to_owned(), text_or_null(&role.get_untracked())),
            ("team".to_owned(), id_or_null(team.get_untracked())),
        ]
        .into_iter()
        .collect();
        let secret = Some(password.get_untracked()).filter(|p| !p.is_empty());
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = match saved.get_value() {
                Some(old) => {
                    if old.flag("disabled") != disabled.get_untracked() {
                        fields.insert("disabled".to_owned(), disabled.get_untracked().into());
                    }
                    let patch = Patch { version: old.version, base: old.fields.clone(), fields };
                    match api::update(Kind::User, old.id, patch).await {
                        Ok(fresh) => match secret {
                            Some(secret) => api::set_password(fresh.id, secret).await,
                            None => Ok(()),
                        },
                        Err(fault) => Err(fault),
                    }
                }
                None => api::create(Kind::User, filled(fields), secret).await.map(|_| ()),
            };
            busy.set(false);
            match answer {
                Ok(()) => {
                    toasts.say(t("settings.saved"));
                    done.run(());
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    // Only an owner makes owners.
    let roles: Vec<(String, String)> = choices("role", domain::users::ROLES)
        .into_iter()
        .filter(|(r, _)| r != "owner" || me.role == Role::Owner || role.with_untracked(|now| now == "owner"))
        .collect();
    view! {
        <form novalidate on:submit=save>
            <div class="body">
                <Field label=t("field.user.name") error=of("name") required=true>
                    <TextInput value=name autofocus=true/>
                </Field>
                <Field label=t("field.email") hint=t("settings.user_email_hint") error=of("email")>
                    <TextInput value=email kind="email" inputmode="email"/>
                </Field>
                <div class="fields">
                    <Field label=t("field.role") error=of("role")>
                        <Select value=role options=roles/>
                    </Field>
                    <Field label=t("field.team") error=of("team")>
                        <RefPicker kind=Kind::Team value=team label=team_name/>
                    </Field>
                </div>
                <p class="muted">{move || tk(&format!("settings.role_{}", role.get()))}</p>
                <Field
                    label=if id.is_some() { t("settings.user_password_set") } else { t("settings.user_password") }
                    hint=if id.is_some() { t("settings.user_password_set_hint") } else { t("settings.user_password_hint") }
                    error=of("password")
                >
                    <PasswordInput value=password autocomplete="new-password"/>
                </Field>
                {(id.is_some() && !own).then(|| view! { <Checkbox value=disabled label=t("settings.user_disable")/> })}
                {move || error.with(|e| error_of(e.as_ref(), "disabled").or_else(|| error_of(e.as_ref(), "id"))).map(|text| view! { <p class="bad-t" role="alert">{text}</p> })}
                {id.map(|id| view! { <Places user=id/> })}
            </div>
            <FormFoot busy=busy open=open action=t("action.save")/>
        </form>
    }
    .into_any()
}

/// Where this person is signed in.
#[component]
fn Places(user: Id) -> impl IntoView {
    let sessions = LocalResource::new(move || api::sessions_of(user));
    let line = |session: SessionInfo| {
        view! {
            <li>
                <Icon name="tv"/>
                <span class="two grow">
                    <b>{session.device}</b>
                    <span>{session.address}" · "<When at=session.last_seen_at/></span>
                </span>
            </li>
        }
    };
    move || {
        let list = sessions.get().and_then(Result::ok).filter(|list| !list.is_empty())?;
        Some(view! {
            <h3>{t("settings.sessions")}</h3>
            <ul class="devices">{list.into_iter().map(line).collect_view()}</ul>
        })
    }
}
