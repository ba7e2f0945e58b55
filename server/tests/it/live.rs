//! The live stream over a real socket.

use std::net::SocketAddr;
use std::time::Duration;

use domain::Kind;
use domain::rights::Role;
use futures::StreamExt;
use serde_json::{Value, json};
use server::Options;
use server::app_router::Closing;

use crate::support::{House, Person, run};

/// Serves the house on a port of its own.
pub async fn serve(house: &House) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    address
}

/// An open stream, as a browser reads it.
pub struct Stream {
    pieces: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
}

impl Stream {
    pub async fn open(address: SocketAddr, person: &Person, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::new().get(format!("http://{address}/api/v1/live")).header("cookie", person.cookie());
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.header("accept-encoding", "br, gzip").send().await.unwrap();
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
        assert_eq!(header("content-encoding"), None, "a compressed stream would be held back");
        assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
        let mut stream = Self { pieces: response.bytes_stream().boxed(), text: String::new() };
        // The first bytes come at once.
        stream.more().await.unwrap();
        stream
    }

    async fn more(&mut self) -> Option<()> {
        let piece = tokio::time::timeout(Duration::from_secs(5), self.pieces.next()).await.ok()??;
        self.text.push_str(std::str::from_utf8(&piece.ok()?).unwrap());
        Some(())
    }

    /// The next event: its id and its data.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((event, rest)) = self.text.clone().split_once("\n\n") {
                self.text = rest.to_owned();
                let line = |name: &str| event.lines().find_map(|l| l.strip_prefix(name)).map(|t| t.trim().to_owned());
                if let Some(data) = line("data:") {
                    return Some((line("id:").unwrap_or_default(), serde_json::from_str(&data).unwrap()));
                }
            }
            self.more().await?;
        }
    }

    /// The next change of this record.
    pub async fn change_of(&mut self, id: &Value) -> Option<(String, Value)> {
        loop {
            let (event, data) = self.next().await?;
            if data["type"] == "change" && data["record"] == *id {
                return Some((event, data));
            }
        }
    }
}

#[test]
fn nobody_hears_of_what_they_may_not_see() {
    run(async {
        let house = House::new().await;
        let address = serve(&house).await;
        let (anna, boris) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let mut stream = Stream::open(address, &boris, None).await;
        let deal = house.make(&anna, Kind::Deal, json!({"name": "Secret"})).await;
        let company = house.make(&anna, Kind::Company, json!({"name": "Known to all"})).await;
        let (_, event) = stream.next().await.unwrap();
        assert_eq!(event["record"], company["id"], "{event}");
        assert!(!event.to_string().contains(deal["id"].as_str().unwrap()) && !event.to_string().contains("Known"), "ids only: {event}");
    });
}

#[test]
fn a_change_is_heard_within_a_second() {
    run(async {
        let house = House::new().await;
        let address = serve(&house).await;
        let mut stream = Stream::open(address, &house.owner, None).await;
        let begun = std::time::Instant::now();
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let (id, event) = stream.change_of(&company["id"]).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(domain::Id::parse(&id).is_some(), "{id}");
        assert_eq!((event["kind"].as_str(), event["op"].as_str(), &event["version"]), (Some("company"), Some("create"), &json!(1)));
        // Whoever hears of it finds it everywhere.
        let list = house.get("/api/v1/companies?q=Acme").by(&house.owner).send().await.json();
        assert_eq!(list["items"][0]["id"], company["id"]);
    });
}

#[test]
fn nothing_is_missed_over_a_broken_line() {
    run(async {
        let house = House::new().await;
        let address = serve(&house).await;
        let mut stream = Stream::open(address, &house.owner, None).await;
        let first = house.make(&house.owner, Kind::Company, json!({"name": "First"})).await;
        let (last, _) = stream.change_of(&first["id"]).await.unwrap();
        drop(stream);
        let mut missed = Vec::new();
        for n in 0..5 {
            missed.push(house.make(&house.owner, Kind::Company, json!({"name": format!("Missed {n}")})).await["id"].clone());
        }
        let mut stream = Stream::open(address, &house.owner, Some(&last)).await;
        // A little of what went before may come again: commits may overtake each other.
        for id in &missed {
            assert!(stream.change_of(id).await.is_some(), "in order, none missing");
        }
        let now = house.make(&house.owner, Kind::Company, json!({"name": "Now"})).await;
        assert_eq!(stream.next().await.unwrap().1["record"], now["id"]);
    });
}

