//! Booking pages: who may make them, what strangers see, the last slot, and what a link moves and cancels.

use domain::booking::open::{AskTimes, Booked, BookingState, Wanted};
use domain::booking::{MeetingKind, NewPage, Page};
use domain::calendar::view::Draft;
use domain::calendar::{Answer, Status, stored};
use domain::list::ListQuery;
use domain::notices::News;
use domain::{Error, Id, Kind, Locale, time};
use serde_json::{Value, json};
use service::mail::{self, Security};
use service::{Ctx, Visit, booking, calendar, records};

use crate::house::{House, object, visit};
use crate::mail::post_office::PostOffice;
use crate::mail::{house as mail_house, settings};

fn intro() -> MeetingKind {
    MeetingKind { name: "Intro call".into(), minutes: 30, ..MeetingKind::default() }
}

fn page_of(user: Id, slug: &str, kind: MeetingKind) -> NewPage {
    NewPage { slug: slug.into(), user: Some(user), name: "Meet us".into(), kinds: vec![kind], ..NewPage::default() }
}

async fn made(ctx: &Ctx, kind: MeetingKind) -> Page {
    booking::save(ctx, None, page_of(ctx.me.id, "meet-us", kind)).await.expect("a page")
}

/// Free hours of Tuesday 24 November 2026, on Kyiv's clock.
async fn tuesday(stranger: &Visit, page: &Page) -> Vec<String> {
    let ask = AskTimes { kind: page.kinds[0].id, from: "2026-11-24".into(), to: "2026-11-25".into(), zone: "Europe/Kyiv".into() };
    let times = booking::times(stranger, &page.slug, &ask).await.expect("times");
    times.days.into_iter().flat_map(|d| d.times).map(|t| t.clock).collect()
}

fn wanted(page: &Page, hour: &str, email: &str) -> Wanted {
    Wanted {
        kind: page.kinds[0].id,
        start: format!("2026-11-24T{hour}:00+02:00"),
        zone: "America/New_York".into(),
        name: "Vera Snelling".into(),
        email: email.into(),
        phone: "+1 212 555 0100".into(),
        note: "About <b>redlines</b>".into(),
        ..Wanted::default()
    }
}

fn code<T: std::fmt::Debug>(result: domain::Result<T>) -> String {
    match result {
        Err(Error::Invalid { fields }) => format!("{}:{}", fields[0].field, fields[0].code),
        other => panic!("{other:?}"),
    }
}

async fn put(ctx: &Ctx, fields: Value) {
    calendar::save(ctx, &Draft { fields: object(fields), ..Draft::default() }, None).await.expect("saved");
}

fn busy(from: &str, to: &str) -> Value {
    json!({"title": "Secret talks", "start": format!("2026-11-24T{from}:00+02:00"), "end": format!("2026-11-24T{to}:00+02:00"), "zone": "Europe/Kyiv"})
}

async fn events(house: &House) -> usize {
    records::list(&house.owner, Kind::Event, &ListQuery::default()).await.unwrap().records.len()
}

