//! Files on the server's disk: uploads (for a day) and the rejected rows of past imports.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::import::{Inspection, RowError, WaitingFile};
use domain::{Error, FieldError, Id, Kind, Locale, Result};
use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::{Running, reasons};
use crate::ctx::internal;
use crate::export::guarded;
use crate::{App, Ctx};

/// Long enough to go on tomorrow with the files of today.
const KEPT_MS: i64 = 86_400_000;

/// So many files of one person wait; more are asked for an import, or to be removed.
const MOST_WAITING: usize = 50;

#[derive(Serialize, Deserialize)]
pub struct Upload {
    pub file_name: String,
    by: Id,
    at: i64,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    rows: i64,
    /// An import of it was begun. The file stays for its time, so that the way back does not lead to nothing.
    #[serde(default)]
    imported: bool,
}

/// Disk full, no rights: nothing of the import is lost, and trying again is safe.
fn disk(e: &std::io::Error) -> Error {
    tracing::error!(error = %e, "a file of an import cannot be read or written");
    crate::ctx::disk(e)
}

impl Running {
    /// A folder of the data directory; without one, a private folder that goes with the program.
    fn folder(&self, app: &App, name: &str) -> Result<PathBuf> {
        let root = match &app.config().data_dir {
            Some(dir) => dir.clone(),
            None => {
                let mut temp = self.temp.lock();
                if temp.is_none() {
                    *temp = Some(tempfile::Builder::new().prefix("rapport-").tempdir().map_err(|e| disk(&e))?);
                }
                temp.as_ref().map(|t| t.path().to_owned()).ok_or(Error::Unavailable)?
            }
        };
        let dir = root.join(name);
        fs::create_dir_all(&dir).map_err(|e| disk(&e))?;
        Ok(dir)
    }
}

/// Keeps a file under the name that its inspection gave it.
///
/// # Errors
/// So many of theirs wait already that they could fill the disk.
pub fn keep(ctx: &Ctx, seen: &Inspection, bytes: &[u8]) -> Result<()> {
    sweep(&ctx.app)?;
    if waiting(ctx)?.len() >= MOST_WAITING {
        return Err(Error::Invalid { fields: vec![FieldError::new("file", "import_waiting").with("max", MOST_WAITING)] });
    }
    let dir = folder(&ctx.app)?;
    let upload = Upload {
        file_name: seen.file_name.chars().take(200).collect(),
        by: ctx.me.id,
        at: ctx.app.now(),
        kind: seen.certain.then_some(seen.guess.kind),
        rows: seen.rows,
        imported: false,
    };
    fs::write(dir.join(format!("{}.bin", seen.upload)), bytes).map_err(|e| disk(&e))?;
    put(&dir, seen.upload, &upload)
}

fn folder(app: &App) -> Result<PathBuf> {
    app.0.imports.folder(app, "uploads")
}

fn put(dir: &Path, id: Id, upload: &Upload) -> Result<()> {
    let facts = serde_json::to_vec(upload).map_err(|e| internal(&e))?;
    // Whoever reads it meanwhile finds the old one or the new one, whole.
    let (half, whole) = (dir.join(format!("{id}.half")), dir.join(format!("{id}.json")));
    fs::write(&half, facts).and_then(|()| fs::rename(&half, &whole)).map_err(|e| disk(&e))
}

/// Theirs that no import was begun of, what is named before what names it.
pub fn waiting(ctx: &Ctx) -> Result<Vec<WaitingFile>> {
    let dir = folder(&ctx.app)?;
    let mut found = Vec::new();
    for path in fs::read_dir(&dir).map_err(|e| disk(&e))?.flatten().map(|f| f.path()) {
        let id = path.extension().is_some_and(|e| e == "json").then(|| path.file_stem()?.to_str().and_then(Id::parse)).flatten();
        let Some((id, (upload, _))) = id.and_then(|id| Some((id, facts(ctx, id).ok()?))) else { continue };
        if !upload.imported {
            found.push((upload.at, WaitingFile { upload: id, name: upload.file_name, kind: upload.kind, rows: upload.rows }));
        }
    }
    found.sort_by_cached_key(|(at, w)| (w.kind.map_or(usize::MAX, domain::import::turn), *at, w.upload));
    Ok(found.into_iter().map(|(_, w)| w).collect())
}

/// An import of it has begun: it waits no longer.
pub fn taken(ctx: &Ctx, id: Id) -> Result<()> {
    let (upload, dir) = facts(ctx, id)?;
    put(&dir, id, &Upload { imported: true, ..upload })
}

