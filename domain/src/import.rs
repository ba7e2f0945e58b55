//! Imports: a file is read (its kind, encoding and delimiter recognised), its columns are mapped to fields, a dry run
//! says what would happen, the run does it and can be undone as a whole.

use serde::{Deserialize, Serialize};

use crate::schema::{DERIVED, FieldType, Special as S};
use crate::{FieldError, Id, Kind};

/// What was recognised in a file, with samples to map by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The uploaded file, kept on the server for a day.
    pub upload: Id,
    pub file_name: String,
    /// "csv" or "xlsx".
    pub format: String,
    /// "UTF-8", "UTF-16LE", "GB18030", "Big5", "windows-1251", …; empty for XLSX.
    pub encoding: String,
    /// "," ";" "tab" "|"; empty for XLSX.
    pub delimiter: String,
    /// Sheet names of an XLSX.
    pub sheets: Vec<String>,
    pub rows: i64,
    pub columns: Vec<SourceColumn>,
    /// The kind it looks like, and a mapping to start from.
    pub guess: ImportPlan,
    /// Is the kind beyond doubt? Where the headings fit hardly any field, a person has to say it.
    #[serde(default)]
    pub certain: bool,
}

/// A file that is on the server and not imported yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingFile {
    pub upload: Id,
    pub name: String,
    /// As far as the headings tell.
    pub kind: Option<Kind>,
    pub rows: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceColumn {
    pub name: String,
    /// The first few different values.
    pub samples: Vec<String>,
    /// Filled cells.
    pub filled: i64,
}

/// How to read the file. One per upload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportPlan {
    pub kind: Kind,
    /// Column name → field name. Relations take the other record's name (or id).
    pub map: Vec<ColumnMap>,
    /// Field whose value says that a row is a record already here; "" makes every row new.
    pub match_field: String,
    /// What to do with rows that match.
    pub on_match: OnMatch,
    /// "mdy", "dmy" or "ymd" for dates such as 3/1/2017.
    pub date_order: String,
    /// ISO 4217 for amounts without one.
    pub currency: String,
    /// Multiply amounts (a file that counts in millions says 1000000).
    #[serde(default)]
    pub scale: Option<i64>,
    /// Fields that every row gets, when it has none of its own: `pipeline`, `role`, ….
    #[serde(default)]
    pub defaults: crate::Fields,
    /// Unknown values of relations and choices and what to take instead.
    #[serde(default)]
    pub replace: Vec<Replace>,
    /// Sheet of an XLSX.
    #[serde(default)]
    pub sheet: Option<String>,
    /// How to read a CSV; none: what was recognised.
    #[serde(default)]
    pub encoding: Option<String>,
    #[serde(default)]
    pub delimiter: Option<String>,
}

impl ImportPlan {
    /// What somebody changed, from `before` to `now`, while this plan was on its way stays theirs. Of a plan for another kind
    /// only what holds for any.
    pub fn keep(&mut self, before: &Self, now: &Self) {
        macro_rules! theirs {
            ($($field:ident),*) => { $(if now.$field != before.$field { self.$field.clone_from(&now.$field); })* };
        }
        theirs!(on_match, date_order, currency, scale);
        if self.kind != before.kind {
            return;
        }
        theirs!(match_field, defaults, replace);
        self.map.retain(|m| now.map.iter().any(|n| n.column == m.column) || before.map.iter().all(|b| b.column != m.column));
        for theirs in now.map.iter().filter(|n| !before.map.contains(n)) {
            match self.map.iter_mut().find(|m| m.column == theirs.column) {
                Some(mine) => mine.clone_from(theirs),
                None => self.map.push(theirs.clone()),
            }
        }
    }
}

/// How to read an upload when what was recognised is not right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The person's own choice; the mapping is guessed for it.
    #[serde(default)]
    pub kind: Option<Kind>,
    #[serde(default)]
    pub sheet: Option<String>,
    #[serde(default)]
    pub encoding: Option<String>,
    #[serde(default)]
    pub delimiter: Option<String>,
}

/// The kinds that can be imported, in the order in which a person looks for them.
pub const KINDS: [Kind; 11] = [
    Kind::Company,
    Kind::Contact,
    Kind::Deal,
    Kind::Product,
    Kind::User,
    Kind::Team,
    Kind::Task,
    Kind::Call,
    Kind::Note,
    Kind::Event,
    Kind::Resource,
];

