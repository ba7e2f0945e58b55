//! What browsers load: the built half of the app (`/pkg`), icons and manifest beside it, and the tables of words. What is
//! asked for by its hash may be kept for ever; the rest is asked for again, and mostly found unchanged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{Path as Segment, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Locale;
use http::{HeaderValue, StatusCode, header};
use tower_http::services::{ServeDir, ServeFile};

use crate::fault::Fault;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The folder that `script/build-web` filled.
#[derive(Clone, Debug)]
pub struct Site {
    pub root: PathBuf,
    /// Hash of its content; "0" while there is none.
    pub version: String,
    /// The rooms that have their parts packed; none where the browser half is in one piece.
    pub packs: BTreeSet<String>,
}

impl Site {
    pub fn of(root: Option<&Path>) -> Self {
        let root = root.map_or_else(|| PathBuf::from("/nonexistent"), Path::to_path_buf);
        let version = std::fs::read_to_string(root.join("pkg/hash.txt")).map(|t| t.trim().to_owned());
        let files = std::fs::read_dir(root.join("pkg")).into_iter().flatten().flatten();
        let packs = files
            .filter_map(|f| Some(f.file_name().to_str()?.strip_suffix(".pack").filter(|room| !room.contains('.'))?.to_owned()))
            .collect();
        Self { version: version.ok().filter(|v| !v.is_empty()).unwrap_or_else(|| "0".to_owned()), packs, root }
    }

    /// Is there anything that a browser could start?
    pub fn is_built(&self) -> bool {
        ["rapport.js", "rapport_bg.wasm"].iter().all(|f| self.root.join("pkg").join(f).is_file())
    }
}

pub fn router<S: Clone + Send + Sync + 'static>(site: &Site) -> Router<S> {
    let pkg = ServeDir::new(site.root.join("pkg")).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
    let mut router = Router::new().nest_service("/pkg", pkg);
    // Icons and the manifest lie beside `pkg` and are few: each is a route of its own, so that pages cost no look at the disk.
    for name in top_files(&site.root) {
        let file = ServeFile::new(site.root.join(&name)).precompressed_br().precompressed_gzip();
        router = router.route_service(&format!("/{name}"), file);
    }
    router.layer(middleware::from_fn_with_state(site.version.clone(), caching)).route("/i18n/{table}", get(words))
}

fn top_files(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let files = entries.filter(|e| e.path().is_file()).filter_map(|e| e.file_name().into_string().ok());
    let plain = |n: &String| !n.starts_with('.') && n.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    files.filter(plain).filter(|n| !n.ends_with(".br") && !n.ends_with(".gz")).collect()
}

async fn caching(State(version): State<String>, request: Request, next: Next) -> Response {
    let kept = request.uri().query().and_then(|q| q.strip_prefix("v=")).is_some_and(|v| v == version);
    let mut response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return Fault::not_found().into_response();
    }
    response.headers_mut().insert(header::CACHE_CONTROL, if kept { FOR_EVER } else { ASK_AGAIN });
    response
}

/// `/i18n/uk.json`
async fn words(Segment(table): Segment<String>, request: Request) -> Response {
    let Some(locale) = Locale::ALL.into_iter().find(|l| table.strip_suffix(".json") == Some(l.tag())) else {
        return Fault::not_found().into_response();
    };
    let address = app::i18n::address(locale);
    let version = address.rsplit_once("v=").map_or("", |(_, v)| v);
    let etag = format!("\"{version}\"");
    let kept = request.uri().query().and_then(|q| q.strip_prefix("v=")).is_some_and(|v| v == version);
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], app::i18n::json(locale)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, if kept { FOR_EVER } else { ASK_AGAIN });
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    response
}
