//! Opening the database, and the one way statements run: all values bound, all errors looked at, conflicts tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::Rng;
use surrealdb::engine::any::Any;
use surrealdb::engine::local::Db as Embedded;
use surrealdb::types::{QueryError, SurrealValue, Value, Variables};
use surrealdb::{IndexedResults, Surreal};

use crate::shelf::Shelf;

/// A handle; cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    db: Handle,
    pub(crate) counters: Counters,
    /// None: others write to this database too.
    pub(crate) shelf: Option<Shelf>,
}

enum Handle {
    /// In this process. Opened through the datastore's builder, because the connection string cannot bound the memtable, and
    /// descending scans and memory both grow with it.
    Embedded(Surreal<Embedded>),
    Remote(Surreal<Any>),
}

/// For the metrics page.
#[derive(Default)]
pub struct Counters {
    pub queries: AtomicU64,
    pub retries: AtomicU64,
    pub failures: AtomicU64,
}

/// What a statement can fail with, sorted by what the caller can do about it.
#[derive(Debug)]
pub enum DbError {
    /// A unique index refused the value.
    Taken { index: String },
    /// A statement of ours threw this (`THROW 'rapport:…'`).
    Thrown(String),
    /// Out of reach, or no answer in time. Whether a write arrived is unknown.
    Unavailable(String),
    /// Anything else: a fault.
    Fault(String),
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken { index } => write!(f, "unique index {index} refused the value"),
            Self::Thrown(what) => write!(f, "refused: {what}"),
            Self::Unavailable(why) => write!(f, "database out of reach: {why}"),
            Self::Fault(what) => write!(f, "database fault: {what}"),
        }
    }
}

impl std::error::Error for DbError {}

/// Why the database does not open.
#[derive(Debug)]
pub enum OpenError {
    BadUrl(String),
    Locked(String),
    /// Made by a later version of the database or the program.
    Newer(String),
    Unreachable(String),
    /// Corrupt, half-written, not readable, disk full, …
    Damaged(String),
}

const NAMESPACE: &str = "rapport";
const DATABASE: &str = "rapport";
/// A remote database that does not answer in this time counts as out of reach.
const PATIENCE: Duration = Duration::from_secs(10);
/// One in this process is never out of reach, only slow: a write may wait for the disk or for a merge of files.
const PATIENCE_AT_HOME: Duration = Duration::from_secs(60);
const TRIES: u32 = 12;

/// Keys of the embedded store. Small memtables keep memory and descending scans bounded; larger ones load faster.
const MEMTABLE: &str = "33554432";
const BLOCK_CACHE: &str = "67108864";

