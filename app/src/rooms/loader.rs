//! Loads parts in the browser. A part that has come stays; one that could not be loaded is asked for again next time.

use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

use super::{Lost, Room};

thread_local! {
    /// A bit for each room that is here.
    static HERE: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    /// When a part that nobody waits for could not be loaded.
    static FAILED: std::cell::Cell<f64> = const { std::cell::Cell::new(f64::NEG_INFINITY) };
}

/// While the server is away a pointer that passes over links asks no more often than this (milliseconds).
const PAUSE: f64 = 5_000.0;
/// How long a page is left alone before the other parts follow.
const QUIET: Duration = Duration::from_secs(10);

const fn bit(room: Room) -> u32 {
    1 << room as u32
}

pub fn is_here(room: Room) -> bool {
    cfg!(not(feature = "parts")) || HERE.get() & bit(room) != 0
}

async fn load(room: Room) -> bool {
    if is_here(room) {
        return true;
    }
    let part: Pin<Box<dyn Future<Output = Result<(), Lost>>>> = match room {
        Room::Door => Box::pin(lost(super::load_door())),
        Room::Book => Box::pin(lost(super::load_book())),
        Room::Bookable => Box::pin(lost(super::load_bookable())),
        Room::Board => Box::pin(lost(super::load_board())),
        Room::List => Box::pin(lost(super::load_list())),
        Room::Record => Box::pin(lost(super::load_record())),
        Room::Dashboard => Box::pin(lost(super::load_dashboard())),
        Room::Import => Box::pin(lost(super::load_import())),
        Room::Bin => Box::pin(lost(super::load_bin())),
        Room::Settings => Box::pin(lost(super::load_settings())),
        Room::Calendar => Box::pin(lost(super::load_calendar())),
        Room::Today => Box::pin(lost(super::load_today())),
        Room::Time => Box::pin(lost(super::load_time())),
        Room::Notepad => Box::pin(lost(super::load_notepad())),
        Room::Planner => Box::pin(lost(super::load_planner())),
        Room::Conflicts => Box::pin(lost(super::load_conflicts())),
        Room::Hours => Box::pin(lost(super::load_hours())),
        Room::Notices => Box::pin(lost(super::load_notices())),
        Room::Letters => Box::pin(lost(super::load_letters())),
        Room::Feeds => Box::pin(lost(super::load_feeds())),
        Room::Overlays => Box::pin(lost(super::load_overlays())),
        Room::Forms => Box::pin(lost(super::load_forms())),
        Room::Tools => Box::pin(lost(super::load_tools())),
        Room::Hands => Box::pin(lost(super::load_hands())),
        Room::Filters => Box::pin(lost(super::load_filters())),
    };
    if part.await.is_err() {
        return false;
    }
    HERE.set(HERE.get() | bit(room));
    true
}

async fn lost<E: Into<Lost>>(part: impl Future<Output = Result<(), E>>) -> Result<(), Lost> {
    part.await.map_err(Into::into)
}

/// Loads it if need be, and says whether it is here.
pub fn then(room: Room, done: impl FnOnce(bool) + 'static) {
    let done: Box<dyn FnOnce(bool)> = Box::new(done);
    spawn_local(async move { done(load(room).await) });
}

/// Goes on when the page at hand can be drawn. Where its part cannot be loaded the page stays as the server sent it.
pub fn with_part_of_this_page(go_on: impl FnOnce() + 'static) {
    let go_on: Box<dyn FnOnce()> = Box::new(go_on);
    spawn_local(async move {
        let location = window().location();
        let here = match room_of(location.pathname(), location.search()) {
            Some(room) => load(room).await || load(room).await,
            None => true,
        };
        if here {
            go_on();
        }
    });
}

fn room_of<E>(path: Result<String, E>, search: Result<String, E>) -> Option<Room> {
    Room::of(&path.ok()?, search.ok()?.trim_start_matches('?'))
}

/// Loads ahead of a click: at once what opens on the page of somebody who is `at_work` (then `go_on`: from here on every
/// key finds its form), the part behind a link that is pointed at or has the focus, and after a while the rest.
pub fn foresee(at_work: bool, go_on: impl FnOnce() + 'static) {
    const SOON: [Room; 4] = [Room::Forms, Room::Tools, Room::Overlays, Room::Filters];
    if cfg!(not(feature = "parts")) {
        return go_on();
    }
    if at_work {
        let go_on: Box<dyn FnOnce()> = Box::new(go_on);
        let location = window().location();
        let hands = match room_of(location.pathname(), location.search()) {
            Some(Room::Board) => Some(Room::Hands),
            Some(Room::Calendar) => Some(Room::Planner),
            _ => None,
        };
        let soon = SOON.into_iter().chain(hands);
        soon.clone().for_each(|room| then(room, |_| {}));
        spawn_local(async move {
            for room in soon {
                load(room).await;
            }
            go_on();
        });
    } else {
        go_on();
    }
    let look = |target: Option<web_sys::EventTarget>| {
        let link = target
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok()?.closest("a[href]").ok()??.dyn_into::<web_sys::HtmlAnchorElement>().ok());
        let room = link.and_then(|a| room_of::<()>(Ok(a.pathname()), Ok(a.search())));
        if let Some(room) = room.filter(|_| js_sys::Date::now() - FAILED.get() > PAUSE) {
            then(room, |here| {
                if !here {
                    FAILED.set(js_sys::Date::now());
                }
            });
        }
    };
    // Both live as long as the page.
    let _ = window_event_listener(leptos::ev::pointerover, move |event| look(event.target()));
    let _ = window_event_listener(leptos::ev::focusin, move |event| look(event.target()));
    let location = window().location();
    // Strangers who book never see the rest of the house.
    if at_work || room_of(location.pathname(), location.search()) != Some(Room::Book) {
        set_timeout(|| rest(0), QUIET);
    }
}

/// One after the other.
fn rest(at: usize) {
    if let Some(room) = Room::ALL.get(at).copied() {
        then(room, move |_| rest(at + 1));
    }
}
