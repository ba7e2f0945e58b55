//! Secret feeds: whoever knows the address reads one calendar, without signing in, and reaches nothing else by it. The address is
//! kept as a hash only and shown once; it dies with its account, and when it is revoked.
//!
//! A feed shows what its maker may read: what is private and not theirs is nothing but taken time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::feed::{Detail, FeedInfo, FeedOf, FeedWish, NewFeed};
use domain::calendar::{Answer, Span, Status, SubjectKind};
use domain::rights::Power;
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result, time};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Table;

use super::ics::{self, Look};
use super::item::Item;
use crate::auth::{digest, secret};
use crate::ctx::{fault, internal, new_id};
use crate::{App, Ctx, records};

/// How long ago an item may have ended and still be told.
const BACK: i64 = 400 * 86_400_000;
/// The most items of a feed: those that come last.
const MOST: usize = 10_000;
/// The most feeds of one person.
const MAX_FEEDS: usize = 50;
/// When it was read last is written down no more often than this.
const SEEN_MS: i64 = 3_600_000;

const PREFIX: &str = "rc_";

/// A feed as it is stored, under the hash of its secret.
#[derive(Clone, Debug, PartialEq)]
struct Stored {
    info: FeedInfo,
    maker: Id,
}

impl Stored {
    fn of(app: &App, doc: &Fields) -> Option<Self> {
        let read = |name: &str| doc.get(name).cloned().unwrap_or_default();
        let text = |name: &str| doc.get(name).and_then(Value::as_str).unwrap_or_default();
        let of: FeedOf = serde_json::from_value(read("of")).ok()?;
        let info = FeedInfo {
            id: Id::parse(text("feed"))?,
            of,
            name: label(app, of).unwrap_or_default(),
            detail: serde_json::from_value(read("detail")).unwrap_or_default(),
            created_at: text("created_at").to_owned(),
            last_read_at: Some(text("last_read_at").to_owned()).filter(|t| !t.is_empty()),
        };
        Some(Self { info, maker: Id::parse(text("user"))? })
    }
}

/// The record that it shows, while it is there.
fn shown(app: &App, of: FeedOf) -> Option<Record> {
    let directory = app.directory();
    let found = match of {
        FeedOf::User(id) => directory.users.get(&id).filter(|u| !u.flag("disabled")),
        FeedOf::Team(id) => directory.teams.get(&id),
        FeedOf::Resource(id) => directory.resources.get(&id),
    };
    found.filter(|r| r.deleted_at.is_none()).cloned()
}

fn label(app: &App, of: FeedOf) -> Option<String> {
    shown(app, of).map(|r| r.name().to_owned())
}

/// One's own calendar; that of one's team, and of a team one manages; that of any resource. Those who run the house: any.
fn may_make(ctx: &Ctx, of: FeedOf) -> Result<()> {
    let field = match of {
        FeedOf::User(_) => "user",
        FeedOf::Team(_) => "team",
        FeedOf::Resource(_) => "resource",
    };
    let record = shown(&ctx.app, of).ok_or_else(|| Error::invalid(field, "unknown_reference"))?;
    let mine = match of {
        FeedOf::User(id) => id == ctx.me.id,
        FeedOf::Team(id) => ctx.me.team == Some(id) || record.id_of("manager") == Some(ctx.me.id),
        FeedOf::Resource(_) => true,
    };
    if mine || ctx.who().has(Power::ManageUsers) { Ok(()) } else { Err(Error::Forbidden) }
}

/// What one may make a feed of, oneself first.
pub fn feed_choices(ctx: &Ctx) -> Result<Vec<(FeedOf, String)>> {
    ctx.actor().ok_or(Error::Forbidden)?;
    let directory = ctx.app.directory();
    let mut users: Vec<&Record> = directory.users.values().filter(|u| u.id != ctx.me.id && !u.text("email").is_empty()).collect();
    let mut teams: Vec<&Record> = directory.teams.values().collect();
    let mut resources: Vec<&Record> = directory.resources.values().collect();
    for list in [&mut users, &mut teams, &mut resources] {
        list.sort_by_key(|r| (r.name().to_lowercase(), r.id));
    }
    let all = std::iter::once(FeedOf::User(ctx.me.id))
        .chain(teams.iter().map(|t| FeedOf::Team(t.id)))
        .chain(resources.iter().map(|r| FeedOf::Resource(r.id)))
        .chain(users.iter().map(|u| FeedOf::User(u.id)));
    let allowed = all.filter(|of| may_make(ctx, *of).is_ok());
    Ok(allowed.filter_map(|of| Some((of, label(&ctx.app, of)?))).take(1_000).collect())
}

