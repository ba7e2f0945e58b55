//! Reading a file and saying what it looks like.

use std::borrow::Cow;
use std::sync::Arc;

use domain::import::{ImportPlan, Inspection, OnMatch, Reading, SourceColumn};
use domain::schema::FieldType;
use domain::{Error, FieldError, Fields, Id, Kind, Locale, Result};

use super::grid::Grid;
use super::{csv, dates, decode, guess, numbers, xlsx};
use crate::calendar::ics::read as ics;
use crate::{Ctx, records};

/// How many different values of a column are shown.
const SAMPLES: usize = 5;

/// A file that was read, and how.
pub struct Source {
    pub grid: Arc<Grid>,
    pub encoding: &'static str,
    pub delimiter: Option<char>,
    pub sheets: Vec<String>,
    pub sheet: Option<String>,
    /// iCalendar: items instead of rows.
    pub calendar: Option<Arc<ics::File>>,
}

impl Source {
    pub fn len(&self) -> usize {
        self.calendar.as_ref().map_or(self.grid.len(), |c| c.len())
    }
}

/// A table, or a calendar in the zones of who reads it.
pub fn open(ctx: &Ctx, bytes: &[u8], reading: &Reading) -> Result<Source> {
    if !crate::calendar::ics::is_calendar(bytes) {
        return read(bytes, reading, ctx.me.locale);
    }
    let zone = records::zone;
    let bytes = &*in_other_letters(bytes, ctx.me.locale)?;
    let file = ics::read(bytes, zone(&ctx.me.time_zone), zone(ctx.app.directory().time_zone()), ctx.app.now());
    let calendar = Some(Arc::new(file.map_err(|e| Error::Invalid { fields: vec![e] })?));
    Ok(Source { grid: Arc::default(), encoding: "", delimiter: None, sheets: Vec::new(), sheet: None, calendar })
}

/// A calendar in an older encoding of China, Taiwan or Ukraine. One broken letter in UTF-8 is the reader's affair.
fn in_other_letters(bytes: &[u8], locale: Locale) -> Result<Cow<'_, [u8]>> {
    if bytes.contains(&0) || std::str::from_utf8(bytes).is_ok() {
        return Ok(Cow::Borrowed(bytes));
    }
    let decoded = decode::decode(bytes, None, locale)?;
    Ok(if decoded.encoding == "UTF-8" { Cow::Borrowed(bytes) } else { Cow::Owned(decoded.text.into_owned().into_bytes()) })
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
        return Ok(Source { grid: Arc::new(book.grid), encoding: "", delimiter: None, sheets, sheet, calendar: None });
    }
    let decoded = decode::decode(bytes, reading.encoding.as_deref(), locale)?;
    let dialect = csv::dialect(&decoded.text, delimiter(reading)?);
    let grid = csv::read(&decoded.text, dialect, usize::MAX)?.finish(decoded.broken, true)?;
    let delimiter = Some(char::from(dialect.delimiter));
    Ok(Source { grid: Arc::new(grid), encoding: decoded.encoding, delimiter, sheets: Vec::new(), sheet: None, calendar: None })
}

/// The same for a file that was just sent: one that calls itself a workbook and holds a few lines of text is none. A table in
/// text is taken all the same, whatever it is called.
pub fn open_named(ctx: &Ctx, name: &str, bytes: &[u8]) -> Result<Source> {
    let read = open(ctx, bytes, &Reading::default());
    let lower = name.to_lowercase();
    let workbook = [".xlsx", ".xlsm", ".xlsb", ".xls"].iter().any(|end| lower.ends_with(end)) && !xlsx::is_xlsx(bytes);
    let prose = match &read {
        Ok(source) => source.calendar.is_none() && source.grid.head.len() < 2,
        Err(Error::Invalid { fields }) => fields.iter().any(|f| matches!(f.code.as_str(), "file_no_rows" | "file_not_table")),
        Err(_) => false,
    };
    if workbook && prose { Err(Error::invalid("file", "file_not_spreadsheet")) } else { read }
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
    if source.calendar.is_some() {
        let plan =
            ImportPlan { kind: Kind::Event, match_field: "external_id".to_owned(), ..plan(ctx, file_name, source, Some(Kind::Event)) };
        return Inspection {
            upload,
            file_name: file_name.to_owned(),
            format: "ics".to_owned(),
            encoding: String::new(),
            delimiter: String::new(),
            sheets: Vec::new(),
            rows: i64::try_from(source.len()).unwrap_or(i64::MAX),
            columns: Vec::new(),
            guess: plan,
            certain: true,
        };
    }
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
    let day_columns = typed(|t| matches!(t, FieldType::Date | FieldType::Instant | FieldType::Moment));
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
    if kind == Kind::Resource && !map.iter().any(|m| m.field == "type") {
        defaults.insert("type".to_owned(), "room".into());
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
