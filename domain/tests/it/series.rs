//! Series with dates of their own, limits, and edits of one, the following, and all.

use domain::Id;
use domain::calendar::rule::{End, Until};
use domain::calendar::series::{cut_before, detach, leave_out, move_all, split, whole};
use domain::calendar::{Event, Moment, Rule, Span, When, Window, zone};
use domain::time;
use proptest::prelude::*;

const KYIV: chrono_tz::Tz = chrono_tz::Europe::Kyiv;
const HOUR: i64 = 3_600_000;

fn local(text: &str) -> i64 {
    zone::to_instant(&KYIV, text.parse().unwrap())
}

fn at(text: &str) -> Moment {
    Moment::At(local(text))
}

fn day(text: &str) -> Moment {
    Moment::Day(time::parse_date(text).unwrap())
}

fn meeting(start: &str, rule: &str) -> Event {
    let start = local(start);
    let zone = "Europe/Kyiv".to_owned();
    Event { zone, rrule: (!rule.is_empty()).then(|| Rule::parse(rule).unwrap()), ..Event::new(When::At(Span::new(start, start + HOUR))) }
}

fn all_day(start: &str, rule: &str) -> Event {
    let start = time::parse_date(start).unwrap();
    Event { rrule: Rule::parse(rule).ok(), ..Event::new(When::Days(start, time::shift(start, 1))) }
}

/// Starts on the wall of Kyiv until the end of 2027.
fn starts_but(event: &Event, replaced: &[Moment], most: usize) -> Vec<String> {
    let window = Window::of_days(&KYIV, time::parse_date("1990-01-01").unwrap(), time::parse_date("2028-01-01").unwrap());
    let found = event.occurrences_but(replaced).unwrap().occurrences(&KYIV, &window, most);
    let shown = |m: Moment| match m {
        Moment::At(ms) => zone::to_local(&KYIV, ms).format("%Y-%m-%dT%H:%M").to_string(),
        Moment::Day(d) => d.to_string(),
    };
    found.list.iter().map(|o| shown(o.slot())).collect()
}

fn starts(event: &Event) -> Vec<String> {
    starts_but(event, &[], 50)
}

fn code(event: &Event) -> Option<String> {
    event.occurrences_but(&[]).unwrap().check(&KYIV).err().map(|e| e.code)
}

#[test]
fn further_dates_come_in_and_dates_left_out_go() {
    let mut event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY;COUNT=4");
    event.rdate = vec![at("2026-11-25T14:00:00"), at("2026-11-30T09:00:00")];
    event.exdate = vec![at("2026-12-07T09:00:00"), at("2026-12-07T10:00:00")];
    assert_eq!(starts(&event), ["2026-11-23T09:00", "2026-11-25T14:00", "2026-11-30T09:00", "2026-12-14T09:00"]);
    // A day leaves out all that starts on it.
    event.exdate = vec![day("2026-11-25"), day("2026-11-23")];
    assert_eq!(starts(&event), ["2026-11-30T09:00", "2026-12-07T09:00", "2026-12-14T09:00"]);
    // Slots that items of their own stand for are not shown, and counted all the same.
    assert_eq!(starts_but(&event, &[at("2026-12-07T09:00:00")], 9), ["2026-11-30T09:00", "2026-12-14T09:00"]);
}

#[test]
fn a_first_start_beside_the_rule_counts() {
    let event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY;BYDAY=WE;COUNT=3");
    assert_eq!(starts(&event), ["2026-11-23T09:00", "2026-11-25T09:00", "2026-12-02T09:00"]);
}

#[test]
fn an_end_by_day_holds_that_whole_day() {
    for until in ["20261125", "20261125T090000", "20261125T070000Z"] {
        let event = meeting("2026-11-23T09:00:00", &format!("FREQ=DAILY;UNTIL={until}"));
        assert_eq!(starts(&event).len(), 3, "{until}");
    }
    for until in ["20261125", "20261125T000000", "20261125T000000Z"] {
        assert_eq!(starts(&all_day("2026-11-23", &format!("FREQ=DAILY;UNTIL={until}"))).len(), 3, "{until}");
    }
    assert_eq!(starts(&meeting("2026-11-23T09:00:00", "FREQ=DAILY;UNTIL=20261125T065959Z")).len(), 2);
}

#[test]
fn times_of_day_mean_nothing_on_plain_days() {
    let event = all_day("2026-11-23", "FREQ=DAILY;COUNT=3;BYHOUR=9,12;BYMINUTE=30");
    assert_eq!(starts(&event), ["2026-11-23", "2026-11-24", "2026-11-25"]);
}

