//! Items of the calendar and what can be booked as rows of a table: when they are, who takes part, what stands against them.

use domain::calendar::event::ReminderWay;
use domain::calendar::view::{Habits, Whose};
use domain::calendar::{ItemKind, Level, Moment, Policy, Rule, stored};
use domain::import::{ColumnMap, Reading, Rejected};
use domain::{Error, Id};
use serde_json::json;

use super::*;
use crate::house::House;

/// (row, column, code) of every reason.
fn reasons(rejects: &[Rejected]) -> Vec<(i64, &str, &str)> {
    rejects.iter().flat_map(|r| r.errors.iter().map(|e| (r.row, e.column.as_str(), e.error.code.as_str()))).collect()
}

fn when(list: &[Record], title: &str) -> (String, String) {
    let event = stored::event(named(list, title)).unwrap();
    (event.start.to_string(), event.end.to_string())
}

#[tokio::test]
async fn nobody_imports_items_without_the_right_or_into_the_calendar_of_whom_they_may_not_book() {
    let house = House::new().await;
    let (ann, mo) = (house.person("sales", None).await, house.person("manager", None).await);
    let text = format!("subject,start,end,organizer\nTheirs,2026-11-24 10:00,2026-11-24 11:00,{}\n", house.owner.me.email);
    assert_eq!(import::inspect(&ann, "events.csv", Bytes::from(text.clone())).await.err(), Some(Error::Forbidden));
    let report = take(&mo, look(&mo, "events.csv", &text).await).await;
    assert_eq!((report.created, reasons(&report.rejects)), (0, vec![(2, "", "import_forbidden")]));
    assert!(all(&house.owner, Kind::Event).await.is_empty());
}

#[tokio::test]
async fn a_table_of_items_has_everything_that_a_form_has() {
    let house = House::new().await;
    let owner = &house.owner;
    let ann = house.person("sales", None).await;
    let room = house.create(Kind::Resource, json!({"name": "Blue room", "type": "room"})).await;
    let acme = house.create(Kind::Company, json!({"name": "Acme"})).await;
    let lee = house.create(Kind::Contact, json!({"family_name": "Lee", "emails": ["lee@acme.example"], "company": acme.id})).await;
    let guest = house.create(Kind::Contact, json!({"given_name": "Bo", "family_name": "Guest", "emails": ["bo@acme.example"]})).await;
    let text = format!(
        "title,kind,start,end,zone,organiser,attendees,contacts,company,resources,place,busy,private,travel,reminders,rrule,exdate\n\
         Weekly,visit,2026-11-24 10:00,2026-11-24 11:30,Asia/Tokyo,Олена Коваленко,\"{}, bo@acme.example\",Lee,Acme,Blue room,Street 1,free,yes,20,15;60,FREQ=WEEKLY;COUNT=4,2026-12-01 10:00\n",
        ann.me.email
    );
    let seen = look(owner, "meetings.csv", &text).await;
    assert_eq!((seen.guess.kind, seen.certain, seen.guess.match_field.as_str()), (Kind::Event, true, "title"), "{:?}", seen.guess.map);
    let report = take(owner, seen).await;
    assert_eq!((report.created, report.rejected), (1, 0), "{:?} {:?}", report.rejects, report.unknown);
    let found = all(owner, Kind::Event).await;
    let event = stored::event(named(&found, "Weekly")).unwrap();
    assert_eq!((event.kind, event.zone.as_str(), event.place.as_str()), (ItemKind::Visit, "Asia/Tokyo", "Street 1"));
    assert_eq!(when(&found, "Weekly"), ("2026-11-24T01:00:00.000Z".into(), "2026-11-24T02:30:00.000Z".into()));
    assert_eq!((event.organiser, event.attendees.as_slice()), (Some(owner.me.id), [ann.me.id].as_slice()));
    let mut customers = event.contacts.clone();
    customers.sort_unstable();
    let mut both = vec![lee.id, guest.id];
    both.sort_unstable();
    assert_eq!(customers, both, "a customer among the attendees is one of the contacts");
    assert_eq!((event.company, event.resources.as_slice()), (Some(acme.id), [room.id].as_slice()));
    assert_eq!((event.busy, event.private, event.travel_before), (false, true, 20));
    assert_eq!(event.reminders.iter().map(|r| (r.minutes, r.way)).collect::<Vec<_>>(), [(15, ReminderWay::App), (60, ReminderWay::App)]);
    assert_eq!(event.rrule, Rule::parse("FREQ=WEEKLY;COUNT=4").ok());
    assert_eq!(event.exdate, [Moment::parse("2026-12-01T01:00:00Z").unwrap()]);
    // The same file again makes nothing twice; with another place it changes the item.
    let again = take(owner, look(owner, "meetings.csv", &text).await).await;
    assert_eq!((again.created, again.updated, again.duplicate), (0, 0, 1));
    let moved = take(owner, look(owner, "meetings.csv", &text.replace("Street 1", "Street 2")).await).await;
    assert_eq!((moved.created, moved.updated), (0, 1));
    // And both are taken back.
    import::undo_now(owner, moved.id).await.unwrap();
    assert_eq!(named(&all(owner, Kind::Event).await, "Weekly").text("place"), "Street 1");
    import::undo_now(owner, report.id).await.unwrap();
    assert!(all(owner, Kind::Event).await.is_empty());
}

