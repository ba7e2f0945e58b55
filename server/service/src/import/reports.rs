//! Reports of imports: those under way in memory, past ones in the database; and taking an import back.

use domain::import::{ImportReport, ImportState};
use domain::record::ChangeOp;
use domain::{Error, Fields, Id, Result};
use serde_json::Value;
use store::Table;

use crate::ctx::{fault, internal};
use crate::history;
use crate::{App, Ctx};

/// Why an import failed that was broken off in the middle.
pub const STOPPED: &str = "import.stopped";
/// The same of taking one back.
const UNDO_STOPPED: &str = "import.undo_stopped";

/// What is said of this in a report. "Nothing was saved" would be untrue of what is written in many transactions.
pub fn why(e: &Error) -> &'static str {
    match e {
        Error::Unavailable | Error::Full => STOPPED,
        Error::Internal { .. } => "error.internal_plain",
        other => other.key(),
    }
}

/// Kept as text: a report is read as a whole, and only its maker and its time are asked for.
pub async fn save(ctx: &Ctx, report: &ImportReport) -> Result<()> {
    let text = serde_json::to_string(report).map_err(|e| internal(&e))?;
    let mut doc = Fields::new();
    // Whoever takes it back is not its maker.
    let before = ctx.app.0.store.get_doc(Table::ImportRun, &report.id.to_string()).await.map_err(fault)?;
    let maker = before.and_then(|mut d| d.remove("user")).unwrap_or_else(|| ctx.me.id.to_string().into());
    doc.insert("user".to_owned(), maker);
    doc.insert("started_at".to_owned(), report.started_at.clone().into());
    doc.insert("report".to_owned(), text.into());
    doc.insert("server".to_owned(), ctx.app.0.server.to_string().into());
    doc.insert("beat".to_owned(), ctx.app.now_text().into());
    ctx.app.0.store.put_doc(Table::ImportRun, &report.id.to_string(), doc).await.map_err(fault)
}

/// Administrators see all imports, others their own: rejected rows show what was in the file.
fn may_see(ctx: &Ctx, doc: &Fields) -> bool {
    ctx.me.role.is_admin() || doc.get("user").and_then(Value::as_str) == Some(&ctx.me.id.to_string())
}

fn read(doc: &Fields) -> Option<ImportReport> {
    serde_json::from_str(doc.get("report").and_then(Value::as_str)?).ok()
}

/// The report as it is now. What runs is in memory; what ended is in the database.
async fn present(ctx: &Ctx, doc: &Fields) -> Result<Option<ImportReport>> {
    let under_way = |r: &ImportReport| matches!(r.state, ImportState::Planned | ImportState::Running | ImportState::Undoing);
    let Some(mut report) = read(doc) else { return Ok(None) };
    let running = ctx.app.0.imports.reports.lock().get(&report.id).cloned();
    if let Some(running) = running {
        return Ok(Some(running));
    }
    if under_way(&report) {
        // It may have ended since the document was read: what it then saved is there by now.
        let again = ctx.app.0.store.get_doc(Table::ImportRun, &report.id.to_string()).await.map_err(fault)?;
        report = again.as_ref().and_then(read).unwrap_or(report);
        if under_way(&report) && is_elsewhere(ctx, again.as_ref().unwrap_or(doc)).await? {
            return Ok(Some(report));
        }
    }
    if under_way(&report) {
        // The program ended while it ran. What was written can be taken back.
        report = broken_off(ctx, report).await?;
    }
    Ok(Some(report))
}

/// Shows the other servers that this one lives, for as long as it is kept.
pub struct Beat(Option<tokio::task::JoinHandle<()>>);

/// How often, and after what silence a server is gone. Their clocks agree within ten seconds.
const BEAT: std::time::Duration = std::time::Duration::from_secs(10);
const SILENCE_MS: i64 = 60_000;

impl Beat {
    pub fn begin(app: &App) -> Self {
        let app = app.clone();
        Self(app.config().is_shared().then(|| {
            tokio::spawn(async move {
                loop {
                    let doc = Fields::from_iter([("beat".to_owned(), app.now_text().into())]);
                    // While the database is away nobody can read it either.
                    let _ = app.0.store.put_doc(Table::Workspace, &heart(&app.0.server.to_string()), doc).await;
                    tokio::time::sleep(BEAT).await;
                }
            })
        }))
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        if let Some(beating) = self.0.take() {
            beating.abort();
        }
    }
}

fn heart(server: &str) -> String {
    format!("server:{server}")
}

