//! Conflicts that arise later: whoever is concerned hears of them on their open screens, on every server, and finds them among
//! their notices ([`super::arising`]). What open screens hear is only that there is something to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::conflict::Found;
use domain::calendar::view::REVIEW_DAYS;
use domain::calendar::{ConflictKind, Span, SubjectKind, conflict};
use domain::record::{Change, ChangeOp};
use domain::{Id, Kind, Record, Result};

use super::arising::Arising;
use super::book::Together;
use super::clash::against_between;
use super::diaries::Reader;
use super::item::Item;
use crate::ctx::fault;
use crate::live::Message;
use crate::{App, Ctx};

const DAY: i64 = 86_400_000;
/// Whose working hours or holidays changed is looked at one by one up to here.
const MANY: usize = 500;
/// Of what one calendar elsewhere brings: they become one notice, and the list of conflicts has them all.
const TOLD_AT_ONCE: usize = 1_000;
/// So many items are looked at before others have their turn.
const PAUSE: usize = 20;

/// Who is to look, and at which items.
type Told = BTreeMap<Id, BTreeSet<Id>>;

/// What was found, for open screens and for notices.
#[derive(Default)]
struct Heard {
    told: Told,
    arising: Vec<Arising>,
}

/// What was committed may stand against something: looked at in the background.
pub(crate) fn look_after<'a>(app: &App, committed: impl Iterator<Item = (&'a Record, &'a Change)>) {
    let mut items: Vec<(Item, Option<Id>, Of)> = Vec::new();
    let mut made = Made::default();
    let mut people: BTreeSet<Id> = BTreeSet::new();
    let mut actor = None;
    let mut by = None;
    let mut rings: BTreeSet<Id> = BTreeSet::new();
    for (record, change) in committed {
        if record.kind == Kind::Event {
            rings.extend(super::news::concerned(record, &change.before).into_iter().filter(|u| Some(*u) != change.actor));
        }
        let touches = |fields: &[&str]| fields.iter().any(|f| change.after.contains_key(*f));
        match record.kind {
            // What an import brings is looked at when it is through: see [`imported`].
            Kind::Event if change.import.is_some() => continue,
            Kind::Event if record.deleted_at.is_none() => match what(record, change) {
                Some(of) => items.push((Item::of(record), change.actor, of)),
                None => continue,
            },
            Kind::User if touches(&["working_hours", "time_zone", "team"]) => {
                made.hours = true;
                made.holidays |= touches(&["time_zone", "team"]);
                people.insert(record.id);
            }
            Kind::Team if touches(&["working_hours", "holidays", "conflict_rules"]) => {
                made.hours |= touches(&["working_hours"]);
                made.holidays |= touches(&["holidays"]);
                made.all |= touches(&["conflict_rules"]);
                let directory = app.directory();
                people.extend(directory.users.values().filter(|u| u.id_of("team") == Some(record.id)).map(|u| u.id));
            }
            _ => continue,
        }
        actor = change.actor;
        by = Some(change.id);
    }
    // What another server wrote left notices too; a browser that looks in vain has lost nothing.
    crate::notices::hint(app, rings);
    if items.is_empty() && people.is_empty() {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        if app.0.book.ready().await.is_err() {
            return;
        }
        let mut heard = Heard::default();
        let by_guests = items.iter().any(|(_, actor, of)| actor.is_none() && matches!(of, Of::Those(_)));
        for (item, actor, of) in &items {
            beside(&app, item, *actor, of, &mut heard);
        }
        within(&app, &people, made, &mut heard);
        tell_all(&app, actor.is_some() || by_guests, by, heard).await;
    });
}

/// An import of items is through: what they stand against is told once, however many they are.
pub(crate) fn imported(app: &App, import: Id, actor: Option<Id>) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(e) = look_at_import(&app, import, actor).await {
            tracing::warn!(error = %e, %import, "what an import's items stand against could not be told");
        }
    });
}

