//! People with their sessions and tokens, and what the live stream tells them.

use domain::calendar::ConflictKind;
use domain::notices::{Aspect, News};
use domain::rights::Role;
use serde_json::json;

use super::{Shapes, flag, id_or_null, instant, int, kind, list, object, text_or_null};
use crate::rest::api::{id, schema, string};

pub(super) fn people() -> Shapes {
    vec![
        (
            "Me",
            object(
                "Who you are.",
                [
                    ("id", id()),
                    ("name", string()),
                    ("email", string()),
                    ("role", json!({"type": "string", "enum": Role::ALL.map(Role::name)})),
                    ("team", id_or_null()),
                    ("team_members", list(id())),
                    ("locale", schema("Locale")),
                    ("time_zone", string()),
                    ("workspace", string()),
                    ("currency", string()),
                    ("demo", flag()),
                    ("via", json!({"type": "string", "enum": ["session", "token", "system"]})),
                    ("scope", json!({"type": ["string", "null"], "enum": ["read", "write", null]})),
                ],
            ),
        ),
        (
            "Session",
            object(
                "A place somebody is signed in at.",
                [
                    ("id", id()),
                    ("created_at", instant()),
                    ("last_seen_at", instant()),
                    ("device", string()),
                    ("address", string()),
                    ("current", flag()),
                ],
            ),
        ),
        (
            "Token",
            object(
                "An API token, without its secret.",
                [
                    ("id", id()),
                    ("name", string()),
                    ("scope", json!({"type": "string", "enum": ["read", "write"]})),
                    ("prefix", string()),
                    ("created_at", instant()),
                    ("last_used_at", text_or_null()),
                    ("expires_at", text_or_null()),
                ],
            ),
        ),
        ("NewToken", object("", [("info", schema("Token")), ("secret", string())])),
        (
            "Workspace",
            object(
                "",
                [
                    ("version", int()),
                    ("name", string()),
                    ("currency", string()),
                    ("time_zone", string()),
                    ("country", string()),
                    ("demo", flag()),
                ],
            ),
        ),
    ]
}

pub(super) fn told() -> Shapes {
    let news = News::ALL.map(News::name);
    let optional = |about: &str, name: &str| json!({"type": "string", "description": format!("{about} ({name})")});
    let mut notice = object(
        "Something that you were told.",
        [("id", string()), ("at", instant()), ("news", json!({"type": "string", "enum": news})), ("read", flag())],
    );
    let more = json!({
        "event": id(), "slot": optional("Of a series, which occurrence", "slot"), "title": string(), "place": string(),
        "reach": {"type": "string", "enum": ["this", "following", "all"], "description": "How much of a series it is about."},
        "aspect": {"type": "string", "enum": Aspect::ALL.map(Aspect::name), "description": "Of what was changed, what."},
        "start": optional("When it is", "an instant or a day"), "was": optional("When it was before", "an instant or a day"),
        "actor_name": string(), "answer": schema("Answer"), "contact": id(), "company": id(),
        "count": {"type": "array", "items": int(), "description": "Items of the day; tasks overdue or due. Of conflicts that arose together: how many."},
        "clash": {"type": "string", "enum": ConflictKind::ALL.map(ConflictKind::name), "description": "Of a conflict that arose later, what it is about."},
        "browser": {"type": "boolean", "description": "To be shown by the browser itself."},
    });
    if let (Some(properties), Some(more)) = (notice.pointer_mut("/properties").and_then(|p| p.as_object_mut()), more.as_object()) {
        properties.extend(more.clone());
    }
    vec![
        ("Notice", notice),
        (
            "NoticePreferences",
            json!({
                "type": "object", "additionalProperties": false,
                "description": "What you want to be told, and how.",
                "properties": {
                    "mail": {"type": "boolean", "description": "Invitations, changes and cancellations by mail as well."},
                    "digest": {"type": "string", "enum": ["off", "app", "email"], "description": "What the day brings, every morning."},
                    "digest_at": {"type": "string", "description": "`08:00` of your own clock."},
                    "contract_days": {"type": "integer", "minimum": 0, "maximum": 180, "description": "So many days before a company's contract ends; 0: not at all."},
                    "birthday_days": {"type": "integer", "minimum": 0, "maximum": 60, "description": "So many days before a customer's birthday; 0: not at all."},
                },
            }),
        ),
        (
            "Letter",
            json!({
                "type": "object", "description": "A letter in the outbox.",
                "required": ["id", "state", "at", "due", "tries", "problem", "letter"],
                "properties": {
                    "id": string(), "state": {"type": "string", "enum": ["waiting", "sent", "dead"]}, "at": instant(), "due": instant(),
                    "tries": int(), "problem": {"type": "string", "description": "What the mail server said last."}, "sent_at": instant(),
                    "letter": {"type": "object", "description": "Whom it goes to, and its words."},
                },
            }),
        ),
    ]
}

pub(super) fn live() -> Shapes {
    let person = object("", [("user", id()), ("name", string()), ("field", text_or_null())]);
    vec![(
        "LiveEvent",
        json!({"oneOf": [
            object("A record changed.", [
                ("type", json!({"const": "change"})),
                ("kind", kind()),
                ("record", id()),
                ("version", int()),
                ("op", json!({"type": "string", "enum": ["create", "update", "delete", "restore"]})),
                ("actor", id_or_null()),
                ("actor_name", string()),
                ("fields", list(string())),
                ("parents", list(id())),
                ("gone", json!({"type": "boolean", "description": "You may no longer see it."})),
            ]),
            object("Many records of a kind changed at once.", [("type", json!({"const": "bulk"})), ("kind", kind()), ("count", int())]),
            object("Read everything again.", [("type", json!({"const": "reset"}))]),
            object("Something in your calendar clashes by now: look at the open conflicts.", [("type", json!({"const": "clash"})), ("events", list(id()))]),
            object("There may be something new among your notices.", [("type", json!({"const": "notices"}))]),
            object("Who looks at a record.", [("type", json!({"const": "presence"})), ("record", id()), ("people", list(person))]),
        ]}),
    )]
}
