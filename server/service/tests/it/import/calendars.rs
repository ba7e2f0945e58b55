//! Calendars as files: what comes in, what is known again, and what stands against it.

use domain::Error;
use domain::calendar::view::{Habits, Whose};
use domain::calendar::{Answer, Level, Policy, stored};
use serde_json::json;

use super::*;
use crate::house::{House, object};

fn calendar(items: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", items.replace('\n', "\r\n"))
}

fn item(uid: &str, more: &str) -> String {
    format!("BEGIN:VEVENT\nUID:{uid}\nDTSTART;TZID=Europe/Kyiv:20261124T100000\nDTEND;TZID=Europe/Kyiv:20261124T110000\n{more}END:VEVENT\n")
}

#[tokio::test]
async fn whoever_may_not_import_gets_nothing_in_and_nobody_changes_others_items() {
    let house = House::new().await;
    let (ann, mo) = (house.person("read_only", None).await, house.person("manager", None).await);
    let text = calendar(&item("1@x", "SUMMARY:Mine\n"));
    let refused = import::inspect(&ann, "a.ics", Bytes::from(text.clone())).await;
    assert_eq!(refused.err(), Some(Error::Forbidden));
    // The owner's item under this name stays as it is: the manager gets one of their own.
    take(&house.owner, look(&house.owner, "a.ics", &text).await).await;
    let report = take(&mo, look(&mo, "a.ics", &calendar(&item("1@x", "SUMMARY:Stolen\n"))).await).await;
    assert_eq!((report.created, report.updated), (1, 0));
    let found = all(&house.owner, Kind::Event).await;
    assert_eq!(named(&found, "Mine").owner(), Some(house.owner.me.id));
    assert_eq!(named(&found, "Stolen").owner(), Some(mo.me.id));
}

#[tokio::test]
async fn a_file_that_comes_again_changes_what_changed_and_makes_nothing_twice() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling", "emails": ["s@acme.example"]})).await;
    let guests = format!(
        "ATTENDEE;PARTSTAT=DECLINED:mailto:{}\nATTENDEE;CN=Lee:mailto:S@Acme.example\nATTENDEE;CN=Who:mailto:who@nowhere.example\n",
        ann.me.email
    );
    let series = "RRULE:FREQ=WEEKLY;COUNT=4\nBEGIN:VALARM\nTRIGGER:-PT10M\nACTION:DISPLAY\nEND:VALARM\n";
    let moved = "BEGIN:VEVENT\nUID:1@x\nRECURRENCE-ID;TZID=Europe/Kyiv:20261201T100000\nDTSTART;TZID=Europe/Kyiv:20261201T140000\nDTEND;TZID=Europe/Kyiv:20261201T150000\nSUMMARY:Moved\nEND:VEVENT\n";
    let off = "BEGIN:VEVENT\nUID:1@x\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=Europe/Kyiv:20261208T100000\nDTSTART;TZID=Europe/Kyiv:20261208T100000\nDURATION:PT1H\nEND:VEVENT\n";
    let text = |title: &str| calendar(&format!("{moved}{}{off}", item("1@x", &format!("SUMMARY:{title}\n{guests}{series}"))));
    let owner = &house.owner;
    let first = take(owner, look(owner, "a.ics", &text("<script>alert(1)</script>")).await).await;
    assert_eq!((first.created, first.duplicate, first.rejected), (2, 1, 0), "{first:?}");
    let found = all(owner, Kind::Event).await;
    let whole = named(&found, "<script>alert(1)</script>");
    let event = stored::event(whole).unwrap();
    assert_eq!(event.attendees, [ann.me.id]);
    assert_eq!(event.contacts, [contact.id]);
    assert_eq!(event.answers.get(&ann.me.id), Some(&Answer::Declined));
    assert_eq!(event.exdate.len(), 1);
    assert_eq!(event.reminders.len(), 1);
    assert!(event.body.contains("Who <who@nowhere.example>"), "who is not known here is not lost");
    let part = stored::event(named(&found, "Moved")).unwrap();
    assert_eq!((part.series, part.slot.map(|s| s.to_string()).as_deref()), (Some(whole.id), Some("2026-12-01T08:00:00.000Z")));
    let again = take(owner, look(owner, "a.ics", &text("<script>alert(1)</script>")).await).await;
    assert_eq!((again.created, again.updated, again.duplicate), (0, 0, 3));
    let other = take(owner, look(owner, "a.ics", &text("New title")).await).await;
    assert_eq!((other.created, other.updated), (0, 1));
    assert_eq!(all(owner, Kind::Event).await.len(), 2);
    // And all of it can be taken back.
    import::undo_now(owner, first.id).await.unwrap();
}

