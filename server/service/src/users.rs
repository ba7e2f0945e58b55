//! What administrators do with people: passwords and sessions of others. Users and teams themselves are records
//! (`records::create(Kind::User, …)`).

use domain::auth::SessionInfo;
use domain::rights::{Power, Role};
use domain::{Error, Id, Kind, Record, Result};

use crate::Ctx;
use crate::auth;
use crate::records;

async fn managed(ctx: &Ctx, user: Id) -> Result<Record> {
    ctx.need(Power::ManageUsers)?;
    let user = records::get(ctx, Kind::User, user).await?;
    // Only an owner touches an owner's door.
    if user.text("role") == "owner" && ctx.me.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    Ok(user)
}

/// Sets a password for somebody, ends their sessions and takes their tokens back: whoever came in with the old password may
/// have made one. Gives a person without sign-in one.
pub async fn set_password(ctx: &Ctx, user: Id, password: &str) -> Result<()> {
    ctx.may_write()?;
    let user = managed(ctx, user).await?;
    if user.text("email").is_empty() {
        return Err(Error::invalid("email", "required"));
    }
    auth::put_password(&ctx.app, &user, "password", password).await?;
    auth::end_sessions(&ctx.app, user.id, None).await?;
    auth::end_tokens(&ctx.app, user.id).await
}

pub async fn sessions_of(ctx: &Ctx, user: Id) -> Result<Vec<SessionInfo>> {
    // Seeing is not touching: whoever manages users sees an owner's sessions too.
    ctx.need(Power::ManageUsers)?;
    let user = records::get(ctx, Kind::User, user).await?;
    auth::sessions_of_user(&ctx.app, user.id, None).await
}
