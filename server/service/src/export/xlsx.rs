//! XLSX: real numbers and dates, a bold head that stays in place, filters. Written row by row through a temporary file, so
//! that a hundred thousand rows need no memory.

use std::io::Read;

use bytes::Bytes;
use chrono::Datelike;
use domain::list::ListPage;
use domain::schema::FieldType;
use domain::{Error, FieldError, Result, time};
use futures::stream::{self, BoxStream, StreamExt};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::cells::{Cell, cell};
use super::{Column, Pages, with_currencies};
use crate::ctx::internal;
use crate::records::zone;

/// Rows of a sheet below its head.
const MOST: u32 = 1_048_575;
/// Letters of a cell.
const LONGEST: usize = 32_767;
const PIECE: usize = 64 * 1024;

fn broken(e: &XlsxError) -> Error {
    match e {
        // The temporary file: a full disk, most likely.
        XlsxError::IoError(e) => {
            tracing::error!(error = %e, "an export cannot be written");
            crate::ctx::disk(e)
        }
        other => internal(other),
    }
}

struct Formats {
    head: Format,
    money: Format,
    date: Format,
    instant: Format,
}

pub(super) async fn write(mut pages: Pages, first: Option<ListPage>, columns: Vec<Column>) -> Result<std::fs::File> {
    let columns: Vec<Column> = with_currencies(&columns).collect();
    let formats = Formats {
        head: Format::new().set_bold(),
        money: Format::new().set_num_format("#,##0.00"),
        date: Format::new().set_num_format("yyyy-mm-dd"),
        instant: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
    };
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().map_err(|e| broken(&e))?;
    head(sheet, pages.kind.plural(), &columns, &formats).map_err(|e| broken(&e))?;
    let (mut row, mut page) = (0_u32, first);
    while let Some(p) = page {
        let sheet = book.worksheet_from_index(0).map_err(|e| broken(&e))?;
        let directory = pages.ctx.app.directory();
        let tz = zone(&pages.ctx.me.time_zone);
        for record in &p.records {
            row += 1;
            if row > MOST {
                return Err(Error::Invalid { fields: vec![FieldError::new("format", "export_too_many").with("max", MOST)] });
            }
            for (at, column) in (0_u16..).zip(&columns) {
                let value = cell(*column, record, &p.labels, &directory);
                put(sheet, row, at, value, *column, tz, &formats).map_err(|e| broken(&e))?;
            }
        }
        page = pages.next().await?;
    }
    let sheet = book.worksheet_from_index(0).map_err(|e| broken(&e))?;
    let last = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(0);
    sheet.autofilter(0, 0, row.max(1), last).map_err(|e| broken(&e))?;
    let saved = tokio::task::spawn_blocking(move || {
        let mut file = tempfile::tempfile().map_err(XlsxError::IoError)?;
        book.save_to_writer(&mut file)?;
        std::io::Seek::rewind(&mut file).map_err(XlsxError::IoError)?;
        Ok(file)
    });
    saved.await.map_err(|e| internal(&e))?.map_err(|e: XlsxError| broken(&e))
}

fn head(sheet: &mut Worksheet, name: &str, columns: &[Column], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in (0_u16..).zip(columns) {
        let width = match column {
            Column::Id => 38,
            Column::Version | Column::Currency(_) => 9,
            Column::Field(f) => match f.ty {
                FieldType::LongText => 50,
                FieldType::Text(n) if n >= 200 => 32,
                FieldType::Emails | FieldType::Refs(_) | FieldType::Ref(_) | FieldType::Email => 26,
                FieldType::Int | FieldType::Percent | FieldType::Bool => 11,
                _ => 17,
            },
        };
        sheet.set_column_width(at, width)?;
        sheet.write_string_with_format(0, at, column.name(), &formats.head)?;
    }
    Ok(())
}

fn put(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    value: Cell,
    column: Column,
    tz: chrono_tz::Tz,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match value {
        Cell::Empty => {}
        Cell::Text(t) => {
            let t = if t.len() > LONGEST { t.chars().take(LONGEST).collect() } else { t };
            sheet.write_string(row, at, t)?;
        }
        Cell::Number(n) => match (n.parse::<f64>(), column) {
            (Ok(f), Column::Field(def)) if def.ty == FieldType::Money => {
                sheet.write_number_with_format(row, at, f, &formats.money)?;
            }
            (Ok(f), _) => {
                sheet.write_number(row, at, f)?;
            }
            (Err(_), _) => {
                sheet.write_string(row, at, n)?;
            }
        },
        Cell::Bool(b) => {
            sheet.write_boolean(row, at, b)?;
        }
        Cell::Date(d) => match time::parse_date(&d).and_then(|d| day(d).ok()) {
            Some(at_day) => {
                sheet.write_datetime_with_format(row, at, &at_day, &formats.date)?;
            }
            None => {
                sheet.write_string(row, at, d)?;
            }
        },
        // A spreadsheet knows no zones: the person's own.
        Cell::Instant(i) => match local(&i, tz) {
            Some(moment) => {
                sheet.write_datetime_with_format(row, at, &moment, &formats.instant)?;
            }
            None => {
                sheet.write_string(row, at, i)?;
            }
        },
    }
    Ok(())
}

fn day(d: chrono::NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let part = |n: u32| u8::try_from(n).unwrap_or(1);
    ExcelDateTime::from_ymd(u16::try_from(d.year()).unwrap_or(0), part(d.month()), part(d.day()))
}

fn local(instant: &str, tz: chrono_tz::Tz) -> Option<ExcelDateTime> {
    use chrono::{TimeZone, Timelike};
    let at = tz.timestamp_millis_opt(time::parse_instant(instant)?).single()?;
    let part = |n: u32| u8::try_from(n).unwrap_or(0);
    day(at.date_naive()).ok()?.and_hms(u16::try_from(at.hour()).ok()?, part(at.minute()), f64::from(at.second())).ok()
}

pub(super) fn stream(file: std::fs::File) -> BoxStream<'static, Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE);
            let n = (&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
            Ok::<_, std::io::Error>((n, piece, file))
        });
        let (n, piece, file) = read.await.map_err(|e| internal(&e))?.map_err(|e| internal(&e))?;
        Ok((n > 0).then(|| (Bytes::from(piece), file)))
    })
    .boxed()
}
