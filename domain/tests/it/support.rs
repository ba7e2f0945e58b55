//! People, rooms and meetings of a Monday and a Tuesday, in minutes since its beginning.

use chrono::{NaiveDate, Utc};
use domain::Id;
use domain::calendar::conflict::Proposal;
use domain::calendar::diary::Pages;
use domain::calendar::{Busy, Diary, ItemKind, Span, SubjectKind, When, Who};

pub const MINUTE: i64 = 60_000;
/// Two days, from a Monday on.
pub const MINUTES: i64 = 2 * 1_440;

pub fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

pub fn zero() -> i64 {
    monday().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

pub fn span(from: i64, to: i64) -> Span {
    Span::new(zero() + from * MINUTE, zero() + to * MINUTE)
}

pub fn window() -> Span {
    span(0, MINUTES)
}

pub fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

pub fn who(kind: SubjectKind, n: u128) -> Who {
    Who { kind, id: id(n), name: format!("{kind:?} {n}") }
}

pub fn busy(item: u128, from: i64, to: i64) -> Busy {
    Busy {
        item: id(item),
        slot: None,
        when: When::At(span(from, to)),
        kind: ItemKind::Meeting,
        title: format!("Item {item}"),
        hidden: false,
        tentative: false,
        place: String::new(),
        travel_before: 0,
        travel_after: 0,
    }
}

pub fn meeting(from: i64, to: i64) -> Proposal {
    Proposal {
        occurrences: vec![(None, When::At(span(from, to)))],
        kind: ItemKind::Meeting,
        place: String::new(),
        travel_before: 0,
        travel_after: 0,
        organiser: Some(id(1)),
        except: Vec::new(),
    }
}

pub fn diary(kind: SubjectKind, n: u128, pages: Pages) -> Diary<Utc> {
    Diary::new(who(kind, n), Utc, window(), pages)
}
