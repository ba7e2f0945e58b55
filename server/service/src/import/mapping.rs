//! The plan, checked against the file: which column feeds which field, and how its cells are read.

use std::collections::HashMap;

use chrono_tz::Tz;
use domain::calendar::stored;
use domain::fields::canonical;
use domain::import::{
    CLOSE_DATE, CURRENCY, DURATION, END_TIME, ImportPlan, KINDS, OnMatch, RECORD_ID, Replacement, START_TIME, TEAM_MANAGER, TEAM_REGION,
    targets,
};
use domain::money::Currency;
use domain::schema::{DERIVED, FieldDef, FieldType, REQUIRED};
use domain::{Error, FieldError, Fields, Kind, Result, text};

use super::dates::Order;
use super::grid::Grid;
use super::numbers::{self, Point};
use crate::calendar::ics::zone_named;

/// Where a column's cells go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Field(&'static FieldDef),
    /// A contact's name in one piece.
    WholeName,
    CloseDate,
    Currency,
    TeamManager,
    TeamRegion,
    /// The time of day at which an item begins or ends.
    StartTime,
    EndTime,
    Duration,
    RecordId,
}

impl Target {
    fn of(kind: Kind, name: &str) -> Option<Self> {
        let name = inner(kind, name);
        if !targets(kind).contains(&name) {
            return None;
        }
        match (name, kind.field(name)) {
            (RECORD_ID, _) => Some(Self::RecordId),
            (CLOSE_DATE, _) => Some(Self::CloseDate),
            (TEAM_MANAGER, _) => Some(Self::TeamManager),
            (TEAM_REGION, _) => Some(Self::TeamRegion),
            (START_TIME, _) => Some(Self::StartTime),
            (END_TIME, _) => Some(Self::EndTime),
            (DURATION, _) => Some(Self::Duration),
            (CURRENCY, None) => Some(Self::Currency),
            (_, Some(f)) if f.is(DERIVED) => (kind == Kind::Contact).then_some(Self::WholeName),
            (_, Some(f)) => Some(Self::Field(f)),
            _ => None,
        }
    }

    /// As the plan and the report call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Field(f) => f.name,
            Self::WholeName => "name",
            Self::CloseDate => CLOSE_DATE,
            Self::Currency => CURRENCY,
            Self::TeamManager => TEAM_MANAGER,
            Self::TeamRegion => TEAM_REGION,
            Self::StartTime => START_TIME,
            Self::EndTime => END_TIME,
            Self::Duration => DURATION,
            Self::RecordId => RECORD_ID,
        }
    }

    /// The kind whose records the cells name.
    pub const fn names(self) -> Option<Kind> {
        match self {
            Self::Field(FieldDef { ty: FieldType::Ref(k) | FieldType::Refs(k), .. }) => Some(*k),
            Self::TeamManager => Some(Kind::User),
            _ => None,
        }
    }

    pub const fn is_many(self) -> bool {
        matches!(self, Self::Field(f) if f.ty.is_many())
    }
}

/// Programs call some fields of an item by another name than the one they are stored under.
fn inner(kind: Kind, name: &str) -> &str {
    if kind == Kind::Event { stored::stored_name(name) } else { name }
}

pub struct Mapped {
    /// Index of the column in the file.
    pub at: usize,
    pub column: String,
    pub target: Target,
    pub point: Point,
}

pub struct Mapping {
    pub kind: Kind,
    pub columns: Vec<Mapped>,
    pub match_field: String,
    pub on_match: OnMatch,
    pub order: Order,
    pub currency: Currency,
    pub scale: i64,
    pub defaults: Fields,
    pub zone: Tz,
    /// (field, folded value)
    replace: HashMap<(String, String), Replacement>,
}

