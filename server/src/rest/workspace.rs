//! What is about everything: the workspace's settings, the dashboard, the search, taking changes back.

use axum::response::{IntoResponse, Response};
use domain::dashboard::DashboardQuery;
use domain::workspace::Workspace;
use domain::{Error, FieldError, Id, Kind};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::Ctx;
use service::repeat::once;

use super::api::{self, Api, Op, Required, schema};
use super::body::{IdempotencyKey, IfMatch, Json};
use super::params::Params;
use super::records::IF_MATCH;
use super::shape;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let workspace = Op::new("workspace", "getWorkspace", "Name, currency, time zone and country of the house").record(
        200,
        "The workspace.",
        schema("Workspace"),
    );
    let update = Op::new("workspace", "updateWorkspace", "Change what holds for everybody (administrators)")
        .header("If-Match", IF_MATCH, Required::Yes)
        .refuses(&[412, 428])
        .body(json!({
            "type": "object", "additionalProperties": false,
            "properties": {"name": api::string(), "currency": {"type": "string", "description": "ISO 4217."}, "time_zone": api::string(),
                "country": {"type": "string", "description": "Two letters (or a name): where phone numbers are dialled whose record, or its company, does not say it. Empty: nothing is guessed."}},
        }), super::examples::workspace())
        .record(200, "The workspace.", schema("Workspace"));
    let dashboard = Op::new("dashboard", "getDashboard", "The sales dashboard's figures, within what you may see")
        .query("period", api::string(), "`this-quarter`, `last-30-days`, `2017`, `2017-Q3`, `2017-03`, or the first and the last day: `2017-01-15..2017-02-28`. All time when not said.")
        .query("team", api::id(), "Only this team's deals.")
        .query("owner", api::id(), "Only this person's deals.")
        .query("pipeline", api::id(), "Only this pipeline's deals.")
        .query("product", api::id(), "Only deals with this product.")
        .ok(200, "The figures; each carries the filter of the deals behind it.", schema("Dashboard"))
        .refuses(&[422]);
    let kinds: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
    let search = Op::new("search", "search", "Find records by fragments of their names and texts, in any script")
        .query("q", api::string(), "What to look for.")
        .query("kinds", json!({"type": "string"}), &format!("Only these, separated by commas: {}.", kinds.join(", ")))
        .query("limit", api::number(50), "How many; 12 when not said.")
        .ok(200, "The hits, best first.", api::page_of(schema("Hit")));
    let undo = Op::new("history", "undo", "Take changes back, the newest first")
        .about("An undo is a new change with the old values. When somebody changed a field since, or one of the changes may not be taken back, \
            none is. With `each` (for acts on many records that stand for themselves) the others are taken back all the same, and `refused` names what was \
            left. What was taken back already stays as it is: sending the same changes again is safe.")
        .body(json!({
            "type": "object", "additionalProperties": false, "required": ["changes"],
            "properties": {
                "changes": {"type": "array", "items": api::id(), "minItems": 1, "maxItems": domain::list::BULK_MAX},
                "each": {"type": "boolean", "description": "Take back what can be taken back, record by record."},
            },
        }), super::examples::undo())
        .repeatable()
        .ok(200, "The records as they are now.", schema("Done"))
        .refuses(&[404, 412]);
    api.get("/workspace", workspace, async |Caller(ctx): Caller| {
        let now = service::workspace::get(&ctx).await?;
        Ok::<_, Fault>(shape::tagged(StatusCode::OK, now.version, &now))
    })
    .patch("/workspace", update, async |Caller(ctx): Caller, version: IfMatch, Json(sent): Json<Settings>| {
        let now = service::workspace::get(&ctx).await?;
        let next = Workspace {
            name: sent.name.unwrap_or(now.name),
            currency: sent.currency.unwrap_or(now.currency),
            time_zone: sent.time_zone.unwrap_or(now.time_zone),
            country: sent.country.unwrap_or(now.country),
            demo: now.demo,
            version: version.of(now.version)?,
        };
        let saved = service::workspace::update(&ctx, next).await?;
        Ok::<_, Fault>(shape::tagged(StatusCode::OK, saved.version, &saved))
    })
    .get("/dashboard", dashboard, async |Caller(ctx): Caller, params: Params| figures(ctx, params).await)
    .get("/search", search, async |Caller(ctx): Caller, params: Params| find(ctx, params).await)
    .post("/undo", undo, async |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<Undo>| {
        if sent.changes.is_empty() || sent.changes.len() > domain::list::BULK_MAX {
            let error = FieldError::new("changes", "too_many").with("max", domain::list::BULK_MAX);
            return Err(Error::Invalid { fields: vec![error] }.into());
        }
        let key = key.at(&ctx, "undo", &sent);
        let me = ctx.clone();
        let work = async move {
            if sent.each { service::history::undo_each(&me, &sent.changes).await } else { service::history::undo(&me, &sent.changes).await }
        };
        let done = once(&ctx, key, work).await?;
        Ok::<_, Fault>(axum::Json(shape::done(&ctx, done)))
    })
}

#[derive(Deserialize, Serialize)]
struct Settings {
    name: Option<String>,
    currency: Option<String>,
    time_zone: Option<String>,
    country: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Undo {
    changes: Vec<Id>,
    #[serde(default)]
    each: bool,
}

async fn figures(ctx: Ctx, mut params: Params) -> Result<Response> {
    let query = DashboardQuery {
        period: params.text("period").unwrap_or_default(),
        team: params.id("team"),
        owner: params.id("owner"),
        pipeline: params.id("pipeline"),
        product: params.id("product"),
    };
    params.done()?;
    Ok(axum::Json(service::dashboard::load(&ctx, &query).await?).into_response())
}

async fn find(ctx: Ctx, mut params: Params) -> Result<Response> {
    let words = params.text("q").unwrap_or_default();
    let mut kinds = Vec::new();
    for name in params.list("kinds") {
        match Kind::parse(&name) {
            Some(kind) => kinds.push(kind),
            None => params.refuse(FieldError::new("kinds", "choice").with("options", Kind::ALL.map(Kind::name).join(", "))),
        }
    }
    let limit = match params.number("limit", 50) {
        0 => 12,
        n => n,
    };
    params.done()?;
    let hits = if words.trim().is_empty() { Vec::new() } else { service::search::find(&ctx, &words, &kinds, limit).await? };
    Ok(axum::Json(json!({"items": hits, "next": null})).into_response())
}
