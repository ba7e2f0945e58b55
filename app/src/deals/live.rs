//! The board follows changes made elsewhere: gathered for a moment, then asked for in one request (the sums of all
//! columns, and the cards that changed). One request at a time; what happens meanwhile goes into the next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::deals::{BoardQuery, ColumnQuery};
use domain::live::{LiveChange, LiveEvent, Presence};
use domain::record::ChangeOp;
use leptos::task::spawn_local;

use super::api;
use super::desk::{CARDS, Desk, editors_of};
use crate::prelude::*;

/// Waits this long for more, then asks.
const GATHER: Duration = Duration::from_millis(80);
/// More than these at once are read anew.
const MANY: usize = 150;
/// An editor who says nothing for this long has gone.
const SILENT: Duration = Duration::from_secs(60);
/// How long a card that arrived is marked.
const FRESH: Duration = Duration::from_millis(1600);

/// What waits to be asked for.
#[derive(Clone, Copy)]
pub struct Waiting {
    ids: StoredValue<BTreeSet<Id>>,
    /// Everything, not only these.
    all: StoredValue<bool>,
    /// A request is on its way, or waits to be.
    busy: StoredValue<bool>,
    /// Counts what was heard: a board that was read before it is behind.
    heard: StoredValue<u32>,
    /// Columns that wait for their next page.
    paging: StoredValue<BTreeSet<String>>,
}

impl Waiting {
    pub fn new() -> Self {
        Self {
            ids: StoredValue::default(),
            all: StoredValue::new(false),
            busy: StoredValue::new(false),
            heard: StoredValue::new(0),
            paging: StoredValue::default(),
        }
    }
}

impl Desk {
    /// Listens until the current owner is gone.
    pub fn follow(&self) {
        let desk = *self;
        let me = use_me().id;
        use_live().on(move |event| match event {
            LiveEvent::Change(change) => desk.heard(change),
            LiveEvent::Bulk { kind: Kind::Deal | Kind::Task | Kind::Pipeline, .. } | LiveEvent::Reset => desk.all_changed(),
            LiveEvent::Bulk { .. } | LiveEvent::Clash { .. } | LiveEvent::Notices => {}
            LiveEvent::Presence(presence) => desk.edited(presence, me),
        });
        // Another address, another board.
        let first = StoredValue::new(true);
        Effect::new(move |_| {
            let filter = desk.query.with(|q| q.filter.clone());
            if first.get_value() {
                first.set_value(false);
            } else {
                desk.load();
                crate::records::filters::learn(desk.names, Kind::Deal, filter);
            }
        });
    }

    fn heard(&self, change: &LiveChange) {
        let seen = self.seen.get_untracked();
        match change.kind {
            Kind::Deal if change.gone || change.op == ChangeOp::Delete => {
                if seen.find(change.record).is_some() {
                    self.shifting(&[], || {
                        self.truth.try_update_value(|t| t.remove(change.record));
                    });
                }
                self.changed([change.record]);
            }
            Kind::Deal => self.changed([change.record]),
            // A task may be a deal's next step.
            Kind::Task | Kind::Call => self.changed(change.parents.iter().copied().filter(|id| seen.find(*id).is_some())),
            Kind::Pipeline => self.all_changed(),
            // Somebody is called otherwise: the cards that show the name.
            Kind::Company | Kind::User if self.labels.with_untracked(|l| l.contains_key(&change.record)) => {
                let who = Some(change.record);
                let cards = seen.0.iter().flat_map(|l| &l.cards).filter(|c| c.company == who || c.owner == who).map(|c| c.id);
                self.changed(cards.take(1).collect::<Vec<_>>());
            }
            _ => {}
        }
    }

    fn edited(&self, presence: &Presence, me: Id) {
        let people: Vec<_> = presence.people.iter().filter(|p| p.user != me && p.field.is_some()).cloned().collect();
        let (desk, record) = (*self, presence.record);
        if people == self.editors.with_untracked(|e| editors_of(e, record).to_vec()) {
            return;
        }
        self.editors.update(|e| {
            e.retain(|(id, _)| *id != record);
            if !people.is_empty() {
                e.push((record, people.clone()));
            }
        });
        if !people.is_empty() {
            // Who left without a word is forgotten.
            set_timeout(
                move || {
                    let same = desk.editors.try_with_untracked(|e| editors_of(e, record) == people).unwrap_or(false);
                    if same {
                        let _ = desk.editors.try_update(|e| e.retain(|(id, _)| *id != record));
                    }
                },
                SILENT,
            );
        }
    }

