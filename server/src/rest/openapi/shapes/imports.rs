//! Imports, from the inspection to the report.

use serde_json::json;

use super::{Shapes, any_fields, flag, int, kind, list, object, text_or_null};
use crate::rest::api::{id, schema, string};

const FIELD: &str = "Empty leaves the column out. Events: `start` and `end` without an offset are in the zone of the row's `zone`, else of the plan's `defaults`, else of whoever imports; a day alone is the whole day, and `end` its last; `start.time`, `end.time` and `duration` (minutes) complete them.";

pub(super) fn imports() -> Shapes {
    let replacement = json!({"oneOf": [
        object("Use this known value.", [("do", json!({"const": "use"})), ("with", string())]),
        object("Make a new one, leave the field empty, or reject the rows.", [("do", json!({"type": "string", "enum": ["create", "leave", "reject"]}))]),
    ]});
    let field_error = object("", [("field", string()), ("code", string()), ("params?", list(list(string())))]);
    vec![
        ("Replacement", replacement),
        (
            "ImportPlan",
            object(
                "How to read the file.",
                [
                    ("kind", kind()),
                    ("map", list(object("", [("column", string()), ("field", json!({"type": "string", "description": FIELD}))]))),
                    (
                        "match_field",
                        json!({"type": "string", "description": "Field by which a row is a record already here; empty makes every row new. Events of the same `title` are the same when they begin at the same time."}),
                    ),
                    ("on_match", json!({"type": "string", "enum": ["update", "skip"]})),
                    ("date_order", json!({"type": "string", "enum": ["mdy", "dmy", "ymd", ""]})),
                    ("currency", string()),
                    ("scale?", json!({"type": ["integer", "null"], "description": "Amounts are multiplied by it."})),
                    ("defaults?", any_fields()),
                    ("replace?", list(object("", [("field", string()), ("value", string()), ("by", schema("Replacement"))]))),
                    ("sheet?", text_or_null()),
                ],
            ),
        ),
        (
            "Inspection",
            object(
                "What was recognised in a file.",
                [
                    ("upload", id()),
                    ("file_name", string()),
                    ("format", json!({"type": "string", "enum": ["csv", "xlsx", "ics"]})),
                    ("encoding", string()),
                    ("delimiter", string()),
                    ("sheets", list(string())),
                    ("rows", int()),
                    ("columns", list(object("", [("name", string()), ("samples", list(string())), ("filled", int())]))),
                    ("guess", schema("ImportPlan")),
                    ("certain", json!({"type": "boolean", "description": "False: the headings fit no kind well; say which it is."})),
                ],
            ),
        ),
        (
            "ImportReport",
            object(
                "A dry run, a running import, or its result.",
                [
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
                    ("side_updated", int()),
                    ("first_pipeline", text_or_null()),
                    (
                        "assumed",
                        list(object(
                            "A value that new records got which their rows do not say: an opening day, an owner, a stage.",
                            [("field", string()), ("value", string()), ("rows", int())],
                        )),
                    ),
                    (
                        "unknown",
                        list(object(
                            "A value that names nothing known.",
                            [
                                ("field", string()),
                                ("value", string()),
                                ("rows", int()),
                                ("closest", text_or_null()),
                                ("action", schema("Replacement")),
                                (
                                    "options?",
                                    json!({"type": "array", "items": {"type": "string"}, "description": "All that it could be, where these are few: the stages."}),
                                ),
                            ],
                        )),
                    ),
                    (
                        "rejects",
                        list(object(
                            "",
                            [
                                ("row", int()),
                                ("errors", list(object("", [("column", string()), ("value", string()), ("error", field_error)]))),
                            ],
                        )),
                    ),
                    ("left_out", json!({"type": "array", "items": {"type": "string"}, "description": "Columns that feed no field."})),
                    (
                        "short_rows",
                        json!({"type": "integer", "description": "Rows of a CSV with too few cells: they are taken, the missing cells as empty."}),
                    ),
                    ("short", list(object("The first hundred of these.", [("row", int()), ("cells", int()), ("expected", int())]))),
                    ("kept_count", json!({"type": "integer", "description": "Records that the undo left as they are."})),
                    (
                        "kept",
                        list(object(
                            "The first hundred of these.",
                            [
                                ("kind", kind()),
                                ("id", id()),
                                ("name", string()),
                                (
                                    "why",
                                    json!({
                                        "type": "string", "enum": ["edited", "used", "needed", "refused"],
                                        "description": "Changed since; pointed to by something made since; pointed to by what is kept; not allowed.",
                                    }),
                                ),
                            ],
                        )),
                    ),
                    ("match_field", string()),
                    ("failure", text_or_null()),
                    ("can_undo", flag()),
                    ("clashes", int()),
                    (
                        "clashing",
                        list(object(
                            "What stands against an event of a calendar.",
                            [("row", int()), ("title", string()), ("conflict", schema("Conflict"))],
                        )),
                    ),
                ],
            ),
        ),
    ]
}
