//! What is no record: the shapes of boards, figures, imports and the rest, as `domain` writes them.

use domain::{Kind, Locale};
use serde_json::{Map, Value, json};

use crate::rest::api::{id, schema, string};

mod booking;
mod calendar;
mod imports;
mod people;
mod sales;
mod today;

pub fn all() -> Map<String, Value> {
    let mut out = Map::new();
    for group in [
        words(),
        history(),
        lists(),
        sales::board(),
        sales::figures(),
        imports::imports(),
        people::people(),
        people::live(),
        people::told(),
        calendar::calendar(),
        booking::booking(),
        today::today(),
        today::time_report(),
    ] {
        for (name, shape) in group {
            out.insert(name.to_owned(), shape);
        }
    }
    out
}

type Shapes = Vec<(&'static str, Value)>;

/// An object; a name with `?` at its end need not be there.
fn object<const N: usize>(about: &str, properties: [(&str, Value); N]) -> Value {
    let required: Vec<&str> = properties.iter().map(|(n, _)| *n).filter(|n| !n.ends_with('?')).collect();
    let properties: Map<String, Value> = properties.into_iter().map(|(n, v)| (n.trim_end_matches('?').to_owned(), v)).collect();
    json!({"type": "object", "description": about, "required": required, "properties": properties})
}

fn closed(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert("additionalProperties".into(), false.into());
    }
    value
}

fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}

fn or_null(shape: Value) -> Value {
    json!({"anyOf": [shape, {"type": "null"}]})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}

fn int() -> Value {
    json!({"type": "integer"})
}

