//! Writing: records, their history and small documents in one transaction, or not at all.

use domain::record::Change;
use domain::{Fields, Id, Kind, Record};
use surrealdb::types::{Object, SurrealValue, Value};

use crate::changes;
use crate::db::{DbError, Store, bind};
use crate::docs::{Table, key};
use crate::marks::{self, Mark};
use crate::records::{record_id, record_ids, strings, to_row};
use crate::room::Size;

/// One record to be written as a whole.
#[derive(Clone, Debug)]
pub struct Put {
    pub record: Record,
    /// The version that is overwritten; None: the record is new.
    pub over: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Doc {
    pub table: Table,
    pub key: String,
    /// None deletes.
    pub doc: Option<Fields>,
    /// Only where there is none, or one whose `at` is before this instant; otherwise nothing at all is written.
    pub claim: Option<String>,
}

/// Everything that belongs together.
#[derive(Clone, Debug, Default)]
pub struct Write {
    pub puts: Vec<Put>,
    /// Each with the ids of the records whose pages show it too.
    pub changes: Vec<(Change, Vec<Id>)>,
    pub docs: Vec<Doc>,
    /// Records that the write relies on without writing them, at the version that it saw.
    pub expects: Vec<(Kind, Id, i64)>,
    pub marks: Vec<Mark>,
    /// Stages that no deal may stand in at that moment.
    pub vacant: Vec<Vacant>,
}

/// Stages of a pipeline that go, or the pipeline as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacant {
    pub pipeline: Id,
    /// None: the pipeline goes, and another one that does not go with it has to stay unless `last`.
    pub stages: Option<Vec<String>>,
    /// No pipeline need stay: an import that brought the first one is taken back.
    pub last: bool,
}

#[derive(Debug)]
pub enum WriteError {
    /// Somebody else wrote this record, or was at one of the marks (then it is no record's id). Nothing was written.
    Stale(Id),
    /// A unique index refused; nothing was written.
    Taken {
        index: String,
    },
    /// Deals stand in the stages that were to go. Nothing was written.
    Occupied(Id),
    /// It was the last pipeline. Nothing was written.
    Last,
    /// So much at once would fill the engine's memory for what is not on disk yet, and close the database for everybody.
    /// Nothing was written; in smaller parts it goes.
    Heavy,
    /// Somebody else made a document that was to be new. Nothing was written.
    Claimed,
    Db(DbError),
}

/// A transaction has to fit into the memtable (32 MiB) together with others, and each text is in it more than once: in the
/// row, in the history, in indexes.
pub const HEAVIEST: usize = 8 * 1024 * 1024;

impl Write {
    /// About how many bytes it writes.
    pub fn weight(&self) -> usize {
        let puts: usize = self.puts.iter().map(Put::weight).sum();
        let fields = |f: &Fields| f.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>();
        let change = |(c, links): &(Change, Vec<Id>)| 200 + fields(&c.before) + fields(&c.after) + 100 * links.len();
        puts + self.changes.iter().map(change).sum::<usize>() + self.docs.iter().filter_map(|d| d.doc.as_ref()).map(fields).sum::<usize>()
    }
}

impl Put {
    pub fn weight(&self) -> usize {
        200 + self.record.fields.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>()
    }
}

fn weight(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::String(s) => 8 + s.len(),
        serde_json::Value::Array(list) => list.iter().map(|v| 8 + weight(v)).sum(),
        serde_json::Value::Object(map) => map.iter().map(|(name, v)| 8 + name.len() + weight(v)).sum(),
        _ => 8,
    }
}

/// Rows a transaction; more make the engine slow.
const CHUNK: usize = 100;

