//! Bad input, free times, and what is told later.

use domain::calendar::view::{FindTimes, Habits, Whose};
use domain::calendar::{Answer, ConflictKind};
use domain::live::LiveEvent;
use domain::notices::{News, Notice};
use domain::{Error, Id, Kind, time};
use futures::StreamExt;
use serde_json::{Value, json};
use service::{Ctx, calendar, live, notices, records};

use super::{change, draft, kinds, meeting, save, week, with};
use crate::house::House;

#[tokio::test]
async fn bad_input_is_named() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let code = async |fields: Value| match calendar::save(&ann, &draft(fields), None).await {
        Err(Error::Invalid { fields }) => fields.iter().map(|f| format!("{}:{}", f.field, f.code)).collect::<Vec<_>>().join(" "),
        other => panic!("{other:?}"),
    };
    let but = |more: Value| with(meeting("10:00", "11:00"), more);
    assert_eq!(code(meeting("11:00", "10:00")).await, "end:end_before_start");
    assert_eq!(code(but(json!({"zone": "Mars/Olympus"}))).await, "zone:zone");
    assert_eq!(code(but(json!({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}))).await, "rrule:rule_never");
    assert_eq!(code(but(json!({"rrule": "FREQ=SECONDLY"}))).await, "rrule:rule_too_often");
    let crowd: Vec<Id> = (0..10_000).map(|n| Id(uuid::Uuid::from_u128(n))).collect();
    assert_eq!(code(but(json!({"attendees": crowd}))).await, "attendees:too_many");
    for year in ["0001", "9999"] {
        let fields = json!({"start": format!("{year}-06-01T08:00:00Z"), "end": format!("{year}-06-01T09:00:00Z")});
        assert_eq!(code(fields).await, "start:date_range end:date_range");
    }
    assert_eq!(code(but(json!({"kind": "party"}))).await, "kind:choice");
    assert_eq!(code(but(json!({"travel_before": -5}))).await, "travel_before:minutes_from");
    let made = save(&ann, but(json!({"private": true}))).await.record;
    let lost = calendar::save(&ann, &change(&made, json!({"organiser": null})), None).await;
    assert_eq!(lost.err(), Some(Error::invalid("organiser", "required")), "nobody would ever see it again");
    let room = house.create(Kind::Resource, json!({"name": "Old room", "type": "room", "disabled": true})).await;
    assert_eq!(code(but(json!({"resources": [room.id]}))).await, "resources:not_bookable");
}

#[tokio::test]
async fn a_check_saves_nothing_and_offers_other_times() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    save(&ann, meeting("10:00", "11:00")).await;
    let checked = calendar::check(&ann, &draft(meeting("10:30", "11:30"))).await.unwrap();
    assert_eq!((checked.conflicts.len(), checked.refused), (1, false));
    let times: Vec<String> = checked.suggestions.iter().map(|s| time::instant(s.start)).collect();
    assert_eq!(times, ["2026-11-24T09:00:00.000Z", "2026-11-24T10:00:00.000Z", "2026-11-24T11:00:00.000Z"]);
    assert_eq!(week(&ann, &[]).await.items.len(), 1);
    let free = calendar::check(&ann, &draft(meeting("11:00", "12:00"))).await.unwrap();
    assert!(free.conflicts.is_empty() && free.suggestions.is_empty());
}

#[tokio::test]
async fn common_times_and_busy_times() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    save(&ann, meeting("09:00", "12:00")).await;
    save(&bob, with(meeting("12:00", "16:30"), json!({"title": "Secret", "private": true}))).await;
    let ask = FindTimes {
        users: vec![ann.me.id, bob.me.id],
        duration_minutes: 60,
        from: "2026-11-24".into(),
        to: "2026-11-25".into(),
        zone: "Europe/Kyiv".into(),
        limit: 5,
        ..FindTimes::default()
    };
    let found = calendar::find_times(&ann, &ask).await.unwrap();
    let times: Vec<String> = found.times.iter().map(|s| time::instant(s.span.start)).collect();
    assert_eq!(times, ["2026-11-24T14:30:00.000Z"]);
    // Whoever only may come is asked as well: where they cannot, it is said.
    let maybe = FindTimes { users: vec![ann.me.id], optional: vec![bob.me.id], ..ask.clone() };
    let found = calendar::find_times(&ann, &maybe).await.unwrap();
    assert!(found.times.iter().any(|t| t.missing == [bob.me.id]), "{:?}", found.times);
    let nobody = FindTimes { users: vec![Id(uuid::Uuid::from_u128(9))], ..ask.clone() };
    assert!(matches!(calendar::find_times(&ann, &nobody).await.err(), Some(Error::Invalid { .. })));
    let of = calendar::Of { users: &[bob.me.id], ..calendar::Of::default() };
    let busy = calendar::free_busy(&ann, of, "2026-11-24", "2026-11-25").await.unwrap();
    assert_eq!(busy[0].taken.len(), 1);
    assert!(!serde_json::to_string(&busy).unwrap().contains("Secret"));
    // A private item of somebody else is nothing that one could plan around.
    let hidden = save(&bob, with(meeting("08:00", "08:15"), json!({"private": true}))).await.record;
    let around = FindTimes { event: Some(hidden.id), ..ask };
    assert!(matches!(calendar::find_times(&ann, &around).await.err(), Some(Error::Invalid { .. })));
}

