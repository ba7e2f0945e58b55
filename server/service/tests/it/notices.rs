//! Notices: those whom a change concerns are told, nobody else, and never oneself; everybody reads their own only.

use domain::calendar::view::{Draft, Saved};
use domain::calendar::{Answer, Moment};
use domain::live::LiveEvent;
use domain::notices::{Aspect, Daily, News, Notice, Preferences};
use domain::{Error, Kind, Record};
use futures::StreamExt;
use serde_json::{Value, json};
use service::{Ctx, calendar, history, live, notices, records};

use crate::house::{House, object};

/// Tuesday 24 November 2026; hours of Kyiv (UTC+2).
fn meeting(guests: &[&Ctx]) -> Value {
    let ids: Vec<_> = guests.iter().map(|g| g.me.id).collect();
    json!({
        "title": "Review", "place": "Blue room", "start": "2026-11-24T10:00:00+02:00", "end": "2026-11-24T11:00:00+02:00",
        "zone": "Europe/Kyiv", "attendees": ids,
    })
}

async fn save(ctx: &Ctx, fields: Value) -> Saved {
    calendar::save(ctx, &Draft { fields: object(fields), ..Draft::default() }, None).await.expect("saved")
}

async fn change(ctx: &Ctx, record: &Record, fields: Value) -> Saved {
    let draft = Draft { id: Some(record.id), version: record.version, fields: object(fields), ..Draft::default() };
    calendar::save(ctx, &draft, None).await.expect("changed")
}

async fn all(ctx: &Ctx) -> Vec<Notice> {
    notices::list(ctx, None, 100).await.expect("notices").items
}

async fn news(ctx: &Ctx) -> Vec<News> {
    all(ctx).await.iter().map(|n| n.news).collect()
}

#[tokio::test]
async fn forbidden_nobody_reads_marks_or_snoozes_what_others_were_told() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    save(&ann, meeting(&[&bob])).await;
    let told = all(&bob).await;
    assert_eq!(told.len(), 1);
    assert!(all(&ann).await.is_empty() && all(&house.owner).await.is_empty());
    notices::mark_read(&ann, Some(&[told[0].id.clone(), format!("../{}/{}", bob.me.id, told[0].id)])).await.unwrap();
    assert_eq!(notices::unread(&bob).await.unwrap(), 1, "hers to read");
    assert_eq!(notices::snooze(&ann, &told[0].id, 5).await.unwrap_err(), Error::NotFound);
    let Error::Invalid { fields } = notices::snooze(&bob, &told[0].id, 5).await.unwrap_err() else {
        panic!("an invitation is no reminder")
    };
    assert_eq!(fields[0].code, "no_reminder");
    let nobody = house.app.system("job");
    assert_eq!(notices::list(&nobody, None, 10).await.unwrap_err(), Error::Forbidden);
    let scope = domain::auth::TokenScope::Read;
    let reader = Ctx { via: service::Via::Token { id: bob.me.id, scope }, ..bob.clone() };
    assert_eq!(notices::mark_read(&reader, None).await.unwrap_err(), Error::Forbidden);
    assert_eq!(notices::save_preferences(&reader, &Preferences::default()).await.unwrap_err(), Error::Forbidden);
}

#[tokio::test]
async fn those_concerned_hear_of_it_and_never_the_one_who_did_it() {
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let made = save(&ann, meeting(&[&ann, &bob])).await.record;
    let told = all(&bob).await.pop().unwrap();
    assert_eq!(
        (told.news, told.title.as_str(), told.actor_name.as_str(), told.read),
        (News::Invited, "Review", ann.me.name.as_str(), false)
    );
    assert_eq!(told.start, Moment::parse("2026-11-24T08:00:00Z"));

    let renamed = change(&ann, &made, json!({"title": "Second review"})).await.record;
    let told = all(&bob).await;
    assert_eq!((told[0].news, told[0].aspect, told[0].was), (News::Changed, Some(Aspect::Title), None), "what it is called there, too");
    let moved = change(&ann, &renamed, json!({"start": "2026-11-24T14:00:00+02:00", "end": "2026-11-24T15:00:00+02:00"})).await.record;
    let told = all(&bob).await;
    assert_eq!((told[0].news, told[0].was), (News::Moved, Moment::parse("2026-11-24T08:00:00Z")), "the newest first");
    let elsewhere = change(&ann, &moved, json!({"place": "Green room", "attendees": [ann.me.id, bob.me.id, eve.me.id]})).await.record;
    assert_eq!(news(&eve).await, [News::Invited]);
    assert_eq!(news(&bob).await[0], News::Changed);

    calendar::answer(&bob, elsewhere.id, None, Answer::Declined).await.unwrap();
    let heard = all(&ann).await;
    assert_eq!((heard.len(), heard[0].news, heard[0].answer), (1, News::Answered, Some(Answer::Declined)));
    assert_eq!(heard[0].actor_name, bob.me.name);
    calendar::remove(&ann, elsewhere.id, None, None, None).await.unwrap();
    assert_eq!(news(&eve).await[0], News::Cancelled);
    assert_eq!(news(&bob).await[0], News::Changed, "who declined has nothing to take out of the day");
    assert_eq!(news(&ann).await.len(), 1, "never of one's own doing");
    assert!(news(&house.owner).await.is_empty());
}

