//! The OpenAPI document says what is there, and what it says is true: every path answers, every field of every kind is
//! taken and given back, and every answer has the shape that is written down.

use domain::calendar::stored::outer_name;
use domain::schema::{DERIVED, FieldType, Special};
use domain::{Kind, Locale};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::support::{House, Knock, run};

#[test]
fn every_path_answers() {
    run(async {
        let house = House::with(server::Options { behind_proxy: true, ..Default::default() }).await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = std::collections::BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, op) in methods.as_object().unwrap() {
                assert!(ids.insert(op["operationId"].as_str().unwrap().to_owned()), "{method} {path}: its id is taken");
                let parameters = op["parameters"].as_array().cloned().unwrap_or_default();
                let in_path = parameters.iter().filter(|p| p["in"] == "path").count();
                assert_eq!(in_path, path.matches('{').count(), "{method} {path}");
                let path = path
                    .replace("{id}", "x")
                    .replace("{stage}", "x")
                    .replace("{notice}", "x")
                    .replace("{letter}", "x")
                    .replace("{slug}", "nobody");
                let verb: Method = method.to_uppercase().parse().unwrap();
                // Without proof: who gets as far as 401 found a door. Each from another address, or they would have to wait.
                let address = format!("203.0.113.{}", ids.len());
                let answer =
                    Knock::new(house.router.clone(), verb, &format!("/api/v1{path}")).header("x-forwarded-for", &address).send().await;
                // What is for strangers as well says so, and finds no such page (or no body).
                let open = op["security"] == json!([]);
                let status = answer.problem().0;
                assert!(if open { matches!(status, 404 | 415) } else { status == 401 }, "{method} {path} {status}");
            }
        }
        assert!(ids.len() > 100, "{}", ids.len());
    });
}

#[test]
fn every_reference_leads_somewhere() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let mut found = 0;
        references(&document, &mut |r| {
            found += 1;
            assert!(document.pointer(r.trim_start_matches('#')).is_some(), "{r}");
        });
        assert!(found > 200, "{found}");
    });
}

fn references(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(o) => {
            if let Some(r) = o.get("$ref").and_then(Value::as_str) {
                visit(r);
            }
            o.values().for_each(|v| references(v, visit));
        }
        Value::Array(a) => a.iter().for_each(|v| references(v, visit)),
        _ => {}
    }
}

#[test]
fn nothing_reads_a_event() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let mut wrong = Vec::new();
        sentences(&document, &mut |text| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let clumsy = |pair: &&[&str]| {
                let vowel = |w: &str| w.starts_with(['a', 'e', 'i', 'o']) && !w.starts_with("one");
                matches!(pair, [article, word] if matches!(*article, "a" | "A") && vowel(word) && word.len() > 1)
            };
            wrong.extend(words.windows(2).filter(clumsy).map(|pair| format!("{}: {text}", pair.join(" "))));
        });
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(document["paths"]["/events/{id}"]["get"]["summary"], "Read an event");
        assert_eq!(document["paths"]["/users/{id}"]["get"]["summary"], "Read a user");
    });
}

/// Every summary and description.
fn sentences(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(o) => {
            for (key, v) in o {
                match v {
                    Value::String(text) if matches!(key.as_str(), "summary" | "description") => visit(text),
                    other => sentences(other, visit),
                }
            }
        }
        Value::Array(a) => a.iter().for_each(|v| sentences(v, visit)),
        _ => {}
    }
}

#[test]
fn every_query_parameter_is_known() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        for (path, methods) in document["paths"].as_object().unwrap().iter().filter(|(p, _)| *p != "/live") {
            let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
            for p in parameters.iter().filter(|p| p["in"] == "query") {
                let name = p["name"].as_str().unwrap();
                let path = path
                    .replace("{id}", "01890000-0000-7000-8000-000000000000")
                    .replace("{stage}", "x")
                    .replace("{notice}", "x")
                    .replace("{letter}", "x")
                    .replace("{slug}", "nobody");
                let answer = house.get(&format!("/api/v1{path}?{name}=")).by(&house.owner).send().await;
                assert!(!answer.text().contains("unknown_parameter"), "{path} {name}");
            }
        }
    });
}

