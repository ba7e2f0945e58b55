//! What stands against items that are about to be written. Every write of an item passes [`guard`], whatever door it came
//! through: it reads the marks of all calendars that the item goes into, looks at the book when the book knows all that left
//! these marks, and has the transaction fail when somebody came between.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::calendar::conflict::{self, Except, Found, Proposal};
use domain::calendar::view::OnConflict;
use domain::calendar::{Conflict, Span, SubjectKind, Window, stored};
use domain::record::{ChangeOp, Labels};
use domain::{Error, Id, Kind, Result};
use store::Mark;
use tokio::sync::OwnedMutexGuard;

use super::book::Together;
use super::diaries::{Reader, subjects_of};
use super::item::{Item, Occurrences};
use crate::ctx::{fault, internal};
use crate::feed::{earlier, some_time_before};
use crate::records::{self, Draft};
use crate::{App, Ctx};

/// How far ahead a series is looked at when it is written; what comes later is looked for day by day ([`super::open`]).
pub(crate) const AHEAD: i64 = 400 * 86_400_000;
/// The most occurrences of an item that are looked at.
const MOST: usize = 500;
/// So many single items are looked at where they stand.
const FEW: usize = 8;

/// What would be in the calendars by then, besides what is.
#[derive(Clone, Default)]
pub(crate) struct Ahead {
    pub items: Vec<Arc<Item>>,
    /// What the book has of these is where they were before.
    pub moved: Arc<HashSet<Id>>,
}

impl From<Vec<Arc<Item>>> for Ahead {
    fn from(items: Vec<Arc<Item>>) -> Self {
        Self { items, ..Self::default() }
    }
}

/// What a write of items found, and what it has to hold on to until it is written.
#[derive(Default)]
pub(crate) struct Guarded {
    pub found: Found,
    pub marks: Vec<Mark>,
    pub turns: Vec<OwnedMutexGuard<()>>,
}

/// What whoever writes an item does not want to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refuse {
    /// What a rule forbids: that is refused at every door.
    Strict,
    /// Any conflict.
    Any,
    /// Any conflict of this person's time: what others have against it is told and no reason.
    Of(Id),
}

impl From<OnConflict> for Refuse {
    fn from(on_conflict: OnConflict) -> Self {
        if on_conflict == OnConflict::Reject { Self::Any } else { Self::Strict }
    }
}

impl Refuse {
    fn concerns(self, found: &Found) -> bool {
        found.is_refused()
            || match self {
                Self::Strict => false,
                Self::Any => !found.conflicts.is_empty(),
                Self::Of(user) => found.conflicts.iter().any(|c| c.who.id == user),
            }
    }
}

fn place(subject: Id) -> String {
    format!("calendar:{subject}")
}

/// Where those meet who give occurrences of a series items of their own, or take these along. To be asked for before
/// [`parts_of`](super::parts_of) is: what the book says then is what the mark stands for.
pub(crate) async fn meeting_at(app: &App, series: Id) -> Result<Vec<Mark>> {
    app.0.book.ready().await?;
    let marks = app.0.store.marks(&BTreeSet::from([format!("series:{series}")])).await.map_err(fault)?;
    catch_up(app, &marks).await?;
    Ok(marks)
}

/// Would this write put something into somebody's time?
fn matters(draft: &Draft) -> bool {
    if draft.now.kind != Kind::Event || draft.now.deleted_at.is_some() {
        return false;
    }
    match &draft.before {
        Some(before) if draft.op == ChangeOp::Update => {
            let changed: Vec<&str> = stored::TIMING.iter().copied().filter(|f| before.fields.get(*f) != draft.now.fields.get(*f)).collect();
            // An occurrence that is left out stands in nobody's way; one that comes back does.
            let left_out = |r: &domain::Record| stored::event(r).map(|e| e.exdate).unwrap_or_default();
            let comes_back = || {
                let now = left_out(&draft.now);
                left_out(before).iter().any(|slot| !now.contains(slot))
            };
            !changed.is_empty() && (changed != ["exdate"] || comes_back())
        }
        _ => true,
    }
}

