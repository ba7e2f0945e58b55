//! Any list as a file: `/api/v1/deals/export?format=xlsx&columns=name,amount`. Records chosen one by one come in a form,
//! because no address is long enough for them; a page's own form saves the file without a script.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{FieldError, Id, Kind};
use futures::StreamExt;
use futures::stream::BoxStream;
use http::header;
use serde_json::json;
use service::Ctx;
use service::export::Format;

use super::api::{self, Api, Op};
use super::params::{Form, Params};
use super::records::{list_parameters, list_query};
use crate::fault::Result;
use crate::visits::Caller;

const CSV: &str = "text/csv; charset=utf-8";
const ICS: &str = "text/calendar; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Only events are something that other calendars read.
const fn formats(kind: Kind) -> &'static [&'static str] {
    if matches!(kind, Kind::Event) { &["csv", "json", "xlsx", "ics"] } else { &["csv", "json", "xlsx"] }
}

const fn media(kind: Kind) -> &'static [&'static str] {
    if matches!(kind, Kind::Event) { &[CSV, "application/json", XLSX, ICS] } else { &[CSV, "application/json", XLSX] }
}

pub fn put_up(api: Api, kind: Kind) -> Api {
    let op =
        Op::new(kind.plural(), format!("export{}", super::openapi::pascal(kind.name())), format!("Download a list of {}", kind.plural()));
    let op = list_parameters(op, kind)
        .query("format", json!({"type": "string", "enum": formats(kind), "default": "csv"}), "CSV is UTF-8 with a byte order mark.")
        .query("columns", api::string(), "Field names in order, separated by commas; all fields when not said.")
        .file("The file.", media(kind))
        .refuses(&[422]);
    let chosen = Op::new(
        kind.plural(),
        format!("exportChosen{}", super::openapi::pascal(kind.name())),
        format!("Download these {} in this order", kind.plural()),
    )
    .form(
        json!({
            "type": "object", "additionalProperties": false, "required": ["ids"],
            "properties": {
                "ids": {"type": "string", "description": "At most 10,000, separated by commas."},
                "format": {"type": "string", "enum": formats(kind), "default": "csv"},
                "columns": {"type": "string", "description": "As for the whole list."},
            },
        }),
        super::examples::chosen(),
    )
    .file("The file.", media(kind));
    let path = format!("/{}/export", kind.plural());
    api.get(&path, op, async move |Caller(ctx): Caller, params: Params| export(ctx, kind, params).await).post(
        &path,
        chosen,
        async move |Caller(ctx): Caller, Form(params): Form| export_chosen(ctx, kind, params).await,
    )
}

async fn export(ctx: Ctx, kind: Kind, mut params: Params) -> Result<Response> {
    let (file, columns) = asked(kind, &mut params);
    let query = list_query(&mut params);
    params.done()?;
    let stream = service::export::export(&ctx, kind, &query, &columns, file.format).await?;
    Ok(file.answer(&ctx, kind, stream))
}

async fn export_chosen(ctx: Ctx, kind: Kind, mut params: Params) -> Result<Response> {
    let (file, columns) = asked(kind, &mut params);
    let texts = params.list("ids");
    let ids: Vec<Id> = texts.iter().filter_map(|t| Id::parse(t)).collect();
    if texts.is_empty() {
        params.refuse(FieldError::new("ids", "required"));
    } else if let Some(wrong) = texts.iter().find(|t| Id::parse(t).is_none()) {
        params.refuse(FieldError::new("ids", "reference").with("value", wrong));
    }
    params.done()?;
    let stream = service::export::export_chosen(&ctx, kind, ids, &columns, file.format).await?;
    Ok(file.answer(&ctx, kind, stream))
}

struct File {
    format: Format,
    ending: &'static str,
    media: &'static str,
}

/// What kind of file, with which columns.
fn asked(kind: Kind, params: &mut Params) -> (File, Vec<String>) {
    let (format, ending, media) = match params.choice("format", formats(kind)) {
        Some("json") => (Format::Json, "json", "application/json"),
        Some("ics") => (Format::Ics, "ics", ICS),
        Some("xlsx") => (Format::Xlsx, "xlsx", XLSX),
        _ => (Format::Csv, "csv", CSV),
    };
    let columns = params.list("columns");
    for unknown in columns.iter().filter(|c| !matches!(c.as_str(), "id" | "version") && kind.any_field(c).is_none()) {
        params.refuse(FieldError::new("columns", "unknown_field").with("value", unknown));
    }
    (File { format, ending, media }, columns)
}

impl File {
    fn answer(&self, ctx: &Ctx, kind: Kind, stream: BoxStream<'static, domain::Result<Bytes>>) -> Response {
        // The answer has begun: what breaks now can only break it off, and the log says why.
        let stream = stream.map(|piece| piece.inspect_err(|e| tracing::error!("export broke off: {e}")));
        let day = domain::time::date(domain::time::utc_date(ctx.app.clock().now()));
        let name = format!("attachment; filename=\"{}-{day}.{}\"", kind.plural(), self.ending);
        ([(header::CONTENT_TYPE, self.media.to_owned()), (header::CONTENT_DISPOSITION, name)], Body::from_stream(stream)).into_response()
    }
}