#[tokio::test]
async fn forbidden_somebody_else_s_page_is_not_made_changed_or_deleted() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "West"})).await.id;
    let (ann, bob) = (house.person("sales", Some(team)).await, house.person("sales", Some(team)).await);
    let analyst = house.person("analyst", None).await;
    let stranger_manager = house.person("manager", None).await;
    let forbidden = |r: domain::Result<Page>| assert_eq!(r.err(), Some(Error::Forbidden));
    forbidden(booking::save(&ann, None, page_of(bob.me.id, "bob", intro())).await);
    forbidden(booking::save(&analyst, None, page_of(analyst.me.id, "analyst", intro())).await);
    let of_team = NewPage { user: None, team: Some(team), ..page_of(ann.me.id, "west", intro()) };
    forbidden(booking::save(&ann, None, of_team.clone()).await);
    forbidden(booking::save(&stranger_manager, None, of_team.clone()).await);
    let page = made(&bob, intro()).await;
    assert_eq!((page.version, page.can_edit, page.owner_name.as_str()), (1, true, "The sales"));
    forbidden(booking::save(&ann, Some((page.id, 1)), page.as_new()).await);
    // Nor is one's own page handed to somebody else.
    forbidden(booking::save(&bob, Some((page.id, 1)), page_of(ann.me.id, "meet-us", intro())).await);
    assert_eq!(booking::delete(&ann, page.id).await, Err(Error::Forbidden));
    assert!(!booking::get(&ann, page.id).await.unwrap().can_edit, "but they see it");
    // Who leads the team, and who runs the house.
    let lead = house.person("manager", Some(team)).await;
    let west = booking::save(&lead, None, of_team).await.unwrap();
    assert!(booking::get(&house.owner, west.id).await.unwrap().can_edit);
    booking::delete(&house.owner, page.id).await.unwrap();
    assert_eq!(booking::list(&ann).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_belongs_to_one_page_and_changes_meet() {
    let house = House::new().await;
    let page = made(&house.owner, intro()).await;
    assert_eq!(code(booking::save(&house.owner, None, page.as_new()).await), "slug:taken");
    let moved = NewPage { slug: "talk".into(), ..page.as_new() };
    let now = booking::save(&house.owner, Some((page.id, 1)), moved.clone()).await.unwrap();
    assert_eq!((now.version, now.kinds[0].id), (2, page.kinds[0].id));
    assert!(matches!(booking::save(&house.owner, Some((page.id, 1)), moved).await, Err(Error::Outdated { .. })));
    let stranger = visit(&house.app);
    assert_eq!(booking::page(&stranger, "meet-us").await, Err(Error::NotFound));
    assert_eq!(booking::page(&stranger, "talk").await.unwrap().kinds.len(), 1);
    // Off, it does not exist for strangers.
    booking::save(&house.owner, Some((page.id, 2)), NewPage { active: false, ..now.as_new() }).await.unwrap();
    assert_eq!(booking::page(&stranger, "talk").await, Err(Error::NotFound));
    for bad in ["", "..", "a/b", "Talk", "ігор"] {
        assert_eq!(booking::page(&stranger, bad).await, Err(Error::NotFound));
    }
}

#[tokio::test]
async fn strangers_learn_when_somebody_is_free_and_nothing_else() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    put(&ann, busy("09:30", "16:30")).await;
    let page = made(&ann, intro()).await;
    let stranger = visit(&house.app);
    let all = booking::page(&stranger, "meet-us").await.unwrap();
    let ask = AskTimes { kind: page.kinds[0].id, from: "2026-11-23".into(), to: "2026-12-01".into(), zone: "Asia/Tokyo".into() };
    let times = booking::times(&stranger, "meet-us", &ask).await.unwrap();
    let said = format!("{} {}", serde_json::to_string(&all).unwrap(), serde_json::to_string(&times).unwrap());
    for secret in ["Secret", &ann.me.email, &ann.me.id.to_string(), "conflict", "busy"] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
    // The end of Kyiv's Monday; of its Tuesday half an hour in the morning and one in the evening, as Tokyo's clock shows them.
    let day = times.days.iter().find(|d| d.date == "2026-11-24").unwrap();
    assert_eq!(day.times.iter().map(|t| t.clock.as_str()).collect::<Vec<_>>(), ["00:00", "00:30", "16:00", "23:30"]);
    assert_eq!(day.times[2].start, "2026-11-24T07:00:00.000Z");
    let taken = booking::take(&stranger, "meet-us", wanted(&page, "10:00", "v@far.example")).await.unwrap_err();
    assert_eq!(taken, Error::Clash { conflicts: json!([]) });
    for (field, ask) in [
        ("to:view_too_long", AskTimes { to: "2027-06-01".into(), ..ask.clone() }),
        ("zone:zone", AskTimes { zone: "Mars".into(), ..ask.clone() }),
        ("from:date", AskTimes { from: "soon".into(), ..ask.clone() }),
        ("to:end_before_start", AskTimes { to: "2026-11-01".into(), ..ask.clone() }),
        ("kind:unknown_reference", AskTimes { kind: Some(page.id), ..ask.clone() }),
    ] {
        assert_eq!(code(booking::times(&stranger, "meet-us", &ask).await), field);
    }
}

