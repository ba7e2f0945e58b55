//! Moving cards: shown at once, sent one after the other, settled by the answer. What a stage asks for is asked in a
//! dialog while the card already lies in its new place; who cancels the dialog sees it slide back.

use std::sync::Arc;

use domain::deals::{Card, MoveDeal};
use domain::pipelines::{Stage, StageKind};
use leptos::task::spawn_local;
use serde_json::Value;

use super::desk::Desk;
use super::model::{Op, Spot};
use super::{api, motion};
use crate::i18n::fill;
use crate::prelude::*;
use crate::records::filled::{self, Given};
use crate::ui::UnderWay;

/// A move that waits to be sent.
#[derive(Debug)]
pub struct Job {
    pub op: u32,
    pub given: Given,
    /// The order has changed under it once already.
    pub again: bool,
    /// The version that a conflict told, instead of the one known here.
    pub version: Option<i64>,
    /// Until it is answered.
    pub _under_way: UnderWay,
}

/// What has to be known before a move can be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub op: u32,
    pub names: Vec<String>,
    pub stage: Arc<Stage>,
    /// Fields that the stage asks for; with won and lost also the reason and the date.
    pub required: Vec<String>,
    /// What was given already.
    pub have: Fields,
    pub error: Option<Error>,
}

impl Desk {
    /// Moves cards to a place in a stage.
    pub fn move_cards(&self, ids: Vec<Id>, stage: &str, spot: Spot) {
        let Some(lane) = self.lane(stage) else { return };
        let ids: Vec<Id> = ids.into_iter().filter(|id| self.card(*id).is_some_and(|c| c.can_edit)).collect();
        if ids.is_empty() {
            return;
        }
        let op = Op { no: self.next_op(), ids: ids.clone(), stage: stage.to_owned(), spot, at: self.clock.get_untracked().now };
        let no = op.no;
        let leaves = ids.iter().filter_map(|id| self.card(*id)).any(|c| c.stage != stage);
        self.shifting(&ids, || {
            self.ops.update_value(|ops| ops.push(op));
        });
        if leaves && lane.stage.kind != StageKind::Open {
            self.ask(no, &ids, Arc::clone(&lane.stage), Vec::new(), Fields::new(), None);
        } else {
            self.send(Job { op: no, given: Given::default(), again: false, version: None, _under_way: self.toasts.under_way() });
        }
    }

    /// Changes what is shown; these cards fly from where they were to where they are.
    pub(super) fn shifting(&self, ids: &[Id], change: impl FnOnce()) {
        let from = motion::places(ids);
        change();
        self.redraw();
        motion::fly(*self, from);
    }

    fn ask(&self, op: u32, ids: &[Id], stage: Arc<Stage>, required: Vec<String>, have: Fields, error: Option<Error>) {
        let names = ids.iter().filter_map(|id| self.card(*id).or_else(|| self.known(*id))).map(|c| c.name.clone()).collect();
        let ask = Ask { op, names, stage, required, have, error };
        // One question at a time: another one would take the place of what is being typed.
        if self.ask.try_with_untracked(Option::is_some) == Some(true) {
            self.asks.try_update_value(|all| all.push_back(ask));
        } else {
            let _ = self.ask.try_set(Some(ask));
        }
    }

    /// The next question, once the last dialog has told that it is closed: that would be taken for this one's.
    fn ask_next(&self) {
        let desk = *self;
        set_timeout(
            move || {
                if desk.ask.try_with_untracked(Option::is_some) != Some(false) {
                    // Another one is open by now; this one comes after it.
                    return;
                }
                let next = desk.asks.try_update_value(std::collections::VecDeque::pop_front).flatten();
                if let Some(ask) = next {
                    let _ = desk.ask.try_set(Some(ask));
                }
            },
            std::time::Duration::from_millis(80),
        );
    }

    /// The card as the server knows it, also while it lies in a closed column.
    fn known(&self, id: Id) -> Option<Arc<Card>> {
        self.truth.try_with_value(|t| t.card(id).cloned()).flatten()
    }

