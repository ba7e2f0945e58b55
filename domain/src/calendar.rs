//! The rules of the calendar: items and when they are, recurrence, who clashes with whom, and which times are free.
//!
//! Everything here is arithmetic over half-open stretches of time. The zone database stays out: what needs a zone takes any
//! [`chrono::TimeZone`], which the server has (chrono-tz) and the browser does without.
//!
//! - [`event`]: an item of the calendar, as server and browser share it.
//! - [`when`] and [`zone`]: instants, plain days, and the wall clock between them.
//! - [`rule`]: RRULE of RFC 5545: read, written, limited, walked. [`series`]: the occurrences of an item in a window, and edits
//!   of one, the following, or all of them.
//! - [`repeat`]: recurrence as forms offer it, and in words.
//! - [`span`]: stretches of time, sets of them, and an index over them.
//! - [`hours`]: working hours and days off. [`diary`]: one person's (customer's, room's) time in a window.
//! - [`feed`]: secret addresses of calendars. [`outside`]: calendars elsewhere that somebody follows.
//! - [`stored`]: how items and resources lie in records. [`view`]: what screens and programs ask and get.
//! - [`conflict`]: what stands against an item. [`slots`]: when it could be instead.

pub mod conflict;
pub mod diary;
pub mod event;
pub mod feed;
pub mod hours;
pub mod outside;
pub mod repeat;
pub mod rule;
pub mod series;
pub mod slots;
pub mod span;
pub mod stored;
pub mod view;
pub mod when;
pub mod zone;

pub use conflict::{Conflict, ConflictKind, Level, Policy};
pub use diary::{Busy, Diary, SubjectKind, Who};
pub use event::{Answer, Event, ItemKind, Status};
pub use hours::{DayOff, WorkingHours};
pub use rule::Rule;
pub use series::{Occurrence, Series};
pub use span::Span;
pub use when::{Moment, When, Window};

/// Years in which items may lie. Outside of them a date is a slip of the keyboard or a placeholder of another program, and
/// walking a rule to the year 9999 serves nobody.
pub const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// The longest single item: a parental leave of three years.
pub const MAX_DAYS: i64 = 1_100;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const DAY: i64 = 86_400_000;
