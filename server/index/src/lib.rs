//! The embedded index: answers lists, boards, searches and figures. The database is the truth; the index is fed with
//! every committed change and rebuilt when it is missing, of another schema, or damaged.

mod caches;
mod cond;
mod cursor;
mod eval;
mod files;
mod find;
mod grams;
mod keeper;
mod layout;
mod list;
#[cfg(test)]
mod model;
mod question;
mod row;
mod segment;
mod set;
mod snapshot;
#[cfg(test)]
mod tests;
mod totals;
mod views;
mod words;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use domain::list::Sort;
use domain::{Id, Kind};

use cond::Cond;
use keeper::{Keeper, Message};
use row::Row;
use snapshot::Snapshot;
use words::Words;

pub use question::{Group, IndexDoc, Key, Page, Query, Scope, Sums, TotalsRow};

/// What can go wrong here. None of it travels to people as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A cursor that this index never gave out (or gave for another sort).
    Cursor,
    /// The index was closed.
    Closed,
    /// Reading or writing failed; the text is for the log.
    Broken(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cursor => f.write_str("the cursor does not belong to this list"),
            Self::Closed => f.write_str("the index is closed"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

macro_rules! broken {
    ($($from:ty),*) => {$(
        impl From<$from> for Error {
            fn from(e: $from) -> Self {
                Self::Broken(e.to_string())
            }
        }
    )*};
}
broken!(tantivy::TantivyError, std::io::Error, tantivy::directory::error::OpenReadError);

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was found when opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Usable; it knows everything up to this cursor. `in_order`: it was closed, so that nothing was on its way to it.
    Ready { cursor: Option<String>, in_order: bool },
    /// New, or wiped because it was damaged, unfinished or of another schema: [`Index::load`] everything, and end with
    /// [`Index::loaded`] even when there was nothing. Until then it stays empty for the next start.
    Empty,
}

/// Cheap to clone. When the last one goes, what is only in memory is written down.
#[derive(Clone)]
pub struct Index(Arc<Keeper>);

impl Index {
    /// None: in memory.
    ///
    /// # Errors
    /// When another process uses the directory, or it cannot be written.
    pub fn open(dir: Option<&Path>) -> Result<(Self, Opened)> {
        let Some(dir) = dir else {
            let keeper = Keeper::start(files::in_memory()?, None, None)?;
            return Ok((Self(Arc::new(keeper)), Opened::Empty));
        };
        let home = files::Home::enter(dir)?;
        let (keeper, opened) = match home.existing() {
            Ok((index, cursor, in_order)) => {
                home.mark_open()?;
                (Keeper::start(index, Some(home), Some(cursor.clone()))?, Opened::Ready { cursor: Some(cursor), in_order })
            }
            Err(why) => {
                tracing::info!("the index starts anew: {why}");
                let index = home.anew()?;
                home.mark_open()?;
                (Keeper::start(index, Some(home), None)?, Opened::Empty)
            }
        };
        Ok((Self(Arc::new(keeper)), opened))
    }

    /// As [`Self::open`], but whatever is there is cleared away: it belongs to another database, or to a later state of this one.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn anew(dir: &Path) -> Result<Self> {
        let home = files::Home::enter(dir)?;
        let index = home.anew()?;
        home.mark_open()?;
        Ok(Self(Arc::new(Keeper::start(index, Some(home), None)?)))
    }

    /// Puts these records in place of what was known of them. When the future ends, every query sees them. A record
    /// with an older version than the known one is left out. `cursor` is given back by [`Self::open`].
    pub fn apply(&self, docs: Vec<IndexDoc>, cursor: String) -> impl Future<Output = Result<()>> + Send + use<> {
        self.0.apply(docs.iter().map(Row::of).collect(), cursor).wait()
    }

    /// Many records at once (filling, importing): seen by queries from time to time, surely after [`Self::loaded`].
    /// The future ends when there is room for more.
    pub fn load(&self, docs: Vec<IndexDoc>) -> impl Future<Output = Result<()>> + Send + use<> {
        let rows = docs.iter().map(Row::of).collect();
        self.0.send(|done| Message::Load { rows, done }).wait()
    }

    /// Ends a run of [`Self::load`].
    pub fn loaded(&self, cursor: String) -> impl Future<Output = Result<()>> + Send + use<> {
        self.0.send(|done| Message::Loaded { cursor, done }).wait()
    }

    /// Forgets records altogether (purged from the bin).
    pub fn forget(&self, ids: Vec<Id>, cursor: String) -> impl Future<Output = Result<()>> + Send + use<> {
        self.0.send(|done| Message::Forget { ids, cursor, done }).wait()
    }

    /// Writes down what is only in memory. Happens by itself within seconds, and when the index is dropped.
    pub fn flush(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.0.send(|done| Message::Flush { done }).wait()
    }

    /// One page in the order of `sort`, then of the ids (both turned round when descending); empty values come last
    /// in both directions. `cursor` continues a page and takes precedence over `skip`.
    pub fn list(&self, query: &Query, sort: &Sort, cursor: Option<&str>, skip: usize, limit: usize, count: bool) -> Result<Page> {
        let snapshot = self.0.shared.snapshot();
        let cond = condition(&snapshot, query)?;
        let mut page = list::page(&snapshot, &cond, &list::Ask { query, sort, cursor, skip, limit })?;
        if count {
            page.total = Some(list::count(&snapshot, query, &cond)?);
        }
        Ok(page)
    }

    pub fn count(&self, query: &Query) -> Result<i64> {
        let snapshot = self.0.shared.snapshot();
        let cond = condition(&snapshot, query)?;
        list::count(&snapshot, query, &cond)
    }

    /// Sums per group and currency, exact, in no particular order; at most four groups. A record with several products
    /// counts in each.
    pub fn totals(&self, query: &Query, groups: &[Group]) -> Result<Vec<TotalsRow>> {
        let snapshot = self.0.shared.snapshot();
        let cond = condition(&snapshot, query)?;
        totals::totals(&snapshot, query, &cond, groups)
    }

    /// Best first, of one kind per query (whose own words do not count). Every word must occur somewhere in the searchable fields of the record; when nothing has them all,
    /// longer words may be mistyped by a letter.
    pub fn search(&self, words: &str, within: &[Query], limit: usize) -> Result<Vec<(Kind, Id, f32)>> {
        find::search(&self.0.shared.snapshot(), words, within, limit)
    }
}

fn condition(snapshot: &Snapshot, query: &Query) -> Result<Cond> {
    let words = Words::parse(&query.words);
    let typos = words.may_err() && !snapshot.any_exact(&words, query.kind)?;
    Ok(Cond::of(query, &words, typos))
}
