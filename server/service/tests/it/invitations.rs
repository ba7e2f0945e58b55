//! Invitations by mail: in whose language, with what calendar's part, and answered by link without an account.

use domain::calendar::view::Draft;
use domain::calendar::{Answer, stored};
use domain::notices::News;
use domain::{Error, Kind, Record};
use serde_json::{Value, json};
use service::mail::{self, Security};
use service::{Ctx, calendar, history, notices, records};

use crate::house::{House, object};
use crate::mail::post_office::{PostOffice, Taken};
use crate::mail::{house as mail_house, settings};

async fn put(ctx: &Ctx, fields: Value) -> Record {
    let draft = Draft { fields: object(fields), ..Draft::default() };
    calendar::save(ctx, &draft, None).await.expect("saved").record
}

async fn change(ctx: &Ctx, record: &Record, fields: Value) -> Record {
    change_of(ctx, record, fields).await.expect("changed")
}

async fn change_of(ctx: &Ctx, record: &Record, fields: Value) -> domain::Result<Record> {
    let draft = Draft { id: Some(record.id), version: record.version, fields: object(fields), ..Draft::default() };
    calendar::save(ctx, &draft, None).await.map(|saved| saved.record)
}

async fn customer(house: &House, name: &str, language: Option<&str>) -> Record {
    let email = format!("{}@far.example", name.to_lowercase());
    house.create(Kind::Contact, json!({"given_name": name, "emails": [email], "language": language})).await
}

/// So many letters, by whom they went to.
async fn letters(house: &House, office: &mut PostOffice, count: usize) -> Vec<(String, Value)> {
    mail::run(&house.app).await.unwrap();
    let mut out: Vec<(String, Value)> = (0..count).map(|_| office.next()).map(|l: Taken| (l.to[0].clone(), l.read())).collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(office.is_empty(), "no more than {count}");
    out
}

/// All that goes now.
async fn sent(house: &House, office: &mut PostOffice) -> Vec<(String, Value)> {
    let count = mail::run(&house.app).await.unwrap().sent;
    (0..count).map(|_| office.next()).map(|l: Taken| (l.to[0].clone(), l.read())).collect()
}

/// The value of a property, as another program's eyes see the unfolded file.
fn property(letter: &Value, name: &str) -> Option<String> {
    let ics = letter["parts"]["text/calendar"].as_str().expect("a calendar's part").replace("\r\n ", "").replace("\n ", "");
    let line = ics.lines().find(|l| l.strip_prefix(name).is_some_and(|r| r.starts_with([':', ';'])))?.to_owned();
    line.split_once(':').map(|(_, v)| v.trim().to_owned())
}

/// The token in the letter's link for this answer.
fn token(letter: &Value) -> String {
    let text = letter["parts"]["text/plain"].as_str().unwrap().replace("\r\n", "\n");
    let after = text.split("/invitation/").nth(1).expect("a link");
    after.split('?').next().unwrap().to_owned()
}

fn meeting(contact: &Record) -> Value {
    json!({
        "title": "Review", "place": "Blue room", "start": "2026-11-24T10:00:00+02:00", "end": "2026-11-24T11:00:00+02:00", "zone": "Europe/Kyiv",
        "contacts": [contact.id], "reminders": [{"minutes": 15, "way": "app"}],
    })
}

