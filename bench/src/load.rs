//! Many clients at once, each asking again as soon as it is answered, and the percentiles of what they waited.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::http::Client;

/// What one client does.
pub trait Work: Send {
    fn next(&mut self) -> Vec<u8>;
    fn heard(&mut self, _body: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// The same requests round and round, each client beginning at another.
pub struct Round {
    pub requests: std::sync::Arc<Vec<Vec<u8>>>,
    pub at: usize,
}

impl Work for Round {
    fn next(&mut self) -> Vec<u8> {
        self.at += 1;
        self.requests.get(self.at % self.requests.len().max(1)).cloned().unwrap_or_default()
    }
}

#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Sorted.
    waits: Vec<Duration>,
    took: Duration,
}

impl Figures {
    fn of(mut waits: Vec<Duration>, took: Duration) -> Self {
        waits.sort_unstable();
        Self { waits, took }
    }

    pub fn of_waits(waits: Vec<Duration>) -> Self {
        Self::of(waits, Duration::ZERO)
    }

    pub fn count(&self) -> usize {
        self.waits.len()
    }

    /// Milliseconds that so many of a hundred did not exceed.
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = (self.waits.len() * percent).div_ceil(100).saturating_sub(1);
        self.waits.get(at).map_or(f64::NAN, |w| w.as_secs_f64() * 1e3)
    }

    pub fn max(&self) -> f64 {
        self.percentile(100)
    }

    pub fn per_second(&self) -> f64 {
        self.waits.len() as f64 / self.took.as_secs_f64()
    }
}

/// Part of the time goes by unmeasured: connections, caches, branch prediction.
fn warm_up(time: Duration) -> Duration {
    (time / 4).min(Duration::from_millis(700))
}

pub async fn http(address: &str, works: Vec<Box<dyn Work>>, time: Duration) -> Result<Figures> {
    let warm = Instant::now() + warm_up(time);
    let end = warm + time;
    let mut clients = tokio::task::JoinSet::new();
    for mut work in works {
        let mut client = Client::open(address).await?;
        clients.spawn(async move {
            let mut waits = Vec::new();
            loop {
                let request = work.next();
                let begun = Instant::now();
                let status = client.ask(&request).await?;
                let done = Instant::now();
                if !(200..300).contains(&status) {
                    let asked = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
                    bail!("{asked} → {status}: {}", client.said());
                }
                work.heard(&client.body)?;
                // What takes long would otherwise not be counted at all.
                if begun >= warm || done >= end {
                    waits.push(done - begun);
                }
                if done >= end {
                    return Ok(waits);
                }
            }
        });
    }
    collect(clients, warm).await
}

/// The same with something other than HTTP.
pub async fn calls<F, T>(clients: usize, time: Duration, call: F) -> Result<Figures>
where
    F: Fn(usize) -> T + Clone + Send + 'static,
    T: Future<Output = Result<()>> + Send,
{
    let warm = Instant::now() + warm_up(time);
    let end = warm + time;
    let mut set = tokio::task::JoinSet::new();
    for client in 0..clients {
        let call = call.clone();
        set.spawn(async move {
            let mut waits = Vec::new();
            let mut at = client * 7;
            loop {
                let begun = Instant::now();
                call(at).await?;
                at += 1;
                let done = Instant::now();
                if begun >= warm || done >= end {
                    waits.push(done - begun);
                }
                if done >= end {
                    return Ok(waits);
                }
            }
        });
    }
    collect(set, warm).await
}

async fn collect(mut clients: tokio::task::JoinSet<Result<Vec<Duration>>>, begun: Instant) -> Result<Figures> {
    let mut all = Vec::new();
    while let Some(waits) = clients.join_next().await {
        all.extend(waits??);
    }
    Ok(Figures::of(all, begun.elapsed()))
}
