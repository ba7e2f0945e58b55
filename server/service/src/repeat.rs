//! Requests that are sent again because their answer was lost: the same key with the same content within a day gives the
//! answer of the first one, and nothing is done twice: the key is claimed in the database before the work begins (or, with a
//! new record, together with it), so that this holds across servers and across an abrupt end. What is kept names what was
//! done; it is read again as it is now, with the rights of now.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use domain::auth::NewToken;
use domain::deals::Card;
use domain::error::Clash;
use domain::import::{ImportReport, Inspection};
use domain::list::View;
use domain::record::{Done, Refused};
use domain::{Error, Id, Kind, Record, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Digest;
use store::{Doc, Table};
use tracing::Instrument;

use crate::ctx::{fault, internal};
use crate::{App, Ctx, auth, deals, import, records, upkeep};

/// One person's key at one door, and what was sent with it.
pub struct Key {
    key: String,
    digest: String,
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

impl Key {
    pub fn of(ctx: &Ctx, door: &str, key: &str, sent: &impl Serialize) -> Self {
        let digest = sha2::Sha256::digest(serde_json::to_vec(sent).unwrap_or_default());
        Self::with(ctx, door, key, hex(digest))
    }

    /// The same for what is no JSON.
    pub fn of_bytes(ctx: &Ctx, door: &str, key: &str, sent: &[u8]) -> Self {
        Self::with(ctx, door, key, hex(sha2::Sha256::digest(sent)))
    }

    fn with(ctx: &Ctx, door: &str, key: &str, digest: String) -> Self {
        Self { key: hex(sha2::Sha256::digest(format!("{}:{door}:{key}", ctx.me.id))), digest }
    }

    /// Whoever sends it while the first is still at work waits for that one.
    pub(crate) async fn turn<'a>(&self, app: &'a App) -> Option<tokio::sync::MutexGuard<'a, ()>> {
        let part = self.key.get(..2).and_then(|hex| usize::from_str_radix(hex, 16).ok()).unwrap_or(0) % 32;
        match app.0.guard.keys.get(part) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        }
    }

    /// Takes the key for work that begins now (None), or says what is kept of the work that was done with it.
    async fn claim(&self, app: &App) -> Result<Option<Value>> {
        let begun = std::time::Instant::now();
        let store = &app.0.store;
        loop {
            let mut doc = self.doc(app, &Value::Null);
            let fields = doc.doc.get_or_insert_default();
            fields.insert("kept".to_owned(), AT_WORK.into());
            fields.insert("server".to_owned(), app.0.server.to_string().into());
            let let_go = app.0.guard.let_go.lock().remove(&self.key);
            if let_go {
                store.put_doc(doc.table, &doc.key, fields.clone()).await.map_err(fault)?;
                return Ok(None);
            }
            let before = doc.claim.as_deref().unwrap_or_default();
            if store.claim_doc(doc.table, &doc.key, fields.clone(), before).await.map_err(fault)? {
                return Ok(None);
            }
            match self.earlier(app).await {
                // Another server's, which may still be at it.
                Err(AtWork::Elsewhere) if begun.elapsed() < WAIT => tokio::time::sleep(LOOK_EVERY).await,
                Err(e) => return Err(e.into()),
                Ok(Some(kept)) => return Ok(Some(kept)),
                // It was let go a moment ago.
                Ok(None) => {}
            }
        }
    }

    /// Nothing was done with it: the next request may.
    async fn let_go(&self, app: &App) {
        if app.0.store.delete_doc(Table::Idempotency, &self.key).await.is_err() {
            app.0.guard.let_go.lock().insert(self.key.clone());
        }
    }

    /// What is kept of the first request with this key.
    pub(crate) async fn earlier(&self, app: &App) -> std::result::Result<Option<Value>, AtWork> {
        let Some(mut doc) = app.0.store.get_doc(Table::Idempotency, &self.key).await.map_err(fault)? else { return Ok(None) };
        let text = |name: &str| doc.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        if domain::time::parse_instant(text("at")).is_none_or(|at| at + upkeep::KEY_MS < app.now()) {
            return Ok(None);
        }
        if text("digest") != self.digest {
            return Err(Error::invalid("Idempotency-Key", "idempotency_key").into());
        }
        if doc.get("kept").and_then(|v| v.as_str()) == Some(AT_WORK) {
            let theirs = app.config().is_shared() && text("server") != app.0.server.to_string();
            let lately = domain::time::parse_instant(text("at")).is_some_and(|at| at + LEASE_MS > app.now());
            return Err(if theirs && lately { AtWork::Elsewhere } else { AtWork::BrokenOff });
        }
        match doc.remove("kept") {
            Some(kept) => serde_json::from_str(kept.as_str().unwrap_or_default()).map(Some).map_err(|e| unreadable(e).into()),
            // As it was written before other things than new records were kept.
            None => Ok(Some(json!({"id": doc.get("record")}))),
        }
    }

    pub(crate) fn doc(&self, app: &App, kept: &Value) -> Doc {
        // As text: the database need not know its shape.
        let doc = json!({"kept": kept.to_string(), "digest": self.digest, "at": app.now_text()});
        let over = domain::time::instant(app.now() - upkeep::KEY_MS);
        Doc { table: Table::Idempotency, key: self.key.clone(), doc: doc.as_object().cloned(), claim: Some(over) }
    }
}

