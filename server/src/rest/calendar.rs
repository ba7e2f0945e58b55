//! The calendar: `/api/v1/events` with what stands against them, `/events/check`, `/events/find-times`, `/free-busy`, `/conflicts`,
//! and working hours. Lists, bin, timeline and bulk acts of events are those of every kind ([`super::records`]).

use axum::response::{IntoResponse, Response};
use domain::calendar::series::Scope;
use domain::calendar::view::{CalendarQuery, Draft, FindTimes, Habits, OnConflict, Saved, Whose};
use domain::calendar::{Answer, Moment, stored};
use domain::{FieldError, Fields, Id, Kind, time};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{Ctx, calendar as cases, records};

use super::api::{self, Api, Op, Required, schema};
use super::body::{self, IdempotencyKey, IfMatch, Json, OfId, Sent};
use super::examples;
use super::params::Params;
use super::records::IF_MATCH;
use super::shape;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

const SCOPES: [&str; 3] = ["this", "following", "all"];

fn scoped(op: Op) -> Op {
    op.query("scope", json!({"type": "string", "enum": SCOPES}), "Of a series: this occurrence, this and the following, or all.").query(
        "slot",
        api::string(),
        "Which occurrence: its `slot` (where the series has it start).",
    )
}

pub fn put_up(api: Api) -> Api {
    let create = Op::new("events", "createEvent", "Put an event into the calendar")
        .about("Checked against everybody and everything it takes: people, customers, rooms, working hours, holidays, leave, travel. A series is checked \
                400 days ahead: when it goes on after that, `checked_until` says until when.")
        .repeatable()
        .body(schema("EventNew"), examples::new_of(Kind::Event))
        .record(201, "The event, and what stands against it.", schema("Event"))
        .refuses(&[409]);
    let update = scoped(Op::new("events", "updateEvent", "Change or move an event"))
        .about("Send the changed fields only; null empties one. Moving an occurrence: its new `start` and `end`, with `scope` and `slot`. Changing all of \
                a series (or what follows): what was changed about single occurrences alone stays so, the rest of them goes along, and what a new rule \
                has no place for goes to the bin; `changes` names them all.")
        .header("If-Match", IF_MATCH, Required::Yes)
        .body(schema("EventPatch"), examples::patch_of(Kind::Event))
        .record(200, "The event (of one occurrence, the one that stands for it), and what stands against it.", schema("Event"))
        .refuses(&[409, 412, 428]);
    let remove = scoped(Op::new("events", "deleteEvent", "Move an event to the bin, or take an occurrence out of its series"))
        .header("If-Match", IF_MATCH, Required::No)
        .ok(200, "What was changed.", schema("Done"))
        .refuses(&[412, 422]);
    let answer = Op::new("events", "answerEvent", "Answer an invitation")
        .about("Of a series without `slot`: all of it, also what stands for single occurrences.")
        .body(json!({
            "type": "object", "additionalProperties": false, "required": ["answer"],
            "properties": {"answer": schema("Answer"), "slot": {"type": ["string", "null"], "description": "Only for this occurrence."}},
        }), examples::answer())
        .record(200, "The event, and what stands against it.", schema("Event"))
        .refuses(&[409]);
    let check = scoped(Op::new("events", "checkEvent", "What would stand against an event, and when it could be instead"))
        .about("Nothing is saved. With `id` an existing event is looked at, changed by what is sent.")
        .query("id", api::id(), "An event that is there already.")
        .body(schema("EventPatch"), examples::new_of(Kind::Event))
        .ok(
            200,
            "Conflicts, and the next times that are free for all.",
            json!({
                "type": "object", "required": ["conflicts", "suggestions"],
                "properties": {
                    "conflicts": {"type": "array", "items": schema("Conflict")},
                    "more": api::boolean(),
                    "refused": {"type": "boolean", "description": "A rule forbids it: it would not be saved."},
                    "suggestions": {"type": "array", "items": schema("Stretch")},
                    "checked_until": {"type": "string", "format": "date-time", "description": "Of a series that goes on: what comes later was not looked at."},
                },
            }),
        );
    let ids = || json!({"type": "array", "items": api::id()});
    let find = Op::new("events", "findTimes", "Common free times of people, customers and rooms, the best first")
        .body(json!({
            "type": "object", "additionalProperties": false, "required": ["duration_minutes", "from", "to"],
            "properties": {
                "users": ids(), "optional": ids(), "contacts": ids(), "resources": ids(), "company": {"type": ["string", "null"], "format": "uuid"},
                "duration_minutes": {"type": "integer", "minimum": 1, "maximum": 1440},
                "from": {"type": "string", "description": "An instant, or a day of `zone`."}, "to": api::string(), "zone": api::string(),
                "limit": api::number(100), "kind": {"type": "string", "enum": stored::ITEM_KINDS}, "place": api::string(),
                "travel_before": {"type": "integer", "minimum": 0}, "travel_after": {"type": "integer", "minimum": 0},
                "event": {"type": ["string", "null"], "format": "uuid", "description": "The event that is to be moved: it is in nobody's way."},
            },
        }), examples::free_times())
        .ok(
            200,
            "Free times.",
            json!({
                "type": "object", "required": ["times"],
                "properties": {"times": {"type": "array", "items": schema("FreeTime")}, "labels": schema("Labels")},
            }),
        );
    let busy = Op::new(
        "events",
        "freeBusy",
        "When people and rooms are taken, without a word about by what; contacts with what you may read of it",
    )
    .query("users", api::string(), "Ids, separated by commas.")
    .query("teams", api::string(), "Ids, separated by commas: everybody in them.")
    .query("contacts", api::string(), "Ids, separated by commas. Meetings with a contact's company that name nobody of it are tentative.")
    .query("resources", api::string(), "Ids, separated by commas.")
    .query("from", api::string(), "An instant, or a day in your zone; now when not said.")
    .query("to", api::string(), "The first moment that no longer counts; a week from now when not said.")
    .ok(
        200,
        "One entry a person, contact or room.",
        json!({"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": schema("FreeBusy")}}}),
    )
    .refuses(&[422]);
    let open = Op::new("events", "openConflicts", "What clashes in the next 60 days, of those whose calendar you look after").ok(
        200,
        "In order of time.",
        json!({
            "type": "object", "required": ["items", "more"],
            "properties": {"items": {"type": "array", "items": schema("OpenConflict")}, "more": {"type": "boolean"}},
        }),
    );
    let api = api
        .post("/events", create, async |Caller(ctx): Caller, IdempotencyKey(key): IdempotencyKey, Json(sent): Sent| {
            let draft = draft_of(sent)?;
            let saved = cases::save(&ctx, &draft, key.as_deref()).await?;
            let mut response = saved_as(StatusCode::CREATED, &saved);
            if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/events/{}", saved.record.id)) {
                response.headers_mut().insert(header::LOCATION, place);
            }
            Ok::<_, Fault>(response)
        })
        .patch("/events/{id}", update, async |Caller(ctx): Caller, OfId(id): OfId, version: IfMatch, params: Params, Json(sent): Sent| {
            change(ctx, id, version, params, sent).await
        })
        .delete("/events/{id}", remove, async |Caller(ctx): Caller, OfId(id): OfId, version: IfMatch, params: Params| {
            let (scope, slot) = which(params)?;
            let version = if let IfMatch::Version(v) = version { Some(v) } else { None };
            Ok::<_, Fault>(axum::Json(shape::done(&ctx, cases::remove(&ctx, id, version, scope, slot).await?)))
        })
        .post("/events/{id}/answer", answer, async |Caller(ctx): Caller, OfId(id): OfId, Json(sent): Json<Answered>| {
            let saved = cases::answer(&ctx, id, sent.slot, sent.answer).await?;
            Ok::<_, Fault>(saved_as(StatusCode::OK, &saved))
        })
        .post("/events/check", check, async |Caller(ctx): Caller, mut params: Params, Json(sent): Sent| {
            let id = params.id("id");
            let (scope, slot) = which(params)?;
            let mut draft = Draft { scope, slot, id, ..draft_of(sent)? };
            if let Some(id) = id {
                draft.version = records::get(&ctx, Kind::Event, id).await?.version;
            }
            Ok::<_, Fault>(axum::Json(cases::check(&ctx, &draft).await?))
        })
        .post("/events/find-times", find, async |Caller(ctx): Caller, Json(ask): Json<FindTimes>| {
            let limit = if ask.limit == 0 { 10 } else { ask.limit };
            Ok::<_, Fault>(axum::Json(cases::find_times(&ctx, &FindTimes { limit, ..ask }).await?))
        })
        .get("/free-busy", busy, async |Caller(ctx): Caller, params: Params| taken(ctx, params).await)
        .get("/conflicts", open, async |Caller(ctx): Caller| {
            let found = cases::conflicts(&ctx).await?;
            Ok::<_, Fault>(axum::Json(json!({"items": found.conflicts, "more": found.more})))
        });
    hours(api)
}

