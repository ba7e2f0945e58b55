//! Several servers on one real SurrealDB server: they follow each other, and outlive its restart. The program comes from
//! `script/setup test`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::Kind;
use domain::rights::Role;
use http::StatusCode;
use serde_json::json;

use crate::imports::upload;
use crate::live::{self, Stream};
use crate::program::{Running, place, refused, serve, until};
use crate::support::{House, run};

/// A SurrealDB server; killed when the test ends.
struct Database {
    child: Option<Child>,
    address: SocketAddr,
    store: String,
    users: Vec<&'static str>,
}

fn program() -> Command {
    let name = "rapport-surrealdb";
    let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).map(|dir| dir.join(name)).find(|p| p.is_file());
    let cache = || {
        let named = std::env::var_os("RAPPORT_CACHE").map(PathBuf::from);
        let system = || std::env::var_os("XDG_CACHE_HOME").map(|dir| PathBuf::from(dir).join("rapport"));
        named.or_else(system).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/rapport")))
    };
    let installed = || cache().map(|dir| dir.join("tools/bin").join(name)).filter(|p| p.is_file());
    Command::new(on_path.or_else(installed).expect("rapport-surrealdb is not there: script/setup test builds it"))
}

impl Database {
    /// `store`: `memory`, or `surrealkv://PATH`.
    fn start(store: &str) -> Self {
        let mut database = Self::later(store);
        database.start_again();
        database
    }

    /// Not there yet.
    fn later(store: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { child: None, address, store: store.to_owned(), users: vec!["--unauthenticated"] }
    }

