//! Small things that are no records: credentials, sessions, tokens, views, import runs, settings. JSON by key. Whatever is
//! written of them goes through one door, which asks for room on the disk and looks at the time.

use domain::{Fields, Id};
use surrealdb::types::{RecordId, RecordIdKey, Value};

use crate::db::{DbError, Store, bind, rows_of, text};
use crate::records::PAGE_OF_RANGE;
use crate::room::Size;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Credential,
    Session,
    Token,
    View,
    ImportRun,
    Workspace,
    Idempotency,
    Notice,
    Snooze,
    Outbox,
    Preference,
    CalendarFeed,
    CalendarSource,
    /// What was read of a source.
    CalendarCopy,
    /// The newest that was heard of somebody about an item by mail.
    Reply,
    /// Conflicts that somebody was told of.
    Clash,
    BookingPage,
    Booking,
}

impl Table {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Table::Credential => "credential",
            Table::Session => "session",
            Table::Token => "token",
            Table::View => "view",
            Table::ImportRun => "import_run",
            Table::Workspace => "workspace",
            Table::Idempotency => "idempotency",
            Table::Notice => "notice",
            Table::Snooze => "snooze",
            Table::Outbox => "outbox",
            Table::Preference => "preference",
            Table::CalendarFeed => "calendar_feed",
            Table::CalendarSource => "calendar_source",
            Table::CalendarCopy => "calendar_copy",
            Table::Reply => "reply",
            Table::Clash => "clash",
            Table::BookingPage => "booking_page",
            Table::Booking => "booking",
        }
    }
}

pub(crate) fn key(table: Table, key: &str) -> Value {
    Value::RecordId(RecordId::new(table.name().to_owned(), RecordIdKey::String(key.to_owned())))
}

pub(crate) fn content(mut doc: Fields) -> Value {
    doc.retain(|_, v| !v.is_null());
    bind(serde_json::Value::Object(doc))
}

pub(crate) fn split(row: Value) -> Option<(String, Fields)> {
    let Value::Object(mut object) = row else { return None };
    let id = match object.remove("id") {
        Some(Value::RecordId(RecordId { key: RecordIdKey::String(s), .. })) => s,
        _ => return None,
    };
    match Value::Object(object).into_json_value() {
        serde_json::Value::Object(fields) => Some((id, fields)),
        _ => None,
    }
}

impl Store {
    pub async fn get_doc(&self, table: Table, id: &str) -> Result<Option<Fields>, DbError> {
        let rows = self.rows("SELECT * FROM $id", vec![("id", key(table, id))]).await?;
        Ok(rows.into_iter().find_map(split).map(|(_, doc)| doc))
    }

    /// The one way documents are written: only while there is room, and not when it was held up on its way. One statement, so
    /// that what is refused for being late writes nothing.
    pub(crate) async fn write_doc(&self, sql: &str, vars: Vec<(&'static str, Value)>) -> Result<Vec<Value>, DbError> {
        let in_time = self.in_time();
        let whole = if in_time.is_empty() { sql.to_owned() } else { format!("{{ {in_time} RETURN ({sql}) }}") };
        rows_of(self.run_writing(Size::Small, &whole, vars).await?)
    }

    pub async fn put_doc(&self, table: Table, id: &str, doc: Fields) -> Result<(), DbError> {
        let vars = vec![("id", key(table, id)), ("doc", content(doc))];
        self.write_doc("UPSERT $id CONTENT $doc RETURN NONE", vars).await.map(|_| ())
    }

    /// The same for one that is there; false when it is not (any more), and then nothing is written.
    pub async fn renew_doc(&self, table: Table, id: &str, doc: Fields) -> Result<bool, DbError> {
        let vars = vec![("id", key(table, id)), ("doc", content(doc))];
        Ok(!self.write_doc("UPDATE $id CONTENT $doc", vars).await?.is_empty())
    }

    /// The same when it still has this version (one without counts as 0); false when somebody else was first.
    pub async fn replace_doc(&self, table: Table, id: &str, doc: Fields, over: i64) -> Result<bool, DbError> {
        let vars = vec![("id", key(table, id)), ("doc", content(doc)), ("over", bind(over.into()))];
        Ok(!self.write_doc("UPDATE $id CONTENT $doc WHERE (version ?? 0) = $over", vars).await?.is_empty())
    }

    /// Makes this one where there is none, or takes the place of one whose `at` is before this instant; false: another is there,
    /// and stays. Of several who try, on however many servers, one succeeds.
    pub async fn claim_doc(&self, table: Table, id: &str, doc: Fields, before: &str) -> Result<bool, DbError> {
        let vars = vec![("id", key(table, id)), ("doc", content(doc)), ("before", text(before))];
        let sql = "IF ((SELECT VALUE at FROM $id)[0] ?? '') < $before { UPSERT $id CONTENT $doc } ELSE { [] }";
        Ok(!self.write_doc(sql, vars).await?.is_empty())
    }

    pub async fn delete_doc(&self, table: Table, id: &str) -> Result<(), DbError> {
        self.write_doc("DELETE $id RETURN NONE", vec![("id", key(table, id))]).await.map(|_| ())
    }

    /// What tells this database from every other; made when it is first asked for.
    pub async fn identity(&self) -> Result<Id, DbError> {
        const KEY: &str = "identity";
        if let Some(known) = self.inner.identity.get() {
            return Ok(*known);
        }
        // What is read back counts: another server may have made one at the same moment.
        for _ in 0..2 {
            let doc = self.get_doc(Table::Workspace, KEY).await?;
            if let Some(known) = doc.as_ref().and_then(|d| d.get("database")).and_then(|v| v.as_str()).and_then(Id::parse) {
                return Ok(*self.inner.identity.get_or_init(|| known));
            }
            let made = Fields::from_iter([("database".to_owned(), uuid::Uuid::now_v7().to_string().into())]);
            self.put_doc(Table::Workspace, KEY, made).await?;
        }
        Err(DbError::Fault("the database does not keep its identity".to_owned()))
    }

    /// All of a table, or those whose `user` is this one.
    pub async fn docs(&self, table: Table, user: Option<&str>) -> Result<Vec<(String, Fields)>, DbError> {
        let rows = match user {
            Some(user) => {
                let sql = format!("SELECT * FROM {} WHERE user = $user", table.name());
                self.rows(&sql, vec![("user", text(user))]).await?
            }
            None => self.rows(&format!("SELECT * FROM {}", table.name()), vec![]).await?,
        };
        Ok(rows.into_iter().filter_map(split).collect())
    }

    /// The keys of a table, whose documents may be large.
    pub async fn keys(&self, table: Table) -> Result<Vec<String>, DbError> {
        let rows = self.rows(&format!("SELECT id FROM {}", table.name()), vec![]).await?;
        Ok(rows.into_iter().filter_map(split).map(|(key, _)| key).collect())
    }

    /// Those of these that are there.
    pub async fn docs_of(&self, table: Table, ids: &[String]) -> Result<Vec<(String, Fields)>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys = ids.iter().map(|id| key(table, id)).collect::<Vec<_>>();
        let rows = self.rows("SELECT * FROM $ids", vec![("ids", Value::Array(keys.into()))]).await?;
        Ok(rows.into_iter().filter_map(split).collect())
    }

