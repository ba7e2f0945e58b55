//! Slows down whoever guesses. Tries of one account from one network wait 30 seconds after five failures, then twice as long
//! each time, at most 15 minutes; a network waits after twenty, whatever the accounts; an account after fifty, wherever they
//! come from. The latter two do not hold where the account's own person is signed in: nobody locks out others by guessing.
//! Also keeps the sessions and tokens in use in memory.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use domain::{Error, Fields, Result};
use parking_lot::Mutex;

use super::endings::Endings;

#[derive(Default)]
pub(crate) struct Guard {
    tries: Mutex<HashMap<String, Tries>>,
    pub sessions: Mutex<Kept>,
    pub tokens: Mutex<Kept>,
    pub endings: Endings,
    /// Two set-ups at once would make two owners.
    pub setup: tokio::sync::Mutex<()>,
    /// Two writers at once could each take the last owner but one away.
    pub people: Arc<tokio::sync::Mutex<()>>,
    /// Requests that are sent again while the first is still at work, by a part of their key.
    pub keys: [tokio::sync::Mutex<()>; 32],
    /// Keys of requests that did nothing, while the database was away to be told so.
    pub let_go: Mutex<HashSet<String>>,
}

/// Where somebody signs in from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The account is signed in there already.
    Known,
    Unknown,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    failures: u32,
    last: i64,
}

const FORGET_MS: i64 = 15 * 60_000;
/// One account from one network.
const PAIR: u32 = 5;
const NETWORK: u32 = 20;
const ACCOUNT: u32 = 50;

impl Tries {
    fn wait_until(self, allowed: u32) -> i64 {
        match self.failures.checked_sub(allowed) {
            None => 0,
            Some(over) => self.last + (30_000_i64 << over.min(5)).min(FORGET_MS),
        }
    }
}

fn pair(email: &str, address: &str) -> String {
    format!("p:{} {email}", network(address))
}

fn keys(email: &str, address: &str, place: Place) -> Vec<(String, u32)> {
    let mut keys = vec![(pair(email, address), PAIR)];
    if place == Place::Unknown {
        keys.push((format!("e:{email}"), ACCOUNT));
        keys.push((format!("a:{}", network(address)), NETWORK));
    }
    keys
}

/// One customer of a provider holds a whole /64 of IPv6.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).to_string(),
        _ => address.to_owned(),
    }
}

impl Guard {
    /// Counts a try before its outcome is known, so that a hundred at once are a hundred. One that is refused is not counted.
    pub fn attempt(&self, email: &str, address: &str, place: Place, now: i64) -> Result<()> {
        let keys = keys(email, address, place);
        let mut tries = self.tries.lock();
        for (key, allowed) in &keys {
            let until = tries.get(key).map_or(0, |t| t.wait_until(*allowed));
            if until > now {
                let seconds = u32::try_from((until - now + 999) / 1000).unwrap_or(900);
                return Err(Error::Limited { retry_after: seconds });
            }
        }
        if tries.len() > 50_000 {
            tries.retain(|_, t| t.last + FORGET_MS > now);
        }
        for (key, _) in keys {
            let t = tries.entry(key).or_default();
            if t.last + FORGET_MS < now {
                t.failures = 0;
            }
            *t = Tries { failures: t.failures.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// The password was right. Network and account keep what others did: it must not open the way for guessing on.
    pub fn succeeded(&self, email: &str, address: &str, place: Place) {
        self.forgive(email, address, place);
        self.tries.lock().remove(&pair(email, address));
    }

    /// Nobody could tell whether the password was right: this try does not count.
    pub fn forgive(&self, email: &str, address: &str, place: Place) {
        let mut tries = self.tries.lock();
        for (key, _) in keys(email, address, place) {
            if let Some(t) = tries.get_mut(&key) {
                t.failures = t.failures.saturating_sub(1);
            }
        }
    }
}

/// Sessions or tokens in use, by their digest; and those that were revoked: a request that read one just before must not
/// bring it back.
#[derive(Default)]
pub(crate) struct Kept {
    docs: HashMap<String, Fields>,
    gone: HashSet<String>,
}

impl Kept {
    pub fn get(&self, key: &str) -> Option<Fields> {
        self.docs.get(key).cloned()
    }

    /// False: it was revoked meanwhile.
    #[must_use]
    pub fn keep(&mut self, key: String, doc: Fields) -> bool {
        if self.gone.contains(&key) {
            return false;
        }
        if self.docs.len() > 10_000 {
            self.docs.clear();
        }
        self.docs.insert(key, doc);
        true
    }

    pub fn revoke(&mut self, key: &str) {
        self.docs.remove(key);
        // What was under way when so many others were revoked has long ended.
        if self.gone.len() > 50_000 {
            self.gone.clear();
        }
        self.gone.insert(key.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: &str = "a@b.example";

    #[test]
    fn guessing_gets_slower_and_is_forgiven() {
        let guard = Guard::default();
        let try_at = |from: &str, now: i64| guard.attempt(ANNA, from, Place::Unknown, now);
        for _ in 0..5 {
            assert!(try_at("1.1.1.1", 0).is_ok());
        }
        assert_eq!(try_at("1.1.1.1", 0), Err(Error::Limited { retry_after: 30 }));
        assert!(guard.attempt("c@d.example", "1.1.1.1", Place::Unknown, 0).is_ok(), "others at the same address still sign in");
        assert!(try_at("1.1.1.1", 30_000).is_ok());
        assert_eq!(try_at("1.1.1.1", 30_000), Err(Error::Limited { retry_after: 60 }));
        guard.succeeded(ANNA, "1.1.1.1", Place::Unknown);
        assert!(try_at("1.1.1.1", 30_000).is_ok());
    }

    #[test]
    fn who_guesses_at_an_account_locks_out_nobody_but_strangers() {
        let guard = Guard::default();
        for n in 0..50 {
            assert!(guard.attempt(ANNA, &format!("10.0.0.{n}"), Place::Unknown, 0).is_ok());
        }
        assert!(guard.attempt(ANNA, "10.1.0.1", Place::Unknown, 0).is_err(), "from wherever");
        assert!(guard.attempt(ANNA, "192.168.0.1", Place::Known, 0).is_ok(), "but not where she always signs in");
        for _ in 0..4 {
            assert!(guard.attempt(ANNA, "192.168.0.1", Place::Known, 0).is_ok());
        }
        assert!(guard.attempt(ANNA, "192.168.0.1", Place::Known, 0).is_err(), "and there five are enough");
    }

    #[test]
    fn a_network_is_one_whoever_it_asks_for() {
        let guard = Guard::default();
        for n in 0..20 {
            let from = format!("2001:db8::{n:x}");
            assert!(guard.attempt(&format!("{n}@b.example"), &from, Place::Unknown, 0).is_ok());
        }
        assert!(guard.attempt("x@b.example", "2001:db8::ffff", Place::Unknown, 0).is_err());
        assert!(guard.attempt("x@b.example", "2001:db8:1::1", Place::Unknown, 0).is_ok());
    }

    #[test]
    fn what_was_revoked_does_not_come_back() {
        let mut kept = Kept::default();
        assert!(kept.keep("k".to_owned(), Fields::new()));
        kept.revoke("k");
        assert!(!kept.keep("k".to_owned(), Fields::new()) && kept.get("k").is_none());
    }
}
