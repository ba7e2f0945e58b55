//! The calendar: items with people, rooms and customers, what stands against them, when there is time, and who has it.
//! The rules are in `domain::calendar`; here they meet the house's data.
//!
//! - [`book`] holds in memory whose time is taken when; [`item`] is what it holds. [`diaries`] are what the rules read.
//! - Every write of an item passes [`clash`], whatever door it came through; [`rules`] completes and checks the item itself.
//! - [`edit`] and [`answers`] write, [`page`], [`open`], [`times`], [`customers`] and [`spent`] read, [`alerts`] tells what arises later.
//! - [`replies`]: answers that come back by mail.
//! - [`ics`]: files of other calendars, both ways. [`feeds`]: secret addresses under which they are read.
//! - [`outside`]: calendars elsewhere, whose times count as taken.
//! - [`habits`]: working hours, holidays and rules of people, teams and the house.

use domain::Id;
use domain::calendar::{Moment, When};

use crate::App;

mod alerts;
mod along;
mod answers;
mod arising;
mod book;
mod clash;
mod customers;
mod diaries;
mod edit;
mod feeds;
mod guests;
mod habits;
pub mod ics;
mod item;
mod letters;
mod news;
mod open;
mod outside;
mod page;
mod replies;
mod rules;
mod settle;
mod spent;
mod tasks;
mod times;
mod unsent;

pub use answers::{answer, remove};
pub use edit::save;
pub use feeds::{Served, create_feed, feed, feed_choices, feeds, renew_feed, revoke_feed};
pub use guests::{Asked, answer_by_link, asked};
pub use habits::{habits, save_habits};
pub use open::{check, conflicts, event};
pub use outside::{add_source, refresh_source, remove_source, sources};
pub use page::page;
pub(crate) use replies::answered_at;
pub use replies::{Outcome, Taken, take_replies};
pub use times::{Of, find_times, free_busy, members};

pub(crate) use alerts::{imported, look_after, tell_writer};
pub(crate) use along::{go_along, with_their_own};
pub(crate) use book::{Book, Near};
pub(crate) use clash::{Ahead, Guarded, Refuse, guard, meeting_at, up_to_date};
pub(crate) use diaries::Reader;
pub(crate) use edit::laid;
pub(crate) use guests::Signet;
pub(crate) use item::Item;
pub(crate) use news::{GUEST, tell as tell_of};
pub(crate) use outside::sweep as sweep_sources;
pub(crate) use rules::{organised_again, prepare};
pub(crate) use settle::{SETTLE, write_letters};
pub(crate) use spent::{Spent, spent};
pub(crate) use unsent::tell_of_unsent;

/// Waits until the calendar has been read after the start.
pub(crate) async fn ready(ctx: &crate::Ctx) -> domain::Result<()> {
    ctx.app.0.book.ready().await
}

/// Items that came from another calendar under this name.
pub(crate) fn named_items(ctx: &crate::Ctx, uid: &str) -> Vec<domain::Id> {
    ctx.app.0.book.named(uid)
}

/// Items that stand for occurrences of a series, with their slots.
pub(crate) fn parts_of(ctx: &crate::Ctx, series: domain::Id) -> std::collections::BTreeMap<domain::Id, domain::calendar::Moment> {
    ctx.app.0.book.parts_of(series)
}

/// Until when a series was looked at when it was saved, if it goes on after that.
pub(crate) fn until_of(app: &App, record: &domain::Record) -> Option<String> {
    clash::checked_until(app, &Item::of(record))
}

/// Begins to read what there is.
pub(crate) fn begin(app: &App) {
    book::fill(app);
    outside::begin(app);
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
