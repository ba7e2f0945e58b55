//! The import room: past imports, and one import from its file to its result.

use crate::prelude::*;

#[component]
pub fn ImportsPage() -> impl IntoView {
    view! { <TopBar title=t("nav.import")/> }
}

#[component]
pub fn ImportPage(id: Id) -> impl IntoView {
    let _ = id;
    view! { <TopBar title=t("nav.import")/> }
}