/// The day of these contacts as somebody sees it: when taken, and by what.
async fn day_of(ctx: &Ctx, contacts: &[Id]) -> Result<Vec<(Vec<String>, Vec<String>)>, Error> {
    let of = calendar::Of { contacts, ..calendar::Of::default() };
    let clock = |ms: i64| time::instant(ms)[11..16].to_owned();
    let one = |f: domain::calendar::view::FreeBusy| {
        let taken = f.taken.iter().map(|t| format!("{}-{} {:?}", clock(t.span.start), clock(t.span.end), t.by)).collect();
        (taken, f.known.iter().map(|k| format!("{} {}", clock(k.span.start), k.title)).collect())
    };
    Ok(calendar::free_busy(ctx, of, "2026-11-24", "2026-11-25").await?.into_iter().map(one).collect())
}

#[tokio::test]
async fn of_a_customers_day_one_reads_what_one_may_and_the_rest_is_busy() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let company = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling", "company": company.id})).await;
    let with_her = || json!({"contacts": [contact.id]});
    let titled = |from: &str, to: &str, title: &str, more: Value| with(with(meeting(from, to), json!({"title": title})), more);
    save(&bob, titled("09:00", "10:00", "Secret", with(with_her(), json!({"private": true})))).await;
    save(&ann, titled("13:00", "14:00", "Lunch", with_her())).await;
    let all = vec!["07:00-08:00 Busy".to_owned(), "11:00-12:00 Busy".to_owned()];
    let (secret, lunch) = ("07:00 Secret".to_owned(), "11:00 Lunch".to_owned());
    assert_eq!(day_of(&ann, &[contact.id]).await.unwrap(), [(all.clone(), vec![lunch.clone()])]);
    assert_eq!(day_of(&house.owner, &[contact.id]).await.unwrap(), [(all.clone(), vec![lunch.clone()])]);
    assert_eq!(day_of(&bob, &[contact.id]).await.unwrap(), [(all, vec![secret, lunch])]);
    // What is no customer has no day.
    for nobody in [Id(uuid::Uuid::from_u128(7)), ann.me.id] {
        assert!(matches!(day_of(&ann, &[nobody]).await, Err(Error::Invalid { .. })));
    }
}

#[tokio::test]
async fn a_meeting_with_a_customers_company_is_theirs_when_nobody_else_of_it_is_named() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let company = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let of_acme = |name: &str| json!({"family_name": name, "company": company.id});
    let (snelling, other) = (house.create(Kind::Contact, of_acme("Snelling")).await, house.create(Kind::Contact, of_acme("Moreau")).await);
    let visit = |from: &str, to: &str, more: Value| with(with(meeting(from, to), json!({"kind": "visit", "company": company.id})), more);
    save(&ann, visit("09:00", "10:00", json!({"title": "Tour"}))).await;
    save(&ann, visit("11:00", "12:00", json!({"title": "Moreau alone", "contacts": [other.id]}))).await;
    save(&ann, visit("13:00", "14:00", json!({"title": "Task", "kind": "task"}))).await;
    let days = day_of(&ann, &[snelling.id, other.id, snelling.id]).await.unwrap();
    let tour = ("07:00-08:00 Tentative".to_owned(), "07:00 Tour".to_owned());
    assert_eq!(days[0], (vec![tour.0.clone()], vec![tour.1.clone()]));
    assert_eq!(days[1], (vec![tour.0, "09:00-10:00 Busy".to_owned()], vec![tour.1, "09:00 Moreau alone".to_owned()]));
    assert_eq!(days.len(), 2, "each once");
}

