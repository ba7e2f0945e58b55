//! The browser's side of the stream.

use std::cell::RefCell;
use std::time::Duration;

use domain::Id;
use domain::live::{LiveEvent, Present};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::{Ask, Live, Status, tell_look, use_live};
use crate::i18n::now;
use crate::shell::use_shell;

/// A browser opens six connections to a host: pages that nobody sees give theirs back after this while.
const HIDDEN: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: u32 = 10_000;

#[derive(Default)]
struct Line {
    source: Option<web_sys::EventSource>,
    handlers: Vec<Closure<dyn FnMut(web_sys::MessageEvent)>>,
    last: Option<String>,
    tries: u32,
    waiting: Option<TimeoutHandle>,
    hidden: Option<TimeoutHandle>,
    asleep: bool,
}

thread_local! {
    static LIVE: std::cell::Cell<Option<Live>> = const { std::cell::Cell::new(None) };
    static LINE: RefCell<Line> = RefCell::new(Line::default());
    static TAB: String = format!("{:x}{:x}", (js_sys::Math::random() * 4e15) as u64, now());
}

pub fn connect(live: Live, since: Option<Id>) {
    LIVE.set(Some(live));
    LINE.with_borrow_mut(|l| l.last = since.map(|id| id.to_string()));
    open(live);
    let online = window_event_listener_untyped("online", move |_| open(live));
    let offline = window_event_listener_untyped("offline", move |_| lost(live));
    let seen = Closure::<dyn Fn()>::new(move || visibility(live));
    let _ = document().add_event_listener_with_callback("visibilitychange", seen.as_ref().unchecked_ref());
    // The line lives as long as the page.
    seen.forget();
    std::mem::forget((online, offline));
}

/// The session is over: nothing arrives any more, and trying again is of no use until somebody signs in.
pub fn signed_out(ask: Ask) {
    let Some(live) = LIVE.get() else { return super::super::leave_to_sign_in() };
    close();
    let _ = live.status.try_set(Status::SignedOut);
    if ask == Ask::Password {
        let _ = live.door.try_set(true);
    }
}

pub fn open(live: Live) {
    close();
    if live.status.get_untracked() == Status::Idle {
        live.status.set(Status::Connecting);
    }
    let address = LINE.with_borrow(|l| l.last.as_ref().map_or_else(|| "/api/v1/live".to_owned(), |id| format!("/api/v1/live?last={id}")));
    let Ok(source) = web_sys::EventSource::new(&address) else {
        lost(live);
        return again(live);
    };
    let opened = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |_| {
        LINE.with_borrow_mut(|l| l.tries = 0);
        live.status.set(Status::Live);
        live.door.set(false);
    });
    let message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let id = event.last_event_id();
        if !id.is_empty() {
            LINE.with_borrow_mut(|l| l.last = Some(id));
        }
        if let Some(event) = event.data().as_string().and_then(|text| serde_json::from_str::<LiveEvent>(&text).ok()) {
            live.tell(&event);
        }
    });
    let failed = {
        let source = source.clone();
        Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |_| {
            let was_live = live.status.get_untracked() == Status::Live;
            lost(live);
            // The browser tries again by itself unless the server answered something else than a stream. A line that the
            // server ended may have ended with the session: that is said at once.
            let refused = source.ready_state() == web_sys::EventSource::CLOSED;
            if refused || was_live {
                let source = source.clone();
                leptos::task::spawn_local(async move {
                    let over = session_is_over().await;
                    // Somebody may have signed in again while that was asked: a newer line is not this one's to close.
                    if LINE.with_borrow(|l| l.source.as_ref() != Some(&source)) {
                        return;
                    }
                    if over {
                        signed_out(Ask::Nothing);
                    } else if refused {
                        again(live);
                    }
                });
            }
        })
    };
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onmessage(Some(message.as_ref().unchecked_ref()));
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    LINE.with_borrow_mut(|l| {
        l.source = Some(source);
        l.handlers = vec![opened, message, failed];
        l.asleep = false;
    });
}