impl Store {
    pub async fn write(&self, write: &Write) -> Result<(), WriteError> {
        if write.weight() > HEAVIEST {
            return Err(WriteError::Heavy);
        }
        let mut sql = String::from("BEGIN;");
        let mut vars: Vec<(&'static str, Value)> = Vec::new();
        sql.push_str(self.in_time());
        if !write.marks.is_empty() {
            sql.push_str(marks::LEAVE);
            vars.push(("marks", marks::bound(&write.marks)));
            // The write is known by its last change: whoever finds the mark can see whether they have taken that in.
            let name = write.changes.last().map_or_else(|| uuid::Uuid::now_v7().to_string(), |(c, _)| c.id.to_string());
            vars.push(("mark", Value::String(name)));
        }
        if !write.expects.is_empty() {
            sql.push_str(marks::EXPECT);
            vars.push(("expects", marks::expected(&write.expects)));
        }
        if !write.vacant.is_empty() {
            sql.push_str(VACANT);
            vars.push(("vacant", Value::Array(write.vacant.iter().map(vacant).collect::<Vec<_>>().into())));
            let leaving: Vec<Id> = write.vacant.iter().filter(|v| v.stages.is_none()).map(|v| v.pipeline).collect();
            vars.push(("leaving", record_ids(Kind::Pipeline.name(), &leaving)));
        }
        let (creates, updates): (Vec<&Put>, Vec<&Put>) = write.puts.iter().partition(|p| p.over.is_none());
        if !creates.is_empty() {
            sql.push_str("INSERT $creates RETURN NONE;");
            vars.push(("creates", Value::Array(creates.iter().map(|p| created(&p.record)).collect::<Vec<_>>().into())));
        }
        match updates.as_slice() {
            [] => {}
            [one] => {
                sql.push_str(
                    "LET $hit = (UPDATE ONLY $id CONTENT $row WHERE version = $over RETURN VALUE version);
                     IF $hit = NONE { THROW 'rapport:stale:' + $key };",
                );
                vars.push(("id", Value::RecordId(record_id(one.record.kind.name(), one.record.id))));
                vars.push(("row", to_row(&one.record)));
                vars.push(("over", one.over.unwrap_or_default().into_value()));
                vars.push(("key", Value::String(one.record.id.to_string())));
            }
            many => {
                sql.push_str(
                    "FOR $w IN $updates {
                        LET $hit = (UPDATE ONLY $w.id CONTENT $w.row WHERE version = $w.over RETURN VALUE version);
                        IF $hit = NONE { THROW 'rapport:stale:' + $w.key };
                     };",
                );
                vars.push(("updates", Value::Array(many.iter().map(|p| updated(p)).collect::<Vec<_>>().into())));
            }
        }
        if !write.changes.is_empty() {
            sql.push_str("INSERT INTO change $changes RETURN NONE;");
            let rows: Vec<Value> = write.changes.iter().filter_map(|(c, parents)| changes::to_row(c, parents)).collect();
            vars.push(("changes", Value::Array(rows.into())));
        }
        let (put, gone): (Vec<&Doc>, Vec<&Doc>) = write.docs.iter().partition(|d| d.doc.is_some());
        if !put.is_empty() {
            sql.push_str(
                "FOR $d IN $docs {
                    IF $d.before != NONE AND ((SELECT VALUE at FROM $d.id)[0] ?? '') >= $d.before { THROW 'rapport:claimed' };
                    UPSERT $d.id CONTENT $d.doc RETURN NONE
                 };",
            );
            vars.push(("docs", Value::Array(put.iter().map(|d| document(d)).collect::<Vec<_>>().into())));
        }
        if !gone.is_empty() {
            sql.push_str("DELETE $gone RETURN NONE;");
            vars.push(("gone", Value::Array(gone.iter().map(|d| key(d.table, &d.key)).collect::<Vec<_>>().into())));
        }
        sql.push_str("COMMIT;");
        let shelf = self.inner.shelf.as_ref();
        let writing = shelf.map(|shelf| shelf.write(write.puts.iter().map(|p| (p.record.kind, p.record.id))));
        let outcome = self.run_writing(Size::Any, &sql, vars).await;
        if let Some(writing) = writing.filter(|_| !matches!(outcome, Err(DbError::Unavailable(_) | DbError::Full(_)))) {
            writing.ended();
        }
        outcome.map(|_| ()).map_err(|e| match e {
            DbError::Taken { index } => WriteError::Taken { index },
            DbError::Thrown(what) => {
                let id_after = |start: &str| what.strip_prefix(start).and_then(|k| k.get(..36)).and_then(Id::parse);
                match (id_after("rapport:stale:"), id_after("rapport:occupied:")) {
                    (Some(id), _) => WriteError::Stale(id),
                    (_, Some(pipeline)) => WriteError::Occupied(pipeline),
                    _ if what.starts_with("rapport:last") => WriteError::Last,
                    _ if what.starts_with("rapport:claimed") => WriteError::Claimed,
                    _ => WriteError::Db(DbError::Fault(what)),
                }
            }
            other => WriteError::Db(other),
        })
    }

    /// Many new or changed records, each with its change, a hundred to a transaction. Stops at the first chunk that fails
    /// and says how many were written.
    pub async fn write_many(&self, items: &[(Put, Change, Vec<Id>)]) -> Result<(), (usize, WriteError)> {
        for (n, chunk) in items.chunks(CHUNK).enumerate() {
            let write = Write {
                puts: chunk.iter().map(|(p, _, _)| p.clone()).collect(),
                changes: chunk.iter().map(|(_, c, parents)| (c.clone(), parents.clone())).collect(),
                ..Write::default()
            };
            self.write(&write).await.map_err(|e| (n * CHUNK, e))?;
        }
        Ok(())
    }
}

