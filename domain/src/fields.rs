//! The fields of a record as JSON, and the one place where they are checked and brought to canonical form.

use serde_json::{Map, Value};

use crate::money::{Currency, LARGEST, NoMoney};
use crate::pipelines::{Stage, check_stages};
use crate::record::Id;
use crate::schema::{DERIVED, FieldDef, FieldType, REQUIRED};
use crate::{Error, FieldError, Kind, Money, Result, text, time};

/// Field name → canonical JSON value. An empty field is absent (or null in a patch).
pub type Fields = Map<String, Value>;

pub const LONG_TEXT: usize = 20_000;
pub const MANY: usize = 100;

/// Is this a complete new record, or the changed fields of an old one?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Create,
    Patch,
}

/// Checks what a person or program sent and returns it in canonical form; null stands for "make empty".
///
/// Every problem is reported at once: unknown fields, derived fields, wrong types, missing required fields.
pub fn check(kind: Kind, sent: &Fields, mode: Mode) -> Result<Fields> {
    let mut errors = Vec::new();
    let mut out = Fields::new();
    for (name, value) in sent {
        let Some(def) = kind.field(name) else {
            errors.push(FieldError::new(name, "unknown_field"));
            continue;
        };
        if def.is(DERIVED) {
            errors.push(FieldError::new(name, "read_only"));
            continue;
        }
        match canonical(def, value) {
            Ok(Value::Null) if def.is(REQUIRED) => errors.push(FieldError::new(name, "required")),
            Ok(Value::Null) if mode == Mode::Create => {}
            Ok(v) => {
                out.insert(name.clone(), v);
            }
            Err(e) => errors.push(e),
        }
    }
    if mode == Mode::Create {
        let missing = kind.fields().iter().filter(|f| f.is(REQUIRED) && !sent.contains_key(f.name));
        errors.extend(missing.map(|f| FieldError::new(f.name, "required")));
        if kind == Kind::Contact && !["given_name", "family_name"].iter().any(|n| out.contains_key(*n)) {
            errors.push(FieldError::new("family_name", "required"));
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(Error::Invalid { fields: errors }) }
}

/// One value in canonical form. Empty text, empty lists and null all become null.
pub fn canonical(def: &FieldDef, value: &Value) -> Result<Value, FieldError> {
    let err = |code: &str| FieldError::new(def.name, code);
    if value.is_null() {
        return Ok(Value::Null);
    }
    let string = || value.as_str().map(text::trimmed).ok_or_else(|| err("text"));
    let or_null = |s: String| {
        if s.is_empty() { Value::Null } else { Value::String(s) }
    };
    match def.ty {
        FieldType::Text(max) => {
            let s = clean_line(string()?);
            if s.chars().count() > usize::from(max) {
                return Err(err("too_long").with("max", max));
            }
            Ok(or_null(s))
        }
        FieldType::LongText => {
            let s = value.as_str().ok_or_else(|| err("text"))?.trim_end();
            let s = if text::trimmed(s).is_empty() { "" } else { s };
            if s.chars().count() > LONG_TEXT {
                return Err(err("too_long").with("max", LONG_TEXT));
            }
            Ok(or_null(s.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()))
        }
        FieldType::Email => text_with(string()?, text::normal_email, || err("email")),
        FieldType::Phone => text_with(string()?, text::typed_phone, || err("phone")),
        FieldType::Url => text_with(string()?, text::normal_url, || err("url")),
        FieldType::Emails => many(value, def, |s| text::normal_email(s).ok_or("email")),
        FieldType::Phones => many(value, def, |s| text::typed_phone(s).ok_or("phone")),
        FieldType::Tags => many(value, def, |s| if s.chars().count() <= 60 { Ok(clean_line(s)) } else { Err("too_long") }),
        FieldType::Refs(_) => many(value, def, |s| Id::parse(s).map(|i| i.to_string()).ok_or("reference")),
        FieldType::Int => match value.as_i64() {
            Some(n) if n.unsigned_abs() <= 1_000_000_000_000 => Ok(n.into()),
            _ => Err(err("int")),
        },
        FieldType::Percent => match value.as_i64() {
            Some(n @ 0..=100) => Ok(n.into()),
            _ => Err(err("percent")),
        },
        FieldType::Money => amount(def, value),
        FieldType::Date => match string()? {
            "" => Ok(Value::Null),
            // A year of one, two or three digits is a slip of the keyboard.
            s => time::parse_date(s).filter(|d| chrono::Datelike::year(d) >= 1000).map(|d| time::date(d).into()).ok_or_else(|| err("date")),
        },
        FieldType::Instant => match string()? {
            "" => Ok(Value::Null),
            s => time::canonical_instant(s).map(Value::String).ok_or_else(|| err("instant")),
        },
        FieldType::Moment => match string()? {
            "" => Ok(Value::Null),
            s => {
                let day = time::parse_date(s).map(time::date);
                day.or_else(|| time::canonical_instant(s)).map(Value::String).ok_or_else(|| err("moment"))
            }
        },
        FieldType::Special(_) => Ok(match value {
            Value::Array(list) if list.is_empty() => Value::Null,
            Value::Object(o) if o.is_empty() => Value::Null,
            Value::String(s) if text::trimmed(s).is_empty() => Value::Null,
            other => other.clone(),
        }),
        FieldType::Bool => value.as_bool().map(Value::Bool).ok_or_else(|| err("bool")),
        FieldType::Choice(options) => match string()? {
            "" => Ok(Value::Null),
            s if options.contains(&s) => Ok(s.into()),
            _ => Err(err("choice").with("options", options.join(", "))),
        },
        FieldType::Ref(_) => match string()? {
            "" => Ok(Value::Null),
            s => Id::parse(s).map(|i| i.to_string().into()).ok_or_else(|| err("reference")),
        },
        FieldType::Stage => Ok(or_null(clean_line(string()?))),
        FieldType::Stages => {
            let stages: Vec<Stage> = serde_json::from_value(value.clone()).map_err(|_| err("stages"))?;
            check_stages(&stages).map_err(|e| match e {
                Error::Invalid { fields } => fields.into_iter().next().unwrap_or_else(|| err("stages")),
                _ => err("stages"),
            })?;
            serde_json::to_value(stages).map_err(|_| err("stages"))
        }
    }
}

/// An amount in canonical form. Nothing costs less than nothing: what is paid back is a deal that was lost, or none.
fn amount(def: &FieldDef, value: &Value) -> Result<Value, FieldError> {
    let err = |code: &str| FieldError::new(def.name, code);
    // A bare number says nothing of its currency.
    let part = |name: &str| value.get(name).ok_or_else(|| err("money_object"));
    let code = part("currency")?.as_str().ok_or_else(|| err("money_object"))?;
    let currency = Currency::parse(code).ok_or_else(|| err("currency").with("value", code))?;
    let read = match part("amount")? {
        Value::String(s) => Money::read(s, currency),
        Value::Number(n) => Money::read(&n.to_string(), currency),
        _ => return Err(err("money_object")),
    };
    match read {
        Ok(m) if m.minor < 0 => Err(err("money_negative")),
        Ok(m) if m.minor <= LARGEST => Ok(m.to_json()),
        Ok(_) | Err(NoMoney::TooLarge) => Err(err("money_range").with("max", currency.largest()).with("currency", currency.code())),
        Err(NoMoney::Form) => Err(err(currency.no_amount())),
    }
}

/// How many a list may have. Everybody may be asked to a meeting.
pub fn most_of(def: &FieldDef) -> usize {
    if def.name == "attendees" { crate::calendar::event::MAX_PEOPLE } else { MANY }
}

fn clean_line(s: &str) -> String {
    text::trimmed(s).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn text_with(s: &str, f: impl Fn(&str) -> Option<String>, err: impl Fn() -> FieldError) -> Result<Value, FieldError> {
    if s.is_empty() {
        return Ok(Value::Null);
    }
    f(s).map(Value::String).ok_or_else(err)
}

fn many(value: &Value, def: &FieldDef, f: impl Fn(&str) -> Result<String, &'static str>) -> Result<Value, FieldError> {
    let err = |code: &str| FieldError::new(def.name, code);
    let list = value.as_array().ok_or_else(|| err("list"))?;
    let most = most_of(def);
    if list.len() > most {
        return Err(err("too_many").with("max", most));
    }
    let mut out: Vec<Value> = Vec::with_capacity(list.len());
    for item in list {
        let s = text::trimmed(item.as_str().ok_or_else(|| err("list"))?);
        if s.is_empty() {
            continue;
        }
        let v = Value::String(f(s).map_err(|code| err(code).with("value", s))?);
        if !out.contains(&v) {
            out.push(v);
        }
    }
    Ok(if out.is_empty() { Value::Null } else { Value::Array(out) })
}

/// `old` with `patch` laid over it; null removes.
pub fn merged(old: &Fields, patch: &Fields) -> Fields {
    let mut out = old.clone();
    for (k, v) in patch {
        if v.is_null() {
            out.remove(k);
        } else {
            out.insert(k.clone(), v.clone());
        }
    }
    out
}

/// The fields in which the two differ, as (before, after) with null for "empty".
pub fn difference(old: &Fields, new: &Fields) -> (Fields, Fields) {
    let (mut before, mut after) = (Fields::new(), Fields::new());
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (a, b) = (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
        if a != b {
            before.insert(name.clone(), a.clone());
            after.insert(name.clone(), b.clone());
        }
    }
    (before, after)
}

/// Fields of `patch` whose stored value is neither what the writer saw nor what they want to write.
pub fn clashes(current: &Fields, patch: &Fields, base: &Fields) -> Vec<String> {
    let get = |f: &Fields, name: &str| f.get(name).cloned().unwrap_or(Value::Null);
    patch
        .iter()
        .filter(|(name, new)| {
            let now = get(current, name);
            now != **new && now != get(base, name)
        })
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn obj(v: Value) -> Fields {
        v.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let sent = obj(
            json!({"nam": "x", "stage_since": "2020-01-01T00:00:00Z", "probability": 101, "amount": {"amount": "1.005", "currency": "USD"}}),
        );
        let Err(Error::Invalid { fields }) = check(Kind::Deal, &sent, Mode::Create) else { panic!("accepted") };
        let got: Vec<_> = fields.iter().map(|f| format!("{}:{}", f.field, f.code)).collect();
        for want in ["nam:unknown_field", "stage_since:read_only", "probability:percent", "amount:money", "name:required"] {
            assert!(got.iter().any(|g| g == want), "{want} missing in {got:?}");
        }
    }

    #[test]
    fn values_become_canonical() {
        let sent = obj(json!({"family_name": " Snelling ", "emails": ["Ann@X.com", "ann@x.com", ""], "tags": []}));
        let got = check(Kind::Contact, &sent, Mode::Create).unwrap_or_default();
        assert_eq!(Value::Object(got), json!({"family_name": "Snelling", "emails": ["ann@x.com"]}));
    }

    #[test]
    fn an_amount_that_is_refused_says_why() {
        let price = |amount: Value, currency: &str| {
            let sent = obj(json!({"name": "Pump", "price": {"amount": amount, "currency": currency}}));
            match check(Kind::Product, &sent, Mode::Create) {
                Ok(fields) => fields["price"]["amount"].as_str().unwrap_or_default().to_owned(),
                Err(Error::Invalid { fields }) => format!("{}:{}", fields[0].field, fields[0].code),
                Err(other) => panic!("{other:?}"),
            }
        };
        for (amount, said) in [
            (json!("99999999999999999"), "price:money_range"),
            (json!("99999999999999999999999999"), "price:money_range"),
            (json!("10000000000000.01"), "price:money_range"),
            (json!("10000000000000"), "10000000000000.00"),
            (json!("-5"), "price:money_negative"),
            (json!(-0.01), "price:money_negative"),
            (json!("-0"), "0.00"),
            (json!("five"), "price:money"),
            (json!(null), "price:money_object"),
        ] {
            assert_eq!(price(amount.clone(), "USD"), said, "{amount}");
        }
        // What is said to do can be done.
        assert_eq!(price(json!("100.5"), "JPY"), "price:money_whole");
        assert_eq!(price(json!("1054"), "JPY"), "1054");
        assert_eq!(price(json!("1.0005"), "KWD"), "price:money_fine");
        assert_eq!(price(json!("1054.000"), "KWD"), "1054.000");
        assert_eq!(price(json!("5"), "US"), "price:currency");
    }

    #[test]
    fn a_name_that_nobody_sees_is_none() {
        let nothing = "\u{200b}\u{feff} \u{2060}";
        for kind in Kind::ALL {
            for def in kind.fields().iter().filter(|f| f.is(REQUIRED) && matches!(f.ty, FieldType::Text(_) | FieldType::LongText)) {
                let sent = Fields::from_iter([(def.name.to_owned(), nothing.into())]);
                for mode in [Mode::Create, Mode::Patch] {
                    let Err(Error::Invalid { fields }) = check(kind, &sent, mode) else { panic!("{kind:?} {} accepted", def.name) };
                    assert!(fields.iter().any(|e| e.field == def.name && e.code == "required"), "{kind:?} {fields:?}");
                }
            }
        }
        let contact = obj(json!({"given_name": nothing, "family_name": nothing}));
        assert!(check(Kind::Contact, &contact, Mode::Create).is_err());
        let named = check(Kind::Company, &obj(json!({"name": "\u{feff}Acme\u{200b}"})), Mode::Create).unwrap();
        assert_eq!(named["name"], "Acme");
    }

    #[test]
    fn different_fields_never_clash_and_the_same_field_does() {
        let current = obj(json!({"name": "B", "city": "Kyiv"}));
        let base = obj(json!({"name": "A", "city": "Kyiv"}));
        assert!(clashes(&current, &obj(json!({"city": "Lviv"})), &base).is_empty());
        assert_eq!(clashes(&current, &obj(json!({"name": "C"})), &base), ["name"]);
        assert!(clashes(&current, &obj(json!({"name": "B"})), &base).is_empty(), "both wrote the same");
    }
}
