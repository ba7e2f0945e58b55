//! Pages before the app: who has to sign in (or set the product up) first is sent there before anything is drawn, and
//! what stops a page from being drawn at all is said on a small page that needs nothing but itself.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Locale;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use service::Visit;

use crate::fault::Fault;
use crate::words;

const SIGN_IN: &str = "/sign-in";
const SET_UP: &str = "/set-up";

/// Sends people where they have to go first.
pub async fn guard(request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return Fault::internal("no-visit").into_response();
    };
    let path = request.uri().path();
    let before = matches!(path, SIGN_IN | SET_UP);
    let target = match &visit.ctx {
        Some(_) if before => Some(local_target(request.uri().query()).unwrap_or_else(|| "/".to_owned())),
        Some(_) => None,
        // What strangers book, and move or cancel by a link.
        None if is_for_anybody(path) => None,
        None => match visit.app.needs_setup().await {
            Err(e) => return Fault::from(e).into_response(),
            Ok(true) => (path != SET_UP).then(|| SET_UP.to_owned()),
            Ok(false) if path == SET_UP => Some(SIGN_IN.to_owned()),
            Ok(false) => (path != SIGN_IN).then(|| sign_in_for(&request)),
        },
    };
    let mut response = match target {
        Some(target) => Redirect::to(&target).into_response(),
        None => next.run(request).await,
    };
    // Pages hold what only this person may see: nobody keeps a copy.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_for_anybody(path: &str) -> bool {
    path.starts_with("/book/") || path.starts_with("/booking/")
}

fn sign_in_for(request: &Request) -> String {
    match request.uri().path_and_query().map(|p| p.as_str()) {
        None | Some("/") => SIGN_IN.to_owned(),
        Some(wanted) => format!("{SIGN_IN}?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish()),
    }
}

/// `next` of the query, when it stays in this house.
fn local_target(query: Option<&str>) -> Option<String> {
    let next = form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "next")?.1;
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && next.chars().all(|c| !c.is_control());
    (local && !next.starts_with(SIGN_IN) && !next.starts_with(SET_UP)).then(|| next.into_owned())
}

pub fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    accept.is_none_or(|a| a.contains("text/html") || a.contains("*/*"))
}

/// The page for people when there is no other. One that may work again soon tries by itself.
pub fn fault(fault: &Fault, locale: Locale, nonce: &str, method: &Method) -> Response {
    let again = fault.status == StatusCode::SERVICE_UNAVAILABLE && *method == Method::GET;
    let seconds = fault.retry_after.unwrap_or(5);
    let refresh = if again { format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">") } else { String::new() };
    let title = words::text(locale, if again { "door.away" } else { "door.stopped" });
    let text = escaped(&fault.sentence(locale));
    let hint = if again { words::filled(locale, "door.retries", &[("seconds", &seconds.to_string())]) } else { String::new() };
    let link = words::text(locale, if again { "action.retry" } else { "action.home" });
    // An empty address is this page itself.
    let href = if again { "" } else { "/" };
    let tag = locale.tag();
    let html = format!(
        "<!DOCTYPE html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         {refresh}<title>{title} · Rapport</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p><p class=\"hint\">{hint}</p><a href=\"{href}\">{link}</a></main></body></html>"
    );
    let mut response = (fault.status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fault.headers(response)
}

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;min-height:100dvh;display:grid;place-items:center;\
    font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}main{max-width:26rem;padding:2rem}\
    h1{font-size:1.375rem;margin:0 0 .5rem}p{margin:0 0 .75rem}.hint:empty{display:none}.hint{opacity:.75;font-size:.875rem}\
    a{display:inline-block;padding:.75rem 1.25rem;border:1px solid;border-radius:.5rem;color:inherit;text-decoration:none;font-weight:600}";

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::local_target;

    #[test]
    fn nobody_is_sent_out_of_the_house() {
        assert_eq!(local_target(Some("next=%2Fdeals%3Flayout%3Dboard")).as_deref(), Some("/deals?layout=board"));
        for bad in ["next=https%3A%2F%2Fevil.example", "next=%2F%2Fevil.example", "next=%2F%5Cevil.example", "next=%2Fsign-in", "next="] {
            assert_eq!(local_target(Some(bad)), None, "{bad}");
        }
    }
}
