//! The page of one record.

use crate::prelude::*;

#[component]
pub fn RecordPage(kind: Kind, id: Id) -> impl IntoView {
    let _ = id;
    view! { <TopBar title=kind_name(kind)/> }
}
