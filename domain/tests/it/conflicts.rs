//! What an alert says, and what is offered instead.

use chrono::{FixedOffset, Utc};
use domain::calendar::conflict::{Except, Found, Proposal, check, review};
use domain::calendar::diary::{Pages, TakenBy};
use domain::calendar::slots::{Wish, find};
use domain::calendar::{Busy, ConflictKind, DayOff, Diary, ItemKind, Level, Moment, Policy, SubjectKind, When, WorkingHours};

use crate::support::{MINUTE, busy, diary, id, meeting, monday, span, who, window, zero};

fn kinds(found: &Found) -> Vec<ConflictKind> {
    found.conflicts.iter().map(|c| c.kind).collect()
}

#[test]
fn each_kind_is_told_apart() {
    let at = || Pages::new(vec![busy(9, 600, 660)]);
    let ask = |diary: Diary<Utc>| kinds(&check(&meeting(630, 690), &[diary]));
    assert_eq!(ask(diary(SubjectKind::User, 1, at())), [ConflictKind::Own]);
    assert_eq!(ask(diary(SubjectKind::User, 2, at())), [ConflictKind::Attendee]);
    assert_eq!(ask(diary(SubjectKind::Contact, 3, at())), [ConflictKind::Contact]);
    assert_eq!(ask(diary(SubjectKind::Company, 4, at())), [ConflictKind::Company]);
    assert_eq!(ask(diary(SubjectKind::Resource, 5, at())), [ConflictKind::Resource]);
    let leave = Pages::new(vec![Busy { kind: ItemKind::Leave, ..busy(9, 0, 1_440) }]);
    assert_eq!(ask(diary(SubjectKind::User, 2, leave)), [ConflictKind::Leave]);
    let travel = Pages::new(vec![Busy { travel_after: 31, ..busy(9, 540, 600) }]);
    assert_eq!(ask(diary(SubjectKind::User, 2, travel)), [ConflictKind::Travel]);
    let early = Pages { hours: Some(WorkingHours::weekdays(540, 660)), ..Pages::new(vec![]) };
    assert_eq!(ask(diary(SubjectKind::User, 2, early.clone())), [ConflictKind::Hours]);
    let nine_to_eleven = || diary(SubjectKind::User, 2, early.clone());
    assert_eq!(kinds(&check(&meeting(540, 1_979), &[nine_to_eleven()])), [ConflictKind::Hours]);
    assert!(check(&meeting(540, 1_980), &[nine_to_eleven()]).conflicts.is_empty(), "a journey has its night by nature");
    let holiday = Pages { days_off: vec![DayOff { date: monday(), name: "Founders' day".to_owned() }], ..early };
    let found = check(&meeting(630, 690), &[diary(SubjectKind::User, 2, holiday)]);
    assert_eq!(kinds(&found), [ConflictKind::Holiday], "who is off is not told as well that it is late");
    assert_eq!(found.conflicts[0].with.as_ref().unwrap().title.as_deref(), Some("Founders' day"));
}

#[test]
fn a_call_during_a_visit_is_no_second_visit() {
    let ask = |mine: ItemKind, theirs: ItemKind| {
        let pages = Pages::new(vec![Busy { kind: theirs, ..busy(9, 600, 660) }]);
        check(&Proposal { kind: mine, ..meeting(600, 660) }, &[diary(SubjectKind::Company, 4, pages)]).conflicts.len()
    };
    assert_eq!(ask(ItemKind::Visit, ItemKind::Delivery), 1);
    assert_eq!(ask(ItemKind::Call, ItemKind::Visit), 0);
    assert_eq!(ask(ItemKind::Visit, ItemKind::Call), 0);
}

#[test]
fn back_to_back_is_no_conflict() {
    for kind in [SubjectKind::User, SubjectKind::Contact, SubjectKind::Company, SubjectKind::Resource] {
        let pages = Pages::new(vec![busy(8, 540, 600), busy(9, 660, 720)]);
        assert!(check(&meeting(600, 660), &[diary(kind, 1, pages)]).conflicts.is_empty());
    }
}