#[tokio::test]
async fn a_booking_is_a_contact_and_a_meeting_with_the_contact_attending() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let page = made(&ann, MeetingKind { buffer_after: 15, place: "Blue room".into(), ..intro() }).await;
    let stranger = visit(&house.app);
    let booked = booking::take(&stranger, "meet-us", wanted(&page, "10:00", "Vera@Far.example")).await.unwrap();
    assert_eq!((booked.state, booked.name.as_str(), booked.with.as_str()), (BookingState::Booked, "Intro call", "The sales"));
    assert_eq!(booked.when, "Tue 24 Nov 2026, 03:00–03:30 (America/New_York)");
    let contacts = records::list(&ann, Kind::Contact, &ListQuery::default()).await.unwrap().records;
    assert_eq!(contacts.len(), 1);
    assert_eq!((contacts[0].name(), contacts[0].owner()), ("Vera Snelling", Some(ann.me.id)));
    let found = records::list(&ann, Kind::Event, &ListQuery::default()).await.unwrap().records;
    let event = stored::event(&found[0]).unwrap();
    assert_eq!((event.title.as_str(), event.organiser, event.travel_after), ("Intro call: Vera Snelling", Some(ann.me.id), 15));
    assert_eq!((event.contacts.clone(), event.answers.get(&contacts[0].id)), (vec![contacts[0].id], Some(&Answer::Accepted)));
    assert_eq!(event.body, "About <b>redlines</b>\n\n+1 212 555 0100");
    // The same address again is the same contact, whatever name is given; and the buffer stays free.
    assert_eq!(
        booking::take(&stranger, "meet-us", wanted(&page, "10:30", "vera@far.example")).await.unwrap_err(),
        Error::Clash { conflicts: json!([]) }
    );
    let again = Wanted { name: "V. S.".into(), ..wanted(&page, "11:00", "vera@far.example") };
    booking::take(&stranger, "meet-us", again).await.unwrap();
    let contacts = records::list(&ann, Kind::Contact, &ListQuery::default()).await.unwrap().records;
    assert_eq!((contacts.len(), contacts[0].name()), (1, "Vera Snelling"));
    // Whose time it is hears of it.
    let told = service::notices::list(&ann, None, 10).await.unwrap().items;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].actor_name, "V. S.");
    // Not "invites you": who booked what, and when.
    let first = &told[1];
    assert_eq!((first.news, first.actor_name.as_str(), first.title.as_str()), (News::Booked, "Vera Snelling", "Intro call"));
    assert_eq!(first.start.map(|s| s.to_string()).as_deref(), Some("2026-11-24T08:00:00.000Z"));
}

#[tokio::test]
async fn of_two_who_take_the_last_slot_at_once_one_gets_it() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    put(&ann, busy("09:00", "16:30")).await;
    put(&ann, busy("17:00", "19:00")).await;
    let page = made(&ann, intro()).await;
    let before = events(&house).await;
    let stranger = visit(&house.app);
    assert_eq!(tuesday(&stranger, &page).await, ["16:30"]);
    let takers = (0..6).map(|n| {
        let (stranger, wanted) = (stranger.clone(), wanted(&page, "16:30", &format!("v{n}@far.example")));
        tokio::spawn(async move { booking::take(&stranger, "meet-us", wanted).await })
    });
    let (mut got, mut taken) = (0, 0);
    for outcome in futures::future::join_all(takers).await {
        match outcome.unwrap() {
            Ok(_) => got += 1,
            Err(Error::Clash { .. }) => taken += 1,
            Err(e) => panic!("{e}"),
        }
    }
    assert_eq!((got, taken), (1, 5));
    assert_eq!(events(&house).await, before + 1);
    // Who came too late left nothing behind.
    assert_eq!(records::list(&ann, Kind::Contact, &ListQuery::default()).await.unwrap().records.len(), 1);
    assert!(tuesday(&stranger, &page).await.is_empty());
}

#[tokio::test]
async fn a_day_holds_no_more_than_its_limit_and_a_cancelled_one_makes_room() {
    let house = House::new().await;
    let page = made(&house.owner, MeetingKind { per_day: 2, ..intro() }).await;
    let stranger = visit(&house.app);
    let first = booking::take(&stranger, "meet-us", wanted(&page, "10:00", "a@far.example")).await.unwrap();
    booking::take(&stranger, "meet-us", wanted(&page, "12:00", "b@far.example")).await.unwrap();
    assert!(tuesday(&stranger, &page).await.is_empty());
    assert!(booking::take(&stranger, "meet-us", wanted(&page, "14:00", "c@far.example")).await.is_err());
    // On a full day one's own may still be moved, and a cancelled one counts no more.
    let ask = AskTimes { from: "2026-11-24".into(), to: "2026-11-25".into(), zone: "Europe/Kyiv".into(), ..AskTimes::default() };
    assert_eq!(booking::other_times(&stranger, &first.token, &ask).await.unwrap().days.len(), 1);
    booking::cancel(&stranger, &first.token).await.unwrap();
    assert!(!tuesday(&stranger, &page).await.is_empty());
}

