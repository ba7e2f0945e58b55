//! `rapport export` and `rapport generate`

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use domain::Kind;
use domain::list::ListQuery;
use futures::StreamExt;
use service::generate::Amounts;
use tokio::io::AsyncWriteExt;

use super::Settings;
use crate::settings::Refused;

#[derive(Args)]
pub struct Export {
    /// What to write: companies, contacts, deals, products, pipelines, tasks, notes, calls, users, teams, events, resources
    #[arg(long, env = "RAPPORT_EXPORT_KIND", value_name = "KIND", value_parser = kind)]
    kind: Kind,
    /// Form of the file
    #[arg(long, env = "RAPPORT_EXPORT_FORMAT", value_enum, default_value = "csv")]
    format: Format,
    /// File to write [default: standard output]
    #[arg(long, short, env = "RAPPORT_EXPORT_OUTPUT", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only records that this filter finds, such as `owner = me and amount >= 1000`
    #[arg(long, env = "RAPPORT_EXPORT_FILTER", default_value = "", hide_default_value = true)]
    filter: String,
    /// Field to sort by, with - before it for descending
    #[arg(long, env = "RAPPORT_EXPORT_SORT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    sort: String,
    /// Fields in order, separated by commas [default: all]
    #[arg(long, env = "RAPPORT_EXPORT_COLUMNS", value_delimiter = ',', value_name = "FIELDS")]
    columns: Vec<String>,
    /// What this person may see [default: everything]
    #[arg(long = "as", env = "RAPPORT_AS", value_name = "EMAIL")]
    acting: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// UTF-8 with byte order mark, for spreadsheets
    Csv,
    /// A list of records
    Json,
    /// A spreadsheet
    Xlsx,
    /// For other calendars: events only
    Ics,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| format!("one of {}", Kind::ALL.map(Kind::plural).join(", ")))
}

impl Export {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, Refused> {
        if matches!(self.format, Format::Xlsx) && self.output.is_none() && std::io::stdout().is_terminal() {
            return Err(Refused::new("A spreadsheet is nothing for a terminal.", "Say where it goes: --output FILE."));
        }
        let app = settings.open(false, false).await?;
        let ctx = super::people::acting(&app, self.acting.as_deref()).await?;
        let query = ListQuery { filter: self.filter, sort: self.sort, ..ListQuery::default() };
        let format = match self.format {
            Format::Csv => service::export::Format::Csv,
            Format::Json => service::export::Format::Json,
            Format::Xlsx => service::export::Format::Xlsx,
            Format::Ics => service::export::Format::Ics,
        };
        let mut pieces = service::export::export(&ctx, self.kind, &query, &self.columns, format).await?;
        let unwritable =
            |e: std::io::Error| Refused::new(format!("The export cannot be written: {e}."), "Check --output and the free space.");
        let mut out: Box<dyn tokio::io::AsyncWrite + Send + Unpin> = match &self.output {
            Some(path) => Box::new(tokio::fs::File::create(path).await.map_err(unwritable)?),
            None => Box::new(tokio::io::stdout()),
        };
        while let Some(piece) = pieces.next().await {
            out.write_all(&piece?).await.map_err(unwritable)?;
        }
        out.flush().await.map_err(unwritable)?;
        drop(pieces);
        app.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Args)]
pub struct Generate {
    /// How many companies, with their contacts
    #[arg(long, env = "RAPPORT_GENERATE_COMPANIES", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    companies: u64,
    /// How many deals, with their history
    #[arg(long, env = "RAPPORT_GENERATE_DEALS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    deals: u64,
    /// How many events of the calendar, one in forty of them recurring
    #[arg(long, env = "RAPPORT_GENERATE_EVENTS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    events: u64,
    /// How many people more, without an account
    #[arg(long, env = "RAPPORT_GENERATE_USERS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    users: u64,
    /// The same seed makes the same data
    #[arg(long, env = "RAPPORT_GENERATE_SEED", default_value_t = 1)]
    seed: u64,
}

impl Generate {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, Refused> {
        let app = settings.open(false, false).await?;
        if app.needs_setup().await? {
            return Err(Refused::new(
                format!("There is no company yet in {}.", settings.place()),
                "Make one first: start `rapport serve` and open its page, or `rapport serve --demo` for the sample company. Stop it, then generate.",
            ));
        }
        let amounts = Amounts { companies: self.companies, deals: self.deals, events: self.events, users: self.users, seed: self.seed };
        let begun = std::time::Instant::now();
        let live = std::io::stderr().is_terminal();
        // A log gets a line for each tenth, a terminal one that moves.
        let tenth = std::sync::atomic::AtomicU64::new(0);
        service::generate::generate(&app, amounts, |done, of| {
            let now = (done * 10).checked_div(of).unwrap_or(10);
            if live {
                let _ = write!(std::io::stderr(), "\r  {done} of {of}");
            } else if tenth.fetch_max(now, std::sync::atomic::Ordering::Relaxed) < now {
                let _ = writeln!(std::io::stderr(), "  {done} of {of}");
            }
        })
        .await?;
        if live {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        println!(
            "{} companies, {} deals, {} events and {} people in {:.1} s, in {}",
            self.companies,
            self.deals,
            self.events,
            self.users,
            begun.elapsed().as_secs_f64(),
            settings.place()
        );
        app.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
