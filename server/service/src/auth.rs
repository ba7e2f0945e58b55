//! Signing in and out, sessions, passwords, API tokens. Secrets are stored as hashes only; failed sign-ins are slowed down
//! per address and per account without telling which of the two exists.

mod endings;
mod guard;
mod password;

use std::sync::Arc;

use base64::Engine;
use domain::auth::{Me, NewToken, SessionInfo, Setup, SignIn, TokenInfo, TokenScope};
use domain::rights::{Power, Role};
use domain::workspace::Workspace;
use domain::{Error, FieldError, Fields, Id, Kind, Locale, Record, Result, text, time};
use rand::RngCore;
use serde_json::json;
use sha2::Digest;
use store::Table;

pub(crate) use endings::follow as follow_endings;
pub use endings::until_over;
use guard::Place;
pub(crate) use guard::{Guard, network};
pub(crate) use password::put_password;

use crate::ctx::{fault, new_id};
use crate::records;
use crate::{App, Ctx, Via, Visit};

/// A fresh session: the secret for the cookie, and who it is.
#[derive(Clone)]
pub struct SignedIn {
    pub secret: String,
    pub ctx: Ctx,
}

/// Sessions end after this long without use.
pub(crate) const IDLE_MS: i64 = 30 * 86_400_000;
/// "Last seen" is written at most this often.
const SEEN_MS: i64 = 5 * 60_000;

/// 256 random bits, for people's eyes and cookies.
pub(crate) fn secret(prefix: &str) -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// Secrets of 256 bits need no slow hash.
pub(crate) fn digest(secret: &str) -> String {
    sha2::Sha256::digest(secret).iter().map(|b| format!("{b:02x}")).collect()
}

fn object(v: serde_json::Value) -> Fields {
    v.as_object().cloned().unwrap_or_default()
}

fn str_of<'a>(doc: &'a Fields, name: &str) -> &'a str {
    doc.get(name).and_then(|v| v.as_str()).unwrap_or_default()
}

/// Creates the workspace and its owner. Only while there is no user.
pub async fn set_up(visit: &Visit, setup: Setup) -> Result<SignedIn> {
    let app = &visit.app;
    let _one_at_a_time = app.0.guard.setup.lock().await;
    if !app.needs_setup().await? {
        return Err(Error::Forbidden);
    }
    setup.check()?;
    let workspace = Workspace {
        name: setup.workspace.clone(),
        currency: setup.currency.clone(),
        time_zone: setup.time_zone.clone(),
        // Where the clock is set, until somebody says otherwise in the settings.
        country: crate::phones::of_zone(&setup.time_zone).unwrap_or_default().to_owned(),
        demo: false,
        version: 1,
    };
    let workspace = crate::workspace::check(workspace)?;
    let user = found(app, &workspace, &setup).await?;
    password::put_password(app, &user, "password", &setup.password).await?;
    // The workspace comes last: until it is there, set-up can be tried again.
    crate::workspace::put(app, &workspace).await?;
    start_session(visit, &user).await
}

/// The owner, and the first pipeline in the owner's language.
pub(crate) async fn found(app: &App, workspace: &Workspace, setup: &Setup) -> Result<Record> {
    let system = app.system("set-up");
    let email = text::normal_email(&setup.email).unwrap_or_default();
    // A set-up that broke off half way left its user: take that one.
    let user = match app.0.store.user_by_email(&email).await.map_err(fault)? {
        Some(user) => user,
        None => {
            let fields = json!({"name": text::trimmed(&setup.name), "email": email, "role": "owner", "locale": setup.locale.tag(), "time_zone": setup.time_zone});
            records::create(&system, Kind::User, object(fields), None).await?
        }
    };
    if app.directory().pipelines.is_empty() {
        records::create(&system, Kind::Pipeline, first_pipeline(setup.locale, &workspace.currency), None).await?;
    }
    Ok(user)
}

/// The pipeline that a workspace begins with.
pub(crate) fn first_pipeline(locale: Locale, currency: &str) -> Fields {
    let (name, stages) = match locale {
        Locale::En => ("New business", ["Prospecting", "Engaging", "Proposal", "Negotiation", "Won", "Lost"]),
        Locale::ZhHans => ("新业务", ["寻找客户", "接洽中", "方案报价", "商务谈判", "赢单", "输单"]),
        Locale::ZhHant => ("新業務", ["開發客戶", "接洽中", "提案報價", "議約中", "成交", "未成交"]),
        Locale::Uk => ("Новий бізнес", ["Пошук", "Залучення", "Пропозиція", "Переговори", "Виграно", "Втрачено"]),
    };
    object(json!({"name": name, "stages": domain::pipelines::template(stages), "currency": currency, "position": 1}))
}

