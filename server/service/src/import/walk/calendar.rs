//! Rows that are items of the calendar: each is held against everybody's time for itself, as an item that is typed is. What a rule
//! forbids is refused, everything else is taken and told. In a dry run nothing is written, but the check is the same.

use domain::calendar::conflict::Found;
use domain::import::ImportClash;
use domain::{Error, FieldError, Kind, Record, Result};
use serde_json::Value;

use super::{Walk, fields_mut};
use crate::calendar::{Refuse, guard};
use crate::records::{self, BulkItem, BulkResult};

/// Conflicts in the report itself, and those of one item among them.
const SHOWN: usize = 100;
const OF_ONE: usize = 3;

impl Walk {
    pub(super) async fn write_items(&mut self, items: Vec<(usize, BulkItem)>) -> Result<()> {
        for (row, mut item) in items {
            if let Err(e) = self.real(fields_mut(&mut item)) {
                let errors = self.row_errors(row, e);
                self.reject(row, errors)?;
                continue;
            }
            let done = match self.import {
                Some(import) => records::write_checked(&self.ctx, Kind::Event, &item, import).await,
                None => self.rehearse(&item).await,
            };
            match done {
                Ok((result, found)) => self.note(row, result, found)?,
                // What is wrong with a row is the row's affair; what is wrong with the house stops the work.
                Err(e @ (Error::Invalid { .. } | Error::Clash { .. } | Error::NotFound | Error::Forbidden | Error::Conflict(_))) => {
                    let errors = self.row_errors(row, e);
                    self.reject(row, errors)?;
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn note(&mut self, row: usize, result: BulkResult, found: Found) -> Result<()> {
        let title = match result {
            BulkResult::Created(r) => {
                self.report.created += 1;
                self.place(row, r.id);
                title(&r)
            }
            BulkResult::Updated(r) => {
                self.report.updated += 1;
                title(&r)
            }
            BulkResult::Same(_) => {
                self.report.duplicate += 1;
                return Ok(());
            }
            BulkResult::Failed(e) => {
                let errors = self.row_errors(row, e);
                return self.reject(row, errors);
            }
        };
        if !found.conflicts.is_empty() {
            self.report.clashes += 1;
            let room = SHOWN.saturating_sub(self.report.clashing.len()).min(OF_ONE);
            let row = self.facts.grid.number(row);
            let shown = found.conflicts.into_iter().take(room);
            self.report.clashing.extend(shown.map(|conflict| ImportClash { row, title: title.clone(), conflict }));
        }
        Ok(())
    }

    /// What the run would do, but for the writing.
    async fn rehearse(&mut self, item: &BulkItem) -> Result<(BulkResult, Found)> {
        let draft = match records::draft_row(&self.ctx, Kind::Event, item, &self.ahead).await? {
            Ok(draft) => draft,
            Err(result) => return Ok((result, Found::default())),
        };
        let now = draft.now.clone();
        let ahead = self.rehearsal.beside(&[&now]);
        let found = guard(&self.ctx, std::slice::from_ref(&draft), Refuse::Strict, ahead).await?.found;
        self.rehearsal.add(&now, draft.before.is_some());
        if draft.before.is_some() {
            return Ok((BulkResult::Updated(now), found));
        }
        self.imagined.push(now.clone());
        Ok((BulkResult::Created(now), found))
    }
}

fn title(record: &Record) -> String {
    record.text("title").to_owned()
}

/// Who or what a rule keeps free at that time.
pub(in super::super) fn refused(conflicts: &Value) -> FieldError {
    let strict = |c: &&Value| c.get("strict").and_then(Value::as_bool) == Some(true);
    let who = |c: &Value| c.pointer("/who/name").and_then(Value::as_str).filter(|n| !n.is_empty()).map(str::to_owned);
    let mut names: Vec<String> = conflicts.as_array().into_iter().flatten().filter(strict).filter_map(who).collect();
    names.dedup();
    names.truncate(3);
    FieldError::new("start", "ics_clash").with("who", names.join(", "))
}
