//! My day: `/api/v1/today`.

use super::api::{Api, Op, schema};
use super::params::Params;
use crate::fault::Fault;
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let day = Op::new("today", "getToday", "What asks for your time now, ordered by value and urgency, each with the reasons why it is there")
        .about(
            "Your meetings of today and tomorrow, your tasks that are late or fall due within a week, and your open deals that nothing is planned \
            with, that have stood in their stage for too long, or that are to be closed. Groups stand one after the other: now, overdue, today, \
            soon. Within a group what has an hour comes first, by the hour; the rest by `points`, which are urgency and value together. \
            `until` says from when on the list is another one even when nothing changes.",
        )
        .ok(200, "The list.", schema("Today"));
    api.get("/today", day, async |Caller(ctx): Caller, params: Params| {
        params.done()?;
        Ok::<_, Fault>(axum::Json(service::today::load(&ctx).await?))
    })
}
