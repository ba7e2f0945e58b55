//! Reminders: what rings, for whom, at which moment; and what comes again, comes daily, or comes once a year.
//!
//! Whatever rings is kept under a key made of what it is about, whose it is and when it rings. Every server looks every second,
//! from a little before where it looked last; what is made twice is there once. So a restart, a second server or a clock that
//! was set makes nothing ring twice, and what rang while nobody served comes after the start (of the last day, as long as it is
//! not over).

mod bells;
mod daily;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono_tz::Tz;
use domain::calendar::event::ReminderWay;
use domain::calendar::{Answer, Moment, Span, Status, SubjectKind, When, Window};
use domain::notices::{News, Notice};
use domain::{Fields, Id, Locale, Record, Result, time};
use parking_lot::Mutex;
use serde_json::Value;
use store::Table;

use crate::App;
use crate::calendar::{Item, Near};
use crate::ctx::fault;
use crate::mail::{self, Letter, words};
use crate::notices;
use bells::{DAYS_APART, lead};

pub(crate) use bells::Bells;
pub(crate) use daily::hear;

const DAY: i64 = 86_400_000;
/// Looked at once more each time: an item may come a moment after it should have rung.
const BACK: i64 = 60_000;
/// A series is looked at again after this.
const HORIZON: i64 = 2 * 3_600_000;
/// The most occurrences of a series that ring in a stretch.
const MOST: usize = 500;
const PLACE: &str = "reminders";

#[derive(Default)]
pub(crate) struct State {
    /// Up to here all has rung; 0: not known yet.
    last: AtomicI64,
    /// What of that is written down.
    written: AtomicI64,
    /// Keys that rang lately, and when.
    done: Mutex<HashMap<String, i64>>,
    /// Series (at a version) in which nothing rings before a moment.
    quiet: Mutex<HashMap<Id, (i64, i64)>>,
    customers: Mutex<daily::Customers>,
    one_at_a_time: tokio::sync::Mutex<()>,
}

/// What one look brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rung {
    pub notices: usize,
    pub letters: usize,
}

/// One bell for one person.
struct Ring {
    user: Id,
    due: i64,
    minutes: u32,
    slot: Option<Moment>,
    when: When,
    app: bool,
    browser: bool,
    mail: bool,
}

/// Looks every second for as long as the program runs. It keeps nothing open that everybody else has let go.
pub(crate) fn begin(app: &App) {
    let inner = std::sync::Arc::downgrade(&app.0);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let Some(app) = inner.upgrade().map(App) else { return };
            if app.0.hub.is_closed() {
                return;
            }
            if let Err(e) = tick(&app).await {
                tracing::warn!(error = %e, "reminders could not be looked at; trying again");
            }
        }
    });
}

/// Everything that rings up to now.
pub async fn tick(app: &App) -> Result<Rung> {
    let state = &app.0.reminders;
    let _one = state.one_at_a_time.lock().await;
    app.0.book.ready().await?;
    let now = app.now();
    let last = match state.last.load(Ordering::SeqCst) {
        0 => written(app).await?.unwrap_or(now - BACK),
        known => known,
    };
    // A clock that was set back, or a long night.
    let from = (last.min(now) - BACK).max(now - DAY);
    let mut rung = Rung::default();
    let mut hints = BTreeSet::new();
    let (docs, letters) = ringing(app, from, now);
    rung.notices += keep(app, docs, from, &mut hints).await?;
    rung.letters += send(app, letters).await?;
    rung.notices += snoozed(app, now, &mut hints).await?;
    // Once a minute is enough for what comes once a day.
    if last.div_euclid(60_000) != now.div_euclid(60_000) {
        let (docs, letters, told) = daily::due(app, from, now).await?;
        rung.notices += keep(app, docs, from, &mut hints).await?;
        daily::remember(app, told).await?;
        rung.letters += mail::post(app, letters).await?;
    }
    // Also when another server was faster: our own browsers hear of it here.
    notices::hint(app, hints);
    state.last.store(now, Ordering::SeqCst);
    if (now - state.written.load(Ordering::SeqCst)).abs() >= 30_000 {
        let doc = Fields::from_iter([("until".to_owned(), time::instant(now).into())]);
        app.0.store.put_doc(Table::Workspace, PLACE, doc).await.map_err(fault)?;
        state.written.store(now, Ordering::SeqCst);
    }
    Ok(rung)
}

