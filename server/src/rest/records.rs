//! `/api/v1/companies`, `/contacts`, … : the same paths for every kind of record.

use axum::response::{IntoResponse, Response};
use domain::list::{ListQuery, Selection, Sums};
use domain::record::Patch;
use domain::{Fields, Id, Kind};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use service::records as cases;
use service::repeat::once;

use super::api::{self, Api, Op, Required, schema};
use super::body::{self, IdempotencyKey, IfMatch, Json, OfId, Sent};
use super::calendar;
use super::examples;
use super::openapi::{new_of, pascal, patch_of, with_article};
use super::params::Params;
use super::shape::{self, Expand};
use crate::fault::{Fault, Result};
use crate::visits::Caller;

const EXPAND: &str = "Names of reference fields, separated by commas: the records they name are added under `expanded`.";
pub const IF_MATCH: &str = "The version that you saw, in quotes, as the ETag gave it.";

pub fn put_up(api: Api, kind: Kind) -> Api {
    let many = format!("/{}", kind.plural());
    let one = format!("{many}/{{id}}");
    let (tag, name) = (kind.plural(), pascal(kind.name()));
    let (record, a) = (schema(&name), with_article(kind.name()));
    let op = |id: &str, summary: String| Op::new(tag, format!("{id}{name}"), summary);

    let page = {
        let mut page = api::page_of(record.clone());
        if let Some(p) = page.pointer_mut("/properties").and_then(Value::as_object_mut) {
            p.insert("total".into(), json!({"type": "integer", "description": "All matching records; with `count=true` only."}));
            if let Some(sums) = sums_schema(kind) {
                p.insert("sums".into(), sums);
            }
        }
        page
    };
    let list = op("list", format!("List {tag}"));
    let list = if kind == Kind::Event { calendar::list_parameters(list) } else { list };
    let list = list_parameters(list, kind)
        .query("limit", api::number(500), "How many; 50 when not said.")
        .query("cursor", api::string(), "`next` of the page before, with everything else the same.")
        .query("count", api::boolean(), "Count all matching records too, as `total`.");
    let list =
        if sums_schema(kind).is_some() { list.query("sums", api::boolean(), "Add up all matching records too, as `sums`.") } else { list };
    let list = list.query("expand", api::string(), EXPAND).ok(200, "A page of records.", page).refuses(&[422]);
    let create = op("create", format!("Create {a}")).repeatable().body(schema(&new_of(kind)), examples::new_of(kind)).record(
        201,
        "The new record.",
        record.clone(),
    );
    let get = op("get", format!("Read {a}"))
        .query("expand", api::string(), EXPAND)
        .header("If-None-Match", "The version that you have.", Required::No)
        .record(200, "The record.", record.clone())
        .empty(304, "You have the newest version.");
    let update = op("update", format!("Change fields of {a}"))
        .about("Send the changed fields only; null empties one. A stale version is refused with the record as it is now.")
        .header("If-Match", IF_MATCH, Required::Yes)
        .body(schema(&patch_of(kind)), examples::patch_of(kind))
        .record(200, "The record after the change.", record.clone())
        .refuses(&[412, 428]);
    let remove = op("delete", format!("Move {a} to the bin"))
        .header("If-Match", IF_MATCH, Required::No)
        .record(200, "The record, now in the bin.", record.clone())
        .refuses(&[412, 422]);
    let restore = op("restore", format!("Take {a} out of the bin")).repeatable().record(200, "The record.", record.clone()).refuses(&[422]);
    let timeline = op("timelineOf", format!("What happened to {a}, newest first"))
        .query("only", json!({"type": "string", "enum": ["activity", "change"]}), "Only notes, calls and tasks, or only changes.")
        .query("before", api::string(), "`next` of the page before.")
        .ok(200, "A page of the timeline.", api::page_with_labels(schema("TimelineEntry")));
    let bulk = op("updateMany", format!("Change the same fields of many {tag}"))
        .about("At most 10,000. Those that you may not change are left out.")
        .repeatable()
        .body(
            json!({
                "type": "object", "additionalProperties": false, "required": ["selection", "fields"],
                "properties": {"selection": schema("Selection"), "fields": schema(&patch_of(kind))},
            }),
            examples::many(kind),
        )
        .ok(200, "What was changed.", schema("Done"));
    let bulk_remove = op("deleteMany", format!("Move many {tag} to the bin"))
        .repeatable()
        .body(json!({"type": "object", "additionalProperties": false, "required": ["selection"], "properties": {"selection": schema("Selection")}}), examples::selection())
        .ok(200, "What was moved.", schema("Done"));

    let api = api.get(&many, list, async move |Caller(ctx): Caller, params: Params| list_of(ctx, kind, params).await).get(
        &one,
        get,
        async move |Caller(ctx): Caller, OfId(id): OfId, headers: HeaderMap, params: Params| read(ctx, kind, id, headers, params).await,
    );
    // Events are written past what stands against them: see `calendar`.
    let api = if kind == Kind::Event {
        api
    } else {
        api.post(&many, create, async move |Caller(ctx): Caller, IdempotencyKey(key): IdempotencyKey, body::Json(fields): Sent| {
            let record = cases::create(&ctx, kind, fields, key.as_deref()).await?;
            let mut response = shape::answer(StatusCode::CREATED, &record, shape::plain(&record));
            if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/{}/{}", kind.plural(), record.id)) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            Ok::<_, Fault>(response)
        })
        .patch(&one, update, async move |Caller(ctx): Caller, OfId(id): OfId, version: IfMatch, body::Json(fields): Sent| {
            update_one(ctx, kind, id, version, fields).await
        })
        .delete(&one, remove, async move |Caller(ctx): Caller, OfId(id): OfId, version: IfMatch| {
            let version = if let IfMatch::Version(v) = version { Some(v) } else { None };
            let record = cases::remove(&ctx, kind, id, version).await?;
            Ok::<_, Fault>(shape::answer(StatusCode::OK, &record, shape::plain(&record)))
        })
    };
    api.post(&format!("{one}/restore"), restore, async move |Caller(ctx): Caller, OfId(id): OfId, key: IdempotencyKey| {
        let key = key.at(&ctx, "restore", &id);
        let me = ctx.clone();
        let record = once(&ctx, key, async move { cases::restore(&me, kind, id).await }).await?;
        let mut body = shape::plain(&record);
        shape::heard(&ctx, &mut body);
        Ok::<_, Fault>(shape::answer(StatusCode::OK, &record, body))
    })
    .get(&format!("{one}/timeline"), timeline, async move |Caller(ctx): Caller, OfId(id): OfId, params: Params| {
        timeline_of(ctx, kind, id, params).await
    })
    .post(&format!("{many}/update"), bulk, async move |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<Many>| {
        let key = key.at(&ctx, "update", &(kind, &sent));
        let me = ctx.clone();
        let done = once(&ctx, key, async move { cases::update_many(&me, kind, &sent.selection, sent.fields).await }).await?;
        Ok::<_, Fault>(axum::Json(shape::done(&ctx, done)))
    })
    .post(&format!("{many}/delete"), bulk_remove, async move |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<Chosen>| {
        let key = key.at(&ctx, "delete", &(kind, &sent));
        let me = ctx.clone();
        let done = once(&ctx, key, async move { cases::remove_many(&me, kind, &sent.selection).await }).await?;
        Ok::<_, Fault>(axum::Json(shape::done(&ctx, done)))
    })
}

