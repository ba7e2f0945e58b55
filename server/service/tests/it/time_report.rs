//! The time report: whose time may be seen, what counts, and figures that equal the rows behind them.

use domain::calendar::view::Draft;
use domain::calendar::{Answer, ItemKind};
use domain::time_report::{By, NONE, PRIVATE, TimeQuery, TimeReport};
use domain::{Error, Id, Kind, Record};
use serde_json::{Value, json};
use service::{Ctx, calendar, records, time_report};

use crate::house::{House, object};

/// The house's clock stands at Sunday 22 November 2026, 05:24 in Kyiv.
fn on(day: &str, from: &str, to: &str) -> Value {
    json!({"title": "Review", "start": format!("2026-11-{day}T{from}:00Z"), "end": format!("2026-11-{day}T{to}:00Z"), "zone": "Europe/Kyiv"})
}

fn with(mut fields: Value, more: Value) -> Value {
    fields.as_object_mut().unwrap().extend(object(more));
    fields
}

async fn save(ctx: &Ctx, fields: Value) -> Record {
    calendar::save(ctx, &Draft { fields: object(fields), ..Draft::default() }, None).await.expect("saved").record
}

async fn report(ctx: &Ctx, by: By) -> TimeReport {
    time_report::load(ctx, &TimeQuery { by, ..TimeQuery::default() }).await.expect("a report")
}

fn sums(report: &TimeReport) -> Vec<(String, i64)> {
    report.groups.iter().map(|g| (report_name(report, &g.key), g.minutes)).collect()
}

fn report_name(report: &TimeReport, key: &str) -> String {
    Id::parse(key).and_then(|id| report.labels.get(&id)).map_or_else(|| key.to_owned(), |l| l.name.clone())
}

#[tokio::test]
async fn nobody_sees_the_time_of_people_who_are_not_theirs_to_lead() {
    let house = House::new().await;
    let boss = house.person("manager", None).await;
    let team = house.create(Kind::Team, json!({"name": "East", "manager": boss.me.id})).await;
    let ann = house.person("sales", Some(team.id)).await;
    let bob = house.person("sales", None).await;
    for person in [&ann, &bob] {
        save(person, with(on("16", "09:00", "10:00"), json!({"title": "Secret talk", "private": true}))).await;
    }
    let of = |person: Id| TimeQuery { person: Some(person), ..TimeQuery::default() };
    assert_eq!(time_report::load(&ann, &of(bob.me.id)).await.err(), Some(Error::Forbidden));
    assert_eq!(time_report::rows(&ann, &of(bob.me.id), "").await.err(), Some(Error::Forbidden));
    assert_eq!(time_report::load(&bob, &TimeQuery { team: Some(team.id), ..TimeQuery::default() }).await.err(), Some(Error::Forbidden));
    assert_eq!(report(&ann, By::Person).await.minutes, 60, "her own");
    for role in ["marketing", "service", "analyst", "read_only"] {
        let other = house.person(role, None).await;
        assert_eq!(report(&other, By::Person).await.minutes, 0, "{role}");
        assert_eq!(time_report::load(&other, &of(ann.me.id)).await.err(), Some(Error::Forbidden), "{role}");
    }
    // A manager counts the team's private hours without a word about them, and nobody else's.
    let boss = service::auth::act_as(&house.app, &boss.me.email).await.unwrap();
    assert_eq!(time_report::load(&boss, &of(bob.me.id)).await.err(), Some(Error::Forbidden));
    let seen = report(&boss, By::Company).await;
    assert_eq!(sums(&seen), [(PRIVATE.to_owned(), 60)]);
    let rows = time_report::rows(&boss, &TimeQuery::default(), PRIVATE).await.unwrap();
    assert_eq!((rows.minutes, rows.items[0].masked, rows.items[0].name.as_str(), rows.items[0].person), (60, true, "", ann.me.id));
    assert_eq!(report(&boss, By::Person).await.groups[0].key, ann.me.id.to_string());
    let nobody = TimeQuery { person: Some(Id::parse("0198f2c4-5f10-7a30-9c1e-3b7d5a2e4f60").unwrap()), ..TimeQuery::default() };
    assert!(matches!(time_report::load(&boss, &nobody).await, Err(Error::Invalid { fields }) if fields[0].field == "person"));
}

