//! Requests that a foreign page makes in a signed-in person's name.

use domain::Kind;
use http::StatusCode;
use serde_json::json;

use crate::support::{House, run};

#[test]
fn a_foreign_page_changes_nothing() {
    run(async {
        let house = House::new().await;
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let one = format!("/api/v1/companies/{}", company["id"].as_str().unwrap());
        let foreign: [&[(&str, &str)]; 4] = [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://other.crm.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
        ];
        for headers in foreign {
            let with = |knock: crate::support::Knock| headers.iter().fold(knock, |k, (n, v)| k.header(n, v)).in_session(&house.owner);
            let create = with(house.post("/api/v1/companies")).json(&json!({"name": "Forged"})).send().await;
            assert_eq!(create.problem().0, 403, "{headers:?}");
            assert_eq!(with(house.delete(&one)).send().await.problem().0, 403, "{headers:?}");
            let function = with(house.post("/api/app/auth/sign_out")).json(&json!({})).send().await;
            assert_eq!(function.status, StatusCode::FORBIDDEN, "{headers:?}");
        }
        let left = house.get("/api/v1/companies").by(&house.owner).send().await.json();
        assert_eq!(left["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn another_sign_in_scheme_of_a_proxy_is_no_excuse() {
    run(async {
        let house = House::new().await;
        let forged = house
            .post("/api/v1/companies")
            .in_session(&house.owner)
            .header("authorization", "Basic dXNlcjpwYXNz")
            .header("sec-fetch-site", "cross-site")
            .json(&json!({"name": "Forged"}))
            .send()
            .await;
        assert_eq!(forged.problem().0, 403);
    });
}

#[test]
fn ones_own_page_and_programs_with_tokens_pass() {
    run(async {
        let house = House::new().await;
        let own = |name: &str| house.post("/api/v1/companies").json(&json!({"name": name})).in_session(&house.owner);
        assert_eq!(own("a").header("sec-fetch-site", "same-origin").send().await.status, StatusCode::CREATED);
        assert_eq!(
            own("b").header("origin", "http://crm.example").send().await.status,
            StatusCode::CREATED,
            "the same host, an old browser"
        );
        assert_eq!(own("c").send().await.status, StatusCode::CREATED, "no browser at all");
        let token = house
            .post("/api/v1/companies")
            .by(&house.owner)
            .header("origin", "https://elsewhere.example")
            .header("sec-fetch-site", "cross-site");
        assert_eq!(token.json(&json!({"name": "d"})).send().await.status, StatusCode::CREATED);
    });
}

#[test]
fn the_address_that_people_use_is_trusted_behind_a_proxy() {
    run(async {
        let origin = Some("https://crm.globex.example".to_owned());
        let house = House::with(server::Options { origin, ..Default::default() }).await;
        let post =
            |from: &str| house.post("/api/v1/companies").in_session(&house.owner).header("origin", from).json(&json!({"name": "x"})).send();
        assert_eq!(post("https://crm.globex.example").await.status, StatusCode::CREATED);
        assert_eq!(post("https://crm.globex.example.evil.example").await.problem().0, 403);
    });
}
