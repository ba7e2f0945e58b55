//! Who acts, and with what: the shared parts of the program (database, index, live hub, clock) and the signed-in person.

use std::path::PathBuf;
use std::sync::Arc;

use domain::auth::{Me, TokenScope};
use domain::{Error, Id, Locale, Result};

/// The running program's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub clock: Clock,
    pub config: Config,
}

/// The only clock. Tests set it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    pub fn system() -> Self {
        Self(Arc::new(|| chrono::Utc::now().timestamp_millis()))
    }

    pub fn fixed(at: Arc<std::sync::atomic::AtomicI64>) -> Self {
        Self(Arc::new(move || at.load(std::sync::atomic::Ordering::SeqCst)))
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        (self.0)()
    }
}

/// What the operator decides; read by the server from arguments, environment and file.
#[derive(Clone, Debug)]
pub struct Config {
    /// `surrealkv://PATH`, `mem://`, `ws://…`, `wss://…`
    pub database: String,
    /// Where uploads and the search index lie; None: in memory and in the system's temporary directory.
    pub data_dir: Option<PathBuf>,
    /// Sample company with known passwords; loopback only.
    pub demo: bool,
    /// Cookies `Secure` and `__Host-`.
    pub tls: bool,
}

impl App {
    /// Opens the database (creating and migrating it where needed) and the index, and starts the background work.
    ///
    /// # Errors
    /// [`OpenError`] says in words for the operator what is wrong and what to do.
    pub async fn open(config: Config, clock: Clock) -> std::result::Result<Self, OpenError> {
        Ok(Self(Arc::new(Inner { clock, config })))
    }

    /// Waits for running writes and closes the database.
    pub async fn close(self) {}

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Can it serve? For `/readyz`.
    pub async fn ready(&self) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// No user yet: the set-up page comes first.
    pub async fn needs_setup(&self) -> Result<bool> {
        Err(Error::Unavailable)
    }
}

/// Why the program cannot start. `advice` says what to do.
#[derive(Debug)]
pub struct OpenError {
    pub problem: String,
    pub advice: String,
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.problem, self.advice)
    }
}

impl std::error::Error for OpenError {}

/// A signed-in person (or a named system actor) at work.
#[derive(Clone)]
pub struct Ctx {
    pub app: App,
    pub me: Arc<Me>,
    pub via: Via,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    Session(Id),
    Token {
        id: Id,
        scope: TokenScope,
    },
    /// Imports from the command line, seeds, jobs.
    System(&'static str),
}

/// One request from anybody: what the doors know before (and without) a sign-in.
#[derive(Clone)]
pub struct Visit {
    pub app: App,
    /// Set when a valid session or token came with the request.
    pub ctx: Option<Ctx>,
    /// From the person, else the cookie, else the browser.
    pub locale: Locale,
    pub address: String,
    /// The browser's `User-Agent`.
    pub agent: String,
}

impl Visit {
    pub fn signed_in(&self) -> Result<&Ctx> {
        self.ctx.as_ref().ok_or(Error::Unauthenticated)
    }
}
