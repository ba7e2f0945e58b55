//! The plainest thing that answers right: all records in memory, looked at one by one.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use domain::filter::number;
use domain::list::Sort;
use domain::schema::SEARCH;
use domain::{Fields, Id, Kind, Money, text};
use serde_json::Value;

use crate::question::WEIGHTED;
use crate::{Error, Group, IndexDoc, Key, Page, Query, Result, Scope, Sums, TotalsRow};

#[derive(Default)]
pub struct Model {
    docs: HashMap<Id, IndexDoc>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(i64),
    Text(String),
}

impl Model {
    pub fn put(&mut self, docs: Vec<IndexDoc>) {
        for mut doc in docs {
            if self.docs.get(&doc.id).is_some_and(|known| known.version > doc.version) {
                continue;
            }
            doc.fields.insert("created_at".to_owned(), doc.created_at.clone().into());
            doc.fields.insert("updated_at".to_owned(), doc.updated_at.clone().into());
            self.docs.insert(doc.id, doc);
        }
    }

    pub fn forget(&mut self, ids: &[Id]) {
        for id in ids {
            self.docs.remove(id);
        }
    }

    fn matching(&self, q: &Query) -> Vec<&IndexDoc> {
        let fits = |d: &&IndexDoc| {
            d.kind == q.kind
                && d.deleted == q.deleted
                && in_scope(&d.fields, q.scope.as_ref())
                && q.filter.matches(d.kind, &d.fields)
                && has_words(d.kind, &d.fields, &q.words)
        };
        self.docs.values().filter(fits).collect()
    }

    pub fn list(&self, q: &Query, sort: &Sort, cursor: Option<&str>, skip: usize, limit: usize, count: bool) -> Result<Page> {
        let mut rows: Vec<(Option<SortKey>, Id)> =
            self.matching(q).into_iter().map(|d| (sort_key(d.kind, &d.fields, &sort.field), d.id)).collect();
        let order = |a: &(Option<SortKey>, Id), b: &(Option<SortKey>, Id)| {
            let by_value = match (&a.0, &b.0) {
                (Some(x), Some(y)) if sort.descending => y.cmp(x),
                (Some(x), Some(y)) => x.cmp(y),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
            by_value.then(if sort.descending { b.1.cmp(&a.1) } else { a.1.cmp(&b.1) })
        };
        rows.sort_by(order);
        let total = count.then(|| i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let start = match cursor {
            Some(c) => c.parse::<usize>().map_err(|_| Error::Cursor)?,
            None => skip,
        };
        let ids: Vec<Id> = rows.iter().skip(start).take(limit).map(|r| r.1).collect();
        let end = start.saturating_add(ids.len());
        Ok(Page { next: (end < rows.len() && !ids.is_empty()).then(|| end.to_string()), ids, total })
    }

    pub fn count(&self, q: &Query) -> Result<i64> {
        Ok(i64::try_from(self.matching(q).len()).unwrap_or(i64::MAX))
    }

    pub fn totals(&self, q: &Query, groups: &[Group]) -> Result<Vec<TotalsRow>> {
        let mut out: BTreeMap<(Vec<Key>, Option<String>), TotalsRow> = BTreeMap::new();
        for d in self.matching(q) {
            let mut keys: Vec<Vec<Key>> = vec![Vec::new()];
            for g in groups {
                let values = group_values(d, *g);
                keys = keys.into_iter().flat_map(|k| values.iter().map(move |v| [k.clone(), vec![v.clone()]].concat())).collect();
            }
            let money = d.fields.get("amount").and_then(Money::from_json);
            let day = |f: &str| Kind::Deal.field(f).zip(d.fields.get(f)).and_then(|(def, v)| number(def, v));
            let span = day("opened_on").zip(day("closed_at")).map(|(a, b)| b - a);
            for keys in keys {
                let currency = money.map(|m| m.currency);
                let row = out.entry((keys.clone(), currency.map(|c| c.code().to_owned()))).or_insert_with(|| TotalsRow {
                    keys,
                    currency,
                    sums: Sums::default(),
                });
                row.sums.count += 1;
                row.sums.sum += money.map_or(0, |m| m.minor);
                row.sums.weighted += d.extra.iter().filter(|(n, _)| *n == WEIGHTED).map(|(_, v)| v).sum::<i64>();
                row.sums.days += span.unwrap_or(0);
                row.sums.spans += i64::from(span.is_some());
            }
        }
        Ok(out.into_values().collect())
    }

    pub fn search(&self, words: &str, kinds: &[(Kind, Option<Scope>)], limit: usize) -> Result<Vec<(Kind, Id, f32)>> {
        let mut hits: Vec<(Kind, Id, f32)> = Vec::new();
        for d in self.docs.values().filter(|d| !d.deleted) {
            let Some((_, scope)) = kinds.iter().find(|(k, _)| *k == d.kind) else { continue };
            if !words.trim().is_empty() && in_scope(&d.fields, scope.as_ref()) && has_words(d.kind, &d.fields, words) {
                let name = text::fold(d.fields.get("name").and_then(Value::as_str).unwrap_or_default());
                let in_name = text::fold(words).split(' ').all(|w| name.contains(w));
                hits.push((d.kind, d.id, if in_name { 2.0 } else { 1.0 }));
            }
        }
        hits.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.1.cmp(&b.1)));
        hits.truncate(limit);
        Ok(hits)
    }
}

fn in_scope(fields: &Fields, scope: Option<&Scope>) -> bool {
    let Some(scope) = scope else { return true };
    match fields.get("owner").and_then(Value::as_str).and_then(Id::parse) {
        Some(owner) => scope.owners.contains(&owner),
        None => scope.ownerless,
    }
}

fn texts(fields: &Fields, name: &str) -> Vec<String> {
    match fields.get(name) {
        Some(Value::String(s)) => vec![text::fold(s)],
        Some(Value::Array(l)) => l.iter().filter_map(Value::as_str).map(text::fold).collect(),
        _ => Vec::new(),
    }
}

fn has_words(kind: Kind, fields: &Fields, words: &str) -> bool {
    let all: Vec<String> = kind.fields().iter().filter(|f| f.is(SEARCH)).flat_map(|f| texts(fields, f.name)).collect();
    text::fold(words).split(' ').all(|w| all.iter().any(|t| t.contains(w)) || w.is_empty())
}

fn sort_key(kind: Kind, fields: &Fields, field: &str) -> Option<SortKey> {
    let def = kind.any_field(field)?;
    let value = fields.get(field)?;
    number(def, value).map(SortKey::Number).or_else(|| value.as_str().map(text::fold).map(SortKey::Text))
}

fn group_values(d: &IndexDoc, g: Group) -> Vec<Key> {
    let (field, month) = match g {
        Group::Field(f) => (f, false),
        Group::Month(f) => (f, true),
    };
    let cut = |s: &str| if month { s.get(..7).unwrap_or(s).to_owned() } else { s.to_owned() };
    let mut values: Vec<Key> = match d.fields.get(field) {
        Some(Value::String(s)) => vec![Some(cut(s))],
        Some(Value::Array(l)) => l.iter().filter_map(Value::as_str).map(|s| Some(cut(s))).collect(),
        _ => Vec::new(),
    };
    if values.is_empty() {
        values.push(None);
    }
    values
}
