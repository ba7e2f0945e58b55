//! The calendar's use cases: what stands against an item at whatever door, masking, answers, races.

mod feeds;
mod ics;
mod people;
mod replies;
mod series;
mod times;

pub(crate) use times::noticed;

use domain::calendar::view::{CalendarPage, CalendarQuery, Draft, Habits, OnConflict, Saved, Whose};
use domain::calendar::{Answer, ConflictKind, DayOff, Level, Policy};
use domain::list::ListQuery;
use domain::record::Patch;
use domain::{Error, Fields, Id, Kind, Record, time};
use serde_json::{Value, json};
use service::{Ctx, calendar, history, records, search};

use crate::house::{House, object};

fn draft(fields: Value) -> Draft {
    Draft { fields: object(fields), ..Draft::default() }
}

/// A meeting on Tuesday 24 November 2026; hours of Kyiv (UTC+2).
fn meeting(from: &str, to: &str) -> Value {
    json!({"title": "Review", "start": format!("2026-11-24T{from}:00+02:00"), "end": format!("2026-11-24T{to}:00+02:00"), "zone": "Europe/Kyiv"})
}

fn with(mut fields: Value, more: Value) -> Value {
    fields.as_object_mut().unwrap().extend(object(more));
    fields
}

async fn save(ctx: &Ctx, fields: Value) -> Saved {
    calendar::save(ctx, &draft(fields), None).await.expect("saved")
}

fn kinds(saved: &Saved) -> Vec<ConflictKind> {
    saved.conflicts.iter().map(|c| c.kind).collect()
}

async fn week(ctx: &Ctx, users: &[Id]) -> CalendarPage {
    let day = |d: &str| time::parse_date(d).unwrap();
    let query = CalendarQuery { from: day("2026-11-23"), to: day("2026-11-30"), users: users.to_vec(), ..CalendarQuery::default() };
    calendar::page(ctx, &query).await.expect("a page")
}

fn change(record: &Record, fields: Value) -> Draft {
    Draft { id: Some(record.id), version: record.version, ..draft(fields) }
}

async fn room(house: &House, rules: Option<Policy>) -> Record {
    house.create(Kind::Resource, json!({"name": "Blue room", "type": "room", "conflict_rules": rules})).await
}

fn strict() -> Policy {
    Policy { resource: Level::Strict, ..Policy::default() }
}

#[tokio::test]
async fn two_meetings_at_once_clash_and_back_to_back_do_not() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    assert!(save(&ann, meeting("10:00", "11:00")).await.conflicts.is_empty());
    assert!(save(&ann, meeting("11:00", "12:00")).await.conflicts.is_empty(), "half-open");
    let saved = save(&ann, meeting("10:30", "11:30")).await;
    assert_eq!(kinds(&saved), [ConflictKind::Own, ConflictKind::Own]);
    let first = &saved.conflicts[0];
    assert_eq!((first.who.name.as_str(), first.with.as_ref().unwrap().title.as_deref()), ("The sales", Some("Review")));
    assert_eq!(time::instant(first.span.start), "2026-11-24T08:30:00.000Z");
    // What is free, cancelled or declined takes no time.
    for quiet in [json!({"busy": false}), json!({"status": "cancelled"})] {
        assert!(save(&ann, with(meeting("10:00", "11:00"), quiet)).await.conflicts.is_empty());
    }
}

/// A meeting that somebody had saved over another one in the same room bore no mark in their week.
#[tokio::test]
async fn what_clashes_in_a_room_or_at_a_guest_is_marked_in_ones_own_week() {
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let blue = room(&house, None).await;
    save(&bob, with(meeting("10:00", "11:00"), json!({"resources": [blue.id]}))).await;
    save(&eve, with(meeting("14:00", "15:00"), json!({"private": true}))).await;
    save(&ann, with(meeting("10:30", "11:30"), json!({"title": "Room", "resources": [blue.id]}))).await;
    save(&ann, with(meeting("14:30", "15:30"), json!({"title": "Guest", "attendees": [eve.me.id]}))).await;
    save(&ann, with(meeting("16:00", "17:00"), json!({"title": "Alone"}))).await;
    let marked = |page: CalendarPage| page.items.into_iter().filter(|i| i.clash).map(|i| i.title).collect::<Vec<_>>();
    assert_eq!(marked(week(&ann, &[]).await), ["Room", "Guest"]);
}

