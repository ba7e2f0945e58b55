//! Saved views of lists: private, or shared with everybody.

use domain::list::{SaveView, View};
use domain::{Error, Id, Kind, Result};

use crate::Ctx;

pub async fn list(ctx: &Ctx, kind: Kind) -> Result<Vec<View>> {
    let _ = (ctx, kind);
    Err(Error::Unavailable)
}

pub async fn save(ctx: &Ctx, view: SaveView) -> Result<View> {
    let _ = (ctx, view);
    Err(Error::Unavailable)
}

pub async fn delete(ctx: &Ctx, id: Id) -> Result<()> {
    let _ = (ctx, id);
    Err(Error::Unavailable)
}
