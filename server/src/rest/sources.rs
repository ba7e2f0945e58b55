//! Calendars elsewhere that one follows: their times count as taken.

use domain::calendar::outside::SourceWish;
use http::StatusCode;
use serde_json::json;
use service::calendar as cases;

use super::api::{self, Api, Op, schema};
use super::body::{Json, OfId};
use super::examples;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let op = |id: &str, summary: &str| Op::new("events", id, summary);
    let list =
        op("listCalendarSources", "Calendars elsewhere that you follow").ok(200, "The calendars.", api::page_of(schema("CalendarSource")));
    let add = op("addCalendarSource", "Follow a calendar elsewhere")
        .about(
            "An address of an iCalendar file on the open internet (http, https or webcal). It is read in the background and again and \
            again; its times count as taken wherever yours are asked for. Others see nothing but that.",
        )
        .body(
            json!({
                "type": "object", "additionalProperties": false, "required": ["address"],
                "properties": {"address": {"type": "string", "maxLength": 2000}, "name": {"type": "string", "maxLength": 80}},
            }),
            examples::source(),
        )
        .ok(201, "The calendar.", schema("CalendarSource"))
        .refuses(&[422]);
    let refresh = op("refreshCalendarSource", "Read it now").ok(200, "The calendar.", schema("CalendarSource"));
    let remove = op("deleteCalendarSource", "Follow it no longer").empty(204, "Its times are free.");
    api.get("/calendar-sources", list, async |Caller(ctx): Caller| {
        Ok::<_, Fault>(axum::Json(json!({"items": cases::sources(&ctx).await?, "next": null})))
    })
    .post("/calendar-sources", add, async |Caller(ctx): Caller, Json(wish): Json<SourceWish>| {
        Ok::<_, Fault>((StatusCode::CREATED, axum::Json(cases::add_source(&ctx, &wish).await?)))
    })
    .post("/calendar-sources/{id}/refresh", refresh, async |Caller(ctx): Caller, OfId(id): OfId| {
        Ok::<_, Fault>(axum::Json(cases::refresh_source(&ctx, id).await?))
    })
    .delete("/calendar-sources/{id}", remove, async |Caller(ctx): Caller, OfId(id): OfId| -> Result<StatusCode> {
        cases::remove_source(&ctx, id).await?;
        Ok(StatusCode::NO_CONTENT)
    })
}
