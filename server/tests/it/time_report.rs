//! The time report at the door.

use domain::Kind;
use domain::rights::Role;
use serde_json::json;

use crate::openapi::valid;
use crate::support::{House, run};

#[test]
fn hours_fit_their_shape_and_equal_their_rows() {
    run(async {
        let house = House::new().await;
        let (anna, boris) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let report = |more: &str| format!("/api/v1/reports/time?period=2025-11{more}");
        assert_eq!(house.get(&report(&format!("&person={}", anna.id))).by(&boris).send().await.problem().0, 403);
        assert_eq!(house.get(&report("&by=colour")).by(&boris).send().await.errors(), ["by:choice"]);
        assert_eq!(
            house.get("/api/v1/reports/time?period=1999-01-01..2026-01-01").by(&boris).send().await.errors(),
            ["period:view_too_long"]
        );
        let company = house.make(&anna, Kind::Company, json!({"name": "Acme"})).await;
        let visit = json!({"title": "Visit", "kind": "visit", "start": "2025-11-24T09:00:00Z", "end": "2025-11-24T10:30:00Z", "company": company["id"]});
        house.make(&anna, Kind::Event, visit).await;
        house
            .make(
                &anna,
                Kind::Event,
                json!({"title": "Doctor", "start": "2025-11-25T09:00:00Z", "end": "2025-11-25T10:00:00Z", "private": true}),
            )
            .await;
        house.make(&anna, Kind::Call, json!({"name": "Asked", "at": "2025-11-26T09:00:00Z", "minutes": 12})).await;
        assert_eq!(house.get(&report("")).by(&boris).send().await.json()["minutes"], json!(0));
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let fits = |name: &str, value: &serde_json::Value| {
            assert_eq!(valid(&document, &json!({"$ref": format!("#/components/schemas/{name}")}), value), Ok(()), "{name}");
        };
        for (by, whose) in [(&anna, "Doctor"), (&house.owner, "")] {
            let figures = house.get(&report("&by=kind")).by(by).send().await.json();
            assert_eq!(figures["minutes"], json!(162), "{figures}");
            fits("TimeReport", &figures);
            let mut sum = 0;
            for group in figures["groups"].as_array().unwrap() {
                let path = format!("/api/v1/reports/time/rows?period=2025-11&by=kind&of={}", group["key"].as_str().unwrap());
                let rows = house.get(&path).by(by).send().await.json();
                fits("TimeRows", &rows);
                let minutes: i64 = rows["items"].as_array().unwrap().iter().map(|r| r["minutes"].as_i64().unwrap()).sum();
                assert_eq!(json!(minutes), group["minutes"]);
                sum += minutes;
            }
            assert_eq!(sum, 162);
            let all = house.get("/api/v1/reports/time/rows?period=2025-11").by(by).send().await;
            assert_eq!(all.text().contains("Doctor"), !whose.is_empty(), "what is private has no name for others");
        }
        fits("TimeReport", &document["components"]["schemas"]["TimeReport"]["examples"][0]);
    });
}
