//! Synthetic but plausible data for measurements: the same for the same seed.

use domain::Result;

use crate::App;

#[derive(Clone, Copy, Debug)]
pub struct Amounts {
    pub companies: u64,
    pub deals: u64,
    pub seed: u64,
}

pub async fn generate(app: &App, amounts: Amounts, progress: impl Fn(u64, u64) + Send) -> Result<()> {
    let _ = (app, amounts, progress);
    Ok(())
}