/// Working hours, holidays and rules.
fn hours(api: Api) -> Api {
    let places = [
        ("/working-hours", "House", "the house"),
        ("/users/{id}/working-hours", "User", "a person"),
        ("/teams/{id}/working-hours", "Team", "a team"),
        ("/resources/{id}/working-hours", "Resource", "a resource"),
    ];
    let mut api = api;
    for (path, name, of) in places {
        let read = Op::new("events", format!("hoursOf{name}"), format!("Working hours, holidays and conflict rules of {of}")).record(
            200,
            "What is said here; null: what the next wider circle says.",
            schema("Habits"),
        );
        let write = Op::new("events", format!("setHoursOf{name}"), format!("Set working hours, holidays and conflict rules of {of}"))
            .header("If-Match", IF_MATCH, Required::Yes)
            .about("People set their own hours; the others are for those who run the house. What is left out becomes empty.")
            .body(
                json!({
                    "type": "object", "additionalProperties": false,
                    "properties": {
                        "working_hours": {"anyOf": [schema("WorkingHours"), {"type": "null"}]},
                        "holidays": {"type": "array", "items": schema("DayOff")},
                        "conflict_rules": {"anyOf": [schema("ConflictRules"), {"type": "null"}]},
                    },
                }),
                examples::hours(),
            )
            .record(200, "What is said here.", schema("Habits"))
            .refuses(&[412, 428]);
        api = match name {
            "House" => api.get(path, read, async |Caller(ctx): Caller| habits(ctx, Whose::House).await).put(
                path,
                write,
                async |Caller(ctx): Caller, v: IfMatch, Json(h): Json<Said>| set_habits(ctx, Whose::House, v, h).await,
            ),
            "User" => api.get(path, read, async |Caller(ctx): Caller, OfId(id): OfId| habits(ctx, Whose::User(id)).await).put(
                path,
                write,
                async |Caller(ctx): Caller, OfId(id): OfId, v: IfMatch, Json(h): Json<Said>| set_habits(ctx, Whose::User(id), v, h).await,
            ),
            "Resource" => api.get(path, read, async |Caller(ctx): Caller, OfId(id): OfId| habits(ctx, Whose::Resource(id)).await).put(
                path,
                write,
                async |Caller(ctx): Caller, OfId(id): OfId, v: IfMatch, Json(h): Json<Said>| {
                    set_habits(ctx, Whose::Resource(id), v, h).await
                },
            ),
            _ => api.get(path, read, async |Caller(ctx): Caller, OfId(id): OfId| habits(ctx, Whose::Team(id)).await).put(
                path,
                write,
                async |Caller(ctx): Caller, OfId(id): OfId, v: IfMatch, Json(h): Json<Said>| set_habits(ctx, Whose::Team(id), v, h).await,
            ),
        };
    }
    api
}

