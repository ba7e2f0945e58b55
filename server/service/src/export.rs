//! Exports of any list: the rows and columns of the view, with names for relations.

use bytes::Bytes;
use domain::list::ListQuery;
use domain::{Error, Kind, Result};
use futures::stream::BoxStream;

use crate::Ctx;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8 with byte order mark (spreadsheets need it).
    Csv,
    Json,
    Xlsx,
}

/// The file in pieces. `columns` empty: all fields.
pub async fn export(
    ctx: &Ctx,
    kind: Kind,
    query: &ListQuery,
    columns: &[String],
    format: Format,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let _ = (ctx, kind, query, columns, format);
    Err(Error::Unavailable)
}
