//! The index from outside: against the plain model, and case by case.

use std::future::Future;

use domain::Id;
use uuid::Uuid;

mod dice;
mod known;
mod model;

fn wait<T>(f: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(f)
}

fn id(n: u64) -> Id {
    // Not in the order of the numbers, so that ids are no stand-in for anything.
    Id(Uuid::from_u128((u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64) | u128::from(n)))
}
