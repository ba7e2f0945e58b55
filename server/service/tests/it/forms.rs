//! Normal forms at every door: what people write in several ways is kept in one, and found by any of them.

use domain::list::ListQuery;
use domain::record::Patch;
use domain::{Error, Kind};
use serde_json::json;
use service::{records, search};

use crate::house::{House, object};

#[tokio::test]
async fn forbidden_whoever_types_a_name_hears_of_no_record_they_may_not_see() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    house.deal("Secret rollout", "1000.00", bob.me.id).await;
    assert_eq!(search::alike(&bob, Kind::Deal, "Secret rollout", &[]).await.unwrap().len(), 1);
    let heard = search::alike(&ann, Kind::Deal, "Secret rollout", &["rollout".to_owned()]).await.unwrap();
    assert_eq!(heard, []);
}

#[tokio::test]
async fn what_is_written_is_kept_in_its_normal_form() {
    let house = House::new().await;
    let made = house
        .create(Kind::Company, json!({"name": "Cafe\u{301} \u{200b} Noir\u{202e}", "domain": "https://WWW.Bu\u{308}cher.example/home", "tags": ["a  b", "a b"]}))
        .await;
    assert_eq!((made.name(), made.text("domain")), ("Café Noir", "bücher.example"));
    assert_eq!(made.fields["tags"], json!(["a b"]));
    let person = house
        .create(Kind::Contact, json!({"given_name": "Andre\u{301}", "family_name": "  Li\u{ad}", "emails": ["A@XN--BCHER-KVA.example"]}))
        .await;
    assert_eq!((person.name(), &person.fields["emails"]), ("André Li", &json!(["a@bücher.example"])));
    for filter in [
        "domain = \"https://www.xn--bcher-kva.example\"",
        "name = \"Cafe\u{301} Noir\"",
        "name ~ \"fe\u{301}\"",
        "domain ~ \"bu\u{308}cher\"",
    ] {
        let query = ListQuery { filter: filter.to_owned(), ..ListQuery::default() };
        let found = records::list(&house.owner, Kind::Company, &query).await.unwrap();
        assert_eq!(found.records.len(), 1, "{filter}");
    }
    let patch = Patch { version: made.version, fields: object(json!({"domain": "xn--bcher-kva.example"})), ..Patch::default() };
    let same = records::update(&house.owner, Kind::Company, made.id, patch).await.unwrap();
    assert_eq!(same.version, made.version, "another spelling is no change");
}

#[tokio::test]
async fn a_domain_that_cannot_be_is_refused_by_its_field() {
    let house = House::new().await;
    for bad in ["no domain", "127.0.0.1", "ann@acme.example", "acme"] {
        let sent = object(json!({"name": "Acme", "domain": bad}));
        let Err(Error::Invalid { fields }) = records::create(&house.owner, Kind::Company, sent, None).await else { panic!("{bad} taken") };
        assert_eq!((fields[0].field.as_str(), fields[0].code.as_str()), ("domain", "domain"), "{bad}");
    }
}

#[tokio::test]
async fn the_same_company_is_told_of_whatever_its_legal_form_and_the_same_person_in_any_order() {
    let house = House::new().await;
    let acme = house.create(Kind::Company, json!({"name": "ACME, Inc.", "domain": "acme.example", "phones": ["+12025550143"]})).await;
    let ruta = house.create(Kind::Company, json!({"name": "ТОВ «Рута»"})).await;
    house.create(Kind::Company, json!({"name": "Pacmenta Ltd"})).await;
    let anna = house.create(Kind::Contact, json!({"given_name": "Anna", "family_name": "Snelling", "emails": ["anna@acme.example"]})).await;
    let alike = async |kind, name: &str, keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
        let hits = search::alike(&house.owner, kind, name, &keys).await.unwrap();
        hits.into_iter().map(|h| h.id).collect::<Vec<_>>()
    };
    assert_eq!(alike(Kind::Company, "Acme GmbH & Co. KG", &[]).await.first(), Some(&acme.id));
    assert_eq!(alike(Kind::Company, "Рута", &[]).await, [ruta.id]);
    assert_eq!(alike(Kind::Company, "Other", &["https://www.Acme.example/"]).await, [acme.id]);
    assert_eq!(alike(Kind::Company, "Other", &["(202) 555-0143"]).await, [acme.id]);
    assert_eq!(alike(Kind::Contact, "Snelling, Anna", &[]).await, [anna.id]);
    assert_eq!(alike(Kind::Contact, "", &["ANNA@acme.example"]).await, [anna.id]);
    assert!(alike(Kind::Company, "Zenith", &[]).await.is_empty());
}
