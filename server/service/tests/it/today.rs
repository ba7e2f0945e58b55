//! My day: one's own meetings, tasks and deals, nobody else's, and acts on several of them that are taken back together.

use domain::list::{ListQuery, Selection};
use domain::today::{Group, Today, Why};
use domain::{Fields, Kind, Record, time};
use serde_json::{Value, json};
use service::{Ctx, calendar, history, records, today};

use crate::house::{House, object};

/// The house's clock stands at Sunday 22 November 2026, 05:24 in Kyiv.
async fn task(by: &Ctx, name: &str, due: &str, more: Value) -> Record {
    let mut fields = object(more);
    fields.extend(object(json!({"name": name, "due_at": due})));
    records::create(by, Kind::Task, fields, None).await.expect("a task")
}

async fn load(ctx: &Ctx) -> Today {
    today::load(ctx).await.expect("my day")
}

fn names(today: &Today) -> Vec<(&str, Group)> {
    today.items.iter().map(|l| (l.name.as_str(), l.group)).collect()
}

#[tokio::test]
async fn a_day_shows_nothing_of_other_people() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let secret = house.deal("Secret rollout", "900.00", bob.me.id).await;
    task(&bob, "His task", "2026-11-22T08:00:00Z", json!({"deal": secret.id})).await;
    house.deal("His other deal", "900.00", bob.me.id).await;
    let meeting = json!({"title": "His meeting", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z", "private": true});
    records::create(&bob, Kind::Event, object(meeting), None).await.unwrap();
    assert_eq!(names(&load(&ann).await), []);
    // Her own task on what was hers once: the step stays, the deal's name and worth do not show.
    let hers = house.deal("Was hers", "700.00", ann.me.id).await;
    task(&ann, "Her task", "2026-11-22T08:00:00Z", json!({"deal": hers.id})).await;
    let give = domain::record::Patch {
        fields: object(json!({"owner": bob.me.id})),
        version: records::get(&house.owner, Kind::Deal, hers.id).await.unwrap().version,
        base: Fields::new(),
    };
    records::update(&house.owner, Kind::Deal, hers.id, give).await.unwrap();
    let day = load(&ann).await;
    assert_eq!(names(&day), [("Her task", Group::Today)]);
    assert_eq!((day.items[0].amount, day.labels.get(&hers.id)), (None, None));
    // Whoever runs the house has a day of their own too, not everybody's.
    assert_eq!(names(&load(&house.owner).await), []);
    assert_eq!(load(&bob).await.items.len(), 3, "his meeting, his task, and the deal without one");
}

#[tokio::test]
async fn a_task_without_a_due_day_is_at_the_end_until_it_is_done_or_gets_one() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let some_day = |name: &str| object(json!({"name": name}));
    records::create(&bob, Kind::Task, some_day("His, some day"), None).await.unwrap();
    let one = records::create(&ann, Kind::Task, some_day("Tidy the shelf"), None).await.unwrap();
    let two = records::create(&ann, Kind::Task, some_day("Read the book"), None).await.unwrap();
    task(&ann, "Ring back", "2026-11-25T15:00:00Z", json!({})).await;
    let day = load(&ann).await;
    assert_eq!(names(&day), [("Ring back", Group::Soon), ("Read the book", Group::Undated), ("Tidy the shelf", Group::Undated)]);
    assert_eq!((day.items[1].day.as_str(), &day.items[1].why[..]), ("", &[Why::TaskUndated][..]));
    assert!(day.items[1].can_edit);
    // The same acts as everywhere: one is done, the other put off to a day, and both are taken back.
    let done = records::update_many(&ann, Kind::Task, &Selection::Ids { ids: vec![one.id] }, object(json!({"done": true}))).await.unwrap();
    let due = object(json!({"due_at": "2026-11-23T07:00:00Z"}));
    records::update_many(&ann, Kind::Task, &Selection::Ids { ids: vec![two.id] }, due).await.unwrap();
    assert_eq!(names(&load(&ann).await), [("Read the book", Group::Soon), ("Ring back", Group::Soon)]);
    history::undo(&ann, &done.changes).await.unwrap();
    assert_eq!(names(&load(&ann).await).last(), Some(&("Tidy the shelf", Group::Undated)));
}

