//! What the room knows: the last answer, what is picked, what was just done and is gone before the server says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::list::Selection;
use domain::record::Done;
use domain::time;
use domain::today::{Line, Today};
use leptos::task::spawn_local;

use super::api;
use crate::i18n::Now;
use crate::prelude::*;
use crate::records::api as records;

#[derive(Clone, Copy)]
pub struct Desk {
    pub data: RwSignal<Option<Arc<Today>>>,
    /// In their order, without those that were just dealt with.
    pub lines: Memo<Vec<Arc<Line>>>,
    pub error: RwSignal<Option<Error>>,
    pub busy: RwSignal<bool>,
    /// Tasks.
    pub picked: RwSignal<BTreeSet<Id>>,
    /// The line that the keyboard was on last.
    pub at: RwSignal<Option<String>>,
    gone: RwSignal<BTreeSet<Id>>,
    turn: StoredValue<u32>,
    toasts: Toasts,
    shell: crate::shell::Shell,
}

/// How far a task is put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    Tomorrow,
    NextWeek,
}

impl Later {
    /// Nine in the morning of the person's own day: tomorrow, or the next Monday.
    pub fn instant(self) -> Option<i64> {
        let today = time::parse_date(&crate::i18n::day(crate::i18n::now()))?;
        let days = match self {
            Later::Tomorrow => 1,
            Later::NextWeek => 7 - i64::from(chrono::Datelike::weekday(&today).num_days_from_monday()),
        };
        crate::i18n::from_input(&format!("{}T09:00", time::date(time::shift(today, days))))
    }
}

impl Desk {
    pub fn new(answer: Result<Today, Error>) -> Self {
        let (data, error) = match answer {
            Ok(data) => (Some(Arc::new(data)), None),
            Err(error) => (None, Some(error)),
        };
        let data = RwSignal::new(data);
        let gone = RwSignal::new(BTreeSet::new());
        let lines = Memo::new(move |_| {
            let all = data.with(|d| d.as_ref().map(|d| d.items.iter().cloned().map(Arc::new).collect::<Vec<_>>()).unwrap_or_default());
            gone.with(|gone: &BTreeSet<Id>| all.into_iter().filter(|l| !gone.contains(&l.id)).collect::<Vec<_>>())
        });
        Self {
            data,
            lines,
            error: RwSignal::new(error),
            busy: RwSignal::new(false),
            picked: RwSignal::new(BTreeSet::new()),
            at: RwSignal::new(None),
            gone,
            turn: StoredValue::new(0),
            toasts: use_toasts(),
            shell: use_shell(),
        }
    }

    /// Reads again when something changes, and when the hour has made another list of it.
    pub fn follow(self) {
        let kinds: &'static [Kind] = &[Kind::Task, Kind::Event, Kind::Deal, Kind::Pipeline, Kind::Company, Kind::Contact];
        use_live().on_kinds(kinds, move || self.load());
        let now = use_context::<Now>();
        Effect::new(move |_| {
            let until = self.data.with_untracked(|d| d.as_ref().and_then(|d| d.until.clone()));
            let now = now.and_then(|n| n.0.get());
            if let (Some(now), Some(until)) = (now, until.as_deref().and_then(time::parse_instant))
                && until <= now
            {
                self.load();
            }
        });
    }

