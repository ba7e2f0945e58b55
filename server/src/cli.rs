//! The command line. Every option also comes from the environment (`RAPPORT_…`) or the configuration file; secrets only
//! from there or from a file. Whatever goes wrong is said in one message with what to do about it.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use service::ctx::OpenError;
use service::{App, Clock, Config};

use crate::settings::{self, File, Refused};

mod check;
mod data;
mod import;
mod mail;
mod people;
mod serve;

/// SurrealDB and the drawing of pages both go deep.
const STACK: usize = 10 * 1024 * 1024;

#[derive(Parser)]
#[command(name = "rapport", version, about = "Rapport, the CRM a company runs as one program.", disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// Configuration file (TOML); its keys are the names of the options
    #[arg(long, global = true, help_heading = "Everywhere", env = "RAPPORT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database: surrealkv://PATH, mem://, ws://HOST or wss://HOST (with a password in it only from the environment or the file)
    #[arg(long, global = true, help_heading = "Everywhere", env = "RAPPORT_DATABASE", hide_env_values = true, value_name = "URL")]
    database: Option<String>,
    /// Data directory [default: ~/.local/share/rapport]
    #[arg(long, global = true, help_heading = "Everywhere", env = "RAPPORT_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// What goes to the log: error, warn, info, debug, or per module as in `service=debug`
    #[arg(long, global = true, help_heading = "Everywhere", env = "RAPPORT_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// Log lines as JSON
    #[arg(long, global = true, help_heading = "Everywhere", env = "RAPPORT_LOG_JSON", value_parser = FalseyValueParser::new())]
    log_json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Bring in CSV and XLSX files
    Import(import::Import),
    /// Write records of a kind as CSV, JSON or XLSX
    Export(data::Export),
    /// People who may sign in
    #[command(subcommand)]
    User(people::User),
    /// API tokens
    #[command(subcommand)]
    Token(people::Token),
    /// Fill the database with synthetic data
    Generate(data::Generate),
    /// Look at configuration, database and disk, and say what to do
    Check(check::Check),
}

/// What the options come to.
struct Settings {
    database: String,
    data_dir: Option<PathBuf>,
    file: File,
    /// Only a server that serves sends mail.
    mail: Option<service::mail::Settings>,
    /// Where people reach it.
    public: String,
}

impl Settings {
    /// Where the data is, in words.
    fn place(&self) -> &str {
        let place = self.database.split('@').next_back().unwrap_or_default();
        place.strip_prefix("surrealkv://").unwrap_or(place)
    }

    fn lock(&self) -> Option<PathBuf> {
        let path = self.database.strip_prefix("surrealkv://")?;
        Some(Path::new(path.split('?').next().unwrap_or(path)).join("LOCK"))
    }

    async fn open(&self, demo: bool, tls: bool) -> Result<App, Refused> {
        Ok(self.try_open(demo, tls).await?)
    }

    async fn try_open(&self, demo: bool, tls: bool) -> Result<App, OpenError> {
        let (mail, public) = (self.mail.clone(), self.public.clone());
        let config = Config { database: self.database.clone(), data_dir: self.data_dir.clone(), demo, tls, mail, public };
        App::open(config, Clock::system()).await
    }
}

pub fn main() -> ExitCode {
    match start(std::env::args_os().collect()) {
        Ok(code) => code,
        Err(Stop::Usage(e)) => e.exit(),
        Err(Stop::Refused(refused)) => {
            eprintln!("rapport: {refused}");
            ExitCode::FAILURE
        }
    }
}

enum Stop {
    Usage(clap::Error),
    Refused(Refused),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Stop::Refused(refused)
    }
}

fn start(args: Vec<OsString>) -> Result<ExitCode, Stop> {
    let matches = Cli::command().try_get_matches_from(args).map_err(Stop::Usage)?;
    let cli = Cli::from_arg_matches(&matches).map_err(Stop::Usage)?;
    let as_argument = matches.subcommand().is_some_and(|(_, m)| m.value_source("database") == Some(ValueSource::CommandLine))
        || matches.value_source("database") == Some(ValueSource::CommandLine);
    if as_argument && cli.common.database.as_deref().is_some_and(settings::has_secret) {
        let advice = "Put the address into RAPPORT_DATABASE or the configuration file: other people on this machine can read arguments.";
        return Err(Refused::new("--database must not contain a password.", advice).into());
    }
    let file = cli.common.config.as_deref().map(File::read).transpose()?.unwrap_or_default();
    log(&cli.common, &file, &cli.command)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|e| Refused::new(format!("The program cannot start its threads: {e}."), "Are there limits on processes or memory?"))?;
    let settings = settle(cli.common, file)?;
    let lock = settings.lock();
    // The main thread's own stack is as small as the system likes: the work runs on a worker's.
    let work = runtime.spawn(run(cli.command, settings));
    let outcome = runtime.block_on(work);
    runtime.block_on(closed(lock));
    runtime.shutdown_timeout(Duration::from_secs(2));
    match outcome {
        Ok(result) => Ok(result?),
        Err(e) => Err(Refused::new(format!("The program stopped over a fault of its own: {e}."), "").into()),
    }
}

