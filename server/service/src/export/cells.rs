//! A record's values as the cells of a table.

use std::borrow::Cow;

use domain::record::Labels;
use domain::schema::{FieldDef, FieldType};
use domain::{Id, Kind, Record, time};
use serde_json::Value;

use super::Column;
use crate::directory::Directory;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Empty,
    /// Written by people: may look like a formula.
    Text(String),
    Number(String),
    /// `YYYY-MM-DD`
    Date(String),
    /// RFC 3339, UTC
    Instant(String),
    Bool(bool),
}

pub(crate) fn cell(column: Column, record: &Record, labels: &Labels, directory: &Directory) -> Cell {
    match column {
        Column::Id => Cell::Text(record.id.to_string()),
        Column::Version => Cell::Number(record.version.to_string()),
        Column::Currency(f) => record.money(f.name).map_or(Cell::Empty, |m| Cell::Text(m.currency.code().to_owned())),
        Column::Field(f) => field(f, record, labels, directory),
    }
}

fn field(f: &FieldDef, record: &Record, labels: &Labels, directory: &Directory) -> Cell {
    let value = match f.name {
        "created_at" => return Cell::Instant(record.created_at.clone()),
        "updated_at" => return Cell::Instant(record.updated_at.clone()),
        name => record.fields.get(name).unwrap_or(&Value::Null),
    };
    let name_of = |id: &str| Id::parse(id).and_then(|i| labels.get(&i)).map(|l| l.name.clone());
    let join = |list: Vec<String>| if list.is_empty() { Cell::Empty } else { Cell::Text(list.join("; ")) };
    let strings = || value.as_array().into_iter().flatten().filter_map(Value::as_str);
    match (f.ty, value) {
        (_, Value::Null) => Cell::Empty,
        (FieldType::Money, _) => record.money(f.name).map_or(Cell::Empty, |m| Cell::Number(m.amount())),
        (FieldType::Date, Value::String(s)) => Cell::Date(s.clone()),
        (FieldType::Instant, Value::String(s)) => Cell::Instant(s.clone()),
        // People name the last day of a leave, as imports read it; programs the day after.
        (FieldType::Moment, Value::String(s)) if f.name == "end" => match time::parse_date(s) {
            Some(end) => Cell::Date(time::date(time::shift(end, -1)).max(record.text("start").to_owned())),
            // With its offset: a spreadsheet's own times have none.
            None => Cell::Text(s.clone()),
        },
        (FieldType::Moment, Value::String(s)) if time::parse_date(s).is_some() => Cell::Date(s.clone()),
        (FieldType::Stage, Value::String(s)) => Cell::Text(stage_name(record, directory).unwrap_or_else(|| s.clone())),
        (FieldType::Stages, Value::Array(list)) => {
            join(list.iter().filter_map(|s| s.get("name").and_then(Value::as_str)).map(str::to_owned).collect())
        }
        (FieldType::Ref(_), Value::String(s)) => name_of(s).map_or(Cell::Empty, Cell::Text),
        (FieldType::Refs(_), _) => join(strings().filter_map(name_of).collect()),
        (_, Value::Array(_)) => join(strings().map(str::to_owned).collect()),
        (_, Value::Bool(b)) => Cell::Bool(*b),
        (_, Value::Number(n)) => Cell::Number(n.to_string()),
        (_, Value::String(s)) => Cell::Text(s.clone()),
        _ => Cell::Empty,
    }
}

pub(crate) fn stage_name(record: &Record, directory: &Directory) -> Option<String> {
    (record.kind == Kind::Deal).then(|| directory.stage(record).map(|s| s.name.clone())).flatten()
}

/// Spreadsheets run what begins with `=`, `+`, `-` or `@`. An apostrophe before it makes it text again; imports take it off.
/// Figures and phone numbers can do no harm and stay as they are.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    let bare = text.trim_start_matches('\'');
    if !bare.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return Cow::Borrowed(text);
    }
    let figures = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '.' | ',' | ';' | '-' | '+');
    if bare.len() == text.len() && text.starts_with(['+', '-']) && text.chars().all(figures) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{text}"))
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn formulas_are_made_harmless_and_figures_are_left() {
        for bad in ["=1+1", "=HYPERLINK(\"http://x\")", "+cmd|' /C calc'!A0", "-2+3+cmd|x", "@SUM(A1)", "\tx", "'=1"] {
            assert_eq!(guarded(bad), format!("'{bad}"));
        }
        for good in ["+380441234567", "+1 (555) 010-20; +44 20", "-5.00", "", "a=b", "'tis", "Acme"] {
            assert_eq!(guarded(good), good);
        }
    }
}
