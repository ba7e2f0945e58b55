//! `/calendar/SECRET.ics`: a calendar for other programs. Neither session nor token is asked for, or looked at: the address is all
//! there is, and it opens this one calendar only. Strangers who guess are slowed down.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use domain::Error;
use http::{StatusCode, header};

use crate::fault::Fault;
use crate::visits::{self, Door};
use crate::words;

pub async fn serve(State(door): State<Door>, Path(file): Path<String>, request: Request) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let secret = file.strip_suffix(".ics").unwrap_or_default();
    let busy = |locale| words::text(locale, "cal.busy");
    match service::calendar::feed(&door.app, secret, known, busy).await {
        Ok(served) => {
            let headers = [
                (header::ETAG, served.etag),
                // Programs may keep it, but ask each time whether it still holds; what lies between must not.
                (header::CACHE_CONTROL, "private, no-cache".to_owned()),
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
                (header::HeaderName::from_static("x-robots-tag"), "noindex".to_owned()),
            ];
            match served.body {
                Some(text) => (headers, text).into_response(),
                None => (StatusCode::NOT_MODIFIED, headers).into_response(),
            }
        }
        Err(Error::NotFound) => {
            let address = visits::address(&request, door.options.behind_proxy);
            door.gate.pass(&address).err().map_or_else(Fault::not_found, Fault::from).into_response()
        }
        Err(e) => Fault::from(e).into_response(),
    }
}
