use domain::list::{ListQuery, Selection};
use domain::live::LiveEvent;
use domain::record::{ChangeOp, Patch, TimelineEntry};
use domain::{Error, Fields, Kind};
use futures::StreamExt;
use serde_json::json;
use service::{history, live, records, search};

use crate::house::{House, object};

fn patch(fields: serde_json::Value, version: i64, base: serde_json::Value) -> Patch {
    Patch { fields: object(fields), version, base: object(base) }
}

#[tokio::test]
async fn two_people_in_different_fields_both_win_in_the_same_field_the_second_is_asked() {
    let house = House::new().await;
    let c = house.create(Kind::Company, json!({"name": "Isdom", "city": "Kyiv"})).await;
    let update = async |p: Patch| records::update(&house.owner, Kind::Company, c.id, p).await;
    update(patch(json!({"name": "Isdom Ltd"}), 1, json!({"name": "Isdom"}))).await.unwrap();
    let both = update(patch(json!({"city": "Lviv"}), 1, json!({"city": "Kyiv"}))).await.unwrap();
    assert_eq!((both.name(), both.text("city"), both.version), ("Isdom Ltd", "Lviv", 3));
    let Err(Error::Conflict(clash)) = update(patch(json!({"name": "Isdom GmbH"}), 1, json!({"name": "Isdom"}))).await else {
        panic!("lost an edit")
    };
    assert_eq!((clash.fields.as_slice(), clash.current.name()), (&["name".to_owned()][..], "Isdom Ltd"));
    assert_eq!(clash.by.as_deref(), Some("Олена Коваленко"));
}

#[tokio::test]
async fn deleted_restored_and_its_history_intact() {
    let house = House::new().await;
    let c = house.create(Kind::Company, json!({"name": "云帆科技"})).await;
    records::remove(&house.owner, Kind::Company, c.id, None).await.unwrap();
    assert_eq!(search::find(&house.owner, "云帆", &[], 10).await.unwrap(), []);
    let bin = ListQuery { deleted: true, ..ListQuery::default() };
    assert_eq!(records::list(&house.owner, Kind::Company, &bin).await.unwrap().records.len(), 1);
    records::restore(&house.owner, Kind::Company, c.id).await.unwrap();
    assert_eq!(search::find(&house.owner, "帆科", &[], 10).await.unwrap().len(), 1);
    let ops: Vec<ChangeOp> = records::timeline(&house.owner, Kind::Company, c.id, "", None)
        .await
        .unwrap()
        .entries
        .iter()
        .map(|e| match e {
            TimelineEntry::Change { change, .. } => change.op,
            TimelineEntry::Activity { .. } => panic!("no activity here"),
        })
        .collect();
    assert_eq!(ops, [ChangeOp::Restore, ChangeOp::Delete, ChangeOp::Create]);
}

#[tokio::test]
async fn any_single_change_can_be_undone_unless_someone_built_on_it() {
    let house = House::new().await;
    let c = house.create(Kind::Company, json!({"name": "Isdom"})).await;
    records::update(&house.owner, Kind::Company, c.id, patch(json!({"name": "B"}), 1, json!({"name": "Isdom"}))).await.unwrap();
    records::update(&house.owner, Kind::Company, c.id, patch(json!({"city": "Kyiv"}), 2, json!({}))).await.unwrap();
    let page = records::timeline(&house.owner, Kind::Company, c.id, "", None).await.unwrap();
    let changes: Vec<_> = page
        .entries
        .iter()
        .filter_map(|e| if let TimelineEntry::Change { change, .. } = e { Some(change.clone()) } else { None })
        .collect();
    let renamed = changes.iter().find(|c| c.after.contains_key("name") && c.op == ChangeOp::Update).unwrap();
    let done = history::undo(&house.owner, &[renamed.id]).await.unwrap();
    assert_eq!((done.records[0].name(), done.records[0].text("city")), ("Isdom", "Kyiv"), "only that change");
    assert!(matches!(history::undo(&house.owner, &[renamed.id]).await, Ok(d) if d.changes.is_empty()), "twice is once");
    records::update(&house.owner, Kind::Company, c.id, patch(json!({"name": "C"}), 4, json!({}))).await.unwrap();
    history::undo(&house.owner, &done.changes).await.expect_err("somebody renamed it since");
}

#[tokio::test]
async fn a_bulk_act_and_its_undo() {
    let house = House::new().await;
    let bob = house.person("sales", None).await;
    for n in 0..130 {
        house.create(Kind::Company, json!({"name": format!("C{n}")})).await;
    }
    let all = Selection::All { query: ListQuery::default() };
    let done = records::update_many(&house.owner, Kind::Company, &all, object(json!({"owner": bob.me.id}))).await.unwrap();
    assert_eq!(done.changes.len(), 130);
    let his = ListQuery { filter: format!("owner = {}", bob.me.id), count: true, ..ListQuery::default() };
    assert_eq!(records::list(&house.owner, Kind::Company, &his).await.unwrap().total, Some(130));
    history::undo(&house.owner, &done.changes).await.unwrap();
    assert_eq!(records::list(&house.owner, Kind::Company, &his).await.unwrap().total, Some(0));
}

#[tokio::test]
async fn the_same_key_makes_one_record() {
    let house = House::new().await;
    let send = async |name: &str| records::create(&house.owner, Kind::Company, object(json!({"name": name})), Some("k-1")).await;
    let first = send("Isdom").await.unwrap();
    assert_eq!(send("Isdom").await.unwrap().id, first.id);
    assert!(matches!(send("Other").await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn live_events_reach_only_those_who_may_see_and_nothing_is_missed_in_a_gap() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    let mut hers = live::subscribe(&ann, None).await.unwrap();
    let deal = house.deal("His", "1.00", bob.me.id).await;
    house.create(Kind::Company, json!({"name": "Isdom"})).await;
    let (id, event) = hers.next().await.unwrap();
    let LiveEvent::Change(change) = event else { panic!("{event:?}") };
    assert_eq!(change.kind, Kind::Company, "the deal is not hers to see");
    // Given to her, she hears of it; taken away, she hears that it is gone.
    let give = |to: domain::Id, v| patch(json!({"owner": to}), v, json!({}));
    records::update(&house.owner, Kind::Deal, deal.id, Patch { version: 1, ..give(ann.me.id, 1) }).await.unwrap();
    assert!(matches!(hers.next().await, Some((_, LiveEvent::Change(c))) if c.record == deal.id && !c.gone));
    records::update(&house.owner, Kind::Deal, deal.id, give(bob.me.id, 2)).await.unwrap();
    assert!(matches!(hers.next().await, Some((_, LiveEvent::Change(c))) if c.record == deal.id && c.gone));
    drop(hers);
    house.create(Kind::Company, json!({"name": "While away"})).await;
    let missed = house.create(Kind::Company, json!({"name": "While away too"})).await;
    let mut again = live::subscribe(&ann, id).await.unwrap();
    loop {
        let (_, event) = again.next().await.expect("goes on");
        if matches!(event, LiveEvent::Change(ref c) if c.record == missed.id) {
            break;
        }
    }
}

#[tokio::test]
async fn fields_are_checked_by_the_service_whatever_the_door() {
    let house = House::new().await;
    let sent = object(json!({"name": "x", "company": "00000000-0000-7000-8000-000000000001"}));
    let Err(Error::Invalid { fields }) = records::create(&house.owner, Kind::Deal, sent, None).await else { panic!("took it") };
    assert_eq!((fields[0].field.as_str(), fields[0].code.as_str()), ("company", "unknown_reference"));
    let _ = Fields::new();
}
