//! Who has to know of a change in the calendar, and what: looked at when it is written, so that the notices (and what becomes
//! letters) are part of the same transaction. Only those whom it concerns, and never the one who did it.

mod cut;

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::series::{self, Scope};
use domain::calendar::{Answer, Event, Moment, Span, Status, SubjectKind};
use domain::notices::{Aspect, News, Notice};
use domain::record::ChangeOp;
use domain::{Fields, Id, Kind, Record, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Doc, Table};

use super::item::Item;
use crate::ctx::{fault, new_id};
use crate::records::Draft;
use crate::{Ctx, Via, mail, notices};

/// The system actor in whose name somebody answers who has no account.
pub(crate) const GUEST: &str = "guest";
/// So much of an item's notes goes with a letter.
const NOTES: usize = 4_000;

/// One piece of news for one person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub kind: SubjectKind,
    pub id: Id,
    pub news: News,
    /// Of a series, only this occurrence.
    pub slot: Option<Moment>,
    /// Who answered, and what.
    pub answer: Option<(Id, Answer)>,
    /// Of what is changed, what.
    #[serde(default)]
    pub aspect: Option<Aspect>,
}

impl Told {
    pub(super) const fn new((kind, id): (SubjectKind, Id), news: News) -> Self {
        Self { kind, id, news, slot: None, answer: None, aspect: None }
    }
}

/// What becomes letters later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub record: Id,
    pub version: i64,
    pub at: String,
    pub now: Fields,
    pub was: Option<Fields>,
    pub actor_name: String,
    pub told: Vec<Told>,
}

/// Everybody who takes part and is somebody who can be told.
fn people(event: &Event) -> Vec<(SubjectKind, Id)> {
    let users = event.organiser.iter().chain(&event.attendees).map(|id| (SubjectKind::User, *id));
    let mut seen = BTreeSet::new();
    users.chain(event.contacts.iter().map(|id| (SubjectKind::Contact, *id))).filter(|(_, id)| seen.insert(*id)).collect()
}

fn moved(before: &Event, now: &Event) -> bool {
    (before.start, before.end, before.all_day) != (now.start, now.end, now.all_day) || (now.recurs() && before.zone != now.zone)
}

/// What is another, beside the time; the weightiest.
fn aspect(before: &Event, now: &Event) -> Option<Aspect> {
    let differs = [
        (Aspect::Rule, (&before.rrule, &before.rdate) != (&now.rrule, &now.rdate)),
        (Aspect::Place, before.place != now.place),
        (Aspect::Title, before.title != now.title),
    ];
    differs.into_iter().find(|(_, differs)| *differs).map(|(aspect, _)| aspect)
}

/// What changed between two states of an item, and for whom. `None`: it is not there (yet, or any more).
pub(super) fn between(before: Option<&Event>, now: Option<&Event>) -> Vec<Told> {
    let is_on = |e: &&Event| e.status != Status::Cancelled;
    let news = |news: News| move |who: (SubjectKind, Id)| Told::new(who, news);
    let (before, now) = match (before.filter(is_on), now.filter(is_on)) {
        (None, None) => return Vec::new(),
        (None, Some(now)) => return people(now).into_iter().map(news(News::Invited)).collect(),
        (Some(before), None) => {
            // Whoever declined has nothing to take out of their day.
            let comes = |(_, id): &(SubjectKind, Id)| before.answers.get(id) != Some(&Answer::Declined);
            return people(before).into_iter().filter(comes).map(news(News::Cancelled)).collect();
        }
        (Some(before), Some(now)) => (before, now),
    };
    let (were, are) = (people(before), people(now));
    let mut out: Vec<Told> = Vec::new();
    out.extend(are.iter().filter(|p| !were.contains(p)).copied().map(news(News::Invited)));
    out.extend(were.iter().filter(|p| !are.contains(p)).copied().map(news(News::Uninvited)));
    let stay: Vec<(SubjectKind, Id)> = are.iter().filter(|p| were.contains(p)).copied().collect();
    if moved(before, now) {
        out.extend(stay.iter().copied().map(news(News::Moved)));
    } else if let Some(aspect) = aspect(before, now) {
        out.extend(stay.iter().map(|who| Told { aspect: Some(aspect), ..Told::new(*who, News::Changed) }));
    }
    // Of a series that moved, what was left out moved with it.
    let still = before.start == now.start;
    let fell_out = now.exdate.iter().filter(|slot| still && !before.exdate.contains(slot)).map(|slot| (News::Cancelled, slot));
    // What a letter about all of it says anyway.
    let still = still && before.rrule == now.rrule;
    let came_back = before.exdate.iter().filter(|slot| still && !now.exdate.contains(slot)).map(|slot| (News::Invited, slot));
    for (news, slot) in fell_out.chain(came_back) {
        let come = stay.iter().filter(|(_, id)| now.answers.get(id) != Some(&Answer::Declined));
        out.extend(come.map(|who| Told { slot: Some(*slot), ..Told::new(*who, news) }));
    }
    if let Some(organiser) = now.organiser {
        let answered = now.answers.iter().filter(|(id, answer)| before.answers.get(id) != Some(answer) && **id != organiser);
        let said = answered.filter(|(id, answer)| **answer != Answer::Pending && are.iter().any(|(_, one)| one == *id));
        let organiser = (SubjectKind::User, organiser);
        out.extend(said.map(|(id, answer)| Told { answer: Some((*id, *answer)), ..Told::new(organiser, News::Answered) }));
    }
    out
}

