//! Conflicts and free times against maps of minutes: one box a minute, and nothing clever.

use chrono::Utc;
use domain::Id;
use domain::calendar::conflict::{Proposal, check};
use domain::calendar::diary::Pages;
use domain::calendar::slots::{Wish, find, free, suggest};
use domain::calendar::{Busy, ConflictKind, DayOff, Diary, SubjectKind, When, WorkingHours};
use proptest::prelude::*;

use crate::support::{MINUTE, MINUTES, busy, diary, id, meeting, monday, span, window, zero};

/// An item as the map of minutes needs it.
#[derive(Clone, Debug)]
struct Plain {
    from: i64,
    length: i64,
    before: u16,
    after: u16,
    place: usize,
}

const PLACES: [&str; 3] = ["", "Kyiv", "Lviv"];

fn plain() -> impl Strategy<Value = Plain> {
    (0..MINUTES - 300, 0..300_i64, 0..60_u16, 0..60_u16, 0..3_usize, any::<bool>()).prop_map(
        |(from, length, before, after, place, still)| {
            let (before, after) = if still { (0, 0) } else { (before, after) };
            // Half of them on round minutes, so that they meet exactly.
            let round = |n: i64| if place == 1 { n } else { n / 30 * 30 };
            Plain { from: round(from), length: round(length), before, after, place }
        },
    )
}

fn busy_of(n: usize, p: &Plain) -> Busy {
    Busy {
        place: PLACES[p.place].to_owned(),
        travel_before: p.before,
        travel_after: p.after,
        ..busy(n as u128 + 100, p.from, p.from + p.length)
    }
}

fn proposal_of(p: &Plain) -> Proposal {
    Proposal { place: PLACES[p.place].to_owned(), travel_before: p.before, travel_after: p.after, ..meeting(p.from, p.from + p.length) }
}

/// The minutes of `[from, to)`, one by one.
fn boxes(from: i64, to: i64) -> Vec<bool> {
    (-200..MINUTES + 800).map(|m| from <= m && m < to).collect()
}

fn meet(a: &[bool], b: &[bool]) -> bool {
    a.iter().zip(b).any(|(a, b)| *a && *b)
}

/// What one item does to another, minute by minute.
fn by_minutes(a: &Plain, b: &Plain, travels: bool) -> Option<ConflictKind> {
    let own = |p: &Plain| boxes(p.from, p.from + p.length);
    if meet(&own(a), &own(b)) {
        return Some(ConflictKind::Attendee);
    }
    let wide = |p: &Plain| boxes(p.from - i64::from(p.before), p.from + p.length + i64::from(p.after));
    let elsewhere = a.place == 0 || a.place != b.place;
    (travels && a.length > 0 && b.length > 0 && elsewhere && meet(&wide(a), &wide(b))).then_some(ConflictKind::Travel)
}

/// All minutes that somebody's items leave no room in, for the item itself and for its ways.
struct Map {
    own: Vec<bool>,
    wide: Vec<bool>,
}

impl Map {
    fn of(items: &[Plain], mine: &Plain, travels: bool) -> Self {
        let mut map = Self { own: boxes(0, 0), wide: boxes(0, 0) };
        let fill = |map: &mut Vec<bool>, from: i64, to: i64| boxes(from, to).iter().zip(map).for_each(|(b, m)| *m |= b);
        for p in items.iter().filter(|p| p.length > 0) {
            fill(&mut map.own, p.from, p.from + p.length);
            if travels && (mine.place == 0 || mine.place != p.place) {
                fill(&mut map.wide, p.from - i64::from(p.before), p.from + p.length + i64::from(p.after));
            }
        }
        map
    }

    fn has_room(&self, p: &Plain) -> bool {
        let free = |map: &[bool], from: i64, to: i64| !(from..to).any(|m| map[(m + 200) as usize]);
        free(&self.own, p.from, p.from + p.length) && free(&self.wide, p.from - i64::from(p.before), p.from + p.length + i64::from(p.after))
    }
}

/// Monday to Friday nine to six, and Tuesday is a holiday or not. What lasts for a day is not measured against the hours.
fn at_work(p: &Plain, holiday: bool) -> (bool, bool) {
    let minutes = || p.from..p.from + p.length;
    let is_off = |m: &i64| holiday && (1_440..2_880).contains(m);
    let works = |m: &i64| (540..1_080).contains(&(m % 1_440));
    let late = p.length < 1_440 && minutes().any(|m| !(works(&m) || is_off(&m)));
    let off = minutes().any(|m| is_off(&m));
    (late, off)
}