/// Refuses what a rule forbids (or whoever asked wants refused).
pub(crate) async fn guard(ctx: &Ctx, drafts: &[Draft], refuse: Refuse, ahead: Ahead) -> Result<Guarded> {
    let live = drafts.iter().filter(|d| d.now.kind == Kind::Event && d.now.deleted_at.is_none());
    let all: Vec<Written> = live.map(Written::of).collect();
    if !all.iter().any(|w| w.matters) {
        return Ok(Guarded::default());
    }
    ctx.app.0.book.ready().await?;
    let asked = all.iter().filter(|w| w.matters && w.item.takes_time());
    let subjects: BTreeSet<Id> = asked.flat_map(|w| w.item.subjects()).map(|(_, id)| id).collect();
    let turns = ctx.app.0.book.turns(subjects.iter().copied()).await;
    let marks = ctx.app.0.store.marks(&subjects.iter().map(|s| place(*s)).collect()).await.map_err(fault)?;
    catch_up(&ctx.app, &marks).await?;
    let looking = Looking {
        app: ctx.app.clone(),
        viewer: ctx.me.id,
        written: drafts.iter().filter(|d| d.now.kind == Kind::Event).map(|d| d.now.id).collect(),
        ahead,
        all,
    };
    let mut found = if looking.is_short() {
        looking.look()
    } else {
        // Nothing but reckoning: other requests go on meanwhile.
        tokio::task::spawn_blocking(move || looking.look()).await.map_err(|e| internal(&e))?
    };
    // Before the list is cut: what decides may stand at its end.
    let refused = refuse.concerns(&found);
    if found.conflicts.len() > conflict::MAX_CONFLICTS {
        found.conflicts.sort_by_key(|c| (!c.strict, c.kind.is_about_hours(), c.span.start));
        found.conflicts.truncate(conflict::MAX_CONFLICTS);
        found.more = true;
    }
    name_all(ctx, &mut found.conflicts).await?;
    if refused {
        let conflicts = serde_json::to_value(&found.conflicts).map_err(|e| internal(&e))?;
        return Err(Error::Clash { conflicts });
    }
    Ok(Guarded { found, marks, turns })
}

/// What stands against what is written along with the first of these; found as [`guard`] finds it, so that what it would refuse is
/// known before.
pub(super) async fn along_with(ctx: &Ctx, drafts: &[Draft]) -> Result<Found> {
    let all: Vec<Written> = drafts.iter().filter(|d| d.now.kind == Kind::Event && d.now.deleted_at.is_none()).map(Written::of).collect();
    if !all.iter().skip(1).any(|w| w.matters) {
        return Ok(Found::default());
    }
    let written = drafts.iter().map(|d| d.now.id).collect();
    let looking = Looking { app: ctx.app.clone(), viewer: ctx.me.id, all, written, ahead: Ahead::default() };
    tokio::task::spawn_blocking(move || looking.look()).await.map_err(|e| internal(&e))
}

/// An item as it is about to be written.
struct Written {
    item: Arc<Item>,
    /// As it was, if it was there.
    before: Option<Item>,
    matters: bool,
}

impl Written {
    fn of(draft: &Draft) -> Self {
        let matters = matters(draft);
        let before = draft.before.as_ref().filter(|b| matters && b.deleted_at.is_none());
        Self { item: Arc::new(Item::of(&draft.now)), before: before.map(Item::of), matters }
    }
}

/// What is to be looked at, with all that it takes: it may be looked at on a thread of its own.
struct Looking {
    app: App,
    viewer: Id,
    all: Vec<Written>,
    written: Vec<Id>,
    ahead: Ahead,
}

impl Looking {
    /// A few single items take less than the way to another thread.
    fn is_short(&self) -> bool {
        self.all.len() <= FEW && self.all.iter().all(|w| w.item.repeat.is_none())
    }

    /// A series of which only some occurrences fall away: the others are where they were.
    fn takes_less(&self, before: &Item, now: &Item) -> bool {
        if now.repeat.is_none() || !before.is_like(now) {
            return false;
        }
        let of = |item: &Item| ahead_of(&self.app, item, &Together::default(), self.app.now(), AHEAD);
        let was: HashSet<_> = of(before).into_iter().collect();
        of(now).iter().all(|one| was.contains(one))
    }

