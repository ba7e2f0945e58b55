//! One's own name, language, zone and looks.

use leptos::task::spawn_local;

use super::{Head, api};
use crate::prelude::*;
use crate::shell::{choose_language, set_theme, set_zone};

#[component]
pub fn Profile() -> impl IntoView {
    let shell = use_shell();
    let i18n = use_i18n();
    let toasts = use_toasts();
    let me = use_me();
    let name = RwSignal::new(me.name.clone());
    let locale = RwSignal::new(me.locale.tag().to_owned());
    let zone = RwSignal::new(me.time_zone.clone());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let of = move |field: &'static str| error_in(error, field);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(language) = Locale::parse(&locale.get_untracked()) else {
            return;
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::save_me(name.get_untracked(), language, zone.get_untracked()).await;
            busy.set(false);
            match answer {
                Ok(fresh) => {
                    set_zone(Some(fresh.time_zone.clone()));
                    shell.me.set(Some(fresh));
                    if i18n.locale.get_untracked() != language {
                        choose_language(shell, i18n, language);
                    } else {
                        toasts.say(t("settings.saved"));
                    }
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    let languages: Vec<(String, String)> = Locale::ALL.map(|l| (l.tag().to_owned(), l.own_name().to_owned())).into();
    let theme = |value: &'static str, class: &'static str, key: &'static str| {
        let current = shell.theme;
        view! {
            <label class=format!("choice theme {class}")>
                <input
                    type="radio"
                    name="theme"
                    checked=current.with_untracked(|c| c == value)
                    prop:checked=move || current.with(|c| c == value)
                    on:change=move |_| set_theme(shell, value)
                />
                <span class="swatch"></span>
                <span>{t(key)}</span>
            </label>
        }
    };
    view! {
        <div class="page narrow">
            <Head title=t("settings.profile") text=t("settings.profile_text")/>
            <form class="block" novalidate on:submit=save>
                <Field label=t("field.user.name") error=of("name") required=true>
                    <TextInput value=name name="name" autocomplete="name"/>
                </Field>
                <Field label=t("field.language") error=of("locale")>
                    <Select value=locale options=languages/>
                </Field>
                <Field label=t("field.time_zone") hint=t("settings.zone_hint") error=of("time_zone")>
                    <ZoneSelect value=zone/>
                </Field>
                <div class="formfoot">
                    <Button look="primary large" busy=busy>{t("action.save")}</Button>
                </div>
            </form>
            <fieldset class="block">
                <h3>{t("settings.looks")}</h3>
                <p class="muted">{t("settings.looks_text")}</p>
                <div class="themes" role="radiogroup" aria-label=t("user.theme")>
                    {theme("", "auto", "user.theme_system")} {theme("light", "light", "user.theme_light")} {theme("dark", "dark", "user.theme_dark")}
                </div>
            </fieldset>
        </div>
    }
    .into_any()
}
