//! Deals and the board: what a card shows, what a stage asks for, how age and weight are reckoned, and the order in a
//! column (`rank`: a text that always has room between two others).

use serde::{Deserialize, Serialize};

use crate::activities::NextStep;
use crate::pipelines::{Pipeline, Stage, StageKind};
use crate::record::Labels;
use crate::schema::{COLUMN, DERIVED, FieldDef, FieldType::*, HIDDEN, QUICK, REQUIRED, SEARCH, SUM};
use crate::{FieldError, Fields, Id, Kind, Money, Record, time};

pub const FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(200), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("company", Ref(Kind::Company), COLUMN | QUICK),
    FieldDef::new("amount", Money, COLUMN | QUICK | SUM),
    FieldDef::new("pipeline", Ref(Kind::Pipeline), QUICK),
    FieldDef::new("stage", Stage, COLUMN | QUICK),
    FieldDef::new("status", Choice(&["open", "won", "lost"]), DERIVED | HIDDEN),
    FieldDef::new("probability", Percent, 0),
    FieldDef::new("owner", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("contacts", Refs(Kind::Contact), 0),
    FieldDef::new("products", Refs(Kind::Product), COLUMN),
    FieldDef::new("opened_on", Date, 0),
    FieldDef::new("expected_close", Date, COLUMN | QUICK),
    FieldDef::new("closed_at", Date, 0),
    FieldDef::new("won_reason", Text(300), 0),
    FieldDef::new("lost_reason", Text(300), 0),
    FieldDef::new("tags", Tags, 0),
    FieldDef::new("description", LongText, SEARCH),
    FieldDef::new("external_id", Text(120), SEARCH),
    FieldDef::new("stage_since", Instant, DERIVED | HIDDEN),
    FieldDef::new("rank", Text(64), DERIVED | HIDDEN),
    FieldDef::new("next_step", Text(300), DERIVED | HIDDEN),
    FieldDef::new("next_step_at", Instant, DERIVED | HIDDEN),
];

/// Percent for the weighted sum: the deal's own, else the stage's; closed deals count fully or not at all.
pub fn probability(stage: &Stage, own: Option<i64>) -> i64 {
    match stage.kind {
        StageKind::Won => 100,
        StageKind::Lost => 0,
        StageKind::Open => own.unwrap_or(i64::from(stage.probability)),
    }
}

/// Rounded per deal, so that sums of parts equal the sum of all.
pub fn weighted(amount: Money, stage: &Stage, own: Option<i64>) -> Money {
    amount.percent(probability(stage, own))
}

/// Is there such a field in this record as it is now? Only a deal that has come to its end has a day and a reason for that.
/// What holds a value is there in any case.
pub fn has(record: &Record, field: &str) -> bool {
    let status = match field {
        "closed_at" | "won_reason" | "lost_reason" if record.kind == Kind::Deal => record.text("status"),
        _ => return true,
    };
    let of_this_end = match field {
        "won_reason" => status == "won",
        "lost_reason" => status == "lost",
        _ => status != "open",
    };
    of_this_end || record.fields.get(field).is_some_and(|v| !v.is_null())
}

/// Fields that the stage asks for and the deal lacks.
pub fn missing_for(stage: &Stage, fields: &Fields) -> Vec<FieldError> {
    let empty = |name: &String| fields.get(name).is_none_or(serde_json::Value::is_null);
    stage.required_fields.iter().filter(|n| empty(n)).map(|n| FieldError::new(n, "required_by_stage").with("stage", &stage.name)).collect()
}

/// How far a deal has gone stale: 0 fresh, 1 past its stage's days, 2 past twice of them.
pub fn staleness(stage: &Stage, days_in_stage: i64) -> u8 {
    match stage.rotting_days {
        Some(limit) if stage.kind == StageKind::Open && limit > 0 => match days_in_stage / i64::from(limit) {
            0 => 0,
            1 => 1,
            _ => 2,
        },
        _ => 0,
    }
}

/// What a card on the board shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub id: Id,
    pub version: i64,
    pub name: String,
    pub stage: String,
    pub amount: Option<Money>,
    pub probability: Option<i64>,
    pub company: Option<Id>,
    pub owner: Option<Id>,
    pub expected_close: Option<String>,
    pub stage_since: String,
    pub rank: String,
    pub next_step: Option<String>,
    pub next_step_at: Option<String>,
    /// May this person move it?
    pub can_edit: bool,
}

impl Card {
    pub fn days_in_stage(&self, now_ms: i64) -> i64 {
        time::parse_instant(&self.stage_since).map_or(0, |since| time::days_between(since, now_ms))
    }

    pub fn next(&self, now_ms: i64, end_of_today_ms: i64) -> NextStep {
        match self.next_step_at.as_deref().and_then(time::parse_instant) {
            None if self.next_step.is_some() => NextStep::Planned,
            None => NextStep::None,
            Some(at) if at < now_ms => NextStep::Late,
            Some(at) if at < end_of_today_ms => NextStep::Today,
            Some(_) => NextStep::Planned,
        }
    }
}

/// Count and sums over all deals of a column (not only the loaded ones), per currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    pub count: i64,
    pub sum: Vec<Money>,
    pub weighted: Vec<Money>,
    /// The mean of the deals' `stage_since` (RFC 3339): how long they have stood here on average. None: not known.
    #[serde(default)]
    pub since: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub stage: Stage,
    pub totals: Totals,
    /// The first cards in the order of `rank`.
    pub cards: Vec<Card>,
    /// Cursor for the rest; None: these are all.
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Board {
    pub pipeline: Pipeline,
    pub pipelines: Vec<(Id, String)>,
    pub columns: Vec<Column>,
    pub labels: Labels,
    pub totals: Totals,
}

