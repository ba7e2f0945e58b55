//! How records look outside: their JSON without `kind` (the path says it), and related records beside them when asked for.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::calendar::stored;
use domain::schema::FieldType;
use domain::{FieldError, Id, Kind, Record};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use service::Ctx;

use super::params::Params;
use crate::fault::{Fault, Result};

/// The record as JSON.
pub fn plain(record: &Record) -> Value {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("kind");
        if record.kind == Kind::Event {
            value = Value::Object(stored::outward(object));
        }
    }
    value
}

/// One record with its version as `ETag`.
pub fn answer(status: StatusCode, record: &Record, body: Value) -> Response {
    tagged(status, record.version, &body)
}

/// The same for what is no record.
pub fn tagged(status: StatusCode, version: i64, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

pub fn page(items: Vec<Value>, next: Option<String>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("items".into(), items.into());
    out.insert("next".into(), next.into());
    out
}

/// `?expand=company,owner`: the names of reference fields.
pub struct Expand(Vec<(&'static str, Kind)>);

impl Expand {
    pub fn of(kind: Kind, params: &mut Params) -> Self {
        let mut out = Vec::new();
        for name in params.list("expand") {
            match kind.field(&name).map(|f| (f.name, f.ty)) {
                Some((name, FieldType::Ref(to) | FieldType::Refs(to))) => out.push((name, to)),
                _ => {
                    let options: Vec<&str> = references(kind).collect();
                    params.refuse(FieldError::new("expand", "choice").with("options", options.join(", ")));
                }
            }
        }
        Self(out)
    }

    /// The records, each with `expanded`: field name → record (or list of records). What the caller may not see is null,
    /// or missing from the list. One question per kind, however many records.
    pub async fn apply(&self, ctx: &Ctx, records: &[Record]) -> Result<Vec<Value>> {
        if self.0.is_empty() {
            return Ok(records.iter().map(plain).collect());
        }
        let mut wanted: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
        for (field, kind) in &self.0 {
            let ids = records.iter().flat_map(|r| r.id_of(field).into_iter().chain(r.ids_of(field)));
            wanted.entry(*kind).or_default().extend(ids);
        }
        let mut found: BTreeMap<Id, Value> = BTreeMap::new();
        for (kind, ids) in wanted {
            let ids: Vec<Id> = ids.into_iter().collect();
            let got = service::records::get_many(ctx, kind, &ids).await?;
            found.extend(got.iter().map(|r| (r.id, plain(r))));
        }
        Ok(records.iter().map(|r| self.with_related(r, &found)).collect())
    }

    pub async fn one(&self, ctx: &Ctx, record: &Record) -> Result<Value> {
        let mut all = self.apply(ctx, std::slice::from_ref(record)).await?;
        Ok(all.pop().unwrap_or_default())
    }

    fn with_related(&self, record: &Record, found: &BTreeMap<Id, Value>) -> Value {
        let mut expanded = Map::new();
        for (field, _) in &self.0 {
            let one = || record.id_of(field).and_then(|id| found.get(&id)).cloned().unwrap_or_default();
            let many = || record.ids_of(field).iter().filter_map(|id| found.get(id)).cloned().collect::<Value>();
            let is_many = record.kind.field(field).is_some_and(|f| f.ty.is_many());
            expanded.insert((*field).to_owned(), if is_many { many() } else { one() });
        }
        let mut value = plain(record);
        if let Some(object) = value.as_object_mut() {
            object.insert("expanded".to_owned(), Value::Object(expanded));
        }
        value
    }
}

pub fn references(kind: Kind) -> impl Iterator<Item = &'static str> {
    kind.fields().iter().filter(|f| matches!(f.ty, FieldType::Ref(_) | FieldType::Refs(_))).map(|f| f.name)
}

/// Says what stands against events that were written, where there is something.
pub fn heard(ctx: &Ctx, out: &mut Value) {
    let conflicts = ctx.heard.conflicts();
    if let Some(o) = out.as_object_mut().filter(|_| !conflicts.is_empty()) {
        o.insert("conflicts".to_owned(), json!(conflicts));
    }
}

/// What an act changed: the records with their kinds (they may be of several), and the changes that undo takes back. Of one
/// that broke off half-way also what is left, and why.
pub fn done(ctx: &Ctx, done: domain::record::Done) -> Value {
    let mut out = json!({"records": done.records, "changes": done.changes});
    heard(ctx, &mut out);
    if let Some(o) = out.as_object_mut().filter(|_| !done.refused.is_empty()) {
        let problem = |why| Fault::from(why).problem(ctx.me.locale);
        let refused = done.refused.into_iter().map(|r| json!({"id": r.id, "name": r.name, "problem": problem(r.why)}));
        o.insert("refused".to_owned(), refused.collect());
    }
    if let (Some(why), Some(o)) = (done.why, out.as_object_mut()) {
        o.insert("left".to_owned(), json!(done.left));
        o.insert("problem".to_owned(), Fault::from(*why).problem(ctx.me.locale));
    }
    out
}
