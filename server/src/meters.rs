//! What operators watch: requests by route and status, how long they take, open live streams; beside whatever the store
//! counts. `/metrics` is for the machine itself and for administrators' tokens.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use domain::Error;
use http::{Method, StatusCode, header};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::fault::Fault;
use crate::visits::{self, Door, Proof};

const REQUESTS: &str = "rapport_http_requests_total";
const SECONDS: &str = "rapport_http_request_seconds";
const STREAMS: &str = "rapport_live_streams";

const BUCKETS: [f64; 13] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Once per process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &BUCKETS)?.install_recorder()?;
    metrics::describe_counter!(REQUESTS, "Requests answered, by method, route and status.");
    metrics::describe_histogram!(SECONDS, "Seconds until the answer began, by method and route.");
    metrics::describe_gauge!(STREAMS, "Open live streams.");
    metrics::describe_counter!("rapport_db_queries_total", "Statements sent to the database.");
    metrics::describe_counter!("rapport_db_retries_total", "Statements tried again after a conflict.");
    metrics::describe_counter!("rapport_db_failures_total", "Statements that failed for a reason of the database's own.");
    metrics::gauge!(STREAMS).set(0.0);
    Ok(handle)
}

pub fn request(method: &Method, route: &str, status: StatusCode, took: Duration) {
    // Methods are free text: only the known ones become labels, or strangers could fill the memory with new ones.
    let method = match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PATCH | Method::PUT | Method::DELETE | Method::OPTIONS => method.to_string(),
        _ => "other".to_owned(),
    };
    let route = route.to_owned();
    metrics::counter!(REQUESTS, "method" => method.clone(), "route" => route.clone(), "status" => status.as_u16().to_string()).increment(1);
    metrics::histogram!(SECONDS, "method" => method, "route" => route).record(took.as_secs_f64());
}

/// Counts one open stream for as long as it lives.
pub struct StreamCount;

impl StreamCount {
    pub fn open() -> Self {
        metrics::gauge!(STREAMS).increment(1.0);
        Self
    }
}

impl Drop for StreamCount {
    fn drop(&mut self) {
        metrics::gauge!(STREAMS).decrement(1.0);
    }
}

pub async fn page(State(door): State<Door>, request: Request) -> Response {
    // A proxy on this machine also calls from a loopback address: what it forwards is not from here.
    let forwarded = ["x-forwarded-for", "forwarded", "via", "x-real-ip"].iter().any(|h| request.headers().contains_key(*h));
    let local = !forwarded && !door.options.behind_proxy && visits::peer(&request).is_some_and(|ip| ip.is_loopback());
    if !local {
        let proof = Proof::of(request.headers(), door.app.config().tls);
        match (&proof, proof.resolve(&door.app).await) {
            (Proof::Token(_), Ok(Some(ctx))) if ctx.me.role.is_admin() => {}
            (_, Err(e)) => return Fault::from(e).into_response(),
            (_, Ok(Some(_))) => return Fault::from(Error::Forbidden).into_response(),
            (_, Ok(None)) => return Fault::from(Error::Unauthenticated).into_response(),
        }
    }
    match &door.options.metrics {
        Some(handle) => {
            let db = door.app.counters();
            metrics::counter!("rapport_db_queries_total").absolute(db.queries.load(Ordering::Relaxed));
            metrics::counter!("rapport_db_retries_total").absolute(db.retries.load(Ordering::Relaxed));
            metrics::counter!("rapport_db_failures_total").absolute(db.failures.load(Ordering::Relaxed));
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        }
        None => Fault::not_found().into_response(),
    }
}