    /// These may have changed, and with them the sums.
    pub fn changed(&self, ids: impl IntoIterator<Item = Id>) {
        let mut any = false;
        self.waiting.ids.try_update_value(|w| {
            for id in ids {
                any = true;
                w.insert(id);
            }
        });
        if any {
            self.waiting.heard.try_update_value(|n| *n += 1);
            self.soon();
        }
    }

    pub fn all_changed(&self) {
        self.waiting.all.try_set_value(true);
        self.waiting.heard.try_update_value(|n| *n += 1);
        self.soon();
    }

    fn soon(&self) {
        if self.waiting.busy.try_get_value() != Some(false) {
            return;
        }
        self.waiting.busy.set_value(true);
        let desk = *self;
        set_timeout(move || desk.ask_again(), GATHER);
    }

    fn ask_again(&self) {
        let Some(ids) = self.waiting.ids.try_update_value(std::mem::take) else { return };
        let all = self.waiting.all.try_update_value(std::mem::take).unwrap_or(false) || ids.len() > MANY;
        let (desk, epoch, commits) = (*self, self.epoch.get_value(), self.commits.get_value());
        let query = self.query.get_untracked();
        spawn_local(async move {
            let ids: Vec<Id> = ids.into_iter().collect();
            let answer = if all {
                let query = BoardQuery { cards: desk.as_many(), ..query };
                api::open_board(query).await.map(|o| desk.if_now(epoch, || desk.anew(o, commits)))
            } else {
                api::refresh(query, ids.clone()).await.map(|fresh| desk.if_now(epoch, || desk.renewed(&ids, fresh, commits)))
            };
            if let Err(Fault(error)) = answer {
                desk.missed(error, ids, all);
                return;
            }
            desk.waiting.busy.try_set_value(false);
            let more =
                desk.waiting.ids.try_with_value(|w| !w.is_empty()).unwrap_or(false) || desk.waiting.all.try_get_value() == Some(true);
            if more {
                desk.soon();
            }
        });
    }

    /// The server cannot be reached just now: keeps asking. The bar at the top says so to people.
    fn missed(&self, error: Error, ids: Vec<Id>, all: bool) {
        self.waiting.busy.try_set_value(false);
        match error {
            Error::Unauthenticated => self.toasts.fail(&error),
            error if error.passes() => {
                let desk = *self;
                set_timeout(
                    move || {
                        if all {
                            desk.all_changed();
                        }
                        desk.changed(ids.iter().copied());
                    },
                    Duration::from_secs(2),
                );
            }
            other => {
                let _ = self.failure.try_set(Some(other));
            }
        }
    }

    fn if_now(&self, epoch: u32, then: impl FnOnce()) {
        if self.epoch.try_get_value() == Some(epoch) {
            then();
        }
    }

    /// As many cards a column as are loaded now, within reason.
    fn as_many(&self) -> u32 {
        let most = self.truth.try_with_value(|t| t.0.iter().map(|l| l.cards.len()).max()).flatten().unwrap_or(0);
        u32::try_from(most).unwrap_or(CARDS).clamp(CARDS, 200)
    }

    fn anew(&self, opened: api::Opened, commits: u32) {
        if self.commits.try_get_value() != Some(commits) {
            // Read before the last move was written: once more.
            self.waiting.all.try_set_value(true);
            return;
        }
        self.fill(opened.board);
    }