#[tokio::test]
async fn one_occurrence_is_told_of_alone() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let mut weekly = meeting(&[&bob]);
    weekly["rrule"] = json!("FREQ=WEEKLY;COUNT=5");
    let made = save(&ann, weekly).await.record;
    let slot = Moment::parse("2026-12-01T08:00:00Z");
    let this = Some(domain::calendar::series::Scope::This);
    let later = json!({"start": "2026-12-01T12:00:00+02:00", "end": "2026-12-01T13:00:00+02:00"});
    let draft = Draft { id: Some(made.id), version: made.version, scope: this, slot, fields: object(later), ..Draft::default() };
    calendar::save(&ann, &draft, None).await.unwrap();
    let told = all(&bob).await;
    assert_eq!((told.len(), told[0].news, told[0].was), (2, News::Moved, slot));
    let left = Moment::parse("2026-12-08T08:00:00Z");
    calendar::remove(&ann, made.id, None, this, left).await.unwrap();
    let told = all(&bob).await;
    assert_eq!((told.len(), told[0].news, told[0].slot), (3, News::Cancelled, left));
}

/// One move was three pieces of news, of which one told of a day that had not moved; its undo told that it was cancelled.
#[tokio::test]
async fn this_and_the_following_are_one_piece_of_news() {
    use domain::calendar::series::Scope;
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let mut weekly = meeting(&[&bob, &eve]);
    weekly["rrule"] = json!("FREQ=WEEKLY;COUNT=5");
    let made = save(&ann, weekly).await.record;
    assert_eq!(all(&bob).await[0].reach, Some(Scope::All));
    let at = |text: &str| Moment::parse(text);
    let slot = at("2026-12-08T08:00:00Z");
    calendar::answer(&bob, made.id, at("2026-12-15T08:00:00Z"), Answer::Accepted).await.unwrap();
    assert_eq!(all(&ann).await[0].reach, Some(Scope::This));
    let later = json!({"start": "2026-12-08T12:00:00Z", "end": "2026-12-08T13:00:00Z", "attendees": [bob.me.id]});
    let draft =
        Draft { id: Some(made.id), version: made.version, scope: Some(Scope::Following), slot, fields: object(later), ..Draft::default() };
    let saved = calendar::save(&ann, &draft, None).await.unwrap();
    let told = all(&bob).await;
    assert_eq!(
        (told.len(), told[0].news, told[0].reach, told[0].start, told[0].was),
        (2, News::Moved, Some(Scope::Following), at("2026-12-08T12:00:00Z"), slot)
    );
    let off = all(&eve).await;
    assert_eq!((off.len(), off[0].news, off[0].reach, off[0].start), (2, News::Uninvited, Some(Scope::Following), slot));
    history::undo(&ann, &saved.changes).await.unwrap();
    let told = all(&bob).await;
    assert_eq!((told.len(), told[0].news, told[0].start, told[0].was), (3, News::Moved, slot, at("2026-12-08T12:00:00Z")));
    assert_eq!((all(&eve).await.len(), news(&eve).await[0]), (3, News::Invited));
    // Called off from there on.
    let cut = calendar::remove(&ann, made.id, None, Some(Scope::Following), slot).await.unwrap();
    let told = all(&bob).await;
    assert_eq!((told.len(), told[0].news, told[0].reach, told[0].start), (4, News::Cancelled, Some(Scope::Following), slot));
    history::undo(&ann, &cut.changes).await.unwrap();
    assert!(news(&bob).await.len() <= 6 && !news(&bob).await[..news(&bob).await.len() - 4].contains(&News::Cancelled));
}

