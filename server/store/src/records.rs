//! Rows of records: in and out.

use std::collections::HashMap;

use domain::{Fields, Id, Kind, Record};
use surrealdb::types::{Array, RecordId, RecordIdKey, SurrealValue, Uuid, Value};

use crate::db::{DbError, Store, text};
use crate::shelf::Ticket;

pub(crate) fn record_id(table: &str, id: Id) -> RecordId {
    RecordId::new(table.to_owned(), RecordIdKey::Uuid(Uuid::from(id.0)))
}

pub(crate) fn record_ids(table: &str, ids: &[Id]) -> Value {
    Value::Array(ids.iter().map(|id| Value::RecordId(record_id(table, *id))).collect::<Vec<_>>().into())
}

/// Takes the key out of a row and leaves the rest as JSON.
pub(crate) fn split(row: Value) -> Option<(Id, Fields)> {
    let Value::Object(mut object) = row else { return None };
    let id = match object.remove("id") {
        Some(Value::RecordId(RecordId { key: RecordIdKey::Uuid(u), .. })) => Id(u.into()),
        _ => return None,
    };
    match Value::Object(object).into_json_value() {
        serde_json::Value::Object(fields) => Some((id, fields)),
        _ => None,
    }
}

fn kind_of(row: &Value) -> Option<Kind> {
    let Value::Object(object) = row else { return None };
    match object.get("id") {
        Some(Value::RecordId(id)) => Kind::parse(id.table.as_str()),
        _ => None,
    }
}

pub(crate) fn to_record(kind: Kind, row: Value) -> Option<Record> {
    let (id, mut fields) = split(row)?;
    let mut take = |name: &str| match fields.remove(name) {
        Some(serde_json::Value::String(s)) => Some(s),
        _ => None,
    };
    let (created_at, updated_at, deleted_at) = (take("created_at"), take("updated_at"), take("deleted_at"));
    let version = fields.remove("version").and_then(|v| v.as_i64())?;
    Some(Record { id, kind, version, created_at: created_at?, updated_at: updated_at?, deleted_at, fields })
}

/// The row as it is written: empty fields stay out.
pub(crate) fn to_row(record: &Record) -> Value {
    let mut fields = record.fields.clone();
    fields.retain(|_, v| !v.is_null());
    fields.insert("version".to_owned(), record.version.into());
    fields.insert("created_at".to_owned(), record.created_at.clone().into());
    fields.insert("updated_at".to_owned(), record.updated_at.clone().into());
    if let Some(at) = &record.deleted_at {
        fields.insert("deleted_at".to_owned(), at.clone().into());
    }
    serde_json::Value::Object(fields).into_value()
}

impl Store {
    /// Also those in the bin: the service decides who may see them.
    pub async fn get(&self, kind: Kind, id: Id) -> Result<Option<Record>, DbError> {
        Ok(self.get_many(kind, &[id]).await?.pop())
    }

    /// In the order asked for; unknown ids are left out.
    pub async fn get_many(&self, kind: Kind, ids: &[Id]) -> Result<Vec<Record>, DbError> {
        self.get_mixed(&ids.iter().map(|id| (kind, *id)).collect::<Vec<_>>()).await
    }

    /// The same of several kinds, in one question.
    pub async fn get_mixed(&self, ids: &[(Kind, Id)]) -> Result<Vec<Record>, DbError> {
        let Some(shelf) = &self.inner.shelf else { return self.read_mixed(ids).await };
        let (mut found, missing) = shelf.look(ids);
        if !missing.is_empty() {
            let wanted: Vec<(Kind, Id)> = missing.iter().map(Ticket::key).collect();
            let read = self.read_mixed(&wanted).await?;
            let read: HashMap<(Kind, Id), Record> = read.into_iter().map(|r| ((r.kind, r.id), r)).collect();
            shelf.keep(&missing, &read);
            found.extend(read);
        }
        let mut left: HashMap<(Kind, Id), usize> = HashMap::with_capacity(ids.len());
        ids.iter().for_each(|key| *left.entry(*key).or_default() += 1);
        // The last one who asks for a record takes it.
        let take = |key: &(Kind, Id)| match left.get_mut(key) {
            Some(1) => found.remove(key),
            Some(n) => {
                *n -= 1;
                found.get(key).cloned()
            }
            None => None,
        };
        Ok(ids.iter().filter_map(take).collect())
    }

