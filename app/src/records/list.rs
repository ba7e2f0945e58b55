//! The list of a kind.

use crate::prelude::*;

#[component]
pub fn ListPage(kind: Kind) -> impl IntoView {
    view! { <TopBar title=kind_plural(kind)/> }
}