/// A table without a column for the end once made one day of every leave that it changed.
#[tokio::test]
async fn what_a_table_does_not_say_of_the_end_shortens_nothing() {
    let house = House::new().await;
    let owner = &house.owner;
    let whole = "title,kind,start,end,place\nSummer,leave,2026-07-06,2026-07-10,\n";
    take(owner, look(owner, "leaves.csv", whole).await).await;
    let before = when(&all(owner, Kind::Event).await, "Summer");
    let part = "title,kind,start,place\nSummer,leave,2026-07-06,Lviv\nNew one,leave,2026-08-03,\n";
    let report = take(owner, look(owner, "leaves.csv", part).await).await;
    assert_eq!((report.created, report.updated), (1, 1), "{:?}", report.rejects);
    let found = all(owner, Kind::Event).await;
    assert_eq!((when(&found, "Summer"), named(&found, "Summer").text("place")), (before, "Lviv"));
    assert_eq!(when(&found, "New one"), ("2026-08-03".into(), "2026-08-04".into()));
}

#[tokio::test]
async fn a_time_without_an_offset_is_that_of_its_row_or_of_whoever_imports() {
    let house = House::new().await;
    // The owner lives in Kyiv.
    let text = "title,start,end,time zone\n\
        Mine,2026-07-01 09:00,2026-07-01 10:00,\n\
        Row,2026-07-01 09:00,2026-07-01 10:00,America/New_York\n\
        Windows,2026-07-01 09:00,2026-07-01 10:00,Tokyo Standard Time\n\
        Offset,2026-07-01T09:00:00+05:45,2026-07-01T10:00:00+05:45,Europe/Paris\n\
        Gap,2026-03-29 03:30,2026-03-29 05:00,\n\
        Nowhere,2026-07-01 09:00,2026-07-01 10:00,Mars/Olympus\n";
    let report = take(&house.owner, look(&house.owner, "events.csv", text).await).await;
    assert_eq!(reasons(&report.rejects), [(7, "time zone", "zone")]);
    let found = all(&house.owner, Kind::Event).await;
    let starts = ["Mine", "Row", "Windows", "Offset", "Gap"].map(|t| when(&found, t).0);
    let want = ["06:00:00", "13:00:00", "00:00:00", "03:15:00"].map(|t| format!("2026-07-01T{t}.000Z"));
    assert_eq!(starts[..4], want);
    assert_eq!(starts[4], "2026-03-29T01:30:00.000Z", "a time that the clock skips keeps the offset from before");
    assert_eq!(
        ["Mine", "Row", "Windows", "Offset"].map(|t| named(&found, t).text("zone").to_owned()),
        ["Europe/Kyiv", "America/New_York", "Asia/Tokyo", "Europe/Paris"]
    );
    // The plan's zone holds for rows that name none.
    let mut seen = look(&house.owner, "events.csv", "title,start,end\nPlan,2026-07-02 09:00,2026-07-02 10:00\n").await;
    seen.guess.defaults.insert("zone".into(), "Asia/Tokyo".into());
    take(&house.owner, seen).await;
    assert_eq!(when(&all(&house.owner, Kind::Event).await, "Plan").0, "2026-07-02T00:00:00.000Z");
}

