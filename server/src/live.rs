//! The live stream: one connection per browser tab that tells what changed, as ids and versions. Resumable: a browser
//! that comes back says the last event it saw. It ends when the session does, and when the server closes.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::live::LiveEvent;
use domain::{FieldError, Id};
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use service::App;

use crate::app_router::Closing;
use crate::fault::{Fault, Result};
use crate::meters::StreamCount;
use crate::rest::params::Params;
use crate::visits::{Caller, Proof};

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often a stream asks whether its session or token still holds: a token may have come to its end, and word of another
/// server's ending may have been lost.
const STILL_THERE: Duration = Duration::from_secs(10);
/// What a browser waits before it comes back.
const RETRY: Duration = Duration::from_millis(1500);

pub async fn stream(
    Caller(ctx): Caller,
    Extension(proof): Extension<Proof>,
    State(closing): State<Closing>,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response> {
    let asked = params.id("last");
    params.done()?;
    let last = match headers.get("last-event-id").map(|v| v.to_str().unwrap_or_default()) {
        None | Some("") => asked,
        Some(text) => {
            let bad = || Fault::parameters(vec![FieldError::new("Last-Event-ID", "reference")]);
            Some(Id::parse(text).ok_or_else(bad)?)
        }
    };
    // Whoever loses the line before anything was told goes on from here.
    let place = last.unwrap_or_else(|| ctx.app.live_place());
    let events = service::live::subscribe(&ctx, last).await?;
    let open = StreamCount::open();
    let ended = futures::future::select(Box::pin(gone(ctx.app.clone(), proof)), Box::pin(closing.wait()));
    // The first bytes go out at once, so that the browser knows it is connected.
    let hello = stream::iter([Ok::<_, Infallible>(Event::default().retry(RETRY).id(place.to_string()).comment("connected"))]);
    let events = events.filter_map(|(id, event)| async move { written(id, &event) }).map(move |event| {
        let _counted = &open;
        Ok(event)
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    let mut response = Sse::new(hello.chain(events).take_until(ended.map(|_| ()))).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, no-transform"));
    // Proxies that gather answers before they pass them on would hold the news back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn written(id: Option<Id>, event: &LiveEvent) -> Option<Event> {
    let written = Event::default().json_data(event).ok()?;
    Some(match id {
        Some(id) => written.id(id.to_string()),
        None => written,
    })
}

/// Until the session or token is revoked, which is told at once, or the token expires. A database that is away for a moment
/// ends nothing.
async fn gone(app: App, proof: Proof) {
    let Some(secret) = proof.secret() else { return };
    let mut over = std::pin::pin!(service::auth::until_over(&app, secret));
    // It may have ended since it was looked at last: before anybody listened.
    let mut look = tokio::time::interval(STILL_THERE);
    loop {
        tokio::select! {
            () = &mut over => return,
            _ = look.tick() => {
                if matches!(proof.resolve(&app).await, Ok(None)) {
                    return;
                }
            }
        }
    }
}