#[tokio::test]
async fn forbidden_a_link_that_nobody_made_or_that_is_over_answers_nothing() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let anna = customer(&house, "Anna", None).await;
    let made = put(&house.owner, meeting(&anna)).await;
    let token = token(&letters(&house, &mut office, 1).await[0].1);
    for bad in ["", "x", &token[1..], &format!("{token}A"), &token.to_lowercase()] {
        assert_eq!(calendar::asked(&house.app, bad).await.unwrap_err(), Error::NotFound, "{bad}");
        assert_eq!(calendar::answer_by_link(&house.app, bad, Answer::Accepted).await.unwrap_err(), Error::NotFound);
    }
    assert!(calendar::answer_by_link(&house.app, &token, Answer::Pending).await.is_err(), "no answer");
    // Looking answers nothing, however often.
    for _ in 0..3 {
        assert_eq!(calendar::asked(&house.app, &token).await.unwrap().answer, Answer::Pending);
    }
    let stored_now = records::get(&house.owner, Kind::Event, made.id).await.unwrap();
    assert_eq!(stored_now.version, made.version);
    change(&house.owner, &made, json!({"contacts": []})).await;
    let Error::Invalid { fields } = calendar::answer_by_link(&house.app, &token, Answer::Accepted).await.unwrap_err() else {
        panic!("off the list")
    };
    assert_eq!(fields[0].code, "over");
}

#[tokio::test]
async fn everybody_is_written_to_in_their_language_and_answers_by_link() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let (anna, wang) = (customer(&house, "Anna", None).await, customer(&house, "Wang", Some("zh-Hans")).await);
    let mut fields = meeting(&anna);
    fields["contacts"] = json!([anna.id, wang.id]);
    fields["body"] = json!("Bring the plans.\nTea is ready.");
    let made = put(&house.owner, fields).await;
    let got = letters(&house, &mut office, 2).await;
    let subjects: Vec<&str> = got.iter().map(|(_, l)| l["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects[0], "Invitation: Review, Tue 24 Nov 2026, 10:00–11:00 (Europe/Kyiv)", "the organiser's language");
    assert!(subjects[1].starts_with("邀请"), "{}", subjects[1]);
    let letter = &got[0].1;
    let text = letter["parts"]["text/plain"].as_str().unwrap().replace("\r\n", "\n");
    assert!(text.contains("With: Wang\n") && text.contains("Notes: Bring the plans.\nTea is ready."), "{text}");
    assert!(letter["parts"]["text/html"].as_str().unwrap().contains("Bring the plans.<br>Tea is ready."));
    assert!(letter["from"].as_str().unwrap().starts_with("Олена Коваленко"), "who writes is seen in a list of letters: {}", letter["from"]);
    assert_eq!((letter["method"].as_str(), property(letter, "METHOD").as_deref()), (Some("REQUEST"), Some("REQUEST")));
    assert_eq!(letter["reply_to"], json!("Олена Коваленко <olena@halyard.example>"));
    assert!(
        property(letter, "BEGIN").is_some() && !letter["parts"]["text/calendar"].as_str().unwrap().contains("VALARM"),
        "reminders are one's own"
    );
    assert_eq!(letter["parts"]["application/ics"], letter["parts"]["text/calendar"]);

    let asked = calendar::asked(&house.app, &token(letter)).await.unwrap();
    assert_eq!((asked.title.as_str(), asked.name.as_str(), asked.answer), ("Review", "Anna", Answer::Pending));
    calendar::answer_by_link(&house.app, &token(letter), Answer::Tentative).await.unwrap();
    calendar::answer_by_link(&house.app, &token(&got[1].1), Answer::Declined).await.unwrap();
    let event = stored::event(&records::get(&house.owner, Kind::Event, made.id).await.unwrap()).unwrap();
    assert_eq!((event.answers.get(&anna.id), event.answers.get(&wang.id)), (Some(&Answer::Tentative), Some(&Answer::Declined)));
    let told = notices::list(&house.owner, None, 10).await.unwrap().items;
    let heard: Vec<_> = told.iter().map(|n| (n.news, n.answer, n.actor_name.as_str())).collect();
    assert_eq!(heard, [(News::Answered, Some(Answer::Declined), "Wang"), (News::Answered, Some(Answer::Tentative), "Anna")]);
    mail::run(&house.app).await.unwrap();
    assert!(office.is_empty(), "an answer is read in the app");
}

#[tokio::test]
async fn a_change_and_a_cancellation_follow_with_a_higher_sequence() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let anna = customer(&house, "Anna", None).await;
    let made = put(&house.owner, meeting(&anna)).await;
    let first = letters(&house, &mut office, 1).await.remove(0).1;
    let renamed = change(&house.owner, &made, json!({"title": "Second review"})).await;
    mail::run(&house.app).await.unwrap();
    assert!(office.is_empty(), "a word is no change of plans");
    let moved = change(&house.owner, &renamed, json!({"start": "2026-11-24T14:00:00+02:00", "end": "2026-11-24T15:00:00+02:00"})).await;
    house.later(30_000);
    let second = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!(second["subject"], json!("Changed: Second review, Tue 24 Nov 2026, 14:00–15:00 (Europe/Kyiv)"));
    assert!(second["parts"]["text/plain"].as_str().unwrap().contains("Before: Tue 24 Nov 2026, 10:00–11:00"));
    calendar::remove(&house.owner, moved.id, None, None, None).await.unwrap();
    let third = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!((third["method"].as_str(), property(&third, "STATUS").as_deref()), (Some("CANCEL"), Some("CANCELLED")));
    assert!(!third["parts"]["text/plain"].as_str().unwrap().contains("/invitation/"), "nothing to answer");
    let all = [&first, &second, &third];
    let uids: Vec<_> = all.iter().map(|l| property(l, "UID")).collect();
    assert!(uids[0].is_some() && uids.iter().all(|u| *u == uids[0]), "{uids:?}");
    let sequence: Vec<i64> = all.iter().map(|l| property(l, "SEQUENCE").unwrap().parse().unwrap()).collect();
    assert!(sequence[0] < sequence[1] && sequence[1] < sequence[2], "{sequence:?}");
}

