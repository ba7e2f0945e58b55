//! The OpenAPI 3.1 document. Records come from the same schema that checks them; paths from where they are put up.

use domain::schema::{DERIVED, FieldDef, FieldType, REQUIRED, Special};
use domain::{Kind, Locale, fields};
use serde_json::{Map, Value, json};

use super::api::{Paths, schema};
use crate::words;

mod shapes;

/// `company` → `Company`
pub fn pascal(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

pub fn new_of(kind: Kind) -> String {
    format!("{}New", pascal(kind.name()))
}

pub fn patch_of(kind: Kind) -> String {
    format!("{}Patch", pascal(kind.name()))
}

pub fn document(paths: Paths) -> Value {
    let mut schemas = shapes::all();
    for kind in Kind::ALL {
        schemas.insert(pascal(kind.name()), record(kind));
        schemas.insert(new_of(kind), input(kind, Use::New));
        schemas.insert(patch_of(kind), input(kind, Use::Patch));
    }
    let about = "Everything the screens can do. One collection per kind of record. Rights are those of the person whose token it is: \
        what you may not see does not exist (404). Instants are RFC 3339 in UTC, dates are plain dates, money is \
        `{\"amount\":\"1054.00\",\"currency\":\"USD\"}`. Problems are `application/problem+json` (RFC 9457).";
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Rapport", "version": env!("CARGO_PKG_VERSION"), "description": about},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token of a person, made in their settings or with `rapport token create`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "rapport_session", "description": "What browsers have; `__Host-rapport_session` over TLS."},
            },
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The record's version in quotes, for `If-Match`."}},
            "responses": {
                "Problem": {"description": "What is wrong, field by field.", "content": {"application/problem+json": {"schema": schema("Problem")}}},
                "Stale": {
                    "description": "Somebody else was first: `current` is the record as it is now.",
                    "content": {"application/problem+json": {"schema": schema("Problem")}},
                },
            },
            "schemas": schemas,
        },
    })
}

fn tags() -> Vec<Value> {
    let kinds = Kind::ALL.map(|k| (k.plural(), ""));
    let others = [
        ("views", "Saved views of lists."),
        ("booking", "Booking pages: what strangers may book, and when."),
        ("imports", "Files brought in: inspect, try, run, undo."),
        ("today", "My day."),
        ("dashboard", "The sales figures."),
        ("reports", "Hours, and the rows behind them."),
        ("search", "Across all kinds."),
        ("history", "Taking changes back."),
        ("live", "What changes, as it changes."),
        ("me", "Yourself, your sessions, your tokens."),
        ("notices", "What you were told, and what you want to be told."),
        ("workspace", "What holds for everybody."),
        ("mail", "Letters that go out; for those who run the house."),
    ];
    kinds.iter().chain(&others).map(|(name, about)| json!({"name": name, "description": about})).collect()
}

/// The stream is put up beside the others, because it waits for the end of the server.
pub fn live_path() -> Paths {
    let parameters = json!([
        {"name": "Last-Event-ID", "in": "header", "required": false, "schema": {"type": "string", "format": "uuid"}, "description": "The last event that you saw: nothing after it is missed."},
        {"name": "last", "in": "query", "required": false, "schema": {"type": "string", "format": "uuid"}, "description": "The same, for those who cannot set headers."},
    ]);
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let get = json!({
        "tags": ["live"],
        "operationId": "live",
        "summary": "Server-sent events: changes that you may see",
        "description": "Each event's data is a LiveEvent as JSON: ids and versions, never the data. Read again what you show. `reset` means that the \
            stream could not go on where you left it. A comment every 15 seconds keeps the line open.",
        "parameters": parameters,
        "responses": {
            "200": {"description": "The stream.", "content": {"text/event-stream": {"schema": schema("LiveEvent")}}},
            "400": problem, "401": problem, "429": problem, "503": problem,
        },
    });
    Paths::from([("/live".to_owned(), Map::from_iter([("get".to_owned(), get)]))])
}