/// Imports, seeds and generators tell nobody: what they bring was agreed elsewhere, and goes on there when an import is taken back.
/// But what was agreed here is told when a file changes it, and when that is taken back.
fn is_told(ctx: &Ctx, draft: &Draft) -> bool {
    let by_file = draft.empties || draft.import.is_some();
    let elsewhere = by_file && (draft.op != ChangeOp::Update || !draft.now.text("external_id").is_empty());
    draft.now.kind == Kind::Event && !elsewhere && (ctx.actor().is_some() || ctx.via == Via::System(GUEST))
}

/// Notices of these drafts, and tasks for letters.
pub(crate) async fn tell(ctx: &Ctx, drafts: &[Draft]) -> Result<Vec<Doc>> {
    let mut docs = Vec::new();
    let about: Vec<&Draft> = drafts.iter().filter(|d| is_told(ctx, d)).collect();
    if about.is_empty() {
        return Ok(docs);
    }
    // An occurrence that had an item of its own is told of once, though its series leaves it out (or takes it back) as well.
    let is_one = |d: &&&Draft| d.now.deleted_at.is_some() || d.before.as_ref().is_some_and(|b| b.deleted_at.is_some());
    let gone: Vec<(Id, Moment)> = about.iter().filter(is_one).filter_map(|d| part(&d.now)).collect();
    let cut = cut::find(&about);
    let all_gone: Vec<Id> = about.iter().filter(|d| d.now.deleted_at.is_some()).map(|d| d.now.id).collect();
    let mut of_series: BTreeMap<Id, Vec<Told>> = BTreeMap::new();
    // A series before what stands for its occurrences.
    let (parts, wholes): (Vec<&Draft>, Vec<&Draft>) = about.into_iter().partition(|d| part(&d.now).is_some());
    for draft in wholes.into_iter().chain(parts) {
        let series = part(&draft.now).map(|(series, _)| series);
        if series.is_some_and(|series| all_gone.contains(&series)) {
            // It goes with its series.
            continue;
        }
        let now = state(&draft.now);
        let before = match &draft.before {
            Some(before) => state(before),
            None => one_of_series(ctx, drafts, &draft.now).await?,
        };
        let mut told = between(before.as_ref(), now.as_ref());
        told.retain(|t| t.slot.is_none_or(|slot| !gone.contains(&(draft.now.id, slot))));
        told.retain(|t| Some(t.id) != ctx.actor() && !is_over(ctx, &draft.now, before.as_ref(), t));
        // Of what went along with its series nobody hears twice: the letter about the whole has all that stands for single ones. Of what
        // stood elsewhere and is gone it says nothing.
        let mut heard = series.and_then(|series| of_series.get(&series)).cloned().unwrap_or_default();
        if let Some(cut) = cut.as_ref().filter(|cut| series.is_some_and(|series| cut.is_about(series))) {
            // Whoever is only in the other half knows it by that.
            heard.extend(of_series.get(&cut.first).cloned().into_iter().flatten());
        }
        if draft.now.deleted_at.is_none() || stands_with_its_series(drafts, draft) {
            let covers = |h: &Told, t: &Told| h.id == t.id && (h.news != News::Answered || t.news == News::Answered);
            told.retain(|t| !heard.iter().any(|h| covers(h, t)));
        }
        if told.is_empty() {
            continue;
        }
        let directory = ctx.app.directory();
        let seen = Seen::of(&draft.now, before.as_ref());
        for one in told.iter().filter(|t| t.kind == SubjectKind::User) {
            // A guest's calendar needs both halves of a series that was cut; a reader needs to know what changed, once.
            let (one, seen) = match cut.as_ref().filter(|cut| cut.is_about(draft.now.id)) {
                Some(cut) => match cut.seen(draft.now.id, one) {
                    Some((one, seen)) => (one, seen),
                    None => continue,
                },
                None => (one.clone(), seen.clone()),
            };
            // Whoever cannot sign in reads no notice; a letter may reach them.
            if directory.users.get(&one.id).is_some_and(|u| u.deleted_at.is_none() && !u.flag("disabled")) {
                let notice = notice(ctx, &draft.now, &seen, &one);
                // Of one moment, too, the later comes first.
                let key = notices::key(one.id, ctx.app.now(), &format!("{:032x}", u128::MAX - new_id().0.as_u128()));
                docs.push(Doc { table: Table::Notice, key, doc: Some(notices::doc(&notice)?), claim: None });
            }
        }
        if series.is_none() {
            of_series.insert(draft.now.id, told.clone());
        }
        docs.extend(task(ctx, draft, told)?);
    }
    Ok(docs)
}

