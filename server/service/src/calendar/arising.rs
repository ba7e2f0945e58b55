//! Conflicts that arose later, as notices: each is told once to each of those concerned, whatever is changed about its items
//! afterwards and however many servers look. Many at once are one notice that leads to the list of them.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use domain::calendar::{ConflictKind, Moment, SubjectKind, Who, zone};
use domain::notices::{News, Notice};
use domain::{Error, Fields, Id, Result, time};
use store::{Doc, Table, Write, WriteError};

use crate::ctx::{fault, internal, new_id};
use crate::{App, notices};

/// More at once become one notice.
const ONE_BY_ONE: usize = 3;
/// Of one person at once; the list of conflicts has all.
const MOST: usize = 100;
/// After so long a conflict that was told of may be told of again: it may have been solved meanwhile, and have come back.
const AGAIN: i64 = 86_400_000;
/// Each needs another writer to have succeeded.
const ROUNDS: usize = 5;

/// A conflict, and somebody whom it concerns.
#[derive(Clone, Debug)]
pub(super) struct Arising {
    pub user: Id,
    pub kind: ConflictKind,
    pub who: Who,
    /// What they are shown, and what stands against it.
    pub item: Id,
    pub with: Option<Id>,
    pub slot: Option<Moment>,
    /// When it begins.
    pub at: i64,
}

impl Arising {
    /// The same from both sides, and when one of them is moved a little. Of a series, its first day of them; days as the person has
    /// them.
    fn key(&self, clock: Tz) -> String {
        let (a, b) = (Some(self.item).min(self.with), Some(self.item).max(self.with));
        let id = |id: Option<Id>| id.map(|i| i.to_string()).unwrap_or_default();
        format!("{}/{}/{}/{}/{}/{}", self.user, self.kind.name(), self.who.id, id(a), id(b), zone::to_local(&clock, self.at).date())
    }

    fn pair(&self) -> (ConflictKind, Id, Option<Id>, Option<Id>) {
        (self.kind, self.who.id, Some(self.item).min(self.with), Some(self.item).max(self.with))
    }
}

/// Tells them. `by`: the change that it came from; of several servers that heard of it one tells.
pub(super) async fn note(app: &App, by: Option<Id>, all: Vec<Arising>) {
    let mut of: BTreeMap<Id, Vec<Arising>> = BTreeMap::new();
    for one in all {
        of.entry(one.user).or_default().push(one);
    }
    let directory = app.directory();
    of.retain(|user, _| directory.users.get(user).is_some_and(|u| u.deleted_at.is_none() && !u.flag("disabled")));
    let mut people = std::collections::BTreeSet::new();
    for (user, list) in of {
        // One whose notices cannot be written now takes nobody else's.
        match tell(app, by, user, list).await {
            Ok(true) => _ = people.insert(user),
            Ok(false) => {}
            Err(e) => tracing::warn!(error = %e, %user, "notices of conflicts could not be written"),
        }
    }
    notices::hint(app, people);
}