pub async fn sign_in(visit: &Visit, credentials: SignIn) -> Result<SignedIn> {
    let app = &visit.app;
    // No address is longer, and what is kept about tries has a bound.
    let email: String = credentials.email.trim().to_lowercase().chars().take(254).collect();
    let (guard, address, now) = (&app.0.guard, visit.address.as_str(), app.now());
    let place = match guard.attempt(&email, address, Place::Unknown, now) {
        Ok(()) => Place::Unknown,
        Err(limited) => {
            if !at_home(app, &email, address).await? {
                return Err(limited);
            }
            guard.attempt(&email, address, Place::Known, now)?;
            Place::Known
        }
    };
    match whose(app, &email, &credentials.password).await {
        Ok(Some(user)) => {
            guard.succeeded(&email, address, place);
            start_session(visit, &user).await
        }
        Ok(None) => Err(Error::invalid("password", "wrong_credentials")),
        Err(e) => {
            guard.forgive(&email, address, place);
            Err(e)
        }
    }
}

async fn by_address(app: &App, email: &str) -> Result<Option<Record>> {
    match text::normal_email(email) {
        Some(email) => app.0.store.user_by_email(&email).await.map_err(fault),
        None => Ok(None),
    }
}

/// The person with this address, if this is the password.
async fn whose(app: &App, email: &str, password: &str) -> Result<Option<Record>> {
    let user = by_address(app, email).await?.filter(|u| u.deleted_at.is_none() && !u.flag("disabled"));
    // The same work whether the account exists or not: the answer's time tells nothing.
    let right = password::verify(app, user.as_ref().map(|u| u.id), password).await?;
    Ok(user.filter(|_| right))
}

/// Is this account signed in from this network already? Whoever guesses from elsewhere does not keep its person out.
async fn at_home(app: &App, email: &str, address: &str) -> Result<bool> {
    let user = by_address(app, email).await?.map_or(Id(uuid::Uuid::nil()), |u| u.id);
    let sessions = app.0.store.docs(Table::Session, Some(&user.to_string())).await.map_err(fault)?;
    let (here, now) = (guard::network(address), app.now());
    Ok(sessions.iter().any(|(_, doc)| {
        let seen = time::parse_instant(str_of(doc, "last_seen_at")).unwrap_or(0);
        seen + IDLE_MS >= now && guard::network(str_of(doc, "address")) == here
    }))
}

async fn start_session(visit: &Visit, user: &Record) -> Result<SignedIn> {
    let app = &visit.app;
    let secret = secret("rs_");
    let id = new_id();
    let now = app.now_text();
    let doc = json!({"session": id, "user": user.id, "created_at": now, "last_seen_at": now, "agent": visit.agent.chars().take(300).collect::<String>(), "address": visit.address});
    app.0.store.put_doc(Table::Session, &digest(&secret), object(doc)).await.map_err(fault)?;
    let ctx = ctx_of(app, user, Via::Session(id)).ok_or(Error::Unauthenticated)?;
    Ok(SignedIn { secret, ctx })
}

/// The person as they are now; None when they may not act any more.
pub(crate) fn ctx_of(app: &App, user: &Record, via: Via) -> Option<Ctx> {
    if user.deleted_at.is_some() || user.flag("disabled") {
        return None;
    }
    let directory = app.directory();
    let workspace = directory.workspace.as_ref();
    let own_zone = user.text("time_zone");
    let me = Me {
        id: user.id,
        name: user.name().to_owned(),
        email: user.text("email").to_owned(),
        role: Role::parse(user.text("role"))?,
        team: user.id_of("team"),
        team_members: directory.team_of(user),
        locale: Locale::parse(user.text("locale")).unwrap_or_default(),
        time_zone: if own_zone.is_empty() { directory.time_zone() } else { own_zone }.to_owned(),
        workspace: workspace.map(|w| w.name.clone()).unwrap_or_default(),
        currency: directory.currency().to_owned(),
        demo: workspace.is_some_and(|w| w.demo),
    };
    Some(Ctx { app: app.clone(), me: Arc::new(me), via, heard: crate::ctx::Heard::default() })
}

