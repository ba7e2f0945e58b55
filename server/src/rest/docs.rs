//! The OpenAPI document as a page for people who write programs: no script, nothing from elsewhere.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::pages::escaped;

/// The whole page; the word NONCE stands where the answer's own goes.
pub fn page(document: &Value) -> String {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut out = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Rapport API</title><style nonce=\"NONCE\">{STYLE}</style></head><body><header><h1>Rapport API</h1><p>{}</p>\
         <p><a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1) · version {}</p></header>",
        marked(text("/info/description")),
        escaped(text("/info/version")),
    );
    let tags: Vec<&str> = array(document, "/tags").iter().filter_map(|t| t.get("name")?.as_str()).collect();
    out.push_str("<nav aria-label=\"Contents\"><ul>");
    for tag in tags.iter().chain(&["schemas", "problems"]) {
        let _ = write!(out, "<li><a href=\"#{tag}\">{tag}</a></li>");
    }
    out.push_str("</ul></nav><main>");
    for tag in &tags {
        let _ = write!(out, "<section><h2 id=\"{tag}\">{tag}</h2>");
        for (path, methods) in object(document, "/paths") {
            for (method, op) in methods.as_object().into_iter().flatten() {
                if array(op, "/tags").first().and_then(Value::as_str) == Some(tag) {
                    operation(&mut out, path, method, op);
                }
            }
        }
        out.push_str("</section>");
    }
    out.push_str("<section><h2 id=\"schemas\">schemas</h2>");
    for (name, shape) in object(document, "/components/schemas") {
        let _ = write!(out, "<details id=\"schema-{0}\"><summary><code>{0}</code></summary>", escaped(name));
        schema(&mut out, shape);
        out.push_str("</details>");
    }
    out.push_str("</section><section><h2 id=\"problems\">problems</h2><dl>");
    for (code, about) in PROBLEMS {
        let _ = write!(out, "<dt id=\"error-{code}\"><code>{code}</code></dt><dd>{about}</dd>");
    }
    out.push_str("</dl></section></main></body></html>");
    out
}

const PROBLEMS: [(&str, &str); 17] = [
    ("unauthenticated", "401. No valid token or session."),
    ("forbidden", "403. You are known, but this is not for you to do."),
    ("read_only_token", "403. The token's scope is read."),
    ("cross_site", "403. A browser sent this from a foreign page."),
    ("not_found", "404. Unknown, or not for you to know."),
    ("method", "405. The path has other methods; see the Allow header."),
    ("conflict", "412. Somebody else was first; current is the record as it is now."),
    ("too_large", "413. The body is larger than this path takes."),
    ("content_type", "415. The body is not of the type that this path takes."),
    ("invalid", "422. Fields are wrong; errors names each."),
    ("precondition", "428. Say which version you saw: If-Match."),
    ("limited", "429. Too many tries; Retry-After says when to come back."),
    ("malformed", "400. The body cannot be read."),
    ("parameter", "400. Query parameters or headers are wrong; errors names each."),
    ("unavailable", "503. The database is out of reach; nothing was saved; trying again is safe."),
    ("full", "507. The server's disk has no room; nothing was saved; reading goes on."),
    ("internal", "500. A fault of ours; the log has more under the reference."),
];

fn operation(out: &mut String, path: &str, method: &str, op: &Value) {
    let text = |name: &str| op.get(name).and_then(Value::as_str).unwrap_or_default();
    let _ = write!(
        out,
        "<details id=\"{}\"><summary><b class=\"{method}\">{}</b> <code>/api/v1{}</code> <span>{}</span></summary>",
        escaped(text("operationId")),
        method.to_uppercase(),
        escaped(path),
        escaped(text("summary")),
    );
    if !text("description").is_empty() {
        let _ = write!(out, "<p>{}</p>", marked(text("description")));
    }
    let parameters = array(op, "/parameters");
    if !parameters.is_empty() {
        out.push_str("<h3>Parameters</h3><dl>");
        for p in parameters {
            let field = |name: &str| p.get(name).and_then(Value::as_str).unwrap_or_default();
            let required = if p.get("required").and_then(Value::as_bool) == Some(true) { ", required" } else { "" };
            let shape = p.get("schema").map(type_of).unwrap_or_default();
            let about = marked(field("description"));
            let _ =
                write!(out, "<dt><code>{}</code> <i>{}{required}, {shape}</i></dt><dd>{about}</dd>", escaped(field("name")), field("in"));
        }
        out.push_str("</dl>");
    }
    for (media, content) in object(op, "/requestBody/content") {
        let _ = write!(out, "<h3>Body <i>{}</i></h3>", escaped(media));
        content.get("schema").into_iter().for_each(|s| schema(out, s));
        if let Some(example) = content.get("example") {
            let _ = write!(out, "<h3>For example</h3><pre tabindex=\"0\">{}</pre>", escaped(&sent_as(media, example)));
        }
    }
    out.push_str("<h3>Answers</h3><dl>");
    for (status, response) in object(op, "/responses") {
        let about = response.get("description").and_then(Value::as_str).unwrap_or("A problem.");
        let shape = object(response, "/content").next().and_then(|(_, c)| c.get("schema")).map(type_of).unwrap_or_default();
        let _ = write!(out, "<dt>{status} <i>{shape}</i></dt><dd>{}</dd>", escaped(about));
    }
    out.push_str("</dl></details>");
}

