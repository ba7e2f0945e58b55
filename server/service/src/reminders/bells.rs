//! When items ring: kept with the book, so that "what rings in this minute" is found without looking at all items.

use std::collections::BTreeSet;

use domain::Id;
use domain::calendar::When;

use crate::calendar::Item;

/// Plain days begin as much as this before or after those of UTC.
pub(super) const DAYS_APART: i64 = 15 * 3_600_000;

/// By the moment at which they ring; of plain days as UTC has them.
#[derive(Default)]
pub(crate) struct Bells {
    timed: BTreeSet<(i64, Id)>,
    days: BTreeSet<(i64, Id)>,
    series: BTreeSet<Id>,
}

/// So long before the start, in milliseconds.
pub(super) fn lead(minutes: u32) -> i64 {
    i64::from(minutes) * 60_000
}

impl Bells {
    pub fn put(&mut self, item: &Item) {
        self.each(item, |set, key| _ = set.insert(key));
        if item.repeat.is_some() && !item.reminders.is_empty() {
            self.series.insert(item.id);
        }
    }

    pub fn take_out(&mut self, item: &Item) {
        self.each(item, |set, key| _ = set.remove(&key));
        self.series.remove(&item.id);
    }

    fn each(&mut self, item: &Item, act: impl Fn(&mut BTreeSet<(i64, Id)>, (i64, Id))) {
        if item.repeat.is_some() {
            return;
        }
        let start = item.when.span(&chrono::Utc).start;
        let set = if matches!(item.when, When::Days(..)) { &mut self.days } else { &mut self.timed };
        for reminder in &item.reminders {
            act(set, (start - lead(reminder.minutes), item.id));
        }
    }

    /// Items that may ring after `from`, up to `to`; series that may ring at all.
    pub fn candidates(&self, from: i64, to: i64) -> BTreeSet<Id> {
        let nobody = Id(uuid::Uuid::nil());
        let timed = self.timed.range((from, nobody)..(to + 1, nobody));
        let days = self.days.range((from - DAYS_APART, nobody)..(to + DAYS_APART + 1, nobody));
        timed.chain(days).map(|(_, id)| *id).chain(self.series.iter().copied()).collect()
    }
}
