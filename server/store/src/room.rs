//! Room on the disk of an embedded database. Writes are refused while there is still a little: an engine whose log breaks
//! off in the middle of a record may lose what it writes after it. Should it come to that all the same (a quota, a limit, a
//! failing disk), the engine gets nothing more to write, answers what is read, and is opened anew once there is room.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::db::{DbError, Handle, Inner};

/// Stays free: for what the engine still has to write down, and for the files that it merges.
pub(crate) const KEEP_FREE: u64 = 256 * 1024 * 1024;
/// Of that: for what is small and must not wait, such as signing in and out and ending a token.
const KEEP_FREE_OF_SMALL: u64 = 64 * 1024 * 1024;
/// How long an answer of the file system holds.
const HOLDS: Duration = Duration::from_millis(500);
/// What a repair writes at most, roughly: the log, and the memory that it stands for.
const REPAIR: usize = 96 * 1024 * 1024;
const MEND_EVERY: Duration = Duration::from_secs(2);
/// What an engine that closes gets to let go of its files.
const CLOSES_WITHIN: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Any,
    Small,
}

pub(crate) type Free = Box<dyn Fn(&Path) -> Option<u64> + Send + Sync>;

pub(crate) struct Room {
    dir: PathBuf,
    free: Free,
    /// When it was looked last, and what was free.
    looked: Mutex<Option<(Instant, u64)>>,
    failed: AtomicBool,
    /// When it had begun to fail (milliseconds since 1970), each time that it was opened anew.
    reopened: watch::Sender<Option<i64>>,
}

impl Room {
    pub fn new(dir: PathBuf) -> Self {
        Self::with(dir, Box::new(|dir| fs4::available_space(dir).ok()))
    }

    pub(crate) fn with(dir: PathBuf, free: Free) -> Self {
        Self { dir, free, looked: Mutex::default(), failed: AtomicBool::new(false), reopened: watch::Sender::new(None) }
    }

    /// May this be written?
    pub fn check(&self, size: Size) -> Result<(), DbError> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(DbError::Full("the last write failed; waiting for room".to_owned()));
        }
        let least = if size == Size::Small { KEEP_FREE_OF_SMALL } else { KEEP_FREE };
        if self.look() >= least { Ok(()) } else { Err(DbError::Full(format!("less than {} MB are free", least >> 20))) }
    }

    /// What is free; not asked for every write.
    fn look(&self) -> u64 {
        let mut looked = self.looked.lock();
        if let Some((_, free)) = looked.as_ref().filter(|(at, _)| at.elapsed() < HOLDS) {
            return *free;
        }
        let free = self.free();
        let was_enough = looked.as_ref().is_none_or(|(_, before)| *before >= KEEP_FREE);
        match (was_enough, free >= KEEP_FREE) {
            (true, false) => {
                tracing::error!(dir = %self.dir.display(), "less than {} MB are free on the disk: writes are refused", KEEP_FREE >> 20);
            }
            (false, true) => tracing::info!("there is room on the disk again: writes are taken"),
            _ => {}
        }
        *looked = Some((Instant::now(), free));
        free
    }

    /// A file system that does not say counts as roomy.
    fn free(&self) -> u64 {
        (self.free)(&self.dir).unwrap_or(u64::MAX)
    }

    /// Can as much be written as a repair needs? Quotas and limits show in no figure of the file system.
    pub async fn takes(&self) -> bool {
        let dir = self.dir.clone();
        tokio::task::spawn_blocking(move || takes(&dir)).await.unwrap_or(false)
    }

    pub fn reopened(&self) -> watch::Receiver<Option<i64>> {
        self.reopened.subscribe()
    }
}

/// The texts of the operating system, which the engine passes on: disk full, quota exceeded, file too large.
pub(crate) fn is_full(message: &str) -> bool {
    ["(os error 28)", "(os error 122)", "(os error 27)", "No space left on device"].iter().any(|t| message.contains(t))
}

/// Other reasons for which the engine cannot write, or has stopped to.
pub(crate) fn is_disk_fault(message: &str) -> bool {
    ["IO error:", "WAL error:", "Pipeline stall", "Write stall:"].iter().any(|t| message.contains(t))
}

