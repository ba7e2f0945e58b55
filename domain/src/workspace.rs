//! What holds for everybody: the company's name, its currency, its reporting zone.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    pub name: String,
    /// ISO 4217 of new amounts.
    pub currency: String,
    /// IANA zone in which reports reckon days.
    pub time_zone: String,
    /// Two letters: where phone numbers are dialled whose record does not say it. "": nobody said, and nothing is guessed.
    #[serde(default)]
    pub country: String,
    /// Filled with the sample company.
    #[serde(default)]
    pub demo: bool,
    /// Grows by one with every change; whoever changes it says which one they saw.
    #[serde(default)]
    pub version: i64,
}