async fn mine(ctx: &Ctx) -> Result<Vec<(String, Fields, Stored)>> {
    // What has no account has no feeds.
    ctx.actor().ok_or(Error::Forbidden)?;
    let docs = ctx.app.0.store.docs(Table::CalendarFeed, Some(&ctx.me.id.to_string())).await.map_err(fault)?;
    Ok(docs.into_iter().filter_map(|(key, doc)| Stored::of(&ctx.app, &doc).map(|s| (key, doc, s))).collect())
}

/// One's own, the newest first.
pub async fn feeds(ctx: &Ctx) -> Result<Vec<FeedInfo>> {
    let mut out: Vec<FeedInfo> = mine(ctx).await?.into_iter().map(|(.., s)| s.info).collect();
    out.sort_by(|a, b| (&b.created_at, b.id).cmp(&(&a.created_at, a.id)));
    Ok(out)
}

pub async fn create_feed(ctx: &Ctx, wish: &FeedWish) -> Result<NewFeed> {
    ctx.may_write()?;
    let known = mine(ctx).await?;
    may_make(ctx, wish.of)?;
    if known.len() >= MAX_FEEDS {
        return Err(Error::Invalid { fields: vec![FieldError::new("of", "too_many").with("max", MAX_FEEDS)] });
    }
    let doc = json!({
        "feed": new_id(), "user": ctx.me.id, "of": wish.of, "detail": wish.detail, "created_at": ctx.app.now_text(),
    });
    keep(ctx, doc.as_object().cloned().unwrap_or_default()).await
}

async fn keep(ctx: &Ctx, doc: Fields) -> Result<NewFeed> {
    let secret = secret(PREFIX);
    ctx.app.0.store.put_doc(Table::CalendarFeed, &digest(&secret), doc.clone()).await.map_err(fault)?;
    let stored = Stored::of(&ctx.app, &doc).ok_or_else(|| internal(&"a feed cannot be read"))?;
    Ok(NewFeed { info: stored.info, path: format!("/calendar/{secret}.ics") })
}

async fn one(ctx: &Ctx, id: Id) -> Result<(String, Fields, Stored)> {
    mine(ctx).await?.into_iter().find(|(.., s)| s.info.id == id).ok_or(Error::NotFound)
}

/// Another address for the same feed; the old one opens nothing any more.
pub async fn renew_feed(ctx: &Ctx, id: Id) -> Result<NewFeed> {
    ctx.may_write()?;
    let (old, mut doc, stored) = one(ctx, id).await?;
    may_make(ctx, stored.info.of)?;
    doc.remove("last_read_at");
    let fresh = keep(ctx, doc).await?;
    ctx.app.0.store.delete_doc(Table::CalendarFeed, &old).await.map_err(fault)?;
    Ok(fresh)
}

pub async fn revoke_feed(ctx: &Ctx, id: Id) -> Result<()> {
    ctx.may_write()?;
    let (key, ..) = one(ctx, id).await?;
    ctx.app.0.store.delete_doc(Table::CalendarFeed, &key).await.map_err(fault)
}

/// What a program that knows the address gets.
pub struct Served {
    /// Changes when the feed does.
    pub etag: String,
    /// `None`: the program has it already.
    pub body: Option<String>,
}