pub(super) async fn next_clash(stream: &mut (impl futures::Stream<Item = (Option<Id>, LiveEvent)> + Unpin)) -> Vec<Id> {
    let wait = async {
        loop {
            if let LiveEvent::Clash { events } = stream.next().await.expect("goes on").1 {
                return events;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("an alert")
}

#[tokio::test]
async fn what_clashes_later_reaches_those_concerned_and_the_list() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let first = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    let mut told = live::subscribe(&ann, None).await.unwrap();
    // Bob's leave meets Ann's meeting with him.
    let leave = save(&bob, json!({"kind": "leave", "title": "Off", "start": "2026-11-24", "end": "2026-11-25"})).await.record;
    assert_eq!(next_clash(&mut told).await, [first.id, leave.id]);
    let open = calendar::conflicts(&ann).await.unwrap();
    assert!(open.conflicts.iter().any(|c| c.conflict.kind == ConflictKind::Leave), "{open:?}");
    let stranger = house.person("sales", None).await;
    assert!(calendar::conflicts(&stranger).await.unwrap().conflicts.is_empty());
    calendar::remove(&bob, leave.id, None, None, None).await.unwrap();
    assert!(calendar::conflicts(&ann).await.unwrap().conflicts.is_empty());
    // Bob's hours change: whoever invited him hears of it.
    let hours = domain::calendar::WorkingHours::weekdays(12 * 60, 18 * 60);
    let mine = calendar::habits(&bob, Whose::User(bob.me.id)).await.unwrap();
    calendar::save_habits(&bob, Whose::User(bob.me.id), Habits { working_hours: Some(hours), ..mine }).await.unwrap();
    assert_eq!(next_clash(&mut told).await, [first.id]);
    assert!(calendar::conflicts(&bob).await.unwrap().conflicts.iter().any(|c| c.conflict.kind == ConflictKind::Hours));
}

/// Buttons for others' private items led nowhere.
#[tokio::test]
async fn of_an_open_conflict_it_is_said_what_one_can_do_about_it() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let asked = || json!({"attendees": [bob.me.id]});
    save(&ann, with(meeting("10:00", "11:00"), asked())).await;
    save(&ann, with(meeting("10:15", "11:15"), asked())).await;
    let private = || json!({"title": "Doctor", "private": true});
    save(&bob, with(meeting("14:00", "15:00"), private())).await;
    save(&bob, with(meeting("14:30", "15:30"), private())).await;
    let can = async |ctx: &Ctx| -> std::collections::BTreeSet<(Option<String>, bool, bool)> {
        let all = calendar::conflicts(ctx).await.unwrap().conflicts;
        all.into_iter().map(|c| (c.title, c.can_edit, c.asked)).collect()
    };
    let (review, doctor) = (Some("Review".to_owned()), Some("Doctor".to_owned()));
    assert_eq!(can(&house.owner).await, [(None, false, false), (review.clone(), true, false)].into());
    assert_eq!(can(&ann).await, [(review.clone(), true, false)].into());
    assert_eq!(can(&bob).await, [(review, false, true), (doctor, true, false)].into());
}

/// A leave was shown as what has to move, and the meeting that it hits was not named.
#[tokio::test]
async fn an_open_conflict_is_seen_from_what_one_can_change() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    let leave = save(&bob, json!({"kind": "leave", "title": "Off", "start": "2026-11-24", "end": "2026-11-25"})).await.record;
    let open = calendar::conflicts(&ann).await.unwrap().conflicts;
    let one = open.iter().find(|c| c.conflict.kind == ConflictKind::Leave).expect("it is listed");
    assert_eq!((one.conflict.item, one.title.as_deref(), one.can_edit), (Some(made.id), Some("Review"), true), "{one:?}");
    assert_eq!(one.conflict.with.as_ref().and_then(|w| w.id), Some(leave.id));
    // Her own item beside a private one of his.
    calendar::remove(&bob, leave.id, None, None, None).await.unwrap();
    save(&bob, with(meeting("09:30", "10:30"), json!({"title": "Doctor", "private": true}))).await;
    let open = calendar::conflicts(&ann).await.unwrap().conflicts;
    assert!(open.iter().all(|c| c.title.as_deref() == Some("Review") && c.can_edit), "{open:?}");
    assert!(!open.is_empty() && !format!("{open:?}").contains("Doctor"));
}

