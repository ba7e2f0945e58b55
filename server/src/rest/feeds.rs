//! Secret addresses under which other programs read a calendar: made, renewed and revoked here; read at `/calendar/….ics`.

use axum::response::{IntoResponse, Response};
use domain::calendar::feed::{FeedWish, NewFeed};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use service::calendar as cases;
use service::repeat::once;

use super::api::{self, Api, Op, schema};
use super::body::{IdempotencyKey, Json, OfId};
use super::examples;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let op = |id: &str, summary: &str| Op::new("events", id, summary);
    let list = op("listCalendarFeeds", "Your secret calendar addresses, without their secrets").ok(
        200,
        "The feeds, the newest first.",
        api::page_of(schema("CalendarFeed")),
    );
    let create = op("createCalendarFeed", "Make a secret address for a calendar")
        .about("Of yourself, your team (or one you manage), or a resource; those who run the house: of anybody. Whoever knows the address reads \
            that calendar as iCalendar without signing in. The answer is the only time that it is shown.")
        .repeatable()
        .body(json!({
            "type": "object", "additionalProperties": false, "required": ["of"],
            "properties": {
                "of": schema("CalendarFeedOf"),
                "detail": {"type": "string", "enum": ["busy", "full"], "default": "busy", "description": "`busy`: only that the time is taken. `full`: what you may read; private events of others stay masked."},
            },
        }), examples::feed())
        .ok(201, "The feed and its address.", schema("NewCalendarFeed"))
        .refuses(&[422]);
    let renew = op("renewCalendarFeed", "Give a feed another address; the old one opens nothing any more").ok(
        200,
        "The feed and its address.",
        schema("NewCalendarFeed"),
    );
    let revoke = op("deleteCalendarFeed", "Revoke a feed").empty(204, "Revoked.");
    api.get("/calendar-feeds", list, async |Caller(ctx): Caller| {
        Ok::<_, Fault>(axum::Json(json!({"items": cases::feeds(&ctx).await?, "next": null})))
    })
    .post("/calendar-feeds", create, async |Caller(ctx): Caller, key: IdempotencyKey, Json(wish): Json<FeedWish>| {
        let key = key.at(&ctx, "calendar feed", &wish);
        let me = ctx.clone();
        Ok::<_, Fault>(secret(StatusCode::CREATED, once(&ctx, key, async move { cases::create_feed(&me, &wish).await }).await?))
    })
    .post("/calendar-feeds/{id}/renew", renew, async |Caller(ctx): Caller, OfId(id): OfId| {
        Ok::<_, Fault>(secret(StatusCode::OK, cases::renew_feed(&ctx, id).await?))
    })
    .delete("/calendar-feeds/{id}", revoke, async |Caller(ctx): Caller, OfId(id): OfId| -> Result<StatusCode> {
        cases::revoke_feed(&ctx, id).await?;
        Ok(StatusCode::NO_CONTENT)
    })
}

fn secret(status: StatusCode, feed: NewFeed) -> Response {
    let mut response = (status, axum::Json(feed)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