async fn written(app: &App) -> Result<Option<i64>> {
    let doc = app.0.store.get_doc(Table::Workspace, PLACE).await.map_err(fault)?;
    Ok(doc.as_ref().and_then(|d| d.get("until")).and_then(Value::as_str).and_then(time::parse_instant))
}

/// Keys and notices of which some may be there already.
type Docs = Vec<(Id, String, Fields)>;
type Letters = Vec<(String, Letter)>;

async fn keep(app: &App, docs: Docs, from: i64, hints: &mut BTreeSet<Id>) -> Result<usize> {
    let fresh: Docs = {
        let mut done = app.0.reminders.done.lock();
        done.retain(|_, at| *at > from - BACK);
        docs.into_iter().filter(|(_, key, _)| !done.contains_key(key)).collect()
    };
    if fresh.is_empty() {
        return Ok(0);
    }
    let users: Vec<Id> = fresh.iter().map(|(user, ..)| *user).collect();
    let keys: Vec<String> = fresh.iter().map(|(_, key, _)| key.clone()).collect();
    let made = app.0.store.make_docs(Table::Notice, fresh.into_iter().map(|(_, key, doc)| (key, doc)).collect()).await.map_err(fault)?;
    let now = app.now();
    app.0.reminders.done.lock().extend(keys.into_iter().map(|key| (key, now)));
    hints.extend(users);
    Ok(made)
}

/// For a minute each letter would be made again every second, and found to be there.
async fn send(app: &App, letters: Letters) -> Result<usize> {
    let keys: Vec<String> = letters.iter().map(|(key, _)| key.clone()).collect();
    let made = mail::post(app, letters).await?;
    let now = app.now();
    app.0.reminders.done.lock().extend(keys.into_iter().map(|key| (key, now)));
    Ok(made)
}

/// What rings after `from`, up to `to`, but for what rang lately.
fn ringing(app: &App, from: i64, to: i64) -> (Docs, Letters) {
    let (mut docs, mut letters): (Docs, Letters) = Default::default();
    let directory = app.directory();
    let house = directory.time_zone();
    let done = app.0.reminders.done.lock();
    for near in app.0.book.ringing(from, to) {
        let item = &near.item;
        if item.status == Status::Cancelled {
            continue;
        }
        let times = times(app, &near, from, to);
        for user in users_of(item).filter_map(|id| directory.users.get(&id)).filter(|u| u.deleted_at.is_none() && !u.flag("disabled")) {
            let zone = zone_of(user, house);
            for ring in rings(item, user.id, zone, &times, from, to) {
                // Without mail nothing is lost: it rings in the app.
                let by_mail = ring.mail && app.0.mailer.is_there() && !user.text("email").is_empty();
                let key = notices::key(ring.user, ring.due, &name(item, &ring));
                if (ring.app || ring.browser || !by_mail) && !done.contains_key(&key) {
                    docs.extend(bell(item, &ring, key));
                }
                let key = format!("reminder-{}-{}-{}", user.id, ring.due, name(item, &ring));
                if by_mail && !done.contains_key(&key) {
                    letters.push((key, letter(app, item, user, zone, &ring)));
                }
            }
        }
    }
    (docs, letters)
}

pub(crate) fn zone_of(user: &Record, house: &str) -> Tz {
    let own = user.text("time_zone");
    crate::records::zone(if own.is_empty() { house } else { own })
}

fn users_of(item: &Item) -> impl Iterator<Item = Id> {
    let asked = item.guests.iter().filter(|g| g.kind == SubjectKind::User);
    let organiser = item.organiser.filter(|o| !item.guests.iter().any(|g| g.id == *o));
    asked.filter(|g| g.answer != Some(Answer::Declined)).map(|g| g.id).chain(organiser)
}

/// The occurrences that may ring; a series in which nothing rings soon is passed over for a while.
fn times(app: &App, near: &Near, from: i64, to: i64) -> Vec<(Option<Moment>, When)> {
    let item = &near.item;
    if item.repeat.is_none() {
        return vec![(None, item.when)];
    }
    if app.0.reminders.quiet.lock().get(&item.id).is_some_and(|(version, until)| *version == item.version && *until > to) {
        return Vec::new();
    }
    let longest = item.reminders.iter().map(|r| lead(r.minutes)).max().unwrap_or(0);
    let until = to + HORIZON;
    let window = Span::new(from - DAYS_APART, until + longest + DAYS_APART);
    let found = item.occurrences(&Window::of_everybody(window), &near.replaced, MOST);
    let apart = if matches!(item.when, When::Days(..)) { DAYS_APART } else { 0 };
    let due = |when: &When, minutes: u32| when.span(&chrono::Utc).start - lead(minutes);
    let all = found.iter().flat_map(|(_, when)| item.reminders.iter().map(move |r| due(when, r.minutes)));
    let next = all.filter(|due| due + apart > to).map(|due| due - apart).min();
    let quiet = next.unwrap_or(until).min(until);
    app.0.reminders.quiet.lock().insert(item.id, (item.version, quiet));
    found
}