#[tokio::test]
async fn every_kind_of_conflict_is_found() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let company = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling"})).await;
    let room = room(&house, None).await;
    let all = json!({"kind": "visit", "attendees": [bob.me.id], "contacts": [contact.id], "company": company.id, "resources": [room.id]});
    save(&house.owner, with(meeting("10:00", "11:00"), all.clone())).await;
    let saved = save(&ann, with(meeting("10:00", "11:00"), all)).await;
    let mut found = kinds(&saved);
    found.sort();
    use ConflictKind as K;
    assert_eq!(found, [K::Attendee, K::Contact, K::Company, K::Resource]);
    // Outside of working hours (9 to 18), and on the way to the next place.
    assert_eq!(kinds(&save(&ann, meeting("19:00", "20:00")).await), [K::Hours]);
    let travelling = with(meeting("11:10", "12:00"), json!({"travel_before": 30, "place": "Lviv"}));
    assert_eq!(kinds(&save(&ann, travelling).await), [K::Travel]);
    // A holiday of the house, and leave.
    let holidays = vec![DayOff { date: time::parse_date("2026-11-25").unwrap(), name: "Day of the house".into() }];
    calendar::save_habits(&house.owner, Whose::House, Habits { holidays, ..Habits::default() }).await.unwrap();
    let wednesday = json!({"title": "x", "start": "2026-11-25T08:00:00Z", "end": "2026-11-25T09:00:00Z"});
    let saved = save(&ann, wednesday).await;
    assert_eq!(kinds(&saved), [K::Holiday]);
    assert_eq!(saved.conflicts[0].with.as_ref().unwrap().title.as_deref(), Some("Day of the house"));
    save(&bob, json!({"kind": "leave", "start": "2026-11-26", "end": "2026-11-27"})).await;
    let thursday = json!({"start": "2026-11-26T08:00:00Z", "end": "2026-11-26T09:00:00Z", "attendees": [bob.me.id]});
    assert_eq!(kinds(&save(&ann, thursday).await), [K::Leave]);
    let leave = json!({"kind": "leave", "start": "2026-11-24", "end": "2026-11-25"});
    assert!(kinds(&save(&bob, leave).await).contains(&K::Leave), "a leave that is entered later meets what is there");
}

#[tokio::test]
async fn what_is_private_is_busy_and_nothing_else_to_others() {
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("admin", None).await);
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling"})).await;
    let secret = json!({"title": "Secret talk", "place": "Bank", "private": true, "attendees": [bob.me.id], "contacts": [contact.id]});
    let made = save(&ann, with(meeting("10:00", "11:00"), secret)).await.record;
    // Not there for anybody who does not take part, whatever they may otherwise see.
    for stranger in [&eve, &house.owner] {
        assert_eq!(records::get(stranger, Kind::Event, made.id).await.err(), Some(Error::NotFound));
        assert_eq!(calendar::event(stranger, made.id, None).await.err(), Some(Error::NotFound));
        assert_eq!(calendar::save(stranger, &change(&made, json!({"title": "x"})), None).await.err(), Some(Error::NotFound));
        assert_eq!(calendar::remove(stranger, made.id, None, None, None).await.err(), Some(Error::NotFound));
        assert_eq!(calendar::answer(stranger, made.id, None, Answer::Accepted).await.err(), Some(Error::NotFound));
        assert!(search::find(stranger, "Secret", &[], 10).await.unwrap().is_empty());
        let listed = ListQuery { count: true, ..ListQuery::default() };
        assert_eq!(records::list(stranger, Kind::Event, &listed).await.unwrap().total, Some(0));
        let timeline = records::timeline(stranger, Kind::Contact, contact.id, "", None).await.unwrap();
        assert!(!format!("{timeline:?}").contains("Secret"));
        let page = week(stranger, &[ann.me.id]).await;
        let shown = &page.items[0];
        assert!(shown.masked && shown.title.is_empty() && shown.place.is_empty() && !shown.can_edit);
        assert!(shown.attendees.is_empty() && shown.contacts.is_empty() && shown.organiser.is_none());
        let clash = save(stranger, with(meeting("10:00", "11:00"), json!({"attendees": [ann.me.id]}))).await;
        assert_eq!(clash.conflicts[0].with.as_ref().unwrap().title, None);
        calendar::remove(stranger, clash.record.id, None, None, None).await.unwrap();
    }
    for insider in [&ann, &bob] {
        assert_eq!(records::get(insider, Kind::Event, made.id).await.unwrap().name(), "Secret talk");
        assert_eq!(week(insider, &[ann.me.id]).await.items[0].title, "Secret talk");
        assert_eq!(search::find(insider, "Secret", &[], 10).await.unwrap().len(), 1);
        let timeline = records::timeline(insider, Kind::Contact, contact.id, "", None).await.unwrap();
        assert!(format!("{timeline:?}").contains("Secret"));
    }
}

