//! Oneself: who the token is, one's sessions and tokens. And what administrators do with those of others.

use axum::response::{IntoResponse, Response};
use domain::auth::TokenScope;
use domain::{FieldError, Locale};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::repeat::once;
use service::{Ctx, Via, auth};

use super::api::{self, Api, Op, schema};
use super::body::{IdempotencyKey, Json, OfId};
use super::examples;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    let sessions = || api::page_of(schema("Session"));
    let me = Op::new("me", "getMe", "Who the token or session is").ok(200, "You.", schema("Me"));
    let update = Op::new("me", "updateMe", "Change your name, language or time zone")
        .body(json!({
            "type": "object", "additionalProperties": false,
            "properties": {"name": api::string(), "locale": schema("Locale"), "time_zone": {"type": "string", "description": "IANA name."}},
        }), examples::me())
        .ok(200, "You.", schema("Me"));
    let password = Op::new("me", "changePassword", "Change your password; your other sessions end, your tokens stay")
        .body(json!({
            "type": "object", "additionalProperties": false, "required": ["old", "new"],
            "properties": {"old": {"type": "string", "format": "password"}, "new": {"type": "string", "format": "password", "minLength": domain::auth::PASSWORD_MIN}},
        }), examples::passwords())
        .empty(204, "Changed.");
    let own_sessions = Op::new("me", "listSessions", "Where you are signed in").ok(200, "The sessions.", sessions());
    let end_session = Op::new("me", "deleteSession", "End a session").empty(204, "Ended.");
    let tokens =
        Op::new("me", "listTokens", "Your API tokens, without their secrets").ok(200, "The tokens.", api::page_of(schema("Token")));
    let create = Op::new("me", "createToken", "Make an API token")
        .about("The answer is the only time that the secret is shown. A repeated request gives the token another secret, and the first one no \
            longer holds.")
        .repeatable()
        .body(json!({
            "type": "object", "additionalProperties": false, "required": ["name", "scope"],
            "properties": {
                "name": {"type": "string", "maxLength": 80},
                "scope": {"type": "string", "enum": ["read", "write"]},
                "days": {"type": ["integer", "null"], "minimum": 1, "maximum": 3650, "description": "Life in days; without it, until revoked."},
            },
        }), examples::token())
        .ok(201, "The token and its secret.", schema("NewToken"));
    let revoke = Op::new("me", "deleteToken", "Revoke an API token").empty(204, "Revoked.");
    let sessions_of =
        Op::new("users", "listSessionsOf", "Where somebody is signed in (administrators)").ok(200, "The sessions.", sessions());
    let set_password =
        Op::new("users", "setPassword", "Set somebody's password; their sessions end and their tokens are taken back (administrators)")
            .body(
                json!({
                    "type": "object", "additionalProperties": false, "required": ["password"],
                    "properties": {"password": {"type": "string", "format": "password", "minLength": domain::auth::PASSWORD_MIN}},
                }),
                examples::password(),
            )
            .empty(204, "Set.");

    api.get("/me", me, async |Caller(ctx): Caller| axum::Json(of(&ctx)))
        .patch("/me", update, async |Caller(ctx): Caller, Json(sent): Json<Profile>| {
            let me = &ctx.me;
            let (name, zone) = (sent.name.as_deref().unwrap_or(&me.name), sent.time_zone.as_deref().unwrap_or(&me.time_zone));
            let me = auth::update_me(&ctx, name, sent.locale.unwrap_or(me.locale), zone).await?;
            Ok::<_, Fault>(axum::Json(of(&Ctx { me: me.into(), ..ctx })))
        })
        .post("/me/password", password, async |Caller(ctx): Caller, Json(sent): Json<Passwords>| {
            auth::change_password(&ctx, &sent.old, &sent.new).await?;
            Ok::<_, Fault>(StatusCode::NO_CONTENT)
        })
        .get("/sessions", own_sessions, async |Caller(ctx): Caller| Ok::<_, Fault>(all(auth::sessions(&ctx).await?)))
        .delete("/sessions/{id}", end_session, async |Caller(ctx): Caller, OfId(id): OfId| {
            auth::revoke_session(&ctx, id).await?;
            Ok::<_, Fault>(StatusCode::NO_CONTENT)
        })
        .get("/tokens", tokens, async |Caller(ctx): Caller| Ok::<_, Fault>(all(auth::tokens(&ctx).await?)))
        .post("/tokens", create, async |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<TokenWish>| {
            create_token(ctx, key, sent).await
        })
        .delete("/tokens/{id}", revoke, async |Caller(ctx): Caller, OfId(id): OfId| {
            auth::revoke_token(&ctx, id).await?;
            Ok::<_, Fault>(StatusCode::NO_CONTENT)
        })
        .get("/users/{id}/sessions", sessions_of, async |Caller(ctx): Caller, OfId(id): OfId| {
            Ok::<_, Fault>(all(service::users::sessions_of(&ctx, id).await?))
        })
        .put("/users/{id}/password", set_password, async |Caller(ctx): Caller, OfId(id): OfId, Json(sent): Json<Password>| {
            service::users::set_password(&ctx, id, &sent.password).await?;
            Ok::<_, Fault>(StatusCode::NO_CONTENT)
        })
}

#[derive(Deserialize, Serialize)]
struct Profile {
    name: Option<String>,
    locale: Option<Locale>,
    time_zone: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Passwords {
    old: String,
    new: String,
}

#[derive(Deserialize, Serialize)]
struct Password {
    password: String,
}

#[derive(Deserialize, Serialize)]
struct TokenWish {
    name: String,
    scope: TokenScope,
    days: Option<u32>,
}

/// The person, and through what: `"via": "session"`, or `"token"` with its scope.
fn of(ctx: &Ctx) -> Value {
    let mut value = serde_json::to_value(&*ctx.me).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        let (via, scope) = match &ctx.via {
            Via::Session(_) => ("session", None),
            Via::Token { scope, .. } => ("token", Some(*scope)),
            Via::System(_) => ("system", None),
        };
        object.insert("via".into(), via.into());
        object.insert("scope".into(), serde_json::to_value(scope).unwrap_or_default());
    }
    value
}

fn all<T: serde::Serialize>(items: Vec<T>) -> Response {
    axum::Json(json!({"items": items, "next": null})).into_response()
}

async fn create_token(ctx: Ctx, key: IdempotencyKey, wish: TokenWish) -> Result<Response> {
    if wish.days.is_some_and(|d| !(1..=3650).contains(&d)) {
        return Err(domain::Error::Invalid { fields: vec![FieldError::new("days", "parameter_number").with("max", 3650)] }.into());
    }
    let key = key.at(&ctx, "token", &wish);
    let me = ctx.clone();
    let token = once(&ctx, key, async move { auth::create_token(&me, &wish.name, wish.scope, wish.days).await }).await?;
    let mut response = (StatusCode::CREATED, axum::Json(&token)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
