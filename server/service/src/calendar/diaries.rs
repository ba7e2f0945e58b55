//! Diaries for the conflict engine: what the book knows of each subject's time in a stretch, with the rules that hold for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono_tz::Tz;
use domain::calendar::diary::Pages;
use domain::calendar::{Busy, DayOff, Diary, Span, SubjectKind, Who, Window};
use domain::{Id, time};

use super::book::{Near, Together};
use super::habits::rules;
use super::item::{Item, Occurrences};
use crate::App;
use crate::directory::Directory;

/// The most occurrences of one series in a stretch.
const MOST: usize = 2_000;
/// A day's way there, and the day that plain days may be off.
const AROUND: i64 = 2 * 86_400_000;

/// Reads several people's time in one stretch. A series that many of them take part in is expanded once.
pub(crate) struct Reader<'a> {
    app: &'a App,
    pub directory: Arc<Directory>,
    viewer: Id,
    window: Span,
    near: Window,
    expanded: HashMap<Id, Arc<Occurrences>>,
    /// What is about to be written together with the item that is looked at.
    beside: Option<&'a Together>,
}

impl<'a> Reader<'a> {
    pub fn new(app: &'a App, viewer: Id, window: Span) -> Self {
        let near = Window::of_everybody(window.widened(AROUND, AROUND));
        Self { app, directory: app.directory(), viewer, window, near, expanded: HashMap::new(), beside: None }
    }

    pub fn beside(mut self, beside: &'a Together) -> Self {
        self.beside = Some(beside);
        self
    }

    /// Items of a subject with their occurrences, those that take no time as well.
    pub fn items(&mut self, subject: Id) -> Vec<(Arc<Item>, Arc<Occurrences>)> {
        let mut near = self.app.0.book.near(subject, self.near.span);
        if let Some(beside) = self.beside {
            near.retain(|n| !beside.replaces(n.item.id) && !beside.is_twin(&n.item));
            let taken_out = |series: Id| beside.taken_out(series, self.app.0.book.parts_of(series));
            for known in near.iter_mut().filter(|n| !beside.slots_of(n.item.id).is_empty()) {
                known.replaced = taken_out(known.item.id);
            }
            let new = beside.near(subject, self.near.span);
            near.extend(new.map(|item| Near { item: item.clone(), replaced: taken_out(item.id) }));
        }
        let mut out = Vec::with_capacity(near.len());
        for Near { item, replaced } in near {
            let occurrences = match self.expanded.get(&item.id) {
                Some(known) => known.clone(),
                None => {
                    let made = Arc::new(item.occurrences(&self.near, &replaced, MOST));
                    if item.repeat.is_some() {
                        self.expanded.insert(item.id, made.clone());
                    }
                    made
                }
            };
            if !occurrences.is_empty() {
                out.push((item, occurrences));
            }
        }
        out
    }

    pub fn busy(&mut self, kind: SubjectKind, id: Id) -> Vec<Busy> {
        let viewer = self.viewer;
        let mut out = Vec::new();
        for (item, occurrences) in self.items(id) {
            if item.takes_time_of(kind, id) {
                out.extend(occurrences.iter().map(|(slot, when)| item.busy(*slot, *when, viewer)));
            }
        }
        out
    }

    /// `fallback`: the zone of who has none.
    pub fn diary(&mut self, kind: SubjectKind, id: Id, fallback: Tz) -> Diary<Tz> {
        let busy = self.busy(kind, id);
        let rules = rules(&self.directory, kind, id, fallback);
        let span = self.window.widened(AROUND, AROUND);
        let (first, last) = (time::utc_date(span.start), time::utc_date(span.end));
        let days_off: Vec<DayOff> = rules.days_off.into_iter().filter(|d| first <= d.date && d.date <= last).collect();
        let pages = Pages {
            hours: rules.hours,
            days_off,
            policy: rules.policy,
            travels: rules.travels,
            preferred: rules.preferred,
            ..Pages::new(busy)
        };
        Diary::new(Who { kind, id, name: String::new() }, rules.zone, span, pages)
    }
}

/// Each subject once.
pub(crate) fn subjects_of(item: &Item) -> BTreeMap<Id, SubjectKind> {
    let asked = item.subjects().filter(|(kind, id)| item.takes_time_of(*kind, *id));
    asked.map(|(kind, id)| (id, kind)).collect()
}
