//! Saved views of lists: private ones and those shared with everybody.

use axum::response::{IntoResponse, Response};
use domain::list::{Look, SaveView, View};
use domain::{FieldError, Id, Kind};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::repeat::once;
use service::{Ctx, views as cases};

use super::api::{self, Api, Op, Required, schema};
use super::body::{IdempotencyKey, IfMatch, Json, OfId};
use super::params::Params;
use super::records::IF_MATCH;
use super::shape;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let kinds: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
    let list = Op::new("views", "listViews", "Saved views of a kind: your own and the shared ones")
        .query("kind", json!({"type": "string", "enum": kinds}), "Which kind; all kinds when not said.")
        .ok(200, "The views.", api::page_of(schema("View")));
    let create = Op::new("views", "createView", "Save a view").repeatable().body(schema("NewView"), super::examples::view()).record(
        201,
        "The new view.",
        schema("View"),
    );
    let get = Op::new("views", "getView", "Read a saved view").record(200, "The view.", schema("View"));
    let update = Op::new("views", "updateView", "Replace a saved view")
        .header("If-Match", IF_MATCH, Required::Yes)
        .body(schema("NewView"), super::examples::view())
        .record(200, "The view.", schema("View"))
        .refuses(&[412, 428]);
    let remove = Op::new("views", "deleteView", "Delete a saved view").empty(204, "It is gone.");
    api.get("/views", list, async |Caller(ctx): Caller, params: Params| all(ctx, params).await)
        .post("/views", create, async |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<Sent>| {
            let key = key.at(&ctx, "view", &sent);
            let me = ctx.clone();
            let view = once(&ctx, key, async move { cases::save(&me, sent.with(None)).await }).await?;
            let mut response = answer(StatusCode::CREATED, &view);
            if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/views/{}", view.id)) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            Ok::<_, Fault>(response)
        })
        .get("/views/{id}", get, async |Caller(ctx): Caller, OfId(id): OfId| {
            Ok::<_, Fault>(answer(StatusCode::OK, &cases::get(&ctx, id).await?))
        })
        .put("/views/{id}", update, async |Caller(ctx): Caller, OfId(id): OfId, version: IfMatch, Json(sent): Json<Sent>| {
            let old = cases::get(&ctx, id).await?;
            if old.kind != sent.kind {
                return Err(domain::Error::Invalid { fields: vec![FieldError::new("kind", "read_only")] }.into());
            }
            Ok::<_, Fault>(answer(StatusCode::OK, &cases::save(&ctx, sent.with(Some((id, version.of(old.version)?)))).await?))
        })
        .delete("/views/{id}", remove, async |Caller(ctx): Caller, OfId(id): OfId| {
            cases::delete(&ctx, id).await?;
            Ok::<_, Fault>(StatusCode::NO_CONTENT)
        })
}

#[derive(Deserialize, Serialize)]
struct Sent {
    kind: Kind,
    name: String,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    look: Look,
}

impl Sent {
    fn with(self, over: Option<(Id, i64)>) -> SaveView {
        let (id, version) = over.unzip();
        SaveView { id, version: version.unwrap_or_default(), kind: self.kind, name: self.name, shared: self.shared, look: self.look }
    }
}

async fn all(ctx: Ctx, mut params: Params) -> Result<Response> {
    let kind = params.kind("kind");
    params.done()?;
    let mut views = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|k| kind.is_none_or(|wanted| wanted == *k)) {
        views.extend(cases::list(&ctx, kind).await?);
    }
    Ok(axum::Json(json!({"items": views, "next": null})).into_response())
}

fn answer(status: StatusCode, view: &View) -> Response {
    shape::tagged(status, view.version, view)
}
