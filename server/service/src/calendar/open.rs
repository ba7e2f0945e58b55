//! An item for its page, a look before saving, and the list of all that clashes in the next weeks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::conflict::With;
use domain::calendar::view::{Checked, Draft as Wish, EventPage, OpenConflict, OpenConflicts, REVIEW_DAYS};
use domain::calendar::{Answer, Conflict, ConflictKind, Event, ItemKind, Moment, Span, SubjectKind, When, conflict, slots};
use domain::rights::{Act, Role};
use domain::{Error, Id, Kind, Result, time};

use super::book::Together;
use super::clash::{self, against, checked_until, name_all, proposal};
use super::diaries::{Reader, subjects_of};
use super::edit;
use super::item::Item;
use crate::Ctx;
use crate::records::{self, Draft};

const DAY: i64 = 86_400_000;
/// Other times are offered from two weeks.
const OFFER_DAYS: i64 = 14;
const OFFERS: usize = 3;

/// `slot`: which occurrence of a series.
pub async fn event(ctx: &Ctx, id: Id, slot: Option<Moment>) -> Result<EventPage> {
    if let Some(item) = ctx.app.0.book.get(id).filter(|i| i.foreign) {
        return elsewhere(ctx, &item, slot).await;
    }
    ctx.app.0.book.ready().await?;
    // Somebody answered or moved this occurrence meanwhile: what stands for it is what is asked for.
    let part = slot.and_then(|slot| ctx.app.0.book.parts_of(id).into_iter().find(|(_, s)| *s == slot));
    let id = part.map_or(id, |(part, _)| part);
    let record = match records::get(ctx, Kind::Event, id).await {
        Err(Error::NotFound) if slot.is_none() => return super::tasks::page(ctx, id).await,
        found => found?,
    };
    if record.deleted_at.is_some() {
        return Err(Error::NotFound);
    }
    let mut event = edit::item(&record)?;
    let mut slot = slot;
    if let Some(named) = slot.filter(|_| event.recurs()) {
        let zone = records::zone(&event.zone);
        let series = event.occurrences_but(&[]).filter(|s| s.has(&zone, named));
        let when = series.and_then(|s| s.when.starting(named)).ok_or_else(|| Error::invalid("slot", "no_occurrence"))?;
        event.set_when(when);
    } else {
        slot = event.slot;
    }
    let mut single = event.clone();
    if slot.is_some() && single.recurs() {
        (single.rrule, single.rdate, single.exdate) = (None, Vec::new(), Vec::new());
    }
    let item = Item::of_event(id, record.version, false, single);
    let mut conflicts = against(&ctx.app, ctx.me.id, &item, &Together::default()).conflicts;
    name_all(ctx, &mut conflicts).await?;
    let who = ctx.who();
    let asked = event.attendees.contains(&ctx.me.id);
    Ok(EventPage {
        id,
        version: record.version,
        slot,
        conflict_reason: record.text("conflict_reason").to_owned(),
        labels: records::labels(ctx, std::slice::from_ref(&record)).await?,
        conflicts,
        can_edit: ctx.may_write().is_ok() && who.may(Act::Edit, &record),
        can_delete: ctx.may_write().is_ok() && who.may(Act::Delete, &record),
        answer: asked.then(|| event.answers.get(&ctx.me.id).copied().unwrap_or_default()),
        task: false,
        within: edit::series_of(ctx, &record).await?.and_then(|(series, _)| edit::item(&series).ok()).map(Box::new),
        event,
    })
}

/// An item of a calendar elsewhere: for whoever follows that, and only to be looked at.
async fn elsewhere(ctx: &Ctx, item: &Item, slot: Option<Moment>) -> Result<EventPage> {
    if item.organiser != Some(ctx.me.id) {
        return Err(Error::NotFound);
    }
    let when = slot.and_then(|s| item.when.starting(s)).unwrap_or(item.when);
    let mut event = Event::new(when);
    event.title = item.title.to_string();
    event.place = item.place.to_string();
    event.zone = item.repeat.as_ref().map_or(String::new(), |r| r.zone.name().to_owned());
    (event.kind, event.status, event.busy, event.private, event.organiser) = (item.kind, item.status, item.busy, true, item.organiser);
    let single = Item::of_event(item.id, item.version, false, event.clone());
    let mut conflicts = against(&ctx.app, ctx.me.id, &single, &Together::default()).conflicts;
    name_all(ctx, &mut conflicts).await?;
    Ok(EventPage {
        id: item.id,
        version: item.version,
        slot,
        conflict_reason: String::new(),
        labels: records::label_ids(ctx, [(Kind::User, [ctx.me.id].into())].into()).await?,
        conflicts,
        can_edit: false,
        can_delete: false,
        answer: None,
        task: false,
        within: None,
        event,
    })
}

