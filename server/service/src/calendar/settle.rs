//! What waits to become letters. Several changes of one item within a short time are one letter to each person: about what it is
//! now, seen from what they heard of last. Whoever was asked and taken off again before a letter went hears nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{Moment, SubjectKind, stored};
use domain::notices::News;
use domain::{Fields, Id, Result, time};

use super::letters;
use super::news::{Task, Told, between};
use crate::{App, mail};

/// A change of time or place waits so long for the next one; invitations and cancellations go at once, and what waits of their
/// item goes with them.
pub(crate) const SETTLE: i64 = 30_000;

/// When this becomes letters.
pub(super) fn due(now: i64, told: &[Told]) -> i64 {
    let waits = told.iter().all(|t| matches!(t.news, News::Moved | News::Changed));
    if waits { now + SETTLE } else { now }
}

/// Makes letters of what is due, and of what waits about the same items. Answers what is done with.
pub(crate) async fn write_letters(app: &App, tasks: Vec<(String, Fields)>) -> Result<Vec<String>> {
    let now = time::instant(app.now());
    let mut done = Vec::new();
    let mut waiting: Vec<(bool, String, Task)> = Vec::new();
    for (key, mut doc) in tasks {
        let is_due = doc.get("due").and_then(|d| d.as_str()).is_none_or(|due| due <= now.as_str());
        match doc.remove("task").and_then(|t| serde_json::from_value::<Task>(t).ok()) {
            Some(task) => waiting.push((is_due, key, task)),
            None => {
                tracing::error!(key, "something in the outbox cannot be read; it is left out");
                done.push(key);
            }
        }
    }
    let left = leave_to_their_series(&mut waiting);
    let due = waiting.iter().filter(|(is_due, ..)| *is_due).map(|(.., task)| task.record);
    // What was left to another letter is done with, and what else there is of it goes now: it is not looked at twice.
    let ripe: BTreeSet<Id> = due.chain(left).collect();
    let mut items: BTreeMap<Id, Vec<(String, Task)>> = BTreeMap::new();
    for (_, key, task) in waiting.into_iter().filter(|(.., task)| ripe.contains(&task.record)) {
        done.push(key.clone());
        items.entry(task.record).or_default().push((key, task));
    }
    if !items.is_empty() {
        let mut unsent = mail::unsent(app).await?;
        for tasks in items.into_values() {
            for (key, task) in merged(tasks) {
                letters::write(app, &key, &task, &mut unsent).await?;
            }
        }
    }
    Ok(done)
}

/// What waits about one occurrence, and was said of its whole series after that: the letter about the series has it as it is by now.
/// Sent on its own it would call the occurrence by a name that it no longer has, or bring back what was called off.
fn leave_to_their_series(waiting: &mut [(bool, String, Task)]) -> Vec<Id> {
    let mut said: Vec<(Id, String, BTreeSet<Id>)> = Vec::new();
    for (.., task) in waiting.iter().filter(|(.., task)| series_of(task).is_none()) {
        let people = task.told.iter().filter(|t| t.slot.is_none()).map(|t| t.id).collect();
        said.push((task.record, task.at.clone(), people));
    }
    let mut left = Vec::new();
    for (.., task) in waiting.iter_mut() {
        let Some(series) = series_of(task) else { continue };
        let at = task.at.clone();
        let later = |who: &Id| said.iter().any(|(of, when, people)| *of == series && *when >= at && people.contains(who));
        let before = task.told.len();
        task.told.retain(|t| matches!(t.news, News::Cancelled | News::Uninvited) || !later(&t.id));
        left.extend((task.told.len() < before).then_some(task.record));
    }
    left
}

fn series_of(task: &Task) -> Option<Id> {
    task.now.get("part_of").and_then(|id| id.as_str()).and_then(Id::parse)
}

/// A customer or not, who, and the occurrence.
type About = (u8, Id, Option<Moment>);

/// One piece of news for each person about each occurrence (or the whole), with the state that it is seen from.
fn merged(mut tasks: Vec<(String, Task)>) -> Vec<(String, Task)> {
    tasks.sort_by_key(|(_, task)| task.version);
    let mut heard: BTreeMap<About, Vec<(usize, News)>> = BTreeMap::new();
    for (n, (_, task)) in tasks.iter().enumerate() {
        for told in &task.told {
            heard.entry((u8::from(told.kind == SubjectKind::Contact), told.id, told.slot)).or_default().push((n, told.news));
        }
    }
    // Those with the same first and last state share a task.
    let mut out: BTreeMap<(usize, usize), Vec<Told>> = BTreeMap::new();
    for ((contact, id, slot), all) in heard {
        let (Some((first, _)), Some((last, _))) = (all.first(), all.last()) else { continue };
        let news: Vec<News> = all.iter().map(|(_, news)| *news).collect();
        let kind = if contact == 1 { SubjectKind::Contact } else { SubjectKind::User };
        if let Some(news) = together(&news).filter(|news| first == last || is_news(&tasks, (*first, *last), id, *news)) {
            out.entry((*first, *last)).or_default().push(Told { slot, ..Told::new((kind, id), news) });
        }
    }
    let task = |((first, last), told): ((usize, usize), Vec<Told>)| {
        let was = tasks.get(first).and_then(|(_, task)| task.was.clone());
        let (key, task) = tasks.get(last)?;
        // What the first state is seen from differs; so do the letters.
        let key = if first == last { key.clone() } else { format!("{key}-{}", last - first) };
        Some((key, Task { was, told, ..task.clone() }))
    };
    out.into_iter().filter_map(task).collect()
}

/// There and back again is no change of plans.
fn is_news(tasks: &[(String, Task)], (first, last): (usize, usize), person: Id, news: News) -> bool {
    if !matches!(news, News::Moved | News::Changed) {
        return true;
    }
    let was = tasks.get(first).and_then(|(_, task)| task.was.as_ref()).and_then(stored::event_of);
    let now = tasks.get(last).and_then(|(_, task)| stored::event_of(&task.now));
    between(was.as_ref(), now.as_ref()).iter().any(|t| t.id == person && matches!(t.news, News::Moved | News::Changed))
}

/// Several pieces of news in a row, as one.
pub(super) fn together(all: &[News]) -> Option<News> {
    let (first, last) = (all.first()?, all.last()?);
    let off = |news: &News| matches!(news, News::Cancelled | News::Uninvited);
    match (*first == News::Invited, off(last)) {
        // They never heard of it.
        (true, true) => (all.len() == 1).then_some(*last),
        (true, false) => Some(News::Invited),
        (false, true) => Some(*last),
        (false, false) if all.iter().any(off) => Some(News::Invited),
        (false, false) if all.contains(&News::Moved) => Some(News::Moved),
        (false, false) => Some(*last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_changes_are_one_piece_of_news() {
        use News::{Cancelled, Changed, Invited, Moved, Uninvited};
        for (all, one) in [
            (vec![Moved, Moved, Changed], Some(Moved)),
            (vec![Changed, Changed], Some(Changed)),
            (vec![Invited, Moved], Some(Invited)),
            (vec![Invited, Moved, Cancelled], None),
            (vec![Moved, Cancelled], Some(Cancelled)),
            (vec![Uninvited, Invited], Some(Invited)),
            (vec![Moved, Uninvited, Invited, Moved], Some(Invited)),
            (vec![Cancelled], Some(Cancelled)),
            (vec![], None),
        ] {
            assert_eq!(together(&all), one, "{all:?}");
        }
    }
}