/// An older file put a meeting back to where it had been before.
#[tokio::test]
async fn a_file_that_is_older_than_what_is_here_changes_nothing() {
    let house = House::new().await;
    let owner = &house.owner;
    let file = |title: &str, sequence: i64| calendar(&item("1@x", &format!("SUMMARY:{title}\nSEQUENCE:{sequence}\n")));
    for (title, sequence, updated, stays) in
        [("First", 0, 0, "First"), ("Third", 2, 1, "Third"), ("Second", 1, 0, "Third"), ("Third again", 2, 1, "Third again")]
    {
        let report = take(owner, look(owner, "a.ics", &file(title, sequence)).await).await;
        assert_eq!((report.updated, report.rejected), (updated, 0), "{title}");
        assert_eq!(all(owner, Kind::Event).await[0].name(), stays);
    }
}

/// One's own export, brought back after a meeting had been moved, moved it back; of a series it left everything there twice.
#[tokio::test]
async fn an_own_file_from_before_a_change_changes_nothing() {
    use futures::TryStreamExt;
    let house = House::new().await;
    let (owner, ann) = (&house.owner, house.person("sales", None).await);
    let times = json!({"start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z", "zone": "Europe/Kyiv", "attendees": [ann.me.id]});
    let save = async |fields: serde_json::Value| {
        let draft = domain::calendar::view::Draft { fields: object(fields), ..Default::default() };
        service::calendar::save(owner, &draft, None).await.unwrap().record
    };
    let with = |more: serde_json::Value| {
        let mut fields = object(times.clone());
        fields.extend(object(more));
        serde_json::Value::Object(fields)
    };
    let single = save(with(json!({"title": "Single"}))).await;
    let series = save(with(json!({"title": "Weekly", "rrule": "FREQ=WEEKLY;COUNT=4"}))).await;
    let slot = domain::calendar::Moment::parse("2026-12-01T08:00:00Z");
    service::calendar::answer(&ann, series.id, slot, Answer::Accepted).await.unwrap();
    let pieces = service::export::export(owner, Kind::Event, &ListQuery::default(), &[], service::export::Format::Ics).await.unwrap();
    let file = String::from_utf8(pieces.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    house.later(60_000);
    for id in [single.id, series.id] {
        let version = records::get(owner, Kind::Event, id).await.unwrap().version;
        let fields = object(json!({"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z"}));
        let draft = domain::calendar::view::Draft { id: Some(id), version, fields, ..Default::default() };
        service::calendar::save(owner, &draft, None).await.unwrap();
    }
    let day = |d: &str| domain::time::parse_date(d).unwrap();
    let query = domain::calendar::view::CalendarQuery { from: day("2026-11-23"), to: day("2027-01-01"), ..Default::default() };
    let before = service::calendar::page(owner, &query).await.unwrap().items;
    let report = take(owner, look(owner, "a.ics", &file).await).await;
    assert_eq!((report.created, report.updated, report.rejected), (0, 0, 0), "{report:?}");
    assert_eq!(service::calendar::page(owner, &query).await.unwrap().items, before);
}

/// A series that was called off was free, and without what stood alone in it, after its own export had come back.
#[tokio::test]
async fn an_own_file_with_a_series_that_is_called_off_changes_nothing() {
    use futures::TryStreamExt;
    let house = House::new().await;
    let (owner, ann) = (&house.owner, house.person("sales", None).await);
    let fields = json!({
        "title": "Weekly", "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z", "zone": "Europe/Kyiv",
        "attendees": [ann.me.id], "rrule": "FREQ=WEEKLY;COUNT=4",
    });
    let draft = domain::calendar::view::Draft { fields: object(fields), ..Default::default() };
    let series = service::calendar::save(owner, &draft, None).await.unwrap().record;
    let slot = domain::calendar::Moment::parse("2026-12-01T08:00:00Z");
    service::calendar::answer(&ann, series.id, slot, Answer::Accepted).await.unwrap();
    let off = domain::calendar::view::Draft {
        id: Some(series.id),
        version: series.version,
        fields: object(json!({"status": "cancelled"})),
        ..Default::default()
    };
    service::calendar::save(owner, &off, None).await.unwrap();
    let pieces = service::export::export(owner, Kind::Event, &ListQuery::default(), &[], service::export::Format::Ics).await.unwrap();
    let file = String::from_utf8(pieces.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    let before = all(owner, Kind::Event).await;
    let report = take(owner, look(owner, "a.ics", &file).await).await;
    assert_eq!((report.created, report.updated, report.rejected), (0, 0, 0), "{report:?}");
    assert_eq!(all(owner, Kind::Event).await, before);
}

/// What somebody had answered here of one occurrence stayed behind when a file moved the series.
#[tokio::test]
async fn what_stands_here_goes_along_when_a_file_moves_its_series() {
    let house = House::new().await;
    let (owner, ann) = (&house.owner, house.person("sales", None).await);
    let file = |hour: u8, sequence: i64, more: &str| {
        let guest = format!("ATTENDEE:mailto:{}\n", ann.me.email);
        let times = format!("DTSTART;TZID=Europe/Kyiv:20261124T{hour}0000\nDURATION:PT1H\n");
        let whole =
            format!("BEGIN:VEVENT\nUID:1@x\nSUMMARY:Weekly\nSEQUENCE:{sequence}\n{times}RRULE:FREQ=WEEKLY;COUNT=4\n{guest}END:VEVENT\n");
        calendar(&format!("{whole}{more}"))
    };
    take(owner, look(owner, "a.ics", &file(10, 0, "")).await).await;
    let series = all(owner, Kind::Event).await[0].id;
    for day in ["2026-12-01", "2026-12-08"] {
        let slot = domain::calendar::Moment::parse(&format!("{day}T08:00:00Z"));
        service::calendar::answer(&ann, series, slot, Answer::Declined).await.unwrap();
    }
    // Of one of them the newer file has something to say itself.
    let own = "BEGIN:VEVENT\nUID:1@x\nRECURRENCE-ID;TZID=Europe/Kyiv:20261208T140000\nDTSTART;TZID=Europe/Kyiv:20261208T170000\nDURATION:PT1H\nSUMMARY:Late\nEND:VEVENT\n";
    let report = take(owner, look(owner, "a.ics", &file(14, 1, own)).await).await;
    assert_eq!((report.rejected, report.updated), (0, 1), "{report:?}");
    let day = |d: &str| domain::time::parse_date(d).unwrap();
    let query = domain::calendar::view::CalendarQuery { from: day("2026-11-23"), to: day("2027-01-01"), ..Default::default() };
    let shown: Vec<String> =
        service::calendar::page(owner, &query).await.unwrap().items.iter().map(|i| i.start.to_string()[5..16].to_owned()).collect();
    assert_eq!(shown, ["11-24T12:00", "12-01T12:00", "12-08T15:00", "12-15T12:00"]);
    import::undo_now(owner, report.id).await.unwrap();
    let shown: Vec<String> =
        service::calendar::page(owner, &query).await.unwrap().items.iter().map(|i| i.start.to_string()[5..16].to_owned()).collect();
    assert_eq!(shown, ["11-24T08:00", "12-01T08:00", "12-08T08:00", "12-15T08:00"]);
}

/// An older file that came again took back what people had answered here since.
#[tokio::test]
async fn answers_given_here_outlive_an_older_file() {
    let house = House::new().await;
    let (owner, ann) = (&house.owner, house.person("sales", None).await);
    let text = |title: &str, said: &str, at: &str| {
        let guest = format!("ATTENDEE;PARTSTAT={said}:mailto:{}\n", ann.me.email);
        calendar(&item("1@x", &format!("SUMMARY:{title}\nLAST-MODIFIED:{at}\n{guest}")))
    };
    let answer = async || stored::event(&all(owner, Kind::Event).await[0]).unwrap().answers.get(&ann.me.id).copied();
    take(owner, look(owner, "a.ics", &text("One", "TENTATIVE", "20200101T100000Z")).await).await;
    assert_eq!(answer().await, Some(Answer::Tentative));
    let id = all(owner, Kind::Event).await[0].id;
    service::calendar::answer(&ann, id, None, Answer::Declined).await.unwrap();
    let older = take(owner, look(owner, "a.ics", &text("Two", "TENTATIVE", "20200102T100000Z")).await).await;
    assert_eq!((older.updated, answer().await), (1, Some(Answer::Declined)), "the file is older than the answer");
    let silent = take(owner, look(owner, "a.ics", &text("Three", "NEEDS-ACTION", "20990101T100000Z")).await).await;
    assert_eq!((silent.updated, answer().await), (1, Some(Answer::Declined)), "it has not heard of one");
    take(owner, look(owner, "a.ics", &text("Four", "ACCEPTED", "20990102T100000Z")).await).await;
    assert_eq!(answer().await, Some(Answer::Accepted), "it is newer");
}

/// A thousand items that clash with a colleague's were a thousand notices.
#[tokio::test]
async fn what_an_import_clashes_with_is_one_notice() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let days: Vec<String> = (1..=6).map(|n| format!("2026120{n}")).collect();
    let of = |who: &str| {
        let guest = format!("ATTENDEE:mailto:{}\n", ann.me.email);
        let one = |day: &String| {
            format!("BEGIN:VEVENT\nUID:{who}{day}@x\nDTSTART:{day}T100000Z\nDTEND:{day}T110000Z\nSUMMARY:{who}\n{guest}END:VEVENT\n")
        };
        calendar(&days.iter().map(one).collect::<String>())
    };
    take(&house.owner, look(&house.owner, "a.ics", &of("first")).await).await;
    let second = take(&house.owner, look(&house.owner, "b.ics", &of("second")).await).await;
    assert_eq!((second.created, second.clashes), (6, 6), "{second:?}");
    let told = crate::calendar::noticed(&ann, 1).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].count.map(|(n, _)| n), Some(6));
}

