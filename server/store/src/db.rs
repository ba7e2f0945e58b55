//! Opening the database, and the one way statements run: all values bound, all errors looked at, conflicts tried again.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use domain::Id;
use parking_lot::RwLock;
use rand::Rng;
use surrealdb::engine::any::Any;
use surrealdb::engine::local::Db as Embedded;
use surrealdb::types::{QueryError, SurrealValue, Value, Variables};
use surrealdb::{IndexedResults, Surreal};

use crate::line::{self, Line};
use crate::room::{Room, Size};
use crate::shelf::Shelf;

/// A handle; cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) url: String,
    /// None: it is just being opened anew.
    pub(crate) handle: RwLock<Option<Handle>>,
    pub(crate) counters: Counters,
    /// None: others write to this database too.
    pub(crate) shelf: Option<Shelf>,
    /// Of a database on this machine's disk.
    pub(crate) room: Option<Room>,
    /// To a database server.
    pub(crate) line: Option<Line>,
    pub(crate) identity: OnceLock<Id>,
    /// How many more records' writes are taken; for tests.
    pub(crate) left: AtomicI64,
}

#[derive(Clone)]
pub(crate) enum Handle {
    /// In this process. Opened through the datastore's builder, because the connection string cannot bound the memtable, and
    /// descending scans and memory both grow with it.
    Embedded(Arc<Surreal<Embedded>>),
    Remote(Arc<Surreal<Any>>),
}

impl Handle {
    pub(crate) async fn open(url: &str) -> Result<Self, OpenError> {
        if url.starts_with("mem://") || url.starts_with("surrealkv://") {
            Ok(Self::Embedded(Arc::new(open_embedded(url).await?)))
        } else if url.starts_with("ws://") || url.starts_with("wss://") {
            Ok(Self::Remote(Arc::new(open_remote(url).await?)))
        } else {
            Err(OpenError::BadUrl(url.to_owned()))
        }
    }

    async fn query(&self, sql: &str, vars: Variables) -> surrealdb::Result<IndexedResults> {
        match self {
            Self::Embedded(db) => db.query(sql).bind(vars).await,
            Self::Remote(db) => db.query(sql).bind(vars).await,
        }
    }

    /// One value, without any of the care that [`Store::run`] takes: for looking whether it is there.
    pub(crate) async fn ask(&self, sql: &str) -> surrealdb::Result<Value> {
        self.query(sql, Variables::new()).await?.take(0)
    }
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
    /// No room on the disk for what was to be written.
    Full(String),
    /// Anything else: a fault.
    Fault(String),
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Taken { index } => write!(f, "unique index {index} refused the value"),
            Self::Thrown(what) => write!(f, "refused: {what}"),
            Self::Unavailable(why) => write!(f, "database out of reach: {why}"),
            Self::Full(why) => write!(f, "no room on the disk: {why}"),
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
    /// The server is there and does not let us in.
    Refused(String),
    /// No room on the disk.
    Full(String),
    /// Corrupt, half-written, not readable, …
    Damaged(String),
}

const NAMESPACE: &str = "rapport";
const DATABASE: &str = "rapport";
/// A database server that is not there after this time is out of reach.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(10);
/// One whose line is up but that does not answer in this time is so too. Less than what a visitor gets to wait.
const PATIENCE: Duration = Duration::from_secs(25);
/// One in this process is never out of reach, only slow: a write may wait for the disk or for a merge of files.
const PATIENCE_AT_HOME: Duration = Duration::from_secs(60);
/// What a statement waits for a database that is being opened anew.
const PATIENCE_WHILE_OPENING: Duration = Duration::from_secs(5);
const TRIES: u32 = 12;
const NOT_WRITTEN: &str = "the transaction could not be written down";

/// Keys of the embedded store. Small memtables keep memory and descending scans bounded; larger ones load faster.
const MEMTABLE: &str = "33554432";
const BLOCK_CACHE: &str = "67108864";

