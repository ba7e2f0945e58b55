//! Takes letters from the outbox to the mail server. Of several servers on one database one does: the one that holds the lease.
//! A server that dies leaves its lease to run out, and what it had not marked as sent goes again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use domain::{Fields, Result, time};
use parking_lot::Mutex;
use serde_json::Value;
use store::Table;
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;

use super::outbox::{PAUSES, Posted, State, read, throw_away};
use super::smtp::{Line, Refusal, connector};
use super::{Settings, is_address};
use crate::App;
use crate::ctx::fault;

/// Connections at a time.
const LINES: usize = 8;
/// Letters looked at together.
const BATCH: u32 = 200;
/// A batch takes no further letter after this.
const TURN: Duration = Duration::from_secs(60);
/// How long nobody else sends.
const LEASE: i64 = 180_000;
const LEASE_KEY: &str = "mail-sender";
/// Looked at this often, and when somebody posts.
const EVERY: Duration = Duration::from_secs(5);
const AFTER_TROUBLE: Duration = Duration::from_secs(30);

pub(crate) struct Mailer {
    pub settings: Option<Settings>,
    wake: Arc<Notify>,
    /// Of the lease that we hold.
    lease: AtomicI64,
    one_at_a_time: tokio::sync::Mutex<()>,
}

impl Mailer {
    pub fn new(settings: Option<Settings>) -> Self {
        Self { settings, wake: Arc::default(), lease: AtomicI64::new(0), one_at_a_time: tokio::sync::Mutex::default() }
    }

    /// Is there anybody who takes letters?
    pub fn is_there(&self) -> bool {
        self.settings.is_some()
    }

    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub sent: usize,
    /// Will be tried again.
    pub put_off: usize,
    pub dead: usize,
    /// Another server sends.
    pub elsewhere: bool,
    /// The mail server could not be reached.
    pub away: bool,
}

/// Sends for as long as the program runs. It keeps nothing open that everybody else has let go.
pub(crate) fn begin(app: &App) {
    if !app.0.mailer.is_there() {
        return;
    }
    let inner = Arc::downgrade(&app.0);
    let wake = app.0.mailer.wake.clone();
    tokio::spawn(async move {
        let mut wait = EVERY;
        loop {
            let _ = tokio::time::timeout(wait, wake.notified()).await;
            let Some(app) = inner.upgrade().map(App) else { return };
            if app.0.hub.is_closed() {
                return;
            }
            wait = EVERY;
            match run(&app).await {
                Ok(sent) if sent.away => wait = AFTER_TROUBLE,
                Ok(_) => {}
                Err(e) => tracing::warn!(error = %e, "the outbox could not be read; trying again"),
            }
        }
    });
}

/// Sends what is due.
pub async fn run(app: &App) -> Result<Sent> {
    let Some(settings) = &app.0.mailer.settings else { return Ok(Sent::default()) };
    let _one = app.0.mailer.one_at_a_time.lock().await;
    let mut total = Sent::default();
    let mut tls = None;
    loop {
        if !lease(app).await? {
            return Ok(Sent { elsewhere: true, ..total });
        }
        let now = app.now_text();
        // What waits a moment for the next change goes along when another of its kind is due.
        let soon = time::instant(app.now() + crate::calendar::SETTLE);
        let tasks = app.0.store.docs_due(Table::Outbox, "task", &soon, BATCH).await.map_err(fault)?;
        let tasks = crate::calendar::write_letters(app, tasks).await?;
        throw_away(app, tasks.clone()).await?;
        let due = app.0.store.docs_due(Table::Outbox, State::Waiting.name(), &now, BATCH).await.map_err(fault)?;
        let due: Vec<Posted> = due.into_iter().filter_map(|(key, doc)| read(key, doc)).collect();
        if due.is_empty() && tasks.is_empty() {
            return Ok(total);
        }
        if due.is_empty() {
            continue;
        }
        let tls = match &tls {
            Some(tls) => tls,
            None => tls.insert(connector(settings)),
        };
        let done = batch(app, settings, tls, due).await;
        for outcome in &done {
            match &outcome.1 {
                Ok(()) => total.sent += 1,
                Err(refusal) if refusal.for_good || usize::try_from(outcome.0.tries).is_ok_and(|n| n >= PAUSES.len()) => total.dead += 1,
                Err(_) => total.put_off += 1,
            }
        }
        total.away = done.iter().any(|(_, outcome)| outcome.as_ref().is_err_and(|r| r.broken));
        mark(app, done).await?;
        if total.away {
            return Ok(total);
        }
    }
}

type Outcome = (Posted, std::result::Result<(), Refusal>);

