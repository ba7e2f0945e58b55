//! The REST interface, `/api/v1`. One set of handlers serves every kind of record from its schema. Each path is put up
//! together with its description, so the OpenAPI document cannot say anything else than what is there.

use axum::extract::DefaultBodyLimit;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Router, middleware};
use bytes::Bytes;
use domain::Kind;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::app_router::Closing;
use crate::edge;
use crate::fault::Fault;

pub mod api;
pub mod body;
mod booking;
mod calendar;
mod deals;
mod docs;
pub mod examples;
mod export;
mod feeds;
pub mod gate;
mod imports;
mod me;
mod notices;
pub mod openapi;
pub mod params;
mod records;
mod replies;
pub mod shape;
mod sources;
mod time_report;
mod today;
mod views;
mod workspace;

use api::Api;
use gate::Gate;

/// Everything below `/api/v1`, and the page that explains it.
pub fn router(gate: Gate, closing: Closing) -> Router {
    let mut api = Api::default();
    for kind in Kind::ALL {
        api = records::put_up(api, kind);
        api = export::put_up(api, kind);
    }
    api = deals::put_up(api);
    api = calendar::put_up(api);
    api = booking::put_up(api);
    api = today::put_up(api);
    api = time_report::put_up(api);
    api = feeds::put_up(api);
    api = sources::put_up(api);
    api = replies::put_up(api);
    api = views::put_up(api);
    api = me::put_up(api);
    api = notices::put_up(api);
    api = workspace::put_up(api);
    let (small, mut paths) = api.done();
    let (files, more) = imports::put_up(Api::default()).done();
    paths.extend(more);
    paths.extend(openapi::live_path());

    let small = small.layer(DefaultBodyLimit::max(edge::SMALL)).layer(middleware::from_fn_with_state(edge::SMALL, edge::announced_size));
    let files = files
        .layer(DefaultBodyLimit::max(imports::MAX_BODY))
        .layer(middleware::from_fn_with_state(imports::MAX_BODY, edge::announced_size));
    let live = Router::new().route("/live", get(crate::live::stream)).with_state(closing);

    let document = openapi::document(paths);
    let page = docs::page(&document);
    let json = Bytes::from(document.to_string());
    let inner = small
        .merge(files)
        .merge(live)
        .route("/openapi.json", get(move |headers: HeaderMap| kept(headers, json)))
        .route("/", any(async || Fault::not_found()))
        .fallback(async || Fault::not_found())
        .method_not_allowed_fallback(async || Fault::new(StatusCode::METHOD_NOT_ALLOWED, "method"))
        .layer(middleware::from_fn_with_state(gate, gate::strangers))
        .layer(middleware::map_response(private));
    let page = get(async move |nonce: axum::Extension<crate::security::Nonce>| Html(page.replace("NONCE", &nonce.0.0)));
    Router::new().nest("/api/v1", inner).route("/api/docs", page)
}

/// Answers are for the one who asked; a browser may keep them but asks whether they still hold.
async fn private(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response.headers_mut().append(header::VARY, HeaderValue::from_static("authorization, cookie"));
    response
}

async fn kept(headers: HeaderMap, json: Bytes) -> Response {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(&json);
    let etag = format!("\"{}\"", hash.iter().take(8).map(|b| format!("{b:02x}")).collect::<String>());
    if headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, etag)], json).into_response()
}
