//! The page that a letter's link leads to: it needs no sign-in, looking answers nothing, and no foreign page can answer.

use domain::Kind;
use http::{Method, StatusCode};
use serde_json::json;
use service::mail::{self, State};

use crate::support::{House, run};

#[test]
fn a_link_shows_the_invitation_and_only_its_own_form_answers() {
    run(async {
        let house = House::with_mail().await;
        let anna = house.make(&house.owner, Kind::Contact, json!({"given_name": "Anna <b>", "emails": ["anna@far.example"]})).await;
        let at = |ms: i64| domain::time::instant(house.app.clock().now() + ms);
        let fields =
            json!({"title": "Review & more", "start": at(86_400_000), "end": at(90_000_000), "zone": "UTC", "contacts": [anna["id"]]});
        let made = house.make(&house.owner, Kind::Event, fields).await;
        mail::run(&house.app).await.unwrap();
        let letter = mail::posted(&house.owner.ctx, State::Waiting, 10).await.unwrap().remove(0).letter;
        let token = letter.text.split("/invitation/").nth(1).unwrap().split('?').next().unwrap().to_owned();
        let path = format!("/invitation/{token}");

        let foreign = house.knock(Method::POST, &path).header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
        let refused = foreign.body("application/x-www-form-urlencoded", "answer=accepted").send().await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let bad = house.get("/invitation/nonsense").send().await;
        assert_eq!(bad.status, StatusCode::NOT_FOUND);
        let odd = house.knock(Method::POST, &path).body("application/x-www-form-urlencoded", "answer=perhaps").send().await;
        assert_eq!(odd.status, StatusCode::NOT_FOUND);

        let answer = async || {
            let event = house.get(&format!("/api/v1/events/{}", made["id"].as_str().unwrap())).by(&house.owner).send().await.json();
            event["answers"][anna["id"].as_str().unwrap()].clone()
        };
        let shown = house.get(&format!("{path}?answer=accepted")).send().await;
        assert_eq!(shown.status, StatusCode::OK);
        let text = shown.text();
        assert!(text.contains("Review &amp; more") && text.contains("Anna &lt;b&gt;") && !text.contains("Anna <b>"), "{text}");
        assert!(answer().await.is_null(), "looking answers nothing");

        let thanks = house.knock(Method::POST, &path).body("application/x-www-form-urlencoded", "answer=accepted").send().await;
        assert_eq!(thanks.status, StatusCode::OK);
        assert_eq!(answer().await, json!("accepted"));
    });
}
