//! Records of other kinds that rows need: made just before the first row that points to them; and teams, whose managers and
//! regions come last.

use std::collections::HashSet;

use domain::import::OnMatch;
use domain::rights::Act;
use domain::{Error, Fields, Id, Kind, Result};
use serde_json::Value;

use super::super::survey::Meaning;
use super::{Made, Walk};
use crate::records::{self, BulkItem, BulkResult};

impl Walk {
    /// Records of other kinds that these fields point to and that are not made yet.
    pub(super) fn sides_in(&self, fields: &Fields) -> Vec<usize> {
        if self.facts.survey.sides.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        let mut look = |v: &Value| {
            if let Some(id) = v.as_str().and_then(Id::parse)
                && !self.sides.contains_key(&id)
            {
                out.extend(self.facts.survey.side_of(id));
            }
        };
        for value in fields.values() {
            match value {
                Value::Array(list) => list.iter().for_each(&mut look),
                one => look(one),
            }
        }
        out
    }

    /// Makes them, those they need themselves first.
    pub(super) async fn make(&mut self, needed: Vec<usize>) -> Result<()> {
        let mut needed = needed;
        let first: Vec<usize> =
            needed.iter().filter_map(|i| self.facts.survey.sides.get(*i)).flat_map(|s| self.sides_in(&s.fields)).collect();
        needed.splice(0..0, first);
        let mut done: HashSet<usize> = HashSet::new();
        needed.retain(|i| done.insert(*i));
        // A run of one kind is written at once.
        let kinds: Vec<(usize, Kind)> = needed.iter().filter_map(|i| self.facts.survey.sides.get(*i).map(|s| (*i, s.kind))).collect();
        for group in kinds.chunk_by(|a, b| a.1 == b.1) {
            let Some((_, kind)) = group.first().copied() else { continue };
            let mut stand_ins = Vec::new();
            let mut items = Vec::new();
            for side in group.iter().filter_map(|(i, _)| self.facts.survey.sides.get(*i)) {
                let mut fields = side.fields.clone();
                // Without what could not be made, rather than not at all.
                if self.real(&mut fields).is_err() {
                    fields.remove("manager");
                }
                stand_ins.push(side.id);
                items.push(BulkItem::Create { fields });
            }
            let first_pipeline = group.iter().filter_map(|(i, _)| self.facts.survey.sides.get(*i)).find(|s| s.kind == Kind::Pipeline);
            let first_pipeline = first_pipeline.map(|s| s.name.clone());
            if first_pipeline.is_some() {
                self.report.first_pipeline = first_pipeline;
            }
            let Some(import) = self.import else {
                self.report.side_created += i64::try_from(items.len()).unwrap_or(0);
                for (id, item) in stand_ins.into_iter().zip(items) {
                    self.sides.insert(id, Made::Yes(id));
                    if let BulkItem::Create { fields } = item {
                        self.imagine(kind, id, fields);
                    }
                }
                continue;
            };
            let results = records::write_bulk(&self.ctx, kind, items, Some(import)).await?;
            for (stand_in, result) in stand_ins.into_iter().zip(results) {
                let made = match result {
                    BulkResult::Created(r) | BulkResult::Updated(r) | BulkResult::Same(r) => {
                        self.report.side_created += 1;
                        Made::Yes(r.id)
                    }
                    BulkResult::Failed(e) => Made::No(e),
                };
                self.sides.insert(stand_in, made);
            }
        }
        Ok(())
    }

    /// Puts the ids of made records where stand-ins were.
    pub(super) fn real(&self, fields: &mut Fields) -> Result<()> {
        if self.sides.is_empty() {
            return Ok(());
        }
        let swap = |v: &mut Value| match v.as_str().and_then(Id::parse).and_then(|id| self.sides.get(&id)) {
            Some(Made::Yes(id)) => {
                *v = id.to_string().into();
                Ok(())
            }
            Some(Made::No(e)) => Err(e.clone()),
            None => Ok(()),
        };
        for value in fields.values_mut() {
            match value {
                Value::Array(list) => list.iter_mut().try_for_each(&swap)?,
                one => swap(one)?,
            }
        }
        Ok(())
    }

    /// Managers and regions of teams that were there before, and managers who are rows of this file.
    pub(super) async fn teams(&mut self) -> Result<()> {
        let (mut items, mut about) = (Vec::new(), Vec::new());
        for (wish, meaning) in self.facts.survey.teams.values() {
            let head = match self.manager(&wish.manager) {
                Some(Meaning::Record { id, .. }) => Some(*id),
                Some(Meaning::Row(row)) => self.placed.get(row).copied(),
                Some(Meaning::Side(at)) => self.facts.survey.sides.get(*at).and_then(|s| self.made(s.id)),
                _ => None,
            };
            let (team, old) = match meaning {
                Meaning::Record { id, .. } if self.facts.mapping.on_match == OnMatch::Update => (Some(*id), true),
                Meaning::Side(at) => (self.facts.survey.sides.get(*at).and_then(|s| self.made(s.id)), false),
                _ => (None, false),
            };
            let Some(team) = team else { continue };
            let mut patch = Fields::new();
            patch.extend(head.map(|h| ("manager".to_owned(), Value::String(h.to_string()))));
            if old && !wish.region.is_empty() {
                patch.insert("region".to_owned(), wish.region.clone().into());
            }
            if let Some(now) = self.facts.known.directory.teams.get(&team) {
                patch.retain(|name, value| now.fields.get(name) != Some(value));
            }
            if !patch.is_empty() {
                items.push(BulkItem::Update { id: team, fields: patch });
                about.push((wish.row, old));
            }
        }
        let results = if !self.ctx.who().may_own(Act::Edit, Kind::Team, None) {
            items.iter().map(|_| BulkResult::Failed(Error::Forbidden)).collect()
        } else if let (Some(import), false) = (self.import, items.is_empty()) {
            records::write_bulk(&self.ctx, Kind::Team, items, Some(import)).await?
        } else {
            // What a dry run finds is what will be.
            self.report.side_updated += i64::try_from(about.iter().filter(|(_, old)| *old).count()).unwrap_or(0);
            return Ok(());
        };
        for ((row, old), result) in about.into_iter().zip(results) {
            match result {
                BulkResult::Updated(_) => self.report.side_updated += i64::from(old),
                BulkResult::Failed(e) => {
                    let errors = self.row_errors(row, e);
                    self.complain(row, errors)?;
                }
                BulkResult::Created(_) | BulkResult::Same(_) => {}
            }
        }
        Ok(())
    }

    fn made(&self, stand_in: Id) -> Option<Id> {
        match self.sides.get(&stand_in) {
            Some(Made::Yes(id)) => Some(*id),
            _ => None,
        }
    }
}
