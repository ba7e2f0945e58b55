//! Names in filters: `company = "Acme"`, `owner = olena`, `stage = "Closed won"`. People write what things are called, the
//! index asks for ids. A name that means one record becomes that record; one that means none or several is an error that says
//! what else there is, and never a list without rows.
//!
//! Only what the person may see has a name here: whoever may not see a company is told that there is none.

use std::collections::BTreeSet;

use domain::filter::{Cond, Op, Plain};
use domain::list::Sort;
use domain::rights::Act;
use domain::schema::FieldType;
use domain::text::fold;
use domain::{Error, FieldError, Filter, Id, Kind, Record, Result};
use index::Query;

use super::{hidden, of_index, scope};
use crate::Ctx;
use crate::import::closest::likeness;

/// Names that are offered instead of an unknown one.
const OFFERED: usize = 3;

const UNKNOWN: &str = "filter_unknown";

/// The same filter with ids in place of names.
pub(crate) fn named(ctx: &Ctx, kind: Kind, filter: Filter) -> Result<Filter> {
    let each = |parts: Vec<Filter>| parts.into_iter().map(|f| named(ctx, kind, f)).collect::<Result<Vec<Filter>>>();
    Ok(match filter {
        Filter::All(parts) => Filter::All(each(parts)?),
        Filter::Any(parts) => Filter::Any(each(parts)?),
        Filter::Not(inner) => Filter::Not(Box::new(named(ctx, kind, *inner)?)),
        Filter::Is(cond) => Filter::Is(condition(ctx, kind, cond)?),
    })
}

fn condition(ctx: &Ctx, kind: Kind, cond: Cond) -> Result<Cond> {
    let means: fn(&Ctx, Kind, &str, &str) -> Result<Vec<String>> = match kind.any_field(&cond.field).map(|f| f.ty) {
        Some(FieldType::Ref(_) | FieldType::Refs(_)) => |ctx, target, field, v| Ok(vec![record(ctx, target, field, v)?]),
        Some(FieldType::Stage) => |ctx, _, field, v| stages(ctx, field, v),
        Some(FieldType::Phone | FieldType::Phones) if cond.op != Op::Contains => {
            |ctx, _, _, v| Ok(vec![crate::phones::sought(ctx, v).unwrap_or_else(|| v.to_owned())])
        }
        Some(FieldType::Text(_) | FieldType::Tags | FieldType::Email | FieldType::Emails) => {
            let Some(def) = kind.any_field(&cond.field) else { return Ok(cond) };
            let whole = cond.op != Op::Contains;
            let values = cond.values.iter().map(|v| crate::forms::sought(kind, def, v, whole)).collect();
            return Ok(Cond { values, ..cond });
        }
        _ => return Ok(cond),
    };
    let target = match kind.any_field(&cond.field).map(|f| f.ty) {
        Some(FieldType::Ref(target) | FieldType::Refs(target)) => target,
        _ => Kind::Pipeline,
    };
    let mut values = Vec::with_capacity(cond.values.len());
    for value in &cond.values {
        values.extend(means(ctx, target, &cond.field, value)?);
    }
    Ok(Cond { values, ..cond })
}

fn wrong(code: &str, field: &str, value: &str, options: &[String]) -> Error {
    let error = FieldError::new("filter", code).with("field", field).with("value", value);
    let error = if options.is_empty() { error } else { error.with("options", options.join(", ")) };
    Error::Invalid { fields: vec![error] }
}

/// The id of the one record that is meant; ids and words such as `me` stay as they are.
fn record(ctx: &Ctx, target: Kind, field: &str, value: &str) -> Result<String> {
    let word = target == Kind::User && matches!(value, "me" | "my-team");
    if word || Id::parse(value).is_some() {
        return Ok(value.to_owned());
    }
    let found = match in_house(ctx, target) {
        Some(all) => {
            let found = called(&all, value);
            if found.is_empty() {
                let names = all.iter().map(|(_, name, _)| name.as_str());
                return Err(unknown(field, value, nearest(value, names)));
            }
            found
        }
        None => in_index(ctx, target, value)?,
    };
    match found.as_slice() {
        [one] => Ok(one.to_string()),
        [] => Err(unknown(field, value, Vec::new())),
        several => {
            let ids: Vec<String> = several.iter().take(OFFERED).map(ToString::to_string).collect();
            Err(wrong("filter_ambiguous", field, value, &ids))
        }
    }
}

fn unknown(field: &str, value: &str, options: Vec<String>) -> Error {
    wrong(if options.is_empty() { UNKNOWN } else { "filter_nearest" }, field, value, &options)
}