/// Several lines take from one pile.
async fn batch(app: &App, settings: &Settings, tls: &std::result::Result<TlsConnector, String>, due: Vec<Posted>) -> Vec<Outcome> {
    let lines = due.len().min(LINES);
    let pile = Mutex::new(VecDeque::from(due));
    let done = Mutex::new(Vec::new());
    let began = Instant::now();
    let one = async || {
        let mut line: Option<Line> = None;
        while began.elapsed() < TURN {
            let Some(posted) = pile.lock().pop_front() else { break };
            let outcome = send(app, settings, tls, &mut line, &posted).await;
            let broken = outcome.as_ref().is_err_and(|r| r.broken);
            done.lock().push((posted, outcome));
            if broken {
                // Whoever cannot be reached now is not asked for every letter.
                return;
            }
        }
        if let Some(line) = line {
            line.close().await;
        }
    };
    futures::future::join_all((0..lines).map(|_| one())).await;
    done.into_inner()
}

async fn send(
    app: &App,
    settings: &Settings,
    tls: &std::result::Result<TlsConnector, String>,
    line: &mut Option<Line>,
    posted: &Posted,
) -> std::result::Result<(), Refusal> {
    let letter = &posted.letter;
    if !is_address(&letter.to) {
        return Err(Refusal { why: "this is no address that mail can go to".to_owned(), for_good: true, broken: false });
    }
    let open = match line.take() {
        Some(open) => open,
        None => Line::open(settings, tls).await?,
    };
    let open = line.insert(open);
    let written = time::parse_instant(&posted.at).unwrap_or_else(|| app.now());
    let message = letter.message(&posted.id, settings, written);
    let outcome = open.send(&settings.from.0, &letter.to, &message).await;
    if outcome.as_ref().is_err_and(|r| r.broken) {
        *line = None;
    }
    outcome
}

/// Writes down what became of each.
async fn mark(app: &App, done: Vec<Outcome>) -> Result<()> {
    let now = app.now();
    let text = |ms: i64| Value::String(time::instant(ms));
    let sent: Vec<String> = done.iter().filter(|(_, o)| o.is_ok()).map(|(p, _)| p.id.clone()).collect();
    metrics::counter!("rapport_mail_sent_total").increment(u64::try_from(sent.len()).unwrap_or(0));
    let patch = Fields::from_iter([
        ("state".to_owned(), State::Sent.name().into()),
        ("sent_at".to_owned(), text(now)),
        ("due".to_owned(), text(now)),
        ("problem".to_owned(), "".into()),
    ]);
    app.0.store.patch_docs(Table::Outbox, &sent, &patch).await.map_err(fault)?;
    for (posted, outcome) in done {
        let Err(refusal) = outcome else { continue };
        let pause = usize::try_from(posted.tries).ok().and_then(|n| PAUSES.get(n)).filter(|_| !refusal.for_good);
        let state = if pause.is_some() { State::Waiting } else { State::Dead };
        tracing::warn!(letter = posted.id, why = refusal.why, state = state.name(), "a letter did not go");
        metrics::counter!("rapport_mail_refused_total").increment(1);
        let patch = Fields::from_iter([
            ("state".to_owned(), state.name().into()),
            ("due".to_owned(), text(now + pause.copied().unwrap_or(0) * 1_000)),
            ("tries".to_owned(), (posted.tries + 1).into()),
            ("problem".to_owned(), refusal.why.chars().take(500).collect::<String>().into()),
        ]);
        app.0.store.patch_docs(Table::Outbox, &[posted.id], &patch).await.map_err(fault)?;
    }
    Ok(())
}

/// Takes the lease, or keeps it. False: another server has it.
async fn lease(app: &App) -> Result<bool> {
    let (store, mailer) = (&app.0.store, &app.0.mailer);
    let (now, held) = (app.now(), mailer.lease.load(Ordering::SeqCst));
    let doc = |version: i64| {
        Fields::from_iter([
            ("at".to_owned(), time::instant(now + LEASE).into()),
            ("server".to_owned(), app.0.server.to_string().into()),
            ("version".to_owned(), version.into()),
        ])
    };
    // Nobody else counts as we do: a number that another server left never is the one that we hold.
    let fresh = i64::try_from(app.0.server.0.as_u128() & 0x3fff_ffff).unwrap_or(0) << 20;
    if held != 0 && store.replace_doc(Table::Workspace, LEASE_KEY, doc(held + 1), held).await.map_err(fault)? {
        mailer.lease.store(held + 1, Ordering::SeqCst);
        return Ok(true);
    }
    let mine = store.claim_doc(Table::Workspace, LEASE_KEY, doc(fresh + 1), &time::instant(now)).await.map_err(fault)?;
    mailer.lease.store(if mine { fresh + 1 } else { 0 }, Ordering::SeqCst);
    Ok(mine)
}
