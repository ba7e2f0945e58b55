//! How often strangers may knock at the REST interface: so many tries at once from one address, then so many a minute.
//! Whoever shows a valid session or token is not counted.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Error;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use service::Visit;

use crate::fault::Fault;

const AT_ONCE: u32 = 120;
const A_MINUTE: u32 = 120;

#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    limiter: DefaultKeyedRateLimiter<String>,
    since_sweep: AtomicU32,
}

impl Default for Gate {
    fn default() -> Self {
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(number(A_MINUTE)).allow_burst(number(AT_ONCE));
        Self(Arc::new(Inner { limiter: RateLimiter::keyed(quota), since_sweep: AtomicU32::new(0) }))
    }
}

impl Gate {
    /// Counts one knock.
    pub fn pass(&self, address: &str) -> Result<(), Error> {
        // Addresses that have been quiet are forgotten, or strangers could fill the memory.
        if self.0.since_sweep.fetch_add(1, Ordering::Relaxed) >= 10_000 {
            self.0.since_sweep.store(0, Ordering::Relaxed);
            self.0.limiter.retain_recent();
        }
        self.0.limiter.check_key(&network(address)).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now()).as_secs();
            Error::Limited { retry_after: u32::try_from(wait.saturating_add(1)).unwrap_or(60) }
        })
    }
}

/// One customer of a provider holds a whole /64 of IPv6.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).to_string(),
        _ => address.to_owned(),
    }
}

/// For all of `/api/v1`.
pub async fn strangers(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match request.extensions().get::<Visit>() {
        Some(Visit { ctx: None, address, .. }) => match gate.pass(address) {
            Ok(()) => next.run(request).await,
            Err(e) => Fault::from(e).into_response(),
        },
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_tires_and_another_does_not() {
        let gate = Gate::default();
        for _ in 0..AT_ONCE {
            assert!(gate.pass("203.0.113.9").is_ok());
        }
        assert!(matches!(gate.pass("203.0.113.9"), Err(Error::Limited { retry_after: 1..=60 })));
        assert!(gate.pass("203.0.113.10").is_ok());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff"));
    }
}
