//! What is no record: the shapes of boards, figures, imports and the rest, as `domain` writes them.

use domain::rights::Role;
use domain::{Kind, Locale};
use serde_json::{Map, Value, json};

use crate::rest::api::{id, schema, string};

pub fn all() -> Map<String, Value> {
    let mut out = Map::new();
    for group in [words(), history(), lists(), board(), figures(), imports(), people(), live()] {
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
        ("Money", closed(object("An amount in its currency's own number of digits.", [
            ("amount", json!({"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?$", "examples": ["1054.00"]})),
            ("currency", json!({"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217.", "examples": ["USD"]})),
        ]))),
        ("Problem", object("RFC 9457.", [
            ("type", string()),
            ("title", string()),
            ("status", int()),
            ("detail", string()),
            ("errors?", list(error)),
            ("current?", json!({"type": "object", "description": "The record as it is now, when another writer was first."})),
            ("reference?", json!({"type": "string", "description": "Names a fault of the server in its log."})),
        ])),
        ("Locale", json!({"type": "string", "enum": Locale::ALL.map(Locale::tag)})),
        ("Labels", json!({
            "type": "object",
            "description": "Names of what is referred to, by id.",
            "additionalProperties": object("", [("kind", kind()), ("name", string()), ("hint?", string())]),
        })),
        ("Stage", closed(object("A stage of a pipeline. Every pipeline has open stages, one won and one lost stage.", [
            ("id", json!({"type": "string", "maxLength": 40, "description": "Letters, digits, - and _; stays when the stage is renamed."})),
            ("name", string()),
            ("kind", json!({"type": "string", "enum": ["open", "won", "lost"]})),
            ("probability", json!({"type": "integer", "minimum": 0, "maximum": 100})),
            ("rotting_days?", json!({"type": ["integer", "null"], "minimum": 0, "maximum": 65535})),
            ("required_fields?", list(string())),
        ]))),
        ("AnyRecord", json!({
            "type": "object",
            "description": "A record of the kind that `kind` says.",
            "required": ["id", "kind", "version", "created_at", "updated_at"],
            "properties": {"id": id(), "kind": kind(), "version": int(), "created_at": instant(), "updated_at": instant(), "deleted_at": instant()},
            "additionalProperties": true,
        })),
    ]
}

fn history() -> Shapes {
    let op = json!({"type": "string", "enum": ["create", "update", "delete", "restore"]});
    vec![
        ("Change", object("Who changed what, from what to what.", [
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
        ])),
        ("TimelineEntry", json!({"oneOf": [
            object("A note, call or task.", [("entry", json!({"const": "activity"})), ("at", instant()), ("record", schema("AnyRecord")), ("actor", id_or_null())]),
            object("A change.", [("entry", json!({"const": "change"})), ("at", instant()), ("change", schema("Change")), ("can_undo", flag())]),
        ]})),
        ("Done", object("The records as they are now, and the changes that `/undo` takes back.", [
            ("records", list(schema("AnyRecord"))),
            ("changes", list(id())),
        ])),
    ]
}

fn lists() -> Shapes {
    let query = closed(object("As in the list of the kind.", [("filter?", string()), ("q?", string()), ("sort?", string()), ("deleted?", flag())]));
    vec![
        ("Selection", json!({"description": "These records, or all that a question finds.", "oneOf": [
            object("", [("of", json!({"const": "ids"})), ("ids", list(id()))]),
            object("", [("of", json!({"const": "all"})), ("query", query)]),
        ]})),
        ("Look", object("What a view shows.", [
            ("filter?", string()),
            ("q?", string()),
            ("sort?", string()),
            ("columns?", list(json!({"type": "string", "description": "A field name, optionally with a width: `amount:120`."}))),
            ("layout?", json!({"type": "string", "enum": ["", "table", "board"]})),
        ])),
        ("NewView", closed(object("", [("kind", kind()), ("name", json!({"type": "string", "maxLength": 120})), ("shared?", flag()), ("look?", schema("Look"))]))),
        ("View", object("A saved view of a list.", [
            ("id", id()),
            ("version", int()),
            ("kind", kind()),
            ("name", string()),
            ("shared", flag()),
            ("owner", id()),
            ("look", schema("Look")),
            ("can_edit", flag()),
        ])),
        ("Hit", object("What the search found.", [("kind", kind()), ("id", id()), ("name", string()), ("hint", string())])),
    ]
}