#[tokio::test]
async fn only_those_who_may_change_an_item() {
    let house = House::new().await;
    let boss = house.person("manager", None).await;
    let team = house.create(Kind::Team, json!({"name": "East", "manager": boss.me.id})).await;
    let (ann, bob, ines) =
        (house.person("sales", Some(team.id)).await, house.person("sales", None).await, house.person("analyst", None).await);
    let boss = service::auth::act_as(&house.app, &boss.me.email).await.unwrap();
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id, ines.me.id]}))).await.record;
    for reader in [&bob, &ines] {
        let moved = calendar::save(reader, &change(&made, json!({"title": "Mine"})), None).await;
        assert_eq!(moved.err(), Some(Error::Forbidden));
        assert_eq!(calendar::remove(reader, made.id, None, None, None).await.err(), Some(Error::Forbidden));
    }
    assert_eq!(calendar::save(&ines, &draft(meeting("10:00", "11:00")), None).await.err(), Some(Error::Forbidden));
    assert_eq!(calendar::answer(&ines, made.id, None, Answer::Accepted).await.err(), Some(Error::Forbidden));
    assert_eq!(calendar::save_habits(&bob, Whose::User(ann.me.id), Habits::default()).await.err(), Some(Error::Forbidden));
    assert_eq!(calendar::save_habits(&bob, Whose::House, Habits::default()).await.err(), Some(Error::Forbidden));
    let room = house.create(Kind::Resource, json!({"name": "Lab", "type": "room"})).await;
    assert_eq!(calendar::save_habits(&bob, Whose::Resource(room.id), Habits::default()).await.err(), Some(Error::Forbidden));
    let made = calendar::save(&boss, &change(&made, json!({"title": "Ours"})), None).await.expect("the team's manager").record;
    // Who was asked answers, without being able to change anything else; and what was declined takes no time.
    let answered = calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap();
    assert_eq!(answered.record.name(), "Ours");
    assert!(save(&bob, meeting("10:00", "11:00")).await.conflicts.is_empty());
    let back = calendar::answer(&bob, made.id, None, Answer::Accepted).await.unwrap();
    assert_eq!(kinds(&back), [ConflictKind::Attendee], "accepted again, it meets what came meanwhile");
}

#[tokio::test]
async fn a_strict_rule_refuses_at_every_door() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let room = room(&house, Some(strict())).await;
    let booked = |from, to| with(meeting(from, to), json!({"resources": [room.id]}));
    let first = save(&house.owner, booked("10:00", "11:00")).await.record;
    let refused = |r: Option<Error>| match r {
        Some(Error::Clash { conflicts }) => {
            let strict: Vec<&Value> = conflicts.as_array().unwrap().iter().filter(|c| c["strict"] == true).collect();
            assert!(!strict.is_empty() && strict.iter().all(|c| c["kind"] == "resource"), "{conflicts}");
        }
        other => panic!("{other:?}"),
    };
    refused(calendar::save(&ann, &draft(booked("10:30", "11:30")), None).await.err());
    let later = save(&ann, booked("11:00", "12:00")).await.record;
    // Dragged, through the general door, as one of many, and out of the bin.
    let onto = json!({"start": "2026-11-24T08:30:00Z", "end": "2026-11-24T09:30:00Z"});
    refused(calendar::save(&ann, &change(&later, onto.clone()), None).await.err());
    let patch = Patch { fields: object(onto), version: later.version, base: Fields::new() };
    refused(records::update(&ann, Kind::Event, later.id, patch).await.err());
    refused(records::create(&ann, Kind::Event, object(booked("10:00", "10:15")), None).await.err());
    records::remove(&house.owner, Kind::Event, first.id, None).await.unwrap();
    let taken = save(&ann, booked("10:00", "11:00")).await.record;
    refused(records::restore(&house.owner, Kind::Event, first.id).await.err());
    // A series that meets it once.
    refused(calendar::save(&ann, &draft(with(booked("10:30", "10:45"), json!({"rrule": "FREQ=WEEKLY;COUNT=5"}))), None).await.err());
    let before = Draft {
        fields: object(json!({"title": "Standup", "start": "2026-11-17T08:00:00Z", "end": "2026-11-17T08:30:00Z", "zone": "Europe/Kyiv",
            "resources": [room.id], "rrule": "FREQ=WEEKLY;COUNT=5"})),
        ..Draft::default()
    };
    refused(calendar::save(&ann, &before, None).await.err());
    // What does not touch the room's time is free; so is another time.
    let renamed = calendar::save(&ann, &change(&taken, json!({"title": "Renamed"})), None).await.unwrap();
    assert!(renamed.conflicts.is_empty());
    // What was booked before the room was strict may become less, and not more.
    let hall = self::room(&house, None).await;
    let held = |from, to| with(meeting(from, to), json!({"resources": [hall.id]}));
    save(&house.owner, held("14:00", "16:00")).await;
    let known = save(&ann, held("15:00", "17:00")).await.record;
    let rules = Patch { fields: object(json!({"conflict_rules": strict()})), version: hall.version, base: Fields::new() };
    records::update(&house.owner, Kind::Resource, hall.id, rules).await.unwrap();
    let until = |to: &str| json!({"start": "2026-11-24T13:00:00Z", "end": format!("2026-11-24T{to}:00Z")});
    let less = calendar::save(&ann, &change(&known, until("13:30")), None).await.expect("less of it").record;
    refused(calendar::save(&ann, &change(&less, until("14:30")), None).await.err());
    // With `reject` a warning is a refusal too.
    let own = Draft { on_conflict: OnConflict::Reject, ..draft(meeting("10:00", "11:00")) };
    assert!(matches!(calendar::save(&ann, &own, None).await.err(), Some(Error::Clash { .. })));
}