/// Does another server, which lives, have it under way? With several on one database what is not in memory here may be there.
async fn is_elsewhere(ctx: &Ctx, doc: &Fields) -> Result<bool> {
    let text = |doc: &Fields, name: &str| doc.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(server) = text(doc, "server").filter(|s| ctx.app.config().is_shared() && *s != ctx.app.0.server.to_string()) else {
        return Ok(false);
    };
    let heart = ctx.app.0.store.get_doc(Table::Workspace, &heart(&server)).await.map_err(fault)?;
    let beats = [text(doc, "beat"), heart.and_then(|h| text(&h, "beat"))];
    let last = beats.into_iter().flatten().filter_map(|at| domain::time::parse_instant(&at)).max();
    Ok(last.is_some_and(|at| at + SILENCE_MS > ctx.app.now()))
}

/// What an import did that nobody ended: its changes know.
async fn broken_off(ctx: &Ctx, mut report: ImportReport) -> Result<ImportReport> {
    let known = (report.id, report.progress);
    if let Some(counted) = ctx.app.0.imports.broken.lock().get(&known) {
        return Ok(counted.clone());
    }
    recount(ctx, &mut report).await?;
    report.failure = Some(if report.state == ImportState::Undoing { UNDO_STOPPED } else { STOPPED }.to_owned());
    report.state = ImportState::Failed;
    ctx.app.0.imports.broken.lock().insert(known, report.clone());
    Ok(report)
}

/// What an import that did not come to its end wrote: results that got lost on the way are among its changes.
pub async fn recount(ctx: &Ctx, report: &mut ImportReport) -> Result<()> {
    let made = ctx.app.0.store.changes_of_import(report.id).await.map_err(fault)?;
    let count = |wanted: fn(ChangeOp) -> bool, own: bool| {
        let n = made.iter().filter(|m| wanted(m.op) && (m.kind == report.kind) == own).count();
        i64::try_from(n).unwrap_or(i64::MAX)
    };
    report.created = count(|op| op == ChangeOp::Create, true);
    report.updated = count(|op| op == ChangeOp::Update, true);
    report.side_created = count(|op| op == ChangeOp::Create, false);
    report.side_updated = count(|op| op == ChangeOp::Update, false);
    report.progress = report.progress.max(report.created + report.updated + report.duplicate + report.rejected).min(report.rows);
    report.can_undo = !made.is_empty();
    Ok(())
}

pub async fn load(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    let doc = ctx.app.0.store.get_doc(Table::ImportRun, &import.to_string()).await.map_err(fault)?;
    match doc.filter(|d| may_see(ctx, d)) {
        Some(doc) => present(ctx, &doc).await?.ok_or(Error::NotFound),
        None => Err(Error::NotFound),
    }
}

pub async fn all(ctx: &Ctx) -> Result<Vec<ImportReport>> {
    let docs = ctx.app.0.store.docs(Table::ImportRun, None).await.map_err(fault)?;
    let mut reports: Vec<ImportReport> = Vec::new();
    for (_, doc) in docs.iter().filter(|(_, d)| may_see(ctx, d)) {
        reports.extend(present(ctx, doc).await?);
    }
    reports.sort_by_key(|r| std::cmp::Reverse(r.id));
    Ok(reports)
}

pub async fn begin_undo(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    ctx.may_write()?;
    super::door(ctx)?;
    let mut report = load(ctx, import).await?;
    if !report.can_undo || !matches!(report.state, ImportState::Done | ImportState::Failed | ImportState::Undone) {
        return Err(Error::invalid("import", "import_no_undo"));
    }
    report.state = ImportState::Undoing;
    report.can_undo = false;
    report.progress = 0;
    if ctx.app.0.imports.reports.lock().insert(import, report.clone()).is_some() {
        return Err(Error::invalid("import", "import_no_undo"));
    }
    // The other servers hear of it too.
    if let Err(e) = save(ctx, &report).await {
        ctx.app.0.imports.reports.lock().remove(&import);
        return Err(e);
    }
    Ok(report)
}

