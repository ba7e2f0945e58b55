//! The live hub: every committed change goes once to every open stream that may see it, after the index knows it, so that
//! whoever reads again because of it sees it. Also who looks at what.

use domain::live::{LiveEvent, Presence};
use domain::{Error, Id, Result};
use futures::stream::BoxStream;

use crate::Ctx;

/// Events for this person from now on, or from after `last` (the id of the last event seen). Each with its id, if it has one.
pub async fn subscribe(ctx: &Ctx, last: Option<Id>) -> Result<BoxStream<'static, (Option<Id>, LiveEvent)>> {
    let _ = (ctx, last);
    Err(Error::Unavailable)
}

/// "I look at this record" (`field`: and type in that field); again every 20 s. `record` None: no longer. Answers who else does.
pub async fn look_at(ctx: &Ctx, tab: &str, record: Option<Id>, field: Option<&str>) -> Result<Option<Presence>> {
    let _ = (ctx, tab, record, field);
    Err(Error::Unavailable)
}