/// The feed behind a secret; unknown, revoked and orphaned ones are all not there. `busy`: what masked time is called, in the
/// language of who made the feed. `known`: the tag of what the program has.
pub async fn feed(app: &App, secret: &str, known: Option<&str>, busy: impl Fn(domain::Locale) -> String) -> Result<Served> {
    if !secret.starts_with(PREFIX) || secret.len() > 100 {
        return Err(Error::NotFound);
    }
    let key = digest(secret);
    let doc = app.0.store.get_doc(Table::CalendarFeed, &key).await.map_err(fault)?.ok_or(Error::NotFound)?;
    let stored = Stored::of(app, &doc).ok_or(Error::NotFound)?;
    let maker = app.directory().users.get(&stored.maker).filter(|u| u.deleted_at.is_none() && !u.flag("disabled")).cloned();
    let maker = maker.ok_or(Error::NotFound)?;
    let of = shown(app, stored.info.of).ok_or(Error::NotFound)?;
    note_reading(app, &key, doc).await;
    app.0.book.ready().await?;
    let items = items(app, stored.info.of);
    let masked: BTreeSet<Id> =
        items.values().filter(|i| stored.info.detail == Detail::Busy || !i.is_open_to(maker.id)).map(|i| i.id).collect();
    let locale = domain::Locale::parse(maker.text("locale")).unwrap_or_default();
    let busy = busy(locale);
    let etag = tag(&stored, &of, &items, &masked, &busy);
    if known.is_some_and(|k| k.split(',').any(|k| k.trim().trim_start_matches("W/") == etag)) {
        return Ok(Served { etag, body: None });
    }
    let ids: Vec<Id> = items.keys().map(|(_, id)| *id).collect();
    let mut records = app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    // Written since the book was asked, and no longer for these eyes: the next reading has it.
    records.retain(|r| r.deleted_at.is_none() && items.values().any(|i| i.id == r.id && i.private == r.flag("private")));
    let clock = match stored.info.of {
        FeedOf::User(_) => records::zone(of.text("time_zone")),
        _ => records::zone(app.directory().time_zone()),
    };
    let look = Look { name: of.name().to_owned(), masked, busy, zone: Some(clock), ..Look::default() };
    Ok(Served { etag, body: Some(ics::written(app, &records, &look).await?) })
}

async fn note_reading(app: &App, key: &str, mut doc: Fields) {
    let last = doc.get("last_read_at").and_then(Value::as_str).and_then(time::parse_instant);
    if last.is_some_and(|at| at + SEEN_MS > app.now()) {
        return;
    }
    doc.insert("last_read_at".to_owned(), app.now_text().into());
    // Worth writing down, but neither a full disk nor a database that is slow keeps anybody from reading.
    if let Err(e) = app.0.store.renew_doc(Table::CalendarFeed, key, doc).await {
        tracing::warn!(error = %e, "when a feed was read is not written down");
    }
}

/// In the order of their starts. What somebody declined is not in their calendar.
fn items(app: &App, of: FeedOf) -> BTreeMap<(i64, Id), Arc<Item>> {
    let directory = app.directory();
    let subjects: Vec<(SubjectKind, Id)> = match of {
        FeedOf::User(id) => vec![(SubjectKind::User, id)],
        FeedOf::Resource(id) => vec![(SubjectKind::Resource, id)],
        FeedOf::Team(id) => {
            let members = directory.users.values().filter(|u| u.id_of("team") == Some(id));
            members.filter(|u| u.deleted_at.is_none() && !u.flag("disabled")).map(|u| (SubjectKind::User, u.id)).collect()
        }
    };
    let span = Span::new(app.now() - BACK, i64::MAX / 4);
    let mut out = BTreeMap::new();
    for (_, subject) in subjects {
        for near in app.0.book.near(subject, span) {
            let item = near.item;
            if item.foreign
                || item.status == Status::Cancelled
                || item.answer_of(subject) == Some(Answer::Declined)
                || item.whole().end < span.start
            {
                continue;
            }
            out.insert((item.whole().start, item.id), item);
        }
    }
    while out.len() > MOST {
        out.pop_first();
    }
    out
}

fn tag(stored: &Stored, of: &Record, items: &BTreeMap<(i64, Id), Arc<Item>>, masked: &BTreeSet<Id>, busy: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{}|{:?}|{}|{}|{busy}|", stored.info.id, stored.info.detail, of.name(), of.text("time_zone")));
    for item in items.values() {
        hash.update(item.id.0.as_bytes());
        hash.update(item.version.to_be_bytes());
        hash.update([u8::from(masked.contains(&item.id))]);
    }
    let hex: String = hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("\"{hex}\"")
}
