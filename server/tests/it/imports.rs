//! Imports over HTTP, from the upload to taking it back.

use std::time::Duration;

use domain::rights::Role;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, House, Person, run};

const CSV: &str = "Account,Sector,Employees\nAcme,technolgy,12\nGlobex,retail,many\nInitech,software,7\n";

const FORM: &str = "multipart/form-data; boundary=frontier";

fn form(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = format!("--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    body
}

pub async fn upload(house: &House, by: &Person, name: &str, bytes: &[u8]) -> Answer {
    house.post("/api/v1/imports").by(by).body(FORM, form(name, bytes)).send().await
}

#[test]
fn a_file_is_not_for_everybody_to_bring() {
    run(async {
        let house = House::new().await;
        let owners = upload(&house, &house.owner, "a.csv", CSV.as_bytes()).await.json();
        for role in [Role::Sales, Role::Marketing, Role::Service, Role::Analyst, Role::ReadOnly] {
            let person = house.person(role).await;
            assert_eq!(upload(&house, &person, "a.csv", CSV.as_bytes()).await.problem().0, 403, "{}", role.name());
            for act in ["dry-run", "run"] {
                let path = format!("/api/v1/imports/{}/{act}", owners["upload"].as_str().unwrap());
                // Whoever has a calendar brings files of it; what others sent is not there for them.
                let status = if matches!(role, Role::Analyst | Role::ReadOnly) { 403 } else { 404 };
                assert_eq!(house.post(&path).by(&person).json(&owners["guess"]).send().await.problem().0, status, "{} {act}", role.name());
            }
        }
    });
}

#[test]
fn broken_files_are_refused_and_nothing_is_written() {
    run(async {
        let house = House::new().await;
        for (name, bytes) in
            [("empty.csv", &b""[..]), ("x.xlsx", b"PK\x03\x04 not really"), ("x.exe", b"MZ\x90\x00\x03\x00\x00\x00\xff\xff\x00\x00")]
        {
            let answer = upload(&house, &house.owner, name, bytes).await;
            assert!(answer.status.is_client_error(), "{name} {}", answer.text());
            answer.problem();
        }
        let owner = &house.owner;
        let no_part = house.post("/api/v1/imports").by(owner).body("multipart/form-data; boundary=x", "--x--\r\n").send().await;
        assert_eq!(no_part.errors(), ["file:required"]);
        let no_form = house.post("/api/v1/imports").by(owner).body("text/csv", CSV).send().await;
        assert_eq!(no_form.problem().0, 415);
        let huge = house
            .post("/api/v1/imports")
            .by(owner)
            .header("content-length", "999999999")
            .body("multipart/form-data; boundary=x", "")
            .send()
            .await;
        assert_eq!(huge.problem().0, 413);
        let unknown = "/api/v1/imports/01890000-0000-7000-8000-000000000000";
        let plan = upload(&house, owner, "a.csv", CSV.as_bytes()).await.json()["guess"].clone();
        // Not there (any more): the file has to be sent again, and the answer says so.
        for act in ["run", "dry-run"] {
            let answer = house.post(&format!("{unknown}/{act}")).by(owner).json(&plan).send().await;
            assert_eq!((answer.problem().0, answer.errors()), (404, vec!["upload:upload_gone".to_owned()]), "{act}");
        }
        assert_eq!(house.get(unknown).by(owner).send().await.problem().0, 404);
        assert_eq!(house.get(&format!("{unknown}/rejected.csv")).by(owner).send().await.problem().0, 404);
        assert_eq!(house.post(&format!("{unknown}/undo")).by(owner).send().await.problem().0, 404);
        assert_eq!(house.get("/api/v1/companies?count=true").by(owner).send().await.json()["total"], 0);
    });
}

#[test]
fn a_file_comes_in_and_goes_out_again() {
    run(async {
        let house = House::new().await;
        let owner = &house.owner;
        let answer = upload(&house, owner, "accounts.csv", CSV.as_bytes()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let inspection = answer.json();
        assert_eq!((inspection["rows"].as_i64(), inspection["columns"][0]["name"].as_str()), (Some(3), Some("Account")));
        let mut plan = inspection["guess"].clone();
        plan["kind"] = json!("company");
        plan["match_field"] = json!("name");
        plan["map"] = json!([
            {"column": "Account", "field": "name"}, {"column": "Sector", "field": "industry"}, {"column": "Employees", "field": "employees"},
        ]);
        let path = format!("/api/v1/imports/{}", inspection["upload"].as_str().unwrap());
        let mut odd = plan.clone();
        odd["colour"] = json!(1);
        assert_eq!(house.post(&format!("{path}/dry-run")).by(owner).json(&odd).send().await.errors(), ["colour:unknown_field"]);

        let tried = house.post(&format!("{path}/dry-run")).by(owner).json(&plan).send().await;
        assert_eq!(tried.status, StatusCode::OK, "{}", tried.text());
        let figures = |r: &Value| ["created", "updated", "duplicate", "rejected"].map(|n| r[n].as_i64().unwrap());
        assert_eq!(figures(&tried.json()), [2, 0, 0, 1]);
        assert_eq!(house.get("/api/v1/companies?count=true").by(owner).send().await.json()["total"], 0, "a try writes nothing");

        let started = house.post(&format!("{path}/run")).by(owner).json(&plan).send().await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text());
        let place = started.header("location").to_owned();
        let report = until(&house, &place, "done").await;
        assert_eq!(figures(&report), [2, 0, 0, 1]);
        let rejected = house.get(&format!("{place}/rejected.csv")).by(owner).send().await;
        assert!(rejected.text().contains("Globex") && !rejected.text().contains("Initech"), "{}", rejected.text());
        assert_eq!(house.get("/api/v1/imports").by(owner).send().await.json()["items"].as_array().unwrap().len(), 1);

        house.post(&format!("{place}/undo")).by(owner).send().await;
        until(&house, &place, "undone").await;
        assert_eq!(house.get("/api/v1/companies?count=true").by(owner).send().await.json()["total"], 0);
    });
}

async fn until(house: &House, place: &str, state: &str) -> Value {
    for _ in 0..200 {
        let report = house.get(place).by(&house.owner).send().await.json();
        if report["state"] == state {
            return report;
        }
        assert_ne!(report["state"], "failed", "{report}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {state}");
}

#[test]
fn an_import_that_is_sent_twice_runs_once() {
    run(async {
        let house = House::new().await;
        let owner = &house.owner;
        let send = async |key: &str| {
            let knock = house.post("/api/v1/imports").by(owner).header("idempotency-key", key);
            knock.body(FORM, form("accounts.csv", CSV.as_bytes())).send().await.json()
        };
        let inspection = send("upload").await;
        assert_eq!(send("upload").await, inspection);
        assert_ne!(send("another").await["upload"], inspection["upload"]);
        let path = format!("/api/v1/imports/{}", inspection["upload"].as_str().unwrap());
        let start = async || {
            let answer =
                house.post(&format!("{path}/run")).by(owner).header("idempotency-key", "run").json(&inspection["guess"]).send().await;
            (answer.status, answer.header("location").to_owned())
        };
        let (first, again) = tokio::join!(start(), start());
        assert_eq!((first.0, &first), (StatusCode::ACCEPTED, &again));
        until(&house, &first.1, "done").await;
        assert_eq!(start().await, first);
        assert_eq!(house.get("/api/v1/imports").by(owner).send().await.json()["items"].as_array().unwrap().len(), 1);

        let undo = async || house.post(&format!("{}/undo", first.1)).by(owner).header("idempotency-key", "undo").send().await.status;
        assert_eq!((undo().await, undo().await), (StatusCode::OK, StatusCode::OK));
        until(&house, &first.1, "undone").await;
    });
}