fn int_or_null() -> Value {
    json!({"type": ["integer", "null"]})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn kind() -> Value {
    json!({"type": "string", "enum": Kind::ALL.map(Kind::name)})
}

fn id_or_null() -> Value {
    json!({"type": ["string", "null"], "format": "uuid"})
}

fn any_fields() -> Value {
    json!({"type": "object", "additionalProperties": true})
}

fn monies() -> Value {
    list(schema("Money"))
}

fn words() -> Shapes {
    let error = object("What is wrong with one field.", [("field", string()), ("code", string()), ("detail", string())]);
    vec![
        (
            "Money",
            closed(object(
                "An amount in its currency's own number of digits. What is sent is not below zero.",
                [
                    ("amount", json!({"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$", "examples": ["1054.00"]})),
                    (
                        "currency",
                        json!({"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217; any other three letters are refused.", "examples": ["USD"]}),
                    ),
                ],
            )),
        ),
        (
            "Problem",
            object(
                "RFC 9457.",
                [
                    ("type", string()),
                    ("title", string()),
                    ("status", int()),
                    ("detail", string()),
                    ("errors?", list(error)),
                    ("conflicts?", list(schema("Conflict"))),
                    ("current?", json!({"type": "object", "description": "The record as it is now, when another writer was first."})),
                    ("reference?", json!({"type": "string", "description": "Names a fault of the server in its log."})),
                ],
            ),
        ),
        ("Locale", json!({"type": "string", "enum": Locale::ALL.map(Locale::tag)})),
        (
            "Labels",
            json!({
                "type": "object",
                "description": "Names of what is referred to, by id.",
                "additionalProperties": object("", [("kind", kind()), ("name", string()), ("hint?", string())]),
            }),
        ),
        (
            "Stage",
            closed(object(
                "A stage of a pipeline. Every pipeline has open stages, one won and one lost stage.",
                [
                    (
                        "id",
                        json!({"type": "string", "maxLength": 40, "description": "Letters, digits, - and _; stays when the stage is renamed."}),
                    ),
                    ("name", string()),
                    ("kind", json!({"type": "string", "enum": ["open", "won", "lost"]})),
                    ("probability", json!({"type": "integer", "minimum": 0, "maximum": 100})),
                    ("rotting_days?", json!({"type": ["integer", "null"], "minimum": 0, "maximum": 65535})),
                    ("required_fields?", list(string())),
                ],
            )),
        ),
        (
            "AnyRecord",
            json!({
                "type": "object",
                "description": "A record of the kind that `kind` says.",
                "required": ["id", "kind", "version", "created_at", "updated_at"],
                "properties": {"id": id(), "kind": kind(), "version": int(), "created_at": instant(), "updated_at": instant(), "deleted_at": instant()},
                "additionalProperties": true,
            }),
        ),
    ]
}

fn history() -> Shapes {
    let op = json!({"type": "string", "enum": ["create", "update", "delete", "restore"]});
    vec![
        (
            "Change",
            object(
                "Who changed what, from what to what.",
                [
                    ("id", id()),
                    ("at", instant()),
                    ("actor", id_or_null()),
                    ("actor_name", string()),
                    ("op", op),
                    ("kind", kind()),
                    ("record", id()),
                    ("name", string()),
                    ("version", int()),
                    ("before", any_fields()),
                    ("after", any_fields()),
                    ("undoes?", id()),
                    ("import?", id()),
                ],
            ),
        ),
        (
            "TimelineEntry",
            json!({"oneOf": [
                object("A note, call or task.", [("entry", json!({"const": "activity"})), ("at", instant()), ("record", schema("AnyRecord")), ("actor", id_or_null())]),
                object("A change.", [("entry", json!({"const": "change"})), ("at", instant()), ("change", schema("Change")), ("can_undo", flag())]),
            ]}),
        ),
        (
            "Done",
            object(
                "The records as they are now, and the changes that `/undo` takes back. `left` and `problem` are there when it broke off half-way: \
                 what was not done (changes of an undo, else records), and why. Sent again, those go on from there. `refused` is there when a \
                 bulk act left something out, with its reason. `conflicts` is there when events were written that clash.",
                [
                    ("records", list(schema("AnyRecord"))),
                    ("changes", list(id())),
                    ("left?", list(id())),
                    ("problem?", schema("Problem")),
                    (
                        "refused?",
                        list(object(
                            "A record that was left as it is.",
                            [("id", id()), ("name", string()), ("problem", schema("Problem"))],
                        )),
                    ),
                    ("conflicts?", list(schema("Conflict"))),
                ],
            ),
        ),
    ]
}

fn lists() -> Shapes {
    let query =
        closed(object("As in the list of the kind.", [("filter?", string()), ("q?", string()), ("sort?", string()), ("deleted?", flag())]));
    vec![
        (
            "Selection",
            json!({"description": "These records, or all that a question finds.", "oneOf": [
                object("", [("of", json!({"const": "ids"})), ("ids", list(id()))]),
                object("", [("of", json!({"const": "all"})), ("query", query)]),
            ]}),
        ),
        (
            "Look",
            object(
                "What a view shows.",
                [
                    ("filter?", string()),
                    ("q?", string()),
                    ("sort?", string()),
                    ("columns?", list(json!({"type": "string", "description": "A field name, optionally with a width: `amount:120`."}))),
                    ("layout?", json!({"type": "string", "enum": ["", "table", "board"]})),
                ],
            ),
        ),
        (
            "NewView",
            closed(object(
                "",
                [("kind", kind()), ("name", json!({"type": "string", "maxLength": 120})), ("shared?", flag()), ("look?", schema("Look"))],
            )),
        ),
        (
            "View",
            object(
                "A saved view of a list.",
                [
                    ("id", id()),
                    ("version", int()),
                    ("kind", kind()),
                    ("name", string()),
                    ("shared", flag()),
                    ("owner", id()),
                    ("look", schema("Look")),
                    ("can_edit", flag()),
                    ("default", flag()),
                ],
            ),
        ),
        ("Hit", object("What the search found.", [("kind", kind()), ("id", id()), ("name", string()), ("hint", string())])),
    ]
}
