//! Records that were read lately: what everybody looks at is not read and unpacked each time. Only for a database in this
//! process, whose only writer we are. What always holds: a record is put here only if nothing was being written near it
//! from before it was read until after, so the shelf never holds anything older than the database.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use domain::{Id, Kind, Record};
use parking_lot::Mutex;
use serde_json::Value;

type Key = (Kind, Id);

/// Writers of one part do not keep readers of another from filling it.
const PARTS: usize = 64;
/// Bytes, roughly, that the records of a part may take.
const MOST: usize = (24 << 20) / PARTS;
/// Longer than any transaction lives.
const DOUBT: Duration = Duration::from_secs(600);

#[derive(Default)]
struct Part {
    entries: HashMap<Key, Entry>,
    weight: usize,
    tick: u64,
    /// Writes under way that touch this part.
    writing: usize,
    /// Grows at the beginning and at the end of each.
    epoch: u64,
    /// Until then a write may land of which nobody knows the outcome.
    doubtful: Option<Instant>,
}

struct Entry {
    record: Record,
    weight: usize,
    used: u64,
}

pub(crate) struct Shelf {
    parts: Vec<Mutex<Part>>,
    hasher: RandomState,
}

/// What a reader saw of a part before it asked the database.
pub(crate) struct Ticket {
    key: Key,
    /// None: what is read now may soon be old.
    epoch: Option<u64>,
}

impl Ticket {
    pub fn key(&self) -> Key {
        self.key
    }
}

/// A write under way. What it touches is off the shelf until [`Writing::ended`]. A write that was given up may still land:
/// then it stays off for a while longer.
pub(crate) struct Writing<'a> {
    shelf: &'a Shelf,
    parts: Vec<usize>,
    ended: bool,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl Shelf {
    fn place(&self, key: &Key) -> usize {
        usize::try_from(self.hasher.hash_one(key) % PARTS as u64).unwrap_or(0)
    }

    fn part(&self, key: &Key) -> Option<&Mutex<Part>> {
        self.parts.get(self.place(key))
    }

    /// The records that are here, and tickets for those that are not.
    pub fn look(&self, keys: &[Key]) -> (HashMap<Key, Record>, Vec<Ticket>) {
        let mut found = HashMap::with_capacity(keys.len());
        let mut missing: HashMap<Key, Ticket> = HashMap::new();
        for key in keys {
            let Some(mut part) = self.part(key).map(Mutex::lock) else { continue };
            part.tick += 1;
            let (tick, epoch) = (part.tick, (!part.is_doubtful()).then_some(part.epoch));
            match part.entries.get_mut(key) {
                Some(entry) => {
                    entry.used = tick;
                    found.entry(*key).or_insert_with(|| entry.record.clone());
                }
                None => _ = missing.entry(*key).or_insert(Ticket { key: *key, epoch }),
            }
        }
        (found, missing.into_values().collect())
    }

    /// Keeps what was read, unless somebody wrote meanwhile.
    pub fn keep(&self, tickets: &[Ticket], records: &HashMap<Key, Record>) {
        for ticket in tickets {
            let Some(record) = records.get(&ticket.key) else { continue };
            let Some(mut part) = self.part(&ticket.key).map(Mutex::lock) else { continue };
            if ticket.epoch == Some(part.epoch) && part.writing == 0 {
                part.put(ticket.key, record.clone());
            }
        }
    }

    /// Whatever was kept, and whatever was in doubt: the database was opened anew, and all that is read now is so.
    pub fn clear(&self) {
        for mut part in self.parts.iter().map(Mutex::lock) {
            part.entries.clear();
            part.weight = 0;
            part.epoch += 1;
            part.doubtful = None;
        }
    }

    pub fn write(&self, keys: impl Iterator<Item = Key>) -> Writing<'_> {
        let mut parts = Vec::new();
        for key in keys {
            let place = self.place(&key);
            let Some(mut part) = self.parts.get(place).map(Mutex::lock) else { continue };
            if let Some(old) = part.entries.remove(&key) {
                part.weight -= old.weight;
            }
            if !parts.contains(&place) {
                part.writing += 1;
                part.epoch += 1;
                parts.push(place);
            }
        }
        Writing { shelf: self, parts, ended: false }
    }
}

impl Writing<'_> {
    /// It is known whether it was written.
    pub fn ended(mut self) {
        self.ended = true;
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        for mut part in self.parts.iter().filter_map(|p| self.shelf.parts.get(*p)).map(Mutex::lock) {
            part.writing = part.writing.saturating_sub(1);
            part.epoch += 1;
            if !self.ended {
                part.doubtful = Some(Instant::now() + DOUBT);
            }
        }
    }
}