impl Store {
    /// `surrealkv://PATH`, `mem://`, `ws://HOST`, `wss://HOST` (user and password may stand in the address).
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let db = if url.starts_with("mem://") || url.starts_with("surrealkv://") {
            Handle::Embedded(open_embedded(url).await?)
        } else if url.starts_with("ws://") || url.starts_with("wss://") {
            Handle::Remote(open_remote(url).await?)
        } else {
            return Err(OpenError::BadUrl(url.to_owned()));
        };
        let shelf = matches!(db, Handle::Embedded(_)).then(Shelf::default);
        let store = Self { inner: Arc::new(Inner { db, counters: Counters::default(), shelf }) };
        crate::migrate::migrate(&store).await?;
        Ok(store)
    }

    pub fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Is it there and answering?
    pub async fn ping(&self) -> Result<(), DbError> {
        self.run("RETURN 1", vec![]).await.map(|_| ())
    }

    /// Runs statements with every value bound. Conflicts between writers are tried again as a whole; only a block that did
    /// not commit is ever repeated.
    pub(crate) async fn run(&self, sql: &str, vars: Vec<(&'static str, Value)>) -> Result<IndexedResults, DbError> {
        let count = &self.inner.counters;
        count.queries.fetch_add(1, Ordering::Relaxed);
        let vars: Variables = vars.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let mut tries = 0;
        loop {
            let sent = async {
                match &self.inner.db {
                    Handle::Embedded(db) => db.query(sql).bind(vars.clone()).await,
                    Handle::Remote(db) => db.query(sql).bind(vars.clone()).await,
                }
            };
            let patience = if matches!(self.inner.db, Handle::Embedded(_)) { PATIENCE_AT_HOME } else { PATIENCE };
            let answer = match tokio::time::timeout(patience, sent).await {
                Ok(answer) => answer,
                Err(_) => {
                    count.failures.fetch_add(1, Ordering::Relaxed);
                    return Err(DbError::Unavailable("no answer in time".to_owned()));
                }
            };
            let mut results = match answer {
                Ok(results) => results,
                Err(e) if retryable(&e) && tries < TRIES => {
                    tries += 1;
                    self.pause(tries).await;
                    continue;
                }
                Err(e) => {
                    count.failures.fetch_add(1, Ordering::Relaxed);
                    return Err(classify(&e));
                }
            };
            let errors = results.take_errors();
            if errors.is_empty() {
                return Ok(results);
            }
            if errors.values().any(retryable) && tries < TRIES {
                tries += 1;
                self.pause(tries).await;
                continue;
            }
            // In a block all statements fail with the one that did; it alone says why.
            let mut slots: Vec<_> = errors.into_iter().collect();
            slots.sort_by_key(|(i, _)| *i);
            let cause = slots.iter().find(|(_, e)| e.query_details() != Some(&QueryError::NotExecuted)).or(slots.first());
            let error = cause.map_or_else(|| DbError::Fault("unknown".to_owned()), |(_, e)| classify(e));
            if matches!(error, DbError::Fault(_) | DbError::Unavailable(_)) {
                count.failures.fetch_add(1, Ordering::Relaxed);
            }
            return Err(error);
        }
    }

    async fn pause(&self, tries: u32) {
        self.inner.counters.retries.fetch_add(1, Ordering::Relaxed);
        let ceiling = (2_u64 << tries.min(5)).min(50);
        let ms = rand::rng().random_range(1..=ceiling);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// The rows of one statement.
    pub(crate) async fn rows(&self, sql: &str, vars: Vec<(&'static str, Value)>) -> Result<Vec<Value>, DbError> {
        let mut results = self.run(sql, vars).await?;
        let value: Value = results.take(0).map_err(|e| classify(&e))?;
        Ok(match value {
            Value::Array(list) => list.into_iter().collect(),
            Value::None | Value::Null => Vec::new(),
            one => vec![one],
        })
    }
}

async fn open_embedded(url: &str) -> Result<Surreal<Embedded>, OpenError> {
    use surrealdb_core::kvs::Datastore;
    let path = url.strip_prefix("surrealkv://").unwrap_or_default();
    if url.starts_with("surrealkv://") {
        let dir = std::path::Path::new(path.split('?').next().unwrap_or_default());
        std::fs::create_dir_all(dir).map_err(|e| OpenError::Damaged(format!("{}: {e}", dir.display())))?;
    }
    let target = if url.starts_with("mem://") { "memory".to_owned() } else { url.to_owned() };
    let config = surrealdb_cnf::ConfigMap::empty()
        .with_key_value("surrealkv_max_memtable_size", MEMTABLE)
        .with_key_value("surrealkv_block_cache_capacity", BLOCK_CACHE);
    let opened = async {
        let ds = Datastore::builder().with_config(config).without_maintenance_tasks().build_with_path(&target).await?;
        ds.check_version().await?;
        ds.bootstrap().await?;
        ds.start_maintenance_tasks();
        Ok::<_, anyhow::Error>(ds)
    };
    let ds = opened.await.map_err(|e| why(&format!("{e:#}")))?;
    let db = Surreal::<Embedded>::unstable_from_datastore(ds, None).await.map_err(|e| why(&e.to_string()))?;
    db.use_ns(NAMESPACE).use_db(DATABASE).await.map_err(|e| why(&e.to_string()))?;
    Ok(db)
}

async fn open_remote(url: &str) -> Result<Surreal<Any>, OpenError> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    let (credentials, host) = rest.rsplit_once('@').map_or((None, rest), |(c, h)| (Some(c), h));
    let unreachable = |e: surrealdb::Error| OpenError::Unreachable(e.to_string());
    let late = |_| OpenError::Unreachable("no answer in time".to_owned());
    let connecting = surrealdb::engine::any::connect(format!("{scheme}://{host}"));
    let db = tokio::time::timeout(PATIENCE, connecting).await.map_err(late)?.map_err(unreachable)?;
    if let Some((user, password)) = credentials.and_then(|c| c.split_once(':')) {
        let root = surrealdb::opt::auth::Root { username: user.to_owned(), password: password.to_owned() };
        db.signin(root).await.map_err(unreachable)?;
    }
    db.use_ns(NAMESPACE).use_db(DATABASE).await.map_err(unreachable)?;
    Ok(db)
}

fn why(message: &str) -> OpenError {
    let m = message.to_owned();
    if message.contains("already locked") || message.contains("LOCK") {
        OpenError::Locked(m)
    } else if message.contains("storage version") || message.contains("Expected:") {
        OpenError::Newer(m)
    } else {
        OpenError::Damaged(m)
    }
}

fn retryable(e: &surrealdb::Error) -> bool {
    matches!(e.query_details(), Some(QueryError::TransactionConflict)) || e.message().contains("can be retried")
}

/// The texts are those of exactly this version of the database; a test holds them.
fn classify(e: &surrealdb::Error) -> DbError {
    let message = e.message();
    if let Some(rest) = message.split("Database index `").nth(1)
        && let Some((index, _)) = rest.split_once('`')
    {
        return DbError::Taken { index: index.to_owned() };
    }
    if let Some(at) = message.find("rapport:") {
        return DbError::Thrown(message.get(at..).unwrap_or_default().to_owned());
    }
    if matches!(e.query_details(), Some(QueryError::TimedOut { .. })) || e.kind_str() == "Connection" || retryable(e) {
        return DbError::Unavailable(message.to_owned());
    }
    DbError::Fault(message.to_owned())
}

/// JSON for binding: null stays out of rows, where "empty" means absent.
pub(crate) fn bind(json: serde_json::Value) -> Value {
    json.into_value()
}

pub(crate) fn text(s: impl Into<String>) -> Value {
    Value::String(s.into())
}
