//! Booking pages, from both sides.

use domain::booking as b;
use serde_json::{Value, json};

use super::{Shapes, closed, flag, id_or_null, instant, int, list, object};
use crate::rest::api::{id, schema, string};

fn number(min: u32, max: u32, default: u32) -> Value {
    json!({"type": "integer", "minimum": min, "maximum": max, "default": default})
}

fn text(max: usize) -> Value {
    json!({"type": "string", "maxLength": max})
}

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

pub(super) fn booking() -> Shapes {
    let kind = object(
        "A kind of meeting that can be booked.",
        [
            ("id?", id_or_null()),
            ("name", text(b::MAX_NAME)),
            ("about?", text(b::MAX_ABOUT)),
            ("minutes?", number(*b::MINUTES.start(), *b::MINUTES.end(), 30)),
            ("buffer_before?", number(0, b::MAX_BUFFER.into(), 0)),
            ("buffer_after?", number(0, b::MAX_BUFFER.into(), 0)),
            ("notice_minutes?", number(0, b::MAX_NOTICE, 240)),
            ("ahead_days?", number(1, b::MAX_AHEAD.into(), 60)),
            (
                "per_day?",
                json!({"type": "integer", "minimum": 0, "maximum": b::MAX_PER_DAY, "default": 0, "description": "So many on one day of the host; 0: as many as fit."}),
            ),
            ("place?", text(b::MAX_PLACE)),
            ("active?", json!({"type": "boolean", "default": true})),
        ],
    );
    let slug = || json!({"type": "string", "minLength": b::SLUG.start(), "maxLength": b::SLUG.end(), "pattern": "^[a-z0-9-]+$", "description": "The last part of the address: `/book/SLUG`."});
    let kinds = || json!({"type": "array", "maxItems": b::MAX_KINDS, "items": schema("MeetingKind")});
    let state = json!({"type": "string", "enum": ["booked", "cancelled", "over"]});
    vec![
        ("MeetingKind", closed(kind)),
        (
            "NewBookingPage",
            closed(object(
                "Either of a person or of a team: whoever of it is free, the one with the fewest bookings first.",
                [
                    ("slug", slug()),
                    ("user?", id_or_null()),
                    ("team?", id_or_null()),
                    ("name", text(b::MAX_NAME)),
                    ("about?", text(b::MAX_ABOUT)),
                    ("active?", json!({"type": "boolean", "default": true})),
                    ("kinds?", kinds()),
                ],
            )),
        ),
        (
            "BookingPage",
            object(
                "A booking page as those who work here see it.",
                [
                    ("id", id()),
                    ("version", int()),
                    ("slug", slug()),
                    ("user", id_or_null()),
                    ("team", id_or_null()),
                    ("name", string()),
                    ("about", string()),
                    ("active", flag()),
                    ("kinds", kinds()),
                    ("can_edit", flag()),
                    ("owner_name", string()),
                ],
            ),
        ),
        (
            "OpenBookingPage",
            object(
                "A booking page as anybody sees it.",
                [
                    ("slug", slug()),
                    ("name", string()),
                    ("about", string()),
                    ("with", string()),
                    ("is_team", flag()),
                    ("house", string()),
                    ("zone", string()),
                    (
                        "kinds",
                        list(object("", [("id", id()), ("name", string()), ("about", string()), ("minutes", int()), ("place", string())])),
                    ),
                ],
            ),
        ),
        (
            "OpenBookingTimes",
            object(
                "Free times on the clock of `zone`; `first` and `last` are the days between which anything can be booked at all.",
                [
                    ("zone", string()),
                    ("days", list(object("", [("date", day()), ("times", list(object("", [("start", instant()), ("clock", string())])))]))),
                    ("first", day()),
                    ("last", day()),
                ],
            ),
        ),
        (
            "NewBooking",
            closed(object(
                "What a visitor sends.",
                [
                    ("kind", id()),
                    ("start", instant()),
                    ("zone?", json!({"type": "string", "description": "IANA; the visitor's clock, for letters."})),
                    ("locale?", json!({"type": ["string", "null"], "enum": ["en", "zh-Hans", "zh-Hant", "uk", null]})),
                    ("name", text(b::MAX_NAME)),
                    ("email", json!({"type": "string", "format": "email", "maxLength": b::open::MAX_EMAIL})),
                    ("phone?", text(b::open::MAX_PHONE)),
                    ("note?", text(b::open::MAX_NOTE)),
                    ("website?", json!({"type": "string", "maxLength": 0, "description": "Left empty: programs fill it in."})),
                ],
            )),
        ),
        (
            "Booking",
            object(
                "What was booked; `/booking/TOKEN` moves or cancels it.",
                [
                    ("token", string()),
                    ("kind", id_or_null()),
                    ("name", string()),
                    ("minutes", int()),
                    ("with", string()),
                    ("house", string()),
                    ("place", string()),
                    ("start", instant()),
                    ("end", instant()),
                    ("zone", string()),
                    ("when", string()),
                    ("email", string()),
                    ("slug", string()),
                    ("state", state),
                    ("by_mail", flag()),
                ],
            ),
        ),
    ]
}
