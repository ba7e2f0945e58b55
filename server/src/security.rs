//! What every answer carries so that a browser defends the person: content security policy with a nonce per request, and
//! its lesser siblings. And the guard against forged requests: a browser says where a request comes from
//! (`Sec-Fetch-Site`, `Origin`), and what is not from here may change nothing in a signed-in person's name.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::csrf::{ConfigError, CsrfLayer, ProtectionError, ResponseForProtectionError};

use crate::fault::Fault;
use crate::visits;

/// The number used once that marks this answer's own scripts.
#[derive(Clone)]
pub struct Nonce(pub Arc<str>);

impl Nonce {
    fn fresh() -> Self {
        let bytes: [u8; 16] = rand::random();
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }
}

/// TLS in front: browsers are told to stay with it.
#[derive(Clone, Copy)]
pub struct Tls(pub bool);

const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
];

pub async fn headers(State(Tls(tls)): State<Tls>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::fresh();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce.0)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    response
}

/// `style-src-attr`: bars and columns set their lengths as CSS variables in `style` attributes. `wasm-unsafe-eval` lets
/// the app's own WebAssembly start.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// Refuses requests that change something and come from a foreign page. `origin`: the address people use, where it is
/// not the one this program sees (a proxy that rewrites `Host`).
pub fn forgery_guard(origin: Option<&str>) -> Result<CsrfLayer<Refusal>, ConfigError> {
    let layer = CsrfLayer::new();
    let layer = match origin {
        Some(origin) => layer.add_trusted_origin(origin)?,
        None => layer,
    };
    Ok(layer.with_rejection_response(Refusal))
}

#[derive(Clone, Copy)]
pub struct Refusal;

impl ResponseForProtectionError<Body> for Refusal {
    fn response_for_protection_error(&mut self, _: ProtectionError) -> Response<Body> {
        Fault::new(StatusCode::FORBIDDEN, "cross_site").into_response()
    }
}

/// A bearer token is never sent by a browser on its own: nobody can forge such a request, so where it comes from is of no
/// matter to the guard.
pub async fn without_ambient_authority(mut request: Request, next: Next) -> Response {
    if visits::bearer(request.headers()).is_some() {
        request.headers_mut().remove(header::ORIGIN);
        request.headers_mut().remove("sec-fetch-site");
    }
    next.run(request).await
}
