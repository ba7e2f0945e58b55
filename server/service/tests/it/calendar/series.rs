//! Series: one occurrence, this and the following, or all of them; and back again.

use domain::Error;
use domain::Record;
use domain::calendar::series::Scope;
use domain::calendar::view::{CalendarQuery, Draft};
use domain::calendar::{Answer, Moment};
use domain::time;
use serde_json::{Value, json};
use service::{Ctx, calendar, history, records};

use super::{change, meeting, save, with};
use crate::house::House;

/// Tuesdays at ten in Kyiv, five times from 24 November 2026 on.
fn weekly() -> Value {
    with(meeting("10:00", "11:00"), json!({"title": "Weekly", "rrule": "FREQ=WEEKLY;COUNT=5"}))
}

fn slot(day: &str) -> Moment {
    Moment::parse(&format!("{day}T08:00:00Z")).unwrap()
}

/// Start (UTC) and title of what a person has from the end of November to the end of the year.
async fn shown(ctx: &Ctx) -> Vec<String> {
    let day = |d: &str| time::parse_date(d).unwrap();
    let query = CalendarQuery { from: day("2026-11-23"), to: day("2027-01-01"), ..CalendarQuery::default() };
    let page = calendar::page(ctx, &query).await.unwrap();
    page.items.iter().map(|i| format!("{} {}", time::instant(i.span.start)[5..16].replace('T', " "), i.title)).collect()
}

fn of_series(record: &Record, scope: Scope, day: &str, fields: Value) -> Draft {
    Draft { scope: Some(scope), slot: Some(slot(day)), ..change(record, fields) }
}

#[tokio::test]
async fn one_occurrence_is_moved_and_undo_puts_it_back() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let series = save(&ann, weekly()).await.record;
    let before = shown(&ann).await;
    assert_eq!(before, ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-08 08:00 Weekly", "12-15 08:00 Weekly", "12-22 08:00 Weekly"]);
    let moved = json!({"start": "2026-12-02T08:00:00Z", "end": "2026-12-02T09:00:00Z", "title": "Once on Wednesday"});
    let one = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-01", moved), None).await.unwrap();
    assert!(one.conflicts.is_empty(), "not against its own series: {:?}", one.conflicts);
    let after = shown(&ann).await;
    assert_eq!((after[1].as_str(), after.len()), ("12-02 08:00 Once on Wednesday", 5));
    // What stands for it is what is changed from then on, by whatever name it is called.
    let again = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-01", json!({"title": "Again"})), None).await.unwrap();
    assert_eq!((again.record.id, shown(&ann).await[1].as_str()), (one.record.id, "12-02 08:00 Again"));
    let nowhere = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-02", json!({"title": "x"})), None).await;
    assert_eq!(nowhere.err(), Some(Error::invalid("slot", "no_occurrence")));
    history::undo(&ann, &again.changes).await.unwrap();
    history::undo(&ann, &one.changes).await.unwrap();
    assert_eq!(shown(&ann).await, before);
}

#[tokio::test]
async fn this_and_the_following_part_from_the_series() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let series = save(&ann, weekly()).await.record;
    calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-15", json!({"title": "Once"})), None).await.unwrap();
    let before = shown(&ann).await;
    let later = json!({"start": "2026-12-09T09:00:00Z", "end": "2026-12-09T09:30:00Z", "title": "Later"});
    let saved = calendar::save(&ann, &of_series(&series, Scope::Following, "2026-12-08", later), None).await.unwrap();
    assert!(saved.conflicts.is_empty(), "{:?}", saved.conflicts);
    let after = ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-09 09:00 Later", "12-16 09:00 Once", "12-23 09:00 Later"];
    assert_eq!(shown(&ann).await, after);
    // Taken back together, all is as before.
    history::undo(&ann, &saved.changes).await.unwrap();
    assert_eq!(shown(&ann).await, before);
}

#[tokio::test]
async fn all_of_a_series_moves_with_what_stands_for_single_ones() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let series = save(&ann, weekly()).await.record;
    calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-15", json!({"title": "Once"})), None).await.unwrap();
    let hour_later = json!({"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"});
    calendar::save(&ann, &of_series(&series, Scope::All, "2026-12-01", hour_later), None).await.unwrap();
    let after = ["11-24 09:00 Weekly", "12-01 09:00 Weekly", "12-08 09:00 Weekly", "12-15 09:00 Once", "12-22 09:00 Weekly"];
    assert_eq!(shown(&ann).await, after);
}

