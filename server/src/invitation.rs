//! `/invitation/TOKEN`: where the links of an invitation's letter lead. Looking shows what is asked; only the form's button answers,
//! since programs that check mail for harm open every link. No sign-in, no scripts.

use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Response};
use domain::calendar::Answer;
use domain::{Error, Locale};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use service::App;
use service::calendar::{self, Asked};

use crate::pages::escaped;
use crate::security::Nonce;
use crate::visits::{Door, asked_locale};
use crate::words;

#[derive(Deserialize)]
pub struct Said {
    answer: Answer,
}

pub async fn show(
    State(door): State<Door>,
    Path(token): Path<String>,
    nonce: Extension<Nonce>,
    headers: HeaderMap,
    uri: http::Uri,
) -> Response {
    let wanted =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).find(|(name, _)| name == "answer").map(|(_, v)| v.into_owned());
    match calendar::asked(&door.app, &token).await {
        Ok(asked) => page(&asked, &nonce.0.0, None, wanted.as_deref()),
        Err(e) => refused(&e, asked_locale(&headers), &nonce.0.0),
    }
}

pub async fn answer(
    State(door): State<Door>,
    Path(token): Path<String>,
    nonce: Extension<Nonce>,
    headers: HeaderMap,
    said: Result<Form<Said>, axum::extract::rejection::FormRejection>,
) -> Response {
    let locale = asked_locale(&headers);
    let Ok(Form(Said { answer })) = said else { return refused(&Error::invalid("answer", "choice"), locale, &nonce.0.0) };
    match answered(&door.app, &token, answer).await {
        Ok(asked) => page(&asked, &nonce.0.0, Some(answer), None),
        Err(e) => refused(&e, locale, &nonce.0.0),
    }
}

async fn answered(app: &App, token: &str, answer: Answer) -> domain::Result<Asked> {
    calendar::answer_by_link(app, token, answer).await?;
    calendar::asked(app, token).await
}

const WAYS: [(Answer, &str, &str); 3] = [
    (Answer::Accepted, "accepted", "mail.accept"),
    (Answer::Tentative, "tentative", "mail.tentative"),
    (Answer::Declined, "declined", "mail.decline"),
];

const fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Pending => "answer.pending",
        Answer::Accepted => "answer.accepted",
        Answer::Tentative => "answer.tentative",
        Answer::Declined => "answer.declined",
    }
}

/// `wanted`: the answer whose link was taken; its button comes first to the eye.
fn page(asked: &Asked, nonce: &str, given: Option<Answer>, wanted: Option<&str>) -> Response {
    let locale = asked.locale;
    let text = |key: &str| escaped(&words::text(locale, key));
    let filled = |key: &str, name: &str, value: &str| escaped(&words::filled(locale, key, &[(name, value)]));
    let row = |key: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("<dt>{}</dt><dd>{}</dd>", text(key), escaped(value)) }
    };
    let lead = match given {
        Some(answer) => filled("answer.thanks", "answer", &words::text(locale, word(answer))),
        None => filled("answer.sure", "name", &asked.name),
    };
    let now = match asked.answer {
        Answer::Pending => String::new(),
        answer if given.is_none() => {
            format!("<p class=\"hint\">{}</p>", filled("answer.now", "answer", &words::text(locale, word(answer))))
        }
        _ => String::new(),
    };
    let busy = if asked.busy && asked.answer != Answer::Declined {
        format!("<p><strong>{}</strong></p>", text("answer.busy"))
    } else {
        String::new()
    };
    let button = |(answer, value, key): (Answer, &str, &str)| {
        let first = wanted == Some(value) || (given.is_none() && wanted.is_none() && answer == Answer::Accepted);
        let class = if first { "first" } else { "" };
        format!("<button class=\"{class}\" name=\"answer\" value=\"{value}\">{}</button>", text(key))
    };
    let buttons: String = WAYS.into_iter().map(button).collect();
    let lines = |text: &str| escaped(text).replace('\n', "<br>");
    let series: String = asked.series.iter().map(|(name, said)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), lines(said))).collect();
    let body = format!(
        "<h1>{lead}</h1><dl>{}{}{series}{}{}</dl>{busy}{now}<form method=\"post\">{buttons}</form><p class=\"hint\">{}</p>",
        row("mail.what", &asked.title),
        row("mail.when", &asked.when),
        row("mail.where", &asked.place),
        row("mail.organiser", &asked.organiser),
        escaped(&asked.house),
    );
    let live = if given.is_some() { " role=\"status\"" } else { "" };
    html(StatusCode::OK, locale, nonce, &format!("<main{live}>{body}</main>"))
}

fn refused(error: &Error, locale: Locale, nonce: &str) -> Response {
    let (status, key) = match error {
        Error::Invalid { fields } if fields.iter().any(|f| f.code == "over") => (StatusCode::GONE, "answer.over"),
        Error::Clash { .. } => (StatusCode::CONFLICT, "answer.clash"),
        Error::NotFound | Error::Invalid { .. } => (StatusCode::NOT_FOUND, "answer.bad"),
        other => {
            let fault = crate::fault::Fault::from(other.clone());
            let body = format!("<main><h1>{}</h1></main>", escaped(&fault.sentence(locale)));
            return html(fault.status, locale, nonce, &body);
        }
    };
    html(status, locale, nonce, &format!("<main><h1>{}</h1></main>", escaped(&words::text(locale, key))))
}

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;min-height:100dvh;display:grid;place-items:center;\
    font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}main{width:min(28rem,100% - 2rem);padding:2rem 0}\
    h1{font-size:1.375rem;line-height:1.3;margin:0 0 1rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.5rem 1rem;margin:0 0 1.5rem}\
    dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}form{display:flex;flex-wrap:wrap;gap:.75rem}.hint{opacity:.75;font-size:.875rem}\
    button{font:inherit;font-weight:600;min-height:44px;padding:.5rem 1.25rem;border:1px solid;border-radius:.5rem;background:none;color:inherit;\
    cursor:pointer}.first{background:#1d4ed8;border-color:#1d4ed8;color:#fff}button:focus-visible{outline:3px solid #60a5fa;outline-offset:2px}";

fn html(status: StatusCode, locale: Locale, nonce: &str, body: &str) -> Response {
    let (tag, title) = (locale.tag(), escaped(&words::text(locale, "answer.title")));
    let html = format!(
        "<!DOCTYPE html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · Rapport</title><style nonce=\"{nonce}\">{STYLE}</style></head><body>{body}</body></html>"
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}
