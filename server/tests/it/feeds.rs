//! Secret feeds at the door: what their address opens, and that another program reads the same occurrences.

use std::process::Command;

use domain::Kind;
use domain::rights::Role;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{House, Person, run};

const FEEDS: &str = "/api/v1/calendar-feeds";

async fn made(house: &House, by: &Person, detail: &str) -> Value {
    let wish = json!({"of": {"type": "user", "id": by.id}, "detail": detail});
    let answer = house.post(FEEDS).by(by).json(&wish).send().await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

#[test]
fn an_address_opens_one_calendar_and_nothing_else() {
    run(async {
        let house = House::new().await;
        let (ann, eve) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        for nowhere in ["/calendar/rc_unknown.ics", "/calendar/.ics", "/calendar/x.txt"] {
            assert_eq!(house.get(nowhere).send().await.status, StatusCode::NOT_FOUND, "{nowhere}");
        }
        let others = json!({"of": {"type": "user", "id": ann.id}});
        assert_eq!(house.post(FEEDS).by(&eve).json(&others).send().await.problem().0, 403);
        assert_eq!(house.post(FEEDS).json(&others).send().await.problem().0, 401);
        let feed = made(&house, &ann, "full").await;
        let path = feed["path"].as_str().unwrap();
        let one = format!("{FEEDS}/{}", feed["id"].as_str().unwrap());
        assert_eq!(house.delete(&one).by(&eve).send().await.problem().0, 404);
        // Nobody is asked who they are; and the secret is no key to anything else.
        let read = house.get(path).send().await;
        assert_eq!(read.status, StatusCode::OK);
        assert!(read.text().starts_with("BEGIN:VCALENDAR\r\n"));
        let secret = path.trim_start_matches("/calendar/").trim_end_matches(".ics");
        let bearer = house.get("/api/v1/me").header("authorization", &format!("Bearer {secret}")).send().await;
        assert_eq!(bearer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(house.knock(Method::POST, path).send().await.status, StatusCode::METHOD_NOT_ALLOWED);
        let etag = read.headers["etag"].to_str().unwrap().to_owned();
        let again = house.get(path).header("if-none-match", &etag).send().await;
        assert_eq!((again.status, again.text().as_str()), (StatusCode::NOT_MODIFIED, ""));
        let listed = house.get(FEEDS).by(&ann).send().await;
        assert!(!listed.text().contains(secret) && listed.json()["items"][0]["id"] == feed["id"]);
        let renewed = house.post(&format!("{one}/renew")).by(&ann).send().await.json();
        assert_eq!(house.get(path).send().await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.get(renewed["path"].as_str().unwrap()).send().await.status, StatusCode::OK);
        assert_eq!(house.delete(&one).by(&ann).send().await.status, StatusCode::NO_CONTENT);
        assert_eq!(house.get(renewed["path"].as_str().unwrap()).send().await.status, StatusCode::NOT_FOUND);
    });
}

/// Over changes of clocks on both sides of the world, exceptions, days, and times that a clock skips.
#[test]
fn khal_reads_a_feed_and_agrees_on_every_occurrence_of_a_year() {
    let Ok(python) = std::env::var("RAPPORT_PYTHON") else {
        assert_ne!(std::env::var("RAPPORT_ORACLE").as_deref(), Ok("must"), "RAPPORT_PYTHON names no Python: run script/setup");
        return;
    };
    run(async move {
        let house = House::new().await;
        let ann = house.person(Role::Sales).await;
        let put = async |start: &str, end: &str, zone: &str, more: Value| {
            let mut fields = json!({"title": "x", "start": start, "end": end, "zone": zone});
            fields.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            house.make(&ann, Kind::Event, fields).await
        };
        let weekly = put(
            "2026-11-24T07:00:00Z",
            "2026-11-24T08:00:00Z",
            "Europe/Kyiv",
            json!({"rrule": "FREQ=WEEKLY;BYDAY=TU,TH", "exdate": ["2026-12-08"], "rdate": ["2027-01-02T10:00:00Z"]}),
        )
        .await;
        // Half past two is skipped in March and comes twice in November.
        put("2026-11-29T07:30:00Z", "2026-11-29T08:15:00Z", "America/New_York", json!({"rrule": "FREQ=WEEKLY"})).await;
        put("2026-11-26T23:00:00Z", "2026-11-27T01:00:00Z", "Australia/Lord_Howe", json!({"rrule": "FREQ=MONTHLY;BYDAY=-1FR"})).await;
        // A zone whose rules both sides know alike: some change within a year, and each knows those of its own release.
        put("2026-12-01T12:00:00Z", "2026-12-01T12:30:00Z", "Africa/Cairo", json!({"rrule": "FREQ=DAILY;INTERVAL=5;UNTIL=20270601"})).await;
        put("2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z", "America/Santiago", json!({"rrule": "FREQ=WEEKLY;INTERVAL=3;COUNT=12"})).await;
        put("2026-11-30T08:00:00Z", "2026-12-02T09:00:00Z", "Asia/Shanghai", json!({})).await;
        put("2026-12-24", "2026-12-27", "", json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=24,31"})).await;
        let slot = "2027-03-30T06:00:00Z";
        let moved = json!({"start": "2027-03-31T12:00:00Z", "end": "2027-03-31T14:30:00Z"});
        let path = format!("/api/v1/events/{}?scope=this&slot={slot}", weekly["id"].as_str().unwrap());
        let answer = house.patch(&path).by(&ann).header("if-match", "*").json(&moved).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());

        let page = house.get("/api/v1/events?from=2026-11-22&to=2027-11-22&zone=UTC").by(&ann).send().await.json();
        let minutes = |v: &Value| v.as_str().unwrap().chars().take(16).collect::<String>();
        let one = |i: &Value| {
            let series = i["series"].as_str().or(i["id"].as_str()).unwrap();
            json!([format!("{series}@rapport"), minutes(&i["start"]), minutes(&i["end"])])
        };
        let expected: Vec<Value> = page["items"].as_array().unwrap().iter().map(one).collect();
        assert!(expected.len() > 200, "{}", expected.len());
        let feed = made(&house, &ann, "full").await;
        let text = house.get(feed["path"].as_str().unwrap()).send().await.text();
        let dir = tempfile::tempdir().unwrap();
        let (file, wanted) = (dir.path().join("feed.ics"), dir.path().join("wanted.json"));
        std::fs::write(&file, &text).unwrap();
        std::fs::write(&wanted, Value::from(expected).to_string()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/feeds.py");
        let done = Command::new(python).arg(script).args([&file, &wanted]).args(["2026-11-22", "365"]).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{said}\n{text}");
    });
}
