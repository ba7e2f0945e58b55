//! The way to the use case. What is done to lines goes through the doors of the records room.

use domain::today::Today;

use crate::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;

#[server(prefix = "/api/app", endpoint = "today/load", protocol = Call)]
pub async fn load() -> Result<Today, Fault> {
    Ok(service::today::load(&ctx()?).await?)
}