#[test]
fn what_reaches_into_the_window_is_in_it() {
    let mut event = meeting("2026-11-20T22:00:00", "FREQ=DAILY;COUNT=3");
    event.end = at("2026-11-21T02:00:00");
    let found = |from: &str, to: &str| {
        let window = Window::of_span(&KYIV, Span::new(local(from), local(to)));
        event.occurrences_but(&[]).unwrap().occurrences(&KYIV, &window, 9).list.len()
    };
    assert_eq!(found("2026-11-21T01:59:00", "2026-11-21T02:00:00"), 1);
    assert_eq!(found("2026-11-21T02:00:00", "2026-11-21T22:00:00"), 0);
    assert_eq!(found("2026-11-21T00:00:00", "2026-11-23T22:00:00"), 3);
    assert_eq!(found("2026-11-23T02:00:00", "2027-11-23T22:00:00"), 0);
}

#[test]
fn a_rule_that_yields_nothing_or_too_much_is_refused() {
    let of = |rule: &str| code(&meeting("2026-11-23T09:00:00", rule));
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=20260101T000000Z",
        "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1;BYHOUR=9;BYMINUTE=0",
    ] {
        assert_eq!(of(rule).as_deref(), Some("rule_never"), "{rule}");
    }
    for rule in ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=10", "FREQ=SECONDLY;UNTIL=20261224T000000Z", "FREQ=MINUTELY;COUNT=1002"] {
        assert_eq!(of(rule).as_deref(), Some("rule_too_often"), "{rule}");
    }
    for rule in [
        "FREQ=SECONDLY;COUNT=10",
        "FREQ=MINUTELY;UNTIL=20261123T080000Z",
        "FREQ=MINUTELY;INTERVAL=15",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU",
    ] {
        assert_eq!(of(rule), None, "{rule}");
    }
    let mut none_left = meeting("2026-11-23T09:00:00", "FREQ=DAILY;COUNT=2");
    none_left.exdate = vec![day("2026-11-23"), at("2026-11-24T09:00:00")];
    assert_eq!(code(&none_left).as_deref(), Some("rule_never"));
    assert_eq!(code(&meeting("2026-11-23T09:00:00", "")), None);
}

#[test]
fn too_many_for_one_answer_is_said() {
    let event = meeting("2026-11-23T09:00:00", "FREQ=MINUTELY;INTERVAL=15");
    let window = Window::of_days(&KYIV, time::parse_date("2027-01-01").unwrap(), time::parse_date("2028-01-01").unwrap());
    let found = event.occurrences_but(&[]).unwrap().occurrences(&KYIV, &window, 100);
    assert!(found.more && found.list.len() == 100);
    assert_eq!(found.list[0].slot(), at("2026-12-31T23:15:00"));
}

#[test]
fn the_stretch_of_a_series_holds_all_of_it() {
    let of = |event: &Event| whole(&event.occurrences_but(&[]).unwrap(), &KYIV);
    let mut event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY;COUNT=3");
    assert_eq!(of(&event), Span::new(local("2026-11-23T09:00:00"), local("2026-12-07T10:00:00")));
    event.rdate = vec![at("2026-01-01T09:00:00")];
    assert_eq!(of(&event).start, local("2026-01-01T09:00:00"));
    assert!(of(&meeting("2026-11-23T09:00:00", "FREQ=WEEKLY")).end > local("2200-01-01T00:00:00"));
}

#[test]
fn the_end_of_a_count_once_known_saves_counting_and_changes_nothing() {
    let mut event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY;COUNT=3");
    event.rdate = vec![at("2027-06-01T09:00:00")];
    let counted = event.occurrences_but(&[]).unwrap();
    let mut known = counted;
    known.known_last = known.count_end(&KYIV);
    assert_eq!(known.known_last, Some(at("2026-12-07T09:00:00")), "the later date is none of the rule's");
    for from in ["2026-11-01", "2026-12-01", "2026-12-08"] {
        let window = Window::of_days(&KYIV, time::parse_date(from).unwrap(), time::parse_date("2027-12-01").unwrap());
        assert_eq!(known.occurrences(&KYIV, &window, 9), counted.occurrences(&KYIV, &window, 9));
    }
    assert_eq!(meeting("2026-11-23T09:00:00", "FREQ=WEEKLY").occurrences_but(&[]).unwrap().count_end(&KYIV), None);
}

