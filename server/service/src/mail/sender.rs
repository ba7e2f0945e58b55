//! Takes letters from the outbox to the mail server. Of several servers on one database one does: the one that holds the lease,
//! and shows every moment that it lives by counting it on. Whoever sees it stand still for a while takes it over, by their own clock
//! alone, and what the other one had not marked as sent goes again; who finds it taken sends no further letter.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use domain::{Fields, Result, time};
use parking_lot::Mutex;
use serde_json::Value;
use store::Table;
use tokio::sync::{Notify, Semaphore, mpsc};
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
/// So many may be out and not yet written down as sent: at the worst they go twice.
const AHEAD: usize = 20;
/// A batch takes no further letter after this.
const TURN: Duration = Duration::from_secs(60);
/// A lease that stood still for so long is nobody's.
const LEASE: i64 = 8_000;
/// Its holder counts it on this often.
const BEAT: Duration = Duration::from_secs(2);
/// One that ended so long ago is nobody's at once: no two servers' clocks are so far apart.
const LONG_OVER: i64 = 60_000;
const LEASE_KEY: &str = "mail-sender";
/// Looked at this often, and when somebody posts.
const EVERY: Duration = Duration::from_secs(3);
const AFTER_TROUBLE: Duration = Duration::from_secs(30);

pub(crate) struct Mailer {
    pub settings: Option<Settings>,
    wake: Arc<Notify>,
    /// Of the lease that we hold.
    lease: AtomicI64,
    /// Of another's: its number, and since when it has not changed.
    seen: Mutex<Option<(i64, i64)>>,
    one_at_a_time: tokio::sync::Mutex<()>,
}

