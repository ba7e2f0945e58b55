//! The history's rows.

use domain::record::{Change, ChangeOp};
use domain::{Id, Kind};
use surrealdb::types::{SurrealValue, Value};

use crate::db::{DbError, Store, text};
use crate::records::{PAGE_OF_RANGE, range_after, record_ids, split, strings};

/// A change of an import, as much of it as is needed to count it and to take it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    pub id: Id,
    pub kind: Kind,
    pub op: ChangeOp,
}

/// Counts down as time goes on; ascending order is newest first.
fn rev(change: &Change) -> i64 {
    i64::MAX - domain::time::parse_instant(&change.at).unwrap_or(0)
}

pub(crate) fn to_row(change: &Change, parents: &[Id]) -> Option<Value> {
    let mut json = serde_json::to_value(change).ok()?;
    let object = json.as_object_mut()?;
    object.remove("id");
    object.retain(|_, v| !v.is_null());
    object.insert("rev".to_owned(), rev(change).into());
    let mut row = json.into_value();
    if let Value::Object(o) = &mut row {
        let links = std::iter::once(change.record).chain(change.import).chain(parents.iter().copied());
        let links: std::collections::BTreeSet<String> = links.map(|id| id.to_string()).collect();
        o.insert("links".to_owned(), strings(links));
        o.insert("id".to_owned(), Value::RecordId(crate::records::record_id("change", change.id)));
    }
    Some(row)
}

fn to_change(row: Value) -> Option<Change> {
    let (id, mut fields) = split(row)?;
    fields.insert("id".to_owned(), id.to_string().into());
    serde_json::from_value(serde_json::Value::Object(fields)).ok()
}

impl Store {
    pub async fn changes(&self, ids: &[Id]) -> Result<Vec<Change>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.rows("SELECT * FROM $ids", vec![("ids", record_ids("change", ids))]).await?;
        Ok(rows.into_iter().filter_map(to_change).collect())
    }

    /// Changes of a record and of what belongs to it (or of an import), newest first. `before`: an instant in milliseconds.
    pub async fn history(&self, link: Id, before: Option<i64>, limit: u32) -> Result<Vec<Change>, DbError> {
        let mut changes = self.history_page(link, before, 0, limit).await?;
        // Within a millisecond the ids know the order.
        changes.sort_by(|a, b| (&b.at, b.id).cmp(&(&a.at, a.id)));
        Ok(changes)
    }

    /// The same without the first `skip`: many changes may share one instant.
    pub async fn history_page(&self, link: Id, before: Option<i64>, skip: u32, limit: u32) -> Result<Vec<Change>, DbError> {
        let older = if before.is_some() { " AND rev > $rev" } else { "" };
        let start = if skip > 0 { format!(" START {skip}") } else { String::new() };
        let sql = format!("SELECT * FROM change WHERE links CONTAINS $link{older} ORDER BY rev LIMIT {limit}{start}");
        let mut vars = vec![("link", text(link.to_string()))];
        vars.extend(before.map(|ms| ("rev", (i64::MAX - ms).into_value())));
        let rows = self.rows(&sql, vars).await?;
        Ok(rows.into_iter().filter_map(to_change).collect())
    }

    /// The last of all; None: nothing was ever changed.
    pub async fn newest_change(&self) -> Result<Option<Id>, DbError> {
        let rows = self.rows("SELECT id FROM change ORDER BY id DESC LIMIT 1", vec![]).await?;
        Ok(rows.into_iter().find_map(split).map(|(id, _)| id))
    }

    /// What an import did, the newest first, in one reading: it may be hundreds of thousands of changes.
    pub async fn changes_of_import(&self, import: Id) -> Result<Vec<Made>, DbError> {
        let sql = "SELECT id, kind, op FROM change WHERE links CONTAINS $link";
        let rows = self.rows(sql, vec![("link", text(import.to_string()))]).await?;
        let made = |row| {
            let (id, mut fields) = split(row)?;
            let mut take = |name: &str| fields.remove(name).unwrap_or_default();
            Some(Made { id, kind: serde_json::from_value(take("kind")).ok()?, op: serde_json::from_value(take("op")).ok()? })
        };
        let mut made: Vec<Made> = rows.into_iter().filter_map(made).collect();
        // Ids are in the order of time.
        made.sort_unstable_by_key(|m| std::cmp::Reverse(m.id));
        Ok(made)
    }

    /// In the order they were made; for replaying the stream.
    pub async fn changes_after(&self, after: Option<Id>, limit: u32) -> Result<Vec<Change>, DbError> {
        let rows =
            self.rows(&format!("SELECT * FROM {PAGE_OF_RANGE} LIMIT {limit}"), vec![("range", range_after("change", after))]).await?;
        Ok(rows.into_iter().filter_map(to_change).collect())
    }
}