fn rings(item: &Item, user: Id, zone: Tz, times: &[(Option<Moment>, When)], from: i64, to: i64) -> Vec<Ring> {
    let mut out: Vec<Ring> = Vec::new();
    for (slot, when) in times {
        let span = when.span(&zone);
        for reminder in &item.reminders {
            let due = span.start - lead(reminder.minutes);
            // Of what is over nobody is reminded.
            if due <= from || due > to || span.end.max(span.start + 1) <= to {
                continue;
            }
            let ring = match out.iter_mut().find(|r| r.due == due && r.slot == *slot) {
                Some(known) => known,
                None => {
                    let (app, browser, mail) = (false, false, false);
                    out.push(Ring { user, due, minutes: reminder.minutes, slot: *slot, when: *when, app, browser, mail });
                    let Some(new) = out.last_mut() else { continue };
                    new
                }
            };
            match reminder.way {
                ReminderWay::App => ring.app = true,
                ReminderWay::Browser => ring.browser = true,
                ReminderWay::Email => ring.mail = true,
            }
        }
    }
    out
}

/// What tells this bell from all others.
fn name(item: &Item, ring: &Ring) -> String {
    let slot = ring.slot.map_or(0, |s| s.instant(&chrono::Utc));
    format!("{}-{slot}-{}", item.id, ring.minutes)
}

fn bell(item: &Item, ring: &Ring, key: String) -> Option<(Id, String, Fields)> {
    let notice = Notice {
        event: Some(item.id),
        slot: ring.slot,
        title: item.title.to_string(),
        place: item.place.to_string(),
        start: Some(ring.when.start()),
        browser: ring.browser,
        ..Notice::plain(time::instant(ring.due), News::Reminder)
    };
    Some((ring.user, key, notices::doc(&notice).ok()?))
}

fn letter(app: &App, item: &Item, user: &Record, zone: Tz, ring: &Ring) -> Letter {
    let locale = Locale::parse(user.text("locale")).unwrap_or_default();
    let title = if item.title.is_empty() { words::text(locale, "mail.untitled") } else { item.title.to_string() };
    let when = words::when(locale, ring.when, zone);
    let link = crate::calendar::link(app, item.id, ring.slot, ring.when, zone);
    let mut lines = vec![(words::text(locale, "mail.what"), title.clone()), (words::text(locale, "mail.when"), when.clone())];
    if !item.place.is_empty() {
        lines.push((words::text(locale, "mail.where"), item.place.to_string()));
    }
    Letter {
        to: user.text("email").to_owned(),
        name: user.name().to_owned(),
        language: locale.tag().to_owned(),
        subject: words::filled(locale, "mail.reminder.subject", &[("title", &title), ("when", &when)]),
        about: Some(item.id),
        ..words::page(locale, &words::text(locale, "mail.reminder"), &lines, &[(words::text(locale, "mail.open"), link)], "")
    }
}

/// What somebody wanted to hear again.
async fn snoozed(app: &App, now: i64, hints: &mut BTreeSet<Id>) -> Result<usize> {
    let mut made = 0;
    loop {
        let due = app.0.store.docs_at(Table::Snooze, &time::instant(now), 200).await.map_err(fault)?;
        if due.is_empty() {
            return Ok(made);
        }
        let mut docs = Vec::new();
        let keys: Vec<String> = due.iter().map(|(key, _)| key.clone()).collect();
        for (key, mut doc) in due {
            let user = doc.remove("user").and_then(|u| u.as_str().and_then(Id::parse));
            let at = doc.get("at").and_then(Value::as_str).and_then(time::parse_instant);
            if let (Some(user), Some(at)) = (user, at) {
                let name = key.rsplit_once('/').map_or(key.as_str(), |(_, name)| name);
                hints.insert(user);
                docs.push((notices::key(user, at, name), doc));
            }
        }
        made += app.0.store.make_docs(Table::Notice, docs).await.map_err(fault)?;
        // Only then: whoever is cut off between the two does it again.
        app.0.store.delete_docs(Table::Snooze, &keys).await.map_err(fault)?;
    }
}
