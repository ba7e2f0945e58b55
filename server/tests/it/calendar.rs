//! The calendar at the door: conflicts in the answer, 409, occurrences, series, free times, who sees what.

use domain::Kind;
use domain::rights::Role;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{House, run};

const EVENTS: &str = "/api/v1/events";

fn meeting(from: &str, to: &str) -> Value {
    json!({"title": "Review", "start": format!("2027-11-24T{from}:00Z"), "end": format!("2027-11-24T{to}:00Z"), "zone": "Europe/Kyiv"})
}

fn with(mut event: Value, more: Value) -> Value {
    event.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    event
}

#[test]
fn an_event_is_created_with_what_stands_against_it() {
    run(async {
        let house = House::new().await;
        let ann = house.person(Role::Sales).await;
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let first =
            with(meeting("09:00", "10:00"), json!({"kind": "visit", "attendees": [ann.id], "company": company["id"], "travel_before": 15}));
        let answer = house.post(EVENTS).by(&house.owner).json(&first).send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let made = answer.json();
        assert_eq!((&made["kind"], &made["conflicts"], &made["busy"]), (&json!("visit"), &json!([]), &json!(true)));
        assert_eq!(answer.header("location"), format!("{EVENTS}/{}", made["id"].as_str().unwrap()));

        let second = house.post(EVENTS).by(&ann).json(&meeting("09:30", "10:30")).send().await;
        assert_eq!(second.status, StatusCode::CREATED);
        let conflicts = second.json()["conflicts"].clone();
        assert_eq!(conflicts.as_array().unwrap().len(), 1);
        let clash = &conflicts[0];
        assert_eq!(
            (&clash["kind"], &clash["start"], &clash["end"]),
            (&json!("own"), &json!("2027-11-24T09:30:00.000Z"), &json!("2027-11-24T10:00:00.000Z"))
        );
        assert_eq!((&clash["with"]["id"], &clash["with"]["title"]), (&made["id"], &json!("Review")));
        assert_eq!((&clash["who"]["type"], &clash["who"]["id"]), (&json!("user"), &json!(ann.id)));

        // Told first, and refused when asked to.
        let check = house.post("/api/v1/events/check").by(&ann).json(&meeting("09:45", "10:15")).send().await.json();
        assert_eq!(check["conflicts"].as_array().unwrap().len(), 2);
        assert_eq!(check["suggestions"][0]["start"], "2027-11-24T10:30:00.000Z");
        let reject = with(meeting("09:45", "10:15"), json!({"on_conflict": "reject"}));
        let refused = house.post(EVENTS).by(&ann).json(&reject).send().await;
        assert_eq!(refused.problem().0, 409);
        assert_eq!(refused.json()["conflicts"].as_array().unwrap().len(), 2);
        let odd = with(meeting("12:00", "13:00"), json!({"on_conflict": "maybe"}));
        assert_eq!(house.post(EVENTS).by(&ann).json(&odd).send().await.errors(), ["on_conflict:choice"]);
    });
}

/// Instants were cut to the UTC days that they lie in.
#[test]
fn occurrences_of_a_stretch_of_hours_are_those_in_it() {
    run(async {
        let house = House::new().await;
        let ann = house.person(Role::Sales).await;
        house.make(&ann, Kind::Event, meeting("09:00", "10:00")).await;
        house.make(&ann, Kind::Task, json!({"name": "Call back", "due_at": "2027-11-24T09:30:00Z", "owner": ann.id})).await;
        let found = async |from: &str, to: &str| {
            let answer = house.get(&format!("{EVENTS}?from={from}&to={to}&zone=Asia/Taipei")).by(&ann).send().await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            answer.json()["items"].as_array().unwrap().len()
        };
        assert_eq!(found("2027-11-24T09:30:00Z", "2027-11-24T09:45:00Z").await, 1, "of events; a task is none");
        assert_eq!(found("2027-11-24T10:00:00Z", "2027-11-24T12:00:00Z").await, 0, "half-open");
        assert_eq!(found("2027-11-24T17:00:00%2B08:00", "2027-11-24T17:30:00%2B08:00").await, 1);
        assert_eq!(found("2027-11-23", "2027-11-24T09:00:00Z").await, 0);
        assert_eq!(found("2027-11-23", "2027-11-24T09:01:00Z").await, 1);
        let turned = house.get(&format!("{EVENTS}?from=2027-11-24T12:00:00Z&to=2027-11-24T10:00:00Z")).by(&ann).send().await;
        assert_eq!(turned.errors(), ["to:end_before_start"]);
        assert_eq!(house.get(&format!("{EVENTS}?from=soon&to=2027-11-24")).by(&ann).send().await.errors(), ["from:moment"]);
    });
}

