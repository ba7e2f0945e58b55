//! The live stream: one `EventSource` a page. Rooms subscribe with [`Live::on`] or [`Live::on_kinds`]; a subscription
//! ends with its owner. Events carry ids and versions, never data: whoever shows the record reads it again.
//!
//! A lost connection is opened again at the last event seen, so nothing is missed; when the server cannot go on from
//! there it says `Reset`.

use std::sync::Arc;

use domain::live::{LiveEvent, Present};
use domain::{Id, Kind};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod stream;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody is signed in, or the page does not live yet.
    Idle,
    Connecting,
    Live,
    /// Since this instant (milliseconds).
    Lost(i64),
    /// The session is over: what is shown grows old until somebody signs in again.
    SignedOut,
}

type Listener = Arc<dyn Fn(&LiveEvent) + Send + Sync>;

#[derive(Clone, Copy)]
pub struct Live {
    status: RwSignal<Status>,
    listeners: StoredValue<Vec<(u64, Listener)>>,
    next: StoredValue<u64>,
    /// Asks for the password again, above whatever is open.
    pub(crate) door: RwSignal<bool>,
}

pub fn use_live() -> Live {
    use_context().unwrap_or_else(Live::new)
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            status: RwSignal::new(Status::Idle),
            listeners: StoredValue::new(Vec::new()),
            next: StoredValue::new(0),
            door: RwSignal::new(false),
        }
    }

    pub fn status(&self) -> Signal<Status> {
        self.status.into()
    }

    /// Calls back with every event until the current owner is gone. Does nothing on the server.
    pub fn on(&self, listener: impl Fn(&LiveEvent) + Send + Sync + 'static) {
        if cfg!(not(feature = "hydrate")) {
            return;
        }
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let listener: Listener = Arc::new(listener);
        self.listeners.update_value(|l| l.push((id, listener)));
        let listeners = self.listeners;
        on_cleanup(move || {
            listeners.try_update_value(|l| l.retain(|(i, _)| *i != id));
        });
    }

    /// Calls back when records of these kinds changed (empty: any), at most six times a second: "read again".
    pub fn on_kinds(&self, kinds: &'static [Kind], again: impl Fn() + Send + Sync + 'static) {
        let again = calm(again);
        self.on(move |event| {
            let ours = |kind: &Kind| kinds.is_empty() || kinds.contains(kind);
            let hit = match event {
                LiveEvent::Change(change) => ours(&change.kind),
                LiveEvent::Bulk { kind, .. } => ours(kind),
                LiveEvent::Reset => true,
                LiveEvent::Presence(_) | LiveEvent::Clash { .. } | LiveEvent::Notices => false,
            };
            if hit {
                again();
            }
        });
    }

    /// Calls back when this record, or one that belongs to it, changed.
    pub fn on_record(&self, record: Id, again: impl Fn() + Send + Sync + 'static) {
        let again = calm(again);
        self.on(move |event| {
            let hit = match event {
                LiveEvent::Change(change) => change.record == record || change.parents.contains(&record),
                LiveEvent::Bulk { .. } | LiveEvent::Reset => true,
                LiveEvent::Presence(_) | LiveEvent::Clash { .. } | LiveEvent::Notices => false,
            };
            if hit {
                again();
            }
        });
    }

    /// `since`: from where on; what happened while the page was on its way is told too.
    #[cfg(feature = "hydrate")]
    pub(crate) fn connect(&self, since: Option<Id>) {
        stream::connect(*self, since);
    }

    /// Somebody signed in again: from where it was lost, so that nothing is missed.
    pub(crate) fn resume(&self) {
        #[cfg(feature = "hydrate")]
        stream::open(*self);
    }

    #[cfg(feature = "hydrate")]
    fn tell(&self, event: &LiveEvent) {
        // A listener may subscribe or end others: call outside of the borrow.
        let listeners = self.listeners.get_value();
        for (id, listener) in listeners {
            if self.listeners.with_value(|l| l.iter().any(|(i, _)| *i == id)) {
                listener(event);
            }
        }
    }
}

/// The session is over, as somebody did something, or in passing (`Ask::Nothing`): what is typed must not be disturbed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Nothing,
    Password,
}

/// The page says that the session is over, and where somebody waits for what they did, asks for the password at once.
pub fn signed_out(ask: Ask) {
    #[cfg(feature = "hydrate")]
    stream::signed_out(ask);
    #[cfg(not(feature = "hydrate"))]
    let _ = ask;
}

/// Gathers calls: the first waits 150 ms, those meanwhile join it.
pub(crate) fn calm(call: impl Fn() + Send + Sync + 'static) -> impl Fn() + Send + Sync + 'static {
    let waiting = StoredValue::new(false);
    let call = Arc::new(call);
    move || {
        if waiting.try_get_value() != Some(false) {
            return;
        }
        waiting.set_value(true);
        let call = Arc::clone(&call);
        set_timeout(
            move || {
                // The room may be gone by now.
                if waiting.try_update_value(|w| *w = false).is_some() {
                    call();
                }
            },
            std::time::Duration::from_millis(150),
        );
    }
}

/// "I look at this record, and type in this field." Tells the server every 20 s and at every change; answers who else
/// looks, until the current owner is gone.
pub fn look_at(record: Signal<Option<Id>>, field: Signal<Option<String>>) -> Signal<Vec<Present>> {
    let people = RwSignal::new(Vec::<Present>::new());
    #[cfg(feature = "hydrate")]
    stream::look_at(record, field, people);
    #[cfg(not(feature = "hydrate"))]
    let _ = (record, field);
    people.into()
}

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

#[server(prefix = "/api/app", endpoint = "live/look_at", protocol = Call)]
pub async fn tell_look(tab: String, record: Option<Id>, field: Option<String>) -> Result<Option<domain::live::Presence>, Fault> {
    Ok(service::live::look_at(&ctx()?, &tab, record, field.as_deref()).await?)
}
