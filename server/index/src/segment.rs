//! One written segment: its columns, the place of each id in it, which of its records still count, and its records in
//! the order of a column. A segment never changes once written; only what is alive in it does.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use domain::Id;
use parking_lot::Mutex;
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentId;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, SegmentReader, TERMINATED};

use crate::Result;
use crate::grams;
use crate::layout::{Col, Shape, layout};
use crate::set::Bits;

pub type Doc = u32;

/// Orders of larger segments are made beside the questions, not while somebody waits.
const ORDER_AT_ONCE: u32 = if cfg!(test) { 60 } else { 20_000 };
/// Dictionaries up to this size are kept in memory.
const SMALL_DICTIONARY: usize = if cfg!(test) { 8 } else { 512 };

/// A segment and what is alive in it.
#[derive(Clone)]
pub struct View {
    pub core: Arc<Core>,
    /// None: everything.
    pub alive: Option<Arc<Bits>>,
    /// Changes when deletions are committed.
    pub stamp: Option<u64>,
}

impl View {
    pub fn is_alive(&self, doc: Doc) -> bool {
        self.alive.as_ref().is_none_or(|a| a.contains(doc))
    }
}

pub struct Core {
    pub id: SegmentId,
    pub reader: SegmentReader,
    pub docs: u32,
    class: Column<u64>,
    id_high: Column<u64>,
    id_low: Column<u64>,
    version: Column<i64>,
    numbers: Vec<OnceLock<Option<Column<i64>>>>,
    texts: Vec<OnceLock<Option<Arc<Texts>>>>,
    /// Records of each class, dead ones included.
    sizes: Vec<u32>,
    orders: Mutex<HashMap<(u8, Col), Slot>>,
}

#[derive(Clone)]
enum Slot {
    Building,
    Ready(Arc<Order>),
}

/// The records of one class in the order of one column, then of their ids. Those without a value apart.
pub struct Order {
    pub with: Vec<Doc>,
    pub without: Vec<Doc>,
}

/// A column of texts: for each record the ordinals of its texts in the sorted list of the distinct ones.
pub struct Texts {
    pub column: StrColumn,
    /// The distinct texts, where they are few.
    small: Option<Vec<String>>,
    all: OnceLock<Arena>,
}

/// All distinct texts of a column, one behind the other. The dictionary finds a text by its ordinal in microseconds, which
/// is too long for what looks at hundreds of them.
pub struct Arena {
    text: String,
    ends: Vec<usize>,
}

impl Arena {
    pub fn text(&self, ord: u64) -> &str {
        let at = usize::try_from(ord).unwrap_or(usize::MAX);
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        start.zip(self.ends.get(at)).and_then(|(start, end)| self.text.get(start..*end)).unwrap_or_default()
    }
}

/// Where a text stands among the distinct ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Here(u64),
    /// Not there; it would stand before this one.
    Before(u64),
}

impl Texts {
    fn open(column: StrColumn) -> Result<Self> {
        let mut small = None;
        if column.num_terms() <= SMALL_DICTIONARY {
            let mut list = Vec::with_capacity(column.num_terms());
            let mut terms = column.dictionary().stream()?;
            while terms.advance() {
                list.push(String::from_utf8_lossy(terms.key()).into_owned());
            }
            small = Some(list);
        }
        Ok(Self { column, small, all: OnceLock::new() })
    }

    pub fn find(&self, text: &str) -> Result<At> {
        if let Some(small) = &self.small {
            let at = |i: usize| u64::try_from(i).unwrap_or(u64::MAX);
            return Ok(match small.binary_search_by(|t| t.as_str().cmp(text)) {
                Ok(i) => At::Here(at(i)),
                Err(i) => At::Before(at(i)),
            });
        }
        Ok(match self.column.dictionary().term_ord_or_next(text)? {
            tantivy::columnar::TermOrdHit::Exact(ord) => At::Here(ord),
            tantivy::columnar::TermOrdHit::Next(ord) => At::Before(ord),
        })
    }

    pub fn text(&self, ord: u64) -> Result<String> {
        if let Some(small) = &self.small {
            return Ok(usize::try_from(ord).ok().and_then(|o| small.get(o)).cloned().unwrap_or_default());
        }
        let mut out = String::new();
        self.column.ord_to_str(ord, &mut out)?;
        Ok(out)
    }

    /// In memory from the first time on.
    pub fn all(&self) -> Result<&Arena> {
        if let Some(known) = self.all.get() {
            return Ok(known);
        }
        let mut arena = Arena { text: String::new(), ends: Vec::with_capacity(self.column.num_terms()) };
        let mut terms = self.column.dictionary().stream()?;
        while terms.advance() {
            arena.text.push_str(&String::from_utf8_lossy(terms.key()));
            arena.ends.push(arena.text.len());
        }
        arena.text.shrink_to_fit();
        Ok(self.all.get_or_init(|| arena))
    }

