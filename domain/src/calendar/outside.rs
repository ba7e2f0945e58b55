//! Calendars elsewhere that somebody follows: their times count as taken.

use serde::{Deserialize, Serialize};

use crate::{FieldError, Id};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceWish {
    /// `https://…` or `http://…`, also as `webcal://…`.
    pub address: String,
    /// What its owner calls it; the host when nothing is said.
    #[serde(default)]
    pub name: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Not read yet.
    #[default]
    Waiting,
    Well,
    /// The last try failed; what was read before still counts.
    Failing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    pub id: Id,
    pub name: String,
    /// Where it is; the rest of the address is as good as a password and shown to nobody.
    pub host: String,
    pub state: SourceState,
    /// When it was read last.
    pub read_at: Option<String>,
    /// When it will be tried next.
    pub next_at: Option<String>,
    /// Items that it had.
    pub items: i64,
    pub error: Option<FieldError>,
}