#[tokio::test]
async fn several_moves_within_a_moment_are_one_letter() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let anna = customer(&house, "Anna", None).await;
    let made = put(&house.owner, meeting(&anna)).await;
    letters(&house, &mut office, 1).await;
    let to = |hour: u32| json!({"start": format!("2026-11-24T{hour}:00:00+02:00"), "end": format!("2026-11-24T{}:00:00+02:00", hour + 1)});
    let once = change(&house.owner, &made, to(14)).await;
    letters(&house, &mut office, 0).await;
    house.later(10_000);
    let twice = change(&house.owner, &once, to(15)).await;
    house.later(20_000);
    let one = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!(one["subject"], json!("Changed: Review, Tue 24 Nov 2026, 15:00–16:00 (Europe/Kyiv)"));
    assert!(one["parts"]["text/plain"].as_str().unwrap().contains("Before: Tue 24 Nov 2026, 10:00–11:00"), "what they heard of last");
    assert_eq!(property(&one, "SEQUENCE").as_deref(), Some("2"));
    // There and back again.
    let away = change(&house.owner, &twice, to(17)).await;
    let back = change(&house.owner, &away, to(15)).await;
    house.later(60_000);
    letters(&house, &mut office, 0).await;
    // A cancellation goes at once, and the move that waits never.
    change(&house.owner, &back, to(18)).await;
    calendar::remove(&house.owner, made.id, None, None, None).await.unwrap();
    let last = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!(last["method"].as_str(), Some("CANCEL"));
    house.later(60_000);
    letters(&house, &mut office, 0).await;
}

#[tokio::test]
async fn what_waited_for_the_mail_server_says_what_is_so_by_now() {
    let office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let later = customer(&house, "Later", None).await;
    let made = put(&house.owner, meeting(&later)).await;
    mail::run(&house.app).await.unwrap();
    change(&house.owner, &made, json!({"start": "2026-11-24T14:00:00+02:00", "end": "2026-11-24T15:00:00+02:00"})).await;
    house.later(600_000);
    mail::run(&house.app).await.unwrap();
    let waiting = mail::posted(&house.owner, mail::State::Waiting, 10).await.unwrap();
    let subjects: Vec<&str> = waiting.iter().map(|p| p.letter.subject.as_str()).collect();
    assert_eq!(subjects, ["Invitation: Review, Tue 24 Nov 2026, 14:00–15:00 (Europe/Kyiv)"], "they had heard of nothing");
}

