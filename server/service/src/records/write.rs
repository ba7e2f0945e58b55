//! One record's way into the database: check, complete, require the right, write with its history in one transaction,
//! tell everybody. A writer who lost a race starts again from what is stored now.

use std::sync::Arc;

use domain::calendar::conflict::Found;
use domain::error::Clash;
use domain::fields::{self, Mode};
use domain::record::{Change, ChangeOp, Patch};
use domain::rights::Act;
use domain::schema::FieldType;
use domain::{Error, Fields, Id, Kind, Record, Result};
use store::{DbError, Doc, Mark, Put, Write, WriteError};
use tracing::Instrument;

use super::checked::checked;
use super::follow::{Followers, follow_later, followers, lighter, put};
use super::holds::{holds, occupied};
use super::hooks::{self, Care};
use crate::calendar::{Guarded, Item, Refuse, guard};
use crate::ctx::{fault, internal, new_id};
use crate::feed::{Committed, Touched, look_again, publish};
use crate::repeat::{Kept, Key};
use crate::{App, Ctx};

/// A record ready to be written: as it was, as it will be, and why.
#[derive(Clone)]
pub(crate) struct Draft {
    pub before: Option<Record>,
    pub now: Record,
    pub op: ChangeOp,
    /// The changes that it takes back, the newest first.
    pub undoes: Vec<Id>,
    pub import: Option<Id>,
    /// Takes a whole import back, which may leave the house as empty as it was before, and is told to nobody.
    pub empties: bool,
    /// Where it meets others who would do the same, as it was before the plan was made.
    pub meets: Vec<Mark>,
    /// Other records, in the version that the plan was made from.
    pub rests_on: Vec<(Kind, Id, i64)>,
}

/// Fields that change along with others and are no news of their own.
const SILENT: [&str; 3] = ["next_step", "next_step_at", "deal_owner"];

impl Draft {
    pub(crate) fn new(op: ChangeOp, before: Option<Record>, now: Record) -> Self {
        Self { before, now, op, undoes: Vec::new(), import: None, empties: false, meets: Vec::new(), rests_on: Vec::new() }
    }

    fn change(&self, ctx: &Ctx) -> Change {
        let empty = Fields::new();
        let was = self.before.as_ref().map_or(&empty, |b| &b.fields);
        let (mut before, mut after) = fields::difference(was, &self.now.fields);
        for name in SILENT {
            before.remove(name);
            after.remove(name);
        }
        Change {
            id: new_id(),
            at: self.now.updated_at.clone(),
            actor: ctx.actor(),
            actor_name: ctx.me.name.clone(),
            op: self.op,
            kind: self.now.kind,
            record: self.now.id,
            name: self.now.name().to_owned(),
            version: self.now.version,
            before,
            after,
            undoes: self.undoes.last().copied(),
            import: self.import,
        }
    }

    /// Nothing but the version would change.
    pub(crate) fn is_idle(&self) -> bool {
        self.before.as_ref().is_some_and(|b| b.fields == self.now.fields && b.deleted_at == self.now.deleted_at)
    }
}

/// The records whose pages show this one too.
pub(crate) fn parents(record: &Record) -> Vec<Id> {
    let names: &[&str] = match record.kind {
        Kind::Deal => &["company", "contacts", "products"],
        Kind::Contact => &["company"],
        Kind::Company => &["parent"],
        Kind::Task | Kind::Note | Kind::Call => &["deal", "contact", "company"],
        Kind::Event => &["deal", "contacts", "company"],
        _ => &[],
    };
    let mut out = Vec::new();
    for name in names {
        match record.kind.field(name).map(|f| f.ty) {
            Some(FieldType::Ref(_)) => out.extend(record.id_of(name)),
            Some(FieldType::Refs(_)) => out.extend(record.ids_of(name)),
            _ => {}
        }
    }
    out
}

/// What is too much for one transaction is refused with this.
const TOO_HEAVY: &str = "too_much_at_once";

/// Would half of it go?
pub(crate) fn is_too_heavy(e: &Error) -> bool {
    matches!(e, Error::Invalid { fields } if fields.iter().any(|f| f.code == TOO_HEAVY))
}

/// What goes into the same transaction as the records.
#[derive(Default)]
pub(crate) struct Beside {
    pub docs: Vec<Doc>,
    pub marks: Vec<Mark>,
    /// Items of the calendar that are written right after these.
    pub next: Vec<Arc<Item>>,
}

