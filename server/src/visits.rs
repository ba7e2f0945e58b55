//! Who is at the door: the session cookie or the bearer token of a request becomes a [`Visit`] beside it. A request with a
//! token is judged by the token alone, never by a cookie that came along.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use domain::auth::TokenScope;
use domain::{Error, Locale};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use service::{App, Ctx, Via, Visit};

use crate::app_router::Options;
use crate::fault::Fault;
use crate::rest::gate::Gate;

#[derive(Clone)]
pub struct Door {
    pub app: App,
    pub options: Options,
    pub gate: Gate,
}

/// How the visitor showed who they are; the live stream asks again now and then whether it still holds.
#[derive(Clone)]
pub enum Proof {
    None,
    Session(String),
    Token(String),
}

impl Proof {
    /// A bearer token, else the session cookie. Only `Bearer` counts: other schemes may be the proxy's, and browsers send
    /// those on their own.
    pub fn of(headers: &HeaderMap, tls: bool) -> Self {
        if let Some(token) = bearer(headers) {
            return Self::Token(token.to_owned());
        }
        match CookieJar::from_headers(headers).get(session_cookie(tls)) {
            Some(cookie) if !cookie.value().is_empty() => Self::Session(cookie.value().to_owned()),
            _ => Self::None,
        }
    }

    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Session(secret) | Self::Token(secret) => Some(secret),
        }
    }

    pub async fn resolve(&self, app: &App) -> domain::Result<Option<Ctx>> {
        match self {
            Self::None => Ok(None),
            Self::Session(secret) => service::auth::by_session(app, secret).await,
            Self::Token(secret) => service::auth::by_token(app, secret).await,
        }
    }
}

/// The browser itself holds a `__Host-` cookie to TLS, to this host, and to the whole of it.
pub const fn session_cookie(tls: bool) -> &'static str {
    if tls { "__Host-rapport_session" } else { "rapport_session" }
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|t| !t.is_empty())
}

/// Puts the [`Visit`] and its [`Proof`] beside the request.
pub async fn resolve(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let proof = Proof::of(headers, door.app.config().tls);
    let address = address(&request, door.options.behind_proxy);
    let agent: String = text(headers, &header::USER_AGENT).chars().take(300).collect();
    let asked = asked_locale(headers);

    let ctx = match proof.resolve(&door.app).await {
        Ok(ctx) => ctx,
        Err(error) => return with_locale(Fault::from(error).into_response(), asked),
    };
    let locale = ctx.as_ref().map_or(asked, |c| c.me.locale);
    let refused = match (&ctx, &proof) {
        (None, Proof::Token(_)) => {
            // Guessing tokens is slowed down like any other stranger's knocking.
            Some(door.gate.pass(&address).err().map_or_else(|| Error::Unauthenticated.into(), Fault::from))
        }
        (Some(ctx), _) if reads_only(ctx) && !request.method().is_safe() => Some(Fault::new(StatusCode::FORBIDDEN, "read_only_token")),
        _ => None,
    };
    if let Some(fault) = refused {
        return with_locale(fault.into_response(), locale);
    }
    let visit = Visit { app: door.app.clone(), ctx, locale, address, agent };
    request.extensions_mut().insert(visit);
    request.extensions_mut().insert(proof);
    with_locale(next.run(request).await, locale)
}

fn reads_only(ctx: &Ctx) -> bool {
    matches!(ctx.via, Via::Token { scope: TokenScope::Read, .. })
}

/// Tells the edge in which language to refuse.
fn with_locale(mut response: Response, locale: Locale) -> Response {
    response.extensions_mut().insert(locale);
    response
}

/// The cookie that the language menu sets, else what the browser prefers.
pub fn asked_locale(headers: &HeaderMap) -> Locale {
    let jar = CookieJar::from_headers(headers);
    jar.get("rapport_locale")
        .and_then(|c| Locale::parse(c.value()))
        .unwrap_or_else(|| Locale::negotiate(text(headers, &header::ACCEPT_LANGUAGE)))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

pub fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical())
}

/// Where the visitor sits. Behind a proxy the last `X-Forwarded-For` entry, which the proxy itself wrote; what stands
/// before it anybody could have sent.
pub fn address(request: &Request, behind_proxy: bool) -> String {
    let forwarded = || {
        let all = request.headers().get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
        all.flat_map(|v| v.split(',')).next_back()?.trim().parse::<IpAddr>().ok()
    };
    let ip = behind_proxy.then(forwarded).flatten().or_else(|| peer(request));
    ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_canonical().to_string())
}

/// For handlers: the signed-in person. Refuses everybody else.
pub struct Caller(pub Ctx);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let visit = parts.extensions.get::<Visit>().ok_or(Error::Unauthenticated)?;
        Ok(Self(visit.signed_in()?.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (header::HeaderName::from_static(n), header::HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn a_token_hides_the_cookie_and_other_schemes_do_not() {
        let both = headers(&[("authorization", "bearer  abc"), ("cookie", "rapport_session=s")]);
        assert!(matches!(Proof::of(&both, false), Proof::Token(t) if t == "abc"));
        let basic = headers(&[("authorization", "Basic dTpw"), ("cookie", "rapport_session=s")]);
        assert!(matches!(Proof::of(&basic, false), Proof::Session(s) if s == "s"));
        assert!(matches!(Proof::of(&basic, true), Proof::None), "with TLS only the __Host- cookie counts");
    }

    #[test]
    fn only_the_proxys_own_word_is_believed() {
        let mut request = Request::new(axum::body::Body::empty());
        request.headers_mut().insert("x-forwarded-for", header::HeaderValue::from_static("6.6.6.6, 203.0.113.9"));
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        assert_eq!(address(&request, true), "203.0.113.9");
        assert_eq!(address(&request, false), "127.0.0.1");
    }
}