/// Kept of a key while its work is under way.
const AT_WORK: &str = "";
/// Another server that took a key longer ago than this is no longer at work.
const LEASE_MS: i64 = 5 * 60_000;
/// What a request waits for another server's work, and how often it looks.
const WAIT: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why there is no answer to give again.
pub(crate) enum AtWork {
    Elsewhere,
    /// Whoever took the key never said how it ended: whether it was done nobody knows, and it is not done twice.
    BrokenOff,
    Failed(Error),
}

impl From<Error> for AtWork {
    fn from(e: Error) -> Self {
        Self::Failed(e)
    }
}

impl From<AtWork> for Error {
    fn from(e: AtWork) -> Self {
        match e {
            AtWork::Elsewhere => Self::Unavailable,
            AtWork::BrokenOff => Self::invalid("Idempotency-Key", "idempotency_lost"),
            AtWork::Failed(e) => e,
        }
    }
}

/// An answer that can be given again.
pub trait Kept: Sized + Send {
    /// What is kept of it.
    fn keep(&self) -> Value;
    fn again(ctx: &Ctx, kept: Value) -> impl Future<Output = Result<Self>> + Send;
}

/// Does the work once for a key; without one, every time. It goes on to its end when whoever asked goes away.
pub async fn once<T, F>(ctx: &Ctx, key: Option<Key>, work: F) -> Result<T>
where
    T: Kept + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let Some(key) = key else { return work.await };
    let ctx = ctx.clone();
    let work = async move {
        let _turn = key.turn(&ctx.app).await;
        if let Some(kept) = key.claim(&ctx.app).await? {
            return T::again(&ctx, kept).await;
        }
        let answer = match work.await {
            Ok(answer) => answer,
            Err(e) => {
                key.let_go(&ctx.app).await;
                return Err(e);
            }
        };
        let doc = key.doc(&ctx.app, &answer.keep());
        // It is done: that it could not be noted is no reason to say otherwise.
        if let Err(e) = ctx.app.0.store.put_doc(doc.table, &doc.key, doc.doc.unwrap_or_default()).await {
            tracing::error!(error = %e, "the answer to a request with a key is not kept");
        }
        Ok(answer)
    };
    tokio::spawn(work.in_current_span()).await.map_err(|e| internal(&e))?
}

fn unreadable(e: serde_json::Error) -> Error {
    internal(&e)
}

fn read<T: for<'a> Deserialize<'a>>(kept: Value) -> Result<T> {
    serde_json::from_value(kept).map_err(unreadable)
}

/// Why something was not done. Of a conflict the record stays out: it is read again, by whoever may see it then.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Told {
    Conflict { conflict: Id, of: Kind, fields: Vec<String>, by: Option<String>, at: Option<String> },
    Other(Error),
}

impl Told {
    fn of(e: &Error) -> Self {
        match e {
            Error::Conflict(c) => {
                Self::Conflict { conflict: c.current.id, of: c.current.kind, fields: c.fields.clone(), by: c.by.clone(), at: c.at.clone() }
            }
            other => Self::Other(other.clone()),
        }
    }

