//! Takes changes in. A change is visible at once: it joins the fresh rows, which every question looks at one by one, and
//! its written copy is marked dead. One thread writes the fresh rows down from time to time, many in one commit. So a
//! change costs microseconds, and the index is not ground into tiny segments.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::Id;
use parking_lot::{Mutex, RwLock};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::{IndexWriter, Term};
use tokio::sync::oneshot;

use crate::files::Home;
use crate::layout::layout;
use crate::row::Row;
use crate::snapshot::Snapshot;
use crate::views::open_views;
use crate::{Error, Result};

/// So many fresh rows are written down without waiting longer.
const FRESH_ENOUGH: usize = 512;
/// The same while many come at once (an import): fewer and larger segments cost much less to write and to merge.
const BATCH: usize = 50;
const FRESH_ENOUGH_OF_BATCHES: usize = 2_048;
/// With more than this, changes wait until they are written.
const FRESH_MOST: usize = 4_096;
/// A batch of this size goes straight to the writer.
const LARGE: usize = if cfg!(test) { 20 } else { 256 };
/// Fresh rows are written down after this time at the latest.
const REST: Duration = Duration::from_millis(1_500);
/// Commits while loading.
const LOAD_COMMIT: usize = 20_000;
const WRITER_MEMORY: usize = 24_000_000;

/// What the askers see and what the callers of `apply` change.
pub struct Shared {
    snapshot: RwLock<Arc<Snapshot>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Position of each fresh row in the snapshot.
    fresh: HashMap<Id, usize>,
    /// Of the last change taken in.
    cursor: Option<String>,
    closed: bool,
}

pub enum Message {
    /// There are many fresh rows.
    Write,
    /// Many rows with their cursor, to be visible when answered.
    Put {
        rows: Vec<Row>,
        cursor: String,
        done: oneshot::Sender<Result<()>>,
    },
    /// Rows of a run of loading.
    Load {
        rows: Vec<Row>,
        done: oneshot::Sender<Result<()>>,
    },
    /// The end of the run.
    Loaded {
        cursor: String,
        done: oneshot::Sender<Result<()>>,
    },
    Forget {
        ids: Vec<Id>,
        cursor: String,
        done: oneshot::Sender<Result<()>>,
    },
    Flush {
        done: oneshot::Sender<Result<()>>,
    },
    Stop,
}

pub struct Keeper {
    pub shared: Arc<Shared>,
    sender: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl Shared {
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read())
    }

    /// Makes rows visible. True: there are enough to be written.
    fn take(&self, rows: Vec<Row>, cursor: Option<String>) -> Result<bool> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        let most = if rows.len() < BATCH { FRESH_ENOUGH } else { FRESH_ENOUGH_OF_BATCHES };
        let mut next = Snapshot::clone(&self.snapshot());
        let mut fresh = Vec::clone(&next.fresh);
        for row in rows {
            let row = Arc::new(row);
            if let Some(at) = state.fresh.get(&row.id) {
                if let Some(known) = fresh.get_mut(*at).filter(|known| known.version <= row.version) {
                    *known = row;
                }
                continue;
            }
            if let Some((view, doc, version)) = next.locate(row.id)? {
                if version > row.version {
                    continue;
                }
                next.kill(view, doc);
            }
            state.fresh.insert(row.id, fresh.len());
            fresh.push(row);
        }
        let enough = fresh.len() >= most;
        next.fresh = Arc::new(fresh);
        if cursor.is_some() {
            state.cursor = cursor;
        }
        *self.snapshot.write() = Arc::new(next);
        Ok(enough)
    }
}

