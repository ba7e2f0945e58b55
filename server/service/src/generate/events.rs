//! A calendar for measurements: meetings, calls, visits, deliveries, leave and tasks of two years, one in forty of them recurring.

use domain::calendar::stored::ITEM_KINDS;
use domain::{Id, Kind, Record, time};
use serde_json::{Value, json};

use super::{Dice, record};
use crate::App;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// One item in so many recurs.
const RECURRING: u64 = 40;
const ROOMS: u64 = 20;

const SUBJECTS: &[&str] = &["Review", "Planning", "Demo", "Contract", "Kick-off", "Зустріч", "Огляд договору", "项目会议", "產品展示"];
const PLACES: &[&str] = &["", "", "Kyiv office", "Lviv", "Customer site", "Taipei 101", "Online"];
const RULES: &[&str] = &[
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=DAILY;COUNT=30",
    "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=60",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=1TU",
];

/// Sales people without an account.
pub(super) fn user(app: &App, n: u64) -> Record {
    record(app, Kind::User, json!({"name": format!("Person {n:03}"), "role": "sales", "time_zone": "Europe/Kyiv"}), 900)
}

pub(super) fn rooms(app: &App) -> Vec<Record> {
    let one = |n| {
        let (of, word) = if n % 5 == 4 { ("vehicle", "Car") } else { ("room", "Room") };
        record(app, Kind::Resource, json!({"name": format!("{word} {n:02}"), "type": of, "capacity": 4 + n % 8}), 900)
    };
    (0..ROOMS).map(one).collect()
}

/// Whom and what items are made of.
pub(super) struct Cast<'a> {
    pub users: &'a [Id],
    pub companies: &'a [Id],
    pub contacts: &'a [Id],
    pub rooms: &'a [Id],
}

pub(super) fn event(app: &App, dice: &mut Dice, n: u64, cast: &Cast<'_>) -> Record {
    let signed = |n: u64| i64::try_from(n).unwrap_or(0);
    let recurs = n.is_multiple_of(RECURRING);
    let today = app.now() - app.now().rem_euclid(DAY);
    // Working days of a year back and a year ahead; on the hour or half of it, from eight to six in Kyiv.
    let mut day = signed(dice.roll(730)) - 365;
    let weekday = chrono::Datelike::weekday(&time::utc_date(today + day * DAY)).num_days_from_monday();
    if weekday > 4 {
        day += 2;
    }
    let start = today + day * DAY + 6 * HOUR + signed(dice.roll(20)) * HOUR / 2;
    let end = start + HOUR / 2 * signed(1 + dice.roll(3));
    let kind = match dice.roll(100) {
        0..55 => "meeting",
        55..75 => "call",
        75..85 => "visit",
        85..90 => "delivery",
        90..92 => "leave",
        _ => ITEM_KINDS.last().copied().unwrap_or("task"),
    };
    let leave = kind == "leave" && !recurs;
    let (start_text, end_text) = if leave {
        let first = time::utc_date(start);
        (time::date(first), time::date(time::shift(first, 1 + signed(dice.roll(10)))))
    } else {
        (time::instant(start), time::instant(end))
    };
    let guests = if leave { 0 } else { dice.roll(4) };
    let mut attendees: Vec<Id> = (0..guests).filter_map(|_| dice.id(cast.users)).collect();
    attendees.sort_unstable();
    attendees.dedup();
    let outside = matches!(kind, "meeting" | "visit" | "delivery") && dice.roll(3) == 0;
    let title = format!("{} {n}", dice.of(SUBJECTS));
    let fields = json!({"title": title, "name": title, "type": kind, "start": start_text, "end": end_text, "all_day": leave,
        "zone": (!leave).then_some("Europe/Kyiv"), "organiser": dice.id(cast.users),
        "attendees": some(attendees), "contacts": outside.then(|| dice.id(cast.contacts)).flatten().map(|c| [c]),
        "company": outside.then(|| dice.id(cast.companies)), "place": Some(dice.of(PLACES)).filter(|p| !p.is_empty()),
        "resources": (dice.roll(5) == 0).then(|| dice.id(cast.rooms)).flatten().map(|r| [r]),
        "busy": true, "private": dice.roll(20) == 0, "status": if dice.roll(12) == 0 { "tentative" } else { "confirmed" },
        "travel_before": if kind == "visit" { 30 } else { 0 }, "travel_after": if kind == "visit" { 30 } else { 0 },
        "rrule": recurs.then(|| dice.of(RULES))});
    record(app, Kind::Event, fields, 400)
}

fn some(ids: Vec<Id>) -> Value {
    if ids.is_empty() { Value::Null } else { json!(ids) }
}
