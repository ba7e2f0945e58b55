//! The calendar's way to the use cases. Instants are UTC; whoever shows them writes them in the reader's words.

use domain::Id;
use domain::calendar::feed::{FeedInfo, FeedOf, FeedWish, NewFeed};
use domain::calendar::outside::{SourceInfo, SourceWish};
use domain::calendar::series::Scope;
use domain::calendar::view::{
    CalendarPage, CalendarQuery, Checked, Draft, EventPage, FindTimes, FreeBusy, Habits, OpenConflicts, Saved, Times, Whose,
};
use domain::calendar::{Answer, Moment};
use domain::record::Done;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

/// A page of the calendar, and the server's clock when it was read: the line of now is the same on both sides of the first
/// picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub page: CalendarPage,
    pub now: i64,
}

#[server(prefix = "/api/app", endpoint = "calendar/open", protocol = Call)]
pub async fn open_page(query: CalendarQuery) -> Result<Opened, Fault> {
    let ctx = ctx()?;
    let page = service::calendar::page(&ctx, &query).await?;
    Ok(Opened { page, now: ctx.app.clock().now() })
}

/// An item for its page and form; `slot`: which occurrence of a series.
#[server(prefix = "/api/app", endpoint = "calendar/event", protocol = Call)]
pub async fn open_event(id: Id, slot: Option<Moment>) -> Result<EventPage, Fault> {
    Ok(service::calendar::event(&ctx()?, id, slot).await?)
}

/// What stands against it, and when it could be instead. Nothing is saved.
#[server(prefix = "/api/app", endpoint = "calendar/check", protocol = Call)]
pub async fn check_draft(draft: Draft) -> Result<Checked, Fault> {
    Ok(service::calendar::check(&ctx()?, &draft).await?)
}

/// A new item, a changed one, or one that was dragged to another time.
#[server(prefix = "/api/app", endpoint = "calendar/save", protocol = Call)]
pub async fn save_draft(draft: Draft) -> Result<Saved, Fault> {
    Ok(service::calendar::save(&ctx()?, &draft, None).await?)
}

/// `slot`: only for this occurrence of a series.
#[server(prefix = "/api/app", endpoint = "calendar/answer", protocol = Call)]
pub async fn give_answer(id: Id, slot: Option<Moment>, answer: Answer) -> Result<Saved, Fault> {
    Ok(service::calendar::answer(&ctx()?, id, slot, answer).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/remove", protocol = Call)]
pub async fn remove_event(id: Id, version: Option<i64>, scope: Option<Scope>, slot: Option<Moment>) -> Result<Done, Fault> {
    Ok(service::calendar::remove(&ctx()?, id, version, scope, slot).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/find_times", protocol = Call)]
pub async fn look_for_times(wish: FindTimes) -> Result<Times, Fault> {
    Ok(service::calendar::find_times(&ctx()?, &wish).await?)
}

/// `from` and `to`: instants, or days of the person's zone.
#[server(prefix = "/api/app", endpoint = "calendar/free_busy", protocol = Call)]
pub async fn busy_times(users: Vec<Id>, contacts: Vec<Id>, resources: Vec<Id>, from: String, to: String) -> Result<Vec<FreeBusy>, Fault> {
    let of = service::calendar::Of { users: &users, contacts: &contacts, resources: &resources };
    Ok(service::calendar::free_busy(&ctx()?, of, &from, &to).await?)
}

/// What clashes in the next weeks, of those whose calendar this person looks after.
#[server(prefix = "/api/app", endpoint = "calendar/conflicts", protocol = Call)]
pub async fn list_conflicts() -> Result<OpenConflicts, Fault> {
    Ok(service::calendar::conflicts(&ctx()?).await?)
}

/// Working hours, holidays and rules of a user, a team, or (neither named) the house.
#[server(prefix = "/api/app", endpoint = "calendar/habits", protocol = Call)]
pub async fn habits_of(whose: Whose) -> Result<Habits, Fault> {
    Ok(service::calendar::habits(&ctx()?, whose).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/save_habits", protocol = Call)]
pub async fn save_habits(whose: Whose, habits: Habits) -> Result<Habits, Fault> {
    Ok(service::calendar::save_habits(&ctx()?, whose, habits).await?)
}

/// One's own secret addresses of calendars.
#[server(prefix = "/api/app", endpoint = "calendar/feeds", protocol = Call)]
pub async fn feeds() -> Result<Vec<FeedInfo>, Fault> {
    Ok(service::calendar::feeds(&ctx()?).await?)
}

/// Whose calendars one may make an address for, with their names.
#[server(prefix = "/api/app", endpoint = "calendar/feed_choices", protocol = Call)]
pub async fn feed_choices() -> Result<Vec<(FeedOf, String)>, Fault> {
    Ok(service::calendar::feed_choices(&ctx()?)?)
}

#[server(prefix = "/api/app", endpoint = "calendar/create_feed", protocol = Call)]
pub async fn create_feed(wish: FeedWish) -> Result<NewFeed, Fault> {
    Ok(service::calendar::create_feed(&ctx()?, &wish).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/renew_feed", protocol = Call)]
pub async fn renew_feed(id: Id) -> Result<NewFeed, Fault> {
    Ok(service::calendar::renew_feed(&ctx()?, id).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/revoke_feed", protocol = Call)]
pub async fn revoke_feed(id: Id) -> Result<(), Fault> {
    Ok(service::calendar::revoke_feed(&ctx()?, id).await?)
}

/// Calendars elsewhere that one follows.
#[server(prefix = "/api/app", endpoint = "calendar/sources", protocol = Call)]
pub async fn sources() -> Result<Vec<SourceInfo>, Fault> {
    Ok(service::calendar::sources(&ctx()?).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/add_source", protocol = Call)]
pub async fn add_source(wish: SourceWish) -> Result<SourceInfo, Fault> {
    Ok(service::calendar::add_source(&ctx()?, &wish).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/refresh_source", protocol = Call)]
pub async fn refresh_source(id: Id) -> Result<SourceInfo, Fault> {
    Ok(service::calendar::refresh_source(&ctx()?, id).await?)
}

#[server(prefix = "/api/app", endpoint = "calendar/remove_source", protocol = Call)]
pub async fn remove_source(id: Id) -> Result<(), Fault> {
    Ok(service::calendar::remove_source(&ctx()?, id).await?)
}
