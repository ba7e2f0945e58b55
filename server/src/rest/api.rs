//! Puts up a path and writes down what it is, in one step.

use std::collections::BTreeMap;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use serde_json::{Map, Value, json};

/// Path → method → OpenAPI operation.
pub type Paths = BTreeMap<String, Map<String, Value>>;

#[derive(Default)]
pub struct Api {
    router: Router,
    paths: Paths,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Put => "put",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
            Verb::Put => MethodFilter::PUT,
            Verb::Patch => MethodFilter::PATCH,
            Verb::Delete => MethodFilter::DELETE,
        }
    }
}

impl Api {
    pub fn on<H, T>(mut self, verb: Verb, path: &str, op: Op, handler: H) -> Self
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        self.router = self.router.route(path, on(verb.filter(), handler));
        self.paths.entry(path.to_owned()).or_default().insert(verb.name().to_owned(), op.of_path(verb, path));
        self
    }

    pub fn get<H: Handler<T, ()>, T: 'static>(self, path: &str, op: Op, handler: H) -> Self {
        self.on(Verb::Get, path, op, handler)
    }

    pub fn post<H: Handler<T, ()>, T: 'static>(self, path: &str, op: Op, handler: H) -> Self {
        self.on(Verb::Post, path, op, handler)
    }

    pub fn put<H: Handler<T, ()>, T: 'static>(self, path: &str, op: Op, handler: H) -> Self {
        self.on(Verb::Put, path, op, handler)
    }

    pub fn patch<H: Handler<T, ()>, T: 'static>(self, path: &str, op: Op, handler: H) -> Self {
        self.on(Verb::Patch, path, op, handler)
    }

    pub fn delete<H: Handler<T, ()>, T: 'static>(self, path: &str, op: Op, handler: H) -> Self {
        self.on(Verb::Delete, path, op, handler)
    }

    pub fn done(self) -> (Router, Paths) {
        (self.router, self.paths)
    }
}

/// The description of one operation.
pub struct Op {
    tag: String,
    id: String,
    summary: String,
    about: Option<String>,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
    refusals: Vec<u16>,
    /// For anybody: no token is asked for.
    open: bool,
}

