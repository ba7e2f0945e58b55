//! What one calendar elsewhere has, as the book keeps it: made away from the book and put there in one move, so that nobody waits
//! for a calendar of thousands; and which of it is here already, since one item is one item by whatever way it came.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::Id;
use domain::calendar::Moment;

use super::Pages;
use super::line::Line;
use crate::calendar::item::Item;

/// Items of one name, by the occurrence that each stands for.
type ByOccurrence = HashMap<Option<Moment>, Vec<Arc<Item>>>;

pub(crate) struct Shelf {
    /// Whose it is.
    pub(super) user: Id,
    /// Which copy of the calendar.
    pub(super) copy: String,
    pub(super) line: Line,
    pub(super) items: HashMap<Id, Arc<Item>>,
    /// Series → the items that stand for one of its occurrences, and which.
    pub(super) parts: HashMap<Id, BTreeMap<Id, Moment>>,
    /// By the name that they have there, and the occurrence that they stand for.
    named: HashMap<Box<str>, ByOccurrence>,
}

impl Shelf {
    pub fn new(user: Id, copy: &str, mut items: Vec<Item>) -> Self {
        // In order: then each is put behind those before it.
        items.sort_by_key(|i| i.whole().start);
        let mut shelf = Self {
            user,
            copy: copy.to_owned(),
            line: Line::default(),
            items: HashMap::with_capacity(items.len()),
            parts: HashMap::new(),
            named: HashMap::with_capacity(items.len()),
        };
        for item in items {
            let item = Arc::new(item);
            if shelf.items.insert(item.id, item.clone()).is_some() {
                continue;
            }
            if let Some(part) = &item.part {
                shelf.parts.entry(part.0).or_default().insert(item.id, part.1);
            }
            if let Some(name) = &item.named {
                shelf.named.entry(name.clone()).or_default().entry(item.slot_elsewhere).or_default().push(item.clone());
            }
            shelf.line.put(&item);
        }
        shelf
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn get(&self, id: Id) -> Option<&Arc<Item>> {
        self.items.get(&id)
    }

    pub fn items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.items.values()
    }
}

/// Is `ours` what `theirs`, an item of a calendar elsewhere, is as well? The same name, the same person, the same time: what was
/// moved there since it came here takes its new time as well.
pub(super) fn is_same(theirs: &Item, ours: &Item) -> bool {
    let Some(user) = theirs.organiser.filter(|_| theirs.foreign && !ours.foreign && !ours.gone) else { return false };
    let Some(uid) = theirs.named.as_deref() else { return false };
    let went_out = || uid.strip_suffix("@rapport").and_then(Id::parse) == Some(ours.id);
    let slot = theirs.slot_elsewhere;
    let named = match ours.named.as_deref() {
        Some(name) if name == uid => true,
        // An occurrence that came without its series has its slot in its name.
        Some(name) => slot.is_some_and(|s| name.strip_prefix(uid).and_then(|n| n.strip_prefix('/')) == Some(s.to_string().as_str())),
        None => false,
    };
    let one = match (&theirs.repeat, &ours.repeat, slot) {
        (Some(a), Some(b), _) => theirs.when == ours.when && a.rule == b.rule,
        (Some(_), None, _) => false,
        // An occurrence where the series has it.
        (None, Some(_), Some(slot)) => theirs.when.start() == slot,
        (None, _, _) => theirs.when == ours.when,
    };
    (named || went_out()) && one && ours.subjects().any(|(_, id)| id == user)
}

impl Pages {
    /// Ours of the same name, whole or single occurrences.
    fn ours<'a>(&'a self, theirs: &'a Item) -> impl Iterator<Item = &'a Arc<Item>> {
        let uid = theirs.named.as_deref().filter(|_| theirs.foreign);
        let out = uid.and_then(|uid| uid.strip_suffix("@rapport")).and_then(Id::parse);
        let slot = theirs.slot_elsewhere;
        let part = uid.zip(slot).and_then(|(uid, slot)| self.named.get(format!("{uid}/{slot}").as_str()));
        let named = uid.and_then(|uid| self.named.get(uid)).into_iter().chain(part).flatten().copied();
        out.into_iter().chain(named).filter_map(|id| self.items.get(&id))
    }

    /// Is this item of a calendar elsewhere here already: imported, gone out from here, or followed a second time?
    pub(super) fn is_twin(&self, theirs: &Item) -> bool {
        let Some(uid) = theirs.named.as_deref().filter(|_| theirs.foreign) else { return false };
        if self.ours(theirs).any(|ours| is_same(theirs, ours)) {
            return true;
        }
        let shelves = theirs.organiser.and_then(|user| self.followed.get(&user)).into_iter().flatten();
        let others = shelves.filter_map(|source| self.shelves.get(source)?.named.get(uid)?.get(&theirs.slot_elsewhere)).flatten();
        // Of two that are the same the first one stays.
        others.into_iter().any(|other| other.id < theirs.id && other.when == theirs.when)
    }

    /// Slots of a series elsewhere that are here as items of their own.
    pub(super) fn taken_out_here(&self, theirs: &Item) -> Vec<Moment> {
        let Some((uid, user)) = theirs.named.as_deref().zip(theirs.organiser).filter(|_| theirs.foreign) else { return Vec::new() };
        let below = format!("{uid}/");
        let parts = self.named.range::<str, _>((std::ops::Bound::Included(below.as_str()), std::ops::Bound::Unbounded));
        let parts = parts.take_while(|(name, _)| name.starts_with(&below));
        let of =
            |ids: &BTreeSet<Id>| ids.iter().filter_map(|id| self.items.get(id)).any(|i| !i.gone && i.subjects().any(|(_, id)| id == user));
        let parts = parts.filter(|(_, ids)| of(ids)).filter_map(|(name, _)| Moment::parse(name.strip_prefix(&below)?));
        let single = self.ours(theirs).filter(|o| !o.gone && o.repeat.is_none() && o.subjects().any(|(_, id)| id == user));
        parts.chain(single.map(|o| o.when.start())).collect()
    }
}
