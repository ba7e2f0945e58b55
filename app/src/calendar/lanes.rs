//! Who stands where: items that share minutes side by side, items that last days in rows above each other. Pure arithmetic
//! over numbers; what they are numbers of is the caller's business.

/// A place among those side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    pub at: usize,
    /// So many share the width here.
    pub of: usize,
    /// It takes so many of them: nothing stands to its right.
    pub wide: usize,
}

/// `items`: from minute to minute, `[from, to)`. Answers in their order. Items that meet directly or through others form a
/// group and share its width; each takes the leftmost free lane and spreads as far right as is free.
pub fn side_by_side(items: &[(i32, i32)]) -> Vec<Lane> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let span = |i: usize| items.get(i).copied().unwrap_or_default();
    order.sort_by_key(|i| (span(*i).0, -span(*i).1, *i));
    let mut out = vec![Lane { at: 0, of: 1, wide: 1 }; items.len()];
    let mut group: Vec<usize> = Vec::new();
    let mut until = i32::MIN;
    for i in order {
        if span(i).0 >= until && !group.is_empty() {
            settle(&group, items, &mut out);
            group.clear();
            until = i32::MIN;
        }
        until = until.max(span(i).1);
        group.push(i);
    }
    settle(&group, items, &mut out);
    out
}

fn settle(group: &[usize], items: &[(i32, i32)], out: &mut [Lane]) {
    let span = |i: usize| items.get(i).copied().unwrap_or_default();
    let mut ends: Vec<i32> = Vec::new();
    let mut at: Vec<(usize, usize)> = Vec::new();
    for i in group {
        let (from, to) = span(*i);
        let lane = ends.iter().position(|end| *end <= from).unwrap_or(ends.len());
        match ends.get_mut(lane) {
            Some(end) => *end = to,
            None => ends.push(to),
        }
        at.push((*i, lane));
    }
    for (i, lane) in &at {
        let (from, to) = span(*i);
        let meets = |j: usize| span(j).0 < to && from < span(j).1;
        let next = at.iter().filter(|(j, l)| *l > *lane && meets(*j)).map(|(_, l)| *l).min().unwrap_or(ends.len());
        if let Some(slot) = out.get_mut(*i) {
            *slot = Lane { at: *lane, of: ends.len(), wide: next - lane };
        }
    }
}

/// What does not fit side by side: so many more between these minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct More {
    pub from: i32,
    pub to: i32,
    pub count: usize,
}

/// At most `most` lanes: from one more on, the last says how many are behind it. Answers the lanes that show (`None`: hidden)
/// and what stands in their stead.
pub fn folded(items: &[(i32, i32)], lanes: &[Lane], most: usize) -> (Vec<Option<Lane>>, Vec<More>) {
    let mut more: Vec<More> = Vec::new();
    let kept = items
        .iter()
        .zip(lanes)
        .map(|((from, to), lane)| {
            if lane.of <= most {
                return Some(*lane);
            }
            if lane.at + 1 < most {
                return Some(Lane { at: lane.at, of: most, wide: lane.wide.min(most - 1 - lane.at) });
            }
            match more.iter_mut().find(|m| *from < m.to && m.from < *to) {
                Some(m) => *m = More { from: m.from.min(*from), to: m.to.max(*to), count: m.count + 1 },
                None => more.push(More { from: *from, to: *to, count: 1 }),
            }
            None
        })
        .collect();
    (kept, more)
}