#[derive(Deserialize, Serialize)]
struct Answered {
    answer: Answer,
    #[serde(default)]
    slot: Option<Moment>,
}

#[derive(Deserialize, Serialize)]
#[serde(default)]
#[derive(Default)]
struct Said {
    working_hours: Option<domain::calendar::WorkingHours>,
    holidays: Vec<domain::calendar::DayOff>,
    conflict_rules: Option<domain::calendar::Policy>,
}

async fn habits(ctx: Ctx, whose: Whose) -> Result<Response> {
    let habits = cases::habits(&ctx, whose).await?;
    Ok(shape::tagged(StatusCode::OK, habits.version, &habits))
}

async fn set_habits(ctx: Ctx, whose: Whose, version: IfMatch, said: Said) -> Result<Response> {
    let now = cases::habits(&ctx, whose).await?;
    let version = version.of(now.version)?;
    let Said { working_hours, holidays, conflict_rules } = said;
    let habits = cases::save_habits(&ctx, whose, Habits { version, working_hours, holidays, conflict_rules }).await?;
    Ok(shape::tagged(StatusCode::OK, habits.version, &habits))
}

fn draft_of(mut fields: Fields) -> Result<Draft> {
    let on_conflict = match fields.remove("on_conflict") {
        None | Some(Value::Null) => OnConflict::Warn,
        Some(value) => serde_json::from_value(value).map_err(|_| {
            let error = FieldError::new("on_conflict", "choice").with("options", "warn, reject");
            domain::Error::Invalid { fields: vec![error] }
        })?,
    };
    Ok(Draft { fields, on_conflict, ..Draft::default() })
}

