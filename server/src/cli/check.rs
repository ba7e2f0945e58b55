//! `rapport check`: looks at everything the server will need and says what to do about each finding.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use domain::Kind;
use domain::list::ListQuery;

use super::{Settings, listen_address};
use crate::assets::Site;
use crate::settings::{Refused, origin_of};

/// Less than this, and the database cannot tidy up after itself.
const LOW: u64 = 1024 * 1024 * 1024;

#[derive(Args)]
pub struct Check {
    /// Address and port that the server would listen on
    #[arg(long, env = "RAPPORT_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Folder with what browsers load
    #[arg(long, env = "RAPPORT_SITE", value_name = "DIR")]
    site: Option<PathBuf>,
}

struct Findings {
    bad: bool,
}

impl Findings {
    fn good(&self, what: &str) {
        println!("ok    {what}");
    }

    fn note(&self, what: &str, advice: &str) {
        println!("note  {what}\n      {advice}");
    }

    fn bad(&mut self, what: &str, advice: &str) {
        self.bad = true;
        println!("BAD   {what}");
        for line in advice.lines() {
            println!("      {line}");
        }
    }
}

impl Check {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, Refused> {
        let mut findings = Findings { bad: false };
        println!("Rapport {}", env!("CARGO_PKG_VERSION"));
        println!("database  {}", settings.place());
        match &settings.data_dir {
            Some(dir) => println!("data      {}", dir.display()),
            None => println!("data      in memory"),
        }
        self.configuration(&settings, &mut findings);
        if let Some(dir) = &settings.data_dir {
            directory(dir, &mut findings);
        }
        database(&settings, &mut findings).await;
        if findings.bad {
            println!("The server would not run well: see above.");
            return Ok(ExitCode::FAILURE);
        }
        println!("All is well.");
        Ok(ExitCode::SUCCESS)
    }

    fn configuration(&self, settings: &Settings, findings: &mut Findings) {
        let file = &settings.file;
        let listen = listen_address(self.listen, file);
        match std::net::TcpListener::bind(listen) {
            Ok(_) => findings.good(&format!("{listen} is free to listen on")),
            Err(e) => findings
                .note(&format!("{listen} cannot be listened on: {e}"), "Is the server running there? If not, take another: --listen."),
        }
        if let Some(Err(refused)) = file.public_url.as_deref().map(origin_of) {
            findings.bad(&refused.problem, &refused.advice);
        }
        let secure = file.tls_terminated == Some(true) || file.public_url.as_deref().is_some_and(|u| u.starts_with("https://"));
        if !listen.ip().is_loopback() && !secure {
            findings.note(
                "passwords would cross the network in the clear",
                "Put a proxy with TLS in front and say --tls-terminated and --public-url https://….",
            );
        }
        let root = self.site.clone().or_else(|| file.site.clone());
        let beside = || std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("site")));
        match root.or_else(beside).filter(|r| Site::of(Some(r)).is_built()) {
            Some(root) => findings.good(&format!("what browsers load is in {}", root.display())),
            None => findings.bad("what browsers load is not there", "Build it with script/build-web and say where it is: --site DIR."),
        }
    }
}

fn directory(dir: &Path, findings: &mut Findings) {
    if !dir.exists() {
        findings.note(&format!("{} does not exist yet", dir.display()), "The first start makes it.");
        return;
    }
    let probe = dir.join(format!(".check-{}", std::process::id()));
    match std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => findings.good("the data directory can be written to"),
        Err(e) => findings
            .bad(&format!("{} cannot be written to: {e}", dir.display()), "Give it to the user who runs the server, or free some space."),
    }
    match fs4::available_space(dir) {
        Ok(free) if free < LOW => findings.bad(
            &format!("only {} MB are free on the disk of the data", free / 1024 / 1024),
            "Free some space: writes fail when it is full.",
        ),
        Ok(free) => findings.good(&format!("{} GB are free on the disk of the data", free / 1024 / 1024 / 1024)),
        Err(e) => findings.note(&format!("the free space is not known: {e}"), "Look with df."),
    }
}

/// Opening migrates an older database and refuses a newer one, so this is the truth about both.
async fn database(settings: &Settings, findings: &mut Findings) {
    let app = match settings.open(false, false).await {
        Ok(app) => app,
        Err(refused) => return findings.bad(&refused.problem, &refused.advice),
    };
    findings.good("the database opens, and its form is this program's");
    match app.ready().await {
        Ok(()) => findings.good("the database answers"),
        Err(e) => findings.bad(&format!("the database does not answer: {e}"), "Look at its log and the disk."),
    }
    match app.needs_setup().await {
        Ok(true) => findings.note(
            "nobody can sign in yet",
            "Open the address in a browser, or: rapport user add EMAIL --name NAME --role owner --password-file FILE",
        ),
        Ok(false) => {}
        Err(e) => findings.bad(&format!("the people cannot be read: {e}"), "Look into the log."),
    }
    let ctx = app.system("check");
    for kind in Kind::ALL {
        let query = ListQuery { count: true, limit: 1, ..ListQuery::default() };
        match service::records::list(&ctx, kind, &query).await {
            Ok(page) => findings.good(&format!("{} {}", page.total.unwrap_or_default(), kind.plural())),
            Err(e) => findings.bad(&format!("the {} cannot be read: {e}", kind.plural()), "Look into the log."),
        }
    }
    app.close().await;
}
