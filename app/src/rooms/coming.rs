//! What stands where a part belongs until the part has come, and when it does not come.

use domain::Error;
use leptos::prelude::*;

use super::{Room, loader};
use crate::ui::{ErrorState, Skeleton};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Coming,
    Here,
    Lost,
}

/// Draws a part that is here.
type Make = std::sync::Arc<dyn Fn() -> AnyView + Send + Sync>;

/// At once where the part is here, as on the server and on the page that was asked for; else when it has come.
pub(super) fn shown(room: Room, make: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    if loader::is_here(room) {
        return make();
    }
    when_it_comes(room, std::sync::Arc::new(make))
}

/// One for all rooms: every page loads it.
fn when_it_comes(room: Room, make: Make) -> AnyView {
    let state = RwSignal::new(State::Coming);
    loader::then(room, move |there| {
        let _ = state.try_set(if there { State::Here } else { State::Lost });
    });
    let view = move || match state.get() {
        State::Coming => view! { <Skeleton rows=8/> }.into_any(),
        State::Here => make(),
        State::Lost => lost(),
    };
    view.into_any()
}

/// A large piece of a page that is no part of it: the server leaves its place empty, and it comes when the page lives.
pub(super) fn within(room: Room, make: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let alive = crate::shell::use_shell().alive;
    let make = std::sync::Arc::new(make);
    let view = move || {
        if !alive.get() {
            return view! { <Skeleton rows=8/> }.into_any();
        }
        let make = make.clone();
        shown(room, move || make())
    };
    view.into_any()
}

/// The same within a page. What somebody has just opened gets the keyboard when it has come.
pub(super) fn later(room: Room, make: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    if loader::is_here(room) {
        return make();
    }
    in_its_place(room, std::sync::Arc::new(make))
}

fn in_its_place(room: Room, make: Make) -> AnyView {
    let state = RwSignal::new(State::Coming);
    let place = NodeRef::<leptos::html::Span>::new();
    // Without a fresh page, which would take what is typed beside it.
    let load = Callback::new(move |()| {
        loader::then(room, move |there| {
            let around = place.try_get_untracked().flatten();
            let _ = state.try_set(if there { State::Here } else { State::Lost });
            if let Some(around) = around {
                crate::dom::focus_soon(&around);
            }
        });
    });
    load.run(());
    let view = move || match state.get() {
        State::Coming => view! { <span node_ref=place class="bone" aria-busy="true"></span> }.into_any(),
        State::Here => make(),
        State::Lost => view! { <ErrorState error=Error::Unavailable retry=load/> }.into_any(),
    };
    view.into_any()
}

/// A fresh page brings what is missing, and the newest of everything.
pub(super) fn lost() -> AnyView {
    let again = Callback::new(|()| crate::dom::reload());
    view! { <ErrorState error=Error::Unavailable retry=again/> }.into_any()
}