/// Was what goes now where its series had that occurrence?
fn stands_with_its_series(drafts: &[Draft], draft: &Draft) -> bool {
    let Some((series, slot)) = part(&draft.now) else { return false };
    let whole = drafts.iter().find(|d| d.now.id == series).and_then(|d| d.before.as_ref()).and_then(state);
    let (Some(whole), Some(own)) = (whole, draft.before.as_ref().and_then(state)) else { return false };
    own.when() == whole.when().and_then(|w| w.starting(slot))
}

fn part(record: &Record) -> Option<(Id, Moment)> {
    record.id_of("part_of").zip(Moment::parse(record.text("slot")))
}

fn state(record: &Record) -> Option<Event> {
    if record.deleted_at.is_some() { None } else { domain::calendar::stored::event(record) }
}

/// What a new item that stands for one occurrence was until now: that occurrence.
async fn one_of_series(ctx: &Ctx, drafts: &[Draft], now: &Record) -> Result<Option<Event>> {
    let Some((id, slot)) = part(now) else { return Ok(None) };
    let written = drafts.iter().find(|d| d.now.id == id).map(|d| d.before.clone().unwrap_or_else(|| d.now.clone()));
    let series = match written {
        Some(series) => Some(series),
        None => ctx.app.0.store.get(Kind::Event, id).await.map_err(fault)?,
    };
    let event = series.as_ref().and_then(state);
    Ok(event.and_then(|e| series::detach(&e, id, slot, &crate::records::zone(&e.zone)).ok()))
}

/// What is past needs nobody. An answer is news all the same.
fn is_over(ctx: &Ctx, now: &Record, before: Option<&Event>, told: &Told) -> bool {
    if told.news == News::Answered {
        return false;
    }
    let slot = told.slot.map(|s| s.instant(&chrono::Utc));
    let end = |event: Event| Item::of_event(now.id, now.version, false, event).whole();
    let spans = [state(now), before.cloned()].into_iter().flatten().map(end);
    let last = slot.or_else(|| spans.map(|s: Span| s.end).max());
    last.is_some_and(|end| end < ctx.app.now())
}

/// What of an item a notice shows.
#[derive(Clone)]
struct Seen {
    start: Option<Moment>,
    was: Option<Moment>,
    is_new: bool,
    reach: Option<Scope>,
}

impl Seen {
    fn of(now: &Record, before: Option<&Event>) -> Self {
        let event = state(now).or_else(|| before.cloned());
        let reach = match &event {
            Some(event) if event.series.is_some() => Some(Scope::This),
            Some(event) if event.recurs() => Some(Scope::All),
            _ => None,
        };
        Self { start: event.map(|e| e.start), was: before.map(|b| b.start), is_new: before.is_none(), reach }
    }
}

fn notice(ctx: &Ctx, now: &Record, seen: &Seen, told: &Told) -> Notice {
    let start = told.slot.or(seen.start);
    // A visitor invites nobody: they took a time of whoever has the page. Their own name is at the end of the item's.
    let booked = told.news == News::Invited && seen.is_new && ctx.via == Via::System(GUEST);
    let own = format!(": {}", ctx.me.name);
    let title = if booked { now.name().strip_suffix(own.as_str()).unwrap_or(now.name()) } else { now.name() };
    Notice {
        event: Some(now.id),
        slot: told.slot,
        title: title.to_owned(),
        place: now.text("place").to_owned(),
        start,
        // An end that moved alone leaves the start where it was.
        was: seen.was.filter(|was| told.news == News::Moved && start != Some(*was)),
        reach: if told.slot.is_some() { seen.reach.map(|_| Scope::This) } else { seen.reach },
        aspect: told.aspect,
        actor_name: ctx.me.name.clone(),
        answer: told.answer.map(|(_, answer)| answer),
        ..Notice::plain(ctx.app.now_text(), if booked { News::Booked } else { told.news })
    }
}

