//! Exports of any list: the rows and columns of the view, with names for relations. Columns bear the fields' own names, so
//! that a file that comes back maps by itself. Read in pages while it is sent: no export holds the whole list in memory.

mod cells;
mod csv;
mod ics;
mod json;
mod xlsx;

use std::collections::VecDeque;

use bytes::Bytes;
use domain::list::{BULK_MAX, ListPage, ListQuery};
use domain::rights::Power;
use domain::schema::{COMMON, DERIVED, FieldDef, FieldType, HIDDEN};
use domain::{Error, FieldError, Id, Kind, Result};
use futures::stream::{self, BoxStream, StreamExt};

use crate::{Ctx, records};
pub(crate) use cells::guarded;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8 with byte order mark (spreadsheets need it).
    Csv,
    Json,
    Xlsx,
    /// Events only.
    Ics,
}

/// The file in pieces. `columns` empty: all fields.
pub async fn export(
    ctx: &Ctx,
    kind: Kind,
    query: &ListQuery,
    columns: &[String],
    format: Format,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    begin(ctx, kind, Rows::of(query), columns, format).await
}

/// The same of these records, in this order; those that may not be seen are left out.
pub async fn export_chosen(
    ctx: &Ctx,
    kind: Kind,
    ids: Vec<Id>,
    columns: &[String],
    format: Format,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    if ids.len() > BULK_MAX {
        return Err(Error::Invalid { fields: vec![FieldError::new("ids", "too_many").with("max", BULK_MAX)] });
    }
    begin(ctx, kind, Rows::Chosen(ids.into()), columns, format).await
}

async fn begin(ctx: &Ctx, kind: Kind, rows: Rows, columns: &[String], format: Format) -> Result<BoxStream<'static, Result<Bytes>>> {
    ctx.need(Power::Export)?;
    let columns = choose(kind, columns)?;
    let mut pages = Pages { ctx: ctx.clone(), kind, rows, done: false };
    if format == Format::Ics {
        return ics::write(pages).await;
    }
    // The first page before anything is sent: what is wrong with the question is an answer, not a torn file.
    let first = pages.next().await?;
    match format {
        Format::Xlsx => Ok(xlsx::stream(xlsx::write(pages, first, columns).await?)),
        Format::Csv | Format::Json | Format::Ics => Ok(text(pages, first, columns, format)),
    }
}

/// A column of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Version,
    Field(&'static FieldDef),
    /// Behind a sum of money: its currency.
    Currency(&'static FieldDef),
}

impl Column {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Version => "version",
            Self::Field(f) => f.name,
            Self::Currency(_) => "currency",
        }
    }
}

/// `amount:120` (a view's column with its width) is `amount`.
fn choose(kind: Kind, names: &[String]) -> Result<Vec<Column>> {
    let mut out: Vec<Column> = Vec::new();
    if names.is_empty() {
        out.push(Column::Id);
        let shown = |f: &&FieldDef| !(f.is(HIDDEN) && f.is(DERIVED)) || matches!(f.name, "name" | "status");
        out.extend(kind.fields().iter().filter(shown).chain(COMMON).map(Column::Field));
    }
    for name in names {
        let name = name.split(':').next().unwrap_or_default();
        let column = match name {
            "id" => Some(Column::Id),
            "version" => Some(Column::Version),
            _ => kind.any_field(name).map(Column::Field),
        };
        match column {
            Some(c) if !out.contains(&c) => out.push(c),
            Some(_) => {}
            None => return Err(Error::Invalid { fields: vec![FieldError::new("columns", "export_column").with("value", name)] }),
        }
    }
    Ok(out)
}

/// Tables have a column for the currency behind each sum of money; nested JSON needs none.
pub(crate) fn with_currencies(columns: &[Column]) -> impl Iterator<Item = Column> + '_ {
    columns.iter().flat_map(|c| match c {
        Column::Field(f) if f.ty == FieldType::Money => vec![*c, Column::Currency(f)],
        other => vec![*other],
    })
}

/// The list, page by page, as far as this person may see it.
pub(crate) struct Pages {
    pub ctx: Ctx,
    pub kind: Kind,
    rows: Rows,
    done: bool,
}

/// Which rows are left to be read.
enum Rows {
    Found(ListQuery),
    Chosen(VecDeque<Id>),
}

/// Rows of one page.
const PAGE: u32 = 500;

impl Rows {
    fn of(query: &ListQuery) -> Self {
        Self::Found(ListQuery { cursor: None, skip: 0, limit: PAGE, count: false, ..query.clone() })
    }
}

impl Pages {
    pub async fn next(&mut self) -> Result<Option<ListPage>> {
        if self.done {
            return Ok(None);
        }
        let page = match &mut self.rows {
            Rows::Found(query) => {
                let page = records::list(&self.ctx, self.kind, query).await?;
                query.cursor.clone_from(&page.next);
                self.done = page.next.is_none();
                page
            }
            Rows::Chosen(left) => {
                let now: Vec<Id> = left.drain(..left.len().min(usize::try_from(PAGE).unwrap_or(500))).collect();
                self.done = left.is_empty();
                let mut found = records::get_many(&self.ctx, self.kind, &now).await?;
                found.retain(|r| r.deleted_at.is_none());
                let labels = records::labels(&self.ctx, &found).await?;
                ListPage { records: found, labels, next: None, total: None }
            }
        };
        Ok(Some(page))
    }
}

struct Text {
    pages: Pages,
    columns: Vec<Column>,
    format: Format,
    page: Option<ListPage>,
    begun: bool,
    ended: bool,
    rows: u64,
}

fn text(pages: Pages, first: Option<ListPage>, columns: Vec<Column>, format: Format) -> BoxStream<'static, Result<Bytes>> {
    let state = Text { pages, columns, format, page: first, begun: false, ended: false, rows: 0 };
    stream::try_unfold(state, |mut s| async move {
        if s.ended {
            return Ok(None);
        }
        let mut out = Vec::new();
        if !s.begun {
            s.begun = true;
            match s.format {
                Format::Json => out.extend_from_slice(b"["),
                _ => csv::head(&s.columns, &mut out)?,
            }
        }
        match s.page.take() {
            Some(page) => {
                match s.format {
                    Format::Json => json::rows(&s.pages.ctx, &s.columns, &page, s.rows == 0, &mut out)?,
                    _ => csv::rows(&s.pages.ctx, &s.columns, &page, &mut out)?,
                }
                s.rows += u64::try_from(page.records.len()).unwrap_or(0);
                s.page = s.pages.next().await?;
            }
            None => {
                s.ended = true;
                if s.format == Format::Json {
                    out.extend_from_slice(b"\n]\n");
                }
            }
        }
        Ok(Some((Bytes::from(out), s)))
    })
    .boxed()
}
