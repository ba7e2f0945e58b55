//! The time report: how many hours went to which customer, into which kind of activity, and whose they were.
//!
//! What counts: items of the calendar that are over and took somebody's time at an hour of the day (no leave, no whole days,
//! nothing cancelled or free), for whoever organised them or said yes or maybe; and logged calls with a length, for their owner.
//! Each belongs to the day on which it began, and counts in whole minutes. So the rows behind a figure add up to it.

use serde::{Deserialize, Serialize};

use crate::calendar::{ItemKind, Moment};
use crate::record::Labels;
use crate::{Id, Kind};

/// More days than these nobody reports about, and a daily series has an occurrence on each.
pub const MAX_DAYS: i64 = 740;
/// The most rows of an answer.
pub const MAX_ROWS: usize = 1_000;

/// What the figures are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    #[default]
    Company,
    Kind,
    Person,
}

impl By {
    pub const ALL: [By; 3] = [By::Company, By::Kind, By::Person];

    pub const fn name(self) -> &'static str {
        match self {
            By::Company => "company",
            By::Kind => "kind",
            By::Person => "person",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.name() == text)
    }
}

/// What is asked. `period` is a word of [`crate::time::period`] or two days ([`crate::time::span`]); "" means this month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeQuery {
    pub period: String,
    pub team: Option<Id>,
    pub person: Option<Id>,
    pub company: Option<Id>,
    pub by: By,
}

/// What belongs to no customer.
pub const NONE: &str = "none";
/// What the reader may count and not know.
pub const PRIVATE: &str = "private";

/// One person's time in one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// An event or a call.
    pub kind: Kind,
    pub id: Id,
    /// The occurrence of a series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    pub activity: ItemKind,
    pub person: Id,
    pub company: Option<Id>,
    /// When it began: an instant; and the house's day.
    pub at: String,
    pub day: String,
    pub minutes: i64,
    pub name: String,
    /// Private and not the reader's: neither title nor customer.
    pub masked: bool,
}

impl Entry {
    /// The group that it falls into.
    pub fn key(&self, by: By) -> String {
        match by {
            By::Person => self.person.to_string(),
            _ if self.masked => PRIVATE.to_owned(),
            By::Company => self.company.map_or_else(|| NONE.to_owned(), |id| id.to_string()),
            By::Kind => self.activity.name().to_owned(),
        }
    }
}

/// A group: what it came to, and the key under which its entries are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub key: String,
    pub minutes: i64,
    pub count: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeReport {
    pub by: By,
    /// The most time first.
    pub groups: Vec<Group>,
    pub minutes: i64,
    pub count: i64,
    /// `[start, end)`
    pub period: (String, String),
    pub labels: Labels,
}

/// The rows behind a figure, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeRows {
    pub items: Vec<Entry>,
    pub minutes: i64,
    pub count: i64,
    /// There are more than [`MAX_ROWS`]: the sum is that of all.
    pub more: bool,
    pub labels: Labels,
}

/// The groups, the most time first; of equal ones by their keys.
pub fn groups(entries: &[Entry], by: By) -> Vec<Group> {
    let mut sums: std::collections::BTreeMap<String, (i64, i64)> = std::collections::BTreeMap::new();
    for entry in entries {
        let sum = sums.entry(entry.key(by)).or_default();
        sum.0 = sum.0.saturating_add(entry.minutes);
        sum.1 += 1;
    }
    let mut out: Vec<Group> = sums.into_iter().map(|(key, (minutes, count))| Group { key, minutes, count }).collect();
    out.sort_by(|a, b| b.minutes.cmp(&a.minutes).then_with(|| a.key.cmp(&b.key)));
    out
}

/// The entries of a group, the latest first; "" means all of them.
pub fn entries_of(entries: Vec<Entry>, by: By, key: &str) -> Vec<Entry> {
    let mut out: Vec<Entry> = entries.into_iter().filter(|e| key.is_empty() || e.key(by) == key).collect();
    out.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| (a.person, a.id).cmp(&(b.person, b.id))));
    out
}

pub fn total(entries: &[Entry]) -> i64 {
    entries.iter().map(|e| e.minutes).fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u8) -> Id {
        Id(uuid::Uuid::from_u128(n.into()))
    }

    fn entry() -> impl Strategy<Value = Entry> {
        (0_u8..4, proptest::option::of(0_u8..3), 0_usize..6, 1_i64..600, any::<bool>(), 0_i64..50).prop_map(
            |(person, company, activity, minutes, masked, at)| Entry {
                kind: Kind::Event,
                id: id(9),
                slot: None,
                activity: ItemKind::ALL[activity],
                person: id(person),
                company: company.map(id),
                at: crate::time::instant(at * 3_600_000),
                day: String::new(),
                minutes,
                name: String::new(),
                masked,
            },
        )
    }

    proptest! {
        #[test]
        fn every_figure_is_the_sum_of_the_rows_behind_it(entries in proptest::collection::vec(entry(), 0..40)) {
            for by in By::ALL {
                let groups = groups(&entries, by);
                for group in &groups {
                    let rows = entries_of(entries.clone(), by, &group.key);
                    prop_assert_eq!((total(&rows), i64::try_from(rows.len()).unwrap()), (group.minutes, group.count));
                    prop_assert!(rows.windows(2).all(|w| w[0].at >= w[1].at));
                }
                prop_assert_eq!(groups.iter().map(|g| g.minutes).sum::<i64>(), total(&entries), "nothing is left out, nothing twice");
                prop_assert!(groups.windows(2).all(|w| w[0].minutes >= w[1].minutes));
                let whose = groups.iter().all(|g| by != By::Company || g.key != PRIVATE || entries.iter().any(|e| e.masked));
                prop_assert!(whose);
            }
        }
    }
}
