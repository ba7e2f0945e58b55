//! The way from the screens to the use cases. A server function takes the signed-in person's `ctx()?`, calls one use
//! case and returns its DTO:
//!
//! ```ignore
//! #[server(prefix = "/api/app", endpoint = "search/find", protocol = Call)]
//! pub async fn find(words: String) -> Result<Vec<Hit>, Fault> {
//!     Ok(service::search::find(&ctx()?, &words, &[], 12).await?)
//! }
//! ```

use bytes::Bytes;
use domain::Error;
use leptos::server_fn::codec::Post;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType, Http, Protocol};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

/// Arguments and answers travel as JSON.
pub type Json = Post<JsonText>;

/// How a server function is called. On the server as any is; in the browser all of them share one way to ask and to hear,
/// and only what is said differs: else each brings the whole way along.
pub struct Call;

impl<Input, Output, Client, Server> Protocol<Input, Output, Client, Server, Fault> for Call
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    Client: leptos::server_fn::client::Client<Fault>,
    Server: leptos::server_fn::server::Server<Fault>,
{
    const METHOD: http::Method = http::Method::POST;

    fn run_server<F, Fut>(request: Server::Request, function: F) -> impl Future<Output = Result<Server::Response, Fault>> + Send
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, Fault>> + Send,
    {
        <Http<Json, Json> as Protocol<Input, Output, Client, Server, Fault>>::run_server(request, function)
    }

    #[cfg(not(feature = "hydrate"))]
    fn run_client(path: &str, input: Input) -> impl Future<Output = Result<Output, Fault>> + Send {
        <Http<Json, Json> as Protocol<Input, Output, Client, Server, Fault>>::run_client(path, input)
    }

    #[cfg(feature = "hydrate")]
    fn run_client(path: &str, input: Input) -> impl Future<Output = Result<Output, Fault>> + Send {
        let answer = browser::ask(path, JsonText::encode(&input));
        async move { browser::read(answer.await?) }
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    //! The one way.
    use std::pin::Pin;

    use bytes::Bytes;
    use leptos::server_fn::client::{Client, browser::BrowserClient};
    use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
    use leptos::server_fn::request::{ClientReq, browser::BrowserRequest};
    use leptos::server_fn::response::ClientRes;
    use leptos::server_fn::{ContentType, Decodes};
    use serde::de::DeserializeOwned;

    use super::{Fault, JsonText};

    type Answer = Pin<Box<dyn Future<Output = Result<Bytes, Fault>> + Send>>;

    /// The body of the answer; a refusal as the fault that it names.
    pub fn ask(path: &str, body: serde_json::Result<Bytes>) -> Answer {
        let request = body
            .map_err(|e| Fault::from_server_fn_error(ServerFnErrorErr::Serialization(e.to_string())))
            .and_then(|body| BrowserRequest::try_new_post_bytes(path, JsonText::CONTENT_TYPE, JsonText::CONTENT_TYPE, body));
        Box::pin(async move {
            let response = <BrowserClient as Client<Fault>>::send(request?).await?;
            let refused = ClientRes::<Fault>::status(&response) >= 400;
            let body: Bytes = ClientRes::<Fault>::try_into_bytes(response).await?;
            if refused { Err(Fault::de(body)) } else { Ok(body) }
        })
    }

    pub fn read<T: DeserializeOwned>(body: Bytes) -> Result<T, Fault> {
        JsonText::decode(body).map_err(|e| Fault::from_server_fn_error(ServerFnErrorErr::Deserialization(e.to_string())))
    }
}

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
