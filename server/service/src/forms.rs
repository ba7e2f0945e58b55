//! Normal forms of what people write: entered as they write it, kept so that it matches, shown as they expect it. Texts are in
//! Unicode's form C without what nobody sees in them; web and mail domains are small and readable (IDNA 2008), whichever way they
//! were written. Phone numbers have a room of their own, [`crate::phones`]. What stands already is brought to its form when
//! somebody writes it anew.

mod company;
mod hosts;
mod lines;

use domain::schema::{FieldDef, FieldType};
use domain::{FieldError, Fields, Kind};
use serde_json::Value;

pub(crate) use company::key as company_key;
pub(crate) use hosts::{domain, wire};
pub(crate) use lines::line;

/// Other programs' names for a record are theirs, to the last sign.
const VERBATIM: &[&str] = &["external_id", "slug"];

/// Brings canonical values of this kind to their normal forms; what cannot be brought there is named.
pub(crate) fn settle(kind: Kind, fields: &mut Fields) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (name, value) in fields.iter_mut() {
        if let Some(Err(e)) = kind.field(name).map(|def| settle_value(kind, def, value)) {
            errors.push(e);
        }
    }
    errors
}

/// One canonical value.
///
/// # Errors
/// A web domain or a mail address whose domain cannot be one.
pub(crate) fn settle_value(kind: Kind, def: &FieldDef, value: &mut Value) -> Result<(), FieldError> {
    let err = |code: &str, text: &str| FieldError::new(def.name, code).with("value", text.chars().take(80).collect::<String>());
    match (def.ty, value) {
        (FieldType::Text(_), Value::String(text)) if is_domain(kind, def) => {
            *text = hosts::domain(text).ok_or_else(|| err("domain", text))?;
        }
        (FieldType::Text(_), Value::String(text)) if !VERBATIM.contains(&def.name) => *text = lines::line(text),
        (FieldType::LongText, Value::String(text)) => *text = lines::prose(text),
        (FieldType::Email, Value::String(text)) => *text = hosts::mail(text).ok_or_else(|| err("email", text))?,
        (FieldType::Emails, Value::Array(list)) => each(list, |text| hosts::mail(text).ok_or_else(|| err("email", text)))?,
        (FieldType::Tags, Value::Array(list)) => each(list, |text| Ok(lines::line(text)))?,
        _ => {}
    }
    Ok(())
}

/// What somebody looks for in this field, as it is kept; `whole`: all of a value, not a part of one.
pub(crate) fn sought(kind: Kind, def: &FieldDef, text: &str, whole: bool) -> String {
    match def.ty {
        FieldType::Text(_) if whole && is_domain(kind, def) => hosts::domain(text),
        FieldType::Email | FieldType::Emails if whole => hosts::mail(text),
        _ => None,
    }
    .unwrap_or_else(|| lines::line(text))
}

/// Does this field hold the domain of somebody's web site?
pub(crate) fn is_domain(kind: Kind, def: &FieldDef) -> bool {
    kind == Kind::Company && def.name == "domain"
}

/// What becomes the same is there once.
fn each(list: &mut Vec<Value>, form: impl Fn(&str) -> Result<String, FieldError>) -> Result<(), FieldError> {
    let mut out: Vec<Value> = Vec::with_capacity(list.len());
    for value in list.iter() {
        let value = match value {
            Value::String(text) => Value::String(form(text)?),
            other => other.clone(),
        };
        if !out.contains(&value) {
            out.push(value);
        }
    }
    *list = out;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_comes_to_its_form_and_what_cannot_be_is_named() {
        let company = json!({"name": "Cafe\u{301}\u{200b}  Noir", "domain": "HTTPS://Www.Café.example:443/about", "emails": ["info@café.example", "info@xn--caf-dma.example"],
            "tags": ["a  b", "a b"], "external_id": "K  1", "description": "x\u{202e}y\n z"});
        let mut fields = company.as_object().cloned().unwrap();
        assert_eq!(settle(Kind::Company, &mut fields), []);
        assert_eq!(
            Value::Object(fields),
            json!({"name": "Café Noir", "domain": "café.example", "emails": ["info@café.example"], "tags": ["a b"], "external_id": "K  1",
                "description": "xy\n z"})
        );
        let mut bad = json!({"domain": "no domain", "emails": ["a@b_c.example"]}).as_object().cloned().unwrap();
        let named: Vec<(String, String)> = settle(Kind::Company, &mut bad).into_iter().map(|e| (e.field, e.code)).collect();
        assert_eq!(named, [("domain".to_owned(), "domain".to_owned()), ("emails".to_owned(), "email".to_owned())]);
    }
}
