//! The search as the screens ask for it.

use domain::list::Hit;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

/// Best first. `kinds` empty: all.
#[server(prefix = "/api/app", endpoint = "search/find", protocol = Call)]
pub async fn find(words: String, kinds: Vec<domain::Kind>, limit: u32) -> Result<Vec<Hit>, Fault> {
    Ok(service::search::find(&ctx()?, &words, &kinds, limit).await?)
}
