//! The line to a database server. While it is down nobody is kept waiting: every statement is refused at once, and a new
//! line is laid as soon as the server answers. What was sent over the old one and not answered carries a time after which
//! it does nothing any more.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use surrealdb::types::Value;

use crate::db::{Handle, Inner};

const BEAT: Duration = Duration::from_millis(500);
/// A server that is there says so in this time, however busy it is.
const SILENCE: Duration = Duration::from_secs(4);

pub(crate) struct Line {
    down: AtomicBool,
    /// How far the server's clock is ahead of ours, in milliseconds; [`UNKNOWN`] until it was asked.
    ahead: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

impl Default for Line {
    fn default() -> Self {
        Self { down: AtomicBool::new(false), ahead: AtomicI64::new(UNKNOWN) }
    }
}

impl Line {
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// By the server's clock, once that is known.
    pub fn now(&self) -> Option<i64> {
        Some(self.ahead.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN).map(|ahead| self::now().saturating_add(ahead))
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
                line.down.store(false, Ordering::Relaxed);
                tracing::info!("the database server is back");
            }
            Err(why) => tracing::debug!(why, "the database server is still away"),
        }
        return Some(());
    }
    let handle = inner.handle.read().clone()?;
    if let Err(why) = ask(&handle, line).await {
        line.down.store(true, Ordering::Relaxed);
        tracing::error!(why, "the database server is away");
    }
    Some(())
}

async fn ask(handle: &Handle, line: &Line) -> Result<(), String> {
    let begun = now();
    let answer = tokio::time::timeout(SILENCE, handle.ask("RETURN time::millis(time::now())")).await;
    let value = answer.map_err(|_| "no answer in time".to_owned())?.map_err(|e| e.to_string())?;
    let theirs = value.into_json_value().as_i64().ok_or("no time in its answer")?;
    let middle = begun.midpoint(now());
    line.ahead.store(theirs.saturating_sub(middle), Ordering::Relaxed);
    Ok(())
}

/// A new line instead of the old one: that may wait for ever, or have lost its right to speak.
async fn mend(inner: &Arc<Inner>, line: &Line) -> Result<(), String> {
    let handle = Handle::open(&inner.url).await.map_err(|e| format!("{e:?}"))?;
    ask(&handle, line).await?;
    if let Some(known) = inner.identity.get() {
        let found = handle.ask("RETURN workspace:identity.database").await.map_err(|e| e.to_string())?;
        if !matches!(&found, Value::String(id) if *id == known.to_string()) {
            let why = "another database answers at this address";
            tracing::error!(why, "nothing is written to it");
            return Err(why.to_owned());
        }
    }
    *inner.handle.write() = Some(handle);
    Ok(())
}
