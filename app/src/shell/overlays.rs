//! What lies over every page: toasts, the palette, the quick-create dialog, the sheet of keys, the conflict dialog.

use super::conflict::ConflictDialog;
use super::keys::{self, KeySheet};
use super::palette::Palette;
use crate::prelude::*;

#[component]
pub fn Overlays() -> impl IntoView {
    keys::listen();
    let signed_in = super::use_shell().me.with_untracked(Option::is_some);
    view! {
        <Toaster/>
        {signed_in
            .then(|| {
                view! {
                    <crate::records::quick::QuickCreate/>
                    <Palette/>
                    <ConflictDialog/>
                    <KeySheet/>
                }
            })}
    }
}