    /// Deletes what has an instant in `field` before this one, among so many documents from the given key on. Answers how many
    /// went, and the key to go on from; None: that was the end of the table.
    pub async fn purge(
        &self,
        table: Table,
        field: &'static str,
        before: &str,
        from: Option<&str>,
        most: u32,
    ) -> Result<(usize, Option<String>), DbError> {
        let sql = format!("SELECT id, {field} AS at FROM {PAGE_OF_RANGE} LIMIT {most}");
        let rows = self.rows(&sql, vec![("range", range_from(table, from))]).await?;
        let end = u32::try_from(rows.len()).is_ok_and(|n| n < most);
        let mut last = None;
        let mut old = Vec::new();
        for (id, doc) in rows.into_iter().filter_map(split) {
            if doc.get("at").and_then(|v| v.as_str()).is_some_and(|at| at < before) {
                old.push(key(table, &id));
            }
            last = Some(id);
        }
        let next = last.filter(|_| !end);
        if old.is_empty() {
            return Ok((0, next));
        }
        // Looked at once more while deleting: one of them may have been renewed.
        let sql = format!("DELETE $old WHERE {field} < $before RETURN BEFORE");
        let gone = self.write_doc(&sql, vec![("old", Value::Array(old.into())), ("before", text(before))]).await?;
        Ok((gone.len(), next))
    }
}

/// Every document with a key above this one.
fn range_from(table: Table, above: Option<&str>) -> Value {
    use std::ops::Bound;
    let start = above.map_or(Bound::Unbounded, |key| Bound::Excluded(RecordIdKey::String(key.to_owned())));
    let range = surrealdb::types::RecordIdKeyRange { start, end: Bound::Unbounded };
    Value::RecordId(RecordId::new(table.name().to_owned(), RecordIdKey::Range(Box::new(range))))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::db::Handle;
    use crate::line::Line;
    use crate::room::Room;

    async fn every_write(store: &Store) -> Vec<(&'static str, Result<(), DbError>)> {
        let doc = || Fields::from_iter([("at".to_owned(), "2026-01-01".into())]);
        vec![
            ("put", store.put_doc(Table::View, "a", doc()).await),
            ("renew", store.renew_doc(Table::View, "a", doc()).await.map(|_| ())),
            ("replace", store.replace_doc(Table::View, "a", doc(), 0).await.map(|_| ())),
            ("purge", store.purge(Table::View, "at", "2027", None, 10).await.map(|_| ())),
            ("delete", store.delete_doc(Table::View, "a").await),
        ]
    }

    async fn there(store: &Store) {
        store.run("UPSERT view:a CONTENT { at: '2026-01-01' }", vec![]).await.unwrap();
    }

    #[tokio::test]
    async fn no_document_is_written_past_the_disk_guard() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("surrealkv://{}", dir.path().display());
        let full = Room::with(dir.path().into(), Box::new(|_: &Path| Some(1)));
        let store = Store::with(&url, Handle::open(&url).await.unwrap(), Some(full), None);
        there(&store).await;
        for (what, outcome) in every_write(&store).await {
            assert!(matches!(outcome, Err(DbError::Full(_))), "{what}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn no_document_is_written_after_its_deadline() {
        let handle = Handle::open("mem://").await.unwrap();
        let store = Store::with("mem://", handle, None, Some(Line::behind(3_600_000)));
        there(&store).await;
        for (what, outcome) in every_write(&store).await {
            assert!(matches!(outcome, Err(DbError::Unavailable(_))), "{what}: {outcome:?}");
        }
        assert!(store.get_doc(Table::View, "a").await.unwrap().is_some());
        // And in time all of it goes through.
        let store = Store::with("mem://", Handle::open("mem://").await.unwrap(), None, Some(Line::behind(0)));
        for (what, outcome) in every_write(&store).await {
            assert!(outcome.is_ok(), "{what}: {outcome:?}");
        }
        assert!(store.get_doc(Table::View, "a").await.unwrap().is_none());
    }
}
