//! The calendar by keyboard. In the grid arrows move a slot by a quarter of an hour or a day, Shift lengthens it, Enter makes
//! something there. On an item Enter opens; Space takes it into the hand: arrows carry it, Shift pulls its end, Space or Enter
//! lets it go, Escape gives it back; in the team's day up and down carry it to the next line. Single letters change the view
//! from anywhere on the page.

use std::sync::Arc;

use domain::calendar::view::Shown;
use domain::calendar::{Span, When};
use domain::time;
use leptos::ev::KeyboardEvent;

use super::clash::{self, key, key_text};
use super::clock::{self, End, MINUTE, STEP};
use super::desk::{By, Carry, Cursor, Desk, Grip, Panel, when_of};
use super::place::View;
use super::{hand, moves, swap, words};
use crate::dom::{about, is_within};
use crate::prelude::*;

/// How far an arrow goes: days, minutes.
fn arrow(key: &str) -> Option<(i64, i32)> {
    Some(match key {
        "ArrowUp" => (0, -STEP),
        "ArrowDown" => (0, STEP),
        "ArrowLeft" => (-1, 0),
        "ArrowRight" => (1, 0),
        "PageUp" => (-7, 0),
        "PageDown" => (7, 0),
        _ => return None,
    })
}

/// In a line hours go from left to right: the arrows along it are those that go down a day elsewhere.
fn along_line(key: &str) -> &str {
    match key {
        "ArrowLeft" => "ArrowUp",
        "ArrowRight" => "ArrowDown",
        "ArrowUp" | "PageUp" => "ArrowLeft",
        "ArrowDown" | "PageDown" => "ArrowRight",
        other => other,
    }
}

/// In a month the day below is a week later.
fn in_month(key: &str) -> &str {
    match key {
        "ArrowUp" => "PageUp",
        "ArrowDown" => "PageDown",
        other => other,
    }
}

/// The slot an arrow leads to, and how long it is then.
pub fn walked(cursor: Cursor, key: &str, shift: bool) -> Option<Cursor> {
    let (days, minutes) = arrow(key)?;
    if shift && days == 0 {
        return Some(Cursor { length: (cursor.length + minutes).clamp(STEP, 1440 - cursor.minute), ..cursor });
    }
    let minute = (cursor.minute + minutes).clamp(0, 1440 - cursor.length);
    Some(Cursor { day: time::shift(cursor.day, days), minute, ..cursor })
}

/// Where what is in the hand goes; days have no minutes.
pub fn carried(clock: &clock::Clock, at: When, key: &str, shift: bool) -> Option<When> {
    let (days, minutes) = arrow(key)?;
    if !shift {
        return Some(clock::moved(clock, at, days, if matches!(at, When::Days(..)) { 0 } else { minutes }));
    }
    Some(match at {
        When::At(span) => {
            let (day, minute) = clock.wall(span.end);
            clock::resized(clock, at, End::End, time::shift(day, days), minute + minutes)
        }
        When::Days(_, to) => clock::resized(clock, at, End::End, time::shift(to, days - 1), 0),
    })
}

fn item_of(event: &leptos::web_sys::Event) -> Option<String> {
    about(event, "data-item")
}

/// Whose line it is, in the team's day.
fn line_of(event: &leptos::web_sys::Event) -> Option<Id> {
    Id::parse(&about(event, "data-subject")?)
}

pub fn find(desk: Desk, text: &str) -> Option<Arc<Shown>> {
    desk.items.with_untracked(|all| all.iter().find(|i| key_text(&key(i)) == text).cloned())
}