/// Each occurrence that somebody had answered was told of once more.
#[tokio::test]
async fn of_what_goes_along_with_its_series_nobody_hears_twice() {
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let mut weekly = meeting(&[&bob]);
    weekly["rrule"] = json!("FREQ=WEEKLY;COUNT=5");
    let made = save(&ann, weekly).await.record;
    for day in ["2026-12-01", "2026-12-08"] {
        let slot = Moment::parse(&format!("{day}T08:00:00Z"));
        calendar::answer(&bob, made.id, slot, Answer::Accepted).await.unwrap();
    }
    assert_eq!(news(&ann).await, [News::Answered, News::Answered]);
    let later = json!({"start": "2026-11-24T12:00:00+02:00", "end": "2026-11-24T13:00:00+02:00", "attendees": [bob.me.id, eve.me.id]});
    let made = change(&ann, &made, later).await.record;
    assert_eq!(news(&bob).await, [News::Moved, News::Invited]);
    assert_eq!(news(&eve).await, [News::Invited]);
    calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap();
    assert_eq!(news(&ann).await.len(), 3, "once for all of them");
    let made = records::get(&ann, Kind::Event, made.id).await.unwrap();
    change(&ann, &made, json!({"status": "cancelled"})).await;
    assert_eq!(news(&eve).await, [News::Cancelled, News::Invited]);
}

#[tokio::test]
async fn what_is_over_and_what_nobody_did_by_hand_is_told_to_nobody() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let mut past = meeting(&[&bob]);
    (past["start"], past["end"]) = (json!("2026-11-20T10:00:00+02:00"), json!("2026-11-20T11:00:00+02:00"));
    save(&ann, past).await;
    save(&house.app.system("seed"), meeting(&[&bob])).await;
    assert!(news(&bob).await.is_empty());
}

#[tokio::test]
async fn whoever_was_taken_off_a_private_item_reads_no_word_of_it() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let mut quiet = meeting(&[&bob]);
    quiet["private"] = json!(true);
    let made = save(&ann, quiet).await.record;
    assert_eq!(all(&bob).await[0].title, "Review");
    change(&ann, &made, json!({"attendees": [ann.me.id]})).await;
    let told = all(&bob).await;
    assert_eq!(told[0].news, News::Uninvited);
    assert!(told.iter().all(|n| n.title.is_empty() && n.place.is_empty() && n.start.is_some()), "{told:?}");
}

#[tokio::test]
async fn open_screens_hear_that_there_is_something_new() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let mut stream = live::subscribe(&bob, None).await.unwrap();
    let made = save(&ann, meeting(&[&bob])).await.record;
    let heard = tokio::time::timeout(
        std::time::Duration::from_secs(60),
        stream.by_ref().any(|(_, e)| futures::future::ready(e == LiveEvent::Notices)),
    )
    .await;
    assert_eq!(heard, Ok(true));
    let left = notices::mark_read(&bob, None).await.unwrap();
    assert_eq!((left, all(&bob).await[0].read), (0, true));
    records::remove(&ann, Kind::Event, made.id, None).await.unwrap();
    assert_eq!(notices::unread(&bob).await.unwrap(), 1, "through every door");
}

#[tokio::test]
async fn wishes_are_kept_and_bad_ones_named() {
    let house = House::new().await;
    assert_eq!(notices::preferences(&house.owner).await.unwrap(), Preferences::default());
    let wish = Preferences { mail: false, digest: Daily::Email, digest_at: "06:45".into(), birthday_days: 0, contract_days: 0 };
    notices::save_preferences(&house.owner, &wish).await.unwrap();
    assert_eq!(notices::preferences(&house.owner).await.unwrap(), wish);
    let bad = Preferences { digest_at: "25:00".into(), birthday_days: 99, contract_days: 200, ..wish };
    let Error::Invalid { fields } = notices::save_preferences(&house.owner, &bad).await.unwrap_err() else { panic!("another error") };
    assert_eq!(fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["digest_at", "birthday_days", "contract_days"]);
}
