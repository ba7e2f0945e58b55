use domain::list::{ListQuery, Selection};
use domain::live::LiveEvent;
use domain::record::{Change, ChangeOp, Patch, TimelineEntry};
use domain::{Error, Fields, Id, Kind};
use futures::StreamExt;
use serde_json::json;
use service::{Ctx, auth, deals, history, live, records, search};

use crate::house::{House, object};

mod back;

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

/// Changes of a record, newest first.
async fn changes_of(ctx: &Ctx, kind: Kind, id: Id) -> Vec<Change> {
    let page = records::timeline(ctx, kind, id, "change", None).await.unwrap();
    page.entries.into_iter().filter_map(|e| if let TimelineEntry::Change { change, .. } = e { Some(change) } else { None }).collect()
}

fn refused(outcome: Result<domain::record::Done, Error>) -> String {
    match outcome {
        Err(Error::Invalid { fields }) => fields[0].code.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_undo_is_no_way_around_who_may_be_owner() {
    let house = House::new().await;
    let second = house.person("owner", None).await;
    records::update(&house.owner, Kind::User, second.me.id, patch(json!({"role": "admin"}), 1, json!({}))).await.unwrap();
    let admin = auth::act_as(&house.app, &second.me.email).await.unwrap();
    let demotion = changes_of(&house.owner, Kind::User, second.me.id).await[0].id;
    assert_eq!(refused(history::undo(&admin, &[demotion]).await), "owner_only");
    // Nor does the owner go because somebody takes back that they came.
    let arrival = changes_of(&house.owner, Kind::User, house.owner.me.id).await.last().unwrap().id;
    assert_eq!(refused(history::undo(&admin, &[arrival]).await), "owner_only");
    assert_eq!(refused(history::undo(&house.owner, &[arrival]).await), "remove_yourself");
    history::undo(&house.owner, &[demotion]).await.expect("an owner may");
}

#[tokio::test]
async fn an_undo_leaves_no_deal_without_its_stage() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    let pipeline = records::get(&house.owner, Kind::Pipeline, deal.id_of("pipeline").unwrap()).await.unwrap();
    let mut stages = pipeline.fields["stages"].as_array().cloned().unwrap();
    stages.insert(0, json!({"id": "demo", "name": "Demo", "kind": "open", "probability": 30}));
    records::update(&house.owner, Kind::Pipeline, pipeline.id, patch(json!({"stages": stages}), pipeline.version, json!({})))
        .await
        .unwrap();
    let to = |stage: &str, version| domain::deals::MoveDeal {
        stage: stage.into(),
        before: None,
        after: None,
        to_top: false,
        version,
        fields: Fields::new(),
        base: Default::default(),
    };
    deals::move_to_stage(&house.owner, deal.id, to("demo", 1)).await.unwrap();
    let added = changes_of(&house.owner, Kind::Pipeline, pipeline.id).await[0].id;
    assert_eq!(refused(history::undo(&house.owner, &[added]).await), "stage_in_use");
    // In the bin it does not keep the stage; out of it, it stands where there is one.
    records::remove(&house.owner, Kind::Deal, deal.id, None).await.unwrap();
    history::undo(&house.owner, &[added]).await.unwrap();
    let back = records::restore(&house.owner, Kind::Deal, deal.id).await.unwrap();
    assert_eq!((back.text("stage"), back.text("status")), ("prospecting", "open"));
}

#[tokio::test]
async fn a_company_does_not_become_its_own_ancestor_by_undo() {
    let house = House::new().await;
    let b = house.create(Kind::Company, json!({"name": "B"})).await;
    let a = house.create(Kind::Company, json!({"name": "A", "parent": b.id})).await;
    let free = patch(json!({"parent": null}), 1, json!({}));
    records::update(&house.owner, Kind::Company, a.id, free).await.unwrap();
    let freed = changes_of(&house.owner, Kind::Company, a.id).await[0].id;
    records::update(&house.owner, Kind::Company, b.id, patch(json!({"parent": a.id}), 1, json!({}))).await.unwrap();
    assert_eq!(refused(history::undo(&house.owner, &[freed]).await), "own_ancestor");
}

#[tokio::test]
async fn what_hangs_on_a_deal_is_seen_by_its_owner_after_an_undo_too() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    let (hers, his) = (house.deal("Hers", "1.00", ann.me.id).await, house.deal("His", "1.00", bob.me.id).await);
    let note = house.create(Kind::Note, json!({"body": "About her deal", "deal": hers.id})).await;
    records::update(&house.owner, Kind::Note, note.id, patch(json!({"deal": his.id}), 1, json!({}))).await.unwrap();
    assert!(records::get(&ann, Kind::Note, note.id).await.is_err());
    let moved = changes_of(&house.owner, Kind::Note, note.id).await[0].id;
    history::undo(&house.owner, &[moved]).await.unwrap();
    assert!(records::get(&ann, Kind::Note, note.id).await.is_ok());
    assert_eq!(records::get(&bob, Kind::Note, note.id).await, Err(Error::NotFound));
}

