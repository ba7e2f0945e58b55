//! Buttons. Loading keeps the width; a disabled one says why in its tooltip.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::Icon;

/// `look`: "primary", "quiet", "danger", "" (outline); also "large". Without `on_click` it submits its form.
#[component]
pub fn Button(
    #[prop(optional, into)] look: String,
    #[prop(optional)] icon: &'static str,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Why it cannot be pressed now.
    #[prop(optional, into)]
    reason: Signal<Option<String>>,
    #[prop(optional, into)] on_click: Option<Callback<MouseEvent>>,
    children: Children,
) -> impl IntoView {
    let kind = if on_click.is_some() { "button" } else { "submit" };
    view! {
        <button
            type=kind
            class=format!("btn {look}")
            class:busy=move || busy.get()
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || (busy.get() || reason.with(Option::is_some)).then_some("true")
            title=move || reason.get()
            on:click=move |event| {
                if busy.get_untracked() || reason.with_untracked(Option::is_some) {
                    event.prevent_default();
                } else if let Some(act) = on_click {
                    act.run(event);
                }
            }
        >
            {(!icon.is_empty()).then(|| view! { <Icon name=icon size="s"/> })}
            {children()}
        </button>
    }
    .into_any()
}

/// A button with a picture only; `label` is what it is called.
#[component]
pub fn IconButton(
    icon: &'static str,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] on_click: Callback<MouseEvent>,
    #[prop(optional, into)] look: String,
    #[prop(optional, into)] pressed: Option<Signal<bool>>,
) -> impl IntoView {
    let look = if look.is_empty() { "quiet".to_owned() } else { look };
    view! {
        <button
            type="button"
            class=format!("btn icon {look}")
            aria-label=label
            title=label
            aria-pressed=move || pressed.map(|p| if p.get() { "true" } else { "false" })
            on:click=move |event| on_click.run(event)
        >
            <Icon name=icon/>
        </button>
    }
    .into_any()
}
