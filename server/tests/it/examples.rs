//! The bodies that the documentation shows: each fits the shape beside it, and sent as it is it works.

use domain::Kind;
use domain::rights::Role;
use http::Method;
use serde_json::{Value, json};
use server::rest::examples::{self, ID};

use crate::imports::upload;
use crate::openapi::valid;
use crate::support::{House, Knock, Person, run};

/// What stands for `ID` in the path and in the body of an operation.
async fn target(house: &House, path: &str) -> String {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let segment = path.split('/').nth(1).unwrap();
    match (segment, path) {
        ("imports", _) => {
            let file = text(&examples::file()["file"]);
            text(&upload(house, &house.owner, "companies.csv", file.as_bytes()).await.json()["upload"])
        }
        ("views", _) => text(&house.post("/api/v1/views").by(&house.owner).json(&examples::view()).send().await.json()["id"]),
        ("booking-pages", _) => house.make(&house.owner, Kind::Team, json!({"name": "Sales"})).await["id"].as_str().unwrap().to_owned(),
        ("book", _) => {
            let page = json!({"slug": "meet-us", "user": house.owner.id, "name": "Meet us", "kinds": [{"name": "Call"}]});
            text(&house.post("/api/v1/booking-pages").by(&house.owner).json(&page).send().await.json()["kinds"][0]["id"])
        }
        ("events", path) if path.ends_with("find-times") => house.owner.id.to_string(),
        ("notices", path) if path.ends_with("snooze") => reminder(house).await,
        ("calendar", "/calendar/replies") => invited(house).await,
        ("calendar-sources", path) if path.contains("/{") => {
            let wish = examples::source();
            text(&house.post("/api/v1/calendar-sources").by(&house.owner).json(&wish).send().await.json()["id"])
        }
        ("calendar-feeds", "/calendar-feeds") => house.owner.id.to_string(),
        ("calendar-feeds", _) => {
            let wish = json!({"of": {"type": "user", "id": house.owner.id}});
            text(&house.post("/api/v1/calendar-feeds").by(&house.owner).json(&wish).send().await.json()["id"])
        }
        ("users", _) => house.person(Role::Sales).await.id.to_string(),
        ("undo", _) => {
            let company = house.make(&house.owner, Kind::Company, json!({"name": "Before"})).await;
            let one = format!("/api/v1/companies/{}", text(&company["id"]));
            house.patch(&one).by(&house.owner).header("if-match", "*").json(&json!({"name": "After"})).send().await;
            let timeline = house.get(&format!("{one}/timeline?only=change")).by(&house.owner).send().await.json();
            text(&timeline["items"][0]["change"]["id"])
        }
        _ => match Kind::parse(segment) {
            Some(kind) => text(&house.make(&house.owner, kind, examples::new_of(kind)).await["id"]),
            None => String::new(),
        },
    }
}

/// An event to which the customer of the example was invited.
async fn invited(house: &House) -> String {
    let contact = house.make(&house.owner, Kind::Contact, json!({"given_name": "Anna", "emails": [examples::REPLIER]})).await;
    let at = |ms: i64| domain::time::instant(house.app.clock().now() + ms);
    let fields = json!({"title": "Review", "start": at(86_400_000), "end": at(90_000_000), "zone": "UTC", "contacts": [contact["id"]]});
    house.make(&house.owner, Kind::Event, fields).await["id"].as_str().unwrap().to_owned()
}

/// The booking page that the example has made.
async fn made_page(house: &House) -> String {
    let pages = house.get("/api/v1/booking-pages").by(&house.owner).send().await.json();
    let page = pages["items"].as_array().unwrap().iter().find(|p| p["slug"] == examples::booking_page()["slug"]).unwrap();
    page["id"].as_str().unwrap().to_owned()
}

/// One that has just rung.
async fn reminder(house: &House) -> String {
    let at = |ms: i64| domain::time::instant(house.app.clock().now() + ms);
    let fields =
        json!({"title": "Call", "start": at(300_000), "end": at(900_000), "zone": "UTC", "reminders": [{"minutes": 5, "way": "app"}]});
    house.make(&house.owner, Kind::Event, fields).await;
    service::reminders::tick(&house.app).await.unwrap();
    let told = house.get("/api/v1/notices").by(&house.owner).send().await.json();
    told["items"][0]["id"].as_str().unwrap().to_owned()
}

fn knock(house: &House, by: &Person, method: &str, path: &str, media: &str, body: &Value) -> Knock {
    let knock = house.knock(method.to_uppercase().parse::<Method>().unwrap(), &format!("/api/v1{path}")).header("if-match", "*");
    let field = |name: &str| body[name].as_str().unwrap().to_owned();
    match media {
        // Of no use to a stolen token.
        "application/json" if path == "/me/password" => knock.in_session(by).json(body),
        "application/json" => knock.by(by).json(body),
        "application/x-www-form-urlencoded" => {
            let pairs = ["ids", "format", "columns"].map(|name| format!("{name}={}", field(name)));
            knock.by(by).body(media, pairs.join("&"))
        }
        "text/calendar" => knock.by(by).body(media, body.as_str().unwrap().to_owned()),
        _ => {
            let part = "Content-Disposition: form-data; name=\"file\"; filename=\"companies.csv\"";
            knock.by(by).body(
                "multipart/form-data; boundary=frontier",
                format!("--frontier\r\n{part}\r\n\r\n{}\r\n--frontier--\r\n", field("file")),
            )
        }
    }
}

#[test]
fn every_example_fits_its_shape_and_works_as_it_is() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let mut tried = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, op) in methods.as_object().unwrap() {
                let Some(content) = op["requestBody"]["content"].as_object() else { continue };
                let (media, content) = content.iter().next().unwrap();
                let example = &content["example"];
                assert!(example.is_object() || example.is_string(), "{method} {path} shows no example");
                assert_eq!(valid(&document, &content["schema"], example), Ok(()), "{method} {path}");

                // Only what the operation names is made beforehand: a body for a new record has to work in an empty house.
                let points = path.contains("{id}") || path.contains("{notice}") || example.to_string().contains(ID);
                let id = if points { target(&house, path).await } else { String::new() };
                let body: Value = serde_json::from_str(&example.to_string().replace(ID, &id)).unwrap();
                // Whoever changes a password is somebody whose sign-in nothing else needs.
                let other = if path == "/me/password" { Some(house.person(Role::Sales).await) } else { None };
                let by = other.as_ref().unwrap_or(&house.owner);
                // A page's body names whose it is; the page itself was made by the example before this one.
                let own = if path == "/booking-pages/{id}" { made_page(&house).await } else { id.clone() };
                let path = path.replace("{id}", &own).replace("{notice}", &id).replace("{slug}", "meet-us");
                let answer = knock(&house, by, method, &path, media, &body).send().await;
                if path == "/mail/dead/retry" {
                    // This house has no mail server, and says so.
                    assert_eq!(answer.errors(), ["mail:no_mail_server"]);
                } else {
                    assert!(answer.status.is_success(), "{method} {path}: {} {}\n{body}", answer.status, answer.text());
                }
                tried += 1;
            }
        }
        assert!(tried >= 60, "{tried}");
        let page = house.get("/api/docs").page().send().await.text();
        assert_eq!(page.matches("<h3>For example</h3>").count(), tried);
        assert!(page.contains("&quot;name&quot;: &quot;Globex: 40 pumps&quot;"), "as it goes over the line");
    });
}