/// A key within the hours.
pub fn on_grid(desk: Desk, event: KeyboardEvent) {
    if item_of(&event).is_some() || desk.carry.with_untracked(Option::is_some) {
        return on_item(desk, event);
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() || inner(&event) {
        return;
    }
    let cursor = desk.cursor.get_untracked().unwrap_or_else(|| begin(desk));
    if let Some(next) = walked(cursor, &event.key(), event.shift_key()) {
        event.prevent_default();
        desk.cursor.set(Some(next));
        if !desk.columns.with_untracked(|c| c.contains(&next.day)) {
            desk.go_quietly(&desk.place.with_untracked(|p| p.on(next.day)));
        }
        say_slot(desk, next);
        hand::show_slot();
        return;
    }
    match event.key().as_str() {
        "Enter" | " " => {
            event.prevent_default();
            desk.new_at(Some(slot(desk, cursor)));
        }
        "Escape" => desk.cursor.set(None),
        _ => {}
    }
}

/// On a button within the grid, not on the grid itself.
#[cfg(feature = "hydrate")]
fn inner(event: &KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()).is_some_and(|e| e.closest("button").ok().flatten().is_some())
}

#[cfg(not(feature = "hydrate"))]
fn inner(_event: &KeyboardEvent) -> bool {
    false
}

fn slot(desk: Desk, cursor: Cursor) -> When {
    desk.clock.with_untracked(|clock| {
        let start = clock.instant(cursor.day, cursor.minute);
        When::At(Span::new(start, start + i64::from(cursor.length) * MINUTE))
    })
}

/// Where the keyboard begins: the next half hour of today, else nine o'clock of the first day.
fn begin(desk: Desk) -> Cursor {
    let (today, minute) = desk.clock.with_untracked(|c| c.wall(desk.now.get_untracked()));
    let days = desk.columns.get_untracked();
    if days.contains(&today) {
        return Cursor { day: today, minute: (minute / 30 * 30 + 30).min(1440 - 60), length: 60 };
    }
    Cursor { day: days.first().copied().unwrap_or(today), minute: 9 * 60, length: 60 }
}

/// The grid itself got the keyboard (not an item in it, and not by a press).
pub fn entered(desk: Desk) {
    if desk.cursor.with_untracked(Option::is_none) && !hand::pressed() {
        let cursor = begin(desk);
        desk.cursor.set(Some(cursor));
        say_slot(desk, cursor);
    }
}

fn say_slot(desk: Desk, cursor: Cursor) {
    let time = desk.manner.clocks(cursor.minute, cursor.minute + cursor.length);
    let span = desk.clock.with_untracked(|c| c.span(slot(desk, cursor)));
    let taken: Vec<String> = desk.items.with_untracked(|all| {
        let mine = all.iter().filter(|i| clash::takes_time(i) && !i.start.is_day() && i.span.overlaps(span));
        mine.map(|i| words::title(i)).collect()
    });
    let mut text = format!("{}, {time}", words::day_long(cursor.day, desk.today.get_untracked()));
    if !taken.is_empty() {
        text.push_str(", ");
        text.push_str(&t!("cal.say.taken", what = taken.join(", ")));
    }
    desk.say(text);
}

pub fn focused(desk: Desk, event: leptos::ev::FocusEvent) {
    let item = item_of(&event).and_then(|text| find(desk, &text));
    if let Some(item) = item {
        desk.focus.set(Some(key(&item)));
        desk.cursor.set(None);
    }
}

/// A key on an item, or while one is in the hand.
pub fn on_item(desk: Desk, event: KeyboardEvent) {
    if let Some(carry) = desk.carry.get_untracked() {
        return in_hand(desk, carry, &event);
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let Some(item) = item_of(&event).and_then(|text| find(desk, &text)) else { return on_place(desk, &event) };
    match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            desk.panel.set(Some(Panel::Item(key(&item))));
        }
        " " => {
            event.prevent_default();
            lift(desk, item, By::Keys, Grip::Move, line_of(&event));
        }
        "Delete" | "Backspace" if item.can_edit => {
            event.prevent_default();
            desk.delete(&item);
        }
        "ArrowDown" | "ArrowRight" | "ArrowUp" | "ArrowLeft" => {
            event.prevent_default();
            hand::focus_beside(matches!(event.key().as_str(), "ArrowDown" | "ArrowRight"));
        }
        _ => {}
    }
}