#[tokio::test]
async fn whoever_wishes_no_mail_gets_none_and_reads_it_in_the_app() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let wish = domain::notices::Preferences { mail: false, ..Default::default() };
    notices::save_preferences(&bob, &wish).await.unwrap();
    let start = "2026-11-24T10:00:00Z";
    put(
        &house.owner,
        json!({"title": "Fair", "start": start, "end": "2026-11-24T11:00:00Z", "zone": "UTC", "attendees": [ann.me.id, bob.me.id]}),
    )
    .await;
    let got = letters(&house, &mut office, 1).await;
    assert_eq!(got[0].0, ann.me.email);
    assert_eq!(notices::unread(&bob).await.unwrap(), 1);
}

/// The letter gave the first date and "it repeats".
#[tokio::test]
async fn a_series_is_told_by_its_rule_and_dates_and_an_occurrence_by_which_it_is() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let (anna, wang) = (customer(&house, "Anna", None).await, customer(&house, "Wang", Some("zh-Hant")).await);
    let mut fields = meeting(&anna);
    fields["contacts"] = json!([anna.id, wang.id]);
    fields["rrule"] = json!("FREQ=WEEKLY;COUNT=10");
    fields["exdate"] = json!(["2026-12-08T08:00:00Z"]);
    let series = put(&house.owner, fields).await;
    let got = letters(&house, &mut office, 2).await;
    let part = |letter: &Value, kind: &str| letter["parts"][kind].as_str().unwrap().replace("\r\n", "\n");
    let text = part(&got[0].1, "text/plain");
    assert!(text.contains("Repeats: Every week on Tuesday, until 26 Jan 2027, 9 times\n"), "{text}");
    assert!(text.contains("Next: Tue 24 Nov 2026, 10:00–11:00\nTue 1 Dec 2026, 10:00–11:00\nTue 15 Dec 2026, 10:00–11:00\n"), "{text}");
    let html = part(&got[0].1, "text/html");
    assert!(html.contains("Every week on Tuesday, until 26 Jan 2027, 9 times") && html.contains("<br>Tue 1 Dec 2026"), "{html}");
    let asked = calendar::asked(&house.app, &token(&got[0].1)).await.unwrap();
    assert_eq!(asked.series[0], ("Repeats".to_owned(), "Every week on Tuesday, until 26 Jan 2027, 9 times".to_owned()), "the page, too");
    assert!(part(&got[1].1, "text/plain").contains("每週的週二，直到2027年1月26日，共 9 次"), "{}", part(&got[1].1, "text/plain"));
    // One of them moves, another is called off: which one it was is said by the date that everybody knows.
    let of = |slot: &str, fields: Value| Draft {
        id: Some(series.id),
        version: series.version,
        scope: Some(domain::calendar::series::Scope::This),
        slot: domain::calendar::Moment::parse(slot),
        fields: object(fields),
        ..Draft::default()
    };
    let moved = json!({"start": "2026-12-02T08:00:00Z", "end": "2026-12-02T09:00:00Z"});
    calendar::save(&house.owner, &of("2026-12-01T08:00:00Z", moved), None).await.unwrap();
    house.later(60_000);
    let text = part(&letters(&house, &mut office, 2).await[0].1, "text/plain");
    assert!(text.contains("When: Wed 2 Dec 2026, 10:00–11:00") && !text.contains("Repeats:"), "{text}");
    assert!(text.contains("Of the series only the one of Tue 1 Dec 2026, 10:00"), "{text}");
    let now = records::get(&house.owner, Kind::Event, series.id).await.unwrap();
    // All go an hour later: the moved one stays, and other calendars hear by which time of its series they know it now.
    let later = json!({"start": "2026-11-24T09:00:00Z", "end": "2026-11-24T10:00:00Z"});
    let now = change(&house.owner, &now, later).await;
    house.later(60_000);
    for (to, letter) in letters(&house, &mut office, 2).await {
        let ics = part(&letter, "text/calendar").replace("\n ", "");
        assert_eq!(property(&letter, "RECURRENCE-ID").as_deref(), Some("20261201T110000"), "{to}");
        assert!(ics.contains("DTSTART;TZID=Europe/Kyiv:20261202T100000") && !ics.contains("EXDATE;TZID=Europe/Kyiv:20261201"), "{ics}");
    }
    let back = json!({"start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z"});
    change(&house.owner, &now, back).await;
    house.later(60_000);
    letters(&house, &mut office, 2).await;
    let now = records::get(&house.owner, Kind::Event, series.id).await.unwrap();
    let scope = Some(domain::calendar::series::Scope::This);
    let out = calendar::remove(&house.owner, series.id, Some(now.version), scope, domain::calendar::Moment::parse("2026-12-15T08:00:00Z"))
        .await
        .unwrap();
    house.later(60_000);
    let got = letters(&house, &mut office, 2).await;
    let text = part(&got[0].1, "text/plain");
    assert!(text.contains("Of the series only the one of Tue 15 Dec 2026, 10:00"), "{text}");
    for (_, letter) in &got {
        // Without it, guests' calendars threw the whole series away.
        assert_eq!(property(letter, "RECURRENCE-ID").as_deref(), Some("20261215T100000"));
        assert!(property(letter, "EXDATE").is_none() && !part(letter, "text/calendar").contains("COUNT=10"));
    }
    let single = got.iter().find(|(to, _)| to == "anna@far.example").unwrap();
    assert!(!part(&single.1, "text/plain").contains("Repeats:"), "only one date is off");
    // Taken back, it takes place for guests as well.
    history::undo(&house.owner, &out.changes).await.unwrap();
    house.later(60_000);
    for (_, letter) in letters(&house, &mut office, 2).await {
        assert_eq!(property(&letter, "METHOD").as_deref(), Some("REQUEST"));
        assert_eq!(property(&letter, "RECURRENCE-ID").as_deref(), Some("20261215T100000"));
    }
    let now = records::get(&house.owner, Kind::Event, series.id).await.unwrap();
    calendar::remove(&house.owner, series.id, Some(now.version), scope, domain::calendar::Moment::parse("2026-12-15T08:00:00Z"))
        .await
        .unwrap();
    house.later(60_000);
    letters(&house, &mut office, 2).await;
    // Somebody who comes later is asked to what was moved as well, and is told so where it stands.
    let bob = customer(&house, "Bob", None).await;
    let now = records::get(&house.owner, Kind::Event, series.id).await.unwrap();
    change(&house.owner, &now, json!({"contacts": [anna.id, wang.id, bob.id]})).await;
    let got = letters(&house, &mut office, 1).await;
    let text = part(&got[0].1, "text/plain");
    assert!(text.contains("Next: Tue 24 Nov 2026, 10:00–11:00\nWed 2 Dec 2026, 10:00–11:00\nTue 22 Dec 2026"), "{text}");
    assert_eq!(property(&got[0].1, "RECURRENCE-ID").as_deref(), Some("20261201T100000"));
}