    /// The dialog was filled in.
    pub fn answered(&self, ask: &Ask, given: Fields) {
        let mut fields = ask.have.clone();
        fields.extend(given);
        // It was asked for because nothing stood there.
        let base = ask.required.iter().filter(|name| fields.contains_key(*name)).map(|name| (name.clone(), Value::Null)).collect();
        let held = self.ids_of(ask.op).first().copied();
        self.ask.set(None);
        self.ask_next();
        // Its button is gone with the dialog: the card goes on, or its neighbour when it went to won or lost.
        if let Some(id) = held {
            let desk = *self;
            motion::next_frame(move || match desk.seen.try_with_untracked(|s| s.find(id)) {
                // The board was left.
                None => {}
                Some(Some(_)) => motion::focus_card(id),
                Some(None) => {
                    let from = desk.known(id).and_then(|c| desk.seen.with_untracked(|s| s.index(&c.stage)));
                    super::hands::focus_near(desk, (from.unwrap_or(0), 0));
                }
            });
        }
        self.send(Job { op: ask.op, given: Given { fields, base }, again: false, version: None, _under_way: self.toasts.under_way() });
    }

    /// What was asked for is not given: the cards go back to where they came from.
    pub fn dismiss(&self) {
        let Some(ask) = self.ask.try_get_untracked().flatten() else { return };
        let ids = self.ids_of(ask.op);
        self.ask.set(None);
        self.ask_next();
        self.take_back(ask.op);
        if let Some(id) = ids.first() {
            motion::focus_soon(*id);
        }
        self.say(t!("board.say.back", name = ask.names.first().cloned().unwrap_or_default()));
    }

    /// The cards of a move under way.
    pub fn ids_of(&self, no: u32) -> Vec<Id> {
        self.ops.try_with_value(|ops| ops.iter().find(|o| o.no == no).map(|o| o.ids.clone())).flatten().unwrap_or_default()
    }

    /// The move is not made after all.
    fn take_back(&self, no: u32) {
        let ids = self.ids_of(no);
        self.shifting(&ids, || {
            self.ops.try_update_value(|ops| ops.retain(|o| o.no != no));
        });
    }

    pub(super) fn send(&self, job: Job) {
        self.jobs.update_value(|j| j.push_back(job));
        self.pump();
    }

    /// One move at a time, so that the next one knows the versions and neighbours that the last one left.
    fn pump(&self) {
        if self.sending.try_get_value() != Some(false) {
            return;
        }
        let Some(job) = self.jobs.try_update_value(|j| j.pop_front()).flatten() else { return };
        let Some(op) = self.ops.try_with_value(|ops| ops.iter().find(|o| o.no == job.op).cloned()).flatten() else { return self.pump() };
        let cards: Vec<Arc<Card>> = op.ids.iter().filter_map(|id| self.known(*id)).collect();
        let version = job.version.or(cards.first().map(|c| c.version)).unwrap_or_default();
        let many = op.ids.len() > 1;
        let (after, before) = match op.spot {
            Spot::Top => (None, None),
            // Each of several goes right above the lower neighbour, below the one before it.
            Spot::Between(_, below) if many => (None, below),
            Spot::Between(above, below) => (above, below),
        };
        let to = MoveDeal {
            stage: op.stage.clone(),
            before,
            after,
            to_top: op.spot == Spot::Top,
            version,
            fields: job.given.fields.clone(),
            base: job.given.base.clone(),
        };
        self.sending.set_value(true);
        let desk = *self;
        spawn_local(async move {
            let answer = match op.ids.as_slice() {
                [only] => api::move_to_stage(*only, to).await,
                ids => {
                    let mut ids = ids.to_vec();
                    if to.to_top {
                        // The last one put on top lies uppermost.
                        ids.reverse();
                    }
                    api::move_many(ids, to).await
                }
            };
            match answer {
                Ok(moved) => desk.moved(&op, &job, &cards, moved),
                Err(Fault(error)) => desk.refused(&op, job, &cards, error),
            }
            desk.sending.try_set_value(false);
            desk.pump();
        });
    }