/// A value of this type that is not empty, in canonical form.
fn example(house: &Examples, ty: FieldType, name: &str) -> Value {
    match ty {
        FieldType::Text(max) if name == "currency" && max == 3 => json!("EUR"),
        FieldType::Text(_) if name == "time_zone" || name == "zone" => json!("Europe/Kyiv"),
        FieldType::Text(_) if name == "domain" => json!("example.com"),
        FieldType::Text(_) => json!(format!("A {name}")),
        FieldType::LongText => json!("Two\nlines"),
        FieldType::Email => json!(format!("{name}@example.com")),
        FieldType::Phone => json!("+380441234567"),
        FieldType::Url => json!("https://example.com"),
        FieldType::Emails => json!(["a@example.com"]),
        FieldType::Phones => json!(["+380441234567"]),
        FieldType::Int => json!(7),
        FieldType::Percent => json!(40),
        FieldType::Money => json!({"amount": "1054.00", "currency": "USD"}),
        FieldType::Date => json!("2026-03-18"),
        FieldType::Instant => json!("2026-03-18T12:42:00.000Z"),
        FieldType::Moment if name == "end" => json!("2026-03-18T13:42:00.000Z"),
        FieldType::Moment => json!("2026-03-18T12:42:00.000Z"),
        FieldType::Special(Special::Rule) => json!("FREQ=WEEKLY;COUNT=3"),
        FieldType::Special(Special::Moments) => json!(["2027-03-18T12:42:00.000Z"]),
        FieldType::Special(Special::Answers) => json!({house.id(Kind::User).as_str().unwrap(): "accepted"}),
        FieldType::Special(Special::Reminders) => json!([{"minutes": 10, "way": "app"}]),
        FieldType::Special(Special::Hours) => json!({"week": [[{"from": 540, "to": 1080}], [], [], [], [], [], []]}),
        FieldType::Special(Special::Policy) => serde_json::to_value(domain::calendar::Policy::default()).unwrap(),
        FieldType::Special(Special::DaysOff) => json!([{"date": "2026-01-01", "name": "New Year"}]),
        FieldType::Bool => json!(name != "all_day"),
        FieldType::Choice(options) => json!(options[0]),
        FieldType::Ref(kind) => house.id(kind),
        FieldType::Refs(kind) => json!([house.id(kind)]),
        FieldType::Tags => json!(["key"]),
        FieldType::Stage => json!("engaging"),
        FieldType::Stages => json!(domain::pipelines::template(["a", "b", "c", "d", "w", "l"])),
    }
}

/// One record of each kind, to point at.
struct Examples(Map<String, Value>);

impl Examples {
    async fn make(house: &House) -> Self {
        let mut out = Map::new();
        let pipelines = house.get("/api/v1/pipelines").by(&house.owner).send().await.json();
        out.insert("pipeline".into(), pipelines["items"][0]["id"].clone());
        out.insert("user".into(), json!(house.owner.id));
        for kind in [Kind::Company, Kind::Product, Kind::Team, Kind::Deal] {
            out.insert(kind.name().into(), house.make(&house.owner, kind, json!({"name": "Example"})).await["id"].clone());
        }
        let room = json!({"name": "Example", "type": "room"});
        out.insert("resource".into(), house.make(&house.owner, Kind::Resource, room).await["id"].clone());
        out.insert("contact".into(), house.make(&house.owner, Kind::Contact, json!({"family_name": "Example"})).await["id"].clone());
        Self(out)
    }

    fn id(&self, kind: Kind) -> Value {
        self.0[kind.name()].clone()
    }
}