#[tokio::test]
async fn a_team_takes_turns_and_whoever_is_away_is_left_out() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "West"})).await.id;
    let (ann, bob) = (house.person("sales", Some(team)).await, house.person("sales", Some(team)).await);
    let new = NewPage { user: None, team: Some(team), ..page_of(ann.me.id, "meet-us", intro()) };
    let page = booking::save(&house.owner, None, new).await.unwrap();
    let stranger = visit(&house.app);
    let take = async |hour: &str, n: u8| booking::take(&stranger, "meet-us", wanted(&page, hour, &format!("v{n}@far.example"))).await;
    for (n, hour) in ["10:00", "11:00", "12:00", "13:00"].into_iter().enumerate() {
        take(hour, n as u8).await.unwrap();
    }
    let host = |r: &domain::Record| r.id_of("organiser").unwrap();
    let found = records::list(&house.owner, Kind::Event, &ListQuery::default()).await.unwrap().records;
    let of = |id: Id| found.iter().filter(|r| host(r) == id).count();
    assert_eq!((of(ann.me.id), of(bob.me.id)), (2, 2));
    // Two at once for two people, no third.
    take("15:00", 5).await.unwrap();
    take("15:00", 6).await.unwrap();
    assert!(matches!(take("15:00", 7).await, Err(Error::Clash { .. })));
    // On leave, the other one has them all.
    put(&ann, json!({"kind": "leave", "title": "Off", "start": "2026-11-24", "end": "2026-11-25"})).await;
    let booked = take("16:00", 8).await.unwrap();
    let found = records::list(&house.owner, Kind::Event, &ListQuery::default()).await.unwrap().records;
    let last = found.iter().find(|r| r.text("start") == booked.start).unwrap();
    assert_eq!(host(last), bob.me.id);
}

#[tokio::test]
async fn a_link_moves_and_cancels_its_own_booking_only() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let page = made(&ann, intro()).await;
    let stranger = visit(&house.app);
    let booked = booking::take(&stranger, "meet-us", wanted(&page, "10:00", "a@far.example")).await.unwrap();
    let token = booked.token.as_str();
    for bad in ["", "x", &token[1..], &format!("{token}A"), &token.to_lowercase()] {
        assert_eq!(booking::booked(&stranger, bad).await, Err(Error::NotFound), "{bad}");
        assert_eq!(booking::cancel(&stranger, bad).await, Err(Error::NotFound));
        assert_eq!(booking::move_to(&stranger, bad, "2026-11-24T09:00:00Z", "").await, Err(Error::NotFound));
        assert_eq!(calendar::asked(&house.app, bad).await.unwrap_err(), Error::NotFound);
    }
    assert_eq!(calendar::asked(&house.app, token).await.unwrap_err(), Error::NotFound, "it answers no invitation");
    put(&ann, busy("11:00", "12:00")).await;
    let to = async |start: &str| booking::move_to(&stranger, token, start, "Europe/London").await;
    assert!(matches!(to("2026-11-24T09:30:00Z").await, Err(Error::Clash { .. })), "taken by then");
    let moved = to("2026-11-24T08:30:00Z").await.unwrap();
    assert_eq!((moved.when.as_str(), moved.zone.as_str()), ("Tue 24 Nov 2026, 08:30–09:00 (Europe/London)", "Europe/London"));
    assert_eq!(to("2026-11-24T08:30:00Z").await.unwrap(), moved, "twice is once");
    let cancelled = booking::cancel(&stranger, token).await.unwrap();
    assert_eq!(cancelled.state, BookingState::Cancelled);
    assert_eq!(booking::cancel(&stranger, token).await.unwrap(), cancelled);
    assert_eq!(code(to("2026-11-24T13:00:00Z").await), "token:over");
    let found = records::list(&ann, Kind::Event, &ListQuery::default()).await.unwrap().records;
    let event = found.iter().map(|r| stored::event(r).unwrap()).find(|e| e.title.starts_with("Intro")).unwrap();
    assert_eq!(event.status, Status::Cancelled);
    assert!(tuesday(&stranger, &page).await.contains(&"10:00".to_owned()));
}

