//! Several servers on one real SurrealDB server: they follow each other, and outlive its restart.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use domain::Kind;
use domain::rights::Role;
use http::StatusCode;
use serde_json::json;

use crate::imports::upload;
use crate::support::{House, run};

/// A SurrealDB server; killed when the test ends.
struct Database {
    child: Child,
    address: SocketAddr,
    store: String,
}

impl Database {
    /// `store`: `memory`, or `surrealkv://PATH`.
    fn start(store: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { child: Self::spawn(store, address), address, store: store.to_owned() }
    }

    fn spawn(store: &str, address: SocketAddr) -> Child {
        let mut command = Command::new("rapport-surrealdb");
        command.args(["start", "--no-banner", "--log", "error", "--user", "root", "--pass", "root", "--bind", &address.to_string(), store]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("rapport-surrealdb is not there: run script/setup test, and the tests by script/test");
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "the database server ended at once");
            assert!(begun.elapsed() < Duration::from_secs(60), "the database server does not listen");
            std::thread::yield_now();
        }
        child
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn start_again(&mut self) {
        self.child = Self::spawn(&self.store, self.address);
    }

    fn url(&self) -> String {
        format!("ws://root:root@{}", self.address)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks again until it holds; not for ever.
async fn until<F: Future<Output = bool>>(within: Duration, what: &str, mut holds: impl FnMut() -> F) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
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

        let company = first.make(&anna, Kind::Company, json!({"name": "Globex Shipping"})).await;
        let path = format!("/api/v1/companies/{}", company["id"].as_str().unwrap());
        assert_eq!(second.get(&path).by(&anna).send().await.json()["name"], "Globex Shipping", "what is stored is there at once");
        until(Duration::from_secs(1), "the list of the other server", || async {
            second.get("/api/v1/companies?q=shipping").by(&anna).send().await.json()["items"][0]["id"] == company["id"]
        })
        .await;

        // Both change the same field of the same version: one of them hears of it.
        let change = |house: &House, city: &str| house.patch(&path).by(&anna).version(&company["version"]).json(&json!({"city": city})).send();
        let (a, b) = tokio::join!(change(&first, "Kyiv"), change(&second, "Lviv"));
        let mut codes = [a.status.as_u16(), b.status.as_u16()];
        codes.sort_unstable();
        assert_eq!(codes, [200, 409], "{} {}", a.text(), b.text());
    });
}

/// More than one page of changes at once: the other server must not stop at the first page.
#[test]
fn a_burst_of_changes_reaches_the_other_server_whole() {
    run(async {
        let database = Database::start("memory");
        let first = House::on(&database.url()).await;
        let second = first.beside(&database.url()).await;
        let rows: String = (0..2500).map(|n| format!("Burst {n}\n")).collect();
        let inspection = upload(&first, &first.owner, "burst.csv", format!("Account\n{rows}").as_bytes()).await.json();
        let mut plan = inspection["guess"].clone();
        plan["kind"] = json!("company");
        plan["match_field"] = json!("name");
        plan["map"] = json!([{"column": "Account", "field": "name"}]);
        let path = format!("/api/v1/imports/{}/run", inspection["upload"].as_str().unwrap());
        let answer = first.post(&path).by(&first.owner).json(&plan).send().await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        until(Duration::from_secs(60), "all rows on the other server", || async {
            second.get("/api/v1/companies?q=burst&limit=1&count=true").by(&first.owner).send().await.json()["total"] == 2500
        })
        .await;
    });
}

#[test]
fn a_database_server_may_go_away_and_come_back() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut database = Database::start(&format!("surrealkv://{}", Path::new(dir.path()).join("db").display()));
        let house = House::on(&database.url()).await;
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let path = format!("/api/v1/companies/{}", company["id"].as_str().unwrap());

        database.stop();
        let (status, _) = house.get(&path).by(&house.owner).send().await.problem();
        assert_eq!(status, 503);
        let page = house.get("/companies").in_session(&house.owner).page().send().await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text());
        assert_eq!(house.get("/readyz").send().await.status, StatusCode::SERVICE_UNAVAILABLE);
        let lost = house.post("/api/v1/companies").by(&house.owner).json(&json!({"name": "Lost"})).send().await;
        assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE, "what is not stored is not said to be");

        database.start_again();
        until(Duration::from_secs(30), "the record after the restart", || async {
            house.get(&path).by(&house.owner).send().await.status == StatusCode::OK
        })
        .await;
        house.make(&house.owner, Kind::Company, json!({"name": "After"})).await;
    });
}
