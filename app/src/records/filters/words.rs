//! A condition in words: what a chip says.

use domain::filter::{Cond, Op};
use domain::money::Currency;
use domain::schema::{FieldDef, FieldType};

use super::super::names::Names;
use super::super::value;
use super::tree::Part;
use crate::prelude::*;

/// Which words the operators of a field take.
pub fn family(ty: FieldType) -> &'static str {
    match ty {
        FieldType::Int | FieldType::Percent | FieldType::Money => "number",
        FieldType::Date | FieldType::Instant => "date",
        FieldType::Text(_)
        | FieldType::LongText
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Emails
        | FieldType::Phones => "text",
        _ => "choice",
    }
}

pub fn operator(ty: FieldType, op: Op) -> String {
    tk(&format!("op.{}.{}", family(ty), op.name()))
}

/// Plain and bold half of a chip.
pub fn describe(kind: Kind, part: &Part, under_any: bool, names: Names) -> (String, String) {
    match part {
        Part::One(cond) => match kind.any_field(&cond.field) {
            Some(def) => condition(kind, def, cond, names),
            None => (cond.field.clone(), cond.values.join(", ")),
        },
        Part::Between { field, low, high } => {
            let label = field_label(kind, field);
            let say = |v: &str| kind.any_field(field).map_or_else(|| v.to_owned(), |def| value_text(def, v, names));
            (label, t!("filter.between_words", low = say(low), high = say(high)))
        }
        Part::Group(parts) => {
            let word = t(if under_any { "filter.and" } else { "filter.or" });
            let texts: Vec<String> = parts
                .iter()
                .map(|p| {
                    let (a, b) = describe(kind, p, !under_any, names);
                    format!("{a} {b}").trim().to_owned()
                })
                .collect();
            (String::new(), texts.join(&format!(" {word} ")))
        }
        Part::Other(filter) => (String::new(), filter.to_string()),
    }
}

fn condition(kind: Kind, def: &FieldDef, cond: &Cond, names: Names) -> (String, String) {
    let label = field_label(kind, def.name);
    let words = operator(def.ty, cond.op);
    if !cond.op.needs_value() {
        return (label, words);
    }
    let values: Vec<String> = cond.values.iter().map(|v| value_text(def, v, names)).collect();
    let values = values.join(t("filter.list_or"));
    // "Owner Me" says it; only other relations need their word.
    if cond.op == Op::Eq { (label, values) } else { (format!("{label} {words}"), values) }
}

/// One value of a condition, as people say it.
pub fn value_text(def: &FieldDef, v: &str, names: Names) -> String {
    match def.ty {
        FieldType::Date | FieldType::Instant => period(v),
        FieldType::Bool => t(if v == "true" { "value.yes" } else { "value.no" }).to_owned(),
        FieldType::Choice(_) => choice_label(def.name, v),
        FieldType::Stage => names.stage_name(None, v),
        FieldType::Ref(_) | FieldType::Refs(_) => match v {
            "me" => t("filter.me").to_owned(),
            "my-team" => t("filter.my_team").to_owned(),
            id => match Id::parse(id) {
                Some(id) => names.get(id).map_or_else(|| t("value.unknown").to_owned(), |l| l.name),
                // A name that somebody wrote.
                None => id.to_owned(),
            },
        },
        FieldType::Percent => v.parse().map(value::percent).unwrap_or_else(|_| v.to_owned()),
        FieldType::Int => v.parse().map(|n| fmt().number(n)).unwrap_or_else(|_| v.to_owned()),
        // Comparisons with money know no currency.
        FieldType::Money => match Money::parse(v, Currency::USD) {
            Some(m) if m.minor % 100 == 0 => fmt().number(m.minor / 100),
            _ => v.to_owned(),
        },
        _ => v.to_owned(),
    }
}

/// The named stretches of days that the editor offers.
pub const PERIODS: [&str; 20] = [
    "today",
    "yesterday",
    "tomorrow",
    "this-week",
    "last-week",
    "next-week",
    "this-month",
    "last-month",
    "next-month",
    "this-quarter",
    "last-quarter",
    "next-quarter",
    "this-year",
    "last-year",
    "next-year",
    "last-7-days",
    "last-30-days",
    "last-90-days",
    "next-7-days",
    "next-30-days",
];

pub fn period(v: &str) -> String {
    let key = format!("period.{}", v.replace('-', "_"));
    if crate::i18n::has(&key) {
        return tk(&key);
    }
    let days = |prefix: &str| v.strip_prefix(prefix)?.strip_suffix("-days")?.parse::<i64>().ok();
    if let Some(n) = days("last-") {
        return tn("period.last_days", n);
    }
    if let Some(n) = days("next-") {
        return tn("period.next_days", n);
    }
    match v.split_once('-') {
        _ if v.len() == 10 => fmt().date(v),
        Some((year, quarter)) if quarter.starts_with(['Q', 'q']) => {
            t!("period.quarter", n = quarter.trim_start_matches(['Q', 'q']), year = year)
        }
        Some(_) if v.len() == 7 => fmt().month(v),
        None if v.len() == 4 => t!("period.year", year = v),
        _ => v.to_owned(),
    }
}
