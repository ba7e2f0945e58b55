//! The plainest thing that answers right: all records in memory, looked at one by one. What the index is held against.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::filter::number;
use domain::list::Sort;
use domain::schema::SEARCH;
use domain::{Fields, Id, Kind, Money, text};
use serde_json::Value;

use crate::question::{Group, IndexDoc, Key, Query, Scope, Sums, WEIGHTED};

#[derive(Clone, Default)]
pub struct Model {
    pub docs: HashMap<Id, IndexDoc>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Number(i64),
    Text(String),
}

impl Model {
    pub fn put(&mut self, docs: &[IndexDoc]) {
        for doc in docs {
            if self.docs.get(&doc.id).is_some_and(|known| known.version > doc.version) {
                continue;
            }
            let mut doc = doc.clone();
            doc.fields.insert("created_at".to_owned(), doc.created_at.clone().into());
            doc.fields.insert("updated_at".to_owned(), doc.updated_at.clone().into());
            self.docs.insert(doc.id, doc);
        }
    }

    fn matching(&self, q: &Query) -> Vec<&IndexDoc> {
        let typos = !self.docs.values().any(|d| d.kind == q.kind && !d.deleted && has_words(d, &q.words, false));
        let fits = |d: &&IndexDoc| {
            d.kind == q.kind
                && d.deleted == q.deleted
                && in_scope(&d.fields, q.scope.as_ref())
                && q.filter.matches(d.kind, &d.fields)
                && has_words(d, &q.words, typos)
        };
        self.docs.values().filter(fits).collect()
    }

    /// All ids in order.
    pub fn list(&self, q: &Query, sort: &Sort) -> Vec<Id> {
        let key = |d: &IndexDoc| sort_key(d.kind, &d.fields, &sort.field);
        let mut with: Vec<(SortKey, Id)> = Vec::new();
        let mut without = Vec::new();
        for d in self.matching(q) {
            match key(d) {
                Some(k) => with.push((k, d.id)),
                None => without.push(d.id),
            }
        }
        with.sort();
        without.sort();
        if sort.descending {
            with.reverse();
            without.reverse();
        }
        with.into_iter().map(|w| w.1).chain(without).collect()
    }

    pub fn totals(&self, q: &Query, groups: &[Group]) -> BTreeMap<(Vec<Key>, Option<String>), Sums> {
        let mut out: BTreeMap<(Vec<Key>, Option<String>), Sums> = BTreeMap::new();
        for d in self.matching(q) {
            let mut keys: Vec<Vec<Key>> = vec![Vec::new()];
            for g in groups {
                let values = group_values(d, *g);
                keys = keys.into_iter().flat_map(|k| values.iter().map(move |v| [k.clone(), vec![v.clone()]].concat())).collect();
            }
            let money = d.kind.summed_money().and_then(|def| d.fields.get(def.name)).and_then(Money::from_json);
            let summed = d.kind.summed_number().and_then(|def| d.fields.get(def.name)).and_then(Value::as_i64);
            let day = |f: &str| Kind::Deal.field(f).zip(d.fields.get(f)).and_then(|(def, v)| number(def, v));
            let span = day("opened_on").zip(day("closed_at")).map(|(a, b)| b - a);
            for keys in keys {
                let sums = out.entry((keys, money.map(|m| m.currency.code().to_owned()))).or_default();
                sums.count += 1;
                sums.sum += money.map_or(0, |m| m.minor);
                sums.number += summed.unwrap_or(0);
                sums.weighted += d.extra.iter().filter(|(n, _)| *n == WEIGHTED).map(|(_, v)| v).sum::<i64>();
                sums.days += span.unwrap_or(0);
                sums.spans += i64::from(span.is_some());
                let entered = day("stage_since");
                sums.since += entered.unwrap_or(0);
                sums.entered += i64::from(entered.is_some());
            }
        }
        out.values_mut().for_each(|s| s.since = s.since.div_euclid(1000));
        out
    }

    pub fn search(&self, words: &str, within: &[Query]) -> BTreeSet<Id> {
        let hits = |typos: bool| -> BTreeSet<Id> {
            let seen = |d: &&IndexDoc| {
                let Some(q) = within.iter().find(|q| q.kind == d.kind) else { return false };
                d.deleted == q.deleted
                    && in_scope(&d.fields, q.scope.as_ref())
                    && q.filter.matches(d.kind, &d.fields)
                    && has_words(d, words, typos)
            };
            self.docs.values().filter(seen).map(|d| d.id).collect()
        };
        if words.trim().is_empty() {
            return BTreeSet::new();
        }
        let exact = hits(false);
        if exact.is_empty() { hits(true) } else { exact }
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
        Some(Value::Array(l)) if name == "phones" => l.iter().filter_map(Value::as_str).map(text::phone_key).collect(),
        Some(Value::Array(l)) => l.iter().filter_map(Value::as_str).map(text::fold).collect(),
        _ => Vec::new(),
    }
}

fn has_words(d: &IndexDoc, words: &str, typos: bool) -> bool {
    let all: Vec<String> = d.kind.fields().iter().filter(|f| f.is(SEARCH)).flat_map(|f| texts(&d.fields, f.name)).collect();
    let row = crate::row::Row::of(d);
    let folded = text::fold(words);
    let all_words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
    let is_digits = |w: &str| w.chars().all(|c| c.is_ascii_digit() || text::is_phone_sign(c));
    // A word of digits is also found as a part of the number that those around it make together.
    let in_number: Vec<bool> = all_words
        .chunk_by(|a, b| is_digits(a) == is_digits(b))
        .flat_map(|run| {
            let parts = if is_digits(run[0]) { text::phone_parts(&run.join(" ")).unwrap_or_default() } else { Vec::new() };
            let found = texts(&d.fields, "phones").iter().any(|t| parts.iter().any(|p| t.contains(p)));
            run.iter().map(move |_| found).collect::<Vec<_>>()
        })
        .collect();
    all_words.iter().zip(in_number).all(|(w, in_number)| {
        let w = *w;
        let digits: String = w.chars().filter(char::is_ascii_digit).collect();
        let phone = digits.len() > 1 && w.chars().all(|c| c.is_ascii_digit() || "+-()./".contains(c));
        let letters = w.chars().count();
        let may_err = typos && (5..=40).contains(&letters) && w.chars().all(|c| c.is_alphanumeric() && !text::is_cjk_char(c));
        in_number
            || all.iter().any(|t| t.contains(w))
            || phone && texts(&d.fields, "phones").iter().any(|t| t.contains(&digits))
            || may_err && crate::words::nearly_in(&row, w)
    })
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
    let cut = |s: &str| if month { s[..7].to_owned() } else { s.to_owned() };
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