/// What stands against it as it would be saved, and when it could be instead. Nothing is saved.
pub async fn check(ctx: &Ctx, wish: &Wish) -> Result<Checked> {
    let drafts = edit::plan(ctx, wish).await?;
    let Some(draft) = drafts.first() else { return Ok(Checked::default()) };
    ctx.app.0.book.ready().await?;
    let mut beside = Together::instead_of(drafts.iter().map(|d| d.now.id));
    let item = Arc::new(Item::of(&draft.now));
    beside.names(&item);
    for other in drafts.iter().skip(1).map(|d| Arc::new(Item::of(&d.now))) {
        beside.stands(&other);
        beside.names(&other);
        beside.put(&other);
    }
    let mut found = against(&ctx.app, ctx.me.id, &item, &beside);
    let along = clash::along_with(ctx, &drafts).await?;
    let same = |a: &Conflict, b: &Conflict| (a.kind, a.who.id, a.span) == (b.kind, b.who.id, b.span);
    let new: Vec<Conflict> = along.conflicts.into_iter().filter(|c| !found.conflicts.iter().any(|known| same(known, c))).collect();
    if !new.is_empty() {
        found.conflicts.extend(new);
        found.conflicts.sort_by_key(|c| (!c.strict, c.kind.is_about_hours(), c.span.start));
        found.more |= along.more || found.conflicts.len() > conflict::MAX_CONFLICTS;
    }
    let refused = found.is_refused();
    found.conflicts.truncate(conflict::MAX_CONFLICTS);
    let (mut conflicts, more) = (found.conflicts, found.more);
    name_all(ctx, &mut conflicts).await?;
    let suggestions = if conflicts.is_empty() { Vec::new() } else { other_times(ctx, &item, &drafts) };
    Ok(Checked { conflicts, more, refused, suggestions, checked_until: checked_until(&ctx.app, &item) })
}

/// The next times from its own on (not from the past on) that are free for all.
fn other_times(ctx: &Ctx, item: &Arc<Item>, written: &[Draft]) -> Vec<Span> {
    let clock = records::zone(&ctx.me.time_zone);
    let own = item.when.span(&clock);
    let from = own.start.max(ctx.app.now());
    let window = Span::new(from, from + OFFER_DAYS * DAY + own.len());
    let mut without = Together::instead_of(written.iter().map(|d| d.now.id));
    without.names(item);
    let mut reader = Reader::new(&ctx.app, ctx.me.id, window).beside(&without);
    let diaries: Vec<_> = subjects_of(item).into_iter().map(|(id, kind)| reader.diary(kind, id, clock)).collect();
    if let When::Days(first, after) = item.when {
        // The next days on which nobody has anything against it, as long as it is.
        let (today, days) = (records::today(clock, ctx.app.now()), (after - first).num_days());
        let from = (1..=OFFER_DAYS).map(|n| time::shift(first.max(today), n));
        let when = from.map(|day| When::Days(day, time::shift(day, days))).take_while(|w| w.span(&clock).end <= window.end + own.len());
        let is_free = |when: &When| conflict::check(&proposal(item, vec![(None, *when)]), &diaries).conflicts.is_empty();
        return when.filter(is_free).take(OFFERS).map(|w| w.span(&clock)).collect();
    }
    let proposal = proposal(item, Vec::new());
    let found = slots::suggest(&proposal, own.len(), from, OFFERS + 1, &diaries, &clock);
    found.into_iter().filter(|s| *s != own).take(OFFERS).collect()
}

/// Whose open conflicts somebody looks after: one's own, a manager the team's, who runs the house everybody's.
fn looked_after(ctx: &Ctx) -> BTreeSet<Id> {
    match ctx.me.role {
        Role::Owner | Role::Admin => {
            let directory = ctx.app.directory();
            directory.users.values().filter(|u| u.deleted_at.is_none() && !u.flag("disabled")).map(|u| u.id).collect()
        }
        Role::Manager => ctx.me.team_members.iter().copied().chain([ctx.me.id]).collect(),
        _ => BTreeSet::from([ctx.me.id]),
    }
}

/// Everything that clashes in the next weeks, of those whose calendar this person looks after.
pub async fn conflicts(ctx: &Ctx) -> Result<OpenConflicts> {
    ctx.app.0.book.ready().await?;
    let users = looked_after(ctx);
    let mut found = review(ctx, &users);
    let more = found.len() > conflict::MAX_CONFLICTS;
    found.truncate(conflict::MAX_CONFLICTS);
    name_all(ctx, &mut found).await?;
    let ids: BTreeSet<Id> = found.iter().flat_map(|c| [c.item, c.with.as_ref().and_then(|w| w.id)]).flatten().collect();
    let records = records::get_many(ctx, Kind::Event, &ids.into_iter().collect::<Vec<_>>()).await?;
    let writes = ctx.may_write().is_ok();
    let who = ctx.who();
    let editable: BTreeSet<Id> = records.iter().filter(|r| writes && who.may(Act::Edit, r)).map(|r| r.id).collect();
    let open = |conflict: Conflict| {
        let conflict = turned(ctx, conflict, &editable);
        let item = conflict.item.and_then(|id| ctx.app.0.book.get(id)).filter(|i| i.is_open_to(ctx.me.id));
        let can_edit = item.as_ref().is_some_and(|i| editable.contains(&i.id));
        // Whoever said no has said it.
        let asks = |i: &Item| i.is_asked(ctx.me.id) && i.answer_of(ctx.me.id) != Some(Answer::Declined);
        let asked = writes && item.as_ref().is_some_and(|i| asks(i));
        let when = item.as_ref().and_then(|i| conflict.slot.filter(|_| i.repeat.is_some()).map_or(Some(i.when), |s| i.when.starting(s)));
        let (item_start, item_end) = (when.map(|w| w.start()), when.map(|w| w.end()));
        OpenConflict { title: item.map(|i| i.title.to_string()), can_edit, asked, item_start, item_end, conflict }
    };
    Ok(OpenConflicts { conflicts: found.into_iter().map(open).collect(), more })
}

