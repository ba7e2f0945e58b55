//! What lies over every page: toasts, and from their first use the palette, the quick-create dialog, the sheet of keys and
//! the conflict dialog.

use super::conflict::ConflictDialog;
use super::keys::{self, KeySheet};
use super::palette::Palette;
use super::return_door::ReturnDoor;
use crate::prelude::*;

#[component]
pub fn Overlays() -> impl IntoView {
    keys::listen();
    let shell = super::use_shell();
    // A new item is made in the calendar: whoever is elsewhere goes there, and its page opens the form.
    let navigate = leptos_router::hooks::use_navigate();
    let path = leptos_router::hooks::use_location().pathname;
    Effect::new(move |_| {
        if shell.new_event.with(Option::is_some) && path.with_untracked(|p| p != "/calendar") {
            navigate("/calendar", Default::default());
        }
    });
    let door = super::use_live().door;
    let signed_in = shell.me.with_untracked(Option::is_some);
    let wanted = Signal::derive(move || {
        door.get()
            || shell.palette.get()
            || shell.keys.get()
            || shell.new_record.with(Option::is_some)
            || shell.conflict.with(Option::is_some)
    });
    view! {
        <Toaster/>
        {signed_in.then(|| crate::rooms::overlays_when(wanted))}
        {signed_in.then(|| crate::rooms::notepad_when(shell.notepad.into()))}
    }
}

/// Those for people who are signed in.
pub(crate) fn overlays() -> AnyView {
    view! {
        <crate::records::quick::QuickCreate/>
        <Palette/>
        <ConflictDialog/>
        <KeySheet/>
        <ReturnDoor/>
    }
    .into_any()
}
