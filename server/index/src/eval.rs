//! Asks a written segment. A condition becomes a check of single records ([`Node`]) and, where an inverted list or an
//! order knows them, a way to all candidates ([`Driver`]); whoever asks takes the cheaper way.

use std::collections::HashSet;
use std::sync::Arc;

use tantivy::columnar::{Column, ColumnIndex};
use tantivy::postings::TermInfo;
use tantivy::query::{EnableScoring, FuzzyTermQuery, PhraseQuery};
use tantivy::{DocSet, TERMINATED, Term};

use crate::Result;
use crate::caches::{Caches, WORTH_KEEPING};
use crate::cond::Cond;
use crate::grams::{Lookup, lookup, value_term};
use crate::layout::{Col, Column as Definition, Shape, layout};
use crate::segment::{At, Core, Doc, Order, View};
use crate::set::Set;

/// With more values than this, looking each up in the inverted lists costs more than it saves.
const MANY_VALUES: usize = if cfg!(test) { 2 } else { 16 };

pub enum Node<'a> {
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Filled(&'a ColumnIndex),
    Between(&'a Column<i64>, i64, i64),
    Ordinal(&'a Column<u64>, u64),
    Ordinals(&'a Column<u64>, HashSet<u64, Fast>),
    In(Arc<Set>),
}

impl Node<'_> {
    pub fn holds(&self, doc: Doc) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|n| n.holds(doc)),
            Self::Any(nodes) => nodes.iter().any(|n| n.holds(doc)),
            Self::Not(node) => !node.holds(doc),
            Self::Filled(index) => index.has_value(doc),
            Self::Between(column, low, high) => column.first(doc).is_some_and(|n| (*low..=*high).contains(&n)),
            Self::Ordinal(column, ord) => column.values_for_doc(doc).any(|o| o == *ord),
            Self::Ordinals(column, ords) => column.values_for_doc(doc).any(|o| ords.contains(&o)),
            Self::In(set) => set.contains(doc),
        }
    }

    fn always() -> Self {
        Self::All(Vec::new())
    }

    fn never() -> Self {
        Self::Any(Vec::new())
    }
}

/// A way to all records that may match (and some that do not).
pub struct Driver {
    /// How many there are at most.
    pub size: u32,
    from: Source,
}

enum Source {
    Terms(Vec<TermInfo>),
    Set(Arc<Set>),
    Run(Arc<Order>, std::ops::Range<usize>),
    Union(Vec<Source>),
}

pub struct Part<'a> {
    pub node: Node<'a>,
    pub driver: Option<Driver>,
}

impl<'a> From<Node<'a>> for Part<'a> {
    fn from(node: Node<'a>) -> Self {
        let never = matches!(&node, Node::Any(nodes) if nodes.is_empty());
        Self { node, driver: never.then_some(Driver { size: 0, from: Source::Union(Vec::new()) }) }
    }
}

impl Part<'_> {
    pub fn is_everything(&self) -> bool {
        matches!(&self.node, Node::All(nodes) if nodes.is_empty())
    }
}

pub fn resolve<'a>(core: &'a Arc<Core>, caches: &Caches, class: u8, cond: &Cond) -> Result<Part<'a>> {
    Ok(match cond {
        Cond::All(conds) => {
            let mut nodes = Vec::with_capacity(conds.len());
            let mut driver: Option<Driver> = None;
            for c in conds {
                let part = resolve(core, caches, class, c)?;
                if part.is_everything() {
                    continue;
                }
                nodes.push(part.node);
                if let Some(d) = part.driver
                    && driver.as_ref().is_none_or(|best| d.size < best.size)
                {
                    driver = Some(d);
                }
            }
            Part { node: Node::All(nodes), driver }
        }
        Cond::Any(conds) => {
            let mut parts = Vec::with_capacity(conds.len());
            for c in conds {
                let part = resolve(core, caches, class, c)?;
                if !matches!(&part.node, Node::Any(none) if none.is_empty()) {
                    parts.push(part);
                }
            }
            any(core, parts)
        }
        Cond::Not(c) => {
            let part = resolve(core, caches, class, c)?;
            match part.node {
                Node::Any(none) if none.is_empty() => Node::always().into(),
                Node::All(all) if all.is_empty() => Node::never().into(),
                node => Node::Not(Box::new(node)).into(),
            }
        }
        Cond::Empty(col) => match filled(core, *col)? {
            Some(index) => Node::Not(Box::new(Node::Filled(index))).into(),
            None => Node::always().into(),
        },
        Cond::Between(col, low, high) => between(core, class, *col, *low, *high)?,
        Cond::OneOf(col, values) => one_of(core, *col, values)?,
        Cond::Contains(col, text) => contains(core, caches, *col, text)?,
        Cond::Nearly(word) => {
            let query = FuzzyTermQuery::new_prefix(Term::from_field_text(layout().words, word), 1, true);
            in_set(kept(core, caches, &format!("\u{3}{word}"), || docs_of(core, &query))?)
        }
    })
}

