//! JSON: an array of records as the REST interface writes them, with `{"id", "name"}` where a relation or stage stands.

use domain::list::ListPage;
use domain::schema::FieldType;
use domain::{Id, Record, Result};
use serde_json::{Map, Value, json};

use super::Column;
use super::cells::stage_name;
use crate::Ctx;
use crate::ctx::internal;
use crate::directory::Directory;

pub(super) fn rows(ctx: &Ctx, columns: &[Column], page: &ListPage, first: bool, out: &mut Vec<u8>) -> Result<()> {
    let directory = ctx.app.directory();
    let mut first = first;
    for record in &page.records {
        out.extend_from_slice(if first { b"\n" } else { b",\n" });
        first = false;
        serde_json::to_writer(&mut *out, &object(columns, record, page, &directory)).map_err(|e| internal(&e))?;
    }
    Ok(())
}

fn object(columns: &[Column], record: &Record, page: &ListPage, directory: &Directory) -> Value {
    let linked = |v: &Value| match v.as_str().and_then(Id::parse) {
        Some(id) => match page.labels.get(&id) {
            Some(label) => json!({"id": id, "name": label.name}),
            None => json!({"id": id}),
        },
        None => v.clone(),
    };
    let mut out = Map::new();
    for column in columns {
        let value = match column {
            Column::Id => json!(record.id),
            Column::Version => json!(record.version),
            Column::Currency(_) => continue,
            Column::Field(f) => match (f.name, f.ty, record.fields.get(f.name)) {
                ("created_at", ..) => json!(record.created_at),
                ("updated_at", ..) => json!(record.updated_at),
                (_, _, None) => Value::Null,
                (_, FieldType::Ref(_), Some(v)) => linked(v),
                (_, FieldType::Refs(_), Some(Value::Array(list))) => list.iter().map(linked).collect(),
                (_, FieldType::Stage, Some(v)) => json!({"id": v, "name": stage_name(record, directory)}),
                (_, _, Some(v)) => v.clone(),
            },
        };
        out.insert(column.name().to_owned(), value);
    }
    Value::Object(out)
}
