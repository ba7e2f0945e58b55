//! The way to what a person is told.

use domain::notices::{Notices, Preferences};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

#[server(prefix = "/api/app", endpoint = "notices/unread", protocol = Call)]
pub async fn unread() -> Result<u32, Fault> {
    Ok(service::notices::unread(&ctx()?).await?)
}

/// From after `after` on.
#[server(prefix = "/api/app", endpoint = "notices/list", protocol = Call)]
pub async fn list(after: Option<String>, limit: u32) -> Result<Notices, Fault> {
    Ok(service::notices::list(&ctx()?, after.as_deref(), limit).await?)
}

/// `ids` None: all. Answers how many are left.
#[server(prefix = "/api/app", endpoint = "notices/read", protocol = Call)]
pub async fn mark_read(ids: Option<Vec<String>>) -> Result<u32, Fault> {
    Ok(service::notices::mark_read(&ctx()?, ids.as_deref()).await?)
}

#[server(prefix = "/api/app", endpoint = "notices/snooze", protocol = Call)]
pub async fn snooze(id: String, minutes: i64) -> Result<String, Fault> {
    Ok(service::notices::snooze(&ctx()?, &id, minutes).await?)
}

#[server(prefix = "/api/app", endpoint = "notices/wishes", protocol = Call)]
pub async fn wishes() -> Result<Preferences, Fault> {
    Ok(service::notices::preferences(&ctx()?).await?)
}

#[server(prefix = "/api/app", endpoint = "notices/keep_wishes", protocol = Call)]
pub async fn keep_wishes(wish: Preferences) -> Result<Preferences, Fault> {
    Ok(service::notices::save_preferences(&ctx()?, &wish).await?)
}
