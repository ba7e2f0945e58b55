//! What hands do on the board: clicks and keys. Pointers that carry are in `drag`. All of it comes to the browser right
//! after the board itself: ask for it through `rooms::act`.

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use wasm_bindgen::JsCast;

use super::desk::{Desk, Moving};
use super::keys::{self, By, Step};
use super::{drag, motion};
use crate::prelude::*;

/// What was done.
pub enum Act {
    Press(Desk, PointerEvent),
    Click(Desk, MouseEvent),
    Key(Desk, KeyboardEvent),
    Menu(MouseEvent),
    /// The dialog that asks for what a move needs was closed without an answer.
    Dismiss(Desk),
    /// What is carried was taken away by somebody else.
    Gone(Desk),
}

impl Act {
    /// A press and its menu mean nothing once the finger has gone.
    pub fn can_wait(&self) -> bool {
        !matches!(self, Self::Press(..) | Self::Menu(_))
    }

    /// Is the board that it was done on still there?
    pub fn is_alive(&self) -> bool {
        match self {
            Self::Press(desk, _) | Self::Click(desk, _) => desk.seen.try_with_untracked(|_| ()).is_some(),
            Self::Key(desk, _) => desk.seen.try_with_untracked(|_| ()).is_some(),
            Self::Dismiss(desk) | Self::Gone(desk) => desk.seen.try_with_untracked(|_| ()).is_some(),
            Self::Menu(_) => true,
        }
    }
}

pub fn act(act: Act) {
    match act {
        Act::Press(desk, event) => drag::press(desk, event),
        Act::Click(desk, event) => click(desk, event),
        Act::Key(desk, event) => key(desk, event),
        Act::Menu(event) => menu(event),
        Act::Dismiss(desk) => desk.dismiss(),
        Act::Gone(desk) => gone(desk),
    }
}

fn element(target: Option<web_sys::EventTarget>) -> Option<web_sys::Element> {
    target?.dyn_into().ok()
}

/// The card an event happened on.
pub fn card_of(target: Option<web_sys::EventTarget>) -> Option<(Id, web_sys::HtmlElement)> {
    let card = element(target)?.closest("[data-card]").ok().flatten()?;
    Some((Id::parse(&card.get_attribute("data-card")?)?, card.dyn_into().ok()?))
}

/// Buttons and links within a card act for themselves.
fn on_control(target: Option<web_sys::EventTarget>) -> bool {
    element(target).is_some_and(|e| e.closest("a, button, input, select, textarea").ok().flatten().is_some())
}

fn click(desk: Desk, event: MouseEvent) {
    if event.default_prevented() {
        return;
    }
    let Some((id, _)) = card_of(event.target()) else { return };
    let picking = drag::by_touch() && !desk.picked.with_untracked(|p| p.is_empty());
    let modified = event.ctrl_key() || event.meta_key() || event.shift_key();
    if on_control(event.target()) && !picking {
        return;
    }
    if event.shift_key() {
        desk.pick_to(id);
    } else if modified || picking {
        event.prevent_default();
        desk.toggle(id);
    } else {
        desk.go.run((format!("/deals/{id}"), false));
    }
}

/// A finger that rests lifts the card: no menu of the browser's over it.
fn menu(event: MouseEvent) {
    if drag::by_touch() && card_of(event.target()).is_some() {
        event.prevent_default();
    }
}

fn key(desk: Desk, event: KeyboardEvent) {
    // Only the card itself: its buttons have keys of their own.
    let Some((id, card)) = card_of(event.target()) else { return };
    if event.is_composing() || event.alt_key() || event.target().is_none_or(|t| t != *card.unchecked_ref::<web_sys::EventTarget>()) {
        return;
    }
    let command = event.ctrl_key() || event.meta_key();
    let name = event.key();
    let carries = desk.carry.with_untracked(|c| c.as_ref().is_some_and(|c| c.by == By::Keys));
    let known = if carries {
        carrying(desk, &name)
    } else {
        // Letters by their place on the keyboard, so that they work with a Cyrillic layout too.
        let code = event.code();
        let name = if code.starts_with("Key") { code } else { name };
        match (name.as_str(), command) {
            ("KeyA", true) => {
                let ids = desk.seen.with_untracked(|s| {
                    let lane = s.find(id).and_then(|(l, _)| s.0.get(l));
                    lane.map(|l| l.cards.iter().map(|c| c.id).collect::<Vec<_>>()).unwrap_or_default()
                });
                desk.pick_all(ids);
                true
            }
            (_, true) => false,
            (" ", _) => {
                lift(desk, id);
                true
            }
            ("Enter", _) => {
                desk.go.run((format!("/deals/{id}"), false));
                true
            }
            ("KeyX", _) => {
                desk.toggle(id);
                true
            }
            ("KeyM" | "ContextMenu", _) => {
                desk.moving.set(Some(Moving { ids: desk.hand(id) }));
                true
            }
            ("F10", _) if event.shift_key() => {
                desk.moving.set(Some(Moving { ids: desk.hand(id) }));
                true
            }
            ("Delete", _) => {
                desk.remove(desk.hand(id));
                true
            }
            ("Escape", _) if !desk.picked.with_untracked(|p| p.is_empty()) => {
                desk.unpick();
                true
            }
            (other, _) => match Step::of(other) {
                Some(step) => {
                    walk(desk, id, step, event.shift_key());
                    true
                }
                None => false,
            },
        }
    };
    if known {
        event.prevent_default();
        event.stop_propagation();
    }
}

