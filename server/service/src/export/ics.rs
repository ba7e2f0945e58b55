//! iCalendar: events as other calendars read them. In one piece, since the zones that the items need come first.

use bytes::Bytes;
use domain::{Error, FieldError, Kind, Result};
use futures::stream::{self, BoxStream, StreamExt};

use super::Pages;
use crate::calendar::ics::{self, Look};
use crate::records;

/// More are read by no calendar program in one go.
const MAX_ITEMS: usize = 20_000;

pub(super) async fn write(mut pages: Pages) -> Result<BoxStream<'static, Result<Bytes>>> {
    if pages.kind != Kind::Event {
        return Err(Error::Invalid { fields: vec![FieldError::new("format", "choice").with("options", "csv, json, xlsx")] });
    }
    let mut items = Vec::new();
    while let Some(page) = pages.next().await? {
        items.extend(page.records);
        if items.len() > MAX_ITEMS {
            return Err(Error::Invalid { fields: vec![FieldError::new("filter", "too_many").with("max", MAX_ITEMS)] });
        }
    }
    let ctx = &pages.ctx;
    let look = Look { zone: Some(records::zone(&ctx.me.time_zone)), ..Look::default() };
    let text = ics::written(&ctx.app, &items, &look).await?;
    Ok(stream::once(async move { Ok(Bytes::from(text)) }).boxed())
}
