//! How records lie in the index: one column per field name (the same for all kinds), and a few inverted lists. All of it
//! follows from `domain::schema`; [`Layout::fingerprint`] changes whenever it does.

use std::collections::HashMap;
use std::sync::OnceLock;

use domain::Kind;
use domain::schema::{COMMON, DERIVED, FieldDef, FieldType, HIDDEN, SEARCH};
use tantivy::schema::{BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};

/// Counted up when the same schema is written differently.
const FORMAT: u32 = 3;

pub const TERMS_TOKENIZER: &str = "terms";
pub const GRAMS_TOKENIZER: &str = "grams";
pub const WORDS_TOKENIZER: &str = "words";

/// Position of a column in [`Layout::columns`].
pub type Col = u16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One whole number, see `domain::filter::number`.
    Number,
    /// One folded text.
    Text,
    /// Several folded texts.
    Texts,
    /// A long folded text: its hash as a number (for equality and emptiness), its inside as n-grams only.
    Long,
    /// Only whether there is something.
    Mark,
}

pub struct Column {
    pub name: &'static str,
    pub ty: FieldType,
    pub shape: Shape,
    /// Fragments of it are found through n-grams; others by looking through the distinct values.
    pub grams: bool,
    /// Whole values are found through inverted lists.
    pub terms: bool,
    /// Stands before every term of this column.
    pub mark: char,
    pub field: Field,
}

/// Columns beside the fields.
#[derive(Clone, Copy)]
pub struct Extra {
    /// Minor units of the kind's summed money (the field's own column is for comparing: all currencies in the same unit).
    pub amount: Col,
    pub weighted: Col,
    /// Currency of that money.
    pub currency: Col,
    /// Stage ids as they are written (the column `stage` is folded).
    pub stage: Col,
}

pub struct Layout {
    pub columns: Vec<Column>,
    by_name: HashMap<&'static str, Col>,
    pub extra: Extra,
    pub schema: Schema,
    /// Sixteen bytes of the id: inverted, and as two numbers.
    pub id: Field,
    pub id_high: Field,
    pub id_low: Field,
    pub version: Field,
    /// Kind and bin, see [`class`].
    pub class: Field,
    /// Classes, whole values, single letters and pairs of letters.
    pub terms: Field,
    /// Triples of letters with their positions.
    pub grams: Field,
    /// Whole words of the searchable fields, for typing errors.
    pub words: Field,
}

/// Kind and "lies in the bin" as one small number.
pub fn class(kind: Kind, deleted: bool) -> u8 {
    let at = Kind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
    u8::try_from(at * 2).unwrap_or(0) + u8::from(deleted)
}

const fn shape(ty: FieldType) -> Shape {
    match ty {
        FieldType::Int
        | FieldType::Percent
        | FieldType::Money
        | FieldType::Date
        | FieldType::Instant
        | FieldType::Moment
        | FieldType::Bool => Shape::Number,
        FieldType::LongText => Shape::Long,
        FieldType::Emails | FieldType::Phones | FieldType::Refs(_) | FieldType::Tags => Shape::Texts,
        FieldType::Stages | FieldType::Special(_) => Shape::Mark,
        FieldType::Text(_)
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Choice(_)
        | FieldType::Ref(_)
        | FieldType::Stage => Shape::Text,
    }
}

pub fn layout() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(Layout::build)
}

impl Layout {
    fn build() -> Self {
        let mut b = Schema::builder();
        let number: NumericOptions = FAST.into();
        let text = TextOptions::default().set_fast("raw");
        let inverted = |tokenizer: &str, option| {
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option).set_fieldnorms(false);
            TextOptions::default().set_indexing_options(indexing)
        };
        let id = b.add_bytes_field("_id", BytesOptions::default().set_indexed());
        let id_high = b.add_u64_field("_id_high", number.clone());
        let id_low = b.add_u64_field("_id_low", number.clone());
        let version = b.add_i64_field("_version", number.clone());
        let class = b.add_u64_field("_class", number.clone());
        let terms = b.add_text_field("_terms", inverted(TERMS_TOKENIZER, IndexRecordOption::Basic));
        let grams = b.add_text_field("_grams", inverted(GRAMS_TOKENIZER, IndexRecordOption::WithFreqsAndPositions));
        let words = b.add_text_field("_words", inverted(WORDS_TOKENIZER, IndexRecordOption::Basic));

