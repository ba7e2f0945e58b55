//! Answers that come back by mail as a calendar's own part (METHOD:REPLY), handed in by whatever reads the mailbox. What was said
//! before something else was said, or to a time that the item no longer has, answers nothing; the same again changes nothing.

use domain::calendar::view::{OnConflict, Saved};
use domain::calendar::{Answer, Event, Moment, Status, SubjectKind, stored};
use domain::record::{Change, ChangeOp};
use domain::rights::{Act, Power};
use domain::{Error, Fields, Id, Kind, Record, Result};
use serde::Serialize;
use store::{Doc, Table};

use super::guests;
use super::ics::reply::{self, Reply};
use super::item::Item;
use super::{along, edit, letters};
use crate::ctx::fault;
use crate::{App, Ctx, records};

/// How far back a change of the time is looked for.
const CHANGES: u32 = 200;
/// So many occurrences that stand alone are asked what they were called.
const PARTS: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Taken,
    /// It was said before.
    Known,
    /// Something newer was said, or the item has another time by now.
    Older,
    /// The item is over, cancelled or thrown away.
    Over,
    /// No item of this name, or none that the caller may answer for.
    Unknown,
    NotInvited,
    /// It says nothing, nobody says it, or several people at once do.
    NoAnswer,
}

/// What became of one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    pub uid: String,
    pub attendee: String,
    pub answer: Answer,
    pub event: Option<Id>,
    pub outcome: Outcome,
}

/// Takes the answers of a file. Whoever runs the house hands in anybody's (a mailbox's gateway); others those to items that they
/// may change, and their own.
///
/// # Errors
/// `Forbidden`, or what the file is not.
pub async fn take_replies(ctx: &Ctx, bytes: &[u8]) -> Result<Vec<Taken>> {
    ctx.may_write()?;
    if !ctx.who().may_some(Act::Create, Kind::Event) {
        return Err(Error::Forbidden);
    }
    let house = records::zone(ctx.app.directory().time_zone());
    let own = if ctx.me.time_zone.is_empty() { house } else { records::zone(&ctx.me.time_zone) };
    let replies = reply::read(bytes, own, house, ctx.app.now()).map_err(|e| Error::Invalid { fields: vec![e] })?;
    super::ready(ctx).await?;
    let mut out = Vec::new();
    for reply in replies {
        let (event, outcome) = take(ctx, &reply).await?;
        out.push(Taken { uid: reply.uid, attendee: reply.address, answer: reply.answer, event, outcome });
    }
    Ok(out)
}

async fn take(ctx: &Ctx, reply: &Reply) -> Result<(Option<Id>, Outcome)> {
    if reply.address.is_empty() || reply.answer == Answer::Pending {
        return Ok((None, Outcome::NoAnswer));
    }
    for _ in 0..=records::ROUNDS {
        let Some(series) = named(ctx, &reply.uid).await? else { return Ok((None, Outcome::Unknown)) };
        let Some((record, slot)) = occurrence(&ctx.app, series, reply.slot).await? else { return Ok((None, Outcome::Unknown)) };
        let Some(event) = stored::event(&record) else { return Ok((None, Outcome::Unknown)) };
        let guest = guest(&ctx.app, &event, &reply.address).await?;
        if !answers_for(ctx, &record, guest.map(|(_, id)| id)) {
            return Ok((None, Outcome::Unknown));
        }
        let said = |outcome| Ok((Some(record.id), outcome));
        let Some((kind, id)) = guest else { return said(Outcome::NotInvited) };
        if is_over(&ctx.app, &record, &event) {
            return said(Outcome::Over);
        }
        let heard = heard(&ctx.app, &record, slot, id).await?;
        // When it was said decides. The number of the invitation only says which times were answered: it grows with every edit and
        // answer, and an occurrence with an item of its own begins anew.
        let said_at = reply.stamp.unwrap_or(i64::MAX).min(ctx.app.now());
        if said_at < heard || moved_since(&ctx.app, &record, reply.sequence).await? {
            return said(Outcome::Older);
        }
        let Some(person) = letters::person(&ctx.app, &event, kind, id).await? else { return said(Outcome::NotInvited) };
        let mark = mark(&record, slot, id, said_at);
        if event.answers.get(&id) == Some(&reply.answer) {
            // Whatever comes late was said before this.
            remember(&ctx.app, mark).await?;
            return said(Outcome::Known);
        }
        let as_guest = guests::as_guest(&ctx.app, &person);
        if let Some(saved) = answered(&as_guest, &record, event, slot, (id, reply.answer, said_at), mark).await? {
            return Ok((Some(saved.record.id), Outcome::Taken));
        }
    }
    Err(Error::Unavailable)
}