/// Whoever shortened their own hours was told "Saved", and nothing of the meetings that lay outside by then.
#[tokio::test]
async fn whoever_changes_their_own_hours_hears_of_what_lies_outside() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let late = save(&ann, meeting("15:00", "16:00")).await.record;
    let mut told = live::subscribe(&ann, None).await.unwrap();
    let mine = calendar::habits(&ann, Whose::User(ann.me.id)).await.unwrap();
    let hours = domain::calendar::WorkingHours::weekdays(9 * 60, 12 * 60);
    calendar::save_habits(&ann, Whose::User(ann.me.id), Habits { working_hours: Some(hours), ..mine }).await.unwrap();
    assert_eq!(next_clash(&mut told).await, [late.id]);
    assert_eq!(noticed(&ann, 1).await[0].event, Some(late.id));
}

/// The conflicts among a person's notices, as soon as there are so many.
pub(crate) async fn noticed(ctx: &Ctx, count: usize) -> Vec<Notice> {
    let mut stream = live::subscribe(ctx, None).await.unwrap();
    let wait = async {
        loop {
            let told = notices::list(ctx, None, 100).await.unwrap().items;
            let clashes: Vec<Notice> = told.into_iter().filter(|n| n.news == News::Clash).collect();
            if clashes.len() >= count {
                return clashes;
            }
            stream.next().await.expect("the stream goes on");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("a notice")
}

#[tokio::test]
async fn what_clashes_later_is_among_the_notices_once() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let first = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    let leave = save(&bob, json!({"kind": "leave", "title": "Off", "start": "2026-11-24", "end": "2026-11-25"})).await.record;
    let told = noticed(&ann, 1).await.remove(0);
    assert_eq!((told.event, told.clash, told.title.as_str()), (Some(first.id), Some(ConflictKind::Leave), "Review"));
    assert_eq!(told.actor_name, "The sales");
    // The same conflict, whatever is changed about the leave.
    let mut stream = live::subscribe(&ann, None).await.unwrap();
    calendar::save(&bob, &super::change(&leave, json!({"end": "2026-11-26"})), None).await.unwrap();
    next_clash(&mut stream).await;
    calendar::remove(&bob, leave.id, None, None, None).await.unwrap();
    // Many at once are one notice.
    for hour in ["12", "13", "14", "15"] {
        save(&ann, with(meeting(&format!("{hour}:00"), &format!("{hour}:30")), json!({"attendees": [bob.me.id]}))).await;
    }
    let hours = domain::calendar::WorkingHours::weekdays(17 * 60, 18 * 60);
    let mine = calendar::habits(&house.owner, Whose::User(bob.me.id)).await.unwrap();
    calendar::save_habits(&house.owner, Whose::User(bob.me.id), Habits { working_hours: Some(hours), ..mine }).await.unwrap();
    let told = noticed(&ann, 2).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].event, told[0].count.map(|(n, _)| n)), (None, Some(5)), "the newest first");
    assert_eq!(notices::list(&house.owner, None, 100).await.unwrap().items, [], "whoever did it knows");
}

/// A no of one guest once told the organiser again of every clash that they knew.
#[tokio::test]
async fn an_answer_takes_nobodys_time_but_a_yes_after_a_no() {
    let house = House::new().await;
    let (ann, bob, carl) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let busy = save(&carl, meeting("10:00", "11:00")).await.record;
    let all = json!({"attendees": [bob.me.id, carl.me.id]});
    let made = save(&ann, with(meeting("10:00", "11:00"), all)).await;
    assert_eq!(kinds(&made), [ConflictKind::Attendee]);
    noticed(&carl, 1).await;
    let mut told = live::subscribe(&ann, None).await.unwrap();
    calendar::answer(&bob, made.record.id, None, Answer::Declined).await.unwrap();
    calendar::answer(&carl, made.record.id, None, Answer::Tentative).await.unwrap();
    // The next that Ann hears of is what Bob takes after his no.
    let other = save(&bob, meeting("10:00", "11:00")).await;
    assert!(other.conflicts.is_empty());
    assert_eq!(kinds(&calendar::answer(&bob, made.record.id, None, Answer::Accepted).await.unwrap())[0], ConflictKind::Attendee);
    let heard = next_clash(&mut told).await;
    assert!(heard.contains(&other.record.id) && !heard.contains(&busy.id), "{heard:?}");
}

