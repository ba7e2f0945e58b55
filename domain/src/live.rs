//! What the live stream tells a browser: ids and versions, never the data. The browser reads again through the doors
//! that check rights.

use serde::{Deserialize, Serialize};

use crate::record::ChangeOp;
use crate::{Id, Kind};

/// One server-sent event; its SSE `id` is the change's id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "AnyEvent")]
pub enum LiveEvent {
    Change(LiveChange),
    /// Many records changed at once (an import, a bulk act): read again what you show of this kind. `count`: of those that
    /// this person may see; 0: something that they see as taken time only.
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
    /// There may be something new among this person's notices.
    Notices,
}

/// As it is read: an enum with its tag inside would be read by way of a copy, which costs the browser more than all of it.
#[derive(Deserialize)]
struct AnyEvent {
    r#type: String,
    kind: Option<Kind>,
    record: Option<Id>,
    #[serde(default)]
    version: i64,
    op: Option<ChangeOp>,
    actor: Option<Id>,
    #[serde(default)]
    actor_name: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    parents: Vec<Id>,
    #[serde(default)]
    gone: bool,
    #[serde(default)]
    count: u32,
    #[serde(default)]
    people: Vec<Present>,
    #[serde(default)]
    events: Vec<Id>,
}

impl TryFrom<AnyEvent> for LiveEvent {
    type Error = &'static str;

    fn try_from(any: AnyEvent) -> Result<Self, &'static str> {
        let AnyEvent { kind, record, version, op, actor, actor_name, fields, parents, gone, count, people, events, .. } = any;
        match (any.r#type.as_str(), kind, record, op) {
            ("change", Some(kind), Some(record), Some(op)) => {
                Ok(Self::Change(LiveChange { kind, record, version, op, actor, actor_name, fields, parents, gone }))
            }
            ("bulk", Some(kind), ..) => Ok(Self::Bulk { kind, count }),
            ("reset", ..) => Ok(Self::Reset),
            ("presence", _, Some(record), _) => Ok(Self::Presence(Presence { record, people })),
            ("clash", ..) => Ok(Self::Clash { events }),
            ("notices", ..) => Ok(Self::Notices),
            _ => Err("no event that is known"),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_as_it_was_said() {
        let id = |text: &str| Id::parse(text).unwrap();
        let (record, person) = (id("0198a6a0-1111-7000-8000-000000000001"), id("0198a6a0-1111-7000-8000-000000000002"));
        let change = LiveChange {
            kind: Kind::Deal,
            record,
            version: 7,
            op: ChangeOp::Update,
            actor: Some(person),
            actor_name: "Олена".to_owned(),
            fields: vec!["amount".to_owned()],
            parents: vec![person],
            gone: true,
        };
        let looks = Present { user: person, name: "Mei".to_owned(), field: Some("name".to_owned()) };
        let all = [
            LiveEvent::Change(change),
            LiveEvent::Bulk { kind: Kind::Contact, count: 3 },
            LiveEvent::Reset,
            LiveEvent::Presence(Presence { record, people: vec![looks] }),
            LiveEvent::Clash { events: vec![record] },
            LiveEvent::Notices,
        ];
        for event in all {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<LiveEvent>(&text).unwrap(), event, "{text}");
        }
        assert!(serde_json::from_str::<LiveEvent>(r#"{"type":"change","kind":"deal"}"#).is_err());
    }
}
