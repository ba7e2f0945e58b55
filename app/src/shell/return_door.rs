//! Whoever was signed out while a page is open signs in again right there, above whatever is open: nothing that was typed
//! is lost, and what happened meanwhile arrives.

use domain::auth::SignIn;
use leptos::task::spawn_local;

use super::{Status, leave_to_sign_in, use_live};
use crate::auth::{PasswordInput, api};
use crate::prelude::*;

#[component]
pub fn ReturnDoor() -> impl IntoView {
    let live = use_live();
    let password = RwSignal::new(String::new());
    let keep = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let me = use_me();
    let email = StoredValue::new(me.email);
    let submit = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        let credentials = SignIn { email: email.get_value(), password: password.get_untracked() };
        if let Err(missing) = api::check_sign_in(&credentials.email, &credentials.password) {
            return error.set(Some(missing));
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::sign_in(credentials, keep.get_untracked()).await;
            busy.set(false);
            match answer {
                Ok(()) => {
                    live.door.set(false);
                    live.resume();
                }
                Err(Fault(problem)) => {
                    error.set(Some(problem));
                    crate::dom::focus(".return [aria-invalid='true']");
                }
            }
        });
    });
    // What was typed does not wait for the next time.
    Effect::new(move |_| {
        if !live.door.get() {
            password.set(String::new());
            error.set(None);
        }
    });
    let whole = move || error.get().filter(|e| !matches!(e, Error::Invalid { .. })).map(|e| error_text(&e));
    let name = StoredValue::new(me.name);
    let inside = move || {
        view! {
            // Programs that keep passwords look for whose it is.
            <input type="email" name="email" autocomplete="username" readonly hidden value=email.get_value()/>
            <div class="body">
                <p>{t("auth.again_lead")}</p>
                <div role="alert">{move || whole().map(|text| view! { <Banner tone="bad">{text}</Banner> })}</div>
                <p class="row"><Avatar name=name.get_value() size="m" beside=true/><span class="clip grow">{email.get_value()}</span></p>
                <Field label=t("field.password") error=error_in(error, "password")>
                    <PasswordInput value=password autocomplete="current-password"/>
                </Field>
                <Checkbox value=keep label=t("auth.keep")/>
            </div>
            <footer>
                <button type="button" class="btn quiet" on:click=move |_| leave_to_sign_in()>{t("auth.somebody_else")}</button>
                <span class="grow"></span>
                <Button look="primary large" busy=busy>{t("auth.sign_in")}</Button>
            </footer>
        }
    };
    view! {
        <Dialog open=live.door look="small return" title=t("auth.again_title")>
            {crate::ui::form("", submit, inside().into_any())}
        </Dialog>
    }
    .into_any()
}

/// For what was refused because the session is over.
pub fn sign_in_button() -> AnyView {
    let status = use_live().status();
    let shown = move || status.get() == Status::SignedOut;
    view! {
        <button type="button" class="btn small" hidden=move || !shown() on:click=move |_| super::sign_in_again()>{t("auth.sign_in")}</button>
    }
    .into_any()
}
