//! What the stages of a file mean: each is looked up in the pipeline of its row.

use std::collections::BTreeMap;

use domain::import::Replacement;
use domain::pipelines::{Pipeline, StageKind};
use domain::schema::FieldType;
use domain::text::fold;
use domain::{FieldError, Id};
use serde_json::Value;

use super::super::closest::{Names, Nature, is_same, squash};
use super::super::grid::Grid;
use super::super::known::Known;
use super::super::mapping::{Mapping, Target};
use super::{Meaning, Survey, count};

impl Survey {
    /// Stages are looked up in the pipeline of their row.
    pub(super) fn stages(&mut self, grid: &Grid, mapping: &Mapping, known: &Known, rows: &[usize], errors: &mut Vec<FieldError>) {
        let stage = mapping.columns.iter().find(|c| matches!(c.target, Target::Field(f) if f.ty == FieldType::Stage));
        let Some(stage) = stage else { return };
        let pipelines = mapping.columns.iter().position(|c| c.target.name() == "pipeline");
        let mut counts: BTreeMap<Id, Vec<&str>> = BTreeMap::new();
        for row in rows {
            if let Some(p) = self.pipeline_of(grid, mapping, known, pipelines, *row) {
                counts.entry(p).or_default().push(grid.cell(*row, stage.at));
            }
        }
        for (id, cells) in counts {
            let Some(pipeline) = known.pipeline(id) else { continue };
            for (value, n) in count(cells.into_iter()) {
                let meaning = self.stage_meaning(mapping, pipeline, &value, n).unwrap_or_else(|e| {
                    errors.push(e);
                    Meaning::Leave
                });
                self.stages.insert((id, fold(&value)), meaning);
            }
        }
    }

    pub fn pipeline_of(&self, grid: &Grid, mapping: &Mapping, known: &Known, column: Option<usize>, row: usize) -> Option<Id> {
        let cell = column.and_then(|i| mapping.columns.get(i).map(|c| (i, grid.cell(row, c.at))));
        if let Some((i, cell)) = cell
            && let Some(Meaning::Record { id, .. }) = self.meaning(i, cell)
        {
            return Some(*id);
        }
        let told = mapping.defaults.get("pipeline").and_then(Value::as_str).and_then(Id::parse);
        told.or_else(|| known.first_pipeline())
    }

    fn stage_meaning(&mut self, mapping: &Mapping, pipeline: &Pipeline, value: &str, rows: i64) -> Result<Meaning, FieldError> {
        let told = mapping.replacement("stage", &fold(value)).cloned();
        let known = pipeline.find_stage(value).or_else(|| by_spelling(pipeline, value));
        if let (None, Some(s)) = (&told, known) {
            return Ok(Meaning::Text(s.id.clone()));
        }
        let mut names: Names<()> = Names::default();
        pipeline.stages.iter().for_each(|s| names.add(&s.name, ()));
        let near = names.closest(value).map(|(n, ())| n);
        let action = told.unwrap_or_else(|| match &near {
            Some(n) if is_same(value, n, Nature::Word) => Replacement::Use(n.clone()),
            _ => Replacement::Leave,
        });
        if known.is_none() {
            self.note("stage", value, rows, near, &action);
            if let Some(unknown) = self.unknown.last_mut() {
                unknown.options = pipeline.stages.iter().map(|s| s.name.clone()).collect();
            }
        }
        match action {
            Replacement::Use(other) => match pipeline.find_stage(&other) {
                Some(s) => Ok(Meaning::Text(s.id.clone())),
                None => Err(FieldError::new("replace", "import_replace").with("field", "stage").with("value", other)),
            },
            // The pipeline's first stage.
            Replacement::Leave => Ok(Meaning::Leave),
            Replacement::Create | Replacement::Reject => Ok(Meaning::Refused("stage")),
        }
    }
}

/// "Closed-Won" is the won stage, whatever it is called here.
fn by_spelling<'a>(pipeline: &'a Pipeline, value: &str) -> Option<&'a domain::pipelines::Stage> {
    let said = squash(value);
    let spelled = pipeline.stages.iter().find(|s| !said.is_empty() && (squash(&s.name) == said || squash(&s.id) == said));
    spelled.or_else(|| match super::super::words::closed_stage(value) {
        Some(kind @ (StageKind::Won | StageKind::Lost)) => pipeline.first(kind),
        _ => None,
    })
}
