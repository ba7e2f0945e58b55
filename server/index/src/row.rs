//! A record as columns: folded texts and numbers. This form is written to the index, and looked at directly while a
//! change has not been written yet.

use domain::filter::{compared, number};
use domain::schema::COMMON;
use domain::{Id, Money, text};
use serde_json::Value;
use tantivy::TantivyDocument;

use crate::grams;
use crate::layout::{self, Col, Shape, layout};
use crate::question::{IndexDoc, WEIGHTED};

#[derive(Debug, PartialEq)]
pub struct Row {
    pub id: Id,
    pub version: i64,
    pub class: u8,
    numbers: Vec<(Col, i64)>,
    texts: Vec<(Col, String)>,
}

impl Row {
    pub fn of(doc: &IndexDoc) -> Self {
        let l = layout();
        let mut row = Self {
            id: doc.id,
            version: doc.version,
            class: layout::class(doc.kind, doc.deleted),
            numbers: Vec::with_capacity(8),
            texts: Vec::with_capacity(12),
        };
        for def in COMMON {
            let at = if def.name == "created_at" { &doc.created_at } else { &doc.updated_at };
            row.numbers.extend(l.col(def.name).zip(domain::time::parse_instant(at)));
        }
        for def in doc.kind.fields() {
            let (Some(col), Some(value)) = (l.col(def.name), doc.fields.get(def.name)) else { continue };
            let Some(column) = l.column(col) else { continue };
            match (column.shape, value) {
                (_, Value::Null) => {}
                (Shape::Number, _) => row.numbers.extend(number(def, value).map(|n| (col, n))),
                (Shape::Text, Value::String(s)) => row.texts.push((col, compared(def, s))),
                (Shape::Texts, Value::Array(list)) => {
                    row.texts.extend(list.iter().filter_map(Value::as_str).map(|s| (col, compared(def, s))))
                }
                (Shape::Long, Value::String(s)) => {
                    let folded = text::fold(s);
                    row.numbers.push((col, layout::hash(&folded)));
                    row.texts.push((col, folded));
                }
                (Shape::Mark, _) => row.numbers.push((col, 1)),
                (Shape::Text | Shape::Texts | Shape::Long, _) => {}
            }
        }
        if let Some(money) = doc.kind.summed_money().and_then(|def| doc.fields.get(def.name)).and_then(Money::from_json) {
            row.numbers.push((l.extra.amount, money.minor));
            row.texts.push((l.extra.currency, money.currency.code().to_owned()));
        }
        if let Some(stage) = doc.fields.get("stage").and_then(Value::as_str) {
            row.texts.push((l.extra.stage, stage.to_owned()));
        }
        row.numbers.extend(doc.extra.iter().filter(|(name, _)| *name == WEIGHTED).map(|(_, n)| (l.extra.weighted, *n)));
        row
    }

    pub fn number(&self, col: Col) -> Option<i64> {
        self.numbers.iter().find(|(c, _)| *c == col).map(|(_, n)| *n)
    }

    pub fn texts(&self, col: Col) -> impl Iterator<Item = &str> {
        self.texts.iter().filter(move |(c, _)| *c == col).map(|(_, t)| t.as_str())
    }

    pub fn has(&self, col: Col) -> bool {
        self.numbers.iter().any(|(c, _)| *c == col) || self.texts.iter().any(|(c, _)| *c == col)
    }

    /// The form that is written.
    pub fn document(&self) -> TantivyDocument {
        let l = layout();
        let mut doc = TantivyDocument::default();
        doc.add_bytes(l.id, self.id.0.as_bytes());
        let (high, low) = self.id.0.as_u64_pair();
        doc.add_u64(l.id_high, high);
        doc.add_u64(l.id_low, low);
        doc.add_i64(l.version, self.version);
        doc.add_u64(l.class, u64::from(self.class));
        doc.add_text(l.terms, grams::class_term(self.class));
        for (col, n) in &self.numbers {
            if let Some(column) = l.column(*col) {
                doc.add_i64(column.field, *n);
            }
        }
        let kind = domain::Kind::ALL.get(usize::from(self.class / 2)).copied();
        for (col, t) in &self.texts {
            let Some(column) = l.column(*col) else { continue };
            if column.shape != Shape::Long {
                doc.add_text(column.field, t);
            }
            if column.terms {
                doc.add_text(l.terms, grams::value_term(column, t));
            }
            if column.grams && !t.is_empty() {
                doc.add_text(l.terms, grams::fragments_of(column, t));
                doc.add_text(l.grams, grams::triples_of(column, t));
            }
            if kind.is_some_and(|k| l.searchable(k).any(|c| c == *col)) {
                doc.add_text(l.words, t);
            }
        }
        doc
    }
}