#[derive(Deserialize, Serialize)]
struct Many {
    selection: Selection,
    fields: Fields,
}

#[derive(Deserialize, Serialize)]
struct Chosen {
    selection: Selection,
}

/// What lists and exports have in common.
pub fn list_parameters(op: Op, kind: Kind) -> Op {
    op.query("filter", api::string(), "`owner = me and (amount >= 1000 or stage = proposal,negotiation) and not name ~ \"trial\"`. Signs: = != ~ (contains) < <= > >=, empty, filled. Dates take periods (`this-quarter`, `2017-03`), people `me` and `my-team`.")
        .query("q", api::string(), "Words to search for.")
        .query("sort", api::string(), &format!("A field, with - before it for descending; `{}` when not said.", kind.default_sort()))
        .query("deleted", api::boolean(), "Look in the bin instead.")
}

pub fn list_query(params: &mut Params) -> ListQuery {
    ListQuery {
        filter: params.text("filter").unwrap_or_default(),
        q: params.text("q").unwrap_or_default(),
        sort: params.text("sort").unwrap_or_default(),
        deleted: params.flag("deleted"),
        ..ListQuery::default()
    }
}

async fn list_of(ctx: service::Ctx, kind: Kind, mut params: Params) -> Result<Response> {
    if kind == Kind::Event
        && let Some(occurrences) = calendar::occurrences(&ctx, &mut params).await?
    {
        return Ok(occurrences);
    }
    let expand = Expand::of(kind, &mut params);
    let with_sums = sums_schema(kind).is_some() && params.flag("sums");
    let query = ListQuery {
        cursor: params.text("cursor"),
        limit: params.number("limit", 500),
        count: params.flag("count"),
        ..list_query(&mut params)
    };
    params.done()?;
    let page = cases::list(&ctx, kind, &query).await?;
    let mut out = shape::page(expand.apply(&ctx, &page.records).await?, page.next);
    if let Some(total) = page.total {
        out.insert("total".into(), total.into());
    }
    if with_sums {
        out.insert("sums".into(), sums_of(kind, cases::sums(&ctx, kind, &query)?));
    }
    Ok(axum::Json(Value::Object(out)).into_response())
}

