//! The time report's way to the use case.

use domain::time_report::{TimeQuery, TimeReport, TimeRows};

use crate::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;

/// The figures, and the rows behind one of them (`of`: its key; "" means all).
#[server(prefix = "/api/app", endpoint = "dashboard/time", protocol = Call)]
pub async fn report(query: TimeQuery, of: Option<String>) -> Result<(TimeReport, Option<TimeRows>), Fault> {
    let ctx = ctx()?;
    let report = service::time_report::load(&ctx, &query).await?;
    let rows = match of {
        Some(key) => Some(service::time_report::rows(&ctx, &query, &key).await?),
        None => None,
    };
    Ok((report, rows))
}