/// The engine could not write. From here on it gets nothing to write, until it is opened anew.
pub(crate) fn failed(inner: &Arc<Inner>, room: &Room, why: &str) {
    if room.failed.swap(true, Ordering::SeqCst) {
        return;
    }
    tracing::error!(why, "the database cannot write: writes are refused until there is room");
    let at = crate::line::now();
    let inner = Arc::downgrade(inner);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(MEND_EVERY).await;
            if mend(&inner, at).await.is_none_or(|done| done) {
                return;
            }
        }
    });
}

/// None: nobody uses it any more. True: it writes again.
async fn mend(inner: &Weak<Inner>, failed_at: i64) -> Option<bool> {
    let inner = inner.upgrade()?;
    let room = inner.room.as_ref()?;
    if room.free() < KEEP_FREE || !room.takes().await {
        return Some(false);
    }
    // Statements under way end on the old engine; it closes when the last of them has.
    drop(inner.handle.write().take());
    if !closed(&room.dir).await {
        tracing::error!("the database does not close: start the server again");
    }
    match Handle::open(&inner.url).await {
        Ok(handle) => {
            if let Some(shelf) = &inner.shelf {
                shelf.clear();
            }
            *inner.handle.write() = Some(handle);
            room.failed.store(false, Ordering::SeqCst);
            room.reopened.send_replace(Some(failed_at));
            tracing::info!("the database was opened anew: writes are taken again");
            Some(true)
        }
        Err(e) => {
            tracing::error!(error = ?e, "the database does not open; trying again");
            Some(false)
        }
    }
}

fn takes(dir: &Path) -> bool {
    let path = dir.join("room.probe");
    let write = || {
        let mut file = std::fs::File::create(&path)?;
        let block = vec![0x5a_u8; 1024 * 1024];
        for _ in 0..REPAIR / block.len() {
            file.write_all(&block)?;
        }
        file.sync_all()
    };
    let written = write();
    let _ = std::fs::remove_file(&path);
    written.is_ok()
}

/// The engine lets go of its lock at the end of its closing.
async fn closed(dir: &Path) -> bool {
    let Ok(lock) = std::fs::File::open(dir.join("LOCK")) else { return true };
    let begun = Instant::now();
    while begun.elapsed() < CLOSES_WITHIN {
        if lock.try_lock().is_ok() {
            let _ = lock.unlock();
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn writes_are_refused_before_the_disk_is_full_and_taken_when_there_is_room() {
        let free = Arc::new(AtomicU64::new(KEEP_FREE));
        let asked = Arc::clone(&free);
        let room = Room::with("/".into(), Box::new(move |_| Some(asked.load(Ordering::SeqCst))));
        // As when the time has passed for which an answer holds.
        let later = || *room.looked.lock() = None;
        assert!(room.check(Size::Any).is_ok());
        free.store(KEEP_FREE - 1, Ordering::SeqCst);
        later();
        assert!(matches!(room.check(Size::Any), Err(DbError::Full(_))));
        assert!(room.check(Size::Small).is_ok(), "whoever has to sign out can");
        free.store(KEEP_FREE + 1, Ordering::SeqCst);
        assert!(room.check(Size::Any).is_err(), "an answer holds for a moment: the file system is not asked for every write");
        later();
        assert!(room.check(Size::Any).is_ok());
        free.store(KEEP_FREE_OF_SMALL - 1, Ordering::SeqCst);
        later();
        assert!(room.check(Size::Small).is_err());
    }

    #[test]
    fn a_file_system_that_does_not_say_is_no_reason_to_refuse() {
        assert!(Room::with("/".into(), Box::new(|_| None)).check(Size::Any).is_ok());
    }

    #[test]
    fn what_the_system_says_is_known() {
        for code in [28, 122, 27] {
            let text = format!("There was a problem with a transaction: IO error: {}", std::io::Error::from_raw_os_error(code));
            assert!(is_full(&text) || !cfg!(target_os = "linux"), "{text}");
        }
        assert!(!is_full("IO error: Input/output error (os error 5)") && is_disk_fault("IO error: Input/output error (os error 5)"));
    }
}