/// Throws an upload away; one that is gone already is no error.
pub fn discard(ctx: &Ctx, id: Id) -> Result<()> {
    let Ok((_, dir)) = facts(ctx, id) else { return Ok(()) };
    for end in ["json", "bin"] {
        match fs::remove_file(dir.join(format!("{id}.{end}"))) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(disk(&e)),
            _ => {}
        }
    }
    Ok(())
}

/// Somebody else's upload, one that is gone and one that never was look the same.
pub fn fetch(ctx: &Ctx, id: Id) -> Result<(Upload, Vec<u8>)> {
    let (upload, dir) = facts(ctx, id)?;
    let bytes = fs::read(dir.join(format!("{id}.bin"))).map_err(|_| gone())?;
    Ok((upload, bytes))
}

pub fn is_kept(ctx: &Ctx, id: Id) -> Result<()> {
    facts(ctx, id).map(|_| ())
}

fn gone() -> Error {
    Error::invalid("upload", "upload_gone")
}

fn facts(ctx: &Ctx, id: Id) -> Result<(Upload, PathBuf)> {
    let dir = folder(&ctx.app)?;
    let facts = fs::read(dir.join(format!("{id}.json"))).map_err(|_| gone())?;
    let upload: Upload = serde_json::from_slice(&facts).map_err(|_| gone())?;
    if upload.by != ctx.me.id || upload.at + KEPT_MS < ctx.app.now() {
        return Err(gone());
    }
    Ok((upload, dir))
}

/// Throws away what has waited a day, and what nothing belongs to any more: a disk that was full, a program that ended between
/// the two files of an upload.
pub fn sweep(app: &App) -> Result<()> {
    let now = app.now();
    for path in fs::read_dir(folder(app)?).map_err(|e| disk(&e))?.flatten().map(|f| f.path()) {
        let facts = path.with_extension("json");
        let at = match fs::read(&facts) {
            Ok(bytes) => serde_json::from_slice::<Upload>(&bytes).ok().map(|u| u.at),
            Err(_) => written(&path),
        };
        if at.is_none_or(|at| at + KEPT_MS < now) {
            let _ = fs::remove_file(path.with_extension("bin"));
            let _ = fs::remove_file(facts);
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

/// When a file was written, by the disk's clock.
fn written(path: &Path) -> Option<i64> {
    let at = fs::metadata(path).and_then(|m| m.modified()).ok()?;
    i64::try_from(at.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

fn reject_path(ctx: &Ctx, import: Id) -> Result<PathBuf> {
    Ok(ctx.app.0.imports.folder(&ctx.app, "imports")?.join(format!("{import}.csv")))
}

/// The rejected rows of an import, as they were in the file, with the reason in a column behind them: corrected, they can be
/// imported again.
pub struct RejectFile {
    path: PathBuf,
    out: Option<csv::Writer<BufWriter<File>>>,
}

impl RejectFile {
    pub fn new(ctx: &Ctx, import: Id) -> Result<Self> {
        Ok(Self { path: reject_path(ctx, import)?, out: None })
    }

    pub fn add(&mut self, grid: &Grid, row: usize, errors: &[RowError], locale: Locale) -> Result<()> {
        let broken = |e: csv::Error| disk(&e.into());
        if self.out.is_none() {
            let mut file = BufWriter::new(File::create(&self.path).map_err(|e| disk(&e))?);
            file.write_all("\u{feff}".as_bytes()).map_err(|e| disk(&e))?;
            let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(file);
            let head = grid.head.iter().map(String::as_str).chain([reasons::column(locale)]);
            out.write_record(head).map_err(broken)?;
            self.out = Some(out);
        }
        let Some(out) = &mut self.out else { return Ok(()) };
        let width = grid.head.len();
        let cells = (0..width).map(|c| guarded(grid.cell(row, c)).into_owned());
        let why = errors.iter().map(|e| reasons::sentence(locale, e)).collect::<Vec<_>>().join("; ");
        out.write_record(cells.chain([guarded(&why).into_owned()])).map_err(broken)
    }

    pub fn finish(&mut self) -> Result<()> {
        match &mut self.out {
            Some(out) => out.flush().map_err(|e| disk(&e)),
            None => Ok(()),
        }
    }
}

/// Empty when no row was rejected.
pub fn rejected(ctx: &Ctx, import: Id) -> Result<Vec<u8>> {
    match fs::read(reject_path(ctx, import)?) {
        Ok(bytes) => Ok(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(disk(&e)),
    }
}
