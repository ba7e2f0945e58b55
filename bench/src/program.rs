//! The program that is measured, as a process: its commands, its server, its memory.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub struct Server {
    child: Child,
    pub address: String,
    /// From its beginning to its being ready.
    pub start: Duration,
}

/// Only what this program says counts, not what the caller's environment says to Rapport.
fn command(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("RAPPORT_")) {
        command.env_remove(name);
    }
    command.env("RAPPORT_DATA", data).env("RAPPORT_LOG", "warn,surrealkv=error");
    command
}

/// Runs a subcommand to its end; what it printed.
pub fn call(program: &Path, data: &Path, args: &[&str]) -> Result<String> {
    let Output { status, stdout, stderr } = command(program, data).args(args).stdin(Stdio::null()).output()?;
    let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if !status.success() {
        bail!("rapport {}: {}\n{said}{complained}", args.join(" "), status);
    }
    Ok(said.trim().to_owned())
}

impl Server {
    pub fn start(program: &Path, site: &Path, data: &Path, demo: bool) -> Result<Self> {
        let mut command = command(program, data);
        command.args(["serve", "--listen", "127.0.0.1:0", "--site"]).arg(site).args(demo.then_some("--demo"));
        Self::spawn(command)
    }

    /// With more to say to it.
    pub fn start_with(program: &Path, site: &Path, data: &Path, more: &[&str]) -> Result<Self> {
        let mut command = command(program, data);
        command.args(["serve", "--listen", "127.0.0.1:0", "--site"]).arg(site).args(more);
        Self::spawn(command)
    }

    pub fn empty_route() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("empty-route");
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Result<Self> {
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, address)) = line.split_once("ready at http://") {
                let start = begun.elapsed();
                let address = address.trim().to_owned();
                // It goes on talking; nobody listens, but the pipe must not fill.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, address, start });
            }
        }
        let status = child.wait()?;
        bail!("the server ended at once: {status}")
    }

    /// Megabytes: now, and at the most.
    pub fn memory(&self) -> Result<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
        };
        Ok((field("VmRSS:"), field("VmHWM:")))
    }

    /// Asks it to close, and waits for that.
    pub fn stop(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory that goes away with its owner.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(format!("{name}.{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// A copy of a filled database, which a measurement may change.
    pub fn copy(parent: &Path, of: &Path) -> Result<Self> {
        let scratch = Self::new(parent, "work")?;
        let done = Command::new("cp").args(["-r", "--reflink=auto"]).arg(of.join(".")).arg(&scratch.0).status()?;
        if !done.success() {
            bail!("{} cannot be copied", of.display());
        }
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The sample company with so many deals more; made once and kept.
pub fn filled(program: &Path, site: &Path, data: &Path, deals: u64) -> Result<PathBuf> {
    let kept = data.join(format!("deals-{deals}"));
    if kept.join("done").is_file() {
        return Ok(kept);
    }
    let begun = Instant::now();
    let scratch = Scratch::new(data, &format!("filling-{deals}"))?;
    sample(program, site, &scratch.0)?;
    let (companies, amount) = ((deals / 10).to_string(), deals.to_string());
    let args = ["generate", "--companies", companies.as_str(), "--deals", amount.as_str(), "--seed", "7"];
    eprintln!("  filling a database with {deals} deals (kept for the next time)…");
    eprintln!("  {}, with the opening {:.0} s", call(program, &scratch.0, &args)?, begun.elapsed().as_secs_f64());
    std::fs::write(scratch.0.join("done"), "")?;
    let _ = std::fs::remove_dir_all(&kept);
    std::fs::rename(&scratch.0, &kept)?;
    Ok(kept)
}

/// People, products and a pipeline.
pub fn sample(program: &Path, site: &Path, data: &Path) -> Result<()> {
    Server::start(program, site, data, true)?.stop()
}