/// Is that what the server says where it refuses the line?
async fn session_is_over() -> bool {
    let answer = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str("/api/v1/me")).await;
    answer.ok().and_then(|answer| answer.dyn_into::<web_sys::Response>().ok()).is_some_and(|answer| answer.status() == 401)
}

fn close() {
    let (source, handlers) = LINE.with_borrow_mut(|l| {
        if let Some(timer) = l.waiting.take() {
            timer.clear();
        }
        (l.source.take(), std::mem::take(&mut l.handlers))
    });
    if let Some(source) = source {
        source.set_onopen(None);
        source.set_onmessage(None);
        source.set_onerror(None);
        source.close();
    }
    // One of them may be running now: let it end first.
    set_timeout(move || drop(handlers), Duration::ZERO);
}

fn lost(live: Live) {
    if !matches!(live.status.get_untracked(), Status::Lost(_)) {
        live.status.set(Status::Lost(now()));
    }
}

fn again(live: Live) {
    let pause = LINE.with_borrow_mut(|l| {
        l.tries = (l.tries + 1).min(8);
        (500_u32 << l.tries.min(5)).min(LONGEST_PAUSE)
    });
    // Not all at once after a restart of the server.
    let pause = f64::from(pause) * (0.7 + 0.3 * js_sys::Math::random());
    let timer = set_timeout_with_handle(move || open(live), Duration::from_millis(pause as u64)).ok();
    LINE.with_borrow_mut(|l| {
        if let Some(old) = std::mem::replace(&mut l.waiting, timer) {
            old.clear();
        }
    });
}

fn visibility(live: Live) {
    if document().hidden() {
        let timer = set_timeout_with_handle(
            move || {
                close();
                LINE.with_borrow_mut(|l| l.asleep = true);
            },
            HIDDEN,
        );
        LINE.with_borrow_mut(|l| l.hidden = timer.ok());
    } else {
        let asleep = LINE.with_borrow_mut(|l| {
            if let Some(timer) = l.hidden.take() {
                timer.clear();
            }
            l.asleep
        });
        if asleep {
            open(live);
        } else if live.status.get_untracked() == Status::SignedOut {
            // Somebody may have signed in again in another tab.
            leptos::task::spawn_local(async move {
                if !session_is_over().await {
                    open(live);
                }
            });
        }
    }
}

pub fn look_at(record: Signal<Option<Id>>, field: Signal<Option<String>>, people: RwSignal<Vec<Present>>) {
    let me = use_shell().me;
    let show = move |found: Vec<Present>| {
        let me = me.try_get_untracked().flatten().map(|m| m.id);
        let _ = people.try_set(found.into_iter().filter(|p| Some(p.user) != me).collect());
    };
    let tell = move |record: Option<Id>, field: Option<String>| {
        spawn_local(async move {
            if let Ok(Some(presence)) = tell_look(TAB.with(Clone::clone), record, field).await {
                show(presence.people);
            }
        });
    };
    use_live().on(move |event| {
        if let LiveEvent::Presence(presence) = event
            && record.try_get_untracked().flatten() == Some(presence.record)
        {
            show(presence.people.clone());
        }
    });
    Effect::new(move |_| tell(record.get(), field.get()));
    let beat = set_interval_with_handle(
        move || {
            if !document().hidden()
                && let Some(record) = record.try_get_untracked()
            {
                tell(record, field.try_get_untracked().flatten());
            }
        },
        Duration::from_secs(20),
    );
    // A page that is closed has no time for an answer.
    let leaving = window_event_listener_untyped("pagehide", |_| {
        let gone = serde_json::json!({ "tab": TAB.with(Clone::clone), "record": null, "field": null }).to_string();
        let _ = window().navigator().send_beacon_with_opt_str("/api/app/live/look_at", Some(&gone));
    });
    on_cleanup(move || {
        leaving.remove();
        if let Ok(beat) = beat {
            beat.clear();
        }
        spawn_local(async {
            let _ = tell_look(TAB.with(Clone::clone), None, None).await;
        });
    });
}
