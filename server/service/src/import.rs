//! Imports: inspect, dry run, run in the background, undo. See [`domain::import`].
//!
//! A file becomes rows of text ([`inspect`]: encoding, delimiter, head), the plan says which column feeds which field, a
//! first pass over the rows finds out what names and words mean, a second one makes records of them. The dry run takes the
//! same two passes without writing, so that its figures are those of the run.

pub(crate) mod closest;
mod csv;
mod dates;
mod decode;
mod files;
mod grid;
mod guess;
mod ics;
mod inspecting;
mod known;
mod mapping;
mod numbers;
mod read;
mod reasons;
mod rehearsal;
mod reports;
mod survey;
mod synonyms;
mod vocabulary;
mod walk;
pub(crate) mod words;
mod xlsx;

use std::collections::HashMap;

use bytes::Bytes;
use domain::import::{ImportPlan, ImportReport, ImportState, Inspection, Reading, WaitingFile};
use domain::rights::{Act, Power};
use domain::{Error, FieldError, Id, Kind, Result};
use parking_lot::Mutex;

use crate::ctx::{internal, new_id};
use crate::{App, Ctx};
use inspecting::Source;
use walk::{Facts, Walk};

/// Largest file taken, in bytes.
pub const MAX_BYTES: usize = 100 * 1024 * 1024;

/// Imports under way in this process, by their id.
#[derive(Default)]
pub(crate) struct Running {
    reports: Mutex<HashMap<Id, ImportReport>>,
    /// One after the other: two at once would make the same companies twice.
    turn: tokio::sync::Mutex<()>,
    temp: Mutex<Option<tempfile::TempDir>>,
    /// What imports did that nobody ended, by their id and the progress that was saved: counted once.
    broken: Mutex<HashMap<(Id, i64), ImportReport>>,
}

/// Files of records are for those who may import. A calendar is everybody's own affair: whoever may put items into the calendar
/// may bring a file of them, which passes the same rules as each item does.
///
/// # Errors
/// `Forbidden`: neither.
pub fn door(ctx: &Ctx) -> Result<()> {
    if ctx.who().has(Power::Import) || ctx.who().may_some(Act::Create, Kind::Event) { Ok(()) } else { Err(Error::Forbidden) }
}

/// What such a file holds.
fn may_bring(ctx: &Ctx, source: &Source) -> Result<()> {
    if source.calendar.is_some() { Ok(()) } else { ctx.need(Power::Import) }
}

pub async fn inspect(ctx: &Ctx, file_name: &str, bytes: Bytes) -> Result<Inspection> {
    door(ctx)?;
    if bytes.len() > MAX_BYTES {
        return Err(Error::Invalid { fields: vec![FieldError::new("file", "file_too_large").with("max", "100 MB")] });
    }
    let (me, name) = (ctx.clone(), file_name.to_owned());
    blocking(move || {
        // A table is no work before the right to bring one.
        if !crate::calendar::ics::is_calendar(&bytes) && !me.who().has(Power::Import) {
            let meant = name.to_lowercase().ends_with(".ics");
            return Err(if meant { Error::invalid("file", "file_no_calendar") } else { Error::Forbidden });
        }
        let source = inspecting::open_named(&me, &name, &bytes)?;
        may_bring(&me, &source)?;
        let seen = inspecting::inspection(&me, new_id(), &name, &source, None);
        files::keep(&me, &seen, &bytes)?;
        Ok(seen)
    })
    .await
}

/// The same upload read another way: another kind, sheet, encoding or delimiter.
pub async fn inspect_again(ctx: &Ctx, upload: Id, reading: Reading) -> Result<Inspection> {
    door(ctx)?;
    let me = ctx.clone();
    blocking(move || {
        let (file, bytes) = files::fetch(&me, upload)?;
        let source = inspecting::open(&me, &bytes, &reading)?;
        may_bring(&me, &source)?;
        Ok(inspecting::inspection(&me, upload, &file.file_name, &source, reading.kind))
    })
    .await
}

/// Files of theirs that were uploaded and not imported yet, in the order in which they are best taken.
pub async fn waiting(ctx: &Ctx) -> Result<Vec<WaitingFile>> {
    door(ctx)?;
    let me = ctx.clone();
    blocking(move || files::waiting(&me)).await
}

/// Uploads whose time is over go, whether or not another one comes.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    let app = app.clone();
    blocking(move || files::sweep(&app)).await
}

/// Throws an upload of theirs away.
pub async fn discard(ctx: &Ctx, upload: Id) -> Result<()> {
    door(ctx)?;
    ctx.may_write()?;
    let me = ctx.clone();
    blocking(move || files::discard(&me, upload)).await
}

/// What would happen; nothing is written.
pub async fn dry_run(ctx: &Ctx, upload: Id, plan: ImportPlan) -> Result<ImportReport> {
    Ok(dry_run_after(ctx, upload, plan, &Ahead::default()).await?.0)
}