/// On the name of a line, or on a day of a month: something new begins there, and in a month arrows walk the days.
fn on_place(desk: Desk, event: &KeyboardEvent) {
    let pressed = event.key();
    if let Some(of) = about(event, "data-new").and_then(|id| Id::parse(&id)) {
        if matches!(pressed.as_str(), "Enter" | " ") {
            event.prevent_default();
            new_for(desk, of);
        }
        return;
    }
    let Some(day) = about(event, "data-allday").and_then(|day| time::parse_date(&day)) else { return };
    if desk.place.with_untracked(|p| p.view) != View::Month {
        return;
    }
    if pressed == " " {
        // A button within the day is pressed as any other.
        if !is_within(event, ".no") {
            return;
        }
        event.prevent_default();
        return desk.new_at(Some(When::Days(day, time::shift(day, 1))));
    }
    let Some((days, _)) = arrow(in_month(&pressed)).filter(|(days, _)| *days != 0) else { return };
    event.prevent_default();
    let to = time::shift(day, days);
    if !desk.columns.with_untracked(|c| c.contains(&to)) {
        desk.go_quietly(&desk.place.with_untracked(|p| p.on(to)));
    }
    hand::focus_soon(format!(".month [data-allday='{}'] .no", time::date(to)), 60);
}

/// Something new in somebody's line.
pub fn new_for(desk: Desk, of: Id) {
    super::team::new_in_line(desk, of, slot(desk, begin(desk)));
}

fn in_hand(desk: Desk, carry: Carry, event: &KeyboardEvent) {
    let pressed = event.key();
    if desk.place.with_untracked(|p| p.view) == View::Team && matches!(pressed.as_str(), "ArrowUp" | "ArrowDown") {
        event.prevent_default();
        if let Some(onto) = swap::beside(desk, carry.onto, pressed == "ArrowDown").filter(|_| carry.grip == Grip::Move) {
            aim(desk, carry.to, Some(onto));
            say_place(desk);
        }
        return;
    }
    let along = match desk.place.with_untracked(|p| p.view) {
        View::Team => along_line(&pressed),
        View::Month => in_month(&pressed),
        _ => pressed.as_str(),
    };
    if event.shift_key() && carry.item.as_ref().is_some_and(|item| item.task) {
        // It is due at a moment, and has no end to pull.
        return event.prevent_default();
    }
    let pulls_hours = event.shift_key() && matches!(carry.to, When::At(_)) && arrow(along).is_some_and(|(days, _)| days != 0);
    if pulls_hours && desk.place.with_untracked(|p| p.view) == View::Month {
        // Days are what one sees there.
        return event.prevent_default();
    }
    let next = desk.clock.with_untracked(|clock| carried(clock, carry.to, along, event.shift_key()));
    if let Some(to) = next {
        event.prevent_default();
        aim(desk, to, carry.onto);
        let first = desk.clock.with_untracked(|c| c.wall(c.span(to).start).0);
        if !desk.columns.with_untracked(|c| c.contains(&first)) {
            desk.go_quietly(&desk.place.with_untracked(|p| p.on(first)));
        }
        return say_place(desk);
    }
    match event.key().as_str() {
        "Enter" | " " => {
            event.prevent_default();
            drop_here(desk);
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            give_back(desk);
        }
        "Tab" => give_back(desk),
        _ => {}
    }
}

/// Where what is in the hand would lie: whose line, when, and whether something is seen to stand against it.
fn say_place(desk: Desk) {
    let Some(carry) = desk.carry.get_untracked() else { return };
    if let Some(no) = carry.no {
        return desk.say(no);
    }
    let span = desk.clock.with_untracked(|c| c.span(carry.to));
    let mut parts = vec![words::when(desk, carry.to)];
    if let Some(line) = carry.onto.filter(|o| Some(*o) != carry.line).and_then(|of| swap::subject(desk, of)) {
        parts.insert(0, line.name);
    }
    if desk.warned.with_untracked(|w| !w.is_empty()) || desk.seen_against(carry.then.as_deref(), span) {
        parts.push(tk("cal.clashes"));
    }
    desk.say(parts.join(", "));
}

