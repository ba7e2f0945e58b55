//! Changes: shown at once, settled by the answer, taken back by "Undo". A change of a series asks first which of it is meant.
//! Where something stands against it, nothing is saved: the form opens with the alert and the times that are free.

use std::sync::Arc;

use domain::calendar::view::{Draft, OnConflict, Shown};
use domain::calendar::{Answer, When};
use domain::record::Done;
use leptos::task::spawn_local;
use serde_json::Value;

pub use domain::calendar::series::Scope;

use super::clash::{Key, key};
use super::desk::{Desk, Panel, when_of};
use super::{api, words};
use crate::prelude::*;

/// A change of a series, before it is known which of it is meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub item: Arc<Shown>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// To another time, or to other people: as it will be.
    Move(Arc<Shown>),
    Edit,
    Delete,
    /// And what reads the item again after it.
    Answer(Answer, StoredValue<Callback<()>>),
}

/// The same item at this time.
pub fn at(desk: Desk, item: &Shown, to: When) -> Shown {
    if when_of(item) == to {
        return item.clone();
    }
    Shown { start: to.start(), end: to.end(), span: desk.clock.with_untracked(|c| c.span(to)), ..item.clone() }
}

/// What a drag changes, as the server takes it.
pub fn draft_of(item: &Shown, then: &Shown, scope: Option<Scope>) -> Draft {
    let (mut base, mut fields) = (Fields::new(), Fields::new());
    if (item.start, item.end) != (then.start, then.end) {
        fields.insert("start".to_owned(), Value::String(then.start.to_string()));
        fields.insert("end".to_owned(), Value::String(then.end.to_string()));
        // What an occurrence of a series begins with is no field of the series: nothing to compare it with.
        if !item.recurs {
            base.insert("start".to_owned(), Value::String(item.start.to_string()));
            base.insert("end".to_owned(), Value::String(item.end.to_string()));
        }
    }
    let mut people = |name: &str, was: &[Id], now: &[Id]| {
        // Whoever organises is one, the others are lists; nobody is no field.
        let of = |ids: &[Id]| match (name, ids) {
            ("organiser", [id]) => Value::String(id.to_string()),
            (_, []) => Value::Null,
            _ => ids.iter().map(|id| Value::String(id.to_string())).collect(),
        };
        if was != now {
            base.insert(name.to_owned(), of(was));
            fields.insert(name.to_owned(), of(now));
        }
    };
    people("organiser", item.organiser.as_slice(), then.organiser.as_slice());
    people("attendees", &item.attendees, &then.attendees);
    people("resources", &item.resources, &then.resources);
    Draft {
        id: Some(item.id),
        version: item.version,
        base,
        fields,
        scope: scope.or((item.recurs && item.slot.is_some()).then_some(Scope::This)),
        // What stands for it already is named by itself.
        slot: item.slot.filter(|_| item.recurs || scope != Some(Scope::This)),
        on_conflict: OnConflict::Reject,
    }
}

/// Somebody's own new item at this time, before anything else is known of it.
pub fn new_draft(at: When) -> Draft {
    let mut fields = Fields::new();
    fields.insert("start".to_owned(), Value::String(at.start().to_string()));
    fields.insert("end".to_owned(), Value::String(at.end().to_string()));
    fields.insert("all_day".to_owned(), Value::Bool(at.start().is_day()));
    Draft { fields, ..Draft::default() }
}

impl Desk {
    /// Lets an item go at another time, or with other people.
    pub fn move_to(&self, item: &Arc<Shown>, then: Arc<Shown>) {
        if *item == then {
            return;
        }
        if item.task {
            self.send_task(item, then);
        } else if item.in_series() {
            self.ask.set(Some(Ask { item: item.clone(), what: What::Move(then) }));
        } else {
            self.send_move(item, &then, None);
        }
    }

    /// The question was answered.
    pub fn answered(&self, ask: &Ask, scope: Option<Scope>) {
        self.ask.set(None);
        let Some(scope) = scope else {
            self.drawn.set(None);
            return;
        };
        match &ask.what {
            What::Move(then) => {
                self.send_move(&ask.item, then, Some(scope));
                super::hand::refocus(*self, None);
            }
            What::Edit => self.panel.set(Some(Panel::Edit { key: key(&ask.item), to: None, scope: Some(scope) })),
            What::Delete => self.send_delete(&ask.item, Some(scope)),
            What::Answer(answer, then) => {
                self.send_answer(&ask.item, *answer, Some(scope), then.try_get_value().unwrap_or(Callback::new(|()| ())));
            }
        }
    }