fn pages_of(items: &[Plain], holiday: bool, travels: bool, hours: bool) -> Pages {
    Pages {
        travels,
        hours: hours.then(|| WorkingHours::weekdays(540, 1_080)),
        days_off: holiday.then(|| DayOff { date: monday().succ_opt().unwrap(), name: "Holiday".to_owned() }).into_iter().collect(),
        ..Pages::new(items.iter().enumerate().map(|(n, p)| busy_of(n, p)).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn conflicts_are_those_of_the_map_of_minutes(
        items in prop::collection::vec(plain(), 0..12), mine in plain(), holiday: bool, travels: bool, hours: bool,
    ) {
        let diary = diary(SubjectKind::User, 2, pages_of(&items, holiday, travels, hours));
        let mut got: Vec<(ConflictKind, Option<Id>)> =
            check(&proposal_of(&mine), &[diary]).conflicts.iter().map(|c| (c.kind, c.with.as_ref().and_then(|w| w.id))).collect();
        let mut want: Vec<(ConflictKind, Option<Id>)> = items
            .iter()
            .enumerate()
            .filter_map(|(n, other)| Some((by_minutes(&mine, other, travels)?, Some(id(n as u128 + 100)))))
            .collect();
        let (late, off) = at_work(&mine, holiday);
        want.extend((hours && late).then_some((ConflictKind::Hours, None)));
        want.extend(off.then_some((ConflictKind::Holiday, None)));
        got.sort_unstable();
        want.sort_unstable();
        prop_assert_eq!(got, want);
    }

    #[test]
    fn free_times_are_those_of_the_map_of_minutes(
        items in prop::collection::vec(plain(), 0..8), mine in plain(), holiday: bool, travels: bool, hours: bool,
    ) {
        let mine = Plain { length: mine.length.max(1), ..mine };
        let diary = diary(SubjectKind::User, 2, pages_of(&items, holiday, travels, hours));
        let free = free(&proposal_of(&mine), mine.length * MINUTE, &diary, window());
        let map = Map::of(&items, &mine, travels);
        for from in (0..=MINUTES - mine.length).step_by(7) {
            let here = Plain { from, ..mine.clone() };
            let taken = !map.has_room(&here);
            let (late, off) = at_work(&here, holiday);
            let fits = free.iter().any(|f| f.contains(span(from, from + mine.length)));
            prop_assert_eq!(fits, !(taken || off || hours && late), "at {}", from);
        }
    }

    #[test]
    fn what_is_found_has_no_conflicts_and_nothing_earlier_was_missed(
        people in prop::collection::vec((prop::collection::vec(plain(), 0..6), any::<bool>(), any::<bool>()), 1..4), mine in plain(),
    ) {
        let mine = Plain { length: mine.length.max(5), ..mine };
        let diaries: Vec<Diary<Utc>> = people
            .iter()
            .enumerate()
            .map(|(n, (items, travels, hours))| diary(SubjectKind::User, n as u128 + 2, pages_of(items, false, *travels, *hours)))
            .collect();
        let wish = Wish {
            place: PLACES[mine.place].to_owned(), travel_before: mine.before, travel_after: mine.after,
            ..Wish::new(mine.length as u32, window(), 20)
        };
        let maps: Vec<(Map, bool)> = people.iter().map(|(items, travels, hours)| (Map::of(items, &mine, *travels), *hours)).collect();
        let fits = |from: i64| {
            let here = Plain { from, ..mine.clone() };
            maps.iter().all(|(map, hours)| map.has_room(&here) && !(*hours && at_work(&here, false).0))
        };
        let found = find(&wish, &diaries, &Utc);
        for slot in &found {
            prop_assert_eq!(slot.span.len(), mine.length * MINUTE);
            let proposal = Proposal { occurrences: vec![(None, When::At(slot.span))], ..proposal_of(&mine) };
            prop_assert!(check(&proposal, &diaries).conflicts.is_empty());
        }
        prop_assert!(found.windows(2).all(|w| w[0].span.end <= w[1].span.start));
        let any = (0..=MINUTES - mine.length).find(|m| fits(*m));
        prop_assert_eq!(found.is_empty(), any.is_none());
        let on_grid = (0..=MINUTES - mine.length).step_by(15).find(|m| fits(*m));
        if let (Some(slot), Some(earliest)) = (found.first(), on_grid) {
            prop_assert!(slot.span.start <= zero() + earliest * MINUTE);
        }
        let suggested = suggest(&proposal_of(&mine), mine.length * MINUTE, zero(), 20, &diaries, &Utc);
        prop_assert_eq!(suggested, found.iter().map(|s| s.span).collect::<Vec<_>>());
    }
}
