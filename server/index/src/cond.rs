//! A question in terms of columns, and its answer for a record that is not written yet. What is written is asked by
//! [`crate::eval`]; both answer as `Plain::matches` does.

use domain::filter::Plain;
use domain::schema::FieldType;
use domain::{Id, Kind};

use crate::layout::{self, Col, Shape, layout};
use crate::question::{Query, Scope};
use crate::row::Row;
use crate::words::Words;

#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    /// All of them; none: always.
    All(Vec<Cond>),
    /// Any of them; none: never.
    Any(Vec<Cond>),
    Not(Box<Cond>),
    Empty(Col),
    /// A text is one of these; sorted.
    OneOf(Col, Vec<String>),
    /// The number lies between the two, both included.
    Between(Col, i64, i64),
    /// A text contains this one, which is not empty.
    Contains(Col, String),
    /// A word of the searchable columns differs from this one by one letter at most.
    Nearly(String),
}

pub const ALWAYS: Cond = Cond::All(Vec::new());
pub const NEVER: Cond = Cond::Any(Vec::new());

impl Cond {
    /// Everything that a query asks except kind and bin.
    pub fn of(query: &Query, words: &Words, typos: bool) -> Self {
        let mut parts = Vec::new();
        flatten(plain(query.kind, &query.filter), &mut parts);
        if let Some(scope) = &query.scope {
            parts.push(scoped(scope));
        }
        flatten(words.cond(query.kind, typos), &mut parts);
        Self::All(parts)
    }

    pub fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(cs) => cs.iter().all(|c| c.holds(row)),
            Self::Any(cs) => cs.iter().any(|c| c.holds(row)),
            Self::Not(c) => !c.holds(row),
            Self::Empty(col) => !row.has(*col),
            Self::OneOf(col, values) => row.texts(*col).any(|t| values.binary_search_by(|v| v.as_str().cmp(t)).is_ok()),
            Self::Between(col, low, high) => row.number(*col).is_some_and(|n| (*low..=*high).contains(&n)),
            Self::Contains(col, text) => row.texts(*col).any(|t| t.contains(text)),
            Self::Nearly(word) => crate::words::nearly_in(row, word),
        }
    }
}

/// Nested "all" lies flat, so that the parts can be weighed against each other.
fn flatten(cond: Cond, into: &mut Vec<Cond>) {
    match cond {
        Cond::All(parts) => parts.into_iter().for_each(|p| flatten(p, into)),
        one => into.push(one),
    }
}

fn scoped(scope: &Scope) -> Cond {
    let Some(owner) = layout().col("owner") else { return NEVER };
    let mut any = vec![one_of(owner, scope.owners.iter().map(Id::to_string).collect())];
    if scope.ownerless {
        any.push(Cond::Empty(owner));
    }
    Cond::Any(any)
}

fn one_of(col: Col, mut values: Vec<String>) -> Cond {
    values.sort_unstable();
    values.dedup();
    Cond::OneOf(col, values)
}

fn plain(kind: Kind, p: &Plain) -> Cond {
    match p {
        Plain::All(ps) => Cond::All(ps.iter().map(|p| plain(kind, p)).collect()),
        Plain::Any(ps) => match ps.as_slice() {
            [one] => plain(kind, one),
            many => Cond::Any(many.iter().map(|p| plain(kind, p)).collect()),
        },
        Plain::Not(p) => Cond::Not(Box::new(plain(kind, p))),
        Plain::Empty(f) => column(kind, f).map_or(ALWAYS, |(col, ..)| Cond::Empty(col)),
        Plain::Contains(f, t) => match column(kind, f) {
            Some((col, _, Shape::Text | Shape::Texts | Shape::Long)) if t.is_empty() => Cond::Not(Box::new(Cond::Empty(col))),
            Some((col, _, Shape::Text | Shape::Texts | Shape::Long)) => Cond::Contains(col, t.clone()),
            _ => NEVER,
        },
        Plain::OneOf(f, values) => match column(kind, f) {
            Some((col, _, Shape::Text | Shape::Texts)) => one_of(col, values.clone()),
            Some((col, _, Shape::Long)) => Cond::Any(
                values
                    .iter()
                    .map(|v| {
                        let hash = layout::hash(v);
                        Cond::Between(col, hash, hash)
                    })
                    .collect(),
            ),
            _ => NEVER,
        },
        Plain::Flag(f, wanted) => {
            let set = match column(kind, f) {
                Some((col, FieldType::Bool, _)) => Cond::Between(col, 1, 1),
                _ => NEVER,
            };
            if *wanted { set } else { Cond::Not(Box::new(set)) }
        }
        Plain::Range(f, low, high) => match column(kind, f) {
            Some((col, _, Shape::Number)) => {
                // `[low, high)` with both ends included.
                let last = match high {
                    None => Some(i64::MAX),
                    Some(h) => h.checked_sub(1),
                };
                match (low.unwrap_or(i64::MIN), last) {
                    (low, Some(last)) if low <= last => Cond::Between(col, low, last),
                    _ => NEVER,
                }
            }
            _ => NEVER,
        },
    }
}

fn column(kind: Kind, field: &str) -> Option<(Col, FieldType, Shape)> {
    let def = kind.any_field(field)?;
    let l = layout();
    let col = l.col(def.name)?;
    Some((col, def.ty, l.column(col)?.shape))
}
