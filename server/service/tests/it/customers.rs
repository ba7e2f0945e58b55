//! What is known of a customer: how far they have come and since when, and when somebody last made sure of it.

use domain::list::ListQuery;
use domain::record::Patch;
use domain::{Error, Kind, Record};
use serde_json::{Value, json};
use service::{Ctx, records};

use crate::house::{House, object};

async fn change(ctx: &Ctx, record: &Record, fields: Value) -> domain::Result<Record> {
    let patch = Patch { version: record.version, fields: object(fields), ..Patch::default() };
    records::update(ctx, record.kind, record.id, patch).await
}

fn now(house: &House) -> String {
    domain::time::instant(house.app.clock().now())
}

#[tokio::test]
async fn forbidden_whoever_may_only_read_verifies_nothing_and_nobody_writes_since_when() {
    let house = House::new().await;
    let anna = house.create(Kind::Contact, json!({"given_name": "Anna", "lifecycle": "lead"})).await;
    let reader = house.person("read_only", None).await;
    assert_eq!(change(&reader, &anna, json!({"verified_at": "2026-03-01T00:00:00Z"})).await, Err(Error::Forbidden));
    let Err(Error::Invalid { fields }) = change(&house.owner, &anna, json!({"lifecycle_since": "2020-01-01T00:00:00Z"})).await else {
        panic!("taken")
    };
    assert_eq!((fields[0].field.as_str(), fields[0].code.as_str()), ("lifecycle_since", "read_only"));
}

#[tokio::test]
async fn a_stage_of_a_customers_life_knows_since_when() {
    let house = House::new().await;
    for kind in [Kind::Company, Kind::Contact] {
        let name = if kind == Kind::Company { json!({"name": "Acme"}) } else { json!({"family_name": "Snelling"}) };
        let plain = house.create(kind, name).await;
        assert_eq!(plain.text("lifecycle_since"), "");
        let lead = change(&house.owner, &plain, json!({"lifecycle": "lead"})).await.unwrap();
        let since = lead.text("lifecycle_since").to_owned();
        assert_eq!(since, now(&house));
        house.later(86_400_000);
        let tagged = change(&house.owner, &lead, json!({"tags": ["fair"]})).await.unwrap();
        assert_eq!(tagged.text("lifecycle_since"), since, "another field is no step");
        let customer = change(&house.owner, &tagged, json!({"lifecycle": "customer"})).await.unwrap();
        assert_eq!(customer.text("lifecycle_since"), now(&house));
        let none = change(&house.owner, &customer, json!({"lifecycle": null})).await.unwrap();
        assert_eq!(none.fields.get("lifecycle_since"), None);
    }
}

#[tokio::test]
async fn nobody_has_verified_anything_tomorrow_and_what_is_stale_is_found() {
    let house = House::new().await;
    let anna = house.create(Kind::Contact, json!({"given_name": "Anna", "verified_at": "2099-01-01T00:00:00Z"})).await;
    assert_eq!(anna.text("verified_at"), now(&house));
    house.create(Kind::Contact, json!({"given_name": "Never"})).await;
    let stale = async || {
        let filter = "verified_at empty or not verified_at = last-180-days".to_owned();
        let found =
            records::list(&house.owner, Kind::Contact, &ListQuery { filter, sort: "name".into(), ..ListQuery::default() }).await.unwrap();
        found.records.iter().map(|r| r.name().to_owned()).collect::<Vec<_>>()
    };
    house.later(86_400_000);
    assert_eq!(stale().await, ["Never"]);
    house.later(181 * 86_400_000);
    assert_eq!(stale().await, ["Anna", "Never"]);
    change(&house.owner, &anna, json!({"verified_at": now(&house)})).await.unwrap();
    house.later(86_400_000);
    assert_eq!(stale().await, ["Never"]);
}

#[tokio::test]
async fn customers_are_found_by_what_they_prefer() {
    let house = House::new().await;
    house.create(Kind::Contact, json!({"given_name": "Anna", "prefers_brand": ["Vela", "Nord"], "prefers_colour": ["teal"]})).await;
    house.create(Kind::Contact, json!({"given_name": "Bohdan", "prefers_brand": ["Nord"]})).await;
    let found = async |filter: &str| {
        let query = ListQuery { filter: filter.to_owned(), sort: "name".into(), ..ListQuery::default() };
        let found = records::list(&house.owner, Kind::Contact, &query).await.unwrap();
        found.records.iter().map(|r| r.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("prefers_brand = Vela").await, ["Anna"]);
    assert_eq!(found("prefers_brand = Nord").await, ["Anna", "Bohdan"]);
    assert_eq!(found("prefers_colour = teal and prefers_brand = Nord").await, ["Anna"]);
}
