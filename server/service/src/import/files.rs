//! Files on the server's disk: uploads (for an hour) and the rejected rows of past imports.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::import::RowError;
use domain::{Error, Id, Locale, Result};
use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::{Running, reasons};
use crate::Ctx;
use crate::ctx::{internal, new_id};
use crate::export::guarded;

const HOUR_MS: i64 = 3_600_000;

#[derive(Serialize, Deserialize)]
pub struct Upload {
    pub file_name: String,
    by: Id,
    at: i64,
}

/// Disk full, no rights: nothing of the import is lost, and trying again is safe.
fn disk(e: &std::io::Error) -> Error {
    tracing::error!(error = %e, "a file of an import cannot be read or written");
    crate::ctx::disk(e)
}

impl Running {
    /// A folder of the data directory; without one, a private folder that goes with the program.
    fn folder(&self, ctx: &Ctx, name: &str) -> Result<PathBuf> {
        let root = match &ctx.app.config().data_dir {
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

pub fn keep(ctx: &Ctx, file_name: &str, bytes: &[u8]) -> Result<Id> {
    let dir = ctx.app.0.imports.folder(ctx, "uploads")?;
    sweep(&dir, ctx.app.now());
    let id = new_id();
    let upload = Upload { file_name: file_name.chars().take(200).collect(), by: ctx.me.id, at: ctx.app.now() };
    let facts = serde_json::to_vec(&upload).map_err(|e| internal(&e))?;
    fs::write(dir.join(format!("{id}.bin")), bytes).map_err(|e| disk(&e))?;
    fs::write(dir.join(format!("{id}.json")), facts).map_err(|e| disk(&e))?;
    Ok(id)
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
    let dir = ctx.app.0.imports.folder(ctx, "uploads")?;
    let facts = fs::read(dir.join(format!("{id}.json"))).map_err(|_| gone())?;
    let upload: Upload = serde_json::from_slice(&facts).map_err(|_| gone())?;
    if upload.by != ctx.me.id || upload.at + HOUR_MS < ctx.app.now() {
        return Err(gone());
    }
    Ok((upload, dir))
}

fn sweep(dir: &Path, now: i64) {
    let Ok(files) = fs::read_dir(dir) else { return };
    for path in files.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "json")) {
        let at = fs::read(&path).ok().and_then(|b| serde_json::from_slice::<Upload>(&b).ok()).map(|u| u.at);
        if at.is_none_or(|at| at + HOUR_MS < now) {
            let _ = fs::remove_file(path.with_extension("bin"));
            let _ = fs::remove_file(&path);
        }
    }
}

fn reject_path(ctx: &Ctx, import: Id) -> Result<PathBuf> {
    Ok(ctx.app.0.imports.folder(ctx, "imports")?.join(format!("{import}.csv")))
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
