//! My day at the door.

use domain::Kind;
use domain::rights::Role;
use serde_json::json;

use crate::openapi::valid;
use crate::support::{House, run};

#[test]
fn ones_own_day_is_read_and_fits_its_shape() {
    run(async {
        let house = House::new().await;
        let (anna, boris) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let deal = house.make(&anna, Kind::Deal, json!({"name": "Anna's", "amount": {"amount": "500.00", "currency": "USD"}})).await;
        house
            .make(&anna, Kind::Task, json!({"name": "Offer", "due_at": "2020-01-01T09:00:00Z", "deal": deal["id"], "priority": "high"}))
            .await;
        let theirs = house.get("/api/v1/today").by(&boris).send().await;
        assert_eq!(theirs.json()["items"], json!([]), "{}", theirs.text());
        let day = house.get("/api/v1/today").by(&anna).send().await.json();
        assert_eq!(day["items"].as_array().unwrap().len(), 1, "{day}");
        let line = &day["items"][0];
        assert_eq!((&line["name"], &line["group"], &line["amount"]["amount"]), (&json!("Offer"), &json!("overdue"), &json!("500.00")));
        assert_eq!((&line["why"][0]["reason"], &line["why"][1]), (&json!("task_late"), &json!({"reason": "important"})));
        let document = house.get("/api/v1/openapi.json").send().await.json();
        assert_eq!(valid(&document, &json!({"$ref": "#/components/schemas/Today"}), &day), Ok(()));
        let example = &document["components"]["schemas"]["TodayLine"]["examples"][0];
        assert_eq!(valid(&document, &json!({"$ref": "#/components/schemas/TodayLine"}), example), Ok(()));
        assert_eq!(house.get("/api/v1/today?user=x").by(&anna).send().await.errors(), ["user:unknown_parameter"]);
    });
}