#[tokio::test]
async fn a_slip_is_taken_back_by_who_made_it_until_somebody_builds_on_it() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let make = async |name: &str| {
        records::create(&ann, Kind::Company, object(json!({"name": name, "owner": house.owner.me.id})), None).await.unwrap()
    };
    let (slip, kept) = (make("Slip").await, make("Kept").await);
    records::update(&house.owner, Kind::Company, kept.id, patch(json!({"city": "Kyiv"}), 1, json!({}))).await.unwrap();
    let made = changes_of(&ann, Kind::Company, slip.id).await[0].id;
    history::undo(&ann, &[made]).await.expect("her own slip");
    let made = changes_of(&ann, Kind::Company, kept.id).await.last().unwrap().id;
    assert_eq!(history::undo(&ann, &[made]).await.err(), Some(Error::Forbidden));
}

#[tokio::test]
async fn the_same_key_makes_one_record_however_often_it_is_sent_at_once() {
    let house = House::new().await;
    let sends = (0..8).map(|_| {
        let ctx = house.owner.clone();
        tokio::spawn(async move { records::create(&ctx, Kind::Company, object(json!({"name": "Isdom"})), Some("k-2")).await.unwrap().id })
    });
    let ids: std::collections::BTreeSet<Id> = futures::future::join_all(sends).await.into_iter().map(|id| id.unwrap()).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_leaves_index_and_database_of_one_mind() {
    let house = House::new().await;
    for n in 0..40 {
        let fields = object(json!({"name": format!("C{n}")}));
        let sent = records::create(&house.owner, Kind::Company, fields, None);
        let _ = tokio::time::timeout(std::time::Duration::from_micros(100 * n), sent).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let all = ListQuery { limit: 500, count: true, ..ListQuery::default() };
    let page = records::list(&house.owner, Kind::Company, &all).await.unwrap();
    assert_eq!(page.total, i64::try_from(page.records.len()).ok());
    // Everything that was told is in the history, and everything in the history is in the list.
    let mut stream = live::subscribe(&house.owner, Some(Id(uuid::Uuid::nil()))).await.unwrap();
    let mut heard = std::collections::BTreeSet::new();
    while let Ok(Some((_, LiveEvent::Change(c)))) = tokio::time::timeout(std::time::Duration::from_millis(300), stream.next()).await {
        if c.kind == Kind::Company {
            heard.insert(c.record);
        }
    }
    let listed: std::collections::BTreeSet<Id> = page.records.iter().map(|r| r.id).collect();
    assert_eq!(heard, listed);
}

#[tokio::test]
async fn what_happens_while_a_page_is_on_its_way_is_told_to_it() {
    let house = House::new().await;
    let since = house.app.live_place();
    let made = house.create(Kind::Company, json!({"name": "Meanwhile"})).await;
    let mut stream = live::subscribe(&house.owner, Some(since)).await.unwrap();
    loop {
        let (_, event) = stream.next().await.expect("goes on");
        if matches!(event, LiveEvent::Change(ref c) if c.record == made.id) {
            break;
        }
    }
}

#[tokio::test]
async fn a_timeline_passes_over_nothing_that_happened_at_one_moment() {
    let house = House::new().await;
    let company = house.create(Kind::Company, json!({"name": "Isdom"})).await;
    // The clock stands still.
    for n in 0..150 {
        house.create(Kind::Contact, json!({"family_name": format!("P{n}"), "company": company.id})).await;
    }
    house.later(5);
    house.create(Kind::Contact, json!({"family_name": "Last", "company": company.id})).await;
    let (mut before, mut seen) = (None, std::collections::BTreeSet::new());
    loop {
        let page = records::timeline(&house.owner, Kind::Company, company.id, "", before.as_deref()).await.unwrap();
        seen.extend(page.entries.iter().filter_map(|e| if let TimelineEntry::Change { change, .. } = e { Some(change.id) } else { None }));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 152);
}

/// A note is hung on a deal while the deal is given away: whichever comes first, the note goes with the deal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hung_on_a_deal_that_changes_hands_belongs_to_the_new_owner() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    for round in 0..12 {
        let deal = house.deal("Hers", "1.00", ann.me.id).await;
        let hung = (0..6).map(|n| {
            let (ctx, deal) = (house.owner.clone(), deal.id);
            tokio::spawn(async move {
                let (kind, fields) = match n % 3 {
                    0 => (Kind::Note, json!({"body": "x", "deal": deal})),
                    1 => (Kind::Call, json!({"name": "x", "deal": deal})),
                    _ => (Kind::Task, json!({"name": "x", "deal": deal})),
                };
                records::create(&ctx, kind, object(fields), None).await.unwrap()
            })
        });
        let hung: Vec<_> = hung.collect();
        let (ctx, to) = (house.owner.clone(), bob.me.id);
        let given = tokio::spawn(async move {
            let change = patch(json!({"owner": to}), 1, json!({"owner": deal.owner()}));
            records::update(&ctx, Kind::Deal, deal.id, change).await.unwrap()
        });
        given.await.unwrap();
        for made in hung {
            let made = made.await.unwrap();
            assert_eq!(records::get(&ann, made.kind, made.id).await, Err(Error::NotFound), "round {round}: {:?}", made.kind);
            assert!(records::get(&bob, made.kind, made.id).await.is_ok(), "round {round}: {:?}", made.kind);
        }
    }
}

