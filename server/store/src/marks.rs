//! Where writes meet. The database gives every transaction its own snapshot: two that each look at what the other one
//! writes, and write something else, would both commit. So both write a mark at the same place, and the later one fails.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Id, Kind};
use surrealdb::types::{Object, RecordId, RecordIdKey, SurrealValue, Value};

use crate::db::{DbError, Store, text};
use crate::records::record_id;

/// What a write leaves at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub place: String,
    /// The mark that was there before the writer looked ([`Store::marks`]): nobody may have come between. None: it does not
    /// matter who was there, only that whoever looks at this place now finds out.
    pub seen: Option<String>,
}

fn place_id(place: &str) -> Value {
    Value::RecordId(RecordId::new("mark".to_owned(), RecordIdKey::String(place.to_owned())))
}

/// Checks and leaves the marks, each place once.
pub(crate) const LEAVE: &str = "FOR $m IN $marks {
    IF $m.seen != NONE AND ((SELECT VALUE writer FROM $m.id)[0] ?? '') != $m.seen { THROW 'rapport:stale:00000000-0000-0000-0000-000000000000' };
    UPSERT $m.id CONTENT { writer: $mark } RETURN NONE;
 };";

/// Checks that these records are still as they were when the writer looked.
pub(crate) const EXPECT: &str = "FOR $e IN $expects {
    IF (SELECT VALUE version FROM $e.id)[0] != $e.version { THROW 'rapport:stale:' + $e.key };
 };";

pub(crate) fn bound(marks: &[Mark]) -> Value {
    let mut by_place: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for mark in marks {
        let seen = by_place.entry(&mark.place).or_default();
        *seen = seen.or(mark.seen.as_deref());
    }
    let row = |(place, seen): (&str, Option<&str>)| {
        let mut o = Object::new();
        o.insert("id".to_owned(), place_id(place));
        if let Some(seen) = seen {
            o.insert("seen".to_owned(), text(seen));
        }
        Value::Object(o)
    };
    Value::Array(by_place.into_iter().map(row).collect::<Vec<_>>().into())
}

pub(crate) fn expected(records: &[(Kind, Id, i64)]) -> Value {
    let row = |(kind, id, version): &(Kind, Id, i64)| {
        let mut o = Object::new();
        o.insert("id".to_owned(), Value::RecordId(record_id(kind.name(), *id)));
        o.insert("version".to_owned(), version.into_value());
        o.insert("key".to_owned(), text(id.to_string()));
        Value::Object(o)
    };
    Value::Array(records.iter().map(row).collect::<Vec<_>>().into())
}

impl Store {
    /// The marks at these places now, for [`Mark::seen`]; "" where nobody was yet.
    pub async fn marks(&self, places: &BTreeSet<String>) -> Result<Vec<Mark>, DbError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let ids = places.iter().map(|p| place_id(p)).collect::<Vec<_>>();
        let rows = self.rows("SELECT * FROM $ids", vec![("ids", Value::Array(ids.into()))]).await?;
        let mut left: BTreeMap<String, String> = BTreeMap::new();
        for row in rows {
            let Value::Object(mut row) = row else { continue };
            if let (Some(Value::RecordId(RecordId { key: RecordIdKey::String(place), .. })), Some(Value::String(mark))) =
                (row.remove("id"), row.remove("writer"))
            {
                left.insert(place, mark);
            }
        }
        let mark = |place: &String| Mark { place: place.clone(), seen: Some(left.remove(place).unwrap_or_default()) };
        Ok(places.iter().map(mark).collect())
    }
}