    fn moved(&self, op: &Op, job: &Job, before: &[Arc<Card>], moved: api::Moved) {
        let name = self.stage_name(&op.stage);
        let done: Vec<&Arc<Card>> = before.iter().filter(|c| moved.cards.iter().any(|m| m.id == c.id)).collect();
        let left = done.iter().any(|c| c.stage != op.stage);
        let ids: Vec<Id> = done.iter().map(|c| c.id).collect();
        let (desk, changes) = (*self, moved.changes.clone());
        if !left && !changes.is_empty() {
            // Another place in its column is seen there.
            self.toasts.silently(move || desk.undo(changes.clone(), ids.clone()));
        } else if left && !changes.is_empty() {
            self.toasts.done(moved_text(&done, &self.stage_kind(&op.stage), &name), move || desk.undo(changes.clone(), ids.clone()));
        }
        self.commits.try_update_value(|c| *c += 1);
        self.truth.try_update_value(|truth| {
            for card in moved.cards {
                truth.settle(card);
            }
        });
        self.ops.try_update_value(|ops| ops.retain(|o| o.no != op.no));
        let refused: Vec<Id> = moved.refused.iter().map(|(id, _)| *id).collect();
        self.shifting(&refused, || {});
        let Some((_, first)) = moved.refused.first() else { return };
        let (asked, other): (Vec<_>, Vec<_>) = moved.refused.iter().partition(|(_, e)| !required(e).is_empty());
        if let Some((_, error)) = asked.first() {
            let ids: Vec<Id> = asked.iter().map(|(id, _)| *id).collect();
            let mut fields: Vec<String> = asked.iter().flat_map(|(_, e)| required(e)).collect();
            fields.sort();
            fields.dedup();
            let again = Op { no: self.next_op(), ids: ids.clone(), ..op.clone() };
            let no = again.no;
            if let Some(lane) = self.lane(&op.stage) {
                self.shifting(&ids, || {
                    self.ops.try_update_value(|ops| ops.push(again));
                });
                self.ask(no, &ids, lane.stage, fields, job.given.fields.clone(), Some(error.clone()));
            }
        }
        if !other.is_empty() {
            let n = i64::try_from(other.len()).unwrap_or(0);
            let why = error_text(other.first().map_or(first, |(_, e)| e));
            self.toasts.warn(fill(&tn("board.not_moved", n), &[("why", &why)]));
        }
    }

    fn refused(&self, op: &Op, job: Job, before: &[Arc<Card>], error: Error) {
        let fields = required(&error);
        if !fields.is_empty()
            && let Some(lane) = self.lane(&op.stage)
        {
            return self.ask(op.no, &op.ids, lane.stage, fields, job.given.fields, Some(error));
        }
        if let Error::Conflict(clash) = &error
            && job.given.concerns(clash)
        {
            let (desk, no, clash) = (*self, op.no, clash.as_ref().clone());
            let version = Some(clash.current.version);
            let again = Callback::new(move |given: Given| {
                desk.send(Job { op: no, given, again: false, version, _under_way: desk.toasts.under_way() });
            });
            let leave = Callback::new(move |()| desk.take_back(no));
            return filled::choose(self.shell, self.names, clash, job.given, again, leave);
        }
        // Only its place or something beside the stage changed meanwhile: the move still means the same.
        if let Error::Conflict(clash) = &error
            && !job.again
            && clash.current.deleted_at.is_none()
            && before.first().is_some_and(|c| c.stage == clash.current.text("stage"))
        {
            let version = Some(clash.current.version);
            self.jobs.try_update_value(|j| j.push_front(Job { again: true, version, ..job }));
            return;
        }
        self.take_back(op.no);
        self.changed(op.ids.iter().copied());
        let name = before.first().map(|c| c.name.clone()).unwrap_or_default();
        match &error {
            Error::Conflict(clash) if clash.current.deleted_at.is_some() => {
                let text = t!("board.gone", name = clash.current.name());
                self.toasts.warn(text);
            }
            Error::Conflict(clash) => {
                let stage = self.stage_name(clash.current.text("stage"));
                let by = clash.by.clone().unwrap_or_default();
                let text = if by.is_empty() {
                    t!("board.moved_meanwhile", name = name, stage = stage)
                } else {
                    t!("board.moved_by", name = name, stage = stage, by = by)
                };
                self.toasts.warn(text);
            }
            Error::NotFound => self.toasts.warn(t!("board.gone", name = name)),
            _ => self.toasts.fail(&error),
        }
        self.say(t!("board.say.back", name = name));
    }