/// So many companies, all renamed to "New" in one act; and the changes that did it.
async fn renamed(house: &House, count: usize) -> (Vec<Id>, Vec<Id>) {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(house.create(Kind::Company, json!({"name": "Old"})).await.id);
    }
    let these = Selection::Ids { ids: ids.clone() };
    let done = records::update_many(&house.owner, Kind::Company, &these, object(json!({"name": "New"}))).await.unwrap();
    assert_eq!(done.changes.len(), count);
    (ids, done.changes)
}

async fn called(ctx: &Ctx, name: &str) -> i64 {
    let query = ListQuery { filter: format!("name = {name}"), count: true, ..ListQuery::default() };
    records::list(ctx, Kind::Company, &query).await.unwrap().total.unwrap()
}

async fn rename(ctx: &Ctx, id: Id, name: &str) {
    let now = records::get(ctx, Kind::Company, id).await.unwrap();
    let to = patch(json!({"name": name}), now.version, json!({}));
    records::update(ctx, Kind::Company, id, to).await.unwrap();
}

#[tokio::test]
async fn an_undo_of_hundreds_takes_back_all_or_nothing() {
    let house = House::new().await;
    let (ids, changes) = renamed(&house, 230).await;
    // The oldest change comes last.
    rename(&house.owner, ids[0], "Other").await;
    assert!(matches!(history::undo(&house.owner, &changes).await, Err(Error::Conflict(_))));
    assert_eq!((called(&house.owner, "New").await, called(&house.owner, "Old").await), (229, 0));
    rename(&house.owner, ids[0], "New").await;
    let done = history::undo(&house.owner, &changes).await.unwrap();
    assert_eq!((done.changes.len(), done.left.len(), called(&house.owner, "Old").await), (230, 0, 230));
}

