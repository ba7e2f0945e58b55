//! A thousand browsers that listen, and one person who moves cards: how long until everybody has heard.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::doors::World;
use crate::http::{As, Client, get};
use crate::load::{Figures, Work};

pub const STREAMS: usize = 1_000;

/// Waits from the sending of a move until a stream heard of it; how many should have been heard.
pub async fn measure(address: &str, token: &str, world: &World, time: Duration) -> Result<(Figures, usize)> {
    let mut streams = tokio::task::JoinSet::new();
    let end = Arc::new(tokio::sync::Notify::new());
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for _ in 0..STREAMS {
        let mut client = Client::open(address).await?;
        let status = client.begin(&get("/api/v1/live", As::Program(token))).await?;
        if status != 200 {
            bail!("a live stream was refused: {status}");
        }
        let (end, stop) = (Arc::clone(&end), Arc::clone(&stop));
        streams.spawn(async move {
            let mut heard: Vec<(String, Instant)> = Vec::new();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                tokio::select! {
                    piece = client.piece() => {
                        let now = Instant::now();
                        let text = String::from_utf8_lossy(piece?).into_owned();
                        heard.extend(text.lines().filter_map(|l| l.strip_prefix("id: ").map(|id| (id.to_owned(), now))));
                    }
                    () = end.notified() => break,
                }
            }
            Ok::<_, anyhow::Error>(heard)
        });
    }
    let mut mover = world.mover(0, 1);
    let mut client = Client::open(address).await?;
    let mut sent: HashMap<String, Instant> = HashMap::new();
    let until = Instant::now() + time;
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while Instant::now() < until {
        tick.tick().await;
        let request = mover.next();
        let begun = Instant::now();
        let answer = client.json(&request).await?;
        mover.heard(&client.body)?;
        let change = answer.get("change").and_then(|c| c.as_str()).context("no change")?;
        sent.insert(change.to_owned(), begun);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    end.notify_waiters();
    let mut waits = Vec::new();
    while let Some(heard) = streams.join_next().await {
        waits.extend(heard??.iter().filter_map(|(id, at)| sent.get(id).map(|begun| *at - *begun)));
    }
    Ok((Figures::of_waits(waits), sent.len() * STREAMS))
}
