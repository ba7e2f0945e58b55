//! `rapport serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::serve::ListenerExt;
use clap::Args;
use clap::builder::FalseyValueParser;
use service::App;
use service::ctx::OpenError;
use tokio::net::TcpListener;

use super::{Settings, listen_address};
use crate::app_router::{Closing, Options, router};
use crate::assets::Site;
use crate::meters;
use crate::settings::{Refused, origin_of};

/// What running requests get to finish.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, env = "RAPPORT_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Fill an empty database with the sample company; known passwords, so on loopback addresses only
    #[arg(long, env = "RAPPORT_DEMO", value_parser = FalseyValueParser::new())]
    demo: bool,
    /// Folder with what browsers load [default: `site` beside the program]
    #[arg(long, env = "RAPPORT_SITE", value_name = "DIR")]
    site: Option<PathBuf>,
    /// The address people use, when it is not the one listened on: https://crm.example.com
    #[arg(long, env = "RAPPORT_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// A proxy in front speaks TLS: secure cookies, HSTS, and its X-Forwarded-For is believed
    #[arg(long, env = "RAPPORT_TLS_TERMINATED", value_parser = FalseyValueParser::new())]
    tls_terminated: bool,
    #[command(flatten)]
    mail: super::mail::Mail,
}

impl Serve {
    pub async fn run(self, mut settings: Settings) -> Result<ExitCode, Refused> {
        settings.mail = self.mail.settle(&settings.file)?;
        let file = &settings.file;
        let listen = listen_address(self.listen, file);
        let demo = self.demo || file.demo == Some(true);
        if demo && !listen.ip().is_loopback() {
            return Err(known_passwords(&format!("--demo does not serve on {listen}.")));
        }
        let public = self.public_url.or_else(|| file.public_url.clone());
        let origin = public.as_deref().map(origin_of).transpose()?;
        let behind_proxy = self.tls_terminated || file.tls_terminated == Some(true);
        let tls = behind_proxy || origin.as_deref().is_some_and(|o| o.starts_with("https://"));
        if demo && tls {
            return Err(known_passwords("--demo does not serve behind a proxy."));
        }
        let site = find_site(self.site.or_else(|| file.site.clone()))?;

        // The port first: opening the database of a running server would only say that it is locked.
        let listener = TcpListener::bind(listen).await.map_err(|e| bind_refused(listen, &e))?;
        let address = listener.local_addr().unwrap_or(listen);
        // Listened for before anybody is told that the server is ready.
        let mut stop = StopSignal::new().map_err(|e| Refused::new(format!("Signals cannot be listened for: {e}."), ""))?;
        let public = origin.clone().unwrap_or_else(|| format!("http://{address}"));
        settings.public.clone_from(&public);
        let (app, listener) = match settings.try_open(demo, tls).await {
            Ok(app) => (app, listener),
            Err(e) if e.passing => match wait(&settings, (demo, tls), listener, &public, &e, &mut stop).await? {
                Some(opened) => opened,
                None => return Ok(ExitCode::SUCCESS),
            },
            Err(e) => return Err(e.into()),
        };
        if demo {
            service::seed::sample_company(&app).await?;
        }
        let sample = !app.needs_setup().await? && service::workspace::get(&app.system("start")).await?.demo;
        if sample && (tls || !listen.ip().is_loopback()) {
            return Err(known_passwords(&format!("The database at {} holds the sample company.", settings.place())));
        }
        let metrics = meters::install().map_err(|e| Refused::new(format!("The metrics cannot be set up: {e}."), ""))?;
        let (close, closing) = Closing::new();
        let options = Options { site: Some(site), origin: origin.clone(), behind_proxy, metrics: Some(metrics.clone()), closing };
        let routes = router(app.clone(), options).map_err(|e| Refused::new(e.to_string(), "Check --public-url."))?;
        let upkeep = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                metrics.run_upkeep();
            }
        });
        announce(&public, &settings, demo.then_some(sample));

        let listener = listener.tap_io(|stream| {
            // Small answers go out at once instead of waiting for more.
            let _ = stream.set_nodelay(true);
        });
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        let (told, stopping) = tokio::sync::oneshot::channel();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            stop.wait().await;
            tracing::info!("closing");
            let _ = close.send(true);
            let _ = told.send(());
        });
        let late = async {
            let _ = stopping.await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = serving => result.map_err(|e| Refused::new(format!("The server stopped: {e}."), ""))?,
            () = late => tracing::warn!("some requests did not end in time"),
        }
        upkeep.abort();
        app.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// How often a database server that does not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Until the database server answers, visitors are told that it does not. None: somebody stopped the program meanwhile.