/// Takes an item into the hand, in the team's day out of somebody's line. False: it may not be moved.
pub fn lift(desk: Desk, item: Arc<Shown>, by: By, grip: Grip, line: Option<Id>) -> bool {
    if !item.can_edit {
        desk.say(t("cal.say.fixed"));
        desk.toasts.say(t("cal.say.fixed"));
        return false;
    }
    let at = when_of(&item);
    if by == By::Keys {
        desk.say(t!("cal.say.lifted", name = words::title(&item), time = words::when(desk, at)));
    }
    desk.panel.set(None);
    desk.warned.set(Vec::new());
    let then = Some(item.clone());
    desk.carry.set(Some(Carry { by, grip, item: Some(item), from: at, to: at, line, onto: line, then, no: None }));
    true
}

/// What is in the hand would lie here now, in this line: what is seen to clash is said at once, the rest when the server has
/// answered.
pub fn aim(desk: Desk, to: When, onto: Option<Id>) {
    let Some(mut carry) = desk.carry.get_untracked().filter(|c| c.to != to || c.onto != onto) else { return };
    if carry.onto != onto {
        let found = carry.item.as_ref().map(|item| swap::with_people_of(desk, item, carry.line, onto));
        (carry.then, carry.no) = match found {
            Some(Err(no)) => (carry.item.clone(), Some(no)),
            found => (found.and_then(Result::ok), None),
        };
    }
    (carry.to, carry.onto) = (to, onto);
    desk.carry.set(Some(carry.clone()));
    if carry.no.is_some() {
        desk.next_check();
        desk.warned.set(Vec::new());
        return;
    }
    let span = desk.clock.with_untracked(|c| c.span(to));
    let near = desk.items.with_untracked(|all| {
        let people = carry.then.as_deref().map_or_else(|| vec![desk.me], clash::whose);
        let of = carry.item.as_deref().map(key);
        let free = carry.item.as_deref().is_some_and(|i| !clash::takes_time(i) || i.start.is_day());
        if free {
            return Vec::new();
        }
        let seen = all.iter().map(AsRef::as_ref).filter(|i: &&Shown| !i.start.is_day());
        clash::against(seen, span, &people, of.as_ref()).into_iter().map(hand::as_conflict).collect::<Vec<_>>()
    });
    desk.warned.set(near);
    if to == carry.from && carry.then == carry.item {
        desk.next_check();
        desk.warned.set(Vec::new());
        return;
    }
    if carry.item.as_ref().is_some_and(|item| item.task) {
        // It takes nobody's time.
        desk.next_check();
        return desk.warned.set(Vec::new());
    }
    let draft = match carry.item.as_deref().zip(carry.then.as_deref()) {
        Some((item, then)) => moves::draft_of(item, &moves::at(desk, then, to), None),
        None => moves::new_draft(to),
    };
    desk.check(draft, move |answer| {
        if let Ok(found) = answer
            && desk.carry.with_untracked(|c| c.as_ref().is_some_and(|c| c.to == to && c.onto == onto))
        {
            super::planner::speak(desk, &found.conflicts);
            desk.warned.set(found.conflicts);
        }
    });
}

/// Lets go.
pub fn drop_here(desk: Desk) {
    let Some(carry) = desk.carry.get_untracked() else { return };
    desk.carry.set(None);
    desk.warned.set(Vec::new());
    desk.next_check();
    match carry.item.zip(carry.then) {
        Some((item, then)) => {
            desk.focus.set(Some(key(&item)));
            if let Some(no) = carry.no {
                desk.say(no.clone());
                desk.toasts.warn(no);
                return hand::refocus(desk, carry.line);
            }
            let then = Arc::new(moves::at(desk, &then, carry.to));
            if item == then {
                desk.say(t("cal.say.back"));
            }
            desk.move_to(&item, then);
            hand::refocus(desk, carry.onto);
        }
        None => match carry.line {
            Some(of) => super::team::new_in_line(desk, of, carry.to),
            None => desk.new_at(Some(carry.to)),
        },
    }
}