    /// Takes these changes back.
    pub fn undo(&self, changes: Vec<Id>, ids: Vec<Id>) {
        let desk = *self;
        spawn_local(async move {
            match api::undo(changes).await {
                Ok(done) if done.why.is_some() => {
                    let (left, ids) = (done.left.clone(), ids.clone());
                    desk.toasts.undone(&done, move || desk.undo(left.clone(), ids.clone()));
                }
                Ok(done) if !done.refused.is_empty() => desk.toasts.undone(&done, || {}),
                Ok(_) => desk.say(t("board.say.undone")),
                Err(Fault(error)) => desk.toasts.fail(&error),
            }
            desk.changed(ids);
        });
    }

    pub fn assign(&self, ids: Vec<Id>, owner: Option<Id>, name: String) {
        let desk = *self;
        self.toasts.acting(async move {
            match api::assign(ids.clone(), owner).await {
                Ok(done) => {
                    let text = fill(&tn("board.assigned", count(&done.changes)), &[("name", &name)]);
                    let (changes, again) = (done.changes.clone(), ids.clone());
                    desk.toasts.act(text, &done, move || desk.undo(changes.clone(), again.clone()));
                }
                Err(Fault(error)) => desk.toasts.fail(&error),
            }
            desk.changed(ids);
        });
    }

    pub fn remove(&self, ids: Vec<Id>) {
        let desk = *self;
        let name = ids.first().and_then(|id| self.card(*id)).map(|c| c.name.clone()).unwrap_or_default();
        self.toasts.acting(async move {
            match api::remove(ids.clone()).await {
                Ok(done) => {
                    let text =
                        if ids.len() == 1 { t!("board.removed_one", name = name) } else { tn("board.removed", count(&done.changes)) };
                    let (changes, again) = (done.changes.clone(), ids.clone());
                    desk.toasts.act(text, &done, move || desk.undo(changes.clone(), again.clone()));
                    let _ = desk.picked.try_set(Arc::default());
                }
                Err(Fault(error)) => desk.toasts.fail(&error),
            }
            desk.changed(ids);
        });
    }

    pub fn stage_name(&self, stage: &str) -> String {
        self.pipeline.try_with_untracked(|p| p.stage(stage).map(|s| s.name.clone())).flatten().unwrap_or_else(|| stage.to_owned())
    }

    fn stage_kind(&self, stage: &str) -> StageKind {
        self.pipeline.try_with_untracked(|p| p.stage(stage).map(|s| s.kind)).flatten().unwrap_or(StageKind::Open)
    }
}

fn count(ids: &[Id]) -> i64 {
    i64::try_from(ids.len()).unwrap_or(0)
}

fn moved_text(cards: &[&Arc<Card>], kind: &StageKind, stage: &str) -> String {
    let key = match kind {
        StageKind::Open => "moved",
        StageKind::Won => "won",
        StageKind::Lost => "lost",
    };
    match cards {
        [only] => fill(&tk(&format!("board.{key}_one")), &[("name", &only.name), ("stage", stage)]),
        all => fill(&tn(&format!("board.{key}_many"), i64::try_from(all.len()).unwrap_or(0)), &[("stage", stage)]),
    }
}

/// The fields that a stage asks for, of an error that says so.
fn required(error: &Error) -> Vec<String> {
    match error {
        Error::Invalid { fields } if fields.iter().any(|f| f.code == "required_by_stage") => {
            fields.iter().map(|f| f.field.clone()).collect()
        }
        _ => Vec::new(),
    }
}
