//! Requests that are sent again because their answer was lost: the same key with the same content within a day gives the
//! answer of the first one, and nothing is done twice. What is kept names what was done; it is read again as it is now, with
//! the rights of now.

use std::future::Future;

use domain::auth::NewToken;
use domain::deals::Card;
use domain::import::{ImportReport, Inspection};
use domain::list::View;
use domain::record::Done;
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

    /// What is kept of the first request with this key.
    pub(crate) async fn earlier(&self, app: &App) -> Result<Option<Value>> {
        let Some(mut doc) = app.0.store.get_doc(Table::Idempotency, &self.key).await.map_err(fault)? else { return Ok(None) };
        let text = |name: &str| doc.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        if domain::time::parse_instant(text("at")).is_none_or(|at| at + upkeep::KEY_MS < app.now()) {
            return Ok(None);
        }
        if text("digest") != self.digest {
            return Err(Error::invalid("Idempotency-Key", "idempotency_key"));
        }
        match doc.remove("kept") {
            Some(kept) => serde_json::from_str(kept.as_str().unwrap_or_default()).map(Some).map_err(unreadable),
            // As it was written before other things than new records were kept.
            None => Ok(Some(json!({"id": doc.get("record")}))),
        }
    }

    pub(crate) fn doc(&self, app: &App, kept: &Value) -> Doc {
        // As text: the database need not know its shape.
        let doc = json!({"kept": kept.to_string(), "digest": self.digest, "at": app.now_text()});
        Doc { table: Table::Idempotency, key: self.key.clone(), doc: doc.as_object().cloned() }
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
        if let Some(kept) = key.earlier(&ctx.app).await? {
            return T::again(&ctx, kept).await;
        }
        let answer = work.await?;
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
        json!({"changes": self.changes, "left": self.left, "why": self.why})
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        #[derive(Deserialize)]
        struct What {
            changes: Vec<Id>,
            left: Vec<Id>,
            why: Option<Box<Error>>,
        }
        let What { changes, left, why } = read(kept)?;
        let mut records = Vec::new();
        for some in changes.chunks(500) {
            let rows = ctx.app.0.store.changes(some).await.map_err(fault)?;
            let about: Vec<(Kind, Id)> = rows.iter().map(|c| (c.kind, c.record)).collect();
            records.extend(records::get_mixed(ctx, &about).await?);
        }
        Ok(Self { records, changes, left, why })
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
        json!([cards, self.1, self.2])
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        let (cards, changes, refused): (Vec<Id>, Vec<Id>, Vec<(Id, Error)>) = read(kept)?;
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

    async fn again(_: &Ctx, kept: Value) -> Result<Self> {
        read(kept)
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

/// A saved item of the calendar, and what stood against it then.
impl Kept for domain::calendar::view::Saved {
    fn keep(&self) -> Value {
        json!([self.record.id, self.conflicts, self.more, self.changes])
    }

    async fn again(ctx: &Ctx, kept: Value) -> Result<Self> {
        let (id, conflicts, more, changes): (Id, _, bool, Vec<Id>) = read(kept)?;
        Ok(Self { record: records::get(ctx, Kind::Event, id).await?, conflicts, more, changes })
    }
}
