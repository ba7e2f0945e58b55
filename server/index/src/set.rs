//! Sets of records within a segment.

use std::sync::Arc;

use crate::segment::Doc;

/// One bit per record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

const fn place(doc: Doc) -> (usize, u64) {
    ((doc >> 6) as usize, 1 << (doc & 63))
}

impl Bits {
    pub fn none(size: u32) -> Self {
        Self(vec![0; size.div_ceil(64) as usize])
    }

    /// Those below `size`.
    pub fn full(size: u32) -> Self {
        let mut bits = Self(vec![u64::MAX; size.div_ceil(64) as usize]);
        if let Some(last) = bits.0.last_mut().filter(|_| !size.is_multiple_of(64)) {
            *last = (1 << (size % 64)) - 1;
        }
        bits
    }

    pub fn contains(&self, doc: Doc) -> bool {
        let (word, bit) = place(doc);
        self.0.get(word).is_some_and(|w| w & bit != 0)
    }

    pub fn insert(&mut self, doc: Doc) {
        let (word, bit) = place(doc);
        if let Some(w) = self.0.get_mut(word) {
            *w |= bit;
        }
    }

    pub fn remove(&mut self, doc: Doc) {
        let (word, bit) = place(doc);
        if let Some(w) = self.0.get_mut(word) {
            *w &= !bit;
        }
    }

    pub fn len(&self) -> u32 {
        self.0.iter().map(|w| w.count_ones()).sum()
    }

    pub fn len_within(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones()).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = Doc> + '_ {
        self.0.iter().enumerate().flat_map(|(i, w)| ones(i, *w))
    }

    /// Those that are here and not there.
    pub fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Doc> + 'a {
        self.0.iter().zip(&other.0).enumerate().filter(|(_, (a, b))| **a & !**b != 0).flat_map(|(i, (a, b))| ones(i, a & !b))
    }
}

fn ones(word: usize, mut bits: u64) -> impl Iterator<Item = Doc> {
    let base = u32::try_from(word).unwrap_or(u32::MAX >> 6) << 6;
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let at = bits.trailing_zeros();
            bits &= bits - 1;
            base + at
        })
    })
}

/// A set in whichever form is smaller.
#[derive(Debug, PartialEq, Eq)]
pub enum Set {
    /// Ascending.
    Few(Vec<Doc>),
    Many(Bits),
}

impl Set {
    /// `docs` ascending, each once.
    pub fn of(docs: Vec<Doc>, size: u32) -> Self {
        if docs.len() < (size / 32) as usize {
            return Self::Few(docs);
        }
        let mut bits = Bits::none(size);
        docs.iter().for_each(|d| bits.insert(*d));
        Self::Many(bits)
    }

    pub fn union(sets: &[Arc<Self>], size: u32) -> Self {
        if sets.iter().map(|s| s.len() as usize).sum::<usize>() < (size / 32) as usize {
            let mut docs = Vec::new();
            sets.iter().for_each(|s| s.each(|d| docs.push(d)));
            // Stable, because that is fast on what consists of a few ascending runs.
            docs.sort();
            docs.dedup();
            return Self::Few(docs);
        }
        let mut all = Bits::none(size);
        for set in sets {
            match set.as_ref() {
                Self::Few(docs) => docs.iter().for_each(|d| all.insert(*d)),
                Self::Many(bits) => all.0.iter_mut().zip(&bits.0).for_each(|(a, b)| *a |= b),
            }
        }
        Self::Many(all)
    }

    pub fn contains(&self, doc: Doc) -> bool {
        match self {
            Self::Few(docs) => docs.binary_search(&doc).is_ok(),
            Self::Many(bits) => bits.contains(doc),
        }
    }

    pub fn len(&self) -> u32 {
        match self {
            Self::Few(docs) => u32::try_from(docs.len()).unwrap_or(u32::MAX),
            Self::Many(bits) => bits.len(),
        }
    }

    pub fn len_alive(&self, alive: Option<&Bits>) -> u32 {
        match (self, alive) {
            (_, None) => self.len(),
            (Self::Few(docs), Some(alive)) => u32::try_from(docs.iter().filter(|d| alive.contains(**d)).count()).unwrap_or(u32::MAX),
            (Self::Many(bits), Some(alive)) => bits.len_within(alive),
        }
    }

    pub fn each(&self, mut f: impl FnMut(Doc)) {
        match self {
            Self::Few(docs) => docs.iter().for_each(|d| f(*d)),
            Self::Many(bits) => bits.iter().for_each(f),
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Self::Few(docs) => docs.len() * 4,
            Self::Many(bits) => bits.0.len() * 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_remember() {
        let mut bits = Bits::full(70);
        assert_eq!(bits.len(), 70);
        bits.remove(69);
        bits.remove(3);
        assert_eq!(Bits::full(70).without(&bits).collect::<Vec<_>>(), [3, 69]);
        assert_eq!(bits.iter().count(), 68);
        assert!(!bits.contains(3) && bits.contains(4) && !bits.contains(70));
        let set = Set::of(vec![1, 3, 68], 70);
        assert_eq!(set.len_alive(Some(&bits)), 2);
        assert!(set.contains(68));
        for size in [70, 7_000] {
            let sets = [vec![1, 5, 68], vec![], vec![2, 5]].map(|docs| Arc::new(Set::of(docs, size)));
            let mut all = Vec::new();
            Set::union(&sets, size).each(|d| all.push(d));
            assert_eq!(all, [1, 2, 5, 68]);
        }
    }
}