fn board() -> Shapes {
    vec![
        ("Card", object("A deal on the board.", [
            ("id", id()),
            ("version", int()),
            ("name", string()),
            ("stage", string()),
            ("amount", or_null(schema("Money"))),
            ("probability", int_or_null()),
            ("company", id_or_null()),
            ("owner", id_or_null()),
            ("expected_close", text_or_null()),
            ("stage_since", string()),
            ("rank", string()),
            ("next_step", text_or_null()),
            ("next_step_at", text_or_null()),
            ("can_edit", flag()),
        ])),
        ("Totals", object("Over all deals, per currency.", [("count", int()), ("sum", monies()), ("weighted", monies()), ("since", json!({
            "type": ["string", "null"], "format": "date-time", "description": "Mean of the times since when they stand there.",
        }))])),
        ("BoardColumn", object("", [
            ("stage", schema("Stage")),
            ("totals", schema("Totals")),
            ("cards", list(schema("Card"))),
            ("next", text_or_null()),
        ])),
        ("Board", object("", [
            ("pipeline", object("", [("id", id()), ("name", string()), ("currency", string()), ("stages", list(schema("Stage")))])),
            ("pipelines", list(json!({"type": "array", "prefixItems": [id(), string()], "minItems": 2, "maxItems": 2, "description": "Id and name."}))),
            ("columns", list(schema("BoardColumn"))),
            ("labels", schema("Labels")),
            ("totals", schema("Totals")),
        ])),
        ("MoveDeal", object("Where to.", [
            ("stage", string()),
            ("before?", json!({"type": ["string", "null"], "format": "uuid", "description": "The card right below the new place."})),
            ("after?", json!({"type": ["string", "null"], "format": "uuid", "description": "The card right above the new place."})),
            ("to_top?", json!({"type": "boolean", "description": "Without neighbours: to the top of the column instead of its end."})),
            ("version", json!({"type": "integer", "description": "The version that you saw."})),
            ("fields?", any_fields()),
        ])),
    ]
}

fn figures() -> Shapes {
    vec![
        ("Figure", object("A number and the filter of the deals behind it.", [("count", int()), ("sum", monies()), ("filter", string())])),
        ("Dashboard", object("", [
            ("won", schema("Figure")),
            ("lost", schema("Figure")),
            ("open", schema("Figure")),
            ("weighted", monies()),
            ("win_rate", json!({"type": ["integer", "null"], "description": "Won among closed, per mille."})),
            ("cycle", json!({"type": ["integer", "null"], "description": "Mean days from opening to winning, in tenths of a day."})),
            ("stages", list(object("", [
                ("pipeline", id()), ("stage", string()), ("name", string()), ("totals", schema("Totals")), ("filter", string()),
            ]))),
            ("months", list(object("", [("month", string()), ("won", schema("Figure")), ("lost", schema("Figure"))]))),
            ("forecast", list(object("", [
                ("month", json!({"type": "string", "description": "`2017-03`; empty: overdue; `none`: without a date."})),
                ("totals", schema("Totals")),
                ("filter", string()),
            ]))),
            ("owners", list(schema("TopRow"))),
            ("products", list(schema("TopRow"))),
            ("labels", schema("Labels")),
            ("period", json!({"type": ["array", "null"], "items": {"type": "string", "format": "date"}, "description": "First day, and the day after the last."})),
        ])),
        ("TopRow", object("", [("id", id_or_null()), ("won", schema("Figure")), ("win_rate", int_or_null())])),
    ]
}

