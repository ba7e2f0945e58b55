//! From what a person means to what can be looked up: nothing relative is left, and every value is in the field's own unit.

use chrono::{NaiveDate, Weekday};

use super::{Cond, Filter, Op, decimal};
use crate::schema::{FieldDef, FieldType};
use crate::{Fields, Id, Kind, Money, text, time};

/// What relative words mean for this person, now.
pub struct Meaning<'a> {
    pub me: Id,
    pub team_members: &'a [Id],
    pub today: NaiveDate,
    pub now_ms: i64,
    pub week_starts: Weekday,
    /// The instant at which a day begins in the person's zone.
    pub day_start: &'a dyn Fn(NaiveDate) -> i64,
}

/// A condition with nothing relative left in it: what the index and [`Plain::matches`] evaluate.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    All(Vec<Plain>),
    Any(Vec<Plain>),
    Not(Box<Plain>),
    /// Field is empty.
    Empty(String),
    /// Folded text of the field (any of several) contains this folded text.
    Contains(String, String),
    /// Folded text, id or choice is one of these.
    OneOf(String, Vec<String>),
    Flag(String, bool),
    /// Number in `[low, high)`: integers, percent, thousandths of money, days since 1970 for dates, milliseconds for instants.
    Range(String, Option<i64>, Option<i64>),
}

/// An id as records hold it, however it was written.
fn id_text(v: &str) -> String {
    Id::parse(v).map_or_else(|| text::fold(v), |id| id.to_string())
}

pub fn days_since_epoch(d: NaiveDate) -> i64 {
    d.signed_duration_since(NaiveDate::default()).num_days()
}

impl Filter {
    pub fn resolve(&self, kind: Kind, m: &Meaning<'_>) -> Plain {
        match self {
            Filter::All(fs) => Plain::All(fs.iter().map(|f| f.resolve(kind, m)).collect()),
            Filter::Any(fs) => Plain::Any(fs.iter().map(|f| f.resolve(kind, m)).collect()),
            Filter::Not(f) => Plain::Not(Box::new(f.resolve(kind, m))),
            Filter::Is(c) => kind.any_field(&c.field).map_or(Plain::Any(Vec::new()), |def| c.resolve(def, m)),
        }
    }
}

impl Cond {
    fn resolve(&self, def: &FieldDef, m: &Meaning<'_>) -> Plain {
        let field = self.field.clone();
        match self.op {
            Op::Empty => return Plain::Empty(field),
            Op::Filled => return Plain::Not(Box::new(Plain::Empty(field))),
            Op::Contains => {
                let parts = |v: &String| text::phone_parts(v).filter(|_| is_phone(def)).unwrap_or_else(|| vec![text::fold(v)]);
                return Plain::Any(self.values.iter().flat_map(parts).map(|part| Plain::Contains(field.clone(), part)).collect());
            }
            Op::Ne => {
                let eq = Cond { op: Op::Eq, ..self.clone() };
                return Plain::Not(Box::new(eq.resolve(def, m)));
            }
            _ => {}
        }
        match def.ty {
            FieldType::Bool => Plain::Any(self.values.iter().map(|v| Plain::Flag(field.clone(), v == "true")).collect()),
            FieldType::Ref(Kind::User) | FieldType::Refs(Kind::User) => {
                let mut ids = Vec::new();
                for v in &self.values {
                    match v.as_str() {
                        "me" => ids.push(m.me.to_string()),
                        "my-team" => ids.extend(m.team_members.iter().map(ToString::to_string)),
                        other => ids.push(id_text(other)),
                    }
                }
                Plain::OneOf(field, ids)
            }
            FieldType::Int | FieldType::Percent | FieldType::Money | FieldType::Date | FieldType::Instant | FieldType::Moment => {
                Plain::Any(self.values.iter().filter_map(|v| self.range(def, v, m)).collect())
            }
            FieldType::Ref(_) | FieldType::Refs(_) => Plain::OneOf(field, self.values.iter().map(|v| id_text(v)).collect()),
            _ => Plain::OneOf(field, self.values.iter().map(|v| compared(def, v)).collect()),
        }
    }

