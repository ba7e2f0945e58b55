//! Stretches of time, half-open: the end is the first millisecond that no longer belongs. So two meetings back to back do
//! not overlap, and something without length overlaps nothing.

use serde::{Deserialize, Serialize};

use crate::time;

/// `[start, end)` in milliseconds since 1970. In JSON two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    #[serde(with = "instant_text")]
    pub start: i64,
    #[serde(with = "instant_text")]
    pub end: i64,
}

impl Span {
    /// An end before the start is moved to the start.
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    pub const fn len(self) -> i64 {
        self.end - self.start
    }

    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    pub const fn overlaps(self, other: Self) -> bool {
        !self.is_empty() && !other.is_empty() && self.start < other.end && other.start < self.end
    }

    /// What both have; `None` when they only touch.
    pub fn shared(self, other: Self) -> Option<Self> {
        self.overlaps(other).then(|| Self { start: self.start.max(other.start), end: self.end.min(other.end) })
    }

    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Wider by so many milliseconds on either side.
    pub const fn widened(self, before: i64, after: i64) -> Self {
        Self { start: self.start.saturating_sub(before), end: self.end.saturating_add(after) }
    }
}

/// In order, without overlaps, without gaps of no length: the normal form that the functions below take and give.
pub fn merged(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut all: Vec<Span> = spans.into_iter().filter(|s| !s.is_empty()).collect();
    all.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(all.len());
    for s in all {
        match out.last_mut() {
            Some(last) if s.start <= last.end => last.end = last.end.max(s.end),
            _ => out.push(s),
        }
    }
    out
}

/// What both sets have.
pub fn common(a: &[Span], b: &[Span]) -> Vec<Span> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut out = Vec::new();
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        out.extend(x.shared(**y));
        if x.end <= y.end {
            a.next();
        } else {
            b.next();
        }
    }
    out
}

/// The first set without the second.
pub fn without(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut b = b.iter().peekable();
    for s in a {
        let mut from = s.start;
        while b.next_if(|cut| cut.end <= s.start).is_some() {}
        // A cut may reach into the next stretch: it is looked at again, not consumed.
        for cut in b.clone().take_while(|cut| cut.start < s.end) {
            if cut.start > from {
                out.push(Span { start: from, end: cut.start });
            }
            from = from.max(cut.end);
        }
        if from < s.end {
            out.push(Span { start: from, end: s.end });
        }
    }
    out
}

/// Things with a span, ordered so that those that overlap another span are found without looking at all of them.
#[derive(Clone, Debug)]
pub struct Track<T> {
    items: Vec<(Span, T)>,
    /// The latest end among the items up to this one: where it ends too early, so do all before.
    reach: Vec<i64>,
}

impl<T> Track<T> {
    pub fn new(items: impl IntoIterator<Item = (Span, T)>) -> Self {
        let mut items: Vec<(Span, T)> = items.into_iter().collect();
        items.sort_by_key(|(s, _)| *s);
        let mut latest = i64::MIN;
        let reach = items
            .iter()
            .map(|(s, _)| {
                latest = latest.max(s.end);
                latest
            })
            .collect();
        Self { items, reach }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(Span, T)> {
        self.items.iter()
    }

    /// Latest first.
    pub fn overlapping(&self, span: Span) -> impl Iterator<Item = &(Span, T)> {
        let n = self.items.partition_point(|(s, _)| s.start < span.end);
        let back = self.items.iter().zip(&self.reach).take(n).rev();
        back.take_while(move |(_, reach)| **reach > span.start).map(|(item, _)| item).filter(move |(s, _)| s.overlaps(span))
    }
}

mod instant_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::time;

    pub fn serialize<S: Serializer>(ms: &i64, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&time::instant(*ms))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<i64, D::Error> {
        let text = String::deserialize(d)?;
        time::parse_instant(&text).ok_or_else(|| D::Error::custom("not an instant"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(start: i64, end: i64) -> Span {
        Span { start, end }
    }

    #[test]
    fn back_to_back_is_no_overlap() {
        assert!(!s(0, 10).overlaps(s(10, 20)));
        assert!(s(0, 11).overlaps(s(10, 20)));
        assert!(!s(5, 5).overlaps(s(0, 10)), "what has no length is in nobody's way");
    }

    #[test]
    fn sets_join_meet_and_part() {
        assert_eq!(merged([s(5, 7), s(0, 2), s(2, 3), s(6, 9), s(4, 4)]), [s(0, 3), s(5, 9)]);
        assert_eq!(common(&[s(0, 10), s(20, 30)], &[s(5, 25)]), [s(5, 10), s(20, 25)]);
        assert_eq!(without(&[s(0, 10), s(20, 30)], &[s(2, 3), s(8, 22), s(29, 40)]), [s(0, 2), s(3, 8), s(22, 29)]);
    }

    #[test]
    fn a_long_item_is_found_behind_short_ones() {
        let track = Track::new([(s(0, 100), 'a'), (s(10, 11), 'b'), (s(20, 21), 'c'), (s(90, 120), 'd')]);
        let found: Vec<char> = track.overlapping(s(50, 60)).map(|(_, t)| *t).collect();
        assert_eq!(found, ['a']);
        let found: Vec<char> = track.overlapping(s(10, 95)).map(|(_, t)| *t).collect();
        assert_eq!(found, ['d', 'c', 'b', 'a']);
    }

    #[test]
    fn json_has_instants() {
        let text = serde_json::to_string(&s(0, 60_000)).unwrap();
        assert_eq!(text, r#"{"start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T00:01:00.000Z"}"#);
        assert_eq!(serde_json::from_str::<Span>(&text).unwrap(), s(0, 60_000));
    }
}
