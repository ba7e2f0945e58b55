//! Imports over HTTP: send a file, look at what was recognised, try, run, take back.

use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::import::ImportPlan;
use domain::{Error, FieldError};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use service::repeat::{self, once};
use service::{Ctx, import as cases};

use super::api::{self, Api, Op, schema};
use super::body::{IdempotencyKey, Json, OfId};
use crate::fault::{Fault, Result};
use crate::visits::Caller;

/// The largest file, and what multipart puts around it.
pub const MAX_BODY: usize = cases::MAX_BYTES + 64 * 1024;

pub fn put_up(api: Api) -> Api {
    let op = |id: &str, summary: &str| Op::new("imports", id, summary);
    let list = op("listImports", "Past imports, newest first").ok(200, "The imports.", api::page_of(schema("ImportReport")));
    let upload = op("uploadImport", "Send a CSV, XLSX or iCalendar file and see what was recognised")
        .about("Encoding and delimiter are recognised. At most 100 MB, 2,000,000 rows, 40,000,000 cells; a calendar 25 MB and 50,000 events. Events are known again by their UID; rows of a calendar are numbers of lines. The file is kept for a day under the `upload` of the answer; `guess` is a plan to start from.")
        .repeatable()
        .upload()
        .ok(201, "What was recognised.", schema("Inspection"));
    let dry_run = op("dryRunImport", "What an import would do; nothing is written").body(schema("ImportPlan"), super::examples::plan()).ok(
        200,
        "The figures.",
        schema("ImportReport"),
    );
    let run = op("runImport", "Start the import")
        .about("Answers at once; the report at `Location` tells how far it is.")
        .repeatable()
        .body(schema("ImportPlan"), super::examples::plan())
        .ok(202, "The running import.", schema("ImportReport"));
    let report = op("getImport", "How far an import is, or what it did").ok(200, "The import.", schema("ImportReport"));
    let rejected = op("getRejectedRows", "The rejected rows, each with its reasons").file("The rows.", &["text/csv; charset=utf-8"]);
    let undo = op("undoImport", "Take a whole import back")
        .about("New records go to the bin, old values are restored. What was changed or used since stays, and is listed under `kept`.")
        .repeatable()
        .ok(200, "The import.", schema("ImportReport"))
        .refuses(&[422]);
    api.get("/imports", list, async |Caller(ctx): Caller| {
        Ok::<_, Fault>(axum::Json(json!({"items": cases::list(&ctx).await?, "next": null})))
    })
    .post("/imports", upload, async |Caller(ctx): Caller, key: IdempotencyKey, form: Result<Multipart, MultipartRejection>| {
        receive(ctx, key, form).await
    })
    .post("/imports/{id}/dry-run", dry_run, async |Caller(ctx): Caller, OfId(upload): OfId, Json(plan): Json<ImportPlan>| {
        Ok::<_, Fault>(axum::Json(cases::dry_run(&ctx, upload, plan).await.map_err(gone)?))
    })
    .post("/imports/{id}/run", run, async |Caller(ctx): Caller, OfId(upload): OfId, key: IdempotencyKey, Json(plan): Json<ImportPlan>| {
        let key = key.at(&ctx, "import", &(upload, &plan));
        let me = ctx.clone();
        let report = once(&ctx, key, async move { cases::start(&me, upload, plan).await }).await.map_err(gone)?;
        let place = format!("/api/v1/imports/{}", report.id);
        Ok::<_, Fault>((StatusCode::ACCEPTED, [(header::LOCATION, place)], axum::Json(report)))
    })
    .get("/imports/{id}", report, async |Caller(ctx): Caller, OfId(id): OfId| Ok::<_, Fault>(axum::Json(cases::report(&ctx, id).await?)))
    .get("/imports/{id}/rejected.csv", rejected, async |Caller(ctx): Caller, OfId(id): OfId| {
        let bytes = cases::rejected_rows(&ctx, id).await?;
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
            (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"rejected.csv\"")),
        ];
        Ok::<_, Fault>((headers, bytes))
    })
    .post("/imports/{id}/undo", undo, async |Caller(ctx): Caller, OfId(id): OfId, key: IdempotencyKey| {
        let key = key.at(&ctx, "undo import", &id);
        let me = ctx.clone();
        Ok::<_, Fault>(axum::Json(once(&ctx, key, async move { cases::undo(&me, id).await }).await?))
    })
}

/// The upload is what the address names: one that is no longer there is not found, and the answer says why.
fn gone(error: Error) -> Fault {
    match error {
        Error::Invalid { fields } if fields.iter().any(|f| f.code == "upload_gone") => Fault { fields, ..Fault::not_found() },
        other => other.into(),
    }
}

async fn receive(ctx: Ctx, key: IdempotencyKey, form: Result<Multipart, MultipartRejection>) -> Result<Response> {
    // The service says no as well, but only after a hundred megabytes were read.
    cases::door(&ctx)?;
    let hint = "Content-Type: multipart/form-data with one part `file`";
    let mut form = form.map_err(|_| Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type").hint(hint))?;
    let mut found: Option<(String, Bytes)> = None;
    while let Some(part) = form.next_field().await.map_err(broken)? {
        if part.name() == Some("file") && found.is_none() {
            let name = part.file_name().unwrap_or("import.csv").chars().filter(|c| !c.is_control()).take(200).collect();
            found = Some((name, part.bytes().await.map_err(broken)?));
        }
    }
    let (name, bytes) = found.ok_or_else(|| Error::Invalid { fields: vec![FieldError::new("file", "required")] })?;
    if bytes.len() > cases::MAX_BYTES {
        return Err(Fault::too_large(cases::MAX_BYTES));
    }
    let key = key.0.map(|key| repeat::Key::of_bytes(&ctx, "upload", &key, &bytes));
    let me = ctx.clone();
    let inspection = repeat::once(&ctx, key, async move { cases::inspect(&me, &name, bytes).await }).await?;
    Ok((StatusCode::CREATED, axum::Json(inspection)).into_response())
}

fn broken(e: MultipartError) -> Fault {
    match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::too_large(cases::MAX_BYTES),
        _ => Fault::new(StatusCode::BAD_REQUEST, "malformed").hint("The multipart body is broken."),
    }
}
