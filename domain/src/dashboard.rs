//! The sales dashboard: one question for all tiles, one answer. Sums are per currency and never mixed.

use serde::{Deserialize, Serialize};

use crate::deals::Totals;
use crate::record::Labels;
use crate::{Id, Money};

/// The filter bar. Empty means "all". `period` is a word of [`crate::time::period`] ("this-quarter", "2017") or two days
/// ([`crate::time::span`]); it selects closed deals by the day they were closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardQuery {
    #[serde(default)]
    pub period: String,
    #[serde(default)]
    pub team: Option<Id>,
    #[serde(default)]
    pub owner: Option<Id>,
    #[serde(default)]
    pub pipeline: Option<Id>,
    #[serde(default)]
    pub product: Option<Id>,
}

/// Each figure carries the `filter` (of the deal list) that shows exactly the rows behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub won: Figure,
    pub lost: Figure,
    pub open: Figure,
    pub weighted: Vec<Money>,
    /// Won among closed, per mille; None: nothing closed.
    pub win_rate: Option<i64>,
    /// Mean days from opening to winning, in tenths of a day; None: nothing won.
    pub cycle: Option<i64>,
    /// Open stages in the order of the pipeline (of all pipelines one after the other).
    pub stages: Vec<StageRow>,
    /// By month of closing, oldest first; gaps filled.
    pub months: Vec<MonthRow>,
    /// Open deals by month of expected close: overdue first ("" as month), then two years ahead and what is further away
    /// ("later"); without a date last ("none"). Together they are the open deals.
    pub forecast: Vec<ForecastRow>,
    pub owners: Vec<TopRow>,
    pub products: Vec<TopRow>,
    pub labels: Labels,
    /// What the period came to, as dates `[start, end)`; None: all time.
    pub period: Option<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub count: i64,
    pub sum: Vec<Money>,
    pub filter: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRow {
    pub pipeline: Id,
    pub stage: String,
    pub name: String,
    pub totals: Totals,
    pub filter: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthRow {
    /// `2017-03`
    pub month: String,
    pub won: Figure,
    pub lost: Figure,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForecastRow {
    pub month: String,
    pub totals: Totals,
    pub filter: String,
}

/// Won in the period, largest first, at most ten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopRow {
    pub id: Option<Id>,
    pub won: Figure,
    pub win_rate: Option<i64>,
}