#[tokio::test]
async fn an_undo_that_breaks_off_says_what_is_left_and_goes_on_from_there() {
    let house = House::new().await;
    let (ids, changes) = renamed(&house, 900).await;
    let mut news = live::subscribe(&house.owner, None).await.unwrap();
    let meddle = async {
        // The first hundred are taken back: somebody comes in between, at the other end.
        while !matches!(news.next().await, Some((_, LiveEvent::Bulk { .. }))) {}
        rename(&house.owner, ids[0], "Other").await;
    };
    let (done, ()) = tokio::join!(history::undo(&house.owner, &changes), meddle);
    let done = done.unwrap();
    assert!(matches!(done.why.as_deref(), Some(Error::Conflict(_))), "{:?}", done.why);
    let back = done.changes.len();
    assert!(back >= 100 && back % 100 == 0 && done.left.len() == 900 - back, "{back} and {}", done.left.len());
    assert_eq!(called(&house.owner, "Old").await, i64::try_from(back).unwrap());

    // One that was taken back is renamed again by hand: taking all of it back once more leaves that alone.
    rename(&house.owner, ids[0], "New").await;
    rename(&house.owner, ids[899], "New").await;
    let rest = history::undo(&house.owner, &changes).await.unwrap();
    assert_eq!((rest.changes.len(), rest.why), (900 - back, None));
    assert_eq!(records::get(&house.owner, Kind::Company, ids[899]).await.unwrap().name(), "New");
    assert_eq!(called(&house.owner, "Old").await, 899);
}

#[tokio::test]
async fn what_was_taken_back_and_brought_back_can_be_taken_back_again() {
    let house = House::new().await;
    let (ids, changes) = renamed(&house, 1).await;
    let undone = history::undo(&house.owner, &changes).await.unwrap();
    history::undo(&house.owner, &undone.changes).await.unwrap();
    assert_eq!(called(&house.owner, "New").await, 1);
    assert_eq!(history::undo(&house.owner, &changes).await.unwrap().changes.len(), 1);
    assert_eq!(records::get(&house.owner, Kind::Company, ids[0]).await.unwrap().name(), "Old");
}

#[tokio::test]
async fn a_bulk_act_tells_nobody_how_much_they_may_not_see() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    let mut his = Vec::new();
    for n in 0..60 {
        his.push(house.deal(&format!("D{n}"), "1.00", bob.me.id).await.id);
    }
    let mut hers = live::subscribe(&ann, None).await.unwrap();
    let set = async |ids: Vec<Id>, fields: serde_json::Value| {
        records::update_many(&house.owner, Kind::Deal, &Selection::Ids { ids }, object(fields)).await.unwrap()
    };
    set(his.clone(), json!({"probability": 10})).await;
    let company = house.create(Kind::Company, json!({"name": "Isdom"})).await;
    let (_, event) = hers.next().await.unwrap();
    assert!(matches!(event, LiveEvent::Change(ref c) if c.record == company.id), "the deals are none of hers: {event:?}");
    // Some become hers: she hears of these, and of no others.
    for id in his.iter().take(7) {
        let now = records::get(&house.owner, Kind::Deal, *id).await.unwrap();
        records::update(&house.owner, Kind::Deal, *id, patch(json!({"owner": ann.me.id}), now.version, json!({}))).await.unwrap();
        assert!(matches!(hers.next().await, Some((_, LiveEvent::Change(_)))));
    }
    set(his, json!({"probability": 20})).await;
    assert!(matches!(hers.next().await, Some((_, LiveEvent::Bulk { kind: Kind::Deal, count: 7 }))));
}