    async fn again(self, ctx: &Ctx) -> Error {
        match self {
            Self::Conflict { conflict, of, fields, by, at } => match records::get(ctx, of, conflict).await {
                Ok(current) => Error::Conflict(Box::new(Clash { current, fields, by, at })),
                Err(e) => e,
            },
            Self::Other(e) => e,
        }
    }
}

/// A record as it is now, or no longer to be seen.
impl Kept for Record {
    fn keep(&self) -> Value {
        json!({"kind": self.kind, "id": self.id})
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        #[derive(Deserialize)]
        struct Which {
            kind: Kind,
            id: Id,
        }
        let Which { kind, id } = read(kept)?;
        records::get(ctx, kind, id).await
    }
}

impl Kept for Done {
    fn keep(&self) -> Value {
        json!({"changes": self.changes, "left": self.left, "why": self.why.as_deref().map(Told::of),
            "refused": self.refused.iter().map(|r| (r.kind, r.id, Told::of(&r.why))).collect::<Vec<_>>()})
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        #[derive(Deserialize)]
        struct What {
            changes: Vec<Id>,
            left: Vec<Id>,
            why: Option<Told>,
            #[serde(default)]
            refused: Vec<(Kind, Id, Told)>,
        }
        let What { changes, left, why, refused } = read(kept)?;
        let mut records = Vec::new();
        for some in changes.chunks(500) {
            let rows = ctx.app.0.store.changes(some).await.map_err(fault)?;
            let about: Vec<(Kind, Id)> = rows.iter().map(|c| (c.kind, c.record)).collect();
            records.extend(records::get_mixed(ctx, &about).await?);
        }
        let why = match why {
            Some(told) => Some(Box::new(told.again(ctx).await)),
            None => None,
        };
        let about: Vec<(Kind, Id)> = refused.iter().map(|(kind, id, _)| (*kind, *id)).collect();
        let names: HashMap<Id, String> = records::get_mixed(ctx, &about).await?.into_iter().map(|r| (r.id, r.name().to_owned())).collect();
        let mut again = Vec::with_capacity(refused.len());
        for (kind, id, why) in refused {
            // What may not be seen any more has no name.
            let name = names.get(&id).cloned().unwrap_or_default();
            again.push(Refused { kind, id, name, why: why.again(ctx).await });
        }
        Ok(Self { records, changes, left, why, refused: again })
    }
}

/// A moved card, and the change that did it.
impl Kept for (Card, Id) {
    fn keep(&self) -> Value {
        json!([self.0.id, self.1])
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        let (id, change): (Id, Id) = read(kept)?;
        let deal = records::get(ctx, Kind::Deal, id).await?;
        Ok((deals::card(ctx, &deal), change))
    }
}

/// Several of them, and why the others were not moved.
impl Kept for (Vec<Card>, Vec<Id>, Vec<(Id, Error)>) {
    fn keep(&self) -> Value {
        let cards: Vec<Id> = self.0.iter().map(|c| c.id).collect();
        let refused: Vec<(Id, Told)> = self.2.iter().map(|(id, e)| (*id, Told::of(e))).collect();
        json!([cards, self.1, refused])
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        let (cards, changes, told): (Vec<Id>, Vec<Id>, Vec<(Id, Told)>) = read(kept)?;
        let mut refused = Vec::with_capacity(told.len());
        for (id, why) in told {
            refused.push((id, why.again(ctx).await));
        }
        let deals = records::get_many(ctx, Kind::Deal, &cards).await?;
        Ok((deals.iter().map(|d| deals::card(ctx, d)).collect(), changes, refused))
    }
}

impl Kept for View {
    fn keep(&self) -> Value {
        json!(self.id)
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        crate::views::get(ctx, read(kept)?).await
    }
}

impl Kept for domain::booking::Page {
    fn keep(&self) -> Value {
        json!(self.id)
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        crate::booking::get(ctx, read(kept)?).await
    }
}

impl Kept for ImportReport {
    fn keep(&self) -> Value {
        json!(self.id)
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        import::report(ctx, read(kept)?).await
    }
}

