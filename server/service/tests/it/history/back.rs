//! What comes back, what does not, and how much of it at a time.

use domain::list::{ListQuery, Selection};
use domain::{Error, Id, Kind};
use serde_json::json;
use service::{history, records};

use super::{changes_of, patch, refused};
use crate::house::{House, object};

/// A second pipeline with one stage of each kind more than it needs, and a deal in its second open one.
async fn elsewhere(house: &House) -> (domain::Record, domain::Record) {
    let stage = |id: &str, kind: &str| json!({"id": id, "name": id, "kind": kind, "probability": 10});
    let stages = json!([stage("a", "open"), stage("b", "open"), stage("w", "won"), stage("l", "lost")]);
    let pipeline = house.create(Kind::Pipeline, json!({"name": "P", "stages": stages})).await;
    let deal = house.create(Kind::Deal, json!({"name": "A", "pipeline": pipeline.id, "stage": "b"})).await;
    (pipeline, deal)
}

#[tokio::test]
async fn a_deal_does_not_come_back_into_a_pipeline_that_is_in_the_bin() {
    let house = House::new().await;
    let (pipeline, deal) = elsewhere(&house).await;
    records::remove(&house.owner, Kind::Deal, deal.id, None).await.unwrap();
    let removal = changes_of(&house.owner, Kind::Deal, deal.id).await[0].id;
    records::remove(&house.owner, Kind::Pipeline, pipeline.id, None).await.unwrap();
    let closing = changes_of(&house.owner, Kind::Pipeline, pipeline.id).await[0].id;
    match records::restore(&house.owner, Kind::Deal, deal.id).await {
        Err(Error::Invalid { fields }) => assert_eq!(fields[0].code, "pipeline_in_bin"),
        other => panic!("{other:?}"),
    }
    assert_eq!(refused(history::undo(&house.owner, &[removal]).await), "pipeline_in_bin");
    // Both together come back.
    history::undo(&house.owner, &[removal, closing]).await.unwrap();
    let back = records::get(&house.owner, Kind::Deal, deal.id).await.unwrap();
    assert_eq!((back.deleted_at, back.fields["stage"].as_str()), (None, Some("b")));
}

#[tokio::test]
async fn a_deal_comes_back_where_its_stage_is_of_another_kind_by_now() {
    let house = House::new().await;
    let (pipeline, deal) = elsewhere(&house).await;
    records::remove(&house.owner, Kind::Deal, deal.id, None).await.unwrap();
    let mut stages = pipeline.fields["stages"].clone();
    // The two change places: one stage is for won deals.
    (stages[1]["kind"], stages[2]["kind"]) = (json!("won"), json!("open"));
    records::update(&house.owner, Kind::Pipeline, pipeline.id, patch(json!({"stages": stages}), 1, json!({}))).await.unwrap();
    let back = records::restore(&house.owner, Kind::Deal, deal.id).await.unwrap();
    assert_eq!((back.text("stage"), back.text("status")), ("a", "open"));
}

#[tokio::test]
async fn the_last_pipelines_do_not_go_together() {
    let house = House::new().await;
    let first = records::list(&house.owner, Kind::Pipeline, &Default::default()).await.unwrap().records.remove(0);
    let second = house.create(Kind::Pipeline, json!({"name": "P", "stages": first.fields["stages"]})).await;
    let mut made = Vec::new();
    for id in [first.id, second.id] {
        made.push(changes_of(&house.owner, Kind::Pipeline, id).await.last().unwrap().id);
    }
    assert_eq!(refused(history::undo(&house.owner, &made).await), "last_pipeline");
    let both = domain::list::Selection::Ids { ids: vec![first.id, second.id] };
    assert_eq!(refused(records::remove_many(&house.owner, Kind::Pipeline, &both).await), "last_pipeline");
    assert_eq!(records::list(&house.owner, Kind::Pipeline, &Default::default()).await.unwrap().records.len(), 2);
}

/// What would close the database for everybody if it were one transaction: notes of the greatest length.
async fn long_notes(house: &House, deal: Id, count: usize) -> Vec<Id> {
    let body = "ж".repeat(20_000);
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(house.create(Kind::Note, json!({"body": body, "deal": deal})).await.id);
    }
    ids
}

#[tokio::test]
async fn what_is_too_much_for_one_transaction_is_written_in_parts() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    let ids = long_notes(&house, deal.id, 80).await;
    let selection = Selection::Ids { ids: ids.clone() };
    let fields = object(json!({"body": "ї".repeat(20_000)}));
    let done = records::update_many(&house.owner, Kind::Note, &selection, fields).await.unwrap();
    assert_eq!((done.changes.len(), done.left.len()), (80, 0));
    let back = history::undo(&house.owner, &done.changes).await.unwrap();
    assert_eq!((back.changes.len(), back.left.len()), (80, 0));
    // And all of it follows the deal to its new owner.
    let given = patch(json!({"owner": ann.me.id}), deal.version, json!({"owner": house.owner.me.id}));
    records::update(&house.owner, Kind::Deal, deal.id, given).await.unwrap();
    let seen = records::list(&ann, Kind::Note, &ListQuery { count: true, ..ListQuery::default() }).await.unwrap();
    assert_eq!(seen.total, Some(80));
    for id in ids {
        records::get(&ann, Kind::Note, id).await.expect("hers now");
    }
}