/// Whoever invited a customer counted on somebody who had never heard of it.
#[tokio::test]
async fn who_invites_hears_of_a_letter_that_nobody_would_take() {
    let office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let gone = house.create(Kind::Contact, json!({"given_name": "Nobody", "emails": ["nobody@far.example"]})).await;
    let ann = house.person("sales", None).await;
    put(&ann, meeting(&gone)).await;
    for _ in 0..2 {
        assert_eq!(mail::run(&house.app).await.unwrap().sent, 0);
    }
    let told = notices::list(&ann, None, 10).await.unwrap().items;
    assert_eq!(told.iter().map(|n| n.news).collect::<Vec<_>>(), [News::Unsent], "once");
    assert!(told[0].actor_name.contains("nobody@far.example") && told[0].title == "Review", "{told:?}");
    assert!(notices::list(&house.owner, None, 10).await.unwrap().items.is_empty());
}

/// Customers got the real meeting called off, of which nobody here had ever told them.
#[tokio::test]
async fn an_import_that_is_taken_back_calls_nothing_off() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let (owner, ann) = (&house.owner, house.person("sales", None).await);
    customer(&house, "Anna", None).await;
    let people = format!("ATTENDEE:mailto:anna@far.example\r\nATTENDEE:mailto:{}\r\n", ann.me.email);
    let file = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:20261124T100000Z\r\nDTEND:20261124T110000Z\r\nSUMMARY:Theirs\r\n{people}END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let report = crate::import::take(owner, crate::import::look(owner, "a.ics", &file).await).await;
    assert_eq!(report.created, 1);
    service::import::undo_now(owner, report.id).await.unwrap();
    house.later(30_000);
    letters(&house, &mut office, 0).await;
    assert!(notices::list(&ann, None, 10).await.unwrap().items.is_empty());
}