#[test]
fn an_alert_names_who_what_and_when_but_no_private_title() {
    let pages = Pages::new(vec![Busy { hidden: true, ..busy(9, 600, 660) }, busy(7, 615, 620)]);
    let found = check(&meeting(630, 690), &[diary(SubjectKind::User, 2, pages.clone())]);
    let json = serde_json::to_value(&found.conflicts[0]).unwrap();
    let want = serde_json::json!({"kind": "attendee", "start": "2026-11-23T10:30:00.000Z", "end": "2026-11-23T11:00:00.000Z",
        "with": {"id": id(9), "title": null, "start": "2026-11-23T10:00:00.000Z", "end": "2026-11-23T11:00:00.000Z"},
        "who": {"type": "user", "id": id(2), "name": "User 2"}, "strict": false});
    assert_eq!(json, want);
    assert!(!serde_json::to_string(&found).unwrap().contains("Item 9"));
}

#[test]
fn rules_warn_refuse_or_are_silent() {
    let of = |level: Level| Pages { policy: Policy { people: level, ..Policy::default() }, ..Pages::new(vec![busy(9, 600, 660)]) };
    let ask = |level: Level| check(&meeting(600, 660), &[diary(SubjectKind::User, 2, of(level))]);
    assert!(!ask(Level::Warn).is_refused() && ask(Level::Warn).conflicts.len() == 1);
    assert!(ask(Level::Strict).is_refused());
    assert!(ask(Level::Off).conflicts.is_empty());
    let both = Policy { hours: Level::Strict, ..Policy::all(Level::Off) }.strictest(Policy::default());
    assert_eq!((both.hours, both.people), (Level::Strict, Level::Warn));
}

#[test]
fn an_item_is_not_in_its_own_way() {
    let slot = |n: i64| Some(Moment::At(zero() + n * MINUTE));
    let series = |n: i64| Busy { slot: slot(n), ..busy(9, n, n + 60) };
    let pages = || Pages::new(vec![series(600), series(2_040)]);
    let ask = |from: i64, except: Except| {
        let proposal = Proposal { except: vec![except], ..meeting(from, from + 60) };
        check(&proposal, &[diary(SubjectKind::User, 1, pages())]).conflicts.len()
    };
    assert_eq!(ask(600, Except::Item(id(9))), 0);
    assert_eq!(ask(600, Except::Slot(id(9), slot(600).unwrap())), 0);
    assert_eq!(ask(2_040, Except::Slot(id(9), slot(600).unwrap())), 1, "one occurrence against another of its series");
    assert_eq!(ask(600, Except::From(id(9), slot(2_040).unwrap())), 1);
    assert_eq!(ask(2_040, Except::From(id(9), slot(2_040).unwrap())), 0);
}

#[test]
fn all_day_leave_is_the_day_of_who_takes_it() {
    // In Tokyo's zone Monday is over at 15:00 of UTC.
    let zone = FixedOffset::east_opt(9 * 3_600).unwrap();
    let leave = Busy { when: When::Days(monday(), monday().succ_opt().unwrap()), kind: ItemKind::Leave, ..busy(9, 0, 0) };
    let diary = Diary::new(who(SubjectKind::User, 2), zone, window(), Pages::new(vec![leave]));
    assert_eq!(kinds(&check(&meeting(14 * 60, 15 * 60), std::slice::from_ref(&diary))), [ConflictKind::Leave]);
    assert!(check(&meeting(15 * 60, 16 * 60), &[diary]).conflicts.is_empty());
}

#[test]
fn nobody_travels_from_a_place_to_itself() {
    let there = |place: &str| Busy { place: place.to_owned(), travel_after: 30, ..busy(9, 540, 600) };
    let ask = |a: &str, b: &str| {
        let proposal = Proposal { place: b.to_owned(), ..meeting(600, 660) };
        kinds(&check(&proposal, &[diary(SubjectKind::User, 2, Pages::new(vec![there(a)]))]))
    };
    assert!(ask("Kyiv, Khreshchatyk 1", " kyiv, khreshchatyk 1").is_empty());
    assert_eq!(ask("", ""), [ConflictKind::Travel]);
    assert_eq!(ask("Kyiv", "Lviv"), [ConflictKind::Travel]);
    // A room waits for nobody who is on the way; a car does.
    let room = Pages { travels: false, ..Pages::new(vec![there("Kyiv")]) };
    assert!(check(&meeting(600, 660), &[diary(SubjectKind::Resource, 5, room)]).conflicts.is_empty());
    assert_eq!(
        kinds(&check(&meeting(600, 660), &[diary(SubjectKind::Resource, 5, Pages::new(vec![there("Kyiv")]))])),
        [ConflictKind::Resource]
    );
}