fn any<'a>(core: &Core, mut parts: Vec<Part<'a>>) -> Part<'a> {
    if parts.len() < 2 {
        return parts.pop().unwrap_or_else(|| Node::never().into());
    }
    let sets: Vec<Arc<Set>> = parts.iter().filter_map(|p| if let Node::In(set) = &p.node { Some(Arc::clone(set)) } else { None }).collect();
    if sets.len() == parts.len() {
        return in_set(Arc::new(Set::union(&sets, core.docs)));
    }
    let mut nodes = Vec::with_capacity(parts.len());
    let mut drivers = Some(Vec::with_capacity(parts.len()));
    for part in parts {
        nodes.push(part.node);
        drivers = drivers.zip(part.driver).map(|(mut all, driver)| {
            all.push(driver);
            all
        });
    }
    let driver = drivers.map(|all| Driver {
        size: all.iter().fold(0_u32, |sum, d| sum.saturating_add(d.size)),
        from: Source::Union(all.into_iter().map(|d| d.from).collect()),
    });
    Part { node: Node::Any(nodes), driver }
}

fn in_set<'a>(set: Arc<Set>) -> Part<'a> {
    if set.len() == 0 {
        return Node::never().into();
    }
    Part { node: Node::In(Arc::clone(&set)), driver: Some(Driver { size: set.len(), from: Source::Set(set) }) }
}

fn filled(core: &Core, col: Col) -> Result<Option<&ColumnIndex>> {
    Ok(match core.numbers(col)? {
        Some(column) => Some(&column.index),
        None => core.texts(col)?.map(|t| &t.column.ords().index),
    })
}

fn between<'a>(core: &'a Arc<Core>, class: u8, col: Col, low: i64, high: i64) -> Result<Part<'a>> {
    let Some(column) = core.numbers(col)? else { return Ok(Node::never().into()) };
    if high < column.min_value() || low > column.max_value() {
        return Ok(Node::never().into());
    }
    if low <= column.min_value() && high >= column.max_value() {
        return Ok(Node::Filled(&column.index).into());
    }
    let mut driver = None;
    let sorted = layout().column(col).is_some_and(|c| c.shape == Shape::Number);
    if sorted
        && core.docs >= WORTH_KEEPING
        && let Some(order) = core.order(class, col)?
    {
        let start = order.with.partition_point(|d| column.first(*d).is_some_and(|n| n < low));
        let end = order.with.partition_point(|d| column.first(*d).is_some_and(|n| n <= high));
        let size = u32::try_from(end.saturating_sub(start)).unwrap_or(u32::MAX);
        driver = Some(Driver { size, from: Source::Run(order, start..end) });
    }
    Ok(Part { node: Node::Between(column, low, high), driver })
}

fn one_of<'a>(core: &'a Arc<Core>, col: Col, values: &[String]) -> Result<Part<'a>> {
    let l = layout();
    let (Some(texts), Some(column)) = (core.texts(col)?, l.column(col)) else { return Ok(Node::never().into()) };
    let mut found = Vec::new();
    for value in values {
        if let At::Here(ord) = texts.find(value)? {
            found.push((ord, value));
        }
    }
    let ords = texts.column.ords();
    let node = match found.as_slice() {
        [] => return Ok(Node::never().into()),
        [(ord, _)] => Node::Ordinal(ords, *ord),
        many => Node::Ordinals(ords, many.iter().map(|(ord, _)| *ord).collect()),
    };
    let mut driver = None;
    if column.terms && found.len() <= MANY_VALUES {
        let mut infos = Vec::with_capacity(found.len());
        for (_, value) in &found {
            infos.extend(core.term(l.terms, &value_term(column, value))?);
        }
        driver = Some(Driver { size: infos.iter().map(|i| i.doc_freq).sum(), from: Source::Terms(infos) });
    }
    Ok(Part { node, driver })
}

fn contains<'a>(core: &'a Arc<Core>, caches: &Caches, col: Col, text: &str) -> Result<Part<'a>> {
    let Some(column) = layout().column(col) else { return Ok(Node::never().into()) };
    if column.grams {
        return Ok(in_set(fragment(core, caches, column, text)?));
    }
    let Some(texts) = core.texts(col)? else { return Ok(Node::never().into()) };
    let ords = texts.containing(text)?;
    if ords.is_empty() {
        return Ok(Node::never().into());
    }
    Ok(Node::Ordinals(texts.column.ords(), ords.into_iter().collect()).into())
}

/// The records in which a column with n-grams contains a text.
pub fn fragment(core: &Core, caches: &Caches, column: &Definition, text: &str) -> Result<Arc<Set>> {
    let l = layout();
    kept(core, caches, &format!("\u{1}{}{text}", column.mark), || match lookup(column, text) {
        Lookup::Term(term) => match core.term(l.terms, &term)? {
            Some(info) => drained(core.postings(l.terms, &info)?),
            None => Ok(Vec::new()),
        },
        Lookup::Phrase(terms) => match terms.as_slice() {
            [(_, term)] => match core.term(l.grams, term)? {
                Some(info) => drained(core.postings(l.grams, &info)?),
                None => Ok(Vec::new()),
            },
            many => {
                for (_, term) in many {
                    if core.term(l.grams, term)?.is_none() {
                        return Ok(Vec::new());
                    }
                }
                let terms = many.iter().map(|(at, t)| (*at, Term::from_field_text(l.grams, t))).collect();
                docs_of(core, &PhraseQuery::new_with_offset(terms))
            }
        },
    })
}

