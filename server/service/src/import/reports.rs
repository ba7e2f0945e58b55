//! Reports of imports: those under way in memory, past ones in the database; and taking an import back.

use domain::import::{ImportReport, ImportState};
use domain::{Error, Fields, Id, Result};
use serde_json::Value;
use store::Table;

use crate::Ctx;
use crate::ctx::{fault, internal};
use crate::history;

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
    ctx.app.0.store.put_doc(Table::ImportRun, &report.id.to_string(), doc).await.map_err(fault)
}

/// Administrators see all imports, others their own: rejected rows show what was in the file.
fn may_see(ctx: &Ctx, doc: &Fields) -> bool {
    ctx.me.role.is_admin() || doc.get("user").and_then(Value::as_str) == Some(&ctx.me.id.to_string())
}

fn parse(ctx: &Ctx, doc: &Fields) -> Option<ImportReport> {
    let text = doc.get("report").and_then(Value::as_str)?;
    let stored: ImportReport = serde_json::from_str(text).ok()?;
    let mut report = ctx.app.0.imports.reports.lock().get(&stored.id).cloned().unwrap_or(stored);
    let alive = ctx.app.0.imports.reports.lock().contains_key(&report.id);
    if !alive && matches!(report.state, ImportState::Planned | ImportState::Running | ImportState::Undoing) {
        // The program ended while it ran. What was written can be taken back.
        report.state = ImportState::Failed;
        report.failure = Some("error.unavailable".to_owned());
        report.can_undo = true;
    }
    Some(report)
}

pub async fn load(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    let doc = ctx.app.0.store.get_doc(Table::ImportRun, &import.to_string()).await.map_err(fault)?;
    doc.filter(|d| may_see(ctx, d)).and_then(|d| parse(ctx, &d)).ok_or(Error::NotFound)
}

pub async fn all(ctx: &Ctx) -> Result<Vec<ImportReport>> {
    let docs = ctx.app.0.store.docs(Table::ImportRun, None).await.map_err(fault)?;
    let mut reports: Vec<ImportReport> = docs.iter().filter(|(_, d)| may_see(ctx, d)).filter_map(|(_, d)| parse(ctx, d)).collect();
    reports.sort_by_key(|r| std::cmp::Reverse(r.id));
    Ok(reports)
}

pub async fn begin_undo(ctx: &Ctx, import: Id) -> Result<ImportReport> {
    ctx.may_write()?;
    ctx.need(domain::rights::Power::Import)?;
    let mut report = load(ctx, import).await?;
    if !report.can_undo || !matches!(report.state, ImportState::Done | ImportState::Failed) {
        return Err(Error::invalid("import", "import_no_undo"));
    }
    report.state = ImportState::Undoing;
    report.can_undo = false;
    report.progress = 0;
    ctx.app.0.imports.reports.lock().insert(import, report.clone());
    Ok(report)
}

pub async fn take_back(ctx: &Ctx, mut report: ImportReport) -> Result<ImportReport> {
    let imports = &ctx.app.0.imports;
    let _turn = imports.turn.lock().await;
    let id = report.id;
    let ended = history::undo_import(ctx, id, |n| {
        if let Some(r) = imports.reports.lock().get_mut(&id) {
            r.progress = i64::try_from(n).unwrap_or(0);
        }
    })
    .await;
    match &ended {
        Ok(_) => report.state = ImportState::Undone,
        Err(e) => {
            report.state = ImportState::Failed;
            report.failure = Some(e.key().to_owned());
            report.can_undo = true;
        }
    }
    let saved = save(ctx, &report).await;
    imports.reports.lock().remove(&id);
    ended?;
    saved?;
    Ok(report)
}
