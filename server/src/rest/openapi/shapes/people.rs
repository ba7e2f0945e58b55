//! People with their sessions and tokens, and what the live stream tells them.

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
            object("", [("version", int()), ("name", string()), ("currency", string()), ("time_zone", string()), ("demo", flag())]),
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
            object("Who looks at a record.", [("type", json!({"const": "presence"})), ("record", id()), ("people", list(person))]),
        ]}),
    )]
}
