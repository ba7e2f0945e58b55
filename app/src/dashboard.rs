//! The dashboard room.

use crate::prelude::*;

#[component]
pub fn DashboardPage() -> impl IntoView {
    view! { <TopBar title=t("nav.dashboard")/> }
}
