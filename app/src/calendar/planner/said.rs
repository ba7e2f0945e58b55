//! Conflicts in words: who, with what, when and why.

use domain::calendar::conflict::With;
use domain::calendar::{Conflict, ConflictKind, SubjectKind, When};

use super::super::desk::Desk;
use super::super::words;
use crate::prelude::*;

/// What is said about one or several of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub who: String,
    /// The name itself, for the picture.
    pub name: String,
    /// Draws the person's picture.
    pub person: bool,
    pub what: String,
    pub when: String,
    pub href: Option<String>,
    pub strict: bool,
}

fn what(conflict: &Conflict) -> String {
    let title = conflict.with.as_ref().map(|w| w.title.clone().filter(|t| !t.is_empty()));
    let named = |key: &'static str| match &title {
        Some(Some(title)) => t!(key, title = title),
        _ => tk("cal.busy"),
    };
    match conflict.kind {
        ConflictKind::Own | ConflictKind::Attendee | ConflictKind::Contact | ConflictKind::Resource => match &title {
            Some(Some(title)) => title.clone(),
            _ => tk("cal.busy"),
        },
        ConflictKind::Company => named("cal.why.company"),
        ConflictKind::Hours => tk("cal.why.hours"),
        ConflictKind::Holiday => match &title {
            Some(Some(title)) => t!("cal.why.holiday_named", name = title),
            _ => tk("cal.why.holiday"),
        },
        ConflictKind::Leave => tk("cal.why.leave"),
        ConflictKind::Travel => named("cal.why.travel"),
    }
}

pub fn say(desk: Desk, conflict: &Conflict) -> Said {
    let own = conflict.who.kind == SubjectKind::User && conflict.who.id == desk.me;
    // The whole of the other item says more than the minutes shared with it.
    let when = conflict.with.as_ref().map_or(When::At(conflict.span), With::when);
    let href = conflict.with.as_ref().and_then(|w| {
        w.title.as_ref()?;
        let id = w.id?;
        let date = domain::time::date(desk.clock.with_untracked(|c| c.wall(w.span.start).0));
        let slot = w.slot.map(|s| format!("@{s}")).unwrap_or_default();
        Some(format!("/calendar?view=day&date={date}&open={id}{slot}"))
    });
    Said {
        who: if own { tk("cal.you_named") } else { conflict.who.name.clone() },
        name: conflict.who.name.clone(),
        person: matches!(conflict.who.kind, SubjectKind::User | SubjectKind::Contact),
        what: what(conflict),
        when: dated(desk, when),
        href,
        strict: conflict.strict,
    }
}

/// A series goes on for years: one that is not this one is named.
fn dated(desk: Desk, when: When) -> String {
    let year = |ms: i64| desk.clock.with_untracked(|c| chrono::Datelike::year(&c.wall(ms).0));
    let own = year(desk.clock.with_untracked(|c| c.span(when)).start);
    let text = words::when(desk, when);
    if own == year(desk.now.get_untracked()) { text } else { format!("{text} · {own}") }
}

/// Each that says something of its own, once: who else has the time before hours that nobody works in, and of a series these in
/// one line for each person.
pub fn all(desk: Desk, conflicts: &[Conflict]) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    let (hours, real): (Vec<&Conflict>, Vec<&Conflict>) = conflicts.iter().partition(|c| c.kind.is_about_hours());
    let mut put = |said: Said| {
        if !out.contains(&said) {
            out.push(said);
        }
    };
    real.into_iter().map(|c| say(desk, c)).for_each(&mut put);
    let mut told: Vec<(Id, ConflictKind)> = Vec::new();
    for first in &hours {
        let same = |c: &&&Conflict| (c.who.id, c.kind) == (first.who.id, first.kind);
        let count = hours.iter().filter(same).count();
        if told.contains(&(first.who.id, first.kind)) {
            continue;
        }
        told.push((first.who.id, first.kind));
        let mut said = say(desk, first);
        if count > 1 {
            said.when = format!("{} · {}", said.when, tn("cal.rule.times", i64::try_from(count).unwrap_or(0)));
        }
        put(said);
    }
    out
}

/// The headline over several.
pub fn headline(me: Id, conflicts: &[Conflict]) -> String {
    let busy = |c: &&Conflict| {
        matches!(c.kind, ConflictKind::Own | ConflictKind::Attendee | ConflictKind::Contact | ConflictKind::Resource | ConflictKind::Leave)
    };
    let mut who: Vec<Id> = conflicts.iter().filter(busy).map(|c| c.who.id).collect();
    who.sort_unstable();
    who.dedup();
    if let Some(first) = conflicts.iter().find(busy).filter(|_| who.len() == 1) {
        return if first.who.id == me { tk("cal.alert.you") } else { t!("cal.alert.one", name = first.who.name) };
    }
    let rooms = conflicts.iter().filter(busy).any(|c| c.who.kind == domain::calendar::SubjectKind::Resource);
    if !who.is_empty() {
        // A room is not one of "you".
        return tn(if rooms { "cal.alert.taken" } else { "cal.alert.busy" }, i64::try_from(who.len()).unwrap_or(0));
    }
    match conflicts.first().map(|c| c.kind) {
        Some(ConflictKind::Hours) => tk("cal.alert.hours"),
        Some(ConflictKind::Holiday) => tk("cal.alert.holiday"),
        Some(ConflictKind::Travel) => tk("cal.alert.travel"),
        _ => tk("cal.alert.other"),
    }
}