/// The record as it is read.
fn record(kind: Kind) -> Value {
    let mut properties = Map::new();
    let common = [
        ("id", json!({"type": "string", "format": "uuid"})),
        ("version", json!({"type": "integer", "minimum": 1, "description": "Grows by one with every change."})),
        ("created_at", json!({"type": "string", "format": "date-time"})),
        ("updated_at", json!({"type": "string", "format": "date-time"})),
        ("deleted_at", json!({"type": "string", "format": "date-time", "description": "Only while the record lies in the bin."})),
    ];
    for (name, mut value) in common {
        set(&mut value, "readOnly", true.into());
        properties.insert(name.to_owned(), value);
    }
    for def in kind.fields() {
        properties.insert(outer(kind, def).to_owned(), described(kind, def));
    }
    if kind == Kind::Event {
        let saved = [
            (
                "conflicts",
                json!({"type": "array", "items": schema("Conflict"), "description": "What stood against it when it was saved; only then."}),
            ),
            ("more", json!({"type": "boolean", "description": "There were more conflicts."})),
            (
                "changes",
                json!({"type": "array", "items": {"type": "string", "format": "uuid"}, "description": "What `/undo` takes back; only after saving."}),
            ),
        ];
        for (name, mut value) in saved {
            set(&mut value, "readOnly", true.into());
            properties.insert(name.to_owned(), value);
        }
    }
    let related = super::shape::references(kind).map(|name| (name.to_owned(), json!({"type": ["object", "array", "null"]})));
    properties.insert(
        "expanded".to_owned(),
        json!({"type": "object", "readOnly": true, "properties": related.collect::<Map<_, _>>(), "description": "Related records, when `expand` asks for them."}),
    );
    let always = ["id", "version", "created_at", "updated_at"].into_iter();
    let required: Vec<&str> = always.chain(kind.fields().iter().filter(|f| f.is(REQUIRED)).map(|f| f.name)).collect();
    json!({"type": "object", "required": required, "properties": properties, "description": "An empty field is absent."})
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    New,
    Patch,
}

/// The record as it is written.
fn input(kind: Kind, purpose: Use) -> Value {
    let mut properties = Map::new();
    for def in kind.fields().iter().filter(|f| !f.is(DERIVED)) {
        let mut value = described(kind, def);
        // Empty means null, in a new record as well as in a change.
        if !def.is(REQUIRED) {
            nullable(&mut value);
        }
        properties.insert(outer(kind, def).to_owned(), value);
    }
    let mut out = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if kind == Kind::Event {
        let choice = json!({"type": "string", "enum": ["warn", "reject"], "default": "warn", "description": "What to do when something stands against it."});
        if let Some(p) = out.pointer_mut("/properties").and_then(Value::as_object_mut) {
            p.insert("on_conflict".into(), choice);
        }
    }
    if purpose == Use::New {
        let required: Vec<&str> = kind.fields().iter().filter(|f| f.is(REQUIRED) && !f.is(DERIVED)).map(|f| f.name).collect();
        set(&mut out, "required", required.into());
        if kind == Kind::Contact {
            set(&mut out, "anyOf", json!([{"required": ["given_name"]}, {"required": ["family_name"]}]));
        }
    }
    out
}

/// "a user", "an event".
pub fn with_article(word: &str) -> String {
    let an = word.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {word}", if an { "an" } else { "a" })
}

