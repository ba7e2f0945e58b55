//! The line to a database server. While it is down nobody is kept waiting: every statement is refused at once, and a new
//! line is laid as soon as the server answers. What was sent over the old one carries a time after which it does nothing
//! any more.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::db::{Handle, Inner};

const BEAT: Duration = Duration::from_millis(500);
/// A server that has not answered in this time may be busy, or gone: is anybody at its address?
const DOUBT: Duration = Duration::from_secs(1);
/// Without an answer for this long it is gone, whatever its address says.
const SILENCE: Duration = Duration::from_secs(10);
/// A write that the server has not begun after this time is not begun any more.
pub(crate) const STARTS_WITHIN: Duration = Duration::from_secs(5);
/// What such a write throws.
pub(crate) const LATE: &str = "rapport:late";
/// An answer that took longer says too little about the server's clock.
const PROMPT_MS: i64 = 1_000;

pub(crate) struct Line {
    down: watch::Sender<bool>,
    /// How far the server's clock is ahead of ours, in milliseconds; [`UNKNOWN`] until it was asked.
    ahead: AtomicI64,
    /// Why it could not be mended last.
    told: Mutex<String>,
}

const UNKNOWN: i64 = i64::MIN;

impl Default for Line {
    fn default() -> Self {
        Self { down: watch::Sender::new(false), ahead: AtomicI64::new(UNKNOWN), told: Mutex::default() }
    }
}

impl Line {
    /// To a server whose clock we believe to be so far behind: what is sent now is late there.
    #[cfg(test)]
    pub fn behind(ms: i64) -> Self {
        Self { ahead: AtomicI64::new(-ms), ..Self::default() }
    }

    pub fn is_down(&self) -> bool {
        *self.down.borrow()
    }

    /// Ends when the line is down, and not before this time has passed.
    pub async fn lost_after(&self, least: Duration) {
        let mut down = self.down.subscribe();
        let lost = async {
            let known = down.wait_for(|down| *down).await.is_ok();
            if !known {
                std::future::pending::<()>().await;
            }
        };
        tokio::join!(lost, tokio::time::sleep(least));
    }

    /// Until when (milliseconds since 1970, by the server's clock) a write that is sent now may begin.
    pub fn deadline(&self) -> i64 {
        match self.ahead.load(Ordering::Relaxed) {
            UNKNOWN => i64::MAX,
            ahead => now().saturating_add(ahead).saturating_add(i64::try_from(STARTS_WITHIN.as_millis()).unwrap_or(0)),
        }
    }

    /// Somebody noticed that it is down.
    pub fn broke(&self, why: &str) {
        if !self.down.send_replace(true) {
            tracing::error!(why, "the database server is away");
        }
    }

    /// Each reason once, not twice a second.
    fn tell(&self, why: String) {
        let mut told = self.told.lock();
        if *told != why {
            tracing::warn!(why, "the database server is still away");
            *told = why;
        }
    }

    fn heard(&self, theirs: i64, sent: i64, heard: i64) {
        if heard.saturating_sub(sent) <= PROMPT_MS {
            self.ahead.store(theirs.saturating_sub(sent.midpoint(heard)), Ordering::Relaxed);
        }
    }
}

/// By our clock, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
}

/// Looks at the line for as long as somebody uses it.
pub(crate) fn watch(inner: &Arc<Inner>) {
    if inner.line.is_none() {
        return;
    }
    let inner = Arc::downgrade(inner);
    tokio::spawn(async move {
        while let Some(()) = look(&inner).await {
            tokio::time::sleep(BEAT).await;
        }
    });
}

async fn look(inner: &Weak<Inner>) -> Option<()> {
    let inner = inner.upgrade()?;
    let line = inner.line.as_ref()?;
    if line.is_down() {
        match mend(&inner, line).await {
            Ok(()) => {
                line.down.send_replace(false);
                line.told.lock().clear();
                tracing::info!("the database server is back");
            }
            Err(why) => line.tell(why),
        }
        return Some(());
    }
    let handle = inner.handle.read().clone()?;
    if let Err(why) = ask(&inner, &handle, line).await {
        line.broke(&why);
    }
    Some(())
}

async fn ask(inner: &Inner, handle: &Handle, line: &Line) -> Result<(), String> {
    let (sent, begun) = (now(), Instant::now());
    let asked = handle.ask("RETURN [time::millis(time::now()), workspace:identity.database]");
    tokio::pin!(asked);
    let answer = loop {
        match tokio::time::timeout(DOUBT, &mut asked).await {
            Ok(answer) => break answer.map_err(|e| e.to_string())?,
            Err(_) if begun.elapsed() > SILENCE => return Err("no answer in time".to_owned()),
            Err(_) => reach(&inner.url).await?,
        }
    };
    let answer = answer.into_json_value();
    let theirs = answer.get(0).and_then(|t| t.as_i64()).ok_or("no time in its answer")?;
    line.heard(theirs, sent, now());
    // A client lays its line anew by itself, and whoever answers then may be another.
    let found = answer.get(1).and_then(|id| id.as_str());
    if inner.identity.get().is_some_and(|known| found != Some(known.to_string().as_str())) {
        return Err("another database answers at this address: nothing is read from it or written to it".to_owned());
    }
    Ok(())
}

/// Is anybody at this address?
async fn reach(url: &str) -> Result<(), String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host).split(['/', '?']).next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = if scheme == "wss" { 443 } else { 80 };
    let host = if has_port { host.to_owned() } else { format!("{host}:{port}") };
    match tokio::time::timeout(DOUBT, TcpStream::connect(&host)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => Err(format!("{host}: {e}")),
        Err(_) => Err(format!("{host}: no answer in time")),
    }
}

/// A new line instead of the old one: that may wait for ever, or have lost its right to speak.
async fn mend(inner: &Arc<Inner>, line: &Line) -> Result<(), String> {
    let handle = Handle::open(&inner.url).await.map_err(|e| format!("{e:?}"))?;
    ask(inner, &handle, line).await?;
    *inner.handle.write() = Some(handle);
    Ok(())
}
