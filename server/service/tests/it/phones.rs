//! Phone numbers through every door: none is lost, none becomes another country's, and one number has one form.

use bytes::Bytes;
use domain::booking::MeetingKind;
use domain::booking::open::{AskTimes, Wanted};
use domain::booking::{NewPage, Page};
use domain::list::{ListQuery, Selection};
use domain::record::Patch;
use domain::workspace::Workspace;
use domain::{Error, Id, Kind, Record};
use serde_json::{Value, json};
use service::{Ctx, booking, history, import, phones, records, search, upkeep, workspace};

use crate::house::{House, object, visit};

async fn house_in(country: &str) -> House {
    let house = House::new().await;
    let now = workspace::get(&house.owner).await.unwrap();
    workspace::update(&house.owner, Workspace { country: country.into(), ..now }).await.unwrap();
    house
}

async fn contact(house: &House, number: &str, more: Value) -> Record {
    let mut fields = object(json!({"family_name": "Snelling", "phones": [number]}));
    fields.extend(object(more));
    records::create(&house.owner, Kind::Contact, fields, None).await.expect("no number is refused")
}

fn numbers(record: &Record) -> Vec<&str> {
    record.fields.get("phones").and_then(Value::as_array).map(|l| l.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

async fn write(ctx: &Ctx, record: &Record, fields: Value) -> Result<Record, Error> {
    let fields = object(fields);
    let base = fields.keys().map(|k| (k.clone(), record.fields.get(k).cloned().unwrap_or_default())).collect();
    records::update(ctx, record.kind, record.id, Patch { version: record.version, fields, base }).await
}

async fn found(ctx: &Ctx, words: &str) -> Vec<Id> {
    search::find(ctx, words, &[Kind::Contact], 20).await.unwrap().into_iter().map(|h| h.id).collect()
}

async fn listed(ctx: &Ctx, filter: &str) -> usize {
    let query = ListQuery { filter: filter.into(), ..ListQuery::default() };
    records::list(ctx, Kind::Contact, &query).await.unwrap().records.len()
}

#[tokio::test]
async fn no_number_is_lost_and_nothing_is_guessed() {
    let house = house_in("").await;
    for written in ["044 123 45 67", "(503) 555-0100", "12", "044 123 (ask for Ann)", "+380 44 12", "1-800-FLOWERS"] {
        assert_eq!(numbers(&contact(&house, written, json!({})).await), [written]);
    }
    // Nor where nobody knows the place: it is not taken for a place in the house's own country.
    let house = house_in("UA").await;
    assert_eq!(numbers(&contact(&house, "044 123 45 67", json!({"country": "Narnia"})).await), ["044 123 45 67"]);
    assert_eq!(numbers(&contact(&house, "(503) 555-0100", json!({})).await), ["(503) 555-0100"]);
    // A word is no number, and says so.
    let refused = records::create(&house.owner, Kind::Contact, object(json!({"family_name": "A", "phones": ["call me"]})), None).await;
    assert!(matches!(refused, Err(Error::Invalid { fields }) if fields[0].code == "phone"));
    // The house has a country that there is.
    let now = workspace::get(&house.owner).await.unwrap();
    let nowhere = workspace::update(&house.owner, Workspace { country: "Narnia".into(), ..now }).await;
    assert!(matches!(nowhere, Err(Error::Invalid { fields }) if fields[0].field == "country"));
}

#[tokio::test]
async fn where_a_company_is_that_one_may_not_see_is_not_told_by_a_number() {
    let house = house_in("").await;
    let hidden = house.create(Kind::Company, json!({"name": "Far", "country": "US", "owner": house.owner.me.id})).await;
    let theirs = house.person("sales", Some(house.create(Kind::Team, json!({"name": "West"})).await.id)).await;
    if records::get(&theirs, Kind::Company, hidden.id).await.is_ok() {
        return;
    }
    let fields = object(json!({"family_name": "A", "phones": ["(503) 555-0100"], "company": hidden.id}));
    assert!(records::create(&theirs, Kind::Contact, fields, None).await.is_err());
}

#[tokio::test]
async fn a_country_that_changes_later_damages_no_number() {
    let house = house_in("UA").await;
    let company = house.create(Kind::Company, json!({"name": "Acme", "country": "United States", "phones": ["503 555 0100"]})).await;
    assert_eq!(numbers(&company), ["+15035550100"]);
    let ann = contact(&house, "(503) 555-0101", json!({"company": company.id})).await;
    let bo = contact(&house, "044 123 45 67", json!({})).await;
    let odd = contact(&house, "044 123", json!({})).await;
    let company = write(&house.owner, &company, json!({"country": "乌克兰"})).await.unwrap();
    let bo = write(&house.owner, &bo, json!({"country": "US"})).await.unwrap();
    let odd = write(&house.owner, &odd, json!({"country": "US", "given_name": "Odd"})).await.unwrap();
    let now = workspace::get(&house.owner).await.unwrap();
    workspace::update(&house.owner, Workspace { country: "GB".into(), ..now }).await.unwrap();
    upkeep::sweep(&house.app).await.unwrap();
    let ann = records::get(&house.owner, Kind::Contact, ann.id).await.unwrap();
    let bo = records::get(&house.owner, Kind::Contact, bo.id).await.unwrap();
    assert_eq!((numbers(&company), numbers(&ann)), (vec!["+15035550100"], vec!["+15035550101"]));
    assert_eq!((numbers(&bo), numbers(&odd)), (vec!["+380441234567"], vec!["044 123"]));
    // A number that comes then belongs there, and the others stay.
    let more = write(&house.owner, &bo, json!({"phones": ["+380441234567", "503 555 0102"]})).await.unwrap();
    assert_eq!(numbers(&more), ["+380441234567", "+15035550102"]);
}

#[tokio::test]
async fn the_contact_says_where_it_is_then_its_company_then_the_house() {
    let house = House::new().await;
    assert_eq!(workspace::get(&house.owner).await.unwrap().country, "UA", "where its clock was set");
    let acme = house.create(Kind::Company, json!({"name": "Acme", "country": "USA"})).await.id;
    let plain = house.create(Kind::Company, json!({"name": "Plain"})).await.id;
    for (number, more, stored) in [
        ("044 123 45 67", json!({}), "+380441234567"),
        ("044 123 45 67", json!({"company": plain}), "+380441234567"),
        ("(503) 555-0100", json!({"company": acme}), "+15035550100"),
        ("044 123 45 67", json!({"company": acme, "country": "Україна"}), "+380441234567"),
        ("+380 44 123 45 67", json!({"company": acme}), "+380441234567"),
        ("(503) 555-0100 x12", json!({"company": acme}), "+15035550100 ext. 12"),
    ] {
        assert_eq!(numbers(&contact(&house, number, more).await), [stored], "{number}");
    }
    // One number in two spellings is one number.
    let twice = house.create(Kind::Contact, json!({"family_name": "T", "phones": ["044 123 45 67", "+380441234567", "12"]})).await;
    assert_eq!(numbers(&twice), ["+380441234567", "12"]);
}

#[tokio::test]
async fn every_door_brings_numbers_to_the_same_form() {
    let house = house_in("UA").await;
    let one = contact(&house, "12", json!({})).await;
    // Many at once.
    let all = Selection::Ids { ids: vec![one.id] };
    records::update_many(&house.owner, Kind::Contact, &all, object(json!({"phones": ["044 123 45 67"]}))).await.unwrap();
    let one = records::get(&house.owner, Kind::Contact, one.id).await.unwrap();
    assert_eq!(numbers(&one), ["+380441234567"]);
    // A file: what is known is not there twice, in whatever spelling, and a row is not refused for its number.
    let rows = "given_name,family_name,phones,country\nAnn,Lee,044 123 45 67,\nBo,Lee,(503) 555-0100,United States\nCy,Lee,044 12 (old),\n";
    for run in 0..2 {
        let seen = import::inspect(&house.owner, "contacts.csv", Bytes::from(rows)).await.unwrap();
        let mut plan = seen.guess;
        plan.match_field = "name".into();
        let dry = import::dry_run(&house.owner, seen.upload, plan.clone()).await.unwrap();
        let report = import::run(&house.owner, seen.upload, plan, |_| ()).await.unwrap();
        assert_eq!((dry.created, dry.updated, dry.rejected), (report.created, report.updated, report.rejected));
        assert_eq!((report.created, report.updated, report.rejected), (if run == 0 { 3 } else { 0 }, 0, 0));
    }
    let query = ListQuery { filter: "family_name = Lee".into(), sort: "name".into(), ..ListQuery::default() };
    let lees = records::list(&house.owner, Kind::Contact, &query).await.unwrap();
    let kept: Vec<Vec<&str>> = lees.records.iter().map(numbers).collect();
    assert_eq!(kept, [["+380441234567"], ["+15035550100"], ["044 12 (old)"]]);
    // They are read as people read them.
    let read: Vec<&str> = lees.labels.values().map(|l| l.name.as_str()).collect();
    assert!(read.contains(&"+380 44 123 4567") && read.contains(&"+1 503-555-0100") && !read.iter().any(|n| n.contains("old")), "{read:?}");
    // A stranger on a booking page.
    let kind = MeetingKind { name: "Intro".into(), minutes: 30, ahead_days: 21, active: true, ..MeetingKind::default() };
    let page = NewPage { slug: "meet".into(), user: Some(house.owner.me.id), name: "Meet".into(), kinds: vec![kind], ..NewPage::default() };
    let page: Page = booking::save(&house.owner, None, page).await.unwrap();
    let stranger = visit(&house.app);
    let ask = AskTimes { kind: page.kinds[0].id, from: "2026-11-24".into(), to: "2026-11-27".into(), zone: "UTC".into() };
    let times = booking::times(&stranger, "meet", &ask).await.unwrap();
    let wanted = Wanted {
        kind: page.kinds[0].id,
        start: times.days[0].times[0].start.clone(),
        zone: "UTC".into(),
        name: "Vera Guest".into(),
        email: "vera@far.example".into(),
        phone: "(044) 765-43-21".into(),
        ..Wanted::default()
    };
    booking::take(&stranger, "meet", wanted).await.unwrap();
    let query = ListQuery { filter: "family_name = Guest".into(), ..ListQuery::default() };
    let guest = records::list(&house.owner, Kind::Contact, &query).await.unwrap().records;
    assert_eq!(numbers(&guest[0]), ["+380447654321"]);
}

#[tokio::test]
async fn a_person_is_found_by_the_number_however_it_is_written() {
    let house = house_in("UA").await;
    let ann = contact(&house, "+380441234567", json!({"given_name": "Ann"})).await.id;
    let bo = contact(&house, "020 7946 0958", json!({"given_name": "Bo", "country": "England"})).await.id;
    let cy = contact(&house, "044 765", json!({"given_name": "Cy"})).await.id;
    for words in [
        "+380 44 123 45 67",
        "+380 44",
        "044 123 45 67",
        "0441234567",
        "(044) 123-45-67",
        "44 123 45",
        "380441234567",
        "00380 44 123",
        "ann 044 123 45",
        "1234567",
    ] {
        assert_eq!(found(&house.owner, words).await, [ann], "{words}");
    }
    for words in ["020 7946 0958", "02079460958", "+44 20 7946", "(020) 7946", "bo 020 7946"] {
        assert_eq!(found(&house.owner, words).await, [bo], "{words}");
    }
    assert_eq!(found(&house.owner, "044765").await, [cy], "also by what was only typed");
    for words in ["045 123 45 67", "044 123 45 68", "020 7946 0959", "bo 044 123"] {
        assert_eq!(found(&house.owner, words).await, Vec::<Id>::new(), "{words}");
    }
    for (filter, count) in [
        ("phones = \"044 123 45 67\"", 1),
        ("phones = +380441234567", 1),
        ("phones ~ \"044 123\"", 1),
        ("phones ~ \"020 7946\"", 1),
        ("phones ~ \"020 79\"", 1),
        ("phones = \"044 765\"", 1),
        ("phones = \"044 123 45 68\"", 0),
        ("phones filled", 3),
    ] {
        assert_eq!(listed(&house.owner, filter).await, count, "{filter}");
    }
}

#[tokio::test]
async fn the_same_number_in_another_spelling_is_no_conflict() {
    let house = house_in("UA").await;
    let ann = contact(&house, "12", json!({})).await;
    write(&house.owner, &ann, json!({"phones": ["+380 44 123 45 67"]})).await.unwrap();
    // Sent again after a lost answer, and by somebody who writes it otherwise.
    assert_eq!(numbers(&write(&house.owner, &ann, json!({"phones": ["044 123 45 67"]})).await.unwrap()), ["+380441234567"]);
    let other = write(&house.owner, &ann, json!({"phones": ["044 123 45 68"]})).await;
    assert!(matches!(other, Err(Error::Conflict(_))), "another number is one");
}

#[tokio::test]
async fn numbers_that_stand_are_recognised_when_the_house_says_where_it_is() {
    let house = house_in("").await;
    let ann = contact(&house, "044 123 45 67", json!({})).await;
    let odd = contact(&house, "(503) 555-0100", json!({})).await;
    let now = workspace::get(&house.owner).await.unwrap();
    workspace::update(&house.owner, Workspace { country: "Ukraine".into(), ..now }).await.unwrap();
    upkeep::sweep(&house.app).await.unwrap();
    let now = records::get(&house.owner, Kind::Contact, ann.id).await.unwrap();
    let same = records::get(&house.owner, Kind::Contact, odd.id).await.unwrap();
    assert_eq!((numbers(&now), now.version), (vec!["+380441234567"], 2));
    assert_eq!((numbers(&same), same.version), (vec!["(503) 555-0100"], 1));
    let timeline = records::timeline(&house.owner, Kind::Contact, ann.id, "", None).await.unwrap();
    assert!(format!("{timeline:?}").contains("044 123 45 67"), "what was typed stands in the history");
    // Whoever takes it back is right: it is not done again.
    let change = house_change(&house, ann.id).await;
    history::undo(&house.owner, &[change]).await.unwrap();
    upkeep::sweep(&house.app).await.unwrap();
    let back = records::get(&house.owner, Kind::Contact, ann.id).await.unwrap();
    assert_eq!(numbers(&back), ["044 123 45 67"]);
}

async fn house_change(house: &House, record: Id) -> Id {
    let timeline = records::timeline(&house.owner, Kind::Contact, record, "", None).await.unwrap();
    let text = serde_json::to_value(&timeline).unwrap();
    fn newest(v: &Value) -> Option<Id> {
        match v {
            Value::Object(o) if o.get("op").and_then(Value::as_str) == Some("update") => o.get("id")?.as_str().and_then(Id::parse),
            Value::Object(o) => o.values().find_map(newest),
            Value::Array(l) => l.iter().find_map(newest),
            _ => None,
        }
    }
    newest(&text).expect("a change")
}

#[test]
fn countries_are_offered_in_the_readers_language() {
    let named = |locale| phones::countries(locale).into_iter().find(|(code, _)| code == "UA").unwrap().1;
    assert_eq!((named(domain::Locale::Uk).as_str(), named(domain::Locale::ZhHans).as_str()), ("Україна", "乌克兰"));
}
