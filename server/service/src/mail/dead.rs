//! Letters that nobody would take: listed, sent again, or given up for good. Only dead ones are touched: what waits may be on
//! its way at this very moment, and belongs to whoever sends.

use domain::mail::{DeadLetter, Outbox, Waiting};
use domain::rights::Power;
use domain::{Error, Fields, Result, time};
use store::Table;

use super::outbox::{Posted, State, read};
use crate::ctx::fault;
use crate::{App, Ctx};

/// So many are listed, and worked on at a time.
const MOST: u32 = 200;

/// Those that were given up until then.
async fn found(app: &App, until: &str, most: u32) -> Result<Vec<Posted>> {
    let rows = app.0.store.docs_due(Table::Outbox, State::Dead.name(), until, most).await.map_err(fault)?;
    Ok(rows.into_iter().filter_map(|(key, doc)| read(key, doc)).collect())
}

/// All of them, for those who run the house.
///
/// # Errors
/// [`Error::Forbidden`] for everybody else.
pub async fn dead(ctx: &Ctx) -> Result<Outbox> {
    ctx.need(Power::ManageWorkspace)?;
    let rows = ctx.app.0.store.docs_last_due(Table::Outbox, State::Dead.name(), MOST + 1).await.map_err(fault)?;
    let mut letters: Vec<Posted> = rows.into_iter().filter_map(|(key, doc)| read(key, doc)).collect();
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = letters.len() > most;
    letters.truncate(most);
    let shown = |p: Posted| DeadLetter {
        id: p.id,
        to: p.letter.to,
        name: p.letter.name,
        subject: p.letter.subject,
        at: p.at,
        tried_at: p.due,
        tries: p.tries,
        problem: p.problem,
    };
    let dead = letters.into_iter().map(shown).collect();
    Ok(Outbox { server: ctx.app.0.mailer.is_there(), dead, more, waiting: waiting(ctx).await? })
}

/// A letter goes within seconds; what is older waits for a mail server that cannot be reached, or does not take it now.
async fn waiting(ctx: &Ctx) -> Result<Waiting> {
    let rows = ctx.app.0.store.docs_last_due(Table::Outbox, State::Waiting.name(), 2 * MOST).await.map_err(fault)?;
    let late = time::instant(ctx.app.now() - 60_000);
    let mut held: Vec<Posted> = rows.into_iter().filter_map(|(key, doc)| read(key, doc)).collect();
    held.retain(|p| !p.problem.is_empty() || p.at < late);
    let problem = held.iter().map(|p| p.problem.as_str()).find(|p| !p.is_empty()).unwrap_or_default().to_owned();
    let since = held.iter().map(|p| p.at.as_str()).min().unwrap_or_default().to_owned();
    Ok(Waiting { count: i64::try_from(held.len()).unwrap_or(i64::MAX), since, problem })
}

/// What becomes of letters.
enum Fate {
    /// Tried at once, as if for the first time.
    Again,
    /// Thrown away.
    Gone,
}

/// These are tried again; all of them when none is named. How many there were: what somebody else has dealt with meanwhile is
/// left alone.
///
/// # Errors
/// Without a mail server nothing could be sent; of named ones none may be there.
pub async fn send_dead_again(ctx: &Ctx, ids: Option<Vec<String>>) -> Result<usize> {
    may(ctx)?;
    if !ctx.app.0.mailer.is_there() {
        return Err(Error::invalid("mail", "no_mail_server"));
    }
    let count = each(ctx, ids, Fate::Again).await?;
    ctx.app.0.mailer.wake();
    Ok(count)
}

/// These are thrown away; all of them when none is named.
///
/// # Errors
/// Of named ones none may be there.
pub async fn give_up(ctx: &Ctx, ids: Option<Vec<String>>) -> Result<usize> {
    may(ctx)?;
    each(ctx, ids, Fate::Gone).await
}

fn may(ctx: &Ctx) -> Result<()> {
    ctx.may_write()?;
    ctx.need(Power::ManageWorkspace)
}

/// Each that is dead leaves that state, so that the next look finds others.
async fn each(ctx: &Ctx, ids: Option<Vec<String>>, fate: Fate) -> Result<usize> {
    // What is refused once more meanwhile is for the next time.
    let now = ctx.app.now_text();
    let mut count = 0;
    if let Some(ids) = ids {
        let mut keys = Vec::new();
        for id in ids {
            let doc = ctx.app.0.store.get_doc(Table::Outbox, &id).await.map_err(fault)?;
            let posted = doc.and_then(|doc| read(id, doc)).filter(|p| p.state == State::Dead);
            keys.extend(posted.map(|p| p.id));
        }
        if keys.is_empty() {
            return Err(Error::NotFound);
        }
        return done(ctx, &keys, &fate, &now).await;
    }
    loop {
        let keys: Vec<String> = found(&ctx.app, &now, MOST).await?.into_iter().map(|p| p.id).collect();
        if keys.is_empty() {
            return Ok(count);
        }
        count += done(ctx, &keys, &fate, &now).await?;
    }
}

/// How many were dead still: of two people who deal with one at the same moment the second does nothing.
async fn done(ctx: &Ctx, keys: &[String], fate: &Fate, now: &str) -> Result<usize> {
    let (store, dead) = (&ctx.app.0.store, State::Dead.name());
    match fate {
        Fate::Again => {
            let patch = Fields::from_iter([
                ("state".to_owned(), State::Waiting.name().into()),
                ("due".to_owned(), now.into()),
                ("tries".to_owned(), 0.into()),
            ]);
            store.patch_docs_in(Table::Outbox, dead, keys, &patch).await.map_err(fault)
        }
        Fate::Gone => store.delete_docs_in(Table::Outbox, dead, keys).await.map_err(fault),
    }
}
