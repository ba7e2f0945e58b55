//! The languages as a row of buttons, for pages that have no menu.

use crate::prelude::*;

#[component]
pub fn Languages() -> impl IntoView {
    let i18n = use_i18n();
    let shell = use_shell();
    let button = move |locale: Locale| {
        view! {
            <button
                type="button"
                class="btn quiet"
                lang=locale.tag()
                aria-pressed=move || if i18n.locale.get() == locale { "true" } else { "false" }
                on:click=move |_| super::choose_language(shell, i18n, locale)
            >
                {locale.own_name()}
            </button>
        }
    };
    view! {
        <div class="langs" role="group" aria-label=t("field.language")>
            <Icon name="globe" size="s"/>
            {Locale::ALL.map(button)}
        </div>
    }
    .into_any()
}