pub async fn take_back(ctx: &Ctx, mut report: ImportReport) -> Result<ImportReport> {
    let imports = &ctx.app.0.imports;
    let _beat = Beat::begin(&ctx.app);
    let _turn = imports.turn.lock().await;
    let id = report.id;
    let ended = history::undo_import(ctx, id, |n| {
        if let Some(r) = imports.reports.lock().get_mut(&id) {
            r.progress = i64::try_from(n).unwrap_or(0);
        }
    })
    .await;
    match &ended {
        Ok(kept) => {
            report.kept_count = i64::try_from(kept.len()).unwrap_or(i64::MAX);
            report.kept = kept.iter().take(100).cloned().collect();
            // What was kept can go later, once it stands alone again.
            report.can_undo = report.kept_count > 0;
            report.state = ImportState::Undone;
            report.failure = None;
        }
        Err(e) => {
            report.state = ImportState::Failed;
            let broken_off = matches!(e, Error::Unavailable | Error::Full | Error::Internal { .. });
            report.failure = Some(if broken_off { UNDO_STOPPED } else { e.key() }.to_owned());
            report.can_undo = true;
        }
    }
    let saved = save(ctx, &report).await;
    imports.reports.lock().remove(&id);
    ended?;
    saved?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Config};

    fn new(state: ImportState) -> ImportReport {
        let report = ImportReport::new(crate::ctx::new_id(), domain::Kind::Company, "a.csv", 1);
        ImportReport { state, match_field: "name".to_owned(), started_at: "2026-11-22T03:24:10.000Z".to_owned(), ..report }
    }

    #[tokio::test]
    async fn an_import_that_just_ended_has_not_failed() {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let ctx = app.system("test");
        let mut report = new(ImportState::Planned);
        save(&ctx, &report).await.unwrap();
        let seen = app.0.store.get_doc(Table::ImportRun, &report.id.to_string()).await.unwrap().unwrap();
        // The reader holds the old document; the run ends and leaves the memory.
        report.state = ImportState::Done;
        save(&ctx, &report).await.unwrap();
        assert_eq!(present(&ctx, &seen).await.unwrap().unwrap().state, ImportState::Done);
        // One that nobody ended did fail.
        let lost = new(ImportState::Running);
        save(&ctx, &lost).await.unwrap();
        let lost = load(&ctx, lost.id).await.unwrap();
        assert_eq!((lost.state, lost.can_undo), (ImportState::Failed, false));
    }

    #[tokio::test]
    async fn an_import_that_was_killed_says_how_far_it_came() {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let ctx = app.system("test");
        let report = ImportReport { rows: 1_000, ..new(ImportState::Planned) };
        save(&ctx, &report).await.unwrap();
        let named = |n: usize| {
            let fields = serde_json::json!({"name": format!("Company {n}")}).as_object().cloned().unwrap();
            crate::records::BulkItem::Create { fields }
        };
        let write = async |kind, n: std::ops::Range<usize>| {
            crate::records::write_bulk(&ctx, kind, n.map(named).collect(), Some(report.id)).await.unwrap();
        };
        write(domain::Kind::Company, 0..250).await;
        write(domain::Kind::Team, 0..2).await;
        // The program is gone; all that is left is in the database.
        let seen = load(&ctx, report.id).await.unwrap();
        assert_eq!((seen.state, seen.created, seen.side_created, seen.progress), (ImportState::Failed, 250, 2, 250));
        assert_eq!((seen.failure.as_deref(), seen.can_undo), (Some(STOPPED), true));
        let undoing = begin_undo(&ctx, report.id).await.unwrap();
        let undone = take_back(&ctx, undoing).await.unwrap();
        assert_eq!(undone.state, ImportState::Undone);
        assert!(app.0.store.scan(domain::Kind::Company, None, 500).await.unwrap().iter().all(|c| c.deleted_at.is_some()));
    }

    fn companies(n: usize) -> bytes::Bytes {
        let rows: String = (0..n).map(|n| format!("Company {n}\n")).collect();
        bytes::Bytes::from(format!("Account\n{rows}"))
    }

    async fn left(app: &App) -> usize {
        app.0.store.scan(domain::Kind::Company, None, 1000).await.unwrap().iter().filter(|c| c.deleted_at.is_none()).count()
    }

    #[tokio::test]
    async fn an_import_that_breaks_off_within_its_first_rows_can_be_taken_back() {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let ctx = app.system("test");
        let seen = crate::import::inspect(&ctx, "companies.csv", companies(450)).await.unwrap();
        // Two of its five transactions.
        app.0.store.full_after(2);
        crate::import::run(&ctx, seen.upload, seen.guess, |_| ()).await.unwrap_err();
        app.0.store.full_after(i64::MAX);
        assert_eq!(left(&app).await, 200);
        let report = all(&ctx).await.unwrap().remove(0);
        assert_eq!((report.state, report.created, report.can_undo), (ImportState::Failed, 200, true));
        assert_eq!(report.failure.as_deref(), Some(STOPPED), "not that nothing was saved");
        assert_eq!(crate::import::undo_now(&ctx, report.id).await.unwrap().state, ImportState::Undone);
        assert_eq!(left(&app).await, 0);
    }

    #[tokio::test]
    async fn taking_an_import_back_that_breaks_off_says_so_and_goes_on() {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let ctx = app.system("test");
        let seen = crate::import::inspect(&ctx, "companies.csv", companies(450)).await.unwrap();
        let done = crate::import::run(&ctx, seen.upload, seen.guess, |_| ()).await.unwrap();
        app.0.store.full_after(2);
        crate::import::undo_now(&ctx, done.id).await.unwrap_err();
        app.0.store.full_after(i64::MAX);
        let report = load(&ctx, done.id).await.unwrap();
        assert_eq!((report.state, report.failure.as_deref(), report.can_undo), (ImportState::Failed, Some(UNDO_STOPPED), true));
        assert_eq!(left(&app).await, 250);
        let report = crate::import::undo_now(&ctx, done.id).await.unwrap();
        assert_eq!((report.state, report.failure, left(&app).await), (ImportState::Undone, None, 0));
    }
}
