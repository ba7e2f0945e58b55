//! Filters as people write them: names of records, and values that are none.

use domain::deals::BoardQuery;
use domain::list::{ListQuery, Look, SaveView};
use domain::{Error, FieldError, Kind};
use serde_json::json;
use service::{Ctx, deals, records, views};

use crate::house::House;

async fn list(ctx: &Ctx, kind: Kind, filter: &str) -> Result<Vec<String>, FieldError> {
    let query = ListQuery { filter: filter.into(), sort: "name".into(), ..ListQuery::default() };
    match records::list(ctx, kind, &query).await {
        Ok(page) => Ok(page.records.iter().map(|r| r.name().to_owned()).collect()),
        Err(Error::Invalid { fields }) => Err(fields[0].clone()),
        Err(other) => panic!("{other:?}"),
    }
}

fn options(e: &FieldError) -> &str {
    e.params.iter().find(|(n, _)| n == "options").map_or("", |(_, v)| v)
}

#[tokio::test]
async fn a_name_in_a_filter_means_the_record_that_is_called_so() {
    let house = House::new().await;
    let owner = &house.owner;
    let sales = house.person("sales", None).await;
    let acme = house.create(Kind::Company, json!({"name": "Acme Pumps"})).await;
    house.create(Kind::Deal, json!({"name": "Theirs", "company": acme.id, "owner": sales.me.id})).await;
    house.create(Kind::Deal, json!({"name": "Mine"})).await;
    let names = |wanted: &[&str]| Ok(wanted.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
    for (filter, wanted) in [
        ("company = \"acme pumps\"", &["Theirs"][..]),
        ("company != \"Acme Pumps\"", &["Mine"]),
        ("owner = \"Олена Коваленко\"", &["Mine"]),
        ("owner = олена", &["Mine"]),
        ("owner = olena", &["Mine"]),
        ("owner = olena@halyard.example or company = \"Acme Pumps\"", &["Mine", "Theirs"]),
        ("not (owner = olena and company empty)", &["Theirs"]),
        ("pipeline = \"new business\"", &["Mine", "Theirs"]),
        ("stage = PROSPECTING", &["Mine", "Theirs"]),
        ("owner = me", &["Mine"]),
    ] {
        assert_eq!(list(owner, Kind::Deal, filter).await, names(wanted), "{filter}");
    }
    let board = BoardQuery { filter: "company = \"Acme Pumps\"".into(), ..BoardQuery::default() };
    assert_eq!(deals::board(owner, &board).await.unwrap().totals.count, 1);

    // A view keeps the record that was meant, whatever others are called later.
    let look = Look { filter: "company = \"Acme Pumps\"".into(), ..Look::default() };
    let view = SaveView { id: None, version: 0, kind: Kind::Deal, name: "Theirs".into(), shared: false, look };
    let view = views::save(owner, view).await.unwrap();
    assert_eq!(view.look.filter, format!("company = {}", acme.id));
}

#[tokio::test]
async fn a_name_that_means_none_or_several_is_said_with_what_is_near() {
    let house = House::new().await;
    let owner = &house.owner;
    for name in ["Acme Pumps", "Bolts", "Bolts"] {
        house.create(Kind::Company, json!({"name": name})).await;
    }
    let wrong = list(owner, Kind::Deal, "company = \"Acme Pump\"").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), options(&wrong)), ("filter_nearest", "\"Acme Pumps\""));
    let wrong = list(owner, Kind::Deal, "company = Nobody").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.field.as_str()), ("filter_unknown", "filter"));
    let wrong = list(owner, Kind::Deal, "company = bolts").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), options(&wrong).split(", ").count()), ("filter_ambiguous", 2));
    let wrong = list(owner, Kind::Deal, "owner = olga").await.unwrap_err();
    assert_eq!(wrong.code, "filter_nearest");

    let wrong = list(owner, Kind::Deal, "stage = wn").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), options(&wrong).split(", ").next()), ("filter_nearest", Some("won")), "{wrong:?}");
    let wrong = list(owner, Kind::Deal, "status = wn").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), options(&wrong)), ("filter_choice", "open, won, lost"));
}

#[tokio::test]
async fn nobody_learns_names_by_filtering_for_them() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let secret = house.create(Kind::Deal, json!({"name": "Secret plan", "owner": ann.me.id})).await;
    house.create(Kind::Task, json!({"name": "Call", "deal": secret.id, "owner": ann.me.id})).await;
    assert_eq!(list(&ann, Kind::Task, "deal = \"Secret plan\"").await, Ok(vec!["Call".to_owned()]));
    for guess in ["Secret plan", "Secret plam"] {
        let wrong = list(&bob, Kind::Task, &format!("deal = \"{guess}\"")).await.unwrap_err();
        assert_eq!((wrong.code.as_str(), options(&wrong)), ("filter_unknown", ""));
    }
}