#[tokio::test]
async fn occurrences_are_taken_out() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let series = save(&ann, weekly()).await.record;
    let once = of_series(&series, Scope::This, "2026-12-01", json!({"title": "Once"}));
    let once = calendar::save(&ann, &once, None).await.unwrap().record;
    // What stood for an occurrence does not leave it behind.
    calendar::remove(&ann, once.id, None, None, None).await.unwrap();
    calendar::remove(&ann, series.id, None, Some(Scope::This), Some(slot("2026-12-08"))).await.unwrap();
    assert_eq!(shown(&ann).await, ["11-24 08:00 Weekly", "12-15 08:00 Weekly", "12-22 08:00 Weekly"]);
    let done = calendar::remove(&ann, series.id, None, Some(Scope::Following), Some(slot("2026-12-15"))).await.unwrap();
    assert_eq!(shown(&ann).await, ["11-24 08:00 Weekly"]);
    history::undo(&ann, &done.changes).await.unwrap();
    assert_eq!(shown(&ann).await.len(), 3);
    calendar::remove(&ann, series.id, None, None, None).await.unwrap();
    assert!(shown(&ann).await.is_empty());
}

#[tokio::test]
async fn a_series_binned_from_a_list_takes_its_single_ones_along() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let series = save(&ann, weekly()).await.record;
    calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-01", json!({"title": "Once"})), None).await.unwrap();
    service::records::remove(&ann, domain::Kind::Event, series.id, None).await.unwrap();
    assert!(shown(&ann).await.is_empty());
    service::records::restore(&ann, domain::Kind::Event, series.id).await.unwrap();
    assert_eq!(shown(&ann).await[1], "12-01 08:00 Once");
}

/// Somebody thought that all of ten years had been looked at.
#[tokio::test]
async fn it_is_said_until_when_a_series_was_looked_at() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let until = async |rule: &str| {
        let fields = with(meeting("10:00", "11:00"), json!({"rrule": rule, "busy": true}));
        let checked = calendar::check(&ann, &super::draft(fields.clone())).await.unwrap();
        let saved = save(&ann, fields).await;
        assert_eq!(saved.checked_until, checked.checked_until);
        calendar::remove(&ann, saved.record.id, None, None, None).await.unwrap();
        checked.checked_until.map(|t| t[..10].to_owned())
    };
    assert_eq!(until("FREQ=WEEKLY;COUNT=5").await, None);
    assert_eq!(until("FREQ=WEEKLY;COUNT=520").await.as_deref(), Some("2027-12-28"), "400 days");
    assert_eq!(until("FREQ=MONTHLY").await.as_deref(), Some("2027-12-28"));
    // So many occurrences are looked at, and no more.
    assert_eq!(until("FREQ=DAILY;BYHOUR=10,12").await.as_deref(), Some("2027-07-31"));
    let free = with(meeting("10:00", "11:00"), json!({"rrule": "FREQ=WEEKLY", "busy": false}));
    assert_eq!(save(&ann, free).await.checked_until, None, "it takes no time");
}

