//! The whole HTTP side in one function, for the program and for its tests: which path goes where, and through which
//! layers. From the outside in: security headers, the edge (request id, log, patience, panics, words for refusals),
//! compression, then per door: size of bodies, forgery guard, who visits, and the door itself.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRef, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Router, middleware};
use http::{StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::LeptosRoutes;
use metrics_exporter_prometheus::PrometheusHandle;
use service::{App, Visit};
use tokio::sync::watch;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::ConfigError;

use crate::assets::Site;
use crate::edge::SMALL;
use crate::fault::Fault;
use crate::rest::gate::Gate;
use crate::security::{Nonce, Tls};
use crate::visits::Door;
use crate::{assets, edge, feeds, invitation, meters, pages, rest, security, visits};

/// What the operator decided about the doors.
#[derive(Clone, Default)]
pub struct Options {
    /// Folder that `script/build-web` filled; None: nothing for browsers to load.
    pub site: Option<PathBuf>,
    /// `https://crm.example.com`: what browsers send as `Origin`.
    pub origin: Option<String>,
    /// A proxy stands before us, and its `X-Forwarded-For` is to be believed.
    pub behind_proxy: bool,
    pub metrics: Option<PrometheusHandle>,
    pub closing: Closing,
}

/// Turns true when the server closes: streams that would never end do then.
#[derive(Clone, Default)]
pub struct Closing(Option<watch::Receiver<bool>>);

impl Closing {
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(Some(receiver)))
    }

    pub async fn wait(self) {
        if let Some(mut receiver) = self.0
            && receiver.wait_for(|closing| *closing).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

#[derive(Clone, FromRef)]
struct Parts {
    leptos: LeptosOptions,
    assets: Arc<app::Assets>,
}

/// Every path of the product.
///
/// # Errors
/// When `options.origin` is no origin.
pub fn router(app: App, options: Options) -> Result<Router, ConfigError> {
    let tls = Tls(app.config().tls);
    let site = Site::of(options.site.as_deref());
    let gate = Gate::default();
    let door = Door { app, options: options.clone(), gate: gate.clone() };
    let who = middleware::from_fn_with_state(door.clone(), visits::resolve);
    let guard = security::forgery_guard(options.origin.as_deref())?;

    let api = rest::router(gate, options.closing.clone());
    let functions = Router::new()
        .route("/api/app/{*function}", any(server_function))
        .layer(middleware::from_fn_with_state(SMALL, edge::announced_size));
    // Whoever holds a link needs no sign-in; the guard against forged requests stands before it as well.
    let invitation = get(invitation::show).post(invitation::answer);
    let links = Router::new().route("/invitation/{token}", invitation).with_state(door.clone());
    let visited = screens(&site)
        .merge(links)
        .merge(functions)
        .merge(api)
        .layer(who)
        .layer(guard)
        .layer(middleware::from_fn(security::without_ambient_authority));

    let plain = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(meters::page))
        .route("/calendar/{file}", get(feeds::serve))
        .route("/api", any(async || Fault::not_found()))
        .route("/api/{*rest}", any(async || Fault::not_found()))
        .with_state(door)
        .merge(assets::router(&site));

    let router = plain
        .merge(visited)
        .method_not_allowed_fallback(async || Fault::new(StatusCode::METHOD_NOT_ALLOWED, "method"))
        .layer(DefaultBodyLimit::max(SMALL))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn(edge::around))
        .layer(middleware::from_fn_with_state(tls, security::headers));
    Ok(router)
}

/// Every path of a server whose database does not answer yet.
pub fn while_waiting(tls: bool) -> Router {
    let away = async || Fault::from(domain::Error::Unavailable);
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .fallback(away)
        .method_not_allowed_fallback(away)
        .layer(middleware::from_fn(edge::around))
        .layer(middleware::from_fn_with_state(Tls(tls), security::headers))
}

/// The app's pages, drawn on the server. What is no page is one that says so.
fn screens(site: &Site) -> Router {
    let leptos =
        LeptosOptions::builder().output_name("rapport").site_root(site.root.to_string_lossy().into_owned()).site_pkg_dir("pkg").build();
    let parts = Parts { leptos, assets: Arc::new(app::Assets { version: site.version.clone(), packs: site.packs.clone() }) };
    let document = {
        let assets = Arc::clone(&parts.assets);
        move || app::document(&assets)
    };
    // Server functions have a door of their own: theirs has no limit on bodies.
    let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let routes = leptos_axum::generate_route_list_with_exclusions(app::App, Some(functions));
    Router::new()
        .leptos_routes_with_context(&parts, routes, in_context, document.clone())
        .fallback(leptos_axum::render_app_async_with_context(in_context, document))
        .with_state(parts)
        .layer(middleware::from_fn(pages::guard))
}

/// What pages and server functions find in their context: the visit, and the nonce of this answer.
fn in_context() {
    let parts = leptos::prelude::use_context::<http::request::Parts>();
    if let Some(visit) = parts.as_ref().and_then(|p| p.extensions.get::<Visit>()) {
        provide_context(visit.clone());
    }
    if let Some(nonce) = parts.as_ref().and_then(|p| p.extensions.get::<Nonce>()) {
        provide_context(leptos::nonce::Nonce::from_value(Arc::clone(&nonce.0)));
    }
}

/// Server functions read their bodies themselves, without a limit: it is set here.
async fn server_function(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, SMALL).await else {
        return Fault::too_large(SMALL).into_response();
    };
    let known = leptos::server_fn::axum::get_server_fn_service(parts.uri.path(), parts.method.clone()).is_some();
    if !known {
        return Fault::not_found().into_response();
    }
    let mut response =
        leptos_axum::handle_server_fns_with_context(in_context, Request::from_parts(parts, Body::from(bytes))).await.into_response();
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(header::HeaderValue::from_static("no-store"));
    response
}

async fn readyz(State(door): State<Door>) -> Response {
    match door.app.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(e) => Fault::from(e).into_response(),
    }
}