impl Store {
    /// `surrealkv://PATH`, `mem://`, `ws://HOST`, `wss://HOST` (user and password may stand in the address).
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let handle = Handle::open(url).await?;
        let line = matches!(handle, Handle::Remote(_)).then(Line::default);
        let store = Self::with(url, handle, directory_of(url).map(Room::new), line);
        crate::migrate::migrate(&store).await?;
        line::watch(&store.inner);
        Ok(store)
    }

    pub(crate) fn with(url: &str, handle: Handle, room: Option<Room>, line: Option<Line>) -> Self {
        let inner = Inner {
            url: url.to_owned(),
            handle: RwLock::new(Some(handle)),
            counters: Counters::default(),
            shelf: line.is_none().then(Shelf::default),
            room,
            line,
            identity: OnceLock::new(),
            left: AtomicI64::new(i64::MAX),
        };
        Self { inner: Arc::new(inner) }
    }

    /// For tests of what breaks off in the middle: the disk takes so many more writes of records, and from then on only
    /// small ones.
    #[doc(hidden)]
    pub fn full_after(&self, writes: i64) {
        self.inner.left.store(writes, Ordering::SeqCst);
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
        let handle = self.handle().await.inspect_err(|_| _ = count.failures.fetch_add(1, Ordering::Relaxed))?;
        let patience = if matches!(handle, Handle::Embedded(_)) { PATIENCE_AT_HOME } else { PATIENCE };
        let mut tries = 0;
        loop {
            let asked = tokio::time::timeout(patience, handle.query(sql, self.timed(&vars)));
            let answer = match &self.inner.line {
                None => asked.await.map_err(|_| "no answer in time"),
                Some(line) => tokio::select! {
                    answer = asked => answer.map_err(|_| "no answer in time"),
                    () = line.lost_after(line::STARTS_WITHIN) => Err("the line to the database server broke"),
                },
            };
            let answer = match answer {
                Ok(answer) => answer,
                Err(why) => {
                    count.failures.fetch_add(1, Ordering::Relaxed);
                    return Err(DbError::Unavailable(why.to_owned()));
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
                    if let Some(line) = self.inner.line.as_ref().filter(|_| e.is_connection()) {
                        line.broke(e.message());
                    }
                    return Err(classify(&e));
                }
            };
            let errors = results.take_errors();
            if errors.is_empty() {
                return Ok(results);
            }
            // Too late only means that it was held up: nothing was done.
            if errors.values().any(|e| retryable(e) || e.message().contains(line::LATE)) && tries < TRIES {
                tries += 1;
                self.pause(tries).await;
                continue;
            }
            // In a block all statements fail with the one that did; it alone says why. Where none did, the end of the block
            // did: the engine could not write it down, and does not say why.
            let mut slots: Vec<_> = errors.into_iter().collect();
            slots.sort_by_key(|(i, _)| *i);
            let cause = slots.iter().find(|(_, e)| e.query_details() != Some(&QueryError::NotExecuted));
            let error = cause.map_or_else(|| DbError::Fault(NOT_WRITTEN.to_owned()), |(_, e)| classify(e));
            if matches!(error, DbError::Fault(_) | DbError::Unavailable(_) | DbError::Full(_)) {
                count.failures.fetch_add(1, Ordering::Relaxed);
            }
            return Err(error);
        }
    }

    /// What statements go to. A database server that is away is not asked: what waits for it would be written whenever it
    /// comes back, long after its sender was told that it was not.
    async fn handle(&self) -> Result<Handle, DbError> {
        if self.inner.line.as_ref().is_some_and(Line::is_down) {
            return Err(DbError::Unavailable("the database server is away".to_owned()));
        }
        let begun = Instant::now();
        loop {
            let handle = self.inner.handle.read().clone();
            match handle {
                Some(handle) => return Ok(handle),
                None if begun.elapsed() > PATIENCE_WHILE_OPENING => {
                    return Err(DbError::Unavailable("the database is being opened anew".to_owned()));
                }
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// What begins a write to a database server: held up on its way there, it does nothing.
    pub(crate) fn in_time(&self) -> &'static str {
        if self.inner.line.is_some() { "IF time::millis(time::now()) > $deadline { THROW 'rapport:late' };" } else { "" }
    }

    fn timed(&self, vars: &Variables) -> Variables {
        let mut vars = vars.clone();
        if let Some(line) = &self.inner.line {
            vars.insert("deadline".to_owned(), line.deadline().into_value());
        }
        vars
    }

    /// The same for statements that write: only while there is room, and an embedded engine that could not write its log is
    /// in no state to go on.
    pub(crate) async fn run_writing(&self, size: Size, sql: &str, vars: Vec<(&'static str, Value)>) -> Result<IndexedResults, DbError> {
        if size == Size::Any && self.inner.left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            return Err(DbError::Full("no more writes are taken".to_owned()));
        }
        let Some(room) = &self.inner.room else { return self.run(sql, vars).await };
        room.check(size)?;
        match self.run(sql, vars).await {
            Err(DbError::Full(why)) => {
                crate::room::failed(&self.inner, room, &why);
                Err(DbError::Full(why))
            }
            Err(DbError::Fault(why)) if why == NOT_WRITTEN || crate::room::is_disk_fault(&why) => {
                crate::room::failed(&self.inner, room, &why);
                Err(if room.takes().await { DbError::Unavailable(why) } else { DbError::Full(why) })
            }
            outcome => outcome,
        }
    }

    /// Changes whenever the database was opened anew while we run: to the moment (milliseconds since 1970) from which on a
    /// write that was thought lost may be there.
    pub fn reopened(&self) -> Option<tokio::sync::watch::Receiver<Option<i64>>> {
        self.inner.room.as_ref().map(Room::reopened)
    }

    async fn pause(&self, tries: u32) {
        self.inner.counters.retries.fetch_add(1, Ordering::Relaxed);
        let ceiling = (2_u64 << tries.min(5)).min(50);
        let ms = rand::rng().random_range(1..=ceiling);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// The rows of one statement.
    pub(crate) async fn rows(&self, sql: &str, vars: Vec<(&'static str, Value)>) -> Result<Vec<Value>, DbError> {
        rows_of(self.run(sql, vars).await?)
    }
}

pub(crate) fn rows_of(mut results: IndexedResults) -> Result<Vec<Value>, DbError> {
    let value: Value = results.take(0).map_err(|e| classify(&e))?;
    Ok(match value {
        Value::Array(list) => list.into_iter().collect(),
        Value::None | Value::Null => Vec::new(),
        one => vec![one],
    })
}

/// Where an embedded database lies; None for others.
pub(crate) fn directory_of(url: &str) -> Option<std::path::PathBuf> {
    let path = url.strip_prefix("surrealkv://")?;
    Some(path.split('?').next().unwrap_or(path).into())
}

async fn open_embedded(url: &str) -> Result<Surreal<Embedded>, OpenError> {
    use surrealdb_core::kvs::Datastore;
    if let Some(dir) = directory_of(url) {
        std::fs::create_dir_all(&dir).map_err(|e| why(&format!("{}: {e}", dir.display())))?;
        whole(&dir)?;
    }
    let target = if url.starts_with("mem://") { "memory".to_owned() } else { url.to_owned() };
    let config = surrealdb_cnf::ConfigMap::empty()
        .with_key_value("surrealkv_max_memtable_size", MEMTABLE)
        .with_key_value("surrealkv_block_cache_capacity", BLOCK_CACHE);
    let opened = async {
        let ds = Datastore::builder().with_config(config).without_maintenance_tasks().build_with_path(&target).await?;
        // Files that cannot be read say so at once: the check itself would try again for two minutes.
        ds.get_version().await?;
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

/// A directory whose table of contents is gone would be opened as a new database, and overwrite what is left of the old one.
fn whole(dir: &std::path::Path) -> Result<(), OpenError> {
    let has = |folder: &str, ending: &str| {
        let files = std::fs::read_dir(dir.join(folder)).into_iter().flatten().flatten();
        files.into_iter().any(|f| f.path().extension().is_some_and(|e| e == ending))
    };
    if has("sstables", "sst") && !has("manifest", "manifest") {
        return Err(OpenError::Damaged(format!("{} has data, but no manifest", dir.display())));
    }
    Ok(())
}

async fn open_remote(url: &str) -> Result<Surreal<Any>, OpenError> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    let (credentials, host) = rest.rsplit_once('@').map_or((None, rest), |(c, h)| (Some(c), h));
    let unreachable = |e: surrealdb::Error| {
        if e.is_not_allowed() { OpenError::Refused(e.to_string()) } else { OpenError::Unreachable(e.to_string()) }
    };
    let late = |_| OpenError::Unreachable("no answer in time".to_owned());
    let connecting = surrealdb::engine::any::connect(format!("{scheme}://{host}"));
    let db = tokio::time::timeout(PATIENCE_TO_CONNECT, connecting).await.map_err(late)?.map_err(unreachable)?;
    if let Some((user, password)) = credentials.and_then(|c| c.split_once(':')) {
        let root = surrealdb::opt::auth::Root { username: user.to_owned(), password: password.to_owned() };
        tokio::time::timeout(PATIENCE_TO_CONNECT, db.signin(root)).await.map_err(late)?.map_err(unreachable)?;
    }
    let using = async { db.use_ns(NAMESPACE).use_db(DATABASE).await };
    tokio::time::timeout(PATIENCE_TO_CONNECT, using).await.map_err(late)?.map_err(unreachable)?;
    Ok(db)
}

fn why(message: &str) -> OpenError {
    let m = message.to_owned();
    if message.contains("already locked") || message.contains("LOCK") {
        OpenError::Locked(m)
    } else if message.contains("storage version") || message.contains("Expected:") {
        OpenError::Newer(m)
    } else if crate::room::is_full(message) {
        OpenError::Full(m)
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
    if message.contains(line::LATE) {
        return DbError::Unavailable(message.to_owned());
    }
    if let Some(at) = message.find("rapport:") {
        return DbError::Thrown(message.get(at..).unwrap_or_default().to_owned());
    }
    if crate::room::is_full(message) {
        return DbError::Full(message.to_owned());
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
