//! Reminders: at the right minute of each person's clock, once, also after a restart. The clock is turned by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::calendar::view::Draft;
use domain::notices::{Daily, News, Notice, Preferences};
use domain::record::Patch;
use domain::{Fields, Kind, time};
use serde_json::{Value, json};
use service::mail::{self, Security, State};
use service::{App, Clock, Config, Ctx, calendar, notices, records, reminders};

use crate::house::{House, object};
use crate::mail::{house as mail_house, post_office::PostOffice, settings};

fn at(text: &str) -> i64 {
    time::parse_instant(text).expect(text)
}

async fn put(ctx: &Ctx, fields: Value) -> domain::Record {
    let draft = Draft { fields: object(fields), ..Draft::default() };
    calendar::save(ctx, &draft, None).await.expect("saved").record
}

async fn lives_in(house: &House, person: &Ctx, zone: &str) {
    let user = records::get(&house.owner, Kind::User, person.me.id).await.unwrap();
    let patch = Patch { fields: object(json!({"time_zone": zone})), version: user.version, base: Fields::new() };
    records::update(&house.owner, Kind::User, user.id, patch).await.unwrap();
}

/// Turns the clock to this moment; what rings by then has rung.
async fn turn(house: &House, to: &str) {
    house.clock.store(at(to), Ordering::SeqCst);
    reminders::tick(&house.app).await.unwrap();
}

async fn rung(ctx: &Ctx) -> Vec<Notice> {
    let all = notices::list(ctx, None, 200).await.unwrap().items;
    all.into_iter().filter(|n| n.news == News::Reminder).collect()
}

#[tokio::test]
async fn a_reminder_rings_at_its_minute_for_those_who_come() {
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let made = put(&ann, json!({
        "title": "Review", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z", "zone": "UTC", "attendees": [bob.me.id, eve.me.id],
        "reminders": [{"minutes": 15, "way": "app"}, {"minutes": 60, "way": "browser"}],
    })).await;
    calendar::answer(&eve, made.id, None, domain::calendar::Answer::Declined).await.unwrap();
    turn(&house, "2026-11-22T08:59:59.999Z").await;
    assert!(rung(&bob).await.is_empty(), "not a moment too early");
    turn(&house, "2026-11-22T09:00:00Z").await;
    let first = rung(&bob).await;
    assert_eq!((first.len(), first[0].title.as_str(), first[0].browser), (1, "Review", true));
    assert_eq!(first[0].at, "2026-11-22T09:00:00.000Z");
    for _ in 0..3 {
        reminders::tick(&house.app).await.unwrap();
    }
    turn(&house, "2026-11-22T09:45:30Z").await;
    assert_eq!((rung(&bob).await.len(), rung(&ann).await.len(), rung(&eve).await.len()), (2, 2, 0));
    turn(&house, "2026-11-22T12:00:00Z").await;
    assert_eq!(rung(&bob).await.len(), 2, "each once");
}

#[tokio::test]
async fn a_whole_day_begins_at_everybodys_own_midnight() {
    let house = House::new().await;
    let (kyiv, tokyo) = (house.person("sales", None).await, house.person("sales", None).await);
    lives_in(&house, &kyiv, "Europe/Kyiv").await;
    lives_in(&house, &tokyo, "Asia/Tokyo").await;
    put(&kyiv, json!({
        "title": "Fair", "start": "2026-11-24", "end": "2026-11-25", "attendees": [tokyo.me.id], "reminders": [{"minutes": 60, "way": "app"}],
    })).await;
    turn(&house, "2026-11-23T13:59:00Z").await;
    assert!(rung(&tokyo).await.is_empty());
    turn(&house, "2026-11-23T14:00:00Z").await;
    assert_eq!((rung(&tokyo).await.len(), rung(&kyiv).await.len()), (1, 0), "23:00 in Tokyo");
    turn(&house, "2026-11-23T20:59:00Z").await;
    assert!(rung(&kyiv).await.is_empty());
    turn(&house, "2026-11-23T21:00:00Z").await;
    assert_eq!((rung(&tokyo).await.len(), rung(&kyiv).await.len()), (1, 1), "23:00 in Kyiv");
}

