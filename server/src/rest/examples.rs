//! One body for each path that takes one, as the documentation shows it. They are true: a test sends each of them, with
//! [`ID`] replaced by what is there.

use domain::Kind;
use serde_json::{Value, json};

/// Stands for the id of a record that is there.
pub const ID: &str = "0198f2c4-5f10-7a30-9c1e-3b7d5a2e4f60";

/// A new record.
pub fn new_of(kind: Kind) -> Value {
    match kind {
        Kind::Company => json!({
            "name": "Globex", "industry": "technology", "city": "Kyiv", "country": "Ukraine", "employees": 120,
            "revenue": {"amount": "2500000.00", "currency": "USD"}, "emails": ["office@globex.example"], "tags": ["key account"],
        }),
        Kind::Contact => json!({
            "given_name": "Anna", "family_name": "Snelling", "job_title": "Head of purchasing", "emails": ["anna@globex.example"],
            "phones": ["+380441234567"],
        }),
        Kind::Deal => json!({
            "name": "Globex: 40 pumps", "amount": {"amount": "1054.00", "currency": "USD"}, "expected_close": "2027-03-31",
            "tags": ["spring"],
        }),
        Kind::Product => {
            json!({"name": "GTX Plus Pro", "code": "GTX-PP", "series": "GTX", "price": {"amount": "5482.00", "currency": "USD"}})
        }
        Kind::Pipeline => json!({
            "name": "Renewals", "currency": "USD",
            "stages": [
                {"id": "due", "name": "Due", "kind": "open", "probability": 60},
                {"id": "agreed", "name": "Agreed", "kind": "open", "probability": 90},
                {"id": "won", "name": "Renewed", "kind": "won", "probability": 100},
                {"id": "lost", "name": "Ended", "kind": "lost", "probability": 0},
            ],
        }),
        Kind::Task => json!({"name": "Send the offer", "due_at": "2027-03-01T09:00:00.000Z", "priority": "high"}),
        Kind::Note => json!({"body": "They want delivery in two parts.", "pinned": true}),
        Kind::Call => json!({
            "name": "Asked about delivery", "at": "2027-02-26T14:30:00.000Z", "direction": "outgoing", "outcome": "reached", "minutes": 12,
        }),
        Kind::User => {
            json!({"name": "Ines Prado", "email": "ines@halyard.example", "role": "sales", "locale": "en", "time_zone": "Europe/Madrid"})
        }
        Kind::Team => json!({"name": "North", "region": "Scandinavia"}),
        Kind::Event => json!({
            "title": "Demo at Globex", "start": "2027-03-02T09:00:00Z", "end": "2027-03-02T10:00:00Z", "zone": "Europe/Kyiv",
            "place": "Their office", "on_conflict": "warn",
        }),
        Kind::Resource => json!({"name": "Room Dnipro", "type": "room", "place": "Second floor", "capacity": 8}),
    }
}

/// Fields of one that is there.
pub fn patch_of(kind: Kind) -> Value {
    match kind {
        Kind::Company => json!({"city": "Lviv", "employees": 125}),
        Kind::Contact => json!({"job_title": "Chief buyer", "language": "uk"}),
        Kind::Deal => json!({"probability": 60, "expected_close": null}),
        Kind::Product => json!({"price": {"amount": "5600.00", "currency": "USD"}}),
        Kind::Pipeline => json!({"name": "Renewals and upgrades"}),
        Kind::Task => json!({"done": true}),
        Kind::Note => json!({"pinned": false}),
        Kind::Call => json!({"minutes": 15, "outcome": "left_message"}),
        Kind::User => json!({"time_zone": "Europe/Lisbon"}),
        Kind::Team => json!({"region": "Scandinavia and the Baltic"}),
        Kind::Event => json!({"start": "2027-03-02T11:00:00Z", "end": "2027-03-02T12:00:00Z"}),
        Kind::Resource => json!({"capacity": 10}),
    }
}

/// The same fields of several.
pub fn many(kind: Kind) -> Value {
    let fields = match kind {
        Kind::Pipeline => json!({"currency": "USD"}),
        Kind::Event => json!({"place": "Online"}),
        _ => patch_of(kind),
    };
    json!({"selection": {"of": "ids", "ids": [ID]}, "fields": fields})
}

pub fn selection() -> Value {
    json!({"selection": {"of": "all", "query": {"filter": "created_at < 2020", "q": ""}}})
}

