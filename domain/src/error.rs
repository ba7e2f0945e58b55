//! The one error of the product. Variants are translation keys; nothing internal ever travels in them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Fields;
use crate::record::{Record, text};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong with one field: `code` is a translation key below `error.field.`, `params` fill its gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub field: String,
    pub code: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<(String, String)>,
}

impl FieldError {
    pub fn new(field: impl Into<String>, code: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), params: Vec::new() }
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.push((name.to_owned(), value.to_string()));
        self
    }
}

/// Two writers met on the same fields: what is stored now, and which of the sent fields clash.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clash {
    pub current: Record,
    pub fields: Vec<String>,
    /// Who wrote the current values, and when; for the dialog that lets the person choose.
    pub by: Option<String>,
    pub at: Option<String>,
}

/// In JSON its name, or an object with that one name and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// No valid session or token.
    Unauthenticated,
    /// Signed in, and the thing's existence is no secret, but this act is not allowed.
    Forbidden,
    /// Unknown, or not to be known by this person.
    NotFound,
    /// One entry per field (or per row of an import).
    Invalid { fields: Vec<FieldError> },
    /// Somebody else was first.
    Conflict(Box<Clash>),
    /// The same for what is no record (settings, a saved view): what is stored now.
    Outdated { current: Value },
    /// Somebody or something is taken at that time, and a rule (or who asked) does not allow it: `calendar::Conflict`s.
    Clash { conflicts: Value },
    /// Too many tries; come back after so many seconds.
    Limited { retry_after: u32 },
    /// The database or another part is out of reach; nothing was saved; trying again is safe.
    Unavailable,
    /// No room on the server's disk for what was to be saved; reading goes on.
    Full,
    /// A fault of ours: quote the reference, the log has the rest.
    Internal { reference: String },
}

/// By hand: every page of the browser half reads errors, and what `serde` derives for them was its largest piece.
impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(from)?).ok_or_else(|| serde::de::Error::custom("not one of the product's errors"))
    }
}

impl<'de> Deserialize<'de> for FieldError {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(from)?).ok_or_else(|| serde::de::Error::custom("no field's error: field and code are missing"))
    }
}

fn object(value: Value) -> Option<Fields> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn list(value: Option<Value>) -> Option<Vec<Value>> {
    match value {
        Some(Value::Array(items)) => Some(items),
        _ => None,
    }
}

impl FieldError {
    fn read(value: Value) -> Option<Self> {
        let mut parts = object(value)?;
        let pair = |value: Value| {
            let mut both = list(Some(value))?.into_iter();
            Some((text(both.next())?, text(both.next())?))
        };
        let params = match parts.remove("params") {
            None => Vec::new(),
            some => list(some)?.into_iter().map(pair).collect::<Option<_>>()?,
        };
        Some(Self { field: text(parts.remove("field"))?, code: text(parts.remove("code"))?, params })
    }
}

impl Error {
    fn read(value: Value) -> Option<Self> {
        let (name, what) = match value {
            Value::String(name) => (name, Value::Null),
            Value::Object(map) => map.into_iter().next()?,
            _ => return None,
        };
        Some(match name.as_str() {
            "unauthenticated" => Self::Unauthenticated,
            "forbidden" => Self::Forbidden,
            "not_found" => Self::NotFound,
            "unavailable" => Self::Unavailable,
            "full" => Self::Full,
            name => Self::with(name, object(what)?)?,
        })
    }

    fn with(name: &str, mut parts: Fields) -> Option<Self> {
        Some(match name {
            "invalid" => Self::Invalid { fields: list(parts.remove("fields"))?.into_iter().map(FieldError::read).collect::<Option<_>>()? },
            "conflict" => Self::Conflict(Box::new(Clash {
                current: Record::read(object(parts.remove("current")?)?)?,
                fields: list(parts.remove("fields"))?.into_iter().map(|name| text(Some(name))).collect::<Option<_>>()?,
                by: text(parts.remove("by")),
                at: text(parts.remove("at")),
            })),
            "outdated" => Self::Outdated { current: parts.remove("current")? },
            "clash" => Self::Clash { conflicts: parts.remove("conflicts")? },
            "limited" => Self::Limited { retry_after: parts.remove("retry_after")?.as_u64()?.try_into().ok()? },
            "internal" => Self::Internal { reference: text(parts.remove("reference"))? },
            _ => return None,
        })
    }

