//! One row of the file as the fields of a record: cells in canonical form, relations and words by their meaning.

mod times;

use domain::calendar::event::{Reminder, ReminderWay};
use domain::fields::canonical;
use domain::import::RowError;
use domain::money::Currency;
use domain::pipelines::StageKind;
use domain::schema::{FieldDef, FieldType, Special};
use domain::{FieldError, Fields, Id, Kind, Money, time};
use serde_json::{Value, json};

use super::grid::Grid;
use super::known::Known;
use super::mapping::{Mapped, Mapping, Target};
use super::survey::{Meaning, Survey, parts};
use super::{dates, numbers, words};
pub use times::Stamp;

/// What a row says. Ids of records that are yet to be made are stand-ins.
#[derive(Debug, Default)]
pub struct Read {
    pub fields: Fields,
    pub id: Option<Id>,
    /// The row whose record this field points to.
    pub rows: Vec<(&'static str, usize)>,
    /// Relations whose name several records have: the field, those records, the name.
    pub several: Vec<(&'static FieldDef, Vec<Id>, String)>,
    /// A date of closing whose field depends on the stage.
    pub close_date: Option<Value>,
    pub pipeline: Option<Id>,
    /// For new records only: the name of a deal that has none of its own, the role of a team's manager.
    pub defaults: Fields,
}

pub struct Reader<'a> {
    pub grid: &'a Grid,
    pub mapping: &'a Mapping,
    pub known: &'a Known,
    pub survey: &'a Survey,
}

/// Our own export, and spreadsheets, put an apostrophe before what would else be a formula.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

impl Reader<'_> {
    /// What the row says, with every cell that cannot be taken and its reason.
    ///
    /// # Errors
    /// It is no row of the table at all.
    pub fn read(&self, row: usize) -> Result<(Read, Vec<RowError>), Vec<RowError>> {
        if let Some(fault) = self.grid.fault(row) {
            return Err(vec![self.grid.row_error(fault)]);
        }
        let mut out = Read::default();
        let mut errors = Vec::new();
        let currency = self.currency(row, &mut errors);
        for (i, column) in self.mapping.columns.iter().enumerate() {
            let cell = unguarded(self.grid.cell(row, column.at));
            if cell.is_empty() {
                continue;
            }
            if let Err(error) = self.take(&mut out, row, i, column, cell, currency) {
                errors.push(RowError { column: column.column.clone(), value: cell.chars().take(80).collect(), error });
            }
        }
        self.complete(&mut out, row, &mut errors);
        Ok((out, errors))
    }

    fn currency(&self, row: usize, errors: &mut Vec<RowError>) -> Currency {
        let column = self.mapping.columns.iter().find(|c| c.target == Target::Currency);
        let Some(column) = column else { return self.mapping.currency };
        let cell = self.grid.cell(row, column.at);
        if cell.is_empty() {
            return self.mapping.currency;
        }
        crate::records::currency("currency", cell).unwrap_or_else(|error| {
            errors.push(RowError { column: column.column.clone(), value: cell.to_owned(), error });
            self.mapping.currency
        })
    }

    fn take(&self, out: &mut Read, row: usize, i: usize, column: &Mapped, cell: &str, currency: Currency) -> Result<(), FieldError> {
        let wrong = |code: &str| FieldError::new(column.target.name(), code);
        match column.target {
            Target::Currency | Target::TeamManager | Target::TeamRegion => {}
            // When an item is, several columns say together.
            Target::StartTime | Target::EndTime | Target::Duration => {}
            Target::Field(field) if self.mapping.kind == Kind::Event && is_when(field) => {}
            Target::RecordId => out.id = Some(Id::parse(cell).ok_or_else(|| wrong("reference"))?),
            Target::WholeName => {
                let (given, family) = words::person(cell);
                for (name, value) in [("given_name", given), ("family_name", family)] {
                    if !value.is_empty() && !out.fields.contains_key(name) {
                        let def = self.mapping.kind.field(name).ok_or_else(|| wrong("unknown_field"))?;
                        let mut value = canonical(def, &Value::String(value))?;
                        crate::forms::settle_value(self.mapping.kind, def, &mut value)?;
                        out.fields.insert(name.to_owned(), value);
                    }
                }
            }
            Target::CloseDate => {
                if !words::says_nothing(cell) {
                    let day = dates::date(cell, self.mapping.order).ok_or_else(|| wrong("date"))?;
                    out.close_date = Some(time::date(day).into());
                }
            }
            Target::Field(field) => match field.ty {
                FieldType::Ref(_) | FieldType::Refs(_) => self.relation(out, i, column, field, cell)?,
                // The stage needs its row's pipeline.
                FieldType::Stage => self.stage(out, row, cell)?,
                FieldType::Choice(options) => match self.survey.meaning(i, cell) {
                    Some(Meaning::Text(choice)) => put(out, field, Value::String(choice.clone())),
                    Some(Meaning::Refused(code)) => return Err(wrong(code).with("options", options.join(", "))),
                    _ => {}
                },
                _ => {
                    let cell = match self.survey.meaning(i, cell) {
                        Some(Meaning::Text(word)) => word.as_str(),
                        Some(Meaning::Leave) => return Ok(()),
                        Some(Meaning::Refused(code)) => return Err(wrong(code)),
                        _ => cell,
                    };
                    let value = self.value(field, cell, column, currency)?;
                    put(out, field, value);
                }
            },
        }
        Ok(())
    }