#[tokio::test]
async fn the_tables_of_other_calendars_are_understood() {
    let house = House::new().await;
    // As Outlook and Google write them: day and time apart, and whole days.
    let text = "Subject,Start Date,Start Time,End Date,End Time,All day event,Description,Location,Private\n\
        Call,11/24/2026,2:00:00 PM,11/24/2026,2:30:00 PM,False,,,False\n\
        Leave,11/25/2026,,11/27/2026,,True,,,True\n\
        Fair,11/30/2026,12:00:00 AM,12/1/2026,12:00:00 AM,True,,,False\n";
    let report = take(&house.owner, look(&house.owner, "calendar.csv", text).await).await;
    assert_eq!((report.created, report.rejected), (3, 0), "{:?}", report.rejects);
    let found = all(&house.owner, Kind::Event).await;
    assert_eq!(when(&found, "Call"), ("2026-11-24T12:00:00.000Z".into(), "2026-11-24T12:30:00.000Z".into()));
    assert_eq!(when(&found, "Leave"), ("2026-11-25".into(), "2026-11-28".into()), "the last day belongs to it");
    assert_eq!(when(&found, "Fair"), ("2026-11-30".into(), "2026-12-01".into()), "until midnight is that day");
    // A length in place of an end, an end that is a time of day, a day alone.
    let text = "title,start,end,duration\nLong,2026-12-02 10:00,,1:30\nClock,2026-12-02 13:00,14:15,\nDay,2026-12-03,,\n";
    let report = take(&house.owner, look(&house.owner, "events.csv", text).await).await;
    assert_eq!((report.created, report.rejected), (3, 0), "{:?}", report.rejects);
    let found = all(&house.owner, Kind::Event).await;
    assert_eq!(when(&found, "Long").1, "2026-12-02T09:30:00.000Z");
    assert_eq!(when(&found, "Clock"), ("2026-12-02T11:00:00.000Z".into(), "2026-12-02T12:15:00.000Z".into()));
    assert_eq!(when(&found, "Day"), ("2026-12-03".into(), "2026-12-04".into()));
}

#[tokio::test]
async fn what_is_wrong_with_a_row_names_its_column_and_the_rest_comes_in() {
    let house = House::new().await;
    let text = "title,start,end,rrule,duration\n\
        Good,2026-11-24 10:00,2026-11-24 11:00,,\n\
        Back,2026-11-24 10:00,2026-11-24 09:00,,\n\
        Open,2026-11-24 10:00,,,\n\
        Word,next week,2026-11-24 09:00,,\n\
        First,0001-01-01 10:00,0001-01-01 11:00,,\n\
        Last,9999-12-30 10:00,9999-12-30 11:00,,\n\
        Never,2026-11-24 10:00,2026-11-24 11:00,FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,\n\
        Much,2026-11-24 10:00,2026-11-24 11:00,FREQ=SECONDLY,\n\
        No rule,2026-11-24 10:00,2026-11-24 11:00,every monday,\n\
        Soon,2026-11-24 10:00,,,soon\n\
        <script>alert(1)</script>,2026-11-25 10:00,2026-11-25 11:00,,\n";
    let report = take(&house.owner, look(&house.owner, "events.csv", text).await).await;
    let found = reasons(&report.rejects);
    let want = [
        (3, "end", "end_before_start"),
        (4, "end", "required"),
        (5, "start", "import_moment"),
        (6, "start", "date_range"),
        (6, "end", "date_range"),
        (7, "start", "date_range"),
        (7, "end", "date_range"),
        (8, "rrule", "rule_never"),
        (9, "rrule", "rule_too_often"),
    ];
    assert_eq!(found[..want.len()], want, "{found:?}");
    assert_eq!((found[want.len()].0, found[want.len()].1), (10, "rrule"));
    assert!(found.contains(&(11, "end", "minutes_or_clock")) || found.contains(&(11, "duration", "minutes_or_clock")), "{found:?}");
    assert_eq!((report.created, report.rejected), (2, 9));
    named(&all(&house.owner, Kind::Event).await, "<script>alert(1)</script>");
}

