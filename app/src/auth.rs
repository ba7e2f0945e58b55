//! Signing in, and the first start.

use crate::prelude::*;

#[component]
pub fn SignInPage() -> impl IntoView {
    view! { <main><h1>{t("auth.sign_in")}</h1></main> }
}

#[component]
pub fn SetUpPage() -> impl IntoView {
    view! { <main><h1>{t("auth.set_up")}</h1></main> }
}
