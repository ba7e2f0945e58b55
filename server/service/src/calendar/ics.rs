//! Files of other calendars: iCalendar (RFC 5545) and invitations (RFC 5546), both ways. What is written here other programs
//! read as the same occurrences; what is read here passes the same rules as what people type.
//!
//! - [`line`]: content lines: folded at 75 octets, escaped, and read again with the numbers that people see in an editor.
//! - [`zones`]: VTIMEZONE from the zone database. [`entry`]: an item as VEVENT, with people and alarms. [`write`]: a whole file.
//! - [`parse`] and [`read`]: a file as items, and what is wrong with which of its lines. [`clocks`] finds the zones that it means.
//! - [`sift`]: what a file says twice or too often. [`todo`]: to-dos as tasks. [`reply`]: answers to invitations that come back.
//!
//! Crates were looked at: `icalendar` and `calcard` read a broken file without saying which line is broken, and neither writes a
//! VTIMEZONE; what would remain for them is the folding of lines.

mod clocks;
mod entry;
mod line;
mod parse;
pub(crate) mod read;
pub(super) mod reply;
mod sift;
mod todo;
mod windows;
mod write;
mod zones;

pub(crate) use clocks::named as zone_named;
pub use entry::{Person, uid_of};
pub(crate) use parse::is_calendar;
pub use write::{Look, Method, written};
