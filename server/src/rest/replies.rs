//! Answers to invitations that came back by mail, handed in by whatever reads the mailbox.

use serde_json::json;
use service::calendar as cases;

use super::api::{self, Api, Op, schema};
use super::body::Calendar;
use super::examples;
use crate::fault::Fault;
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let take = Op::new("events", "takeReplies", "Take in answers that came back by mail")
        .about(
            "The `text/calendar` part of a letter that answers an invitation (iTIP, `METHOD:REPLY`), as it is; at most 256 kB. Each answer \
             is found by UID, RECURRENCE-ID and the address of its ATTENDEE. Needs a token that may write: of somebody who runs the house \
             for anybody's answers, of somebody who may change the event for those to it, of anybody for their own. What was said before \
             something newer (SEQUENCE, DTSTAMP), or to a time that was changed since, answers nothing; the same once more is `known`.",
        )
        .calendar(&examples::reply())
        .ok(200, "What became of each answer.", api::page_of(schema("ReplyTaken")));
    api.post("/calendar/replies", take, async |Caller(ctx): Caller, Calendar(bytes): Calendar| {
        Ok::<_, Fault>(axum::Json(json!({"items": cases::take_replies(&ctx, &bytes).await?, "next": null})))
    })
}
