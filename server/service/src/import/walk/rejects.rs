//! Rows that are not taken: what is wrong with each, in which column, and what else it lacks. All of them go into the file of
//! rejected rows, the first into the report.

use domain::import::{Rejected, RowError};
use domain::{Error, FieldError, Result};

use super::super::known::keys;
use super::super::read::Read;
use super::{SHOWN, Step, Walk, refused};

impl Walk {
    /// A row that is rejected is to be mended once: what else it lacks is said with it.
    pub(super) fn lacking(&self, row: usize, read: Read, errors: &[RowError]) -> Vec<RowError> {
        let mut whole = read.defaults.clone();
        whole.extend(read.fields.clone());
        let keys = keys(self.facts.mapping.kind, &self.facts.mapping.match_field, &whole, read.id);
        // A record that is there has what a new one needs.
        if self.facts.known.matching(&keys).is_some() {
            return Vec::new();
        }
        let Step::Reject(more) = self.create(row, read) else { return Vec::new() };
        let told = |e: &RowError| errors.iter().any(|k| k.error.field == e.error.field || (!e.column.is_empty() && k.column == e.column));
        more.into_iter().filter(|e| !told(e)).collect()
    }

    pub(super) fn row_errors(&self, row: usize, e: Error) -> Vec<RowError> {
        let m = &self.facts.mapping;
        let fields = match e {
            Error::Invalid { fields } => fields,
            Error::Clash { conflicts } => vec![refused(&conflicts)],
            e => {
                let code = if e == Error::Forbidden { "import_forbidden" } else { "import_gone" };
                return vec![RowError { column: String::new(), value: String::new(), error: FieldError::new("", code) }];
            }
        };
        let named = |error: FieldError| {
            let column = m.column_of(&error.field);
            let value = self.facts.grid.column(&column).map_or("", |at| self.facts.grid.cell(row, at)).chars().take(80).collect();
            RowError { column, value, error }
        };
        fields.into_iter().map(named).collect()
    }

    pub(super) fn reject(&mut self, row: usize, errors: Vec<RowError>) -> Result<()> {
        self.report.rejected += 1;
        self.complain(row, errors)
    }

    /// The row itself was taken, or was counted before: what is wrong beside it.
    pub(super) fn complain(&mut self, row: usize, errors: Vec<RowError>) -> Result<()> {
        if let Some(file) = &mut self.rejects {
            file.add(&self.facts.grid, row, &errors, self.ctx.me.locale)?;
        }
        if self.report.rejects.len() < SHOWN {
            self.report.rejects.push(Rejected { row: self.facts.grid.number(row), errors });
        }
        Ok(())
    }
}
