//! The search as the screens ask for it.

use domain::list::Hit;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

/// What may be the record that somebody is about to make; `keys`: its addresses, numbers, domain or code.
#[server(prefix = "/api/app", endpoint = "search/alike", protocol = Call)]
pub async fn alike(kind: domain::Kind, name: String, keys: Vec<String>) -> Result<Vec<Hit>, Fault> {
    Ok(service::search::alike(&ctx()?, kind, &name, &keys).await?)
}

/// Best first. `kinds` empty: all.
#[server(prefix = "/api/app", endpoint = "search/find", protocol = Call)]
pub async fn find(words: String, kinds: Vec<domain::Kind>, limit: u32) -> Result<Vec<Hit>, Fault> {
    Ok(service::search::find(&ctx()?, &words, &kinds, limit).await?)
}