    fn send_move(&self, item: &Arc<Shown>, then: &Arc<Shown>, scope: Option<Scope>) {
        let (desk, item, then) = (*self, item.clone(), then.clone());
        let no = self.push_op(key(&item), Some(then.clone()));
        self.toasts.acting(async move {
            let answer = api::save_draft(draft_of(&item, &then, scope)).await;
            desk.drop_op(no);
            if desk.focus.try_get_untracked().is_none() {
                // The calendar was left meanwhile: what was not saved is said all the same.
                if let Err(Fault(error)) = answer {
                    desk.toasts.fail(&error);
                }
                return;
            }
            match answer {
                Ok(saved) => {
                    // An occurrence that became an item of its own is the same thing to whoever moved it.
                    if desk.focus.get_untracked() == Some(key(&item)) && saved.record.id != item.id {
                        desk.focus.set(Some((saved.record.id, item.slot.filter(|_| scope == Some(Scope::This)))));
                    }
                    desk.settled(&then);
                    let (name, time) = (words::title(&item), words::when(desk, when_of(&then)));
                    let text = match super::swap::newcomer(desk, &item, &then) {
                        Some(person) => t!("cal.toast.handed", name = name, person = person, time = time),
                        None => t!("cal.toast.moved", name = name, time = time),
                    };
                    desk.done(text, saved.changes);
                }
                // Somebody types in a form by now: it is not taken from under their hands.
                Err(Fault(error @ Error::Clash { .. }))
                    if desk.panel.with_untracked(|p| matches!(p, Some(Panel::New(_) | Panel::Edit { .. }))) =>
                {
                    desk.refused(&error);
                }
                Err(Fault(Error::Clash { .. })) => {
                    desk.redraw();
                    let _ = desk.panel.try_set(Some(Panel::Edit { key: key(&item), to: Some(then), scope }));
                }
                Err(Fault(error)) => desk.refused(&error),
            }
        });
    }

    /// A task that is due at another time, or somebody else's by now: a record of its own kind, whose end means nothing.
    fn send_task(&self, item: &Arc<Shown>, then: Arc<Shown>) {
        let (desk, item) = (*self, item.clone());
        let mut fields = Fields::new();
        if item.start != then.start {
            fields.insert("due_at".to_owned(), then.start.to_string().into());
        }
        if let Some(owner) = then.organiser.filter(|_| item.organiser != then.organiser) {
            fields.insert("owner".to_owned(), owner.to_string().into());
        }
        if fields.is_empty() {
            return self.redraw();
        }
        let then =
            Arc::new(Shown { end: then.start, span: domain::calendar::Span::new(then.span.start, then.span.start), ..Shown::clone(&then) });
        let no = self.push_op(key(&item), Some(then.clone()));
        self.toasts.acting(async move {
            let answer = crate::records::api::update_many(Kind::Task, domain::list::Selection::Ids { ids: vec![item.id] }, fields).await;
            desk.drop_op(no);
            match answer {
                Ok(done) if desk.focus.try_get_untracked().is_some() => {
                    if !done.changes.is_empty() {
                        desk.settled(&then);
                    }
                    desk.task_done(t!("cal.toast.moved", name = words::title(&item), time = words::when(desk, when_of(&then))), &done);
                }
                Ok(_) => {}
                Err(Fault(error)) if desk.focus.try_get_untracked().is_some() => desk.refused(&error),
                Err(Fault(error)) => desk.toasts.fail(&error),
            }
        });
    }

    /// An occurrence is an item of its own by now: the page shows it, before it is read again.
    fn stands_alone(&self, of: Key, record: &Record) {
        let now = (record.id, of.1);
        let known = self.page.try_update(|page| {
            let page = Arc::make_mut(page);
            page.items.iter_mut().filter(|i| key(i) == of).for_each(|i| {
                (i.series, i.id, i.recurs, i.version) = (Some(i.id), record.id, false, record.version);
            });
        });
        if known.is_none() {
            return;
        }
        self.redraw();
        if self.focus.get_untracked() == Some(of) {
            self.focus.set(Some(now));
        }
        if self.panel.with_untracked(|p| *p == Some(Panel::Item(of))) {
            self.panel.set(Some(Panel::Item(now)));
        }
    }

    /// The answer is here and the page is not read again yet: shown as it is now.
    fn settled(&self, then: &Arc<Shown>) {
        let of = key(then);
        self.page.try_update(|page| {
            let page = Arc::make_mut(page);
            if let Some(known) = page.items.iter_mut().find(|i| key(i) == of) {
                *known = Shown { version: known.version, ..Shown::clone(then) };
            }
        });
        self.redraw();
    }

    pub fn delete(&self, item: &Arc<Shown>) {
        if item.in_series() {
            self.ask.set(Some(Ask { item: item.clone(), what: What::Delete }));
        } else {
            self.send_delete(item, None);
        }
    }