        let mut columns: Vec<Column> = Vec::new();
        let mut by_name: HashMap<&'static str, Col> = HashMap::new();
        for def in all_fields() {
            if let Some(at) = by_name.get(def.name) {
                if let Some(known) = columns.get_mut(usize::from(*at)) {
                    known.grams |= has_grams(def);
                    known.terms |= has_terms(def);
                }
                continue;
            }
            let shape = shape(def.ty);
            let field = match shape {
                Shape::Number | Shape::Long | Shape::Mark => b.add_i64_field(def.name, number.clone()),
                Shape::Text | Shape::Texts => b.add_text_field(def.name, text.clone()),
            };
            let at = u16::try_from(columns.len()).unwrap_or(u16::MAX);
            by_name.insert(def.name, at);
            columns.push(Column { name: def.name, ty: def.ty, shape, grams: has_grams(def), terms: has_terms(def), mark: mark(at), field });
        }
        let mut add = |name: &'static str, ty: FieldType, shape: Shape, field: Field| {
            let at = u16::try_from(columns.len()).unwrap_or(u16::MAX);
            columns.push(Column { name, ty, shape, grams: false, terms: false, mark: mark(at), field });
            at
        };
        let extra = Extra {
            amount: add("_amount", FieldType::Int, Shape::Number, b.add_i64_field("_amount", number.clone())),
            weighted: add("_weighted", FieldType::Int, Shape::Number, b.add_i64_field("_weighted", number)),
            currency: add("_currency", FieldType::Text(3), Shape::Text, b.add_text_field("_currency", text.clone())),
            stage: add("_stage", FieldType::Stage, Shape::Text, b.add_text_field("_stage", text)),
        };
        Self { columns, by_name, extra, schema: b.build(), id, id_high, id_low, version, class, terms, grams, words }
    }

    pub fn col(&self, name: &str) -> Option<Col> {
        self.by_name.get(name).copied()
    }

    pub fn column(&self, col: Col) -> Option<&Column> {
        self.columns.get(usize::from(col))
    }

    /// The searchable columns of a kind.
    pub fn searchable(&self, kind: Kind) -> impl Iterator<Item = Col> + '_ {
        kind.fields().iter().filter(|f| f.is(SEARCH)).filter_map(|f| self.col(f.name))
    }

    /// Two programs with the same fingerprint read each other's index.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut feed = |text: &str| hash = text.bytes().fold(hash, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        for kind in Kind::ALL {
            feed(kind.name());
            for def in kind.fields() {
                feed(&format!("{} {:?} {};", def.name, def.ty, def.flags));
            }
        }
        format!("{FORMAT}-{hash:016x}")
    }
}

fn all_fields() -> impl Iterator<Item = &'static FieldDef> {
    COMMON.iter().chain(Kind::ALL.into_iter().flat_map(|k| k.fields().iter()))
}

fn has_grams(def: &FieldDef) -> bool {
    match shape(def.ty) {
        Shape::Text | Shape::Texts => def.is(SEARCH),
        Shape::Long => true,
        Shape::Number | Shape::Mark => false,
    }
}

fn has_terms(def: &FieldDef) -> bool {
    // What only the board reads (ranks, the text of the next step) nobody asks for by value.
    let technical = def.is(DERIVED) && def.is(HIDDEN) && matches!(def.ty, FieldType::Text(_)) && !def.is(SEARCH);
    matches!(shape(def.ty), Shape::Text | Shape::Texts) && !technical
}

fn mark(at: Col) -> char {
    // One byte while there is room, so that terms stay short.
    let code = u32::from(at);
    char::from_u32(if code < 90 { 0x21 + code } else { 0x100 + code }).unwrap_or('\u{ffff}')
}

/// Sixty-four bits that stand for a long text.
pub fn hash(text: &str) -> i64 {
    let h = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    // Mixed once more: the low bits of this hash alone are weak.
    let h = (h ^ (h >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    i64::from_ne_bytes(h.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_column_and_a_mark_of_its_own() {
        let l = layout();
        for kind in Kind::ALL {
            for f in kind.fields().iter().chain(COMMON) {
                assert!(l.col(f.name).is_some(), "{}", f.name);
            }
        }
        let marks: std::collections::HashSet<char> = l.columns.iter().map(|c| c.mark).collect();
        assert_eq!(marks.len(), l.columns.len());
        assert!(l.searchable(Kind::Deal).all(|c| l.column(c).unwrap().grams));
    }
}