/// What lies in a calendar elsewhere nobody here can move or answer: the other side of the conflict is what can be solved. Where there
/// is no other side (it lies outside of working hours, during a leave), nothing is wrong.
fn solvable(ctx: &Ctx, conflict: Conflict) -> Option<Conflict> {
    let elsewhere = |id: Id| ctx.app.0.book.get(id).is_some_and(|i| i.foreign);
    let Some(item) = conflict.item.filter(|i| elsewhere(*i)) else { return Some(conflict) };
    let with = conflict.with.clone().filter(|_| conflict.kind != ConflictKind::Leave)?;
    let ours = with.id.filter(|i| !elsewhere(*i))?;
    let theirs = ctx.app.0.book.get(item)?;
    let when = conflict.slot.and_then(|s| theirs.when.starting(s)).unwrap_or(theirs.when);
    let zone = records::zone(ctx.app.directory().time_zone());
    let title = theirs.is_open_to(ctx.me.id).then(|| theirs.title.to_string());
    let other = With { id: Some(item), slot: conflict.slot, title, span: when.span(&zone), days: With::days_of(when) };
    Some(Conflict { item: Some(ours), slot: with.slot, with: Some(other), ..conflict })
}

/// Seen from that of the two that something can be done about: one's own, one that one may change or was asked to. A leave is the
/// reason and not what has to move.
fn turned(ctx: &Ctx, conflict: Conflict, editable: &BTreeSet<Id>) -> Conflict {
    let rank = |id: Option<Id>| {
        let item = id.and_then(|id| ctx.app.0.book.get(id)).filter(|i| i.is_open_to(ctx.me.id) && !i.foreign)?;
        Some((item.kind != ItemKind::Leave, editable.contains(&item.id), item.is_asked(ctx.me.id)))
    };
    let Some((item, with)) = conflict.item.zip(conflict.with.clone()) else { return conflict };
    let Some(other) = with.id.filter(|_| rank(with.id) > rank(Some(item))) else { return conflict };
    let seen = ctx.app.0.book.get(item);
    let zone = records::zone(ctx.app.directory().time_zone());
    let when = seen.as_ref().map(|i| conflict.slot.and_then(|s| i.when.starting(s)).unwrap_or(i.when));
    let (span, days) = (when.map_or(conflict.span, |w| w.span(&zone)), when.and_then(With::days_of));
    let title = seen.filter(|i| i.is_open_to(ctx.me.id)).map(|i| i.title.to_string());
    Conflict { item: Some(other), slot: with.slot, with: Some(With { id: Some(item), title, slot: conflict.slot, span, days }), ..conflict }
}

/// In the calendars of these people, and of the rooms, customers and companies that their items take.
fn review(ctx: &Ctx, users: &BTreeSet<Id>) -> Vec<Conflict> {
    let now = ctx.app.now();
    let window = Span::new(now, now + REVIEW_DAYS * DAY);
    let fallback = records::zone(ctx.app.directory().time_zone());
    let mut reader = Reader::new(&ctx.app, ctx.me.id, window);
    let mut subjects: BTreeMap<Id, SubjectKind> = users.iter().map(|id| (*id, SubjectKind::User)).collect();
    let (mut theirs, mut organised): (BTreeSet<Id>, BTreeSet<Id>) = Default::default();
    for user in users {
        for (item, _) in reader.items(*user) {
            if item.takes_time_of(SubjectKind::User, *user) {
                theirs.insert(item.id);
                // Whoever invited people wants to know who cannot come.
                let invited = item.organiser == Some(*user);
                subjects.extend(item.subjects().filter(|(kind, _)| invited || *kind != SubjectKind::User).map(|(kind, id)| (id, kind)));
                organised.extend(invited.then_some(item.id));
            }
        }
    }
    let mut out: Vec<Conflict> = Vec::new();
    for (id, kind) in subjects {
        let diary = reader.diary(kind, id, fallback);
        let concerns = |c: &Conflict| {
            let with = c.with.as_ref().and_then(|w| w.id);
            let of = if c.who.kind == SubjectKind::User { &organised } else { &theirs };
            users.contains(&c.who.id) || [c.item, with].iter().flatten().any(|i| of.contains(i))
        };
        let found = conflict::review(&diary).conflicts.into_iter().filter_map(|c| solvable(ctx, c));
        out.extend(found.filter(|c| c.span.overlaps(window) && concerns(c)));
    }
    out.sort_by(|a, b| (a.span, a.kind, &a.who).cmp(&(b.span, b.kind, &b.who)));
    out
}
