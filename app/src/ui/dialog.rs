//! Modal dialogs on the native element: focus goes in and comes back, Escape and a press beside it close. On a phone
//! they are sheets from below.

use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

use super::{Icon, uid};
use crate::i18n::t;

/// Open while `open` is true; its content is made when it opens and dropped when it closes. `look`: "", "wide", "sheet"
/// (at the side on a wide screen).
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] look: String,
    #[prop(optional, into)] on_close: Option<Callback<()>>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let id = uid();
    let heading = id.clone();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else {
            return;
        };
        if open.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
                // Its content is drawn by the next frame.
                #[cfg(feature = "hydrate")]
                request_animation_frame(move || enter(&dialog));
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    let closed = move |_| {
        // Its page may have been left by then.
        let Some(was_open) = open.try_get_untracked() else { return };
        if was_open {
            open.set(false);
        }
        if let Some(told) = on_close {
            told.run(());
        }
    };
    let pressed = move |event: MouseEvent| {
        // Only the backdrop is the dialog itself; everything else lies in the form inside.
        if let Some(dialog) = node.get_untracked()
            && event.target().is_some_and(|t| t == ****dialog)
        {
            open.set(false);
        }
    };
    view! {
        <dialog class=format!("dialog {look}") aria-labelledby=id node_ref=node on:close=closed on:mousedown=pressed>
            {move || {
                open.get().then(|| {
                    view! {
                        <div class="box">
                            <header>
                                <h2 id=heading.clone()>{title}</h2>
                                <button type="button" class="btn quiet icon" aria-label=t("action.close") on:click=move |_| open.set(false)>
                                    <Icon name="x"/>
                                </button>
                            </header>
                            {children()}
                        </div>
                    }
                })
            }}
        </dialog>
    }
    .into_any()
}

/// Focus goes to what the dialog is for: its first field or choice, not the cross in its corner. A finger is not met by
/// a keyboard that covers half the sheet, unless the field asks for it.
#[cfg(feature = "hydrate")]
fn enter(dialog: &web_sys::HtmlElement) {
    use wasm_bindgen::JsCast;
    let inside = |what: &str| dialog.query_selector(what).ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if inside(":is(.body, form, footer) :focus").is_some() || inside(":focus:not(header *)").is_some() {
        return;
    }
    let coarse = window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|m| m.matches());
    let fields = ".body :is(input:not([type=hidden]), select, textarea):not([disabled])";
    let buttons = [".body button:not([disabled])", "footer button:not([disabled])"];
    let first = inside("[autofocus]").or_else(|| inside(fields).filter(|_| !coarse)).or_else(|| buttons.into_iter().find_map(inside));
    if let Some(first) = first {
        let _ = first.focus();
    }
}

/// Asks before what cannot be undone. Open while `about` (the question) is there; answers once, true for "do it".
#[component]
pub fn Confirm(
    #[prop(into)] about: Signal<Option<String>>,
    /// The verb on the red button.
    #[prop(into)]
    action: String,
    #[prop(into)] on_close: Callback<bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let sure = StoredValue::new(false);
    Effect::new(move |_| {
        let wanted = about.with(Option::is_some);
        if wanted {
            sure.set_value(false);
        }
        open.set(wanted);
    });
    let title = Signal::derive(move || t("action.sure").to_owned());
    view! {
        <Dialog open=open title=title look="small center-sheet" on_close=move |()| on_close.run(sure.get_value())>
            <div class="body"><p>{move || about.get()}</p></div>
            <footer>
                <span class="grow"></span>
                <button type="button" class="btn large" on:click=move |_| open.set(false)>{t("action.cancel")}</button>
                <button
                    type="button"
                    class="btn danger large"
                    on:click=move |_| {
                        sure.set_value(true);
                        open.set(false);
                    }
                >
                    {action.clone()}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The foot of a form in a dialog: what stands at its start (children), Cancel, and the form's own verb.
#[component]
pub fn FormFoot(
    open: RwSignal<bool>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] action: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <footer>
            {children.map(|c| c())}
            <span class="grow"></span>
            <button type="button" class="btn large" on:click=move |_| open.set(false)>{t("action.cancel")}</button>
            <super::Button look="primary large" busy=busy>{action}</super::Button>
        </footer>
    }
    .into_any()
}
