use chrono_tz::Tz;

use super::open::Wanted;
use super::*;
use crate::calendar::diary::Pages;
use crate::calendar::{Busy, ItemKind, SubjectKind, When, Who, WorkingHours};

fn at(text: &str) -> i64 {
    time::parse_instant(text).unwrap()
}

const KYIV: Tz = chrono_tz::Europe::Kyiv;

fn busy(from: &str, to: &str) -> Busy {
    Busy {
        item: Id(uuid::Uuid::from_u128(1)),
        slot: None,
        when: When::At(Span::new(at(from), at(to))),
        kind: ItemKind::Meeting,
        title: String::new(),
        hidden: false,
        tentative: false,
        place: String::new(),
        travel_before: 0,
        travel_after: 0,
    }
}

/// Kyiv, from nine to twelve on weekdays.
fn diary(all: Vec<Busy>) -> Diary<Tz> {
    let pages = Pages { hours: Some(WorkingHours::weekdays(9 * 60, 12 * 60)), policy: Policy::all(Level::Off), ..Pages::new(all) };
    let who = Who { kind: SubjectKind::User, id: Id(uuid::Uuid::from_u128(7)), name: String::new() };
    Diary::new(who, KYIV, Span::new(at("2026-11-20T00:00:00Z"), at("2026-12-20T00:00:00Z")), pages)
}

/// Tuesday 24 November 2026, on Kyiv's clock (UTC+2).
fn tuesday(kind: &MeetingKind, diary: &Diary<Tz>, now: &str, full: &BTreeSet<NaiveDate>) -> Vec<String> {
    let window = Span::new(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"));
    let times = kind.times(diary, window, at(now), &[], full);
    times.into_iter().map(|ms| zone::to_local(&KYIV, ms).format("%H:%M").to_string()).collect()
}

const LONG_BEFORE: &str = "2026-11-22T08:00:00Z";

#[test]
fn times_are_those_that_are_free_whatever_the_house_only_warns_of() {
    let kind = MeetingKind { minutes: 60, ..MeetingKind::default() };
    let none = BTreeSet::new();
    assert_eq!(tuesday(&kind, &diary(vec![]), LONG_BEFORE, &none), ["09:00", "09:30", "10:00", "10:30", "11:00"]);
    let taken = diary(vec![busy("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z")]);
    assert_eq!(tuesday(&kind, &taken, LONG_BEFORE, &none), ["09:00", "11:00"]);
    let short = MeetingKind { minutes: 15, ..kind };
    assert_eq!(tuesday(&short, &taken, LONG_BEFORE, &none).len(), 8, "every quarter of an hour");
}

#[test]
fn buffers_are_kept_free_but_may_lie_outside_of_working_hours() {
    let kind = MeetingKind { minutes: 30, buffer_before: 15, buffer_after: 30, ..MeetingKind::default() };
    let taken = diary(vec![busy("2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z")]);
    // Ten to half past ten is taken: half an hour has to stay before, a quarter after.
    assert_eq!(tuesday(&kind, &taken, LONG_BEFORE, &BTreeSet::new()), ["09:00", "11:00", "11:30"]);
    let own = Busy { travel_after: 30, ..busy("2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z") };
    let plain = MeetingKind { minutes: 30, ..MeetingKind::default() };
    let found = tuesday(&plain, &diary(vec![own]), LONG_BEFORE, &BTreeSet::new());
    assert_eq!(found, ["09:00", "09:30", "11:00", "11:30"], "the other one's buffer holds as well");
}

#[test]
fn notice_reach_and_full_days() {
    let kind = MeetingKind { notice_minutes: 120, ahead_days: 2, ..MeetingKind::default() };
    let none = BTreeSet::new();
    assert_eq!(tuesday(&kind, &diary(vec![]), "2026-11-24T07:10:00Z", &none), ["11:30"], "two hours from 09:10");
    assert_eq!(tuesday(&kind, &diary(vec![]), "2026-11-22T08:00:00Z", &none).len(), 6, "the second day ahead is the last");
    assert!(tuesday(&kind, &diary(vec![]), "2026-11-21T08:00:00Z", &none).is_empty(), "the third is too far");
    let full = BTreeSet::from([time::parse_date("2026-11-24").unwrap()]);
    assert!(tuesday(&kind, &diary(vec![]), LONG_BEFORE, &full).is_empty());
}

#[test]
fn an_address_is_made_of_plain_letters() {
    for good in ["ann", "ann-lee-2", "a1b"] {
        assert!(is_slug(good), "{good}");
    }
    for bad in ["", "an", "Ann", "-ann", "ann-", "a b", "анна", "a/b", "..", &"a".repeat(61)] {
        assert!(!is_slug(bad), "{bad}");
    }
    assert_eq!(slug_of("  Ann Lee & Co. "), "ann-lee-co");
    assert_eq!(slug_of("王"), "");
}

fn codes<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid { fields }) => fields.into_iter().map(|f| format!("{}:{}", f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_problem_of_a_page_is_named() {
    let kind = MeetingKind { minutes: 4, buffer_after: 300, ahead_days: 0, ..MeetingKind::default() };
    let page = NewPage { slug: "No!".into(), kinds: vec![kind], ..NewPage::default() };
    assert_eq!(
        codes(page.checked()),
        [
            "slug:slug",
            "user:user_or_team",
            "name:required",
            "kinds.0.name:required",
            "kinds.0.minutes:between",
            "kinds.0.buffer_after:between",
            "kinds.0.ahead_days:between"
        ]
    );
}

#[test]
fn a_visitor_s_words_come_in_bounds_and_on_one_line() {
    let wanted = Wanted {
        kind: Some(Id(uuid::Uuid::from_u128(1))),
        start: "2026-11-24T09:00:00Z".into(),
        name: "Vera\r\nBcc: x@y.example".into(),
        email: " Vera@Far.example ".into(),
        phone: "+1 (212) 555-01-00".into(),
        ..Wanted::default()
    };
    let checked = wanted.clone().checked().unwrap();
    assert_eq!(checked.name, "Vera Bcc: x@y.example");
    assert_eq!((checked.email.as_str(), checked.phone.as_str()), ("vera@far.example", "+1 (212) 555-01-00"));
    let bad = Wanted { email: "vera".into(), phone: "call me".into(), note: "x".repeat(2_001), website: "http://x".into(), ..wanted };
    assert_eq!(codes(bad.checked()), ["email:email", "phone:phone", "note:too_long", "website:leave_empty"]);
    assert_eq!(codes(Wanted::default().checked()), ["kind:required", "start:instant", "name:required", "email:required"]);
}
