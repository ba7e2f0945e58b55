//! Records of every kind: list, read, create, change, bin, restore. One set of rules for all doors; what is special to a
//! kind (a deal's stage, a contact's name, a task's effect on its deal) hooks in here.

use domain::list::{ListPage, ListQuery, Selection};
use domain::record::{Done, Labels, Patch, RecordPage, Timeline};
use domain::{Error, Fields, Id, Kind, Record, Result};

use crate::Ctx;

pub async fn list(ctx: &Ctx, kind: Kind, query: &ListQuery) -> Result<ListPage> {
    let _ = (ctx, kind, query);
    Err(Error::Unavailable)
}

/// Everything that the record's page shows at once, except its timeline.
pub async fn page(ctx: &Ctx, kind: Kind, id: Id) -> Result<RecordPage> {
    let _ = (ctx, kind, id);
    Err(Error::Unavailable)
}

pub async fn get(ctx: &Ctx, kind: Kind, id: Id) -> Result<Record> {
    let _ = (ctx, kind, id);
    Err(Error::Unavailable)
}

/// Several at once, in the order asked for; those that may not be seen are left out.
pub async fn get_many(ctx: &Ctx, kind: Kind, ids: &[Id]) -> Result<Vec<Record>> {
    let _ = (ctx, kind, ids);
    Err(Error::Unavailable)
}

/// Names of what these records refer to.
pub async fn labels(ctx: &Ctx, records: &[Record]) -> Result<Labels> {
    let _ = (ctx, records);
    Err(Error::Unavailable)
}

/// `key`: the same key and the same fields again give the first answer (24 hours).
pub async fn create(ctx: &Ctx, kind: Kind, fields: Fields, key: Option<&str>) -> Result<Record> {
    let _ = (ctx, kind, fields, key);
    Err(Error::Unavailable)
}

/// See [`Patch`] for what a stale version means.
pub async fn update(ctx: &Ctx, kind: Kind, id: Id, patch: Patch) -> Result<Record> {
    let _ = (ctx, kind, id, patch);
    Err(Error::Unavailable)
}

/// To the bin. A stage, pipeline or user that is in use is refused with what uses it.
pub async fn remove(ctx: &Ctx, kind: Kind, id: Id, version: Option<i64>) -> Result<Record> {
    let _ = (ctx, kind, id, version);
    Err(Error::Unavailable)
}

pub async fn restore(ctx: &Ctx, kind: Kind, id: Id) -> Result<Record> {
    let _ = (ctx, kind, id);
    Err(Error::Unavailable)
}

/// The same change to many records; those that may not be edited are left out and counted in the difference.
pub async fn update_many(ctx: &Ctx, kind: Kind, selection: &Selection, fields: Fields) -> Result<Done> {
    let _ = (ctx, kind, selection, fields);
    Err(Error::Unavailable)
}

pub async fn remove_many(ctx: &Ctx, kind: Kind, selection: &Selection) -> Result<Done> {
    let _ = (ctx, kind, selection);
    Err(Error::Unavailable)
}

/// Newest first; `before`: the `next` of the page before. `only`: "activity", "change", or "" for both.
pub async fn timeline(ctx: &Ctx, kind: Kind, id: Id, only: &str, before: Option<&str>) -> Result<Timeline> {
    let _ = (ctx, kind, id, only, before);
    Err(Error::Unavailable)
}
