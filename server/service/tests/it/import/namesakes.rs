//! Names that several records have: told apart by the row, or refused.

use futures::TryStreamExt;
use serde_json::json;
use service::export::{Format, export};

use super::*;
use crate::house::House;

/// Two companies, a deal of the same name for each.
async fn twins(house: &House) -> Vec<(Record, Record)> {
    let mut out = Vec::new();
    for name in ["North Mills", "South Mills"] {
        let company = house.create(Kind::Company, json!({"name": name})).await;
        let deal = house.deal("Rollout", "1.00", house.owner.me.id).await;
        let of = domain::record::Patch {
            fields: json!({"company": company.id}).as_object().cloned().unwrap(),
            version: deal.version,
            ..Default::default()
        };
        let deal = records::update(&house.owner, Kind::Deal, deal.id, of).await.unwrap();
        out.push((company, deal));
    }
    out
}

/// The deal that happened to be found first was taken, whatever company the row named.
#[tokio::test]
async fn what_several_are_called_is_told_apart_by_the_company_or_refused() {
    let house = House::new().await;
    let twins = twins(&house).await;
    let text = "Title,Deal,Company\nCall back,Rollout,South Mills\nWrite,Rollout,North Mills\nAsk,Rollout,\n";
    let report = take(&house.owner, look(&house.owner, "tasks.csv", text).await).await;
    assert_eq!(figures(&report), [2, 0, 0, 1, 0]);
    let why = &report.rejects[0].errors[0];
    assert_eq!((report.rejects[0].row, why.value.as_str(), why.error.code.as_str()), (4, "Rollout", "import_several"));
    let tasks = all(&house.owner, Kind::Task).await;
    assert_eq!(named(&tasks, "Call back").id_of("deal"), Some(twins[1].1.id));
    assert_eq!(named(&tasks, "Write").id_of("deal"), Some(twins[0].1.id));
}

/// What the program wrote itself came back on other deals of the same name, without a word.
#[tokio::test]
async fn what_goes_out_comes_back_on_the_same_records() {
    let house = House::new().await;
    let twins = twins(&house).await;
    for (n, (_, deal)) in twins.iter().enumerate() {
        house.create(Kind::Task, json!({"name": format!("Task {n}"), "deal": deal.id})).await;
    }
    let pieces = export(&house.owner, Kind::Task, &ListQuery::default(), &[], Format::Csv).await.unwrap();
    let file = String::from_utf8(pieces.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    let report = take(&house.owner, look(&house.owner, "tasks.csv", &file).await).await;
    assert_eq!(figures(&report), [0, 0, 2, 0, 0], "{file}");
}

/// Whichever came first was changed.
#[tokio::test]
async fn a_row_that_matches_several_records_changes_none_of_them() {
    let house = House::new().await;
    for city in ["Kyiv", "Lviv"] {
        house.create(Kind::Company, json!({"name": "Twin Works", "city": city})).await;
    }
    house.create(Kind::Company, json!({"name": "Alone"})).await;
    let mut seen = look(&house.owner, "companies.csv", "Name,Industry\nTwin Works,mining\nAlone,retail\n").await;
    seen.guess.match_field = "name".to_owned();
    let report = take(&house.owner, seen).await;
    assert_eq!(figures(&report), [0, 1, 0, 1, 0]);
    assert_eq!(report.rejects[0].errors[0].error.code, "import_matches_several");
    let contacts = take(&house.owner, look(&house.owner, "contacts.csv", "Name,Company\nAnna Kim,Twin Works\nBo Li,Alone\n").await).await;
    assert_eq!((contacts.created, contacts.rejected), (1, 1));
}
