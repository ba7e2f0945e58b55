//! The calendar: conflicts, free times, working hours.

use serde_json::json;

use super::{Shapes, flag, id_or_null, instant, int, list, object, or_null, text_or_null};
use crate::rest::api::{id, schema, string};

fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> serde_json::Value {
    json!({"type": "string", "enum": names.into_iter().collect::<Vec<_>>()})
}

pub(super) fn calendar() -> Shapes {
    let kinds = domain::calendar::ConflictKind::ALL.iter().map(|k| k.name());
    let level = || one_of(["off", "warn", "strict"]);
    let minute = || json!({"type": "integer", "minimum": 0, "maximum": 1440});
    let shifts = || list(object("From minute to minute of a day.", [("from", minute()), ("to", minute())]));
    let with = object(
        "The other item, all of it; of a holiday its name alone.",
        [
            ("id", id_or_null()),
            ("title", json!({"type": ["string", "null"], "description": "null: it is private."})),
            ("slot?", string()),
            ("start", instant()),
            ("end", instant()),
            (
                "days?",
                json!({"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 2, "maxItems": 2, "description": "Of a whole-day item: its first day, and the first one after it."}),
            ),
        ],
    );
    vec![
        ("Answer", one_of(["pending", "accepted", "tentative", "declined"])),
        (
            "Reminder",
            object(
                "Before the start.",
                [("minutes", json!({"type": "integer", "minimum": 0, "maximum": 527_040})), ("way", one_of(["app", "browser", "email"]))],
            ),
        ),
        (
            "WorkingHours",
            object(
                "Midnight at the end of a day is 1440.",
                [
                    (
                        "week",
                        json!({"type": "array", "minItems": 7, "maxItems": 7, "items": shifts(), "description": "From Monday to Sunday."}),
                    ),
                    (
                        "exceptions?",
                        list(object("A day with other hours; none at all when it is free.", [("date", string()), ("shifts", shifts())])),
                    ),
                ],
            ),
        ),
        ("DayOff", object("A holiday.", [("date", json!({"type": "string", "format": "date"})), ("name", string())])),
        (
            "ConflictRules",
            object(
                "How seriously each kind of conflict is taken: not at all, told, or refused.",
                [
                    ("people?", level()),
                    ("contact?", level()),
                    ("company?", level()),
                    ("resource?", level()),
                    ("hours?", level()),
                    ("holiday?", level()),
                    ("leave?", level()),
                    ("travel?", level()),
                ],
            ),
        ),
        (
            "Subject",
            object("Whose time it is.", [("type", one_of(["user", "contact", "company", "resource"])), ("id", id()), ("name", string())]),
        ),
        (
            "Conflict",
            object(
                "What stands against an item. Stretches of time are half-open.",
                [
                    ("kind", one_of(kinds)),
                    ("start", instant()),
                    ("end", instant()),
                    ("with", or_null(with)),
                    ("who", schema("Subject")),
                    ("strict", flag()),
                    ("item?", id()),
                    ("slot?", string()),
                ],
            ),
        ),
        (
            "OpenConflict",
            json!({"allOf": [schema("Conflict"), object("", [("title", json!({"type": ["string", "null"], "description": "Of the item that it stands against; null: it is private."})), ("can_edit", flag()), ("asked", flag()), ("item_start?", string()), ("item_end?", string())])]}),
        ),
        ("Stretch", object("", [("start", instant()), ("end", instant())])),
        (
            "FreeTime",
            object("A common free time.", [("start", instant()), ("end", instant()), ("missing?", list(id())), ("unloved?", list(id()))]),
        ),
        (
            "FreeBusy",
            object(
                "When somebody or something is taken.",
                [
                    ("who", schema("Subject")),
                    ("zone", string()),
                    ("taken", list(object("", [("start", instant()), ("end", instant()), ("by", one_of(["busy", "tentative", "leave"]))]))),
                    ("working", or_null(list(schema("Stretch")))),
                    (
                        "known?",
                        list(object(
                            "Of a contact: what you may read of what takes the time.",
                            [
                                ("id", id()),
                                ("slot?", string()),
                                ("start", instant()),
                                ("end", instant()),
                                ("title", string()),
                                ("tentative?", flag()),
                            ],
                        )),
                    ),
                ],
            ),
        ),
        (
            "Occurrence",
            object(
                "One occurrence, as you may see it. Of what is private only that the time is taken.",
                [
                    ("id", id()),
                    ("slot?", string()),
                    ("series?", id()),
                    ("recurs", flag()),
                    ("start", string()),
                    ("end", string()),
                    ("span", schema("Stretch")),
                    ("kind", one_of(domain::calendar::stored::ITEM_KINDS.iter().copied())),
                    ("status", one_of(domain::calendar::stored::STATUSES.iter().copied())),
                    ("busy", flag()),
                    ("masked", flag()),
                    ("private", flag()),
                    ("title", string()),
                    ("place", string()),
                    ("organiser", id_or_null()),
                    ("subjects", list(id())),
                    ("attendees", list(id())),
                    ("contacts", list(id())),
                    ("resources", list(id())),
                    ("company", id_or_null()),
                    ("deal", id_or_null()),
                    ("travel_before", int()),
                    ("travel_after", int()),
                    ("answer", text_or_null()),
                    ("clash", flag()),
                    ("version", int()),
                    ("foreign", flag()),
                    ("can_edit", flag()),
                ],
            ),
        ),
        ("CalendarFeedOf", object("Whose calendar it is.", [("type", one_of(["user", "team", "resource"])), ("id", id())])),
        (
            "ReplyTaken",
            object(
                "What became of an answer that came back by mail.",
                [
                    ("uid", string()),
                    ("attendee", string()),
                    ("answer", one_of(["pending", "accepted", "tentative", "declined"])),
                    ("event", id_or_null()),
                    ("outcome", one_of(["taken", "known", "older", "over", "unknown", "not_invited", "no_answer"])),
                ],
            ),
        ),
        (
            "CalendarSource",
            object(
                "A calendar elsewhere that you follow; the rest of its address is shown to nobody.",
                [
                    ("id", id()),
                    ("name", string()),
                    ("host", string()),
                    ("state", one_of(["waiting", "well", "failing"])),
                    ("read_at", text_or_null()),
                    ("next_at", text_or_null()),
                    ("items", int()),
                    ("error", or_null(object("", [("field", string()), ("code", string()), ("params?", list(list(string())))]))),
                ],
            ),
        ),
        ("CalendarFeed", object("A secret address of a calendar.", feed())),
        ("NewCalendarFeed", {
            let [a, b, c, d, e, f] = feed();
            let path = ("path", json!({"type": "string", "description": "`/calendar/….ics` below the address of the server."}));
            object("The one time that the address is shown.", [a, b, c, d, e, f, path])
        }),
        (
            "Habits",
            object(
                "Working hours, holidays and rules; null: those of the next wider circle (person, team, house).",
                [
                    ("version", int()),
                    ("working_hours", or_null(schema("WorkingHours"))),
                    ("holidays", list(schema("DayOff"))),
                    ("conflict_rules", or_null(schema("ConflictRules"))),
                ],
            ),
        ),
    ]
}

fn feed() -> [(&'static str, serde_json::Value); 6] {
    [
        ("id", id()),
        ("of", schema("CalendarFeedOf")),
        ("name", string()),
        ("detail", one_of(["busy", "full"])),
        ("created_at", instant()),
        ("last_read_at", text_or_null()),
    ]
}
