//! Rows that point to rows of the same file.

use std::collections::HashSet;

/// Rows in an order in which each comes after the one it points to; and those that point in a circle.
pub fn levels(rows: usize, points_to: impl Fn(usize) -> Option<usize>) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut level: Vec<Option<usize>> = vec![None; rows];
    let mut looping: HashSet<usize> = HashSet::new();
    for start in 0..rows {
        let mut path = Vec::new();
        let mut on_path: HashSet<usize> = HashSet::new();
        let mut at = Some(start);
        while let Some(row) = at {
            if level.get(row).copied().flatten().is_some() || looping.contains(&row) {
                break;
            }
            if !on_path.insert(row) {
                // Everything from the first visit of this row on is the circle.
                let from = path.iter().position(|r| *r == row).unwrap_or(0);
                looping.extend(path.drain(from..));
                break;
            }
            path.push(row);
            at = points_to(row);
        }
        for row in path.into_iter().rev() {
            let below = points_to(row).and_then(|p| level.get(p).copied().flatten());
            if let Some(slot) = level.get_mut(row) {
                *slot = Some(below.map_or(0, |l| l + 1));
            }
        }
    }
    let mut out: Vec<Vec<usize>> = Vec::new();
    for (row, level) in level.into_iter().enumerate() {
        let Some(level) = level.filter(|_| !looping.contains(&row)) else { continue };
        if out.len() <= level {
            out.resize(level + 1, Vec::new());
        }
        if let Some(list) = out.get_mut(level) {
            list.push(row);
        }
    }
    let mut looping: Vec<usize> = looping.into_iter().collect();
    looping.sort_unstable();
    (out, looping)
}

#[cfg(test)]
mod tests {
    use super::levels;

    #[test]
    fn parents_come_first_and_circles_are_found() {
        // 0 → 2 → 1, 3 → 4 → 3, 5 → 5, 6 → 3
        let to = [Some(2), None, Some(1), Some(4), Some(3), Some(5), Some(3)];
        let (order, loops) = levels(7, |r| to[r]);
        assert_eq!(order, [vec![1, 6], vec![2], vec![0]]);
        assert_eq!(loops, [3, 4, 5]);
    }
}
