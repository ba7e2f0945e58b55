//! Secret addresses: what they open, and for whom they close.

use domain::calendar::Answer;
use domain::calendar::feed::{Detail, FeedOf, FeedWish, NewFeed};
use domain::record::Patch;
use domain::{Error, Id, Kind};
use serde_json::{Value, json};
use service::{Ctx, calendar, records};

use super::{House, meeting, save, with};
use crate::house::object;

async fn made(ctx: &Ctx, of: FeedOf, detail: Detail) -> NewFeed {
    calendar::create_feed(ctx, &FeedWish { of, detail }).await.expect("made")
}

fn secret(feed: &NewFeed) -> &str {
    feed.path.strip_prefix("/calendar/").unwrap().strip_suffix(".ics").unwrap()
}

async fn read(house: &House, feed: &NewFeed) -> Result<String, Error> {
    let served = calendar::feed(&house.app, secret(feed), None, |_| "Busy".into()).await?;
    Ok(served.body.unwrap().replace("\r\n ", ""))
}

async fn change(house: &House, kind: Kind, id: Id, fields: Value) {
    let now = records::get(&house.owner, kind, id).await.unwrap();
    let patch = Patch { fields: object(fields), version: now.version, ..Patch::default() };
    records::update(&house.owner, kind, id, patch).await.unwrap();
}

#[tokio::test]
async fn nobody_makes_an_address_for_what_is_not_theirs() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "North"})).await;
    let (ann, bob) = (house.person("sales", Some(team.id)).await, house.person("manager", None).await);
    let wish = |of| FeedWish { of, detail: Detail::Busy };
    for of in [FeedOf::User(ann.me.id), FeedOf::Team(team.id)] {
        assert_eq!(calendar::create_feed(&bob, &wish(of)).await.err(), Some(Error::Forbidden), "{of:?}");
    }
    let nobody = FeedOf::User(Id(uuid::Uuid::from_u128(7)));
    assert!(matches!(calendar::create_feed(&ann, &wish(nobody)).await, Err(Error::Invalid { .. })));
    assert!(!calendar::feed_choices(&bob).unwrap().iter().any(|(of, _)| *of == FeedOf::User(ann.me.id)));
    // Those who run the house may, and whoever belongs to the team.
    made(&house.owner, FeedOf::User(ann.me.id), Detail::Full).await;
    let hers = made(&ann, FeedOf::Team(team.id), Detail::Full).await;
    // Nobody sees, renews or takes back somebody else's.
    assert!(calendar::feeds(&bob).await.unwrap().is_empty());
    assert_eq!(calendar::renew_feed(&bob, hers.info.id).await.err(), Some(Error::NotFound));
    assert_eq!(calendar::revoke_feed(&house.owner, hers.info.id).await.err(), Some(Error::NotFound));
}

#[tokio::test]
async fn an_address_opens_nothing_once_it_is_renewed_revoked_or_its_person_is_gone() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let first = made(&ann, FeedOf::User(ann.me.id), Detail::Full).await;
    assert!(read(&house, &first).await.unwrap().contains("BEGIN:VCALENDAR"));
    let second = calendar::renew_feed(&ann, first.info.id).await.unwrap();
    assert_eq!(read(&house, &first).await, Err(Error::NotFound));
    assert!(read(&house, &second).await.is_ok());
    assert_eq!(calendar::feeds(&ann).await.unwrap().len(), 1, "the same feed, under another address");
    change(&house, Kind::User, ann.me.id, json!({"disabled": true})).await;
    assert_eq!(read(&house, &second).await, Err(Error::NotFound));
    change(&house, Kind::User, ann.me.id, json!({"disabled": false})).await;
    calendar::revoke_feed(&ann, second.info.id).await.unwrap();
    assert_eq!(read(&house, &second).await, Err(Error::NotFound));
    for guess in ["", "rc_", "rc_../../x", "rt_abc"] {
        assert_eq!(calendar::feed(&house.app, guess, None, |_| String::new()).await.err(), Some(Error::NotFound));
    }
}

#[tokio::test]
async fn what_is_private_or_masked_is_taken_time_and_nothing_else() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let room = house.create(Kind::Resource, json!({"name": "Blue room", "type": "room"})).await;
    let words = json!({"title": "Secret talk", "place": "Bank", "body": "hush", "private": true, "resources": [room.id]});
    save(&ann, with(meeting("10:00", "11:00"), words)).await;
    save(&ann, with(meeting("12:00", "13:00"), json!({"title": "Open talk", "resources": [room.id]}))).await;
    let hers = read(&house, &made(&ann, FeedOf::User(ann.me.id), Detail::Full).await).await.unwrap();
    assert!(hers.contains("SUMMARY:Secret talk") && hers.contains("SUMMARY:Open talk"));
    let masked = read(&house, &made(&ann, FeedOf::User(ann.me.id), Detail::Busy).await).await.unwrap();
    let of_room = read(&house, &made(&bob, FeedOf::Resource(room.id), Detail::Full).await).await.unwrap();
    assert!(of_room.contains("SUMMARY:Open talk") && !masked.contains("Open talk"));
    for file in [&masked, &of_room] {
        for word in ["Secret", "Bank", "hush", "PRIVATE"] {
            assert!(!file.contains(word), "{word} in {file}");
        }
        assert!(file.contains("SUMMARY:Busy\r\n") && file.contains("DTSTART;TZID=Europe/Kyiv:20261124T100000"));
    }
    assert!(!masked.contains("ORGANIZER") && !masked.contains("\r\nLOCATION"));
}

#[tokio::test]
async fn a_feed_has_what_its_subject_has_and_says_when_nothing_changed() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "North"})).await;
    let (ann, bob) = (house.person("sales", Some(team.id)).await, house.person("sales", Some(team.id)).await);
    let made_item = save(&ann, with(meeting("10:00", "11:00"), json!({"title": "One", "attendees": [bob.me.id]}))).await.record;
    save(&house.owner, with(meeting("10:00", "11:00"), json!({"title": "Elsewhere"}))).await;
    let his = made(&bob, FeedOf::User(bob.me.id), Detail::Full).await;
    let theirs = made(&bob, FeedOf::Team(team.id), Detail::Full).await;
    let serve = async |known: Option<&str>| calendar::feed(&house.app, secret(&his), known, |_| "Busy".into()).await.unwrap();
    let first = serve(None).await;
    assert!(first.body.as_deref().unwrap().contains("SUMMARY:One") && !first.body.unwrap().contains("Elsewhere"));
    assert_eq!(read(&house, &theirs).await.unwrap().matches("BEGIN:VEVENT").count(), 1, "two of the team take part: one item");
    assert!(serve(Some(&format!("W/{}, \"x\"", first.etag))).await.body.is_none());
    calendar::answer(&bob, made_item.id, None, Answer::Declined).await.unwrap();
    let second = serve(Some(&first.etag)).await;
    assert!(!second.body.expect("changed").contains("SUMMARY:One"), "declined");
}
