//! The one error of the product. Variants are translation keys; nothing internal ever travels in them.

use serde::{Deserialize, Serialize};

use crate::record::Record;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong with one field: `code` is a translation key below `error.field.`, `params` fill its gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clash {
    pub current: Record,
    pub fields: Vec<String>,
    /// Who wrote the current values, and when; for the dialog that lets the person choose.
    pub by: Option<String>,
    pub at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
// Named from outside: an enum with its tag inside is read by way of a copy, which would be the largest piece of what the
// browser loads for any page.
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
    Outdated { current: serde_json::Value },
    /// Somebody or something is taken at that time, and a rule (or who asked) does not allow it: `calendar::Conflict`s.
    Clash { conflicts: serde_json::Value },
    /// Too many tries; come back after so many seconds.
    Limited { retry_after: u32 },
    /// The database or another part is out of reach; nothing was saved; trying again is safe.
    Unavailable,
    /// No room on the server's disk for what was to be saved; reading goes on.
    Full,
    /// A fault of ours: quote the reference, the log has the rest.
    Internal { reference: String },
}

impl Error {
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
