//! Signing in, and the first start. Neither has the frame of the other pages.

use crate::prelude::*;

pub mod api;
mod setup;
mod sign_in;

pub use setup::SetUpPage;
pub use sign_in::SignInPage;

use crate::shell::{Languages, Logo};

/// The two halves of these pages: the form, and a picture where there is room.
#[component]
fn Sheet(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title/>
        <div class="signin">
            <main class="form" id="main">
                <header><Logo size=28/>"Rapport"</header>
                {children()}
                <footer>
                    <span class="clip">{concat!("Rapport ", env!("CARGO_PKG_VERSION"))}</span>
                    <Languages/>
                </footer>
            </main>
            <Art/>
        </div>
    }
    .into_any()
}

/// The form of both pages: what was refused as a whole above `fields`, the button below. Before the page lives the button
/// waits: the form could do nothing yet, and what is typed meanwhile stays.
fn door(words: [&'static str; 3], error: RwSignal<Option<Error>>, busy: RwSignal<bool>, submit: Callback<()>, fields: AnyView) -> AnyView {
    let [title, lead, verb] = words;
    let alive = use_shell().alive;
    let whole = move || error.get().filter(|e| !matches!(e, Error::Invalid { .. }));
    let inside = view! {
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
        {move || whole().map(|e| view! { <div class="banner bad" role="alert"><Icon name="warn"/><span class="grow">{error_text(&e)}</span></div> })}
        {fields}
        <button class="btn primary" disabled=move || !alive.get() aria-busy=move || (busy.get() || !alive.get()).then_some("true")>
            {verb}
        </button>
    };
    form("", submit, inside.into_any())
}

#[component]
fn Art() -> impl IntoView {
    let rings: String = (0..7)
        .map(|i| {
            let (r, o) = (120 + 30 * i, 100 - 11 * i);
            format!(
                "<path d=\"M380 {}a{r} {r} 0 0 0 0 {}\" opacity=\".{o:02}\"/><path d=\"M400 {}a{r} {r} 0 0 1 0 {}\" opacity=\".{o:02}\"/>",
                330 - r,
                2 * r,
                430 - r,
                2 * r
            )
        })
        .collect::<String>()
        .replace("\".100\"", "\"1\"");
    let drawing = format!(
        "<g class=\"rings\">{rings}</g><path class=\"half\" d=\"M380 210a120 120 0 0 0 0 240z\"/><path class=\"half\" d=\"M400 310a120 120 0 0 1 0 240z\"/>"
    );
    view! {
        <aside class="art" aria-hidden="true">
            <svg viewBox="0 0 780 900" preserveAspectRatio="xMidYMid slice" inner_html=drawing></svg>
            <p>{t("auth.promise")}</p>
            <small>{t("auth.own_server")}</small>
        </aside>
    }
    .into_any()
}

/// A password with a button that shows it. Stands in a [`Field`].
#[component]
pub fn PasswordInput(
    value: RwSignal<String>,
    /// "current-password" or "new-password".
    autocomplete: &'static str,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let around = crate::ui::around();
    let label = Signal::derive(move || if shown.get() { t("auth.hide_password") } else { t("auth.show_password") });
    view! {
        <div class="pw">
            <input
                class="input"
                id=around.id
                name="password"
                type=move || if shown.get() { "text" } else { "password" }
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=move || around.described.get()
                aria-invalid=move || around.invalid.get().then_some("true")
                aria-required=around.required.then_some("true")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <button
                type="button"
                class="btn quiet icon"
                aria-label=move || label.get()
                title=move || label.get()
                aria-pressed=move || if shown.get() { "true" } else { "false" }
                on:click=move |_| shown.update(|s| *s = !*s)
            >
                {move || if shown.get() { view! { <Icon name="eyeoff"/> } } else { view! { <Icon name="eye"/> } }}
            </button>
        </div>
    }
    .into_any()
}

/// After signing in the server decides where to go: it knows what the address asked for, and that it is ours.
fn enter() {
    #[cfg(feature = "hydrate")]
    {
        let here = window().location().href().unwrap_or_default();
        crate::dom::go(&here);
        // The address may be the very same: then only this loads it again.
        let _ = window().location().reload();
    }
}
