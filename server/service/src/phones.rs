//! Phone numbers: written as people write them, kept so that they match (E.164), shown as people read them. Which country a
//! number is dialled in is said by the record, else by its company, else by the house; where none of them says it, or where it has
//! no such number, what was typed stays as it was typed. A number that is known once stays what it is when a country changes.

mod country;
mod number;
mod plan;
mod standing;

use domain::record::{Label, Labels};
use domain::schema::FieldType;
use domain::{Fields, Id, Kind, Record, Result, text};
use serde_json::Value;

pub use country::all as countries;
pub(crate) use country::{named as country_named, of_zone};
pub use number::{recognised, spelled};
pub(crate) use standing::{begin as recognise_standing, mark as all_are_recognised, sweep};

use crate::Ctx;
use crate::ctx::fault;
use crate::records::Care;

fn numbers(fields: &Fields, name: &str) -> Vec<String> {
    let list = fields.get(name).and_then(Value::as_array);
    list.map(|l| l.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default()
}

fn phone_fields(kind: Kind) -> impl Iterator<Item = &'static str> {
    kind.fields().iter().filter(|f| f.ty == FieldType::Phones).map(|f| f.name)
}

/// Brings the numbers of `fields` (the whole record as it will be) to the form in which they match. What stands already stays as
/// it is: a country that changed later says nothing about it.
pub(crate) async fn settle(ctx: &Ctx, kind: Kind, before: Option<&Record>, fields: &mut Fields, care: Care<'_>) -> Result<()> {
    for name in phone_fields(kind) {
        let written = numbers(fields, name);
        let standing = before.map(|b| numbers(&b.fields, name)).unwrap_or_default();
        if written == standing {
            continue;
        }
        // Asked once, and only when a number does not say it itself.
        let mut home: Option<Option<String>> = None;
        let mut out: Vec<Value> = Vec::with_capacity(written.len());
        for number in written {
            let settled = if standing.contains(&number) {
                None
            } else if let Some(found) = recognised(&number, None) {
                Some(found)
            } else {
                let home = match &home {
                    Some(home) => home,
                    None => home.insert(dialled_in(ctx, kind, fields, care).await?),
                };
                home.as_deref().and_then(|country| recognised(&number, Some(country)))
            };
            let value = Value::String(settled.unwrap_or(number));
            if !out.contains(&value) {
                out.push(value);
            }
        }
        if !out.is_empty() {
            fields.insert(name.to_owned(), Value::Array(out));
        }
    }
    Ok(())
}

/// The same for what somebody wants to write over `current`, so that it can be compared with what stands there.
pub(crate) async fn settle_patch(ctx: &Ctx, current: &Record, patch: &mut Fields) -> Result<()> {
    for name in phone_fields(current.kind) {
        if patch.get(name).is_some_and(Value::is_array) {
            let mut whole = domain::fields::merged(&current.fields, patch);
            settle(ctx, current.kind, Some(current), &mut whole, Care::Full).await?;
            patch.extend(whole.remove(name).map(|v| (name.to_owned(), v)));
        }
    }
    Ok(())
}

/// Where the numbers of this record are dialled. None: nobody says, or nobody knows the place; then nothing is guessed.
async fn dialled_in(ctx: &Ctx, kind: Kind, fields: &Fields, care: Care<'_>) -> Result<Option<String>> {
    let text = |fields: &Fields, name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = text(fields, "country");
    if !own.is_empty() {
        return Ok(country::named(&own).map(str::to_owned));
    }
    if kind == Kind::Contact
        && let Some(company) = Id::parse(&text(fields, "company"))
    {
        let read = match care {
            Care::Import(read) => read.get(&company).cloned(),
            Care::Full | Care::File => None,
        };
        let company = match read {
            Some(read) => Some(read),
            None => ctx.app.0.store.get(Kind::Company, company).await.map_err(fault)?,
        };
        // Where a company is, that one may not see, is not told by a number either.
        let Some(company) = company.filter(|c| ctx.who().sees(c)) else { return Ok(None) };
        let theirs = company.text("country");
        if !theirs.is_empty() {
            return Ok(country::named(theirs).map(str::to_owned));
        }
    }
    Ok(house(ctx))
}

/// The house's own country.
fn house(ctx: &Ctx) -> Option<String> {
    ctx.app.directory().workspace.as_ref().map(|w| w.country.clone()).filter(|c| !c.is_empty())
}

/// A number that somebody looks for: what they type in the house's own country.
pub(crate) fn sought(ctx: &Ctx, number: &str) -> Option<String> {
    recognised(number, house(ctx).as_deref())
}

/// How the numbers of these records are read, among the names of what they refer to.
pub(crate) fn label(records: &[Record], labels: &mut Labels) {
    for record in records {
        for number in phone_fields(record.kind).flat_map(|name| numbers(&record.fields, name)) {
            if let Some((id, name)) = text::phone_id(&number).zip(spelled(&number)) {
                labels.insert(id, Label { kind: record.kind, name, hint: String::new() });
            }
        }
    }
}