    fn renewed(&self, asked: &[Id], fresh: api::Fresh, commits: u32) {
        self.learn(fresh.labels);
        let late = self.commits.try_get_value() != Some(commits);
        if late {
            self.waiting.ids.try_update_value(|w| w.extend(asked.iter().copied()));
        }
        let gone: Vec<Id> = asked.iter().copied().filter(|id| fresh.cards.iter().all(|c| c.id != *id)).collect();
        let seen = self.seen.get_untracked();
        let lane_of = |id: Id| seen.find(id).map(|(l, _)| l);
        let before: Vec<(Id, Option<usize>)> = asked.iter().map(|id| (*id, lane_of(*id))).collect();
        self.shifting(asked, || {
            self.truth.try_update_value(|truth| {
                for card in fresh.cards {
                    truth.put(card);
                }
                if !late {
                    gone.iter().for_each(|id| {
                        truth.remove(*id);
                    });
                    truth.set_totals(fresh.totals);
                }
            });
        });
        let now = self.seen.get_untracked();
        let arrived: Vec<Id> =
            before.into_iter().filter(|(id, was)| now.find(*id).is_some_and(|(l, _)| *was != Some(l))).map(|(id, _)| id).collect();
        self.mark(arrived);
    }

    /// Marks cards that just arrived, for a moment.
    fn mark(&self, ids: Vec<Id>) {
        if ids.is_empty() {
            return;
        }
        let _ = self.fresh.try_update(|f| Arc::make_mut(f).extend(ids.iter().copied()));
        let desk = *self;
        set_timeout(
            move || {
                let _ = desk.fresh.try_update(|f| {
                    let f = Arc::make_mut(f);
                    ids.iter().for_each(|id| {
                        f.remove(id);
                    });
                });
            },
            FRESH,
        );
    }

    /// Reads the whole board: another question, or another try.
    pub fn load(&self) {
        self.epoch.update_value(|e| *e += 1);
        self.waiting.paging.update_value(BTreeSet::clear);
        self.loading.set(true);
        let (desk, epoch, query) = (*self, self.epoch.get_value(), self.query.get_untracked());
        let since = (self.commits.get_value(), self.waiting.heard.get_value());
        spawn_local(async move {
            let answer = api::open_board(query).await;
            desk.if_now(epoch, || {
                desk.loading.set(false);
                match answer {
                    Ok(opened) => {
                        desk.names.add(&opened.names);
                        desk.fill(opened.board);
                        // What was moved, here or elsewhere, while it was read may not be in it.
                        if since != (desk.commits.get_value(), desk.waiting.heard.get_value()) {
                            desk.all_changed();
                        }
                    }
                    Err(Fault(Error::Unauthenticated)) => desk.toasts.fail(&Error::Unauthenticated),
                    Err(Fault(error)) => desk.failure.set(Some(error)),
                }
            });
        });
    }

    /// The next cards of a column, unless they are on their way already.
    pub fn page(&self, stage: String, limit: u32) {
        let after = self.truth.try_with_value(|t| t.lane(&stage).and_then(|l| l.next.clone())).flatten();
        let Some(after) = after else { return };
        if self.waiting.paging.try_update_value(|p| p.insert(stage.clone())) != Some(true) {
            return;
        }
        let (desk, epoch) = (*self, self.epoch.get_value());
        let query = ColumnQuery { board: self.query.get_untracked(), stage: stage.clone(), after: Some(after.clone()), limit };
        spawn_local(async move {
            let answer = api::more_cards(query).await;
            desk.if_now(epoch, || {
                let done = || {
                    desk.waiting.paging.try_update_value(|p| p.remove(&stage));
                };
                match answer {
                    Ok(page) => {
                        desk.learn(page.labels.clone());
                        // The column may have been read anew meanwhile, and end elsewhere.
                        desk.truth.try_update_value(|t| {
                            if t.lane(&stage).is_some_and(|l| l.next.as_ref() == Some(&after)) {
                                t.page(&stage, page);
                            }
                        });
                        done();
                        desk.redraw();
                    }
                    Err(Fault(Error::Unauthenticated)) => {
                        done();
                        desk.toasts.fail(&Error::Unauthenticated);
                    }
                    // The cursor no longer fits: from the start.
                    Err(Fault(Error::Invalid { .. } | Error::NotFound)) => {
                        done();
                        desk.all_changed();
                    }
                    Err(_) => {
                        let stage = stage.clone();
                        set_timeout(
                            move || {
                                desk.waiting.paging.try_update_value(|p| p.remove(&stage));
                                // Whoever still looks there asks again.
                                desk.redraw();
                            },
                            Duration::from_secs(2),
                        );
                    }
                }
            });
        });
    }
}