impl Mapping {
    /// Every problem of the plan is named at once.
    pub fn of(plan: &ImportPlan, grid: &Grid, zone: Tz) -> Result<Self> {
        let mut errors = Vec::new();
        let kind = plan.kind;
        if !KINDS.contains(&kind) {
            errors.push(FieldError::new("kind", "import_kind"));
        }
        let mut columns: Vec<Mapped> = Vec::new();
        for m in plan.map.iter().filter(|m| !m.field.is_empty()) {
            let Some(at) = grid.column(&m.column) else {
                errors.push(FieldError::new("map", "import_column").with("value", &m.column));
                continue;
            };
            let Some(target) = Target::of(kind, &m.field) else {
                errors.push(FieldError::new("map", "import_field").with("value", &m.field));
                continue;
            };
            let joins = target.is_many() || matches!(target, Target::Field(f) if f.ty == FieldType::LongText);
            if !joins && columns.iter().any(|c| c.target == target) {
                errors.push(FieldError::new("map", "import_twice").with("value", &m.field));
                continue;
            }
            let cells = (0..grid.len()).filter(|r| grid.fault(*r).is_none()).map(|r| grid.cell(r, at));
            let numeric = matches!(target, Target::Field(f) if f.ty.is_numeric());
            let point = if numeric { numbers::point(cells) } else { Point::Dot };
            columns.push(Mapped { at, column: m.column.clone(), target, point });
        }
        if columns.is_empty() && errors.is_empty() {
            errors.push(FieldError::new("map", "import_nothing"));
        }
        let mut defaults = Fields::new();
        for (name, value) in &plan.defaults {
            match kind.field(inner(kind, name)).filter(|f| !f.is(DERIVED)) {
                None => errors.push(FieldError::new("defaults", "import_field").with("value", name)),
                Some(def) => match canonical(def, value) {
                    Ok(v) if !v.is_null() => {
                        defaults.insert(def.name.to_owned(), v);
                    }
                    Ok(_) => {}
                    Err(e) => errors.push(e),
                },
            }
        }
        let has = |name: &str| columns.iter().any(|c| c.target.name() == name) || defaults.contains_key(name);
        for f in kind.fields().iter().filter(|f| f.is(REQUIRED) && !has(f.name)) {
            // A deal takes its name from its product and company, a user's role is the plan's.
            let deal = kind == Kind::Deal && f.name == "name" && (has("products") || has("company") || has("external_id"));
            // A day alone lasts that day; a row with a time and no end is rejected itself.
            let composed = deal || (kind == Kind::Event && f.name == "end");
            if !composed {
                errors.push(FieldError::new(f.name, "required"));
            }
        }
        if kind == Kind::Contact && !["name", "given_name", "family_name"].iter().any(|n| has(n)) {
            errors.push(FieldError::new("family_name", "required"));
        }
        let zone = match defaults.get("zone").and_then(|z| z.as_str()).filter(|_| kind == Kind::Event).map(zone_named) {
            None => zone,
            Some(Some(said)) => said,
            Some(None) => {
                errors.push(FieldError::new("zone", "zone"));
                zone
            }
        };
        let matchable = plan.match_field.is_empty() || has(&plan.match_field) || (plan.match_field == "name" && composes_name(kind));
        if !matchable || kind.field(&plan.match_field).is_some_and(|f| !can_match(f)) {
            errors.push(FieldError::new("match_field", "import_match").with("value", &plan.match_field));
        }
        let order = if plan.date_order.is_empty() { Some(Order::Ymd) } else { Order::parse(&plan.date_order) };
        if order.is_none() {
            errors.push(FieldError::new("date_order", "date_order"));
        }
        let currency = crate::records::currency("currency", &plan.currency).map_err(|e| errors.push(e)).ok();
        let scale = plan.scale.unwrap_or(1);
        if !(1..=1_000_000_000).contains(&scale) {
            errors.push(FieldError::new("scale", "import_scale"));
        }
        let replace = plan.replace.iter().map(|r| ((r.field.clone(), text::fold(&r.value)), r.by.clone())).collect();
        match (order, currency) {
            (Some(order), Some(currency)) if errors.is_empty() => Ok(Self {
                kind,
                columns,
                match_field: plan.match_field.clone(),
                on_match: plan.on_match,
                order,
                currency,
                scale,
                defaults,
                zone,
                replace,
            }),
            _ => Err(Error::Invalid { fields: errors }),
        }
    }

    pub fn replacement(&self, field: &str, folded: &str) -> Option<&Replacement> {
        self.replace.get(&(field.to_owned(), folded.to_owned()))
    }

    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.target.name() == name)
    }

    /// The column that feeds a field, to say where a wrong value stands.
    pub fn column_of(&self, field: &str) -> String {
        let field = inner(self.kind, field);
        let times = |t: Target| match t {
            Target::StartTime => field == "start",
            Target::EndTime | Target::Duration => field == "end",
            _ => false,
        };
        let name_parts = |t: Target| t == Target::WholeName && matches!(field, "given_name" | "family_name");
        let closing = |t: Target| t == Target::CloseDate && matches!(field, "closed_at" | "expected_close");
        let exactly = self.columns.iter().find(|c| c.target.name() == field);
        let feeds = |c: &&Mapped| name_parts(c.target) || closing(c.target) || times(c.target);
        exactly.or_else(|| self.columns.iter().find(feeds)).map_or_else(|| field.to_owned(), |c| c.column.clone())
    }

    /// The column with the record's own name, for relations within the file.
    pub fn name_column(&self) -> Option<&Mapped> {
        self.columns.iter().find(|c| c.target.name() == "name")
    }
}

/// Kinds whose name follows from other columns.
pub const fn composes_name(kind: Kind) -> bool {
    matches!(kind, Kind::Contact | Kind::Deal)
}

const fn can_match(f: &FieldDef) -> bool {
    matches!(f.ty, FieldType::Text(_) | FieldType::Email | FieldType::Emails | FieldType::Phone | FieldType::Url)
}
