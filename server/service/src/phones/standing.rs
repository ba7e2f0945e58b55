//! Numbers that stand already: written before they were brought to one form, or before the house said in which country it is.
//! Each is gone through once, and again when the house's country changes. What is recognised is a change like any other, with its
//! row in the history; what is not stays as it is.

use domain::record::Patch;
use domain::{Error, Fields, Kind, Record, Result};
use serde_json::Value;
use store::Table;

use super::{numbers, phone_fields, settle};
use crate::ctx::fault;
use crate::records::{self, Care};
use crate::{App, Ctx};

const KEY: &str = "phones";

/// Records looked at a time.
const BATCH: u32 = 500;

fn country(app: &App) -> String {
    app.directory().workspace.as_ref().map(|w| w.country.clone()).unwrap_or_default()
}

/// From now on all numbers are recognised as they come: a house without records begins so.
pub(crate) async fn mark(app: &App, country: &str) -> Result<()> {
    let doc = Fields::from_iter([("country".to_owned(), country.into())]);
    app.0.store.put_doc(Table::Workspace, KEY, doc).await.map_err(fault)
}

/// Goes through all numbers, if that has not been done for this country. Answers how many records were changed.
pub(crate) async fn sweep(app: &App) -> Result<usize> {
    if app.directory().workspace.is_none() {
        return Ok(0);
    }
    let country = country(app);
    let done = app.0.store.get_doc(Table::Workspace, KEY).await.map_err(fault)?;
    if done.is_some_and(|d| d.get("country").and_then(Value::as_str) == Some(country.as_str())) {
        return Ok(0);
    }
    let ctx = app.system("phone numbers");
    let mut changed = 0;
    for kind in Kind::ALL.into_iter().filter(|k| phone_fields(*k).next().is_some()) {
        let mut after = None;
        loop {
            let page = app.0.store.scan(kind, after, BATCH).await.map_err(fault)?;
            after = page.last().map(|r| r.id);
            for record in page.into_iter().filter(|r| r.deleted_at.is_none()) {
                changed += usize::from(again(&ctx, record).await?);
            }
            if after.is_none() || app.0.hub.is_closed() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    if !app.0.hub.is_closed() {
        mark(app, &country).await?;
    }
    Ok(changed)
}

/// One record; true when a number of it was recognised.
async fn again(ctx: &Ctx, record: Record) -> Result<bool> {
    let mut fields = record.fields.clone();
    // As if they were written now.
    settle(ctx, record.kind, None, &mut fields, Care::Full).await?;
    let differ: Vec<&str> = phone_fields(record.kind).filter(|name| numbers(&fields, name) != numbers(&record.fields, name)).collect();
    if differ.is_empty() {
        return Ok(false);
    }
    let of = |from: &Fields| -> Fields { differ.iter().filter_map(|name| Some(((*name).to_owned(), from.get(*name)?.clone()))).collect() };
    // Compared with what was read: whoever writes other numbers meanwhile is right.
    let patch = Patch { version: record.version, fields: of(&fields), base: of(&record.fields) };
    match records::update(ctx, record.kind, record.id, patch).await {
        Ok(_) => Ok(true),
        Err(Error::Unavailable | Error::Full) => Err(Error::Unavailable),
        Err(Error::Conflict(_) | Error::NotFound) => Ok(false),
        Err(e) => {
            tracing::warn!(error = %e, record = %record.id, "a phone number stays as it was written");
            Ok(false)
        }
    }
}

/// In the background: the house has another country.
pub(crate) fn begin(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        match sweep(&app).await {
            Ok(0) => {}
            Ok(changed) => tracing::info!(changed, "phone numbers recognised"),
            Err(e) => tracing::warn!(error = %e, "phone numbers are recognised later"),
        }
    });
}