/// Somebody to act for, by address: the command line's `--as`.
pub async fn act_as(app: &App, email: &str) -> Result<Ctx> {
    let user = app.0.store.user_by_email(&email.trim().to_lowercase()).await.map_err(fault)?.ok_or(Error::NotFound)?;
    ctx_of(app, &user, Via::Session(Id(uuid::Uuid::nil()))).ok_or(Error::Forbidden)
}

/// The session behind a cookie; None when it is unknown, revoked or expired (30 days without use).
pub async fn by_session(app: &App, secret: &str) -> Result<Option<Ctx>> {
    if !secret.starts_with("rs_") || secret.len() > 100 {
        return Ok(None);
    }
    let key = digest(secret);
    let cached = app.0.guard.sessions.lock().get(&key);
    let mut doc = match cached.filter(|_| !app.config().is_shared()) {
        Some(doc) => doc,
        None => match app.0.store.get_doc(Table::Session, &key).await.map_err(fault)? {
            Some(doc) => doc,
            None => return Ok(None),
        },
    };
    let now = app.now();
    let seen = time::parse_instant(str_of(&doc, "last_seen_at")).unwrap_or(0);
    if seen + IDLE_MS < now {
        match drop_session(app, &key).await {
            // It is over, whether or not that can be written down.
            Ok(()) | Err(domain::Error::Full) => return Ok(None),
            Err(e) => return Err(e),
        }
    }
    if seen + SEEN_MS < now {
        doc.insert("last_seen_at".to_owned(), time::instant(now).into());
        // Only where it still is: one that was revoked a moment ago is not written anew.
        if !renewed(app, Table::Session, &key, &doc).await? {
            return Ok(None);
        }
    }
    let (Some(user), Some(id)) = (Id::parse(str_of(&doc, "user")), Id::parse(str_of(&doc, "session"))) else { return Ok(None) };
    if !app.0.guard.sessions.lock().keep(key, doc) {
        return Ok(None);
    }
    Ok(user_now(app, user).await?.and_then(|u| ctx_of(app, &u, Via::Session(id))))
}

/// Somebody whom another server has just let in may not have come round to this one's directory yet.
async fn user_now(app: &App, id: Id) -> Result<Option<Record>> {
    let known = app.directory().users.get(&id).cloned();
    match known {
        None if app.config().is_shared() => app.0.store.get(Kind::User, id).await.map_err(fault),
        known => Ok(known),
    }
}

/// The token behind an `Authorization: Bearer` header.
pub async fn by_token(app: &App, secret: &str) -> Result<Option<Ctx>> {
    if !secret.starts_with("rt_") || secret.len() > 100 {
        return Ok(None);
    }
    let key = digest(secret);
    let cached = app.0.guard.tokens.lock().get(&key);
    let mut doc = match cached.filter(|_| !app.config().is_shared()) {
        Some(doc) => doc,
        None => match app.0.store.get_doc(Table::Token, &key).await.map_err(fault)? {
            Some(doc) => doc,
            None => return Ok(None),
        },
    };
    let now = app.now();
    if time::parse_instant(str_of(&doc, "expires_at")).is_some_and(|e| e <= now) {
        return Ok(None);
    }
    if time::parse_instant(str_of(&doc, "last_used_at")).is_none_or(|u| u + SEEN_MS < now) {
        doc.insert("last_used_at".to_owned(), time::instant(now).into());
        if !renewed(app, Table::Token, &key, &doc).await? {
            return Ok(None);
        }
    }
    let scope = if str_of(&doc, "scope") == "write" { TokenScope::Write } else { TokenScope::Read };
    let (Some(user), Some(id)) = (Id::parse(str_of(&doc, "user")), Id::parse(str_of(&doc, "token"))) else { return Ok(None) };
    if !app.0.guard.tokens.lock().keep(key, doc) {
        return Ok(None);
    }
    Ok(user_now(app, user).await?.and_then(|u| ctx_of(app, &u, Via::Token { id, scope })))
}

/// When it was last used is worth writing down, but a full disk keeps nobody from reading.
async fn renewed(app: &App, table: Table, key: &str, doc: &Fields) -> Result<bool> {
    match app.0.store.renew_doc(table, key, doc.clone()).await {
        Ok(there) => Ok(there),
        Err(store::DbError::Full(_)) => Ok(app.0.store.get_doc(table, key).await.map_err(fault)?.is_some()),
        Err(e) => Err(fault(e)),
    }
}

async fn drop_session(app: &App, key: &str) -> Result<()> {
    app.0.guard.sessions.lock().revoke(key);
    app.0.store.delete_doc(Table::Session, key).await.map_err(fault)?;
    endings::over(app, key).await;
    Ok(())
}

