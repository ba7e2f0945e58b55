//! The person's own menu: how the product looks and speaks to them, the keys, the way out.

use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::{Shell, remember, use_shell};
use crate::auth::api;
use crate::prelude::*;

#[component]
pub fn UserMenu() -> impl IntoView {
    let me = use_me();
    let name = me.name.clone();
    view! {
        <Menu
            class="me"
            trigger=move || {
                let name = name.clone();
                view! {
                    <Avatar name=name.clone() size="m" beside=true/>
                    <span class="clip grow">{name}</span>
                }
            }
            label=Signal::derive(|| t("user.menu").to_owned())
        >
            <div class="head">{me.email.clone()}</div>
            {crate::rooms::tool(crate::rooms::Tool::Preferences)}
        </Menu>
    }
    .into_any()
}

/// The lines of the menu; also below "More" on a phone.
#[component]
pub fn Preferences() -> impl IntoView {
    let shell = use_shell();
    let i18n = use_i18n();
    let toasts = use_toasts();
    let navigate = use_navigate();
    let go = move |href: &'static str| {
        let navigate = navigate.clone();
        Callback::new(move |()| navigate(href, Default::default()))
    };
    let theme = |value: &'static str, key: &'static str, icon: &'static str| {
        let current = shell.theme;
        let checked = Signal::derive(move || current.with(|t| t == value));
        let choose = move |()| set_theme(shell, value);
        view! { <MenuItem label=t(key) icon=icon checked=checked on_select=choose/> }
    };
    let density = |value: &'static str, key: &'static str| {
        let current = shell.density;
        let checked = Signal::derive(move || current.with(|d| d == value));
        let choose = move |()| {
            remember("rapport_density", "data-density", value);
            current.set(value.to_owned());
        };
        view! { <MenuItem label=t(key) checked=checked on_select=choose/> }
    };
    let language = |locale: Locale| {
        let checked = Signal::derive(move || i18n.locale.get() == locale);
        view! { <MenuItem label=locale.own_name() checked=checked on_select=move |()| choose_language(shell, i18n, locale)/> }
    };
    view! {
        <MenuItem label=t("settings.profile") icon="team" on_select=go("/settings/profile")/>
        <MenuItem label=t("settings.security") icon="lock" on_select=go("/settings/security")/>
        <MenuLine text=t("user.theme")/>
        {theme("", "user.theme_system", "tv")}
        {theme("light", "user.theme_light", "sun")}
        {theme("dark", "user.theme_dark", "moon")}
        <MenuLine text=t("user.density")/>
        {density("", "user.density_roomy")}
        {density("compact", "user.density_compact")}
        <MenuLine text=t("field.language")/>
        {Locale::ALL.map(language)}
        <MenuLine/>
        <MenuItem label=t("keys.title") icon="keyboard" hint="?" on_select=move |()| shell.keys.set(true)/>
        <MenuItem label=t("auth.sign_out") icon="signout" on_select=move |()| sign_out(toasts)/>
    }
    .into_any()
}

/// "light", "dark", or "" for the system's.
pub fn set_theme(shell: Shell, value: &'static str) {
    remember("rapport_theme", "data-theme", value);
    shell.theme.set(value.to_owned());
}

/// For this browser, and for the person on every other one.
pub fn choose_language(shell: Shell, i18n: crate::i18n::I18n, to: Locale) {
    let me = shell.me;
    if me.with_untracked(Option::is_some) {
        spawn_local(async move {
            // The cookie has it already; a failure here costs nothing but other browsers.
            if let Ok(fresh) = api::set_language(to).await {
                let _ = me.try_set(Some(fresh));
            }
        });
    }
    crate::i18n::switch(i18n, to);
}

pub fn sign_out(toasts: Toasts) {
    spawn_local(async move {
        match api::sign_out().await {
            Ok(()) | Err(Fault(Error::Unauthenticated)) => crate::dom::go("/sign-in"),
            Err(Fault(error)) => toasts.fail(&error),
        }
    });
}
