//! Tasks, notes and calls: what was done and what is next. Each belongs to a deal, contact or company (or stands alone).

use crate::Kind;
use crate::schema::{COLUMN, DERIVED, FieldDef, FieldType::*, HIDDEN, QUICK, REQUIRED, SEARCH, SUM};

// `deal_owner` follows the owner of the deal, so that whoever may not see the deal does not see what hangs on it.
pub const TASK_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(300), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("due_at", Instant, COLUMN | QUICK),
    FieldDef::new("done", Bool, COLUMN),
    FieldDef::new("done_at", Instant, DERIVED | HIDDEN),
    FieldDef::new("priority", Choice(&["low", "normal", "high"]), COLUMN),
    FieldDef::new("owner", Ref(Kind::User), COLUMN | QUICK),
    FieldDef::new("deal", Ref(Kind::Deal), COLUMN | QUICK),
    FieldDef::new("contact", Ref(Kind::Contact), QUICK),
    FieldDef::new("company", Ref(Kind::Company), COLUMN | QUICK),
    FieldDef::new("body", LongText, SEARCH),
    FieldDef::new("deal_owner", Ref(Kind::User), DERIVED | HIDDEN),
];

pub const NOTE_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(300), DERIVED | SEARCH | COLUMN | HIDDEN),
    FieldDef::new("body", LongText, REQUIRED | SEARCH | QUICK),
    FieldDef::new("pinned", Bool, COLUMN),
    FieldDef::new("owner", Ref(Kind::User), COLUMN),
    FieldDef::new("deal", Ref(Kind::Deal), COLUMN | QUICK),
    FieldDef::new("contact", Ref(Kind::Contact), QUICK),
    FieldDef::new("company", Ref(Kind::Company), COLUMN | QUICK),
    FieldDef::new("deal_owner", Ref(Kind::User), DERIVED | HIDDEN),
];

pub const CALL_FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(300), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("at", Instant, COLUMN | QUICK),
    FieldDef::new("direction", Choice(&["outgoing", "incoming"]), COLUMN | QUICK),
    FieldDef::new("outcome", Choice(&["reached", "no_answer", "left_message", "busy", "wrong_number"]), COLUMN | QUICK),
    FieldDef::new("minutes", Int, COLUMN | QUICK | SUM),
    FieldDef::new("body", LongText, SEARCH | QUICK),
    FieldDef::new("owner", Ref(Kind::User), COLUMN),
    FieldDef::new("deal", Ref(Kind::Deal), QUICK),
    FieldDef::new("contact", Ref(Kind::Contact), COLUMN | QUICK),
    FieldDef::new("company", Ref(Kind::Company), COLUMN | QUICK),
    FieldDef::new("deal_owner", Ref(Kind::User), DERIVED | HIDDEN),
];

/// Where an activity hangs.
pub const PARENTS: [(&str, Kind); 3] = [("deal", Kind::Deal), ("contact", Kind::Contact), ("company", Kind::Company)];

/// A note's name: its first line with something in it, cut to 80 characters.
pub fn note_name(body: &str) -> String {
    let line = body.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    let cut: String = line.trim_start_matches(['#', '*', '-', ' ']).chars().take(80).collect();
    cut
}

/// State of the next planned step, for the dot on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    None,
    Late,
    Today,
    Planned,
}
