//! Refusals. A handler says [`Fault`]; the edge turns it into words: a problem document (RFC 9457) for programs, a page
//! for people. Nothing internal ever travels in one: the log has it under the same reference.

use axum::response::{IntoResponse, Response};
use domain::{Error, FieldError, Locale};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::words;

/// Why a door does not do what was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub status: StatusCode,
    /// Translation key below `door.error.` or `error.`, and the end of the problem's `type`.
    pub code: &'static str,
    pub fields: Vec<FieldError>,
    /// What is stored now, when another writer was first.
    pub current: Option<Box<Value>>,
    /// What stands against an item of the calendar.
    pub conflicts: Option<Box<Value>>,
    pub retry_after: Option<u32>,
    pub reference: Option<String>,
    /// Bytes that are taken at most.
    pub most: Option<u32>,
    /// For programmers: where in the JSON it broke off, which methods there are. English, never internal.
    pub hint: Option<Box<str>>,
}

pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            fields: Vec::new(),
            current: None,
            conflicts: None,
            retry_after: None,
            reference: None,
            most: None,
            hint: None,
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into_boxed_str());
        self
    }

    pub fn field(mut self, error: FieldError) -> Self {
        self.fields.push(error);
        self
    }

    /// A query parameter or header that cannot be used.
    pub fn parameters(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::new(StatusCode::BAD_REQUEST, "parameter") }
    }

    pub fn not_found() -> Self {
        Error::NotFound.into()
    }

    pub fn too_large(max: usize) -> Self {
        Self { most: u32::try_from(max).ok(), ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large") }
    }

    pub fn internal(reference: impl Into<String>) -> Self {
        Error::Internal { reference: reference.into() }.into()
    }

    pub fn sentence(&self, locale: Locale) -> String {
        match (self.code, self.retry_after, &self.reference) {
            ("limited", Some(seconds), _) => words::counted(locale, "error.limited", i64::from(seconds)),
            ("too_large", _, _) => {
                let megabytes = self.most.unwrap_or_default() / (1024 * 1024);
                words::filled(locale, "door.error.too_large", &[("max", &megabytes.to_string())])
            }
            ("internal", _, Some(reference)) => words::filled(locale, "error.internal", &[("reference", reference)]),
            ("internal", _, None) => words::text(locale, "error.internal_plain"),
            _ => words::either(locale, &format!("door.error.{}", self.code), &format!("error.{}", self.code)),
        }
    }

    /// The problem document.
    pub fn problem(&self, locale: Locale) -> Value {
        let mut detail = self.sentence(locale);
        if let Some(hint) = &self.hint {
            detail = format!("{detail} {hint}");
        }
        let mut out = Map::new();
        out.insert("type".into(), format!("/api/docs#error-{}", self.code).into());
        out.insert("title".into(), self.status.canonical_reason().unwrap_or("Error").into());
        out.insert("status".into(), self.status.as_u16().into());
        out.insert("detail".into(), detail.into());
        if !self.fields.is_empty() {
            let errors = self.fields.iter().map(|e| json!({"field": e.field, "code": e.code, "detail": words::field_error(locale, e)}));
            out.insert("errors".into(), errors.collect());
        }
        if let Some(reference) = &self.reference {
            out.insert("reference".into(), reference.as_str().into());
        }
        if let Some(conflicts) = &self.conflicts {
            out.insert("conflicts".into(), (**conflicts).clone());
        }
        if let Some(current) = &self.current {
            out.insert("current".into(), (**current).clone());
        }
        Value::Object(out)
    }

    /// As a problem document with its headers.
    pub fn answer(&self, locale: Locale) -> Response {
        let mut response = (self.status, self.problem(locale).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(version) = self.current.as_ref().and_then(|c| c.get("version")?.as_i64())
            && let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\""))
        {
            headers.insert(header::ETAG, tag);
        }
        self.headers(response)
    }

    /// As the app's own server functions say it.
    pub fn answer_app(&self) -> Response {
        let error = match (self.status, self.code) {
            (_, "internal") => Error::Internal { reference: self.reference.clone().unwrap_or_default() },
            (_, "unauthenticated") => Error::Unauthenticated,
            (_, "not_found") => Error::NotFound,
            (_, "limited") => Error::Limited { retry_after: self.retry_after.unwrap_or(1) },
            (StatusCode::SERVICE_UNAVAILABLE, _) => Error::Unavailable,
            (StatusCode::INSUFFICIENT_STORAGE, _) => Error::Full,
            (StatusCode::PAYLOAD_TOO_LARGE, _) => Error::invalid("", "too_large"),
            (StatusCode::FORBIDDEN, _) => Error::Forbidden,
            _ => Error::Invalid { fields: self.fields.clone() },
        };
        let body = serde_json::to_string(&error).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.headers(response)
    }

    /// The headers that every form of the answer carries.
    pub fn headers(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut fault = Self::new(status, error.key().strip_prefix("error.").unwrap_or("internal"));
        match error {
            Error::Invalid { fields } => fault.fields = fields,
            Error::Conflict(clash) => {
                fault.fields = clash.fields.into_iter().map(|f| FieldError::new(f, "changed_since")).collect();
                fault.current = Some(Box::new(crate::rest::shape::plain(&clash.current)));
            }
            Error::Outdated { current } => fault.current = Some(Box::new(current)),
            Error::Limited { retry_after } => fault.retry_after = Some(retry_after),
            Error::Clash { conflicts } => fault.conflicts = Some(Box::new(conflicts)),
            Error::Unavailable => fault.retry_after = Some(5),
            Error::Internal { reference } => fault.reference = Some(reference),
            Error::Unauthenticated | Error::Forbidden | Error::NotFound | Error::Full => {}
        }
        fault
    }
}

/// The bare status with the fault beside it: the edge, which knows the language and who asks, writes the words.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
