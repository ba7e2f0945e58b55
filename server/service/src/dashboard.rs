//! The sales dashboard's figures, within what the person may see.

use domain::dashboard::{Dashboard, DashboardQuery};
use domain::{Error, Result};

use crate::Ctx;

pub async fn load(ctx: &Ctx, query: &DashboardQuery) -> Result<Dashboard> {
    let _ = (ctx, query);
    Err(Error::Unavailable)
}