/// Id, name, e-mail of those who are kept in memory. None: another kind.
fn in_house(ctx: &Ctx, target: Kind) -> Option<Vec<(Id, String, String)>> {
    let directory = ctx.app.directory();
    let who = ctx.who();
    let of = |r: &Record| (r.id, r.name().to_owned(), r.text("email").to_owned());
    let seen = |r: &&Record| r.deleted_at.is_none() && who.sees(r);
    Some(match target {
        Kind::User => directory.users.values().filter(seen).map(of).collect(),
        Kind::Team => directory.teams.values().filter(seen).map(of).collect(),
        Kind::Resource => directory.resources.values().filter(seen).map(of).collect(),
        Kind::Pipeline => directory.pipelines.iter().map(|p| (p.id, p.name.clone(), String::new())).collect(),
        _ => return None,
    })
}

/// By the whole name or address; else by what people call each other: one word of the name, or the address before its sign.
fn called(all: &[(Id, String, String)], value: &str) -> Vec<Id> {
    let wanted = fold(value);
    let those = |fits: &dyn Fn(&str, &str) -> bool| {
        all.iter().filter(|(_, name, email)| fits(&fold(name), &fold(email))).map(|(id, ..)| *id).collect::<Vec<Id>>()
    };
    let whole = those(&|name, email| name == wanted || email == wanted);
    if !whole.is_empty() {
        return whole;
    }
    those(&|name, email| name.split(' ').any(|w| w == wanted) || email.split_once('@').is_some_and(|(own, _)| own == wanted))
}

fn within(ctx: &Ctx, target: Kind) -> Option<Query> {
    ctx.who().may_some(Act::View, target).then(|| Query {
        filter: hidden(ctx, target).unwrap_or(Plain::All(Vec::new())),
        scope: scope(ctx, target),
        ..Query::all(target)
    })
}

fn in_index(ctx: &Ctx, target: Kind, value: &str) -> Result<Vec<Id>> {
    let Some(query) = within(ctx, target) else { return Ok(Vec::new()) };
    let filter = Plain::All(vec![query.filter.clone(), Plain::OneOf("name".to_owned(), vec![fold(value)])]);
    let sort = Sort { field: "name".to_owned(), descending: false };
    let page = ctx.app.0.index.list(&Query { filter, ..query }, &sort, None, 0, OFFERED + 1, false).map_err(of_index)?;
    Ok(page.ids)
}

/// Stages by their id, else by what they are called in any pipeline; also those of a pipeline in the bin, which has deals.
fn stages(ctx: &Ctx, field: &str, value: &str) -> Result<Vec<String>> {
    let directory = ctx.app.directory();
    let all: Vec<(String, String)> = directory.every_stage().map(|s| (s.id.clone(), s.name.clone())).collect();
    let wanted = fold(value);
    if all.iter().any(|(id, _)| fold(id) == wanted) {
        return Ok(vec![value.to_owned()]);
    }
    let found: BTreeSet<String> = all.iter().filter(|(_, name)| fold(name) == wanted).map(|(id, _)| id.clone()).collect();
    if found.is_empty() {
        return Err(unknown(field, value, nearest(value, directory.pipelines.iter().flat_map(|p| &p.stages).map(|s| s.id.as_str()))));
    }
    Ok(found.into_iter().collect())
}

/// The likeliest first, as they would be written.
pub(crate) fn nearest<'a>(value: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: BTreeSet<&str> = names.filter(|n| !n.is_empty()).collect();
    let mut near: Vec<(f64, &str)> = names.into_iter().map(|n| (likeness(value, n), n)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter().take(OFFERED).map(|(_, n)| quoted(n)).collect()
}

fn quoted(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\\\""))
    }
}

/// What else there is, where the database has to be asked for names.
pub(crate) async fn helped(ctx: &Ctx, kind: Kind, error: Error) -> Error {
    let Error::Invalid { fields } = &error else { return error };
    let said = |name: &str| fields.first().and_then(|e| e.params.iter().find(|(n, _)| n == name)).map(|(_, v)| v.clone());
    let unknown = fields.first().is_some_and(|e| e.code == UNKNOWN);
    let (true, Some(field), Some(value)) = (unknown, said("field"), said("value")) else { return error };
    let Some(FieldType::Ref(target) | FieldType::Refs(target)) = kind.any_field(&field).map(|f| f.ty) else { return error };
    let Some(query) = within(ctx, target) else { return error };
    let Ok(found) = ctx.app.0.index.search(&value, &[query], OFFERED) else { return error };
    let ids: Vec<Id> = found.into_iter().map(|(_, id, _)| id).collect();
    // Help is help: without it the error stands as it is.
    let Ok(records) = super::get_many(ctx, target, &ids).await else { return error };
    if records.is_empty() {
        return error;
    }
    wrong("filter_nearest", &field, &value, &nearest(&value, records.iter().map(Record::name)))
}
