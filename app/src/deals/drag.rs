//! Carrying cards with mouse, pen or finger, by pointer events of our own: the browser's drag and drop knows no touch, no
//! place between cards, and no way to follow the edges. A finger rests to lift, so that the board still scrolls.

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    use leptos::ev::{self, PointerEvent};
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{Element, HtmlElement};

    use super::super::desk::{Desk, Moving};
    use super::super::keys::By;
    use super::super::place::{self, Area, Hand, Verdict};
    use super::super::{hands, motion};
    use domain::Id;

    struct Drag {
        desk: Desk,
        pointer: i32,
        hand: Hand,
        id: Id,
        card: HtmlElement,
        board: HtmlElement,
        start: (f64, f64),
        at: (f64, f64),
        /// Where on the card it is held.
        grip: (f64, f64),
        copy: Option<HtmlElement>,
        /// Went anywhere since it was lifted?
        moved: bool,
        timer: Option<TimeoutHandle>,
        handles: Vec<WindowListenerHandle>,
        touch: Option<Closure<dyn FnMut(web_sys::Event)>>,
    }

    thread_local! {
        static DRAG: RefCell<Option<Drag>> = const { RefCell::new(None) };
        static TOUCH: Cell<bool> = const { Cell::new(false) };
    }

    /// Was the last press a finger's?
    pub fn by_touch() -> bool {
        TOUCH.get()
    }

    fn area(e: &Element) -> Area {
        let r = e.get_bounding_client_rect();
        Area { left: r.left(), top: r.top(), right: r.right(), bottom: r.bottom() }
    }

    pub fn press(desk: Desk, event: PointerEvent) {
        let kind = event.pointer_type();
        TOUCH.set(kind == "touch");
        if DRAG.with_borrow(Option::is_some) {
            // A second finger: that is no carrying.
            cancel();
            return;
        }
        if event.button() != 0 || !event.is_primary() || event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let Some((id, card)) = hands::card_of(event.target()) else { return };
        // The title may be dragged by, buttons not.
        let on_button =
            event.target().and_then(|t| t.dyn_into::<Element>().ok()).is_some_and(|e| e.closest("button").ok().flatten().is_some());
        let Some(board) = card.closest(".board").ok().flatten().and_then(|b| b.dyn_into::<HtmlElement>().ok()) else { return };
        if on_button || desk.carry.with_untracked(Option::is_some) {
            return;
        }
        let hand = if kind == "touch" { Hand::Finger } else { Hand::Direct };
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        let rect = card.get_bounding_client_rect();
        let pointer = event.pointer_id();
        let mine = move |e: &PointerEvent| e.pointer_id() == pointer;
        let handles = vec![
            window_event_listener(ev::pointermove, move |e| {
                if mine(&e) {
                    moved((f64::from(e.client_x()), f64::from(e.client_y())));
                }
            }),
            window_event_listener(ev::pointerup, move |e| {
                if mine(&e) {
                    release();
                }
            }),
            window_event_listener(ev::pointercancel, move |e| {
                if mine(&e) {
                    cancel();
                }
            }),
            window_event_listener(ev::keydown, |e| {
                if e.key() == "Escape" && lifted() {
                    e.prevent_default();
                    cancel();
                }
            }),
            window_event_listener(ev::blur, |_| cancel()),
        ];
        let timer = (hand == Hand::Finger)
            .then(|| set_timeout_with_handle(lift, Duration::from_millis(u64::from(place::LONG_PRESS_MS))).ok())
            .flatten();
        let touch = (kind != "mouse").then(|| hold_still(&card, kind == "pen"));
        let grip = (at.0 - rect.left(), at.1 - rect.top());
        DRAG.set(Some(Drag { desk, pointer, hand, id, card, board, start: at, at, grip, copy: None, moved: false, timer, handles, touch }));
    }

    /// The browser asks with every touch whether it may scroll: not while a card is lifted (a pen never scrolls by cards).
    fn hold_still(card: &HtmlElement, always: bool) -> Closure<dyn FnMut(web_sys::Event)> {
        let asked = Closure::<dyn FnMut(web_sys::Event)>::new(move |e: web_sys::Event| {
            if (always || lifted()) && e.cancelable() {
                e.prevent_default();
            }
        });
        let options = web_sys::AddEventListenerOptions::new();
        options.set_passive(false);
        let _ = card.add_event_listener_with_callback_and_add_event_listener_options("touchmove", asked.as_ref().unchecked_ref(), &options);
        asked
    }

    fn lifted() -> bool {
        DRAG.with_borrow(|d| d.as_ref().is_some_and(|d| d.copy.is_some()))
    }

    fn moved(at: (f64, f64)) {
        let verdict = DRAG.with_borrow_mut(|d| {
            let d = d.as_mut()?;
            d.at = at;
            let (dx, dy) = (at.0 - d.start.0, at.1 - d.start.1);
            if d.copy.is_some() {
                d.moved |= dx.hypot(dy) > place::WANDER;
                return None;
            }
            Some(place::after_move(d.hand, dx, dy))
        });
        match verdict {
            Some(Verdict::Lift) => lift(),
            Some(Verdict::Forget) => end(),
            _ => {}
        }
    }

    /// Takes the card off the board.
    fn lift() {
        let Some((desk, id, card, hand)) = DRAG.with_borrow(|d| d.as_ref().map(|d| (d.desk, d.id, d.card.clone(), d.hand))) else { return };
        if desk.carry.try_with_untracked(Option::is_some).is_none() {
            // The board was left with the button held.
            return end();
        }
        let rect = card.get_bounding_client_rect();
        let Some(copy) = motion::copy(&card, &rect) else { return end() };
        if !desk.lift(id, By::Pointer) {
            let text = crate::i18n::t("board.say.fixed").to_owned();
            desk.toasts.warn(text);
            return end();
        }
        let n = desk.carry.with_untracked(|c| c.as_ref().map_or(1, |c| c.ids.len()));
        if n > 1
            && let Ok(badge) = document().create_element("span")
        {
            badge.set_class_name("badge");
            badge.set_text_content(Some(&n.to_string()));
            let _ = copy.append_child(&badge);
            let _ = copy.class_list().add_1("several");
        }
        let _ = document().body().map(|b| b.append_child(&copy));
        let _ = document().body().map(|b| b.class_list().add_1("carrying"));
        if let Some(selection) = window().get_selection().ok().flatten() {
            let _ = selection.remove_all_ranges();
        }
        if hand == Hand::Finger {
            let _ = window().navigator().vibrate_with_duration(12);
        }
        DRAG.with_borrow_mut(|d| {
            if let Some(d) = d {
                d.moved = d.hand == Hand::Direct;
                d.copy = Some(copy);
            }
        });
        request_animation_frame(frame);
    }

    /// Every frame while a card is carried: the copy follows, edges scroll, the place below is found.
    fn frame() {
        let Some((desk, at, grip, copy, board, moved)) =
            DRAG.with_borrow(|d| d.as_ref().and_then(|d| Some((d.desk, d.at, d.grip, d.copy.clone()?, d.board.clone(), d.moved))))
        else {
            return;
        };
        if desk.carry.try_with_untracked(Option::is_some) != Some(true) {
            // The board was left, or the card is gone.
            return end();
        }
        let (left, top) = (at.0 - grip.0, at.1 - grip.1);
        let style = copy.style();
        let _ = style.set_property("--x", &format!("{left:.1}px"));
        let _ = style.set_property("--y", &format!("{top:.1}px"));
        if moved {
            aim(desk, &board, at, top);
        }
        request_animation_frame(frame);
    }

    fn aim(desk: Desk, board: &HtmlElement, at: (f64, f64), top: f64) {
        let frame = area(board);
        let Ok(list) = board.query_selector_all("[data-stage]") else { return };
        let columns: Vec<Element> = (0..list.length()).filter_map(|i| list.get(i)?.dyn_into().ok()).collect();
        let areas: Vec<Area> = columns.iter().map(area).collect();
        let lane = place::column_at(at.0, at.1, frame, &areas);
        let sideways = place::edge_speed(at.0, frame.left, frame.right);
        let over_strip = lane.and_then(|l| columns.get(l)).is_some_and(|c| c.class_list().contains("rail"));
        if sideways != 0.0 && !over_strip {
            board.set_scroll_left(board.scroll_left() + sideways as i32);
        }
        let to = lane.and_then(|lane| {
            let column = columns.get(lane)?;
            let Some(scroller) = column.query_selector(".cards").ok().flatten() else { return Some((lane, 0)) };
            let seen = area(&scroller);
            let speed = place::edge_speed(at.1, seen.top, seen.bottom);
            if speed != 0.0 {
                scroller.set_scroll_top(scroller.scroll_top() + speed as i32);
            }
            let shape = desk.shapes().get(lane).copied()?;
            let content = scroller.first_element_child()?.get_bounding_client_rect().top();
            Some((lane, place::index_at(top - content, motion::pitch(), shape.last_place())))
        });
        desk.aim(to);
    }

    fn release() {
        let Some((desk, id, hand, moved)) = DRAG.with_borrow(|d| d.as_ref().map(|d| (d.desk, d.id, d.hand, d.moved))) else { return };
        let Some(copy) = end_keeping_copy() else { return };
        swallow_click();
        if !moved && hand == Hand::Finger {
            // Lifted and let go on the spot: the other way to move it.
            desk.put_back();
            copy.remove();
            // After the mouse events that browsers make of a tap: one of them would close the sheet again.
            let ids = desk.hand(id);
            set_timeout(
                move || {
                    desk.moving.try_set(Some(Moving { ids }));
                },
                Duration::from_millis(80),
            );
            return;
        }
        motion::conceal(desk, id);
        if let Some((ids, stage, spot)) = desk.drop_here() {
            desk.move_cards(ids, &stage, spot);
        }
        request_animation_frame(move || motion::land(desk, id, copy, None));
    }

    /// Back to where it came from.
    fn cancel() {
        let Some((desk, id)) = DRAG.with_borrow(|d| d.as_ref().map(|d| (d.desk, d.id))) else { return };
        let Some(copy) = end_keeping_copy() else { return };
        swallow_click();
        motion::conceal(desk, id);
        desk.put_back();
        request_animation_frame(move || motion::land(desk, id, copy, None));
    }

    fn end() {
        if let Some(copy) = end_keeping_copy() {
            copy.remove();
        }
    }

    fn end_keeping_copy() -> Option<HtmlElement> {
        let drag = DRAG.take()?;
        if let Some(timer) = drag.timer {
            timer.clear();
        }
        for handle in drag.handles {
            handle.remove();
        }
        if let Some(touch) = drag.touch {
            let _ = drag.card.remove_event_listener_with_callback("touchmove", touch.as_ref().unchecked_ref());
            // It may be running now: let it end first.
            set_timeout(move || drop(touch), Duration::ZERO);
        }
        let _ = document().body().map(|b| b.class_list().remove_1("carrying"));
        let _ = drag.pointer;
        drag.copy
    }

    /// The click that follows a drop opens nothing.
    fn swallow_click() {
        let swallow = Closure::<dyn FnMut(web_sys::Event)>::new(|e: web_sys::Event| {
            e.prevent_default();
            e.stop_propagation();
        });
        let options = web_sys::AddEventListenerOptions::new();
        options.set_capture(true);
        options.set_once(true);
        let target = window();
        let _ = target.add_event_listener_with_callback_and_add_event_listener_options("click", swallow.as_ref().unchecked_ref(), &options);
        set_timeout(
            move || {
                let _ = target.remove_event_listener_with_callback_and_bool("click", swallow.as_ref().unchecked_ref(), true);
                drop(swallow);
            },
            Duration::from_millis(60),
        );
    }
}

#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(not(feature = "hydrate"))]
mod none {
    use super::super::desk::Desk;

    pub fn by_touch() -> bool {
        false
    }
    pub fn press(_desk: Desk, _event: leptos::ev::PointerEvent) {}
}

#[cfg(not(feature = "hydrate"))]
pub use none::*;
