//! Taking changes back. An undo is a new change with the old values; fields that somebody changed since then are refused
//! with what they hold now.

use domain::record::Done;
use domain::{Error, Id, Result};

use crate::Ctx;

/// Takes these changes back, the newest first.
pub async fn undo(ctx: &Ctx, changes: &[Id]) -> Result<Done> {
    let _ = (ctx, changes);
    Err(Error::Unavailable)
}