fn which(mut params: Params) -> Result<(Option<Scope>, Option<Moment>)> {
    let scope = params.choice("scope", &SCOPES).map(|s| match s {
        "this" => Scope::This,
        "following" => Scope::Following,
        _ => Scope::All,
    });
    let slot = params.text("slot").and_then(|text| {
        let slot = Moment::parse(&text);
        if slot.is_none() {
            params.refuse(FieldError::new("slot", "moment").with("value", text));
        }
        slot
    });
    params.done()?;
    Ok((scope, slot))
}

fn saved_as(status: StatusCode, saved: &Saved) -> Response {
    let mut body = shape::plain(&saved.record);
    if let Some(o) = body.as_object_mut() {
        o.insert("conflicts".into(), json!(saved.conflicts));
        o.insert("more".into(), saved.more.into());
        o.insert("changes".into(), json!(saved.changes));
        if let Some(until) = &saved.checked_until {
            o.insert("checked_until".into(), until.as_str().into());
        }
    }
    shape::answer(status, &saved.record, body)
}

async fn change(ctx: Ctx, id: Id, version: IfMatch, params: Params, sent: Fields) -> Result<Response> {
    let (scope, slot) = which(params)?;
    let now = records::get(&ctx, Kind::Event, id).await?;
    let version = version.of(now.version)?;
    if version != now.version {
        return Err(body::stale(now, &sent));
    }
    let draft = draft_of(sent)?;
    // What a program "saw" in each field is something that no field ever holds: see `records`.
    let base: Fields = draft.fields.keys().map(|name| (name.clone(), json!({"seen": false}))).collect();
    let draft = Draft { id: Some(id), version, base, scope, slot, ..draft };
    let saved = cases::save(&ctx, &draft, None).await?;
    Ok(saved_as(StatusCode::OK, &saved))
}

fn ids(params: &mut Params, name: &str) -> Vec<Id> {
    let mut out = Vec::new();
    for text in params.list(name) {
        match Id::parse(&text) {
            Some(id) => out.push(id),
            None => params.refuse(FieldError::new(name, "reference").with("value", text)),
        }
    }
    out
}