#[tokio::test]
async fn every_occurrence_of_a_series_rings_and_a_moved_one_at_its_new_time() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let made = put(
        &ann,
        json!({
            "title": "Stand-up", "start": "2026-11-23T09:00:00Z", "end": "2026-11-23T09:15:00Z", "zone": "UTC",
            "rrule": "FREQ=DAILY;COUNT=4", "reminders": [{"minutes": 10, "way": "app"}],
        }),
    )
    .await;
    turn(&house, "2026-11-23T08:50:00Z").await;
    assert_eq!(rung(&ann).await.len(), 1);
    let moved = Draft {
        id: Some(made.id),
        version: made.version,
        scope: Some(domain::calendar::series::Scope::This),
        slot: domain::calendar::Moment::parse("2026-11-24T09:00:00Z"),
        fields: object(json!({"start": "2026-11-24T15:00:00Z", "end": "2026-11-24T15:15:00Z"})),
        ..Draft::default()
    };
    calendar::save(&ann, &moved, None).await.unwrap();
    turn(&house, "2026-11-23T20:00:00Z").await;
    turn(&house, "2026-11-24T08:55:00Z").await;
    assert_eq!(rung(&ann).await.len(), 1, "not where it was");
    turn(&house, "2026-11-24T14:50:00Z").await;
    turn(&house, "2026-11-25T08:50:00Z").await;
    let all: Vec<String> = rung(&ann).await.into_iter().map(|n| n.at).collect();
    assert_eq!(all, ["2026-11-25T08:50:00.000Z", "2026-11-24T14:50:00.000Z", "2026-11-23T08:50:00.000Z"]);
}

#[tokio::test]
async fn after_a_restart_nothing_rings_twice_and_what_was_missed_comes() {
    let (dir, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = |dir: &std::path::Path| Config {
        database: format!("surrealkv://{}", dir.join("db").display()),
        data_dir: Some(dir.join("files")),
        ..Config::in_memory()
    };
    let house = House::of(config(dir.path())).await;
    let (me, via) = (house.owner.me.clone(), house.owner.via.clone());
    put(
        &house.owner,
        json!({
            "title": "Call", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z", "zone": "UTC",
            "reminders": [{"minutes": 60, "way": "app"}, {"minutes": 30, "way": "app"}, {"minutes": 10, "way": "app"}],
        }),
    )
    .await;
    turn(&house, "2026-11-22T09:00:10Z").await;
    assert_eq!(rung(&house.owner).await.len(), 1);
    // As the disk holds it when the power goes.
    crate::restart::copy(&dir.path().join("db"), &after.path().join("db"));
    drop(house);
    let clock = Arc::new(AtomicI64::new(at("2026-11-22T09:35:00Z")));
    let app = App::open(config(after.path()), Clock::fixed(clock.clone())).await.unwrap();
    let again = Ctx { app: app.clone(), me, via, heard: service::Heard::default() };
    reminders::tick(&app).await.unwrap();
    let all: Vec<String> = rung(&again).await.into_iter().map(|n| n.at).collect();
    assert_eq!(all, ["2026-11-22T09:30:00.000Z", "2026-11-22T09:00:00.000Z"], "missed at 9:30, and 9:00 only once");
    clock.store(at("2026-11-22T12:00:00Z"), Ordering::SeqCst);
    reminders::tick(&app).await.unwrap();
    assert_eq!(rung(&again).await.len(), 2, "of what is over nobody is reminded");
}

#[tokio::test]
async fn a_snoozed_reminder_comes_again_once() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    put(&ann, json!({
        "title": "Call", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z", "zone": "UTC", "reminders": [{"minutes": 30, "way": "app"}],
    })).await;
    turn(&house, "2026-11-22T09:30:00Z").await;
    let first = rung(&ann).await.pop().unwrap();
    assert!(notices::snooze(&ann, &first.id, 0).await.is_err() && notices::snooze(&ann, &first.id, 100_000).await.is_err());
    assert_eq!(notices::snooze(&ann, &first.id, 10).await.unwrap(), "2026-11-22T09:40:00.000Z");
    assert!(rung(&ann).await[0].read, "out of sight until then");
    turn(&house, "2026-11-22T09:39:59Z").await;
    assert_eq!(rung(&ann).await.len(), 1);
    turn(&house, "2026-11-22T09:40:00Z").await;
    turn(&house, "2026-11-22T09:41:00Z").await;
    let all = rung(&ann).await;
    assert_eq!((all.len(), all[0].at.as_str(), all[0].read), (2, "2026-11-22T09:40:00.000Z", false));
}

