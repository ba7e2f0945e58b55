//! Answers of segments that are asked for again: segments never change, so neither do these. Bounded; the longest
//! unused go first.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tantivy::index::SegmentId;

use crate::set::{Bits, Set};
use crate::totals::Sheet;

/// Segments smaller than this are asked anew every time.
pub const WORTH_KEEPING: u32 = if cfg!(test) { 20 } else { 2_048 };
const SET_BYTES: usize = if cfg!(test) { 4_000 } else { 12 << 20 };
const SHEETS: usize = if cfg!(test) { 8 } else { 512 };

#[derive(Default)]
pub struct Caches {
    sets: Mutex<Lru<Arc<Set>>>,
    sheets: Mutex<Lru<Kept>>,
}

/// Totals of a segment as they were when these records were alive.
#[derive(Clone)]
pub struct Kept {
    pub alive: Option<Arc<Bits>>,
    pub sheet: Arc<Sheet>,
}

struct Lru<V> {
    entries: HashMap<(SegmentId, String), (u64, usize, V)>,
    weight: usize,
    tick: u64,
}

impl<V> Default for Lru<V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), weight: 0, tick: 0 }
    }
}

impl<V: Clone> Lru<V> {
    fn get(&mut self, key: &(SegmentId, String)) -> Option<V> {
        self.tick += 1;
        let entry = self.entries.get_mut(key)?;
        entry.0 = self.tick;
        Some(entry.2.clone())
    }

    fn put(&mut self, key: (SegmentId, String), weight: usize, value: V, most: usize) {
        self.tick += 1;
        if let Some((_, old, _)) = self.entries.insert(key, (self.tick, weight, value)) {
            self.weight -= old;
        }
        self.weight += weight;
        if self.weight <= most {
            return;
        }
        // A quarter at once, so that this does not happen with every entry.
        let mut by_age: Vec<(u64, (SegmentId, String))> = self.entries.iter().map(|(k, v)| (v.0, k.clone())).collect();
        by_age.sort_unstable_by_key(|(age, _)| *age);
        for (_, key) in by_age {
            if self.weight <= most / 4 * 3 {
                break;
            }
            if let Some((_, weight, _)) = self.entries.remove(&key) {
                self.weight -= weight;
            }
        }
    }
}

impl Caches {
    pub fn set(&self, segment: SegmentId, question: &str) -> Option<Arc<Set>> {
        self.sets.lock().get(&(segment, question.to_owned()))
    }

    pub fn keep_set(&self, segment: SegmentId, question: &str, set: &Arc<Set>) {
        let weight = set.bytes() + question.len() + 128;
        self.sets.lock().put((segment, question.to_owned()), weight, Arc::clone(set), SET_BYTES);
    }

    pub fn sheet(&self, segment: SegmentId, question: &str) -> Option<Kept> {
        self.sheets.lock().get(&(segment, question.to_owned()))
    }

    pub fn keep_sheet(&self, segment: SegmentId, question: &str, kept: Kept) {
        self.sheets.lock().put((segment, question.to_owned()), 1, kept, SHEETS);
    }

    /// Forgets what belongs to segments that are gone.
    pub fn retain(&self, living: &[SegmentId]) {
        fn sweep<V>(lru: &mut Lru<V>, living: &[SegmentId]) {
            lru.entries.retain(|(segment, _), _| living.contains(segment));
            lru.weight = lru.entries.values().map(|e| e.1).sum();
        }
        sweep(&mut self.sets.lock(), living);
        sweep(&mut self.sheets.lock(), living);
    }
}
