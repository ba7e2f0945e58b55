//! The embedded index: answers lists, boards, searches and figures. The database is the truth; the index is fed with
//! every committed change and rebuilt when it is missing, of another schema, or damaged.

mod model;
mod question;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use domain::list::Sort;
use domain::{Id, Kind};
use parking_lot::RwLock;

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

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was found when opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Usable; it knows everything up to this cursor (None: nothing was ever applied with one).
    Ready { cursor: Option<String> },
    /// New, or wiped because it was damaged or of another schema: it has to be filled.
    Empty,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Index(Arc<RwLock<model::Model>>);

impl Index {
    /// None: in memory.
    pub fn open(dir: Option<&Path>) -> Result<(Self, Opened)> {
        let _ = dir;
        Ok((Self(Arc::default()), Opened::Empty))
    }

    /// Puts these records in place of what was known of them. When the future ends, every query sees them. A record
    /// with an older version than the known one is left out. `cursor` is given back by [`Self::open`].
    pub fn apply(&self, docs: Vec<IndexDoc>, cursor: String) -> impl Future<Output = Result<()>> + Send + 'static {
        let _ = cursor;
        self.0.write().put(docs);
        std::future::ready(Ok(()))
    }

    /// Many records at once (filling, importing): seen by queries from time to time, surely after [`Self::loaded`].
    /// The future ends when there is room for more.
    pub fn load(&self, docs: Vec<IndexDoc>) -> impl Future<Output = Result<()>> + Send + 'static {
        self.0.write().put(docs);
        std::future::ready(Ok(()))
    }

    /// Ends a run of [`Self::load`].
    pub fn loaded(&self, cursor: String) -> impl Future<Output = Result<()>> + Send + 'static {
        let _ = cursor;
        std::future::ready(Ok(()))
    }

    /// Forgets records altogether (purged from the bin).
    pub fn forget(&self, ids: Vec<Id>, cursor: String) -> impl Future<Output = Result<()>> + Send + 'static {
        let _ = cursor;
        self.0.write().forget(&ids);
        std::future::ready(Ok(()))
    }

    /// One page in the order of `sort`, then of the ids (both turned round when descending); empty values come last
    /// in both directions. `cursor` continues a page and takes precedence over `skip`.
    pub fn list(&self, query: &Query, sort: &Sort, cursor: Option<&str>, skip: usize, limit: usize, count: bool) -> Result<Page> {
        self.0.read().list(query, sort, cursor, skip, limit, count)
    }

    pub fn count(&self, query: &Query) -> Result<i64> {
        self.0.read().count(query)
    }

    /// Sums per group and currency, exact, in no particular order. A record with several products counts in each.
    pub fn totals(&self, query: &Query, groups: &[Group]) -> Result<Vec<TotalsRow>> {
        self.0.read().totals(query, groups)
    }

    /// Best first. Every word must occur somewhere in the searchable fields of the record.
    pub fn search(&self, words: &str, kinds: &[(Kind, Option<Scope>)], limit: usize) -> Result<Vec<(Kind, Id, f32)>> {
        self.0.read().search(words, kinds, limit)
    }
}