#[tokio::test]
async fn a_reminder_by_mail_goes_once_in_the_receivers_language_and_on_their_clock() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let ann = house.person("sales", None).await;
    lives_in(&house, &ann, "Asia/Tokyo").await;
    let user = records::get(&house.owner, Kind::User, ann.me.id).await.unwrap();
    let patch = Patch { fields: object(json!({"locale": "uk"})), version: user.version, base: Fields::new() };
    records::update(&house.owner, Kind::User, user.id, patch).await.unwrap();
    put(&ann, json!({
        "title": "Дзвінок <b>", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z", "zone": "UTC", "reminders": [{"minutes": 30, "way": "email"}],
    })).await;
    turn(&house, "2026-11-22T09:30:00Z").await;
    turn(&house, "2026-11-22T09:30:30Z").await;
    mail::run(&house.app).await.unwrap();
    let shown = office.next().read();
    assert_eq!(shown["subject"], json!("Нагадування: Дзвінок <b>, нд 22 лист. 2026\u{a0}р., 19:00–20:00 (Asia/Tokyo)"));
    assert_eq!(shown["language"], json!("uk"));
    assert!(!shown["parts"]["text/html"].as_str().unwrap().contains("<b>"), "what people write is no HTML");
    assert!(shown["parts"]["text/plain"].as_str().unwrap().contains("https://crm.halyard.example/calendar?view=day&date=2026-11-22&open="));
    assert!(rung(&ann).await.is_empty(), "as was wished: by mail");
    mail::run(&house.app).await.unwrap();
    assert!(office.is_empty());
    assert_eq!(mail::posted(&house.owner, State::Sent, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_day_birthdays_and_ends_of_contracts_come_at_the_hour_that_everybody_chose() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    lives_in(&house, &ann, "Asia/Tokyo").await;
    let born = json!({"given_name": "Anna", "family_name": "Snelling", "birth_date": "1980-11-30", "owner": ann.me.id});
    let anna = house.create(Kind::Contact, born).await;
    let until = |day: &str, owner| json!({"name": format!("Until {day}"), "contract_end": day, "owner": owner});
    let ending = house.create(Kind::Company, until("2026-12-23", ann.me.id)).await;
    house.create(Kind::Company, until("2026-12-24", ann.me.id)).await;
    house.create(Kind::Company, until("2026-12-23", house.owner.me.id)).await;
    put(&ann, json!({"title": "Visit", "start": "2026-11-23T05:00:00Z", "end": "2026-11-23T06:00:00Z", "zone": "UTC"})).await;
    house.create(Kind::Task, json!({"name": "Call back", "due_at": "2026-11-20T08:00:00Z", "owner": ann.me.id})).await;
    let wish = Preferences { digest: Daily::App, digest_at: "07:30".into(), ..Preferences::default() };
    notices::save_preferences(&ann, &wish).await.unwrap();
    turn(&house, "2026-11-22T22:29:30Z").await;
    assert!(notices::list(&ann, None, 10).await.unwrap().items.iter().all(|n| n.at.as_str() < "2026-11-22T22:29"));
    // 7:30 on Monday in Tokyo.
    turn(&house, "2026-11-22T22:30:00Z").await;
    turn(&house, "2026-11-22T22:31:00Z").await;
    let all = notices::list(&ann, None, 10).await.unwrap().items;
    let digest: Vec<_> = all.iter().filter(|n| n.news == News::Digest && n.at == "2026-11-22T22:30:00.000Z").collect();
    assert_eq!((digest.len(), digest[0].count), (1, Some((1, 1))), "one item, one task");
    let birthday: Vec<_> = all.iter().filter(|n| n.news == News::Birthday).collect();
    assert_eq!((birthday.len(), birthday[0].contact, birthday[0].actor_name.as_str()), (1, Some(anna.id), "Anna Snelling"), "a week ahead");
    let ends: Vec<_> = all.iter().filter(|n| n.news == News::ContractEnd).map(|n| (n.company, n.actor_name.as_str())).collect();
    assert_eq!(ends, [(Some(ending.id), "Until 2026-12-23")], "her own, thirty days ahead, once");

    // What was entered when the thirty days had begun, or came to her then, is told the next morning; what is gone is not.
    let late = house.create(Kind::Company, until("2026-12-01", ann.me.id)).await;
    // The same for those whose birthday is nearer than a week.
    for (name, born) in [("Tomorrow", "1990-11-25"), ("Twelfth", "1990-12-12")] {
        house.create(Kind::Contact, json!({"given_name": name, "birth_date": born, "owner": ann.me.id})).await;
    }
    let gone = house.create(Kind::Company, until("2026-12-02", ann.me.id)).await;
    records::remove(&house.owner, Kind::Company, gone.id, None).await.unwrap();
    turn(&house, "2026-11-23T22:31:00Z").await;
    turn(&house, "2026-11-24T22:31:00Z").await;
    let all = notices::list(&ann, None, 50).await.unwrap().items;
    let mut ends: Vec<_> = all.iter().filter(|n| n.news == News::ContractEnd).map(|n| (n.company, n.actor_name.as_str())).collect();
    ends.sort_by_key(|(_, name)| *name);
    let born: Vec<_> = all.iter().filter(|n| n.news == News::Birthday).map(|n| n.actor_name.as_str()).collect();
    assert_eq!(born, ["Tomorrow", "Anna Snelling"], "each once");
    assert_eq!(ends.len(), 3, "{ends:?}");
    assert_eq!((ends[0], ends[2].1), ((Some(late.id), "Until 2026-12-01"), "Until 2026-12-24"));

    // Somebody's morning comes later that day than hers: what was entered in between is told all the same.
    let wish = Preferences { digest: Daily::App, digest_at: "08:30".into(), ..Preferences::default() };
    let bob = house.person("sales", None).await;
    lives_in(&house, &bob, "Asia/Tokyo").await;
    notices::save_preferences(&bob, &wish).await.unwrap();
    house.create(Kind::Contact, json!({"given_name": "Entered", "birth_date": "1990-11-27", "owner": bob.me.id})).await;
    turn(&house, "2026-11-24T23:31:00Z").await;
    let all = notices::list(&bob, None, 50).await.unwrap().items;
    assert_eq!(all.iter().filter(|n| n.news == News::Birthday).count(), 1, "{all:?}");
}

#[tokio::test]
async fn ten_thousand_that_ring_in_one_minute_all_ring_within_it() {
    let house = House::new().await;
    let mut people = vec![house.owner.me.id];
    for n in 0..49 {
        let email = format!("p{n}@halyard.example");
        people.push(house.create(Kind::User, json!({"name": format!("P {n}"), "email": email, "role": "sales"})).await.id);
    }
    // Free items: nothing to look for in 50 calendars.
    for n in 0..200 {
        put(
            &house.owner,
            json!({
                "title": format!("Round {n}"), "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z", "zone": "UTC", "busy": false,
                "attendees": people, "reminders": [{"minutes": 15, "way": "app"}],
            }),
        )
        .await;
    }
    let began = std::time::Instant::now();
    turn(&house, "2026-11-22T09:45:00Z").await;
    let took = began.elapsed();
    let mut mine = 0;
    let mut after = None;
    loop {
        let page = notices::list(&house.owner, after.as_deref(), 200).await.unwrap();
        mine += page.items.iter().filter(|n| n.news == News::Reminder).count();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(mine, 200);
    println!("10,000 reminders in {took:?}");
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
}