    /// A cell as the canonical value of a plain field.
    fn value(&self, field: &FieldDef, cell: &str, column: &Mapped, currency: Currency) -> Result<Value, FieldError> {
        let wrong = |code: &str| FieldError::new(field.name, code);
        let point = column.point;
        let nothing = words::says_nothing(cell);
        let or = |v: Option<Value>, code: &str| match v {
            Some(v) => Ok(v),
            None if nothing => Ok(Value::Null),
            None => Err(wrong(code)),
        };
        let list = |commas: bool| Value::Array(words::list(cell, commas).map(|v| v.to_owned().into()).collect());
        let raw = match field.ty {
            FieldType::Int if field.name == "founded" => {
                let year =
                    numbers::int(cell, point).or_else(|| dates::date(cell, self.mapping.order).map(|d| chrono::Datelike::year(&d).into()));
                or(year.map(Value::from), "int")?
            }
            FieldType::Int => or(numbers::int(cell, point).map(Value::from), "int")?,
            FieldType::Percent => or(numbers::percent(cell, point).map(Value::from), "percent")?,
            FieldType::Money => or(numbers::money(cell, point, currency, self.mapping.scale).map(Money::to_json), currency.no_amount())?,
            FieldType::Date => or(dates::date(cell, self.mapping.order).map(|d| time::date(d).into()), "date")?,
            FieldType::Instant => {
                let to_end = field.name == "due_at";
                or(dates::instant(cell, self.mapping.order, self.mapping.zone, to_end).map(Value::String), "instant")?
            }
            FieldType::Bool if field.name == "busy" => or(words::busy(cell).or_else(|| words::boolean(cell)).map(Value::Bool), "bool")?,
            FieldType::Bool if field.name == "private" => {
                or(words::private(cell).or_else(|| words::boolean(cell)).map(Value::Bool), "bool")?
            }
            FieldType::Bool => or(words::boolean(cell).map(Value::Bool), "bool")?,
            FieldType::Special(Special::Reminders) => or(reminders(cell), "reminders")?,
            FieldType::Tags | FieldType::Emails => list(true),
            FieldType::Phones => list(true),
            FieldType::Email | FieldType::Phone | FieldType::Url if nothing => Value::Null,
            FieldType::Text(_) if field.name == "domain" && self.mapping.kind == Kind::Company => {
                if nothing {
                    Value::Null
                } else {
                    cell.into()
                }
            }
            _ => cell.into(),
        };
        let mut value = canonical(field, &raw)?;
        crate::forms::settle_value(self.mapping.kind, field, &mut value)?;
        Ok(value)
    }

    fn relation(&self, out: &mut Read, i: usize, column: &Mapped, field: &'static FieldDef, cell: &str) -> Result<(), FieldError> {
        let (mut ids, mut guests): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
        for part in parts(cell, column.target, self.known) {
            match self.survey.meaning(i, part) {
                Some(Meaning::Record { id, .. }) => ids.push(id.to_string().into()),
                Some(Meaning::Side(at)) => ids.extend(self.survey.sides.get(*at).map(|s| Value::String(s.id.to_string()))),
                Some(Meaning::Row(row)) => out.rows.push((field.name, *row)),
                Some(Meaning::Several(ids)) => out.several.push((field, ids.clone(), part.to_owned())),
                Some(Meaning::Guest(id)) => guests.push(id.to_string().into()),
                Some(Meaning::Refused(code)) => return Err(FieldError::new(field.name, *code).with("value", part)),
                Some(Meaning::Text(_) | Meaning::Leave) | None => {}
            }
        }
        if let Some(contacts) = self.mapping.kind.field("contacts").filter(|_| !guests.is_empty()) {
            put(out, contacts, Value::Array(guests));
        }
        if field.ty.is_many() {
            put(out, field, Value::Array(ids));
        } else if let Some(id) = ids.into_iter().next() {
            put(out, field, id);
        }
        Ok(())
    }