/// Records that dry runs made in thought only.
#[derive(Default)]
pub struct Ahead(Vec<domain::Record>);

impl Ahead {
    pub fn add(&mut self, more: Self) {
        self.0.extend(more.0);
    }
}

/// The dry run of one file of several: it finds what the files before it would have made by then, and says what it would
/// make itself.
pub async fn dry_run_after(ctx: &Ctx, upload: Id, plan: ImportPlan, ahead: &Ahead) -> Result<(ImportReport, Ahead)> {
    let (report, source, plan) = open(ctx, upload, plan).await?;
    if let Some(calendar) = source.calendar {
        let mut take = ics::Take::new(ctx, calendar, None, report);
        take.run(&mut |_| ()).await?;
        return Ok((take.report, Ahead::default()));
    }
    let facts = facts(ctx, source, &plan, ahead).await?;
    let mut walk = Walk::new(ctx, facts, None, report, None).after(&ahead.0);
    walk.run(&mut |_| ()).await?;
    Ok((walk.report, Ahead(walk.imagined)))
}

/// Starts the import and returns at once; [`report`] tells how far it is.
pub async fn start(ctx: &Ctx, upload: Id, plan: ImportPlan) -> Result<ImportReport> {
    ctx.may_write()?;
    let (report, source, plan) = open(ctx, upload, plan).await?;
    // What is wrong with the plan is said now, not in a report.
    if source.calendar.is_none() {
        mapping::Mapping::of(&plan, &source.grid, crate::records::zone(&ctx.me.time_zone))?;
    }
    ctx.app.0.imports.reports.lock().insert(report.id, report.clone());
    if let Err(e) = reports::save(ctx, &report).await {
        ctx.app.0.imports.reports.lock().remove(&report.id);
        return Err(e);
    }
    taken(ctx, upload).await;
    let (me, first) = (ctx.clone(), report.clone());
    let work = tokio::spawn(async move {
        // The report says how it ended; there is nobody else to tell.
        let _ = carry_out(&me, first, source, plan, |_| ()).await;
    });
    let (me, mut left) = (ctx.clone(), report.clone());
    tokio::spawn(async move {
        // A fault of ours must not leave an import behind that runs for ever.
        if work.await.is_err() {
            left.state = ImportState::Failed;
            left.failure = Some("error.internal_plain".to_owned());
            left.can_undo = true;
            let _ = reports::save(&me, &left).await;
            me.app.0.imports.reports.lock().remove(&left.id);
        }
    });
    Ok(report)
}

/// The same, to its end: for the command line.
pub async fn run(ctx: &Ctx, upload: Id, plan: ImportPlan, progress: impl Fn(&ImportReport) + Send) -> Result<ImportReport> {
    ctx.may_write()?;
    let (report, source, plan) = open(ctx, upload, plan).await?;
    if source.calendar.is_none() {
        mapping::Mapping::of(&plan, &source.grid, crate::records::zone(&ctx.me.time_zone))?;
    }
    reports::save(ctx, &report).await?;
    taken(ctx, upload).await;
    carry_out(ctx, report, source, plan, progress).await
}

/// At worst a file that was imported is offered once more.
async fn taken(ctx: &Ctx, upload: Id) {
    let me = ctx.clone();
    if let Err(error) = blocking(move || files::taken(&me, upload)).await {
        tracing::warn!(%error, "an upload could not be marked as imported");
    }
}

pub async fn report(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    door(ctx)?;
    reports::load(ctx, import).await
}

/// Is this upload of theirs still here?
pub(crate) fn is_kept(ctx: &Ctx, upload: Id) -> Result<()> {
    files::is_kept(ctx, upload)
}

/// Past imports, newest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<ImportReport>> {
    door(ctx)?;
    reports::all(ctx).await
}

/// CSV of all rejected rows with a column that says why.
pub async fn rejected_rows(ctx: &Ctx, import: Id) -> Result<Bytes> {
    door(ctx)?;
    reports::load(ctx, import).await?;
    let me = ctx.clone();
    blocking(move || files::rejected(&me, import).map(Bytes::from)).await
}

/// Takes the whole import back: new records to the bin, old values restored where nobody changed them since. Returns at
/// once; [`report`] tells when it is done.
pub async fn undo(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    let report = reports::begin_undo(ctx, import).await?;
    let (me, first) = (ctx.clone(), report.clone());
    let work = tokio::spawn(async move {
        let _ = reports::take_back(&me, first).await;
    });
    let (app, id) = (ctx.app.clone(), import);
    tokio::spawn(async move {
        // A fault of ours must not leave it "undoing" for ever: as its document says, it can be taken back again.
        if work.await.is_err() {
            app.0.imports.reports.lock().remove(&id);
        }
    });
    Ok(report)
}

/// The same, to its end: for the command line.
pub async fn undo_now(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    let report = reports::begin_undo(ctx, import).await?;
    reports::take_back(ctx, report).await
}