    pub fn has_all(&self) -> bool {
        self.all.get().is_some()
    }

    /// Ordinals of the texts that contain this one.
    pub fn containing(&self, text: &str) -> Result<Vec<u64>> {
        let mut out = Vec::new();
        let mut terms = self.column.dictionary().stream()?;
        let mut ord = 0;
        while terms.advance() {
            if std::str::from_utf8(terms.key()).is_ok_and(|t| t.contains(text)) {
                out.push(ord);
            }
            ord += 1;
        }
        Ok(out)
    }
}

impl Core {
    pub fn open(reader: SegmentReader) -> Result<Self> {
        let fast = reader.fast_fields();
        let columns = layout().columns.len();
        let inverted = reader.inverted_index(layout().terms)?;
        let classes = 0..u8::try_from(domain::Kind::ALL.len() * 2).unwrap_or(u8::MAX);
        let size = |class| Ok(inverted.terms().get(grams::class_term(class).as_bytes())?.map_or(0, |t| t.doc_freq));
        Ok(Self {
            sizes: classes.map(size).collect::<Result<_>>()?,
            id: reader.segment_id(),
            docs: reader.max_doc(),
            class: fast.u64("_class")?,
            id_high: fast.u64("_id_high")?,
            id_low: fast.u64("_id_low")?,
            version: fast.column_opt::<i64>("_version")?.ok_or_else(|| crate::Error::Broken("a segment without versions".to_owned()))?,
            numbers: (0..columns).map(|_| OnceLock::new()).collect(),
            texts: (0..columns).map(|_| OnceLock::new()).collect(),
            orders: Mutex::default(),
            reader,
        })
    }

    pub fn class(&self, doc: Doc) -> u8 {
        self.class.first(doc).and_then(|c| u8::try_from(c).ok()).unwrap_or(u8::MAX)
    }

    pub fn record(&self, doc: Doc) -> u128 {
        u128::from(self.id_high.first(doc).unwrap_or(0)) << 64 | u128::from(self.id_low.first(doc).unwrap_or(0))
    }

    pub fn version(&self, doc: Doc) -> i64 {
        self.version.first(doc).unwrap_or(0)
    }

    /// None: no record here has a value.
    pub fn numbers(&self, col: Col) -> Result<Option<&Column<i64>>> {
        let Some((cell, column)) = self.numbers.get(usize::from(col)).zip(layout().column(col)) else { return Ok(None) };
        if let Some(known) = cell.get() {
            return Ok(known.as_ref());
        }
        let numeric = matches!(column.shape, Shape::Number | Shape::Long | Shape::Mark);
        let opened = if numeric { self.reader.fast_fields().column_opt::<i64>(column.name)? } else { None };
        Ok(cell.get_or_init(|| opened).as_ref())
    }

    pub fn texts(&self, col: Col) -> Result<Option<&Arc<Texts>>> {
        let Some((cell, column)) = self.texts.get(usize::from(col)).zip(layout().column(col)) else { return Ok(None) };
        if let Some(known) = cell.get() {
            return Ok(known.as_ref());
        }
        let textual = matches!(column.shape, Shape::Text | Shape::Texts);
        let opened = if textual { self.reader.fast_fields().str(column.name)? } else { None };
        let opened = opened.map(Texts::open).transpose()?.map(Arc::new);
        Ok(cell.get_or_init(|| opened).as_ref())
    }

    /// How many records have this term, and where they are listed.
    pub fn term(&self, field: Field, term: &str) -> Result<Option<tantivy::postings::TermInfo>> {
        Ok(self.reader.inverted_index(field)?.terms().get(term.as_bytes())?)
    }

    pub fn postings(&self, field: Field, info: &tantivy::postings::TermInfo) -> Result<tantivy::postings::SegmentPostings> {
        Ok(self.reader.inverted_index(field)?.read_postings_from_terminfo(info, IndexRecordOption::Basic)?)
    }

    pub fn class_size(&self, class: u8) -> u32 {
        self.sizes.get(usize::from(class)).copied().unwrap_or(0)
    }

    /// The records of a class in the order in which they lie, dead ones included.
    pub fn class_docs(&self, class: u8, mut each: impl FnMut(Doc)) -> Result<()> {
        let terms = layout().terms;
        if let Some(info) = self.term(terms, &grams::class_term(class))? {
            if info.doc_freq == self.docs {
                (0..self.docs).for_each(each);
                return Ok(());
            }
            let mut postings = self.postings(terms, &info)?;
            while postings.doc() != TERMINATED {
                each(postings.doc());
                postings.advance();
            }
        }
        Ok(())
    }

