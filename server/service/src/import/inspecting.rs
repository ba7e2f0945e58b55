//! Reading a file and saying what it looks like.

use std::sync::Arc;

use domain::import::{ImportPlan, Inspection, OnMatch, Reading, SourceColumn};
use domain::schema::FieldType;
use domain::{Error, FieldError, Fields, Id, Kind, Locale, Result};

use super::grid::Grid;
use super::{csv, dates, decode, guess, numbers, xlsx};
use crate::Ctx;

/// How many different values of a column are shown.
const SAMPLES: usize = 5;

/// A file that was read, and how.
pub struct Source {
    pub grid: Arc<Grid>,
    pub encoding: &'static str,
    pub delimiter: Option<char>,
    pub sheets: Vec<String>,
    pub sheet: Option<String>,
}

pub fn read(bytes: &[u8], reading: &Reading, locale: Locale) -> Result<Source> {
    if bytes.is_empty() {
        return Err(Error::invalid("file", "file_empty"));
    }
    if bytes.len() > super::MAX_BYTES {
        return Err(Error::Invalid { fields: vec![FieldError::new("file", "file_too_large").with("max", "100 MB")] });
    }
    if xlsx::is_old_container(bytes) {
        let code = if xlsx::is_encrypted(bytes) { "file_encrypted" } else { "file_old_excel" };
        return Err(Error::invalid("file", code));
    }
    if xlsx::is_xlsx(bytes) {
        let book = xlsx::read(bytes, reading.sheet.as_deref())?;
        let (sheets, sheet) = (book.sheets, Some(book.sheet));
        return Ok(Source { grid: Arc::new(book.grid), encoding: "", delimiter: None, sheets, sheet });
    }
    let decoded = decode::decode(bytes, reading.encoding.as_deref(), locale)?;
    let dialect = csv::dialect(&decoded.text, delimiter(reading)?);
    let grid = csv::read(&decoded.text, dialect, usize::MAX)?.finish(decoded.broken, true)?;
    let delimiter = Some(char::from(dialect.delimiter));
    Ok(Source { grid: Arc::new(grid), encoding: decoded.encoding, delimiter, sheets: Vec::new(), sheet: None })
}

fn delimiter(reading: &Reading) -> Result<Option<u8>> {
    match reading.delimiter.as_deref() {
        None | Some("") => Ok(None),
        Some("," | ";" | "|" | "\t") => Ok(reading.delimiter.as_ref().and_then(|d| d.bytes().next())),
        Some("tab") => Ok(Some(b'\t')),
        Some(_) => Err(Error::invalid("delimiter", "delimiter_unknown")),
    }
}

pub fn inspection(ctx: &Ctx, upload: Id, file_name: &str, source: &Source, kind: Option<Kind>) -> Inspection {
    let grid = &source.grid;
    let guess = plan(ctx, file_name, source, kind);
    let certain = kind.is_some() || guess::is_certain(grid, &guess);
    let columns = grid.head.iter().enumerate().filter(|(_, h)| !h.is_empty()).map(|(i, name)| describe(grid, i, name)).collect();
    Inspection {
        upload,
        file_name: file_name.to_owned(),
        format: if source.delimiter.is_some() { "csv" } else { "xlsx" }.to_owned(),
        encoding: source.encoding.to_owned(),
        delimiter: source.delimiter.map(String::from).unwrap_or_default(),
        sheets: source.sheets.clone(),
        rows: i64::try_from(grid.len()).unwrap_or(i64::MAX),
        columns,
        guess,
        certain,
    }
}

fn describe(grid: &Grid, column: usize, name: &str) -> SourceColumn {
    let mut samples: Vec<String> = Vec::new();
    let mut filled = 0;
    for row in 0..grid.len() {
        let cell = grid.cell(row, column);
        if cell.is_empty() {
            continue;
        }
        filled += 1;
        if samples.len() < SAMPLES && !samples.iter().any(|s| s == cell) {
            samples.push(cell.chars().take(80).collect());
        }
    }
    SourceColumn { name: name.to_owned(), samples, filled }
}

/// A plan to start from. `kind`: the person's own choice.
pub fn plan(ctx: &Ctx, file_name: &str, source: &Source, kind: Option<Kind>) -> ImportPlan {
    let grid = &source.grid;
    // Of several sheets each holds something else, and its own name says it better.
    let name = source.sheet.as_deref().filter(|_| source.sheets.len() > 1).unwrap_or(file_name);
    let kind = kind.unwrap_or_else(|| guess::kind(grid, name));
    let map = guess::map(grid, kind);
    let typed = |wanted: fn(FieldType) -> bool| {
        let fits = move |field: &str| {
            field == domain::import::CLOSE_DATE && wanted(FieldType::Date) || kind.field(field).is_some_and(|f| wanted(f.ty))
        };
        map.iter().filter(move |m| fits(&m.field)).filter_map(|m| Some((m, grid.column(&m.column)?))).collect::<Vec<_>>()
    };
    let day_columns = typed(|t| matches!(t, FieldType::Date | FieldType::Instant));
    let days = day_columns.iter().flat_map(|(_, c)| (0..grid.len()).map(move |r| grid.cell(r, *c))).filter(|c| !c.is_empty());
    let date_order = dates::order(days, ctx.me.locale).name().to_owned();
    let scale = typed(|t| t == FieldType::Money).iter().find_map(|(m, _)| numbers::scale_in(&m.column));
    let mut defaults = Fields::new();
    if kind == Kind::Deal
        && let Some(pipeline) = ctx.app.directory().pipelines.first()
    {
        defaults.insert("pipeline".to_owned(), pipeline.id.to_string().into());
    }
    if kind == Kind::User {
        defaults.insert("role".to_owned(), "sales".into());
    }
    ImportPlan {
        kind,
        match_field: guess::match_field(grid, kind, &map),
        map,
        on_match: OnMatch::Update,
        date_order,
        currency: ctx.me.currency.clone(),
        scale,
        defaults,
        replace: Vec::new(),
        sheet: source.sheet.clone(),
        encoding: source.delimiter.map(|_| source.encoding.to_owned()),
        delimiter: source.delimiter.map(String::from),
    }
}