#[tokio::test]
async fn what_goes_out_comes_in_as_the_same() {
    use futures::TryStreamExt;
    let house = House::new().await;
    let owner = &house.owner;
    let series = "SUMMARY:Weekly\nRRULE:FREQ=WEEKLY;UNTIL=20270131T080000Z\n";
    let moved = "BEGIN:VEVENT\nUID:1@x\nRECURRENCE-ID;TZID=Europe/Kyiv:20261201T100000\nDTSTART;TZID=Europe/Kyiv:20261201T140000\nDURATION:PT1H\nSUMMARY:Moved\nEND:VEVENT\n";
    let text =
        calendar(&format!("{}{moved}BEGIN:VEVENT\nUID:2@x\nDTSTART;VALUE=DATE:20261125\nSUMMARY:Day\nEND:VEVENT\n", item("1@x", series)));
    take(owner, look(owner, "a.ics", &text).await).await;
    house.create(Kind::Event, json!({"title": "Ours", "start": "2026-11-26T08:00:00Z", "end": "2026-11-26T09:00:00Z"})).await;
    let pieces = service::export::export(owner, Kind::Event, &ListQuery::default(), &[], service::export::Format::Ics).await.unwrap();
    let file = String::from_utf8(pieces.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    let back = take(owner, look(owner, "b.ics", &file).await).await;
    assert_eq!((back.created, back.updated, back.duplicate, back.rejected), (0, 0, 4, 0), "{file}");
}

#[tokio::test]
async fn what_stands_against_an_item_is_told_and_what_a_rule_forbids_stays_out() {
    let house = House::new().await;
    let owner = &house.owner;
    house.create(Kind::Event, json!({"title": "Mine", "start": "2026-11-24T08:30:00Z", "end": "2026-11-24T09:30:00Z"})).await;
    let text = calendar(&item("1@x", "SUMMARY:Theirs\n"));
    let seen = look(owner, "a.ics", &text).await;
    let dry = import::dry_run(owner, seen.upload, seen.guess.clone()).await.unwrap();
    assert_eq!((dry.created, dry.clashes), (1, 1));
    assert_eq!((dry.clashing[0].row, dry.clashing[0].title.as_str()), (3, "Theirs"));
    let strict = Policy { people: Level::Strict, ..Policy::default() };
    service::calendar::save_habits(owner, Whose::House, Habits { conflict_rules: Some(strict), ..Habits::default() }).await.unwrap();
    let report = take(owner, seen).await;
    assert_eq!((report.created, report.rejected), (0, 1));
    assert_eq!((report.rejects[0].row, report.rejects[0].errors[0].error.code.as_str()), (3, "ics_clash"));
}

#[tokio::test]
async fn a_dry_run_sees_what_stands_against_each_other_in_one_file() {
    let house = House::new().await;
    let owner = &house.owner;
    let free = "TRANSP:TRANSPARENT\nSUMMARY:Free\n";
    let text = calendar(&format!("{}{}{}", item("1@x", "SUMMARY:One\n"), item("2@x", "SUMMARY:Two\n"), item("3@x", free)));
    let seen = look(owner, "a.ics", &text).await;
    let dry = import::dry_run(owner, seen.upload, seen.guess.clone()).await.unwrap();
    assert_eq!((dry.created, dry.clashes, dry.clashing[0].title.as_str()), (3, 1, "Two"));
    let report = take(owner, seen).await;
    assert_eq!((report.created, report.clashes), (3, 1), "as the run finds it");
}

/// Where the file moves an item that is here already, the dry run held the next ones against where it was.
#[tokio::test]
async fn a_dry_run_holds_items_against_where_the_file_moves_others_to() {
    let house = House::new().await;
    let owner = &house.owner;
    let at = |uid: &str, hour: u32, title: &str| {
        let to = hour + 1;
        format!("BEGIN:VEVENT\nUID:{uid}\nDTSTART:20261124T{hour:02}0000Z\nDTEND:20261124T{to:02}0000Z\nSUMMARY:{title}\nEND:VEVENT\n")
    };
    take(owner, look(owner, "a.ics", &calendar(&format!("{}{}", at("1@x", 8, "One"), at("2@x", 12, "Two")))).await).await;
    // One leaves its time, and Three comes there; Two comes to where One is then.
    let text = calendar(&format!("{}{}{}", at("1@x", 10, "One"), at("3@x", 8, "Three"), at("2@x", 10, "Two")));
    let seen = look(owner, "b.ics", &text).await;
    let dry = import::dry_run(owner, seen.upload, seen.guess.clone()).await.unwrap();
    let titles = |r: &ImportReport| r.clashing.iter().map(|c| c.title.clone()).collect::<Vec<_>>();
    assert_eq!((dry.created, dry.updated, titles(&dry)), (1, 2, vec!["Two".to_owned()]));
    let report = take(owner, seen).await;
    assert_eq!((report.created, report.updated, titles(&report)), (1, 2, titles(&dry)), "as the run finds it");
}

#[tokio::test]
async fn broken_items_and_lines_are_named_by_number_and_the_rest_comes_in() {
    let house = House::new().await;
    let owner = &house.owner;
    let never = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n";
    let much = "RRULE:FREQ=SECONDLY\n";
    let text = calendar(&format!(
        "this is nothing\n{}{}{}BEGIN:VEVENT\nUID:4@x\nDTSTART:00010101T100000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:5@x\nDTSTART:99991231T100000Z\nEND:VEVENT\n",
        item("1@x", "SUMMARY:Good\n"),
        item("2@x", never),
        item("3@x", much)
    ));
    let report = take(owner, look(owner, "a.ics", &text).await).await;
    let mut lines: Vec<_> = report.rejects.iter().map(|r| (r.row, r.errors[0].error.code.as_str())).collect();
    lines.sort_unstable();
    assert_eq!(lines, [(3, "ics_line"), (10, "rule_never"), (16, "rule_too_often"), (24, "date_range"), (28, "date_range")]);
    assert_eq!((report.created, report.rejected), (1, 5));
    assert_eq!(named(&all(owner, Kind::Event).await, "Good").text("zone"), "Europe/Kyiv");
    // No calendar at all, and one too large to be anybody's.
    let large = [b"BEGIN:VCALENDAR\r\n".to_vec(), vec![b'x'; 50 * 1024 * 1024]].concat();
    let refused = import::inspect(owner, "large.ics", Bytes::from(large)).await;
    assert!(matches!(&refused, Err(Error::Invalid { fields }) if fields[0].code == "file_too_large"), "{refused:?}");
}

/// The nth occurrence of a daily series, moved to an hour of the same day.
fn part(n: i64, hour: u8, more: &str) -> String {
    let first = domain::time::parse_date("2026-11-24").unwrap();
    let day = domain::time::shift(first, n).format("%Y%m%d");
    format!(
        "BEGIN:VEVENT\nUID:1@x\nRECURRENCE-ID;TZID=Europe/Kyiv:{day}T100000\nDTSTART;TZID=Europe/Kyiv:{day}T{hour:02}0000\nDURATION:PT1H\n{more}END:VEVENT\n"
    )
}

#[tokio::test]
async fn a_change_does_not_clash_with_the_place_that_another_one_of_its_series_has_left() {
    let house = House::new().await;
    let owner = &house.owner;
    // The first one comes a day later, at the hour of the second one, which comes in the afternoon.
    let first = part(0, 10, "SUMMARY:First\n").replace("DTSTART;TZID=Europe/Kyiv:20261124", "DTSTART;TZID=Europe/Kyiv:20261125");
    let series = item("1@x", "SUMMARY:Daily\nRRULE:FREQ=DAILY;COUNT=3\n");
    let text = calendar(&format!("{series}{first}{}", part(1, 15, "SUMMARY:Second\n")));
    let report = take(owner, look(owner, "a.ics", &text).await).await;
    assert_eq!((report.created, report.clashes), (3, 0), "{:?}", report.clashing);
    // Nor when it comes again and the other one stays as it is: that one's place was once taken for free, then for its own.
    let again = text.replace("SUMMARY:First", "SUMMARY:First, elsewhere").replace("SUMMARY:Daily", "SUMMARY:Every day");
    let report = take(owner, look(owner, "a.ics", &again).await).await;
    assert_eq!((report.updated, report.duplicate, report.clashes), (2, 1, 0), "{:?}", report.clashing);
}

/// An occurrence that stood for itself went on taking time after its calendar had called it off.
#[tokio::test]
async fn an_occurrence_that_was_moved_and_is_then_called_off_takes_no_time() {
    let house = House::new().await;
    let owner = &house.owner;
    let series = item("1@x", "SUMMARY:Daily\nRRULE:FREQ=DAILY;COUNT=3\n");
    let file = |more: &str| calendar(&format!("{series}{}", part(1, 15, &format!("SUMMARY:Moved\n{more}"))));
    take(owner, look(owner, "a.ics", &file("")).await).await;
    let report = take(owner, look(owner, "a.ics", &file("STATUS:CANCELLED\n")).await).await;
    assert_eq!(report.rejected, 0, "{:?}", report.rejects);
    let found = all(owner, Kind::Event).await;
    assert!(!stored::event(named(&found, "Moved")).unwrap().takes_time());
}

#[tokio::test]
async fn a_series_that_is_too_heavy_for_one_write_comes_in_parts() {
    let house = House::new().await;
    let owner = &house.owner;
    let words = format!("SUMMARY:Part\nDESCRIPTION:{}\n", "x".repeat(domain::fields::LONG_TEXT));
    let parts: String = (0..230).map(|n| part(n, 15, &words)).collect();
    let text = calendar(&format!("{}{parts}", item("1@x", "SUMMARY:Daily\nRRULE:FREQ=DAILY;COUNT=300\n")));
    let report = take(owner, look(owner, "a.ics", &text).await).await;
    assert_eq!((report.created, report.rejected), (231, 0), "{:?}", report.rejects.first());
    let found = all(owner, Kind::Event).await;
    let series = named(&found, "Daily").id;
    assert_eq!(found.iter().filter(|r| r.id_of("part_of") == Some(series)).count(), 230);
    import::undo_now(owner, report.id).await.unwrap();
    assert!(all(owner, Kind::Event).await.is_empty());
}

/// Whoever may see colleagues' calendars exports them too. Brought back, all of it stood there twice, and everybody clashed with
/// themselves.
#[tokio::test]
async fn what_a_colleague_takes_out_and_brings_back_is_here_already() {
    use futures::TryStreamExt;
    let house = House::new().await;
    let (ann, mo) = (house.person("sales", None).await, house.person("manager", None).await);
    let weekly = json!({
        "title": "Weekly", "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z", "attendees": [mo.me.id],
        "rrule": "FREQ=WEEKLY;COUNT=3",
    });
    let series = house.create(Kind::Event, weekly).await;
    let one = json!({"start": "2026-12-01T12:00:00Z", "end": "2026-12-01T13:00:00Z"});
    let slot = domain::calendar::Moment::parse("2026-12-01T08:00:00Z");
    let wish = domain::calendar::view::Draft {
        id: Some(series.id),
        version: series.version,
        scope: Some(domain::calendar::series::Scope::This),
        slot,
        fields: one.as_object().cloned().unwrap(),
        ..Default::default()
    };
    service::calendar::save(&house.owner, &wish, None).await.unwrap();
    let pieces =
        service::export::export(&house.owner, Kind::Event, &ListQuery::default(), &[], service::export::Format::Ics).await.unwrap();
    let file = String::from_utf8(pieces.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    for who in [&ann, &mo] {
        let back = take(who, look(who, "b.ics", &file).await).await;
        assert_eq!((back.created, back.updated, back.duplicate, back.rejected, back.clashes), (0, 0, 2, 0, 0), "{file}");
    }
    assert_eq!(all(&house.owner, Kind::Event).await.len(), 2);
}

/// The same meeting in the files of two colleagues stood twice in the calendar of a third.
#[tokio::test]
async fn whoever_has_a_meeting_from_a_colleagues_file_does_not_get_it_twice() {
    let house = House::new().await;
    let (ann, mo, kim) = (house.person("sales", None).await, house.person("sales", None).await, house.person("sales", None).await);
    let contact = house.create(Kind::Contact, json!({"family_name": "Snelling", "emails": ["s@acme.example"], "owner": mo.me.id})).await;
    let guests = format!("ATTENDEE:mailto:{}\nATTENDEE:mailto:s@acme.example\n", kim.me.email);
    let text = calendar(&item("1@x", &format!("SUMMARY:Both\n{guests}")));
    take(&ann, look(&ann, "a.ics", &text).await).await;
    let second = take(&mo, look(&mo, "a.ics", &text).await).await;
    assert_eq!((second.created, second.clashes), (1, 0), "{second:?}");
    let found = all(&house.owner, Kind::Event).await;
    let of = |who: &Ctx| stored::event(found.iter().find(|r| r.owner() == Some(who.me.id)).unwrap()).unwrap();
    assert_eq!(of(&ann).attendees, [kim.me.id]);
    assert!(of(&mo).attendees.is_empty());
    assert_eq!((of(&ann).contacts, of(&mo).contacts), (vec![contact.id], vec![]));
}

#[tokio::test]
async fn a_calendar_in_another_encoding_is_read_and_one_that_is_none_is_said_to_be_none() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let text = calendar(&item("1@x", "SUMMARY:与客户会面并讨论下个季度的合同\n"));
    let utf_16 = [&b"\xff\xfe"[..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat();
    let (gbk, ..) = encoding_rs::GBK.encode(&text);
    for bytes in [utf_16, gbk.into_owned()] {
        let seen = import::inspect(&ann, "a.ics", Bytes::from(bytes)).await.unwrap();
        assert_eq!((seen.format.as_str(), seen.rows), ("ics", 1));
        let dry = import::dry_run(&ann, seen.upload, seen.guess).await.unwrap();
        assert_eq!((dry.created, dry.rejected), (1, 0));
    }
    for (name, text) in [("a.ics", ""), ("b.ICS", "Dear all"), ("c.csv", "Name\nAcme\n")] {
        let refused = import::inspect(&ann, name, Bytes::from(text)).await.err();
        let expected = if name == "c.csv" { Error::Forbidden } else { Error::invalid("file", "file_no_calendar") };
        assert_eq!(refused, Some(expected), "{name}");
    }
}