fn imports() -> Shapes {
    let replacement = json!({"oneOf": [
        object("Use this known value.", [("do", json!({"const": "use"})), ("with", string())]),
        object("Make a new one, leave the field empty, or reject the rows.", [("do", json!({"type": "string", "enum": ["create", "leave", "reject"]}))]),
    ]});
    let field_error = object("", [("field", string()), ("code", string()), ("params?", list(list(string())))]);
    vec![
        ("Replacement", replacement),
        ("ImportPlan", object("How to read the file.", [
            ("kind", kind()),
            ("map", list(object("", [("column", string()), ("field", json!({"type": "string", "description": "Empty leaves the column out."}))]))),
            ("match_field", json!({"type": "string", "description": "Field by which a row is a record already here; empty makes every row new."})),
            ("on_match", json!({"type": "string", "enum": ["update", "skip"]})),
            ("date_order", json!({"type": "string", "enum": ["mdy", "dmy", "ymd", ""]})),
            ("currency", string()),
            ("scale?", json!({"type": ["integer", "null"], "description": "Amounts are multiplied by it."})),
            ("defaults?", any_fields()),
            ("replace?", list(object("", [("field", string()), ("value", string()), ("by", schema("Replacement"))]))),
            ("sheet?", text_or_null()),
        ])),
        ("Inspection", object("What was recognised in a file.", [
            ("upload", id()),
            ("file_name", string()),
            ("format", json!({"type": "string", "enum": ["csv", "xlsx"]})),
            ("encoding", string()),
            ("delimiter", string()),
            ("sheets", list(string())),
            ("rows", int()),
            ("columns", list(object("", [("name", string()), ("samples", list(string())), ("filled", int())]))),
            ("guess", schema("ImportPlan")),
        ])),
        ("ImportReport", object("A dry run, a running import, or its result.", [
            ("id", id()),
            ("kind", kind()),
            ("file_name", string()),
            ("state", json!({"type": "string", "enum": ["planned", "running", "done", "failed", "undoing", "undone"]})),
            ("by", string()),
            ("started_at", string()),
            ("rows", int()),
            ("progress", int()),
            ("created", int()),
            ("updated", int()),
            ("duplicate", int()),
            ("rejected", int()),
            ("side_created", int()),
            ("unknown", list(object("A value that names nothing known.", [
                ("field", string()), ("value", string()), ("rows", int()), ("closest", text_or_null()), ("action", schema("Replacement")),
            ]))),
            ("rejects", list(object("", [
                ("row", int()),
                ("errors", list(object("", [("column", string()), ("value", string()), ("error", field_error)]))),
            ]))),
            ("failure", text_or_null()),
            ("can_undo", flag()),
        ])),
    ]
}

fn people() -> Shapes {
    vec![
        ("Me", object("Who you are.", [
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
        ])),
        ("Session", object("A place somebody is signed in at.", [
            ("id", id()),
            ("created_at", instant()),
            ("last_seen_at", instant()),
            ("device", string()),
            ("address", string()),
            ("current", flag()),
        ])),
        ("Token", object("An API token, without its secret.", [
            ("id", id()),
            ("name", string()),
            ("scope", json!({"type": "string", "enum": ["read", "write"]})),
            ("prefix", string()),
            ("created_at", instant()),
            ("last_used_at", text_or_null()),
            ("expires_at", text_or_null()),
        ])),
        ("NewToken", object("", [("info", schema("Token")), ("secret", string())])),
        ("Workspace", object("", [("name", string()), ("currency", string()), ("time_zone", string()), ("demo", flag())])),
    ]
}

fn live() -> Shapes {
    let person = object("", [("user", id()), ("name", string()), ("field", text_or_null())]);
    vec![("LiveEvent", json!({"oneOf": [
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
        object("Who looks at a record.", [("type", json!({"const": "presence"})), ("record", id()), ("people", list(person))]),
    ]}))]
}
