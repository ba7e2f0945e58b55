//! Secret addresses under which other programs read a calendar of ours.

use serde::{Deserialize, Serialize};

use crate::Id;

/// Whose calendar it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum FeedOf {
    User(Id),
    Team(Id),
    Resource(Id),
}

/// How much it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// That the time is taken, and nothing else.
    #[default]
    Busy,
    /// All that its maker may read.
    Full,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedWish {
    pub of: FeedOf,
    #[serde(default)]
    pub detail: Detail,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedInfo {
    pub id: Id,
    pub of: FeedOf,
    /// Of the person, team or resource; "" when it is gone.
    pub name: String,
    pub detail: Detail,
    pub created_at: String,
    pub last_read_at: Option<String>,
}

/// The one time that the address is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFeed {
    #[serde(flatten)]
    pub info: FeedInfo,
    /// `/calendar/….ics` below the address of the server.
    pub path: String,
}