async fn wait(
    settings: &Settings,
    (demo, tls): (bool, bool),
    listener: TcpListener,
    public: &str,
    first: &OpenError,
    stop: &mut StopSignal,
) -> Result<Option<(App, TcpListener)>, Refused> {
    println!("Rapport waits for the database server: pages at {public} say so until it answers");
    println!("  {}", first.problem);
    println!("  {}", first.advice);
    println!("  stop with Ctrl+C");
    let twice = |e: std::io::Error| Refused::new(format!("The server cannot listen: {e}."), "");
    let listener = listener.into_std().map_err(twice)?;
    let waiting = TcpListener::from_std(listener.try_clone().map_err(twice)?).map_err(twice)?;
    let (ready, done) = tokio::sync::oneshot::channel::<()>();
    let visitors = axum::serve(waiting, crate::app_router::while_waiting(tls)).with_graceful_shutdown(async {
        let _ = done.await;
    });
    let visitors = tokio::spawn(visitors.into_future());
    let mut said = first.problem.clone();
    let app = loop {
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stop.wait() => return Ok(None),
        }
        match settings.try_open(demo, tls).await {
            Ok(app) => break app,
            Err(e) if e.passing => {
                if e.problem != said {
                    tracing::warn!("{}", e.problem);
                    said = e.problem;
                }
            }
            Err(e) => return Err(e.into()),
        }
    };
    // Whoever comes now waits at the door for a moment, until the server itself listens.
    let _ = ready.send(());
    let _ = tokio::time::timeout(Duration::from_secs(2), visitors).await;
    Ok(Some((app, TcpListener::from_std(listener).map_err(twice)?)))
}

/// Said on standard output, so that a script (or a person) can wait for it.
fn announce(address: &str, settings: &Settings, sample: Option<bool>) {
    println!("Rapport is ready at {address}");
    println!("  data: {}", settings.place());
    match &settings.mail {
        Some(mail) => println!("  mail: through {}:{}", mail.host, mail.port),
        None => println!("  mail: none (notices stay in the app); --smtp-host turns it on"),
    }
    match sample {
        Some(true) => {
            println!("  sample company; sign in as");
            for (role, email, password) in service::seed::SIGN_INS {
                println!("    {role:<10} {email:<32} {password}");
            }
        }
        Some(false) => println!("  the database holds data of its own: the sample company was left out"),
        None => {}
    }
    println!("  stop with Ctrl+C");
}

fn known_passwords(problem: &str) -> Refused {
    Refused::new(
        problem,
        "Everybody knows the sample company's passwords: it is served on 127.0.0.1 only, without a proxy. Leave --demo out and take another database.",
    )
}

fn find_site(given: Option<PathBuf>) -> Result<PathBuf, Refused> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("site")));
    let root = given.or(beside).unwrap_or_else(|| PathBuf::from("site"));
    if Site::of(Some(&root)).is_built() {
        return Ok(root);
    }
    let problem = format!("What browsers load is not in {}.", root.display());
    Err(Refused::new(problem, "Build it with script/build-web and say where it is: --site DIR or RAPPORT_SITE."))
}

fn bind_refused(listen: SocketAddr, error: &std::io::Error) -> Refused {
    use std::io::ErrorKind;
    let (problem, advice) = match error.kind() {
        ErrorKind::AddrInUse => (
            format!("Port {} is in use on {}.", listen.port(), listen.ip()),
            "Is Rapport running already? Stop the other program, or take another port: --listen 127.0.0.1:3001",
        ),
        ErrorKind::PermissionDenied => (
            format!("This user may not listen on {listen}."),
            "Ports below 1024 are for the system: take a higher one, such as --listen 127.0.0.1:3000, and put a proxy in front.",
        ),
        ErrorKind::AddrNotAvailable => (
            format!("{} is no address of this machine.", listen.ip()),
            "Take one that it has: 127.0.0.1 for this machine only, 0.0.0.0 for all.",
        ),
        _ => (format!("The server cannot listen on {listen}: {error}."), "Check --listen."),
    };
    Refused::new(problem, advice)
}

/// Somebody asks the program to stop: Ctrl+C, or the system.
#[cfg(unix)]
struct StopSignal {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