/// One that somebody edited since, and one that lay in the bin, kept the two others from being taken back.
#[tokio::test]
async fn of_an_act_on_many_what_can_be_taken_back_is_and_the_rest_is_named() {
    let house = House::new().await;
    let reader = house.person("read_only", None).await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C", "D"] {
        ids.push(house.create(Kind::Company, json!({"name": name, "industry": "retail"})).await.id);
    }
    let all = Selection::Ids { ids: ids.clone() };
    let done = records::update_many(&house.owner, Kind::Company, &all, object(json!({"industry": "logistics"}))).await.unwrap();
    let edited = patch(json!({"industry": "mining"}), 2, json!({"industry": "logistics"}));
    records::update(&house.owner, Kind::Company, ids[0], edited).await.unwrap();
    records::remove(&house.owner, Kind::Company, ids[2], None).await.unwrap();
    assert!(history::undo(&house.owner, &done.changes).await.is_err());
    let theirs = history::undo_each(&reader, &done.changes).await.unwrap();
    assert!(theirs.changes.is_empty() && theirs.refused.iter().all(|r| r.why == Error::Forbidden), "{theirs:?}");

    let back = history::undo_each(&house.owner, &done.changes).await.unwrap();
    let code = |e: &Error| match e {
        Error::Invalid { fields } => fields[0].code.clone(),
        other => panic!("{other:?}"),
    };
    let mut left: Vec<_> = back.refused.iter().map(|r| (r.name.as_str(), code(&r.why))).collect();
    left.sort_unstable();
    assert_eq!((back.changes.len(), left), (2, vec![("A", "changed_since".to_owned()), ("C", "in_bin".to_owned())]));
    let mut now = Vec::new();
    for id in &ids {
        now.push(records::get(&house.owner, Kind::Company, *id).await.unwrap().text("industry").to_owned());
    }
    assert_eq!(now, ["mining", "retail", "logistics", "retail"]);
    let again = history::undo_each(&house.owner, &done.changes).await.unwrap();
    assert_eq!((again.changes.len(), again.refused.len()), (0, 2), "what was taken back stays so");
}

#[tokio::test]
async fn an_undo_of_something_unknown_is_refused_as_a_whole() {
    let house = House::new().await;
    let company = house.create(Kind::Company, json!({"name": "A"})).await;
    let made = changes_of(&house.owner, Kind::Company, company.id).await[0].id;
    assert_eq!(history::undo(&house.owner, &[made, company.id]).await.err(), Some(Error::NotFound));
    assert_eq!(records::get(&house.owner, Kind::Company, company.id).await.unwrap().deleted_at, None);
}

/// The bin once opened on companies, where nothing lay, while deals waited on another tab.
#[tokio::test]
async fn the_bin_says_how_much_of_each_kind_it_holds_and_what_was_thrown_away_last_as_far_as_one_sees() {
    let house = House::new().await;
    let rep = house.person("sales", None).await;
    let hers = house.deal("Hers", "10", rep.me.id).await;
    let others = house.deal("Others'", "20", house.owner.me.id).await;
    let company = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let kinds = [Kind::Company, Kind::Deal];
    assert_eq!(history::bin_counts(&rep, &kinds).await.unwrap(), (vec![(Kind::Company, 0), (Kind::Deal, 0)], None));
    for (kind, id) in [(Kind::Company, company.id), (Kind::Deal, others.id), (Kind::Deal, hers.id)] {
        house.later(1_000);
        records::remove(&house.owner, kind, id, None).await.unwrap();
    }
    let (counts, newest) = history::bin_counts(&house.owner, &kinds).await.unwrap();
    assert_eq!((counts, newest), (vec![(Kind::Company, 1), (Kind::Deal, 2)], Some(Kind::Deal)));
    // Counts are no way to learn of what others have.
    let (counts, _) = history::bin_counts(&rep, &[Kind::Deal; 9]).await.unwrap();
    assert_eq!(counts.len(), 1, "each once, however often it is asked for");
    assert_eq!(counts, [(Kind::Deal, 1)]);
    records::restore(&house.owner, Kind::Deal, hers.id).await.unwrap();
    let (counts, newest) = history::bin_counts(&house.owner, &kinds).await.unwrap();
    assert_eq!((counts, newest), (vec![(Kind::Company, 1), (Kind::Deal, 1)], Some(Kind::Deal)));
}