/// Checks the right, reads the upload, and begins a report.
async fn open(ctx: &Ctx, upload: Id, plan: ImportPlan) -> Result<(ImportReport, Source, ImportPlan)> {
    door(ctx)?;
    let who = ctx.who();
    if !who.may_some(Act::Create, plan.kind) && !who.may_some(Act::Edit, plan.kind) {
        return Err(Error::Forbidden);
    }
    let me = ctx.clone();
    let reading = Reading { kind: None, sheet: plan.sheet.clone(), encoding: plan.encoding.clone(), delimiter: plan.delimiter.clone() };
    let (file, source) = blocking(move || {
        let (file, bytes) = files::fetch(&me, upload)?;
        let source = inspecting::open(&me, &bytes, &reading)?;
        Ok((file, source))
    })
    .await?;
    may_bring(ctx, &source)?;
    let rows = i64::try_from(source.len()).unwrap_or(i64::MAX);
    let report = ImportReport {
        by: ctx.me.name.clone(),
        started_at: ctx.app.now_text(),
        match_field: plan.match_field.clone(),
        ..ImportReport::new(new_id(), if source.calendar.is_some() { Kind::Event } else { plan.kind }, &file.file_name, rows)
    };
    Ok((report, source, plan))
}

async fn facts(ctx: &Ctx, source: Source, plan: &ImportPlan, ahead: &Ahead) -> Result<Facts> {
    let grid = source.grid;
    let mapping = mapping::Mapping::of(plan, &grid, crate::records::zone(&ctx.me.time_zone))?;
    let mut known = known::Known::load(ctx, &mapping, &ahead.0).await?;
    let who = ctx.who();
    blocking(move || {
        let survey = survey::Survey::of(&grid, &mapping, &mut known, &who)?;
        Ok(Facts { grid, mapping, known, survey })
    })
    .await
}

async fn carry_out(
    ctx: &Ctx,
    mut report: ImportReport,
    source: Source,
    plan: ImportPlan,
    tell: impl Fn(&ImportReport) + Send,
) -> Result<ImportReport> {
    let imports = &ctx.app.0.imports;
    let mut note = move |r: &ImportReport| {
        imports.reports.lock().insert(r.id, r.clone());
        tell(r);
    };
    note(&report);
    let _beat = reports::Beat::begin(&ctx.app);
    let _turn = imports.turn.lock().await;
    report.state = ImportState::Running;
    note(&report);
    let began = std::time::Instant::now();
    let id = report.id;
    let ended = async {
        if let Some(calendar) = source.calendar {
            let mut take = ics::Take::new(ctx, calendar, Some(id), report.clone());
            let outcome = take.run(&mut note).await;
            report = take.report;
            return outcome;
        }
        let facts = facts(ctx, source, &plan, &Ahead::default()).await?;
        let mut walk = Walk::new(ctx, facts, Some(id), report.clone(), Some(files::RejectFile::new(ctx, id)?));
        let outcome = walk.run(&mut note).await;
        report = walk.report;
        outcome
    }
    .await;
    match &ended {
        Ok(()) => {
            report.state = ImportState::Done;
            report.can_undo = report.created + report.updated + report.side_created + report.side_updated > 0;
        }
        Err(e) => {
            report.state = ImportState::Failed;
            report.failure = Some(reports::why(e).to_owned());
            if let Err(unknown) = reports::recount(ctx, &mut report).await {
                // Nobody can say now what it wrote. Its document stays as it is: whoever reads it counts then.
                tracing::error!(import = %id, error = %unknown, "what an import that broke off wrote is not known yet");
                imports.reports.lock().remove(&id);
                ended?;
                return Err(unknown);
            }
            // A write that seemed lost may arrive yet.
            report.can_undo |= *e == Error::Unavailable;
        }
    }
    if report.created + report.updated > 0 && report.kind == Kind::Event {
        crate::calendar::imported(&ctx.app, id, ctx.actor());
    }
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(0);
    tracing::info!(import = %id, rows = report.progress, created = report.created, rejected = report.rejected, ms, "import ended");
    let saved = reports::save(ctx, &report).await;
    note(&report);
    imports.reports.lock().remove(&id);
    ended?;
    saved?;
    Ok(report)
}

/// Work that would hold up everybody else's requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| internal(&e))?
}

/// For the tests of exports: the cells as an import takes them.
#[cfg(test)]
pub(crate) fn read_back(bytes: &[u8]) -> Vec<Vec<String>> {
    let grid = inspecting::read(bytes, &Reading::default(), domain::Locale::En).map(|s| s.grid).unwrap_or_default();
    let row = |r| (0..grid.head.len()).map(|c| read::unguarded(grid.cell(r, c)).to_owned()).collect();
    (0..grid.len()).filter(|r| grid.fault(*r).is_none()).map(row).collect()
}
