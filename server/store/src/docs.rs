//! Small things that are no records: credentials, sessions, tokens, views, import runs, settings. JSON by key.

use domain::{Fields, Id};
use surrealdb::types::{RecordId, RecordIdKey, Value};

use crate::db::{DbError, Store, bind, rows_of, text};
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
        }
    }
}

pub(crate) fn key(table: Table, key: &str) -> Value {
    Value::RecordId(RecordId::new(table.name().to_owned(), RecordIdKey::String(key.to_owned())))
}

fn split(row: Value) -> Option<(String, Fields)> {
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

    pub async fn put_doc(&self, table: Table, id: &str, mut doc: Fields) -> Result<(), DbError> {
        doc.retain(|_, v| !v.is_null());
        let vars = vec![("id", key(table, id)), ("doc", bind(serde_json::Value::Object(doc)))];
        self.run_writing(Size::Small, "UPSERT $id CONTENT $doc RETURN NONE", vars).await.map(|_| ())
    }

    /// The same for one that is there; false when it is not (any more), and then nothing is written.
    pub async fn renew_doc(&self, table: Table, id: &str, mut doc: Fields) -> Result<bool, DbError> {
        doc.retain(|_, v| !v.is_null());
        let vars = vec![("id", key(table, id)), ("doc", bind(serde_json::Value::Object(doc)))];
        Ok(!rows_of(self.run_writing(Size::Small, "UPDATE $id CONTENT $doc", vars).await?)?.is_empty())
    }

    pub async fn delete_doc(&self, table: Table, id: &str) -> Result<(), DbError> {
        self.run_writing(Size::Small, "DELETE $id RETURN NONE", vec![("id", key(table, id))]).await.map(|_| ())
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
}
