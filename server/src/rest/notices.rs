//! What a person is told: notices, snoozed reminders, and what they want to be told. And, for those who run the house, the outbox.

use axum::extract::{Path, rejection::PathRejection};
use domain::notices::Preferences;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{mail, notices};

use super::api::{self, Api, Op, schema};
use super::body::Json;
use super::examples;
use super::params::Params;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

const STATES: [&str; 3] = ["dead", "waiting", "sent"];

pub fn put_up(api: Api) -> Api {
    let mut page = api::page_of(schema("Notice"));
    if let Some(properties) = page.pointer_mut("/properties").and_then(|p| p.as_object_mut()) {
        properties.insert("unread".into(), json!({"type": "integer", "description": "At most 99 are counted."}));
    }
    let list = Op::new("notices", "listNotices", "What you were told: invitations, changes, answers, reminders")
        .query("limit", api::number(200), "How many; 50 when not said.")
        .query("cursor", api::string(), "`next` of the page before.")
        .ok(200, "The newest first.", page);
    let left = || json!({"type": "object", "required": ["unread"], "properties": {"unread": {"type": "integer"}}});
    let read = Op::new("notices", "readNotices", "Mark notices as read")
        .body(
            json!({
                "type": "object", "additionalProperties": false,
                "properties": {"ids": {"type": ["array", "null"], "maxItems": 500, "items": api::string(), "description": "Not said: all."}},
            }),
            examples::read_notices(),
        )
        .ok(200, "How many are left.", left());
    let snooze = Op::new("notices", "snoozeNotice", "Have a reminder come again later")
        .body(
            json!({
                "type": "object", "additionalProperties": false, "required": ["minutes"],
                "properties": {"minutes": {"type": "integer", "minimum": 1, "maximum": domain::notices::LONGEST_SNOOZE}},
            }),
            examples::snooze(),
        )
        .ok(
            200,
            "When it comes.",
            json!({"type": "object", "required": ["at"], "properties": {"at": {"type": "string", "format": "date-time"}}}),
        );
    let wishes =
        Op::new("notices", "getNoticePreferences", "What you want to be told, and how").ok(200, "As it is.", schema("NoticePreferences"));
    let wish = Op::new("notices", "setNoticePreferences", "Say what you want to be told, and how")
        .about("What is left out becomes what it is for everybody at first.")
        .body(schema("NoticePreferences"), examples::notice_preferences())
        .ok(200, "As it is now.", schema("NoticePreferences"));
    let posted = Op::new("mail", "listMail", "Letters that nobody would take, that wait, or that went (those who run the house)")
        .query("state", json!({"type": "string", "enum": STATES}), "`dead` when not said.")
        .query("limit", api::number(500), "How many; 100 when not said.")
        .ok(
            200,
            "Those due first come first.",
            json!({"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": schema("Letter")}}}),
        );
    let again = Op::new("mail", "sendMailAgain", "Try a letter again, at once").ok(200, "The letter.", schema("Letter")).refuses(&[422]);
    let some = || {
        json!({
            "type": "object", "additionalProperties": false,
            "properties": {"ids": {"type": ["array", "null"], "minItems": 1, "maxItems": 500, "items": api::string(), "description": "Not said: all that are dead."}},
        })
    };
    let count = || json!({"type": "object", "required": ["count"], "properties": {"count": {"type": "integer"}}});
    let again_all = Op::new("mail", "sendDeadMailAgain", "Try letters again that nobody would take")
        .about("Those that are no longer dead are left alone.")
        .body(some(), examples::dead_letters())
        .ok(200, "How many.", count())
        .refuses(&[404]);
    let give_up = Op::new("mail", "giveUpDeadMail", "Throw letters away that nobody would take")
        .about("Those that are no longer dead are left alone.")
        .body(some(), examples::dead_letters())
        .ok(200, "How many.", count())
        .refuses(&[404]);
    let test = Op::new("mail", "sendTestMail", "Send yourself a letter, to see that mail goes out")
        .empty(202, "It is on its way.")
        .refuses(&[422]);

    api.get("/notices", list, async |Caller(ctx): Caller, mut params: Params| {
        let limit = params.number("limit", 200);
        let after = params.text("cursor");
        params.done()?;
        let page = notices::list(&ctx, after.as_deref(), if limit == 0 { 50 } else { limit }).await?;
        Ok::<_, Fault>(axum::Json(page))
    })
    .post("/notices/read", read, async |Caller(ctx): Caller, Json(sent): Json<Ids>| {
        let unread = notices::mark_read(&ctx, sent.ids.as_deref()).await?;
        Ok::<_, Fault>(axum::Json(json!({"unread": unread})))
    })
    .post("/notices/{notice}/snooze", snooze, async |Caller(ctx): Caller, id: Named, Json(sent): Json<Snooze>| {
        let at = notices::snooze(&ctx, &named(id)?, sent.minutes).await?;
        Ok::<_, Fault>(axum::Json(json!({"at": at})))
    })
    .get("/me/notices", wishes, async |Caller(ctx): Caller| Ok::<_, Fault>(axum::Json(notices::preferences(&ctx).await?)))
    .put("/me/notices", wish, async |Caller(ctx): Caller, Json(wish): Json<Preferences>| {
        Ok::<_, Fault>(axum::Json(notices::save_preferences(&ctx, &wish).await?))
    })
    .get("/mail", posted, async |Caller(ctx): Caller, mut params: Params| {
        let state = match params.choice("state", &STATES) {
            Some("waiting") => mail::State::Waiting,
            Some("sent") => mail::State::Sent,
            _ => mail::State::Dead,
        };
        let limit = params.number("limit", 500);
        params.done()?;
        let items = mail::posted(&ctx, state, if limit == 0 { 100 } else { limit }).await?;
        Ok::<_, Fault>(axum::Json(json!({"items": items})))
    })
    .post("/mail/test", test, async |Caller(ctx): Caller| {
        mail::try_out(&ctx).await?;
        Ok::<_, Fault>(StatusCode::ACCEPTED)
    })
    .post("/mail/dead/retry", again_all, async |Caller(ctx): Caller, Json(sent): Json<Ids>| {
        let count = mail::send_dead_again(&ctx, sent.ids).await?;
        Ok::<_, Fault>(axum::Json(json!({"count": count})))
    })
    .post("/mail/dead/give-up", give_up, async |Caller(ctx): Caller, Json(sent): Json<Ids>| {
        let count = mail::give_up(&ctx, sent.ids).await?;
        Ok::<_, Fault>(axum::Json(json!({"count": count})))
    })
    .post("/mail/{letter}/retry", again, async |Caller(ctx): Caller, id: Named| {
        Ok::<_, Fault>(axum::Json(mail::send_again(&ctx, &named(id)?).await?))
    })
}

type Named = std::result::Result<Path<String>, PathRejection>;

/// A name in the path that is no id of a record.
fn named(path: Named) -> Result<String> {
    path.map(|Path(name)| name).map_err(|_| Fault::not_found())
}

#[derive(Deserialize, Serialize)]
struct Ids {
    #[serde(default)]
    ids: Option<Vec<String>>,
}

#[derive(Deserialize, Serialize)]
struct Snooze {
    minutes: i64,
}