    fn start_again(&mut self) {
        let mut command = program();
        let address = self.address.to_string();
        command.args(["start", "--no-banner", "--log", "error", "--bind", &address]).args(&self.users).arg(&self.store);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while !is_healthy(self.address) {
            assert!(child.try_wait().unwrap().is_none(), "the database server ended at once");
            assert!(begun.elapsed() < Duration::from_secs(60), "the database server does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child = Some(child);
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}

/// It listens before it is ready.
fn is_healthy(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked = write!(stream, "GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stop();
    }
}

fn on_disk(dir: &Path) -> String {
    format!("surrealkv://{}", dir.join("db").display())
}

#[test]
fn two_servers_ring_every_bell_once() {
    run(async {
        let database = Database::start("memory");
        let first = House::on(&database.url()).await;
        let second = first.beside(&database.url()).await;
        let at = |ms: i64| domain::time::instant(first.app.clock().now() + ms);
        let fields =
            json!({"title": "Call", "start": at(300_000), "end": at(900_000), "zone": "UTC", "reminders": [{"minutes": 5, "way": "app"}]});
        first.make(&first.owner, Kind::Event, fields).await;
        let (from, to) = (at(0), at(3_600_000));
        let busy = format!("/api/v1/free-busy?users={}&from={from}&to={to}", first.owner.id);
        until(Duration::from_secs(20), "the item at the other server", || async {
            second.get(&busy).by(&second.owner).send().await.json()["items"][0]["taken"].as_array().is_some_and(|b| !b.is_empty())
        })
        .await;
        // Both look at the same moment, and again.
        for _ in 0..3 {
            let (a, b) = futures::join!(service::reminders::tick(&first.app), service::reminders::tick(&second.app));
            assert!(a.is_ok() && b.is_ok());
        }
        for house in [&first, &second] {
            let told = house.get("/api/v1/notices").by(&house.owner).send().await.json();
            let rung = told["items"].as_array().unwrap().iter().filter(|n| n["news"] == "reminder").count();
            assert_eq!(rung, 1, "{told}");
        }
    });
}

#[test]
fn two_servers_on_one_database_follow_each_other() {
    run(async {
        let database = Database::start("memory");
        let first = House::on(&database.url()).await;
        let second = first.beside(&database.url()).await;
        // A session and a token of the one are good at the other.
        let anna = first.person(Role::Sales).await;
        assert_eq!(second.get("/api/v1/me").by(&anna).send().await.status, StatusCode::OK);
        assert_eq!(second.get("/companies").in_session(&anna).page().send().await.status, StatusCode::OK);
        let address = live::serve(&second).await;
        let mut stream = Stream::open(address, &anna, None).await;

        let company = first.make(&anna, Kind::Company, json!({"name": "Globex Shipping"})).await;
        let path = format!("/api/v1/companies/{}", company["id"].as_str().unwrap());
        assert_eq!(second.get(&path).by(&anna).send().await.json()["name"], "Globex Shipping", "what is stored is there at once");
        let begun = Instant::now();
        let (_, event) = stream.change_of(&company["id"]).await.expect("the other server's people hear of it");
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert_eq!((&event["op"], &event["version"]), (&json!("create"), &json!(1)));
        // Whoever hears of it finds it.
        let found = second.get("/api/v1/companies?q=shipping").by(&anna).send().await.json();
        assert_eq!(found["items"][0]["id"], company["id"]);

        // Both change the same field of the same version: one of them hears of it.
        let change =
            |house: &House, city: &str| house.patch(&path).by(&anna).version(&company["version"]).json(&json!({"city": city})).send();
        let (a, b) = tokio::join!(change(&first, "Kyiv"), change(&second, "Lviv"));
        let mut codes = [a.status.as_u16(), b.status.as_u16()];
        codes.sort_unstable();
        assert_eq!(codes, [200, 412], "{} {}", a.text(), b.text());
        // Rights taken away at the one are gone at the other, and so is what hung on them; nothing else is.
        let other = first.sign_in(&anna.email).await;
        let stays = Stream::open(address, &other, None).await;
        service::auth::sign_out(&anna.ctx).await.unwrap();
        assert!(stream.ends().await, "the other server's stream goes on");
        assert_eq!(second.get("/api/v1/me").in_session(&anna).send().await.status, StatusCode::UNAUTHORIZED);
        assert!(!stays.ends().await, "another session of the same person was ended too");
    });
}

/// More than one page of changes at once: the other server must not stop at the first page.
/// Twenty want the last free hour of a room at the same moment, half of them at another server.
async fn race(rules: serde_json::Value) -> (usize, usize, usize) {
    let database = Database::start("memory");
    let first = House::on(&database.url()).await;
    let second = first.beside(&database.url()).await;
    let room = first.make(&first.owner, Kind::Resource, json!({"name": "Blue room", "type": "room", "conflict_rules": rules})).await;
    until(Duration::from_secs(20), "the room at the other server", || async {
        second.get("/api/v1/resources").by(&first.owner).send().await.json()["items"][0]["id"] == room["id"]
    })
    .await;
    let wanted = (0..20).map(|n| {
        let at = if n % 2 == 0 { &first } else { &second };
        let event =
            json!({"title": format!("{n}"), "start": "2027-11-24T08:00:00Z", "end": "2027-11-24T09:00:00Z", "resources": [room["id"]]});
        at.post("/api/v1/events").by(&first.owner).json(&event).send()
    });
    let (mut clean, mut told, mut refused) = (0, 0, 0);
    for answer in futures::future::join_all(wanted).await {
        let of_room = |v: &serde_json::Value| v["conflicts"].as_array().is_some_and(|c| c.iter().any(|c| c["kind"] == "resource"));
        match answer.status {
            StatusCode::CREATED if of_room(&answer.json()) => told += 1,
            StatusCode::CREATED => clean += 1,
            StatusCode::CONFLICT => refused += 1,
            other => panic!("{other} {}", answer.text()),
        }
    }
    (clean, told, refused)
}

#[test]
fn of_two_servers_one_gives_the_last_hour_of_a_strict_room() {
    run(async { assert_eq!(race(json!({"resource": "strict"})).await, (1, 0, 19)) });
}

#[test]
fn of_two_servers_one_is_told_nothing_about_the_last_hour_of_a_room() {
    run(async { assert_eq!(race(json!(null)).await, (1, 19, 0)) });
}

#[test]
fn a_burst_of_changes_reaches_the_other_server_whole() {
    run(async {
        let database = Database::start("memory");
        let first = House::on(&database.url()).await;
        let second = first.beside(&database.url()).await;
        let rows: String = (0..1100).map(|n| format!("Burst {n}\n")).collect();
        let inspection = upload(&first, &first.owner, "burst.csv", format!("Account\n{rows}").as_bytes()).await.json();
        let mut plan = inspection["guess"].clone();
        plan["kind"] = json!("company");
        plan["match_field"] = json!("name");
        plan["map"] = json!([{"column": "Account", "field": "name"}]);
        let path = format!("/api/v1/imports/{}/run", inspection["upload"].as_str().unwrap());
        let answer = first.post(&path).by(&first.owner).json(&plan).send().await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        let place = answer.header("location").to_owned();
        // What takes long here is the database server, which is not optimised.
        until(Duration::from_secs(240), "the import", || async {
            let report = first.get(&place).by(&first.owner).send().await.json();
            assert_ne!(report["state"], "failed", "{report}");
            report["state"] == "done"
        })
        .await;
        until(Duration::from_secs(20), "all rows on the other server", || async {
            second.get("/api/v1/companies?q=burst&limit=1&count=true").by(&first.owner).send().await.json()["total"] == 1100
        })
        .await;
    });
}

#[test]
fn a_database_server_may_go_away_and_come_back() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut database = Database::start(&on_disk(dir.path()));
        let house = House::on(&database.url()).await;
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let path = format!("/api/v1/companies/{}", company["id"].as_str().unwrap());

        database.stop();
        assert_eq!(house.get(&path).by(&house.owner).send().await.problem().0, 503);
        // From the moment that this is known nobody is kept waiting.
        until(Duration::from_secs(10), "it is known", || async { house.get("/readyz").send().await.status == 503 }).await;
        let begun = Instant::now();
        let page = house.get("/companies").in_session(&house.owner).page().send().await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text());
        assert!(page.text().contains("http-equiv=\"refresh\""), "{}", page.text());
        for _ in 0..5 {
            let lost = house.post("/api/v1/companies").by(&house.owner).json(&json!({"name": "Lost"})).send().await;
            let (status, problem) = lost.problem();
            assert_eq!((status, problem["type"].as_str()), (503, Some("/api/docs#error-unavailable")));
            assert_eq!(lost.header("retry-after"), "5");
        }
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());

