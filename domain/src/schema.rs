//! The kinds of records and their fields. Lists, forms, validation, history, import, export, REST and the search
//! index all read this table, so that a field added here is everywhere at once.

use serde::{Deserialize, Serialize};

use crate::{activities, calendar, companies, contacts, deals, pipelines, products, users};

/// A kind of record; also the name of its table, and in the plural its path in the REST interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Company,
    Contact,
    Deal,
    Product,
    Pipeline,
    Task,
    Note,
    Call,
    User,
    Team,
    /// An item of the calendar.
    Event,
    /// A room, vehicle or piece of equipment that can be booked.
    Resource,
}

impl Kind {
    pub const ALL: [Kind; 12] = [
        Kind::Company,
        Kind::Contact,
        Kind::Deal,
        Kind::Product,
        Kind::Pipeline,
        Kind::Task,
        Kind::Note,
        Kind::Call,
        Kind::User,
        Kind::Team,
        Kind::Event,
        Kind::Resource,
    ];

    /// Table name and singular word in the interface.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Company => "company",
            Kind::Contact => "contact",
            Kind::Deal => "deal",
            Kind::Product => "product",
            Kind::Pipeline => "pipeline",
            Kind::Task => "task",
            Kind::Note => "note",
            Kind::Call => "call",
            Kind::User => "user",
            Kind::Team => "team",
            Kind::Event => "event",
            Kind::Resource => "resource",
        }
    }

    /// Path segment: `/companies`, `/api/v1/companies`.
    pub const fn plural(self) -> &'static str {
        match self {
            Kind::Company => "companies",
            Kind::Contact => "contacts",
            Kind::Deal => "deals",
            Kind::Product => "products",
            Kind::Pipeline => "pipelines",
            Kind::Task => "tasks",
            Kind::Note => "notes",
            Kind::Call => "calls",
            Kind::User => "users",
            Kind::Team => "teams",
            Kind::Event => "events",
            Kind::Resource => "resources",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == text || k.plural() == text)
    }

    pub const fn fields(self) -> &'static [FieldDef] {
        match self {
            Kind::Company => companies::FIELDS,
            Kind::Contact => contacts::FIELDS,
            Kind::Deal => deals::FIELDS,
            Kind::Product => products::FIELDS,
            Kind::Pipeline => pipelines::FIELDS,
            Kind::Task => activities::TASK_FIELDS,
            Kind::Note => activities::NOTE_FIELDS,
            Kind::Call => activities::CALL_FIELDS,
            Kind::User => users::USER_FIELDS,
            Kind::Team => users::TEAM_FIELDS,
            Kind::Event => calendar::stored::EVENT_FIELDS,
            Kind::Resource => calendar::stored::RESOURCE_FIELDS,
        }
    }

    pub fn field(self, name: &str) -> Option<&'static FieldDef> {
        self.fields().iter().find(|f| f.name == name)
    }

    /// Its own and those that every record has.
    pub fn all_fields(self) -> impl Iterator<Item = &'static FieldDef> {
        self.fields().iter().chain(COMMON)
    }

    /// The field of this kind, or one of the times that every record has.
    pub fn any_field(self, name: &str) -> Option<&'static FieldDef> {
        self.field(name).or_else(|| COMMON.iter().find(|f| f.name == name))
    }

    /// The amount of money that lists of this kind add up.
    pub fn summed_money(self) -> Option<&'static FieldDef> {
        self.fields().iter().find(|f| f.is(SUM) && f.ty == FieldType::Money)
    }

    /// The number that lists of this kind add up.
    pub fn summed_number(self) -> Option<&'static FieldDef> {
        self.fields().iter().find(|f| f.is(SUM) && f.ty == FieldType::Int)
    }

    /// Columns that a list shows until somebody chooses others.
    pub fn default_columns(self) -> impl Iterator<Item = &'static FieldDef> {
        // What a list is ordered by at first is among what it shows.
        let newest_first = self.default_sort() == "-created_at";
        let made = COMMON.iter().filter(move |f| newest_first && f.name == "created_at");
        self.fields().iter().filter(|f| f.is(COLUMN)).chain(made)
    }

    /// Notes, calls and tasks: they belong to the record they were made on and show in its timeline.
    pub const fn is_activity(self) -> bool {
        matches!(self, Kind::Task | Kind::Note | Kind::Call)
    }

    /// The sort a list starts with. Always by a column that the list shows, and never by the last change: a row that is
    /// edited in place stays where it is.
    pub fn default_sort(self) -> &'static str {
        match self {
            Kind::Deal | Kind::Note => "-created_at",
            Kind::Task => "due_at",
            Kind::Call => "-at",
            Kind::Event => "-start",
            _ => "name",
        }
    }
}