impl Op {
    /// `id` is unique over all operations: what generated clients call the function.
    pub fn new(tag: impl Into<String>, id: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            tag: tag.into(),
            id: id.into(),
            summary: summary.into(),
            about: None,
            parameters: Vec::new(),
            body: None,
            responses: Map::new(),
            refusals: vec![400, 401, 403, 429, 503],
            open: false,
        }
    }

    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
        self
    }

    /// For strangers as well.
    pub fn open(mut self) -> Self {
        self.open = true;
        self.refusals.retain(|status| !matches!(status, 401 | 403));
        self
    }

    pub fn query(mut self, name: &str, schema: Value, about: &str) -> Self {
        self.parameters.push(json!({"name": name, "in": "query", "required": false, "schema": schema, "description": about}));
        self
    }

    pub fn header(mut self, name: &str, about: &str, required: Required) -> Self {
        let required = matches!(required, Required::Yes);
        self.parameters
            .push(json!({"name": name, "in": "header", "required": required, "schema": {"type": "string"}, "description": about}));
        self
    }

    /// A repeated one gives the first answer again: see [`super::body::IdempotencyKey`].
    pub fn repeatable(self) -> Self {
        let about = "The same key with the same content within 24 hours does nothing again: it gives the answer of the first one, with the \
            records as they are by then.";
        self.header("Idempotency-Key", about, Required::No)
    }

    /// `example`: of [`super::examples`], one that works.
    pub fn body(mut self, schema: Value, example: Value) -> Self {
        self.body = Some(json!({"required": true, "content": {"application/json": {"schema": schema, "example": example}}}));
        self.refusals.extend([413, 415, 422]);
        self
    }

    /// A body of name=value pairs.
    pub fn form(mut self, schema: Value, example: Value) -> Self {
        self.body = Some(json!({"required": true, "content": {super::params::FORM: {"schema": schema, "example": example}}}));
        self.refusals.extend([413, 415, 422]);
        self
    }

    /// A calendar, as other programs send it.
    pub fn calendar(mut self, example: &str) -> Self {
        let schema = json!({"type": "string", "description": "iCalendar."});
        self.body = Some(json!({"required": true, "content": {super::body::CALENDAR: {"schema": schema, "example": example}}}));
        self.refusals.extend([413, 415, 422]);
        self
    }

    pub fn upload(mut self) -> Self {
        let schema = json!({"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream", "description": "CSV or XLSX."}}});
        self.body =
            Some(json!({"required": true, "content": {"multipart/form-data": {"schema": schema, "example": super::examples::file()}}}));
        self.refusals.extend([413, 415, 422]);
        self
    }

    pub fn ok(self, status: u16, about: &str, schema: Value) -> Self {
        self.response(status, json!({"description": about, "content": {"application/json": {"schema": schema}}}))
    }

    /// One record: with its version as `ETag`.
    pub fn record(self, status: u16, about: &str, schema: Value) -> Self {
        let mut headers = json!({"ETag": {"$ref": "#/components/headers/ETag"}});
        if status == 201
            && let Some(h) = headers.as_object_mut()
        {
            h.insert("Location".into(), json!({"schema": {"type": "string"}, "description": "Where the new record is."}));
        }
        self.response(status, json!({"description": about, "headers": headers, "content": {"application/json": {"schema": schema}}}))
    }

    pub fn empty(self, status: u16, about: &str) -> Self {
        self.response(status, json!({"description": about}))
    }

    pub fn file(self, about: &str, types: &[&str]) -> Self {
        let content: Map<String, Value> = types.iter().map(|t| ((*t).to_owned(), json!({}))).collect();
        self.response(200, json!({"description": about, "content": content}))
    }

    pub fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    fn response(mut self, status: u16, value: Value) -> Self {
        self.responses.insert(status.to_string(), value);
        self
    }

    fn of_path(mut self, verb: Verb, path: &str) -> Value {
        for name in path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')) {
            let schema = if name == "id" { json!({"type": "string", "format": "uuid"}) } else { json!({"type": "string"}) };
            self.parameters.insert(0, json!({"name": name, "in": "path", "required": true, "schema": schema}));
            self.refusals.push(404);
        }
        if verb != Verb::Get {
            self.refusals.push(507);
        }
        for status in self.refusals {
            let name = if status == 412 { "Stale" } else { "Problem" };
            self.responses.entry(status.to_string()).or_insert_with(|| json!({"$ref": format!("#/components/responses/{name}")}));
        }
        let mut out = Map::new();
        out.insert("tags".into(), json!([self.tag]));
        out.insert("operationId".into(), self.id.into());
        out.insert("summary".into(), self.summary.into());
        if let Some(about) = self.about {
            out.insert("description".into(), about.into());
        }
        if self.open {
            out.insert("security".into(), json!([]));
        }
        if !self.parameters.is_empty() {
            out.insert("parameters".into(), self.parameters.into());
        }
        if let Some(body) = self.body {
            out.insert("requestBody".into(), body);
        }
        out.insert("responses".into(), self.responses.into());
        Value::Object(out)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Required {
    Yes,
    No,
}

/// Reference to a named schema.
pub fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

pub fn string() -> Value {
    json!({"type": "string"})
}

pub fn boolean() -> Value {
    json!({"type": "boolean", "default": false})
}

pub fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

pub fn number(max: u32) -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": max})
}

/// `{"items": […], "next": …}`
pub fn page_of(item: Value) -> Value {
    json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": item},
            "next": {"type": ["string", "null"], "description": "Pass it on to read further; null: there is no more."},
        },
    })
}

/// The same with names of what the items refer to.
pub fn page_with_labels(item: Value) -> Value {
    let mut page = page_of(item);
    if let Some(properties) = page.pointer_mut("/properties").and_then(Value::as_object_mut) {
        properties.insert("labels".into(), schema("Labels"));
    }
    page
}