#[tokio::test]
async fn ten_thousand_people_in_a_row_harm_nobody() {
    let house = House::new().await;
    let row = |crowd: Vec<String>| format!("title,start,end,attendees\nCrowd,2026-11-24 10:00,2026-11-24 11:00,{}\n", crowd.join(";"));
    // Nobody knows them: they are named, and the item comes in without them.
    let seen = look(&house.owner, "events.csv", &row((0..10_000).map(|n| format!("somebody{n}")).collect())).await;
    let report = take(&house.owner, seen).await;
    assert_eq!((report.created, report.unknown.len()), (1, 500));
    let ids = (0..10_000).map(|n| Id(uuid::Uuid::from_u128(n)).to_string()).collect();
    let report = take(&house.owner, look(&house.owner, "events.csv", &row(ids)).await).await;
    assert_eq!(reasons(&report.rejects), [(2, "attendees", "too_long")]);
}

#[tokio::test]
async fn what_stands_against_a_row_is_told_and_what_a_rule_forbids_stays_out() {
    let house = House::new().await;
    let owner = &house.owner;
    house.create(Kind::Event, json!({"title": "Mine", "start": "2026-11-24T08:30:00Z", "end": "2026-11-24T09:30:00Z"})).await;
    // The third stands against the second of the same file.
    let text = "title,start,end\nFree,2026-11-25 10:00,2026-11-25 11:00\nOne,2026-11-24 11:00,2026-11-24 12:00\nTwo,2026-11-25 10:30,2026-11-25 11:30\n";
    let seen = look(owner, "events.csv", text).await;
    let dry = import::dry_run(owner, seen.upload, seen.guess.clone()).await.unwrap();
    let told = |r: &ImportReport| {
        let one = |c: &domain::import::ImportClash| {
            (c.row, c.title.clone(), c.conflict.with.as_ref().and_then(|w| w.title.clone()).unwrap_or_default())
        };
        r.clashing.iter().map(one).collect::<Vec<_>>()
    };
    let want = vec![(3, "One".to_owned(), "Mine".to_owned()), (4, "Two".to_owned(), "Free".to_owned())];
    assert_eq!((dry.created, dry.clashes, told(&dry)), (3, 2, want.clone()));
    let report = take(owner, seen.clone()).await;
    assert_eq!((report.created, report.clashes, told(&report)), (3, 2, want));
    import::undo_now(owner, report.id).await.unwrap();
    let strict = Policy { people: Level::Strict, ..Policy::default() };
    service::calendar::save_habits(owner, Whose::House, Habits { conflict_rules: Some(strict), ..Habits::default() }).await.unwrap();
    let report = take(owner, seen).await;
    assert_eq!((report.created, reasons(&report.rejects)), (1, vec![(3, "start", "ics_clash"), (4, "start", "ics_clash")]));
    let who = &report.rejects[0].errors[0].error.params;
    assert!(who.iter().any(|(name, value)| name == "who" && value == "Олена Коваленко"), "{who:?}");
}

