//! Which minutes two items on the screen want of the same person, room or customer. The grid stripes them, and what is
//! carried is told at once, before the server has answered (who knows more: other calendars, hours, holidays, the way there).

use std::collections::BTreeMap;

use domain::calendar::view::Shown;
use domain::calendar::{Moment, Span, Status, span};

use crate::prelude::Id;

/// An occurrence: the item, and its name within the series.
pub type Key = (Id, Option<Moment>);

pub fn key(item: &Shown) -> Key {
    (item.id, item.slot)
}

/// In an attribute and back to the item by equality.
pub fn key_text(key: &Key) -> String {
    key.1.map_or_else(|| key.0.to_string(), |slot| format!("{}@{slot}", key.0))
}

/// Does it keep anybody from anything?
pub fn takes_time(item: &Shown) -> bool {
    item.busy && item.status != Status::Cancelled && !item.span.is_empty()
}

/// Everybody and everything whose time it takes.
pub fn whose(item: &Shown) -> Vec<Id> {
    let mut all: Vec<Id> = item.organiser.into_iter().collect();
    for list in [&item.attendees, &item.contacts, &item.resources, &item.subjects] {
        all.extend(list.iter().copied());
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn meet(a: &[Id], b: &[Id]) -> bool {
    a.iter().any(|id| b.binary_search(id).is_ok())
}

/// Of each item that clashes, the minutes that it shares. Days off and plain days are no clash of minutes: they are told, not
/// striped.
pub fn shared(items: &[&Shown]) -> BTreeMap<String, Vec<Span>> {
    let mut out: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    let all: Vec<(&&Shown, Vec<Id>)> = items.iter().filter(|i| takes_time(i) && !i.start.is_day()).map(|i| (i, whose(i))).collect();
    for (n, (a, of_a)) in all.iter().enumerate() {
        for (b, of_b) in all.iter().skip(n + 1) {
            // In order of time: whatever follows begins later still.
            if b.span.start >= a.span.end {
                break;
            }
            if key(a) == key(b) || !meet(of_a, of_b) {
                continue;
            }
            if let Some(both) = a.span.shared(b.span) {
                out.entry(key_text(&key(a))).or_default().push(both);
                out.entry(key_text(&key(b))).or_default().push(both);
            }
        }
    }
    out.into_iter().map(|(key, spans)| (key, span::merged(spans))).collect()
}

/// The items that what is to lie at `at` would clash with; `except` is the one that is moved.
pub fn against<'a>(items: impl Iterator<Item = &'a Shown>, at: Span, people: &[Id], except: Option<&Key>) -> Vec<&'a Shown> {
    let mut people = people.to_vec();
    people.sort_unstable();
    items.filter(|i| takes_time(i) && i.span.overlaps(at) && Some(&key(i)) != except && meet(&whose(i), &people)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use domain::calendar::ItemKind;

    use super::*;

    const HOUR: i64 = 3_600_000;

    pub fn id(n: u128) -> Id {
        serde_json::from_value(serde_json::json!(format!("{n:08x}-0000-0000-0000-000000000000"))).unwrap()
    }

    pub fn item(n: u128, from: i64, to: i64, people: &[u128]) -> Shown {
        let span = Span::new(from * HOUR / 2, to * HOUR / 2);
        Shown {
            id: id(n),
            slot: None,
            series: None,
            recurs: false,
            start: Moment::At(span.start),
            end: Moment::At(span.end),
            span,
            kind: ItemKind::Meeting,
            status: Status::Confirmed,
            busy: true,
            masked: false,
            private: false,
            title: String::new(),
            place: String::new(),
            organiser: None,
            subjects: Vec::new(),
            attendees: people.iter().map(|p| id(*p)).collect(),
            contacts: Vec::new(),
            resources: Vec::new(),
            company: None,
            deal: None,
            travel_before: 0,
            travel_after: 0,
            answer: None,
            clash: false,
            version: 1,
            foreign: false,
            task: false,
            can_edit: true,
        }
    }

    #[test]
    fn only_the_minutes_that_both_want_are_shared() {
        let all = [item(1, 0, 4, &[9]), item(2, 2, 6, &[9, 8]), item(3, 4, 6, &[7])];
        let found = shared(&all.iter().collect::<Vec<_>>());
        let both = vec![Span::new(HOUR, 2 * HOUR)];
        assert_eq!(found.get(&id(1).to_string()), Some(&both));
        assert_eq!(found.get(&id(2).to_string()), Some(&both));
        assert_eq!(found.get(&id(3).to_string()), None, "other people");
    }

    #[test]
    fn what_takes_no_time_clashes_with_nothing() {
        let free = Shown { busy: false, ..item(1, 0, 4, &[9]) };
        let cancelled = Shown { status: Status::Cancelled, ..item(2, 0, 4, &[9]) };
        let all = [free, cancelled, item(3, 2, 6, &[9])];
        assert!(shared(&all.iter().collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn what_is_carried_does_not_clash_with_itself() {
        let all = [item(1, 0, 4, &[9]), item(2, 2, 6, &[9]), item(3, 4, 6, &[9])];
        let moved = key(&all[0]);
        let found = against(all.iter(), Span::new(HOUR, 2 * HOUR), &[id(9)], Some(&moved));
        assert_eq!(found.iter().map(|i| i.id).collect::<Vec<_>>(), [id(2)]);
        assert!(against(all.iter(), Span::new(HOUR, 2 * HOUR), &[id(5)], None).is_empty());
    }
}
