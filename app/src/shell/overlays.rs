//! What lies over every page: toasts, the palette, the quick-create dialog, the sheet of keys.

use crate::prelude::*;

#[component]
pub fn Overlays() -> impl IntoView {
    view! {
        <Toaster/>
        <crate::records::quick::QuickCreate/>
    }
}