    async fn read_mixed(&self, ids: &[(Kind, Id)]) -> Result<Vec<Record>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<Value> = ids.iter().map(|(kind, id)| Value::RecordId(record_id(kind.name(), *id))).collect();
        let rows = self.rows("SELECT * FROM $ids", vec![("ids", Value::Array(list.into()))]).await?;
        Ok(rows.into_iter().filter_map(|r| to_record(kind_of(&r)?, r)).collect())
    }

    /// Records whose field has this value, through an index: tasks, notes and calls of a deal.
    pub async fn by_deal(&self, kind: Kind, deal: Id) -> Result<Vec<Record>, DbError> {
        let sql = match kind {
            Kind::Task => "SELECT * FROM task WHERE deal = $deal",
            Kind::Note => "SELECT * FROM note WHERE deal = $deal",
            Kind::Call => "SELECT * FROM call WHERE deal = $deal",
            _ => return Ok(Vec::new()),
        };
        let rows = self.rows(sql, vec![("deal", text(deal.to_string()))]).await?;
        Ok(rows.into_iter().filter_map(|r| to_record(kind, r)).collect())
    }

    /// How many deals stand in each stage of a pipeline. Looks through all deals.
    pub async fn deals_by_stage(&self, pipeline: Id) -> Result<Vec<(String, i64)>, DbError> {
        let sql = "SELECT stage, count() AS n FROM deal WHERE pipeline = $pipeline AND deleted_at = NONE GROUP BY stage";
        let rows = self.rows(sql, vec![("pipeline", text(pipeline.to_string()))]).await?;
        let of = |row: Value| {
            let json = row.into_json_value();
            Some((json.get("stage")?.as_str()?.to_owned(), json.get("n")?.as_i64()?))
        };
        Ok(rows.into_iter().filter_map(of).collect())
    }

    pub async fn user_by_email(&self, email: &str) -> Result<Option<Record>, DbError> {
        let rows = self.rows("SELECT * FROM user WHERE email = $email LIMIT 1", vec![("email", text(email))]).await?;
        Ok(rows.into_iter().find_map(|r| to_record(Kind::User, r)))
    }

    /// All records of a kind, a page at a time in the order of their ids; for rebuilding the index and for small kinds.
    pub async fn scan(&self, kind: Kind, after: Option<Id>, limit: u32) -> Result<Vec<Record>, DbError> {
        let rows =
            self.rows(&format!("SELECT * FROM {PAGE_OF_RANGE} LIMIT {limit}"), vec![("range", range_after(kind.name(), after))]).await?;
        Ok(rows.into_iter().filter_map(|r| to_record(kind, r)).collect())
    }
}

/// Where a page of a `$range` is selected from. What is known when the database plans (a value, a function of values) it reads
/// to the range's end before it counts to the limit; what it finds out as it goes it reads no further than the limit.
pub(crate) const PAGE_OF_RANGE: &str = "type::record($range ?? NONE)";

/// Every row of the table with a key above this one.
pub(crate) fn range_after(table: &str, after: Option<Id>) -> Value {
    use std::ops::Bound;
    let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(RecordIdKey::Uuid(Uuid::from(id.0))));
    let range = surrealdb::types::RecordIdKeyRange { start, end: Bound::Unbounded };
    Value::RecordId(RecordId::new(table.to_owned(), RecordIdKey::Range(Box::new(range))))
}

pub(crate) fn strings(values: impl IntoIterator<Item = String>) -> Value {
    Value::Array(Array::from(values.into_iter().map(Value::String).collect::<Vec<_>>()))
}
