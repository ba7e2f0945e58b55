//! Imports: inspect, dry run, run in the background, undo. See [`domain::import`].

use bytes::Bytes;
use domain::import::{ImportPlan, ImportReport, Inspection, Reading};
use domain::{Error, Id, Result};

use crate::Ctx;

/// Largest file taken, in bytes.
pub const MAX_BYTES: usize = 100 * 1024 * 1024;

pub async fn inspect(ctx: &Ctx, file_name: &str, bytes: Bytes) -> Result<Inspection> {
    let _ = (ctx, file_name, bytes);
    Err(Error::Unavailable)
}

/// The same upload read another way: another sheet, encoding or delimiter.
pub async fn inspect_again(ctx: &Ctx, upload: Id, reading: Reading) -> Result<Inspection> {
    let _ = (ctx, upload, reading);
    Err(Error::Unavailable)
}

/// What would happen; nothing is written.
pub async fn dry_run(ctx: &Ctx, upload: Id, plan: ImportPlan) -> Result<ImportReport> {
    let _ = (ctx, upload, plan);
    Err(Error::Unavailable)
}

/// Starts the import and returns at once; [`report`] tells how far it is.
pub async fn start(ctx: &Ctx, upload: Id, plan: ImportPlan) -> Result<ImportReport> {
    let _ = (ctx, upload, plan);
    Err(Error::Unavailable)
}

/// The same, to its end: for the command line.
pub async fn run(ctx: &Ctx, upload: Id, plan: ImportPlan, progress: impl Fn(&ImportReport) + Send) -> Result<ImportReport> {
    let _ = (ctx, upload, plan, progress);
    Err(Error::Unavailable)
}

pub async fn report(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    let _ = (ctx, import);
    Err(Error::Unavailable)
}

/// Past imports, newest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<ImportReport>> {
    let _ = ctx;
    Err(Error::Unavailable)
}

/// CSV of all rejected rows with a column that says why.
pub async fn rejected_rows(ctx: &Ctx, import: Id) -> Result<Bytes> {
    let _ = (ctx, import);
    Err(Error::Unavailable)
}

/// Takes the whole import back: new records to the bin, old values restored where nobody changed them since.
pub async fn undo(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    let _ = (ctx, import);
    Err(Error::Unavailable)
}

/// Imports under way in this process, by their id.
#[derive(Default)]
pub(crate) struct Running {}