impl Part {
    fn is_doubtful(&mut self) -> bool {
        if self.doubtful.is_some_and(|until| until <= Instant::now()) {
            self.doubtful = None;
        }
        self.doubtful.is_some()
    }

    fn put(&mut self, key: Key, record: Record) {
        self.tick += 1;
        let weight = weight(&record);
        if let Some(old) = self.entries.insert(key, Entry { record, weight, used: self.tick }) {
            self.weight -= old.weight;
        }
        self.weight += weight;
        if self.weight <= MOST {
            return;
        }
        // A quarter at once, so that this does not happen with every record.
        let mut by_age: Vec<(u64, Key)> = self.entries.iter().map(|(k, e)| (e.used, *k)).collect();
        by_age.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in by_age {
            if self.weight <= MOST / 4 * 3 {
                break;
            }
            if let Some(old) = self.entries.remove(&key) {
                self.weight -= old.weight;
            }
        }
    }
}

/// Bytes in memory, roughly.
fn weight(record: &Record) -> usize {
    fn of(value: &Value) -> usize {
        32 + match value {
            Value::String(s) => s.len(),
            Value::Array(list) => list.iter().map(of).sum(),
            Value::Object(map) => map.iter().map(|(k, v)| 48 + k.len() + of(v)).sum(),
            _ => 0,
        }
    }
    400 + record.fields.iter().map(|(k, v)| 48 + k.len() + of(v)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(n: u128, version: i64) -> Record {
        let fields = domain::Fields::from_iter([("name".to_owned(), Value::String("x".repeat(400)))]);
        Record {
            id: Id(uuid::Uuid::from_u128(n)),
            kind: Kind::Deal,
            version,
            created_at: String::new(),
            updated_at: String::new(),
            deleted_at: None,
            fields,
        }
    }

    fn key(n: u128) -> Key {
        (Kind::Deal, Id(uuid::Uuid::from_u128(n)))
    }

    fn version(shelf: &Shelf, n: u128) -> Option<i64> {
        shelf.look(&[key(n)]).0.get(&key(n)).map(|r| r.version)
    }

    fn read(n: u128, version: i64) -> HashMap<Key, Record> {
        HashMap::from([(key(n), record(n, version))])
    }

    #[test]
    fn nothing_old_is_kept_however_reading_and_writing_meet() {
        let shelf = Shelf::default();
        let (_, ticket) = shelf.look(&[key(1)]);
        shelf.keep(&ticket, &read(1, 1));
        assert_eq!(version(&shelf, 1), Some(1));

        // Read before a write began, kept after it ended.
        let (_, before) = shelf.look(&[key(2)]);
        let writing = shelf.write([key(1), key(2)].into_iter());
        assert_eq!(version(&shelf, 1), None);
        let (_, during) = shelf.look(&[key(1)]);
        shelf.keep(&during, &read(1, 1));
        assert_eq!(version(&shelf, 1), None, "a write is under way");
        writing.ended();
        shelf.keep(&before, &read(2, 1));
        shelf.keep(&during, &read(1, 1));
        assert_eq!((version(&shelf, 1), version(&shelf, 2)), (None, None));

        let (_, after) = shelf.look(&[key(1)]);
        shelf.keep(&after, &read(1, 2));
        assert_eq!(version(&shelf, 1), Some(2));

        // Nobody knows what became of this one.
        drop(shelf.write(std::iter::once(key(1))));
        let (_, late) = shelf.look(&[key(1)]);
        shelf.keep(&late, &read(1, 2));
        assert_eq!(version(&shelf, 1), None);
    }

    #[test]
    fn a_database_that_was_opened_anew_is_read_anew() {
        let shelf = Shelf::default();
        let (_, ticket) = shelf.look(&[key(1)]);
        shelf.keep(&ticket, &read(1, 1));
        let (_, before) = shelf.look(&[key(2)]);
        drop(shelf.write(std::iter::once(key(3))));
        shelf.clear();
        shelf.keep(&before, &read(2, 1));
        assert_eq!((version(&shelf, 1), version(&shelf, 2)), (None, None));
        let (_, after) = shelf.look(&[key(3)]);
        shelf.keep(&after, &read(3, 1));
        assert_eq!(version(&shelf, 3), Some(1), "no longer in doubt");
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let shelf = Shelf::default();
        for n in 0..60_000 {
            let (_, ticket) = shelf.look(&[key(n)]);
            shelf.keep(&ticket, &read(n, 1));
        }
        let all: usize = shelf.parts.iter().map(|p| p.lock().weight).sum();
        assert!(all <= MOST * PARTS && all > MOST * PARTS / 2, "{all}");
        assert_eq!(version(&shelf, 59_999), Some(1), "the latest stay");
        assert_eq!(version(&shelf, 0), None);
    }
}