/// Tasks were in a list of their own and nowhere in the week.
#[tokio::test]
async fn tasks_stand_in_the_calendar_where_they_are_due() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let task = async |name: &str, owner: &Ctx, more: Value| {
        let fields = with(json!({"name": name, "owner": owner.me.id, "due_at": "2026-11-24T15:00:00Z"}), more);
        records::create(&house.owner, Kind::Task, object(fields), None).await.unwrap()
    };
    let mine = task("Call back", &ann, json!({})).await;
    let deal = house.deal("His", "100", bob.me.id).await;
    let his = task("Secret plan", &bob, json!({"deal": deal.id})).await;
    assert!(records::get(&ann, Kind::Task, his.id).await.is_err());
    task("Done", &ann, json!({"done": true})).await;
    task("Next week", &ann, json!({"due_at": "2026-12-01T15:00:00Z"})).await;
    let day = |d: &str| time::parse_date(d).unwrap();
    let seen = async |ctx: &Ctx, tasks: bool| {
        let users = vec![ann.me.id, bob.me.id];
        let query = CalendarQuery { from: day("2026-11-23"), to: day("2026-11-30"), users, tasks, ..CalendarQuery::default() };
        let page = calendar::page(ctx, &query).await.expect("a page");
        page.items.into_iter().map(|i| (i.title, i.task, i.can_edit)).collect::<Vec<_>>()
    };
    assert_eq!(seen(&ann, true).await, [("Call back".to_owned(), true, true)], "hers to move; not those of whom she may not see");
    assert_eq!(seen(&house.owner, true).await.len(), 2);
    assert!(seen(&ann, false).await.is_empty());
    let page = calendar::event(&ann, mine.id, None).await.unwrap();
    assert_eq!((page.task, page.can_edit, page.event.title.as_str()), (true, true, "Call back"));
    assert_eq!(calendar::event(&ann, his.id, None).await.err(), Some(Error::NotFound));
    assert!(save(&ann, meeting("16:30", "17:30")).await.conflicts.is_empty(), "it takes nobody's time");
}

