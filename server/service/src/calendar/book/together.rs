//! Items that are written together, or would be there by then: found as those of the book are, so that each of a thousand is
//! compared with what lies near it and not with all the others.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::Id;
use domain::calendar::{Moment, Span};

use super::line::Line;
use super::shelf::is_same;
use crate::calendar::item::Item;

#[derive(Default)]
pub(crate) struct Together {
    lines: HashMap<Id, Line>,
    /// Series → the slots that items of the same write stand for.
    slots: HashMap<Id, Vec<Moment>>,
    /// What the book has of these is what they were before.
    written: HashSet<Id>,
    /// Nor what it has of these, which a rehearsal moved before.
    moved: Arc<HashSet<Id>>,
    /// All that will be there, by its name in other calendars.
    named: HashMap<Box<str>, Vec<Arc<Item>>>,
}

impl Together {
    /// Nothing yet; what the book has of these no longer counts.
    pub fn instead_of(written: impl IntoIterator<Item = Id>) -> Self {
        Self { written: written.into_iter().collect(), ..Self::default() }
    }

    pub fn and_of(self, moved: Arc<HashSet<Id>>) -> Self {
        Self { moved, ..self }
    }

    pub fn put(&mut self, item: &Arc<Item>) {
        for (_, subject) in item.subjects() {
            self.lines.entry(subject).or_default().put(item);
        }
    }

    pub fn take_out(&mut self, item: &Item) {
        for (_, subject) in item.subjects() {
            if let Some(line) = self.lines.get_mut(&subject) {
                line.take_out(item);
            }
        }
    }

    /// Its series is read without the slot that it stands for, wherever that lies.
    pub fn stands(&mut self, item: &Item) {
        if let Some(part) = &item.part {
            self.slots.entry(part.0).or_default().push(part.1);
        }
    }

    /// It will be there: what a calendar elsewhere has of it is no other item.
    pub fn names(&mut self, item: &Arc<Item>) {
        let name = item.named.clone().unwrap_or_else(|| format!("{}@rapport", item.id).into());
        self.named.entry(name).or_default().push(item.clone());
    }

    /// Is this item of a calendar elsewhere one of those that will be there?
    pub fn is_twin(&self, theirs: &Item) -> bool {
        let Some(uid) = theirs.named.as_deref().filter(|_| theirs.foreign && !self.named.is_empty()) else { return false };
        let part = theirs.slot_elsewhere.and_then(|slot| self.named.get(format!("{uid}/{slot}").as_str()));
        self.named.get(uid).into_iter().chain(part).flatten().any(|ours| is_same(theirs, ours))
    }

    pub fn near(&self, subject: Id, span: Span) -> impl Iterator<Item = &Arc<Item>> {
        self.lines.get(&subject).into_iter().flat_map(move |line| line.touching(span))
    }

    pub fn slots_of(&self, series: Id) -> &[Moment] {
        self.slots.get(&series).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where a series is read without its own times: for what is written here, and for what stood there before and stays.
    pub fn taken_out(&self, series: Id, before: BTreeMap<Id, Moment>) -> Vec<Moment> {
        let stays = before.into_iter().filter(|(part, _)| !self.replaces(*part)).map(|(_, slot)| slot);
        let all: BTreeSet<Moment> = stays.chain(self.slots_of(series).iter().copied()).collect();
        all.into_iter().collect()
    }

    pub fn replaces(&self, id: Id) -> bool {
        self.written.contains(&id) || self.moved.contains(&id)
    }
}
