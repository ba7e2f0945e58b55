//! Booking pages: a public address per person or team where strangers take a free time.
//!
//! - [`pages`]: those who work here make and change them.
//! - [`free`]: which times a page offers, by the same rules and diaries as everything in the calendar.
//! - [`take`]: a visitor takes one; of two who want the last, one gets it. [`visit`]: moves or cancels it, by the link in the letter.
//! - [`desk`]: how often strangers may ask, and that they are served one after the other.
//!
//! A booking is an item of the calendar like any other, and beside it a small document under the same id: what was booked, by whom, in
//! which language. Only times leave this room for strangers, never by what others are taken.

use std::collections::BTreeMap;

use domain::calendar::stored;
use domain::{Fields, Id, Kind, Locale, Result};
use serde::{Deserialize, Serialize};
use store::Table;

use crate::App;
use crate::ctx::{fault, internal};

mod desk;
mod free;
mod pages;
mod take;
mod visit;

pub(crate) use desk::Desk;
pub use free::{page, times};
pub use pages::{delete, get, list, save, teams};
pub use take::take;
pub use visit::{booked, cancel, move_to, other_times};

/// So long after it is over, a booking is forgotten; the item itself stays in the calendar.
const LIFE_MS: i64 = crate::notices::LIFE_MS;

/// What the links of a booking's letter are for.
const PURPOSE: &[u8] = b"move or cancel a booking";

/// What is kept of a booking beside its item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Booking {
    pub page: Id,
    pub kind: Id,
    /// Of the kind of meeting, as the visitor read it.
    pub name: String,
    pub minutes: u32,
    pub contact: Id,
    /// Where letters go, in which language and on which clock.
    pub email: String,
    pub visitor: String,
    pub locale: Locale,
    pub zone: String,
    pub at: String,
}

impl Booking {
    fn of(doc: Fields) -> Option<Self> {
        serde_json::from_value(serde_json::Value::Object(doc)).ok()
    }

    fn doc(&self) -> Result<Fields> {
        Ok(serde_json::to_value(self).map_err(|e| internal(&e))?.as_object().cloned().unwrap_or_default())
    }
}

/// None: this item was not booked by a visitor.
pub(crate) async fn of_event(app: &App, event: Id) -> Result<Option<Booking>> {
    Ok(app.0.store.get_doc(Table::Booking, &event.to_string()).await.map_err(fault)?.and_then(Booking::of))
}

/// Those of these items that were booked.
async fn of_events(app: &App, events: impl IntoIterator<Item = Id>) -> Result<BTreeMap<Id, Booking>> {
    let keys: Vec<String> = events.into_iter().map(|id| id.to_string()).collect();
    let found = app.0.store.docs_of(Table::Booking, &keys).await.map_err(fault)?;
    Ok(found.into_iter().filter_map(|(key, doc)| Some((Id::parse(&key)?, Booking::of(doc)?))).collect())
}

/// Throws away what is kept beside items that are over since long, or gone for good: by then no link leads to them.
pub(crate) async fn sweep(app: &App) -> Result<usize> {
    let before = app.now() - LIFE_MS;
    let keys = app.0.store.keys(Table::Booking).await.map_err(fault)?;
    // A key says when it was made: what was booked lately cannot be over since long.
    let old: Vec<Id> = keys.iter().filter_map(|key| Id::parse(key)).filter(|id| made_at(*id) < before).collect();
    let mut gone = Vec::new();
    for some in old.chunks(500) {
        let found = app.0.store.get_many(Kind::Event, some).await.map_err(fault)?;
        let over = |id: &&Id| {
            let record = found.iter().find(|r| r.id == **id);
            let end = record.and_then(stored::event).and_then(|e| e.when()).map(|w| w.span(&chrono::Utc).end);
            end.is_none_or(|end| end < before)
        };
        gone.extend(some.iter().filter(over).map(Id::to_string));
        tokio::task::yield_now().await;
    }
    for some in gone.chunks(500) {
        app.0.store.delete_docs(Table::Booking, some).await.map_err(fault)?;
    }
    Ok(gone.len())
}

/// Ids tell when they were made (UUIDv7).
fn made_at(id: Id) -> i64 {
    i64::try_from(id.0.as_u128() >> 80).unwrap_or(i64::MAX)
}

/// The secret part of a booking's link.
async fn token(app: &App, event: Id) -> Result<String> {
    crate::calendar::Signet::of(app).await?.seal(PURPOSE, event.0.as_bytes())
}

/// Where a booking is moved or cancelled.
pub(crate) async fn link(app: &App, event: Id) -> Result<String> {
    Ok(format!("{}/booking/{}", app.0.config.public, token(app, event).await?))
}
