//! Booking pages: those who work here make and change them; anybody reads the public side and books.

use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use domain::Id;
use domain::booking::open::{AskTimes, Wanted};
use domain::booking::{NewPage, Page};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use service::repeat::once;
use service::{Visit, booking};

use super::api::{self, Api, Op, Required, schema};
use super::body::{IdempotencyKey, IfMatch, Json, OfId};
use super::examples;
use super::params::Params;
use super::records::IF_MATCH;
use super::shape;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

pub fn put_up(api: Api) -> Api {
    public(managed(api))
}

fn managed(api: Api) -> Api {
    let list = Op::new("booking", "listBookingPages", "Booking pages of everybody here").ok(
        200,
        "Your own first.",
        api::page_of(schema("BookingPage")),
    );
    let create = Op::new("booking", "createBookingPage", "Make a booking page")
        .about("Of a person: by whoever may write that person's calendar. Of a team: by those who lead it.")
        .repeatable()
        .body(schema("NewBookingPage"), examples::booking_page())
        .record(201, "The new page.", schema("BookingPage"));
    let get = Op::new("booking", "getBookingPage", "Read a booking page").record(200, "The page.", schema("BookingPage"));
    let update = Op::new("booking", "updateBookingPage", "Replace what a booking page says")
        .about("Kinds of meeting keep the `id` they have; one without is new, one that is left out goes.")
        .header("If-Match", IF_MATCH, Required::Yes)
        .body(schema("NewBookingPage"), examples::booking_page())
        .record(200, "The page.", schema("BookingPage"))
        .refuses(&[412, 428]);
    let remove = Op::new("booking", "deleteBookingPage", "Delete a booking page")
        .about("What was booked there stays, and can still be cancelled by its link.")
        .empty(204, "It is gone.");
    api.get("/booking-pages", list, async |Caller(ctx): Caller, params: Params| {
        params.done()?;
        Ok::<_, Fault>(axum::Json(json!({"items": booking::list(&ctx).await?, "next": null})))
    })
    .post("/booking-pages", create, async |Caller(ctx): Caller, key: IdempotencyKey, Json(sent): Json<NewPage>| {
        let key = key.at(&ctx, "booking_page", &sent);
        let me = ctx.clone();
        let page = once(&ctx, key, async move { booking::save(&me, None, sent).await }).await?;
        let mut response = answer(StatusCode::CREATED, &page);
        if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/booking-pages/{}", page.id)) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        Ok::<_, Fault>(response)
    })
    .get("/booking-pages/{id}", get, async |Caller(ctx): Caller, OfId(id): OfId| {
        Ok::<_, Fault>(answer(StatusCode::OK, &booking::get(&ctx, id).await?))
    })
    .put("/booking-pages/{id}", update, async |Caller(ctx): Caller, OfId(id): OfId, version: IfMatch, Json(sent): Json<NewPage>| {
        let seen = version.of(booking::get(&ctx, id).await?.version)?;
        Ok::<_, Fault>(answer(StatusCode::OK, &booking::save(&ctx, Some((id, seen)), sent).await?))
    })
    .delete("/booking-pages/{id}", remove, async |Caller(ctx): Caller, OfId(id): OfId| {
        booking::delete(&ctx, id).await?;
        Ok::<_, Fault>(StatusCode::NO_CONTENT)
    })
}

/// For anybody, without a token. What comes too often from one address is refused with 429.
fn public(api: Api) -> Api {
    let page = Op::new("booking", "getOpenBookingPage", "What anybody sees of a booking page").open().ok(
        200,
        "The page.",
        schema("OpenBookingPage"),
    );
    let times = Op::new("booking", "getBookingTimes", "Free times of a kind of meeting")
        .about("Only that a time is free is ever said, never by what another one is taken.")
        .open()
        .query("kind", api::id(), "Which kind of meeting; the first when not said.")
        .query("from", api::string(), "The first day; today when not said.")
        .query("to", api::string(), "The first day that no longer counts; two weeks later when not said, at most 43 days.")
        .query("zone", api::string(), "IANA: on whose clock days and hours are; the host's when not said.")
        .ok(200, "Days with free times.", schema("OpenBookingTimes"));
    let take = Op::new("booking", "book", "Book a time")
        .about("Makes the meeting, and the contact when nobody has this e-mail address yet; the letter that confirms it holds the link that moves or cancels it. 409: the time was taken meanwhile; ask for the times again.")
        .open()
        .body(schema("NewBooking"), examples::booking())
        .ok(201, "It is booked.", schema("Booking"))
        .refuses(&[409]);
    api.get("/book/{slug}", page, async |Extension(visit): Extension<Visit>, Path(slug): Path<String>, params: Params| {
        params.done()?;
        Ok::<_, Fault>(axum::Json(booking::page(&visit, &slug).await?))
    })
    .get("/book/{slug}/times", times, async |Extension(visit): Extension<Visit>, Path(slug): Path<String>, params: Params| {
        let ask = asked(params)?;
        Ok::<_, Fault>(axum::Json(booking::times(&visit, &slug, &ask).await?))
    })
    .post("/book/{slug}", take, async |Extension(visit): Extension<Visit>, Path(slug): Path<String>, Json(wanted): Json<Wanted>| {
        let booked = booking::take(&visit, &slug, wanted).await?;
        Ok::<_, Fault>((StatusCode::CREATED, axum::Json(booked)).into_response())
    })
}

fn asked(mut params: Params) -> Result<AskTimes> {
    let kind: Option<Id> = params.id("kind");
    let mut text = |name: &str| params.text(name).unwrap_or_default();
    let (from, to, zone) = (text("from"), text("to"), text("zone"));
    params.done()?;
    Ok(AskTimes { kind, from, to, zone })
}

fn answer(status: StatusCode, page: &Page) -> Response {
    shape::tagged(status, page.version, page)
}
