//! Mouse, pen and finger in the calendar: drawing a new item, carrying one, pulling its ends, swiping to the next day. Pointer
//! events of our own: the browser's drag and drop knows no minutes, no touch and no edges. A finger rests to lift, so that the
//! calendar still scrolls.

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::time::Duration;

    use chrono::NaiveDate;
    use domain::calendar::When;
    use domain::calendar::view::Shown;
    use domain::time;
    use leptos::ev::{self, MouseEvent, PointerEvent};
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::HtmlElement;

    use super::super::clash::key;
    use super::super::clock::{self, End};
    use super::super::desk::{By, Carry, Desk, Grip, Panel, when_of};
    use super::super::spots::{across, closest, element, item_at, line_at, place, subject_of};
    use super::super::{hand, keys, team};

    /// A finger rests this long before it lifts.
    const REST: Duration = Duration::from_millis(380);
    /// Less than this is a tremble.
    const TREMBLE: f64 = 5.0;
    /// A swipe goes at least this far.
    const SWIPE: f64 = 56.0;
    /// So close to an edge the grid scrolls.
    const EDGE: f64 = 40.0;

    #[derive(Clone)]
    enum What {
        Item(Arc<Shown>, Grip),
        /// The item of the open form.
        Drawn(When, Grip),
        New,
    }

    struct Drag {
        desk: Desk,
        pointer: i32,
        finger: bool,
        what: What,
        /// Whose line it began in, in the team's day.
        line: Option<domain::Id>,
        root: HtmlElement,
        /// Where it was taken hold of: day and minute (none in a month: whole days).
        from: (NaiveDate, Option<i32>),
        start: (f64, f64),
        at: (f64, f64),
        lifted: bool,
        timer: Option<TimeoutHandle>,
        handles: Vec<WindowListenerHandle>,
        touch: Option<Closure<dyn FnMut(web_sys::Event)>>,
    }

    thread_local! {
        static DRAG: RefCell<Option<Drag>> = const { RefCell::new(None) };
    }

    /// What is carried there lasts whole days, or begins at an hour and lasts one. Of a series each occurrence is like the others.
    fn changed(desk: Desk, what: &What, (day, minute): (NaiveDate, Option<i32>)) -> Option<When> {
        let What::Item(item, Grip::Move) = what else { return None };
        match (when_of(item), minute) {
            // At its own hour of that day.
            (When::At(span), None) if item.in_series() || item.task => Some(desk.clock.with_untracked(|c| {
                let start = c.instant(day, c.wall(span.start).1);
                When::At(domain::calendar::Span::new(start, start + span.len()))
            })),
            _ if item.in_series() => None,
            (When::At(_), None) => Some(When::Days(day, time::shift(day, 1))),
            (When::Days(..), Some(minute)) => {
                let start = desk.clock.with_untracked(|c| c.instant(day, clock::snap(minute)));
                Some(When::At(domain::calendar::Span::new(start, start + 60 * clock::MINUTE)))
            }
            _ => None,
        }
    }

    pub fn press(desk: Desk, event: PointerEvent) {
        hand::note_press();
        if DRAG.with_borrow(Option::is_some) {
            // A second finger: that is no carrying.
            return cancel();
        }
        if event.button() != 0 || !event.is_primary() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let Some(target) = element(event.target()) else { return };
        if closest(&target, "button, a, .teamday > .ticks, .subject > .name, .alone").is_some() {
            return;
        }
        let Some(root) = closest(&target, ".hours, .allday, .month, .teamday").and_then(|e| e.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        let pull = closest(&target, "[data-pull]").and_then(|e| e.get_attribute("data-pull"));
        let grip = match pull.as_deref() {
            Some("start") => Grip::Pull(End::Start),
            Some("end") => Grip::Pull(End::End),
            _ => Grip::Move,
        };
        let finger = event.pointer_type() == "touch";
        let what = if closest(&target, "[data-drawn]").is_some() {
            let Some(drawn) = desk.drawn.get_untracked() else { return };
            What::Drawn(drawn.when, grip)
        } else if let Some(item) = item_at(desk, &target) {
            What::Item(item, grip)
        } else {
            What::New
        };
        let line = subject_of(&target);
        if root.class_list().contains("teamday") && line.is_none() {
            return;
        }
        let Some(from) = place(&root, at) else { return };
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
        let timer = finger.then(|| set_timeout_with_handle(lift, REST).ok()).flatten();
        let touch = finger.then(|| hold_still(&root));
        DRAG.set(Some(Drag { desk, pointer, finger, what, line, root, from, start: at, at, lifted: false, timer, handles, touch }));
    }

    /// The browser asks with every touch whether it may scroll: not while something is lifted.
    fn hold_still(root: &HtmlElement) -> Closure<dyn FnMut(web_sys::Event)> {
        let asked = Closure::<dyn FnMut(web_sys::Event)>::new(|e: web_sys::Event| {
            if lifted() && e.cancelable() {
                e.prevent_default();
            }
        });
        let options = web_sys::AddEventListenerOptions::new();
        options.set_passive(false);
        let _ = root.add_event_listener_with_callback_and_add_event_listener_options("touchmove", asked.as_ref().unchecked_ref(), &options);
        asked
    }

    fn lifted() -> bool {
        DRAG.with_borrow(|d| d.as_ref().is_some_and(|d| d.lifted))
    }

    fn moved(at: (f64, f64)) {
        let begin = DRAG.with_borrow_mut(|d| {
            let d = d.as_mut()?;
            d.at = at;
            let (dx, dy) = (at.0 - d.start.0, at.1 - d.start.1);
            (!d.lifted && dx.hypot(dy) > TREMBLE).then_some((d.finger, dx.abs(), dy.abs(), d.timer.take()))
        });
        match begin {
            Some((true, dx, dy, timer)) => {
                // A finger that moves before it rested scrolls or swipes.
                if let Some(timer) = timer {
                    timer.clear();
                }
                if dy > dx {
                    end();
                }
            }
            Some((false, ..)) => lift(),
            None => {}
        }
    }

    fn lift() {
        let Some((desk, what, from, finger, line)) =
            DRAG.with_borrow(|d| d.as_ref().map(|d| (d.desk, d.what.clone(), d.from, d.finger, d.line)))
        else {
            return;
        };
        if desk.carry.try_with_untracked(Option::is_some).is_none() {
            // The calendar was left with the button held.
            return end();
        }
        let taken = match what {
            What::Item(item, grip) => keys::lift(desk, item, By::Pointer, grip, line),
            What::Drawn(..) => true,
            What::New => {
                let may = desk.page.with_untracked(|p| p.can_create);
                if may {
                    let to = drawn(desk, from, from);
                    if desk.panel.with_untracked(Option::is_some) {
                        desk.panel.set(None);
                    }
                    let carry =
                        Carry { by: By::Pointer, grip: Grip::Draw, item: None, from: to, to, line, onto: line, then: None, no: None };
                    desk.carry.set(Some(carry));
                }
                may
            }
        };
        if !taken {
            return end();
        }
        if finger {
            let _ = window().navigator().vibrate_with_duration(12);
        }
        if let Some(selection) = window().get_selection().ok().flatten() {
            let _ = selection.remove_all_ranges();
        }
        let _ = document().body().map(|b| b.class_list().add_1("carrying"));
        DRAG.with_borrow_mut(|d| {
            if let Some(d) = d {
                d.lifted = true;
            }
        });
        request_animation_frame(frame);
    }

    fn drawn(desk: Desk, from: (NaiveDate, Option<i32>), to: (NaiveDate, Option<i32>)) -> When {
        match (from.1, to.1) {
            (Some(a), Some(b)) => desk.clock.with_untracked(|c| clock::drawn(c, (from.0, a), (to.0, b))),
            _ => When::Days(from.0.min(to.0), time::shift(from.0.max(to.0), 1)),
        }
    }

    /// Where what is carried would lie, with the pointer here.
    fn target(desk: Desk, what: &What, from: (NaiveDate, Option<i32>), to: (NaiveDate, Option<i32>)) -> Option<When> {
        let clock = desk.clock.get_untracked();
        let (at, grip) = match what {
            What::Item(item, grip) => (when_of(item), *grip),
            What::Drawn(when, grip) => (*when, *grip),
            What::New => return Some(drawn(desk, from, to)),
        };
        let days = (to.0 - from.0).num_days();
        let minutes = match (from.1, to.1) {
            (Some(a), Some(b)) => clock::snap(b - a + clock::STEP / 2),
            _ => 0,
        };
        Some(match grip {
            Grip::Pull(end) => {
                let (day, minute) = match (at, to.1) {
                    // Where days are all that is seen, an end keeps its hour.
                    (When::At(span), None) => {
                        let (day, minute) = clock.wall(if end == End::Start { span.start } else { span.end });
                        (time::shift(day, days), minute)
                    }
                    (_, minute) => (to.0, minute.map_or(0, |m| clock::snap(m + clock::STEP / 2))),
                };
                clock::resized(&clock, at, end, day, minute)
            }
            _ => {
                let to = clock::moved(&clock, at, days, minutes);
                // Begun between two quarters, it goes on to one when it moves at all.
                match to {
                    When::At(span) if minutes != 0 => {
                        let (day, minute) = clock.wall(span.start);
                        let start = clock.instant(day, clock::snap(minute + clock::STEP / 2));
                        When::At(domain::calendar::Span::new(start, start + span.len()))
                    }
                    other => other,
                }
            }
        })
    }

    /// Every frame while something is carried: edges scroll, the place below is found.
    fn frame() {
        let Some((desk, what, root, from, at, line)) =
            DRAG.with_borrow(|d| d.as_ref().filter(|d| d.lifted).map(|d| (d.desk, d.what.clone(), d.root.clone(), d.from, d.at, d.line)))
        else {
            return;
        };
        if desk.carry.try_with_untracked(Option::is_some).is_none() {
            // The calendar was left.
            return end();
        }
        let moves_whole = matches!(what, What::Item(_, Grip::Move));
        let r = root.get_bounding_client_rect();
        let beyond = across(&root, at).and_then(|place| changed(desk, &what, place));
        if beyond.is_some() {
            // Nothing scrolls beneath it.
        } else if root.class_list().contains("hours") {
            let speed = push(at.1, r.top(), r.bottom());
            if speed != 0 {
                root.set_scroll_top(root.scroll_top() + speed);
            }
        } else if root.class_list().contains("teamday") {
            // The names stay where they are: hours begin behind them.
            let names = root.query_selector(".subject > .name").ok().flatten().map_or(0.0, |e| e.get_bounding_client_rect().width());
            let speed = push(at.0, r.left() + names, r.right());
            if speed != 0 {
                root.set_scroll_left(root.scroll_left() + speed);
            }
            // Only what may change lines asks for those that are out of sight.
            if moves_whole {
                let speed = push(at.1, r.top(), r.bottom());
                if speed != 0 {
                    root.set_scroll_top(root.scroll_top() + speed);
                }
            }
        }
        if let Some(to) = beyond.or_else(|| place(&root, at).and_then(|to| target(desk, &what, from, to))) {
            match what {
                What::Drawn(..) => {
                    if desk.drawn.with_untracked(|d| d.as_ref().is_some_and(|d| d.when != to)) {
                        desk.wanted.set(Some(to));
                    }
                }
                _ => keys::aim(desk, to, if moves_whole { line_at(&root, at.1).filter(|_| line.is_some()) } else { line }),
            }
        }
        request_animation_frame(frame);
    }

    /// How far to scroll with this frame: the faster, the nearer to an edge.
    #[allow(clippy::cast_possible_truncation)] // at most ten
    fn push(at: f64, low: f64, high: f64) -> i32 {
        let speed = if at < low + EDGE {
            (at - low - EDGE).max(-EDGE)
        } else if at > high - EDGE {
            (at - high + EDGE).min(EDGE)
        } else {
            0.0
        };
        (speed / 4.0) as i32
    }

    fn release() {
        // Lines scroll sideways themselves: no swipe there.
        let Some((desk, was, what, finger, start, at, sideways)) =
            DRAG.with_borrow(|d| d.as_ref().map(|d| (d.desk, d.lifted, d.what.clone(), d.finger, d.start, d.at, d.line.is_some())))
        else {
            return;
        };
        end();
        if desk.carry.try_with_untracked(Option::is_some).is_none() {
            return;
        }
        if was {
            swallow_click();
            if !matches!(what, What::Drawn(..)) {
                keys::drop_here(desk);
            }
            return;
        }
        let (dx, dy) = (at.0 - start.0, at.1 - start.1);
        if finger && !sideways && dx.abs() > SWIPE && dx.abs() > 1.5 * dy.abs() {
            swallow_click();
            desk.step(dx < 0.0);
        }
    }

    fn cancel() {
        let Some((desk, was)) = DRAG.with_borrow(|d| d.as_ref().map(|d| (d.desk, d.lifted))) else { return };
        end();
        if was {
            swallow_click();
            if desk.carry.try_with_untracked(Option::is_some) == Some(true) {
                keys::give_back(desk);
            }
        }
    }

    fn end() {
        let Some(drag) = DRAG.take() else { return };
        if let Some(timer) = drag.timer {
            timer.clear();
        }
        for handle in drag.handles {
            handle.remove();
        }
        if let Some(touch) = drag.touch {
            let _ = drag.root.remove_event_listener_with_callback("touchmove", touch.as_ref().unchecked_ref());
            // It may be running now: let it end first.
            set_timeout(move || drop(touch), Duration::ZERO);
        }
        let _ = document().body().map(|b| b.class_list().remove_1("carrying"));
        let _ = drag.pointer;
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

    pub fn click(desk: Desk, event: MouseEvent) {
        let Some(target) = element(event.target()) else { return };
        if closest(&target, "button, a").is_some() || closest(&target, "[data-drawn]").is_some() {
            return;
        }
        if let Some(item) = item_at(desk, &target) {
            desk.focus.set(Some(key(&item)));
            let open = desk.panel.with_untracked(|p| matches!(p, Some(Panel::Item(k)) if *k == key(&item)));
            desk.panel.set((!open).then(|| Panel::Item(key(&item))));
            return;
        }
        // A finger that taps an empty place wants nothing: it rests to draw.
        let coarse = window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|m| m.matches());
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        if let Some(of) = closest(&target, "[data-new]").and_then(|e| domain::Id::parse(&e.get_attribute("data-new")?)) {
            return super::super::keys::new_for(desk, of);
        }
        if let Some(of) = subject_of(&target) {
            let root = closest(&target, ".teamday").and_then(|e| e.dyn_into::<HtmlElement>().ok());
            let Some((day, Some(minute))) = root.and_then(|root| place(&root, at)) else { return };
            let start = desk.clock.with_untracked(|c| c.instant(day, clock::snap(minute)));
            team::new_in_line(desk, of, When::At(domain::calendar::Span::new(start, start + 60 * clock::MINUTE)));
            return;
        }
        let Some(root) = closest(&target, ".hours, .allday, .month").filter(|_| !coarse) else { return };
        if closest(&target, ".dcol, .spot, .cell").is_none() {
            return;
        }
        if desk.panel.with_untracked(|p| matches!(p, Some(Panel::Item(_)))) {
            return desk.panel.set(None);
        }
        let Some((day, minute)) = place(&root, at) else { return };
        let when = match minute {
            Some(minute) => desk.clock.with_untracked(|c| {
                let start = c.instant(day, minute / 30 * 30);
                When::At(domain::calendar::Span::new(start, start + 60 * clock::MINUTE))
            }),
            None => When::Days(day, time::shift(day, 1)),
        };
        if desk.panel.with_untracked(|p| matches!(p, Some(Panel::New(_) | Panel::Edit { .. }))) {
            // What is typed stays; only its time is another one.
            desk.wanted.set(Some(when));
        } else {
            desk.new_at(Some(when));
        }
    }
}

#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(not(feature = "hydrate"))]
mod none {
    use super::super::desk::Desk;
    use leptos::prelude::*;

    pub fn press(_desk: Desk, _event: leptos::ev::PointerEvent) {}
    pub fn click(_desk: Desk, _event: leptos::ev::MouseEvent) {}
}

#[cfg(not(feature = "hydrate"))]
pub use none::*;