#[tokio::test]
async fn what_has_begun_changes_no_more() {
    let house = House::new().await;
    let page = made(&house.owner, intro()).await;
    let stranger = visit(&house.app);
    let booked = booking::take(&stranger, "meet-us", wanted(&page, "10:00", "a@far.example")).await.unwrap();
    house.later(time::parse_instant("2026-11-24T08:01:00Z").unwrap() - house.app.clock().now());
    assert_eq!(booking::booked(&stranger, &booked.token).await.unwrap().state, BookingState::Over);
    assert_eq!(code(booking::cancel(&stranger, &booked.token).await), "token:over");
}

#[tokio::test]
async fn who_books_too_often_waits() {
    let house = House::new().await;
    let page = made(&house.owner, intro()).await;
    let stranger = visit(&house.app);
    assert_eq!(
        code(booking::take(&stranger, "meet-us", Wanted { website: "x".into(), ..wanted(&page, "10:00", "a@b.example") }).await),
        "website:leave_empty"
    );
    let mut refused = 0;
    for n in 0..30 {
        let outcome = booking::take(&stranger, "meet-us", wanted(&page, "03:00", &format!("v{n}@far.example"))).await;
        refused += usize::from(matches!(outcome, Err(Error::Limited { .. })));
    }
    assert!(refused >= 9, "{refused}");
    let elsewhere = Visit { address: "203.0.113.9".into(), ..stranger };
    let booked = booking::take(&elsewhere, "meet-us", wanted(&page, "10:00", "w@far.example")).await;
    assert!(booked.is_ok(), "who comes from elsewhere does not wait");
}

#[tokio::test]
async fn letters_go_to_who_booked_in_their_language_with_a_link_that_needs_no_sign_in() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let ann = house.person("sales", None).await;
    let page = made(&ann, intro()).await;
    let stranger = visit(&house.app);
    let wanted = Wanted { locale: Some(Locale::Uk), ..wanted(&page, "10:00", "vera@far.example") };
    let booked: Booked = booking::take(&stranger, "meet-us", wanted).await.unwrap();
    assert!(booked.by_mail);
    house.later(30_000);
    mail::run(&house.app).await.unwrap();
    let mut letters: Vec<_> = (0..2).map(|_| office.next()).map(|l| (l.to[0].clone(), l.read())).collect();
    letters.sort_by_key(|(to, _)| to != "vera@far.example");
    let letter = &letters[0].1;
    assert!(letter["subject"].as_str().unwrap().starts_with("Запис підтверджено: Intro call"), "{letter}");
    let text = letter["parts"]["text/plain"].as_str().unwrap();
    assert!(text.contains(&format!("https://crm.halyard.example/booking/{}", booked.token)), "{text}");
    assert!(text.contains("America/New_York") && !text.contains("/invitation/"), "{text}");
    assert!(letter["parts"]["text/calendar"].as_str().unwrap().contains("METHOD:REQUEST"));
    // The host is not invited to what is hers: she hears who booked what and when, in her language.
    let host = &letters[1].1;
    assert!(host["subject"].as_str().unwrap().starts_with("New booking: Intro call"), "{host}");
    let text = host["parts"]["text/plain"].as_str().unwrap();
    assert!(text.contains("has booked a time with you") && text.contains("<vera@far.example>"), "{text}");
    assert!(!text.contains("invites you") && !text.contains("/invitation/"), "{text}");
    booking::cancel(&stranger, &booked.token).await.unwrap();
    house.later(30_000);
    mail::run(&house.app).await.unwrap();
    let mut letters: Vec<_> = (0..2).map(|_| office.next()).map(|l| (l.to[0].clone(), l.read())).collect();
    letters.sort_by_key(|(to, _)| to != "vera@far.example");
    assert!(letters[0].1["parts"]["text/calendar"].as_str().unwrap().contains("METHOD:CANCEL"));
}

