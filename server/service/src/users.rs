//! What administrators do with people: passwords and sessions of others. Users and teams themselves are records
//! (`records::create(Kind::User, …)`).

use domain::auth::SessionInfo;
use domain::{Error, Id, Result};

use crate::Ctx;

/// Sets a password for somebody (and ends their sessions); gives a person without sign-in one.
pub async fn set_password(ctx: &Ctx, user: Id, password: &str) -> Result<()> {
    let _ = (ctx, user, password);
    Err(Error::Unavailable)
}

pub async fn sessions_of(ctx: &Ctx, user: Id) -> Result<Vec<SessionInfo>> {
    let _ = (ctx, user);
    Err(Error::Unavailable)
}
