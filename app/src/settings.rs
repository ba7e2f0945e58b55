//! The settings room.

use crate::prelude::*;

#[component]
pub fn SettingsPage() -> impl IntoView {
    view! { <TopBar title=t("nav.settings")/> }
}