    fn look(&self) -> Found {
        let mut found = Found::default();
        let mut beside = Together::instead_of(self.written.iter().copied()).and_of(self.ahead.moved.clone());
        let mut parts: HashMap<Id, Vec<usize>> = HashMap::new();
        for (n, Written { item, matters, .. }) in self.all.iter().enumerate() {
            beside.stands(item);
            beside.names(item);
            if let Some(part) = item.part.as_ref().filter(|_| *matters) {
                parts.entry(part.0).or_default().push(n);
            }
            if !matters {
                beside.put(item);
            }
        }
        for item in &self.ahead.items {
            beside.stands(item);
            beside.names(item);
            beside.put(item);
        }
        for (n, Written { item, before, .. }) in self.all.iter().enumerate().filter(|(_, w)| w.matters) {
            // Of two that come together, the second one clashes with the first; a series with all that stands for one of its own.
            if before.as_ref().is_some_and(|before| self.takes_less(before, item)) {
                beside.put(item);
                continue;
            }
            let later = parts.get(&item.id).into_iter().flatten().filter(|m| **m > n).filter_map(|m| self.all.get(*m));
            later.clone().for_each(|part| beside.put(&part.item));
            let mut one = against(&self.app, self.viewer, item, &beside);
            if let Some(before) = before.as_ref().filter(|_| one.is_refused()) {
                // What a rule came to forbid later may stay as it is; it may not become more.
                let known = against(&self.app, self.viewer, before, &beside);
                one.conflicts.iter_mut().filter(|c| known.conflicts.iter().any(|k| holds(k, c))).for_each(|c| c.strict = false);
            }
            later.for_each(|part| beside.take_out(&part.item));
            beside.put(item);
            found.more |= one.more;
            found.conflicts.append(&mut one.conflicts);
        }
        found
    }
}

/// The same conflict as was known, or less of it.
fn holds(known: &Conflict, now: &Conflict) -> bool {
    let with = |c: &Conflict| c.with.as_ref().map(|w| (w.id, w.slot));
    let within = known.span.start <= now.span.start && now.span.end <= known.span.end;
    known.kind == now.kind && known.who.id == now.who.id && within && with(known) == with(now)
}

/// The book knows all that was put into these calendars until now, by whatever server.
pub(crate) async fn up_to_date(app: &App, subjects: &[Id]) -> Result<()> {
    app.0.book.ready().await?;
    let marks = app.0.store.marks(&subjects.iter().map(|s| place(*s)).collect()).await.map_err(fault)?;
    catch_up(app, &marks).await
}

/// Everything that left these marks is in the book by then: also what another server wrote a moment ago.
async fn catch_up(app: &App, marks: &[Mark]) -> Result<()> {
    let shared = app.config().is_shared();
    // With several servers one write may be known before another that was written first.
    let lately = some_time_before(crate::ctx::new_id());
    let left = marks.iter().filter_map(|m| Id::parse(m.seen.as_deref()?));
    let missing: Vec<Id> = left.filter(|id| !app.0.book.has_seen(*id) || (shared && *id > lately)).collect();
    let (Some(first), Some(last)) = (missing.iter().min(), missing.iter().max()) else { return Ok(()) };
    // A write's changes have their ids from one moment before it.
    let mut after = if shared { some_time_before(*first) } else { earlier(*first, 1_000) };
    while after < *last {
        let changes = app.0.store.changes_after(Some(after), 1_000).await.map_err(fault)?;
        let Some(end) = changes.last().map(|c| c.id) else { break };
        after = end;
        let ids: BTreeSet<Id> = changes.iter().filter(|c| c.kind == Kind::Event).map(|c| c.record).collect();
        let records = app.0.store.get_many(Kind::Event, &ids.into_iter().collect::<Vec<_>>()).await.map_err(fault)?;
        app.0.book.take_in(records.iter(), changes.iter().map(|c| (c.kind, c.id)));
    }
    // A write is named by its last change, which need not be one of the calendar (an undo of several kinds).
    app.0.book.take_in(std::iter::empty(), missing.iter().map(|id| (Kind::Event, *id)));
    Ok(())
}

