//! An item in other hands: who may give it to whom, what becomes of answers, who is told, and the way back.

use domain::calendar::series::Scope;
use domain::calendar::view::{Draft, Shown};
use domain::calendar::{Answer, ConflictKind, Moment};
use domain::notices::News;
use domain::record::Patch;
use domain::{Error, Id, Kind};
use serde_json::json;
use service::{Ctx, calendar, history, notices, records};

use super::{change, kinds, meeting, save, week, with};
use crate::house::{House, object};

async fn news(ctx: &Ctx) -> Vec<News> {
    notices::list(ctx, None, 100).await.expect("notices").items.iter().map(|n| n.news).collect()
}

async fn lies_with(ctx: &Ctx, of: Id) -> Vec<Shown> {
    week(ctx, &[of]).await.items
}

/// An undo is a change as well: of what somebody else gave one, it would put the item into the calendar where it came from.
#[tokio::test]
async fn forbidden_nobody_gives_an_item_back_by_an_undo_where_they_may_give_none() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let theirs = save(&bob, meeting("10:00", "11:00")).await.record;
    let given = calendar::save(&house.owner, &change(&theirs, json!({"organiser": ann.me.id})), None).await.unwrap();
    assert_eq!(history::undo(&ann, &given.changes).await.err(), Some(Error::Forbidden));
    history::undo(&house.owner, &given.changes).await.expect("who gave it takes it back");
    assert_eq!(records::get(&house.owner, Kind::Event, theirs.id).await.unwrap().id_of("organiser"), Some(bob.me.id));
}

#[tokio::test]
async fn forbidden_nobody_puts_an_item_into_hands_for_which_they_may_make_none() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let own = save(&ann, meeting("10:00", "11:00")).await.record;
    let theirs = json!({"organiser": bob.me.id});
    // It may not be made, so it may not become so: not by the calendar, not of an occurrence, not by the fields of a record.
    let made = calendar::save(&ann, &super::draft(with(meeting("12:00", "13:00"), theirs.clone())), None).await;
    assert_eq!(made.err(), Some(Error::Forbidden));
    assert_eq!(calendar::save(&ann, &change(&own, theirs.clone()), None).await.err(), Some(Error::Forbidden));
    assert_eq!(calendar::check(&ann, &change(&own, theirs.clone())).await.err(), Some(Error::Forbidden));
    let patch = Patch { version: own.version, base: domain::Fields::new(), fields: object(theirs.clone()) };
    assert_eq!(records::update(&ann, Kind::Event, own.id, patch).await.err(), Some(Error::Forbidden));
    let series = save(&ann, with(meeting("14:00", "15:00"), json!({"rrule": "FREQ=DAILY;COUNT=3"}))).await.record;
    for scope in [Scope::This, Scope::Following, Scope::All] {
        let slot = Moment::parse("2026-11-25T12:00:00Z");
        let wish = Draft { scope: Some(scope), slot, ..change(&series, theirs.clone()) };
        assert_eq!(calendar::save(&ann, &wish, None).await.err(), Some(Error::Forbidden), "{scope:?}");
    }
    // Whose item it is not, they do not even take to themselves.
    let of_bob = save(&bob, with(meeting("16:00", "17:00"), json!({"attendees": [ann.me.id]}))).await.record;
    let taken = calendar::save(&ann, &change(&of_bob, json!({"organiser": ann.me.id})), None).await;
    assert_eq!(taken.err(), Some(Error::Forbidden));
    assert!(lies_with(&bob, bob.me.id).await.iter().all(|i| i.organiser == Some(bob.me.id)));
    assert!(news(&bob).await.is_empty());
}

#[tokio::test]
async fn forbidden_a_manager_gives_items_to_their_own_team_only() {
    let house = House::new().await;
    let boss = house.person("manager", None).await;
    let team = house.create(Kind::Team, json!({"name": "East", "manager": boss.me.id})).await;
    let (ann, bob) = (house.person("sales", Some(team.id)).await, house.person("sales", Some(team.id)).await);
    let stranger = house.person("sales", None).await;
    // Signed in again: the team has grown since.
    let boss = service::auth::act_as(&house.app, &boss.me.email).await.unwrap();
    let item = save(&ann, meeting("10:00", "11:00")).await.record;
    let away = calendar::save(&boss, &change(&item, json!({"organiser": stranger.me.id})), None).await;
    assert_eq!(away.err(), Some(Error::Forbidden));
    let given = calendar::save(&boss, &change(&item, json!({"organiser": bob.me.id})), None).await.unwrap();
    assert_eq!(lies_with(&boss, bob.me.id).await.len(), 1);
    assert!(lies_with(&boss, ann.me.id).await.is_empty());
    // Those whom it concerns are told, once each; and undo gives it back.
    assert_eq!((news(&bob).await, news(&ann).await, news(&boss).await), (vec![News::Invited], vec![News::Uninvited], vec![]));
    history::undo(&boss, &given.changes).await.unwrap();
    assert_eq!(lies_with(&boss, ann.me.id).await.len(), 1);
    assert!(lies_with(&boss, bob.me.id).await.is_empty());
}

