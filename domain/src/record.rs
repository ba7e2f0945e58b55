//! What every record has: an id, a version, times, and fields that its kind's schema describes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fields, Kind};

/// The text that a piece of JSON is, if it is one.
pub(crate) fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// UUIDv7 of a record, unique over all kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub uuid::Uuid);

impl Id {
    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::try_parse(text).ok().map(Self)
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// One record of any kind. In JSON the fields lie beside `id`, `version` and the times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    pub id: Id,
    pub kind: Kind,
    /// Grows by one with every change; a writer says which version it saw.
    pub version: i64,
    /// RFC 3339, UTC, milliseconds.
    pub created_at: String,
    pub updated_at: String,
    /// Set while the record lies in the bin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<String>,
    #[serde(flatten)]
    pub fields: Fields,
}

/// By hand: `serde` reads flattened fields by way of a copy of its own, which every page of the browser half would carry.
impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(Fields::deserialize(from)?)
            .ok_or_else(|| serde::de::Error::custom("no record: id, kind, version, created_at or updated_at is missing or malformed"))
    }
}

impl Record {
    /// What lies beside `id`, `kind`, `version` and the times are the fields.
    pub(crate) fn read(mut fields: Fields) -> Option<Self> {
        let kind = fields.remove("kind")?;
        let version = fields.remove("version")?.as_i64()?;
        Some(Self {
            id: Id::parse(&text(fields.remove("id"))?)?,
            kind: Kind::ALL.into_iter().find(|k| Some(k.name()) == kind.as_str())?,
            version,
            created_at: text(fields.remove("created_at"))?,
            updated_at: text(fields.remove("updated_at"))?,
            deleted_at: match fields.remove("deleted_at") {
                None | Some(Value::Null) => None,
                at => Some(text(at)?),
            },
            fields,
        })
    }

    /// The text of a field, or "" when it is empty or no text.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(|v| v.as_str()).unwrap_or_default()
    }

    pub fn id_of(&self, field: &str) -> Option<Id> {
        Id::parse(self.text(field))
    }

    pub fn ids_of(&self, field: &str) -> Vec<Id> {
        let list = self.fields.get(field).and_then(|v| v.as_array());
        list.map(|l| l.iter().filter_map(|v| v.as_str()).filter_map(Id::parse).collect()).unwrap_or_default()
    }

    pub fn int(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(|v| v.as_i64())
    }

    pub fn flag(&self, field: &str) -> bool {
        self.fields.get(field).and_then(|v| v.as_bool()).unwrap_or(false)
    }

    pub fn money(&self, field: &str) -> Option<crate::Money> {
        self.fields.get(field).and_then(crate::Money::from_json)
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        self.text("name")
    }

    pub fn owner(&self) -> Option<Id> {
        self.id_of(if self.kind == Kind::Event { "organiser" } else { "owner" })
    }
}

/// Enough of a related record to show it as a link. `mark` seeds its colour; `hint` is a second line (company of a contact).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub kind: Kind,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// Names of everything that the records beside it refer to.
pub type Labels = BTreeMap<Id, Label>;

/// A record with what its page needs at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordPage {
    pub record: Record,
    pub labels: Labels,
    /// What this person may do with it.
    pub can_edit: bool,
    pub can_delete: bool,
    pub related: Vec<Related>,
    pub facts: Vec<Fact>,
}

/// A figure in the strip below the head: `label` is a translation key below `fact.`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub label: String,
    pub value: FactValue,
    pub count: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactValue {
    Money(Vec<crate::Money>),
    Count(i64),
    Instant(Option<String>),
}

/// Records that point here through `field`: the first few, and the filter that lists them all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Related {
    pub kind: Kind,
    pub field: String,
    pub records: Vec<Record>,
    pub total: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOp {
    Create,
    Update,
    Delete,
    Restore,
}

/// One row of the history: who changed what, and from what to what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// UUIDv7; the order of the stream.
    pub id: Id,
    pub at: String,
    pub actor: Option<Id>,
    pub actor_name: String,
    pub op: ChangeOp,
    pub kind: Kind,
    pub record: Id,
    /// What the record was called after the change.
    pub name: String,
    pub version: i64,
    /// The changed fields only.
    #[serde(default)]
    pub before: Fields,
    #[serde(default)]
    pub after: Fields,
    /// The change this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Id>,
    /// The import run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Id>,
}

/// An entry of a record's timeline, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case", try_from = "AnyEntry")]
pub enum TimelineEntry {
    /// A note, call or task of this record.
    Activity { at: String, record: Record, actor: Option<Id> },
    /// A change of this record (or of one that belongs to it).
    Change { at: String, change: Change, can_undo: bool },
}

/// As it is read: an enum with its tag inside would be read by way of a copy, which costs the browser more than all of it.
#[derive(Deserialize)]
struct AnyEntry {
    at: String,
    record: Option<Record>,
    actor: Option<Id>,
    change: Option<Change>,
    #[serde(default)]
    can_undo: bool,
}

impl TryFrom<AnyEntry> for TimelineEntry {
    type Error = &'static str;

    fn try_from(AnyEntry { at, record, actor, change, can_undo }: AnyEntry) -> Result<Self, &'static str> {
        match (record, change) {
            (Some(record), None) => Ok(Self::Activity { at, record, actor }),
            (None, Some(change)) => Ok(Self::Change { at, change, can_undo }),
            _ => Err("neither an activity nor a change"),
        }
    }
}

impl TimelineEntry {
    pub fn at(&self) -> &str {
        match self {
            Self::Activity { at, .. } | Self::Change { at, .. } => at,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    pub entries: Vec<TimelineEntry>,
    pub labels: Labels,
    /// Pass as `before` to read on.
    pub next: Option<String>,
}

/// What a person changed: the new values, the version they saw, and the values they saw in those fields.
///
/// With a stale version, fields whose stored value still equals `base` are written all the same: two people who edit
/// different fields both win. A field that has another value by now makes the whole patch a [`crate::Error::Conflict`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    pub fields: Fields,
    pub version: i64,
    #[serde(default)]
    pub base: Fields,
}

/// What an act did, and how to take it back: the changes it made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    pub records: Vec<Record>,
    pub changes: Vec<Id>,
    /// It broke off half-way, and this was not done: changes of an undo, records of a bulk act. Sent again, they go on from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Id>,
    /// Why it broke off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Box<crate::Error>>,
    /// What a bulk act left as it was because a rule or a right forbids it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
}

/// A record that a bulk act left out, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    pub kind: Kind,
    pub id: Id,
    pub name: String,
    pub why: crate::Error,
}
