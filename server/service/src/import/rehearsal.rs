//! What a dry run would have put into the calendar by then: the next rows of the file are held against it too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::calendar::Span;
use domain::{Id, Record};

use crate::calendar::{Ahead, Item};

/// Of the same file, so many items at the same time are looked at.
const BESIDE: usize = 100;

#[derive(Default)]
pub struct Rehearsal {
    calendars: HashMap<Id, Calendar>,
    /// Items that are here already, as they would be by then; where they are now no longer counts.
    changed: HashMap<Id, Arc<Item>>,
    moved: Arc<HashSet<Id>>,
}

/// One person's, customer's or resource's.
#[derive(Default)]
struct Calendar {
    /// By start; with a number, since several begin together.
    single: BTreeMap<(i64, usize), (Span, Arc<Item>)>,
    longest: i64,
    series: Vec<(Span, Arc<Item>)>,
}

impl Rehearsal {
    /// `was_here`: it is changed, not made.
    pub fn add(&mut self, record: &Record, was_here: bool) {
        let item = Arc::new(Item::of(record));
        if was_here {
            self.changed.insert(item.id, item.clone());
            Arc::make_mut(&mut self.moved).insert(item.id);
        }
        if !item.takes_time() {
            return;
        }
        let span = item.whole();
        for (_, whose) in item.subjects() {
            let calendar = self.calendars.entry(whose).or_default();
            if item.repeat.is_some() {
                calendar.series.push((span, item.clone()));
            } else {
                calendar.longest = calendar.longest.max(span.len());
                let number = calendar.single.len();
                calendar.single.insert((span.start, number), (span, item.clone()));
            }
        }
    }

    /// What lies in the same calendars at the same time.
    pub fn beside(&self, new: &[&Record]) -> Ahead {
        let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
        for item in new.iter().map(|r| Item::of(r)) {
            let span = item.whole();
            for calendar in item.subjects().filter_map(|(_, id)| self.calendars.get(&id)) {
                let from = span.start.saturating_sub(calendar.longest);
                let single = calendar.single.range((from, 0)..(span.end, 0)).map(|(_, found)| found);
                let there = single.chain(&calendar.series).filter(|(other, item)| other.overlaps(span) && self.stays(item));
                out.extend(there.filter(|(_, other)| seen.insert(other.id)).map(|(_, other)| other.clone()).take(BESIDE));
            }
        }
        out.truncate(BESIDE);
        Ahead { items: out, moved: self.moved.clone() }
    }

    /// What a later row of the file moved once more is where that row says.
    fn stays(&self, item: &Arc<Item>) -> bool {
        self.changed.get(&item.id).is_none_or(|last| Arc::ptr_eq(last, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Kind;
    use serde_json::json;

    fn item(n: u128, who: u128, start: &str, end: &str) -> Record {
        let id = |n| Id(uuid::Uuid::from_u128(n));
        let fields = json!({"start": start, "end": end, "zone": "UTC", "organiser": id(who)}).as_object().cloned().unwrap();
        let at = "2026-11-22T03:24:10.000Z".to_owned();
        Record { id: id(n), kind: Kind::Event, version: 1, created_at: at.clone(), updated_at: at, deleted_at: None, fields }
    }

    #[test]
    fn only_what_lies_in_the_same_calendar_at_the_same_time_stands_beside() {
        let mut day = Rehearsal::default();
        day.add(&item(1, 7, "2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00.000Z"), false);
        day.add(&item(2, 7, "2026-11-24T09:00:00.000Z", "2026-11-24T10:00:00.000Z"), false);
        day.add(&item(3, 8, "2026-11-24T09:00:00.000Z", "2026-11-24T10:00:00.000Z"), false);
        let beside = |who, start, end| {
            let found = day.beside(&[&item(9, who, start, end)]);
            found.items.iter().map(|i| i.id.0.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(beside(7, "2026-11-24T09:30:00.000Z", "2026-11-24T11:00:00.000Z"), [1, 2]);
        assert_eq!(beside(7, "2026-11-24T10:00:00.000Z", "2026-11-24T11:00:00.000Z"), [1], "back to back");
        assert_eq!(beside(8, "2026-11-24T11:00:00.000Z", "2026-11-24T12:00:00.000Z"), [0_u128; 0]);
    }
}