/// What all matching records come to, by field; None: there is nothing to add up in this kind.
fn sums_schema(kind: Kind) -> Option<Value> {
    let mut fields = Map::new();
    if let Some(def) = kind.summed_money() {
        fields.insert(def.name.into(), json!({"type": "array", "items": schema("Money"), "description": "One for each currency."}));
    }
    if let Some(def) = kind.summed_number() {
        fields.insert(def.name.into(), json!({"type": "integer"}));
    }
    let about = "Sums over all matching records, by field; with `sums=true` only.";
    (!fields.is_empty()).then(|| json!({"type": "object", "description": about, "properties": fields}))
}

fn sums_of(kind: Kind, sums: Sums) -> Value {
    let mut out = Map::new();
    if let Some(def) = kind.summed_money() {
        out.insert(def.name.into(), json!(sums.money));
    }
    if let Some(def) = kind.summed_number() {
        out.insert(def.name.into(), sums.number.into());
    }
    out.into()
}

async fn read(ctx: service::Ctx, kind: Kind, id: Id, headers: HeaderMap, mut params: Params) -> Result<Response> {
    let expand = Expand::of(kind, &mut params);
    params.done()?;
    let record = cases::get(&ctx, kind, id).await?;
    if body::is_unchanged(&headers, record.version) {
        return Ok(shape::answer(StatusCode::NOT_MODIFIED, &record, Value::Null));
    }
    let body = expand.one(&ctx, &record).await?;
    Ok(shape::answer(StatusCode::OK, &record, body))
}

async fn update_one(ctx: service::Ctx, kind: Kind, id: Id, version: IfMatch, fields: Fields) -> Result<Response> {
    let now = cases::get(&ctx, kind, id).await?;
    let version = version.of(now.version)?;
    if version != now.version {
        return Err(body::stale(now, &fields));
    }
    // Somebody may still write between the look and the change. A program said which version it means: no field of a newer
    // one may be written, so what it "saw" in each is something that no field ever holds.
    let base: Fields = fields.keys().map(|name| (name.clone(), json!({"seen": false}))).collect();
    let record = cases::update(&ctx, kind, id, Patch { fields, version, base }).await?;
    Ok(shape::answer(StatusCode::OK, &record, shape::plain(&record)))
}

async fn timeline_of(ctx: service::Ctx, kind: Kind, id: Id, mut params: Params) -> Result<Response> {
    let only = params.choice("only", &["activity", "change"]).unwrap_or_default();
    let before = params.text("before");
    params.done()?;
    let timeline = cases::timeline(&ctx, kind, id, only, before.as_deref()).await?;
    Ok(axum::Json(json!({"items": timeline.entries, "next": timeline.next, "labels": timeline.labels})).into_response())
}
