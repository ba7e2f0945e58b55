//! The page for addresses that lead nowhere.

use crate::prelude::*;

#[component]
pub fn NotFoundPage(
    /// It stands inside of the frame, which has a bar and the navigation.
    #[prop(optional)]
    framed: bool,
) -> impl IntoView {
    let head = if framed {
        view! { <super::TopBar title=t("error.not_found_title")/> }.into_any()
    } else {
        view! { <leptos_meta::Title text=t("error.not_found_title")/> }.into_any()
    };
    view! {
        {head}
        <div class="center"><Nothing/></div>
    }
}

/// The same inside of a page that exists.
#[component]
pub fn Nothing() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <EmptyState icon="search" title=t("error.not_found_title") hint=t("error.not_found")>
            <a class="btn primary" href="/deals?layout=board">{t("action.home")}</a>
        </EmptyState>
    }
}
