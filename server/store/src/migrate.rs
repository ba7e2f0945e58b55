//! Migrations: numbered files, run once and in order, each with its mark in one transaction. Only forwards; a database
//! that has marks this program does not know was written by a newer one and is left alone.

use crate::Store;
use crate::db::{OpenError, text};

const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_foundation", include_str!("../migrations/0001_foundation.surql")),
    ("0002_marks", include_str!("../migrations/0002_marks.surql")),
    ("0003_calendar", include_str!("../migrations/0003_calendar.surql")),
    ("0004_notices", include_str!("../migrations/0004_notices.surql")),
    ("0005_calendar_feeds", include_str!("../migrations/0005_calendar_feeds.surql")),
    ("0006_calendar_sources", include_str!("../migrations/0006_calendar_sources.surql")),
    ("0007_replies", include_str!("../migrations/0007_replies.surql")),
    ("0008_clashes", include_str!("../migrations/0008_clashes.surql")),
    ("0009_booking", include_str!("../migrations/0009_booking.surql")),
];

pub(crate) async fn migrate(store: &Store) -> Result<(), OpenError> {
    let damaged = |e: crate::DbError| match e {
        crate::DbError::Unavailable(m) => OpenError::Unreachable(m),
        crate::DbError::Full(m) => OpenError::Full(m),
        other => OpenError::Damaged(other.to_string()),
    };
    store.run("DEFINE TABLE IF NOT EXISTS migration SCHEMALESS", vec![]).await.map_err(damaged)?;
    let rows = store.rows("SELECT VALUE name FROM migration ORDER BY name", vec![]).await.map_err(damaged)?;
    let done: Vec<String> = rows.into_iter().filter_map(|v| v.into_string().ok()).collect();
    if let Some(unknown) = done.iter().find(|name| !MIGRATIONS.iter().any(|(n, _)| n == name)) {
        return Err(OpenError::Newer(format!("the database has the migration {unknown}, which this program does not know")));
    }
    for (name, sql) in MIGRATIONS.iter().filter(|(n, _)| !done.iter().any(|d| d == n)) {
        let block = format!("BEGIN; {sql} CREATE migration SET name = $name; COMMIT;");
        store.run(&block, vec![("name", text(*name))]).await.map_err(damaged)?;
        tracing::info!(migration = name, "database migrated");
    }
    Ok(())
}
