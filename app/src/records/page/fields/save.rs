//! Saving a field: shown at once, taken back with a reason where the server refuses, a choice where somebody was first.

use std::sync::Arc;
use std::time::Duration;

use domain::error::Clash;
use domain::pipelines::StageKind;
use domain::record::Patch;
use domain::schema::{FieldDef, FieldType, REQUIRED};
use serde_json::Value;

use super::super::super::draft::Draft;
use super::super::super::{api, edits, value};
use super::super::PageCx;
use super::begin;
use super::one::{One, State};
use crate::prelude::*;
use crate::shell::{Conflict, ConflictRow, Newest, Occasion};

impl One {
    /// Saves what is typed. False: it cannot be saved, the editor stays.
    pub(super) fn commit(&self, draft: Draft) -> bool {
        // It was sent or taken back already (a press on a button also leaves the field).
        if self.cx.editing.try_get_untracked() != Some(Some(self.def.name)) {
            return true;
        }
        match untrack(|| draft.checked()) {
            Err(error) => {
                self.error.set(Some(field_error_text(&error)));
                false
            }
            Ok(Value::Null) if self.def.is(REQUIRED) => {
                self.error.set(Some(field_error_text(&FieldError::new(self.def.name, "required"))));
                false
            }
            Ok(value) => {
                self.error.set(None);
                self.kept.set_value(Some(untrack(|| draft.value())));
                if let Some(id) = draft.picked().get_untracked()
                    && let FieldType::Ref(kind) = self.def.ty
                {
                    self.cx.names.learn(kind, id, &draft.label());
                }
                if value == self.base.get_value().1 {
                    self.kept.set_value(None);
                    self.state.set(State::Rest);
                } else {
                    self.save(value);
                }
                true
            }
        }
    }

    pub(super) fn save(self, new: Value) {
        let (version, base) = self.base.get_value();
        self.send(new, version, base);
    }

    fn send(self, new: Value, version: i64, base: Value) {
        let (cx, def) = (self.cx, self.def);
        self.pending.set(Some(new.clone()));
        self.state.set(State::Saving);
        let mut fields = Fields::from_iter([(def.name.to_owned(), new.clone())]);
        let mut was = Fields::from_iter([(def.name.to_owned(), base.clone())]);
        with_stage(cx, &mut fields, &mut was);
        cx.toasts.acting(async move {
            let answer = edits::save(cx.kind, cx.id, Patch { fields, version, base: was.clone() }, cx.names).await;
            if let Ok(record) = &answer {
                remember(cx, was, record);
            }
            if self.state.try_get_untracked().is_none() {
                return;
            }
            match answer {
                Ok(record) => {
                    self.kept.set_value(None);
                    cx.take(record);
                    // Another save of the same field may be under way by now.
                    if self.pending.with_untracked(|p| p.as_ref() == Some(&new)) {
                        self.pending.set(None);
                    }
                    self.state.set(State::Saved);
                    cx.timeline.again();
                    set_timeout(
                        move || {
                            if self.state.try_get_untracked() == Some(State::Saved) {
                                self.state.set(State::Rest);
                            }
                        },
                        Duration::from_millis(1600),
                    );
                }
                Err(Fault(Error::Conflict(clash))) => {
                    self.pending.set(None);
                    self.state.set(State::Rest);
                    self.clash(*clash, new, base);
                }
                Err(Fault(error)) => {
                    self.pending.set(None);
                    if error == Error::Unauthenticated {
                        cx.toasts.fail(&error);
                    }
                    // Wrong at the server's look: back into the editor, with the reason and what was typed.
                    if let Some(text) = error_of(Some(&error), def.name)
                        && cx.editing.get_untracked().is_none()
                        && def.ty != FieldType::Bool
                    {
                        self.state.set(State::Rest);
                        self.error.set(Some(text));
                        begin(cx, def.name);
                    } else {
                        self.state.set(State::Failed(error));
                    }
                }
            }
        });
    }

    /// Somebody was first with this very field: the person chooses.
    fn clash(self, clash: Clash, mine: Value, original: Value) {
        let (cx, def) = (self.cx, self.def);
        let current = clash.current.fields.get(def.name).cloned().unwrap_or_default();
        let row = ConflictRow::of(cx.kind, def.name, [&current, &mine, &original], &|v| value::text(def, v, cx.names));
        cx.take(clash.current);
        let text =
            Signal::derive(move || cx.record.with(|r| vec![value::text(def, r.fields.get(def.name).unwrap_or(&Value::Null), cx.names)]));
        let on_choose = Callback::new(move |own: Vec<String>| {
            self.kept.set_value(None);
            if own.iter().any(|f| f == def.name) {
                // Over what was seen last: whoever is first once more asks once more.
                let (version, now) = cx.record.with_untracked(|r| (r.version, r.fields.get(def.name).cloned().unwrap_or_default()));
                self.send(mine.clone(), version, now);
            }
        });
        cx.shell.conflict.set(Some(Conflict {
            by: clash.by,
            at: clash.at,
            rows: vec![row],
            occasion: Occasion::Edit,
            newest: Newest { record: cx.id, current: text },
            on_choose,
            on_leave: Callback::new(move |()| begin(cx, def.name)),
        }));
    }
}

/// The key for the last change takes this one back.
fn remember(cx: PageCx, was: Fields, now: &Record) {
    let then = move |record: Record| {
        // The page may have been left.
        if cx.record.try_get_untracked().is_some() {
            cx.take(record);
            cx.timeline.again();
        }
    };
    edits::remember(cx.toasts, was, now, Arc::new(then));
}

/// A deal in another pipeline begins in its first stage.
fn with_stage(cx: PageCx, fields: &mut Fields, base: &mut Fields) {
    if cx.kind != Kind::Deal {
        return;
    }
    let Some(pipeline) = fields.get("pipeline").and_then(Value::as_str).and_then(Id::parse) else {
        return;
    };
    if let Some(first) = cx.names.pipeline(Some(pipeline)).and_then(|p| p.first(StageKind::Open).cloned()) {
        base.insert("stage".to_owned(), cx.record.with_untracked(|r| r.fields.get("stage").cloned().unwrap_or_default()));
        fields.insert("stage".to_owned(), first.id.into());
    }
}

/// Saves one field from outside of the panel (the owner in the head); errors go to a toast.
pub fn save_plainly(cx: PageCx, def: &'static FieldDef, new: Value) {
    let before = cx.record.get_untracked();
    let base = before.fields.get(def.name).cloned().unwrap_or_default();
    if base == new {
        return;
    }
    cx.record.update(|r| r.fields = domain::fields::merged(&r.fields, &Fields::from_iter([(def.name.to_owned(), new.clone())])));
    // The key that takes back waits for it.
    cx.toasts.acting(async move {
        let patch = Patch {
            fields: Fields::from_iter([(def.name.to_owned(), new)]),
            version: before.version,
            base: Fields::from_iter([(def.name.to_owned(), base)]),
        };
        let was = patch.base.clone();
        match api::update(cx.kind, cx.id, patch).await {
            Ok(record) => {
                remember(cx, was, &record);
                cx.take(record);
                cx.timeline.again();
            }
            Err(Fault(error)) => {
                if cx.record.try_get_untracked().is_some_and(|r| r.version == before.version) {
                    cx.record.set(before);
                }
                cx.toasts.fail(&error);
                cx.again();
            }
        }
    });
}
