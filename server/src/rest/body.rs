//! Bodies and what belongs to them: JSON as the type it should have, the id in the path, and the headers that make
//! writing safe. Every way they can be wrong is the sender's to mend, so none of them is a server error.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use domain::{Error, FieldError, Fields, Id};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use service::{Ctx, repeat};

use crate::edge::SMALL;
use crate::fault::{Fault, Result};

/// A JSON body of a type that knows all its fields: others are refused by name.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Serialize, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type").hint("Content-Type: application/json"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        let sent: Value = parse(&bytes)?;
        // From the text once more, so that what is wrong is found at its line and column.
        let read: T = parse(&bytes)?;
        let mut unknown = Vec::new();
        strangers("", &sent, &serde_json::to_value(&read).unwrap_or_default(), &mut unknown);
        if unknown.is_empty() { Ok(Self(read)) } else { Err(Error::Invalid { fields: unknown }.into()) }
    }
}

/// What [`Calendar`] is sent as.
pub const CALENDAR: &str = "text/calendar";

/// A calendar as it stands in a letter.
pub struct Calendar(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Calendar {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        if essence(request.headers()) != CALENDAR {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type").hint("Content-Type: text/calendar"));
        }
        Bytes::from_request(request, state).await.map(Self).map_err(unread)
    }
}

/// Fields that were sent and that nobody read.
fn strangers(path: &str, sent: &Value, read: &Value, unknown: &mut Vec<FieldError>) {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => {
            for (name, value) in sent {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match read.get(name) {
                    Some(known) => strangers(&path, value, known, unknown),
                    None => unknown.push(FieldError::new(path, "unknown_field")),
                }
            }
        }
        (Value::Array(sent), Value::Array(read)) => {
            for (i, (s, r)) in sent.iter().zip(read).enumerate() {
                strangers(&format!("{path}[{i}]"), s, r, unknown);
            }
        }
        _ => {}
    }
}

pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|e| (e.path().to_string(), e.into_inner()));
    read.and_then(|read| reader.end().map(|()| read).map_err(|e| (String::new(), e))).map_err(|(path, e)| match e.classify() {
        // The text of such an error names fields, types and places, all of them the sender's own.
        Category::Data => unfit(&path, &e),
        Category::Syntax | Category::Eof | Category::Io => Fault::new(StatusCode::BAD_REQUEST, "malformed").hint(format!("{e}.")),
    })
}

/// JSON, but not what was asked for: the field where it goes wrong, and why.
fn unfit(path: &str, e: &serde_json::Error) -> Fault {
    let why = e.to_string();
    let within = path.trim_matches('.');
    if let Some(name) = missing(&why) {
        let field = if within.is_empty() { name.to_owned() } else { format!("{within}.{name}") };
        return Error::invalid(field, "required").into();
    }
    if within.is_empty() {
        return Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid").hint(format!("{why}."));
    }
    let why = why.split(" at line ").next().unwrap_or_default().to_owned();
    if why.starts_with("unknown field") {
        // With the names that there are.
        return Fault::from(Error::invalid(within, "unknown_field")).hint(format!("{why}."));
    }
    Error::Invalid { fields: vec![FieldError::new(within, "unfit").with("why", why)] }.into()
}

/// The field whose absence serde complains about.
fn missing(complaint: &str) -> Option<&str> {
    complaint.strip_prefix("missing field `")?.split_once('`').map(|(name, _)| name)
}

pub fn unread(rejection: BytesRejection) -> Fault {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::too_large(SMALL),
        _ => Fault::new(StatusCode::BAD_REQUEST, "malformed"),
    }
}

/// The type of the body, without its parameters.
fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = essence(headers);
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The fields of a record: a JSON object.
pub type Sent = Json<Fields>;

/// `{id}` in the path. What is no id names nothing.
pub struct OfId(pub Id);

impl<S: Send + Sync> FromRequestParts<S> for OfId {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Fault::not_found())?;
        Id::parse(&text).map(Self).ok_or_else(Fault::not_found)
    }
}