async fn drop_token(app: &App, key: &str) -> Result<()> {
    app.0.guard.tokens.lock().revoke(key);
    app.0.store.delete_doc(Table::Token, key).await.map_err(fault)?;
    endings::over(app, key).await;
    Ok(())
}

pub async fn sign_out(ctx: &Ctx) -> Result<()> {
    match ctx.via {
        Via::Session(id) => revoke_session(ctx, id).await,
        _ => Err(Error::Forbidden),
    }
}

/// Ends all other sessions too. Tokens stay: they belong to programs, and their person sees them and takes them back.
pub async fn change_password(ctx: &Ctx, old: &str, new: &str) -> Result<()> {
    let Via::Session(session) = ctx.via else { return Err(Error::Forbidden) };
    // Whoever is signed in is not kept from it by strangers who guess at the door.
    let (guard, email) = (&ctx.app.0.guard, ctx.me.email.as_str());
    guard.attempt(email, "", Place::Known, ctx.app.now())?;
    match password::verify(&ctx.app, Some(ctx.me.id), old).await {
        Ok(true) => guard.succeeded(email, "", Place::Known),
        Ok(false) => return Err(Error::invalid("old", "wrong_password")),
        Err(e) => {
            guard.forgive(email, "", Place::Known);
            return Err(e);
        }
    }
    let directory = ctx.app.directory();
    let user = directory.users.get(&ctx.me.id).ok_or(Error::NotFound)?;
    password::put_password(&ctx.app, user, "new", new).await?;
    end_sessions(&ctx.app, ctx.me.id, Some(session)).await
}

/// Ends the sessions of a user, except one.
pub(crate) async fn end_sessions(app: &App, user: Id, except: Option<Id>) -> Result<()> {
    let docs = app.0.store.docs(Table::Session, Some(&user.to_string())).await.map_err(fault)?;
    for (key, doc) in docs {
        if except.is_none() || Id::parse(str_of(&doc, "session")) != except {
            drop_session(app, &key).await?;
        }
    }
    Ok(())
}

/// Takes back all API tokens of a user.
pub(crate) async fn end_tokens(app: &App, user: Id) -> Result<()> {
    for (key, _) in app.0.store.docs(Table::Token, Some(&user.to_string())).await.map_err(fault)? {
        drop_token(app, &key).await?;
    }
    Ok(())
}

pub async fn sessions(ctx: &Ctx) -> Result<Vec<SessionInfo>> {
    let current = match ctx.via {
        Via::Session(id) => Some(id),
        _ => None,
    };
    sessions_of_user(&ctx.app, ctx.me.id, current).await
}

pub(crate) async fn sessions_of_user(app: &App, user: Id, current: Option<Id>) -> Result<Vec<SessionInfo>> {
    let docs = app.0.store.docs(Table::Session, Some(&user.to_string())).await.map_err(fault)?;
    let mut out: Vec<SessionInfo> = docs
        .into_iter()
        .filter_map(|(_, doc)| {
            let id = Id::parse(str_of(&doc, "session"))?;
            Some(SessionInfo {
                id,
                created_at: str_of(&doc, "created_at").to_owned(),
                last_seen_at: str_of(&doc, "last_seen_at").to_owned(),
                device: device(str_of(&doc, "agent")),
                address: str_of(&doc, "address").to_owned(),
                current: Some(id) == current,
            })
        })
        .collect();
    out.sort_by(|a, b| (b.current, &b.last_seen_at).cmp(&(a.current, &a.last_seen_at)));
    Ok(out)
}

/// "Firefox on Linux": as much as helps to tell one's devices apart.
fn device(agent: &str) -> String {
    let pick = |table: &[(&str, &str)]| table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned());
    let browser = pick(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chromium"), ("Safari/", "Safari")]);
    let system = pick(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(b), Some(s)) => format!("{b} · {s}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => agent.chars().take(40).collect(),
    }
}

pub async fn revoke_session(ctx: &Ctx, id: Id) -> Result<()> {
    ctx.may_write()?;
    let mut docs = ctx.app.0.store.docs(Table::Session, Some(&ctx.me.id.to_string())).await.map_err(fault)?;
    docs.retain(|(_, doc)| Id::parse(str_of(doc, "session")) == Some(id));
    let (key, _) = docs.pop().ok_or(Error::NotFound)?;
    drop_session(&ctx.app, &key).await
}