#[tokio::test]
async fn rooms_of_one_file_are_booked_by_the_next() {
    let house = House::new().await;
    let owner = &house.owner;
    let rooms = "Room name,Seats,Building\nBlue,8,North\nRed,many,South\n";
    let meetings = "subject,start,end,room\nOne,2026-11-24 10:00,2026-11-24 11:00,Blue\nTwo,2026-11-24 10:30,2026-11-24 11:30,Green\n";
    let rooms = look(owner, "rooms.csv", rooms).await;
    assert_eq!((rooms.guess.kind, rooms.guess.defaults.get("type")), (Kind::Resource, Some(&json!("room"))));
    let meetings = look(owner, "meetings.csv", meetings).await;
    let (dry, ahead) = import::dry_run_after(owner, rooms.upload, rooms.guess.clone(), &import::Ahead::default()).await.unwrap();
    assert_eq!((dry.created, reasons(&dry.rejects)), (1, vec![(3, "Seats", "int")]));
    let (dry, _) = import::dry_run_after(owner, meetings.upload, meetings.guess.clone(), &ahead).await.unwrap();
    assert_eq!((dry.created, dry.rejected), (2, 0), "{:?}", dry.rejects);
    take(owner, rooms).await;
    let report = take(owner, meetings).await;
    assert_eq!((report.created, report.rejected), (2, 0));
    // No room is made because somebody names one.
    let unknown: Vec<_> = report.unknown.iter().map(|u| (u.field.as_str(), u.value.as_str())).collect();
    assert_eq!(unknown, [("resources", "Green")]);
    let blue = named(&all(owner, Kind::Resource).await, "Blue").id;
    let found = all(owner, Kind::Event).await;
    assert_eq!((named(&found, "One").ids_of("resources"), named(&found, "Two").ids_of("resources")), (vec![blue], vec![]));
}

#[tokio::test]
async fn an_export_comes_back_as_the_same_items() {
    use futures::TryStreamExt;
    let house = House::new().await;
    let owner = &house.owner;
    house.create(Kind::Event, json!({"title": "Leave", "type": "leave", "start": "2026-12-01", "end": "2026-12-05"})).await;
    house.create(Kind::Event, json!({"title": "One day", "start": "2026-12-07", "end": "2026-12-07"})).await;
    let weekly = json!({"title": "Weekly", "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z", "zone": "Asia/Tokyo",
        "rrule": "FREQ=WEEKLY;COUNT=5", "exdate": ["2026-12-01T08:00:00Z"]});
    house.create(Kind::Event, weekly).await;
    let before = all(owner, Kind::Event).await;
    for format in [service::export::Format::Csv, service::export::Format::Xlsx] {
        let pieces = service::export::export(owner, Kind::Event, &ListQuery::default(), &[], format).await.unwrap();
        let file = pieces.try_collect::<Vec<_>>().await.unwrap().concat();
        let seen = import::inspect(owner, "events.csv", Bytes::from(file)).await.unwrap();
        assert_eq!((seen.guess.kind, seen.guess.match_field.as_str()), (Kind::Event, "id"), "{format:?}");
        let report = import::run(owner, seen.upload, seen.guess, |_| ()).await.unwrap();
        assert_eq!((report.created, report.rejected), (0, 0), "{format:?} {:?}", report.rejects);
    }
    let after = all(owner, Kind::Event).await;
    let times = |list: &[Record]| ["Leave", "Weekly"].map(|t| (when(list, t), named(list, t).text("zone").to_owned()));
    assert_eq!(times(&before), times(&after));
    assert_eq!(stored::event(named(&after, "One day")).unwrap().when(), stored::event(named(&before, "One day")).unwrap().when());
}

#[tokio::test]
async fn programs_name_the_fields_of_an_item_as_rest_does() {
    let house = House::new().await;
    let owner = &house.owner;
    let seen = look(owner, "x.csv", "a,b,c,d\nIn,2026-11-24 10:00,2026-11-24 11:00,visit\n").await;
    let told = Reading { kind: Some(Kind::Event), ..Reading::default() };
    let mut plan = import::inspect_again(owner, seen.upload, told).await.unwrap().guess;
    let map = [("a", "title"), ("b", "start"), ("c", "end"), ("d", "kind")];
    plan.map = map.map(|(column, field)| ColumnMap { column: column.into(), field: field.into() }).into();
    plan.match_field = String::new();
    let report = import::run(owner, seen.upload, plan, |_| ()).await.unwrap();
    assert_eq!((report.created, report.rejected), (1, 0), "{:?}", report.rejects);
    assert_eq!(named(&all(owner, Kind::Event).await, "In").text("type"), "visit");
}