/// The record's own id: rows that come back from an export find their record by it.
pub const RECORD_ID: &str = "id";
/// The currency of the row's amount.
pub const CURRENCY: &str = "currency";
/// `closed_at` of a closed deal, `expected_close` of an open one.
pub const CLOSE_DATE: &str = "close_date";
/// Manager and region of a user's team; a team that is not named is named after its manager.
pub const TEAM_MANAGER: &str = "team.manager";
pub const TEAM_REGION: &str = "team.region";
/// The time of day of an item, where a column of its own has it.
pub const START_TIME: &str = "start.time";
pub const END_TIME: &str = "end.time";
/// How long an item lasts, where no column says when it ends.
pub const DURATION: &str = "duration";

/// What a column may be mapped to: the fields that can be written, and what only imports know. The `name` of a contact
/// is taken apart into given and family name. What only programs write (hours, rules, answers) stands in no cell.
pub fn targets(kind: Kind) -> Vec<&'static str> {
    let mut out: Vec<&'static str> = Vec::new();
    if kind == Kind::Contact {
        out.push("name");
    }
    let in_a_cell = |ty| !matches!(ty, FieldType::Special(S::Answers | S::Hours | S::Policy | S::DaysOff));
    out.extend(kind.fields().iter().filter(|f| !f.is(DERIVED) && in_a_cell(f.ty)).map(|f| f.name));
    match kind {
        Kind::Deal => out.extend([CLOSE_DATE, CURRENCY]),
        Kind::Company | Kind::Product => out.push(CURRENCY),
        Kind::User => out.extend([TEAM_MANAGER, TEAM_REGION]),
        Kind::Event => out.extend([START_TIME, END_TIME, DURATION]),
        _ => {}
    }
    out.push(RECORD_ID);
    out
}

/// Files that belong together are taken in this order: what is named must be there before what names it.
pub fn turn(kind: Kind) -> usize {
    const ORDER: [Kind; 12] = [
        Kind::Team,
        Kind::User,
        Kind::Resource,
        Kind::Pipeline,
        Kind::Product,
        Kind::Company,
        Kind::Contact,
        Kind::Deal,
        Kind::Task,
        Kind::Note,
        Kind::Call,
        Kind::Event,
    ];
    ORDER.iter().position(|k| *k == kind).unwrap_or(ORDER.len())
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMap {
    pub column: String,
    /// "" leaves the column out.
    pub field: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMatch {
    Update,
    Skip,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replace {
    pub field: String,
    pub value: String,
    pub by: Replacement,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", content = "with", rename_all = "snake_case")]
pub enum Replacement {
    /// Use this known value instead.
    Use(String),
    /// Make a new record (or value) of that name.
    Create,
    /// Leave the field empty.
    Leave,
    /// Reject the rows.
    Reject,
}

/// A value that names nothing known, with the closest known one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    pub field: String,
    pub value: String,
    pub rows: i64,
    pub closest: Option<String>,
    /// What will be done unless the plan says otherwise.
    pub action: Replacement,
    /// All that it could be, where these are few: the stages of the row's pipeline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// A row that cannot be taken, with every reason. `row` counts as a spreadsheet does: the head is 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    pub row: i64,
    pub errors: Vec<RowError>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowError {
    pub column: String,
    pub value: String,
    pub error: FieldError,
}

/// A value that rows got which have none of their own; a date is `YYYY-MM-DD`, anything else as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumed {
    pub field: String,
    pub value: String,
    pub rows: i64,
}

/// A row of a CSV with fewer cells than there are columns: it is taken, and the missing cells count as empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortRow {
    pub row: i64,
    pub cells: i64,
    pub expected: i64,
}

/// A record that the undo of an import left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub kind: Kind,
    pub id: Id,
    pub name: String,
    pub why: KeptBecause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBecause {
    /// Somebody changed it since: as a whole when the import made it, else the fields that were changed.
    Edited,
    /// Something was made since that points to it.
    Used,
    /// What is kept points to it.
    Needed,
    /// The rules or the rights of who takes the import back do not allow it.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    Planned,
    Running,
    Done,
    Failed,
    Undoing,
    Undone,
}

/// A dry run, a running import, or its result: the same figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    pub id: Id,
    pub kind: Kind,
    pub file_name: String,
    pub state: ImportState,
    pub by: String,
    pub started_at: String,
    pub rows: i64,
    /// Rows read so far.
    pub progress: i64,
    pub created: i64,
    pub updated: i64,
    /// Matching rows that change nothing or are left alone, and repeats within the file.
    pub duplicate: i64,
    pub rejected: i64,
    /// Records of other kinds made along the way (`Replacement::Create`).
    pub side_created: i64,
    /// Records of other kinds that were there before and changed: teams of the people in the file.
    #[serde(default)]
    pub side_updated: i64,
    /// Deals came into a house without any pipeline: the first one, made along the way.
    #[serde(default)]
    pub first_pipeline: Option<String>,
    /// What new records got that their rows do not say: the day on which a deal was opened, an owner, a stage.
    #[serde(default)]
    pub assumed: Vec<Assumed>,
    pub unknown: Vec<Unknown>,
    /// The first hundred; all of them are in the file of rejected rows.
    pub rejects: Vec<Rejected>,
    /// Columns that feed no field.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// How many rows have too few cells, and the first hundred of them.
    #[serde(default)]
    pub short_rows: i64,
    #[serde(default)]
    pub short: Vec<ShortRow>,
    /// How many records the undo left, and the first hundred of them.
    #[serde(default)]
    pub kept_count: i64,
    #[serde(default)]
    pub kept: Vec<Kept>,
    /// The field by which rows were known again; empty: every row was new.
    #[serde(default)]
    pub match_field: String,
    /// Why it failed, as a translation key.
    pub failure: Option<String>,
    pub can_undo: bool,
    /// Items of the calendar that stand against something and were taken all the same.
    #[serde(default)]
    pub clashes: i64,
    /// Against what: the first of them.
    #[serde(default)]
    pub clashing: Vec<ImportClash>,
}

/// What stands against an item of the calendar that was imported all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportClash {
    /// Its row, or where it begins in a calendar's file.
    pub row: i64,
    pub title: String,
    pub conflict: crate::calendar::Conflict,
}