fn token_info(doc: &Fields) -> Option<TokenInfo> {
    let some = |name: &str| Some(str_of(doc, name).to_owned()).filter(|t| !t.is_empty());
    Some(TokenInfo {
        id: Id::parse(str_of(doc, "token"))?,
        name: str_of(doc, "name").to_owned(),
        scope: if str_of(doc, "scope") == "write" { TokenScope::Write } else { TokenScope::Read },
        prefix: str_of(doc, "prefix").to_owned(),
        created_at: str_of(doc, "created_at").to_owned(),
        last_used_at: some("last_used_at"),
        expires_at: some("expires_at"),
    })
}

pub async fn tokens(ctx: &Ctx) -> Result<Vec<TokenInfo>> {
    let docs = ctx.app.0.store.docs(Table::Token, Some(&ctx.me.id.to_string())).await.map_err(fault)?;
    let mut out: Vec<TokenInfo> = docs.iter().filter_map(|(_, doc)| token_info(doc)).collect();
    out.sort_by(|a, b| b.created_at.cmp(&a.created_at));
    Ok(out)
}

/// `days`: life in days; None: until revoked.
pub async fn create_token(ctx: &Ctx, name: &str, scope: TokenScope, days: Option<u32>) -> Result<NewToken> {
    ctx.may_write()?;
    ctx.need(Power::Tokens)?;
    let name = text::trimmed(name);
    if name.is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    if name.chars().count() > 80 {
        return Err(Error::Invalid { fields: vec![FieldError::new("name", "too_long").with("max", 80)] });
    }
    let secret = secret("rt_");
    let now = ctx.app.now();
    let expires = days.map(|d| time::instant(now + i64::from(d) * 86_400_000));
    let doc = object(json!({
        "token": new_id(), "user": ctx.me.id, "name": name, "scope": if scope == TokenScope::Write { "write" } else { "read" },
        "prefix": secret.get(..9), "created_at": time::instant(now), "expires_at": expires,
    }));
    ctx.app.0.store.put_doc(Table::Token, &digest(&secret), doc.clone()).await.map_err(fault)?;
    let info = token_info(&doc).ok_or(Error::Unavailable)?;
    Ok(NewToken { info, secret })
}

/// Another secret for the same token; the old one opens nothing any more.
pub(crate) async fn renew_token(ctx: &Ctx, id: Id) -> Result<NewToken> {
    ctx.may_write()?;
    let mut docs = ctx.app.0.store.docs(Table::Token, Some(&ctx.me.id.to_string())).await.map_err(fault)?;
    docs.retain(|(_, doc)| Id::parse(str_of(doc, "token")) == Some(id));
    let (old, mut doc) = docs.pop().ok_or(Error::NotFound)?;
    let secret = secret("rt_");
    doc.insert("prefix".to_owned(), secret.get(..9).into());
    ctx.app.0.store.put_doc(Table::Token, &digest(&secret), doc.clone()).await.map_err(fault)?;
    drop_token(&ctx.app, &old).await?;
    let info = token_info(&doc).ok_or(Error::Unavailable)?;
    Ok(NewToken { info, secret })
}

pub async fn revoke_token(ctx: &Ctx, id: Id) -> Result<()> {
    ctx.may_write()?;
    let mut docs = ctx.app.0.store.docs(Table::Token, Some(&ctx.me.id.to_string())).await.map_err(fault)?;
    docs.retain(|(_, doc)| Id::parse(str_of(doc, "token")) == Some(id));
    let (key, _) = docs.pop().ok_or(Error::NotFound)?;
    drop_token(&ctx.app, &key).await
}

/// Name, language and time zone of oneself.
pub async fn update_me(ctx: &Ctx, name: &str, locale: Locale, time_zone: &str) -> Result<Me> {
    ctx.may_write()?;
    if ctx.actor().is_none() {
        return Err(Error::Forbidden);
    }
    // Everybody may change these of themselves, whatever their role may do with users.
    let system = ctx.app.system("profile");
    let fields = object(json!({"name": name, "locale": locale.tag(), "time_zone": time_zone}));
    let user = records::get(&system, Kind::User, ctx.me.id).await?;
    let patch = domain::record::Patch { fields, version: user.version, base: Fields::new() };
    let acting = Ctx { me: Arc::new(Me { role: Role::Owner, ..(*ctx.me).clone() }), ..ctx.clone() };
    let user = records::update(&acting, Kind::User, ctx.me.id, patch).await?;
    ctx_of(&ctx.app, &user, ctx.via.clone()).map(|c| (*c.me).clone()).ok_or(Error::Unauthenticated)
}