#[test]
fn a_series_is_listed_moved_and_cut_at_the_door() {
    run(async {
        let house = House::new().await;
        let ann = house.person(Role::Sales).await;
        let made = house.make(&ann, Kind::Event, with(meeting("09:00", "10:00"), json!({"rrule": "FREQ=WEEKLY;COUNT=4"}))).await;
        let one = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
        let listed = async || {
            let page = house.get(&format!("{EVENTS}?from=2027-11-22&to=2028-01-01&zone=UTC")).by(&ann).send().await.json();
            page["items"].as_array().unwrap().iter().map(|i| i["start"].as_str().unwrap()[5..16].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed().await, ["11-24T09:00", "12-01T09:00", "12-08T09:00", "12-15T09:00"]);
        let moved = json!({"start": "2027-12-02T11:00:00Z", "end": "2027-12-02T12:00:00Z"});
        let path = format!("{one}?scope=this&slot=2027-12-01T09:00:00Z");
        assert_eq!(house.patch(&path).by(&ann).json(&moved).send().await.status, StatusCode::PRECONDITION_REQUIRED);
        let answer = house.patch(&path).by(&ann).version(&made["version"]).json(&moved).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(answer.json()["series"], made["id"]);
        assert_eq!(listed().await, ["11-24T09:00", "12-02T11:00", "12-08T09:00", "12-15T09:00"]);
        let gone = house.delete(&format!("{one}?scope=following&slot=2027-12-08T09:00:00Z")).by(&ann).send().await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.text());
        assert_eq!(listed().await, ["11-24T09:00", "12-02T11:00"]);
        let undone = house.post("/api/v1/undo").by(&ann).json(&json!({"changes": gone.json()["changes"]})).send().await;
        assert_eq!(undone.status, StatusCode::OK, "{}", undone.text());
        assert_eq!(listed().await.len(), 4);
        let nowhere = format!("{one}?scope=this&slot=2027-12-03T09:00:00Z");
        let refused = house.patch(&nowhere).by(&ann).header("if-match", "*").json(&moved).send().await;
        assert_eq!(refused.errors(), ["slot:no_occurrence"]);
    });
}

#[test]
fn what_is_private_is_not_there_and_its_time_is_taken() {
    run(async {
        let house = House::new().await;
        let (ann, eve) = (house.person(Role::Sales).await, house.person(Role::Admin).await);
        let made = house.make(&ann, Kind::Event, with(meeting("09:00", "10:00"), json!({"private": true, "title": "Secret"}))).await;
        let one = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
        for answer in [
            house.get(&one).by(&eve).send().await,
            house.get(&format!("{one}/timeline")).by(&eve).send().await,
            house.patch(&one).by(&eve).version(&json!(1)).json(&json!({"title": "x"})).send().await,
            house.delete(&one).by(&eve).send().await,
            house.post(&format!("{one}/answer")).by(&eve).json(&json!({"answer": "accepted"})).send().await,
        ] {
            assert_eq!(answer.problem().0, 404);
        }
        let range = format!("{EVENTS}?from=2027-11-24&to=2027-11-25&users={}", ann.id);
        let busy = format!("/api/v1/free-busy?from=2027-11-24&to=2027-11-25&users={}", ann.id);
        for path in [range.as_str(), &busy, EVENTS, "/api/v1/search?q=Secret"] {
            let answer = house.get(path).by(&eve).send().await;
            assert!(answer.status == StatusCode::OK && !answer.text().contains("Secret"), "{path} {}", answer.text());
        }
        let masked = house.get(&range).by(&eve).send().await.json()["items"][0].clone();
        assert_eq!((&masked["masked"], &masked["title"], &masked["organiser"]), (&json!(true), &json!(""), &Value::Null));
        let taken = house.get(&busy).by(&eve).send().await.json();
        assert_eq!(taken["items"][0]["taken"][0]["by"], "busy");
        let clash = house.make(&eve, Kind::Event, with(meeting("09:00", "10:00"), json!({"attendees": [ann.id]}))).await;
        assert_eq!(clash["conflicts"][0]["with"]["title"], Value::Null);
    });
}

#[test]
fn times_hours_and_open_conflicts() {
    run(async {
        let house = House::new().await;
        let (ann, bob) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let ask =
            json!({"users": [ann.id, bob.id], "duration_minutes": 30, "from": "2027-11-24", "to": "2027-11-25", "zone": "UTC", "limit": 3});
        let found = house.post("/api/v1/events/find-times").by(&ann).json(&ask).send().await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.text());
        assert_eq!(found.json()["times"].as_array().unwrap().len(), 3);
        let endless = with(ask, json!({"to": "2029-01-01", "duration_minutes": 0}));
        let refused = house.post("/api/v1/events/find-times").by(&ann).json(&endless).send().await;
        assert_eq!(refused.errors(), ["duration_minutes:minutes_from", "to:window_too_long"]);

        let path = format!("/api/v1/users/{}/working-hours", ann.id);
        let hours = json!({"working_hours": {"week": [[], [], [{"from": 600, "to": 720}], [], [], [], []]}});
        assert_eq!(house.knock(Method::PUT, &path).by(&bob).version(&json!(1)).json(&hours).send().await.problem().0, 403);
        let version = house.get(&path).by(&ann).send().await.json()["version"].clone();
        let set = house.knock(Method::PUT, &path).by(&ann).version(&version).json(&hours).send().await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text());
        assert_eq!(
            house.knock(Method::PUT, "/api/v1/working-hours").by(&ann).version(&json!(0)).json(&json!({})).send().await.problem().0,
            403
        );
        let late = house.make(&ann, Kind::Event, meeting("16:00", "17:00")).await;
        assert_eq!(late["conflicts"][0]["kind"], "hours");
        let open = house.get("/api/v1/conflicts").by(&ann).send().await;
        assert_eq!(open.status, StatusCode::OK, "{}", open.text());
    });
}

#[test]
fn a_repeated_request_makes_one_event() {
    run(async {
        let house = House::new().await;
        let send =
            async || house.post(EVENTS).by(&house.owner).header("idempotency-key", "k1").json(&meeting("09:00", "10:00")).send().await;
        let (first, again) = (send().await.json(), send().await.json());
        assert_eq!(first["id"], again["id"]);
        assert_eq!(again["conflicts"], json!([]), "the first answer, not a clash with itself");
    });
}
