//! Items of the calendar that cannot be, through the form's door and as files: a clear answer that names the field, nothing written,
//! and no page that anybody waits for.

use domain::Kind;
use http::StatusCode;
use serde_json::{Value, json};

use crate::imports::upload;
use crate::support::{House, run};

const EVENTS: &str = "/api/v1/events";

fn meeting(more: Value) -> Value {
    let mut event = json!({"title": "Review", "start": "2027-11-24T09:00:00Z", "end": "2027-11-24T10:00:00Z", "zone": "Europe/Kyiv"});
    event.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    event
}

#[test]
fn an_item_that_cannot_be_is_refused_by_its_field() {
    run(async {
        let house = House::new().await;
        let crowd: Vec<String> = (0..10_000).map(|n| format!("{n:08x}-0000-7000-8000-000000000000")).collect();
        let far = |year: &str| json!({"start": format!("{year}-06-01T09:00:00Z"), "end": format!("{year}-06-01T10:00:00Z")});
        for (what, more, wanted) in [
            ("end before start", json!({"end": "2027-11-24T08:00:00Z"}), "end:end_before_start"),
            ("no time at all", json!({"end": "2027-11-24T09:00:00Z"}), "end:end_before_start"),
            ("unknown zone", json!({"zone": "Mars/Olympus"}), "zone:zone"),
            ("a rule that yields nothing", json!({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}), "rrule:rule_never"),
            ("a rule that yields too much", json!({"rrule": "FREQ=SECONDLY"}), "rrule:rule_too_often"),
            ("10,000 attendees", json!({"attendees": crowd}), "attendees:too_many"),
            ("10,000 contacts", json!({"contacts": crowd}), "contacts:too_many"),
            ("year 0001", far("0001"), "start:date_range"),
            ("year 9999", far("9999"), "start:date_range"),
            ("a day and a time", json!({"start": "2027-11-24"}), "end:date"),
        ] {
            for path in [EVENTS, "/api/v1/events/check"] {
                let answer = house.post(path).by(&house.owner).json(&meeting(more.clone())).send().await;
                assert!(answer.status.is_client_error(), "{what} {path} {}", answer.text());
                answer.problem();
                assert!(answer.errors().iter().any(|e| e == wanted), "{what} {path}: {:?}", answer.errors());
            }
        }
        let list = house.get(EVENTS).by(&house.owner).send().await.json();
        assert_eq!(list["items"], json!([]), "nothing of it was written");
    });
}

#[test]
fn what_does_not_fit_is_named_by_its_field() {
    run(async {
        let house = House::new().await;
        let ask = json!({"users": [house.owner.id], "duration_minutes": 30, "from": "2027-01-11T00:00:00Z", "to": "2027-01-15T00:00:00Z", "zone": "Europe/Kyiv"});
        for (field, value, code) in [("limit", json!(-3), "unfit"), ("users", json!("all"), "unfit"), ("from", Value::Null, "unfit")] {
            let mut bad = ask.clone();
            bad[field] = value;
            let answer = house.post("/api/v1/events/find-times").by(&house.owner).json(&bad).send().await;
            assert_eq!((answer.status, answer.errors()), (StatusCode::UNPROCESSABLE_ENTITY, vec![format!("{field}:{code}")]));
        }
        let listed = json!([ask]);
        let answer = house.post("/api/v1/events/find-times").by(&house.owner).json(&listed).send().await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    });
}

#[test]
fn html_in_an_item_stays_text() {
    run(async {
        let house = House::new().await;
        let bad = "<script>alert(1)</script>";
        let made = house.make(&house.owner, Kind::Event, meeting(json!({"title": bad, "place": bad, "body": bad}))).await;
        assert_eq!((&made["title"], &made["place"], &made["body"]), (&json!(bad), &json!(bad), &json!(bad)));
        let one = house.get(&format!("{EVENTS}/{}", made["id"].as_str().unwrap())).by(&house.owner).send().await;
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(one.header("x-content-type-options"), "nosniff");
    });
}

#[test]
fn broken_lines_of_a_calendar_are_named_and_a_huge_one_is_refused() {
    run(async {
        let house = House::new().await;
        let owner = &house.owner;
        let good = "BEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:20271124T090000Z\r\nDTEND:20271124T100000Z\r\nSUMMARY:Good\r\nEND:VEVENT\r\n";
        let back = "BEGIN:VEVENT\r\nUID:2@x\r\nDTSTART:20271124T090000Z\r\nDTEND:20271124T080000Z\r\nEND:VEVENT\r\n";
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nthis is nothing\r\n{good}{back}END:VCALENDAR\r\n");
        let seen = upload(&house, owner, "a.ics", text.as_bytes()).await.json();
        let path = format!("/api/v1/imports/{}/dry-run", seen["upload"].as_str().unwrap());
        let report = house.post(&path).by(owner).json(&seen["guess"]).send().await.json();
        let mut rows: Vec<i64> = report["rejects"].as_array().unwrap().iter().filter_map(|r| r["row"].as_i64()).collect();
        rows.sort_unstable();
        assert_eq!((&report["created"], rows), (&json!(1), vec![3, 13]), "{report}");
        let huge = [b"BEGIN:VCALENDAR\r\n".to_vec(), vec![b'x'; 50 * 1024 * 1024]].concat();
        let answer = upload(&house, owner, "large.ics", &huge).await;
        assert!(answer.status.is_client_error(), "{}", answer.text());
        assert_eq!(answer.errors(), ["file:file_too_large"]);
    });
}

#[test]
fn a_table_of_items_says_over_rest_what_it_would_do_and_what_stands_against_it() {
    run(async {
        let house = House::new().await;
        let owner = &house.owner;
        house.make(owner, Kind::Event, meeting(json!({}))).await;
        let text = "subject,start,end,time zone\nClash,2027-11-24 09:30,2027-11-24 10:30,UTC\nBack,2027-11-24 09:30,2027-11-24 09:00,UTC\nNowhere,2027-11-25 09:30,2027-11-25 10:00,Mars\n";
        let seen = upload(&house, owner, "events.csv", text.as_bytes()).await.json();
        assert_eq!(seen["guess"]["kind"], "event");
        let path = format!("/api/v1/imports/{}/dry-run", seen["upload"].as_str().unwrap());
        let answer = house.post(&path).by(owner).json(&seen["guess"]).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let report = answer.json();
        assert_eq!((&report["created"], &report["rejected"], &report["clashes"]), (&json!(1), &json!(2), &json!(1)));
        assert_eq!((&report["clashing"][0]["row"], &report["clashing"][0]["conflict"]["with"]["title"]), (&json!(2), &json!("Review")));
        let columns: Vec<&str> = report["rejects"].as_array().unwrap().iter().filter_map(|r| r["errors"][0]["column"].as_str()).collect();
        assert_eq!(columns, ["end", "time zone"]);
        assert_eq!(house.get(EVENTS).by(owner).send().await.json()["items"].as_array().unwrap().len(), 1, "a dry run writes nothing");
    });
}