async fn answered(
    ctx: &Ctx,
    record: &Record,
    mut event: Event,
    slot: Option<Moment>,
    (id, answer, said_at): (Id, Answer, i64),
    mark: Doc,
) -> Result<Option<Saved>> {
    event.answers.insert(id, answer);
    let drafts = match slot {
        Some(slot) => vec![edit::one(ctx, record, &event, slot, records::zone(&event.zone), &Fields::new()).await?],
        None => along::answered(ctx, record.clone(), &event, (id, said_at)).await?,
    };
    edit::write_with(ctx, drafts, vec![mark], OnConflict::Warn).await
}

/// The item that went into the world under this name: our own, or one that came from another calendar.
async fn named(ctx: &Ctx, uid: &str) -> Result<Option<Record>> {
    let own = uid.strip_suffix("@rapport").and_then(Id::parse);
    let ids = own.into_iter().chain(super::named_items(ctx, uid)).collect::<Vec<_>>();
    let found = ctx.app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    // What stands for an occurrence bears the name of its series.
    Ok(found.into_iter().min_by_key(|r| (r.deleted_at.is_some(), r.id_of("part_of").is_some())))
}

/// What stands for the occurrence, or the series with the slot that it has to be taken out of.
async fn occurrence(app: &App, series: Record, slot: Option<Moment>) -> Result<Option<(Record, Option<Moment>)>> {
    let Some(slot) = slot else { return Ok(Some((series, None))) };
    let part = app.0.book.parts_of(series.id).into_iter().find(|(_, s)| *s == slot);
    if let Some((part, _)) = part {
        return Ok(app.0.store.get(Kind::Event, part).await.map_err(fault)?.map(|r| (r, None)));
    }
    let Some(event) = stored::event(&series) else { return Ok(None) };
    if !event.recurs() {
        return Ok((event.start == slot).then_some((series, None)));
    }
    let zone = records::zone(&event.zone);
    if domain::calendar::series::detach(&event, series.id, slot, &zone).is_ok() {
        return Ok(Some((series, Some(slot))));
    }
    Ok(once_called(app, series.id, slot).await?.map(|part| (part, None)))
}

/// What stands alone keeps its hour when its series moves, and whoever holds a letter about it calls it by the slot of before.
async fn once_called(app: &App, series: Id, slot: Moment) -> Result<Option<Record>> {
    let named = |fields: &Fields| fields.get("slot").and_then(|v| v.as_str()).and_then(Moment::parse) == Some(slot);
    for part in app.0.book.parts_of(series).into_keys().take(PARTS) {
        let changes = app.0.store.history(part, None, CHANGES).await.map_err(fault)?;
        if changes.iter().any(|c| c.record == part && named(&c.before)) {
            return app.0.store.get(Kind::Event, part).await.map_err(fault);
        }
    }
    Ok(None)
}

/// Whoever of those who were asked has this address.
async fn guest(app: &App, event: &Event, address: &str) -> Result<Option<(SubjectKind, Id)>> {
    let directory = app.directory();
    let mut users = event.attendees.iter().chain(&event.organiser);
    let has = |id: &&Id| directory.users.get(*id).is_some_and(|u| u.text("email").eq_ignore_ascii_case(address));
    if let Some(id) = users.find(has) {
        return Ok(Some((SubjectKind::User, *id)));
    }
    let contacts = app.0.store.get_many(Kind::Contact, &event.contacts).await.map_err(fault)?;
    let written_to = |r: &Record| {
        let emails = r.fields.get("emails").and_then(|v| v.as_array());
        emails.into_iter().flatten().filter_map(|e| e.as_str()).any(|e| e.eq_ignore_ascii_case(address))
    };
    Ok(contacts.iter().find(|r| r.deleted_at.is_none() && written_to(r)).map(|r| (SubjectKind::Contact, r.id)))
}

fn answers_for(ctx: &Ctx, record: &Record, guest: Option<Id>) -> bool {
    let who = ctx.who();
    let mine = ctx.actor().is_some() && guest == ctx.actor();
    who.has(Power::ManageWorkspace) || who.sees(record) && (mine || who.may(Act::Edit, record))
}

