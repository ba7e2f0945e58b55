//! The first start: the company and its owner in one form.

use domain::auth::{PASSWORD_MIN, Setup, check_password};
use leptos::task::spawn_local;

use super::{PasswordInput, Sheet, api, door, enter};
use crate::prelude::*;

#[component]
pub fn SetUpPage() -> impl IntoView {
    let shell = use_shell();
    let i18n = use_i18n();
    let workspace = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let email = shell.draft.email;
    let password = shell.draft.password;
    let currency = RwSignal::new(usual_currency(fmt()).to_owned());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let submit = move || {
        if busy.get_untracked() {
            return;
        }
        let setup = Setup {
            workspace: workspace.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            currency: currency.get_untracked(),
            locale: i18n.locale.get_untracked(),
            time_zone: crate::i18n::browser_zone().unwrap_or_else(|| "UTC".to_owned()),
        };
        if let Err(problem) = setup.check() {
            error.set(Some(problem));
            return after_drawing();
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match api::set_up(setup).await {
                Ok(()) => enter(),
                Err(Fault(problem)) => {
                    busy.set(false);
                    error.set(Some(problem));
                    after_drawing();
                }
            }
        });
    };
    let of = move |field: &'static str| error_in(error, field);
    let long = move || password.with(|p| p.chars().count() >= PASSWORD_MIN);
    let own = move || {
        let (email, name) = (email.get(), name.get());
        password.with(|p| check_password("password", p, &email, &name).is_ok())
    };
    let rule = |ok: Signal<bool>, text: String| {
        view! {
            <li class:ok=move || ok.get()>
                {move || ok.get().then(|| view! { <Icon name="check" size="s"/> })}
                {text}
            </li>
        }
    };
    let currencies: Vec<(String, String)> = CURRENCIES.iter().map(|c| ((*c).to_owned(), (*c).to_owned())).collect();
    let fields = view! {
        <Field label=t("field.workspace") error=of("workspace")>
            <TextInput value=workspace name="organization" autocomplete="organization" placeholder=t("auth.workspace_example")/>
        </Field>
        <Field label=t("auth.your_name") error=of("name")>
            <TextInput value=name name="name" autocomplete="name"/>
        </Field>
        <Field label=t("field.email") error=of("email")>
            <TextInput value=email kind="email" name="email" autocomplete="username" inputmode="email"/>
        </Field>
        <Field label=t("field.password") error=of("password")>
            <PasswordInput value=password autocomplete="new-password"/>
        </Field>
        <ul class="rules">
            {rule(Signal::derive(long), t!("auth.rule_long", min = PASSWORD_MIN))}
            {rule(Signal::derive(own), t("auth.rule_own").to_owned())}
        </ul>
        <Field label=t("field.currency") hint=t("auth.currency_hint") error=of("currency")>
            <Select value=currency options=currencies/>
        </Field>
    };
    let words = [t("auth.set_up"), t("auth.set_up_lead"), t("auth.create")];
    view! {
        <Sheet title=t("auth.set_up")>{door(words, error, busy, Callback::new(move |()| submit()), fields.into_any())}</Sheet>
    }
    .into_any()
}

fn usual_currency(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "USD",
        Locale::ZhHans => "CNY",
        Locale::ZhHant => "TWD",
        Locale::Uk => "UAH",
    }
}

/// To the first field with an error, once it is marked.
fn after_drawing() {
    #[cfg(feature = "hydrate")]
    request_animation_frame(|| {
        crate::dom::focus(".signin [aria-invalid='true']");
    });
}
