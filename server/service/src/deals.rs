//! The pipeline board: columns with totals over all their deals, and moving cards.

use domain::deals::{Board, BoardQuery, Card, ColumnPage, ColumnQuery, MoveDeal, Totals};
use domain::record::Labels;
use domain::{Error, Id, Result};

use crate::Ctx;

pub async fn board(ctx: &Ctx, query: &BoardQuery) -> Result<Board> {
    let _ = (ctx, query);
    Err(Error::Unavailable)
}

pub async fn column(ctx: &Ctx, query: &ColumnQuery) -> Result<ColumnPage> {
    let _ = (ctx, query);
    Err(Error::Unavailable)
}

/// Totals of every stage, and the given cards as they are now (those gone from the board or from sight are left out):
/// what a board asks for after a live change.
pub async fn refresh(ctx: &Ctx, query: &BoardQuery, cards: &[Id]) -> Result<(Vec<(String, Totals)>, Vec<Card>, Labels)> {
    let _ = (ctx, query, cards);
    Err(Error::Unavailable)
}

/// The moved card and the change that undo takes back.
pub async fn move_to_stage(ctx: &Ctx, id: Id, to: MoveDeal) -> Result<(Card, Id)> {
    let _ = (ctx, id, to);
    Err(Error::Unavailable)
}

/// Several cards to one stage (multi-select). Those that need fields or may not be moved are reported, the others moved.
pub async fn move_many(ctx: &Ctx, ids: &[Id], to: MoveDeal) -> Result<(Vec<Card>, Vec<Id>, Vec<(Id, Error)>)> {
    let _ = (ctx, ids, to);
    Err(Error::Unavailable)
}