impl Keeper {
    /// `cursor`: what the index knows already, None: it is new.
    pub fn start(index: tantivy::Index, dir: Option<Home>, cursor: Option<String>) -> Result<Self> {
        let options = IndexWriterOptions::builder().memory_budget_per_thread(WRITER_MEMORY).num_merge_threads(1).build();
        let mut writer: IndexWriter = index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(merging()));
        let complete = cursor.is_some();
        if !complete {
            // A first commit, so that there is something to open.
            writer.commit()?;
        }
        let first = Snapshot::default();
        let views = open_views(&index, &first)?;
        let snapshot = Snapshot { views, ..first };
        let shared =
            Arc::new(Shared { snapshot: RwLock::new(Arc::new(snapshot)), state: Mutex::new(State { cursor, ..State::default() }) });
        let (sender, receiver) = channel();
        let scribe = Scribe { index, writer, shared: Arc::clone(&shared), complete, pending: HashMap::new(), dir };
        let thread = std::thread::Builder::new().name("index-writer".to_owned()).spawn(move || {
            let shared = Arc::clone(&scribe.shared);
            // Whoever applies afterwards is told, instead of filling the memory.
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scribe.run(&receiver))).is_err() {
                tracing::error!("the thread that writes the index has failed; it is complete again after a restart");
                shared.state.lock().closed = true;
            }
        })?;
        Ok(Self { shared, sender, thread: Some(thread) })
    }

    pub fn apply(&self, rows: Vec<Row>, cursor: String) -> Answer {
        if rows.len() > LARGE || self.shared.snapshot.read().fresh.len() > FRESH_MOST {
            return self.send(|done| Message::Put { rows, cursor, done });
        }
        match self.shared.take(rows, Some(cursor)) {
            Ok(false) => Answer::Now(Ok(())),
            Ok(true) => {
                let _ = self.sender.send(Message::Write);
                Answer::Now(Ok(()))
            }
            Err(e) => Answer::Now(Err(e)),
        }
    }

    pub fn send(&self, message: impl FnOnce(oneshot::Sender<Result<()>>) -> Message) -> Answer {
        let (done, answer) = oneshot::channel();
        match self.sender.send(message(done)) {
            Ok(()) => Answer::Later(answer),
            Err(_) => Answer::Now(Err(Error::Closed)),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.sender.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Few segments, and none so large that merging it again would keep a processor busy for long.
fn merging() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(5);
    policy.set_min_layer_size(2_000);
    policy.set_max_docs_before_merge(400_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}

/// What a caller waits for.
pub enum Answer {
    Now(Result<()>),
    Later(oneshot::Receiver<Result<()>>),
}

impl Answer {
    pub async fn wait(self) -> Result<()> {
        match self {
            Self::Now(result) => result,
            Self::Later(answer) => answer.await.unwrap_or(Err(Error::Closed)),
        }
    }
}

/// The one who writes.
struct Scribe {
    index: tantivy::Index,
    writer: IndexWriter,
    shared: Arc<Shared>,
    /// Until the first loading has ended no cursor is written: a half-filled index must not pass for a whole one.
    complete: bool,
    /// Rows given to the writer since its last commit, by [`Message::Load`].
    pending: HashMap<Id, i64>,
    /// With its lock, which is held as long as something may be written.
    dir: Option<Home>,
}

impl Scribe {
    fn run(mut self, receiver: &Receiver<Message>) {
        let mut due: Option<Instant> = None;
        // After a commit segments are merged in the background; look for the result a few times.
        let mut looks = 0_u8;
        loop {
            let wait =
                due.map_or(if looks > 0 { REST } else { Duration::from_secs(3_600) }, |d| d.saturating_duration_since(Instant::now()));
            let wait = if due.is_none() && self.has_fresh() { REST } else { wait };
            match receiver.recv_timeout(wait.min(REST)) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Message::Write) => due = Some(Instant::now()),
                Ok(Message::Put { rows, cursor, done }) => {
                    let _ = done.send(self.put(rows, cursor));
                    looks = 8;
                }
                Ok(Message::Load { rows, done }) => {
                    let _ = done.send(self.load(rows));
                    looks = 8;
                }
                Ok(Message::Loaded { cursor, done }) => {
                    let _ = done.send(self.loaded(cursor));
                    looks = 8;
                }
                Ok(Message::Forget { ids, cursor, done }) => {
                    let _ = done.send(self.forget(&ids, cursor));
                }
                Ok(Message::Flush { done }) => {
                    let _ = done.send(self.write());
                }
                Err(RecvTimeoutError::Timeout) => {
                    if due.is_none() && looks > 0 {
                        looks -= 1;
                        self.refresh();
                    }
                }
            }
            if due.is_none() && self.has_fresh() {
                due = Some(Instant::now() + REST);
            }
            if due.is_some_and(|d| d <= Instant::now()) {
                due = None;
                if let Err(e) = self.write() {
                    tracing::error!("the index could not be written, its changes stay in memory: {e}");
                    due = Some(Instant::now() + 4 * REST);
                }
                looks = 8;
            }
        }
        self.shared.state.lock().closed = true;
        if let Err(e) = self.close() {
            tracing::warn!("the index was not closed in order: {e}");
        }
    }

    fn has_fresh(&self) -> bool {
        !self.shared.snapshot.read().fresh.is_empty()
    }

    /// Writes the fresh rows down, and whatever was loaded.
    fn write(&mut self) -> Result<()> {
        let (fresh, cursor) = {
            let state = self.shared.state.lock();
            (Arc::clone(&self.shared.snapshot().fresh), state.cursor.clone())
        };
        if fresh.is_empty() && self.pending.is_empty() {
            return Ok(());
        }
        let result = self.add(&fresh).and_then(|()| self.commit(cursor));
        if result.is_err() {
            self.undo();
        }
        result?;
        self.publish(&fresh)
    }

    fn add(&mut self, rows: &[Arc<Row>]) -> Result<()> {
        for row in rows {
            if self.pending.get(&row.id).is_some_and(|v| *v > row.version) {
                continue;
            }
            self.replace(row)?;
        }
        Ok(())
    }

    fn replace(&mut self, row: &Row) -> Result<()> {
        self.writer.delete_term(Term::from_field_bytes(layout().id, row.id.0.as_bytes()));
        self.writer.add_document(row.document())?;
        Ok(())
    }

    fn commit(&mut self, cursor: Option<String>) -> Result<()> {
        let mut prepared = self.writer.prepare_commit()?;
        if let Some(cursor) = cursor.filter(|_| self.complete) {
            prepared.set_payload(&format!("{}\n{cursor}", layout().fingerprint()));
        }
        prepared.commit()?;
        self.pending.clear();
        Ok(())
    }

    fn undo(&mut self) {
        self.pending.clear();
        match self.writer.rollback() {
            Ok(_) => self.writer.set_merge_policy(Box::new(merging())),
            Err(e) => tracing::error!("the index writer could not be set back: {e}"),
        }
    }

    /// Shows what was committed. `written`: the fresh rows that are in it.
    fn publish(&self, written: &[Arc<Row>]) -> Result<()> {
        let before = self.shared.snapshot();
        let views = open_views(&self.index, &before)?;
        let mut state = self.shared.state.lock();
        let now = self.shared.snapshot();
        let mut next = Snapshot { views, fresh: Arc::default(), caches: Arc::clone(&now.caches) };
        // Rows that came meanwhile stay fresh, unless something newer was loaded.
        let mut fresh: Vec<Arc<Row>> = Vec::new();
        let done: std::collections::HashSet<*const Row> = written.iter().map(Arc::as_ptr).collect();
        for row in now.fresh.iter().filter(|row| !done.contains(&Arc::as_ptr(row))) {
            if let Some((view, doc, version)) = next.locate(row.id)? {
                if version > row.version {
                    continue;
                }
                next.kill(view, doc);
            }
            fresh.push(Arc::clone(row));
        }
        state.fresh = fresh.iter().enumerate().map(|(i, row)| (row.id, i)).collect();
        next.fresh = Arc::new(fresh);
        let living: Vec<_> = next.views.iter().map(|v| v.core.id).collect();
        next.caches.retain(&living);
        *self.shared.snapshot.write() = Arc::new(next);
        Ok(())
    }

    /// Shows segments that were merged meanwhile.
    fn refresh(&self) {
        let shown: std::collections::HashSet<_> = self.shared.snapshot().views.iter().map(|v| v.core.id).collect();
        match self.index.searchable_segment_ids() {
            Ok(ids) if ids.iter().all(|id| shown.contains(id)) && ids.len() == shown.len() => {}
            Ok(_) => {
                if let Err(e) = self.publish(&[]) {
                    tracing::warn!("merged segments could not be opened: {e}");
                }
            }
            Err(e) => tracing::warn!("the index's table of contents could not be read: {e}"),
        }
    }

    fn put(&mut self, rows: Vec<Row>, cursor: String) -> Result<()> {
        self.shared.take(rows, Some(cursor))?;
        // Visible already. That it cannot be written now is no reason to refuse it.
        if let Err(e) = self.write() {
            tracing::error!("the index could not be written, its changes stay in memory: {e}");
        }
        Ok(())
    }

    fn load(&mut self, rows: Vec<Row>) -> Result<()> {
        if self.has_fresh() {
            // What came before is written before.
            self.write()?;
        }
        for row in rows {
            let known = match self.pending.get(&row.id) {
                Some(version) => Some(*version),
                None => self.known(row.id)?,
            };
            if known.is_none_or(|v| v <= row.version) {
                if known.is_some() {
                    self.replace(&row)?;
                } else {
                    self.writer.add_document(row.document())?;
                }
                self.pending.insert(row.id, row.version);
            }
        }
        if self.pending.len() >= LOAD_COMMIT { self.write() } else { Ok(()) }
    }

    fn known(&self, id: Id) -> Result<Option<i64>> {
        let snapshot = self.shared.snapshot();
        let fresh = self.shared.state.lock().fresh.get(&id).and_then(|at| snapshot.fresh.get(*at)).map(|row| row.version);
        match fresh {
            Some(version) => Ok(Some(version)),
            None => Ok(snapshot.locate(id)?.map(|found| found.2)),
        }
    }

    fn loaded(&mut self, cursor: String) -> Result<()> {
        let fresh = Arc::clone(&self.shared.snapshot().fresh);
        let was = self.complete;
        self.complete = true;
        let result = self.add(&fresh).and_then(|()| self.commit(Some(cursor.clone())));
        if result.is_err() {
            self.complete = was;
            self.undo();
        }
        result?;
        self.shared.state.lock().cursor = Some(cursor);
        self.publish(&fresh)
    }

    fn forget(&mut self, ids: &[Id], cursor: String) -> Result<()> {
        self.write()?;
        for id in ids {
            self.writer.delete_term(Term::from_field_bytes(layout().id, id.0.as_bytes()));
        }
        self.shared.state.lock().cursor = Some(cursor.clone());
        let result = self.commit(Some(cursor));
        if result.is_err() {
            self.undo();
        }
        result?;
        self.publish(&[])
    }

    fn close(mut self) -> Result<()> {
        let written = self.write();
        let Self { writer, dir, .. } = self;
        let Some(dir) = dir else { return written };
        // A merge may take seconds more; it is given up, and made again another time.
        dir.stop();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        writer.wait_merging_threads()?;
        written?;
        dir.mark_closed()
    }
}