/// Writes all or nothing, and tells. Stale means: somebody was faster, start again.
pub(crate) async fn commit(ctx: &Ctx, drafts: Vec<Draft>, docs: Vec<Doc>) -> Result<Result<Vec<Change>, Id>> {
    let done = commit_checked(ctx, drafts, Beside { docs, ..Beside::default() }, Refuse::Strict).await?;
    Ok(done.map(|(changes, found)| {
        // This door has no answer to say it in.
        crate::calendar::tell_writer(ctx, &changes, &found);
        changes
    }))
}

/// The same, with what stands against the items of the calendar among them.
pub(crate) async fn commit_checked(
    ctx: &Ctx,
    mut drafts: Vec<Draft>,
    beside: Beside,
    refuse: Refuse,
) -> Result<Result<(Vec<Change>, Found), Id>> {
    // One after the other: two who each take away the last owner but one would leave none.
    let about_people = drafts.iter().any(|d| d.now.kind == Kind::User);
    let people = if about_people { Some(ctx.app.0.guard.people.clone().lock_owned().await) } else { None };
    hooks::keep_an_owner(ctx, &drafts)?;
    let Guarded { found, marks: calendars, turns } = guard(ctx, &drafts, refuse, beside.next.into()).await?;
    let Followers { touched, mut marks, mut expects } = followers(ctx, &mut drafts).await?;
    let Some(holds) = holds(ctx, &drafts).await? else {
        ctx.app.reload_directory().await?;
        return Ok(Err(Id(uuid::Uuid::nil())));
    };
    marks.extend(holds.marks);
    marks.extend(calendars);
    marks.extend(beside.marks);
    marks.extend(drafts.iter().flat_map(|d| d.meets.iter().cloned()));
    expects.extend(holds.expects);
    // What is written here as well is compared with its own earlier form.
    let elsewhere = |(_, id, _): &&(Kind, Id, i64)| drafts.iter().all(|d| d.now.id != *id);
    expects.extend(drafts.iter().flat_map(|d| &d.rests_on).filter(elsewhere));
    // In the same transaction: nobody is told of what did not happen, and nothing happens of which nobody is told.
    let news = crate::calendar::tell_of(ctx, &drafts).await?;
    let docs = beside.docs.into_iter().chain(news).collect();
    let mut write = Write { docs, marks, expects, vacant: holds.vacant, ..Write::default() };
    let (touched, later) = lighter(touched);
    for (before, now) in &touched {
        write.puts.push(put(before, now));
    }
    let mut committed = Vec::new();
    for draft in drafts {
        let change = draft.change(ctx);
        let mut parents = parents(&draft.now);
        parents.extend(draft.before.as_ref().map(self::parents).unwrap_or_default());
        parents.sort_unstable();
        parents.dedup();
        write.puts.push(Put { record: draft.now.clone(), over: draft.before.as_ref().map(|b| b.version) });
        // What was taken back leads to this change: so nothing is taken back twice.
        write.changes.push((change.clone(), parents.iter().chain(&draft.undoes).copied().collect()));
        committed.push(Committed { now: draft.now, before: draft.before, change, parents });
    }
    let app = ctx.app.clone();
    let work = async move {
        let outcome = carry_through(&app, &write, committed, touched).await;
        if let Ok(Ok(changes)) = &outcome
            && let Some(last) = changes.last()
        {
            follow_later(&app, later, &last.id.to_string()).await;
        }
        if matches!(outcome, Ok(Ok(_))) {
            app.0.mailer.wake();
        }
        drop((people, holds.place, turns));
        outcome
    };
    // In a task of its own: whoever asked may go away in the middle, and what is in the database has to reach the index.
    let outcome = tokio::spawn(work.in_current_span()).await.map_err(|e| internal(&e))??;
    Ok(outcome.map(|changes| (changes, found)))
}

async fn carry_through(app: &App, write: &Write, committed: Vec<Committed>, touched: Touched) -> Result<Result<Vec<Change>, Id>> {
    match app.0.store.write(write).await {
        Ok(()) => {}
        Err(WriteError::Stale(id)) => {
            // Drafts are made from the directory: what was written of it a moment ago may not be in it yet.
            if write.expects.iter().any(|(kind, of, _)| *kind == Kind::Pipeline && *of == id) {
                app.reload_directory().await?;
            }
            return Ok(Err(id));
        }
        Err(WriteError::Occupied(id)) => {
            let pipeline = committed.iter().find(|c| c.now.id == id);
            let Some((now, before)) = pipeline.and_then(|c| Some((&c.now, c.before.as_ref()?))) else { return Err(internal(&id)) };
            return Err(occupied(app, before, now).await?);
        }
        Err(WriteError::Heavy) => return Err(Error::invalid("", TOO_HEAVY)),
        // Start again: the key's answer is there by now.
        Err(WriteError::Claimed) => return Ok(Err(Id(uuid::Uuid::nil()))),
        Err(WriteError::Last) => return Err(Error::invalid("id", "last_pipeline")),
        Err(WriteError::Taken { index }) if index == "user_email" => return Err(Error::invalid("email", "taken")),
        Err(WriteError::Taken { index }) => return Err(internal(&index)),
        Err(WriteError::Db(e)) => {
            if matches!(e, DbError::Unavailable(_)) {
                look_again(app, committed, touched);
            }
            return Err(fault(e));
        }
    }
    let changes = committed.iter().map(|c| c.change.clone()).collect();
    // It is written: saying otherwise would have it written again.
    if let Err(e) = publish(app, committed, touched).await {
        tracing::error!(error = %e, "a change is stored, but not everybody was told");
    }
    Ok(Ok(changes))
}