    fn range(&self, def: &FieldDef, v: &str, m: &Meaning<'_>) -> Option<Plain> {
        // Every value is a stretch [start, end) of the field's own unit.
        let (start, end) = match def.ty {
            FieldType::Int | FieldType::Percent => {
                let n: i64 = v.parse().ok()?;
                (n, n.saturating_add(1))
            }
            FieldType::Money => {
                let n = decimal(v)?;
                (n, n.saturating_add(1))
            }
            FieldType::Date => {
                let (a, b) = time::period(v, m.today, m.week_starts)?;
                (days_since_epoch(a), days_since_epoch(b))
            }
            _ => {
                if v == "now" {
                    (m.now_ms, m.now_ms.saturating_add(1))
                } else if let Some((a, b)) = time::period(v, m.today, m.week_starts) {
                    ((m.day_start)(a), (m.day_start)(b))
                } else {
                    let n = time::parse_instant(v)?;
                    (n, n.saturating_add(1))
                }
            }
        };
        let f = self.field.clone();
        Some(match self.op {
            Op::Lt => Plain::Range(f, None, Some(start)),
            Op::Lte => Plain::Range(f, None, Some(end)),
            Op::Gt => Plain::Range(f, Some(end), None),
            Op::Gte => Plain::Range(f, Some(start), None),
            _ => Plain::Range(f, Some(start), Some(end)),
        })
    }
}

const fn is_phone(def: &FieldDef) -> bool {
    matches!(def.ty, FieldType::Phone | FieldType::Phones)
}

/// The text by which a field is compared: folded; of a phone number its digits.
pub fn compared(def: &FieldDef, value: &str) -> String {
    if is_phone(def) { text::phone_key(value) } else { text::fold(value) }
}

/// The number by which a field is compared and sorted, if it is of that sort.
pub fn number(def: &FieldDef, value: &serde_json::Value) -> Option<i64> {
    match def.ty {
        FieldType::Int | FieldType::Percent => value.as_i64(),
        // 500 yen are as many as 500.00 dollars, whatever coins there are.
        FieldType::Money => Money::from_json(value).map(|m| m.minor.saturating_mul(1000 / m.currency.factor())),
        FieldType::Date => value.as_str().and_then(time::parse_date).map(days_since_epoch),
        FieldType::Instant => value.as_str().and_then(time::parse_instant),
        // A plain day stands where it begins in UTC: near enough to be listed among what has a time.
        FieldType::Moment => value.as_str().and_then(|s| {
            let day = time::parse_date(s).map(|d| days_since_epoch(d) * 86_400_000);
            day.or_else(|| time::parse_instant(s))
        }),
        FieldType::Bool => value.as_bool().map(i64::from),
        _ => None,
    }
}

impl Plain {
    /// Does a record with these fields (and these common times) match? The reference for what the index answers.
    pub fn matches(&self, kind: Kind, fields: &Fields) -> bool {
        let texts = |name: &str| -> Vec<String> {
            let of = |s: &str| kind.any_field(name).map_or_else(|| text::fold(s), |def| compared(def, s));
            match fields.get(name) {
                Some(serde_json::Value::String(s)) => vec![of(s)],
                Some(serde_json::Value::Array(l)) => l.iter().filter_map(|v| v.as_str()).map(of).collect(),
                _ => Vec::new(),
            }
        };
        match self {
            Plain::All(ps) => ps.iter().all(|p| p.matches(kind, fields)),
            Plain::Any(ps) => ps.iter().any(|p| p.matches(kind, fields)),
            Plain::Not(p) => !p.matches(kind, fields),
            Plain::Empty(f) => fields.get(f).is_none_or(serde_json::Value::is_null),
            Plain::Contains(f, t) => texts(f).iter().any(|x| x.contains(t)),
            Plain::OneOf(f, vs) => texts(f).iter().any(|x| vs.contains(x)),
            Plain::Flag(f, b) => fields.get(f).and_then(|v| v.as_bool()).unwrap_or(false) == *b,
            Plain::Range(f, low, high) => {
                let n = kind.any_field(f).zip(fields.get(f)).and_then(|(d, v)| number(d, v));
                n.is_some_and(|n| low.is_none_or(|l| n >= l) && high.is_none_or(|h| n < h))
            }
        }
    }
}