fn is_over(app: &App, record: &Record, event: &Event) -> bool {
    let ended = Item::of_event(record.id, record.version, false, event.clone()).whole().end < app.now();
    ended || record.deleted_at.is_some() || event.status == Status::Cancelled
}

/// An answer to a time that the item no longer has.
async fn moved_since(app: &App, record: &Record, answered: Option<i64>) -> Result<bool> {
    let Some(answered) = answered else { return Ok(false) };
    let changes = app.0.store.history(record.id, None, CHANGES).await.map_err(fault)?;
    let Some(moved) = changes.iter().find(|c| c.record == record.id && moves(c)) else { return Ok(false) };
    // Letters count from 0, versions from 1; those about an occurrence count on from its series.
    let before = match record.id_of("part_of") {
        Some(series) => {
            let changes = app.0.store.history(series, None, CHANGES).await.map_err(fault)?;
            changes.iter().find(|c| c.record == series && c.id <= moved.id).map_or(0, |c| c.version)
        }
        None => 0,
    };
    Ok(answered < before + moved.version - 1)
}

/// Does it take the item to another time? An occurrence becomes an item of its own where it was, or elsewhere at once.
fn moves(change: &Change) -> bool {
    let moment = |name: &str| change.after.get(name).and_then(|v| v.as_str()).and_then(Moment::parse);
    match change.op {
        ChangeOp::Update => ["start", "end", "all_day", "rrule", "rdate"].iter().any(|f| change.after.contains_key(*f)),
        ChangeOp::Create => moment("slot").is_some_and(|slot| moment("start") != Some(slot)),
        _ => false,
    }
}

/// By the series and the occurrence, whether something stands for it by now or not.
fn key(record: &Record, slot: Option<Moment>, person: Id) -> String {
    let item = record.id_of("part_of").unwrap_or(record.id);
    let slot = slot.map(|s| s.to_string()).unwrap_or_else(|| record.text("slot").to_owned());
    format!("{item}/{person}/{slot}")
}

/// When the newest was said that was heard of one person about one item.
async fn heard(app: &App, record: &Record, slot: Option<Moment>, person: Id) -> Result<i64> {
    let doc = app.0.store.get_doc(Table::Reply, &key(record, slot, person)).await.map_err(fault)?.unwrap_or_default();
    Ok(doc.get("stamp").and_then(serde_json::Value::as_i64).unwrap_or_default())
}

/// When somebody last answered this very item here, by the page, by a link or by a letter; 0: not here.
pub(crate) async fn answered_at(app: &App, record: &Record, person: Id) -> Result<i64> {
    heard(app, record, None, person).await
}

fn mark(record: &Record, slot: Option<Moment>, person: Id, said_at: i64) -> Doc {
    let doc: [(&str, serde_json::Value); 2] = [("stamp", said_at.into()), ("at", domain::time::instant(said_at).into())];
    let doc = doc.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Doc { table: Table::Reply, key: key(record, slot, person), doc: Some(doc), claim: None }
}

/// Of two that are read at once the later one stays, whichever is written last.
async fn remember(app: &App, mark: Doc) -> Result<()> {
    let doc = mark.doc.unwrap_or_default();
    let at = doc.get("at").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    app.0.store.claim_doc(mark.table, &mark.key, doc, &at).await.map_err(fault).map(|_| ())
}

/// Somebody answered here or by a link: a letter that was written earlier and comes later says nothing any more.
pub(super) fn answered_here(app: &App, record: &Record, slot: Option<Moment>, person: Id) -> Doc {
    mark(record, slot, person, app.now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Config};

    /// An older letter that said the same as what was stored set the memory back, and a third one undid what was newer.
    #[tokio::test]
    async fn what_was_said_later_is_remembered_in_whatever_order_it_is_written() {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let at = "2026-11-22T03:24:10.000Z".to_owned();
        let id = |n: u128| Id(uuid::Uuid::from_u128(n));
        let fields = Fields::new();
        let record = Record { id: id(1), kind: Kind::Event, version: 1, created_at: at.clone(), updated_at: at, deleted_at: None, fields };
        for (said_at, stays) in [(2_000, 2_000), (1_000, 2_000), (2_000, 2_000), (3_000, 3_000), (2_999, 3_000)] {
            remember(&app, mark(&record, None, id(2), said_at)).await.unwrap();
            assert_eq!(heard(&app, &record, None, id(2)).await.unwrap(), stays, "{said_at}");
        }
    }
}