    /// Where a record lies here (at most one copy of it is alive in the whole index).
    pub fn locate(&self, id: Id, alive: impl Fn(Doc) -> bool) -> Result<Option<Doc>> {
        let field = layout().id;
        let inverted = self.reader.inverted_index(field)?;
        let Some(info) = inverted.terms().get(id.0.as_bytes())? else { return Ok(None) };
        let mut postings = inverted.read_postings_from_terminfo(&info, IndexRecordOption::Basic)?;
        while postings.doc() != TERMINATED {
            if alive(postings.doc()) {
                return Ok(Some(postings.doc()));
            }
            postings.advance();
        }
        Ok(None)
    }

    /// The order of a column, if it is there. If not, it is made: at once in a small segment, else beside.
    pub fn order(self: &Arc<Self>, class: u8, col: Col) -> Result<Option<Arc<Order>>> {
        let key = (class, col);
        let beside = self.class_size(class) > ORDER_AT_ONCE;
        {
            let mut orders = self.orders.lock();
            match orders.get(&key) {
                Some(Slot::Ready(order)) => return Ok(Some(Arc::clone(order))),
                Some(Slot::Building) => return Ok(None),
                None if beside => {
                    orders.insert(key, Slot::Building);
                }
                None => {}
            }
        }
        if beside {
            let core = Arc::clone(self);
            std::thread::Builder::new()
                .name("index-order".to_owned())
                .spawn(move || {
                    // One at a time: it is work for the processor, and nobody waits for it.
                    static ONE: Mutex<()> = Mutex::new(());
                    let _one = ONE.lock();
                    match core.make_order(class, col) {
                        Ok(order) => _ = core.orders.lock().insert(key, Slot::Ready(Arc::new(order))),
                        Err(e) => tracing::error!("the order of a column could not be made: {e}"),
                    }
                })
                .map_err(|e| crate::Error::Broken(e.to_string()))?;
            return Ok(None);
        }
        let order = Arc::new(self.make_order(class, col)?);
        self.orders.lock().insert(key, Slot::Ready(Arc::clone(&order)));
        Ok(Some(order))
    }

    /// Orders that were asked for, so that a merged segment gets them before anybody asks.
    pub fn known_orders(&self) -> Vec<(u8, Col)> {
        self.orders.lock().keys().copied().collect()
    }

    fn make_order(&self, class: u8, col: Col) -> Result<Order> {
        let keys = self.keys(col)?;
        let mut with = Vec::new();
        let mut without = Vec::new();
        self.class_docs(class, |doc| match keys.get(doc) {
            Some(key) => with.push((key, doc)),
            None => without.push((0, doc)),
        })?;
        with.sort_unstable_by_key(|(key, _)| *key);
        Ok(Order { with: self.by_id_within(with), without: self.by_id_within(without) })
    }

    /// Sorted by key; brings those of the same key into the order of their ids.
    fn by_id_within(&self, docs: Vec<(i64, Doc)>) -> Vec<Doc> {
        let mut out = Vec::with_capacity(docs.len());
        let mut same: Vec<(u128, Doc)> = Vec::new();
        for run in docs.chunk_by(|a, b| a.0 == b.0) {
            if let [(_, doc)] = run {
                out.push(*doc);
                continue;
            }
            same.clear();
            same.extend(run.iter().map(|(_, doc)| (self.record(*doc), *doc)));
            same.sort_unstable();
            out.extend(same.iter().map(|(_, doc)| *doc));
        }
        out
    }

    pub fn keys(&self, col: Col) -> Result<Keys<'_>> {
        Ok(match layout().column(col).map(|c| c.shape) {
            Some(Shape::Number | Shape::Mark) => self.numbers(col)?.map_or(Keys::None, Keys::Numbers),
            Some(Shape::Text) => self.texts(col)?.map_or(Keys::None, Keys::Texts),
            // What has several values, or a long one, has no place in an order.
            _ => Keys::None,
        })
    }
}

/// What records are ordered by within one segment.
#[derive(Clone, Copy)]
pub enum Keys<'a> {
    Numbers(&'a Column<i64>),
    /// The ordinal of the text.
    Texts(&'a Arc<Texts>),
    None,
}

impl Keys<'_> {
    pub fn get(&self, doc: Doc) -> Option<i64> {
        match self {
            Self::Numbers(column) => column.first(doc),
            Self::Texts(texts) => texts.column.ords().first(doc).and_then(|o| i64::try_from(o).ok()),
            Self::None => None,
        }
    }
}

/// The order of two records: by key, empty last, then by id; all but the emptiness turned round when descending.
pub fn compare<K: Ord>(a: (Option<K>, u128), b: (Option<K>, u128), descending: bool) -> Ordering {
    let turn = |o: Ordering| if descending { o.reverse() } else { o };
    match (a.0, b.0) {
        (Some(x), Some(y)) => turn(x.cmp(&y)).then_with(|| turn(a.1.cmp(&b.1))),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => turn(a.1.cmp(&b.1)),
    }
}
