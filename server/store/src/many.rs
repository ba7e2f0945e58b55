//! Small documents by the hundred: notices and mail. What is made twice under one key is there once, so whoever was cut off in
//! the middle (or does the same on another server) just does it again.

use domain::Fields;
use surrealdb::types::{RecordId, RecordIdKey, RecordIdKeyRange, Value};

use crate::db::{DbError, Store, bind, text};
use crate::docs::{Table, content, key, split};
use crate::records::PAGE_OF_RANGE;

/// Rows a statement; more make the engine slow.
const CHUNK: usize = 100;

impl Store {
    /// Makes those that are not there yet; the others stay as they are. Answers how many it made.
    pub async fn make_docs(&self, table: Table, docs: Vec<(String, Fields)>) -> Result<usize, DbError> {
        let sql = format!("INSERT IGNORE INTO {} $docs RETURN VALUE true", table.name());
        let mut made = 0;
        let mut docs = docs.into_iter().peekable();
        while docs.peek().is_some() {
            let rows: Vec<Value> = docs.by_ref().take(CHUNK).map(|(id, doc)| row(table, &id, doc)).collect();
            made += self.write_doc(&sql, vec![("docs", Value::Array(rows.into()))]).await?.len();
        }
        Ok(made)
    }

    /// Documents whose keys begin with this, in the order of their keys, from after `after` on.
    pub async fn docs_below(&self, table: Table, begin: &str, after: Option<&str>, most: u32) -> Result<Vec<(String, Fields)>, DbError> {
        use std::ops::Bound;
        let string = |s: String| RecordIdKey::String(s);
        let start = after.map_or_else(|| Bound::Included(string(begin.to_owned())), |a| Bound::Excluded(string(a.to_owned())));
        // No key has a character above this one.
        let end = Bound::Excluded(string(format!("{begin}\u{10ffff}")));
        let range = RecordIdKey::Range(Box::new(RecordIdKeyRange { start, end }));
        let range = Value::RecordId(RecordId::new(table.name().to_owned(), range));
        let rows = self.rows(&format!("SELECT * FROM {PAGE_OF_RANGE} LIMIT {most}"), vec![("range", range)]).await?;
        Ok(rows.into_iter().filter_map(split).collect())
    }

    /// Documents in this state whose time has come, the oldest first.
    pub async fn docs_due(&self, table: Table, state: &str, now: &str, most: u32) -> Result<Vec<(String, Fields)>, DbError> {
        let sql = format!("SELECT * FROM {} WHERE state = $state AND due <= $now ORDER BY due ASC LIMIT {most}", table.name());
        let rows = self.rows(&sql, vec![("state", text(state)), ("now", text(now))]).await?;
        Ok(rows.into_iter().filter_map(split).collect())
    }

    /// Documents in this state, the last due first.
    pub async fn docs_last_due(&self, table: Table, state: &str, most: u32) -> Result<Vec<(String, Fields)>, DbError> {
        let sql = format!("SELECT * FROM {} WHERE state = $state ORDER BY due DESC LIMIT {most}", table.name());
        Ok(self.rows(&sql, vec![("state", text(state))]).await?.into_iter().filter_map(split).collect())
    }

    /// Documents whose `at` has come, the oldest first.
    pub async fn docs_at(&self, table: Table, now: &str, most: u32) -> Result<Vec<(String, Fields)>, DbError> {
        let sql = format!("SELECT * FROM {} WHERE at <= $now ORDER BY at ASC LIMIT {most}", table.name());
        Ok(self.rows(&sql, vec![("now", text(now))]).await?.into_iter().filter_map(split).collect())
    }

    /// Lays these fields into every one of the documents that is there. Answers how many.
    pub async fn patch_docs(&self, table: Table, keys: &[String], patch: &Fields) -> Result<usize, DbError> {
        self.each_doc("UPDATE $ids MERGE $patch RETURN VALUE true", table, keys, vec![("patch", json(patch))]).await
    }

    /// The same for those that are in this state by then. Answers how many.
    pub async fn patch_docs_in(&self, table: Table, state: &str, keys: &[String], patch: &Fields) -> Result<usize, DbError> {
        let vars = vec![("patch", json(patch)), ("state", text(state))];
        self.each_doc("UPDATE $ids MERGE $patch WHERE state = $state RETURN VALUE true", table, keys, vars).await
    }

