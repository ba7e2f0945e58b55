//! The top bar that every page begins with: its title, search, how live it is, who looks too, and "New".

use leptos_meta::Title;

use crate::prelude::*;

/// `title` is the page's heading and window title; children stand at the right (presence, the page's own buttons).
#[component]
pub fn TopBar(#[prop(into)] title: Signal<String>, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <Title text=title/>
        <header class="bar">
            <h1 tabindex="-1">{title}</h1>
            <span class="grow"></span>
            {children.map(|c| c())}
        </header>
    }
}
