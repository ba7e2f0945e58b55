//! The bin room.

use crate::prelude::*;

#[component]
pub fn BinPage() -> impl IntoView {
    view! { <TopBar title=t("nav.bin")/> }
}
