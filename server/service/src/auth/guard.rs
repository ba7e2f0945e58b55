//! Slows down whoever guesses: after five failures an account waits 30 seconds, then twice as long each time, at most 15
//! minutes; an address waits after twenty. Also keeps the sessions and tokens in use in memory.

use std::collections::HashMap;

use domain::{Error, Fields, Result};
use parking_lot::Mutex;

#[derive(Default)]
pub(crate) struct Guard {
    tries: Mutex<HashMap<String, Tries>>,
    pub sessions: Mutex<HashMap<String, Fields>>,
    pub tokens: Mutex<HashMap<String, Fields>>,
    /// Two set-ups at once would make two owners.
    pub setup: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    failures: u32,
    last: i64,
}

const FORGET_MS: i64 = 15 * 60_000;
const ACCOUNT: u32 = 5;
const ADDRESS: u32 = 20;

impl Tries {
    fn wait_until(self, allowed: u32) -> i64 {
        match self.failures.checked_sub(allowed) {
            None => 0,
            Some(over) => self.last + (30_000_i64 << over.min(5)).min(FORGET_MS),
        }
    }
}

fn keys(email: &str, address: &str) -> [(String, u32); 2] {
    [(format!("e:{email}"), ACCOUNT), (format!("a:{address}"), ADDRESS)]
}

impl Guard {
    pub fn check(&self, email: &str, address: &str, now: i64) -> Result<()> {
        let tries = self.tries.lock();
        for (key, allowed) in keys(email, address) {
            let until = tries.get(&key).map_or(0, |t| t.wait_until(allowed));
            if until > now {
                let seconds = u32::try_from((until - now + 999) / 1000).unwrap_or(900);
                return Err(Error::Limited { retry_after: seconds });
            }
        }
        Ok(())
    }

    pub fn failed(&self, email: &str, address: &str, now: i64) {
        let mut tries = self.tries.lock();
        if tries.len() > 50_000 {
            tries.retain(|_, t| t.last + FORGET_MS > now);
        }
        for (key, _) in keys(email, address).into_iter().filter(|(k, _)| k != "a:") {
            let t = tries.entry(key).or_default();
            if t.last + FORGET_MS < now {
                t.failures = 0;
            }
            *t = Tries { failures: t.failures.saturating_add(1), last: now };
        }
    }

    pub fn succeeded(&self, email: &str, _address: &str) {
        // The address keeps its count: one right password must not open the way for guessing others.
        self.tries.lock().remove(&format!("e:{email}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slower_and_is_forgiven() {
        let guard = Guard::default();
        for _ in 0..5 {
            assert!(guard.check("a@b.example", "1.1.1.1", 0).is_ok());
            guard.failed("a@b.example", "1.1.1.1", 0);
        }
        assert_eq!(guard.check("a@b.example", "2.2.2.2", 0), Err(Error::Limited { retry_after: 30 }));
        assert!(guard.check("c@d.example", "1.1.1.1", 0).is_ok(), "others at the same address still sign in");
        assert!(guard.check("a@b.example", "2.2.2.2", 30_000).is_ok());
        guard.failed("a@b.example", "2.2.2.2", 30_000);
        assert_eq!(guard.check("a@b.example", "2.2.2.2", 30_000), Err(Error::Limited { retry_after: 60 }));
        guard.succeeded("a@b.example", "2.2.2.2");
        assert!(guard.check("a@b.example", "2.2.2.2", 30_000).is_ok());
    }
}
