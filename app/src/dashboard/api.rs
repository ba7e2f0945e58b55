//! The dashboard's way to the use cases.

use domain::dashboard::{Dashboard, DashboardQuery};

use crate::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;

#[server(prefix = "/api/app", endpoint = "dashboard/load", protocol = Call)]
pub async fn load(query: DashboardQuery) -> Result<Dashboard, Fault> {
    Ok(service::dashboard::load(&ctx()?, &query).await?)
}

/// What a filter may be set to: the first of this kind, or those that fit the words.
#[server(prefix = "/api/app", endpoint = "dashboard/choices", protocol = Call)]
pub async fn choices(kind: Kind, words: String) -> Result<Vec<(Id, String)>, Fault> {
    let query = domain::list::ListQuery { q: words, sort: "name".to_owned(), limit: 100, ..Default::default() };
    let page = service::records::list(&ctx()?, kind, &query).await?;
    Ok(page.records.iter().map(|r| (r.id, r.name().to_owned())).collect())
}
