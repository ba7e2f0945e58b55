//! Which cards of a column stand in the document, and in which row. Every card is equally tall, so a column of ten
//! thousand costs what its visible dozen costs. Pure: rows and pixels in, rows out.

/// Rows kept ready above and below what is seen.
pub const SPARE: usize = 6;
/// Rows shown before anybody measured the window: more than most screens hold, and the same on server and browser.
pub const FIRST: usize = 12;
/// Rows from the end of the loaded cards at which the next page is asked for.
pub const AHEAD: usize = 60;

/// Rows `[first, last)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: usize,
    pub last: usize,
}

impl Default for Span {
    fn default() -> Self {
        Self { first: 0, last: FIRST }
    }
}

impl Span {
    /// The rows to draw of `rows`, for a list scrolled by `scroll` and `height` tall. Begins at even rows, so that
    /// scrolling by one card seldom changes the document.
    pub fn of(scroll: f64, height: f64, pitch: f64, rows: usize) -> Self {
        if pitch < 1.0 {
            return Self { first: 0, last: rows.min(FIRST) };
        }
        let first = whole(scroll / pitch).saturating_sub(SPARE) & !1;
        let last = whole((scroll + height) / pitch) + 1 + SPARE;
        Self { first: first.min(rows), last: (last + last % 2).min(rows) }
    }

    pub fn contains(&self, row: usize) -> bool {
        (self.first..self.last).contains(&row)
    }
}

/// How many more cards to ask for; none: enough are loaded. A leap of the scrollbar takes bigger pages.
pub fn wanted(span: Span, loaded: usize, complete: bool) -> Option<u32> {
    if complete || span.last + AHEAD <= loaded {
        None
    } else if span.last > loaded + 200 {
        Some(500)
    } else {
        Some(100)
    }
}

/// Rows of a column: all of it where it is known, loaded or not.
pub fn rows(loaded: usize, complete: bool, count: i64) -> usize {
    let count = usize::try_from(count).unwrap_or(0);
    if complete { loaded } else { count.max(loaded + 1) }
}

/// The row of the card `index` while a row is kept free for what is carried. `taken`: the indices of the carried
/// cards, ascending; they have left the column.
pub fn row_beside(index: usize, taken: &[usize], gap: usize) -> usize {
    let before = taken.partition_point(|t| *t < index);
    let rest = index.saturating_sub(before);
    if rest >= gap { rest + 1 } else { rest }
}

/// By how many rows the first seen card was pushed down (or up): what the scroll position has to follow so that nothing
/// moves under the eye. `first` and its place before and after the change.
#[cfg(any(feature = "hydrate", test))]
pub fn pushed(first: Option<(usize, usize)>) -> i64 {
    match first {
        Some((before, after)) if before > 0 => i64::try_from(after).unwrap_or(0) - i64::try_from(before).unwrap_or(0),
        _ => 0,
    }
}

/// Pixels to whole rows, never negative.
pub fn whole(x: f64) -> usize {
    // A float cast saturates; a column never has more rows than fit.
    x.max(0.0).floor() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_window_follows_the_scroll() {
        let at = |scroll| Span::of(scroll, 700.0, 90.0, 10_000);
        assert_eq!(at(0.0), Span { first: 0, last: 14 });
        assert_eq!(at(45_000.0), Span { first: 494, last: 514 });
        assert_eq!(Span::of(0.0, 700.0, 90.0, 3), Span { first: 0, last: 3 });
        assert_eq!(Span::of(899_900.0, 700.0, 90.0, 10_000).last, 10_000);
        assert_eq!(Span::of(10.0, 10.0, 0.0, 100), Span { first: 0, last: FIRST }, "nothing measured yet");
    }

    #[test]
    fn pages_are_asked_for_before_they_are_seen() {
        let span = Span { first: 20, last: 40 };
        assert_eq!(wanted(span, 50, false), Some(100));
        assert_eq!(wanted(span, 150, false), None);
        assert_eq!(wanted(span, 40, true), None);
        assert_eq!(wanted(Span { first: 5000, last: 5020 }, 100, false), Some(500));
    }

    #[test]
    fn a_column_is_as_tall_as_all_of_its_deals() {
        assert_eq!(rows(50, false, 10_000), 10_000);
        assert_eq!(rows(50, true, 49), 50, "what is there counts");
        assert_eq!(rows(50, false, 0), 51, "there is more, whatever the totals say");
    }

    #[test]
    fn carried_cards_leave_a_gap_where_they_would_go() {
        let rows = |taken: &[usize], gap| (0..6).filter(|i| !taken.contains(i)).map(|i| row_beside(i, taken, gap)).collect::<Vec<_>>();
        assert_eq!(rows(&[], 2), [0, 1, 3, 4, 5, 6]);
        assert_eq!(rows(&[2], 2), [0, 1, 3, 4, 5], "its own place: nothing moves");
        assert_eq!(rows(&[0], 5), [0, 1, 2, 3, 4]);
        assert_eq!(rows(&[1, 3], 1), [0, 2, 3, 4]);
    }

    #[test]
    fn nothing_moves_under_the_eye() {
        assert_eq!(pushed(Some((10, 11))), 1);
        assert_eq!(pushed(Some((10, 8))), -2);
        assert_eq!(pushed(Some((0, 1))), 0, "at the top, the new card shows");
        assert_eq!(pushed(None), 0);
    }

    proptest! {
        #[test]
        fn every_seen_row_is_drawn(scroll in 0.0..900_000.0_f64, height in 100.0..2000.0_f64) {
            let span = Span::of(scroll, height, 90.0, 10_000);
            for y in [scroll, scroll + height - 1.0] {
                let row = whole(y / 90.0);
                prop_assert!(row >= 10_000 || span.contains(row), "{row} not in {span:?}");
            }
            prop_assert!(span.last - span.first < 45);
        }

        #[test]
        fn rows_beside_a_gap_are_all_different(taken in proptest::collection::btree_set(0_usize..20, 0..6), gap in 0_usize..15) {
            let taken: Vec<usize> = taken.into_iter().collect();
            let gap = gap.min(20 - taken.len());
            let rows: std::collections::BTreeSet<usize> =
                (0..20).filter(|i| !taken.contains(i)).map(|i| row_beside(i, &taken, gap)).collect();
            prop_assert_eq!(rows.len(), 20 - taken.len());
            prop_assert!(!rows.contains(&gap));
        }
    }
}
