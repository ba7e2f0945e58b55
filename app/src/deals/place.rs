//! Where a carried card would land, when a press becomes a carry, and how fast edges scroll. Pure: pixels in, places out.

use super::window::whole;

/// A pointer that moves this far carries at once (mouse, pen).
pub const SLOP: f64 = 4.0;
/// A finger that rests this long lifts.
pub const LONG_PRESS_MS: u32 = 350;
/// A finger that wanders this far before that scrolls.
pub const WANDER: f64 = 10.0;
/// This near to an edge the list scrolls.
const EDGE: f64 = 64.0;
const FASTEST: f64 = 22.0;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    fn holds(&self, x: f64, y: f64) -> bool {
        x >= self.left && x < self.right && y >= self.top && y < self.bottom
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Mouse or pen: what moves, carries.
    Direct,
    /// A finger: what rests, carries; what moves, scrolls.
    Finger,
}

/// What a press has turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Lift,
    /// It scrolls (or selects text): no carry any more.
    Forget,
}

/// After a move by `dx`, `dy` since the press.
pub fn after_move(hand: Hand, dx: f64, dy: f64) -> Verdict {
    let far = dx.hypot(dy);
    match hand {
        Hand::Direct if far > SLOP => Verdict::Lift,
        Hand::Finger if far > WANDER => Verdict::Forget,
        _ => Verdict::Wait,
    }
}

/// The column under (or else nearest to) the middle of what is carried; none when the pointer left the board.
pub fn column_at(x: f64, y: f64, board: Area, columns: &[Area]) -> Option<usize> {
    const BEYOND: f64 = 80.0;
    if x < board.left - BEYOND || x > board.right + BEYOND || y < board.top - BEYOND || y > board.bottom + BEYOND {
        return None;
    }
    // On a phone the zones for won and lost lie over the columns, and come after them.
    if let Some(under) = columns.iter().rposition(|a| a.holds(x, y)) {
        return Some(under);
    }
    let distance = |a: &Area| {
        if a.right <= a.left {
            // Not shown.
            return f64::INFINITY;
        }
        let beside = (a.left - x).max(x - a.right).max(0.0);
        let above = (a.top - y).max(y - a.bottom).max(0.0);
        beside.hypot(above)
    };
    let nearest = columns.iter().enumerate().min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
    nearest.map(|(i, _)| i)
}

/// The place among `count` remaining cards, for a carried card whose top stands at `top` of the list's content.
pub fn index_at(top: f64, pitch: f64, count: usize) -> usize {
    if pitch < 1.0 {
        return 0;
    }
    whole(top / pitch + 0.5).min(count)
}

/// Pixels to scroll in this frame: none in the middle, faster towards the edges, fastest beyond them.
pub fn edge_speed(at: f64, start: f64, end: f64) -> f64 {
    let zone = EDGE.min((end - start) / 4.0);
    if zone <= 0.0 {
        return 0.0;
    }
    let depth = |d: f64| (d / zone).clamp(0.0, 1.0);
    let (before, after) = (depth(start + zone - at), depth(at - (end - zone)));
    let speed = |d: f64| (d * d * FASTEST).ceil();
    speed(after) - speed(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mouse_carries_at_once_and_a_finger_scrolls() {
        assert_eq!(after_move(Hand::Direct, 2.0, 2.0), Verdict::Wait);
        assert_eq!(after_move(Hand::Direct, 3.0, 4.0), Verdict::Lift);
        assert_eq!(after_move(Hand::Finger, 3.0, 4.0), Verdict::Wait);
        assert_eq!(after_move(Hand::Finger, 0.0, 12.0), Verdict::Forget);
    }

    #[test]
    fn the_nearest_column_takes_it() {
        let board = Area { left: 200.0, top: 100.0, right: 1400.0, bottom: 900.0 };
        let column = |n: f64| Area { left: 200.0 + n * 280.0, right: 470.0 + n * 280.0, top: 100.0, bottom: 900.0 };
        let columns = [column(0.0), column(1.0), column(2.0)];
        assert_eq!(column_at(300.0, 500.0, board, &columns), Some(0));
        assert_eq!(column_at(473.0, 500.0, board, &columns), Some(0), "in the gap between two");
        assert_eq!(column_at(478.0, 500.0, board, &columns), Some(1));
        assert_eq!(column_at(1390.0, 500.0, board, &columns), Some(2));
        assert_eq!(column_at(1600.0, 500.0, board, &columns), None, "out of the board");
        assert_eq!(column_at(300.0, 500.0, board, &[]), None);
        let won = Area { left: 200.0, top: 800.0, right: 500.0, bottom: 864.0 };
        assert_eq!(column_at(300.0, 820.0, board, &[column(0.0), won]), Some(1), "what lies above takes it");
        assert_eq!(column_at(190.0, 330.0, board, &[column(0.0), won]), Some(0), "a zone far below takes nothing at the edge");
        assert_eq!(column_at(210.0, 500.0, board, &[Area::default(), column(0.0)]), Some(1), "what is not shown takes nothing");
    }

    #[test]
    fn it_lands_where_its_middle_is() {
        assert_eq!(index_at(-30.0, 90.0, 5), 0);
        assert_eq!(index_at(44.0, 90.0, 5), 0);
        assert_eq!(index_at(46.0, 90.0, 5), 1);
        assert_eq!(index_at(9000.0, 90.0, 5), 5);
        assert_eq!(index_at(100.0, 0.0, 5), 0);
    }

    #[test]
    fn edges_scroll() {
        assert_eq!(edge_speed(500.0, 100.0, 900.0), 0.0);
        assert_eq!(edge_speed(90.0, 100.0, 900.0), -FASTEST);
        assert_eq!(edge_speed(1000.0, 100.0, 900.0), FASTEST);
        assert!(edge_speed(870.0, 100.0, 900.0) > 0.0 && edge_speed(870.0, 100.0, 900.0) < FASTEST);
        assert_eq!(edge_speed(5.0, 5.0, 5.0), 0.0);
    }
}