pub fn give_back(desk: Desk) {
    desk.carry.set(None);
    desk.warned.set(Vec::new());
    desk.next_check();
    desk.say(t("cal.say.back"));
}

/// Letters that change the view, while nothing is typed and nothing is open.
pub fn on_page(desk: Desk, event: &KeyboardEvent) {
    if event.key() == "Escape" && !event.default_prevented() && hand::nothing_focused() && desk.panel.with_untracked(Option::is_some) {
        event.prevent_default();
        return desk.panel.set(None);
    }
    if event.default_prevented() || event.is_composing() || typing(event) || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    if let Some(carry) = desk.carry.get_untracked() {
        // Carried to a day where it was not, the element that it was taken from is gone, and the keyboard with it.
        if carry.by == By::Keys && hand::nothing_focused() {
            in_hand(desk, carry, event);
        }
        return;
    }
    if event.shift_key() {
        return;
    }
    // By the place on the keyboard: they work with a Cyrillic layout too.
    match event.code().as_str() {
        "KeyT" => desk.see_today(),
        "KeyD" => desk.see(View::Day),
        "KeyW" => desk.see(View::Week),
        "KeyM" => desk.see(View::Month),
        "KeyA" => desk.see(View::Agenda),
        "KeyJ" => desk.step(true),
        "KeyK" => desk.step(false),
        "ArrowRight" if hand::nothing_focused() => desk.step(true),
        "ArrowLeft" if hand::nothing_focused() => desk.step(false),
        _ => return,
    }
    event.prevent_default();
}

#[cfg(not(feature = "hydrate"))]
fn typing(_event: &KeyboardEvent) -> bool {
    false
}

#[cfg(feature = "hydrate")]
use crate::dom::is_typing as typing;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::month::tests::{clock, day};

    #[test]
    fn arrows_walk_slots_and_shift_lengthens_them() {
        let at = Cursor { day: day("2026-03-18"), minute: 600, length: 60 };
        let go = |keys: &[(&str, bool)]| keys.iter().fold(at, |c, (k, s)| walked(c, k, *s).unwrap());
        assert_eq!(go(&[("ArrowDown", false), ("ArrowRight", false)]), Cursor { day: day("2026-03-19"), minute: 615, length: 60 });
        assert_eq!(go(&[("ArrowDown", true)]).length, 75);
        assert_eq!(go(&[("ArrowUp", true); 9]).length, 15, "never nothing");
        let late = Cursor { minute: 1380, ..at };
        assert_eq!(walked(late, "ArrowDown", false).unwrap().minute, 1380, "not over midnight");
        assert_eq!(walked(at, "x", false), None);
    }

    #[test]
    fn what_is_in_the_hand_moves_by_quarters_and_days() {
        let noon = time::parse_instant("2026-03-18T12:00:00Z").unwrap();
        let item = When::At(Span::new(noon, noon + 60 * MINUTE));
        let at = |when: Option<When>| match when {
            Some(When::At(s)) => ((s.start - noon) / MINUTE, s.len() / MINUTE),
            _ => panic!("no time"),
        };
        assert_eq!(at(carried(&clock(), item, "ArrowUp", false)), (-15, 60));
        assert_eq!(at(carried(&clock(), item, "ArrowRight", false)), (1440, 60));
        assert_eq!(at(carried(&clock(), item, "ArrowDown", true)), (0, 75));
        let days = When::Days(day("2026-03-18"), day("2026-03-19"));
        assert_eq!(carried(&clock(), days, "ArrowDown", false), Some(days), "days have no quarters");
        assert_eq!(carried(&clock(), days, "ArrowRight", true), Some(When::Days(day("2026-03-18"), day("2026-03-20"))));
        assert_eq!(carried(&clock(), days, "ArrowLeft", true), Some(days), "never nothing");
    }
}