/// The organiser counted on people who had said yes to another time (RFC 5546: whoever moves a meeting asks anew).
#[tokio::test]
async fn whoever_said_yes_to_another_time_is_asked_again() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let (ann, mo) = (house.person("sales", None).await, house.person("sales", None).await);
    let anna = customer(&house, "Anna", None).await;
    let mut fields = meeting(&anna);
    fields["attendees"] = json!([ann.me.id, mo.me.id]);
    fields["rrule"] = json!("FREQ=WEEKLY;COUNT=8");
    let made = put(&house.owner, fields).await;
    let asked = letters(&house, &mut office, 3).await;
    let link = |all: &[(String, Value)]| all.iter().find(|(to, _)| to.starts_with("anna")).map(|(_, l)| token(l)).unwrap();
    calendar::answer_by_link(&house.app, &link(&asked), Answer::Accepted).await.unwrap();
    calendar::answer(&ann, made.id, None, Answer::Accepted).await.unwrap();
    calendar::answer(&mo, made.id, None, Answer::Declined).await.unwrap();
    let read = async |id| stored::event(&records::get(&house.owner, Kind::Event, id).await.unwrap()).unwrap();
    let now = async || records::get(&house.owner, Kind::Event, made.id).await.unwrap();
    // Shorter, within what they said yes to, and less often: nobody is asked again.
    let shorter = change(&house.owner, &now().await, json!({"end": "2026-11-24T10:45:00+02:00", "title": "Short review"})).await;
    assert_eq!(read(made.id).await.answers.len(), 3);
    let slot = |day: &str| domain::calendar::Moment::parse(&format!("2026-12-{day}T08:00:00Z"));
    let part = |scope, slot, fields| Draft { id: Some(made.id), scope: Some(scope), slot, fields: object(fields), ..Draft::default() };
    // One occurrence elsewhere asks for that one, and for no other.
    let one = json!({"start": "2026-12-01T15:00:00+02:00", "end": "2026-12-01T15:45:00+02:00"});
    let draft = Draft { version: shorter.version, ..part(domain::calendar::series::Scope::This, slot("01"), one) };
    let one = calendar::save(&house.owner, &draft, None).await.unwrap().record;
    assert!(read(one.id).await.answers.is_empty());
    assert_eq!(read(made.id).await.answers.len(), 3);
    let titled =
        Draft { version: shorter.version, ..part(domain::calendar::series::Scope::This, slot("08"), json!({"title": "Long review"})) };
    let titled = calendar::save(&house.owner, &titled, None).await.unwrap().record;
    assert_eq!(read(titled.id).await.answers.len(), 3);
    // The rest of the series on another day.
    let rest = json!({"start": "2026-12-17T10:00:00+02:00", "end": "2026-12-17T10:45:00+02:00"});
    let draft = Draft { version: now().await.version, ..part(domain::calendar::series::Scope::Following, slot("15"), rest) };
    let rest = calendar::save(&house.owner, &draft, None).await.unwrap().record;
    assert!(read(rest.id).await.answers.is_empty());
    assert_eq!(read(made.id).await.answers.len(), 3, "those before stay as they were");

    house.later(30_000);
    sent(&house, &mut office).await;
    // All of it: whoever moves it comes, the others are asked.
    let all = object(json!({"start": "2026-11-24T16:00:00+02:00", "end": "2026-11-24T17:00:00+02:00"}));
    let draft = Draft { version: now().await.version, id: Some(made.id), fields: all, ..Draft::default() };
    let moved = calendar::save(&house.owner, &draft, None).await.unwrap();
    assert!(read(made.id).await.answers.is_empty());
    house.later(30_000);
    let got = sent(&house, &mut office).await;
    let anna = got.iter().find(|(to, _)| to.starts_with("anna")).map(|(_, l)| l).unwrap();
    let ics = anna["parts"]["text/calendar"].as_str().unwrap().replace("\r\n ", "");
    assert!(ics.contains("PARTSTAT=NEEDS-ACTION") && ics.contains("RSVP=TRUE") && !ics.contains("PARTSTAT=DECLINED"), "{ics}");
    // Taken back, everybody has said what they had said.
    service::history::undo(&house.owner, &moved.changes).await.unwrap();
    assert_eq!(read(made.id).await.answers.len(), 3);
}

