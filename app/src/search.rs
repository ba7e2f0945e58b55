//! The search as the screens ask for it.

use domain::list::Hit;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Fault, Json};

/// Best first. `kinds` empty: all.
#[server(prefix = "/api/app", endpoint = "search/find", input = Json, output = Json)]
pub async fn find(words: String, kinds: Vec<domain::Kind>, limit: u32) -> Result<Vec<Hit>, Fault> {
    Ok(service::search::find(&ctx()?, &words, &kinds, limit).await?)
}
