//! What screens and programs ask the calendar, and what they get. Instants are UTC: browsers write them in the reader's words.
//! What a browser cannot know without a zone database comes along: where the days of the chosen zone begin and end.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::diary::Taken;
use super::series::Scope;
use super::slots::Slot;
use super::{Answer, Conflict, Event, ItemKind, Moment, Policy, Span, Status, When, Who, WorkingHours};
use crate::calendar::DayOff;
use crate::record::Labels;
use crate::{Fields, Id, Record};

/// The longest stretch of a view: a year and the weeks around it.
pub const MAX_VIEW_DAYS: i64 = 380;
/// More lines than these no screen has.
pub const MAX_SUBJECTS: usize = 60;
/// The most items of an answer.
pub const MAX_ITEMS: usize = 5_000;
/// How far ahead open conflicts are looked for.
pub const REVIEW_DAYS: i64 = 60;

/// A stretch of days, and whose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalendarQuery {
    /// `[from, to)`
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// IANA; "" means the person's own.
    pub zone: String,
    /// Nobody and nothing named: the person's own calendar.
    pub users: Vec<Id>,
    pub teams: Vec<Id>,
    pub resources: Vec<Id>,
    /// None named: all.
    pub kinds: Vec<ItemKind>,
    /// Cancelled items as well.
    pub cancelled: bool,
    /// The people's open tasks as well, where they are due.
    pub tasks: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarPage {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub zone: String,
    /// The days of the zone: not all have 24 hours.
    pub days: Vec<DayLine>,
    /// How the zone's clock stands around these days, for two months before and after: from this instant on, so many minutes before
    /// UTC's clock. What is carried out of the page keeps its hour.
    pub turns: Vec<(i64, i32)>,
    /// The lines of a timeline, in the order asked for.
    pub subjects: Vec<Subject>,
    /// In order of time.
    pub items: Vec<Shown>,
    /// There were more than [`MAX_ITEMS`].
    pub more: bool,
    pub labels: Labels,
    pub can_create: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLine {
    pub date: NaiveDate,
    #[serde(flatten)]
    pub span: Span,
    /// Changes of the clock within the day: from this instant on, so many minutes before UTC's clock (east is positive). The first
    /// is the day's beginning.
    pub offsets: Vec<(i64, i32)>,
}

/// A line of the timeline, and what is to be shaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    pub who: Who,
    pub zone: String,
    /// Working time; `None` where nobody asks.
    pub working: Option<Vec<Span>>,
    pub days_off: Vec<(Span, String)>,
}

/// One occurrence, as this person may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub id: Id,
    /// Its name within the series; `None` for what does not recur and stands for no occurrence of a series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    /// The series that it stands for one occurrence of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Id>,
    pub recurs: bool,
    pub start: Moment,
    pub end: Moment,
    /// Start and end in the zone of the view, also of plain days.
    pub span: Span,
    pub kind: ItemKind,
    pub status: Status,
    pub busy: bool,
    /// Others see that the time is taken and nothing else: title, place, people are left out.
    pub masked: bool,
    pub private: bool,
    pub title: String,
    pub place: String,
    pub organiser: Option<Id>,
    /// Those of the page's subjects that it takes part in, declined or not.
    pub subjects: Vec<Id>,
    pub attendees: Vec<Id>,
    pub contacts: Vec<Id>,
    pub resources: Vec<Id>,
    pub company: Option<Id>,
    pub deal: Option<Id>,
    pub travel_before: u16,
    pub travel_after: u16,
    /// What the viewer answered; `None`: was not asked.
    pub answer: Option<Answer>,
    /// Something clashes with it.
    pub clash: bool,
    pub version: i64,
    /// From a calendar elsewhere: nobody edits it here.
    #[serde(default)]
    pub foreign: bool,
    /// A task that is due then: a record of its own kind, which takes no time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub task: bool,
    pub can_edit: bool,
}

impl Shown {
    /// One occurrence of a series, whether something of its own stands for it or not.
    pub fn in_series(&self) -> bool {
        self.recurs || self.series.is_some()
    }
}

