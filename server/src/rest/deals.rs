//! What only deals have: the board and moving cards.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use domain::deals::{BoardQuery, ColumnQuery, MoveDeal};
use domain::{FieldError, Id};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::repeat::once;
use service::{Ctx, deals as cases};

use super::api::{self, Api, Op, schema};
use super::body::{IdempotencyKey, Json, OfId};
use super::examples;
use super::params::Params;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let parameters = |op: Op| {
        op.query("pipeline", api::id(), "Which; the first one when not said.")
            .query("filter", api::string(), "As in the list of deals.")
            .query("q", api::string(), "Words to search for.")
            .refuses(&[404, 422])
    };
    let board = parameters(Op::new("deals", "getBoard", "The board of a pipeline: its columns, with totals over all their deals"))
        .query("cards", api::number(200), "Cards a column; 50 when not said. Won and lost columns send totals only.")
        .ok(200, "The board.", schema("Board"));
    let column = parameters(Op::new("deals", "getBoardColumn", "More cards of one column"))
        .query("after", api::string(), "`next` of the column or of the page before.")
        .query("limit", api::number(200), "How many; 100 when not said.")
        .ok(200, "A page of cards.", api::page_with_labels(schema("Card")));
    let moved = Op::new("deals", "moveDeal", "Move a deal to a stage, or within its column")
        .about("A stage that asks for fields gets them in `fields`, and so do the reasons for won and lost.")
        .repeatable()
        .body(schema("MoveDeal"), examples::move_deal())
        .ok(
            200,
            "The card now, and the change that `/undo` takes back.",
            json!({
                "type": "object", "required": ["card", "change"], "properties": {"card": schema("Card"), "change": api::id()},
            }),
        )
        .refuses(&[412]);
    let many = Op::new("deals", "moveDeals", "Move several deals to one stage")
        .about("Each is judged for itself: those that cannot be moved are reported, the others are moved.")
        .repeatable()
        .body(
            json!({
                "type": "object", "additionalProperties": false, "required": ["ids", "stage"],
                "properties": {
                    "ids": {"type": "array", "items": api::id(), "maxItems": 500},
                    "stage": api::string(),
                    "fields": schema("DealPatch"),
                },
            }),
            examples::move_deals(),
        )
        .ok(
            200,
            "What was moved and what was not.",
            json!({
                "type": "object", "required": ["cards", "changes", "refused"],
                "properties": {
                    "cards": {"type": "array", "items": schema("Card")},
                    "changes": {"type": "array", "items": api::id()},
                    "refused": {"type": "array", "items": {
                        "type": "object", "required": ["id", "problem"], "properties": {"id": api::id(), "problem": schema("Problem")},
                    }},
                },
            }),
        );
    api.get("/deals/board", board, async |Caller(ctx): Caller, params: Params| get_board(ctx, params).await)
        .get("/deals/board/{stage}", column, async |Caller(ctx): Caller, Path(stage): Path<String>, params: Params| {
            get_column(ctx, stage, params).await
        })
        .post("/deals/{id}/move", moved, async |Caller(ctx): Caller, OfId(id): OfId, key: IdempotencyKey, Json(to): Json<MoveDeal>| {
            let key = key.at(&ctx, "move", &(id, &to));
            let me = ctx.clone();
            let (card, change) = once(&ctx, key, async move { cases::move_to_stage(&me, id, to).await }).await?;
            Ok::<_, Fault>(axum::Json(json!({"card": card, "change": change})))
        })
        .post("/deals/move", many, async |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<Several>| {
            move_several(ctx, key, sent).await
        })
}

fn board_query(params: &mut Params) -> BoardQuery {
    BoardQuery {
        pipeline: params.id("pipeline"),
        filter: params.text("filter").unwrap_or_default(),
        q: params.text("q").unwrap_or_default(),
        cards: 0,
    }
}

async fn get_board(ctx: Ctx, mut params: Params) -> Result<Response> {
    let query = BoardQuery { cards: params.number("cards", 200), ..board_query(&mut params) };
    params.done()?;
    Ok(axum::Json(cases::board(&ctx, &query).await?).into_response())
}

async fn get_column(ctx: Ctx, stage: String, mut params: Params) -> Result<Response> {
    let query = ColumnQuery { board: board_query(&mut params), stage, after: params.text("after"), limit: params.number("limit", 200) };
    params.done()?;
    let page = cases::column(&ctx, &query).await?;
    Ok(axum::Json(json!({"items": page.cards, "next": page.next, "labels": page.labels})).into_response())
}

#[derive(Deserialize, Serialize)]
struct Several {
    ids: Vec<Id>,
    stage: String,
    #[serde(default)]
    fields: domain::Fields,
}

async fn move_several(ctx: Ctx, key: IdempotencyKey, sent: Several) -> Result<Response> {
    if sent.ids.len() > 500 {
        return Err(domain::Error::Invalid { fields: vec![FieldError::new("ids", "too_many").with("max", 500)] }.into());
    }
    let key = key.at(&ctx, "move several", &sent);
    let me = ctx.clone();
    let (cards, changes, refused) = once(&ctx, key, async move {
        let to = MoveDeal {
            stage: sent.stage,
            before: None,
            after: None,
            to_top: true,
            version: 0,
            fields: sent.fields,
            base: domain::Fields::new(),
        };
        cases::move_many(&me, &sent.ids, to).await
    })
    .await?;
    let locale = ctx.me.locale;
    let refused: Vec<_> = refused.into_iter().map(|(id, e)| json!({"id": id, "problem": Fault::from(e).problem(locale)})).collect();
    Ok(axum::Json(json!({"cards": cards, "changes": changes, "refused": refused})).into_response())
}