#[test]
fn one_occurrence_becomes_an_item_of_its_own() {
    let event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY");
    let (id, slot) = (Id(uuid::Uuid::from_u128(1)), at("2026-12-07T09:00:00"));
    let one = detach(&event, id, slot, &KYIV).unwrap();
    assert!(!one.recurs() && one.series == Some(id) && one.slot == Some(slot) && one.start == slot && one.check().is_ok());
    assert!(detach(&event, id, at("2026-12-08T09:00:00"), &KYIV).is_err());
    assert_eq!(starts_but(&leave_out(&event, slot, &KYIV).unwrap(), &[], 3), ["2026-11-23T09:00", "2026-11-30T09:00", "2026-12-14T09:00"]);
}

#[test]
fn this_and_the_following_go_on_where_the_others_end() {
    let mut event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY;COUNT=5");
    event.exdate = vec![at("2026-11-30T09:00:00"), at("2026-12-14T09:00:00")];
    let all = starts(&event);
    let (before, after) = split(&event, at("2026-12-07T09:00:00"), &KYIV).unwrap();
    let before = before.unwrap();
    assert_eq!(before.rrule.as_ref().unwrap().end, End::Until(Until::At(local("2026-12-07T08:59:59"))));
    assert_eq!(after.rrule.as_ref().unwrap().end, End::Count(3));
    assert_eq!((before.exdate.len(), after.exdate.len()), (1, 1));
    assert_eq!([starts(&before), starts(&after)].concat(), all);
    let (none, same) = split(&event, at("2026-11-23T09:00:00"), &KYIV).unwrap();
    assert_eq!((none, &same), (None, &event));
    let days = all_day("2026-11-23", "FREQ=DAILY");
    assert_eq!(starts(&cut_before(&days, day("2026-11-25"), &KYIV).unwrap().unwrap()), ["2026-11-23", "2026-11-24"]);
}

#[test]
fn a_series_split_at_a_skipped_hour_keeps_its_hour() {
    // On 29 March 2026 Kyiv has no 03:30.
    let event = meeting("2026-03-27T03:30:00", "FREQ=DAILY");
    let (_, after) = split(&event, at("2026-03-29T04:30:00"), &KYIV).unwrap();
    assert_eq!(starts_but(&after, &[], 3), ["2026-03-29T04:30", "2026-03-30T03:30", "2026-03-31T03:30"]);
}

#[test]
fn all_of_a_series_move_on_the_wall() {
    let moved = |event: &Event, slot: &str, to: &str| {
        let to = local(to);
        move_all(event, at(slot), When::At(Span::new(to, to + 2 * HOUR)), &KYIV).map(|(e, _)| e)
    };
    // Nine to eleven on the other side of the change of clocks is eleven on both sides.
    let mut event = meeting("2026-10-19T09:00:00", "FREQ=WEEKLY;UNTIL=20261102T070000Z");
    event.exdate = vec![at("2026-10-26T09:00:00")];
    let later = moved(&event, "2026-11-02T09:00:00", "2026-11-02T11:00:00").unwrap();
    assert_eq!(starts(&later), ["2026-10-19T11:00", "2026-11-02T11:00"]);
    assert_eq!(later.when().unwrap().span(&KYIV).len(), 2 * HOUR);
    // Monday and Friday of every second week become Thursday and the Monday after.
    let event = meeting("2026-11-23T09:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=4");
    let later = moved(&event, "2026-11-23T09:00:00", "2026-11-26T09:00:00").unwrap();
    assert_eq!(starts(&later), ["2026-11-26T09:00", "2026-11-30T09:00", "2026-12-10T09:00", "2026-12-14T09:00"]);
    // The second Tuesday becomes the second Wednesday.
    let event = meeting("2026-11-10T09:00:00", "FREQ=MONTHLY;BYDAY=2TU;COUNT=2");
    let later = moved(&event, "2026-11-10T09:00:00", "2026-11-11T09:00:00").unwrap();
    assert_eq!(later.rrule.unwrap().to_string(), "FREQ=MONTHLY;COUNT=2;BYDAY=2WE");
    let event = meeting("2026-11-15T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=15");
    assert_eq!(
        moved(&event, "2026-12-15T09:00:00", "2026-12-16T10:00:00").unwrap().rrule.unwrap().to_string(),
        "FREQ=MONTHLY;BYMONTHDAY=16"
    );
    let event = meeting("2026-11-15T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=2,15");
    assert!(moved(&event, "2026-11-15T09:00:00", "2026-11-16T09:00:00").is_err(), "which of the two was meant?");
    assert!(moved(&event, "2026-11-15T09:00:00", "2026-11-15T10:00:00").is_ok());
    let event = meeting("2026-11-23T09:00:00", "FREQ=DAILY;BYHOUR=9,17");
    assert!(moved(&event, "2026-11-23T09:00:00", "2026-11-23T10:00:00").is_err());
    assert!(moved(&event, "2026-11-23T10:00:00", "2026-11-23T11:00:00").is_err(), "nothing starts there");
}