/// What a field holds, and so how it is checked, shown, edited, sorted, filtered and indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// One line, at most so many characters.
    Text(u16),
    /// Several lines, at most 20,000 characters.
    LongText,
    Email,
    /// Kept in E.164 where it can be recognised.
    Phone,
    Url,
    Emails,
    Phones,
    Int,
    /// Whole percent, 0 to 100.
    Percent,
    /// `{"amount": "1054.00", "currency": "USD"}`
    Money,
    /// Plain date, `2017-03-01`.
    Date,
    /// RFC 3339 in UTC with milliseconds.
    Instant,
    Bool,
    Choice(&'static [&'static str]),
    Ref(Kind),
    Refs(Kind),
    Tags,
    /// Id of a stage of the deal's pipeline.
    Stage,
    /// The stages of a pipeline, in order.
    Stages,
    /// An instant, or a plain day: of what lasts whole days.
    Moment,
    /// What the calendar reads: checked in `service`, so that a browser need not bring the rules along.
    Special(Special),
}

/// Forms that only the calendar knows; see `calendar::stored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// RRULE as text.
    Rule,
    /// Several instants or days.
    Moments,
    /// Id → answer.
    Answers,
    Reminders,
    /// Working hours of a week.
    Hours,
    /// How seriously each kind of conflict is taken.
    Policy,
    DaysOff,
}

impl FieldType {
    pub const fn is_many(self) -> bool {
        matches!(self, Self::Emails | Self::Phones | Self::Refs(_) | Self::Tags | Self::Stages)
    }

    /// Can a list be ordered by it?
    pub const fn is_sortable(self) -> bool {
        !self.is_many() && !matches!(self, Self::LongText | Self::Ref(_) | Self::Special(_))
    }

    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::Int | Self::Percent | Self::Money)
    }
}

pub const REQUIRED: u8 = 1;
/// Written by the service only; refused when a person or program sends it.
pub const DERIVED: u8 = 2;
/// Found by the search.
pub const SEARCH: u8 = 4;
/// Shown in the list until columns are chosen.
pub const COLUMN: u8 = 8;
/// Asked for in the quick-create dialog.
pub const QUICK: u8 = 16;
/// Not shown on the page's field panel (it has a place of its own there, or is technical).
pub const HIDDEN: u8 = 32;
/// Worth adding up over many records: lists show the sum, the index keeps it ready. At most one amount of money and one
/// number a kind; a price or a year of foundation says nothing when it is added up.
pub const SUM: u8 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldDef {
    pub name: &'static str,
    pub ty: FieldType,
    pub flags: u8,
}

impl FieldDef {
    pub const fn new(name: &'static str, ty: FieldType, flags: u8) -> Self {
        Self { name, ty, flags }
    }

    pub const fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What every record has.
pub const COMMON: &[FieldDef] =
    &[FieldDef::new("created_at", FieldType::Instant, DERIVED), FieldDef::new("updated_at", FieldType::Instant, DERIVED)];

#[cfg(test)]
mod tests {
    use super::*;

    /// The index keeps one column per field name: two kinds that share a name must share its type.
    #[test]
    fn a_field_name_means_the_same_type_everywhere() {
        let mut seen: std::collections::BTreeMap<&str, (Kind, std::mem::Discriminant<FieldType>)> = Default::default();
        for kind in Kind::ALL {
            for f in kind.fields() {
                let d = std::mem::discriminant(&f.ty);
                let (first, ty) = *seen.entry(f.name).or_insert((kind, d));
                assert_eq!(ty, d, "{} differs between {first:?} and {kind:?}", f.name);
            }
        }
    }

    /// The index has one place for each.
    #[test]
    fn a_kind_adds_up_one_amount_and_one_number_at_most() {
        for kind in Kind::ALL {
            let of = |ty| kind.fields().iter().filter(|f| f.is(SUM) && f.ty == ty).count();
            let summed = kind.fields().iter().filter(|f| f.is(SUM)).count();
            assert!(of(FieldType::Money) <= 1 && of(FieldType::Int) <= 1, "{kind:?}");
            assert_eq!(summed, of(FieldType::Money) + of(FieldType::Int), "{kind:?} adds up what is no amount and no number");
        }
        assert_eq!(Kind::Deal.summed_money().map(|f| f.name), Some("amount"));
    }

    /// An edited row once jumped to the top of the deals, and no head said why.
    #[test]
    fn a_list_is_ordered_by_what_it_shows_and_an_edit_does_not_move_its_row() {
        for kind in Kind::ALL {
            let by = kind.default_sort().trim_start_matches('-');
            assert_ne!(by, "updated_at", "{kind:?}");
            assert!(kind.default_columns().any(|f| f.name == by), "{kind:?} is ordered by {by}, which it does not show");
        }
    }

    #[test]
    fn every_kind_has_a_name_that_can_be_searched() {
        for kind in Kind::ALL {
            assert!(kind.field("name").is_some_and(|f| f.is(SEARCH)), "{kind:?}");
        }
    }
}
