//! Signing in and out, sessions, passwords, API tokens. Secrets are stored as hashes only; failed sign-ins are slowed down
//! per address and per account without telling which of the two exists.

use domain::auth::{Me, NewToken, SessionInfo, Setup, SignIn, TokenInfo, TokenScope};
use domain::{Error, Id, Locale, Result};

use crate::{App, Ctx, Visit};

/// A fresh session: the secret for the cookie, and who it is.
#[derive(Clone)]
pub struct SignedIn {
    pub secret: String,
    pub ctx: Ctx,
}

/// Creates the workspace and its owner. Only while there is no user.
pub async fn set_up(visit: &Visit, setup: Setup) -> Result<SignedIn> {
    let _ = (visit, setup);
    Err(Error::Unavailable)
}

pub async fn sign_in(visit: &Visit, credentials: SignIn) -> Result<SignedIn> {
    let _ = (visit, credentials);
    Err(Error::Unavailable)
}

/// The session behind a cookie; None when it is unknown, revoked or expired (30 days without use).
pub async fn by_session(app: &App, secret: &str) -> Result<Option<Ctx>> {
    let _ = (app, secret);
    Ok(None)
}

/// The token behind an `Authorization: Bearer` header.
pub async fn by_token(app: &App, secret: &str) -> Result<Option<Ctx>> {
    let _ = (app, secret);
    Ok(None)
}

pub async fn sign_out(ctx: &Ctx) -> Result<()> {
    let _ = ctx;
    Err(Error::Unavailable)
}

/// Ends all other sessions too.
pub async fn change_password(ctx: &Ctx, old: &str, new: &str) -> Result<()> {
    let _ = (ctx, old, new);
    Err(Error::Unavailable)
}

pub async fn sessions(ctx: &Ctx) -> Result<Vec<SessionInfo>> {
    let _ = ctx;
    Err(Error::Unavailable)
}

pub async fn revoke_session(ctx: &Ctx, id: Id) -> Result<()> {
    let _ = (ctx, id);
    Err(Error::Unavailable)
}

pub async fn tokens(ctx: &Ctx) -> Result<Vec<TokenInfo>> {
    let _ = ctx;
    Err(Error::Unavailable)
}

/// `days`: life in days; None: until revoked.
pub async fn create_token(ctx: &Ctx, name: &str, scope: TokenScope, days: Option<u32>) -> Result<NewToken> {
    let _ = (ctx, name, scope, days);
    Err(Error::Unavailable)
}

pub async fn revoke_token(ctx: &Ctx, id: Id) -> Result<()> {
    let _ = (ctx, id);
    Err(Error::Unavailable)
}

/// Name, language and time zone of oneself.
pub async fn update_me(ctx: &Ctx, name: &str, locale: Locale, time_zone: &str) -> Result<Me> {
    let _ = (ctx, name, locale, time_zone);
    Err(Error::Unavailable)
}
