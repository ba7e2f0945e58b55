//! What is thrown away when its time is over: answers kept for repeated requests, and sessions that nobody used any more.
//! Small batches with room for others between them; what is found old is looked at once more while it is deleted.

use std::sync::Arc;
use std::time::Duration;

use domain::{Result, time};
use store::Table;

use crate::App;
use crate::ctx::fault;

/// How long an answer is kept for a request that is sent again.
pub(crate) const KEY_MS: i64 = 24 * 3_600_000;

/// Rows looked at a time.
const BATCH: u32 = 500;

/// After the start, and from then on.
const FIRST: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(3600);

/// What a sweep threw away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub keys: usize,
    pub sessions: usize,
}

/// Goes through once.
pub async fn sweep(app: &App) -> Result<Swept> {
    // Of servers that are gone: they lived while their imports ran.
    purge(app, Table::Workspace, "beat", KEY_MS).await?;
    purge(app, Table::Notice, "at", crate::notices::LIFE_MS).await?;
    // Letters that went; what waits or is dead stays three times as long.
    purge(app, Table::Outbox, "sent_at", crate::notices::LIFE_MS / 3).await?;
    purge(app, Table::Outbox, "at", crate::notices::LIFE_MS).await?;
    purge(app, Table::Clash, "at", crate::notices::LIFE_MS).await?;
    crate::import::sweep(app).await?;
    // No letter is under way for a year.
    purge(app, Table::Reply, "at", 4 * crate::notices::LIFE_MS).await?;
    crate::booking::sweep(app).await?;
    // Copies of calendars elsewhere that nobody follows.
    crate::calendar::sweep_sources(app).await?;
    crate::phones::sweep(app).await?;
    Ok(Swept {
        keys: purge(app, Table::Idempotency, "at", KEY_MS).await?,
        sessions: purge(app, Table::Session, "last_seen_at", crate::auth::IDLE_MS).await?,
    })
}

async fn purge(app: &App, table: Table, field: &'static str, life: i64) -> Result<usize> {
    let before = time::instant(app.now() - life);
    let (mut count, mut from) = (0, None);
    loop {
        let (gone, next) = app.0.store.purge(table, field, &before, from.as_deref(), BATCH).await.map_err(fault)?;
        count += gone;
        from = next;
        if from.is_none() || app.0.hub.is_closed() {
            return Ok(count);
        }
        tokio::task::yield_now().await;
    }
}

/// Every hour for as long as the program runs. It keeps nothing open that everybody else has let go.
pub(crate) fn begin(app: &App) {
    let inner = Arc::downgrade(&app.0);
    tokio::spawn(async move {
        let mut wait = FIRST;
        loop {
            tokio::time::sleep(wait).await;
            wait = EVERY;
            let Some(app) = inner.upgrade().map(App) else { return };
            match sweep(&app).await {
                Ok(swept) if swept != Swept::default() => tracing::info!(?swept, "threw away what was over"),
                Ok(_) => {}
                Err(e) => tracing::warn!(error = %e, "throwing away what is over failed; trying again in an hour"),
            }
        }
    });
}