/// An answer to one occurrence made an item of it that stayed behind when all were moved, renamed or called off.
#[tokio::test]
async fn an_answered_occurrence_goes_along_with_its_series() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    let said = calendar::answer(&bob, series.id, Some(slot("2026-12-08")), Answer::Declined).await.unwrap().record;
    calendar::answer(&bob, series.id, Some(slot("2026-12-15")), Answer::Accepted).await.unwrap();
    let hour_later = json!({"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z", "title": "Later", "place": "Blue room"});
    let moved = calendar::save(&ann, &of_series(&series, Scope::All, "2026-12-01", hour_later), None).await.unwrap();
    let after = ["11-24 09:00 Later", "12-01 09:00 Later", "12-08 09:00 Later", "12-15 09:00 Later", "12-22 09:00 Later"];
    assert_eq!(shown(&ann).await, after);
    let one = records::get(&ann, domain::Kind::Event, said.id).await.unwrap();
    assert_eq!((one.text("place"), one.fields.get("answers")), ("Blue room", None), "asked anew: it was said of another time");
    // Whoever says yes to all of them says it of these too.
    calendar::answer(&bob, series.id, None, Answer::Accepted).await.unwrap();
    let one = records::get(&ann, domain::Kind::Event, said.id).await.unwrap();
    assert_eq!(one.fields["answers"][bob.me.id.to_string()], "accepted");
    // Split off there, it goes with what follows; and all of it can be called off.
    let following = of_series(&moved.record, Scope::Following, "2026-12-08", json!({"title": "Rest"}));
    let following = Draft { slot: Some(Moment::parse("2026-12-08T09:00:00Z").unwrap()), version: 3, ..following };
    let rest = calendar::save(&ann, &following, None).await.unwrap().record;
    assert_eq!(shown(&ann).await[2..], ["12-08 09:00 Rest", "12-15 09:00 Rest", "12-22 09:00 Rest"]);
    let off = calendar::save(&ann, &change(&rest, json!({"status": "cancelled"})), None).await.unwrap();
    for id in [said.id, rest.id] {
        assert_eq!(records::get(&ann, domain::Kind::Event, id).await.unwrap().text("status"), "cancelled");
    }
    history::undo(&ann, &off.changes).await.unwrap();
    assert_eq!(records::get(&ann, domain::Kind::Event, said.id).await.unwrap().text("status"), "confirmed");
}

#[tokio::test]
async fn what_was_changed_about_one_occurrence_alone_stays_and_the_rest_goes_along() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let eve = house.person("sales", None).await;
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    let moved = json!({"start": "2026-12-09T12:00:00Z", "end": "2026-12-09T13:00:00Z"});
    let moved = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-08", moved), None).await.unwrap().record;
    let named = of_series(&series, Scope::This, "2026-12-15", json!({"title": "Once", "attendees": []}));
    let named = calendar::save(&ann, &named, None).await.unwrap().record;
    let change = json!({"title": "Renamed", "attendees": [bob.me.id, eve.me.id], "busy": false});
    let saved = calendar::save(&ann, &of_series(&series, Scope::All, "2026-11-24", change), None).await.unwrap().record;
    let after = ["11-24 08:00 Renamed", "12-01 08:00 Renamed", "12-09 12:00 Renamed", "12-15 08:00 Once", "12-22 08:00 Renamed"];
    assert_eq!(shown(&ann).await, after);
    let get = async |id| records::get(&ann, domain::Kind::Event, id).await.unwrap();
    assert_eq!(get(moved.id).await.ids_of("attendees"), [bob.me.id, eve.me.id]);
    assert_eq!(get(named.id).await.ids_of("attendees"), [eve.me.id], "who was taken off this one stays off");
    assert_eq!(get(named.id).await.fields["busy"], false);
    // A list and its bulk acts are no other door.
    let patch = domain::record::Patch {
        fields: crate::house::object(json!({"place": "Hall"})),
        version: saved.version,
        base: domain::Fields::new(),
    };
    records::update(&ann, domain::Kind::Event, series.id, patch).await.unwrap();
    assert_eq!(get(moved.id).await.text("place"), "Hall");
}

/// An occurrence that somebody had answered was called off for everybody and stayed.
#[tokio::test]
async fn an_occurrence_that_was_answered_is_taken_out_by_the_name_of_its_series_and_leads_to_it() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    for day in ["2026-12-08", "2026-12-15"] {
        calendar::answer(&bob, series.id, Some(slot(day)), Answer::Accepted).await.unwrap();
    }
    calendar::remove(&ann, series.id, None, Some(Scope::This), Some(slot("2026-12-08"))).await.unwrap();
    assert_eq!(shown(&ann).await, ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-15 08:00 Weekly", "12-22 08:00 Weekly"]);
    let part = calendar::answer(&bob, series.id, Some(slot("2026-12-15")), Answer::Tentative).await.unwrap().record;
    let later = Draft { scope: Some(Scope::All), ..change(&part, json!({"title": "All of them"})) };
    calendar::save(&ann, &later, None).await.unwrap();
    assert!(shown(&ann).await.iter().all(|line| line.ends_with("All of them")));
}