/// Which board: `filter` as in lists; `cards` a column, 50 when 0. Won and lost columns send totals only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoardQuery {
    pub pipeline: Option<Id>,
    pub filter: String,
    pub q: String,
    pub cards: u32,
}

/// More cards of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnQuery {
    pub board: BoardQuery,
    pub stage: String,
    pub after: Option<String>,
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnPage {
    pub cards: Vec<Card>,
    pub labels: Labels,
    pub next: Option<String>,
}

/// A card's move. Without neighbours: to the end of the column, or its top with `to_top`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveDeal {
    pub stage: String,
    /// The card right below the new place, and the one right above it, as far as the mover sees them.
    #[serde(default)]
    pub before: Option<Id>,
    #[serde(default)]
    pub after: Option<Id>,
    #[serde(default)]
    pub to_top: bool,
    pub version: i64,
    /// Values for the fields that the stage asks for, and the reason for won or lost.
    #[serde(default)]
    pub fields: Fields,
    /// What stood in these fields when the mover was asked for them: somebody may fill them in while the mover types.
    #[serde(default)]
    pub base: Fields,
}

/// Digits of a rank, in the order of their bytes; one letter case only, because lists sort text without regard to case.
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A rank between two others ("" stands for the open end on either side). Always strictly between, never ending in '0'.
pub fn rank_between(low: &str, high: &str) -> String {
    let digit = |s: &[u8], i: usize| s.get(i).and_then(|b| DIGITS.iter().position(|d| d == b));
    let (a, b) = (low.as_bytes(), high.as_bytes());
    let mut out = String::new();
    let mut bounded = !b.is_empty();
    let mut i = 0;
    loop {
        let lo = digit(a, i).unwrap_or(0);
        let hi = if bounded { digit(b, i).unwrap_or(0) } else { DIGITS.len() };
        if hi > lo + 1 {
            let mid = (lo + hi) / 2;
            out.push(char::from(DIGITS.get(mid).copied().unwrap_or(b'i')));
            return out;
        }
        out.push(char::from(DIGITS.get(lo).copied().unwrap_or(b'0')));
        // One apart: every continuation of the lower one lies below the upper one.
        bounded = bounded && hi == lo;
        i += 1;
        if i > 200 {
            return out + "i";
        }
    }
}

/// A rank above (before) or below (after) one other that does not grow with every step: for appending.
pub fn rank_after(last: &str) -> String {
    let mut bytes = last.as_bytes().to_vec();
    while let Some(b) = bytes.pop() {
        let at = DIGITS.iter().position(|d| *d == b).unwrap_or(0);
        if let Some(next) = DIGITS.get(at + 1) {
            bytes.push(*next);
            // Keep the width, so that many appends stay short.
            while bytes.len() < last.len() {
                bytes.push(b'1');
            }
            return String::from_utf8(bytes).unwrap_or_else(|_| rank_between(last, ""));
        }
    }
    format!("{last}i")
}

/// The rank with this number, of so many digits: in the order of the numbers, with room between.
pub fn rank_at_width(n: u64, width: usize) -> String {
    let mut digits = vec![b'0'; width];
    let mut rest = n;
    for d in digits.iter_mut().rev() {
        let i = usize::try_from(rest % 36).unwrap_or(0);
        *d = DIGITS.get(i).copied().unwrap_or(b'0');
        rest /= 36;
    }
    format!("{}i", String::from_utf8_lossy(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_have_room() {
        let mut ranks = vec![rank_between("", "")];
        for _ in 0..200 {
            ranks.insert(0, rank_between("", &ranks[0]));
        }
        for _ in 0..200 {
            let last = ranks[ranks.len() - 1].clone();
            ranks.push(rank_after(&last));
        }
        assert!(ranks.windows(2).all(|w| w[0] < w[1]), "{ranks:?}");
        let at = |n| rank_at_width(n, 9);
        assert!(at(1) < at(2) && at(35) < at(36) && at(999_999) < at(1_000_000));
    }

    proptest! {
        #[test]
        fn between_is_between(steps in proptest::collection::vec(any::<bool>(), 1..60)) {
            let (mut low, mut high) = (String::new(), String::new());
            for up in steps {
                let mid = rank_between(&low, &high);
                prop_assert!(low.is_empty() || low < mid, "{low} {mid} {high}");
                prop_assert!(high.is_empty() || mid < high, "{low} {mid} {high}");
                prop_assert!(!mid.ends_with('0'));
                if up { low = mid } else { high = mid }
            }
        }
    }

    #[test]
    fn a_stage_asks_for_its_fields() {
        let stage = Stage {
            id: "s".into(),
            name: "Proposal".into(),
            kind: StageKind::Open,
            probability: 50,
            rotting_days: Some(10),
            required_fields: vec!["amount".into(), "company".into()],
        };
        let fields = serde_json::json!({"amount": {"amount": "1.00", "currency": "USD"}});
        let missing = missing_for(&stage, fields.as_object().unwrap());
        assert_eq!(missing.iter().map(|m| m.field.as_str()).collect::<Vec<_>>(), ["company"]);
        assert_eq!([9, 10, 19, 20].map(|d| staleness(&stage, d)), [0, 1, 1, 2]);
    }
}