/// The calendar's part of a letter once held what the host wrote into the item, and whom else they asked.
#[tokio::test]
async fn who_booked_is_not_written_what_the_host_writes_into_the_item() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let ann = house.person("sales", None).await;
    let other = house.create(Kind::Contact, json!({"family_name": "Rival", "emails": ["rival@far.example"]})).await;
    let page = made(&ann, intro()).await;
    booking::take(&visit(&house.app), "meet-us", wanted(&page, "10:00", "vera@far.example")).await.unwrap();
    house.later(30_000);
    mail::run(&house.app).await.unwrap();
    let _ = (0..2).map(|_| office.next()).count();
    let booked = records::list(&ann, Kind::Event, &ListQuery::default()).await.unwrap().records.remove(0);
    let mut contacts = booked.ids_of("contacts");
    contacts.push(other.id);
    let fields = json!({
        "title": "Vera - insolvent?", "body": "Bankrupt soon", "contacts": contacts, "travel_before": 25,
        "start": "2026-11-24T11:00:00+02:00", "end": "2026-11-24T11:30:00+02:00",
    });
    let moved = Draft { id: Some(booked.id), version: booked.version, fields: object(fields), ..Draft::default() };
    calendar::save(&ann, &moved, None).await.unwrap();
    house.later(30_000);
    mail::run(&house.app).await.unwrap();
    let letters: Vec<_> = (0..2).map(|_| office.next()).collect();
    let hers = letters.iter().find(|l| l.to[0] == "vera@far.example").expect("she hears of it").read();
    let part = hers["parts"]["text/calendar"].as_str().unwrap();
    assert!(part.contains("SUMMARY:Intro call") && part.contains("METHOD:REQUEST") && part.contains("vera@far.example"), "{part}");
    for own in ["insolvent", "ankrupt", "Rival", "rival@", "TRAVEL"] {
        assert!(!hers.to_string().contains(own), "{own}: {hers}");
    }
}

/// Of two who change a page at the same moment, one was once overwritten without a word.
#[tokio::test]
async fn a_page_that_gets_another_address_loses_no_other_change() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let page = made(&ann, intro()).await;
    let sent = |slug: &str, about: &str| NewPage { about: about.into(), ..page_of(ann.me.id, slug, intro()) };
    let over = Some((page.id, page.version));
    let (a, b) = tokio::join!(booking::save(&ann, over, sent("meet-ann", "")), booking::save(&ann, over, sent("meet-us", "Half an hour")));
    let refused = [a.as_ref().err(), b.as_ref().err()].into_iter().flatten().collect::<Vec<_>>();
    assert!(matches!(refused[..], [Error::Outdated { .. }]), "{a:?} {b:?}");
    let pages: Vec<Page> = booking::list(&ann).await.unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!((pages[0].slug == "meet-ann", pages[0].about.is_empty()), (a.is_ok(), a.is_ok()));
}

#[tokio::test]
async fn what_was_booked_is_forgotten_when_it_is_over_since_long() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let page = made(&ann, intro()).await;
    let stranger = visit(&house.app);
    let booked = booking::take(&stranger, "meet-us", wanted(&page, "10:00", "vera@far.example")).await.unwrap();
    let token = booked.token.clone();
    let left = async |days: i64| {
        // Ids are made by the machine's own clock.
        house.clock.store(since_now(days), std::sync::atomic::Ordering::SeqCst);
        service::upkeep::sweep(&house.app).await.unwrap();
        booking::booked(&stranger, &token).await.is_ok()
    };
    assert!(left(80).await, "whoever follows the link reads that it is over");
    assert!(!left(92).await);
    let events = records::list(&house.owner, Kind::Event, &ListQuery::default()).await.unwrap().records;
    assert_eq!(events.len(), 1, "the item stays");
}

/// So many days after whatever comes later: the meeting, or the moment at which this test runs.
fn since_now(days: i64) -> i64 {
    let meeting = time::parse_instant("2026-11-24T08:30:00Z").unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    meeting.max(i64::try_from(now.as_millis()).unwrap()) + days * 86_400_000
}

/// A page that was deleted while somebody changed it was once there again, or lived on at another address.
#[tokio::test]
async fn a_page_that_is_deleted_while_it_changes_is_gone() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    for n in 0..20 {
        let page = made(&ann, intro()).await;
        let sent = page_of(ann.me.id, if n % 2 == 0 { "meet-ann" } else { "meet-us" }, intro());
        let (saved, deleted) = tokio::join!(booking::save(&ann, Some((page.id, page.version)), sent), booking::delete(&ann, page.id));
        deleted.unwrap();
        assert_eq!(booking::list(&ann).await.unwrap().len(), 0, "round {n}: {saved:?}");
    }
}
