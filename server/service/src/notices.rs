//! What a person is told: the list behind the bell. A notice is made in the transaction of what it tells ([`crate::calendar`]) or
//! by a reminder; it names what it is about, and who reads it sees of that only what they may see then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::notices::{LONGEST_SNOOZE, MANY, News, Notice, Notices, Preferences};
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result, time};
use serde_json::Value;
use store::Table;

use crate::ctx::{fault, internal};
use crate::live::Message;
use crate::{App, Ctx};

/// How long one is kept: three months.
pub(crate) const LIFE_MS: i64 = 90 * 24 * 3_600_000;

/// The key of a person's notice: the newest come first. `name` tells it from others of that moment.
pub(crate) fn key(user: Id, at: i64, name: &str) -> String {
    let at = u64::try_from(at).unwrap_or(0);
    format!("{user}/{:016x}-{name}", u64::MAX - at)
}

pub(crate) fn doc(notice: &Notice) -> Result<Fields> {
    match serde_json::to_value(notice) {
        Ok(Value::Object(mut fields)) => {
            fields.remove("id");
            Ok(fields)
        }
        other => Err(internal(&format!("{other:?}"))),
    }
}

/// These people may have something new: their browsers look. Those of other servers hear it there.
pub(crate) fn hint(app: &App, people: BTreeSet<Id>) {
    if !people.is_empty() {
        app.0.hub.send(Message::Notices(Arc::new(people)));
    }
}

fn below(ctx: &Ctx) -> Result<String> {
    // A system actor is nobody who could be told something.
    ctx.actor().map(|me| format!("{me}/")).ok_or(Error::Forbidden)
}

/// One's own, from after `after` on.
pub async fn list(ctx: &Ctx, after: Option<&str>, limit: u32) -> Result<Notices> {
    let begin = below(ctx)?;
    let limit = limit.clamp(1, 200);
    let after = after.map(|a| format!("{begin}{a}"));
    let rows = ctx.app.0.store.docs_below(Table::Notice, &begin, after.as_deref(), limit).await.map_err(fault)?;
    let next = if u32::try_from(rows.len()).is_ok_and(|n| n == limit) { rows.last().map(|(key, _)| key.clone()) } else { None };
    let mut items: Vec<Notice> = rows.into_iter().filter_map(|(key, doc)| read(&begin, key, doc)).collect();
    mask(ctx, &mut items).await?;
    let next = next.and_then(|key| key.strip_prefix(&begin).map(str::to_owned));
    Ok(Notices { items, unread: unread(ctx).await?, next })
}

fn read(begin: &str, key: String, doc: Fields) -> Option<Notice> {
    let notice: Notice = serde_json::from_value(Value::Object(doc)).ok()?;
    Some(Notice { id: key.strip_prefix(begin)?.to_owned(), ..notice })
}

/// How many are unread, up to [`MANY`] of the newest.
pub async fn unread(ctx: &Ctx) -> Result<u32> {
    let begin = below(ctx)?;
    let rows = ctx.app.0.store.docs_below(Table::Notice, &begin, None, 2 * MANY).await.map_err(fault)?;
    let count = rows.iter().filter(|(_, doc)| doc.get("read") != Some(&Value::Bool(true))).count();
    Ok(u32::try_from(count).unwrap_or(MANY).min(MANY))
}

/// What somebody may no longer see keeps its time and its news, and loses its words.
async fn mask(ctx: &Ctx, items: &mut [Notice]) -> Result<()> {
    let ids: BTreeSet<Id> = items.iter().filter_map(|n| n.event).collect();
    let ids: Vec<Id> = ids.into_iter().collect();
    let found = ctx.app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    let who = ctx.who();
    let seen: BTreeMap<Id, &Record> = found.iter().filter(|r| who.sees(r)).map(|r| (r.id, r)).collect();
    for notice in items.iter_mut().filter(|n| n.event.is_some()) {
        if !notice.event.is_some_and(|id| seen.contains_key(&id)) {
            (notice.title, notice.place) = (String::new(), String::new());
        }
    }
    Ok(())
}

