//! aiosmtpd as a child process, and its letters as they come.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// Ends with the test.
pub struct PostOffice {
    child: Child,
    pub port: u16,
    letters: Receiver<Taken>,
}

/// A letter as the mail server took it.
#[derive(Debug, Deserialize)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub user: Option<String>,
    pub tls: bool,
    /// base64
    raw: String,
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/mail")
}

pub fn python() -> PathBuf {
    let named = std::env::var_os("RAPPORT_PYTHON").map(PathBuf::from);
    let made = || {
        let cache = std::env::var_os("RAPPORT_CACHE").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/rapport")))?;
        let found = std::fs::read_dir(cache.join("tools")).ok()?.filter_map(Result::ok).map(|e| e.path());
        found.filter(|p| p.join(".whole").is_file()).map(|p| p.join("bin/python")).max()
    };
    named.or_else(made).expect("no Python with aiosmtpd: script/setup test makes one")
}

impl PostOffice {
    /// `plain`, `starttls`, `tls`
    pub fn open(how: &str) -> Self {
        let mut command = Command::new(python());
        command.arg(folder().join("smtp.py")).arg(how).args(["server.pem", "server.key"].map(|f| folder().join(f)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().expect("it says its port").unwrap().parse().unwrap();
        let (sender, letters) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, port, letters }
    }

    /// The next letter; it has a while to come.
    pub fn next(&mut self) -> Taken {
        self.letters.recv_timeout(Duration::from_secs(60)).expect("a letter comes")
    }

    /// Nothing more has come so far.
    pub fn is_empty(&mut self) -> bool {
        matches!(self.letters.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::Timeout))
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Taken {
    /// As Python's own mail library reads it: headers, and each part by its type.
    pub fn read(&self) -> Value {
        const READ: &str = "
import base64, email, email.policy, json, sys
m = email.message_from_bytes(base64.b64decode(sys.argv[1]), policy=email.policy.default)
parts = {p.get_content_type(): p.get_content() for p in m.walk() if not p.is_multipart()}
parts = {k: v if isinstance(v, str) else v.decode() for k, v in parts.items()}
methods = {p.get_content_type(): p.get_param('method') for p in m.walk()}
print(json.dumps({'subject': m['subject'], 'to': str(m['to']), 'from': str(m['from']), 'reply_to': str(m['reply-to'] or ''), 'id': m['message-id'],
    'language': m['content-language'], 'method': methods.get('text/calendar'), 'parts': parts, 'defects': [str(d) for p in m.walk() for d in p.defects]}))";
        let done = Command::new(python()).args(["-c", READ, &self.raw]).output().expect("python reads");
        let read: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&done.stderr)));
        assert_eq!(read["defects"], serde_json::json!([]), "a whole message");
        read
    }
}