/// The version in `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    None,
    /// `*`: whatever is there.
    Any,
    Version(i64),
}

impl IfMatch {
    /// The version that the sender means, of something that has `now`; without the header it is refused.
    pub fn of(self, now: i64) -> Result<i64> {
        match self {
            Self::None => Err(Fault::new(StatusCode::PRECONDITION_REQUIRED, "precondition").hint(format!("If-Match: \"{now}\""))),
            Self::Any => Ok(now),
            Self::Version(version) => Ok(version),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self::None);
        };
        match value.to_str().unwrap_or_default().trim() {
            "*" => Ok(Self::Any),
            text => {
                version(text).map(Self::Version).ok_or_else(|| Fault::parameters(vec![FieldError::new("If-Match", "parameter_version")]))
            }
        }
    }
}

/// `"3"`; without the quotes too, and with the mark of a weak tag that some proxies put before it.
fn version(text: &str) -> Option<i64> {
    let text = text.strip_prefix("W/").unwrap_or(text);
    text.strip_prefix('"').map_or(Some(text), |t| t.strip_suffix('"'))?.parse().ok()
}

/// Was the record asked for "unless it is still this version", and it is?
pub fn is_unchanged(headers: &HeaderMap, now: i64) -> bool {
    let tags = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    tags.split(',').any(|t| version(t.trim()) == Some(now))
}

/// Makes a repeated POST safe.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text.is_empty() || text.len() > 200 || !text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            return Err(Fault::parameters(vec![FieldError::new("Idempotency-Key", "parameter_key")]));
        }
        Ok(Self(Some(text.to_owned())))
    }
}

impl IdempotencyKey {
    /// For this door, and what was sent to it.
    pub fn at(self, ctx: &Ctx, door: &str, sent: &impl Serialize) -> Option<repeat::Key> {
        self.0.map(|key| repeat::Key::of(ctx, door, &key, sent))
    }
}

/// 412 without knowing which fields: the record as it is now.
pub fn stale(current: domain::Record, fields: &Fields) -> Fault {
    let fields = fields.keys().cloned().collect();
    Error::Conflict(Box::new(domain::error::Clash { current, fields, by: None, at: None })).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_all_their_clothes() {
        for text in ["\"3\"", "3", "W/\"3\""] {
            assert_eq!(version(text), Some(3), "{text}");
        }
        for text in ["", "\"3", "x", "\"3\",\"4\""] {
            assert_eq!(version(text), None, "{text}");
        }
    }

    #[test]
    fn what_nobody_reads_is_named() {
        let sent = serde_json::json!({"stage": "won", "colour": 1, "look": {"q": "", "depth": 2}});
        let read = serde_json::json!({"stage": "won", "before": null, "look": {"q": ""}});
        let mut unknown = Vec::new();
        strangers("", &sent, &read, &mut unknown);
        assert_eq!(unknown.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["colour", "look.depth"]);
    }

    #[test]
    fn a_move_without_a_version_names_the_version() {
        let fault = parse::<domain::deals::MoveDeal>(b"{\"stage\": \"won\"}").unwrap_err();
        assert_eq!(fault, Fault::from(Error::invalid("version", "required")));
        assert_eq!((fault.status, fault.hint), (StatusCode::UNPROCESSABLE_ENTITY, None));
    }

    #[test]
    fn broken_json_and_wrong_json_differ() {
        assert_eq!(parse::<Fields>(b"{").err().map(|f| f.status), Some(StatusCode::BAD_REQUEST));
        assert_eq!(parse::<Fields>(b"[]").err().map(|f| f.status), Some(StatusCode::UNPROCESSABLE_ENTITY));
        let deep = "[".repeat(100_000);
        assert_eq!(parse::<Fields>(deep.as_bytes()).err().map(|f| f.status), Some(StatusCode::UNPROCESSABLE_ENTITY));
        let deep = format!("{{\"a\":{deep}");
        assert_eq!(parse::<Fields>(deep.as_bytes()).err().map(|f| f.status), Some(StatusCode::BAD_REQUEST));
    }
}
