//! The workspace's own settings.

use domain::workspace::Workspace;
use domain::{Error, Result};

use crate::Ctx;

pub async fn get(ctx: &Ctx) -> Result<Workspace> {
    let _ = ctx;
    Err(Error::Unavailable)
}

pub async fn update(ctx: &Ctx, workspace: Workspace) -> Result<Workspace> {
    let _ = (ctx, workspace);
    Err(Error::Unavailable)
}