/// An example as it goes over the line.
fn sent_as(media: &str, example: &Value) -> String {
    let pairs = || example.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?)));
    match media {
        super::params::FORM => form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs()).finish(),
        "multipart/form-data" => pairs()
            .map(|(name, value)| format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{name}.csv\"\n\n{value}"))
            .collect(),
        super::body::CALENDAR => example.as_str().unwrap_or_default().replace('\r', ""),
        _ => serde_json::to_string_pretty(example).unwrap_or_default(),
    }
}

fn schema(out: &mut String, shape: &Value) {
    if let Some(about) = shape.get("description").and_then(Value::as_str).filter(|a| !a.is_empty()) {
        let _ = write!(out, "<p>{}</p>", marked(about));
    }
    for part in ["oneOf", "anyOf"].iter().flat_map(|k| array(shape, &format!("/{k}"))).filter(|p| p.get("properties").is_some()) {
        schema(out, part);
    }
    let properties: Vec<_> = object(shape, "/properties").collect();
    if properties.is_empty() {
        if shape.get("oneOf").is_none() {
            let _ = write!(out, "<p><i>{}</i></p>", type_of(shape));
        }
        return;
    }
    let required: Vec<&str> = array(shape, "/required").iter().filter_map(Value::as_str).collect();
    out.push_str("<dl>");
    for (name, value) in properties {
        let must = if required.contains(&name.as_str()) { ", required" } else { "" };
        let reads = if value.get("readOnly").is_some() { ", read only" } else { "" };
        let about = value.get("description").and_then(Value::as_str).map(marked).unwrap_or_default();
        let _ = write!(out, "<dt><code>{}</code> <i>{}{must}{reads}</i></dt><dd>{about}</dd>", escaped(name), type_of(value));
    }
    out.push_str("</dl>");
}

/// In a few words: `string (uuid)`, a link to a named schema, `list of …`.
fn type_of(shape: &Value) -> String {
    if let Some(name) = shape.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escaped(name));
    }
    let parts = ["oneOf", "anyOf"].iter().flat_map(|k| array(shape, &format!("/{k}"))).map(type_of).collect::<Vec<_>>();
    if !parts.is_empty() {
        return parts.join(" or ");
    }
    if let Some(options) = shape.get("enum").and_then(Value::as_array) {
        return options.iter().map(|o| format!("<code>{}</code>", escaped(o.as_str().unwrap_or("null")))).collect::<Vec<_>>().join(" ");
    }
    if let Some(constant) = shape.get("const").and_then(Value::as_str) {
        return format!("<code>{}</code>", escaped(constant));
    }
    if shape.get("type").and_then(Value::as_str) == Some("array") {
        return format!("list of {}", shape.get("items").map(type_of).unwrap_or_default());
    }
    let ty = match shape.get("type") {
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Some(Value::String(one)) => one.clone(),
        _ => String::new(),
    };
    match shape.get("format").and_then(Value::as_str) {
        Some(format) => format!("{ty} ({})", escaped(format)),
        None => ty,
    }
}

/// Escaped, with `code` marked.
fn marked(text: &str) -> String {
    let pieces =
        text.split('`').enumerate().map(|(i, piece)| if i % 2 == 1 { format!("<code>{}</code>", escaped(piece)) } else { escaped(piece) });
    pieces.collect()
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn object<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0 auto;max-width:60rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;\
    background:Canvas;color:CanvasText}nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}h2{margin-top:2.5rem;\
    border-bottom:1px solid color-mix(in srgb,CanvasText 25%,Canvas)}h3{font-size:1rem;margin:.75rem 0 .25rem}details{margin:.25rem 0;\
    padding:.25rem .75rem;border:1px solid color-mix(in srgb,CanvasText 15%,Canvas);border-radius:.5rem}summary{cursor:pointer;padding:.5rem 0;\
    overflow-wrap:anywhere}summary b{display:inline-block;min-width:4.5rem}code{font-family:ui-monospace,monospace;font-size:.9em}i{opacity:.8}\
    dl{margin:0}dt{margin-top:.25rem}dd{margin:0 0 .25rem 1.5rem}a{color:inherit}\
    pre{margin:.25rem 0;padding:.5rem .75rem;overflow:auto;border-radius:.25rem;background:color-mix(in srgb,CanvasText 6%,Canvas);\
    font:.85em/1.45 ui-monospace,monospace}";
