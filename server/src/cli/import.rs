//! `rapport import`: the same import as in the browser, to its end, with its figures and where the rejected rows are.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};
use domain::calendar::Conflict;
use domain::import::{ColumnMap, ImportPlan, ImportReport, ImportState, OnMatch, Reading, Replace, Replacement, made_by_name};
use domain::schema::FieldType;
use domain::{Fields, Kind, Locale};
use serde::Deserialize;
use service::Ctx;
use service::import::Ahead;

use super::Settings;
use crate::settings::Refused;
use crate::words;

/// Some rows were left out.
const SOME_REJECTED: u8 = 3;

#[derive(Args)]
pub struct Import {
    /// CSV, XLSX or iCalendar files; people, teams and resources are read before companies, those before contacts, those before
    /// deals, and events last
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files hold: companies, contacts, deals, products, users, teams, tasks, notes, calls, resources, events [default: as recognised]
    #[arg(long, env = "RAPPORT_IMPORT_KIND", value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// The sheet of an XLSX file [default: its first]
    #[arg(long, env = "RAPPORT_IMPORT_SHEET", value_name = "NAME")]
    sheet: Option<String>,
    /// How columns become fields: JSON such as {"Account":"name"}, a whole plan, or a file with either
    #[arg(long, env = "RAPPORT_IMPORT_MAP", value_name = "JSON|FILE")]
    map: Option<String>,
    /// Field by which a row is a record already here; "" makes every row new
    #[arg(long = "match", env = "RAPPORT_IMPORT_MATCH", value_name = "FIELD")]
    match_field: Option<String>,
    /// What to do with names and values that nobody knows
    #[arg(long, env = "RAPPORT_IMPORT_UNKNOWN", value_enum, default_value = "suggested")]
    unknown: Unknown,
    /// Only say what would happen
    #[arg(long, env = "RAPPORT_IMPORT_DRY_RUN", value_parser = FalseyValueParser::new())]
    dry_run: bool,
    /// Folder for the rejected rows [default: beside each file]
    #[arg(long, env = "RAPPORT_IMPORT_REJECTED", value_name = "DIR")]
    rejected: Option<PathBuf>,
    /// Act with the rights and in the name of this person [default: the system, which may do everything]
    #[arg(long = "as", env = "RAPPORT_AS", value_name = "EMAIL")]
    acting: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unknown {
    /// What the import suggests for each
    Suggested,
    /// The closest known one
    Closest,
    /// Make a new one
    Create,
    /// Leave the field empty
    Leave,
    /// Reject the row
    Reject,
}

/// `--map`: a plan of which everything may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sketch {
    kind: Option<Kind>,
    map: Option<Columns>,
    match_field: Option<String>,
    on_match: Option<OnMatch>,
    date_order: Option<String>,
    currency: Option<String>,
    scale: Option<i64>,
    defaults: Option<Fields>,
    replace: Vec<Replace>,
    sheet: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Columns {
    Short(BTreeMap<String, String>),
    Long(Vec<ColumnMap>),
}

struct Upload {
    path: PathBuf,
    id: domain::Id,
    plan: ImportPlan,
}

impl Import {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, Refused> {
        let sketch = self.map.as_deref().map(sketch).transpose()?.unwrap_or_default();
        let app = settings.open(false, false).await?;
        let ctx = super::people::acting(&app, self.acting.as_deref()).await?;
        let mut uploads = Vec::new();
        for path in &self.files {
            uploads.push(self.look_at(&ctx, path, &sketch).await?);
        }
        uploads.sort_by_key(|u| domain::import::turn(u.plan.kind));
        // Afterwards it would be too late: the rows are written, and the rejected ones would lie nowhere.
        if let (Some(folder), false) = (&self.rejected, self.dry_run) {
            tokio::fs::create_dir_all(folder).await.map_err(|e| {
                let problem = format!("The folder {} for rejected rows cannot be made: {e}. Nothing was imported.", folder.display());
                Refused::new(problem, "Name another one: --rejected DIR.")
            })?;
        }
        let mut some_rejected = false;
        let mut ahead = Ahead::default();
        for upload in uploads {
            let report = self.take(&ctx, upload, &mut ahead).await?;
            some_rejected |= report.rejected > 0;
        }
        app.close().await;
        Ok(if some_rejected { ExitCode::from(SOME_REJECTED) } else { ExitCode::SUCCESS })
    }