#[tokio::test]
async fn what_was_attended_counts_for_each_who_came() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let acme = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling", "company": acme.id})).await;
    let both = save(&ann, with(on("16", "09:00", "10:30"), json!({"attendees": [bob.me.id], "company": acme.id}))).await;
    // Nobody knows yet whether he comes.
    assert_eq!(report(&bob, By::Company).await.minutes, 0);
    calendar::answer(&bob, both.id, None, Answer::Tentative).await.unwrap();
    let through =
        save(&ann, with(on("17", "09:00", "09:20"), json!({"kind": "visit", "contacts": [contact.id], "attendees": [bob.me.id]}))).await;
    calendar::answer(&bob, through.id, None, Answer::Declined).await.unwrap();
    let series = with(on("02", "08:00", "08:45"), json!({"rrule": "FREQ=WEEKLY;COUNT=10", "kind": "call"}));
    save(&ann, series).await;
    for quiet in [json!({"busy": false}), json!({"status": "cancelled"})] {
        save(&ann, with(on("18", "09:00", "10:00"), quiet)).await;
    }
    save(&ann, json!({"kind": "leave", "start": "2026-11-19", "end": "2026-11-20"})).await;
    save(&ann, on("30", "09:00", "10:00")).await;
    let call = |minutes: Value, at: &str| json!({"name": "Asked", "at": at, "minutes": minutes, "contact": contact.id, "owner": ann.me.id});
    records::create(&ann, Kind::Call, object(call(json!(12), "2026-11-20T09:00:00Z")), None).await.unwrap();
    records::create(&ann, Kind::Call, object(call(json!(30), "2026-10-20T09:00:00Z")), None).await.unwrap();
    records::create(&ann, Kind::Call, object(call(Value::Null, "2026-11-20T09:00:00Z")), None).await.unwrap();

    // Three of the ten calls are over: 2, 9 and 16 November; what lies ahead has not been spent.
    let hers = report(&ann, By::Company).await;
    assert_eq!(sums(&hers), [(NONE.to_owned(), 135), ("Acme".to_owned(), 90 + 20 + 12)]);
    assert_eq!(sums(&report(&ann, By::Kind).await), [("call".to_owned(), 147), ("meeting".to_owned(), 90), ("visit".to_owned(), 20)]);
    assert_eq!(sums(&report(&bob, By::Company).await), [("Acme".to_owned(), 90)]);
    let all = report(&house.owner, By::Person).await;
    assert_eq!(
        all.groups.iter().map(|g| (g.key.as_str(), g.minutes)).collect::<Vec<_>>(),
        [(ann.me.id.to_string().as_str(), 257), (bob.me.id.to_string().as_str(), 90)]
    );
    let acme_only = TimeQuery { company: Some(acme.id), by: By::Kind, ..TimeQuery::default() };
    let rows = time_report::rows(&house.owner, &acme_only, ItemKind::Meeting.name()).await.unwrap();
    assert_eq!((rows.minutes, rows.count, rows.items.len()), (180, 2, 2));
    let october = TimeQuery { period: "2026-10".into(), ..TimeQuery::default() };
    assert_eq!(time_report::load(&ann, &october).await.unwrap().minutes, 30);
    let forever = TimeQuery { period: "2020-01-01..2026-01-01".into(), ..TimeQuery::default() };
    assert!(matches!(time_report::load(&ann, &forever).await, Err(Error::Invalid { fields }) if fields[0].field == "period"));
}

/// Random items, recurring ones among them: every figure is the sum of the rows behind it, and all figures are all rows.
#[tokio::test]
async fn figures_equal_the_rows_behind_them_to_the_minute() {
    let house = House::new().await;
    let people = [house.person("sales", None).await, house.person("sales", None).await];
    let mut companies = Vec::new();
    for name in ["Acme", "Globex", "Initech"] {
        companies.push(house.create(Kind::Company, json!({"name": name})).await.id);
    }
    // Numbers that look like chance and are the same each time.
    let mut dice = 42_u64;
    let mut roll = |n: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % n
    };
    for n in 0..60 {
        let (day, hour, minutes) = (1 + roll(20), roll(20), 1 + roll(170));
        let end = hour * 60 + minutes;
        let mut event = on(&format!("{day:02}"), &format!("{hour:02}:00"), &format!("{:02}:{:02}", (end / 60).min(23), end % 60));
        if end / 60 > 23 {
            continue;
        }
        let kind = ["meeting", "call", "visit", "delivery", "task"][usize::try_from(roll(5)).unwrap()];
        event = with(event, json!({"kind": kind, "private": roll(4) == 0}));
        if roll(3) > 0 {
            event = with(event, json!({"company": companies[usize::try_from(roll(3)).unwrap()]}));
        }
        if roll(3) == 0 {
            let rule = ["FREQ=DAILY;COUNT=9", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=7"][usize::try_from(roll(3)).unwrap()];
            event = with(event, json!({"rrule": rule}));
        }
        save(&people[n % 2], event).await;
    }
    for by in By::ALL {
        let figures = report(&house.owner, by).await;
        assert!(figures.groups.len() > 1 && figures.minutes > 0, "{by:?}");
        let query = TimeQuery { by, ..TimeQuery::default() };
        let mut sum = 0;
        for group in &figures.groups {
            let rows = time_report::rows(&house.owner, &query, &group.key).await.unwrap();
            let by_hand: i64 = rows.items.iter().map(|r| r.minutes).sum();
            assert_eq!((rows.minutes, by_hand, rows.count), (group.minutes, group.minutes, group.count), "{by:?} {}", group.key);
            sum += by_hand;
        }
        assert_eq!(sum, figures.minutes);
        assert_eq!(time_report::rows(&house.owner, &query, "").await.unwrap().minutes, figures.minutes);
        // What each sees of their own adds up to the same as what the house sees of all.
        let own: i64 = report(&people[0], by).await.minutes + report(&people[1], by).await.minutes;
        assert_eq!(own, figures.minutes, "{by:?}");
    }
}