/// The customer's own meeting was called off in the customer's own calendar.
#[tokio::test]
async fn forbidden_nobody_calls_off_a_meeting_to_which_others_invite() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let (owner, ann) = (&house.owner, house.person("sales", None).await);
    customer(&house, "Anna", None).await;
    let file = |start: &str, organiser: &str, uid: &str| {
        let people = format!("ORGANIZER:mailto:{organiser}\r\nATTENDEE:mailto:{}\r\nATTENDEE:mailto:anna@far.example\r\n", ann.me.email);
        format!(
            "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:{start}\r\nDURATION:PT1H\r\nSUMMARY:Theirs\r\n{people}END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    let import = async |text: &str| crate::import::take(owner, crate::import::look(owner, "a.ics", text).await).await;
    assert_eq!(import(&file("20261124T100000Z", "anna@far.example", "1@far")).await.created, 1);
    let query = domain::list::ListQuery::default();
    let found = async || records::list(owner, Kind::Event, &query).await.unwrap().records.remove(0);
    let theirs = found().await;
    assert_eq!(theirs.text("organised_by"), "anna@far.example");
    let refused = change_of(owner, &theirs, json!({"organised_by": ""})).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid { fields } if fields[0].code == "read_only"));
    let moved = change(owner, &theirs, json!({"start": "2026-11-24T14:00:00Z", "end": "2026-11-24T15:00:00Z"})).await;
    calendar::remove(owner, moved.id, None, None, None).await.unwrap();
    house.later(30_000);
    letters(&house, &mut office, 0).await;
    // Colleagues are told all the same.
    let heard: Vec<News> = notices::list(&ann, None, 10).await.unwrap().items.iter().map(|n| n.news).collect();
    assert_eq!(heard, [News::Cancelled, News::Moved]);
}