/// Rows for what lasts days: `items` are columns, first and last of them. Answers each one's row, in their order; the first
/// and longest lie uppermost.
pub fn rows(items: &[(usize, usize)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let span = |i: usize| items.get(i).copied().unwrap_or_default();
    order.sort_by_key(|i| (span(*i).0, usize::MAX - span(*i).1, *i));
    let mut free: Vec<usize> = Vec::new();
    let mut out = vec![0; items.len()];
    for i in order {
        let (first, last) = span(i);
        let row = free.iter().position(|f| *f <= first).unwrap_or(free.len());
        match free.get_mut(row) {
            Some(f) => *f = last + 1,
            None => free.push(last + 1),
        }
        if let Some(slot) = out.get_mut(i) {
            *slot = row;
        }
    }
    out
}

/// Of a column of a month with room for `most` rows: which rows show, and how many items are behind "+N more". The line that
/// says so takes a row itself.
pub fn fits(rows_here: &[usize], most: usize) -> (usize, usize) {
    let highest = rows_here.iter().max().map_or(0, |r| r + 1);
    if highest <= most {
        return (most, 0);
    }
    let shown = most.saturating_sub(1);
    (shown, rows_here.iter().filter(|r| **r >= shown).count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lanes(items: &[(i32, i32)]) -> Vec<(usize, usize, usize)> {
        side_by_side(items).into_iter().map(|l| (l.at, l.of, l.wide)).collect()
    }

    #[test]
    fn items_that_share_minutes_stand_side_by_side() {
        assert_eq!(lanes(&[(540, 600), (600, 660)]), [(0, 1, 1), (0, 1, 1)], "back to back is no overlap");
        assert_eq!(lanes(&[(540, 600), (570, 630)]), [(0, 2, 1), (1, 2, 1)]);
        assert_eq!(lanes(&[(540, 720), (550, 600), (610, 660)]), [(0, 2, 1), (1, 2, 1), (1, 2, 1)]);
    }

    #[test]
    fn what_has_room_to_its_right_takes_it() {
        let group = [(540, 600), (540, 600), (540, 720), (610, 700)];
        assert_eq!(lanes(&group), [(1, 3, 1), (2, 3, 1), (0, 3, 1), (1, 3, 2)]);
    }

    #[test]
    fn from_four_on_the_last_lane_says_how_many_more() {
        let items = [(540, 600), (540, 600), (540, 600), (540, 600), (900, 960)];
        let (kept, more) = folded(&items, &side_by_side(&items), 3);
        assert_eq!(kept.iter().filter(|k| k.is_some()).count(), 3);
        assert_eq!(more, [More { from: 540, to: 600, count: 2 }]);
        let three = [(540, 600), (540, 600), (540, 600)];
        assert_eq!(folded(&three, &side_by_side(&three), 3).1, []);
    }

    #[test]
    fn days_lie_in_rows_and_the_longest_uppermost() {
        assert_eq!(rows(&[(2, 2), (0, 3), (3, 6), (5, 5)]), [1, 0, 1, 0]);
        assert_eq!(rows(&[]), Vec::<usize>::new());
    }

    #[test]
    fn a_full_day_says_how_many_more() {
        assert_eq!(fits(&[0, 1, 2], 3), (3, 0));
        assert_eq!(fits(&[0, 1, 2, 3, 4], 3), (2, 3));
        assert_eq!(fits(&[4], 3), (2, 1));
    }

    proptest! {
        #[test]
        fn nobody_covers_anybody(items in prop::collection::vec((0i32..1380, 15i32..300).prop_map(|(s, l)| (s, (s + l).min(1440))), 0..30)) {
            let placed = side_by_side(&items);
            for (i, a) in placed.iter().enumerate() {
                prop_assert!(a.wide >= 1 && a.at + a.wide <= a.of);
                for (j, b) in placed.iter().enumerate().skip(i + 1) {
                    let meet = items[i].0 < items[j].1 && items[j].0 < items[i].1;
                    let apart = a.at + a.wide <= b.at || b.at + b.wide <= a.at;
                    prop_assert!(!meet || (apart && a.of == b.of));
                }
            }
            let (kept, more) = folded(&items, &placed, 3);
            let hidden: usize = more.iter().map(|m| m.count).sum();
            prop_assert_eq!(kept.iter().filter(|k| k.is_none()).count(), hidden);
        }
    }
}
