//! What opens above the calendar: the form of an item, an item that is looked at, free times. It is
//! loaded as a part of its own; the calendar knows of it no more than this.

use super::desk::{Desk, Panel, Start};
use crate::prelude::*;
use crate::rooms::{self, Plan};

mod alert;
mod ask;
mod carried;
mod find;
mod form;
mod frame;
mod item;
mod keep;
pub(super) mod model;
mod people;
mod repeat;
mod rows;
mod said;
pub(crate) mod zone;

pub(crate) use ask::question;
pub(crate) use carried::carried;
pub(super) use carried::speak;

/// Opens what was asked for elsewhere, and once the page lives what its address names.
pub fn begin(desk: Desk) {
    let shell = use_shell();
    Effect::new(move |_| {
        let Some(fields) = shell.new_event.get() else { return };
        shell.new_event.set(None);
        desk.open_new(Start { fields, ..Start::default() });
    });
    Effect::new(move |_| {
        if !desk.alive.get() {
            return;
        }
        rooms::expect(rooms::Room::Planner);
    });
    // Also of a link within the page: from an item to the one that it clashes with.
    let named = Memo::new(move |_| desk.place.with(|p| p.open));
    Effect::new(move |_| {
        let Some(of) = named.get().filter(|_| desk.alive.get()) else { return };
        // What somebody types in is not taken away.
        if desk.panel.with_untracked(|p| matches!(p, None | Some(Panel::Item(_)))) {
            desk.panel.set(Some(Panel::Item(of)));
        }
    });
}

/// The panel that is open, the question that is asked, what stands against what is in the hand.
pub fn over(desk: Desk) -> AnyView {
    // The same panel for another time of the same item is not made anew.
    let panel = Memo::new(move |_| desk.panel.get());
    let asked = Memo::new(move |_| desk.ask.with(Option::is_some));
    let held = Memo::new(move |_| desk.carry.with(|c| c.as_ref().map(|c| c.no.is_some())));
    let warned = Memo::new(move |_| held.get().is_some_and(|no| no || desk.warned.with(|w| !w.is_empty())));
    view! {
        {move || panel.get().map(|panel| rooms::planner(Plan::Panel(desk, panel)))}
        {move || asked.get().then(|| rooms::planner(Plan::Ask(desk)))}
        {move || warned.get().then(|| rooms::planner(Plan::Carried(desk)))}
    }
    .into_any()
}

/// The panel that was asked for.
pub fn panel(desk: Desk, panel: Panel) -> AnyView {
    match panel {
        Panel::New(start) => form::new(desk, start),
        Panel::Edit { key, to, scope } => form::edit(desk, key, to, scope),
        Panel::Item(of) => item::item(desk, of),
        Panel::Find => find::find(desk),
    }
}