/// Races end after a few rounds: each needs another writer to have succeeded.
pub(crate) const ROUNDS: usize = 20;

/// Checked and completed, not yet written.
pub(crate) async fn draft_create(ctx: &Ctx, kind: Kind, sent: &Fields, care: Care<'_>, import: Option<Id>) -> Result<Draft> {
    if !ctx.who().may_some(Act::Create, kind) {
        return Err(Error::Forbidden);
    }
    let mut fields = checked(kind, sent, Mode::Create)?;
    hooks::prepare(ctx, kind, None, &mut fields, care).await?;
    let now = ctx.app.now_text();
    let record = Record { id: new_id(), kind, version: 1, created_at: now.clone(), updated_at: now, deleted_at: None, fields };
    // A deal for somebody else is theirs: whoever may not see it may not make it.
    if !ctx.who().may(Act::Create, &record) {
        return Err(Error::Forbidden);
    }
    Ok(Draft { import, ..Draft::new(ChangeOp::Create, None, record) })
}

pub(crate) async fn draft_update(ctx: &Ctx, current: Record, patch: &Fields, care: Care<'_>) -> Result<Draft> {
    if !ctx.who().may(Act::Edit, &current) {
        return Err(Error::Forbidden);
    }
    if current.deleted_at.is_some() {
        return Err(Error::invalid("id", "in_bin"));
    }
    let mut fields = fields::merged(&current.fields, patch);
    hooks::prepare(ctx, current.kind, Some(&current), &mut fields, care).await?;
    let now = Record { version: current.version + 1, updated_at: ctx.app.now_text(), fields, ..current.clone() };
    Ok(Draft::new(ChangeOp::Update, Some(current), now))
}

/// A record with other fields, past the right to edit it: whoever calls has looked at rights and rules.
pub(crate) fn changed(ctx: &Ctx, current: Record, change: impl FnOnce(&mut Fields)) -> Draft {
    let mut fields = current.fields.clone();
    change(&mut fields);
    let now = Record { version: current.version + 1, updated_at: ctx.app.now_text(), fields, ..current.clone() };
    Draft::new(ChangeOp::Update, Some(current), now)
}

/// The same for a new one.
pub(crate) fn made(ctx: &Ctx, kind: Kind, id: Id, fields: Fields) -> Draft {
    let now = ctx.app.now_text();
    let record = Record { id, kind, version: 1, created_at: now.clone(), updated_at: now, deleted_at: None, fields };
    Draft::new(ChangeOp::Create, None, record)
}

/// `key`: the same key and the same fields again give the first answer (24 hours).
pub async fn create(ctx: &Ctx, kind: Kind, sent: Fields, key: Option<&str>) -> Result<Record> {
    ctx.may_write()?;
    let Some(key) = key.map(|k| Key::of(ctx, kind.name(), k, &sent)) else { return make(ctx, kind, &sent, None).await };
    let ctx = ctx.clone();
    // Sent again while the first is still at work, or after its sender has gone away: it waits for the first.
    let work = async move {
        let _turn = key.turn(&ctx.app).await;
        make(&ctx, kind, &sent, Some(&key)).await
    };
    tokio::spawn(work.in_current_span()).await.map_err(|e| internal(&e))?
}

async fn make(ctx: &Ctx, kind: Kind, sent: &Fields, key: Option<&Key>) -> Result<Record> {
    // A follower may move on meanwhile (the deal of a new task): the next try sees it.
    for _ in 0..=ROUNDS {
        // Each time: another server may have made it meanwhile.
        if let Some(key) = key
            && let Some(kept) = key.earlier(&ctx.app).await?
        {
            let id = kept.get("id").and_then(|v| v.as_str()).and_then(Id::parse).ok_or(Error::NotFound)?;
            return super::get(ctx, kind, id).await;
        }
        let draft = draft_create(ctx, kind, sent, Care::Full, None).await?;
        let record = draft.now.clone();
        if commit(ctx, vec![draft], key.iter().map(|k| k.doc(&ctx.app, &record.keep())).collect()).await?.is_ok() {
            return Ok(record);
        }
    }
    Err(Error::Unavailable)
}