/// What was recognised in an upload, which is its sender's own.
impl Kept for Inspection {
    fn keep(&self) -> Value {
        json!(self)
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        let again: Self = read(kept)?;
        // The file itself is kept for an hour only: whoever is told of it has to be able to go on.
        import::is_kept(ctx, again.upload)?;
        Ok(again)
    }
}

/// Its secret is nowhere: whoever lost the answer gets another one for the same token, and the lost one opens nothing.
impl Kept for NewToken {
    fn keep(&self) -> Value {
        json!(self.info.id)
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        auth::renew_token(ctx, read(kept)?).await
    }
}

/// As with a token: its address is nowhere.
impl Kept for domain::calendar::feed::NewFeed {
    fn keep(&self) -> Value {
        json!(self.info.id)
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        crate::calendar::renew_feed(ctx, read(kept)?).await
    }
}

/// A saved item of the calendar, and what stood against it then.
impl Kept for domain::calendar::view::Saved {
    fn keep(&self) -> Value {
        json!([self.record.id, self.conflicts, self.more, self.changes])
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        let (id, conflicts, more, changes): (Id, _, bool, Vec<Id>) = read(kept)?;
        let record = records::get(ctx, Kind::Event, id).await?;
        let checked_until = crate::calendar::until_of(&ctx.app, &record);
        Ok(Self { record, conflicts, more, changes, checked_until })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::{Clock, Config};

    async fn house() -> (Ctx, Record) {
        let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
        let ctx = app.system("test");
        let fields = json!({"name": "A"}).as_object().cloned().unwrap();
        let record = records::create(&ctx, Kind::Company, fields, None).await.unwrap();
        (ctx, record)
    }

    fn key(ctx: &Ctx) -> Option<Key> {
        Some(Key::of(ctx, "door", "k", &"sent"))
    }

    #[tokio::test]
    async fn work_that_broke_off_is_not_done_again_under_its_key() {
        let (ctx, record) = house().await;
        let done = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&done);
        // It is done, and then the process is gone before that could be noted.
        let lost = once(&ctx, key(&ctx), async move {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(count.load(Ordering::SeqCst) > 1, "gone before it could be told");
            Err::<Record, _>(Error::NotFound)
        });
        lost.await.unwrap_err();
        let count = Arc::clone(&done);
        let again = once(&ctx, key(&ctx), async move {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(record)
        });
        assert_eq!(again.await.unwrap_err(), Error::invalid("Idempotency-Key", "idempotency_lost"));
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn work_that_was_refused_may_be_asked_for_again() {
        let (ctx, record) = house().await;
        assert_eq!(once(&ctx, key(&ctx), async { Err::<Record, _>(Error::Unavailable) }).await, Err(Error::Unavailable));
        let now = record.clone();
        assert_eq!(once(&ctx, key(&ctx), async move { Ok(now) }).await.unwrap(), record);
        // From here on it is the kept answer.
        assert_eq!(once(&ctx, key(&ctx), async { Err::<Record, _>(Error::NotFound) }).await.unwrap(), record);
    }

    #[tokio::test]
    async fn a_conflict_that_is_told_again_holds_no_record_of_its_own() {
        let (ctx, record) = house().await;
        let clash = Clash { current: record.clone(), fields: vec!["name".to_owned()], by: None, at: None };
        let done = Done { why: Some(Box::new(Error::Conflict(Box::new(clash)))), ..Done::default() };
        let kept = done.keep();
        assert!(!kept.to_string().contains("created_at"), "{kept}");
        assert!(matches!(Done::again(&ctx, kept.clone()).await.unwrap().why.as_deref(), Some(Error::Conflict(c)) if c.current == record));
        // Whoever may no longer see it hears only that.
        let analyst = json!({"name": "A", "email": "a@halyard.example", "role": "sales"}).as_object().cloned().unwrap();
        let user = records::create(&ctx, Kind::User, analyst, None).await.unwrap();
        let theirs = auth::act_as(&ctx.app, user.text("email")).await.unwrap();
        let again = Done::again(&theirs, kept).await.unwrap().why;
        let may_see = theirs.who().sees(&record);
        assert_eq!(matches!(again.as_deref(), Some(Error::Conflict(_))), may_see);
    }
}
