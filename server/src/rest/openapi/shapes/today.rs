//! My day, and the time report.

use serde_json::json;

use super::{Shapes, flag, id_or_null, int, kind, list, object, or_null, text_or_null};
use crate::rest::api::{id, schema, string};

const REASONS: [&str; 15] = [
    "running",
    "begins",
    "clash",
    "unanswered",
    "meeting",
    "task_late",
    "task_today",
    "task_soon",
    "task_undated",
    "important",
    "rotting",
    "no_step",
    "close_missed",
    "close_soon",
    "large",
];

pub(super) fn today() -> Shapes {
    let mut reason = object(
        "Why a line is there, with what belongs to the reason.",
        [
            ("reason", json!({"type": "string", "enum": REASONS})),
            ("days?", int()),
            ("minutes?", int()),
            ("limit?", json!({"type": "integer", "description": "Days that are the rule in the deal's stage."})),
            ("twice?", flag()),
        ],
    );
    if let Some(reason) = reason.as_object_mut() {
        reason.insert(
            "examples".to_owned(),
            json!([{"reason": "task_late", "days": 3}, {"reason": "rotting", "days": 24, "limit": 10, "twice": true}]),
        );
    }
    let clock = |about: &str| json!({"type": "string", "description": about});
    let groups = domain::today::Group::ALL.map(domain::today::Group::name);
    let mut line = object(
        "A line of the list.",
        [
            ("key", string()),
            ("kind", kind()),
            ("id", id()),
            ("slot?", json!({"type": "string", "description": "The occurrence of a series."})),
            ("item?", json!({"type": "string", "enum": domain::calendar::stored::ITEM_KINDS})),
            ("group", json!({"type": "string", "enum": groups})),
            ("name", string()),
            ("at", text_or_null()),
            ("end?", text_or_null()),
            ("day", clock("On your own clock: `2026-11-24`; empty where there is none.")),
            ("from", clock("`15:00`")),
            ("to", clock("`16:00`")),
            ("place", string()),
            ("amount", or_null(schema("Money"))),
            ("deal", id_or_null()),
            ("company", id_or_null()),
            ("contact", id_or_null()),
            ("why", list(schema("Reason"))),
            ("points", int()),
            ("can_edit", flag()),
        ],
    );
    if let Some(line) = line.as_object_mut() {
        line.insert("examples".to_owned(), json!([example()]));
    }
    vec![
        ("Reason", reason),
        ("TodayLine", line),
        (
            "Today",
            object(
                "What asks for your time now.",
                [
                    ("date", json!({"type": "string", "format": "date"})),
                    ("zone", string()),
                    ("items", list(schema("TodayLine"))),
                    ("labels", schema("Labels")),
                    ("more", json!({"type": "integer", "description": "Deals that had no room."})),
                    ("filter", json!({"type": "string", "description": "The filter of the list of deals that has all of them."})),
                    ("until", text_or_null()),
                ],
            ),
        ),
    ]
}

pub(super) fn time_report() -> Shapes {
    let by = || json!({"type": "string", "enum": domain::time_report::By::ALL.map(domain::time_report::By::name)});
    let group = object(
        "A figure: `key` asks for the rows behind it.",
        [
            ("key", json!({"type": "string", "description": "The id of a company or person, a kind of event, `none` or `private`."})),
            ("minutes", int()),
            ("count", int()),
        ],
    );
    let mut report = object(
        "Hours, the most first.",
        [
            ("by", by()),
            ("groups", list(group)),
            ("minutes", int()),
            ("count", int()),
            (
                "period",
                json!({"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 2, "maxItems": 2, "description": "From the first day to the one that no longer counts."}),
            ),
            ("labels", schema("Labels")),
        ],
    );
    if let Some(report) = report.as_object_mut() {
        let groups = json!([{"key": "meeting", "minutes": 450, "count": 6}, {"key": "private", "minutes": 60, "count": 1}]);
        let example =
            json!({"by": "kind", "groups": groups, "minutes": 510, "count": 7, "period": ["2026-11-01", "2026-12-01"], "labels": {}});
        report.insert("examples".to_owned(), json!([example]));
    }
    vec![
        (
            "TimeEntry",
            object(
                "One person's time in one event or call. Of what is private and not yours neither name nor company.",
                [
                    ("kind", kind()),
                    ("id", id()),
                    ("slot?", json!({"type": "string", "description": "The occurrence of a series."})),
                    ("activity", json!({"type": "string", "enum": domain::calendar::stored::ITEM_KINDS})),
                    ("person", id()),
                    ("company", id_or_null()),
                    ("at", json!({"type": "string", "format": "date-time"})),
                    ("day", json!({"type": "string", "format": "date", "description": "By the clock of the house."})),
                    ("minutes", int()),
                    ("name", string()),
                    ("masked", flag()),
                ],
            ),
        ),
        ("TimeReport", report),
        (
            "TimeRows",
            object(
                "The rows behind a figure.",
                [
                    ("items", list(schema("TimeEntry"))),
                    ("minutes", int()),
                    ("count", int()),
                    ("more", json!({"type": "boolean", "description": "There are more rows than these; the sum is that of all."})),
                    ("labels", schema("Labels")),
                ],
            ),
        ),
    ]
}

fn example() -> serde_json::Value {
    json!({
        "key": "task:0198f2c4-5f10-7a30-9c1e-3b7d5a2e4f60", "kind": "task", "id": "0198f2c4-5f10-7a30-9c1e-3b7d5a2e4f60",
        "group": "overdue", "name": "Send the offer", "at": "2026-11-20T08:00:00.000Z", "end": null, "day": "2026-11-20", "from": "10:00",
        "to": "", "place": "", "amount": {"amount": "500.00", "currency": "USD"}, "deal": null, "company": null, "contact": null,
        "why": [{"reason": "task_late", "days": 2}, {"reason": "important"}], "points": 62, "can_edit": true,
    })
}