/// What is told, and that it was told, are written together: of several who try one succeeds, and none succeeds by half.
async fn tell(app: &App, by: Option<Id>, user: Id, list: Vec<Arising>) -> Result<bool> {
    let directory = app.directory();
    let clock = directory.users.get(&user).map_or(Tz::UTC, |u| crate::reminders::zone_of(u, directory.time_zone()));
    let list = first_of_each(list);
    let all: Vec<String> = list.iter().map(|one| one.key(clock)).collect();
    let done = by.map(|by| format!("{by}/{user}"));
    for _ in 0..ROUNDS {
        let now = app.now();
        let asked: Vec<String> = all.iter().chain(&done).cloned().collect();
        let known: BTreeMap<String, Fields> = app.0.store.docs_of(Table::Clash, &asked).await.map_err(fault)?.into_iter().collect();
        if done.as_ref().is_some_and(|key| known.contains_key(key)) {
            return Ok(false);
        }
        let long_ago = time::instant(now - AGAIN);
        let is_known =
            |key: &String| known.get(key).and_then(|d| d.get("at")).and_then(|at| at.as_str()).is_some_and(|at| at >= long_ago.as_str());
        let fresh: Vec<(&String, &Arising)> = all.iter().zip(&list).filter(|(key, _)| !is_known(key)).collect();
        let told: Vec<Notice> = match fresh.len() {
            0 => return Ok(false),
            1..=ONE_BY_ONE => fresh.iter().map(|(_, one)| notice(app, one)).collect(),
            _ => vec![together(app, &fresh.iter().map(|(_, one)| *one).collect::<Vec<_>>())],
        };
        let claim = |key: &String, before: &str| Doc {
            table: Table::Clash,
            key: key.clone(),
            doc: Some(Fields::from_iter([("at".to_owned(), time::instant(now).into())])),
            claim: Some(before.to_owned()),
        };
        let mut docs: Vec<Doc> = done.iter().map(|key| claim(key, "0")).collect();
        docs.extend(fresh.iter().map(|(key, _)| claim(key, &long_ago)));
        for one in &told {
            let key = notices::key(user, now, &format!("{:032x}", u128::MAX - new_id().0.as_u128()));
            docs.push(Doc { table: Table::Notice, key, doc: Some(notices::doc(one)?), claim: None });
        }
        match app.0.store.write(&Write { docs, ..Write::default() }).await {
            Ok(()) => return Ok(true),
            // Another server, or another change, was first: what is left of it is told.
            Err(WriteError::Claimed) => {}
            Err(WriteError::Db(e)) => return Err(fault(e)),
            Err(e) => return Err(internal(&format!("{e:?}"))),
        }
    }
    Err(Error::Unavailable)
}

/// Of the occurrences of a series the first that clashes.
fn first_of_each(mut list: Vec<Arising>) -> Vec<Arising> {
    list.sort_by_key(|one| (one.at, one.pair()));
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|one| seen.insert(one.pair()));
    list.truncate(MOST);
    list
}

fn plain(app: &App) -> Notice {
    Notice::plain(app.now_text(), News::Clash)
}

fn notice(app: &App, one: &Arising) -> Notice {
    let item = app.0.book.get(one.item);
    let directory = app.directory();
    // Customers and companies are not named: not everybody may see them.
    let name = match one.who.kind {
        SubjectKind::User => directory.users.get(&one.who.id).map(|u| u.name().to_owned()),
        SubjectKind::Resource => directory.resources.get(&one.who.id).map(|r| r.name().to_owned()),
        SubjectKind::Contact | SubjectKind::Company => None,
    };
    let start = item.as_ref().map(|i| one.slot.unwrap_or(i.when.start()));
    Notice {
        event: Some(one.item),
        slot: one.slot,
        title: item.map(|i| i.title.to_string()).unwrap_or_default(),
        start: start.or(Some(Moment::At(one.at))),
        actor_name: name.unwrap_or_default(),
        clash: Some(one.kind),
        ..plain(app)
    }
}

fn together(app: &App, all: &[&Arising]) -> Notice {
    let first = all.iter().map(|one| one.at).min().map(Moment::At);
    Notice { start: first, count: Some((i64::try_from(all.len()).unwrap_or(i64::MAX), 0)), ..plain(app) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn one(item: u128, with: u128, at: i64) -> Arising {
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        let who = Who { kind: SubjectKind::User, id: id(9), name: String::new() };
        Arising { user: id(9), kind: ConflictKind::Own, who, item: id(item), with: Some(id(with)), slot: None, at }
    }

    #[test]
    fn a_conflict_is_the_same_from_both_sides_and_a_little_later() {
        let key = |one: Arising| one.key(Tz::UTC);
        assert_eq!(key(one(1, 2, DAY)), key(one(2, 1, DAY + 900_000)));
        assert_ne!(key(one(1, 2, DAY)), key(one(1, 2, 5 * DAY)), "on another day it is another");
        assert_ne!(key(one(1, 2, DAY)), key(one(1, 3, DAY)));
        // A quarter of an hour around UTC's midnight is the same afternoon in California.
        let there = |at: i64| one(1, 2, at).key(Tz::America__Los_Angeles);
        assert_eq!(there(5 * DAY - 60_000), there(5 * DAY + 60_000));
        let series = first_of_each(vec![one(1, 2, 9 * DAY), one(2, 1, 2 * DAY), one(1, 3, 3 * DAY)]);
        assert_eq!(series.iter().map(|o| o.at / DAY).collect::<Vec<_>>(), [2, 3]);
    }
}