        database.start_again();
        until(Duration::from_secs(30), "the record after the restart", || async {
            house.get(&path).by(&house.owner).send().await.status == StatusCode::OK
        })
        .await;
        assert_eq!(house.get("/readyz").send().await.status, StatusCode::OK);
        house.make(&house.owner, Kind::Company, json!({"name": "After"})).await;
        let names = house.get("/api/v1/companies?sort=name").by(&house.owner).send().await.json();
        let names: Vec<&str> = names["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Acme", "After"], "what was said not to be saved does not turn up later");
    });
}

/// Somebody started the database server in another place: its emptiness must not be filled with half a company.
#[test]
fn another_database_at_the_same_address_is_left_alone() {
    run(async {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut database = Database::start(&on_disk(dir.path()));
        let house = House::on(&database.url()).await;
        database.stop();
        until(Duration::from_secs(10), "it is known", || async { house.get("/readyz").send().await.status == 503 }).await;
        database.store = on_disk(other.path());
        database.start_again();
        // It is looked at again twice a second.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(3) {
            let answer = house.post("/api/v1/companies").by(&house.owner).json(&json!({"name": "Lost"})).send().await;
            assert_eq!(answer.problem().0, 503);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        database.stop();
        database.store = on_disk(dir.path());
        database.start_again();
        until(Duration::from_secs(30), "its own database", || async { house.get("/readyz").send().await.status == 200 }).await;
        house.make(&house.owner, Kind::Company, json!({"name": "After"})).await;
    });
}

#[test]
fn a_database_server_that_is_not_there_yet_is_waited_for() {
    run(async {
        let (_dir, data, site) = place();
        let mut database = Database::later("memory");
        let mut command = serve(&data, &site);
        command.env("RAPPORT_DATABASE", database.url());
        let running = Running::start(command);
        let at = database.address.to_string();
        assert!(running.said.contains("waits for the database server") && running.said.contains(&at), "{}", running.said);
        let page = running.get("/companies");
        assert!(page.starts_with("HTTP/1.1 503") && page.contains("http-equiv=\"refresh\""), "{page}");
        assert!(running.get("/readyz").starts_with("HTTP/1.1 503"));
        assert!(running.get("/healthz").starts_with("HTTP/1.1 200"));
        let (status, problem) = running.call(http::Method::GET, "/me", "rt_x", None).await;
        assert_eq!((status, problem["type"].as_str()), (503, Some("/api/docs#error-unavailable")), "{problem}");

        database.start_again();
        let said = running.until("is ready at");
        assert!(said.contains(&running.address.to_string()), "{said}");
        assert!(running.get("/readyz").starts_with("HTTP/1.1 200"));
        assert!(running.get("/").contains("location: /set-up"), "{}", running.get("/"));
    });
}