/// What a form sends, as pairs.
pub fn chosen() -> Value {
    json!({"ids": ID, "format": "csv", "columns": "name,created_at"})
}

pub fn move_deal() -> Value {
    json!({"stage": "engaging", "to_top": true, "version": 1})
}

pub fn move_deals() -> Value {
    json!({"ids": [ID], "stage": "engaging"})
}

/// To an invitation.
pub fn answer() -> Value {
    json!({"answer": "accepted"})
}

pub fn free_times() -> Value {
    json!({"users": [ID], "duration_minutes": 45, "from": "2027-03-01", "to": "2027-03-06", "zone": "Europe/Kyiv"})
}

pub fn hours() -> Value {
    let day = json!([{"from": 540, "to": 1080}]);
    json!({
        "working_hours": {"week": [day, day, day, day, day, [], []]},
        "holidays": [{"date": "2027-01-01", "name": "New Year"}],
        "conflict_rules": null,
    })
}

pub fn view() -> Value {
    json!({
        "kind": "deal", "name": "Closing this quarter", "shared": false,
        "look": {"filter": "status = open and expected_close = this-quarter", "sort": "-amount", "columns": ["name", "amount:140", "owner"]},
    })
}

pub fn booking_page() -> Value {
    json!({
        "slug": "sales-team", "team": ID, "name": "Talk to our sales team", "about": "Half an hour about pumps and prices.",
        "kinds": [{"name": "Intro call", "minutes": 30, "buffer_after": 15, "notice_minutes": 240, "ahead_days": 30, "per_day": 4, "place": "By phone"}],
    })
}

/// `start`: one of the free times.
pub fn booking() -> Value {
    json!({
        "kind": ID, "start": "2026-11-24T08:00:00Z", "zone": "Europe/Kyiv", "name": "Vera Snelling", "email": "vera@globex.example",
        "phone": "+12125550100", "note": "About the redlines in section 4.",
    })
}

/// What a file holds.
pub fn file() -> Value {
    json!({"file": "name,city,employees\nGlobex,Kyiv,120\nInitech,Lviv,35\n"})
}

/// How that file is read: as its `guess` said, or changed.
pub fn plan() -> Value {
    json!({
        "kind": "company",
        "map": [
            {"column": "name", "field": "name"}, {"column": "city", "field": "city"}, {"column": "employees", "field": "employees"},
        ],
        "match_field": "name", "on_match": "update", "date_order": "ymd", "currency": "USD",
    })
}

pub fn undo() -> Value {
    json!({"changes": [ID]})
}

pub fn dead_letters() -> Value {
    json!({"ids": null})
}

pub fn read_notices() -> Value {
    json!({"ids": null})
}

pub fn snooze() -> Value {
    json!({"minutes": 10})
}

pub fn notice_preferences() -> Value {
    json!({"mail": true, "digest": "email", "digest_at": "07:30", "birthday_days": 7, "contract_days": 30})
}

pub fn me() -> Value {
    json!({"locale": "uk", "time_zone": "Europe/Kyiv"})
}

pub fn passwords() -> Value {
    json!({"old": "correct horse battery", "new": "a longer sentence than before"})
}

pub fn password() -> Value {
    json!({"password": "a longer sentence than before"})
}

/// Who answers in [`reply`].
pub const REPLIER: &str = "anna@acme.example";

pub fn source() -> Value {
    json!({"address": "https://calendar.example.com/mine.ics", "name": "Private calendar"})
}

/// Of the customer of [`REPLIER`] to the event [`ID`].
pub fn reply() -> String {
    let lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "METHOD:REPLY",
        "BEGIN:VEVENT",
        &format!("UID:{ID}@rapport"),
        "SEQUENCE:0",
        "DTSTAMP:20261123T101500Z",
        &format!("ATTENDEE;PARTSTAT=ACCEPTED:mailto:{REPLIER}"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    lines.join("\r\n")
}

pub fn feed() -> Value {
    json!({"of": {"type": "user", "id": ID}, "detail": "full"})
}

pub fn token() -> Value {
    json!({"name": "Nightly report", "scope": "read", "days": 90})
}

pub fn workspace() -> Value {
    json!({"name": "Halyard Supply", "currency": "EUR", "time_zone": "Europe/Kyiv", "country": "UA"})
}