/// The name by which programs know it.
fn outer(kind: Kind, def: &'static FieldDef) -> &'static str {
    if kind == Kind::Event { domain::calendar::stored::outer_name(def.name) } else { def.name }
}

fn described(kind: Kind, def: &FieldDef) -> Value {
    let mut value = of_type(def.ty);
    let label = words::field(Locale::En, kind, def.name);
    let note = match def.ty {
        FieldType::Ref(to) => format!("{label}: id of {}.", with_article(to.name())),
        FieldType::Refs(to) => format!("{label}: ids of {}.", to.plural()),
        FieldType::Stage => format!("{label}: id of a stage of the deal's pipeline."),
        FieldType::Phone | FieldType::Phones => format!(
            "{label}: written as people write it, kept as E.164 (`+15035550100`, `+15035550100 ext. 12`) where it is recognised in the country of the record, of its company or of the workspace; else as it was sent."
        ),
        _ => format!("{label}."),
    };
    set(&mut value, "description", note.into());
    if value.get("maxItems").is_some() && fields::most_of(def) != fields::MANY {
        set(&mut value, "maxItems", fields::most_of(def).into());
    }
    let bounds = match def.name {
        "travel_before" | "travel_after" => Some((0, i64::from(domain::calendar::event::MAX_TRAVEL))),
        "capacity" => Some((1, domain::calendar::stored::MAX_CAPACITY)),
        _ => None,
    };
    if let Some((least, most)) = bounds {
        set(&mut value, "minimum", least.into());
        set(&mut value, "maximum", most.into());
    }
    if def.is(DERIVED) {
        set(&mut value, "readOnly", true.into());
    }
    value
}

fn of_type(ty: FieldType) -> Value {
    let many = |item: Value| json!({"type": "array", "maxItems": fields::MANY, "items": item});
    match ty {
        FieldType::Text(max) => json!({"type": "string", "maxLength": max}),
        FieldType::LongText => json!({"type": "string", "maxLength": fields::LONG_TEXT}),
        FieldType::Email => json!({"type": "string", "format": "email"}),
        FieldType::Phone | FieldType::Stage => json!({"type": "string"}),
        FieldType::Url => json!({"type": "string", "format": "uri"}),
        FieldType::Emails => many(json!({"type": "string", "format": "email"})),
        FieldType::Phones => many(json!({"type": "string"})),
        FieldType::Tags => many(json!({"type": "string", "maxLength": 60})),
        FieldType::Int => json!({"type": "integer", "minimum": -1_000_000_000_000_i64, "maximum": 1_000_000_000_000_i64}),
        FieldType::Percent => json!({"type": "integer", "minimum": 0, "maximum": 100}),
        FieldType::Money => schema("Money"),
        FieldType::Date => json!({"type": "string", "format": "date"}),
        FieldType::Instant => json!({"type": "string", "format": "date-time"}),
        FieldType::Moment => json!({"type": "string", "description": "RFC 3339, or a plain date of what lasts whole days."}),
        FieldType::Special(Special::Rule) => json!({"type": "string"}),
        FieldType::Special(Special::Moments) => json!({"type": "array", "maxItems": 1_000, "items": {"type": "string"}}),
        FieldType::Special(Special::Answers) => json!({"type": "object", "additionalProperties": schema("Answer")}),
        FieldType::Special(Special::Reminders) => json!({"type": "array", "maxItems": 10, "items": schema("Reminder")}),
        FieldType::Special(Special::Hours) => schema("WorkingHours"),
        FieldType::Special(Special::Policy) => schema("ConflictRules"),
        FieldType::Special(Special::DaysOff) => json!({"type": "array", "maxItems": 1_000, "items": schema("DayOff")}),
        FieldType::Bool => json!({"type": "boolean"}),
        FieldType::Choice(options) => json!({"type": "string", "enum": options}),
        FieldType::Ref(_) => json!({"type": "string", "format": "uuid"}),
        FieldType::Refs(_) => many(json!({"type": "string", "format": "uuid"})),
        FieldType::Stages => json!({"type": "array", "items": schema("Stage")}),
    }
}

fn nullable(value: &mut Value) {
    let Some(object) = value.as_object_mut() else {
        return;
    };
    if let Some(reference) = object.remove("$ref") {
        object.insert("anyOf".into(), json!([{"$ref": reference}, {"type": "null"}]));
        return;
    }
    if let Some(ty) = object.get("type").cloned() {
        object.insert("type".into(), json!([ty, "null"]));
    }
    if let Some(options) = object.get_mut("enum").and_then(Value::as_array_mut) {
        options.push(Value::Null);
    }
}

fn set(value: &mut Value, key: &str, to: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), to);
    }
}
