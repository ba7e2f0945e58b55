//! What rows get that they do not say: a new record begins with a day, an owner, a stage. The dry run tells it before, the
//! report after: a wrong opening day of a thousand deals is found in reports a year later otherwise.

use domain::import::Assumed;
use domain::pipelines::StageKind;
use domain::{Fields, Id, Kind, time};
use serde_json::Value;

use super::Walk;
use crate::records;

/// A field, and the value as people read it (a date as `YYYY-MM-DD`).
pub(super) type Assumption = (&'static str, String);

impl Walk {
    /// As `records::hooks` will fill it in.
    pub(super) fn assumptions(&self, fields: &Fields, closed: bool) -> Vec<Assumption> {
        let kind = self.facts.mapping.kind;
        let mut out = Vec::new();
        let lacks = |name: &str| fields.get(name).is_none_or(Value::is_null);
        if kind == Kind::Deal {
            let today = self.today();
            let begun = fields.get("closed_at").and_then(Value::as_str).is_none_or(|day| *day >= *today);
            if lacks("opened_on") && begun {
                out.push(("opened_on", today.clone()));
            }
            if closed && lacks("closed_at") {
                out.push(("closed_at", today));
            }
            if lacks("stage") {
                let pipeline = fields.get("pipeline").and_then(Value::as_str).and_then(Id::parse);
                let pipeline = pipeline.and_then(|id| self.facts.known.pipeline(id));
                out.extend(pipeline.and_then(|p| Some(("stage", p.first(StageKind::Open)?.name.clone()))));
            }
        }
        let owned = matches!(kind, Kind::Company | Kind::Contact | Kind::Deal | Kind::Task | Kind::Note | Kind::Call);
        if owned && lacks("owner") && self.ctx.actor().is_some() {
            out.push(("owner", self.ctx.me.name.clone()));
        }
        out
    }

    /// The company's.
    fn today(&self) -> String {
        let zone = records::zone(self.ctx.app.directory().time_zone());
        time::date(records::today(zone, self.ctx.app.now()))
    }

    /// This row became a record.
    pub(super) fn assume(&mut self, row: usize) {
        for (field, value) in self.assuming.remove(&row).into_iter().flatten() {
            let known = self.report.assumed.iter_mut().find(|a| a.field == field && a.value == value);
            match known {
                Some(known) => known.rows += 1,
                None => self.report.assumed.push(Assumed { field: field.to_owned(), value, rows: 1 }),
            }
        }
    }
}