#[test]
fn a_wrong_password_for_the_database_server_is_said_at_once() {
    let (_dir, data, site) = place();
    let mut database = Database::later("memory");
    database.users = vec!["--user", "root", "--pass", "pa55"];
    database.start_again();
    let address = |password: &str| format!("ws://root:{password}@{}", database.address);
    let mut command = serve(&data, &site);
    command.env("RAPPORT_DATABASE", address("secret"));
    let said = refused(command, &["does not let Rapport in", "RAPPORT_DATABASE"]);
    assert!(!said.contains("secret"), "{said}");
    let mut command = serve(&data, &site);
    command.env("RAPPORT_DATABASE", address("pa55"));
    let running = Running::start(command);
    assert!(!running.said.contains("pa55"), "{}", running.said);
    assert!(running.said.contains("is ready at") || running.until("is ready at").contains("ready"));
}

/// As an operator stops it while it waits.
#[cfg(unix)]
#[test]
fn waiting_ends_in_good_order_too() {
    let (_dir, data, site) = place();
    let database = Database::later("memory");
    let mut command = serve(&data, &site);
    command.env("RAPPORT_DATABASE", database.url());
    let mut running = Running::start(command);
    assert!(Command::new("kill").args(["-TERM", &running.child.id().to_string()]).status().unwrap().success());
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn a_key_makes_one_record_on_whichever_server_it_arrives() {
    run(async {
        let database = Database::start("memory");
        let first = House::on(&database.url()).await;
        let second = first.beside(&database.url()).await;
        let owner = &first.owner;
        for round in 0..8 {
            let key = format!("k{round}");
            let post = |house: &House, path: &str, body: &serde_json::Value| {
                house.post(path).by(owner).header("idempotency-key", &key).json(body).send()
            };
            let company = json!({"name": format!("Company {round}")});
            let (a, b) = tokio::join!(post(&first, "/api/v1/companies", &company), post(&second, "/api/v1/companies", &company));
            assert_eq!(a.json()["id"], b.json()["id"], "{} {}", a.text(), b.text());
            let token = json!({"name": format!("Token {round}"), "scope": "read"});
            let (a, b) = tokio::join!(post(&first, "/api/v1/tokens", &token), post(&second, "/api/v1/tokens", &token));
            assert!(a.status.is_success() && b.status.is_success(), "{} {}", a.text(), b.text());
        }
        // What the other one made is here a moment later, and then it is one of each.
        let count = || async { first.get("/api/v1/companies?count=true").by(owner).send().await.json()["total"].as_u64() };
        until(Duration::from_secs(20), "all companies at the first server", || async { count().await >= Some(8) }).await;
        assert_eq!(count().await, Some(8));
        let tokens = first.get("/api/v1/tokens").by(owner).send().await.json();
        let made =
            tokens["items"].as_array().unwrap().iter().filter(|t| t["name"].as_str().unwrap_or_default().starts_with("Token")).count();
        assert_eq!(made, 8, "{tokens}");
    });
}

#[test]
fn an_import_that_runs_on_one_server_is_not_broken_off_for_the_other() {
    run(async {
        let database = Database::start("memory");
        let first = House::on(&database.url()).await;
        let second = first.beside(&database.url()).await;
        let owner = &first.owner;
        let rows: String = (0..1_200).map(|n| format!("Company {n}\n")).collect();
        let inspection = upload(&first, owner, "accounts.csv", format!("Account\n{rows}").as_bytes()).await.json();
        let run = format!("/api/v1/imports/{}/run", inspection["upload"].as_str().unwrap());
        let begun = first.post(&run).by(owner).json(&inspection["guess"]).send().await;
        let place = begun.header("location").to_owned();
        let mut between = 0;
        loop {
            let seen = second.get(&place).by(owner).send().await.json();
            match seen["state"].as_str().unwrap() {
                "planned" | "running" => {
                    between += 1;
                    if between == 1 {
                        let undo = second.post(&format!("{place}/undo")).by(owner).send().await;
                        assert_eq!(undo.status.as_u16(), 422, "{}", undo.text());
                    }
                }
                "done" => break,
                other => panic!("{other} {seen}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(between > 0, "it was seen while it ran");
        assert_eq!(second.get(&place).by(owner).send().await.json()["created"], 1_200);
    });
}
