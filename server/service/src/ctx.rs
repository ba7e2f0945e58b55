//! Who acts, and with what: the shared parts of the program (database, index, live hub, clock) and the signed-in person.

use std::path::PathBuf;
use std::sync::Arc;

use domain::auth::{Me, TokenScope};
use domain::rights::{Power, Role, Who};
use domain::{Error, Id, Locale, Result};
use index::Index;
use parking_lot::{Mutex, RwLock};
use store::{DbError, Store};

use crate::auth::Guard;
use crate::directory::Directory;
use crate::live::Hub;

/// The running program's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub clock: Clock,
    pub config: Config,
    pub store: Store,
    pub index: Index,
    pub hub: Hub,
    pub directory: RwLock<Arc<Directory>>,
    /// Read one after the other: what was read earlier must not replace what was read later.
    reloading: tokio::sync::Mutex<()>,
    pub guard: Guard,
    pub places: Arc<crate::records::Places>,
    pub imports: crate::import::Running,
    pub book: crate::calendar::Book,
    pub booking: crate::booking::Desk,
    pub mailer: crate::mail::Mailer,
    pub reminders: crate::reminders::State,
    /// This process, among all that ever served this database.
    pub server: Id,
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
    /// Who takes our letters; None: nothing is sent by mail.
    pub mail: Option<crate::mail::Settings>,
    /// Where people reach us, for links in letters: `https://crm.example.com`.
    pub public: String,
}

impl Config {
    /// Nothing on disk: tests and trials.
    pub fn in_memory() -> Self {
        Self {
            database: "mem://".to_owned(),
            data_dir: None,
            demo: false,
            tls: false,
            mail: None,
            public: "http://127.0.0.1:3000".to_owned(),
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.database.starts_with("ws")
    }
}

impl App {
    /// Opens the database (creating and migrating it where needed) and the index, and starts the background work.
    ///
    /// # Errors
    /// [`OpenError`] says in words for the operator what is wrong and what to do.
    pub async fn open(config: Config, clock: Clock) -> std::result::Result<Self, OpenError> {
        let store = Store::open(&config.database).await.map_err(|e| OpenError::of(e, &config.database))?;
        let shared = config.is_shared();
        let unreadable = |e: Error| OpenError {
            problem: match &e {
                Error::Unavailable => "The database gave no answer in time.".to_owned(),
                Error::Full => "There is no room on the disk of the database.".to_owned(),
                e => format!("The database cannot be read: {e}"),
            },
            advice: match &e {
                Error::Full => "Free some space (the database wants 256 MB to work with), then start again.".to_owned(),
                _ => "Look into the log under this reference; run `rapport check`.".to_owned(),
            },
            passing: shared && e == Error::Unavailable,
        };
        // Another database in the same data directory has an index of its own. One in memory is new each time: an index on
        // disk would know records that are gone.
        // After an abrupt end the first read waits for what the database brings up again.
        let mut waited = 0;
        let identity = loop {
            match store.identity().await {
                Ok(identity) => break identity,
                Err(DbError::Unavailable(why)) if waited < 5 => {
                    waited += 1;
                    tracing::warn!(why, "waiting for the database");
                    // A line that broke says so at once, and takes a moment to be there again.
                    tokio::time::sleep(std::time::Duration::from_millis(200 * waited)).await;
                }
                Err(e) => return Err(unreadable(fault(e))),
            }
        };
        let dir = config.data_dir.as_ref().filter(|_| config.database != "mem://");
        let dir = dir.map(|d| d.join("index").join(identity.to_string()));
        let broken = |e: &dyn std::fmt::Display| OpenError {
            problem: format!("The search index cannot be opened: {e}"),
            advice: "Stop the server, delete the folder `index` in the data directory, and start again: it is rebuilt.".to_owned(),
            passing: false,
        };
        let (mut index, mut found) = Index::open(dir.as_deref()).map_err(|e| broken(&e))?;
        if let Some(dir) = &dir
            && !crate::feed::fits(&store, &found).await.map_err(|e| unreadable(fault(e)))?
        {
            tracing::warn!("the search index is ahead of the database (an older copy of it was put back): it is filled anew");
            // Its directory has to be free before it is opened again.
            drop(index);
            (index, found) = (Index::anew(dir).map_err(|e| broken(&e))?, index::Opened::Empty);
        }
        let directory = Directory::load(&store).await.map_err(|e| unreadable(fault(e)))?;
        let app = Self(Arc::new(Inner {
            clock,
            store,
            index,
            hub: Hub::default(),
            directory: RwLock::new(Arc::new(directory)),
            reloading: tokio::sync::Mutex::default(),
            guard: Guard::default(),
            places: Arc::default(),
            imports: crate::import::Running::default(),
            book: crate::calendar::Book::default(),
            booking: crate::booking::Desk::default(),
            mailer: crate::mail::Mailer::new(config.mail.clone()),
            reminders: crate::reminders::State::default(),
            server: new_id(),
            config,
        }));
        // What others commit while this takes its time is followed afterwards.
        let since = new_id();
        crate::feed::catch_up(&app, found).await.map_err(unreadable)?;
        if app.0.config.is_shared() {
            crate::feed::follow_others(&app, since);
        }
        crate::calendar::begin(&app);
        crate::feed::follow_reopening(&app);
        crate::upkeep::begin(&app);
        crate::mail::begin(&app);
        crate::reminders::begin(&app);
        Ok(app)
    }

