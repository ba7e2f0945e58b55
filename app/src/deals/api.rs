//! The board's way to the use cases.

use domain::deals::{Board, BoardQuery, Card, ColumnPage, ColumnQuery, MoveDeal, Totals};
use domain::record::{Done, Labels};
use domain::{Error, Id};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

/// A board, and the server's clock when it was read: ages are the same on both sides of the first picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub board: Board,
    pub now: i64,
    /// What the filter names.
    pub names: Labels,
}

/// What a board asks for after a change made elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fresh {
    pub totals: Vec<(String, Totals)>,
    /// Of those asked for, the ones that are (still) on this board.
    pub cards: Vec<Card>,
    pub labels: Labels,
}

/// A move that was made, and the change that undo takes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    pub cards: Vec<Card>,
    pub changes: Vec<Id>,
    /// Those that could not be moved, and why.
    pub refused: Vec<(Id, Error)>,
}

#[server(prefix = "/api/app", endpoint = "deals/board", protocol = Call)]
pub async fn open_board(query: BoardQuery) -> Result<Opened, Fault> {
    let ctx = ctx()?;
    let board = service::deals::board(&ctx, &query).await?;
    let names = if query.filter.is_empty() { Labels::new() } else { crate::records::api::names(domain::Kind::Deal, query.filter).await? };
    Ok(Opened { board, now: ctx.app.clock().now(), names })
}

#[server(prefix = "/api/app", endpoint = "deals/column", protocol = Call)]
pub async fn more_cards(query: ColumnQuery) -> Result<ColumnPage, Fault> {
    Ok(service::deals::column(&ctx()?, &query).await?)
}

#[server(prefix = "/api/app", endpoint = "deals/refresh", protocol = Call)]
pub async fn refresh(query: BoardQuery, ids: Vec<Id>) -> Result<Fresh, Fault> {
    let (totals, cards, labels) = service::deals::refresh(&ctx()?, &query, &ids).await?;
    Ok(Fresh { totals, cards, labels })
}

#[server(prefix = "/api/app", endpoint = "deals/move", protocol = Call)]
pub async fn move_to_stage(id: Id, to: MoveDeal) -> Result<Moved, Fault> {
    let (card, change) = service::deals::move_to_stage(&ctx()?, id, to).await?;
    Ok(Moved { cards: vec![card], changes: vec![change], refused: Vec::new() })
}

#[server(prefix = "/api/app", endpoint = "deals/move_many", protocol = Call)]
pub async fn move_many(ids: Vec<Id>, to: MoveDeal) -> Result<Moved, Fault> {
    let (cards, changes, refused) = service::deals::move_many(&ctx()?, &ids, to).await?;
    Ok(Moved { cards, changes, refused })
}

#[server(prefix = "/api/app", endpoint = "deals/undo", protocol = Call)]
pub async fn undo(changes: Vec<Id>) -> Result<Done, Fault> {
    Ok(bare(service::history::undo_each(&ctx()?, &changes).await?))
}

/// The board reads its cards again anyway: it needs the changes, and what is left.
#[cfg(feature = "ssr")]
fn bare(done: Done) -> Done {
    Done { records: Vec::new(), ..done }
}

/// The same owner for all of them (none: nobody).
#[server(prefix = "/api/app", endpoint = "deals/assign", protocol = Call)]
pub async fn assign(ids: Vec<Id>, owner: Option<Id>) -> Result<Done, Fault> {
    let value = owner.map_or(serde_json::Value::Null, |o| o.to_string().into());
    let fields = domain::Fields::from_iter([("owner".to_owned(), value)]);
    let of = domain::list::Selection::Ids { ids };
    Ok(bare(service::records::update_many(&ctx()?, domain::Kind::Deal, &of, fields).await?))
}

#[server(prefix = "/api/app", endpoint = "deals/remove", protocol = Call)]
pub async fn remove(ids: Vec<Id>) -> Result<Done, Fault> {
    let of = domain::list::Selection::Ids { ids };
    Ok(bare(service::records::remove_many(&ctx()?, domain::Kind::Deal, &of).await?))
}

/// The first pipeline of a workspace, with the usual stages in the words of whoever makes it.
#[server(prefix = "/api/app", endpoint = "deals/first_pipeline", protocol = Call)]
pub async fn first_pipeline(name: String, stages: Vec<String>) -> Result<Id, Fault> {
    let ctx = ctx()?;
    let names: [String; 6] = stages.try_into().map_err(|_| Error::invalid("stages", "stages"))?;
    let stages = domain::pipelines::template(names.each_ref().map(String::as_str));
    let stages = serde_json::to_value(stages).map_err(|_| Error::invalid("stages", "stages"))?;
    let fields = domain::Fields::from_iter([
        ("name".to_owned(), name.into()),
        ("stages".to_owned(), stages),
        ("currency".to_owned(), ctx.me.currency.clone().into()),
    ]);
    Ok(service::records::create(&ctx, domain::Kind::Pipeline, fields, None).await?.id)
}
