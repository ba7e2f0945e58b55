//! One subject's items, found by when they are: short ones by their start alone, the few that are long or recur one by one.

use std::sync::Arc;

use domain::Id;
use domain::calendar::Span;

use crate::calendar::item::Item;

/// Longer items are kept apart, so that the others are found by their start alone. A day and the hour of a changed clock.
const SHORT: i64 = 25 * 3_600_000;
/// Plain days may begin as much as this before or after those of UTC.
const DAYS_APART: i64 = 15 * 3_600_000;

#[derive(Default)]
pub(super) struct Line {
    /// By their start.
    short: Vec<(i64, Arc<Item>)>,
    long: Vec<Arc<Item>>,
    series: Vec<Arc<Item>>,
}

impl Line {
    /// Everything that may reach into the stretch; nothing is missing, a little may be too much.
    pub fn touching(&self, span: Span) -> impl Iterator<Item = &Arc<Item>> {
        let wide = span.widened(DAYS_APART, DAYS_APART);
        let from = self.short.partition_point(|(start, _)| *start < wide.start - SHORT);
        let short = self.short.iter().skip(from).take_while(move |(start, _)| *start <= wide.end).map(|(_, item)| item);
        let touches = move |item: &&Arc<Item>| {
            let whole = item.whole();
            whole.start <= wide.end && wide.start <= whole.end
        };
        short.chain(self.long.iter().chain(&self.series).filter(touches))
    }

    pub fn put(&mut self, item: &Arc<Item>) {
        let whole = item.whole();
        if item.repeat.is_some() {
            self.series.push(item.clone());
        } else if whole.len() > SHORT {
            self.long.push(item.clone());
        } else {
            let at = self.short.partition_point(|(start, _)| *start <= whole.start);
            self.short.insert(at, (whole.start, item.clone()));
        }
    }

    pub fn take_out(&mut self, item: &Item) {
        let whole = item.whole();
        let is_it = |id: Id| id == item.id;
        if item.repeat.is_some() {
            self.series.retain(|i| !is_it(i.id));
        } else if whole.len() > SHORT {
            self.long.retain(|i| !is_it(i.id));
        } else {
            let from = self.short.partition_point(|(start, _)| *start < whole.start);
            let found = self.short.iter().skip(from).position(|(_, i)| is_it(i.id));
            if let Some(at) = found {
                self.short.remove(from + at);
            }
        }
    }
}