impl Mailer {
    pub fn new(settings: Option<Settings>) -> Self {
        Self {
            settings,
            wake: Arc::default(),
            lease: AtomicI64::new(0),
            seen: Mutex::default(),
            one_at_a_time: tokio::sync::Mutex::default(),
        }
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
    if !lease(app).await? {
        return Ok(Sent { elsewhere: true, ..Sent::default() });
    }
    let lost = AtomicBool::new(false);
    tokio::select! {
        sent = send_due(app, settings, &lost) => sent,
        never = beat(app, &lost) => match never {},
    }
}

/// Keeps the lease while there is work; says so when it is another's.
async fn beat(app: &App, lost: &AtomicBool) -> std::convert::Infallible {
    let lease = Duration::from_millis(LEASE.unsigned_abs());
    let mut kept = Instant::now();
    loop {
        tokio::time::sleep(BEAT).await;
        // The database may be away or slow: another server may reach it, and by then nothing more goes out from here.
        match tokio::time::timeout(lease.saturating_sub(kept.elapsed()), keep(app)).await {
            Ok(Ok(true)) => kept = Instant::now(),
            Ok(Err(_)) if kept.elapsed() < lease => {}
            _ => lost.store(true, Ordering::SeqCst),
        }
    }
}

async fn send_due(app: &App, settings: &Settings, lost: &AtomicBool) -> Result<Sent> {
    let mut total = Sent::default();
    let mut tls = None;
    loop {
        if lost.load(Ordering::SeqCst) {
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
        let done = batch(app, settings, tls, due, lost).await?;
        for outcome in &done {
            match &outcome.1 {
                Ok(()) => total.sent += 1,
                Err(refusal) if refusal.for_good || usize::try_from(outcome.0.tries).is_ok_and(|n| n >= PAUSES.len()) => total.dead += 1,
                Err(_) => total.put_off += 1,
            }
        }
        total.away = done.iter().any(|(_, outcome)| outcome.as_ref().is_err_and(|r| r.broken));
        if total.away {
            return Ok(total);
        }
    }
}

type Outcome = (Posted, std::result::Result<(), Refusal>);

/// Several lines take from one pile; what became of each letter is written down as they go.
async fn batch(
    app: &App,
    settings: &Settings,
    tls: &std::result::Result<TlsConnector, String>,
    due: Vec<Posted>,
    lost: &AtomicBool,
) -> Result<Vec<Outcome>> {
    let lines = due.len().min(LINES);
    let pile = Mutex::new(VecDeque::from(due));
    let room = Semaphore::new(AHEAD);
    let (tell, mut told) = mpsc::unbounded_channel::<Outcome>();
    let began = Instant::now();
    let one = async |tell: mpsc::UnboundedSender<Outcome>| {
        let mut line: Option<Line> = None;
        loop {
            // None: what went out cannot be written down.
            let Ok(place) = room.acquire().await else { break };
            if began.elapsed() >= TURN || lost.load(Ordering::SeqCst) {
                break;
            }
            let Some(posted) = pile.lock().pop_front() else { break };
            place.forget();
            let outcome = send(app, settings, tls, &mut line, &posted).await;
            let broken = outcome.as_ref().is_err_and(|r| r.broken);
            let _ = tell.send((posted, outcome));
            if broken {
                // Whoever cannot be reached now is not asked for every letter.
                return;
            }
        }
        if let Some(line) = line {
            line.close().await;
        }
    };
    let sending = futures::future::join_all((0..lines).map(|_| one(tell.clone())));
    drop(tell);
    let writing = async {
        let mut all = Vec::new();
        loop {
            let mut some = Vec::new();
            if told.recv_many(&mut some, AHEAD).await == 0 {
                return Ok(all);
            }
            if let Err(e) = mark(app, &some).await {
                room.close();
                return Err(e);
            }
            room.add_permits(some.len());
            all.append(&mut some);
        }
    };
    futures::future::join(sending, writing).await.1
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
    let message = letter.message(&posted.id, settings, app.directory().house(), written);
    let outcome = open.send(&settings.from.0, &crate::forms::wire(&letter.to), &message).await;
    if outcome.as_ref().is_err_and(|r| r.broken) {
        *line = None;
    }
    outcome
}

/// Writes down what became of each, unless another server has written it meanwhile.
async fn mark(app: &App, done: &[Outcome]) -> Result<()> {
    let waiting = State::Waiting.name();
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
    app.0.store.patch_docs_in(Table::Outbox, waiting, &sent, &patch).await.map_err(fault)?;
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
        if state == State::Dead {
            // Before it is written down: what breaks off in between is told (once) when the letter is refused again.
            crate::calendar::tell_of_unsent(app, &posted.id, &posted.at, &posted.letter).await?;
        }
        app.0.store.patch_docs_in(Table::Outbox, waiting, std::slice::from_ref(&posted.id), &patch).await.map_err(fault)?;
    }
    Ok(())
}

fn held_by_us(app: &App, version: i64) -> Fields {
    Fields::from_iter([
        ("at".to_owned(), time::instant(app.now() + LEASE).into()),
        ("server".to_owned(), app.0.server.to_string().into()),
        ("version".to_owned(), version.into()),
    ])
}

/// Counts the lease that we hold on. False: it is another's by now.
async fn keep(app: &App) -> Result<bool> {
    let (store, mailer) = (&app.0.store, &app.0.mailer);
    let held = mailer.lease.load(Ordering::SeqCst);
    let ours = held != 0 && store.replace_doc(Table::Workspace, LEASE_KEY, held_by_us(app, held + 1), held).await.map_err(fault)?;
    mailer.lease.store(if ours { held + 1 } else { 0 }, Ordering::SeqCst);
    Ok(ours)
}

/// Takes the lease, or keeps it. False: another server has it.
async fn lease(app: &App) -> Result<bool> {
    let (store, mailer) = (&app.0.store, &app.0.mailer);
    if keep(app).await? {
        return Ok(true);
    }
    let now = app.now();
    // Nobody else counts as we do: a number that another server left never is the one that we hold.
    let fresh = (i64::try_from(app.0.server.0.as_u128() & 0x3fff_ffff).unwrap_or(0) << 20) + 1;
    let mine = match store.get_doc(Table::Workspace, LEASE_KEY).await.map_err(fault)? {
        None => store.claim_doc(Table::Workspace, LEASE_KEY, held_by_us(app, fresh), &time::instant(now)).await.map_err(fault)?,
        Some(other) => {
            let version = other.get("version").and_then(Value::as_i64).unwrap_or(0);
            let until = other.get("at").and_then(Value::as_str).and_then(time::parse_instant).unwrap_or(now);
            let since = {
                let mut seen = mailer.seen.lock();
                match *seen {
                    Some((known, since)) if known == version => since,
                    _ => {
                        *seen = Some((version, now));
                        now
                    }
                }
            };
            // Counted on when the work ended at that moment: the answer never came, but nobody else is there.
            let ours = other.get("server").and_then(Value::as_str) == Some(app.0.server.to_string().as_str());
            let still = ours || now - since >= LEASE || now - until >= LONG_OVER;
            still && store.replace_doc(Table::Workspace, LEASE_KEY, held_by_us(app, fresh), version).await.map_err(fault)?
        }
    };
    mailer.lease.store(if mine { fresh } else { 0 }, Ordering::SeqCst);
    Ok(mine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Config};

    const START: i64 = 1_795_317_850_000;

    async fn server() -> (App, Arc<AtomicI64>) {
        let clock = Arc::new(AtomicI64::new(START));
        (App::open(Config::in_memory(), Clock::fixed(clock.clone())).await.unwrap(), clock)
    }

    /// As another server leaves it, whose clock is so much apart.
    async fn other(app: &App, version: i64, apart: i64) {
        let at = time::instant(app.now() + apart + LEASE);
        let doc = Fields::from_iter([("at".to_owned(), at.into()), ("version".to_owned(), version.into())]);
        app.0.store.put_doc(Table::Workspace, LEASE_KEY, doc).await.unwrap();
    }

    #[tokio::test]
    async fn while_another_server_lives_only_that_one_sends() {
        let (app, clock) = server().await;
        // Its clock is behind: by ours its lease has ended each time.
        for beat in 1..50 {
            other(&app, beat, -10_000).await;
            assert!(!lease(&app).await.unwrap(), "{beat}");
            clock.fetch_add(2_000, Ordering::SeqCst);
        }
    }

    /// It was three minutes: whoever had a meeting in two heard of it afterwards.
    #[tokio::test]
    async fn after_a_server_was_killed_letters_go_within_a_quarter_of_a_minute() {
        for apart in [-10_000, 0, 10_000] {
            let (app, clock) = server().await;
            other(&app, 7, apart).await;
            let mut waited = 0;
            while !lease(&app).await.unwrap() {
                waited += i64::try_from(EVERY.as_millis()).unwrap();
                clock.store(START + waited, Ordering::SeqCst);
            }
            assert!((LEASE..=12_000).contains(&waited), "{waited}");
            // It is ours now, and stays so.
            clock.fetch_add(LEASE * 2, Ordering::SeqCst);
            assert!(keep(&app).await.unwrap() && lease(&app).await.unwrap());
        }
    }

    #[tokio::test]
    async fn who_was_held_up_sends_no_further_letter_when_another_took_over() {
        let (app, _) = server().await;
        assert!(lease(&app).await.unwrap());
        other(&app, 9, 0).await;
        assert!(!keep(&app).await.unwrap() && !lease(&app).await.unwrap());
    }

    /// The work was done while the lease was being counted on: written, but not known to be. No letter went for eight seconds.
    #[tokio::test]
    async fn ones_own_lease_is_taken_at_once_whatever_it_counts() {
        let (app, _) = server().await;
        assert!(lease(&app).await.unwrap());
        let held = app.0.mailer.lease.load(Ordering::SeqCst);
        assert!(app.0.store.replace_doc(Table::Workspace, LEASE_KEY, held_by_us(&app, held + 1), held).await.unwrap());
        assert!(lease(&app).await.unwrap());
        assert!(keep(&app).await.unwrap());
    }

    #[tokio::test]
    async fn what_was_left_long_ago_keeps_nobody_waiting() {
        let (app, clock) = server().await;
        other(&app, 9, 0).await;
        clock.fetch_add(LEASE + LONG_OVER, Ordering::SeqCst);
        assert!(lease(&app).await.unwrap());
    }
}