    fn send_delete(&self, item: &Arc<Shown>, scope: Option<Scope>) {
        let (desk, item) = (*self, item.clone());
        self.panel.set(None);
        let no = self.push_op(key(&item), None);
        self.toasts.acting(async move {
            let answer = if item.task {
                crate::records::api::remove_many(Kind::Task, domain::list::Selection::Ids { ids: vec![item.id] }).await
            } else {
                api::remove_event(item.id, Some(item.version), scope, item.slot).await
            };
            match answer {
                Ok(done) => {
                    let (of, text) = (key(&item), t!("cal.toast.deleted", name = words::title(&item)));
                    if !item.task || !done.changes.is_empty() {
                        desk.page.update(|page| Arc::make_mut(page).items.retain(|i| key(i) != of));
                    }
                    desk.drop_op(no);
                    super::hand::let_go();
                    if item.task { desk.task_done(text, &done) } else { desk.done(text, done.changes) }
                }
                Err(Fault(error)) => {
                    desk.drop_op(no);
                    desk.refused(&error);
                }
            }
        });
    }

    /// `then`: the item is read again.
    pub fn answer(&self, item: &Arc<Shown>, answer: Answer, then: Callback<()>) {
        if item.in_series() && item.slot.is_some() {
            return self.ask.set(Some(Ask { item: item.clone(), what: What::Answer(answer, StoredValue::new(then)) }));
        }
        self.send_answer(item, answer, None, then);
    }

    fn send_answer(&self, item: &Shown, answer: Answer, scope: Option<Scope>, then: Callback<()>) {
        let (desk, of) = (*self, key(item));
        let (id, slot) = match scope {
            Some(Scope::All) => (item.series.unwrap_or(item.id), None),
            _ => of,
        };
        self.toasts.acting(async move {
            match api::give_answer(id, slot, answer).await {
                Ok(saved) => {
                    // What was answered alone is an item of its own from now on: that is what is looked at.
                    if saved.record.id != id && slot.is_some() {
                        desk.stands_alone(of, &saved.record);
                    }
                    desk.done(tk(&format!("cal.toast.{}", words::answer_name(answer))), saved.changes);
                    then.try_run(());
                }
                Err(Fault(error)) => desk.refused(&error),
            }
        });
    }

    /// A task is done: it goes from the page.
    pub fn tick(&self, task: Id) {
        let desk = *self;
        self.panel.set(None);
        let no = self.push_op((task, None), None);
        self.toasts.acting(async move {
            let fields = Fields::from_iter([("done".to_owned(), true.into())]);
            let answer = crate::records::api::update_many(Kind::Task, domain::list::Selection::Ids { ids: vec![task] }, fields).await;
            if answer.as_ref().is_ok_and(|done| !done.changes.is_empty()) {
                desk.page.try_update(|page| Arc::make_mut(page).items.retain(|i| i.id != task));
            }
            desk.drop_op(no);
            match answer {
                Ok(done) => {
                    super::hand::let_go();
                    desk.task_done(tn("today.done", 1), &done);
                }
                Err(Fault(error)) => desk.refused(&error),
            }
        });
    }

    /// What became of a task. Lists leave what a right or a rule forbids as it is, and pass over what is gone meanwhile: then it
    /// is said, and the page shows what is so.
    fn task_done(&self, text: String, done: &Done) {
        let desk = *self;
        if !done.changes.is_empty() {
            self.say(text.clone());
        }
        if !(done.changes.is_empty() && done.refused.is_empty()) {
            let changes = done.changes.clone();
            self.toasts.act(text, done, move || desk.undo(changes.clone()));
        }
        if self.focus.try_get_untracked().is_some() {
            self.redraw();
            self.load();
        }
    }

    /// Said, with the way back.
    pub fn done(&self, text: String, changes: Vec<Id>) {
        let desk = *self;
        self.say(text.clone());
        if changes.is_empty() {
            return self.toasts.say(text);
        }
        self.toasts.done(text, move || desk.undo(changes.clone()));
        self.load();
    }

    fn undo(&self, changes: Vec<Id>) {
        let desk = *self;
        spawn_local(async move {
            match crate::records::api::undo(changes).await {
                Ok(done) => {
                    desk.toasts.undo_broke_off(&done, {
                        let left = done.left.clone();
                        move || desk.undo(left.clone())
                    });
                    desk.load();
                }
                Err(Fault(error)) => desk.refused(&error),
            }
        });
    }

    fn refused(&self, error: &Error) {
        self.redraw();
        self.load();
        self.toasts.fail(error);
    }
}
