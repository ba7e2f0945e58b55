//! Pipelines and their stages. Every pipeline has at least one open stage, exactly one won and one lost stage;
//! stage ids are unique in it and stay when a stage is renamed.

use serde::{Deserialize, Serialize};

use crate::schema::{COLUMN, FieldDef, FieldType::*, QUICK, REQUIRED, SEARCH};
use crate::{Error, FieldError, Kind, Record};

pub const FIELDS: &[FieldDef] = &[
    FieldDef::new("name", Text(120), REQUIRED | SEARCH | COLUMN | QUICK),
    FieldDef::new("stages", Stages, REQUIRED | COLUMN),
    FieldDef::new("currency", Text(3), COLUMN),
    FieldDef::new("position", Int, 0),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    Open,
    Won,
    Lost,
}

impl StageKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Short, stable, unique in the pipeline: letters, digits, `-`.
    pub id: String,
    pub name: String,
    pub kind: StageKind,
    /// Percent, 0 to 100.
    pub probability: u8,
    /// Days without movement after which a deal counts as rotting; none: never.
    #[serde(default)]
    pub rotting_days: Option<u16>,
    /// Deal fields that must be filled before a deal may enter.
    #[serde(default)]
    pub required_fields: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    pub id: crate::Id,
    pub name: String,
    /// ISO 4217; the currency that new deals start with.
    pub currency: String,
    pub stages: Vec<Stage>,
}

impl Pipeline {
    pub fn of(record: &Record) -> Option<Self> {
        if record.kind != Kind::Pipeline {
            return None;
        }
        let stages = serde_json::from_value(record.fields.get("stages")?.clone()).ok()?;
        Some(Self { id: record.id, name: record.name().to_owned(), currency: record.text("currency").to_owned(), stages })
    }

    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|s| s.id == id)
    }

    /// By id or by name, whatever the letter case.
    pub fn find_stage(&self, text: &str) -> Option<&Stage> {
        let folded = crate::text::fold(text);
        self.stage(text).or_else(|| self.stages.iter().find(|s| crate::text::fold(&s.name) == folded))
    }

    pub fn first(&self, kind: StageKind) -> Option<&Stage> {
        self.stages.iter().find(|s| s.kind == kind)
    }

    pub fn position(&self, id: &str) -> Option<usize> {
        self.stages.iter().position(|s| s.id == id)
    }
}

/// Checks the stages of a pipeline; every finding names the stage it is about.
pub fn check_stages(stages: &[Stage]) -> Result<(), Error> {
    let mut errors = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for s in stages {
        let valid_id = !s.id.is_empty() && s.id.len() <= 40 && s.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !valid_id {
            errors.push(FieldError::new("stages", "stage_id").with("stage", &s.name));
        }
        // The index knows them in one letter case only.
        if !ids.insert(s.id.to_ascii_lowercase()) {
            errors.push(FieldError::new("stages", "stage_duplicate").with("stage", &s.name));
        }
        if crate::text::trimmed(&s.name).is_empty() {
            errors.push(FieldError::new("stages", "stage_name"));
        }
        if s.probability > 100 {
            errors.push(FieldError::new("stages", "stage_probability").with("stage", &s.name));
        }
        for field in &s.required_fields {
            if Kind::Deal.field(field).is_none() {
                errors.push(FieldError::new("stages", "stage_field").with("stage", &s.name).with("value", field));
            }
        }
    }
    let count = |k| stages.iter().filter(|s| s.kind == k).count();
    if count(StageKind::Open) == 0 || count(StageKind::Won) != 1 || count(StageKind::Lost) != 1 {
        errors.push(FieldError::new("stages", "stage_kinds"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
}

/// The stages a new pipeline starts with.
pub fn template(names: [&str; 6]) -> Vec<Stage> {
    let [prospecting, engaging, proposal, negotiation, won, lost] = names;
    let open = |id: &str, name: &str, probability, rotting| Stage {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: StageKind::Open,
        probability,
        rotting_days: Some(rotting),
        required_fields: Vec::new(),
    };
    let end = |id: &str, name: &str, kind, probability| Stage {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        probability,
        rotting_days: None,
        required_fields: Vec::new(),
    };
    vec![
        open("prospecting", prospecting, 10, 30),
        open("engaging", engaging, 25, 21),
        open("proposal", proposal, 50, 14),
        open("negotiation", negotiation, 80, 14),
        end("won", won, StageKind::Won, 100),
        end("lost", lost, StageKind::Lost, 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_needs_one_won_and_one_lost_stage() {
        let mut stages = template(["a", "b", "c", "d", "w", "l"]);
        assert!(check_stages(&stages).is_ok());
        stages.retain(|s| s.kind != StageKind::Won);
        assert!(check_stages(&stages).is_err());
    }

    #[test]
    fn two_stages_never_share_an_id() {
        let mut stages = template(["a", "b", "c", "d", "w", "l"]);
        stages.push(Stage { id: stages[0].id.to_uppercase(), ..stages[0].clone() });
        assert!(check_stages(&stages).is_err());
    }
}