/// From its own history a series came back alone.
#[tokio::test]
async fn a_change_of_a_series_taken_back_from_its_history_takes_along_what_went_with_it() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    calendar::answer(&bob, series.id, Some(slot("2026-12-08")), Answer::Accepted).await.unwrap();
    let hour_later = json!({"start": "2026-11-24T09:00:00Z", "end": "2026-11-24T10:00:00Z", "title": "Later"});
    let moved = calendar::save(&ann, &change(&series, hour_later), None).await.unwrap();
    assert_eq!(shown(&ann).await[2], "12-08 09:00 Later");
    history::undo(&ann, &moved.changes[..1]).await.unwrap();
    assert_eq!(
        shown(&ann).await,
        ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-08 08:00 Weekly", "12-15 08:00 Weekly", "12-22 08:00 Weekly"]
    );
}

/// A rule that has no place for them left them behind as ghosts.
#[tokio::test]
async fn what_a_new_rule_has_no_place_for_goes() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    let moved = json!({"start": "2026-12-16T12:00:00Z", "end": "2026-12-16T13:00:00Z"});
    calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-15", moved), None).await.unwrap();
    calendar::answer(&bob, series.id, Some(slot("2026-12-01")), Answer::Accepted).await.unwrap();
    let shorter = calendar::save(&ann, &change(&series, json!({"rrule": "FREQ=WEEKLY;COUNT=3"})), None).await.unwrap();
    assert_eq!(shown(&ann).await, ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-08 08:00 Weekly"]);
    history::undo(&ann, &shorter.changes).await.unwrap();
    assert_eq!(shown(&ann).await.len(), 5);
    let series = records::get(&ann, domain::Kind::Event, series.id).await.unwrap();
    // Another hour and another rule in one: each keeps its day.
    let both = json!({"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z", "rrule": "FREQ=WEEKLY;COUNT=4"});
    let series = calendar::save(&ann, &change(&series, both), None).await.unwrap().record;
    assert_eq!(shown(&ann).await, ["11-24 10:00 Weekly", "12-01 10:00 Weekly", "12-08 10:00 Weekly", "12-16 12:00 Weekly"]);
    calendar::save(&ann, &change(&series, json!({"rrule": null})), None).await.unwrap();
    assert_eq!(shown(&ann).await, ["11-24 10:00 Weekly"]);
}

/// What was before the cut was told again, as if it had come by it.
#[tokio::test]
async fn what_is_cut_off_a_series_stands_against_nothing_new() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    save(&ann, with(meeting("10:30", "10:45"), json!({"title": "Other"}))).await;
    let series = save(&ann, weekly()).await;
    assert_eq!(series.conflicts.len(), 1);
    let later = of_series(&series.record, Scope::Following, "2026-12-08", json!({"title": "Rest"}));
    assert_eq!(calendar::save(&ann, &later, None).await.unwrap().conflicts, []);
}

/// What had been moved, answered or called off alone stood at its series' hours again, as if nothing had been said.
#[tokio::test]
async fn a_series_out_of_the_bin_has_what_stood_alone_again() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    let moved = json!({"start": "2026-12-02T12:00:00Z", "end": "2026-12-02T13:00:00Z"});
    let moved = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-01", moved), None).await.unwrap().record;
    let said = calendar::answer(&bob, series.id, Some(slot("2026-12-08")), Answer::Declined).await.unwrap().record;
    calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-15", json!({"status": "cancelled"})), None).await.unwrap();
    // This one was taken out for itself before, and stays out.
    let out = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-22", json!({"title": "x"})), None).await.unwrap().record;
    calendar::remove(&ann, out.id, None, None, None).await.unwrap();
    let before = shown(&ann).await;
    house.later(1_000);
    calendar::remove(&ann, series.id, None, None, None).await.unwrap();
    assert!(shown(&ann).await.is_empty());
    let alone = records::restore(&ann, domain::Kind::Event, moved.id).await.err();
    assert!(matches!(&alone, Some(Error::Invalid { fields }) if fields[0].code == "series_in_bin"), "{alone:?}");
    records::restore(&ann, domain::Kind::Event, series.id).await.unwrap();
    assert_eq!(shown(&ann).await, before);
    let said = records::get(&ann, domain::Kind::Event, said.id).await.unwrap();
    assert_eq!(said.fields["answers"][bob.me.id.to_string()], "declined");
}

