//! Filters, as people and programs write them:
//!
//! `owner = me and (amount >= 1000 or stage = proposal,negotiation) and not name ~ "trial"`
//!
//! One text form for the address bar, saved views and REST. Values with spaces or signs stand in double quotes; several
//! values after `=` mean any of them. Dates take periods (`= this-quarter`, `< today`, `= 2017-03`), people take `me` and
//! `my-team`, and relations the name of a record where only one is called so. `empty` and `filled` need no value.

mod resolve;
#[cfg(test)]
mod tests;
mod text;

use chrono::{NaiveDate, Weekday};

use crate::schema::{FieldDef, FieldType};
use crate::{Error, FieldError, Kind, Money, Result, time};

pub use resolve::{Meaning, Plain, compared, days_since_epoch, number};

#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them; none: everything.
    All(Vec<Filter>),
    /// Any of them; none: nothing.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(Cond),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cond {
    pub field: String,
    pub op: Op,
    /// Never empty, except for `Empty` and `Filled`.
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Eq,
    Ne,
    Contains,
    Lt,
    Lte,
    Gt,
    Gte,
    Empty,
    Filled,
}

impl Op {
    pub const ALL: [Op; 9] = [Op::Eq, Op::Ne, Op::Contains, Op::Lt, Op::Lte, Op::Gt, Op::Gte, Op::Empty, Op::Filled];

    pub const fn sign(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Contains => "~",
            Op::Lt => "<",
            Op::Lte => "<=",
            Op::Gt => ">",
            Op::Gte => ">=",
            Op::Empty => "empty",
            Op::Filled => "filled",
        }
    }

    /// Name for translation keys.
    pub const fn name(self) -> &'static str {
        match self {
            Op::Eq => "eq",
            Op::Ne => "ne",
            Op::Contains => "contains",
            Op::Lt => "lt",
            Op::Lte => "lte",
            Op::Gt => "gt",
            Op::Gte => "gte",
            Op::Empty => "empty",
            Op::Filled => "filled",
        }
    }

    pub const fn needs_value(self) -> bool {
        !matches!(self, Op::Empty | Op::Filled)
    }

    /// The operators that make sense for a field.
    pub const fn for_type(ty: FieldType) -> &'static [Op] {
        match ty {
            FieldType::Text(_) | FieldType::LongText | FieldType::Email | FieldType::Phone | FieldType::Url => {
                &[Op::Contains, Op::Eq, Op::Ne, Op::Empty, Op::Filled]
            }
            FieldType::Emails | FieldType::Phones => &[Op::Contains, Op::Eq, Op::Empty, Op::Filled],
            FieldType::Int | FieldType::Percent | FieldType::Money | FieldType::Date | FieldType::Instant | FieldType::Moment => {
                &[Op::Eq, Op::Ne, Op::Lt, Op::Lte, Op::Gt, Op::Gte, Op::Empty, Op::Filled]
            }
            FieldType::Bool => &[Op::Eq],
            FieldType::Choice(_) | FieldType::Ref(_) | FieldType::Stage => &[Op::Eq, Op::Ne, Op::Empty, Op::Filled],
            FieldType::Refs(_) | FieldType::Tags => &[Op::Eq, Op::Ne, Op::Empty, Op::Filled],
            FieldType::Stages | FieldType::Special(_) => &[],
        }
    }
}

impl Default for Filter {
    fn default() -> Self {
        Filter::All(Vec::new())
    }
}

impl Filter {
    pub fn is(field: &str, op: Op, value: impl ToString) -> Self {
        Filter::Is(Cond { field: field.to_owned(), op, values: vec![value.to_string()] })
    }

    pub fn any_of(field: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if values.is_empty() { Filter::Any(Vec::new()) } else { Filter::Is(Cond { field: field.to_owned(), op: Op::Eq, values }) }
    }

    pub fn is_everything(&self) -> bool {
        matches!(self, Filter::All(f) if f.iter().all(Filter::is_everything))
    }

    /// Both; flat where it can be.
    pub fn and(self, other: Filter) -> Self {
        let mut parts = match self {
            Filter::All(p) => p,
            one => vec![one],
        };
        match other {
            Filter::All(p) => parts.extend(p),
            one => parts.push(one),
        }
        Filter::All(parts)
    }

    /// Reads the text form; "" is everything. Field names are checked against the kind.
    pub fn parse(kind: Kind, input: &str) -> Result<Self> {
        let bad = |code: &str, at: &str| Error::Invalid { fields: vec![FieldError::new("filter", code).with("value", at)] };
        let deep = || Error::Invalid { fields: vec![FieldError::new("filter", "filter_deep").with("max", text::DEEPEST)] };
        let f = text::read(input).map_err(|at| at.map_or_else(deep, |at| bad("filter_syntax", &at)))?;
        f.check(kind)?;
        Ok(f)
    }

    fn check(&self, kind: Kind) -> Result<()> {
        let bad = |code: &str, field: &str, v: &str| {
            Err(Error::Invalid { fields: vec![FieldError::new("filter", code).with("field", field).with("value", v)] })
        };
        match self {
            Filter::All(fs) | Filter::Any(fs) => fs.iter().try_for_each(|f| f.check(kind)),
            Filter::Not(f) => f.check(kind),
            Filter::Is(c) => {
                let Some(def) = kind.any_field(&c.field) else {
                    return bad("filter_field", &c.field, &c.field);
                };
                if !Op::for_type(def.ty).contains(&c.op) {
                    return bad("filter_operator", &c.field, c.op.sign());
                }
                for v in &c.values {
                    if let FieldType::Choice(options) = def.ty
                        && !options.contains(&v.as_str())
                    {
                        let error = FieldError::new("filter", "filter_choice").with("field", &c.field).with("value", v);
                        return Err(Error::Invalid { fields: vec![error.with("options", options.join(", "))] });
                    }
                    if !value_fits(def, c.op, v) {
                        return bad("filter_value", &c.field, v);
                    }
                }
                Ok(())
            }
        }
    }
}

/// A day that only says "the zone decides"; enough to see whether a word names a period.
fn any_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default()
}

fn value_fits(def: &FieldDef, op: Op, v: &str) -> bool {
    if op == Op::Contains {
        return true;
    }
    match def.ty {
        FieldType::Int | FieldType::Percent => v.parse::<i64>().is_ok(),
        FieldType::Money => decimal(v).is_some(),
        FieldType::Date => time::period(v, any_day(), Weekday::Mon).is_some(),
        FieldType::Instant | FieldType::Moment => {
            time::period(v, any_day(), Weekday::Mon).is_some() || time::parse_instant(v).is_some() || v == "now"
        }
        FieldType::Bool => matches!(v, "true" | "false"),
        // Ids, names, `me`: only the server knows what is called so.
        _ => true,
    }
}

/// Comparisons with money take major units and no currency: "1000.5", but not "1,000.50". In thousandths, which hold the
/// smallest coin of every currency.
fn decimal(v: &str) -> Option<i64> {
    Money::parse(v, crate::money::Currency::KWD).map(|m| m.minor)
}