    async fn look_at(&self, ctx: &Ctx, path: &Path, sketch: &Sketch) -> Result<Upload, Refused> {
        let unreadable =
            |e: std::io::Error| Refused::new(format!("{} cannot be read: {e}.", path.display()), "Check the name and its rights.");
        let size = tokio::fs::metadata(path).await.map_err(unreadable)?.len();
        if size > service::import::MAX_BYTES as u64 {
            let advice = format!("Files of up to {} MB are taken: split it.", service::import::MAX_BYTES / 1024 / 1024);
            return Err(Refused::new(format!("{} is too large.", path.display()), advice));
        }
        let bytes = Bytes::from(tokio::fs::read(path).await.map_err(unreadable)?);
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut inspection = service::import::inspect(ctx, &name, bytes).await.map_err(|e| about(path, e))?;
        let (kind, sheet) = (self.kind.or(sketch.kind), self.sheet.clone().or_else(|| sketch.sheet.clone()));
        if kind.is_some() || sheet.is_some() {
            // The mapping is that of the kind and of the sheet.
            let reading = Reading { kind, sheet, ..Reading::default() };
            inspection = service::import::inspect_again(ctx, inspection.upload, reading).await.map_err(|e| about(path, e))?;
        }
        if !inspection.certain {
            return Err(Refused::new(
                format!("{}: it is not clear what its rows are; the headings fit no kind well. Nothing was imported.", path.display()),
                "Import it alone and say it: --kind companies (or contacts, deals, products, users, teams, tasks, notes, calls, resources, events).",
            ));
        }
        let mut plan = inspection.guess;
        sketch.lay_over(&mut plan);
        if let Some(field) = &self.match_field {
            plan.match_field.clone_from(field);
        }
        Ok(Upload { path: path.to_path_buf(), id: inspection.upload, plan })
    }

    /// `ahead`: what the files before this one would have made, when nothing is written.
    async fn take(&self, ctx: &Ctx, upload: Upload, ahead: &mut Ahead) -> Result<ImportReport, Refused> {
        let Upload { path, id, mut plan } = upload;
        println!("{} as {}", path.display(), plan.kind.plural());
        let (tried, mut made) = service::import::dry_run_after(ctx, id, plan.clone(), ahead).await.map_err(|e| about(&path, e))?;
        for unknown in &tried.unknown {
            let by = match (self.unknown, &unknown.closest) {
                (Unknown::Closest, Some(closest)) => Replacement::Use(closest.clone()),
                (Unknown::Suggested | Unknown::Closest, _) => unknown.action.clone(),
                (Unknown::Create, _) if points_to(plan.kind, &unknown.field).is_some_and(|k| !made_by_name(k)) => Replacement::Reject,
                (Unknown::Create, _) => Replacement::Create,
                (Unknown::Leave, _) => Replacement::Leave,
                (Unknown::Reject, _) => Replacement::Reject,
            };
            let closest = unknown.closest.as_deref().map(|c| format!(" (closest: {c})")).unwrap_or_default();
            let guessed = if self.unknown == Unknown::Suggested && matches!(by, Replacement::Use(_)) { ", a guess" } else { "" };
            println!("  unknown {} {:?} in {} rows{closest}: {}{guessed}", unknown.field, unknown.value, unknown.rows, done_with(&by));
            if self.unknown != Unknown::Suggested {
                plan.replace.push(Replace { field: unknown.field.clone(), value: unknown.value.clone(), by });
            }
        }
        let report = if self.dry_run && self.unknown == Unknown::Suggested {
            tried
        } else if self.dry_run {
            let (report, differently) = service::import::dry_run_after(ctx, id, plan, ahead).await.map_err(|e| about(&path, e))?;
            made = differently;
            report
        } else {
            service::import::run(ctx, id, plan, progress).await.map_err(|e| about(&path, e))?
        };
        if self.dry_run {
            ahead.add(made);
        }
        self.tell(ctx, &path, &report).await?;
        Ok(report)
    }

