//! As little HTTP/1.1 as it takes: on two processors every microsecond that the load generator needs is missing to the
//! server. Connections are kept alive.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Who asks, and in which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As<'a> {
    Stranger,
    /// A program with a token.
    Program(&'a str),
    /// As a browser asks for a page: compressed.
    Browser(&'a str),
    /// As a page that is open asks for what it shows next.
    Page(&'a str),
}

/// A whole request.
pub fn request(method: &str, path: &str, who: As<'_>, body: Option<&str>) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n");
    match who {
        As::Stranger => out.push_str("accept: text/html\r\naccept-encoding: gzip, br\r\n"),
        As::Program(token) => out.push_str(&format!("authorization: Bearer {token}\r\naccept: application/json\r\n")),
        As::Page(token) => {
            out.push_str(&format!("authorization: Bearer {token}\r\naccept: application/json\r\naccept-encoding: gzip, br\r\n"));
        }
        As::Browser(token) => {
            out.push_str(&format!("authorization: Bearer {token}\r\naccept: text/html\r\naccept-encoding: gzip, br\r\n"));
        }
    }
    if let Some(body) = body {
        out.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    } else {
        out.push_str("\r\n");
    }
    out.into_bytes()
}

pub fn get(path: &str, who: As<'_>) -> Vec<u8> {
    request("GET", path, who, None)
}

/// `/path?a=b`, with the values escaped.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, v)| !v.is_empty()));
    format!("{path}?{}", query.finish())
}

pub struct Client {
    stream: BufReader<TcpStream>,
    line: String,
    /// Of the last answer.
    pub body: Vec<u8>,
    pub head: Vec<(String, String)>,
}

impl Client {
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("nobody listens on {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), line: String::new(), body: Vec::new(), head: Vec::new() })
    }

    /// Sends a request and reads the whole answer; its status.
    pub async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.get_mut().write_all(request).await?;
        let status = self.head().await?;
        let header = |name: &str| self.head.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let length = header("content-length").and_then(|v| v.parse::<usize>().ok());
        let chunked = header("transfer-encoding") == Some("chunked");
        self.body.clear();
        match length {
            Some(length) => {
                self.body.resize(length, 0);
                self.stream.read_exact(&mut self.body).await?;
            }
            None if chunked => while self.chunk().await? {},
            None => {}
        }
        Ok(status)
    }

    /// The same, where anything but success is an error.
    pub async fn must(&mut self, request: &[u8]) -> Result<&[u8]> {
        let status = self.ask(request).await?;
        if !(200..300).contains(&status) {
            bail!("{status}: {}", self.said());
        }
        Ok(&self.body)
    }

    pub async fn json(&mut self, request: &[u8]) -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(self.must(request).await?)?)
    }

    /// The beginning of the last answer, for messages.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }

    async fn line(&mut self) -> Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(self.line.trim_end())
    }

    /// Only the status and headers: what follows is a stream.
    pub async fn begin(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.get_mut().write_all(request).await?;
        self.head().await
    }

    /// The next piece of a stream.
    pub async fn piece(&mut self) -> Result<&[u8]> {
        self.body.clear();
        self.chunk().await?;
        Ok(&self.body)
    }

    async fn head(&mut self) -> Result<u16> {
        let first = self.line().await?.to_owned();
        let status = first.split(' ').nth(1).and_then(|s| s.parse().ok()).with_context(|| format!("no HTTP: {first}"))?;
        self.head.clear();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { return Ok(status) };
            let pair = (name.to_ascii_lowercase(), value.trim().to_owned());
            self.head.push(pair);
        }
    }

    /// Appends a chunk to the body; false: that was the last.
    async fn chunk(&mut self) -> Result<bool> {
        let size = usize::from_str_radix(self.line().await?, 16)?;
        let at = self.body.len();
        self.body.resize(at + size + 2, 0);
        self.stream.read_exact(self.body.get_mut(at..).unwrap_or_default()).await?;
        self.body.truncate(at + size);
        Ok(size > 0)
    }
}

/// Serves nothing at `/`, says where, and goes on until it is killed.
pub async fn empty_route() -> Result<()> {
    use axum::serve::ListenerExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("ready at http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, axum::Router::new().route("/", axum::routing::get(async || ()))).await?)
}