    /// Ends what runs in the background. The database closes when the last handle is dropped.
    pub async fn close(self) {
        self.0.hub.close();
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    pub fn counters(&self) -> &store::Counters {
        self.0.store.counters()
    }

    /// Can it serve? For `/readyz`.
    pub async fn ready(&self) -> Result<()> {
        self.0.store.ping().await.map_err(fault)
    }

    /// No user can sign in yet: the set-up page comes first.
    pub async fn needs_setup(&self) -> Result<bool> {
        if self.0.config.is_shared() && self.directory().workspace.is_none() {
            // Another server may have been set up meanwhile: whoever comes here must not become an owner too.
            self.reload_directory().await?;
        }
        Ok(self.directory().workspace.is_none())
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.0.directory.read().clone()
    }

    pub(crate) async fn reload_directory(&self) -> Result<()> {
        let _one_at_a_time = self.0.reloading.lock().await;
        let fresh = Directory::load(&self.0.store).await.map_err(fault)?;
        *self.0.directory.write() = Arc::new(fresh);
        Ok(())
    }

    /// The workspace's settings leave no change behind: with several servers they are looked at now and then.
    pub(crate) async fn follow_workspace(&self) -> Result<()> {
        let stored = Directory::stored_workspace(&self.0.store).await.map_err(fault)?;
        let habits = Directory::stored_habits(&self.0.store).await.map_err(fault)?;
        if stored == self.directory().workspace && habits == self.directory().habits { Ok(()) } else { self.reload_directory().await }
    }

    pub(crate) fn now(&self) -> i64 {
        self.0.clock.now()
    }

    pub(crate) fn now_text(&self) -> String {
        domain::time::instant(self.now())
    }

    /// A named actor for seeds, generators, command line and jobs, with an owner's rights.
    pub fn system(&self, name: &'static str) -> Ctx {
        let directory = self.directory();
        let me = Me {
            id: Id(uuid::Uuid::nil()),
            name: name.to_owned(),
            email: String::new(),
            role: Role::Owner,
            team: None,
            team_members: Vec::new(),
            locale: Locale::En,
            time_zone: directory.time_zone().to_owned(),
            workspace: directory.workspace.as_ref().map(|w| w.name.clone()).unwrap_or_default(),
            currency: directory.currency().to_owned(),
            demo: self.0.config.demo,
        };
        Ctx { app: self.clone(), me: Arc::new(me), via: Via::System(name), heard: Heard::default() }
    }
}

/// UUIDv7: in the order of time, also within one millisecond.
pub(crate) fn new_id() -> Id {
    Id(uuid::Uuid::now_v7())
}

/// What the database says, as people may know it; the rest goes to the log.
pub(crate) fn fault(e: DbError) -> Error {
    match e {
        DbError::Unavailable(why) => {
            tracing::error!(why, "database out of reach");
            Error::Unavailable
        }
        DbError::Full(why) => {
            tracing::error!(why, "no room for the database");
            Error::Full
        }
        other => internal(&other),
    }
}

/// What the file system says about a file of ours.
pub(crate) fn disk(e: &std::io::Error) -> Error {
    use std::io::ErrorKind as K;
    match e.kind() {
        K::StorageFull | K::QuotaExceeded | K::FileTooLarge => Error::Full,
        _ => Error::Unavailable,
    }
}

pub(crate) fn internal(e: &dyn std::fmt::Display) -> Error {
    let reference = new_id().to_string().chars().rev().take(12).collect::<String>();
    tracing::error!(reference, error = %e, "internal error");
    Error::Internal { reference }
}

/// Why the program cannot start. `advice` says what to do.
#[derive(Debug)]
pub struct OpenError {
    pub problem: String,
    pub advice: String,
    /// A database server that does not answer yet: it may be well soon.
    pub passing: bool,
}

impl OpenError {
    fn of(e: store::OpenError, url: &str) -> Self {
        use store::OpenError as E;
        let url = url.rsplit_once('@').map_or(url, |(_, host)| host);
        let passing = matches!(e, E::Unreachable(_));
        let (problem, advice) = match e {
            E::BadUrl(u) => {
                (format!("`{u}` is no database address."), "Use surrealkv://PATH, mem://, ws://HOST:PORT or wss://HOST:PORT.".to_owned())
            }
            E::Locked(_) => (
                format!("The database at {url} is in use by another process."),
                "Stop the other `rapport` (or use its REST interface), then try again.".to_owned(),
            ),
            E::Newer(why) => (
                format!("The database at {url} was written by a newer version: {why}."),
                "Start the newer program, or restore a backup that was made by this version.".to_owned(),
            ),
            E::Unreachable(why) => {
                (format!("The database server at {url} does not answer: {why}."), "Check that it runs, and its address.".to_owned())
            }
            E::Refused(why) => (
                format!("The database server at {url} does not let Rapport in: {why}."),
                "Check user and password in the address (RAPPORT_DATABASE or the configuration file).".to_owned(),
            ),
            E::Full(why) => (
                format!("There is no room on the disk for the database at {url}: {why}."),
                "Free some space (the database wants 256 MB to work with), then start again.".to_owned(),
            ),
            E::Damaged(why) => (
                format!("The database at {url} cannot be opened: {why}."),
                "Check the rights of the directory. If files are damaged, move the directory away and restore the last backup.".to_owned(),
            ),
        };
        Self { problem, advice, passing }
    }
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
    pub heard: Heard,
}

/// What stands against items of the calendar that were written through a door whose answer has no place for it: doors that
/// have one fetch it from here. Copies of a [`Ctx`] share it.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Vec<domain::calendar::Conflict>>>);

impl Heard {
    /// A large act may meet much: the list of open conflicts has all.
    pub(crate) fn note(&self, found: &[domain::calendar::Conflict]) {
        let mut heard = self.0.lock();
        let room = domain::calendar::conflict::MAX_CONFLICTS.saturating_sub(heard.len());
        heard.extend(found.iter().take(room).cloned());
    }

    pub fn conflicts(&self) -> Vec<domain::calendar::Conflict> {
        self.0.lock().clone()
    }
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

impl Ctx {
    pub(crate) fn who(&self) -> Who {
        self.me.who()
    }

    /// A token for reading never writes, whatever its person may do.
    pub(crate) fn may_write(&self) -> Result<()> {
        match self.via {
            Via::Token { scope: TokenScope::Read, .. } => Err(Error::Forbidden),
            _ => Ok(()),
        }
    }

    pub(crate) fn need(&self, power: Power) -> Result<()> {
        if self.me.who().has(power) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// None for system actors: they are nobody's records' owner.
    pub(crate) fn actor(&self) -> Option<Id> {
        (!matches!(self.via, Via::System(_))).then_some(self.me.id)
    }
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
