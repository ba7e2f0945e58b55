//! The load generator of `make bench`: fills databases of several sizes with the real program, serves each with the real
//! program, knocks at its doors with one and with many clients, and prints what was measured beside the bare database and
//! an empty route. A missed target is shown; it fails the run only with `--strict`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

mod bare;
mod bulk;
mod calendar;
mod doors;
mod http;
mod live;
mod load;
mod program;
mod reminders;
mod run;
mod table;
mod visit;

/// As in the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "bench/run", about = "Measures Rapport and prints one table.")]
pub struct Options {
    /// Sizes: how many deals
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    deals: Vec<u64>,
    /// How many items the calendar has, one in forty of them recurring
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// How many of them ring in the same minute
    #[arg(long, default_value_t = 10_000)]
    reminders: usize,
    /// How many users at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 50])]
    users: Vec<usize>,
    /// Seconds for each figure
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Only rows that contain one of these words, such as `list` or `board,search`; also: live, import, start, visit, calendar, reminders
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out the bare database
    #[arg(long)]
    no_bare: bool,
    /// End with an error when a target is missed
    #[arg(long)]
    strict: bool,
    /// Write the table to this file, too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The program
    #[arg(long, env = "RAPPORT_BIN", value_name = "FILE")]
    program: PathBuf,
    /// What browsers load
    #[arg(long, env = "RAPPORT_SITE", value_name = "DIR")]
    site: PathBuf,
    /// Where filled databases are kept
    #[arg(long, env = "RAPPORT_BENCH_DATA", value_name = "DIR")]
    data: PathBuf,
}

impl Options {
    pub fn wants(&self, what: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|w| what.contains(w.as_str()))
    }
}

fn main() -> ExitCode {
    // The empty route is a process of its own, as the program is.
    let empty = std::env::args().nth(1).as_deref() == Some("empty-route");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(10 * 1024 * 1024).build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let work = async move { if empty { http::empty_route().await.map(|()| true) } else { run::run(Options::parse()).await } };
        // On a worker's stack: the database goes deep.
        let work = runtime.spawn(work);
        runtime.block_on(work).map_err(anyhow::Error::from).flatten()
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(e) => {
            eprintln!("bench: {e:#}");
            ExitCode::FAILURE
        }
    }
}
