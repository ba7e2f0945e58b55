//! The board and the dashboard.

use serde_json::json;

use super::{Shapes, any_fields, flag, id_or_null, int, int_or_null, list, monies, object, or_null, text_or_null};
use crate::rest::api::{id, schema, string};

pub(super) fn board() -> Shapes {
    vec![
        (
            "Card",
            object(
                "A deal on the board.",
                [
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
                ],
            ),
        ),
        (
            "Totals",
            object(
                "Over all deals, per currency.",
                [
                    ("count", int()),
                    ("sum", monies()),
                    ("weighted", monies()),
                    (
                        "since",
                        json!({
                            "type": ["string", "null"], "format": "date-time", "description": "Mean of the times since when they stand there.",
                        }),
                    ),
                ],
            ),
        ),
        (
            "BoardColumn",
            object(
                "",
                [("stage", schema("Stage")), ("totals", schema("Totals")), ("cards", list(schema("Card"))), ("next", text_or_null())],
            ),
        ),
        (
            "Board",
            object(
                "",
                [
                    ("pipeline", object("", [("id", id()), ("name", string()), ("currency", string()), ("stages", list(schema("Stage")))])),
                    (
                        "pipelines",
                        list(
                            json!({"type": "array", "prefixItems": [id(), string()], "minItems": 2, "maxItems": 2, "description": "Id and name."}),
                        ),
                    ),
                    ("columns", list(schema("BoardColumn"))),
                    ("labels", schema("Labels")),
                    ("totals", schema("Totals")),
                ],
            ),
        ),
        (
            "MoveDeal",
            object(
                "Where to.",
                [
                    ("stage", string()),
                    (
                        "before?",
                        json!({"type": ["string", "null"], "format": "uuid", "description": "The card right below the new place."}),
                    ),
                    ("after?", json!({"type": ["string", "null"], "format": "uuid", "description": "The card right above the new place."})),
                    (
                        "to_top?",
                        json!({"type": "boolean", "description": "Without neighbours: to the top of the column instead of its end."}),
                    ),
                    ("version", json!({"type": "integer", "description": "The version that you saw."})),
                    ("fields?", any_fields()),
                    (
                        "base?",
                        json!({"type": "object", "description": "What stood in `fields` when you asked for them: where it is something else by now, 412."}),
                    ),
                ],
            ),
        ),
    ]
}

pub(super) fn figures() -> Shapes {
    vec![
        ("Figure", object("A number and the filter of the deals behind it.", [("count", int()), ("sum", monies()), ("filter", string())])),
        (
            "Dashboard",
            object(
                "",
                [
                    ("won", schema("Figure")),
                    ("lost", schema("Figure")),
                    ("open", schema("Figure")),
                    ("weighted", monies()),
                    ("win_rate", json!({"type": ["integer", "null"], "description": "Won among closed, per mille."})),
                    (
                        "cycle",
                        json!({"type": ["integer", "null"], "description": "Mean days from opening to winning, in tenths of a day."}),
                    ),
                    (
                        "stages",
                        list(object(
                            "",
                            [
                                ("pipeline", id()),
                                ("stage", string()),
                                ("name", string()),
                                ("totals", schema("Totals")),
                                ("filter", string()),
                            ],
                        )),
                    ),
                    ("months", list(object("", [("month", string()), ("won", schema("Figure")), ("lost", schema("Figure"))]))),
                    (
                        "forecast",
                        list(object(
                            "",
                            [
                                (
                                    "month",
                                    json!({"type": "string", "description": "`2017-03`; empty: overdue; `later`: further away than two years; `none`: without a date."}),
                                ),
                                ("totals", schema("Totals")),
                                ("filter", string()),
                            ],
                        )),
                    ),
                    ("owners", list(schema("TopRow"))),
                    ("products", list(schema("TopRow"))),
                    ("labels", schema("Labels")),
                    (
                        "period",
                        json!({"type": ["array", "null"], "items": {"type": "string", "format": "date"}, "description": "First day, and the day after the last."}),
                    ),
                ],
            ),
        ),
        ("TopRow", object("", [("id", id_or_null()), ("won", schema("Figure")), ("win_rate", int_or_null())])),
    ]
}