/// The letter about a date that was moved went out after its series had moved as well, under a name that no date had any more; and after
/// the series had been called off it brought the date back.
#[tokio::test]
async fn what_waits_about_one_date_is_left_to_the_letter_about_its_series() {
    use domain::calendar::Moment;
    use domain::calendar::series::Scope;
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let anna = customer(&house, "Anna", None).await;
    let mut fields = meeting(&anna);
    fields["rrule"] = json!("FREQ=WEEKLY;COUNT=5");
    let move_one = async |series: &Record| {
        let moved = json!({"start": "2026-12-02T08:00:00Z", "end": "2026-12-02T09:00:00Z"});
        let slot = Moment::parse("2026-12-01T08:00:00Z");
        let (id, scope) = (Some(series.id), Some(Scope::This));
        let draft = Draft { id, version: series.version, scope, slot, fields: object(moved), ..Draft::default() };
        calendar::save(&house.owner, &draft, None).await.unwrap();
        house.later(5_000);
        records::get(&house.owner, Kind::Event, series.id).await.unwrap()
    };
    let first = put(&house.owner, fields.clone()).await;
    letters(&house, &mut office, 1).await;
    let first = move_one(&first).await;
    change(&house.owner, &first, json!({"start": "2026-11-24T09:00:00Z", "end": "2026-11-24T10:00:00Z"})).await;
    house.later(26_000);
    letters(&house, &mut office, 0).await;
    house.later(60_000);
    let only = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!(property(&only, "RECURRENCE-ID").as_deref(), Some("20261201T110000"));

    fields["start"] = json!("2026-11-24T08:00:00Z");
    fields["end"] = json!("2026-11-24T09:00:00Z");
    let second = put(&house.owner, fields).await;
    letters(&house, &mut office, 1).await;
    move_one(&second).await;
    calendar::remove(&house.owner, second.id, None, None, None).await.unwrap();
    house.later(60_000);
    let only = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!(property(&only, "METHOD").as_deref(), Some("CANCEL"), "{}", only["subject"]);
    let text = only["parts"]["text/plain"].as_str().unwrap();
    assert!(text.contains("Every week on Tuesday, until 22 Dec 2026") && text.contains("The whole series"), "{text}");
}

/// What had gone out from here was moved by a file, and everybody kept the old time.
#[tokio::test]
async fn a_file_that_moves_what_went_out_from_here_tells_everybody() {
    let mut office = PostOffice::open("plain");
    let house = mail_house(settings(office.port, Security::Plain)).await;
    let anna = customer(&house, "Anna", None).await;
    let made = put(&house.owner, meeting(&anna)).await;
    let first = letters(&house, &mut office, 1).await.remove(0).1;
    let uid = property(&first, "UID").unwrap();
    let text = |method: &str, answer: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20261124T140000Z\r\nDURATION:PT1H\r\nSUMMARY:Review\r\nATTENDEE{answer}:mailto:anna@far.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    // One guest's words are not the meeting.
    let seen = crate::import::look(&house.owner, "a.ics", &text("REPLY", ";PARTSTAT=ACCEPTED")).await;
    let refused = service::import::dry_run(&house.owner, seen.upload, seen.guess).await.unwrap_err();
    assert_eq!(refused, Error::invalid("file", "ics_reply"));
    let report = crate::import::take(&house.owner, crate::import::look(&house.owner, "a.ics", &text("PUBLISH", "")).await).await;
    assert_eq!(report.updated, 1);
    house.later(30_000);
    let second = letters(&house, &mut office, 1).await.remove(0).1;
    assert!(second["subject"].as_str().unwrap().starts_with("Changed: Review"), "{}", second["subject"]);
    assert_eq!(records::get(&house.owner, Kind::Event, made.id).await.unwrap().text("start"), "2026-11-24T14:00:00.000Z");
    // Guests came at the file's hour when the file was taken back.
    service::import::undo_now(&house.owner, report.id).await.unwrap();
    house.later(30_000);
    let third = letters(&house, &mut office, 1).await.remove(0).1;
    assert_eq!(third["subject"], "Changed: Review, Tue 24 Nov 2026, 10:00–11:00 (Europe/Kyiv)");
}
