//! The doors of booking pages: those for strangers, and those for whoever makes the pages.

use domain::Id;
use domain::booking::open::{Booked, OpenPage, OpenTimes, Wanted};
use domain::booking::{NewPage, Page};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{Call, Fault};
#[cfg(feature = "ssr")]
use crate::api::{ctx, visit};

/// Where times are looked for: at a page, or for a booking that is moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Where {
    pub slug: String,
    pub token: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Its first day.
    pub first: String,
    pub times: OpenTimes,
}

#[server(prefix = "/api/app", endpoint = "book/page", protocol = Call)]
pub async fn read_page(slug: String) -> Result<OpenPage, Fault> {
    Ok(service::booking::page(&visit()?, &slug).await?)
}

/// `month`: a day of it; "": the first one in which there is a free time, this one or the next.
#[server(prefix = "/api/app", endpoint = "book/month", protocol = Call)]
pub async fn times_of(at: Where, kind: Option<Id>, month: String, zone: String) -> Result<Month, Fault> {
    use domain::booking::open::AskTimes;
    use domain::time;

    let visit = visit()?;
    let read = async |first: chrono::NaiveDate| {
        let to = time::month_start(time::shift(first, 32));
        let ask = AskTimes { kind, from: time::date(first), to: time::date(to), zone: zone.clone() };
        let times = if at.token.is_empty() {
            service::booking::times(&visit, &at.slug, &ask).await
        } else {
            service::booking::other_times(&visit, &at.token, &ask).await
        };
        times.map(|times| Month { first: time::date(first), times })
    };
    let today = time::utc_date(visit.app.clock().now());
    let asked = time::parse_date(&month);
    let first = time::month_start(asked.unwrap_or(today));
    let found = read(first).await?;
    let next = time::month_start(time::shift(first, 32));
    if asked.is_some() || !found.times.days.is_empty() || found.times.last < time::date(next) {
        return Ok(found);
    }
    Ok(read(next).await?)
}

#[server(prefix = "/api/app", endpoint = "book/take", protocol = Call)]
pub async fn take(slug: String, wanted: Wanted) -> Result<Booked, Fault> {
    Ok(service::booking::take(&visit()?, &slug, wanted).await?)
}

#[server(prefix = "/api/app", endpoint = "book/booked", protocol = Call)]
pub async fn look_up(token: String) -> Result<Booked, Fault> {
    Ok(service::booking::booked(&visit()?, &token).await?)
}

#[server(prefix = "/api/app", endpoint = "book/move", protocol = Call)]
pub async fn move_to(token: String, start: String, zone: String) -> Result<Booked, Fault> {
    Ok(service::booking::move_to(&visit()?, &token, &start, &zone).await?)
}

#[server(prefix = "/api/app", endpoint = "book/cancel", protocol = Call)]
pub async fn cancel(token: String) -> Result<Booked, Fault> {
    Ok(service::booking::cancel(&visit()?, &token).await?)
}

#[server(prefix = "/api/app", endpoint = "booking/pages", protocol = Call)]
pub async fn list_pages() -> Result<Pages, Fault> {
    let ctx = ctx()?;
    let own = ctx.me.who().may_some(domain::rights::Act::Create, domain::Kind::Event);
    Ok(Pages { pages: service::booking::list(&ctx).await?, teams: service::booking::teams(&ctx), own })
}

/// Those there are, and whose one may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    pub pages: Vec<Page>,
    pub teams: Vec<(Id, String)>,
    pub own: bool,
}

/// `over`: the page that is changed, and its version.
#[server(prefix = "/api/app", endpoint = "booking/save", protocol = Call)]
pub async fn save(over: Option<(Id, i64)>, page: NewPage) -> Result<Page, Fault> {
    Ok(service::booking::save(&ctx()?, over, page).await?)
}

#[server(prefix = "/api/app", endpoint = "booking/delete", protocol = Call)]
pub async fn delete(id: Id) -> Result<(), Fault> {
    Ok(service::booking::delete(&ctx()?, id).await?)
}