    pub async fn delete_docs(&self, table: Table, keys: &[String]) -> Result<(), DbError> {
        self.each_doc("DELETE $ids RETURN NONE", table, keys, Vec::new()).await.map(|_| ())
    }

    /// Deletes those that are in this state by then. Answers how many.
    pub async fn delete_docs_in(&self, table: Table, state: &str, keys: &[String]) -> Result<usize, DbError> {
        self.each_doc("DELETE $ids WHERE state = $state RETURN BEFORE", table, keys, vec![("state", text(state))]).await
    }

    /// `$ids` are some of them at a time. Answers how many rows came back.
    async fn each_doc(&self, sql: &str, table: Table, keys: &[String], vars: Vec<(&'static str, Value)>) -> Result<usize, DbError> {
        let mut count = 0;
        for chunk in keys.chunks(CHUNK) {
            let ids: Vec<Value> = chunk.iter().map(|k| key(table, k)).collect();
            let vars = [("ids", Value::Array(ids.into()))].into_iter().chain(vars.clone()).collect();
            count += self.write_doc(sql, vars).await?.len();
        }
        Ok(count)
    }
}

fn json(fields: &Fields) -> Value {
    bind(serde_json::Value::Object(fields.clone()))
}

fn row(table: Table, id: &str, doc: Fields) -> Value {
    match content(doc) {
        Value::Object(mut object) => {
            object.insert("id".to_owned(), key(table, id));
            Value::Object(object)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(n: i64) -> Fields {
        Fields::from_iter([
            ("n".to_owned(), n.into()),
            ("state".to_owned(), "waiting".into()),
            ("due".to_owned(), format!("2026-01-0{n}").into()),
        ])
    }

    #[tokio::test]
    async fn what_is_made_twice_is_there_once_and_unchanged() {
        let store = Store::open("mem://").await.unwrap();
        let named = |n: i64| (format!("a/{n}"), doc(n));
        assert_eq!(store.make_docs(Table::Notice, vec![named(1), named(2)]).await.unwrap(), 2);
        let read = Fields::from_iter([("read".to_owned(), true.into())]);
        assert_eq!(
            store.patch_docs(Table::Notice, &["a/1".to_owned(), "a/9".to_owned()], &read).await.unwrap(),
            1,
            "none is made by a patch"
        );
        assert_eq!(store.make_docs(Table::Notice, vec![named(1), named(2), named(3)]).await.unwrap(), 1);
        let found = store.docs_below(Table::Notice, "a/", None, 10).await.unwrap();
        assert_eq!(
            found.iter().map(|(k, d)| (k.as_str(), d.contains_key("read"))).collect::<Vec<_>>(),
            [("a/1", true), ("a/2", false), ("a/3", false)]
        );
        let rest = store.docs_below(Table::Notice, "a/", Some("a/2"), 10).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert!(store.docs_below(Table::Notice, "b/", None, 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_due_comes_in_its_order() {
        let store = Store::open("mem://").await.unwrap();
        let docs = [3, 1, 2, 5].map(|n| (format!("x{n}"), doc(n))).to_vec();
        store.make_docs(Table::Outbox, docs).await.unwrap();
        let due = store.docs_due(Table::Outbox, "waiting", "2026-01-03", 2).await.unwrap();
        assert_eq!(due.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["x1", "x2"]);
        let last = store.docs_last_due(Table::Outbox, "waiting", 1).await.unwrap();
        assert_eq!(last[0].0, "x5");
        // Who is second does nothing.
        let (all, dead) = (["x1".to_owned()], Fields::from_iter([("state".to_owned(), "dead".into())]));
        assert_eq!(store.patch_docs_in(Table::Outbox, "sent", &all, &dead).await.unwrap(), 0);
        assert_eq!(store.delete_docs_in(Table::Outbox, "dead", &all).await.unwrap(), 0);
        assert_eq!(store.delete_docs_in(Table::Outbox, "waiting", &all).await.unwrap(), 1);
        assert_eq!(store.docs_due(Table::Outbox, "waiting", "2026-01-03", 9).await.unwrap().len(), 2);
    }
}