/// Whoever opens an occurrence that somebody answered or that stands elsewhere still means the series, when they say so.
#[tokio::test]
async fn from_an_occurrence_that_stands_alone_the_following_and_all_are_meant() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id]}))).await.record;
    let moved = json!({"start": "2026-12-08T12:00:00Z", "end": "2026-12-08T13:00:00Z"});
    let moved = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-08", moved), None).await.unwrap().record;
    let page = calendar::event(&ann, moved.id, None).await.unwrap();
    assert!(page.within.is_some_and(|s| s.rrule.is_some()), "the page says how it recurs");
    // The one that was named goes there as well, though it stood elsewhere.
    let later = json!({"start": "2026-12-08T15:00:00Z", "end": "2026-12-08T16:00:00Z"});
    let following = Draft { scope: Some(Scope::Following), ..change(&moved, later) };
    let saved = calendar::save(&ann, &following, None).await.unwrap();
    let after = ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-08 15:00 Weekly", "12-15 15:00 Weekly", "12-22 15:00 Weekly"];
    assert_eq!(shown(&ann).await, after);
    history::undo(&ann, &saved.changes).await.unwrap();
    assert_eq!(shown(&ann).await[2..], ["12-08 12:00 Weekly", "12-15 08:00 Weekly", "12-22 08:00 Weekly"]);
    let cut = calendar::remove(&ann, moved.id, None, Some(Scope::Following), None).await.unwrap();
    assert_eq!(shown(&ann).await, ["11-24 08:00 Weekly", "12-01 08:00 Weekly"]);
    history::undo(&ann, &cut.changes).await.unwrap();
    assert_eq!(shown(&ann).await.len(), 5);
    calendar::remove(&ann, moved.id, None, Some(Scope::All), None).await.unwrap();
    assert!(shown(&ann).await.is_empty());
}

/// Saving was refused for what an answered occurrence met at its new hour, and the look before had said nothing of it: nobody saw why.
#[tokio::test]
async fn what_goes_along_is_looked_at_before_as_it_is_when_it_is_saved() {
    let house = House::new().await;
    let (ann, bob, eve) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let series = save(&ann, with(weekly(), json!({"attendees": [bob.me.id, eve.me.id]}))).await.record;
    calendar::answer(&bob, series.id, Some(slot("2026-12-08")), Answer::Declined).await.unwrap();
    save(&eve, json!({"title": "Hers", "start": "2026-12-08T10:00:00Z", "end": "2026-12-08T11:00:00Z", "zone": "Europe/Kyiv"})).await;
    let later = json!({"start": "2026-12-08T10:00:00Z", "end": "2026-12-08T11:00:00Z"});
    for scope in [Scope::Following, Scope::All] {
        let draft = of_series(&series, scope, "2026-12-08", later.clone());
        let seen = calendar::check(&ann, &draft).await.unwrap();
        assert_eq!(seen.conflicts.iter().map(|c| c.who.id).collect::<Vec<_>>(), [eve.me.id], "{scope:?}");
        let refused = calendar::save(&ann, &Draft { on_conflict: domain::calendar::view::OnConflict::Reject, ..draft }, None).await;
        assert!(matches!(refused, Err(Error::Clash { .. })), "{scope:?}");
    }
}

/// "Tuesday and Thursday" made into "Monday and Thursday" kept its first Tuesday, which counted.
#[tokio::test]
async fn other_weekdays_leave_none_of_the_old_ones() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let days = with(meeting("10:00", "11:00"), json!({"title": "Weekly", "rrule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4"}));
    let series = save(&ann, days).await.record;
    let other = json!({"rrule": "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4"});
    let saved = calendar::save(&ann, &of_series(&series, Scope::All, "2026-12-03", other), None).await.unwrap();
    let after = ["11-26 08:00 Weekly", "11-30 08:00 Weekly", "12-03 08:00 Weekly", "12-07 08:00 Weekly"];
    assert_eq!(shown(&ann).await, after);
    history::undo(&ann, &saved.changes).await.unwrap();
    assert_eq!(shown(&ann).await[0], "11-24 08:00 Weekly");
}