fn some_rule() -> impl Strategy<Value = String> {
    let rules = [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;COUNT=40",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
        "FREQ=WEEKLY;COUNT=30;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;INTERVAL=2",
        "FREQ=YEARLY",
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=DAILY;BYHOUR=9,15;BYMINUTE=0,30;COUNT=50",
        "FREQ=WEEKLY;UNTIL=20270301T000000Z",
        "FREQ=YEARLY;BYWEEKNO=10,30;BYDAY=WE",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1",
    ];
    prop::sample::select(rules.map(str::to_owned).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Cutting a series anywhere and reading both parts is reading the whole.
    #[test]
    fn both_parts_of_a_split_are_the_whole(rule in some_rule(), hour in 0..24_u8, offset in 0..400_i64, cut in 0..30_usize) {
        let first = time::shift(time::parse_date("2026-01-01").unwrap(), offset);
        let event = meeting(&format!("{first}T{hour:02}:30:00"), &rule);
        let all = event.occurrences_but(&[]).unwrap();
        let window = Window::of_days(&KYIV, first, time::shift(first, 700));
        let slots: Vec<Moment> = all.occurrences(&KYIV, &window, 120).list.iter().map(|o| o.slot()).collect();
        prop_assume!(cut < slots.len());
        let (before, after) = split(&event, slots[cut], &KYIV).unwrap();
        let read = |e: &Event| -> Vec<Moment> {
            e.occurrences_but(&[]).unwrap().occurrences(&KYIV, &window, 120).list.iter().map(|o| o.slot()).collect()
        };
        let mut both = before.as_ref().map(&read).unwrap_or_default();
        both.extend(read(&after));
        both.truncate(slots.len());
        prop_assert_eq!(both, slots);
    }

    /// A long window is the sum of short ones: the jump to a window lands where walking would have come.
    #[test]
    fn windows_add_up(rule in some_rule(), hour in 0..24_u8, days in 1..40_i64) {
        let first = time::parse_date("2026-01-07").unwrap();
        let event = meeting(&format!("{first}T{hour:02}:00:00"), &rule);
        let series = event.occurrences_but(&[]).unwrap();
        let read = |from: i64, to: i64| -> Vec<Moment> {
            let window = Window::of_days(&KYIV, time::shift(first, from), time::shift(first, to));
            series.occurrences(&KYIV, &window, 10_000).list.iter().map(|o| o.slot()).collect()
        };
        let mut sum: Vec<Moment> = (0..10).flat_map(|n| read(n * days, (n + 1) * days)).collect();
        // One that reaches over midnight is in both windows.
        sum.dedup();
        prop_assert_eq!(sum, read(0, 10 * days));
    }

    /// Whatever a text says, reading it ends, and what is read can be written and read again.
    #[test]
    fn any_text_is_read_or_refused(text in "(FREQ=(DAILY|YEARLY|SECONDLY|WEEKLY|MONTHLY))?(;(BY(DAY|HOUR|MONTH|SETPOS|YEARDAY|WEEKNO)|COUNT|UNTIL|INTERVAL|WKST)=[-+0-9A-Z,é]{0,9}){0,4}") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()).unwrap(), rule);
        }
    }

    /// No rule is walked without end, wherever the window lies.
    #[test]
    fn any_rule_ends(text in "FREQ=(DAILY|YEARLY|SECONDLY|MINUTELY|HOURLY|WEEKLY|MONTHLY)(;INTERVAL=[1-9][0-9]{0,4})?(;BYMONTH=[1-9])?(;BYHOUR=[1-9])?(;BYMINUTE=[1-9])?(;BYSECOND=[1-9])?(;BYDAY=(MO|TU|FR))?", year in 1_900..2_200_i32) {
        let event = meeting("2000-01-03T09:00:00", &text);
        let series = event.occurrences_but(&[]).unwrap();
        if series.check(&KYIV).is_ok() {
            let (from, to) = (time::parse_date(&format!("{year}-01-01")).unwrap(), time::parse_date(&format!("{year}-02-01")).unwrap());
            let found = series.occurrences(&KYIV, &Window::of_days(&KYIV, from, to), 4_000);
            prop_assert!(!found.more);
        }
    }
}
