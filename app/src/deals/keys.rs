//! The board by keyboard: arrows walk from card to card; Space lifts, arrows then carry, Space or Enter drops, Escape
//! brings back. Pure: where one stands, a key, and the shape of the columns decide where one stands next.

use domain::Id;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    Left,
    Right,
    First,
    Last,
    PageUp,
    PageDown,
}

impl Step {
    /// From `KeyboardEvent.key`.
    pub fn of(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowUp" => Self::Up,
            "ArrowDown" => Self::Down,
            "ArrowLeft" => Self::Left,
            "ArrowRight" => Self::Right,
            "Home" => Self::First,
            "End" => Self::Last,
            "PageUp" => Self::PageUp,
            "PageDown" => Self::PageDown,
            _ => return None,
        })
    }
}

/// What a key needs to know of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its cards can be walked (open and not folded).
    pub walked: bool,
    /// Cards have places in it; won, lost and folded columns just take them in.
    pub ordered: bool,
    /// Loaded cards, without those that are carried.
    pub cards: usize,
    /// Nothing lies behind the last of them.
    pub complete: bool,
}

impl Shape {
    /// The last place a carried card can take.
    pub fn last_place(&self) -> usize {
        match (self.ordered, self.complete) {
            (false, _) => 0,
            (true, true) => self.cards,
            (true, false) => self.cards.saturating_sub(1),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Keys,
    Pointer,
}

/// Cards in the hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carry {
    pub by: By,
    /// The one that was taken hold of.
    pub held: Id,
    /// All of them, in the order of the board.
    pub ids: Vec<Id>,
    /// Column, and place there among those that are not carried.
    pub from: (usize, usize),
    /// None: beside the board, where dropping brings back.
    pub to: Option<(usize, usize)>,
}

impl Carry {
    pub fn is_back(&self) -> bool {
        self.to.is_none_or(|to| to == self.from)
    }
}

/// Where the carried card goes next. A page is as many rows as are seen.
pub fn carry(at: (usize, usize), step: Step, shapes: &[Shape], page: usize) -> (usize, usize) {
    let (lane, place) = at;
    let last = shapes.get(lane).map_or(0, Shape::last_place);
    let beside = |lane: usize| (lane, place.min(shapes.get(lane).map_or(0, Shape::last_place)));
    match step {
        Step::Left if lane > 0 => beside(lane - 1),
        Step::Right if lane + 1 < shapes.len() => beside(lane + 1),
        Step::Left | Step::Right => at,
        _ => (lane, along(place, step, last, page)),
    }
}

/// The card that gets the focus next; the same when there is none that way.
pub fn walk(at: (usize, usize), step: Step, shapes: &[Shape], page: usize) -> (usize, usize) {
    let (lane, index) = at;
    let has_cards = |l: &usize| shapes.get(*l).is_some_and(|s| s.walked && s.cards > 0);
    let clamped = |l: usize| (l, index.min(shapes.get(l).map_or(0, |s| s.cards.saturating_sub(1))));
    match step {
        Step::Left => (0..lane).rev().find(has_cards).map_or(at, clamped),
        Step::Right => (lane + 1..shapes.len()).find(has_cards).map_or(at, clamped),
        _ => {
            let last = shapes.get(lane).map_or(0, |s| s.cards.saturating_sub(1));
            (lane, along(index, step, last, page))
        }
    }
}

fn along(at: usize, step: Step, last: usize, page: usize) -> usize {
    match step {
        Step::Up => at.saturating_sub(1),
        Step::Down => at + 1,
        Step::PageUp => at.saturating_sub(page.max(1)),
        Step::PageDown => at + page.max(1),
        Step::First => 0,
        Step::Last => last,
        Step::Left | Step::Right => at,
    }
    .min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(cards: usize) -> Shape {
        Shape { walked: true, ordered: true, cards, complete: true }
    }

    fn closed() -> Shape {
        Shape { walked: false, ordered: false, cards: 0, complete: true }
    }

    #[test]
    fn arrows_carry_between_places_and_columns() {
        let board = [open(3), open(1), open(0), closed(), closed()];
        let go = |at, steps: &[Step]| steps.iter().fold(at, |at, s| carry(at, *s, &board, 5));
        assert_eq!(go((0, 1), &[Step::Down, Step::Down, Step::Down]), (0, 3), "behind the last card, no farther");
        assert_eq!(go((0, 3), &[Step::Right]), (1, 1), "as far down as there is room");
        assert_eq!(go((0, 0), &[Step::Right, Step::Right, Step::Right, Step::Right, Step::Right]), (4, 0));
        assert_eq!(go((0, 2), &[Step::Left, Step::Up, Step::First]), (0, 0));
        assert_eq!(go((3, 0), &[Step::Down, Step::Last]), (3, 0), "won has no places");
        assert_eq!(go((0, 0), &[Step::PageDown]), (0, 3));
    }

    #[test]
    fn nothing_is_put_behind_what_is_not_loaded() {
        let board = [Shape { complete: false, ..open(3) }];
        assert_eq!(carry((0, 2), Step::Down, &board, 5), (0, 2));
    }

    #[test]
    fn the_focus_skips_columns_without_cards() {
        let board = [open(3), open(0), Shape { walked: false, ..open(9) }, open(2), closed()];
        assert_eq!(walk((0, 2), Step::Right, &board, 5), (3, 1));
        assert_eq!(walk((3, 0), Step::Left, &board, 5), (0, 0));
        assert_eq!(walk((3, 1), Step::Right, &board, 5), (3, 1));
        assert_eq!(walk((0, 2), Step::Down, &board, 5), (0, 2));
        assert_eq!(walk((0, 0), Step::PageDown, &board, 2), (0, 2));
        assert_eq!(walk((0, 1), Step::Last, &board, 2), (0, 2));
    }
}