#[tokio::test]
async fn meetings_tasks_and_deals_stand_in_one_list_each_with_its_reason() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let deal = house.deal("No step", "100.00", ann.me.id).await;
    let planned = house.deal("Planned", "500.00", ann.me.id).await;
    task(&ann, "Send the offer", "2026-11-20T08:00:00Z", json!({"deal": planned.id})).await;
    task(&ann, "Ring back", "2026-11-22T15:00:00Z", json!({})).await;
    task(&ann, "Far away", "2026-12-22T15:00:00Z", json!({})).await;
    let at = |from: &str, to: &str| json!({"title": format!("At {from}"), "start": format!("2026-11-22T{from}:00Z"), "end": format!("2026-11-22T{to}:00Z")});
    for (from, to) in [("10:00", "11:00"), ("10:30", "11:30"), ("03:30", "04:00")] {
        calendar::save(&ann, &domain::calendar::view::Draft { fields: object(at(from, to)), ..Default::default() }, None).await.unwrap();
    }
    let day = load(&ann).await;
    use Group::*;
    let expected = [
        ("At 03:30", Now),
        ("Send the offer", Overdue),
        ("At 10:00", Today),
        ("At 10:30", Today),
        ("Ring back", Today),
        ("No step", Today),
    ];
    assert_eq!(names(&day), expected);
    let why = |name: &str| day.items.iter().find(|l| l.name == name).map(|l| l.why.clone()).unwrap();
    assert_eq!(why("At 03:30"), [Why::Begins { minutes: 5 }]);
    assert_eq!(why("At 10:00"), [Why::Meeting, Why::Clash]);
    assert_eq!(why("Send the offer")[0], Why::TaskLate { days: 2 });
    assert_eq!(why("No step")[0], Why::NoStep);
    assert_eq!(day.until.as_deref(), Some("2026-11-22T03:30:00.000Z"), "then the first meeting runs");
    // The figure and the list behind it are one question.
    let list = ListQuery { filter: day.filter.clone(), count: true, ..ListQuery::default() };
    let found = records::list(&ann, Kind::Deal, &list).await.unwrap();
    assert_eq!(found.records.iter().map(|r| r.id).collect::<Vec<_>>(), [deal.id]);
    // Time goes on, and the deals grow stale.
    house.later(40 * 86_400_000);
    let stale = load(&ann).await;
    let rotting = stale.items.iter().find(|l| l.name == "No step").unwrap();
    assert!(matches!(rotting.why[0], Why::Rotting { days: 40, limit: 30, twice: false }), "{:?}", rotting.why);
    let list = ListQuery { filter: stale.filter.clone(), count: true, ..ListQuery::default() };
    assert_eq!(records::list(&ann, Kind::Deal, &list).await.unwrap().total, Some(2), "the planned one rots too, below its step");
}

#[tokio::test]
async fn several_are_completed_together_and_come_back_together() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        ids.push(task(&ann, &format!("Task {n}"), &format!("2026-11-22T0{n}:00:00Z"), json!({})).await.id);
    }
    let chosen = Selection::Ids { ids: ids[..2].to_vec() };
    let done = records::update_many(&ann, Kind::Task, &chosen, object(json!({"done": true}))).await.unwrap();
    assert_eq!(names(&load(&ann).await), [("Task 3", Group::Overdue)]);
    history::undo(&ann, &done.changes).await.unwrap();
    assert_eq!(load(&ann).await.items.len(), 3);
    let tomorrow = records::update_many(&ann, Kind::Task, &chosen, object(json!({"due_at": "2026-11-23T07:00:00Z"}))).await.unwrap();
    assert_eq!(names(&load(&ann).await)[1..], [("Task 1", Group::Soon), ("Task 2", Group::Soon)]);
    history::undo(&ann, &tomorrow.changes).await.unwrap();
    assert!(load(&ann).await.items.iter().all(|l| l.group == Group::Overdue));
}

#[tokio::test]
async fn more_deals_than_have_room_are_counted() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    for n in 0..45 {
        house.deal(&format!("Deal {n:02}"), &format!("{}.00", 100 + n), ann.me.id).await;
    }
    let day = load(&ann).await;
    assert_eq!((day.items.len(), day.more), (40, 5));
    assert_eq!(day.items[0].name, "Deal 44", "the largest first");
    assert_eq!(time::parse_instant(day.until.as_deref().unwrap()), time::parse_instant("2026-11-22T22:00:00Z"), "midnight in Kyiv");
}
