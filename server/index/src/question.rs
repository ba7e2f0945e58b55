//! What is put into the index, what is asked, and what comes back.

use domain::filter::Plain;
use domain::money::Currency;
use domain::{Fields, Id, Kind, Record};

/// A record as the index takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDoc {
    pub kind: Kind,
    pub id: Id,
    pub version: i64,
    /// RFC 3339, as in the record.
    pub created_at: String,
    pub updated_at: String,
    /// In the bin?
    pub deleted: bool,
    pub fields: Fields,
    /// Derived numbers that only the index keeps: `~weighted`, the deal's weighted amount in minor units.
    pub extra: Vec<(&'static str, i64)>,
}

/// The one extra column there is.
pub const WEIGHTED: &str = "~weighted";

impl IndexDoc {
    pub fn of(record: &Record) -> Self {
        Self {
            kind: record.kind,
            id: record.id,
            version: record.version,
            created_at: record.created_at.clone(),
            updated_at: record.updated_at.clone(),
            deleted: record.deleted_at.is_some(),
            fields: record.fields.clone(),
            extra: Vec::new(),
        }
    }

    /// The deal's weighted amount in minor units of its currency.
    pub fn weighted(mut self, minor: i64) -> Self {
        self.extra.push((WEIGHTED, minor));
        self
    }
}

/// Whose records may be seen: those of these owners, and perhaps those without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub owners: Vec<Id>,
    pub ownerless: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub kind: Kind,
    pub filter: Plain,
    /// Every word must occur in a searchable field.
    pub words: String,
    /// None: everybody's.
    pub scope: Option<Scope>,
    /// The bin instead of what is in use.
    pub deleted: bool,
}

impl Query {
    /// All records of a kind that are in use.
    pub fn all(kind: Kind) -> Self {
        Self { kind, filter: Plain::All(Vec::new()), words: String::new(), scope: None, deleted: false }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub ids: Vec<Id>,
    /// Where the next page starts; None: this was the last.
    pub next: Option<String>,
    /// All matching records, when asked for.
    pub total: Option<i64>,
}

/// By what totals are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// The value of a field (each of several).
    Field(&'static str),
    /// The month of a date, `2017-03`.
    Month(&'static str),
}

impl Group {
    pub const STAGE: Self = Self::Field("stage");
    pub const PIPELINE: Self = Self::Field("pipeline");
    pub const OWNER: Self = Self::Field("owner");
    pub const PRODUCT: Self = Self::Field("products");
    pub const STATUS: Self = Self::Field("status");
    pub const CLOSED: Self = Self::Month("closed_at");
    pub const EXPECTED: Self = Self::Month("expected_close");
}

/// The value of a group: an id, a stage, a word, a month; None where the field is empty.
pub type Key = Option<String>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub count: i64,
    /// Minor units of the kind's summed money.
    pub sum: i64,
    /// The kind's summed number.
    pub number: i64,
    /// Minor units, weighted.
    pub weighted: i64,
    /// Days from `opened_on` to `closed_at`, over the `spans` records that have both.
    pub days: i64,
    pub spans: i64,
    /// Seconds since 1970 of `stage_since`, over the `entered` records that have it.
    pub since: i64,
    pub entered: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsRow {
    /// One per group asked for, in that order.
    pub keys: Vec<Key>,
    /// Of the summed money; None: these have none.
    pub currency: Option<Currency>,
    pub sums: Sums,
}
