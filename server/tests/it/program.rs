//! The program as an operator runs it, for the tests that need the whole of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const PASSWORD: &str = "correct horse battery";

pub fn rapport(data: &Path) -> Command {
    prepared(Command::new(env!("CARGO_BIN_EXE_rapport")), data)
}

pub fn prepared(mut command: Command, data: &Path) -> Command {
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("RAPPORT_")) {
        command.env_remove(name);
    }
    command.env("RAPPORT_DATA", data).stdin(Stdio::null());
    command
}

pub fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// It stops, not well, and its message holds all of these.
pub fn refused(mut command: Command, words: &[&str]) -> String {
    let output = command.output().unwrap();
    let said = text(&output);
    assert!(!output.status.success(), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} missing in {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// It does what it was told; what it printed.
pub fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A built site and a password file.
pub fn place() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let pkg = dir.path().join("site/pkg");
    std::fs::create_dir_all(&pkg).unwrap();
    for name in ["rapport.js", "rapport_bg.wasm", "rapport.css"] {
        std::fs::write(pkg.join(name), "x").unwrap();
    }
    std::fs::write(dir.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    let (data, site) = (dir.path().join("data"), dir.path().join("site"));
    (dir, data, site)
}

/// An owner, and a token of theirs that may write.
pub fn with_owner(dir: &Path, data: &Path) -> String {
    let mut add = rapport(data);
    add.args(["user", "add", "olena@globex.example", "--name", "Olena", "--role", "owner", "--workspace", "Globex"]);
    add.arg("--password-file").arg(dir.join("password"));
    done(add);
    let mut token = rapport(data);
    token.args(["token", "create", "olena@globex.example", "--scope", "write"]);
    done(token).trim().to_owned()
}

pub fn serve(data: &Path, site: &Path) -> Command {
    let mut command = rapport(data);
    command.args(["serve", "--listen", "127.0.0.1:0", "--site"]).arg(site);
    command
}

/// A running server; killed when the test ends.
pub struct Running {
    pub child: Child,
    pub address: SocketAddr,
    /// Up to the line that tells how to stop it.
    pub said: String,
    lines: Mutex<Receiver<String>>,
    errors: Arc<Mutex<String>>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let errors = Arc::new(Mutex::new(String::new()));
        let (all, err) = (Arc::clone(&errors), BufReader::new(child.stderr.take().unwrap()));
        std::thread::spawn(move || {
            err.lines().map_while(Result::ok).for_each(|line| all.lock().unwrap().push_str(&format!("{line}\n")));
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut running = Self { child, address, said: String::new(), lines: Mutex::new(lines), errors };
        running.said = running.until("stop with");
        running.address = running.said.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        running
    }

    /// What it says up to the line with this word.
    pub fn until(&self, word: &str) -> String {
        let mut said = String::new();
        loop {
            match self.lines.lock().unwrap().recv_timeout(Duration::from_secs(120)) {
                Ok(line) => {
                    said.push_str(&line);
                    said.push('\n');
                    if line.contains(word) {
                        return said;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("did not say {word:?}: {said}{}", self.log()),
                Err(RecvTimeoutError::Disconnected) => panic!("ended without saying {word:?}: {said}{}", self.log()),
            }
        }
    }

    pub fn log(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    pub fn get(&self, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: text/html\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// As a program with a token: the status, and the JSON when it is some.
    pub async fn call(&self, method: http::Method, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = reqwest::Client::new().request(method, format!("http://{}/api/v1{path}", self.address)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap_or_else(|e| panic!("{path}: {e} {}", self.log()));
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    pub async fn read(&self, path: &str, token: &str) -> Value {
        let (status, json) = self.call(http::Method::GET, path, token, None).await;
        assert_eq!(status, 200, "{path} {json} {}", self.log());
        json
    }

    /// As when the power fails.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until it holds; not for ever.
pub async fn until<F: Future<Output = bool>>(within: Duration, what: &str, mut holds: impl FnMut() -> F) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}