/// An occurrence that was left out, and came back by undo, once took a strict room twice without a word.
#[tokio::test]
async fn an_occurrence_that_comes_back_meets_what_took_its_place() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let (shut, open) = (room(&house, Some(strict())).await, room(&house, None).await);
    let slot = domain::calendar::Moment::parse("2026-11-25T08:00:00Z");
    for (room, is_strict) in [(&shut, true), (&open, false)] {
        let daily = json!({"rrule": "FREQ=DAILY;COUNT=5", "resources": [room.id]});
        let series = save(&house.owner, with(meeting("10:00", "11:00"), daily)).await.record;
        let gone = calendar::remove(&house.owner, series.id, None, Some(domain::calendar::series::Scope::This), slot).await.unwrap();
        let instead = json!({"start": "2026-11-25T08:00:00Z", "end": "2026-11-25T09:00:00Z", "zone": "UTC", "resources": [room.id]});
        assert!(save(&ann, with(json!({"title": "Instead"}), instead)).await.conflicts.iter().all(|c| c.kind != ConflictKind::Resource));
        let now = records::get(&house.owner, Kind::Event, series.id).await.unwrap();
        let whole = Draft { scope: Some(domain::calendar::series::Scope::All), ..change(&now, json!({"exdate": []})) };
        let back = calendar::save(&house.owner, &whole, None).await;
        if is_strict {
            assert!(matches!(back.err(), Some(Error::Clash { .. })));
            assert!(matches!(history::undo(&house.owner, &gone.changes).await.err(), Some(Error::Clash { .. })));
        } else {
            let back = back.unwrap();
            assert!(kinds(&back).contains(&ConflictKind::Resource), "{back:?}");
            history::undo(&house.owner, &back.changes).await.unwrap();
            // The other way back says it to whoever asks for it.
            let visit = service::auth::act_as(&house.app, &house.owner.me.email).await.unwrap();
            history::undo(&visit, &gone.changes).await.unwrap();
            assert!(visit.heard.conflicts().iter().any(|c| c.kind == ConflictKind::Resource));
        }
    }
}

/// Undo of an answer was offered to guests, who may not change the item, and always failed.
#[tokio::test]
async fn an_answer_is_taken_back_by_whoever_gave_it_and_by_nobody_else() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    let said = calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap();
    assert_eq!(history::undo(&ann, &said.changes).await.err(), Some(Error::Forbidden));
    history::undo(&bob, &said.changes).await.unwrap();
    let now = records::get(&bob, Kind::Event, made.id).await.unwrap();
    assert_eq!(domain::calendar::stored::event(&now).unwrap().answers.get(&bob.me.id), None);
    // What was said of one occurrence can be said anew.
    let series = save(&ann, with(meeting("12:00", "12:30"), json!({"attendees": [bob.me.id], "rrule": "FREQ=DAILY;COUNT=3"}))).await.record;
    let slot = domain::calendar::Moment::parse("2026-11-25T10:00:00Z");
    let one = calendar::answer(&bob, series.id, slot, Answer::Declined).await.unwrap().record;
    let again = calendar::answer(&bob, series.id, slot, Answer::Accepted).await.unwrap().record;
    assert_eq!((one.id, again.version), (again.id, 2));
}

#[tokio::test]
async fn undo_meets_the_same_rules() {
    let house = House::new().await;
    let room = room(&house, Some(strict())).await;
    let booked = |from, to| with(meeting(from, to), json!({"resources": [room.id]}));
    let first = save(&house.owner, booked("10:00", "11:00")).await.record;
    let moved = json!({"start": "2026-11-24T12:00:00Z", "end": "2026-11-24T13:00:00Z"});
    let moved = calendar::save(&house.owner, &change(&first, moved), None).await.unwrap();
    save(&house.owner, booked("10:00", "11:00")).await;
    assert!(matches!(history::undo(&house.owner, &moved.changes).await.err(), Some(Error::Clash { .. })));
}

/// Twenty want the last free hour of a room at the same moment.
async fn race(rules: Option<Policy>) -> (usize, usize, usize) {
    let house = House::new().await;
    let room = room(&house, rules).await;
    let ann = house.person("sales", None).await;
    let mut tasks = Vec::new();
    for n in 0..20 {
        let ctx = if n % 2 == 0 { ann.clone() } else { house.owner.clone() };
        let fields =
            json!({"title": format!("{n}"), "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z", "resources": [room.id]});
        tasks.push(tokio::spawn(async move { calendar::save(&ctx, &draft(fields), None).await }));
    }
    let (mut clean, mut told, mut refused) = (0, 0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(saved) if saved.conflicts.iter().any(|c| c.kind == ConflictKind::Resource) => told += 1,
            Ok(_) => clean += 1,
            Err(Error::Clash { .. }) => refused += 1,
            Err(e) => panic!("{e:?}"),
        }
    }
    (clean, told, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_take_the_last_hour_of_a_strict_room_one_gets_it() {
    assert_eq!(race(Some(strict())).await, (1, 0, 19));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_take_the_last_hour_of_a_room_one_is_told_nothing() {
    assert_eq!(race(None).await, (1, 19, 0));
}