#[tokio::test]
async fn another_attendee_begins_unanswered_and_clashes_with_what_they_have() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let (bob, cat) = (house.person("sales", None).await, house.person("sales", None).await);
    save(&cat, meeting("10:30", "11:30")).await;
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    let declined = calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap().record;
    let over = calendar::save(&ann, &change(&declined, json!({"attendees": [cat.me.id]})), None).await.unwrap();
    assert_eq!(kinds(&over), [ConflictKind::Attendee]);
    assert_eq!(over.conflicts[0].who.id, cat.me.id, "the new one, not the old");
    assert!(news(&cat).await.contains(&News::Invited));
    // Asked again, who declined once begins anew.
    let back = calendar::save(&ann, &change(&over.record, json!({"attendees": [bob.me.id]})), None).await.unwrap();
    assert!(back.record.fields.get("answers").is_none(), "{:?}", back.record.fields.get("answers"));
    assert_eq!(lies_with(&bob, bob.me.id).await[0].answer, Some(Answer::Pending));
}

#[tokio::test]
async fn of_a_series_one_occurrence_the_following_or_all_change_hands() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    for (scope, with_bob) in [(Scope::This, 1), (Scope::Following, 2), (Scope::All, 3)] {
        let title = format!("{scope:?}");
        let fields = json!({"title": title, "rrule": "FREQ=DAILY;COUNT=3"});
        let series = save(&house.owner, with(meeting("10:00", "11:00"), with(fields, json!({"organiser": ann.me.id})))).await.record;
        let slot = Moment::parse("2026-11-25T08:00:00Z");
        let wish = Draft { scope: Some(scope), slot, ..change(&series, json!({"organiser": bob.me.id})) };
        let saved = calendar::save(&house.owner, &wish, None).await.unwrap();
        let of = async |who: &Ctx| lies_with(who, who.me.id).await.iter().filter(|i| i.title == title).count();
        assert_eq!((of(&ann).await, of(&bob).await), (3 - with_bob, with_bob), "{title}");
        history::undo(&house.owner, &saved.changes).await.unwrap();
        assert_eq!((of(&ann).await, of(&bob).await), (3, 0), "{title} taken back");
    }
}

/// What somebody does behind "Busy" was to be read from its kind, and from how an alert was called.
#[tokio::test]
async fn forbidden_a_private_leave_is_taken_time_like_any_other() {
    use domain::calendar::diary::TakenBy;
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let leave = json!({"title": "Clinic", "kind": "leave", "private": true, "travel_before": 45});
    save(&bob, with(meeting("10:00", "11:00"), leave)).await;
    let shown = lies_with(&ann, bob.me.id).await.remove(0);
    assert_eq!((shown.masked, shown.kind, shown.travel_before), (true, domain::calendar::ItemKind::Meeting, 0));
    let together = with(meeting("10:30", "11:30"), json!({"attendees": [bob.me.id]}));
    assert_eq!(kinds(&save(&ann, together).await), [ConflictKind::Attendee]);
    let of = calendar::Of { users: &[bob.me.id], ..Default::default() };
    let told = async |ctx: &Ctx| calendar::free_busy(ctx, of, "2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z").await.unwrap()[0].taken[0].by;
    assert_eq!((told(&ann).await, told(&bob).await), (TakenBy::Busy, TakenBy::Leave));
    assert_eq!(lies_with(&bob, bob.me.id).await[0].kind, domain::calendar::ItemKind::Leave);
}

/// A colleague's calendar stood still on the screen while private items came, moved and went.
#[tokio::test]
async fn whoever_looks_at_a_calendar_hears_that_private_items_change_and_not_which() {
    use domain::live::LiveEvent;
    use futures::StreamExt;
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let mut stream = service::live::subscribe(&ann, None).await.unwrap();
    let mut next = async || {
        let wait = async {
            loop {
                if let Some((_, event @ (LiveEvent::Bulk { .. } | LiveEvent::Change(_)))) = stream.next().await {
                    return event;
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("an event")
    };
    let hidden = LiveEvent::Bulk { kind: Kind::Event, count: 0 };
    let made = save(&bob, with(meeting("10:00", "11:00"), json!({"private": true}))).await.record;
    assert_eq!(next().await, hidden);
    let later = json!({"start": "2026-11-24T14:00:00+02:00", "end": "2026-11-24T15:00:00+02:00"});
    calendar::save(&bob, &change(&made, later), None).await.unwrap();
    assert_eq!(next().await, hidden);
    calendar::remove(&bob, made.id, None, None, None).await.unwrap();
    assert_eq!(next().await, hidden);
}
