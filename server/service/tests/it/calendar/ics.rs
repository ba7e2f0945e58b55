//! Files that other calendars read.

use domain::calendar::Answer;
use domain::calendar::series::Scope;
use domain::calendar::view::Draft;
use domain::list::ListQuery;
use domain::{Error, Kind, Record};
use futures::TryStreamExt;
use serde_json::json;
use service::export::{Format, export};
use service::{Ctx, calendar};

use super::{House, change, meeting, save, with};

async fn file(ctx: &Ctx) -> String {
    let pieces: Vec<bytes::Bytes> =
        export(ctx, Kind::Event, &ListQuery::default(), &[], Format::Ics).await.unwrap().try_collect().await.unwrap();
    String::from_utf8(pieces.concat()).unwrap().replace("\r\n ", "")
}

fn lines<'a>(file: &'a str, start: &str) -> Vec<&'a str> {
    file.split("\r\n").filter(|l| l.starts_with(start)).collect()
}

fn weekly() -> serde_json::Value {
    with(meeting("10:00", "11:00"), json!({"rrule": "FREQ=WEEKLY;UNTIL=20261231", "exdate": ["2026-12-08"]}))
}

#[tokio::test]
async fn a_file_has_nothing_of_what_its_reader_may_not_see() {
    let house = House::new().await;
    let (ann, guest) = (house.person("sales", None).await, house.person("read_only", None).await);
    save(&ann, with(meeting("10:00", "11:00"), json!({"title": "Secret talk", "private": true}))).await;
    assert!(file(&ann).await.contains("SUMMARY:Secret talk"));
    assert!(!file(&house.owner).await.contains("VEVENT"), "not even the time: the list has no such item");
    assert_eq!(export(&guest, Kind::Event, &ListQuery::default(), &[], Format::Ics).await.err(), Some(Error::Forbidden));
    let deals = export(&house.owner, Kind::Deal, &ListQuery::default(), &[], Format::Ics).await;
    assert!(matches!(deals.err(), Some(Error::Invalid { .. })), "deals have no time");
}

#[tokio::test]
async fn an_item_says_who_when_and_how_long_before_to_be_told() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling", "emails": ["s@acme.example"]})).await;
    let room = house.create(Kind::Resource, json!({"name": "Blue room", "type": "room"})).await;
    let all = json!({
        "title": "Review; <b>all</b>, twice", "place": "Київ", "body": "one\ntwo", "attendees": [bob.me.id], "contacts": [contact.id],
        "resources": [room.id], "reminders": [{"minutes": 15, "way": "email"}], "travel_before": 20,
    });
    let made = save(&ann, with(weekly(), all)).await.record;
    calendar::answer(&bob, made.id, None, Answer::Tentative).await.unwrap();
    let file = file(&ann).await;
    for line in [
        format!("UID:{}@rapport", made.id),
        "SEQUENCE:1".to_owned(),
        "DTSTART;TZID=Europe/Kyiv:20261124T100000".to_owned(),
        "DTEND;TZID=Europe/Kyiv:20261124T110000".to_owned(),
        "RRULE:FREQ=WEEKLY;UNTIL=20261231T215959Z".to_owned(),
        "EXDATE;TZID=Europe/Kyiv:20261208T100000".to_owned(),
        "SUMMARY:Review\\; <b>all</b>\\, twice".to_owned(),
        "LOCATION:Київ".to_owned(),
        "DESCRIPTION:one\\ntwo".to_owned(),
        format!("ORGANIZER;CN=The sales:mailto:{}", ann.me.email),
        format!("ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=TENTATIVE;RSVP=FALSE;CN=The sales:mailto:{}", bob.me.email),
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Snelling:mailto:s@acme.example".to_owned(),
        format!("ATTENDEE;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE;CN=Blue room:urn:uuid:{}", room.id),
        "ACTION:EMAIL".to_owned(),
        "TRIGGER:-PT15M".to_owned(),
        "X-RAPPORT-TRAVEL-BEFORE:20".to_owned(),
    ] {
        assert!(file.contains(&format!("\r\n{line}\r\n")), "{line}\n{file}");
    }
    assert_eq!(lines(&file, "TZID:"), ["TZID:Europe/Kyiv"]);
}

#[tokio::test]
async fn days_are_days_without_a_zone() {
    let house = House::new().await;
    save(&house.owner, json!({"kind": "leave", "start": "2026-11-24", "end": "2026-11-26"})).await;
    let file = file(&house.owner).await;
    assert!(file.contains("DTSTART;VALUE=DATE:20261124\r\nDTEND;VALUE=DATE:20261126\r\n"), "{file}");
    assert!(!file.contains("VTIMEZONE"));
}

async fn one_of_the_series(house: &House) -> (Record, Record) {
    let series = save(&house.owner, weekly()).await.record;
    let slot = domain::calendar::Moment::parse("2026-12-01T08:00:00Z");
    let moved = json!({"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T11:00:00Z"});
    let part = Draft { scope: Some(Scope::This), slot, ..change(&series, moved) };
    let part = calendar::save(&house.owner, &part, None).await.unwrap().record;
    (series, part)
}

#[tokio::test]
async fn an_occurrence_that_was_moved_names_its_series() {
    let house = House::new().await;
    let (series, part) = one_of_the_series(&house).await;
    let all = file(&house.owner).await;
    let uid = format!("UID:{}@rapport", series.id);
    assert_eq!(lines(&all, "UID:"), [uid.as_str(), uid.as_str()]);
    assert_eq!(lines(&all, "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Kyiv:20261201T100000"]);
    // Alone it is an item of its own: nobody could find its series.
    let only = service::export::export_chosen(&house.owner, Kind::Event, vec![part.id], &[], Format::Ics).await.unwrap();
    let only = String::from_utf8(only.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    assert!(only.contains(&format!("UID:{}@rapport", part.id)) && !only.contains("RECURRENCE-ID"), "{only}");
    // And its series leaves it out.
    let only = service::export::export_chosen(&house.owner, Kind::Event, vec![series.id], &[], Format::Ics).await.unwrap();
    let only = String::from_utf8(only.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    assert_eq!(lines(&only, "EXDATE"), ["EXDATE;TZID=Europe/Kyiv:20261201T100000", "EXDATE;TZID=Europe/Kyiv:20261208T100000"]);
}

/// Both halves went out under the name that the series came with, so other calendars showed one of them.
#[tokio::test]
async fn a_series_that_is_split_does_not_go_by_one_name_twice() {
    let house = House::new().await;
    let series = save(&house.owner, with(weekly(), json!({"external_id": "abc@elsewhere"}))).await.record;
    let slot = domain::calendar::Moment::parse("2026-12-15T08:00:00Z");
    let rest = Draft { scope: Some(Scope::Following), slot, ..change(&series, json!({"title": "New"})) };
    calendar::save(&house.owner, &rest, None).await.unwrap();
    let file = file(&house.owner).await;
    let uids = lines(&file, "UID:");
    assert_eq!(uids.len(), 2);
    assert!(uids.contains(&"UID:abc@elsewhere") && uids[0] != uids[1], "{uids:?}");
}
