//! The calendar: items with people, rooms and customers, what stands against them, when there is time, and who has it.
//! The rules are in `domain::calendar`; here they meet the house's data.
//!
//! - [`book`] holds in memory whose time is taken when; [`item`] is what it holds. [`diaries`] are what the rules read.
//! - Every write of an item passes [`clash`], whatever door it came through; [`rules`] completes and checks the item itself.
//! - [`edit`] and [`answers`] write, [`page`], [`open`], [`times`] and [`spent`] read, [`alerts`] tells what arises later.
//! - [`ics`]: files of other calendars, both ways.
//! - [`habits`]: working hours, holidays and rules of people, teams and the house.

use domain::Id;
use domain::calendar::{Moment, When};

use crate::App;

mod alerts;
mod answers;
mod book;
mod clash;
mod diaries;
mod edit;
mod guests;
mod habits;
pub mod ics;
mod item;
mod letters;
mod news;
mod open;
mod page;
mod rules;
mod spent;
mod times;

pub use answers::{answer, remove};
pub use edit::save;
pub use guests::{Asked, answer_by_link, asked};
pub use habits::{habits, save_habits};
pub use open::{check, conflicts, event};
pub use page::page;
pub use times::{find_times, free_busy};

pub(crate) use alerts::{look_after, tell_writer};
pub(crate) use book::{Book, Near};
pub(crate) use clash::{Guarded, guard};
pub(crate) use item::Item;
pub(crate) use letters::write_letters;
pub(crate) use news::tell as tell_of;
pub(crate) use rules::prepare;
pub(crate) use spent::{Spent, spent};

/// Begins to read what there is.
pub(crate) fn begin(app: &App) {
    book::fill(app);
}

/// Where an item is shown, for a letter.
pub(crate) fn link(app: &App, id: Id, slot: Option<Moment>, when: When, zone: chrono_tz::Tz) -> String {
    let date = match when {
        When::Days(day, _) => day,
        When::At(span) => domain::calendar::zone::to_local(&zone, span.start).date(),
    };
    let slot = slot.map_or_else(String::new, |s| format!("@{s}"));
    format!("{}/calendar?view=day&date={date}&open={id}{slot}", app.0.config.public)
}