async fn taken(ctx: Ctx, mut params: Params) -> Result<Response> {
    let (mut users, contacts, resources) = (ids(&mut params, "users"), ids(&mut params, "contacts"), ids(&mut params, "resources"));
    let teams = ids(&mut params, "teams");
    let (from, to) = (params.text("from"), params.text("to"));
    params.done()?;
    // The week from now on.
    let now = ctx.app.clock().now();
    let from = from.unwrap_or_else(|| time::instant(now));
    // A week, also from a day that was named.
    let week = || match time::parse_date(&from) {
        Some(day) => time::date(time::shift(day, 7)),
        None => time::instant(time::parse_instant(&from).unwrap_or(now) + 7 * 86_400_000),
    };
    let to = to.unwrap_or_else(week);
    if users.is_empty() && teams.is_empty() && contacts.is_empty() && resources.is_empty() {
        users.push(ctx.me.id);
    }
    users.extend(cases::members(&ctx, &teams)?);
    let of = cases::Of { users: &users, contacts: &contacts, resources: &resources };
    let items = cases::free_busy(&ctx, of, &from, &to).await?;
    Ok(axum::Json(json!({"items": items})).into_response())
}

/// `GET /events?from=…&to=…`: occurrences. None: an ordinary list is asked for.
pub async fn occurrences(ctx: &Ctx, params: &mut Params) -> Result<Option<Response>> {
    let (from, to) = (params.text("from"), params.text("to"));
    let zone = params.text("zone").unwrap_or_default();
    let (users, teams, resources) = (ids(params, "users"), ids(params, "teams"), ids(params, "resources"));
    let cancelled = params.flag("cancelled");
    let (Some(from), Some(to)) = (&from, &to) else {
        for (name, given) in [("from", &from), ("to", &to)] {
            if given.is_none() && (from.is_some() || to.is_some()) {
                params.refuse(FieldError::new(name, "required"));
            }
        }
        return Ok(None);
    };
    let limit = params.number("limit", 500);
    let (starts, ends) = (Moment::parse(from), Moment::parse(to));
    for (name, moment) in [("from", starts), ("to", ends)] {
        if moment.is_none() {
            params.refuse(FieldError::new(name, "moment"));
        }
    }
    if let (Some(Moment::At(from)), Some(Moment::At(to))) = (starts, ends)
        && from >= to
    {
        params.refuse(FieldError::new("to", "end_before_start"));
    }
    std::mem::take(params).done()?;
    // The days of any zone that the instant may lie in; what they have beside the stretch is left out again.
    let day = |moment: Option<Moment>, wider: i64| match moment {
        Some(Moment::Day(day)) => day,
        Some(Moment::At(ms)) => time::shift(time::utc_date(ms), wider),
        None => Default::default(),
    };
    let (from, to) = (day(starts, -1), day(ends, 2));
    let query = CalendarQuery { from, to, zone, users, teams, resources, cancelled, kinds: Vec::new(), tasks: false };
    let mut page = cases::page(ctx, &query).await?;
    if let Some(Moment::At(from)) = starts {
        page.items.retain(|i| i.span.end > from || i.span.start >= from);
    }
    if let Some(Moment::At(to)) = ends {
        page.items.retain(|i| i.span.start < to);
    }
    if let Some(most) = usize::try_from(limit).ok().filter(|most| (1..page.items.len()).contains(most)) {
        page.items.truncate(most);
        page.more = true;
    }
    Ok(Some(axum::Json(json!({"items": page.items, "next": null, "more": page.more, "labels": page.labels})).into_response()))
}

/// What the list of events takes beside what every list takes.
pub fn list_parameters(op: Op) -> Op {
    op.query(
        "from",
        api::string(),
        "A day or an instant: with `to`, occurrences are listed instead of records (`items` are `Occurrence`s).",
    )
    .query("to", api::string(), "The first day or instant that no longer counts.")
    .query("zone", api::string(), "Whose days these are; your own when not said.")
    .query("users", api::string(), "Whose calendars: ids, separated by commas; your own when nobody is named.")
    .query("teams", api::string(), "All members of these teams.")
    .query("resources", api::string(), "Rooms, vehicles, equipment.")
    .query("cancelled", api::boolean(), "Cancelled events as well.")
}