async fn look_at_import(app: &App, import: Id, actor: Option<Id>) -> Result<()> {
    app.0.book.ready().await?;
    let made = app.0.store.changes_of_import(import).await.map_err(fault)?;
    let made: Vec<Id> = made.iter().filter(|m| m.kind == Kind::Event).map(|m| m.id).collect();
    let mut heard = Heard::default();
    let mut seen = BTreeSet::new();
    for some in made.chunks(500) {
        for change in app.0.store.changes(some).await.map_err(fault)? {
            let item = app.0.book.get(change.record).filter(|i| seen.insert(i.id) && !i.gone);
            if let Some(item) = item {
                beside(app, &item, actor, &Of::Everybody, &mut heard);
                // Others get their turn.
                tokio::task::yield_now().await;
            }
        }
    }
    tell_all(app, actor.is_some(), Some(import), heard).await;
    Ok(())
}

/// Whose time a change of an item may have taken.
enum Of {
    Everybody,
    /// Who comes after all.
    Those(BTreeSet<Id>),
}

/// Which conflicts a change of habits may have made: what people have at the same time was so before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    pub hours: bool,
    pub holidays: bool,
    /// Other rules: of any kind.
    pub all: bool,
}

impl Made {
    fn has(self, kind: ConflictKind) -> bool {
        match kind {
            ConflictKind::Hours => self.all || self.hours,
            ConflictKind::Holiday => self.all || self.holidays,
            _ => self.all,
        }
    }
}

/// None: the change took nobody's time.
fn what(record: &Record, change: &Change) -> Option<Of> {
    let timing = domain::calendar::stored::TIMING.iter().copied();
    let touched: Vec<&str> = timing.filter(|f| change.after.contains_key(*f)).collect();
    if matches!(change.op, ChangeOp::Create | ChangeOp::Restore) || touched.iter().any(|f| *f != "answers") {
        return Some(Of::Everybody);
    }
    // Only an answer: a yes after a no takes time again, everything else was so before.
    let declined =
        |fields: &domain::Fields, id: &str| fields.get("answers").and_then(|a| a.get(id)).and_then(|a| a.as_str()) == Some("declined");
    let said = change.before.get("answers")?.as_object()?.keys();
    let now = &record.fields;
    let again: BTreeSet<Id> = said.filter(|id| declined(&change.before, id) && !declined(now, id)).filter_map(|id| Id::parse(id)).collect();
    (!again.is_empty()).then_some(Of::Those(again))
}

/// What stands against items that were written through a door that says nothing about it (a list, a bulk act, an import).
pub(crate) fn tell_writer(ctx: &Ctx, changes: &[Change], found: &Found) {
    ctx.heard.note(&found.conflicts);
    if let Some(actor) = ctx.actor().filter(|_| !found.conflicts.is_empty()) {
        let items = changes.iter().filter(|c| c.kind == Kind::Event).map(|c| c.record);
        tell(&ctx.app, Told::from([(actor, items.collect())]));
    }
}

/// The house's hours or holidays changed.
pub(super) fn all_changed(app: &App, actor: Option<Id>, made: Made) {
    let app = app.clone();
    tokio::spawn(async move {
        if app.0.book.ready().await.is_err() {
            return;
        }
        let people = app.directory().users.values().filter(|u| u.deleted_at.is_none()).map(|u| u.id).take(MANY).collect();
        let mut heard = Heard::default();
        within(&app, &people, made, &mut heard);
        tell_all(&app, actor.is_some(), None, heard).await;
    });
}

