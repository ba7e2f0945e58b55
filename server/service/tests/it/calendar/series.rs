//! Series: one occurrence, this and the following, or all of them; and back again.

use domain::Error;
use domain::Record;
use domain::calendar::Moment;
use domain::calendar::series::Scope;
use domain::calendar::view::{CalendarQuery, Draft};
use domain::time;
use serde_json::{Value, json};
use service::{Ctx, calendar, history};

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
    // Its own occurrence is no longer there to be changed a second time.
    let again = calendar::save(&ann, &of_series(&series, Scope::This, "2026-12-01", json!({"title": "x"})), None).await;
    assert_eq!(again.err(), Some(Error::invalid("slot", "no_occurrence")));
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
    let after = ["11-24 08:00 Weekly", "12-01 08:00 Weekly", "12-09 09:00 Later", "12-15 08:00 Once", "12-23 09:00 Later"];
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
    let after = ["11-24 09:00 Weekly", "12-01 09:00 Weekly", "12-08 09:00 Weekly", "12-15 08:00 Once", "12-22 09:00 Weekly"];
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
