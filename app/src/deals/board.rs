//! The pipeline board.

use crate::prelude::*;

#[component]
pub fn BoardPage() -> impl IntoView {
    view! { <TopBar title=t("kind.deals")/> }
}