fn walk(desk: Desk, from: Id, step: Step, picks: bool) {
    let Some(at) = desk.seen.with_untracked(|s| s.find(from)) else { return };
    let page = desk.seen.with_untracked(|s| s.0.get(at.0).map(|l| l.stage.id.clone())).map_or(5, |s| motion::rows_in(&s));
    let to = keys::walk(at, step, &desk.shapes(), page);
    if to == at {
        return;
    }
    let goal = desk.seen.with_untracked(|s| s.at(to.0, to.1).map(|c| (c.id, c.stage.clone())));
    let Some((id, stage)) = goal else { return };
    if picks && to.0 == at.0 {
        if !desk.picked.with_untracked(|p| p.contains(&from)) {
            desk.toggle(from);
        }
        desk.pick_to(id);
    }
    motion::focus_in(desk, &stage, to.1, id);
}

fn lift(desk: Desk, id: Id) {
    if !desk.lift(id, By::Keys) {
        return;
    }
    let Some(carry) = desk.carry.get_untracked() else { return };
    let what = what(desk, &carry.ids);
    desk.say(t!("board.say.lifted", what = what, place = place(desk, carry.from)));
}

/// While a card is carried by keyboard. False: not a key for that.
fn carrying(desk: Desk, name: &str) -> bool {
    let Some(carry) = desk.carry.get_untracked() else { return false };
    match name {
        " " | "Enter" => {
            let at = carry.to.unwrap_or(carry.from);
            let words = t!("board.say.dropped", what = what(desk, &carry.ids), place = place(desk, at));
            let ids = carry.ids.clone();
            let back = t!("board.say.back", name = what(desk, &ids));
            match desk.drop_here() {
                Some((ids, stage, spot)) => {
                    desk.say(words);
                    desk.move_cards(ids, &stage, spot);
                    let row = desk.seen.with_untracked(|s| s.find(carry.held));
                    match row {
                        Some((_, row)) => motion::focus_in(desk, &stage, row, carry.held),
                        // It left the board: its neighbour takes the focus.
                        None => focus_near(desk, carry.from),
                    }
                }
                None => {
                    desk.say(back);
                    motion::focus_card(carry.held);
                }
            }
        }
        "Escape" => {
            let back = t!("board.say.back", name = what(desk, &carry.ids));
            desk.put_back();
            desk.say(back);
            let at = desk.seen.with_untracked(|s| s.find(carry.held).and_then(|(l, i)| Some((s.0.get(l)?.stage.id.clone(), i))));
            if let Some((stage, row)) = at {
                motion::focus_in(desk, &stage, row, carry.held);
            }
        }
        // The card is in the hand: nowhere to go from here but by dropping it.
        "Tab" => {}
        other => {
            let Some(step) = Step::of(other) else { return false };
            let at = carry.to.unwrap_or(carry.from);
            let page = desk.seen.with_untracked(|s| s.0.get(at.0).map(|l| l.stage.id.clone())).map_or(5, |s| motion::rows_in(&s));
            let to = keys::carry(at, step, &desk.shapes(), page);
            if to != at {
                desk.aim(Some(to));
                desk.say(place(desk, to));
                let stage = desk.seen.with_untracked(|s| s.0.get(to.0).map(|l| l.stage.id.clone()));
                if let Some(stage) = stage {
                    motion::show_row(&stage, to.1);
                }
            }
        }
    }
    true
}

/// Whoever carried it by keyboard goes on with what stood beside it.
fn gone(desk: Desk) {
    let Some(carry) = desk.carry.get_untracked() else { return };
    desk.put_back();
    let text = tk("board.say.gone");
    match carry.by {
        By::Keys => {
            desk.say(text);
            focus_near(desk, carry.from);
        }
        By::Pointer => desk.toasts.warn(text),
    }
}

/// The card next to a place that has become free.
pub fn focus_near(desk: Desk, (lane, index): (usize, usize)) {
    let near = desk.seen.with_untracked(|s| {
        let lane = s.0.get(lane)?;
        let at = index.min(lane.cards.len().checked_sub(1)?);
        Some((lane.cards.get(at)?.id, lane.stage.id.clone(), at))
    });
    if let Some((id, stage, row)) = near {
        motion::focus_in(desk, &stage, row, id);
    }
}

/// The carried deals in words: the name of one, the number of several.
fn what(desk: Desk, ids: &[Id]) -> String {
    match ids {
        [only] => desk.card(*only).map(|c| c.name.clone()).unwrap_or_default(),
        all => tn("board.count", i64::try_from(all.len()).unwrap_or(0)),
    }
}

/// "Position 3 of 16 in Proposal", or just "Won".
fn place(desk: Desk, at: (usize, usize)) -> String {
    let carried = desk.carry.with_untracked(|c| c.as_ref().map(|c| c.ids.clone()).unwrap_or_default());
    let shape = desk.shapes().get(at.0).copied();
    desk.seen.with_untracked(|s| {
        let Some(lane) = s.0.get(at.0) else { return String::new() };
        if !shape.is_some_and(|s| s.ordered) {
            return lane.stage.name.clone();
        }
        let here = lane.cards.iter().filter(|c| carried.contains(&c.id)).count();
        let of = lane.totals.count - i64::try_from(here).unwrap_or(0) + i64::try_from(carried.len()).unwrap_or(0);
        let n = i64::try_from(at.1 + 1).unwrap_or(0);
        t!("board.say.place", n = fmt().number(n), of = fmt().number(of), stage = lane.stage.name)
    })
}
