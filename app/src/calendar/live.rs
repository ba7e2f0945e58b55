//! Reading: the page of the address, again when something changed elsewhere, and what stands against something that is not
//! saved yet. An answer that a newer question has overtaken is dropped. Nothing that is read here touches what is in the
//! hand or what is typed.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::calendar::view::{CalendarQuery, Checked, Draft};
use domain::live::LiveEvent;
use leptos::task::spawn_local;

use super::api;
use super::desk::Desk;
use crate::prelude::*;

/// A burst of changes is one reading.
const GATHER: Duration = Duration::from_millis(80);
/// After the last key or the last step of a drag: an alert is there within 150 ms of it, answer included.
pub const PAUSE: Duration = Duration::from_millis(45);

impl Desk {
    /// Reads again when the address or the calendar change, until the current owner is gone.
    pub fn follow(&self) {
        let desk = *self;
        Effect::new(move |before: Option<CalendarQuery>| {
            let now = desk.query.get();
            if before.is_some_and(|b| b != now) {
                desk.load();
            }
            now
        });
        use_live().on(move |event| match event {
            LiveEvent::Change(change) if matches!(change.kind, Kind::Event | Kind::Resource | Kind::Task) => desk.soon(),
            // Names and working hours.
            LiveEvent::Change(change) if matches!(change.kind, Kind::User | Kind::Team) => desk.soon(),
            LiveEvent::Bulk { kind: Kind::Event | Kind::Resource | Kind::Task | Kind::User | Kind::Team, .. } | LiveEvent::Reset => {
                desk.soon()
            }
            LiveEvent::Clash { .. } => desk.count_conflicts(),
            _ => {}
        });
        let alive = use_shell().alive;
        Effect::new(move |_| {
            if alive.get() {
                desk.count_conflicts();
            }
        });
    }

    fn soon(&self) {
        if self.waiting.try_get_value() != Some(false) {
            return;
        }
        self.waiting.set_value(true);
        let desk = *self;
        set_timeout(
            move || {
                if desk.waiting.try_update_value(|w| *w = false).is_some() {
                    desk.load();
                    desk.count_conflicts();
                }
            },
            GATHER,
        );
    }

    pub fn load(&self) {
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        self.loading.set(true);
        let desk = *self;
        let query = self.query.get_untracked();
        spawn_local(async move {
            let answer = api::open_page(query).await;
            if desk.turn.try_get_value() != Some(turn) {
                return;
            }
            desk.loading.set(false);
            match answer {
                Ok(opened) => desk.fill(opened.page),
                Err(Fault(Error::Unauthenticated)) => desk.toasts.fail(&Error::Unauthenticated),
                // What is on the screen stays; the bar says that the line is gone, and it is asked again.
                Err(Fault(Error::Unavailable)) if desk.failure.with_untracked(Option::is_none) => desk.later(),
                Err(Fault(error)) => desk.failure.set(Some(error)),
            }
        });
    }

    fn later(&self) {
        let desk = *self;
        set_timeout(
            move || {
                if desk.turn.try_get_value().is_some() {
                    desk.soon();
                }
            },
            Duration::from_secs(2),
        );
    }

    pub fn count_conflicts(&self) {
        let desk = *self;
        spawn_local(async move {
            if let Ok(found) = api::list_conflicts().await {
                // Several about one item are one thing to decide.
                let items: BTreeSet<_> = found.conflicts.iter().map(|c| (c.conflict.item, c.conflict.slot)).collect();
                let _ = desk.open_conflicts.try_set(Some(items.len()));
            }
        });
    }

    /// Asks what stands against it, a moment after the last question; only the newest is answered.
    pub fn check(&self, draft: Draft, then: impl FnOnce(Result<Checked, Error>) + 'static) {
        let Some(turn) = self.next_check() else { return };
        let desk = *self;
        set_timeout(
            move || {
                if desk.check_turn.try_get_value() != Some(turn) {
                    return;
                }
                spawn_local(async move {
                    let answer = api::check_draft(draft).await;
                    if desk.check_turn.try_get_value() == Some(turn) {
                        then(answer.map_err(|f| f.0));
                    }
                });
            },
            PAUSE,
        );
    }

    /// Questions that are under way are not answered any more.
    pub fn next_check(&self) -> Option<u32> {
        self.check_turn.try_update_value(|t| {
            *t = t.wrapping_add(1);
            *t
        })
    }
}