/// What letters are made of, where there is mail. An answer is read in the app.
fn task(ctx: &Ctx, draft: &Draft, told: Vec<Told>) -> Result<Option<Doc>> {
    let told: Vec<Told> = told.into_iter().filter(|t| t.news != News::Answered).collect();
    // Somebody else's meeting is theirs to call off.
    if told.is_empty() || !ctx.app.0.mailer.is_there() || !draft.now.text("organised_by").is_empty() {
        return Ok(None);
    }
    let fields = |record: &Record| {
        let mut fields = record.fields.clone();
        if let Some(Value::String(notes)) = fields.get_mut("body")
            && notes.chars().count() > NOTES
        {
            *notes = notes.chars().take(NOTES).chain(['…']).collect();
        }
        fields
    };
    let task = Task {
        record: draft.now.id,
        version: draft.now.version,
        at: ctx.app.now_text(),
        now: fields(&draft.now),
        was: draft.before.as_ref().map(fields),
        actor_name: ctx.me.name.clone(),
        told,
    };
    let now = ctx.app.now();
    mail::doc(format!("task-{}", new_id()), "task", (now, super::settle::due(now, &task.told)), &task).map(Some)
}

/// Whose bell may have something new after a change.
pub(super) fn concerned(record: &Record, before: &Fields) -> BTreeSet<Id> {
    let was = Record { fields: before.clone(), ..record.clone() };
    [record, &was].into_iter().flat_map(|r| r.ids_of("attendees").into_iter().chain(r.id_of("organiser"))).collect()
}

#[cfg(test)]
mod tests {
    use domain::calendar::When;

    use super::*;

    fn id(n: u128) -> Id {
        Id(uuid::Uuid::from_u128(n))
    }

    fn meeting() -> Event {
        let mut event = Event::new(When::At(Span::new(1_000_000, 2_000_000)));
        event.organiser = Some(id(1));
        event.attendees = vec![id(1), id(2), id(3)];
        event.contacts = vec![id(9)];
        event.answers.insert(id(3), Answer::Declined);
        event
    }

    fn said(before: Option<&Event>, now: Option<&Event>) -> Vec<(u128, News)> {
        between(before, now).into_iter().map(|t| (t.id.0.as_u128(), t.news)).collect()
    }

    #[test]
    fn what_changes_nothing_for_anybody_is_told_to_nobody() {
        let event = meeting();
        let mut retold = event.clone();
        (retold.body, retold.travel_before) = ("Notes".into(), 10);
        assert_eq!(said(Some(&event), Some(&retold)), []);
        let off = Event { status: Status::Cancelled, ..event };
        assert_eq!(said(None, Some(&off)), [], "made cancelled");
        assert_eq!(said(Some(&off), None), [], "cancelled, then thrown away");
    }

    #[test]
    fn a_change_is_told_to_those_whom_it_concerns() {
        let event = meeting();
        assert_eq!(said(None, Some(&event)).len(), 4, "each once, the organiser among them");
        let mut later = event.clone();
        later.set_when(When::At(Span::new(5_000_000, 6_000_000)));
        assert_eq!(said(Some(&event), Some(&later)), [1, 2, 3, 9].map(|n| (n, News::Moved)), "also whoever declined: now they may come");
        let elsewhere = Event { place: "Blue room".into(), ..event.clone() };
        assert!(said(Some(&event), Some(&elsewhere)).iter().all(|(_, n)| *n == News::Changed));
        let renamed = Event { title: "Another word".into(), ..event.clone() };
        assert!(between(Some(&event), Some(&renamed)).iter().all(|t| (t.news, t.aspect) == (News::Changed, Some(Aspect::Title))));
        let mut others = event.clone();
        others.attendees = vec![id(1), id(2), id(4)];
        assert_eq!(said(Some(&event), Some(&others)), [(4, News::Invited), (3, News::Uninvited)]);
        assert_eq!(said(Some(&event), None), [1, 2, 9].map(|n| (n, News::Cancelled)), "not to whoever declined");
    }

    #[test]
    fn an_answer_is_told_to_the_organiser_only() {
        let event = meeting();
        let mut answered = event.clone();
        answered.answers.insert(id(9), Answer::Accepted);
        assert_eq!(said(Some(&event), Some(&answered)), [(1, News::Answered)]);
        answered.answers.insert(id(1), Answer::Accepted);
        assert_eq!(said(Some(&event), Some(&answered)).len(), 1, "not their own");
    }
}
