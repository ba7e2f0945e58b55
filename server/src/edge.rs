//! The outermost layer: every request gets an id and a line in the log, is measured, may not take for ever, and whatever
//! becomes of it, even a panic, ends in an answer that makes sense to whoever asked.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Locale;
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tracing::Instrument;

use crate::fault::Fault;
use crate::security::Nonce;
use crate::{meters, pages, visits};

/// How long an answer may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same where a large file is read or written.
const PATIENCE_WITH_FILES: Duration = Duration::from_secs(600);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names this request in the log and, when something breaks, to the person.
#[derive(Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The proxy's own id when it sent a sensible one, so that both logs can be read together.
    fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(&REQUEST_ID).and_then(|v| v.to_str().ok());
        let plain = |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        Self(sent.filter(plain).map_or_else(|| format!("{:016x}", rand::random::<u64>()), str::to_owned))
    }
}

/// Whose words an answer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// Programs: problem documents.
    Problem,
    /// Server functions of the app: the error as the app knows it.
    App,
    /// People.
    Page,
}

impl Speech {
    fn of(path: &str) -> Self {
        if path.starts_with("/api/app/") {
            Self::App
        } else if path == "/api"
            || path.starts_with("/api/")
            || path.starts_with("/pkg/")
            || matches!(path, "/healthz" | "/readyz" | "/metrics")
        {
            Self::Problem
        } else {
            Self::Page
        }
    }
}

pub async fn around(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned());
    let asked = visits::asked_locale(request.headers());
    let wants_html = pages::wants_html(request.headers());
    let nonce = request.extensions().get::<Nonce>().map(|n| n.0.clone()).unwrap_or_default();
    let span = tracing::info_span!("request", id = %id.0, %method, %path);
    request.extensions_mut().insert(id.clone());

    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    let outcome = tokio::time::timeout(patience(&method, &path), work).instrument(span.clone()).await;
    let _here = span.enter();
    let mut response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(reference = %id.0, "panic: {}", words_of(panic.as_ref()));
            Fault::internal(&id.0).into_response()
        }
        Err(_) => {
            tracing::warn!("took longer than {} s", patience(&method, &path).as_secs());
            let mut fault = Fault::new(StatusCode::SERVICE_UNAVAILABLE, "timeout");
            fault.retry_after = Some(5);
            fault.into_response()
        }
    };
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        let locale = response.extensions().get::<Locale>().copied().unwrap_or(asked);
        let speech = match Speech::of(&path) {
            Speech::Page if !wants_html => Speech::Problem,
            other => other,
        };
        let said = match speech {
            Speech::Problem => fault.answer(locale),
            Speech::App => fault.answer_app(),
            Speech::Page => pages::fault(&fault, locale, &nonce, &method),
        };
        response = with_headers_of(response, said);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let took = begun.elapsed();
    meters::request(&method, route.as_deref().unwrap_or("other"), response.status(), took);
    match response.status() {
        s if s.is_server_error() => tracing::warn!(status = s.as_u16(), ms = took.as_millis(), "failed"),
        s => tracing::debug!(status = s.as_u16(), ms = took.as_millis(), "answered"),
    }
    response
}

/// Headers that were already set (`Allow`) stay.
fn with_headers_of(bare: Response, mut said: Response) -> Response {
    for (name, value) in bare.headers() {
        if name != http::header::CONTENT_LENGTH {
            said.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    said
}

fn patience(method: &Method, path: &str) -> Duration {
    let with_files = path.starts_with("/api/v1/imports") || path.starts_with("/api/app/import") || path.ends_with("/export");
    if with_files && (method == Method::POST || path.ends_with("/export")) { PATIENCE_WITH_FILES } else { PATIENCE }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// The largest body that is not a file.
pub const SMALL: usize = 1024 * 1024;

/// Refuses bodies that announce themselves as too large before a byte of them is read. Those that do not announce
/// themselves are cut off while they are read.
pub async fn announced_size(State(max): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|n| n > max as u64) {
        return Fault::too_large(max).into_response();
    }
    next.run(request).await
}