/// An item for its page and its form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    pub id: Id,
    pub version: i64,
    /// The whole series where it recurs; with the times of the occurrence that was asked for in `start` and `end`.
    pub event: Event,
    /// The occurrence.
    pub slot: Option<Moment>,
    pub conflict_reason: String,
    pub labels: Labels,
    pub conflicts: Vec<Conflict>,
    pub can_edit: bool,
    pub can_delete: bool,
    /// What the viewer answered; `None`: was not asked.
    pub answer: Option<Answer>,
    /// A task that is due then; `can_edit`: it may be ticked.
    #[serde(default)]
    pub task: bool,
    /// The series, of what stands for one of its occurrences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Box<Event>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Saved, and told what stands against it.
    #[default]
    Warn,
    /// Not saved when anything stands against it.
    Reject,
}

/// What is to be saved: a new item, or changed fields of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// None: a new one.
    pub id: Option<Id>,
    /// The version that the person saw, and the values they saw in the changed fields: see [`crate::record::Patch`].
    pub version: i64,
    pub base: Fields,
    /// Fields of [`Event`] (`title`, `start`, `kind`, …) and `conflict_reason`; null empties. Of an existing item only those that
    /// change. To move an occurrence of a series: its new `start` and `end`.
    pub fields: Fields,
    /// Of a series: which of it. `slot` names the occurrence.
    pub scope: Option<Scope>,
    pub slot: Option<Moment>,
    pub on_conflict: OnConflict,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    pub conflicts: Vec<Conflict>,
    /// There were more.
    pub more: bool,
    /// A rule forbids it: saving would be refused.
    pub refused: bool,
    /// The next times that are free for all.
    pub suggestions: Vec<Span>,
    /// Of a series that goes on: what comes after this instant was not looked at, but will be as it comes nearer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_until: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The item; of a change of one occurrence, the item that stands for it now.
    pub record: Record,
    pub conflicts: Vec<Conflict>,
    pub more: bool,
    /// What undo takes back.
    pub changes: Vec<Id>,
    /// See [`Checked::checked_until`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_until: Option<String>,
}

/// Common free times are looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FindTimes {
    pub users: Vec<Id>,
    /// Of `users` those who may be missing.
    pub optional: Vec<Id>,
    pub contacts: Vec<Id>,
    pub resources: Vec<Id>,
    pub company: Option<Id>,
    pub duration_minutes: u32,
    /// Instants, or days of `zone`.
    pub from: String,
    pub to: String,
    /// On whose clock times begin at quarters of an hour; "" means the person's own.
    pub zone: String,
    pub limit: u32,
    pub kind: ItemKind,
    pub place: String,
    pub travel_before: u16,
    pub travel_after: u16,
    /// The item that is to be moved: it is in nobody's way.
    pub event: Option<Id>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    pub times: Vec<Slot>,
    /// Names of who is missing or would rather have another hour.
    pub labels: Labels,
}

/// When somebody or something is taken, without a word about by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreeBusy {
    pub who: Who,
    pub zone: String,
    pub taken: Vec<Taken>,
    pub working: Option<Vec<Span>>,
    /// Of a customer, by what: only what whoever asks may read. The rest of `taken` is no more than that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Known>,
}

/// What a customer has on, as far as whoever asks may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Moment>,
    #[serde(flatten)]
    pub span: Span,
    pub title: String,
    /// Not firm yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tentative: bool,
}

/// What clashes in the next [`REVIEW_DAYS`] days.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenConflicts {
    pub conflicts: Vec<OpenConflict>,
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenConflict {
    #[serde(flatten)]
    pub conflict: Conflict,
    /// The item it stands against: `None` when it is private, and then there is nothing to be done about it here.
    pub title: Option<String>,
    /// Whoever looks may change the item.
    #[serde(default)]
    pub can_edit: bool,
    /// Whoever looks was asked, and may decline.
    #[serde(default)]
    pub asked: bool,
    /// The item's own time; of a series, the occurrence's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_start: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_end: Option<Moment>,
}

impl OpenConflict {
    pub fn item_when(&self) -> Option<When> {
        match (self.item_start?, self.item_end?) {
            (Moment::At(start), Moment::At(end)) => Some(When::At(Span::new(start, end))),
            (Moment::Day(first), Moment::Day(end)) => Some(When::Days(first, end)),
            _ => None,
        }
    }
}

/// Who says when there is time: the house for all, a team for its people, a person, a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Whose {
    House,
    Team(Id),
    User(Id),
    Resource(Id),
}

/// When people work, which days are free and how seriously conflicts are taken: of the house, a team, a person, a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habits {
    /// The one that its writer saw.
    pub version: i64,
    /// `None`: those of the next wider circle (person, team, house).
    pub working_hours: Option<WorkingHours>,
    pub holidays: Vec<DayOff>,
    pub conflict_rules: Option<Policy>,
}
