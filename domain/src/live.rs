//! What the live stream tells a browser: ids and versions, never the data. The browser reads again through the doors
//! that check rights.

use serde::{Deserialize, Serialize};

use crate::record::ChangeOp;
use crate::{Id, Kind};

/// One server-sent event; its SSE `id` is the change's id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveEvent {
    Change(LiveChange),
    /// Many records changed at once (an import, a bulk act): read again what you show of this kind. `count`: of those that
    /// this person may see.
    Bulk {
        kind: Kind,
        count: u32,
    },
    /// The stream could not go on where the browser left it: read everything again.
    Reset,
    Presence(Presence),
    /// Something in this person's calendar clashes by now: look at the open conflicts. `events`: what it is about.
    Clash {
        events: Vec<Id>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveChange {
    pub kind: Kind,
    pub record: Id,
    pub version: i64,
    pub op: ChangeOp,
    pub actor: Option<Id>,
    pub actor_name: String,
    /// Names of the changed fields.
    pub fields: Vec<String>,
    /// Records whose pages show this one too: company, contacts, deal of an activity.
    pub parents: Vec<Id>,
    /// It left what this person may see.
    #[serde(default)]
    pub gone: bool,
}

/// Who looks at a record now, and in which field they type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    pub record: Id,
    pub people: Vec<Present>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    pub user: Id,
    pub name: String,
    pub field: Option<String>,
}