#[test]
fn every_field_is_taken_and_given_back() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let examples = Examples::make(&house).await;
        for kind in Kind::ALL {
            let name = kind.name()[..1].to_uppercase() + &kind.name()[1..];
            let schema = |suffix: &str| document["components"]["schemas"][format!("{name}{suffix}")].clone();
            let (read, new, patch) = (schema(""), schema("New"), schema("Patch"));
            let described: Vec<&String> = new["properties"].as_object().unwrap().keys().collect();
            let writable: Vec<&str> = kind.fields().iter().filter(|f| !f.is(DERIVED)).map(|f| f.name).collect();
            // Beside its fields an event takes what to do about conflicts.
            let beside = usize::from(kind == Kind::Event);
            assert_eq!(described.len(), writable.len() + beside, "{name}");
            let outer = |field: &'static str| if kind == Kind::Event { outer_name(field) } else { field };
            assert_eq!(new["properties"].as_object().unwrap().len(), patch["properties"].as_object().unwrap().len());

            let mut fields = Map::new();
            for def in kind.fields().iter().filter(|f| !f.is(DERIVED)) {
                // A closed deal has other rules; a disabled user may not be given a password; both are tried elsewhere.
                if matches!(def.name, "closed_at" | "won_reason" | "lost_reason") {
                    continue;
                }
                fields.insert(outer(def.name).to_owned(), example(&examples, def.ty, def.name));
            }
            let sent = Value::Object(fields.clone());
            assert_eq!(valid(&document, &new, &sent), Ok(()), "{name}New");
            let record = house.make(&house.owner, kind, sent).await;
            for (field, value) in &fields {
                assert_eq!(&record[field], value, "{name}.{field}");
            }
            assert_eq!(valid(&document, &read, &record), Ok(()), "{name}");

            // Every field can be emptied that need not be filled.
            let one = format!("/api/v1/{}/{}", kind.plural(), record["id"].as_str().unwrap());
            for def in kind.fields().iter().filter(|f| !f.is(DERIVED)) {
                let nullable = valid(&document, &patch["properties"][outer(def.name)], &Value::Null).is_ok();
                let answer = house.patch(&one).by(&house.owner).header("if-match", "*").json(&json!({outer(def.name): null})).send().await;
                if !nullable {
                    assert_eq!(answer.errors(), [format!("{}:required", def.name)], "{name}.{}", def.name);
                }
                assert!(!answer.status.is_server_error(), "{name}.{} {}", def.name, answer.text());
            }
            for def in kind.fields().iter().filter(|f| f.is(DERIVED)) {
                let answer = house.patch(&one).by(&house.owner).header("if-match", "*").json(&json!({outer(def.name): "x"})).send().await;
                assert_eq!(answer.errors(), [format!("{}:read_only", outer(def.name))], "{name}.{}", def.name);
            }
        }
    });
}

/// Answers of all reading operations against the shapes that the document gives them.
#[test]
fn answers_have_the_shape_that_is_written_down() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let examples = Examples::make(&house).await;
        let deal = examples.id(Kind::Deal);
        let note = json!({"body": "Spoke", "deal": deal});
        house.make(&house.owner, Kind::Note, note).await;
        house.post("/api/v1/views").by(&house.owner).json(&json!({"kind": "deal", "name": "v", "look": {"q": "x"}})).send().await;
        let won = json!({"stage": "won", "version": 1, "fields": {"won_reason": "Price", "amount": {"amount": "5.00", "currency": "USD"}}});
        let moved = house.post(&format!("/api/v1/deals/{}/move", deal.as_str().unwrap())).by(&house.owner).json(&won).send().await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text());
        let booked = json!({"slug": "meet-us", "user": house.owner.id, "name": "Meet us", "kinds": [{"name": "Call"}]});
        house.post("/api/v1/booking-pages").by(&house.owner).json(&booked).send().await;
        let mut tried = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            let shape = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
            if shape.is_null() {
                continue;
            }
            let segment = path.split('/').nth(1).unwrap();
            let of_kind = Kind::parse(segment).filter(|k| segment == k.plural()).map(|k| k.name());
            let id = of_kind.and_then(|k| examples.0.get(k)).and_then(Value::as_str);
            let path = path.replace("{slug}", "meet-us");
            let full = match (path.contains("{id}"), id) {
                (true, None) => continue,
                (_, id) => {
                    path.replace("{id}", id.unwrap_or_default()).replace("{stage}", "won").replace("{notice}", "x").replace("{letter}", "x")
                }
            };
            let answer = house.get(&format!("/api/v1{full}?")).in_session(&house.owner).send().await;
            assert_eq!(answer.status, StatusCode::OK, "{full} {}", answer.text());
            assert_eq!(valid(&document, shape, &answer.json()), Ok(()), "{full} {}", answer.text());
            tried += 1;
        }
        assert!(tried >= 35, "{tried}");
        let problem = house.get("/api/v1/companies?x=1").by(&house.owner).send().await.json();
        let shape = &document["components"]["schemas"]["Problem"];
        assert_eq!(valid(&document, shape, &problem), Ok(()));
    });
}