impl ImportReport {
    /// Before the first row.
    pub fn new(id: Id, kind: Kind, file_name: &str, rows: i64) -> Self {
        Self {
            id,
            kind,
            file_name: file_name.to_owned(),
            state: ImportState::Planned,
            by: String::new(),
            started_at: String::new(),
            rows,
            progress: 0,
            created: 0,
            updated: 0,
            duplicate: 0,
            rejected: 0,
            side_created: 0,
            side_updated: 0,
            first_pipeline: None,
            assumed: Vec::new(),
            unknown: Vec::new(),
            rejects: Vec::new(),
            left_out: Vec::new(),
            short_rows: 0,
            short: Vec::new(),
            kept_count: 0,
            kept: Vec::new(),
            match_field: String::new(),
            failure: None,
            can_undo: false,
            clashes: 0,
            clashing: Vec::new(),
        }
    }
}

/// Can an import make a record of this kind from a name alone? What has stages, amounts or a place of its own is more.
pub fn made_by_name(kind: Kind) -> bool {
    !matches!(kind, Kind::Pipeline | Kind::Deal | Kind::Resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(kind: Kind, columns: &[(&str, &str)], scale: Option<i64>) -> ImportPlan {
        let map = columns.iter().map(|(column, field)| ColumnMap { column: (*column).into(), field: (*field).into() }).collect();
        ImportPlan {
            kind,
            map,
            match_field: "name".into(),
            on_match: OnMatch::Update,
            date_order: "ymd".into(),
            currency: "USD".into(),
            scale,
            defaults: crate::Fields::new(),
            replace: Vec::new(),
            sheet: None,
            encoding: None,
            delimiter: None,
        }
    }

    #[test]
    fn what_was_chosen_while_the_file_was_read_again_is_not_lost() {
        let before = plan(Kind::Company, &[("account", "name"), ("city", "city"), ("notes", "")], None);
        let now = plan(Kind::Company, &[("account", "name"), ("city", "country"), ("notes", "")], Some(1_000_000));
        // The answer reads one more column.
        let mut read = plan(Kind::Company, &[("account", "name"), ("city", "city"), ("notes", ""), ("revenue", "revenue")], None);
        read.keep(&before, &now);
        assert_eq!(read.scale, Some(1_000_000));
        let field = |name: &str| read.map.iter().find(|c| c.column == name).map(|c| c.field.as_str());
        assert_eq!((field("account"), field("city"), field("revenue")), (Some("name"), Some("country"), Some("revenue")));

        // For another kind its own mapping counts.
        let mut deals = plan(Kind::Deal, &[("account", "company"), ("city", "")], None);
        deals.keep(&before, &now);
        assert_eq!((deals.scale, deals.map.get(1).map(|c| c.field.as_str())), (Some(1_000_000), Some("")));
    }
}
