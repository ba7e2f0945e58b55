//! Any list as a file: `/api/v1/deals/export?format=xlsx&columns=name,amount`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use domain::{FieldError, Kind};
use futures::StreamExt;
use http::header;
use serde_json::json;
use service::Ctx;
use service::export::Format;

use super::api::{self, Api, Op};
use super::params::Params;
use super::records::{list_parameters, list_query};
use crate::fault::Result;
use crate::visits::Caller;

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn put_up(api: Api, kind: Kind) -> Api {
    let op =
        Op::new(kind.plural(), format!("export{}", super::openapi::pascal(kind.name())), format!("Download a list of {}", kind.plural()));
    let op = list_parameters(op, kind)
        .query(
            "format",
            json!({"type": "string", "enum": ["csv", "json", "xlsx"], "default": "csv"}),
            "CSV is UTF-8 with a byte order mark.",
        )
        .query("columns", api::string(), "Field names in order, separated by commas; all fields when not said.")
        .file("The file.", &[CSV, "application/json", XLSX])
        .refuses(&[422]);
    api.get(&format!("/{}/export", kind.plural()), op, async move |Caller(ctx): Caller, params: Params| export(ctx, kind, params).await)
}

async fn export(ctx: Ctx, kind: Kind, mut params: Params) -> Result<Response> {
    let (format, ending, media) = match params.choice("format", &["csv", "json", "xlsx"]) {
        Some("json") => (Format::Json, "json", "application/json"),
        Some("xlsx") => (Format::Xlsx, "xlsx", XLSX),
        _ => (Format::Csv, "csv", CSV),
    };
    let columns = params.list("columns");
    for unknown in columns.iter().filter(|c| !matches!(c.as_str(), "id" | "version") && kind.any_field(c).is_none()) {
        params.refuse(FieldError::new("columns", "unknown_field").with("value", unknown));
    }
    let query = list_query(&mut params);
    params.done()?;
    let stream = service::export::export(&ctx, kind, &query, &columns, format).await?;
    // The answer has begun: what breaks now can only break it off, and the log says why.
    let stream = stream.map(|piece| piece.inspect_err(|e| tracing::error!("export broke off: {e}")));
    let day = domain::time::date(domain::time::utc_date(ctx.app.clock().now()));
    let name = format!("attachment; filename=\"{}-{day}.{ending}\"", kind.plural());
    Ok(([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)], Body::from_stream(stream)).into_response())
}
