//! Lists: what is asked for (all of it fits in the address bar) and what comes back. Saved views keep the same question.

use serde::{Deserialize, Serialize};

use crate::record::{Labels, Record};
use crate::{Error, FieldError, Id, Kind, Money, Result};

/// Everything that decides what a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListQuery {
    /// Text form of [`crate::Filter`].
    #[serde(default)]
    pub filter: String,
    /// Words to search for in the records' texts.
    #[serde(default)]
    pub q: String,
    /// `name`, or `-name` for descending; "" takes the kind's own.
    #[serde(default)]
    pub sort: String,
    /// Where the last page ended.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows from the start to leave out: for a scrollbar that jumps. Not with `cursor`.
    #[serde(default)]
    pub skip: u32,
    /// Rows, 1 to 500; 0 stands for 50.
    #[serde(default)]
    pub limit: u32,
    /// Count all matching rows as well.
    #[serde(default)]
    pub count: bool,
    /// Look in the bin instead.
    #[serde(default)]
    pub deleted: bool,
}

impl ListQuery {
    pub fn limit(&self) -> u32 {
        if self.limit == 0 { 50 } else { self.limit.min(500) }
    }

    /// The sort as field and direction; checked against the kind.
    pub fn sort_of(&self, kind: Kind) -> Result<Sort> {
        let text = if self.sort.is_empty() { kind.default_sort() } else { &self.sort };
        let (field, descending) = text.strip_prefix('-').map_or((text, false), |f| (f, true));
        match kind.any_field(field) {
            Some(def) if def.ty.is_sortable() => Ok(Sort { field: field.to_owned(), descending }),
            _ => Err(Error::Invalid { fields: vec![FieldError::new("sort", "sort_field").with("value", field)] }),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    pub field: String,
    pub descending: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListPage {
    pub records: Vec<Record>,
    pub labels: Labels,
    /// Cursor of the next page; None: this was the last.
    pub next: Option<String>,
    /// All matching rows, when asked for.
    pub total: Option<i64>,
}

/// What the rows of a list come to: all that it finds, not only those that are loaded. Per currency, never mixed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub count: i64,
    /// Of [`Kind::summed_money`].
    #[serde(default)]
    pub money: Vec<Money>,
    /// The same by the deals' probability.
    #[serde(default)]
    pub weighted: Vec<Money>,
    /// Of [`Kind::summed_number`].
    #[serde(default)]
    pub number: i64,
}

/// A list's look with a name. Shared ones are seen by everybody, changed by whoever made them or may share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub id: Id,
    pub version: i64,
    pub kind: Kind,
    pub name: String,
    pub shared: bool,
    pub owner: Id,
    pub look: Look,
    pub can_edit: bool,
    /// This person's lists of the kind begin with it.
    #[serde(default)]
    pub default: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    #[serde(default)]
    pub filter: String,
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub sort: String,
    /// Field names in order, each optionally with a width in pixels: `name`, `amount:120`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// "table" or "board" (deals only).
    #[serde(default)]
    pub layout: String,
}

/// A view as sent: without `id` a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveView {
    pub id: Option<Id>,
    /// Of the view as its writer saw it; a new one has none.
    #[serde(default)]
    pub version: i64,
    pub kind: Kind,
    pub name: String,
    pub shared: bool,
    pub look: Look,
}

/// Which records a bulk act is about: these, or everything that the question finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Selection {
    Ids { ids: Vec<Id> },
    All { query: ListQuery },
}

/// How many records one bulk act may touch.
pub const BULK_MAX: usize = 10_000;

/// One hit of the global search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub kind: Kind,
    pub id: Id,
    pub name: String,
    /// Company of a contact, amount and stage of a deal, …
    pub hint: String,
}