#[test]
fn a_review_names_each_pair_once() {
    let pages = Pages {
        hours: Some(WorkingHours::weekdays(540, 1_080)),
        ..Pages::new(vec![busy(7, 600, 660), busy(8, 630, 690), busy(9, 1_080, 1_140)])
    };
    let found = review(&diary(SubjectKind::User, 1, pages));
    let named: Vec<_> = found.conflicts.iter().map(|c| (c.kind, c.item, c.with.as_ref().and_then(|w| w.id))).collect();
    assert_eq!(named, [(ConflictKind::Own, Some(id(7)), Some(id(8))), (ConflictKind::Hours, Some(id(9)), None)]);
}

#[test]
fn a_series_against_a_full_calendar_is_cut_but_a_refusal_is_found() {
    let mut days: Vec<Busy> = (0..2_880).map(|n| busy(n as u128 + 10, n, n + 1)).collect();
    days.reverse();
    let strict = Pages { policy: Policy::all(Level::Strict), ..Pages::new(vec![busy(5_000, 2_879, 2_880)]) };
    let proposal = Proposal { occurrences: (0..2_880).map(|n| (None, When::At(span(n, n + 1)))).collect(), ..meeting(0, 0) };
    let found = check(&proposal, &[diary(SubjectKind::User, 1, Pages::new(days)), diary(SubjectKind::Resource, 2, strict)]);
    assert!(found.more && found.is_refused());
    assert!(found.conflicts.is_sorted_by_key(|c| c.span.start));
}

#[test]
fn three_people_and_a_length_give_the_first_common_time() {
    let person = |n: u128, taken: &[(i64, i64)]| {
        let busy = taken.iter().map(|(a, b)| busy(100 + n, *a, *b)).collect();
        diary(SubjectKind::User, n, Pages { hours: Some(WorkingHours::weekdays(540, 1_080)), ..Pages::new(busy) })
    };
    let diaries = [person(1, &[(540, 630)]), person(2, &[(660, 730)]), person(3, &[(735, 1_060)])];
    let found = find(&Wish::new(30, window(), 4), &diaries, &Utc);
    let starts: Vec<i64> = found.iter().map(|s| (s.span.start - zero()) / MINUTE).collect();
    // 10:30, then nothing of half an hour until the next day.
    assert_eq!(starts, [630, 1_980, 2_010, 2_040]);
    // Where only a minute beside the grid fits, it is found all the same.
    let starts: Vec<i64> =
        find(&Wish::new(20, span(1_060, 1_081), 4), &diaries, &Utc).iter().map(|s| (s.span.start - zero()) / MINUTE).collect();
    assert_eq!(starts, [1_060]);
}

#[test]
fn who_would_be_missing_and_who_would_rather_not_rank_behind() {
    let optional = diary(SubjectKind::User, 2, Pages { required: false, ..Pages::new(vec![busy(9, 540, 600)]) });
    let customer = Pages { preferred: Some(WorkingHours::weekdays(660, 720)), ..Pages::new(vec![]) };
    let diaries = [optional, diary(SubjectKind::Contact, 3, customer)];
    let found = find(&Wish::new(60, span(540, 720), 3), &diaries, &Utc);
    let told: Vec<_> = found.iter().map(|s| ((s.span.start - zero()) / MINUTE, s.missing.len(), s.unloved.len())).collect();
    assert_eq!(told, [(660, 0, 0), (600, 0, 1), (540, 1, 1)]);
}

#[test]
fn free_busy_says_when_and_nothing_else() {
    let pages = Pages::new(vec![
        busy(7, 600, 660),
        busy(8, 630, 690),
        Busy { tentative: true, ..busy(9, 680, 720) },
        Busy { kind: ItemKind::Leave, ..busy(10, 1_440, 2_880) },
        busy(11, 1_500, 1_560),
    ]);
    let taken = diary(SubjectKind::User, 1, pages).free_busy(span(0, 2_000));
    let told: Vec<_> = taken.iter().map(|t| ((t.span.start - zero()) / MINUTE, (t.span.end - zero()) / MINUTE, t.by)).collect();
    assert_eq!(told, [(600, 690, TakenBy::Busy), (690, 720, TakenBy::Tentative), (1_440, 2_000, TakenBy::Leave)]);
    let json = serde_json::to_string(&taken).unwrap();
    assert!(!json.contains("Item"));
}
