//! The global search: fragments in any script, phone digits, names before texts.

use domain::list::Hit;
use domain::{Error, Kind, Result};

use crate::Ctx;

/// Best first; `kinds` empty: all.
pub async fn find(ctx: &Ctx, words: &str, kinds: &[Kind], limit: u32) -> Result<Vec<Hit>> {
    let _ = (ctx, words, kinds, limit);
    Err(Error::Unavailable)
}
