//! How often strangers may ask, and that they are served one after the other.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::{Error, Result};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Visit;

/// Reading pages and times: from one network.
const LOOKS_A_MINUTE: u32 = 120;
/// Booking, moving, cancelling: so many at once from one network, and as many again in an hour.
const ACTS: u32 = 20;
/// Bookings under one e-mail address, which is written to each time.
const LETTERS: u32 = 8;
/// Bookings of one page, from wherever they come.
const OF_PAGE: u32 = 60;

pub(crate) struct Desk {
    /// One booking at a time: each sees what the one before took. They are rare, and none takes long.
    pub turn: tokio::sync::Mutex<()>,
    looks: DefaultKeyedRateLimiter<String>,
    acts: DefaultKeyedRateLimiter<String>,
    letters: DefaultKeyedRateLimiter<String>,
    pages: DefaultKeyedRateLimiter<String>,
    since_sweep: AtomicU32,
}

impl Default for Desk {
    fn default() -> Self {
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let an_hour = |n| RateLimiter::keyed(Quota::per_hour(number(n)));
        Self {
            turn: tokio::sync::Mutex::default(),
            looks: RateLimiter::keyed(Quota::per_minute(number(LOOKS_A_MINUTE))),
            acts: an_hour(ACTS),
            letters: an_hour(LETTERS),
            pages: an_hour(OF_PAGE),
            since_sweep: AtomicU32::new(0),
        }
    }
}

fn pass(limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<()> {
    limiter.check_key(&key.to_owned()).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now()).as_secs();
        Error::Limited { retry_after: u32::try_from(wait.saturating_add(1)).unwrap_or(3600) }
    })
}

impl Desk {
    /// Whoever is signed in is known, and not counted.
    pub fn look(&self, visit: &Visit) -> Result<()> {
        self.sweep();
        if visit.ctx.is_some() { Ok(()) } else { pass(&self.looks, &crate::auth::network(&visit.address)) }
    }

    pub fn act(&self, visit: &Visit) -> Result<()> {
        self.sweep();
        pass(&self.acts, &crate::auth::network(&visit.address))
    }

    pub fn letter(&self, page: domain::Id, email: &str) -> Result<()> {
        pass(&self.letters, email)?;
        pass(&self.pages, &page.to_string())
    }

    /// Those who have been quiet are forgotten, or strangers could fill the memory.
    fn sweep(&self) {
        if self.since_sweep.fetch_add(1, Ordering::Relaxed) >= 10_000 {
            self.since_sweep.store(0, Ordering::Relaxed);
            for limiter in [&self.looks, &self.acts, &self.letters, &self.pages] {
                limiter.retain_recent();
            }
        }
    }
}
