//! What comes from the server: bones before, the error with "Try again" in its place.

use leptos::prelude::*;

use super::{ErrorState, Skeleton};
use crate::api::Fault;

/// Shows `view` of what was loaded; what is there stays while it is loaded again.
pub fn loaded<T>(resource: Resource<Result<T, Fault>>, view: impl Fn(T) -> AnyView + Send + Sync + 'static) -> AnyView
where
    T: Clone + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static,
{
    let show = move || {
        resource.get().map(|answer| match answer {
            Ok(value) => view(value),
            Err(Fault(error)) => failed(error, Callback::new(move |()| resource.refetch())),
        })
    };
    view! { <Transition fallback=bones>{show}</Transition> }.into_any()
}

fn bones() -> AnyView {
    view! { <Skeleton rows=4/> }.into_any()
}

fn failed(error: domain::Error, retry: Callback<()>) -> AnyView {
    view! { <ErrorState error=error retry=retry/> }.into_any()
}