    async fn tell(&self, ctx: &Ctx, path: &Path, report: &ImportReport) -> Result<(), Refused> {
        let side = |n: i64, what: &str| if n > 0 { format!(", {n} {what} along the way") } else { String::new() };
        let side = side(report.side_created, "made") + &side(report.side_updated, "changed");
        if let Some(name) = &report.first_pipeline {
            println!("  there is no pipeline yet: {name:?} {}", if self.dry_run { "would be made" } else { "was made" });
        }
        let verb = if self.dry_run { "would be: " } else { "" };
        println!(
            "  {verb}{} created, {} updated, {} duplicate, {} rejected of {} rows{side}",
            report.created, report.updated, report.duplicate, report.rejected, report.rows
        );
        for a in &report.assumed {
            println!("  {} missing in {} rows: {verb}filled in as {}", a.field, a.rows, a.value);
        }
        if !report.left_out.is_empty() {
            println!("  columns left out: {}", report.left_out.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>().join(", "));
        }
        for row in report.short.iter().take(10) {
            println!("  row {} has {} of {} cells: the others count as empty", row.row, row.cells, row.expected);
        }
        if report.short_rows > 10 {
            println!("  {} rows have too few cells", report.short_rows);
        }
        if report.state == ImportState::Failed {
            let why = report.failure.as_deref().map(|key| words::text(Locale::En, key)).unwrap_or_default();
            return Err(Refused::new(
                format!("The import of {} failed: {why}", path.display()),
                "What was written stays; undo it under Import in the browser.",
            ));
        }
        for row in report.rejects.iter().take(10) {
            let why = row.errors.iter().map(|e| format!("{} {:?}: {}", e.column, e.value, words::field_error(Locale::En, &e.error)));
            println!("  row {}: {}", row.row, why.collect::<Vec<_>>().join("; "));
        }
        if report.clashes > 0 {
            println!("  {} items stand against something:", report.clashes);
        }
        for clash in report.clashing.iter().take(10) {
            println!("  row {} {:?}: {}", clash.row, clash.title, against(&clash.conflict));
        }
        if report.rejected > 0 && !self.dry_run {
            let rows = service::import::rejected_rows(ctx, report.id).await?;
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let folder = self.rejected.as_deref().or_else(|| path.parent()).unwrap_or(Path::new("."));
            let place = folder.join(format!("{stem}.rejected.csv"));
            tokio::fs::write(&place, rows).await.map_err(|e| {
                Refused::new(format!("The rejected rows cannot be written to {}: {e}.", place.display()), "Say where: --rejected DIR.")
            })?;
            println!("  rejected rows: {}", place.display());
        }
        Ok(())
    }
}

impl Sketch {
    fn lay_over(&self, plan: &mut ImportPlan) {
        match &self.map {
            // Columns that are not named keep what was guessed.
            Some(Columns::Short(map)) => {
                for (column, field) in map {
                    match plan.map.iter_mut().find(|m| m.column == *column) {
                        Some(known) => known.field.clone_from(field),
                        None => plan.map.push(ColumnMap { column: column.clone(), field: field.clone() }),
                    }
                }
            }
            Some(Columns::Long(map)) => plan.map.clone_from(map),
            None => {}
        }
        plan.match_field = self.match_field.clone().unwrap_or_else(|| plan.match_field.clone());
        plan.on_match = self.on_match.unwrap_or(plan.on_match);
        plan.date_order = self.date_order.clone().unwrap_or_else(|| plan.date_order.clone());
        plan.currency = self.currency.clone().unwrap_or_else(|| plan.currency.clone());
        plan.scale = self.scale.or(plan.scale);
        plan.defaults.extend(self.defaults.clone().unwrap_or_default());
        plan.replace.extend(self.replace.iter().cloned());
    }
}

fn sketch(text: &str) -> Result<Sketch, Refused> {
    let advice = r#"Give {"Column":"field", …}, or a plan such as {"kind":"deal","map":{…},"defaults":{…}}, or a file with either."#;
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        std::fs::read_to_string(text).map_err(|e| Refused::new(format!("The map {text} cannot be read: {e}."), advice))?
    };
    let short = serde_json::from_str::<BTreeMap<String, String>>(&json).ok();
    // {"kind": "deal"} alone is a plan; anything else that only has texts in it names columns.
    if let Some(map) =
        short.filter(|m| !m.keys().all(|k| matches!(k.as_str(), "kind" | "match_field" | "on_match" | "date_order" | "currency" | "sheet")))
    {
        return Ok(Sketch { map: Some(Columns::Short(map)), ..Sketch::default() });
    }
    serde_json::from_str(&json).map_err(|e| Refused::new(format!("The map is not understood: {e}."), advice))
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| format!("one of {}", Kind::ALL.map(Kind::plural).join(", ")))
}

fn points_to(kind: Kind, field: &str) -> Option<Kind> {
    match kind.field(field).map(|f| f.ty) {
        Some(FieldType::Ref(k) | FieldType::Refs(k)) => Some(k),
        _ => None,
    }
}

fn done_with(by: &Replacement) -> String {
    match by {
        Replacement::Use(known) => format!("taken as {known:?}"),
        Replacement::Create => "a new one is made".to_owned(),
        Replacement::Leave => "left empty".to_owned(),
        Replacement::Reject => "rows rejected".to_owned(),
    }
}

/// "resource The blue room, 2026-11-24T08:00:00.000Z: Board meeting"
fn against(conflict: &Conflict) -> String {
    let with = conflict.with.as_ref().and_then(|w| w.title.clone()).unwrap_or_default();
    let what = if with.is_empty() { String::new() } else { format!(": {with}") };
    let kind = serde_json::to_value(conflict.kind).ok().and_then(|k| k.as_str().map(str::to_owned)).unwrap_or_default();
    format!("{kind}, {}, {}{what}", conflict.who.name, domain::time::instant(conflict.span.start))
}

fn about(path: &Path, error: domain::Error) -> Refused {
    let Refused { problem, advice } = Refused::from(error);
    Refused::new(format!("{}: {problem}", path.display()), advice)
}

/// On a terminal only: one line that counts.
fn progress(report: &ImportReport) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "\r  {} of {} rows", report.progress, report.rows);
        if report.progress >= report.rows {
            let _ = write!(err, "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_short_or_a_plan() {
        assert!(matches!(sketch(r#"{"Account":"name"}"#).unwrap().map, Some(Columns::Short(m)) if m.len() == 1));
        let plan = sketch(r#"{"kind":"deal","map":{"Account":"company"},"defaults":{"pipeline":"x"},"scale":1000}"#).unwrap();
        assert_eq!((plan.kind, plan.scale), (Some(Kind::Deal), Some(1000)));
        assert_eq!(sketch(r#"{"kind":"deal"}"#).unwrap().kind, Some(Kind::Deal));
        assert!(sketch(r#"{"kind":"deal","colour":[]}"#).is_err());
        assert!(sketch("no-such-file.json").is_err());
    }
}
