//! Conflicts that arose later, as notices: each is told once to each of those concerned, whatever is changed about its items
//! afterwards and however many servers look. Many at once are one notice that leads to the list of them.

use std::collections::BTreeMap;

use domain::calendar::{ConflictKind, Moment, SubjectKind, Who};
use domain::notices::{News, Notice};
use domain::{Fields, Id, Result};
use store::Table;

use crate::ctx::{fault, new_id};
use crate::{App, notices};

/// More at once become one notice.
const ONE_BY_ONE: usize = 3;
/// Of one person at once; the list of conflicts has all.
const MOST: usize = 100;
const DAY: i64 = 86_400_000;

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
    /// The same from both sides, and when one of them is moved a little. Of a series, its first day of them.
    fn key(&self) -> String {
        let (a, b) = (Some(self.item).min(self.with), Some(self.item).max(self.with));
        let id = |id: Option<Id>| id.map(|i| i.to_string()).unwrap_or_default();
        format!("{}/{}/{}/{}/{}/{}", self.user, self.kind.name(), self.who.id, id(a), id(b), self.at.div_euclid(DAY))
    }

    fn pair(&self) -> (ConflictKind, Id, Option<Id>, Option<Id>) {
        (self.kind, self.who.id, Some(self.item).min(self.with), Some(self.item).max(self.with))
    }
}

/// Tells them. `by`: the change that it came from; of several servers that heard of it one tells.
pub(super) async fn note(app: &App, by: Option<Id>, all: Vec<Arising>) -> Result<()> {
    let mut of: BTreeMap<Id, Vec<Arising>> = BTreeMap::new();
    for one in all {
        of.entry(one.user).or_default().push(one);
    }
    let directory = app.directory();
    of.retain(|user, _| directory.users.get(user).is_some_and(|u| u.deleted_at.is_none() && !u.flag("disabled")));
    let mut people = std::collections::BTreeSet::new();
    for (user, list) in of {
        if let Some(by) = by
            && !claim(app, format!("{by}/{user}")).await?
        {
            continue;
        }
        let mut fresh = Vec::new();
        for one in first_of_each(list) {
            if claim(app, one.key()).await? {
                fresh.push(one);
            }
        }
        let told = if fresh.len() > ONE_BY_ONE { vec![together(app, &fresh)] } else { fresh.iter().map(|one| notice(app, one)).collect() };
        let now = app.now();
        let docs =
            told.iter().map(|n| Ok((notices::key(user, now, &format!("{:032x}", u128::MAX - new_id().0.as_u128())), notices::doc(n)?)));
        if app.0.store.make_docs(Table::Notice, docs.collect::<Result<Vec<_>>>()?).await.map_err(fault)? > 0 {
            people.insert(user);
        }
    }
    notices::hint(app, people);
    Ok(())
}

/// Of the occurrences of a series the first that clashes.
fn first_of_each(mut list: Vec<Arising>) -> Vec<Arising> {
    list.sort_by_key(|one| (one.at, one.pair()));
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|one| seen.insert(one.pair()));
    list.truncate(MOST);
    list
}

/// True for the first who asks.
async fn claim(app: &App, key: String) -> Result<bool> {
    let doc = Fields::from_iter([("at".to_owned(), app.now_text().into())]);
    app.0.store.claim_doc(Table::Clash, &key, doc, "0").await.map_err(fault)
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

fn together(app: &App, all: &[Arising]) -> Notice {
    let first = all.iter().map(|one| one.at).min().map(Moment::At);
    Notice { start: first, count: Some((i64::try_from(all.len()).unwrap_or(i64::MAX), 0)), ..plain(app) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(item: u128, with: u128, at: i64) -> Arising {
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        let who = Who { kind: SubjectKind::User, id: id(9), name: String::new() };
        Arising { user: id(9), kind: ConflictKind::Own, who, item: id(item), with: Some(id(with)), slot: None, at }
    }

    #[test]
    fn a_conflict_is_the_same_from_both_sides_and_a_little_later() {
        assert_eq!(one(1, 2, DAY).key(), one(2, 1, DAY + 900_000).key());
        assert_ne!(one(1, 2, DAY).key(), one(1, 2, 5 * DAY).key(), "on another day it is another");
        assert_ne!(one(1, 2, DAY).key(), one(1, 3, DAY).key());
        let series = first_of_each(vec![one(1, 2, 9 * DAY), one(2, 1, 2 * DAY), one(1, 3, 3 * DAY)]);
        assert_eq!(series.iter().map(|o| o.at / DAY).collect::<Vec<_>>(), [2, 3]);
    }
}
