//! Other people for an item: it is carried to another line of the team's day, and whose line it was is exchanged for whose line
//! it is now.

use std::sync::Arc;

use domain::calendar::view::Shown;
use domain::calendar::{SubjectKind, Who};
use domain::rights::Act;

use super::desk::Desk;
use crate::prelude::*;

/// Why an item cannot go to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum No {
    /// A person's place is no room's.
    Person,
    /// A room's place is no person's.
    Thing,
    /// Whoever is asked cannot organise it as well.
    There,
    /// One may make no items for them.
    Rights,
}

/// Who or what a line is of.
pub fn subject(desk: Desk, of: Id) -> Option<Who> {
    desk.page.with_untracked(|p| p.subjects.iter().find(|s| s.who.id == of).map(|s| s.who.clone()))
}

/// The line below or above.
pub fn beside(desk: Desk, of: Option<Id>, below: bool) -> Option<Id> {
    desk.page.with_untracked(|p| {
        let at = p.subjects.iter().position(|s| Some(s.who.id) == of)?;
        let next = if below { at.checked_add(1)? } else { at.checked_sub(1)? };
        p.subjects.get(next).map(|s| s.who.id)
    })
}

/// The item as it would be, carried from one line to another; or why it cannot go there.
pub fn with_people_of(desk: Desk, item: &Arc<Shown>, from: Option<Id>, to: Option<Id>) -> Result<Arc<Shown>, String> {
    let (Some(from), Some(to)) = (from.and_then(|of| subject(desk, of)), to.and_then(|of| subject(desk, of))) else {
        return Ok(item.clone());
    };
    let may = |id: Id| desk.who.with_value(|w| w.may_own(Act::Create, Kind::Event, Some(id)));
    exchanged(item, &from, &to, may).map(Arc::new).map_err(|no| match no {
        No::Person => tk("cal.swap.person"),
        No::Thing => tk("cal.swap.thing"),
        No::There => t!("cal.swap.there", name = to.name),
        No::Rights => t!("cal.swap.rights", name = to.name),
    })
}

/// `may`: may one make items for them?
fn exchanged(item: &Shown, from: &Who, to: &Who, may: impl Fn(Id) -> bool) -> Result<Shown, No> {
    let mut then = item.clone();
    if from.id == to.id {
        return Ok(then);
    }
    match (from.kind == SubjectKind::Resource, to.kind == SubjectKind::Resource) {
        (true, true) => replace(&mut then.resources, from.id, to.id),
        (true, false) => return Err(No::Thing),
        (false, true) => return Err(No::Person),
        (false, false) => {
            if item.organiser == Some(from.id) {
                if item.attendees.contains(&to.id) {
                    return Err(No::There);
                }
                if !may(to.id) {
                    return Err(No::Rights);
                }
                then.organiser = Some(to.id);
            }
            replace(&mut then.attendees, from.id, to.id);
            // Whoever organises it takes part already.
            then.attendees.retain(|id| item.organiser != Some(to.id) || *id != to.id);
        }
    }
    replace(&mut then.subjects, from.id, to.id);
    Ok(then)
}

/// In the place of the one the other, who is there once.
fn replace(list: &mut Vec<Id>, from: Id, to: Id) {
    if list.contains(&to) {
        list.retain(|id| *id != from);
    } else if let Some(at) = list.iter_mut().find(|id| **id == from) {
        *at = to;
    }
}

/// Who has it now and had nothing to do with it before, by name.
pub fn newcomer(desk: Desk, was: &Shown, now: &Shown) -> Option<String> {
    let new = now.subjects.iter().find(|id| !was.subjects.contains(id))?;
    subject(desk, *new).map(|w| w.name)
}

#[cfg(test)]
mod tests {
    use super::super::clash::tests::{id, item};
    use super::super::clash::whose;
    use super::*;

    fn who(kind: SubjectKind, n: u128) -> Who {
        Who { kind, id: id(n), name: format!("No. {n}") }
    }

    fn user(n: u128) -> Who {
        who(SubjectKind::User, n)
    }

    fn ids(list: &[Id]) -> Vec<u128> {
        list.iter().map(|i| (1..20).find(|n| id(*n) == *i).unwrap()).collect()
    }

    /// Organised by 1, with 2 and 3, in the rooms 7 and 8.
    fn meeting() -> Shown {
        let subjects = [1, 2, 3, 7, 8].map(id).to_vec();
        Shown { organiser: Some(id(1)), resources: vec![id(7), id(8)], subjects, ..item(10, 0, 2, &[2, 3]) }
    }

    #[test]
    fn whose_line_it_was_is_exchanged_for_whose_line_it_is() {
        let all = |_: Id| true;
        let then = exchanged(&meeting(), &user(2), &user(4), all).unwrap();
        assert_eq!((ids(&then.attendees), ids(&whose(&then))), (vec![4, 3], vec![1, 3, 4, 7, 8]));
        let then = exchanged(&meeting(), &user(1), &user(4), all).unwrap();
        assert_eq!((then.organiser, ids(&then.attendees)), (Some(id(4)), vec![2, 3]));
        let then = exchanged(&meeting(), &who(SubjectKind::Resource, 8), &who(SubjectKind::Resource, 9), all).unwrap();
        assert_eq!(ids(&then.resources), [7, 9]);
        assert_eq!(exchanged(&meeting(), &user(2), &user(2), all), Ok(meeting()), "its own line changes nothing");
    }

    #[test]
    fn whoever_takes_part_already_is_there_once() {
        let all = |_: Id| true;
        assert_eq!(ids(&exchanged(&meeting(), &user(2), &user(3), all).unwrap().attendees), [3]);
        let with_organiser = exchanged(&meeting(), &user(2), &user(1), all).unwrap();
        assert_eq!((with_organiser.organiser, ids(&with_organiser.attendees)), (Some(id(1)), vec![3]));
        let room = |n| who(SubjectKind::Resource, n);
        assert_eq!(ids(&exchanged(&meeting(), &room(7), &room(8), all).unwrap().resources), [8]);
    }

    #[test]
    fn what_cannot_be_exchanged_says_why() {
        let room = who(SubjectKind::Resource, 7);
        assert_eq!(exchanged(&meeting(), &user(2), &room, |_| true), Err(No::Person));
        assert_eq!(exchanged(&meeting(), &room, &user(4), |_| true), Err(No::Thing));
        assert_eq!(exchanged(&meeting(), &user(1), &user(2), |_| true), Err(No::There));
        assert_eq!(exchanged(&meeting(), &user(1), &user(4), |_| false), Err(No::Rights));
        assert!(exchanged(&meeting(), &user(2), &user(4), |_| false).is_ok(), "whom one invites is no question of rights");
    }
}