/// Whoever has something at the time of this item. Whoever wrote it was told as they did.
fn beside(app: &App, item: &Item, actor: Option<Id>, of: &Of, heard: &mut Heard) {
    let whole = item.whole();
    let now = app.now();
    if whole.end < now || whole.start > now + REVIEW_DAYS * DAY {
        return;
    }
    let found = against_between(app, Id(uuid::Uuid::nil()), item, &Together::default(), now, REVIEW_DAYS * DAY);
    let about = |c: &domain::calendar::Conflict| match of {
        Of::Everybody => true,
        Of::Those(people) => people.contains(&c.who.id),
    };
    for c in found.conflicts.into_iter().filter(about) {
        let Some(other) = c.with.as_ref().and_then(|w| w.id) else { continue };
        let other = app.0.book.get(other);
        let own = (c.who.kind == SubjectKind::User).then_some(c.who.id);
        // Those of the other item who are concerned: for a room, who took it; for a person, that person and who invited them.
        let theirs = other.as_ref().and_then(|o| o.organiser);
        let concerned: BTreeSet<Id> = own.into_iter().chain(theirs).chain(item.organiser).filter(|u| Some(*u) != actor).collect();
        for user in concerned {
            heard.told.entry(user).or_default().extend([item.id].into_iter().chain(other.as_ref().map(|o| o.id)));
            // What they knew of before; what lies elsewhere has no page.
            let known = other.as_ref().filter(|o| !o.foreign);
            let (shown, with, slot) = match known {
                Some(other) => (other.id, item.id, c.with.as_ref().and_then(|w| w.slot)),
                None => (item.id, c.with.as_ref().and_then(|w| w.id).unwrap_or(item.id), c.slot),
            };
            heard.arising.push(Arising { user, kind: c.kind, who: c.who.clone(), item: shown, with: Some(with), slot, at: c.span.start });
        }
    }
}

/// What lies wrong in these people's calendars by now. Whoever changed their own hours hears of it as well: it is said nowhere else.
fn within(app: &App, people: &BTreeSet<Id>, made: Made, heard: &mut Heard) {
    if people.is_empty() {
        return;
    }
    let now = app.now();
    let window = Span::new(now, now + REVIEW_DAYS * DAY);
    let mut reader = Reader::new(app, Id(uuid::Uuid::nil()), window);
    for user in people {
        let diary = reader.diary(SubjectKind::User, *user, chrono_tz::UTC);
        let told = |c: &&domain::calendar::Conflict| c.span.overlaps(window) && made.has(c.kind);
        for c in conflict::review(&diary).conflicts.iter().filter(told) {
            let organiser = c.item.and_then(|i| app.0.book.get(i)).and_then(|i| i.organiser);
            for one in BTreeSet::from_iter([Some(*user), organiser].into_iter().flatten()) {
                heard.told.entry(one).or_default().extend(c.item);
                if let Some(item) = c.item {
                    let with = c.with.as_ref().and_then(|w| w.id);
                    let (kind, who) = (c.kind, c.who.clone());
                    heard.arising.push(Arising { user: one, kind, who, item, with, slot: c.slot, at: c.span.start });
                }
            }
        }
    }
}

/// What a calendar elsewhere brings may stand against items of whoever follows it: they alone are told, since nobody else sees what
/// it is. What lies elsewhere on both sides nobody here can move.
pub(super) async fn brought(app: &App, user: Id, fresh: &[Id]) {
    if fresh.is_empty() || app.0.book.ready().await.is_err() {
        return;
    }
    let mut heard = Heard::default();
    // What is here already, imported or from another calendar, has nothing against it.
    let ours = |id: Id| app.0.book.get(id).is_some_and(|item| !item.foreign);
    let mut seen = 0;
    for (n, item) in fresh.iter().filter_map(|id| app.0.book.get(*id)).enumerate() {
        beside(app, &item, None, &Of::Everybody, &mut heard);
        // Of each only what is to be told: ten thousand items that lie over each other are millions of pairs.
        heard.told.clear();
        let mut at = 0;
        heard.arising.retain(|one| {
            at += 1;
            at <= seen || one.user == user && ours(one.item)
        });
        seen = heard.arising.len();
        if seen >= TOLD_AT_ONCE {
            break;
        }
        if n % PAUSE == PAUSE - 1 {
            tokio::task::yield_now().await;
        }
    }
    if heard.arising.is_empty() {
        return;
    }
    tell(app, Told::from([(user, heard.arising.iter().map(|one| one.item).collect())]));
    // Another server may have read it, and told them.
    crate::notices::hint(app, BTreeSet::from([user]));
    super::arising::note(app, None, heard.arising).await;
}

/// Seeds and jobs leave no notices: nobody did it while others were away.
async fn tell_all(app: &App, notices: bool, by: Option<Id>, heard: Heard) {
    tell(app, heard.told);
    if notices {
        super::arising::note(app, by, heard.arising).await;
    }
}

fn tell(app: &App, told: Told) {
    if !told.is_empty() {
        app.0.hub.send(Message::Clash(Arc::new(told)));
    }
}