/// See [`Patch`] for what a stale version means.
pub async fn update(ctx: &Ctx, kind: Kind, id: Id, patch: Patch) -> Result<Record> {
    ctx.may_write()?;
    for _ in 0..ROUNDS {
        let current = super::get(ctx, kind, id).await?;
        let mut wanted = checked(kind, &patch.fields, Mode::Patch)?;
        crate::phones::settle_patch(ctx, &current, &mut wanted).await?;
        if patch.version != current.version {
            let clashing = fields::clashes(&current.fields, &wanted, &patch.base);
            if !clashing.is_empty() {
                return Err(conflict(ctx, current, clashing).await);
            }
        }
        let draft = draft_update(ctx, current.clone(), &wanted, Care::Full).await?;
        if draft.is_idle() {
            return Ok(current);
        }
        // Giving a record away is fine; taking it out of everybody's sight, one's own included, is too.
        let record = draft.now.clone();
        let drafts = Box::pin(crate::calendar::with_their_own(ctx, vec![draft], false)).await?;
        if commit(ctx, drafts, vec![]).await?.is_ok() {
            return Ok(record);
        }
    }
    Err(Error::Unavailable)
}

pub(crate) async fn conflict(ctx: &Ctx, current: Record, fields: Vec<String>) -> Error {
    let last = ctx.app.0.store.history(current.id, None, 20).await.unwrap_or_default();
    let last = last.into_iter().find(|c| c.record == current.id && fields.iter().any(|f| c.after.contains_key(f)));
    let (by, at) = last.map_or((None, None), |c| (Some(c.actor_name), Some(c.at)));
    Error::Conflict(Box::new(Clash { current, fields, by, at }))
}

/// To the bin. A stage, pipeline or user that is in use is refused with what uses it.
pub async fn remove(ctx: &Ctx, kind: Kind, id: Id, version: Option<i64>) -> Result<Record> {
    ctx.may_write()?;
    for _ in 0..ROUNDS {
        let current = super::get(ctx, kind, id).await?;
        // Another version would be nothing that helps whoever may not.
        if !ctx.who().may(Act::Delete, &current) {
            return Err(Error::Forbidden);
        }
        if version.is_some_and(|v| v != current.version) {
            return Err(conflict(ctx, current, Vec::new()).await);
        }
        if current.deleted_at.is_some() {
            return Ok(current);
        }
        let draft = draft_remove(ctx, current)?;
        let record = draft.now.clone();
        let drafts = Box::pin(crate::calendar::with_their_own(ctx, vec![draft], false)).await?;
        if commit(ctx, drafts, vec![]).await?.is_ok() {
            return Ok(record);
        }
    }
    Err(Error::Unavailable)
}

pub(crate) fn draft_remove(ctx: &Ctx, current: Record) -> Result<Draft> {
    if !ctx.who().may(Act::Delete, &current) {
        return Err(Error::Forbidden);
    }
    hooks::check_removal(ctx, &current)?;
    let at = ctx.app.now_text();
    let now = Record { version: current.version + 1, updated_at: at.clone(), deleted_at: Some(at), ..current.clone() };
    Ok(Draft::new(ChangeOp::Delete, Some(current), now))
}

pub async fn restore(ctx: &Ctx, kind: Kind, id: Id) -> Result<Record> {
    ctx.may_write()?;
    for _ in 0..ROUNDS {
        let current = super::get(ctx, kind, id).await?;
        if current.deleted_at.is_none() {
            return Ok(current);
        }
        let draft = draft_restore(ctx, current)?;
        let record = draft.now.clone();
        let drafts = Box::pin(crate::calendar::with_their_own(ctx, vec![draft], false)).await?;
        if commit(ctx, drafts, vec![]).await?.is_ok() {
            return Ok(record);
        }
    }
    Err(Error::Unavailable)
}

pub(crate) fn draft_restore(ctx: &Ctx, current: Record) -> Result<Draft> {
    if !ctx.who().may(Act::Delete, &current) {
        return Err(Error::Forbidden);
    }
    let mut now = Record { version: current.version + 1, updated_at: ctx.app.now_text(), deleted_at: None, ..current.clone() };
    hooks::bring_back(ctx, &mut now, &[])?;
    Ok(Draft::new(ChangeOp::Restore, Some(current), now))
}