#[test]
fn the_page_that_explains_it_needs_nothing_from_elsewhere() {
    run(async {
        let house = House::new().await;
        let page = house.get("/api/docs").page().send().await;
        assert_eq!(page.status, StatusCode::OK);
        let html = page.text();
        assert!(
            !html.contains("<script") && !html.contains("src=") && !html.contains("=\"https://") && !html.contains("url("),
            "loads something"
        );
        let nonce = html.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(page.header("content-security-policy").contains(nonce));
        for kind in Kind::ALL {
            assert!(html.contains(&format!("/api/v1/{}", kind.plural())), "{}", kind.plural());
        }
        for word in ["error-not_found", "Money", "If-Match"] {
            assert!(html.contains(word), "{word}");
        }
        let json = house.get("/api/v1/openapi.json").send().await;
        let again = house.get("/api/v1/openapi.json").header("if-none-match", json.header("etag")).send().await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    });
}

/// Labels of fields are words in every language, so the document's descriptions are, too.
#[test]
fn every_field_has_a_name_for_people() {
    for locale in Locale::ALL {
        for kind in Kind::ALL {
            for def in kind.fields() {
                let label = server::words::field(locale, kind, def.name);
                assert!(!label.starts_with("field."), "{} {label}", locale.tag());
            }
        }
    }
}

/// As much of JSON Schema as the document uses; and what nobody wrote down is a fault.
pub fn valid(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(r) = schema["$ref"].as_str() {
        return valid(document, document.pointer(r.trim_start_matches('#')).ok_or(r)?, value);
    }
    let fail = |why: &str| Err(format!("{why}: {value} against {schema}"));
    let parts = |name: &str| schema[name].as_array().cloned().unwrap_or_default();
    let alternatives: Vec<Value> = parts("oneOf").into_iter().chain(parts("anyOf")).collect();
    if !alternatives.is_empty() && !schema["properties"].is_object() {
        let tries: Vec<_> = alternatives.iter().map(|s| valid(document, s, value)).collect();
        if !tries.iter().any(Result::is_ok) {
            return Err(format!("{tries:?}"));
        }
    }
    if let Some(constant) = schema.get("const").filter(|c| *c != value) {
        return fail(&format!("not {constant}"));
    }
    if let Some(options) = schema["enum"].as_array().filter(|o| !o.contains(value)) {
        return fail(&format!("none of {options:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(s) => vec![s],
        Value::Array(a) => a.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |t: &&str| match *t {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    };
    if !types.is_empty() && !types.iter().any(is) {
        return fail("wrong type");
    }
    if let (Some(text), Some(max)) = (value.as_str(), schema["maxLength"].as_u64())
        && text.chars().count() as u64 > max
    {
        return fail("too long");
    }
    if let (Some("uuid"), Some(text)) = (schema["format"].as_str(), value.as_str())
        && domain::Id::parse(text).is_none()
    {
        return fail("no id");
    }
    if let Some(items) = value.as_array() {
        for (i, item) in items.iter().enumerate() {
            let shape = schema["prefixItems"].get(i).unwrap_or(&schema["items"]);
            if !shape.is_null() {
                valid(document, shape, item)?;
            }
        }
    }
    if let Some(object) = value.as_object().filter(|_| types.contains(&"object")) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return fail(&format!("{name} is missing"));
            }
        }
        for (name, value) in object {
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(shape), _) | (None, shape @ Value::Object(_)) => valid(document, shape, value)?,
                (None, Value::Bool(true)) => {}
                (None, Value::Bool(false)) => return fail(&format!("{name} is not allowed")),
                (None, _) if schema["properties"].is_object() => return fail(&format!("{name} is written down nowhere")),
                (None, _) => {}
            }
        }
    }
    Ok(())
}
