//! What ids are called: records beside the ones shown (companies, owners, deals) and the stages of pipelines. One for a
//! page, filled by every answer that brings labels.

use domain::pipelines::{Pipeline, Stage};
use domain::record::{Label, Labels};

use crate::prelude::*;

#[derive(Clone, Copy)]
pub struct Names {
    labels: StoredValue<Labels>,
    pipelines: StoredValue<Vec<Pipeline>>,
    /// Counts when something that was known is called otherwise now; new names need no redraw.
    renamed: RwSignal<u32>,
}

impl Names {
    pub fn new(labels: Labels, pipelines: Vec<Pipeline>) -> Self {
        Self { labels: StoredValue::new(labels), pipelines: StoredValue::new(pipelines), renamed: RwSignal::new(0) }
    }

    /// The names of this page; an empty book outside of one.
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| Self::new(Labels::new(), Vec::new()))
    }

    pub fn add(&self, labels: &Labels) {
        let mut changed = false;
        let _ = self.labels.try_update_value(|known| {
            for (id, label) in labels {
                match known.get(id) {
                    Some(old) if old == label => {}
                    old => {
                        changed |= old.is_some();
                        known.insert(*id, label.clone());
                    }
                }
            }
        });
        if changed {
            let _ = self.renamed.try_update(|n| *n += 1);
        }
    }

    pub fn learn(&self, kind: Kind, id: Id, name: &str) {
        if self.get(id).is_none() {
            self.add(&Labels::from([(id, Label { kind, name: name.to_owned(), hint: String::new() })]));
        }
    }

    pub fn set_pipelines(&self, pipelines: Vec<Pipeline>) {
        if self.pipelines.try_with_value(|p| *p != pipelines).unwrap_or(false) {
            self.pipelines.set_value(pipelines);
            let _ = self.renamed.try_update(|n| *n += 1);
        }
    }

    /// Draws again what reads this when a known thing is renamed.
    pub fn track(&self) {
        self.renamed.track();
    }

    pub fn get(&self, id: Id) -> Option<Label> {
        self.labels.try_with_value(|l| l.get(&id).cloned()).flatten()
    }

    /// Everything that is known.
    pub fn labels(&self) -> Labels {
        self.labels.try_get_value().unwrap_or_default()
    }

    pub fn knows(&self, id: Id) -> bool {
        self.labels.try_with_value(|l| l.contains_key(&id)).unwrap_or(true)
    }

    /// A phone number as it is read; one that was not recognised as it was typed.
    pub fn phone(&self, number: &str) -> String {
        domain::text::phone_id(number).and_then(|id| self.get(id)).map_or_else(|| number.to_owned(), |label| label.name)
    }

    /// The name, or "" while it is not known.
    pub fn name(&self, id: Id) -> String {
        self.get(id).map(|l| l.name).unwrap_or_default()
    }

    pub fn pipelines(&self) -> Vec<Pipeline> {
        self.pipelines.try_get_value().unwrap_or_default()
    }

    pub fn pipeline(&self, id: Option<Id>) -> Option<Pipeline> {
        self.pipelines
            .try_with_value(|all| all.iter().find(|p| Some(p.id) == id).or(if id.is_none() { all.first() } else { None }).cloned())
            .flatten()
    }

    /// The stage of a deal.
    pub fn stage(&self, deal: &Record) -> Option<Stage> {
        self.pipeline(deal.id_of("pipeline"))?.stage(deal.text("stage")).cloned()
    }

    /// What a stage is called wherever it occurs; its id when no pipeline has it.
    pub fn stage_name(&self, pipeline: Option<Id>, stage: &str) -> String {
        let own = self.pipeline(pipeline).and_then(|p| p.stage(stage).map(|s| s.name.clone()));
        own.or_else(|| self.pipelines.try_with_value(|all| all.iter().find_map(|p| p.stage(stage).map(|s| s.name.clone()))).flatten())
            .unwrap_or_else(|| stage.to_owned())
    }

    /// Every stage once, in the order of the pipelines: for filters over all of them.
    pub fn stages(&self) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        for stage in self.pipelines().into_iter().flat_map(|p| p.stages) {
            if out.iter().all(|(id, _)| *id != stage.id) {
                out.push((stage.id, stage.name));
            }
        }
        out
    }
}
