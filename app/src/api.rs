//! The way from the screens to the use cases. A server function takes the signed-in person's `ctx()?`, calls one use
//! case and returns its DTO:
//!
//! ```ignore
//! #[server(prefix = "/api/app", endpoint = "search/find", input = Json, output = Json)]
//! pub async fn find(words: String) -> Result<Vec<Hit>, Fault> {
//!     Ok(service::search::find(&ctx()?, &words, &[], 12).await?)
//! }
//! ```

use bytes::Bytes;
use domain::Error;
use leptos::server_fn::codec::Post;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

/// Arguments and answers travel as JSON.
pub type Json = Post<JsonText>;

/// JSON that is read as text, as is what a page brings along: a reader of bytes beside that of text would put each type
/// into the browser half twice.
pub struct JsonText;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        serde_json::from_str(std::str::from_utf8(&bytes).map_err(serde_json::Error::custom)?)
    }
}

/// What a server function answers when it cannot do what was asked. Making one on the server sets the answer's status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fault(pub Error);

impl FromServerFnError for Fault {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // The network is gone, or whatever stands in front of the server answered in its stead.
            // On the server it is the arguments that cannot be read: the sender's fault.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(_) => Error::invalid("", "unreadable").into(),
            #[cfg(not(feature = "ssr"))]
            ServerFnErrorErr::Deserialization(_) => Self(Error::Unavailable),
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self(Error::Unavailable),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Error::invalid("", "unreadable").into(),
            _ => Error::Internal { reference: String::new() }.into(),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        #[cfg(feature = "ssr")]
        if let (Some(options), Ok(status)) =
            (leptos::prelude::use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(error.status()))
        {
            options.set_status(status);
        }
        Self(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

/// The request at hand; the server puts it into the context of every page and server function.
#[cfg(feature = "ssr")]
pub fn visit() -> Result<service::Visit, Fault> {
    leptos::prelude::use_context().ok_or_else(|| Error::Internal { reference: String::new() }.into())
}

/// The signed-in person at work.
#[cfg(feature = "ssr")]
pub fn ctx() -> Result<service::Ctx, Fault> {
    visit()?.ctx.ok_or_else(|| Error::Unauthenticated.into())
}