fn docs_of(core: &Core, query: &dyn tantivy::query::Query) -> Result<Vec<Doc>> {
    let weight = query.weight(EnableScoring::disabled_from_schema(core.reader.schema()))?;
    drained(weight.scorer(&core.reader, 1.0)?)
}

fn drained(mut docs: impl DocSet) -> Result<Vec<Doc>> {
    let mut out = Vec::new();
    while docs.doc() != TERMINATED {
        out.push(docs.doc());
        docs.advance();
    }
    Ok(out)
}

fn kept(core: &Core, caches: &Caches, question: &str, make: impl FnOnce() -> Result<Vec<Doc>>) -> Result<Arc<Set>> {
    if core.docs < WORTH_KEEPING {
        return Ok(Arc::new(Set::of(make()?, core.docs)));
    }
    if let Some(known) = caches.set(core.id, question) {
        return Ok(known);
    }
    let set = Arc::new(Set::of(make()?, core.docs));
    caches.keep_set(core.id, question, &set);
    Ok(set)
}

impl Driver {
    /// Its records, ascending and each once.
    pub fn candidates(&self, core: &Core) -> Result<Vec<Doc>> {
        let mut docs = Vec::with_capacity(self.size as usize);
        if !self.from.docs(core, &mut docs)? {
            // Stable, because that is fast on what consists of a few ascending runs.
            docs.sort();
            docs.dedup();
        }
        Ok(docs)
    }
}

impl Source {
    /// Its records: ascending and each once, or as they come.
    fn docs(&self, core: &Core, out: &mut Vec<Doc>) -> Result<bool> {
        match self {
            Self::Terms(infos) => {
                for info in infos {
                    let mut postings = core.postings(layout().terms, info)?;
                    while postings.doc() != TERMINATED {
                        out.push(postings.doc());
                        postings.advance();
                    }
                }
                Ok(infos.len() < 2)
            }
            Self::Set(set) => {
                set.each(|d| out.push(d));
                Ok(true)
            }
            Self::Run(order, range) => {
                out.extend(order.with.get(range.clone()).unwrap_or_default());
                Ok(false)
            }
            Self::Union(sources) => {
                for s in sources {
                    s.docs(core, out)?;
                }
                Ok(sources.is_empty())
            }
        }
    }
}

/// Every living record of the class that matches, ascending.
pub fn each_match(view: &View, class: u8, part: &Part<'_>, mut f: impl FnMut(Doc)) -> Result<()> {
    let core = &view.core;
    let size = core.class_size(class);
    if let Some(driver) = part.driver.as_ref().filter(|d| d.size < size / 2) {
        for doc in driver.candidates(core)? {
            if core.class(doc) == class && view.is_alive(doc) && part.node.holds(doc) {
                f(doc);
            }
        }
        return Ok(());
    }
    core.class_docs(class, |doc| {
        if view.is_alive(doc) && part.node.holds(doc) {
            f(doc);
        }
    })
}

/// Does any living record of the class match?
pub fn any_match(view: &View, class: u8, part: &Part<'_>) -> Result<bool> {
    let core = &view.core;
    let fits = |doc: Doc| core.class(doc) == class && view.is_alive(doc) && part.node.holds(doc);
    if let Some(driver) = &part.driver {
        let mut docs = Vec::new();
        driver.from.docs(core, &mut docs)?;
        return Ok(docs.into_iter().any(fits));
    }
    let mut found = false;
    core.class_docs(class, |doc| found = found || fits(doc))?;
    Ok(found)
}

/// The records of the class that match, dead ones included; kept for the next time.
pub fn matching(view: &View, caches: &Caches, class: u8, question: &str, part: &Part<'_>) -> Result<Arc<Set>> {
    let all = View { core: Arc::clone(&view.core), alive: None, stamp: None };
    kept(&view.core, caches, question, || {
        let mut docs = Vec::new();
        each_match(&all, class, part, |d| docs.push(d))?;
        Ok(docs)
    })
}

/// Hashing of ordinals: they are small and nobody chooses them to collide.
#[derive(Clone, Copy, Default)]
pub struct Fast;

impl std::hash::BuildHasher for Fast {
    type Hasher = FastHasher;
    fn build_hasher(&self) -> FastHasher {
        FastHasher(0)
    }
}

pub struct FastHasher(u64);

impl std::hash::Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u64(u64::from(*b));
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
        self.0 ^= self.0 >> 32;
    }
    fn write_i64(&mut self, n: i64) {
        self.write_u64(u64::from_ne_bytes(n.to_ne_bytes()));
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}
