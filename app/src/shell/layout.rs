//! Navigation beside the page; at the bottom of a phone.

use crate::prelude::*;

#[component]
pub fn Layout(children: Children) -> impl IntoView {
    let link = |href: &'static str, icon: &'static str, text: &'static str| view! { <a href=href><Icon name=icon/>{text}</a> };
    view! {
        <div class="app">
            <nav class="nav" aria-label=t("nav.main")>
                {link("/companies", "company", t("kind.companies"))}
                {link("/contacts", "people", t("kind.contacts"))}
                {link("/deals?layout=board", "board", t("kind.deals"))}
                {link("/products", "product", t("kind.products"))}
                {link("/tasks", "task", t("kind.tasks"))}
                {link("/calls", "phone", t("kind.calls"))}
                {link("/notes", "note", t("kind.notes"))}
                {link("/dashboard", "chart", t("nav.dashboard"))}
            </nav>
            <main class="main" id="main" tabindex="-1">{children()}</main>
        </div>
    }
}