    pub fn load(self) {
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        self.busy.set(true);
        spawn_local(async move {
            let answer = api::load().await;
            // Only the newest answer counts, and only while the room is there.
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(data) => {
                    let there: BTreeSet<Id> = data.items.iter().map(|l| l.id).collect();
                    self.error.set(None);
                    self.data.set(Some(Arc::new(data)));
                    self.gone.set(BTreeSet::new());
                    if self.picked.with_untracked(|p| !p.is_subset(&there)) {
                        self.picked.update(|p| p.retain(|id| there.contains(id)));
                    }
                }
                Err(Fault(Error::Unauthenticated)) => crate::shell::signed_out(crate::shell::Ask::Nothing),
                Err(Fault(error)) => {
                    self.gone.set(BTreeSet::new());
                    self.error.set(Some(error));
                }
            }
        });
    }

    pub fn line(self, key: &str) -> Option<Arc<Line>> {
        self.lines.with_untracked(|l| l.iter().find(|l| l.key == key).cloned())
    }

    /// The tasks that can be done something with.
    pub fn tasks(self) -> BTreeSet<Id> {
        self.lines.with(|l| l.iter().filter(|l| l.kind == Kind::Task && l.can_edit).map(|l| l.id).collect())
    }

    pub fn toggle(self, id: Id) {
        self.picked.update(|p| {
            if !p.remove(&id) {
                p.insert(id);
            }
        });
    }

    pub fn picked_ids(self) -> Vec<Id> {
        self.picked.with_untracked(|p| p.iter().copied().collect())
    }

    /// These tasks are done.
    pub fn finish(self, ids: Vec<Id>) {
        self.change(ids, Fields::from_iter([("done".to_owned(), true.into())]), "today.done");
    }

    pub fn put_off(self, ids: Vec<Id>, until: Later) {
        let Some(due) = until.instant().map(time::instant) else { return };
        let said = match until {
            Later::Tomorrow => "today.put_off_tomorrow",
            Later::NextWeek => "today.put_off_week",
        };
        self.change(ids, Fields::from_iter([("due_at".to_owned(), due.into())]), said);
    }

    fn change(self, ids: Vec<Id>, fields: Fields, said: &'static str) {
        if ids.is_empty() {
            return;
        }
        self.step_aside(&ids);
        self.gone.update(|g| g.extend(ids.iter().copied()));
        self.picked.update(|p| p.retain(|id| !ids.contains(id)));
        self.toasts.acting(async move {
            match records::update_many(Kind::Task, Selection::Ids { ids }, fields).await {
                Ok(done) if done.changes.is_empty() && done.refused.is_empty() => {}
                Ok(done) => self.told(said, &done),
                Err(Fault(error)) => self.toasts.fail(&error),
            }
            self.load();
        });
    }

    fn told(self, said: &'static str, done: &Done) {
        let n = i64::try_from(done.changes.len()).unwrap_or(0);
        let changes = done.changes.clone();
        self.toasts.act(tn(said, n), done, move || self.take_back(changes.clone()));
    }

    fn take_back(self, changes: Vec<Id>) {
        spawn_local(async move {
            match records::undo_each(changes).await {
                Ok(done) => {
                    let left = done.left.clone();
                    self.toasts.undone(&done, move || self.take_back(left.clone()));
                }
                Err(Fault(error)) => self.toasts.fail(&error),
            }
            self.load();
        });
    }

    /// The lines with the keyboard go: it goes on at the next one that stays.
    fn step_aside(self, ids: &[Id]) {
        let Some(at) = self.at.get_untracked() else { return };
        let next = self.lines.with_untracked(|all| {
            let here = all.iter().position(|l| l.key == at)?;
            let stays = |l: &&Arc<Line>| !ids.contains(&l.id);
            let after = all.iter().skip(here).find(stays);
            after.or_else(|| all.iter().take(here).rfind(stays)).map(|l| l.key.clone())
        });
        if next.as_deref() != Some(at.as_str()) {
            super::keys::focus_soon(self, next);
        }
    }

    /// A form for what is begun from a line: it knows what the line is about.
    pub fn begin(self, kind: Kind, line: &Line) {
        let mut fields = Fields::new();
        for (name, id) in [("deal", line.deal), ("company", line.company), ("contact", line.contact)] {
            if let Some(id) = id {
                fields.insert(name.to_owned(), id.to_string().into());
            }
        }
        if kind == Kind::Call {
            let about = line.contact.or(line.company).or(line.deal);
            let name = self.data.with_untracked(|d| about.and_then(|id| d.as_ref()?.labels.get(&id).map(|l| l.name.clone())));
            let name = name.unwrap_or_else(|| line.name.clone());
            fields.insert("name".to_owned(), t!("composer.call_with", name = name).into());
        }
        self.shell.make(kind, fields);
    }
}
