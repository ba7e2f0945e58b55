//! Two people at the same moment, each of whom would be refused a moment later.

use domain::deals::MoveDeal;
use domain::list::{Look, SaveView};
use domain::record::{Patch, TimelineEntry};
use domain::workspace::Workspace;
use domain::{Error, Fields, Id, Kind, Record, Result};
use serde_json::{Value, json};
use service::{Ctx, deals, history, records, views, workspace};

use crate::house::{House, object};

const ROUNDS: usize = 12;

async fn set(ctx: Ctx, record: Record, fields: Value) -> Result<Record> {
    let patch = Patch { fields: object(fields), version: record.version, base: record.fields.clone() };
    records::update(&ctx, record.kind, record.id, patch).await
}

fn code(e: Error) -> String {
    match e {
        Error::Invalid { fields } => fields[0].code.clone(),
        other => panic!("{other:?}"),
    }
}

fn stages(with_demo: bool) -> Value {
    let mut stages = serde_json::to_value(domain::pipelines::template(["a", "b", "c", "d", "w", "l"])).unwrap();
    if with_demo {
        stages.as_array_mut().unwrap().insert(1, json!({"id": "demo", "name": "Demo", "kind": "open", "probability": 30}));
    }
    stages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_does_not_go_while_a_deal_comes() {
    let house = House::new().await;
    for round in 0..ROUNDS {
        let pipeline = house.create(Kind::Pipeline, json!({"name": format!("P{round}"), "stages": stages(true)})).await;
        let deal = house.create(Kind::Deal, json!({"name": "A", "pipeline": pipeline.id})).await;
        let (ctx, id) = (house.owner.clone(), deal.id);
        let to = MoveDeal {
            stage: "demo".into(),
            before: None,
            after: None,
            to_top: true,
            version: 1,
            fields: Fields::new(),
            base: Fields::new(),
        };
        let comes = tokio::spawn(async move { deals::move_to_stage(&ctx, id, to).await });
        let goes = tokio::spawn(set(house.owner.clone(), pipeline.clone(), json!({"stages": stages(false)})));
        let (comes, goes) = (comes.await.unwrap(), goes.await.unwrap());
        assert_ne!(comes.is_ok(), goes.is_ok(), "round {round}: {comes:?} {goes:?}");
        if let Err(e) = goes {
            assert_eq!(code(e), "stage_in_use");
        }
        if let Err(e) = comes {
            assert_eq!(code(e), "stage");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_does_not_go_while_a_deal_is_made_in_it() {
    let house = House::new().await;
    for round in 0..ROUNDS {
        let pipeline = house.create(Kind::Pipeline, json!({"name": format!("P{round}"), "stages": stages(false)})).await;
        let (maker, remover, id) = (house.owner.clone(), house.owner.clone(), pipeline.id);
        let comes =
            tokio::spawn(async move { records::create(&maker, Kind::Deal, object(json!({"name": "A", "pipeline": id})), None).await });
        let goes = tokio::spawn(async move { records::remove(&remover, Kind::Pipeline, id, None).await });
        let (comes, goes) = (comes.await.unwrap(), goes.await.unwrap());
        assert_ne!(comes.is_ok(), goes.is_ok(), "round {round}: {comes:?} {goes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_pipeline_stays_whoever_deletes_the_others() {
    let house = House::new().await;
    for round in 0..ROUNDS {
        house.create(Kind::Pipeline, json!({"name": format!("P{round}"), "stages": stages(false)})).await;
        let all = records::list(&house.owner, Kind::Pipeline, &Default::default()).await.unwrap().records;
        assert_eq!(all.len(), 2);
        let remove = |id: Id| {
            let ctx = house.owner.clone();
            tokio::spawn(async move { records::remove(&ctx, Kind::Pipeline, id, None).await })
        };
        let (first, second) = (remove(all[0].id), remove(all[1].id));
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_ne!(first.is_ok(), second.is_ok(), "round {round}");
        assert_eq!(code(first.and(second).unwrap_err()), "last_pipeline");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_companies_do_not_become_each_others_parents() {
    let house = House::new().await;
    for round in 0..ROUNDS {
        let mut ring = Vec::new();
        for name in ["A", "B", "C"] {
            ring.push(house.create(Kind::Company, json!({"name": name})).await);
        }
        // Each gets the next one above it.
        let tries = (0..3).map(|i| tokio::spawn(set(house.owner.clone(), ring[i].clone(), json!({"parent": ring[(i + 1) % 3].id}))));
        let tries: Vec<_> = tries.collect();
        let mut refused = Vec::new();
        for t in tries {
            refused.extend(t.await.unwrap().err());
        }
        assert_eq!(refused.len(), 1, "round {round}: {refused:?}");
        assert_eq!(code(refused.remove(0)), "own_ancestor");
    }
}

/// Each would be fine alone; both come in one transaction.
#[tokio::test]
async fn one_undo_makes_no_circle_of_companies() {
    let house = House::new().await;
    let a = house.create(Kind::Company, json!({"name": "A"})).await;
    let b = house.create(Kind::Company, json!({"name": "B"})).await;
    let mut freed = Vec::new();
    for (below, above) in [(&a, &b), (&b, &a)] {
        let hung = set(house.owner.clone(), below.clone(), json!({"parent": above.id})).await.unwrap();
        set(house.owner.clone(), hung, json!({"parent": null})).await.unwrap();
        let entries = records::timeline(&house.owner, Kind::Company, below.id, "change", None).await.unwrap().entries;
        freed.extend(entries.into_iter().find_map(|e| match e {
            TimelineEntry::Change { change, .. } if change.record == below.id => Some(change.id),
            _ => None,
        }));
    }
    assert_eq!(code(history::undo(&house.owner, &freed).await.unwrap_err()), "own_ancestor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_change_the_same_settings_or_view_the_second_is_told() {
    let house = House::new().await;
    for round in 0..ROUNDS {
        let seen = workspace::get(&house.owner).await.unwrap();
        let rename = |name: &str| {
            let (ctx, wanted) = (house.owner.clone(), Workspace { name: format!("{name} {round}"), ..seen.clone() });
            tokio::spawn(async move { workspace::update(&ctx, wanted).await })
        };
        let (a, b) = (rename("A"), rename("B"));
        let (a, b) = (a.await.unwrap(), b.await.unwrap());
        let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
        let Err(Error::Outdated { current }) = lost else { panic!("lost an edit: {lost:?}") };
        assert_eq!(current["name"], won.unwrap().name);
    }
    let new = SaveView { id: None, version: 0, kind: Kind::Deal, name: "Mine".into(), shared: true, look: Look::default() };
    let seen = views::save(&house.owner, new.clone()).await.unwrap();
    let rename = |name: &str, version| SaveView { id: Some(seen.id), version, name: name.into(), ..new.clone() };
    assert_eq!(views::save(&house.owner, rename("Ours", 1)).await.unwrap().version, 2);
    let Err(Error::Outdated { current }) = views::save(&house.owner, rename("Theirs", 1)).await else { panic!("lost an edit") };
    assert_eq!((current["name"].as_str(), current["version"].as_i64()), (Some("Ours"), Some(2)));
    assert_eq!(views::save(&house.owner, rename("Theirs", 2)).await.unwrap().name, "Theirs");
}