    fn stage(&self, out: &mut Read, row: usize, cell: &str) -> Result<(), FieldError> {
        let column = self.mapping.columns.iter().position(|c| c.target.name() == "pipeline");
        let Some(pipeline) = self.survey.pipeline_of(self.grid, self.mapping, self.known, column, row) else { return Ok(()) };
        match self.survey.stage(pipeline, cell) {
            Some(Meaning::Text(id)) => {
                out.fields.insert("stage".to_owned(), id.clone().into());
            }
            Some(Meaning::Refused(code)) => {
                let stages = self.known.pipeline(pipeline).map(|p| p.stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "));
                return Err(FieldError::new("stage", *code).with("options", stages.unwrap_or_default()));
            }
            _ => {}
        }
        Ok(())
    }

    /// What follows from several cells of the row together.
    fn complete(&self, out: &mut Read, row: usize, errors: &mut Vec<RowError>) {
        let cell = |name: &str| {
            let column = self.mapping.columns.iter().find(|c| c.target.name() == name);
            column.map_or("", |c| unguarded(self.grid.cell(row, c.at)))
        };
        match self.mapping.kind {
            Kind::Deal => {
                let column = self.mapping.columns.iter().position(|c| c.target.name() == "pipeline");
                out.pipeline = self.survey.pipeline_of(self.grid, self.mapping, self.known, column, row);
                if !out.fields.contains_key("name") {
                    let name = self.compose(row, cell("external_id"));
                    out.defaults.extend(name.map(|n| ("name".to_owned(), Value::String(n))));
                }
            }
            Kind::Event => times::times(self, out, row, errors),
            Kind::User => {
                match self.survey.team(cell("team"), cell(super::mapping::Target::TeamManager.name())).map(|(_, m)| m) {
                    Some(Meaning::Record { id, .. }) => {
                        out.fields.insert("team".to_owned(), id.to_string().into());
                    }
                    Some(Meaning::Side(at)) => {
                        if let Some(side) = self.survey.sides.get(*at) {
                            out.fields.insert("team".to_owned(), side.id.to_string().into());
                        }
                    }
                    _ => {}
                }
                // Who manages a team in this file is a manager, unless the file says otherwise.
                let plain = self.mapping.defaults.get("role").and_then(Value::as_str) == Some("sales");
                if plain && !out.fields.contains_key("role") && self.survey.manages(cell("name")) {
                    out.defaults.insert("role".to_owned(), "manager".into());
                }
            }
            _ => {}
        }
    }

    /// "GTX Basic – Cancity", "GTX Basic – 1C1I7A6R", "Cancity – 1C1I7A6R".
    fn compose(&self, row: usize, number: &str) -> Option<String> {
        let named = |field: &str| {
            let (i, column) = self.mapping.columns.iter().enumerate().find(|(_, c)| c.target.name() == field)?;
            let cell = self.grid.cell(row, column.at);
            let names: Vec<String> = parts(cell, column.target, self.known)
                .into_iter()
                .filter_map(|p| match self.survey.meaning(i, p)? {
                    Meaning::Record { name, .. } => Some(name.clone()),
                    Meaning::Side(at) => self.survey.sides.get(*at).map(|s| s.name.clone()),
                    Meaning::Row(_) | Meaning::Several(_) | Meaning::Text(_) | Meaning::Leave | Meaning::Guest(_) => Some(p.to_owned()),
                    Meaning::Refused(_) => None,
                })
                .collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let parts: Vec<String> = [named("products"), named("company"), Some(number.to_owned())]
            .into_iter()
            .flatten()
            .filter(|p| !p.is_empty())
            .take(2)
            .collect();
        (!parts.is_empty()).then(|| parts.join(" – ").chars().take(200).collect())
    }

    /// Won, lost or open: by the row's stage, else by what the deal is now.
    pub fn is_closed(&self, read: &Read, status_now: Option<&str>) -> bool {
        let stage = read.fields.get("stage").and_then(Value::as_str);
        let kind = stage.and_then(|s| read.pipeline.and_then(|p| self.known.pipeline(p)).and_then(|p| p.stage(s))).map(|s| s.kind);
        match (kind, status_now) {
            (Some(kind), _) => kind != StageKind::Open,
            (None, Some(status)) => matches!(status, "won" | "lost"),
            (None, None) => false,
        }
    }
}

fn is_when(field: &FieldDef) -> bool {
    matches!(field.name, "start" | "end" | "zone" | "rdate" | "exdate")
}

/// "15", "15; 60": minutes before the start.
fn reminders(cell: &str) -> Option<Value> {
    let one = |minutes: &str| Some(json!(Reminder { minutes: minutes.parse().ok()?, way: ReminderWay::App }));
    words::list(cell, true).map(one).collect::<Option<Vec<_>>>().map(Value::Array)
}

/// Several columns may feed one list or one long text.
pub fn put(out: &mut Read, field: &FieldDef, value: Value) {
    if value.is_null() {
        return;
    }
    let joined = match (out.fields.remove(field.name), value) {
        (Some(Value::Array(mut old)), Value::Array(new)) => {
            for v in new {
                if !old.contains(&v) {
                    old.push(v);
                }
            }
            Value::Array(old)
        }
        (Some(Value::String(old)), Value::String(new)) if field.ty == FieldType::LongText => format!("{old}\n{new}").into(),
        (_, new) => new,
    };
    if joined.as_array().is_none_or(|a| !a.is_empty()) {
        out.fields.insert(field.name.to_owned(), joined);
    }
}