/// Every clash that the house knew was once told anew when its hours changed.
#[tokio::test]
async fn other_working_hours_recall_no_old_clash() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let first = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    save(&ann, with(meeting("10:30", "11:30"), json!({"attendees": [bob.me.id]}))).await;
    let late = save(&ann, with(meeting("16:00", "16:30"), json!({"attendees": [bob.me.id]}))).await.record;
    let mut told = live::subscribe(&ann, None).await.unwrap();
    let hours = domain::calendar::WorkingHours::weekdays(9 * 60, 15 * 60);
    let mine = calendar::habits(&bob, Whose::User(bob.me.id)).await.unwrap();
    calendar::save_habits(&bob, Whose::User(bob.me.id), Habits { working_hours: Some(hours), ..mine }).await.unwrap();
    assert_eq!(next_clash(&mut told).await, [late.id], "not {}", first.id);
}

#[tokio::test]
async fn whoever_edits_in_a_list_is_told_as_well() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    save(&ann, meeting("10:00", "11:00")).await;
    let other = save(&ann, meeting("11:00", "12:00")).await.record;
    let mut told = live::subscribe(&ann, None).await.unwrap();
    let fields = crate::house::object(json!({"start": "2026-11-24T08:30:00Z"}));
    let patch = domain::record::Patch { fields, version: other.version, base: domain::Fields::new() };
    records::update(&ann, Kind::Event, other.id, patch).await.unwrap();
    assert_eq!(next_clash(&mut told).await, [other.id]);
}

#[tokio::test]
async fn a_reason_is_kept_with_the_item_and_its_history() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    save(&ann, meeting("10:00", "11:00")).await;
    let anyway = save(&ann, with(meeting("10:00", "11:00"), json!({"conflict_reason": "Both are by phone"}))).await;
    assert_eq!(calendar::event(&ann, anyway.record.id, None).await.unwrap().conflict_reason, "Both are by phone");
    let timeline = records::timeline(&ann, Kind::Event, anyway.record.id, "", None).await.unwrap();
    assert!(format!("{timeline:?}").contains("Both are by phone"));
}

#[tokio::test]
async fn an_item_shows_on_its_company_contacts_and_deal() {
    let house = House::new().await;
    let company = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling"})).await;
    let deal = house.deal("Rollout", "5.00", house.owner.me.id).await;
    let about = json!({"company": company.id, "contacts": [contact.id], "deal": deal.id});
    let made = save(&house.owner, with(meeting("10:00", "11:00"), about)).await.record;
    for record in [company, contact, deal] {
        let timeline = records::timeline(&house.owner, record.kind, record.id, "activity", None).await.unwrap();
        assert!(format!("{:?}", timeline.entries).contains(&made.id.to_string()), "{:?}", record.kind);
    }
}

#[tokio::test]
async fn the_sample_company_has_one_clash_to_look_at() {
    let clock = service::Clock::fixed(std::sync::Arc::new(std::sync::atomic::AtomicI64::new(1_795_317_850_000)));
    let app = service::App::open(service::Config::in_memory(), clock).await.unwrap();
    service::seed::sample_company(&app).await.unwrap();
    let owner = service::auth::act_as(&app, "olena@halyard.example").await.unwrap();
    let open = calendar::conflicts(&owner).await.unwrap();
    let found: Vec<String> = open.conflicts.iter().map(|c| format!("{} {}", c.conflict.who.name, c.conflict.kind.name())).collect();
    assert_eq!(found, ["Dustin Brinkmann own", "Vicki Laflamme own"]);
    let day = |d: &str| time::parse_date(d).unwrap();
    let people = records::list(&owner, Kind::User, &domain::list::ListQuery::default()).await.unwrap();
    let vicki = people.records.iter().find(|u| u.name().starts_with("Vicki")).unwrap().id;
    let week =
        domain::calendar::view::CalendarQuery { from: day("2026-11-23"), to: day("2026-11-30"), users: vec![vicki], ..Default::default() };
    let page = calendar::page(&owner, &week).await.unwrap();
    assert!(page.items.len() > 5, "{}", page.items.len());
}

/// In the afternoon the morning of the same day was offered.
#[tokio::test]
async fn what_has_passed_of_today_is_not_offered() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let ask = |from: &str| FindTimes {
        users: vec![ann.me.id],
        from: from.to_owned(),
        to: "2026-11-24".to_owned(),
        zone: "Europe/Kyiv".to_owned(),
        duration_minutes: 60,
        limit: 5,
        ..Default::default()
    };
    // The house's clock stands at 03:24 UTC of the 22nd; by then it is half past two in Kyiv's afternoon of the 23rd.
    house.later(33 * 3_600_000);
    let first = calendar::find_times(&ann, &ask("2026-11-23")).await.unwrap().times.into_iter().map(|t| t.span.start).min();
    assert_eq!(first.map(time::instant).as_deref(), Some("2026-11-23T12:30:00.000Z"));
}