    pub fn invalid(field: impl Into<String>, code: impl Into<String>) -> Self {
        Self::Invalid { fields: vec![FieldError::new(field, code)] }
    }

    /// The HTTP status that says this at every door.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Invalid { .. } => 422,
            Self::Conflict(_) | Self::Outdated { .. } => 412,
            Self::Clash { .. } => 409,
            Self::Limited { .. } => 429,
            Self::Unavailable => 503,
            Self::Full => 507,
            Self::Internal { .. } => 500,
        }
    }

    /// Will it pass by itself? What nobody asked for by hand is then tried again after a while.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Full | Self::Limited { .. } | Self::Internal { .. })
    }

    /// Translation key of the sentence for people.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "error.unauthenticated",
            Self::Forbidden => "error.forbidden",
            Self::NotFound => "error.not_found",
            Self::Invalid { .. } => "error.invalid",
            Self::Conflict(_) | Self::Outdated { .. } => "error.conflict",
            Self::Clash { .. } => "error.clash",
            Self::Limited { .. } => "error.limited",
            Self::Unavailable => "error.unavailable",
            Self::Full => "error.full",
            Self::Internal { .. } => "error.internal",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid { fields } => {
                f.write_str("invalid:")?;
                for e in fields {
                    write!(f, " {} ({})", e.field, e.code)?;
                }
                Ok(())
            }
            Self::Internal { reference } => write!(f, "internal error {reference}"),
            other => f.write_str(other.key()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use crate::record::Id;
    use serde_json::json;

    /// What the server writes, the browser reads: each error as it was.
    #[test]
    fn every_error_is_read_as_it_was_written() {
        let fields = Fields::from_iter([
            ("title".to_owned(), json!("Kärcher")),
            ("amount".to_owned(), json!({"amount": "1.00", "currency": "EUR"})),
        ]);
        let current = Record {
            id: Id(uuid::Uuid::from_u128(7)),
            kind: Kind::Deal,
            version: 3,
            created_at: "2026-01-01T00:00:00.000Z".into(),
            updated_at: "2026-01-02T00:00:00.000Z".into(),
            deleted_at: Some("2026-01-03T00:00:00.000Z".into()),
            fields,
        };
        let clash = |by: Option<&str>| Clash { current: current.clone(), fields: vec!["title".into()], by: by.map(Into::into), at: None };
        for error in [
            Error::Unauthenticated,
            Error::Forbidden,
            Error::NotFound,
            Error::Invalid { fields: vec![FieldError::new("title", "required"), FieldError::new("amount", "too_large").with("max", 7)] },
            Error::Invalid { fields: Vec::new() },
            Error::Conflict(Box::new(clash(Some("Amara")))),
            Error::Conflict(Box::new(clash(None))),
            Error::Outdated { current: json!(["anything"]) },
            Error::Clash { conflicts: json!([{"kind": "own"}]) },
            Error::Limited { retry_after: 30 },
            Error::Unavailable,
            Error::Full,
            Error::Internal { reference: "a1b2".into() },
        ] {
            let text = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<Error>(&text).unwrap(), error, "{text}");
        }
        for strange in ["\"teapot\"", "{}", "[]", "7", "{\"conflict\": {}}", "{\"invalid\": {\"fields\": [{}]}}", "\"invalid\""] {
            assert!(serde_json::from_str::<Error>(strange).is_err(), "{strange}");
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_no_half_of_one() {
        let whole = json!({
            "id": "00000000-0000-0000-0000-000000000007", "kind": "deal", "version": 3, "created_at": "a", "updated_at": "b", "title": "x",
        });
        let record: Record = serde_json::from_value(whole.clone()).unwrap();
        assert_eq!((record.deleted_at.as_deref(), record.fields.len()), (None, 1));
        assert_eq!(serde_json::to_value(&record).unwrap(), whole);
        for part in ["id", "kind", "version", "created_at", "updated_at"] {
            let mut half = whole.clone();
            half.as_object_mut().unwrap().remove(part);
            assert!(serde_json::from_value::<Record>(half).is_err(), "without {part}");
        }
    }
}
