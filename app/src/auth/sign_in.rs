//! The sign-in page.

use domain::auth::SignIn;
use leptos::task::spawn_local;

use super::{PasswordInput, Sheet, api, door, enter};
use crate::prelude::*;
use crate::shell::{DemoUser, Draft};

#[component]
pub fn SignInPage() -> impl IntoView {
    let shell = use_shell();
    // Kept above the router: a change of the language does not lose what was typed.
    let Draft { email, password } = shell.draft;
    let keep = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let submit = move || {
        if busy.get_untracked() {
            return;
        }
        let credentials = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        if let Err(missing) = api::check_sign_in(&credentials.email, &credentials.password) {
            return error.set(Some(missing));
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match api::sign_in(credentials, keep.get_untracked()).await {
                Ok(()) => enter(),
                Err(Fault(problem)) => {
                    busy.set(false);
                    error.set(Some(problem));
                    crate::dom::focus(".signin [aria-invalid='true']");
                }
            }
        });
    };
    let pick = move |user: DemoUser| {
        email.set(user.email);
        password.set(user.password);
        submit();
    };
    let fields = view! {
        <Field label=t("field.email") error=error_in(error, "email")>
            <TextInput value=email kind="email" name="email" autocomplete="username" inputmode="email"/>
        </Field>
        <Field label=t("field.password") error=error_in(error, "password")>
            <PasswordInput value=password autocomplete="current-password"/>
        </Field>
        <Checkbox value=keep label=t("auth.keep")/>
    };
    let words = [t("auth.sign_in_title"), t("auth.sign_in_lead"), t("auth.sign_in")];
    view! {
        <Sheet title=t("auth.sign_in")>
            {door(words, error, busy, Callback::new(move |()| submit()), fields.into_any())}
            {(!shell.demo.with_value(Vec::is_empty)).then(|| view! { <Demo users=shell.demo.get_value() pick=Callback::new(pick)/> })}
        </Sheet>
    }
    .into_any()
}

/// The sample company's people: pressing one signs in.
#[component]
fn Demo(users: Vec<DemoUser>, pick: Callback<DemoUser>) -> impl IntoView {
    let alive = use_shell().alive;
    let rows = users
        .into_iter()
        .map(|user| {
            let name = user.email.split('@').next().unwrap_or_default().to_owned();
            let role = choice_label("role", &user.role);
            let line = user.email.clone();
            view! {
                <li>
                    <button type="button" class="btn" disabled=move || !alive.get() on:click=move |_| pick.run(user.clone())>
                        <Avatar name=name size="m" beside=true/>
                        <span class="two"><b>{role}</b><span class="clip">{line}</span></span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="demo" aria-labelledby="demo">
            <h2 id="demo">{t("auth.demo")}</h2>
            <ul>{rows}</ul>
        </section>
    }
    .into_any()
}
