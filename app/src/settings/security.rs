//! One's password, and the places one is signed in at.

use domain::auth::SessionInfo;
use leptos::task::spawn_local;

use super::{Head, api};
use crate::auth::PasswordInput;
use crate::prelude::*;

#[component]
pub fn Security() -> impl IntoView {
    let sessions = Resource::new(|| (), |()| api::sessions());
    view! {
        <div class="page narrow">
            <Head title=t("settings.security") text=t("settings.security_text")/>
            <Password after=Callback::new(move |()| sessions.refetch())/>
            <section class="block">
                <h3>{t("settings.sessions")}</h3>
                <p class="muted">{t("settings.sessions_text")}</p>
                {loaded(sessions, move |list| devices(list, sessions))}
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn Password(after: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let email = use_me().email;
    let old = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let of = move |field: &'static str| error_in(error, field);
    let me = use_me();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (was, wanted) = (old.get_untracked(), new.get_untracked());
        let mut problems = Vec::new();
        if was.is_empty() {
            problems.push(FieldError::new("old", "required"));
        }
        problems.extend(domain::auth::check_password("new", &wanted, &me.email, &me.name).err());
        if !problems.is_empty() {
            return error.set(Some(Error::Invalid { fields: problems }));
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::change_password(was, wanted).await;
            busy.set(false);
            match answer {
                Ok(()) => {
                    old.set(String::new());
                    new.set(String::new());
                    toasts.say(t("settings.password_changed"));
                    after.run(());
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    view! {
        <form class="block" novalidate method="post" on:submit=save>
            <h3>{t("settings.password")}</h3>
            <p class="muted">{t("settings.password_text")}</p>
            // Password managers want to know whose it is.
            <input type="hidden" name="username" autocomplete="username" value=email/>
            <Field label=t("settings.password_old") error=of("old")>
                <PasswordInput value=old autocomplete="current-password"/>
            </Field>
            <Field
                label=t("settings.password_new")
                hint=t!("error.field.password_short", min = domain::auth::PASSWORD_MIN)
                error=of("new")
            >
                <PasswordInput value=new autocomplete="new-password"/>
            </Field>
            <div class="formfoot">
                <Button look="primary large" busy=busy>{t("settings.password_change")}</Button>
            </div>
        </form>
    }
    .into_any()
}

fn devices(list: Vec<SessionInfo>, sessions: Resource<Result<Vec<SessionInfo>, Fault>>) -> AnyView {
    let toasts = use_toasts();
    let end = move |ids: Vec<Id>| {
        spawn_local(async move {
            match api::revoke_sessions(ids).await {
                Ok(()) => {
                    toasts.say(t("settings.session_ended"));
                    sessions.refetch();
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let others: Vec<Id> = list.iter().filter(|s| !s.current).map(|s| s.id).collect();
    let rows = list
        .into_iter()
        .map(|session| {
            let id = session.id;
            view! {
                <li>
                    <Icon name="tv"/>
                    <span class="two grow">
                        <b>
                            {session.device.clone()}" "
                            {session.current.then(|| view! { <Tag text=t("settings.this_device") tone="good"/> })}
                        </b>
                        <span>{session.address.clone()}" · "{t("settings.last_seen")}" "<When at=session.last_seen_at.clone()/></span>
                    </span>
                    {(!session.current)
                        .then(|| view! { <button type="button" class="btn danger-quiet" on:click=move |_| end(vec![id])>{t("auth.sign_out")}</button> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="devices">{rows}</ul>
        {(others.len() > 1)
            .then(|| {
                view! {
                    <div class="formfoot">
                        <button type="button" class="btn" on:click=move |_| end(others.clone())>{t("settings.end_others")}</button>
                    </div>
                }
            })}
    }
    .into_any()
}
