//! Query parameters: each is asked for by name and type; whatever is left at the end was not meant for this path, and is
//! refused by name rather than ignored.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use domain::{FieldError, Id, Kind};
use http::request::Parts;
use http::{StatusCode, header};

use crate::fault::{Fault, Result};

#[derive(Debug, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

/// Longer ones are nobody's filter.
const LONGEST: usize = 20_000;

/// Parameters of one request.
const MOST: usize = 100;

pub const FORM: &str = "application/x-www-form-urlencoded";

impl Params {
    /// `longest`: what no single value may exceed.
    fn read(query: &[u8], longest: usize) -> Self {
        let mut out = Self::default();
        for (name, value) in form_urlencoded::parse(query) {
            if out.pairs.len() + out.errors.len() >= MOST {
                // No path asks for as many; each is compared with those before it.
                out.errors.push(FieldError::new(name.chars().take(80).collect::<String>(), "unknown_parameter"));
                break;
            }
            if out.pairs.iter().any(|(n, _)| *n == name) {
                out.errors.push(FieldError::new(name, "parameter_repeated"));
            } else if value.len() > longest {
                out.errors.push(FieldError::new(name, "too_long").with("max", longest));
            } else {
                out.pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        out
    }

    /// None when it is not there or empty.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(n, _)| n == name)?;
        Some(self.pairs.swap_remove(at).1).filter(|v| !v.is_empty())
    }

    pub fn flag(&mut self, name: &str) -> bool {
        match self.text(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.errors.push(FieldError::new(name, "bool"));
                false
            }
        }
    }

    /// A number from 1 to `max`; 0 when it is not there.
    pub fn number(&mut self, name: &str, max: u32) -> u32 {
        match self.text(name).map(|v| v.parse::<u32>()) {
            None => 0,
            Some(Ok(n)) if (1..=max).contains(&n) => n,
            Some(_) => {
                self.errors.push(FieldError::new(name, "parameter_number").with("max", max));
                0
            }
        }
    }

    pub fn id(&mut self, name: &str) -> Option<Id> {
        let text = self.text(name)?;
        let id = Id::parse(&text);
        if id.is_none() {
            self.errors.push(FieldError::new(name, "reference").with("value", text));
        }
        id
    }

    pub fn kind(&mut self, name: &str) -> Option<Kind> {
        let text = self.text(name)?;
        let kind = Kind::parse(&text);
        if kind.is_none() {
            let options: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
            self.errors.push(FieldError::new(name, "choice").with("options", options.join(", ")));
        }
        kind
    }

    pub fn choice(&mut self, name: &str, options: &[&'static str]) -> Option<&'static str> {
        let text = self.text(name)?;
        let found = options.iter().find(|o| **o == text).copied();
        if found.is_none() {
            self.errors.push(FieldError::new(name, "choice").with("options", options.join(", ")));
        }
        found
    }

    /// `a,b,c`
    pub fn list(&mut self, name: &str) -> Vec<String> {
        self.text(name).map(|v| v.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
    }

    pub fn refuse(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// Nothing may be left.
    pub fn done(mut self) -> Result<()> {
        let left = std::mem::take(&mut self.pairs);
        self.errors.extend(left.into_iter().map(|(name, _)| FieldError::new(name, "unknown_parameter")));
        if self.errors.is_empty() { Ok(()) } else { Err(Fault::parameters(self.errors)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Ok(Self::read(parts.uri.query().unwrap_or_default().as_bytes(), LONGEST))
    }
}

/// The same in the body of a form, where one value may be as long as the body.
pub struct Form(pub Params);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !kind.trim_start().to_ascii_lowercase().starts_with(FORM) {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type").hint(format!("Content-Type: {FORM}")));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(super::body::unread)?;
        Ok(Self(Params::read(&bytes, usize::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::Params;

    fn codes(query: &str, ask: impl Fn(&mut Params)) -> Vec<String> {
        let mut params = Params::read(query.as_bytes(), super::LONGEST);
        ask(&mut params);
        params.done().err().map(|f| f.fields.iter().map(|e| format!("{}:{}", e.field, e.code)).collect()).unwrap_or_default()
    }

    #[test]
    fn what_nobody_asks_for_is_refused_by_name() {
        assert_eq!(codes("limit=5&colour=red", |p| _ = p.number("limit", 500)), ["colour:unknown_parameter"]);
        assert_eq!(codes("limit=0", |p| _ = p.number("limit", 500)), ["limit:parameter_number"]);
        assert_eq!(codes("limit=1&limit=2", |p| _ = p.number("limit", 500)), ["limit:parameter_repeated"]);
        assert_eq!(codes("count=yes", |p| _ = p.flag("count")), ["count:bool"]);
        assert!(codes("", |p| _ = p.flag("count")).is_empty());
        let flood = (0..50_000).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(codes(&flood, |_| ()).len(), super::MOST + 1);
    }
}