/// All that stands against an item. `beside`: what is written together with it.
pub(crate) fn against(app: &App, viewer: Id, item: &Item, beside: &Together) -> Found {
    against_between(app, viewer, item, beside, app.now(), AHEAD)
}

/// The same, of a series only what lies in a stretch from now on.
pub(crate) fn against_between(app: &App, viewer: Id, item: &Item, beside: &Together, now: i64, ahead: i64) -> Found {
    // What is here already is told of as that.
    if !item.takes_time() || app.0.book.is_twin(item) {
        return Found::default();
    }
    let occurrences = ahead_of(app, item, beside, now, ahead);
    let (Some(start), Some(end)) = (
        occurrences.iter().map(|(_, w)| w.span(&chrono::Utc).start).min(),
        occurrences.iter().map(|(_, w)| w.span(&chrono::Utc).end).max(),
    ) else {
        return Found::default();
    };
    let day = 86_400_000;
    let mut reader = Reader::new(app, viewer, Span::new(start - day, end + day)).beside(beside);
    let fallback = records::zone(app.directory().time_zone());
    let diaries: Vec<_> = subjects_of(item).into_iter().map(|(id, kind)| reader.diary(kind, id, fallback)).collect();
    conflict::check(&proposal(item, occurrences), &diaries)
}

pub(crate) fn proposal(item: &Item, occurrences: Occurrences) -> Proposal {
    let mut except = vec![Except::Item(item.id)];
    except.extend(item.part.as_ref().map(|p| Except::Slot(p.0, p.1)));
    Proposal {
        occurrences,
        kind: item.kind,
        place: item.place.to_string(),
        travel_before: item.travel_before,
        travel_after: item.travel_after,
        organiser: item.organiser,
        except,
    }
}

/// Until when a series was looked at, when it goes on after that.
pub(crate) fn checked_until(app: &App, item: &Item) -> Option<String> {
    let repeat = item.repeat.as_ref().filter(|_| item.takes_time())?;
    let occurrences = ahead_of(app, item, &Together::default(), app.now(), AHEAD);
    let all = from(app.now(), item).saturating_add(AHEAD);
    let last = occurrences.last().filter(|_| occurrences.len() >= MOST).map(|(_, when)| when.span(&repeat.zone).end);
    let until = last.map_or(all, |last| last.min(all));
    (item.whole().end > until).then(|| domain::time::instant(until))
}

fn from(now: i64, item: &Item) -> i64 {
    now.max(item.whole().start) - 86_400_000
}

/// What is looked at: all of a single item; of a series what is still to come.
fn ahead_of(app: &App, item: &Item, beside: &Together, now: i64, ahead: i64) -> Occurrences {
    if item.repeat.is_none() {
        return vec![(None, item.when)];
    }
    // Of a series elsewhere single occurrences may be here already.
    let replaced = if item.foreign { app.0.book.replaced(item) } else { beside.taken_out(item.id, app.0.book.parts_of(item.id)) };
    let from = from(now, item);
    item.occurrences(&Window::of_everybody(Span::new(from, from + ahead)), &replaced, MOST)
}

/// Whose time it is, by name.
pub(crate) async fn name_all(ctx: &Ctx, conflicts: &mut [Conflict]) -> Result<()> {
    let mut wanted: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
    for c in conflicts.iter() {
        wanted.entry(kind_of(c.who.kind)).or_default().insert(c.who.id);
    }
    let labels: Labels = records::label_ids(ctx, wanted).await?;
    for c in conflicts {
        c.who.name = labels.get(&c.who.id).map(|l| l.name.clone()).unwrap_or_default();
    }
    Ok(())
}

pub(crate) const fn kind_of(subject: SubjectKind) -> Kind {
    match subject {
        SubjectKind::User => Kind::User,
        SubjectKind::Contact => Kind::Contact,
        SubjectKind::Company => Kind::Company,
        SubjectKind::Resource => Kind::Resource,
    }
}