#[test]
fn a_place_long_ago_is_taken_up() {
    run(async {
        let house = House::new().await;
        let address = serve(&house).await;
        let mut stream = Stream::open(address, &house.owner, Some("00000000-0000-7000-8000-000000000000")).await;
        // All of it, or word that it is too much.
        let first = stream.next().await.unwrap().1;
        assert!(first["type"] == "reset" || first["type"] == "change", "{first}");
        let bad = house.get("/api/v1/live").by(&house.owner).header("last-event-id", "x").send().await;
        assert_eq!(bad.problem().0, 400);
    });
}

#[test]
fn the_stream_ends_with_the_server() {
    run(async {
        let (close, closing) = Closing::new();
        let house = House::with(Options { closing, ..Options::default() }).await;
        let address = serve(&house).await;
        let mut stream = Stream::open(address, &house.owner, None).await;
        close.send(true).unwrap();
        assert!(stream.next().await.is_none());
    });
}

/// Well below the ten seconds after which a stream asks by itself.
const AT_ONCE: Duration = Duration::from_secs(2);

impl Stream {
    /// Until the server ends it.
    pub async fn ends(mut self) -> bool {
        tokio::time::timeout(AT_ONCE, async { while self.pieces.next().await.is_some() {} }).await.is_ok()
    }
}

#[test]
fn the_stream_ends_at_once_with_the_session() {
    run(async {
        let house = House::new().await;
        let address = serve(&house).await;
        let anna = house.person(Role::Sales).await;
        let stream = Stream::open(address, &anna, None).await;
        service::auth::sign_out(&anna.ctx).await.unwrap();
        assert!(stream.ends().await, "signed out");

        // By its person, elsewhere: that session only.
        let (here, there) = (house.sign_in(&anna.email).await, house.sign_in(&anna.email).await);
        let (mut own, lost) = (Stream::open(address, &here, None).await, Stream::open(address, &there, None).await);
        let service::Via::Session(other) = there.ctx.via else { panic!("no session") };
        service::auth::revoke_session(&here.ctx, other).await.unwrap();
        assert!(lost.ends().await, "revoked");

        // Another password ends the others, an administrator's ends all.
        let there = house.sign_in(&anna.email).await;
        let lost = Stream::open(address, &there, None).await;
        service::auth::change_password(&here.ctx, crate::support::PASSWORD, "another long pass phrase").await.unwrap();
        assert!(lost.ends().await, "another password");
        let made = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        assert!(own.change_of(&made["id"]).await.is_some(), "the one that changed the password stays");
        service::users::set_password(&house.owner.ctx, anna.id, crate::support::PASSWORD).await.unwrap();
        assert!(own.ends().await, "an administrator's ends all");

        let again = house.sign_in(&anna.email).await;
        let stream = Stream::open(address, &again, None).await;
        let user = house.get(&format!("/api/v1/users/{}", anna.id)).by(&house.owner).send().await.json();
        let disable = house.patch(&format!("/api/v1/users/{}", anna.id)).by(&house.owner).version(&user["version"]);
        assert_eq!(disable.json(&json!({"disabled": true})).send().await.status, 200);
        assert!(stream.ends().await, "disabled");
    });
}

#[test]
fn the_stream_of_a_program_ends_at_once_with_its_token() {
    run(async {
        let house = House::new().await;
        let address = serve(&house).await;
        let open =
            reqwest::Client::new().get(format!("http://{address}/api/v1/live")).bearer_auth(&house.owner.token).send().await.unwrap();
        assert_eq!(open.status(), 200);
        let mut pieces = open.bytes_stream();
        pieces.next().await.unwrap().unwrap();
        for token in service::auth::tokens(&house.owner.ctx).await.unwrap() {
            service::auth::revoke_token(&house.owner.ctx, token.id).await.unwrap();
        }
        let ended = tokio::time::timeout(AT_ONCE, async { while pieces.next().await.is_some() {} });
        assert!(ended.await.is_ok(), "still open");
    });
}