/// Looks through all deals, which takes its time: only for what somebody does once in a while.
const VACANT: &str = "FOR $v IN $vacant {
    LET $there = (SELECT VALUE id FROM deal
        WHERE pipeline = $v.pipeline AND ($v.stages = NONE OR stage IN $v.stages) AND deleted_at = NONE LIMIT 1);
    IF array::len($there) > 0 { THROW 'rapport:occupied:' + $v.pipeline };
    IF $v.stages = NONE AND !$v.last {
        LET $others = (SELECT VALUE id FROM pipeline WHERE deleted_at = NONE AND id NOT IN $leaving LIMIT 1);
        IF array::len($others) = 0 { THROW 'rapport:last' };
    };
 };";

fn vacant(v: &Vacant) -> Value {
    let mut o = Object::new();
    o.insert("pipeline".to_owned(), Value::String(v.pipeline.to_string()));
    o.insert("last".to_owned(), Value::Bool(v.last));
    if let Some(stages) = &v.stages {
        o.insert("stages".to_owned(), strings(stages.iter().cloned()));
    }
    Value::Object(o)
}

fn created(record: &Record) -> Value {
    let mut row = to_row(record);
    if let Value::Object(o) = &mut row {
        o.insert("id".to_owned(), Value::RecordId(record_id(record.kind.name(), record.id)));
    }
    row
}

fn updated(put: &Put) -> Value {
    let mut o = Object::new();
    o.insert("id".to_owned(), Value::RecordId(record_id(put.record.kind.name(), put.record.id)));
    o.insert("row".to_owned(), to_row(&put.record));
    o.insert("over".to_owned(), put.over.unwrap_or_default().into_value());
    o.insert("key".to_owned(), Value::String(put.record.id.to_string()));
    Value::Object(o)
}

fn document(doc: &Doc) -> Value {
    let mut fields = doc.doc.clone().unwrap_or_default();
    fields.retain(|_, v| !v.is_null());
    let mut o = Object::new();
    o.insert("id".to_owned(), key(doc.table, &doc.key));
    o.insert("doc".to_owned(), bind(serde_json::Value::Object(fields)));
    if let Some(before) = &doc.claim {
        o.insert("before".to_owned(), Value::String(before.clone()));
    }
    Value::Object(o)
}