/// These (or all) have been read. Answers how many are left unread.
pub async fn mark_read(ctx: &Ctx, ids: Option<&[String]>) -> Result<u32> {
    ctx.may_write()?;
    let begin = below(ctx)?;
    let keys = match ids {
        Some(ids) if ids.len() > 500 => {
            return Err(Error::Invalid { fields: vec![FieldError::new("ids", "too_many").with("max", 500)] });
        }
        // The person's own, whatever stands in an id.
        Some(ids) => ids.iter().map(|id| format!("{begin}{id}")).collect(),
        None => unread_keys(ctx, &begin).await?,
    };
    let patch = Fields::from_iter([("read".to_owned(), true.into())]);
    ctx.app.0.store.patch_docs(Table::Notice, &keys, &patch).await.map_err(fault)?;
    hint(&ctx.app, BTreeSet::from([ctx.me.id]));
    unread(ctx).await
}

async fn unread_keys(ctx: &Ctx, begin: &str) -> Result<Vec<String>> {
    let (mut keys, mut after) = (Vec::new(), None::<String>);
    loop {
        let rows = ctx.app.0.store.docs_below(Table::Notice, begin, after.as_deref(), 500).await.map_err(fault)?;
        let end = rows.len() < 500;
        after = rows.last().map(|(key, _)| key.clone());
        keys.extend(rows.into_iter().filter(|(_, doc)| doc.get("read") != Some(&Value::Bool(true))).map(|(key, _)| key));
        if end {
            return Ok(keys);
        }
    }
}

/// A reminder that comes again in so many minutes. Answers when.
pub async fn snooze(ctx: &Ctx, id: &str, minutes: i64) -> Result<String> {
    ctx.may_write()?;
    let begin = below(ctx)?;
    if !(1..=LONGEST_SNOOZE).contains(&minutes) {
        return Err(Error::Invalid { fields: vec![FieldError::new("minutes", "minutes").with("max", LONGEST_SNOOZE)] });
    }
    let key = format!("{begin}{id}");
    let doc = ctx.app.0.store.get_doc(Table::Notice, &key).await.map_err(fault)?.ok_or(Error::NotFound)?;
    let notice = read(&begin, key.clone(), doc.clone()).ok_or(Error::NotFound)?;
    if notice.news != News::Reminder {
        return Err(Error::invalid("id", "no_reminder"));
    }
    let at = time::instant(ctx.app.now() + minutes * 60_000);
    let mut again = doc;
    again.insert("at".to_owned(), at.clone().into());
    again.insert("user".to_owned(), ctx.me.id.to_string().into());
    again.insert("read".to_owned(), false.into());
    ctx.app.0.store.put_doc(Table::Snooze, &key, again).await.map_err(fault)?;
    let patch = Fields::from_iter([("read".to_owned(), true.into())]);
    ctx.app.0.store.patch_docs(Table::Notice, &[key], &patch).await.map_err(fault)?;
    hint(&ctx.app, BTreeSet::from([ctx.me.id]));
    Ok(at)
}

/// What this person wants to be told, and how.
pub async fn preferences(ctx: &Ctx) -> Result<Preferences> {
    below(ctx)?;
    preferences_of(&ctx.app, ctx.me.id).await
}

pub(crate) async fn preferences_of(app: &App, user: Id) -> Result<Preferences> {
    let doc = app.0.store.get_doc(Table::Preference, &user.to_string()).await.map_err(fault)?;
    Ok(doc.and_then(|d| serde_json::from_value(Value::Object(d)).ok()).unwrap_or_default())
}

pub async fn save_preferences(ctx: &Ctx, wanted: &Preferences) -> Result<Preferences> {
    ctx.may_write()?;
    below(ctx)?;
    wanted.check()?;
    let Ok(Value::Object(doc)) = serde_json::to_value(wanted) else { return Err(internal(&"preferences")) };
    ctx.app.0.store.put_doc(Table::Preference, &ctx.me.id.to_string(), doc).await.map_err(fault)?;
    Ok(wanted.clone())
}
