//! Where the index lies. Files are not synced while writing: what a power cut takes is replayed from the database. A file
//! named `open` says that the program did not end in order; then every file's checksum is verified before it is used.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, RamDirectory, TerminatingWrite, WatchCallback, WatchHandle,
    WritePtr,
};
use tantivy::schema::Schema;
use tantivy::tokenizer::TokenizerManager;

use crate::grams::{GramsTokenizer, TermsTokenizer, WordsTokenizer};
use crate::layout::{GRAMS_TOKENIZER, TERMS_TOKENIZER, WORDS_TOKENIZER, layout};
use crate::snapshot::Snapshot;
use crate::views::open_views;
use crate::{Error, Result};

const MARKER: &str = "open";
const LOCK: &str = ".rapport.lock";

/// The directory of an index, locked for as long as this lives.
pub struct Home {
    dir: PathBuf,
    _lock: fs::File,
    /// Set when nothing may be written any more.
    stopped: Arc<AtomicBool>,
}

/// Memory-mapped files that are written without waiting for the disk.
#[derive(Clone, Debug)]
struct Unsynced {
    root: PathBuf,
    files: MmapDirectory,
    stopped: Arc<AtomicBool>,
}

struct Plain {
    file: fs::File,
    stopped: Arc<AtomicBool>,
}

impl Write for Plain {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        going_on(&self.stopped)?;
        self.file.write(buf)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for Plain {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.file.flush()
    }
}

fn going_on(stopped: &AtomicBool) -> io::Result<()> {
    if stopped.load(Ordering::Acquire) { Err(io::Error::other("the index is being closed")) } else { Ok(()) }
}

impl Directory for Unsynced {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.files.get_file_handle(path)
    }
    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }
    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }
    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        match fs::OpenOptions::new().write(true).create_new(true).open(self.root.join(path)) {
            Ok(file) => Ok(io::BufWriter::new(Box::new(Plain { file, stopped: Arc::clone(&self.stopped) }))),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(OpenWriteError::FileAlreadyExists(path.to_path_buf())),
            Err(e) => Err(OpenWriteError::wrap_io_error(e, path.to_path_buf())),
        }
    }
    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.files.atomic_read(path)
    }
    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        going_on(&self.stopped)?;
        // One writer, so one name for the draft is enough.
        let draft = self.root.join(format!(".{}.draft", path.display()));
        fs::write(&draft, data)?;
        fs::rename(draft, self.root.join(path))
    }
    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }
    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.files.acquire_lock(lock)
    }
    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}

fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(TERMS_TOKENIZER, TermsTokenizer);
    manager.register(GRAMS_TOKENIZER, GramsTokenizer);
    manager.register(WORDS_TOKENIZER, WordsTokenizer);
    manager
}

fn schema() -> Schema {
    layout().schema.clone()
}

pub fn in_memory() -> Result<tantivy::Index> {
    let mut index = tantivy::Index::create(RamDirectory::create(), schema(), tantivy::IndexSettings::default())?;
    index.set_tokenizers(tokenizers());
    Ok(index)
}

impl Home {
    /// Nobody else may even look whether the index is whole.
    pub fn enter(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).open(dir.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: dir.canonicalize()?, _lock: lock, stopped: Arc::default() }),
            Err(fs::TryLockError::WouldBlock) => Err(Error::Broken("another process uses this index".to_owned())),
            Err(fs::TryLockError::Error(e)) => Err(e.into()),
        }
    }

    fn directory(&self) -> Result<Unsynced> {
        let files = MmapDirectory::open(&self.dir).map_err(|e| Error::Broken(e.to_string()))?;
        Ok(Unsynced { root: self.dir.clone(), files, stopped: Arc::clone(&self.stopped) })
    }

    /// The index that is there, with the cursor of its last commit, and whether it was closed in order; or why it cannot be
    /// used.
    pub fn existing(&self) -> Result<(tantivy::Index, String, bool)> {
        let unusable = |why: &str| Err(Error::Broken(why.to_owned()));
        let mut index = tantivy::Index::open(self.directory()?)?;
        index.set_tokenizers(tokenizers());
        let payload = index.load_metas()?.payload.unwrap_or_default();
        let cursor = match payload.split_once('\n') {
            Some((fingerprint, cursor)) if fingerprint == layout().fingerprint() && index.schema() == schema() => cursor.to_owned(),
            Some(_) => return unusable("another schema"),
            None => return unusable("not filled to the end"),
        };
        let in_order = !self.dir.join(MARKER).exists();
        if !in_order {
            let damaged = index.validate_checksum()?;
            if !damaged.is_empty() {
                return unusable(&format!("damaged files: {damaged:?}"));
            }
        }
        // Whatever is missing or cut off shows here, not to the first who asks.
        let open = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open_views(&index, &Snapshot::default())));
        match open {
            Ok(views) => _ = views?,
            Err(_) => return unusable("unreadable segments"),
        }
        Ok((index, cursor, in_order))
    }

    /// Clears the directory and starts anew.
    pub fn anew(&self) -> Result<tantivy::Index> {
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|n| n == LOCK) {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        let mut index = tantivy::Index::create(self.directory()?, schema(), tantivy::IndexSettings::default())?;
        index.set_tokenizers(tokenizers());
        Ok(index)
    }

    pub fn mark_open(&self) -> Result<()> {
        fs::File::create(self.dir.join(MARKER))?.sync_all()?;
        Ok(fs::File::open(&self.dir)?.sync_all()?)
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// Everything written reaches the disk before the marker goes.
    pub fn mark_closed(&self) -> Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.is_file() {
                fs::File::open(&path)?.sync_all()?;
            }
        }
        fs::remove_file(self.dir.join(MARKER))?;
        Ok(fs::File::open(&self.dir)?.sync_all()?)
    }
}