/// The database closes itself once the last handle to it is gone, and lets go of its lock at the end of that.
async fn closed(lock: Option<PathBuf>) {
    let Some(file) = lock.and_then(|path| std::fs::File::open(path).ok()) else { return };
    for _ in 0..100 {
        if file.try_lock().is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

async fn run(command: Command, settings: Settings) -> Result<ExitCode, Refused> {
    match command {
        Command::Serve(c) => c.run(settings).await,
        Command::Import(c) => c.run(settings).await,
        Command::Export(c) => c.run(settings).await,
        Command::User(c) => c.run(settings).await,
        Command::Token(c) => c.run(settings).await,
        Command::Generate(c) => c.run(settings).await,
        Command::Check(c) => c.run(settings).await,
    }
}

fn settle(common: Common, file: File) -> Result<Settings, Refused> {
    let data = common.data.or_else(|| file.data.clone());
    let database = common.database.or_else(|| file.database.clone());
    let (database, data_dir) = match (database, data) {
        (Some(database), data) => {
            // Each database has its own index and uploads: beside an embedded one, nowhere for one in memory.
            let default = match database.strip_prefix("surrealkv://") {
                Some(path) => Some(PathBuf::from(format!("{}.files", path.split('?').next().unwrap_or(path).trim_end_matches('/')))),
                None if database.starts_with("mem://") => None,
                None => Some(settings::default_data_dir()?),
            };
            (database, data.or(default))
        }
        (None, data) => {
            let dir = data.map_or_else(settings::default_data_dir, Ok)?;
            let dir = std::path::absolute(&dir).unwrap_or(dir);
            (format!("surrealkv://{}", dir.join("database").display()), Some(dir))
        }
    };
    Ok(Settings { database, data_dir, file, mail: None, public: String::new() })
}

fn log(common: &Common, file: &File, command: &Command) -> Result<(), Refused> {
    use tracing_subscriber::EnvFilter;
    // SurrealKV warns on every close that it was closed already. A merge of the index that is under way at the end is given up,
    // which loses nothing and is made another time; tantivy calls that a warning.
    let quiet = "warn,surrealkv=error,tantivy::indexer::segment_updater=error";
    let usual = match command {
        Command::Serve(_) => format!("{quiet},server=info,service=info,store=info"),
        _ => quiet.to_owned(),
    };
    let wanted = common.log.clone().or_else(|| file.log.clone()).unwrap_or(usual);
    let filter = EnvFilter::try_new(&wanted)
        .map_err(|e| Refused::new(format!("The log level {wanted:?} is not understood: {e}."), "Give error, warn, info or debug."))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    // Twice only in tests; the first one stays.
    let _ = if common.log_json || file.log_json == Some(true) { builder.json().try_init() } else { builder.compact().try_init() };
    Ok(())
}

/// Reads a secret from a file, or from standard input for `-`. Line ends at its end do not belong to it.
fn secret_from(path: &Path) -> Result<String, Refused> {
    let text = if path == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text =
        text.map_err(|e| Refused::new(format!("The password file {} cannot be read: {e}.", path.display()), "Check --password-file."))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The address to listen on.
fn listen_address(argument: Option<SocketAddr>, file: &File) -> SocketAddr {
    argument.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_explains_itself() {
        fn walk(command: &clap::Command, path: &str) {
            for sub in command.get_subcommands() {
                let path = format!("{path} {}", sub.get_name());
                assert!(sub.get_about().is_some(), "{path} has no help");
                for arg in sub.get_arguments() {
                    assert!(arg.get_help().is_some(), "{path} {} has no help", arg.get_id());
                }
                walk(sub, &path);
            }
        }
        walk(&Cli::command(), "rapport");
    }

    #[test]
    fn a_password_never_comes_as_an_argument() {
        let args = ["rapport", "check", "--database", "ws://root:pw@db"].map(OsString::from).to_vec();
        assert!(matches!(start(args), Err(Stop::Refused(r)) if r.problem.contains("password")));
    }
}
